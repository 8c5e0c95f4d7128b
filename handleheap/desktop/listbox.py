"""A list in columns with a heading and a scroll bar.

    ADDRESS   HANDLE     SIZE   |^|     heading, if any column has a title
    00000100    0206    25600   |#|     rows from `top` on; one may be selected
    00000200  Free      12288   | |
    00003200    0A3E     4096   |v|

Keys: up, down, page up and down, home, end, enter. Mouse: click, double click, wheel, arrows, track, thumb.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from .box import Box
from .canvas import Canvas
from .events import Key, Mouse
from .fonts import Font, faces
from .grip import Grip
from .skin import Ink
from .widget import Widget

MARGIN = 4
"""Pixels left of the first column."""
WHEEL = 3
"""Rows per notch of the wheel."""


class Column(NamedTuple):
    """A column: its heading, its width in pixels with the gap behind it, `left`, `right` or `centre`."""

    title: str
    width: int
    align: str = "left"


class ListBox(Widget):
    """Rows of texts, one per column. `on_select(row)` after the selection moved, `on_open(row)` on Enter and double click."""

    role = "list"
    takes_focus = True

    def __init__(
        self,
        box: Box,
        name: str,
        columns: Sequence[Column],
        rows: Sequence[Sequence[str]] = (),
        *,
        font: Font | None = None,
        on_select: Callable[[int], None] | None = None,
        on_open: Callable[[int], None] | None = None,
    ) -> None:
        super().__init__(box, name)
        self.columns = tuple(columns)
        self.font = font or faces().fixed
        self.on_select = on_select
        self.on_open = on_open
        self.rows: list[tuple[str, ...]] = []
        self.selected: int | None = None
        self.top = 0
        self._grip = Grip()
        self.set_rows(rows)

    @property
    def value(self) -> str:
        if self.selected is None:
            return f"{len(self.rows)} rows"
        return f"{self.selected + 1} of {len(self.rows)}, " + " ".join(filter(None, self.rows[self.selected]))

    @property
    def heading(self) -> int:
        """The height of the heading in pixels."""
        return self.font.height + 1 if any(column.title for column in self.columns) else 0

    @property
    def page(self) -> int:
        """Whole rows that fit."""
        return max(1, (self.box.h - 1 - self.heading) // self.font.height)

    @property
    def last_top(self) -> int:
        return max(0, len(self.rows) - self.page)

    @property
    def bar(self) -> Box:
        """The scroll bar; its outline is the edge of the list."""
        return Box(self.box.right - self.look.SCROLL, self.box.y, self.look.SCROLL, self.box.h)

    def set_rows(self, rows: Sequence[Sequence[str]]) -> None:
        """Other rows; selection and position stay where they can."""
        self.rows = [tuple(row) for row in rows]
        if self.selected is not None:
            self.selected = min(self.selected, len(self.rows) - 1) if self.rows else None
        self.scroll_to(self.top)

    def scroll_to(self, top: int) -> None:
        self.top = max(0, min(top, self.last_top))

    def select(self, row: int) -> None:
        """Select a row, the nearest there is, and scroll until it shows."""
        if not self.rows:
            return
        row = max(0, min(row, len(self.rows) - 1))
        self.scroll_to(max(min(self.top, row), row - self.page + 1))
        if row != self.selected:
            self.selected = row
            if self.on_select:
                self.on_select(row)

    def draw(self, canvas: Canvas) -> None:
        canvas.fill(self.box, Ink.WINDOW)
        width = self.box.w - self.look.SCROLL
        height = self.font.height
        with canvas.within(Box(self.box.x, self.box.y, width, self.box.h)):
            if self.heading:
                self._cells(canvas, 0, [column.title for column in self.columns], Ink.TEXT)
            for at, cells in enumerate(self.rows[self.top : self.top + self.page + 1]):
                y = self.heading + at * height
                chosen = self.top + at == self.selected
                here = chosen or (self.selected is None and not at)
                ink = self.look.row(canvas, Box(0, y, width, height), chosen, here and self.focused)
                self._cells(canvas, y, cells, ink)
        canvas.hline(self.box.x, self.box.bottom - 1, self.box.w, Ink.FRAME)
        self.look.scroll_bar(canvas, self.bar, self.top, self.last_top)

    def key(self, event: Key) -> bool:
        at = -1 if self.selected is None else self.selected
        goals = {
            "up": at - 1,
            "down": at + 1,
            "pageup": at - self.page,
            "pagedown": at + self.page,
            "home": 0,
            "end": len(self.rows) - 1,
        }
        if event.name in goals and not event.alt:
            self.select(goals[event.name])
            return True
        if event.name == "enter" and self.on_open and self.selected is not None:
            self.on_open(self.selected)
            return True
        return False

    def mouse(self, event: Mouse) -> bool:
        if event.kind == "wheel":
            self.scroll_to(self.top - WHEEL * event.wheel)
        elif event.kind == "up":
            self._grip.release()
        elif event.kind == "move":
            self.scroll_to(self._grip.drag(self.look, self.bar.h, event.y - self.box.y, self.top, self.last_top))
        elif self.bar.holds(event.x, event.y):
            y = event.y - self.box.y
            self.scroll_to(self._grip.press(self.look, self.bar.h, y, self.top, self.last_top, self.page))
        elif event.y - self.box.y >= self.heading:
            self._click(self.top + (event.y - self.box.y - self.heading) // self.font.height, event.clicks)
        return True

    def _click(self, row: int, clicks: int) -> None:
        if row < len(self.rows):
            self.select(row)
            if clicks == 2 and self.on_open:
                self.on_open(row)

    def _cells(self, canvas: Canvas, y: int, cells: Sequence[str], ink: int) -> None:
        x = MARGIN
        gap = self.font.width(" ")
        for column, cell in zip(self.columns, cells, strict=False):
            canvas.text_fit(Box(x, y, column.width - gap, self.font.height), cell, self.font, ink, column.align)
            x += column.width
