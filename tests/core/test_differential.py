"""The pure and the compiled engine are one source: one trace, one answer, one address at every step."""

from random import Random

import pytest

import handleheap
from handleheap import Heap
from handleheap.check import check
from handleheap.core.pure import load_pure
from handleheap.errors import HeapError
from handleheap.events import Recorder
from handleheap.replay import contents

PURE = load_pure().Heap
PAIRS = [
    pytest.param(PURE, PURE, id="pure-pure"),  # proves the driver: nothing in a trace depends on what is not in it
    pytest.param(
        PURE,
        Heap,
        id="pure-compiled",
        marks=pytest.mark.skipif(handleheap.engine != "compiled", reason="the extension is not built here"),
    ),
]
OPTIONS = [{}, {"align": 1}, {"align": 64}, {"fill": 0xEE}, {"threadsafe": True}]


class Driver:
    """Plays the same random calls on a heap, and tells what came of each."""

    def __init__(self, make, seed, options, folder, tapped):
        self.make, self.random, self.folder, self.serial = make, Random(seed), folder, 0
        self.heap, self.handles, self.locked, self.views = make(20_011, **options), [], [], []
        self.recorder = Recorder()
        self.tapped = tapped
        self.heap.tap = self.recorder if tapped else None

    def load(self, handle, view):
        view[:] = contents(handle & 0xFFFF, len(view))

    def saw(self, handle, view):
        self.told.append((handle, bytes(view)))

    def step(self):
        """(verb, answer or error, walk) of the next call."""
        self.told = []
        verb = self.random.choice(
            [
                "alloc",
                "alloc",
                "alloc",
                "alloc",
                "free",
                "free",
                "free",
                "resize",
                "lock",
                "unlock",
                "view",
                "drop",
                "touch",
                "discard",
                "compact",
                "some",
                "fixed",
                "soft",
                "ask",
            ]
        )
        handle = self.random.choice(self.handles) if self.handles else 0
        n = self.random.choice([self.random.randrange(200), self.random.randrange(3000)])
        try:
            answer = getattr(self, verb)(handle, n)
        except HeapError as error:
            answer = type(error).__name__, str(error)
        return verb, answer, self.told, list(self.heap.walk())

    def new(self, n, **options):
        handle = self.heap.alloc(n, **options)
        self.serial += 1
        self.heap.arena.view(self.heap.address(handle), n)[:] = contents(self.serial, n)
        self.handles.append(handle)
        return handle, self.heap.address(handle)

    def alloc(self, _, n):
        return self.new(n)

    def fixed(self, _, n):
        return self.new(n // 8, movable=False)

    def soft(self, handle, n):
        options = {"loader": self.load} if handle % 2 else {}
        return self.new(n, discardable=True, on_discard=self.saw, **options)

    def free(self, handle, _):
        return self.heap.free(handle)

    def resize(self, handle, n):
        return self.heap.resize(handle, n), self.heap.address(handle)

    def lock(self, handle, n):
        return self.heap.lock(handle, high=n % 2 == 0)

    def unlock(self, handle, _):
        return self.heap.unlock(handle)

    def view(self, handle, n):
        view = self.heap.view(handle, readonly=n % 2 == 0)
        self.views.append(view[: n % 50])
        return bytes(view)

    def drop(self, _, n):
        if self.views:
            self.views.pop(n % len(self.views)).release()

    def touch(self, handle, _):
        return self.heap.touch(handle)

    def discard(self, handle, _):
        return self.heap.discard(handle)

    def compact(self, _, n):
        plan = self.heap.plan() if n % 3 else None
        return plan, self.heap.compact()

    def some(self, _, n):
        return self.heap.compact(max_bytes=n if n % 2 else None, max_moves=n % 7)

    def ask(self, handle, n):
        if n % 20 == 0:
            self.heap.save(self.folder / "image")
            return (self.folder / "image").read_bytes(), list(self.make.load(self.folder / "image").walk())
        stats = self.heap.stats()._replace(table=0)
        return len(self.heap), list(self.heap), stats, handle in self.heap, self.heap.discarded(), self.heap.traits


@pytest.mark.parametrize("tapped", [False, True], ids=["silent", "tapped"])
@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_one_trace_one_answer(first, second, options, tapped, tmp_path):
    for seed in range(3):
        one, two = (Driver(make, seed, options, tmp_path, tapped) for make in (first, second))
        verbs = set()
        for at in range(500):
            before = one.random.getstate()
            mine, yours = one.step(), two.step()
            assert mine == yours, f"seed {seed}, step {at}, {mine[0]}"
            assert before != one.random.getstate() == two.random.getstate()
            verbs.add(mine[0])
        assert one.recorder.events == two.recorder.events
        assert bool(one.recorder.events) is tapped
        assert bytes(one.heap.arena.view(0, 20_000)) == bytes(two.heap.arena.view(0, 20_000))
        assert len(verbs) == 14
        check(one.heap)
        check(two.heap)
