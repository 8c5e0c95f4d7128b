"""What comes from the programs' files and can be loaded again: faces, icons and menus, each in a block of its own.

All but the face `system` are discardable: KERNEL may take them when memory runs out, and a touch brings them back.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from handleheap.desktop import icons
from handleheap.desktop.box import Box
from handleheap.desktop.canvas import Canvas
from handleheap.desktop.fonts import Font, faces
from handleheap.desktop.heapbitmap import derived
from handleheap.desktop.skin import CLEAR, Ink
from handleheap.desktop.strip import Lettering, pack_strip

from .memory import Memory, NoMemory, encode

ALWAYS = "font system"
"""The only resource that stays: without it nothing could be said any more."""


class Resources:
    """Handles of resources by name: `font small`, `icon clock`, `menu notepad`. `made` is part of the record."""

    def __init__(self, memory: Memory, made: dict[str, int], pictures: dict[str, icons.Picture], menus: dict[str, str]) -> None:
        self.memory, self.made, self.pictures, self.menus = memory, made, pictures, menus
        self._faces = {f"font {font.name}": font for font in faces()}

    def names(self) -> list[str]:
        """All there are, faces first."""
        return [*self._faces, *(f"icon {name}" for name in self.pictures), *(f"menu {name}" for name in self.menus)]

    def bytes_of(self, name: str) -> bytes:
        """What the file has for a resource. Raises KeyError."""
        kind, _, what = name.partition(" ")
        if kind == "font":
            return pack_strip(self._faces[name])
        if kind == "menu":
            return encode(self.menus[what])
        canvas = Canvas(icons.SIZE, icons.SIZE)
        canvas.surface.fill(CLEAR)
        self.pictures[what](canvas, 0, 0)
        return canvas.pixels()

    def load(self, name: str) -> int:
        """The handle of a resource that is in memory: loaded for the first time, or again. Raises NoMemory."""
        handle = self.made.get(name, 0)
        if not handle or self.memory.gone(handle):
            data = self.bytes_of(name)
            if handle:
                self.memory.resize(handle, len(data))
            else:
                handle = self.made[name] = self.memory.alloc(len(data), discardable=name != ALWAYS)
            with self.memory.pinned(handle) as view:
                view[: len(data)] = data
        return handle

    def touch(self, name: str) -> int:
        """Load a resource, and let it be the last one to go. Raises NoMemory."""
        handle = self.load(name)
        with self.memory.pinned(handle):
            return handle

    # --- using them ------------------------------------------------------------------------------------------------------

    @contextmanager
    def lettering(self) -> Iterator["Writer"]:
        """What to write with, for as long as something is painted: the faces that are used stay pinned meanwhile."""
        with ExitStack() as pins:
            yield Writer(self, pins)

    def draw_icon(self, canvas: Canvas, name: str, x: int, y: int) -> None:
        """An icon from its block, loaded if it must be; where there is no memory for it, an empty frame. Counted."""
        try:
            handle = self.load(f"icon {name}")
        except NoMemory:
            no_icon(canvas, x, y)
            return
        with self.memory.pinned(handle) as view:
            stamp(canvas, view, x, y)

    def peek_icon(self, canvas: Canvas, name: str, x: int, y: int) -> None:
        """An icon as it is in memory now, uncounted: an empty frame where it was discarded."""
        handle = self.made.get(f"icon {name}", 0)
        view = self.memory.peek(handle) if handle else None
        if view is None:
            no_icon(canvas, x, y)
            return
        with view:
            stamp(canvas, view, x, y)

    def menu(self, name: str) -> str:
        """The text of a menu as it is in memory now, uncounted; from the file if it was discarded."""
        handle = self.made.get(f"menu {name}", 0)
        return (self.memory.read_text(handle) if handle else "") or self.menus[name]


class Writer:
    """Finds the lettering of a face; where there is no memory for it, that of the face that stays."""

    def __init__(self, resources: Resources, pins: ExitStack) -> None:
        self._resources, self._pins = resources, pins
        self._found: dict[str, Lettering] = {}

    def __call__(self, font: Font) -> Lettering:
        found = self._found.get(font.name)
        if found is None:
            found = self._found[font.name] = self._open(font)
        return found

    def _open(self, font: Font) -> Lettering:
        try:
            handle = self._resources.load(f"font {font.name}")
        except NoMemory:
            return self(faces().system)
        return Lettering(font, self._pins.enter_context(self._resources.memory.pinned(handle)))


def stamp(canvas: Canvas, pixels: memoryview, x: int, y: int) -> None:
    """The 32 x 32 pixels of an icon, transparent where they are clear."""
    surface = derived(pixels, icons.SIZE, icons.SIZE)
    surface.set_colorkey(CLEAR)
    canvas.blit(surface, x, y)


def no_icon(canvas: Canvas, x: int, y: int) -> None:
    """The place of an icon that is not in memory."""
    canvas.dotted(Box(x, y, icons.SIZE, icons.SIZE), Ink.GREY)
