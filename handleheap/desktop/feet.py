"""Icons on the desktop: those that stand for minimised windows have places at its foot, from left to right, row upon row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from . import icons
from .box import Box
from .fonts import faces
from .window import Window

CELL = 75
"""Width of a place for an icon."""
FOOT = 64
"""Height of a place, with a label of two lines."""


class Icon(NamedTuple):
    """An icon on the desktop, its top left corner at (x, y); a double click opens it. Its label may have several lines."""

    x: int
    y: int
    picture: icons.Picture
    label: str
    open: Callable[[], None] | None = None

    def holds(self, x: int, y: int) -> bool:
        return Box(self.x, self.y, icons.SIZE, icons.SIZE).holds(x, y) or icons.label_box(self.x, self.y, self.label).holds(x, y)


def label(title: str) -> str:
    """A title in at most two lines of the width of a place.

    >>> label("Notepad - LETTER.TXT").split(chr(10))
    ['Notepad -', 'LETTER.TXT']
    """
    font, width = faces().small, CELL - 5
    first, *rest = font.wrap(title, width)
    return "\n".join(font.fit(line, width) for line in (first, " ".join(rest)) if line)


def feet(windows: Sequence[Window], area: Box, taken: Sequence[Icon] = ()) -> list[tuple[Window, Icon]]:
    """Minimised windows with their icons, where no other icon is."""
    across = max(1, area.w // CELL)
    rows = max(1, area.h // FOOT)
    places = [
        (area.x + column * CELL + (CELL - icons.SIZE) // 2, area.bottom - FOOT * (row + 1))
        for row in range(rows)
        for column in range(across)
    ]
    free = [(x, y) for x, y in places if not any(abs(icon.x - x) < CELL // 2 and abs(icon.y - y) < FOOT for icon in taken)]
    return [
        (window, Icon(x, y, window.icon or icons.application, label(window.name)))
        for window, (x, y) in zip(windows, free or places, strict=False)
    ]
