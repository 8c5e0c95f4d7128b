"""A picture that lives in a heap block, and the only way to draw on it.

    with bitmap.locked() as canvas:        the block is pinned, a surface is derived from where it lies now
        canvas.fill(...)                   drawing writes into the heap, without a copy
                                           behind the `with` the canvas is blind again

`.view.derived`  A surface does not keep its memory: pygame takes the address and lets the buffer go. So it is made anew under
each lock, the block is pinned and a view of the arena is held meanwhile, which keeps a bytearray from being resized. Rows lie
without padding; no pitch is ever passed (pygame 2.6.1 writes through an uninitialised pointer where one is).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from .backend import pygame
from .canvas import RAMP, Canvas, blank
from .fonts import Font
from .strip import Lettering


class Pins(Protocol):
    """A heap as pictures need it."""

    def pinned(self, handle: int) -> AbstractContextManager[memoryview]:
        """The bytes of a block, which stays where it is meanwhile."""
        ...

    def peek(self, handle: int) -> memoryview | None:
        """The bytes of a block, not counted and not pinned: for now only. None if it has none."""
        ...


class HeapBitmap:
    """`width` x `height` palette indices in the block of `handle`, from its first byte on."""

    def __init__(self, heap: Pins, handle: int, width: int, height: int) -> None:
        self.heap, self.handle, self.width, self.height = heap, handle, width, height

    @contextmanager
    def locked(self, lettering: Callable[[Font], Lettering | None] | None = None) -> Iterator[Canvas]:
        """A canvas over the block, which is pinned meanwhile. Raises what `Pins.pinned` raises; ValueError if it is too small."""
        with self.heap.pinned(self.handle) as memory:
            canvas = Canvas(surface=derived(memory, self.width, self.height), lettering=lettering)
            try:
                yield canvas
            finally:
                canvas.surface = blank(1, 1)

    def expose(self, canvas: Canvas, x: int, y: int) -> bool:
        """Copy the picture to another canvas, uncounted; False if the block has no bytes."""
        memory = self.heap.peek(self.handle)
        if memory is None or len(memory) < self.width * self.height:
            return False
        with memory:
            canvas.blit(derived(memory, self.width, self.height), x, y)
        return True


def derived(memory: memoryview, width: int, height: int) -> pygame.Surface:
    """A surface over the first bytes of `memory`, good as long as these are held and stay. Raises ValueError if they are few."""
    if len(memory) < width * height:
        raise ValueError(f"{len(memory):,} bytes hold no picture of {width} x {height}")
    surface = pygame.image.frombuffer(memory[: width * height], (width, height), "P")
    surface.set_palette(RAMP)
    return surface
