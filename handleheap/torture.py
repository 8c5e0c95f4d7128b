"""Three torments under which any heap of this package can be run, to bring hidden bugs to light.

    scramble   move everything that may move before each alloc, resize, lock and touch (the heap scramble of MacsBug)
    fill       every free byte is 0xCC after each call, and must still be so at the next
    verify     `check` after each call

Who keeps an address too long, reads freed memory or writes into it, is found at once instead of once a month.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import accumulate
from random import Random

from .arena import Arena
from .block import Block, Compaction, Kind, Move, Traits, rows
from .check import check
from .errors import HeapCorrupt
from .events import Tap
from .protocols import Heap, Loader

FILL = 0xCC
FREE, MOVABLE = Kind.FREE, Kind.MOVABLE
BASE, SIZE, HANDLE = map(Block._fields.index, ("base", "size", "handle"))


def scatter(blocks: Iterable[Block], grain: int, random: Random, least: int = 0) -> list[Move]:
    """Between each two pins, slide all blocks together to a place chosen at random; order is kept, nothing passes a pin.

    No gap of less than `least` bytes is made.
    """
    moves: list[Move] = []
    between: list[Block] = []
    start = end = 0
    for block in blocks:
        kind = block.kind
        if kind is MOVABLE and not block.locks:
            between.append(block)
        elif kind is not FREE:
            moves += _slide_to(between, start, block.base, grain, random, least)
            between, start = [], block.end
        end = block.base + block.size
    return moves + _slide_to(between, start, end, grain, random, least)


def _slide_to(blocks: list[Block], start: int, end: int, grain: int, random: Random, least: int) -> list[Move]:
    """Down from the lowest, then up from the highest: then no block is written over before it has moved."""
    room = end - start - sum([block.size for block in blocks])
    places = room // grain
    if not blocks or not places:
        return []
    now = (blocks[0].base - start) // grain
    gap = grain * ((now + 1 + int(random.random() * places)) % (places + 1))
    if least > grain and (0 < gap < least or 0 < room - gap < least):
        gap = 0 if now else room
    dst = start + gap
    handles, srcs, sizes = ([block[field] for block in blocks] for field in (HANDLE, BASE, SIZE))
    moves = list(rows(Move, handles, srcs, accumulate(sizes[:-1], initial=dst), sizes))
    down = [move for move in moves if move.dst < move.src]
    up = [move for move in moves if move.dst > move.src]
    return down + up[::-1]


class Torture:
    """A heap like `heap`, with the chosen torments around each call; it is itself a `protocols.Heap`.

    `scrambles` counts how often it was scrambled. Cost of a call: one walk, and for a scramble all movable bytes.

    >>> from handleheap.textbook import Textbook
    >>> heap = Torture(Textbook(256))
    >>> a = heap.alloc(32)
    >>> before = heap.address(a)
    >>> b = heap.alloc(32)                  # a call that may move …
    >>> heap.address(a) == before           # … does move
    False
    """

    def __init__(self, heap: Heap, *, scramble: bool = True, fill: int | None = FILL, verify: bool = True, seed: int = 0) -> None:
        self.heap = heap
        self.scramble = scramble and heap.traits.moves
        self.filler = None if fill is None else bytes((fill,)) * heap.arena.size
        self.verify = verify
        self.scrambles = 0
        self._depth = 0
        self._random = Random(seed)
        self._after()

    # --- the torments ----------------------------------------------------------------------------------------------------

    @contextmanager
    def _around(self, *, scramble: bool = False) -> Iterator[None]:
        """A call. Of a call within a call, by a loader, only our picture of the heap is old: look at it first."""
        if self._depth:
            self._after()
        if self.filler is not None:
            self._check_fill(self.filler)
        if scramble and self.scramble:
            self._scramble()
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            self._after()

    def _scramble(self) -> None:
        """Move all that may move. The tap is not told: this is not the heap's doing."""
        tap, self.heap.tap = self.heap.tap, None
        try:
            traits = self.heap.traits
            self.heap.commit(scatter(self._blocks, traits.grain, self._random, traits.min_block))
        finally:
            self.heap.tap = tap
        self.scrambles += 1

    def _after(self) -> None:
        self._blocks = check(self.heap) if self.verify else list(self.heap.walk())
        if self.filler is not None:
            filler = memoryview(self.filler)
            self._free = [block for block in self._blocks if block.kind is FREE]
            for block in self._free:
                self.heap.arena.view(block.body, block.length)[:] = filler[: block.length]

    def _check_fill(self, filler: bytes) -> None:
        for block in self._free:
            memory = self.heap.arena.view(block.body, block.length)
            if not filler.startswith(memory):
                at = next(i for i, byte in enumerate(memory) if byte != filler[0])
                detail = f"{memory[at]:#04x} at {block.body + at:#x}, fill is {filler[0]:#04x}"
                raise HeapCorrupt("nobody writes to free memory", detail)

    # --- the calls, each in torment --------------------------------------------------------------------------------------

    def alloc(self, n: int, *, movable: bool = True, discardable: int = 0, loader: Loader | None = None) -> int:
        with self._around(scramble=True):
            return self.heap.alloc(n, movable=movable, discardable=discardable, loader=loader)

    def resize(self, handle: int, n: int) -> int:
        with self._around(scramble=True):
            return self.heap.resize(handle, n)

    def lock(self, handle: int) -> int:
        with self._around(scramble=True):
            return self.heap.lock(handle)

    def touch(self, handle: int) -> bool:
        with self._around(scramble=True):
            return self.heap.touch(handle)

    def commit(self, moves: Iterable[Move]) -> None:
        with self._around():
            self.heap.commit(moves)

    def compact(self, *, max_bytes: int | None = None, max_moves: int | None = None) -> Compaction:
        with self._around():
            return self.heap.compact(max_bytes=max_bytes, max_moves=max_moves)

    def free(self, handle: int) -> None:
        with self._around():
            self.heap.free(handle)

    def unlock(self, handle: int) -> None:
        with self._around():
            self.heap.unlock(handle)

    def discard(self, handle: int) -> None:
        with self._around():
            self.heap.discard(handle)

    def set_discardable(self, handle: int, discardable: int) -> None:
        with self._around():
            self.heap.set_discardable(handle, discardable)

    # --- asking, in peace ------------------------------------------------------------------------------------------------

    def is_discarded(self, handle: int) -> bool:
        return self.heap.is_discarded(handle)

    def length(self, handle: int) -> int:
        return self.heap.length(handle)

    def address(self, handle: int) -> int:
        return self.heap.address(handle)

    def info(self, handle: int) -> Block:
        return self.heap.info(handle)

    def walk(self) -> Iterator[Block]:
        return self.heap.walk()

    def discarded(self) -> list[Block]:
        return self.heap.discarded()

    def plan(self) -> list[Move]:
        return self.heap.plan()

    def check(self) -> None:
        self.heap.check()

    @property
    def traits(self) -> Traits:
        return self.heap.traits

    @property
    def arena(self) -> Arena:
        return self.heap.arena

    @property
    def tap(self) -> Tap | None:
        return self.heap.tap

    @tap.setter
    def tap(self, tap: Tap | None) -> None:
        self.heap.tap = tap
