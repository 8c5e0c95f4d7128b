"""Where room comes from, rung by rung: search, compact, extend, purge, grow-zone. And what moves on the way."""

from itertools import groupby, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handleheap.block import Kind
from handleheap.events import Allocated, Refused, RungTried, TableGrew
from handleheap.mac import Toolbox, maxSize, memFullErr, nilHandleErr, noErr

from .steps import discarded, moved, of, told
from .zones import (
    HEADER,
    MASTERS,
    START,
    ZONE_HEADER,
    block_of,
    blocks,
    both_fits,
    both_widths,
    field,
    holes,
    lay,
    physical,
    rungs,
    textbook,
)

some = settings(max_examples=80, deadline=None)
ORDER = ["search", "compact", "extend", "purge", "grow-zone"]


def new(laid, gross):
    """NewHandle of a block of `gross` bytes, and what the tap hears."""
    return told(laid.tb, lambda: laid.tb.NewHandle(laid.ask(gross)))


def walk(tb):
    return [(block.kind, block.base, block.size) for block in blocks(tb)]


def rest(laid):
    """The address of the first block of the layout."""
    return START + ZONE_HEADER + HEADER[laid.bits] + 4 * MASTERS


# --- the order of the rungs ----------------------------------------------------------------------------------------------


@both_widths
@both_fits
@pytest.mark.parametrize(
    ("layout", "last"),
    [
        pytest.param("m24 .48 m24", "search", id="a hole"),
        pytest.param("m24 .24 .24 m24", "search", id="two holes side by side"),
        pytest.param(".24 m24 .24 F24", "compact", id="holes apart"),
        pytest.param("p48 m24 L24", "purge", id="a purgeable block"),
        pytest.param("p24 m48 p24 L24", "purge", id="purgeable blocks apart, so that it takes compaction, too"),
    ],
)
def test_each_rung_is_tried_when_those_before_it_did_not_serve(bits, fit, layout, last):
    laid = lay(bits, layout, fit=fit)
    h, events = new(laid, 48)
    assert h
    assert laid.tb.MemError() == noErr
    tried = [rung for rung in ORDER[: ORDER.index(last) + 1] if rung != "extend"]
    assert rungs(events) == [(rung, rung == last) for rung in tried]
    assert not of(Refused, events)
    assert laid.intact()


@both_widths
def test_no_rung_serves(bits):
    laid = lay(bits, "m24 p24 L24 .16 F24")
    h, events = new(laid, 80)
    assert h == 0
    assert laid.tb.MemError() == laid.tb.regs.D0 == memFullErr
    tried = [rung for rung, _ in rungs(events)]
    assert tried[:3] == ["search", "compact", "purge"]
    assert [rung for rung, _ in groupby(tried)] in (["search", "compact", "purge"], ["search", "compact", "purge", "grow-zone"])
    assert not any(event.found for event in of(RungTried, events))
    assert len(of(Refused, events)) == 1
    assert laid.intact()


@both_widths
def test_whatever_compaction_can_serve_purges_nothing(bits):
    laid = lay(bits, "p24 .24 p24 .24 p24 F24")
    h, events = new(laid, 48)
    assert h
    assert not discarded(events)
    assert set(laid.shape()) == {(0, 24), (2, 24), (4, 24), (5, 24), ("new", 48)}
    assert laid.intact()


@both_widths
def test_with_foresight_nothing_moves_for_what_even_purging_could_not_serve(bits):
    laid = lay(bits, ".24 m24 p24 .24 L24 .48 F24", foresight=True)
    before = walk(laid.tb)
    h, events = new(laid, 84)
    assert (h, laid.tb.MemError()) == (0, memFullErr)
    assert not moved(events)
    assert not discarded(events)
    assert walk(laid.tb) == before
    h, events = new(laid, 72)
    assert h
    assert discarded(events) == [laid.handles[2]]
    assert laid.intact()


@both_widths
def test_a_pointer_climbs_the_same_ladder(bits):
    laid = lay(bits, "p48 m24 L24")
    p, events = told(laid.tb, lambda: laid.tb.NewPtr(laid.ask(48)))
    assert p == rest(laid) + HEADER[bits]
    assert discarded(events) == [laid.handles[0]]
    assert rungs(events)[-1] == ("purge", True)
    assert laid.intact()


# --- extension -----------------------------------------------------------------------------------------------------------


@both_widths
def test_the_application_zone_is_extended_before_anything_is_purged(bits):
    tb = Toolbox(0x20000, bits)
    tb.SetZone(tb.ApplicationZone())
    h = tb.NewHandle(200)
    tb.HPurge(h)
    end, free = tb.zone().limit, tb.FreeMem()
    assert end == tb.low.get("HeapEnd") == field(tb, "bkLim") + 12
    assert end + 64 <= tb.low.get("ApplLimit")
    large, events = told(tb, lambda: tb.NewHandle(free))
    assert large
    assert [(e.rung, e.found) for e in of(RungTried, events)] == [("search", False), ("compact", False), ("extend", True)]
    assert tb.deref(h)
    assert end < tb.zone().limit <= tb.low.get("ApplLimit")
    assert tb.zone().limit == tb.low.get("HeapEnd") == field(tb, "bkLim") + 12
    assert tb.FreeMem() == free + tb.zone().limit - end - block_of(tb, large).size
    tb.check()


@both_widths
def test_where_extension_is_not_enough_purging_follows(bits):
    tb = Toolbox(0x20000, bits)
    tb.SetZone(tb.ApplicationZone())
    h = tb.NewHandle(400)
    tb.HPurge(h)
    room = tb.low.get("ApplLimit") - tb.zone().limit
    large, events = told(tb, lambda: tb.NewHandle(tb.FreeMem() + room + 200))
    assert large
    assert [(e.rung, e.found) for e in of(RungTried, events)][:2] == [("search", False), ("compact", False)]
    assert [e.rung for e in of(RungTried, events) if e.found] == ["purge"]
    assert tb.deref(h) == 0
    assert tb.zone().limit + 400 > tb.low.get("ApplLimit") >= tb.zone().limit
    tb.check()


