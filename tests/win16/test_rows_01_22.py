"""The conformance table of the global heap, rows 1 to 22: discarded handles, sizes, lock counts."""

import pytest

from handleheap.events import Reported
from handleheap.win16 import (
    ENHANCED,
    GMEM_DISCARDABLE,
    GMEM_DISCARDED,
    GMEM_FIXED,
    GMEM_MOVEABLE,
    GMEM_NODISCARD,
    GMEM_ZEROINIT,
    REAL,
    STANDARD,
)

from .steps import (
    HUGE,
    KB,
    PAGE,
    ask,
    clear,
    count,
    discardable,
    discarded,
    end,
    enhanced,
    every_profile,
    get,
    gone,
    in_band,
    movable,
    moved,
    pattern,
    protected,
    put,
    real,
    sixteen_bit,
    soil,
    stacked,
    state,
    told,
    where,
    win32,
)

MB = 1024 * KB
TILE = 64 * KB
THREE_TILES = 164_352


# --- 1-5: the block of no bytes ------------------------------------------------------------------------------------------


@every_profile
def test_row_01_a_movable_block_of_no_bytes_has_a_handle(boot, profile):
    """KB-Q61777."""
    kernel = boot(profile)
    handles = [kernel.GlobalAlloc(GMEM_MOVEABLE, 0) for _ in range(3)]
    assert len({*handles, 0}) == 4
    assert gone(kernel) == set(handles)
    assert [kernel.GlobalSize(handle) for handle in handles] == [0, 0, 0]


@every_profile
def test_row_02_a_block_of_no_bytes_is_flagged_discarded(boot, profile):
    """KB-Q61777."""
    kernel = boot(profile)
    assert kernel.GlobalFlags(kernel.GlobalAlloc(GMEM_MOVEABLE, 0)) == GMEM_DISCARDED == 0x4000


@every_profile
def test_row_03_a_block_of_no_bytes_cannot_be_locked_and_is_not_counted(boot, profile):
    """KB-Q61777, KB-Q10220."""
    kernel = boot(profile)
    handle = kernel.GlobalAlloc(GMEM_MOVEABLE, 0)
    for _ in range(3):
        assert not kernel.GlobalLock(handle)
        assert kernel.GlobalFlags(handle) == 0x4000


@every_profile
def test_row_04_a_block_of_no_bytes_is_revived_under_its_handle(boot, profile):
    """KB-Q61777."""
    kernel = boot(profile)
    handle = kernel.GlobalAlloc(GMEM_MOVEABLE, 0)
    assert kernel.GlobalReAlloc(handle, 1, GMEM_MOVEABLE) == handle
    assert kernel.GlobalSize(handle) >= 1
    assert gone(kernel) == set()


@every_profile
def test_row_05_a_revived_block_is_plain_and_can_be_locked(boot, profile):
    """KB-Q61777."""
    kernel = boot(profile)
    handle = kernel.GlobalAlloc(GMEM_MOVEABLE, 0)
    kernel.GlobalReAlloc(handle, 1, GMEM_MOVEABLE)
    assert kernel.GlobalFlags(handle) == 0
    far = kernel.GlobalLock(handle)
    assert far
    kernel.write(far, b"!")
    assert get(kernel, handle, 1) == b"!"


# --- 6-9: sizes ----------------------------------------------------------------------------------------------------------

every_kind = pytest.mark.parametrize("flags", [GMEM_FIXED, GMEM_MOVEABLE, GMEM_MOVEABLE | GMEM_DISCARDABLE])


@enhanced
@every_kind
def test_row_06_enhanced_rounds_10_bytes_up_to_32(boot, profile, flags):
    """KB-Q92942."""
    kernel = boot(profile)
    assert kernel.GlobalSize(kernel.GlobalAlloc(flags, 10)) == 32


