"""Notepad: a text in a block that grows, a clipboard that belongs to USER, and an Undo that may be gone."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handleheap.desktop.canvas import Canvas
from handleheap.desktop.editbox import EditBox
from handleheap.desktop.events import Key, Mouse
from handleheap.events import Allocated
from tests.golden import assert_golden
from win16demo.apps.notepad import LARGEST, LETTER, STEP, text_of
from win16demo.program import BadCommand

from .desk import MODES, client, opened, picture, same_after_stirring, saves_and_goes_on, stirred, win_of

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(params=MODES)
def world(request):
    return opened("notepad", request.param)


def note(world):
    return win_of(world, "notepad")


def text(world):
    return text_of(world, note(world))


def do(world, *commands):
    for verb, *args in commands:
        world.execute([verb, "notepad", *args])


def clip(world):
    return world.memory.read_text(world.record.resources["clipboard"])


def page(world):
    """The page, as the front end has it: what is done to it becomes commands at once."""
    window = world.window(note(world), lambda verb, *args: world.execute([verb, *args]))
    return next(part for part in window.children if isinstance(part, EditBox))


def size(world):
    return world.kernel.GlobalSize(note(world).blocks["text"])


def test_it_begins_with_a_letter_that_fits_its_window(world):
    assert text(world) == LETTER
    assert note(world).title == "Notepad - LETTER.TXT"
    assert len(page(world).lines) <= page(world).rows


def test_typing_goes_where_the_caret_is(world):
    do(world, ["new"], ["insert", "hello"], ["caret", 0], ["insert", "Oh, "])
    assert text(world) == "Oh, hello"
    assert (note(world).at["caret"], note(world).at["anchor"]) == (4, 4)


def test_only_every_64th_key_costs_a_call(world):
    do(world, ["new"])
    sizes = []
    for _ in range(8 * STEP):
        do(world, ["insert", "x"])
        sizes.append(size(world))
    assert sizes == sorted(sizes)
    assert 5 <= len(set(sizes)) <= 7
    assert text(world) == "x" * 8 * STEP


def test_the_block_becomes_smaller_when_most_of_it_is_empty(world):
    do(world, ["new"], ["insert", "x" * 3000])
    before = size(world)
    do(world, ["select_all"], ["erase", "back"])
    assert size(world) < before - 2000
    assert text(world) == ""


def test_erasing(world):
    do(world, ["new"], ["insert", "one two three"], ["erase", "word"])
    assert text(world) == "one two "
    do(world, ["erase", "back"], ["caret", 0], ["erase", "forward"])
    assert text(world) == "ne two"
    do(world, ["caret", 2, True], ["erase", "back"])
    assert text(world) == " two"
    digest = world.digest()
    do(world, ["erase", "back"])
    assert world.digest() == digest, "there is nothing before the beginning"


def test_a_selection_is_replaced(world):
    do(world, ["new"], ["insert", "one two"], ["caret", 4], ["caret", 7, True], ["insert", "2"])
    assert text(world) == "one 2"


def test_what_cannot_stand_in_a_page_is_left_out(world):
    do(world, ["new"], ["insert", "a\tb\r\nc\x00\x07d\ud800é\r"])
    assert text(world) == "a    b\ncdé\n"
    digest = world.digest()
    do(world, ["insert", "\x00"])
    assert world.digest() == digest


def test_the_clipboard_is_a_block_of_user_and_outlives_the_program(world):
    assert "clipboard" not in world.record.resources
    do(world, ["new"], ["insert", "one two"], ["caret", 3, True], ["cut"])
    handle = world.record.resources["clipboard"]
    assert text(world) == "one"
    assert clip(world) == " two"
    assert next(block.owner for block in world.kernel.walk() if block.handle == handle) == "USER"
    world.execute(["close", "notepad"])
    world.execute(["open", "notepad"])
    do(world, ["select_all"], ["paste"], ["paste"])
    assert text(world) == " two two"
    do(world, ["insert", "x" * 500], ["select_all"], ["copy"])
    assert clip(world) == text(world)
    world.kernel.check()


def test_nothing_selected_is_nothing_copied(world):
    digest = world.digest()
    do(world, ["copy"], ["cut"], ["paste"], ["undo"])
    assert world.digest() == digest


def test_undo_takes_back_a_run_of_keys_and_can_be_undone(world):
    do(world, ["new"], *(["insert", char] for char in "hello"), ["caret", 5], *(["insert", char] for char in " you"))
    do(world, ["undo"])
    assert text(world) == "hello"
    do(world, ["undo"])
    assert text(world) == "hello you"
    do(world, ["erase", "back"], ["erase", "back"], ["undo"])
    assert text(world) == "hello you"
    do(world, ["new"], ["undo"])
    assert text(world) == "hello you"


def test_undo_says_so_when_its_block_was_discarded(world):
    do(world, ["insert", "!"])
    stirred(world)
    before = text(world)
    do(world, ["undo"])
    assert world.record.active.app == "box"
    assert "discarded" in world.memory.read_text(world.record.resources["message"])
    world.execute(["answer", "box", "OK"])
    assert text(world) == before
    do(world, ["insert", "?"], ["undo"])
    assert text(world) == before
    world.kernel.check()


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "12:00AM 4/6/92"), (9 * 3600 + 300, "9:05AM 4/6/92"), (43_200, "12:00PM 4/6/92"), (86_399, "11:59PM 4/6/92")],
)
def test_time_and_date(seconds, said):
    world = opened("notepad")
    world.execute(["tick", seconds])
    do(world, ["new"], ["time_date"])
    assert text(world) == said


def test_a_text_has_an_end(world):
    do(world, ["new"], ["insert", "x" * (LARGEST - 4)])
    digest = text(world)
    do(world, ["insert", "y"])
    assert world.record.active.app == "box"
    assert text(world) == digest


def test_where_memory_ends_the_text_stays_as_it_was(world):
    do(world, ["caret", 5], ["insert", "!"])
    while world.kernel.GlobalAlloc(2, 1 << 10):
        pass
    while world.kernel.GlobalAlloc(2, 16):
        pass
    before, at = text(world), dict(note(world).at)
    do(world, ["insert", "x" * 2000])
    assert world.record.active.title == "Not Enough Memory"
    assert text(world) == before
    assert {**note(world).at, "undo": 0} == {**at, "undo": 0}
    world.kernel.check()


def test_the_caret_is_always_seen(world):
    do(world, ["new"], ["insert", "line\n" * 40])
    sheet = page(world)
    assert sheet.top == sheet.last_top
    do(world, ["caret", 0])
    assert page(world).top == 0
    do(world, ["scroll", 10])
    assert page(world).top == 10
    do(world, ["insert", "x"])
    assert page(world).top == 0


@pytest.mark.parametrize(
    "command",
    [["erase", "all"], ["caret", -1], ["caret", 9999], ["scroll", 999], ["scroll", -1], ["insert", 7], ["caret", 1, 1]],
    ids=repr,
)
def test_a_bad_command_changes_nothing(world, command):
    digest = world.digest()
    with pytest.raises(BadCommand):
        do(world, command)
    assert world.digest() == digest


def test_keys_and_mouse_become_commands(world):
    do(world, ["new"])
    for char in "one two":
        assert page(world).key(Key("space" if char == " " else char, char))
    for key in (Key("left", ctrl=True, shift=True), Key("x", "\x18", ctrl=True), Key("v", "\x16", ctrl=True)):
        assert page(world).key(key)
    assert text(world) == "one two"
    assert page(world).key(Key("z", "\x1a", ctrl=True))
    assert text(world) == "one "
    assert page(world).key(Key("backspace"))
    assert page(world).key(Key("f5"))
    assert text(world) == "one12:00AM 4/6/92"
    page(world).mouse(Mouse("down", 8, 8, clicks=2))
    assert page(world).key(Key("c", "\x03", ctrl=True))
    assert clip(world) == "one12:00AM"
    assert not page(world).key(Key("f", alt=True))


def test_menus_are_grey_where_nothing_can_be_done(world):
    def greyed():
        return {
            item.text for menu in world.window(note(world)).menu.menus for item in menu.items if item.text and not item.enabled
        }

    assert greyed() == {"&Undo", "Cu&t", "&Copy", "&Paste", "De&lete"}
    do(world, ["select_all"], ["cut"])
    assert greyed() == {"Cu&t", "&Copy", "De&lete"}


def test_the_status_line_tells_where_the_block_lies(world):
    handle = note(world).blocks["text"]
    low = world.kernel.GlobalAlloc(2, 20_000)
    said = [world.window(note(world)).status.text]
    world.kernel.GlobalFree(low)
    do(world, ["insert", "x" * 300])
    said.append(world.window(note(world)).status.text)
    assert said[0] != said[1]
    for line in said:
        assert f"{handle:#06x}" in line
    assert f"{world.kernel.heap.address(handle):#010x}: {len(text(world).encode()) + 4} of {size(world)} bytes" in said[1]


def test_a_saved_notepad_goes_on(world):
    do(world, ["insert", "abc"], ["caret", 9, True], ["cut"])
    saves_and_goes_on(world, ["paste", "notepad"], ["undo", "notepad"], ["size", "notepad", 10, 10, 200, 120], ["new", "notepad"])


def test_closing_frees_text_and_undo(world):
    do(world, ["insert", "abc"])
    world.execute(["close", "notepad"])
    assert not any(block.owner == "NOTEPAD" for block in [*world.kernel.walk(), *world.kernel.heap.discarded()])


def test_looking_at_it_counts_nothing(world):
    told = []
    world.tap = told.append
    digest = world.digest()
    page(world).describe()
    client(world, note(world))
    assert not told
    assert world.digest() == digest


def test_undo_needs_one_block_and_no_more(world):
    told = []
    world.tap = told.append
    for _ in range(10):
        do(world, ["insert", "abc"], ["caret", 0])
    assert sum(isinstance(event, Allocated) for event in told) == 1


COMMANDS = st.one_of(
    st.tuples(st.just("insert"), st.text("ab \n", min_size=1, max_size=90)),
    st.tuples(st.just("erase"), st.sampled_from(("back", "forward", "word"))),
    st.tuples(st.just("caret"), st.integers(0, 200), st.booleans()),
    st.tuples(st.sampled_from(("cut", "copy", "paste", "select_all", "time_date", "new"))),
)


@pytest.mark.parametrize("mode", MODES)
def test_compacting_between_commands_is_not_seen(mode):
    @settings(max_examples=12, deadline=None)
    @given(st.lists(COMMANDS, max_size=10))
    def check(commands):
        plain = opened("notepad", mode)
        fitting = []
        for verb, *args in commands:
            command = [verb, "notepad", *args]
            if verb == "caret":
                command[2] = min(args[0], len(text(plain)))
            plain.execute(command)
            fitting.append(command)
        calm, shaken = same_after_stirring("notepad", fitting, mode)
        assert text(calm) == text(shaken) == text(plain)

    check()


def above_the_status(world):
    """The picture without its last line, in which an address stands."""
    win = note(world)
    canvas = Canvas(win.box.w, world.window(win).client.bottom - win.box.y)
    canvas.blit(picture(world, win).surface, 0, 0)
    return canvas


def test_golden():
    world = opened("notepad")
    assert_golden(above_the_status(world), GOLDEN / "notepad.png")
    do(world, ["caret", 13], ["caret", 40, True])
    assert_golden(above_the_status(world), GOLDEN / "notepad-selected.png")
