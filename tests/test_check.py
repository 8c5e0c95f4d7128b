"""The rules that every heap obeys at rest: each broken one is named, and the fast path overlooks nothing."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handleheap.arena import Arena
from handleheap.block import NOWHERE, Block, Kind
from handleheap.check import check
from handleheap.errors import HeapCorrupt
from handleheap.textbook import Textbook

FREE, FIXED, MOVABLE, TABLE = Kind.FREE, Kind.FIXED, Kind.MOVABLE, Kind.TABLE
TRAITS = Textbook(0, align=8).traits._replace(min_block=16)


class Fake:
    """As much of a heap as `check` asks for; it walks whatever it is given."""

    tap = None

    def __init__(self, blocks, gone=(), *, size=None, traits=TRAITS, problem=None):
        self.blocks, self.gone, self.traits, self.problem = blocks, gone, traits, problem
        self.arena = Arena(sum(block.size for block in blocks if block.size > 0) if size is None else size)

    def walk(self):
        yield from self.blocks

    def discarded(self):
        return list(self.gone)

    def check(self):
        if self.problem:
            raise self.problem


TABLE_BLOCK = Block(0, 8, TABLE, 0, 8)
A = Block(8, 32, MOVABLE, 16, 20, 1, discardable=2, age=3)
HOLE = Block(40, 24, FREE, 40, 24)
B = Block(64, 16, FIXED, 72, 0, 2, locks=1)
TAIL = Block(80, 5, FREE, 80, 5)
HEALTHY = [TABLE_BLOCK, A, HOLE, B, TAIL]
GONE = Block(NOWHERE, 0, MOVABLE, NOWHERE, 99, 7, discardable=1)


def with_(number, **changes):
    return [block._replace(**changes) if i == number else block for i, block in enumerate(HEALTHY)]


def test_a_healthy_heap_returns_its_walk():
    assert check(Fake(HEALTHY)) == HEALTHY
    assert check(Fake(HEALTHY, [GONE, GONE._replace(handle=8)])) == HEALTHY
    assert check(Fake([])) == []


BROKEN = {
    "a walk that starts late": (HEALTHY[1:], "blocks tile the arena", "block at 0x8 follows one that ends at 0x0"),
    "a gap": (HEALTHY[:2] + HEALTHY[3:], "blocks tile the arena", "block at 0x40 follows one that ends at 0x28"),
    "an overlap": (with_(1, size=40), "blocks tile the arena", "block at 0x28 follows one that ends at 0x30"),
    "a walk that ends early": (HEALTHY[:-1], "blocks tile the arena", "the walk ends at 0x50, the arena at 0x55"),
    "a walk that ends late": (with_(4, size=6), "blocks tile the arena", "the walk ends at 0x56, the arena at 0x55"),
    "no blocks at all": ([], "blocks tile the arena", "the walk ends at 0x0, the arena at 0x55"),
    "a block of no bytes": (
        [TABLE_BLOCK, Block(8, 0, FREE, 8, 0), *HEALTHY[1:]],
        "sizes are positive",
        "block at 0x8 has 0 bytes",
    ),
    "a block of less": ([Block(0, -8, FREE, 0, 0), *HEALTHY], "sizes are positive", "block at 0x0 has -8 bytes"),
    "a body below its block": (with_(1, body=0), "the body lies in its block", "block at 0x8: 20 bytes at 0x0, size 32"),
    "a body too long": (with_(1, length=25), "the body lies in its block", "block at 0x8: 25 bytes at 0x10, size 32"),
    "a length below 0": (with_(1, length=-1), "the body lies in its block", "block at 0x8: -1 bytes at 0x10, size 32"),
    "a free body too long": (with_(2, length=25), "the body lies in its block", "block at 0x28: 25 bytes at 0x28, size 24"),
    "a free block with a handle": (with_(2, handle=9), "only live blocks have handles, locks and flags", "block at 0x28"),
    "a free block with a lock": (with_(2, locks=1), "only live blocks have handles, locks and flags", "block at 0x28"),
    "a free block with a flag": (with_(2, discardable=1), "only live blocks have handles, locks and flags", "block at 0x28"),
    "a table with a handle": (with_(0, handle=9), "only live blocks have handles, locks and flags", "block at 0x0"),
    "a table with a lock": (with_(0, locks=1), "only live blocks have handles, locks and flags", "block at 0x0"),
    "a live block without": (with_(1, handle=0), "each live block has a handle of its own", "block at 0x8 has 0x0"),
    "a handle twice": (with_(3, handle=1), "each live block has a handle of its own", "block at 0x40 has 0x1"),
    "a handle on the wrong block": (
        [TABLE_BLOCK, A._replace(handle=0, discardable=0), HOLE._replace(handle=1), B, TAIL],
        "each live block has a handle of its own",
        "block at 0x8 has 0x0",
    ),
    "a body out of line": (with_(1, body=17), "bodies are aligned", "block at 0x8: body at 0x11, not a multiple of 8"),
    "a block too small": (
        [Block(0, 8, MOVABLE, 0, 8, 1)],
        "blocks have a least size",
        "block at 0x0 has 8 bytes, least is 16",
    ),
    "a lock count below 0": (with_(3, locks=-1), "lock counts are not negative", "block at 0x40 has -1"),
    "a discardable fixed block": (with_(3, discardable=1), "only movable blocks are discardable", "block at 0x40"),
    "two holes side by side": (
        [*HEALTHY[:2], Block(40, 8, FREE, 40, 8), Block(48, 16, FREE, 48, 16), *HEALTHY[3:]],
        "free neighbours are merged",
        "block at 0x30",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_rule_is_named_with_its_block_and_the_walk(case):
    blocks, rule, detail = BROKEN[case]
    size = 0x55 if case not in ("a block too small", "a block of less") else sum(block.size for block in blocks)
    with pytest.raises(HeapCorrupt) as caught:
        check(Fake(blocks, size=size))
    assert (caught.value.rule, caught.value.detail) == (rule, detail)
    (note,) = caught.value.__notes__
    assert len(note.splitlines()) == 1 + len(blocks)
    assert all(f"{block.base:#010x}" in line for block, line in zip(blocks, note.splitlines()[1:], strict=True))


@pytest.mark.parametrize(
    "gone",
    [
        GONE._replace(base=0x20),
        GONE._replace(handle=0),
        GONE._replace(handle=A.handle),
        GONE._replace(locks=1),
    ],
)
def test_a_discarded_block_has_a_handle_and_nothing_else(gone):
    with pytest.raises(HeapCorrupt, match="a discarded block has a handle and nothing else") as caught:
        check(Fake(HEALTHY, [GONE._replace(handle=50), gone]))
    assert len(caught.value.__notes__[0].splitlines()) == 1 + len(HEALTHY) + 2


def test_two_discarded_blocks_do_not_share_a_handle():
    with pytest.raises(HeapCorrupt, match="a discarded block has a handle and nothing else: handle 0x7"):
        check(Fake(HEALTHY, [GONE, GONE]))


def test_the_heap_speaks_first_and_the_walk_is_added():
    """The heap's own check knows more: its words win over those of the general rules."""
    with pytest.raises(HeapCorrupt, match="my own rule: broken") as caught:
        check(Fake(HEALTHY[:-1], [GONE], size=0x55, problem=HeapCorrupt("my own rule", "broken")))
    assert len(caught.value.__notes__[0].splitlines()) == 1 + len(HEALTHY) - 1 + 1


