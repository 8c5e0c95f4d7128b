"""The one log of a session: what the machine was made from, each command, and the events that it caused. A line each, in JSON.

    {"log": "handleheap", "version": 1, "profile": "real", "memory": 655360, "seed": 0}
    ["e", 1, …]                 events of the start: they belong to no command
    ["c", "open", "notepad"]    a command: its verb and its arguments
    ["e", 1, …]                 an event that it caused, as `events.pack` writes it
    ["d", "9f86d081…"]          the last line: the digest of the world in the end

Commands are enough to play; a log without its events is `stripped`. A script has no header, and its lines need no "c".
A file is read whole, each line checked, or LogError names file and line. Blank lines say nothing.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, get_type_hints

from ..events import EVENTS, Event, pack, unpack
from ..tracefile import reason
from ..view.png import save

Scalar = int | str | bool | float | None
Command = tuple[Scalar, ...]
"""(verb, *arguments)"""

NAME, VERSION = "handleheap", 1
HEAD = {"log": NAME, "version": VERSION}
TYPES: dict[type[Event], dict[str, type]] = {event: get_type_hints(event) for event in EVENTS.values()}
KNOWN = {"profile": str, "memory": int, "seed": int}
"""The fields of a header whose type is known; there may be more, and need not be any."""
_DIGEST = re.compile("[0-9a-f]{64}")


class LogError(ValueError):
    """A log that is not what it should be: names file, line and what was expected."""

    def __init__(self, file: str, line: int | None, problem: str) -> None:
        super().__init__(f"{file if line is None else f'{file}:{line}'}: {problem}")
        self.file, self.line = file, line


class Step(NamedTuple):
    """A command and the events that it caused. The first step of a log is the start, whose command is None."""

    command: Command | None
    events: tuple[Event, ...] = ()


@dataclass(eq=False)
class Log:
    """A session. `header` is what a fresh world is made from; `steps` begin with the start; no digest, no promise.

    >>> log = Log({"seed": 1}, [Step(("say", "hello"))])
    >>> print(log.text(), end="")
    {"log": "handleheap", "version": 1, "seed": 1}
    ["c", "say", "hello"]
    >>> Log.parse(log.text(), "example").steps
    [Step(command=None, events=()), Step(command=('say', 'hello'), events=())]
    """

    header: dict[str, Any]
    steps: list[Step] = field(default_factory=list)
    digest: str | None = None
    name: str = "log"
    """Where it is from, for messages."""

    def __post_init__(self) -> None:
        if not self.steps or self.steps[0].command is not None:
            self.steps = [Step(None), *self.steps]

    @property
    def commands(self) -> list[Command]:
        """What was done, in order."""
        return [step.command for step in self.steps if step.command is not None]

    @property
    def events(self) -> list[Event]:
        """All events, those of the start first."""
        return [event for step in self.steps for event in step.events]

    def stripped(self) -> Log:
        """The same without events and digest."""
        return Log(self.header, [Step(step.command) for step in self.steps], None, self.name)

    def text(self) -> str:
        """The log as the text of its file. Raises LogError for what cannot be written, or not be read again."""
        rows: list[object] = [HEAD | self.header | HEAD]
        for step in self.steps:
            if step.command is not None:
                rows.append(["c", *step.command])
            rows += [["e", *pack(event)] for event in step.events]
        if self.digest is not None:
            rows.append(["d", self.digest])
        try:
            text = "".join(json.dumps(row, allow_nan=False) + "\n" for row in rows)
        except (TypeError, ValueError, RecursionError) as error:
            raise LogError(self.name, None, f"cannot be written: {error}") from None
        Log.parse(text, self.name)
        return text

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the file, all of it or nothing. Raises LogError as `text`, OSError."""
        save(path, self.text().encode())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Log:
        """The log in a file. Raises LogError, for a file that cannot be read as well."""
        name, data = os.fspath(path), b""
        try:
            data = Path(path).read_bytes()
            return cls.parse(data.decode("utf-8-sig"), name)
        except LogError:
            raise
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            raise LogError(name, line, f"byte {data[error.start]:#04x} is no text (UTF-8)") from None
        except MemoryError:
            raise LogError(name, None, "the file is too large for the memory there is") from None
        except (OSError, ValueError) as error:
            raise LogError(name, None, reason(error)) from None

    @classmethod
    def parse(cls, text: str, name: str) -> Log:
        """The log in a text that is called `name`. Raises LogError."""
        log, headed, events = cls({}, name=name), False, [list[Event]()]
        commands: list[Command | None] = [None]
        lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
        if not lines:
            raise LogError(name, 1, "empty: expected a header or a command")
        for number, line in lines:
            try:
                if log.digest is not None:
                    raise ValueError(f"the digest is the last line, but there is more: {_shown(line)}")
                row = json.loads(line, parse_constant=_no_number)
                if isinstance(row, dict):
                    if number != lines[0][0]:
                        raise ValueError("a header stands in the first line, and nowhere else")
                    log.header, headed = _header(row), True
                elif not isinstance(row, list) or not row:
                    raise ValueError(f"expected a header, or a list with c, e or d in front, found {_shown(line)}")
                elif row[0] == "c" or (not headed and isinstance(row[0], str) and row[0] not in ("e", "d")):
                    commands.append(as_command(row[1:] if row[0] == "c" else row))
                    events.append([])
                elif row[0] == "e":
                    events[-1].append(_event(row[1:]))
                elif row[0] == "d":
                    log.digest = _digest(row[1:])
                else:
                    raise ValueError(f"expected c, e or d in front, found {_shown(line)}")
            except json.JSONDecodeError as error:
                raise LogError(name, number, f"no JSON: {error.msg} at column {error.colno}: {_shown(line)}") from None
            except (ValueError, RecursionError, MemoryError) as error:
                raise LogError(name, number, str(error) or type(error).__name__) from None
        log.steps = [Step(command, tuple(each)) for command, each in zip(commands, events, strict=True)]
        return log


