"""A text in lines with a caret, a selection and a scroll bar. It owns none of that: it asks for it, and tells what is done.

    This is the text, and th▌       caret and anchor are positions in the text; what lies between them is selected
    is is where it is broken ^      lines come from `lines`: the same for whoever keeps `top` so that the caret is seen

Keys: arrows, Home, End, page keys, with Ctrl by words and to the ends, with Shift selecting; Ctrl+A. Mouse: click, drag, double
click for a word, wheel, scroll bar.
"""

from __future__ import annotations

from collections.abc import Callable

from .box import Box
from .canvas import Canvas
from .editing import selected, word_after, word_around, word_before
from .events import Key, Mouse
from .fonts import Font, faces
from .grip import Grip
from .lines import Lines, last_of, last_top, line_of, place_of, position_at, top_for, wrapped
from .skin import Ink
from .widget import Widget

MARGIN = 5
"""Pixels left and right of the text."""
WHEEL = 3
"""Lines per notch of the wheel."""
ERASE = {"backspace": "back", "delete": "forward"}


class EditBox(Widget):
    """`text`, `caret`, `anchor` and `top` (the first line that is shown) are asked whenever they are needed.

    `on_insert(text)` and `on_erase("back" | "forward" | "word")` concern the selection, if there is one. With
    `on_caret(position, extend)` the anchor comes along unless `extend`. After these, `on_scroll(top)` follows if the caret is
    not to be seen.
    """

    role = "edit"
    takes_focus = True
    takes_text = True

    def __init__(
        self,
        box: Box,
        name: str,
        *,
        text: Callable[[], str],
        caret: Callable[[], int],
        anchor: Callable[[], int] | None = None,
        top: Callable[[], int],
        font: Font | None = None,
        on_insert: Callable[[str], object],
        on_erase: Callable[[str], object],
        on_caret: Callable[[int, bool], object],
        on_scroll: Callable[[int], object],
    ) -> None:
        super().__init__(box, name)
        self.text, self.caret, self.anchor, self._top = text, caret, anchor or caret, top
        self.font = font or faces().system
        self.on_insert, self.on_erase, self.on_caret, self.on_scroll = on_insert, on_erase, on_caret, on_scroll
        self._grip = Grip()
        self._selecting = False
        self._goal: int | None = None

    # --- what is where ----------------------------------------------------------------------------------------------------

    @property
    def value(self) -> str:
        start, end = self.selection
        text, lines = self.text(), self.lines
        line = line_of(lines, self.caret())
        said = f"line {line + 1} of {len(lines)}, {text[lines[line][0] : lines[line][1]]}".rstrip(", ")
        return said + (f", selected {text[start:end]!r}" if start < end else "")

    @property
    def text_width(self) -> int:
        """The width of a line in pixels."""
        return self.box.w - self.look.SCROLL - 2 * MARGIN

    @property
    def rows(self) -> int:
        """Whole lines that fit."""
        return max(1, (self.box.h - 4) // self.font.height)

    @property
    def lines(self) -> Lines:
        return wrapped(self.text(), self.font, self.text_width)

    @property
    def last_top(self) -> int:
        return last_top(self.lines, self.rows)

    @property
    def top(self) -> int:
        """The first line that is shown."""
        return max(0, min(self._top(), self.last_top))

    @property
    def selection(self) -> tuple[int, int]:
        """The first selected position and the one behind the last."""
        return selected(self.caret(), self.anchor())

    @property
    def bar(self) -> Box:
        """The scroll bar; its outline is the edge of the box."""
        return Box(self.box.right - self.look.SCROLL, self.box.y, self.look.SCROLL, self.box.h)

    def draw(self, canvas: Canvas) -> None:
        canvas.fill(self.box, Ink.WINDOW)
        text, lines, top, font = self.text(), self.lines, self.top, self.font
        start, end = self.selection
        page = Box(self.box.x + MARGIN, self.box.y + 3, self.text_width + MARGIN, self.box.h - 4)
        with canvas.within(page):
            for at, (first, behind) in enumerate(lines[top : top + self.rows + 1]):
                y = at * font.height
                canvas.text(0, y, text[first:behind], font, Ink.TEXT)
                low, high = max(start, first), min(end, behind)
                if low < high or start <= behind < end:
                    x = font.width(text[first:low])
                    wide = font.width(text[low:high]) + (font.width(" ") if behind < end and text[behind] == "\n" else 0)
                    canvas.fill(Box(x, y, wide, font.height), Ink.SELECTED)
                    canvas.text(x, y, text[low:high], font, Ink.SELECTED_TEXT)
            if self.focused:
                x, line = place_of(text, lines, font, self.caret())
                canvas.fill(Box(x - (x > 0), (line - top) * font.height, 2, font.height - 1), Ink.TEXT)
        self.look.scroll_bar(canvas, self.bar, top, self.last_top)

    # --- keys -------------------------------------------------------------------------------------------------------------

    def key(self, event: Key) -> bool:
        if event.alt:
            return False
        if event.ctrl and event.name == "a":
            self._go(0, False)
            self._go(len(self.text()), True)
        elif event.name in ERASE:
            self.on_erase("word" if event.ctrl and event.name == "backspace" else ERASE[event.name])
            self._follow()
        elif event.name == "enter" or event.typed:
            self.on_insert(event.typed or "\n")
            self._follow()
        elif event.name in ("up", "down", "pageup", "pagedown"):
            self._go_down({"up": -1, "down": 1, "pageup": -self.rows, "pagedown": self.rows}[event.name], event.shift)
            return True
        else:
            goal = self._goal_of(event)
            if goal is None:
                return False
            self._go(goal, event.shift)
        self._goal = None
        return True

    def _goal_of(self, event: Key) -> int | None:
        """Where a key leads, if it leads anywhere."""
        text, at, (start, end) = self.text(), self.caret(), self.selection
        lines = self.lines
        line = line_of(lines, at)
        leave = start < end and not event.shift and not event.ctrl
        match event.name:
            case "left":
                return start if leave else word_before(text, at) if event.ctrl else max(0, at - 1)
            case "right":
                return end if leave else word_after(text, at) if event.ctrl else min(len(text), at + 1)
            case "home":
                return 0 if event.ctrl else lines[line][0]
            case "end":
                return len(text) if event.ctrl else last_of(lines, line)
        return None

    def _go_down(self, by: int, extend: bool) -> None:
        """Up or down by lines, as near as can be to the column where that began."""
        text, lines = self.text(), self.lines
        x, line = place_of(text, lines, self.font, self.caret())
        if self._goal is None:
            self._goal = x
        self._go(position_at(text, lines, self.font, line + by, self._goal), extend)

    def _go(self, position: int, extend: bool) -> None:
        if position != self.caret() or (not extend and self.anchor() != position):
            self.on_caret(position, extend)
        self._follow()

    def _follow(self) -> None:
        """Have it scrolled if the caret is not to be seen."""
        top = top_for(self.lines, self.caret(), self.top, self.rows)
        if top != self.top:
            self.on_scroll(top)

    # --- mouse ------------------------------------------------------------------------------------------------------------

    def mouse(self, event: Mouse) -> bool:
        y = event.y - self.box.y
        match event.kind:
            case "wheel":
                self._scroll(self.top - WHEEL * event.wheel)
            case "up":
                self._grip.release()
                self._selecting = False
            case "move" if self._selecting:
                self._go(self._under(event), True)
            case "move":
                self._scroll(self._grip.drag(self.look, self.bar.h, y, self.top, self.last_top))
            case "down" if self.bar.holds(event.x, event.y):
                self._scroll(self._grip.press(self.look, self.bar.h, y, self.top, self.last_top, self.rows))
            case "down":
                self._click(self._under(event), event.clicks)
        return True

    def _click(self, position: int, clicks: int) -> None:
        self._goal = None
        if clicks == 2:
            start, end = word_around(self.text(), position)
            self._go(start, False)
            self._go(end, True)
        else:
            self._selecting = True
            self._go(position, False)

    def _under(self, event: Mouse) -> int:
        """The position under the pointer; above or below the box, in the line before or after those that are shown."""
        row = max(-1, min(self.rows, (event.y - self.box.y - 3) // self.font.height))
        return position_at(self.text(), self.lines, self.font, self.top + row, event.x - self.box.x - MARGIN)

    def _scroll(self, top: int) -> None:
        top = max(0, min(top, self.last_top))
        if top != self.top:
            self.on_scroll(top)
