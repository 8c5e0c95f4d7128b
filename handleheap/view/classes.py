"""What a block is to the eye: one of six classes, ordered by how much it restricts a compactor.

    .         d             m         L        F       T
    free  <  discardable <  movable < locked < fixed < table

Where one pixel shows several blocks, the largest class wins: what blocks a compaction is never hidden.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import NamedTuple

from ..block import NOWHERE, Block, Kind


class BlockClass(IntEnum):
    """The class of a block; the larger, the more restrictive. Its value is the code in every map."""

    FREE = 0
    DISCARDABLE = 1
    MOVABLE = 2
    LOCKED = 3
    FIXED = 4
    TABLE = 5

    @property
    def letter(self) -> str:
        """One letter for text maps."""
        return LETTERS[self]

    @property
    def label(self) -> str:
        """The word for a legend."""
        return self.name.lower()


LETTERS = ".dmLFT"
"""The letters of the classes, by class."""


OTHER_KINDS = {Kind.FREE: BlockClass.FREE, Kind.FIXED: BlockClass.FIXED, Kind.TABLE: BlockClass.TABLE}


class Tally(NamedTuple):
    """How many blocks of a class there are, and how many bytes they take, headers included."""

    blocks: int
    bytes: int


def classify(block: Block) -> BlockClass:
    """The class of a block as it is now: a lock outweighs that it could be discarded.

    >>> classify(Block(0, 64, Kind.MOVABLE, 8, 56, handle=3, discardable=1)).letter
    'd'
    >>> classify(Block(0, 64, Kind.MOVABLE, 8, 56, handle=3, discardable=1, locks=1)).label
    'locked'
    """
    if block.kind is Kind.MOVABLE:
        if block.locks:
            return BlockClass.LOCKED
        return BlockClass.DISCARDABLE if block.discardable else BlockClass.MOVABLE
    return OTHER_KINDS[block.kind]


def tally(blocks: Iterable[Block]) -> dict[BlockClass, Tally]:
    """Blocks and bytes per class, for legends; every class is there, the most restrictive first.

    Blocks without memory are not counted. Cost: one visit per block.
    """
    counts = [0] * len(BlockClass)
    sizes = [0] * len(BlockClass)
    for block in blocks:
        if block.base != NOWHERE:
            cls = classify(block)
            counts[cls] += 1
            sizes[cls] += block.size
    return {cls: Tally(counts[cls], sizes[cls]) for cls in reversed(BlockClass)}
