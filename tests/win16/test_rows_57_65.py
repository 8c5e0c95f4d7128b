"""The conformance table of the global heap, rows 57 to 65: compaction, tasks, DOS memory, page locks."""

import pytest

from handleheap.block import Kind
from handleheap.win16 import (
    ENHANCED,
    GMEM_DDESHARE,
    GMEM_DISCARDABLE,
    GMEM_FIXED,
    GMEM_MODIFY,
    GMEM_MOVEABLE,
    GMEM_NODISCARD,
    REAL,
    STANDARD,
)

from .steps import (
    HUGE,
    KB,
    PAGE,
    SMALL,
    ask,
    clear,
    count,
    discardable,
    discarded,
    end,
    fixed,
    get,
    gone,
    holes,
    largest,
    movable,
    moved,
    profiles,
    protected,
    put,
    sixteen_bit,
    stacked,
    state,
    told,
    where,
)

MB = 1024 * KB
KINDS = [GMEM_FIXED, GMEM_MOVEABLE, GMEM_MOVEABLE | GMEM_DISCARDABLE]


# --- 57-62: compaction ---------------------------------------------------------------------------------------------------


def checkered(kernel):
    """[floor][4 KB free][M][4 KB free][N][4 KB free][three discardable blocks] -> M, N, the lowest free address"""
    (m0, m, m2, n, m4), blocks = stacked(kernel, *[PAGE] * 5, discardables=3)
    for handle in (m, n, *blocks):
        put(kernel, handle)
    bottom = where(kernel, m0)[0]
    clear(kernel, m0, m2, m4)
    assert [hole.size for hole in holes(kernel)] == [PAGE] * 3
    return m, n, blocks, bottom


@sixteen_bit
@pytest.mark.parametrize("kind", KINDS)
def test_row_57_scattered_memory_is_gathered_before_anything_is_discarded(boot, profile, kind):
    """PETZ prog53e0: moveable blocks go down, or up for a fixed one."""
    kernel = boot(profile)
    m, n, blocks, bottom = checkered(kernel)
    data = {handle: get(kernel, handle) for handle in (m, n, *blocks)}
    roof = where(kernel, blocks[-1])[0]
    handle, events = told(kernel, lambda: kernel.GlobalAlloc(kind | GMEM_NODISCARD, ask(kernel, 3 * PAGE)))
    assert handle
    assert discarded(events) == []
    assert moved(events) == {m, n}
    if kind == GMEM_FIXED:
        assert where(kernel, handle, m, n) == [bottom, bottom + 3 * PAGE, bottom + 4 * PAGE]
    else:
        assert where(kernel, m, n, handle) == [bottom, bottom + PAGE, bottom + 2 * PAGE]
    assert not holes(kernel)
    assert where(kernel, blocks[-1]) == [roof]
    assert {handle: get(kernel, handle) for handle in data} == data


@sixteen_bit
@pytest.mark.parametrize("pages", [2, 3])
def test_row_57_no_more_is_discarded_than_moving_leaves_wanting(boot, profile, pages):
    """PETZ prog53e0: search, compact, discard one, compact again."""
    kernel = boot(profile)
    _, _, blocks, _ = checkered(kernel)
    handle, events = told(kernel, lambda: kernel.GlobalAlloc(GMEM_MOVEABLE, ask(kernel, (3 + pages) * PAGE)))
    assert handle
    assert discarded(events) == blocks[:pages]
    assert not holes(kernel)


def divided(kernel, wall, right):
    """[floor][4 KB free][M][4 KB free][wall, does not move][free][N][free], `right` bytes free on each side of N."""
    if wall == "fixed":
        floor, left, middle = (fixed(kernel, size) for size in (largest(kernel) - 5 * PAGE - 2 * right, 3 * PAGE, PAGE))
        bottom = where(kernel, left)[0]
        assert bottom == end(kernel, floor)
        clear(kernel, left)
        m0, m, m2, r0, n, r2 = (movable(kernel, size) for size in (PAGE, PAGE, PAGE, right, PAGE, right))
    else:
        (m0, m, m2, middle, r0, n, r2), _ = stacked(kernel, *[PAGE] * 4, right, PAGE, right)
        bottom = where(kernel, m0)[0]
        kernel.GlobalFix(middle)
    assert not holes(kernel)
    for handle in (m, middle, n):
        put(kernel, handle)
    clear(kernel, m0, m2, r0, r2)
    return m, middle, n, bottom


