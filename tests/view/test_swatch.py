import hashlib
import re
from itertools import combinations
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handleheap.block import NOWHERE, Block, Kind
from handleheap.textbook import Textbook
from handleheap.view.classes import BlockClass, classify
from handleheap.view.palette import INK, OUTLINE, PAPER, PATTERNS, SWATCH, Pattern, hexadecimal, pattern_at
from handleheap.view.png import png
from handleheap.view.strip import separated, spans, strip
from handleheap.view.svg import HEIGHT, svg, tooltip
from handleheap.view.swatch import (
    BLACK_AND_WHITE,
    GAP,
    ROW,
    Spot,
    extents,
    zone_at,
    zones_height,
    zones_picture,
    zones_svg,
    zones_text,
)

from .colour_vision import contrast, distance
from .heaps import EXAMPLE, laid_out, sizes

NS = "{http://www.w3.org/2000/svg}"
FREE, DISCARDABLE, MOVABLE, LOCKED, FIXED, TABLE = BlockClass
HEADER, MASTERS, TRAILER = (52, TABLE), (264, TABLE), (12, TABLE)
SYSTEM = [HEADER, MASTERS, (4000, FIXED), (9000, MOVABLE), (3000, DISCARDABLE), (2000, LOCKED), (9320, FREE), TRAILER]
APPLICATION = [HEADER, MASTERS, (20040, MOVABLE), (16, FIXED), (19960, MOVABLE), (8000, DISCARDABLE), (50000, FREE), TRAILER]
ZONES = {
    "System": laid_out(SYSTEM, 0x1400),
    "Temporary": laid_out([HEADER, MASTERS, (32440, FREE), TRAILER], 0x8000),
    "Application": laid_out(APPLICATION, 0x10400),
}
TEXT = """\
System        0x1400  TFFFFFFFmmmmmmmmmmmmmmmmddddLLLL...............T   0x8000
Temporary     0x8000  T..............................................T  0x10000
Application  0x10400  TmmmmmmmmFmmmmmmmmmmdddd.......................T  0x28428

blocks, bytes  T table  F fixed  L locked  m movable  d discardable    . free       all
System           3 328  1 4,000   1 2,000   1  9,000        1 3,000  1  9,320  8 27,648
Temporary        3 328        -         -          -              -  1 32,440  4 32,768
Application      3 328  1    16         -   2 40,000        1 8,000  1 50,000  8 98,344"""

parts = st.tuples(sizes, st.sampled_from(BlockClass))
zone = st.builds(laid_out, st.lists(parts, min_size=1, max_size=12), st.integers(0, 500))
several = st.dictionaries(st.text(max_size=9), zone, min_size=1, max_size=4)


@st.composite
def zoomed(draw):
    """Zones, and a range inside some of them."""
    zones, zoom = draw(several), {}
    for name, (low, high) in extents(zones).items():
        if high - low and draw(st.booleans()):
            start = draw(st.integers(low, high - 1))
            zoom[name] = start, draw(st.integers(start + 1, high))
    return zones, zoom


def parsed(text):
    return ElementTree.fromstring(text.encode())


def fills(root, row):
    """The coloured rectangles of a strip, from left to right."""
    frame = [each for each in root.iter(NS + "rect") if each.get("stroke") and each.get("height") == str(HEIGHT + 1)][row]
    y = int(float(frame.get("y"))) + 1
    return frame, [
        each
        for each in root.iter(NS + "rect")
        if each.get("y") == str(y) and each.get("height") == str(HEIGHT) and each.get("fill") != "none"
    ]


def test_a_drawing_on_one_scale_is_what_it_was():
    text = svg({"before": EXAMPLE, "after": EXAMPLE[:9]}, title="A heap")
    assert hashlib.sha256(text.encode()).hexdigest() == "e448f6a0f75d46c466fe77c31b3e86a59403f54176b2dde124e12367a4e32ea5"


# ---------------------------------------------------------------------------------------------------------------- drawing


