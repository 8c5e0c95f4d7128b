"""A session: a world, its timeline, and what it was started with. Another Windows is another machine and a new log."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from handleheap.desktop.log import Log, Scalar
from handleheap.desktop.timeline import Timeline
from handleheap.events import Tap
from handleheap.view.png import save
from handleheap.win16.profile import PROFILES

from .world import ROOM, World, memory_for

VERSION = 1


def header_for(mode: str = "enhanced", room: int = ROOM, seed: int = 0) -> dict[str, Any]:
    """What a fresh machine is made from. Raises ValueError for more memory than the mode addresses."""
    return {"profile": mode, "room": room, "memory": memory_for(mode, room), "seed": seed}


def fresh(header: dict[str, Any], tap: Tap | None = None) -> World:
    """The world that a header describes: a new machine, or one that goes on from a dump inside it.

    Raises ValueError, HeapCorrupt.
    """
    if header.get("profile") not in PROFILES or not isinstance(header.get("memory"), int):
        raise ValueError(f"no machine can be made from {_bare(header)}: a profile and its memory are expected")
    start = header.get("start")
    if not start:
        return World(header, tap)
    try:
        data = zlib.decompress(base64.b64decode(start))
    except (TypeError, ValueError, zlib.error):
        raise ValueError("what this machine is to start from cannot be read") from None
    return World.load(header, data, tap)


class Session:
    """A timeline over a world. `start` begins a new one, and the old log stays in `logs`."""

    def __init__(self, header: dict[str, Any], progress: Callable[[int, int], None] | None = None) -> None:
        self.logs: list[Log] = []
        self.progress = progress
        self.timeline = self._begin(header)

    def _begin(self, header: dict[str, Any]) -> Timeline[World]:
        return Timeline(fresh, World.load, header)

    @property
    def world(self) -> World:
        """The world as it is now."""
        return self.timeline.world

    @property
    def header(self) -> dict[str, Any]:
        return self.timeline.header

    def do(self, command: Sequence[Scalar]) -> None:
        """Execute a command, and keep it. Raises BadCommand."""
        self.timeline.do(tuple(command))

    def start(self, header: dict[str, Any]) -> None:
        """A fresh machine."""
        begun = self._begin(header)
        self._keep()
        self.timeline = begun

    def _keep(self) -> None:
        """The log of the present machine, if anything was done on it."""
        if len(self.timeline.commands) > 1:
            self.logs.append(self.timeline.log())

    def open_file(self, path: Path) -> None:
        """Go on from a log (.jsonl) or from a dump. Raises ValueError, HeapCorrupt, OSError, and then all is as it was."""
        if path.suffix == ".jsonl":
            self.open_log(Log.load(path))
        else:
            self.start(load_dump(path))

    def cut(self, event: int) -> None:
        """Go on from the moment after an event: what came later stays in a log of its own."""
        self._keep()
        self.timeline.cut(event)

    def all_logs(self) -> list[Log]:
        """The logs of all machines there were, the present one last."""
        return [*self.logs, self.timeline.log()]

    def open_log(self, log: Log) -> None:
        """Play the commands of a log on a fresh machine, and go on from there."""
        played = Timeline.from_log(log, fresh, World.load, progress=self.progress)
        self._keep()
        self.timeline = played


def save_dump(world: World, path: Path) -> None:
    """The whole machine as it is: a line of JSON, then the bytes of record and arena."""
    head = json.dumps({"dump": "handleheap", "version": VERSION, **_bare(world.header)}, sort_keys=True)
    save(path, head.encode() + b"\n" + zlib.compress(world.save(), 9))


def load_dump(path: Path) -> dict[str, Any]:
    """The header of a machine that goes on from a dump. Raises ValueError for a file that is none, OSError."""
    head, newline, data = path.read_bytes().partition(b"\n")
    try:
        header = json.loads(head)
        whole = zlib.decompress(data)
        right = header["dump"] == "handleheap" and header["version"] == VERSION and newline
    except (ValueError, KeyError, TypeError, zlib.error):
        right, header, whole = False, {}, b""
    if not right:
        raise ValueError(f"{path} is no dump of a machine")
    header = {name: header[name] for name in ("profile", "room", "memory", "seed") if name in header}
    return header | {"start": base64.b64encode(zlib.compress(whole, 9)).decode()}


def _bare(header: dict[str, Any]) -> dict[str, Any]:
    """A header without what it was started from."""
    return {name: value for name, value in header.items() if name != "start"}
