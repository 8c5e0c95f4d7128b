"""What stands beneath the listing: all of memory as a strip, its legend, and the two figures that matter.

+---+------+-----+--------+-----------+     a click on the strip chooses the block there
|###|      |/////|        |...........|
+---+------+-----+--------+-----------+
# Table 4   / Locked 2    . Discardable 6      Free    Largest
% Fixed 8     Moveable 24   Free 3             60 K    12 K
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from handleheap.block import NOWHERE, Block
from handleheap.desktop import win31
from handleheap.desktop.backend import pygame
from handleheap.desktop.box import Box
from handleheap.desktop.canvas import Canvas
from handleheap.desktop.events import Mouse
from handleheap.desktop.fonts import faces
from handleheap.desktop.skin import CLEAR, Ink
from handleheap.desktop.widget import Panel
from handleheap.errors import StaleHandle
from handleheap.view.classes import BlockClass
from handleheap.view.palette import INK, PATTERNS
from handleheap.view.picture import picture_height
from handleheap.view.strip import block_at

from ..world import MAP_HEIGHT, MAP_ROWS, MAP_WIDTH
from .listing import Row, kinds, row

if TYPE_CHECKING:
    from ..world import World

HEIGHT = picture_height(MAP_ROWS, MAP_HEIGHT)
"""Pixels of the strip with its frame."""
LEGEND = (
    (BlockClass.TABLE, "Table"),
    (BlockClass.LOCKED, "Locked"),
    (BlockClass.DISCARDABLE, "Discardable"),
    (BlockClass.FIXED, "Fixed"),
    (BlockClass.MOVABLE, "Moveable"),
    (BlockClass.FREE, "Free"),
)
"""Two lines of three, the most restrictive ones first."""
COLUMNS = (0, 76, 176)
"""Where the entries of a line begin."""


class Sight(NamedTuple):
    """What is seen of memory at a moment."""

    pixels: bytes | bytearray
    counts: dict[BlockClass, int]
    free: int
    largest: int


def sight(world: World) -> Sight:
    """Memory as it is now. Nothing is locked or counted for that."""
    counts = {cls: count.blocks for cls, count in world.map.tally.items()}
    return Sight(world.gliding or world.map.pixels, counts, world.kernel.heap.list.holes.free, world.memory.largest)


def strip(box: Box, world: World, seen: Callable[[], Sight], chosen: Row | None, on_choose: Callable[[int, int], None]) -> Panel:
    """The strip, with an outline of two pixels around the block of a row. `on_choose` gets handle and address."""
    low, high = world.low, world.high
    inner = MAP_WIDTH - 2

    def paint(canvas: Canvas, _: Box) -> None:
        now = seen()
        canvas.bitmap(0, 0, MAP_WIDTH, now.pixels)
        place = None if world.gliding else where(world, chosen)
        if place is not None and low <= place[0] < high:
            x0, x1 = (at * inner // (high - low) for at in (place[0] - low, min(high, sum(place)) - low))
            mark = Box(max(0, x0 - 1), 0, 0, HEIGHT)
            mark = mark._replace(w=min(MAP_WIDTH, max(x0, x1) + 3) - mark.x)
            canvas.frame(mark, Ink.RED)
            canvas.frame(mark.inset(1), Ink.RED)
        if world.record.wanted:
            missing(canvas)

    def missing(canvas: Canvas) -> None:
        """How much room a refused request would have needed, from the largest hole on."""
        base, _ = max(world.kernel.heap.list.holes.sizes.items(), key=lambda hole: hole[1], default=(high, 0))
        start, end = ((min(at, high) - low) * inner // (high - low) for at in (base, base + world.record.wanted))
        gap = Box(start, 0, max(3, end - start + 2), HEIGHT)
        canvas.dotted(gap, Ink.RED)
        canvas.dotted(gap.inset(1), Ink.RED)

    def under(x: int) -> Block | None:
        return block_at(list(world.kernel.walk()), x - 1, inner, start=low, end=high)

    def click(event: Mouse) -> None:
        if event.kind == "down" and (block := under(event.x)) is not None:
            on_choose(block.handle, block.base)

    def hint(x: int, y: int) -> str:
        block = under(x)
        return described(row(block, kinds(world))) if block is not None else ""

    def say() -> str:
        now = seen()
        return f"{high - low:,} bytes of memory, {now.free:,} free"

    return Panel(box, paint, "memory", on_click=click, say=say, hint=hint)


def described(row: Row) -> str:
    """A row of the listing as people say it.

    >>> described(Row(65600, 142, 4096, "L 1", "", "NOTEPAD", "Edit Text"))
    '0x008e, Edit Text of NOTEPAD: 4,096 bytes at 0x00010040, L 1'
    """
    who = f"{row.handle:#06x}, {row.type} of {row.owner}" if row.handle else row.type
    return f"{who}: {row.size:,} bytes at {row.base:#010x}" + (f", {row.lock}" if row.lock else "")


def where(world: World, row: Row | None) -> tuple[int, int] | None:
    """Base and size of the block of a row as it is now: it may have moved since, or be gone."""
    if row is None or row.note:
        return None
    if not row.handle:
        return row.base, row.size
    try:
        block = world.kernel.heap.info(row.handle)
    except StaleHandle:
        return None
    return None if block.base == NOWHERE else (block.base, block.size)


def legend(box: Box, seen: Callable[[], Sight]) -> Panel:
    """The classes, and how many blocks of each there are."""

    def paint(canvas: Canvas, inner: Box) -> None:
        canvas.fill(inner, Ink.WINDOW)
        counts = seen().counts
        for at, (cls, name) in enumerate(LEGEND):
            x, y = COLUMNS[at % 3], 18 * (at // 3)
            win31.swatch(canvas, Box(x, y, 15, 13), PATTERNS[cls], cls, cls + INK)
            canvas.text(x + 20, y, f"{name} {counts[cls]:,}", faces().small, Ink.TEXT)

    return Panel(box, paint, "legend", say=lambda: ", ".join(f"{name} {seen().counts[cls]:,}" for cls, name in LEGEND))


def figures(box: Box, seen: Callable[[], Sight]) -> Panel:
    """What is free, and how much of that in one piece: large enough for the last row of a lecture hall."""

    def paint(canvas: Canvas, inner: Box) -> None:
        canvas.fill(inner, Ink.WINDOW)
        now = seen()
        for x, name, n in ((0, "free", now.free), (inner.w // 2, "largest", now.largest)):
            canvas.text(x, 15, name, faces().small, Ink.TEXT)
            large(canvas, x + faces().small.width(name) + 6, -1, kilobytes(n))

    def say() -> str:
        return f"free {kilobytes(seen().free)}, largest {kilobytes(seen().largest)}"

    return Panel(box, paint, "figures", say=say)


def kilobytes(n: int) -> str:
    """Bytes as people say them.

    >>> kilobytes(61_440), kilobytes(900), kilobytes(0)
    ('60 K', '0.9 K', '0 K')
    """
    return f"{n / 1024:.1f} K" if 0 < n < 10 << 10 and n % 1024 else f"{n >> 10:,} K"


def large(canvas: Canvas, x: int, y: int, text: str) -> None:
    """A text in letters twice as large."""
    font = faces().system
    small = Canvas(font.width(text), font.height)
    small.surface.fill(CLEAR)
    small.text(0, 0, text, font, Ink.TEXT)
    doubled = pygame.transform.scale(small.surface, (2 * font.width(text), 2 * font.height))
    doubled.set_colorkey(CLEAR)
    canvas.blit(doubled, x, y)
