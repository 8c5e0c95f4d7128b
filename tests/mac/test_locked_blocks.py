"""What a few locked blocks do to a large zone, and that MoveHHi before the lock undoes it."""

from functools import cache
from random import Random
from statistics import mean

import pytest

from handleheap.block import Kind
from handleheap.mac import Toolbox, maxSize, noErr

from .zones import HEADER, both_widths, physical

BLOCKS = 2000
SEEDS = range(3)


def half_freed(bits, seed):
    """A zone full of 2,000 blocks of 16 to 1,024 bytes, half of them freed at random; the handles of the others in any order."""
    random = Random(seed)
    lengths = [random.randint(16, 1024) for _ in range(BLOCKS)]
    size = 52 + HEADER[bits] + 4 * BLOCKS + sum(physical(bits, n) for n in lengths) + 12
    tb = Toolbox(4 << 20, bits)
    assert tb.MaxApplZone() == noErr
    start = tb.NewPtr(size)
    assert start
    tb.InitZone(0, BLOCKS, start + size, start)
    handles = [tb.NewHandle(n) for n in lengths]
    assert all(handles)
    assert tb.FreeMem() == 0
    random.shuffle(handles)
    for h in handles[BLOCKS // 2 :]:
        assert tb.DisposeHandle(h) == noErr
    return tb, handles[: BLOCKS // 2]


def ratio(tb):
    """Largest free block to all that is free, when the zone is compacted."""
    largest = tb.CompactMem(maxSize)
    holes = [block.size for block in tb.zone().walk() if block.kind is Kind.FREE]
    assert largest == max(holes)
    assert sum(holes) == tb.FreeMem()
    return largest / tb.FreeMem()


@cache
def locked_in_place(seed):
    tb, handles = half_freed(24, seed)
    for h in handles[: len(handles) // 100]:
        tb.HLock(h)
    return ratio(tb)


def test_one_locked_block_in_a_hundred_leaves_a_third_in_one_piece():
    """malloc.md §2.7: about 0.30 in the mean of many."""
    assert 0.15 < mean(map(locked_in_place, SEEDS)) < 0.5


def test_without_locks_all_that_is_free_is_one_block():
    tb, _ = half_freed(24, 0)
    assert ratio(tb) == 1.0


@both_widths
@pytest.mark.parametrize("how", ["MoveHHi, HLock", "HLockHi"])
def test_locked_at_the_top_they_are_in_nobodys_way(bits, how):
    tb, handles = half_freed(bits, 1)
    for h in handles[: len(handles) // 100]:
        for call in how.split(", "):
            assert getattr(tb, call)(h) == noErr
    assert ratio(tb) == 1.0
    walk = [block for block in tb.zone().walk() if block.kind is not Kind.TABLE]
    assert [block.locks for block in walk] == [0] * (len(handles) - 9) + [1] * 10
    assert walk[len(handles) - 10].kind is Kind.FREE
