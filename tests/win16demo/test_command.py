"""`python -m win16demo` as somebody would run it."""

import os
import signal
import subprocess
import sys
import time

import pytest

TIMEOUT = 60


def run(*arguments, cwd, **environment):
    clean = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER")}
    command = [sys.executable, "-m", "win16demo", *arguments]
    return subprocess.run(command, cwd=cwd, env=clean | environment, capture_output=True, text=True, timeout=TIMEOUT, check=False)


@pytest.mark.parametrize("environment", [{}, {"SDL_VIDEODRIVER": "dummy"}])
def test_without_a_display_the_tour_is_told_and_its_pictures_saved(tmp_path, environment):
    done = run(cwd=tmp_path, **environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("No window (")
    assert "wants to resize a block to 24,864 bytes and is refused" in done.stdout
    assert len(list((tmp_path / "shots").glob("tour-*.png"))) == 6
    assert not done.stderr


def test_text_shows_maps(tmp_path):
    done = run("--text", "--shot", "refused:map.png", cwd=tmp_path)
    assert done.returncode == 0
    assert "One letter is 8,192 bytes." in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["map.png"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--script", "nope"], "no script is called 'nope'; there is tour"),
        (["--fit", "nope"], "no fit is called 'nope'"),
        (["--trace", "nope"], "no such workload or file"),
        (["--scale", "9"], "a scale of '9'"),
        (["--headroom", "-1"], "a headroom of -1"),
        (["--speed", "9"], "a speed of 9"),
        (["--shot", "refused"], "expected EVENT:FILE.png"),
        (["--shot", "nope:a.png"], "the event is one of start, full"),
        (["--shot", "99999:a.png"], "from 1 to 47,768"),
        (["--shot", "full:nowhere/a.png"], "there is no folder nowhere"),
    ],
)
def test_bad_input_is_one_line_and_status_2(tmp_path, arguments, words):
    done = run("--headless", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert not done.stdout
    assert done.stderr.count("\n") == 1
    assert words in done.stderr
    assert not list(tmp_path.iterdir())


def test_ctrl_c_ends_it_quietly(tmp_path):
    command = [sys.executable, "-m", "win16demo", "--headless"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout.readline().startswith("47,768")
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 130
    assert errors == "interrupted\n"


def test_without_pygame_one_line_says_what_to_install(tmp_path):
    code = "import sys; sys.modules['pygame'] = None; sys.argv = ['win16demo']; from win16demo.__main__ import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=TIMEOUT, check=False
    )
    assert done.returncode != 0
    assert done.stderr.count("\n") == 1
    assert "pip install 'handleheap[demo]'" in done.stderr
