"""Shaker: allocates and frees at random, so that everything else has to move; and looks whether it did so unharmed.

What it does depends on the seed and on how often it has shaken, on nothing else.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from handleheap.desktop.box import Box
from handleheap.desktop.canvas import Canvas
from handleheap.desktop.fonts import faces
from handleheap.desktop.skin import Ink
from handleheap.desktop.widget import Button, Label, Panel
from handleheap.desktop.window import Window

from .. import pictures
from ..memory import NoMemory
from ..program import BadCommand, Program, Tell
from ..record import Win

if TYPE_CHECKING:
    from ..world import World

MOST = 10_000
"""Steps of one command."""
SMALLEST, LARGEST = 64, 6_000
"""Bytes of a block."""
CROWD = 120
"""It holds no more blocks than that."""
MENU = """&Shake
\t&10 times||shake 10
\t1&00 times||shake 100
\t&Keep shaking|F6|@shake
\t-
\t&Free all||settle
\t-
\tE&xit|Alt+F4|close
"""


def fill(window: Window, world: World, win: Win, tell: Tell) -> None:
    """A light, the figures, and buttons."""
    small = faces().small
    broken = win.number("broken")
    sound = not broken

    def light(canvas: Canvas, box: Box) -> None:
        canvas.disc(0, 0, 20, Ink.LIME if sound else Ink.RED, Ink.BLACK)

    lines = (
        f"{win.number('steps'):,} steps, seed {world.header.get('seed', 0)}",
        f"{len(win.held):,} blocks held, {win.number('refused'):,} refused",
        f"{win.number('checked'):,} compared, {'none' if sound else format(broken, ',')} spoilt",
    )
    window.add(
        Panel(Box(10, 12, 20, 20), light, "invariant", say=lambda: "sound" if sound else "broken"),
        *[Label(Box(40, 6 + 14 * at, window.client.w - 44, 13), line, font=small) for at, line in enumerate(lines)],
        Button(Box(10, 54, 76, 24), "&Shake", lambda: tell("shake", win.id, 100), default=True),
        Button(Box(94, 54, 76, 24), "S&ettle", lambda: tell("settle", win.id)),
    )


def shake(world: World, win: Win, steps: int) -> None:
    """Allocate and free so many times, and compare what is freed."""
    if not 0 < steps <= MOST:
        raise BadCommand(f"shake: {steps} steps; 1 to {MOST:,} are possible")
    with world.task_of(win):
        for _ in range(steps):
            number = win.number("steps")
            step(world, win, Random(f"{world.header.get('seed', 0)}:{number}"))
            win.at["steps"] = number + 1
    world.kernel.check()
    world.paint(win)


def step(world: World, win: Win, random: Random) -> None:
    """One block more or one less."""
    if win.held and random.random() * CROWD < len(win.held):
        release(world, win, win.held.pop(random.randrange(len(win.held))))
        return
    try:
        handle = world.memory.alloc(random.randint(SMALLEST, LARGEST), discardable=random.random() < 1 / 8)
    except NoMemory:
        win.at["refused"] = win.number("refused") + 1
        for handle in win.held[::2]:
            release(world, win, handle)
        win.held = win.held[1::2]
        return
    win.held.append(handle)
    with world.memory.pinned(handle) as view:
        view[:] = bytes((sign(handle),)) * len(view)


def release(world: World, win: Win, handle: int) -> None:
    """Compare a block with what was written into it, and free it."""
    view = world.memory.peek(handle)
    if view is not None:
        with view:
            sound = bytes(view) == bytes((sign(handle),)) * len(view)
        win.at["checked"] = win.number("checked") + 1
        win.at["broken"] = win.number("broken") + (not sound)
    world.kernel.GlobalFree(handle)


def sign(handle: int) -> int:
    """The byte that a block of the shaker is full of."""
    return handle * 37 & 0xFF


def settle(world: World, win: Win) -> None:
    """Free all blocks."""
    for handle in win.held:
        release(world, win, handle)
    win.held = []
    world.paint(win)


SHAKER = Program(
    name="shaker",
    title="Shaker",
    box=Box(404, 60, 190, 130),
    picture=pictures.shaker,
    fill=fill,
    menu=MENU,
    verbs={"shake": shake, "settle": settle},
    resizable=False,
)
