# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
# cython: binding=False, infer_types=True, annotation_typing=False, embedsignature=True, embedsignature.format=clinic
"""The heap to embed: its calls, and the straight paths of those that are made most. With `heap.pxd`, Cython compiles it.

    straight   alloc: off the quick list    free: onto it    view, lock, unlock: the block is there, nobody listens
    else       enter -> the call -> leave: pins and frees that came in the middle are dealt with at the end

`.core.gate`  sizes up to `gate` units go straight: 0 in the middle of a call, while somebody listens, with a fill, and
              uncompiled with `threadsafe`. No function is called on a straight path, so nothing comes between its steps.
"""

from __future__ import annotations

from operator import index

from ..arena import Arena
from ..errors import (
    BlockDiscarded,
    HandleNotLocked,
    HandlePinned,
    HeapBusy,
    HeapClosed,
    HeapImageError,
    NotDiscardable,
    StaleHandle,
)
from .ladder import discard_block, drop, grow_block, place, refuse, release, shift, used, vacate
from .pin import exported
from .sweep import commit_moves, compact_table
from .table import Table
from .words import (
    DISCARDABLE,
    FIXED,
    GENERATION,
    GONE,
    INDEX,
    LAST,
    LOADING,
    LOCK,
    LOCKS,
    PINS,
    QUICK,
    SIDE,
    TOP,
    UNITS,
    UNUSUAL,
    VIEW,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from os import PathLike
    from typing import Any

    from ..block import Block, Compaction, Move, Traits
    from ..events import Tap
    from ..protocols import Loader
    from .records import Stats

PURE = __file__.endswith(".py")
MODE = "pure" if PURE else "compiled"


class Heap(Table):
    """A bounded memory of movable blocks, reached by integer handles.

    `arena` is any writable buffer to live in, at least `capacity` bytes, rounded up to `align`: ValueError for a smaller one, and
    for an alignment that is no power of two. With `threadsafe` each call is one step to other threads. `fill` is a byte for
    freed memory. `tap` is told of each event.

    >>> heap = Heap(1 << 16)
    >>> h = heap.alloc(5)
    >>> with heap.view(h) as view:
    ...     view[:] = b"hello"
    >>> bytes(heap.view(h)), heap.length(h), len(heap)
    (b'hello', 5, 1)
    >>> heap.free(h)
    >>> h in heap
    False
    """

    __slots__ = ("__weakref__",)

    def __init__(
        self,
        capacity: int,
        *,
        arena: Any = None,
        align: int = 16,
        threadsafe: bool = False,
        fill: int | None = None,
        tap: Tap | None = None,
    ) -> None:
        if align < 1 or align & (align - 1):
            raise ValueError(f"an alignment is a power of two, not {align}")
        if capacity < 0:
            raise ValueError(f"an arena of {capacity} bytes: the size cannot be negative")
        if fill is not None and not 0 <= fill <= 255:
            raise ValueError(f"a fill is a byte, not {fill}")
        whole = (capacity + align - 1) & -align
        if not isinstance(arena, Arena):
            arena = Arena(whole if arena is None else arena, name="core")
        if arena.size < whole:
            raise ValueError(f"an arena of {arena.size:,} bytes is too small for a capacity of {capacity:,} at alignment {align}")
        if arena.size >= whole + align:
            arena = Arena(arena.memory[:whole], name=arena.name)
        super().__init__(arena, align)
        self.filler = -1 if fill is None else fill
        self.listener = tap
        self.threadsafe = threadsafe
        if threadsafe:
            from threading import RLock

            self.mutex = RLock()
        self._open()

    def _open(self) -> None:
        """Whether calls may go straight when no other is under way."""
        locked = self.threadsafe and PURE  # compiled, a straight path is one step to other threads
        shut = self.closed or locked or self.listener is not None or self.filler >= 0
        self.open = 0 if shut else QUICK
        self.gate = 0 if self.busy else self.open

    @property
    def tap(self) -> Tap | None:
        """Told of each event, after it; see `handleheap.events`."""
        return self.listener

    @tap.setter
    def tap(self, tap: Tap | None) -> None:
        self.listener = tap
        self._open()

    @property
    def traits(self) -> Traits:
        """The frozen facts that tests and tools ask for."""
        from ..block import Traits

        align = self.mask + 1
        facts = (True, True, True, True, True, True, False, 8, True, True)
        return Traits("core", "little", align, align, 0, align, self.arena.size, *facts)

    # --- the straight paths ----------------------------------------------------------------------------------------------

    def alloc(
        self,
        n: int,
        *,
        movable: bool = True,
        discardable: int = False,
        loader: Loader | None = None,
        on_discard: Callable[[int, memoryview], object] | None = None,
        zero: bool = False,
    ) -> int:
        """A handle, never 0, of a block of `n` >= 0 bytes. Raises OutOfMemory, and ValueError for a negative size.

        A `discardable` block goes when memory is short, the longest unused first: `on_discard(handle, view)` is told before,
        and `loader(handle, view)` fills it again when it is viewed, locked or touched. One that is not `movable` goes to the
        top. `zero` clears the bytes; otherwise they are what was left there.
        """
        want = n if PURE else self.memory.integer(n)
        u = (want + self.mask) >> self.shift
        if 0 < u <= self.gate and movable and not discardable and loader is None and on_discard is None and not zero:
            i = self.heads[u]
            if i:
                self.heads[u] = ~self.word[i]
                self.word[i] = u
                self.extent[i] = want
                h = -self.cell[i]
                self.cell[i] = h
                return h
        return self._alloc(n, movable, discardable, loader, on_discard, zero)

    def free(self, handle: int) -> None:
        """Give the block back. Raises StaleHandle, HandlePinned. A call in the middle of another one is put off to its end."""
        h = handle if PURE else self.memory.integer(handle)
        i = h & INDEX
        if i < self.top and self.cell[i] == h:
            u = self.word[i]
            if 0 < u <= self.gate and h < LAST:
                self.word[i] = ~self.heads[u]
                self.heads[u] = i
                self.cell[i] = -self.cell[i] - GENERATION
                return
        self._free(handle)

    def view(self, handle: int, *, readonly: bool = False) -> memoryview:
        """The bytes of the block, not a copy. It is pinned while the view, or anything derived from it, lives.

        Raises StaleHandle; BlockDiscarded, OutOfMemory and what its loader raises, if it is discarded.
        """
        i = self.index(handle)
        if self.gate and i and not self.word[i] & UNUSUAL:
            if self.word[i] & DISCARDABLE:
                used(self, i)
            view = exported(self, i)
        else:
            view = self._view(handle)
        return view.toreadonly() if readonly else view

    def lock(self, handle: int, *, high: bool = False) -> int:
        """Pin the block and return its address. Locks nest, and count apart from views. `high` moves it up first, out of the
        way of others. Raises OverflowError after 1,048,575 locks, and what `view` raises.
        """
        i = self.index(handle)
        if self.gate and i and not high and not self.word[i] & UNUSUAL:
            if self.word[i] & DISCARDABLE:
                used(self, i)
            self.word[i] += LOCK
            return self.base[i]
        return self._lock(handle, high)

    def unlock(self, handle: int) -> None:
        """Undo one lock. Raises HandleNotLocked, StaleHandle."""
        i = self.index(handle)
        if self.gate and i and self.locks(i):
            self.word[i] -= LOCK
            self.lower(i)
            return
        self._unlock(handle)

    def address(self, handle: int) -> int:
        """Where the block starts now, as an offset in the arena. Raises BlockDiscarded, StaleHandle."""
        if self.gate:
            i = self.index(handle)
            if i and not self.word[i] & GONE:
                return self.base[i]
        own = self._look()
        try:
            i = self._slot(handle)
            if self.word[i] & GONE:
                raise BlockDiscarded(handle)
            return self.base[i]
        finally:
            self._looked(own)

    def length(self, handle: int) -> int:
        """Bytes asked for. Raises StaleHandle."""
        if self.gate:
            i = self.index(handle)
            if i:
                return self.extent[i]
        own = self._look()
        try:
            return self.extent[self._slot(handle)]
        finally:
            self._looked(own)

    def is_discarded(self, handle: int) -> bool:
        """Whether the contents are not there: discarded, or not loaded again yet. Raises StaleHandle."""
        own = self._look()
        try:
            return self.word[self._slot(handle)] & (GONE | LOADING) != 0
        finally:
            self._looked(own)

    # --- begin and end of a call -----------------------------------------------------------------------------------------

    def _enter(self) -> None:
        if self.mutex is not None:
            self.mutex.acquire()
        if self.busy or self.closed:
            if self.mutex is not None:
                self.mutex.release()
            if self.closed:
                raise HeapClosed("the heap is closed")
            raise HeapBusy("the heap is in the middle of another call")
        self.busy, self.gate = True, 0

    def _leave(self) -> None:
        """Do what was put off, and let others in."""
        try:
            if self.dropped:
                drop(self)
            if self.deferred:
                self._free_deferred()
        finally:
            self.busy, self.gate = False, self.open
            if self.mutex is not None:
                self.mutex.release()

    def _look(self) -> bool:
        """The begin of a question: a call like others, but who is told of an event may ask while the call goes on, for then
        the heap is consistent. Returns whether it is a call of its own.
        """
        if self.mutex is not None:
            self.mutex.acquire()
        try:
            if self.busy and self.telling:
                return False
            self._enter()
            return True
        finally:
            if self.mutex is not None:
                self.mutex.release()

    def _looked(self, own: bool) -> None:
        if own:
            self._leave()

    def _slot(self, handle: int) -> int:
        i = self.index(handle)
        if not i:
            raise StaleHandle(handle)
        return i

    def _unpinned(self, handle: int) -> int:
        i = self._slot(handle)
        word = self.word[i]
        if word & LOADING:
            self._failed(i, handle)
        elif word & PINS:
            raise HandlePinned(handle, self.locks(i) + self.views(i))
        return i

    def _failed(self, i: int, handle: int) -> None:
        """Discard block `i`, whose loader has failed but left a view behind. Raises HeapBusy while that lives or it runs."""
        if i not in self.broken:
            raise HeapBusy(f"the loader of handle {handle:#x} is running")
        if self.word[i] >= LOCK:
            raise HeapBusy(f"a view that the failed loader of handle {handle:#x} has made is still alive")
        self.broken.discard(i)
        vacate(self, i)

    # --- alloc, free, resize ---------------------------------------------------------------------------------------------

    def _wanted(self, n: int) -> int:
        """What a block of `n` bytes takes. Raises ValueError for a negative size."""
        if n < 0:
            raise ValueError(f"a block of {n} bytes: the size cannot be negative")
        align = self.mask + 1
        return (n + align - 1) // align * align or align

    def _alloc(self, n: int, movable: Any, discardable: Any, loader: Any, on_discard: Any, zero: Any) -> int:
        if discardable and not movable:
            raise ValueError("a fixed block cannot be discardable")
        n = index(n)
        self._enter()
        try:
            i = place(self, self._wanted(n), not movable)
            h = self.bind(i, n, 0 if movable else FIXED)
            if discardable:
                self.word[i] |= DISCARDABLE
                used(self, i)
            if loader is not None or on_discard is not None:
                self.word[i] |= SIDE
                if loader is not None:
                    self.loaders[i] = loader
                if on_discard is not None:
                    self.savers[i] = on_discard
            if zero:
                self.memory.fill(self.base[i], n, 0)
            if self.listener is not None:
                self.tell("Allocated", h, self.base[i], self.size(i), n, 2 if movable else 1, 1 if discardable else 0)
            return h
        finally:
            self._leave()

    def _free(self, handle: int) -> None:
        try:
            self._enter()
        except HeapBusy:
            self._put_off(handle)
            return
        except HeapClosed:
            raise StaleHandle(handle) from None
        try:
            self._give_back(handle)
        finally:
            self._leave()

    def _put_off(self, handle: int) -> None:
        """A free in the middle of another call: refuse what is wrong now, and do the rest at its end."""
        i = self._slot(handle)
        word = self.word[i]
        if handle in self.deferred:
            raise StaleHandle(handle)
        if word & LOADING:
            raise HeapBusy(f"the loader of handle {handle:#x} is running")
        if self.locks(i):
            raise HandlePinned(handle, self.locks(i) + self.views(i))
        self.deferred.append(handle)

    def _free_deferred(self) -> None:
        """What is still viewed waits for the end of the next call."""
        waiting = []
        while self.deferred:
            handle = self.deferred.pop()
            try:
                self._give_back(handle)
            except (HandlePinned, HeapBusy):
                waiting.append(handle)
        self.deferred = waiting

    def _give_back(self, handle: int) -> None:
        i = self._unpinned(handle)
        word = self.word[i]
        base, size = self.base[i], 0 if word & GONE else self.size(i)
        if word & DISCARDABLE:
            self.lru.pop(i, None)
        if word & SIDE:
            self.loaders.pop(i, None)
            self.savers.pop(i, None)
        self.unbind(i)
        self.word[i] = 0
        if word & GONE:
            if self.cell[i]:
                self.recycle(i)
        elif not self.cell[i]:  # that was its last handle: another slot takes the place
            j = self.slot()
            self.substitute(i, j)
            self.extent[j] = self.extent[i]
            self.merge(j)
        elif word & UNITS and not word & FIXED and self.filler < 0:
            self.push(i)
        else:
            self.merge(i)
        if self.listener is not None:
            self.tell("Freed", handle, base, size)

    def resize(self, handle: int, n: int) -> int:
        """The same handle; contents are kept to min(old, new). Refused under any pin, unless the length is the same.

        Raises OutOfMemory, HandlePinned, BlockDiscarded, StaleHandle, ValueError; then nothing has changed.
        """
        n = index(n)
        self._enter()
        try:
            i = self._slot(handle)
            if n == self.extent[i]:
                return handle
            self._unpinned(handle)
            if self.word[i] & GONE:
                raise BlockDiscarded(handle)
            wanted = self._wanted(n)
            if wanted > self.capacity:
                refuse(self, wanted)
            base, size, new = self.base[i], self.size(i), wanted
            if new > size:
                base = grow_block(self, i, new)
            elif new < size:
                j = self.slot()
                self.link(j, i)
                self.base[j], self.extent[j] = base + new, size - new
                self.merge(j)
                self.lower(i)  # a lower gap may hold it now
            self.extent[i] = n
            self.word[i] = (self.word[i] & ~UNITS) | self.units(new)
            if self.word[i] & DISCARDABLE:
                used(self, i)
            if self.listener is not None:
                self.tell("Resized", handle, base, size, self.base[i], new, n)
            return handle
        finally:
            self._leave()

    # --- views and locks -------------------------------------------------------------------------------------------------

    def _view(self, handle: int) -> memoryview:
        self._enter()
        try:
            return exported(self, self._here(handle))
        finally:
            self._leave()

    def _lock(self, handle: int, high: bool) -> int:
        self._enter()
        try:
            i = self._here(handle)
            if self.locks(i) == LOCKS:
                raise OverflowError(f"handle {handle:#x} has {LOCKS:,} locks: it takes no more")
            if high and self.word[i] < FIXED:
                self._rise(i)
            self.word[i] += LOCK
            if self.listener is not None:
                self.tell("Locked", handle, self.locks(i))
            return self.base[i]
        finally:
            self._leave()

    def _rise(self, i: int) -> None:
        """Take block `i` to the top end of the highest hole above it that holds it, or to the top of the hole it touches."""
        if self.pending():
            self.drain()
        hole, size = self.prev[0], self.size(i)
        while hole != i:
            if self.is_free(hole) and (self.extent[hole] >= size or self.prev[hole] == i):
                shift(self, [(self.cell[i], self.base[i], self.base[hole] + self.extent[hole] - size, size)])
                return
            hole = self.prev[hole]

    def _unlock(self, handle: int) -> None:
        self._enter()
        try:
            i = self._slot(handle)
            if not self.locks(i):
                raise HandleNotLocked(handle)
            self.word[i] -= LOCK
            self.lower(i)
            if self.listener is not None:
                self.tell("Unlocked", handle, self.locks(i))
        finally:
            self._leave()

    # --- discardable blocks ----------------------------------------------------------------------------------------------

    def touch(self, handle: int) -> bool:
        """Mark the block as used now. Returns whether its contents had survived; if not, its loader has run.

        Raises BlockDiscarded where there is no loader, OutOfMemory where there is no room: then it is still discarded.
        """
        self._enter()
        try:
            return self._use(handle)
        finally:
            self._leave()

    def _here(self, handle: int) -> int:
        """Use the block until it is in memory: between a loader and this call it may have gone again."""
        while not self._use(handle):
            pass
        return self._slot(handle)

    def _use(self, handle: int) -> bool:
        """Inside a call: the block is used now, a discarded one comes back. Returns whether its contents had survived.

        The loader runs between two calls: the heap is open to it, and to other threads.
        """
        i = self._slot(handle)
        if self.word[i] & LOADING:
            self._failed(i, handle)
        if not self.word[i] & GONE:
            if self.word[i] & DISCARDABLE:
                used(self, i)
            return True
        loader = self.loaders.get(i)
        if loader is None:
            raise BlockDiscarded(handle)
        self._return(i)
        view = exported(self, i)
        loaded = False
        self._leave()
        try:
            loader(handle, view)
            loaded = True
        finally:
            release(view)
            self._enter()
            if loaded:
                self.word[i] &= ~LOADING
                self.lower(i)
            elif self.word[i] >= LOCK:
                self.broken.add(i)
            else:
                vacate(self, i)
        if self.listener is not None:
            self.tell("Reloaded", handle, self.base[i], self.size(i), self.extent[i])
        return False

    def _return(self, i: int) -> None:
        """Memory again for the discarded block `i`, pinned until its loader has run."""
        j = place(self, self.size(i), False)
        self.substitute(j, i)
        self.recycle(j)
        self.word[i] = (self.word[i] & ~GONE) | LOADING
        if self.word[i] & DISCARDABLE:
            used(self, i)

    def discard(self, handle: int) -> None:
        """Give up the memory and keep the handle. Raises NotDiscardable, HandlePinned. Discarding twice is no error."""
        self._enter()
        try:
            i = self._unpinned(handle)
            if not self.word[i] & DISCARDABLE:
                raise NotDiscardable(handle)
            if not self.word[i] & GONE and not discard_block(self, i):
                raise HandlePinned(handle, self.views(i))
        finally:
            self._leave()

    def set_discardable(self, handle: int, discardable: int) -> None:
        """Whether the block may go when memory is short. Raises ValueError for a fixed one."""
        self._enter()
        try:
            i = self._slot(handle)
            if discardable and self.word[i] & FIXED:
                raise ValueError("a fixed block cannot be discardable")
            if discardable:
                self.word[i] |= DISCARDABLE
                if not self.word[i] & GONE:
                    used(self, i)
            else:
                self.word[i] &= ~DISCARDABLE
                self.lru.pop(i, None)
            if self.listener is not None:
                self.tell("Marked", handle, 1 if discardable else 0)
        finally:
            self._leave()

    # --- compaction ------------------------------------------------------------------------------------------------------

    def plan(self) -> list[Move]:
        """The moves that `compact()` would make now. Changes nothing."""
        own = self._look()
        try:
            from ..compaction import hop
            from .ask import blocks, rows

            return hop(blocks(self, rows(self)))
        finally:
            self._looked(own)

    def compact(self, *, max_bytes: int | None = None, max_moves: int | None = None) -> Compaction:
        """Carry out `plan()`; within a budget, its first move is always made and the budget never exceeded after that.

        While it is not done, `largest_free` does not count what waits to be merged with its neighbours.
        """
        from ..block import Compaction

        if (max_bytes is not None and max_bytes < 0) or (max_moves is not None and max_moves < 0):
            raise ValueError(f"a budget cannot be negative: {max_bytes=}, {max_moves=}")
        self._enter()
        try:
            moves, moved, done = compact_table(
                self, TOP if max_bytes is None else min(max_bytes, TOP), TOP if max_moves is None else min(max_moves, TOP)
            )
            return Compaction(moved, moves, self.largest(), done)
        finally:
            self._leave()

    def commit(self, moves: Iterable[Move]) -> None:
        """Carry out moves of movable blocks, in their order. Raises HandlePinned at a pinned one, ValueError at a false one."""
        self._enter()
        try:
            rows = [(int(h), int(src), int(dst), int(size)) for h, src, dst, size in moves]
            for h, src, _, size in rows:
                i = self._unpinned(h)
                if self.word[i] & (FIXED | GONE) or self.base[i] != src or self.size(i) != size:
                    raise ValueError(f"handle {h:#x} names no movable block of {size:,} bytes at {src:#x}")
            commit_moves(self, rows)
        finally:
            self._leave()

    # --- asking ----------------------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        """Live handles, discarded ones included. Cost: all slots."""
        own = self._look()
        try:
            count = 0
            for i in range(1, self.top):
                if self.cell[i] > 0:
                    count += 1
            return count
        finally:
            self._looked(own)

    def __contains__(self, handle: object) -> bool:
        try:
            return self.index(handle) != 0  # type: ignore[arg-type]
        except TypeError:
            return False

    def __iter__(self) -> Iterator[int]:
        from .ask import live

        own = self._look()
        try:
            return iter(live(self))
        finally:
            self._looked(own)

    def walk(self) -> Iterator[Block]:
        """All blocks in address order, free ones and walls included: they tile the arena. Discarded ones are not in it."""
        from .ask import blocks, rows

        own = self._look()
        try:
            return iter(blocks(self, rows(self)))
        finally:
            self._looked(own)

    def info(self, handle: int) -> Block:
        """The block as a record; its locks are manual ones and views together. Raises StaleHandle."""
        from .ask import block

        own = self._look()
        try:
            return block(self, self._slot(handle))
        finally:
            self._looked(own)

    def discarded(self) -> list[Block]:
        """The handles without memory."""
        from .ask import block, gone

        own = self._look()
        try:
            return [block(self, i) for i in gone(self)]
        finally:
            self._looked(own)

    def stats(self) -> Stats:
        """The figures of the heap. Cost: all blocks."""
        from .ask import stats

        own = self._look()
        try:
            return stats(self)
        finally:
            self._looked(own)

    def check(self) -> None:
        """Raise HeapCorrupt where the tables contradict each other. Cost: all blocks."""
        from .ask import check

        own = self._look()
        try:
            check(self)
        finally:
            self._looked(own)

    # --- growth, images, end ---------------------------------------------------------------------------------------------

    def grow(self, n: int, arena: Any = None) -> None:
        """Add a segment of `n` bytes; a block never reaches over its border. The base is not moved, and views stay good.

        `arena` is a buffer for it: of that, one unit of alignment goes to the wall between the segments.
        """
        from .segments import add

        self._enter()
        try:
            add(self, n, arena)
        finally:
            self._leave()

    def shrink(self) -> int:
        """Give back the segments at the end that are empty; returns their bytes. The base stays."""
        from .segments import remove

        self._enter()
        try:
            return remove(self)
        finally:
            self._leave()

    def save(self, path: str | PathLike[str]) -> None:
        """Write an image of all handles and contents; a crash on the way leaves the old file. Pins and loaders are not in it."""
        from .image import save

        self._enter()
        try:
            self._not_loading()
            save(self, path)
        finally:
            self._leave()

    @classmethod
    def load(
        cls,
        path: str | PathLike[str],
        *,
        arena: Any = None,
        loader: Loader | None = None,
        tap: Tap | None = None,
        threadsafe: bool = False,
    ) -> Heap:
        """The heap of an image, with the same handles; `loader` is for its discardable blocks. Raises HeapImageError."""
        from .image import read, restore

        image = read(path)
        try:
            heap = cls(image.capacity, arena=arena, align=image.align, threadsafe=threadsafe)
        except MemoryError:
            raise HeapImageError(f"{path!s} is of a heap of {image.capacity:,} bytes, which are not to be had") from None
        restore(heap, image, loader)
        heap.tap = tap
        return heap

    def close(self) -> None:
        """Let go of the memory. Raises HandlePinned while a view lives, naming it. Closing twice is no error."""
        if self.closed:
            return
        self._enter()
        try:
            self._not_loading()
            for i in range(1, self.top):
                if self.cell[i] > 0 and self.word[i] >= VIEW:
                    raise HandlePinned(self.cell[i], self.views(i))
            self.closed = True
            self._open()
            self.adopt(Arena(0, name=self.arena.name))
            self.parts = [self.arena.memory]
            self.deferred, self.dropped = [], []
            for side in (self.loaders, self.savers, self.lru):
                side.clear()
            self.clear()
        finally:
            self._leave()

    def _not_loading(self) -> None:
        for i in range(1, self.top):
            if self.cell[i] > 0 and self.word[i] & LOADING:
                raise HeapBusy(f"the loader of handle {self.cell[i]:#x} is running")

    def __enter__(self) -> Heap:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
