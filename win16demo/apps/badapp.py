"""Bad App: it looks up the address of its picture once, and keeps it.

Where a far pointer is an address (real mode), the picture is somebody else's after the next compaction. Where it is a selector
(protected mode), the same program survives. With the switch on it asks GlobalLock each time, and is right everywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from handleheap.desktop.backend import pygame
from handleheap.desktop.box import Box
from handleheap.desktop.canvas import Canvas
from handleheap.desktop.fonts import faces
from handleheap.desktop.heapbitmap import HeapBitmap, derived
from handleheap.desktop.skin import Ink
from handleheap.desktop.widget import Button, Label, Panel
from handleheap.desktop.window import Window
from handleheap.errors import ArenaBounds
from handleheap.win16.farptr import FarPtr, GeneralProtectionFault

from .. import pictures
from ..program import Program, Tell
from ..record import Win

if TYPE_CHECKING:
    from ..world import World

SIDE = 64
"""The picture is so many pixels wide and high."""
BUFFER = 9_000
"""Bytes through which the picture is read: not a multiple of its width, so that what lies there later is out of step."""
MENU = """&Pointer
\tUse &GlobalLock||lock_it
\t&Keep the address||keep_it
\t-
\t&Draw again||paint
\t-
\tE&xit|Alt+F4|close
"""


def portrait(canvas: Canvas) -> None:
    """A face that smiles: any stranger's pixel in it is seen at once."""
    canvas.fill(Box(0, 0, SIDE, SIDE), Ink.AQUA)
    canvas.disc(4, 4, 56, Ink.YELLOW, Ink.BLACK)
    for x in (20, 37):
        canvas.fill(Box(x, 20, 7, 11), Ink.BLACK)
        canvas.fill(Box(x + 1, 21, 3, 4), Ink.WHITE)
    for step in range(15):
        dip = 14 - step * step // 16
        for x in (31 - step, 32 + step):
            canvas.fill(Box(x, 33 + dip - 2, 2, 3), Ink.MAROON)
    canvas.frame(Box(0, 0, SIDE, SIDE), Ink.BLACK)


def born(world: World, win: Win) -> None:
    """Read the picture through a buffer, which is freed again, look where it is, and keep that."""
    buffer = world.memory.alloc(BUFFER)
    win.blocks["picture"] = world.memory.alloc(SIDE * SIDE)
    with HeapBitmap(world.memory, win.blocks["picture"], SIDE, SIDE).locked() as canvas:
        portrait(canvas)
    remember(world, win)
    world.kernel.GlobalFree(buffer)


def remember(world: World, win: Win) -> None:
    """The mistake: the far pointer outlives its lock."""
    win.at["far"] = int(world.kernel.GlobalLock(win.blocks["picture"]))
    world.kernel.GlobalUnlock(win.blocks["picture"])


def look(world: World, win: Win) -> tuple[bytes | None, str]:
    """What is where the program believes its picture to be, and how it got there."""
    if win.at.get("careful"):
        view = world.memory.peek(win.blocks["picture"])
        if view is None:
            return None, "GlobalLock gives NULL"
        with view:
            address = world.kernel.heap.address(win.blocks["picture"])
            return bytes(view[: SIDE * SIDE]), f"GlobalLock says {address:#x}"
    far = FarPtr(win.number("far"))
    try:
        return world.kernel.read(far, SIDE * SIDE), f"It was at {far!r} once"
    except (GeneralProtectionFault, ArenaBounds) as fault:
        return None, str(fault)


def fill(window: Window, world: World, win: Win, tell: Tell) -> None:
    """The picture, twice as large, and the switch."""
    pixels, told = look(world, win)
    careful = bool(win.at.get("careful"))

    def show(canvas: Canvas, box: Box) -> None:
        canvas.frame(box, Ink.FRAME)
        if pixels is not None:
            canvas.blit(pygame.transform.scale(derived(memoryview(bytearray(pixels)), SIDE, SIDE), (2 * SIDE, 2 * SIDE)), 1, 1)

    small = faces().small
    state = "uses GlobalLock" if careful else "keeps an address"
    window.add(
        Panel(Box(8, 8, 2 * SIDE + 2, 2 * SIDE + 2), show, "picture", say=lambda: told),
        Label(Box(8, 142, window.client.w - 16, 13), state, font=small),
        Label(Box(8, 156, window.client.w - 16, 13), told, font=small),
        Button(
            Box(8, 174, 130, 24),
            "&Keep address" if careful else "&Use GlobalLock",
            lambda: tell("keep_it" if careful else "lock_it", win.id),
            default=True,
        ),
    )


def lock_it(world: World, win: Win) -> None:
    """From now on ask GlobalLock each time."""
    win.at["careful"] = True
    world.paint(win)


def keep_it(world: World, win: Win) -> None:
    """Look once, and keep the address."""
    win.at["careful"] = False
    remember(world, win)
    world.paint(win)


BADAPP = Program(
    name="badapp",
    title="Bad App",
    box=Box(480, 4, 154, 254),
    picture=pictures.bad_app,
    born=born,
    fill=fill,
    menu=MENU,
    verbs={"lock_it": lock_it, "keep_it": keep_it},
    resizable=False,
    restless=True,
)
