"""The rules that every heap obeys at rest, checked from outside by walking it.

A healthy heap costs a few list operations a block; only a broken one is looked at block by block, to name the culprit.
"""

from __future__ import annotations

from itertools import compress
from operator import add, le

from .block import NOWHERE, Block, Kind, table
from .errors import HeapCorrupt
from .protocols import Heap

FREE, FIXED, MOVABLE, TABLE = Kind.FREE, Kind.FIXED, Kind.MOVABLE, Kind.TABLE
LIVE = {FIXED, MOVABLE}


def check(heap: Heap) -> list[Block]:
    """The walk of a healthy heap; raises HeapCorrupt, with the whole walk as a note, if a rule is broken. Cost: one walk."""
    blocks: list[Block] = []
    gone = heap.discarded()
    try:
        blocks.extend(heap.walk())
        heap.check()
        if not _healthy(heap, blocks):
            _diagnose(heap, blocks)
        if gone:
            _check_discarded(blocks, gone)
    except HeapCorrupt as error:
        error.add_note(table([*blocks, *gone]))
        raise
    return blocks


def _healthy(heap: Heap, blocks: list[Block]) -> bool:
    """All the rules of `_diagnose`, column-wise."""
    if not blocks:
        return heap.arena.size == 0
    traits = heap.traits
    bases, sizes, kinds, bodies, lengths, handles, locks, discardable, *_ = zip(*blocks, strict=True)
    ends = list(map(add, bases, sizes))
    live = list(filter(None, handles))
    least = min(sizes)
    unaligned = (traits.align - 1).__and__
    return (
        bases[0] == 0
        and list(bases[1:]) == ends[:-1]
        and ends[-1] == heap.arena.size
        and least > 0
        and min(lengths) >= 0
        and all(map(le, bases, bodies))
        and all(map(le, map(add, bodies, lengths), ends))
        and len(live) == len(set(live)) == len(kinds) - kinds.count(FREE) - kinds.count(TABLE)
        and set(compress(kinds, handles)) <= LIVE
        and (not any(map(unaligned, bodies)) or not any(map(unaligned, compress(bodies, handles))))
        and (least >= traits.min_block or min(compress(sizes, handles), default=traits.min_block) >= traits.min_block)
        and (not any(locks) or (min(locks) >= 0 and set(compress(kinds, locks)) <= LIVE))
        and (not any(discardable) or set(compress(kinds, discardable)) <= {MOVABLE})
        and not (traits.merges and bytes((FREE, FREE)) in bytes(kinds))
    )


def _diagnose(heap: Heap, blocks: list[Block]) -> None:
    traits = heap.traits
    end, before, seen = 0, None, set[int]()
    for b in blocks:
        where = f"block at {b.base:#x}"
        if b.base != end:
            raise HeapCorrupt("blocks tile the arena", f"{where} follows one that ends at {end:#x}")
        if b.size <= 0:
            raise HeapCorrupt("sizes are positive", f"{where} has {b.size} bytes")
        if not b.base <= b.body <= b.body + b.length <= b.end:
            raise HeapCorrupt("the body lies in its block", f"{where}: {b.length} bytes at {b.body:#x}, size {b.size}")
        if b.kind in (FREE, TABLE):
            if b.handle or b.locks or b.discardable:
                raise HeapCorrupt("only live blocks have handles, locks and flags", where)
        else:
            _diagnose_live(b, seen, traits.align, traits.min_block)
        if traits.merges and b.kind is before is FREE:
            raise HeapCorrupt("free neighbours are merged", where)
        end, before = b.end, b.kind
    raise HeapCorrupt("blocks tile the arena", f"the walk ends at {end:#x}, the arena at {heap.arena.size:#x}")


def _diagnose_live(b: Block, seen: set[int], align: int, min_block: int) -> None:
    where = f"block at {b.base:#x}"
    if not b.handle or b.handle in seen:
        raise HeapCorrupt("each live block has a handle of its own", f"{where} has {b.handle:#x}")
    seen.add(b.handle)
    if b.body % align:
        raise HeapCorrupt("bodies are aligned", f"{where}: body at {b.body:#x}, not a multiple of {align}")
    if b.size < min_block:
        raise HeapCorrupt("blocks have a least size", f"{where} has {b.size} bytes, least is {min_block}")
    if b.locks < 0:
        raise HeapCorrupt("lock counts are not negative", f"{where} has {b.locks}")
    if b.discardable and b.kind is not MOVABLE:
        raise HeapCorrupt("only movable blocks are discardable", where)


def _check_discarded(blocks: list[Block], gone: list[Block]) -> None:
    handles = {block.handle for block in blocks if block.handle}
    for block in gone:
        if block.base != NOWHERE or not block.handle or block.handle in handles or block.locks:
            raise HeapCorrupt("a discarded block has a handle and nothing else", f"handle {block.handle:#x}")
        handles.add(block.handle)
