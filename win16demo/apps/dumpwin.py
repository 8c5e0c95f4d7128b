"""Show: the bytes of one block in hex and as characters, as they are now. Where the block goes, the window goes with it.

0x0000  48 65 6c 6c 6f 2c 20 77   Hello, w
0x0008  6f 72 6c 64 00 00 00 00   orld....
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from handleheap.block import NOWHERE
from handleheap.desktop import win31
from handleheap.desktop.box import Box
from handleheap.desktop.events import Key
from handleheap.desktop.fonts import faces
from handleheap.desktop.listbox import Column
from handleheap.desktop.window import Window
from handleheap.errors import StaleHandle

from .. import pictures
from ..program import Program, Tell
from ..record import Win
from .rowlist import RowList

if TYPE_CHECKING:
    from ..world import World

NARROW, WIDE = 8, 16
"""Bytes on a line."""


class HexView(RowList):
    """Lines without a choice: the keys scroll."""

    role = "bytes"

    def key(self, event: Key) -> bool:
        goals = {
            "up": self.top - 1,
            "down": self.top + 1,
            "pageup": self.top - self.page,
            "pagedown": self.top + self.page,
            "home": 0,
            "end": self.last_top,
        }
        if event.name not in goals or event.alt:
            return False
        self.scroll_to(goals[event.name])
        return True


def fill(window: Window, world: World, win: Win, tell: Tell) -> None:
    """The lines that show; those that do not are empty."""
    client = window.client
    per = line_length(client.w)
    box = Box(0, -1, client.w + 1, client.h + 2)
    with seen(world, win) as data:
        count = -(-len(data) // per)
        page = client.h // faces().fixed.height + 1
        top = max(0, min(win.number("top"), count - page + 1))
        lines = [("",)] * count
        for at in range(top, min(count, top + page)):
            lines[at] = (line(bytes(data[at * per : (at + 1) * per]), at * per, per),)
    view = HexView(box, "bytes", [Column("", box.w)], lines, top=top, on_scroll=lambda to: tell("scroll", win.id, to))
    window.add(view)


def line_length(width: int) -> int:
    """How many bytes stand on a line in a window so wide."""
    return WIDE if width >= faces().fixed.width(line(b"", 0, WIDE)) + win31.SCROLL + 8 else NARROW


def line(data: bytes, at: int, per: int) -> str:
    r"""A line of the dump.

    >>> line(b"Hello\0", 16, 8)
    '0x00010  48 65 6c 6c 6f 00        Hello.  '
    """
    letters = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in data)
    return f"0x{at:05x}  {data.hex(' '):<{3 * per - 1}}  {letters:<{per}}"


@contextmanager
def seen(world: World, win: Win) -> Iterator[memoryview]:
    """The bytes of the block, of a hole or of a table; none of one that is gone. Nothing is locked for that."""
    handle, base, size = (win.number(name) for name in ("handle", "base", "size"))
    with (_bytes(world, handle) if handle else world.kernel.arena.view(base, size)) or memoryview(b"") as data:
        yield data


def _bytes(world: World, handle: int) -> memoryview | None:
    try:
        return world.memory.peek(handle)
    except StaleHandle:
        return None


def status(world: World, win: Win) -> str:
    """Where the block is, how large, and whose."""
    handle, base = win.number("handle"), win.number("base")
    if not handle:
        return f"{win.number('size'):,} bytes at {base:#010x}"
    try:
        block = world.kernel.heap.info(handle)
    except StaleHandle:
        return "The block is free by now."
    if block.base == NOWHERE:
        return f"The block is discarded; it is {block.owner}'s."
    return f"{block.length:,} bytes at {block.body:#010x}, {block.owner}'s"


def scroll(world: World, win: Win, top: int) -> None:
    """Let the dump begin with this line."""
    with seen(world, win) as data:
        count = -(-len(data) // line_length(client(world, win).w))
    win.at["top"] = max(0, min(top, count - 1))
    world.paint(win)


def client(world: World, win: Win) -> Box:
    """What the window leaves to the dump."""
    return win31.client(world.place(win), status=True)


DUMP = Program(
    name="dump",
    title="Show",
    box=Box(200, 60, 384, 150),
    picture=pictures.heap_walker,
    fill=fill,
    status=status,
    verbs={"scroll": scroll},
    restless=True,
    data=512,
)
