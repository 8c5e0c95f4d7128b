"""Small pictures drawn in letters: the hourglass, the signs of a message box, icons on the desktop with their labels."""

from __future__ import annotations

from collections.abc import Callable

from .box import Box
from .canvas import Canvas
from .fonts import faces
from .skin import Ink

SIZE = 32
"""Icons are squares of this size."""

INKS = {
    "#": Ink.BLACK,
    "w": Ink.WHITE,
    "s": Ink.SILVER,
    "g": Ink.GREY,
    "y": Ink.YELLOW,
    "n": Ink.NAVY,
    "b": Ink.BLUE,
    "t": Ink.TEAL,
    "r": Ink.RED,
    "o": Ink.OLIVE,
}
"""The letters of the pictures; every other one is transparent."""

HOURGLASS = (
    "###############",
    "#wwwwwwwwwwwww#",
    "###############",
    ".#wwwwwwwwwww#.",
    ".#wwwwwwwwwww#.",
    ".#w#w#w#w#w#w#.",
    ".#ww#w#w#w#ww#.",
    "..#ww#w#w#ww#..",
    "...#ww#w#ww#...",
    "....#ww#ww#....",
    ".....#w#w#.....",
    ".....#w#w#.....",
    "....#ww#ww#....",
    "...#www#www#...",
    "..#wwww#wwww#..",
    ".#wwwww#wwwww#.",
    ".#wwww#w#wwww#.",
    ".#www#w#w#www#.",
    ".#ww#w#w#w#ww#.",
    ".#w#w#w#w#w#w#.",
    "###############",
    "#wwwwwwwwwwwww#",
    "###############",
)

MARK = ("####", "####", "####", "####", "####", "####", ".##.", ".##.", ".##.", "....", "####", "####", "####")
LETTER_I = (".###.", ".###.", ".....", "####.", ".###.", ".###.", ".###.", ".###.", ".###.", ".###.", "#####")


def hourglass(canvas: Canvas, x: int, y: int) -> None:
    """The pointer of somebody who waits, its middle at (x, y)."""
    canvas.art(x - 7, y - 11, HOURGLASS, INKS)


def warning(canvas: Canvas, x: int, y: int) -> None:
    """A yellow disc with an exclamation mark."""
    canvas.disc(x + 1, y + 1, 30, Ink.YELLOW, Ink.BLACK)
    canvas.art(x + 14, y + 9, MARK, INKS)


def information(canvas: Canvas, x: int, y: int) -> None:
    """A blue disc with an i."""
    canvas.disc(x + 1, y + 1, 30, Ink.BLUE, Ink.BLACK)
    canvas.art(x + 13, y + 10, LETTER_I, {"#": Ink.WHITE})


Picture = Callable[[Canvas, int, int], None]
"""Draws 32 x 32 pixels with the top left corner at (x, y)."""


def label_box(x: int, y: int, label: str) -> Box:
    """The rectangle of the label of an icon at (x, y)."""
    font = faces().small
    lines = label.split("\n")
    width = max(map(font.width, lines)) + 3
    return Box(x + (SIZE - width) // 2, y + SIZE + 3, width, font.height * len(lines) + 1)


def icon(
    canvas: Canvas, x: int, y: int, picture: Picture, label: str, *, chosen: bool = False, on: int = Ink.DESKTOP_TEXT
) -> None:
    """An icon with its label in the small face, line by line; a chosen label is white on navy, else it has the ink `on`."""
    picture(canvas, x, y)
    box = label_box(x, y, label)
    if chosen:
        canvas.fill(box, Ink.SELECTED)
    font = faces().small
    for at, line in enumerate(label.split("\n")):
        left = box.x + 2 + (box.w - 3 - font.width(line)) // 2
        canvas.text(left, box.y + 1 + at * font.height, line, font, Ink.SELECTED_TEXT if chosen else on)


def application(canvas: Canvas, x: int, y: int) -> None:
    """A small window: the icon of a program that brings none of its own."""
    canvas.fill(Box(x + 2, y + 5, 28, 22), Ink.WHITE)
    canvas.fill(Box(x + 3, y + 6, 26, 5), Ink.NAVY)
    canvas.hline(x + 3, y + 11, 26, Ink.BLACK)
    canvas.frame(Box(x + 2, y + 5, 28, 22), Ink.BLACK)
    canvas.fill(Box(x + 4, y + 7, 3, 3), Ink.SILVER)
    for line, width in enumerate((18, 12, 16)):
        canvas.hline(x + 6, y + 15 + 4 * line, width, Ink.GREY)


def monitor(canvas: Canvas, x: int, y: int, face: Picture) -> None:
    """A small screen with `face` drawn on it, 24 x 17 pixels: the frame of the icons of programs."""
    canvas.frame(Box(x + 2, y + 3, 28, 21), Ink.BLACK)
    canvas.fill(Box(x + 3, y + 4, 26, 19), Ink.WHITE)
    canvas.fill(Box(x + 12, y + 24, 8, 3), Ink.GREY)
    canvas.fill(Box(x + 7, y + 27, 18, 2), Ink.SILVER)
    canvas.frame(Box(x + 6, y + 26, 20, 4), Ink.BLACK)
    with canvas.within(Box(x + 4, y + 5, 24, 17)):
        face(canvas, 0, 0)
