"""What a measurement is made of, and what is asked of it.

    Scale     how much is measured                      Row       a contender: its median, and its ratio to the first of its table
    Bar       what a figure must reach, and aims at     Figure    a number that is asked for, beside its bar
    Remark    what was left out, and why

A missed bar is told and changes nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeAlias

SEED = 1992


class Scale(NamedTuple):
    """How much is measured."""

    repeats: int
    """Timings of what is made anew for each of them."""
    turns: int
    """Timings of what goes on from one to the next, and costs little."""
    million: int
    """Operations of `uniform`."""
    recorded: int | None
    """The first so many operations of git-log; None means all."""
    pairs: int
    """Frees, each with an allocation, in one timing of a slow contender; of fast ones there are four times as many."""
    lives: tuple[int, ...]
    """Live blocks where alloc and free are timed."""
    moving: tuple[int, ...]
    """Blocks before half of them are freed and the rest is compacted."""
    slow: tuple[int, ...]
    """The same two for the textbook heap."""
    large: int
    """Blocks where one size will do."""
    budget: int
    """Bytes of a cache."""

    def at(self, live: int) -> Scale:
        """The same with this number of blocks everywhere."""
        return self._replace(lives=(live,), moving=(live,), slow=(live,), large=live)


FULL = Scale(
    repeats=5,
    turns=25,
    million=1_000_000,
    recorded=None,
    pairs=10_000,
    lives=(1_000, 100_000, 1_000_000),
    moving=(100_000, 1_000_000),
    slow=(1_000, 10_000),
    large=1_000_000,
    budget=32 << 20,
)
QUICK = Scale(
    repeats=3,
    turns=5,
    million=50_000,
    recorded=5_000,
    pairs=2_000,
    lives=(1_000, 10_000),
    moving=(10_000,),
    slow=(1_000,),
    large=10_000,
    budget=2 << 20,
)


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


class Bar(NamedTuple):
    """What a figure must reach, and aims at: no more than that, or no less where `at_least`."""

    must: float
    aim: float
    at_least: bool = False


ANY = 0
"""A bar for every number of blocks."""

BARS: dict[str, dict[int, Bar]] = {
    "alloc+free, compiled / bytearray": dict.fromkeys((1_000, 100_000, 1_000_000), Bar(0.8, 0.5)),
    "alloc+free, compiled / two no-op calls": {1_000: Bar(1.5, 1.15), 100_000: Bar(2.2, 1.7), 1_000_000: Bar(3, 2)},
    "alloc+free, pure / dict of bytes": {1_000: Bar(2.5, 1), 100_000: Bar(1.5, 1), 1_000_000: Bar(1.5, 1)},
    "alloc+free, multiprocessing.heap / pure": dict.fromkeys((1_000, 100_000), Bar(8, 15, at_least=True)),
    "with a view, compiled / memoryview slice": {ANY: Bar(1.3, 1.1)},
    "compaction, compiled / one memmove": {100_000: Bar(3.3, 1.8), 1_000_000: Bar(3, 1.5)},
    "compaction, pure / one memmove": dict.fromkeys((100_000, 1_000_000), Bar(20, 10)),
    "steps of 1 MiB, compiled, p99": {ANY: Bar(1, 0.4)},
    **{
        f"{what}, {name}{case}": {ANY: bar}
        for name in ("compiled", "pure")
        for what, cases, bar in (
            ("nothing to move", ("", ", views held"), Bar(10, 1)),
            ("state per block", ("", ", at its worst"), Bar(96, 56)),
            ("refused at 1.1 x peak", ("",), Bar(0, 0)),
            ("import handleheap", ("",), Bar(15, 5)),
            ("numpy loaded by the import", ("",), Bar(0, 0)),
        )
        for case in cases
    },
}
"""The table of what is asked: a figure, the number of blocks, the bar."""


class Figure(NamedTuple):
    """A number that is asked for, or one that is no time; `must`, `aim` and `holds` are None where there is no bar."""

    part: str
    what: str
    blocks: int | None
    value: float
    unit: str
    """"x" for a ratio, "us", "ms", "ns", "bytes", or "" for a count."""
    must: float | None
    aim: float | None
    at_least: bool
    """Whether more is better."""
    holds: str | None
    """"aim": reached. "yes": what must be is, the aim is missed. "no"."""


class Remark(NamedTuple):
    """Something that was left out, and why."""

    part: str
    text: str


Result: TypeAlias = Row | Figure | Remark
Step: TypeAlias = Callable[[], Iterable[Result]]
"""A piece of a part; the bar of progress moves between them."""


def figure(part: str, what: str, value: float, unit: str, blocks: int | None = None) -> Figure:
    """A figure beside its bar.

    >>> figure("churn", "alloc+free, compiled / bytearray", 0.6, "x", 1000)[5:]
    (0.8, 0.5, False, 'yes')
    >>> figure("pure", "alloc+free, multiprocessing.heap / pure", 16, "x", 1000).holds
    'aim'
    """
    bars = BARS.get(what, {})
    bar = bars.get(blocks or ANY) or bars.get(ANY)
    if bar is None:
        return Figure(part, what, blocks, value, unit, None, None, False, None)
    sign = -1 if bar.at_least else 1
    holds = "aim" if sign * value <= sign * bar.aim else "yes" if sign * value <= sign * bar.must else "no"
    return Figure(part, what, blocks, value, unit, *bar, holds)
