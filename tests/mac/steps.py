"""What the conformance tests of the Memory Manager do again and again: boot, lay a zone, fill blocks, listen to the tap."""

from dataclasses import replace

import pytest

from handleheap.block import Kind
from handleheap.events import Discarded, Moved, Recorder
from handleheap.mac import SYSTEM7, Toolbox, memFullErr, noErr

MEMORY = 0x20000
START, LIMIT = 0x10000, 0x10400  # the kilobyte that a Toolbox of this size leaves unclaimed
LOCKED, PURGEABLE, RESOURCE = 0x80, 0x40, 0x20
TRAILER = 12
POISON = 0xFF85  # a MemErr that no routine sets

each_width = pytest.mark.parametrize("bits", [24, 32])
each_fit = pytest.mark.parametrize("fit", ["rover", "first"])


def everywhere(test):
    """Run a test in 24- and 32-bit zones, under both fits."""
    return each_width(each_fit(test))


@pytest.fixture
def booting():
    """boot(bits, fit, memory, **facts) -> a Toolbox with those fields of its profile changed; checked when the test is over."""
    toolboxes = []

    def boot(bits=24, fit="rover", memory=MEMORY, **facts):
        toolbox = Toolbox(memory, bits=bits, profile=replace(SYSTEM7, fit=fit, **facts))
        toolboxes.append(toolbox)
        return toolbox

    boot.forget = toolboxes.remove
    yield boot
    for toolbox in toolboxes:
        toolbox.check()


def lay(tb, masters=4, gz=None, start=START, limit=LIMIT):
    """A zone in memory that nobody claims; it becomes the current one."""
    assert tb.InitZone(gz, masters, limit, start) == noErr
    return tb.zone()


# --- sizes ---------------------------------------------------------------------------------------------------------------


def header(tb):
    return 8 if tb.bits == 24 else 12


def physical(tb, length):
    """The size of a block with its header, when nothing is left over behind it."""
    return max(12, (header(tb) + length + 3) & ~3)


def fill(tb):
    """Take all the free memory of the current zone; returns the handles. The zone needs master pointers for that."""
    handles = []
    while (room := tb.MaxBlock() - header(tb)) >= 0:
        assert tb.zone().header.get("hFstFree"), "a test zone with too few master pointers"
        handles.append(tb.NewHandle(room))
        assert handles[-1]
    assert tb.FreeMem() == 0
    return handles


def exhaust(tb, take=None):
    """Take every free master pointer of the current zone (or of the one that `take` serves); returns the empty handles."""
    take = take or tb.NewEmptyHandle
    handles = [take()]
    zone = tb.zone(tb.HandleZone(handles[0]))
    while zone.header.get("hFstFree"):
        handles.append(take())
    return handles


# --- blocks --------------------------------------------------------------------------------------------------------------


def walk(tb):
    return [block for zone in tb.zones().values() for block in zone.walk()]


def block(tb, handle):
    (found,) = (b for b in walk(tb) if b.handle == handle)
    return found


def free_blocks(zone):
    """The free blocks of a zone, but its trailer."""
    return [b for b in zone.walk() if b.kind is Kind.FREE]


def live(zone):
    return {b.handle for b in zone.walk() if b.kind in (Kind.FIXED, Kind.MOVABLE)}


def pattern(seed, size):
    """Contents that tell blocks and places in them apart; no byte is 0."""
    return bytes((seed * 31 + i * 7 + (i >> 8)) % 251 + 1 for i in range(size))


def put(tb, handle, data=None):
    """Fill a relocatable block; returns what it holds now."""
    data = pattern(handle, tb.GetHandleSize(handle)) if data is None else data
    tb.write(tb.deref(handle), data)
    return data


def get(tb, handle, size=None):
    assert tb.deref(handle)
    return tb.read(tb.deref(handle), tb.GetHandleSize(handle) if size is None else size)


def text(tb, data):
    """A nonrelocatable block that holds `data`."""
    p = tb.NewPtr(len(data))
    assert p
    tb.write(p, data)
    return p


def bytes_of(zone, tb):
    return tb.read(zone.start, zone.limit - zone.start)


def everything(tb):
    """All the bytes of all zones, which leaves out MemErr and the other low-memory globals."""
    return {name: bytes_of(zone, tb) for name, zone in tb.zones().items()}


# --- codes and events ----------------------------------------------------------------------------------------------------


def poison(tb):
    tb.low.put("MemErr", POISON)


def refuses(tb, call, code=memFullErr):
    """The call returns `code`, or its zero with `code` in D0; MemErr says so, too."""
    poison(tb)
    result = call()
    assert (tb.regs.D0, tb.MemError()) == (code, code)
    return result


def told(tb, call):
    """The result of `call`, and what the tap hears during it."""
    tb.tap = recorder = Recorder()
    try:
        return call(), recorder.events
    finally:
        tb.tap = None


def of(kind, events):
    return [event for event in events if isinstance(event, kind)]


def moved(events):
    return {event.handle for event in of(Moved, events)}


def discarded(events):
    return [event.handle for event in of(Discarded, events)]
