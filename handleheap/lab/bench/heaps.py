"""The heaps of the shelf: a million operations, a recorded program, and the textbook heap beside Python's own memory."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from functools import partial
from random import Random

from ... import shelf
from ...replay import Replay
from ...textbook import Textbook
from ...trace import Trace
from ..workloads import workload
from . import contenders as who
from .process import forget_peak, give_back, peak_memory
from .records import SEED, Remark, Result, Row, Scale, Step
from .stopwatch import Prepare, Run, compared


def uniform(scale: Scale) -> list[Step]:
    """A million operations on the textbook heap.

    The workload `uniform`, once: the rate, and by how much the peak of the process's memory grew, where the system tells.
    """
    return [partial(_uniform, scale)]


def _uniform(scale: Scale) -> Iterator[Result]:
    trace = workload("uniform", seed=SEED, ops=scale.million)
    replay = Replay(trace, shelf.make("textbook", _room(trace)))
    gc.collect()
    give_back()
    forgotten = forget_peak()  # making the trace has raised it
    before, start = peak_memory(), time.perf_counter()
    replay.run()
    seconds = time.perf_counter() - start
    grown = f"peak memory grew by {(peak_memory() - before) >> 10:,} KiB" if forgotten else ""
    yield Row(f"uniform, {len(trace):,} ops", "textbook", seconds, len(trace) / seconds, "ops", None, grown)


def replay(scale: Scale) -> list[Step]:
    """A recorded program on every heap.

    `git log` on every heap of the shelf, with a quarter more memory than it needs and best fit where there is a choice. Every
    byte is verified, so this says more about checking than about heaps.
    """
    return [partial(_replay, scale)]


def _replay(scale: Scale) -> Iterator[Result]:
    trace = workload("git-log", ops=scale.recorded)
    part = f"replay git-log, {len(trace):,} ops"

    def prepare(name: str, fit: str | None, room: int) -> Run:
        replay = Replay(trace, shelf.make(name, room, fit=fit))
        return lambda: f"{replay.run().refused:,} refused"

    contenders: dict[str, Prepare] = {}
    for name, entry in shelf.every():
        recycles = shelf.make(name, entry.needed(1 << 16)).traits.recycles
        room = entry.needed(_room(trace, recycles=recycles))
        try:
            shelf.make(name, room)
        except ValueError as error:
            yield Remark(part, f"{name}: {error}")
            continue
        fit = "best" if "best" in entry.fits else None
        contenders[f"{name}, {fit} fit" if fit else name] = partial(prepare, name, fit, room)
    yield from compared(part, contenders, scale.repeats, len(trace), "ops")


def textbook(scale: Scale) -> list[Step]:
    """The textbook heap.

    It is there to be read. Alloc and free as above, and compaction as above, in small.
    """
    return [
        *(partial(_churn, scale, live) for live in scale.slow),
        *(partial(_compaction, scale, live) for live in scale.slow),
    ]


def _churn(scale: Scale, live: int) -> Iterator[Result]:
    contenders: dict[str, who.Make] = {"bytearray(n)": who.bytearrays, "dict of bytes": who.dictionary, "textbook": who.textbook}
    yield from who.churned(f"churn, {live:,} live blocks", contenders, live, scale.pairs, scale.repeats, warm=0)


def _compaction(scale: Scale, live: int) -> Iterator[Result]:
    """A heap in which every block was replaced once on average, and every second one is freed."""
    random = Random(SEED)
    sizes = [who.small(random) for _ in range(live)]
    plan = next(who.plans(random, live, live, who.small))
    victims = random.sample(range(live), live // 2)

    def half_freed() -> Textbook:
        heap, handles = who.textbook_filled(sizes)
        who.churn(heap, handles, plan)
        for i in victims:
            heap.free(handles[i])
        return heap

    def textbook() -> Run:
        heap = half_freed()
        return lambda: f"{heap.compact().moves:,} blocks moved"

    amount = sum(block.size for block in half_freed().walk() if block.handle)

    def memmove() -> Run:
        memory = memoryview(bytearray(3 * amount))
        who.write(memory, len(memory))

        def run() -> str:
            memory[:amount] = memory[amount // 2 : amount // 2 + amount]
            return ""

        return run

    contenders: dict[str, Prepare] = {"one memmove": memmove, "textbook": textbook}
    yield from compared(f"compaction, {len(victims):,} of {live:,} blocks freed", contenders, scale.repeats, amount, "bytes")


def _room(trace: Trace, *, recycles: bool = True) -> int:
    """A quarter more than a heap needs that wastes nothing; one that uses no memory twice needs all bytes ever asked for."""
    figures = trace.statistics()
    return (figures.peak_live_bytes if recycles else figures.total_bytes) * 5 // 4
