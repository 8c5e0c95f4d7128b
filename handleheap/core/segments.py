"""The arena of a heap that has grown: several memories, one space of addresses.

    0                     0x8000                          0xA000
    +----------------------+----+--------------------------+
    |   the base memory    |wall|  what `grow` has added   |
    +----------------------+----+--------------------------+

Each grown segment begins with a wall, a TABLE block of `align` bytes that no block crosses: so no range of a block ever has
to be put together from two memories, and nothing that is free is merged over a border.
"""

from __future__ import annotations

from bisect import bisect_right

from ..arena import Arena
from ..errors import ArenaBounds
from .words import FIXED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .table import Table


class Segments(Arena):
    """The memories `parts`, one after the other. A range may be looked at only within one of them."""

    __slots__ = ("parts", "starts")

    def __init__(self, parts: list[memoryview], name: str) -> None:
        super().__init__(parts[0], name=name)
        self.parts = parts
        self.starts = [sum(part.nbytes for part in parts[:i]) for i in range(len(parts))]
        self.size = sum(part.nbytes for part in parts)

    def view(self, address: int, size: int) -> memoryview:
        if address < 0 or size < 0 or address + size > self.size:
            raise ArenaBounds(self.name, address, size, self.size)
        at = bisect_right(self.starts, address) - 1
        start = address - self.starts[at]
        if start + size > self.parts[at].nbytes:
            raise ArenaBounds(f"{self.name}, segment {at}", start, size, self.parts[at].nbytes)
        return self.parts[at][start : start + size]


def add(table: Table, n: int, arena: Any) -> None:
    """A segment of `n` bytes behind the last one. Raises ValueError for an arena that is too small."""
    align = table.mask + 1
    if n < 0:
        raise ValueError(f"a segment of {n} bytes: the size cannot be negative")
    part = Arena(((n + align - 1) & -align) + align if arena is None else arena).memory
    if part.nbytes < max(n, 2 * align):
        raise ValueError(f"an arena of {part.nbytes:,} bytes is too small for {n:,} more")
    part = part[: part.nbytes & -align]
    table.reserve(2)
    at = table.capacity
    table.parts.append(part)
    table.adopt(Segments(table.parts, table.arena.name))
    table.wall(at)
    table.append(at + align, part.nbytes - align)


def remove(table: Table) -> int:
    """Take away the segments at the end in which nothing lies; returns their bytes."""
    if table.pending():
        table.drain()
    given = 0
    while len(table.parts) > 1:
        last = table.prev[0]
        wall = table.prev[last]
        if not table.is_free(last) or table.cell[wall] > 0 or table.word[wall] != FIXED:
            break
        table.unbin(last)
        for i in (last, wall):
            table.unlink(i)
            table.recycle(i)
        given += table.parts.pop().nbytes
        name = table.arena.name
        table.adopt(Arena(table.parts[0], name=name) if len(table.parts) == 1 else Segments(table.parts, name))
        table.lowest, table.low = table.next[0], 0
    return given
