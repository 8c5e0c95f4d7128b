"""The colours of the desktop by what they are for, and the schemes that fill them.

    0 … 15      the map: classes, paper, outline, hatches, as `handleheap.view.palette` lays them out
    16 … 36     the parts of a window, by role
    37 … 52     the sixteen colours of a VGA, for icons
    255         nothing: never drawn, so a glyph or an icon may be transparent there

Everything is drawn in these numbers. Another scheme or another colouring of the map is another palette and no redraw.
"""

from __future__ import annotations

from enum import IntEnum

from ..view.palette import OKABE, RGB, Palette, rgb

CLEAR = 255
"""The index that is never drawn."""


class Ink(IntEnum):
    """What an index is for."""

    DESKTOP = 16
    DESKTOP_TEXT = 17
    FRAME = 18
    BORDER = 19
    IDLE_BORDER = 20
    TITLE = 21
    TITLE_TEXT = 22
    IDLE_TITLE = 23
    IDLE_TEXT = 24
    MENU = 25
    MENU_TEXT = 26
    WINDOW = 27
    TEXT = 28
    FACE = 29
    FACE_TEXT = 30
    SHADOW = 31
    LIGHT = 32
    SELECTED = 33
    SELECTED_TEXT = 34
    GREYED = 35
    TIP = 36
    BLACK = 37
    MAROON = 38
    GREEN = 39
    OLIVE = 40
    NAVY = 41
    PURPLE = 42
    TEAL = 43
    SILVER = 44
    GREY = 45
    RED = 46
    LIME = 47
    YELLOW = 48
    BLUE = 49
    FUCHSIA = 50
    AQUA = 51
    WHITE = 52


VGA = "000000 800000 008000 808000 000080 800080 008080 C0C0C0 808080 FF0000 00FF00 FFFF00 0000FF FF00FF 00FFFF FFFFFF"

DEFAULT = {
    "DESKTOP": "C0C0C0",
    "DESKTOP_TEXT": "000000",
    "FRAME": "000000",
    "BORDER": "C0C0C0",
    "TITLE": "000080",
    "TITLE_TEXT": "FFFFFF",
    "IDLE_TITLE": "FFFFFF",
    "IDLE_TEXT": "000000",
    "MENU": "FFFFFF",
    "MENU_TEXT": "000000",
    "WINDOW": "FFFFFF",
    "TEXT": "000000",
    "FACE": "C0C0C0",
    "FACE_TEXT": "000000",
    "SHADOW": "808080",
    "LIGHT": "FFFFFF",
    "SELECTED": "000080",
    "SELECTED_TEXT": "FFFFFF",
    "IDLE_BORDER": "FFFFFF",
    "TIP": "FFFFE0",
    "GREYED": "808080",
}
"""Black on white, navy titles, grey everything else."""

SCHEMES: dict[str, dict[str, str]] = {
    "default": DEFAULT,
    "dac": DEFAULT
    | dict.fromkeys(("DESKTOP", "BORDER", "FACE"), "C0C7C8")
    | dict.fromkeys(("SHADOW", "GREYED"), "87888F")
    | dict.fromkeys(("TITLE", "SELECTED"), "0000A8"),
    "teal": DEFAULT | {"DESKTOP": "008080", "DESKTOP_TEXT": "FFFFFF"},
    "hot dog": DEFAULT
    | dict.fromkeys(("DESKTOP", "IDLE_TITLE"), "FFFF00")
    | dict.fromkeys(("WINDOW", "BORDER", "IDLE_BORDER"), "FF0000")
    | {"TEXT": "FFFFFF", "TITLE": "000000", "SELECTED": "000000", "GREYED": "800000"},
    "contrast": DEFAULT
    | dict.fromkeys(("DESKTOP", "BORDER", "IDLE_TITLE", "MENU", "WINDOW", "FACE", "IDLE_BORDER", "TIP", "TITLE_TEXT"), "000000")
    | dict.fromkeys(("FRAME", "DESKTOP_TEXT", "IDLE_TEXT", "MENU_TEXT", "TEXT", "FACE_TEXT", "SHADOW", "LIGHT"), "FFFFFF")
    | dict.fromkeys(("TITLE", "SELECTED"), "FFFF00")
    | {"SELECTED_TEXT": "000000", "GREYED": "00FF00"},
}
"""Name -> role -> colour. `dac` is what a sixteen-colour VGA really showed; `hot dog` is the joke everybody remembers."""


def palette(scheme: str = "default", map_colours: Palette = OKABE) -> tuple[RGB, ...]:
    """The 256 colours of a scheme. Raises KeyError for a name that is not in `SCHEMES`."""
    colours = [*map_colours.indexed(), *[(0, 0, 0)] * 240]
    for index, digits in enumerate(VGA.split(), Ink.BLACK):
        colours[index] = rgb(digits)
    for role, digits in SCHEMES[scheme].items():
        colours[Ink[role]] = rgb(digits)
    return tuple(colours)
