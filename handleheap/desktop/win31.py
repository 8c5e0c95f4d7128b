"""The look, in the style of Windows 3.1: functions that draw one part each and keep nothing.

    +--+-----------------------+--+
    |  |                       |  |    sizing frame: black, two of border, black; ticks 23 from each corner
    +--+--+-----------------+--+--+
    |  |==|     caption     |v |^ |    18 high and a black line below; boxes of 18 with a black line beside them
    |  +--+-----------------+--+--+
    |  | menu bar                 |    18 high and a black line below
    |  +--------------------------+

`.os.evidence` Border width 3, dialog frame 4 and thumb 16 are the system's own metrics (grade: documented); all other
numbers are chosen by eye (grade: chosen). No picture, icon or letter is taken from anybody.
"""

from __future__ import annotations

from ..view.palette import Pattern
from .box import Box
from .canvas import Canvas
from .fonts import faces, mnemonic
from .skin import Ink

FRAME = 4
"""Width of the sizing frame."""
DIALOG_FRAME = 6
"""Width of the frame of a dialog: black, four of the title's colour, black."""
CAPTION = 18
MENU_BAR = 18
NOTCH = 23
"""Distance of the ticks in the frame from the corners."""
SCROLL = 17
"""Width of a scroll bar, outline included."""
ARROW = 16
"""Height of its arrow buttons with the line that ends them, and of its thumb."""
STATUS = 20
ITEM = 18
"""Height of an item in a menu."""

DOWN = ("#######", ".#####.", "..###..", "...#...")
UP = DOWN[::-1]
ARROW_DOWN = ("..###..", "..###..", "..###..", "#######", ".#####.", "..###..", "...#...")
ARROW_UP = ARROW_DOWN[::-1]
ARROW_RIGHT = tuple("".join(row[x] for row in ARROW_DOWN) for x in range(7))
ARROW_LEFT = tuple(row[::-1] for row in ARROW_RIGHT)


def background(canvas: Canvas) -> None:
    """The empty desktop."""
    canvas.fill(Box(0, 0, *canvas.size), Ink.DESKTOP)


def inside(box: Box, dialog: bool = False) -> Box:
    """What a window leaves to its caption and contents."""
    return box.inset(DIALOG_FRAME if dialog else FRAME)


def client(box: Box, menu: bool = False, status: bool = False, dialog: bool = False) -> Box:
    """What a window leaves to its contents.

    >>> client(Box(0, 0, 200, 100), menu=True)
    Box(x=4, y=42, w=192, h=54)
    """
    inner = inside(box, dialog)
    top = CAPTION + 1 + (MENU_BAR + 1 if menu else 0)
    return Box(inner.x, inner.y + top, inner.w, inner.h - top - (STATUS + 1 if status else 0))


def window(canvas: Canvas, box: Box, title: str, active: bool = True, sizeable: bool = True) -> None:
    """A window's frame, caption and ground."""
    canvas.fill(box, Ink.BORDER if active else Ink.IDLE_BORDER)
    canvas.frame(box, Ink.FRAME)
    canvas.frame(box.inset(FRAME - 1), Ink.FRAME)
    for x in (box.x + NOTCH, box.right - 1 - NOTCH):
        for y in (box.y + 1, box.bottom - FRAME + 1):
            canvas.vline(x, y, FRAME - 2, Ink.FRAME)
    for y in (box.y + NOTCH, box.bottom - 1 - NOTCH):
        for x in (box.x + 1, box.right - FRAME + 1):
            canvas.hline(x, y, FRAME - 2, Ink.FRAME)
    inner = inside(box)
    canvas.fill(inner, Ink.WINDOW)
    caption(canvas, Box(inner.x, inner.y, inner.w, CAPTION), title, active, sizeable)


def dialog(canvas: Canvas, box: Box, title: str, active: bool = True) -> None:
    """A dialog's frame, caption and ground."""
    canvas.fill(box, Ink.TITLE if active else Ink.IDLE_TITLE)
    canvas.frame(box, Ink.FRAME)
    canvas.frame(box.inset(DIALOG_FRAME - 1), Ink.FRAME)
    inner = inside(box, dialog=True)
    canvas.fill(inner, Ink.WINDOW)
    caption(canvas, Box(inner.x, inner.y, inner.w, CAPTION), title, active, sizeable=False)


