"""The engine to embed, rule by rule; in both modes where it is compiled."""

import gc
import os
import threading
from random import Random

import numpy as np
import pytest

import handleheap
from handleheap import Heap
from handleheap.block import Kind
from handleheap.check import check
from handleheap.compaction import within
from handleheap.core.pure import load_pure
from handleheap.errors import (
    BlockDiscarded,
    HandleNotLocked,
    HandlePinned,
    HeapBusy,
    HeapClosed,
    HeapImageError,
    OutOfMemory,
    StaleHandle,
)
from handleheap.events import Moved, Recorder
from handleheap.replay import contents

MODES = {handleheap.engine: Heap, "pure": load_pure().Heap}


@pytest.fixture(params=list(MODES))
def make(request):
    return MODES[request.param]


def put(heap, handle, data):
    heap.arena.view(heap.address(handle), len(data))[:] = data


def get(heap, handle):
    return bytes(heap.arena.view(heap.address(handle), heap.length(handle)))


def bases(heap):
    return [(block.kind.name, block.base, block.size) for block in heap.walk()]


def churned(make, random, *, size=30_000, rounds=300, pins=0, **options):
    """A heap after some churn, and handle -> contents."""
    heap, data, locked = make(size, **options), {}, []
    for key in range(rounds):
        if data and random.random() < 0.45:
            handle = random.choice(list(data))
            if handle not in locked:
                heap.free(handle)
                del data[handle]
        else:
            length = random.choice([random.randrange(100), random.randrange(2000)])
            try:
                handle = heap.alloc(length)
            except OutOfMemory:
                continue
            data[handle] = contents(key, length)
            put(heap, handle, data[handle])
            if len(locked) < pins and random.random() < 0.2:
                heap.lock(handle)
                locked.append(handle)
    return heap, data


# --- alloc and free ------------------------------------------------------------------------------------------------------


def test_first_handles_are_small_and_a_freed_one_is_told_for_ever(make):
    heap = make(1000)
    handle = heap.alloc(10)
    assert 0 < handle < 10
    heap.free(handle)
    again = heap.alloc(10)
    assert again == handle + (1 << 30)
    for _ in range(100):
        heap.free(again)
        again = heap.alloc(10)
        for call in (heap.free, heap.length, heap.view, heap.lock, heap.address, heap.touch):
            with pytest.raises(StaleHandle):
                call(handle)
    for never in (0, -1, 5, again + (1 << 30), 1 << 62, 1 << 70, -(1 << 70)):
        assert never not in heap
        with pytest.raises(StaleHandle):
            heap.free(never)
    assert "x" not in heap


def test_the_last_handle_of_a_slot_is_its_last():
    heap = MODES["pure"](1000)
    first = heap.alloc(10)
    heap.free(first)
    heap.cell[first] = -(1 << 62 | first)
    last = heap.alloc(10)
    assert last == 1 << 62 | first
    heap.free(last)
    assert heap.alloc(10) & ((1 << 30) - 1) != first
    assert len(heap) == 1
    check(heap)


def test_a_quick_list_is_last_in_first_out_and_of_one_size(make):
    heap = make(10_000)
    handles = [heap.alloc(100) for _ in range(5)]
    where = [heap.address(handle) for handle in handles]
    heap.free(handles[1])
    heap.free(handles[3])
    assert heap.address(heap.alloc(97)) == where[3]
    assert heap.address(heap.alloc(112)) == where[1]
    assert heap.address(heap.alloc(100)) > where[4]


def test_pending_frees_are_merged_in_the_walk_and_for_the_asking(make):
    heap = make(1600)
    for handle in [heap.alloc(160) for _ in range(10)]:
        heap.free(handle)
    assert bases(heap) == [("FREE", 0, 1600)]
    stats = heap.stats()
    assert (stats.free, stats.largest_free, stats.blocks) == (1600, 1600, 0)
    assert len(heap) == 0
    check(heap)


@pytest.mark.parametrize("align", [1, 2, 8, 16, 64, 4096])
def test_an_empty_heap_gives_all(make, align):
    for capacity in (align, 5 * align, 100_000, 100_001):
        heap = make(capacity, align=align)
        handle = heap.alloc(capacity)
        assert heap.length(handle) == capacity
        heap.free(handle)
        heap.free(heap.alloc(0))
        heap.free(heap.alloc(capacity))
        check(heap)


@pytest.mark.parametrize("seed", range(20))
def test_the_largest_free_is_had(make, seed):
    heap, _ = churned(make, Random(seed), pins=3, align=(1, 8, 16, 32)[seed % 4])
    heap.compacts = bool(seed % 3)
    largest = heap.stats().largest_free
    assert largest == max((block.size for block in heap.walk() if block.kind is Kind.FREE), default=0)
    heap.alloc(largest)
    check(heap)