@given(zoomed(), st.text(max_size=9), st.sampled_from([SWATCH, BLACK_AND_WHITE]))
def test_a_drawing_is_xml_refers_only_to_itself_and_comes_out_the_same_again(drawn, title, palette):
    zones, zoom = drawn
    text = zones_svg(zones, title=title, palette=palette, zoom=zoom)
    root = parsed(text)
    ids = {element.get("id") for element in root.iter(NS + "pattern")}
    assert set(re.findall(r"url\(#([^)]*)\)", text)) <= ids
    assert "script" not in {element.tag.removeprefix(NS) for element in root.iter()}
    assert text == zones_svg(zones, title=title, palette=palette, zoom=zoom)


@given(zoomed(), st.integers(1, 90))
def test_the_colours_fill_each_strip_inside_its_frame(drawn, width):
    zones, zoom = drawn
    root = parsed(zones_svg(zones, title="Zones", width=width, zoom=zoom))
    for row, (name, (start, end)) in enumerate(extents(zones, zoom).items()):
        frame, rects = fills(root, row)
        x = float(frame.get("x")) + 0.5
        shown = bytearray()
        for rect in rects:
            assert float(rect.get("x")) == x
            x += int(rect.get("width"))
            plain = rect.get("fill").split()[-1]
            shown += bytes([[hexadecimal(SWATCH.ground(cls)) for cls in BlockClass].index(plain)]) * int(rect.get("width"))
        assert x + 0.5 == float(frame.get("x")) + float(frame.get("width"))
        painted = [hexadecimal(SWATCH.ground(BlockClass(code))) for code in strip(zones[name], width, start=start, end=end)]
        assert [hexadecimal(SWATCH.ground(BlockClass(code))) for code in shown] == painted


def test_names_stand_on_the_left_and_each_strip_has_its_own_addresses():
    root = parsed(zones_svg(ZONES, title="Zones of a Mac", width=600))
    words = [element.text for element in root.iter(NS + "text")]
    assert words[:10] == [
        "Zones of a Mac",
        *("System", "0x1400", "0x8000"),
        *("Temporary", "0x8000", "0x10000"),
        *("Application", "0x10400", "0x28428"),
    ]
    left = {fills(root, row)[0].get("x") for row in range(3)}
    assert len(left) == 1
    assert float(left.pop()) >= 8 + 6 * len("Application")


def test_a_zoomed_strip_has_the_addresses_of_the_zoom_and_the_counts_of_the_zone():
    root = parsed(zones_svg(ZONES, title="Zones", zoom={"System": (0x2000, 0x3000)}))
    words = [element.text for element in root.iter(NS + "text")]
    assert words[1:7] == ["System", "0x2000", "0x3000", "Temporary", "0x8000", "0x10000"]
    assert "1 block, 9,320 bytes" in words


def test_tooltips_tell_the_blocks_and_at_a_name_the_totals():
    root = parsed(zones_svg(ZONES, title="Zones", width=600))
    told = [element.text for element in root.iter(NS + "title")]
    expected = ["Zones"]
    for name, (start, end) in extents(ZONES).items():
        at = len(expected)
        expected += [tooltip(span.block) for span in spans(ZONES[name], 600, start=start, end=end)]
        assert told[at].startswith(f"{name}: table ")
        expected.insert(at, told[at])
    assert told == expected


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7])
def test_the_legend_has_room_for_any_number_of_zones(count):
    zones = {f"Zone {number}": laid_out([(1_000_000, cls) for cls in BlockClass], number << 24) for number in range(count)}
    root = parsed(zones_svg(zones, title="Zones"))
    texts = list(root.iter(NS + "text"))
    counts = [text for text in texts if text.text == "1 block, 1,000,000 bytes"]
    places = {(int(text.get("x")), int(text.get("y"))) for text in counts}
    assert len(places) == len(counts) == 6 * count
    for (x0, y0), (x1, y1) in combinations(places, 2):
        assert y0 != y1 or abs(x0 - x1) >= 7 * len(counts[0].text)
        assert y0 == y1 or abs(y0 - y1) >= 12
    assert max(int(text.get("x")) for text in counts) + 7 * len(counts[0].text) <= int(root.get("width"))
    assert max(int(text.get("y")) for text in texts) < int(root.get("height"))
    for name in zones:
        assert [text.text for text in texts].count(name) == (1 if count == 1 else 2)


