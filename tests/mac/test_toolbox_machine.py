"""Random calls of the Toolbox in every profile, against an oracle of bytes; now and then a copy of the memory goes on beside it.

From then on both get the same calls, and must give the same answers and have the same registers and bytes: memory is all the
state there is. The oracle keeps a record of each handle and pointer, and knows how much room a zone can make; it has no heap.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from handleheap.block import Kind
from handleheap.mac import (
    MAY_MOVE,
    NEVER_MOVE,
    SYSTEM7,
    Profile,
    Toolbox,
    maxSize,
    memFullErr,
    memLockedErr,
    memPurErr,
    memWZErr,
    nilHandleErr,
    noErr,
)
from handleheap.replay import contents

PROFILES = {
    "24-rover": (24, SYSTEM7),
    "32-rover": (32, SYSTEM7),
    "24-first": (24, replace(SYSTEM7, fit="first")),
    "32-first": (32, replace(SYSTEM7, fit="first")),
    "24-scramble": (24, replace(SYSTEM7, scramble=True, guarded=True, fresh_fill=0xA5)),
    "32-scramble": (32, replace(SYSTEM7, scramble=True, fit="first", min_block_32=16)),
    "32-least-16": (32, replace(SYSTEM7, min_block_32=16, hhi_hops=True)),
    "24-hops": (24, replace(SYSTEM7, hhi_hops=True, free_fill=b"\x50\xff\xc0\x01", guarded=True)),
    "any": (None, None),
}
ANY_PROFILE = st.builds(
    Profile,
    fit=st.sampled_from(["rover", "first"]),
    min_block_32=st.sampled_from([12, 16]),
    fresh_fill=st.sampled_from([None, 0x75]),
    free_fill=st.sampled_from([None, b"\x50\xff\xc0\x01"]),
    **dict.fromkeys(
        [
            "pointers_move_rover",
            "purge_rotates",
            "sizes_physical",
            "state_keeps_resource",
            "empty_keeps_flags",
            "hhi_hops",
            "masters_from_top",
            "bklim_is_limit",
            "grows_in_place",
            "recover_checks",
            "foresight",
            "guarded",
            "scramble",
        ],
        st.booleans(),
    ),
)
"""But for `reallocate_locked` and the codes of nil, which change what the oracle says."""

MEMORY = 0x8000
QUICK = settings(max_examples=25, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)

LOCK, PURGE, RESOURCE = 0x80, 0x40, 0x20
GONE = None
STATES = st.sampled_from([0, 0, PURGE, PURGE, LOCK, LOCK | PURGE, RESOURCE, GONE, GONE])
"""What becomes of a new handle: GONE is disposed of again, so that there is a hole."""
POPULATION = st.lists(st.tuples(st.integers(0, 90), STATES), min_size=3, max_size=12)
MARKS = {
    "HLock": (LOCK, LOCK),
    "HUnlock": (LOCK, 0),
    "TempHLock": (LOCK, LOCK),
    "TempHUnlock": (LOCK, 0),
    "HPurge": (PURGE, PURGE),
    "HNoPurge": (PURGE, 0),
    "HSetRBit": (RESOURCE, RESOURCE),
    "HClrRBit": (RESOURCE, 0),
}
COMPACTS = {"CompactMem", "CompactMemSys", "MoveHHi", "HLockHi", "TempMaxMem"}
PURGES = MAY_MOVE - COMPACTS
"""What may purge as well as move."""
ASKS = {"GetHandleSize", "GetPtrSize", "HandleZone", "PtrZone", "RecoverHandle", "HGetState", "GetZone", "StackSpace"}
ASKS |= {"FreeMem", "FreeMemSys", "MaxBlock", "MaxBlockSys", "PurgeSpace", "PurgeSpaceSys", "TempFreeMem"}
QUIET = {name for name in MAY_MOVE | NEVER_MOVE if name.startswith("Temp")}
"""These say nothing to MemErr."""


class Room(NamedTuple):
    """The largest block, with its header, that a zone can be sure to make; and what no request can exceed."""

    sure: int
    most: int


class Share(NamedTuple):
    """So many eighths of all that the zone has room for, and some bytes less, or more."""

    eighths: int
    less: int


SMALL = st.sampled_from([0, 1, 4, 5, 12]) | st.integers(0, 90)
SIZES = (
    SMALL
    | st.integers(-1, 1_200)
    | st.builds(Share, st.just(8), st.integers(-4, 16))
    | st.builds(Share, st.integers(1, 11), st.just(0))
)
TEXT = st.binary(max_size=3) | st.integers(0, 300).map(lambda n: contents(n, n))


@dataclass
class Known:
    """What the oracle knows of a handle or pointer."""

    zone: int
    data: bytes | None
    """None: the handle is empty, or there is a zone in the block."""
    flags: int = 0
    fixed: bool = False
    holds: int = 0
    """The zone that lies in it."""


def munged(data, offset, target, length, new):
    """(answer, bytes after it) of Munger: the rules of the reference, plainly. `new` None: only a search."""
    if not 0 <= offset <= len(data):
        return -1, data
    if target is None:
        at, end = offset, len(data) if length < 0 else min(offset + length, len(data))
    elif (at := data.find(target, offset)) >= 0:
        end = at + len(target)
    elif data[offset:] and target.startswith(data[offset:]):
        at, end = offset, len(data)
    else:
        return -1, data
    if new is None:
        return at, data
    return at + len(new), data[:at] + new + data[end:]


def machine(bits=None, profile=None):
    class Machine(RuleBasedStateMachine):
        @initialize(
            bits=st.sampled_from([24, 32]) if bits is None else st.just(bits),
            profile=ANY_PROFILE if profile is None else st.just(profile),
            masters=st.integers(2, 12),
            gz=st.booleans(),
            place=st.sampled_from([None, (0, 0x200), (0, 0x400), (0, 0x400)]),
            wanted=POPULATION,
            way=st.integers(0, 3),
        )
        def begin(self, bits, profile, masters, gz, place, wanted, way):
            """Mostly in a zone that is soon full."""
            self.profile = profile
            self.now = Toolbox(MEMORY, bits, profile)
            self.twins = [self.now]
            self.kept_by = [self.now.proc(proc) for proc in (self.grow, self.witness, self.keeper)][-1]
            self.live = {}
            self.dead = set()
            self.serial = 0
            self.header = {24: 8, 32: 12}[bits]
            self.least = profile.min_block_32 if bits == 32 else 12
            here = self.now.map
            self.system, self.temporary, self.application = here.system, here.temporary, here.application
            self.zones = {here.system, here.temporary, here.application}
            self.scratch, self.reserve = here.stack_base, here.a5 - 16
            if place:
                self.init_zone(masters, place, gz)
            self.new_handles(wanted)
            self.keep_reserve(next(iter(self.live), 0), way)

        def keep_reserve(self, handle, way):
            """Put into memory what the grow-zone function may let go, and how."""
            for twin in self.twins:
                twin.poke(self.reserve, handle)
                twin.poke(self.reserve + 4, way)

        # --- what the oracle does and knows ---

        @property
        def tb(self):
            return self.twins[0]

        def call(self, name, *arguments, stays=False, about=0):
            """The answer of all twins to the same call; nothing has happened that must not happen in it.

            `stays`: this call is one that must leave every block where it is. `about`: the handle that it empties or fills.
            """
            places, self.pinned = self.places(), {h for h, known in self.live.items() if known.flags & LOCK or known.fixed}
            code = self.tb.low.get("MemErr")
            memory = bytes(self.tb.arena.memory) if name in ASKS else b""
            answers = []
            for twin in self.twins:
                self.now = twin
                answers.append(getattr(twin, name)(*arguments))
            registers = [twin.regs for twin in self.twins]
            assert answers.count(answers[0]) == len(answers), (name, arguments, answers)
            assert registers.count(registers[0]) == len(registers), (name, arguments, registers)
            if memory:
                for twin in self.twins:
                    twin.low.put("MemErr", code)
                assert self.tb.arena.memory == memory, f"{name} only asks"
            zone = self.tb.zone(self.temporary).header
            if name in QUIET and not zone.get("gzProc") and not zone.get("purgeProc"):
                assert self.tb.low.get("MemErr") == code, f"{name} says nothing to MemErr"
            self.settle(name, places, stays or name in NEVER_MOVE, about)
            return answers[0]

        def code(self, name, *arguments, **facts):
            """The same for a routine that returns its result code, which must be in D0 and MemErr."""
            code = self.call(name, *arguments, **facts)
            assert name in QUIET or code == self.tb.regs.D0 == self.tb.MemError()
            return code

        def places(self):
            """Where each block is; 0 for empty handles."""
            return {h: h if known.fixed else self.tb.deref(h) for h, known in self.live.items()}

        def settle(self, name, places, stays, about):
            """What may have moved, and what may have been purged."""
            for handle, after in self.places().items():
                known, before = self.live[handle], places.get(handle, 0)
                if before and not after and known.data is not None:
                    assert handle == about or name in PURGES, f"{name} purged {handle:#x}"
                    assert handle == about or known.flags & (LOCK | PURGE) == PURGE, (
                        f"{name} purged {handle:#x}, which must be kept"
                    )
                    assert not stays or handle == about
                    self.emptied(handle)
                elif before and after and before != after:
                    assert not stays, f"{name} moved {handle:#x}"
                    assert handle not in self.pinned or not (known.fixed or known.flags & LOCK), (
                        f"{name} moved {handle:#x}, which is pinned"
                    )
                elif after and not before:
                    assert handle == about, f"{name} gave {handle:#x} a block"

        def emptied(self, handle):
            self.live[handle].data = None
            kept = self.tb.bits == 24 and self.profile.empty_keeps_flags
            self.live[handle].flags = self.live[handle].flags if kept else 0

        def pick(self, data, fixed=False, full=False):
            """One of the handles, or of the pointers without a zone in them."""
            found = [h for h, k in self.live.items() if k.fixed is fixed and not k.holds and not (full and k.data is None)]
            return data.draw(st.sampled_from(sorted(found))) if found else 0

        @property
        def current(self):
            return self.tb.low.get("TheZone")

        def is_known(self, zone):
            """Is it one of the zones in which RecoverHandle looks?"""
            return zone in (self.system, self.temporary, self.application, self.current)

        def physical(self, n):
            return max(self.least, self.header + n + 3 & ~3)

        def room(self, zone, keep=0):
            """What a zone can make room for; `keep` is the handle of a block that is not purged."""
            zone = self.tb.zone(zone)
            sure = most = run = 0
            for block in list(zone.walk())[1:-1]:
                if block.kind is Kind.FREE or (block.may_go and block.handle != keep):
                    run += block.size
                    most += block.size
                elif block.kind is not Kind.MOVABLE or block.locks:
                    run = 0
                elif block.handle == keep:
                    most += block.size
                sure = max(sure, run)
            more = self.tb.low.get("ApplLimit") - zone.limit & ~3 if zone.start == self.application else 0
            return Room(max(sure, run + more), most + more) if more >= self.least else Room(sure, most)

        def asked(self, size, zone):
            """A size as it was drawn, in bytes."""
            return max(0, self.room(zone).sure * size.eighths // 8 - self.header - size.less) if isinstance(size, Share) else size

        def judge(self, served, size, zone, room, masters=1, hops=True):
            """Was a request served if there was room for it, and only then? `masters`: is no block of them needed before it?

            `hops`: blocks may have hopped away over others that stay.
            """
            need = self.physical(size)
            if served:
                most = room.most if hops or not masters else room.sure
                assert size >= 0
                assert need <= most or self.tb.zone(zone).header.get("gzProc"), f"{need} bytes out of {most}"
            elif size >= 0 and masters and not self.keeps(zone):
                assert need > room.sure, f"no {need} bytes, but {room.sure} could be had"

        def write(self, handle, kept=b""):
            """Fill a block: what it kept, then bytes of its own."""
            known = self.live[handle]
            size = self.block(handle).length
            self.serial += 1
            known.data = kept + contents(self.serial, size)[len(kept) :]
            for twin in self.twins:
                twin.write(handle if known.fixed else twin.deref(handle), known.data)

        def block(self, handle):
            """The block of a handle or pointer, as a walk tells it."""
            zone = self.tb.zone(self.live[handle].zone)
            return next(block for block in zone.walk() if block.handle == handle)

        def read(self, handle):
            """The bytes of a block as they are in memory."""
            block = self.block(handle)
            return self.tb.read(block.body, block.length)

        def new(self, handle, known, size):
            """A handle or pointer that was not there before."""
            assert handle not in self.live
            assert handle == self.tb.regs.A0 or known.zone == self.temporary
            self.dead.discard(handle)
            self.live[handle] = known
            assert len(self.read(handle)) == size

        def fresh(self, handle, start, clear):
            """What the new bytes of a block hold."""
            fill = 0 if clear else self.profile.fresh_fill
            assert fill is None or not self.read(handle)[start:].strip(bytes([fill])), f"{handle:#x} is not filled with {fill:#x}"

        def forget(self, handle):
            """A handle or pointer, and the zone in its block, is no more."""
            known = self.live.pop(handle)
            if not known.fixed:
                self.dead.add(handle)
            for twin in self.twins:
                if twin.peek(self.reserve) == handle:
                    twin.poke(self.reserve, 0)
            if known.holds:
                self.drop(known.holds)

        def drop(self, *zones):
            """Zones are no more, and all that was in them."""
            for zone in zones:
                limit = self.tb.zone(zone).limit
                self.zones.discard(zone)
                for handle in [h for h, known in self.live.items() if known.zone == zone]:
                    if handle in self.live:
                        self.forget(handle)
                self.dead = {handle for handle in self.dead if not zone <= handle < limit}

        def text(self, *texts):
            """Put bytes where nothing moves; their addresses, 0 for None."""
            at, found = self.scratch, []
            for text in texts:
                found.append(0 if text is None else at)
                if text is not None:
                    for twin in self.twins:
                        twin.write(at, text)
                    at += len(text)
            return found

        # --- procs, whose only memory is that of the Mac ---

        def grow(self, needed):
            """A grow-zone function with a reserve, whose handle is in memory, and with a way to let it go, which is beside it."""
            tb, first = self.now, self.now is self.tb
            handle, way = tb.peek(self.reserve), tb.peek(self.reserve + 4)
            if not handle or handle == tb.GZSaveHnd() or not tb.deref(handle):
                return 0
            if way == 0:
                if tb.EmptyHandle(handle) or tb.deref(handle):
                    return 0
                if first:
                    self.emptied(handle)
            elif way == 1:
                tb.DisposeHandle(handle)
                tb.poke(self.reserve, 0)
                if first:
                    del self.live[handle]
            elif way == 2:
                if tb.HGetState(handle) & PURGE:
                    return 0
                tb.HUnlock(handle)
                tb.HPurge(handle)
                if first:
                    self.live[handle].flags = self.live[handle].flags & ~LOCK | PURGE
                    self.pinned.discard(handle)
            return needed

        def witness(self, handle):
            """A purge-warning procedure that looks whether all is still there, and counts in memory."""
            tb = self.now
            if tb is self.tb:
                known = self.live[handle]
                assert tb.read(tb.deref(handle), len(known.data)) == known.data, (
                    f"{handle:#x} had lost its bytes when it was purged"
                )
            tb.poke(self.reserve + 8, tb.peek(self.reserve + 8) + handle)

        def keeper(self, handle):
            """Another, which locks some blocks and so keeps them."""
            self.witness(handle)
            if handle & 8:
                self.now.HLock(handle)
                if self.now is self.tb:
                    self.live[handle].flags |= LOCK

        # --- relocatable blocks ---

        @rule(size=SIZES, clear=st.booleans(), sys=st.booleans())
        def new_handle(self, size, clear, sys):
            self.make(size, clear, sys)

        def make(self, size, clear=False, sys=False):
            """A new handle, or 0."""
            zone = self.system if sys else self.current
            size, room, spare = self.asked(size, zone), self.room(zone), self.tb.zone(zone).header.get("hFstFree")
            places = self.places()
            handle = self.call("NewHandle" + "Sys" * sys + "Clear" * clear, size)
            self.judge(handle, size, zone, room, spare, hops=False)
            if handle:
                self.new(handle, Known(zone, b""), size)
                self.fresh(handle, 0, clear)
                self.write(handle)
            else:
                assert self.tb.MemError() == self.tb.regs.D0 == memFullErr
                if self.profile.foresight and spare and not self.tb.zone(zone).header.get("gzProc") and not self.profile.scramble:
                    assert self.places() == places
            return handle

        @rule(wanted=POPULATION)
        def new_handles(self, wanted):
            """Several at once, with holes between them."""
            made = [(self.make(size), state) for size, state in wanted]
            for handle, state in made:
                if handle in self.live and self.live[handle].data is not None:
                    if state is GONE:
                        self.forget(handle)
                        assert self.code("DisposeHandle", handle) == noErr
                    else:
                        self.set_state(handle, state)

        @rule(size=SIZES)
        def temp_new_handle(self, size):
            size, room = self.asked(size, self.temporary), self.room(self.temporary)
            spare = self.tb.zone(self.temporary).header.get("hFstFree")
            handle, code = self.call("TempNewHandle", size)
            self.judge(handle, size, self.temporary, room, spare, hops=False)
            assert code == (noErr if handle else memFullErr)
            if handle:
                self.new(handle, Known(self.temporary, b""), size)
                self.fresh(handle, 0, False)
                self.write(handle)

        @rule(sys=st.booleans())
        def new_empty_handle(self, sys):
            zone = self.system if sys else self.current
            spare = self.tb.zone(zone).header.get("hFstFree")
            handle = self.call("NewEmptyHandle" + "Sys" * sys)
            assert handle == spare or not spare
            if handle:
                assert handle not in self.live
                assert not self.tb.deref(handle)
                self.dead.discard(handle)
                self.live[handle] = Known(zone, None)

        @precondition(lambda self: self.live)
        @rule(data=st.data(), temp=st.booleans())
        def dispose_handle(self, data, temp):
            handle = self.pick(data)
            if not handle:
                return
            known = self.live[handle]
            self.forget(handle)
            assert self.call("TempDisposeHandle" if temp else "DisposeHandle", handle) == noErr
            if self.profile.guarded and self.is_known(known.zone):
                memory = bytes(self.tb.arena.memory)
                assert self.call("TempDisposeHandle", handle) == memWZErr
                assert self.tb.arena.memory == memory

        @precondition(lambda self: self.dead)
        @rule(
            data=st.data(),
            name=st.sampled_from(["HLock", "HNoPurge", "EmptyHandle", "SetHandleSize", "ReallocateHandle", "HSetState"]),
        )
        def stale(self, data, name):
            handle = data.draw(st.sampled_from(sorted(self.dead)))
            more = [40] if name in ("SetHandleSize", "ReallocateHandle", "HSetState") else []
            code = self.code(name, handle, *more)
            assert code == memWZErr, f"{handle:#x}: {code}"
            assert self.call("HGetState", handle) == memWZErr & 0xFF
            assert self.call("GetHandleSize", handle) == 0

        @precondition(lambda self: self.live)
        @rule(data=st.data(), size=SIZES)
        def set_handle_size(self, data, size):
            handle = self.pick(data)
            if not handle:
                return
            known = self.live[handle]
            size, room = self.asked(size, known.zone), self.room(known.zone, keep=handle)
            before = known.data
            code = self.code("SetHandleSize", handle, size, stays=before is None or size <= len(before))
            if before is None:
                assert code == nilHandleErr, (code, known)
                return
            self.resized(handle, code, before, size, room)

        def resized(self, handle, code, before, size, room):
            """After a call that gave a block another size, or not."""
            known = self.live[handle]
            if code:
                assert code == memFullErr
                assert self.read(handle) == before
                assert known.fixed or known.flags & LOCK or size < 0 or self.keeps(known.zone) or self.physical(size) > room.sure
                return
            now = self.read(handle)
            assert len(now) == size
            assert now[: len(before)] == before[:size]
            self.fresh(handle, len(before), False)
            self.write(handle, before[:size])

        def keeps(self, zone):
            return self.tb.zone(zone).header.get("purgeProc") == self.kept_by

        @precondition(lambda self: self.live)
        @rule(data=st.data(), size=SIZES)
        def reallocate_handle(self, data, size):
            handle = self.pick(data)
            if not handle:
                return
            known = self.live[handle]
            size, room, flags = self.asked(size, known.zone), self.room(known.zone, keep=handle), known.flags
            code = self.code("ReallocateHandle", handle, size, about=handle if known.data is None else 0)
            if known.data is not None and flags & LOCK:
                assert code == (memFullErr if size < 0 else memPurErr), (code, handle, known)
            else:
                self.judge(not code, size, known.zone, room)
                if not code:
                    known.flags = flags & RESOURCE
                    known.data = b""
                    assert len(self.read(handle)) == size
                    self.write(handle)
            assert known.data is None or self.call("HGetState", handle) == known.flags

        @precondition(lambda self: self.live)
        @rule(data=st.data())
        def empty_handle(self, data):
            handle = self.pick(data)
            if not handle:
                return
            known = self.live[handle]
            locked = known.data is not None and known.flags & LOCK
            code = self.code("EmptyHandle", handle, about=0 if locked else handle)
            assert code == (memPurErr if locked else noErr)
            assert known.data is None or locked or self.keeps(known.zone)

        # --- flags ---

        @precondition(lambda self: self.live)
        @rule(data=st.data(), name=st.sampled_from(sorted(MARKS)))
        def mark(self, data, name):
            handle = self.pick(data)
            if not handle:
                return
            known, (mask, value) = self.live[handle], MARKS[name]
            code = self.code(name, handle)
            if known.data is None:
                assert code == nilHandleErr, (code, known)
            else:
                assert code == noErr
                known.flags = known.flags & ~mask | value
                assert self.call("HGetState", handle) == known.flags

        @precondition(lambda self: self.live)
        @rule(data=st.data(), state=st.sampled_from([0, 0x40, 0x40, 0x60, 0x80, 0xC0, 0xE0, 0x1F]))
        def h_set_state(self, data, state):
            handle = self.pick(data)
            if handle:
                self.set_state(handle, state)

        def set_state(self, handle, state):
            known = self.live[handle]
            code = self.code("HSetState", handle, state)
            if known.data is None:
                assert code == nilHandleErr
                assert self.call("HGetState", handle) == code & 0xFF
            else:
                assert code == noErr
                known.flags = state & 0xE0 | (known.flags & RESOURCE if self.profile.state_keeps_resource else 0)
                assert self.call("HGetState", handle) == known.flags

        @precondition(lambda self: self.live)
        @rule(data=st.data(), lock=st.booleans())
        def move_h_hi(self, data, lock):
            handle = self.pick(data)
            if not handle:
                return
            known, before = self.live[handle], self.tb.deref(handle)
            code = self.code("HLockHi" if lock else "MoveHHi", handle)
            if known.data is None:
                assert code == nilHandleErr, (code, known)
                return
            if known.flags & LOCK:
                assert code == memLockedErr
                return
            assert code == noErr
            assert self.tb.deref(handle) >= before
            known.flags |= LOCK if lock else 0
            blocks = list(self.tb.zone(known.zone).walk())
            place = next(i for i, block in enumerate(blocks) if block.handle == handle and block.kind is Kind.MOVABLE)
            above = blocks[place + 1]
            assert above.kind in (Kind.FIXED, Kind.TABLE) or above.locks, "there is still room above it"
            if self.profile.hhi_hops:
                size = blocks[place].size
                run = 0
                for block in blocks[place + 1 : -1]:
                    run = run + block.size if block.kind is Kind.FREE else run if block.may_move else 0
                    assert run < size + self.least, "there is room higher up"

        # --- nonrelocatable blocks ---

        @rule(size=SIZES, clear=st.booleans(), sys=st.booleans())
        def new_ptr(self, size, clear, sys):
            zone = self.system if sys else self.current
            size, room = self.asked(size, zone), self.room(zone)
            pointer = self.call("NewPtr" + "Sys" * sys + "Clear" * clear, size)
            self.judge(pointer, size, zone, room)
            if pointer:
                self.new(pointer, Known(zone, b"", fixed=True), size)
                self.fresh(pointer, 0, clear)
                self.write(pointer)
            else:
                assert self.tb.MemError() == self.tb.regs.D0 == memFullErr

        @precondition(lambda self: self.live)
        @rule(data=st.data())
        def dispose_ptr(self, data):
            found = [h for h, known in self.live.items() if known.fixed]
            if not found:
                return
            pointer = data.draw(st.sampled_from(sorted(found)))
            inside = self.inside(self.live[pointer].holds)
            if self.current in inside:
                self.call("SetZone", self.application)
            self.forget(pointer)
            assert self.code("DisposePtr", pointer) == noErr

        def inside(self, zone):
            """A zone and those in its blocks."""
            if not zone:
                return set()
            return {zone}.union(*(self.inside(known.holds) for known in self.live.values() if known.zone == zone))

        @precondition(lambda self: self.live)
        @rule(data=st.data(), size=SIZES)
        def set_ptr_size(self, data, size):
            pointer = self.pick(data, fixed=True)
            if not pointer:
                return
            known = self.live[pointer]
            size = self.asked(size, known.zone)
            code = self.code("SetPtrSize", pointer, size, stays=size <= len(known.data))
            assert code == noErr or size > len(known.data) or size < 0
            self.resized(pointer, code, known.data, size, Room(0, 0))

        # --- room ---

        @rule(size=SIZES, sys=st.booleans())
        def reserve_mem(self, size, sys):
            zone = self.system if sys else self.current
            size, room = self.asked(size, zone), self.room(zone)
            code = self.code("ReserveMem" + "Sys" * sys, size)
            self.judge(code == noErr, size, zone, room)
            if code == noErr:
                rover = self.tb.zone(zone).header.get("allocPtr")
                gap = next(block for block in self.tb.zone(zone).walk() if block.base == rover)
                assert (gap.kind, gap.size >= self.physical(size)) == (Kind.FREE, True)

        @rule(wanted=st.sampled_from([0, 100, 500, maxSize]), sys=st.booleans())
        def compact_mem(self, wanted, sys):
            sys = "Sys" * sys
            most = self.call("MaxBlock" + sys)
            answer = self.call("CompactMem" + sys, wanted)
            told = wanted if self.profile.sizes_physical else wanted - self.header
            assert answer == most if wanted == maxSize else min(most, told) <= answer <= most
            assert self.call("MaxBlock" + sys) == most

        @rule(wanted=st.sampled_from([0, 100, 500, maxSize]), sys=st.booleans())
        def purge_mem(self, wanted, sys):
            zone = self.system if sys else self.current
            code = self.code("PurgeMem" + "Sys" * sys, wanted)
            run = best = 0
            for block in self.tb.zone(zone).walk():
                run = run + block.size if block.kind is Kind.FREE else 0
                best = max(best, run)
            assert code == (noErr if best >= wanted else memFullErr)
            assert code == noErr or not any(block.may_go for block in self.tb.zone(zone).walk())

        @rule(sys=st.booleans())
        def max_mem(self, sys):
            zone = self.system if sys else self.current
            free, most = self.call("FreeMem" + "Sys" * sys), self.call("MaxBlock" + "Sys" * sys)
            total, contig = self.call("PurgeSpace" + "Sys" * sys)
            assert free <= total
            assert most <= contig
            size, grow = self.call("MaxMem" + "Sys" * sys)
            limit = self.tb.zone(self.application).limit
            assert grow == (max(0, self.tb.low.get("ApplLimit") - limit) if zone == self.application else 0)
            if not self.keeps(zone):
                assert (self.call("FreeMem" + "Sys" * sys), size) == (total, contig)

        @rule(name=st.sampled_from(["TempMaxMem", "MoreMasters", "MaxApplZone", "MaxApplZone", "InitApplZone"]))
        def for_a_whole_zone(self, name):
            free = self.call("TempFreeMem")
            if name == "TempMaxMem":
                size, grow = self.call(name)
                assert (grow, size <= free) == (0, True)
                return
            if name == "InitApplZone":
                self.drop(*self.inside(self.application))
                self.zones.add(self.application)
            code = self.code(name, stays=name == "MaxApplZone")
            assert code == noErr or (code, name) == (memFullErr, "MoreMasters")
            if name == "MoreMasters":
                assert code or self.tb.zone().header.get("hFstFree")
            elif name == "MaxApplZone":
                assert 0 <= self.tb.low.get("ApplLimit") - self.tb.low.get("HeapEnd") < self.least
            else:
                assert self.current == self.application

        # --- zones ---

        @rule(masters=st.integers(1, 6), place=st.sampled_from([(0, 0x400), (0, 0x200), (0x200, 0x400)]), gz=st.booleans())
        def init_zone(self, masters, place, gz):
            start, limit = (self.tb.map.unclaimed + at for at in place)
            for zone in list(self.zones):
                if self.tb.map.unclaimed <= zone < self.tb.map.application and zone < limit and self.tb.zone(zone).limit > start:
                    self.drop(*self.inside(zone))
            assert self.code("InitZone", self.grow if gz else None, masters, limit, start) == noErr
            assert self.call("GetZone") == start
            self.zones.add(start)

        @precondition(lambda self: self.live)
        @rule(data=st.data(), masters=st.integers(1, 4))
        def init_zone_in_a_block(self, data, masters):
            pointer = self.pick(data, fixed=True)
            if not pointer or len(self.live[pointer].data) < 140:
                return
            known = self.live[pointer]
            assert self.code("InitZone", None, masters, pointer + len(known.data), pointer) == noErr
            known.holds, known.data = pointer, None
            self.zones.add(pointer)

        @rule(data=st.data())
        def set_zone(self, data):
            zone = data.draw(st.sampled_from(sorted(self.zones)))
            assert self.code("SetZone", zone) == noErr
            assert self.call("GetZone") == zone == self.tb.zone().start

        @rule(grow=st.booleans(), proc=st.sampled_from(["witness", "keeper", None]), data=st.data(), way=st.integers(0, 3))
        def set_procs(self, grow, proc, data, way):
            found = [h for h, k in self.live.items() if k.zone == self.current and not k.fixed and k.data]
            handle = data.draw(st.sampled_from(sorted(found))) if found else 0
            assert self.code("SetGrowZone", self.grow if grow else None) == noErr
            for twin in self.twins:
                twin.zone().header.put("purgeProc", twin.proc(getattr(self, proc)) if proc else 0)
            self.keep_reserve(handle, way)

        # --- copies ---

        @precondition(lambda self: self.live)
        @rule(data=st.data())
        def hand_to_hand(self, data):
            handle = self.pick(data)
            if not handle:
                return
            known = self.live[handle]
            before = known.data
            code, copy = self.call("HandToHand", handle)
            assert code == self.tb.regs.D0 == self.tb.MemError()
            if before is None:
                assert (code, copy) == (nilHandleErr, 0)
            elif not code:
                self.new(copy, Known(known.zone, b""), len(before))
                if self.live.get(handle) is known and known.data is not None:
                    assert self.read(copy) == before
                self.write(copy)
            else:
                assert (code, copy) == (memFullErr, 0)

        @rule(text=TEXT)
        def ptr_to_hand(self, text):
            (at,) = self.text(text)
            code, handle = self.call("PtrToHand", at, len(text))
            if not code:
                self.new(handle, Known(self.current, b""), len(text))
                assert self.read(handle) == text
                self.live[handle].data = text
            else:
                assert (code, handle) == (memFullErr, 0)

        @precondition(lambda self: self.live)
        @rule(data=st.data(), text=TEXT, name=st.sampled_from(["PtrToXHand", "PtrAndHand"]))
        def ptr_x_hand(self, data, text, name):
            handle = self.pick(data)
            if not handle:
                return
            (at,) = self.text(text)
            before = self.live[handle].data
            after = None if before is None else text if name == "PtrToXHand" else before + text
            stays = before is None or len(after) <= len(before)
            self.spliced(handle, self.code(name, at, handle, len(text), stays=stays), after)

        def spliced(self, handle, code, after):
            """A block has other bytes now, or the call has failed."""
            known = self.live[handle]
            assert self.tb.regs.A0 in (handle, 0)
            if after is None:
                assert code == nilHandleErr, (code, known)
            elif code:
                assert code == memFullErr
                assert self.read(handle) == known.data
                assert len(after) > len(known.data)
            else:
                assert self.read(handle) == after
                known.data = after

        @precondition(lambda self: self.live)
        @rule(data=st.data())
        def hand_and_hand(self, data):
            source, handle = self.pick(data), self.pick(data)
            if not source:
                return
            first, second = self.live[source].data, self.live[handle].data
            code = self.code("HandAndHand", source, handle)
            if first is None or second is None:
                assert code == nilHandleErr
            elif code == noErr and (source not in self.live or self.live[source].data is None):
                assert self.read(handle)[: len(second)] == second
                self.write(handle, second)
            else:
                self.spliced(handle, code, second + first)

        @precondition(lambda self: self.live)
        @rule(data=st.data(), found=st.booleans(), new=TEXT | st.none(), sought=st.none() | st.binary(min_size=1, max_size=3))
        def munger(self, data, found, new, sought):
            handle = self.pick(data, full=True)
            if not handle:
                return
            before = self.live[handle].data
            offset = data.draw(st.integers(-1, len(before) + 1))
            length = data.draw(st.integers(-1, 40))
            if found and sought is not None:
                sought = before[offset + 1 : offset + 3] or sought
            length = length if sought is None else len(sought)
            at, to = self.text(sought, new)
            answer, after = munged(before, offset, sought, length, new)
            result = self.call("Munger", handle, offset, at, length, to, len(new or b""), stays=len(after) <= len(before))
            if result == memFullErr:
                assert len(after) > len(before)
                assert self.read(handle) == before
            else:
                assert (result, self.read(handle)) == (answer, after)
                self.live[handle].data = after

        # --- questions, and the copy ---

        @precondition(lambda self: self.live)
        @rule(data=st.data())
        def ask(self, data):
            handle = data.draw(st.sampled_from(sorted(self.live)))
            known = self.live[handle]
            if known.fixed:
                assert self.call("PtrZone", handle) == known.zone
                assert known.holds or self.call("GetPtrSize", handle) == len(known.data)
                assert self.call("GetHandleSize", handle) == 0
            elif known.data is None:
                assert self.call("GetHandleSize", handle) == 0
                assert nilHandleErr == self.tb.regs.D0, (handle, known, self.tb.regs)
                assert self.call("HGetState", handle) == nilHandleErr & 0xFF
                assert self.call("HandleZone", handle) == known.zone
            else:
                assert self.call("HandleZone", handle) == known.zone
                assert self.call("GetHandleSize", handle) == len(known.data)
                assert self.call("HGetState", handle) == known.flags
                code = self.tb.regs.D0
                if self.is_known(known.zone):
                    assert self.call("RecoverHandle", self.tb.deref(handle)) == handle == self.tb.regs.A0
                    assert code == self.tb.regs.D0

        @rule()
        def dump_and_attach(self):
            twin = Toolbox.attach(bytearray(self.tb.arena.memory), procs=self.tb.procs, profile=self.profile)
            twin.regs = replace(self.tb.regs)  # the processor's, so no part of memory
            assert twin.dump() == self.tb.dump()
            self.twins = [self.tb, twin]

        # --- what holds ---

        @invariant()
        def sound(self):
            self.tb.check()
            seen = set()
            for start in self.zones:
                zone = self.tb.zone(start)
                zone.check()
                for block in [*zone.walk(), *zone.discarded()]:
                    if block.kind in (Kind.FIXED, Kind.MOVABLE):
                        self.agrees(start, block)
                        seen.add(block.handle)
            assert seen == set(self.live), "blocks are missing"

        def agrees(self, zone, block):
            """Block and oracle say the same."""
            known = self.live[block.handle]
            assert known.zone == zone
            assert known.fixed is (block.kind is Kind.FIXED)
            if known.holds:
                return
            assert (known.data is None) is (block.base < 0), f"{block.handle:#x} is empty"
            if known.data is not None:
                assert block.length == len(known.data)
                assert (block.locks, block.discardable) == (known.flags >> 7, known.flags >> 6 & 1)
                assert self.tb.arena.view(block.body, block.length) == known.data, f"{block.handle:#x} lost its bytes"

        @invariant()
        def notebook_is_up_to_date(self):
            """It tells of the blocks of master pointers in all zones, and of no others there."""
            zones = [self.tb.zone(start) for start in self.zones]
            tables = {block.base // 8 for zone in zones for block in zone.walk() if block.owner == "master pointers"}
            bits = int.from_bytes(self.tb.arena.memory[self.tb.map.buf_ptr :], "little")
            marked = {cell for cell in range(MEMORY // 8) if bits >> cell & 1}
            assert marked >= tables
            for cell in marked - tables:
                assert not any(zone.start <= 8 * cell < zone.limit for zone in zones), f"{8 * cell:#x} is marked"

        @invariant()
        def memory_is_tiled(self):
            at = 0
            for block in self.tb.walk():
                assert block.base == at
                at = block.end
            assert at == MEMORY

        @invariant()
        def twins_agree(self):
            assert self.twins[0].arena.memory == self.twins[-1].arena.memory, "the copy went another way"

    return Machine


@pytest.mark.parametrize("name", PROFILES)
def test_random_calls_agree_with_the_oracle_and_with_a_copy(name):
    run_state_machine_as_test(machine(*PROFILES[name]), settings=QUICK)
