"""The state machine for everybody: three lines for a heap of one's own, and it finds what is wrong with it."""

import unittest

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from handleheap.arena import Arena
from handleheap.block import Block, Kind
from handleheap.errors import HeapCorrupt, OutOfMemory, StaleHandle
from handleheap.malloc.nonmoving import NonMoving
from handleheap.testing import Oracle, heap_machine
from handleheap.textbook import Textbook

QUICK = settings(max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck))
HUNT = settings(QUICK, max_examples=300, derandomize=True, database=None, print_blob=False, phases=[Phase.generate])


class Slots(NonMoving):
    """A user's own heap, as small as it gets: eight slots of 64 bytes, the handle is number + 1; it remembers no lengths."""

    def __init__(self):
        self.arena, self.tap, self.used = Arena(512, name="slots"), None, set()
        self.traits = Textbook(512).traits._replace(
            name="slots", moves=False, discards=False, counts_locks=False, guards=False, merges=False, exact_length=False,
            detects_stale=False, handle_bytes=0, min_block=64,
        )  # fmt: skip

    def alloc(self, n, *, movable=True, discardable=0, loader=None):
        free = [slot for slot in range(8) if slot not in self.used]
        if n > 64 or not free:
            raise OutOfMemory(n, 64 * len(free), 64 * bool(free))
        self.used.add(free[0])
        return free[0] + 1

    def free(self, handle):
        self.info(handle)
        self.used.remove(handle - 1)

    def resize(self, handle, n):
        self.info(handle)
        if n > 64:
            raise OutOfMemory(n, 0, 0)
        return handle

    def info(self, handle):
        if handle - 1 not in self.used:
            raise StaleHandle(handle)
        return Block(64 * handle - 64, 64, Kind.FIXED, 64 * handle - 64, 64, handle)

    def walk(self):
        for slot in range(8):
            yield self.info(slot + 1) if slot in self.used else Block(64 * slot, 64, Kind.FREE, 64 * slot, 64)

    def check(self):
        pass


class TestMyHeap(heap_machine(Slots, max_size=80).TestCase):
    settings = QUICK


def test_the_example_of_the_docs_is_a_test_case_of_unittest():
    """… so that pytest and unittest run it alike."""

    class TestExample(heap_machine(lambda: Textbook(4096)).TestCase):
        settings = settings(QUICK, max_examples=5)

    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(TestExample).run(result)
    assert (result.testsRun, result.errors, result.failures) == (1, [], [])


class Leaks(Slots):
    """A free that frees the neighbour."""

    def free(self, handle):
        super().free(handle)
        self.used.discard(handle)


class Overlaps(Slots):
    """Two handles, one slot."""

    def info(self, handle):
        block = super().info(handle)
        return block._replace(base=0, body=0) if handle == 3 else block


class Zero(Slots):
    """A resize that clears the block."""

    def resize(self, handle, n):
        super().resize(handle, n)
        block = self.info(handle)
        self.arena.fill(block.base, 64)
        return handle


class Greedy(Slots):
    """A heap that refuses what it has."""

    def alloc(self, n, **options):
        if len(self.used) == 2:
            raise OutOfMemory(n, 384, 64)
        return super().alloc(n, **options)


class Recycles(Slots):
    """A heap that claims to know stale handles and does not."""

    def __init__(self):
        super().__init__()
        self.traits = self.traits._replace(detects_stale=True)

    def info(self, handle):
        return Block(64 * handle - 64, 64, Kind.FIXED, 64 * handle - 64, 64, handle)

    def free(self, handle):
        self.used.discard(handle - 1)


@pytest.mark.parametrize("heap", [Leaks, Overlaps, Zero, Greedy, Recycles])
def test_what_is_wrong_is_found(heap):
    with pytest.raises((HeapCorrupt, StaleHandle)):
        run_state_machine_as_test(heap_machine(heap, max_size=64), settings=HUNT)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda heap, oracle: heap.arena.poke(0, 1, 0xFF), "contents survive: handle 0x1 at 0x0 holds other bytes"),
        (lambda heap, oracle: oracle.bytes.update({1: b"abcde"}), "lengths are kept: handle 0x1: 5 asked, 4 told"),
        (lambda heap, oracle: oracle.locks.update({1: 1}), "locks are counted: handle 0x1: 0, not 1"),
        (lambda heap, oracle: oracle.addresses.update({1: 64}), "a locked block stays: handle 0x1 went from 0x40 to 0x0"),
        (lambda heap, oracle: (heap.discard(2), heap.set_discardable(2, 0)), "only discardable blocks go: handle 0x2"),
    ],
)
def test_the_oracle_says_what_differs(spoil, words):
    heap, oracle = Textbook(256), Oracle()
    for handle, data in ((heap.alloc(4), b"abcd"), (heap.alloc(3, discardable=1), b"xyz")):
        heap.arena.view(heap.address(handle), len(data))[:] = data
        oracle.bytes[handle] = data
    oracle.compare(heap)
    spoil(heap, oracle)
    with pytest.raises(HeapCorrupt) as caught:
        oracle.compare(heap)
    assert str(caught.value) == words


def test_the_oracle_sees_a_byte_with_two_owners():
    class Twins(Textbook):
        def address(self, handle):
            return 0

    heap, oracle = Twins(256), Oracle()
    for handle in (heap.alloc(4), heap.alloc(4)):
        oracle.bytes[handle] = bytes(4)
    with pytest.raises(HeapCorrupt, match="a byte has one owner: handle 0x2 at 0x0 overlaps another block"):
        oracle.compare(heap)
