"""The state machine of the core, beyond the waist: views, arrays, loaders of every kind, finalisers, budgets, exact plans."""

import contextlib
import gc
import sys

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule, run_state_machine_as_test

import handleheap
from handleheap import Heap
from handleheap.block import Kind
from handleheap.check import check
from handleheap.compaction import within
from handleheap.core.pure import load_pure
from handleheap.errors import (
    BlockDiscarded,
    HandleNotLocked,
    HandlePinned,
    HeapBusy,
    HeapCorrupt,
    NotDiscardable,
    OutOfMemory,
    StaleHandle,
)
from handleheap.events import Freed, Moved, Recorder
from handleheap.replay import contents
from handleheap.testing import heap_machine

try:
    import numpy
except ImportError:
    numpy = None

MODES = {handleheap.engine: Heap, "pure": load_pure().Heap}
MEMORY = 2000
QUICK = settings(max_examples=60, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)


class Broken(Exception):
    """What a loader of ours raises."""


class Owner:
    """Frees its block when it is no longer needed, as a finaliser does: at any time, in the middle of anything."""

    def __init__(self, machine, handle):
        self.machine, self.handle = machine, handle
        self.cycle = self

    def __del__(self):
        machine, handle = self.machine, self.handle
        if handle in machine.data and not machine.pinned(handle) and handle != machine.current:
            machine.forget(handle)
            machine.heap.free(handle)


