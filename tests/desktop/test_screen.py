import os
import subprocess
import sys

import pytest

from handleheap.desktop.backend import pygame
from handleheap.desktop.desk import Desktop
from handleheap.desktop.events import Key, Mouse, Quit, Translator
from handleheap.desktop.screen import Screen, View, fitting, why_not
from handleheap.desktop.skin import Ink

from .gallery import Gallery


@pytest.mark.parametrize("window", [(640, 480), (800, 600), (1280, 960), (1366, 768), (1919, 1081), (3840, 2160), (7000, 4000)])
def test_every_canvas_pixel_comes_back(window):
    view = View((640, 480), window)
    for x in range(0, 640, 7):
        for y in (0, 1, 239, 479):
            left, top = view.to_window(x, y)
            for inside in (0, view.scale - 1):
                assert view.to_canvas(left + inside, top + inside) == (x, y)
    assert view.to_canvas(-5, 99999) == (0, 479)


def test_scales_are_whole_and_limited():
    assert [fitting((640, 480), (640 * n, 480 * n)) for n in range(1, 8)] == [1, 2, 3, 4, 5, 6, 6]


@pytest.fixture
def screen():
    screen = Screen.open("test", (64, 48), scale=3)
    yield screen
    screen.close()


def test_a_window_shows_the_canvas_in_squares(screen):
    screen.canvas.point(10, 20, Ink.RED)
    screen.show()
    window = pygame.display.get_surface()
    assert window.get_size() == (192, 144)
    red = {(x, y) for x in range(192) for y in range(144) if tuple(window.get_at((x, y)))[:3] == (255, 0, 0)}
    assert red == {(x, y) for x in (30, 31, 32) for y in (60, 61, 62)}


def test_function_keys_of_the_screen(screen, tmp_path):
    screen.shots = tmp_path
    for key in (pygame.K_F12, pygame.K_F12, pygame.K_F11, pygame.K_F11, pygame.K_a):
        pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=key, mod=0, unicode=""))
    got = list(screen.events(Translator()))
    assert Key("a") in got
    assert not {"f11", "f12"} & {event.name for event in got if isinstance(event, Key)}
    assert not list(tmp_path.iterdir())
    screen.canvas.point(3, 4, Ink.RED)
    screen.show()
    screen.show()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["shot-000.png", "shot-001.png"]
    assert tuple(pygame.image.load(tmp_path / "shot-000.png").get_at((3, 4)))[:3] == (255, 0, 0)


def test_a_shot_that_cannot_be_saved_is_told(screen, tmp_path):
    said = []
    screen.shots, screen.on_shot = tmp_path / "nowhere", said.append
    screen.want_shot()
    screen.show()
    assert len(said) == 1
    assert said[0].startswith("Not saved: ")


def test_run_until_the_window_is_closed(screen):
    desktop = Desktop()
    ticks = []

    def tick(seconds):
        ticks.append(seconds)
        if len(ticks) == 2:
            pygame.event.post(pygame.event.Event(pygame.QUIT))

    screen.run(desktop, tick)
    assert len(ticks) in (2, 3)
    assert not desktop.running


def test_a_wrong_scale_is_refused():
    with pytest.raises(ValueError, match="1 to 6 or 'auto'"):
        Screen.open("test", scale=7)


def test_headless_draws_one_picture():
    gallery = Gallery()
    screen = Screen.headless()
    screen.run(gallery.desktop)
    assert screen.canvas.pixels() == gallery.draw().pixels()
    assert not screen.visible
    assert list(screen.events(Translator())) == []
    screen.toggle_full()
    screen.show()
    assert screen.view.scale == 1


def test_no_display_is_a_reason_not_an_error():
    assert "dummy" in why_not()
    pygame.display.quit()


SCRIPT = """
from handleheap.desktop.screen import Screen, why_not
from tests.desktop.gallery import Gallery
gallery = Gallery()
screen = Screen.headless()
screen.run(gallery.desktop)
screen.save_png({path!r})
print(why_not())
"""


def test_headless_needs_no_driver_at_all(tmp_path):
    hidden = ("SDL_VIDEODRIVER", "DISPLAY", "WAYLAND_DISPLAY")
    env = {name: value for name, value in os.environ.items() if name not in hidden} | {"SDL_VIDEODRIVER": "x11"}
    path = tmp_path / "headless.png"
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(path=str(path))], env=env, capture_output=True, text=True, check=True
    )
    assert "x11" in done.stdout
    assert path.stat().st_size > 1000


def test_a_missing_pygame_is_explained():
    script = "import sys; sys.modules['pygame'] = None; import handleheap.desktop.canvas"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert "pip install 'handleheap[demo]'" in done.stderr.splitlines()[-1]


def test_fonts_and_colours_need_no_pygame():
    script = "import sys; sys.modules['pygame'] = None; from handleheap.desktop import box, fonts, skin; fonts.faces()"
    subprocess.run([sys.executable, "-c", script], check=True)


def test_events_reach_the_desktop_through_the_scale(screen):
    pygame.event.clear()
    pygame.event.post(pygame.event.Event(pygame.MOUSEMOTION, pos=(191, 143), rel=(0, 0), buttons=(0, 0, 0)))
    pygame.event.post(pygame.event.Event(pygame.QUIT))
    assert [event for event in screen.events(Translator(screen.view.to_canvas)) if isinstance(event, (Mouse, Quit))] == [
        Mouse("move", 63, 47),
        Quit(),
    ]


def test_a_click_knows_which_keys_are_held(screen):
    translator = Translator()
    down = pygame.event.Event(pygame.MOUSEBUTTONDOWN, pos=(5, 6), button=1)
    key = {"mod": 0, "unicode": ""}
    assert translator.translate(down) == Mouse("down", 5, 6)
    translator.translate(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_LSHIFT, **key))
    assert translator.translate(down).shift
    translator.translate(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_RCTRL, **key))
    translator.translate(pygame.event.Event(pygame.KEYUP, key=pygame.K_LSHIFT, **key))
    assert translator.translate(down)[-2:] == (False, True)
    translator.translate(pygame.event.Event(pygame.WINDOWFOCUSLOST))
    assert translator.translate(down)[-2:] == (False, False)
