"""A scroll bar that lies and stands for a number: 0 at the left, `last` at the right.

Keys: arrows by one, page keys by a page, Home, End. Mouse: arrows, track, thumb, wheel.
"""

from __future__ import annotations

from collections.abc import Callable

from .box import Box
from .canvas import Canvas
from .events import Key, Mouse
from .grip import Grip
from .widget import Widget


class Slider(Widget):
    """`at` is what it shows; `on_change(at)` is told after the user has moved it. `say(at)` puts the number into words."""

    role = "slider"
    takes_focus = True

    def __init__(
        self,
        box: Box,
        name: str,
        at: int,
        last: int,
        on_change: Callable[[int], object] | None = None,
        *,
        page: int | None = None,
        say: Callable[[int], str] | None = None,
    ) -> None:
        super().__init__(box, name)
        self.at, self.last, self.on_change, self.say = at, last, on_change, say
        self.page = page or max(1, last // 10)
        self._grip = Grip()

    @property
    def value(self) -> str:
        return self.say(self.at) if self.say else f"{self.at:,} of {self.last:,}"

    def draw(self, canvas: Canvas) -> None:
        self.look.scroll_bar(canvas, self.box, self.at, self.last, across=True, focus=self.focused)

    def move_to(self, at: int) -> None:
        """The user moves it, as far as it goes."""
        at = max(0, min(at, self.last))
        if self.enabled and at != self.at:
            self.at = at
            if self.on_change:
                self.on_change(at)

    def key(self, event: Key) -> bool:
        at = self.at
        goals = {
            "left": at - 1,
            "right": at + 1,
            "up": at - 1,
            "down": at + 1,
            "pageup": at - self.page,
            "pagedown": at + self.page,
            "home": 0,
            "end": self.last,
        }
        if event.name not in goals or event.alt or event.ctrl:
            return False
        self.move_to(goals[event.name])
        return True

    def mouse(self, event: Mouse) -> bool:
        x = event.x - self.box.x
        match event.kind:
            case "down":
                self.move_to(self._grip.press(self.look, self.box.w, x, self.at, self.last, self.page))
            case "move":
                self.move_to(self._grip.drag(self.look, self.box.w, x, self.at, self.last))
            case "up":
                self._grip.release()
            case "wheel":
                self.move_to(self.at + event.wheel)
        return True
