"""What holds for every heap on the shelf, tested once over all of them."""

import mmap
from hashlib import blake2b
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handleheap import shelf
from handleheap.block import Kind
from handleheap.check import check
from handleheap.errors import HandleNotLocked, HandlePinned, HeapError, NotDiscardable, OutOfMemory, StaleHandle
from handleheap.events import (
    Allocated,
    CompactBegan,
    CompactEnded,
    Discarded,
    Freed,
    Locked,
    Marked,
    Moved,
    Recorder,
    Refused,
    Reloaded,
    Resized,
    RungTried,
    Unlocked,
)
from handleheap.protocols import Heap
from handleheap.replay import contents

from .heaps import make

HEAPS = [(name, fit) for name, entry in shelf.every() for fit in entry.fits or (None,)]
NAMES = [name for name, _ in shelf.every()]
every_heap = pytest.mark.parametrize(("name", "fit"), HEAPS)
every_name = pytest.mark.parametrize("name", NAMES)


def put(heap, handle, data):
    heap.arena.view(heap.address(handle), len(data))[:] = data


def get(heap, handle, size):
    return bytes(heap.arena.view(heap.address(handle), size))


def state(heap):
    return list(heap.walk()), heap.discarded(), blake2b(heap.arena.memory).hexdigest()


def holes(heap):
    return [block for block in heap.walk() if block.kind is Kind.FREE]


def drive(heap, random, number, *, max_size=200, each=lambda: None):
    """A client: returns handle -> contents of what is live after `number` calls, each verified on the way."""
    data = {}

    def load(handle, memory):
        memory[:] = data[handle]

    for key in range(number):
        verb = random.choice("aaaafffrrludtc")
        handle = random.choice(list(data)) if data else None
        try:
            if verb == "a" or handle is None:
                size = random.randrange(max_size)
                flag = random.randrange(2) if heap.traits.discards else 0
                handle = heap.alloc(size, movable=bool(flag) or random.random() < 0.7, discardable=flag, loader=load)
                assert handle
                assert handle not in data
                data[handle] = contents(key, size)
                put(heap, handle, data[handle])
            elif verb == "f":
                heap.touch(handle)
                assert get(heap, handle, len(data[handle])) == data[handle]
                heap.free(handle)
                del data[handle]
            elif verb == "r":
                heap.touch(handle)
                size, old = random.randrange(max_size), data[handle]
                new = heap.resize(handle, size)
                del data[handle]
                data[new] = old[:size] + contents(key, max(0, size - len(old)))
                assert get(heap, new, min(size, len(old))) == old[:size]
                put(heap, new, data[new])
            elif verb == "l":
                assert heap.lock(handle) == heap.address(handle)
            elif verb == "u":
                heap.unlock(handle)
            elif verb == "d":
                heap.discard(handle)
            elif verb == "t":
                heap.touch(handle)
            elif verb == "c":
                heap.compact(max_moves=random.choice([None, 1, 3]))
        except (OutOfMemory, HandlePinned, HandleNotLocked, NotDiscardable):
            pass
        each()
    for handle, expected in data.items():
        if not heap.is_discarded(handle):
            assert get(heap, handle, len(expected)) == expected
    return data


@every_name
def test_every_heap_answers_everything(name):
    heap = make(name, 1000)
    assert all(hasattr(heap, attribute) for attribute in dir(Heap) if not attribute.startswith("_"))
    traits = heap.traits
    assert traits.name == name
    assert traits.order in ("little", "big")
    assert traits.align & (traits.align - 1) == 0 < traits.align
    assert 0 <= traits.header <= traits.min_block <= traits.max_block <= heap.arena.size
    assert heap.tap is None
    assert shelf.SHELF[name].moves is traits.moves


@every_heap
@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 100, 255, 1000])
def test_a_block_is_as_long_as_asked_and_aligned_and_writable_to_the_last_byte(name, fit, size):
    heap = make(name, 4099, fit=fit)
    handles = [heap.alloc(size, movable=movable) for movable in (True, False, True)]
    assert len({*handles, 0}) == 4
    for mark, handle in enumerate(handles, 1):
        length = heap.length(handle)
        assert length == size if heap.traits.exact_length else length >= size
        assert heap.address(handle) % heap.traits.align == 0
        put(heap, handle, bytes([mark]) * length)
    check(heap)
    for mark, handle in enumerate(handles, 1):
        assert set(get(heap, handle, heap.length(handle))) <= {mark}
        block = heap.info(handle)
        assert (block.body, block.length, block.handle) == (heap.address(handle), heap.length(handle), handle)
        assert block in list(heap.walk())