@both_widths
def test_a_zone_at_its_largest_is_not_extended(bits):
    tb = Toolbox(0x20000, bits)
    tb.SetZone(tb.ApplicationZone())
    end, free = tb.zone().limit, tb.FreeMem()
    assert tb.MaxApplZone() == noErr
    assert tb.zone().limit == tb.low.get("HeapEnd") == tb.low.get("ApplLimit") > end
    assert tb.FreeMem() == free + tb.zone().limit - end
    h, events = told(tb, lambda: tb.NewHandle(tb.FreeMem()))
    assert h == 0
    assert ("extend", True) not in rungs(events)
    tb.check()


@both_widths
def test_no_other_zone_is_extended(bits):
    tb = textbook(bits, limit=0x10200)
    assert tb.NewHandle(0x300) == 0
    assert tb.zone().limit == 0x10200
    system = tb.zone(tb.SystemZone()).limit
    assert tb.NewHandleSys(tb.FreeMemSys()) == 0
    assert tb.zone(tb.SystemZone()).limit == system
    assert tb.low.get("ApplZone") != START
    tb.check()


# --- purging -------------------------------------------------------------------------------------------------------------


@both_widths
@both_fits
def test_purging_goes_by_address_and_stops_when_there_is_room(bits, fit):
    laid = lay(bits, "p24 p24 p24 p24 L24", fit=fit)
    h, events = new(laid, 48)
    assert h
    assert discarded(events) == [laid.handles[0], laid.handles[1]]
    assert laid.shape() == [("new", 48), (2, 24), (3, 24), (4, 24)]
    assert laid.intact()


@both_widths
def test_neither_locked_nor_unpurgeable_blocks_are_purged(bits):
    laid = lay(bits, "m24 L24 p24 p24 F24 p24 F24")
    laid.tb.HPurge(laid.handles[1])
    laid.tb.HLock(laid.handles[3])
    h, events = new(laid, 48)
    assert h == 0
    assert set(discarded(events)) == {laid.handles[2], laid.handles[5]}
    assert laid.tb.HGetState(laid.handles[1]) == laid.tb.HGetState(laid.handles[3]) == 0xC0
    assert laid.intact()


def rounds(laid, rotates):
    """Take 24 bytes eight times over, each time from a purgeable block, and make what is there purgeable in turn."""
    live = {laid.base(name): laid.handles[name] for name in range(4)}
    order = []
    for _ in range(8):
        h, events = new(laid, 24)
        (victim,) = discarded(events)
        (place,) = [base for base, handle in live.items() if handle == victim]
        order.append(laid.bases.index(place))
        live[place] = h
        assert block_of(laid.tb, h).base == place
        laid.tb.HPurge(h)
        laid.tb.DisposeHandle(victim)
    assert order == ([0, 1, 2, 3, 0, 1, 2, 3] if rotates else [0] * 8)


@both_widths
@both_fits
def test_purging_begins_where_it_stopped_last_and_comes_round(bits, fit):
    rounds(lay(bits, "p24 p24 p24 p24 L24", fit=fit), True)


@both_widths
@both_fits
def test_purging_may_begin_at_the_bottom_each_time(bits, fit):
    rounds(lay(bits, "p24 p24 p24 p24 L24", fit=fit, purge_rotates=False), False)


@both_widths
@pytest.mark.parametrize("rotates", [True, False])
def test_purgemem_rotates_likewise(bits, rotates):
    laid = lay(bits, "p24 p24 p24 L24", purge_rotates=rotates)
    code, events = told(laid.tb, lambda: laid.tb.PurgeMem(laid.ask(24)))
    assert (code, discarded(events)) == (noErr, [laid.handles[0]])
    h, _ = new(laid, 24)
    laid.tb.HPurge(h)
    code, events = told(laid.tb, lambda: laid.tb.PurgeMem(laid.ask(24)))
    assert (code, discarded(events)) == (noErr, [laid.handles[1] if rotates else h])


@both_widths
def test_purgemem_does_not_compact(bits):
    laid = lay(bits, "p24 m24 p24 m24 p24 L24")
    code, events = told(laid.tb, lambda: laid.tb.PurgeMem(laid.ask(48)))
    assert code == laid.tb.MemError() == memFullErr
    assert discarded(events) == [laid.handles[0], laid.handles[2], laid.handles[4]]
    assert not moved(events)
    assert laid.shape() == [(".", 24), (1, 24), (".", 24), (3, 24), (".", 24), (5, 24)]
    assert laid.intact()


@both_widths
def test_purgemem_stops_at_the_first_run_that_is_long_enough(bits):
    laid = lay(bits, "p24 m24 p24 .24 p24 L24")
    code, events = told(laid.tb, lambda: laid.tb.PurgeMem(laid.ask(48)))
    assert code == noErr
    assert discarded(events) == [laid.handles[0], laid.handles[2]]
    code, events = told(laid.tb, lambda: laid.tb.PurgeMem(laid.ask(48)))
    assert code == noErr
    assert not discarded(events)
    assert laid.intact()


@both_widths
def test_maxmem_purges_and_compacts_all(bits):
    laid = lay(bits, "p24 m24 L24 p24 m24 .24 p24 F24")
    (size, grow), events = told(laid.tb, lambda: laid.tb.MaxMem())
    assert (size, grow) == (72, 0)
    assert discarded(events) == [laid.handles[0], laid.handles[3], laid.handles[6]]
    assert laid.shape() == [(1, 24), (".", 24), (2, 24), (4, 24), (".", 72), (7, 24)]
    assert laid.intact()


@both_widths
def test_purgespace_tells_what_maxmem_finds_and_purges_nothing(bits):
    laid = lay(bits, "p24 m24 L24 m24 p24 .24 p24 F24")
    before = walk(laid.tb)
    (total, contig), events = told(laid.tb, lambda: laid.tb.PurgeSpace())
    assert (total, contig) == (96, 72)
    assert laid.tb.MaxBlock() == 24
    assert not discarded(events)
    assert not moved(events)
    assert walk(laid.tb) == before
    assert laid.tb.MaxMem() == (72, 0)


# --- the purge-warning procedure -----------------------------------------------------------------------------------------


def warned(laid, *names):
    """Install a purge-warning procedure; the list of (name, its first bytes) as it was called."""
    heard = []

    def warn(handle):
        name = laid.handles.index(handle)
        assert laid.tb.deref(handle)
        heard.append((name, laid.tb.read(laid.data(name), 4) == laid.pattern(name)[:4]))

    laid.tb.zone().header.put("purgeProc", laid.tb.proc(warn))
    return heard


