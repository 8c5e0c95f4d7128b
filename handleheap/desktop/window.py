"""A window: frame, caption, menu bar, contents and status line, and the focus that wanders through the contents."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from . import icons, win31
from .box import Box
from .canvas import Canvas
from .events import Key, Mouse
from .fonts import faces
from .look import Look
from .menu import Menu, MenuBar
from .skin import Ink
from .widget import Button, Label, Panel, StatusLine, Widget


class Window(Widget):
    """A window on the desktop; `box` is in the coordinates of the desktop, its children's are in those of `client`.

    With `on_close`, Alt+F4 and a double click on the control-menu box close it; it is told after that. A dialog is
    modal: it cannot be sized, and nothing below it answers while it is there.

    With a `backing`, the whole window is a picture that somebody else keeps, and only what is `live` is drawn over it.
    """

    role = "window"
    normal: Box | None = None
    """Where it comes back to while it is maximised."""

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
        look: Look = win31,
        resizable: bool = True,
    ) -> None:
        super().__init__(box, title)
        self.look = look
        self.dialog = dialog
        self.resizable = resizable
        self.state = "normal"
        """Or `minimised`, an icon, or `maximised`."""
        self.icon: icons.Picture | None = None
        self.backing: Callable[[Canvas], object] | None = None
        """Paints the window, with (0, 0) at its corner, instead of `draw`."""
        self.live: list[Widget] = []
        """What is drawn over the backing, in the coordinates of the contents."""
        self.on_focus: Callable[[int], object] | None = None
        """Told when the user has moved the focus: to which place in `ring`."""
        self.ground = ground
        self.on_close = on_close
        self.active = True
        self.focus: Widget | None = None
        self.menu = MenuBar(menus) if menus else None
        self.status = None if status is None else StatusLine(Box(0, 0, 0, 0), status)
        for part in (self.menu, self.status):
            if part:
                part.look = look
        self.children: list[Widget] = []
        self._held: Widget | None = None
        self.place(box.x, box.y)

    @property
    def client(self) -> Box:
        """The rectangle of the contents, on the desktop."""
        return self.look.client(self.box, self.menu is not None, self.status is not None, self.dialog)

    @property
    def caption(self) -> Box:
        """Where the window can be grabbed."""
        return self.look.title_bar(self.box, self.dialog)

    @property
    def control(self) -> Box:
        """The box from which the system menu drops."""
        return self.look.control(self.box, self.dialog)

    @property
    def ring(self) -> list[Widget]:
        """The children that take the focus, in the order in which it wanders."""
        return [child for child in self.children if child.takes_focus]

    @property
    def held(self) -> Widget | None:
        """The child that has the mouse, as long as the button is down."""
        return self._held

    def part_at(self, x: int, y: int) -> str:
        """What of the frame is at a pixel of the desktop, see `Look.part_at`."""
        return self.look.part_at(self.box, x, y, self.dialog, self.resizable)

    def add(self, *children: Widget) -> None:
        """Put widgets in; the first that can takes the focus."""
        self.children += children
        for child in children:
            child.look = self.look
        if self.focus is None:
            self.set_focus(next((child for child in self.ring if child.enabled), None))

    def place(self, x: int, y: int) -> None:
        """Move the window's corner there."""
        self.resize(Box(x, y, self.box.w, self.box.h))

    def resize(self, box: Box) -> None:
        """Give the window another rectangle."""
        self.box = box
        inner, client = self.look.inside(self.box, self.dialog), self.client
        if self.menu:
            self.menu.box = Box(inner.x, client.y - self.look.MENU_BAR - 1, inner.w, self.look.MENU_BAR)
        if self.status:
            self.status.box = Box(inner.x, client.bottom + 1, inner.w, self.look.STATUS)

    def set_focus(self, widget: Widget | None) -> None:
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
        if self.state == "minimised":
            return f"icon {self.name}"
        parts: list[Widget] = [part for part in (self.menu, *self.children, self.status) if part]
        said = ("dialog " if self.dialog else "window ") + self.name + (" (maximised)" if self.state == "maximised" else "")
        return "\n  ".join([said, *(part.describe() for part in parts)])

    def show(self, canvas: Canvas) -> None:
        """Bring the window on the desktop: from its backing, if it has one."""
        if self.backing is None:
            self.draw(canvas)
            return
        with canvas.within(self.box):
            self.backing(canvas)
        with canvas.within(self.client):
            for child in self.live:
                child.draw(canvas)

    def draw_frame(self, canvas: Canvas, active: bool, at: tuple[int, int] = (0, 0)) -> None:
        """Frame, caption and ground, `at` pixels from where they belong."""
        box = self.box.moved(*at)
        if self.dialog:
            self.look.dialog(canvas, box, self.name, active)
        else:
            self.look.window(canvas, box, self.name, active, self.resizable, self.state == "maximised")

    def draw(self, canvas: Canvas) -> None:
        self.draw_frame(canvas, self.active)
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
            return self._press_default()
        if event.name == "escape" and self.dialog and not event.alt:
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
                self._focus_on(target)
        elif event.kind == "up":
            self._held = None
        return target.mouse(event)

    def close(self) -> None:
        if self.on_close:
            self.on_close()

    def _focus_on(self, widget: Widget) -> None:
        """The user moves the focus."""
        if widget is not self.focus:
            self.set_focus(widget)
            if self.on_focus:
                self.on_focus(self.ring.index(widget))

    def _move_focus(self, by: int) -> None:
        ring = [child for child in self.ring if child.enabled]
        if ring:
            here = self.focus
            self._focus_on(ring[(ring.index(here) + by if here in ring else 0) % len(ring)])
            if self.focus:
                self.focus.entered()

    def _press_by_letter(self, name: str) -> bool:
        """What has this letter: a button acts, everything else gets the focus first."""
        return self._press(lambda child: child.mnemonic == name)

    def _press_default(self) -> bool:
        return self._press(lambda child: isinstance(child, Button) and child.default)

    def _press(self, wanted: Callable[[Widget], bool]) -> bool:
        for child in self.children:
            if child.enabled and wanted(child):
                if child.takes_focus and not isinstance(child, Button):
                    self._focus_on(child)
                child.press()
                return True
        return False


BUTTON_W, BUTTON_H = 68, 24


def message_box(
    title: str,
    text: str,
    on_answer: Callable[[str], None],
    *,
    buttons: Sequence[str] = ("OK",),
    warn: bool = True,
    area: Box = Box(0, 0, 640, 480),  # noqa: B008  # a plain value
    look: Look = win31,
) -> Window:
    """A dialog with a sign, a text of one or more lines and buttons, centred in `area`.

    `on_answer` gets the text of the button, the last one's for Escape. The first button is the default. Show it with
    `Desktop.show`; the desktop takes it away when it is answered.
    """
    font = faces().system
    lines = text.split("\n")
    wide = max(icons.SIZE + 44 + max(map(font.width, lines)), len(buttons) * (BUTTON_W + 12) + 20, font.width(title) + 60)
    high = max(len(lines) * font.height, icons.SIZE) + BUTTON_H + 46
    frame = 2 * look.DIALOG_FRAME
    width, height = wide + frame, high + frame + look.CAPTION + 1
    box = Box(area.x + (area.w - width) // 2, area.y + (area.h - height) // 2, width, height)
    window = Window(box, title, dialog=True, on_close=lambda: on_answer(buttons[-1].replace("&", "")), look=look)
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
