"""The desktop as the command line starts it: in a window, or told in text."""

from __future__ import annotations

import datetime
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from handleheap.desktop.canvas import Canvas
from handleheap.desktop.log import Log
from handleheap.desktop.proof import replay
from handleheap.desktop.screen import Screen, why_not
from handleheap.desktop.skin import palette
from handleheap.lab.progress import progress_bar
from handleheap.view.palette import PALETTES
from handleheap.view.png import Apng
from handleheap.view.textmap import plural, text_map

from .director import Director
from .front import Front
from .options import Options
from .past import photograph
from .record import BOX
from .script import SHOT, Act, load
from .session import Session, fresh, header_for
from .timing import report
from .world import AREA

Say = Callable[[str], None]
TITLE = "handleheap: a desktop in a heap"
FRAME = 400
"""Milliseconds of a command in a film."""


def play(options: Options, say: Say) -> None:
    """Play what the options ask for. Raises ValueError, HeapError, OSError."""
    colours = palette(options.scheme, PALETTES[options.palette])
    if options.timing:
        for line in report():
            say(line)
        return
    if options.replay is not None:
        prove(options.replay, say)
        return
    session = Session(header_for(options.mode or "enhanced", options.room, options.seed))
    if options.open is not None:
        with progress_bar("opening") as session.progress:
            session.open_file(options.open)
        session.progress = None
        session.logs.clear()
    reason = "" if options.unseen else why_not()
    if reason:
        say(f"No window ({reason}): the story is told in text.\n")
    if options.unseen or reason:
        script = options.script or ("" if options.open else "tour")
        Headless(session, Screen.headless(colours=colours), options, say).play(load(script) if script else [], script)
        interrupted = False
    else:
        interrupted = _in_window(session, options, colours, say)
    if options.record is not None:
        _record(session, options.record, say)
    if options.export is not None:
        _export(session, options.export, colours)
        say(f"Saved as {options.export}.")
    if interrupted:
        raise KeyboardInterrupt


def _in_window(session: Session, options: Options, colours: tuple[tuple[int, int, int], ...], say: Say) -> bool:
    """Returns whether Ctrl-C ended it: the command that runs is finished then, so that the log can be saved."""
    scale = options.scale if options.scale == "auto" else int(options.scale)
    screen = Screen.open(TITLE, scale=scale, colours=colours)
    try:
        front = Front(
            session,
            screen,
            slides=not options.reduced_motion,
            announce=say if options.announce else None,
            clock=seconds_of_day,
            fixed=options.fixed,
        )
        front.speed = options.speed
        if options.script:
            front.play(options.script)
        with _ctrl_c(front) as interrupted:
            screen.run(front, front.tick)
        return bool(interrupted)
    finally:
        screen.close()


@contextmanager
def _ctrl_c(front: Front) -> Iterator[list[int]]:
    """Let Ctrl-C stop a front between two pictures; it is in the list then. The second time it does not wait."""
    caught: list[int] = []

    def stop(number: int, frame: object) -> None:
        caught.append(number)
        front.running = False
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield caught
    finally:
        signal.signal(signal.SIGINT, before)


