"""The Program Manager: a window with a group of icons, from which programs start."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from handleheap.desktop import icons, win31
from handleheap.desktop.box import Box
from handleheap.desktop.canvas import Canvas
from handleheap.desktop.events import Key, Mouse
from handleheap.desktop.skin import Ink
from handleheap.desktop.widget import Widget
from handleheap.desktop.window import Window

from .. import pictures
from ..program import BadCommand, Program, Tell
from ..record import Win

if TYPE_CHECKING:
    from ..world import World

CELL = (71, 53)
"""Width and height of a place for an icon."""
MENU = """&File
\t&Open|Enter|launch
\t-
\t&New session||@new
\tSave &log||@save
\tSave &dump||@dump
\t-
\tE&xit|Alt+F4|@leave
&Options
\t&Real mode||@profile real
\t&Standard mode||@profile standard
\t&Enhanced mode||@profile enhanced
\t-
\tSave &picture|F12|@shot
&Window
\t&Tidy up||!tidy
\t-
\t&1 The tour|F5|@play tour
\t&2 Sandbar||@play sandbar
\t&3 Low memory||@play low-memory
\t&4 Least recently used||@play lru
\t&5 Real and enhanced||@play real-vs-enhanced
&Help
\t&Keys|F1|@keys
\t&About handleheap…||about
"""
ORDER = ("walker", "notepad", "paintbrush", "clock", "shaker", "badapp", "traces")
"""The icons of the group, row by row."""


class IconGrid(Widget):
    """Icons with labels in rows; arrows choose one, Enter or a double click opens it."""

    role = "icons"
    takes_focus = True

    def __init__(
        self,
        box: Box,
        names: Sequence[str],
        labels: Sequence[str],
        chosen: int,
        paint: Callable[[Canvas, str, int, int], None],
        on_choose: Callable[[int], None],
        on_open: Callable[[int], None],
    ) -> None:
        super().__init__(box, "Main")
        self.names, self.labels, self.chosen, self.paint = names, labels, chosen, paint
        self.on_choose, self.on_open = on_choose, on_open

    @property
    def columns(self) -> int:
        return max(1, self.box.w // CELL[0])

    @property
    def value(self) -> str:
        return self.labels[self.chosen]

    def draw(self, canvas: Canvas) -> None:
        for at, (name, label) in enumerate(zip(self.names, self.labels, strict=True)):
            x, y = self.place(at)

            def picture(on: Canvas, left: int, top: int, name: str = name) -> None:
                self.paint(on, name, left, top)

            icons.icon(canvas, x, y, picture, label, chosen=at == self.chosen, on=Ink.TEXT)
            if at == self.chosen and self.focused:
                canvas.dotted(icons.label_box(x, y, label), Ink.SELECTED_TEXT)

    def place(self, at: int) -> tuple[int, int]:
        """The top left corner of an icon."""
        row, column = divmod(at, self.columns)
        return self.box.x + column * CELL[0] + (CELL[0] - icons.SIZE) // 2, self.box.y + row * CELL[1] + 4

    def key(self, event: Key) -> bool:
        steps = {"left": -1, "right": 1, "up": -self.columns, "down": self.columns}
        if event.name in steps and not event.alt:
            at = self.chosen + steps[event.name]
            if 0 <= at < len(self.names):
                self.on_choose(at)
            return True
        if event.name == "enter" and not event.alt:
            self.on_open(self.chosen)
            return True
        return False

    def mouse(self, event: Mouse) -> bool:
        if event.kind != "down":
            return True
        for at in range(len(self.names)):
            x, y = self.place(at)
            if Box(x - 16, y, CELL[0] - 8, CELL[1] - 3).holds(event.x, event.y):
                if at != self.chosen:
                    self.on_choose(at)
                if event.clicks == 2:
                    self.on_open(at)
        return True


class Group(Widget):
    """The frame of the group, a window in the window."""

    role = "group"

    def draw(self, canvas: Canvas) -> None:
        win31.window(canvas, self.box, self.name, active=False)


def group(world: World) -> list[str]:
    """The programs that have an icon, in order."""
    return [name for name in ORDER if name in world.programs]


def fill(window: Window, world: World, win: Win, tell: Tell) -> None:
    """The group and its icons."""
    client = window.client
    frame = Box(3, 3, client.w - 6, client.h - 6)
    names = group(world)
    inner = win31.client(frame)
    window.add(
        Group(frame, "Main"),
        IconGrid(
            Box(inner.x + 2, inner.y, inner.w - 2, inner.h),
            names,
            [world.programs[name].title for name in names],
            win.number("chosen"),
            world.resources.draw_icon,
            lambda at: tell("choose", win.id, at),
            lambda at: tell("open", names[at]),
        ),
    )


def choose(world: World, win: Win, at: int) -> None:
    """Choose an icon."""
    if not 0 <= at < len(group(world)):
        raise BadCommand(f"choose: there is no icon {at}")
    win.at["chosen"] = at
    world.paint(win)


def launch(world: World, win: Win) -> None:
    """Open the chosen program."""
    world.execute(["open", group(world)[win.number("chosen")]])


def about(world: World, win: Win) -> None:
    """Who is to blame."""
    free = world.kernel.GetFreeSpace()
    mode = world.kernel.profile.name
    lines = ["handleheap: memory that can move.", f"{mode.capitalize()} mode, {free:,} bytes free"]
    world.box("About Program Manager", "\n".join([*lines, f"Largest free block: {world.memory.largest:,}"]), warn=False)


PROGMAN = Program(
    name="progman",
    title="Program Manager",
    box=Box(6, 5, 316, 186),
    picture=pictures.program_manager,
    fill=fill,
    menu=MENU,
    closing="@leave",
    verbs={"choose": choose, "launch": launch, "about": about},
)
