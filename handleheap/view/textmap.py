"""The heap in letters, and every event as one sentence: for terminals, screen readers and tests.

    0x0000  FFFFmmmmmmmm....LLdddd......   35 % free
    0x0700  ................              100 % free
    F fixed         1 block      4,096 bytes

A letter shows `n` bytes; where several blocks share them, the most restrictive class (see `strip`). What that hides, the
share of free bytes at the end of the line tells.
"""

from __future__ import annotations

from collections.abc import Sequence

from .. import events
from ..block import NOWHERE, Block, Kind
from .classes import LETTERS, tally
from .strip import strip, window


def text_map(blocks: Sequence[Block], *, start: int = 0, end: int | None = None, columns: int = 64, rows: int = 16) -> str:
    """The map with its legend, at most `rows` lines of `columns` letters. The bytes per letter are a power of two.

    Raises ValueError for a map without columns or rows and for an impossible range. Cost: O(blocks + letters).

    >>> heap = [Block(0, 16, Kind.FIXED, 0, 16), Block(16, 40, Kind.MOVABLE, 16, 40, 7), Block(56, 72, Kind.FREE, 56, 0)]
    >>> print(text_map(heap, columns=16, rows=2))
    One letter is 4 bytes.
    0x00  FFFFmmmmmmmmmm..   12 % free
    0x40  ................  100 % free
    T table           0 blocks            0 bytes
    F fixed            1 block           16 bytes
    L locked          0 blocks            0 bytes
    m movable          1 block           40 bytes
    d discardable     0 blocks            0 bytes
    . free             1 block           72 bytes
    """
    start, end = window(blocks, start, end)
    scale = bytes_per_letter(end - start, columns, rows)
    lines = map_lines(blocks, start=start, end=end, columns=columns, scale=scale)
    width = max(map(len, lines), default=0)
    shares = free_shares(blocks, start, end, columns * scale)
    shown = [f"{line:<{width}}  {share:3} % free" for line, share in zip(lines, shares, strict=True)]
    return "\n".join([f"One letter is {plural(scale, 'byte')}.", *shown, *legend(blocks)])


def bytes_per_letter(size: int, columns: int, rows: int) -> int:
    """The smallest power of two that lets `size` bytes fit in columns x rows letters.

    >>> bytes_per_letter(64 * 1024, 64, 16)
    64
    """
    if columns < 1 or rows < 1:
        raise ValueError(f"a map of {columns} x {rows} letters: both must be at least 1")
    needed = -(-size // (columns * rows))
    return 1 << max(0, needed - 1).bit_length()


def map_lines(blocks: Sequence[Block], *, start: int, end: int, columns: int, scale: int) -> list[str]:
    """The lines of the map, `columns` letters of `scale` bytes each behind the address; no line for an empty range."""
    cells = -(-(end - start) // scale)
    if not cells:
        return []
    letters = "".join(LETTERS[code] for code in strip(blocks, cells, start=start, end=start + cells * scale))
    digits = len(f"{start + (cells - 1) // columns * columns * scale:x}")
    return [f"0x{start + first * scale:0{digits}x}  {letters[first : first + columns]}" for first in range(0, cells, columns)]


def free_shares(blocks: Sequence[Block], start: int, end: int, stretch: int) -> list[int]:
    """The bytes that no live block and no table owns, in per cent, for each `stretch` bytes from `start` to `end`.

    >>> free_shares([Block(8, 12, Kind.MOVABLE, 8, 12, 1)], 0, 32, 16)
    [50, 75]
    """
    sizes = [min(stretch, end - at) for at in range(start, end, stretch)]
    free = list(sizes)
    for block in blocks:
        if block.kind is not Kind.FREE and block.base != NOWHERE:
            at, stop = max(block.base, start), min(block.end, end)
            while at < stop:
                row = (at - start) // stretch
                edge = min(stop, start + (row + 1) * stretch)
                free[row] -= edge - at
                at = edge
    return [100 * part // size for part, size in zip(free, sizes, strict=True)]


def legend(blocks: Sequence[Block]) -> list[str]:
    """A line per class with its letter, its blocks and its bytes."""
    return [
        f"{cls.letter} {cls.label:<11} {plural(count, 'block'):>12} {plural(size, 'byte'):>18}"
        for cls, (count, size) in tally(blocks).items()
    ]


def plural(count: int, noun: str) -> str:
    """A count with its noun.

    >>> plural(1, "byte"), plural(4096, "byte")
    ('1 byte', '4,096 bytes')
    """
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def sentence(event: events.Event) -> str:
    """What happened, in plain English: addresses and handles in hex, sizes in decimal bytes.

    >>> sentence(events.Moved(0x1F2, 0x8000, 0x6A40, 4096))
    'Moved handle 0x1f2: 4,096 bytes from 0x8000 to 0x6a40.'
    """
    match event:
        case events.Allocated(handle, base, size, length, kind, discardable):
            what = Kind(kind).name.lower() + (", discardable" if discardable else "")
            return f"Allocated handle {handle:#x} ({what}): {plural(length, 'byte')} asked for, {size:,} taken at {base:#x}."
        case events.Freed(handle, base, size):
            if base == NOWHERE:
                return f"Freed handle {handle:#x}, which was discarded."
            return f"Freed handle {handle:#x}: {plural(size, 'byte')} at {base:#x}."
        case events.Resized(handle, old_base, old_size, base, size, length):
            if base == old_base:
                where = "while it is discarded" if base == NOWHERE else f"in place at {base:#x}"
            elif base == NOWHERE:
                where = "which discards it"
            else:
                where = f"given memory at {base:#x}" if old_base == NOWHERE else f"moved from {old_base:#x} to {base:#x}"
            return f"Resized handle {handle:#x} to {plural(length, 'byte')}, {where}: it takes {size:,}, before {old_size:,}."
        case events.Locked(handle, locks):
            return f"Locked handle {handle:#x}: {plural(locks, 'lock')} on it."
        case events.Unlocked(handle, locks):
            return f"Unlocked handle {handle:#x}: {plural(locks, 'lock')} left."
        case events.Moved(handle, src, dst, size):
            return f"Moved handle {handle:#x}: {plural(size, 'byte')} from {src:#x} to {dst:#x}."
        case events.Discarded(handle, base, size):
            return f"Discarded handle {handle:#x}: its {plural(size, 'byte')} at {base:#x} are free, the handle stays."
        case events.Reloaded(handle, base, size, _):
            return f"Reloaded handle {handle:#x}: {plural(size, 'byte')} at {base:#x}."
        case events.TableGrew(base, size):
            return f"The handle table grew: {plural(size, 'byte')} at {base:#x}."
        case events.CompactBegan(free, largest):
            return f"Compaction begins: {plural(free, 'byte')} free, the largest free block has {largest:,}."
        case events.CompactEnded(moves, moved, largest):
            done = f"{plural(moves, 'move')}, {plural(moved, 'byte')} moved"
            return f"Compaction ends: {done}; the largest free block has {plural(largest, 'byte')}."
        case events.RungTried(rung, wanted, found):
            return f"Looked for {plural(wanted, 'byte')} by {rung}: {'found' if found else 'not found'}."
        case events.Refused(wanted, free, largest):
            there = f"{plural(free, 'byte')} free, but the largest free block has {largest:,}"
            return f"Refused {plural(wanted, 'byte')}: {there}."
        case events.Marked(handle, discardable):
            return f"Marked handle {handle:#x}: {'it may be discarded' if discardable else 'it must be kept'}."
        case events.Reported(code, handle, text):
            return f"Reported {code:#06x}{f' for handle {handle:#x}' if handle else ''}: {text}."
