"""Made-up heaps for the tests of the views."""

from __future__ import annotations

from hypothesis import strategies as st

from handleheap.block import Block, Kind
from handleheap.view.classes import BlockClass

OF_CLASS = {
    BlockClass.FREE: (Kind.FREE, 0, 0),
    BlockClass.DISCARDABLE: (Kind.MOVABLE, 0, 1),
    BlockClass.MOVABLE: (Kind.MOVABLE, 0, 0),
    BlockClass.LOCKED: (Kind.MOVABLE, 2, 0),
    BlockClass.FIXED: (Kind.FIXED, 0, 0),
    BlockClass.TABLE: (Kind.TABLE, 0, 0),
}


def block(base: int, size: int, cls: BlockClass, handle: int = 0, owner: str = "") -> Block:
    kind, locks, discardable = OF_CLASS[cls]
    return Block(base, size, kind, base, size, handle, locks, discardable, 0, owner)


def laid_out(parts: list[tuple[int, BlockClass]], base: int = 0) -> list[Block]:
    """Blocks of these sizes and classes, one after the other."""
    blocks = []
    for handle, (size, cls) in enumerate(parts, 1):
        blocks.append(block(base, size, cls, handle))
        base += size
    return blocks


sizes = st.one_of(st.integers(0, 5), st.integers(1, 60))
heaps = st.builds(laid_out, st.lists(st.tuples(sizes, st.sampled_from(BlockClass)), max_size=25))
"""Heaps whose blocks tile the arena from 0 on."""


def holey(blocks: list[Block], keep: list[bool]) -> list[Block]:
    """Some of the blocks: the addresses of the others are nobody's."""
    return [b for b, kept in zip(blocks, keep + [True] * len(blocks), strict=False) if kept]


holed = st.builds(holey, heaps, st.lists(st.booleans(), max_size=25))


def oracle(blocks: list[Block], width: int, start: int, end: int) -> list[int]:
    """What a strip shows, byte by byte: byte i lies under the pixels from i·width/n to (i+1)·width/n."""
    n = end - start
    codes = [0] * width
    for b in blocks:
        cls = next(c for c, what in OF_CLASS.items() if what == (b.kind, b.locks, b.discardable))
        for address in range(max(b.base, start), min(b.end, end)):
            i = address - start
            for x in range(width):
                if x * n < (i + 1) * width and (x + 1) * n > i * width:
                    codes[x] = max(codes[x], int(cls))
    return codes


EXAMPLE = laid_out(
    [
        (1024, BlockClass.TABLE),
        (3000, BlockClass.FIXED),
        (7000, BlockClass.MOVABLE),
        (2000, BlockClass.FREE),
        (5000, BlockClass.MOVABLE),
        (40, BlockClass.FIXED),
        (3500, BlockClass.DISCARDABLE),
        (2600, BlockClass.LOCKED),
        (6000, BlockClass.FREE),
        (4000, BlockClass.DISCARDABLE),
        (300, BlockClass.MOVABLE),
        (300, BlockClass.FREE),
        (300, BlockClass.LOCKED),
        (9000, BlockClass.FREE),
    ]
)