@both_widths
@pytest.mark.parametrize("call", ["NewHandle", "PurgeMem", "MaxMem", "NewPtr"])
def test_the_warning_comes_before_each_purge(bits, call):
    laid = lay(bits, "p24 p24 m24 L24")
    heard = warned(laid)
    getattr(laid.tb, call)(*([] if call == "MaxMem" else [laid.ask(48)]))
    assert heard == [(0, True), (1, True)]
    assert laid.now()[:2] == [None, None]
    assert laid.intact()


@both_widths
def test_emptyhandle_warns_too_and_disposehandle_does_not(bits):
    laid = lay(bits, "p24 m24 m24 L24")
    heard = warned(laid)
    assert laid.tb.EmptyHandle(laid.handles[1]) == noErr
    assert heard == [(1, True)]
    assert laid.tb.EmptyHandle(laid.handles[1]) == noErr
    assert laid.tb.EmptyHandle(laid.handles[3]) != noErr
    assert laid.tb.DisposeHandle(laid.handles[0]) == noErr
    assert heard == [(1, True)]


@both_widths
def test_a_purged_handle_stays_a_handle(bits):
    laid = lay(bits, "p24 m24 L24")
    h = laid.handles[0]
    assert laid.tb.PurgeMem(laid.ask(24)) == noErr
    assert laid.tb.deref(h) == 0
    assert laid.tb.zone().discarded()[0].handle == h
    assert laid.tb.SetHandleSize(h, 4) == nilHandleErr
    assert laid.tb.ReallocateHandle(h, laid.ask(24)) == noErr
    assert laid.tb.GetHandleSize(h) == laid.ask(24)
    assert laid.intact(0)


# --- the grow-zone procedure ---------------------------------------------------------------------------------------------


class Grower:
    """A grow-zone procedure that does one thing of a list with each call, and returns what that returns; then 0."""

    def __init__(self, tb, *deeds):
        self.tb, self.deeds, self.wanted, self.saved = tb, list(deeds), [], []
        tb.SetGrowZone(self)
        assert field(tb, "gzProc") == tb.proc(self)

    def __call__(self, wanted):
        self.wanted.append(wanted)
        self.saved.append(self.tb.GZSaveHnd())
        return self.deeds.pop(0)() if self.deeds else 0


def releasing(laid, name, says=24):
    def deed():
        assert laid.tb.DisposeHandle(laid.handles[name]) == noErr
        laid.handles[name] = 0
        return says

    return deed


@both_widths
@both_fits
def test_a_reserve_that_is_emptied_saves_the_day(bits, fit):
    laid = lay(bits, "m24 m48 m24 L24", fit=fit)
    reserve = laid.handles[1]
    gz = Grower(laid.tb, lambda: laid.tb.EmptyHandle(reserve) or 48)
    h, events = new(laid, 48)
    assert h
    assert laid.tb.MemError() == noErr
    assert rungs(events) == [("search", False), ("compact", False), ("purge", False), ("grow-zone", True)]
    assert gz.wanted == [48]
    assert laid.tb.deref(reserve) == 0
    assert laid.intact()


@both_widths
@pytest.mark.parametrize("call", ["NewHandle", "NewPtr", "ReserveMem"])
def test_it_is_told_the_physical_size(bits, call):
    laid = lay(bits, "m24 m24 L24")
    gz = Grower(laid.tb)
    getattr(laid.tb, call)(41)
    assert laid.tb.MemError() == memFullErr
    assert gz.wanted == [physical(bits, 41)]


@both_widths
def test_it_is_not_called_while_anything_else_serves(bits):
    laid = lay(bits, "p48 m24 .24 m24 .24 L24")
    gz = Grower(laid.tb)
    for _ in range(2):
        assert new(laid, 48)[0]
    assert gz.wanted == []
    assert laid.now()[0] is None


@both_widths
def test_it_is_called_until_there_is_room(bits):
    laid = lay(bits, "m24 m24 L24 m24 m24 L24")
    gz = Grower(laid.tb, releasing(laid, 0), releasing(laid, 3), releasing(laid, 4), releasing(laid, 1))
    h, events = new(laid, 48)
    assert h
    assert gz.wanted == [48, 48, 48]
    assert laid.handles[1]
    assert [found for rung, found in rungs(events) if rung == "grow-zone"] in ([False, False, True], [True])
    assert laid.shape() == [(".", 24), (1, 24), (2, 24), ("new", 48), (5, 24)] or laid.shape()[0] == (1, 24)
    assert laid.intact()


@both_widths
def test_it_is_not_called_again_when_it_returns_0(bits):
    laid = lay(bits, "m24 m24 m24 L24")
    gz = Grower(laid.tb, releasing(laid, 0), releasing(laid, 1, 0), releasing(laid, 2))
    h, _ = new(laid, 72)
    assert (h, laid.tb.MemError()) == (0, memFullErr)
    assert len(gz.wanted) == 2
    assert laid.handles[2]
    assert laid.intact()


@both_widths
def test_one_that_only_promises_does_not_hang_the_machine(bits):
    laid = lay(bits, "m24 m24 L24")
    gz = Grower(laid.tb, *[lambda: 1000] * 50)
    assert new(laid, 48)[0] == 0
    assert laid.tb.MemError() == memFullErr
    assert len(gz.wanted) <= 2
    assert laid.intact()


@both_widths
def test_it_is_not_called_from_within_itself(bits):
    laid = lay(bits, "m24 m24 L24")
    gz = Grower(laid.tb, lambda: laid.tb.NewHandle(500))
    assert new(laid, 48)[0] == 0
    assert len(gz.wanted) == 1
    assert laid.tb.MemError() == memFullErr


@both_widths
def test_what_is_purgeable_goes_before_it_is_called(bits):
    laid = lay(bits, "p24 L24 m48 L24")
    seen = []
    Grower(laid.tb, lambda: seen.append(laid.tb.deref(laid.handles[0])) or 0)
    assert new(laid, 48)[0] == 0
    assert seen == [0]


