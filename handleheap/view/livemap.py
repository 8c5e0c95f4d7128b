"""A map of memory that is kept up to date by events: each costs what it changes, however many blocks there are.

    Allocated  Resized  Moved  Locked  Freed …
        |
        v
    handle -> Block      codes, as bands(walk)      pixels, as band_picture(walk)      tally

The map takes nothing from the heap but the blocks it starts with. It knows what events tell: of headers and owners it keeps
what it had at the start. Free blocks side by side are one, since no event tells them apart. Moves of a batch are told one by
one, when all of them are made: after the last of them the map is right, whatever their order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .. import events
from ..block import NOWHERE, Block, Kind, Move
from .cells import Cells
from .classes import BlockClass, Tally, classify
from .palette import PATTERNS, Pattern
from .picture import picture_height
from .strip import window


class LiveMap:
    """A map of `blocks`, which tile memory as `heap.walk()` yields them; with `heap.discarded()` it knows what comes back.

    `width` counts cells, so the picture is `band_picture(walk, width + 2, rows, row_height)`. Raises ValueError for a map
    without cells and for an impossible range. Cost: O(blocks + cells) once, then what `apply` says.

    >>> heap = [Block(0, 32, Kind.FIXED, 0, 32, 7), Block(32, 96, Kind.FREE, 32, 96)]
    >>> live = LiveMap(heap, 4, 2, 1)
    >>> live.apply(events.Allocated(8, 48, 32, 32))
    >>> list(live.codes), live.block_at_cell(3).handle
    ([4, 4, 0, 2, 2, 0, 0, 0], 8)
    """

    def __init__(
        self,
        blocks: Sequence[Block],
        width: int,
        rows: int,
        row_height: int,
        *,
        start: int = 0,
        end: int | None = None,
        hatches: Sequence[Pattern] = PATTERNS,
        thin: bool = False,
    ) -> None:
        start, end = window(blocks, start, end)
        self.size = width + 2, picture_height(rows, row_height)
        """Width and height of the picture in pixels."""
        self.placed: dict[int, Block] = {}
        """All blocks but free ones, discarded ones too: by handle, those without one by ~base."""
        there = [block for block in blocks if block.base != NOWHERE]
        self.low = min((block.base for block in there), default=start)
        self.high = max((block.end for block in there), default=start)
        self._cells = Cells(width, rows, row_height, (start, end), (self.low, self.high), hatches, thin)
        self._counts, self._bytes = [0] * len(BlockClass), [0] * len(BlockClass)
        self._bytes[BlockClass.FREE] = sum(block.size for block in there)
        self._ends, self._starts = {self.low: 0}, {self.high: 0}
        self._counts[BlockClass.FREE] = int(self.low < self.high)
        for block in blocks:
            if block.kind is not Kind.FREE:
                self._put(key(block), block)
        self._cells.repaint()
        self._cells.slices = self._cells.cells = 0

    # --- looking ---------------------------------------------------------------------------------------------------------

    @property
    def codes(self) -> bytearray:
        """The class of each cell, as `bands` gives it. To be read only."""
        return self._cells.codes

    @property
    def pixels(self) -> bytearray:
        """The picture, as `band_picture` gives it. To be read only."""
        return self._cells.pixels

    @property
    def slices(self) -> int:
        """How many stretches of bands events have painted so far."""
        return self._cells.slices

    @property
    def cells(self) -> int:
        """How many cells were in them."""
        return self._cells.cells

    @property
    def tally(self) -> dict[BlockClass, Tally]:
        """Blocks and bytes per class, the most restrictive first."""
        return {cls: Tally(self._counts[cls], self._bytes[cls]) for cls in reversed(BlockClass)}

    def block_at_cell(self, cell: int) -> Block | None:
        """The block that a cell shows, as `strip.block_at`; None outside the map and where memory is free.

        Cost: the blocks of that class that share the cell; most cells have one.
        """
        if not 0 <= cell < len(self.codes):
            return None
        here = (self.placed[found] for found in self._cells.keys(cell))
        return max(here, key=lambda block: (block.size, -block.base), default=None)

    def blocks(self) -> list[Block]:
        """What the map knows as a walk, to draw it in another way. Cost: O(blocks · log blocks)."""
        there = sorted(block for block in self.placed.values() if block.base != NOWHERE)
        return sorted([*there, *gaps(there, self.low, self.high)])

    # --- events ----------------------------------------------------------------------------------------------------------

    def apply(self, event: events.Event) -> None:
        """What a tap was told. An event about a block that the map does not know makes it known, if it tells a place.

        Cost: for each band that the block spans, before and after, a slice; and the cells at its edges.
        """
        match event:
            case events.Allocated(handle, base, size, length, kind, discardable):
                self._change(handle, Block(base, size, Kind(kind), base, length, handle, 0, discardable))
            case events.TableGrew(base, size):
                self._change(~base, Block(base, size, Kind.TABLE, base, size))
            case events.Freed(handle, base, _):
                self._change(self._known(handle, base), None)
            case events.Moved(handle, src, dst, size):
                self._move(handle, src, dst, size)
            case events.Resized(handle, old_base, _, base, size, length, new_handle):
                self._move(handle, old_base, base, size, length, new_handle)
            case events.Reloaded(handle, base, size, length):
                self._move(handle, NOWHERE, base, size, length)
            case events.Discarded(handle, base, _):
                self._move(handle, base, NOWHERE, 0)
            case events.Locked(handle, locks) | events.Unlocked(handle, locks):
                if handle in self.placed:
                    self._change(handle, self.placed[handle]._replace(locks=locks))
            case events.Marked(handle, discardable):
                if handle in self.placed:
                    self._change(handle, self.placed[handle]._replace(discardable=discardable))
            case _:
                return
        self._cells.repaint()

    def learn(self, block: Block, handle: int = 0) -> None:
        """A block as it is now, where no event tells all of it; `handle` is what it was known by, if that was another."""
        self._change(handle or key(block), block)
        self._cells.repaint()

    def _known(self, handle: int, base: int) -> int:
        """The key of a block; if its handle has changed untold, the block is known by its place."""
        return handle if handle in self.placed else self._starts.get(base, 0) or handle

    def _move(self, handle: int, src: int, dst: int, size: int, length: int | None = None, new_handle: int = 0) -> None:
        """Another place, another size, another handle: what an event tells, and the rest is as it was."""
        before = self._known(handle, src)
        block = self.placed.get(before)
        if block is None:  # whoever comes back was discarded, under a handle that has changed since
            block = Block(NOWHERE, 0, Kind.MOVABLE, NOWHERE, size, handle, 0, int(src == NOWHERE))
        header = block.body - block.base
        body = dst + header if dst != NOWHERE else NOWHERE
        locks = block.locks if dst != NOWHERE else 0
        length = block.length if length is None else length
        kind = block.kind if before == handle else Kind.MOVABLE  # a fixed block was made movable
        handle = new_handle or handle
        self._change(before, Block(dst, size, kind, body, length, handle, locks, *block[7:]))

    def _change(self, before: int, block: Block | None) -> None:
        """Instead of what was known under a key there is now this block."""
        old = self.placed.get(before)
        if old is not None and block is not None and looks(old) == looks(block):
            self.placed[before] = block
            return
        if old is not None:
            self._take(before, old)
        if block is not None:
            if (stale := self.placed.get(key(block))) is not None:
                self._take(key(block), stale)
            self._put(key(block), block)

    def _put(self, found: int, block: Block) -> None:
        self.placed[found] = block
        if block.base == NOWHERE or not block.size:
            return
        code, end = classify(block), block.end
        self._cells.lay(found, block.base, block.size, code)
        self._counted(code, block.size, 1)
        if block.base not in self._starts:
            self._counts[BlockClass.FREE] -= block.base in self._ends
        self._starts[block.base] = found
        if end not in self._ends:
            self._counts[BlockClass.FREE] += end not in self._starts
        self._ends[end] = found

    def _take(self, found: int, block: Block) -> None:
        del self.placed[found]
        if block.base == NOWHERE or not block.size:
            return
        code, end = classify(block), block.end
        self._cells.lift(found, block.base, block.size, code)
        self._counted(code, block.size, -1)
        if self._ends.get(end) == found:
            del self._ends[end]
            self._counts[BlockClass.FREE] -= end not in self._starts
        if self._starts.get(block.base) == found:
            del self._starts[block.base]
            self._counts[BlockClass.FREE] += block.base in self._ends

    def _counted(self, code: BlockClass, size: int, sign: int) -> None:
        """What a block has is not free. Free blocks are counted by the ends of blocks behind which none begins."""
        self._counts[code] += sign
        self._bytes[code] += sign * size
        self._bytes[BlockClass.FREE] -= sign * size


def key(block: Block) -> int:
    """What a map knows a block by: its handle, if it has one. Tables are known by their place, and never move."""
    return block.handle if block.handle and block.kind is not Kind.TABLE else ~block.base


def looks(block: Block) -> tuple[int, int, int, BlockClass]:
    """All that a map shows of a block."""
    return block.handle, block.base, block.size, classify(block)


def gaps(blocks: Sequence[Block], low: int, high: int) -> Iterator[Block]:
    """What no block of these owns between two addresses, as free blocks. The blocks come in address order; they may overlap."""
    at = low
    for block in blocks:
        if at < block.base:
            yield Block(at, block.base - at, Kind.FREE, at, block.base - at)
        at = max(at, block.end)
    if at < high:
        yield Block(at, high - at, Kind.FREE, at, high - at)


def sliding(blocks: Sequence[Block], moves: Sequence[Move | events.Moved], t: float) -> list[Block]:
    """The blocks at time `t`, from 0 to 1, when moves are made one after the other and each block glides evenly.

    To be drawn with `band_picture`: the block on its way comes last, so that it lies over the others. `blocks` are those before
    the moves. Raises ValueError for another time. Cost: O(blocks · log blocks).

    >>> heap = [Block(0, 8, Kind.FREE, 0, 8), Block(8, 8, Kind.MOVABLE, 8, 8, 1)]
    >>> [(block.base, block.size, block.handle) for block in sliding(heap, [Move(1, 8, 0, 8)], 0.5)]
    [(0, 4, 0), (12, 4, 0), (4, 8, 1)]
    """
    if not 0 <= t <= 1:
        raise ValueError(f"time {t}: it runs from 0 to 1")
    there = [block for block in blocks if block.base != NOWHERE]
    low, high = min((block.base for block in there), default=0), max((block.end for block in there), default=0)
    made = int(t * len(moves))
    at = {move.handle: move.dst for move in moves[:made]}
    glides = None
    if made < len(moves):
        glides, src, dst, _ = moves[made]
        at[glides] = src + round((dst - src) * (t * len(moves) - made))
    live = []
    for block in there:
        if block.kind is not Kind.FREE:
            base = at.get(block.handle, block.base) if block.kind is Kind.MOVABLE else block.base
            live.append(block._replace(base=base, body=base + block.body - block.base))
    live.sort()
    shown = sorted([*live, *gaps(live, low, high)])
    return sorted(shown, key=lambda block: bool(block.handle) and block.handle == glides)
