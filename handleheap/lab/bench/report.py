"""Results for readers: text for a terminal, and a page of documentation that nobody edits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from . import Figure, Measured, Row, Scale, explanation

COMMAND = "handleheap bench --write docs/performance.md"
UNITS = {"x": "x", "us": " µs", "ms": " ms", "ns": " ns", "bytes": " bytes", "": ""}
SCALES = (("ns", 1e9), ("us", 1e6), ("ms", 1e3))
HOLDS = {"aim": "aim", "yes": "yes", "no": "**no**", None: ""}


def amount(value: float, unit: str) -> str:
    """A number as a reader wants it.

    >>> amount(0.5, "x"), amount(0.0714, "us"), amount(123.4, "ms"), amount(0, "")
    ('0.50x', '0.071 µs', '123 ms', '0')
    """
    digits = 0 if unit == "" or value >= 100 else 3 if value < 0.1 else 2 if value < 10 else 1
    return f"{value:,.{digits}f}{UNITS[unit]}"


def limit(figure: Figure, value: float | None) -> str:
    """A bar in words."""
    if value is None:
        return ""
    return f"{'≥' if figure.at_least else '≤'} {value:g}{UNITS[figure.unit]}"


def cost(row: Row) -> str:
    """The time of one operation; the whole time where bytes are counted."""
    seconds = row.seconds if row.unit == "bytes" else 1 / row.per_second
    unit, factor = next((unit, factor) for unit, factor in SCALES if seconds * factor < 10_000 or unit == "ms")
    return amount(seconds * factor, unit)


def rate(row: Row) -> str:
    """How much is done in a second."""
    return f"{row.per_second / 1e6:,.0f} MB/s" if row.unit == "bytes" else f"{row.per_second:,.0f} ops/s"


def subject(figure: Figure) -> str:
    """What a figure is about, with the number of blocks."""
    return figure.what if figure.blocks is None else f"{figure.what}, {figure.blocks:,} blocks"


def judged(results: Iterable[Measured]) -> list[Figure]:
    """The figures that have a bar."""
    return [figure for part in results for figure in part.figures if figure.holds is not None]


def verdict(figures: Sequence[Figure]) -> str:
    """How many bars hold, in a sentence."""
    held = sum(figure.holds != "no" for figure in figures)
    aims = sum(figure.holds == "aim" for figure in figures)
    return f"{held} of {len(figures)} bars hold; {aims} of the aims are reached."


# --- text ----------------------------------------------------------------------------------------------------------------


def text(results: Sequence[Measured], machine: Mapping[str, str | int]) -> Iterator[str]:
    """The lines for a terminal: all tables, and at the end the bars."""
    yield f"{machine['python']}, {machine['processors']} processors, {machine['system']}, {machine['date']}"
    yield f"engine: {machine['engine']}"
    for part in results:
        for title, group in groupby(part.rows, key=lambda row: row.part):
            yield f"\n{title}"
            for row in group:
                ratio = "" if row.ratio is None else f"{row.ratio:.2f}x"
                yield f"  {row.contender:<30} {cost(row):>12} {ratio:>8} {rate(row):>20}  {row.note}".rstrip()
        plain = [figure for figure in part.figures if figure.holds is None]
        if plain:
            yield f"\n{explanation(part.name)[0]}"
        for figure in plain:
            yield f"  {subject(figure):<66} {amount(figure.value, figure.unit):>12}"
        for remark in part.remarks:
            yield f"\nLeft out: {remark.part}: {remark.text}"
    if bars := judged(results):
        yield f"\n{'what is asked':<61} {'measured':>12} {'must':>10} {'aim':>10}  holds"
        for bar in bars:
            limits = f"{limit(bar, bar.must):>10} {limit(bar, bar.aim):>10}"
            yield f"  {subject(bar):<59} {amount(bar.value, bar.unit):>12} {limits}  {bar.holds}"
        yield verdict(bars)


# --- the page ------------------------------------------------------------------------------------------------------------

INTRODUCTION = """\
# Performance

Written by `{command}` on {date}; nothing here is edited by hand.

{machine}

Every ratio compares two contenders of the same run: they take turns, the garbage collector waits, and medians of {turns}
timings are compared, or of fewer where a heap has to be made anew for each. 2x takes twice as long as the peer. Absolute
times are this machine's and this day's; differences under 15 % are none. Unless a table says otherwise, blocks have 16
to 1,024 bytes, arenas three times the live bytes, and every block was written before the clock started.

*Compiled* is the engine as a C extension, *pure* the same source run by Python. *Must* is what is promised, *aim* what we
would like.
"""


def page(results: Sequence[Measured], machine: Mapping[str, str | int], scale: Scale) -> str:
    """The whole page, in Markdown."""
    where = {
        "Processor": f"{machine['cpu'] or 'unknown'}, {machine['processors']} seen by the system",
        "Memory": machine["memory"],
        "System": machine["system"],
        "Python": machine["python"],
        "Engine": f"{machine['engine']}{', by ' if machine['compiler'] else ''}{machine['compiler']}",
    }
    told = "\n".join(_table(("machine", ""), [(key, str(value)) for key, value in where.items() if value]))
    out = [INTRODUCTION.format(command=COMMAND, date=machine["date"], machine=told, turns=scale.turns)]
    if bars := judged(results):
        cells = [(subject(b), amount(b.value, b.unit), limit(b, b.must), limit(b, b.aim), HOLDS[b.holds]) for b in bars]
        out += ["## What is asked, and what came out\n", verdict(bars) + "\n"]
        out += [*_table(("what", ">measured", ">must", ">aim", "holds"), cells), ""]
    for part in results:
        title, words = explanation(part.name)
        out += [f"## {title}\n", words + "\n"]
        for name, group in groupby(part.rows, key=lambda row: row.part):
            cells = [(r.contender, cost(r), "" if r.ratio is None else f"{r.ratio:.2f}x", rate(r), r.note) for r in group]
            out += [*_table((name, ">time", ">ratio", ">rate", ""), cells), ""]
        if part.figures:
            out += [*_table(("figure", ">measured"), [(subject(f), amount(f.value, f.unit)) for f in part.figures]), ""]
        out += [f"Left out: {remark.part}: {remark.text}.\n" for remark in part.remarks]
    return "\n".join(out).rstrip() + "\n"


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A table in Markdown; a column is ranged right if its title begins with >."""
    yield f"| {' | '.join(title.lstrip('>') for title in columns)} |"
    yield f"|{'|'.join('--:' if title.startswith('>') else '---' for title in columns)}|"
    for row in rows:
        yield f"| {' | '.join(row)} |"
