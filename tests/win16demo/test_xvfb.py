"""The desktop in a real window, with a window manager, driven by the keys and the mouse of the X server."""

import subprocess
import sys
from itertools import pairwise

import pytest

from handleheap.desktop.backend import pygame
from handleheap.desktop.log import Log
from handleheap.events import Allocated, Moved, Refused
from tests import xserver
from win16demo.apps import PROGRAMS
from win16demo.apps.progman import CELL, ORDER
from win16demo.run import TITLE
from win16demo.world import AREA

pytestmark = [pytest.mark.xvfb, pytest.mark.slow, xserver.needed]

LAST = "Now it is yours"
"""From the last caption of the tour."""
COMPACT = (580, 402)
"""The button of the Heap Walker where it opens."""


@pytest.fixture(scope="module")
def display(tmp_path_factory):
    with xserver.server(tmp_path_factory.mktemp("x"), size=(1400, 1050)) as env:
        yield env


@pytest.fixture
def start(display, tmp_path):
    """Starts the demo with some options, in a folder of its own."""
    started = []

    def start(*options):
        started.append(xserver.Seen(display, tmp_path, ["-m", "win16demo", *options], TITLE))
        return started[-1]

    yield start
    for seen in started:
        seen.end()


def test_the_tour_in_a_window_has_the_logs_of_the_one_that_nobody_sees(start, tmp_path):
    seen = start("--script", "tour", "--speed", "8", "--announce", "--record", "tour.jsonl")
    xserver.wait_for("the end of the tour", lambda: LAST in seen.said(), patience=180)
    assert seen.close() == 0, seen.said()
    unseen = tmp_path / "unseen"
    unseen.mkdir()
    command = [sys.executable, "-m", "win16demo", "--headless", "--script", "tour", "--record", "tour.jsonl"]
    subprocess.run(command, cwd=unseen, env=seen.env, capture_output=True, timeout=120, check=True)
    names = sorted(path.name for path in unseen.glob("tour*"))
    assert names == ["tour-1.jsonl", "tour-2.jsonl"]
    for name in names:
        assert (tmp_path / name).read_bytes() == (unseen / name).read_bytes()


def test_a_session_by_hand(start, tmp_path):
    """Open, type, close, allocate, be refused, compact, be satisfied; and all of it again from the log."""
    seen = start("--record", "mine.jsonl")
    pictures = [seen.shot()]

    def then(act, *args, **how):
        act(*args, **how)
        pictures.append(seen.shot())

    then(seen.key, "Return")  # the icon that is chosen is the Heap Walker's
    then(seen.click, *icon("notepad"), times=2)
    then(seen.type, "Hello, heap! ")
    then(seen.key, "alt+minus", "c")  # Notepad is closed
    then(seen.click, *icon("shaker"), times=2)
    then(seen.click, *icon("clock"), times=2)
    then(seen.click, *caption("walker"))
    then(seen.key, "alt+a")
    then(seen.key, "Down", "Down", "Down", "Down", "Return")  # Allocate All but 10K
    for name in ("clock", "shaker"):
        seen.click(*caption(name))
        then(seen.key, "alt+minus", "c")
    then(seen.key, "alt+a", "n")  # Allocate 32K with NOCOMPACT
    then(seen.key, "Return")  # the box is answered
    then(seen.click, *COMPACT)
    then(seen.key, "alt+a", "n")
    assert seen.close() == 0, seen.said()
    seen_to_happen = [before != after for before, after in pairwise(map(desktop, pictures))]
    assert all(seen_to_happen), seen_to_happen

    log = Log.load(tmp_path / "mine.jsonl")
    verbs = ("open", "close", "alloc_all_but", "alloc_nocompact", "answer", "gc")
    request = ("alloc_nocompact", 2, 32)
    assert [command for command in log.commands if command[0] in verbs] == [
        ("open", "walker"), ("open", "notepad"), ("close", 3), ("open", "shaker"), ("open", "clock"), ("alloc_all_but", 2, 10),
        ("close", 5), ("close", 4), request, ("answer", 6, "OK"), ("gc", 2, 0), request,
    ]  # fmt: skip
    assert "".join(str(command[2]) for command in log.commands if command[0] == "insert") == "Hello, heap! "
    refused, satisfied = (step.events for step in log.steps if step.command == request)
    (compacted,) = (step.events for step in log.steps if step.command == ("gc", 2, 0))
    assert sizes(refused, Refused) == [32 << 10]
    assert sizes(compacted, Moved)
    assert 32 << 10 in sizes(satisfied, Allocated)
    assert not sizes(satisfied, Refused)

    again = subprocess.run(
        [sys.executable, "-m", "win16demo", "--replay", "mine.jsonl"],
        cwd=tmp_path, env=seen.env, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert again.returncode == 0, again.stderr
    assert "all the same, and so is every byte" in again.stdout


def test_ctrl_c_ends_it_cleanly_and_saves_the_log(start, tmp_path):
    seen = start("--script", "tour", "--record", "mine.jsonl")
    seen.shot()
    assert seen.interrupt() == 130
    assert seen.said().splitlines() == ["Saved as mine.jsonl.", "interrupted"]
    assert Log.load(tmp_path / "mine.jsonl").digest


def test_closing_the_window_ends_it_cleanly(start):
    seen = start()
    seen.shot()
    assert seen.close() == 0
    assert seen.said() == ""


def test_the_mouse_hits_what_is_seen_in_full_screen_and_in_a_window_of_any_size(start, tmp_path):
    seen = start("--record", "mine.jsonl")
    windowed = seen.place()
    seen.shot()
    seen.key("F11")
    seen.wait_for_size(1400, 1050)
    seen.shot()
    seen.click(*icon("walker"), times=2)
    seen.shot()
    seen.key("F11")
    seen.wait_for_size(windowed.w, windowed.h)
    seen.shot()
    seen.click(*COMPACT)
    seen.shot()
    for size in ((700, 500), (1399, 1001), (500, 400)):
        seen.resize(*size)
        seen.click(*icon("notepad"))
        seen.click(*icon("clock"))
        seen.shot()
    assert seen.close() == 0, seen.said()
    told = [command for command in Log.load(tmp_path / "mine.jsonl").commands if command[0] in ("open", "gc", "choose")]
    assert told == [("open", "walker"), ("gc", 2, 0), *[("choose", 1, 1), ("choose", 1, 3)] * 3]


def icon(program):
    """The middle of a program's icon in the Program Manager."""
    row, column = divmod(ORDER.index(program), 4)
    return 40 + column * CELL[0], 80 + row * CELL[1]


def caption(program):
    """The middle of a window's caption, where the window opens."""
    box = PROGRAMS[program].box
    return box.x + box.w // 2, box.y + 12


def desktop(path):
    """The pixels of a screenshot without the bar of time."""
    return pygame.image.tobytes(pygame.image.load(path).subsurface(AREA), "RGB")


def sizes(events, kind):
    """The sizes that events of one kind tell of."""
    return [event.wanted if kind is Refused else event.size for event in events if isinstance(event, kind)]
