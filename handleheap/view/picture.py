"""A heap painted into a buffer of palette indices, ready for `write_png` or an 8-bit surface.

+------+-----------+--+-----------------+
|######|           |//|                 |     hatched, separators, a black frame of one pixel
+------+-----------+--+-----------------+
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..block import Block
from .palette import INK, OUTLINE, PATTERNS, PERIOD, Pattern, pattern_at
from .strip import ROOMY, bands, runs, separated, spans


def strip_picture(
    blocks: Sequence[Block],
    width: int,
    height: int,
    *,
    start: int = 0,
    end: int | None = None,
    hatches: Sequence[Pattern] = PATTERNS,
    thin: bool = False,
) -> bytearray:
    """A strip in a frame, `width` x `height` pixels all told: pixel x of the strip is column x + 1.

    Raises ValueError if no pixel is left inside the frame. Cost: O(blocks + pixels).
    """
    return band_picture(blocks, width, 1, height - 2, start=start, end=end, hatches=hatches, thin=thin)


def band_picture(
    blocks: Sequence[Block],
    width: int,
    rows: int,
    row_height: int,
    *,
    start: int = 0,
    end: int | None = None,
    hatches: Sequence[Pattern] = PATTERNS,
    thin: bool = False,
) -> bytearray:
    """A map of `rows` bands in a frame, with a line between bands; `picture_height` pixels high.

    `thin` is explained at `separated`. Raises ValueError if no pixel is left inside the frame. Cost: O(blocks + pixels).
    """
    inner = width - 2
    if inner < 1 or row_height < 1 or rows < 1:
        raise ValueError(f"{rows} bands of {inner} x {row_height} pixels: there is nothing to see inside the frame")
    codes = bands(blocks, inner, rows, start=start, end=end)
    lines: list[list[int]] = [[] for _ in range(rows)]
    for span in spans(blocks, inner * rows, start=start, end=end):
        if separated(span, codes, thin=thin):
            row, x = divmod(span.x0, inner)
            lines[row].append(x)
    border = bytes((OUTLINE,)) * width
    side = border[:1]
    out = bytearray(border)
    for row in range(rows):
        pixels = painted(codes[row * inner : (row + 1) * inner], lines[row], row_height, hatches)
        for at in range(0, len(pixels), inner):
            out += side + pixels[at : at + inner] + side
        out += border
    return out


def picture_height(rows: int, row_height: int) -> int:
    """The height of a `band_picture` in pixels: its rows and the lines above, between and below them.

    >>> picture_height(4, 12)
    53
    """
    return rows * (row_height + 1) + 1


def painted(codes: bytearray, lines: Iterable[int], height: int, hatches: Sequence[Pattern] = PATTERNS) -> bytearray:
    """The pixels of a row of class codes, `height` pixels high, without a frame; `lines` are the columns of separators.

    Stretches of `ROOMY` pixels and more are hatched. Only four rows differ, so only four are painted.
    """
    tile = [bytearray(codes) for _ in range(PERIOD)]
    for x0, x1, cls in runs(codes):
        if x1 - x0 >= ROOMY:
            for y, row in enumerate(tile):
                row[x0:x1] = bytes(cls + INK * pattern_at(hatches[cls], x, y) for x in range(x0, x1))
    for x in lines:
        if x:
            for row in tile:
                row[x] = OUTLINE
    return bytearray().join(tile[y % PERIOD] for y in range(height))
