"""Victim orders: which discardable block goes first. Blocks in, those that may go out.

`.plan.pure`  victim orders touch nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

from .block import Block


def lru(blocks: Iterable[Block]) -> list[Block]:
    """The least recently used first; ties go to the lowest address."""
    return sorted(_candidates(blocks), key=lambda block: (block.age, block.base))


def address(blocks: Iterable[Block]) -> list[Block]:
    """From the bottom of memory up, as the classic Mac OS purges (Inside Macintosh: Memory)."""
    return sorted(_candidates(blocks), key=lambda block: block.base)


def priority(blocks: Iterable[Block]) -> list[Block]:
    """The largest `Block.discardable` first; among equals the least recently used."""
    return sorted(_candidates(blocks), key=lambda block: (-block.discardable, block.age, block.base))


def _candidates(blocks: Iterable[Block]) -> Iterable[Block]:
    return (block for block in blocks if block.may_go)


VICTIMS = {"lru": lru, "address": address, "priority": priority}
