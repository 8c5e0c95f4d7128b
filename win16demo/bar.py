"""The bar of time below the desktop: what is going on, and a slider over all events of the session.

    +--------------------------------------------------------------+
    | the caption of a script, or what the heap has done last      |
    | [|<][<][ > ][>][>|]  =====[]==========   event 120 of 480    |
    +--------------------------------------------------------------+

It belongs to whoever looks, not to the machine: nothing of it lies in the heap.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from handleheap.desktop import win31
from handleheap.desktop.box import Box
from handleheap.desktop.canvas import Canvas
from handleheap.desktop.events import Mouse
from handleheap.desktop.fonts import faces
from handleheap.desktop.skin import Ink

BUTTON = (24, 15)
TRACK = 12
"""Width of the slider's thumb."""
SIGNS = {
    "first": ("#...#.", "#..##.", "#.###.", "#####.", "#.###.", "#..##.", "#...#."),
    "back": ("....#.", "...##.", "..###.", ".####.", "..###.", "...##.", "....#."),
    "play": ("#..#..", "##.##.", "######", "######", "######", "##.##.", "#..#.."),
    "pause": ("......", "##.##.", "##.##.", "##.##.", "##.##.", "##.##.", "......"),
    "on": (".#....", ".##...", ".###..", ".####.", ".###..", ".##...", ".#...."),
    "last": ("#...#.", "##..#.", "###.#.", "#####.", "###.#.", "##..#.", "#...#."),
}


class Shown(NamedTuple):
    """What the bar shows."""

    caption: str
    at: int
    total: int
    playing: bool
    note: str = ""
    """What stands at the right end beside the numbers."""

    @property
    def past(self) -> bool:
        """Whether an earlier moment is shown."""
        return self.at < self.total


class TimeBar:
    """The bar. `go(event)` is told where the slider went, `press(name)` which button was pressed."""

    def __init__(self, box: Box, shown: Callable[[], Shown], go: Callable[[int], None], press: Callable[[str], None]) -> None:
        self.box, self.shown, self.go, self.press = box, shown, go, press
        y = box.bottom - BUTTON[1] - 2
        names = ("first", "back", "play", "on", "last")
        self.buttons = {name: Box(box.x + 4 + at * (BUTTON[0] + 1), y, *BUTTON) for at, name in enumerate(names)}
        left = self.buttons["last"].right + 6
        self.track = Box(left, y, box.right - left - 176, BUTTON[1])
        self._held = ""

    def draw(self, canvas: Canvas) -> None:
        shown = self.shown()
        canvas.fill(self.box, Ink.FACE)
        canvas.hline(self.box.x, self.box.y, self.box.w, Ink.FRAME)
        self._caption(canvas, shown)
        for name, box in self.buttons.items():
            canvas.frame(box, Ink.FRAME)
            win31.raised(canvas, box.inset(1), 1)
            sign = SIGNS["pause" if name == "play" and shown.playing else name]
            canvas.art(box.x + 9, box.y + 4, sign, {"#": Ink.FACE_TEXT})
        self._slider(canvas, shown)
        font = faces().small
        numbers = f"event {shown.at:,} of {shown.total:,}"
        room = Box(self.track.right + 8, self.track.y + 1, self.box.right - self.track.right - 12, font.height)
        canvas.text_fit(room, f"{numbers}   {shown.note}".rstrip(), font, Ink.FACE_TEXT)

    def _caption(self, canvas: Canvas, shown: Shown) -> None:
        font, width = faces().system, self.box.w - 12
        lines = font.wrap(shown.caption, width)
        if len(lines) > 2:
            font = faces().small
            lines = font.wrap(shown.caption, width)
        for at, line in enumerate(lines[:2]):
            canvas.text(self.box.x + 6, self.box.y + 1 + at * 16, line, font, Ink.FACE_TEXT)

    def _slider(self, canvas: Canvas, shown: Shown) -> None:
        track = self.track
        win31.sunken(canvas, track, Ink.WINDOW)
        start = self._thumb(shown)
        canvas.fill(Box(track.x + 1, track.y + 1, start - track.x - 1, track.h - 2), Ink.SHADOW if shown.past else Ink.SELECTED)
        thumb = Box(start, track.y, TRACK, track.h)
        canvas.frame(thumb, Ink.FRAME)
        win31.raised(canvas, thumb.inset(1), 1)

    def _thumb(self, shown: Shown) -> int:
        room = self.track.w - TRACK
        return self.track.x + (room * shown.at // shown.total if shown.total else room)

    def mouse(self, event: Mouse) -> bool:
        """Buttons act on the way down; the slider follows the mouse. True if it was for the bar."""
        if self._held == "track":
            self._slide(event.x)
            if event.kind == "up":
                self._held = ""
            return True
        if not self.box.holds(event.x, event.y):
            return False
        if event.kind == "down":
            if self.track.holds(event.x, event.y):
                self._held = "track"
                self._slide(event.x)
            for name, box in self.buttons.items():
                if box.holds(event.x, event.y):
                    self.press(name)
        return True

    def _slide(self, x: int) -> None:
        shown = self.shown()
        room = self.track.w - TRACK
        self.go(max(0, min(shown.total, ((x - self.track.x - TRACK // 2) * shown.total + room // 2) // room)))
