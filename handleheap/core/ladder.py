# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
# cython: binding=False, infer_types=True, annotation_typing=False
"""Where room comes from: the ladder of an allocation, and of a block that grows. With `ladder.pxd`, Cython compiles it.

    search -> drain: merge the quick lists, search all -> compact -> discard the longest unused -> compact -> OutOfMemory

A block that grows looks at each rung first whether it can do so where it is. It asks before it discards others whether that
would help, so that a refusal has changed nothing.
"""

from __future__ import annotations

from contextlib import suppress

from ..errors import OutOfMemory
from .pin import exported
from .sweep import commit_moves, compact_table
from .table import Table
from .words import FIXED, GONE, LOADING, PINS, TOP, VIEW


def place(table: Table, wanted: int, high: bool) -> int:
    """A record of `wanted` bytes, in the list and without a block. Raises OutOfMemory."""
    size = min(wanted, TOP >> 1)
    u = 0 if high else table.units(size)
    if u and table.heads[u]:
        tried(table, "search", wanted, 1)
        return table.pop(u)
    i = climb(table, size, high, wanted)
    if not i:
        refuse(table, wanted)
    return table.carve(i, size, high)


def climb(table: Table, size: int, high: bool, wanted: int) -> int:
    """A free record of at least `size`, or 0 after the last rung."""
    i = table.search_high(size) if high else table.search(size)
    if tried(table, "search", wanted, i):
        return i
    if table.pending():
        table.drain()
    i = find(table, size, high)
    if tried(table, "drain", wanted, i):
        return i
    if table.compacts:
        if size <= table.binned and table.lowest:
            compact_table(table, TOP, TOP)
            i = find(table, size, high)
        if tried(table, "compact", wanted, i):
            return i
    i = discard_for(table, size, high)
    tried(table, "discard", wanted, i)
    return i


def find(table: Table, size: int, high: bool) -> int:
    """A free record of at least `size` if there is any, or 0."""
    if size > table.binned:
        return 0
    return table.search_high(size) if high else table.search_all(size)


def tried(table: Table, rung: str, wanted: int, i: int) -> bool:
    """Whether the rung has found record `i`; the tap is told."""
    if table.listener is not None:
        table.tell("RungTried", rung, wanted, i != 0)
    return i != 0


def refuse(table: Table, wanted: int) -> None:
    """Raise OutOfMemory with what is free and what is pinned."""
    if table.pending():
        table.drain()
    largest = table.largest()
    if table.listener is not None:
        table.tell("Refused", wanted, table.binned, largest)
    fixed = locked = viewed = pinned = 0
    for i in range(1, table.top):
        word = table.word[i]
        if table.cell[i] > 0 and not word & GONE and word & (FIXED | PINS):
            pinned += table.size(i)
            fixed += word & FIXED != 0
            locked += table.locks(i) != 0
            viewed += table.views(i) != 0
    error = OutOfMemory(wanted, table.binned, largest, pinned)
    if pinned:
        error.args = (f"{error.args[0]} by {fixed:,} fixed, {locked:,} locked and {viewed:,} viewed blocks",)
    raise error


# --- discarding ----------------------------------------------------------------------------------------------------------


def victims(table: Table, missing: int, spared: int) -> list[int]:
    """Blocks to discard for so many bytes, the longest unused first, but not `spared`; all, where all would not do."""
    going: list[int] = []
    for i in table.lru:
        if missing <= 0:
            break
        if i != spared and table.word[i] < FIXED:
            missing -= table.size(i)
            going.append(i)
    return going


def discard_for(table: Table, size: int, high: bool) -> int:
    """Discard one block after the other until `size` bytes are found; none, where all of them would not do."""
    i = 0
    while not i:
        going = victims(table, max(1, size - table.binned), 0)
        if not going or table.binned + sum([table.size(j) for j in going]) < size:
            break
        for j in going:
            discard_block(table, j)
        i = find(table, size, high)
        if not i and table.compacts and table.lowest:
            compact_table(table, TOP, TOP)
            i = find(table, size, high)
    return i


def discard_block(table: Table, i: int) -> bool:
    """Discard block `i`, after asking to have it saved. Returns False if the saver has kept a view: then it stays."""
    handle = table.cell[i]
    saver = table.savers.get(i)
    if saver is not None:
        view = exported(table, i)
        try:
            saver(handle, view)
        finally:
            release(view)
            drop(table)
        if table.word[i] >= FIXED:
            return False
    base, size = table.base[i], table.size(i)
    vacate(table, i)
    if table.listener is not None:
        table.tell("Discarded", handle, base, size)
    return True


