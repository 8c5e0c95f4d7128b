"""Drawing in whole pixels and palette indices, on an 8-bit surface.

Every surface that is drawn with wears the same ramp as its palette, index i being the grey (i, i, i): then SDL copies
indices and never looks for a similar colour, and two runs give the same bytes. The colours of `skin.palette` come on
only when a picture is saved or shown.

`.bytes.index` Draw with indices below 255 only: 255 is transparent in glyphs and icons.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ..view.palette import PERIOD, RGB, Pattern
from .backend import pygame
from .box import Box
from .fonts import Font, mnemonic
from .skin import CLEAR, palette

if TYPE_CHECKING:
    from .strip import Lettering

RAMP = tuple((i, i, i) for i in range(256))
TILE = 8 * PERIOD
"""Hatches are copied in squares of this size."""


def blank(width: int, height: int, index: int = 0) -> pygame.Surface:
    """An 8-bit surface of one index; needs neither a display nor a driver."""
    surface = pygame.Surface((width, height), 0, 8)
    surface.set_palette(RAMP)
    surface.fill(index)
    return surface


def indices(surface: pygame.Surface) -> bytes:
    """The pixels of an 8-bit surface, row after row without padding."""
    raw, pitch = surface.get_buffer().raw, surface.get_pitch()
    return b"".join(raw[y * pitch : y * pitch + surface.get_width()] for y in range(surface.get_height()))


class Canvas:
    """A picture to draw on. `colours` are worn when it is shown; drawing knows indices only."""

    def __init__(
        self,
        width: int = 640,
        height: int = 480,
        colours: Sequence[RGB] | None = None,
        *,
        surface: pygame.Surface | None = None,
        lettering: Callable[[Font], Lettering | None] | None = None,
    ) -> None:
        """A new picture, or one on a `surface` of 8 bits that wears the ramp.

        `lettering` finds what to write with; without one, or where it has none for a face, glyphs are drawn from the file.
        """
        self.surface = blank(width, height) if surface is None else surface
        self.colours = palette() if colours is None else tuple(colours)
        self._lettering = lettering
        self._x = 0
        self._y = 0
        self._glyphs: dict[tuple[Font, str, int], pygame.Surface] = {}
        self._tiles: dict[tuple[Pattern, int, int], pygame.Surface] = {}

    @property
    def size(self) -> tuple[int, int]:
        return self.surface.get_size()

    @contextmanager
    def within(self, box: Box) -> Iterator[None]:
        """Inside the `with`, (0, 0) is the corner of `box`, and what lies outside of it is cut off."""
        clip, x, y = self.surface.get_clip(), self._x, self._y
        self._x, self._y = x + box.x, y + box.y
        self.surface.set_clip(clip.clip((self._x, self._y, max(0, box.w), max(0, box.h))))
        try:
            yield
        finally:
            self.surface.set_clip(clip)
            self._x, self._y = x, y

    def fill(self, box: Box, ink: int) -> None:
        if box.w > 0 and box.h > 0:
            self.surface.fill(ink, (box.x + self._x, box.y + self._y, box.w, box.h))

    def hline(self, x: int, y: int, length: int, ink: int) -> None:
        self.fill(Box(x, y, length, 1), ink)

    def vline(self, x: int, y: int, length: int, ink: int) -> None:
        self.fill(Box(x, y, 1, length), ink)

    def point(self, x: int, y: int, ink: int) -> None:
        self.fill(Box(x, y, 1, 1), ink)

    def frame(self, box: Box, ink: int) -> None:
        """The outermost pixels of a rectangle."""
        self.hline(box.x, box.y, box.w, ink)
        self.hline(box.x, box.bottom - 1, box.w, ink)
        self.vline(box.x, box.y, box.h, ink)
        self.vline(box.right - 1, box.y, box.h, ink)

    def dotted(self, box: Box, ink: int) -> None:
        """The outermost pixels of a rectangle, every other one as on a chessboard."""
        for x in range(box.w):
            for y in range(0, box.h, 1 if x in (0, box.w - 1) else max(1, box.h - 1)):
                if (x + y) % 2 == 0:
                    self.point(box.x + x, box.y + y, ink)

    def disc(self, x: int, y: int, size: int, ink: int, outline: int) -> None:
        """A filled circle of `size` pixels across."""
        for inset, colour in ((0, outline), (1, ink)):
            across = size - 2 * inset
            for row in range(across):
                half = [column for column in range(across) if _far(column, across) + _far(row, across) < across * across]
                self.hline(x + inset + half[0], y + inset + row, len(half), colour)

    def hatch(self, box: Box, pattern: Pattern, ground: int, ink: int) -> None:
        """A hatched rectangle; the pattern begins at its corner."""
        tile = self._tiles.get((pattern, ground, ink))
        if tile is None:
            tile = self._tiles[pattern, ground, ink] = _tile(pattern, ground, ink)
        with self.within(box):
            for y in range(0, box.h, TILE):
                for x in range(0, box.w, TILE):
                    self.surface.blit(tile, (self._x + x, self._y + y))

    def art(self, x: int, y: int, rows: Sequence[str], inks: Mapping[str, int]) -> None:
        """A picture in letters: each is a pixel of the ink that `inks` names, and transparent where it names none."""
        for down, row in enumerate(rows):
            for right, char in enumerate(row):
                if char in inks:
                    self.point(x + right, y + down, inks[char])

    def blit(self, surface: pygame.Surface, x: int, y: int) -> None:
        """The indices of an 8-bit surface, which gets the ramp as its palette. Raises ValueError for another depth."""
        if surface.get_bitsize() != 8:
            raise ValueError(f"a surface of {surface.get_bitsize()} bits: a canvas takes 8, palette indices")
        surface.set_palette(RAMP)
        self.surface.blit(surface, (x + self._x, y + self._y))

    def bitmap(self, x: int, y: int, width: int, pixels: bytes | bytearray) -> None:
        """Palette indices row after row, `width` a row, with the top left corner at (x, y)."""
        self.blit(pygame.image.frombuffer(pixels, (width, len(pixels) // width), "P"), x, y)

    def text(self, x: int, y: int, text: str, font: Font, ink: int) -> int:
        """A line of text with its top left corner at (x, y); returns the x behind it."""
        letters = self._lettering(font) if self._lettering else None
        if letters is not None:
            return letters.write(self.surface, x + self._x, y + self._y, text, ink) - self._x
        for char in text:
            glyph = self._glyph(font, char, ink)
            self.surface.blit(glyph, (x + self._x, y + self._y))
            x += glyph.get_width()
        return x

    def label(self, x: int, y: int, text: str, font: Font, ink: int) -> int:
        """A line of text in which `&` underlines the letter behind it; returns the x behind it."""
        plain, marked = mnemonic(text)
        if marked is not None:
            before, width = font.width(plain[:marked]), font.width(plain[marked])
            self.hline(x + before, y + font.ascent + 1, width - 1, ink)
        return self.text(x, y, plain, font, ink)

    def text_fit(self, box: Box, text: str, font: Font, ink: int, align: str = "left") -> None:
        """A line of text in a rectangle, `left`, `right` or `centre`; what is too long ends in an ellipsis."""
        text = font.fit(text, box.w)
        spare = box.w - font.width(text)
        shift = {"left": 0, "centre": spare // 2, "right": spare}[align]
        with self.within(box):
            self.text(shift, font.centred(box.h), text, font, ink)

    def index(self, x: int, y: int) -> int:
        """The index of a pixel of the whole picture. Raises IndexError outside of it."""
        return int(self.surface.get_at_mapped((x, y)))

    def pixels(self) -> bytes:
        """The indices of the whole picture, row after row."""
        return indices(self.surface)

    def save_png(self, path: str | Path) -> None:
        """The picture as a PNG with a palette, 8 bits a pixel."""
        coloured = self.surface.copy()
        coloured.set_palette(self.colours)
        pygame.image.save(coloured, str(path))

    def _glyph(self, font: Font, char: str, ink: int) -> pygame.Surface:
        glyph = self._glyphs.get((font, char, ink))
        if glyph is None:
            glyph = self._glyphs[font, char, ink] = _stencil(font.glyph(char), ink)
        return glyph


def _far(at: int, across: int) -> int:
    """The square of twice the distance of a pixel from the middle, for circles in whole numbers."""
    return (2 * at + 1 - across) ** 2


def _tile(pattern: Pattern, ground: int, ink: int) -> pygame.Surface:
    tile = blank(TILE, TILE, ground)
    for y in range(TILE):
        for x in range(TILE):
            if pattern.value[y % PERIOD][x % PERIOD] == "#":
                tile.fill(ink, (x, y, 1, 1))
    return tile


def _stencil(rows: Sequence[str], ink: int) -> pygame.Surface:
    """A glyph as a surface, transparent where there is no ink."""
    glyph = blank(len(rows[0]), len(rows), CLEAR)
    glyph.set_colorkey(CLEAR)
    for y, row in enumerate(rows):
        for x, char in enumerate(row):
            if char == "#":
                glyph.fill(ink, (x, y, 1, 1))
    return glyph
