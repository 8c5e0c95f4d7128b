"""A line to write in, for dialogs: it keeps its own text. `digits` lets nothing in but a number.

Keys: arrows, Home, End, with Ctrl by words, with Shift selecting; Ctrl+A. Mouse: click, drag, double click for a word.
"""

from __future__ import annotations

from collections.abc import Callable

from .box import Box
from .canvas import Canvas
from .editing import erased, inserted, selected, word_after, word_around, word_before
from .events import Key, Mouse
from .fonts import faces, letter, mnemonic
from .lines import position_at
from .skin import Ink
from .widget import Widget

MARGIN = 4
"""Pixels left and right of the text."""
ERASE = {"backspace": "back", "delete": "forward"}


class Field(Widget):
    """`text` is what stands in it; `on_change(text)` is told after the user has changed it.

    With a `label`, the name stands in the first so many pixels; its `&` marks the letter that leads here.
    """

    role = "field"
    takes_focus = True
    takes_text = True

    def __init__(
        self,
        box: Box,
        name: str,
        text: str = "",
        *,
        digits: bool = False,
        limit: int = 255,
        label: int = 0,
        on_change: Callable[[str], object] | None = None,
    ) -> None:
        super().__init__(box, mnemonic(name)[0].rstrip(":"))
        self.title, self.text, self.digits, self.limit, self.label = name, text, digits, limit, label
        self.on_change = on_change
        self.caret = self.anchor = len(text)
        self._selecting = False
        self._left = 0

    @property
    def value(self) -> str:
        return self.text

    @property
    def number(self) -> int | None:
        """The number in it, or None if there is none."""
        return int(self.text) if self.text.isdecimal() else None

    @property
    def mnemonic(self) -> str:
        return letter(self.title)

    @property
    def line(self) -> Box:
        """The rectangle to write in."""
        return Box(self.box.x + self.label, self.box.y, self.box.w - self.label, self.box.h)

    def draw(self, canvas: Canvas) -> None:
        font = faces().system
        if self.label:
            canvas.label(self.box.x, self.box.y + font.centred(self.box.h), self.title, font, Ink.TEXT)
        self.look.field(canvas, self.line)
        inner = self.line.inset(1)
        x, y = MARGIN - self._scrolled(), font.centred(inner.h)
        start, end = selected(self.caret, self.anchor)
        with canvas.within(inner):
            canvas.text(x, y, self.text, font, Ink.TEXT if self.enabled else Ink.GREYED)
            if self.focused and start < end:
                first = x + font.width(self.text[:start])
                canvas.fill(Box(first, 2, font.width(self.text[start:end]), inner.h - 4), Ink.SELECTED)
                canvas.text(first, y, self.text[start:end], font, Ink.SELECTED_TEXT)
            if self.focused:
                canvas.fill(Box(x + font.width(self.text[: self.caret]) - (self.caret > 0), 3, 2, inner.h - 6), Ink.TEXT)

    def press(self) -> None:
        self.entered()

    def entered(self) -> None:
        """All of it is selected, so that what is written takes its place."""
        self.caret, self.anchor = len(self.text), 0

    def key(self, event: Key) -> bool:
        if event.alt:
            return False
        if event.ctrl and event.name == "a":
            self.entered()
        elif event.name in ERASE:
            what = "word" if event.ctrl and event.name == "backspace" else ERASE[event.name]
            self._change(erased(self.text, self.caret, self.anchor, what))
        elif event.typed:
            if not self.digits or event.typed.isdecimal():
                self._change(inserted(self.text, self.caret, self.anchor, event.typed))
        elif (goal := self._goal_of(event)) is not None:
            self._go(goal, event.shift)
        else:
            return False
        return True

    def _goal_of(self, event: Key) -> int | None:
        """Where a key leads, if it leads anywhere."""
        at, (start, end) = self.caret, selected(self.caret, self.anchor)
        leave = start < end and not event.shift and not event.ctrl
        match event.name:
            case "left":
                return start if leave else word_before(self.text, at) if event.ctrl else max(0, at - 1)
            case "right":
                return end if leave else word_after(self.text, at) if event.ctrl else min(len(self.text), at + 1)
            case "home":
                return 0
            case "end":
                return len(self.text)
        return None

    def mouse(self, event: Mouse) -> bool:
        if event.kind == "down" and self.enabled and self.line.holds(event.x, event.y):
            if event.clicks == 2:
                self.anchor, self.caret = word_around(self.text, self._under(event))
            else:
                self._selecting = True
                self._go(self._under(event), False)
        elif event.kind == "move" and self._selecting:
            self._go(self._under(event), True)
        elif event.kind == "up":
            self._selecting = False
        return event.kind != "wheel"

    def _under(self, event: Mouse) -> int:
        """The position under the pointer."""
        x = event.x - self.line.x - 1 - MARGIN + self._scrolled()
        return position_at(self.text, ((0, len(self.text)),), faces().system, 0, x)

    def _go(self, position: int, extend: bool) -> None:
        self.caret = position
        if not extend:
            self.anchor = position

    def _change(self, changed: tuple[str, int]) -> None:
        text, caret = changed
        if len(text) <= self.limit and text != self.text:
            self.text = text
            self._go(caret, False)
            if self.on_change:
                self.on_change(text)

    def _scrolled(self) -> int:
        """Pixels of the text that are out of sight at the left, so that the caret is in sight."""
        font = faces().system
        caret = font.width(self.text[: self.caret])
        room = self.line.w - 2 * MARGIN - 2
        left = max(min(self._left, caret), caret - room)
        self._left = max(0, min(left, font.width(self.text) - room))
        return self._left
