"""What a look is: metrics, and functions that draw one part each. `win31` is one, as a module; others may be modules or objects.

Widgets and windows draw through the look of their window and know no other. Inks are those of `skin`, faces those of `fonts`.
"""

from __future__ import annotations

from typing import Protocol

from ..view.palette import Pattern
from .box import Box
from .canvas import Canvas
from .skin import Ink


class Look(Protocol):
    """Metrics in pixels, where the parts of a window are, and how all of it is drawn."""

    FRAME: int
    DIALOG_FRAME: int
    CAPTION: int
    MENU_BAR: int
    SCROLL: int
    """Width of a scroll bar, outline included."""
    ARROW: int
    """Length of its arrow buttons, and of its thumb."""
    STATUS: int
    ITEM: int
    LINE: int
    """Height of a dividing line in a menu."""
    TICK: int
    TITLE_BEFORE: int
    TITLE_AFTER: int
    SIGN: int

    # --- where things are -------------------------------------------------------------------------------------------------

    def inside(self, box: Box, dialog: bool = False) -> Box: ...
    def client(self, box: Box, menu: bool = False, status: bool = False, dialog: bool = False) -> Box: ...
    def title_bar(self, box: Box, dialog: bool = False) -> Box: ...
    def control(self, box: Box, dialog: bool = False) -> Box: ...
    def part_at(self, box: Box, x: int, y: int, dialog: bool = False, sizeable: bool = True) -> str: ...
    def thumb_at(self, length: int, at: int, last: int) -> int: ...
    def thumb_to(self, length: int, pixel: int, last: int) -> int: ...
    def tooltip_box(self, x: int, y: int, text: str) -> Box: ...

    # --- desktop and windows ----------------------------------------------------------------------------------------------

    def background(self, canvas: Canvas) -> None: ...
    def window(
        self, canvas: Canvas, box: Box, title: str, active: bool = True, sizeable: bool = True, maximised: bool = False
    ) -> None: ...
    def dialog(self, canvas: Canvas, box: Box, title: str, active: bool = True) -> None: ...
    def control_box(self, canvas: Canvas, x: int, y: int, chosen: bool = False) -> None: ...
    def status_line(self, canvas: Canvas, box: Box, text: str) -> None: ...
    def tooltip(self, canvas: Canvas, x: int, y: int, text: str) -> Box: ...

    # --- menus ------------------------------------------------------------------------------------------------------------

    def menu_bar(self, canvas: Canvas, box: Box) -> None: ...
    def menu_text(self, canvas: Canvas, box: Box, text: str, *, chosen: bool = False) -> None: ...
    def menu_ground(self, canvas: Canvas, box: Box) -> None: ...
    def menu_item(
        self,
        canvas: Canvas,
        box: Box,
        text: str,
        shortcut: str,
        *,
        chosen: bool = False,
        enabled: bool = True,
        checked: bool = False,
    ) -> None: ...

    # --- widgets ----------------------------------------------------------------------------------------------------------

    def button(
        self,
        canvas: Canvas,
        box: Box,
        text: str,
        *,
        default: bool = False,
        focus: bool = False,
        down: bool = False,
        enabled: bool = True,
    ) -> None: ...
    def check_box(
        self, canvas: Canvas, box: Box, text: str, *, checked: bool = False, focus: bool = False, enabled: bool = True
    ) -> None: ...
    def radio(
        self, canvas: Canvas, box: Box, text: str, *, chosen: bool = False, focus: bool = False, enabled: bool = True
    ) -> None: ...
    def field(self, canvas: Canvas, box: Box) -> None: ...
    def row(self, canvas: Canvas, box: Box, chosen: bool, focus: bool = False) -> Ink: ...
    def scroll_bar(self, canvas: Canvas, box: Box, at: int, last: int, across: bool = False, focus: bool = False) -> None: ...
    def meter(self, canvas: Canvas, box: Box, part: int, whole: int, text: str = "") -> None: ...
    def group(self, canvas: Canvas, box: Box, title: str, ground: int = Ink.FACE) -> None: ...
    def swatch(self, canvas: Canvas, box: Box, pattern: Pattern, ground: int, ink: int) -> None: ...
