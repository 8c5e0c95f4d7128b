"""Which moment is looked at: the present, or any event before it, standing still or playing on."""

from __future__ import annotations

from handleheap.desktop.canvas import Canvas

from .scene import picture
from .session import Session
from .world import AREA, World

PLAY = 40.0
"""Events a second at speed 1."""


class Past:
    """A position among the events of a session; `at` is None in the present."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.at: int | None = None
        self.playing = False
        self._carry = 0.0
        self._seen: tuple[int, bytes] | None = None

    @property
    def total(self) -> int:
        return self.session.timeline.total

    @property
    def shown(self) -> int:
        """The event after which the picture stands."""
        return self.total if self.at is None else self.at

    def go(self, event: int) -> None:
        """Look at the moment right after an event; the last one is the present."""
        event = max(0, event)
        self.at = None if event >= self.total else event
        self.playing = self.playing and self.at is not None

    def step(self, by: int) -> None:
        """So many events on or back, and stand still."""
        self.playing = False
        self.go(self.shown + by)

    def play(self) -> None:
        """Play on from here, from the beginning if it is the present; or stand still."""
        if self.playing:
            self.playing = False
            return
        if self.at is None:
            self.go(0)
        self.playing = self.at is not None

    def tick(self, seconds: float, speed: float) -> None:
        """Let time pass."""
        if self.playing and self.at is not None:
            self._carry += seconds * PLAY * speed
            steps, self._carry = int(self._carry), self._carry % 1
            self.go(self.at + steps)

    def pixels(self) -> bytes:
        """The desktop at the moment that is looked at, AREA in palette indices."""
        if self._seen is None or self._seen[0] != self.shown:
            self._seen = (self.shown, self.session.timeline.visit(self.shown, photograph))
        return self._seen[1]

    def forget(self) -> None:
        """Another log: whatever was seen is of no use."""
        self.at, self._seen, self.playing = None, None, False


def photograph(world: World) -> bytes:
    """A world as a picture, AREA in palette indices."""
    canvas = Canvas(AREA.w, AREA.h)
    picture(world, canvas)
    return canvas.pixels()
