import pytest

from handleheap.desktop.backend import pygame
from handleheap.desktop.box import Box
from handleheap.desktop.desk import Desktop
from handleheap.desktop.events import Key, Mouse, Quit, Translator
from handleheap.desktop.listbox import Column, ListBox
from handleheap.desktop.widget import Button, Meter
from handleheap.desktop.window import Window

from .gallery import Gallery


@pytest.fixture
def gallery():
    return Gallery()


def keys(desktop, *names, **held):
    for name in names:
        desktop.post(Key(name, **held))


def click(desktop, x, y, clicks=1):
    desktop.post(Mouse("down", x, y, clicks=clicks))
    desktop.post(Mouse("up", x, y))


def test_alt_and_a_letter_drop_a_menu(gallery):
    keys(gallery.desktop, "w", alt=True)
    assert gallery.window.menu.value == "Walk > Walk Heap"
    keys(gallery.desktop, "down", "down", "down")
    assert gallery.window.menu.value == "Walk > GC(0) and Walk", "a line is stepped over"
    keys(gallery.desktop, "enter")
    assert gallery.log == ["gc 0"]
    assert not gallery.window.menu.active


def test_f10_and_arrows_walk_the_bar(gallery):
    keys(gallery.desktop, "f10", "right", "right")
    assert (gallery.window.menu.value, gallery.window.menu.dropped) == ("Sort", False)
    keys(gallery.desktop, "down", "left")
    assert gallery.window.menu.value == "Walk > Walk Heap"
    keys(gallery.desktop, "up", "up")
    assert gallery.window.menu.value == "Walk > GC(-1) and Walk"
    keys(gallery.desktop, "escape", "escape")
    assert not gallery.window.menu.active
    keys(gallery.desktop, "f10", "f10")
    assert not gallery.window.menu.active


def test_letters_choose_items(gallery):
    keys(gallery.desktop, "f10", "f", "x")
    assert gallery.log == ["exit"]
    keys(gallery.desktop, "w", alt=True)
    keys(gallery.desktop, "w")
    assert gallery.log == ["exit"], "a disabled item does nothing"
    assert gallery.window.menu.active


def test_a_title_without_a_menu_acts_at_once(gallery):
    keys(gallery.desktop, "d", alt=True)
    assert gallery.log == ["add"]
    keys(gallery.desktop, "f10", "left")
    assert gallery.log == ["add"], "walking over it does not"
    keys(gallery.desktop, "enter")
    assert gallery.log == ["add", "add"]
    title = gallery.window.menu.title_box(5)
    click(gallery.desktop, title.x + 3, title.y + 3)
    assert gallery.log == ["add"] * 3
    assert not gallery.window.menu.active


def test_a_click_on_a_title_that_the_mouse_has_opened_on_its_way_keeps_it(gallery):
    menu = gallery.window.menu
    first, second = (menu.title_box(at) for at in (1, 2))
    click(gallery.desktop, first.x + 5, first.y + 5)
    gallery.desktop.post(Mouse("move", second.x + 5, second.y + 5))
    click(gallery.desktop, second.x + 5, second.y + 5)
    assert (menu.dropped, menu.value) == (True, "Sort")
    click(gallery.desktop, second.x + 5, second.y + 5)
    assert not menu.active


def test_a_menu_hangs_down_as_far_as_it_may(gallery):
    gallery.desktop.area = Box(0, 0, 640, gallery.window.menu.box.bottom + 10)
    for reach, lower in ((gallery.desktop.area, False), (Box(0, 0, 640, 480), True)):
        gallery.desktop.reach = reach
        gallery.desktop.post(Key("w", "w", alt=True))
        assert (gallery.window.menu.menu_box().y >= gallery.window.menu.box.bottom) is lower
        gallery.desktop.post(Key("escape"))
        gallery.desktop.post(Key("escape"))


def test_menus_by_mouse(gallery):
    menu = gallery.window.menu
    title = menu.title_box(1)
    click(gallery.desktop, title.x + 5, title.y + 5)
    assert menu.dropped
    item = menu.item_box(2)
    click(gallery.desktop, item.x + 5, item.y + 5)
    assert gallery.log == ["free"]
    gallery.desktop.post(Mouse("down", title.x + 5, title.y + 5))
    gallery.desktop.post(Mouse("move", menu.title_box(2).x + 5, title.y + 5))
    assert menu.value == "Sort"
    item = menu.item_box(1)
    gallery.desktop.post(Mouse("up", item.x + 5, item.y + 5))
    assert gallery.log == ["free", "by size"]
    click(gallery.desktop, title.x + 5, title.y + 5)
    click(gallery.desktop, 600, 400)
    assert not menu.active
    assert gallery.log == ["free", "by size"]


