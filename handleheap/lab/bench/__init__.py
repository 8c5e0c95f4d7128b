"""Speed, as ratios against peers that are measured in the same run: seconds differ from machine to machine, ratios hardly do.

    records  stopwatch      what is measured and asked; turns and medians
    contenders              who frees and allocates, and the peers
    churn  calls  moving    alloc and free; the other calls; compaction
    memory                  state, import, a cache
    heaps                   the heaps of the shelf
    costs  win16  mac       operating systems: Windows' global heap, the Mac's Memory Manager
    frames                  a map that follows events
    process                 interpreters of their own
    place  report           the machine; text and page

A part is a function: its docstring is title and explanation, and it returns its steps.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import NamedTuple

from . import calls, churn, frames, heaps, mac, memory, moving, win16
from .place import machine
from .process import give_back
from .records import FULL, QUICK, Bar, Figure, Remark, Result, Row, Scale, Step

PARTS: dict[str, Callable[[Scale], list[Step]]] = {
    "churn": churn.churn,
    "pure": churn.pure,
    "wide": churn.wide,
    "tight": churn.tight,
    "growth": calls.growth,
    "view": calls.view,
    "resize": calls.resize,
    "reload": calls.reload,
    "compact": moving.compact,
    "pure-compact": moving.pure_compact,
    "settled": moving.settled,
    "steps": moving.steps,
    "state": memory.state,
    "import": memory.imported,
    "cache": memory.cache,
    "uniform": heaps.uniform,
    "textbook": heaps.textbook,
    "replay": heaps.replay,
    "kernel": win16.kernel,
    "win16-compact": win16.compact,
    "toolbox": mac.toolbox,
    "mac-compact": mac.compact,
    "frames": frames.frames,
}
"""All parts, in their order."""


class Measured(NamedTuple):
    """The results of one part."""

    name: str
    rows: list[Row]
    figures: list[Figure]
    remarks: list[Remark]


def bench(
    scale: Scale = FULL, progress: Callable[[int, int], None] | None = None, parts: Iterable[str] = PARTS
) -> list[Measured]:
    """The parts of these names, in the order of `PARTS`."""
    wanted = set(parts)
    steps = [(name, step) for name, part in PARTS.items() if name in wanted for step in part(scale)]
    found: dict[str, list[Result]] = {name: [] for name in PARTS if name in wanted}
    for done, (name, step) in enumerate(steps):
        if progress is not None:
            progress(done, len(steps))
        found[name] += step()
        give_back()
    return [
        Measured(
            name,
            [result for result in results if isinstance(result, Row)],
            [result for result in results if isinstance(result, Figure)],
            [result for result in results if isinstance(result, Remark)],
        )
        for name, results in found.items()
    ]


def explanation(name: str) -> tuple[str, str]:
    """Title and text of a part.

    >>> explanation("import")[0]
    'Import'
    """
    title, _, text = inspect.cleandoc(PARTS[name].__doc__ or name).partition("\n")
    return title.rstrip("."), text.strip()


__all__ = ["FULL", "PARTS", "QUICK", "Bar", "Figure", "Measured", "Remark", "Row", "Scale", "bench", "explanation", "machine"]
