"""The desktop: windows one above the other, which of them gets an event, and what lies below them all.

windows     the lowest first; the last one that is not an icon is on top, active, and gets the keys
gestures    what is done to frames, captions and menus; the manager hears what is wanted
dialogs     while one is on top nothing else answers
"""

from __future__ import annotations

from collections.abc import Callable

from . import icons, win31
from .box import Box
from .canvas import Canvas
from .events import Drop, Input, Key, Mouse, Quit
from .feet import Icon, feet
from .gestures import Gestures
from .look import Look
from .manager import Manager, OwnManager
from .window import Window, message_box

__all__ = ["Desktop", "Icon"]

REST = 0.6
"""Seconds that the pointer rests before a tip is shown."""
STEPS = ("left", "right", "up", "down", "home", "end", "pageup", "pagedown")
"""Keys that move in a text, and are no shortcuts there."""


class Desktop:
    """Takes events, draws everything inside of `area`. `busy` shows the hourglass in place of the pointer.

    A program may put other window objects in place of those that are there, at any time: what goes on by hand goes on with the
    window that has the rectangle and the state of the one where it began.
    """

    def __init__(
        self,
        *,
        manager: Manager | None = None,
        area: Box = Box(0, 0, 640, 480),  # noqa: B008  # a plain value
        look: Look = win31,
    ) -> None:
        self.manager = manager or OwnManager(self)
        self.area = area
        self.reach = area
        """As far as a dropped menu may hang down."""
        self.look = look
        self.windows: list[Window] = []
        self.icons: list[Icon] = []
        self.chosen: Icon | None = None
        self.pointer = (320, 240)
        self.busy = False
        self.tip = ""
        self.running = True
        self.shortcuts: dict[str, Callable[[], None]] = {}
        """What a key does that no widget wants, by name, as in `c`, `f5`, `shift+c` or `ctrl+s`. They are silent while a
        dialog is on top, and those that write or move in a text while a text has the focus."""
        self.inputs = 0
        """How many events were posted."""
        self.gestures = Gestures(self)
        self._selected: Window | None = None
        self._cycled = 0
        self._rest = 0.0

    # --- windows ----------------------------------------------------------------------------------------------------------

    @property
    def top(self) -> Window | None:
        """The active window."""
        return next(reversed(self.shown), None)

    @property
    def shown(self) -> list[Window]:
        """The windows that are no icons, the lowest first."""
        return [window for window in self.windows if window.state != "minimised"]

    @property
    def minimised(self) -> list[Window]:
        return [window for window in self.windows if window.state == "minimised"]

    @property
    def modal(self) -> bool:
        """Whether a dialog is on top."""
        return self.top is not None and self.top.dialog

    @property
    def selected(self) -> Window | None:
        """The minimised window whose icon is chosen: it gets the keys then."""
        return self.now(self._selected) if self._selected and not self.modal else None

    def select(self, window: Window | None) -> None:
        """Choose the icon of a minimised window, or none."""
        self._selected = window

    def now(self, window: Window) -> Window | None:
        """The window itself, or the one that has taken its place."""
        if window in self.windows:
            return window
        same = (each for each in self.windows if (each.box, each.state, each.dialog) == (window.box, window.state, window.dialog))
        return next(same, None)

    def show(self, window: Window) -> None:
        """Put a window on top, a new one or one that is there."""
        if window in self.windows:
            self.windows.remove(window)
        self.windows.append(window)
        if window.state == "minimised":
            window.state = "normal"
        self.select(None)
        self.arrange()

    def hide(self, window: Window) -> None:
        """Take a window away."""
        if window in self.windows:
            self.windows.remove(window)
        self.arrange()

    def arrange(self) -> None:
        """Let the topmost window be the active one."""
        for window in self.windows:
            window.activate(window is self.top)

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

        box = message_box(title, text, done, buttons=buttons, warn=warn, area=self.area, look=self.look)
        self.show(box)
        return box

    def feet(self) -> list[tuple[Window, Icon]]:
        """The minimised windows and their icons."""
        return feet(self.minimised, self.area, self.icons)

    def describe(self) -> str:
        """Everything that is to be seen, the topmost first."""
        said = [window.describe() + (" (focus)" if window is self.selected else "") for window in reversed(self.windows)]
        if menu := self.gestures.system:
            said.insert(0, menu.describe())
        return "\n".join(said)

    # --- drawing ----------------------------------------------------------------------------------------------------------

    def draw(self, canvas: Canvas) -> None:
        """Everything, cut off at the edges of the area."""
        with canvas.within(self.area):
            self.look.background(canvas)
            with canvas.within(Box(-self.area.x, -self.area.y, self.area.right, self.area.bottom)):
                self._draw(canvas)
        if menu := self.gestures.menu:
            menu.draw_menu(canvas)

    def _draw(self, canvas: Canvas) -> None:
        for icon in self.icons:
            icons.icon(canvas, icon.x, icon.y, icon.picture, icon.label, chosen=icon is self.chosen)
        for window, icon in self.feet():
            icons.icon(canvas, icon.x, icon.y, icon.picture, icon.label, chosen=window is self.selected)
        for window in self.shown:
            window.show(canvas)
        if top := self.top:
            if self.selected:
                with canvas.within(top.caption):
                    top.draw_frame(canvas, active=False, at=(-top.caption.x, -top.caption.y))
            self.gestures.draw(canvas, top)
        if self.tip:
            self._draw_tip(canvas)
        if self.busy:
            icons.hourglass(canvas, *self.pointer)

    def _draw_tip(self, canvas: Canvas) -> None:
        """The tip below the pointer, or where the area has room for it."""
        x, y = self.pointer
        box = self.look.tooltip_box(x + 12, y + 18, self.tip)
        above = y - box.h - 2
        self.look.tooltip(
            canvas,
            max(self.area.x, min(box.x, self.area.right - box.w)),
            box.y if box.bottom <= self.area.bottom else above,
            self.tip,
        )

    # --- events -----------------------------------------------------------------------------------------------------------

    def post(self, event: Input) -> bool:
        """Give an event to whom it concerns; True if somebody used it."""
        self.inputs += 1
        if self.top and self.top.menu:
            self.top.menu.area = self.reach
        match event:
            case Quit():
                self.running = False
                return True
            case Drop():
                return False
            case Key():
                return self._key(event)
            case Mouse():
                self.pointer, self.tip, self._rest = (event.x, event.y), "", 0.0
                return self._mouse(event)

    def tick(self, seconds: float) -> None:
        """Let time pass: a pointer that rests is told what it is on."""
        self._rest += seconds
        if self._rest >= REST:
            self.tip = "" if self.gestures.busy else self._tip_here()

    def _key(self, event: Key) -> bool:
        gestures = self.gestures
        if gestures.drag:
            gestures.drag_key(gestures.drag, event)
            return True
        if menu := gestures.menu:
            return menu.key(event)
        if not self.modal and _cycles(event):
            return self._cycle(back=event.shift)
        self._cycled = 0
        window = self.selected or self.top
        if window and event.alt and event.name == "f4":
            self.manager.close(window)
            return True
        if window and event.alt and event.name in ("space", "-"):
            gestures.open_system(window).first()
            return True
        if self.selected:
            return self._icon_key(self.selected, event) or self._shortcut(event)
        used = window is not None and window.key(event)
        if window:
            gestures.open_menu(window)
        return used or self._shortcut(event)

    def _shortcut(self, event: Key) -> bool:
        if self.modal:
            return False
        held = "".join(f"{name}+" for name, down in (("ctrl", event.ctrl), ("alt", event.alt), ("shift", event.shift)) if down)
        names = [held + event.name]
        if not event.ctrl and not event.alt:
            if self.writing and (event.typed or event.name in STEPS):
                return False
            names += [event.name, event.typed]
        action = next((self.shortcuts[name] for name in names if name in self.shortcuts), None)
        if action:
            action()
        return action is not None

    @property
    def writing(self) -> bool:
        """Whether a text has the focus."""
        return self.selected is None and self.top is not None and self.top.focus is not None and self.top.focus.takes_text

    def _mouse(self, event: Mouse) -> bool:
        gestures = self.gestures
        if gestures.drag:
            gestures.dragged(gestures.drag, event)
            return True
        if (menu := gestures.menu) and not gestures.closes(event):
            return menu.mouse(event)
        if event.kind in ("move", "up"):
            return gestures.follow(event)
        if not self.area.holds(event.x, event.y):
            return False
        found = self.top if self.modal else self._window_at(event.x, event.y)
        if event.kind == "wheel":
            return found is not None and found.mouse(event)
        if found is None:
            return self._click_icon(event)
        self.chosen = None
        self.select(None)
        if found is not self.top:
            self.manager.activate(found)
            found = self.now(found)
        return gestures.down(found, event) if found and found is self.top else True

    def _window_at(self, x: int, y: int) -> Window | None:
        return next((window for window in reversed(self.shown) if window.box.holds(x, y)), None)

    def _tip_here(self) -> str:
        """What the child under the pointer has to say."""
        window = self._window_at(*self.pointer)
        if window is None or (self.modal and window is not self.top):
            return ""
        x, y = self.pointer[0] - window.client.x, self.pointer[1] - window.client.y
        found = next((child for child in reversed(window.children) if child.box.holds(x, y)), None)
        return found.tip_at(x, y) if found else ""

    # --- one window after the other, and icons ----------------------------------------------------------------------------

    def _cycle(self, back: bool) -> bool:
        """The next window, the lowest one; when all have had their turn the icons, one after the other."""
        shown, hidden = self.shown, self.minimised
        if back and len(shown) > 1 and not self.selected:
            self.manager.activate(shown[-2])
            return True
        at = self._cycled - max(0, len(shown) - 1)
        self._cycled = 0 if at >= len(hidden) else self._cycled + 1
        if 0 <= at < len(hidden):
            self.select(hidden[at])
            return True
        self.select(None)
        if len(shown) > 1:
            self.manager.activate(shown[0])
        return True

    def _icon_key(self, window: Window, event: Key) -> bool:
        """A key for the icon of a minimised window."""
        match event.name:
            case "enter":
                self.select(None)
                self.manager.restore(window)
            case "escape":
                self.select(None)
            case "left" | "right" if not event.ctrl and not event.alt:
                hidden = self.minimised
                self.select(hidden[(hidden.index(window) + (1 if event.name == "right" else -1)) % len(hidden)])
            case _:
                return False
        return True

    def _click_icon(self, event: Mouse) -> bool:
        self.chosen = next((icon for icon in self.icons if icon.holds(event.x, event.y)), None)
        window = next((window for window, icon in self.feet() if icon.holds(event.x, event.y)), None)
        self.select(window)
        if window and event.clicks == 2:
            self.select(None)
            self.manager.restore(window)
        elif self.chosen and self.chosen.open and event.clicks == 2:
            self.chosen.open()
        return window is not None or self.chosen is not None


def _cycles(event: Key) -> bool:
    """Ctrl+Tab, which reaches every program; Alt+Tab and Alt+Esc where no other desktop keeps them for itself."""
    return (event.name == "tab" and (event.ctrl or event.alt)) or (event.name == "escape" and event.alt)
