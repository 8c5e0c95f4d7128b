"""What a person does becomes commands; what is shown is a function of the world and of the time that is looked at."""

import random

import pytest

from handleheap.desktop.events import Drop, Key, Mouse, Quit
from handleheap.desktop.proof import replay
from handleheap.desktop.screen import Screen
from handleheap.lab.workloads import workload
from win16demo.front import Front
from win16demo.session import Session, fresh, header_for
from win16demo.world import AREA


def front_of(mode="enhanced", **options):
    return Front(Session(header_for(mode)), Screen.headless(), slides=False, **options)


@pytest.fixture
def front():
    return front_of()


def press(front, *names, **held):
    for name in names:
        text = {"space": " "}.get(name, name if len(name) == 1 else "")
        front.post(Key(name, text, **held))


def type_(front, text):
    for char in text:
        front.post(Key(char if char != " " else "space", char))


def click(front, x, y, clicks=1):
    front.post(Mouse("down", x, y, clicks=clicks))
    front.post(Mouse("up", x, y))


def drag(front, start, *stops):
    front.post(Mouse("down", *start))
    for stop in stops:
        front.post(Mouse("move", *stop))
    front.post(Mouse("up", *stops[-1]))


def window(front, app):
    return next(win for win in reversed(front.session.world.record.windows) if win.app == app)


def apps(front):
    return [win.app for win in front.session.world.record.windows]


def pixels(front):
    front.draw(front.screen.canvas)
    return front.screen.canvas.pixels()


def verbs(front):
    return [command[0] for command in front.session.timeline.log().commands]


def test_a_program_is_opened_typed_in_and_closed_by_keyboard_alone(front):
    press(front, "right", "enter")
    assert apps(front)[-1] == "notepad"
    type_(front, "Hi c")
    world = front.session.world
    assert "Hi c" in world.memory.read_text(window(front, "notepad").blocks["text"])
    assert "walker" not in apps(front), "c is a letter here, and no command to compact"
    press(front, "f4", alt=True)
    assert "notepad" not in apps(front)


def test_single_letters_work_where_no_text_has_the_focus(front):
    press(front, "c")
    assert apps(front)[-1] == "walker"
    assert "gc" in verbs(front)


def test_a_double_click_on_an_icon_opens_its_program(front):
    x, y = 6 + 4 + 4 + 4 + 2 + 37, 5 + 4 + 19 + 19 + 5 + 4 + 19 + 20
    click(front, x, y)
    click(front, x, y, clicks=2)
    assert apps(front)[-1] == "walker"


def test_a_window_is_dragged_by_its_caption(front):
    box = window(front, "progman").box
    drag(front, (box.x + 150, box.y + 10), (box.x + 170, box.y + 25), (box.x + 190, box.y + 40))
    assert window(front, "progman").box == box.moved(40, 30)
    assert verbs(front) == ["move"]


def test_a_window_is_sized_by_its_frame(front):
    box = window(front, "progman").box
    drag(front, (box.right - 2, box.bottom - 2), (box.right + 30, box.bottom + 20))
    sized = window(front, "progman").box
    assert (sized.w, sized.h) == (box.w + 32, box.h + 22) or (sized.w > box.w and sized.h > box.h)
    assert window(front, "progman").drawn == (sized.w, sized.h)


def test_minimise_maximise_and_back_by_mouse(front):
    box = window(front, "progman").box
    y = box.y + 12
    click(front, box.right - 4 - 9, y)
    assert window(front, "progman").state == "maximised"
    click(front, AREA.right - 4 - 9, AREA.y + 12)
    assert window(front, "progman").state == "normal"
    click(front, box.right - 4 - 19 - 9, y)
    assert window(front, "progman").state == "minimised"


def test_a_menu_does_what_it_says(front):
    press(front, "f", alt=True)
    assert front.scene.desktop.top.menu.active
    before = front.past.total
    press(front, "down", "down", "up", "escape", "escape")
    assert front.past.total == before, "looking at a menu is no command"
    press(front, "h", alt=True)
    press(front, "a")
    assert apps(front)[-1] == "box"
    press(front, "enter")
    assert apps(front)[-1] == "progman"


def test_looking_back_and_forth_shows_what_was_shown(front):
    seen = {}
    for command in (["open", "notepad"], ["open", "shaker"], ["shake", "shaker", 60], ["close", "notepad"]):
        front.do(*command)
        seen[front.past.total] = pixels(front)[: AREA.w * AREA.h]
    for event in [list(seen)[at] for at in (0, 2, 1, 3, 0)]:
        front.go(event)
        assert pixels(front)[: AREA.w * AREA.h] == seen[event]
    front.go(3)
    assert "started" not in front.shown().caption
    press(front, "left", "left", "left")
    assert front.shown().at == 0
    press(front, "end")
    assert front.past.at is None


