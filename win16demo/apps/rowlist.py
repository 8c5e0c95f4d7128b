"""A list whose place and choice belong to the world: what is done to it is told, and comes back as the next picture.

Up, down, page up, page down, home and end choose; with Shift they extend the choice, with Ctrl they move
without choosing; Ctrl+Space adds a row to the choice or takes it out.
With the mouse: click, drag, Shift or Ctrl and click.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from handleheap.desktop import win31
from handleheap.desktop.box import Box
from handleheap.desktop.canvas import Canvas
from handleheap.desktop.events import Key, Mouse
from handleheap.desktop.listbox import Column, ListBox
from handleheap.desktop.skin import Ink

Told = Callable[[int], None]


class RowList(ListBox):
    """`top` rows are above it, `chosen` is where the focus stands, -1 for nowhere; `marked` are all that are chosen."""

    def __init__(
        self,
        box: Box,
        name: str,
        columns: Sequence[Column],
        rows: Sequence[Sequence[str]],
        *,
        top: int,
        chosen: int = -1,
        marked: frozenset[int] = frozenset(),
        on_scroll: Told,
        on_select: Told | None = None,
        on_extend: Told | None = None,
        on_point: Told | None = None,
        on_mark: Told | None = None,
        on_open: Told | None = None,
    ) -> None:
        self.on_scroll: Told | None = None
        super().__init__(box, name, columns, rows, on_select=on_select, on_open=on_open)
        self.scroll_to(top)
        self.selected = chosen if 0 <= chosen < len(rows) else None
        self.marked = marked
        self.on_scroll, self.on_extend, self.on_point, self.on_mark = on_scroll, on_extend, on_point, on_mark
        self._drag: int | None = None

    @property
    def value(self) -> str:
        also = f"; {len(self.marked)} rows chosen" if len(self.marked) > 1 else ""
        return super().value + also

    def scroll_to(self, top: int) -> None:
        before = self.top
        super().scroll_to(top)
        if self.top != before and self.on_scroll:
            self.on_scroll(self.top)

    def select(self, row: int) -> None:
        """Tell which row is wanted; the world scrolls so that it shows."""
        self._tell(row, self.on_select)

    def _tell(self, row: int, told: Told | None) -> None:
        if self.rows and told:
            self.selected = max(0, min(row, len(self.rows) - 1))
            told(self.selected)

    def key(self, event: Key) -> bool:
        if event.name == "space" and event.ctrl and self.selected is not None:
            self._tell(self.selected, self.on_mark)
            return True
        select = self.on_select
        self.on_select = (self.on_extend if event.shift else self.on_point if event.ctrl else None) or select
        try:
            return super().key(event)
        finally:
            self.on_select = select

    def mouse(self, event: Mouse) -> bool:
        row = self._row_at(event)
        if event.kind == "down" and row is not None and self.on_select:
            self._drag = row
            if event.shift:
                self._tell(row, self.on_extend)
                return True
            if event.ctrl:
                self._tell(row, self.on_mark)
                return True
        elif event.kind == "move" and self._drag is not None:
            if row is not None and row != self.selected:
                self._tell(row, self.on_extend)
            return True
        elif event.kind == "up":
            self._drag = None
        return super().mouse(event)

    def _row_at(self, event: Mouse) -> int | None:
        """The row under the mouse."""
        y = event.y - self.box.y - self.heading
        row = self.top + y // self.font.height
        inside = self.box.holds(event.x, event.y) and not self.bar.holds(event.x, event.y)
        return row if inside and y >= 0 and row < len(self.rows) else None

    def draw(self, canvas: Canvas) -> None:
        canvas.fill(self.box, Ink.WINDOW)
        width, height = self.box.w - win31.SCROLL, self.font.height
        with canvas.within(Box(self.box.x, self.box.y, width, self.box.h)):
            if self.heading:
                self._cells(canvas, 0, [column.title for column in self.columns], Ink.TEXT)
                canvas.hline(0, self.heading - 1, width, Ink.SHADOW)
            for at, shown in enumerate(self.rows[self.top : self.top + self.page + 1], self.top):
                y = self.heading + (at - self.top) * height
                here = at == (self.top if self.selected is None else self.selected)
                ink = win31.row(
                    canvas,
                    Box(0, y, width, height),
                    at in self.marked if self.marked else at == self.selected,
                    here and self.focused,
                )
                self._cells(canvas, y, shown, ink)
        canvas.hline(self.box.x, self.box.bottom - 1, self.box.w, Ink.FRAME)
        win31.scroll_bar(canvas, self.bar, self.top, self.last_top)
