"""How fast the demo is on this machine: from the start to the first picture, a picture, a command, a jump in time."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median

from handleheap.desktop.screen import Screen

from .front import Front
from .session import Session, header_for

PICTURES = 200
STARTS = 3


def first_picture() -> None:
    """Start, draw one picture, and end."""
    screen = Screen.headless()
    Front(Session(header_for()), screen).draw(screen.canvas)


def report() -> list[str]:
    """The figures, a line each. Nothing is promised: the machine may have other things to do."""
    starts = [_seconds(_start) for _ in range(STARTS)]
    screen = Screen.headless()
    front = Front(Session(header_for()), screen, slides=False)
    for name in ("walker", "notepad", "clock", "paintbrush", "shaker"):
        front.do("open", name)
    shakes = [_seconds(lambda: front.do("shake", "shaker", 50)) for _ in range(20)]
    typed = [_seconds(lambda: front.do("insert", "notepad", "x")) for _ in range(50)]
    pictures = [_seconds(lambda: front.draw(screen.canvas)) for _ in range(PICTURES)]
    total = front.past.total
    jumps = []
    for at in range(1, 20):
        front.go(total * (at * 7 % 20) // 20)
        jumps.append(_seconds(lambda: front.draw(screen.canvas)))
    return [
        f"start to first picture   {median(starts):.2f} s, the interpreter's own start included",
        f"a picture                {median(pictures) * 1e3:.2f} ms with 6 windows",
        f"a letter typed           {median(typed) * 1e3:.2f} ms",
        f"50 steps of the Shaker   {median(shakes) * 1e3:.2f} ms",
        f"a jump in time           {median(jumps) * 1e3:.2f} ms, anywhere among {total:,} events",
    ]


def _start() -> None:
    subprocess.run([sys.executable, "-c", "from win16demo.timing import first_picture; first_picture()"], check=True)


def _seconds(act: Callable[[], None]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun
