"""The conformance table of the Memory Manager, rows 22 to 28 and 36 to 37: zones and their limits."""

import pytest

from handleheap.block import Kind
from handleheap.mac import noErr

from . import steps
from .steps import LIMIT, START, TRAILER, each_width, everywhere, free_blocks, header, lay, live, poison

boot = steps.booting

FAR = (4 << 20, 0x300000, 0x300400)  # where the row lays its zone
NEAR = (steps.MEMORY, START, LIMIT)
places = pytest.mark.parametrize(("memory", "start", "limit"), [FAR, NEAR], ids=["far", "near"])


@everywhere
@places
def test_row_22_a_new_zone_has_its_header_and_is_current(boot, bits, fit, memory, start, limit):
    """SLM, trust A; 32-bit: derived."""
    tb = boot(bits, fit, memory)
    gz = tb.proc(lambda needed: 0)
    assert gz
    assert tb.InitZone(gz, 4, limit, start) == noErr == tb.MemError()
    free = limit - start - 52 - TRAILER - header(tb) - 4 * 4
    assert free == (936 if bits == 24 else 932)
    assert tb.peek(start + 12) == free == tb.zone().header.get("zcbFree") == tb.FreeMem()
    assert tb.peek(start + 16) == gz
    assert tb.peek(start + 20, 2) == 4
    assert tb.GetZone() == start == tb.zone().start
    assert tb.zone().limit == limit
    tb.zone().check()
    tb.SetZone(tb.ApplicationZone())


@everywhere
@places
def test_row_23_the_limit_field_is_the_address_of_the_trailer(boot, bits, fit, memory, start, limit):
    """Advanced Mac Substitute, trust C: the default."""
    tb = boot(bits, fit, memory)
    tb.InitZone(None, 4, limit, start)
    assert tb.peek(start) == limit - TRAILER == tb.zone().header.get("bkLim")
    *_, last = tb.zone().walk()
    assert (last.base, last.size, last.kind) == (limit - TRAILER, TRAILER, Kind.TABLE)
    tb.SetZone(tb.ApplicationZone())


@everywhere
@places
def test_row_23_the_limit_field_is_the_limit_where_the_profile_says_so(boot, bits, fit, memory, start, limit):
    """SLM, trust C: bklim_is_limit."""
    tb = boot(bits, fit, memory, bklim_is_limit=True)
    tb.InitZone(None, 4, limit, start)
    assert tb.peek(start) == limit == tb.zone().header.get("bkLim") == tb.zone().limit
    assert tb.FreeMem() == (936 if bits == 24 else 932)
    tb.zone().check()
    h = tb.NewHandle(tb.MaxBlock() - header(tb))
    assert h
    assert tb.FreeMem() == 0
    tb.zone().check()
    tb.SetZone(tb.ApplicationZone())


@everywhere
def test_row_24_the_application_zone_starts_afresh(boot, bits, fit):
    """SLM, trust A."""
    tb = boot(bits, fit)
    zone = tb.ApplicationZone()
    tb.SetGrowZone(lambda needed: 0)
    assert all(tb.NewHandle(50) for _ in range(70))
    assert tb.NewPtr(500)
    tb.SetZone(tb.SystemZone())
    poison(tb)
    assert tb.InitApplZone() == noErr == tb.MemError()
    assert tb.GetZone() == zone == tb.ApplicationZone()
    fields = tb.zone(zone).header
    assert (fields.get("gzProc"), fields.get("moreMast")) == (0, 64)
    assert live(tb.zone(zone)) == set()
    (free,) = free_blocks(tb.zone(zone))
    assert free.size == tb.FreeMem()


@everywhere
def test_row_25_an_application_limit_above_the_heap_is_stored(boot, bits, fit):
    """SLM, trust A."""
    tb = boot(bits, fit, 1 << 20)
    end, old = tb.low.get("HeapEnd"), tb.GetApplLimit()
    assert old - end > 0x2000
    assert tb.SetApplLimit(end + 0x2000) == noErr == tb.MemError()
    assert tb.GetApplLimit() == end + 0x2000 == tb.low.get("ApplLimit")
    assert tb.low.get("HeapEnd") == end
    assert tb.MaxApplZone() == noErr
    assert tb.low.get("HeapEnd") == end + 0x2000


