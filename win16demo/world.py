"""The machine: KERNEL, the blocks in its heap, and the record of the windows. It changes by commands only.

    world.execute(["open", "notepad"])     blocks are allocated, the window is painted into its block
    world.save() -> bytes                  all of it, between two commands
    World.load(header, bytes)              and on it goes, as if nothing had been

Equal commands on equal worlds give equal events and equal bytes: no clock, no device, no frame rate comes in here.
"""

from __future__ import annotations

import hashlib
import inspect
import struct
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from functools import cache
from typing import Any

from handleheap.block import Block, Kind
from handleheap.desktop.box import Box
from handleheap.desktop.heapbitmap import HeapBitmap
from handleheap.desktop.log import Scalar
from handleheap.desktop.menu import Item, Menu
from handleheap.desktop.window import Window, message_box
from handleheap.events import Event, Moved, Tap
from handleheap.shelf import SHELF
from handleheap.view.livemap import LiveMap
from handleheap.win16 import Kernel
from handleheap.win16.profile import PROFILES
from handleheap.win16.tasks import Task

from .memory import Memory, NoMemory
from .program import BadCommand, Program, Tell, Verb, nobody
from .record import BOX, Record, Win
from .resources import Resources
from .verbs import VERBS

SCREEN = Box(0, 0, 640, 480)
AREA = Box(0, 0, 640, 430)
"""The desktop; below it is the bar of time."""
ROOM = 640 << 10
"""Bytes that the programs have together, if nothing else is asked for."""
RESERVE = 60 << 10
"""Bytes kept for the message box that says that there is no memory."""
MAP_WIDTH, MAP_ROWS, MAP_HEIGHT = 608, 1, 24
NO_MEMORY = "Not Enough Memory"


def memory_for(mode: str, room: int) -> int:
    """The bytes of memory in which blocks have `room`; the kernel's tables come on top. ValueError if that is too much."""
    memory = SHELF[f"win16-{mode}"].needed(room)
    if memory > PROFILES[mode].limit:
        raise ValueError(f"{room:,} bytes for programs make {memory:,}: {mode} mode addresses {PROFILES[mode].limit:,}")
    return memory


def between_tables(blocks: Sequence[Block]) -> tuple[int, int]:
    """Where the memory begins and ends that the kernel's own tables leave to blocks."""
    used = [block for block in blocks if block.kind is not Kind.TABLE]
    return used[0].base, used[-1].end


