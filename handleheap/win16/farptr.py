"""Far pointers, and what happens to those that point nowhere."""

from __future__ import annotations

from ..errors import HeapError


class FarPtr(int):
    """A 16:16 pointer: selector or segment in the high word, offset in the low one. NULL is 0, and false.

    >>> FarPtr.of(0x1DCF, 0x10)
    1DCF:0010
    >>> FarPtr.of(0x1DCF, 0x10) + 0x20
    1DCF:0030
    """

    __slots__ = ()

    @classmethod
    def of(cls, selector: int, offset: int = 0) -> FarPtr:
        """A pointer of its two words."""
        return cls(selector << 16 | offset)

    @property
    def selector(self) -> int:
        return self >> 16

    @property
    def offset(self) -> int:
        return self & 0xFFFF

    def __add__(self, count: int) -> FarPtr:
        """The pointer `count` bytes on, in the same segment. ValueError where 16 bits do not reach: see `Kernel.huge`."""
        offset = self.offset + count
        if not 0 <= offset <= 0xFFFF:
            raise ValueError(f"{self!r} + {count:#x} leaves the segment: a huge pointer steps by __AHINCR")
        return FarPtr.of(self.selector, offset)

    def __sub__(self, count: int) -> FarPtr:
        return self + -count

    def __repr__(self) -> str:
        return f"{self.selector:04X}:{self.offset:04X}"


class GeneralProtectionFault(HeapError):
    """The processor refuses an access: in protected mode a pointer is checked against its descriptor."""

    def __init__(self, far: FarPtr, reason: str) -> None:
        super().__init__(f"general protection fault at {far!r}: selector {far.selector:04X} {reason}")
        self.far, self.selector, self.reason = far, far.selector, reason
