"""Who frees and allocates: each holds blocks of given sizes, written once, and replaces some of them when it is played a plan.

    plan     (which block, size of its successor) by the thousand, the same for all contenders
    Make     sizes -> a context whose value plays a plan, and which gives its memory back at its end

All are warmed up alike, since what is asked for is the steady state.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from itertools import count, islice
from random import Random
from typing import Any, TypeAlias

from ... import Heap, engine
from ...core import memory
from ...core.pure import load_pure
from ...textbook import Textbook
from .records import SEED, Row
from .stopwatch import by_turns, own

Plan: TypeAlias = Sequence[tuple[int, int]]
Play: TypeAlias = Callable[[Plan], object]
Make: TypeAlias = Callable[[Sequence[int]], AbstractContextManager[Play]]
Draw: TypeAlias = Callable[[Random], int]
"""A size at random."""

WARM = 3
"""Pairs per live block before the clock starts."""
CHUNK = 1 << 20
ALIGN = 16
"""The heaps round sizes up to this."""
COMPILED: type[Heap] | None = Heap if engine == "compiled" else None
PURE: type[Heap] = load_pure().Heap
ENGINES: dict[str, type[Heap]] = {"compiled": COMPILED, "pure": PURE} if COMPILED is not None else {"pure": PURE}
IDLE: Any = getattr(memory, "Idle", None)
"""The heap of an extension that does nothing; None where there is no extension."""


class Nothing:
    """The same in Python."""

    def alloc(self, n: int) -> int:
        """Its argument."""
        return n

    def free(self, handle: int) -> None:
        """Nothing."""


def nothing(name: str) -> Any:
    """The type whose calls do nothing, in the language of that engine."""
    return IDLE if name == "compiled" else Nothing


def small(random: Random) -> int:
    """16 to 1,024 bytes."""
    return 16 + int(random.random() * 1009)


def wide(random: Random) -> int:
    """16 bytes to 64 KiB, as many between 16 and 32 as between 32 and 64, and so on."""
    return int(16 * 4096 ** random.random())


def plans(random: Random, live: int, pairs: int, draw: Draw) -> Iterator[Plan]:
    """Plans without end, no two alike: who frees a block of the size that he allocates next has it too easy."""
    while True:
        yield [(int(random.random() * live), draw(random)) for _ in range(pairs)]


def churned(
    part: str, contenders: Mapping[str, Make], live: int, pairs: int, turns: int, draw: Draw = small, warm: int = WARM
) -> list[Row]:
    """A row per contender, each warmed up alike; the unit is a pair of a free and an allocation."""
    random = Random(SEED)
    sizes = [draw(random) for _ in range(live)]
    work = plans(random, live, pairs, draw)
    with ExitStack() as stack:
        players = {name: stack.enter_context(make(sizes)) for name, make in contenders.items()}
        for plan in islice(work, 1 + warm * live // pairs):
            for play in players.values():
                play(plan)
        return by_turns(part, players, islice(work, turns), pairs, "ops")


# --- heaps ---------------------------------------------------------------------------------------------------------------


def fresh(size: int) -> mmap.mmap:
    """Memory of the system's; what is not written of it takes none."""
    private = getattr(mmap, "MAP_PRIVATE", None)
    return mmap.mmap(-1, size) if private is None else mmap.mmap(-1, size, flags=private)


def write(buffer: Any, size: int) -> None:
    """Write the first bytes of a buffer: a page that was never written is not there yet."""
    view = memoryview(buffer)
    for at in range(0, size, CHUNK):
        view[at : min(at + CHUNK, size)] = b"\xff" * (min(at + CHUNK, size) - at)


