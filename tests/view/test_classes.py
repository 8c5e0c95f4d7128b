import pytest

from handleheap.block import NOWHERE, Block, Kind
from handleheap.view.classes import LETTERS, BlockClass, Tally, classify, tally

from .heaps import OF_CLASS, block


@pytest.mark.parametrize("cls", BlockClass)
def test_every_class_is_recognised(cls):
    assert classify(block(0, 16, cls)) is cls


def test_a_lock_outweighs_discardable():
    assert classify(Block(0, 16, Kind.MOVABLE, 0, 16, 1, locks=1, discardable=3)) is BlockClass.LOCKED


def test_a_lock_does_not_make_a_fixed_block_something_else():
    assert classify(Block(0, 16, Kind.FIXED, 0, 16, 1, locks=1)) is BlockClass.FIXED


def test_the_order_is_that_of_restrictiveness():
    assert [cls.label for cls in sorted(OF_CLASS)] == ["free", "discardable", "movable", "locked", "fixed", "table"]
    assert len(set(LETTERS)) == len(BlockClass)


def test_the_tally_counts_what_has_memory():
    gone = Block(NOWHERE, 0, Kind.MOVABLE, NOWHERE, 16, 5, discardable=1)
    counts = tally([block(0, 16, BlockClass.FIXED), block(16, 8, BlockClass.FIXED), gone])
    assert counts[BlockClass.FIXED] == Tally(2, 24)
    assert sum(count.blocks for count in counts.values()) == 2
    assert list(counts) == sorted(BlockClass, reverse=True)
