"""What the engine costs beside time: bytes of state, the import, and a cache of bytes against a well-known one."""

from __future__ import annotations

import statistics
import tracemalloc
from array import array
from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec
from itertools import islice
from random import Random
from typing import Any

from . import contenders as who
from .process import elsewhere, forget_peak, peak_memory
from .records import SEED, Remark, Result, Scale, Step, figure
from .stopwatch import rows, timed

TRACED = 100_000
"""Blocks of the pure heap: each of its integers is written down by tracemalloc, which takes its time."""
FIRST = 1_000
"""So many blocks are there before a share per block is looked at."""


def state(scale: Scale) -> list[Step]:
    """State per block.

    The bytes that the engine keeps beside the arena, divided by live blocks, in a heap in which each block was replaced once.
    Tables grow as blocks come; `at its worst` is the largest share while the heap grows from 1,000 blocks on. The compiled
    engine tells its tables in `stats().table`; the pure one keeps Python integers in them, so tracemalloc counts what it
    allocates.
    """
    return [partial(_state, scale, name) for name in who.ENGINES]


def _state(scale: Scale, name: str) -> Iterator[Result]:
    live = min(scale.large, TRACED) if name == "pure" else scale.large
    part = f"state per block, {name}"
    random = Random(SEED)
    sizes = [who.small(random) for _ in range(live)]
    handles = array("q", bytes(8 * live))  # the client's handles are not the engine's state
    arena = who.fresh(3 * sum(sizes) // who.ALIGN * who.ALIGN)
    if name == "pure":
        tracemalloc.start()
    try:
        heap = who.ENGINES[name](len(arena), arena=arena)
        table: Callable[[], int] = (
            (lambda: tracemalloc.get_traced_memory()[0]) if name == "pure" else (lambda: heap.stats().table)
        )
        worst, look = 0.0, min(FIRST, live)
        for i, size in enumerate(sizes, 1):
            handles[i - 1] = heap.alloc(size)
            if i >= look:
                worst = max(worst, table() / i)
                look += max(look // 8, 1)
        for plan in islice(who.plans(random, live, 1_000, who.small), max(live // 1_000, 1)):
            who.churn(heap, handles, plan)  # type: ignore[arg-type]
        del plan
        steady = table() / live
        heap.close()
    finally:
        tracemalloc.stop()
    yield figure(part, f"state per block, {name}", steady, "bytes", live)
    yield figure(part, f"state per block, {name}, at its worst", max(worst, steady), "bytes", live)


# --- the import ----------------------------------------------------------------------------------------------------------

IMPORT = """
import os, time
os.environ["HANDLEHEAP_ENGINE"] = arguments[0]
start = time.perf_counter()
import handleheap
result = 1000 * (time.perf_counter() - start), handleheap.engine, sum(name.split(".")[0] == "numpy" for name in sys.modules)
"""


def imported(scale: Scale) -> list[Step]:
    """Import.

    `import handleheap` in a new interpreter, with all that it brings and the interpreter did not have; the start of Python
    itself is not in it. The files are in the cache of the system.
    """
    return [partial(_imported, scale, name) for name in who.ENGINES]


def _imported(scale: Scale, name: str) -> Iterator[Result]:
    part = f"import, {name}"
    runs = [elsewhere(IMPORT, name) for _ in range(1 + scale.turns)][1:]
    assert {engine for _, engine, _ in runs} == {name}
    yield figure(part, f"import handleheap, {name}", statistics.median(ms for ms, _, _ in runs), "ms")
    yield figure(part, f"import handleheap, {name}, the fastest", min(ms for ms, _, _ in runs), "ms")
    yield figure(part, f"numpy loaded by the import, {name}", max(numpy for _, _, numpy in runs), "")


# --- a cache -------------------------------------------------------------------------------------------------------------

CACHE = "from handleheap.lab.bench.memory import use\nresult = use(*arguments)"
GETS = 20_000


def cache(scale: Scale) -> list[Step]:
    """A cache.

    Values of 16 to 1,024 bytes under a bound in bytes, the longest unused goes first: `BlobCache`, which keeps them in a
    heap, and `cachetools.LRUCache`, which keeps bytes objects. Four times as many bytes are put in as the bound lets stay;
    then values that are there are got at random. `BlobCache` gives a view that pins the value and can be let go, the other
    the object itself. Each runs in an interpreter of its own, whose peak memory is divided by the bound.
    """
    return [partial(_cache, scale)]


def _cache(scale: Scale) -> Iterator[Result]:
    part = f"cache of {scale.budget >> 10:,} KiB"
    kinds = {"cachetools.LRUCache": "cachetools", "BlobCache": ""}
    if not find_spec("cachetools"):
        del kinds["cachetools.LRUCache"]
        yield Remark(part, "cachetools is not installed")
    found: dict[str, list[tuple[float, float, int]]] = {kind: [] for kind in kinds}
    for _ in range(scale.repeats):
        for kind in kinds:
            found[kind].append(elsewhere(CACHE, kind, scale.budget))
    yield from rows(f"{part}, get", {kind: [get for get, _, _ in runs] for kind, runs in found.items()}, GETS, "ops")
    yield from rows(f"{part}, put", {kind: [put for _, put, _ in runs] for kind, runs in found.items()}, 1, "ops")
    for kind, runs in found.items():
        if memory := statistics.median(peak for _, _, peak in runs):
            yield figure(part, f"peak memory / bound, {kind}", memory / scale.budget, "x")


def use(kind: str, budget: int) -> tuple[float, float, int]:
    """Seconds of `GETS` hits, seconds of one put that evicts, and by how many bytes the peak of the process's memory grew."""

    def put(plan: list[tuple[int, int]]) -> None:
        for key, size in plan:
            store[key] = source[:size]

    def get(keys: list[int]) -> None:
        for key in keys:
            store[key]

    random = Random(SEED)
    source = b"\xff" * 1024
    many = 4 * budget // 520
    plan = [(key, who.small(random)) for key in range(many)]
    store: Any
    if kind == "BlobCache":
        from ...cache import BlobCache

        store = BlobCache(budget)
    else:
        from cachetools import LRUCache

        store = LRUCache(budget, getsizeof=len)
    forget_peak()
    before = peak_memory()
    put(plan[: many // 2])
    putting, _ = timed(lambda: put(plan[many // 2 :]))
    there = list(store)
    keys = [random.choice(there) for _ in range(GETS)]
    get(keys)
    getting, _ = timed(lambda: get(keys))
    return getting, putting / (many - many // 2), peak_memory() - before
