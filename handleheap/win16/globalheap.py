"""The global heap of Windows 3.x: its bytes are Windows' own structures, and it compacts and discards as Windows did.

    0          conventional memory, then the rest: one linear space                                            top
    +---------+---------------+-----------------------------+------------------+-------------------------------+
    | tables  | fixed →       | movable →                   |   largest hole   |                  ← discardable |
    +---------+---------------+-----------------------------+------------------+-------------------------------+

What an allocation tries (PETZ prog53e0, SDK 3.0 [S]; the details are chosen, docs/win16.md says which):

    fixed         the lowest hole, if it is below every movable block   slide movables up   any hole      discard
    movable       the lowest hole, unless it is among the discardables  slide down / up     any hole      discard
    discardable   the highest hole                                      slide down / up     the highest   discard

Nothing is moved or discarded for a request that could not be served even so. A proc may refuse to have a block discarded.

`.bytes.truth`  arenas, descriptors or handle table, Burgermaster and THHOOK are all the state there is; the indices are
recomputed by `check`, and `attach` continues from a copy. Loaders and procs are the client's.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from ..block import NOWHERE, Block, Compaction, Kind, Move
from ..compaction import within
from ..errors import (
    BlockDiscarded,
    HandleNotLocked,
    HandlePinned,
    HeapCorrupt,
    NotDiscardable,
    OutOfHandles,
)
from ..events import (
    Allocated,
    Freed,
    Locked,
    Marked,
    Moved,
    Reloaded,
    Resized,
    Tap,
    Unlocked,
)
from ..protocols import Loader
from . import ask
from .arenas import Header
from .handles import Absent
from .ladder import Request, climb, find, refuse, tell_rung
from .layout import (
    DISCARDABLE,
    NOTIFY,
    OWNER_TEMPORARY,
)
from .plans import settle
from .profile import ENHANCED, Profile
from .state import State

FILL = 0xCC
MOST_LOCKS = 255
FIXED, MOVABLE = Kind.FIXED, Kind.MOVABLE
UNDERFLOW, OVERFLOW = 0x02F0, 0x02C0
"""What the debug kernel reports: KB-Q49838 [S], and the SDK's list of FatalExit codes [L]."""


