"""Which event says most about what a command has done: nearly every one ends with a lock that is undone."""

from __future__ import annotations

from handleheap.events import (
    Allocated,
    CompactEnded,
    Discarded,
    Event,
    Freed,
    Locked,
    Marked,
    Moved,
    Refused,
    Reloaded,
    Resized,
    RungTried,
    Unlocked,
)

ORDER = (Unlocked, Locked, RungTried, Marked, Freed, Allocated, Reloaded, Resized, Discarded, Moved, CompactEnded, Refused)
RANK: dict[type[Event], int] = {kind: rank for rank, kind in enumerate(ORDER, 1)}


def telling(event: Event) -> int:
    """How much an event says; to be used with `max`, which takes the first of equals.

    >>> max([Locked(2, 1), Moved(4, 64, 32, 32), Unlocked(2, 0)], key=telling)
    Moved(handle=4, src=64, dst=32, size=32)
    """
    return RANK.get(type(event), 0)
