"""Which hole serves a request: first, next, best or worst fit, as pure functions and as an indexed free list.

    holes in address order   [0x000 48] [0x100 16] [0x180 96] [0x400 32]      request of 32
    first  -> 0x000          the lowest address that is large enough
    next   -> from the rover on, then from the start
    best   -> 0x400          the smallest that is large enough
    worst  -> 0x180          the largest

Ties go to the lowest address. The pure functions state the rules, for any iterable of (base, size) in address order; the
methods of `Holes` obey the same rules faster.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator

Hole = tuple[int, int]
"""(base, size), in bytes."""

Fit = Callable[[Iterable[Hole], int, int], int | None]
"""`fit(holes, need, rover)` -> base of the hole to use, or None."""


def first(holes: Iterable[Hole], need: int, rover: int = 0) -> int | None:
    """The lowest hole that holds `need` bytes.

    >>> first([(0, 48), (256, 16), (384, 96), (1024, 32)], 32)
    0
    """
    return next((base for base, size in holes if size >= need), None)


def next_(holes: Iterable[Hole], need: int, rover: int = 0) -> int | None:
    """The first hole that starts at or behind `rover` and holds `need` bytes; none there: the first of all.

    >>> next_([(0, 48), (256, 16), (384, 96), (1024, 32)], 32, rover=300)
    384
    """
    lowest = None
    for base, size in holes:
        if size >= need:
            if base >= rover:
                return base
            if lowest is None:
                lowest = base
    return lowest


def best(holes: Iterable[Hole], need: int, rover: int = 0) -> int | None:
    """The smallest hole that holds `need` bytes.

    >>> best([(0, 48), (256, 16), (384, 96), (1024, 32)], 32)
    1024
    """
    return min(((size, base) for base, size in holes if size >= need), default=(0, None))[1]


def worst(holes: Iterable[Hole], need: int, rover: int = 0) -> int | None:
    """The largest hole, if it holds `need` bytes.

    >>> worst([(0, 48), (256, 16), (384, 96), (1024, 32)], 32)
    384
    """
    size, base = max(((size, -base) for base, size in holes), default=(-1, 0))
    return -base if size >= need else None


class Holes:
    """A free list in address order and in size order at once; neighbours are merged as they come.

    >>> holes = Holes([(0, 48), (256, 16)])
    >>> holes.add(48, 208)
    >>> list(holes)
    [(0, 272)]
    >>> holes.cut(0, 32)
    >>> list(holes), holes.free, holes.largest
    ([(32, 240)], 240, 240)
    """

    __slots__ = ("bases", "by_size", "free", "sizes")

    def __init__(self, holes: Iterable[Hole] = ()) -> None:
        self.sizes: dict[int, int] = {base: size for base, size in holes if size}
        self.bases = sorted(self.sizes)
        self.by_size = sorted((size, base) for base, size in self.sizes.items())
        self.free = sum(self.sizes.values())

    def __iter__(self) -> Iterator[Hole]:
        return ((base, self.sizes[base]) for base in self.bases)

    def __len__(self) -> int:
        return len(self.bases)

    @property
    def largest(self) -> int:
        return self.by_size[-1][0] if self.by_size else 0

    def add(self, base: int, size: int) -> None:
        """Free `size` bytes at `base`, merging with the holes on either side."""
        if not size:
            return
        self.free += size
        i = bisect_left(self.bases, base)
        if i < len(self.bases) and self.bases[i] == base + size:
            size += self._drop(i)
        if i and (below := self.bases[i - 1]) + self.sizes[below] == base:
            size += self._drop(i - 1)
            base = below
        self._insert(base, size)

    def cut(self, start: int, size: int) -> None:
        """Use `size` bytes at `start`, anywhere in a hole; what is left of it on either side stays free."""
        i = bisect_right(self.bases, start) - 1
        base = self.bases[i]
        end = base + self._drop(i)
        self.free -= size
        self._insert(base, start - base)
        self._insert(start + size, end - start - size)

    def first(self, need: int, rover: int = 0) -> int | None:
        large_enough = bisect_left(self.by_size, (need, -1))
        if len(self.by_size) - large_enough <= 32:
            return min((base for _, base in self.by_size[large_enough:]), default=None)
        sizes = self.sizes
        for base in self.bases:
            if sizes[base] >= need:
                return base
        return None

    def next_(self, need: int, rover: int = 0) -> int | None:
        if self.largest < need:
            return None
        i = bisect_left(self.bases, rover)
        sizes = self.sizes
        for base in self.bases[i:]:
            if sizes[base] >= need:
                return base
        return self.first(need)

    def best(self, need: int, rover: int = 0) -> int | None:
        i = bisect_left(self.by_size, (need, -1))
        return self.by_size[i][1] if i < len(self.by_size) else None

    def worst(self, need: int, rover: int = 0) -> int | None:
        return None if self.largest < max(need, 1) else self.best(self.largest)

    def _drop(self, i: int) -> int:
        base = self.bases.pop(i)
        size = self.sizes.pop(base)
        del self.by_size[bisect_left(self.by_size, (size, base))]
        return size

    def _insert(self, base: int, size: int) -> None:
        if size:
            insort(self.bases, base)
            insort(self.by_size, (size, base))
            self.sizes[base] = size


FITS: dict[str, Callable[[Holes, int, int], int | None]] = {
    "first": Holes.first,
    "next": Holes.next_,
    "best": Holes.best,
    "worst": Holes.worst,
}
