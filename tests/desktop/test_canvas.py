import pytest

from handleheap.desktop.backend import pygame
from handleheap.desktop.box import Box
from handleheap.desktop.canvas import RAMP, Canvas, blank, indices
from handleheap.desktop.fonts import faces
from handleheap.desktop.skin import SCHEMES, Ink, palette
from handleheap.view.palette import PERIOD, Pattern, pattern_at


def shown(canvas, marks):
    """The picture in letters, by index."""
    width, _ = canvas.size
    pixels = canvas.pixels()
    return ["".join(marks.get(index, "?") for index in pixels[at : at + width]) for at in range(0, len(pixels), width)]


@pytest.mark.parametrize("pattern", Pattern)
def test_hatches_are_exact_and_begin_at_the_corner(pattern):
    canvas = Canvas(90, 50)
    canvas.fill(Box(0, 0, 90, 50), 9)
    canvas.hatch(Box(3, 5, 70, 40), pattern, 1, 2)
    for y in range(50):
        for x in range(90):
            inside = Box(3, 5, 70, 40).holds(x, y)
            assert canvas.index(x, y) == ((2 if pattern_at(pattern, x - 3, y - 5) else 1) if inside else 9)
    assert PERIOD == 4


def test_frame_and_dots():
    canvas = Canvas(7, 5)
    canvas.frame(Box(0, 0, 7, 5), 1)
    canvas.dotted(Box(1, 1, 5, 3), 2)
    assert shown(canvas, {0: ".", 1: "#", 2: "o"}) == ["#######", "#o.o.o#", "#.....#", "#o.o.o#", "#######"]


def test_within_moves_and_clips():
    canvas = Canvas(6, 4)
    with canvas.within(Box(1, 1, 4, 2)):
        canvas.fill(Box(-5, -5, 20, 20), 1)
        with canvas.within(Box(2, 1, 9, 9)):
            canvas.fill(Box(0, 0, 9, 9), 2)
    canvas.point(5, 3, 3)
    assert shown(canvas, {0: ".", 1: "a", 2: "b", 3: "c"}) == ["......", ".aaaa.", ".aabb.", ".....c"]


def test_text_is_the_glyph_and_transparent():
    font = faces().system
    canvas = Canvas(font.width("Ay"), font.height)
    canvas.fill(Box(0, 0, *canvas.size), Ink.FACE)
    assert canvas.text(0, 0, "Ay", font, 0) == font.width("Ay")
    expected = [a + y for a, y in zip(font.glyph("A"), font.glyph("y"), strict=True)]
    assert shown(canvas, {0: "#", Ink.FACE: "."}) == expected


def test_a_mnemonic_is_underlined_below_the_baseline():
    font = faces().small
    plain, marked = Canvas(60, 13), Canvas(60, 13)
    plain.text(0, 0, "Exit", font, 1)
    marked.label(0, 0, "E&xit", font, 1)
    different = [at for at, pair in enumerate(zip(plain.pixels(), marked.pixels(), strict=True)) if pair[0] != pair[1]]
    first = 60 * (font.ascent + 1) + font.width("E")
    assert different == list(range(first, first + font.width("x") - 1))


def test_art_leaves_other_letters_transparent():
    canvas = Canvas(3, 2)
    canvas.art(0, 0, ("a.b", ".a."), {"a": 1, "b": 2})
    assert canvas.pixels() == bytes((1, 0, 2, 0, 1, 0))


def test_blit_copies_indices_whatever_the_palette():
    memory = bytearray(range(16))
    canvas = Canvas(4, 4)
    canvas.blit(pygame.image.frombuffer(memory, (4, 4), "P"), 0, 0)
    assert canvas.pixels() == bytes(range(16))
    with pytest.raises(ValueError, match="32 bits"):
        canvas.blit(pygame.Surface((1, 1), 0, 32), 0, 0)


def test_png_has_a_palette_and_the_same_indices(tmp_path):
    canvas = Canvas(13, 3)
    canvas.fill(Box(2, 1, 5, 1), Ink.TITLE)
    canvas.save_png(tmp_path / "a.png")
    canvas.save_png(tmp_path / "b.png")
    data = (tmp_path / "a.png").read_bytes()
    assert data == (tmp_path / "b.png").read_bytes()
    assert data[24:26] == b"\x08\x03"
    loaded = pygame.image.load(str(tmp_path / "a.png"))
    assert indices(loaded) == canvas.pixels()
    assert tuple(loaded.get_palette_at(Ink.TITLE))[:3] == palette()[Ink.TITLE] == (0, 0, 128)


def test_drawing_surfaces_wear_the_ramp():
    assert tuple(tuple(colour)[:3] for colour in blank(2, 2).get_palette()) == RAMP


@pytest.mark.parametrize("scheme", SCHEMES)
def test_schemes_fill_every_role_with_readable_text(scheme):
    colours = palette(scheme)
    assert len(colours) == 256
    roles = [role for role in Ink if role < Ink.BLACK]
    assert set(SCHEMES[scheme]) == {role.name for role in roles}
    for ground, text in (
        (Ink.DESKTOP, Ink.DESKTOP_TEXT),
        (Ink.TITLE, Ink.TITLE_TEXT),
        (Ink.IDLE_TITLE, Ink.IDLE_TEXT),
        (Ink.MENU, Ink.MENU_TEXT),
        (Ink.WINDOW, Ink.TEXT),
        (Ink.FACE, Ink.FACE_TEXT),
        (Ink.SELECTED, Ink.SELECTED_TEXT),
    ):
        assert colours[ground] != colours[text]