def test_a_fixed_block_goes_to_the_top(make):
    heap = make(1600)
    heap.alloc(100)
    first, second = heap.alloc(100, movable=False), heap.alloc(100, movable=False)
    assert (heap.address(first), heap.address(second)) == (1600 - 112, 1600 - 224)
    with pytest.raises(ValueError, match="fixed"):
        heap.alloc(1, movable=False, discardable=True)


def test_zero_and_fill(make):
    heap = make(160, fill=0xCC)
    handle = heap.alloc(160)
    put(heap, handle, b"x" * 160)
    heap.free(handle)
    assert bytes(heap.arena.view(0, 160)) == b"\xcc" * 160
    assert get(heap, heap.alloc(40, zero=True)) == bytes(40)


def test_a_refusal_says_what_pins(make):
    heap = make(1600)
    heap.alloc(100, movable=False)
    heap.lock(heap.alloc(100))
    view = heap.view(heap.alloc(100))
    with pytest.raises(OutOfMemory, match="336 pinned by 1 fixed, 1 locked and 1 viewed") as caught:
        heap.alloc(1500)
    assert (caught.value.wanted, caught.value.free, caught.value.pinned) == (1504, 1264, 336)
    view.release()


# --- compaction ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pins", [0, 1, 5])
@pytest.mark.parametrize("seed", range(15))
def test_compact_is_the_plan_and_afterwards_there_is_none(make, seed, pins):
    random = Random(seed)
    heap, data = churned(make, random, pins=pins)
    while True:
        budget = random.choice([None, 0, 100, 1000, 5000]), random.choice([None, 1, 4])
        heap.tap = recorder = Recorder() if random.random() < 0.5 else None
        plan = heap.plan()
        before = bases(heap)
        expected = within(plan, *budget)
        done = heap.compact(max_bytes=budget[0], max_moves=budget[1])
        heap.tap = None
        assert (done.moves, done.bytes_moved) == (len(expected), sum(move.size for move in expected)), before
        assert done.done is (len(plan) == len(expected))
        if recorder:
            assert [event for event in recorder.events if isinstance(event, Moved)] == [Moved(*move) for move in expected]
        check(heap)
        assert {handle: get(heap, handle) for handle in data} == data
        if done.done:
            break
        if random.random() < 0.3:
            handle = random.choice(list(data))
            if not heap.info(handle).locks:
                heap.free(handle)
                del data[handle]
        elif random.random() < 0.3:
            length = random.randrange(1, 500)
            handle = heap.alloc(length)
            data[handle] = contents(handle, length)
            put(heap, handle, data[handle])
    assert heap.plan() == []
    assert heap.compact() == (0, 0, heap.stats().largest_free, True)


def test_an_unpinned_block_can_move_again(make):
    heap = make(1600)
    first, pinned = heap.alloc(160), heap.alloc(160)
    heap.lock(pinned)
    heap.free(first)
    assert heap.compact() == (0, 0, 1280, True)
    heap.unlock(pinned)
    assert [move.dst for move in heap.plan()] == [0]
    assert heap.compact() == (160, 1, 1440, True)


def test_a_block_hops_over_a_pin(make):
    heap = make(1600)
    a, b, c = heap.alloc(160), heap.alloc(160), heap.alloc(160)
    heap.lock(b)
    heap.free(a)
    heap.compact()
    assert (heap.address(c), heap.address(b)) == (0, 160)


# --- discardable blocks --------------------------------------------------------------------------------------------------


def test_the_longest_unused_goes_first_and_is_saved_before(make):
    saved = {}
    heap = make(480)
    handles = [
        heap.alloc(160, discardable=True, on_discard=lambda handle, view: saved.__setitem__(handle, bytes(view))) for _ in "abc"
    ]
    for handle, letter in zip(handles, b"abc", strict=True):
        put(heap, handle, bytes([letter]) * 160)
    heap.touch(handles[0])
    heap.alloc(160)
    assert saved == {handles[1]: b"b" * 160}
    assert heap.is_discarded(handles[1])
    for call in (heap.view, heap.lock, heap.touch, heap.address):
        with pytest.raises(BlockDiscarded):
            call(handles[1])
    assert list(heap)[-1] == handles[1]
    check(heap)


def test_a_pinned_block_is_no_victim(make):
    heap = make(320)
    first, second = heap.alloc(160, discardable=True), heap.alloc(160, discardable=True)
    with heap.view(first):
        heap.alloc(160)
        assert (heap.is_discarded(first), heap.is_discarded(second)) == (False, True)
        with pytest.raises(OutOfMemory):
            heap.alloc(160)


