"""Between a person and the world: input becomes commands, the world becomes a picture, and time can be gone back and forth in.

What is kept here is transient: an open menu, a drag, a slide that is being shown, the moment that is looked at. The log never
knows of it, so it does not depend on how fast pictures are made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from handleheap.block import Move
from handleheap.desktop.box import Box
from handleheap.desktop.canvas import Canvas
from handleheap.desktop.events import Drop, Input, Key, Mouse, Quit
from handleheap.desktop.fonts import faces
from handleheap.desktop.log import Scalar
from handleheap.desktop.screen import Screen
from handleheap.errors import HeapError
from handleheap.events import Event, Locked, Moved, Unlocked
from handleheap.lab.workloads import load as load_trace
from handleheap.lab.workloads import names
from handleheap.view.palette import INK, PALETTES
from handleheap.view.textmap import sentence, text_map

from .bar import Shown, TimeBar
from .director import Director
from .gestures import Gestures
from .keep import keep_dump, keep_listing, keep_log, keep_segments
from .past import Past
from .player.app import App
from .player.machine import Machine, memory_for
from .player.shots import Shots
from .program import BadCommand
from .scene import Scene
from .script import load
from .session import Session, header_for
from .slide import Slide
from .telling import telling
from .world import AREA, ROOM, SCREEN

SLOWEST, FASTEST = 1 / 8, 8.0
SHAKES = 5
"""Steps of the shaker for each picture, while it keeps shaking."""
HEADROOM = 1.02
"""The memory of a trace, as a multiple of its peak."""
LONGEST = 0.1
"""Seconds that a picture may stand for, however long the one before took."""
KEYS = """Space: play or pause; Left, Right: one event
Home, End: first and last event; [ and ]: speed
(with Alt, these four work in every window)
G: go on from the moment shown

C: compact; Shift+C: and discard all
A: allocate 32 KB; F: free it; W: walk
L, Shift+L: lock and unlock the chosen block
D: discard it; H: show its bytes; T: touch