@contextmanager
def filled(heap_type: type[Heap], sizes: Sequence[int], capacity: int = 0) -> Iterator[tuple[Heap, list[int]]]:
    """A heap of three times the bytes of these blocks, or with this capacity, and their handles. Every block is written."""
    arena = fresh(-(-(capacity or 3 * sum(sizes)) // ALIGN) * ALIGN)
    heap = heap_type(len(arena), arena=arena)
    handles = [heap.alloc(size) for size in sizes]
    write(arena, capacity or top(heap, handles))
    yield heap, handles
    heap.close()  # not after an error or Ctrl-C: there may be views


def top(heap: Heap | Textbook, handles: Iterable[int]) -> int:
    """Where the highest block ends."""
    return max(heap.address(handle) + heap.length(handle) for handle in handles)


def churn(heap: Any, handles: list[int], plan: Plan) -> None:
    """What is timed, on every heap."""
    for i, size in plan:
        heap.free(handles[i])
        handles[i] = heap.alloc(size)


@contextmanager
def on_heap(heap_type: type[Heap], sizes: Sequence[int], capacity: int = 0) -> Iterator[Play]:
    """A heap to embed."""
    with filled(heap_type, sizes, capacity) as (heap, handles):
        yield player(churn, heap, handles)


def player(function: Callable[..., object], *state: object) -> Play:
    """A function of some state and a plan, with the state put in."""

    def play(plan: Plan) -> None:
        copy(*state, plan)

    copy = own(function)
    return play


@contextmanager
def no_ops(nothing: Any, sizes: Sequence[int]) -> Iterator[Play]:
    """Two calls that do nothing, and the loop: `nothing` is the type that has them."""
    yield player(churn, nothing(), list(sizes))


# --- peers ---------------------------------------------------------------------------------------------------------------


@contextmanager
def bytearrays(sizes: Sequence[int]) -> Iterator[Play]:
    """A bytearray dies when another takes its place in a list."""

    def play(blocks: list[bytearray], plan: Plan) -> None:
        for i, size in plan:
            blocks[i] = bytearray(size)

    yield player(play, [bytearray(b"\xff") * size for size in sizes])


@contextmanager
def dictionary(sizes: Sequence[int]) -> Iterator[Play]:
    """Bytes by key; every successor has a key that was never used."""

    def play(store: dict[int, bytes], keys: list[int], plan: Plan) -> None:
        for fresh, (i, size) in enumerate(plan, next(used)):
            del store[keys[i]]
            store[fresh] = bytes(size)
            keys[i] = fresh

    store = {key: b"\xff" * size for key, size in enumerate(sizes)}
    used = count(len(sizes), 1 << 30)
    yield player(play, store, list(store))


@contextmanager
def arrays(sizes: Sequence[int]) -> Iterator[Play]:
    """numpy.empty: memory that is not cleared. Raises ImportError."""
    from numpy import empty, full, uint8

    def play(blocks: list[Any], plan: Plan) -> None:
        for i, size in plan:
            blocks[i] = empty(size, uint8)

    yield player(play, [full(size, 255, uint8) for size in sizes])


@contextmanager
def malloc(sizes: Sequence[int]) -> Iterator[Play]:
    """The C library's malloc and free, through ctypes."""
    import ctypes

    def play(allocate: Any, free: Any, blocks: list[Any], plan: Plan) -> None:
        for i, size in plan:
            free(blocks[i])
            blocks[i] = allocate(size)

    library = ctypes.CDLL(None)
    allocate, free = library.malloc, library.free
    allocate.argtypes, allocate.restype = [ctypes.c_size_t], ctypes.c_void_p
    free.argtypes, free.restype = [ctypes.c_void_p], None
    blocks = [allocate(size) for size in sizes]
    for block, size in zip(blocks, sizes, strict=True):
        ctypes.memset(block, 255, size)
    try:
        yield player(play, allocate, free, blocks)
    finally:
        for block in blocks:
            free(block)


@contextmanager
def shared(sizes: Sequence[int]) -> Iterator[Play]:
    """The heap of multiprocessing: the one in Python's own library, in Python, for shared memory."""
    from multiprocessing.heap import Heap as SharedHeap

    def play(heap: Any, blocks: list[Any], plan: Plan) -> None:
        for i, size in plan:
            heap.free(blocks[i])
            blocks[i] = heap.malloc(size)

    heap: Any = SharedHeap()
    blocks = [heap.malloc(size) for size in sizes]
    for arena, start, stop in blocks:
        arena.buffer[start:stop] = b"\xff" * (stop - start)
    yield player(play, heap, blocks)


@contextmanager
def textbook(sizes: Sequence[int]) -> Iterator[Play]:
    """The ideal handle heap, which is there to be read."""
    yield player(churn, *textbook_filled(sizes))


def textbook_filled(sizes: Sequence[int]) -> tuple[Textbook, list[int]]:
    """It and its handles. Every block is written."""
    heap = Textbook(3 * sum(sizes))
    handles = [heap.alloc(size) for size in sizes]
    write(heap.arena.memory, top(heap, handles))
    return heap, handles
