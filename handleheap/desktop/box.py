"""A rectangle of whole pixels: x and y of its first pixel, w and h its size."""

from __future__ import annotations

from typing import NamedTuple


class Box(NamedTuple):
    """A rectangle. `right` and `bottom` are the first pixels outside."""

    x: int
    y: int
    w: int
    h: int

    @property
    def right(self) -> int:
        return self.x + self.w

    @property
    def bottom(self) -> int:
        return self.y + self.h

    def inset(self, by: int) -> Box:
        """The rectangle without `by` pixels on every side.

        >>> Box(10, 10, 20, 8).inset(3)
        Box(x=13, y=13, w=14, h=2)
        """
        return Box(self.x + by, self.y + by, self.w - 2 * by, self.h - 2 * by)

    def moved(self, dx: int, dy: int) -> Box:
        return Box(self.x + dx, self.y + dy, self.w, self.h)

    def holds(self, x: int, y: int) -> bool:
        """Whether the pixel (x, y) is inside."""
        return self.x <= x < self.right and self.y <= y < self.bottom
