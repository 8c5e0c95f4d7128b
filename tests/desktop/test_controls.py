import pytest

from handleheap.desktop import win31
from handleheap.desktop.backend import pygame
from handleheap.desktop.box import Box
from handleheap.desktop.canvas import Canvas
from handleheap.desktop.checkbox import CheckBox
from handleheap.desktop.choice import Choice
from handleheap.desktop.desk import REST, Desktop
from handleheap.desktop.events import Key, Mouse, Translator
from handleheap.desktop.field import Field
from handleheap.desktop.groupbox import GroupBox
from handleheap.desktop.slider import Slider
from handleheap.desktop.widget import Button, Panel
from handleheap.desktop.window import Window

from .hands import click, drag, keys, middle, write


class Form:
    """A window with one of each; `log` holds what has changed."""

    def __init__(self):
        self.log = []
        say = self.log.append
        self.window = Window(Box(100, 80, 320, 260), "Form")
        self.size = Field(Box(10, 10, 200, 22), "&Size:", "4096", digits=True, limit=6, label=60, on_change=say)
        self.name = Field(Box(10, 40, 200, 22), "&Name:", "block", label=60, on_change=say)
        self.fixed = CheckBox(Box(10, 70, 120, 20), "&Fixed", on_change=say)
        self.mode = Choice(Box(10, 95, 120, 60), "mode", ["&Real", "S&tandard", "&Enhanced"], 1, say)
        self.rate = Slider(Box(10, 170, 200, 17), "rate", 5, 20, say)
        self.ok = Button(Box(10, 200, 68, 24), "OK", lambda: say("OK"), default=True)
        self.window.add(self.size, self.name, GroupBox(Box(4, 90, 140, 70), "Mode"), self.fixed, self.mode, self.rate, self.ok)
        self.desktop = Desktop()
        self.desktop.show(self.window)

    def at(self, x, y):
        return self.window.client.x + x, self.window.client.y + y


@pytest.fixture
def form():
    return Form()


def test_all_of_it_has_words(form):
    assert form.window.describe().splitlines()[1:] == [
        "  field Size: 4096 (focus)",
        "  field Name: block",
        "  group Mode",
        "  check box Fixed: not checked",
        "  choice mode: Standard, 2 of 3",
        "  slider rate: 5 of 20",
        "  button OK",
    ]


def test_everything_by_keyboard(form):
    keys(form.desktop, "tab")
    write(form.desktop, "x")
    keys(form.desktop, "tab", "space", "space", "tab", "down", "down", "up", "tab")
    keys(form.desktop, "right", "left", "pagedown", "end", "right", "home", "tab", "enter")
    assert form.log == ["x", True, False, 2, 0, 2, 6, 5, 7, 20, 0, "OK"]
    keys(form.desktop, "tab", shift=True)
    assert form.rate.focused


def test_everything_by_mouse(form):
    click(form.desktop, *form.at(20, 80))
    drag(form.desktop, form.at(20, 80), form.at(300, 80))
    click(form.desktop, *form.at(20, 145))
    click(form.desktop, *form.at(202, 178))
    click(form.desktop, *form.at(15, 178))
    click(form.desktop, *form.at(180, 178))
    assert form.log == [True, 2, 6, 5, 7]
    thumb = 10 + win31.thumb_at(200, 7, 20) + 5
    drag(form.desktop, form.at(thumb, 178), form.at(400, 178))
    assert (form.rate.at, form.log[-1]) == (20, 20)
    form.desktop.post(Mouse("wheel", *form.at(50, 178), wheel=-1))
    assert form.rate.at == 19


def test_mnemonics_lead_to_what_they_name(form):
    keys(form.desktop, "f", alt=True)
    assert (form.log, form.fixed.focused) == ([True], True)
    keys(form.desktop, "n", alt=True)
    write(form.desktop, "new")
    assert form.name.text == "new", "what was there is selected, and replaced"
    keys(form.desktop, "enter")
    assert form.log[-1] == "OK"


def test_a_field_for_digits(form):
    write(form.desktop, "x12345")
    assert (form.size.text, form.size.number) == ("409612", 409612), "no letters, and no more than six"
    keys(form.desktop, "a", ctrl=True)
    keys(form.desktop, "delete")
    assert (form.size.text, form.size.number) == ("", None)


