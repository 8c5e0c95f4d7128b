"""What the engine tells about itself; loaded when somebody asks."""

from __future__ import annotations

from typing import NamedTuple


class Stats(NamedTuple):
    """Bytes, but for the counts `blocks`, `discarded` and `segments`."""

    capacity: int
    blocks: int
    """Live handles, discarded ones included."""
    discarded: int
    used: int
    """Bytes of blocks in memory, rounded to the alignment."""
    free: int
    largest_free: int
    """`alloc(largest_free)` succeeds."""
    pinned: int
    """Bytes of blocks that cannot move now: fixed, locked, viewed."""
    segments: int
    table: int
    """Bytes of the engine's own tables."""
