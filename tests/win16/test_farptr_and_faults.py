"""Far pointers, what a descriptor lets through, tiles of large blocks, and the registers a call leaves behind."""

import pytest

from handleheap.errors import HeapError
from handleheap.win16 import (
    GMEM_DISCARDABLE,
    GMEM_FIXED,
    GMEM_MOVEABLE,
    FarPtr,
    GeneralProtectionFault,
)

from .steps import (
    KB,
    PAGE,
    clear,
    discardable,
    enhanced,
    get,
    movable,
    protected,
    put,
    real,
    sixteen_bit,
    stacked,
    standard,
    state,
    where,
)

TILE = 64 * KB
THREE_TILES = 164_352


# --- FarPtr --------------------------------------------------------------------------------------------------------------


def test_a_far_pointer_is_selector_and_offset():
    far = FarPtr(0x1DCF_0010)
    assert (far.selector, far.offset) == (0x1DCF, 0x0010)
    assert far == 0x1DCF_0010
    assert isinstance(far, int)


def test_null_is_false():
    assert not FarPtr(0)
    assert FarPtr(0x0001_0000)
    assert FarPtr(1)


def test_adding_moves_the_offset_and_nothing_else():
    far = FarPtr(0x1DCF_0010)
    for step in (0, 1, 0x100, 0xFFEF):
        moved = far + step
        assert isinstance(moved, FarPtr)
        assert (moved.selector, moved.offset) == (0x1DCF, 0x0010 + step)


@pytest.mark.parametrize("step", [0xFFF0, 0x10000, 10**6])
def test_an_offset_does_not_carry_into_the_selector(step):
    far = FarPtr(0x1DCF_0010)
    with pytest.raises(ValueError, match=r"."):
        far + step


# --- faults --------------------------------------------------------------------------------------------------------------


def pointer(kernel, handle):
    """A pointer that is kept after its block was unlocked."""
    far = kernel.GlobalLock(handle)
    kernel.GlobalUnlock(handle)
    return far


def assert_fault(kernel, far, n=1):
    """Neither read nor written nor viewed; the fault names the selector, and nothing has happened."""
    before = state(kernel)
    names = rf"(?i)\b(0x)?0*{far.selector:x}h?\b"
    for call in (lambda: kernel.read(far, n), lambda: kernel.write(far, b"!" * n), lambda: kernel.view(far, n)):
        with pytest.raises(GeneralProtectionFault, match=names) as caught:
            call()
        assert isinstance(caught.value, HeapError)
    assert state(kernel) == before


@protected
@pytest.mark.parametrize("offset", [0, 1, 0xFFFF])
def test_the_null_selector_faults(boot, profile, offset):
    assert_fault(boot(profile), FarPtr(offset))


@protected
@pytest.mark.parametrize("flags", [GMEM_FIXED, GMEM_MOVEABLE, GMEM_MOVEABLE | GMEM_DISCARDABLE])
def test_a_free_selector_faults(boot, profile, flags):
    kernel = boot(profile)
    handle = kernel.GlobalAlloc(flags, 100)
    far = pointer(kernel, handle)
    kernel.write(far, b"good")
    assert kernel.read(far, 4) == b"good"
    clear(kernel, handle)
    assert_fault(kernel, far)
    assert_fault(kernel, far + 10, 4)


@protected
def test_a_selector_that_was_never_given_out_faults(boot, profile):
    kernel = boot(profile)
    far = FarPtr((pointer(kernel, movable(kernel)).selector + 8 * 100) << 16)
    assert kernel.GlobalHandle(far.selector) == 0
    assert_fault(kernel, far)


