r"""The image of a heap in a file.

    0x00  magic "HEAPIMG\\0"  version  crc32 of all the rest      Header, see LAYOUT
    0x40  cells     8 bytes each: the handle that each slot has, or minus the one that it gives out next
          rows     40 bytes each: index base size length flags, of each block in address order, discarded ones last
          contents  of the blocks that are in memory, one after the other

It is written under a temporary name, synced and renamed: a crash leaves the old file. It is believed only as a whole: right
magic, version, lengths and checksum, handles that fit their slots, and blocks that lie side by side.
"""

from __future__ import annotations

import os
from array import array
from typing import TYPE_CHECKING, Any, NamedTuple
from zlib import crc32

from construct import Bytes, Const, Int32ul, Int64ul, Struct

from ..errors import HeapImageError
from ..layout import codec
from . import words
from .ask import chain, gone
from .ladder import used
from .sweep import relink

if TYPE_CHECKING:
    from ..protocols import Loader
    from .table import Table

VERSION = 1
MAGIC = b"HEAPIMG\0"
LAYOUT = codec(
    Struct(
        "magic" / Const(MAGIC, Bytes(8)),
        "version" / Int32ul,
        "crc" / Int32ul,
        "capacity" / Int64ul,
        "align" / Int64ul,
        "cells" / Int64ul,
        "rows" / Int64ul,
        "contents" / Int64ul,
        "reserved" / Int64ul,
    ),
    "Header",
)
COVERED = LAYOUT.offsets["capacity"]
"""The checksum is of everything from here on."""
STATE, MOVABLE, FIXED, GONE, DISCARDABLE = 7, 3, 4, 5, 8
KINDS = {MOVABLE, MOVABLE | DISCARDABLE, FIXED, GONE, GONE | DISCARDABLE}
INDEX = (1 << 30) - 1
LAST = LIMIT = 1 << 62
"""No handle is of a later generation, no figure is larger: sums of two fit in 64 bits."""
ADDRESSES = 1 << 56
"""No machine has more memory."""

Row = tuple[int, int, int, int, int]
"""index, base, size, length, flags"""


class Image(NamedTuple):
    """A file that has been found whole."""

    capacity: int
    align: int
    cells: Any
    rows: list[Row]
    contents: memoryview


def save(heap: Table, path: str | os.PathLike[str]) -> None:
    """Write the image of a heap to `path`, or leave what is there."""
    here = [i for i in chain(heap) if heap.cell[i] > 0]
    contents = [heap.arena.view(heap.base[i], heap.extent[i]) for i in here]
    rows = [_row(heap, i) for i in here + gone(heap)]
    pieces = [
        array("q", [heap.cell[i] for i in range(heap.top)]).tobytes(),
        array("q", [figure for row in rows for figure in row]).tobytes(),
        *contents,
    ]
    header = bytearray(LAYOUT.size)
    size = sum(piece.nbytes for piece in contents)
    figures = {"capacity": heap.capacity, "align": heap.mask + 1, "cells": heap.top, "rows": len(rows), "contents": size}
    LAYOUT.pack(header, 0, version=VERSION, crc=0, reserved=0, **figures)
    crc = crc32(header[COVERED:])
    for piece in pieces:
        crc = crc32(piece, crc)
    LAYOUT.put(header, 0, "crc", crc)
    _replace(os.fsdecode(path), [header, *pieces])


def _row(heap: Table, i: int) -> Row:
    word = heap.word[i]
    state = GONE if word & words.GONE else FIXED if word & words.FIXED else MOVABLE
    flag = DISCARDABLE if word & words.DISCARDABLE else 0
    return i, heap.base[i], 0 if state == GONE else heap.size(i), heap.extent[i], state | flag


def restore(heap: Table, image: Image, loader: Loader | None) -> None:
    """Make an empty heap the one of the image."""
    heap.clear()
    heap.enlarge(len(image.cells) + 64)
    heap.top = len(image.cells)
    for i, cell in enumerate(image.cells):
        heap.cell[i] = cell
    at = 0
    for i, base, _, length, flags in image.rows:
        heap.base[i], heap.extent[i] = base, length
        word = heap.units(heap.size(i))
        if flags & DISCARDABLE:
            word |= words.DISCARDABLE
            if loader is not None:
                heap.loaders[i] = loader
                word |= words.SIDE
        if flags & STATE == GONE:
            word |= words.GONE
        else:
            heap.arena.view(base, length)[:] = image.contents[at : at + length]
            at += length
            if flags & DISCARDABLE:
                used(heap, i)
        heap.word[i] = word | (words.FIXED if flags & STATE == FIXED else 0)
    relink(heap)


