"""What is done to the windows of a desktop by hand, from the moment a button goes down until it comes up.

    frame, caption    an outline follows; the window takes its place in the end
    caption boxes     they count where the button comes up
    menus             a menu bar, or the system menu, has mouse and keys while it is open
    contents          the window that was clicked has the mouse until the button comes up

None of this is part of a window, so all of it goes on when a program puts other window objects in place of those that are there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .box import Box
from .canvas import Canvas
from .drag import Drag
from .events import Key, Mouse
from .menu import MenuBar
from .skin import Ink
from .sysmenu import system_menu
from .window import Window

if TYPE_CHECKING:
    from .desk import Desktop


class Gestures:
    """What goes on by hand on a desktop, and what its manager is told in the end."""

    def __init__(self, desktop: Desktop) -> None:
        self.desktop = desktop
        self.drag: Drag | None = None
        self.held: Window | None = None
        """The window whose contents have the mouse."""
        self._box: tuple[Window, str] | None = None
        self._open: tuple[Window, MenuBar] | None = None

    @property
    def busy(self) -> bool:
        """Whether anything goes on."""
        return bool(self.drag or self.held or self._box or self.menu)

    def draw(self, canvas: Canvas, top: Window) -> None:
        """What the active window looks like for the moment, whoever has painted it, and what is above all windows."""
        child = self.held and self.held.held
        if self.held and child and child.pressed and self.desktop.now(self.held) is top:
            with canvas.within(top.client):
                child.draw(canvas)
        if menu := self.menu:
            if menu is not self.system:
                menu.draw(canvas)
            elif not self.desktop.selected:
                top.look.control_box(canvas, top.control.x, top.control.y, chosen=True)
        if self.drag:
            canvas.dotted(self.drag.outline, Ink.FRAME)
            canvas.dotted(self.drag.outline.inset(1), Ink.FRAME)

    # --- mouse ------------------------------------------------------------------------------------------------------------

    def down(self, window: Window, event: Mouse) -> bool:
        """The button goes down over the active window."""
        part = window.part_at(event.x, event.y)
        resting = window.state == "maximised"
        match part:
            case "control":
                if event.clicks == 2:
                    self.desktop.manager.close(window)
                else:
                    self.open_system(window)
            case "minimise" | "maximise":
                self._box = (window, part)
            case "caption" if event.clicks == 2 and window.resizable and not window.dialog:
                self.act(window, "restore" if resting else "maximise")
            case "":
                if window.menu and window.menu.box.holds(event.x, event.y):
                    self._open = (window, window.menu)
                    return window.menu.mouse(event)
                self.held = window
                return window.mouse(event)
            case _ if not resting:
                self.drag = Drag(window, part, self.desktop.area, (event.x, event.y))
        return True

    def follow(self, event: Mouse) -> bool:
        """The mouse moves, or its button comes up: that concerns whoever has it."""
        held, box = self.held, self._box
        if event.kind == "up":
            self.held = self._box = None
            if box and box[0].part_at(event.x, event.y) == box[1]:
                self.act(box[0], "restore" if box[1] == "maximise" and box[0].state == "maximised" else box[1])
        return held.mouse(event) if held else box is not None

    def dragged(self, drag: Drag, event: Mouse) -> None:
        """An outline follows the mouse; the window follows when the button comes up."""
        drag.follow(event.x, event.y)
        if event.kind == "up":
            self._drop(drag)

    def drag_key(self, drag: Drag, event: Key) -> None:
        """An outline follows the arrows; Enter lets the window follow, Escape leaves it where it is."""
        if event.name == "escape":
            self.drag = None
        elif event.name == "enter":
            self._drop(drag)
        else:
            drag.step(event)

    def _drop(self, drag: Drag) -> None:
        self.drag = None
        window = self.desktop.now(drag.window)
        if window is None or not drag.changed:
            return
        if drag.part == "caption":
            self.desktop.manager.move(window, drag.outline.x, drag.outline.y)
        else:
            self.desktop.manager.size(window, drag.outline)

    # --- menus ------------------------------------------------------------------------------------------------------------

    @property
    def menu(self) -> MenuBar | None:
        """The menu bar or system menu that is open. It closes when its window is not the active one any more."""
        if self._open is None:
            return None
        window, menu = self._open
        now = self.desktop.now(window)
        if menu.active and (now is None or now not in (self.desktop.top, self.desktop.selected)):
            menu.leave()
        if not menu.active:
            self._open = None
            return None
        return menu

    @property
    def system(self) -> MenuBar | None:
        """The system menu, if that is what is open."""
        menu = self.menu
        return menu if menu and self._open and menu is not self._open[0].menu else None

    def open_menu(self, window: Window) -> None:
        """Have mouse and keys go to the bar of a window, if it has become active."""
        if window.menu and window.menu.active:
            self._open = (window, window.menu)

    def open_system(self, window: Window) -> MenuBar:
        """Drop the system menu from the control box of a window, or above its icon."""
        corner = next((Box(icon.x, icon.y, 0, 0) for each, icon in self.desktop.feet() if each is window), window.control)
        menu = system_menu(window, corner, self.desktop.area, lambda word: self.act(window, word))
        if window.state == "minimised":
            menu.box = corner.moved(0, -menu.menu_box().h)
        self._open = (window, menu)
        return menu

    def closes(self, event: Mouse) -> bool:
        """Whether this is the second click on a control box: then its menu, which the first one opened, is in the way."""
        menu = self.system
        if menu is None or self._open is None or event.kind != "down" or event.clicks != 2 or self.desktop.selected:
            return False
        if self._open[0].part_at(event.x, event.y) != "control":
            return False
        menu.leave()
        return True

    def act(self, window: Window, word: str) -> None:
        """What a box in the caption or an item of the system menu wants of a window."""
        desktop, now = self.desktop, self.desktop.now(window)
        if now is None:
            return
        desktop.select(None)
        match word:
            case "move" | "size":
                self.drag = Drag(now, "caption" if word == "move" else "", desktop.area)
            case "minimise":
                desktop.manager.minimise(now)
            case "maximise":
                desktop.manager.maximise(now)
            case "restore":
                desktop.manager.restore(now)
            case "close":
                desktop.manager.close(now)
