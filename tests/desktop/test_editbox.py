from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handleheap.desktop.box import Box
from handleheap.desktop.canvas import Canvas
from handleheap.desktop.desk import Desktop
from handleheap.desktop.editbox import EditBox
from handleheap.desktop.editing import erased, inserted
from handleheap.desktop.events import Key, Mouse
from handleheap.desktop.fonts import faces
from handleheap.desktop.lines import line_of, place_of, position_at, top_for, wrapped
from handleheap.desktop.skin import Ink
from handleheap.desktop.window import Window

from .hands import click, drag, keys, write

FIXED = faces().fixed


class Page:
    """Owns a text, and a window with a box to edit it."""

    def __init__(self, text="", follow=False):
        self.text, self.caret, self.anchor, self.top, self.follow = text, 0, 0, 0, follow
        self.said = []
        self.desktop = Desktop()
        self.window = Window(Box(20, 20, 200, 130), "Page")
        client = self.window.client
        self.box = EditBox(
            Box(0, -1, client.w + 1, client.h + 2),
            "text",
            text=lambda: self.text,
            caret=lambda: self.caret,
            anchor=lambda: self.anchor,
            top=lambda: self.top,
            font=FIXED,
            on_insert=self.insert,
            on_erase=self.erase,
            on_caret=self.go,
            on_scroll=self.scroll,
        )
        self.window.add(self.box)
        self.desktop.show(self.window)

    def insert(self, new):
        self.said.append("insert")
        self.text, self.caret = inserted(self.text, self.caret, self.anchor, new)
        self.anchor = self.caret
        self.followed()

    def erase(self, what):
        self.said.append(f"erase {what}")
        self.text, self.caret = erased(self.text, self.caret, self.anchor, what)
        self.anchor = self.caret
        self.followed()

    def go(self, position, extend):
        self.said.append("caret")
        self.caret = position
        if not extend:
            self.anchor = position
        self.followed()

    def followed(self):
        if self.follow:
            self.top = top_for(wrapped(self.text, FIXED, self.box.text_width), self.caret, self.top, self.box.rows)

    def scroll(self, top):
        self.said.append("scroll")
        self.top = top

    def at(self, x, line):
        """The pixel of a place in the text, counted in characters and shown lines."""
        client = self.window.client
        return client.x + 5 + 8 * x, client.y - 1 + 3 + 15 * line + 7


# --- lines ---------------------------------------------------------------------------------------------------------------


def test_lines_are_broken_behind_spaces_and_long_words_anywhere():
    text = "one two three\nfour\n\nabcdefghijklm"
    assert [text[a:b] for a, b in wrapped(text, FIXED, 8 * 8)] == ["one two ", "three", "four", "", "abcdefgh", "ijklm"]
    assert wrapped("", FIXED, 64) == ((0, 0),)
    assert wrapped("a\n", FIXED, 64) == ((0, 1), (2, 2))


@given(st.text("ab \n", max_size=60), st.integers(0, 90))
def test_no_character_is_lost_between_lines(text, width):
    lines = wrapped(text, FIXED, width)
    assert lines[0][0] == 0
    assert lines[-1][1] == len(text)
    for (_, end), (start, _) in pairwise(lines):
        assert start == end or (start == end + 1 and text[end] == "\n")
    for start, end in lines:
        assert "\n" not in text[start:end]
        assert FIXED.width(text[start:end].rstrip(" ")) <= max(width, 8)


@given(st.text("ab \n", max_size=60), st.integers(8, 90), st.data())
def test_a_place_leads_back_to_its_position(text, width, data):
    lines = wrapped(text, FIXED, width)
    position = data.draw(st.integers(0, len(text)))
    x, line = place_of(text, lines, FIXED, position)
    assert lines[line][0] <= position <= lines[line][1]
    assert position_at(text, lines, FIXED, line, x) == position
    assert position_at(text, lines, FIXED, line, x + 3) == position
    top = top_for(lines, position, data.draw(st.integers(0, 20)), 3)
    assert top <= line_of(lines, position) < top + 3


# --- keys ----------------------------------------------------------------------------------------------------------------


def test_what_is_written_stands_at_the_caret():
    page = Page()
    write(page.desktop, "Ave,\nmundi!")
    keys(page.desktop, "left", "backspace")
    write(page.desktop, "e")
    keys(page.desktop, "home", "delete")
    write(page.desktop, "M")
    assert page.text == "Ave,\nMunde!"
    keys(page.desktop, "backspace", ctrl=True)
    assert page.text == "Ave,\nunde!"
    assert page.said[-1] == "erase word"
    assert page.box.describe() == "edit text: line 2 of 2, unde! (focus)"


def test_arrows_keep_their_column():
    page = Page("a long line\nx\nanother line")
    keys(page.desktop, "end", "left", "down")
    assert page.caret == len("a long line\nx")
    keys(page.desktop, "down")
    assert page.text[page.caret :] == "ne", "the tenth column again"
    keys(page.desktop, "home", "up", "up", "up")
    assert page.caret == 0
    keys(page.desktop, "end", ctrl=True)
    assert page.caret == len(page.text)
    keys(page.desktop, "left", "left", ctrl=True)
    assert page.text[page.caret :] == "another line"
    keys(page.desktop, "right", ctrl=True)
    assert page.text[page.caret :] == "line"
    keys(page.desktop, "home", ctrl=True)
    assert page.caret == 0