@everywhere
def test_row_25_an_application_limit_below_the_heap_cuts_nothing_back(boot, bits, fit):
    """SLM, trust A."""
    tb = boot(bits, fit)
    end, old = tb.low.get("HeapEnd"), tb.GetApplLimit()
    assert tb.SetApplLimit(end - 0x400) == noErr == tb.MemError()
    assert tb.low.get("HeapEnd") == end == tb.zone().limit
    assert tb.GetApplLimit() == old


@everywhere
def test_row_26_the_application_zone_grows_to_its_limit(boot, bits, fit):
    """SLM, trust A."""
    tb = boot(bits, fit)
    end, limit, free = tb.low.get("HeapEnd"), tb.GetApplLimit(), tb.FreeMem()
    assert end < limit
    h = tb.NewHandle(100)
    data, taken = steps.put(tb, h), free - tb.FreeMem()
    assert tb.MaxApplZone() == noErr == tb.MemError()
    assert tb.low.get("HeapEnd") == limit == tb.GetApplLimit() == tb.zone(tb.ApplicationZone()).limit
    assert tb.FreeMem() == free - taken + limit - end
    assert steps.get(tb, h) == data
    assert tb.MaxApplZone() == noErr
    assert tb.low.get("HeapEnd") == limit


@everywhere
def test_row_27_max_mem_tells_the_room_to_grow_until_there_is_none(boot, bits, fit):
    """SLM, trust A."""
    tb = boot(bits, fit, 1 << 20)
    tb.SetApplLimit(tb.low.get("HeapEnd") + 0x2000)
    size, grow = tb.MaxMem()
    assert grow == tb.GetApplLimit() - tb.low.get("HeapEnd") == 0x2000
    assert tb.low.get("HeapEnd") + 0x2000 == tb.GetApplLimit()
    assert tb.MemError() == noErr
    tb.MaxApplZone()
    assert tb.MaxMem() == (size + 0x2000, 0)


@everywhere
def test_row_28_free_mem_is_the_field_of_the_zone(boot, bits, fit):
    """SLM, trust A."""
    tb = boot(bits, fit)
    h = tb.NewHandle(100)
    tb.NewHandle(100)
    tb.DisposeHandle(h)
    tb.MaxApplZone()
    assert tb.FreeMem() == tb.zone().header.get("zcbFree") == sum(b.size for b in free_blocks(tb.zone()))
    assert tb.FreeMem() == tb.peek(tb.ApplicationZone() + 12)


@everywhere
def test_row_36_a_zone_is_made_current_and_back(boot, bits, fit):
    """SLM, trust A."""
    tb = boot(bits, fit)
    old = tb.GetZone()
    zone = lay(tb)
    assert tb.SetZone(old) == noErr == tb.MemError()
    assert tb.GetZone() == old
    assert tb.SetZone(zone.start) == noErr
    assert tb.GetZone() == zone.start == tb.low.get("TheZone")
    h = tb.NewHandle(8)
    assert zone.start < h < zone.limit
    assert tb.SetZone(old) == noErr
    assert tb.GetZone() == old


@everywhere
def test_row_37_grow_zones_come_and_go_and_purging_finds_room(boot, bits, fit):
    """SLM, trust B."""
    tb = boot(bits, fit)
    grow = tb.proc(lambda needed: 0)
    for f in (None, grow, 0, grow, None):
        assert tb.SetGrowZone(f) == noErr == tb.MemError()
        assert tb.zone().header.get("gzProc") == (f or 0)
    for size in (0, 256, 1024):
        assert tb.PurgeMem(size) == noErr == tb.MemError()


@each_width
def test_row_37_a_callable_is_stored_as_its_stub(boot, bits):
    """SLM, trust B."""
    tb = boot(bits)

    def grow(needed):
        return 0

    assert tb.SetGrowZone(grow) == noErr
    assert tb.zone().header.get("gzProc") == tb.proc(grow)
    assert tb.procs[tb.proc(grow)] is grow
