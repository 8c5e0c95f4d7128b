"""Shaker: random to look at, the same each time, and it sees when a byte is not what was written."""

import pytest

from tests.win16demo.test_world import photograph_of_all
from win16demo.program import BadCommand
from win16demo.session import header_for
from win16demo.world import World

MODES = ("real", "standard", "enhanced")


def started(mode, seed=0):
    world = World(header_for(mode, seed=seed))
    world.execute(["open", "shaker"])
    return world, world.find("shaker")


@pytest.mark.parametrize("mode", MODES)
def test_it_shakes_and_everything_holds(mode):
    world, win = started(mode)
    for name in ("notepad", "clock"):
        world.execute(["open", name])
    before = {number: pixels for number, pixels in photograph_of_all(world).items() if number != win.id}
    for _ in range(6):
        world.execute(["shake", "shaker", 300])
        world.kernel.GlobalCompact(0)
    assert win.number("checked") > 500
    assert win.number("broken") == 0
    after = photograph_of_all(world)
    assert {number: after[number] for number in before} == before
    world.execute(["settle", "shaker"])
    assert not win.held
    world.kernel.check()


def test_the_seed_and_the_number_of_steps_say_all():
    one, _ = started("enhanced", seed=7)
    other, _ = started("enhanced", seed=7)
    one.execute(["shake", "shaker", 60])
    one.execute(["shake", "shaker", 40])
    other.execute(["shake", "shaker", 40])
    other.execute(["shake", "shaker", 60])
    assert [block[:3] for block in one.kernel.walk()] == [block[:3] for block in other.kernel.walk()]
    third, _ = started("enhanced", seed=8)
    third.execute(["shake", "shaker", 100])
    assert [block[:3] for block in one.kernel.walk()] != [block[:3] for block in third.kernel.walk()]


def test_it_sees_a_spoilt_byte():
    world, win = started("enhanced")
    world.execute(["shake", "shaker", 100])
    for handle in win.held:
        if (view := world.memory.peek(handle)) is not None:
            view[len(view) // 2] ^= 1
    world.execute(["settle", "shaker"])
    assert win.number("broken") > 0
    assert "spoilt" in world.window(win).describe()
    assert "none spoilt" not in world.window(win).describe()


@pytest.mark.parametrize("steps", [0, -1, 10_001])
def test_a_number_of_steps_that_makes_no_sense(steps):
    world, _ = started("enhanced")
    with pytest.raises(BadCommand, match="1 to 10,000"):
        world.execute(["shake", "shaker", steps])
