"""Clock: the same pixels at the same minute, in every size and on every machine."""

from math import pi, sin
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handleheap.desktop.box import Box
from handleheap.desktop.canvas import Canvas
from handleheap.desktop.skin import Ink
from handleheap.events import Allocated
from tests.golden import assert_golden
from win16demo.apps.clock import TURN, around, dial, figures, sine
from win16demo.program import BadCommand

from .desk import MODES, client, opened, picture, same_after_stirring, saves_and_goes_on, win_of

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(params=MODES)
def world(request):
    return opened("clock", request.param)


def clock(world):
    return win_of(world, "clock")


def shown(world):
    return client(world, clock(world))


def test_the_sine_is_a_sine():
    for part in range(-TURN, 2 * TURN):
        assert isinstance(sine(part, 10_000), int)
        assert abs(sine(part, 10_000) - 10_000 * sin(2 * pi * part / TURN)) < 18
        assert sine(part, 10_000) == -sine(part + TURN // 2, 10_000)


def test_it_turns_with_the_sun():
    assert [around(quarter * TURN // 4, 100) for quarter in range(4)] == [(0, -100), (100, 0), (0, 100), (-100, 0)]


def test_it_is_painted_when_the_minute_changes_and_not_before(world):
    pictures = {tuple(shown(world))}
    version = clock(world).version
    world.execute(["tick", 59])
    assert clock(world).version == version
    for minute in range(1, 60, 7):
        world.execute(["tick", minute * 60])
        pictures.add(tuple(shown(world)))
    assert len(pictures) == 10


def test_twelve_hours_later_the_dial_is_the_same(world):
    world.execute(["tick", 3 * 3600])
    before = shown(world)
    world.execute(["tick", 15 * 3600])
    assert shown(world) == before
    world.execute(["face", "clock", "digital"])
    afternoon = shown(world)
    world.execute(["tick", 3 * 3600])
    assert shown(world) != afternoon


def test_the_menu_ticks_what_is_shown(world):
    def ticked():
        return [item.text for menu in world.window(clock(world)).menu.menus for item in menu.items if item.checked]

    assert ticked() == ["&Analog"]
    analog = shown(world)
    world.execute(["face", "clock", "digital"])
    assert ticked() == ["&Digital"]
    assert shown(world) != analog
    items = world.window(clock(world), lambda verb, *args: world.execute([verb, *args])).menu.menus[0].items
    items[0].action()
    assert shown(world) == analog


@pytest.mark.parametrize("command", [["face", "sundial"], ["face"], ["face", 1]], ids=repr)
def test_a_bad_command_changes_nothing(world, command):
    digest = world.digest()
    with pytest.raises(BadCommand):
        world.execute([command[0], "clock", *command[1:]])
    assert world.digest() == digest


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 320), st.integers(1, 260), st.integers(0, 1439))
def test_whatever_the_size_it_stays_inside(w, h, minutes):
    for paint in (dial, figures):
        canvas = Canvas(w + 40, h + 40)
        canvas.surface.fill(Ink.FACE)
        with canvas.within(Box(20, 20, w, h)):
            paint(canvas, Box(0, 0, w, h), minutes)
        outside = Canvas(w + 40, h + 40)
        outside.surface.fill(Ink.FACE)
        outside.blit(canvas.surface.subsurface((20, 20, w, h)), 20, 20)
        assert canvas.pixels() == outside.pixels()


@pytest.mark.parametrize("size", [(100, 28), (100, 100), (300, 90), (200, 400)])
def test_it_may_have_any_size(world, size):
    for kind in ("analog", "digital"):
        world.execute(["face", "clock", kind])
        world.execute(["size", "clock", 10, 10, *size])
        assert clock(world).drawn == size
    world.kernel.check()


def test_it_has_no_block_but_its_window(world):
    told = []
    world.tap = told.append
    for minute in range(5):
        world.execute(["tick", 60 * minute])
    assert not clock(world).blocks
    assert not any(isinstance(event, Allocated) for event in told)


def test_a_saved_clock_goes_on(world):
    world.execute(["tick", 40_000])
    saves_and_goes_on(world, ["face", "clock", "digital"], ["tick", 50_000], ["maximise", "clock"])


def test_it_says_what_time_it_is(world):
    world.execute(["tick", 10 * 3600 + 9 * 60])
    assert "10:09" in world.window(clock(world)).describe()


@pytest.mark.parametrize("mode", MODES)
def test_compacting_between_commands_is_not_seen(mode):
    commands = st.one_of(
        st.tuples(st.just("tick"), st.integers(0, 86_399)),
        st.tuples(st.just("face"), st.just("clock"), st.sampled_from(("analog", "digital"))),
        st.tuples(st.just("size"), st.just("clock"), *[st.integers(90, 200)] * 4),
    )

    @settings(max_examples=10, deadline=None)
    @given(st.lists(commands, max_size=8))
    def check(chosen):
        same_after_stirring("clock", [list(command) for command in chosen], mode)

    check()


def test_golden():
    world = opened("clock")
    world.execute(["tick", 10 * 3600 + 9 * 60])
    assert_golden(picture(world, clock(world)), GOLDEN / "clock.png")
    world.execute(["face", "clock", "digital"])
    assert_golden(picture(world, clock(world)), GOLDEN / "clock-digital.png")
