"""The trace player as the command line starts it."""

from __future__ import annotations

from handleheap.desktop.screen import why_not
from handleheap.lab.workloads import load
from handleheap.view.textmap import plural

from ..options import Options
from .app import headless, in_window
from .machine import Machine, memory_for
from .shots import Shots
from .stage import Say


def play(options: Options, say: Say) -> None:
    """Play a trace. Raises ValueError, HeapError, OSError."""
    mode = options.mode or "enhanced"
    workload = load(options.trace or "cc1-rec", seed=options.seed)
    memory = memory_for(workload, mode, options.headroom)
    machine = Machine(workload, memory, mode)  # first of all, since it may be impossible
    pictures = Shots.parse(options.shot, len(workload))
    reason = "" if options.unseen else why_not()
    if options.shots is not None:
        pictures.wanted = Shots.all(options.shots).wanted | pictures.wanted
    if reason:
        say(f"No window ({reason}): it is told in text.\n")
    if options.unseen or reason:
        headless(machine, say, pictures, text=options.text)
    else:
        size = options.scale if options.scale == "auto" else int(options.scale)
        in_window(lambda: Machine(workload, memory, mode), say, pictures, scale=size, speed=options.speed)
    if pictures.saved:
        say(f"\n{plural(len(pictures.saved), 'picture')}: {', '.join(map(str, pictures.saved))}")
