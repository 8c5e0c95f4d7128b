"""Four threads and one `threadsafe` heap, switched as often as the interpreter can."""

import sys
import threading
from random import Random
from time import monotonic

import pytest

import handleheap
from handleheap import Heap
from handleheap.check import check
from handleheap.core.pure import load_pure
from handleheap.errors import HandlePinned, HeapBusy, OutOfMemory
from handleheap.replay import contents

MODES = {handleheap.engine: Heap, "pure": load_pure().Heap}
THREADS = 4


@pytest.fixture(params=list(MODES))
def make(request):
    return MODES[request.param]


@pytest.fixture(autouse=True)
def _restless():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def hammer(*workers):
    """Run each of them in a thread of its own; raise the first error of any."""
    errors = []
    start = threading.Barrier(len(workers))

    def run(worker):
        try:
            start.wait(10)
            worker()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(worker,), daemon=True) for worker in workers]
    for thread in threads:
        thread.start()
    end = monotonic() + 12
    for thread in threads:
        thread.join(max(0, end - monotonic()))
    assert not any(thread.is_alive() for thread in threads), "a thread hangs"
    if errors:
        raise errors[0]


def fill(heap, handle, data):
    with heap.view(handle) as view:
        view[:] = data


def test_contents_survive(make):
    heap, data = make(60_000, threadsafe=True), [{} for _ in range(THREADS)]

    def worker(seed):
        random, mine = Random(seed), data[seed]
        for key in range(seed, 40_000, THREADS):
            verb = random.random()
            handle = random.choice(list(mine)) if mine else 0
            if not handle or verb < 0.4:
                try:
                    new = heap.alloc(random.randrange(600))
                except OutOfMemory:
                    continue
                mine[new] = contents(key, heap.length(new))
                fill(heap, new, mine[new])
            elif verb < 0.7:
                with heap.view(handle) as view:
                    assert bytes(view) == mine.pop(handle)
                heap.free(handle)
            elif verb < 0.8:
                length = random.randrange(600)
                try:
                    heap.resize(handle, length)
                except OutOfMemory:
                    continue
                mine[handle] = contents(key, length)
                fill(heap, handle, mine[handle])
            elif verb < 0.9:
                address = heap.lock(handle)
                assert bytes(heap.arena.view(address, len(mine[handle]))) == mine[handle]
                assert heap.address(handle) == address
                heap.unlock(handle)
            else:
                heap.compact(max_bytes=random.choice([None, 100, 5000]))

    hammer(*[lambda seed=seed: worker(seed) for seed in range(THREADS)])
    check(heap)
    assert {handle: bytes(heap.view(handle)) for mine in data for handle in mine} == {
        handle: expected for mine in data for handle, expected in mine.items()
    }
    assert len(heap) == sum(map(len, data))


def test_asking_is_safe_while_others_work(make):
    """`len`, `stats`, `walk`, iteration and `plan` merge pending frees or follow links: they need the lock like all others."""
    heap, stop = make(40_000, threadsafe=True), threading.Event()

    def work(seed):
        random, mine = Random(seed), []
        try:
            for _ in range(12_000):
                if len(mine) > 20:
                    heap.free(mine.pop(random.randrange(len(mine))))
                else:
                    mine.append(heap.alloc(random.randrange(400)))
                if random.random() < 0.02:
                    heap.compact()
        finally:
            stop.set()

    def ask():
        while not stop.is_set():
            assert 0 <= len(heap) <= 100
            assert heap.stats().capacity == 40_000
            assert sum(block.size for block in heap.walk()) == 40_000
            assert len(set(heap)) <= 100
            heap.plan()

    hammer(lambda: work(1), lambda: work(2), lambda: work(3), ask)
    check(heap)


def test_discarding_and_loading(make):
    """Each thread has its own discardable blocks, more than fit; they come back with their contents, or their loader raises."""
    heap, tries = make(8_000, threadsafe=True), [0] * THREADS

    def worker(seed):
        random, mine = Random(seed), {}

        def load(handle, view):
            tries[seed] += 1
            view[:] = mine[handle]
            if tries[seed] % 3 == 0:
                raise KeyError(handle)

        for key in range(12):
            try:
                handle = heap.alloc(random.randrange(200, 500), discardable=True, loader=load)
            except OutOfMemory:
                continue
            mine[handle] = contents(key * THREADS + seed, heap.length(handle))
            try:
                fill(heap, handle, mine[handle])
            except (KeyError, OutOfMemory):
                continue
        heap.discard(min(mine))  # so that one has to come back, however the threads take turns
        for _ in range(4000):
            handle = random.choice(list(mine))
            try:
                with heap.view(handle) as view:
                    assert bytes(view) == mine[handle]
            except (KeyError, OutOfMemory):
                continue

    hammer(*[lambda seed=seed: worker(seed) for seed in range(THREADS)])
    check(heap)
    assert not any(block.locks for block in heap.walk())
    assert all(tries)


def test_one_block_is_viewed_and_locked_by_all(make):
    heap = make(4_000, threadsafe=True)
    heap.alloc(100)
    handle = heap.alloc(100)
    fill(heap, handle, b"s" * 100)

    def worker(seed):
        for _ in range(1000):
            with heap.view(handle) as view:
                part = view[seed:]
                assert part[0] == 115
                part.release()
            heap.lock(handle)
            heap.unlock(handle)
            heap.free(heap.alloc(50))
            heap.compact()

    hammer(*[lambda seed=seed: worker(seed) for seed in range(THREADS)])
    assert heap.info(handle).locks == 0
    check(heap)
    heap.free(handle)


def test_a_handle_freed_by_another_thread_is_told(make):
    """Whoever loses the race for a shared handle gets StaleHandle, not somebody else's block."""
    heap, shared = make(8_000, threadsafe=True), []

    def worker(seed):
        random = Random(seed)
        for _ in range(8000):
            if len(shared) < 8:
                shared.append(heap.alloc(random.randrange(64), discardable=True))
            try:
                handle = shared[random.randrange(len(shared))]
                (heap.touch, heap.free, heap.length, heap.is_discarded, lambda handle: heap.view(handle).release())[
                    random.randrange(5)
                ](handle)
                if handle not in heap:
                    shared.remove(handle)
            except (LookupError, ValueError):  # StaleHandle is a LookupError; another was quicker to pick or to remove
                pass
            except HandlePinned:
                pass

    hammer(*[lambda seed=seed: worker(seed) for seed in range(THREADS)])
    check(heap)
    assert len(heap) == len(list(heap))


def test_a_loader_that_runs_in_one_thread_is_busy_in_another(make):
    heap, inside, go_on = make(1000, threadsafe=True), threading.Event(), threading.Event()

    def loader(handle, view):
        inside.set()
        assert go_on.wait(10)
        view[:] = b"l" * 100

    handle = heap.alloc(100, discardable=True, loader=loader)
    heap.discard(handle)
    thread = threading.Thread(target=heap.touch, args=(handle,))
    thread.start()
    assert inside.wait(10)
    with pytest.raises(HeapBusy):
        heap.touch(handle)
    with pytest.raises(HeapBusy):
        heap.free(handle)
    other = heap.alloc(300)  # the lock is not held while a loader runs
    heap.free(other)
    go_on.set()
    thread.join(10)
    assert bytes(heap.view(handle)) == b"l" * 100
    check(heap)
