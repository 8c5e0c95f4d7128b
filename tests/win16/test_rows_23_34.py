"""The conformance table of the global heap, rows 23 to 34: selectors, handles, absurd sizes, attributes."""

import pytest

from handleheap.win16 import (
    ENHANCED,
    GMEM_DISCARDABLE,
    GMEM_FIXED,
    GMEM_MODIFY,
    GMEM_MOVEABLE,
    GMEM_ZEROINIT,
    REAL,
    STANDARD,
    FarPtr,
)

from .steps import (
    HUGE,
    KB,
    discardable,
    enhanced,
    every_profile,
    fixed,
    full,
    get,
    movable,
    profiles,
    protected,
    put,
    sixteen_bit,
    standard,
    state,
    where,
)

MB = 1024 * KB
TILE = 64 * KB
THREE_TILES = 164_352


# --- 23-30: selectors and handles ----------------------------------------------------------------------------------------


@protected
@pytest.mark.parametrize("flags", [0, GMEM_MOVEABLE])
@pytest.mark.parametrize(("old", "new"), [(60 * KB, 70 * KB), (70 * KB, 60 * KB)])
def test_row_23_the_handle_may_change_across_a_multiple_of_64_kb(boot, profile, flags, old, new):
    """KB-Q77226, KB-Q77473: because the number of selectors does."""
    kernel = boot(profile)
    handle = kernel.GlobalAlloc(GMEM_MOVEABLE, old)
    kept = put(kernel, handle)[: min(old, new)]
    after = kernel.GlobalReAlloc(handle, new, flags)
    assert after
    assert kernel.GlobalSize(after) >= new
    assert get(kernel, after, len(kept)) == kept
    far = kernel.GlobalLock(after)
    assert kernel.read(far, 100) == kept[:100]
    for value in (after, far.selector):
        found = kernel.GlobalHandle(value)
        assert (found & 0xFFFF, found >> 16) == (after, far.selector)
    if after != handle:
        assert kernel.GlobalSize(handle) == kernel.GlobalHandle(handle) == 0
    tiles = -(-kernel.GlobalSize(after) // TILE)
    for tile in range(tiles):
        assert kernel.base(far.selector + tile * kernel.AHINCR) == kernel.heap.info(after).body + tile * TILE


@sixteen_bit
@pytest.mark.parametrize("room_above", [True, False])
def test_row_24_the_handle_stays_where_the_number_of_selectors_does(boot, profile, room_above):
    """KB-Q77226."""
    kernel = boot(profile)
    handle = kernel.GlobalAlloc(GMEM_MOVEABLE, 50 * KB)
    if not room_above:
        kernel.GlobalFix(movable(kernel))
    data = put(kernel, handle)
    assert kernel.GlobalReAlloc(handle, 55 * KB, GMEM_MOVEABLE) == handle
    assert kernel.GlobalSize(handle) >= 55 * KB
    assert get(kernel, handle, len(data)) == data


@sixteen_bit
@pytest.mark.parametrize("flags", [GMEM_FIXED, GMEM_MOVEABLE])
def test_row_25_a_large_block_has_a_row_of_selectors(boot, profile, flags):
    """KB-Q79194, win16_re: one for each 64 KB begun, with contiguous bases."""
    kernel = boot(profile, None)
    handle = kernel.GlobalAlloc(flags, THREE_TILES)
    selector = kernel.GlobalLock(handle).selector
    step = 0x1000 if profile is REAL else 8
    body = kernel.heap.info(handle).body
    assert [kernel.base(selector + tile * step) for tile in range(3)] == [body, body + TILE, body + 2 * TILE]
    if profile is not REAL:
        neighbor = kernel.GlobalLock(movable(kernel)).selector
        assert neighbor not in range(selector, selector + 3 * step)


@enhanced
def test_row_26_enhanced_limits_run_to_the_end_of_the_block(boot, profile):
    """ONT 2017-11-13."""
    kernel = boot(profile, None)
    handle = kernel.GlobalAlloc(GMEM_MOVEABLE, THREE_TILES)
    size, selector = kernel.GlobalSize(handle), kernel.GlobalLock(handle).selector
    assert size == THREE_TILES
    assert [kernel.limit(selector + tile * 8) for tile in range(3)] == [size - 1, size - TILE - 1, size - 2 * TILE - 1]


@standard
def test_row_26_standard_limits_are_those_of_16_bits(boot, profile):
    """ONT 2017-11-13."""
    kernel = boot(profile, None)
    handle = kernel.GlobalAlloc(GMEM_MOVEABLE, THREE_TILES)
    size, selector = kernel.GlobalSize(handle), kernel.GlobalLock(handle).selector
    assert size == THREE_TILES + 16
    assert [kernel.limit(selector + tile * 8) for tile in range(3)] == [0xFFFF, 0xFFFF, size - 2 * TILE - 1]


@profiles(REAL, STANDARD, ENHANCED)
def test_row_27_the_step_from_selector_to_selector(boot, profile):
    """ONT 2017-11-13: __AHINCR and __AHSHIFT."""
    kernel = boot(profile)
    assert ((0x1000, 12) if profile is REAL else (8, 3)) == (kernel.AHINCR, kernel.AHSHIFT)


@protected
def test_row_28_a_movable_handle_is_its_selector_without_bit_0(boot, profile):
    """VDM trace of Windows 3.1: handle 1DCE, selector 1DCF."""
    kernel = boot(profile)
    for make in (movable, discardable, movable):
        handle = make(kernel)
        assert handle & 7 == 6
        assert kernel.GlobalLock(handle) == FarPtr((handle | 1) << 16)


@sixteen_bit
def test_row_29_a_fixed_handle_is_its_selector_and_odd(boot, profile):
    """VDM trace, UNDOC."""
    kernel = boot(profile)
    for _ in range(3):
        handle = kernel.GlobalAlloc(GMEM_FIXED, 100)
        assert handle & 1
        assert kernel.GlobalLock(handle) == FarPtr(handle << 16)
        assert kernel.base(handle) == kernel.heap.info(handle).body


@sixteen_bit
@pytest.mark.parametrize("n", [1, 100, 4096, 100_000])
def test_row_30_the_size_comes_in_paragraphs_too(boot, profile, n):
    """VDM trace: CX after GlobalSize."""
    kernel = boot(profile, None)
    size = kernel.GlobalSize(kernel.GlobalAlloc(GMEM_MOVEABLE, n))
    assert size >= n
    assert size >> 4 == kernel.regs.CX


# --- 31-34: absurd sizes -------------------------------------------------------------------------------------------------


@every_profile
@pytest.mark.parametrize("flags", [GMEM_FIXED, GMEM_MOVEABLE, GMEM_MOVEABLE | GMEM_DISCARDABLE, GMEM_MOVEABLE | GMEM_ZEROINIT])
def test_row_31_an_absurd_size_is_refused(boot, profile, flags):
    """winevdm#351; nothing is discarded for what cannot be had even so."""
    kernel = boot(profile)
    full(kernel)
    before = state(kernel)
    for n in (HUGE, HUGE - 31, 0x8000_0000):
        assert kernel.GlobalAlloc(flags, n) == 0
    assert state(kernel) == before


@enhanced
def test_row_32_enhanced_blocks_end_at_16_mb_less_64_kb(boot, profile):
    """KB-Q74941, where memory is not what is missing."""
    kernel = boot(profile, 18 * MB)
    assert kernel.GlobalAlloc(GMEM_MOVEABLE, 16 * MB - 64 * KB + 1) == 0
    handle = kernel.GlobalAlloc(GMEM_MOVEABLE, 16 * MB - 64 * KB)
    assert kernel.GlobalSize(handle) == 16 * MB - 64 * KB
    assert kernel.GlobalReAlloc(handle, 16 * MB - 64 * KB + 1, GMEM_MOVEABLE) == 0


@every_profile
def test_row_33_modify_does_not_look_at_the_size(boot, profile):
    """QCWIN qcwi8smm, winevdm PR646."""
    kernel = boot(profile)
    handle = movable(kernel, 1024)
    data, size, base = put(kernel, handle), kernel.GlobalSize(handle), where(kernel, handle)
    assert kernel.GlobalReAlloc(handle, HUGE, GMEM_MODIFY | GMEM_DISCARDABLE) == handle
    assert (kernel.GlobalSize(handle), kernel.GlobalFlags(handle)) == (size, 0x0100)
    assert (get(kernel, handle), where(kernel, handle)) == (data, base)


@every_profile
def test_row_34_modify_takes_what_it_does_not_name_away(boot, profile):
    """QCWIN qcwi8smm, win16_re."""
    kernel = boot(profile)
    handle = movable(kernel, 1024)
    data, size = put(kernel, handle), kernel.GlobalSize(handle)
    kernel.GlobalReAlloc(handle, HUGE, GMEM_MODIFY | GMEM_DISCARDABLE)
    assert kernel.GlobalReAlloc(handle, 0, GMEM_MODIFY) == handle
    assert (kernel.GlobalSize(handle), kernel.GlobalFlags(handle)) == (size, 0)
    kernel.GlobalCompact(HUGE)
    assert get(kernel, handle) == data


@sixteen_bit
def test_row_34_modify_makes_a_fixed_block_movable(boot, profile):
    """QCWIN qcwi8smm: in protected mode the handle loses its bit 0."""
    kernel = boot(profile)
    handle = fixed(kernel, 1024)
    data = put(kernel, handle)
    after = kernel.GlobalReAlloc(handle, 0, GMEM_MODIFY | GMEM_MOVEABLE)
    assert after
    assert after & 1 == 0
    if profile is not REAL:
        assert after == handle & ~1
    assert get(kernel, after) == data
    assert kernel.heap.info(after).may_move
