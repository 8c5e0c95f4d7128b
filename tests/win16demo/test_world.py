"""The machine of the desktop: commands in, blocks and events out."""

import json
from pathlib import Path

import pytest

from handleheap.desktop.canvas import Canvas
from handleheap.events import Discarded, Moved, Reloaded
from win16demo.memory import Memory, NoMemory, decode, encode
from win16demo.past import photograph
from win16demo.program import BadCommand
from win16demo.record import Record
from win16demo.session import header_for
from win16demo.world import RESERVE, World

GOLDEN = Path(__file__).parent / "golden"
MODES = ("real", "standard", "enhanced")


@pytest.fixture(params=MODES)
def world(request):
    return World(header_for(request.param))


def win(world, app):
    return world.find(app)


def test_equal_commands_on_equal_worlds_give_equal_bytes_and_events(world):
    told = []
    other = World(world.header, told.append)
    mine = []
    world.tap = mine.append
    told.clear()
    for command in (["open", "notepad"], ["open", "shaker"], ["shake", "shaker", 50], ["close", "notepad"], ["move", 1, 30, 40]):
        for each in (world, other):
            each.execute(command)
    assert world.digest() == other.digest()
    assert mine == told
    assert mine


def test_a_saved_world_goes_on_as_if_nothing_had_been(world):
    for command in (["open", "notepad"], ["open", "shaker"], ["shake", "shaker", 200], ["tick", 40_000]):
        world.execute(command)
    again = World.load(world.header, world.save())
    assert again.digest() == world.digest()
    assert photograph(again) == photograph(world)
    for command in (["shake", "shaker", 100], ["insert", "notepad", "more"], ["close", "notepad"], ["open", "clock"]):
        for each in (world, again):
            each.execute(command)
    assert again.digest() == world.digest()
    world.kernel.check()


def test_looking_counts_nothing(world):
    world.execute(["open", "notepad"])
    before, told = world.digest(), []
    world.tap = told.append
    photograph(world)
    for each in world.record.windows:
        world.window(each)
    assert world.digest() == before
    assert not told


def test_pixels_survive_everything_that_moves(world):
    for name in ("notepad", "clock", "paintbrush", "walker"):
        world.execute(["open", name])
    world.execute(["close", "clock"])
    before, moved = photograph_of_all(world), []
    world.tap = moved.append
    for _ in range(3):
        world.kernel.GlobalCompact(0)
        world.kernel.GlobalCompact(0xFFFFFFFF)
        assert photograph_of_all(world) == before
    assert any(isinstance(event, Moved) for event in moved)
    assert any(isinstance(event, Discarded) for event in moved)


def photograph_of_all(world):
    pictures = {}
    for each in world.record.windows:
        canvas = Canvas(*each.drawn)
        assert world.bitmap(each).expose(canvas, 0, 0)
        pictures[each.id] = canvas.pixels()
    return pictures


def test_what_was_discarded_is_loaded_again_and_painted_the_same(world):
    world.execute(["open", "notepad"])
    before = photograph_of_all(world)
    world.kernel.GlobalCompact(0xFFFFFFFF)
    told = []
    world.tap = told.append
    for each in list(world.record.windows):
        world.execute(["paint", each.id])
    assert {event.handle for event in told if isinstance(event, Reloaded)}
    after = photograph_of_all(world)
    assert after[1] == before[1]


def test_where_memory_ends_a_box_says_so_in_the_block_that_was_kept(world):
    world.execute(["open", "walker"])
    handles = []
    while handle := world.kernel.GlobalAlloc(2, 1 << 10):
        handles.append(handle)
    world.execute(["open", "paintbrush"])
    box = world.record.active
    assert box.app == "box"
    assert box.title == "Not Enough Memory"
    assert box.bitmap == world.record.reserve
    assert "failed" in world.memory.read_text(world.record.resources["message"])
    assert win(world, "paintbrush") is None
    assert [task.name for task in world.kernel.running()].count("PAINTBRU") == 0
    world.execute(["answer", box.id, "OK"])
    assert world.record.active.app == "walker"
    world.kernel.check()


