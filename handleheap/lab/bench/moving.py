"""Compaction: all of it, nothing of it, and a little at a time."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import repeat
from random import Random

from ... import Heap
from . import contenders as who
from .records import SEED, Remark, Result, Row, Scale, Step, figure
from .stopwatch import by_turns, own, quiet, ratio, rows, timed

STEP = 1 << 20
"""Bytes that a step of an incremental compaction may move."""
SMALL, CHEAP = 100_000, 3
"""Up to so many blocks a compiled heap is soon prepared, and there are three times as many timings."""
FEW = 3
"""Timings of what takes many seconds to prepare."""
CALLS = 200
"""Compactions of nothing in one timing."""
VIEWS = 100
"""Views held meanwhile."""


@contextmanager
def half_freed(heap_type: type[Heap], live: int) -> Iterator[tuple[Heap, list[int], int]]:
    """A heap in which each block was replaced once on average, and every second one has been freed.

    With it come the handles that are left, and where the highest block ended: up to there every byte has been written.
    """
    random = Random(SEED)
    with who.filled(heap_type, [who.small(random) for _ in range(live)]) as (heap, handles):
        who.churn(heap, handles, next(who.plans(random, live, live, who.small)))
        span = who.top(heap, handles)
        who.write(heap.arena.memory, span)
        random.shuffle(handles)
        for handle in handles[live // 2 :]:
            heap.free(handle)
        del handles[live // 2 :]
        yield heap, handles, span


def compact(scale: Scale) -> list[Step]:
    """Compaction, compiled.

    Each block is replaced once on average, so that the order of the tables says nothing about addresses. Then every second
    block is freed, at random, and `compact()` slides the rest together. The peer is the limit: `one memmove` of as many
    bytes, over half the way that the last block goes, in a buffer that was written like the heap's.
    """
    return [partial(_compact, "compiled", live, scale.repeats * (CHEAP if live <= SMALL else 1)) for live in scale.moving]


def pure_compact(scale: Scale) -> list[Step]:
    """Compaction, not compiled.

    The same in the plain Python source, over fewer timings.
    """
    return [partial(_compact, "pure", live, min(scale.repeats, FEW)) for live in scale.moving]


def _compact(name: str, live: int, repeats: int) -> Iterator[Result]:
    part = f"compaction, {name}, half of {live:,} blocks freed"
    if name not in who.ENGINES:
        yield Remark(part, "the engine is not compiled")
        return
    heap_name = f"{name} heap"
    times: dict[str, list[float]] = {"one memmove": [], heap_name: []}
    used, note = 0, ""
    for _ in range(repeats):
        with half_freed(who.ENGINES[name], live) as (heap, _, span):
            used = heap.stats().used
            seconds, moved = timed(heap.compact)
            note = f"{moved.moves:,} moves"
        times[heap_name].append(seconds)
        memory = memoryview(who.fresh(span))
        who.write(memory, span)
        times["one memmove"].append(timed(partial(_memmove, memory, used, (span - used) // 2))[0])
        del memory
    found = rows(part, times, used, "bytes", {heap_name: note})
    yield from found
    value = ratio(found, heap_name, "one memmove")
    assert value is not None
    yield figure(part, f"compaction, {name} / one memmove", value, "x", live)


def _memmove(memory: memoryview, size: int, way: int) -> None:
    memory[:size] = memory[way : way + size]


def settled(scale: Scale) -> list[Step]:
    """Nothing to move.

    A program may call `compact()` in every frame. Where nothing was freed, discarded, resized or unpinned since it was done,
    it must return at once, however many blocks there are, also while views hold some of them between free places.
    """
    return [partial(_settled, scale, name, heap_type) for name, heap_type in who.ENGINES.items()]


def _settled(scale: Scale, name: str, heap_type: type[Heap]) -> Iterator[Result]:
    part = f"nothing to move, {name}, half of {scale.large:,} blocks freed"

    def again(heap: Heap, times: int) -> None:
        for _ in repeat(None, times):
            heap.compact()

    with half_freed(heap_type, scale.large) as (heap, handles, _):
        views = [heap.view(handle) for handle in handles[:VIEWS]]
        heap.compact()
        held = by_turns(part, {f"{VIEWS} views held": partial(own(again), heap)}, repeat(CALLS, scale.turns), CALLS, "ops")
        del views
        heap.compact()
        bare = by_turns(part, {"no view held": partial(own(again), heap)}, repeat(CALLS, scale.turns), CALLS, "ops")
    for row, what in ((bare[0], ""), (held[0], ", views held")):
        yield row._replace(ratio=None)
        yield figure(part, f"nothing to move, {name}{what}", 1e6 * row.seconds / CALLS, "us", scale.large)


def steps(scale: Scale) -> list[Step]:
    """A little at a time.

    The heap of the compaction above is compacted by `compact(max_bytes=1 MiB)`, step by step until it is done. The first step
    comes right after half of the blocks were freed at once. Of every hundred steps one may take longer than p99. On a busy
    machine that one may have been made to wait; `p99, processor time` does not count this, and `worst`, the longest step of
    all runs, does.
    """
    return [partial(_steps, scale)]


def _steps(scale: Scale) -> Iterator[Result]:
    part = f"steps of 1 MiB, compiled, half of {scale.large:,} blocks freed"
    if who.COMPILED is None:
        yield Remark(part, "the engine is not compiled")
        return
    runs: list[list[float]] = []
    works: list[list[float]] = []
    for _ in range(scale.repeats):
        with half_freed(who.COMPILED, scale.large) as (heap, _, _), quiet():
            run: list[float] = []
            work: list[float] = []
            done = False
            while not done:
                began, start = time.thread_time(), time.perf_counter()
                done = heap.compact(max_bytes=STEP).done
                run.append(time.perf_counter() - start)
                work.append(time.thread_time() - began)
        runs.append(run)
        works.append(work)
    middle = statistics.median(seconds for run in runs for seconds in run)
    yield Row(part, "a step in the middle", middle, 1 / middle, "ops", None, f"{len(runs[0]):,} steps")
    for what, value in (
        ("p99", statistics.median(map(_p99, runs))),
        ("p99, processor time", statistics.median(map(_p99, works))),
        ("the longest of a run", statistics.median(map(max, runs))),
        ("the first", statistics.median(run[0] for run in runs)),
        ("worst", max(map(max, runs))),
    ):
        yield figure(part, f"steps of 1 MiB, compiled, {what}", 1e3 * value, "ms", scale.large)


def _p99(run: list[float]) -> float:
    return sorted(run)[math.ceil(0.99 * len(run)) - 1]
