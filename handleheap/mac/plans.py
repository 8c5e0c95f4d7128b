"""What moves where in a zone, as pure functions: blocks and holes in, moves out.

    slide      [A][  ][B][  ]|lock|     [A][B][      ]|lock|      compaction; stops when a gap is large enough
    open_up    [A][B][  ][C][    ]      [    ][B][  ][C][A]       room at the bottom: who is in the way hops, else all slide up
    highest    [h][A][  ][B]|lock|      [A][B][  ][h]|lock|       MoveHHi
    stir       [A][B][    ][C]          [C][A][B][      ]         heap scramble

Holes are (base, size) in address order, neighbours merged. Sizes in bytes, `least` is that of the smallest block: no gap is left
that is smaller. Nothing that stays is passed but by a hop.

`.plan.pure`  planners touch nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile

from ..block import Block, Kind, Move
from ..fit import Hole

FREE, MOVABLE = Kind.FREE, Kind.MOVABLE


def holds(hole: int, size: int, least: int) -> bool:
    """Can a hole take a block of this size? What is left over must be nothing, or a block of its own."""
    return hole == size or hole >= size + least


def stays(block: Block) -> bool:
    """Neither free nor movable now."""
    return block.kind is not FREE and (block.kind is not MOVABLE or bool(block.locks))


def regions(blocks: Iterable[Block]) -> Iterator[list[Block]]:
    """The blocks between those that stay."""
    region: list[Block] = []
    for block in blocks:
        if stays(block):
            if region:
                yield region
            region = []
        else:
            region.append(block)
    if region:
        yield region


def free_in(blocks: Iterable[Block]) -> int:
    """Bytes of free blocks."""
    return sum(block.size for block in blocks if block.kind is FREE)


def slide(blocks: Iterable[Block], need: int | None = None) -> list[Move]:
    """Every block down to the one below it, or to what stays; until there is a gap of `need` bytes, if that is given."""
    moves: list[Move] = []
    low = None
    for block in blocks:
        if block.kind is FREE:
            low = block.base if low is None else low
            if need is not None and block.end - low >= need:
                break
        elif stays(block):
            low = None
        elif low is not None:
            moves.append(Move(block.handle, block.base, low, block.size))
            low += block.size
    return moves


def displaced(window: Sequence[Block], need: int, holes: Iterable[Hole], least: int) -> list[Move] | None:
    """Each block of the window to the first hole that holds it above the `need` bytes to be freed; None where there is none."""
    end = window[-1].end
    rooms = [hole for hole in holes if hole[0] >= end]
    spare = end - window[0].base - need
    if spare and window[-1].kind is FREE:
        rooms.insert(0, (end - spare, spare))
    moves: list[Move] = []
    for block in window:
        if block.kind is FREE:
            continue
        i = next((i for i, (_, size) in enumerate(rooms) if holds(size, block.size, least)), None)
        if i is None:
            return None
        base, size = rooms[i]
        moves.append(Move(block.handle, block.base, base, block.size))
        rooms[i] = (base + block.size, size - block.size)
    return moves


def pushed(region: Sequence[Block], need: int) -> list[Move] | None:
    """Slide as few blocks up as it takes to have `need` bytes free at the bottom of the region; None where they are not there."""
    free = 0
    for i, block in enumerate(region):
        free += block.size if block.kind is FREE else 0
        if free >= need:
            return slid_up(region[: i + 1])
    return None


def slid_up(region: Sequence[Block]) -> list[Move]:
    """All blocks of a region to its top, the topmost first."""
    moves: list[Move] = []
    high = region[-1].end
    for block in reversed(region):
        if block.kind is MOVABLE:
            high -= block.size
            if high != block.base:
                moves.append(Move(block.handle, block.base, high, block.size))
    return moves


def open_up(blocks: Iterable[Block], need: int, holes: Sequence[Hole], least: int) -> list[Move] | None:
    """Moves that free the first `need` bytes of `blocks`; None where that cannot be.

    >>> a, b = Block(0, 20, MOVABLE, 8, 12, 0x40), Block(20, 32, FREE, 28, 24)
    >>> open_up([a, b], 12, [(20, 32)], 12)
    [Move(handle=64, src=0, dst=20, size=20)]
    >>> open_up([a, b], 24, [(20, 32)], 12)     # too little would be left above it, so it slides up
    [Move(handle=64, src=0, dst=32, size=20)]
    """
    rest = takewhile(lambda block: not stays(block), blocks)
    window, size = _window(rest, need)
    if size < need:
        return None
    moves = displaced(window, need, holes, least)
    return pushed([*window, *rest], need) if moves is None else moves


def reserve(blocks: Iterable[Block], need: int, holes: Sequence[Hole], least: int) -> tuple[int, list[Move]] | None:
    """(base, moves) of the lowest gap of `need` bytes that can be made; None where none can."""
    blocks = iter(blocks)
    for block in blocks:
        if stays(block):
            continue
        rest = takewhile(lambda block: not stays(block), blocks)
        window, size = _window(rest, need - block.size)
        window.insert(0, block)
        if size + block.size < need:
            continue
        moves = displaced(window, need, holes, least)
        if moves is not None:
            return block.base, moves
        region = [*window, *rest]
        moves = pushed(region, need)
        if moves is not None:
            return block.base, moves
        found = _higher(region, need, holes, least)
        if found is not None:
            return found
    return None


def _higher(region: list[Block], need: int, holes: Sequence[Hole], least: int) -> tuple[int, list[Move]] | None:
    """The lowest gap in a region, not at its bottom, for which blocks can hop away."""
    for i in range(1, len(region)):
        window, size = _window(iter(region[i:]), need)
        if size < need:
            return None
        moves = displaced(window, need, holes, least)
        if moves is not None:
            return region[i].base, moves
    return None


def _window(blocks: Iterator[Block], need: int) -> tuple[list[Block], int]:
    """As many blocks as it takes for `need` bytes, and their size."""
    window: list[Block] = []
    size = 0
    while size < need:
        block = next(blocks, None)
        if block is None:
            break
        window.append(block)
        size += block.size
    return window, size


def highest(block: Block, above: Iterable[Block]) -> list[Move]:
    """The block to the top of its region, those above it down into its place; it must be lifted out first.

    >>> above = [Block(40, 20, MOVABLE, 48, 12, 0x60), Block(60, 32, FREE, 68, 24)]
    >>> highest(Block(0, 40, MOVABLE, 8, 32, 0x40), above)
    [Move(handle=64, src=0, dst=52, size=40), Move(handle=96, src=40, dst=0, size=20)]
    """
    at, top = block.base, block.end
    moves: list[Move] = []
    for other in takewhile(lambda other: not stays(other), above):
        top = other.end
        if other.kind is MOVABLE:
            moves.append(Move(other.handle, other.base, at, other.size))
            at += other.size
    if top == block.end:
        return []
    return [Move(block.handle, block.base, top - block.size, block.size), *moves]


def hopping(block: Block, blocks: Sequence[Block], least: int) -> list[Move]:
    """The block to the top of the highest region with room for it, whatever is between; there the others slide down.

    No gap of less than `least` bytes is left.
    """
    for region in reversed(list(regions(blocks))):
        if region[0].base <= block.base < region[-1].end:
            return highest(block, (other for other in region if other.base > block.base))
        if holds(free_in(region), block.size, least):
            return [*slide(region), Move(block.handle, block.base, region[-1].end - block.size, block.size)]
    return []


def stir(blocks: Iterable[Block]) -> list[Move]:
    """Every block to another place in its region, the last one to the front; all must be lifted out first."""
    moves: list[Move] = []
    for region in regions(blocks):
        movable = [block for block in region if block.kind is MOVABLE]
        rotated = [*movable[-1:], *movable[:-1]]
        size = sum(block.size for block in movable)
        low, high = (_packed(rotated, start) for start in (region[0].base, region[-1].end - size))
        moves += low if len(low) >= len(high) else high
    return moves


def _packed(blocks: Iterable[Block], at: int) -> list[Move]:
    """The blocks side by side from `at` on."""
    moves = []
    for block in blocks:
        if block.base != at:
            moves.append(Move(block.handle, block.base, at, block.size))
        at += block.size
    return moves


def rearranged(holes: Iterable[Hole], moves: Sequence[Move]) -> list[Hole]:
    """The holes after the moves, all merged. Raises ValueError where a block would not go to free memory."""
    free: list[list[int]] = []
    for base, size in sorted([*holes, *((move.src, move.size) for move in moves)]):
        if free and free[-1][1] >= base:
            free[-1][1] = max(free[-1][1], base + size)
        else:
            free.append([base, base + size])
    taken = sorted((move.dst, move.size) for move in moves)
    left: list[Hole] = []
    i = 0
    for at, end in free:
        while i < len(taken) and taken[i][0] < end:
            dst, size = taken[i]
            if dst < at or dst + size > end:
                break
            if dst > at:
                left.append((at, dst - at))
            at = dst + size
            i += 1
        if at < end:
            left.append((at, end - at))
    if i < len(taken):
        raise ValueError(f"{taken[i][1]:,} bytes at {taken[i][0]:#x} are not free")
    return left
