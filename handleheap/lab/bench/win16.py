"""The global heap of Windows 3.x: what its calls cost in Python, and its compaction beyond the bytes that it moves.

`handleheap.win16` is imported when it is measured: it needs construct, which the command line does without.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from . import contenders as who
from . import costs
from .costs import LARGE, SHARE, Call, both, each, every_second_freed, replaced, resized, slid
from .records import Result, Row, Scale, Step

if TYPE_CHECKING:
    from ...win16 import Kernel

MOST = 8_000
"""Blocks; there are 8,176 selectors."""
MEMORY = 16 << 20


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
    return [partial(costs.by_number, scale, Calls, MOST)]


class Calls(costs.Calls):
    """The calls of KERNEL."""

    system = "KERNEL"

    def __init__(self, scale: Scale, live: int) -> None:
        from ...win16 import GMEM_DISCARDABLE, GMEM_FIXED, GMEM_MOVEABLE, Kernel

        super().__init__(scale, live)
        sizes, few = self.sizes, self.few
        self.kernel = kernel = Kernel(memory=MEMORY)
        self.fix, self.move, self.load = (
            partial(kernel.GlobalAlloc, flags) for flags in (GMEM_FIXED, GMEM_MOVEABLE, GMEM_MOVEABLE | GMEM_DISCARDABLE)
        )
        self.realloc = partial(kernel.GlobalReAlloc, flags=GMEM_MOVEABLE)
        self.fixed = [self.fix(size) for size in sizes[:few]]
        movable = [self.move(size) for size in sizes[few : -2 * few]]
        self.movable, self.resized = movable[:few], movable[-few:]
        self.discardable = [self.load(size) for size in sizes[-2 * few :]][:few]

    def tables(self) -> list[Callable[[], list[Row]]]:
        """Fixed blocks come first, while no movable ones are among them; those who allocate leave holes."""
        return [self.fixing, self.allocating, self.resizing, self.locking, self.discarding, self.asking, self.looking]

    def fixing(self) -> list[Row]:
        """Not warmed up: the first fixed block without a hole makes movable ones slide, and there is room for the others."""
        players = {
            "textbook, free+alloc fixed": who.player(replaced, self.textbook.free, self.pin, self.pinned),
            "GlobalAlloc+Free, fixed": who.player(replaced, self.kernel.GlobalFree, self.fix, self.fixed),
            "GlobalDosAlloc+Free": who.player(_borrowed, self.kernel.GlobalDosAlloc, self.kernel.GlobalDosFree),
        }
        return self.table("alloc and free, fixed", players)

    def allocating(self) -> list[Row]:
        """Every block of the lists is replaced some times before the clock starts."""
        players = {
            "textbook, free+alloc": who.player(replaced, self.textbook.free, self.textbook.alloc, self.blocks),
            "GlobalAlloc+Free, movable": who.player(replaced, self.kernel.GlobalFree, self.move, self.movable),
            "GlobalAlloc+Free, discardable": who.player(replaced, self.kernel.GlobalFree, self.load, self.discardable),
        }
        self.warm(players)
        return self.table("alloc and free", players)

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
            "textbook, larger and back": who.player(resized, self.textbook.resize, peers),
            "GlobalReAlloc, half and back": who.player(resized, self.realloc, half),
            "GlobalReAlloc, larger and back": who.player(resized, self.realloc, larger),
        }
        return self.timed("resize", players, packed(), min(self.few, self.calls))

    def locking(self) -> list[Row]:
        """All ways to pin a block."""
        kernel, movable = self.kernel, self.movable
        players = {
            "textbook, lock+unlock": who.player(both, self.textbook.lock, self.textbook.unlock, self.blocks),
            "GlobalLock+Unlock, movable": who.player(both, kernel.GlobalLock, kernel.GlobalUnlock, movable),
            "GlobalLock+Unlock, discardable": who.player(both, kernel.GlobalLock, kernel.GlobalUnlock, self.discardable),
            "GlobalFix+Unfix": who.player(both, kernel.GlobalFix, kernel.GlobalUnfix, movable),
            "LockSegment+UnlockSegment": who.player(both, kernel.LockSegment, kernel.UnlockSegment, movable),
            "GlobalPageLock+Unlock": who.player(both, kernel.GlobalPageLock, kernel.GlobalPageUnlock, movable),
        }
        return self.table("lock", players)

    def discarding(self) -> list[Row]:
        """A block comes back with the size that it had."""
        gone = [(handle, 0, self.kernel.GlobalSize(handle)) for handle in self.discardable]
        players = {
            "textbook, discard+touch": who.player(both, self.textbook.discard, self.textbook.touch, self.codes),
            "GlobalDiscard+ReAlloc": who.player(resized, self.realloc, gone),  # the macro is just that
        }
        return self.table("discard and revive", players)

    def asking(self) -> list[Row]:
        """Of discardable blocks, which have an age, too."""
        known = {handle: self.kernel.GlobalSize(handle) for handle in self.discardable}
        players = {"a look into a dict": who.player(each, known.__getitem__, self.discardable)}
        for name in ("GlobalSize", "GlobalHandle", "GlobalFlags", "FarGetOwner", "GlobalLRUNewest", "GlobalLRUOldest"):
            players[name] = who.player(each, getattr(self.kernel, name), self.discardable)
        return self.table("ask", players)

    def looking(self) -> list[Row]:
        """One call at a time. What the last ones of a turn have moved is put right before the next."""

        def settled() -> Iterator[who.Plan]:
            self.textbook.compact()
            for plan in self.plans(self.turns, 1):
                self.kernel.GlobalCompact(0)
                yield plan

        kernel, textbook = self.kernel, self.textbook
        players: dict[str, who.Play] = {
            "textbook, walk": lambda plan: list(textbook.walk()),
            "textbook, compact": lambda plan: textbook.compact(),
            "walk": lambda plan: list(kernel.walk()),
            "GlobalCompact(0)": lambda plan: kernel.GlobalCompact(0),
            "GlobalWire+UnWire": who.player(both, kernel.GlobalWire, kernel.GlobalUnWire, self.movable),
            "GlobalAlloc+Free, fixed, mixed": who.player(replaced, kernel.GlobalFree, self.fix, self.fixed),
        }
        return self.timed("look at every block", players, settled(), 1)


def _borrowed(alloc: Callable[[int], int], free: Call, plan: who.Plan) -> None:
    for _, size in plan:
        free(alloc(size) & 0xFFFF)


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
    what, make, call = f"compaction, {mode} mode", partial(half_freed, mode, live), "GlobalCompact(0)"
    yield from slid(what, make, call, lambda kernel: kernel.GlobalCompact(0), live, scale.repeats)


def half_freed(mode: str, live: int) -> Kernel:
    """A kernel of this mode in whose heap blocks and holes take turns."""
    from ...win16 import GMEM_MOVEABLE, Kernel
    from ...win16.profile import PROFILES

    kernel = Kernel(PROFILES[mode], MEMORY)
    every_second_freed(partial(kernel.GlobalAlloc, GMEM_MOVEABLE), kernel.GlobalFree, live)
    return kernel
