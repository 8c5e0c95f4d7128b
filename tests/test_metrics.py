"""The measures, against figures worked out by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handleheap.events import EVENTS, CompactEnded, Discarded, Moved, Refused, Reloaded, RungTried
from handleheap.malloc.implicit import Implicit
from handleheap.metrics import Counter, Metrics, fragmentation, measure
from handleheap.textbook import Textbook


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_fragmentation_is_a_share(free, part):
    largest = min(free, part)
    assert 0 <= fragmentation(free, largest) <= 1
    assert fragmentation(free, free) == 0


def test_fragmentation_by_hand():
    assert fragmentation(100, 25) == 0.75
    assert fragmentation(3, 1) == pytest.approx(2 / 3)
    assert fragmentation(0, 0) == 0


def test_an_empty_heap():
    assert measure(Textbook(256)) == Metrics(
        blocks=0, live=0, free=256, largest_free=256, holes=1, external=0.0, internal=0, headers=0, tables=0, pinned=0
    )
    assert measure(Textbook(0)).external == 0


def test_a_full_heap():
    heap = Textbook(256)
    heap.alloc(250)
    m = measure(heap)
    assert (m.free, m.largest_free, m.holes, m.external, m.internal) == (0, 0, 0, 0.0, 6)


def test_textbook_by_hand():
    """
    0x00 a 20 in 32 | 0x20 hole 48 | 0x50 c 5 in 16, locked | 0x60 hole 96 | 0xc0 d fixed, 64 in 64 = 256
    """
    heap = Textbook(256)
    a, b, c, d = heap.alloc(20), heap.alloc(40), heap.alloc(5), heap.alloc(64, movable=False)
    gone = heap.alloc(10, discardable=1)
    heap.free(b)
    heap.lock(c)
    heap.discard(gone)
    assert [heap.address(h) for h in (a, c, d)] == [0, 0x50, 0xC0]
    assert measure(heap) == Metrics(
        blocks=3,
        live=20 + 5 + 64,
        free=48 + 96,
        largest_free=96,
        holes=2,
        external=1 - 96 / 144,
        internal=(32 - 20) + (16 - 5),
        headers=0,
        tables=4 * 8,  # the discarded block has its handle still
        pinned=16 + 64,
    )


def test_implicit_by_hand():
    """
    0x00 prologue 24 | 0x18 a 48 | 0x48 hole 48 | 0x78 c 32 | 0x98 hole 96 | 0xf8 epilogue 8 = 256
    """
    heap = Implicit(256)
    a, b, c = heap.alloc(20), heap.alloc(20), heap.alloc(1)
    heap.free(b)
    assert (a, c) == (0x20, 0x80)
    assert measure(heap) == Metrics(
        blocks=2,
        live=32 + 16,  # it does not remember what was asked for
        free=48 + 96,
        largest_free=96,
        holes=2,
        external=1 - 96 / 144,
        internal=0,
        headers=2 * 16,
        tables=24 + 8,
        pinned=48 + 32,
    )


@given(st.lists(st.tuples(st.integers(0, 60), st.booleans(), st.booleans()), max_size=12), st.sampled_from([Textbook, Implicit]))
def test_every_byte_is_counted_once(steps, make):
    heap = make(1003)
    handles = []
    for size, movable, free in steps:
        handles.append(heap.alloc(size, movable=movable))
        if free:
            heap.free(handles.pop(0))
    m = measure(heap)
    inside = m.tables if heap.traits.handles_inside else 0
    assert m.live + m.internal + m.headers + m.free + inside == 1003
    assert m.blocks == len(handles)


def test_the_counter_counts_what_it_is_told():
    counter = Counter()
    for event in [
        RungTried("search", 10, False),
        RungTried("compact", 10, True),
        Moved(1, 64, 0, 30),
        Moved(2, 96, 32, 12),
        CompactEnded(2, 42, 100),
        CompactEnded(0, 0, 100),
        Discarded(3, 0, 16),
        Reloaded(3, 0, 16, 10),
        Reloaded(3, 0, 16, 10),
        Refused(10, 0, 0),
    ]:
        counter(event)
    assert vars(counter) == {
        "searches": 2,
        "compactions": 2,
        "moves": 2,
        "bytes_moved": 42,
        "discards": 1,
        "reloads": 2,
        "refusals": 1,
        "highest": 44,
    }


def test_the_counter_knows_every_event():
    counter = Counter()
    for kind in EVENTS.values():
        counter(kind(*[1] * len(kind._fields)))
    assert (counter.moves, counter.compactions, counter.searches, counter.refusals) == (1, 1, 1, 1)


def test_the_counter_on_a_heap():
    counter = Counter()
    heap = Textbook(128, tap=counter)
    a, b = heap.alloc(32), heap.alloc(32)
    heap.free(a)
    heap.alloc(96)
    assert (counter.searches, counter.compactions, counter.moves, counter.bytes_moved) == (4, 1, 1, 32)
    assert heap.address(b) == 0
