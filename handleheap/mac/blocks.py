"""Block headers and master pointers in both widths, in the same words.

    Narrow   24-bit zones    flags in the high byte of the master pointer
    Wide     32-bit zones    flags in the header of the block

`base` is where a header is, `master` the address of a master pointer, which is what a program calls a handle.
"""

from __future__ import annotations

from struct import Struct
from typing import NamedTuple

from .layout import FLAGS, FREE_FLAGS, FREE_TYPE, GRAIN, LEAST, MOVABLE_TYPE, Block24, Block32, Trailer24
from .profile import Profile

LONG = Struct(">I")
PAIR = Block24.struct
WIDE = Block32.struct


class Header(NamedTuple):
    """A block header as read. `rest` are the bits that ought to be 0, `flags` those in a wide header."""

    type: int
    flags: int
    rest: int
    correction: int
    size: int
    location: int


class Narrow:
    """24-bit: a long of type, correction and size, and one of location."""

    bits = 24
    header = PAIR.size
    address_mask = 0xFFFFFF
    largest = 0xFFFFFF & -GRAIN
    sound_trailer = (FREE_TYPE, 0, 0, 0, LEAST, 0, bytes(4))

    def __init__(self, memory: memoryview, profile: Profile) -> None:
        self.memory, self.least, self.profile = memory, LEAST, profile
        self.empty_mask = FLAGS << 24 if profile.empty_keeps_flags else 0
        self.most_correction = _most_correction(self.least, self.header)

    def read(self, base: int) -> Header:
        first, location = PAIR.unpack_from(self.memory, base)
        return Header(first >> 30, 0, first >> 28 & 3, first >> 24 & 15, first & 0xFFFFFF, location)

    def write(self, base: int, kind: int, size: int, correction: int, location: int) -> None:
        """A header without flags; `bind` sets those of a relocatable block."""
        PAIR.pack_into(self.memory, base, kind << 30 | correction << 24 | size, location)

    def resize(self, base: int, size: int, correction: int) -> None:
        """Another size for a block; type, flags and location stay."""
        first = LONG.unpack_from(self.memory, base)[0]
        LONG.pack_into(self.memory, base, first & 0xF0000000 | correction << 24 | size)

    def write_free(self, base: int, size: int) -> None:
        """The header of a free block; what it said of a location is left only where RecoverHandle does not check."""
        location = 0 if self.profile.recover_checks else LONG.unpack_from(self.memory, base + 4)[0]
        PAIR.pack_into(self.memory, base, size, location)

    def write_trailer(self, base: int) -> None:
        Trailer24.pack(self.memory, base, LEAST, 0, bytes(4))

    def trailer(self, base: int) -> tuple[object, ...]:
        """The trailer as read: a header and the bytes behind it."""
        return *self.read(base), bytes(self.memory[base + self.header : base + LEAST])

    def pointer(self, master: int) -> int:
        """The address in a master pointer, without flags."""
        return int(LONG.unpack_from(self.memory, master)[0]) & 0xFFFFFF

    def flags(self, master: int) -> int:
        """Lock, purge and resource bits."""
        return self.memory[master] & FLAGS

    def set_flags(self, master: int, flags: int) -> None:
        """Of a handle that is not empty."""
        self.memory[master] = flags

    def bind(self, master: int, body: int, flags: int) -> None:
        """Let a master pointer point to a body; the header in front of it is written."""
        LONG.pack_into(self.memory, master, flags << 24 | body)

    def empty(self, master: int) -> None:
        """Nil."""
        LONG.pack_into(self.memory, master, self.flags(master) << 24 if self.profile.empty_keeps_flags else 0)

    def rebind(self, master: int, body: int) -> None:
        """The block has moved, with its header."""
        LONG.pack_into(self.memory, master, self.memory[master] << 24 | body)

    def odd_flags(self, master: int, header: Header) -> int:
        """Bits of the flags byte that ought to be 0."""
        return self.memory[master] & ~FLAGS


class Wide:
    """32-bit: four bytes of type, flags, 0 and correction, a long of size and one of location."""

    bits = 32
    header = WIDE.size
    address_mask = 0xFFFFFFFF
    largest = 0x7FFFFFFC
    """Sizes are signed longs."""
    sound_trailer = (FREE_TYPE, FREE_FLAGS, 0, 0, LEAST, 0, b"")
    empty_mask = 0
    """The bits that an empty master pointer may have."""

    def __init__(self, memory: memoryview, profile: Profile) -> None:
        self.memory, self.least, self.profile = memory, profile.min_block_32, profile
        self.most_correction = _most_correction(self.least, self.header)

    def read(self, base: int) -> Header:
        tag, flags, rest, correction, size, location = WIDE.unpack_from(self.memory, base)
        return Header(tag >> 6, flags, tag & 0x3F | rest, correction, size, location)

    def write(self, base: int, kind: int, size: int, correction: int, location: int) -> None:
        WIDE.pack_into(self.memory, base, kind << 6, 0, 0, correction, size, location)

    def resize(self, base: int, size: int, correction: int) -> None:
        self.memory[base + 3] = correction
        LONG.pack_into(self.memory, base + 4, size)

    def write_free(self, base: int, size: int) -> None:
        location = 0 if self.profile.recover_checks else LONG.unpack_from(self.memory, base + 8)[0]
        WIDE.pack_into(self.memory, base, 0, FREE_FLAGS, 0, 0, size, location)

    def write_trailer(self, base: int) -> None:
        WIDE.pack_into(self.memory, base, 0, FREE_FLAGS, 0, 0, LEAST, 0)

    def trailer(self, base: int) -> tuple[object, ...]:
        return *self.read(base), b""

    def pointer(self, master: int) -> int:
        return int(LONG.unpack_from(self.memory, master)[0])

    def flags(self, master: int) -> int:
        """None where there is no block that could hold them."""
        body = LONG.unpack_from(self.memory, master)[0]
        return self.memory[body - self.header + 1] & FLAGS if body else 0

    def set_flags(self, master: int, flags: int) -> None:
        self.memory[LONG.unpack_from(self.memory, master)[0] - self.header + 1] = flags

    def bind(self, master: int, body: int, flags: int) -> None:
        LONG.pack_into(self.memory, master, body)
        self.memory[body - self.header + 1] = flags

    def empty(self, master: int) -> None:
        LONG.pack_into(self.memory, master, 0)

    def rebind(self, master: int, body: int) -> None:
        LONG.pack_into(self.memory, master, body)

    def odd_flags(self, master: int, header: Header) -> int:
        return header.flags & ~FLAGS if header.type == MOVABLE_TYPE else 0


def _most_correction(least: int, header: int) -> int:
    """What is left over at most: to the next multiple of 4 or to the least size, and a rest that is too small for a block."""
    return max(GRAIN - 1, least - header) + least - GRAIN


WIDTHS: dict[int, type[Narrow] | type[Wide]] = {24: Narrow, 32: Wide}
