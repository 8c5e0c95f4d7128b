"""The strips of a Toolbox's zones, as docs/mac.md shows them.

`HANDLEHEAP_UPDATE_GOLDEN=1` writes the picture anew.
"""

import os
from pathlib import Path
from random import Random

from handleheap.mac import Toolbox, maxSize
from handleheap.view.swatch import zones_svg

PICTURE = Path(__file__).parents[2] / "docs" / "pictures" / "zones.svg"


def busy():
    """A Macintosh with 128 KB after some work: blocks of every kind, and holes."""
    toolbox, chance = Toolbox(0x20000), Random(7)
    system = [toolbox.NewHandleSys(chance.randint(200, 1500)) for _ in range(18)]
    own = [toolbox.NewHandle(chance.randint(100, 1200)) for _ in range(30)]
    lent = [toolbox.TempNewHandle(4000)[0] for _ in range(3)]
    for handle in chance.sample(own, 9) + chance.sample(system, 6) + lent[1:2]:
        toolbox.DisposeHandle(handle)
        own = [kept for kept in own if kept != handle]
        system = [kept for kept in system if kept != handle]
    for handle in own[::4] + system[::2]:
        toolbox.HPurge(handle)
    toolbox.HLock(own[5])
    toolbox.HLockHi(own[2])
    toolbox.NewPtr(1500)
    return toolbox


def zones(toolbox):
    return {name: list(zone.walk()) for name, zone in toolbox.zones().items()}


def test_the_picture_of_the_page_is_what_the_zones_look_like():
    toolbox = busy()
    before = zones(toolbox)
    toolbox.CompactMem(maxSize)
    after = zones(toolbox)["Application"]
    drawn = zones_svg({**before, "compacted": after}, title="The zones of a Macintosh, and the application zone compacted")
    if os.environ.get("HANDLEHEAP_UPDATE_GOLDEN") == "1":
        PICTURE.write_text(drawn)
    assert PICTURE.read_text() == drawn
