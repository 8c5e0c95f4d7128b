"""Replay: the commands of a log alone, on a fresh world; what comes out is compared with what the log says.

log:   command  event event …  digest
          |        ?     ?        ?
world: executed    told        in the end
"""

from __future__ import annotations

import json
from itertools import zip_longest
from typing import NamedTuple

from ..events import Event
from .log import Log, Step
from .timeline import Fresh, Progress, W


class Difference(NamedTuple):
    """Where a replay leaves its log: at a step of `Log.steps`, after so many events that are alike."""

    step: int
    event: int
    text: str


class Proof(NamedTuple):
    """What a replay has shown. None where the log has nothing to compare with; `made` is the log that came out."""

    events_equal: bool | None
    digest_equal: bool | None
    first_difference: Difference | None
    made: Log

    @property
    def holds(self) -> bool:
        """Whether nothing was found different."""
        return self.first_difference is None


def replay(log: Log, fresh: Fresh[W], progress: Progress | None = None) -> Proof:
    """Execute the commands of a log on a fresh world, and compare. It ends at a command that the world refuses.

    A log without any event promises none; its events are in `made`.
    """
    told: list[Event] = []
    world = fresh(log.header, told.append)
    world.tap = told.append
    promises, alike = any(step.events for step in log.steps), 0
    made, first = Log(dict(log.header), [Step(None)], name=log.name), None
    for number, step in enumerate(log.steps):
        if step.command is not None:
            told.clear()
            try:
                world.execute(step.command)
            except ValueError as error:
                first = first or Difference(number, alike, f"{_place(number, step)} is refused: {error}")
                return Proof(False if promises else None, None if log.digest is None else False, first, made)
        made.steps[number:] = [Step(step.command, tuple(told))]
        if promises and first is None:
            same, expected, found = difference(step.events, told)
            alike += same
            if (expected, found) != (None, None):
                text = f"{_place(number, step)}, event {alike + 1}: the log has {expected}, the replay {found}"
                first = Difference(number, alike, text)
        if progress:
            progress(number, len(log.steps) - 1)
    world.tap = None
    made.digest = world.digest()
    events_equal = first is None if promises else None
    digest_equal = None if log.digest is None else log.digest == made.digest
    if first is None and digest_equal is False:
        text = f"in the end the log has digest {log.digest}, the replay {made.digest}"
        first = Difference(len(log.steps) - 1, alike, text)
    return Proof(events_equal, digest_equal, first, made)


def difference(left: tuple[Event, ...], right: list[Event]) -> tuple[int, Event | None, Event | None]:
    """How many events are alike, and the two that are not; None for one that is missing."""
    for same, (one, other) in enumerate(zip_longest(left, right)):
        if type(one) is not type(other) or one != other:
            return same, one, other
    return len(left), None, None


def _place(number: int, step: Step) -> str:
    return "the start" if step.command is None else f"command {number}, {json.dumps(step.command)}"
