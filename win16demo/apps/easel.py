"""The parts of Paintbrush: tools, palette and the sheet with the picture. What is done to them is told, nothing is kept.

+----+------------------+
|////|  sheet           |   the picture, as many times as large as fits; arrows move a cross, Space uses the tool there
|////|                  |
+----+------------------+
|  # |################  |   the ink at hand, and the sixteen there are
+-----------------------+
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from handleheap.desktop.box import Box
from handleheap.desktop.canvas import Canvas
from handleheap.desktop.events import Key, Mouse
from handleheap.desktop.skin import Ink
from handleheap.desktop.widget import Widget

from . import shapes
from .shapes import Span
from .signs import INKS_OF_SIGNS, SIGNS

Do = Callable[..., object]

CELL = 22
"""A tool is a button of this size."""
SWATCH = 15
"""An ink is so many pixels high, and as wide or up to twice as wide."""
FAR = 1_000
"""No coordinate is larger."""
FREE = ("pencil", "brush", "eraser")
"""Tools that draw while the mouse moves."""
TOOLS = ("pencil", "brush", "line", "eraser", "box", "filled", "disc", "fill")
NAMES = ("Pencil", "Brush", "Line", "Eraser", "Box", "Filled box", "Disc", "Flood fill")
INKS = (
    "Black", "White", "Grey", "Silver", "Maroon", "Red", "Olive", "Yellow",
    "Green", "Lime", "Teal", "Aqua", "Navy", "Blue", "Purple", "Fuchsia",
)  # fmt: skip
"""The palette, in the order in which it is shown."""
WIDE = {"brush": 2, "eraser": 3}
"""Pixels that a tool reaches to each side."""


def ink_of(number: int) -> int:
    """The palette index of an ink."""
    return int(Ink[INKS[number].upper()])


def marks(tool: str, x0: int, y0: int, x1: int, y1: int) -> Iterator[Span]:
    """The pixels that a tool covers when it is drawn from one point to another."""
    if tool in WIDE:
        reach = WIDE[tool]
        tip = shapes.ellipse if tool == "brush" else shapes.block
        for x, y, _ in shapes.segment(x0, y0, x1, y1):
            yield from tip(x - reach, y - reach, x + reach, y + reach)
    else:
        draw = {"box": shapes.outline, "filled": shapes.block, "disc": shapes.ellipse}.get(tool, shapes.segment)
        yield from draw(x0, y0, x1, y1)


class Tools(Widget):
    """Two columns of buttons; the arrows choose."""

    role = "tools"
    takes_focus = True

    def __init__(self, box: Box, chosen: str, on_tool: Do, on_undo: Do) -> None:
        super().__init__(box, "Tools")
        self.chosen, self.on_tool, self.on_undo = chosen, on_tool, on_undo

    @property
    def value(self) -> str:
        return NAMES[TOOLS.index(self.chosen)]

    def cell(self, at: int) -> Box:
        return Box(self.box.x + at % 2 * CELL, self.box.y + at // 2 * CELL, CELL + 1, CELL + 1)

    def tip_at(self, x: int, y: int) -> str:
        return next((NAMES[at] for at in range(len(TOOLS)) if self.cell(at).holds(x, y)), "")

    def draw(self, canvas: Canvas) -> None:
        for at, tool in enumerate(TOOLS):
            cell = self.cell(at)
            face = cell.inset(1)
            canvas.frame(cell, Ink.FRAME)
            canvas.fill(face, Ink.FACE)
            down = tool == self.chosen
            if down:
                canvas.fill(face, Ink.LIGHT)
            canvas.hline(face.x, face.y, face.w, Ink.SHADOW if down else Ink.LIGHT)
            canvas.vline(face.x, face.y, face.h, Ink.SHADOW if down else Ink.LIGHT)
            if not down:
                canvas.hline(face.x, face.bottom - 1, face.w, Ink.SHADOW)
                canvas.vline(face.right - 1, face.y, face.h, Ink.SHADOW)
            canvas.art(cell.x + 4 + down, cell.y + 4 + down, SIGNS[tool], INKS_OF_SIGNS)
            if down and self.focused:
                canvas.dotted(face.inset(1), Ink.FACE_TEXT)

    def key(self, event: Key) -> bool:
        if undoes(event):
            self.on_undo()
            return True
        step = {"left": -1, "right": 1, "up": -2, "down": 2}.get(event.name)
        if step is None or event.alt:
            return False
        at = TOOLS.index(self.chosen) + step
        if 0 <= at < len(TOOLS):
            self.on_tool(TOOLS[at])
        return True

    def mouse(self, event: Mouse) -> bool:
        if event.kind == "down":
            for at, tool in enumerate(TOOLS):
                if self.cell(at).holds(event.x, event.y):
                    self.on_tool(tool)
                    break
        return True


class Palette(Widget):
    """The ink at hand, and two rows of eight; the arrows choose."""

    role = "palette"
    takes_focus = True

    def __init__(self, box: Box, chosen: int, on_ink: Do, on_undo: Do) -> None:
        super().__init__(box, "Palette")
        self.chosen, self.on_ink, self.on_undo = chosen, on_ink, on_undo

    @property
    def value(self) -> str:
        return INKS[self.chosen]

    def swatch(self, at: int) -> Box:
        left = 2 * CELL + 5
        wide = max(SWATCH, min(2 * SWATCH, (self.box.w - left - 1) // (len(INKS) // 2)))
        return Box(self.box.x + left + at // 2 * wide, self.box.y + at % 2 * SWATCH, wide + 1, SWATCH + 1)

    def tip_at(self, x: int, y: int) -> str:
        return next((INKS[at] for at in range(len(INKS)) if self.swatch(at).holds(x, y)), "")

    def draw(self, canvas: Canvas) -> None:
        canvas.fill(Box(self.box.x, self.box.y, 2 * CELL + 1, 2 * SWATCH + 1), Ink.WINDOW)
        canvas.frame(Box(self.box.x, self.box.y, 2 * CELL + 1, 2 * SWATCH + 1), Ink.FRAME)
        sample = Box(self.box.x + CELL - 10, self.box.y + SWATCH - 7, 21, 15)
        canvas.fill(sample, ink_of(self.chosen))
        canvas.frame(sample, Ink.FRAME)
        for at in range(len(INKS)):
            canvas.fill(self.swatch(at), ink_of(at))
            canvas.frame(self.swatch(at), Ink.FRAME)
        chosen = self.swatch(self.chosen)
        canvas.frame(chosen.inset(1), Ink.WHITE)
        canvas.frame(chosen.inset(2), Ink.BLACK)
        if self.focused:
            canvas.dotted(sample.inset(-3), Ink.FACE_TEXT)

    def key(self, event: Key) -> bool:
        if undoes(event):
            self.on_undo()
            return True
        step = {"left": -2, "right": 2, "up": -1, "down": 1}.get(event.name)
        if step is None or event.alt:
            return False
        at = self.chosen + step
        if 0 <= at < len(INKS) and (step in (-2, 2) or at // 2 == self.chosen // 2):
            self.on_ink(at)
        return True

    def mouse(self, event: Mouse) -> bool:
        if event.kind == "down":
            for at in range(len(INKS)):
                if self.swatch(at).inset(1).holds(event.x, event.y):
                    self.on_ink(at)
                    break
        return True


class Sheet(Widget):
    """The picture. `show` copies it into a rectangle; the cross is where the keyboard draws, `mark` where it has begun to."""

    role = "picture"
    takes_focus = True

    def __init__(
        self,
        box: Box,
        size: tuple[int, int],
        show: Callable[[Canvas, Box], None],
        *,
        tool: str,
        ink: int,
        cross: tuple[int, int],
        mark: tuple[int, int] | None,
        on_stroke: Do,
        on_cross: Do,
        on_dab: Do,
        on_undo: Do,
        on_leave: Do,
    ) -> None:
        super().__init__(box, "PICTURE.BMP")
        self.show, self.tool, self.ink, self.cross, self.mark = show, tool, ink, cross, mark
        self.on_stroke, self.on_cross, self.on_dab, self.on_undo, self.on_leave = on_stroke, on_cross, on_dab, on_undo, on_leave
        self.size = size
        w, h = size
        self.scale = max(1, min((box.w - 8) // w, (box.h - 8) // h))
        wide, high = w * self.scale, h * self.scale
        self.picture = Box(box.x + max(4, (box.w - wide) // 2), box.y + max(4, (box.h - high) // 2), wide, high)
        self.begun: tuple[int, int] | None = None
        self.at = (0, 0)

    @property
    def value(self) -> str:
        x, y = self.cross
        return f"{self.size[0]} x {self.size[1]}, cross at {x}, {y}"

    def draw(self, canvas: Canvas) -> None:
        canvas.fill(self.box, Ink.SHADOW)
        canvas.frame(self.box, Ink.FRAME)
        with canvas.within(self.box.inset(1)):
            here = self.picture.moved(-self.box.x - 1, -self.box.y - 1)
            canvas.fill(here.inset(-1).moved(2, 2), Ink.FRAME)
            canvas.frame(here.inset(-1), Ink.FRAME)
            self.show(canvas, here)
            if self.focused:
                canvas.dotted(here.inset(-2), Ink.LIGHT)
                self._cross(canvas, here)

    def _cross(self, canvas: Canvas, here: Box) -> None:
        """Black with a white edge, so that it is seen on any ink."""
        with canvas.within(here):
            for at, reach in ((self.mark, 2), (self.cross, 5)):
                if at is None:
                    continue
                x, y = (self.scale * part + self.scale // 2 for part in at)
                for edge, ink in ((1, Ink.WHITE), (0, Ink.BLACK)):
                    for side in (-1, 1):
                        start = 2 * side if side > 0 else -reach - 1
                        canvas.fill(Box(x + start - edge, y - edge, reach + 2 * edge, 1 + 2 * edge), ink)
                        canvas.fill(Box(x - edge, y + start - edge, 1 + 2 * edge, reach + 2 * edge), ink)

    # --- the keyboard -----------------------------------------------------------------------------------------------------

    def key(self, event: Key) -> bool:
        """Arrows move the cross by 4, with Ctrl by 1; with Shift they draw."""
        if event.alt:
            return False
        if undoes(event):
            self.on_undo()
            return True
        step = 1 if event.ctrl else 4
        way = {"left": (-step, 0), "right": (step, 0), "up": (0, -step), "down": (0, step)}.get(event.name)
        if way is not None:
            x, y = self.cross
            to = max(0, min(self.size[0] - 1, x + way[0])), max(0, min(self.size[1] - 1, y + way[1]))
            if event.shift and self.tool in FREE:
                self.on_stroke(x, y, *to)
            if to != self.cross:
                self.on_cross(*to)
        elif event.name == "space":
            self.on_dab()
        elif event.name == "escape" and self.mark is not None:
            self.on_leave()
        else:
            return False
        return True

    # --- the mouse --------------------------------------------------------------------------------------------------------

    def mouse(self, event: Mouse) -> bool:
        """A stroke for each step of a drag, or one when the button comes up."""
        at = self._under(event)
        if event.kind == "down" and self.picture.holds(event.x, event.y) and event.button == 1:
            self.begun = self.at = at
            if self.tool in (*FREE, "fill"):
                self.on_stroke(*at, *at)
                self.begun = at if self.tool in FREE else None
        elif event.kind == "move" and self.begun is not None:
            if at != self.at and self.tool in FREE:
                self.on_stroke(*self.at, *at, True)
            self.at = at
        elif event.kind == "up" and self.begun is not None:
            if self.tool not in FREE:
                self.on_stroke(*self.begun, *at)
            self.begun = None
        return event.kind != "wheel"

    def _under(self, event: Mouse) -> tuple[int, int]:
        """The pixel of the picture under the pointer; it may be outside."""
        x, y = (event.x - self.picture.x) // self.scale, (event.y - self.picture.y) // self.scale
        return max(-FAR, min(FAR, x)), max(-FAR, min(FAR, y))


class Band(Widget):
    """What a drag on the sheet is going to draw, over the picture and not yet in it."""

    def __init__(self, sheet: Sheet) -> None:
        super().__init__(sheet.box, "Band")
        self.sheet = sheet

    def draw(self, canvas: Canvas) -> None:
        sheet = self.sheet
        if sheet.begun is None or sheet.tool in FREE:
            return
        with canvas.within(self.box.inset(1)):
            left, top = self.box.x + 1, self.box.y + 1
            with canvas.within(sheet.picture.moved(-left, -top)):
                for x, y, n in marks(sheet.tool, *sheet.begun, *sheet.at):
                    canvas.fill(Box(x * sheet.scale, y * sheet.scale, n * sheet.scale, sheet.scale), sheet.ink)


def undoes(event: Key) -> bool:
    """Whether a key is that of Undo."""
    return event.name == "z" and event.ctrl and not event.alt
