"""The one registry of heaps: name -> constructor. A heap's module is imported when it is first asked for.

>>> sorted(SHELF)
['bump', 'core', 'implicit', 'textbook']
>>> heap = make("textbook", 4096, fit="best")
>>> heap.traits.name, heap.arena.size
('textbook', 4096)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from .errors import HeapError
from .events import Tap
from .protocols import Heap


class Entry(NamedTuple):
    """A heap on the shelf."""

    summary: str
    make: Callable[[object, str | None, bool, Tap | None], Heap]
    """`make(memory, fit, compacts, tap)`; `fit` None means the heap's own choice."""
    attach: Callable[[object, str | None], Heap] | None
    """`attach(memory, fit)`: a heap that continues from a copy of the bytes, for those whose bytes are all there is."""
    fits: tuple[str, ...]
    moves: bool


def make(name: str, memory: object, *, fit: str | None = None, compacts: bool = True, tap: Tap | None = None) -> Heap:
    """The heap called `name` over `memory`, a size in bytes or a writable buffer.

    `compacts=False` gives a heap that moves nothing by itself. Raises UnknownHeap, and ValueError for a fit it has not.
    """
    entry = SHELF.get(name)
    if entry is None:
        raise UnknownHeap(name)
    if fit is not None and fit not in entry.fits:
        choice = f"{name} has the fits {', '.join(entry.fits)}" if entry.fits else f"{name} has no fit to choose"
        raise ValueError(f"no fit {fit!r}: {choice}")
    return entry.make(memory, fit, compacts, tap)


class UnknownHeap(HeapError, LookupError):
    """No heap of this name stands on the shelf."""

    def __init__(self, name: str) -> None:
        super().__init__(f"no heap is called {name!r}; there are {', '.join(SHELF)}")


def _textbook(memory: object, fit: str | None, compacts: bool, tap: Tap | None) -> Heap:
    from .textbook import LADDER, NEVER_COMPACT, Textbook

    return Textbook(memory, fit=fit or "first", ladder=LADDER if compacts else NEVER_COMPACT, tap=tap)


def _bump(memory: object, fit: str | None, compacts: bool, tap: Tap | None) -> Heap:
    from .malloc.bump import Bump

    return Bump(memory, tap=tap)


def _attach_bump(memory: object, fit: str | None) -> Heap:
    from .malloc.bump import Bump

    return Bump.attach(memory)


def _implicit(memory: object, fit: str | None, compacts: bool, tap: Tap | None) -> Heap:
    from .malloc.implicit import Implicit

    return Implicit(memory, fit=fit or "first", tap=tap)


def _attach_implicit(memory: object, fit: str | None) -> Heap:
    from .malloc.implicit import Implicit

    return Implicit.attach(memory, fit=fit or "first")


def _core(memory: object, fit: str | None, compacts: bool, tap: Tap | None) -> Heap:
    from .arena import Arena
    from .core import Heap as Core

    arena = memory if isinstance(memory, Arena) else Arena(memory, name="core")
    heap = Core(arena.size - arena.size % 16, arena=arena, tap=tap)
    heap.compacts = compacts
    return heap


FITS = ("first", "next", "best", "worst")
SHELF: dict[str, Entry] = {
    "textbook": Entry("the ideal handle heap: movable, discardable, every policy pluggable", _textbook, None, FITS, True),
    "implicit": Entry("malloc with boundary tags and one implicit list", _implicit, _attach_implicit, FITS, False),
    "bump": Entry("a pointer that only goes up", _bump, _attach_bump, (), False),
    "core": Entry("the fast handle heap to embed: quick lists, size bins, one sweep", _core, None, (), True),
}
"""All heaps, the reference first."""


def every() -> Iterator[tuple[str, Entry]]:
    """(name, entry) of all heaps, for tests and benchmarks that run over every one."""
    return iter(SHELF.items())
