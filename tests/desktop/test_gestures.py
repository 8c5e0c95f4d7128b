import pytest

from handleheap.desktop.box import Box
from handleheap.desktop.canvas import Canvas
from handleheap.desktop.desk import Desktop
from handleheap.desktop.events import Key, Mouse
from handleheap.desktop.feet import FOOT, feet, label
from handleheap.desktop.menu import Item, Menu
from handleheap.desktop.skin import Ink
from handleheap.desktop.widget import Button
from handleheap.desktop.window import Window

from .hands import click, drag, keys, middle

AREA = Box(0, 0, 640, 430)
WORDS = ["activate", "move", "size", "minimise", "maximise", "restore", "close"]


@pytest.fixture
def desktop():
    desktop = Desktop(area=AREA)
    for at, name in enumerate(("one", "two", "three")):
        window = Window(Box(10 + 100 * at, 10 + 40 * at, 300, 200), name)
        window.on_close = lambda window=window: desktop.hide(window)
        desktop.show(window)
    return desktop


def named(desktop, name):
    return next(window for window in desktop.windows if window.name == name)


def names(desktop):
    return [window.name for window in desktop.windows]


def place(desktop, part):
    """A pixel of the topmost window where this part is."""
    window = desktop.top
    box = window.box
    return next(
        (x, y)
        for y in [*range(box.y, box.bottom, 4), box.bottom - 1]
        for x in [*range(box.x, box.right, 4), box.right - 1]
        if window.part_at(x, y) == part
    )


# --- sizing --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "box"),
    [
        ("left", Box(220, 90, 290, 200)),
        ("right", Box(210, 90, 310, 200)),
        ("top", Box(210, 86, 300, 204)),
        ("bottom", Box(210, 90, 300, 196)),
        ("top left", Box(220, 86, 290, 204)),
        ("top right", Box(210, 86, 310, 204)),
        ("bottom left", Box(220, 90, 290, 196)),
        ("bottom right", Box(210, 90, 310, 196)),
    ],
)
def test_sides_and_corners_size(desktop, part, box):
    x, y = place(desktop, part)
    desktop.post(Mouse("down", x, y))
    desktop.post(Mouse("move", x + 10, y - 4))
    assert desktop.top.box == Box(210, 90, 300, 200), "an outline goes first"
    desktop.post(Mouse("up", x + 10, y - 4))
    assert desktop.top.box == box


def test_a_window_stays_large_enough_and_on_the_desktop(desktop):
    drag(desktop, place(desktop, "bottom right"), (0, 0))
    assert desktop.top.box == Box(210, 90, 100, 28)
    drag(desktop, place(desktop, "caption"), (900, 900))
    assert desktop.top.box.x < 640 - 30
    assert desktop.top.box.y < 430 - 10
    drag(desktop, place(desktop, "caption"), (-900, -900))
    assert desktop.top.box.right > 30
    assert desktop.top.box.y == 0


def test_escape_leaves_the_window_where_it_was(desktop):
    x, y = place(desktop, "caption")
    desktop.post(Mouse("down", x, y))
    desktop.post(Mouse("move", x + 50, y + 50))
    keys(desktop, "escape")
    desktop.post(Mouse("up", x + 50, y + 50))
    assert desktop.top.box == Box(210, 90, 300, 200)


def test_a_window_of_one_size_has_neither_sides_nor_a_box_to_maximise_it(desktop):
    window = desktop.top
    window.resizable = False
    parts = {window.part_at(x, y) for x in range(210, 510) for y in range(90, 290)}
    assert parts == {"", "control", "minimise", "caption"}
    x, y = place(desktop, "caption")
    click(desktop, x, y, clicks=2)
    assert window.state == "normal"


# --- states --------------------------------------------------------------------------------------------------------------


def test_maximised_and_back(desktop):
    window = desktop.top
    click(desktop, *place(desktop, "maximise"))
    assert (window.state, window.box) == ("maximised", AREA)
    drag(desktop, place(desktop, "caption"), (200, 200))
    assert window.box == AREA, "it stays where it is"
    click(desktop, *place(desktop, "maximise"))
    assert (window.state, window.box) == ("normal", Box(210, 90, 300, 200))
    click(desktop, *place(desktop, "caption"), clicks=2)
    assert window.state == "maximised"
    click(desktop, *place(desktop, "caption"), clicks=2)
    assert window.box == Box(210, 90, 300, 200)


