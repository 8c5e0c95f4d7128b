"""Arenas, the list of all blocks in address order, in the two forms that Windows kept it.

    KRNL386   OutOfLine   records of 32 bytes in Burgermaster        a reference is an offset in Burgermaster
    KRNL286   InBand      headers of 16 bytes in front of each block  … a selector of the header
    KERNEL    InBand      the same                                    … its segment

Both do the same for the heap, in the same words. A reference names an arena: free, used, or one of the two sentinels, which
have no size and end the list. An in-band arena begins at its header; the size of a free one is told by the next one's
address, since its own size field ends at 1 MB.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from operator import or_
from struct import Struct
from typing import NamedTuple

from ..errors import HeapCorrupt, OutOfHandles
from .descriptors import ARENA, IN_USE, Descriptors, selector, spare
from .layout import OWNER_FREE, PARAGRAPH, Header16, Header32

RECORD = Header32.struct
HEADER = Header16.struct
WORD = Struct("<H")
DWORD = Struct("<I")
PAIR = Struct("<HH")
DPAIR = Struct("<II")


class Header(NamedTuple):
    """An arena as read. `base` to `end` counts an in-band header; the next and previous arenas are references."""

    prev: int
    next: int
    base: int
    end: int
    handle: int
    owner: int
    locks: int
    page_locks: int
    flags: int
    lru_prev: int
    lru_next: int

    @property
    def movable(self) -> bool:
        """Has it a handle that is none of a fixed block? (UNDOC: low bit set = fixed)"""
        return bool(self.handle) and not self.handle & 1

    @property
    def pins(self) -> int:
        """Locks and page locks: while there are any, the block stays."""
        return self.locks + self.page_locks


class OutOfLine:
    """Records in Burgermaster, at linear address `at`; `count` of them from offset `first` on."""

    header = 0
    moves_references = False
    name = "arena record"
    """What runs out."""

    def __init__(self, memory: memoryview, at: int, first: int, count: int) -> None:
        self.memory, self.at, self.records = memory, at, first
        self.used = bytearray(count)
        self.recount()

    def recount(self) -> None:
        """A record is in use if it has a base: nothing in the heap has linear address 0."""
        start = self.at + self.records
        table = self.memory[start : start + RECORD.size * len(self.used)]
        bases = (int.from_bytes(table[byte :: RECORD.size]) for byte in range(0x08, 0x0C))
        self.used[:] = reduce(or_, bases).to_bytes(len(self.used)).translate(IN_USE)

    def read(self, ref: int) -> Header:
        p, n, base, size, handle, owner, locks, pages, flags, _, lp, ln = RECORD.unpack_from(self.memory, self.at + ref)
        return Header(p, n, base, base + size, handle, owner, locks, pages, flags, lp, ln)

    def spare(self, count: int) -> bool:
        """Whether `count` more arenas can be made."""
        return spare(self.used, count)

    def create(self, base: int, end: int) -> int:
        """A reference to a new arena, with no links, no handle and no owner. Raises OutOfHandles."""
        index = self.used.find(0)
        if index < 0:
            raise OutOfHandles(end - base, self.name)
        self.used[index] = 1
        ref = self.records + RECORD.size * index
        RECORD.pack_into(self.memory, self.at + ref, 0, 0, base, end - base, 0, 0, 0, 0, 0, 0, 0, 0)
        return ref

    def recreate(self, ref: int, base: int, end: int) -> int:
        """The same for an arena that is not needed as it was. The reference may change."""
        RECORD.pack_into(self.memory, self.at + ref, 0, 0, base, end - base, 0, 0, 0, 0, 0, 0, 0, 0)
        return ref

    def destroy(self, ref: int) -> None:
        at = self.at + ref
        self.memory[at : at + RECORD.size] = bytes(RECORD.size)
        self.used[(ref - self.records) // RECORD.size] = 0

    def end_at(self, ref: int, base: int, end: int) -> None:
        """Another end for an arena in use."""
        DWORD.pack_into(self.memory, self.at + ref + 0x0C, end - base)

    def moved(self, ref: int, base: int) -> int:
        """The bytes of an arena in use lie at `base` now. Its reference from now on."""
        DWORD.pack_into(self.memory, self.at + ref + 0x08, base)
        return ref

    def link(self, ref: int, after: int) -> None:
        """`after` follows `ref`."""
        DWORD.pack_into(self.memory, self.at + ref + 0x04, after)
        DWORD.pack_into(self.memory, self.at + after, ref)

    def chain(self, ref: int) -> tuple[int, int]:
        """(previous, next) in the ring of discardables, or in the chain of free blocks."""
        pair: tuple[int, int] = DPAIR.unpack_from(self.memory, self.at + ref + 0x18)
        return pair

    def set_chain(self, ref: int, before: int, after: int) -> None:
        DPAIR.pack_into(self.memory, self.at + ref + 0x18, before, after)

    def dress(self, ref: int, handle: int, owner: int, flags: int, tiles: int) -> None:
        """Make it an arena of a block in use."""
        at = self.at + ref
        PAIR.pack_into(self.memory, at + 0x10, handle, owner)
        self.memory[at + 0x16], self.memory[at + 0x17] = flags, tiles

    def set_owner(self, ref: int, owner: int) -> None:
        WORD.pack_into(self.memory, self.at + ref + 0x12, owner)

    def set_locks(self, ref: int, locks: int) -> None:
        self.memory[self.at + ref + 0x14] = locks

    def set_page_locks(self, ref: int, locks: int) -> None:
        self.memory[self.at + ref + 0x15] = locks

    def set_flags(self, ref: int, flags: int) -> None:
        self.memory[self.at + ref + 0x16] = flags

    def walk(self, ref: int) -> Iterator[tuple[int, Header]]:
        """(reference, header) of all arenas from `ref` on, in address order. Raises HeapCorrupt for a list that does not end."""
        memory, at, unpack = self.memory, self.at, RECORD.unpack_from
        first, last = self.records, self.records + RECORD.size * len(self.used)
        for _ in self.used:
            p, n, base, size, handle, owner, locks, pages, flags, _tiles, lp, ln = unpack(memory, at + ref)
            yield ref, Header(p, n, base, base + size, handle, owner, locks, pages, flags, lp, ln)
            if n == ref:
                return
            if not first <= n < last or (n - first) % RECORD.size:
                raise HeapCorrupt("links lead to arenas", f"arena {ref:#x} says that {n:#x} follows")
            ref = n
        raise HeapCorrupt("the list of arenas ends", f"more than {len(self.used):,} arenas")

    def check(self, walked: list[tuple[int, Header]]) -> None:
        """The cache says what the bytes say."""
        cached = bytes(self.used)
        self.recount()
        if cached != self.used:
            raise HeapCorrupt("the index of arena records says what the records say", "a record is in doubt")


class Segments:
    """References of the real-mode kernel: a segment is an address by itself."""

    moves = True
    name = "segment"

    def address(self, ref: int) -> int:
        return ref << 4

    def spare(self, count: int) -> bool:
        return True

    def new(self, address: int) -> int:
        return address >> 4

    def moved(self, ref: int, address: int) -> int:
        return address >> 4

    def release(self, ref: int) -> None:
        pass


class HeaderSelectors:
    """References of KRNL286: each header has a selector of its own, which is why half the descriptors are gone."""

    moves = False
    name = "selector for a block header"

    def __init__(self, descriptors: Descriptors) -> None:
        self.descriptors = descriptors

    def address(self, ref: int) -> int:
        return self.descriptors.base(ref >> 3)

    def spare(self, count: int) -> bool:
        return spare(self.descriptors.used, count)

    def new(self, address: int) -> int:
        index = self.descriptors.find(1)
        if index is None:
            raise OutOfHandles(HEADER.size, self.name)
        self.descriptors.set(index, address, HEADER.size, ARENA)
        return selector(index)

    def moved(self, ref: int, address: int) -> int:
        self.descriptors.rebase(ref >> 3, address)
        return ref

    def release(self, ref: int) -> None:
        self.descriptors.release(ref >> 3)


class InBand:
    """Headers in front of the blocks; `references` says what points to them."""

    header = HEADER.size

    def __init__(self, memory: memoryview, references: Segments | HeaderSelectors) -> None:
        self.memory, self.references = memory, references
        self.address, self.name = references.address, references.name
        self.moves_references = references.moves

    def read(self, ref: int) -> Header:
        base = self.address(ref)
        locks, owner, _, flags, p, n, handle, lp, ln = HEADER.unpack_from(self.memory, base)
        end = self.address(n) if n != ref else base + HEADER.size
        return Header(p, n, base, end, handle, owner, locks, 0, flags, lp, ln)

    def spare(self, count: int) -> bool:
        return self.references.spare(count)

    def create(self, base: int, end: int) -> int:
        ref = self.references.new(base)
        self._write(base, end)
        return ref

    def recreate(self, ref: int, base: int, end: int) -> int:
        ref = self.references.moved(ref, base)
        self._write(base, end)
        return ref

    def _write(self, base: int, end: int) -> None:
        HEADER.pack_into(self.memory, base, 0, OWNER_FREE, _paragraphs(base, end), 0, 0, 0, 0, 0, 0)

    def destroy(self, ref: int) -> None:
        self.references.release(ref)

    def end_at(self, ref: int, base: int, end: int) -> None:
        WORD.pack_into(self.memory, base + 0x03, _paragraphs(base, end))

    def moved(self, ref: int, base: int) -> int:
        return self.references.moved(ref, base)

    def link(self, ref: int, after: int) -> None:
        WORD.pack_into(self.memory, self.address(ref) + 0x08, after)
        WORD.pack_into(self.memory, self.address(after) + 0x06, ref)

    def chain(self, ref: int) -> tuple[int, int]:
        pair: tuple[int, int] = PAIR.unpack_from(self.memory, self.address(ref) + 0x0C)
        return pair

    def set_chain(self, ref: int, before: int, after: int) -> None:
        PAIR.pack_into(self.memory, self.address(ref) + 0x0C, before, after)

    def dress(self, ref: int, handle: int, owner: int, flags: int, tiles: int) -> None:
        at = self.address(ref)
        WORD.pack_into(self.memory, at + 0x0A, handle)
        WORD.pack_into(self.memory, at + 0x01, owner)
        self.memory[at + 0x05] = flags

    def set_owner(self, ref: int, owner: int) -> None:
        WORD.pack_into(self.memory, self.address(ref) + 0x01, owner)

    def set_locks(self, ref: int, locks: int) -> None:
        self.memory[self.address(ref)] = locks

    def set_page_locks(self, ref: int, locks: int) -> None:
        """There is no field for it: without paging it is a lock like any other [C]."""
        self.set_locks(ref, locks)

    def set_flags(self, ref: int, flags: int) -> None:
        self.memory[self.address(ref) + 0x05] = flags

    def walk(self, ref: int) -> Iterator[tuple[int, Header]]:
        memory, address, unpack = self.memory, self.address, HEADER.unpack_from
        base, limit = address(ref), len(memory) - HEADER.size
        while True:
            locks, owner, _, flags, p, n, handle, lp, ln = unpack(memory, base)
            end = address(n) if n != ref else base + HEADER.size
            yield ref, Header(p, n, base, end, handle, owner, locks, 0, flags, lp, ln)
            if n == ref:
                return
            if not base < end <= limit:
                raise HeapCorrupt("links lead to arenas", f"arena {ref:#x} at {base:#x} says that {n:#x} at {end:#x} follows")
            ref, base = n, end

    def check(self, walked: list[tuple[int, Header]]) -> None:
        """Each header tells the size of its block."""
        for ref, header in walked:
            told = HEADER.unpack_from(self.memory, header.base)[2]
            if told != _paragraphs(header.base, header.end):
                raise HeapCorrupt("a header tells the size of its block", f"arena {ref:#x} tells {told:#x} paragraphs: {header}")


def _paragraphs(base: int, end: int) -> int:
    """What the size field of an in-band header says."""
    return min((end - base - HEADER.size) // PARAGRAPH, 0xFFFF)
