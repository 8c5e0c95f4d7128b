from itertools import combinations

import pytest

from handleheap.view.classes import BlockClass
from handleheap.view.palette import (
    CONTRAST,
    INK,
    MONO,
    OKABE,
    OUTLINE,
    PALETTES,
    PAPER,
    PATTERNS,
    PERIOD,
    Pattern,
    hexadecimal,
    pattern_at,
    rgb,
)

from .colour_vision import MACHADO, contrast, distance

MAIN = [cls for cls in BlockClass if cls is not BlockClass.TABLE]


def worst(palette, classes, eyes):
    return min(distance(palette.ground(a), palette.ground(b), eyes) for a, b in combinations(classes, 2))


@pytest.mark.parametrize("eyes", MACHADO)
def test_okabe_is_safe_for_all_eyes(eyes):
    assert worst(OKABE, MAIN, eyes) >= 20
    assert worst(OKABE, BlockClass, eyes) >= 20


def test_the_measure_is_that_of_the_published_report():
    assert round(worst(OKABE, MAIN, "normal"), 1) == 26.4
    assert round(worst(OKABE, MAIN, "tritan"), 1) == 21.7


@pytest.mark.parametrize("palette", PALETTES.values(), ids=str)
def test_grey_is_enough_with_the_hatches(palette):
    for a, b in combinations(BlockClass, 2):
        if PATTERNS[a] is PATTERNS[b]:
            assert distance(palette.ground(a), palette.ground(b), "grey") >= 20, (a, b)


@pytest.mark.parametrize("palette", PALETTES.values(), ids=str)
def test_ink_shows_on_its_ground(palette):
    for cls in BlockClass:
        if PATTERNS[cls] is not Pattern.PLAIN:
            assert contrast(palette.ground(cls), palette.ink(cls)) >= 3, cls


def test_contrast_sets_every_class_off_from_free_memory():
    free = CONTRAST.ground(BlockClass.FREE)
    assert all(contrast(free, CONTRAST.ground(cls)) >= 4.5 for cls in BlockClass if cls)


@pytest.mark.parametrize("eyes", [*MACHADO, "grey"])
def test_mono_is_grey_and_its_greys_differ(eyes):
    assert all(red == green == blue for red, green, blue in MONO.indexed())
    assert worst(MONO, BlockClass, eyes) >= 10


@pytest.mark.parametrize("palette", PALETTES.values(), ids=str)
def test_no_live_block_looks_free_without_its_hatch(palette):
    assert all(distance(palette.ground(BlockClass.FREE), palette.ground(cls)) >= 10 for cls in BlockClass if cls)


def test_hatches_differ_and_repeat():
    def picture(pattern):
        return [[pattern_at(pattern, x, y) for x in range(8)] for y in range(8)]

    for a, b in combinations(Pattern, 2):
        assert picture(a) != picture(b)
    for pattern in Pattern:
        assert all(pattern_at(pattern, x, y) == pattern_at(pattern, x + PERIOD, y - PERIOD) for x in range(8) for y in range(8))
    assert len(PATTERNS) == len(BlockClass)


@pytest.mark.parametrize("palette", PALETTES.values(), ids=str)
def test_the_index_layout(palette):
    colours = palette.indexed()
    assert len(colours) == 16
    assert colours[PAPER] == (255, 255, 255)
    assert colours[OUTLINE] == (0, 0, 0)
    for cls in BlockClass:
        assert (colours[cls], colours[cls + INK]) == (palette.ground(cls), palette.ink(cls))


def test_hex_digits_there_and_back():
    assert hexadecimal(rgb("0072B2")) == "#0072b2"
