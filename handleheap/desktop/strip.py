"""A face as one 8-bit picture, so that a heap block can hold it: all glyphs side by side, 1 where there is ink.

    height rows, each as wide as all advances together; glyphs in the order of their codes

The metrics stay with the `Font`; only what is seen comes from the block.
"""

from __future__ import annotations

from functools import cache

from .backend import pygame
from .canvas import RAMP
from .fonts import STAND_IN, Font

PAPER, INK = 0, 1


@cache
def places(font: Font) -> dict[str, tuple[int, int]]:
    """First column and width of every glyph of the face in its strip."""
    found, x = {}, 0
    for char in sorted(font.glyphs):
        width = len(font.glyph(char)[0])
        found[char] = (x, width)
        x += width
    return found


def strip_size(font: Font) -> tuple[int, int]:
    """Width and height of the strip in pixels; its bytes are their product."""
    return sum(width for _, width in places(font).values()), font.height


def pack_strip(font: Font) -> bytes:
    """The pixels of the strip, row after row."""
    rows = ["".join(font.glyph(char)[y] for char in places(font)) for y in range(font.height)]
    return "".join(rows).encode().translate(bytes.maketrans(b".#", bytes((PAPER, INK))))


class Lettering:
    """Writes with a strip in memory: it is looked at anew for each ink, and nothing of it is kept but the surface.

    `pixels` must stay where it is as long as this is in use: pin it.
    """

    def __init__(self, font: Font, pixels: memoryview) -> None:
        self.font, self._places = font, places(font)
        self._size = strip_size(font)
        self._pixels = pixels[: self._size[0] * self._size[1]]
        self._inked: dict[int, pygame.Surface] = {}

    def write(self, surface: pygame.Surface, x: int, y: int, text: str, ink: int) -> int:
        """A line of text with its top left corner at (x, y) of the surface; returns the x behind it."""
        strip = self._inked.get(ink) or self._dip(ink)
        for char in text:
            start, width = self._places.get(char) or self._places[STAND_IN]
            surface.blit(strip, (x, y), (start, 0, width, self.font.height))
            x += width
        return x

    def _dip(self, ink: int) -> pygame.Surface:
        """The strip with its ink of this index: surfaces wear greys, and equal greys are equal indices."""
        strip = pygame.image.frombuffer(self._pixels, self._size, "P")
        strip.set_palette([RAMP[PAPER], RAMP[ink], *RAMP[2:]])
        strip.set_colorkey(PAPER)
        self._inked[ink] = strip
        return strip