def as_command(row: Sequence[object]) -> Command:
    """A command as it is kept: a tuple that comes back from a file as it was. Raises ValueError for what would not.

    >>> as_command(["gc", 2, 0])
    ('gc', 2, 0)
    """
    if not isinstance(row, list | tuple) or not row or type(row[0]) is not str or not row[0]:
        raise ValueError(f"a command is a verb and its arguments, found {_shown(repr(row))}")
    for value in row:
        if isinstance(value, float):
            fits = type(value) is float and math.isfinite(value)
        elif isinstance(value, str):
            fits = type(value) is str and not any("\ud800" <= letter <= "\udfff" for letter in value)
        else:
            fits = value is None or type(value) is bool or (type(value) is int and -(2**63) <= value < 2**63)
        if not fits:
            raise ValueError(f"{_shown(repr(value))} in {row[0]!r}: expected a text, a number of 64 bits, true, false or null")
    return tuple(row)


def _header(row: dict[str, Any]) -> dict[str, Any]:
    if row.get("log") != NAME:
        raise ValueError(f'no log of ours: expected "log": "{NAME}" in the header')
    if type(row.get("version")) is not int or row["version"] != VERSION:
        raise ValueError(f"a log of version {_shown(repr(row.get('version')))}: this program reads version {VERSION}")
    for name, kind in KNOWN.items():
        if name in row and type(row[name]) is not kind:
            raise ValueError(f"{name} is {_shown(repr(row[name]))}, expected {kind.__name__}")
    return {name: value for name, value in row.items() if name not in HEAD}


def _event(row: list[Any]) -> Event:
    if not row or type(row[0]) is not int or row[0] not in EVENTS:
        raise ValueError(f"{_shown(repr(row))} starts with no event code")
    types = TYPES[EVENTS[row[0]]]
    for value, (name, kind) in zip(row[1:], types.items(), strict=False):
        if not isinstance(value, kind):
            raise ValueError(f"{EVENTS[row[0]].__name__}: {name} is {_shown(repr(value))}, expected {kind.__name__}")
    return unpack(row)


def _digest(row: list[Any]) -> str:
    if len(row) != 1 or not isinstance(row[0], str) or not _DIGEST.fullmatch(row[0]):
        raise ValueError(f"expected a digest of 64 hexadecimal digits, found {_shown(repr(row))}")
    return row[0]


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _shown(text: str) -> str:
    """A piece of the file for a message: on one line, not too long."""
    return text if len(text) <= 60 else f"{text[:57]}…"
