"""The toolkit's pictures, compared index by index."""

from pathlib import Path

import pytest

from handleheap.desktop import icons, win31
from handleheap.desktop.box import Box
from handleheap.desktop.canvas import Canvas
from handleheap.desktop.checkbox import CheckBox
from handleheap.desktop.desk import Desktop
from handleheap.desktop.events import Key, Mouse
from handleheap.desktop.field import Field
from handleheap.desktop.fonts import STAND_IN, faces
from handleheap.desktop.skin import Ink, palette
from handleheap.desktop.slider import Slider
from handleheap.desktop.window import Window
from handleheap.view.palette import Pattern
from tests.golden import assert_golden

from .gallery import PROGRAMS, Gallery, editor, form

GOLDEN = Path(__file__).parent / "golden"


def main():
    return Gallery().draw()


def dialog():
    gallery = Gallery()
    gallery.refuse()
    return gallery.draw()


def menu():
    gallery = Gallery()
    for key in (Key("w", alt=True), Key("down")):
        gallery.desktop.post(key)
    gallery.desktop.pointer = (420, 110)
    gallery.desktop.tip = "handle 0x0A3F, 24,576 bytes"
    return gallery.draw()


def busy():
    gallery = Gallery()
    gallery.desktop.busy = True
    gallery.canvas.colours = palette("hot dog")
    return gallery.draw()


def controls():
    """Widgets to write into and to choose with, the focus on each kind once."""
    desktop, canvas = Desktop(), Canvas()
    desktop.show(editor())
    desktop.show(form())
    desktop.windows[1].set_focus(desktop.windows[1].ring[2])
    desktop.draw(canvas)
    for at, widget in enumerate(
        (
            Field(Box(10, 8, 170, 22), "&Name:", "LETTER.TXT", label=60),
            CheckBox(Box(10, 9, 170, 20), "Word &wrap", checked=True),
            Slider(Box(10, 10, 170, 17), "speed", 12, 20),
        )
    ):
        window = Window(Box(8, 212 + 84 * at, 200, 70), type(widget).__name__, resizable=False)
        window.add(widget)
        widget.entered()
        window.draw(canvas)
    return canvas


def states():
    """Minimised windows, one of them chosen, so that the topmost is not active for the moment; and an outline."""
    gallery = Gallery()
    desktop = gallery.desktop
    desktop.icons.clear()
    gallery.window.place(8, 168)
    for window, (_, picture) in zip(list(desktop.windows), PROGRAMS, strict=False):
        window.icon = picture
        if window is not gallery.window:
            desktop.manager.minimise(window)
    for _ in range(2):
        desktop.post(Key("tab", ctrl=True))
    window = Window(Box(40, 40, 260, 120), "Clock", resizable=False)
    desktop.windows.insert(0, window)
    desktop.arrange()
    return gallery.draw()


def system():
    """A maximised window with its system menu, and the menu of an icon would be the same."""
    gallery = Gallery()
    desktop = gallery.desktop
    desktop.manager.maximise(gallery.window)
    desktop.post(Key("space", alt=True))
    desktop.post(Key("up"))
    return gallery.draw()


def outline():
    """A window that is sized, over one that cannot be."""
    gallery = Gallery()
    desktop = gallery.desktop
    box = gallery.window.box
    desktop.windows[0].resizable = False
    desktop.post(Mouse("down", box.right - 1, box.y))
    desktop.post(Mouse("move", box.right - 90, box.y - 60))
    return gallery.draw()


def specimen():
    canvas = Canvas()
    canvas.fill(Box(0, 0, 640, 480), Ink.WINDOW)
    y = 8
    chars = "".join(map(chr, range(0x20, 0x7F))) + "…–×÷▸▾▴←→↑↓✓⌘•·" + STAND_IN
    for face in faces():
        for at in range(0, len(chars), 56):
            canvas.text(8, y, chars[at : at + 56], face, Ink.TEXT)
            y += face.height + 4
        canvas.text(8, y, "Not Enough Memory: the largest free block is 12,288 bytes, 0x3000.", face, Ink.TEXT)
        y += face.height + 12
    return canvas


def parts():
    canvas = Canvas()
    win31.background(canvas)
    for at, pattern in enumerate(Pattern):
        win31.swatch(canvas, Box(12 + 44 * at, 12, 36, 36), pattern, at, at + 8)
    for at, state in enumerate(({}, {"default": True}, {"focus": True}, {"down": True, "focus": True}, {"enabled": False})):
        win31.button(canvas, Box(12 + 92 * at, 64, 84, 24), "&Compact", **state)
    win31.scroll_bar(canvas, Box(12, 104, 200, win31.SCROLL), 3, 9, across=True)
    win31.scroll_bar(canvas, Box(12, 136, win31.SCROLL, 120), 3, 9)
    for at, part in enumerate((0, 30, 55, 100)):
        win31.meter(canvas, Box(240, 104 + 24 * at, 160, 18), part, 100, f"{part} %")
    win31.group(canvas, Box(44, 136, 168, 120), "Memory")
    icons.warning(canvas, 60, 160)
    icons.information(canvas, 110, 160)
    icons.hourglass(canvas, 180, 176)
    win31.tooltip(canvas, 60, 216, "handle 0x0A3F")
    win31.window(canvas, Box(240, 220, 180, 120), "Active")
    win31.window(canvas, Box(440, 220, 180, 120), "A title that is too long", active=False)
    win31.dialog(canvas, Box(440, 350, 180, 100), "Dialog")
    win31.status_line(canvas, Box(12, 440, 400, win31.STATUS), "Compaction moved 3 blocks, 24,576 bytes.")
    return canvas


@pytest.mark.parametrize(
    "draw", [main, dialog, menu, busy, controls, states, system, outline, specimen, parts], ids=lambda draw: draw.__name__
)
def test_golden(draw):
    assert_golden(draw(), GOLDEN / f"{draw.__name__}.png")
