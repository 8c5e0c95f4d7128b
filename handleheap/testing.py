"""A dumb oracle and a hypothesis state machine that drive any heap of this package, and yours, too.

    class TestMyHeap(heap_machine(lambda: MyHeap(4096)).TestCase):
        pass

The oracle is a dict handle -> bytes and a table of one owner per address: nothing in it can have a heap's bugs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from .block import Kind
from .check import check
from .errors import (
    BlockDiscarded,
    HandleNotLocked,
    HandlePinned,
    HeapCorrupt,
    NotDiscardable,
    OutOfMemory,
    StaleHandle,
)
from .protocols import MAY_MOVE, Heap
from .replay import contents


class Oracle:
    """What a heap ought to hold."""

    def __init__(self) -> None:
        self.bytes: dict[int, bytes] = {}
        self.locks: dict[int, int] = {}
        self.addresses: dict[int, int] = {}
        """Where a locked block stood when it was locked."""

    def compare(self, heap: Heap) -> None:
        """Raise HeapCorrupt where the heap's answers and bytes differ from the oracle's."""
        owner = bytearray(heap.arena.size)
        for handle, expected in self.bytes.items():
            block = heap.info(handle)
            exact = heap.traits.exact_length
            if heap.is_discarded(handle) and not (exact and heap.traits.keeps_discarded_length):
                continue
            if block.length != len(expected) if exact else block.length < len(expected):
                raise HeapCorrupt("lengths are kept", f"handle {handle:#x}: {len(expected)} asked, {block.length} told")
            if heap.traits.counts_locks and block.locks != self.locks.get(handle, 0):
                raise HeapCorrupt("locks are counted", f"handle {handle:#x}: {block.locks}, not {self.locks.get(handle, 0)}")
            if heap.is_discarded(handle):
                if not block.discardable:
                    raise HeapCorrupt("only discardable blocks go", f"handle {handle:#x}")
                continue
            self._compare_bytes(heap, handle, expected, owner)

    def _compare_bytes(self, heap: Heap, handle: int, expected: bytes, owner: bytearray) -> None:
        address, size = heap.address(handle), len(expected)
        if bytes(heap.arena.view(address, size)) != expected:
            raise HeapCorrupt("contents survive", f"handle {handle:#x} at {address:#x} holds other bytes")
        if any(owner[address : address + size]):
            raise HeapCorrupt("a byte has one owner", f"handle {handle:#x} at {address:#x} overlaps another block")
        owner[address : address + size] = b"\1" * size
        if heap.traits.pins and self.addresses.get(handle, address) != address:
            raise HeapCorrupt("a locked block stays", f"handle {handle:#x} went from {self.addresses[handle]:#x} to {address:#x}")


def heap_machine(
    make: Callable[[], Heap],
    *,
    attach: Callable[[bytearray], Heap] | None = None,
    max_size: int = 400,
) -> type[RuleBasedStateMachine]:
    """A state machine that drives heaps made by `make`, compares them with an oracle and checks them after each step.

    With `attach`, the heap is now and then replaced by one that continues from a copy of its bytes. Sizes up to `max_size`
    bytes are asked for, so a heap of some thousand bytes is often full, which is where the bugs are.
    """
    sizes = st.integers(0, max_size)

    class Machine(RuleBasedStateMachine):
        handles = Bundle("handles")

        def __init__(self) -> None:
            super().__init__()
            self.heap = make()
            self.oracle = Oracle()
            self.traits = self.heap.traits
            self.serial = 0
            self.strangers: set[int] = set()
            """Handles whose loaders an attached heap does not know."""

        # --- helpers ---

        def write(self, handle: int, size: int, kept: bytes = b"") -> None:
            self.serial += 1
            data = kept + contents(self.serial, size)[len(kept) :]
            self.heap.arena.view(self.heap.address(handle), size)[:] = data
            self.oracle.bytes[handle] = data

        def load(self, handle: int, memory: memoryview) -> None:
            data = self.oracle.bytes[handle]
            memory[: len(data)] = data

        def excuse(self, handle: int) -> None:
            """A block that cannot come back is all right only after the heap was attached anew."""
            if handle not in self.strangers or not self.heap.is_discarded(handle):
                raise HeapCorrupt("a discarded block comes back", f"handle {handle:#x}")

        def guarded(self, handle: int) -> bool:
            return self.traits.guards and bool(self.oracle.locks.get(handle))

        def room(self) -> int:
            return max((block.length for block in self.heap.walk() if block.kind is Kind.FREE), default=0)

        # --- rules ---

        @initialize()
        def begin(self) -> None:
            check(self.heap)

        @rule(target=handles, size=sizes, movable=st.booleans(), discardable=st.sampled_from([0, 0, 1, 2]))
        def alloc(self, size: int, movable: bool, discardable: int) -> Any:
            if not (self.traits.discards and movable):
                discardable = 0
            room = self.room()
            try:
                handle = self.heap.alloc(size, movable=movable, discardable=discardable, loader=self.load)
            except OutOfMemory as error:
                room = 0 if movable and self.traits.grows_tables else room
                if self.traits.recycles and size + self.traits.header <= room - self.traits.align:
                    raise HeapCorrupt("what fits the largest hole is had", f"{size} bytes, hole of {room}") from error
                return multiple()
            if not handle or handle in self.oracle.bytes:
                raise HeapCorrupt("a new handle is new", f"{handle:#x}")
            self.write(handle, size)
            self.strangers.discard(handle)
            return handle

        @rule(handle=consumes(handles))
        def free(self, handle: int) -> None:
            if handle not in self.oracle.bytes:
                return
            while self.guarded(handle):
                self.expect(HandlePinned, self.heap.free, handle)
                self.unlock(handle)
            self.heap.free(handle)
            del self.oracle.bytes[handle]
            self.oracle.locks.pop(handle, None)
            self.oracle.addresses.pop(handle, None)
            if self.traits.detects_stale:
                self.expect(StaleHandle, self.heap.info, handle)
                self.expect(StaleHandle, self.heap.free, handle)

        @rule(target=handles, handle=consumes(handles), size=sizes)
        def resize(self, handle: int, size: int) -> Any:
            if handle not in self.oracle.bytes:
                return multiple()
            old = self.oracle.bytes[handle]
            if self.guarded(handle):
                if size != len(old) if self.traits.exact_length else size > self.heap.length(handle):
                    self.expect(HandlePinned, self.heap.resize, handle, size)
                return handle
            if self.heap.is_discarded(handle):
                if size != len(old):
                    self.expect(BlockDiscarded, self.heap.resize, handle, size)
                return handle
            try:
                new = self.heap.resize(handle, size)
            except OutOfMemory as error:
                if size <= len(old):
                    raise HeapCorrupt("a block can always shrink", f"{len(old)} to {size} bytes") from error
                return handle
            if self.traits.moves and new != handle:
                raise HeapCorrupt("a handle is for life", f"{handle:#x} became {new:#x}")
            kept = old[:size]
            if bytes(self.heap.arena.view(self.heap.address(new), len(kept))) != kept:
                raise HeapCorrupt("contents survive", f"handle {handle:#x} resized from {len(old)} to {size}")
            del self.oracle.bytes[handle]
            self.oracle.addresses.pop(handle, None)
            self.write(new, size, kept)
            return new

        @rule(handle=handles)
        def lock(self, handle: int) -> None:
            if handle not in self.oracle.bytes:
                return
            try:
                address = self.heap.lock(handle)
            except OutOfMemory:
                return
            except BlockDiscarded:
                self.excuse(handle)
                return
            if address != self.heap.address(handle):
                raise HeapCorrupt("lock tells the address", f"handle {handle:#x}: {address:#x}")
            if self.traits.counts_locks:
                self.oracle.locks[handle] = self.oracle.locks.get(handle, 0) + 1
                self.oracle.addresses[handle] = address
            elif self.heap.info(handle).locks:
                self.oracle.locks[handle] = 1
                self.oracle.addresses[handle] = address

        @rule(handle=handles)
        def unlock(self, handle: int) -> None:
            if handle not in self.oracle.bytes:
                return
            if not self.oracle.locks.get(handle):
                if self.traits.counts_locks:
                    self.expect(HandleNotLocked, self.heap.unlock, handle)
                return
            self.heap.unlock(handle)
            self.oracle.locks[handle] -= 1
            if not self.oracle.locks[handle]:
                self.oracle.addresses.pop(handle, None)

        @rule(handle=handles)
        def touch(self, handle: int) -> None:
            if handle not in self.oracle.bytes:
                return
            discarded = self.heap.is_discarded(handle)
            try:
                survived = self.heap.touch(handle)
            except OutOfMemory:
                if not self.heap.is_discarded(handle):
                    raise HeapCorrupt("a failed reload leaves it discarded", f"handle {handle:#x}") from None
                return
            except BlockDiscarded:
                self.excuse(handle)
                return
            if survived is discarded:
                raise HeapCorrupt("touch tells whether contents survived", f"handle {handle:#x}")

        @rule(handle=handles)
        def discard(self, handle: int) -> None:
            if handle not in self.oracle.bytes or not self.traits.discards:
                return
            if self.guarded(handle):
                self.expect(HandlePinned, self.heap.discard, handle)
            elif not self.heap.info(handle).discardable:
                self.expect(NotDiscardable, self.heap.discard, handle)
            else:
                self.heap.discard(handle)
                if not self.heap.is_discarded(handle):
                    raise HeapCorrupt("discard discards", f"handle {handle:#x}")

        @rule(handle=handles, discardable=st.sampled_from([0, 1, 2]))
        def set_discardable(self, handle: int, discardable: int) -> None:
            if handle in self.oracle.bytes and self.traits.discards and self.heap.info(handle).kind is Kind.MOVABLE:
                gone = self.heap.is_discarded(handle)
                if gone and not discardable:
                    return  # what is gone may go: its loader must run before it can be kept
                self.heap.set_discardable(handle, discardable)

        @rule(max_bytes=st.none() | st.integers(0, max_size), max_moves=st.none() | st.integers(0, 5))
        def compact(self, max_bytes: int | None, max_moves: int | None) -> None:
            plan = self.heap.plan()
            done = self.heap.compact(max_bytes=max_bytes, max_moves=max_moves)
            over = (max_bytes is not None and done.bytes_moved > max_bytes) or (max_moves is not None and done.moves > max_moves)
            if over and done.moves > 1:
                raise HeapCorrupt("a budget is kept after the first move", f"{done} within {max_bytes=}, {max_moves=}")
            if plan and not done.moves:
                raise HeapCorrupt("the first move is always made", f"{len(plan)} moves planned")
            if done.done and self.heap.plan():
                raise HeapCorrupt("done means that no legal move is left", f"{self.heap.plan()[0]}")

        @rule()
        def reattach(self) -> None:
            if attach is not None:
                before = list(self.heap.walk())
                self.heap = attach(bytearray(self.heap.arena.view(0, self.heap.arena.size)))
                self.strangers = set(self.oracle.bytes)
                if list(self.heap.walk()) != before:
                    raise HeapCorrupt("the bytes are the heap", "an attached copy walks differently")

        @invariant()
        def healthy(self) -> None:
            check(self.heap)
            self.oracle.compare(self.heap)

        def expect(self, error: type[Exception], call: Callable[..., object], *arguments: object) -> None:
            name = getattr(call, "__name__", "call")
            before = list(self.heap.walk())
            try:
                call(*arguments)
            except error:
                if name not in MAY_MOVE and list(self.heap.walk()) != before:
                    raise HeapCorrupt("an error changes nothing", f"{call} raised {error.__name__}") from None
            else:
                raise HeapCorrupt(f"{error.__name__} is raised", f"{call}{arguments} went through")

    return Machine
