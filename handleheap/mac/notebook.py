"""Which nonrelocatable blocks hold master pointers: a zone does not say, so a notebook outside of it does.

To the Memory Manager such a block is like any other; it never needs to know. Who looks at a zone from outside does: a block
of zeros may be a program's, or four handles that are empty. The notebook has a bit for each eight bytes of memory, so for
each place where a block of twelve bytes can begin there is another one. It lies where the debugger of a Mac did: above
BufPtr, at the end of memory [C].
"""

from __future__ import annotations

CELL = 8
"""Bytes of memory to a bit."""


class Notebook:
    """A bitmap for addresses from 0 on; it takes `size(memory)` bytes at `at`.

    >>> notebook = Notebook(memoryview(bytearray(128)), 126)
    >>> notebook.mark(0x4C)
    >>> notebook.marked(0x4C), notebook.marked(0x58)
    (True, False)
    """

    def __init__(self, memory: memoryview, at: int) -> None:
        self.memory, self.at = memory, at

    @staticmethod
    def size(memory: int) -> int:
        """Bytes that the notebook of so much memory takes."""
        return -(-memory // (8 * CELL))

    def mark(self, base: int) -> None:
        """The block at `base` holds master pointers."""
        byte, bit = divmod(base // CELL, 8)
        self.memory[self.at + byte] |= 1 << bit

    def unmark(self, base: int) -> None:
        byte, bit = divmod(base // CELL, 8)
        self.memory[self.at + byte] &= ~(1 << bit)

    def marked(self, base: int) -> bool:
        byte, bit = divmod(base // CELL, 8)
        return bool(self.memory[self.at + byte] >> bit & 1)

    def cell_before(self, address: int) -> int | None:
        """The eight bytes at or below an address in which the last marked block begins; None where there is none."""
        byte, bit = divmod(address // CELL, 8)
        here = self.memory[self.at + byte] & (2 << bit) - 1
        if not here:
            written = bytes(self.memory[self.at : self.at + byte]).rstrip(bytes(1))
            if not written:
                return None
            byte, here = len(written) - 1, written[-1]
        return CELL * (8 * byte + here.bit_length() - 1)

    def clear(self, start: int, end: int) -> None:
        """Forget the blocks between two addresses. One that begins in the last eight bytes before `end` is not between them."""
        first, last = start // CELL, end // CELL
        if not bytes(self.memory[self.at + first // 8 : self.at + last // 8 + 1]).strip(bytes(1)):
            return
        low, high = -(-first // 8), last // 8
        if low < high:
            self.memory[self.at + low : self.at + high] = bytes(high - low)
        for cell in (*range(first, min(8 * low, last)), *range(max(8 * high, first), last)):
            self.unmark(CELL * cell)
