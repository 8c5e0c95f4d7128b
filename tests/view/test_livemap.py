from contextlib import suppress
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handleheap import shelf
from handleheap.block import NOWHERE, Block, Kind, Move
from handleheap.errors import HeapError
from handleheap.events import (
    Allocated,
    CompactBegan,
    Discarded,
    Freed,
    Locked,
    Marked,
    Moved,
    Refused,
    Reloaded,
    Resized,
    RungTried,
    TableGrew,
    Unlocked,
)
from handleheap.textbook import Textbook
from handleheap.view.classes import BlockClass, Tally, classify, tally
from handleheap.view.livemap import LiveMap, gaps, sliding
from handleheap.view.palette import PATTERNS
from handleheap.view.picture import band_picture, picture_height
from handleheap.view.strip import ROOMY, bands, block_at

from .heaps import EXAMPLE, block, laid_out

HEAPS = {
    "textbook": 4_096,
    "implicit": 4_096,
    "bump": 4_096,
    "core": 65_536,
    "win16-enhanced": shelf.SHELF["win16-enhanced"].needed(4_096),
    "win16-standard": shelf.SHELF["win16-standard"].needed(4_096),
    "win16-real": shelf.SHELF["win16-real"].needed(4_096),
    "mac-24": 8_192,
    "mac-32": 8_192,
}
VERBS = (
    "alloc",
    "alloc",
    "alloc",
    "fixed",
    "code",
    "free",
    "free",
    "resize",
    "resize",
    "lock",
    "unlock",
    "discard",
    "touch",
    "mark",
    "compact",
)
calls = st.lists(st.tuples(st.sampled_from(VERBS), st.integers(0, 30), st.integers(0, 700)), max_size=60)
shapes = st.tuples(st.integers(1, 70), st.integers(1, 6), st.integers(1, 6))


def merged(blocks):
    """The walk with free blocks side by side as one."""
    live = [b for b in blocks if b.kind is not Kind.FREE]
    return sorted([*live, *gaps(live, 0, max(b.end for b in blocks))])


def seen(b):
    """What a map shows of a block."""
    return b.base, b.size, b.handle, classify(b)


def same(live, blocks, width, rows, row_height, **window):
    """Codes, pixels and tally as from a walk."""
    options = {name: window.pop(name) for name in ("thin", "hatches") if name in window}
    assert live.codes == bands(blocks, width, rows, **window)
    assert live.pixels == band_picture(merged(blocks), width + 2, rows, row_height, **window, **options)
    assert live.tally == tally(merged(blocks))


class Client:
    """Calls by number on whatever blocks there are; what a heap refuses is not done."""

    def __init__(self, heap):
        self.heap, self.handles = heap, []

    def call(self, verb, which, size):
        with suppress(HeapError, ValueError):
            getattr(self, verb)(which, size)

    def one(self, which):
        if not self.handles:
            raise ValueError
        return self.handles[which % len(self.handles)]

    def alloc(self, which, size, **options):
        self.handles.append(self.heap.alloc(size, **options))

    def fixed(self, which, size):
        self.alloc(which, size, movable=False)

    def code(self, which, size):
        self.alloc(which, size, discardable=1, loader=lambda handle, view: None)

    def free(self, which, size):
        handle = self.one(which)
        self.heap.free(handle)
        self.handles.remove(handle)

    def resize(self, which, size):
        handle = self.one(which)
        self.handles[self.handles.index(handle)] = self.heap.resize(handle, size + 1)

    def lock(self, which, size):
        self.heap.lock(self.one(which))

    def unlock(self, which, size):
        self.heap.unlock(self.one(which))

    def discard(self, which, size):
        self.heap.discard(self.one(which))

    def touch(self, which, size):
        self.heap.touch(self.one(which))

    def mark(self, which, size):
        self.heap.set_discardable(self.one(which), size % 2)

    def compact(self, which, size):
        self.heap.compact(max_moves=which + 1)


@pytest.mark.parametrize("name", HEAPS)
@settings(max_examples=25, deadline=None)
@given(calls, shapes)
def test_the_map_is_what_a_walk_shows(name, calls, shape):
    heap = shelf.make(name, HEAPS[name])
    blocks = list(heap.walk())
    live = LiveMap(blocks, *shape)
    same(live, blocks, *shape)
    heap.tap = live.apply
    client = Client(heap)
    for call in calls:
        client.call(*call)
        same(live, list(heap.walk()), *shape)
        assert [seen(b) for b in live.blocks()] == [seen(b) for b in merged(list(heap.walk()))]