def caption(canvas: Canvas, box: Box, title: str, active: bool, sizeable: bool) -> None:
    """A caption with its boxes and the line below it."""
    canvas.fill(box, Ink.TITLE if active else Ink.IDLE_TITLE)
    canvas.hline(box.x, box.bottom, box.w, Ink.FRAME)
    control_box(canvas, box.x, box.y)
    right = box.right
    if sizeable:
        for rows in (UP, DOWN):
            right -= CAPTION + 1
            size_box(canvas, right, box.y, rows)
    left = box.x + CAPTION + 1
    font = faces().system
    room = Box(left + 3, box.y, right - left - 6, CAPTION)
    canvas.text_fit(room, title, font, Ink.TITLE_TEXT if active else Ink.IDLE_TEXT, "centre")


def control_box(canvas: Canvas, x: int, y: int) -> None:
    """The box at the left of a caption: a bar of 13 x 3 with a shadow."""
    canvas.fill(Box(x, y, CAPTION, CAPTION), Ink.FACE)
    canvas.vline(x + CAPTION, y, CAPTION, Ink.FRAME)
    bar = Box(x + 2, y + 8, 13, 3)
    canvas.fill(bar.moved(1, 1), Ink.SHADOW)
    canvas.fill(bar, Ink.LIGHT)
    canvas.frame(bar, Ink.FRAME)


def size_box(canvas: Canvas, x: int, y: int, rows: tuple[str, ...]) -> None:
    """A raised box at the right of a caption, with the line on its left at x."""
    canvas.vline(x, y, CAPTION, Ink.FRAME)
    box = Box(x + 1, y, CAPTION, CAPTION)
    raised(canvas, box)
    canvas.art(box.x + 5, box.y + 7, rows, {"#": Ink.FACE_TEXT})


def raised(canvas: Canvas, box: Box, depth: int = 2) -> None:
    """A face that stands out: light above and left, `depth` pixels of shadow below and right."""
    canvas.fill(box, Ink.FACE)
    canvas.hline(box.x, box.y, box.w - 1, Ink.LIGHT)
    canvas.vline(box.x, box.y, box.h - 1, Ink.LIGHT)
    for step in range(depth):
        canvas.hline(box.x + step, box.bottom - 1 - step, box.w - step, Ink.SHADOW)
        canvas.vline(box.right - 1 - step, box.y + step, box.h - step, Ink.SHADOW)


def sunken(canvas: Canvas, box: Box, ground: int = Ink.FACE) -> None:
    """A ground that lies deeper: shadow above and left, light below and right."""
    canvas.fill(box, ground)
    canvas.hline(box.x, box.y, box.w - 1, Ink.SHADOW)
    canvas.vline(box.x, box.y, box.h - 1, Ink.SHADOW)
    canvas.hline(box.x + 1, box.bottom - 1, box.w - 1, Ink.LIGHT)
    canvas.vline(box.right - 1, box.y + 1, box.h - 1, Ink.LIGHT)


def button(
    canvas: Canvas, box: Box, text: str, *, default: bool = False, focus: bool = False, down: bool = False, enabled: bool = True
) -> None:
    """A push button; its outline has no corners, so what is below shows there."""
    edge = 2 if default else 1
    canvas.fill(Box(box.x + 1, box.y, box.w - 2, box.h), Ink.FRAME)
    canvas.fill(Box(box.x, box.y + 1, box.w, box.h - 2), Ink.FRAME)
    face = box.inset(edge)
    if down:
        canvas.fill(face, Ink.FACE)
        canvas.hline(face.x, face.y, face.w, Ink.SHADOW)
        canvas.vline(face.x, face.y, face.h, Ink.SHADOW)
    else:
        raised(canvas, face)
    font = faces().system
    width = font.width(mnemonic(text)[0])
    x = box.x + (box.w - width) // 2 + down
    y = box.y + font.centred(box.h - 1) + down
    canvas.label(x, y, text, font, Ink.FACE_TEXT if enabled else Ink.GREYED)
    if focus:
        canvas.dotted(box.inset(4).moved(int(down), int(down)), Ink.FACE_TEXT)


def menu_bar(canvas: Canvas, box: Box) -> None:
    """The ground of a menu bar, with the line below it: `box` is `MENU_BAR` high, the line comes after."""
    canvas.fill(box, Ink.MENU)
    canvas.hline(box.x, box.bottom, box.w, Ink.FRAME)


def menu_text(canvas: Canvas, box: Box, text: str, *, chosen: bool = False, enabled: bool = True) -> None:
    """A title of a bar, or an item of a menu: white on navy when it is chosen."""
    if chosen:
        canvas.fill(box, Ink.SELECTED)
    ink = Ink.GREYED if not enabled else Ink.SELECTED_TEXT if chosen else Ink.MENU_TEXT
    canvas.label(box.x + 8, box.y + 2, text, faces().system, ink)


