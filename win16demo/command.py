"""The command line of the demo."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from handleheap.desktop.screen import LARGEST, why_not
from handleheap.errors import HeapError
from handleheap.lab.workloads import load
from handleheap.view.textmap import plural

from .app import FASTEST, headless, in_window
from .machine import MODES, Machine, memory_for
from .shots import Shots

HELP = """A Heap Walker in the style of Windows 3.1: a real program's allocations break a heap into holes until a request
fails, the heap is compacted before your eyes, and the same request succeeds.

Without a display, or with --headless, the same tour is told in text, and its pictures are saved.
"""
EXAMPLES = """Examples:

  python -m win16demo

  python -m win16demo --headless --text

  python -m win16demo --headless --shot refused:refused.png --shot 20000:later.png

  python -m win16demo --trace few-sizes --mode real --headroom 1.3
"""
SCRIPTS = ("tour",)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=HELP, epilog=EXAMPLES)
def demo(
    script: Annotated[str, typer.Option(help=f"What to play: {', '.join(SCRIPTS)}.")] = "tour",
    trace: Annotated[str, typer.Option(help="A named workload (see `handleheap traces`) or a .rep file.")] = "cc1-rec",
    mode: Annotated[str, typer.Option(help=f"Which Windows it runs under: {', '.join(MODES)}.")] = "enhanced",
    headroom: Annotated[float, typer.Option(help="The memory for blocks, as a multiple of the trace's peak.")] = 1.02,
    seed: Annotated[int, typer.Option(help="For generated workloads.")] = 0,
    headless_: Annotated[bool, typer.Option("--headless", help="No window: the story in text.")] = False,
    text: Annotated[bool, typer.Option("--text", help="As --headless, with maps of the heap in letters.")] = False,
    shot: Annotated[
        list[str] | None,
        typer.Option(metavar="EVENT:FILE.png", help="Save a picture at a moment of the tour, or after an operation."),
    ] = None,
    shots: Annotated[Path | None, typer.Option(help="Save a picture of each moment of the tour into this folder.")] = None,
    scale: Annotated[str, typer.Option(help=f"Size of a pixel in the window: auto, or 1 to {LARGEST}.")] = "auto",
    speed: Annotated[float, typer.Option(help=f"How fast the window plays, 1/{FASTEST:.0f} to {FASTEST:.0f} times.")] = 1.0,
) -> None:
    """Check the options, and play."""
    try:
        _play(script, trace, mode, headroom, seed, headless_ or text, text, shot or [], shots, scale, speed)
    except (HeapError, ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        raise typer.Exit(2) from None
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        raise typer.Exit(130) from None


def _play(
    script: str,
    trace: str,
    mode: str,
    headroom: float,
    seed: int,
    unseen: bool,
    text: bool,
    shot: list[str],
    folder: Path | None,
    scale: str,
    speed: float,
) -> None:
    if script not in SCRIPTS:
        raise ValueError(f"no script is called {script!r}; there is {', '.join(SCRIPTS)}")
    if mode not in MODES:
        raise ValueError(f"no mode is called {mode!r}; there are {', '.join(MODES)}")
    if scale != "auto" and scale not in map(str, range(1, LARGEST + 1)):
        raise ValueError(f"a scale of {scale!r}: it is auto, or 1 to {LARGEST}")
    if not 0 < headroom <= 1_000:
        raise ValueError(f"a headroom of {headroom}: it is a positive multiple of the trace's peak")
    if not 1 / FASTEST <= speed <= FASTEST:
        raise ValueError(f"a speed of {speed}: it is {1 / FASTEST} to {FASTEST}")
    workload = load(trace, seed=seed)
    memory = memory_for(workload, mode, headroom)
    machine = Machine(workload, memory, mode)  # first of all, since it may be impossible
    pictures = Shots.parse(shot, len(workload))
    reason = "" if unseen else why_not()
    if folder is not None or ((reason or unseen) and not shot):
        pictures.wanted = Shots.all(folder or Path("shots")).wanted | pictures.wanted
    if reason:
        print(f"No window ({reason}): the tour is told in text.\n")

    if unseen or reason:
        headless(machine, say, pictures, text=text)
    else:
        size = scale if scale == "auto" else int(scale)
        in_window(lambda: Machine(workload, memory, mode), say, pictures, scale=size, speed=speed)
    if pictures.saved:
        print(f"\n{plural(len(pictures.saved), 'picture')}: {', '.join(map(str, pictures.saved))}")


def say(caption: str) -> None:
    """A caption, on the terminal."""
    print(caption, flush=True)


def run() -> None:
    """Run the command."""
    app(prog_name="python -m win16demo")
