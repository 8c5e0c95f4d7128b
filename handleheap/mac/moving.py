"""Moves in a zone: bytes, master pointers and free blocks, all at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ..block import Move
from ..compaction import runs
from ..errors import HandlePinned
from ..events import Moved
from ..fit import Hole
from .freelist import FreeList
from .layout import GRAIN, LOCK
from .plans import rearranged
from .state import State


def commit(zone: State, moves: Iterable[Move], lift: Collection[int] = ()) -> None:
    """Carry out moves, in their order; blocks whose handles are in `lift` are taken out before all others move.

    Raises HandlePinned, StaleHandle, and ValueError for moves that do not fit or leave a gap that is too small to be a
    block; then nothing is changed.
    """
    moves = list(moves)
    if not moves:
        return
    for move in moves:
        check(zone, move)
    holes = rearranged(zone.free.holes(), moves)
    small = next((hole for hole in holes if hole[1] < zone.blocks.least), None)
    if small is not None:
        raise ValueError(f"a gap of {small[1]} bytes at {small[0]:#x} can be no block")
    transport(zone, moves, lift)
    replace_free(zone, holes, moves)
    for move in moves:
        zone.blocks.rebind(move.handle, move.dst + zone.blocks.header)
    zone.rover = zone.first
    if zone.tap is not None:
        for move in moves:
            zone.tap(Moved(*move))


def check(zone: State, move: Move) -> None:
    """Raise where there is no such block, or it is locked."""
    found = zone.locate(move.handle)
    if found is None or (found[0], found[1].size) != (move.src, move.size) or (move.dst - zone.first) % GRAIN:
        where = f"from {move.src:#x} to {move.dst:#x}"
        raise ValueError(f"the move of {move.size:,} bytes {where} does not fit handle {move.handle:#x}")
    if zone.blocks.flags(move.handle) & LOCK:
        raise HandlePinned(move.handle, 1)


def transport(zone: State, moves: list[Move], lift: Collection[int]) -> None:
    """The bytes of the blocks, headers included."""
    lifted = [(move, bytes(zone.arena.view(move.src, move.size))) for move in moves if move.handle in lift]
    for src, dst, size in runs(move for move in moves if move.handle not in lift):
        zone.arena.move(src, dst, size)
    for move, data in lifted:
        zone.arena.view(move.dst, move.size)[:] = data


def replace_free(zone: State, holes: list[Hole], moves: list[Move]) -> None:
    """Other free blocks than before; headers are written where they differ, and where a block was."""
    old, left = zone.free.sizes, {move.src for move in moves}
    for base, size in holes:
        if old.get(base) != size or base in left:
            zone.blocks.write_free(base, size)
    zone.free = FreeList(holes)
