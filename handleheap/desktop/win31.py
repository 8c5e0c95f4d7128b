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

from collections.abc import Sequence

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
LINE = 8
"""Height of a dividing line in a menu."""
TICK = 18
"""Width of the column of ticks in a menu."""
TITLE_BEFORE, TITLE_AFTER = 8, 7
"""Pixels before and after a title of a menu bar."""
SIGN = 19
"""Distance of the text of a check box or radio button from the left, its sign included."""

DOWN = ("#######", ".#####.", "..###..", "...#...")
UP = DOWN[::-1]
UP_AND_DOWN = (*UP, ".......", *DOWN)
ARROW_DOWN = ("..###..", "..###..", "..###..", "#######", ".#####.", "..###..", "...#...")
ARROW_UP = ARROW_DOWN[::-1]
ARROW_RIGHT = tuple("".join(row[x] for row in ARROW_DOWN) for x in range(7))
ARROW_LEFT = tuple(row[::-1] for row in ARROW_RIGHT)
RING = ("...######...", ".##wwwwww##.", ".#wwwwwwww#.", *["#wwwwwwwwww#"] * 6, ".#wwwwwwww#.", ".##wwwwww##.", "...######...")
DOT = (".####.", "######", "######", "######", "######", ".####.")


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


def title_bar(box: Box, dialog: bool = False) -> Box:
    """The caption of a window, with its boxes: where it can be grabbed."""
    inner = inside(box, dialog)
    return Box(inner.x, inner.y, inner.w, CAPTION)


def control(box: Box, dialog: bool = False) -> Box:
    """The box at the left of the caption, from which the system menu drops."""
    return title_bar(box, dialog)._replace(w=CAPTION)


def part_at(box: Box, x: int, y: int, dialog: bool = False, sizeable: bool = True) -> str:
    """What of a window is at a pixel: `control`, `minimise`, `maximise`, `caption`, a side like `left` or a corner like
    `top left` by which it can be sized, or nothing of all that.

    >>> [part_at(Box(0, 0, 200, 100), x, y) for x, y in ((5, 5), (194, 5), (175, 5), (90, 5), (199, 50), (199, 99), (90, 50))]
    ['control', 'maximise', 'minimise', 'caption', 'right', 'bottom right', '']
    """
    if not box.holds(x, y):
        return ""
    title = title_bar(box, dialog)
    if title.holds(x, y):
        at = (title.right - 1 - x) // (CAPTION + 1)
        boxes = () if dialog else ("maximise", "minimise") if sizeable else ("minimise",)
        if at < len(boxes):
            return boxes[at]
        return "control" if x < title.x + CAPTION else "caption"
    if dialog or not sizeable or inside(box).holds(x, y):
        return ""
    near = NOTCH + 1
    down = "top" if y < box.y + near else "bottom" if y >= box.bottom - near else ""
    across = "left" if x < box.x + near else "right" if x >= box.right - near else ""
    return f"{down} {across}".strip()


def window(canvas: Canvas, box: Box, title: str, active: bool = True, sizeable: bool = True, maximised: bool = False) -> None:
    """A window's frame, caption and ground. One that cannot be sized has no ticks in its frame and no box to maximise it."""
    canvas.fill(box, Ink.BORDER if active else Ink.IDLE_BORDER)
    canvas.frame(box, Ink.FRAME)
    canvas.frame(box.inset(FRAME - 1), Ink.FRAME)
    for x in (box.x + NOTCH, box.right - 1 - NOTCH) if sizeable else ():
        for y in (box.y + 1, box.bottom - FRAME + 1):
            canvas.vline(x, y, FRAME - 2, Ink.FRAME)
    for y in (box.y + NOTCH, box.bottom - 1 - NOTCH) if sizeable else ():
        for x in (box.x + 1, box.right - FRAME + 1):
            canvas.hline(x, y, FRAME - 2, Ink.FRAME)
    canvas.fill(inside(box), Ink.WINDOW)
    boxes = [UP_AND_DOWN if maximised else UP] if sizeable else []
    caption(canvas, title_bar(box), title, active, [*boxes, DOWN])


def dialog(canvas: Canvas, box: Box, title: str, active: bool = True) -> None:
    """A dialog's frame, caption and ground."""
    canvas.fill(box, Ink.TITLE if active else Ink.IDLE_TITLE)
    canvas.frame(box, Ink.FRAME)
    canvas.frame(box.inset(DIALOG_FRAME - 1), Ink.FRAME)
    canvas.fill(inside(box, dialog=True), Ink.WINDOW)
    caption(canvas, title_bar(box, dialog=True), title, active)


def caption(canvas: Canvas, box: Box, title: str, active: bool, boxes: Sequence[tuple[str, ...]] = ()) -> None:
    """A caption with its boxes, given from the right by their pictures, and the line below it."""
    canvas.fill(box, Ink.TITLE if active else Ink.IDLE_TITLE)
    canvas.hline(box.x, box.bottom, box.w, Ink.FRAME)
    control_box(canvas, box.x, box.y)
    right = box.right
    for rows in boxes:
        right -= CAPTION + 1
        size_box(canvas, right, box.y, rows)
    left = box.x + CAPTION + 1
    font = faces().system
    room = Box(left + 3, box.y, right - left - 6, CAPTION)
    canvas.text_fit(room, title, font, Ink.TITLE_TEXT if active else Ink.IDLE_TEXT, "centre")


