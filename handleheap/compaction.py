"""Compaction planners: blocks in address order in, moves out.

    before      [ A ]    [lock]  [ B ]     [ C ]
    slide down  [ A ]    [lock][ B ][ C ]                 order kept, nothing passes a pin
    slide up       [ A ] [lock]       [ B ][ C ]          the same, mirrored
    hop         [ A ][B] [lock][ C ]                      a block may hop over pins into a lower gap
    two-finger  [ A ][C] [lock][ B ]                      equal sizes: the highest block into the lowest gap

A plan is carried out move by move, in its order; the ranges of one move may overlap. Fixed, locked and table blocks stay.
A budget cuts a plan short: the first move is always made, after that neither budget is ever exceeded, so that a plan that
is carried out again and again ends. Sizes in bytes. All planners visit each block once, and shift by multiples of `align`.

`.plan.pure`  planners touch nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .block import Block, Kind, Move
from .fit import Holes

FREE, MOVABLE = Kind.FREE, Kind.MOVABLE


def within(moves: Iterable[Move], max_bytes: int | None = None, max_moves: int | None = None) -> list[Move]:
    """The longest beginning of `moves` that the budget allows, but at least one move. None means without limit.

    Raises ValueError for a negative budget.

    >>> plan = [Move(1, 64, 0, 32), Move(2, 128, 32, 32), Move(3, 256, 64, 32)]
    >>> len(within(plan, max_bytes=64)), len(within(plan, max_bytes=10)), len(within(plan, max_moves=3))
    (2, 1, 3)
    """
    if (max_bytes is not None and max_bytes < 0) or (max_moves is not None and max_moves < 0):
        raise ValueError(f"a budget cannot be negative: {max_bytes=}, {max_moves=}")
    if max_bytes is None and max_moves is None:
        return list(moves)
    taken: list[Move] = []
    spent = 0
    for move in moves:
        spent += move.size
        over = (max_bytes is not None and spent > max_bytes) or (max_moves is not None and len(taken) >= max_moves)
        if taken and over:
            break
        taken.append(move)
    return taken


def slide_down(
    blocks: Iterable[Block], *, align: int = 1, max_bytes: int | None = None, max_moves: int | None = None
) -> list[Move]:
    """Every movable block as far down as it goes without passing another; order is kept."""
    return within(_slide_down(blocks), max_bytes, max_moves)


def slide_up(
    blocks: Iterable[Block], *, align: int = 1, max_bytes: int | None = None, max_moves: int | None = None
) -> list[Move]:
    """Every movable block as far up as it goes without passing another; the topmost moves first."""
    return within(_slide_up(list(blocks), align), max_bytes, max_moves)


def hop(blocks: Iterable[Block], *, align: int = 1, max_bytes: int | None = None, max_moves: int | None = None) -> list[Move]:
    """From the bottom up, each movable block into the lowest gap below it that holds it, pins or not; else it slides down."""
    return within(_hop(blocks), max_bytes, max_moves)


def two_finger(
    blocks: Iterable[Block], *, align: int = 1, max_bytes: int | None = None, max_moves: int | None = None
) -> list[Move]:
    """The highest movable block into the lowest gap until the fingers meet: fewest moves, order is lost.

    For movable blocks of one size only: ValueError otherwise. (Edwards; Saunders 1974.)
    """
    return within(_two_finger(list(blocks)), max_bytes, max_moves)


def _slide_down(blocks: Iterable[Block]) -> Iterator[Move]:
    low = None
    for block in blocks:
        if block.kind is FREE:
            low = block.base if low is None else low
        elif block.locks or block.kind is not MOVABLE:
            low = None
        elif low is not None:
            yield Move(block.handle, block.base, low, block.size)
            low += block.size


def _slide_up(blocks: list[Block], align: int) -> Iterator[Move]:
    high = None
    for block in reversed(blocks):
        if block.kind is FREE:
            high = block.end if high is None else high
        elif block.locks or block.kind is not MOVABLE:
            high = None
        elif high is not None:
            base, size = block.base, block.size
            high -= size
            high -= (high - base) % align
            if high > base:
                yield Move(block.handle, base, high, size)


def _hop(blocks: Iterable[Block]) -> Iterator[Move]:
    gaps = Holes()
    for block in blocks:
        if block.kind is FREE:
            gaps.add(block.base, block.size)
        elif block.may_move and len(gaps):
            dst = gaps.first(block.size)
            if dst is None:
                dst = gaps.bases[-1]
                if dst + gaps.sizes[dst] != block.base:
                    continue
            gaps.add(block.base, block.size)
            gaps.cut(dst, block.size)
            yield Move(block.handle, block.base, dst, block.size)


def _two_finger(blocks: list[Block]) -> Iterator[Move]:
    movable = [block for block in blocks if block.may_move]
    sizes = {block.size for block in movable}
    if len(sizes) > 1:
        raise ValueError(f"two-finger compaction needs blocks of one size, here are {len(sizes)}")
    gaps = Holes()
    for block in blocks:
        if block.kind is FREE:
            gaps.add(block.base, block.size)
    for dst, room in gaps:
        while movable and movable[-1].base > dst and room >= movable[-1].size:
            block = movable.pop()
            yield Move(block.handle, block.base, dst, block.size)
            dst += block.size
            room -= block.size


PLANNERS = {"slide-down": slide_down, "slide-up": slide_up, "hop": hop, "two-finger": two_finger}


def runs(moves: Iterable[Move]) -> Iterator[tuple[int, int, int]]:
    """(src, dst, size) of the copies that carry out `moves`: neighbours that shift alike are copied at once.

    >>> list(runs([Move(1, 64, 0, 32), Move(2, 96, 32, 16), Move(3, 200, 48, 8)]))
    [(64, 0, 48), (200, 48, 8)]
    """
    src = dst = size = 0
    for _, s, d, n in moves:
        if size and s - d == src - dst and s == src + size:
            size += n
        elif size and s - d == src - dst and s + n == src:
            src, dst, size = s, d, size + n
        else:
            if size:
                yield src, dst, size
            src, dst, size = s, d, n
    if size:
        yield src, dst, size
