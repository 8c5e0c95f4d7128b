"""The desktop: windows one above the other, which of them gets an event, and what lies below them all.

The last window of the list is on top and active. While a dialog is on top nothing else answers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from . import icons, win31
from .box import Box
from .canvas import Canvas
from .events import Input, Key, Mouse, Quit
from .skin import Ink
from .window import Window, message_box


class Icon(NamedTuple):
    """An icon on the desktop, its top left corner at (x, y); a double click opens it."""

    x: int
    y: int
    picture: icons.Picture
    label: str
    open: Callable[[], None] | None = None

    def holds(self, x: int, y: int) -> bool:
        return Box(self.x, self.y, icons.SIZE, icons.SIZE).holds(x, y) or icons.label_box(self.x, self.y, self.label).holds(x, y)


class Desktop:
    """Takes events, draws everything. `busy` shows the hourglass in place of the pointer."""

    def __init__(self) -> None:
        self.windows: list[Window] = []
        self.icons: list[Icon] = []
        self.chosen: Icon | None = None
        self.pointer = (320, 240)
        self.busy = False
        self.tip = ""
        self.running = True
        self.shortcuts: dict[str, Callable[[], None]] = {}
        """What a key does that no widget wants; silent while a dialog is on top."""
        self.inputs = 0
        """How many events were posted."""
        self._drag: tuple[Window, int, int, Box] | None = None

    @property
    def top(self) -> Window | None:
        return self.windows[-1] if self.windows else None

    def show(self, window: Window) -> None:
        """Put a window on top, a new one or one that is there."""
        if window in self.windows:
            self.windows.remove(window)
        self.windows.append(window)
        self._activate()

    def hide(self, window: Window) -> None:
        """Take a window away."""
        if window in self.windows:
            self.windows.remove(window)
        self._activate()

    def ask(
        self,
        title: str,
        text: str,
        answered: Callable[[str], None] | None = None,
        *,
        buttons: tuple[str, ...] = ("OK",),
        warn: bool = True,
    ) -> Window:
        """Show a message box; it goes away with the answer, and then `answered` is told."""

        def done(answer: str) -> None:
            self.hide(box)
            if answered:
                answered(answer)

        box = message_box(title, text, done, buttons=buttons, warn=warn)
        self.show(box)
        return box

    def describe(self) -> str:
        """Everything that is to be seen, the topmost window first."""
        return "\n".join(window.describe() for window in reversed(self.windows))

    def post(self, event: Input) -> bool:
        """Give an event to whom it concerns; True if somebody used it."""
        self.inputs += 1
        match event:
            case Quit():
                self.running = False
                return True
            case Key():
                return (self.top is not None and self.top.key(event)) or self._shortcut(event)
            case Mouse():
                self.pointer = (event.x, event.y)
                return self._mouse(event)

    def draw(self, canvas: Canvas) -> None:
        win31.background(canvas)
        for icon in self.icons:
            icons.icon(canvas, icon.x, icon.y, icon.picture, icon.label, chosen=icon is self.chosen)
        for window in self.windows:
            window.draw(canvas)
        if self.top and self.top.menu:
            self.top.menu.draw_menu(canvas)
        if self._drag:
            canvas.dotted(self._drag[3], Ink.FRAME)
            canvas.dotted(self._drag[3].inset(1), Ink.FRAME)
        if self.tip:
            win31.tooltip(canvas, self.pointer[0] + 12, self.pointer[1] + 18, self.tip)
        if self.busy:
            icons.hourglass(canvas, *self.pointer)

    def _shortcut(self, event: Key) -> bool:
        action = self.shortcuts.get(event.name)
        if action is None or event.alt or event.ctrl or (self.top and self.top.dialog):
            return False
        action()
        return True

    def _mouse(self, event: Mouse) -> bool:
        top = self.top
        if self._drag:
            self._dragged(event)
            return True
        if top and top.menu and (top.menu.active or (event.kind == "down" and top.menu.box.holds(event.x, event.y))):
            return top.menu.mouse(event)
        if event.kind != "down":
            return top.mouse(event) if top else False
        found = top if top and top.dialog else self._window_at(event.x, event.y)
        if found is None:
            return self._click_icon(event)
        if found is not top:
            self.show(found)
        if found.control.holds(event.x, event.y):
            if event.clicks == 2:
                found.close()
            return True
        if found.caption.holds(event.x, event.y):
            self._drag = (found, event.x, event.y, found.box)
            return True
        if found.menu and found.menu.box.holds(event.x, event.y):
            return found.menu.mouse(event)
        return found.mouse(event)

    def _window_at(self, x: int, y: int) -> Window | None:
        return next((window for window in reversed(self.windows) if window.box.holds(x, y)), None)

    def _click_icon(self, event: Mouse) -> bool:
        self.chosen = next((icon for icon in self.icons if icon.holds(event.x, event.y)), None)
        if self.chosen and self.chosen.open and event.clicks == 2:
            self.chosen.open()
        return self.chosen is not None

    def _dragged(self, event: Mouse) -> None:
        """An outline follows the mouse; the window follows when the button comes up."""
        if self._drag is None:
            return
        window, x, y, _ = self._drag
        outline = window.box.moved(event.x - x, event.y - y)
        self._drag = (window, x, y, outline)
        if event.kind == "up":
            self._drag = None
            window.place(outline.x, outline.y)

    def _activate(self) -> None:
        for window in self.windows:
            window.activate(window is self.top)