@both_widths
def test_it_may_make_blocks_purgeable_or_unlock_them(bits):
    laid = lay(bits, "L24 m24 L24 m24 F24")
    tb = laid.tb

    def unlock():
        tb.HUnlock(laid.handles[2])
        tb.HPurge(laid.handles[2])
        tb.HPurge(laid.handles[3])
        return 24

    Grower(tb, unlock)
    laid.kinds[2] = laid.kinds[3] = "p"
    h, _ = new(laid, 48)
    assert h
    assert laid.now()[2:4] == [None, None]
    assert laid.intact()


@both_widths
def test_each_zone_has_its_own(bits):
    laid = lay(bits, "m24 L24")
    gz = Grower(laid.tb)
    laid.tb.SetZone(laid.tb.SystemZone())
    assert laid.tb.NewHandle(laid.tb.FreeMem()) == 0
    assert gz.wanted == []
    laid.tb.SetZone(START)
    assert new(laid, 48)[0] == 0
    assert gz.wanted == [48]
    assert laid.tb.SetGrowZone(None) == noErr
    assert field(laid.tb, "gzProc") == 0
    assert new(laid, 48)[0] == 0
    assert gz.wanted == [48]


@both_widths
def test_gzsavehnd_is_the_handle_that_grows(bits):
    laid = lay(bits, "m24 L24 m48 L24")
    h = laid.handles[0]
    gz = Grower(laid.tb, releasing(laid, 2))
    assert laid.tb.SetHandleSize(h, laid.ask(48)) == noErr
    assert gz.saved == [h]
    assert gz.wanted == [48]
    assert laid.tb.read(laid.tb.deref(h), laid.ask(24)) == laid.pattern(0)
    assert laid.intact(0)


@both_widths
def test_gzsavehnd_is_nil_for_a_new_block(bits):
    laid = lay(bits, "m24 L24")
    gz = Grower(laid.tb)
    assert new(laid, 48)[0] == 0
    assert gz.saved == [0]


@both_widths
def test_a_block_that_grows_is_never_purged(bits):
    laid = lay(bits, "p24 L24 p24 L24 p48 L24")
    h = laid.handles[0]
    code, events = told(laid.tb, lambda: laid.tb.SetHandleSize(h, laid.ask(48)))
    assert code == noErr
    assert discarded(events) == [laid.handles[2], laid.handles[4]]
    assert laid.tb.HGetState(h) == 0x40
    assert laid.tb.read(laid.tb.deref(h), laid.ask(24)) == laid.pattern(0)
    code, events = told(laid.tb, lambda: laid.tb.SetHandleSize(h, 500))
    assert code == memFullErr
    assert laid.tb.deref(h)
    assert laid.tb.GetHandleSize(h) == laid.ask(48)
    assert laid.intact(0)


# --- compaction ----------------------------------------------------------------------------------------------------------


def compacted(laid):
    """The rule of §3.3: between blocks that cannot move, movable ones go down in order, and one hole is left above them."""
    shape = []
    for fixed, run in groupby(enumerate(zip(laid.kinds, laid.sizes, strict=True)), key=lambda pair: pair[1][0] in "LF"):
        run = list(run)
        shape += [(name, size) for name, (kind, size) in run if kind != "."]
        free = sum(size for _, (kind, size) in run if kind == ".")
        shape += [(".", free)] if free and not fixed else []
    return shape


layouts = st.tuples(
    st.sampled_from([24, 32]),
    st.lists(
        st.tuples(st.sampled_from("...mmmpLF"), st.sampled_from(range(16, 53, 4))).map(lambda pair: f"{pair[0]}{pair[1]}"),
        min_size=1,
        max_size=15,
    ).map(" ".join),
)


@some
@given(layouts)
def test_compaction_passes_no_block_that_cannot_move(chosen):
    laid = lay(*chosen)
    expected = compacted(laid)
    plan = laid.tb.plan()
    largest, events = told(laid.tb, lambda: laid.tb.CompactMem(maxSize))
    assert laid.shape() == expected
    assert largest == max((size for name, size in expected if name == "."), default=0)
    assert moved(events) == {move.handle for move in plan}
    assert {move.handle: move.dst for move in plan} == {h: block_of(laid.tb, h).base for h in moved(events)}
    assert len(holes(laid.tb)) == sum(name == "." for name, _ in expected)
    assert field(laid.tb, "zcbFree") == sum(size for _, size in holes(laid.tb))
    assert not laid.tb.plan()
    assert laid.tb.MaxBlock() == largest
    assert laid.intact()


@both_widths
def test_compaction_stops_when_there_is_room(bits):
    laid = lay(bits, ".24 m24 .24 m24 .24 m24 .24 F24")
    laid.tb.zone().header.put("allocPtr", rest(laid))
    largest, events = told(laid.tb, lambda: laid.tb.CompactMem(48))
    assert 48 <= largest < 96
    assert laid.handles[5] not in moved(events)
    assert laid.intact()


@both_widths
def test_compaction_for_less_than_there_is_moves_nothing(bits):
    laid = lay(bits, ".48 m24 .24 F24")
    laid.tb.zone().header.put("allocPtr", rest(laid))
    largest, events = told(laid.tb, lambda: laid.tb.CompactMem(48))
    assert largest >= 48
    assert not moved(events)


@both_widths
def test_compaction_that_starts_at_the_rover_comes_round(bits):
    laid = lay(bits, ".24 m24 .24 L24 m24 .24 F24")
    laid.tb.zone().header.put("allocPtr", laid.base(4))
    assert laid.tb.CompactMem(48) == 48
    assert laid.shape() == [(1, 24), (".", 48), (3, 24), (4, 24), (".", 24), (6, 24)]
    assert laid.intact()


@some
@given(layouts, st.sampled_from(range(16, 200, 4)))
def test_what_fits_between_two_immovable_blocks_is_always_served(chosen, gross):
    bits, text = chosen
    laid = lay(bits, text)
    best = max((size for name, size in compacted(laid) if name == "."), default=0)
    search = any(name == "." and size >= gross for name, size in laid.shape())
    keep = [name for name, handle in enumerate(laid.handles) if handle]
    h, events = new(laid, gross)
    if best >= gross:
        assert h
        assert not discarded(events)
        assert all(laid.data(name) for name in keep)
    if search:
        assert not moved(events)
        assert rungs(events) == [("search", True)]
    if not h and gross <= sum(laid.sizes):
        assert not any(laid.kinds[name] == "p" and laid.data(name) for name in keep)
        assert max((size for name, size in laid.shape() if name == "."), default=0) < gross
    assert laid.intact()