class Machine(RuleBasedStateMachine):
    make = Heap
    handles = Bundle("handles")

    def __init__(self):
        super().__init__()
        self.heap = type(self).make(MEMORY)
        self.data, self.locks, self.pins, self.loaders = {}, {}, {}, {}
        self.dead, self.owners, self.serial, self.current, self.loads = [], [], 0, None, 0

    # --- helpers ---

    def forget(self, handle):
        for table in (self.data, self.locks, self.loaders):
            table.pop(handle, None)
        self.dead = [*self.dead[-5:], handle]

    def pinned(self, handle):
        return bool(self.locks.get(handle) or any(owner == handle for owner, *_ in self.pins.values()))

    def loader(self, kind):
        def load(handle, view):
            heap, before = self.heap, self.heap.address(handle)
            view[:] = contents(5, len(view))
            self.loads += 1
            if kind == "raises" and self.loads % 2:
                raise Broken
            if kind == "re-enters":
                for call in (heap.touch, heap.free, heap.discard, heap.lock, heap.view, lambda h: heap.resize(h, 10_000)):
                    with pytest.raises(HeapBusy):
                        call(handle)
            if kind == "allocates":
                try:
                    other = heap.alloc(300)
                except OutOfMemory:
                    other = 0
                heap.compact()
                if other:
                    heap.free(other)
            assert heap.address(handle) == before, "a block stays where it is while its loader runs"
            view[:] = self.data[handle]

        return load

    def comes_back(self, handle, call):
        """What `call` of a block returns that may be discarded, or None where it rightly does not come back."""
        gone, kind = self.heap.is_discarded(handle), self.loaders[handle]
        self.current = handle
        try:
            return call()
        except BlockDiscarded:
            assert gone
            assert kind is None
        except Broken:
            assert gone
            assert kind == "raises"
        except OutOfMemory:
            assert gone
        finally:
            self.current = None
        assert self.heap.is_discarded(handle)
        assert not self.heap.info(handle).locks
        return None

    def refused(self, error, call, *arguments):
        before = list(self.heap.walk())
        with pytest.raises(error):
            call(*arguments)
        assert list(self.heap.walk()) == before

    # --- rules ---

    @rule(
        target=handles,
        size=st.integers(0, 60) | st.integers(0, 400),
        discardable=st.booleans(),
        kind=st.sampled_from([None, "good", "raises", "allocates", "re-enters"]),
        fixed=st.sampled_from([False] * 6 + [True]),
        drops=st.booleans(),
    )
    def alloc(self, size, discardable, kind, fixed, drops):
        def on_discard(handle, view):
            assert bytes(view) == self.data[handle]
            if drops and self.owners:
                self.owners.pop()
                gc.collect()

        options = {"movable": False} if fixed else {"discardable": discardable, "loader": kind and self.loader(kind)}
        if discardable and not fixed:
            options["on_discard"] = on_discard
        largest = max((block.size for block in self.heap.walk() if block.kind is Kind.FREE), default=0)
        try:
            handle = self.heap.alloc(size, **options)
        except OutOfMemory:
            assert largest < max(16, size)
            return multiple()
        assert handle not in self.data
        assert handle not in self.dead
        self.serial += 1
        self.data[handle], self.loaders[handle] = contents(self.serial, size), kind if not fixed else None
        self.heap.arena.view(self.heap.address(handle), size)[:] = self.data[handle]
        return handle

    @rule(handle=handles)
    def own(self, handle):
        if handle in self.data:
            self.owners.append(Owner(self, handle))

    @rule()
    def finalise(self):
        if self.owners:
            self.owners.pop()
            gc.collect()

    @rule(handle=handles)
    def free(self, handle):
        if handle not in self.data:
            self.refused(StaleHandle, self.heap.free, handle)
        elif self.pinned(handle):
            self.refused(HandlePinned, self.heap.free, handle)
        else:
            self.heap.free(handle)
            self.forget(handle)

    @rule(handle=handles, size=st.integers(0, 700))
    def resize(self, handle, size):
        if handle not in self.data:
            self.refused(StaleHandle, self.heap.resize, handle, size)
            return
        old = self.data[handle]
        if size == len(old):
            assert self.heap.resize(handle, size) == handle
        elif self.pinned(handle):
            self.refused(HandlePinned, self.heap.resize, handle, size)
        elif self.heap.is_discarded(handle):
            self.refused(BlockDiscarded, self.heap.resize, handle, size)
        else:
            self.current = handle
            try:
                assert self.heap.resize(handle, size) == handle
            except OutOfMemory:
                assert size > len(old)
                return
            finally:
                self.current = None
            self.serial += 1
            kept = old[:size]
            memory = self.heap.arena.view(self.heap.address(handle), size)
            assert memory[: len(kept)] == kept
            self.data[handle] = kept + contents(self.serial, size)[len(kept) :]
            memory[:] = self.data[handle]

    @rule(handle=handles, kind=st.sampled_from(["view", "slice", "array", "read-only"]))
    def view(self, handle, kind):
        if handle not in self.data:
            self.refused(StaleHandle, self.heap.view, handle)
            return
        view = self.comes_back(handle, lambda: self.heap.view(handle, readonly=kind == "read-only"))
        if view is None:
            return
        start = 0
        if kind == "slice":
            start = len(view) // 2
            view = view[start:]
        elif kind == "array" and numpy is not None and len(view):
            start = len(view) // 3
            view = numpy.asarray(view)[start:]
        self.serial += 1
        self.pins[self.serial] = handle, view, start, self.heap.address(handle)

    @rule(at=st.integers(0, 99))
    def drop(self, at):
        if self.pins:
            del self.pins[list(self.pins)[at % len(self.pins)]]

    @rule(at=st.integers(0, 99), byte=st.integers(0, 255))
    def write(self, at, byte):
        if self.pins:
            handle, view, start, _ = list(self.pins.values())[at % len(self.pins)]
            if len(view) and not memoryview(view).readonly:
                view[0] = byte
                old = self.data[handle]
                self.data[handle] = old[:start] + bytes([byte]) + old[start + 1 :]

    @rule(handle=handles, high=st.booleans())
    def lock(self, handle, high):
        if handle in self.data:
            address = self.comes_back(handle, lambda: self.heap.lock(handle, high=high))
            if address is not None:
                assert address == self.heap.address(handle)
                self.locks[handle] = self.locks.get(handle, 0) + 1

    @rule(handle=handles)
    def unlock(self, handle):
        if handle not in self.data:
            self.refused(StaleHandle, self.heap.unlock, handle)
        elif not self.locks.get(handle):
            self.refused(HandleNotLocked, self.heap.unlock, handle)
        else:
            self.heap.unlock(handle)
            self.locks[handle] -= 1

    @rule(handle=handles)
    def touch(self, handle):
        if handle in self.data:
            gone = self.heap.is_discarded(handle)
            survived = self.comes_back(handle, lambda: self.heap.touch(handle))
            assert survived in (None, not gone)

    @rule(handle=handles)
    def discard(self, handle):
        if handle not in self.data:
            return
        if self.pinned(handle):
            self.refused(HandlePinned, self.heap.discard, handle)
        elif not self.heap.info(handle).discardable:
            self.refused(NotDiscardable, self.heap.discard, handle)
        else:
            self.current = handle
            self.heap.discard(handle)
            self.current = None
            assert self.heap.is_discarded(handle)

    @rule(
        max_bytes=st.none() | st.integers(0, 30) | st.integers(0, 1500),
        max_moves=st.none() | st.integers(0, 4),
        tapped=st.booleans(),
    )
    def compact(self, max_bytes, max_moves, tapped):
        plan = self.heap.plan()
        expected = within(plan, max_bytes, max_moves)
        bases = {block.handle: block.base for block in self.heap.walk() if block.handle}
        bases.update({move.handle: move.dst for move in expected})
        self.heap.tap = recorder = Recorder() if tapped else None
        done = self.heap.compact(max_bytes=max_bytes, max_moves=max_moves)
        self.heap.tap = None
        assert (done.moves, done.bytes_moved) == (len(expected), sum(move.size for move in expected))
        assert done.done is (len(plan) == len(expected))
        largest = self.heap.stats().largest_free
        assert done.largest_free == largest or (not done.done and done.largest_free < largest)
        assert {block.handle: block.base for block in self.heap.walk() if block.handle} == bases
        if recorder is not None:
            assert [event for event in recorder.events if isinstance(event, Moved)] == [Moved(*move) for move in expected]
        if done.done:
            assert self.heap.compact() == (0, 0, done.largest_free, True)

    # --- always ---

    @invariant()
    def whole(self):
        check(self.heap)
        assert sorted(self.heap) == sorted(self.data)
        assert len(self.heap) == len(self.data)
        for handle, expected in self.data.items():
            if not self.heap.is_discarded(handle):
                assert self.heap.arena.view(self.heap.address(handle), len(expected)) == expected
            assert (self.heap.info(handle).locks > 0) is self.pinned(handle)
        for handle, view, start, address in self.pins.values():
            assert self.heap.address(handle) == address, "a viewed block stays"
            assert bytes(view) == self.data[handle][start:]

    def teardown(self):
        self.owners.clear()
        gc.collect()


