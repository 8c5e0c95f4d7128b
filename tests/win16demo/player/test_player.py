"""The tour: what it tells is what happened, with a window and without. What it tells of cc1-rec, test_command has."""

import re
from pathlib import Path

import pytest

from handleheap.block import Kind
from handleheap.desktop.canvas import Canvas
from handleheap.desktop.desk import Desktop
from handleheap.desktop.events import Key, Mouse, Quit
from handleheap.desktop.screen import Screen
from handleheap.lab.workloads import workload
from handleheap.replay import Refusal
from handleheap.trace import Trace
from tests.golden import assert_golden
from win16demo.player.app import FAREWELL, LONGEST, App, Timed, headless
from win16demo.player.machine import MODES, Machine, memory_for
from win16demo.player.shots import Shots
from win16demo.player.tour import MOMENTS
from win16demo.player.walker import Commands, Walker

GOLDEN = Path(__file__).parent / "golden"
NOBODY = Commands(*[lambda: None] * len(Commands._fields))


def machine_of(trace, headroom, mode="enhanced"):
    return Machine(trace, memory_for(trace, mode, headroom), mode)


def small_trace():
    """Thirty blocks, every second one freed, then one that fits in no hole."""
    ops = [("a", at, 100) for at in range(30)]
    ops += [("f", at, 0) for at in range(0, 30, 2)]
    ops += [("a", 30, 500), ("f", 30, 0)]
    return Trace.build(ops, name="comb")


def small_machine():
    """With room for thirty blocks of 128 bytes."""
    return machine_of(small_trace(), 1.28)


def told(machine, shots=None):
    captions = []
    headless(machine, captions.append, shots or Shots({}), text=False)
    return captions


class Kept(Shots):
    """Pictures that are kept in memory, in the order in which they were taken."""

    def take(self, event, canvas):
        del self.wanted[event]
        self.saved.append((event, canvas.pixels()))


@pytest.fixture(scope="module")
def binary():
    """(machine, captions, pictures by moment) of the smallest trap, in real mode."""
    machine = machine_of(workload("binary", ops=1200), 1.4, "real")
    shots = Kept(dict.fromkeys(MOMENTS, Path("unused")))
    captions = told(machine, shots)
    assert [event for event, _ in shots.saved] == list(MOMENTS)
    return machine, captions, dict(shots.saved)


def test_the_story_has_the_figures_of_what_happened(binary):
    machine, captions, _ = binary
    story = "\n".join(captions)
    refusal, result = machine.replay.first_refusal, machine.finish()
    assert f"1,200 operations, binary, under Windows in real mode. Of {machine.memory:,} bytes of memory" in captions[0]
    assert "80,640 are left, 1.40 times what the program has at most." in captions[0]
    assert f"Operation {refusal.op}: 261 blocks with 200 holes between them. {refusal.free:,} bytes are free" in story
    assert refusal.largest_free == 256
    assert "no hole has room for more than 240." in story, "a header takes 16 bytes"
    assert "GlobalAlloc(256) returns 0, although 178 times as much is free" in story
    assert f"Compacted: {refusal.free:,} bytes are free, in one piece." in story
    assert f"nothing was refused: 1 compaction moved {result.bytes_moved:,} bytes" in story
    never = Machine(machine.trace, machine.memory, machine.mode)
    while not never.over:
        never.play(100)
    assert f"Never moving: {never.replay.refused} requests refused, the first at operation {refusal.op}." in captions[-1]
    assert f"With {result.bytes_moved:,} bytes moved: none." in captions[-1]


@pytest.mark.parametrize("moment", MOMENTS)
def test_golden_pictures(binary, moment):
    canvas = Canvas()
    canvas.bitmap(0, 0, canvas.size[0], binary[2][moment])
    assert_golden(canvas, GOLDEN / f"{moment}.png")


def test_golden_picture_of_every_class_of_blocks():
    ops = [("a", at, 300) for at in range(60)]
    ops += [("d", at, 0) for at in range(2, 60, 5)]
    ops += [("l", at, 0) for at in range(0, 60, 7)] + [("l", 7, 0), ("f", 5, 0), ("f", 8, 0), ("f", 9, 0), ("r", 15, 250)]
    machine = machine_of(Trace.build(ops, name="classes"), 1.2, "standard")
    machine.play(len(ops))
    desktop, screen = Desktop(), Screen.headless()
    walker = Walker(desktop, machine, NOBODY)
    walker.refresh()
    walker.list.select(next(at for at, row in enumerate(walker.list.rows) if "L 2" in row))
    desktop.draw(screen.canvas)
    assert_golden(screen.canvas, GOLDEN / "classes.png")


