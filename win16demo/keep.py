"""What of a session can be kept in a file: its log, the whole machine, the listing of the Heap Walker, all structures.

Each file gets the first free name in its folder, and nothing is ever written over.
"""

from __future__ import annotations

from pathlib import Path

from handleheap.desktop.screen import free_name
from handleheap.view.png import save

from .apps.listing import paper
from .apps.walkverbs import rows_of
from .session import Session, save_dump
from .world import World


def keep_log(session: Session, folder: Path) -> Path:
    """The log, as `session-000.jsonl`. Raises OSError."""
    path = free_name(folder, "session-", "jsonl")
    session.timeline.log().save(path)
    return path


def keep_dump(world: World, folder: Path) -> Path:
    """The machine, as `heap-000.dump`. Raises OSError."""
    path = free_name(folder, "heap-", "dump")
    save_dump(world, path)
    return path


def keep_listing(world: World, folder: Path) -> Path:
    """The listing of the topmost Heap Walker, as `HWG00.TXT`. Raises ValueError if there is none, OSError."""
    win = world.find("walker")
    if win is None:
        raise ValueError("the Heap Walker is not open")
    return _text(paper(rows_of(world, win)), folder)


def keep_segments(world: World, folder: Path) -> Path:
    """All structures of the heap, field by field, as `HWG00.TXT`. Raises OSError."""
    return _text(world.kernel.dump(), folder)


def _text(text: str, folder: Path) -> Path:
    path = free_name(folder, "HWG", "TXT", digits=2)
    save(path, text.encode())
    return path