@protected
@pytest.mark.parametrize("n", [1, 10, 100, PAGE, 40_000])
def test_the_limit_is_the_rounded_size(boot, profile, n):
    kernel = boot(profile)
    handle = kernel.GlobalAlloc(GMEM_MOVEABLE, n)
    size, far = kernel.GlobalSize(handle), pointer(kernel, handle)
    assert kernel.limit(far.selector) == size - 1
    kernel.write(far + (size - 1), b"!")
    assert kernel.read(far + (size - 1), 1) == b"!"
    assert len(kernel.read(far, size)) == len(kernel.view(far, size)) == size
    assert_fault(kernel, far + size)
    assert_fault(kernel, far + (size - 1), 2)
    assert_fault(kernel, far, size + 1)


@protected
def test_the_limit_follows_the_size(boot, profile):
    kernel = boot(profile)
    handle = movable(kernel, 1024)
    far = pointer(kernel, handle)
    assert_fault(kernel, far + 1500)
    assert kernel.GlobalReAlloc(handle, 2000, GMEM_MOVEABLE) == handle
    kernel.write(far + 1500, b"!")
    assert kernel.GlobalReAlloc(handle, 1000, GMEM_MOVEABLE) == handle
    assert_fault(kernel, far + 1500)


@protected
def test_a_discarded_block_is_not_present(boot, profile):
    kernel = boot(profile)
    handle = discardable(kernel)
    far = pointer(kernel, handle)
    kernel.write(far, b"good")
    assert kernel.GlobalDiscard(handle) == handle
    assert_fault(kernel, far)
    assert kernel.GlobalReAlloc(handle, 100, GMEM_MOVEABLE) == handle
    kernel.write(far, b"back")
    assert get(kernel, handle, 4) == b"back"


@protected
def test_a_block_of_no_bytes_is_not_present(boot, profile):
    kernel = boot(profile)
    assert_fault(kernel, FarPtr((kernel.GlobalAlloc(GMEM_MOVEABLE, 0) | 1) << 16))


@sixteen_bit
def test_a_view_is_the_memory_itself(boot, profile):
    kernel = boot(profile)
    handle = movable(kernel)
    view = kernel.view(kernel.GlobalLock(handle) + 3, 5)
    view[:] = b"hello"
    assert get(kernel, handle, 8)[3:] == b"hello"
    put(kernel, handle, b"...HELLO")
    assert bytes(view) == b"HELLO"


# --- real mode -----------------------------------------------------------------------------------------------------------


@real
def test_a_stale_pointer_of_real_mode_shows_what_is_there_now(boot, profile):
    kernel = boot(profile)
    (low, block, above), _ = stacked(kernel, PAGE, PAGE, PAGE)
    data, other = put(kernel, block), put(kernel, above)
    far, place = pointer(kernel, block), where(kernel, block)
    assert kernel.read(far, len(data)) == data
    clear(kernel, low)
    kernel.GlobalCompact(0)
    assert where(kernel, above) == place
    assert kernel.read(far, len(other)) == other
    assert kernel.read(pointer(kernel, block), len(data)) == data
    kernel.write(far, b"vandals")
    assert get(kernel, above, 7) == b"vandals"
    assert get(kernel, block) == data


@real
def test_a_pointer_of_real_mode_outlives_its_block(boot, profile):
    kernel = boot(profile)
    handle = movable(kernel)
    far = pointer(kernel, handle)
    clear(kernel, handle)
    again = movable(kernel)
    data = put(kernel, again)
    assert kernel.read(far, len(data)) == data


@real
def test_the_same_byte_of_real_mode_has_many_pointers(boot, profile):
    kernel = boot(profile)
    far = kernel.GlobalLock(movable(kernel))
    kernel.write(far + 0x20, b"!")
    assert kernel.read(FarPtr((far.selector + 2) << 16), 1) == b"!"
    assert kernel.read(FarPtr((far.selector - 1) << 16 | 0x30), 1) == b"!"
    assert kernel.base(far.selector) == far.selector * 16


@real
def test_real_mode_knows_no_limit_and_no_null(boot, profile):
    kernel = boot(profile)
    handle = kernel.GlobalAlloc(GMEM_MOVEABLE, 16)
    far = kernel.GlobalLock(handle)
    start = kernel.heap.info(handle).body
    assert kernel.read(far, 0x1000) == bytes(kernel.arena.view(start, 0x1000))
    assert kernel.read(FarPtr(0), 16) == bytes(kernel.arena.view(0, 16))