def test_a_program_that_needs_no_compaction_is_told_as_that():
    machine = machine_of(small_trace(), 2)
    story = "\n".join(told(machine))
    assert machine.compactions == 0
    assert "returns 0" not in story
    assert "Moving anything would not have helped: there was always a hole." in story


def test_a_program_that_is_too_large_is_told_as_that():
    machine = machine_of(Trace.build([("a", 0, 100), ("a", 1, 100)], name="large"), 0.8)
    story = "\n".join(told(machine))
    assert re.search(r"Operation 2: GlobalAlloc\(100\) returns 0\. \d+ bytes are free in all: nothing to be moved", story)
    assert "1 request could not be served" in story
    assert "it makes neither memory nor handles" in story
    assert machine.compactions == 0


def test_want_of_handles_is_not_told_as_want_of_bytes():
    machine = machine_of(Trace.build([("a", at, 1) for at in range(4_200)], name="many"), 32, "real")
    story = "\n".join(told(machine))
    refusal = machine.replay.first_refusal
    assert refusal.lacking
    assert f"{refusal.free:,} bytes are free, but there is no {refusal.lacking}, and moving makes none." in story
    assert machine.compactions == 0


def test_a_block_beyond_what_the_mode_can_make_is_told_as_that():
    machine = machine_of(Trace.build([("a", 0, 100), ("a", 1, 1 << 20)], name="huge"), 2, "standard")
    assert "No block may have more than 1,048,560 bytes in standard mode." in "\n".join(told(machine))


def test_a_block_that_cannot_come_back_is_told_as_that():
    ops = [("a", 0, 1000), ("d", 0, 0), ("a", 1, 1200), ("t", 0, 0)]
    machine = machine_of(Trace.build(ops, name="gone"), 0.7)
    assert "Operation 4: GlobalReAlloc(1,024) returns 0." in "\n".join(told(machine))


def test_a_compaction_that_does_not_help_is_told_as_that():
    ops = (
        [("a", at, 100) for at in range(20)] + [("l", at, 0) for at in range(1, 20, 2)] + [("f", at, 0) for at in range(0, 20, 2)]
    )
    machine = machine_of(Trace.build([*ops, ("a", 20, 500)], name="islands"), 1.28)
    story = "\n".join(told(machine))
    assert "GlobalAlloc(500) returns 0, although" in story
    assert "Even so, GlobalAlloc(500) returns 0. The program goes on without." in story
    assert "1 request could not be served" in story


@pytest.mark.parametrize(("mode", "curable"), [("real", False), ("standard", True), ("enhanced", False)])
def test_compacting_makes_no_handles_but_where_holes_have_selectors(mode, curable):
    machine = machine_of(small_trace(), 2, mode)
    machine.play(45)
    assert machine.curable(Refusal(45, 64, 640, 64))
    assert machine.curable(Refusal(45, 64, 640, 640, "selector")) is curable
    machine.compact()
    assert not machine.curable(Refusal(45, 64, 640, 640, "selector"))


def test_many_refusals_do_not_make_a_long_story():
    ops = []
    for at in range(0, 60, 3):
        ops += [("a", at, 100), ("a", at + 1, 100), ("f", at, 0), ("a", at + 2, 200), ("f", at + 1, 0), ("f", at + 2, 0)]
    machine = machine_of(Trace.build(ops, name="many"), 352 / 300)
    captions = told(machine)
    assert machine.compactions == 20
    assert not machine.replay.refused
    assert len([caption for caption in captions if "returns 0" in caption]) == 3


def test_all_moments_are_saved_under_their_names(tmp_path):
    shots = Shots.all(tmp_path)
    told(small_machine(), shots)
    assert not shots.wanted
    assert shots.saved == [tmp_path / f"trace-{at}-{moment}.png" for at, moment in enumerate(MOMENTS, 1)]
    assert sorted(tmp_path.iterdir()) == shots.saved


