"""The window: a Heap Walker-style list, the map of all memory, meters, legend, status line, and the story below.

    +-----------------------------------------+
    | list of blocks                          |
    | map: low addresses top left             |
    | legend                                  |
    | meters and figures            [buttons] |
    +-----------------------------------------+
    | the story                               |
    +-----------------------------------------+

It reads the machine and draws; whatever it does to the machine goes through the commands it was given.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from handleheap.block import Block, Kind
from handleheap.desktop import win31
from handleheap.desktop.box import Box
from handleheap.desktop.canvas import Canvas
from handleheap.desktop.desk import Desktop
from handleheap.desktop.events import Mouse
from handleheap.desktop.fonts import faces
from handleheap.desktop.listbox import Column, ListBox
from handleheap.desktop.menu import Item, Menu
from handleheap.desktop.skin import Ink
from handleheap.desktop.widget import Button, Label, Meter, Panel
from handleheap.desktop.window import Window
from handleheap.events import Refused
from handleheap.view.classes import BlockClass, tally
from handleheap.view.palette import INK, PATTERNS
from handleheap.view.picture import band_picture, picture_height
from handleheap.view.strip import block_at
from handleheap.view.textmap import plural, sentence

from .machine import Machine

COLUMNS = [
    Column("ADDRESS", 104),
    Column("HANDLE", 72),
    Column("SIZE", 80, "right"),
    Column("LOCK", 64, "centre"),
    Column("FLG", 48),
    Column("OWNER", 96),
    Column("TYPE", 136),
]
"""As far as they are true here; no block has a local heap in it, so HEAP is left out."""
ROWS = 4
MAP_WIDTH, BANDS, BAND_HEIGHT = 608, 14, 9
LEGEND = (BlockClass.TABLE, BlockClass.FIXED, BlockClass.LOCKED, BlockClass.MOVABLE, BlockClass.DISCARDABLE, BlockClass.FREE)


class Commands(NamedTuple):
    """What the window can ask for; the application says what that does."""

    pause: Callable[[], None]
    step: Callable[[], None]
    compact: Callable[[], None]
    restart: Callable[[], None]
    faster: Callable[[], None]
    slower: Callable[[], None]
    shot: Callable[[], None]
    about: Callable[[], None]
    leave: Callable[[], None]


class Walker:
    """The two windows on a desktop. `refresh` brings them up to date with the machine."""

    def __init__(self, desktop: Desktop, machine: Machine, commands: Commands) -> None:
        self.desktop, self.machine = desktop, machine
        self._seen: list[Block] | None = None
        self._touched: Block | None = None
        self._map = bytearray()
        self._counts = tally([])
        title = f"Heap Walker - {machine.trace.name}, {machine.mode} mode, {machine.memory:,} bytes"
        self.window = Window(
            Box(4, 2, 632, 398), title, status="", ground=Ink.FACE, menus=_menus(commands), on_close=commands.leave
        )
        self.list = ListBox(Box(0, -1, 625, 18 + 15 * ROWS), "blocks", COLUMNS)
        self.map = Panel(
            Box(8, 84, MAP_WIDTH, picture_height(BANDS, BAND_HEIGHT)),
            self._paint_map,
            "map of memory",
            on_click=self._click,
            say=lambda: f"{plural(machine.figures.blocks, 'block')} in {plural(machine.memory, 'byte')}",
        )
        small = faces().small
        self.used = Meter(Box(104, 251, 192, 18), "in use", 0, machine.room)
        self.whole = Meter(Box(104, 274, 192, 18), "free in one piece", 0, 1)
        self.figures = [Label(Box(312, 251 + 15 * at, 196, 13), "", font=small, ink=Ink.FACE_TEXT) for at in range(5)]
        self.pause = Button(Box(516, 276, 100, 24), "&Pause", commands.pause)
        self.window.add(
            self.list,
            self.map,
            Panel(Box(8, 231, 608, 13), self._paint_legend, "legend", say=self._legend),
            Label(Box(8, 253, 94, 13), "In use", font=small, ink=Ink.FACE_TEXT),
            self.used,
            Label(Box(8, 276, 94, 13), "Free in one piece", font=small, ink=Ink.FACE_TEXT),
            self.whole,
            *self.figures,
            Button(Box(516, 250, 100, 24), "&Compact", commands.compact, default=True),
            self.pause,
            Button(Box(516, 302, 100, 24), "&Step", commands.step),
        )
        self.story = Window(Box(4, 402, 632, 76), "The story")
        self.text = ""
        self.story.add(Panel(Box(6, 1, 612, 48), self._paint_story, "story", say=lambda: self.text))
        desktop.show(self.story)
        desktop.show(self.window)

    def refresh(self) -> None:
        """Take over what has changed in the machine since the last call."""
        machine = self.machine
        if machine.blocks is self._seen:
            return
        self._seen = machine.blocks
        figures = machine.figures
        self.list.set_rows([row(block, machine.types.get(block.handle, "Data")) for block in machine.blocks])
        self._follow(machine.handle)
        self._map = band_picture(machine.blocks, MAP_WIDTH, BANDS, BAND_HEIGHT, end=machine.memory)
        self._counts = tally(machine.blocks)
        self.used.part = figures.used
        self.whole.part, self.whole.whole = figures.largest_free, max(1, figures.free)
        lines = (
            f"Operation {figures.op:,} of {len(machine.trace):,}",
            f"{plural(figures.blocks, 'block')}, {plural(figures.holes, 'hole')}",
            f"{figures.free:,} bytes free",
            f"largest hole {figures.largest_free:,}",
            f"{figures.bytes_moved:,} bytes moved",
        )
        for label, line in zip(self.figures, lines, strict=True):
            label.text = line
        if self.window.status and machine.last is not None:
            self.window.status.text = sentence(machine.last)

    def say(self, text: str) -> None:
        """Another text for the story."""
        self.text = text

    def _follow(self, handle: int) -> None:
        """Select the block that was touched last; after a refusal, the largest hole."""
        blocks = self.machine.blocks
        at = next((at for at, block in enumerate(blocks) if block.handle == handle), None) if handle else None
        if isinstance(self.machine.last, Refused):
            holes = [at for at, block in enumerate(blocks) if block.kind is Kind.FREE]
            at = max(holes, key=lambda at: blocks[at].size, default=None)
        self._touched = None if at is None else blocks[at]
        if at is None:
            self.list.selected = None
        else:
            self.list.select(at)
            self.list.scroll_to(at - ROWS // 2)

    # --- painting --------------------------------------------------------------------------------------------------------

    def _paint_map(self, canvas: Canvas, box: Box) -> None:
        canvas.bitmap(0, 0, MAP_WIDTH, self._map)
        for x0, x1, band in self._cells_of(self._touched) if self._touched else ():
            mark = Box(x0, band * (BAND_HEIGHT + 1), x1 - x0 + 2, BAND_HEIGHT + 2)
            canvas.frame(mark, Ink.BLACK)
            canvas.frame(mark.inset(-1), Ink.RED)

    def _cells_of(self, block: Block) -> list[tuple[int, int, int]]:
        """The pixels of a block, x0 up to x1, band by band."""
        inner = MAP_WIDTH - 2
        cells = inner * BANDS
        first = block.base * cells // self.machine.memory
        last = max(first, -(-block.end * cells // self.machine.memory) - 1)
        return [
            (max(first, band * inner) % inner, min(last, (band + 1) * inner - 1) % inner + 1, band)
            for band in range(first // inner, last // inner + 1)
        ]

    def _click(self, event: Mouse) -> None:
        """A click on the map selects the block there."""
        band, x = event.y // (BAND_HEIGHT + 1), event.x - 1
        inner = MAP_WIDTH - 2
        if event.kind == "down" and 0 <= x < inner and 0 <= band < BANDS:
            block = block_at(self.machine.blocks, band * inner + x, inner * BANDS, end=self.machine.memory)
            if block is not None:
                self.list.select(self.machine.blocks.index(block))

    def _paint_legend(self, canvas: Canvas, box: Box) -> None:
        canvas.fill(box, Ink.FACE)
        x, counts = 0, self._counts
        for cls in LEGEND:
            win31.swatch(canvas, Box(x, 0, 15, 13), PATTERNS[cls], cls, cls + INK)
            x = canvas.text(x + 20, 0, f"{cls.label.capitalize()} {counts[cls].blocks:,}", faces().small, Ink.FACE_TEXT) + 16

    def _legend(self) -> str:
        return ", ".join(f"{cls.label} {self._counts[cls].blocks:,}" for cls in LEGEND)

    def _paint_story(self, canvas: Canvas, box: Box) -> None:
        canvas.fill(box, Ink.WINDOW)
        font = faces().system
        for at, line in enumerate(font.wrap(self.text, box.w)[:3]):
            canvas.text(0, 16 * at, line, font, Ink.TEXT)


@lru_cache(maxsize=1 << 14)
def row(block: Block, kind: str) -> tuple[str, ...]:
    """A block as a row of the list; `kind` is the type of one that is in use. Most were the same in the picture before.

    >>> row(Block(0x10040, 4096, Kind.MOVABLE, 0x10040, 4096, 0x8E, 1, owner="CC1"), "Data")
    ('0x00010040', '0x008e', '4,096', 'L 1', '', 'CC1', 'Data')
    >>> row(Block(0x20, 65536, Kind.TABLE, 0x20, 65536, owner="LDT"), "Data")
    ('0x00000020', '', '65,536', '', 'F', 'KERNEL', 'LDT')
    """
    place, size = f"{block.base:#010x}", f"{block.size:,}"
    if block.kind is Kind.FREE:
        return place, "", size, "", "", "FREE", "Free"
    if block.kind is Kind.TABLE:
        return place, "", size, "", "F", "KERNEL", block.owner[:1].upper() + block.owner[1:]
    lock = f"L {block.locks}" if block.locks else ""
    flag = "D" if block.discardable else "F" if block.kind is Kind.FIXED else ""
    return place, f"{block.handle:#06x}", size, lock, flag, block.owner, kind


def _menus(commands: Commands) -> list[Menu]:
    return [
        Menu(
            "&File",
            [
                Item("&Restart the tour", commands.restart, "F5"),
                Item("Save &picture", commands.shot, "F12"),
                Item(),
                Item("E&xit", commands.leave, "Alt+F4"),
            ],
        ),
        Menu(
            "&Play",
            [
                Item("&Pause or go on", commands.pause, "Space"),
                Item("&Step", commands.step, "Right"),
                Item(),
                Item("&Faster", commands.faster, "]"),
                Item("S&lower", commands.slower, "["),
            ],
        ),
        Menu("&Heap", [Item("&Compact", commands.compact, "C")]),
        Menu("H&elp", [Item("&Keys", commands.about, "F1")]),
    ]
