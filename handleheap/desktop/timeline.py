"""A world through time: what was done and what it caused, and the world as it stood after any event.

    events     1 2 3 4 | 5 6 7 |   | 8 9 …      `|` ends a command; the first run is the start, before any command
    visit(3)   the world as it was booted: the inside of the start cannot be seen
    visit(6)   inside a command: it is executed on a scratch world, and `look` is called right after event 6
    visit(7)   between commands, after the one without events as well
    visit(n)   the last event: the live world

Nothing but commands is executed, on the live world once, on a scratch world from the nearest checkpoint. The world is
deterministic, so both tell the same events.
"""

from __future__ import annotations

import json
import zlib
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any, Generic, Protocol, TypeVar

from ..events import Event, Tap
from .log import Command, Log, LogError, Scalar, Step, as_command

EVERY = 500
"""Events from one checkpoint to the next."""

Progress = Callable[[int, int], None]
"""Called with the commands done and all commands."""


class World(Protocol):
    """A machine that changes by commands only. Equal headers and equal commands give equal events and equal states."""

    tap: Tap | None
    """Told each event while a command runs: the heap is consistent then, and may only be read."""

    def execute(self, command: Sequence[Scalar]) -> None:
        """Do what a command says. Raises ValueError for a bad one, and then nothing has changed and no event was told."""

    def save(self) -> bytes:
        """All state, between two commands."""

    def digest(self) -> str:
        """SHA-256 of all state, in hexadecimal digits."""


W = TypeVar("W", bound=World)
T = TypeVar("T")
Fresh = Callable[[dict[str, Any], Tap | None], W]
"""fresh(header, tap): a world newly made; the tap is told the events of the start."""
Load = Callable[[dict[str, Any], bytes, Tap | None], W]
"""load(header, data, tap): the world that `save` has saved."""


def packed(world: World) -> bytes:
    """The state of a world, in little room and little time."""
    return zlib.compress(world.save(), 1)


