"""Lines, discs and polygons as rows of pixels, in whole numbers: the same pixels on every machine.

(x, y, n)      n pixels of row y, from x on
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isqrt

Span = tuple[int, int, int]
UNIT = 16
"""Parts of a pixel that corners of a polygon are given in."""


def segment(x0: int, y0: int, x1: int, y1: int) -> Iterator[Span]:
    """The pixels of a line, both ends included (Bresenham).

    >>> list(segment(0, 0, 3, 1))
    [(0, 0, 1), (1, 0, 1), (2, 1, 1), (3, 1, 1)]
    """
    across, down = abs(x1 - x0), -abs(y1 - y0)
    right, below = 1 if x0 < x1 else -1, 1 if y0 < y1 else -1
    error = across + down
    while True:
        yield x0, y0, 1
        if (x0, y0) == (x1, y1):
            return
        twice = 2 * error
        if twice >= down:
            error += down
            x0 += right
        if twice <= across:
            error += across
            y0 += below


def block(x0: int, y0: int, x1: int, y1: int) -> Iterator[Span]:
    """The rectangle between two corners, both included."""
    for y in range(min(y0, y1), max(y0, y1) + 1):
        yield min(x0, x1), y, abs(x1 - x0) + 1


def outline(x0: int, y0: int, x1: int, y1: int) -> Iterator[Span]:
    """The outermost pixels of that rectangle.

    >>> list(outline(0, 0, 2, 2))
    [(0, 0, 3), (0, 1, 1), (2, 1, 1), (0, 2, 3)]
    """
    for x, y, n in block(x0, y0, x1, y1):
        if y in (y0, y1):
            yield x, y, n
        else:
            yield x, y, 1
            yield x + n - 1, y, 1


def ellipse(x0: int, y0: int, x1: int, y1: int) -> Iterator[Span]:
    """The ellipse that fills the rectangle between two corners.

    >>> list(ellipse(0, 0, 3, 3))
    [(1, 0, 2), (0, 1, 4), (0, 2, 4), (1, 3, 2)]
    """
    wide, high = abs(x1 - x0) + 1, abs(y1 - y0) + 1
    for x, y, _ in block(x0, y0, x1, y1):
        off = 2 * (y - min(y0, y1)) + 1 - high
        reach = isqrt(wide * wide * (high * high - off * off)) // high
        n = wide if abs(off) <= 1 else max(2 - wide % 2, reach + 1 - (reach + 1 - wide) % 2)
        yield x + (wide - n) // 2, y, n


def polygon(corners: Sequence[tuple[int, int]]) -> Iterator[Span]:
    """The pixels whose middles lie inside a polygon; corners are in sixteenths of a pixel.

    >>> list(polygon([(0, 0), (48, 0), (48, 32), (0, 32)]))
    [(0, 0, 3), (0, 1, 3)]
    """
    edges = list(zip(corners, [*corners[1:], corners[0]], strict=True))
    heights = [y for _, y in corners]
    for row in range(min(heights) // UNIT, max(heights) // UNIT + 1):
        middle = row * UNIT + UNIT // 2
        crossed = []
        for (ax, ay), (bx, by) in edges:
            if (ay <= middle) != (by <= middle):
                crossed.append(_pixel(ax + (middle - ay) * (bx - ax) // (by - ay)))
        crossed.sort()
        for left, right in zip(crossed[::2], crossed[1::2], strict=True):
            if left < right:
                yield left, row, right - left


def flood(pixels: memoryview, width: int, x: int, y: int, ink: int) -> None:
    """Give another ink to a pixel, and to all of its colour that hang together with it. (x, y) must be inside."""
    height = len(pixels) // width
    old = pixels[y * width + x]
    if old == ink:
        return
    waiting = [(x, y)]
    while waiting:
        x, y = waiting.pop()
        row = y * width
        if pixels[row + x] != old:
            continue
        left = right = x
        while left > 0 and pixels[row + left - 1] == old:
            left -= 1
        while right < width - 1 and pixels[row + right + 1] == old:
            right += 1
        pixels[row + left : row + right + 1] = bytes((ink,)) * (right + 1 - left)
        for near in (y - 1, y + 1):
            if 0 <= near < height:
                waiting += [(at, near) for at in range(left, right + 1) if pixels[near * width + at] == old]


def _pixel(x: int) -> int:
    """The first pixel whose middle is not left of `x` sixteenths."""
    return -((UNIT // 2 - x) // UNIT)
