"""What the memory of an operating system costs in Python: its calls beside the textbook heap's, its compaction beside memmoves.

    Calls, by_number     tables of calls, and how their costs grow with the number of blocks
    replaced … each      the loops that are timed
    slid                 compaction of a heap in which blocks and holes take turns

What is measured is imported by those who measure it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import islice
from random import Random
from typing import ClassVar, Protocol, TypeVar

from ...arena import Arena
from ...block import Block, Move
from ...compaction import runs
from ...textbook import Textbook
from . import contenders as who
from .records import SEED, Result, Row, Scale, figure
from .stopwatch import Prepare, Run, by_turns, compared, ratio

SHARE = 8
"""One of so many blocks is fixed, two are discardable."""
SLOW = 20
"""In one timing there are so many times fewer calls than pairs of other slow contenders."""
LARGE = 4_096
"""Bytes for which there is no room where a small block was."""

Call = Callable[[int], object]


class Calls(ABC):
    """A system and the textbook heap with `live` blocks each. All lists of handles have one length: a plan serves for any."""

    system: ClassVar[str]
    """Its name in titles."""

    def __init__(self, scale: Scale, live: int) -> None:
        self.live, self.turns, self.calls = live, scale.turns, max(scale.pairs // SLOW, 1)
        self.random = Random(SEED)
        self.few = few = live // SHARE
        self.sizes = sizes = [who.small(self.random) for _ in range(live)]
        self.textbook = Textbook(3 * sum(sizes) + LARGE)
        self.pin = partial(self.textbook.alloc, movable=False)
        self.pinned = [self.pin(size) for size in sizes[:few]]
        handles = [self.textbook.alloc(size, discardable=1, loader=lambda handle, view: None) for size in sizes[few:]]
        self.blocks, self.codes = handles[:few], handles[-few:]

    @abstractmethod
    def tables(self) -> Iterable[Callable[[], list[Row]]]:
        """All tables in their order; each leaves the heap as full as it was."""

    def rows(self) -> Iterator[Row]:
        for table in self.tables():
            yield from table()

    def plans(self, count: int, calls: int) -> Iterator[who.Plan]:
        return islice(who.plans(self.random, self.few, calls, who.small), count)

    def warm(self, players: Mapping[str, who.Play]) -> None:
        """Every block of the lists is replaced some times."""
        for plan in self.plans(who.WARM, self.few):
            for play in players.values():
                play(plan)

    def table(self, title: str, players: Mapping[str, who.Play]) -> list[Row]:
        """The usual turns."""
        return self.timed(title, players, self.plans(self.turns, self.calls), self.calls)

    def timed(self, title: str, players: Mapping[str, who.Play], work: Iterable[who.Plan], calls: int) -> list[Row]:
        return by_turns(f"{title}, {self.system}, {self.live:,} blocks", players, work, calls, "ops")


def by_number(scale: Scale, calls: type[Calls], most: int) -> Iterator[Result]:
    """The rows for each number of blocks, of which there are `most`, and the cost per call of the last to that of the first."""
    found: dict[int, list[Row]] = {}
    for live in sorted({max(SHARE, min(live, most)) for live in scale.slow}):
        found[live] = list(calls(scale, live).rows())
        yield from found[live]
    first, last = min(found), max(found)
    if first != last:
        for few, many in zip(found[first], found[last], strict=True):
            what = f"{few.contender}, {last:,} blocks / {first:,}"
            yield figure(f"cost per call, {calls.system}", what, few.per_second / many.per_second, "x")


# --- loops ---------------------------------------------------------------------------------------------------------------


def replaced(free: Call, alloc: Callable[[int], int], handles: list[int], plan: who.Plan) -> None:
    """Free, and allocate with another size."""
    for i, size in plan:
        free(handles[i])
        handles[i] = alloc(size)


def resized(resize: Callable[[int, int], object], blocks: list[tuple[int, int, int]], plan: who.Plan) -> None:
    """To another size, and back."""
    for i, _ in plan:
        handle, other, size = blocks[i]
        resize(handle, other)
        resize(handle, size)


def both(first: Call, second: Call, handles: list[int], plan: who.Plan) -> None:
    """What one call does, the other takes back."""
    for i, _ in plan:
        first(handles[i])
        second(handles[i])


def each(call: Call, handles: list[int], plan: who.Plan) -> None:
    """One call."""
    for i, _ in plan:
        call(handles[i])


# --- compaction ----------------------------------------------------------------------------------------------------------


def every_second_freed(alloc: Callable[[int], int], free: Call, live: int) -> None:
    """Blocks of 1,000 to 2,000 bytes, then blocks and holes by turns."""
    random = Random(SEED)
    handles = [alloc(random.randint(1_000, 2_000)) for _ in range(live)]
    for handle in handles[::2]:
        free(handle)


class System(Protocol):
    """What can be compacted."""

    @property
    def arena(self) -> Arena: ...

    def walk(self) -> Iterator[Block]: ...

    def plan(self) -> list[Move]: ...


Sys = TypeVar("Sys", bound=System)


def slid(
    what: str, make: Callable[[], Sys], name: str, compact: Callable[[Sys], object], live: int, repeats: int
) -> Iterator[Result]:
    """A compaction beside one who knows the moves beforehand: who walks once, and copies the same bytes."""

    def compacted() -> Run:
        system = make()
        moves = len(system.plan())

        def run() -> str:
            compact(system)
            return f"{moves:,} blocks moved"

        return run

    def copied() -> Run:
        system = make()
        memory, copies = system.arena.memory, list(runs(system.plan()))

        def run() -> str:
            list(system.walk())
            for src, dst, size in copies:
                memory[dst : dst + size] = memory[src : src + size]
            return f"{len(copies):,} runs"

        return run

    part = f"{what}, half of {live:,} blocks freed"
    amount = sum(move.size for move in make().plan())
    peer = "a walk, and a memmove a run"
    contenders: dict[str, Prepare] = {peer: copied, name: compacted}
    found = compared(part, contenders, repeats, amount, "bytes")
    yield from found
    value = ratio(found, name, peer)
    assert value is not None
    yield figure(part, f"{what} / a walk and memmoves", value, "x", live)