@enhanced
@every_kind
@pytest.mark.parametrize(("n", "size"), [(55, 64), (1, 32), (31, 32), (32, 32), (33, 64), (65, 96), (65_535, 65_536)])
def test_row_07_enhanced_rounds_55_bytes_up_to_64(boot, profile, flags, n, size):
    """KB-Q92942: up to a multiple of 32."""
    kernel = boot(profile)
    handle = kernel.GlobalAlloc(flags, n)
    assert kernel.GlobalSize(handle) == size == kernel.heap.info(handle).length


@in_band
@every_kind
@pytest.mark.parametrize(("n", "size"), [(10, 16), (17, 48), (49, 80), (1, 16), (16, 16), (48, 48), (81, 112), (4080, 4080)])
def test_row_08_standard_rounds_to_16_short_of_a_multiple_of_32(boot, profile, flags, n, size):
    """KB-Q92942; in real mode as in standard mode."""
    kernel = boot(profile)
    handle = kernel.GlobalAlloc(flags, n)
    assert kernel.GlobalSize(handle) == size == kernel.heap.info(handle).length


@sixteen_bit
def test_row_09_grow_clears_only_beyond_the_rounded_old_size(boot, profile):
    """KB-Q92942: what lies between the size asked for and the rounded size is shown again."""
    old, new = (32, 64) if profile is ENHANCED else (16, 48)
    kernel = boot(profile)
    soil(kernel)
    handle = kernel.GlobalAlloc(GMEM_ZEROINIT | GMEM_FIXED, 10)
    assert get(kernel, handle) == bytes(old)
    assert kernel.GlobalReAlloc(handle, 40, GMEM_ZEROINIT) == handle
    assert get(kernel, handle) == bytes(new)
    text = put(kernel, handle, pattern(handle, 39))
    assert kernel.GlobalReAlloc(handle, 10, GMEM_ZEROINIT) == handle
    assert kernel.GlobalSize(handle) == old
    assert kernel.GlobalReAlloc(handle, 40, GMEM_ZEROINIT) == handle
    assert get(kernel, handle) == text[:old] + bytes(32)


# --- 10-22: lock counts --------------------------------------------------------------------------------------------------


@protected
def test_row_10_protected_mode_does_not_count_locks_of_a_movable_block(boot, profile):
    """KB-Q61285."""
    kernel = boot(profile)
    handle = movable(kernel)
    pointers = {kernel.GlobalLock(handle) for _ in range(3)}
    assert len(pointers) == 1
    assert count(kernel, handle) == 0
    assert kernel.GlobalFlags(handle) == 0


@real
def test_row_11_real_mode_counts_locks_of_a_movable_block(boot, profile):
    """KB-Q61285."""
    kernel = boot(profile)
    handle = movable(kernel)
    assert len({kernel.GlobalLock(handle) for _ in range(3)}) == 1
    assert kernel.GlobalFlags(handle) == 3


@sixteen_bit
def test_row_12_locks_of_a_discardable_block_are_counted(boot, profile):
    """KB-Q61285."""
    kernel = boot(profile)
    handle = discardable(kernel)
    for locks in (1, 2, 3):
        assert kernel.GlobalLock(handle)
        assert kernel.GlobalFlags(handle) == 0x0100 | locks
    assert [bool(kernel.GlobalUnlock(handle)) for _ in range(3)] == [True, True, False]
    assert kernel.GlobalFlags(handle) == 0x0100


@sixteen_bit
def test_row_13_fixes_are_counted_in_every_mode(boot, profile):
    """KB-Q61285."""
    kernel = boot(profile)
    handle = movable(kernel)
    kernel.GlobalFix(handle)
    kernel.GlobalFix(handle)
    assert count(kernel, handle) == 2
    kernel.GlobalUnfix(handle)
    assert count(kernel, handle) == 1
    kernel.GlobalUnfix(handle)
    assert count(kernel, handle) == 0