def status_line(canvas: Canvas, box: Box, text: str) -> None:
    """A grey line at the foot of a window with the text in a sunken field; a black line closes it off above."""
    canvas.hline(box.x, box.y - 1, box.w, Ink.FRAME)
    canvas.fill(box, Ink.FACE)
    field = Box(box.x + 4, box.y + 2, box.w - 8, box.h - 4)
    sunken(canvas, field)
    canvas.text_fit(Box(field.x + 4, field.y, field.w - 8, field.h), text, faces().small, Ink.FACE_TEXT)


def row(canvas: Canvas, box: Box, chosen: bool, focus: bool = False) -> Ink:
    """The ground of a row in a list; returns the ink for its text."""
    canvas.fill(box, Ink.SELECTED if chosen else Ink.WINDOW)
    if focus:
        canvas.dotted(box, Ink.SELECTED_TEXT if chosen else Ink.TEXT)
    return Ink.SELECTED_TEXT if chosen else Ink.TEXT


def thumb_at(length: int, at: int, last: int) -> int:
    """Where the thumb of a scroll bar of `length` pixels begins when it shows `at` of 0 … `last`.

    >>> thumb_at(100, 0, 10), thumb_at(100, 10, 10)
    (16, 68)
    """
    room = length - 3 * ARROW
    return ARROW + (room * at // last if last > 0 and room > 0 else 0)


def thumb_to(length: int, pixel: int, last: int) -> int:
    """The inverse: what a thumb stands for that was dragged to begin at `pixel`."""
    room = length - 3 * ARROW
    return max(0, min(last, ((pixel - ARROW) * last + room // 2) // room)) if room > 0 else 0


def scroll_bar(canvas: Canvas, box: Box, at: int, last: int, across: bool = False) -> None:
    """A scroll bar, upright or `across`, that shows `at` of 0 … `last`; without a thumb if there is nothing to scroll."""
    canvas.fill(box, Ink.FACE)
    canvas.frame(box, Ink.FRAME)
    length = box.w if across else box.h
    thumb = thumb_at(length, at, last)
    pieces = [(0, ARROW_LEFT if across else ARROW_UP), (length - ARROW - 1, ARROW_RIGHT if across else ARROW_DOWN)]
    if last > 0 and length > 3 * ARROW:
        pieces.append((thumb, ()))
    for start, arrow in pieces:
        piece = Box(box.x + start, box.y, ARROW + 1, SCROLL) if across else Box(box.x, box.y + start, SCROLL, ARROW + 1)
        canvas.frame(piece, Ink.FRAME)
        raised(canvas, piece.inset(1))
        canvas.art(piece.x + 5, piece.y + 5, arrow, {"#": Ink.FACE_TEXT})


def meter(canvas: Canvas, box: Box, part: int, whole: int, text: str = "") -> None:
    """A bar that is full up to `part` of `whole`; the text changes its colour at the edge."""
    sunken(canvas, box, Ink.WINDOW)
    inner = box.inset(1)
    full = inner.w * max(0, min(part, whole)) // whole if whole > 0 else 0
    font = faces().small
    x = (inner.w - font.width(text)) // 2
    y = font.centred(inner.h)
    for start, width, ground, ink in (
        (0, full, Ink.SELECTED, Ink.SELECTED_TEXT),
        (full, inner.w - full, Ink.WINDOW, Ink.TEXT),
    ):
        with canvas.within(Box(inner.x + start, inner.y, width, inner.h)):
            canvas.fill(Box(0, 0, width, inner.h), ground)
            canvas.text(x - start, y, text, font, ink)


def group(canvas: Canvas, box: Box, title: str, ground: int = Ink.FACE) -> None:
    """An engraved frame around things that belong together, its title set into the top edge."""
    font = faces().small
    edge = Box(box.x, box.y + font.height // 2, box.w - 1, box.h - font.height // 2 - 1)
    canvas.frame(edge.moved(1, 1), Ink.LIGHT)
    canvas.frame(edge, Ink.SHADOW)
    canvas.fill(Box(box.x + 6, box.y, font.width(title) + 4, font.height), ground)
    canvas.text(box.x + 8, box.y, title, font, Ink.FACE_TEXT)


def swatch(canvas: Canvas, box: Box, pattern: Pattern, ground: int, ink: int) -> None:
    """A hatched square of a legend, in a black frame."""
    canvas.hatch(box, pattern, ground, ink)
    canvas.frame(box, Ink.FRAME)


def tooltip(canvas: Canvas, x: int, y: int, text: str) -> Box:
    """A note next to the pointer; returns the rectangle it covers."""
    font = faces().small
    box = Box(x, y, font.width(text) + 7, font.height + 4)
    canvas.fill(box, Ink.TIP)
    canvas.frame(box, Ink.FRAME)
    canvas.text(x + 4, y + font.centred(box.h), text, font, Ink.BLACK)
    return box
