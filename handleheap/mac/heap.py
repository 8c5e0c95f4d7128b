"""A zone that fills a memory of its own, as every heap shows itself: for traces, tests and comparison.

    0                                                          limit
    +------+--------------------------------------------------+----------+
    | zone header, master pointers, blocks …          trailer | notebook |
    +------+--------------------------------------------------+----------+

A movable block's handle is that of the Memory Manager; a fixed block's is its address. What the protocol asks for and the
Mac did not know, loaders and the lengths of discarded blocks, is the client's. A locked block is not freed or resized here:
the calls of the Toolbox do both.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ..arena import Arena
from ..block import Block, Compaction, Kind, Move, Traits
from ..compaction import within
from ..errors import BlockDiscarded, HandlePinned, HeapCorrupt, NotDiscardable, StaleHandle
from ..events import Locked, Tap, Unlocked
from ..protocols import Loader
from . import ladder
from .blocks import WIDTHS
from .layout import GRAIN, LOCK, PURGE, TRAILER, ZoneHeader
from .moving import commit
from .notebook import Notebook
from .profile import SYSTEM7, Profile
from .state import MASTER
from .zone import Zone

MASTERS = 64
"""As many as the application zone has to a block (IM II-28 [A])."""


class Absent(NamedTuple):
    """What the client knows about a block that may go: who fills it again, and how long it is."""

    loader: Loader
    length: int


class MacHeap:
    """A heap over `memory`, a size in bytes or a writable buffer, which is made anew. Raises ValueError for too small a one.

    >>> heap = MacHeap(4096, bits=32)
    >>> handle = heap.alloc(100)
    >>> heap.info(handle).size, heap.traits.header
    (112, 12)
    """

    def __init__(
        self, memory: object, *, bits: int = 24, profile: Profile = SYSTEM7, masters: int = MASTERS, tap: Tap | None = None
    ) -> None:
        self.arena = memory if isinstance(memory, Arena) else Arena(memory, name=f"mac-{bits}")
        if self.arena.size > 1 << bits:
            raise ValueError(f"{bits}-bit addresses reach {1 << bits:,} bytes, not {self.arena.size:,}")
        notebook, limit = _notebook(self.arena)
        self._begin(Zone.create(self.arena, 0, limit, bits, notebook, masters=masters, profile=profile, tap=tap))

    @classmethod
    def attach(cls, memory: object, *, bits: int = 24, profile: Profile = SYSTEM7, tap: Tap | None = None) -> MacHeap:
        """A heap that continues where the bytes of `memory` stand. Raises HeapCorrupt."""
        heap = cls.__new__(cls)
        heap.arena = memory if isinstance(memory, Arena) else Arena(memory, name=f"mac-{bits}")
        try:
            zone = Zone(heap.arena, 0, bits, _notebook(heap.arena)[0], profile)
            zone.check()
        except (LookupError, ValueError, struct.error) as error:
            raise HeapCorrupt(f"memory holds a {bits}-bit zone", str(error)) from None
        zone.tap = tap
        heap._begin(zone)
        return heap

    def _begin(self, zone: Zone) -> None:
        self.zone = zone
        self.loaders: dict[int, Absent] = {}
        header, least = zone.blocks.header, zone.blocks.least
        self.traits = Traits(
            name=f"mac-{zone.bits}",
            order="big",
            align=GRAIN,
            grain=GRAIN,
            header=header,
            min_block=least,
            max_block=min(zone.blocks.largest, self.arena.size),
            moves=True,
            discards=True,
            counts_locks=False,
            pins=True,
            guards=True,
            merges=False,
            handles_inside=True,
            handle_bytes=MASTER,
            exact_length=True,
            detects_stale=False,
            grows_tables=True,
            keeps_discarded_length=False,
        )

    @property
    def tap(self) -> Tap | None:
        return self.zone.tap

    @tap.setter
    def tap(self, tap: Tap | None) -> None:
        self.zone.tap = tap

    @property
    def compacts(self) -> bool:
        """May blocks be moved to find room?"""
        return self.zone.compacts

    @compacts.setter
    def compacts(self, compacts: bool) -> None:
        self.zone.compacts = compacts

    # --- allocating ------------------------------------------------------------------------------------------------------

    def alloc(self, n: int, *, movable: bool = True, discardable: int = 0, loader: Loader | None = None) -> int:
        if n < 0:
            raise ValueError(f"a block of {n} bytes: the size cannot be negative")
        if not movable:
            if discardable:
                raise ValueError("a fixed block cannot be discardable")
            return self.zone.new_pointer(n)
        handle = self.zone.new_handle(n, flags=PURGE if discardable else 0)
        if loader is not None:
            self.loaders[handle] = Absent(loader, n)
        return handle

    def free(self, handle: int) -> None:
        if self._fixed(handle):
            self.zone.dispose_pointer(handle)
            return
        self._unpinned(handle)
        self.zone.dispose_handle(handle)
        self.loaders.pop(handle, None)

    def resize(self, handle: int, n: int) -> int:
        if n < 0:
            raise ValueError(f"a block of {n} bytes: the size cannot be negative")
        if self._fixed(handle):
            self.zone.resize_pointer(handle, n)
            return handle
        if n != self.zone.length_of(self.zone.block_of(handle)[1]):
            self._unpinned(handle)
        self.zone.resize(handle, n)
        if handle in self.loaders:
            self.loaders[handle] = self.loaders[handle]._replace(length=n)
        return handle

    # --- locking ---------------------------------------------------------------------------------------------------------

    def lock(self, handle: int) -> int:
        if self._fixed(handle):
            if self.tap is not None:
                self.tap(Locked(handle, 1))
            return handle
        self.touch(handle)
        self.zone.set_flags(handle, LOCK, LOCK)
        return self.zone.address(handle)

    def unlock(self, handle: int) -> None:
        """One unlock undoes any number of locks; without a lock nothing happens (IM: Memory 88 [A])."""
        if self._fixed(handle):
            if self.tap is not None:
                self.tap(Unlocked(handle, 0))
        elif not self.is_discarded(handle):
            self.zone.set_flags(handle, 0, LOCK)

    # --- discarding ------------------------------------------------------------------------------------------------------

    def touch(self, handle: int) -> bool:
        if self._fixed(handle) or self.zone.base_of(handle) is not None:
            return True
        absent = self.loaders.get(handle)
        if absent is None:
            raise BlockDiscarded(handle)
        self.zone.reallocate(handle, absent.length, flags=PURGE)
        absent.loader(handle, self.arena.view(self.zone.address(handle), absent.length))
        return False

    def discard(self, handle: int) -> None:
        if self._fixed(handle):
            raise NotDiscardable(handle)
        self._unpinned(handle)
        if self.is_discarded(handle):
            return
        if not self.zone.flags(handle) & PURGE:
            raise NotDiscardable(handle)
        self.zone.empty(handle)

    def is_discarded(self, handle: int) -> bool:
        return not self._fixed(handle) and self.zone.base_of(handle) is None

    def set_discardable(self, handle: int, discardable: int) -> None:
        """Nothing happens to a block that is discarded: only a block has flags, and it is discardable when it comes back."""
        if self._fixed(handle):
            if discardable:
                raise ValueError("a fixed block cannot be discardable")
        elif not self.is_discarded(handle):
            self.zone.set_flags(handle, PURGE if discardable else 0, PURGE)

    # --- asking ----------------------------------------------------------------------------------------------------------

    def length(self, handle: int) -> int:
        return self.info(handle).length

    def address(self, handle: int) -> int:
        return handle if self._fixed(handle) else self.zone.address(handle)

    def info(self, handle: int) -> Block:
        base = self.zone.fixed_base(handle) if self._fixed(handle) else self.zone.base_of(handle)
        if base is not None:
            return self.zone.record(base, self.zone.read(base))
        return next(block for block in self.discarded() if block.handle == handle)

    def walk(self) -> Iterator[Block]:
        yield from self.zone.walk()
        limit = self.zone.limit
        yield Block(limit, self.arena.size - limit, Kind.TABLE, limit, self.arena.size - limit, owner="notebook")

    def discarded(self) -> list[Block]:
        return self.zone.discarded()

    def check(self) -> None:
        self.zone.check()

    def _fixed(self, handle: int) -> bool:
        """Is it the address of a nonrelocatable block? Raises StaleHandle where it is no handle either."""
        if self.zone.is_master(handle):
            return False
        base = self.zone.fixed_base(handle)
        if self.zone.notebook.marked(base):
            raise StaleHandle(handle)
        return True

    def _unpinned(self, handle: int) -> None:
        if self.zone.flags(handle) & LOCK:
            raise HandlePinned(handle, 1)

    # --- compaction ------------------------------------------------------------------------------------------------------

    def plan(self) -> list[Move]:
        return self.zone.plan()

    def commit(self, moves: Iterable[Move]) -> None:
        commit(self.zone, moves)

    def compact(self, *, max_bytes: int | None = None, max_moves: int | None = None) -> Compaction:
        self.zone.coalesce()
        plan = self.plan()
        moves = within(plan, max_bytes, max_moves)
        ladder.carry_out(self.zone, moves)
        return Compaction(sum(move.size for move in moves), len(moves), self.zone.free.largest(), len(moves) == len(plan))


def _notebook(arena: Arena) -> tuple[Notebook, int]:
    """The notebook at the end of an arena, and where it begins."""
    at = arena.size - Notebook.size(arena.size)
    return Notebook(arena.memory, max(at, 0)), at


def needed(bits: int, room: int, masters: int = MASTERS) -> int:
    """The memory in which the free block of a new heap holds a block of `room` bytes."""
    header = WIDTHS[bits].header
    zone = ZoneHeader.size + header + MASTER * masters + header + room + TRAILER + GRAIN
    return zone + Notebook.size(zone + Notebook.size(zone) + 1)
