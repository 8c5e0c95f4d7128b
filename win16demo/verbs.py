"""The commands that concern any window, and those that concern none. Programs have further ones of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from handleheap.desktop.box import Box
from handleheap.errors import OutOfMemory

from .memory import NoMemory
from .program import BadCommand, Verb
from .record import BOX, Win

if TYPE_CHECKING:
    from .world import World

LEAST = (100, 28)
"""The smallest window."""
CASCADE = 20
"""So far from each other appear windows of the same program."""


# --- programs ------------------------------------------------------------------------------------------------------------


def open_(world: World, program: str) -> None:
    """Start a program."""
    if program not in world.programs:
        raise BadCommand(f"open: no program is called {program!r}; there are {', '.join(world.programs)}")
    made = world.programs[program]
    record = world.record
    try:
        task = world.kernel.task(program.upper()[:8], made.data)
    except OutOfMemory as refused:  # a task needs memory below 1 MB, and a data segment
        raise NoMemory("WinExec: GlobalAlloc", refused.wanted, world.memory.largest) from None
    same = sum(win.app == program for win in record.windows)
    win = Win(record.next, program, made.title, made.box.moved(same * CASCADE, same * CASCADE), task=task.database)
    record.next += 1
    before = record.active
    record.windows.append(win)
    try:
        with task:
            made.born(world, win)
        world.paint(win)
    except NoMemory:
        record.windows.remove(win)
        task.exit()
        raise
    if before is not None:
        world.paint(before)


def close(world: World, win: Win) -> None:
    """Close a window: its program ends, and all it has allocated is freed."""
    if win.app == BOX:
        buttons = win.word("buttons").split("|")
        answer(world, win, buttons[-1].replace("&", ""))
        return
    if world.programs[win.app].closing != "close":
        raise BadCommand(f"close: window {win.id} closes with Windows itself")
    world.remove(win)


def answer(world: World, win: Win, button: str) -> None:
    """Press a button of a message box."""
    buttons = [name.replace("&", "") for name in win.word("buttons").split("|")]
    if win.app != BOX or button not in buttons:
        raise BadCommand(f"answer: window {win.id} has no button {button!r}")
    then = win.word("then")
    world.drop(win)
    if (now := world.record.active) is not None:
        world.paint(now)
    if then and button == buttons[0]:
        world.execute([int(word) if word.isdecimal() else word for word in then.split()])


# --- windows ------------------------------------------------------------------------------------------------------------


def activate(world: World, win: Win) -> None:
    """Bring a window to the top."""
    if win.state == "minimised":
        restore(world, win)
    elif win is not world.record.active:
        world.raise_(win)


def move(world: World, win: Win, x: int, y: int) -> None:
    """Move the corner of a window: nothing is painted for that."""
    _ordinary(win, "move")
    win.box = Box(x, y, win.box.w, win.box.h)


def size(world: World, win: Win, x: int, y: int, w: int, h: int) -> None:
    """Another rectangle for a window. Its picture needs another block; if there is none, it stays as it was."""
    _ordinary(win, "size")
    if not world.programs[win.app].resizable:
        raise BadCommand(f"size: a window of {win.app} has one size only")
    _reshape(world, win, box=Box(x, y, max(LEAST[0], w), max(LEAST[1], h)), state="normal")


def maximise(world: World, win: Win) -> None:
    """Let a window cover the desktop."""
    _reshape(world, win, box=win.box, state="maximised")
    world.raise_(win)


def restore(world: World, win: Win) -> None:
    """Bring a window back to where it was."""
    _reshape(world, win, box=win.box, state="normal")
    world.raise_(win)


def minimise(world: World, win: Win) -> None:
    """Let a window be an icon: its picture is freed, its program goes on."""
    if win.app == BOX:
        raise BadCommand("minimise: a message box wants an answer")
    if win.state == "minimised":
        return
    win.state = "minimised"
    world.kernel.GlobalFree(win.bitmap)
    win.bitmap, win.drawn = 0, (0, 0)
    win.at.pop("holds", None)
    world.raise_(None)


def focus(world: World, win: Win, part: int) -> None:
    """Let another part of a window have the focus."""
    if part != win.focus:
        win.focus = max(0, part)
        world.paint(win)


def paint(world: World, win: Win) -> None:
    """Paint a window once more: what it shows is touched."""
    world.paint(win)


def hold(world: World, win: Win) -> None:
    """GlobalLock on the picture of a window, and no unlock: in real mode its block is an island from now on."""
    if not win.bitmap or win.app == BOX:
        raise BadCommand(f"hold: window {win.id} has no picture of its own")
    world.kernel.GlobalLock(win.bitmap)
    win.at["holds"] = win.number("holds") + 1


def let_go(world: World, win: Win) -> None:
    """The GlobalUnlock that was missing."""
    if not win.number("holds"):
        raise BadCommand(f"let_go: window {win.id} holds no lock")
    world.kernel.GlobalUnlock(win.bitmap)
    win.at["holds"] = win.number("holds") - 1


def message(world: World, title: str, text: str) -> None:
    """Show a message box."""
    if len(text) > 1_000 or text.count("\n") > 15:
        raise BadCommand(f"message: a text of {len(text):,} characters is too long for a box")
    world.box(title, text, warn=False)


def _ordinary(win: Win, verb: str) -> None:
    if win.app == BOX or win.state != "normal":
        raise BadCommand(f"{verb}: window {win.id} is {win.state if win.app != 'box' else 'a message box'}")


def _reshape(world: World, win: Win, *, box: Box, state: str) -> None:
    """Let the window have another rectangle or state, if there is memory for its picture. Raises NoMemory."""
    if win.app == BOX:
        raise BadCommand("a message box has one size only")
    before = (win.box, win.state)
    win.box, win.state = box, state
    try:
        with world.task_of(win):
            world.fit(win)
    except NoMemory:
        win.box, win.state = before
        raise
    world.paint(win)


def tidy(world: World) -> None:
    """Put every window back where its program wants it."""
    for win in world.record.windows:
        if win.app != BOX and win.state != "minimised":
            wanted = world.programs[win.app].box
            if win.state == "maximised" or (win.box.w, win.box.h) != (wanted.w, wanted.h):
                _reshape(world, win, box=wanted, state="normal")
            win.box = wanted


# --- no window ----------------------------------------------------------------------------------------------------------


def tick(world: World, seconds: int) -> None:
    """It is so many seconds after midnight."""
    if not 0 <= seconds < 86_400:
        raise BadCommand(f"tick: {seconds} is no time of the day: 0 to 86,399 seconds")
    before, world.record.clock = world.record.clock, seconds
    if before // 60 != seconds // 60:
        world.paint(*[win for win in world.record.windows if win.app == "clock"])


def say(world: World, caption: str) -> None:
    """What a script has to say about what follows."""
    world.record.caption = caption


def pause(world: World, seconds: float) -> None:
    """A script gives time to look. Nothing happens in the machine."""


GLOBAL: tuple[Callable[..., None], ...] = (
    open_, close, answer, message, activate, move, size, maximise, restore, minimise, tidy, focus, paint, hold, let_go,
    tick, say, pause,
)  # fmt: skip
VERBS: dict[str, Verb] = {verb.__name__.rstrip("_"): verb for verb in GLOBAL}