def test_a_walk_that_breaks_off_shows_how_far_it_came():
    class Stumbles(Fake):
        def walk(self):
            yield from HEALTHY[:2]
            raise HeapCorrupt("a tag holds a sensible size", "header at 0x28 says 0x0")

    with pytest.raises(HeapCorrupt, match="header at 0x28 says 0x0") as caught:
        check(Stumbles(HEALTHY))
    assert len(caught.value.__notes__[0].splitlines()) == 1 + 2


def test_rules_that_a_heap_does_not_claim_are_not_asked():
    loose = TRAITS._replace(merges=False, align=1, min_block=1)
    blocks = [Block(0, 3, FREE, 0, 3), Block(3, 4, FREE, 3, 4), Block(7, 2, MOVABLE, 7, 1, 5)]
    assert check(Fake(blocks, traits=loose)) == blocks
    for changes in ({"merges": True}, {"align": 2}, {"min_block": 3}):
        with pytest.raises(HeapCorrupt):
            check(Fake(blocks, traits=loose._replace(**changes)))


# --- the fast path against the definition of the rules -------------------------------------------------------------------


def obeys(blocks, size, traits):
    """The rules once more, as plain as can be."""
    live = [b for b in blocks if b.kind in (FIXED, MOVABLE)]
    handles = [b.handle for b in live]
    return (
        [b.base for b in blocks] == [sum(b.size for b in blocks[:i]) for i in range(len(blocks))]
        and sum(b.size for b in blocks) == size
        and all(b.size > 0 for b in blocks)
        and all(b.length >= 0 and b.body >= b.base and b.body + b.length <= b.base + b.size for b in blocks)
        and all(handles)
        and len(set(handles)) == len(handles)
        and not any(b.handle or b.locks or b.discardable for b in blocks if b not in live)
        and all(b.body % traits.align == 0 and b.size >= traits.min_block and b.locks >= 0 for b in live)
        and not any(b.discardable for b in live if b.kind is FIXED)
        and not (traits.merges and any(a.kind is b.kind is FREE for a, b in pairwise(blocks)))
    )


