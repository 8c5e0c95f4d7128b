"""An outline that follows the mouse, or the arrow keys, until the window takes its place.

caption         all of it moves
right, top left …   that side or corner moves, the others stay
"""

from __future__ import annotations

from .box import Box
from .events import Key
from .window import Window

LEAST = Box(0, 0, 100, 28)
"""The smallest window."""
GRASP = 40
"""Pixels of a caption that stay on the desktop, so that it can be grasped again."""
STEP = 8
"""Pixels that an arrow key moves; one with Ctrl."""
ARROWS = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}
SIDES = {"left": "left", "right": "right", "up": "top", "down": "bottom"}


def reshaped(box: Box, part: str, dx: int, dy: int, area: Box) -> Box:
    """A window whose `part` was moved so far: never too small, and never off the desktop.

    >>> area = Box(0, 0, 640, 480)
    >>> reshaped(Box(10, 10, 200, 100), "caption", 5, -50, area)
    Box(x=15, y=0, w=200, h=100)
    >>> reshaped(Box(10, 10, 200, 100), "bottom right", 20, -90, area)
    Box(x=10, y=10, w=220, h=28)
    """
    if part == "caption":
        x = max(area.x - box.w + GRASP, min(box.x + dx, area.right - GRASP))
        return Box(x, max(area.y, min(box.y + dy, area.bottom - GRASP // 2)), box.w, box.h)
    left, top, right, bottom = box.x, box.y, box.right, box.bottom
    if "left" in part:
        left = min(max(left + dx, area.x), right - LEAST.w)
    if "right" in part:
        right = max(min(right + dx, area.right), left + LEAST.w)
    if "top" in part:
        top = min(max(top + dy, area.y), bottom - LEAST.h)
    if "bottom" in part:
        bottom = max(min(bottom + dy, area.bottom), top + LEAST.h)
    return Box(left, top, right - left, bottom - top)


class Drag:
    """A window that is moved or sized by the mouse, which went down at `start`, or by keys if there is none.

    For keys, `part` is empty at first when a window is sized: the arrows say which sides move.
    """

    def __init__(self, window: Window, part: str, area: Box, start: tuple[int, int] | None = None) -> None:
        self.window, self.part, self.area, self.start = window, part, area, start
        self.outline = window.box

    @property
    def changed(self) -> bool:
        return self.outline != self.window.box

    def follow(self, x: int, y: int) -> None:
        """The mouse is at (x, y)."""
        if self.start is not None:
            self.outline = reshaped(self.window.box, self.part, x - self.start[0], y - self.start[1], self.area)

    def step(self, event: Key) -> None:
        """An arrow key was pressed."""
        if event.name not in ARROWS:
            return
        dx, dy = ARROWS[event.name]
        if self.part != "caption" and not any(side in self.part for side in (("left", "right") if dx else ("top", "bottom"))):
            self.part = f"{self.part} {SIDES[event.name]}".strip()
        by = 1 if event.ctrl else STEP
        self.outline = reshaped(self.outline, self.part, dx * by, dy * by, self.area)
