"""Speed, as ratios against peers that are measured in the same run: seconds differ from machine to machine, ratios hardly do.

    million      a million operations of the workload `uniform`, and the memory they cost
    replay       git-log on every heap of the shelf                  against the textbook heap
    churn        free a block at random, allocate another            against bytearrays, and bytes in a dict
    compaction   slide the blocks of a half-freed heap together      against one memmove of as many bytes

Contenders run by turns, and medians are compared, so that all of them meet the same weather.
"""

from __future__ import annotations

import gc
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from random import Random
from typing import NamedTuple

from .. import shelf
from ..replay import Replay
from ..textbook import Textbook
from ..trace import Trace
from .workloads import workload

Run = Callable[[], str]
"""What is timed; it returns a remark about what happened, or nothing."""

Prepare = Callable[[], Run]
"""Makes everything anew for one timing, untimed."""

SEED = 1992
LIVE = (1_000, 10_000)
"""Live blocks in `churn` and `compaction`."""


class Scale(NamedTuple):
    """How much is measured; `recorded` limits the operations of git-log."""

    repeats: int
    million: int
    recorded: int | None
    pairs: int
    """Frees, each with an allocation, in one timing of `churn`."""


FULL = Scale(repeats=5, million=1_000_000, recorded=None, pairs=20_000)
QUICK = Scale(repeats=3, million=50_000, recorded=5_000, pairs=2_000)


class Row(NamedTuple):
    """A contender: its median and what that comes to."""

    part: str
    contender: str
    seconds: float
    per_second: float
    unit: str
    """What is counted per second: "ops" or "bytes"."""
    ratio: float | None
    """The median divided by that of the part's reference: 2.0 takes twice as long. None where there is no peer."""
    note: str


def bench(scale: Scale = FULL, progress: Callable[[int, int], None] | None = None) -> list[Row]:
    """All parts, one after the other. `million` comes first, while the process is still small."""
    parts = [
        partial(million, scale),
        partial(replays, scale),
        *(partial(churn, scale, live) for live in LIVE),
        *(partial(compaction, scale, live) for live in LIVE),
    ]
    rows: list[Row] = []
    for done, part in enumerate(parts):
        if progress is not None:
            progress(done, len(parts))
        rows += part()
    return rows


def machine() -> dict[str, str | int]:
    """Where and when this is measured.

    >>> list(machine())
    ['python', 'processors', 'system', 'date']
    """
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "processors": os.cpu_count() or 1,
        "system": f"{platform.system()} {platform.machine()}",
        "date": time.strftime("%Y-%m-%d"),
    }


# --- the parts -----------------------------------------------------------------------------------------------------------


def million(scale: Scale) -> Iterator[Row]:
    """`uniform` on the textbook heap, once: ops/s, and by how much the peak of the process's memory grew."""
    trace = workload("uniform", seed=SEED, ops=scale.million)
    replay = Replay(trace, shelf.make("textbook", _room(trace)))
    gc.collect()
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")  # Linux forgets the peak so far, which making the trace has raised
    before, start = _peak_memory(), time.perf_counter()
    replay.run()
    seconds = time.perf_counter() - start
    grown = f"peak memory grew by {(_peak_memory() - before) >> 10:,} KiB" if before else ""
    yield Row(f"uniform, {len(trace):,} ops", "textbook", seconds, len(trace) / seconds, "ops", None, grown)


def replays(scale: Scale) -> Iterator[Row]:
    """git-log with a quarter more memory than it needs, with best fit where there is a choice; every byte is verified."""
    trace = workload("git-log", ops=scale.recorded)

    def prepare(name: str, fit: str | None) -> Run:
        recycles = shelf.make(name, 1 << 16).traits.recycles
        replay = Replay(trace, shelf.make(name, _room(trace, recycles=recycles), fit=fit))
        return lambda: f"{replay.run().refused:,} refused"

    contenders: dict[str, Prepare] = {}
    for name, entry in shelf.every():
        fit = "best" if "best" in entry.fits else None
        contenders[f"{name}, {fit} fit" if fit else name] = partial(prepare, name, fit)
    yield from compared(f"replay git-log, {len(trace):,} ops", contenders, scale.repeats, len(trace), "ops")


