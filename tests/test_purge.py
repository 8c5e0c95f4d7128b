"""Victim orders: who goes first, and who never goes."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handleheap.block import NOWHERE, Block, Kind
from handleheap.purge import VICTIMS, address, lru, priority


def block(base, *, age=0, discardable=1, locks=0, kind=Kind.MOVABLE):
    return Block(base, 16, kind, base, 16, base + 1, locks, discardable, age)


BLOCKS = [
    block(0, age=9, discardable=1),
    block(16, age=1, discardable=0),
    block(32, age=5, discardable=3),
    block(48, age=2, discardable=1),
    block(64, age=5, discardable=2, locks=1),
    block(80, age=5, discardable=3),
    block(96, age=2, discardable=3),
]


@pytest.mark.parametrize(
    ("order", "bases"),
    [(lru, [48, 96, 32, 80, 0]), (address, [0, 32, 48, 80, 96]), (priority, [96, 32, 80, 48, 0])],
)
def test_the_orders_by_hand(order, bases):
    assert [victim.base for victim in order(BLOCKS)] == bases
    assert [victim.base for victim in order(reversed(BLOCKS))] == bases
    assert [victim.base for victim in order(iter(BLOCKS))] == bases


def test_the_names():
    assert {"lru": lru, "address": address, "priority": priority} == VICTIMS


blocks = st.lists(
    st.builds(
        block,
        st.sampled_from([NOWHERE, 0, 16, 32, 48, 64]),
        age=st.integers(0, 3),
        discardable=st.integers(0, 3),
        locks=st.integers(0, 2),
    ),
    max_size=8,
    unique_by=lambda block: block.base,
)


@pytest.mark.parametrize("name", VICTIMS)
@given(blocks=blocks)
def test_who_may_not_go_is_never_a_victim_and_who_may_go_always_is(name, blocks):
    before = list(blocks)
    victims = list(VICTIMS[name](blocks))
    assert sorted(victims) == sorted(b for b in before if b.discardable and not b.locks and b.base != NOWHERE)
    assert blocks == before


@given(blocks=blocks)
def test_the_orders_by_their_words(blocks):
    oldest, lowest, worthless = lru(blocks), address(blocks), priority(blocks)
    for one, other in pairwise(oldest):
        assert one.age < other.age or (one.age == other.age and one.base < other.base)
    for one, other in pairwise(lowest):
        assert one.base < other.base
    for one, other in pairwise(worthless):
        assert one.discardable >= other.discardable
        if one.discardable == other.discardable:
            assert one.age < other.age or (one.age == other.age and one.base < other.base)
