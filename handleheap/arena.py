"""One fixed-size writable memory in which a heap lives.

    0                     address                size
    +----------------------+----------------------+
    |  bytes of a bytearray, mmap, shared memory … |
    +----------------------+----------------------+

An address is an offset from the start of the arena, in bytes.

`.arena.fixed`  the memory is never resized or replaced: the arena holds a buffer export for as long as it lives, so that a
`bytearray` refuses to grow under a view. A heap that grows adds another arena.
"""

from __future__ import annotations

from .errors import ArenaBounds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

    ByteOrder = Literal["little", "big"]


class Arena:
    """`memory` bytes of fresh zeroed memory, or any writable contiguous buffer of the caller's, used in place.

    Raises ValueError for a negative size and for a buffer that is read-only or not contiguous.

    >>> arena = Arena(64, name="demo")
    >>> arena.poke(0x10, 4, 0x12345678, "big")
    >>> arena.view(0x10, 4).hex(" ")
    '12 34 56 78'
    >>> arena.peek(0x10, 2)
    13330
    """

    __slots__ = ("memory", "name", "size")

    def __init__(self, memory: Any, *, name: str = "arena") -> None:
        if isinstance(memory, int):
            if memory < 0:
                raise ValueError(f"an arena of {memory} bytes: the size cannot be negative")
            memory = bytearray(memory)
        view = memoryview(memory)
        if view.readonly:
            raise ValueError("the buffer of an arena must be writable")
        if not view.c_contiguous:
            raise ValueError("the buffer of an arena must be contiguous")
        self.memory = view.cast("B") if view.nbytes else memoryview(bytearray())
        self.size = self.memory.nbytes
        self.name = name

    def __repr__(self) -> str:
        return f"Arena({self.name!r}, {self.size:,} bytes)"

    def view(self, address: int, size: int) -> memoryview:
        """The `size` bytes at `address`, not a copy. It shows whatever lies there later, too.

        Raises ArenaBounds. Cost: none of the bytes is touched.
        """
        if address < 0 or size < 0 or address + size > self.size:
            raise ArenaBounds(self.name, address, size, self.size)
        return self.memory[address : address + size]

    def move(self, src: int, dst: int, size: int) -> None:
        """Copy `size` bytes from `src` to `dst`; the two ranges may overlap. Raises ArenaBounds."""
        self.view(dst, size)[:] = self.view(src, size)

    def fill(self, address: int, size: int, byte: int = 0) -> None:
        """Set `size` bytes at `address` to `byte`. Raises ArenaBounds."""
        view = self.view(address, size)
        view[:] = bytes((byte,)) * size

    def peek(self, address: int, width: int, order: ByteOrder = "little", *, signed: bool = False) -> int:
        """The integer of `width` bytes at `address`. Raises ArenaBounds."""
        return int.from_bytes(self.view(address, width), order, signed=signed)

    def poke(self, address: int, width: int, value: int, order: ByteOrder = "little", *, signed: bool = False) -> None:
        """Write `value` as an integer of `width` bytes. Raises ArenaBounds, and OverflowError if it does not fit."""
        view = self.view(address, width)
        view[:] = value.to_bytes(width, order, signed=signed)

    def hexdump(self, address: int = 0, size: int | None = None) -> str:
        """Sixteen bytes a line with address and ASCII; runs of equal lines are folded into one `*`.

        >>> arena = Arena(0x30)
        >>> arena.view(0, 5)[:] = b"Hello"
        >>> print(arena.hexdump())
        00000000  48 65 6c 6c 6f 00 00 00  00 00 00 00 00 00 00 00  |Hello...........|
        00000010  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|
        *
        00000030
        """
        end = self.size if size is None else address + size
        data = bytes(self.view(address, end - address))
        lines: list[str] = []
        previous = None
        for offset in range(0, len(data), 16):
            row = data[offset : offset + 16]
            if row == previous:
                if lines[-1] != "*":
                    lines.append("*")
                continue
            previous = row
            digits = f"{row[:8].hex(' '):<23}  {row[8:].hex(' '):<23}"
            text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
            lines.append(f"{address + offset:08x}  {digits}  |{text}|")
        lines.append(f"{end:08x}")
        return "\n".join(lines)