def test_a_picture_after_an_operation_shows_that_operation(tmp_path):
    machine = small_machine()
    shots = Shots.parse([f"7:{tmp_path}/seven.png", f"31:{tmp_path}/later.png"], len(machine.trace))
    seen = []
    shots.take = lambda event, canvas: seen.append((event, machine.replay.done, shots.wanted.pop(event)))
    told(machine, shots)
    assert [(event, done) for event, done, _ in seen] == [("7", 7), ("31", 31)]


# --- the machine ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_memory_has_room_for_the_program_beside_tables_and_task(mode):
    trace = small_trace()
    machine = machine_of(trace, 1.5, mode)
    assert 0 <= machine.figures.free - 4_500 < 64
    assert machine.figures.blocks == 3
    assert machine.tables + sum(block.size for block in machine.blocks if block.kind is not Kind.TABLE) == machine.memory


def test_what_a_mode_cannot_address_is_refused_in_one_sentence():
    with pytest.raises(ValueError, match=r"^big would need 2,\d{3},\d{3} bytes of memory: real mode addresses 1,048,576$"):
        memory_for(Trace.build([("a", 0, 2_000_000)], name="big"), "real", 1.02)


@pytest.mark.parametrize("mode", MODES)
def test_what_the_program_has_belongs_to_its_task(mode):
    machine = machine_of(small_trace(), 2, mode)
    machine.play(45)
    assert {block.owner for block in machine.blocks if block.handle} == {"COMB"}
    machine.heap.check()


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
    assert driven.machine.blocks == machine.blocks
    for block in machine.blocks:
        if block.handle:
            other = driven.machine.heap.arena.view(block.body, block.length)
            assert bytes(other) == bytes(machine.heap.arena.view(block.body, block.length))


def test_a_long_trace_takes_no_longer_to_play_and_a_slow_picture_is_not_made_up_for():
    pace = Timed()
    pace.seconds = 0.1
    assert pace.ops(5_000, 15_000) == 100
    assert pace.ops(5_000, 10_000_000) == 1_000
    assert pace.ops(0, 10_000_000) == pace.ops(5, 15) == 4
    driven = Driven()
    driven.app.tick(5.0)
    assert driven.app.pace.seconds == LONGEST


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


def walker_of(machine):
    desktop = Desktop()
    walker = Walker(desktop, machine, NOBODY)
    walker.refresh()
    return desktop, walker


def test_a_click_on_the_map_selects_the_block_there():
    machine = small_machine()
    machine.play(45)
    desktop, walker = walker_of(machine)
    client, box = walker.window.client, walker.map.box
    block = next(block for block in machine.blocks if block.owner == "COMB" and machine.types.get(block.handle) == "DGroup")
    (x0, _, band) = walker._cells_of(block)[0]
    desktop.post(Mouse("down", client.x + box.x + x0 + 3, client.y + box.y + band * 10 + 4))
    assert machine.blocks[walker.list.selected] == block


def test_what_was_touched_last_is_selected_and_after_a_refusal_the_largest_hole():
    machine = small_machine()
    machine.play(30)
    _, walker = walker_of(machine)
    assert machine.blocks[walker.list.selected].handle == machine.handle != 0
    machine.play(15)
    walker.refresh()
    assert walker.list.selected is None, "it is freed"
    assert machine.play(1).wanted == 512
    walker.refresh()
    hole = machine.blocks[walker.list.selected]
    assert (hole.kind, hole.size) == (Kind.FREE, machine.figures.largest_free)


def test_the_list_has_the_columns_of_heapwalk():
    machine = small_machine()
    machine.play(10)
    _, walker = walker_of(machine)
    assert [column.title for column in walker.list.columns] == ["ADDRESS", "HANDLE", "SIZE", "LOCK", "FLG", "OWNER", "TYPE"]
    said = [" ".join(row[-2:]) for row in walker.list.rows]
    assert said[:3] == ["KERNEL THHOOK", "KERNEL LDT", "COMB Task"]
    assert said[-1] == "KERNEL Burgermaster"
    assert sorted(said[3:-1]) == ["COMB DGroup", *["COMB Data"] * 10, "COMB Module Database", "FREE Free"]


def test_everything_on_the_window_has_words():
    machine = small_machine()
    machine.play(45)
    desktop, _ = walker_of(machine)
    said = desktop.describe()
    title = f"Heap Walker - comb, enhanced mode, {machine.memory:,} bytes"
    for words in (title, "button Compact", "meter in use", "18 blocks, 15 holes", "table 3, fixed 1"):
        assert words in said
