"""The global heap of Windows 3.x: what its calls cost in Python, and its compaction beyond the bytes that it moves.

`handleheap.win16` is imported when it is measured: it needs construct, which the command line does without.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import islice
from random import Random
from typing import TYPE_CHECKING

from ...compaction import runs
from ...textbook import Textbook
from . import contenders as who
from .records import SEED, Result, Row, Scale, Step, figure
from .stopwatch import Prepare, Run, by_turns, compared, ratio

if TYPE_CHECKING:
    from ...win16 import Kernel

MOST = 8_000
"""Blocks; there are 8,176 selectors."""
SHARE = 8
"""One of so many blocks is fixed, two are discardable."""
SLOW = 20
"""In one timing there are so many times fewer calls than pairs of other slow contenders."""
LARGE = 4_096
"""Bytes for which there is no room where a small block was."""
MEMORY = 16 << 20

Call = Callable[[int], object]


def kernel(scale: Scale) -> list[Step]:
    """The calls of KERNEL.

    The global heap of Windows 3.1 in enhanced mode: 16 MB, in which the tables, too, are bytes as Windows had them. There are
    8,176 selectors, so 8,000 blocks nearly use them up. An eighth of the blocks is fixed, a quarter discardable. The calls
    are made on blocks chosen at random; what is paired leaves the heap as full as it was.

    The peers are the textbook heap with as many blocks, for questions a look into a dict, and for what looks at every block
    the textbook's walk. `half and back` stays in place, `larger and back` moves the block. GlobalCompact finds nothing to
    move. GlobalWire moves others out of the way, and so does GlobalAlloc for a fixed block that finds no hole below them;
    `mixed` is after movable blocks have filled the holes among the fixed ones, so that it has to look each time.
    """
    return [partial(_kernel, scale)]


def _kernel(scale: Scale) -> Iterator[Result]:
    found: dict[int, list[Row]] = {}
    for live in sorted({max(SHARE, min(live, MOST)) for live in scale.slow}):
        found[live] = list(Calls(scale, live).rows())
        yield from found[live]
    first, last = min(found), max(found)
    if first != last:
        for few, many in zip(found[first], found[last], strict=True):
            what = f"{few.contender}, {last:,} blocks / {first:,}"
            yield figure("cost per call, KERNEL", what, few.per_second / many.per_second, "x")


class Calls:
    """KERNEL and the textbook heap with `live` blocks each. All lists of handles have one length: a plan serves for any."""

    def __init__(self, scale: Scale, live: int) -> None:
        from ...win16 import GMEM_DISCARDABLE, GMEM_FIXED, GMEM_MOVEABLE, Kernel

        self.live, self.turns, self.calls = live, scale.turns, max(scale.pairs // SLOW, 1)
        self.random = Random(SEED)
        self.few = few = live // SHARE
        sizes = [who.small(self.random) for _ in range(live)]
        self.textbook = Textbook(3 * sum(sizes) + LARGE)
        self.pin = partial(self.textbook.alloc, movable=False)
        self.pinned = [self.pin(size) for size in sizes[:few]]
        handles = [self.textbook.alloc(size, discardable=1, loader=lambda handle, view: None) for size in sizes[few:]]
        self.blocks, self.codes = handles[:few], handles[-few:]
        self.kernel = kernel = Kernel(memory=MEMORY)
        self.fix, self.move, self.load = (
            partial(kernel.GlobalAlloc, flags) for flags in (GMEM_FIXED, GMEM_MOVEABLE, GMEM_MOVEABLE | GMEM_DISCARDABLE)
        )
        self.realloc = partial(kernel.GlobalReAlloc, flags=GMEM_MOVEABLE)
        self.fixed = [self.fix(size) for size in sizes[:few]]
        movable = [self.move(size) for size in sizes[few : -2 * few]]
        self.movable, self.resized = movable[:few], movable[-few:]
        self.discardable = [self.load(size) for size in sizes[-2 * few :]][:few]

    def rows(self) -> Iterator[Row]:
        """All tables. Fixed blocks come first, while no movable ones are among them; those who allocate leave holes."""
        tables = self.fixing, self.allocating, self.resizing, self.locking, self.discarding, self.asking, self.looking
        for table in tables:
            yield from table()

    def fixing(self) -> list[Row]:
        """Not warmed up: the first fixed block without a hole makes movable ones slide, and there is room for the others."""
        players = {
            "textbook, free+alloc fixed": who.player(_replaced, self.textbook.free, self.pin, self.pinned),
            "GlobalAlloc+Free, fixed": who.player(_replaced, self.kernel.GlobalFree, self.fix, self.fixed),
            "GlobalDosAlloc+Free": who.player(_borrowed, self.kernel.GlobalDosAlloc, self.kernel.GlobalDosFree),
        }
        return self._table("alloc and free, fixed", players, self._plans(self.turns, self.calls), self.calls)

    def allocating(self) -> list[Row]:
        """Every block of the lists is replaced some times before the clock starts."""
        players = {
            "textbook, free+alloc": who.player(_replaced, self.textbook.free, self.textbook.alloc, self.blocks),
            "GlobalAlloc+Free, movable": who.player(_replaced, self.kernel.GlobalFree, self.move, self.movable),
            "GlobalAlloc+Free, discardable": who.player(_replaced, self.kernel.GlobalFree, self.load, self.discardable),
        }
        for plan in self._plans(who.WARM, self.few):
            for play in players.values():
                play(plan)
        return self._table("alloc and free", players, self._plans(self.turns, self.calls), self.calls)

    def resizing(self) -> list[Row]:
        """Blocks in address order, each once: when it is the turn of one, there is another behind it."""

        def packed() -> Iterator[who.Plan]:
            for _ in range(self.turns):
                self.kernel.GlobalCompact(0)
                order = sorted(range(self.few), key=lambda i: self.kernel.heap.address(self.resized[i]))
                yield [(i, LARGE) for i in order[: self.calls]]

        peers = [(handle, LARGE, self.textbook.length(handle)) for handle in self.blocks]
        larger = [(handle, LARGE, self.kernel.GlobalSize(handle)) for handle in self.resized]
        half = [(handle, size // 2, size) for handle, _, size in larger]
        players = {
            "textbook, larger and back": who.player(_resized, self.textbook.resize, peers),
            "GlobalReAlloc, half and back": who.player(_resized, self.realloc, half),
            "GlobalReAlloc, larger and back": who.player(_resized, self.realloc, larger),
        }
        return self._table("resize", players, packed(), min(self.few, self.calls))

    def locking(self) -> list[Row]:
        """All ways to pin a block."""
        kernel, movable = self.kernel, self.movable
        players = {
            "textbook, lock+unlock": who.player(_both, self.textbook.lock, self.textbook.unlock, self.blocks),
            "GlobalLock+Unlock, movable": who.player(_both, kernel.GlobalLock, kernel.GlobalUnlock, movable),
            "GlobalLock+Unlock, discardable": who.player(_both, kernel.GlobalLock, kernel.GlobalUnlock, self.discardable),
            "GlobalFix+Unfix": who.player(_both, kernel.GlobalFix, kernel.GlobalUnfix, movable),
            "LockSegment+UnlockSegment": who.player(_both, kernel.LockSegment, kernel.UnlockSegment, movable),
            "GlobalPageLock+Unlock": who.player(_both, kernel.GlobalPageLock, kernel.GlobalPageUnlock, movable),
        }
        return self._table("lock", players, self._plans(self.turns, self.calls), self.calls)

    def discarding(self) -> list[Row]:
        """A block comes back with the size that it had."""
        gone = [(handle, 0, self.kernel.GlobalSize(handle)) for handle in self.discardable]
        players = {
            "textbook, discard+touch": who.player(_both, self.textbook.discard, self.textbook.touch, self.codes),
            "GlobalDiscard+ReAlloc": who.player(_resized, self.realloc, gone),  # the macro is just that
        }
        return self._table("discard and revive", players, self._plans(self.turns, self.calls), self.calls)

    def asking(self) -> list[Row]:
        """Of discardable blocks, which have an age, too."""
        known = {handle: self.kernel.GlobalSize(handle) for handle in self.discardable}
        players = {"a look into a dict": who.player(_each, known.__getitem__, self.discardable)}
        for name in ("GlobalSize", "GlobalHandle", "GlobalFlags", "FarGetOwner", "GlobalLRUNewest", "GlobalLRUOldest"):
            players[name] = who.player(_each, getattr(self.kernel, name), self.discardable)
        return self._table("ask", players, self._plans(self.turns, self.calls), self.calls)

    def looking(self) -> list[Row]:
        """One call at a time. What the last ones of a turn have moved is put right before the next."""

        def settled() -> Iterator[who.Plan]:
            self.textbook.compact()
            for plan in self._plans(self.turns, 1):
                self.kernel.GlobalCompact(0)
                yield plan

        kernel, textbook = self.kernel, self.textbook
        players: dict[str, who.Play] = {
            "textbook, walk": lambda plan: list(textbook.walk()),
            "textbook, compact": lambda plan: textbook.compact(),
            "walk": lambda plan: list(kernel.walk()),
            "GlobalCompact(0)": lambda plan: kernel.GlobalCompact(0),
            "GlobalWire+UnWire": who.player(_both, kernel.GlobalWire, kernel.GlobalUnWire, self.movable),
            "GlobalAlloc+Free, fixed, mixed": who.player(_replaced, kernel.GlobalFree, self.fix, self.fixed),
        }
        return self._table("look at every block", players, settled(), 1)

    def _plans(self, count: int, calls: int) -> Iterator[who.Plan]:
        return islice(who.plans(self.random, self.few, calls, who.small), count)

    def _table(self, title: str, players: Mapping[str, who.Play], work: Iterable[who.Plan], amount: int) -> list[Row]:
        return by_turns(f"{title}, KERNEL, {self.live:,} blocks", players, work, amount, "ops")


def _replaced(free: Call, alloc: Callable[[int], int], handles: list[int], plan: who.Plan) -> None:
    for i, size in plan:
        free(handles[i])
        handles[i] = alloc(size)


def _borrowed(alloc: Callable[[int], int], free: Call, plan: who.Plan) -> None:
    for _, size in plan:
        free(alloc(size) & 0xFFFF)


def _resized(resize: Callable[[int, int], object], blocks: list[tuple[int, int, int]], plan: who.Plan) -> None:
    for i, _ in plan:
        handle, other, size = blocks[i]
        resize(handle, other)
        resize(handle, size)


def _both(first: Call, second: Call, handles: list[int], plan: who.Plan) -> None:
    for i, _ in plan:
        first(handles[i])
        second(handles[i])


def _each(call: Call, handles: list[int], plan: who.Plan) -> None:
    for i, _ in plan:
        call(handles[i])


# --- compaction ----------------------------------------------------------------------------------------------------------


def compact(scale: Scale) -> list[Step]:
    """Compaction of Windows' global heap.

    16 MB, blocks of 1,000 to 2,000 bytes, every second of which is freed; GlobalCompact slides the others together. Standard
    mode has room for half as many blocks, since each takes two selectors, and its tables lie among them. The peer knows the
    moves beforehand: it walks the heap once and copies the same bytes, a memmove for each run of blocks that moves as one.
    """
    live = max(SHARE, min(scale.slow[-1], MOST))
    return [partial(_compact, scale, "enhanced", live), partial(_compact, scale, "standard", live // 2)]


def _compact(scale: Scale, mode: str, live: int) -> Iterator[Result]:
    def compacted() -> Run:
        kernel = every_second_freed(mode, live)
        moves = len(kernel.plan())

        def run() -> str:
            kernel.GlobalCompact(0)
            return f"{moves:,} blocks moved"

        return run

    def copied() -> Run:
        kernel = every_second_freed(mode, live)
        memory, copies = kernel.arena.memory, list(runs(kernel.plan()))

        def run() -> str:
            list(kernel.walk())
            for src, dst, size in copies:
                memory[dst : dst + size] = memory[src : src + size]
            return f"{len(copies):,} runs"

        return run

    part = f"compaction, {mode} mode, half of {live:,} blocks freed"
    amount = sum(move.size for move in every_second_freed(mode, live).plan())
    peer = "a walk, and a memmove a run"
    contenders: dict[str, Prepare] = {peer: copied, "GlobalCompact(0)": compacted}
    found = compared(part, contenders, scale.repeats, amount, "bytes")
    yield from found
    value = ratio(found, "GlobalCompact(0)", peer)
    assert value is not None
    yield figure(part, f"compaction, {mode} mode / a walk and memmoves", value, "x", live)


def every_second_freed(mode: str, live: int) -> Kernel:
    """A kernel of this mode in whose heap blocks and holes take turns."""
    from ...win16 import GMEM_MOVEABLE, Kernel
    from ...win16.profile import PROFILES

    random = Random(SEED)
    kernel = Kernel(PROFILES[mode], MEMORY)
    handles = [kernel.GlobalAlloc(GMEM_MOVEABLE, random.randint(1_000, 2_000)) for _ in range(live)]
    for handle in handles[::2]:
        kernel.GlobalFree(handle)
    return kernel
