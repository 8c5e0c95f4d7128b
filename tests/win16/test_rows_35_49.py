"""The conformance table of the global heap, rows 35 to 49: discarding, growing, stale handles."""

import pytest

from handleheap.block import Kind
from handleheap.win16 import (
    ENHANCED,
    GMEM_DISCARDABLE,
    GMEM_FIXED,
    GMEM_MOVEABLE,
    GMEM_NOCOMPACT,
    GMEM_NODISCARD,
    GMEM_ZEROINIT,
    REAL,
    STANDARD,
    WIN32,
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
    every_profile,
    fixed,
    full,
    get,
    gone,
    movable,
    profiles,
    put,
    real,
    sixteen_bit,
    soil,
    state,
    told,
    where,
    win32,
)

MB = 1024 * KB
KINDS = [GMEM_FIXED, GMEM_MOVEABLE, GMEM_MOVEABLE | GMEM_DISCARDABLE]


# --- 35-39: GlobalDiscard ------------------------------------------------------------------------------------------------


@every_profile
def test_row_35_discarding_leaves_the_handle(boot, profile):
    """SDK31, heap.c of Wine."""
    kernel = boot(profile)
    handle = discardable(kernel)
    old = where(kernel, handle)[0]
    result, events = told(kernel, lambda: kernel.GlobalDiscard(handle))
    assert result == handle
    assert (kernel.GlobalFlags(handle), kernel.GlobalSize(handle)) == (0x4100, 0)
    assert discarded(events) == [handle]
    assert gone(kernel) == {handle}
    assert old not in {block.base for block in kernel.walk() if block.kind is not Kind.FREE}
    assert not kernel.GlobalLock(handle)
    assert count(kernel, handle) == 0


@every_profile
def test_row_36_a_locked_block_is_not_discarded(boot, profile):
    """SDK, alloc.c of Wine."""
    kernel = boot(profile)
    handle = discardable(kernel)
    put(kernel, handle)
    kernel.GlobalLock(handle)
    before = state(kernel)
    assert kernel.GlobalDiscard(handle) == 0
    assert state(kernel) == before
    assert kernel.GlobalFlags(handle) == 0x0101
    kernel.GlobalUnlock(handle)
    assert kernel.GlobalDiscard(handle) == handle


@sixteen_bit
@pytest.mark.parametrize("make", [movable, fixed])
def test_row_37_a_block_to_be_kept_is_not_discarded(boot, profile, make):
    """QCWIN qcwi8smm."""
    kernel = boot(profile)
    handle = make(kernel)
    put(kernel, handle)
    before = state(kernel)
    assert kernel.GlobalDiscard(handle) == 0
    assert state(kernel) == before
    assert kernel.GlobalSize(handle) == ask(kernel, PAGE)


@win32
def test_row_38_win32_discards_any_movable_block(boot, profile):
    """heap.c of Wine."""
    kernel = boot(profile)
    handle = movable(kernel)
    assert kernel.GlobalDiscard(handle) == handle
    assert kernel.GlobalSize(handle) == 0
    assert gone(kernel) == {handle}


@every_profile
@pytest.mark.parametrize("birth", ["of no bytes", "discarded"])
def test_row_39_a_discarded_block_comes_back_zeroed(boot, profile, birth):
    """KB-Q61777."""
    kernel = boot(profile)
    if birth == "discarded":
        handle = discardable(kernel)
        kernel.GlobalDiscard(handle)
    else:
        handle = kernel.GlobalAlloc(GMEM_MOVEABLE, 0)
    soil(kernel)
    assert kernel.GlobalReAlloc(handle, 100, GMEM_ZEROINIT) == handle
    size = kernel.GlobalSize(handle)
    assert size >= 100
    assert get(kernel, handle) == bytes(size)
    far = kernel.GlobalLock(handle)
    assert kernel.read(far, 100) == bytes(100)
    kernel.GlobalUnlock(handle)


# --- 40-43: growing ------------------------------------------------------------------------------------------------------


