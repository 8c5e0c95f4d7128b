"""What the mouse does to a scroll bar, whoever it belongs to: arrows, track and thumb."""

from __future__ import annotations

from .look import Look


class Grip:
    """Knows where a thumb is held while the button is down, and nothing else."""

    def __init__(self) -> None:
        self.held: int | None = None

    def press(self, look: Look, length: int, pixel: int, at: int, last: int, page: int) -> int:
        """The button goes down `pixel` pixels from the beginning of a bar that shows `at` of 0 … `last`: where to scroll."""
        thumb = look.thumb_at(length, at, last)
        goal = at
        if pixel < look.ARROW:
            goal = at - 1
        elif pixel >= length - look.ARROW:
            goal = at + 1
        elif pixel < thumb:
            goal = at - page
        elif pixel >= thumb + look.ARROW:
            goal = at + page
        else:
            self.held = pixel - thumb
        return max(0, min(goal, last))

    def drag(self, look: Look, length: int, pixel: int, at: int, last: int) -> int:
        """The mouse moves while the button is down: where to scroll, which is `at` unless it holds the thumb."""
        return at if self.held is None else look.thumb_to(length, pixel - self.held, last)

    def release(self) -> None:
        self.held = None
