"""What a program is to the desktop: a name, an icon, a menu, what it does when it starts, what it shows, what it can be told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from handleheap.desktop.box import Box
from handleheap.desktop.icons import Picture
from handleheap.desktop.skin import Ink
from handleheap.desktop.window import Window

from .record import Win

if TYPE_CHECKING:
    from .world import World

Tell = Callable[..., None]
"""tell(verb, *arguments): a command for the world, on its way to the log."""
Verb = Callable[..., None]
"""verb(world, win, *arguments): what a command does to a window. Its annotations are checked before it is called."""


class BadCommand(ValueError):
    """A command that does not exist, has wrong arguments, or makes no sense now. Nothing has changed."""


def _nothing(world: "World", win: Win) -> None:
    """A program that needs no blocks but its window."""


@dataclass(frozen=True)
class Program:
    """A program. `fill` puts the parts into a window whose frame is there already; it reads the world and changes nothing.

    A menu is a text: a title a line, its items below it behind a tab, as `label|shortcut|command`; an item `-` is a line.
    """

    name: str
    title: str
    box: Box
    """Where its window appears."""
    picture: Picture
    fill: Callable[[Window, "World", Win, Tell], None]
    menu: str = ""
    born: Callable[["World", Win], None] = _nothing
    verbs: Mapping[str, Verb] = field(default_factory=dict)
    status: Callable[["World", Win], str] | None = None
    """What stands in its status line, if it has one."""
    closing: str = "close"
    """The command that its control box and Alt+F4 stand for."""
    ground: int = Ink.WINDOW
    resizable: bool = True
    restless: bool = False
    """Painted again after every command that has moved blocks."""
    data: int = 2048
    """Bytes of its data segment."""


def nobody(*_: Any) -> None:
    """Who is told where nothing is asked: while a window is painted."""
