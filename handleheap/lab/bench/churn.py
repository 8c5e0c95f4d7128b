"""Alloc and free. The docstring of a part is its explanation on the page of results."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from importlib.util import find_spec
from itertools import islice
from random import Random

from ...errors import OutOfMemory
from . import contenders as who
from .records import SEED, Figure, Remark, Result, Row, Scale, Step, figure
from .stopwatch import ratio

FAST = 4
"""A compiled contender is timed over so many times the pairs of a slow one."""
SHARED_LIMIT = 100_000
"""More blocks would take the heap of multiprocessing minutes."""
WIDE_LIMIT = 100_000
"""Wide blocks have 7.7 KiB on average."""


def churn(scale: Scale) -> list[Step]:
    """Alloc and free, compiled.

    One of the live blocks is freed at random, and a new one of 16 to 1,024 bytes is allocated: that is a pair. Blocks are as
    many before as after, and three pairs per live block are played before the clock starts. The arena has three times the
    live bytes.

    `two no-op calls` makes the same two calls into an extension that does nothing: the loop, the list of handles and the
    price of a call, which nobody can avoid who is called from Python. What goes beyond it is the engine's own.
    `bytearray(n)` replaces a bytearray in a list. `numpy.empty` does so with arrays that are not cleared, and `malloc/free`
    calls the C library through ctypes.
    """
    return [partial(_churn, scale, live) for live in scale.lives]


def _churn(scale: Scale, live: int) -> Iterator[Result]:
    part = f"alloc+free, compiled, {live:,} live blocks"
    if who.COMPILED is None:
        yield Remark(part, "the engine is not compiled")
        return
    players: dict[str, who.Make] = {
        "bytearray(n)": who.bytearrays,
        "two no-op calls": partial(who.no_ops, who.IDLE),
        "compiled heap": partial(who.on_heap, who.COMPILED),
    }
    if find_spec("numpy"):
        players["numpy.empty"] = who.arrays
    else:
        yield Remark(part, "numpy is not installed")
    if os.name != "nt":
        players["malloc/free"] = who.malloc
    found = who.churned(part, players, live, FAST * scale.pairs, scale.turns)
    yield from found
    yield from _ratio(found, "alloc+free, compiled / bytearray", "compiled heap", "bytearray(n)", live)
    yield from _ratio(found, "alloc+free, compiled / two no-op calls", "compiled heap", "two no-op calls", live)


def pure(scale: Scale) -> list[Step]:
    """Alloc and free, not compiled.

    The same in the plain Python source, which serves where there was no C compiler. `dict of bytes` deletes a key and stores
    new bytes under a new one: what programs do that have no heap. `multiprocessing.heap` is the one heap in Python's own
    library, and in Python too. The textbook heap is there to be read.
    """
    return [partial(_pure, scale, live) for live in scale.lives]


def _pure(scale: Scale, live: int) -> Iterator[Result]:
    part = f"alloc+free, pure, {live:,} live blocks"
    players: dict[str, who.Make] = {"dict of bytes": who.dictionary, "pure heap": partial(who.on_heap, who.PURE)}
    if live <= SHARED_LIMIT:
        players["multiprocessing.heap"] = who.shared
    if live in scale.slow:
        players["textbook"] = who.textbook
    found = who.churned(part, players, live, scale.pairs, scale.turns)
    yield from found
    yield from _ratio(found, "alloc+free, pure / dict of bytes", "pure heap", "dict of bytes", live)
    yield from _ratio(found, "alloc+free, multiprocessing.heap / pure", "multiprocessing.heap", "pure heap", live)


def wide(scale: Scale) -> list[Step]:
    """Alloc and free, a wide mix of sizes.

    Sizes from 16 bytes to 64 KiB, as many between 16 and 32 as between 32 and 64, and so on. Half of them are too large for
    the engine's quick lists, so its bins have to serve.
    """
    return [partial(_wide, scale, live) for live in scale.lives if live <= WIDE_LIMIT]


def _wide(scale: Scale, live: int) -> Iterator[Result]:
    part = f"alloc+free, 16 bytes to 64 KiB, {live:,} live blocks"
    players: dict[str, who.Make] = {"bytearray(n)": who.bytearrays}
    players |= {f"{name} heap": partial(who.on_heap, heap_type) for name, heap_type in who.ENGINES.items()}
    yield from who.churned(part, players, live, scale.pairs, scale.turns, who.wide)


def tight(scale: Scale) -> list[Step]:
    """A tight arena.

    The arena has 1.1 times the most that is ever live, each size rounded up to 16 bytes. No request may be refused: the heap
    has to compact itself in time. What that costs is in the times, against the same heap with three times the live bytes.
    """
    return [partial(_tight, scale, live) for live in scale.lives if live <= WIDE_LIMIT]


def _tight(scale: Scale, live: int) -> Iterator[Result]:
    for name, heap_type in who.ENGINES.items():
        part = f"alloc+free, arena of 1.1 x peak, {name}, {live:,} live blocks"
        pairs = scale.pairs * (FAST if name == "compiled" else 1)
        room = peak(live, pairs, scale.turns) * 11 // 10 // who.ALIGN * who.ALIGN
        roomy, full = f"{name} heap, arena of 3 x", f"{name} heap, arena of 1.1 x"
        players: dict[str, who.Make] = {
            roomy: partial(who.on_heap, heap_type),
            full: partial(who.on_heap, heap_type, capacity=room),
        }
        refused = 0
        try:
            found = who.churned(part, players, live, pairs, scale.turns)
            yield from found
            yield from _ratio(found, f"slowdown at 1.1 x peak, {name}", full, roomy, live)
        except OutOfMemory as error:
            refused = 1
            yield Remark(part, f"{name} heap: {error}")
        yield figure(part, f"refused at 1.1 x peak, {name}", refused, "", live)


def peak(live: int, pairs: int, turns: int) -> int:
    """The most bytes that `churned` ever has live, each size rounded up."""

    def rounded(size: int) -> int:
        return -(-size // who.ALIGN) * who.ALIGN

    random = Random(SEED)
    sizes = [who.small(random) for _ in range(live)]
    now = most = sum(map(rounded, sizes))
    for plan in islice(who.plans(random, live, pairs, who.small), 1 + who.WARM * live // pairs + turns):
        for i, size in plan:
            now += rounded(size) - rounded(sizes[i])
            sizes[i] = size
            most = max(most, now)
    return most


def _ratio(found: list[Row], what: str, contender: str, peer: str, live: int) -> Iterator[Figure]:
    value = ratio(found, contender, peer)
    if value is not None:
        yield figure(found[0].part, what, value, "x", live)
