"""What a program holds: handles, and the selectors or segments behind them.

    protected   fixed    handle = selector (…111)          movable    handle = selector & ~1 (…110), for life
    real        fixed    handle = segment, always odd      movable    handle = offset of a table entry in Burgermaster, even

A block that is discarded or has no bytes keeps its handle: its descriptor is not present, its table entry says so. A handle that
no block has is answered with StaleHandle. (Windows 3.1: winevdm's recorded traces [S]; real mode: ONT 2004-11-04 [S].)
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import NamedTuple

from ..errors import HeapCorrupt, OutOfHandles, StaleHandle
from .arenas import HEADER, InBand, OutOfLine
from .descriptors import ABSENT, ARENA, DATA, RESERVED, TILE, Descriptors, selector
from .layout import DESCRIPTORS, HandleEntry

ENTRY = HandleEntry.struct
DWORD = Struct("<I")
UNUSED = 0xFF
GONE = 0x80
IN_USE = bytes([1] * 255 + [0])


class Absent(NamedTuple):
    """What a handle without memory remembers."""

    owner: int
    flags: int


class Selectors:
    """Handles of protected mode. `seltab` is the linear address of KRNL386's selector table, or None."""

    def __init__(self, descriptors: Descriptors, arenas: OutOfLine | InBand, seltab: int | None) -> None:
        self.descriptors, self.arenas, self.seltab = descriptors, arenas, seltab
        self.memory = descriptors.memory

    def tiles(self, size: int) -> int:
        return self.descriptors.tiles(size)

    # --- asking ----------------------------------------------------------------------------------------------------------

    def find(self, handle: int) -> tuple[int, Absent | None]:
        """(reference of the arena, None), or (0, what is remembered) of a handle without memory. Raises StaleHandle."""
        index = self._index(handle)
        if self.descriptors.access(index) == ABSENT:
            owner, flags, tiles = self.descriptors.absentee(index)
            if tiles and handle == self.movable(index):
                return 0, Absent(owner, flags)
        elif (ref := self._arena(index)) and self.arenas.read(ref).handle == handle:
            return ref, None
        raise StaleHandle(handle)

    def of_word(self, word: int) -> int:
        """The handle of a handle, a selector or a tile's selector. Raises StaleHandle."""
        index = self._index(word)
        if self.descriptors.access(index) == ABSENT and word in (selector(index), self.movable(index)):
            return self.movable(index)
        while self.descriptors.access(index) == DATA:
            ref = self._arena(index)
            if ref:
                header = self.arenas.read(ref)
                tiles = self.tiles(header.end - header.base - self.arenas.header)
                if (word >> 3) - index < tiles and (word & 7 == 7 or word == header.handle):
                    return header.handle
                break
            index -= 1
        raise StaleHandle(word)

    def selector(self, handle: int) -> int:
        """The selector that goes with a handle."""
        return handle | 1

    def base(self, word: int) -> int:
        """The linear address behind a selector."""
        return self.descriptors.base(word >> 3)

    def movable(self, index: int) -> int:
        return selector(index) & ~1

    def gone(self) -> Iterator[tuple[int, Absent]]:
        """(handle, what is remembered) of all handles without memory."""
        for index in self.descriptors.absentees():
            owner, flags, tiles = self.descriptors.absentee(index)
            if tiles:
                yield self.movable(index), Absent(owner, flags)

    def _index(self, handle: int) -> int:
        index = handle >> 3
        if not RESERVED <= index < DESCRIPTORS or not self.descriptors.used[index]:
            raise StaleHandle(handle)
        return index

    def _arena(self, index: int) -> int:
        """The arena of the block whose first selector this is, or 0."""
        if self.seltab is not None:
            ref: int = DWORD.unpack_from(self.memory, self.seltab + 4 * index)[0]
            return ref
        return self._behind_header(index, self.descriptors.base(index) - HEADER.size)

    def _behind_header(self, index: int, base: int) -> int:
        """The arena whose header is at `base`, if that is one and has this entry's handle: before a later tile there are data."""
        if self.descriptors.access(index) != DATA or base <= 0:
            return 0
        before, handle = (HEADER.unpack_from(self.memory, base)[field] for field in (4, 6))
        if handle not in (selector(index), self.movable(index)) or self.descriptors.access(before >> 3) != ARENA:
            return 0
        ref: int = HEADER.unpack_from(self.memory, self.descriptors.base(before >> 3))[5]
        return ref if self.descriptors.base(ref >> 3) == base else 0

    # --- binding ---------------------------------------------------------------------------------------------------------

    def lack(self, size: int, movable: bool) -> str:
        """What keeps a block of `size` bytes from getting a handle, or nothing."""
        tiles = self.tiles(size)
        if self.descriptors.find(tiles) is not None:
            return ""
        return "selector" if tiles == 1 else f"row of {tiles} selectors"

    def reserve(self, size: int, movable: bool) -> int:
        """A new handle for a block of `size` bytes. Raises OutOfHandles, before anything is changed."""
        tiles = self.tiles(size)
        index = self.descriptors.find(tiles)
        if index is None:
            raise OutOfHandles(size, self.lack(size, movable))
        self.descriptors.used[index : index + tiles] = b"\1" * tiles
        return self.movable(index) if movable else selector(index)

    def cancel(self, handle: int, size: int) -> None:
        """Give back what was reserved."""
        self.unbind(handle, self.tiles(size))

    def bind(self, handle: int, ref: int, body: int, size: int) -> None:
        """The handle names these bytes now."""
        index = handle >> 3
        self.descriptors.map(index, body, size)
        self._tell(index, ref)

    def moved(self, handle: int, ref: int, body: int, size: int) -> None:
        """The bytes lie elsewhere now."""
        if size <= TILE:
            self.descriptors.rebase(handle >> 3, body)
        else:
            self.descriptors.map(handle >> 3, body, size)

    def resized(self, handle: int, ref: int, body: int, held: int, size: int) -> int:
        """The block has another size, or other bytes, and had `held` tiles. Its handle from now on: another where its tiles do
        not fit. Whoever asks `can_resize` first is spared OutOfHandles.
        """
        index, tiles = handle >> 3, self.tiles(size)
        if not self._extends(index, held, tiles):
            new = self.reserve(size, not handle & 1)
            self.unbind(handle, held)
            handle, index = new, new >> 3
        elif tiles < held:
            self.descriptors.release(index + tiles, held - tiles)
        self.bind(handle, ref, body, size)
        return handle

    def can_resize(self, handle: int, held: int, size: int) -> bool:
        """Whether `resized` would find selectors."""
        tiles = self.tiles(size)
        return self._extends(handle >> 3, held, tiles) or self.descriptors.find(tiles) is not None

    def _extends(self, index: int, held: int, tiles: int) -> bool:
        """Whether the entries behind those held are free."""
        behind = self.descriptors.used[index + held : index + tiles]
        return tiles <= held or (len(behind) == tiles - held and not any(behind))

    def held(self, handle: int) -> int:
        """How many selectors a handle without memory keeps."""
        return self.descriptors.absentee(handle >> 3)[2]

    def vacate(self, handle: int, tiles: int, absent: Absent) -> None:
        """The handle keeps its selectors and loses its memory."""
        index = handle >> 3
        for tile in range(tiles):
            self.descriptors.absent(index + tile, absent.owner, absent.flags, 0 if tile else tiles)
            self._tell(index + tile, 0)

    def unbind(self, handle: int, tiles: int) -> None:
        """Nobody's handle any more."""
        index = handle >> 3
        for tile in range(tiles):
            self._tell(index + tile, 0)
        self.descriptors.release(index, tiles)

    def made_movable(self, handle: int, ref: int) -> int:
        """The handle of a fixed block that becomes movable. Raises OutOfHandles, before anything is changed."""
        return self.movable(handle >> 3)

    def check(self) -> None:
        """The cache says what the bytes say."""
        self.descriptors.check()

    def _tell(self, index: int, ref: int) -> None:
        if self.seltab is not None:
            DWORD.pack_into(self.memory, self.seltab + 4 * index, ref)


