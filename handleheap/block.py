"""The records that heaps, planners and views exchange. Plain data, in address order, no behaviour.

base            body                      base+size
+---------------+------------------+------+
|    header     | length bytes     | slack|     size counts all three
+---------------+------------------+------+
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import IntEnum
from functools import partial
from typing import NamedTuple, TypeVar

R = TypeVar("R", bound=tuple[object, ...])

NOWHERE = -1
"""The base of a block that has no memory now, because it is discarded."""


class Kind(IntEnum):
    """What a block is to a compactor."""

    FREE = 0
    FIXED = 1
    MOVABLE = 2
    TABLE = 3
    """The heap's own bookkeeping inside the arena: handle tables, zone headers. It does not move."""


class Block(NamedTuple):
    """One block of a heap, as `heap.walk()` yields it. Addresses and sizes in bytes.

    Of a FREE block, `body` and `length` tell which bytes the heap keeps nothing in.
    """

    base: int
    size: int
    kind: Kind
    body: int
    length: int
    handle: int = 0
    locks: int = 0
    discardable: int = 0
    """0 = must be kept; otherwise the larger, the sooner the block may go."""
    age: int = 0
    """When it was last touched, as a count of the heap's own clock: smaller is longer ago."""
    owner: str = ""

    @property
    def end(self) -> int:
        return self.base + self.size

    @property
    def may_move(self) -> bool:
        """Movable, in memory and not pinned."""
        return self.kind is Kind.MOVABLE and not self.locks and self.base != NOWHERE

    @property
    def may_go(self) -> bool:
        """Discardable, in memory and not pinned."""
        return bool(self.discardable) and not self.locks and self.base != NOWHERE


class Move(NamedTuple):
    """Take the block of `handle` from `src` to `dst`; `size` counts header and body. The ranges may overlap."""

    handle: int
    src: int
    dst: int
    size: int


class Compaction(NamedTuple):
    """What one `compact()` did. `done` says that no legal move is left."""

    bytes_moved: int
    moves: int
    largest_free: int
    done: bool


class Traits(NamedTuple):
    """Frozen facts about a heap. Callers ask these, never `isinstance`. Sizes in bytes."""

    name: str
    order: str
    """Byte order of the integers in the arena, "little" or "big"."""
    align: int
    """Bodies start at multiples of this."""
    grain: int
    """Blocks start at multiples of this, and move by multiples of it."""
    header: int
    """Bytes of each live block that the heap uses itself."""
    min_block: int
    max_block: int
    moves: bool
    discards: bool
    counts_locks: bool
    """Locks nest and can be read off `Block.locks`; otherwise one unlock undoes any number of locks."""
    pins: bool
    """A locked block stays where it is."""
    guards: bool
    """A locked block refuses to be freed, resized and discarded."""
    merges: bool
    """Two free blocks never stand side by side after a call."""
    handles_inside: bool
    """The handle table lies in the arena."""
    handle_bytes: int
    """Bytes of handle table per live handle, wherever it lies."""
    exact_length: bool
    """The heap remembers the length asked for; otherwise `Block.length` is all that the client may use."""
    detects_stale: bool
    """A handle whose block is freed is always told from a live one."""
    recycles: bool = True
    """Freed memory is used again; otherwise only a heap that becomes empty starts afresh."""
    grows_tables: bool = False
    """An allocation may need room for handles, too, since tables of them are made as they run out."""
    keeps_discarded_length: bool = True
    """The length of a discarded block is still known, where lengths are kept at all; otherwise it is 0."""


def rows(record: type[R], *columns: Iterable[object]) -> Iterator[R]:
    """Records of a NamedTuple class from its columns, without a Python call for each of them.

    >>> list(rows(Move, [1, 2], [64, 96], [0, 32], [32, 16]))
    [Move(handle=1, src=64, dst=0, size=32), Move(handle=2, src=96, dst=32, size=16)]
    """
    return map(partial(tuple.__new__, record), zip(*columns, strict=True))


def table(blocks: Iterable[Block]) -> str:
    """The walk as text, a block a line, as `check` and the command line print it."""
    lines = ["      base      size  kind      handle   length lock flags    age owner"]
    for b in blocks:
        base = "discarded" if b.base == NOWHERE else f"{b.base:#010x}"
        flags = "D" if b.discardable else "-"
        handle = f"{b.handle:#x}" if b.handle else "-"
        row = f"{base:>10} {b.size:>9}  {b.kind.name:<7} {handle:>8} {b.length:>8} {b.locks:>4} {flags:<5} {b.age:>6} {b.owner}"
        lines.append(row.rstrip())
    return "\n".join(lines)
