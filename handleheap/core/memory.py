"""What lies under the engine, uncompiled: the bytes of the arena, and room for tables. `memory.pyx` is the compiled twin."""

from __future__ import annotations

from array import array

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..arena import Arena


class Memory:
    """The bytes of an arena, by address."""

    __slots__ = ("arena", "first", "single")

    def __init__(self, arena: Arena) -> None:
        self.arena, self.first = arena, arena.memory
        self.single = arena.size == arena.memory.nbytes

    def move(self, src: int, dst: int, size: int) -> None:
        """Copy; the ranges may overlap."""
        if self.single:
            first = self.first
            first[dst : dst + size] = first[src : src + size]
        else:
            self.arena.move(src, dst, size)

    queue_move = move
    """A move of many, in order; all are done after `flush`. Compiled, its bytes come from memory while others are moved."""

    def flush(self) -> None:
        """Here nothing waits."""

    def fill(self, at: int, size: int, byte: int) -> None:
        self.arena.fill(at, size, byte)

    def any(self, counters: list[int]) -> bool:
        """Whether one of them is not 0."""
        return any(counters)

    def bits(self, n: int) -> int:
        """The number of binary digits of `n`."""
        return n.bit_length()

    def integer(self, n: int) -> int:
        """Compiled, the C integer of a Python one, which is what most calls begin with."""
        return n


def zeros(count: int) -> list[int]:
    """A table of its own."""
    return [0] * count


def enlarged(store: Any, count: int) -> Any:
    """The columns cell, word, extent, base, prev and next with `count` rows; what was there stays.

    What each call reads is a list, which answers three times as fast as an array; the rest is a quarter as large.
    """
    for column in store or (store := ([], [], *[array("q") for _ in range(4)])):
        column.extend([0] * (count - len(column)))
    return store


def columns(store: Any) -> Any:
    """The columns of what `enlarged` has made."""
    return store
