"""One of several: round buttons below each other, of which one has a dot. Arrows, their mnemonics or a click choose."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .box import Box
from .canvas import Canvas
from .events import Key, Mouse
from .fonts import mnemonic
from .widget import Widget

HEIGHT = 20
"""Height of an option."""
STEPS = {"up": -1, "left": -1, "down": 1, "right": 1}


class Choice(Widget):
    """`at` is the option that is chosen; `on_change(at)` is told after the user has chosen another."""

    role = "choice"
    takes_focus = True

    def __init__(
        self,
        box: Box,
        name: str,
        options: Sequence[str],
        at: int = 0,
        on_change: Callable[[int], object] | None = None,
    ) -> None:
        super().__init__(box, name)
        self.options = tuple(options)
        self.at = at
        self.on_change = on_change

    @property
    def value(self) -> str:
        return mnemonic(self.options[self.at])[0] + f", {self.at + 1} of {len(self.options)}"

    def option_box(self, at: int) -> Box:
        """The rectangle of an option."""
        return Box(self.box.x, self.box.y + at * HEIGHT, self.box.w, HEIGHT)

    def draw(self, canvas: Canvas) -> None:
        for at, option in enumerate(self.options):
            chosen = at == self.at
            focus = chosen and self.focused
            self.look.radio(canvas, self.option_box(at), option, chosen=chosen, focus=focus, enabled=self.enabled)

    def choose(self, at: int) -> None:
        """The user chooses."""
        if self.enabled and at != self.at:
            self.at = at
            if self.on_change:
                self.on_change(at)

    def key(self, event: Key) -> bool:
        if event.name not in STEPS or event.alt or event.ctrl:
            return False
        self.choose((self.at + STEPS[event.name]) % len(self.options))
        return True

    def mouse(self, event: Mouse) -> bool:
        row = (event.y - self.box.y) // HEIGHT
        if event.kind == "down" and 0 <= row < len(self.options):
            self.choose(row)
        return event.kind != "wheel"
