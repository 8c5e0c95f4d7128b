"""A compaction as it is seen: blocks glide in the strip, one after the other, although they have long arrived."""

from __future__ import annotations

from collections.abc import Sequence

from handleheap.block import Block, Move
from handleheap.view.livemap import sliding
from handleheap.view.picture import band_picture

from .world import MAP_HEIGHT, MAP_ROWS, MAP_WIDTH

GLIDE = 0.6
"""Seconds that it takes, however much is moved."""


class Slide:
    """The moves of one command, over the blocks as they are behind it."""

    def __init__(self, after: Sequence[Block], moves: Sequence[Move], low: int, high: int) -> None:
        sources: dict[int, int] = {}
        for move in moves:
            sources.setdefault(move.handle, move.src)
        moved_back = (block._replace(base=sources.get(block.handle, block.base)) for block in after if block.handle in sources)
        still = (block for block in after if block.handle not in sources and block.handle)
        self._before = sorted([*moved_back, *still], key=lambda block: block.base)
        self._moves, self._range, self._time = list(moves), (low, high), 0.0

    @property
    def over(self) -> bool:
        return self._time >= GLIDE

    def tick(self, seconds: float) -> None:
        """Let time pass."""
        self._time += seconds

    def pixels(self) -> bytes:
        """The strip as it looks now."""
        blocks = sliding(self._before, self._moves, min(1.0, self._time / GLIDE))
        low, high = self._range
        return bytes(band_picture(blocks, MAP_WIDTH, MAP_ROWS, MAP_HEIGHT, start=low, end=high))
