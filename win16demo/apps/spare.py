"""What undo goes back to: a copy in a discardable block. KERNEL may take it when memory runs out, and then there is no way back.

The handle is `win.at["undo"]` and not among `win.blocks`, for these are locked while the window is painted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..memory import NoMemory
from ..record import Win

if TYPE_CHECKING:
    from ..world import World


def keep(world: World, win: Win, data: bytes) -> None:
    """Keep a copy in place of the one before; where there is no memory for it, none."""
    memory, handle = world.memory, win.number("undo")
    try:
        with world.task_of(win):
            if not handle:
                handle = memory.alloc(len(data), discardable=True)
            elif memory.gone(handle) or world.kernel.GlobalSize(handle) < len(data):
                handle = memory.resize(handle, len(data))
    except NoMemory:
        forget(world, win)
        return
    win.at["undo"] = handle
    with memory.pinned(handle) as view:
        view[: len(data)] = data


def back(world: World, win: Win) -> bytes | None:
    """The copy, and what the block has behind it; None where there is none. If it was discarded, a box says so."""
    handle = win.number("undo")
    if not handle:
        return None
    if gone(world, win):
        title = world.programs[win.app].title
        world.box(title, "There is nothing to go back to: the copy\nfor Undo was discarded to make room.")
        return None
    with world.memory.pinned(handle) as view:
        return bytes(view)


def gone(world: World, win: Win) -> bool:
    """Whether the copy was discarded."""
    handle = win.number("undo")
    return bool(handle) and world.memory.gone(handle)


def forget(world: World, win: Win) -> None:
    """Free the copy."""
    if handle := win.number("undo"):
        world.kernel.GlobalFree(handle)
    win.at["undo"] = 0