def _replace(path: str, pieces: list[Any]) -> None:
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        with open(temporary, "wb") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise
    if os.name == "posix":
        folder = os.open(os.path.dirname(os.path.abspath(path)), os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def read(path: str | os.PathLike[str]) -> Image:
    """The image at `path`. Raises HeapImageError naming what is wrong; FileNotFoundError and the like if it cannot be read."""
    name = os.fsdecode(path)
    if os.path.isdir(path):
        raise HeapImageError(f"{name} is a folder, no image of a heap")
    with open(path, "rb") as file:
        data = file.read()
    if not data.startswith(MAGIC):
        raise HeapImageError(f"{name} is no image of a heap")
    if len(data) < LAYOUT.size:
        raise HeapImageError(f"{name} is cut short: {len(data)} bytes")
    header = LAYOUT.unpack(data, 0)
    if header.version != VERSION:
        raise HeapImageError(f"{name} has version {header.version}, this package reads version {VERSION}")
    size = LAYOUT.size + 8 * header.cells + 40 * header.rows + header.contents
    if len(data) != size:
        raise HeapImageError(f"{name} has {len(data):,} bytes, its header speaks of {size:,}")
    if crc32(memoryview(data)[COVERED:]) != header.crc:
        raise HeapImageError(f"{name} is damaged: its checksum is another")
    rest = memoryview(data)[LAYOUT.size :]
    cells, flat = array("q"), array("q")
    cells.frombytes(rest[: 8 * header.cells])
    flat.frombytes(rest[8 * header.cells :][: 40 * header.rows])
    rows = list(zip(*[iter(flat)] * 5, strict=True))
    flaw = _flaw_of_header(header) or _flaw_of_cells(cells) or _flaw_of_rows(header, cells, rows)
    if flaw:
        raise HeapImageError(f"{name} contradicts itself: {flaw}")
    return Image(header.capacity, header.align, cells, rows, rest[8 * header.cells + 40 * header.rows :])


def _flaw_of_header(header: Any) -> str:
    """What is wrong with the figures of the header, or nothing."""
    if header.align < 1 or header.align & (header.align - 1) or header.align > ADDRESSES:
        return f"an alignment of {header.align:,}"
    if header.capacity > ADDRESSES:
        return f"a capacity of {header.capacity:,}"
    if header.reserved:
        return "something in a reserved field"
    return ""


def _flaw_of_cells(cells: Any) -> str:
    """A slot has its handle, or minus its next one, or 0 when it has had its last one; slot 0 is nobody's."""
    if not cells or cells[0]:
        return "slot 0 is in use"
    for i, cell in enumerate(cells):
        if cell and (abs(cell) & INDEX != i or abs(cell) >= LAST + INDEX + 1):
            return f"slot {i} has the handle {cell:#x}"
    return ""


def _flaw_of_rows(header: Any, cells: Any, rows: list[Row]) -> str:
    """Each handle has one row, discarded blocks have no place, and the others lie side by side in the arena."""
    end = contents = 0
    seen = set()
    for i, base, size, length, flags in rows:
        if not 0 < i < len(cells) or cells[i] <= 0 or i in seen:
            return f"a block in slot {i}, which has none or one already"
        seen.add(i)
        if flags not in KINDS:
            return f"a block with the flags {flags:#x}"
        if not 0 <= length <= LIMIT:
            return f"a block of {length:,} bytes"
        if flags & STATE == GONE:
            if (base, size) != (-1, 0):
                return f"a discarded block at {base:#x}"
        elif base < end or base % header.align or size != max(header.align, -(-length // header.align) * header.align):
            return f"a block of {length:,} bytes at {base:#x}, where {size:,} are reserved"
        else:
            end, contents = base + size, contents + length
    if len(seen) != sum(cell > 0 for cell in cells):
        return "a handle without a block"
    if end > header.capacity:
        return f"blocks up to {end:#x} in {header.capacity:,} bytes"
    if contents != header.contents:
        return f"{contents:,} bytes of blocks, {header.contents:,} of contents"
    return ""
