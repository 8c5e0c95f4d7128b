"""The global heap as the programs use it: bytes under a lock that pins, texts, and a look that nobody counts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from handleheap.errors import HeapError, StaleHandle
from handleheap.win16 import GMEM_DISCARDABLE, GMEM_MOVEABLE, Kernel

LENGTH = 4
"""A text begins with its length in bytes."""


class NoMemory(Exception):
    """GlobalAlloc or GlobalReAlloc has returned 0 for `wanted` bytes, and `largest` was the largest free block."""

    def __init__(self, call: str, wanted: int, largest: int) -> None:
        super().__init__(f"{call}({wanted:,}) failed:\nlargest free block is {largest:,}.")
        self.wanted, self.largest = wanted, largest


class Gone(HeapError):
    """The block has no bytes: it was discarded."""


class Memory:
    """KERNEL's calls, put together as programs put them together."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel

    @property
    def largest(self) -> int:
        """The most bytes that a block of data could have now, with nothing moved: a hole ends at the swap area."""
        heap = self.kernel.heap
        below = (min(base + size, heap.fence) - base - heap.header for base, size in heap.list.holes.sizes.items())
        return max(0, max(below, default=0))

    def alloc(self, n: int, flags: int = 0, *, discardable: bool = False) -> int:
        """A moveable block. Raises NoMemory."""
        handle = self.kernel.GlobalAlloc(GMEM_MOVEABLE | flags | (GMEM_DISCARDABLE if discardable else 0), n)
        if not handle:
            raise NoMemory("GlobalAlloc", n, self.largest)
        return handle

    def resize(self, handle: int, n: int) -> int:
        """Another size for a block; its handle from now on. Raises NoMemory, and all is as it was."""
        new = self.kernel.GlobalReAlloc(handle, n, GMEM_MOVEABLE)
        if not new:
            raise NoMemory("GlobalReAlloc", n, self.largest)
        return new

    def gone(self, handle: int) -> bool:
        """Whether the block was discarded."""
        return self.kernel.heap.is_discarded(handle)

    @contextmanager
    def pinned(self, handle: int) -> Iterator[memoryview]:
        """The bytes of a block under GlobalLock, and GlobalFix where that does not pin. Raises Gone."""
        kernel = self.kernel
        before = kernel.GlobalFlags(handle) & 0xFF
        far = kernel.GlobalLock(handle)
        if not far:
            raise Gone(f"handle {handle:#06x} is discarded")
        fixes = kernel.GlobalFlags(handle) & 0xFF == before
        if fixes:
            kernel.GlobalFix(handle)
        try:
            with kernel.arena.view(kernel.base(far.selector), kernel.GlobalSize(handle)) as view:
                yield view
        finally:
            if fixes:
                kernel.GlobalUnfix(handle)
            kernel.GlobalUnlock(handle)

    def peek(self, handle: int) -> memoryview | None:
        """The bytes of a block as they lie there now: no lock, no event. None if it was discarded, or its handle has changed."""
        heap = self.kernel.heap
        try:
            if heap.is_discarded(handle):
                return None
        except StaleHandle:  # the middle of a command is looked at
            return None
        return self.kernel.arena.view(heap.address(handle), heap.length(handle))

    def read_text(self, handle: int) -> str:
        """The text in a block, uncounted; nothing if it was discarded."""
        view = self.peek(handle)
        if view is None:
            return ""
        with view:
            return decode(view)

    def new_text(self, text: str, *, discardable: bool = False) -> int:
        """A block with a text in it. Raises NoMemory."""
        data = encode(text)
        handle = self.alloc(len(data), discardable=discardable)
        with self.pinned(handle) as view:
            view[: len(data)] = data
        return handle

    def write_text(self, handle: int, text: str) -> int:
        """Another text in the block, which becomes larger if it must; its handle from now on. Raises NoMemory."""
        data = encode(text)
        if self.gone(handle) or self.kernel.GlobalSize(handle) < len(data):
            handle = self.resize(handle, len(data))
        with self.pinned(handle) as view:
            view[: len(data)] = data
        return handle


def encode(text: str) -> bytes:
    """The bytes of a text, its length in front."""
    data = text.encode()
    return len(data).to_bytes(LENGTH, "little") + data


def decode(data: memoryview) -> str:
    """The text in front of some bytes; bytes that are no text show as marks."""
    n = int.from_bytes(data[:LENGTH], "little")
    return bytes(data[LENGTH : LENGTH + n]).decode(errors="replace")