def lowest_run(laid, need):
    """Where the lowest run between immovable blocks begins that has so much free space; None where none has."""
    start = at = rest(laid)
    free = 0
    for kind, size in [*zip(laid.kinds, laid.sizes, strict=True), ("F", 0)]:
        if kind in "LF":
            if free >= need:
                return start
            start, free = at + size, 0
        free += size if kind == "." else 0
        at += size
    return None


@some
@given(layouts, st.sampled_from(range(16, 200, 4)))
def test_a_pointer_comes_as_low_as_any_hole(chosen, gross):
    bits, text = chosen
    laid = lay(bits, text)
    best = max((size for name, size in compacted(laid) if name == "."), default=0)
    before = [block for block in blocks(laid.tb) if block.kind is Kind.FREE]
    p, events = told(laid.tb, lambda: laid.tb.NewPtr(laid.ask(gross)))
    if best >= gross:
        assert p
        assert not discarded(events)
    if p:
        assert block_of(laid.tb, p).length == laid.ask(gross)
        for lowest in (min((block.base for block in before if block.size >= gross), default=None), lowest_run(laid, gross)):
            assert lowest is None or p - HEADER[bits] <= lowest
        below = [b for b in blocks(laid.tb) if b.base < p - HEADER[bits] and b.kind is Kind.FREE]
        assert all(b.size < gross for b in below)
    assert laid.intact()


# --- SetHandleSize and SetPtrSize ----------------------------------------------------------------------------------------


def resize(laid, name, gross):
    call = laid.tb.SetPtrSize if laid.kinds[name] == "F" else laid.tb.SetHandleSize
    code, events = told(laid.tb, lambda: call(laid.handles[name], laid.ask(gross)))
    assert laid.tb.MemError() == code
    kept = laid.pattern(name)[: laid.ask(min(gross, laid.sizes[name]))]
    assert laid.tb.read(laid.data(name), len(kept)) == kept
    assert laid.intact(name)
    return code, {laid.handles.index(h) for h in moved(events)}


@both_widths
@pytest.mark.parametrize("kind", ["m", "p", "L", "F"])
@pytest.mark.parametrize(
    ("above", "moves", "after"),
    [
        pytest.param(".48 F24", set(), [(0, 48), (".", 24), (2, 24)], id="into a hole"),
        pytest.param(".24 F24", set(), [(0, 48), (2, 24)], id="into a hole of just that size"),
        pytest.param(".12 .12 F24", set(), [(0, 48), (3, 24)], id="into two holes"),
        pytest.param("m24 .24 F24", {1}, [(0, 48), (1, 24), (3, 24)], id="by pushing a neighbour"),
        pytest.param(".12 m24 .12 F24", {2}, [(0, 48), (2, 24), (4, 24)], id="into a hole and by pushing"),
        pytest.param("m16 m20 .24 F24", {1, 2}, [(0, 48), (1, 16), (2, 20), (4, 24)], id="by pushing two neighbours"),
    ],
)
def test_growing_in_place(bits, kind, above, moves, after):
    laid = lay(bits, f"{kind}24 {above}")
    code, others = resize(laid, 0, 48)
    assert code == noErr
    assert laid.base(0) == laid.bases[0]
    assert others == moves
    sizes = sorted(laid.shape(), key=str)
    assert sizes == sorted(after, key=str)
    assert laid.shape()[0] == (0, 48)


@both_widths
@pytest.mark.parametrize("kind", ["L", "F"])
@pytest.mark.parametrize("above", ["F24 .96", "L24 .96", "m24 F24", "m24", ".16 F24 .96"])
def test_what_may_not_move_grows_in_place_or_not_at_all(bits, kind, above):
    laid = lay(bits, f"{kind}24 {above}")
    before = laid.shape()
    code, others = resize(laid, 0, 48)
    assert code == memFullErr
    assert 0 not in others
    assert laid.base(0) == laid.bases[0]
    assert block_of(laid.tb, laid.handles[0]).length == laid.ask(24)
    assert sorted(laid.shape(), key=str) == sorted(before, key=str)


@both_widths
@both_fits
@pytest.mark.parametrize("kind", ["m", "p"])
def test_a_block_that_cannot_grow_in_place_moves(bits, fit, kind):
    laid = lay(bits, f"{kind}24 L24 .96 F24", fit=fit)
    state = laid.tb.HGetState(laid.handles[0])
    code, _ = resize(laid, 0, 48)
    assert code == noErr
    assert laid.shape() == [(".", 24), (1, 24), (0, 48), (".", 48), (3, 24)]
    assert laid.tb.HGetState(laid.handles[0]) == state


@both_widths
def test_a_block_that_grows_elsewhere_may_need_compaction(bits):
    laid = lay(bits, "m24 L24 .24 m24 .24 F24")
    code, others = resize(laid, 0, 48)
    assert code == noErr
    assert 3 in others
    assert laid.shape() == [(".", 24), (1, 24), (3, 24), (0, 48), (5, 24)]


@both_widths
def test_a_block_that_cannot_grow_at_all_stays_as_it_is(bits):
    laid = lay(bits, "m24 L24 .24 L24 p16 F24")
    code, _ = resize(laid, 0, 80)
    assert code == memFullErr
    assert laid.tb.GetHandleSize(laid.handles[0]) == laid.ask(24)
    assert laid.data(4) == 0


@both_widths
@pytest.mark.parametrize("kind", ["m", "L", "F"])
@pytest.mark.parametrize("gross", [16, 20, 24, 36])
def test_shrinking_moves_nothing(bits, kind, gross):
    """Down to 36 bytes of 48, there are 12 to spare: a block of their own."""
    laid = lay(bits, f"m24 {kind}48 m24 .24 L24")
    free = laid.tb.FreeMem()
    code, others = resize(laid, 1, gross)
    assert (code, others) == (noErr, set())
    assert laid.shape()[:3] == [(0, 24), (1, gross), (".", 48 - gross)]
    assert laid.tb.FreeMem() == free + 48 - gross