@every_name
@pytest.mark.parametrize("memory", [64, 100, 1000, 4096, 4097, 4111])
def test_the_walk_tiles_the_arena_at_birth(name, memory):
    heap = make(name, memory)
    blocks = check(heap)
    assert sum(block.size for block in blocks) == heap.arena.size == shelf.SHELF[name].needed(memory)
    assert not any(block.handle for block in blocks)


@every_heap
def test_the_walk_tiles_the_arena_whatever_happens(name, fit):
    heap = make(name, 2500, fit=fit)
    data = drive(heap, Random(11), 400, each=lambda: check(heap))
    assert {b.handle for b in [*heap.walk(), *heap.discarded()] if b.handle} == set(data)


@every_heap
def test_negative_sizes_are_refused(name, fit):
    heap = make(name, 1000, fit=fit)
    handle = heap.alloc(10)
    before = state(heap)
    for call in (lambda: heap.alloc(-1), lambda: heap.alloc(-(10**10)), lambda: heap.resize(handle, -1)):
        with pytest.raises(ValueError, match="the size cannot be negative"):
            call()
        assert state(heap) == before


@every_heap
@pytest.mark.parametrize("seed", range(4))
def test_what_fits_the_largest_hole_is_had(name, fit, seed):
    heap = make(name, 4096, fit=fit, compacts=False)
    drive(heap, Random(seed), 100)
    if not heap.traits.recycles:
        return
    room = max(block.length for block in holes(heap))
    handle = heap.alloc(room & -heap.traits.align, movable=not heap.traits.grows_tables)
    assert heap.length(handle) >= room & -heap.traits.align


@every_heap
def test_memory_is_used_again(name, fit):
    """A thousand times the memory passes through; where freed memory is not recycled, the heap is empty in between."""
    heap = make(name, 1000, fit=fit)
    for size in [100, 700, 16, 300] * 250:
        heap.free(heap.alloc(size))
    check(heap)


@every_heap
@pytest.mark.parametrize("n", [1001, 10**6, 10**10, 2**63, 2**70])
def test_what_can_never_fit_is_refused_and_nothing_changes(name, fit, n):
    heap = make(name, 1000, fit=fit)
    handles = [heap.alloc(size) for size in (100, 50, 100)]
    heap.free(handles.pop(1))
    if heap.traits.discards:
        heap.set_discardable(handles[0], 1)
    put(heap, handles[0], b"x" * 100)
    before = state(heap)
    for call in (lambda: heap.alloc(n), lambda: heap.alloc(n, movable=False), lambda: heap.resize(handles[0], n)):
        with pytest.raises(OutOfMemory) as caught:
            call()
        assert state(heap) == before
        assert caught.value.wanted >= n
        if heap.traits.recycles:
            assert caught.value.free == sum(block.size for block in holes(heap))
            assert caught.value.largest_free == max(block.size for block in holes(heap))
    check(heap)


@every_heap
def test_a_full_heap_refuses_and_lives_on(name, fit):
    heap = make(name, 3000, fit=fit)
    handles = {}
    with pytest.raises(OutOfMemory):  # noqa: PT012 - which of the thousand is refused depends on the heap
        for key in range(1000):
            handle = heap.alloc(100)
            put(heap, handle, contents(key, 100))
            handles[handle] = contents(key, 100)
    assert len(handles) > 20
    for _ in range(3):
        with pytest.raises(OutOfMemory):
            heap.alloc(100)
    assert all(get(heap, handle, 100) == data for handle, data in handles.items())
    for handle in handles:
        heap.free(handle)
    if not heap.traits.merges:
        heap.compact()
    check(heap)
    assert len(holes(heap)) == 1


@every_heap
def test_resize_keeps_contents_both_ways(name, fit):
    heap = make(name, 20_000, fit=fit)
    handle = heap.alloc(0)
    heap.alloc(16)
    kept = b""
    for key, size in enumerate([1, 40, 39, 300, 300, 17, 1200, 0, 64]):
        handle = heap.resize(handle, size)
        kept = kept[:size]
        assert get(heap, handle, len(kept)) == kept
        kept += contents(key, size)[len(kept) :]
        put(heap, handle, kept)
        assert heap.length(handle) == size if heap.traits.exact_length else heap.length(handle) >= size
        check(heap)


@every_heap
def test_stale_handles(name, fit):
    heap = make(name, 2000, fit=fit)
    for never in (0, 1 << 40, -1):
        with pytest.raises(StaleHandle):
            heap.info(never)
    kept = heap.alloc(10)
    freed = heap.alloc(10)
    heap.free(freed)
    for call in (heap.info, heap.free, heap.lock, heap.unlock, heap.touch, heap.discard, heap.length, heap.address):
        with pytest.raises(StaleHandle):
            call(freed)
    with pytest.raises(StaleHandle):
        heap.resize(freed, 5)
    if heap.traits.detects_stale:
        for _ in range(30):
            heap.free(heap.alloc(10))
            with pytest.raises(StaleHandle):
                heap.info(freed)
    assert heap.length(kept) >= 10


