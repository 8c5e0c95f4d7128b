"""A real window on a virtual X server: opened, shown, made full screen, closed."""

import subprocess
import sys

import pytest

from tests import xserver

SCRIPT = """
from handleheap.desktop.backend import pygame
from handleheap.desktop.screen import Screen, why_not
from tests.desktop.gallery import Gallery

assert why_not() == "", why_not()
gallery = Gallery()
screen = Screen.open("test", scale=2)
gallery.canvas = screen.canvas
for _ in range(2):
    gallery.draw()
    list(pygame.event.get())
    screen.show()
    window, view = pygame.display.get_surface(), screen.view
    for x, y in ((100, 195), (300, 300), (600, 30), (639, 479)):
        seen = tuple(window.get_at(view.to_window(x, y)))[:3]
        assert seen == screen.canvas.colours[screen.canvas.index(x, y)], (x, y, seen)
    print(pygame.display.get_driver(), window.get_size(), view.scale)
    screen.toggle_full()
screen.close()
"""


@pytest.mark.xvfb
@xserver.needed
def test_a_real_window(tmp_path):
    with xserver.server(tmp_path, size=(2000, 1500), manager=False) as env:
        done = subprocess.run([sys.executable, "-c", SCRIPT], env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.splitlines() == ["x11 (1280, 960) 2", "x11 (2000, 1500) 3"], done.stderr
