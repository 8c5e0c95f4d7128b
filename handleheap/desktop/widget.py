"""What stands in a window: a widget knows its rectangle, its name and its value, draws itself and answers to events.

Coordinates are those of the window's contents. Name and value are what a text mode prints, a test reads and a screen
reader would say; `describe` joins them.

`.input.events` No widget asks a device; keys and mouse arrive as events, and `True` means the event is used up.
"""

from __future__ import annotations

from collections.abc import Callable

from . import win31
from .box import Box
from .canvas import Canvas
from .events import Key, Mouse
from .fonts import Font, faces, letter, mnemonic
from .look import Look
from .skin import Ink


class Widget:
    """A part of a window. Subclasses draw, and override `key` and `mouse` if they answer."""

    role = "picture"
    takes_focus = False
    takes_text = False
    """Whether it is written into: while it has the focus, letters are no shortcuts."""

    def __init__(self, box: Box, name: str = "") -> None:
        self.box = box
        self.name = name
        self.enabled = True
        self.focused = False
        self.tip = ""
        """What is said of it to a pointer that rests on it."""
        self.look: Look = win31
        """That of its window, once it stands in one."""

    @property
    def value(self) -> str:
        return ""

    @property
    def mnemonic(self) -> str:
        """The letter that chooses it, together with Alt."""
        return ""

    @property
    def pressed(self) -> bool:
        """Whether it looks pressed, as long as the mouse holds it."""
        return False

    def tip_at(self, x: int, y: int) -> str:
        """What is said to a pointer that rests at (x, y)."""
        return self.tip

    def describe(self) -> str:
        """One line for eyes that do not see the picture."""
        said = f"{self.role} {self.name}".strip() + (f": {self.value}" if self.value else "")
        return said + ("" if self.enabled else " (disabled)") + (" (focus)" if self.focused else "")

    def draw(self, canvas: Canvas) -> None:
        raise NotImplementedError(f"{type(self).__name__}.draw")

    def key(self, event: Key) -> bool:
        return False

    def mouse(self, event: Mouse) -> bool:
        return False

    def press(self) -> None:
        """What happens on the mnemonic, and on Enter for the default button."""

    def entered(self) -> None:
        """The focus came by the keyboard."""


class Label(Widget):
    """A line of text that may change. With `ground` it clears its rectangle first."""

    role = "text"

    def __init__(
        self,
        box: Box,
        text: str,
        *,
        font: Font | None = None,
        ink: int = Ink.TEXT,
        ground: int | None = None,
        align: str = "left",
    ) -> None:
        super().__init__(box)
        self.text = text
        self.font = font or faces().system
        self.ink = ink
        self.ground = ground
        self.align = align

    @property
    def value(self) -> str:
        return self.text

    def draw(self, canvas: Canvas) -> None:
        if self.ground is not None:
            canvas.fill(self.box, self.ground)
        canvas.text_fit(self.box, self.text, self.font, self.ink, self.align)


class Panel(Widget):
    """A rectangle that a function paints, with (0, 0) at its corner.

    `on_click` gets the mouse and `hint` the pixel that a pointer rests on, in the same coordinates.
    """

    def __init__(
        self,
        box: Box,
        paint: Callable[[Canvas, Box], None],
        name: str = "",
        *,
        on_click: Callable[[Mouse], None] | None = None,
        say: Callable[[], str] | None = None,
        hint: Callable[[int, int], str] | None = None,
    ) -> None:
        super().__init__(box, name)
        self.hint = hint
        self.paint = paint
        self.on_click = on_click
        self.say = say

    @property
    def value(self) -> str:
        return self.say() if self.say else ""

    def tip_at(self, x: int, y: int) -> str:
        return self.hint(x - self.box.x, y - self.box.y) if self.hint else self.tip

    def draw(self, canvas: Canvas) -> None:
        with canvas.within(self.box):
            self.paint(canvas, Box(0, 0, self.box.w, self.box.h))

    def mouse(self, event: Mouse) -> bool:
        if self.on_click is None:
            return False
        self.on_click(event.moved(-self.box.x, -self.box.y))
        return True


class Button(Widget):
    """A push button: Space, Enter, its mnemonic or the mouse press it. `default` answers to Enter anywhere in the window."""

    role = "button"
    takes_focus = True

    def __init__(self, box: Box, text: str, on_press: Callable[[], None], *, default: bool = False) -> None:
        super().__init__(box, mnemonic(text)[0])
        self.text = text
        self.on_press = on_press
        self.default = default
        self.down = False
        self._held = False

    @property
    def mnemonic(self) -> str:
        return letter(self.text)

    @property
    def pressed(self) -> bool:
        return self.down

    def draw(self, canvas: Canvas) -> None:
        self.look.button(
            canvas, self.box, self.text, default=self.default, focus=self.focused, down=self.down, enabled=self.enabled
        )

    def press(self) -> None:
        if self.enabled:
            self.on_press()

    def key(self, event: Key) -> bool:
        if event.name not in ("space", "enter") or event.alt:
            return False
        self.press()
        return True

    def mouse(self, event: Mouse) -> bool:
        """Down holds it, up inside presses it; outside, or while it is disabled, nothing happens."""
        if event.kind == "wheel":
            return False
        inside = self.box.holds(event.x, event.y)
        if event.kind == "down":
            self._held = self.enabled
        released = event.kind == "up" and self._held
        if event.kind == "up":
            self._held = False
        self.down = self._held and inside
        if released and inside:
            self.press()
        return True


class Meter(Widget):
    """How much of a whole is used, as a bar."""

    role = "meter"

    def __init__(self, box: Box, name: str, part: int, whole: int) -> None:
        super().__init__(box, name)
        self.part = part
        self.whole = whole

    @property
    def value(self) -> str:
        return f"{100 * self.part // self.whole if self.whole else 0} %"

    def draw(self, canvas: Canvas) -> None:
        self.look.meter(canvas, self.box, self.part, self.whole, self.value)


class StatusLine(Widget):
    """The last line of a window; whoever has something to say sets `text`."""

    role = "status"

    def __init__(self, box: Box, text: str = "") -> None:
        super().__init__(box)
        self.text = text

    @property
    def value(self) -> str:
        return self.text

    def draw(self, canvas: Canvas) -> None:
        self.look.status_line(canvas, self.box, self.text)
