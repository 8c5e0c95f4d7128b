"""The command line of the demo."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from handleheap.desktop.screen import LARGEST
from handleheap.desktop.skin import SCHEMES
from handleheap.errors import HeapError
from handleheap.view.palette import PALETTES

from . import run as desktop
from .options import FASTEST, MODES, Options
from .player import run as trace_player
from .script import names

HELP = """A desktop in the style of Windows 3.1 whose windows, texts and pictures live in a heap, and go on working while it is
compacted. Nothing to do but play; F5 tells the story in a minute.

Without a display, or with --headless, a script is told in text, and its pictures are saved.
"""
EXAMPLES = """Examples:

  python -m win16demo

  python -m win16demo --script tour

  python -m win16demo --headless --script sandbar --text

  python -m win16demo --record mine.jsonl

  python -m win16demo --replay mine.jsonl

  python -m win16demo --trace cc1-rec --mode enhanced --headroom 1.02
"""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=HELP, epilog=EXAMPLES)
def demo(
    script: Annotated[str | None, typer.Option(help=f"Play {', '.join(names())}, or a script of your own.")] = None,
    mode: Annotated[str | None, typer.Option(help=f"Which Windows: {', '.join(MODES)}.")] = None,
    size: Annotated[str | None, typer.Option(help="Memory for programs, such as 1M; otherwise 640K.")] = None,
    seed: Annotated[int, typer.Option(help="For the Shaker and for generated workloads.")] = 0,
    record: Annotated[Path | None, typer.Option(help="Save the log of the session there when it ends.")] = None,
    replay: Annotated[Path | None, typer.Option(help="Play a log's commands, and compare events and memory.")] = None,
    open_: Annotated[Path | None, typer.Option("--open", help="Go on from a log or a dump.")] = None,
    trace: Annotated[str | None, typer.Option(help="Play a recorded program instead (`handleheap traces`), or a .rep.")] = None,
    headroom: Annotated[float, typer.Option(help="With --trace: the memory, as a multiple of the trace's peak.")] = 1.02,
    headless: Annotated[bool, typer.Option("--headless", help="No window: the story in text.")] = False,
    text: Annotated[bool, typer.Option("--text", help="As --headless, with maps of the heap in letters.")] = False,
    announce: Annotated[bool, typer.Option("--announce", help="Print a sentence for each event of the heap.")] = False,
    shot: Annotated[
        list[str] | None, typer.Option(metavar="EVENT:FILE.png", help="A picture at a moment of the script, or after an event.")
    ] = None,
    shots: Annotated[Path | None, typer.Option(help="Save a picture of each moment of the script into this folder.")] = None,
    export: Annotated[Path | None, typer.Option(help="Save the last picture (.png), or all commands as a film (.apng).")] = None,
    scale: Annotated[str, typer.Option(help=f"Size of a pixel in the window: auto, or 1 to {LARGEST}.")] = "auto",
    speed: Annotated[float, typer.Option(help=f"How fast it plays, 1/{FASTEST:.0f} to {FASTEST:.0f} times.")] = 1.0,
    palette: Annotated[str, typer.Option(help=f"The colours of the map: {', '.join(PALETTES)}.")] = "okabe",
    scheme: Annotated[str, typer.Option(help=f"The colours of the windows: {', '.join(SCHEMES)}.")] = "default",
    reduced_motion: Annotated[bool, typer.Option("--reduced-motion", help="Nothing glides.")] = False,
    timing: Annotated[bool, typer.Option("--timing", help="Only tell how fast it is on this machine.")] = False,
) -> None:
    """Check the options, and play."""
    options = Options(
        script=script, trace=trace, mode=mode, size=size, headroom=headroom, seed=seed, unseen=headless or text, text=text,
        announce=announce, shot=shot or [], shots=shots, scale=scale, speed=speed, palette=palette, scheme=scheme,
        reduced_motion=reduced_motion, record=record, replay=replay, open=open_, export=export, timing=timing,
    )  # fmt: skip
    try:
        options.check()
        if trace is not None:
            trace_player.play(options, say)
        else:
            desktop.play(options, say)
    except (HeapError, ValueError, OSError) as error:
        told = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) and error.filename else error
        print(f"error: {told}", file=sys.stderr)
        raise typer.Exit(2) from None
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        raise typer.Exit(130) from None


def say(caption: str) -> None:
    """A caption, on the terminal."""
    print(caption, flush=True)


def run() -> None:
    """Run the command."""
    app(prog_name="python -m win16demo")