class World:
    """A desktop on a Kernel. `header` has `profile`, `memory` (all of it, in bytes) and `seed`."""

    def __init__(self, header: Mapping[str, Any], tap: Tap | None = None, programs: Mapping[str, Program] | None = None) -> None:
        self._begin(header, tap, programs)
        self._serve(Kernel(PROFILES[header["profile"]], header["memory"]), Record())
        self._boot()

    @classmethod
    def load(
        cls,
        header: Mapping[str, Any],
        data: bytes,
        tap: Tap | None = None,
        programs: Mapping[str, Program] | None = None,
    ) -> World:
        """The world that `save` has saved. Raises HeapCorrupt, ValueError."""
        world = cls.__new__(cls)
        world._begin(header, tap, programs)
        (n,) = struct.unpack_from("<I", data)
        record = Record.loads(data[4 : 4 + n].decode())
        world._serve(Kernel.attach(bytearray(data[4 + n :]), PROFILES[header["profile"]]), record)
        return world

    def _begin(self, header: Mapping[str, Any], tap: Tap | None, programs: Mapping[str, Program] | None) -> None:
        from .apps import PROGRAMS  # here, since programs know the world

        self.header, self.tap, self.programs = dict(header), tap, dict(PROGRAMS if programs is None else programs)
        self._moved = False

    def _serve(self, kernel: Kernel, record: Record) -> None:
        self.kernel, self.record = kernel, record
        self.memory = Memory(kernel)
        menus = {name: program.menu for name, program in self.programs.items() if program.menu}
        pictures = {name: program.picture for name, program in self.programs.items()}
        self.resources = Resources(self.memory, record.resources, pictures, menus)
        blocks = list(kernel.walk())
        self.low, self.high = between_tables(blocks)
        self.map = LiveMap(
            [*blocks, *kernel.heap.discarded()], MAP_WIDTH - 2, MAP_ROWS, MAP_HEIGHT, start=self.low, end=self.high
        )
        self.gliding: bytes | None = None
        kernel.tap = self._told

    def _told(self, event: Event) -> None:
        self.map.apply(event)
        self._moved |= isinstance(event, Moved)
        if self.tap is not None:
            self.tap(event)

    # --- the world as a timeline sees it ----------------------------------------------------------------------------------

    def execute(self, command: Sequence[Scalar]) -> None:
        """Do what a command says. Raises BadCommand, and then nothing has changed.

        Where there is no memory for it, a message box says so: that is an answer and no error.
        """
        act, args = self._understood(command)
        self._moved = False
        try:
            act(self, *args)
        except NoMemory as refused:
            self.say_no(refused)
        if self._moved:
            self._moved = False
            self.paint(*[win for win in self.record.windows if win.app != BOX and self.programs[win.app].restless])

    def save(self) -> bytes:
        """All state: the record, then the arena."""
        record = self.record.dumps().encode()
        return struct.pack("<I", len(record)) + record + bytes(self.kernel.arena.memory)

    def digest(self) -> str:
        """SHA-256 over record and arena."""
        return hashlib.sha256(self.save()).hexdigest()

    def _understood(self, command: Sequence[Scalar]) -> tuple[Verb, list[Any]]:
        """What a command means: a function and its arguments."""
        if isinstance(command, str) or not command or not isinstance(command[0], str):
            raise BadCommand(f"{command!r} is no command: a verb is expected, and its arguments")
        verb, args = command[0], command[1:]
        if verb in VERBS:
            act = VERBS[verb]
        else:
            win = self.find(args[0]) if args else None
            if win is None:
                raise BadCommand(f"{verb}: there is no such command, or no window {args[0] if args else ''}".rstrip())
            act = self.programs[win.app].verbs.get(verb, _unknown)
            if act is _unknown:
                raise BadCommand(f"{verb}: {win.app} knows no such command")
        return act, self._fitting(act, verb, args)

    def _fitting(self, act: Verb, verb: str, args: Sequence[Scalar]) -> list[Any]:
        """The arguments as the function wants them: a window for its number, all others of the right type."""
        wanted = parameters(act)
        if not wanted.least <= len(args) <= len(wanted.types):
            raise BadCommand(f"{verb}: {len(args)} arguments, expected {wanted.names}")
        found: list[Any] = []
        for value, kind, name in zip(args, wanted.types, wanted.names.split(), strict=False):
            if kind is Win:
                win = self.find(value)
                if win is None:
                    raise BadCommand(f"{verb}: there is no window {value!r}")
                found.append(win)
            elif type(value) is not kind and not (kind is float and type(value) is int):
                raise BadCommand(f"{verb}: {name} is {value!r}, expected {kind.__name__}")
            else:
                found.append(value)
        return found

    def find(self, name: Scalar) -> Win | None:
        """The window of a number, or the topmost one of a program."""
        if type(name) is int:
            return self.record.window(name)
        return next((win for win in reversed(self.record.windows) if win.app == name), None)

    # --- starting ---------------------------------------------------------------------------------------------------------

    def _boot(self) -> None:
        """USER and GDI first, with what everybody needs; then the Program Manager."""
        with self.kernel.task("GDI", 2048):
            for name in self.resources.names():
                if name.startswith("font"):
                    self.resources.load(name)
        with self.kernel.task("USER", 4096):
            self.record.reserve = self.memory.alloc(RESERVE)
            self.record.resources["message"] = self.memory.alloc(512)
        self.execute(["open", "progman"])

    # --- windows ----------------------------------------------------------------------------------------------------------

    @property
    def system(self) -> Task:
        """USER, who owns what belongs to no program."""
        return next(task for task in self.kernel.running() if task.name == "USER")

    def task_of(self, win: Win) -> Task:
        """Who owns what the window's program allocates."""
        return Task(self.kernel.heap, win.task) if win.task else self.system

    def place(self, win: Win) -> Box:
        """Where a window is on the desktop now."""
        return AREA if win.state == "maximised" else win.box

    def window(self, win: Win, tell: Tell = nobody) -> Window:
        """The window as an object, with all its parts, made from record and heap. Reads only; uncounted."""
        active = win is self.record.active
        if win.app == BOX:
            text = self.memory.read_text(self.record.resources["message"])
            window = self._box(win, text, lambda answer: tell("answer", win.id, answer))
        else:
            program = self.programs[win.app]
            window = Window(
                self.place(win),
                win.title,
                menus=menus(self.resources.menu(win.app), win, tell) if program.menu else (),
                status=program.status(self, win) if program.status else None,
                ground=program.ground,
                on_close=chosen(program.closing, win, tell),
                resizable=program.resizable,
            )
            program.fill(window, self, win, tell)
        if window.ring:
            window.focus = window.ring[min(win.focus, len(window.ring) - 1)]
        window.on_focus = lambda part: tell("focus", win.id, part)
        window.state = win.state
        window.activate(active)
        return window

    def paint(self, *wins: Win) -> None:
        """Paint windows into their blocks: what they show is locked meanwhile, and loaded if it was discarded."""
        for win in wins:
            if win.state != "minimised" and win in self.record.windows:
                with self.task_of(win):
                    self._paint(win)

    def _paint(self, win: Win) -> None:
        if win.app != BOX:
            if f"menu {win.app}" in self.resources.names():
                with self.system, suppress(NoMemory):  # then the bar is read from the file
                    self.resources.touch(f"menu {win.app}")
            self.fit(win)
        window = self.window(win)
        window.place(0, 0)
        bitmap = self.bitmap(win)
        with ExitStack() as pins, self.resources.lettering() as letters:
            for handle in win.blocks.values():
                pins.enter_context(self.memory.pinned(handle))
            with bitmap.locked(letters) as canvas:
                window.draw(canvas)
        win.version += 1

    def bitmap(self, win: Win) -> HeapBitmap:
        """The picture of a window."""
        return HeapBitmap(self.memory, win.bitmap, *win.drawn)

    def fit(self, win: Win) -> None:
        """Let the block of a window be as large as its picture. Raises NoMemory, and the picture stays as it was."""
        box = self.place(win)
        if win.drawn == (box.w, box.h) and win.bitmap:
            return
        n = box.w * box.h
        win.bitmap = self.memory.resize(win.bitmap, n) if win.bitmap else self.memory.alloc(n)
        win.drawn = (box.w, box.h)

    def raise_(self, win: Win | None) -> None:
        """Let a window be on top, and paint it and the one that was."""
        before = self.record.active
        if win is not None:
            self.record.windows.remove(win)
            self.record.windows.append(win)
        now = self.record.active
        self.paint(*[each for each in (before, now) if each is not None and (each is not before or before is not now)])

    def remove(self, win: Win) -> None:
        """Take a window away; what its program has goes with it."""
        self.record.windows.remove(win)
        if win.task:
            Task(self.kernel.heap, win.task).exit()
        if (now := self.record.active) is not None:
            self.paint(now)

    # --- message boxes ----------------------------------------------------------------------------------------------------

    def say_no(self, refused: NoMemory) -> None:
        """The box for want of memory."""
        self.box(NO_MEMORY, str(refused))
        self.record.wanted = refused.wanted

    def box(self, title: str, text: str, *, warn: bool = True, buttons: str = "OK", then: str = "") -> None:
        """Show a message box in place of the one that is there. A small one needs no memory: its block was kept for it.

        Raises NoMemory for a large one.
        `then` is a command (words with spaces between them) that the first of several buttons stands for.
        """
        record = self.record
        win = Win(record.next, BOX, title, Box(0, 0, 0, 0), at={"warn": warn, "buttons": buttons, "then": then})
        win.box = self._box(win, text, nobody).box
        win.drawn = (win.box.w, win.box.h)
        n = win.box.w * win.box.h
        with self.system:
            win.bitmap = record.reserve if n <= RESERVE else self.memory.alloc(n)
            record.resources["message"] = self.memory.write_text(record.resources["message"], text)
        win.blocks["text"] = record.resources["message"]
        for old in [old for old in record.windows if old.app == BOX]:
            self.drop(old)
        record.next += 1
        before = record.active
        record.windows.append(win)
        self.paint(*[each for each in (before, win) if each is not None])

    def drop(self, win: Win) -> None:
        """Take a message box away."""
        self.record.windows.remove(win)
        if win.title == NO_MEMORY:
            self.record.wanted = 0
        if win.bitmap != self.record.reserve:
            self.kernel.GlobalFree(win.bitmap)

    def _box(self, win: Win, text: str, answered: Callable[[str], None]) -> Window:
        buttons = tuple(win.word("buttons").split("|"))
        return message_box(win.title, text, answered, buttons=buttons, warn=bool(win.at["warn"]), area=AREA)


