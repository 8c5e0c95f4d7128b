"""Long work at a terminal: a bar that shows how far it is, and nothing that slows it down."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress


@contextmanager
def no_collector() -> Iterator[None]:
    """For a replay, which makes records by the million and no cycles: a quarter faster under torture."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@contextmanager
def progress_bar(label: str) -> Iterator[Callable[[int, int], None] | None]:
    """A callback that moves a bar on standard error; none where nobody would see it."""
    if not sys.stderr.isatty():
        yield None
        return
    with Progress(console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(label, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total or None)
