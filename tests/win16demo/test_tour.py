"""The tour: what it tells is what happened, with a window and without."""

from pathlib import Path

import pytest

from handleheap.desktop.desk import Desktop
from handleheap.desktop.events import Key, Mouse, Quit
from handleheap.desktop.screen import Screen
from handleheap.lab.workloads import load
from handleheap.trace import Trace
from tests.golden import assert_golden
from win16demo.app import FAREWELL, App, AtOnce, headless
from win16demo.machine import Machine
from win16demo.shots import Shots
from win16demo.stage import Stage
from win16demo.tour import MOMENTS
from win16demo.walker import Commands, Walker

GOLDEN = Path(__file__).parent / "golden"
CAPACITY = 4_261_617
NOBODY = Commands(*[lambda: None] * len(Commands._fields))


@pytest.fixture(scope="module")
def git_log():
    return load("git-log")


def small_trace():
    """Thirty blocks, every second one freed, then one that fits in no hole."""
    ops = [("a", at, 100) for at in range(30)]
    ops += [("f", at, 0) for at in range(0, 30, 2)]
    ops += [("a", 30, 500), ("f", 30, 0)]
    return Trace.build(ops, name="comb")


def small_machine():
    return Machine(small_trace(), 30 * 112, "first")


def told(machine, shots=None):
    captions = []
    headless(machine, captions.append, shots or Shots({}), text=False)
    return captions


def test_the_story_of_git_log_has_the_true_figures(git_log):
    captions = told(Machine(git_log, CAPACITY, "next"))
    story = "\n".join(captions)
    assert captions[0].startswith("47,768 recorded operations")
    assert "Operation 36,209: 984 blocks with 370 holes between them. 500,401 bytes are free" in story
    assert "no hole has more than 16,656" in story
    assert "wants to resize a block to 24,864 bytes and is refused" in story
    assert "the 500,401 free bytes are one hole of 500,401" in story
    assert "The same request again: 24,864 bytes are there" in story
    assert "2 compactions moved 7,838,688 bytes" in story
    assert "first fit refuses 0, next fit refuses 41, best fit refuses 0" in story
    assert captions[-1].startswith("Never moving")


@pytest.mark.parametrize("fit", ["first", "best"])
def test_a_good_fit_needs_no_compaction_and_the_tour_says_so(git_log, fit):
    machine = Machine(git_log, CAPACITY, fit)
    story = "\n".join(told(machine))
    assert machine.compactions == 0
    assert "refused, although" not in story
    assert "A good fit needs no compaction here" in story


def test_a_program_that_is_too_large_is_told_as_that():
    machine = Machine(Trace.build([("a", 0, 100), ("a", 1, 100)], name="large"), 160, "first")
    story = "\n".join(told(machine))
    assert "more than there is" in story
    assert "1 request could not be served" in story


def test_many_refusals_do_not_make_a_long_story():
    ops = []
    for at in range(0, 60, 3):
        ops += [("a", at, 100), ("a", at + 1, 100), ("f", at, 0), ("a", at + 2, 200), ("f", at + 1, 0), ("f", at + 2, 0)]
    machine = Machine(Trace.build(ops, name="many"), 336, "first")
    captions = told(machine)
    assert machine.compactions == 20
    assert len([caption for caption in captions if "is refused" in caption]) == 3


def test_all_moments_come_once_and_in_order(git_log, tmp_path):
    shots = Shots.all(tmp_path)
    told(Machine(git_log, CAPACITY, "next"), shots)
    assert not shots.wanted
    assert [path.stem.rpartition("-")[2] for path in shots.saved] == list(MOMENTS)


def test_a_picture_after_an_operation_shows_that_operation(tmp_path):
    machine = small_machine()
    shots = Shots.parse([f"7:{tmp_path}/seven.png", f"31:{tmp_path}/later.png"], len(machine.trace))
    seen = []
    shots.take = lambda event, canvas: seen.append((event, machine.replay.done, shots.wanted.pop(event)))
    told(machine, shots)
    assert [(event, done) for event, done, _ in seen] == [("7", 7), ("31", 31)]


@pytest.mark.parametrize("moment", ["full", "refused", "compacting", "satisfied", "end"])
def test_golden_pictures(git_log, moment):
    screen = Screen.headless()
    shots = Shots({moment: Path("unused")})
    shots.take = lambda event, canvas: assert_golden(canvas, GOLDEN / f"{shots.wanted.pop(event).stem and event}.png")
    machine = Machine(git_log, CAPACITY, "next")
    stage = Stage(Desktop(), screen.canvas, machine, AtOnce(shots, len(git_log)), NOBODY, lambda _: None, shots)
    while shots.wanted and stage.next_beat() is not None:
        pass
    assert not shots.wanted


