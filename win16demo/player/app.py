"""The tour with a window and without one: both pull the same beats out of the same generator.

window     a beat is shown for as long as it holds; keys and buttons pause, step, compact, restart
headless   beats follow each other at once; captions go to the terminal, pictures to files
"""

from __future__ import annotations

from collections.abc import Callable

from handleheap.desktop.desk import Desktop
from handleheap.desktop.screen import Screen
from handleheap.view.textmap import text_map

from ..options import FASTEST
from .machine import Machine
from .shots import Shots
from .stage import Say, Stage
from .walker import Commands

SLOW, FAST = 40, 10_000
"""Operations a second, at first and at most."""
PLAYING = 15.0
"""Seconds that the operations of a trace take, if that is no more than FAST."""
LONGEST = 0.1
"""Seconds that a picture may stand for, however long the one before took: then the window answers."""
GLIDE = 3.0
"""Seconds that a compaction takes to be seen."""
FAREWELL = 20.0
"""Seconds after the end of the tour until the window closes by itself, unless somebody is there."""
KEYS = """Space: pause or go on
Right: one step
C: compact now
F5: restart the tour
] and [: faster, slower
F10 or Alt+letter: menus
F11: full screen
F12: save a picture"""


class Timed:
    """A pace for eyes: so much as belongs into the time since the last picture."""

    def __init__(self) -> None:
        self.seconds = 1 / 60
        self.speed = 1.0
        self.single = False

    def ops(self, done: int, end: int) -> int:
        rate = SLOW + max(0.0, min(FAST, end / PLAYING) - SLOW) * min(1.0, done / 1_000)
        return 1 if self.single else max(1, int(rate * self.speed * self.seconds))

    def moves(self, planned: int) -> int:
        return 1 if self.single else max(1, int(planned / GLIDE * self.speed * self.seconds))


class AtOnce:
    """A pace for nobody: on to the next picture that is wanted."""

    def __init__(self, shots: Shots) -> None:
        self.shots = shots

    def ops(self, done: int, end: int) -> int:
        return self.shots.next_stop(done, end) - done

    def moves(self, planned: int) -> int:
        return max(1, planned // 20)


class App:
    """The tour in a window, driven by `tick`."""

    def __init__(self, make: Callable[[], Machine], say: Say, shots: Shots, screen: Screen, speed: float = 1.0) -> None:
        self.make, self.say, self.shots, self.screen = make, say, shots, screen
        self.desktop = Desktop()
        self.pace = Timed()
        self.pace.speed = speed
        self.commands = Commands(
            pause=self.toggle_pause,
            step=self.step,
            compact=self.compact,
            restart=self.restart,
            faster=lambda: self.change_speed(2),
            slower=lambda: self.change_speed(1 / 2),
            shot=self.shot,
            about=lambda: self.stage.box("Keys", KEYS, warn=False),
            leave=self.leave,
        )
        self.desktop.shortcuts = {
            "space": self.commands.pause,
            "right": self.commands.step,
            "c": self.commands.compact,
            "f5": self.commands.restart,
            "]": self.commands.faster,
            "[": self.commands.slower,
            "f1": self.commands.about,
        }
        self.restart()

    # --- commands --------------------------------------------------------------------------------------------------------

    def restart(self) -> None:
        """Begin anew, on a fresh machine."""
        self.stage = Stage(self.desktop, self.screen.canvas, self.make(), self.pace, self.commands, self.say, self.shots)
        self.paused = False
        self.wait = 0.0
        self.farewell = FAREWELL
        self.inputs = self.desktop.inputs

    def toggle_pause(self) -> None:
        self.paused = not self.paused
        self.stage.walker.pause.text = "Go &on" if self.paused else "&Pause"

    def step(self) -> None:
        """One operation, one move or one caption further, and stay there."""
        if not self.paused:
            self.toggle_pause()
        self.pace.single = True
        self.stage.next_beat()
        self.pace.single = False
        self.wait = 0.0

    def compact(self) -> None:
        """All of it, now; the tour goes on from what that makes of the heap."""
        if not self.stage.machine.compact().moves:
            self.stage.box("Heap Walker", "There is nothing to move.", warn=False)

    def change_speed(self, factor: float) -> None:
        self.pace.speed = min(FASTEST, max(1 / FASTEST, self.pace.speed * factor))

    def shot(self) -> None:
        self.stage.box("Heap Walker", f"Saved as {self.screen.shot()}.", warn=False)

    def leave(self) -> None:
        self.desktop.running = False

    # --- time ------------------------------------------------------------------------------------------------------------

    def tick(self, seconds: float) -> None:
        """Let `seconds` pass."""
        self.pace.seconds = min(seconds, LONGEST)
        self.wait -= seconds * self.pace.speed
        if not self.paused and not self.stage.over and self.wait <= 0:
            beat = self.stage.next_beat()
            self.wait = beat.hold if beat else 0.0
            self.inputs = self.desktop.inputs
        if self.stage.over:
            self._say_farewell(seconds)
        self.stage.walker.refresh()

    def _say_farewell(self, seconds: float) -> None:
        """Close after a while, but not on somebody who is there."""
        story = self.stage.walker.story
        if self.desktop.inputs > self.inputs:
            story.name = "The story: F5 plays it again"
            return
        self.farewell -= seconds * self.pace.speed
        story.name = f"The story: F5 plays it again, without a key it closes in {max(0, self.farewell):.0f} s"
        if self.farewell <= 0:
            self.leave()


def in_window(make: Callable[[], Machine], say: Say, shots: Shots, *, scale: str | int, speed: float) -> None:
    """Show the tour in a real window, until it is closed."""
    screen = Screen.open("Heap Walker", scale=scale)
    try:
        app = App(make, say, shots, screen, speed)
        screen.run(app.desktop, app.tick)
    finally:
        screen.close()


def headless(machine: Machine, say: Say, shots: Shots, *, text: bool) -> None:
    """Run the tour through without a window; with `text`, each of its pictures is a map of letters as well."""
    nobody = Commands(*[lambda: None] * len(Commands._fields))
    stage = Stage(Desktop(), Screen.headless().canvas, machine, AtOnce(shots), nobody, say, shots)
    while (beat := stage.next_beat()) is not None:
        if text and beat.moment:
            say(text_map(machine.blocks, end=machine.memory))
