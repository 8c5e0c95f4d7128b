"""The records, and the walk as text."""

import pytest

from handleheap.block import NOWHERE, Block, Kind, table

MOVABLE = Block(0x40, 32, Kind.MOVABLE, 0x48, 20, 7)


def test_a_block_ends_behind_its_last_byte():
    assert MOVABLE.end == 0x60


@pytest.mark.parametrize(
    ("changes", "may_move"),
    [
        ({}, True),
        ({"locks": 1}, False),
        ({"kind": Kind.FIXED}, False),
        ({"kind": Kind.FREE, "handle": 0}, False),
        ({"kind": Kind.TABLE, "handle": 0}, False),
        ({"base": NOWHERE, "size": 0, "discardable": 1}, False),
    ],
)
def test_only_an_unpinned_movable_block_in_memory_may_move(changes, may_move):
    assert MOVABLE._replace(**changes).may_move is may_move


@pytest.mark.parametrize(
    ("changes", "may_go"),
    [
        ({}, False),
        ({"discardable": 1}, True),
        ({"discardable": 2}, True),
        ({"discardable": 1, "locks": 1}, False),
        ({"discardable": 1, "base": NOWHERE}, False),
    ],
)
def test_only_an_unpinned_discardable_block_in_memory_may_go(changes, may_go):
    assert MOVABLE._replace(**changes).may_go is may_go


def test_kinds_are_numbers_for_good():
    """Logs of events hold them."""
    assert [(kind.name, int(kind)) for kind in Kind] == [("FREE", 0), ("FIXED", 1), ("MOVABLE", 2), ("TABLE", 3)]


def test_the_table_shows_each_block_on_a_line():
    blocks = [
        Block(0, 64, Kind.FREE, 0, 64),
        MOVABLE._replace(locks=2, discardable=1, age=9, owner="font"),
        Block(NOWHERE, 0, Kind.MOVABLE, NOWHERE, 100, 12, discardable=1),
    ]
    head, free, locked, gone = table(blocks).splitlines()
    assert head.split() == ["base", "size", "kind", "handle", "length", "lock", "flags", "age", "owner"]
    assert free.split() == ["0x00000000", "64", "FREE", "-", "64", "0", "-", "0"]
    assert locked.split() == ["0x00000040", "32", "MOVABLE", "0x7", "20", "2", "D", "9", "font"]
    assert gone.split() == ["discarded", "0", "MOVABLE", "0xc", "100", "0", "D", "0"]
    for word, mark in (("kind", "MOVABLE"), ("flags", "D"), ("owner", "font")):
        assert head.index(word) == locked.index(mark, 12)
    for word, mark in (("base", "0x00000040"), ("size", "32"), ("handle", "0x7"), ("length", "20"), ("age", "9")):
        assert head.index(word) + len(word) == locked.index(mark) + len(mark)
