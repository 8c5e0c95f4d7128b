"""The Trace Player's window: the recorded and made-up programs that there are. Each is played on a Kernel of its own.

What is played there is no part of this machine nor of its log: it comes from a file, and leaves no block behind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from handleheap.desktop.box import Box
from handleheap.desktop.fonts import faces
from handleheap.desktop.listbox import Column, ListBox
from handleheap.desktop.widget import Button, Label
from handleheap.desktop.window import Window
from handleheap.lab.workloads import describe, names

from .. import pictures
from ..program import BadCommand, Program, Tell
from ..record import Win

if TYPE_CHECKING:
    from ..world import World

MENU = """&File
\t&Play|Enter|@trace
\t-
\tE&xit|Alt+F4|close
"""


def fill(window: Window, world: World, win: Win, tell: Tell) -> None:
    """The list, a line about the chosen one, and a button."""
    traces = names()
    chosen = win.number("chosen")
    width, height = window.client.w, window.client.h
    rows = [(name, describe(name).partition(": ")[2] or describe(name)) for name in traces]
    columns = [Column("", 100), Column("", width - 100 - 21)]
    box = ListBox(
        Box(0, -1, width + 1, height - 56),
        "traces",
        columns,
        rows,
        font=faces().small,
        on_open=lambda row: tell("@trace", traces[row]),
    )
    box.select(chosen)
    box.on_select = lambda row: tell("choose", win.id, row)
    window.add(
        box,
        Label(
            Box(8, height - 52, width - 16, 13),
            "Each has a Kernel of its own, with 2 % to spare.",
            font=faces().small,
        ),
        Button(Box(8, height - 34, 80, 26), "&Play", lambda: tell("@trace", traces[chosen]), default=True),
    )


def choose(world: World, win: Win, row: int) -> None:
    """Choose a trace."""
    if not 0 <= row < len(names()):
        raise BadCommand(f"choose: there is no trace {row}")
    win.at["chosen"] = row
    world.paint(win)


TRACES = Program(
    name="traces",
    title="Trace Player",
    box=Box(150, 90, 330, 216),
    picture=pictures.player,
    fill=fill,
    menu=MENU,
    verbs={"choose": choose},
)
