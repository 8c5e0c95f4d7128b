"""What the heap is asked for: its blocks as records, and whether its structures agree. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator

from ..block import NOWHERE, Block, Kind
from ..errors import HeapCorrupt, StaleHandle
from .arenas import Header
from .descriptors import RESERVED, TILE, selector
from .handles import Absent, Selectors
from .layout import (
    DESCRIPTOR,
    DESCRIPTORS,
    DESCRIPTORS_AT,
    DISCARDABLE,
    OWNER_BURGERMASTER,
    OWNER_FREE,
    OWNER_SENTINEL,
    THHOOK_AT,
)
from .state import State

FIXED, MOVABLE, FREE, TABLE = Kind.FIXED, Kind.MOVABLE, Kind.FREE, Kind.TABLE
SYSTEM = (OWNER_FREE, OWNER_SENTINEL, OWNER_BURGERMASTER)


def info(heap: State, handle: int) -> Block:
    """The block of a handle. Raises StaleHandle."""
    ref, absent = heap.find(handle)
    if absent is not None:
        return gone(heap, handle, absent, {})
    header = heap.arenas.read(ref)
    age = list(heap.list.ring()).index(ref) + 1 if header.flags & DISCARDABLE else 0
    return block(heap, header, age, {})


def walk(heap: State) -> Iterator[Block]:
    """All blocks and tables in address order."""
    names: dict[int, str] = {}
    ages = {ref: age for age, ref in enumerate(heap.list.ring(), 1)}
    low = DESCRIPTORS_AT + (DESCRIPTORS * DESCRIPTOR if heap.profile.protected else 0)
    yield Block(THHOOK_AT, DESCRIPTORS_AT, TABLE, THHOOK_AT, DESCRIPTORS_AT, owner="THHOOK")
    if low > DESCRIPTORS_AT:
        yield Block(DESCRIPTORS_AT, low - DESCRIPTORS_AT, TABLE, DESCRIPTORS_AT, low - DESCRIPTORS_AT, owner="LDT")
    at, inner = low, heap.header
    for ref, header in heap.arenas.walk(heap.list.first):
        _, _, base, end, handle, owner, locks, pages, flags, _, _ = header
        if owner == OWNER_SENTINEL:
            end = heap.arena.size if ref == heap.list.last else end
            if end > at:
                yield Block(at, end - at, TABLE, at, end - at, owner="Sentinel")
        elif owner == OWNER_BURGERMASTER:
            yield Block(base, end - base, TABLE, base + inner, end - base - inner, owner="Burgermaster")
        elif owner == OWNER_FREE:
            yield Block(base, end - base, FREE, base + inner, end - base - inner)
        else:
            kind, discardable = FIXED if handle & 1 else MOVABLE, 1 if flags & DISCARDABLE else 0
            name = names[owner] if owner in names else owner_name(heap, owner, names)
            size, age = end - base, ages.get(ref, 0)
            yield Block(base, size, kind, base + inner, size - inner, handle, locks + pages, discardable, age, name)
        at = end


def discarded(heap: State) -> list[Block]:
    """The handles without memory."""
    names: dict[int, str] = {}
    return [gone(heap, handle, absent, names) for handle, absent in heap.handles.gone()]


def check(heap: State) -> None:
    """Lists, tables, counts and indices say the same."""
    heap.list.check()
    heap.handles.check()
    check_descriptors(heap)
    for ref, header in heap.arenas.walk(heap.list.first):
        if header.owner not in SYSTEM:
            check_handle(heap, ref, header)
    if not heap.control.get("check"):
        raise HeapCorrupt("Burgermaster says that it is intact", "its first word is 0")


def check_descriptors(heap: State) -> None:
    """Every descriptor in use belongs to something: a block, an arena header, a handle without memory, a task's PDB."""
    if not isinstance(heap.handles, Selectors):
        return
    known = bytearray(b"\1" * RESERVED + bytes(DESCRIPTORS - RESERVED))
    for ref, header in heap.arenas.walk(heap.list.first):
        if header.owner not in SYSTEM:
            index, tiles = header.handle >> 3, heap.tiles_of(header)
            known[index : index + tiles] = b"\1" * tiles
        if heap.header:
            known[ref >> 3] = 1
    for index in heap.descriptors.absentees():
        known[index] = 1
    for index, (used, there) in enumerate(zip(heap.descriptors.used, known, strict=True)):
        if used != there and heap.owners.task_at(selector(index)) is None:
            raise HeapCorrupt("every descriptor belongs to something", f"entry {index:#x} is {'used' if used else 'free'}")


def check_handle(heap: State, ref: int, header: Header) -> None:
    """Handle, descriptors and arena of a block agree."""
    try:
        found = heap.handles.find(header.handle)
    except StaleHandle:
        found = None
    if found != (ref, None):
        raise HeapCorrupt("a block's handle leads to it", f"handle {header.handle:#x} of arena {ref:#x}: {found}")
    if isinstance(heap.handles, Selectors):
        index, body, size = header.handle >> 3, header.base + heap.header, heap.size_of(header)
        for tile in range(heap.tiles_of(header)):
            if not heap.descriptors.says(index + tile, body + tile * TILE, size - tile * TILE):
                raise HeapCorrupt("descriptors say where a block is", f"entry {index + tile:#x} of {size:,} bytes at {body:#x}")


def block(heap: State, header: Header, age: int, names: dict[int, str]) -> Block:
    """The record of a block in memory."""
    body = header.base + heap.header
    kind = MOVABLE if header.movable else FIXED
    locks, discardable = header.pins, int(bool(header.flags & DISCARDABLE))
    size, name = header.end - header.base, owner_name(heap, header.owner, names)
    return Block(header.base, size, kind, body, header.end - body, header.handle, locks, discardable, age, name)


def gone(heap: State, handle: int, absent: Absent, names: dict[int, str]) -> Block:
    """The record of one without."""
    discardable = int(bool(absent.flags & DISCARDABLE))
    return Block(NOWHERE, 0, MOVABLE, NOWHERE, 0, handle, 0, discardable, 0, owner_name(heap, absent.owner, names))


def owner_name(heap: State, word: int, names: dict[int, str]) -> str:
    """The name of an owner, looked up once."""
    if word not in names:
        names[word] = heap.owners.name(word)
    return names[word]
