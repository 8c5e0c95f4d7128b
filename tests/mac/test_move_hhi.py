"""MoveHHi: a block goes up as far as the first block that cannot move, and those above it come down in order."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handleheap.events import Moved
from handleheap.mac import MAY_MOVE, SYSTEM7, maxSize, memLockedErr, memWZErr, nilHandleErr, noErr

from .steps import moved, of, told
from .zones import START, both_widths, field, lay, merged, textbook

some = settings(max_examples=80, deadline=None)


def shape_of(laid):
    names = [name if kind != "." else "." for name, kind in enumerate(laid.kinds)]
    return list(zip(names, laid.sizes, strict=True))


def barrier(laid, name):
    """The place of the first block above `name` that cannot move, or of the zone's top."""
    return next((i for i in range(name + 1, len(laid.kinds)) if laid.kinds[i] in "LF"), len(laid.kinds))


def lifted(laid, name):
    """What MoveHHi makes of a layout: the rule of §3.7, said once more with lists."""
    shape, end = shape_of(laid), barrier(laid, name)
    above = shape[name + 1 : end]
    down = [pair for pair in above if pair[0] != "."]
    free = sum(size for what, size in above if what == ".")
    return merged([*shape[:name], *down, *([(".", free)] if free else []), shape[name], *shape[end:]])


def hhi(laid, name):
    """MoveHHi, and everything that has to be true afterwards, wherever the block has gone."""
    free, state = field(laid.tb, "zcbFree"), laid.tb.HGetState(laid.handles[name])
    code, events = told(laid.tb, lambda: laid.tb.MoveHHi(laid.handles[name]))
    assert code == laid.tb.MemError() == laid.tb.regs.D0 == noErr
    assert field(laid.tb, "zcbFree") == free == sum(size for what, size in laid.shape() if what == ".")
    assert laid.tb.HGetState(laid.handles[name]) == state
    assert laid.intact()
    return events


# --- what stops it -------------------------------------------------------------------------------------------------------


@both_widths
@pytest.mark.parametrize(
    ("before", "name", "after"),
    [
        pytest.param("m24 .36 F24 .48", 0, [(".", 36), (0, 24), (2, 24), (".", 48)], id="nonrelocatable"),
        pytest.param("m24 .36 L24 .48", 0, [(".", 36), (0, 24), (2, 24), (".", 48)], id="locked"),
        pytest.param("m24 .36", 0, [(".", 36), (0, 24)], id="zone top"),
        pytest.param("F24 m24 .36", 1, [(0, 24), (".", 36), (1, 24)], id="zone top, from the middle"),
        pytest.param(".36 m24 F24 .48", 1, [(".", 36), (1, 24), (2, 24), (".", 48)], id="already at a nonrelocatable block"),
        pytest.param(".36 m24 L24", 1, [(".", 36), (1, 24), (2, 24)], id="already at a locked block"),
        pytest.param(".36 m24", 1, [(".", 36), (1, 24)], id="already at the top"),
        pytest.param("m48 .16 F24", 0, [(".", 16), (0, 48), (2, 24)], id="less free space than the block has"),
        pytest.param("m48 .12", 0, [(".", 12), (0, 48)], id="one least block of free space"),
        pytest.param("m48 m24 F24", 0, [(1, 24), (0, 48), (2, 24)], id="no free space, one other block"),
        pytest.param("m24 m48 m16", 0, [(1, 48), (2, 16), (0, 24)], id="no free space, others larger and smaller"),
        pytest.param("m24 .20 m36 .16 m28 .24 F16", 0, [(2, 36), (4, 28), (".", 60), (0, 24), (6, 16)], id="others slide down"),
        pytest.param("m24 .20 p36 .16 p28", 0, [(2, 36), (4, 28), (".", 36), (0, 24)], id="purgeable ones slide, too"),
        pytest.param("m20 m24 .36 m16", 1, [(0, 20), (3, 16), (".", 36), (1, 24)], id="blocks below stay"),
        pytest.param(".20 m24 .36", 1, [(".", 56), (1, 24)], id="the gap below it widens"),
        pytest.param("m24 .24 L24 .24 F24", 0, [(".", 24), (0, 24), (2, 24), (".", 24), (4, 24)], id="the first of two barriers"),
    ],
)
def test_barriers(bits, before, name, after):
    laid = lay(bits, before)
    events = hhi(laid, name)
    assert laid.shape() == after == lifted(laid, name)
    assert bool(of(Moved, events)) == (after != merged(shape_of(laid)))


