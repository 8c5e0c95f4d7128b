"""Bad App keeps an address. Where an address is all there is, its picture is somebody else's after a compaction."""

import pytest

from handleheap.desktop.canvas import Canvas
from tests.golden import assert_golden
from tests.win16demo.test_world import GOLDEN, photograph_of_all
from win16demo.apps.badapp import SIDE, look
from win16demo.session import header_for
from win16demo.world import World


def started(mode):
    world = World(header_for(mode))
    world.execute(["open", "walker"])
    world.execute(["open", "badapp"])
    return world, world.find("badapp")


def pictured(world, win):
    return photograph_of_all(world)[win.id]


def test_in_real_mode_it_shows_a_strangers_pixels_after_a_compaction_and_is_right_again_with_the_switch_on():
    world, win = started("real")
    before = pictured(world, win)
    own = look(world, win)[0]
    world.execute(["gc", "walker", 0])
    stranger = look(world, win)[0]
    assert stranger != own
    assert pictured(world, win) != before
    world.execute(["lock_it", "badapp"])
    assert look(world, win)[0] == own
    world.execute(["gc", "walker", -1])
    world.execute(["open", "clock"])
    world.execute(["gc", "walker", 0])
    assert look(world, win)[0] == own
    world.kernel.check()


@pytest.mark.parametrize("mode", ["standard", "enhanced"])
def test_in_protected_mode_the_same_program_survives(mode):
    world, win = started(mode)
    before, own = pictured(world, win), look(world, win)[0]
    place = world.kernel.heap.address(win.blocks["picture"])
    world.execute(["gc", "walker", 0])
    assert world.kernel.heap.address(win.blocks["picture"]) != place
    assert look(world, win)[0] == own
    world.execute(["activate", "badapp"])
    assert pictured(world, win) == before


@pytest.mark.parametrize("mode", ["real", "standard", "enhanced"])
def test_wherever_the_kept_pointer_leads_nothing_breaks(mode):
    world, win = started(mode)
    for far in (0, 0xFFFFFFFF, 0xFFFF0000, 0x0007FFFF, 0x00400000, 0xA0000000):
        win.at["far"] = far
        world.execute(["paint", "badapp"])
        pixels, told = look(world, win)
        assert told
        assert pixels is None or len(pixels) == SIDE * SIDE
    world.kernel.GlobalFree(win.blocks["picture"])
    win.at["careful"] = False
    win.blocks.clear()
    world.execute(["paint", "badapp"])
    world.kernel.check()


@pytest.mark.parametrize("moment", ["before", "after", "cured"])
def test_golden(moment):
    world, win = started("real")
    if moment != "before":
        world.execute(["gc", "walker", 0])
        world.execute(["activate", "badapp"])
    if moment == "cured":
        world.execute(["lock_it", "badapp"])
    canvas = Canvas(*win.drawn)
    canvas.bitmap(0, 0, win.drawn[0], pictured(world, win))
    assert_golden(canvas, GOLDEN / f"badapp-{moment}.png")
