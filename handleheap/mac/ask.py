"""What a zone is asked for: its blocks as records, and whether its structures agree. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator

from ..block import NOWHERE, Block
from ..errors import HeapCorrupt
from .blocks import LONG, Header
from .layout import FIXED_TYPE, FREE_FLAGS, FREE_TYPE, LARGE_HEAP, MOVABLE_TYPE, NORMAL_HEAP, RESERVED, TRAILER
from .state import MASTER, MOVABLE, TABLE, State


def walk(zone: State) -> Iterator[Block]:
    """Header, blocks and trailer."""
    yield Block(zone.start, zone.first - zone.start, TABLE, zone.start, zone.first - zone.start, owner="zone header")
    yield from zone.records()
    yield Block(zone.end, TRAILER, TABLE, zone.end, TRAILER, owner="trailer")


def discarded(zone: State) -> list[Block]:
    """The empty handles, by address."""
    return [
        Block(NOWHERE, 0, MOVABLE, NOWHERE, 0, master, 0, 1)
        for table in zone.tables
        for master in zone.slots(table)
        if not zone.blocks.pointer(master) and not zone.is_spare(master)
    ]


def check(zone: State) -> None:
    """The heap check, as of MacsBug's HC (§ "heap check" in docs/mac.md): header, blocks, trailer, master pointers, caches."""
    check_header(zone)
    free: list[tuple[int, int]] = []
    tables: list[int] = []
    used: dict[int, int] = {}
    bases: set[int] = set()
    masters = {master for table in zone.tables for master in zone.slots(table)}
    for base, header in zone.scan():
        bases.add(base)
        check_block(zone, base, header, masters)
        if header.type == FREE_TYPE:
            free.append((base, header.size))
        elif header.type == MOVABLE_TYPE:
            used[zone.start + header.location] = base
        elif zone.notebook.marked(base):
            tables.append(base)
    check_trailer(zone)
    total = sum(size for _, size in free)
    if total != zone.free_bytes:
        raise zone.corrupt("zcbFree counts the free blocks", "zcbFree", f"{zone.free_bytes:,}, not {total:,}")
    rover = zone.header.get("allocPtr")
    if rover not in bases:
        raise zone.corrupt("the rover is at a block", "allocPtr", f"{rover:#x}")
    check_masters(zone, tables, used)
    if free != zone.free.holes() or tables != zone.tables or next(reversed(zone.spare_masters()), 0) != zone.last_master:
        raise HeapCorrupt("caches say what the bytes say", f"zone at {zone.start:#x}: {zone.free.holes()} {zone.tables}")


def check_header(zone: State) -> None:
    """Fields that no block speaks of."""
    end = zone.end
    get = zone.header.get
    for field in RESERVED:
        if get(field):
            raise zone.corrupt("reserved fields are 0", field, f"{get(field):#x}")
    wide = LARGE_HEAP if zone.bits == 32 else NORMAL_HEAP
    if get("heapType") != wide:
        raise zone.corrupt(f"a {zone.bits}-bit zone says so", "heapType", f"{get('heapType'):#x}")
    if MASTER * get("moreMast") > end - zone.start:
        raise zone.corrupt("a block of master pointers fits its zone", "moreMast", f"{get('moreMast'):,}")
    purge = get("purgePtr")
    if purge and not zone.first <= purge <= end:
        raise zone.corrupt("the next purge begins in the zone", "purgePtr", f"{purge:#x}")
    for field in ("gzProc", "purgeProc"):
        if get(field) % 2 or get(field) >= zone.arena.size:
            raise zone.corrupt("procedures have even addresses in memory", field, f"{get(field):#x}")


def check_trailer(zone: State) -> None:
    """A free block of the least size."""
    found, sound = zone.blocks.trailer(zone.end), zone.blocks.sound_trailer
    for field, told, right in zip((*Header._fields, "body"), found, sound, strict=True):
        if told != right:
            name = {"type": "tag", "rest": "reserved"}.get(field, field)
            raise HeapCorrupt("the trailer is a free block of 12 bytes", f"trailer at {zone.end:#x}, field {name}: {told!r}")


def check_block(zone: State, base: int, header: Header, masters: set[int]) -> None:
    """One header; size and type have been looked at by the scan."""
    where = f"block at {base:#x}, field"
    if header.rest:
        field = "tag" if zone.bits == 24 else "tag or reserved"
        raise HeapCorrupt("unused bits are 0", f"{where} {field}: {header.rest:#x}")
    if zone.length_of(header) < 0 or header.correction > zone.blocks.most_correction:
        raise HeapCorrupt("the correction fits the block", f"{where} correction: {header.correction}")
    if header.type == FREE_TYPE:
        if header.correction:
            raise HeapCorrupt("a free block has no correction", f"{where} correction: {header.correction}")
        if header.location and zone.profile.recover_checks:
            raise HeapCorrupt("a free block has no location", f"{where} location: {header.location:#x}")
        if zone.bits == 32 and header.flags != FREE_FLAGS:
            raise HeapCorrupt("a free block says 1A", f"{where} flags: {header.flags:#x}")
    elif header.type == FIXED_TYPE:
        if header.location != zone.start:
            raise HeapCorrupt("a nonrelocatable block names its zone", f"{where} location: {header.location:#x}")
        if header.flags:
            raise HeapCorrupt("a nonrelocatable block has no flags", f"{where} flags: {header.flags:#x}")
    elif header.type == MOVABLE_TYPE:
        check_relocatable(zone, base, header, masters)
    else:
        raise HeapCorrupt("a block has a type", f"{where} tag: type {header.type}")


def check_relocatable(zone: State, base: int, header: Header, masters: set[int]) -> None:
    """Block and master pointer name each other."""
    where = f"block at {base:#x}, field"
    master = zone.start + header.location
    if master not in masters:
        raise HeapCorrupt("a relocatable block has a master pointer", f"{where} location: {header.location:#x}")
    pointer = zone.blocks.pointer(master)
    if pointer != base + zone.blocks.header:
        raise HeapCorrupt(
            "a master pointer points back", f"master pointer at {master:#x}: {pointer:#x}; block at {base:#x}, field location"
        )
    if zone.blocks.odd_flags(master, header):
        raise HeapCorrupt(
            "unused flags are 0", f"{where} flags: {zone.blocks.odd_flags(master, header):#x}; master pointer at {master:#x}"
        )


def check_masters(zone: State, tables: list[int], used: dict[int, int]) -> None:
    """Each master pointer is free, empty, or that of a block."""
    spare = zone.spare_masters()
    for master in spare:
        if not zone.is_master(master):
            raise HeapCorrupt("free master pointers lie in blocks of them", f"master pointer at {master:#x}")
        if master in used:
            raise HeapCorrupt("a master pointer is free or used", f"master pointer at {master:#x}: block at {used[master]:#x}")
    known = {*spare, *used}
    for table in tables:
        for master in zone.slots(table):
            what = LONG.unpack_from(zone.memory, master)[0]
            if master not in known and what & ~zone.blocks.empty_mask:
                raise HeapCorrupt("a master pointer is free, empty or used", f"master pointer at {master:#x}: {what:#x}")