@pytest.mark.parametrize("name", ["textbook", "win16-enhanced"])
@settings(max_examples=25, deadline=None)
@given(calls, shapes, st.integers(0, 3_000), st.integers(0, 3_000), st.booleans())
def test_a_window_of_a_heap_with_other_hatches(name, calls, shape, start, size, thin):
    heap = shelf.make(name, HEAPS[name])
    window = {"start": start, "end": start + size}
    hatches = PATTERNS[::-1]
    live = LiveMap(list(heap.walk()), *shape, **window, hatches=hatches, thin=thin)
    heap.tap = live.apply
    client = Client(heap)
    for call in calls:
        client.call(*call)
    same(live, list(heap.walk()), *shape, **window, thin=thin, hatches=hatches)


@pytest.mark.parametrize("name", ["textbook", "win16-enhanced", "win16-real", "mac-32"])
@settings(max_examples=25, deadline=None)
@given(calls, shapes)
def test_the_map_is_right_after_every_event(name, calls, shape):
    """But for moves, of which the others of the batch are still to be told; what comes next says that they are."""
    heap = shelf.make(name, HEAPS[name])
    live = LiveMap(list(heap.walk()), *shape)

    def tap(event):
        live.apply(event)
        if not isinstance(event, Moved) and verb != "resize":  # the textbook heap keeps who is resized from being discarded
            same(live, list(heap.walk()), *shape)

    heap.tap = tap
    client = Client(heap)
    for verb, *rest in calls:
        client.call(verb, *rest)
        same(live, list(heap.walk()), *shape)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 40), st.integers(0, 30)), min_size=1, max_size=12), shapes, st.randoms())
def test_a_batch_is_told_in_any_order(parts, shape, random):
    """Blocks lie over each other in between: those told already over those that have yet to move."""
    before, at = [], 0
    for handle, (size, hole) in enumerate(parts, 1):
        before.append(block(at, size, BlockClass.MOVABLE if handle % 3 else BlockClass.DISCARDABLE, handle))
        at += size + hole
    order = random.sample(before, len(before))
    moves, to = [], 0
    for b in order:
        moves.append(Moved(b.handle, b.base, to, b.size))
        to += b.size + (at - sum(size for size, _ in parts)) // len(parts)
    random.shuffle(moves)
    live = LiveMap([*before, *gaps(before, 0, at)], *shape)
    for move in moves:
        live.apply(move)
    after = sorted(b._replace(base=m.dst, body=m.dst) for b in before for m in moves if m.handle == b.handle)
    assert live.codes == bands(after, *shape[:2], end=at)
    assert [b for b in live.blocks() if b.handle] == after
    assert live.pixels == band_picture(live.blocks(), shape[0] + 2, *shape[1:])
    for b in after:
        live.apply(Freed(b.handle, b.base, b.size))
    assert live.codes == bytes(len(live.codes))
    assert not any(live.tally[cls].blocks for cls in BlockClass if cls)


@given(st.integers(1, 60), st.integers(1, 4))
def test_pointing_finds_what_the_strip_finds(width, rows):
    live = LiveMap(EXAMPLE, width, rows, 3)
    for cell in range(width * rows):
        found = block_at(EXAMPLE, cell, width * rows)
        assert live.block_at_cell(cell) == (None if classify(found) is BlockClass.FREE else found)
    assert live.block_at_cell(-1) is live.block_at_cell(width * rows) is None


def test_what_is_discarded_comes_back_as_it_was():
    gone = Block(NOWHERE, 0, Kind.MOVABLE, NOWHERE, 8, 5, discardable=1)
    live = LiveMap([Block(0, 64, Kind.FREE, 0, 64), gone], 64, 1, 1)
    live.apply(Reloaded(5, 16, 16, 8))
    assert live.codes[16:32] == bytes([BlockClass.DISCARDABLE]) * 16
    live.apply(Locked(5, 1))
    assert set(live.codes[16:32]) == {BlockClass.LOCKED}
    live.apply(Unlocked(5, 0))
    live.apply(Marked(5, 0))
    assert set(live.codes[16:32]) == {BlockClass.MOVABLE}
    live.apply(Marked(5, 1))
    live.apply(Discarded(5, 16, 16))
    assert not any(live.codes)
    live.apply(Reloaded(5, 0, 16, 8))
    assert live.placed[5] == Block(0, 16, Kind.MOVABLE, 0, 8, 5, 0, 1)
    live.apply(Freed(5, 0, 16))
    assert live.tally[BlockClass.FREE] == Tally(1, 64)