V: other colours; F2: all of it as a text
F5: the tour; F11: full screen; F12: a picture
F10 or Alt+letter: menus; Ctrl+Tab: windows"""


class Front:
    """A session on a screen. `announce` is told each caption, and a sentence for each event; without `slides` nothing glides."""

    def __init__(
        self,
        session: Session,
        screen: Screen,
        *,
        slides: bool = True,
        announce: Callable[[str], None] | None = None,
        clock: Callable[[], int] | None = None,
        fixed: Mapping[str, Any] | None = None,
        folder: Path | None = None,
    ) -> None:
        self.session, self.screen, self.slides, self.announce, self.clock = session, screen, slides, announce, clock
        self.folder = folder or Path()
        self.fixed = dict(fixed or {})
        """What is to be so on every machine, whatever a script says: profile, room, seed."""
        self.running = True
        self.speed = 1.0
        self.note = ""
        self.shaking = False
        self.director: Director | None = None
        self.guest: App | None = None
        self.slide: Slide | None = None
        self.last: Event | None = None
        self.past = Past(session)
        screen.on_shot = lambda said: setattr(self, "note", said)
        self.bar = TimeBar(Box(0, AREA.bottom, SCREEN.w, SCREEN.h - AREA.h), self.shown, self.go, self._press)
        self._asides: dict[str, Callable[..., None]] = {
            "profile": self.boot,
            "new": lambda: self.boot(str(self.session.header["profile"])),
            "save": lambda: self._keep(lambda: keep_log(self.session, self.folder)),
            "dump": lambda: self._keep(lambda: keep_dump(self.session.world, self.folder)),
            "listing": lambda: self._keep(lambda: keep_listing(self.session.world, self.folder)),
            "segments": lambda: self._keep(lambda: keep_segments(self.session.world, self.folder)),
            "shot": screen.want_shot,
            "play": self.play,
            "trace": self.play_trace,
            "keys": lambda: self.do("message", "Keys", KEYS),
            "shake": self.keep_shaking,
            "leave": self.leave,
        }
        self._open()

    # --- commands ---------------------------------------------------------------------------------------------------------

    def do(self, verb: str, *args: Scalar) -> None:
        """Give a command to the world; those with an @ are for the front itself, and no part of the log."""
        if verb.startswith("@"):
            self._asides[verb[1:]](*args)
            return
        if self.director is not None and not self.director.acting:
            self.director.paused = True
        if self.past.at is not None:
            self.note = "This is the past. End: back to the present. G: go on from here."
            return
        self.note = ""
        before = self.past.total
        try:
            self.session.do((verb, *args))
        except BadCommand as wrong:
            self.note = str(wrong)
            if self.director is not None and self.director.acting:
                self.director.over = True
            return
        if verb == "say":
            self.last = None  # the caption stays until something happens, even if it was the last one
            if self.announce:
                self.announce(str(args[0]))
        self._seen(self.session.timeline.events[before:])
        self.scene.sync()

    def _seen(self, events: Sequence[Event]) -> None:
        """Show and tell what a command has done."""
        most = max(events, key=telling, default=None)
        if most is not None and not isinstance(most, Locked | Unlocked):
            self.last = most  # every painting locks
        for event in events if self.announce else ():
            self.announce(sentence(event))  # type: ignore[misc]
        moves = [Move(event.handle, event.src, event.dst, event.size) for event in events if isinstance(event, Moved)]
        if moves and self.slides:
            world = self.session.world
            self.slide = Slide(list(world.kernel.walk()), moves, world.low, world.high)

    def _open(self) -> None:
        """Show the world of the session, which is another one than before."""
        self.scene = Scene(self.session.world, self.do, Gestures(self))
        self.scene.desktop.shortcuts = {
            "c": lambda: self._walker("gc", 0),
            "shift+c": lambda: self._walker("gc", -1),
            "a": lambda: self._walker("alloc", 32, False),
            "w": lambda: self._walker("walk", "heap"),
            "f": lambda: self._walker("free_all"),
            "l": lambda: self._walker("lock"),
            "shift+l": lambda: self._walker("unlock"),
            "d": lambda: self._walker("discard"),
            "h": lambda: self._walker("show"),
            "t": self._touch,
            "v": self.next_palette,
            "g": self.go_on,
            "space": lambda: self._press("play"),
            "left": lambda: self._press("back"),
            "right": lambda: self._press("on"),
            "home": lambda: self._press("first"),
            "end": lambda: self._press("last"),
            "[": lambda: self.change_speed(1 / 2),
            "]": lambda: self.change_speed(2),
            "f1": lambda: self.do("@keys"),
            "f2": self.tell_all,
            "f5": self.tour,
            "f6": self.keep_shaking,
        }
        self.past.forget()
        self.last = None
        self.slide, self.shaking, self.note = None, False, ""

    def _walker(self, verb: str, *args: Scalar) -> None:
        """A command for the Heap Walker, which is opened if it is not there."""
        if self.session.world.find("walker") is None:
            self.do("open", "walker")
        self.do(verb, "walker", *args)

    def _touch(self) -> None:
        active = self.session.world.record.active
        if active is not None:
            self.do("paint", active.id)

    # --- the session ------------------------------------------------------------------------------------------------------

    def begin(self, header: dict[str, Any]) -> None:
        """A fresh machine, as a script wants it; what it does not say stays as it was."""
        was, header = self.session.header, header | self.fixed
        mode, room = str(header.get("profile", was["profile"])), int(header.get("room", was.get("room", ROOM)))
        self.session.start(header_for(mode, room, int(header.get("seed", was.get("seed", 0)))))
        self._open()

    def boot(self, mode: str) -> None:
        """Another Windows: a new machine and a new log."""
        self.director = None
        self.fixed.pop("profile", None)
        self.begin({"profile": mode})

    def play(self, script: str) -> None:
        """Play a script from the beginning, on machines of its own. Raises ScriptError."""
        self.director = Director(load(script), self.begin, self.do, lambda name: None)

    def tour(self) -> None:
        self.play("tour")

    def play_trace(self, name: str = "") -> None:
        """Show a recorded program on a Kernel of its own, until its window is closed."""
        win = self.session.world.find("traces")
        mode = str(self.session.header["profile"])
        try:
            trace = load_trace(name or names()[win.number("chosen") if win else 0])
            memory = memory_for(trace, mode, HEADROOM)
            self.guest = App(lambda: Machine(trace, memory, mode), lambda _: None, Shots({}), self.screen, self.speed)
        except (ValueError, HeapError) as impossible:
            self.do("message", "Trace Player", "\n".join(faces().system.wrap(str(impossible), 260)))

    def open_file(self, path: Path) -> None:
        """Open what was dropped on the window: a trace, a dump, a log or a script. What cannot be read is told in the bar."""
        try:
            if path.suffix == ".rep":
                self.play_trace(str(path))
            elif path.suffix == ".jsonl" and '"log"' not in path.read_text("utf-8").partition("\n")[0]:
                self.play(str(path))
            else:
                self.session.open_file(path)
                self.director = None
                self._open()
        except (OSError, ValueError, HeapError) as wrong:
            self.note = f"Not opened: {wrong}"

    def go_on(self) -> None:
        """Let the present begin where the picture stands: what came later stays in a log of its own."""
        if self.past.at is not None:
            self.session.cut(self.past.at)
            self._open()

    def keep_shaking(self) -> None:
        self.shaking = not self.shaking

    def _keep(self, made: Callable[[], Path]) -> None:
        """Write a file, and tell its name, or why there is none."""
        try:
            self.note = f"Saved as {made()}."
        except (OSError, ValueError) as failed:
            self.note = f"Not saved: {failed}"

    def next_palette(self) -> None:
        """Other colours for the maps: another palette, and nothing is drawn anew."""
        colours = self.screen.canvas.colours
        names = list(PALETTES)
        here = next((at for at, name in enumerate(names) if colours[: INK * 2] == PALETTES[name].indexed()), 0)
        name = names[(here + 1) % len(names)]
        self.screen.canvas.colours = (*PALETTES[name].indexed(), *colours[INK * 2 :])
        self.note = f"Colours: {name}."

    def tell_all(self) -> None:
        """Everything that is to be seen, as a text on the terminal."""
        print(self.scene.desktop.describe(), text_map(self.session.world.map.blocks(), end=self.session.world.high), sep="\n")

    def leave(self) -> None:
        self.running = False

    # --- time -------------------------------------------------------------------------------------------------------------

    def tick(self, seconds: float) -> None:
        """Let `seconds` pass."""
        if self.guest is not None:
            self.guest.tick(seconds)
            if not self.guest.desktop.running:
                self.guest = None
            return
        seconds = min(seconds, LONGEST)
        self.past.tick(seconds, self.speed)
        self.scene.desktop.tick(seconds)
        if self.slide is not None:
            self.slide.tick(seconds * self.speed)
            if self.slide.over:
                self.slide = None
        elif self.past.at is None:
            self._act(seconds * self.speed)

    def _act(self, seconds: float) -> None:
        """What happens by itself: a script goes on, the shaker shakes, the clock runs."""
        if self.director is not None:
            self.director.tick(seconds)
            if self.director.over:
                self.director = None
            return
        record = self.session.world.record
        shaker = self.session.world.find("shaker")
        self.shaking = self.shaking and shaker is not None
        if self.shaking and shaker is not None:
            self.do("shake", shaker.id, SHAKES)
        if self.clock is not None and self.session.world.find("clock") is not None:
            now = self.clock()
            if now // 60 != record.clock // 60:
                self.do("tick", now)

    def go(self, event: int) -> None:
        """Look at the moment after an event."""
        self.past.playing = False
        self.past.go(event)
        self.note = ""

    def _press(self, name: str) -> None:
        """A button of the bar, or its key."""
        self.note = ""
        if name == "play" and self.director is not None and self.past.at is None:
            self.director.paused = not self.director.paused
        elif name == "play":
            self.past.play()
        elif name in ("first", "last"):
            self.go(0 if name == "first" else self.past.total)
        else:
            self.past.step(1 if name == "on" else -1)

    def change_speed(self, factor: float) -> None:
        self.speed = min(FASTEST, max(SLOWEST, self.speed * factor))

    def shown(self) -> Shown:
        """What the bar shows."""
        at, total = self.past.shown, self.past.total
        if self.director is not None and self.director.paused and self.past.at is None and not self.note:
            return Shown(f"Paused; Space goes on. {self._caption(at)}", at, total, False, speed_of(self.speed))
        playing = self.past.playing or (self.past.at is None and self.director is not None and not self.director.paused)
        return Shown(self.note or self._caption(at), at, total, playing, speed_of(self.speed))

    def _caption(self, at: int) -> str:
        if self.past.at is not None:
            return sentence(self.session.timeline.events[at - 1]) if at else "The machine has just started."
        record = self.session.world.record
        if record.caption and self.director is not None:
            return record.caption
        return sentence(self.last) if self.last is not None else record.caption

    # --- input and picture ------------------------------------------------------------------------------------------------

    def post(self, event: Input) -> bool:
        """Give an event to whom it concerns; True if somebody used it."""
        if self.guest is not None:
            return self.guest.desktop.post(event)
        match event:
            case Quit():
                self.running = False
                return True
            case Drop(path):
                self.open_file(Path(path))
                return True
            case Mouse() if self.scene.desktop.gestures.menu is None and self.bar.mouse(event):
                return True
            case Key(name="space") if self.director is not None and self.director.paused and not self.scene.desktop.writing:
                self._press("play")
                return True
            case Key(alt=True, name="left" | "right" | "home" | "end") if self.scene.desktop.gestures.menu is None:
                self._press({"left": "back", "right": "on", "home": "first", "end": "last"}[event.name])
                return True
            case Key(name="escape") if self.slide is not None:
                self.slide = None
                return True
        if self.past.at is not None:
            return self._post_in_the_past(event)
        if self.slide is not None:
            self.slide = None
        return self.scene.desktop.post(event)

    def _post_in_the_past(self, event: Input) -> bool:
        """Only the keys of time answer there."""
        if isinstance(event, Key):
            action = self.scene.desktop.shortcuts.get(event.name)
            if action is not None and event.name in ("space", "left", "right", "home", "end", "g", "[", "]", "f1", "f5"):
                action()
                return True
            if event.name == "escape":
                self.go(self.past.total)
                return True
        elif isinstance(event, Mouse) and event.kind == "down":
            self.note = "This is the past. End: back to the present. G: go on from here."
        return False

    def draw(self, canvas: Canvas) -> None:
        """The picture: the desktop now or then, and the bar."""
        if self.guest is not None:
            self.guest.desktop.draw(canvas)
            return
        self.bar.draw(canvas)
        if self.past.at is None:
            self.session.world.gliding = self.slide.pixels() if self.slide is not None else None
            self.scene.desktop.busy = self.slide is not None
            self.scene.desktop.draw(canvas)
            self.session.world.gliding = None
        else:
            canvas.bitmap(0, 0, AREA.w, self.past.pixels())


def speed_of(speed: float) -> str:
    """How fast it plays, if that is not as usual."""
    return "" if speed == 1 else f"{speed:g}x"
