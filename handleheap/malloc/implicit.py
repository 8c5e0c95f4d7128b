"""The implicit list: boundary tags, and a search that walks every block. The first malloc of every lecture.

    0x00      0x08       0x10       0x18                 payload                                  end
    +---------+----------+----------+--------------------+------------------+--------------------+---------+
    | magic   | rover    | 0        | header size|used   | payload …        | footer size|used   | 0|used  |
    +---------+----------+----------+--------------------+------------------+--------------------+---------+
                                    ^ a block: 16 k bytes, payload at a multiple of 16            ^ epilogue

Words are 64-bit little-endian; sizes count the tags, and bit 0 says "in use". A free block has the same two tags, so that
its neighbours find it in both directions and merge with it at once (Knuth, The Art of Computer Programming 2.5, 1968;
the layout is that of Bryant and O'Hallaron, Computer Systems, 9.9, with 8-byte words).

`.bytes.truth`  tags and rover are all the state there is; `attach` continues from a copy.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from struct import Struct

from .. import fit as fits
from ..arena import Arena
from ..block import Block, Kind, Traits
from ..errors import HeapCorrupt, OutOfMemory, StaleHandle
from ..events import Allocated, Freed, Refused, Resized, RungTried, Tap
from ..protocols import Loader
from .nonmoving import NonMoving, refuse_flags

ALIGN = 16
MAGIC = 0x31_50_41_45_48_50_4D_49  # "IMPHEAP1"
ROVER = 0x08
START = 0x18
TAG = 8
MIN_BLOCK = 32
IN_USE = 1
WORD = Struct("<Q")
FITS: dict[str, fits.Fit] = {"first": fits.first, "next": fits.next_, "best": fits.best, "worst": fits.worst}


class Implicit(NonMoving):
    """A malloc with boundary tags over `memory` (a size in bytes, or a writable buffer).

    `fit` is a name of `FITS`. Raises ValueError for memory too small to hold one block and for an unknown fit.

    >>> heap = Implicit(256)
    >>> a, b = heap.alloc(20), heap.alloc(20)
    >>> heap.free(a)
    >>> print(heap.arena.hexdump(0x18, 16))         # 48 bytes, free: the header; then what was in it
    00000018  30 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |0...............|
    00000028
    """

    def __init__(self, memory: object, *, fit: str = "first", tap: Tap | None = None) -> None:
        self._open(memory, fit, tap)
        self._put(0x00, MAGIC)
        self._put(ROVER, START)
        self._put(0x10, 0)
        self._tag(START, self._end - START, 0)
        self._put(self._end, IN_USE)

    @classmethod
    def attach(cls, memory: object, *, fit: str = "first", tap: Tap | None = None) -> Implicit:
        """A heap that continues where the bytes of `memory` stand. Raises HeapCorrupt."""
        heap = cls.__new__(cls)
        heap._open(memory, fit, tap)
        heap.check()
        return heap

    def _open(self, memory: object, fit: str, tap: Tap | None) -> None:
        self.arena = memory if isinstance(memory, Arena) else Arena(memory, name="implicit")
        self._end = START + ((self.arena.size - START - TAG) & -ALIGN)
        if self._end < START + MIN_BLOCK:
            least = START + MIN_BLOCK + TAG
            raise ValueError(f"an implicit list needs at least {least} bytes, here are {self.arena.size}")
        if fit not in FITS:
            raise ValueError(f"no fit is called {fit!r}; there are {', '.join(FITS)}")
        self.fit = FITS[fit]
        self.tap = tap
        self.traits = Traits(
            name="implicit",
            order="little",
            align=ALIGN,
            grain=ALIGN,
            header=2 * TAG,
            min_block=MIN_BLOCK,
            max_block=self._end - START,
            moves=False,
            discards=False,
            counts_locks=False,
            pins=True,
            guards=False,
            merges=True,
            handles_inside=True,
            handle_bytes=0,
            exact_length=False,
            detects_stale=False,
        )

    # --- words -----------------------------------------------------------------------------------------------------------

    def _get(self, address: int) -> int:
        word: int = WORD.unpack_from(self.arena.memory, address)[0]
        return word

    def _put(self, address: int, word: int) -> None:
        WORD.pack_into(self.arena.memory, address, word)

    def _tag(self, base: int, size: int, used: int) -> None:
        self._put(base, size | used)
        self._put(base + size - TAG, size | used)

    # --- verbs -----------------------------------------------------------------------------------------------------------

    def alloc(self, n: int, *, movable: bool = True, discardable: int = 0, loader: Loader | None = None) -> int:
        refuse_flags(self.traits.name, discardable)
        base = self._place(_rounded(n))
        size = self._get(base) & ~IN_USE
        if self.tap is not None:
            self.tap(Allocated(base + TAG, base, size, size - 2 * TAG, Kind.FIXED))
        return base + TAG

    def free(self, handle: int) -> None:
        block = self.info(handle)
        self._release(block.base, block.size)
        if self.tap is not None:
            self.tap(Freed(handle, block.base, block.size))

    def resize(self, handle: int, n: int) -> int:
        """In place if the block, with a free one behind it, holds `n`; otherwise a new block, a copy, a free."""
        old = self.info(handle)
        need = _rounded(n)
        room = old.size if self._get(old.end) & IN_USE else old.size + self._free_size(old.end)
        if need <= room:
            base = old.base
            self._carve(base, room, need)
        else:
            base = self._place(need)
            self.arena.move(old.body, base + TAG, old.length)
            self._release(old.base, old.size)
        size = self._get(base) & ~IN_USE
        if self.tap is not None:
            moved = 0 if base == old.base else base + TAG
            self.tap(Resized(handle, old.base, old.size, base, size, size - 2 * TAG, moved))
        return base + TAG

    # --- asking ----------------------------------------------------------------------------------------------------------

    def info(self, handle: int) -> Block:
        base = handle - TAG
        if handle % ALIGN or not START <= base < self._end:
            raise StaleHandle(handle)
        word = self._get(base)
        size = word & ~IN_USE
        if not word & IN_USE or size < MIN_BLOCK or base + size > self._end or self._get(base + size - TAG) != word:
            raise StaleHandle(handle)
        return Block(base, size, Kind.FIXED, handle, size - 2 * TAG, handle)

    def walk(self) -> Iterator[Block]:
        yield Block(0, START, Kind.TABLE, 0, START)
        base = START
        while base < self._end:
            word = self._get(base)
            size, body = word & ~IN_USE, base + TAG
            if size < MIN_BLOCK or size % ALIGN or base + size > self._end:
                raise HeapCorrupt("a tag holds a sensible size", f"header at {base:#x} says {word:#x}")
            if word & IN_USE:
                yield Block(base, size, Kind.FIXED, body, size - 2 * TAG, body)
            else:
                yield Block(base, size, Kind.FREE, body, size - 2 * TAG)
            base += size
        yield Block(base, self.arena.size - base, Kind.TABLE, base, self.arena.size - base)

    def check(self) -> None:
        if self._get(0x00) != MAGIC or self._get(self._end) != IN_USE:
            raise HeapCorrupt("prologue and epilogue stand", "the arena does not hold an implicit list of its size")
        starts = set()
        for block in self.walk():
            starts.add(block.base)
            if block.kind is not Kind.TABLE and self._get(block.end - TAG) != self._get(block.base):
                header, footer = self._get(block.base), self._get(block.end - TAG)
                raise HeapCorrupt("header and footer agree", f"block at {block.base:#x}: {header:#x}, {footer:#x}")
        if self._get(ROVER) not in starts:
            raise HeapCorrupt("the rover stands at a block", f"{self._get(ROVER):#x}")

    def _holes(self) -> Iterator[fits.Hole]:
        base, end = START, self._end
        memory, get = self.arena.memory, WORD.unpack_from
        while base < end:
            (word,) = get(memory, base)
            if word < MIN_BLOCK:
                raise HeapCorrupt("a tag holds a sensible size", f"header at {base:#x} says {word:#x}")
            if word & IN_USE:
                base += word - IN_USE
            else:
                yield base, word
                base += word

    def _free_size(self, base: int) -> int:
        """The size of the free block at `base`: what is about to be written to must not lie outside."""
        size = self._get(base)
        if size < MIN_BLOCK or size % ALIGN or base + size > self._end or self._get(base + size - TAG) != size:
            raise HeapCorrupt("a tag holds a sensible size", f"header at {base:#x} says {size:#x}")
        return size

    # --- find, carve, bind -----------------------------------------------------------------------------------------------

    def _place(self, need: int) -> int:
        base = self.fit(self._holes(), need, self._get(ROVER))
        if self.tap is not None:
            self.tap(RungTried("search", need, base is not None))
        if base is None:
            free, largest = _sum_and_max(size for _, size in self._holes())
            if self.tap is not None:
                self.tap(Refused(need, free, largest))
            raise OutOfMemory(need, free, largest)
        self._carve(base, self._free_size(base), need)
        self._put(ROVER, base + (self._get(base) & ~IN_USE))
        return base

    def _carve(self, base: int, size: int, need: int) -> None:
        """Use the first `need` of `size` bytes at `base`; what is left of them becomes free if it can be a block."""
        if size - need < MIN_BLOCK:
            self._tag(base, size, IN_USE)
        else:
            self._tag(base, need, IN_USE)
            self._release(base + need, size - need)
        self._keep_rover(base, size)

    def _release(self, base: int, size: int) -> None:
        """Free the range and merge it with free neighbours."""
        if not self._get(base + size) & IN_USE:
            size += self._free_size(base + size)
        before = self._get(base - TAG)
        if base > START and not before & IN_USE:
            if before > base - START or self._free_size(base - before) != before:
                raise HeapCorrupt("header and footer agree", f"footer before {base:#x} says {before:#x}")
            base, size = base - before, size + before
        self._tag(base, size, 0)
        self._keep_rover(base, size)

    def _keep_rover(self, base: int, size: int) -> None:
        if base < self._get(ROVER) < base + size:
            self._put(ROVER, base)


def _rounded(n: int) -> int:
    if n < 0:
        raise ValueError(f"a block of {n} bytes: the size cannot be negative")
    return max(MIN_BLOCK, 2 * TAG + ((n + ALIGN - 1) & -ALIGN))


def _sum_and_max(sizes: Iterable[int]) -> tuple[int, int]:
    sizes = list(sizes)
    return sum(sizes), max(sizes, default=0)
