"""What slides where, as pure functions: by example, and against the rules for random memories."""

from hypothesis import given
from hypothesis import strategies as st

from handleheap.block import Block, Kind, Move
from handleheap.compaction import within
from handleheap.win16.plans import roomiest, settle, spans, widen

GRAIN = 32
FAR = 1 << 32


def lay(text):
    """Blocks of one letter each, as many granules as it is repeated: `.` free, F fixed, L locked, m movable, d discardable.

    A capital M or D begins another block of that kind.
    """
    blocks, at = [], 0
    for letter in text.split():
        size = GRAIN * len(letter)
        kind = {".": Kind.FREE, "F": Kind.FIXED}.get(letter[0], Kind.MOVABLE)
        handle = 0 if kind is Kind.FREE else at + 2
        blocks.append(Block(at, size, kind, at, size, handle, int(letter[0] == "L"), int(letter[0] == "d")))
        at += size
    return blocks


def after(blocks, moves):
    """The letters of memory once the moves are made; raises if two blocks meet."""
    end = blocks[-1].end
    where = {block.handle: block for block in blocks if block.handle}
    for move in moves:
        block = where[move.handle]
        assert (block.base, block.size) == (move.src, move.size)
        others = [b for b in where.values() if b.handle != move.handle]
        assert all(move.dst + move.size <= b.base or b.end <= move.dst for b in others), "a move writes over a block"
        assert 0 <= move.dst <= end - move.size
        where[move.handle] = block._replace(base=move.dst, body=move.dst)
    cells = ["."] * (end // GRAIN)
    for block in where.values():
        letter = "F" if block.kind is Kind.FIXED else "L" if block.locks else "d" if block.discardable else "m"
        for cell in range(block.base // GRAIN, block.end // GRAIN):
            cells[cell] = letter
    return "".join(cells)


def test_movables_go_down_and_trailing_discardables_up():
    blocks = lay("F . m .. mm . d . dd .")
    assert after(blocks, settle(blocks, FAR)) == "Fmmm......ddd"


def test_a_discardable_below_a_movable_goes_down_with_it():
    blocks = lay(". d . m . d .")
    assert after(blocks, settle(blocks, FAR)) == "dm....d"


def test_nothing_passes_a_pin():
    blocks = lay(". m . L . m . F . d .")
    assert after(blocks, settle(blocks, FAR)) == "m..Lm..F..d"


def test_nothing_is_lifted_above_the_fence():
    blocks = lay("m . d .....")
    assert after(blocks, settle(blocks, 5 * GRAIN)) == "m...d..."
    assert settle(blocks, 2 * GRAIN) == []


def test_a_settled_memory_needs_no_moves():
    assert settle(lay("F m m ... d d"), FAR) == []


def test_only_as_many_are_lifted_as_it_takes():
    blocks = lay("F . m . m ... m ..")
    assert widen(blocks, GRAIN, FAR) == []
    assert widen(blocks, 2 * GRAIN, FAR) == [Move(blocks[2].handle, 64, 96, 32)]
    assert after(blocks, widen(blocks, 3 * GRAIN, FAR)) == "F....." + "mm" + "m.."
    assert after(blocks, widen(blocks, 6 * GRAIN, FAR)) == "F" + "......." + "mmm"
    assert widen(blocks, 8 * GRAIN, FAR) == []


def test_the_lowest_span_with_room_is_widened():
    blocks = lay(". m F m . m .. F")
    assert after(blocks, widen(blocks, 2 * GRAIN, FAR)) == ".mF" + "..." + "mm" + "F"
    assert widen(blocks, 2 * GRAIN, 4 * GRAIN) == []


def test_roomiest_counts_what_may_go():
    blocks = lay("m . d d L . d")
    assert roomiest(blocks) == 3 * GRAIN


memories = st.lists(
    st.tuples(st.sampled_from("..FLmmmddd"), st.integers(1, 4)).map(lambda pair: pair[0] * pair[1]), min_size=1, max_size=25
).map(lambda letters: lay(" ".join(letters)))


@given(memories)
def test_settling_leaves_one_hole_a_span_and_nothing_to_do(blocks):
    moves = settle(blocks, FAR)
    end = after(blocks, moves)
    assert end.count(".") == sum(b.size for b in blocks if b.kind is Kind.FREE) // GRAIN
    where = {move.handle: move.dst for move in moves}
    moved = sorted(
        (block._replace(base=where.get(block.handle, block.base)) for block in blocks if block.handle), key=lambda b: b.base
    )
    order = [block.handle for block in blocks if block.handle]
    assert [block.handle for block in moved] == order
    for pinned in (block for block in blocks if block.handle and not block.may_move):
        assert pinned.handle not in where
    fresh, at = [], 0
    for block in [*moved, None]:
        base = blocks[-1].end if block is None else block.base
        if base > at:
            fresh.append(Block(at, base - at, Kind.FREE, at, base - at))
        if block is not None:
            fresh.append(block)
            at = block.end
    assert settle(fresh, FAR) == []
    for span in spans(fresh):
        inside = [b for b in fresh if span.start <= b.base < span.end and b.kind is Kind.FREE]
        assert len(inside) <= 1
        assert sum(b.size for b in inside) == span.free


@given(memories, st.integers(1, 12))
def test_widening_makes_the_hole_that_is_asked_for(blocks, granules):
    need = granules * GRAIN
    moves = widen(blocks, need, FAR)
    end = after(blocks, moves)
    room = [span for span in spans(blocks) if span.free >= need]
    if room:
        start = room[0].start // GRAIN
        assert end[start : start + granules] == "." * granules
    else:
        assert not moves
    assert within(moves) == moves