def test_a_field_is_edited_like_any_text(form):
    form.name.text = "one two"
    keys(form.desktop, "tab", "home")
    keys(form.desktop, "right", shift=True)
    write(form.desktop, "O")
    keys(form.desktop, "end")
    keys(form.desktop, "backspace", ctrl=True)
    assert form.name.text == "One "
    x = 10 + 60 + 1 + 4
    click(form.desktop, *form.at(x + 1, 50))
    assert form.name.caret == 0
    drag(form.desktop, form.at(x, 50), form.at(x + 400, 50))
    write(form.desktop, "z" * 60)
    form.desktop.draw(Canvas())
    keys(form.desktop, "home")
    form.desktop.draw(Canvas())
    assert form.name.text == "z" * 60
    click(form.desktop, *form.at(x + 20, 50), clicks=2)
    assert (form.name.anchor, form.name.caret) == (0, 60)


def test_what_is_disabled_stays_as_it_is(form):
    for widget in (form.fixed, form.mode, form.rate, form.name):
        widget.enabled = False
    keys(form.desktop, "tab")
    assert form.ok.focused
    for y in (80, 145, 178, 50):
        click(form.desktop, *form.at(80, y))
    keys(form.desktop, "f", "n", alt=True)
    assert form.log == []
    form.desktop.draw(Canvas())


@pytest.mark.parametrize("at", range(6))
def test_focus_can_be_seen(form, at):
    form.window.set_focus(form.ok if at == 0 else form.size)
    form.desktop.draw(canvas := Canvas())
    before = canvas.pixels()
    form.window.set_focus(form.window.ring[at])
    form.desktop.draw(canvas)
    if form.window.ring[at] is not form.size:
        assert canvas.pixels() != before


def test_tips_are_shown_to_a_pointer_that_rests(form):
    form.ok.tip = "Do it"
    form.window.add(panel := Panel(Box(220, 10, 60, 60), lambda canvas, box: None))
    panel.tip_at = lambda x, y: f"{x - 220} from the left"
    desktop = form.desktop
    desktop.post(Mouse("move", *form.at(20, 210)))
    desktop.tick(REST / 2)
    assert desktop.tip == ""
    desktop.tick(REST / 2)
    assert desktop.tip == "Do it"
    desktop.post(Mouse("move", *form.at(250, 20)))
    assert desktop.tip == ""
    desktop.tick(REST)
    assert desktop.tip == "30 from the left"
    desktop.post(Mouse("down", *form.at(20, 210)))
    desktop.tick(REST)
    assert desktop.tip == "", "not while a button is held"


def test_a_tip_stays_on_the_desktop():
    desktop = Desktop()
    desktop.tip, desktop.pointer = "a note at the edge", (630, 470)
    blank, canvas = Canvas(), Canvas()
    desktop.draw(canvas)
    desktop.tip = ""
    desktop.draw(blank)
    changed = [at for at, pair in enumerate(zip(blank.pixels(), canvas.pixels(), strict=True)) if pair[0] != pair[1]]
    assert len(changed) > 17 * 80
    assert max(at // 640 for at in changed) < 470


def test_a_window_hands_its_look_to_what_stands_in_it():
    class Thick:
        """Another look: all like the first, but a caption of 30."""

        def __getattr__(self, name):
            return getattr(win31, name)

        CAPTION = 30

        def client(self, box, menu=False, status=False, dialog=False):
            plain = win31.client(box, menu, status, dialog)
            return Box(plain.x, plain.y + 12, plain.w, plain.h - 12)

    look = Thick()
    button = Button(Box(0, 0, 60, 24), "&A", lambda: None)
    window = Window(Box(0, 0, 200, 100), "W", status="", look=look)
    window.add(button)
    assert window.look is window.status.look is button.look is look
    assert window.client.y == 4 + 19 + 12
    assert Window(Box(0, 0, 200, 100), "W").look is win31


def test_letters_beyond_ascii_and_with_altgr_arrive():
    translate = Translator().translate
    event = pygame.event.Event

    def typed(key, unicode, mod=0):
        return translate(event(pygame.KEYDOWN, key=key, mod=mod, unicode=unicode)).typed

    assert typed(228, "ä") == "ä"
    assert typed(228, "Ä", pygame.KMOD_LSHIFT) == "Ä"
    assert typed(pygame.K_KP5, "5") == "5"
    assert typed(pygame.K_q, "@", pygame.KMOD_RALT) == "@"
    assert typed(pygame.K_q, "@", pygame.KMOD_RALT | pygame.KMOD_LCTRL) == "@"
    assert typed(pygame.K_q, "q", pygame.KMOD_LALT) == ""
    assert typed(pygame.K_s, "\x13", pygame.KMOD_LCTRL) == ""
    assert Key("enter", "\r").typed == ""
    assert middle(Box(0, 0, 10, 20)) == (5, 10)
