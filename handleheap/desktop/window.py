"""A window: frame, caption, menu bar, contents and status line, and the focus that wanders through the contents."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from . import icons, win31
from .box import Box
from .canvas import Canvas
from .events import Key, Mouse
from .fonts import faces
from .menu import Menu, MenuBar
from .skin import Ink
from .widget import Button, Label, Panel, StatusLine, Widget


class Window(Widget):
    """A window on the desktop; `box` is in the coordinates of the desktop, its children's are in those of `client`.

    With `on_close`, Alt+F4 and a double click on the control-menu box close it; it is told after that. A dialog is
    modal: it cannot be sized, and nothing below it answers while it is there.
    """

    role = "window"

    def __init__(
        self,
        box: Box,
        title: str,
        *,
        menus: Sequence[Menu] = (),
        status: str | None = None,
        dialog: bool = False,
        ground: int = Ink.WINDOW,
        on_close: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(box, title)
        self.dialog = dialog
        self.ground = ground
        self.on_close = on_close
        self.active = True
        self.focus: Widget | None = None
        self.menu = MenuBar(menus) if menus else None
        self.status = None if status is None else StatusLine(Box(0, 0, 0, 0), status)
        self.children: list[Widget] = []
        self._held: Widget | None = None
        self.place(box.x, box.y)

    @property
    def client(self) -> Box:
        """The rectangle of the contents, on the desktop."""
        return win31.client(self.box, self.menu is not None, self.status is not None, self.dialog)

    @property
    def caption(self) -> Box:
        """Where the window can be grabbed."""
        inner = win31.inside(self.box, self.dialog)
        return Box(inner.x, inner.y, inner.w, win31.CAPTION)

    @property
    def control(self) -> Box:
        return self.caption._replace(w=win31.CAPTION)

    def add(self, *children: Widget) -> None:
        """Put widgets in; the first that can takes the focus."""
        self.children += children
        if self.focus is None:
            self._move_focus(1)

    def place(self, x: int, y: int) -> None:
        """Move the window's corner there."""
        self.box = Box(x, y, self.box.w, self.box.h)
        inner, client = win31.inside(self.box, self.dialog), self.client
        if self.menu:
            self.menu.box = Box(inner.x, client.y - win31.MENU_BAR - 1, inner.w, win31.MENU_BAR)
        if self.status:
            self.status.box = Box(inner.x, client.bottom + 1, inner.w, win31.STATUS)

    def set_focus(self, widget: Widget) -> None:
        self.focus = widget
        self.activate(self.active)

    def activate(self, active: bool) -> None:
        """Make the window look active or not; only an active one shows where its focus is."""
        self.active = active
        if self.menu and not active:
            self.menu.leave()
        for child in self.children:
            child.focused = active and child is self.focus

    def describe(self) -> str:
        """The window and all that is in it, a line each."""
        parts: list[Widget] = [part for part in (self.menu, *self.children, self.status) if part]
        return "\n  ".join([("dialog " if self.dialog else "window ") + self.name, *(part.describe() for part in parts)])

    def draw(self, canvas: Canvas) -> None:
        (win31.dialog if self.dialog else win31.window)(canvas, self.box, self.name, self.active)
        canvas.fill(self.client, self.ground)
        if self.menu:
            self.menu.draw(canvas)
        if self.status:
            self.status.draw(canvas)
        with canvas.within(self.client):
            for child in self.children:
                child.draw(canvas)

    def key(self, event: Key) -> bool:
        """Menu bar, focused widget, then what is the window's own: Tab, mnemonics, Enter for the default, Escape."""
        if self.menu and self.menu.key(event):
            return True
        if event.alt and self._press_by_letter(event.name):
            return True
        if self.focus and not event.alt and self.focus.key(event):
            return True
        if event.name == "tab" and not event.alt:
            self._move_focus(-1 if event.shift else 1)
            return True
        if event.name == "enter" and not event.alt:
            return self._press(lambda button: button.default)
        if event.name == "escape" and self.dialog:
            self.close()
            return True
        if event.name == "f4" and event.alt and self.on_close:
            self.close()
            return True
        return False

    def mouse(self, event: Mouse) -> bool:
        """To the widget under it, which then keeps the mouse until the button comes up."""
        client = self.client
        event = event.moved(-client.x, -client.y)
        target = self._held
        if target is None and event.kind in ("down", "wheel"):
            target = next((child for child in reversed(self.children) if child.box.holds(event.x, event.y)), None)
        if target is None:
            return False
        if event.kind == "down":
            self._held = target
            if target.takes_focus and target.enabled:
                self.set_focus(target)
        elif event.kind == "up":
            self._held = None
        return target.mouse(event)

    def close(self) -> None:
        if self.on_close:
            self.on_close()

    def _move_focus(self, by: int) -> None:
        ring = [child for child in self.children if child.takes_focus and child.enabled]
        if ring:
            here = self.focus
            at = ring.index(here) + by if here in ring else 0
            self.set_focus(ring[at % len(ring)])

    def _press_by_letter(self, name: str) -> bool:
        return self._press(lambda button: button.mnemonic == name)

    def _press(self, wanted: Callable[[Button], bool]) -> bool:
        for child in self.children:
            if isinstance(child, Button) and child.enabled and wanted(child):
                child.press()
                return True
        return False


BUTTON_W, BUTTON_H = 68, 24


def message_box(
    title: str, text: str, on_answer: Callable[[str], None], *, buttons: Sequence[str] = ("OK",), warn: bool = True
) -> Window:
    """A dialog with a sign, a text of one or more lines and buttons, centred on 640 x 480.

    `on_answer` gets the text of the button, the last one's for Escape. The first button is the default. Show it with
    `Desktop.show`; the desktop takes it away when it is answered.
    """
    font = faces().system
    lines = text.split("\n")
    wide = max(icons.SIZE + 44 + max(map(font.width, lines)), len(buttons) * (BUTTON_W + 12) + 20, font.width(title) + 60)
    high = max(len(lines) * font.height, icons.SIZE) + BUTTON_H + 46
    frame = 2 * win31.DIALOG_FRAME
    width, height = wide + frame, high + frame + win31.CAPTION + 1
    box = Box((640 - width) // 2, (480 - height) // 2, width, height)
    window = Window(box, title, dialog=True, on_close=lambda: on_answer(buttons[-1].replace("&", "")))
    sign = icons.warning if warn else icons.information
    window.add(
        Panel(Box(14, 16, icons.SIZE, icons.SIZE), lambda canvas, _: sign(canvas, 0, 0), "warning" if warn else "information")
    )
    first = 16 + max(0, (icons.SIZE - len(lines) * font.height) // 2)
    for at, line in enumerate(lines):
        window.add(Label(Box(icons.SIZE + 28, first + at * font.height, font.width(line), font.height), line))
    x = (wide - len(buttons) * (BUTTON_W + 12) + 12) // 2
    for at, name in enumerate(buttons):
        answer = name.replace("&", "")
        place = Box(x + at * (BUTTON_W + 12), high - BUTTON_H - 14, BUTTON_W, BUTTON_H)
        window.add(Button(place, name, lambda answer=answer: on_answer(answer), default=at == 0))  # type: ignore[misc]
    return window
