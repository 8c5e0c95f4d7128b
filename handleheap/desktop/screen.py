"""Where the canvas is seen: a real window with whole-number scaling of our own, or nowhere at all.

    +------------------------+    a canvas pixel is a square of `scale` x `scale`, the rest is border;
    |    +--------------+    |    positions of the mouse are divided back
    |    |   640 x 480  |    |
    |    +--------------+    |
    +------------------------+

pygame's own scaling is not used: it gives up whole numbers in full screen. Only `pygame.display` is started, no mixer.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from ..view.palette import RGB
from .backend import pygame
from .canvas import Canvas
from .events import Input, Key, Translator

LARGEST = 6
"""The largest scale."""
DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER")
"""Without any of these variables no window can be opened on Linux, and SDL need not be asked."""
REPEAT = (400, 40)
"""Milliseconds until a key that is held comes again, and from then on."""
FRAMES = 60
"""Pictures a second, at most."""


class Shown(Protocol):
    """What a screen shows, and gives its events to."""

    running: bool

    def post(self, event: Input) -> bool: ...

    def draw(self, canvas: Canvas) -> None: ...


class View:
    """The place of a canvas in a window: its scale and the border around it. All in whole numbers."""

    def __init__(self, canvas: tuple[int, int], window: tuple[int, int], scale: int | None = None) -> None:
        self.canvas = canvas
        self.scale = scale or fitting(canvas, window)
        self.x = (window[0] - canvas[0] * self.scale) // 2
        self.y = (window[1] - canvas[1] * self.scale) // 2

    def to_canvas(self, x: int, y: int) -> tuple[int, int]:
        """The canvas pixel under a window pixel; outside, the nearest one.

        >>> View((640, 480), (1366, 768)).to_canvas(363 + 10, 144 + 479)
        (10, 479)
        """
        across = (x - self.x) // self.scale
        down = (y - self.y) // self.scale
        return max(0, min(across, self.canvas[0] - 1)), max(0, min(down, self.canvas[1] - 1))

    def to_window(self, x: int, y: int) -> tuple[int, int]:
        """The first window pixel of a canvas pixel."""
        return self.x + x * self.scale, self.y + y * self.scale


def fitting(canvas: tuple[int, int], window: tuple[int, int]) -> int:
    """The largest scale at which the canvas fits, at least 1.

    >>> fitting((640, 480), (1920, 1080)), fitting((640, 480), (320, 200))
    (2, 1)
    """
    return max(1, min(LARGEST, window[0] // canvas[0], window[1] // canvas[1]))


def why_not() -> str:
    """Why no window can be opened here, in a few words; empty if one can."""
    if sys.platform == "linux" and not any(os.environ.get(name) for name in DISPLAYS):
        return f"none of {', '.join(DISPLAYS)} is set: there is no display"
    try:
        pygame.display.init()
    except pygame.error as failed:
        return str(failed)
    driver = pygame.display.get_driver()
    if driver in ("dummy", "offscreen"):
        return f"the video driver is {driver!r}: there is no display"
    return ""


def free_name(folder: Path, stem: str, suffix: str, digits: int = 3) -> Path:
    """The first path of the form stem000.suffix that is free."""
    number = 0
    while (path := folder / f"{stem}{number:0{digits}}.{suffix}").exists():
        number += 1
    return path


class Screen:
    """A canvas and, unless it is headless, the window that shows it."""

    def __init__(self, canvas: Canvas, window: pygame.Surface | None, scale: int | None = None) -> None:
        self.canvas = canvas
        self.shots = Path()
        self._window = window
        self._scale = scale
        self._full = False
        self._windowed = canvas.size
        self._shown: tuple[bytes, tuple[RGB, ...], tuple[int, int]] | None = None
        self._wanted = 0  # pictures to be saved when the next one is shown
        self.on_shot: Callable[[str], None] = lambda said: None

    @classmethod
    def headless(cls, size: tuple[int, int] = (640, 480), colours: Sequence[RGB] | None = None) -> Screen:
        """A screen nobody sees: plain surfaces, no driver, no display."""
        return cls(Canvas(*size, colours), None)

    @classmethod
    def open(
        cls, title: str, size: tuple[int, int] = (640, 480), scale: int | str = "auto", colours: Sequence[RGB] | None = None
    ) -> Screen:
        """A window of `scale` 1 … 6, or as large as the screen allows with "auto".

        Raises pygame.error if there is no display; ask `why_not` first. Raises ValueError for another scale.
        """
        if scale != "auto" and scale not in range(1, LARGEST + 1):
            raise ValueError(f"a scale of {scale!r}: 1 to {LARGEST} or 'auto'")
        pygame.display.init()
        pygame.display.set_caption(title)
        pygame.key.set_repeat(*REPEAT)
        if scale == "auto":
            wide, high = pygame.display.get_desktop_sizes()[0]
            factor = fitting(size, (wide - 32, high - 96))
        else:
            factor = int(scale)
        window = pygame.display.set_mode((size[0] * factor, size[1] * factor), pygame.RESIZABLE)
        return cls(Canvas(*size, colours), window, None if scale == "auto" else factor)

    @property
    def visible(self) -> bool:
        return self._window is not None

    @property
    def view(self) -> View:
        """Where the canvas is in the window now. A scale that was asked for gives way when the window is too small."""
        if self._window is None:
            return View(self.canvas.size, self.canvas.size)
        room = self._window.get_size()
        best = fitting(self.canvas.size, room)
        return View(self.canvas.size, room, best if self._full or self._scale is None else min(best, self._scale))

    def show(self) -> None:
        """Bring the canvas on the window, if there is one and anything has changed; then save the shots that are wanted."""
        self._bring()
        wanted, self._wanted = self._wanted, 0
        for _ in range(wanted):
            try:
                self.on_shot(f"Saved as {self.shot()}.")
            except (OSError, pygame.error) as failed:
                self.on_shot(f"Not saved: {failed}")

    def _bring(self) -> None:
        if self._window is None:
            return
        state = (self.canvas.pixels(), self.canvas.colours, self._window.get_size())
        if state == self._shown:
            return
        self._shown = state
        view = self.view
        width, height = self.canvas.size
        large = pygame.transform.scale(self.canvas.surface, (width * view.scale, height * view.scale))
        large.set_palette(self.canvas.colours)
        self._window.fill((0, 0, 0))
        self._window.blit(large, (view.x, view.y))
        pygame.display.flip()

    def toggle_full(self) -> None:
        """Full screen and back."""
        if self._window is not None:
            self._full = not self._full
            if self._full:
                self._windowed = self._window.get_size()
                self._window = pygame.display.set_mode((0, 0), pygame.FULLSCREEN)
            else:
                self._window = pygame.display.set_mode(self._windowed, pygame.RESIZABLE)
            self._shown = None

    def save_png(self, path: str | Path) -> None:
        """The canvas as a PNG with a palette, one pixel a pixel."""
        self.canvas.save_png(path)

    def shot(self) -> Path:
        """Save the canvas under the first free name shot-000.png, shot-001.png, … in `shots`; returns the path."""
        path = free_name(self.shots, "shot-", "png")
        self.save_png(path)
        return path

    def want_shot(self) -> None:
        """Save the next picture: what is on the canvas now may be older than what has been done. `on_shot` is told."""
        self._wanted += 1

    def events(self, translator: Translator) -> Iterator[Input]:
        """What happened since the last call. F11 and F12 are the screen's own and do not come through."""
        for event in pygame.event.get() if self.visible else ():
            if event.type in (pygame.VIDEORESIZE, pygame.VIDEOEXPOSE):
                self._window, self._shown = pygame.display.get_surface(), None
            found = translator.translate(event)
            if isinstance(found, Key) and found.name == "f11":
                self.toggle_full()
            elif isinstance(found, Key) and found.name == "f12":
                self.want_shot()
            elif found is not None:
                yield found

    def run(self, desktop: Shown, tick: Callable[[float], None] | None = None) -> None:
        """Show a desktop until it stops running; `tick(seconds)` is called before each picture.

        Without a window one picture is drawn and that is all.
        """
        translator = Translator(lambda x, y: self.view.to_canvas(x, y))
        before = time.monotonic()
        while desktop.running:
            for event in self.events(translator):
                desktop.post(event)
            now = time.monotonic()
            if tick:
                tick(now - before)
            desktop.draw(self.canvas)
            self.show()
            if not self.visible:
                break
            before = now
            time.sleep(max(0.0, 1 / FRAMES - (time.monotonic() - now)))

    def close(self) -> None:
        """Close the window; the canvas stays."""
        if self._window is not None:
            self._window = None
            pygame.display.quit()
