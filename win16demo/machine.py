"""What is under the window: a recorded program played on a heap of handles that waits to be compacted.

Commands go in (`play`, `compact`, `retry`), the heap's events come out to `tap`, and the views read `blocks` and `figures`.
The heap never compacts by itself, so that a refusal can be looked at before it is cured.
"""

from __future__ import annotations

from typing import NamedTuple

from handleheap.block import Block, Compaction
from handleheap.events import Allocated, CompactBegan, CompactEnded, Event, Freed, Moved, Refused, Resized, RungTried
from handleheap.metrics import fragmentation
from handleheap.replay import Refusal, Replay, Result
from handleheap.textbook import NEVER_COMPACT, Textbook
from handleheap.trace import Trace


class Figures(NamedTuple):
    """The numbers on the window. Bytes, but for `op`, `blocks`, `holes`, `moves` and the ratio `external`."""

    op: int
    blocks: int
    holes: int
    used: int
    free: int
    largest_free: int
    external: float
    moves: int
    bytes_moved: int


class Machine:
    """`trace` on a heap of `capacity` bytes with the given fit, stopped at operation 0."""

    def __init__(self, trace: Trace, capacity: int, fit: str) -> None:
        self.trace, self.capacity, self.fit = trace, capacity, fit
        self.heap = Textbook(capacity, fit=fit, ladder=NEVER_COMPACT, tap=self.tell)
        self.replay = Replay(trace, self.heap)
        self.last: Event | None = None
        """The latest event worth a sentence."""
        self.handle = 0
        """The block it was about."""
        self.compactions = 0
        self._blocks: list[Block] | None = None

    def tell(self, event: Event) -> None:
        """The tap of the heap."""
        if not isinstance(event, RungTried | CompactBegan | CompactEnded):
            self.last = event
        if isinstance(event, Allocated | Freed | Resized | Moved):
            self.handle = event.handle
        elif isinstance(event, Refused):
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
        return None

    def compact(self, moves: int | None = None) -> Compaction:
        """Make the next `moves` moves of the compaction, or all of them."""
        done = self.heap.compact(max_moves=moves)
        self.compactions += done.done
        return done

    def retry(self) -> bool:
        """Try the refused request again."""
        return self.replay.retry()

    def finish(self) -> Result:
        """Verify the contents of every block that is still there, and sum up."""
        return self.replay.run(until=self.replay.done)

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
        holes, counter = self.heap.holes, self.replay.counter
        return Figures(
            op=self.replay.done,
            blocks=len(self.heap.bases),
            holes=len(holes),
            used=self.capacity - holes.free,
            free=holes.free,
            largest_free=holes.largest,
            external=fragmentation(holes.free, holes.largest),
            moves=counter.moves,
            bytes_moved=counter.bytes_moved,
        )