@both_widths
def test_a_locked_block_stays(bits):
    laid = lay(bits, "L24 .36 m24")
    before = laid.shape()
    code, events = told(laid.tb, lambda: laid.tb.MoveHHi(laid.handles[0]))
    assert code == laid.tb.MemError() == laid.tb.regs.D0 == memLockedErr == -117
    assert not moved(events)
    assert laid.shape() == before
    assert laid.intact()


@both_widths
def test_nil_and_empty_handles(bits):
    tb = textbook(bits)
    assert tb.MoveHHi(0) == tb.MemError() == nilHandleErr
    h = tb.NewHandle(10)
    tb.EmptyHandle(h)
    assert tb.MoveHHi(h) == tb.MemError() == nilHandleErr
    assert tb.MoveHHi(tb.NewEmptyHandle()) == nilHandleErr


@both_widths
def test_a_disposed_handle_is_no_block(bits):
    tb = textbook(bits)
    h = tb.NewHandle(10)
    tb.DisposeHandle(h)
    assert tb.MoveHHi(h) == memWZErr


@both_widths
@pytest.mark.parametrize("purge", [False, True])
@pytest.mark.parametrize("resource", [False, True])
def test_the_state_goes_along(bits, purge, resource):
    laid = lay(bits, "m24 .36 m24 .36 F24")
    h = laid.handles[0]
    for wanted, call in ((purge, laid.tb.HPurge), (resource, laid.tb.HSetRBit)):
        if wanted:
            call(h)
    hhi(laid, 0)
    assert laid.tb.HGetState(h) == 0x40 * purge + 0x20 * resource
    assert laid.shape() == lifted(laid, 0)


@both_widths
def test_moving_it_again_moves_nothing(bits):
    laid = lay(bits, "m24 .20 m36 .16 m28 .24 F16")
    hhi(laid, 0)
    assert not moved(hhi(laid, 0))


@both_widths
def test_a_block_of_another_zone_goes_up_in_its_own(bits):
    laid = lay(bits, "m24 .36 F24")
    laid.tb.SetZone(laid.tb.ApplicationZone())
    assert laid.tb.MoveHHi(laid.handles[0]) == noErr
    assert laid.tb.GetZone() == laid.tb.ApplicationZone()
    laid.tb.SetZone(START)
    assert laid.shape() == lifted(laid, 0)
    assert laid.intact()


@both_widths
def test_compaction_brings_it_down_again(bits):
    laid = lay(bits, "m24 .36 m24 .36 F24")
    hhi(laid, 0)
    laid.tb.CompactMem(maxSize)
    assert laid.shape() == [(2, 24), (0, 24), (".", 72), (4, 24)]
    assert laid.intact()


# --- HLockHi -------------------------------------------------------------------------------------------------------------


@both_widths
def test_hlockhi_moves_then_locks(bits):
    laid = lay(bits, "m24 .36 m24 .36 F24")
    h = laid.handles[0]
    assert laid.tb.HLockHi(h) == laid.tb.MemError() == noErr
    assert laid.tb.HGetState(h) == 0x80
    assert laid.shape() == lifted(laid, 0)
    assert laid.intact()
    laid.tb.CompactMem(maxSize)
    assert laid.shape() == lifted(laid, 0)


@both_widths
def test_hlockhi_of_one_after_the_other_stacks_them_at_the_top(bits):
    laid = lay(bits, "m24 .36 m28 .36 m20 .48")
    for name in (0, 2, 4):
        assert laid.tb.HLockHi(laid.handles[name]) == noErr
    assert laid.shape() == [(".", 120), (4, 20), (2, 28), (0, 24)]
    assert laid.intact()


def test_hlockhi_of_nil():
    tb = textbook()
    assert tb.HLockHi(0) == nilHandleErr


def test_it_is_among_the_calls_that_may_move():
    assert {"MoveHHi", "HLockHi"} <= MAY_MOVE


# --- over barriers, where the profile says so ----------------------------------------------------------------------------


def test_it_does_not_hop_unless_asked():
    assert SYSTEM7.hhi_hops is False


