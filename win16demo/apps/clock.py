"""Clock: a dial or figures, drawn in whole numbers. It needs no block but its window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handleheap.desktop.box import Box
from handleheap.desktop.canvas import Canvas
from handleheap.desktop.fonts import faces
from handleheap.desktop.skin import Ink
from handleheap.desktop.widget import Panel
from handleheap.desktop.window import Window

from .. import pictures
from ..program import BadCommand, Program, Tell
from ..record import Win
from .marks import mark
from .shapes import UNIT, polygon

if TYPE_CHECKING:
    from ..world import World

TURN = 720
"""Parts of a full turn: a minute for the hour hand."""
FACES = ("analog", "digital")
MENU = """&Settings
\t&Analog||face analog
\t&Digital||face digital
\t-
\tA&bout Clock…||about
"""


def sine(part: int, radius: int) -> int:
    """`radius` times the sine of `part` of a turn, by the rule of Bhaskara: off by a 600th at most, and all in whole numbers.

    >>> sine(0, 1000), sine(60, 1000), sine(180, 1000), sine(540, 1000), sine(90, 1000)
    (0, 500, 1000, -1000, 706)
    """
    part %= TURN
    if part >= TURN // 2:
        return -sine(part - TURN // 2, radius)
    both = part * (TURN // 2 - part)
    return (8 * both * radius + 162_000 - both) // (2 * (162_000 - both))


def around(part: int, radius: int) -> tuple[int, int]:
    """The point in that direction, from twelve o'clock on with the sun."""
    return sine(part, radius), -sine(part + TURN // 4, radius)


# --- the dial ------------------------------------------------------------------------------------------------------------


def dial(canvas: Canvas, box: Box, minutes: int) -> None:
    """Sixty marks and two hands, as large as the box allows."""
    radius = (min(box.w, box.h) // 2 - 5) * UNIT
    centre = (box.x + box.w // 2) * UNIT + UNIT // 2, (box.y + box.h // 2) * UNIT + UNIT // 2
    for minute in range(60):
        right, down = around(minute * TURN // 60, radius)
        bead(canvas, (centre[0] + right) // UNIT, (centre[1] + down) // UNIT, hour=minute % 5 == 0, large=radius > 34 * UNIT)
    for part, long, wide in ((minutes, 62, 9), (minutes * 12, 84, 6)):
        hand(canvas, centre, part % TURN, radius * long // 100, max(UNIT * 3 // 2, radius * wide // 100))


def bead(canvas: Canvas, x: int, y: int, *, hour: bool, large: bool) -> None:
    """A mark of the dial: a raised teal square for an hour, a point for a minute."""
    if not hour:
        if large:
            canvas.point(x, y, Ink.BLACK)
        return
    size = 2 if large else 1
    square = Box(x - size, y - size, 2 * size + 1, 2 * size + 1)
    canvas.fill(square.moved(1, 1), Ink.BLACK)
    canvas.fill(square, Ink.TEAL)
    canvas.hline(square.x, square.y, square.w, Ink.AQUA)
    canvas.vline(square.x, square.y, square.h, Ink.AQUA)


def hand(canvas: Canvas, centre: tuple[int, int], part: int, long: int, wide: int) -> None:
    """A slender lozenge: its light half, its dark half, and a shadow."""
    tip, tail = around(part, long), around(part + TURN // 2, long // 4)
    side, other = around(part + TURN // 4, wide), around(part - TURN // 4, wide)
    whole = [tip, side, tail, other]
    if TURN // 8 <= part < TURN * 5 // 8:
        side, other = other, side
    layers: tuple[tuple[list[tuple[int, int]], int, int], ...] = (
        (whole, UNIT + UNIT // 2, Ink.SHADOW),
        (grown(whole), 0, Ink.BLACK),
        ([tip, side, tail], 0, Ink.TEAL),
        ([tip, other, tail], 0, Ink.AQUA),
    )
    for corners, shift, ink in layers:
        for x, y, n in polygon([(centre[0] + right + shift, centre[1] + down + shift) for right, down in corners]):
            canvas.hline(x, y, n, ink)


def grown(corners: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The corners of a shape around the origin, each further away by about a pixel."""
    found = []
    for x, y in corners:
        far = max(1, abs(x), abs(y))
        found.append((x + x * UNIT * 3 // 2 // far, y + y * UNIT * 3 // 2 // far))
    return found


# --- the figures ---------------------------------------------------------------------------------------------------------

SEGMENTS = ("abcdef", "bc", "abged", "abgcd", "fgbc", "afgcd", "afgedc", "abc", "abcdefg", "abcdfg")
"""Which of seven strokes make a figure: a above, then around with the sun, g in the middle."""


def figures(canvas: Canvas, box: Box, minutes: int) -> None:
    """Hours and minutes in seven strokes each, and which half of the day it is."""
    hour, minute = (minutes // 60 + 11) % 12 + 1, minutes % 60
    thick = max(1, min(box.w // 34, box.h // 16))
    wide, gap = 6 * thick, 2 * thick
    font = faces().system
    x = box.x + (box.w - 4 * wide - 5 * gap - thick) // 2
    y = box.y + (box.h - 11 * thick - font.height - 4) // 2
    for at, digit in enumerate((hour // 10, hour % 10, minute // 10, minute % 10)):
        if at == 2:
            for down in (3 * thick, 7 * thick):
                canvas.fill(Box(x, y + down, thick, thick), Ink.TEAL)
            x += thick + gap
        if at or digit:
            figure(canvas, x, y, thick, digit)
        x += wide + gap
    half = Box(box.x, y + 11 * thick + 4, box.w, font.height)
    canvas.text_fit(half, "AM" if minutes < 12 * 60 else "PM", font, Ink.FACE_TEXT, "centre")


def figure(canvas: Canvas, x: int, y: int, thick: int, digit: int) -> None:
    """One figure, 6 by 11 strokes' widths."""
    reach, half = 6 * thick, 5 * thick
    strokes = {
        "a": Box(x, y, reach, thick),
        "b": Box(x + half, y, thick, half + thick),
        "c": Box(x + half, y + half, thick, half + thick),
        "d": Box(x, y + 2 * half, reach, thick),
        "e": Box(x, y + half, thick, half + thick),
        "f": Box(x, y, thick, half + thick),
        "g": Box(x, y + half, reach, thick),
    }
    for stroke in SEGMENTS[digit]:
        canvas.fill(strokes[stroke], Ink.TEAL)


# --- the program ---------------------------------------------------------------------------------------------------------


def born(world: World, win: Win) -> None:
    """A dial, to begin with."""
    win.at["face"] = "analog"


def fill(window: Window, world: World, win: Win, tell: Tell) -> None:
    """The time."""
    minutes, client, kind = world.record.clock // 60, window.client, win.word("face")

    def paint(canvas: Canvas, box: Box) -> None:
        (dial if kind == "analog" else figures)(canvas, box, minutes)

    window.add(Panel(Box(0, 0, client.w, client.h), paint, kind, say=lambda: f"{minutes // 60}:{minutes % 60:02}"))
    mark(window, ticked={kind.capitalize()})


def face(world: World, win: Win, kind: str) -> None:
    """Show the time as a dial or in figures."""
    if kind not in FACES:
        raise BadCommand(f"face: {kind!r} is neither of {', '.join(FACES)}")
    win.at["face"] = kind
    world.paint(win)


def about(world: World, win: Win) -> None:
    """What there is to know."""
    world.box("About Clock", "Sines by the rule of Bhaskara,\nin whole numbers.", warn=False)


CLOCK = Program(
    name="clock",
    title="Clock",
    box=Box(190, 44, 126, 146),
    picture=pictures.clock,
    born=born,
    fill=fill,
    menu=MENU,
    verbs={"face": face, "about": about},
    ground=Ink.FACE,
)
