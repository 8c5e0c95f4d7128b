"""Who does what the gestures on windows ask for: the desktop itself, or a program that makes commands of them.

a title is dragged, a corner pulled, a box in the caption pressed       the desktop finds out what is wanted
manager.move(window, 40, 60)                                            and says it, once, when the button comes up
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from .box import Box
from .window import Window

if TYPE_CHECKING:
    from .desk import Desktop


class Manager(Protocol):
    """Told what the user wants of a window. Whether it happens is its own affair."""

    def activate(self, window: Window) -> None: ...
    def move(self, window: Window, x: int, y: int) -> None: ...
    def size(self, window: Window, box: Box) -> None: ...
    def minimise(self, window: Window) -> None: ...
    def maximise(self, window: Window) -> None: ...
    def restore(self, window: Window) -> None: ...
    def close(self, window: Window) -> None: ...


class OwnManager:
    """Does it on the spot. A window is taken away by whoever hears that it was closed."""

    def __init__(self, desktop: Desktop) -> None:
        self.desktop = desktop

    def activate(self, window: Window) -> None:
        self.desktop.show(window)

    def move(self, window: Window, x: int, y: int) -> None:
        window.place(x, y)

    def size(self, window: Window, box: Box) -> None:
        window.resize(box)

    def minimise(self, window: Window) -> None:
        self._normal(window)
        window.state = "minimised"
        self.desktop.arrange()

    def maximise(self, window: Window) -> None:
        if window.state != "maximised":
            window.normal, window.state = window.box, "maximised"
            window.resize(self.desktop.area)
        self.desktop.show(window)

    def restore(self, window: Window) -> None:
        self._normal(window)
        self.desktop.show(window)

    def close(self, window: Window) -> None:
        window.close()

    def _normal(self, window: Window) -> None:
        if window.normal is not None:
            window.resize(window.normal)
        window.normal, window.state = None, "normal"
