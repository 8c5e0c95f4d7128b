import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from handleheap.block import NOWHERE, Block, Kind
from handleheap.view.classes import BlockClass, classify
from handleheap.view.strip import bands, block_at, paint, runs, spans, strip

from .heaps import EXAMPLE, block, heaps, holed, laid_out, oracle

widths = st.integers(1, 90)


def end_of(blocks):
    return max((b.end for b in blocks), default=0)


@given(holed, widths)
@example([], 5)
@example(laid_out([(1000, BlockClass.FREE), (1, BlockClass.FIXED), (1000, BlockClass.FREE)]), 3)
def test_a_strip_is_what_a_look_at_every_byte_gives(blocks, width):
    assert list(strip(blocks, width)) == oracle(blocks, width, 0, end_of(blocks))


@given(holed, widths, st.integers(0, 300), st.integers(1, 300))
def test_a_window_of_a_strip(blocks, width, start, size):
    assert list(strip(blocks, width, start=start, end=start + size)) == oracle(blocks, width, start, start + size)


@given(heaps, widths)
def test_no_live_block_vanishes(blocks, width):
    codes = strip(blocks, width)
    n = end_of(blocks)
    for b in blocks:
        if b.size:
            assert codes[b.base * width // n] >= classify(b)


@given(heaps, widths, st.integers(1, 8))
def test_bands_are_a_long_strip(blocks, width, rows):
    cells = bands(blocks, width, rows)
    assert len(cells) == width * rows
    assert cells == strip(blocks, width * rows)


@given(holed, widths)
def test_spans_do_not_overlap_and_lie_in_the_strip(blocks, width):
    at = 0
    for span in spans(blocks, width):
        assert at <= span.x0 < span.x1 <= width
        assert span.cls is classify(span.block)
        assert span.handle == span.block.handle
        at = span.x1


@given(heaps, widths)
def test_spans_leave_no_gap_where_blocks_are_wide(blocks, width):
    found = spans(blocks, width)
    if blocks and end_of(blocks):
        assert sum(span.x1 - span.x0 for span in found) == width
        assert {id(span.block) for span in found} >= {id(b) for b in blocks if b.size * width >= 2 * end_of(blocks)}


@given(holed, widths)
def test_pointing_finds_the_block_that_is_shown(blocks, width):
    codes = strip(blocks, width)
    for x in range(width):
        found = block_at(blocks, x, width)
        assert codes[x] == (0 if found is None else classify(found))
    assert block_at(blocks, -1, width) is None
    assert block_at(blocks, width, width) is None


@given(heaps, st.integers(1, 8))
def test_painting_block_by_block_gives_the_map(blocks, grain):
    wide = laid_out([(b.size * grain, classify(b)) for b in blocks])
    cells = end_of(wide) // grain
    if cells:
        codes = bytearray(cells)
        for b in wide:
            first, last = paint(codes, b.base, b.size, classify(b), grain)
            assert (first, last) == (b.base // grain, b.end // grain)
        assert codes == strip(wide, cells)


@given(st.integers(0, 40), st.integers(0, 40), st.integers(1, 7))
def test_painting_in_part_keeps_the_more_restrictive_class(address, size, grain):
    codes = bytearray(b"\2" * 10)
    first, last = paint(codes, address, size, BlockClass.FREE, grain)
    full = {x for x in range(10) if address <= x * grain and (x + 1) * grain <= address + size}
    assert list(codes) == [0 if x in full else 2 for x in range(10)]
    assert full <= set(range(first, last))
    codes = bytearray(10)
    first, last = paint(codes, address, size, BlockClass.FIXED, grain)
    touched = {x for x in range(10) if x * grain < address + size and address < (x + 1) * grain} if size else set()
    assert {x for x in range(10) if codes[x] == 4} == touched
    assert touched <= set(range(first, last))


def test_blocks_without_memory_are_not_shown():
    gone = Block(NOWHERE, 8, Kind.MOVABLE, NOWHERE, 16, 5, discardable=1)
    blocks = [gone, block(0, 8, BlockClass.FIXED)]
    assert list(strip(blocks, 4)) == [4] * 4
    assert len(spans(blocks, 4)) == 1


@given(st.binary().map(lambda data: bytes(byte % 6 for byte in data)))
def test_runs_put_together_are_the_codes(codes):
    assert b"".join(bytes([cls]) * (x1 - x0) for x0, x1, cls in runs(codes)) == codes


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: strip(EXAMPLE, 0), "0 pixels"),
        (lambda: bands(EXAMPLE, 4, 0), "4 x 0"),
        (lambda: strip(EXAMPLE, 4, start=8, end=4), "0x8 to 0x4"),
        (lambda: strip(EXAMPLE, 4, start=-1, end=4), "no range"),
    ],
)
def test_impossible_pictures(call, word):
    with pytest.raises(ValueError, match=word):
        call()