def test_a_box_in_the_caption_counts_where_the_button_comes_up(desktop):
    drag(desktop, place(desktop, "minimise"), (300, 200))
    assert desktop.top.state == "normal"


def test_a_minimised_window_is_an_icon_until_it_is_opened(desktop):
    window = desktop.top
    click(desktop, *place(desktop, "minimise"))
    assert window.state == "minimised"
    assert desktop.top is named(desktop, "two")
    assert desktop.top.active
    assert desktop.describe().splitlines()[0] == "icon three"
    x, y = 37, AREA.bottom - FOOT + 16
    click(desktop, x, y)
    assert desktop.selected is window
    assert "icon three (focus)" in desktop.describe()
    click(desktop, x, y, clicks=2)
    assert (desktop.top, window.state, desktop.selected) == (window, "normal", None)


def test_a_window_that_was_maximised_comes_back_to_its_own_size(desktop):
    window = desktop.top
    click(desktop, *place(desktop, "maximise"))
    click(desktop, *place(desktop, "minimise"))
    keys(desktop, "tab", "tab", ctrl=True)
    assert desktop.selected is window
    keys(desktop, "enter")
    assert window.box == Box(210, 90, 300, 200)


def test_a_dialog_gets_the_keys_although_an_icon_was_chosen(desktop):
    click(desktop, *place(desktop, "minimise"))
    keys(desktop, "tab", "tab", ctrl=True)
    assert desktop.selected
    answers = []
    box = desktop.ask("Well?", "Well?", answers.append)
    desktop.windows.remove(box)
    desktop.select(desktop.minimised[0])
    desktop.windows.append(box)
    keys(desktop, "enter")
    assert answers == ["OK"]


def test_icons_have_places_of_their_own(desktop):
    windows = [Window(Box(0, 0, 100, 60), f"window {at}") for at in range(20)]
    places = [(icon.x, icon.y) for _, icon in feet(windows, AREA)]
    assert len(set(places)) == 20
    assert all(0 <= x < 640 - 32 and 0 < y < 430 - 32 for x, y in places)
    taken = [icon for _, icon in feet(windows[:3], AREA)]
    assert {(icon.x, icon.y) for _, icon in feet(windows, AREA, taken)}.isdisjoint(places[:3])
    assert label("Heap Walker - (Main Heap)") == "Heap Walker\n- (Main Heap)"


def test_an_icon_alone_can_be_opened_by_its_menu():
    desktop = Desktop(area=AREA)
    desktop.show(window := Window(Box(0, 0, 200, 100), "alone"))
    desktop.manager.minimise(window)
    assert desktop.top is None
    click(desktop, 37, AREA.bottom - FOOT + 16)
    keys(desktop, "space", alt=True)
    desktop.draw(Canvas())
    assert desktop.describe().startswith("system menu: Restore\nicon alone (focus)")
    keys(desktop, "enter")
    assert desktop.top is window


def test_a_click_into_a_window_leaves_the_icons(desktop):
    click(desktop, *place(desktop, "minimise"))
    click(desktop, 37, AREA.bottom - FOOT + 16)
    assert desktop.selected
    click(desktop, 20, 100)
    assert desktop.selected is None
    assert desktop.top is named(desktop, "one")


# --- keys ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [Key("tab", ctrl=True), Key("tab", alt=True), Key("escape", alt=True)])
def test_every_window_has_its_turn(desktop, key):
    seen = []
    for _ in range(6):
        desktop.post(key)
        seen.append(desktop.top.name)
    assert seen == ["one", "two", "three"] * 2
    desktop.post(key._replace(shift=True))
    assert desktop.top.name == "two", "the one before"


def test_icons_have_their_turn_after_the_windows(desktop):
    desktop.manager.minimise(named(desktop, "three"))
    desktop.manager.minimise(named(desktop, "one"))
    desktop.show(Window(Box(0, 0, 100, 100), "four"))
    seen = []
    for _ in range(8):
        keys(desktop, "tab", ctrl=True)
        seen.append(desktop.selected.name if desktop.selected else desktop.top.name)
    assert seen == ["two", "one", "three", "four"] * 2


def test_an_icon_answers_to_keys(desktop):
    for name in ("three", "two"):
        desktop.manager.minimise(named(desktop, name))
    keys(desktop, "tab", ctrl=True)
    assert desktop.selected.name == "two"
    keys(desktop, "right")
    assert desktop.selected.name == "three"
    keys(desktop, "space", alt=True)
    assert "system menu" in desktop.describe()
    keys(desktop, "r")
    assert (desktop.top.name, desktop.top.state, desktop.selected) == ("three", "normal", None)
    keys(desktop, "tab", "tab", ctrl=True)
    keys(desktop, "f4", alt=True)
    assert names(desktop) == ["three", "one"]
    keys(desktop, "tab", ctrl=True)
    keys(desktop, "escape")
    assert desktop.selected is None


