"""The Memory Manager of the classic Mac OS: what its calls cost in Python, and its compaction beyond the bytes that it moves.

`handleheap.mac` is imported when it is measured: it needs construct, which the command line does without.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from . import contenders as who
from . import costs
from .costs import LARGE, SHARE, Call, both, each, every_second_freed, replaced, resized, slid
from .records import Result, Row, Scale, Step

if TYPE_CHECKING:
    from ...mac import Profile, Toolbox

MOST = 10_000
"""Blocks."""
MEMORY = 7
"""Bytes of memory for a live byte. The application zone gets three of them."""
FITTING = {24: 4_000, 32: 10_000}
"""Blocks to be compacted, by bits of an address: as many as fit, and as many as elsewhere."""
ROOM = 3_800
"""Bytes of memory for one of them, which has 1,500 on average."""
SPARE = 1 << 16
"""And bytes besides."""


def toolbox(scale: Scale) -> list[Step]:
    """The calls of the Toolbox.

    The Memory Manager of the Mac with 32-bit addresses. The application zone has been extended as far as it goes and has
    three times the live bytes, and MoreMasters was called as often as it takes. An eighth of the blocks is nonrelocatable, a
    quarter purgeable. The calls are made on blocks chosen at random; what is paired leaves the zone as full as it was.

    The peers are those of KERNEL: the textbook heap with as many blocks, a look into a dict, the textbook's walk. `rover` and
    `first` are the two fits. `half and back` stays in place, and so does `larger and back`, since the blocks behind move away.
    CompactMem finds nothing to move. MoveHHi takes a block to the top, and all above it slide down. NewPtr makes relocatable
    blocks move when there is no hole below them; `mixed` is after they have filled the holes among the nonrelocatable ones,
    so that it has to look each time.
    """
    return [partial(costs.by_number, scale, Calls, MOST)]


class Filled:
    """A Toolbox with a block of each size: a few nonrelocatable ones, and relocatable ones whose lists take turns in memory."""

    def __init__(self, sizes: Sequence[int], few: int, profile: Profile) -> None:
        from ...mac import Toolbox

        self.toolbox = toolbox = spacious(Toolbox(MEMORY * sum(sizes) + SPARE, 32, profile), len(sizes))
        self.pointers = [toolbox.NewPtr(size) for size in sizes[:few]]
        handles = [toolbox.NewHandle(size) for size in sizes[few:]]
        self.movable, self.resized, self.purgeable, more = (handles[i :: SHARE - 1][:few] for i in range(4))
        for handle in (*self.purgeable, *more):
            toolbox.HPurge(handle)


def spacious(toolbox: Toolbox, live: int) -> Toolbox:
    """Its application zone as large as it gets, with a master pointer for each block."""
    toolbox.MaxApplZone()
    for _ in range(live // toolbox.zone().header.get("moreMast")):
        toolbox.MoreMasters()
    return toolbox


class Calls(costs.Calls):
    """The calls of the Memory Manager."""

    system = "Toolbox"

    def __init__(self, scale: Scale, live: int) -> None:
        from ...mac import SYSTEM7

        super().__init__(scale, live)
        self.filled = Filled(self.sizes, self.few, SYSTEM7)
        self.first = Filled(self.sizes, self.few, replace(SYSTEM7, fit="first"))
        self.toolbox = self.filled.toolbox

    def tables(self) -> list[Callable[[], list[Row]]]:
        """Nonrelocatable blocks come first, while no relocatable ones are among them; those who allocate leave holes."""
        return [self.fixing, self.allocating, self.resizing, self.locking, self.emptying, self.asking, self.looking]

    def fixing(self) -> list[Row]:
        """Not warmed up: relocatable blocks move for the first ones without a hole, and there is room for the others."""
        toolbox, textbook = self.toolbox, self.textbook
        players = {
            "textbook, free+alloc fixed": who.player(replaced, textbook.free, self.pin, self.pinned),
            "NewPtr+DisposePtr": who.player(replaced, toolbox.DisposePtr, toolbox.NewPtr, self.filled.pointers),
        }
        return self.table("alloc and free, fixed", players)

    def allocating(self) -> list[Row]:
        """Every block of the lists is replaced some times before the clock starts."""
        players = {"textbook, free+alloc": who.player(replaced, self.textbook.free, self.textbook.alloc, self.blocks)}
        for name, filled in (("rover", self.filled), ("first", self.first)):
            toolbox = filled.toolbox
            play = who.player(replaced, toolbox.DisposeHandle, toolbox.NewHandle, filled.movable)
            players[f"NewHandle+DisposeHandle, {name}"] = play
        self.warm(players)
        return self.table("alloc and free", players)

    def resizing(self) -> list[Row]:
        """Every second block in address order, each once: when it is the turn of one, there are others behind it."""
        toolbox, blocks = self.toolbox, self.filled.resized
        calls = min((self.few + 1) // 2, self.calls)

        def packed() -> Iterator[who.Plan]:
            for _ in range(self.turns):
                self._settle()
                order = sorted(range(self.few), key=lambda i: toolbox.deref(blocks[i]))
                yield [(i, LARGE) for i in order[::2][:calls]]

        peers = [(handle, LARGE, self.textbook.length(handle)) for handle in self.blocks]
        larger = [(handle, LARGE, toolbox.GetHandleSize(handle)) for handle in blocks]
        half = [(handle, size // 2, size) for handle, _, size in larger]
        players = {
            "textbook, larger and back": who.player(resized, self.textbook.resize, peers),
            "SetHandleSize, half and back": who.player(resized, toolbox.SetHandleSize, half),
            "SetHandleSize, larger and back": who.player(resized, toolbox.SetHandleSize, larger),
        }
        return self.timed("resize", players, packed(), calls)

    def locking(self) -> list[Row]:
        """The flag, and nothing else."""
        toolbox, textbook = self.toolbox, self.textbook
        players = {
            "textbook, lock+unlock": who.player(both, textbook.lock, textbook.unlock, self.blocks),
            "HLock+HUnlock": who.player(both, toolbox.HLock, toolbox.HUnlock, self.filled.movable),
        }
        return self.table("lock", players)

    def emptying(self) -> list[Row]:
        """A block comes back with the size that it had."""
        toolbox, textbook = self.toolbox, self.textbook
        gone = [(handle, toolbox.GetHandleSize(handle)) for handle in self.filled.purgeable]
        players = {
            "textbook, discard+touch": who.player(both, textbook.discard, textbook.touch, self.codes),
            "EmptyHandle+ReallocateHandle": who.player(_emptied, toolbox.EmptyHandle, toolbox.ReallocateHandle, gone),
        }
        return self.table("discard and revive", players)

    def asking(self) -> list[Row]:
        """What needs no walk."""
        toolbox, handles = self.toolbox, self.filled.movable
        known = {handle: toolbox.GetHandleSize(handle) for handle in handles}
        players = {
            "a look into a dict": who.player(each, known.__getitem__, handles),
            "deref": who.player(each, toolbox.deref, handles),
            "GetHandleSize": who.player(each, toolbox.GetHandleSize, handles),
            "HGetState": who.player(each, toolbox.HGetState, handles),
            "RecoverHandle": who.player(each, toolbox.RecoverHandle, [toolbox.deref(handle) for handle in handles]),
            "FreeMem": who.player(_asked, toolbox.FreeMem),
        }
        return self.table("ask", players)

    def looking(self) -> list[Row]:
        """One call at a time. What the last ones of a turn have moved is put right before the next."""
        from ...mac import maxSize

        toolbox, textbook, zone = self.toolbox, self.textbook, self.toolbox.zone()

        def settled() -> Iterator[who.Plan]:
            textbook.compact()
            for plan in self.plans(self.turns, 1):
                self._settle()
                yield plan

        players: dict[str, who.Play] = {
            "textbook, walk": lambda plan: list(textbook.walk()),
            "textbook, compact": lambda plan: textbook.compact(),
            "walk": lambda plan: list(toolbox.walk()),
            "heap check": lambda plan: zone.check(),
            "MaxBlock": lambda plan: toolbox.MaxBlock(),
            "CompactMem(maxSize)": lambda plan: toolbox.CompactMem(maxSize),
            "MoveHHi": who.player(each, toolbox.MoveHHi, self.filled.resized),
            "NewPtr+DisposePtr, mixed": who.player(replaced, toolbox.DisposePtr, toolbox.NewPtr, self.filled.pointers),
        }
        return self.timed("look at every block", players, settled(), 1)

    def _settle(self) -> None:
        from ...mac import maxSize

        self.toolbox.CompactMem(maxSize)


def _emptied(empty: Call, refill: Callable[[int, int], object], blocks: list[tuple[int, int]], plan: who.Plan) -> None:
    for i, _ in plan:
        handle, size = blocks[i]
        empty(handle)
        refill(handle, size)


def _asked(question: Callable[[], object], plan: who.Plan) -> None:
    for _ in plan:
        question()


# --- compaction ----------------------------------------------------------------------------------------------------------


def compact(scale: Scale) -> list[Step]:
    """Compaction of the Mac's zone.

    Blocks of 1,000 to 2,000 bytes, every second of which is freed; CompactMem(maxSize) slides the others together. With
    24-bit addresses there are at most 16 MB, of which the application zone has less than half, so there are fewer blocks. The
    peer is that of GlobalCompact: it knows the moves beforehand, walks once, and copies the same bytes.
    """
    live = max(SHARE, scale.slow[-1])
    return [partial(_compact, scale, bits, min(live, most)) for bits, most in FITTING.items()]


def _compact(scale: Scale, bits: int, live: int) -> Iterator[Result]:
    from ...mac import maxSize

    what, make, call = f"compaction, {bits}-bit zone", partial(half_freed, bits, live), "CompactMem(maxSize)"
    yield from slid(what, make, call, lambda toolbox: toolbox.CompactMem(maxSize), live, scale.repeats)


def half_freed(bits: int, live: int) -> Toolbox:
    """A Toolbox in whose application zone blocks and holes take turns."""
    from ...mac import Toolbox

    toolbox = spacious(Toolbox(ROOM * live + SPARE, bits), live)
    every_second_freed(toolbox.NewHandle, toolbox.DisposeHandle, live)
    return toolbox