@sixteen_bit
@pytest.mark.parametrize("wall", ["fixed", "fixed up"])
@pytest.mark.parametrize("kind", [GMEM_FIXED, GMEM_MOVEABLE])
def test_row_58_what_fits_neither_side_of_a_sandbar_is_refused(boot, profile, wall, kind):
    """PETZ, KB-Q61285."""
    kernel = boot(profile)
    divided(kernel, wall, PAGE)
    assert kernel.GetFreeSpace() >= 3 * ask(kernel, PAGE)
    before = state(kernel)
    assert kernel.GlobalAlloc(kind, ask(kernel, 3 * PAGE)) == 0
    assert state(kernel) == before


@sixteen_bit
@pytest.mark.parametrize("wall", ["fixed", "fixed up"])
@pytest.mark.parametrize("side", ["left", "right"])
def test_row_58_what_fits_one_side_of_a_sandbar_is_had(boot, profile, wall, side):
    """PETZ, KB-Q61285: and what does not move stays where it is."""
    kernel = boot(profile)
    right = PAGE // 2 if side == "left" else 2 * PAGE
    m, middle, n, bottom = divided(kernel, wall, right)
    data = {handle: get(kernel, handle) for handle in (m, middle, n)}
    barrier = where(kernel, middle)
    gross = 2 * PAGE if side == "left" else 3 * PAGE
    handle, events = told(kernel, lambda: kernel.GlobalAlloc(GMEM_MOVEABLE, ask(kernel, gross)))
    assert handle
    assert where(kernel, middle) == barrier
    assert middle not in moved(events)
    if side == "left":
        assert where(kernel, m, handle) == [bottom, bottom + PAGE]
        assert end(kernel, handle) == barrier[0]
    else:
        assert where(kernel, n, handle) == [end(kernel, middle), end(kernel, middle) + PAGE]
    assert {handle: get(kernel, handle) for handle in data} == data


@sixteen_bit
def test_row_59_compact_0_discards_nothing_and_tells_what_could_be_had(boot, profile):
    """SDK31 sdk39z1o: the largest block if everything discardable went."""
    kernel = boot(profile)
    m, n, blocks, bottom = checkered(kernel)
    data = {handle: get(kernel, handle) for handle in (m, n, *blocks)}
    top = end(kernel, blocks[0])
    result, events = told(kernel, lambda: kernel.GlobalCompact(0))
    assert discarded(events) == []
    assert moved(events) == {m, n}
    assert where(kernel, m, n) == [bottom, bottom + PAGE]
    assert where(kernel, *blocks) == [top - PAGE, top - 2 * PAGE, top - 3 * PAGE]
    assert {handle: get(kernel, handle) for handle in data} == data
    assert largest(kernel) == 3 * PAGE
    assert ask(kernel, 6 * PAGE) <= result <= 6 * PAGE
    assert kernel.GlobalAlloc(GMEM_MOVEABLE, ask(kernel, 6 * PAGE) + 1) == 0
    assert kernel.GlobalAlloc(GMEM_MOVEABLE, ask(kernel, 6 * PAGE))


@sixteen_bit
def test_row_59_compact_discards_until_so_much_is_free(boot, profile):
    """SDK31 sdk39z1o: what it returns is then the largest free block."""
    kernel = boot(profile)
    _, _, blocks, _ = checkered(kernel)
    result, events = told(kernel, lambda: kernel.GlobalCompact(ask(kernel, 4 * PAGE)))
    assert discarded(events) == blocks[:1]
    assert largest(kernel) == 4 * PAGE
    assert ask(kernel, 4 * PAGE) <= result <= 4 * PAGE