def test_end_stays_in_a_broken_line():
    page = Page("aaaa bbbb cccc dddd eeee ffff")
    keys(page.desktop, "end")
    (first, second) = page.box.lines[:2]
    assert page.caret == first[1] - 1
    keys(page.desktop, "right")
    assert page.caret == second[0]
    keys(page.desktop, "home")
    assert page.caret == second[0]


def test_shift_selects_and_writing_replaces():
    page = Page("one two three")
    keys(page.desktop, "right", ctrl=True)
    keys(page.desktop, "right", ctrl=True, shift=True)
    assert page.box.selection == (4, 8)
    assert page.box.value.endswith("selected 'two '")
    write(page.desktop, "2 ")
    assert page.text == "one 2 three"
    keys(page.desktop, "home", shift=True)
    keys(page.desktop, "left")
    assert (page.caret, page.anchor) == (0, 0), "an arrow leaves the selection at its side"
    keys(page.desktop, "a", ctrl=True)
    keys(page.desktop, "right")
    assert page.caret == page.anchor == len(page.text)
    keys(page.desktop, "a", ctrl=True)
    keys(page.desktop, "delete")
    assert page.text == ""


@pytest.mark.parametrize("follow", [False, True])
def test_the_caret_is_always_seen(follow):
    page = Page("\n".join(map(str, range(30))), follow)
    rows = page.box.rows
    assert rows == 6
    keys(page.desktop, "end", ctrl=True)
    assert page.top == 30 - rows
    keys(page.desktop, "pageup", "up")
    assert page.box.value.startswith("line 23 ")
    assert page.top == 22
    keys(page.desktop, "home", ctrl=True)
    assert page.top == 0
    keys(page.desktop, "pagedown")
    assert (page.box.value[:6], page.top) == ("line 7", 1)
    assert ("scroll" in page.said) is not follow, "whoever follows by himself is not told to"


# --- mouse ---------------------------------------------------------------------------------------------------------------


def test_the_mouse_places_the_caret_and_selects():
    page = Page("one two three\nfour five")
    click(page.desktop, *page.at(2, 1))
    assert (page.caret, page.anchor) == (16, 16)
    drag(page.desktop, page.at(4, 0), page.at(4, 1))
    assert page.box.selection == (4, 18)
    page.desktop.post(Mouse("move", *page.at(9, 1)))
    assert page.caret == 18, "the button is up"
    click(page.desktop, *page.at(6, 0), clicks=2)
    assert page.box.selection == (4, 7)
    click(page.desktop, *page.at(1, 5))
    assert page.caret == 15


def test_dragging_below_the_box_scrolls():
    page = Page("\n".join(map(str, range(30))))
    page.desktop.post(Mouse("down", *page.at(0, 0)))
    for at in range(10):
        page.desktop.post(Mouse("move", 60 + at, 400))
    assert page.top > 4
    assert page.anchor == 0


def test_scroll_bar_and_wheel_do_not_move_the_caret():
    page = Page("\n".join(map(str, range(30))))
    client, bar = page.window.client, page.box.bar
    x = client.x + bar.x + 8
    click(page.desktop, x, client.y + bar.bottom - 8)
    assert page.top == 1
    click(page.desktop, x, client.y + bar.bottom - 20)
    assert page.top == 7
    page.desktop.post(Mouse("wheel", x - 40, client.y + 20, wheel=-1))
    assert page.top == 10
    page.desktop.post(Mouse("wheel", x - 40, client.y + 20, wheel=9))
    assert (page.top, page.caret, set(page.said)) == (0, 0, {"scroll"})


# --- looks ---------------------------------------------------------------------------------------------------------------


def test_the_caret_shows_only_with_the_focus_and_the_selection_in_navy():
    page, canvas = Page("one two"), Canvas()
    page.caret, page.anchor = 7, 4
    page.desktop.draw(canvas)
    x, y = page.at(4, 0)
    assert {canvas.index(x + dx, y - 7) for dx in range(23)} == {Ink.SELECTED}
    assert canvas.index(x - 1, y - 7) == Ink.WINDOW
    right, _ = page.at(7, 0)
    assert canvas.index(right, y) == Ink.TEXT
    page.box.focused = False
    page.desktop.draw(canvas)
    assert canvas.index(right, y) == Ink.WINDOW


def test_letters_are_no_shortcuts_in_a_text():
    page = Page()
    done = []
    for name in ("c", "space", "right", "end", "f5", "ctrl+s", "["):
        page.desktop.shortcuts[name] = lambda name=name: done.append(name)
    write(page.desktop, "c [")
    keys(page.desktop, "right", "end", "f5")
    keys(page.desktop, "s", ctrl=True)
    assert page.text == "c ["
    assert done == ["f5", "ctrl+s"]
    page.window.children.clear()
    page.window.set_focus(None)
    page.desktop.post(Key("8", "["))
    keys(page.desktop, "c", "space", "right", "end")
    assert done[2:] == ["[", "c", "space", "right", "end"]
