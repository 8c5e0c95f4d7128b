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
    for number in range(1, 10):
        assert f"\n{number}  " in done.stdout
    assert len(list((tmp_path / "shots").glob("tour-*.png"))) == 15
    assert not done.stderr


def test_a_recorded_session_proves_itself_and_goes_on(tmp_path):
    script = tmp_path / "mine.jsonl"
    script.write_text(
        '{"profile": "real"}\n["open", "notepad"]\n["insert", "notepad", "hello"]\n["open", "walker"]\n["gc", "walker", 0]\n'
    )
    done = run("--headless", "--script", str(script), "--record", "log.jsonl", "--export", "last.png", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "last.png").stat().st_size > 1_000
    log = tmp_path / "log.jsonl"
    done = run("--replay", "log.jsonl", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "4 commands" in done.stdout
    assert "all the same, and so is every byte" in done.stdout
    stripped = [line for line in log.read_text().splitlines() if not line.startswith('["e"')]
    (tmp_path / "stripped.jsonl").write_text("\n".join(stripped))
    assert "all the same" not in run("--replay", "stripped.jsonl", cwd=tmp_path).stdout
    log.write_text(log.read_text().replace('"hello"', '"jello"'))
    done = run("--replay", "log.jsonl", cwd=tmp_path)
    assert done.returncode == 2
    assert "another machine does otherwise" in done.stderr
    done = run("--headless", "--open", "stripped.jsonl", "--record", "again.jsonl", "--export", "film.apng", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "again.jsonl").read_text().count('["c"') == 4
    assert (tmp_path / "film.apng").read_bytes().startswith(b"\x89PNG")


def test_events_are_announced(tmp_path):
    script = tmp_path / "mine.jsonl"
    script.write_text('["open", "clock"]\n["shot", "there"]\n')
    done = run("--text", "--announce", "--script", str(script), "--shot", "there:a.png", "--shot", "5:b.png", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Allocated handle" in done.stdout
    assert "One letter is" in done.stdout
    assert {path.name for path in tmp_path.glob("*.png")} == {"a.png", "b.png"}


def test_a_trace_is_played_on_a_kernel_of_its_own(tmp_path):
    done = run("--trace", "cc1-rec", "--shots", "shots", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
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
    assert len(list((tmp_path / "shots").glob("trace-*.png"))) == 6
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
        (["--script", "nope"], "no script is called 'nope'; there are low-memory, lru,"),
        (["--script", "bad.jsonl"], "bad.jsonl:1: "),
        (["--script", "worse.jsonl"], "no program is called 'nothing'"),
        (["--mode", "nope"], "no mode is called 'nope'; there are real, standard, enhanced"),
        (["--trace", "cc1-rec", "--mode", "real"], "cc1-rec would need 3,"),
        (["--mode", "real", "--size", "2M"], "real mode addresses 1,048,576"),
        (["--size", "much"], "a size of 'much'"),
        (["--trace", "nope"], "no such workload or file"),
        (["--scale", "9"], "a scale of '9'"),
        (["--headroom", "-1"], "a headroom of -1"),
        (["--speed", "9"], "a speed of 9"),
        (["--palette", "nope"], "no palette is called 'nope'"),
        (["--scheme", "nope"], "no scheme is called 'nope'"),
        (["--shot", "refused"], "expected EVENT:FILE.png"),
        (["--shot", "nope:a.png"], "the script has no such moment"),
        (["--shot", "999999:a.png"], "the script has no such moment"),
        (["--shot", "full:nowhere/a.png"], "there is no folder nowhere"),
        (["--trace", "cc1-rec", "--shot", "nope:a.png"], "the event is one of start, full"),
        (["--record", "nowhere/a.jsonl"], "there is no folder nowhere"),
        (["--record", "."], "that is a folder"),
        (["--export", "a.gif"], "ends in .png or .apng"),
        (["--replay", "nope.jsonl"], "nope.jsonl"),
        (["--replay", "bad.jsonl"], "bad.jsonl:1: "),
        (["--open", "nope.dump"], "error: nope.dump: No such file"),
        (["--script", "tour", "--shots", "bad.dump"], "error: bad.dump: File exists"),
        (["--open", "bad.dump"], "bad.dump is no dump of a machine"),
        (["--script", "tour", "--trace", "cc1-rec"], "at a time"),
    ],
)
def test_bad_input_is_one_line_and_status_2(tmp_path, arguments, words):
    given = {"bad.jsonl": "[", "worse.jsonl": '["open", "nothing"]', "bad.dump": "x"}
    for name, content in given.items():
        (tmp_path / name).write_text(content)
    done = run("--headless", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert words in done.stderr
    assert {path.name for path in tmp_path.iterdir()} <= {*given, "shots"}


def test_ctrl_c_ends_it_quietly(tmp_path):
    command = [sys.executable, "-m", "win16demo", "--headless", "--trace", "cc1-rec"]
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