def test_handles_that_change_and_blocks_without_one():
    live = LiveMap([Block(0, 64, Kind.FREE, 0, 64)], 64, 1, 1)
    live.apply(TableGrew(0, 8))
    live.apply(Allocated(9, 8, 8, 8, Kind.FIXED))
    live.apply(Resized(9, 8, 8, 16, 24, 24, 16))
    assert live.block_at_cell(20) == live.placed[16] == Block(16, 24, Kind.FIXED, 16, 24, 16)
    assert live.block_at_cell(0).kind is Kind.TABLE
    live.apply(Moved(32, 16, 40, 24))  # it was made movable, which no event told
    assert live.block_at_cell(50) == Block(40, 24, Kind.MOVABLE, 40, 24, 32)
    assert live.block_at_cell(20) is None
    live.apply(Freed(33, 40, 24))
    assert live.codes == bytes([BlockClass.TABLE]) * 8 + bytes(56)
    live.apply(Reloaded(7, 8, 8, 8))  # discarded under another handle
    assert live.codes[8] == BlockClass.DISCARDABLE


@given(st.integers(1, 60), st.integers(1, 4), st.integers(0, 900), st.integers(0, 60_000))
def test_there_is_nobody_around_memory(width, rows, low, end):
    blocks = laid_out([(500, BlockClass.FREE), (90, BlockClass.MOVABLE), (700, BlockClass.FREE)], low)
    live = LiveMap(blocks, width, rows, 2, end=end)
    assert live.pixels == band_picture(blocks, width + 2, rows, 2, end=end)
    assert live.tally == tally(blocks)
    live.apply(Freed(2, low + 500, 90))
    assert live.pixels == band_picture([block(low, 1_290, BlockClass.FREE)], width + 2, rows, 2, end=end)
    assert live.tally[BlockClass.FREE] == Tally(1, 1_290)


def test_what_no_event_tells_can_be_learnt():
    live = LiveMap([block(0, 16, BlockClass.FIXED, 3), Block(16, 48, Kind.FREE, 16, 48)], 64, 1, 1)
    live.learn(block(0, 16, BlockClass.MOVABLE, 4), 3)
    assert live.codes == bytes([BlockClass.MOVABLE]) * 16 + bytes(48)
    assert set(live.placed) == {4}
    live.learn(block(0, 16, BlockClass.LOCKED, 4))
    assert live.block_at_cell(3) == block(0, 16, BlockClass.LOCKED, 4)
    assert live.pixels == band_picture(live.blocks(), 66, 1, 1)


def test_what_shows_nothing_costs_nothing():
    live = LiveMap(EXAMPLE, 100, 4, 5)
    before = bytes(live.codes), bytes(live.pixels)
    for event in (CompactBegan(1, 1), Refused(1, 1, 1), RungTried("search", 1, False), Locked(999, 1), Freed(999, NOWHERE, 0)):
        live.apply(event)
    (fixed,) = (b for b in EXAMPLE if b.size == 3000)
    live.apply(Locked(fixed.handle, 1))
    assert (live.codes, live.pixels) == before
    assert (live.slices, live.cells) == (0, 0)


def test_the_size_of_the_picture():
    live = LiveMap(EXAMPLE, 40, 3, 7)
    assert live.size == (42, picture_height(3, 7))
    assert len(live.pixels) == live.size[0] * live.size[1]


@pytest.mark.parametrize("shape", [(0, 1, 1), (1, 0, 1), (1, 1, 0)])
def test_a_map_needs_room(shape):
    with pytest.raises(ValueError, match="nothing to see"):
        LiveMap(EXAMPLE, *shape)


# --- work ----------------------------------------------------------------------------------------------------------------

WIDTH, ROWS = 320, 32


def touched(base, size, end):
    """(cells, bands) of a block."""
    if base == NOWHERE or not size:
        return 0, 0
    first, last = base * WIDTH * ROWS // end, -(-(base + size) * WIDTH * ROWS // end)
    return last - first, (last - 1) // WIDTH - first // WIDTH + 1


