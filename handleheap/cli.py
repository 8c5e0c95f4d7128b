"""The command line: `handleheap …` and `python -m handleheap`.

    traces, trace info    what there is to play, and its figures
    heaps                 what to play it on
    replay, walk          play it: the outcome, or the blocks as they lie after some operation
    record                make a trace of a real program
    bench                 how fast all this is

Results go to standard output; progress bars and errors to standard error. Exit status: 0; 1 for a heap that was found corrupt
and for refusals under --strict; 2 for whatever the user can put right, told in one line; 130 after Ctrl-C (see `__main__`).
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from typer.core import TyperGroup

from . import __version__, shelf
from .block import Block
from .block import table as block_table
from .errors import HeapCorrupt, RecordError, TraceError
from .lab import bench as speed
from .lab.bench import report
from .lab.progress import no_collector, progress_bar
from .lab.record import record as record_program
from .lab.workloads import GENERATORS, describe, load, names, workload
from .metrics import measure
from .protocols import Heap
from .replay import Replay, Result
from .torture import Torture
from .trace import Statistics
from .view.palette import OKABE
from .view.picture import band_picture, picture_height
from .view.png import png, save
from .view.svg import svg
from .view.textmap import plural, text_map

JSON_KEYS: dict[str, tuple[str, ...]] = {
    "traces": ("name", "description", "ops", "peak_live_bytes", "peak_live_blocks"),
    "trace info": Statistics._fields,
    "heaps": ("name", "summary", "moves", "fits"),
    "replay": (*Result._fields, "trace"),
    "walk": Block._fields,
    "bench": ("machine", "rows", "figures", "remarks"),
}
"""What --json prints: the keys, in this order, of an object, or of each object in an array."""

JSON_ARRAYS = ("traces", "heaps", "walk")

EXAMPLES: dict[str, tuple[str, ...]] = {
    "": ("handleheap traces", "handleheap replay git-log --capacity 1.02x", "handleheap replay --help"),
    "traces": ("handleheap traces", "handleheap traces --json"),
    "trace": ("handleheap trace info git-log",),
    "trace info": ("handleheap trace info git-log", "handleheap trace info perl-wordfreq --json"),
    "heaps": ("handleheap heaps", "handleheap heaps --json"),
    "replay": (
        "handleheap replay git-log --capacity 1.02x --fit next --compact never",
        "handleheap replay git-log --capacity 1.02x --fit next --map",
        "handleheap replay binary --heap implicit --capacity 768K --strict",
        "handleheap replay uniform --seed 7 --compact every:1000 --json",
        "handleheap replay few-sizes --heap implicit --svg heap.svg --png heap.png",
    ),
    "walk": (
        "handleheap walk git-log --at 36209 --capacity 1.02x --fit next --compact never --limit 20",
        "handleheap walk binary --at 6000 --heap implicit --capacity 768K --json",
    ),
    "record": ("handleheap record ls.rep.gz -- ls -l /", "handleheap replay ls.rep.gz"),
    "bench": (
        "handleheap bench --quick",
        "handleheap bench --quick --json",
        "handleheap bench view settled --quick",
        "handleheap bench churn --live 1000",
        "handleheap bench --quick --write performance.md",
    ),
}
"""The examples in the help of each command. They are run by the tests."""


class InputError(Exception):
    """What the user asked for cannot be done, and why."""


class Commands(TyperGroup):
    """The commands, with one answer to all that can go wrong outside of this program: a line and a status."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (InputError, TraceError, RecordError, shelf.UnknownHeap) as error:
            stop(2, f"error: {error}")
        except HeapCorrupt as error:
            walk = "\n".join(getattr(error, "__notes__", ())).splitlines()
            stop(1, f"error: {error}", *walk[:12], *(["…"] if len(walk) > 12 else ()))


def epilog(command: str) -> str:
    """What stands under the help of a command: the keys of its JSON, and examples, whose line breaks a backspace protects."""
    parts = ["\b\nExamples:\n" + "\n".join(f"  {line}" for line in EXAMPLES[command])]
    if command in JSON_KEYS:
        kind = "objects in an array" if command in JSON_ARRAYS else "an object"
        parts.insert(0, f"JSON: {kind}, with the keys {' '.join(JSON_KEYS[command])}.")
    return "\n\n".join(parts)


PLAIN: dict[str, Any] = {"cls": Commands, "rich_markup_mode": None, "add_completion": False, "pretty_exceptions_enable": False}
app = typer.Typer(**PLAIN, invoke_without_command=True, epilog=epilog(""))
trace_app = typer.Typer(**PLAIN, no_args_is_help=True, help="Look at a trace.", epilog=epilog("trace"))
app.add_typer(trace_app, name="trace")

