"""The Heap Walker: rows exact in every mode, the listing as a block of the heap, and what its commands do to the heap."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from handleheap.block import Kind
from handleheap.desktop.box import Box
from handleheap.desktop.canvas import Canvas
from handleheap.desktop.events import Key, Mouse
from handleheap.events import Allocated, CompactBegan, Discarded, Moved
from handleheap.shelf import SHELF
from handleheap.win16 import GMEM_DISCARDABLE, GMEM_MOVEABLE, Kernel
from handleheap.win16.profile import PROFILES
from tests.golden import assert_golden
from win16demo.apps import walkverbs
from win16demo.apps.listing import TITLES, fitting, ordered, paper, read, snapshot, written
from win16demo.apps.shaker import SHAKER
from win16demo.apps.walker import WALKER
from win16demo.apps.walkverbs import rows_of
from win16demo.program import BadCommand, Program
from win16demo.record import Record, Win
from win16demo.world import ROOM, World, memory_for

GOLDEN = Path(__file__).parent / "golden"
MODES = ("real", "standard", "enhanced")
LISTINGS = {
    "real": """
ADDRESS     HANDLE        SIZE  LOCK  FLG  HEAP  OWNER     TYPE
0x00000000                  32        F          KERNEL    THHOOK
0x00000020                  32        F          KERNEL    Sentinel
0x00000040               9,440        F          KERNEL    Burgermaster
0x00002520  0x0253         544        F          NOTEPAD   Task
0x00002740  0x0026         128                   NOTEPAD   Module Database
0x000027c0  0x002a       1,056                   NOTEPAD   DGroup
0x00002be0  0x002e       5,024  L 2              NOTEPAD   Edit Text
0x00003f80               3,040                   FREE      Free
0x00004b60  0x0036      12,032  L 1              NOTEPAD   Bitmap
0x00007a60  0x003a         736                   NOTEPAD   Private
0x00007d40              41,920                   FREE      Free
0x00012100  0x003e       1,056        D          NOTEPAD   Icon resource
0x00012520                  16        F          KERNEL    Sentinel
discarded   0x0042           0        D          NOTEPAD   Menu resource
""",
    "standard": """
ADDRESS     HANDLE        SIZE  LOCK  FLG  HEAP  OWNER     TYPE
0x00000000                  32        F          KERNEL    THHOOK
0x00000020              65,536        F          KERNEL    LDT
0x00010020                  32        F          KERNEL    Sentinel
0x00010040                  64        F          KERNEL    Burgermaster
0x00010080  0x00a7         544        F          NOTEPAD   Task
0x000102a0  0x00b6         128                   NOTEPAD   Module Database
0x00010320  0x00c6       1,056                   NOTEPAD   DGroup
0x00010740  0x00de       5,024  L 2              NOTEPAD   Edit Text
0x00011ae0               3,040                   FREE      Free
0x000126c0  0x00fe      12,032  L 1              NOTEPAD   Bitmap
0x000155c0  0x010e         736                   NOTEPAD   Private
0x000158a0              41,920                   FREE      Free
0x0001fc60  0x011e       1,056        D          NOTEPAD   Icon resource
0x00020080                  16        F          KERNEL    Sentinel
discarded   0x012e           0        D          NOTEPAD   Menu resource
""",
    "enhanced": """