def test_a_loader_may_fail_allocate_and_not_touch_its_block(make):
    heap = make(1600)
    told = []

    def loader(handle, view):
        for call in (heap.touch, heap.free, heap.discard, heap.lock, heap.view, lambda handle: heap.resize(handle, 5)):
            with pytest.raises(HeapBusy):
                call(handle)
        told.append(heap.alloc(16))
        heap.compact()
        view[:] = b"z" * len(view)
        if len(told) == 1:
            raise KeyError("the first time")

    handle = heap.alloc(100, discardable=True, loader=loader)
    heap.discard(handle)
    with pytest.raises(KeyError):
        heap.view(handle)
    assert heap.is_discarded(handle)
    check(heap)
    assert bytes(heap.view(handle)) == b"z" * 100
    assert heap.info(handle).locks == 0
    check(heap)


def test_a_reload_without_room_leaves_it_discarded(make):
    heap = make(160)
    handle = heap.alloc(100, discardable=True, loader=lambda handle, view: None)
    heap.alloc(100)
    with pytest.raises(OutOfMemory):
        heap.touch(handle)
    assert heap.is_discarded(handle)


def test_calls_from_within_are_refused_and_frees_put_off(make):
    heap = make(320)
    other = heap.alloc(16)

    def on_discard(handle, view):
        for call in (lambda: heap.alloc(1), heap.compact, lambda: heap.discard(other), lambda: heap.view(other)):
            with pytest.raises(HeapBusy):
                call()
        heap.free(other)

    heap.alloc(100, discardable=True, on_discard=on_discard)
    heap.alloc(300)
    assert other not in heap
    assert len(heap) == 2
    check(heap)


# --- resize --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(30))
def test_resize_succeeds_whenever_the_bytes_suffice(make, seed):
    random = Random(seed)
    heap, data = churned(make, random, size=8000)
    for _ in range(40):
        handle = random.choice(list(data))
        free = sum(block.size for block in heap.walk() if block.kind is Kind.FREE)
        limit = free + heap.info(handle).size
        length = random.choice([limit, limit + 1, random.randrange(limit + 1), random.randrange(200)])
        before = bases(heap)
        if length > limit:
            with pytest.raises(OutOfMemory):
                heap.resize(handle, length)
            assert bases(heap) == before
        else:
            assert heap.resize(handle, length) == handle
            kept = data[handle][:length]
            assert get(heap, handle)[: len(kept)] == kept
            data[handle] = kept + bytes(length - len(kept))
            put(heap, handle, data[handle])
        check(heap)
        assert {each: get(heap, each) for each in data} == data


def test_resize_under_a_pin(make):
    heap = make(1600)
    handle = heap.alloc(100)
    with heap.view(handle) as view:
        assert heap.resize(handle, 100) == handle
        with pytest.raises(HandlePinned):
            heap.resize(handle, 101)
        assert len(view) == 100


def test_a_resize_that_pins_forbid_discards_nothing(make):
    """There are bytes enough once the third block is gone, but on two sides of a pin."""
    heap = make(480)
    first, pinned, soft = heap.alloc(160), heap.alloc(160), heap.alloc(160, discardable=True)
    heap.lock(pinned)
    with pytest.raises(OutOfMemory):
        heap.resize(first, 320)
    assert not heap.is_discarded(soft)
    heap.unlock(pinned)
    assert heap.resize(first, 320) == first
    assert heap.is_discarded(soft)
    check(heap)


# --- views ---------------------------------------------------------------------------------------------------------------


def test_what_is_derived_from_a_view_pins(make):
    heap = make(4000)
    gap, handle = heap.alloc(100), heap.alloc(100)
    heap.free(gap)
    address = heap.address(handle)
    view = heap.view(handle)
    part = view[10:20]
    view.release()
    array = np.asarray(part)[2:]
    del part, view
    array[:] = 7
    assert heap.compact().moves == 0
    assert heap.address(handle) == address
    for call in (heap.free, heap.discard, lambda handle: heap.resize(handle, 1)):
        with pytest.raises(HandlePinned):
            call(handle)
    assert heap.info(handle).locks == 1
    del array
    gc.collect()
    assert heap.info(handle).locks == 0
    assert heap.compact().moves == 1
    assert get(heap, handle)[12:20] == b"\7" * 8


def test_locks_and_views_do_not_cancel_each_other(make):
    heap = make(1000)
    handle = heap.alloc(10)
    view = heap.view(handle)
    with pytest.raises(HandleNotLocked):
        heap.unlock(handle)
    heap.lock(handle)
    heap.unlock(handle)
    with pytest.raises(HandleNotLocked):
        heap.unlock(handle)
    view.release()
    heap.free(handle)


def test_views_of_all_kinds(make):
    heap = make(1000)
    empty, handle = heap.alloc(0), heap.alloc(10)
    with heap.view(empty) as view:
        assert (view.nbytes, heap.info(empty).locks) == (0, 1)
    with heap.view(handle, readonly=True) as view:
        assert view.readonly
        assert (view.format, view.nbytes) == ("B", 10)
    assert not any(block.locks for block in heap.walk())


