"""The state machine over every heap on the shelf, plain and tortured; and the proof that it catches planted bugs."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from handleheap import shelf
from handleheap.block import Move
from handleheap.compaction import PLANNERS
from handleheap.fit import FITS
from handleheap.purge import VICTIMS
from handleheap.testing import heap_machine
from handleheap.textbook import Textbook
from handleheap.torture import Torture

from .heaps import make

MEMORY = 2_001  # not a multiple of any alignment, and soon full
HEAPS = [(name, fit) for name, entry in shelf.every() for fit in entry.fits or (None,)]
QUICK = settings(
    max_examples=40,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
HUNT = settings(
    QUICK, max_examples=4000, stateful_step_count=60, derandomize=True, database=None, print_blob=False, phases=[Phase.generate]
)


@pytest.mark.parametrize(("name", "fit"), HEAPS)
def test_every_heap_agrees_with_the_oracle(name, fit):
    attach = shelf.SHELF[name].attach
    machine = heap_machine(lambda: make(name, MEMORY, fit=fit), attach=attach and (lambda memory: attach(memory, fit)))
    run_state_machine_as_test(machine, settings=QUICK)


@pytest.mark.parametrize("name", list(shelf.SHELF))
def test_every_heap_survives_torture(name):
    run_state_machine_as_test(heap_machine(lambda: Torture(make(name, MEMORY))), settings=QUICK)


@pytest.mark.parametrize("planner", ["slide-down", "slide-up", "hop"])
@pytest.mark.parametrize("victims", list(VICTIMS))
def test_every_policy_of_the_textbook_agrees_with_the_oracle(planner, victims):
    def make():
        return Textbook(MEMORY, planner=planner, victims=victims, fill=0xCC)

    run_state_machine_as_test(heap_machine(make), settings=settings(QUICK, max_examples=20))


def test_the_registries_are_covered():
    assert set(PLANNERS) == {"slide-down", "slide-up", "hop", "two-finger"}
    assert set(FITS) == set(shelf.FITS)


# --- planted bugs: each must be caught -----------------------------------------------------------------------------------


def moves_locked_blocks(blocks, *, align=1, max_bytes=None, max_moves=None):
    """A planner that forgets to look at locks."""
    unlocked = [block._replace(locks=0) for block in blocks]
    return PLANNERS["slide-down"](unlocked, align=align, max_bytes=max_bytes, max_moves=max_moves)


class IgnoresLocks(Textbook):
    """… in a heap that trusts its planner."""

    def commit(self, moves: list[Move]) -> None:
        moves = list(moves)
        locks = {move.handle: self.info(move.handle).locks for move in moves}
        for move in moves:
            self._change(self.info(move.handle), locks=0)
        super().commit(moves)
        for move in moves:
            self._change(self.info(move.handle), locks=locks[move.handle])


class LosesAByte(Textbook):
    """A move that copies one byte too few."""

    def commit(self, moves: list[Move]) -> None:
        moves = list(moves)
        spoilt = [(move.dst + self.info(move.handle).length - 1, move.handle) for move in moves]
        super().commit(moves)
        for address, handle in spoilt:
            if self.info(handle).length:
                self.arena.poke(address, 1, self.arena.peek(address, 1) ^ 0xFF)


class ForgetsToMerge(Textbook):
    """A free that leaves two holes side by side in the free list."""

    def _release(self, base: int, size: int) -> None:
        super()._release(base, size)
        if size > self.traits.align:
            hole = next(hole for hole, length in self.holes if hole <= base < hole + length)
            whole = self.holes.sizes[hole]
            self.holes.cut(hole, self.traits.align)
            self.holes._insert(hole, self.traits.align)
            self.holes.free += self.traits.align
            assert whole == self.holes.sizes[hole] + self.holes.sizes[hole + self.traits.align]


class HandsOutTooLittle(Textbook):
    """A size that is rounded down."""

    def _rounded(self, n: int) -> int:
        return max(self.traits.align, n & -self.traits.align)


class ForgetsTheTable(Textbook):
    """A compaction that moves the bytes and does not tell the handle table."""

    def commit(self, moves: list[Move]) -> None:
        table = dict(self.table)
        super().commit(moves)
        self.table.update({handle: base for handle, base in table.items() if base in self.blocks})


class DiscardsTheRequired(Textbook):
    """A heap that takes any block when memory is short."""

    def walk(self):
        return super().walk()

    def _place(self, size, high):
        if self.holes.largest < size:
            for block in list(self.blocks.values()):
                if block.may_move and not block.discardable and self.holes.free < size:
                    self._change(block, discardable=1)
                    self.discard(block.handle)
                    self._change(self.info(block.handle), discardable=0)
        return super()._place(size, high)


PLANTED = {
    "a planner that moves a locked block": lambda: IgnoresLocks(MEMORY, planner=moves_locked_blocks),
    "the same planner on an honest heap": lambda: Textbook(MEMORY, planner=moves_locked_blocks),
    "a heap that loses a byte on a move": lambda: LosesAByte(MEMORY),
    "a free that forgets to merge": lambda: ForgetsToMerge(MEMORY),
    "a size rounded down": lambda: HandsOutTooLittle(MEMORY),
    "a table that is not told of a move": lambda: ForgetsTheTable(MEMORY),
    "a heap that discards what must be kept": lambda: DiscardsTheRequired(MEMORY),
}


@pytest.mark.parametrize("bug", list(PLANTED))
def test_a_planted_bug_is_caught(bug):
    with pytest.raises(Exception) as caught:  # noqa: PT011 - which rule breaks first depends on the bug
        run_state_machine_as_test(heap_machine(PLANTED[bug]), settings=HUNT)
    assert not isinstance(caught.value, AssertionError), caught.value