class Headless:
    """A script that nobody sees: its captions go to `say`, its pictures to files."""

    def __init__(self, session: Session, screen: Screen, options: Options, say: Say) -> None:
        self.front = Front(session, screen, slides=False, announce=say if options.announce else None, fixed=options.fixed)
        self.screen, self.options, self.say = screen, options, say
        self.saved: list[Path] = []

    def play(self, acts: list[Act], name: str) -> None:
        """All acts, at once."""
        wanted = dict(_shot(option) for option in self.options.shot)
        folder = self.options.shots
        if folder is None and not wanted and acts:
            folder = Path("shots")
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        taken, digits = 0, len(str(sum(command[0] == SHOT for act in acts for command in act.commands)))

        def shoot(moment: str) -> None:
            nonlocal taken
            taken += 1
            if folder is not None:
                self.shoot(folder / f"{Path(name).stem}-{taken:0{digits}}-{moment}.png")
            if moment in wanted:
                self.shoot(wanted.pop(moment))
            if self.options.text:
                world = self.front.session.world
                self.say(text_map(list(world.kernel.walk()), end=world.kernel.arena.size))

        director = Director(acts, self.front.begin, self._do, shoot)
        self.front.director = director
        director.run()
        for event, path in wanted.items():
            if not event.isdecimal() or int(event) > self.front.past.total:
                raise ValueError(f"--shot {event}:{path}: the script has no such moment, and {self.front.past.total:,} events")
            self.front.go(int(event))
            self.shoot(path)
        if self.saved:
            self.say(f"\n{plural(len(self.saved), 'picture')}: {', '.join(map(str, self.saved))}")

    def _do(self, verb: str, *args: object) -> None:
        if verb == "say" and not self.options.announce:
            self.say(str(args[0]))
        self.front.note = ""
        box = self._message()
        self.front.do(verb, *args)  # type: ignore[arg-type]
        if (now := self._message()) and now != box:
            self.say(f"[{now}]")
        if self.front.note:
            raise ValueError(f"the script says {[verb, *args]}, but {self.front.note}")

    def _message(self) -> str:
        """What a message box says, if one is there."""
        world = self.front.session.world
        win = world.record.active
        if win is None or win.app != BOX:
            return ""
        return f"{win.title}: {world.memory.read_text(win.blocks['text'])}".replace("\n", " ")

    def shoot(self, path: Path) -> None:
        """Save the picture as it is now."""
        self.front.draw(self.screen.canvas)
        self.screen.save_png(path)
        self.saved.append(path)


def prove(path: Path, say: Say) -> None:
    """Play a log's commands on a fresh machine, and compare. Raises ValueError where they differ."""
    log = Log.load(path)
    with progress_bar("replaying") as progress:
        proof = replay(log, fresh, progress)
    if proof.first_difference is not None:
        raise ValueError(f"{path}: another machine does otherwise: {proof.first_difference.text}")
    done = f"{plural(len(log.commands), 'command')}, {plural(len(proof.made.events), 'event')}"
    if proof.events_equal and proof.digest_equal:
        say(f"{path}: {done}: all the same, and so is every byte.")
    else:
        say(f"{path}: {done}. The log has no events or no digest to compare with.")
    say(f"Digest of the machine in the end: {proof.made.digest}")


def seconds_of_day() -> int:
    """The time of the day, in seconds."""
    now = datetime.datetime.now().time()
    return now.hour * 3600 + now.minute * 60 + now.second


def _record(session: Session, path: Path, say: Say) -> None:
    """Save the logs, one file a machine."""
    logs = session.all_logs()
    for at, log in enumerate(logs, 1):
        target = path if len(logs) == 1 else path.with_name(f"{path.stem}-{at}{path.suffix}")
        log.save(target)
        say(f"Saved as {target}.")


def _shot(option: str) -> tuple[str, Path]:
    event, colon, file = option.partition(":")
    if not colon or not file:
        raise ValueError(f"--shot {option}: expected EVENT:FILE.png")
    if not Path(file).absolute().parent.is_dir():
        raise ValueError(f"--shot {option}: there is no folder {Path(file).parent}")
    return event, Path(file)


def _export(session: Session, path: Path, colours: tuple[tuple[int, int, int], ...]) -> None:
    """The last picture, or a film with a frame for each command."""
    timeline = session.timeline
    if path.suffix == ".png":
        canvas = Canvas(AREA.w, AREA.h, colours)
        canvas.bitmap(0, 0, AREA.w, photograph(session.world))
        canvas.save_png(path)
        return
    film = Apng(path, AREA.w, AREA.h, colours, fps=1000 / FRAME)
    moments = timeline.boundaries
    with film, progress_bar("filming") as progress:
        for number, event in enumerate(moments, 1):
            film.add(timeline.visit(event, photograph))
            if progress:
                progress(number, len(moments))