class Timeline(Generic[W]):
    """A live world with its past. Events are numbered from 1; position k is the moment right after event k.

    A position between commands is the latest such moment: commands without events up to there have been executed.
    """

    def __init__(self, fresh: Fresh[W], load: Load[W], header: dict[str, Any], every: int = EVERY) -> None:
        self.header, self.every = header, every
        self.events: list[Event] = []
        self.commands: list[Command | None] = [None]
        """What was done; the first is None, the start."""
        self.at: int | None = None
        """The position that is shown; None in the present. See `go`."""
        self._load = load
        self.world = fresh(header, self.events.append)
        self.world.tap = None
        self._ends = [len(self.events)]  # events told when a command was done
        self._marks = [(1, packed(self.world))]  # checkpoints: commands done, state
        self._scratch: tuple[int, W] | None = None  # commands done, world
        self._before: tuple[int, bytes] | None = None  # the state before the command that was looked into last

    @classmethod
    def from_log(
        cls, log: Log, fresh: Fresh[W], load: Load[W], every: int = EVERY, progress: Progress | None = None
    ) -> Timeline[W]:
        """The commands of a log, played; its events and digest are not asked. Raises LogError for a command that is refused."""
        timeline, commands = cls(fresh, load, log.header, every), log.commands
        for number, command in enumerate(commands, 1):
            try:
                timeline.do(command)
            except ValueError as error:
                raise LogError(log.name, None, f"command {number}, {json.dumps(command)}: {error}") from error
            if progress:
                progress(number, len(commands))
        return timeline

    def log(self) -> Log:
        """All of it, with the digest of the live world."""
        starts = [0, *self._ends]
        parts = zip(self.commands, starts, self._ends, strict=False)
        steps = [Step(command, tuple(self.events[start:end])) for command, start, end in parts]
        return Log(dict(self.header), steps, self.world.digest())

    @property
    def total(self) -> int:
        """The number of events so far."""
        return len(self.events)

    @property
    def boundaries(self) -> list[int]:
        """The positions between commands, each once: the first is the start."""
        return sorted(set(self._ends))

    def event(self, k: int) -> Event:
        """Event `k`, 1 being the first. Raises IndexError."""
        return self.events[self._position(k, 1) - 1]

    def command_of(self, k: int) -> Command | None:
        """The command that caused event `k`; None for the start. Raises IndexError."""
        return self.commands[bisect_right(self._ends, self._position(k, 1) - 1)]

    # --- the present ------------------------------------------------------------------------------------------------------

    def do(self, command: Sequence[Scalar]) -> None:
        """Execute a command, and keep it. In the past, what comes later is dropped: a new branch.

        Raises ValueError for a bad command; then, as after any other exception, all is as it was.
        """
        command = as_command(command)
        done = len(self.commands) if self.at is None else self._done(self.at)
        world = self._stand(done)
        told: list[Event] = []
        world.tap = told.append
        try:
            world.execute(command)
        except BaseException as error:
            if told or not isinstance(error, ValueError):  # it stands somewhere inside: made again from what is known
                self._scratch = None
                if world is self.world:
                    self.world = self._walk(done)
                    self._scratch = None
            raise
        finally:
            world.tap = None
        self._branch(done, world)
        self.commands.append(command)
        self.events += told
        self._ends.append(len(self.events))
        mark = self._marks[-1][0]
        if self._ends[-1] - self._ends[mark - 1] >= self.every or len(self.commands) - mark >= self.every:
            self._marks.append((len(self.commands), packed(self.world)))

    def go(self, k: int | None) -> None:
        """Show a position, None for the present: the next command is executed there. Raises IndexError."""
        self.at = None if k is None or self._position(k) == self.total else k

    def cut(self, k: int) -> None:
        """Drop the commands that are not done at position `k`, and go on from there. Raises IndexError."""
        done = self._done(self._position(k))
        self._branch(done, self._stand(done))

    def _branch(self, done: int, world: W) -> None:
        """Let a world be the live one, and forget the commands it has not done."""
        self.at = None
        if world is not self.world:
            self.world, self._scratch, self._before = world, None, None
            del self.commands[done:], self._ends[done:], self.events[self._ends[-1] :]
            self._marks = [mark for mark in self._marks if mark[0] <= done]

    # --- the past ---------------------------------------------------------------------------------------------------------

    def visit(self, k: int, look: Callable[[W], T]) -> T:
        """What `look` says of the world at position `k`. It may only read, and not keep the world. Raises IndexError.

        Stepping on costs a command at most, any other visit a checkpoint and the commands from there.
        """
        done = self._done(self._position(k))
        world = self._stand(done)
        if self._ends[done - 1] >= k:
            return look(world)
        if self._before is None or self._before[0] != done:
            self._before = (done, packed(world))
        left, found = k - self._ends[done - 1], list[T]()

        def tap(event: Event) -> None:
            nonlocal left
            left -= 1
            if not left:
                found.append(look(world))

        self._scratch, world.tap = None, tap
        try:
            world.execute(self.commands[done] or ())
        finally:
            world.tap = None
        if not found:
            raise RuntimeError(f"command {done} told fewer events than at first: this world is not deterministic")
        self._scratch = (done + 1, world)
        return found[0]

    def _position(self, k: int, least: int = 0) -> int:
        if not least <= k <= self.total:
            raise IndexError(f"event {k}: there are {least} to {self.total}")
        return k

    def _done(self, k: int) -> int:
        """How many commands are done at a position, the start being one."""
        return max(1, bisect_right(self._ends, k))

    def _stand(self, done: int) -> W:
        """A world after so many commands: the live one after all of them."""
        return self.world if done == len(self.commands) else self._walk(done)

    def _walk(self, done: int) -> W:
        """The scratch world after so many commands, from where it stands or from the nearest state that is kept."""
        kept = [state for state in (*self._marks, self._before) if state and state[0] <= done]
        start, data = max(kept, key=lambda state: state[0])
        if self._scratch and start <= self._scratch[0] <= done:
            start, world = self._scratch
        else:
            world = self._load(self.header, zlib.decompress(data), None)
        self._scratch = None
        for number in range(start, done):
            world.execute(self.commands[number] or ())
        self._scratch = (done, world)
        return world