@sixteen_bit
def test_row_60_compact_all_discards_all_that_is_unlocked(boot, profile):
    """KB-Q32680, HEAPWALK."""
    kernel = boot(profile)
    m, n, (a, b, c), bottom = checkered(kernel)
    kernel.GlobalLock(b)
    place, data = where(kernel, b), {handle: get(kernel, handle) for handle in (m, n, b)}
    result, events = told(kernel, lambda: kernel.GlobalCompact(HUGE))
    assert discarded(events) == [a, c]
    assert gone(kernel) == {a, c}
    assert where(kernel, b) == place
    assert where(kernel, m, n) == [bottom, bottom + PAGE]
    assert largest(kernel) == 4 * PAGE
    assert ask(kernel, 4 * PAGE) <= result <= 4 * PAGE
    assert {handle: get(kernel, handle) for handle in data} == data
    kernel.GlobalUnlock(b)
    kernel.GlobalCompact(HUGE)
    assert gone(kernel) == {a, b, c}
    assert largest(kernel) == 6 * PAGE


@sixteen_bit
@pytest.mark.parametrize("memory", [SMALL, None], ids=["small", "whole"])
def test_row_61_fixed_at_the_bottom_discardable_at_the_top(boot, profile, memory):
    """PETZ prog53e0, KB-Q105274."""
    kernel = boot(profile, memory)
    bottom, top = holes(kernel)[0].base, holes(kernel)[-1].end
    first, second = fixed(kernel), fixed(kernel)
    last, last_but_one = discardable(kernel), discardable(kernel)
    between = movable(kernel)
    assert where(kernel, first, second, between) == [bottom, bottom + PAGE, bottom + 2 * PAGE]
    assert [end(kernel, last), end(kernel, last_but_one)] == [top, top - PAGE]


@sixteen_bit
def test_row_61_so_it_is_among_holes(boot, profile):
    """PETZ prog53e0, KB-Q105274: what is movable goes low, too."""
    kernel = boot(profile)
    _, _, blocks, bottom = checkered(kernel)
    roof, half = where(kernel, blocks[-1])[0], PAGE // 2
    before = where(kernel, *blocks)
    top, low, next_low = discardable(kernel, half), fixed(kernel, half), movable(kernel, half)
    assert end(kernel, top) == roof
    assert where(kernel, low, next_low) == [bottom, bottom + half]
    assert where(kernel, *blocks) == before


@sixteen_bit
@pytest.mark.parametrize("below", ["free", "movable"])
def test_row_62_a_wired_block_goes_as_low_as_possible_and_stays(boot, profile, below):
    """QCWIN qcwi8yr2, ONT 2005-11-08."""
    kernel = boot(profile)
    (low, block, high, top), _ = stacked(kernel, *[PAGE] * 4)
    bottom, data, other = where(kernel, low)[0], put(kernel, block), put(kernel, high)
    clear(kernel, top)
    if below == "free":
        clear(kernel, low)
    far, events = told(kernel, lambda: kernel.GlobalWire(block))
    assert where(kernel, block) == [bottom]
    assert block in moved(events)
    assert kernel.read(far, len(data)) == data
    assert get(kernel, high) == other
    assert count(kernel, block) == 1
    kernel.GlobalCompact(0)
    assert where(kernel, block) == [bottom]
    assert kernel.GlobalUnWire(block)
    assert count(kernel, block) == 0


# --- 63-65: tasks, DOS memory, page locks ----------------------------------------------------------------------------------


@sixteen_bit
def test_row_63_a_task_takes_what_it_owns_along_and_leaves_what_it_shares(boot, profile):
    """KB-Q74040."""
    kernel = boot(profile)
    with kernel.task("APP") as task:
        own = [kernel.GlobalAlloc(flags, 100) for flags in KINDS]
        shared = [kernel.GlobalAlloc(flags | GMEM_DDESHARE, 100) for flags in KINDS]
        data = [put(kernel, handle) for handle in shared]
        assert {kernel.FarGetOwner(handle) for handle in own} == {task.pdb}
        assert {kernel.FarGetOwner(handle) for handle in shared} == {task.module}
        task.exit()
    assert [kernel.GlobalSize(handle) for handle in own] == [0, 0, 0]
    assert not {block.handle for block in kernel.walk()} & set(own)
    assert [get(kernel, handle) for handle in shared] == data


