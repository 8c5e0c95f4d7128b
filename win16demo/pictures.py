"""The icons of the programs: 32 x 32 pixels each, drawn here and by nobody else."""

from __future__ import annotations

from handleheap.desktop.box import Box
from handleheap.desktop.canvas import Canvas
from handleheap.desktop.icons import INKS, monitor
from handleheap.desktop.skin import Ink


def program_manager(canvas: Canvas, x: int, y: int) -> None:
    """A window with four small icons in it."""
    canvas.fill(Box(x + 2, y + 4, 28, 24), Ink.WHITE)
    canvas.frame(Box(x + 2, y + 4, 28, 24), Ink.BLACK)
    canvas.fill(Box(x + 3, y + 5, 26, 5), Ink.NAVY)
    for at, ink in enumerate((Ink.RED, Ink.TEAL, Ink.OLIVE, Ink.BLUE, Ink.PURPLE, Ink.GREEN)):
        spot = Box(x + 6 + 8 * (at % 3), y + 13 + 7 * (at // 3), 5, 5)
        canvas.fill(spot, ink)
        canvas.frame(spot, Ink.BLACK)


def heap_walker(canvas: Canvas, x: int, y: int) -> None:
    """A screen with blocks in three colours and holes between them."""

    def face(inner: Canvas, _: int, __: int) -> None:
        inner.fill(Box(0, 0, 24, 4), Ink.NAVY)
        rows = ("rr.oo.bbb.", "bb.bbb.oo.", ".bb..oo.rr")
        inks = {"r": Ink.RED, "o": Ink.OLIVE, "b": Ink.BLUE}
        for down, row in enumerate(rows):
            for right, char in enumerate(row):
                if char in inks:
                    inner.fill(Box(2 + 2 * right, 6 + 4 * down, 2, 3), inks[char])

    monitor(canvas, x, y, face)


def notepad(canvas: Canvas, x: int, y: int) -> None:
    """A pad with a spiral and some lines."""
    canvas.fill(Box(x + 6, y + 5, 21, 25), Ink.GREY)
    canvas.fill(Box(x + 4, y + 3, 21, 25), Ink.WHITE)
    canvas.frame(Box(x + 4, y + 3, 21, 25), Ink.BLACK)
    canvas.fill(Box(x + 5, y + 4, 19, 4), Ink.TEAL)
    for hole in range(5):
        canvas.vline(x + 7 + 4 * hole, y + 1, 5, Ink.BLACK)
    for line, length in enumerate((13, 15, 9, 14)):
        canvas.hline(x + 7, y + 12 + 4 * line, length, Ink.NAVY)


def paintbrush(canvas: Canvas, x: int, y: int) -> None:
    """A palette with a brush across it."""
    for row, (left, width) in enumerate(((8, 12), (5, 18), (3, 22), (2, 24), (2, 24), (2, 23), (3, 20), (5, 15), (8, 9))):
        canvas.fill(Box(x + left - 1, y + 9 + 2 * row, width + 2, 2), Ink.BLACK)
        canvas.fill(Box(x + left, y + 9 + 2 * row, width, 2), Ink.OLIVE)
    canvas.hline(x + 8, y + 8, 12, Ink.BLACK)
    canvas.hline(x + 8, y + 27, 9, Ink.BLACK)
    for at, ink in enumerate((Ink.RED, Ink.YELLOW, Ink.LIME, Ink.BLUE)):
        canvas.fill(Box(x + 5 + 5 * at, y + 12 + (at in (0, 3)), 4, 3), ink)
    canvas.fill(Box(x + 9, y + 20, 5, 4), Ink.WHITE)
    for step in range(13):
        canvas.fill(Box(x + 28 - step, y + 4 + step, 2, 2), Ink.MAROON if step < 9 else Ink.SILVER)
    canvas.fill(Box(x + 13, y + 17, 3, 3), Ink.BLACK)


def clock(canvas: Canvas, x: int, y: int) -> None:
    """A dial at ten past ten."""
    canvas.disc(x + 2, y + 2, 28, Ink.TEAL, Ink.BLACK)
    canvas.disc(x + 5, y + 5, 22, Ink.WHITE, Ink.BLACK)
    for mark in ((15, 6), (15, 23), (6, 15), (24, 15)):
        canvas.fill(Box(x + mark[0], y + mark[1], 2, 2), Ink.BLACK)
    for step in range(6):
        canvas.point(x + 15 - step, y + 15 - step // 2, Ink.BLACK)
        canvas.point(x + 15 - step, y + 16 - step // 2, Ink.BLACK)
    for step in range(8):
        canvas.point(x + 16 + step * 5 // 8, y + 15 - step * 5 // 8, Ink.RED)


def shaker(canvas: Canvas, x: int, y: int) -> None:
    """A salt cellar, shaking."""
    canvas.art(x + 8, y + 3, SHAKER, INKS)
    for at in ((4, 8), (3, 14), (5, 20), (27, 9), (28, 15), (26, 21)):
        canvas.vline(x + at[0], y + at[1], 3, Ink.BLACK)


def bad_app(canvas: Canvas, x: int, y: int) -> None:
    """A bomb: it keeps an address."""
    canvas.disc(x + 4, y + 9, 20, Ink.BLACK, Ink.BLACK)
    canvas.fill(Box(x + 8, y + 13, 4, 3), Ink.WHITE)
    canvas.fill(Box(x + 19, y + 7, 5, 5), Ink.BLACK)
    for step in range(5):
        canvas.point(x + 22 + step, y + 7 - step, Ink.OLIVE)
        canvas.point(x + 23 + step, y + 7 - step, Ink.OLIVE)
    for at in ((27, 0), (29, 3), (25, 1), (30, 1), (28, 4)):
        canvas.fill(Box(x + at[0], y + at[1], 1, 1), Ink.RED)


def player(canvas: Canvas, x: int, y: int) -> None:
    """A tape with a triangle: recorded programs."""
    canvas.fill(Box(x + 2, y + 7, 28, 19), Ink.GREY)
    canvas.frame(Box(x + 2, y + 7, 28, 19), Ink.BLACK)
    canvas.fill(Box(x + 6, y + 10, 20, 10), Ink.SILVER)
    for left in (8, 18):
        canvas.disc(x + left, y + 11, 7, Ink.WHITE, Ink.BLACK)
    for column in range(5):
        canvas.vline(x + 14 + column, y + 12 + (column + 1) // 2, 7 - 2 * ((column + 1) // 2), Ink.LIME)


SHAKER = (
    ".....######.....",
    "....#ssssss#....",
    "...#s#s##s#s#...",
    "...#ssssssss#...",
    "...##########...",
    "..#wwwwwwwwgg#..",
    "..#wwwwwwwwgg#..",
    "..#ww####wwgg#..",
    "..#w#wwwwwwgg#..",
    ".#ww#wwwwwwwgg#.",
    ".#www###wwwwgg#.",
    ".#wwwwww#wwwgg#.",
    ".#wwwwww#wwwgg#.",
    ".#ww####wwwwgg#.",
    ".#wwwwwwwwwwgg#.",
    "#wwwwwwwwwwwwgg#",
    "#wwwwwwwwwwwwgg#",
    "#wwwwwwwwwwwwgg#",
    "#wwwwwwwwwwwwgg#",
    "#wwwwwwwwwwwwgg#",
    "#ggggggggggggg##",
    "################",
)