# --- blocks of more than 64 KB -------------------------------------------------------------------------------------------


@sixteen_bit
@pytest.mark.parametrize("flags", [GMEM_FIXED, GMEM_MOVEABLE])
def test_a_large_block_is_written_and_read_tile_by_tile(boot, profile, flags):
    kernel = boot(profile, None)
    handle = kernel.GlobalAlloc(flags, THREE_TILES)
    far = kernel.GlobalLock(handle)
    data = bytes(i * 7 % 251 for i in range(THREE_TILES))
    for start in range(0, THREE_TILES, TILE):
        tile = FarPtr((far.selector + kernel.AHINCR * (start // TILE)) << 16)
        part = data[start : start + TILE]
        kernel.write(tile, part[:1000])
        kernel.write(tile + 1000, part[1000:])
    assert get(kernel, handle, THREE_TILES) == data
    body = kernel.heap.info(handle).body
    for position in (0, TILE - 1, TILE, 2 * TILE - 1, 2 * TILE, THREE_TILES - 1):
        tile = FarPtr((far.selector + (position // TILE << kernel.AHSHIFT)) << 16)
        assert kernel.read(tile + position % TILE, 1) == data[position : position + 1]
        assert kernel.base(tile.selector) == body + position // TILE * TILE


@standard
def test_a_tile_of_standard_mode_ends_at_64_kb(boot, profile):
    kernel = boot(profile, None)
    far = kernel.GlobalLock(kernel.GlobalAlloc(GMEM_MOVEABLE, THREE_TILES))
    assert len(kernel.read(far + 0xFFFF, 1)) == 1
    assert_fault(kernel, far + 0xFFFF, 2)


@enhanced
def test_a_tile_of_enhanced_mode_ends_with_the_block(boot, profile):
    kernel = boot(profile, None)
    handle = kernel.GlobalAlloc(GMEM_MOVEABLE, THREE_TILES)
    data, far = put(kernel, handle), kernel.GlobalLock(handle)
    assert kernel.read(far + 0xFFFF, 2) == data[0xFFFF:0x10001]
    assert kernel.read(far, THREE_TILES) == data
    assert_fault(kernel, far + 0xFFFF, THREE_TILES - 0xFFFF + 1)


@protected
def test_the_tile_after_the_last_is_not_of_this_block(boot, profile):
    kernel = boot(profile, None)
    handle = kernel.GlobalAlloc(GMEM_MOVEABLE, THREE_TILES)
    last = FarPtr((pointer(kernel, handle).selector + 2 * kernel.AHINCR) << 16)
    rest = kernel.GlobalSize(handle) - 2 * TILE
    kernel.write(last + (rest - 1), b"!")
    assert_fault(kernel, last + rest)
    assert_fault(kernel, FarPtr((last.selector + kernel.AHINCR) << 16))


@protected
def test_all_tiles_move_and_go_together(boot, profile):
    kernel = boot(profile, None)
    low, handle = movable(kernel), kernel.GlobalAlloc(GMEM_MOVEABLE, THREE_TILES)
    data, far, place = put(kernel, handle), pointer(kernel, handle), where(kernel, low)
    clear(kernel, low)
    kernel.GlobalCompact(0)
    assert where(kernel, handle) == place
    tiles = [FarPtr((far.selector + tile * kernel.AHINCR) << 16) for tile in range(3)]
    assert [kernel.read(tile, 100) for tile in tiles] == [data[i * TILE :][:100] for i in range(3)]
    clear(kernel, handle)
    for tile in tiles:
        assert_fault(kernel, tile)


# --- registers -----------------------------------------------------------------------------------------------------------

DIRT = 0xBEEF


@pytest.fixture
def regs(boot, profile):
    """A kernel, a movable and a discardable block, and dirty registers before each call."""
    kernel = boot(profile)

    def call(name, *arguments):
        kernel.regs.AX = kernel.regs.CX = kernel.regs.DX = kernel.regs.ES = DIRT
        return getattr(kernel, name)(*arguments), kernel.regs

    return kernel, call


@sixteen_bit
def test_globalalloc_leaves_its_result_twice(regs):
    """VDM trace: AX = CX."""
    _, call = regs
    for flags in (GMEM_FIXED, GMEM_MOVEABLE):
        handle, after = call("GlobalAlloc", flags, 100)
        assert (handle, handle, 0) == (after.AX, after.CX, after.ES)
    handle, after = call("GlobalAlloc", GMEM_MOVEABLE, 0xFFFFFFFF)
    assert (handle, after.AX, after.CX, after.ES) == (0, 0, 0, 0)


@sixteen_bit
def test_globallock_leaves_the_selector_twice(regs):
    """VDM trace: DX:AX is the pointer, CX = DX."""
    kernel, call = regs
    far, after = call("GlobalLock", movable(kernel))
    assert (0, far.selector, far.selector, 0) == (after.AX, after.DX, after.CX, after.ES)
    far, after = call("GlobalLock", kernel.GlobalAlloc(GMEM_MOVEABLE, 0))
    assert (after.AX, after.DX) == (0, 0)


@sixteen_bit
def test_globalunlock_leaves_the_handle(regs):
    """VDM trace: AX result, DX handle, CX 0."""
    kernel, call = regs
    handle = discardable(kernel)
    kernel.GlobalLock(handle)
    result, after = call("GlobalUnlock", handle)
    assert (result, handle, 0, 0) == (after.AX, after.DX, after.CX, after.ES)


@sixteen_bit
@pytest.mark.parametrize("n", [100, 100_000])
def test_globalsize_leaves_bytes_and_paragraphs(regs, n):
    """VDM trace: DX:AX bytes, CX paragraphs."""
    kernel, call = regs
    size, after = call("GlobalSize", kernel.GlobalAlloc(GMEM_MOVEABLE, n))
    assert size >= n
    assert (size, size >> 4, 0) == (after.DX << 16 | after.AX, after.CX, after.ES)


@sixteen_bit
def test_globalhandle_leaves_handle_and_selector_and_keeps_es(regs):
    """VDM trace: AX handle, DX selector."""
    kernel, call = regs
    handle = movable(kernel)
    selector = kernel.GlobalLock(handle).selector
    found, after = call("GlobalHandle", selector)
    assert (handle, selector, DIRT) == (after.AX, after.DX, after.ES)
    assert found == selector << 16 | handle


@sixteen_bit
def test_globalflags_leaves_the_selector(regs):
    """VDM trace: AX flags, DX selector."""
    kernel, call = regs
    handle = discardable(kernel)
    selector = kernel.GlobalLock(handle).selector
    flags, after = call("GlobalFlags", handle)
    assert flags == 0x0101
    assert (flags, selector, 0) == (after.AX, after.DX, after.ES)


@sixteen_bit
def test_es_is_cleared_by_whatever_is_called(regs):
    """VDM trace: ES is 0 after a call."""
    kernel, call = regs
    handle = movable(kernel)
    for name, *arguments in (
        ("GlobalReAlloc", handle, 200, GMEM_MOVEABLE),
        ("GlobalCompact", 0),
        ("GlobalFix", handle),
        ("GlobalUnfix", handle),
        ("GlobalFree", handle),
    ):
        _, after = call(name, *arguments)
        assert after.ES == 0, name


@sixteen_bit
def test_unlocksegment_leaves_the_count(regs):
    """WINE: CX after UnlockSegment."""
    kernel, call = regs
    handle = discardable(kernel)
    selector = kernel.GlobalLock(handle).selector
    kernel.LockSegment(selector)
    assert kernel.GlobalFlags(handle) == 0x0102
    _, after = call("UnlockSegment", selector)
    assert after.CX == 1
    assert kernel.GlobalFlags(handle) == 0x0101