def churn(scale: Scale, live: int) -> Iterator[Row]:
    """Blocks of 16 to 1,024 bytes in an arena of three times the live bytes; all of them are written before the clock starts."""
    random = Random(SEED)
    sizes = _sizes(random, live)
    plan = [(random.randrange(live), random.randint(16, 1024)) for _ in range(scale.pairs)]

    def arrays() -> Run:
        blocks = [bytearray(size) for size in sizes]

        def run() -> str:
            for i, size in plan:
                blocks[i] = bytearray(size)
            return ""

        return run

    def dictionary() -> Run:
        store = {i: bytes(size) for i, size in enumerate(sizes)}
        keys = list(store)

        def run() -> str:
            for fresh, (i, size) in enumerate(plan, live):
                del store[keys[i]]
                store[fresh] = bytes(size)
                keys[i] = fresh
            return ""

        return run

    def textbook() -> Run:
        heap, handles = _filled(sizes)

        def run() -> str:
            for i, size in plan:
                heap.free(handles[i])
                handles[i] = heap.alloc(size)
            return ""

        return run

    contenders = {"bytearray(n)": arrays, "dict of bytes": dictionary, "textbook": textbook}
    yield from compared(f"churn, {live:,} live blocks", contenders, scale.repeats, 2 * len(plan), "ops")


def compaction(scale: Scale, live: int) -> Iterator[Row]:
    """A heap in which every block was replaced once on average, and every second one is freed."""
    random = Random(SEED)
    sizes = _sizes(random, live)
    plan = [(random.randrange(live), random.randint(16, 1024)) for _ in range(live)]
    victims = random.sample(range(live), live // 2)

    def half_freed() -> Textbook:
        heap, handles = _filled(sizes)
        for i, size in plan:
            heap.free(handles[i])
            handles[i] = heap.alloc(size)
        for i in victims:
            heap.free(handles[i])
        return heap

    def textbook() -> Run:
        heap = half_freed()
        return lambda: f"{heap.compact().moves:,} blocks moved"

    amount = sum(block.size for block in half_freed().walk() if block.handle)

    def memmove() -> Run:
        memory = memoryview(bytearray(3 * amount))

        def run() -> str:
            memory[:amount] = memory[amount // 2 : amount // 2 + amount]
            return ""

        return run

    contenders = {"one memmove": memmove, "textbook": textbook}
    yield from compared(f"compaction, {len(victims):,} of {live:,} blocks freed", contenders, scale.repeats, amount, "bytes")


# --- the stopwatch -------------------------------------------------------------------------------------------------------


def compared(part: str, contenders: Mapping[str, Prepare], repeats: int, amount: int, unit: str) -> Iterator[Row]:
    """A row per contender; the first is the reference. `amount` is how many units each of them works through."""
    times: dict[str, list[float]] = {name: [] for name in contenders}
    notes: dict[str, str] = {}
    for _ in range(repeats):
        for name, prepare in contenders.items():
            run = prepare()
            gc.collect()
            start = time.perf_counter()
            notes[name] = run()
            times[name].append(time.perf_counter() - start)
    medians = {name: statistics.median(seconds) for name, seconds in times.items()}
    reference = next(iter(medians.values()))
    for name, seconds in medians.items():
        yield Row(part, name, seconds, amount / seconds, unit, seconds / reference, notes[name])


def _room(trace: Trace, *, recycles: bool = True) -> int:
    """A quarter more than a heap needs that wastes nothing; one that uses no memory twice needs all bytes ever asked for."""
    figures = trace.statistics()
    return (figures.peak_live_bytes if recycles else figures.total_bytes) * 5 // 4


def _sizes(random: Random, live: int) -> list[int]:
    return [random.randint(16, 1024) for _ in range(live)]


def _filled(sizes: list[int]) -> tuple[Textbook, list[int]]:
    """A textbook heap with these blocks, each of them written once, and their handles."""
    heap = Textbook(3 * sum(sizes))
    handles = [heap.alloc(size) for size in sizes]
    for handle, size in zip(handles, sizes, strict=True):
        heap.arena.fill(heap.address(handle), size, 0xFF)
    return heap, handles


def _peak_memory() -> int:
    """The most memory that the process had so far, in bytes; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