# --- the window, without one ---------------------------------------------------------------------------------------------


class Driven:
    """An app on a headless screen, with a clock in the test's hand."""

    def __init__(self, make=small_machine):
        self.captions = []
        self.app = App(make, self.captions.append, Shots({}), Screen.headless())

    def run(self, seconds, frame=1 / 30):
        for at in range(round(seconds / frame)):
            self.app.tick(frame)
            if at % 30 == 0:
                self.app.desktop.draw(self.app.screen.canvas)

    def press(self, name, **how):
        return self.app.desktop.post(Key(name, **how))

    @property
    def machine(self):
        return self.app.stage.machine


def test_window_and_headless_end_alike():
    driven = Driven()
    driven.run(120)
    assert driven.app.stage.over
    machine = small_machine()
    assert driven.captions == told(machine)
    assert driven.machine.finish()._replace(compactions=1) == machine.finish()._replace(compactions=1)
    assert bytes(driven.machine.heap.arena.memory) == bytes(machine.heap.arena.memory)
    assert list(driven.machine.heap.walk()) == list(machine.heap.walk())


def test_the_window_closes_by_itself_only_when_nobody_is_there():
    driven = Driven()
    driven.run(120)
    assert not driven.app.desktop.running
    watched = Driven()
    while not watched.app.stage.over:
        watched.run(1)
    watched.press("f7")
    watched.run(2 * FAREWELL)
    assert watched.app.desktop.running
    watched.app.desktop.post(Quit())
    assert not watched.app.desktop.running


def test_space_pauses_and_right_steps_by_one_operation():
    driven = Driven()
    driven.run(7.5)
    assert driven.machine.replay.done
    driven.press("space")
    done = driven.machine.replay.done
    driven.run(5)
    assert driven.machine.replay.done == done
    driven.press("right")
    assert driven.machine.replay.done == done + 1
    driven.press("space")
    driven.run(1)
    assert driven.machine.replay.done > done + 1


def test_a_step_makes_one_move():
    driven = Driven()
    for _ in range(100):
        driven.press("right" if driven.app.desktop.top is driven.app.stage.walker.window else "enter")
        if driven.machine.figures.moves:
            break
    driven.press("right")
    assert driven.machine.figures.moves == 2


def test_c_compacts_at_any_time_and_f5_begins_anew():
    driven = Driven()
    driven.press("space")
    while driven.machine.replay.done < 45:
        driven.press("right")
    assert driven.machine.figures.holes > 1
    driven.press("c")
    assert driven.machine.figures.holes == 1
    first = driven.machine
    driven.press("f5")
    assert driven.machine is not first
    assert driven.machine.replay.done == 0


def test_a_dialog_silences_the_keys():
    driven = Driven()
    driven.press("f1")
    assert driven.app.desktop.top.name == "Keys"
    driven.press("c")
    assert not driven.machine.compactions
    driven.press("enter")
    assert driven.app.desktop.top is driven.app.stage.walker.window


def test_speed_is_bounded():
    driven = Driven()
    for _ in range(20):
        driven.press("]")
    assert driven.app.pace.speed == 8
    for _ in range(20):
        driven.press("[")
    assert driven.app.pace.speed == 1 / 8


def test_menus_do_what_keys_do():
    driven = Driven()
    driven.press("p", alt=True)
    driven.press("p")
    assert driven.app.paused
    driven.press("f", alt=True)
    driven.press("x")
    assert not driven.app.desktop.running


# --- the walker ----------------------------------------------------------------------------------------------------------


def test_a_click_on_the_map_selects_the_block_there():
    machine = small_machine()
    machine.play(45)
    desktop = Desktop()
    walker = Walker(desktop, machine, NOBODY)
    walker.refresh()
    client, box = walker.window.client, walker.map.box
    block = machine.blocks[3]
    (x0, _, band) = walker._cells_of(block.handle)[0] if block.handle else (0, 0, 0)
    assert block.handle
    desktop.post(Mouse("down", client.x + box.x + x0 + 3, client.y + box.y + band * 10 + 4))
    assert machine.blocks[walker.list.selected].handle == block.handle


def test_everything_on_the_window_has_words():
    machine = small_machine()
    machine.play(45)
    desktop = Desktop()
    Walker(desktop, machine, NOBODY).refresh()
    said = desktop.describe()
    for words in ("Heap Walker - comb, first fit in 3,360 bytes", "button Compact", "meter in use: 50 %", "15 blocks, 15 holes"):
        assert words in said
