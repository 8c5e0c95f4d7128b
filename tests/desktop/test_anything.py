"""Random keys and clicks on a desktop: nothing raises, and what has to hold does."""

import random

import pytest

from handleheap.desktop.box import Box
from handleheap.desktop.canvas import Canvas
from handleheap.desktop.desk import Desktop
from handleheap.desktop.events import Key, Mouse
from handleheap.desktop.window import Window

from .gallery import Gallery, editor, form
from .test_gestures import AREA, Clerk

NAMES = ["tab", "enter", "escape", "left", "right", "up", "down", "home", "end", "pageup", "pagedown", "space", "f4", "f10"]
NAMES += ["backspace", "delete", *"-acfmnrsx"]


def at_random(desktop, rng, steps=400):
    canvas = Canvas()
    x, y = 320, 200
    for _ in range(steps):
        if rng.random() < 0.5:
            alt, ctrl, shift = (rng.random() < chance for chance in (0.3, 0.15, 0.15))
            desktop.post(Key(rng.choice(NAMES), alt=alt, ctrl=ctrl, shift=shift))
        else:
            if rng.random() < 0.7:
                x, y = rng.randrange(640), rng.randrange(480)
            kind = rng.choice(["down", "up", "move", "wheel"])
            desktop.post(Mouse(kind, x, y, clicks=rng.choice((1, 2)), wheel=rng.choice((-1, 1))))
        desktop.tick(rng.choice((0.0, 1.0)))
        if rng.random() < 0.1:
            desktop.draw(canvas)
            desktop.describe()
        yield


@pytest.mark.parametrize("seed", range(6))
def test_a_desktop_that_manages_itself(seed):
    desktop = Gallery().desktop
    for window in (editor(), form()):
        window.on_close = lambda window=window: desktop.hide(window)
        desktop.show(window)
    for _ in at_random(desktop, random.Random(seed)):
        assert sum(window.active for window in desktop.windows) == (desktop.top is not None)
        for window in desktop.windows:
            assert window.box.w >= 100
            assert window.box.h >= 28
            assert window.box.y < 480
            assert (window.normal is not None) == (window.state == "maximised")


@pytest.mark.parametrize("seed", range(6))
def test_a_desktop_whose_windows_are_made_anew_all_the_time(seed):
    clerk = Clerk()
    rng = random.Random(seed)
    for _ in at_random(clerk.desktop, rng):
        if rng.random() < 0.3:
            clerk.sync()
    assert len(clerk.desktop.windows) == 2
    assert {words[1] for words in clerk.said} <= {"low", "high"}


def test_an_empty_desktop_takes_everything():
    desktop = Desktop(area=AREA)
    for _ in at_random(desktop, random.Random(1)):
        pass
    desktop.show(Window(Box(0, 0, 100, 60), "only"))
    assert desktop.top.active
