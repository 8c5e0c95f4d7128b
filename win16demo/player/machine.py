"""What is under the window: a recorded program, running as a task of Windows, on a global heap that waits to be compacted.

Commands go in (`play`, `compact`, `retry`), the heap's events come out to `tell`, and the views read `blocks` and `figures`.
The heap never moves anything by itself, so that a refusal can be looked at before it is cured.
"""

from __future__ import annotations

from typing import NamedTuple

from handleheap.block import Block, Compaction, Kind
from handleheap.events import Allocated, CompactBegan, CompactEnded, Event, Freed, Moved, Refused, Resized, RungTried
from handleheap.replay import Refusal, Replay, Result
from handleheap.shelf import SHELF
from handleheap.trace import Trace
from handleheap.win16 import ENHANCED, REAL, STANDARD, Kernel
from handleheap.win16.layout import GRANULE, ModuleDatabase, TaskDatabase

MODES = {profile.name: profile for profile in (REAL, STANDARD, ENHANCED)}
DGROUP = 4096
"""Bytes of the task's data segment."""


def memory_for(trace: Trace, mode: str, headroom: float) -> int:
    """The bytes of memory in which a program has `headroom` times the trace's peak; task and kernel's tables come on top.

    Raises ValueError where that is more than the mode can address.
    """
    profile = MODES[mode]
    own = (-(-(size + profile.header) // GRANULE) * GRANULE for size in (ModuleDatabase.size, TaskDatabase.size, DGROUP))
    memory = SHELF[f"win16-{mode}"].needed(int(headroom * trace.statistics().peak_live_bytes) + sum(own))
    if memory > profile.limit:
        raise ValueError(f"{trace.name} would need {memory:,} bytes of memory: {mode} mode addresses {profile.limit:,}")
    return memory


class Figures(NamedTuple):
    """The numbers on the window. Bytes, but for `op`, `blocks`, `holes` and `moves`."""

    op: int
    blocks: int
    holes: int
    used: int
    free: int
    largest_free: int
    moves: int
    bytes_moved: int


class Machine:
    """`trace` as a task in `memory` bytes under Windows in the given mode, stopped at operation 0.

    Raises ValueError for memory that the tables do not fit in, OutOfMemory where no task can start.
    """

    def __init__(self, trace: Trace, memory: int, mode: str) -> None:
        self.trace, self.memory, self.mode = trace, memory, mode
        self.kernel = Kernel(MODES[mode], memory)
        self.heap = self.kernel.heap
        self.task = self.kernel.task(trace.name.partition("-")[0].upper() or "TASK", DGROUP)
        self.heap.compacts = False
        self.kernel.tap = self.tell
        self.replay = Replay(trace, self.heap)
        self.types = {self.task.database: "Task", self.task.module: "Module Database", self.task.dgroup: "DGroup"}
        """What blocks are that the program has not asked for, by handle."""
        self.last: Event | None = None
        """The latest event worth a sentence."""
        self.handle = 0
        """The block it was about, if it is still there."""
        self.compactions = 0
        self._owner, self._new = self.task.pdb, 0
        self._blocks: list[Block] | None = None
        self.tables = sum(block.size for block in self.blocks if block.kind is Kind.TABLE)
        """Bytes that the kernel keeps to itself."""
        self.room = memory - self.tables
        """Bytes that blocks can have."""

    def tell(self, event: Event) -> None:
        """The tap of the heap."""
        if not isinstance(event, RungTried | CompactBegan | CompactEnded):
            self.last = event
        match event:
            case Allocated():
                self.handle = self._new = event.handle
            case Resized():
                self.handle = event.new_handle or event.handle
            case Moved():
                self.handle = event.handle
            case Freed() | Refused():
                self.handle = 0
        self._blocks = None

    # --- commands --------------------------------------------------------------------------------------------------------

    def play(self, ops: int) -> Refusal | None:
        """Play up to `ops` operations; stops at a refusal and returns it."""
        refused = self.replay.refused
        for _ in range(ops):
            if not self.replay.step():
                return None
            if self.replay.refused != refused:
                return self.replay.refusal
            self._own()
        return None

    def compact(self, moves: int | None = None) -> Compaction:
        """Make the next `moves` moves of the compaction, or all of them."""
        done = self.heap.compact(max_moves=moves)
        self.compactions += done.done
        return done

    def retry(self) -> bool:
        """Try the refused request again."""
        served = self.replay.retry()
        self._own()
        return served

    def finish(self) -> Result:
        """Verify the contents of every block that is still there, and sum up."""
        return self.replay.run(until=self.replay.done)

    def _own(self) -> None:
        """What was allocated belongs to the task."""
        if self._new:
            self.kernel.FarSetOwner(self._new, self._owner)
            self._new = 0

    # --- what the views read ---------------------------------------------------------------------------------------------

    @property
    def over(self) -> bool:
        return self.replay.done == len(self.trace)

    @property
    def blocks(self) -> list[Block]:
        """The walk, made once for each state."""
        if self._blocks is None:
            self._blocks = list(self.heap.walk())
        return self._blocks

    @property
    def figures(self) -> Figures:
        holes, counter = self.heap.list.holes, self.replay.counter
        return Figures(
            op=self.replay.done,
            blocks=sum(1 for block in self.blocks if block.handle),
            holes=len(holes),
            used=self.room - holes.free,
            free=holes.free,
            largest_free=holes.largest,
            moves=counter.moves,
            bytes_moved=counter.bytes_moved,
        )

    def curable(self, refusal: Refusal) -> bool:
        """Whether a compaction may help: enough is free, and in pieces.

        It makes no handles; only in standard mode, where every hole has a selector of its own, it frees some.
        """
        whole = refusal.free >= refusal.wanted and len(self.heap.list.holes) > 1
        return whole and (not refusal.lacking or self.mode == STANDARD.name)