def vacate(table: Table, i: int) -> None:
    """Take the memory from block `i`."""
    j = table.slot()
    table.substitute(i, j)
    table.extent[j] = table.extent[i]
    table.word[i] = (table.word[i] & ~LOADING) | GONE
    table.base[i] = -1
    table.lru.pop(i, None)
    table.merge(j)


def used(table: Table, i: int) -> None:
    """Block `i` is the last to go."""
    table.clock += 1
    table.lru[i] = table.clock
    table.lru.move_to_end(i)


def drop(table: Table) -> None:
    """Take back the pins of views that died in the middle of this call."""
    while table.dropped:
        i = table.dropped.pop()
        table.word[i] -= VIEW
        table.lower(i)


def release(view: memoryview) -> None:
    """Let go of a view; where something was made of it, that keeps the pin."""
    with suppress(BufferError):
        view.release()


# --- growing -------------------------------------------------------------------------------------------------------------


def grow_block(table: Table, i: int, size: int) -> int:
    """Block `i` gets `size` bytes, where it is or elsewhere. Raises OutOfMemory; then nothing has changed.

    Returns where it was before that: a compaction on the way may have moved it already.
    """
    old = widen(table, i, size, table.search(size))
    if old < 0 and table.pending():
        table.drain()
    if old < 0:
        old = widen(table, i, size, find(table, size, False))
    if old >= 0:
        return old
    if not (table.compacts and (helps(table, i, size, []) or helps(table, i, size, victims(table, TOP, i)))):
        refuse(table, size)
    old = squeeze(table, i, size)
    while old < 0:
        going = victims(table, max(1, size - table.size(i) - table.binned), i)
        if not going:
            refuse(table, size)
        for j in going:
            discard_block(table, j)
        old = squeeze(table, i, size)
    return old


def widen(table: Table, i: int, size: int, hole: int) -> int:
    """Take from the free record behind block `i`, if it suffices; else take the block to `hole`, if there is one.

    Returns where the block was, or -1 if it is still there.
    """
    behind, base, old = table.next[i], table.base[i], table.size(i)
    if table.is_free(behind) and table.extent[behind] >= size - old:
        table.trim(behind, size - old)
        table.lower(i)
        return base
    if not hole:
        return -1
    table.reserve(2)
    j = table.carve(hole, size, table.word[i] & FIXED != 0)
    table.memory.move(base, table.base[j], old)
    k = table.slot()
    table.substitute(i, k)
    table.extent[k] = table.extent[i]
    table.substitute(j, i)
    table.recycle(j)
    table.merge(k)
    return base


def squeeze(table: Table, i: int, size: int) -> int:
    """Compact; then shift what lies between block `i` and the next hole up, to make room behind it. Returns as `widen`."""
    if table.binned + table.size(i) < size:
        return -1
    compact_table(table, TOP, TOP)
    old = widen(table, i, size, find(table, size, False))
    if old >= 0:
        return old
    hole = table.next[i]
    while hole and table.cell[hole] > 0 and table.word[hole] < FIXED:
        hole = table.next[hole]
    extra = size - table.size(i)
    if not table.is_free(hole) or table.extent[hole] < extra:
        return -1
    moves = []
    j = table.prev[hole]
    while j != i:
        moves.append((table.cell[j], table.base[j], table.base[j] + extra, table.size(j)))
        j = table.prev[j]
    shift(table, moves)
    return widen(table, i, size, 0)


def shift(table: Table, moves: list[tuple[int, int, int, int]]) -> None:
    """A compaction of our own making: (handle, from, to, size)."""
    if table.listener is not None:
        table.tell("CompactBegan", table.binned, table.largest())
    commit_moves(table, moves)
    if table.listener is not None:
        table.tell("CompactEnded", len(moves), sum([move[3] for move in moves]), table.largest())


def helps(table: Table, i: int, size: int, going: list[int]) -> bool:
    """Would `squeeze` make room for block `i`, once the blocks `going` are discarded? Cost: a plan of all blocks."""
    if table.binned + table.size(i) + sum([table.size(j) for j in going]) < size:
        return False
    from ..compaction import hop
    from .ask import blocks, rows

    gone = set(going)
    before = blocks(table, [(0, base, room, 0) if j in gone else (kind, base, room, j) for kind, base, room, j in rows(table)])
    handle = table.cell[i]
    places = {move.handle: move.dst for move in hop(before)}
    after = sorted([block._replace(base=places.get(block.handle, block.base)) for block in before if block.kind])
    end = reach = 0
    for block in after:
        if reach + block.base - end >= size:
            return True
        if block.handle == handle:
            reach = block.size
        elif block.base > end or not block.may_move:
            reach = 0
        end = block.base + block.size
    return bool(reach + table.capacity - end >= size)