def test_ranges_are_for_the_strips():
    with pytest.raises(ValueError, match="those of none"):
        svg({"now": EXAMPLE}, title="A heap", ranges={})


# ---------------------------------------------------------------------------------------------------------------- picture


@given(zoomed(), st.integers(3, 90), st.integers(3, 12), st.sampled_from([SWATCH, BLACK_AND_WHITE]))
def test_every_pixel_is_a_frame_paper_or_its_class(drawn, width, row_height, palette):
    zones, zoom = drawn
    pixels = zones_picture(zones, width, row_height, palette=palette, zoom=zoom)
    high = zones_height(len(zones), row_height)
    assert len(pixels) == width * high
    assert pixels == zones_picture(zones, width, row_height, palette=palette, zoom=zoom)
    shown = [*extents(zones, zoom).items()]
    for y in range(high):
        row = pixels[y * width : (y + 1) * width]
        number, inside = divmod(y, row_height + GAP)
        if inside >= row_height:
            assert set(row) == {PAPER}
        elif inside in (0, row_height - 1):
            assert set(row) == {OUTLINE}
        else:
            name, (start, end) = shown[number]
            codes = strip(zones[name], width - 2, start=start, end=end)
            found = spans(zones[name], width - 2, start=start, end=end)
            lines = {span.x0 for span in found if separated(span, codes, thin=True)}
            assert row[0] == row[-1] == OUTLINE
            for x, index in enumerate(row[1:-1]):
                if x in lines:
                    assert index == OUTLINE
                else:
                    assert index in (codes[x], codes[x] + INK * pattern_at(palette.hatches[codes[x]], x, inside - 1))


