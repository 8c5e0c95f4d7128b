"""Where a tour is performed: a desktop with the walker on it, brought from beat to beat."""

from __future__ import annotations

from collections.abc import Callable

from handleheap.desktop.canvas import Canvas
from handleheap.desktop.desk import Desktop
from handleheap.desktop.window import Window

from .machine import Machine
from .shots import Shots
from .tour import Beat, Pace, tour
from .walker import Commands, Walker

MESSAGE_TOP = 4
"""Message boxes stand over the list, so that the map below can be seen."""
Say = Callable[[str], None]
"""Told every caption, for whoever reads instead of looking."""


class Stage:
    """A machine at operation 0, its tour, and the desktop on which it is seen."""

    def __init__(
        self, desktop: Desktop, canvas: Canvas, machine: Machine, pace: Pace, commands: Commands, say: Say, shots: Shots
    ) -> None:
        self.desktop, self.canvas, self.machine, self.say, self.shots = desktop, canvas, machine, say, shots
        desktop.windows.clear()
        self.walker = Walker(desktop, machine, commands)
        self.over = False
        self._beats = tour(machine, pace)
        self._message: Window | None = None

    def next_beat(self) -> Beat | None:
        """Go on by one beat and show it; None when the tour is over."""
        beat = next(self._beats, None)
        self.over = beat is None
        if beat is None:
            return None
        if beat.box:
            self.box(*beat.box)
        elif beat.caption:
            self._unbox()
        if beat.caption:
            self.walker.say(beat.caption)
            self.say(beat.caption)
        for event in (beat.moment, str(self.machine.replay.done)):
            if self.shots.wants(event):
                self.walker.refresh()
                self.desktop.draw(self.canvas)
                self.shots.take(event, self.canvas)
        return beat

    def box(self, title: str, text: str, *, warn: bool = True) -> None:
        """Show a message box in place of the last one."""
        self._unbox()
        self._message = self.desktop.ask(title, text, warn=warn)
        self._message.place(self._message.box.x, MESSAGE_TOP)

    def _unbox(self) -> None:
        if self._message is not None:
            self.desktop.hide(self._message)
            self._message = None
