"""The bump allocator: a pointer that only goes up, until everything is freed. The floor that every other heap stands above.

    0x00        0x08        0x10
    +-----------+-----------+----------------+----------------+- - - - - - - -
    | top       | live      | block          | block          |   never used
    +-----------+-----------+----------------+----------------+- - - - - - - -
                            | size|u  length | body …

A block starts with two little-endian 64-bit words: its size with bit 0 = in use, and the length asked for. A freed block is
not used again before the last live one is freed: then `top` goes back to the start.

`.bytes.truth`  the words above are all the state there is; `attach` continues from a copy.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct

from ..arena import Arena
from ..block import Block, Kind, Traits
from ..errors import HeapCorrupt, OutOfMemory, StaleHandle
from ..events import Allocated, Freed, Refused, Resized, RungTried, Tap
from ..protocols import Loader
from .nonmoving import NonMoving, refuse_flags

ALIGN = 16
START = 0x10
HEADER = 0x10
IN_USE = 1
WORD = Struct("<Q")


class Bump(NonMoving):
    """A bump allocator over `memory` (a size in bytes, or a writable buffer).

    >>> heap = Bump(128)
    >>> a, b = heap.alloc(8), heap.alloc(8)
    >>> a, b
    (32, 64)
    >>> heap.free(a), heap.alloc(8)         # what is freed is not used again …
    (None, 96)
    """

    def __init__(self, memory: object, *, tap: Tap | None = None) -> None:
        self._open(memory, tap)
        self._put(0x00, START)
        self._put(0x08, 0)

    @classmethod
    def attach(cls, memory: object, *, tap: Tap | None = None) -> Bump:
        """A heap that continues where the bytes of `memory` stand. Raises HeapCorrupt."""
        heap = cls.__new__(cls)
        heap._open(memory, tap)
        heap.check()
        return heap

    def _open(self, memory: object, tap: Tap | None) -> None:
        self.arena = memory if isinstance(memory, Arena) else Arena(memory, name="bump")
        if self.arena.size < START:
            raise ValueError(f"a bump heap needs {START} bytes for itself, here are {self.arena.size}")
        self.tap = tap
        self.traits = Traits(
            name="bump",
            order="little",
            align=ALIGN,
            grain=ALIGN,
            header=HEADER,
            min_block=HEADER,
            max_block=self.arena.size - START,
            moves=False,
            discards=False,
            counts_locks=False,
            pins=True,
            guards=False,
            merges=False,
            handles_inside=True,
            handle_bytes=0,
            exact_length=True,
            detects_stale=False,
            recycles=False,
        )

    # --- words -----------------------------------------------------------------------------------------------------------

    def _get(self, address: int) -> int:
        word: int = WORD.unpack_from(self.arena.memory, address)[0]
        return word

    def _put(self, address: int, word: int) -> None:
        WORD.pack_into(self.arena.memory, address, word)

    def _top(self) -> int:
        top = self._get(0x00)
        if top % ALIGN or not START <= top <= self.arena.size:
            raise HeapCorrupt("top lies in the arena", f"{top:#x}")
        return top

    # --- verbs -----------------------------------------------------------------------------------------------------------

    def alloc(self, n: int, *, movable: bool = True, discardable: int = 0, loader: Loader | None = None) -> int:
        refuse_flags(self.traits.name, discardable)
        base, size = self._place(n)
        self._count(+1)
        if self.tap is not None:
            self.tap(Allocated(base + HEADER, base, size, n, Kind.FIXED))
        return base + HEADER

    def free(self, handle: int) -> None:
        block = self.info(handle)
        self._put(block.base, block.size)
        self._count(-1)
        if self.tap is not None:
            self.tap(Freed(handle, block.base, block.size))

    def resize(self, handle: int, n: int) -> int:
        """In place if `n` fits or the block is the topmost; otherwise a new block, a copy, a free."""
        old = self.info(handle)
        need = _rounded(n)
        topmost = old.end == self._get(0x00)
        if need <= old.size or (topmost and old.base + need <= self.arena.size):
            base, size = old.base, need if topmost else old.size
            if topmost:
                self._put(0x00, base + size)
            self._put(base, size | IN_USE)
            self._put(base + 8, n)
        else:
            base, size = self._place(n)
            self.arena.move(old.body, base + HEADER, min(old.length, n))
            self._put(old.base, old.size)
        if self.tap is not None:
            moved = 0 if base == old.base else base + HEADER
            self.tap(Resized(handle, old.base, old.size, base, size, n, moved))
        return base + HEADER

    # --- asking ----------------------------------------------------------------------------------------------------------

    def info(self, handle: int) -> Block:
        base = handle - HEADER
        top = self._top()
        if handle % ALIGN or not START <= base < top:
            raise StaleHandle(handle)
        block = self._read(base)
        if not block.handle or block.size % ALIGN or block.size < HEADER + block.length or block.end > top:
            raise StaleHandle(handle)
        return block

    def walk(self) -> Iterator[Block]:
        yield Block(0, START, Kind.TABLE, 0, START)
        base, top = START, self._top()
        while base < top:
            block = self._read(base)
            if block.size < HEADER or block.size % ALIGN or block.end > top:
                raise HeapCorrupt("a header holds a sensible size", f"block at {base:#x} has {block.size} bytes, top is {top:#x}")
            yield block
            base = block.end
        if base < self.arena.size:
            yield Block(base, self.arena.size - base, Kind.FREE, base, self.arena.size - base)

    def check(self) -> None:
        top, live = self._top(), self._get(0x08)
        found = sum(1 for block in self.walk() if block.handle)
        if found != live or (not live and top != START):
            raise HeapCorrupt("the count of live blocks is true", f"counted {live}, found {found}, top {top:#x}")

    def _read(self, base: int) -> Block:
        word = self._get(base)
        size, body = word & ~IN_USE, base + HEADER
        if word & IN_USE:
            return Block(base, size, Kind.FIXED, body, self._get(base + 8), body)
        return Block(base, size, Kind.FREE, body, size - HEADER)

    # --- find, carve -----------------------------------------------------------------------------------------------------

    def _place(self, n: int) -> tuple[int, int]:
        base, size = self._top(), _rounded(n)
        room = self.arena.size - base
        if self.tap is not None:
            self.tap(RungTried("search", size, size <= room))
        if size > room:
            if self.tap is not None:
                self.tap(Refused(size, room, room))
            raise OutOfMemory(size, room, room)
        self._put(0x00, base + size)
        self._put(base, size | IN_USE)
        self._put(base + 8, n)
        return base, size

    def _count(self, change: int) -> None:
        live = self._get(0x08) + change
        if not 0 <= live <= self.arena.size:
            raise HeapCorrupt("the count of live blocks is true", f"it goes to {live}")
        self._put(0x08, live)
        if not live:
            self._put(0x00, START)


def _rounded(n: int) -> int:
    if n < 0:
        raise ValueError(f"a block of {n} bytes: the size cannot be negative")
    return HEADER + ((n + ALIGN - 1) & -ALIGN)
