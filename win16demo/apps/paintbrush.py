"""Paintbrush: a picture of one byte a pixel in a moveable block, and another one, discardable, to go back to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handleheap.desktop.backend import pygame
from handleheap.desktop.box import Box
from handleheap.desktop.canvas import Canvas
from handleheap.desktop.heapbitmap import HeapBitmap, derived
from handleheap.desktop.skin import Ink
from handleheap.desktop.window import Window

from .. import pictures
from ..program import BadCommand, Program, Tell
from ..record import Win
from . import shapes, spare
from .easel import CELL, FAR, FREE, INKS, NAMES, SWATCH, TOOLS, Band, Palette, Sheet, Tools, ink_of, marks
from .landscape import HEIGHT, WIDTH, landscape
from .marks import mark

if TYPE_CHECKING:
    from ..world import World

SIZE = WIDTH * HEIGHT
"""Bytes of the picture."""
MENU = """&File
\t&New||clear
\t-
\tE&xit|Alt+F4|close
&Edit
\t&Undo|Ctrl+Z|undo
&Tools
\t&Pencil||tool pencil
\t&Brush||tool brush
\t&Line||tool line
\t&Eraser||tool eraser
\tB&ox||tool box
\tF&illed box||tool filled
\t&Disc||tool disc
\t&Flood fill||tool fill
&Help
\t&Keys||keys
\t&About Paintbrush…||about
"""


# --- the window ----------------------------------------------------------------------------------------------------------


def born(world: World, win: Win) -> None:
    """The block of the picture, with something in it."""
    win.title = "Paintbrush - PICTURE.BMP"
    win.blocks["picture"] = world.memory.alloc(SIZE)
    with world.memory.pinned(win.blocks["picture"]) as view:
        view[:SIZE] = landscape()
    win.at |= {"tool": "pencil", "ink": INKS.index("Black"), "x": WIDTH // 2, "y": HEIGHT // 2, "mark": -1, "undo": 0}


def fill(window: Window, world: World, win: Win, tell: Tell) -> None:
    """Sheet, tools and palette."""
    client, tool, ink = window.client, win.word("tool"), win.number("ink")
    foot = client.h - 2 * SWATCH - 6

    def undo() -> None:
        tell("undo", win.id)

    sheet = Sheet(
        Box(2 * CELL + 9, 4, client.w - 2 * CELL - 13, foot - 9),
        (WIDTH, HEIGHT),
        lambda canvas, box: show(world, win, canvas, box),
        tool=tool,
        ink=stroke_ink(win),
        cross=(win.number("x"), win.number("y")),
        mark=mark_of(win),
        on_stroke=lambda *where: tell("stroke", win.id, *where),
        on_cross=lambda x, y: tell("cross", win.id, x, y),
        on_dab=lambda: tell("dab", win.id),
        on_undo=undo,
        on_leave=lambda: tell("tool", win.id, tool),
    )
    window.add(
        sheet,
        Tools(Box(4, 4, 2 * CELL + 1, len(TOOLS) // 2 * CELL + 1), tool, lambda name: tell("tool", win.id, name), undo),
        Palette(Box(4, foot, client.w - 8, 2 * SWATCH + 1), ink, lambda number: tell("ink", win.id, number), undo),
    )
    window.live.append(Band(sheet))
    mark(window, ticked={NAMES[TOOLS.index(tool)]}, greyed=set() if win.number("undo") else {"Undo"})


def show(world: World, win: Win, canvas: Canvas, box: Box) -> None:
    """Copy the picture from its block into a rectangle, in which each pixel is a square."""
    view = world.memory.peek(win.blocks["picture"])
    if view is not None:
        with view:
            surface = derived(view, WIDTH, HEIGHT)
            canvas.blit(surface if box.w == WIDTH else pygame.transform.scale(surface, box[2:]), box.x, box.y)


def mark_of(win: Win) -> tuple[int, int] | None:
    """Where a line or a box of the keyboard begins."""
    at = win.number("mark", -1)
    return (at % WIDTH, at // WIDTH) if at >= 0 else None


def stroke_ink(win: Win) -> int:
    """The palette index that the tool at hand leaves."""
    return int(Ink.WHITE) if win.word("tool") == "eraser" else ink_of(win.number("ink"))


# --- verbs ---------------------------------------------------------------------------------------------------------------


def stroke(world: World, win: Win, x0: int, y0: int, x1: int, y1: int, more: bool = False) -> None:
    """Use the tool from one point to another; with `more` this goes on with what was begun, and is undone together with it."""
    if max(map(abs, (x0, y0, x1, y1))) > FAR:
        raise BadCommand(f"stroke: {x0}, {y0}, {x1}, {y1} is too far away")
    tool = win.word("tool")
    inside = 0 <= x1 < WIDTH and 0 <= y1 < HEIGHT
    if tool == "fill" and not inside:
        raise BadCommand(f"stroke: {x1}, {y1} is not in the picture")
    if not more or tool not in FREE or spare.gone(world, win):
        keep(world, win)
    if tool == "fill":
        with world.memory.pinned(win.blocks["picture"]) as view:
            shapes.flood(view[:SIZE], WIDTH, x1, y1, stroke_ink(win))
    else:
        with HeapBitmap(world.memory, win.blocks["picture"], WIDTH, HEIGHT).locked() as canvas:
            for x, y, n in marks(tool, x0, y0, x1, y1):
                canvas.hline(x, y, n, stroke_ink(win))
    win.at["mark"] = -1
    world.paint(win)


def keep(world: World, win: Win) -> None:
    """Keep a copy of the picture for Undo."""
    with world.memory.pinned(win.blocks["picture"]) as view:
        spare.keep(world, win, bytes(view[:SIZE]))


def tool(world: World, win: Win, name: str) -> None:
    """Take another tool; what was begun with the keyboard is let go."""
    if name not in TOOLS:
        raise BadCommand(f"tool: {name!r} is none of {', '.join(TOOLS)}")
    win.at |= {"tool": name, "mark": -1}
    world.paint(win)


def ink(world: World, win: Win, index: int) -> None:
    """Take another ink of the palette."""
    if not 0 <= index < len(INKS):
        raise BadCommand(f"ink: there is no ink {index}, but 0 to {len(INKS) - 1}")
    win.at["ink"] = index
    world.paint(win)


def cross(world: World, win: Win, x: int, y: int) -> None:
    """Move the cross of the keyboard."""
    if not (0 <= x < WIDTH and 0 <= y < HEIGHT):
        raise BadCommand(f"cross: {x}, {y} is not in the picture")
    win.at |= {"x": x, "y": y}
    world.paint(win)


def dab(world: World, win: Win) -> None:
    """Use the tool at the cross. What has two ends begins there, and ends there the second time."""
    x, y, begun = win.number("x"), win.number("y"), mark_of(win)
    if win.word("tool") in (*FREE, "fill"):
        stroke(world, win, x, y, x, y)
    elif begun is not None:
        stroke(world, win, *begun, x, y)
    else:
        win.at["mark"] = y * WIDTH + x
        world.paint(win)


def clear(world: World, win: Win) -> None:
    """A white sheet. Undo brings the picture back."""
    keep(world, win)
    with world.memory.pinned(win.blocks["picture"]) as view:
        view[:SIZE] = bytes((Ink.WHITE,)) * SIZE
    win.at["mark"] = -1
    world.paint(win)


def undo(world: World, win: Win) -> None:
    """Go back to the picture before the last stroke; once more, and that is undone."""
    data = spare.back(world, win)
    if data is None:
        return
    keep(world, win)
    with world.memory.pinned(win.blocks["picture"]) as view:
        view[:SIZE] = data[:SIZE]
    world.paint(win)


def keys(world: World, win: Win) -> None:
    """How to draw without a mouse."""
    text = (
        "Tab: sheet, tools, palette\nArrows: the cross, by 4; with Ctrl by 1\nSpace: use the tool there\nShift and arrows: draw"
    )
    world.box("Paintbrush", text, warn=False)


def about(world: World, win: Win) -> None:
    """What there is to know."""
    text = f"{WIDTH} x {HEIGHT} pixels in a moveable block,\nthe picture for Undo in a discardable one."
    world.box("About Paintbrush", text, warn=False)


PAINTBRUSH = Program(
    name="paintbrush",
    title="Paintbrush",
    box=Box(340, 24, 260, 216),
    picture=pictures.paintbrush,
    born=born,
    fill=fill,
    menu=MENU,
    verbs={verb.__name__: verb for verb in (stroke, tool, ink, cross, dab, clear, undo, keys, about)},
    ground=Ink.FACE,
)