@real
@pytest.mark.parametrize("first", ["lock", "fix"])
def test_row_14_real_mode_adds_locks_and_fixes(boot, profile, first):
    """KB-Q61285."""
    kernel = boot(profile)
    handle = movable(kernel)
    for call in (kernel.GlobalLock, kernel.GlobalFix) if first == "lock" else (kernel.GlobalFix, kernel.GlobalLock):
        call(handle)
    assert count(kernel, handle) == 2


def over_a_hole(kernel, pin=lambda handle: None):
    """A movable block of 4 KB above a hole of 4 KB, treated by `pin` before memory got that hole. -> block, lower end"""
    (below, block), _ = stacked(kernel, PAGE, PAGE)
    put(kernel, block)
    pin(block)
    floor = where(kernel, below)[0]
    clear(kernel, below)
    return block, floor


def under_a_hole(kernel, pin=lambda handle: None):
    """A discardable block of 4 KB below a hole of 4 KB at the top of memory. -> block, upper end"""
    top, block = discardable(kernel), discardable(kernel)
    put(kernel, block)
    pin(block)
    roof = end(kernel, top)
    assert end(kernel, block) == roof - PAGE
    clear(kernel, top)
    return block, roof


@protected
@pytest.mark.parametrize("force", ["compact", "request"])
def test_row_15_a_locked_movable_block_moves_under_its_selector(boot, profile, force):
    """KB-Q74197, KB-Q77473: the base of the selector is rewritten."""
    kernel = boot(profile)
    (low, block, high), _ = stacked(kernel, PAGE, PAGE, PAGE)
    data, far = put(kernel, block), kernel.GlobalLock(block)
    floor, old_base = where(kernel, low, block)
    clear(kernel, low, high)
    _, events = told(
        kernel,
        lambda: (
            kernel.GlobalCompact(0)
            if force == "compact"
            else kernel.GlobalAlloc(GMEM_MOVEABLE | GMEM_NODISCARD, ask(kernel, 2 * PAGE))
        ),
    )
    assert moved(events) == {block}
    assert discarded(events) == []
    assert where(kernel, block) == [floor] == [old_base - PAGE]
    assert kernel.base(far.selector) == kernel.heap.info(block).body
    assert kernel.read(far, len(data)) == data
    assert kernel.GlobalLock(block) == far


@real
def test_row_16_real_mode_does_not_move_a_locked_block(boot, profile):
    """KB-Q61285."""
    kernel = boot(profile)
    block, floor = over_a_hole(kernel, kernel.GlobalLock)
    before = state(kernel)
    _, events = told(kernel, lambda: kernel.GlobalCompact(0))
    assert moved(events) == set()
    assert state(kernel) == before
    assert kernel.GlobalUnlock(block) == 0
    _, events = told(kernel, lambda: kernel.GlobalCompact(0))
    assert moved(events) == {block}
    assert where(kernel, block) == [floor]
    assert get(kernel, block) == pattern(block, len(get(kernel, block)))


@sixteen_bit
def test_row_17_a_fixed_up_block_does_not_move(boot, profile):
    """KB-Q61285: GlobalFix."""
    kernel = boot(profile)
    block, floor = over_a_hole(kernel, kernel.GlobalFix)
    before = state(kernel)
    _, events = told(kernel, lambda: kernel.GlobalCompact(0))
    assert moved(events) == set()
    assert state(kernel) == before
    kernel.GlobalUnfix(block)
    kernel.GlobalCompact(0)
    assert where(kernel, block) == [floor]


@sixteen_bit
@pytest.mark.parametrize("make", [movable, discardable])
def test_row_18_an_unlock_too_many_is_0_and_changes_nothing(boot, profile, make):
    """KB-Q49838, the retail kernel."""
    kernel = boot(profile)
    handle = make(kernel)
    before = state(kernel)
    for _ in range(3):
        result, events = told(kernel, lambda: kernel.GlobalUnlock(handle))
        assert result == 0
        assert [event for event in events if isinstance(event, Reported)] == []
        assert state(kernel) == before
    assert count(kernel, handle) == 0
    if make is discardable:
        kernel.GlobalLock(handle)
        assert count(kernel, handle) == 1


