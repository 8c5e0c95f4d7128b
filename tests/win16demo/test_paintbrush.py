"""Paintbrush: a picture in a block, drawn on by strokes, and a copy for Undo that may be gone."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handleheap.desktop.canvas import Canvas
from handleheap.desktop.events import Key, Mouse
from handleheap.desktop.screen import Screen
from handleheap.desktop.skin import Ink
from tests.golden import assert_golden
from win16demo.apps.easel import INKS, TOOLS, Palette, Sheet, Tools, ink_of, marks
from win16demo.apps.landscape import HEIGHT, WIDTH, landscape
from win16demo.apps.shapes import ellipse, flood, outline, polygon, segment
from win16demo.front import Front
from win16demo.program import BadCommand
from win16demo.session import Session, header_for

from .desk import MODES, client, opened, picture, same_after_stirring, saves_and_goes_on, stirred, win_of

GOLDEN = Path(__file__).parent / "golden"
SIZE = WIDTH * HEIGHT


@pytest.fixture(params=MODES)
def world(request):
    return opened("paintbrush", request.param)


def brush(world):
    return win_of(world, "paintbrush")


def do(world, *commands):
    for verb, *args in commands:
        world.execute([verb, "paintbrush", *args])


def pixels(world):
    return bytes(world.memory.peek(brush(world).blocks["picture"])[:SIZE])


def at(world, x, y):
    return pixels(world)[y * WIDTH + x]


def changed(before, after):
    return {(at % WIDTH, at // WIDTH) for at in range(SIZE) if before[at] != after[at]}


def part(world, kind):
    window = world.window(brush(world), lambda verb, *args: world.execute([verb, *args]))
    return next(child for child in window.children if isinstance(child, kind))


# --- shapes --------------------------------------------------------------------------------------------------------------


def covered(spans):
    return {(x + step, y) for x, y, n in spans for step in range(n)}


@given(*[st.integers(-30, 30)] * 4)
def test_a_line_hangs_together_and_has_both_ends(x0, y0, x1, y1):
    points = [(x, y) for x, y, _ in segment(x0, y0, x1, y1)]
    assert points[0] == (x0, y0)
    assert points[-1] == (x1, y1)
    assert len(points) == max(abs(x1 - x0), abs(y1 - y0)) + 1
    assert all(max(abs(a - c), abs(b - d)) == 1 for (a, b), (c, d) in pairwise(points))


@given(*[st.integers(-20, 20)] * 4)
def test_an_ellipse_touches_all_four_sides_and_is_symmetric(x0, y0, x1, y1):
    found = covered(ellipse(x0, y0, x1, y1))
    frame = covered(outline(x0, y0, x1, y1))
    for axis, ends in ((0, (x0, x1)), (1, (y0, y1))):
        assert {min(p[axis] for p in found), max(p[axis] for p in found)} == set(ends)
    assert found == {(x0 + x1 - x, y) for x, y in found} == {(x, y0 + y1 - y) for x, y in found}
    assert found & frame


def test_polygons_that_meet_share_no_pixel():
    left, right = [(0, 0), (100, 0), (70, 160), (0, 160)], [(100, 0), (200, 0), (200, 160), (70, 160)]
    one, two = covered(polygon(left)), covered(polygon(right))
    assert one
    assert two
    assert not one & two
    assert one | two == covered(polygon([(0, 0), (200, 0), (200, 160), (0, 160)]))


@given(st.lists(st.sampled_from((1, 2)), min_size=48, max_size=48), st.integers(0, 7), st.integers(0, 5))
def test_flooding_is_what_hangs_together(cells, x, y):
    old = cells[y * 8 + x]
    reached, waiting = set(), [(x, y)]
    while waiting:
        place = waiting.pop()
        if place not in reached and 0 <= place[0] < 8 and 0 <= place[1] < 6 and cells[place[1] * 8 + place[0]] == old:
            reached.add(place)
            waiting += [(place[0] + dx, place[1] + dy) for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1))]
    after = bytearray(cells)
    flood(memoryview(after), 8, x, y, 9)
    assert {(at % 8, at // 8) for at in range(48) if after[at] == 9} == reached
    flood(memoryview(after), 8, x, y, 9)


# --- the program ---------------------------------------------------------------------------------------------------------


def test_it_begins_with_a_picture_in_the_inks_of_a_vga(world):
    assert pixels(world) == landscape()
    assert min(landscape()) >= Ink.BLACK
    assert max(landscape()) <= Ink.WHITE
    assert brush(world).title == "Paintbrush - PICTURE.BMP"


@pytest.mark.parametrize("tool", [name for name in TOOLS if name != "fill"])
def test_a_stroke_covers_what_its_tool_covers(world, tool):
    do(world, ["clear"], ["ink", INKS.index("Red")], ["tool", "filled"], ["stroke", 20, 20, 80, 80])
    do(world, ["tool", tool], ["ink", INKS.index("Lime")])
    before = pixels(world)
    do(world, ["stroke", 60, 30, 30, 70])
    assert changed(before, pixels(world)) == covered(marks(tool, 60, 30, 30, 70))
    assert at(world, 60, 30) == at(world, 30, 70) or tool == "disc"
    assert at(world, 45, 50) == {"eraser": Ink.WHITE, "box": Ink.RED}.get(tool, Ink.LIME)


def test_a_flood_stops_at_edges(world):
    do(world, ["clear"], ["tool", "box"], ["stroke", 10, 10, 30, 30], ["tool", "fill"], ["ink", 5], ["stroke", 20, 20, 20, 20])
    assert pixels(world).count(ink_of(5)) == 19 * 19


def test_what_leaves_the_picture_is_cut_off(world):
    do(world, ["clear"], ["stroke", -50, 50, 400, 50])
    assert changed(bytes((Ink.WHITE,)) * SIZE, pixels(world)) == {(x, 50) for x in range(WIDTH)}
    world.kernel.check()


@pytest.mark.parametrize(
    "command",
    [["stroke", 0, 0, 1, 1001], ["stroke", 1, 2, 3], ["tool", "hammer"], ["ink", 16], ["ink", -1], ["cross", WIDTH, 0]],
    ids=repr,
)
def test_a_bad_command_changes_nothing(world, command):
    digest = world.digest()
    with pytest.raises(BadCommand):
        do(world, command)
    assert world.digest() == digest


def test_a_flood_must_begin_in_the_picture(world):
    do(world, ["tool", "fill"])
    digest = world.digest()
    with pytest.raises(BadCommand, match="not in the picture"):
        do(world, ["stroke", 0, 0, -1, 0])
    assert world.digest() == digest


def test_undo_takes_back_a_whole_drag_and_can_be_undone(world):
    do(world, ["stroke", 1, 1, 1, 1], ["stroke", 1, 1, 50, 9, True], ["stroke", 50, 9, 90, 90, True])
    drawn = pixels(world)
    do(world, ["undo"])
    assert pixels(world) == landscape()
    do(world, ["undo"])
    assert pixels(world) == drawn
    do(world, ["clear"], ["undo"])
    assert pixels(world) == drawn


def test_undo_says_so_when_its_block_was_discarded(world):
    do(world, ["stroke", 1, 1, 50, 9])
    drawn = pixels(world)
    stirred(world)
    do(world, ["undo"])
    assert "discarded" in world.memory.read_text(world.record.resources["message"])
    world.execute(["answer", "box", "OK"])
    assert pixels(world) == drawn
    do(world, ["stroke", 50, 9, 70, 9, True], ["undo"])
    assert pixels(world) == drawn
    world.kernel.check()


def test_where_memory_ends_drawing_goes_on_without_undo(world):
    while world.kernel.GlobalAlloc(2, 1 << 10):
        pass
    do(world, ["stroke", 0, 0, 60, 0])
    assert at(world, 30, 0) == Ink.BLACK
    assert brush(world).at["undo"] == 0
    digest = world.digest()
    do(world, ["undo"])
    assert world.digest() == digest
    world.kernel.check()


def test_the_mouse_draws(world):
    do(world, ["clear"], ["ink", INKS.index("Blue")])
    sheet = part(world, Sheet)
    x, y = sheet.picture.x, sheet.picture.y
    for kind, right in (("down", 10), ("move", 20), ("move", 30), ("up", 30)):
        sheet.mouse(Mouse(kind, x + right, y + 5))
    sheet.mouse(Mouse("move", x + 60, y + 5))
    assert changed(bytes((Ink.WHITE,)) * SIZE, pixels(world)) == {(at, 5) for at in range(10, 31)}
    do(world, ["undo"], ["tool", "filled"])
    sheet = part(world, Sheet)
    sheet.mouse(Mouse("down", x + 10, y + 10))
    sheet.mouse(Mouse("move", x + 20, y + 15))
    assert pixels(world).count(Ink.WHITE) == SIZE, "before the button comes up nothing is drawn"
    sheet.mouse(Mouse("up", x + 20, y + 15))
    assert pixels(world).count(Ink.BLUE) == 11 * 6


def test_a_drag_on_the_desktop_is_a_stroke_a_step_and_one_undo():
    front = Front(Session(header_for()), Screen.headless(), slides=False)
    front.do("open", "paintbrush")
    world = front.session.world
    window = world.window(brush(world))
    sheet = next(child for child in window.children if isinstance(child, Sheet))
    x, y = window.client.x + sheet.picture.x, window.client.y + sheet.picture.y
    for kind, right in (("down", 10), ("move", 20), ("move", 30), ("up", 30)):
        front.post(Mouse(kind, x + right, y + 50))
    assert [command[0] for command in front.session.timeline.log().commands][-3:] == ["stroke"] * 3
    assert {at(world, right, 50) for right in range(10, 31)} == {Ink.BLACK}
    front.post(Key("z", "\x1a", ctrl=True))
    assert pixels(world) == landscape()


def test_a_band_shows_what_a_drag_is_going_to_draw(world):
    do(world, ["tool", "line"])
    window = world.window(brush(world), lambda *_: None)
    sheet, band = next(child for child in window.children if isinstance(child, Sheet)), window.live[0]
    blank, shown = Canvas(window.client.w, window.client.h), Canvas(window.client.w, window.client.h)
    band.draw(shown)
    assert shown.pixels() == blank.pixels()
    for kind, right in (("down", 10), ("move", 40)):
        sheet.mouse(Mouse(kind, sheet.picture.x + right, sheet.picture.y + 5))
    band.draw(shown)
    assert shown.pixels().count(Ink.BLACK) == 31


def test_in_a_larger_window_the_picture_is_larger(world):
    do(world, ["size", 0, 0, 420, 330], ["clear"])
    sheet = part(world, Sheet)
    assert sheet.scale == 2
    sheet.mouse(Mouse("down", sheet.picture.x + 21, sheet.picture.y + 10))
    assert changed(bytes((Ink.WHITE,)) * SIZE, pixels(world)) == {(10, 5)}


def test_the_keyboard_draws(world):
    do(world, ["clear"], ["cross", 20, 20])
    assert part(world, Sheet).key(Key("space"))
    assert part(world, Sheet).key(Key("right", shift=True))
    assert part(world, Sheet).key(Key("right", ctrl=True))
    assert changed(bytes((Ink.WHITE,)) * SIZE, pixels(world)) == {(x, 20) for x in range(20, 25)}
    assert (brush(world).at["x"], brush(world).at["y"]) == (25, 20)
    assert part(world, Tools).key(Key("down"))
    assert brush(world).at["tool"] == "line"
    assert part(world, Palette).key(Key("right"))
    assert part(world, Palette).key(Key("down"))
    assert brush(world).at["ink"] == INKS.index("Silver")
    for name in ("space", "down", "space"):
        assert part(world, Sheet).key(Key(name))
    assert pixels(world).count(Ink.SILVER) == 5
    assert part(world, Sheet).key(Key("z", "\x1a", ctrl=True))
    assert pixels(world).count(Ink.SILVER) == 0
    assert part(world, Sheet).key(Key("space"))
    assert part(world, Sheet).mark is not None
    assert part(world, Sheet).key(Key("escape"))
    assert part(world, Sheet).mark is None
    assert not part(world, Sheet).key(Key("escape"))


def test_the_focus_is_seen(world):
    seen = set()
    for focus in range(3):
        world.execute(["focus", "paintbrush", focus])
        seen.add(picture(world, brush(world)).pixels())
    assert len(seen) == 3


def test_tools_and_inks_are_chosen_with_the_mouse(world):
    tools, palette = part(world, Tools), part(world, Palette)
    cell, swatch = tools.cell(6), palette.swatch(9)
    assert tools.tip_at(cell.x + 9, cell.y + 9) == "Disc"
    assert palette.tip_at(swatch.x + 5, swatch.y + 5) == "Lime"
    tools.mouse(Mouse("down", cell.x + 9, cell.y + 9))
    palette.mouse(Mouse("down", swatch.x + 5, swatch.y + 5))
    assert (brush(world).at["tool"], brush(world).at["ink"]) == ("disc", 9)
    checked = [item.text for menu in world.window(brush(world)).menu.menus for item in menu.items if item.checked]
    assert checked == ["&Disc"]


def test_a_saved_paintbrush_goes_on(world):
    do(world, ["tool", "brush"], ["stroke", 3, 3, 60, 60])
    saves_and_goes_on(world, ["undo", "paintbrush"], ["dab", "paintbrush"], ["maximise", "paintbrush"], ["clear", "paintbrush"])


def test_closing_frees_picture_and_undo(world):
    do(world, ["clear"])
    world.execute(["close", "paintbrush"])
    assert not any(block.owner == "PAINTBRU" for block in [*world.kernel.walk(), *world.kernel.heap.discarded()])


def test_looking_at_it_counts_nothing(world):
    told = []
    world.tap = told.append
    digest = world.digest()
    part(world, Sheet).describe()
    client(world, brush(world))
    assert not told
    assert world.digest() == digest


X, Y = st.integers(-5, WIDTH + 5), st.integers(-5, HEIGHT + 5)
COMMANDS = st.one_of(
    st.tuples(st.just("stroke"), X, Y, st.integers(0, WIDTH - 1), st.integers(0, HEIGHT - 1), st.booleans()),
    st.tuples(st.just("tool"), st.sampled_from(TOOLS)),
    st.tuples(st.just("ink"), st.integers(0, 15)),
    st.tuples(st.just("cross"), st.integers(0, WIDTH - 1), st.integers(0, HEIGHT - 1)),
    st.tuples(st.sampled_from(("dab", "clear"))),
)


@pytest.mark.parametrize("mode", MODES)
def test_compacting_between_commands_is_not_seen(mode):
    @settings(max_examples=10, deadline=None)
    @given(st.lists(COMMANDS, max_size=10))
    def check(commands):
        calm, shaken = same_after_stirring("paintbrush", [[verb, "paintbrush", *args] for verb, *args in commands], mode)
        assert pixels(calm) == pixels(shaken)

    check()


def test_golden():
    world = opened("paintbrush")
    assert_golden(picture(world, brush(world)), GOLDEN / "paintbrush.png")
    do(world, ["size", 0, 0, 420, 330], ["focus", 2], ["ink", 5], ["tool", "disc"], ["stroke", 4, 4, 30, 30])
    assert_golden(picture(world, brush(world)), GOLDEN / "paintbrush-large.png")