@st.composite
def walks(draw):
    """A walk that obeys all rules, or one in which a field or two are wrong."""
    blocks, base = [], 0
    for handle in range(1, draw(st.integers(1, 7))):
        kinds = [FIXED, MOVABLE, TABLE, FREE]
        if blocks and blocks[-1].kind is FREE:
            kinds.remove(FREE)
        kind = draw(st.sampled_from(kinds))
        size = 8 * draw(st.integers(2, 4))
        if kind in (FIXED, MOVABLE):
            body = base + draw(st.sampled_from([0, 8]))
            length, locks = draw(st.integers(0, base + size - body)), draw(st.integers(0, 1))
            flag = draw(st.integers(0, 1)) if kind is MOVABLE else 0
            blocks.append(Block(base, size, kind, body, length, handle, locks, flag))
        else:
            blocks.append(Block(base, size, kind, base, size))
        base += size
    size = base
    fields = st.sampled_from(["base", "size", "kind", "body", "length", "handle", "locks", "discardable"])
    for _ in range(draw(st.integers(0, 2)) if blocks else 0):
        i, field = draw(st.integers(0, len(blocks) - 1)), draw(fields)
        change = st.sampled_from([-8, -1, 1, 8])
        value = draw(st.sampled_from(Kind)) if field == "kind" else getattr(blocks[i], field) + draw(change)
        blocks[i] = blocks[i]._replace(**{field: value})
    if len(blocks) > 1 and draw(st.integers(0, 9)) == 0:
        one, other = draw(st.permutations(range(len(blocks))))[:2]
        swap = {"handle": blocks[one].handle, "locks": blocks[one].locks, "discardable": blocks[one].discardable}
        back = {field: getattr(blocks[other], field) for field in swap}
        blocks[one], blocks[other] = blocks[one]._replace(**back), blocks[other]._replace(**swap)
    return blocks, size + draw(st.sampled_from([0, 0, 0, 0, 0, 1, -1]) if size else st.just(0))


@settings(max_examples=600)
@given(walks(), st.booleans())
def test_what_breaks_a_rule_is_caught_and_what_does_not_passes(walk, merges):
    blocks, size = walk
    traits = TRAITS._replace(merges=merges)
    heap = Fake(blocks, size=size, traits=traits)
    if obeys(blocks, size, traits):
        assert check(heap) == blocks
    else:
        with pytest.raises(HeapCorrupt) as caught:
            check(heap)
        if caught.value.detail.startswith("the walk ends at"):
            assert sum(block.size for block in blocks) != size, "a rule was broken that nobody could name"
