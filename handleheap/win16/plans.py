"""What slides where: the two ways in which the global heap compacts, as pure functions over blocks.

    before            | fixed |  m  .  m . d  . |lock|  m . d . |
    for movable ones  | fixed |m m  .  .  .   d |lock|m   .   d |     movables down, trailing discardables up
    for a fixed one   | fixed |.  .  m m . d  . |lock|  m . d . |     the lowest movables up, until the hole below is wide enough

Nothing passes a pin: a fixed or locked block divides memory as a sandbar divides water (PETZ prog53e0, KB-Q61285 [S]). That a
discardable with a movable block above it goes down with it keeps the order, and is chosen.

`.plan.pure`  planners touch nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ..block import Block, Kind, Move

FREE = Kind.FREE


class Span(NamedTuple):
    """Memory between two pins, and the blocks in it that may move, in address order."""

    start: int
    end: int
    blocks: list[Block]

    @property
    def free(self) -> int:
        return self.end - self.start - sum([block.size for block in self.blocks])


def spans(blocks: Iterable[Block]) -> Iterator[Span]:
    """All spans in address order, those without a free byte included.

    >>> lay = [Block(0, 32, Kind.FREE, 0, 32), Block(32, 32, Kind.FIXED, 32, 32, 7), Block(64, 96, Kind.FREE, 64, 96)]
    >>> [(span.start, span.end, span.free) for span in spans(lay)]
    [(0, 32, 32), (64, 160, 96)]
    """
    start = end = 0
    between: list[Block] = []
    for block in blocks:
        if block.may_move:
            between.append(block)
        elif block.kind is not FREE:
            if block.base > start:
                yield Span(start, block.base, between)
            start, between = block.end, []
        end = block.end
    if end > start:
        yield Span(start, end, between)


def settle(blocks: Iterable[Block], fence: int) -> list[Move]:
    """Movables down, trailing discardables up, in every span. Nothing is lifted into the code reserve, above `fence`."""
    moves: list[Move] = []
    for span in spans(blocks):
        keep = len(span.blocks)
        while keep and span.blocks[keep - 1].discardable:
            keep -= 1
        low = span.start
        for block in span.blocks[:keep]:
            if block.base != low:
                moves.append(Move(block.handle, block.base, low, block.size))
            low += block.size
        high = max(low, min(span.end, fence))
        for block in reversed(span.blocks[keep:]):
            high -= block.size
            if high > block.base:
                moves.append(Move(block.handle, block.base, high, block.size))
            else:
                high = block.base
    return moves


def widen(blocks: Iterable[Block], need: int, below: int) -> list[Move]:
    """The lowest movables of the lowest span that has `need` bytes free, up; only as many as it takes. None that has: no moves.

    The hole, at the start of the span, must end at or below `below`.
    """
    for span in spans(blocks):
        if span.start + need > below:
            return []
        if span.free >= need:
            return _lift(span, need)
    return []


def _lift(span: Span, need: int) -> list[Move]:
    """Enough blocks, from the lowest on, that the gaps around them come to `need`; the highest of them moves first."""
    ends = [*(block.base for block in span.blocks), span.end]
    used = count = 0
    while ends[count] - span.start - used < need:
        used += span.blocks[count].size
        count += 1
    moves, high = [], ends[count]
    for block in reversed(span.blocks[:count]):
        high -= block.size
        if high > block.base:
            moves.append(Move(block.handle, block.base, high, block.size))
    return moves


def roomiest(blocks: Iterable[Block]) -> int:
    """The largest hole that there would be, in bytes, if everything that may be discarded went and the rest slid together."""
    return max((span.free + sum(b.size for b in span.blocks if b.may_go) for span in spans(blocks)), default=0)
