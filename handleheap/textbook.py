"""The ideal handle heap, to be read aloud: every policy can be exchanged, and nothing is hidden in the bytes.

    handle table             arena
    1 -> Block 0x00          +--------+--------+----------+-----------------+---------+
    2 -> Block 0x40          |   1    |        |    2     |                 |    3    |
    3 -> Block 0xC0          +--------+--------+----------+-----------------+---------+
    4 -> discarded           movable: as the fit says                        fixed: top

A client holds numbers; only the table knows addresses. So a block may move (one store in the table) or lose its memory
(discarded) and its client need not be told. alloc = find → carve → bind → tell; compact = walk → plan → commit → tell.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import count
from typing import Any, NoReturn, TypeVar

from .arena import Arena
from .block import NOWHERE, Block, Compaction, Kind, Move, Traits, rows
from .compaction import PLANNERS, runs, within
from .errors import (
    BlockDiscarded,
    HandleNotLocked,
    HandlePinned,
    HeapCorrupt,
    NotDiscardable,
    OutOfMemory,
    StaleHandle,
)
from .events import (
    Allocated,
    CompactBegan,
    CompactEnded,
    Discarded,
    Freed,
    Locked,
    Marked,
    Moved,
    Refused,
    Reloaded,
    Resized,
    RungTried,
    Tap,
    Unlocked,
)
from .fit import FITS, Holes
from .protocols import Loader, Planner, VictimOrder
from .purge import VICTIMS

T = TypeVar("T")
MOVABLE = Kind.MOVABLE

# --- the ladder: what an allocation tries, rung after rung ---------------------------------------------------------------


def search(heap: Textbook, need: int, high: bool) -> int | None:
    """Is there a hole?"""
    if high:
        return max((base for base, size in heap.holes if size >= need), default=None)
    return heap.fit(heap.holes, need, heap.rover)


def compact(heap: Textbook, need: int, high: bool) -> int | None:
    """Is there one after compaction? Nothing is moved in vain: not where all free bytes together are too few."""
    if heap.holes.free < need:
        return None
    heap.compact()
    return search(heap, need, high)


def discard(heap: Textbook, need: int, high: bool) -> int | None:
    """Is there one when discardable blocks go, one after the other? Compacts as soon as the bytes would suffice.

    None goes where all of them together would not do.
    """
    victims = list(heap.victims(list(heap.walk())))
    if heap.holes.free + sum(victim.size for victim in victims) < need:
        return None
    for victim in victims:
        heap.discard(victim.handle)
        hole = search(heap, need, high)
        if hole is None and compact in heap.ladder and heap.holes.free >= need:
            hole = compact(heap, need, high)
        if hole is not None:
            return hole
    return None


Rung = Callable[["Textbook", int, bool], int | None]
LADDER: tuple[Rung, ...] = (search, compact, discard)
NEVER_COMPACT: tuple[Rung, ...] = (search, discard)


class Textbook:
    """A heap of handles over `memory` (a size in bytes, or a writable buffer).

    `fit`, `planner` and `victims` are names (see `FITS`, `PLANNERS`, `VICTIMS`) or functions of your own; `ladder` is a
    tuple of rungs; `fill` is a byte for freed and vacated memory. Raises ValueError for an unknown name or alignment.

    >>> heap = Textbook(128)
    >>> a, b, c = heap.alloc(40), heap.alloc(40), heap.alloc(32)
    >>> heap.free(a), heap.free(c)
    (None, None)
    >>> [(block.kind.name, block.base, block.size) for block in heap.walk()]
    [('FREE', 0, 48), ('MOVABLE', 48, 48), ('FREE', 96, 32)]
    >>> d = heap.alloc(80)                  # no hole is large enough: b moves out of the way
    >>> heap.address(b), heap.address(d)
    (0, 48)
    """

    def __init__(
        self,
        memory: object,
        *,
        align: int = 16,
        fit: str | Callable[[Holes, int, int], int | None] = "first",
        planner: str | Planner = "slide-down",
        victims: str | VictimOrder = "lru",
        ladder: tuple[Rung, ...] = LADDER,
        fill: int | None = None,
        tap: Tap | None = None,
    ) -> None:
        if align < 1 or align & (align - 1):
            raise ValueError(f"an alignment is a power of two, not {align}")
        self.arena = memory if isinstance(memory, Arena) else Arena(memory, name="textbook")
        self.fit = _named(fit, FITS, "fit")
        self.planner: Planner = _named(planner, PLANNERS, "planner")
        self.victims: VictimOrder = _named(victims, VICTIMS, "victim order")
        self.ladder = ladder
        self.fill = fill
        self.tap = tap
        self.table: dict[int, int] = {}
        self.blocks: dict[int, Block] = {}
        self.gone: dict[int, Block] = {}
        self.loaders: dict[int, Loader] = {}
        self.bases: list[int] = []
        self.holes = Holes([(0, self.arena.size)])
        self.rover = 0
        self.clock = count(1)
        self.numbers = count(1)
        self.traits = Traits(
            name="textbook",
            order="little",
            align=align,
            grain=align,
            header=0,
            min_block=align,
            max_block=self.arena.size,
            moves=True,
            discards=True,
            counts_locks=True,
            pins=True,
            guards=True,
            merges=True,
            handles_inside=False,
            handle_bytes=8,
            exact_length=True,
            detects_stale=True,
        )

    # --- blocks ----------------------------------------------------------------------------------------------------------

    def alloc(self, n: int, *, movable: bool = True, discardable: int = 0, loader: Loader | None = None) -> int:
        """A handle of `n` bytes; see `protocols.Heap`. A fixed block goes to the top of memory, out of the others' way."""
        if discardable and not movable:
            raise ValueError("a fixed block cannot be discardable")
        size = self._rounded(n)
        base = self._place(size, high=not movable)
        handle = next(self.numbers)
        kind = Kind.MOVABLE if movable else Kind.FIXED
        self._bind(Block(base, size, kind, base, n, handle, 0, discardable, next(self.clock)))
        if loader is not None:
            self.loaders[handle] = loader
        if self.tap is not None:
            self.tap(Allocated(handle, base, size, n, kind, discardable))
        return handle

    def free(self, handle: int) -> None:
        block = self._unpinned(handle)
        self._unbind(block)
        self.loaders.pop(handle, None)
        if self.tap is not None:
            self.tap(Freed(handle, block.base, block.size))

    def resize(self, handle: int, n: int) -> int:
        """The plainest rule: a new block, a copy, a free. Only a block that shrinks may stay where it is, if there is no hole."""
        old = self.info(handle)
        if n == old.length:
            return handle
        self._unpinned(handle)
        if old.base == NOWHERE:
            raise BlockDiscarded(handle)
        size, high = self._rounded(n), old.kind is Kind.FIXED
        self._change(old, discardable=0)  # whoever is resized is no victim of it
        try:
            base = self._place(size, high) if size > old.size else self._place_or_stay(size, high)
        finally:
            old = self._change(self.info(handle), discardable=old.discardable)
        new = old._replace(size=size, length=n, age=next(self.clock))
        if base is None:
            base = old.base
            self._release(base + size, old.size - size)
            self.blocks[base] = new
        else:
            self.arena.move(old.base, base, min(n, old.length))
            self._unbind(old)
            self._bind(new._replace(base=base, body=base))
        if self.tap is not None:
            self.tap(Resized(handle, old.base, old.size, base, size, n))
        return handle

    def lock(self, handle: int) -> int:
        self.touch(handle)
        block = self.info(handle)
        block = self._change(block, locks=block.locks + 1)
        if self.tap is not None:
            self.tap(Locked(handle, block.locks))
        return block.body

    def unlock(self, handle: int) -> None:
        block = self.info(handle)
        if not block.locks:
            raise HandleNotLocked(handle)
        self._change(block, locks=block.locks - 1)
        if self.tap is not None:
            self.tap(Unlocked(handle, block.locks - 1))

    # --- discarding ------------------------------------------------------------------------------------------------------

    def touch(self, handle: int) -> bool:
        block = self.info(handle)
        if block.base == NOWHERE:
            self._reload(block)
        self._change(self.info(handle), age=next(self.clock))
        return block.base != NOWHERE

    def discard(self, handle: int) -> None:
        block = self._unpinned(handle)
        if not block.discardable:
            raise NotDiscardable(handle)
        if block.base == NOWHERE:
            return
        self._unbind(block)
        self._bind(block._replace(base=NOWHERE, body=NOWHERE, size=0))
        if self.tap is not None:
            self.tap(Discarded(handle, block.base, block.size))

    def is_discarded(self, handle: int) -> bool:
        return self.info(handle).base == NOWHERE

    def set_discardable(self, handle: int, discardable: int) -> None:
        block = self.info(handle)
        if discardable and block.kind is Kind.FIXED:
            raise ValueError("a fixed block cannot be discardable")
        self._change(block, discardable=discardable)
        if self.tap is not None:
            self.tap(Marked(handle, discardable))

    # --- asking ----------------------------------------------------------------------------------------------------------

    def info(self, handle: int) -> Block:
        base = self.table.get(handle)
        if base is None:
            raise StaleHandle(handle)
        return self.gone[handle] if base == NOWHERE else self.blocks[base]

    def length(self, handle: int) -> int:
        return self.info(handle).length

    def address(self, handle: int) -> int:
        body = self.info(handle).body
        if body == NOWHERE:
            raise BlockDiscarded(handle)
        return body

    def walk(self) -> Iterator[Block]:
        end = 0
        for base in self.bases:
            if base != end:
                yield Block(end, base - end, Kind.FREE, end, base - end)
            block = self.blocks[base]
            yield block
            end = base + block.size
        if end != self.arena.size:
            yield Block(end, self.arena.size - end, Kind.FREE, end, self.arena.size - end)

    def discarded(self) -> list[Block]:
        return list(self.gone.values())

    def check(self) -> None:
        """The free list and the handle table say the same as the blocks."""
        used = sum([block.size for block in self.blocks.values()])
        if used + self.holes.free != self.arena.size:
            raise HeapCorrupt("every byte is used or free", f"{used:,} used, {self.holes.free:,} free of {self.arena.size:,}")
        if sorted(self.blocks) != self.bases:
            raise HeapCorrupt("the addresses are in order", f"{len(self.bases)} of {len(self.blocks)}")
        for base, size in self.holes:
            above = bisect_left(self.bases, base)
            start = self.blocks[self.bases[above - 1]].end if above else 0
            end = self.bases[above] if above < len(self.bases) else self.arena.size
            if (base, base + size) != (start, end):
                where = f"{size:,} bytes at {base:#x}, free are {start:#x} to {end:#x}"
                raise HeapCorrupt("the free list holds what no block owns", where)
        addresses = {block.handle: base for base, block in self.blocks.items()} | dict.fromkeys(self.gone, NOWHERE)
        if addresses != self.table:
            wrong = sorted(set(addresses.items()) ^ set(self.table.items()))
            raise HeapCorrupt("the table knows each address", f"(handle, address) is in doubt: {wrong[:4]}")

    # --- compaction ------------------------------------------------------------------------------------------------------

    def plan(self) -> list[Move]:
        return self.planner(self.walk(), align=self.traits.align)

    def compact(self, *, max_bytes: int | None = None, max_moves: int | None = None) -> Compaction:
        plan = self.plan()
        moves = within(plan, max_bytes, max_moves)
        if self.tap is not None:
            self.tap(CompactBegan(self.holes.free, self.holes.largest))
        self.commit(moves)
        result = Compaction(sum(move.size for move in moves), len(moves), self.holes.largest, len(moves) == len(plan))
        if self.tap is not None:
            self.tap(CompactEnded(result.moves, result.bytes_moved, result.largest_free))
        return result

    def commit(self, moves: Iterable[Move]) -> None:
        """One store in the handle table for each move. Column by column, since a scramble moves the whole heap at each call."""
        moves = list(moves)
        if not moves:
            return
        handles, srcs, dsts, sizes = zip(*moves, strict=True)
        moved = [block for src in srcs if (block := self.blocks.get(src)) is not None]
        _, now, kinds, _, lengths, owners, locks, *rest = zip(*moved, strict=True) if moved else ((),) * 10
        movable = not any(locks) and set(kinds) == {MOVABLE} and len(set(srcs)) == len(srcs)
        if not movable or (owners, now) != (handles, sizes):
            self._refuse(moves)
        for src, dst, size in runs(moves):
            self.arena.move(src, dst, size)
        for src in srcs:
            del self.blocks[src]
        self.blocks.update(zip(dsts, rows(Block, dsts, sizes, kinds, dsts, lengths, handles, locks, *rest), strict=True))
        self.table.update(zip(handles, dsts, strict=True))
        self.bases = sorted(self.blocks)
        self.holes = Holes((block.base, block.size) for block in self.walk() if not block.handle)
        if self.fill is not None:
            for base, size in self.holes:
                self.arena.fill(base, size, self.fill)
        if self.tap is not None:
            for move in moves:
                self.tap(Moved(*move))

    def _refuse(self, moves: Iterable[Move]) -> NoReturn:
        """Name the first move that may not be made."""
        for move in moves:
            block = self._unpinned(move.handle)
            if block.kind is not MOVABLE or (block.base, block.size) != (move.src, move.size):
                raise ValueError(f"the move of {move.size:,} bytes from {move.src:#x} does not fit {block}")
        raise ValueError("a plan moves a block twice")

    # --- find, carve, bind -----------------------------------------------------------------------------------------------

    def _rounded(self, n: int) -> int:
        if n < 0:
            raise ValueError(f"a block of {n} bytes: the size cannot be negative")
        align = self.traits.align
        return max(align, (n + align - 1) & -align)

    def _place(self, size: int, high: bool) -> int:
        """Climb the ladder, and carve the hole that it finds."""
        for rung in self.ladder:
            hole = rung(self, size, high)
            if self.tap is not None:
                self.tap(RungTried(rung.__name__, size, hole is not None))
            if hole is not None:
                return self._carve(hole, size, high)
        if self.tap is not None:
            self.tap(Refused(size, self.holes.free, self.holes.largest))
        pinned = sum(block.size for block in self.blocks.values() if not block.may_move)
        raise OutOfMemory(size, self.holes.free, self.holes.largest, pinned)

    def _place_or_stay(self, size: int, high: bool) -> int | None:
        hole = search(self, size, high)
        return None if hole is None else self._carve(hole, size, high)

    def _carve(self, hole: int, size: int, high: bool) -> int:
        base = (hole + self.holes.sizes[hole] - size) & -self.traits.align if high else hole
        self.holes.cut(base, size)
        if not high:
            self.rover = base + size
        return base

    def _bind(self, block: Block) -> None:
        self.table[block.handle] = block.base
        if block.base == NOWHERE:
            self.gone[block.handle] = block
        else:
            insort(self.bases, block.base)
            self.blocks[block.base] = block

    def _unbind(self, block: Block) -> None:
        del self.table[block.handle]
        if block.base == NOWHERE:
            del self.gone[block.handle]
        else:
            del self.bases[bisect_left(self.bases, block.base)]
            del self.blocks[block.base]
            self._release(block.base, block.size)

    def _change(self, block: Block, **fields: Any) -> Block:
        block = block._replace(**fields)
        if block.base == NOWHERE:
            self.gone[block.handle] = block
        else:
            self.blocks[block.base] = block
        return block

    def _release(self, base: int, size: int) -> None:
        self.holes.add(base, size)
        if self.fill is not None:
            self.arena.fill(base, size, self.fill)

    def _unpinned(self, handle: int) -> Block:
        block = self.info(handle)
        if block.locks:
            raise HandlePinned(handle, block.locks)
        return block

    def _reload(self, block: Block) -> None:
        """Give a discarded block memory again, pinned while its loader fills it; a loader that raises leaves it discarded."""
        handle = block.handle
        if (loader := self.loaders.get(handle)) is None:
            raise BlockDiscarded(handle)
        size = self._rounded(block.length)
        base = self._place(size, high=False)
        self._unbind(block)
        self._bind(block._replace(base=base, body=base, size=size, locks=1))
        try:
            loader(handle, self.arena.view(base, block.length))
        except BaseException:
            self._unbind(self.info(handle))
            self._bind(block)
            raise
        loaded = self.info(handle)
        self._change(loaded, locks=loaded.locks - 1)
        if self.tap is not None:
            self.tap(Reloaded(handle, base, size, block.length))


def _named(choice: str | T, names: Mapping[str, T], what: str) -> T:
    if not isinstance(choice, str):
        return choice
    if choice not in names:
        raise ValueError(f"no {what} is called {choice!r}; there are {', '.join(names)}")
    return names[choice]