def test_list_keys(gallery):
    box = gallery.list
    assert (box.page, box.selected, box.top) == (6, 4, 0)
    keys(gallery.desktop, "down", "down")
    assert (box.selected, box.top) == (6, 1)
    keys(gallery.desktop, "end")
    assert (box.selected, box.top) == (9, 4)
    keys(gallery.desktop, "pageup")
    assert (box.selected, box.top) == (3, 3)
    keys(gallery.desktop, "home", "up")
    assert (box.selected, box.top) == (0, 0)
    keys(gallery.desktop, "pagedown", "enter")
    assert (box.selected, gallery.log[-1]) == (6, "open 6")
    assert box.value == "7 of 10, 00010200 0A4A 2,048 L2 F USER Task Database"


def test_list_mouse(gallery):
    box, client = gallery.list, gallery.window.client
    x, y = client.x + 20, client.y + box.box.y + box.heading + 2
    click(gallery.desktop, x, y + 2 * 15)
    assert box.selected == 2
    click(gallery.desktop, x, y + 15, clicks=2)
    assert gallery.log == ["row 2", "row 1", "open 1"]
    click(gallery.desktop, x, client.y + box.box.y + 3)
    assert box.selected == 1, "the heading is no row"
    gallery.desktop.post(Mouse("wheel", x, y, wheel=-1))
    assert (box.top, box.selected) == (3, 1)
    gallery.desktop.post(Mouse("wheel", x, y, wheel=5))
    assert box.top == 0


def test_scroll_bar_mouse(gallery):
    box, client = gallery.list, gallery.window.client
    bar = box.bar.moved(client.x, client.y)
    x = bar.x + 8
    click(gallery.desktop, x, bar.bottom - 8)
    assert box.top == 1
    click(gallery.desktop, x, bar.bottom - 20)
    assert box.top == box.last_top == 4
    click(gallery.desktop, x, bar.y + 20)
    assert box.top == 0
    gallery.desktop.post(Mouse("down", x, bar.y + 24))
    gallery.desktop.post(Mouse("move", x + 100, bar.y + 24 + 30))
    assert box.top == 2
    gallery.desktop.post(Mouse("move", x, bar.bottom + 99))
    assert box.top == 4
    gallery.desktop.post(Mouse("up", x, bar.bottom + 99))
    gallery.desktop.post(Mouse("move", x, bar.y))
    assert box.top == 4
    click(gallery.desktop, x, bar.y + 4)
    assert box.top == 3


def test_rows_may_go_away_under_the_selection():
    box = ListBox(Box(0, 0, 100, 60), "b", [Column("", 80)], [[str(at)] for at in range(20)])
    assert box.heading == 0
    box.select(19)
    box.set_rows([["a"], ["b"]])
    assert (box.selected, box.top) == (1, 0)
    box.set_rows([])
    assert (box.selected, box.top, box.value) == (None, 0, "0 rows")
    assert box.key(Key("down"))
    assert box.selected is None


def test_focus_goes_round_and_skips_the_disabled():
    pressed = []
    window = Window(Box(0, 0, 300, 200), "W")
    one, two, three = (Button(Box(0, 30 * at, 60, 24), f"&{at}", lambda at=at: pressed.append(at)) for at in range(3))
    window.add(one, two, three, Meter(Box(0, 100, 90, 16), "used", 1, 4))
    two.enabled = False
    desktop = Desktop()
    desktop.show(window)
    assert one.focused
    keys(desktop, "tab")
    assert (one.focused, three.focused) == (False, True)
    keys(desktop, "tab")
    assert one.focused
    keys(desktop, "tab", shift=True)
    assert three.focused
    keys(desktop, "space", "enter")
    keys(desktop, "0", "1", alt=True)
    assert pressed == [2, 2, 0]
    assert window.describe() == ("window W\n  button 0\n  button 1 (disabled)\n  button 2 (focus)\n  meter used: 25 %")


def test_enter_presses_the_default_button(gallery):
    gallery.list.on_open = None
    keys(gallery.desktop, "enter")
    keys(gallery.desktop, "c", alt=True)
    assert gallery.log == ["compact", "compact"]


def test_a_button_is_pressed_where_it_is_released(gallery):
    client = gallery.window.client
    box = gallery.compact.box.moved(client.x, client.y)
    gallery.desktop.post(Mouse("down", box.x + 5, box.y + 5))
    assert gallery.compact.down
    assert gallery.compact.focused
    gallery.desktop.post(Mouse("move", 0, 0))
    assert not gallery.compact.down
    gallery.desktop.post(Mouse("up", 0, 0))
    assert gallery.log == []
    click(gallery.desktop, box.x + 5, box.y + 5)
    assert gallery.log == ["compact"]


