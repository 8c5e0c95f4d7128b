# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
# cython: binding=False, infer_types=True, annotation_typing=False
"""The records of blocks: slots, a list in address order, bins of free ones, quick lists. With `table.pxd`, Cython compiles it.

    index   cell   word   extent   base   prev  next        a record a slot; compiled, 48 bytes side by side
      0                                     4     1         the ends of the list in address order
      1      h1      3       40    0x00     0     2         a block of three units, plain
      2     -h2     ~0       48    0x30     1     3         freed lately, the last one of the quick list of its size
      3      h3   GONE+…                                    a discarded block is in no list
      4     -h4   B+~0      176    0x60     2     0         free, alone in the bin of its size

`words.py` tells what the integers mean. All methods here are about records; what a client may ask is in `heap.py`.

`.core.low`  no legal move takes a block from below the record `lowest`; 0 means that there is none at all. Whatever makes room
             or lets a block go says so to `lower`. `gaps` has all free records below it, in address order, and some that were.
"""

from __future__ import annotations

from collections import OrderedDict

from .memory import Memory, columns, enlarged, zeros
from .words import BINNED, FIXED, GENERATION, INDEX, LAST, LOCKS, QUICK, SHALLOW, TOP, VIEW

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import MutableSequence
    from typing import Any

    from ..arena import Arena
    from ..events import Tap


