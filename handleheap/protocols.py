"""What every heap on the shelf can do, whatever its operating system.

    alloc -> handle          free, resize, length, address, info
    lock / unlock            pin a block (`Traits.pins`), counted or not (`Traits.counts_locks`)
    touch, discard, …        discardable blocks (`Traits.discards`)
    plan -> moves            commit(moves), compact
    walk -> blocks           check

`.addr.short`  an address lives until the next call that may move or grow; keep handles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from .arena import Arena
from .block import Block, Compaction, Move, Traits
from .events import Tap

Loader = Callable[[int, memoryview], None]
"""Called with a handle and its new memory after a discarded block got memory again: fill it."""

Planner = Callable[..., list[Move]]
"""`planner(blocks, *, align=1, max_bytes=None, max_moves=None)`: blocks in address order in, moves out; touches nothing."""

VictimOrder = Callable[[Iterable[Block]], Iterable[Block]]
"""Blocks in, those that may be discarded out, the first to go first."""

MAY_MOVE = frozenset({"alloc", "resize", "touch", "lock", "compact", "commit"})
"""The calls after which an address is void. `touch` and `lock` are here because they may reload a discarded block."""


class Heap(Protocol):
    """A heap of this package. All sizes and addresses in bytes; an address is an offset in `arena`."""

    @property
    def traits(self) -> Traits: ...
    @property
    def arena(self) -> Arena: ...

    tap: Tap | None

    def alloc(self, n: int, *, movable: bool = True, discardable: int = 0, loader: Loader | None = None) -> int:
        """A handle, never 0, of a block of `n` >= 0 bytes. Raises OutOfMemory; ValueError for a negative size."""
        ...

    def free(self, handle: int) -> None:
        """Give the block back. Raises StaleHandle, HandlePinned."""
        ...

    def resize(self, handle: int, n: int) -> int:
        """The handle, contents kept to min(old, new). Raises OutOfMemory, HandlePinned, BlockDiscarded, StaleHandle.

        Where handles are addresses (not `Traits.moves`) it may be another handle, as from realloc; else it is the same, but
        for Windows' blocks of more than 64 KB, which take several selectors.
        """
        ...

    def lock(self, handle: int) -> int:
        """Pin the block and return the address of its body; a discarded block is reloaded first."""
        ...

    def unlock(self, handle: int) -> None:
        """Undo one lock. Raises HandleNotLocked, StaleHandle."""
        ...

    def touch(self, handle: int) -> bool:
        """Mark the block as used now. Returns whether its contents had survived; if not, its loader has run.

        Raises BlockDiscarded where there is no loader, OutOfMemory where there is no room: then it is still discarded.
        """
        ...

    def discard(self, handle: int) -> None:
        """Give up the memory and keep the handle. Raises NotDiscardable, HandlePinned. Discarding twice is no error."""
        ...

    def is_discarded(self, handle: int) -> bool: ...

    def set_discardable(self, handle: int, discardable: int) -> None: ...

    def length(self, handle: int) -> int:
        """Bytes asked for, or all that may be used where `Traits.exact_length` is false."""
        ...

    def address(self, handle: int) -> int:
        """Where the body starts now. Raises BlockDiscarded."""
        ...

    def info(self, handle: int) -> Block: ...

    def walk(self) -> Iterator[Block]:
        """All blocks in address order, free ones and tables included: they tile the arena. Discarded ones are not in it."""
        ...

    def discarded(self) -> list[Block]:
        """The handles without memory, as blocks at NOWHERE."""
        ...

    def plan(self) -> list[Move]:
        """The moves that `compact()` would make now. Changes nothing."""
        ...

    def commit(self, moves: Iterable[Move]) -> None:
        """Carry out moves of this heap's movable blocks, in their order. Raises HandlePinned at a pinned one."""
        ...

    def compact(self, *, max_bytes: int | None = None, max_moves: int | None = None) -> Compaction:
        """Carry out `plan()`; within a budget, its first move is always made and the budget never exceeded after that."""
        ...

    def check(self) -> None:
        """Raise HeapCorrupt if the heap's own state contradicts itself."""
        ...
