"""Colours and hatches as data: one colour and one hatch per class, and the index layout of every picture.

    index   0 … 5            6       7          8 … 13               14, 15
            ground of the    paper   outline    ink of the hatch     outline
            six classes      white   black      of the six classes

A map keeps indices, so another colouring is another palette and no redraw. Colour alone is never enough: in grey, and to
some eyes, classes look alike, so the hatches differ.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from .classes import BlockClass

RGB = tuple[int, int, int]
"""Red, green, blue, each 0 to 255."""

PAPER = 6
OUTLINE = 7
INK = 8
"""Added to the code of a class, the index of the ink of its hatch."""

PERIOD = 4
"""Hatches repeat every so many pixels, in both directions."""


class Pattern(Enum):
    """A hatch: four rows of four pixels, `#` is ink."""

    PLAIN = ("....", "....", "....", "....")
    DOTS = ("#...", "....", "..#.", "....")
    DIAGONAL = ("...#", "..#.", ".#..", "#...")
    CROSS = ("#...", ".#.#", "..#.", ".#.#")
    LINES = ("....", "####", "....", "....")


PATTERNS: tuple[Pattern, ...] = (
    Pattern.PLAIN,
    Pattern.DOTS,
    Pattern.PLAIN,
    Pattern.DIAGONAL,
    Pattern.CROSS,
    Pattern.LINES,
)
"""The hatch of each class. Free and movable are both plain: their colours are far apart in every palette, in grey too."""


def pattern_at(pattern: Pattern, x: int, y: int) -> bool:
    """Whether the pixel at (x, y) is ink.

    >>> "".join("#" if pattern_at(Pattern.DIAGONAL, x, 0) else "." for x in range(8))
    '...#...#'
    """
    return pattern.value[y % PERIOD][x % PERIOD] == "#"


class Palette(NamedTuple):
    """A colouring. `grounds`, `inks` and `hatches` are by class."""

    name: str
    grounds: tuple[RGB, ...]
    inks: tuple[RGB, ...]
    hatches: tuple[Pattern, ...] = PATTERNS

    def ground(self, cls: BlockClass) -> RGB:
        return self.grounds[cls]

    def ink(self, cls: BlockClass) -> RGB:
        return self.inks[cls]

    def indexed(self) -> tuple[RGB, ...]:
        """The sixteen colours of a picture, by index."""
        return (*self.grounds, WHITE, BLACK, *self.inks, BLACK, BLACK)


BLACK: RGB = (0, 0, 0)
WHITE: RGB = (255, 255, 255)


def rgb(digits: str) -> RGB:
    """Six hex digits as a colour.

    >>> rgb("D55E00")
    (213, 94, 0)
    """
    red, green, blue = bytes.fromhex(digits)
    return red, green, blue


def hexadecimal(colour: RGB) -> str:
    """A colour as CSS and SVG write it.

    >>> hexadecimal((213, 94, 0))
    '#d55e00'
    """
    return "#" + bytes(colour).hex()


def _palette(name: str, grounds: str, inks: str = "000000 " * len(BlockClass)) -> Palette:
    return Palette(name, tuple(map(rgb, grounds.split())), tuple(map(rgb, inks.split())))


#                             free   disc.  movable locked fixed  table
OKABE = _palette("okabe", "FFFFFF F0E442 56B4E9 0072B2 D55E00 999999", "000000 000000 000000 FFFFFF 000000 000000")
"""Safe for colour-blind eyes: whatever the kind, any two classes stay a ΔE of 20 apart. The default."""

SWATCH = _palette("swatch", "1FB714 FF6403 FCF305 DD0806 DD0806 808080")
"""As Swatch painted a Mac heap, in the Mac's own sixteen colours: what cannot move is red, locked or not."""

MONO = _palette("mono", "FFFFFF D9D9D9 B3B3B3 8C8C8C 404040 666666", "000000 000000 000000 000000 FFFFFF FFFFFF")
"""For printing: six greys, the darker the more restrictive; only the table is between locked and fixed."""

CONTRAST = _palette("contrast", "000000 FFB000 FFFFFF 30A0FF FF6000 A0A0A0")
"""Bright blocks on a black heap: every class stands out from free memory by a contrast of 4.5 to 1 or more."""

PALETTES = {palette.name: palette for palette in (OKABE, SWATCH, MONO, CONTRAST)}