@every_heap
def test_locks_as_the_traits_say(name, fit):
    heap = make(name, 2000, fit=fit)
    low, handle = heap.alloc(100), heap.alloc(100)
    heap.free(low)
    address = heap.lock(handle)
    assert address == heap.lock(handle) == heap.address(handle)
    if heap.traits.pins:
        heap.compact()
        assert heap.address(handle) == address
    if heap.traits.counts_locks:
        assert heap.info(handle).locks == 2
    if heap.traits.guards:
        for call in (lambda: heap.free(handle), lambda: heap.resize(handle, 200)):
            with pytest.raises(HandlePinned):
                call()
    heap.unlock(handle)
    heap.unlock(handle)
    if heap.traits.counts_locks:
        with pytest.raises(HandleNotLocked):
            heap.unlock(handle)
    heap.compact()
    if heap.traits.moves:
        assert heap.address(handle) < address
    heap.free(handle)


@every_heap
def test_discardable_blocks_as_the_traits_say(name, fit):
    heap = make(name, 2000, fit=fit)
    if not heap.traits.discards:
        handle = heap.alloc(10)
        with pytest.raises(NotDiscardable):
            heap.discard(handle)
        with pytest.raises(ValueError, match="no discardable blocks"):
            heap.alloc(10, discardable=1)
        assert heap.touch(handle) is True
        return
    handle = heap.alloc(100, discardable=1, loader=lambda handle, memory: memory.__setitem__(slice(None), b"y" * 100))
    put(heap, handle, b"x" * 100)
    heap.discard(handle)
    assert heap.is_discarded(handle)
    assert [block.handle for block in heap.discarded()] == [handle]
    assert heap.length(handle) == (100 if heap.traits.exact_length and heap.traits.keeps_discarded_length else 0)
    check(heap)
    assert heap.touch(handle) is False
    assert get(heap, handle, 100) == b"y" * 100


@every_heap
def test_a_plan_is_what_compact_does(name, fit):
    heap, twin = (make(name, 3000, fit=fit) for _ in range(2))
    for each in (heap, twin):
        drive(each, Random(3), 120)
    before = state(heap)
    plan = heap.plan()
    assert state(heap) == before
    done = heap.compact()
    assert (done.moves, done.bytes_moved, done.done) == (len(plan), sum(move.size for move in plan), True)
    assert done.largest_free == max((block.size for block in holes(heap)), default=0)
    twin.commit(plan)
    assert [b.base for b in twin.walk()] == [b.base for b in heap.walk()]
    assert heap.plan() == []
    check(heap), check(twin)
    if not heap.traits.moves:
        assert plan == []


# --- the tap -------------------------------------------------------------------------------------------------------------


class Mirror:
    """A listener that knows nothing but events: base -> (handle, size, length) of what is live."""

    def __init__(self, heap):
        self.heap, self.blocks, self.gone, self.checked = heap, {}, {}, 0

    def __call__(self, event):
        match event:
            case Allocated(handle, base, size, length):
                assert base not in self.blocks
                self.blocks[base] = handle, size, length
            case Freed(handle, -1, 0):
                del self.gone[handle]
            case Freed(handle, base, size):
                self.take(handle, base, size)
            case Resized(handle, old_base, old_size, base, size, length, new_handle):
                self.take(handle, old_base, old_size)
                assert base not in self.blocks
                self.blocks[base] = new_handle or handle, size, length
            case Moved(handle, src, dst, size):
                old = self.take(handle, src, size)
                assert dst not in self.blocks
                self.blocks[dst] = old
            case Discarded(handle, base, size):
                self.gone[handle] = self.take(handle, base, size)
            case Reloaded(handle, base, size, length):
                assert self.gone.pop(handle)[2] == length
                self.blocks[base] = handle, size, length
        self.compare(event)

    def take(self, handle, base, size):
        block = self.blocks.pop(base)
        assert block[:2] == (handle, size)
        return block

    def compare(self, event):
        """A tap is told on a consistent heap; several moves of one call are told one after the other, after the last."""
        if isinstance(event, Moved):
            return
        blocks = {b.base: (b.handle, b.size, b.length) for b in self.heap.walk() if b.handle}
        if self.heap.traits.exact_length:
            assert self.blocks == blocks
        else:
            assert {base: block[:2] for base, block in self.blocks.items()} == {base: b[:2] for base, b in blocks.items()}
            assert all(length <= blocks[base][2] for base, (_, _, length) in self.blocks.items())
        assert set(self.gone) == {b.handle for b in self.heap.discarded()}
        self.checked += 1