def test_lock_high_moves_out_of_the_way(make):
    heap = make(1600)
    handle, other = heap.alloc(100), heap.alloc(100)
    put(heap, handle, b"h" * 100)
    assert heap.lock(handle, high=True) == 1600 - 112
    assert get(heap, handle) == b"h" * 100
    heap.compact()
    assert heap.address(other) == 0
    check(heap)


def test_close_refuses_while_views_live(make):
    with make(1000) as heap:
        handle = heap.alloc(10)
        view = heap.view(handle)
        with pytest.raises(HandlePinned, match=f"{handle:#x}"):
            heap.close()
        view.release()
    heap.close()
    with pytest.raises(HeapClosed):
        heap.alloc(1)
    assert handle not in heap


def test_what_is_behind_a_view_shows_no_other_block(make):
    """`view.obj` can be kept: it pins as well, or gives no bytes once the block is gone."""
    heap = make(160)
    handle = heap.alloc(160)
    view = heap.view(handle)
    behind = view.obj
    view.release()
    try:
        heap.free(handle)
    except HandlePinned:
        assert memoryview(behind).nbytes == 160
    else:
        with pytest.raises(BufferError):
            memoryview(behind)


# --- arena, growth, images -----------------------------------------------------------------------------------------------


def test_arenas_of_the_caller(make):
    memory = np.zeros(1000, np.uint8)
    heap = make(500, arena=memory)
    put(heap, heap.alloc(5), b"hello")
    assert memory[:5].tobytes() == b"hello"
    assert heap.arena.size == 512
    for capacity, options in ((1001, {"arena": memory}), (-1, {}), (5, {"align": 3}), (5, {"fill": 256})):
        with pytest.raises(ValueError):  # noqa: PT011 - each in its own words
            make(capacity, **options)


def test_grow_and_shrink(make):
    heap = make(320)
    low = heap.alloc(320)
    put(heap, low, b"l" * 320)
    with pytest.raises(OutOfMemory):
        heap.alloc(100)
    heap.grow(480)
    high = heap.alloc(480)
    put(heap, high, b"h" * 480)
    check(heap)
    assert heap.shrink() == 0
    heap.free(low)
    with pytest.raises(OutOfMemory):
        heap.alloc(321)
    heap.resize(high, 200)
    heap.compact()
    assert heap.address(high) == 0
    assert get(heap, high) == b"h" * 200
    check(heap)
    assert heap.shrink() == 496
    assert heap.arena.size == 320
    check(heap)


def test_an_image_is_the_heap(make, tmp_path):
    heap, data = churned(make, Random(5))
    gone = heap.alloc(100, discardable=True)
    heap.discard(gone)
    freed = heap.alloc(10)
    heap.free(freed)
    heap.alloc(10, movable=False)
    heap.save(tmp_path / "image")
    copy = make.load(tmp_path / "image", loader=lambda handle, view: view.__setitem__(slice(None), b"y" * 100))
    assert [block[:6] for block in copy.walk()] == [block[:6] for block in heap.walk()]
    assert {handle: get(copy, handle) for handle in data} == data
    assert freed not in copy
    assert copy.is_discarded(gone)
    assert bytes(copy.view(gone)) == b"y" * 100
    assert copy.alloc(10) not in data
    check(copy)
    assert os.listdir(tmp_path) == ["image"]


def test_a_damaged_image_is_refused(make, tmp_path):
    heap, _ = churned(make, Random(5), size=3000, rounds=30)
    path = tmp_path / "image"
    heap.save(path)
    whole = path.read_bytes()
    for size in (0, 5, 8, 40, 63, 64, 100, len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(HeapImageError):
            make.load(path)
    random = Random(1)
    for at in [*range(64), *(random.randrange(len(whole)) for _ in range(100))]:
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << random.randrange(8)]) + whole[at + 1 :])
        with pytest.raises(HeapImageError):
            make.load(path)
    path.write_bytes(whole)
    make.load(path)


# --- threads, traces -----------------------------------------------------------------------------------------------------


def test_threads_share_a_threadsafe_heap(make):
    heap, errors = make(200_000, threadsafe=True), []

    def work(seed):
        random, mine = Random(seed), {}
        try:
            for key in range(1500):
                if mine and random.random() < 0.5:
                    handle = random.choice(list(mine))
                    with heap.view(handle) as view:
                        assert bytes(view) == mine.pop(handle)
                    heap.free(handle)
                else:
                    handle = heap.alloc(random.randrange(300))
                    mine[handle] = contents(key + seed, heap.length(handle))
                    with heap.view(handle) as view:
                        view[:] = mine[handle]
                if key % 100 == 0:
                    heap.compact(max_bytes=5000)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    check(heap)