@given(zoomed(), st.integers(3, 90), st.integers(3, 12))
def test_pointing_finds_what_the_picture_shows(drawn, width, row_height):
    zones, zoom = drawn
    pixels = zones_picture(zones, width, row_height, zoom=zoom)
    shown = extents(zones, zoom)
    for y in range(-1, zones_height(len(zones), row_height) + 2):
        for x in {-1, 0, 1, 2, width // 2, width - 2, width - 1, width}:
            spot = zone_at(zones, x, y, width, row_height, zoom=zoom)
            inside = 0 <= x < width and 0 <= y < zones_height(len(zones), row_height)
            index = pixels[y * width + x] if inside else PAPER
            if spot is None:
                assert index in (PAPER, OUTLINE)
            else:
                start, end = shown[spot.zone]
                assert start <= spot.address <= end
                if index != OUTLINE:
                    assert index % INK == (FREE if spot.block is None else classify(spot.block))


def test_pointing_tells_zone_address_and_block():
    second = ROW + GAP + ROW // 2
    assert zone_at(ZONES, 1, second, 602) == Spot("Temporary", 0x8000, ZONES["Temporary"][1])
    assert zone_at(ZONES, 301, second, 602) == Spot("Temporary", 0xC000, ZONES["Temporary"][2])
    assert zone_at(ZONES, 301, second, 602, zoom={"Temporary": (0x8000, 0x8020)}) == Spot(
        "Temporary", 0x8010, ZONES["Temporary"][0]
    )
    assert zone_at(ZONES, 301, ROW + GAP, 602) is None


@pytest.mark.parametrize(("width", "height"), [(2, 9), (9, 2)])
def test_a_picture_needs_room(width, height):
    with pytest.raises(ValueError, match="nothing to see"):
        zones_picture(ZONES, width, height)


@pytest.mark.parametrize("palette", [SWATCH, BLACK_AND_WHITE], ids=lambda palette: palette.name)
def test_a_picture_can_be_written(palette):
    assert png(602, zones_height(3), zones_picture(ZONES, 602, palette=palette), palette.indexed())


# ------------------------------------------------------------------------------------------------------- nothing vanishes


@pytest.mark.parametrize("name", ZONES)
def test_header_and_trailer_of_a_zone_show(name):
    zones = {name: ZONES[name]}
    row = zones_picture(zones, 602)[602 * 2 : 602 * 3]
    assert (row[1] % INK, row[600] % INK) == (TABLE, TABLE)
    _, rects = fills(parsed(zones_svg(zones, title="Zones", width=600)), 0)
    assert [rects[at].get("fill").split()[-1] for at in (0, -1)] == [hexadecimal(SWATCH.ground(TABLE))] * 2
    letters = zones_text(zones).split()[2]
    assert (letters[0], letters[-1]) == ("T", "T")


def test_a_block_thinner_than_a_pixel_is_not_hidden_by_a_line():
    zones = {"Application": ZONES["Application"]}
    x = (52 + 264 + 20040) * 600 // sum(size for size, _ in APPLICATION)
    row = zones_picture(zones, 602)[602 * 2 : 602 * 3]
    assert row[x + 1] == FIXED
    text = zones_svg(zones, title="Zones", width=600)
    _, rects = fills(parsed(text), 0)
    (slice_,) = (rect for rect in rects if rect.get("fill") == hexadecimal(SWATCH.ground(FIXED)))
    assert slice_.get("width") == "1"
    assert f"M{slice_.get('x')}.5 " not in text


def test_between_roomy_blocks_alone_there_is_a_line():
    blocks = laid_out([(100, MOVABLE), (100, MOVABLE), (100, FREE)], 300)
    row = zones_picture({"": blocks}, 302)[302:604]
    assert [x for x in range(300) if row[x + 1] == OUTLINE] == [100, 200]


# ------------------------------------------------------------------------------------------------------------------- text


def test_the_whole_text():
    assert zones_text(ZONES) == TEXT


def test_the_text_of_a_zoom():
    lines = zones_text(ZONES, zoom={"System": (0x1400, 0x1580)}, columns=24).splitlines()
    assert lines[0] == "System        0x1400  TTTTTTTTTTTTTTTTTTTTFFFF   0x1580"
    assert lines[4:] == zones_text(ZONES, columns=24).splitlines()[4:]


@given(st.dictionaries(st.text("abc ", max_size=9), zone, min_size=1, max_size=4), st.integers(1, 60))
def test_two_lines_per_zone_all_equally_long(zones, columns):
    maps, table = (part.split("\n") for part in zones_text(zones, columns=columns).split("\n\n"))
    assert len(maps) == len(zones) == len(table) - 1
    assert len({*map(len, maps)}) == len({*map(len, table)}) == 1
    for line, (name, blocks) in zip(table[1:], zones.items(), strict=True):
        assert line.startswith(name)
        assert line.split()[-2:] == [f"{len(blocks):,}", f"{sum(block.size for block in blocks):,}"]


# ---------------------------------------------------------------------------------------------------------------- colours


def test_swatchs_colours():
    words = {FREE: "green", DISCARDABLE: "orange", MOVABLE: "yellow", LOCKED: "red", FIXED: "red"}
    names = {"1fb714": "green", "ff6403": "orange", "fcf305": "yellow", "dd0806": "red"}
    assert {cls: names[hexadecimal(SWATCH.ground(cls))[1:]] for cls in words} == words
    assert SWATCH.hatches is PATTERNS


def test_black_and_white_are_those_of_swatch():
    black, white = (0, 0, 0), (255, 255, 255)
    assert BLACK_AND_WHITE.ground(FREE) == white
    assert BLACK_AND_WHITE.ground(FIXED) == BLACK_AND_WHITE.ground(LOCKED) == black
    assert BLACK_AND_WHITE.hatches[MOVABLE] is Pattern.PLAIN
    assert BLACK_AND_WHITE.ground(MOVABLE) not in (black, white)
    assert BLACK_AND_WHITE.hatches[DISCARDABLE] is Pattern.DIAGONAL
    assert all(red == green == blue for red, green, blue in BLACK_AND_WHITE.indexed())


def test_in_black_and_white_classes_differ_and_ink_shows():
    for a, b in combinations(BlockClass, 2):
        apart = distance(BLACK_AND_WHITE.ground(a), BLACK_AND_WHITE.ground(b))
        if BLACK_AND_WHITE.hatches[a] is BLACK_AND_WHITE.hatches[b]:
            assert apart >= 20, (a, b)
        assert apart >= 10 or {a, b} == {LOCKED, FIXED}, "narrow stretches have no hatch"
    for cls in BlockClass:
        if BLACK_AND_WHITE.hatches[cls] is not Pattern.PLAIN:
            assert contrast(BLACK_AND_WHITE.ground(cls), BLACK_AND_WHITE.ink(cls)) >= 3, cls


def test_the_hatches_of_a_drawing_are_those_of_the_palette():
    root = parsed(zones_svg(ZONES, title="Zones", palette=BLACK_AND_WHITE, prefix="print"))
    cells = {each.get("id"): (each.find(NS + "path") is not None) for each in root.iter(NS + "pattern")}
    assert cells == {f"print-{cls.label}": BLACK_AND_WHITE.hatches[cls] is not Pattern.PLAIN for cls in BlockClass}


# ------------------------------------------------------------------------------------------------------------------ zones


def test_any_heap_is_a_zone():
    heap = Textbook(4096)
    handles = [heap.alloc(100) for _ in range(20)]
    for handle in handles[::3]:
        heap.free(handle)
    zones = {"Textbook": list(heap.walk()), **ZONES}
    assert extents(zones)["Textbook"] == (0, 4096)
    assert zones_text(zones).startswith("Textbook         0x0  .mmm.mmm")


def test_blocks_without_memory_are_left_out():
    gone = Block(NOWHERE, 0, Kind.MOVABLE, NOWHERE, 16, 5, discardable=1)
    zones = {name: [gone, *blocks, gone] for name, blocks in ZONES.items()}
    assert extents(zones) == extents(ZONES)
    assert zones_text(zones) == zones_text(ZONES)
    assert zones_picture(zones, 602) == zones_picture(ZONES, 602)
    assert zones_svg(zones, title="Zones") == zones_svg(ZONES, title="Zones")


@pytest.mark.parametrize(
    ("zones", "zoom", "words"),
    [
        ({}, None, "at least one zone"),
        ({"System": []}, None, "'System' has no block"),
        ({"System": [Block(NOWHERE, 0, Kind.MOVABLE, NOWHERE, 16, 5)]}, None, "'System' has no block"),
        (ZONES, {"Finder": (0x8000, 0x9000)}, "no zone 'Finder'"),
        (ZONES, {"System": (0x1000, 0x2000)}, "0x1000 to 0x2000 is no range inside zone 'System', 0x1400 to 0x8000"),
        (ZONES, {"System": (0x7000, 0x8001)}, "0x7000 to 0x8001"),
        (ZONES, {"System": (0x2000, 0x2000)}, "0x2000 to 0x2000"),
    ],
)
def test_impossible_zones(zones, zoom, words):
    calls = [
        lambda: zones_svg(zones, title="Zones", zoom=zoom),
        lambda: zones_picture(zones, 602, zoom=zoom),
        lambda: zones_text(zones, zoom=zoom),
        lambda: zone_at(zones, 1, 1, 602, zoom=zoom),
    ]
    for call in calls:
        with pytest.raises(ValueError, match=words):
            call()


def test_a_map_needs_columns():
    with pytest.raises(ValueError, match="0 pixels"):
        zones_text(ZONES, columns=0)