def test_the_system_menu_does_all_of_it(desktop):
    window = desktop.top
    keys(desktop, "space", alt=True)
    assert desktop.describe().splitlines()[0] == "system menu: Restore"
    keys(desktop, "x")
    assert window.state == "maximised"
    keys(desktop, "-", alt=True)
    keys(desktop, "m")
    assert window.state == "maximised", "a maximised window cannot be moved"
    keys(desktop, "r")
    assert window.state == "normal"
    keys(desktop, "space", alt=True)
    keys(desktop, "n")
    assert window.state == "minimised"
    keys(desktop, "space", alt=True)
    keys(desktop, "c")
    assert names(desktop) == ["one", "three"], "the menu of the one that is active now"


def test_windows_are_moved_and_sized_with_arrows(desktop):
    window = desktop.top
    keys(desktop, "space", alt=True)
    keys(desktop, "m", "right", "down", "down")
    keys(desktop, "down", ctrl=True)
    assert window.box == Box(210, 90, 300, 200)
    keys(desktop, "enter")
    assert window.box == Box(218, 107, 300, 200)
    keys(desktop, "space", alt=True)
    keys(desktop, "s", "left", "left", "down", "enter")
    assert window.box == Box(202, 107, 316, 208), "the left side and the foot"
    keys(desktop, "space", alt=True)
    keys(desktop, "m", "right", "escape")
    assert window.box == Box(202, 107, 316, 208)


def test_one_click_on_the_control_box_opens_its_menu_and_two_close_the_window(desktop):
    x, y = middle(desktop.top.control)
    click(desktop, x, y)
    assert "system menu" in desktop.describe()
    click(desktop, x, y)
    assert "system menu" not in desktop.describe()
    click(desktop, x, y)
    click(desktop, x, y, clicks=2)
    assert names(desktop) == ["one", "two"]