@every_profile
def test_row_40_a_fixed_block_does_not_grow_over_its_neighbor(boot, profile):
    """QCWIN qcwi8smm, heap.c of Wine."""
    kernel = boot(profile)
    handle, neighbor = fixed(kernel, 1024), fixed(kernel, 1024)
    assert where(kernel, neighbor) == [end(kernel, handle)]
    put(kernel, handle), put(kernel, neighbor)
    before = state(kernel)
    assert kernel.GlobalReAlloc(handle, 2048, 0) == 0
    assert state(kernel) == before


@every_profile
def test_row_41_a_fixed_block_grows_elsewhere_if_it_may_move(boot, profile):
    """QCWIN qcwi8smm, heap.c of Wine."""
    kernel = boot(profile)
    handle, neighbor = fixed(kernel, 1024), fixed(kernel, 1024)
    base, data, other = where(kernel, handle)[0], put(kernel, handle), put(kernel, neighbor)
    after = kernel.GlobalReAlloc(handle, 2048, GMEM_MOVEABLE)
    assert after
    assert kernel.GlobalSize(after) >= 2048
    assert get(kernel, after, len(data)) == data
    assert where(kernel, after)[0] != base
    assert get(kernel, neighbor) == other
    assert {block.handle for block in kernel.walk() if block.size == kernel.heap.info(after).size} >= {after}
    if after != handle:
        assert kernel.GlobalSize(handle) == 0


@real
def test_row_42_a_locked_block_grows_elsewhere_if_it_may_move(boot, profile):
    """QCWIN qcwi8smm: GMEM_MOVEABLE moves what is locked."""
    kernel = boot(profile)
    handle, neighbor = movable(kernel, 1024), movable(kernel, 1024)
    assert where(kernel, neighbor) == [end(kernel, handle)]
    kernel.GlobalLock(handle), kernel.GlobalLock(neighbor)
    data, before = put(kernel, handle), where(kernel, handle, neighbor)
    assert kernel.GlobalReAlloc(handle, 2048, 0) == 0
    assert where(kernel, handle, neighbor) == before
    assert kernel.GlobalReAlloc(handle, 2048, GMEM_MOVEABLE) == handle
    assert where(kernel, handle)[0] >= end(kernel, neighbor)
    assert where(kernel, neighbor) == before[1:]
    assert get(kernel, handle, len(data)) == data
    assert count(kernel, handle) == 1


@every_profile
@pytest.mark.parametrize("make", [movable, fixed, discardable])
@pytest.mark.parametrize("n", [40 * KB, 70 * KB, 8 * MB, HUGE])
@pytest.mark.parametrize(
    "flags", [GMEM_MOVEABLE, GMEM_MOVEABLE | GMEM_ZEROINIT, GMEM_MOVEABLE | GMEM_NODISCARD, GMEM_MOVEABLE | GMEM_NOCOMPACT]
)
def test_row_43_a_resize_that_fails_leaves_all_as_it_was(boot, profile, make, n, flags):
    """SDK; Wine frees the block."""
    kernel = boot(profile)
    handle = make(kernel)
    full(kernel)
    put(kernel, handle)
    before, locks = state(kernel), count(kernel, handle)
    assert kernel.GlobalReAlloc(handle, n, flags) == 0
    assert state(kernel) == before
    assert count(kernel, handle) == locks


# --- 44-49: handles ------------------------------------------------------------------------------------------------------


@every_profile
@pytest.mark.parametrize("flags", KINDS)
def test_row_44_globalhandle_is_the_inverse_of_globallock(boot, profile, flags):
    """alloc.c of Wine."""
    kernel = boot(profile)
    handles = [kernel.GlobalAlloc(flags, 100) for _ in range(3)]
    selectors = [kernel.GlobalLock(handle).selector for handle in handles]
    for handle, selector in zip(handles, selectors, strict=True):
        for found in (kernel.GlobalHandle(selector), kernel.GlobalHandleNoRIP(selector), kernel.GlobalHandle(handle)):
            assert (found & 0xFFFF, found >> 16) == (handle, selector)