@every_heap
@pytest.mark.parametrize("seed", range(3))
def test_the_events_alone_give_the_walk(name, fit, seed):
    heap = make(name, 2500, fit=fit)
    heap.tap = mirror = Mirror(heap)
    drive(heap, Random(seed), 300)
    assert mirror.checked > 200


def test_a_mirror_that_is_told_a_lie_notices():
    heap = make("textbook", 1000)
    mirror = Mirror(heap)
    heap.tap = lambda event: mirror(event._replace(size=event.size + 16) if isinstance(event, Allocated) else event)
    with pytest.raises(AssertionError):
        heap.alloc(10)


@every_heap
def test_the_order_of_events(name, fit):
    """search before the result, refusal after the last rung, moves between the two ends of a compaction."""
    heap = make(name, 2500, fit=fit)
    heap.tap = recorder = Recorder()
    handle = heap.alloc(10)
    assert [type(event) for event in recorder.events] == [RungTried, Allocated]
    assert (recorder.events[0].found, recorder.events[1].handle) == (True, handle)
    recorder.events.clear()
    with pytest.raises(OutOfMemory):
        heap.alloc(5000)
    *rungs, refused = recorder.events
    assert rungs
    assert all(isinstance(rung, RungTried) and not rung.found for rung in rungs)
    assert isinstance(refused, Refused)
    assert refused.wanted == rungs[0].wanted >= 5000
    recorder.events.clear()
    heap.free(handle)
    assert [type(event) for event in recorder.events] == [Freed]
    recorder.events.clear()
    drive(heap, Random(9), 300)
    inside = False
    for event in recorder.events:
        if isinstance(event, (CompactBegan, CompactEnded)):
            assert isinstance(event, CompactEnded) is inside
            inside = not inside
        elif isinstance(event, Moved):
            assert inside
        else:
            assert not inside
    assert not inside
    if heap.traits.moves:
        assert {CompactBegan, Moved, Locked, Unlocked} <= {type(event) for event in recorder.events}
    if heap.traits.discards:
        handle = heap.alloc(0)
        recorder.events.clear()
        heap.set_discardable(handle, 1)
        assert recorder.events == [Marked(handle, 1)]


@every_heap
def test_a_tap_changes_nothing(name, fit):
    silent, heard = make(name, 2500, fit=fit), make(name, 2500, fit=fit, tap=Recorder())
    drive(silent, Random(4), 300)
    drive(heard, Random(4), 300)
    assert state(silent) == state(heard)


# --- whose memory --------------------------------------------------------------------------------------------------------


@every_heap
def test_a_heap_stands_on_the_memory_of_its_caller(name, fit):
    size = shelf.SHELF[name].needed(8000) + 292
    with mmap.mmap(-1, size) as pages:
        view = memoryview(pages)[100:-192]
        heap = shelf.make(name, view, fit=fit)
        handle = heap.alloc(26)
        put(heap, handle, b"bytes in the caller's mmap")
        assert heap.arena.size == size - 292
        assert pages.find(b"bytes in the caller's mmap") == 100 + heap.address(handle)
        assert pages[:100] == bytes(100)
        assert pages[-192:] == bytes(192)
        drive(heap, Random(2), 200, max_size=900)
        assert pages[:100] + pages[-192:] == bytes(292)
        arena = heap.arena
        if hasattr(heap, "close"):
            heap.close()
        arena.memory.release()
        view.release()


@pytest.mark.parametrize("name", [name for name, entry in shelf.every() if entry.attach])
@settings(max_examples=25)
@given(seed=st.integers(0, 10**6))
def test_an_attached_copy_continues_identically(name, seed):
    heap = make(name, 2500)
    drive(heap, Random(seed), 80)
    copy = shelf.SHELF[name].attach(bytearray(heap.arena.memory), None)
    assert state(copy) == state(heap)
    assert copy.traits == heap.traits
    answers = []
    for each in (heap, copy):
        random, live, told = Random(seed), [b.handle for b in each.walk() if b.handle], []
        for _ in range(60):
            try:
                if live and random.random() < 0.5:
                    each.free(live.pop(random.randrange(len(live))))
                else:
                    live.append(each.alloc(random.randrange(200)))
            except HeapError as error:
                told.append(str(error))
            told.append(list(live))
        answers.append((told, state(each)))
    assert answers[0] == answers[1]


@every_heap
def test_compacts_false_moves_nothing_by_itself(name, fit):
    heap = make(name, 2500, fit=fit, compacts=False, tap=(recorder := Recorder()))
    handles = [heap.alloc(100) for _ in range(12)]
    for handle in handles[::2]:
        heap.free(handle)
    with pytest.raises(OutOfMemory):
        heap.alloc(1400)
    assert not any(isinstance(event, (Moved, CompactBegan)) for event in recorder.events)
