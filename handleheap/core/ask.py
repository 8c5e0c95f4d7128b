# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
# cython: binding=False, infer_types=True, annotation_typing=False
"""What a heap is asked for: its blocks as records, its figures, and whether its tables agree. Changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..block import Block, Kind
from ..errors import HeapCorrupt
from .records import Stats
from .words import BINNED, DISCARDABLE, FIXED, GONE, INDEX, PINS, QUICK

if TYPE_CHECKING:
    from .table import Table

Row = tuple[int, int, int, int]
"""kind, base, size, and the index of a block, or 0."""

RECORD = 48
"""Bytes of a record in the tables; uncompiled, the integers in its two lists come on top."""


def chain(table: Table) -> list[int]:
    """The records in address order."""
    records = []
    i = table.next[0]
    while i:
        records.append(i)
        i = table.next[i]
    return records


def rows(table: Table) -> list[Row]:
    """All blocks in address order; what is free is merged, as a sweep or a drain would do it."""
    found: list[Row] = []
    free = end = 0
    for i in chain(table):
        size = table.size(i)
        if table.word[i] < 0:
            free += size
        else:
            if free:
                found.append((Kind.FREE, end - free, free, 0))
                free = 0
            wall = table.cell[i] <= 0
            found.append((kind_of(table, i), end, size, 0 if wall else i))
        end += size
    if free:
        found.append((Kind.FREE, end - free, free, 0))
    if end < table.arena.size:
        found.append((Kind.TABLE, end, table.arena.size - end, 0))
    return found


def kind_of(table: Table, i: int) -> Kind:
    """What record `i` is to a compactor, if it is not free."""
    if table.cell[i] <= 0:
        return Kind.TABLE
    return Kind.FIXED if table.word[i] & FIXED else Kind.MOVABLE


def blocks(table: Table, of: list[Row]) -> list[Block]:
    """The rows as records."""
    return [block(table, i) if i else Block(base, size, Kind(kind), base, size) for kind, base, size, i in of]


def block(table: Table, i: int) -> Block:
    """The block in slot `i`, discarded or not."""
    word, base = table.word[i], table.base[i]
    size = 0 if word & GONE else table.size(i)
    pins = table.locks(i) + table.views(i)
    flag = 1 if word & DISCARDABLE else 0
    return Block(base, size, kind_of(table, i), base, table.extent[i], table.cell[i], pins, flag, table.lru.get(i, 0))


def gone(table: Table) -> list[int]:
    """The slots of discarded blocks."""
    return [i for i in range(1, table.top) if table.cell[i] > 0 and table.word[i] & GONE]


def live(table: Table) -> list[int]:
    """The handles in address order, those of discarded blocks last."""
    return [table.cell[i] for i in chain(table) if table.cell[i] > 0] + [table.cell[i] for i in gone(table)]


def stats(table: Table) -> Stats:
    """The figures, by one walk; what waits to be merged counts as merged."""
    used = free = largest = pinned = count = 0
    for kind, _, size, i in rows(table):
        if i:
            count += 1
            used += size
            if table.word[i] & (FIXED | PINS):
                pinned += size
        elif kind == Kind.FREE:
            free += size
            largest = max(largest, size)
    discarded = len(gone(table))
    room = RECORD * table.slots
    return Stats(table.capacity, count + discarded, discarded, used, free, largest, pinned, len(table.parts), room)


# --- the tables agree ----------------------------------------------------------------------------------------------------


def check(table: Table) -> None:
    """Raise HeapCorrupt where list, bins, quick lists, cells and the order of use contradict each other."""
    records = chain(table)
    _check_list(table, records)
    _check_bins(table, records)
    _check_quick(table, records)
    soft = {i for i in records if table.cell[i] > 0 and table.word[i] & DISCARDABLE}
    if soft != set(table.lru):
        raise HeapCorrupt("discardable blocks are in the order of use", f"{len(soft)} blocks, {len(table.lru)} there")
    if table.lowest and (table.lowest not in records or table.base[table.lowest] != table.low):
        raise HeapCorrupt("a sweep starts at a record", f"{table.lowest} at {table.low:#x}")


def _check_list(table: Table, records: list[int]) -> None:
    end = before = 0
    for i in records:
        if table.prev[i] != before or table.base[i] != end:
            raise HeapCorrupt("the list is in address order", f"record {i} at {table.base[i]:#x}, {end:#x} expected")
        if table.cell[i] > 0 and (table.cell[i] & INDEX != i or table.word[i] & GONE):
            raise HeapCorrupt("a cell holds the handle of a block in memory", f"record {i}: {table.cell[i]:#x}")
        if before and table.is_free(i) and table.is_free(before):
            raise HeapCorrupt("free neighbours are merged", f"record {i} at {end:#x}")
        before, end = i, end + table.size(i)
    if table.prev[0] != before or end != table.capacity:
        raise HeapCorrupt("the list spans the arena", f"it ends at {end:#x}")


def _check_bins(table: Table, records: list[int]) -> None:
    binned = set()
    for b in range(len(table.bins)):
        i, before = table.bins[b], 0
        if (i != 0) != bool(table.flat[b >> 4] >> (b & 15) & 1):
            raise HeapCorrupt("the bitmap tells which bins are filled", f"bin {b}")
        while i:
            if not table.is_free(i) or table.ahead(i) != before or table.bin_of(table.extent[i]) != b or i in binned:
                raise HeapCorrupt("a bin holds free records of its size", f"record {i} in bin {b}")
            binned.add(i)
            before, i = i, table.behind(i)
    free = {i for i in records if table.is_free(i)}
    total = sum([table.extent[i] for i in free])
    if free != binned or (len(free), total) != (table.nfree, table.binned):
        raise HeapCorrupt("the bins hold what is free", f"{len(free)} with {total:,}, {table.nfree} with {table.binned:,}")


def _check_quick(table: Table, records: list[int]) -> None:
    listed = set()
    for u in range(1, QUICK + 1):
        i = table.heads[u]
        while i:
            if table.cell[i] > 0 or table.size(i) >> table.shift != u or i in listed:
                raise HeapCorrupt("a quick list holds what was freed in its size", f"record {i} on list {u}")
            listed.add(i)
            i = ~table.word[i]
    waiting = {i for i in records if BINNED <= table.word[i] < 0}
    if not listed <= waiting or (listed != waiting and not table.loose):
        raise HeapCorrupt("what is not merged waits on a list", f"{len(waiting)} records, {len(listed)} on lists")
