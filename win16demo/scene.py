"""How a world is seen: its windows on a desktop, each copied from its block, with what is drawn live on top.

A picture is a function of the world alone: nothing is locked, counted or loaded for it.
"""

from __future__ import annotations

from handleheap.desktop.canvas import Canvas
from handleheap.desktop.desk import Desktop
from handleheap.desktop.manager import Manager
from handleheap.desktop.window import Window

from .program import Tell, nobody
from .record import BOX, Win
from .world import AREA, SCREEN, World


class Scene:
    """A desktop that shows a world; `sync` brings it up to date and makes anew only what has changed."""

    def __init__(self, world: World, tell: Tell = nobody, manager: Manager | None = None) -> None:
        self.world, self.tell = world, tell
        self.desktop = Desktop(manager=manager, area=AREA)
        self.desktop.reach = SCREEN
        self._made: dict[int, tuple[tuple[object, ...], Window]] = {}
        self.sync()

    def sync(self) -> None:
        """Take over what the commands have done to the windows."""
        kept: dict[int, tuple[tuple[object, ...], Window]] = {}
        for win in self.world.record.windows:
            if not win.version:
                continue  # it is being born: this is the middle of a command
            state = (win.version, win.box, win.state, win.focus, win is self.world.record.active)
            made = self._made.get(win.id)
            kept[win.id] = made if made and made[0] == state else (state, self._dressed(win))
        self._made = kept
        self.desktop.windows[:] = [window for _, window in kept.values()]

    def number(self, window: Window) -> int | None:
        """Which window of the record an object stands for."""
        return next((number for number, (_, made) in self._made.items() if made is window), None)

    def window(self, win: Win) -> Window:
        """The object that stands for a window of the record."""
        return self._made[win.id][1]

    def _dressed(self, win: Win) -> Window:
        window = self.world.window(win, self.tell)
        world = self.world
        window.backing = lambda canvas: world.bitmap(win).expose(canvas, 0, 0)
        if win.app != BOX:
            window.icon = lambda canvas, x, y: world.resources.peek_icon(canvas, win.app, x, y)
        return window


def picture(world: World, canvas: Canvas) -> None:
    """The desktop of a world as it is now."""
    Scene(world).desktop.draw(canvas)