class GlobalHeap(State):
    """A global heap over `memory`, a size in bytes or a writable buffer, which is made anew.

    Raises ValueError for memory that is too small for the tables or too large for the mode.

    >>> heap = GlobalHeap(640 << 10)
    >>> fixed, movable, code = heap.alloc(100, movable=False), heap.alloc(100), heap.alloc(100, discardable=1)
    >>> [f"{handle:04X} at {heap.address(handle):05X}" for handle in (fixed, movable, code)]
    ['0087 at 10020', '008E at 100A0', '0096 at 53F20']
    """

    def __init__(self, memory: object, *, profile: Profile = ENHANCED, tap: Tap | None = None) -> None:
        self._begin(memory, profile, tap)
        self.begin()

    @classmethod
    def attach(cls, memory: object, *, profile: Profile = ENHANCED, tap: Tap | None = None) -> GlobalHeap:
        """A heap that continues where the bytes of `memory` stand. Raises HeapCorrupt."""
        heap = cls.__new__(cls)
        heap._begin(memory, profile, tap)
        try:
            heap.list.index()
            heap.check()
        except (LookupError, ValueError, struct.error) as error:
            raise HeapCorrupt(f"memory holds a heap of {profile.name} mode", str(error)) from None
        return heap

    def _begin(self, memory: object, profile: Profile, tap: Tap | None) -> None:
        super().__init__(memory, profile, tap)
        self.loaders: dict[int, tuple[Loader, int]] = {}
        """What the client knows about blocks that may go: who fills them again, and how long they are."""

    # --- allocating -----------------------------------------------------------------------------------------------------------

    def alloc(
        self,
        n: int,
        *,
        movable: bool = True,
        discardable: int = 0,
        loader: Loader | None = None,
        owner: int = OWNER_TEMPORARY,
        flags: int = 0,
        zero: bool = False,
        compact: bool = True,
        discard: bool = True,
        below: int = 1 << 32,
    ) -> int:
        """The handle of `n` bytes, rounded up; at least a granule. `owner` is a word, `flags` are DGROUP and NOTIFY.

        Memory does not keep `n`: it is in the event, and `Block.length` is all that may be used.

        Raises OutOfMemory, OutOfHandles among them; ValueError for a negative size and for what is fixed and discardable.
        """
        if discardable and not movable:
            raise ValueError("a fixed block cannot be discardable")
        need = self.rounded(n)
        size = need - self.header
        request = Request(need, MOVABLE if movable else FIXED, bool(discardable), compact, discard, below)
        if need <= self.traits.max_block and (lack := self.handles.lack(size, movable)):
            refuse(self, request, lack)
        hole = find(self, request)
        handle = self._reserved(size, request)
        try:
            ref, base = self._carve(hole, request)
        except OutOfHandles:
            self.handles.cancel(handle, size)
            raise
        body = base + self.header
        handle = handle or body >> 4
        flags |= DISCARDABLE if discardable else 0
        self.fresh(body, size, zero)
        self.list.dress(ref, base, handle, owner, flags, self.handles.tiles(size))
        self.handles.bind(handle, ref, body, size)
        if loader is not None:
            self.loaders[handle] = (loader, n)
        if self.tap is not None:
            self.tap(Allocated(handle, base, need, n, request.kind, int(bool(discardable))))
        return handle

    def alloc_empty(self, *, owner: int = OWNER_TEMPORARY, flags: int = 0) -> int:
        """The handle of a movable block without bytes: it is as if it had been discarded (KB-Q61777). Raises OutOfHandles."""
        handle = self._reserved(0, Request(0, MOVABLE))
        self.handles.vacate(handle, 1, Absent(owner, flags))
        if self.tap is not None:
            self.tap(Allocated(handle, NOWHERE, 0, 0, MOVABLE, int(bool(flags & DISCARDABLE))))
        return handle

    def _reserved(self, size: int, request: Request) -> int:
        """A handle, if there is still one."""
        try:
            return self.handles.reserve(size, request.kind is MOVABLE)
        except OutOfHandles as error:
            refuse(self, request, error.what)

    def free(self, handle: int) -> None:
        self._unpinned(handle)
        self.release(handle)

    def release(self, handle: int) -> None:
        """Free, whatever the locks. Raises StaleHandle."""
        ref, absent = self.find(handle)
        self.loaders.pop(handle, None)
        if absent is not None:
            self.handles.unbind(handle, self.handles.held(handle))
            freed = Freed(handle, NOWHERE, 0)
        else:
            header = self.arenas.read(ref)
            self.handles.unbind(handle, self.tiles_of(header))
            self.list.release(ref, header)
            self.clean(header.base, header.end)
            freed = Freed(handle, header.base, header.end - header.base)
        if self.tap is not None:
            self.tap(freed)

    # --- resizing -------------------------------------------------------------------------------------------------------------

    def resize(self, handle: int, n: int) -> int:
        """As GlobalReAlloc without flags: a movable block may move for it, a fixed one grows in place or not at all.

        The handle changes where the block takes another number of selectors and no row of them is free (KB-Q77226).
        """
        header = self.header_of(handle)
        if header is None:
            raise BlockDiscarded(handle)
        if header.pins and self.rounded(n) != header.end - header.base:
            raise HandlePinned(handle, header.pins)
        new = self.reallocate(handle, n, may_move=header.movable)
        if handle in self.loaders:
            self.loaders[new] = self.loaders.pop(handle)[0], n
        return new

    def reallocate(
        self, handle: int, n: int, *, may_move: bool, zero: bool = False, compact: bool = True, discard: bool = True
    ) -> int:
        """Another size: in place if possible, else elsewhere if it `may_move`, locked or not. Returns the handle from now on.

        Raises OutOfMemory; then the block is as it was. `zero` clears what lies beyond the old rounded size (KB-Q92942).
        """
        need = self.rounded(n)
        ref, absent = self.find(handle)
        if absent is not None:
            raise BlockDiscarded(handle)
        old = self.arenas.read(ref)
        size, kind = old.end - old.base, MOVABLE if old.movable else FIXED
        if need == size:
            if self.tap is not None:
                self.tap(Resized(handle, old.base, size, old.base, size, n))
            return handle
        request = Request(need, kind, bool(old.flags & DISCARDABLE), compact, discard, keep=handle)
        tiles = self.tiles_of(old)
        self._nameable(handle, tiles, request)
        if need < size:
            if not self.list.shrink(ref, old, old.base + need):
                return handle
            base = old.base
            self.clean(base + need, old.end)
        elif need <= self.traits.max_block and self.list.grow(ref, old, old.base + need):
            base = old.base
        elif may_move:
            hole = find(self, request)
            self._nameable(handle, tiles, request)
            ref, base, old = self._elsewhere(handle, hole, request)
        else:
            tell_rung(self, "search", need, None)
            refuse(self, request)
        body = base + self.header
        if need > size:
            self.fresh(body + size - self.header, need - size, zero)
        new = self.handles.resized(handle, ref, body, tiles, need - self.header)
        self.list.rename(ref, self.arenas.read(ref), new, self.handles.tiles(need - self.header))
        if self.tap is not None:
            changed = 0 if new == handle else new
            self.tap(Resized(handle, old.base, size, base, need, n, changed))
        return new

    def _nameable(self, handle: int, held: int, request: Request) -> None:
        """Refuse a request whose block the handle could not name: asked before the ladder, and after it, since procs may free.

        Raises StaleHandle if one freed the very block.
        """
        self.find(handle)
        if request.need <= self.traits.max_block and not self.handles.can_resize(handle, held, request.need - self.header):
            refuse(self, request, f"row of {self.handles.tiles(request.need - self.header)} selectors")

    def _elsewhere(self, handle: int, hole: int, request: Request) -> tuple[int, int, Header]:
        """(reference, base, old header) of a block that is copied into a hole; its old memory is freed."""
        ref, base = self._carve(hole, request)
        where, _ = self.find(handle)
        old = self.arenas.read(where)
        self.list.dress(ref, base, handle, old.owner, old.flags, 0)
        self.arenas.set_locks(ref, old.locks)
        if old.page_locks:
            self.arenas.set_page_locks(ref, old.page_locks)
        kept = min(old.end - old.base, request.need) - self.header
        self.arena.move(old.base + self.header, base + self.header, kept)
        self.list.release(where, old)
        self.clean(old.base, old.end)
        return ref, base, old

    def _carve(self, hole: int, request: Request) -> tuple[int, int]:
        """(reference, base) of the block: at the low end of the hole, or at its high end if it is discardable."""
        top = min(hole + self.list.holes.sizes[hole], self.fence)
        base = top - request.need if request.discardable else hole
        try:
            return self.list.carve(hole, base, request.need), base
        except OutOfHandles as error:
            refuse(self, request, error.what)

    def revive(
        self, handle: int, n: int, *, zero: bool = False, notify: bool = False, compact: bool = True, discard: bool = True
    ) -> int:
        """Memory for a handle that has none, of undefined contents. Returns the handle from now on. Raises OutOfMemory."""
        _, absent = self.find(handle)
        if absent is None:
            raise ValueError(f"handle {handle:#x} has memory")
        need = self.rounded(n)
        size, held = need - self.header, self.handles.held(handle)
        request = Request(need, MOVABLE, bool(absent.flags & DISCARDABLE), compact, discard)
        self._nameable(handle, held, request)
        hole = find(self, request)
        self._nameable(handle, held, request)
        ref, base = self._carve(hole, request)
        flags = absent.flags & ~NOTIFY | (NOTIFY if notify else 0)
        body = base + self.header
        self.fresh(body, size, zero)
        self.list.dress(ref, base, handle, absent.owner, flags, 0)
        new = self.handles.resized(handle, ref, body, held, size)
        self.list.rename(ref, self.arenas.read(ref), new, self.handles.tiles(size))
        if self.tap is not None:
            self.tap(Reloaded(new, base, need, n))
        return new

    def make_movable(self, handle: int) -> int:
        """A fixed block becomes a movable one; its handle from now on. Raises OutOfHandles."""
        ref, absent = self.find(handle)
        if absent is not None or not handle & 1:
            return handle
        new = self.handles.made_movable(handle, ref)
        header = self.arenas.read(ref)
        self.list.rename(ref, header, new, self.tiles_of(header))
        return new

    # --- locking --------------------------------------------------------------------------------------------------------------

    def lock(self, handle: int) -> int:
        """Pin, as GlobalFix does in every mode, and return the address of the body; a discarded block is reloaded first."""
        self.touch(handle)
        self.count(handle, 1)
        return self.address(handle)

    def unlock(self, handle: int) -> None:
        header = self.header_of(handle)
        if header is None or not header.pins:
            raise HandleNotLocked(handle)
        self.count(handle, -1)

    def count(self, handle: int, change: int, *, pages: bool = False) -> int:
        """Count locks, or page locks, up or down; returns the count. The debug kernel reports what runs over or under.

        A count of 255 stays, unless the profile says otherwise (ONT 2024-06-04).
        """
        ref, absent = self.find(handle)
        if absent is not None:
            return 0
        header = self.arenas.read(ref)
        now = header.page_locks if pages and not self.header else header.locks
        if now == MOST_LOCKS and (change > 0 or self.profile.sticky_255):
            self.report(OVERFLOW, handle, "object usage count overflow")
            return now
        if not now and change < 0:
            self.report(UNDERFLOW, handle, "object usage count underflow")
            return 0
        now += change
        (self.arenas.set_page_locks if pages else self.arenas.set_locks)(ref, now)
        if self.tap is not None:
            self.tap(Locked(handle, now) if change > 0 else Unlocked(handle, now))
        return now

    def wire(self, handle: int) -> int:
        """Take a movable block that is not pinned to the lowest address that can be had, and return the address of its body.

        Movable blocks make room for it; nothing is discarded. (GlobalWire: QCWIN qcwi8yr2, ONT 2005-11-08 [S].)
        """
        ref, absent = self.find(handle)
        if absent is not None:
            raise BlockDiscarded(handle)
        header = self.arenas.read(ref)
        request = Request(header.end - header.base, FIXED, discard=False)
        if header.movable and not header.pins and self.list.holes.free >= request.need:
            hole = climb(self, request)
            header = self.arenas.read(self.find(handle)[0])
            if hole is not None and hole < header.base:
                ref, base, old = self._elsewhere(handle, hole, request)
                self.handles.bind(handle, ref, base + self.header, request.need - self.header)
                self.arenas.dress(ref, handle, old.owner, old.flags, self.tiles_of(old))
                if self.tap is not None:
                    self.tap(Moved(handle, old.base, base, request.need))
        return self.address(handle)

    # --- discarding -----------------------------------------------------------------------------------------------------------

    def touch(self, handle: int) -> bool:
        ref, absent = self.find(handle)
        if absent is None:
            if self.arenas.read(ref).flags & DISCARDABLE:
                self.list.leave_ring(ref)
                self.list.newest(ref)
            return True
        if handle not in self.loaders:
            raise BlockDiscarded(handle)
        loader, n = self.loaders[handle]
        new = self.revive(handle, n)
        if new != handle:
            self.loaders[new] = self.loaders.pop(handle)
        block = self.info(new)
        loader(new, self.arena.view(block.body, min(n, block.length)))
        return False

    def age(self, handle: int, *, oldest: bool) -> None:
        """Let a discardable block be the first or the last to go; for others nothing happens."""
        ref, absent = self.find(handle)
        if absent is None and self.arenas.read(ref).flags & DISCARDABLE:
            self.list.leave_ring(ref)
            (self.list.oldest if oldest else self.list.newest)(ref)

    def discard(self, handle: int) -> None:
        header = self._unpinned(handle)
        if not self.words(handle)[1] & DISCARDABLE:
            raise NotDiscardable(handle)
        if header is not None:
            self.evict(handle)

    def is_discarded(self, handle: int) -> bool:
        return self.find(handle)[1] is not None

    def set_discardable(self, handle: int, discardable: int) -> None:
        if discardable and self.words(handle) and handle & 1:
            raise ValueError("a fixed block cannot be discardable")
        self.set_flags(handle, DISCARDABLE if discardable else 0, DISCARDABLE)

    def set_flags(self, handle: int, flags: int, mask: int) -> None:
        """Set those arena flags that are in `mask` as they are in `flags`."""
        ref, absent = self.find(handle)
        if absent is not None:
            self.handles.vacate(handle, self.handles.held(handle), absent._replace(flags=absent.flags & ~mask | flags))
        else:
            header = self.arenas.read(ref)
            self.list.set_flags(ref, header, header.flags & ~mask | flags)
        if mask & DISCARDABLE and self.tap is not None:
            self.tap(Marked(handle, int(bool(flags & DISCARDABLE))))

    def set_owner(self, handle: int, owner: int) -> None:
        """Give the block to another owner, a word."""
        ref, absent = self.find(handle)
        if absent is not None:
            self.handles.vacate(handle, self.handles.held(handle), absent._replace(owner=owner))
        else:
            self.arenas.set_owner(ref, owner)

    # --- asking ---------------------------------------------------------------------------------------------------------------

    def info(self, handle: int) -> Block:
        return ask.info(self, handle)

    def walk(self) -> Iterator[Block]:
        return ask.walk(self)

    def discarded(self) -> list[Block]:
        return ask.discarded(self)

    def check(self) -> None:
        ask.check(self)

    def words(self, handle: int) -> tuple[int, int]:
        """(owner, arena flags) of a handle, with or without memory. Raises StaleHandle."""
        ref, absent = self.find(handle)
        if absent is not None:
            return absent
        header = self.arenas.read(ref)
        return header.owner, header.flags

    def locks(self, handle: int) -> int:
        """The lock count alone, without page locks. Raises StaleHandle."""
        header = self.header_of(handle)
        return 0 if header is None else header.locks

    def length(self, handle: int) -> int:
        header = self.header_of(handle)
        return 0 if header is None else self.size_of(header)

    def address(self, handle: int) -> int:
        header = self.header_of(handle)
        if header is None:
            raise BlockDiscarded(handle)
        return header.base + self.header

    def _unpinned(self, handle: int) -> Header | None:
        header = self.header_of(handle)
        if header is not None and header.pins:
            raise HandlePinned(handle, header.pins)
        return header

    # --- compaction -----------------------------------------------------------------------------------------------------------

    def plan(self) -> list[Move]:
        """What `compact` would move: movables down, trailing discardables up."""
        return settle(self.walk(), self.fence)

    def compact(self, *, max_bytes: int | None = None, max_moves: int | None = None) -> Compaction:
        plan = self.plan()
        moves = within(plan, max_bytes, max_moves)
        self.carry_out(moves)
        return Compaction(sum(move.size for move in moves), len(moves), self.list.holes.largest, len(moves) == len(plan))
