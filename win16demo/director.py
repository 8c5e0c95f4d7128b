"""Plays a script: one command after the other, with time to look, or all at once where nobody does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from handleheap.desktop.log import Command, Scalar

from .script import SHOT, Act

BEAT = 0.45
"""Seconds between two commands that are played to somebody."""


class Director:
    """Gives the commands of a script to `do`; `begin` is told of each new machine, `shoot` of each picture that is wanted."""

    def __init__(
        self,
        acts: list[Act],
        begin: Callable[[dict[str, Scalar]], None],
        do: Callable[..., Any],
        shoot: Callable[[str], None],
    ) -> None:
        self._steps = _steps(acts)
        self._begin, self._do, self._shoot = begin, do, shoot
        self.over = self.paused = False
        self.acting = False
        """Whether a command that is given comes from here."""
        self.wait = 0.0

    def tick(self, seconds: float) -> None:
        """Let time pass; the next command is given when its time has come."""
        if self.paused:
            return
        self.wait -= seconds
        while self.wait <= 0 and not self.over:
            self.wait = self.step()

    def step(self) -> float:
        """Give the next command; returns for how many seconds its effect should be looked at."""
        step = next(self._steps, None)
        if step is None:
            self.over = True
            return 0.0
        if isinstance(step, dict):
            self._begin(step)
            return BEAT
        verb, *args = step
        if verb == SHOT:
            self._shoot(str(args[0]))
            return 0.0
        self.acting = True
        try:
            self._do(verb, *args)
        finally:
            self.acting = False
        if verb == "pause":
            return float(str(args[0]))
        return 0.0 if verb in ("say", "tick") else BEAT

    def run(self) -> None:
        """All that is left, at once."""
        while not self.over:
            self.step()


def _steps(acts: list[Act]) -> Iterator[dict[str, Scalar] | Command]:
    for act in acts:
        yield act.header
        yield from act.commands