def test_a_window_that_finds_no_memory_to_grow_stays_as_it_was(world):
    world.execute(["open", "notepad"])
    while world.kernel.GlobalAlloc(2, 1 << 10):
        pass
    notepad = win(world, "notepad")
    before = (notepad.box, notepad.state, notepad.drawn)
    world.execute(["maximise", notepad.id])
    assert world.record.active.title == "Not Enough Memory"
    assert (notepad.box, notepad.state, notepad.drawn) == before


def test_a_minimised_window_has_no_picture_and_gets_one_when_it_comes_back(world):
    world.execute(["open", "notepad"])
    notepad = win(world, "notepad")
    before, free = photograph_of_all(world)[notepad.id], world.kernel.GetFreeSpace()
    world.execute(["minimise", notepad.id])
    assert notepad.bitmap == 0
    assert world.kernel.GetFreeSpace() > free
    assert world.record.active.app == "progman"
    world.execute(["activate", notepad.id])
    assert photograph_of_all(world)[notepad.id] == before


def test_closing_frees_all_that_a_program_had(world):
    blocks = [block.owner for block in world.kernel.walk()]
    world.execute(["open", "badapp"])
    world.execute(["close", "badapp"])
    assert not any(block.owner == "BADAPP" for block in world.kernel.walk())
    assert blocks.count("PROGMAN") == [block.owner for block in world.kernel.walk()].count("PROGMAN")


@pytest.mark.parametrize(
    "command",
    [
        [],
        "open",
        [1],
        ["nonsense"],
        ["nonsense", 1],
        ["open"],
        ["open", "nothing"],
        ["open", 7],
        ["open", "notepad", "twice"],
        ["close", 99],
        ["close", "clock"],
        ["move", 1, 2],
        ["move", 1, "a", 2],
        ["move", 1, 2.5, 2],
        ["move", 1, True, 2],
        ["tick", -1],
        ["tick", 86_400],
        ["answer", 1, "OK"],
        ["choose", 1, 99],
        ["shake", 1, 5],
    ],
    ids=repr,
)
def test_a_bad_command_changes_nothing(world, command):
    before = world.digest()
    with pytest.raises(BadCommand):
        world.execute(command)
    assert world.digest() == before


def test_the_record_is_json_and_comes_back_equal(world):
    world.execute(["open", "notepad"])
    text = world.record.dumps()
    assert Record.loads(text) == world.record
    json.loads(text)


def test_a_pinned_block_does_not_move_in_any_mode(world):
    memory = Memory(world.kernel)
    low, handle = memory.alloc(4096), memory.alloc(1000)
    with memory.pinned(handle) as view:
        view[:4] = b"here"
        place = world.kernel.heap.address(handle)
        world.kernel.GlobalFree(low)
        world.kernel.GlobalCompact(0)
        assert world.kernel.heap.address(handle) == place
    world.kernel.GlobalCompact(0)
    assert world.kernel.heap.address(handle) != place
    assert bytes(memory.peek(handle)[:4]) == b"here"
    assert not world.kernel.GlobalFlags(handle) & 0xFF


def test_texts_go_into_blocks_and_back(world):
    memory = Memory(world.kernel)
    handle = memory.new_text("Größe")
    handle = memory.write_text(handle, "Größe " * 500)
    assert memory.read_text(handle) == "Größe " * 500
    assert decode(memoryview(encode(""))) == ""
    with pytest.raises(NoMemory, match=r"GlobalAlloc\(99,999,999\) failed"):
        memory.alloc(99_999_999)


def test_a_large_box_has_a_block_of_its_own_and_gives_it_back(world):
    free = world.kernel.GetFreeSpace()
    world.execute(["message", "Title", "\n".join(["a line of text in a box, and not a short one"] * 12)])
    box = world.record.active
    assert box.drawn[0] * box.drawn[1] > RESERVE
    assert box.bitmap != world.record.reserve
    world.execute(["message", "Title", "short"])
    assert world.record.active.bitmap == world.record.reserve
    world.execute(["answer", "box", "OK"])
    assert world.kernel.GetFreeSpace() >= free - 1024, "but for the text, whose block has grown"
    assert RESERVE < 64 << 10, "one segment"
