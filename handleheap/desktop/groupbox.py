"""A frame with a title around things that belong together. What stands in it are children of the window, like all others."""

from __future__ import annotations

from .box import Box
from .canvas import Canvas
from .skin import Ink
from .widget import Widget


class GroupBox(Widget):
    """A frame and its title; `ground` is the colour of what it stands on."""

    role = "group"

    def __init__(self, box: Box, title: str, ground: int = Ink.FACE) -> None:
        super().__init__(box, title)
        self.ground = ground

    def draw(self, canvas: Canvas) -> None:
        self.look.group(canvas, self.box, self.name, self.ground)
