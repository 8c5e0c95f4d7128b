"""`python -m win16demo` as somebody would run it."""

import os
import signal
import subprocess
import sys
import time

import pytest

from handleheap.lab.workloads import workload

TIMEOUT = 60


def run(*arguments, cwd, **environment):
    clean = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER")}
    command = [sys.executable, "-m", "win16demo", *arguments]
    return subprocess.run(command, cwd=cwd, env=clean | environment, capture_output=True, text=True, timeout=TIMEOUT, check=False)


@pytest.fixture
def trap(tmp_path_factory):
    """A small trace in a file."""
    path = tmp_path_factory.mktemp("traces") / "trap.rep"
    workload("binary", ops=1200).write(path)
    return str(path)


def test_without_a_display_the_tour_is_told_and_its_pictures_saved(tmp_path):
    done = run(cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("No window (")
    for words in (
        "129,377 recorded operations of a real program, cc1-rec, under Windows in enhanced mode. Of 3,724,672 bytes",
        "Operation 93,763: 3,968 blocks with 106 holes between them. 251,296 bytes are free",
        "no hole has room for more than 54,944",
        "GlobalAlloc(65,536) returns 0, although 3.8 times as much is free",
        "Compacted: 251,296 bytes are free, in one piece.",
        "in the end nothing was refused: 2 compactions moved 4,211,648 bytes.",
        "Never moving: 15 requests refused, the first at operation 93,763.",
    ):
        assert words in done.stdout
    assert len(list((tmp_path / "shots").glob("tour-*.png"))) == 6
    assert not done.stderr


def test_a_dummy_display_is_none(tmp_path, trap):
    done = run("--trace", trap, cwd=tmp_path, SDL_VIDEODRIVER="dummy")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("No window (")
    assert "1,200 operations, trap, under Windows in enhanced mode" in done.stdout
    assert not done.stderr


@pytest.mark.parametrize("mode", ["real", "standard"])
def test_text_shows_maps(tmp_path, trap, mode):
    done = run("--text", "--trace", trap, "--mode", mode, "--headroom", "1.4", "--shot", "refused:map.png", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert f"1,200 operations, trap, under Windows in {mode} mode" in done.stdout
    assert f"One letter is {128 if mode == 'real' else 256} bytes." in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["map.png"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--script", "nope"], "no script is called 'nope'; there is tour"),
        (["--mode", "nope"], "no mode is called 'nope'; there are real, standard, enhanced"),
        (["--mode", "real"], "cc1-rec would need 3,"),
        (["--trace", "nope"], "no such workload or file"),
        (["--scale", "9"], "a scale of '9'"),
        (["--headroom", "-1"], "a headroom of -1"),
        (["--speed", "9"], "a speed of 9"),
        (["--shot", "refused"], "expected EVENT:FILE.png"),
        (["--shot", "nope:a.png"], "the event is one of start, full"),
        (["--shot", "999999:a.png"], "from 1 to 129,377"),
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
    assert process.stdout.readline().startswith("129,377")
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
