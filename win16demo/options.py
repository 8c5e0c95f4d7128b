"""What was asked for on the command line, checked as far as it can be without starting anything."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from handleheap.desktop.screen import LARGEST
from handleheap.desktop.skin import SCHEMES
from handleheap.view.palette import PALETTES

from .world import ROOM

MODES = ("real", "standard", "enhanced")
FASTEST = 8.0
"""Everything may run so many times as fast, or as slow."""


@dataclass
class Options:
    """The options of the command; `None` stands for what is decided by what is played."""

    script: str | None = None
    trace: str | None = None
    mode: str | None = None
    size: str | None = None
    headroom: float = 1.02
    seed: int = 0
    unseen: bool = False
    text: bool = False
    announce: bool = False
    shot: list[str] = field(default_factory=list)
    shots: Path | None = None
    scale: str = "auto"
    speed: float = 1.0
    palette: str = "okabe"
    scheme: str = "default"
    reduced_motion: bool = False
    record: Path | None = None
    replay: Path | None = None
    open: Path | None = None
    export: Path | None = None
    timing: bool = False

    def check(self) -> None:
        """Raises ValueError, in words, for the first thing that cannot be."""
        if self.mode is not None and self.mode not in MODES:
            raise ValueError(f"no mode is called {self.mode!r}; there are {', '.join(MODES)}")
        if self.scale != "auto" and self.scale not in map(str, range(1, LARGEST + 1)):
            raise ValueError(f"a scale of {self.scale!r}: it is auto, or 1 to {LARGEST}")
        if not 0 < self.headroom <= 1_000:
            raise ValueError(f"a headroom of {self.headroom}: it is a positive multiple of the trace's peak")
        if not 1 / FASTEST <= self.speed <= FASTEST:
            raise ValueError(f"a speed of {self.speed}: it is {1 / FASTEST} to {FASTEST}")
        if self.palette not in PALETTES:
            raise ValueError(f"no palette is called {self.palette!r}; there are {', '.join(PALETTES)}")
        if self.scheme not in SCHEMES:
            raise ValueError(f"no scheme is called {self.scheme!r}; there are {', '.join(SCHEMES)}")
        if sum(map(bool, (self.script, self.trace, self.replay, self.open))) > 1:
            raise ValueError("one of --script, --trace, --replay and --open at a time")
        for name, path in (("--record", self.record), ("--export", self.export)):
            if path is not None and not path.absolute().parent.is_dir():
                raise ValueError(f"{name} {path}: there is no folder {path.parent}")
            if path is not None and path.is_dir():
                raise ValueError(f"{name} {path}: that is a folder, and a file is to be written")
        if self.export is not None and self.export.suffix not in (".png", ".apng"):
            raise ValueError(f"--export {self.export}: the file's name ends in .png or .apng")
        if self.trace is not None and (self.record or self.export or self.size):
            raise ValueError("--record, --export and --size are for the desktop; --trace has --shots and --headroom")
        self.room  # noqa: B018 - raises

    @property
    def fixed(self) -> dict[str, str | int]:
        """What was asked for in so many words, and holds whatever a script says."""
        return ({"profile": self.mode} if self.mode else {}) | ({"room": self.room} if self.size else {})

    @property
    def room(self) -> int:
        """Bytes for programs. Raises ValueError."""
        if self.size is None:
            return ROOM
        found = re.fullmatch(r"(\d+)([KM]?)", self.size.strip().upper())
        n = int(found[1]) << {"": 0, "K": 10, "M": 20}[found[2]] if found else 0
        if not 256 << 10 <= n <= 16 << 20:
            raise ValueError(f"a size of {self.size!r}: it is 256K to 16M")
        return n