@pytest.mark.parametrize("name", ["enter", "escape", "space"])
def test_a_dialog_is_modal_until_it_is_answered(gallery, name):
    gallery.refuse()
    assert gallery.desktop.top.dialog
    assert not gallery.list.focused
    keys(gallery.desktop, "down")
    click(gallery.desktop, 40, 40)
    assert gallery.list.selected == 4
    assert gallery.desktop.top.name == "Not Enough Memory"
    assert "GlobalAlloc(32,768) failed:" in gallery.desktop.describe()
    keys(gallery.desktop, name)
    assert gallery.desktop.top is gallery.window
    assert gallery.list.focused
    assert gallery.log == ["OK"]


def test_a_dialog_with_two_buttons(gallery):
    ask = gallery.desktop.ask
    ask("Clear", "Sure?", gallery.log.append, buttons=("&Yes", "&No"), warn=False)
    keys(gallery.desktop, "tab", "enter")
    ask("Clear", "Sure?", gallery.log.append, buttons=("&Yes", "&No"))
    keys(gallery.desktop, "escape")
    ask("Clear", "Sure?", gallery.log.append, buttons=("&Yes", "&No"))
    keys(gallery.desktop, "y", alt=True)
    assert gallery.log == ["No", "No", "Yes"]


def test_windows_come_up_and_are_dragged(gallery):
    manager = gallery.desktop.windows[0]
    click(gallery.desktop, 40, 100)
    assert gallery.desktop.top is manager
    assert (manager.active, gallery.window.active) == (True, False)
    desktop = gallery.desktop
    desktop.post(Mouse("down", 100, 15))
    desktop.post(Mouse("move", 110, 20))
    assert manager.box.x == 8
    before = gallery.draw().pixels()
    desktop.post(Mouse("up", 120, 25))
    assert (manager.box.x, manager.box.y) == (28, 16)
    assert manager.menu.box.x == 32
    assert gallery.draw().pixels() != before


def test_closing(gallery):
    control = gallery.window.control
    click(gallery.desktop, control.x + 3, control.y + 3)
    assert gallery.log == []
    click(gallery.desktop, control.x + 3, control.y + 3, clicks=2)
    keys(gallery.desktop, "f4", alt=True)
    assert gallery.log == ["closed", "closed"]
    assert gallery.desktop.post(Quit())
    assert not gallery.desktop.running


def test_icons_are_chosen_and_opened(gallery):
    opened = []
    desktop = gallery.desktop
    desktop.icons = [icon._replace(open=lambda label=icon.label: opened.append(label)) for icon in desktop.icons]
    click(desktop, 120, 440)
    assert desktop.chosen.label == "Notepad"
    click(desktop, 120, 475, clicks=2)
    assert opened == ["Notepad"]
    click(desktop, 630, 440)
    assert desktop.chosen is None


def test_pygame_events_become_ours():
    now = [0.0]
    translate = Translator(lambda x, y: (x // 2, y // 2), lambda: now[0]).translate
    event = pygame.event.Event
    assert translate(event(pygame.KEYDOWN, key=pygame.K_f, mod=pygame.KMOD_LALT, unicode="")) == Key("f", alt=True)
    assert translate(event(pygame.KEYDOWN, key=pygame.K_F10, mod=0, unicode="")) == Key("f10")
    assert translate(event(pygame.KEYDOWN, key=pygame.K_TAB, mod=pygame.KMOD_LSHIFT, unicode="\t")) == Key(
        "tab", "\t", shift=True
    )
    assert translate(event(pygame.KEYDOWN, key=pygame.K_LSHIFT, mod=0, unicode="")) is None
    assert translate(event(pygame.MOUSEMOTION, pos=(21, 40), rel=(0, 0), buttons=(0, 0, 0))) == Mouse("move", 10, 20)
    assert translate(event(pygame.MOUSEWHEEL, x=0, y=-1)) == Mouse("wheel", 10, 20, wheel=-1)
    assert translate(event(pygame.QUIT)) == Quit()
    assert translate(event(pygame.ACTIVEEVENT)) is None
    down = event(pygame.MOUSEBUTTONDOWN, pos=(8, 8), button=1)
    clicks = []
    for now[0] in (1.0, 1.3, 1.5, 3.0):
        clicks.append(translate(down).clicks)
    assert clicks == [1, 2, 1, 1]
    assert translate(event(pygame.MOUSEBUTTONDOWN, pos=(8, 8), button=4)) is None
    assert translate(event(pygame.MOUSEBUTTONUP, pos=(8, 8), button=1)) == Mouse("up", 4, 4)
