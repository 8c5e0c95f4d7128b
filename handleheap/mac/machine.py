"""The memory of a Mac, and the zones in it: what lies beneath the routines of the Toolbox.

    low memory   globals at their addresses: TheZone, MemErr, ApplLimit …
    zones        found by the header of a block, which names its zone; by low memory; or by where a handle lies
    procs        Python functions behind addresses in the jump table

`.bytes.truth`  zones that are known are kept ready, and made anew from the bytes where they are not.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from ..arena import Arena
from ..block import Block, Kind, Move
from ..control import Control
from ..errors import HeapCorrupt
from ..events import Tap
from .blocks import WIDTHS
from .codes import Fault, memAdrErr, memWZErr, nilHandleErr
from .dump import dump
from .layout import FIXED_TYPE, MOVABLE_TYPE, LowMemory, ZoneHeader
from .memorymap import APPLICATION_MASTERS, ENTRIES, PARAMETERS, SYSTEM_MASTERS, MemoryMap, survey
from .notebook import CELL, Notebook
from .profile import Profile
from .state import Proc
from .zone import Zone

ADDRESS = 0xFFFFFFFF


@dataclass
class Registers:
    """What a trap leaves in the registers that some programs read: an address or handle, and the result."""

    A0: int = 0
    D0: int = 0


class Machine:
    """Memory, low-memory globals and zones, without the routines."""

    def __init__(self, arena: Arena, bits: int, profile: Profile, procs: dict[int, Proc], tap: Tap | None) -> None:
        self.arena, self.memory, self.bits, self.profile, self.procs = arena, arena.memory, bits, profile, procs
        self.map: MemoryMap = survey(arena.size, bits)
        self.low = Control(arena.memory, LowMemory, 0)
        self.notebook = Notebook(arena.memory, self.map.buf_ptr)
        self.blocks = WIDTHS[bits](arena.memory, profile)
        self.regs = Registers()
        self._zones: dict[int, Zone] = {}
        self._tap = tap

    def begin(self) -> None:
        """Write low memory and lay the three zones."""
        place = self.map
        low = {
            "MemTop": place.mem_top,
            "BufPtr": place.buf_ptr,
            "ApplLimit": place.appl_limit,
            "SysZone": place.system,
            "ApplZone": place.application,
            "TheZone": place.application,
            "HeapEnd": place.heap_end,
            "Lo3Bytes": 0xFFFFFF if self.bits == 24 else ADDRESS,
            "MinStack": place.stack_base - place.appl_limit,
            "DefltStack": place.stack_base - place.appl_limit,
            "CurrentA5": place.a5,
            "CurStackBase": place.stack_base,
            "CurJTOffset": PARAMETERS,
        }
        self.arena.fill(0, self.arena.size)
        for name, value in low.items():
            self.low.put(name, value)
        self.lay(place.system, place.temporary, SYSTEM_MASTERS)
        self.lay(place.temporary, place.unclaimed, APPLICATION_MASTERS)
        self.lay(place.application, place.heap_end, APPLICATION_MASTERS)

    def resume(self) -> None:
        """Make sure that memory holds what `begin` and the routines have written. Raises HeapCorrupt."""
        if self.low.get("MemTop") != self.arena.size:
            told = f"MemTop is {self.low.get('MemTop'):#x}, memory has {self.arena.size:#x} bytes"
            raise HeapCorrupt("low memory knows the size of memory", told)
        self.check()

    # --- the tap ---------------------------------------------------------------------------------------------------------

    @property
    def tap(self) -> Tap | None:
        return self._tap

    @tap.setter
    def tap(self, tap: Tap | None) -> None:
        self._tap = tap
        for zone in self._zones.values():
            zone.tap = tap

    # --- zones -----------------------------------------------------------------------------------------------------------

    def lay(self, start: int, limit: int, masters: int) -> Zone:
        """A new zone; what was there is forgotten. Raises ValueError where it does not fit."""
        made = Zone.create(self.arena, start, limit, self.bits, self.notebook, masters=masters, profile=self.profile)
        self.forget(start, limit)
        return self._keep(made)

    def _keep(self, zone: Zone) -> Zone:
        zone.tap, zone.procs, zone.show_root = self._tap, self.procs, self._show_root
        if zone.start == self.low.get("ApplZone"):
            zone.ceiling = self._appl_limit
            zone.extended = self._heap_has_grown
        self._zones[zone.start] = zone
        return zone

    def forget(self, start: int, end: int) -> None:
        """Zones in memory that is used for something else are no zones any more."""
        for at in [at for at in self._zones if start <= at < end]:
            del self._zones[at]

    def zone(self, start: int | None = None) -> Zone:
        """The zone that starts at an address, or the current one. Raises HeapCorrupt where none does."""
        at = self.low.get("TheZone") if start is None else start
        if not 0 < at <= self.arena.size - ZoneHeader.size:
            raise HeapCorrupt("a zone lies in memory", f"zone at {at:#x}")
        return self._zones.get(at) or self._keep(Zone(self.arena, at, self.bits, self.notebook, self.profile))

    def zones(self) -> dict[str, Zone]:
        """The zones that low memory names, and the temporary one; "Current" only if the current zone is none of them."""
        found = {
            "System": self.zone(self.low.get("SysZone")),
            "Temporary": self.zone(self.map.temporary),
            "Application": self.zone(self.low.get("ApplZone")),
        }
        current = self.low.get("TheZone")
        if current not in [zone.start for zone in found.values()]:
            found["Current"] = self.zone(current)
        return found

    def _zone_if_any(self, start: int) -> Zone | None:
        """The zone that a block header names, None where there is none."""
        if start in self._zones:
            return self._zones[start]
        if start < self.map.system or start % 2:
            return None
        try:
            return self.zone(start)
        except (HeapCorrupt, struct.error, IndexError):
            return None

    def _zone_of_master(self, handle: int) -> Zone | None:
        """The zone in which a handle is a master pointer: the header of its block names it."""
        cell = self.notebook.cell_before(handle)
        for base in range(cell, cell + CELL, 2) if cell is not None else ():
            header = self.blocks.read(base)
            zone = self._zone_if_any(header.location) if header.type == FIXED_TYPE else None
            if zone is not None and zone.is_master(handle):
                return zone
        return None

    def _zone_around(self, address: int) -> Zone | None:
        """The innermost known zone in which an address lies."""
        around = [zone for zone in self.zones().values() if zone.first <= address < zone.end]
        return max(around, key=lambda zone: zone.start, default=None)

    def _appl_limit(self) -> int:
        return self.low.get("ApplLimit")

    def _heap_has_grown(self) -> None:
        self.low.put("HeapEnd", self.zone(self.low.get("ApplZone")).limit)

    def _show_root(self, handle: int) -> None:
        self.low.put("GZRootHnd", handle)

    # --- handles and pointers --------------------------------------------------------------------------------------------

    def strip(self, address: int) -> int:
        """The bits of an address that count."""
        return address & self.low.get("Lo3Bytes")

    def find(self, handle: int) -> tuple[Zone, int, int | None]:
        """(zone, handle, base of the block or None of an empty handle). Raises Fault.

        The zone is found as the Memory Manager finds it: through the header in front of the block.
        """
        zone, handle, base, kind = self.behind(handle)
        if base is not None and kind != MOVABLE_TYPE:
            raise Fault(memWZErr)
        return zone, handle, base

    def behind(self, handle: int) -> tuple[Zone, int, int | None, int]:
        """The same with the type of the block that the header tells, which may be a nonrelocatable one. Raises Fault."""
        if not self.strip(handle):
            raise Fault(nilHandleErr)
        handle = self.strip(handle)
        if handle % 2 or handle > self.arena.size - 4:
            raise Fault(memAdrErr)
        body = self.blocks.pointer(handle)
        if not body:
            around = self._zone_of_master(handle)
            if around is None or around.is_spare(handle):
                raise Fault(memWZErr)
            return around, handle, None, MOVABLE_TYPE
        zone, base, kind = self._block_before(body, handle)
        return zone, handle, base, kind

    def find_pointer(self, pointer: int) -> tuple[Zone, int]:
        """(zone, base) of a nonrelocatable block. Raises Fault."""
        body = self.strip(pointer)
        if not body:
            raise Fault(memWZErr)
        found, base, kind = self._block_before(body, 0)
        if kind != FIXED_TYPE:
            raise Fault(memWZErr)
        return found, base

    def _block_before(self, body: int, handle: int) -> tuple[Zone, int, int]:
        """(zone, base, type) of the block whose body begins here, as its header tells them. Raises Fault."""
        base = body - self.blocks.header
        if body % 2 or base < 0 or body > self.arena.size:
            raise Fault(memAdrErr)
        header = self.blocks.read(base)
        start = {MOVABLE_TYPE: handle - header.location, FIXED_TYPE: header.location}.get(header.type)
        found = None if start is None else self._zone_if_any(start)
        if found is None or not found.first <= base < found.end:
            raise Fault(memWZErr)
        return found, base, header.type

    # --- procs -----------------------------------------------------------------------------------------------------------

    def proc(self, function: Proc) -> int:
        """The address of a Python function, as memory can hold it: an entry of the jump table. The same function has one.

        Raises ValueError when the table is full.
        """
        for address, known in self.procs.items():
            if known == function:
                return address
        entry = next((at for at in map(self.map.stub, range(ENTRIES)) if at not in self.procs), None)
        if entry is None:
            raise ValueError(f"the jump table has {ENTRIES} entries, and all are in use")
        self.procs[entry] = function
        return entry

    def _proc_address(self, proc: Proc | int | None) -> int:
        return self.proc(proc) if callable(proc) else (proc or 0) & ADDRESS

    # --- memory ----------------------------------------------------------------------------------------------------------

    def view(self, p: int, n: int) -> memoryview:
        """The `n` bytes at an address, not a copy. Raises ArenaBounds."""
        return self.arena.view(self.strip(p), n)

    def read(self, p: int, n: int) -> bytes:
        """A copy of the `n` bytes at an address. Raises ArenaBounds."""
        return bytes(self.view(p, n))

    def write(self, p: int, data: bytes) -> None:
        """Put `data` at an address. Raises ArenaBounds."""
        self.view(p, len(data))[:] = data

    def peek(self, p: int, width: int = 4) -> int:
        """The big-endian integer of `width` bytes at an address."""
        return self.arena.peek(self.strip(p), width, "big")

    def poke(self, p: int, value: int, width: int = 4) -> None:
        """Write a big-endian integer of `width` bytes."""
        self.arena.poke(self.strip(p), width, value & ((1 << 8 * width) - 1), "big")

    def deref(self, h: int) -> int:
        """`*h`: the address in the master pointer, without flags. Of nil it is what stands at address 0."""
        return self.strip(self.peek(h))

    # --- all of it -------------------------------------------------------------------------------------------------------

    def walk(self) -> Iterator[Block]:
        """All memory in address order: blocks where there are zones, and the parts between them as tables."""
        parts = self.map.parts()
        known = sorted(self.zones().values(), key=lambda zone: (zone.start, -zone.limit))
        at = 0
        for zone in known:
            if zone.start < at:
                continue  # within a block of another
            yield from self._between(parts, at, zone.start)
            yield from zone.walk()
            at = zone.limit
        yield from self._between(parts, at, self.arena.size)

    def _between(self, parts: list[tuple[int, str]], start: int, end: int) -> Iterator[Block]:
        for (at, name), (after, _) in pairwise([*parts, (self.arena.size, "")]):
            low, high = max(at, start), min(after, end)
            if low < high:
                owner = "room to grow" if name == "application zone" else name
                yield Block(low, high - low, Kind.TABLE, low, high - low, owner=owner)

    def check(self) -> None:
        """The heap check of all zones that are known. Raises HeapCorrupt, which names block and field."""
        zones = self.zones()
        for zone in zones.values():
            zone.check()
        if self.low.get("HeapEnd") != zones["Application"].limit:
            raise HeapCorrupt("HeapEnd is the end of the application zone", f"HeapEnd is {self.low.get('HeapEnd'):#x}")

    def plan(self) -> list[Move]:
        """What CompactMem(maxSize) would move in the current zone."""
        return self.zone().plan()

    def dump(self) -> str:
        """Low memory and all zones, field by field."""
        return dump(self.low, self.zones())


def signed(size: int) -> int:
    """A long as the Memory Manager takes it."""
    size &= ADDRESS
    return size - (1 << 32) if size & 0x80000000 else size