@every_profile
@pytest.mark.parametrize("flags", KINDS)
def test_row_45_a_block_is_freed_once(boot, profile, flags):
    """heap.c of Wine."""
    kernel = boot(profile)
    before = kernel.GetFreeSpace()
    handle = kernel.GlobalAlloc(flags, 100)
    assert kernel.GetFreeSpace() < before
    assert kernel.GlobalFree(handle) == 0
    assert kernel.GetFreeSpace() == before
    assert kernel.GlobalFree(handle) == handle
    assert kernel.GetFreeSpace() == before


@every_profile
def test_row_45_a_discarded_block_is_freed_once(boot, profile):
    """KB-Q61777: a block without memory has a handle to free."""
    kernel = boot(profile)
    handle = kernel.GlobalAlloc(GMEM_MOVEABLE, 0)
    assert kernel.GlobalFree(handle) == 0
    assert kernel.GlobalFree(handle) == handle


@every_profile
@pytest.mark.parametrize("which", ["freed", "freed fixed", "freed discarded", "0", "next", "0xFFFE"])
def test_row_46_a_handle_of_nothing(boot, profile, which):
    """heap.c of Wine, WINE: no pointer, no size, and flags that say so in Win32 alone."""
    kernel = boot(profile)
    live = movable(kernel)
    handle = {"0": 0, "next": live + 2, "0xFFFE": 0xFFFE}.get(which)
    if handle is None:
        flags = GMEM_FIXED if which == "freed fixed" else GMEM_MOVEABLE
        handle = kernel.GlobalAlloc(flags, 0 if which == "freed discarded" else 100)
        kernel.GlobalFree(handle)
    before = state(kernel)
    assert not kernel.GlobalLock(handle)
    assert kernel.GlobalSize(handle) == 0
    assert kernel.GlobalFlags(handle) == (0x8000 if profile is WIN32 else 0)
    assert kernel.GlobalReAlloc(handle, 100, GMEM_MOVEABLE) == 0
    assert kernel.GlobalHandle(handle) == 0
    assert state(kernel) == before


@every_profile
def test_row_47_freeing_nothing_is_fine(boot, profile):
    """As heap.c of Wine."""
    kernel = boot(profile)
    before = state(kernel)
    assert kernel.GlobalFree(0) == 0
    assert state(kernel) == before


@pytest.mark.skip(reason="65,536 handles and one more do not fit in 16 bits")
def test_row_48_win32_has_65536_movable_handles():
    """heap.c of Wine."""


@profiles(REAL, STANDARD, ENHANCED)
@pytest.mark.parametrize("flags", [GMEM_FIXED, GMEM_MOVEABLE])
def test_row_49_handles_run_out(boot, profile, flags):
    """KB-Q68644: 8192 in enhanced mode, 4096 in standard mode, less those of the system; ONT 2012-06-29 for real mode."""
    if profile is REAL and flags == GMEM_FIXED:
        pytest.skip("a fixed block of real mode has no entry in the handle table")
    kernel = boot(profile, None)
    free = kernel.GetFreeSpace()
    most, least = (8192, 8000) if profile is ENHANCED else (4096, 4000)
    handles = []
    while handle := kernel.GlobalAlloc(flags, 1):
        handles.append(handle)
        assert len(handles) <= most
    assert len(handles) > least
    assert len(set(handles)) == len(handles)
    assert kernel.GlobalAlloc(flags, 1) == 0
    clear(kernel, handles.pop())
    handles.append(kernel.GlobalAlloc(flags, 1))
    assert handles[-1]
    assert kernel.GlobalAlloc(flags, 1) == 0
    kernel.check()
    number = len(handles)
    clear(kernel, *handles)
    assert kernel.GetFreeSpace() == free
    again = [kernel.GlobalAlloc(flags, 1) for _ in range(number)]
    assert all(again)
    clear(kernel, *again)
