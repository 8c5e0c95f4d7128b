import pytest
from hypothesis import given
from hypothesis import strategies as st

from handleheap.view.palette import INK, OUTLINE, PATTERNS, pattern_at
from handleheap.view.picture import band_picture, painted, picture_height, strip_picture
from handleheap.view.strip import bands, spans, strip

from .heaps import EXAMPLE, heaps


@given(heaps, st.integers(3, 100), st.integers(1, 5), st.integers(1, 9))
def test_a_picture_shows_the_map(blocks, width, rows, row_height):
    pixels = band_picture(blocks, width, rows, row_height)
    high = picture_height(rows, row_height)
    assert len(pixels) == width * high
    codes = bands(blocks, width - 2, rows)
    for y in range(high):
        row = pixels[y * width : (y + 1) * width]
        band, inside = divmod(y - 1, row_height + 1)
        if y == 0 or inside == row_height:
            assert set(row) == {OUTLINE}
        else:
            assert row[0] == row[-1] == OUTLINE
            for x, index in enumerate(row[1:-1]):
                assert index in (OUTLINE, code := codes[band * (width - 2) + x], code + INK)


def test_hatches_and_separators():
    pixels = strip_picture(EXAMPLE, 642, 34)
    codes = strip(EXAMPLE, 640)
    lines = {span.x0 for span in spans(EXAMPLE, 640) if span.x1 - span.x0 >= 6 and span.x0}
    assert len(lines) > 5
    for x in range(640):
        column = [pixels[(y + 1) * 642 + x + 1] for y in range(32)]
        if x in lines:
            assert set(column) == {OUTLINE}
        elif len(set(codes[x - 8 : x + 9])) == 1:
            assert column == [codes[x] + INK * pattern_at(PATTERNS[codes[x]], x, y) for y in range(32)]


def test_narrow_stretches_are_plain():
    assert painted(bytearray(b"\4\4\4\4\4"), [], 2) == bytearray(b"\4" * 10)
    assert INK + 4 in painted(bytearray(b"\4\4\4\4\4\4"), [], 2)


@pytest.mark.parametrize(("width", "rows", "height"), [(2, 1, 9), (9, 0, 9), (9, 1, 0)])
def test_a_picture_needs_room(width, rows, height):
    with pytest.raises(ValueError, match="nothing to see"):
        band_picture(EXAMPLE, width, rows, height)