@pytest.mark.parametrize("mode", list(MODES))
def test_the_core_agrees_with_the_oracle(mode):
    run_state_machine_as_test(type("Mode", (Machine,), {"make": MODES[mode]}), settings=QUICK)


@pytest.mark.parametrize("mode", list(MODES))
@pytest.mark.parametrize("options", [{"fill": 0xCC}, {"align": 1}, {"align": 64}, {"threadsafe": True}], ids=str)
def test_the_waist_holds_with_every_option(mode, options):
    machine = heap_machine(lambda: MODES[mode](2001, **options))
    run_state_machine_as_test(machine, settings=settings(QUICK, max_examples=15, phases=[Phase.reuse, Phase.generate]))


# --- planted bugs: the machine sees them ---------------------------------------------------------------------------------


class Forgets(load_pure().Heap):
    """Loses the pin of a view on the way."""

    __slots__ = ()

    def pin(self, i):
        pass

    def let_go(self, i):
        pass


class Stingy(load_pure().Heap):
    """Stops one move too early."""

    __slots__ = ()

    def compact(self, *, max_bytes=None, max_moves=None):
        return super().compact(max_bytes=max_bytes, max_moves=1 if max_moves is None else max_moves)


@pytest.mark.parametrize("planted", [Forgets, Stingy])
def test_a_planted_bug_is_caught(planted):
    hunt = settings(QUICK, max_examples=5000, derandomize=True, database=None, print_blob=False, report_multiple_bugs=False)
    with pytest.raises((AssertionError, HeapCorrupt, pytest.fail.Exception)):
        run_state_machine_as_test(type("Mode", (Machine,), {"make": planted}), settings=settings(hunt, phases=hunt.phases[:3]))


# --- the second compaction costs nothing ---------------------------------------------------------------------------------


def steps(call):
    """How many lines of Python run in `call`."""
    count = 0

    def trace(frame, event, argument):
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    return count


def compacted(blocks, pins, **options):
    heap = load_pure().Heap(blocks * 64, **options)
    handles = [heap.alloc(40) for _ in range(blocks)]
    views = [heap.view(handle) for handle in handles[1::2][:pins]]
    for handle in handles[::2]:
        heap.free(handle)
    assert heap.compact().done
    return heap, views


@pytest.mark.parametrize("pins", [0, 1, 40])
@pytest.mark.parametrize("options", [{}, {"threadsafe": True}], ids=str)
def test_a_second_compaction_looks_at_nothing(pins, options):
    costs = []
    for blocks in (100, 5000):
        heap, views = compacted(blocks, pins, **options)
        costs.append(steps(heap.compact))
        assert len(views) == pins
    assert max(costs) < 400  # some forty lines follow the bitmap down to the largest hole
    assert abs(costs[0] - costs[1]) < 40, f"lines run for 100 and for 5,000 blocks: {costs}"