@sixteen_bit
def test_row_63_a_block_can_be_shared_later(boot, profile):
    """KB-Q95545: GlobalReAlloc(h, 0, GMEM_MODIFY | GMEM_DDESHARE)."""
    kernel = boot(profile)
    with kernel.task("APP") as task:
        own, shared = (kernel.GlobalAlloc(GMEM_MOVEABLE, 100) for _ in range(2))
        assert kernel.GlobalReAlloc(shared, 0, GMEM_MODIFY | GMEM_DDESHARE) == shared
        assert kernel.FarGetOwner(shared) == task.module
        task.exit()
    assert kernel.GlobalSize(own) == 0
    assert kernel.GlobalSize(shared) >= 100


@sixteen_bit
def test_row_63_a_task_leaves_alone_what_is_not_its_own(boot, profile):
    """KB-Q74040, UNDOC: GlobalFreeAll."""
    kernel = boot(profile)
    system = movable(kernel)
    with kernel.task("ONE") as one:
        first = movable(kernel)
        with kernel.task("TWO") as two:
            second, third = movable(kernel), movable(kernel, PAGE, GMEM_DDESHARE)
            kernel.GlobalFreeAll(two.pdb)
            assert [bool(kernel.GlobalSize(handle)) for handle in (system, first, second, third)] == [True, True, False, True]
            two.exit()
        one.exit()
    assert [bool(kernel.GlobalSize(handle)) for handle in (system, first, third)] == [True, False, True]


@sixteen_bit
def test_row_64_dos_memory_lies_below_1_mb(boot, profile):
    """KB-Q95545."""
    kernel = boot(profile, None)
    result = kernel.GlobalDosAlloc(512)
    segment, selector = result >> 16, result & 0xFFFF
    assert segment << 4 == kernel.base(selector)
    assert 0 < segment << 4 <= MB - 512
    assert kernel.GlobalSize(selector) >= 512
    if profile is REAL:
        assert segment == selector
    kernel.GlobalCompact(HUGE)
    assert segment << 4 == kernel.base(selector)
    assert kernel.GlobalDosFree(selector) == 0
    assert kernel.GlobalDosFree(selector) == selector


@profiles(STANDARD, ENHANCED)
def test_row_64_dos_memory_does_not_come_from_above_1_mb(boot, profile):
    """KB-Q95545, KB-Q105274: fixed blocks eat it up."""
    kernel = boot(profile, 2 * MB)
    while kernel.GlobalAlloc(GMEM_FIXED, ask(kernel, 32 * KB)):
        pass
    handle = next(
        block.handle for block in kernel.walk() if block.kind is Kind.FIXED and block.base > MB and block.size == 32 * KB
    )
    clear(kernel, handle)
    while (result := kernel.GlobalDosAlloc(512)) and result >> 12 <= MB:
        pass
    assert result == 0
    assert largest(kernel) >= 32 * KB


@protected
def test_row_65_page_locks_are_counted(boot, profile):
    """SDK31 sdk33twu."""
    kernel = boot(profile)
    handle = discardable(kernel)
    selector = kernel.GlobalLock(handle).selector
    kernel.GlobalUnlock(handle)
    assert [kernel.GlobalPageLock(selector) for _ in range(2)] == [1, 2]
    assert kernel.GlobalDiscard(handle) == 0
    kernel.GlobalCompact(HUGE)
    assert gone(kernel) == set()
    assert [kernel.GlobalPageUnlock(selector) for _ in range(2)] == [1, 0]
    assert kernel.GlobalDiscard(handle) == handle


@protected
def test_row_65_a_page_lock_of_nothing_fails(boot, profile):
    """SDK31 sdk33twu: 0."""
    kernel = boot(profile)
    handle = movable(kernel)
    selector = kernel.GlobalLock(handle).selector
    clear(kernel, handle)
    assert kernel.GlobalPageLock(selector) == kernel.GlobalPageUnlock(selector) == kernel.GlobalPageLock(0) == 0
