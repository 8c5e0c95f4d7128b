"""The one registry of heaps: name -> constructor. A heap's module is imported when it is first asked for.

>>> sorted(SHELF)
['bump', 'core', 'implicit', 'mac-24', 'mac-32', 'textbook', 'win16-enhanced', 'win16-real', 'win16-standard']
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
    needed: Callable[[int], int] = lambda room: room
    """`needed(room)`: the memory in which blocks have about `room` bytes, where a heap's tables take much of it."""


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


def _win16(mode: str, summary: str) -> Entry:
    """The global heap of Windows 3.x in one of its modes."""

    def make_it(memory: object, fit: str | None, compacts: bool, tap: Tap | None) -> Heap:
        from .win16.globalheap import GlobalHeap
        from .win16.profile import PROFILES

        heap = GlobalHeap(memory, profile=PROFILES[mode], tap=tap)
        heap.compacts = compacts
        return heap

    def attach(memory: object, fit: str | None) -> Heap:
        from .win16.globalheap import GlobalHeap
        from .win16.profile import PROFILES

        return GlobalHeap.attach(memory, profile=PROFILES[mode])

    def needed(room: int) -> int:
        from .win16.memorymap import needed
        from .win16.profile import PROFILES

        return needed(PROFILES[mode], room)

    return Entry(summary, make_it, attach, (), True, needed)


def _mac(bits: int, summary: str) -> Entry:
    """A zone of the classic Mac OS in one of its widths."""

    def make_it(memory: object, fit: str | None, compacts: bool, tap: Tap | None) -> Heap:
        from .mac.heap import MacHeap
        from .mac.profile import prudent

        heap = MacHeap(memory, bits=bits, profile=prudent(fit), tap=tap)
        heap.compacts = compacts
        return heap

    def attach(memory: object, fit: str | None) -> Heap:
        from .mac.heap import MacHeap
        from .mac.profile import prudent

        return MacHeap.attach(memory, bits=bits, profile=prudent(fit))

    def needed(room: int) -> int:
        from .mac.heap import needed

        return needed(bits, room)

    return Entry(summary, make_it, attach, ("next", "first"), True, needed)


FITS = ("first", "next", "best", "worst")
SHELF: dict[str, Entry] = {
    "textbook": Entry("the ideal handle heap: movable, discardable, every policy pluggable", _textbook, None, FITS, True),
    "implicit": Entry("malloc with boundary tags and one implicit list", _implicit, _attach_implicit, FITS, False),
    "bump": Entry("a pointer that only goes up", _bump, _attach_bump, (), False),
    "core": Entry("the fast handle heap to embed: quick lists, size bins, one sweep", _core, None, (), True),
    "win16-enhanced": _win16("enhanced", "the global heap of Windows 3.1 in enhanced mode, to the byte"),
    "win16-standard": _win16("standard", "the same in standard mode: headers in front of blocks, two selectors each"),
    "win16-real": _win16("real", "the same in real mode: no selectors, at most 1 MB, and every lock pins"),
    "mac-24": _mac(24, "a zone of the classic Mac OS, System 6 and 7, with 24-bit addresses, to the byte"),
    "mac-32": _mac(32, "the same with 32-bit addresses: longer headers, flags in them"),
}
"""All heaps, the reference first."""


def every() -> Iterator[tuple[str, Entry]]:
    """(name, entry) of all heaps, for tests and benchmarks that run over every one."""
    return iter(SHELF.items())