class Table:
    """The state of a heap."""

    cell: MutableSequence[int]
    word: MutableSequence[int]
    extent: MutableSequence[int]
    base: MutableSequence[int]
    prev: MutableSequence[int]
    next: MutableSequence[int]

    __slots__ = (
        "arena",
        "base",
        "binned",
        "bins",
        "broken",
        "busy",
        "capacity",
        "cell",
        "clock",
        "closed",
        "compacts",
        "deferred",
        "dropped",
        "extent",
        "filler",
        "flat",
        "gaps",
        "gate",
        "guards",
        "heads",
        "listener",
        "loaders",
        "loose",
        "low",
        "lowest",
        "lru",
        "mask",
        "memory",
        "mutex",
        "next",
        "nfree",
        "open",
        "parts",
        "prev",
        "savers",
        "shift",
        "slots",
        "spare",
        "store",
        "telling",
        "threadsafe",
        "top",
        "word",
    )

    def __init__(self, arena: Arena, align: int) -> None:
        self.mask, self.shift = align - 1, align.bit_length() - 1
        self.mutex: Any = None
        self.filler = -1
        self.busy = self.closed = self.telling = self.threadsafe = False
        self.compacts = True
        self.gate = self.open = 0
        self.listener: Tap | None = None
        self.deferred: list[int] = []
        self.dropped: list[int] = []
        self.broken: set[int] = set()
        self.guards: dict[int, Any] = {}
        self.loaders: dict[int, Any] = {}
        self.savers: dict[int, Any] = {}
        self.lru: OrderedDict[int, int] = OrderedDict()
        self.clock = 0
        self.adopt(arena)
        self.parts = [arena.memory[: self.capacity]]
        self.clear()
        if self.capacity:
            self.append(0, self.capacity)

    def adopt(self, arena: Any) -> None:
        """These are the bytes from now on; of the last one, less than a unit is not used."""
        self.arena, self.memory = arena, Memory(arena)
        self.capacity = arena.size & ~self.mask

    def clear(self) -> None:
        """No record at all."""
        self.store, self.slots = None, 0
        self.enlarge(64)
        self.top, self.spare = 1, 0
        self.forget()

    def forget(self) -> None:
        """Nothing is free, nothing is in the list; blocks keep their records."""
        self.forget_free()
        self.next[0] = self.prev[0] = 0
        self.lowest, self.low = 0, TOP

    def forget_free(self) -> None:
        """No free record is known; who calls this walks the list and knows better."""
        self.heads, self.bins, self.flat = zeros(QUICK + 1), zeros(64 * 16), zeros(64)
        self.nfree = self.binned = 0
        self.loose = False
        self.gaps: list[int] = []

    # --- slots -----------------------------------------------------------------------------------------------------------

    def enlarge(self, count: int) -> None:
        """Room for `count` records."""
        self.store = enlarged(self.store, count)
        self.cell, self.word, self.extent, self.base, self.prev, self.next = columns(self.store)
        self.slots = count

    def slot(self) -> int:
        """A record that nobody uses."""
        i = self.spare
        if i:
            self.spare = self.next[i]
            return i
        if self.top == self.slots:
            self.enlarge(self.slots + (self.slots >> 3) + 64)
        i = self.top
        self.top = i + 1
        self.cell[i] = -i
        return i

    def reserve(self, count: int) -> None:
        """So many slots are there now: what follows cannot fail half-way."""
        if self.top + count > self.slots:
            self.enlarge(self.slots + (self.slots >> 3) + 64 + count)

    def recycle(self, i: int) -> None:
        self.word[i] = 0
        self.next[i] = self.spare
        self.spare = i

    def index(self, handle: int) -> int:
        """The slot of a live handle, or 0."""
        h = self.memory.integer(handle)
        i = h & INDEX
        return i if h > 0 and i < self.top and self.cell[i] == h else 0

    def bind(self, i: int, n: int, flags: int) -> int:
        """Record `i` is a block of `n` bytes from now on; its handle."""
        h = -self.cell[i]
        self.cell[i] = h
        self.extent[i] = n
        self.word[i] = flags | self.units(self.size(i))
        return h

    def unbind(self, i: int) -> None:
        """The block has gone; its slot gives out the next handle, or none any more."""
        h = self.cell[i]
        self.cell[i] = 0 if h >= LAST else -(h + GENERATION)

    # --- sizes -----------------------------------------------------------------------------------------------------------

    def rounded(self, n: int) -> int:
        """What a block of `n` bytes takes: no block takes nothing."""
        return (n + self.mask) & ~self.mask or self.mask + 1

    def size(self, i: int) -> int:
        return (self.extent[i] + self.mask) & ~self.mask or self.mask + 1

    def units(self, size: int) -> int:
        """The quick list of a size, or 0 if it has none."""
        units = size >> self.shift
        return units if units <= QUICK else 0

    def locks(self, i: int) -> int:
        return self.word[i] >> 12 & LOCKS

    def views(self, i: int) -> int:
        return self.word[i] >> 32

    def is_free(self, i: int) -> bool:
        return self.word[i] < BINNED

    # --- the list in address order ---------------------------------------------------------------------------------------

    def link(self, i: int, after: int) -> None:
        behind = self.next[after]
        self.prev[i] = after
        self.next[i] = behind
        self.next[after] = i
        self.prev[behind] = i

    def unlink(self, i: int) -> None:
        before, behind = self.prev[i], self.next[i]
        self.next[before] = behind
        self.prev[behind] = before

    def substitute(self, old: int, new: int) -> None:
        """Put record `new` where `old` is."""
        before = self.prev[old]
        self.unlink(old)
        self.link(new, before)
        self.base[new] = self.base[old]
        if self.lowest == old:
            self.lowest = new

    def lower(self, i: int) -> None:
        """What is at record `i`, or above it, may be able to move."""
        if self.base[i] <= self.low:
            self.low, self.lowest = self.base[i], i

    def append(self, base: int, size: int) -> None:
        """A free record at the upper end."""
        i = self.slot()
        self.link(i, self.prev[0])
        self.base[i], self.extent[i] = base, size
        self.bin(i)
        self.gaps.append(i)

    def wall(self, base: int) -> None:
        """A unit that nothing crosses, at the upper end."""
        i = self.slot()
        self.link(i, self.prev[0])
        self.base[i], self.extent[i], self.word[i] = base, self.mask + 1, FIXED

    # --- bins: two-level segregated fit ----------------------------------------------------------------------------------

    def bin_of(self, size: int) -> int:
        """The bin of free records of this size: 16 bins to each power of two."""
        units = size >> self.shift
        if units < 16:
            return units
        level = self.memory.bits(units) - 4
        return (level << 4) + ((units >> (level - 1)) & 15)

    def ahead(self, i: int) -> int:
        """The one before a free record in its bin, or 0."""
        return ~(self.word[i] - BINNED) >> 30

    def behind(self, i: int) -> int:
        """The one after a free record in its bin, or 0."""
        return ~(self.word[i] - BINNED) & INDEX

    def bin(self, i: int) -> None:
        """Record `i` of `extent` bytes is free."""
        b = self.bin_of(self.extent[i])
        head = self.bins[b]
        self.word[i] = BINNED + ~head
        if head:
            self.word[head] = BINNED + ~(i << 30 | self.behind(head))
        else:
            self.flat[b >> 4] |= 1 << (b & 15)
        self.bins[b] = i
        self.nfree += 1
        self.binned += self.extent[i]

    def unbin(self, i: int) -> None:
        before, behind = self.ahead(i), self.behind(i)
        if behind:
            self.word[behind] = BINNED + ~(before << 30 | self.behind(behind))
        if before:
            self.word[before] = BINNED + ~(self.ahead(before) << 30 | behind)
        else:
            b = self.bin_of(self.extent[i])
            self.bins[b] = behind
            if not behind:
                self.flat[b >> 4] &= ~(1 << (b & 15))
        self.nfree -= 1
        self.binned -= self.extent[i]

    def rebin(self, i: int, size: int) -> None:
        """The free record has `size` bytes now; mostly the bin is the same."""
        if self.bin_of(self.extent[i]) == self.bin_of(size):
            self.binned += size - self.extent[i]
            self.extent[i] = size
        else:
            self.unbin(i)
            self.extent[i] = size
            self.bin(i)

    def trim(self, i: int, size: int) -> None:
        """Take `size` bytes off the lower end of a free record, and the record as well if that is all of it."""
        rest = self.extent[i] - size
        if rest:
            self.base[i] += size
            self.rebin(i, rest)
        else:
            self.unbin(i)
            self.unlink(i)
            self.recycle(i)

    def first_from(self, b: int) -> int:
        """The first record of the lowest bin from `b` on that has any, or 0."""
        level = b >> 4
        row = self.flat[level] >> (b & 15) << (b & 15)
        while not row:
            level += 1
            if level > 63:
                return 0
            row = self.flat[level]
        return self.bins[(level << 4) + self.memory.bits(row & -row) - 1]

    def search(self, size: int) -> int:
        """A free record of at least `size`, or 0; one that fits exactly may be missed."""
        units = size >> self.shift
        b = self.bin_of(size)
        if units >= 16 and units & ((1 << ((b >> 4) - 1)) - 1):
            b += 1
        return self.first_from(b)

    def search_all(self, size: int) -> int:
        """A free record of at least `size` if there is any, or 0."""
        b = self.bin_of(size)
        i = self.bins[b]
        while i:
            if self.extent[i] >= size:
                return i
            i = self.behind(i)
        return self.first_from(b + 1)

    def search_high(self, size: int) -> int:
        """A free record of at least `size`, near the top if there is one, or 0."""
        i = self.prev[0]
        left = SHALLOW
        while i and left:
            if self.is_free(i) and self.extent[i] >= size:
                return i
            i = self.prev[i]
            left -= 1
        return self.search_all(size) if i else 0

    def largest(self) -> int:
        """The size of the largest free record, but for what waits to be merged."""
        largest = 0
        level = self.bin_of(self.binned) >> 4
        while level >= 0:
            row = self.flat[level]
            if row:
                i = self.bins[(level << 4) + self.memory.bits(row) - 1]
                while i:
                    if self.extent[i] > largest:
                        largest = self.extent[i]
                    i = self.behind(i)
                return largest
            level -= 1
        return 0

    # --- free and merge --------------------------------------------------------------------------------------------------

    def carve(self, i: int, size: int, high: bool) -> int:
        """Take `size` bytes off the lower (or upper) end of a free record. Returns the record of what is taken."""
        rest = self.extent[i] - size
        others = self.nfree > 1
        if not rest:
            self.unbin(i)
            taken = i
        else:
            taken = self.slot()
            if high:
                self.base[taken] = self.base[i] + rest
                self.link(taken, i)
            else:
                self.base[taken] = self.base[i]
                self.base[i] += size
                self.link(taken, self.prev[i])
            self.rebin(i, rest)
        if others:
            self.lower(taken)
        elif self.lowest == i:
            self.low = self.base[i]
        return taken

    def merge(self, i: int) -> int:
        """Record `i`, without a block, is free, and one with its free neighbours. Returns what it has become part of."""
        size = self.size(i)
        behind, before = self.next[i], self.prev[i]
        if self.is_free(behind):
            self.unbin(behind)
            size += self.extent[behind]
            self.unlink(behind)
            self.recycle(behind)
        if self.is_free(before):
            self.unlink(i)
            self.recycle(i)
            i = before
            self.rebin(i, self.extent[i] + size)
        else:
            self.extent[i] = size
            self.bin(i)
        self.lower(i)
        if self.filler >= 0:
            self.memory.fill(self.base[i], self.extent[i], self.filler)
        return i

    def push(self, i: int) -> None:
        """Record `i`, without a block, goes on the quick list of its size."""
        u = self.size(i) >> self.shift
        self.word[i] = ~self.heads[u]
        self.heads[u] = i

    def pop(self, u: int) -> int:
        """The record that came last onto the quick list of `u` units."""
        i = self.heads[u]
        self.heads[u] = ~self.word[i]
        return i

    def pending(self) -> bool:
        """Is anything free and not merged?"""
        return self.loose or self.any_quick()

    def any_quick(self) -> bool:
        return self.memory.any(self.heads)

    def drain(self) -> None:
        """Merge all that was freed quickly."""
        if self.loose:  # not all of it is on a list
            i = self.next[0]
            while i:
                if BINNED <= self.word[i] < 0:
                    i = self.merge(i)
                i = self.next[i]
            self.heads = zeros(QUICK + 1)
            self.loose = False
            return
        for u in range(1, QUICK + 1):
            i = self.heads[u]
            self.heads[u] = 0
            while i:
                behind = ~self.word[i]
                self.merge(i)
                i = behind

    # --- events ----------------------------------------------------------------------------------------------------------

    def tell(self, event: str, *fields: object) -> None:
        """Tell the tap. Whoever calls this has looked whether there is one: silence costs nothing."""
        from .. import events

        self.telling = True
        try:
            self.listener(getattr(events, event)(*fields))  # type: ignore[misc]
        finally:
            self.telling = False

    # --- the pins of views -----------------------------------------------------------------------------------------------

    def pin(self, i: int) -> None:
        """A view of block `i` begins."""
        self.word[i] += VIEW

    def unpin(self, i: int) -> None:
        """A view of block `i` has died, perhaps in the middle of a call: then the end of that takes the pin back."""
        if self.mutex is None:
            self.let_go(i)
        else:
            with self.mutex:
                self.let_go(i)

    def let_go(self, i: int) -> None:
        if self.busy:
            self.dropped.append(i)
        else:
            self.word[i] -= VIEW
            self.lower(i)
