"""The other calls: views, locks, resize, discard and reload; and how cost grows with the number of blocks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from random import Random
from typing import Any

from ... import Heap
from . import contenders as who
from .records import SEED, Result, Row, Scale, Step, figure
from .stopwatch import by_turns, own, quiet, ratio, rows

FEW = 1_000
"""Live blocks where their number does not matter."""

Place = tuple[int, int, int]
"""Handle, first byte, and the byte behind the last."""


def view(scale: Scale) -> list[Step]:
    """Views and locks.

    `with a view` is `with heap.view(h): pass`: the block is pinned, its bytes are there, and at the end it is free to move.
    The peer does what Python does without a heap: it takes a slice of a memoryview, and nothing guards the bytes. Both loops
    read the same list. `a view, dropped` leaves out the `with`. `lock+unlock` pins by hand and makes no view.
    """
    return [partial(_view, scale)]


def _view(scale: Scale) -> Iterator[Result]:
    def with_slice(memory: memoryview, plan: Sequence[Place]) -> None:
        for _, start, stop in plan:
            with memory[start:stop]:
                pass

    def slice_dropped(memory: memoryview, plan: Sequence[Place]) -> None:
        for _, start, stop in plan:
            memory[start:stop]

    def with_view(heap: Heap, plan: Sequence[Place]) -> None:
        for handle, _, _ in plan:
            with heap.view(handle):
                pass

    def view_dropped(heap: Heap, plan: Sequence[Place]) -> None:
        for handle, _, _ in plan:
            heap.view(handle)

    def two_calls(nothing: Any, plan: Sequence[Place]) -> None:
        for handle, _, _ in plan:
            nothing.alloc(handle)
            nothing.free(handle)

    def locked(heap: Heap, plan: Sequence[Place]) -> None:
        for handle, _, _ in plan:
            heap.lock(handle)
            heap.unlock(handle)

    random = Random(SEED)
    sizes = [who.small(random) for _ in range(FEW)]
    for name, heap_type in who.ENGINES.items():
        with who.filled(heap_type, sizes) as (heap, handles):
            places = [(h, heap.address(h), heap.address(h) + heap.length(h)) for h in handles]
            work = [[random.choice(places) for _ in range(scale.pairs)] for _ in range(scale.turns)]
            memory = heap.arena.memory
            part = f"with a view, {name}"
            contenders: dict[str, Callable[[Sequence[Place]], object]] = {
                "with a memoryview slice": partial(own(with_slice), memory),
                f"with a view, {name}": partial(own(with_view), heap),
                "a memoryview slice, dropped": partial(own(slice_dropped), memory),
                f"a view, dropped, {name}": partial(own(view_dropped), heap),
            }
            found = by_turns(part, contenders, work, scale.pairs, "ops")
            yield from found
            value = ratio(found, f"with a view, {name}", "with a memoryview slice")
            assert value is not None
            yield figure(part, f"with a view, {name} / memoryview slice", value, "x")
            contenders = {
                "two no-op calls": partial(own(two_calls), who.nothing(name)()),
                f"lock+unlock, {name}": partial(own(locked), heap),
            }
            yield from by_turns(f"lock and unlock, {name}", contenders, work, scale.pairs, "ops")


def resize(scale: Scale) -> list[Step]:
    """Resize.

    A block chosen at random gets another size from 16 to 1,024 bytes and keeps its handle. The peer cuts or pads a bytearray,
    which makes a new one.
    """
    return [partial(_resize, scale)]


def _resize(scale: Scale) -> Iterator[Result]:
    contenders: dict[str, who.Make] = {"bytearray, cut or padded": _padded}
    contenders |= {f"resize, {name}": partial(_resized, heap_type) for name, heap_type in who.ENGINES.items()}
    yield from who.churned(f"resize, {FEW:,} live blocks", contenders, FEW, scale.pairs, scale.turns)


@contextmanager
def _padded(sizes: Sequence[int]) -> Iterator[who.Play]:
    def play(blocks: list[bytearray], plan: who.Plan) -> None:
        for i, size in plan:
            blocks[i] = blocks[i][:size].ljust(size, b"\0")

    yield who.player(play, [bytearray(size) for size in sizes])


@contextmanager
def _resized(heap_type: type[Heap], sizes: Sequence[int]) -> Iterator[who.Play]:
    def play(heap: Heap, handles: list[int], plan: who.Plan) -> None:
        for i, size in plan:
            heap.resize(handles[i], size)

    with who.filled(heap_type, sizes) as (heap, handles):
        yield who.player(play, heap, handles)


def reload(scale: Scale) -> list[Step]:
    """Discard and reload.

    A discardable block chosen at random is discarded and touched, and its loader copies the contents in again. The peer
    deletes bytes from a dict and stores another copy of them.
    """
    return [partial(_reload, scale)]


def _reload(scale: Scale) -> Iterator[Result]:
    contenders: dict[str, who.Make] = {"dict of bytes": _copied}
    contenders |= {f"discard+reload, {name}": partial(_reloaded, heap_type) for name, heap_type in who.ENGINES.items()}
    yield from who.churned(f"discard and reload, {FEW:,} blocks", contenders, FEW, scale.pairs, scale.turns)


SOURCE = memoryview(bytes(range(256)) * 4)
"""Where contents come from again."""


@contextmanager
def _copied(sizes: Sequence[int]) -> Iterator[who.Play]:
    def play(store: dict[int, bytes], plan: who.Plan) -> None:
        for i, _ in plan:
            del store[i]
            store[i] = load(i)

    def load(i: int) -> bytes:
        return bytes(SOURCE[: sizes[i]])

    yield who.player(play, {i: load(i) for i in range(len(sizes))})


@contextmanager
def _reloaded(heap_type: type[Heap], sizes: Sequence[int]) -> Iterator[who.Play]:
    def play(heap: Heap, handles: list[int], plan: who.Plan) -> None:
        for i, _ in plan:
            heap.discard(handles[i])
            heap.touch(handles[i])

    def load(handle: int, view: memoryview) -> None:
        view[:] = SOURCE[: len(view)]

    heap = heap_type(3 * sum(sizes))
    handles = [heap.alloc(size, discardable=True, loader=load) for size in sizes]
    yield who.player(play, heap, handles)


# --- growth --------------------------------------------------------------------------------------------------------------


def growth(scale: Scale) -> list[Step]:
    """How cost grows with the number of blocks.

    Each call by itself, in batches, on blocks chosen at random; `alloc` follows `free` and finds the places of its blocks
    warm. No search grows with the heap, so nothing should grow but cache misses. The loop has them, too, since it reads
    handles from a list: `a call that does nothing` shows how many.
    """
    return [partial(_growth, scale, name, heap_type) for name, heap_type in who.ENGINES.items()]


def _growth(scale: Scale, name: str, heap_type: type[Heap]) -> Iterator[Result]:
    found: dict[int, list[Row]] = {}
    for live in scale.lives:
        times, amount = _calls(scale, name, heap_type, live)
        found[live] = rows(f"cost per call, {name}, {live:,} live blocks", times, amount, "ops")
        yield from found[live]
    first, last = scale.lives[0], scale.lives[-1]
    if first != last:
        for few, many in zip(found[first], found[last], strict=True):
            what = f"{few.contender}, {name}, {last:,} blocks / {first:,}"
            yield figure(f"cost per call, {name}", what, many.seconds / few.seconds, "x")


def _calls(scale: Scale, name: str, heap_type: type[Heap], live: int) -> tuple[dict[str, list[float]], int]:
    """Seconds by call, and how many calls there are in each timing: some batches, whose times are summed up."""

    def free(heap: Any, handles: list[int], plan: who.Plan) -> None:
        for i, _ in plan:
            heap.free(handles[i])

    def alloc(heap: Any, handles: list[int], plan: who.Plan) -> None:
        for i, size in plan:
            handles[i] = heap.alloc(size)

    def lock(heap: Any, handles: list[int], plan: who.Plan) -> None:
        for i, _ in plan:
            heap.lock(handles[i])
            heap.unlock(handles[i])

    def batch() -> who.Plan:
        return [(i, who.small(random)) for i in random.sample(range(live), size)]

    random = Random(SEED)
    size = min(max(live // 10, 1), 1_000)
    batches = max(scale.pairs // size, 1)
    with who.filled(heap_type, [who.small(random) for _ in range(live)]) as (heap, handles):
        who.churn(heap, handles, next(who.plans(random, live, live, who.small)))
        calls = {
            "a call that does nothing": partial(own(free), who.nothing(name)(), handles),
            "free": partial(own(free), heap, handles),
            "alloc": partial(own(alloc), heap, handles),
            "lock+unlock": partial(own(lock), heap, handles),
        }
        times = {call: [0.0] * scale.turns for call in calls}
        for turn in range(scale.turns):
            with quiet():
                for _ in range(batches):
                    replaced, others = batch(), batch()
                    for call, run in calls.items():
                        plan = replaced if call in ("free", "alloc") else others
                        start = time.perf_counter()
                        run(plan)
                        times[call][turn] += time.perf_counter() - start
    return times, batches * size