ADDRESS     HANDLE        SIZE  LOCK  FLG  HEAP  OWNER     TYPE
0x00000000                  32        F          KERNEL    THHOOK
0x00000020              65,536        F          KERNEL    LDT
0x00010020  0x0087         512        F          NOTEPAD   Task
0x00010220  0x008e          96                   NOTEPAD   Module Database
0x00010280  0x0096       1,024                   NOTEPAD   DGroup
0x00010680  0x00a6       5,024  L 2              NOTEPAD   Edit Text
0x00011a20               3,008                   FREE      Free
0x000125e0  0x00b6      12,000  P 1              NOTEPAD   Bitmap
0x000154c0  0x00be         704                   NOTEPAD   Private
0x00015780              42,144                   FREE      Free
0x0001fc20  0x00c6       1,024        D          NOTEPAD   Icon resource
0x00020020              98,528        F          KERNEL    Burgermaster
discarded   0x00ce           0        D          NOTEPAD   Menu resource
""",
}


def small(mode):
    """A kernel with one task that has a text, a hole, a picture, something private and two resources."""
    kernel = Kernel(PROFILES[mode], SHELF[f"win16-{mode}"].needed(64 << 10))
    with kernel.task("NOTEPAD", 1024):
        text, hole, picture, held = (kernel.GlobalAlloc(GMEM_MOVEABLE, n) for n in (5000, 3000, 12000, 700))
        icon, menu = (kernel.GlobalAlloc(GMEM_MOVEABLE | GMEM_DISCARDABLE, n) for n in (1024, 300))
        kernel.GlobalFree(hole)
        kernel.GlobalFix(text)
        kernel.GlobalFix(text)
        kernel.GlobalPageLock(picture)
        kernel.GlobalDiscard(menu)
    win = Win(1, "notepad", "Notepad", Box(0, 0, 120, 100), bitmap=picture, blocks={"text": text}, held=[held])
    return SimpleNamespace(kernel=kernel, record=Record([win], {"icon notepad": icon, "menu notepad": menu}))


def fresh(mode="enhanced", tap=None):
    world = World({"profile": mode, "memory": memory_for(mode, ROOM), "seed": 0}, tap)
    world.execute(["open", "walker"])
    return world


def walker(world):
    return next(win for win in world.record.windows if win.app == "walker")


def listed(world):
    return rows_of(world, walker(world))


def row_of(world, wanted):
    """The first row of a type; it is chosen."""
    at = next(at for at, row in enumerate(listed(world)) if row.type == wanted)
    world.execute(["select", "walker", at])
    return listed(world)[at]


def box_text(world):
    """What the message box on top says; it is answered."""
    win = world.record.windows[-1]
    assert win.app == "box"
    text = world.memory.read_text(win.blocks["text"])
    world.execute(["answer", win.id, win.word("buttons").split("|")[0].replace("&", "")])
    return text


def sound(world):
    """The heap is in order, and what is saved goes on as what goes on."""
    world.kernel.check()
    other = World.load(world.header, world.save())
    assert other.digest() == world.digest()
    for each in (world, other):
        each.execute(["gc", "walker", 0])
    assert other.digest() == world.digest()


# --- rows ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_rows_of_a_small_heap(mode):
    world = small(mode)
    assert paper(snapshot(world, "heap")) == LISTINGS[mode].strip()
    assert [row.type for row in snapshot(world, "free")] == ["Free", "Free"]
    assert [row.type for row in snapshot(world, "lru")] == ["Icon resource"]


def test_listing_is_the_inverse_of_writing():
    rows = snapshot(small("real"), "heap")
    assert read(written(rows)) == rows
    assert read("nonsense\nzz" + 7 * "\t") == []


def test_orders():
    rows = snapshot(small("enhanced"), "heap")
    assert [row.size for row in ordered(rows, "size")] == sorted((row.size for row in rows), reverse=True)
    assert [row.handle for row in ordered(rows, "handle") if row.handle] == sorted(row.handle for row in rows if row.handle)
    by_owner, by_type = ordered(rows, "owner"), ordered(rows, "type")
    assert by_owner == sorted(by_owner, key=lambda row: (row.owner, row.type))
    assert by_type == sorted(by_type, key=lambda row: (row.type, row.owner))
    assert ordered(reversed(by_owner), "address") == rows


def test_what_has_no_room_is_counted():
    rows = snapshot(small("real"), "heap")
    whole = len(written(rows).encode())
    assert fitting(rows, whole) == rows
    for room in range(whole):
        cut = fitting(rows, room)
        assert len(written(cut).encode()) <= room
        if cut:
            assert cut[-1].note
            assert cut[-1].type == f"… {len(rows) - len(cut) + 1} more"


# --- walking -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_the_listing_is_a_snapshot_in_a_block_of_the_heap(mode):
    world = fresh(mode)
    mine = {row.type for row in listed(world) if row.owner == "WALKER"}
    assert mine == {"Task", "Module Database", "DGroup", "Bitmap", "Listing"}
    world.execute(["walk", "walker", "heap"])
    rows = listed(world)
    assert [row.base for row in rows if row.base >= 0] == [block.base for block in world.kernel.walk()]
    world.execute(["open", "badapp"])
    assert listed(world) == rows
    world.execute(["walk", "walker", "heap"])
    assert {row.type for row in listed(world) if row.owner == "BADAPP"} >= {"Task", "DGroup", "Bitmap"}
    sound(world)


def test_walking_moves_and_discards_nothing():
    events = []
    world = fresh("real", events.append)
    world.execute(["open", "shaker"])
    world.execute(["shake", "shaker", 400])
    world.execute(["gc", "walker", -1])
    del events[:]
    world.execute(["walk", "walker", "heap"])
    assert len(listed(world)) > 60
    assert not [event for event in events if isinstance(event, Moved | Discarded | Allocated | CompactBegan)]
    sound(world)


def test_views():
    world = fresh()
    world.execute(["walk", "walker", "lru"])
    oldest_first = sorted((b for b in world.kernel.walk() if b.discardable), key=lambda block: block.age)
    assert {row.handle for row in listed(world)} == {block.handle for block in oldest_first}
    assert walker(world).word("sort") == "age"
    world.execute(["walk", "walker", "free"])
    assert {row.owner for row in listed(world)} == {"FREE"}
    assert walker(world).word("sort") == "address"


def test_the_oldest_stands_on_top():
    world = fresh()
    world.execute(["walk", "walker", "lru"])
    last = listed(world)[-1]
    world.execute(["select", "walker", len(listed(world)) - 1])
    world.execute(["oldest", "walker"])
    assert listed(world)[0].handle == last.handle
    assert walker(world).number("selected") == 0  # the choice goes with its block
    world.execute(["newest", "walker"])
    assert listed(world)[-1].handle == last.handle


def test_a_listing_without_room_says_how_much_is_missing(monkeypatch):
    monkeypatch.setattr(walkverbs, "FIRST", 800)
    monkeypatch.setattr(Kernel, "GlobalReAlloc", lambda *_: 0)
    world = fresh("real")
    rows = listed(world)
    assert rows[-1].note
    world.execute(["walk", "walker", "heap"])
    rows, blocks = listed(world), len(list(world.kernel.walk()))
    assert rows[-1].type == f"… {blocks - len(rows) + 1} more"
    world.execute(["select", "walker", len(rows) - 1])
    with pytest.raises(BadCommand):
        world.execute(["show", "walker"])
    world.execute(["sort", "walker", "size"])
    assert listed(world)[-1] == rows[-1]
    sound(world)


# --- commands ------------------------------------------------------------------------------------------------------------


def test_compacting_joins_the_holes():
    world = fresh("real")
    world.execute(["open", "shaker"])
    world.execute(["shake", "shaker", 200])
    before = world.memory.largest
    world.execute(["gc", "walker", 0])
    assert world.memory.largest > before
    assert [row.type for row in listed(world)].count("Free") <= 2
    sound(world)


def test_discarding_all_and_hitting_a():
    world = fresh()
    world.execute(["gc", "walker", -1])
    gone = [row for row in listed(world) if row.base < 0]
    assert {row.type for row in gone} == {"Font resource", "Icon resource", "Menu resource"}
    world.execute(["hit_a", "walker"])
    assert not [row for row in listed(world) if row.base < 0]
    sound(world)


@pytest.mark.parametrize("mode", MODES)
def test_locks_of_a_row(mode):
    world = fresh(mode)
    handle = row_of(world, "DGroup").handle
    for count in (1, 2):
        world.execute(["lock", "walker"])
        assert world.kernel.heap.locks(handle) == count
        assert next(row for row in listed(world) if row.handle == handle).lock == f"L {count}"
    world.execute(["unlock", "walker"])
    world.execute(["unlock", "walker"])
    assert next(row for row in listed(world) if row.handle == handle).lock == ""
    with pytest.raises(BadCommand, match="not locked"):
        world.execute(["unlock", "walker"])
    sound(world)


def test_discarding_a_row():
    world = fresh()
    handle = row_of(world, "Font resource").handle
    with pytest.raises(BadCommand, match="not discardable"):
        world.execute(["discard", "walker"])  # the face that stays
    assert not world.memory.gone(handle)
    handle = row_of(world, "Icon resource").handle
    world.execute(["discard", "walker"])
    assert world.memory.gone(handle)
    sound(world)


def test_a_row_whose_block_is_free_by_now():
    world = fresh()
    world.execute(["open", "badapp"])
    world.execute(["walk", "walker", "heap"])
    at = next(at for at, row in enumerate(listed(world)) if row.owner == "BADAPP" and row.type == "Bitmap")
    world.execute(["select", "walker", at])
    world.execute(["close", "badapp"])
    for verb in ("lock", "show"):
        with pytest.raises(BadCommand, match="free by now"):
            world.execute([verb, "walker"])
    sound(world)


def test_the_window_of_a_block_that_goes():
    world = fresh()
    row = row_of(world, "Icon resource")
    world.execute(["show", "walker"])
    shown = world.record.windows[-1]

    def said():
        return world.programs["dump"].status(world, shown)

    assert said().startswith("1,024 bytes at 0x")
    world.kernel.GlobalDiscard(row.handle)
    assert said() == f"The block is discarded; it is {row.owner}'s."
    world.execute(["gc", "walker", -1])  # moves, so the window is painted again
    world.kernel.GlobalFree(row.handle)
    assert said() == "The block is free by now."
    assert world.window(shown).children[0].rows == []
    world.kernel.check()


def test_allocating_with_and_without_nocompact():
    world = fresh("real")
    world.execute(["alloc_all_but", "walker", 0])
    held = walker(world).held
    assert world.memory.largest < 64
    world.execute(["free", "walker", 60])
    assert abs(world.kernel.GetFreeSpace() - (60 << 10)) < 2048
    world.execute(["alloc", "walker", 32, True])
    assert world.kernel.GlobalSize(held[-1]) >= 32 << 10
    world.execute(["alloc", "walker", 64])
    assert "GlobalAlloc(65,536) failed" in box_text(world)
    world.execute(["free_all", "walker"])
    assert walker(world).held == []
    sound(world)


def test_the_same_request_fails_until_the_heap_is_compacted():
    world = fresh("real")
    world.execute(["open", "shaker"])
    world.execute(["shake", "shaker", 400])
    world.execute(["alloc_all_but", "walker", 0])
    world.execute(["close", "shaker"])  # leaves holes between what is held
    wanted = (world.memory.largest >> 10) + 4
    assert wanted << 10 < world.kernel.GetFreeSpace()
    world.execute(["alloc", "walker", wanted, True])
    assert f"GlobalAlloc({wanted << 10:,}) failed" in box_text(world)
    world.execute(["gc", "walker", 0])
    world.execute(["alloc", "walker", wanted, True])
    assert world.record.windows[-1].app == "walker"
    assert world.kernel.GlobalSize(walker(world).held[-1]) >= wanted << 10
    sound(world)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kilobytes", [0, 1, 50])
def test_all_but_so_much(mode, kilobytes):
    world = fresh(mode)
    world.execute(["alloc_all_but", "walker", kilobytes])
    left = world.kernel.GetFreeSpace()
    assert abs(left - (kilobytes << 10)) < 256
    assert {row.type for row in listed(world) if row.handle in walker(world).held} == {"Private"}
    sound(world)


def test_adding_sizes():
    world = fresh()
    with pytest.raises(BadCommand, match="no row"):
        world.execute(["add", "walker"])
    world.execute(["select", "walker", 3])
    world.execute(["extend", "walker", 6])
    world.execute(["mark", "walker", 8])
    world.execute(["mark", "walker", 4])
    rows = listed(world)
    world.execute(["add", "walker"])
    assert box_text(world) == f"4 objects:\n{sum(rows[at].size for at in (3, 5, 6, 8)):,} bytes."
    world.execute(["sort", "walker", "size"])
    world.execute(["add", "walker"])
    assert box_text(world) == f"4 objects:\n{sum(rows[at].size for at in (3, 5, 6, 8)):,} bytes."


def test_the_swap_area_is_for_real_mode():
    world = fresh("real")
    world.execute(["swap_area", "walker", 0])
    assert "Set it to 32,768?" in box_text(world)  # the first button sets it
    assert world.kernel.SetSwapAreaSize(0) & 0xFFFF == 2048
    sound(world)
    world = fresh("enhanced")
    world.execute(["swap_area", "walker", 0])
    assert "no swap area" in box_text(world)


BAD = [
    ["walk", "walker", "upwards"],
    ["sort", "walker", "age"],
    ["select", "walker", 999],
    ["extend", "walker", -1],
    ["mark", "walker", 999],
    ["show", "walker"],
    ["lock", "walker"],
    ["alloc", "walker", 0],
    ["alloc_all_but", "walker", -1],
    ["free", "walker", 1],
    ["gc", "walker", -2],
    ["swap_area", "walker", 0x10000],
]


@pytest.mark.parametrize("command", BAD, ids=lambda command: " ".join(map(str, command)))
def test_a_bad_command_changes_nothing(command):
    world = fresh()
    before = world.digest()
    with pytest.raises(BadCommand):
        world.execute(command)
    assert world.digest() == before


# --- the window ----------------------------------------------------------------------------------------------------------


def driven(world):
    """The window with everything it says executed at once, as a front end does."""
    return world.window(walker(world), lambda *command: world.execute(command))


@pytest.mark.parametrize(
    ("keys", "chosen", "several"),
    [
        (["down"], 0, ""),
        (["down"] * 3 + ["up"], 1, ""),
        (["end"], -1, ""),
        (["pagedown"], 6, ""),
        (["down", "shift down", "shift down"], 2, "0,1,2"),
        (["down", "ctrl down", "ctrl down", "ctrl space"], 2, "0,2"),
    ],
)
def test_keys_choose_rows(keys, chosen, several):
    world = fresh()
    for name in keys:
        driven(world).key(Key(name.split()[-1], shift=name.startswith("shift"), ctrl=name.startswith("ctrl")))
    win = walker(world)
    assert win.number("selected") == chosen % len(listed(world))
    assert win.word("marked") == several
    assert win.number("top") <= win.number("selected") < win.number("top") + 7


def test_enter_shows_the_bytes_of_a_row():
    world = fresh()
    row_of(world, "Menu resource")
    driven(world).key(Key("enter"))
    shown = world.record.windows[-1]
    said = world.window(shown).children[0].rows
    assert shown.title.startswith("Show - Menu resource 0x")
    assert said[0][0].startswith("0x00000  ")
    assert "&" in said[0][0] + said[1][0]
    sound(world)


@pytest.mark.parametrize("wanted", ["Free", "Burgermaster", "Bitmap"])
def test_everything_can_be_shown_and_read_through(wanted):
    world = fresh("real")
    world.execute(["walk", "walker", "heap"])
    row = row_of(world, wanted)
    world.execute(["show", "walker"])
    shown = world.record.windows[-1]
    window = world.window(shown, lambda *command: world.execute(command))
    assert len(window.children[0].rows) == pytest.approx(row.size / 8, abs=4)
    for name in ("down", "pagedown", "end", "home", "end"):
        world.window(shown, lambda *command: world.execute(command)).key(Key(name))
    view = world.window(shown).children[0]
    assert view.top == view.last_top > 0
    assert view.rows[view.top][0]
    world.execute(["size", shown.id, 0, 0, 636, 120])
    world.execute(["scroll", shown.id, 0])
    assert len(world.window(shown).children[0].rows[0][0]) > 70  # sixteen bytes on a line
    sound(world)


def test_a_click_on_the_strip_chooses_the_block_there():
    world = fresh("real")
    world.execute(["walk", "walker", "heap"])
    window = driven(world)
    strip = next(child for child in window.children if child.name == "memory")
    hole = max((block for block in world.kernel.walk() if block.kind is Kind.FREE), key=lambda block: block.size)
    x = 1 + ((hole.base + hole.end) // 2 - world.low) * 606 // (world.high - world.low)
    strip.mouse(Mouse("down", strip.box.x + x, strip.box.y + 9))
    assert listed(world)[walker(world).number("selected")].base == hole.base


def test_dragging_chooses_several_and_the_wheel_scrolls():
    world = fresh()
    blocks = driven(world).children[0]
    for kind, row in (("down", 1), ("move", 2), ("move", 4), ("up", 4)):
        blocks.mouse(Mouse(kind, 50, blocks.box.y + blocks.heading + 15 * row + 4))
    assert walker(world).word("marked") == "1,2,3,4"
    driven(world).children[0].mouse(Mouse("wheel", 50, 40, wheel=-1))
    assert walker(world).number("top") == 3


def test_titles_and_what_is_greyed():
    world = fresh()
    window = world.window(walker(world))
    assert tuple(column.title for column in window.children[0].columns) == TITLES
    menus = {menu.title: menu.items for menu in window.menu.menus}
    assert [item.text for item in menus["&Sort"] if item.checked] == ["&Address"]
    nameless = [item.text for item in menus["&Object"] if item.text and not item.can]
    assert len(nameless) == 10  # no row is chosen, and there are no local heaps
    row_of(world, "Bitmap")
    menus = {menu.title: menu.items for menu in world.window(walker(world)).menu.menus}
    assert [item.text.replace("&", "") for item in menus["&Object"] if item.text and not item.can] == [
        "LocalWalk",
        "LC(-1) and LocalWalk",
        "GDI LocalWalk",
        "User LocalWalk",
    ]
    world.execute(["authentic", "walker"])
    assert not world.window(walker(world)).children[0].rows[0][0].startswith("0x")


def test_every_item_of_the_menu_is_a_command_that_is_known():
    world = fresh("real")
    row_of(world, "Icon resource")
    aside = []

    def tell(verb, *args):
        aside.append(verb) if verb.startswith("@") else world._understood([verb, *args])

    for menu in world.window(walker(world), tell).menu.menus:
        for item in menu.items:
            if item.action:
                item.action()
    assert aside == ["@listing", "@segments"]


def test_the_figures_are_those_of_the_heap():
    world = fresh()
    window = driven(world)
    said = {child.name: child.value for child in window.children}
    assert said["figures"] == f"free {world.kernel.heap.list.holes.free >> 10} K, largest {world.memory.largest >> 10} K"
    counted = sum(block.kind is Kind.FREE for block in world.kernel.walk())
    assert f"Free {counted}" in said["legend"]
    world.execute(["alloc", "walker", 32])
    assert {child.name: child.value for child in window.children}["figures"] != said["figures"]  # it is live


@pytest.mark.parametrize("box", [(0, 0, 100, 28), (0, 0, 640, 430), (10, 10, 300, 120)])
def test_any_size(box):
    world = fresh()
    world.execute(["size", "walker", *box])
    world.execute(["walk", "walker", "heap"])
    sound(world)


def test_it_looks_as_it_should():
    plain = Program("progman", "Main", Box(0, 0, 200, 100), WALKER.picture, lambda *_: None)
    programs = {program.name: program for program in (plain, SHAKER, WALKER)}
    world = World({"profile": "real", "memory": memory_for("real", ROOM), "seed": 0}, programs=programs)
    world.execute(["open", "shaker"])
    world.execute(["shake", "shaker", 60])
    world.execute(["open", "walker"])
    row_of(world, "DGroup")
    world.execute(["lock", "walker"])
    canvas = Canvas(*walker(world).drawn)
    world.bitmap(walker(world)).expose(canvas, 0, 0)
    assert_golden(canvas, GOLDEN / "heapwalker.png")