def control_box(canvas: Canvas, x: int, y: int, chosen: bool = False) -> None:
    """The box at the left of a caption: a bar of 13 x 3 with a shadow. It is dark while its menu is open."""
    canvas.fill(Box(x, y, CAPTION, CAPTION), Ink.SHADOW if chosen else Ink.FACE)
    canvas.vline(x + CAPTION, y, CAPTION, Ink.FRAME)
    bar = Box(x + 2, y + 8, 13, 3)
    canvas.fill(bar.moved(1, 1), Ink.FACE if chosen else Ink.SHADOW)
    canvas.fill(bar, Ink.FRAME if chosen else Ink.LIGHT)
    canvas.frame(bar, Ink.LIGHT if chosen else Ink.FRAME)


def size_box(canvas: Canvas, x: int, y: int, rows: tuple[str, ...]) -> None:
    """A raised box at the right of a caption, with the line on its left at x."""
    canvas.vline(x, y, CAPTION, Ink.FRAME)
    box = Box(x + 1, y, CAPTION, CAPTION)
    raised(canvas, box)
    canvas.art(box.x + 5, box.y + 9 - len(rows) // 2, rows, {"#": Ink.FACE_TEXT})


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


def menu_text(canvas: Canvas, box: Box, text: str, *, chosen: bool = False) -> None:
    """A title of a bar: white on navy when it is chosen."""
    if chosen:
        canvas.fill(box, Ink.SELECTED)
    canvas.label(box.x + TITLE_BEFORE, box.y + 2, text, faces().system, Ink.SELECTED_TEXT if chosen else Ink.MENU_TEXT)


def menu_ground(canvas: Canvas, box: Box) -> None:
    """The ground of a menu that has dropped."""
    canvas.fill(box, Ink.MENU)
    canvas.frame(box, Ink.FRAME)


def menu_item(
    canvas: Canvas, box: Box, text: str, shortcut: str, *, chosen: bool = False, enabled: bool = True, checked: bool = False
) -> None:
    """An item of a menu, or a line if it has no text."""
    if not text:
        canvas.hline(box.x, box.y + LINE // 2, box.w, Ink.FRAME)
        return
    if chosen:
        canvas.fill(box, Ink.SELECTED)
    font = faces().system
    ink = Ink.GREYED if not enabled else Ink.SELECTED_TEXT if chosen else Ink.MENU_TEXT
    if checked:
        canvas.text(box.x + 4, box.y + 2, "✓", font, ink)
    canvas.label(box.x + TICK, box.y + 2, text, font, ink)
    canvas.text(box.right - 8 - font.width(shortcut), box.y + 2, shortcut, font, ink)


def check_box(canvas: Canvas, box: Box, text: str, *, checked: bool = False, focus: bool = False, enabled: bool = True) -> None:
    """A square with a cross in it or none, and a text; nothing is filled but the square."""
    square = Box(box.x, box.y + (box.h - 13) // 2, 13, 13)
    canvas.fill(square, Ink.WINDOW)
    canvas.frame(square, Ink.FRAME if enabled else Ink.GREYED)
    for step in range(1, 12) if checked else ():
        canvas.point(square.x + step, square.y + step, Ink.TEXT if enabled else Ink.GREYED)
        canvas.point(square.x + 12 - step, square.y + step, Ink.TEXT if enabled else Ink.GREYED)
    sign_text(canvas, box, text, focus, enabled)


def radio(canvas: Canvas, box: Box, text: str, *, chosen: bool = False, focus: bool = False, enabled: bool = True) -> None:
    """A circle with a dot in it or none, and a text."""
    x, y = box.x, box.y + (box.h - len(RING)) // 2
    canvas.art(x, y, RING, {"#": Ink.FRAME if enabled else Ink.GREYED, "w": Ink.WINDOW})
    if chosen:
        canvas.art(x + 3, y + 3, DOT, {"#": Ink.TEXT if enabled else Ink.GREYED})
    sign_text(canvas, box, text, focus, enabled)


def sign_text(canvas: Canvas, box: Box, text: str, focus: bool, enabled: bool) -> None:
    """The text behind the sign of a check box or radio button, in dots if it has the focus."""
    font = faces().system
    y = box.y + font.centred(box.h)
    canvas.label(box.x + SIGN, y, text, font, Ink.TEXT if enabled else Ink.GREYED)
    if focus:
        canvas.dotted(Box(box.x + SIGN - 3, y - 1, font.width(mnemonic(text)[0]) + 5, font.height + 1), Ink.TEXT)


def field(canvas: Canvas, box: Box) -> None:
    """The ground of a line to write in."""
    canvas.fill(box, Ink.WINDOW)
    canvas.frame(box, Ink.FRAME)


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


def scroll_bar(canvas: Canvas, box: Box, at: int, last: int, across: bool = False, focus: bool = False) -> None:
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
        if focus and not arrow:
            canvas.dotted(piece.inset(4), Ink.FACE_TEXT)


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


def tooltip_box(x: int, y: int, text: str) -> Box:
    """The rectangle that a note with its corner at (x, y) covers."""
    font = faces().small
    return Box(x, y, font.width(text) + 7, font.height + 4)


def tooltip(canvas: Canvas, x: int, y: int, text: str) -> Box:
    """A note next to the pointer; returns the rectangle it covers."""
    font = faces().small
    box = tooltip_box(x, y, text)
    canvas.fill(box, Ink.TIP)
    canvas.frame(box, Ink.FRAME)
    canvas.text(x + 4, y + font.centred(box.h), text, font, Ink.BLACK)
    return box
