"""Fits: the pure functions state the rules, the indexed free list obeys them."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from handleheap import fit
from handleheap.fit import FITS, Holes

PURE = {"first": fit.first, "next": fit.next_, "best": fit.best, "worst": fit.worst}
HOLES = [(0, 48), (0x100, 16), (0x180, 96), (0x400, 32), (0x500, 96), (0x600, 32)]


@st.composite
def hole_lists(draw, max_holes=12, max_size=9):
    """Holes in address order, no two of them neighbours; sizes from a few, so that ties are frequent."""
    holes, base = [], 0
    for size in draw(st.lists(st.integers(1, max_size), max_size=max_holes)):
        base += draw(st.integers(0 if not holes else 1, 3))
        holes.append((base, size))
        base += size
    return holes


def test_every_fit_has_its_rule():
    assert set(PURE) == set(FITS)


@pytest.mark.parametrize(
    ("name", "need", "rover", "found"),
    [
        ("first", 32, 0, 0),
        ("first", 48, 0x500, 0),
        ("first", 49, 0, 0x180),
        ("next", 32, 0, 0),
        ("next", 32, 1, 0x180),
        ("next", 32, 0x180, 0x180),
        ("next", 32, 0x181, 0x400),
        ("next", 96, 0x501, 0x180),
        ("next", 48, 0x10_000, 0),
        ("best", 32, 0x500, 0x400),
        ("best", 17, 0, 0x400),
        ("best", 49, 0, 0x180),
        ("best", 16, 0, 0x100),
        ("worst", 1, 0x500, 0x180),
        ("worst", 96, 0, 0x180),
    ],
)
def test_the_rules_by_hand(name, need, rover, found):
    assert PURE[name](HOLES, need, rover) == found
    assert FITS[name](Holes(HOLES), need, rover) == found


@pytest.mark.parametrize("name", FITS)
def test_nothing_fits_where_nothing_is_large_enough(name):
    assert PURE[name](HOLES, 97, 0) is FITS[name](Holes(HOLES), 97, 0) is None
    assert PURE[name]([], 1, 0) is FITS[name](Holes(), 1, 0) is None
    assert PURE[name]([], 0, 0) is FITS[name](Holes(), 0, 0) is None


@pytest.mark.parametrize("name", FITS)
@given(holes=hole_lists(), need=st.integers(0, 11), rover=st.integers(0, 120))
def test_the_free_list_obeys_the_rules(name, holes, need, rover):
    assert FITS[name](Holes(holes), need, rover) == PURE[name](holes, need, rover)


@pytest.mark.parametrize("name", FITS)
@given(holes=hole_lists(max_holes=90, max_size=3), need=st.integers(1, 4), rover=st.integers(0, 400))
@example(holes=[(4 * i, 1 + (i == 50)) for i in range(90)], need=2, rover=300)
@example(holes=[(4 * i, 2 - (i < 40)) for i in range(90)], need=2, rover=0)
def test_the_free_list_obeys_the_rules_when_it_is_long(name, holes, need, rover):
    assert FITS[name](Holes(holes), need, rover) == PURE[name](holes, need, rover)


@given(holes=hole_lists(), need=st.integers(1, 11), rover=st.integers(0, 120))
def test_what_a_fit_promises(holes, need, rover):
    """From the definitions, not from the code: which of the holes that are large enough is it?"""
    enough = [(base, size) for base, size in holes if size >= need]
    bases = [base for base, _ in enough]
    behind = [base for base in bases if base >= rover]
    smallest = [base for base, size in enough if size == min(size for _, size in enough)]
    largest = [base for base, size in enough if size == max(size for _, size in enough)]
    assert fit.first(holes, need) == min(bases, default=None)
    assert fit.next_(holes, need, rover) == min(behind or bases, default=None)
    assert fit.best(holes, need) == min(smallest, default=None)
    assert fit.worst(holes, need) == min(largest, default=None)


def test_next_fit_starts_at_the_bottom():
    assert fit.next_(HOLES, 32) == Holes(HOLES).next_(32) == 0


def test_fits_take_any_iterable_once():
    for pure in PURE.values():
        assert pure(iter(HOLES), 33, 0) in (0, 0x180)


# --- the free list -------------------------------------------------------------------------------------------------------

MEMORY = 48


def runs_of(free):
    """The maximal runs in a set of free bytes: what a free list with merged neighbours must hold."""
    starts = sorted(byte for byte in free if byte - 1 not in free)
    return [(start, next(n for n in range(1, MEMORY + 1) if start + n not in free)) for start in starts]


@given(st.data())
def test_add_and_cut_keep_what_a_set_of_bytes_keeps(data):
    holes, free = Holes(), set()
    for _ in range(data.draw(st.integers(1, 25))):
        used = runs_of(set(range(MEMORY)) - free)
        if free and (not used or data.draw(st.booleans())):
            base, size = data.draw(st.sampled_from(runs_of(free)))
            act = "cut"
        else:
            base, size = data.draw(st.sampled_from(used))
            act = "add"
        start = base + data.draw(st.integers(0, size - 1))
        length = data.draw(st.integers(0 if act == "add" else 1, base + size - start))
        if act == "add":
            holes.add(start, length)
            free |= set(range(start, start + length))
        else:
            holes.cut(start, length)
            free -= set(range(start, start + length))
        expected = runs_of(free)
        assert list(holes) == expected
        assert len(holes) == len(expected)
        assert holes.free == len(free)
        assert holes.largest == max((size for _, size in expected), default=0)
        assert [holes.sizes[base] for base, _ in expected] == [size for _, size in expected]
        for name, pure in PURE.items():
            assert FITS[name](holes, 3, 20) == pure(expected, 3, 20)


@pytest.mark.parametrize(
    ("already", "expected"),
    [
        ([], [(16, 16)]),
        ([(0, 16)], [(0, 32)]),
        ([(32, 16)], [(16, 32)]),
        ([(0, 16), (32, 16)], [(0, 48)]),
        ([(0, 15), (33, 15)], [(0, 15), (16, 16), (33, 15)]),
    ],
)
def test_neighbours_merge(already, expected):
    holes = Holes(already)
    holes.add(16, 16)
    assert list(holes) == expected


def test_nothing_added_is_no_hole():
    holes = Holes([(0, 0), (8, 4)])
    holes.add(20, 0)
    assert list(holes) == [(8, 4)]
    assert holes.free == 4


def test_holes_may_come_in_any_order():
    assert list(Holes([(64, 8), (0, 16)])) == [(0, 16), (64, 8)]


def test_a_cut_leaves_both_ends():
    holes = Holes([(0, 100)])
    holes.cut(40, 20)
    assert list(holes) == [(0, 40), (60, 40)]
    holes.cut(60, 40)
    assert list(holes) == [(0, 40)]
