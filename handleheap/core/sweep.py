# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
# cython: binding=False, infer_types=True, annotation_typing=False
"""Compaction: one walk in address order that makes the moves of the planner `hop`. With `sweep.pxd`, Cython compiles it.

    before   [ A ]     [pin]   [ B ] [ C ]     gap: what is free between the blocks on both sides of the walk, it runs along
    after    [ A ][ B ][pin][ C ]              gaps: what it leaves below pins; B hops into the lowest that holds it, C slides

The record of the gap is the first free record that it swallows, and out of the list until the gap comes to rest.
"""

from __future__ import annotations

from .table import Table
from .words import BINNED, FIXED, QUICK, SHALLOW, TOP, UNITS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def compact_table(table: Table, max_bytes: int, max_moves: int) -> tuple[int, int, bool]:
    """(moves, bytes, whether no legal move is left), and the tap is told."""
    if table.listener is None:
        return sweep(table, max_bytes, max_moves, None)
    from .ask import rows

    holes = [0] + [size for kind, _, size, _ in rows(table) if not kind]
    table.tell("CompactBegan", sum(holes), max(holes))
    log: list[tuple[int, int, int, int]] = []
    result = sweep(table, max_bytes, max_moves, log)
    for row in log:
        table.tell("Moved", *row)
    table.tell("CompactEnded", result[0], result[1], table.largest())
    return result


def begin(table: Table) -> None:
    """Find where to start, and let go of the quick lists: the sweep meets their records by itself."""
    if table.any_quick():
        left = SHALLOW
        for u in range(1, QUICK + 1):
            i = table.heads[u]
            while i and left:
                table.lower(i)
                i = ~table.word[i]
                left -= 1
            table.heads[u] = 0
        table.loose = True
        if not left:
            table.lower(table.next[0])
    if table.lowest:
        before = table.prev[table.lowest]
        if table.is_free(before):
            table.lower(before)
        table.gaps = [gap for gap in table.gaps if table.is_free(gap) and table.base[gap] < table.low]


def sweep(table: Table, max_bytes: int, max_moves: int, log: list[tuple[int, int, int, int]] | None) -> tuple[int, int, bool]:
    """All legal moves from the bottom up, or as many as the budget allows, but at least one.

    `log` takes (handle, from, to, size) of each. Cost: the records from `lowest` on.
    """
    begin(table)
    i = table.lowest
    if not i:
        return 0, 0, True
    before = table.prev[i]
    limited = max_bytes < TOP or max_moves < TOP
    whole = not limited and not before
    if whole:
        table.forget_free()
    cell, word, extent, base, prev, behind_of = table.cell, table.word, table.extent, table.base, table.prev, table.next
    mask, shift, spare = table.mask, table.shift, table.spare
    gaps: list[int] = table.gaps
    fits: dict[int, int] = {}
    moves = moved = gap = gap_at = src = dst = nth = hole = 0
    over = cut = False
    beyond = behind_of[i]
    while i:
        behind = beyond
        beyond = behind_of[behind]  # read one record ahead: it comes from memory while this one is moved
        w = word[i]
        if w < 0:
            if not whole and w < BINNED:
                table.unbin(i)
            if gap:
                behind_of[i] = spare
                spare = i
            else:
                gap = i
                gap_at = dst = base[i]
            cut = True
            i = behind
            continue
        if w < FIXED:
            size = w << shift if w and w <= UNITS else (extent[i] + mask) & ~mask or mask + 1
            if gaps:
                nth = lowest_gap(table, gaps, fits, size)
                hole = gaps[nth] if nth >= 0 else 0
            if gap or hole:
                if limited and moves and (moved + gap_at - dst + size > max_bytes or moves >= max_moves):
                    over = True
                    break
                moves += 1
                if log is not None:
                    log.append((cell[i], base[i], base[hole] if hole else gap_at, size))
                if hole:
                    moved += carry(table, src, dst, gap_at) + carry(table, base[i], base[hole], base[hole] + size)
                    at, dst = base[i], gap_at
                    base[i] = base[hole]
                    table.spare = spare
                    table.link(i, prev[hole])
                    table.trim(hole, size)
                    if not table.is_free(hole):
                        gaps[nth] = 0
                    if not gap:
                        gap = table.slot()
                        gap_at = dst = at
                        cell, word, extent = table.cell, table.word, table.extent  # they may have been enlarged
                        base, prev, behind_of = table.base, table.prev, table.next
                    spare = table.spare
                    cut = True
                    i = behind
                    continue
                if cut:
                    if gap_at > dst:  # as in `carry`, without the call
                        table.memory.queue_move(src, dst, gap_at - dst)
                        moved += gap_at - dst
                    src, dst = base[i], gap_at
                base[i] = gap_at
                gap_at += size
        elif gap:
            moved += carry(table, src, dst, gap_at)
            settle(table, gap, before, gap_at, base[i])
            dst, before, gap, cut = gap_at, gap, 0, True
        if cut:
            behind_of[before] = i
            prev[i] = before
            cut = False
        before = i
        i = behind
    moved += carry(table, src, dst, gap_at)
    table.spare = spare
    table.lowest = i
    if gap:
        settle(table, gap, before, gap_at, base[i] if i else table.capacity)
        before, cut = gap, True
        if over:
            table.lowest = gaps.pop()
    table.memory.flush()
    if cut:
        behind_of[before] = i
        prev[i] = before
    if not over:
        table.loose = False
    table.low = base[table.lowest] if over else TOP
    return moves, moved, not over


