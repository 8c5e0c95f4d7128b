"""The free blocks of a zone by address: an index that spares the search a walk over all blocks.

Neighbours stay apart until a search passes them, as in the zone itself.

`.bytes.truth`  a cache: the headers say the same, and `check` compares.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from ..errors import HeapCorrupt
from ..fit import Hole


class FreeList:
    """Base and size of each free block, in address order.

    >>> free = FreeList([(0x100, 16), (0x110, 24), (0x200, 48)])
    >>> free.run(0), free.run(2)
    (40, 48)
    """

    __slots__ = ("bases", "sizes")

    def __init__(self, blocks: list[Hole]) -> None:
        self.bases = [base for base, _ in blocks]
        self.sizes = dict(blocks)

    def holes(self) -> list[Hole]:
        return [(base, self.sizes[base]) for base in self.bases]

    def add(self, base: int, size: int) -> None:
        """One more. Raises HeapCorrupt where it would overlap another one."""
        i = bisect_left(self.bases, base)
        below = self.bases[i - 1] if i else None
        if (i < len(self.bases) and self.bases[i] < base + size) or (below is not None and below + self.sizes[below] > base):
            raise HeapCorrupt("a byte is free once", f"block at {base:#x}, field size: {size:#x}")
        self.bases.insert(i, base)
        self.sizes[base] = size

    def drop(self, base: int) -> int:
        """Forget a block; its size."""
        del self.bases[bisect_left(self.bases, base)]
        return self.sizes.pop(base)

    def replace(self, old: int, base: int, size: int) -> None:
        """The block at `old` begins at `base` now, with no other between them, and has another size."""
        self.bases[bisect_left(self.bases, old)] = base
        del self.sizes[old]
        self.sizes[base] = size

    def at_or_above(self, address: int) -> int:
        """The number of the first free block that begins there or above."""
        return bisect_left(self.bases, address)

    def run(self, i: int) -> int:
        """Bytes of the free blocks that stand side by side from number `i` on."""
        base, sizes = self.bases[i], self.sizes
        end = base + sizes[base]
        while end in sizes:
            end += sizes[end]
        return end - base

    def run_around(self, base: int) -> int:
        """The same for the whole run in which the block at `base` stands."""
        i = bisect_right(self.bases, base) - 1
        while i and self.bases[i - 1] + self.sizes[self.bases[i - 1]] == self.bases[i]:
            i -= 1
        return self.run(i)

    def largest(self) -> int:
        """The largest block, neighbours apart."""
        return max(self.sizes.values(), default=0)
