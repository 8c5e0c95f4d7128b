"""What an allocation tries, one rung after the other, before it says no.

    search      the block as it is wanted: a free one, a gap at the bottom, or in place
    compact     slide relocatable blocks down
    extend      the application zone only, up to ApplLimit
    purge       purgeable blocks in address order, until a free run is large enough; then compact
    grow-zone   the program's own procedure, as long as it frees something; each time compact and purge again

Order: Inside Macintosh: Memory, 67 and 47 [A]; purging stops early in Executor [E]. docs/mac.md tells what is chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import NoReturn

from ..block import Kind, Move
from ..errors import HeapCorrupt, OutOfMemory, StaleHandle
from ..events import CompactBegan, CompactEnded, Discarded, Refused, RungTried
from .layout import LOCK, PURGE
from .moving import commit
from .plans import FREE, slide, stays
from .state import State

Search = Callable[[], int | None]
Shape = list[tuple[int, int, Kind, int, int]]


def obtain(zone: State, need: int, search: Search, keep: int = 0) -> int:
    """What `search` finds in the end. `keep` is a handle that must not be purged. Raises OutOfMemory after the last rung."""
    found = tried(zone, "search", need, search())
    if found is None and sensible(zone, need, keep):
        found = climb(zone, need, search, keep)
    if found is None:
        refuse(zone, need)
    return found


def climb(zone: State, need: int, search: Search, keep: int) -> int | None:
    """The rungs above the first."""
    found = None
    if zone.compacts:
        compact_for(zone, need)
        found = tried(zone, "compact", need, search())
    if found is None and zone.ceiling is not None:
        found = tried(zone, "extend", need, search() if extend_for(zone, need) else None)
    if found is None:
        found = tried(zone, "purge", need, search() if purge_and_compact(zone, need, keep) else None)
    if found is None and may_grow(zone):
        found = ask_program(zone, need, search, keep)
    return found


def ask_program(zone: State, need: int, search: Search, keep: int) -> int | None:
    """The last rung: the grow-zone function frees something, again and again."""
    seen = [shape(zone)]
    while grow(zone, need, keep, seen):
        found = tried(zone, "grow-zone", need, after_growth(zone, need, search, keep))
        if found is not None:
            return found
    return tried(zone, "grow-zone", need, None)


def after_growth(zone: State, need: int, search: Search, keep: int) -> int | None:
    """Compact and purge once more."""
    if zone.compacts:
        compact_for(zone, need)
    found = search()
    if found is None and purge_and_compact(zone, need, keep):
        found = search()
    return found


def tried(zone: State, rung: str, need: int, found: int | None) -> int | None:
    """Tell the tap of a rung, and whether it served."""
    if zone.tap is not None:
        zone.tap(RungTried(rung, need, found is not None))
    return found


def refuse(zone: State, need: int) -> NoReturn:
    """Tell the tap that the ladder ends here, and raise OutOfMemory."""
    if zone.tap is not None:
        zone.tap(Refused(need, zone.free_bytes, zone.free.largest()))
    raise OutOfMemory(need, zone.free_bytes, zone.free.largest())


def sensible(zone: State, need: int, keep: int) -> bool:
    """Is there any sense in trying? Without `foresight` the answer is always yes."""
    if not zone.profile.foresight:
        return True
    growth = max(0, zone.ceiling() - zone.limit) if zone.ceiling is not None else 0
    if zone.header.get("gzProc"):
        return need <= zone.end - zone.first + growth
    return need <= roomiest(zone, purging=True, keep=keep) + growth


# --- compaction ------------------------------------------------------------------------------------------------------


def plan(zone: State) -> list[Move]:
    """The moves of a whole compaction."""
    return slide(zone.records())


def compact_for(zone: State, need: int | None) -> int:
    """CompactMem: slide down until a gap of `need` bytes is there, first from the rover on; None: all of the zone.

    Returns the size of the largest free block then.
    """
    zone.coalesce()
    rover = zone.rover
    if need is not None and zone.profile.fit == "rover" and rover > zone.first:
        carry_out(zone, slide((block for block in zone.records() if block.base >= rover), need))
    if need is None or zone.free.largest() < need:
        carry_out(zone, slide(zone.records(), need))
    return zone.free.largest()


def carry_out(zone: State, moves: list[Move], lift: Collection[int] = ()) -> None:
    """Move blocks, told as a compaction; the rover goes to the largest gap."""
    if not moves:
        return
    if zone.tap is not None:
        zone.tap(CompactBegan(zone.free_bytes, zone.free.largest()))
    try:
        commit(zone, moves, lift)
    except ValueError as error:
        raise HeapCorrupt("what moves fits the free blocks", f"zone at {zone.start:#x}: {error}") from None
    if zone.free.bases:
        zone.rover = max(zone.free.bases, key=lambda base: (zone.free.sizes[base], -base))
    if zone.tap is not None:
        zone.tap(CompactEnded(len(moves), sum(move.size for move in moves), zone.free.largest()))


def roomiest(zone: State, *, purging: bool, keep: int = 0) -> int:
    """The largest free block that compaction could make, and purging before it (MaxBlock, PurgeSpace); `keep` counts as free."""
    best = room = 0
    for block in zone.records():
        if block.kind is FREE or (block.handle and block.handle == keep) or (purging and block.may_go):
            room += block.size
        elif stays(block):
            room = 0
        best = max(best, room)
    return best


# --- extension -------------------------------------------------------------------------------------------------------


def extend_for(zone: State, need: int) -> bool:
    """Let the zone grow by what is missing for `need` bytes at its end, or as far as it may."""
    assert zone.ceiling is not None
    last = zone.free.bases[-1] if zone.free.bases else zone.end
    there = zone.free.run_around(last) if last != zone.end and last + zone.free.sizes[last] == zone.end else 0
    return extend_to(zone, min(zone.limit + max(need - there, zone.blocks.least), zone.ceiling()))


def extend_to(zone: State, limit: int) -> bool:
    """Let the zone end at `limit`; False where that is no growth."""
    grown = zone.extend(limit)
    if grown and zone.extended is not None:
        zone.extended()
    return grown


# --- purging ---------------------------------------------------------------------------------------------------------


def purge_and_compact(zone: State, need: int, keep: int) -> bool:
    """Was anything purged? Then what is left has been compacted."""
    before = zone.free_bytes
    if not purge(zone, need, keep) and zone.free_bytes != before and zone.compacts:
        compact_for(zone, need)
    return zone.free_bytes != before


def purge(zone: State, need: int | None, keep: int = 0) -> bool:
    """PurgeMem: purge until `need` bytes are free side by side, or, for None, everything. False where that is not reached."""
    if need is not None and (not need or any(zone.free.run(i) >= need for i in range(len(zone.free.bases)))):
        return True
    for victim in list(victims(zone, keep)):
        base = unlocked(zone, victim)
        if base is None or not zone.blocks.flags(victim) & PURGE:
            continue
        end = base + zone.blocks.read(base).size
        if not evict(zone, victim):
            continue
        zone.header.put("purgePtr", end if end < zone.end else 0)
        if need is not None and zone.free.run_around(base) >= need:
            return True
    return False


def victims(zone: State, keep: int) -> Iterator[int]:
    """Handles of purgeable blocks, in the order in which they go."""
    going = [block for block in zone.records() if block.may_go and block.handle != keep]
    start = zone.header.get("purgePtr") if zone.profile.purge_rotates else 0
    yield from (block.handle for block in going if block.base >= start)
    yield from (block.handle for block in going if block.base < start)


def evict(zone: State, handle: int) -> bool:
    """Take a block's memory; its handle is empty then. The purge-warning procedure is called first, wherever there is one.

    False where the procedure has locked the block, or done away with it.
    """
    if zone.header.get("purgeProc"):
        zone.call("purgeProc", handle)
    base = unlocked(zone, handle)
    if base is None:
        return False
    size = zone.read(base).size
    zone.blocks.empty(handle)
    zone.release(base, size)
    if zone.tap is not None:
        zone.tap(Discarded(handle, base, size))
    return True


def unlocked(zone: State, handle: int) -> int | None:
    """Where the block of a handle is, if it still has one that is not locked."""
    try:
        base = zone.base_of(handle)
    except StaleHandle:
        return None
    return None if base is None or zone.blocks.flags(handle) & LOCK else base


# --- the grow-zone function ------------------------------------------------------------------------------------------


def may_grow(zone: State) -> bool:
    """Has the zone a grow-zone function? It is not called from within itself."""
    return not zone.growing and bool(zone.header.get("gzProc"))


def grow(zone: State, need: int, keep: int, seen: list[Shape]) -> bool:
    """Call the grow-zone function; whether it says that it freed something, and the zone looks as it never did before it."""
    zone.growing = True
    try:
        if zone.show_root is not None:
            zone.show_root(keep)
        freed = zone.call("gzProc", need)
    finally:
        zone.growing = False
        if zone.show_root is not None:
            zone.show_root(0)
    now = shape(zone)
    new = now not in seen
    seen.append(now)
    return bool(freed) and new


def shape(zone: State) -> Shape:
    """What a grow-zone function could have changed: which blocks there are, and which of them may move or go."""
    return [(block.base, block.size, block.kind, block.locks, block.discardable) for block in zone.records()]