def carry(table: Table, src: int, dst: int, end: int) -> int:
    """Move what goes to `dst` up to `end`, if there is any. Returns the bytes."""
    if end > dst:
        table.memory.queue_move(src, dst, end - dst)
    return end - dst


def settle(table: Table, gap: int, before: int, start: int, end: int) -> None:
    """The gap comes to rest: a free record behind `before`, whose own link to what follows is set by the caller."""
    table.next[before] = gap
    table.prev[gap] = before
    table.base[gap], table.extent[gap] = start, end - start
    table.bin(gap)
    table.gaps.append(gap)
    if table.filler >= 0:
        table.memory.flush()  # what was here has to be gone
        table.memory.fill(start, end - start, table.filler)


def lowest_gap(table: Table, gaps: list[int], fits: dict[int, int], size: int) -> int:
    """The index of the lowest gap that holds `size`, or -1. Gaps only shrink: what was too small before is so for ever."""
    at = fits.get(size, 0)
    while at < len(gaps):
        hole = gaps[at]
        if table.is_free(hole) and table.extent[hole] >= size:
            fits[size] = at
            return at
        at += 1
    fits[size] = at
    return -1


def relink(table: Table) -> None:
    """Build list and bins anew from the bases of blocks and walls. Cost: a sort of them."""
    order = []
    for i in range(1, table.top):
        if table.cell[i] > 0:
            if table.base[i] >= 0:
                order.append((table.base[i], i))
        elif table.word[i] == FIXED:
            order.append((table.base[i], i))
    walls = {i for _, i in order if table.cell[i] <= 0}
    table.forget()
    table.spare = 0
    for i in range(1, table.top):
        if table.cell[i] < 0 and i not in walls:
            table.recycle(i)
    end = 0
    for base, i in [*sorted(order), (table.capacity, 0)]:
        if base > end:
            table.append(end, base - end)
        if i:
            table.link(i, table.prev[0])
            end = base + table.size(i)
    table.lowest = table.next[0]
    table.low = 0 if table.lowest else TOP


def commit_moves(table: Table, moves: Iterable[tuple[int, int, int, int]]) -> None:
    """Carry out (handle, from, to, size) of movable blocks, in their order, and tell the tap."""
    rows = list(moves)
    for handle, src, dst, size in rows:
        table.memory.move(src, dst, size)
        table.base[table.index(handle)] = dst
    relink(table)
    if table.listener is not None:
        for row in rows:
            table.tell("Moved", *row)
