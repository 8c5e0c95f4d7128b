"""Hands for the tests: they press keys and the mouse on a desktop."""

from handleheap.desktop.events import Key, Mouse


def keys(desktop, *names, **held):
    for name in names:
        desktop.post(Key(name, **held))


def write(desktop, text):
    for char in text:
        desktop.post(Key("enter") if char == "\n" else Key(char.lower(), char))


def click(desktop, x, y, clicks=1):
    desktop.post(Mouse("down", x, y, clicks=clicks))
    desktop.post(Mouse("up", x, y))


def drag(desktop, start, end):
    desktop.post(Mouse("down", *start))
    desktop.post(Mouse("move", *end))
    desktop.post(Mouse("up", *end))


def middle(box):
    return box.x + box.w // 2, box.y + box.h // 2
