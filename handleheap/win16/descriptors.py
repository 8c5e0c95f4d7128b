"""The descriptor table of protected mode: 8,192 entries of 8 bytes, one for each selector.

    selector   15 … 3 index   2 table (1 = local)   1-0 privilege (3)          index << 3 | 7

A block of more than 64 KB has one selector for each 64 KB, one after the other: tiles. Tile k begins at base + 64K·k. On a 386
its limit runs to the end of the block, on a 286 to the end of its 64 KB (ONT 2017-11-13, KB-Q79194 [S]).

`.bytes.truth`  `used` says which entries have an access byte; `check` recomputes it.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import HeapCorrupt
from .layout import DESCRIPTOR, DESCRIPTORS, DESCRIPTORS_AT, AbsentDescriptor, Descriptor

TILE = 0x10000
RESERVED = 16
"""The first selectors are the system's [C]: 0 is NULL, 1 Burgermaster, 2 the stubs of callbacks."""
DATA = 0xF3  # present, privilege 3, data, writable, accessed
ARENA = 0x93  # the same with privilege 0: a header of KRNL286, not for applications [C]
ABSENT = 0x73  # data that are not there
PAGES = 0x80
ACCESS = Descriptor.offsets["access"]
PACK = Descriptor.struct.pack
IN_USE = bytes([0] + [1] * 255)


def selector(index: int) -> int:
    """The selector of a table entry, for applications.

    >>> f"{selector(0x3B9):04X}"
    '1DCF'
    """
    return index << 3 | 7


def spare(used: bytearray, count: int) -> bool:
    """Whether `count` entries of an index are free.

    >>> spare(bytearray([1, 0, 1]), 1), spare(bytearray([1, 0, 1]), 2)
    (True, False)
    """
    at = -1
    for _ in range(count):
        at = used.find(0, at + 1)
        if at < 0:
            return False
    return True


class Descriptors:
    """The table in `memory`. `wide` is the 386: bases of 32 bits, limits of 20 in bytes or pages."""

    def __init__(self, memory: memoryview, wide: bool) -> None:
        self.memory, self.wide = memory, wide
        self.used = bytearray(DESCRIPTORS)
        self.recount()

    def recount(self) -> None:
        """Read which entries are in use."""
        table = self.memory[DESCRIPTORS_AT : DESCRIPTORS_AT + DESCRIPTORS * DESCRIPTOR]
        self.used[:] = bytes(table[ACCESS::DESCRIPTOR]).translate(IN_USE)
        self.used[:RESERVED] = b"\1" * RESERVED

    def find(self, count: int) -> int | None:
        """The lowest index at which `count` entries are free, one after the other."""
        index = self.used.find(bytes(count), RESERVED)
        return None if index < 0 else index

    def tiles(self, size: int) -> int:
        """How many selectors `size` bytes take."""
        return (size + TILE - 1) // TILE or 1

    def set(self, index: int, base: int, size: int, access: int = DATA) -> None:
        """One entry for `size` bytes, at least 1, at linear `base`."""
        at = DESCRIPTORS_AT + DESCRIPTOR * index
        self.memory[at : at + DESCRIPTOR] = self.packed(base, size, access)
        self.used[index] = 1

    def says(self, index: int, base: int, size: int) -> bool:
        """Is this the entry of these bytes?"""
        at = DESCRIPTORS_AT + DESCRIPTOR * index
        return self.memory[at : at + DESCRIPTOR] == self.packed(base, size, DATA)

    def packed(self, base: int, size: int, access: int) -> bytes:
        """The 8 bytes of an entry."""
        limit, pages = size - 1, 0
        if not self.wide:
            limit = min(limit, TILE - 1)
        elif limit > 0xFFFFF:
            limit, pages = limit >> 12, PAGES
        high = base >> 24 if self.wide else 0
        return PACK(limit & 0xFFFF, base & 0xFFFF, base >> 16 & 0xFF, access, limit >> 16 | pages, high)

    def map(self, index: int, base: int, size: int) -> None:
        """Entries for all tiles of a block."""
        for tile in range(self.tiles(size)):
            self.set(index + tile, base + tile * TILE, size - tile * TILE)

    def rebase(self, index: int, base: int) -> None:
        """Another base, all else as it was."""
        at = DESCRIPTORS_AT + DESCRIPTOR * index
        self.memory[at + 2 : at + 5] = (base & 0xFFFFFF).to_bytes(3, "little")
        if self.wide:
            self.memory[at + 7] = base >> 24

    def absent(self, index: int, owner: int, flags: int, tiles: int) -> None:
        """An entry without memory, which remembers these."""
        AbsentDescriptor.struct.pack_into(self.memory, DESCRIPTORS_AT + DESCRIPTOR * index, owner, flags, tiles, ABSENT, 0)
        self.used[index] = 1

    def absentee(self, index: int) -> tuple[int, int, int]:
        """(owner, flags, tiles) of an entry without memory."""
        owner, flags, tiles, _, _ = AbsentDescriptor.struct.unpack_from(self.memory, DESCRIPTORS_AT + DESCRIPTOR * index)
        return owner, flags, tiles

    def absentees(self) -> Iterator[int]:
        """The indices of all entries without memory."""
        end = DESCRIPTORS_AT + DESCRIPTOR * DESCRIPTORS
        column = bytes(self.memory[DESCRIPTORS_AT + ACCESS : end : DESCRIPTOR])
        index = column.find(ABSENT)
        while index >= 0:
            yield index
            index = column.find(ABSENT, index + 1)

    def release(self, index: int, count: int = 1) -> None:
        """Entries to be used again."""
        at = DESCRIPTORS_AT + DESCRIPTOR * index
        self.memory[at : at + DESCRIPTOR * count] = bytes(DESCRIPTOR * count)
        self.used[index : index + count] = bytes(count)

    def access(self, index: int) -> int:
        """The access byte; 0 of an entry that is not in use."""
        return self.memory[DESCRIPTORS_AT + DESCRIPTOR * index + ACCESS]

    def base(self, index: int) -> int:
        """The linear base."""
        _, low, middle, _, _, high = Descriptor.struct.unpack_from(self.memory, DESCRIPTORS_AT + DESCRIPTOR * index)
        base: int = low | middle << 16 | high << 24
        return base

    def limit(self, index: int) -> int:
        """The last offset that may be used."""
        low, _, _, _, high, _ = Descriptor.struct.unpack_from(self.memory, DESCRIPTORS_AT + DESCRIPTOR * index)
        limit: int = low | (high & 0x0F) << 16
        return limit << 12 | 0xFFF if high & PAGES else limit

    def check(self) -> None:
        """The cache says what the bytes say."""
        cached = bytes(self.used)
        self.recount()
        if cached != self.used:
            wrong = next(index for index, (a, b) in enumerate(zip(cached, self.used, strict=True)) if a != b)
            raise HeapCorrupt("the index of descriptors says what the table says", f"entry {wrong:#x}")
