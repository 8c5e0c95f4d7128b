import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handleheap.block import Block, Kind
from handleheap.view.classes import BlockClass, classify
from handleheap.view.palette import PALETTES, SWATCH
from handleheap.view.strip import spans
from handleheap.view.svg import svg, tooltip

from .heaps import EXAMPLE, block, heaps

NS = "{http://www.w3.org/2000/svg}"


@given(st.dictionaries(st.text(max_size=9), heaps, min_size=1, max_size=3), st.text(max_size=9), st.sampled_from([*PALETTES]))
def test_it_is_xml_and_refers_only_to_itself(strips, title, palette):
    text = svg(strips, title=title, palette=PALETTES[palette])
    root = ElementTree.fromstring(text.encode())
    assert root.tag == NS + "svg"
    assert root.get("role") == "img"
    ids = {element.get("id") for element in root.iter(NS + "pattern")}
    assert set(re.findall(r"url\(#([^)]*)\)", text)) <= ids
    assert "script" not in {element.tag.removeprefix(NS) for element in root.iter()}
    assert text.count("http") == 1 + sum(word.count("http") for word in [title, title, *strips])
    assert text == svg(strips, title=title, palette=PALETTES[palette])


def test_every_wide_block_has_a_tooltip():
    root = ElementTree.fromstring(svg({"now": EXAMPLE}, title="A heap", width=640))
    told = [element.text for element in root.iter(NS + "title")]
    assert told[0] == "A heap"
    assert told[1:] == [tooltip(span.block) for span in spans(EXAMPLE, 640)]


def test_the_colours_fill_each_strip():
    root = ElementTree.fromstring(svg({"before": EXAMPLE, "after": EXAMPLE[:9]}, title="A heap", width=640))
    for y in ("42", "98"):
        fills = [element for element in root.iter(NS + "rect") if element.get("y") == y and element.get("fill") != "none"]
        assert sum(int(element.attrib["width"]) for element in fills) == 640


def test_only_wide_stretches_are_hatched():
    root = ElementTree.fromstring(svg({"now": EXAMPLE}, title="A heap", width=640))
    fills = [element for element in root.iter(NS + "rect") if element.get("y") == "42" and element.get("fill") != "none"]
    assert all(("url" in element.attrib["fill"]) == (int(element.attrib["width"]) >= 6) for element in fills)
    assert any("url" not in element.attrib["fill"] for element in fills)


def test_the_words_for_those_who_do_not_see_it():
    root = ElementTree.fromstring(svg({"before": EXAMPLE}, title="A heap"))
    assert root.get("aria-label", "").startswith("A heap. before: table 1 block, 1,024 bytes; fixed 2 blocks, 3,040 bytes;")
    words = [element.text for element in root.iter(NS + "text")]
    assert {cls.label for cls in BlockClass} <= set(words)
    assert "2 blocks, 3,040 bytes" in words


def test_text_is_escaped():
    nasty = '<&">\x00\x1b'
    text = svg({nasty: [block(0, 64, BlockClass.FIXED, 1, owner=nasty)]}, title=nasty)
    root = ElementTree.fromstring(text)
    assert next(root.iter(NS + "title")).text == '<&">\ufffd\ufffd'


def test_the_palette_and_the_prefix_are_used():
    text = svg({"now": EXAMPLE}, title="A heap", palette=SWATCH, prefix="mac")
    assert "#dd0806" in text
    assert 'id="mac-fixed"' in text
    assert "heap-" not in text


def test_a_crowded_heap_costs_pixels_not_blocks():
    crowd = [block(base, 16, BlockClass(base // 16 % 6), base + 1) for base in range(0, 16 * 20_000, 16)]
    assert svg({"now": crowd}, title="Crowd", width=200).count("<") < 1_500


def test_tooltips_name_what_there_is():
    free = Block(0, 16, Kind.FREE, 0, 0)
    assert tooltip(free) == "free: 16 bytes at 0x0"
    assert classify(free).label in tooltip(free)


def test_a_drawing_needs_a_strip():
    with pytest.raises(ValueError, match="at least one"):
        svg({}, title="Nothing")