@pytest.mark.parametrize(
    ("profile", "make"),
    [(REAL, movable), (REAL, discardable), (STANDARD, discardable), (ENHANCED, discardable)],
    ids=lambda value: getattr(value, "name", getattr(value, "__name__", "")),
)
def test_row_19_the_debug_kernel_reports_an_unlock_too_many(boot, profile, make):
    """KB-Q49838: usage count underflow, 0x02F0."""
    kernel = boot(profile, debug=True)
    handle = make(kernel)
    kernel.GlobalLock(handle)
    _, events = told(kernel, lambda: kernel.GlobalUnlock(handle))
    assert [event for event in events if isinstance(event, Reported)] == []
    result, events = told(kernel, lambda: kernel.GlobalUnlock(handle))
    (report,) = (event for event in events if isinstance(event, Reported))
    assert (result, report.code, report.handle) == (0, 0x02F0, handle)
    assert count(kernel, handle) == 0


counting = pytest.mark.parametrize(
    ("profile", "hole"),
    [(REAL, over_a_hole), (REAL, under_a_hole), (STANDARD, under_a_hole), (ENHANCED, under_a_hole)],
    ids=["REAL-movable", "REAL-discardable", "STANDARD-discardable", "ENHANCED-discardable"],
)


@counting
def test_row_20_the_lock_count_ends_at_255(boot, profile, hole):
    """ONT 2024-06-04."""
    kernel = boot(profile)
    block, _ = hole(kernel)
    for locks in range(1, 256):
        assert kernel.GlobalLock(block)
        assert count(kernel, block) == locks
    assert kernel.GlobalLock(block)
    assert count(kernel, block) == 255


def test_row_20_the_debug_kernel_reports_a_lock_too_many(boot):
    """ONT 2024-06-04: usage count overflow."""
    kernel = boot(ENHANCED, debug=True)
    block = discardable(kernel)
    for _ in range(254):
        _, events = told(kernel, lambda: kernel.GlobalLock(block))
        assert [event for event in events if isinstance(event, Reported)] == []
    _, events = told(kernel, lambda: [kernel.GlobalLock(block) for _ in range(2)])
    assert {(e.code, e.handle) for e in events if isinstance(e, Reported)} == {(0x02C0, block)}


@counting
def test_row_21_a_count_of_255_sticks_and_the_block_never_moves(boot, profile, hole):
    """ONT 2024-06-04."""
    for locks in (254, 256):
        kernel = boot(profile)
        block, goal = hole(kernel, lambda handle, kernel=kernel, n=locks: [kernel.GlobalLock(handle) for _ in range(n)])
        data, start = get(kernel, block), where(kernel, block)
        results = [bool(kernel.GlobalUnlock(block)) for _ in range(300)]
        _, events = told(kernel, lambda kernel=kernel: kernel.GlobalCompact(0))
        assert get(kernel, block) == data
        if locks == 254:
            assert results == [True] * 253 + [False] * 47
            assert moved(events) == {block}
            assert goal in (where(kernel, block)[0], end(kernel, block))
        else:
            assert results == [True] * 300
            assert count(kernel, block) == 255
            assert (moved(events), discarded(events), where(kernel, block)) == (set(), [], start)
            kernel.GlobalCompact(HUGE)
            assert (where(kernel, block), gone(kernel), get(kernel, block)) == (start, set(), data)


@win32
def test_row_22_win32_unlocks_255_times_down_to_0(boot, profile):
    """heap.c of Wine."""
    kernel = boot(profile)
    handle = movable(kernel)
    for _ in range(256):
        assert kernel.GlobalLock(handle)
    assert count(kernel, handle) == 255
    assert all(kernel.GlobalUnlock(handle) for _ in range(254))
    assert count(kernel, handle) == 1
    assert kernel.GlobalUnlock(handle) == 0
    assert count(kernel, handle) == 0