@both_widths
@pytest.mark.parametrize("kind", ["m", "F"])
@pytest.mark.parametrize("spare", range(1, 12))
def test_less_than_12_spare_bytes_are_corrected_away(bits, kind, spare):
    laid = lay(bits, f"{kind}48 m24 L24")
    call, size = (laid.tb.SetPtrSize, laid.tb.GetPtrSize) if kind == "F" else (laid.tb.SetHandleSize, laid.tb.GetHandleSize)
    h, free = laid.handles[0], laid.tb.FreeMem()
    assert call(h, laid.ask(48) - spare) == noErr
    assert size(h) == laid.ask(48) - spare
    assert laid.shape() == [(0, 48), (1, 24), (2, 24)]
    assert laid.tb.FreeMem() == free
    correction = laid.tb.peek(laid.base(0), 1) & 15 if bits == 24 else laid.tb.peek(laid.base(0) + 3, 1)
    assert correction == spare
    assert call(h, laid.ask(48)) == noErr
    assert laid.base(0) == laid.bases[0]
    assert laid.intact()


@both_widths
def test_growing_may_always_move_where_the_profile_says_so(bits):
    """Row 29, whose second half is no more than one implementation's habit."""
    laid = lay(bits, "m24 .96 F24", grows_in_place=False)
    code, _ = resize(laid, 0, 24)
    assert (code, laid.base(0)) == (noErr, laid.bases[0])
    code, _ = resize(laid, 0, 36)
    assert code == noErr
    assert laid.base(0) != laid.bases[0]


@some
@given(layouts, st.sampled_from(range(16, 120, 4)), st.integers(0, 14))
def test_growing_any_block(chosen, gross, pick):
    bits, text = chosen
    laid = lay(bits, text)
    names = [name for name, handle in enumerate(laid.handles) if handle]
    if not names:
        return
    name = names[pick % len(names)]
    state = 0 if laid.kinds[name] == "F" else laid.tb.HGetState(laid.handles[name])
    code, others = resize(laid, name, gross)
    if gross <= laid.sizes[name]:
        assert (code, others) == (noErr, set())
        assert laid.base(name) == laid.bases[name]
    if laid.kinds[name] in "LF":
        assert laid.base(name) == laid.bases[name]
    assert laid.data(name)
    assert block_of(laid.tb, laid.handles[name]).length == laid.ask(gross if code == noErr else laid.sizes[name])
    assert laid.kinds[name] == "F" or laid.tb.HGetState(laid.handles[name]) == state


# --- ReserveMem ----------------------------------------------------------------------------------------------------------


@both_widths
@both_fits
def test_reservemem_makes_its_gap_lowest_and_the_rover_stands_there(bits, fit):
    laid = lay(bits, "m48 m24 .96 L24", fit=fit)
    free = laid.tb.FreeMem()
    code, events = told(laid.tb, lambda: laid.tb.ReserveMem(laid.ask(24)))
    assert code == noErr
    assert moved(events) == {laid.handles[0]}
    assert laid.shape() == [(".", 48), (1, 24), (0, 48), (".", 48), (3, 24)]
    assert field(laid.tb, "allocPtr") == rest(laid)
    assert laid.tb.FreeMem() == free
    assert not of(Allocated, events)
    h, _ = new(laid, 24)
    assert block_of(laid.tb, h).base == rest(laid)
    assert laid.intact()


@both_widths
def test_reservemem_finds_a_low_hole(bits):
    laid = lay(bits, "L24 .48 m24 .96 F24")
    code, events = told(laid.tb, lambda: laid.tb.ReserveMem(laid.ask(24)))
    assert code == noErr
    assert not moved(events)
    assert field(laid.tb, "allocPtr") == rest(laid) + 24


@both_widths
def test_reservemem_slides_up_what_finds_no_hole(bits):
    laid = lay(bits, "m48 .24 m48 .24 L24")
    assert laid.tb.ReserveMem(laid.ask(40)) == noErr
    (base, size), *_ = holes(laid.tb)
    assert base == rest(laid)
    assert size >= 40
    assert [name for name, _ in laid.shape() if name != "."] == [0, 2, 4]
    assert laid.intact()


@both_widths
def test_reservemem_purges_and_calls_the_grow_zone_procedure(bits):
    laid = lay(bits, "m24 p48 L24 m48 F24")
    assert laid.tb.ReserveMem(laid.ask(48)) == noErr
    assert laid.data(1) == 0
    assert holes(laid.tb)[0] == (rest(laid), 48)
    assert laid.intact()
    gz = Grower(laid.tb, releasing(laid, 0))
    assert laid.tb.ReserveMem(laid.ask(72)) == noErr
    assert gz.wanted == [72]
    assert holes(laid.tb) == [(rest(laid), 72)]
    assert laid.intact()


@some
@given(layouts, st.sampled_from(range(16, 200, 4)))
def test_reservemem_reserves_as_low_as_a_pointer_would_go(chosen, gross):
    bits, text = chosen
    laid, other = lay(bits, text), lay(bits, text)
    p = other.tb.NewPtr(other.ask(gross))
    code, events = told(laid.tb, lambda: laid.tb.ReserveMem(laid.ask(gross)))
    assert (code == noErr) == bool(p)
    assert not of(Allocated, events)
    if p:
        gap = field(laid.tb, "allocPtr")
        assert gap == p - HEADER[bits]
        assert dict(holes(laid.tb))[gap] >= gross
        h, events = new(laid, gross)
        assert block_of(laid.tb, h).base == gap
        assert not moved(events)
    assert laid.intact()


@both_widths
def test_reservemem_may_fail(bits):
    laid = lay(bits, "m24 .24 L24 .24 F24")
    assert laid.tb.ReserveMem(laid.ask(72)) == laid.tb.MemError() == memFullErr
    assert laid.intact()


# --- the rover -----------------------------------------------------------------------------------------------------------


@both_widths
def test_the_rover_says_where_the_search_begins(bits):
    for fit, name in (("rover", 2), ("first", 0)):
        laid = lay(bits, ".48 m24 .96 L24", fit=fit)
        laid.tb.zone().header.put("allocPtr", laid.bases[2])
        laid.tb.check()
        h, _ = new(laid, 24)
        assert block_of(laid.tb, h).base == laid.bases[name]


