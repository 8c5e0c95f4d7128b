"""Ticks in the menus of a window, and items that cannot be chosen now."""

from __future__ import annotations

from collections.abc import Collection

from handleheap.desktop.fonts import mnemonic
from handleheap.desktop.menu import Menu
from handleheap.desktop.window import Window


def mark(window: Window, *, ticked: Collection[str] = (), greyed: Collection[str] = ()) -> None:
    """Tick and grey items by their labels without `&`."""
    if window.menu is None:
        return
    window.menu.menus = [
        Menu(
            menu.title,
            [
                item._replace(checked=mnemonic(item.text)[0] in ticked, enabled=mnemonic(item.text)[0] not in greyed)
                for item in menu.items
            ],
        )
        for menu in window.menu.menus
    ]