class Entries:
    """Handles of real mode: a table of `count` entries at linear `at`, which is `offset` in Burgermaster."""

    def __init__(self, memory: memoryview, arenas: InBand, at: int, offset: int, count: int) -> None:
        self.memory, self.arenas, self.start, self.offset, self.count = memory, arenas, at, offset, count
        self.used = bytearray(count)
        self.recount()

    def clear(self) -> None:
        """At birth: every entry is unused."""
        self.memory[self.start : self.start + ENTRY.size * self.count] = ENTRY.pack(0, UNUSED, UNUSED) * self.count
        self.recount()

    def recount(self) -> None:
        table = self.memory[self.start : self.start + ENTRY.size * self.count]
        self.used[:] = bytes(table[2 :: ENTRY.size]).translate(IN_USE)

    def tiles(self, size: int) -> int:
        return 1

    def find(self, handle: int) -> tuple[int, Absent | None]:
        if handle & 1:
            if (ref := self._fixed(handle)) and self.arenas.read(ref).handle == handle:
                return ref, None
            raise StaleHandle(handle)
        segment, flags = self._read(handle)
        if flags & GONE:
            return 0, Absent(segment, flags & ~GONE)
        return segment - 1, None

    def of_word(self, word: int) -> int:
        if not word & 1:
            self._read(word)
            return word
        ref = self._fixed(word)
        if not ref:
            raise StaleHandle(word)
        return self.arenas.read(ref).handle

    def selector(self, handle: int) -> int:
        """The segment where the block is now."""
        return handle if handle & 1 else self._read(handle)[0]

    def base(self, word: int) -> int:
        """The linear address behind a segment."""
        return word << 4

    def gone(self) -> Iterator[tuple[int, Absent]]:
        table = self.memory[self.start : self.start + ENTRY.size * self.count]
        for entry, (segment, flags, _) in enumerate(ENTRY.iter_unpack(table)):
            if flags & GONE and flags != UNUSED:
                yield self._handle(entry), Absent(segment, flags & ~GONE)

    def _fixed(self, segment: int) -> int:
        """The arena in front of a segment, or 0: a header is one if both its neighbours point back at it."""
        memory, ref = self.memory, segment - 1
        if not self.offset < segment << 4 < len(memory) - HEADER.size:
            return 0
        before, after, handle = (HEADER.unpack_from(memory, ref << 4)[field] for field in (4, 5, 6))
        if not handle or not before < ref < after or (after << 4) + HEADER.size > len(memory):
            return 0
        linked = HEADER.unpack_from(memory, before << 4)[5] == ref == HEADER.unpack_from(memory, after << 4)[4]
        return ref if linked else 0

    def _handle(self, entry: int) -> int:
        return self.offset + ENTRY.size * entry

    def _read(self, handle: int) -> tuple[int, int]:
        entry, rest = divmod(handle - self.offset, ENTRY.size)
        if rest or not 0 <= entry < self.count or not self.used[entry]:
            raise StaleHandle(handle)
        segment, flags, _ = ENTRY.unpack_from(self.memory, self.start + ENTRY.size * entry)
        return segment, flags

    def _write(self, handle: int, segment: int, flags: int, reserved: int = 0) -> None:
        ENTRY.pack_into(self.memory, self.start + handle - self.offset, segment, flags, reserved)

    # --- binding ---------------------------------------------------------------------------------------------------------

    def lack(self, size: int, movable: bool) -> str:
        return "entry in the handle table" if movable and self.used.find(0) < 0 else ""

    def reserve(self, size: int, movable: bool) -> int:
        """A new handle; 0 for a fixed block, whose handle is where it will be."""
        if not movable:
            return 0
        entry = self.used.find(0)
        if entry < 0:
            raise OutOfHandles(size, self.lack(size, movable))
        self.used[entry] = 1
        return self._handle(entry)

    def cancel(self, handle: int, size: int) -> None:
        if handle:
            self.used[(handle - self.offset) // ENTRY.size] = 0

    def bind(self, handle: int, ref: int, body: int, size: int) -> None:
        if not handle & 1:
            self._write(handle, body >> 4, 0)

    moved = bind

    def resized(self, handle: int, ref: int, body: int, held: int, size: int) -> int:
        self.bind(handle, ref, body, size)
        return body >> 4 if handle & 1 else handle

    def can_resize(self, handle: int, held: int, size: int) -> bool:
        return True

    def held(self, handle: int) -> int:
        return 1

    def vacate(self, handle: int, tiles: int, absent: Absent) -> None:
        self._write(handle, absent.owner, absent.flags | GONE)

    def unbind(self, handle: int, tiles: int) -> None:
        if not handle & 1:
            self._write(handle, 0, UNUSED, UNUSED)
            self.used[(handle - self.offset) // ENTRY.size] = 0

    def made_movable(self, handle: int, ref: int) -> int:
        new = self.reserve(0, True)
        self._write(new, handle, 0)
        return new

    def check(self) -> None:
        """The cache says what the bytes say."""
        cached = bytes(self.used)
        self.recount()
        if cached != self.used:
            raise HeapCorrupt("the index of handles says what the table says", "an entry is in doubt")