@both_widths
@pytest.mark.parametrize(
    ("before", "name", "after"),
    [
        pytest.param("m24 .36 F24 .48", 0, [(".", 60), (2, 24), (".", 24), (0, 24)], id="over a nonrelocatable block"),
        pytest.param("m24 .36 L24 .48", 0, [(".", 60), (2, 24), (".", 24), (0, 24)], id="over a locked block"),
        pytest.param("m24 L24 .24 F24", 0, [(".", 24), (1, 24), (0, 24), (3, 24)], id="into a gap of its own size"),
        pytest.param(
            "m24 L24 .36 F24 .36 L16", 0, [(".", 24), (1, 24), (".", 36), (3, 24), (".", 12), (0, 24), (5, 16)], id="the highest"
        ),
        pytest.param(
            "m48 L24 .60 F24 .36", 0, [(".", 48), (1, 24), (".", 12), (0, 48), (3, 24), (".", 36)], id="the highest with room"
        ),
        pytest.param("m48 .24 F24 .36", 0, [(".", 24), (0, 48), (2, 24), (".", 36)], id="no room above the barrier"),
        pytest.param("m24 F24 .24 m36 .24", 0, [(".", 24), (1, 24), (3, 36), (".", 24), (0, 24)], id="blocks there slide down"),
        pytest.param("m24 F24 .12 m36 .12", 0, [(".", 24), (1, 24), (3, 36), (0, 24)], id="room only when they have slid"),
    ],
)
def test_hops(bits, before, name, after):
    laid = lay(bits, before, hhi_hops=True)
    hhi(laid, name)
    assert laid.shape() == after


@both_widths
def test_a_locked_block_does_not_hop_either(bits):
    laid = lay(bits, "L24 F24 .48", hhi_hops=True)
    assert laid.tb.MoveHHi(laid.handles[0]) == memLockedErr
    assert laid.intact()


# --- any zone ------------------------------------------------------------------------------------------------------------


def layouts(*sizes, kinds="...mmmpLF"):
    """A width, a layout, and the place of a block in it that may move."""
    word = st.tuples(st.sampled_from(kinds), st.sampled_from(sizes)).map(lambda pair: f"{pair[0]}{pair[1]}")
    chosen = st.tuples(st.lists(word, max_size=7), st.sampled_from(sizes), st.lists(word, max_size=7)).map(
        lambda parts: (" ".join([*parts[0], f"m{parts[1]}", *parts[2]]), len(parts[0]))
    )
    return st.tuples(st.sampled_from([24, 32]), chosen)


@some
@given(layouts(*range(16, 53, 4)))
def test_any_block_goes_flush_against_the_first_barrier(chosen):
    bits, (text, name) = chosen
    laid = lay(bits, text)
    expected, end = lifted(laid, name), barrier(laid, name)
    top = laid.tb.zone().limit - 12 if end == len(laid.kinds) else laid.base(end)
    events = hhi(laid, name)
    assert laid.shape() == expected
    assert laid.base(name) + laid.sizes[name] == top
    for event in of(Moved, events):
        assert (event.dst > event.src) == (event.handle == laid.handles[name])
    order = [n for n, _ in laid.shape() if n not in (".", name)]
    assert order == sorted(order)


@some
@given(layouts(24, 36, 48, 60))
def test_any_hop_ends_below_a_barrier_or_the_top(chosen):
    bits, (text, name) = chosen
    laid = lay(bits, text, hhi_hops=True)
    ends = [laid.base(i) for i in range(name + 1, len(laid.kinds)) if laid.kinds[i] in "LF"] + [laid.tb.zone().limit - 12]
    hhi(laid, name)
    assert laid.base(name) + laid.sizes[name] in ends
    order = [n for n, _ in laid.shape() if n not in (".", name)]
    assert order == sorted(order)
    above = ends[ends.index(laid.base(name) + laid.sizes[name]) :]
    for low, high in pairwise(above):
        room = sum(b.size for b in laid.tb.zone().walk() if b.kind == 0 and low < b.base < high)
        assert room < laid.sizes[name]


@some
@given(layouts(*range(16, 53, 4)), st.randoms(use_true_random=False))
def test_all_that_are_locked_high_leave_one_hole_to_compaction(chosen, random):
    bits, (text, _) = chosen
    laid = lay(bits, text.replace("L", "m").replace("F", "m"))
    movable = [name for name, kind in enumerate(laid.kinds) if kind != "."]
    for name in random.sample(movable, len(movable) // 2):
        assert laid.tb.HLockHi(laid.handles[name]) == noErr
    free = field(laid.tb, "zcbFree")
    assert laid.tb.CompactMem(maxSize) == free
    assert [size for what, size in laid.shape() if what == "."] == ([free] if free else [])