def test_work_is_bounded_by_what_changed():
    """100,000 blocks, small and large; each event paints its own block, before and after, and a few cells around."""
    random = Random(1992)
    blocks, at = [], 0
    for handle in range(1, 100_001):
        size = 10_000_000 if handle % 10_000 == 0 else random.randint(16, 512)
        blocks.append(block(at, size, BlockClass.MOVABLE, handle))
        at += 2 * size
    end = at
    live = LiveMap([*blocks, *gaps(blocks, 0, end)], WIDTH, ROWS, 4)
    assert (live.slices, live.cells) == (0, 0)
    widest = 0
    for _ in range(3_000):
        handle = random.choice((random.randint(1, 100_000), random.randint(1, 10) * 10_000))
        old = live.placed[handle]
        here, half = old.base, max(1, old.size // 2)
        there = here + old.size  # the hole behind it
        for event, base, size in (
            (Locked(handle, 1), here, old.size),
            (Unlocked(handle, 0), here, old.size),
            (Moved(handle, here, there, old.size), there, old.size),
            (Resized(handle, there, old.size, there, half, half), there, half),
            (Resized(handle, there, half, here, old.size, old.length), here, old.size),
            (Discarded(handle, here, old.size), NOWHERE, 0),
            (Reloaded(handle, here, old.size, old.length), here, old.size),
            (Freed(handle, here, old.size), NOWHERE, 0),
            (Allocated(handle, here, old.size, old.length), here, old.size),
        ):
            now = live.placed[handle] if handle in live.placed else old._replace(base=NOWHERE)
            slices, cells = live.slices, live.cells
            live.apply(event)
            (was, bands_before), (will, bands_after) = touched(now.base, now.size, end), touched(base, size, end)
            assert live.cells - cells <= was + will + 4 * ROOMY
            assert live.slices - slices <= bands_before + bands_after + 4
            widest = max(widest, was)
    assert widest > WIDTH
    assert live.codes == bands(live.blocks(), WIDTH, ROWS)
    assert live.pixels == band_picture(live.blocks(), WIDTH + 2, ROWS, 4)


# --- sliding -------------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(calls, st.floats(0, 1))
def test_sliding_leads_from_before_to_after(calls, t):
    heap = Textbook(4_096)
    client = Client(heap)
    for call in calls:
        client.call(*call)
    before, moves = list(heap.walk()), heap.plan()
    between = sliding(before, moves, t)
    assert {b.handle for b in between} >= {b.handle for b in before if b.handle}
    assert all(b.base >= 0 and b.end <= 4_096 for b in between)
    heap.commit(moves)
    assert sorted(sliding(before, moves, 0)) == before
    assert sliding(before, moves, 1) == list(heap.walk())
    for made in range(len(moves) + 1):
        step = {b.handle: b.base for b in sliding(before, moves, made / max(1, len(moves)))}
        where = {b.handle: b.base for b in before} | {m.handle: m.dst for m in moves[:made]}
        assert all(abs(step[handle] - base) <= 1 for handle, base in where.items() if handle)


def test_one_block_glides_at_a_time():
    heap = laid_out([(10, BlockClass.FREE), (10, BlockClass.MOVABLE), (20, BlockClass.FREE), (10, BlockClass.DISCARDABLE)])
    moves = [Move(2, 10, 0, 10), Move(4, 40, 10, 10)]

    def at(t):
        return {b.handle: b.base for b in sliding(heap, moves, t) if b.kind is Kind.MOVABLE}

    assert at(0) == {2: 10, 4: 40}
    assert at(0.25) == {2: 5, 4: 40}
    assert at(0.5) == {2: 0, 4: 40}
    assert at(0.75) == {2: 0, 4: 25}
    assert at(1) == {2: 0, 4: 10}
    assert sliding(heap, moves, 0.75)[-1].handle == 4
    assert sliding([], [], 0.3) == []
    for t in (-0.1, 1.1):
        with pytest.raises(ValueError, match="0 to 1"):
            sliding(heap, moves, t)


def test_a_block_glides_over_the_others():
    """A picture in between: the block on its way hides what it passes."""
    heap = laid_out([(10, BlockClass.FREE), (10, BlockClass.FIXED), (10, BlockClass.MOVABLE), (10, BlockClass.FREE)])
    shown = sliding(heap, [Moved(3, 20, 0, 10)], 0.25)
    codes = [0] * 10 + [4] * 6 + [2] * 9 + [0] * 15  # where it begins, the more restrictive class shows
    assert bands(shown, 40, 1) == bytes(codes)
