"""The system menu: what the control box of a window or its icon drops, for those who have no mouse."""

from __future__ import annotations

from collections.abc import Callable

from .box import Box
from .menu import Item, Menu, MenuBar
from .window import Window


def system_menu(window: Window, corner: Box, area: Box, act: Callable[[str], None]) -> MenuBar:
    """The menu, dropped below `corner` or where the area has room; `act` gets the chosen word in lower case."""
    state = window.state
    can = {
        "restore": state != "normal",
        "move": state == "normal",
        "size": state == "normal" and window.resizable,
        "minimise": state != "minimised",
        "maximise": state != "maximised" and window.resizable,
    }
    words = {"restore": "&Restore", "move": "&Move", "size": "&Size", "minimise": "Mi&nimize", "maximise": "Ma&ximize"}

    def item(word: str) -> Item:
        return Item(words[word], lambda: act(word), enabled=can[word])

    chosen = ["move"] if window.dialog else list(words)
    menu = MenuBar([Menu("", [*map(item, chosen), Item(), Item("&Close", lambda: act("close"), "Alt+F4")])])
    menu.look, menu.area, menu.role = window.look, area, "system menu"
    menu.box = corner
    menu.enter(0, drop=True)
    return menu
