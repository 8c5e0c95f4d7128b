"""The cells of a map whose blocks come and go one at a time: codes, owners and pixels, brought up to date where they changed.

    blocks    |    7     |3|   9    |            5              |
    cells     [ 7 ][ 7 ][ shared ][ 9 ][ 5 ][ 5 ][ 5 ][ 5 ][ 5 ][5]
               one owner each      few blocks touch these: sets

A cell that one block fills has an owner. A cell that blocks share has a set of them for each class, and shows the highest.
Codes are those of `strip.bands`, pixels those of `band_picture`. While moves are told one by one, blocks lie over others
that have yet to move: a block that leaves takes its own cells with it, not those that another has taken over.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Collection, Iterator, Sequence

from .palette import INK, OUTLINE, PERIOD, Pattern, pattern_at
from .picture import picture_height
from .strip import ROOMY

REACH = ROOMY - 1
"""So far, in cells, a change reaches: whether a stretch is roomy, and whether a line stands before it."""

ROOM = bytes(REACH)
STRETCH = re.compile(rb"(.)\1{%d,}" % REACH, re.DOTALL)
"""A run of equal codes that is hatched."""

BEGINS, ENDS, SHARED = 1, 2, 4
"""Flags of a cell: a roomy block begins there, some block ends there, blocks share it."""
BOUNDARY = re.compile(rb"[^\x00\x04]")
SHARED_CELL = re.compile(rb"[\x04-\x07]")

Extent = tuple[int, int, int, int]
"""The cells that a block touches, first and behind the last, and between them those that it fills."""


class Cells:
    """`rows` bands of `width` cells for the addresses from `start` to `end`, of which those from `low` to `high` are memory.

    Blocks are known by keys, which are not 0.
    """

    def __init__(
        self,
        width: int,
        rows: int,
        row_height: int,
        window: tuple[int, int],
        memory: tuple[int, int],
        hatches: Sequence[Pattern],
        thin: bool,
    ) -> None:
        if width < 1 or row_height < 1 or rows < 1:
            raise ValueError(f"{rows} bands of {width} x {row_height} pixels: there is nothing to see inside the frame")
        self.width, self.rows, self.row_height, self.thin = width, rows, row_height, thin
        self.start, self.end = window
        self.count = count = width * rows
        self.codes = bytearray(count)
        self.pixels = bytearray((OUTLINE,)) * ((width + 2) * picture_height(rows, row_height))
        self.slices = self.cells = 0
        """Stretches of bands that were painted, and their cells: what the picture has cost so far."""
        self._filled = bytearray(count)
        """The class of the block that fills a cell."""
        self._owners = array("q", bytes(8 * count))
        self._sharing: dict[int, set[int]] = {}
        """By cell * 8 + class, the keys of those that touch a cell and do not fill it."""
        self._flags = bytearray(count + 1)
        self._begin, self._end = array("L", [0]) * (count + 1), array("L", [0]) * (count + 1)
        """Roomy blocks that begin, and blocks that end, in a cell."""
        self._inked = [
            [(y, hatched(hatch, code, width, y)) for y in range(PERIOD) if "#" in hatch.value[y]]
            for code, hatch in enumerate(hatches)
        ]
        self._dirty: list[tuple[int, int]] = [(0, count)]
        inside = self.extent(memory[0], memory[1] - memory[0]) or (0, 0, 0, 0)
        self._limit = inside[2]
        """The cell in which memory ends. Before it begins there is nobody, as behind a block."""
        self._count(self._end, inside[0], ENDS, 1)

    def extent(self, base: int, size: int) -> Extent | None:
        """None for a block outside the window."""
        low, high, n = max(base, self.start) - self.start, min(base + size, self.end) - self.start, self.end - self.start
        if low >= high:
            return None
        low, high = low * self.count, high * self.count
        return low // n, -(-low // n), high // n, -(-high // n)

    # --- blocks ----------------------------------------------------------------------------------------------------------

    def lay(self, key: int, base: int, size: int, code: int) -> None:
        """A block is there from now on. Cost: a slice, and the cells at its edges."""
        extent = self.extent(base, size)
        if extent is None:
            return
        _, first, last, _ = extent
        if first < last:
            n = last - first
            self._owners[first:last] = array("q", (key,)) * n
            self._filled[first:last] = self.codes[first:last] = bytes((code,)) * n
            self._changed(first, last)
        for cell in edges(extent):
            self._sharing.setdefault(cell << 3 | code, set()).add(key)
            self._flags[cell] |= SHARED
            self._settle(cell)
        self._bound(extent, 1)

    def lift(self, key: int, base: int, size: int, code: int) -> None:
        """A block that lay there with this code is gone. Cost: a slice, and the cells at its edges."""
        extent = self.extent(base, size)
        if extent is None:
            return
        _, first, last, _ = extent
        if first < last:
            n = last - first
            if self._owners[first:last] == array("q", (key,)) * n:
                self._clear(first, last)
            else:
                for cell in range(first, last):
                    if self._owners[cell] == key:
                        self._clear(cell, cell + 1)
            self._changed(first, last)
        for cell in edges(extent):
            sharing = self._sharing[cell << 3 | code]
            sharing.remove(key)
            if not sharing:
                del self._sharing[cell << 3 | code]
                self._settle(cell)
        self._bound(extent, -1)

    def keys(self, cell: int) -> Collection[int]:
        """The blocks of the class that a cell shows; none where it is free, and more than one only where blocks share it."""
        code = self.codes[cell]
        return self._sharing.get(cell << 3 | code) or ((self._owners[cell],) if code else ())

    def _clear(self, first: int, last: int) -> None:
        n = last - first
        self._owners[first:last] = array("q", bytes(8 * n))
        self._filled[first:last] = self.codes[first:last] = bytes(n)

    def _changed(self, first: int, last: int) -> None:
        """Filled cells have changed. Where one is shared, too, a block lies over another that has yet to move."""
        self._dirty.append((first, last))
        for found in SHARED_CELL.finditer(self._flags, first, last):
            self._settle(found.start())

    def _settle(self, cell: int) -> None:
        """The code of a cell that is, or was, shared."""
        code = next((code for code in (5, 4, 3, 2, 1) if cell << 3 | code in self._sharing), 0)
        if not code:
            self._flags[cell] &= ~SHARED
        code = max(code, self._filled[cell])
        if self.codes[cell] != code:
            self.codes[cell] = code
            self._dirty.append((cell, cell + 1))

    def _bound(self, extent: Extent, change: int) -> None:
        """The ends of a block, for the lines of the picture. Both are rounded down, as those of spans are."""
        first, _, end, _ = extent
        if end - first >= ROOMY and first:
            self._count(self._begin, first, BEGINS, change)
        self._count(self._end, end, ENDS, change)

    def _count(self, counts: array[int], cell: int, flag: int, change: int) -> None:
        counts[cell] += change
        if bool(counts[cell]) != bool(self._flags[cell] & flag):
            self._flags[cell] ^= flag
            self._dirty.append((cell, cell + 1))

    # --- picture ---------------------------------------------------------------------------------------------------------

    def repaint(self) -> None:
        """Bring the pixels up to date. Cost: the cells that have changed, and `REACH` more on either side."""
        at = 0
        for first, last in merged(self._dirty, self.count):
            at = first
            while at < last:
                row, x = divmod(at, self.width)
                stop = min(self.width, x + last - at)
                self._paint(row, x, stop)
                self.slices += 1
                self.cells += stop - x
                at += stop - x
        self._dirty.clear()

    def _paint(self, row: int, x0: int, x1: int) -> None:
        """The pixels of a stretch of a band."""
        left, right, at = max(0, x0 - REACH), min(self.width, x1 + REACH), row * self.width
        codes = self.codes[at + left : at + right]
        tile = [codes[:] for _ in range(PERIOD)]
        for run in STRETCH.finditer(codes):
            a, b = run.span()
            for y, ink in self._inked[codes[a]]:
                tile[y][a:b] = ink[left + a : left + b]
        for x in self._lines(at + max(x0, 1), at + x1):
            for pixels in tile:
                pixels[x - at - left] = OUTLINE
        parts = [pixels[x0 - left : x1 - left] for pixels in tile]
        stride, n = self.width + 2, x1 - x0
        place = (row * (self.row_height + 1) + 1) * stride + 1 + x0
        for y in range(self.row_height):
            self.pixels[place : place + n] = parts[y % PERIOD]
            place += stride

    def _lines(self, first: int, last: int) -> Iterator[int]:
        """The cells with a separator: a roomy block begins there, or roomy free memory behind a block."""
        codes, flags = self.codes, self._flags
        for found in BOUNDARY.finditer(flags, first, last):
            x = found.start()
            room = x + ROOMY <= self._limit and codes[x + 1 : x + ROOMY] == ROOM and not flags[x + 1] & ENDS
            if (room or flags[x] & BEGINS) and (not self.thin or codes[x] <= max(codes[x - 1], codes[x + 1])):
                yield x


def edges(extent: Extent) -> set[int]:
    """The cells that a block touches and does not fill: two at most."""
    x0, first, last, x1 = extent
    found = {x0} if x0 < first else set()
    if last < x1:
        found.add(x1 - 1)
    return found


def hatched(hatch: Pattern, code: int, width: int, y: int) -> bytes:
    """A row of pixels of a class that is hatched from end to end."""
    return bytes(code + INK * pattern_at(hatch, x, y) for x in range(width))


def merged(ranges: list[tuple[int, int]], count: int) -> Iterator[tuple[int, int]]:
    """The ranges with what they reach, in order; those that meet are one.

    >>> list(merged([(40, 41), (0, 2), (8, 20)], 43))
    [(0, 25), (35, 43)]
    """
    end = start = -1
    for first, last in sorted(ranges):
        first, last = max(0, first - REACH), min(count, last + REACH)
        if first > end:
            if start < end:
                yield start, end
            start = first
        end = max(end, last)
    if start < end:
        yield start, end