def test_a_dialog_can_be_moved_and_closed_and_no_more(desktop):
    answers = []
    box = desktop.ask("Sure?", "Close all?", answers.append, buttons=("Yes", "No"))
    assert middle(box.box)[0] == 320
    assert abs(middle(box.box)[1] - AREA.h // 2) <= 1
    keys(desktop, "tab", ctrl=True)
    keys(desktop, "escape", alt=True)
    assert answers == []
    keys(desktop, "space", alt=True)
    keys(desktop, "m", "right", "enter")
    keys(desktop, "space", alt=True)
    keys(desktop, "c")
    assert answers == ["No"]


def test_nothing_is_drawn_or_taken_outside_of_the_area(desktop):
    canvas = Canvas()
    canvas.surface.fill(Ink.TIP)
    desktop.top.place(300, 400)
    desktop.draw(canvas)
    assert {canvas.index(x, y) for x in range(640) for y in range(430, 480)} == {Ink.TIP}
    assert not desktop.post(Mouse("down", 310, 440))


def test_menus_stay_inside_of_the_area(desktop):
    items = [Item(f"&{at} a rather long item", lambda: None) for at in range(8)]
    window = Window(Box(560, 300, 200, 100), "low", menus=[Menu("&Menu", items)])
    desktop.show(window)
    keys(desktop, "m", alt=True)
    menu = window.menu.menu_box()
    assert menu.right <= AREA.right
    assert menu.bottom <= AREA.bottom
    click(desktop, *middle(window.menu.item_box(3)))
    assert not window.menu.active


# --- a program with windows of its own --------------------------------------------------------------------------------------


class Clerk:
    """Turns gestures into commands, and puts new window objects in place of the old ones after each."""

    def __init__(self):
        self.said = []
        self.boxes = {"low": Box(0, 0, 200, 150), "high": Box(100, 100, 200, 150)}
        self.state = dict.fromkeys(self.boxes, "normal")
        self.pressed = []
        self.desktop = Desktop(manager=self, area=AREA)
        self.sync()

    def sync(self):
        self.desktop.windows[:] = [self.made(name) for name in self.boxes]

    def made(self, name):
        window = Window(self.boxes[name], name, menus=[Menu("&File", [Item("&New", lambda: self.do("new", name))])])
        window.state = self.state[name]
        window.backing = lambda canvas: canvas.fill(Box(0, 0, 640, 480), Ink.TEAL if name == "low" else Ink.OLIVE)
        window.add(Button(Box(10, 10, 80, 24), "&Press", lambda: self.do("press", name)))
        window.add(Button(Box(10, 50, 80, 24), "&Other", lambda: self.do("other", name)))
        window.on_focus = lambda at: self.do("focus", name, at)
        return window

    def do(self, *words):
        self.said.append(words)
        self.sync()

    def __getattr__(self, verb):
        if verb not in WORDS:
            raise AttributeError(verb)

        def tell(window, *args):
            assert window in self.desktop.windows, "it is told of windows that are there"
            if verb == "activate":
                self.boxes[window.name] = self.boxes.pop(window.name)
            elif verb == "move":
                self.boxes[window.name] = Box(*args, 200, 150)
            elif verb == "minimise":
                self.state[window.name] = "minimised"
            elif verb == "restore":
                self.state[window.name] = "normal"
            self.do(verb, window.name, *args)

        return tell


@pytest.fixture
def clerk():
    return Clerk()


def test_gestures_are_told_once_and_in_words(clerk):
    desktop = clerk.desktop
    drag(desktop, (200, 110), (210, 120))
    drag(desktop, place(desktop, "right"), (400, 200))
    click(desktop, *place(desktop, "maximise"))
    click(desktop, *place(desktop, "caption"), clicks=2)
    click(desktop, 10, 100)
    click(desktop, *place(desktop, "minimise"))
    keys(desktop, "tab", ctrl=True)
    keys(desktop, "enter")
    keys(desktop, "f4", alt=True)
    verbs = [words[:2] for words in clerk.said]
    assert verbs == [
        ("move", "high"),
        ("size", "high"),
        ("maximise", "high"),
        ("maximise", "high"),
        ("activate", "low"),
        ("minimise", "low"),
        ("restore", "low"),
        ("close", "low"),
    ]
    assert clerk.said[0] == ("move", "high", 110, 110)
    assert clerk.said[1][2].w > 200


def test_a_click_that_moves_nothing_is_no_command(clerk):
    click(clerk.desktop, 200, 110)
    assert clerk.said == []


def test_a_button_is_pressed_although_its_window_is_made_anew_meanwhile(clerk):
    desktop, canvas = clerk.desktop, Canvas()
    x, y = desktop.top.client.x + 20, desktop.top.client.y + 60
    desktop.post(Mouse("down", x, y))
    assert clerk.said == [("focus", "high", 1)]
    desktop.draw(canvas)
    assert canvas.index(x - 9, y) == Ink.SHADOW, "it looks pressed, over its backing"
    clerk.sync()
    desktop.post(Mouse("move", 0, 0))
    desktop.draw(canvas)
    assert canvas.index(x - 9, y) == Ink.OLIVE
    desktop.post(Mouse("move", x, y))
    desktop.post(Mouse("up", x, y))
    assert clerk.said[1:] == [("other", "high")]


def test_a_menu_stays_open_although_its_window_is_made_anew(clerk):
    desktop = clerk.desktop
    keys(desktop, "f", alt=True)
    clerk.sync()
    desktop.draw(Canvas())
    keys(desktop, "enter")
    assert clerk.said == [("new", "high")]
    keys(desktop, "f", alt=True)
    clerk.state["high"] = "minimised"
    clerk.sync()
    keys(desktop, "enter")
    assert clerk.said == [("new", "high"), ("press", "low")], "its menu went with it"


def test_a_click_into_a_lower_window_raises_it_and_acts(clerk):
    desktop = clerk.desktop
    client = desktop.windows[0].client
    click(desktop, client.x + 20, client.y + 20)
    assert clerk.said == [("activate", "low"), ("press", "low")]


def test_backings_are_cut_off_and_what_is_live_comes_on_top(clerk):
    canvas = Canvas()
    top = clerk.desktop.top
    live = Button(Box(100, 90, 60, 24), "", lambda: None)
    top.live.append(live)
    clerk.desktop.draw(canvas)
    box = top.box
    assert canvas.index(box.x, box.y) == canvas.index(box.right - 1, box.bottom - 1) == Ink.OLIVE
    assert canvas.index(box.right, box.y + 20) == Ink.DESKTOP
    assert canvas.index(10, 10) == Ink.TEAL
    assert canvas.index(top.client.x + 101, top.client.y + 95) == Ink.LIGHT
