"""What a person does to windows, as commands for the world."""

from __future__ import annotations

from typing import Protocol

from handleheap.desktop.box import Box
from handleheap.desktop.log import Scalar
from handleheap.desktop.window import Window

from .scene import Scene


class Telling(Protocol):
    """Who gives commands to the world that a scene shows."""

    scene: Scene

    def do(self, verb: str, *args: Scalar) -> None: ...


class Gestures:
    """The manager of the desktop's windows."""

    def __init__(self, front: Telling) -> None:
        self._front = front

    def _tell(self, verb: str, window: Window, *args: Scalar) -> None:
        number = self._front.scene.number(window)
        if number is not None:
            self._front.do(verb, number, *args)

    def activate(self, window: Window) -> None:
        self._tell("activate", window)

    def move(self, window: Window, x: int, y: int) -> None:
        self._tell("move", window, x, y)

    def size(self, window: Window, box: Box) -> None:
        self._tell("size", window, *box)

    def minimise(self, window: Window) -> None:
        self._tell("minimise", window)

    def maximise(self, window: Window) -> None:
        self._tell("maximise", window)

    def restore(self, window: Window) -> None:
        self._tell("restore", window)

    def close(self, window: Window) -> None:
        window.close()
