import pytest

from handleheap.desktop import icons, win31
from handleheap.desktop.box import Box
from handleheap.desktop.canvas import Canvas
from handleheap.desktop.skin import Ink

from .test_canvas import shown

MARKS = {0: " ", Ink.FRAME: "#", Ink.LIGHT: "w", Ink.SHADOW: "s", Ink.FACE: ".", Ink.FACE_TEXT: "x"}


def test_bevels():
    canvas = Canvas(6, 5)
    win31.raised(canvas, Box(0, 0, 6, 5))
    assert shown(canvas, MARKS) == ["wwwwws", "w...ss", "w...ss", "wsssss", "ssssss"]
    win31.sunken(canvas, Box(0, 0, 6, 5))
    assert shown(canvas, MARKS) == ["sssss.", "s....w", "s....w", "s....w", ".wwwww"]


def test_a_button_has_no_corners_and_sinks():
    canvas = Canvas(9, 8)
    win31.button(canvas, Box(0, 0, 9, 8), "")
    assert shown(canvas, MARKS)[:2] == [" ####### ", "#wwwwwws#"]
    assert shown(canvas, MARKS)[-2:] == ["#sssssss#", " ####### "]
    win31.button(canvas, Box(0, 0, 9, 8), "", down=True)
    assert shown(canvas, MARKS)[1:4] == ["#sssssss#", "#s......#", "#s......#"]
    win31.button(canvas, Box(0, 0, 9, 8), "", default=True)
    assert shown(canvas, MARKS)[1:3] == ["#########", "##wwwws##"]


def test_the_frame_has_ticks_at_23():
    canvas = Canvas(120, 90)
    win31.window(canvas, Box(0, 0, 120, 90), "Main")
    for along, ink in ((22, Ink.BORDER), (23, Ink.FRAME), (24, Ink.BORDER)):
        for x in (along, 119 - along):
            assert [canvas.index(x, y) for y in (0, 1, 2, 3)] == [Ink.FRAME, ink, ink, Ink.FRAME]
            assert [canvas.index(x, y) for y in (86, 87, 88, 89)] == [Ink.FRAME, ink, ink, Ink.FRAME]
        for y in (along, 89 - along):
            assert [canvas.index(x, y) for x in (0, 1, 2, 3)] == [Ink.FRAME, ink, ink, Ink.FRAME]
            assert [canvas.index(x, y) for x in (116, 117, 118, 119)] == [Ink.FRAME, ink, ink, Ink.FRAME]


def test_the_caption_is_18_and_a_line():
    canvas = Canvas(120, 90)
    win31.window(canvas, Box(0, 0, 120, 90), "")
    assert [canvas.index(60, y) for y in range(3, 24)] == [Ink.FRAME] + [Ink.TITLE] * 18 + [Ink.FRAME, Ink.WINDOW]
    assert canvas.index(4 + 18, 10) == canvas.index(120 - 4 - 19, 10) == canvas.index(120 - 4 - 38, 10) == Ink.FRAME
    win31.window(canvas, Box(0, 0, 120, 90), "", active=False)
    assert canvas.index(60, 10) == Ink.IDLE_TITLE
    assert canvas.index(1, 60) == Ink.IDLE_BORDER


def test_the_client_is_what_is_left():
    assert win31.client(Box(0, 0, 100, 100)) == Box(4, 23, 92, 73)
    assert win31.client(Box(0, 0, 100, 100), status=True) == Box(4, 23, 92, 52)
    assert win31.client(Box(10, 10, 100, 100), dialog=True) == Box(16, 35, 88, 69)


@pytest.mark.parametrize("length", [60, 100, 333])
@pytest.mark.parametrize("last", [1, 7, 40])
def test_a_thumb_leads_back_to_what_it_shows(length, last):
    room = length - 3 * win31.ARROW
    for at in range(last + 1):
        pixel = win31.thumb_at(length, at, last)
        assert win31.ARROW <= pixel <= win31.ARROW + room
        if room >= 2 * last:
            assert win31.thumb_to(length, pixel, last) == at


def test_a_scroll_bar_without_room_has_no_thumb():
    canvas = Canvas(17, 80)
    win31.scroll_bar(canvas, Box(0, 0, 17, 80), 0, 0)
    assert {canvas.index(8, y) for y in range(17, 63)} == {Ink.FACE}
    win31.scroll_bar(canvas, Box(0, 0, 17, 80), 0, 1)
    assert canvas.index(8, 17) == Ink.LIGHT


def test_scroll_bars_across_are_the_upright_ones_turned():
    upright, across = Canvas(17, 80), Canvas(80, 17)
    win31.scroll_bar(upright, Box(0, 0, 17, 80), 3, 5)
    win31.scroll_bar(across, Box(0, 0, 80, 17), 3, 5, across=True)
    assert all(upright.index(x, y) == across.index(y, x) for x in range(17) for y in range(80))


def test_a_meter_turns_its_text_at_the_edge():
    canvas = Canvas(102, 16)
    win31.meter(canvas, Box(0, 0, 102, 16), 1, 2, "50 %")
    row = [canvas.index(x, 2) for x in range(1, 101)]
    assert row == [Ink.SELECTED] * 50 + [Ink.WINDOW] * 50
    win31.meter(canvas, Box(0, 0, 102, 16), 9, 0, "")
    assert canvas.index(1, 2) == Ink.WINDOW


def test_everything_else_can_be_drawn():
    canvas = Canvas(200, 100)
    win31.background(canvas)
    win31.group(canvas, Box(4, 4, 90, 60), "Heap")
    assert win31.tooltip(canvas, 100, 10, "0x00012C40").h == 17
    icons.information(canvas, 10, 20)
    icons.hourglass(canvas, 150, 60)
    assert canvas.index(4, 30) == Ink.SHADOW
    assert canvas.index(5, 30) == Ink.LIGHT
    assert canvas.index(150, 49) == Ink.BLACK