@both_widths
def test_the_rover_goes_to_the_rest_and_comes_round(bits):
    laid = lay(bits, ".48 m24 .48 L24")
    laid.tb.zone().header.put("allocPtr", laid.bases[2])
    h, _ = new(laid, 24)
    assert field(laid.tb, "allocPtr") == laid.bases[2] + 24
    h, _ = new(laid, 24)
    assert block_of(laid.tb, h).base == laid.bases[2] + 24
    h, _ = new(laid, 24)
    assert block_of(laid.tb, h).base == laid.bases[0]
    assert field(laid.tb, "allocPtr") == laid.bases[0] + 24


@both_widths
def test_a_block_that_merges_with_the_rovers_hole_pulls_it_back(bits):
    laid = lay(bits, "m24 m24 .48 L24")
    laid.tb.zone().header.put("allocPtr", laid.bases[2])
    laid.tb.DisposeHandle(laid.handles[1])
    assert field(laid.tb, "allocPtr") == laid.bases[1]
    laid.tb.check()


@both_widths
@pytest.mark.parametrize("rubbish", [0xFFFFFFF8, 0, 1, START, 0x10400, 0x20000])
def test_a_rover_out_of_place_starts_at_the_bottom(bits, rubbish):
    laid = lay(bits, ".48 m24 .96 L24")
    laid.tb.zone().header.put("allocPtr", rubbish)
    h, _ = new(laid, 24)
    assert block_of(laid.tb, h).base == laid.bases[0]
    assert laid.intact()


# --- free blocks side by side --------------------------------------------------------------------------------------------


@both_widths
def test_a_disposed_block_merges_with_what_is_free_behind_it_only(bits):
    laid = lay(bits, "m24 m24 m24 L24")
    tb, (a, b, c, _) = laid.tb, laid.handles
    base = laid.bases
    tb.DisposeHandle(a)
    tb.DisposeHandle(b)
    assert holes(tb) == [(base[0], 24), (base[1], 24)]
    tb.DisposeHandle(c)
    assert holes(tb) == [(base[0], 24), (base[1], 24), (base[2], 24)]
    tb.check()
    laid = lay(bits, "m24 m24 m24 L24")
    for handle in reversed(laid.handles[:3]):
        laid.tb.DisposeHandle(handle)
    assert holes(laid.tb) == [(base[0], 72)]
    laid.tb.check()


@both_widths
@both_fits
def test_searching_merges_the_rest(bits, fit):
    laid = lay(bits, "m24 m24 m24 L24", fit=fit)
    for name in range(3):
        laid.tb.DisposeHandle(laid.handles[name])
        laid.handles[name] = 0
    assert len(holes(laid.tb)) == 3
    assert laid.tb.MaxBlock() == 72
    h, events = new(laid, 72)
    assert h
    assert rungs(events) == [("search", True)]
    assert laid.shape() == [("new", 72), (3, 24)]
    assert laid.intact()


# --- MoreMasters inside the zone -----------------------------------------------------------------------------------------


@both_widths
def test_moremasters_is_a_low_nonrelocatable_block(bits):
    tb = textbook(bits)
    h = tb.NewHandle(100)
    low = tb.deref(h)
    code, events = told(tb, tb.MoreMasters)
    assert code == noErr
    assert moved(events) == {h}
    assert len(of(TableGrew, events)) == 1
    master = list(tb.zone().walk())[2]
    assert (master.kind, master.body, master.length) == (Kind.TABLE, low, 16)
    tb.check()


@both_widths
def test_its_size_is_the_applications_to_choose(bits):
    tb = textbook(bits)
    tb.zone().header.put("moreMast", 10)
    free = tb.FreeMem()
    assert tb.MoreMasters() == noErr
    assert tb.FreeMem() == free - physical(bits, 40)
    handles = [tb.NewEmptyHandle() for _ in range(14)]
    assert all(high - low == 4 for high, low in pairwise(handles[:10]))
    assert tb.FreeMem() == free - physical(bits, 40)
    tb.check()


@both_widths
@pytest.mark.parametrize("call", ["NewHandle", "NewEmptyHandle"])
def test_without_room_for_masters_there_are_no_more_handles(bits, call):
    tb = textbook(bits)
    h = tb.NewHandle(tb.FreeMem() - HEADER[bits])
    for _ in range(3):
        assert tb.NewEmptyHandle()
    assert getattr(tb, call)(*([1] if call == "NewHandle" else [])) == 0
    assert tb.MemError() == memFullErr
    assert tb.MoreMasters() == memFullErr
    tb.HPurge(h)
    assert getattr(tb, call)(*([1] if call == "NewHandle" else []))
    assert tb.deref(h) == 0
    tb.check()


# --- zones inside zones --------------------------------------------------------------------------------------------------


@both_widths
def test_a_zone_inside_a_nonrelocatable_block(bits):
    tb = Toolbox(0x20000, bits)
    outer = tb.GetZone()
    before = tb.NewHandle(100)
    start = tb.NewPtr(1000)
    tb.InitZone(0, 8, start + 1000, start)
    assert tb.GetZone() == start
    assert tb.zones()["Current"].start == start
    assert tb.FreeMem() == 1000 - 64 - HEADER[bits] - 32
    a, b = tb.NewHandle(50), tb.NewHandle(60)
    p = tb.NewPtr(20)
    tb.write(tb.deref(b), b"b" * 60)
    assert all(start < address < start + 1000 for address in (a, b, p, tb.deref(a), tb.deref(b)))
    assert tb.HandleZone(a) == tb.PtrZone(p) == start
    assert (tb.HandleZone(before), tb.PtrZone(start)) == (outer, outer)
    tb.check()

    tb.SetZone(outer)
    walk_inside = list(tb.zone(start).walk())
    assert tb.CompactMem(maxSize)
    other = tb.NewHandle(100)
    assert tb.HandleZone(other) == outer
    assert list(tb.zone(start).walk()) == walk_inside
    assert tb.zone(start).start == start
    assert tb.DisposeHandle(a) == noErr
    assert tb.SetHandleSize(b, 200) == noErr
    assert tb.HandleZone(b) == start
    assert tb.read(tb.deref(b), 60) == b"b" * 60
    assert tb.RecoverHandle(tb.deref(before)) == before
    tb.check()
    tb.zone(start).check()

    tb.SetZone(start)
    assert tb.CompactMem(maxSize)
    assert tb.RecoverHandle(tb.deref(b)) == b
    assert tb.NewHandle(5000) == 0
    tb.check()
    tb.SetZone(outer)
    assert tb.DisposePtr(start) == noErr
    tb.check()


