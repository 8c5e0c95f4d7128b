"""Every error of the package, so that a caller can catch `HeapError` and be done.

Each error leaves the heap as it was before the call that raised it. Only an allocation that is refused after its ladder may
have moved blocks and discarded discardable ones on the way, when that could have helped.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class HeapError(Exception):
    """Root of all errors raised by handleheap. They can be pickled, so that they come home from a worker process."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (type(self), self.args, vars(self))


def _again(kind: type[HeapError], args: tuple[object, ...], state: dict[str, object]) -> HeapError:
    error = Exception.__new__(kind, *args)  # not kind.__init__, which takes figures and makes words
    vars(error).update(state)
    return error


class ArenaBounds(HeapError, IndexError):
    """An address range that does not lie in the arena.

    >>> str(ArenaBounds("heap", 96, 8, 100))
    "8 bytes at 0x60 reach past the end of arena 'heap' (100 bytes)"
    """

    def __init__(self, arena: str, address: int, size: int, arena_size: int) -> None:
        if address < 0 or size < 0:
            problem = f"{size} bytes at {address:#x} is no range of"
        else:
            problem = f"{size} bytes at {address:#x} reach past the end of"
        super().__init__(f"{problem} arena {arena!r} ({arena_size:,} bytes)")
        self.arena, self.address, self.size = arena, address, size


class OutOfMemory(HeapError, MemoryError):
    """The ladder is climbed and no hole is large enough. All figures in bytes.

    `pinned` counts the bytes of blocks that could not be moved or discarded because they are locked or fixed.
    """

    def __init__(self, wanted: int, free: int, largest_free: int, pinned: int = 0) -> None:
        pins = f", {pinned:,} pinned" if pinned else ""
        super().__init__(f"wanted {wanted:,} bytes: {free:,} free, largest free block {largest_free:,}{pins}")
        self.wanted, self.free, self.largest_free, self.pinned = wanted, free, largest_free, pinned


class OutOfHandles(OutOfMemory):
    """There are bytes, but no more of what names them: `what` is a handle, selector or header that ran out."""

    def __init__(self, wanted: int, what: str, free: int = 0, largest_free: int = 0) -> None:
        super().__init__(wanted, free, largest_free)
        self.args = (f"wanted {wanted:,} bytes: no {what} is left ({free:,} bytes are free)",)
        self.what = what


class StaleHandle(HeapError, LookupError):
    """The handle was never given out by this heap, or its block is freed."""

    def __init__(self, handle: int) -> None:
        super().__init__(f"handle {handle:#x} names no block of this heap")
        self.handle = handle


class HandlePinned(HeapError):
    """The block is locked, so it can be neither freed nor resized nor discarded."""

    def __init__(self, handle: int, locks: int) -> None:
        super().__init__(f"handle {handle:#x} is locked ({locks}x)")
        self.handle, self.locks = handle, locks


class HandleNotLocked(HeapError):
    """An unlock without a lock."""

    def __init__(self, handle: int) -> None:
        super().__init__(f"handle {handle:#x} is not locked")
        self.handle = handle


class NotDiscardable(HeapError):
    """Discarding a block that nobody declared discardable."""

    def __init__(self, handle: int) -> None:
        super().__init__(f"handle {handle:#x} is not discardable")
        self.handle = handle


class BlockDiscarded(HeapError):
    """The contents are gone, and there is no loader that could bring them back."""

    def __init__(self, handle: int) -> None:
        super().__init__(f"the block of handle {handle:#x} is discarded")
        self.handle = handle


class HeapBusy(HeapError):
    """A call from within another one: from a loader on its own block, an `on_discard`, a tap or a finaliser."""


class HeapClosed(HeapError):
    """The heap was closed."""


class HeapImageError(HeapError, ValueError):
    """A file that is no image of a heap, or not a whole one, or one of a later version."""


class HeapCorrupt(HeapError):
    """A check found a broken rule; the walk of the whole heap is attached as a note."""

    def __init__(self, rule: str, detail: str) -> None:
        super().__init__(f"{rule}: {detail}")
        self.rule, self.detail = rule, detail


class UnboundProc(HeapError, LookupError):
    """Memory names a call-back that nobody has bound to a function; see `procs` of an operating system's `attach`.

    `shown` is the address as that system writes it.
    """

    def __init__(self, address: int, whose: str, shown: str) -> None:
        super().__init__(f"no function is bound to the {whose} at {shown}")
        self.address = address


class TraceError(HeapError, ValueError):
    """A trace file that is not what it should be: names file, line and what was expected."""

    def __init__(self, file: str, line: int | None, problem: str) -> None:
        where = file if line is None else f"{file}:{line}"
        super().__init__(f"{where}: {problem}")
        self.file, self.line = file, line


class RecordError(HeapError):
    """A program that could not be recorded, and why."""
