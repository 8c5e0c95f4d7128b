"""The stopwatch: contenders run by turns, medians are compared, and the garbage collector waits outside.

    compared    each contender is made anew for each timing
    by_turns    each goes on where it stopped, with new work that is the same for all

The first contender of a table is the one that the ratios compare with.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FunctionType
from typing import Any, TypeVar

from .records import Row

Run = Callable[[], str]
"""What is timed; it returns a remark about what happened, or nothing."""
Prepare = Callable[[], Run]
"""Makes everything anew for one timing, untimed."""
Times = Mapping[str, Sequence[float]]
"""Seconds of every timing, by contender; the first contender is the reference."""

T = TypeVar("T")


@contextmanager
def quiet() -> Iterator[None]:
    """No garbage collection inside, and none of what there is now looked at again."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


def timed(run: Callable[[], T]) -> tuple[float, T]:
    """Seconds of one call, and what it returned."""
    with quiet():
        start = time.perf_counter()
        result = run()
        return time.perf_counter() - start, result


def own(function: Callable[..., T]) -> Callable[..., T]:
    """A copy of a Python function with inline caches of its own.

    The interpreter specialises code for the types it meets, and all closures of a `def` share that. Two contenders in the same
    loop would spoil it for each other.
    """
    assert isinstance(function, FunctionType)
    copy: Any = FunctionType(
        function.__code__.replace(), function.__globals__, function.__name__, function.__defaults__, function.__closure__
    )
    return copy  # type: ignore[no-any-return]


def compared(part: str, contenders: Mapping[str, Prepare], repeats: int, amount: int, unit: str) -> list[Row]:
    """A row per contender; the first is the reference. `amount` is how many units each of them works through."""
    times: dict[str, list[float]] = {name: [] for name in contenders}
    notes: dict[str, str] = {}
    for _ in range(repeats):
        for name, prepare in contenders.items():
            run = prepare()
            seconds, notes[name] = timed(run)
            times[name].append(seconds)
    return rows(part, times, amount, unit, notes)


def by_turns(part: str, contenders: Mapping[str, Callable[[T], object]], work: Iterable[T], amount: int, unit: str) -> list[Row]:
    """A row per contender; the first is the reference. Each of them does all the `work`, one timing for each piece.

    Pieces are small and many: a moment in which the machine is busy with something else then meets all contenders.
    """
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for piece in work:
        with quiet():
            for name, run in contenders.items():
                start = time.perf_counter()
                run(piece)
                times[name].append(time.perf_counter() - start)
    return rows(part, times, amount, unit)


def rows(part: str, times: Times, amount: int, unit: str, notes: Mapping[str, str] | None = None) -> list[Row]:
    """The medians as rows.

    >>> [(row.contender, row.ratio) for row in rows("a part", {"a": [1, 9, 2], "b": [1, 1, 1]}, 10, "ops")]
    [('a', 1.0), ('b', 0.5)]
    """
    medians = {name: statistics.median(seconds) for name, seconds in times.items()}
    reference = next(iter(medians.values()))
    return [
        Row(part, name, seconds, amount / seconds, unit, seconds / reference, (notes or {}).get(name, ""))
        for name, seconds in medians.items()
    ]


def ratio(found: Iterable[Row], contender: str, peer: str) -> float | None:
    """How many times longer one contender of a table takes than another; None where one of them is not there."""
    seconds = {row.contender: row.seconds for row in found}
    return seconds[contender] / seconds[peer] if contender in seconds and peer in seconds else None