def _unknown(*_: Any) -> None:
    """Stands for a verb that a program does not know."""


KINDS: dict[str, type] = {"Win": Win, "int": int, "str": str, "bool": bool, "float": float}
"""The types that a verb may ask for, as they are written."""


class Parameters:
    """What a verb wants, after the world: types, names, and how many at least."""

    def __init__(self, act: Verb) -> None:
        given = list(inspect.signature(act).parameters.values())[1:]
        self.types = [KINDS[parameter.annotation] for parameter in given]
        self.names = " ".join(parameter.name for parameter in given) or "none"
        self.least = sum(parameter.default is inspect.Parameter.empty for parameter in given)


@cache
def parameters(act: Verb) -> Parameters:
    """The parameters of a verb, looked at once."""
    return Parameters(act)


def menus(text: str, win: Win, tell: Tell) -> list[Menu]:
    """A menu from its text; see `Program`. A title with one nameless item acts at once."""
    found: list[Menu] = []
    items: list[Item] = []
    for line in text.splitlines():
        if not line.startswith("\t"):
            items = []
            found.append(Menu(line, items))
            continue
        label, shortcut, command = [*line[1:].split("|"), "", ""][:3]
        items.append(Item() if label == "-" else Item(label, chosen(command, win, tell), shortcut))
    return found


def chosen(command: str, win: Win, tell: Tell) -> Callable[[], None] | None:
    """What an item of a menu does: a command for this window, for all (`!open notepad`), or for the front end (`@save`)."""
    if not command:
        return None
    words = [int(word) if word.lstrip("-").isdecimal() else word for word in command.removeprefix("!").split()]
    verb, args = words[0], words[1:]
    return lambda: tell(verb, *([] if command[0] in "!@" else [win.id]), *args)
