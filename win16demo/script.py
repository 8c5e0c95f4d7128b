"""Scripts: what is to be done, a line each, in the words that the log has as well.

    {"profile": "real"}                         a header: start anew, under this Windows
    ["say", "Four programs are opened."]        a caption; it stays until the next one
    ["pause", 3]                                seconds to look
    ["open", "notepad"]                         any command; a window may be named by its program
    ["shot", "refused"]                         a picture, under this name

A line that begins with `//` is a comment.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from handleheap.desktop.log import Command, Scalar, as_command

FOLDER = "scripts"
SHOT = "shot"


class ScriptError(ValueError):
    """A script that cannot be read; the message names file and line."""


class Act(NamedTuple):
    """What is played on one machine: what it is started with, and the commands."""

    header: dict[str, Scalar]
    commands: tuple[Command, ...]


def names() -> list[str]:
    """The scripts that come with the program.

    >>> "tour" in names()
    True
    """
    return sorted(path.name.removesuffix(".jsonl") for path in _folder() if path.name.endswith(".jsonl"))


def _folder() -> Iterator[Path]:
    yield from (files(__package__) / FOLDER).iterdir()  # type: ignore[misc]


def load(script: str) -> list[Act]:
    """The acts of a script, by name or by path. Raises ScriptError, OSError."""
    if script in names():
        return parse((files(__package__) / FOLDER / f"{script}.jsonl").read_text("utf-8"), script)
    if not Path(script).is_file():
        raise ScriptError(f"no script is called {script!r}; there are {', '.join(names())}, or the path of one of your own")
    return parse(Path(script).read_text("utf-8"), script)


def parse(text: str, name: str) -> list[Act]:
    """The acts of a script's text. Raises ScriptError.

    >>> parse('["open", "notepad"]', "example")
    [Act(header={}, commands=(('open', 'notepad'),))]
    """
    acts: list[tuple[dict[str, Scalar], list[Command]]] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.lstrip().startswith("//"):
            continue
        try:
            found = json.loads(line)
            command = as_command(found) if isinstance(found, list) else None
        except ValueError as error:
            raise ScriptError(f"{name}:{number}: {error}") from None
        if isinstance(found, dict) and all(_plain(value) for value in found.values()):
            acts.append((found, []))
        elif command is not None:
            if not acts:
                acts.append(({}, []))
            acts[-1][1].append(command)
        else:
            raise ScriptError(f"{name}:{number}: expected a header, or a verb with its arguments: {line.strip()}")
    if not acts:
        raise ScriptError(f"{name}: there is no command in it")
    return [Act(header, tuple(commands)) for header, commands in acts]


def _plain(value: object) -> bool:
    return value is None or isinstance(value, str | int | float)
