"""Random calls of KERNEL in every mode, against an oracle of bytes; and now and then a copy of the memory goes on beside it.

From then on both get the same calls, and must give the same answers and have the same bytes: memory is all the state there is.
"""

from __future__ import annotations

from dataclasses import replace
from hashlib import blake2b

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from handleheap.block import NOWHERE, Kind
from handleheap.check import check
from handleheap.errors import OutOfMemory
from handleheap.replay import contents
from handleheap.win16 import (
    ENHANCED,
    GMEM_DDESHARE,
    GMEM_DISCARDABLE,
    GMEM_MODIFY,
    GMEM_MOVEABLE,
    GMEM_NOCOMPACT,
    GMEM_NODISCARD,
    GMEM_NOTIFY,
    GMEM_ZEROINIT,
    REAL,
    STANDARD,
    WIN32,
    Kernel,
)
from handleheap.win16.memorymap import needed

PROFILES = [REAL, STANDARD, ENHANCED, WIN32, replace(ENHANCED, debug=True, name="enhanced"), replace(REAL, sticky_255=False)]
ROOM = 6_000
QUICK = settings(max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
FLAGS = st.sets(
    st.sampled_from(
        [
            GMEM_MOVEABLE,
            GMEM_MOVEABLE,
            GMEM_DISCARDABLE,
            GMEM_NOCOMPACT,
            GMEM_NODISCARD,
            GMEM_ZEROINIT,
            GMEM_NOTIFY,
            GMEM_DDESHARE,
        ]
    )
).map(sum)
CALLS = ["GlobalLock", "GlobalUnlock", "GlobalFix", "GlobalUnfix", "GlobalWire", "GlobalUnWire", "LockSegment", "UnlockSegment"]
CALLS += ["GlobalPageLock", "GlobalPageUnlock", "GlobalLRUOldest", "GlobalLRUNewest", "GlobalDiscard", "GlobalSize"]
CALLS += ["GlobalFlags", "GlobalHandle"]
SIZES = st.sampled_from([0, 1, 31, 32, 100]) | st.integers(0, 1_500)


def keeps_some(handle):
    """A GlobalNotify procedure: without memory of its own, so that two kernels hear the same."""
    return handle & 0x10


def machine(profile):
    class Machine(RuleBasedStateMachine):
        def __init__(self):
            super().__init__()
            self.kernels = [Kernel(profile, needed(profile, ROOM))]
            self.bytes = {}
            self.serial = 0

        # --- helpers ---

        def call(self, name, *arguments):
            """The answer of all kernels to the same call."""
            answers = [getattr(kernel, name)(*arguments) for kernel in self.kernels]
            assert answers.count(answers[0]) == len(answers), (name, arguments, answers)
            registers = [kernel.regs for kernel in self.kernels]
            assert registers.count(registers[0]) == len(registers), (name, arguments, registers)
            return answers[0]

        @property
        def kernel(self):
            return self.kernels[0]

        def pick(self, data):
            return data.draw(st.sampled_from(sorted(self.bytes)))

        def write(self, handle, kept=b""):
            """Fill a block: what it kept, then bytes of its own."""
            if self.kernel.heap.is_discarded(handle):
                self.bytes[handle] = b""
                return
            size = self.kernel.heap.length(handle)
            self.serial += 1
            data = kept + contents(self.serial, size)[len(kept) :]
            for kernel in self.kernels:
                kernel.arena.view(kernel.heap.address(handle), size)[:] = data
            self.bytes[handle] = data

        def forget(self):
            """Handles that a call freed for its own reasons, as a task's end does."""
            live = {b.handle for b in [*self.kernel.walk(), *self.kernel.heap.discarded()] if b.handle}
            self.bytes = {handle: data for handle, data in self.bytes.items() if handle in live}

        # --- calls ---

        @initialize(task=st.booleans())
        def begin(self, task):
            self.inner = None
            if task:
                self.start()

        @rule(flags=FLAGS, size=SIZES)
        def alloc(self, flags, size):
            handle = self.call("GlobalAlloc", flags, size)
            if handle:
                assert handle not in self.bytes
                if flags & GMEM_ZEROINIT and not self.kernel.heap.is_discarded(handle):
                    address, length = self.kernel.heap.address(handle), self.kernel.heap.length(handle)
                    assert not any(self.kernel.arena.view(address, length))
                self.write(handle)

        @precondition(lambda self: self.bytes)
        @rule(data=st.data(), flags=FLAGS, size=SIZES, modify=st.booleans())
        def realloc(self, data, flags, size, modify):
            handle = self.pick(data)
            old, locks = self.bytes[handle], self.kernel.heap.info(handle).locks
            gone = self.kernel.heap.is_discarded(handle)
            new = self.call("GlobalReAlloc", handle, size, flags | (GMEM_MODIFY if modify else 0))
            if not new:
                freed = not modify and not size and not flags & GMEM_MOVEABLE and (gone or not locks)
                assert freed is (handle not in self.handles())
                if freed:
                    del self.bytes[handle]
                return
            del self.bytes[handle]
            self.bytes[new] = old
            if self.kernel.heap.is_discarded(new):
                self.bytes[new] = b""
            elif not modify:
                length = self.kernel.heap.length(new)
                address = self.kernel.heap.address(new)
                kept = min(len(old), length)
                assert bytes(self.kernel.arena.view(address, kept)) == old[:kept]
                if flags & GMEM_ZEROINIT:
                    assert not any(self.kernel.arena.view(address + kept, length - kept))
                self.write(new, old[:kept])

        def handles(self):
            return {b.handle for b in [*self.kernel.walk(), *self.kernel.heap.discarded()] if b.handle}

        @precondition(lambda self: self.bytes)
        @rule(data=st.data())
        def free(self, data):
            handle = self.pick(data)
            assert self.call("GlobalFree", handle) == 0
            del self.bytes[handle]
            assert self.call("GlobalFree", handle) == handle

        @precondition(lambda self: self.bytes)
        @rule(
            data=st.data(),
            name=st.sampled_from(CALLS),
        )
        def touch(self, data, name):
            handle = self.pick(data)
            locks = self.kernel.heap.info(handle).locks
            address = None if self.kernel.heap.is_discarded(handle) else self.kernel.heap.address(handle)
            answer = self.call(name, handle)
            if name == "GlobalDiscard" and answer:
                self.bytes[handle] = b""
            if locks and address is not None:
                assert self.kernel.heap.address(handle) == address, f"{name} moved a pinned block"

        @rule(wanted=st.sampled_from([0, 0, 100, 2_000, 5_000, 0xFFFFFFFF]))
        def compact(self, wanted):
            pinned = {b.handle: b.base for b in self.kernel.walk() if b.locks or b.kind is Kind.FIXED}
            self.call("GlobalCompact", wanted)
            assert {b.handle: b.base for b in self.kernel.walk() if b.locks or b.kind is Kind.FIXED} == pinned
            if wanted == 0xFFFFFFFF:
                going = [b for b in self.kernel.walk() if b.may_go]
                words = [self.kernel.heap.words(b.handle) for b in going]
                assert all(flags & 0x40 for _, flags in words), "what is left was kept by its proc"

        @rule(size=st.integers(1, 600))
        def dos(self, size):
            answer = self.call("GlobalDosAlloc", size)
            if answer:
                assert (answer >> 16) << 4 == self.kernel.base(answer & 0xFFFF)
                self.write(answer & 0xFFFF)

        @precondition(lambda self: self.inner is None)
        @rule(notify=st.booleans())
        def start(self, notify=True):
            started = []
            for kernel in self.kernels:
                try:
                    started.append(kernel.task("TEST", 200))
                except OutOfMemory:
                    started.append(None)
            assert len({task and task.database for task in started}) == 1
            if started[0] is None:
                return
            self.inner = started[0].database
            for kernel, task in zip(self.kernels, started, strict=True):
                task.__enter__()
                if notify:
                    kernel.GlobalNotify(keeps_some)

        @precondition(lambda self: self.inner is not None)
        @rule()
        def stop(self):
            shared = {h for h in self.bytes if self.kernel.FarGetOwner(h) not in (self.kernel.current.pdb, 0xFFF9)}
            for kernel in self.kernels:
                kernel.current.exit()
            self.inner = None
            self.forget()
            assert shared <= set(self.bytes)

        @rule()
        def dump_and_attach(self):
            memory = bytearray(self.kernel.arena.memory)
            self.kernels = [self.kernel, Kernel.attach(memory, self.kernel.profile, procs=self.kernel.procs)]
            assert self.kernels[1].dump() == self.kernel.dump()

        # --- what holds ---

        @invariant()
        def sound(self):
            check(self.kernel.heap)
            for handle, data in self.bytes.items():
                block = self.kernel.heap.info(handle)
                if block.base == NOWHERE:
                    assert block.discardable or not data or profile.discards_any, f"{handle:#x} was discarded"
                    self.bytes[handle] = b""
                else:
                    assert bytes(self.kernel.arena.view(block.body, len(data))) == data, f"{handle:#x} lost its bytes"

        @invariant()
        def twins_agree(self):
            digests = {blake2b(kernel.arena.memory).digest() for kernel in self.kernels}
            assert len(digests) == 1, "the copy went another way"

    return Machine


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: f"{profile.name}{'-debug' * profile.debug}")
def test_random_calls_agree_with_the_oracle_and_with_a_copy(profile):
    run_state_machine_as_test(machine(profile), settings=QUICK)