def test_nothing_can_be_done_in_the_past_until_one_goes_on_from_there(front):
    front.do("open", "clock")
    total = front.past.total
    front.do("open", "notepad")
    front.go(total)
    front.do("open", "shaker")
    assert "past" in front.shown().caption
    assert front.past.total > total
    press(front, "g")
    assert apps(front) == ["progman", "clock"]
    assert front.past.total == total
    front.do("open", "shaker")
    assert apps(front)[-1] == "shaker"
    assert [len(log.commands) for log in front.session.all_logs()] == [2, 2], "what was cut off is kept"
    log = front.session.timeline.log()
    assert replay(log.stripped(), fresh).made.digest == log.digest


def test_the_bar_steps_and_slides(front):
    front.do("open", "clock")
    bar = front.bar
    for name, at in (("first", 0), ("on", 1), ("on", 2), ("back", 1), ("last", front.past.total)):
        box = bar.buttons[name]
        click(front, box.x + 3, box.y + 3)
        assert front.shown().at == at
    drag(front, (bar.track.x + 1, bar.track.y + 4), (bar.track.x + bar.track.w // 2, bar.track.y + 4))
    assert 0 < front.shown().at < front.past.total


def test_the_log_does_not_depend_on_how_often_a_picture_is_made():
    logs = []
    for pictures in (0, 3):
        front = front_of()
        for command in (["open", "notepad"], ["insert", "notepad", "hello"], ["open", "shaker"], ["shake", "shaker", 30]):
            front.do(*command)
            for _ in range(pictures):
                front.tick(0.01)
                pixels(front)
        logs.append(front.session.timeline.log().text())
    assert logs[0] == logs[1]


def test_a_slide_is_shown_and_the_log_knows_nothing_of_it():
    front = Front(Session(header_for("real")), Screen.headless())
    front.do("open", "walker")
    front.do("open", "shaker")
    front.do("shake", "shaker", 80)
    front.do("activate", "walker")
    front.slide = None
    still = pixels(front)
    front.do("gc", "walker", 0)
    assert front.slide is not None
    total = front.past.total
    frames = set()
    while front.slide is not None:
        frames.add(pixels(front))
        front.tick(0.05)
    assert len(frames) > 3
    assert front.past.total == total
    assert pixels(front) != still


def test_escape_skips_a_slide():
    front = Front(Session(header_for("real")), Screen.headless())
    front.do("open", "shaker")
    front.do("shake", "shaker", 80)
    front.do("open", "walker")
    front.do("gc", "walker", 0)
    press(front, "escape")
    assert front.slide is None


def test_another_windows_is_a_new_machine_and_a_new_log(front):
    front.do("open", "clock")
    front.do("@profile", "real")
    assert front.session.world.kernel.profile.name == "real"
    assert apps(front) == ["progman"]
    assert [log.header["profile"] for log in front.session.all_logs()] == ["enhanced", "real"]


def test_the_clock_is_injected():
    now = 36_000
    front = front_of(clock=lambda: now)
    front.do("open", "clock")
    front.tick(0.01)
    assert front.session.world.record.clock == 36_000
    before = front.past.total
    now += 59
    front.tick(0.01)
    assert front.past.total == before
    now += 1
    front.tick(0.01)
    assert front.past.total > before


def test_a_script_plays_in_time_and_can_be_paused(tmp_path):
    script = tmp_path / "mine.jsonl"
    script.write_text('["open", "clock"]\n["pause", 1]\n["open", "notepad"]\n')
    front = front_of()
    front.play(str(script))
    for _ in range(10):
        front.tick(0.1)
    assert "clock" in apps(front)
    assert "notepad" not in apps(front)
    press(front, "space")
    for _ in range(50):
        front.tick(0.1)
    assert "notepad" not in apps(front)
    press(front, "space")
    for _ in range(30):
        front.tick(0.1)
    assert "notepad" in apps(front)


def test_whoever_takes_a_hand_pauses_the_script(tmp_path):
    script = tmp_path / "mine.jsonl"
    script.write_text('["open", "clock"]\n["pause", 1]\n["open", "notepad"]\n["close", "shaker"]\n["open", "badapp"]\n')
    front = front_of()
    front.play(str(script))
    front.tick(0.1)
    front.do("open", "traces")
    assert front.director.paused
    assert front.shown().caption.startswith("Paused")
    front.do("open", "badapp")
    press(front, "space")
    assert not front.director.paused, "Space goes on, and presses no button"
    front.do("close", "badapp")
    press(front, "space")
    for _ in range(60):
        front.tick(0.1)
    assert "notepad" in apps(front)
    assert "badapp" not in apps(front), "a script ends where it makes no sense any more"
    assert front.director is None
    assert "no window 'shaker'" in front.shown().caption


def test_closing_the_program_manager_ends_it(front):
    press(front, "f4", alt=True)
    assert not front.running
    assert apps(front) == ["progman"]


def test_the_bar_tells_what_matters_most(front):
    front.do("open", "walker")
    front.do("alloc_all_but", "walker", 1)
    front.do("alloc", "walker", 32, True)
    assert front.shown().caption.startswith("Refused")
    press(front, "enter")
    front.do("free_all", "walker")
    front.do("open", "shaker")
    front.do("shake", "shaker", 80)
    front.do("gc", "walker", 0)
    assert front.shown().caption.startswith("Compaction ends")


def test_a_pointer_that_rests_on_the_strip_is_told_the_block(front):
    front.do("open", "walker")
    box = front.scene.window(window(front, "walker")).client
    strip = next(child for child in front.scene.desktop.top.children if child.name == "memory")
    front.post(Mouse("move", box.x + strip.box.x + 60, box.y + strip.box.y + 8))
    before = front.past.total
    front.tick(0.1)
    assert not front.scene.desktop.tip
    for _ in range(8):
        front.tick(0.1)
    assert "bytes at 0x" in front.scene.desktop.tip
    assert front.past.total == before
    pixels(front)


def test_with_alt_the_keys_of_time_work_in_a_text_as_well(front):
    front.do("open", "notepad")
    total = front.past.total
    press(front, "home", "left")
    assert front.past.at is None, "these are the text's"
    total = front.past.total
    press(front, "left", alt=True)
    assert front.past.at == total - 1
    press(front, "home", alt=True)
    assert front.past.at == 0
    press(front, "right", alt=True)
    assert front.past.at == 1
    press(front, "end", alt=True)
    assert front.past.at is None


def test_f6_keeps_the_shaker_shaking(front):
    front.do("open", "shaker")
    press(front, "f6")
    for _ in range(5):
        front.tick(0.05)
    steps = window(front, "shaker").number("steps")
    assert steps > 0
    press(front, "f6")
    front.tick(0.05)
    assert window(front, "shaker").number("steps") == steps


def test_files_that_are_saved_can_be_opened(front, tmp_path):
    front.folder = tmp_path
    front.do("open", "clock")
    front.do("@save")
    front.do("@dump")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["heap-000.dump", "session-000.jsonl"]
    digest = front.session.world.digest()
    for name, total in (("session-000.jsonl", front.past.total), ("heap-000.dump", 0)):
        front.do("open", "shaker")
        front.post(Drop(str(tmp_path / name)))
        assert front.session.world.digest() == digest
        assert front.past.total == total
        pixels(front)
    script = tmp_path / "mine.jsonl"
    script.write_text('["open", "notepad"]')
    front.post(Drop(str(script)))
    assert front.director is not None
    front.director = None
    trace = tmp_path / "trap.rep"
    workload("binary", ops=200).write(trace)
    front.post(Drop(str(trace)))
    assert front.guest is not None
    front.guest = None
    for name, content in (("bad.dump", "x"), ("bad.jsonl", "["), ("bad.rep", "x"), ("bad.txt", "")):
        (tmp_path / name).write_text(content)
        digest = front.session.world.digest()
        front.post(Drop(str(tmp_path / name)))
        if name != "bad.rep":
            assert front.note.startswith("Not opened")
            assert front.session.world.digest() == digest


def test_closing_the_window_ends_it(front):
    front.post(Quit())
    assert not front.running


@pytest.mark.parametrize("seed", range(4))
def test_no_input_whatever_breaks_it(seed):
    """Random keys and clicks: nothing raises, the heap holds, and the log proves itself."""
    rng = random.Random(seed)
    front = front_of(("real", "standard", "enhanced")[seed % 3])
    names = [
        "tab",
        "enter",
        "escape",
        "left",
        "right",
        "up",
        "down",
        "space",
        "delete",
        "backspace",
        "home",
        "end",
        "f5",
        "f10",
        *"acwtgx[]hfos",
    ]
    for _ in range(250):
        if rng.random() < 0.5:
            name = rng.choice(names)
            if name != "f5":
                press(front, name, alt=rng.random() < 0.2, ctrl=rng.random() < 0.1, shift=rng.random() < 0.1)
        else:
            spot = (rng.randrange(640), rng.randrange(480))
            if rng.random() < 0.5:
                click(front, *spot, clicks=rng.choice((1, 2)))
            else:
                drag(front, spot, (rng.randrange(640), rng.randrange(480)))
        front.tick(0.02)
        if rng.random() < 0.1:
            pixels(front)
    front.go(front.past.total)
    front.session.world.kernel.check()
    log = front.session.timeline.log()
    assert replay(log.stripped(), fresh).made.digest == log.digest


def test_a_caption_stays_until_something_happens(front):
    front.do("open", "notepad")
    front.do("say", "That was all.")
    assert front.director is None
    assert front.shown().caption == "That was all."
    front.do("open", "clock")
    assert front.shown().caption != "That was all."


def test_a_caption_is_announced_once():
    said = []
    front_of(announce=said.append).do("say", "Look.")
    assert said == ["Look."]
