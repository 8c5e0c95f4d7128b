"""The heap as rows of class codes, one byte per pixel: what every picture is painted from.

    blocks   |free |  movable   |fixed|        free         |
    strip    00000022222222222224444440000000000000000000000

Pixel x of a strip shows the addresses from start + x·n/width up to start + (x+1)·n/width, n = end − start. Of all the
blocks it touches, the most restrictive class is shown, so that no live block vanishes, however small. Blocks come in
address order, as `walk()` yields them; addresses that no block owns are shown as free.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from ..block import NOWHERE, Block
from .classes import BlockClass, classify

ROOMY = 6
"""From this width on, in pixels, a stretch is hatched and a block separated from the next by a line."""


class Span(NamedTuple):
    """The pixels x0 up to x1 (not included) in which `block` is the one to point at."""

    x0: int
    x1: int
    cls: BlockClass
    handle: int
    block: Block


def window(blocks: Iterable[Block], start: int, end: int | None) -> tuple[int, int]:
    """The address range of a picture: `end` defaults to the end of the last block.

    Raises ValueError for a negative start and for an end before it.
    """
    if end is None:
        end = max((block.end for block in blocks if block.base != NOWHERE), default=start)
        end = max(start, end)
    if start < 0 or end < start:
        raise ValueError(f"{start:#x} to {end:#x} is no range of addresses")
    return start, end


def covered(blocks: Iterable[Block], width: int, start: int, end: int) -> Iterator[tuple[int, int, Block]]:
    """Each block of the window with the pixels it touches, x0 up to x1; neighbours may touch the same pixel."""
    n = end - start
    for block in blocks:
        low, high = max(block.base, start) - start, min(block.end, end) - start
        if low < high and block.base != NOWHERE:
            yield low * width // n, -(-high * width // n), block


def strip(blocks: Sequence[Block], width: int, *, start: int = 0, end: int | None = None) -> bytearray:
    """The class codes of `width` pixels. Raises ValueError for a width below 1. Cost: O(blocks + width).

    >>> from handleheap.block import Kind
    >>> heap = [Block(0, 32, Kind.FIXED, 0, 32), Block(32, 32, Kind.FREE, 32, 0), Block(64, 64, Kind.MOVABLE, 64, 64)]
    >>> list(strip(heap, 8))
    [4, 4, 0, 0, 2, 2, 2, 2]
    >>> list(strip(heap, 2))
    [4, 2]
    """
    if width < 1:
        raise ValueError(f"a strip of {width} pixels: the width must be at least 1")
    start, end = window(blocks, start, end)
    codes = bytearray(width)
    for x0, x1, block in covered(blocks, width, start, end):
        code = classify(block)
        if codes[x0] < code:
            codes[x0] = code
        codes[x0 + 1 : x1] = bytes((code,)) * (x1 - x0 - 1)
    return codes


def bands(blocks: Sequence[Block], width: int, rows: int, *, start: int = 0, end: int | None = None) -> bytearray:
    """The main map: one strip of `width * rows` cells, cut into rows of `width`; cell (x, y) is at y * width + x.

    Raises ValueError for a width or a number of rows below 1. Cost: O(blocks + cells).
    """
    if width < 1 or rows < 1:
        raise ValueError(f"a map of {width} x {rows} cells: both must be at least 1")
    return strip(blocks, width * rows, start=start, end=end)


def paint(codes: bytearray, address: int, size: int, code: int, bytes_per_cell: int) -> tuple[int, int]:
    """Recolour `size` bytes at `address` (relative to the map's start) and return the cells touched, first up to last.

    Exact where `bytes_per_cell` divides address and size. A cell painted in part keeps the more restrictive class until
    the map is made anew. Cells past the end of the map are left out. Cost: O(cells touched).
    """
    first, last = address // bytes_per_cell, min(-(-(address + size) // bytes_per_cell), len(codes))
    inner, inner_end = -(-address // bytes_per_cell), min((address + size) // bytes_per_cell, len(codes))
    for edge in {first, last - 1} if size else ():
        if first <= edge < last and not inner <= edge < inner_end:
            codes[edge] = max(codes[edge], code)
    if inner < inner_end:
        codes[inner:inner_end] = bytes((code,)) * (inner_end - inner)
    return first, max(first, last)


def spans(blocks: Sequence[Block], width: int, *, start: int = 0, end: int | None = None) -> list[Span]:
    """The blocks that are a pixel wide or more, as pixel ranges that do not overlap: for separators and tooltips.

    Both edges are rounded down, so the spans of neighbours meet; a block that rounds to nothing shows in the strip only.
    """
    start, end = window(blocks, start, end)
    n = end - start
    found = []
    for x0, _, block in covered(blocks, width, start, end):
        x1 = (min(block.end, end) - start) * width // n
        if x0 < x1:
            found.append(Span(x0, x1, classify(block), block.handle, block))
    return found


def separated(span: Span, codes: Sequence[int], *, thin: bool = False) -> bool:
    """Whether a line is drawn on the first pixel of a span of the strip `codes`: on a roomy one, but not at the very start.

    With `thin`, a pixel that shows a block too small to have a span keeps its colour: the class there tells it.
    """
    x = span.x0
    if span.x1 - x < ROOMY or not x:
        return False
    return not thin or codes[x] <= max(codes[x - 1], span.cls)


def block_at(blocks: Sequence[Block], x: int, width: int, *, start: int = 0, end: int | None = None) -> Block | None:
    """The block that pixel `x` of the strip shows: of the most restrictive class there the largest, the first of equals.

    None for a pixel outside the strip and where no block is. Cost: O(blocks).
    """
    start, end = window(blocks, start, end)
    here = (block for x0, x1, block in covered(blocks, width, start, end) if x0 <= x < x1)
    return max(here, key=lambda block: (classify(block), block.size), default=None)


def runs(codes: Iterable[int]) -> Iterator[tuple[int, int, BlockClass]]:
    r"""Stretches of equal codes, x0 up to x1.

    >>> [(x0, x1, cls.letter) for x0, x1, cls in runs(b"\2\2\4")]
    [(0, 2, 'm'), (2, 3, 'F')]
    """
    x = 0
    for code, group in groupby(codes):
        length = sum(1 for _ in group)
        yield x, x + length, BlockClass(code)
        x += length
