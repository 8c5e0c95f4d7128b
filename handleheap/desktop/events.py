"""What happens to a window, as plain values, and the one place that makes them from pygame's events.

Widgets see these values only and never ask a device: what is posted is what happens, so a session can be replayed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from .backend import pygame


class Key(NamedTuple):
    """A key went down. `name` is a letter in lower case, a digit, or a word like enter, escape, up, f10."""

    name: str
    text: str = ""
    alt: bool = False
    shift: bool = False
    ctrl: bool = False

    @property
    def typed(self) -> str:
        """The character that the key writes, or nothing.

        >>> Key("a", "A", shift=True).typed, Key("s", ctrl=True).typed, Key("space").typed
        ('A', '', ' ')
        """
        if self.alt or self.ctrl:
            return ""
        if self.text:
            return self.text if self.text.isprintable() else ""
        name = " " if self.name == "space" else self.name
        return (name.upper() if self.shift else name) if len(name) == 1 else ""


class Mouse(NamedTuple):
    """The mouse at (x, y), in pixels of the canvas. `kind` is down, up, move or wheel.

    `button` counts from 1 (left); `clicks` is 2 for the second of a double click; `wheel` is positive away from the user.
    `shift` and `ctrl` say whether these keys are down.
    """

    kind: str
    x: int
    y: int
    button: int = 1
    clicks: int = 1
    wheel: int = 0
    shift: bool = False
    ctrl: bool = False

    def moved(self, dx: int, dy: int) -> Mouse:
        return self._replace(x=self.x + dx, y=self.y + dy)


class Quit(NamedTuple):
    """The user closed the real window."""


class Drop(NamedTuple):
    """A file was dropped on the real window."""

    path: str


Input = Key | Mouse | Drop | Quit

NAMES = {
    pygame.K_RETURN: "enter",
    pygame.K_KP_ENTER: "enter",
    pygame.K_ESCAPE: "escape",
    pygame.K_TAB: "tab",
    pygame.K_SPACE: "space",
    pygame.K_BACKSPACE: "backspace",
    pygame.K_DELETE: "delete",
    pygame.K_UP: "up",
    pygame.K_DOWN: "down",
    pygame.K_LEFT: "left",
    pygame.K_RIGHT: "right",
    pygame.K_HOME: "home",
    pygame.K_END: "end",
    pygame.K_PAGEUP: "pageup",
    pygame.K_PAGEDOWN: "pagedown",
} | {pygame.K_F1 + at: f"f{at + 1}" for at in range(12)}

HELD = {pygame.K_LSHIFT: "shift", pygame.K_RSHIFT: "shift", pygame.K_LCTRL: "ctrl", pygame.K_RCTRL: "ctrl"}
"""Keys that change what a click means."""

DOUBLE = 0.4
"""Seconds within which a second click is the second of a double click."""
NEAR = 3
"""Pixels it may be away from the first."""


class Translator:
    """Makes our events from pygame's. `to_canvas` maps a pixel of the real window to one of the canvas."""

    def __init__(
        self, to_canvas: Callable[[int, int], tuple[int, int]] = lambda x, y: (x, y), clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.to_canvas = to_canvas
        self.clock = clock
        self._pointer = (0, 0)
        self._last: tuple[float, int, int] | None = None
        self._held: set[int] = set()

    def translate(self, event: pygame.event.Event) -> Input | None:
        """Our event for one of pygame's, or None if nobody needs it."""
        if event.type == pygame.QUIT:
            return Quit()
        if event.type == pygame.WINDOWFOCUSLOST:
            self._held.clear()
        if event.type == pygame.KEYUP:
            self._held.discard(event.key)
        if event.type == pygame.DROPFILE:
            return Drop(event.file)
        if event.type == pygame.KEYDOWN:
            if event.key in HELD:
                self._held.add(event.key)
            return _key(event)
        if event.type == pygame.MOUSEWHEEL:
            return Mouse("wheel", *self._pointer, wheel=event.y)
        if event.type in (pygame.MOUSEBUTTONDOWN, pygame.MOUSEBUTTONUP, pygame.MOUSEMOTION):
            self._pointer = x, y = self.to_canvas(*event.pos)
            if event.type == pygame.MOUSEMOTION:
                return Mouse("move", x, y)
            if event.button > 3:
                return None
            if event.type == pygame.MOUSEBUTTONUP:
                return Mouse("up", x, y, event.button)
            held = {HELD[key]: True for key in self._held}
            return Mouse("down", x, y, event.button, self._clicks(x, y), **held)
        return None

    def _clicks(self, x: int, y: int) -> int:
        now = self.clock()
        last, self._last = self._last, (now, x, y)
        if last and now - last[0] <= DOUBLE and abs(x - last[1]) <= NEAR and abs(y - last[2]) <= NEAR:
            self._last = None
            return 2
        return 1


def _key(event: pygame.event.Event) -> Key | None:
    text, mod = getattr(event, "unicode", ""), event.mod
    name = NAMES.get(event.key)
    if name is None:
        if 33 <= event.key <= 126:
            name = chr(event.key)
        elif len(text) == 1 and text.isprintable():
            name = text.lower()
        else:
            return None
    if mod & pygame.KMOD_RALT and text.isprintable() and text not in ("", name, name.upper()):
        mod &= ~(pygame.KMOD_ALT | pygame.KMOD_CTRL)  # AltGr, which writes: @ is no Alt+Q
    return Key(name, text, bool(mod & pygame.KMOD_ALT), bool(mod & pygame.KMOD_SHIFT), bool(mod & pygame.KMOD_CTRL))
