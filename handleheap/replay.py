"""A trace played on a heap, every byte written and verified: what the figures of the lab and the demos come from.

Each block is filled at birth with bytes that belong to its id, and they are compared when it is resized, reloaded or freed,
and at the end. A refused allocation is counted and skipped with all later operations on its id; a refused resize, touch or
lock is counted, and the block stays as it is; the unlock of a refused lock is skipped.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import NamedTuple

from .errors import HeapCorrupt, OutOfMemory
from .events import fan_out
from .metrics import Counter, fragmentation, measure
from .protocols import Heap
from .trace import Op, Trace

Progress = Callable[[int, int], None]
"""`progress(done, total)`, in operations; called now and then."""

_PERIOD = 65_521
_STREAM = Random(1992).randbytes(_PERIOD) * 2


def contents(key: int, size: int) -> bytes:
    """The `size` bytes that belong to block `key` (its id in the trace); a shorter piece is the beginning of a longer one.

    >>> contents(7, 4) == contents(7, 100_000)[:4] != contents(8, 4)
    True
    """
    start = key * 40_503 % _PERIOD
    if size <= _PERIOD:
        return _STREAM[start : start + size]
    period = _STREAM[start : start + _PERIOD]
    return (period * (size // _PERIOD + 1))[:size]


class Refusal(NamedTuple):
    """The first request that a heap could not serve. `op` counts from 1; sizes in bytes."""

    op: int
    wanted: int
    free: int
    largest_free: int
    lacking: str = ""
    """What ran out, if it was not memory: a handle, a selector."""


class Result(NamedTuple):
    """What a replay came to. Bytes, but for counts and the ratios `utilisation` and `external`."""

    heap: str
    capacity: int
    ops: int
    refused: int
    compactions: int
    moves: int
    bytes_moved: int
    discards: int
    reloads: int
    searches: int
    peak_live_bytes: int
    """The most that the blocks in memory had asked for at one time; discarded ones do not count."""
    heap_bytes: int
    """The high-water mark: the highest address that a block ever reached."""
    utilisation: float
    """peak_live_bytes / heap_bytes"""
    live_at_end: int
    """What the blocks that nobody freed have asked for, discarded ones included."""
    free: int
    largest_free: int
    external: float
    """External fragmentation at the end: 1 − largest_free / free."""
    first_refusal: Refusal | None


class Replay:
    """`trace` on `heap`, step by step or at once. `every` compacts after each so many operations.

    >>> from handleheap.textbook import Textbook
    >>> from handleheap.trace import Trace
    >>> trace = Trace.build([("a", 0, 100), ("a", 1, 50), ("f", 0, 0), ("a", 2, 150)], name="small")
    >>> result = Replay(trace, Textbook(224)).run()
    >>> result.refused, result.compactions, result.bytes_moved
    (0, 1, 64)
    """

    def __init__(self, trace: Trace, heap: Heap, *, every: int | None = None) -> None:
        if every is not None and every < 1:
            raise ValueError(f"compacting every {every} operations: it must be at least 1")
        self.trace, self.heap, self.every = trace, heap, every
        self.counter = Counter()
        heap.tap = self.counter if heap.tap is None else fan_out([heap.tap, self.counter])
        self.handles: dict[int, int] = {}
        self.lengths: dict[int, int] = {}
        self.ids: dict[int, int] = {}
        self.skipped: set[int] = set()
        self.done = 0
        self.refused = 0
        self.first_refusal: Refusal | None = None
        self.refusal: Refusal | None = None
        """The last one."""
        self.refused_locks: dict[int, int] = {}
        self.live = self.peak = self.high_water = 0
        self._ops = iter(trace)
        self._refused_op: Op | None = None
        self._verbs: dict[str, Callable[[int, int], None]] = {
            "a": self._alloc,
            "r": self._resize,
            "f": self._free,
            "l": self._lock,
            "u": self._unlock,
            "d": self._discardable,
            "t": self._touch,
            "c": self._compact,
        }

    def step(self) -> bool:
        """Play one operation; False if there is none left. Raises HeapCorrupt if a block lost its contents."""
        op = next(self._ops, None)
        if op is None:
            return False
        verb, key, size = op
        self.done += 1
        self._refused_op = None
        try:
            self._verbs[verb](key, size)
        except OutOfMemory as error:
            self.refused += 1
            self.refusal = Refusal(self.done, error.wanted, error.free, error.largest_free, getattr(error, "what", ""))
            self.first_refusal = self.first_refusal or self.refusal
            self._refused_op = op
        if self.every is not None and self.done % self.every == 0:
            self.heap.compact()
        self._count()
        return True

    def _count(self) -> None:
        """Bring peak and high-water mark up to date."""
        counter, resident = self.counter, self.live
        if counter.discards:
            resident -= sum([self.lengths[self.ids[block.handle]] for block in self.heap.discarded()])
        if resident > self.peak:
            self.peak = resident
        if counter.highest > self.high_water:
            self.high_water = counter.highest

    def retry(self) -> bool:
        """Play the operation that was refused just now once more. If it is served, it does not count as refused any longer.

        False if it is refused again, or if the last operation was not refused.
        """
        if self._refused_op is None:
            return False
        verb, key, size = self._refused_op
        self.skipped.discard(key)
        if verb == "l":
            self.refused_locks[key] -= 1
        try:
            self._verbs[verb](key, size)
        except OutOfMemory:
            return False
        self._refused_op = None
        self.refused -= 1
        self._count()
        return True

    def run(self, until: int | None = None, progress: Progress | None = None) -> Result:
        """Play on to operation `until` (counted from 1), or to the end; then verify all blocks."""
        total = len(self.trace) if until is None else min(until, len(self.trace))
        while self.done < total and self.step():
            if progress is not None and self.done % 512 == 0:
                progress(self.done, total)
        for key in self.handles:
            self._verify(key, self.lengths[key])
        if progress is not None:
            progress(self.done, total)
        return self.result()

    def result(self) -> Result:
        """The figures as they stand now. Cost: one walk."""
        counter, now = self.counter, measure(self.heap)
        return Result(
            heap=self.heap.traits.name,
            capacity=self.heap.arena.size,
            ops=self.done,
            refused=self.refused,
            compactions=counter.compactions,
            moves=counter.moves,
            bytes_moved=counter.bytes_moved,
            discards=counter.discards,
            reloads=counter.reloads,
            searches=counter.searches,
            peak_live_bytes=self.peak,
            heap_bytes=self.high_water,
            utilisation=self.peak / self.high_water if self.high_water else 0.0,
            live_at_end=self.live,
            free=now.free,
            largest_free=now.largest_free,
            external=fragmentation(now.free, now.largest_free),
            first_refusal=self.first_refusal,
        )

    # --- the verbs of a trace --------------------------------------------------------------------------------------------

    def _alloc(self, key: int, size: int) -> None:
        self.skipped.add(key)
        handle = self.heap.alloc(size, loader=self._load)
        self.skipped.discard(key)
        self.handles[key] = handle
        self.lengths[key] = 0
        self.ids[handle] = key
        self._fill(key, size)

    def _resize(self, key: int, size: int) -> None:
        if key in self.skipped:
            return
        if key not in self.handles:
            self._alloc(key, size)
        elif size == 0:
            self._free(key, 0)
        else:
            old = self.handles[key]
            self.heap.touch(old)
            handle = self.heap.resize(old, size)
            del self.ids[old]
            self.handles[key] = handle
            self.ids[handle] = key
            self._fill(key, size)

    def _free(self, key: int, _: int) -> None:
        if key in self.handles:
            self._verify(key, self.lengths[key])
            handle = self.handles.pop(key)
            self.heap.free(handle)
            del self.ids[handle]
            self.live -= self.lengths.pop(key)

    def _lock(self, key: int, _: int) -> None:
        if key in self.handles:
            self.refused_locks[key] = self.refused_locks.get(key, 0) + 1
            self.heap.lock(self.handles[key])
            self.refused_locks[key] -= 1

    def _unlock(self, key: int, _: int) -> None:
        if self.refused_locks.get(key):
            self.refused_locks[key] -= 1
        elif key in self.handles:
            self.heap.unlock(self.handles[key])

    def _discardable(self, key: int, _: int) -> None:
        if key in self.handles and self.heap.traits.discards:
            self.heap.set_discardable(self.handles[key], 1)

    def _touch(self, key: int, _: int) -> None:
        if key in self.handles:
            self.heap.touch(self.handles[key])

    def _compact(self, _: int, __: int) -> None:
        self.heap.compact()

    # --- contents --------------------------------------------------------------------------------------------------------

    def _fill(self, key: int, size: int) -> None:
        """Verify what the block has kept of its old length, write the rest, and count."""
        old = self.lengths[key]
        kept = min(old, size)
        self._verify(key, kept)
        block = self.heap.info(self.handles[key])
        self.heap.arena.view(block.body + kept, size - kept)[:] = contents(key, size)[kept:]
        self.lengths[key] = size
        self.live += size - old
        self.high_water = max(self.high_water, block.base + block.size)

    def _verify(self, key: int, size: int) -> None:
        handle = self.handles[key]
        if self.heap.is_discarded(handle):
            return
        if bytes(self.heap.arena.view(self.heap.address(handle), size)) != contents(key, size):
            where = f"operation {self.done:,} of {self.trace.name}"
            raise HeapCorrupt("contents survive", f"block {key} (handle {handle:#x}) holds other bytes at {where}")

    def _load(self, handle: int, memory: memoryview) -> None:
        memory[:] = contents(self.ids[handle], len(memory))
