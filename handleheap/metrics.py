"""How well a heap uses its memory: a measure of the walk, and a counter of what happened.

|■■■■■■■■|    |■■■|  |■■■■■|          |      external fragmentation = 1 − largest free / free
 header                ▲ slack inside a block = internal waste
"""

from __future__ import annotations

from typing import NamedTuple

from .block import Kind
from .events import CompactEnded, Discarded, Event, Moved, Refused, Reloaded, RungTried
from .protocols import Heap


class Metrics(NamedTuple):
    """Bytes, but for the counts of blocks and holes and the ratio `external`."""

    blocks: int
    live: int
    """Lengths of all live blocks: what the client asked for, where the heap remembers it."""
    free: int
    largest_free: int
    holes: int
    external: float
    """External fragmentation, 0 (one hole) to 1 (dust)."""
    internal: int
    """Bytes inside live blocks that are neither length nor header."""
    headers: int
    tables: int
    """Handle tables and the like, inside the arena and outside."""
    pinned: int
    """Bytes of blocks that may not move now."""


def fragmentation(free: int, largest_free: int) -> float:
    """External fragmentation: the share of free memory outside the largest free block; 0 where nothing is free.

    >>> fragmentation(free=100, largest_free=25)
    0.75
    """
    return 1 - largest_free / free if free else 0.0


def measure(heap: Heap) -> Metrics:
    """Measure the heap as it is now. Cost: one walk."""
    traits = heap.traits
    blocks = list(heap.walk())
    holes = [b.size for b in blocks if b.kind is Kind.FREE]
    live = [b for b in blocks if b.handle]
    lengths = sum(b.length for b in live)
    headers = traits.header * len(live)
    handles = len(live) + len(heap.discarded())
    return Metrics(
        blocks=len(live),
        live=lengths,
        free=sum(holes),
        largest_free=max(holes, default=0),
        holes=len(holes),
        external=fragmentation(sum(holes), max(holes, default=0)),
        internal=sum(b.size for b in live) - lengths - headers,
        headers=headers,
        tables=sum(b.size for b in blocks if b.kind is Kind.TABLE) + traits.handle_bytes * handles,
        pinned=sum(b.size for b in live if not b.may_move),
    )


class Counter:
    """A tap that counts. `searches` counts how often the heap looked for a hole.

    `highest` is the end of the highest place to which a block was moved or reloaded.
    """

    def __init__(self) -> None:
        self.searches = self.compactions = self.moves = self.bytes_moved = 0
        self.discards = self.reloads = self.refusals = 0
        self.highest = 0

    def __call__(self, event: Event) -> None:
        match event:
            case RungTried():
                self.searches += 1
            case Moved():
                self.moves += 1
                self.bytes_moved += event.size
                self.highest = max(self.highest, event.dst + event.size)
            case CompactEnded():
                self.compactions += 1
            case Discarded():
                self.discards += 1
            case Reloaded():
                self.reloads += 1
                self.highest = max(self.highest, event.base + event.size)
            case Refused():
                self.refusals += 1