NameArgument = Annotated[str, typer.Argument(metavar="NAME|FILE", help="A named workload (see traces), or a trace file.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
HeapOption = Annotated[str, typer.Option(metavar="NAME", help="The heap to play on (see heaps).")]
CapacityOption = Annotated[str, typer.Option(metavar="SIZE", help="65536, 64K, 16M, or 1.02x: times the peak of live bytes.")]
FitOption = Annotated[str | None, typer.Option(metavar="first|next|best|worst", help="How it looks for a hole.")]
CompactOption = Annotated[
    str, typer.Option(metavar="on-failure|never|every:N", help="If no hole is found; never; or after N ops as well.")
]
ScrambleOption = Annotated[bool, typer.Option("--scramble", help="Move all before each call that may; fill holes with 0xCC.")]
CheckOption = Annotated[bool, typer.Option("--check", help="Check the whole heap after each call.")]
SeedOption = Annotated[int, typer.Option(metavar="N", min=0, help="The seed of a generated workload; a recording has none.")]
SvgOption = Annotated[Path | None, typer.Option("--svg", metavar="FILE", help="Draw the heap as it is at the end.")]
PngOption = Annotated[Path | None, typer.Option("--png", metavar="FILE", help="Paint the heap as it is at the end.")]
StrictOption = Annotated[bool, typer.Option("--strict", help="Exit with status 1 if anything was refused.")]
MapOption = Annotated[bool, typer.Option("--map", help="Print the heap as it is at the end, in letters.")]
LimitOption = Annotated[int | None, typer.Option(metavar="N", min=0, help="Print no more than N blocks.")]
AtOption = Annotated[int, typer.Option(metavar="N", min=0, help="Stop after this operation; 0 is the heap at its birth.")]
OutArgument = Annotated[Path, typer.Argument(metavar="OUT", help="The trace file to write; .gz packs it.")]
CommandArgument = Annotated[list[str], typer.Argument(metavar="COMMAND", help="The program and its arguments, behind a --.")]
VersionOption = Annotated[bool, typer.Option("--version", help="Print the version and stop.")]
PartsArgument = Annotated[
    list[str] | None, typer.Argument(metavar="[PART]...", help=f"What to measure; all unless told: {' '.join(speed.PARTS)}.")
]
QuickOption = Annotated[bool, typer.Option("--quick", help="Seconds instead of minutes: smaller heaps, and less exact.")]
LiveOption = Annotated[int | None, typer.Option(metavar="N", min=10, help="Measure with so many blocks only.")]
WriteOption = Annotated[Path | None, typer.Option("--write", metavar="FILE", help="Write a page in Markdown, too.")]

# --- the commands --------------------------------------------------------------------------------------------------------


@app.callback()
def root(ctx: typer.Context, version: VersionOption = False) -> None:
    """Memory that can move: replay what programs ask of malloc on heaps with and without compaction."""
    if version:
        print(f"handleheap {__version__}")
        raise typer.Exit
    if ctx.invoked_subcommand is None:
        print(ctx.get_help())


@app.command(epilog=epilog("traces"))
def traces(as_json: JsonOption = False) -> None:
    """List the workloads that have a name, recorded and generated."""
    rows = []
    for name in names():
        figures = load(name).statistics()
        rows.append((name, describe(name), figures.ops, figures.peak_live_bytes, figures.peak_live_blocks))
    if as_json:
        emit([dict(zip(JSON_KEYS["traces"], row, strict=True)) for row in rows])
    else:
        table(("name", "what it is", ">ops", ">peak bytes", ">peak blocks"), rows)


@trace_app.command(epilog=epilog("trace info"))
def info(name: NameArgument, as_json: JsonOption = False) -> None:
    """Print a trace in figures; sizes in bytes."""
    with progress_bar("reading") as progress:
        figures = load(name, progress=progress).statistics()
    if as_json:
        emit(figures._asdict())
    else:
        print(aligned(figures._asdict()))


@app.command(epilog=epilog("heaps"))
def heaps(as_json: JsonOption = False) -> None:
    """List the heaps on which a trace can be played."""
    if as_json:
        emit([{"name": name, "summary": e.summary, "moves": e.moves, "fits": e.fits} for name, e in shelf.every()])
    else:
        rows = ((name, e.summary, "yes" if e.moves else "no", ", ".join(e.fits) or "-") for name, e in shelf.every())
        table(("name", "what it is", "moves", "fits"), rows)


@app.command(epilog=epilog("replay"))
def replay(
    name: NameArgument,
    heap: HeapOption = "textbook",
    capacity: CapacityOption = "1.25x",
    fit: FitOption = None,
    compact: CompactOption = "on-failure",
    scramble: ScrambleOption = False,
    check: CheckOption = False,
    strict: StrictOption = False,
    seed: SeedOption = 0,
    as_json: JsonOption = False,
    svg_file: SvgOption = None,
    png_file: PngOption = None,
    show_map: MapOption = False,
) -> None:
    """Play a trace on a heap and print what came of it. Every byte is written and verified."""
    if as_json and show_map:
        raise InputError("--json and --map cannot both have standard output")
    played, result = play(name, heap, capacity, fit, compact, (scramble, check), seed, None)
    blocks = list(played.heap.walk())
    title = f"{shown(played.trace.name)} on {result.heap}, {result.capacity:,} bytes"
    if svg_file is not None:
        write(svg_file, svg({"at the end": blocks}, title=title).encode())
    if png_file is not None:
        pixels = band_picture(blocks, 722, 16, 16)
        write(png_file, png(722, picture_height(16, 16), pixels, OKABE.indexed()))
    if as_json:
        first = result.first_refusal and result.first_refusal._asdict()
        emit(result._asdict() | {"first_refusal": first, "trace": played.trace.name})
    else:
        print(title)
        print(aligned({key: value for key, value in result._asdict().items() if isinstance(value, int | float)}))
        if refusal := result.first_refusal:
            print(f"The first refusal: operation {refusal.op:,} wanted {plural(refusal.wanted, 'byte')};")
            lack = f"no {refusal.lacking} was left" if refusal.lacking else f"the largest free block had {refusal.largest_free:,}"
            print(f"{refusal.free:,} were free, but {lack}.")
    if show_map:
        print(text_map(blocks))
    raise typer.Exit(1 if strict and result.refused else 0)


@app.command(epilog=epilog("walk"))
def walk(
    name: NameArgument,
    at: AtOption,
    heap: HeapOption = "textbook",
    capacity: CapacityOption = "1.25x",
    fit: FitOption = None,
    compact: CompactOption = "on-failure",
    scramble: ScrambleOption = False,
    check: CheckOption = False,
    seed: SeedOption = 0,
    as_json: JsonOption = False,
    limit: LimitOption = None,
) -> None:
    """Print all blocks as they lie after some operation of a trace.

    They come in address order; the discarded ones follow, with base -1 in JSON.
    """
    played, _ = play(name, heap, capacity, fit, compact, (scramble, check), seed, at)
    everything = [*played.heap.walk(), *played.heap.discarded()]
    blocks = everything[:limit]
    if as_json:
        emit([block._asdict() | {"kind": block.kind.name} for block in blocks])
    else:
        print(block_table(blocks))
        if len(blocks) < len(everything):
            print(f"and {plural(len(everything) - len(blocks), 'block')} more")
        now = measure(played.heap)
        print(f"{plural(now.blocks, 'live block')} with {plural(now.live, 'byte')},")
        print(f"{plural(now.holes, 'hole')} with {plural(now.free, 'byte')}, the largest {now.largest_free:,}")


@app.command(epilog=epilog("record"))
def record(out: OutArgument, command: CommandArgument) -> None:
    """Make a trace of what a program asks of malloc.

    The figures go to standard error, and the exit status is the program's own: 128 and the signal's number if a signal ended it.
    """
    trace, status = record_program(out, command)
    print(aligned(trace.statistics()._asdict()), file=sys.stderr)
    raise typer.Exit(status if status >= 0 else 128 - status)


@app.command(epilog=epilog("bench"))
def bench(
    parts: PartsArgument = None,
    quick: QuickOption = False,
    live: LiveOption = None,
    page: WriteOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure the speed of the heaps against peers, and tell which bars hold. A bar that does not changes no exit status.

    All are measured in the same run. A ratio of 2 takes twice as long as the first of its group. A row of the JSON has the keys
    part contender seconds per_second unit ratio note; the ratio is null where there is no peer. A figure has part what blocks
    value unit must aim at_least holds; holds is aim, yes, no, or null where there is no bar. A remark has part text.
    """
    for name in parts or ():
        if name not in speed.PARTS:
            raise InputError(f"{name}: no such part; the parts are {', '.join(speed.PARTS)}")
    if page is not None and not page.absolute().parent.is_dir():
        raise InputError(f"{page}: no such folder")  # told now, not after minutes
    scale = speed.QUICK if quick else speed.FULL
    scale = scale if live is None else scale.at(live)
    with progress_bar("measuring") as progress:
        results = speed.bench(scale, progress, parts or speed.PARTS)
    machine = speed.machine()
    if page is not None:
        write(page, report.page(results, machine, scale).encode())
    if as_json:
        found = {key: [getattr(part, key) for part in results] for key in JSON_KEYS["bench"][1:]}
        emit({"machine": machine} | {key: [item._asdict() for items in lists for item in items] for key, lists in found.items()})
    else:
        print("\n".join(report.text(results, machine)))


# --- playing -------------------------------------------------------------------------------------------------------------


def play(
    name: str, on: str, capacity: str, fit: str | None, compact: str, torment: tuple[bool, bool], seed: int, until: int | None
) -> tuple[Replay, Result]:
    """Read a trace and play it on the heap `on`, behind progress bars; the other options are as the user wrote them."""
    with progress_bar("reading") as progress:
        trace = workload(name, seed=seed) if name in GENERATORS else load(name, progress=progress)
    if until is not None and until > len(trace):
        raise InputError(f"--at {until}: {trace.name} has {plural(len(trace), 'operation')}")
    every, size = interval(compact), capacity_in_bytes(capacity, trace.statistics().peak_live_bytes)
    scramble, check = torment
    if capacity.endswith("x") and on in shelf.SHELF:
        size = shelf.SHELF[on].needed(size)
    try:
        heap: Heap = shelf.make(on, size, fit=fit, compacts=compact != "never")
        if every is not None and not heap.traits.moves:
            raise InputError(f"--compact {compact}: {on} moves nothing")
        if scramble or check:
            heap = Torture(heap, scramble=scramble, fill=0xCC if scramble else None, verify=check)
        replay = Replay(trace, heap, every=every)
    except ValueError as error:
        raise InputError(error) from error
    except (MemoryError, OverflowError) as error:
        raise InputError(f"--capacity {capacity}: {size:,} bytes are more than this machine gives") from error
    with progress_bar("playing") as progress, no_collector():
        result = replay.run(until, progress)
    if scramble and heap.traits.moves:  # blocks have been scattered over all of memory
        result = result._replace(heap_bytes=size, utilisation=result.peak_live_bytes / size)
    return replay, result


def interval(compact: str) -> int | None:
    """The N of `every:N`.

    >>> interval("every:100"), interval("never")
    (100, None)
    """
    if not (match := re.fullmatch("on-failure|never|every:([0-9]{1,18})", compact)):
        raise InputError(f"--compact {compact}: expected on-failure, never or every:N")
    return int(match[1]) if match[1] else None


def capacity_in_bytes(text: str, peak: int) -> int:
    """A capacity as the user writes it; a K is 1,024 bytes. `peak` is what an `x` multiplies, rounded down.

    >>> capacity_in_bytes("4096K", 0), capacity_in_bytes("1.02x", 4_178_056)
    (4194304, 4261617)
    """
    if not (match := re.fullmatch("([0-9]{1,18})([KMG]?)|([0-9]{1,9}(?:[.][0-9]{1,9})?)x", text)):
        raise InputError(f"--capacity {text}: expected bytes, as 65536, 64K or 16M, or a multiple of the peak, as 1.25x")
    size = int(Fraction(match[3]) * peak) if match[3] else int(match[1]) << {"": 0, "K": 10, "M": 20, "G": 30}[match[2]]
    if not size:
        raise InputError(f"--capacity {text}: that is no memory at all")
    return size


# --- printing ------------------------------------------------------------------------------------------------------------


def emit(data: object) -> None:
    """All that a command with --json prints."""
    print(json.dumps(data, indent=2))


def table(columns: Sequence[str], rows: Iterable[Iterable[object]]) -> None:
    """A table that folds what is too wide; a column is ranged right if its title begins with >."""
    grid = Table(box=SIMPLE_HEAD, pad_edge=False)
    for title in columns:
        grid.add_column(title.lstrip(">"), justify="right" if title[0] == ">" else "left", overflow="fold")
    for row in rows:
        grid.add_row(*(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row))
    Console(markup=False, highlight=False, emoji=False).print(grid)


def aligned(figures: Mapping[str, float]) -> str:
    """A figure a line: whole numbers with separators, ratios in percent."""
    texts = {key: f"{value:,}" if isinstance(value, int) else f"{value:.1%}" for key, value in figures.items()}
    return "\n".join(f"{key.replace('_', ' '):<16} {text:>13}" for key, text in texts.items())


def shown(text: str) -> str:
    """Text on one line: what would not print is escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def stop(status: int, *lines: str) -> NoReturn:
    """Print lines to standard error, uncoloured and unwrapped, and end with that status."""
    for line in lines:
        print(shown(line), file=sys.stderr)
    raise typer.Exit(status)


def write(path: Path, data: bytes) -> None:
    """Write a file, whole or not at all; a device or pipe stays what it is."""
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(data)
        else:
            save(path, data)
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: {getattr(error, 'strerror', None) or error}") from error
