"""A menu bar and the menus that drop from it.

File  Walk  Sort            F10 enters the bar, Alt and a letter drops a menu; arrows move, a letter or Enter
+-------------------+       chooses, Escape leaves. With the mouse: click, or drag and release.
| Walk Heap     F5  |
| ----------------- |       an item without a text is a line
| v GC(0) and Walk  |       a tick for what is checked
+-------------------+
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from .box import Box
from .canvas import Canvas
from .events import Key, Mouse
from .fonts import faces, letter, mnemonic
from .widget import Widget


class Item(NamedTuple):
    """An item of a menu: label with its `&`, what it does, the key that does the same."""

    text: str = ""
    action: Callable[[], None] | None = None
    shortcut: str = ""
    enabled: bool = True
    checked: bool = False

    @property
    def can(self) -> bool:
        return self.enabled and self.action is not None


class Menu(NamedTuple):
    """A title of the bar and its items. A title without items, like `Add!`, acts at once: give it one item without a text."""

    title: str
    items: Sequence[Item]


class MenuBar(Widget):
    """The bar of a window. Its rectangle is in the coordinates of the desktop; the window keeps it in place.

    Menus drop inside of `area`, whatever the place of their title.
    """

    role = "menu bar"

    def __init__(self, menus: Sequence[Menu]) -> None:
        super().__init__(Box(0, 0, 0, 0), " ".join(mnemonic(menu.title)[0] for menu in menus))
        self.menus = list(menus)
        self.at: int | None = None
        self.dropped = False
        self.chosen: int | None = None
        self._passed = False  # the menu dropped because the mouse came by: the click that follows is no second one
        self.area = Box(0, 0, 640, 480)

    @property
    def active(self) -> bool:
        return self.at is not None

    @property
    def value(self) -> str:
        if self.at is None:
            return ""
        said = mnemonic(self.menus[self.at].title)[0]
        item = "" if self.chosen is None else mnemonic(self.items[self.chosen].text)[0]
        return " > ".join(filter(None, (said, item)))

    @property
    def items(self) -> Sequence[Item]:
        """The items of the menu at hand."""
        return () if self.at is None else self.menus[self.at].items

    def leave(self) -> None:
        self.at = self.chosen = None
        self.dropped = False

    def enter(self, at: int, drop: bool) -> None:
        """Stand on a title, with its menu dropped or not. A title that acts at once acts when it is dropped."""
        self.at, self.chosen, self.dropped, self._passed = at % len(self.menus), None, drop, False
        if drop and self._acts_at_once():
            self.dropped = False
            self._run(self.items[0])

    def draw(self, canvas: Canvas) -> None:
        self.look.menu_bar(canvas, self.box)
        with canvas.within(self.box):
            for at, menu in enumerate(self.menus):
                box = self.title_box(at).moved(-self.box.x, -self.box.y)
                self.look.menu_text(canvas, box, menu.title, chosen=at == self.at)

    def draw_menu(self, canvas: Canvas) -> None:
        """The dropped menu, over everything else."""
        if not self.dropped:
            return
        self.look.menu_ground(canvas, self.menu_box())
        for at, item in enumerate(self.items):
            self.look.menu_item(
                canvas,
                self.item_box(at),
                item.text,
                item.shortcut,
                chosen=at == self.chosen,
                enabled=item.can,
                checked=item.checked,
            )

    def title_box(self, at: int) -> Box:
        """The rectangle of a title, with the room before and after its text."""
        font, around = faces().system, self.look.TITLE_BEFORE + self.look.TITLE_AFTER
        widths = [font.width(mnemonic(menu.title)[0]) + around for menu in self.menus]
        return Box(self.box.x + sum(widths[:at]), self.box.y, widths[at], self.box.h)

    def menu_box(self) -> Box:
        """The rectangle of the dropped menu: below its title if the area has room for it there."""
        font = faces().system
        title = self.title_box(self.at or 0)
        texts = max((font.width(mnemonic(item.text)[0]) for item in self.items), default=0)
        keys = max((font.width(item.shortcut) for item in self.items), default=0)
        width = self.look.TICK + texts + (16 + keys if keys else 0) + 10
        height = sum(map(self._height, self.items)) + 2
        x = max(self.area.x, min(title.x, self.area.right - width))
        y = max(self.area.y, min(title.bottom, self.area.bottom - height))
        return Box(x, y, width, height)

    def item_box(self, at: int) -> Box:
        """The rectangle of an item of the dropped menu."""
        menu = self.menu_box()
        above = sum(map(self._height, self.items[:at]))
        return Box(menu.x + 1, menu.y + 1 + above, menu.w - 2, self._height(self.items[at]))

    def key(self, event: Key) -> bool:
        if event.name == "f10" or (event.alt and self._open_by_letter(event.name)):
            if event.name == "f10":
                self.leave() if self.active else self.enter(0, drop=False)
            return True
        if self.at is None:
            return False
        match event.name:
            case "escape":
                self.enter(self.at, drop=False) if self.dropped else self.leave()
            case "left" | "right":
                self._side(1 if event.name == "right" else -1)
            case "up" | "down" if self.dropped:
                self._step(1 if event.name == "down" else -1)
            case "up" | "down" | "enter" if not self.dropped:
                self.enter(self.at, drop=True)
                self.first()
            case "enter" | "space":
                if self.chosen is not None:
                    self._run(self.items[self.chosen])
            case name:
                self._letter(name)
        return True

    def mouse(self, event: Mouse) -> bool:
        """Titles drop their menus on the way down; an item is chosen when the button comes up over it."""
        title = next((at for at in range(len(self.menus)) if self.title_box(at).holds(event.x, event.y)), None)
        over = self._item_at(event.x, event.y)
        if event.kind == "down":
            if title is not None:
                again = self.dropped and title == self.at and not self._passed
                self.leave() if again else self.enter(title, drop=True)
            elif over is None:
                self.leave()
                return self.box.holds(event.x, event.y)
        elif event.kind == "move" and self.dropped and title not in (None, self.at) and not self._acts_at_once(title):
            self.enter(title or 0, drop=True)
            self._passed = True
        if self.dropped:
            self.chosen = over
        if event.kind == "up" and over is not None:
            self._run(self.items[over])
        return True

    def _item_at(self, x: int, y: int) -> int | None:
        if not self.dropped:
            return None
        return next((at for at, item in enumerate(self.items) if item.text and self.item_box(at).holds(x, y)), None)

    def _acts_at_once(self, at: int | None = None) -> bool:
        items = self.items if at is None else self.menus[at].items
        return len(items) == 1 and not items[0].text

    def _open_by_letter(self, name: str) -> bool:
        found = next((at for at, menu in enumerate(self.menus) if letter(menu.title) == name), None)
        if found is not None:
            self.enter(found, drop=True)
            self.first()
        return found is not None

    def _side(self, by: int) -> None:
        """The next title; its menu drops if this one had, unless it would act at once."""
        at = ((self.at or 0) + by) % len(self.menus)
        dropped = self.dropped and not self._acts_at_once(at)
        self.enter(at, drop=dropped)
        if dropped:
            self.first()

    def first(self) -> None:
        """Choose the first item, as keys do."""
        if self.dropped:
            self.chosen = None
            self._step(1)

    def _step(self, by: int) -> None:
        """The next item that is not a line, round and round."""
        at = self.chosen if self.chosen is not None else (-1 if by > 0 else 0)
        for _ in self.items:
            at = (at + by) % len(self.items)
            if self.items[at].text:
                self.chosen = at
                return

    def _letter(self, name: str) -> None:
        if not self.dropped:
            self._open_by_letter(name)
            return
        found = next((item for item in self.items if item.text and letter(item.text) == name), None)
        if found is not None:
            self._run(found)

    def _run(self, item: Item) -> None:
        """Close everything, then act: the action may open a dialog. An item that cannot act stays open."""
        if item.can and item.action:
            self.leave()
            item.action()

    def _height(self, item: Item) -> int:
        return self.look.ITEM if item.text else self.look.LINE
