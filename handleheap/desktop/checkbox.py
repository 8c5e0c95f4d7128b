"""A square that is crossed or not. Space, its mnemonic or a click change that."""

from __future__ import annotations

from collections.abc import Callable

from .box import Box
from .canvas import Canvas
from .events import Key, Mouse
from .fonts import letter, mnemonic
from .widget import Widget


class CheckBox(Widget):
    """`checked` is what it shows; `on_change(checked)` is told after the user has changed it."""

    role = "check box"
    takes_focus = True

    def __init__(self, box: Box, text: str, checked: bool = False, on_change: Callable[[bool], object] | None = None) -> None:
        super().__init__(box, mnemonic(text)[0])
        self.text = text
        self.checked = checked
        self.on_change = on_change
        self._held = False

    @property
    def value(self) -> str:
        return "checked" if self.checked else "not checked"

    @property
    def mnemonic(self) -> str:
        return letter(self.text)

    def draw(self, canvas: Canvas) -> None:
        self.look.check_box(canvas, self.box, self.text, checked=self.checked, focus=self.focused, enabled=self.enabled)

    def press(self) -> None:
        if self.enabled:
            self.checked = not self.checked
            if self.on_change:
                self.on_change(self.checked)

    def key(self, event: Key) -> bool:
        if event.name != "space" or event.alt:
            return False
        self.press()
        return True

    def mouse(self, event: Mouse) -> bool:
        """Like a button: it counts where the button comes up."""
        if event.kind == "down":
            self._held = True
        elif event.kind == "up":
            if self._held and self.box.holds(event.x, event.y):
                self.press()
            self._held = False
        return event.kind != "wheel"
