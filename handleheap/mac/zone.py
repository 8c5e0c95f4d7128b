"""A zone of the Mac's Memory Manager: relocatable and nonrelocatable blocks, as System 6 and 7 kept them.

    alloc     find → carve → bind → tell        find climbs the ladder
    resize    in place, over free or movable neighbours, or elsewhere
    reserve   a gap at the bottom, for what cannot move
    move_hi   to the top, for what will be locked

Handles are addresses of master pointers, pointers are addresses of bodies. Results are answers or exceptions; the names and
codes of the Toolbox are in toolbox.py.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..arena import Arena
from ..block import NOWHERE, Block, Kind, Move
from ..errors import BlockDiscarded, HandlePinned, OutOfMemory, StaleHandle
from ..events import Allocated, Freed, Locked, Marked, Reloaded, Resized, Tap, Unlocked
from . import ask, ladder
from .blocks import Header
from .layout import FIXED_TYPE, FLAGS, LOCK, MOVABLE_TYPE, PURGE, ZoneHeader
from .notebook import Notebook
from .plans import highest, hopping, open_up, reserve, stir
from .profile import SYSTEM7, Profile
from .state import MASTER, State

FIXED, MOVABLE = Kind.FIXED, Kind.MOVABLE


class Zone(State):
    """The zone at `start` of an arena, which must be there. `Zone.create` lays a new one.

    >>> arena = Arena(0x500)
    >>> zone = Zone.create(arena, 0x100, 0x300, 24, Notebook(arena.memory, 0x4E0), masters=4)
    >>> handle = zone.new_handle(10)
    >>> f"{handle:X} -> {zone.address(handle):X}", zone.free_bytes
    ('148 -> 154', 404)
    """

    @classmethod
    def create(
        cls,
        arena: Arena,
        start: int,
        limit: int,
        bits: int,
        notebook: Notebook,
        *,
        masters: int = 64,
        profile: Profile = SYSTEM7,
        tap: Tap | None = None,
    ) -> Zone:
        """A new zone from `start` to `limit`, with one block of `masters` master pointers. Raises ValueError."""
        cls.lay(arena, start, limit, bits, masters, profile)
        notebook.clear(start, limit)
        notebook.mark(start + ZoneHeader.size)
        zone = cls(arena, start, bits, notebook, profile)
        zone.tap = tap
        return zone

    # --- allocating ------------------------------------------------------------------------------------------------------

    def new_handle(self, n: int, *, clear: bool = False, flags: int = 0) -> int:
        """The handle of a relocatable block of `n` bytes, unlocked. Raises OutOfMemory."""
        need = self.wanted(n)
        self._stir()
        while True:
            self._need_master()
            base = ladder.obtain(self, need, lambda: self.find(need))
            if self.header.get("hFstFree"):
                break  # unless a grow-zone function took the last one
        handle = self.take_master()
        size = self.carve(base, need, MOVABLE_TYPE, handle - self.start, n)
        body = base + self.blocks.header
        self.blocks.bind(handle, body, flags)
        self.fresh(body, n, clear)
        if self.tap is not None:
            self.tap(Allocated(handle, base, size, n, MOVABLE, flags >> 6 & 1))
        return handle

    def new_empty_handle(self) -> int:
        """A handle without a block. Raises OutOfMemory."""
        self._need_master()
        handle = self.take_master()
        if self.tap is not None:
            self.tap(Allocated(handle, NOWHERE, 0, 0, MOVABLE, 1))
        return handle

    def new_pointer(self, n: int, *, clear: bool = False) -> int:
        """The address of a nonrelocatable block of `n` bytes, as low as can be. Raises OutOfMemory."""
        need = self.wanted(n)
        self._stir()
        base, size = self._fixed(need, n)
        body = base + self.blocks.header
        self.fresh(body, n, clear)
        if self.tap is not None:
            self.tap(Allocated(body, base, size, n, FIXED, 0))
        return body

    def _fixed(self, need: int, n: int) -> tuple[int, int]:
        """(base, physical size) of a nonrelocatable block of `n` bytes."""
        base = ladder.obtain(self, need, lambda: self._gap(need))
        return base, self.carve(base, need, FIXED_TYPE, self.start, n)

    def more_masters(self) -> None:
        """Another block of master pointers, which is a nonrelocatable one. Raises OutOfMemory."""
        n = MASTER * self.header.get("moreMast")
        if not n:
            raise OutOfMemory(0, self.free_bytes, self.free.largest())
        base, size = self._fixed(self.wanted(n), n)
        self.add_masters(base, size)

    def _need_master(self) -> None:
        if not self.header.get("hFstFree"):
            self.more_masters()

    def wanted(self, n: int) -> int:
        """Physical size of a block of `n` bytes. Raises OutOfMemory where no block can be as large."""
        if not 0 <= n <= self.blocks.largest - self.blocks.header:
            raise OutOfMemory(n, self.free_bytes, self.free.largest())
        return self.physical(n)

    # --- room at the bottom ----------------------------------------------------------------------------------------------

    def reserve(self, n: int) -> int:
        """ReserveMem: a gap for `n` bytes, as low as can be, is free, and the rover is at it. Its address. Raises OutOfMemory."""
        need = self.wanted(n)
        self.rover = ladder.obtain(self, need, lambda: self._gap(need))
        return self.rover

    def _gap(self, need: int) -> int | None:
        """A free block of `need` bytes as low as it can be had, once those in its way have moved up."""
        if self.free_bytes < need:
            return None
        self.coalesce()
        if not self.compacts:
            return next((base for base in self.free.bases if self.free.sizes[base] >= need), None)
        found = reserve(self.records(), need, self.free.holes(), self.blocks.least)
        if found is None:
            return None
        base, moves = found
        ladder.carry_out(self, moves)
        return base

    # --- freeing ---------------------------------------------------------------------------------------------------------

    def dispose_handle(self, handle: int) -> None:
        """Free the block, locked or not, and the handle. Raises StaleHandle."""
        found = self.locate(handle)
        if found is None:
            self.drop_handle(handle, NOWHERE, 0)
        else:
            base, header = found
            self.release(base, header.size)
            self.drop_handle(handle, base, header.size)

    def drop_handle(self, handle: int, base: int, size: int) -> None:
        """The handle is free; its block was at `base`."""
        self.give_master(handle)
        if self.tap is not None:
            self.tap(Freed(handle, base, size))

    def dispose_pointer(self, pointer: int) -> None:
        """Free a nonrelocatable block. Raises StaleHandle."""
        base = self.fixed_base(pointer)
        size = self.read(base).size
        self.release(base, size)
        if self.tap is not None:
            self.tap(Freed(pointer, base, size))

    def empty(self, handle: int) -> None:
        """EmptyHandle: take the block and keep the handle. Raises HandlePinned, StaleHandle."""
        if self.base_of(handle) is None:
            return
        if self.flags(handle) & LOCK:
            raise HandlePinned(handle, 1)
        ladder.evict(self, handle)

    # --- resizing --------------------------------------------------------------------------------------------------------

    def resize(self, handle: int, n: int) -> None:
        """SetHandleSize: contents kept; a locked block grows in place or not at all. Raises OutOfMemory, BlockDiscarded."""
        base, header = self.block_of(handle)
        need = self.wanted(n)
        if need <= header.size:
            self._shrink(handle, base, header, need, n)
            return
        self._stir()
        self._grow(handle, need, n, copies=True)

    def resize_pointer(self, pointer: int, n: int) -> None:
        """SetPtrSize: in place or not at all. Raises OutOfMemory, StaleHandle."""
        base = self.fixed_base(pointer)
        header, need = self.read(base), self.wanted(n)
        if need > header.size:
            self._stir()
            if not self._opened(base, header, need):
                ladder.tried(self, "search", need, None)
                ladder.refuse(self, need)
            size = self.annex(base, header, need, n)
            self.fresh(pointer + self.length_of(header), n - self.length_of(header), clear=False)
            self._tell_resized(pointer, base, header.size, base, size, n)
        else:
            self._shrink(pointer, base, header, need, n)

    def reallocate(self, handle: int, n: int, *, flags: int = 0) -> None:
        """ReallocateHandle: memory of undefined contents, for an empty handle or instead of what it has; flags as given.

        Raises OutOfMemory; then nothing of the handle is changed.
        """
        need = self.wanted(n)
        self._stir()
        if self.base_of(handle) is not None:
            self._grow(handle, need, n, copies=False)
            self.blocks.set_flags(handle, flags)
            return
        base = ladder.obtain(self, need, lambda: self.find(need))
        if self.base_of(handle) is not None:
            raise StaleHandle(handle)  # a grow-zone function gave it a block
        size = self.carve(base, need, MOVABLE_TYPE, handle - self.start, n)
        self.blocks.bind(handle, base + self.blocks.header, flags)
        self.fresh(base + self.blocks.header, n, clear=False)
        if self.tap is not None:
            self.tap(Reloaded(handle, base, size, n))

    def _shrink(self, handle: int, base: int, header: Header, need: int, n: int) -> None:
        size, length = self.give_back(base, header, need, n), self.length_of(header)
        if n > length:
            self.fresh(base + self.blocks.header + length, n - length, clear=False)
        self._tell_resized(handle, base, header.size, base, size, n)

    def _grow(self, handle: int, need: int, n: int, *, copies: bool) -> None:
        """In place if it can be, else elsewhere, whatever the ladder finds first."""
        if self.flags(handle) & LOCK:
            found = self._in_place(handle, need)
            ladder.tried(self, "search", need, found)
            if found is None:
                ladder.refuse(self, need)
        else:
            found = ladder.obtain(self, need, lambda: self._in_place(handle, need) or self.find(need), keep=handle)
        base, header = self.block_of(handle)
        length = self.length_of(header)
        if found == base:
            size = self.annex(base, header, need, n) if need > header.size else self.give_back(base, header, need, n)
            old = base
        else:
            old, base = base, found
            flags = self.flags(handle)
            size = self.carve(base, need, MOVABLE_TYPE, handle - self.start, n)
            if copies:
                self.arena.move(old + self.blocks.header, base + self.blocks.header, min(length, n))
            self.blocks.bind(handle, base + self.blocks.header, flags)
            self.release(old, header.size)
        if n > length:
            self.fresh(base + self.blocks.header + length, n - length, clear=False)
        self._tell_resized(handle, old, header.size, base, size, n)

    def _in_place(self, handle: int, need: int) -> int | None:
        """Where the block is, once there is room for it to grow to `need` bytes; None where there is none."""
        base, header = self.block_of(handle)
        if need > header.size and not (self.profile.grows_in_place and self._opened(base, header, need)):
            return None
        return base

    def _opened(self, base: int, header: Header, need: int) -> bool:
        """Make room behind a block, so that it can grow to `need` bytes; its neighbours move away if they can."""
        extra, behind = need - header.size, base + header.size
        if self.free_bytes < extra:
            return False
        if behind in self.free.sizes and self.merge(behind) >= extra:
            return True
        if not self.compacts:
            return False
        self.coalesce()
        moves = open_up(self.records_from(behind), extra, self.free.holes(), self.blocks.least)
        if moves is None:
            return False
        ladder.carry_out(self, moves)
        return True

    def _tell_resized(self, handle: int, old: int, old_size: int, base: int, size: int, n: int) -> None:
        if self.tap is not None:
            self.tap(Resized(handle, old, old_size, base, size, n))

    # --- flags -----------------------------------------------------------------------------------------------------------

    def flags(self, handle: int) -> int:
        """Lock, purge and resource bits. Raises StaleHandle."""
        return self.blocks.flags(handle) if self.base_of(handle) is not None else 0

    def set_flags(self, handle: int, flags: int, mask: int = FLAGS) -> None:
        """Those flags that are in `mask`. Raises BlockDiscarded, StaleHandle."""
        self.block_of(handle)
        before = self.blocks.flags(handle)
        now = before & ~mask | flags & mask
        self.blocks.set_flags(handle, now)
        if self.tap is not None:
            if (before ^ now) & LOCK:
                self.tap(Locked(handle, 1) if now & LOCK else Unlocked(handle, 0))
            if (before ^ now) & PURGE:
                self.tap(Marked(handle, now >> 6 & 1))

    # --- moving ----------------------------------------------------------------------------------------------------------

    def move_hi(self, handle: int) -> None:
        """MoveHHi: the block to the top of its region, those above it down. Raises HandlePinned, BlockDiscarded."""
        base, header = self.block_of(handle)
        if self.blocks.flags(handle) & LOCK:
            raise HandlePinned(handle, 1)
        block = self.record(base, header)
        if self.profile.hhi_hops:
            self.coalesce()
            moves = hopping(block, list(self.records()), self.blocks.least)
        else:
            moves = highest(block, self.records_from(block.end))
        ladder.carry_out(self, moves, lift=(handle,))

    def scramble(self) -> None:
        """Heap scramble: every block that can move does, but for one alone in its region without room."""
        moves = stir(self.records())
        ladder.carry_out(self, moves, lift={move.handle for move in moves})

    def _stir(self) -> None:
        if self.profile.scramble and self.compacts:
            self.scramble()

    def plan(self) -> list[Move]:
        """What a whole compaction would move."""
        return ladder.plan(self)

    # --- asking ----------------------------------------------------------------------------------------------------------

    def block_of(self, handle: int) -> tuple[int, Header]:
        """(base, header) of the block of a handle. Raises BlockDiscarded, StaleHandle."""
        found = self.locate(handle)
        if found is None:
            raise BlockDiscarded(handle)
        return found

    def address(self, handle: int) -> int:
        """Where the body is now. Raises BlockDiscarded, StaleHandle."""
        return self.block_of(handle)[0] + self.blocks.header

    def records_from(self, base: int) -> Iterator[Block]:
        """The blocks from `base` on, which must be where one begins."""
        end = self.end
        while base < end:
            header = self.read(base)
            yield self.record(base, header)
            base += header.size

    def walk(self) -> Iterator[Block]:
        """Zone header, all blocks and the trailer, in address order: they tile the zone."""
        return ask.walk(self)

    def discarded(self) -> list[Block]:
        """The empty handles."""
        return ask.discarded(self)

    def check(self) -> None:
        """Raise HeapCorrupt, which names block and field, where the zone contradicts itself."""
        ask.check(self)