@both_widths
def test_a_zone_inside_a_locked_block(bits):
    tb = Toolbox(0x20000, bits)
    outer = tb.GetZone()
    h = tb.NewHandle(1000)
    assert tb.HLockHi(h) == noErr
    start = tb.deref(h)
    tb.InitZone(0, 8, start + 1000, start)
    a = tb.NewHandle(50)
    tb.SetZone(outer)
    assert tb.NewPtr(20) < start
    tb.CompactMem(maxSize)
    assert tb.deref(h) == start
    assert tb.HandleZone(a) == start
    tb.zone(start).check()
    tb.check()


@both_widths
def test_three_zones_deep(bits):
    tb = Toolbox(0x20000, bits)
    zones = [tb.GetZone()]
    for size in (4000, 2000, 1000):
        start = tb.NewPtr(size)
        assert zones[-1] < start
        tb.InitZone(0, 4, start + size, start)
        zones.append(start)
    handles = []
    for zone in zones:
        tb.SetZone(zone)
        handles.append(tb.NewHandle(10))
    assert [tb.HandleZone(h) for h in handles] == zones
    for zone in zones:
        tb.zone(zone).check()
    tb.check()


# --- scrambling ----------------------------------------------------------------------------------------------------------

SCRAMBLERS = {
    "NewPtr": lambda laid: laid.tb.NewPtr(4),
    "NewHandle": lambda laid: laid.tb.NewHandle(4),
    "ReallocateHandle": lambda laid: laid.tb.ReallocateHandle(laid.handles[3], 30),
    "SetHandleSize": lambda laid: laid.tb.SetHandleSize(laid.handles[3], 60),
    "SetPtrSize": lambda laid: laid.tb.SetPtrSize(laid.handles[0], 60),
}
QUIET = {
    "SetHandleSize": lambda laid: laid.tb.SetHandleSize(laid.handles[3], 4),
    "SetPtrSize": lambda laid: laid.tb.SetPtrSize(laid.handles[0], 4),
    "HLock": lambda laid: laid.tb.HLock(laid.handles[3]),
    "DisposeHandle": lambda laid: laid.tb.DisposeHandle(laid.tb.NewEmptyHandle()),
    "GetHandleSize": lambda laid: laid.tb.GetHandleSize(laid.handles[3]),
    "FreeMem": lambda laid: laid.tb.FreeMem(),
}
ROOMY = "F24 .48 m24 m36 L24 m24 .24 p24 F24 .400"


@both_widths
@both_fits
@pytest.mark.parametrize("call", SCRAMBLERS)
def test_scrambling_moves_all_that_can_move(bits, fit, call):
    laid = lay(bits, ROOMY, scramble=True, fit=fit)
    before = laid.now()
    SCRAMBLERS[call](laid)
    assert laid.tb.MemError() == noErr
    after = laid.now()
    busy = {"ReallocateHandle": 3, "SetHandleSize": 3, "SetPtrSize": 0}.get(call)
    for name, kind in enumerate(laid.kinds):
        if name != busy and kind != ".":
            assert (before[name] != after[name]) == (kind in "mp"), name
    assert laid.intact(busy)


@both_widths
@pytest.mark.parametrize("call", QUIET)
def test_scrambling_is_for_calls_that_may_move(bits, call):
    laid = lay(bits, ROOMY, scramble=True)
    before = laid.now()
    QUIET[call](laid)
    assert laid.now() == before


@both_widths
def test_without_scrambling_a_new_block_moves_none(bits):
    laid = lay(bits, ROOMY)
    before = laid.now()
    assert laid.tb.NewHandle(4)
    assert laid.now() == before


@both_widths
def test_scramble_can_be_called(bits):
    laid = lay(bits, ROOMY)
    before = laid.now()
    laid.tb.zone().scramble()
    assert [a != b for a, b in zip(before, laid.now(), strict=True)] == [kind in "mp" for kind in laid.kinds]
    assert laid.intact()


@both_widths
def test_a_zone_without_room_is_scrambled_as_far_as_it_goes(bits):
    laid = lay(bits, "m24 m24 L24 m24 F24", scramble=True)
    assert laid.tb.NewHandle(500) == 0
    assert laid.intact()


@some
@given(layouts)
def test_scrambling_keeps_everything(chosen):
    laid = lay(*chosen, scramble=True)
    laid.tb.zone().scramble()
    assert laid.tb.FreeMem() == sum(size for _, size in holes(laid.tb))
    assert laid.intact()


@both_widths
def test_two_procedures_that_undo_each_other_come_to_an_end(bits):
    """A grow-zone function that unlocks a block, and a purge-warning procedure that locks it again."""
    tb = textbook(bits)
    handle = tb.NewHandle(100)
    assert (tb.HLock(handle), tb.HPurge(handle)) == (noErr, noErr)
    calls = []

    def unlock(needed):
        calls.append(needed)
        tb.HUnlock(handle)
        return 100

    tb.SetGrowZone(unlock)
    tb.zone().header.put("purgeProc", tb.proc(lambda victim: tb.HLock(victim)))
    assert (tb.NewHandle(900), tb.MemError()) == (0, memFullErr)
    assert 1 <= len(calls) <= 3
    assert tb.deref(handle)
    tb.check()


def test_everything_means_everything_where_a_zone_is_larger_than_the_largest_size_of_24_bits():
    """PurgeMem(maxSize) purges the whole zone (IMM-120), also one that has 8 MB free in one piece already."""
    tb = Toolbox(64 << 20, 32)
    tb.MaxApplZone()
    handles = [tb.NewHandle(100) for _ in range(3)]
    for handle in handles:
        tb.HPurge(handle)
    assert tb.MaxBlock() > maxSize
    assert tb.PurgeMem(maxSize) == noErr
    assert [tb.deref(handle) for handle in handles] == [0, 0, 0]
