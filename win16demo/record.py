"""What is known about the desktop outside of the heap: rectangles, order, focus and handles. Small, plain, and checkpointed.

Everything that is seen, read or written lies in blocks; here are the handles of these blocks.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

from handleheap.desktop.box import Box
from handleheap.desktop.log import Scalar

BOX = "box"
"""The program of a message box."""


@dataclass
class Win:
    """A window. `blocks` are its handles by what they hold, `at` the positions in it: caret, scroll, selection, tool."""

    id: int
    app: str
    title: str
    box: Box
    state: str = "normal"
    """normal, minimised or maximised; then `box` is where the window comes back to."""
    task: int = 0
    """The task database of its program; 0 for a box of the system."""
    bitmap: int = 0
    """The handle of its picture; 0 while it has none."""
    drawn: tuple[int, int] = (0, 0)
    """Width and height of that picture."""
    blocks: dict[str, int] = field(default_factory=dict)
    at: dict[str, Scalar] = field(default_factory=dict)
    held: list[int] = field(default_factory=list)
    """Handles that it has allocated for no other purpose than to have them."""
    focus: int = 0
    """Which of its parts has the focus."""
    version: int = 0
    """How often it was painted."""

    def number(self, name: str, default: int = 0) -> int:
        """A position in the window as a number."""
        value = self.at.get(name, default)
        return int(value) if isinstance(value, int | float) else default

    def word(self, name: str, default: str = "") -> str:
        """A setting of the window as a text."""
        value = self.at.get(name, default)
        return value if isinstance(value, str) else default


@dataclass
class Record:
    """The windows, the lowest first, and what belongs to no window."""

    windows: list[Win] = field(default_factory=list)
    resources: dict[str, int] = field(default_factory=dict)
    """Handles of fonts, icons and menus, by name."""
    reserve: int = 0
    """The block that the message box for want of memory is painted in, whatever else there is."""
    next: int = 1
    """The number of the next window."""
    clock: int = 0
    """Seconds since midnight."""
    wanted: int = 0
    """Bytes of the request that was refused, while the box about it is there."""
    caption: str = ""
    """What a script says."""

    def window(self, number: int) -> Win | None:
        """The window of this number, if there is one."""
        return next((win for win in self.windows if win.id == number), None)

    @property
    def active(self) -> Win | None:
        """The topmost window that is not minimised."""
        return next((win for win in reversed(self.windows) if win.state != "minimised"), None)

    def dumps(self) -> str:
        """The record as JSON, equal records giving equal texts."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    @classmethod
    def loads(cls, text: str) -> Record:
        """The inverse of `dumps`."""
        plain = json.loads(text)
        wins = [Win(**win | {"box": Box(*win["box"]), "drawn": tuple(win["drawn"])}) for win in plain.pop("windows")]
        return cls(windows=wins, **plain)