def test_gaps_below_pins_are_not_searched_again_and_again():
    """Twice as many pins, each with a gap below it that is too small: about twice the cost, not four times."""
    costs = []
    for pins in (200, 400):
        heap = load_pure().Heap(pins * 200)
        small, blocks = [], []
        for _ in range(pins):
            small.append(heap.alloc(10))
            heap.lock(heap.alloc(10))
            blocks.append(heap.alloc(100))
        for handle in small:
            heap.free(handle)
        heap.free(blocks[0])
        costs.append(steps(lambda heap=heap: heap.compact(max_moves=10_000)))
    assert costs[1] < 3 * costs[0], f"lines run with 200 and with 400 pins: {costs}"


def test_what_changes_something_is_seen():
    heap, views = compacted(200, 1)
    idle = steps(heap.compact)
    views.clear()
    assert steps(heap.compact) > idle
    heap.compact()
    handle = next(iter(heap))
    heap.free(handle)
    assert heap.compact().moves > 0


# --- corners -------------------------------------------------------------------------------------------------------------


@pytest.fixture(params=list(MODES))
def make(request):
    return MODES[request.param]


def test_a_loader_cannot_close_the_heap_under_its_own_block(make):
    heap = make(1000)

    def loader(handle, view):
        with pytest.raises((HeapBusy, HandlePinned)):
            heap.close()
        view[:] = b"x" * 100

    handle = heap.alloc(100, discardable=True, loader=loader)
    heap.discard(handle)
    assert bytes(heap.view(handle)) == b"x" * 100


def test_a_fill_does_not_reach_what_is_yet_to_move(make):
    heap = make(480, fill=0xCC)
    first, second, third = (heap.alloc(160) for _ in range(3))
    with heap.view(second) as view:
        view[:] = b"2" * 160
    heap.lock(third)
    heap.free(first)
    assert heap.compact().moves == 1
    assert bytes(heap.view(second)) == b"2" * 160
    assert heap.arena.view(160, 160) == b"\xcc" * 160


def test_a_deferred_free_of_the_block_that_comes_back(make):
    """Making room for a block discards another, whose `on_discard` frees the first: it may be freed or kept, never stuck."""
    heap = make(160)
    first = heap.alloc(160, discardable=True, loader=lambda handle, view: None)
    heap.discard(first)
    heap.alloc(160, discardable=True, on_discard=lambda handle, view: heap.free(first))
    with contextlib.suppress(HeapBusy, StaleHandle):
        heap.touch(first)
    check(heap)
    if first in heap:
        assert heap.info(first).locks == 0
        heap.free(first)


def test_a_block_freed_twice_in_the_middle_is_told_to_who_freed_it_twice(make):
    """… and not to an alloc that has nothing to do with it and whose handle would be lost."""
    heap = make(320)
    other = heap.alloc(16)
    told = []

    def on_discard(handle, view):
        heap.free(other)
        try:
            heap.free(other)
        except StaleHandle as error:
            told.append(error)

    heap.alloc(100, discardable=True, on_discard=on_discard)
    assert heap.alloc(300) in heap
    assert other not in heap
    check(heap)


def test_a_deferred_free_of_a_pinned_block_does_not_lose_an_alloc(make):
    heap = make(320)
    other = heap.alloc(16)
    view = heap.view(other)

    def on_discard(handle, _):
        with contextlib.suppress(HandlePinned):
            heap.free(other)

    heap.alloc(100, discardable=True, on_discard=on_discard)
    assert heap.alloc(250) in heap
    assert len(view) == 16
    check(heap)


def test_an_on_discard_that_raises_leaves_the_heap_whole(make):
    heap = make(320)

    def on_discard(handle, view):
        raise Broken

    handle = heap.alloc(100, discardable=True, on_discard=on_discard)
    with pytest.raises(Broken):
        heap.alloc(300)
    check(heap)
    assert not heap.is_discarded(handle)
    assert heap.info(handle).locks == 0
    heap.free(handle)
    heap.alloc(300)


def test_a_listener_that_raises_does_not_leave_the_heap_busy(make):
    heap = make(320)
    other = heap.alloc(16)
    heap.alloc(100, discardable=True, on_discard=lambda handle, view: heap.free(other))

    def tap(event):
        if isinstance(event, Freed):
            raise Broken

    heap.tap = tap
    with pytest.raises(Broken):
        heap.alloc(300)
    heap.tap = None
    check(heap)
    heap.alloc(1)
