"""The picture that Paintbrush begins with: an evening in sixteen colours, drawn here and by nobody else."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from itertools import pairwise

from handleheap.desktop.box import Box
from handleheap.desktop.canvas import Canvas
from handleheap.desktop.skin import Ink

from .shapes import UNIT, Span, ellipse, polygon

WIDTH, HEIGHT = 150, 104
BAYER = ((0, 8, 2, 10), (12, 4, 14, 6), (3, 11, 1, 9), (15, 7, 13, 5))
"""Thresholds for mixing two inks: the usual ordered dither."""
SKY = (Ink.NAVY, Ink.PURPLE, Ink.MAROON, Ink.RED, Ink.YELLOW)
HORIZON = 66
SUN = (97, 55, 13)


@cache
def landscape() -> bytes:
    """The pixels, row after row."""
    canvas = Canvas(WIDTH, HEIGHT)
    sky(canvas)
    stars(canvas)
    sun(canvas)
    clouds(canvas)
    ridge(canvas, (0, 56, 22, 44, 44, 57, 64, 50, 84, 62, 150, 62), Ink.PURPLE, Ink.NAVY, 5)
    lake(canvas)
    ridge(canvas, (0, 66, 26, 58, 60, 67, 92, 72, 150, 76), Ink.TEAL, Ink.GREEN, 7)
    ridge(canvas, (0, 79, 30, 74, 70, 80, 112, 74, 150, 79), Ink.GREEN, Ink.LIME, 4)
    path(canvas)
    house(canvas, 30, 60)
    tree(canvas, 122, 40)
    return canvas.pixels()


def draw(canvas: Canvas, spans: Iterable[Span], ink: int) -> None:
    """Spans in an ink."""
    for x, y, n in spans:
        canvas.hline(x, y, n, ink)


def mixed(x: int, y: int, part: int) -> bool:
    """Whether a pixel has the second of two inks, where `part` sixteenths have it."""
    return BAYER[y % 4][x % 4] < part


def sky(canvas: Canvas) -> None:
    """From navy to yellow, each ink mixed into the next."""
    last = len(SKY) - 1
    for y in range(HORIZON):
        band, part = divmod(y * last * 16 // HORIZON, 16)
        for x in range(WIDTH):
            canvas.point(x, y, SKY[min(last, band + mixed(x, y, part))])


def stars(canvas: Canvas) -> None:
    """A few, and the moon."""
    for x, y in ((9, 5), (31, 11), (52, 3), (77, 8), (96, 4), (104, 14), (146, 12), (66, 15), (18, 17)):
        canvas.point(x, y, Ink.WHITE)
    shade = {(x, row) for left, row, n in ellipse(125, 3, 134, 12) for x in range(left, left + n)}
    for left, row, n in ellipse(128, 4, 137, 13):
        for x in range(left, left + n):
            if (x, row) not in shade:
                canvas.point(x, row, Ink.WHITE)


def sun(canvas: Canvas) -> None:
    """A disc with a bright middle, half of it below the horizon."""
    x, y, r = SUN
    draw(canvas, ellipse(x - r, y - r, x + r, y + r), Ink.YELLOW)
    for left, row, n in ellipse(x - r + 3, y - r + 3, x + r - 3, y + r - 3):
        for at in range(left, left + n):
            if mixed(at, row, 11):
                canvas.point(at, row, Ink.WHITE)


def clouds(canvas: Canvas) -> None:
    """Flat ones with a lit edge below."""
    for x, y, n in ((12, 30, 34), (20, 27, 18), (104, 26, 30), (114, 23, 14), (126, 43, 24), (2, 41, 20)):
        draw(canvas, ellipse(x, y, x + n, y + 3), Ink.PURPLE if y < 36 else Ink.MAROON)
        canvas.hline(x + 3, y + 3, n - 5, Ink.FUCHSIA if y < 36 else Ink.YELLOW)


def ridge(canvas: Canvas, line: tuple[int, ...], ink: int, other: int, part: int) -> None:
    """Land below a line of corners, the second ink mixed in, more of it near the edge."""
    corners = list(zip(line[::2], line[1::2], strict=True))
    for (left, high), (right, low) in pairwise(corners):
        for x in range(left, right):
            top = high + _eased(x - left, right - left, low - high)
            for y in range(top, HEIGHT):
                near = max(0, part + 4 - (y - top) // 2)
                canvas.point(x, y, other if mixed(x, y, near) else ink)


def _eased(at: int, length: int, rise: int) -> int:
    """How far a curve has risen that begins and ends level."""
    return rise * at * at * (3 * length - 2 * at) // length**3


def lake(canvas: Canvas) -> None:
    """Water with the sun in it."""
    x, _, r = SUN
    for y in range(62, 78):
        depth = y - 62
        for at in range(60, WIDTH):
            canvas.point(at, y, Ink.BLUE if mixed(at, y, 3 + depth // 2) else Ink.NAVY)
        if depth % 2 == 0:
            n = max(3, r - depth // 2 + (depth % 4) * 2)
            canvas.hline(x - n, y, 2 * n, Ink.YELLOW if depth % 4 == 0 else Ink.RED)
    canvas.hline(60, 62, WIDTH - 60, Ink.YELLOW)


def path(canvas: Canvas) -> None:
    """From the door down to the edge of the picture."""
    corners = [(45, 88), (49, 88), (62, 94), (84, 104), (64, 104), (52, 95)]
    for x, y, n in polygon([(UNIT * right, UNIT * down) for right, down in corners]):
        for at in range(x, x + n):
            canvas.point(at, y, Ink.SILVER if mixed(at, y, 5) else Ink.OLIVE)


def house(canvas: Canvas, x: int, y: int) -> None:
    """White walls, a red roof, light in the windows, and smoke."""
    for at, (right, up, size) in enumerate(((30, 9, 4), (33, 14, 5), (37, 20, 6), (42, 25, 7))):
        for left, row, n in ellipse(x + right, y - up, x + right + size, y - up + size - 1):
            for column in range(left, left + n):
                if mixed(column, row, 13 - 2 * at):
                    canvas.point(column, row, Ink.SILVER)
    canvas.fill(Box(x + 28, y - 4, 5, 12), Ink.MAROON)
    canvas.hline(x + 27, y - 5, 7, Ink.BLACK)
    canvas.fill(Box(x, y + 12, 36, 17), Ink.WHITE)
    for row in range(17):
        for column in range(36):
            if mixed(x + column, y + row, 9) and column > 17:
                canvas.point(x + column, y + 12 + row, Ink.SILVER)
    roof = [(-4, 14), (5, 0), (31, 0), (40, 14)]
    for left, row, n in polygon([(UNIT * (x + right), UNIT * (y + down)) for right, down in roof]):
        canvas.hline(left, row, n, Ink.RED)
        for column in range(left + row % 2 * 2, left + n, 4) if row % 3 == 2 else ():
            canvas.point(column, row, Ink.MAROON)
    canvas.hline(x - 4, y + 13, 44, Ink.MAROON)
    canvas.hline(x - 1, y + 14, 38, Ink.GREY)
    canvas.fill(Box(x + 14, y + 17, 7, 12), Ink.OLIVE)
    canvas.frame(Box(x + 14, y + 17, 7, 12), Ink.BLACK)
    canvas.point(x + 19, y + 23, Ink.YELLOW)
    for left in (4, 25):
        canvas.fill(Box(x + left, y + 17, 7, 7), Ink.YELLOW)
        canvas.frame(Box(x + left, y + 17, 7, 7), Ink.BLACK)
        canvas.vline(x + left + 3, y + 17, 7, Ink.BLACK)
        canvas.hline(x + left, y + 20, 7, Ink.BLACK)


def tree(canvas: Canvas, x: int, y: int) -> None:
    """A broad one, dark against the light, lit from the left."""
    trunk = [(6, 28), (11, 28), (12, 44), (14, 49), (18, 53), (0, 53), (4, 49), (5, 44)]
    draw(canvas, polygon([(UNIT * (x + right), UNIT * (y + down)) for right, down in trunk]), Ink.MAROON)
    canvas.vline(x + 6, y + 30, 18, Ink.OLIVE)
    crowns = ((-8, 12, 16, 16), (4, 10, 18, 18), (-4, 2, 16, 16), (5, 0, 13, 14), (-1, 16, 15, 14))
    for left, top, w, h in crowns:
        draw(canvas, ellipse(x + left, y + top, x + left + w, y + top + h), Ink.BLACK)
    for left, top, w, h in crowns:
        for span, row, n in ellipse(x + left + 1, y + top + 1, x + left + w - 1, y + top + h - 1):
            for at in range(span, span + n):
                light = 11 - (at - x - left) * 12 // w
                canvas.point(
                    at, row, Ink.LIME if mixed(at, row, light - 4) else Ink.GREEN if mixed(at, row, light + 7) else Ink.BLACK
                )
