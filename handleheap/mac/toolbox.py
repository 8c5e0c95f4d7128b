"""The Memory Manager of System 6 and 7 under its own names: handles and pointers in, result codes out.

    NewHandle … MoveHHi       relocatable blocks           NewPtr …      nonrelocatable ones
    InitZone, SetZone         zones; all others act on the current one, those that end in Sys on the system zone
    HandToHand … Munger       copies and splices           TempNewHandle … memory between the zones

A routine with a result in C returns it; any other returns its result code, which is in D0 and in MemErr. What C returns
through a pointer comes after the result. docs/mac.md has a line for each with its sources; what they leave open is in the
`Profile`.

`.addr.short`  a dereferenced handle lives until the next routine of `MAY_MOVE`.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping

from ..arena import Arena
from ..errors import HandlePinned, HeapCorrupt, HeapError, OutOfMemory
from ..events import Tap
from . import copies, ladder
from .codes import Fault, attempt, code_of, maxSize, memBCErr, memFullErr, memLockedErr, memPurErr, memWZErr, nilHandleErr, noErr
from .layout import LOCK, MOVABLE_TYPE, PURGE, RESOURCE, LowMemory
from .machine import ADDRESS, Machine, signed
from .memorymap import APPLICATION_MASTERS
from .munger import NOT_FOUND, Splice
from .plans import FREE
from .profile import SYSTEM7, Profile
from .state import Proc
from .zone import Zone


class Toolbox(Machine):
    """The routines over `memory`, a size in bytes or a writable buffer, which is made anew.

    Raises ValueError for memory that is too small, or too large for so many `bits` of address.

    >>> toolbox = Toolbox(0x20000)
    >>> first, second = toolbox.NewHandle(100), toolbox.NewHandle(50)
    >>> toolbox.write(toolbox.deref(second), b"hello")
    >>> before = toolbox.deref(second)
    >>> toolbox.DisposeHandle(first), toolbox.CompactMem(0x800000) > 0
    (0, True)
    >>> toolbox.deref(second) < before, toolbox.read(toolbox.deref(second), 5)
    (True, b'hello')
    """

    def __init__(self, memory: object = 0x20000, bits: int = 24, profile: Profile = SYSTEM7, tap: Tap | None = None) -> None:
        super().__init__(Arena(memory, name="mac"), bits, profile, {}, tap)
        self.begin()

    @classmethod
    def attach(
        cls,
        memory: object,
        procs: Mapping[int, Proc] | None = None,
        files: Mapping[str, bytes] | None = None,
        profile: Profile = SYSTEM7,
        tap: Tap | None = None,
    ) -> Toolbox:
        """A Toolbox that continues where the bytes of `memory` stand. Raises HeapCorrupt.

        `procs` are the functions behind addresses of the jump table, as in `Toolbox.procs`. Memory says how wide addresses are.
        """
        if files:
            raise NotImplementedError("OpenResFile: there is no Resource Manager yet")
        arena = Arena(memory, name="mac")
        toolbox = cls.__new__(cls)
        try:
            bits = 24 if LowMemory.get(arena.memory, 0, "Lo3Bytes") == 0xFFFFFF else 32
            Machine.__init__(toolbox, arena, bits, profile, dict(procs or {}), tap)
            toolbox.resume()
        except (LookupError, ValueError, struct.error) as error:
            raise HeapCorrupt("memory holds that of a Mac", str(error)) from None
        return toolbox

    # --- results ---------------------------------------------------------------------------------------------------------

    def _done(self, code: int, A0: int = 0) -> int:
        """The result code of a routine, where it belongs."""
        self.low.put("MemErr", code & 0xFFFF)
        self.regs.A0, self.regs.D0 = A0, code
        return code

    def _value(self, value: int, A0: int = 0) -> int:
        """The result of a routine that has another than a code."""
        self._done(noErr, A0)
        self.regs.D0 = value
        return value

    def _try(self, verb: Callable[[], object], A0: int = 0, pinned: int = memPurErr) -> int:
        """The result code of an attempt; `pinned` is that for a locked block."""
        return self._done(attempt(verb, pinned), A0)

    # --- zones -----------------------------------------------------------------------------------------------------------

    def InitZone(self, gz: Proc | int | None, cMoreMasters: int, limitPtr: int, startPtr: int) -> int:
        """Lay a zone from startPtr to limitPtr; it is current then. memFullErr where it does not fit [C]."""
        start = self.strip(startPtr)
        try:
            zone = self.lay(start, self.strip(limitPtr), cMoreMasters & 0xFFFF)
        except ValueError:
            return self._done(memFullErr)
        zone.header.put("gzProc", self._proc_address(gz))
        self.low.put("TheZone", start)
        return self._done(noErr)

    def GetZone(self) -> int:
        """The address of the current zone."""
        current = self.low.get("TheZone")
        self._done(noErr, A0=current)
        return current

    def SetZone(self, z: int) -> int:
        """Another current zone; it is not looked at."""
        self.low.put("TheZone", self.strip(z))
        return self._done(noErr)

    def SystemZone(self) -> int:
        """The address of the system zone."""
        return self.low.get("SysZone")

    def ApplicationZone(self) -> int:
        """The address of the application zone."""
        return self.low.get("ApplZone")

    def InitApplZone(self) -> int:
        """The application zone anew, as at birth; all in it is lost, and it is current (IM II-28)."""
        return self._new_application_zone(self.low.get("ApplZone"))

    def SetApplBase(self, p: int) -> int:
        """Let the application zone begin at p, anew. Nothing happens where that is in the system zone (Executor)."""
        start = self.strip(p) + 1 & ~1
        if start < self.zone(self.low.get("SysZone")).limit:
            return self._done(noErr)
        return self._new_application_zone(start)

    def _new_application_zone(self, start: int) -> int:
        old, limit = self.low.get("ApplZone"), self.map.heap_end
        least = start + (self.map.heap_end - self.map.application) // 4
        limit = min(max(limit, least), self.low.get("ApplLimit"))
        self.low.put("ApplZone", start)
        try:
            self.lay(start, limit, APPLICATION_MASTERS)
        except ValueError:
            self.low.put("ApplZone", old)
            return self._done(memFullErr)
        if start != old:
            self.forget(old, old + 1)
        self._heap_has_grown()
        self.low.put("TheZone", start)
        return self._done(noErr)

    def MaxApplZone(self) -> int:
        """Let the application zone grow as far as it may, up to ApplLimit."""
        zone = self.zone(self.low.get("ApplZone"))
        ladder.extend_to(zone, self._appl_limit())
        return self._done(noErr)

    def SetApplLimit(self, p: int) -> int:
        """How far the application zone may grow. What it already has is not cut back; memFullErr above the stack [M]."""
        limit = self.strip(p) & ~3
        if limit > self.low.get("CurStackBase"):
            return self._done(memFullErr)
        if limit >= self.low.get("HeapEnd"):
            self.low.put("ApplLimit", limit)
        return self._done(noErr)

    def GetApplLimit(self) -> int:
        """As far as the application zone may grow."""
        return self._appl_limit()

    def MoreMasters(self) -> int:
        """A block of master pointers more in the current zone, so that NewHandle need not make one."""
        return self._try(lambda: self.zone().more_masters())

    def StackSpace(self) -> int:
        """Bytes between the application zone and the stack, on which nothing is here."""
        return self._value(self.low.get("CurStackBase") - self.low.get("HeapEnd"))

    def TopMem(self) -> int:
        """The end of memory."""
        return self.low.get("MemTop")

    # --- relocatable blocks ----------------------------------------------------------------------------------------------

    def NewHandle(self, size: int) -> int:
        """The handle of a new relocatable block, unlocked and unpurgeable; nil where there is no room."""
        return self._new_handle(self.zone, size)

    def NewHandleClear(self, size: int) -> int:
        """The same, all zero."""
        return self._new_handle(self.zone, size, clear=True)

    def NewHandleSys(self, size: int) -> int:
        """The same in the system zone."""
        return self._new_handle(self._system, size)

    def NewHandleSysClear(self, size: int) -> int:
        """The same in the system zone, all zero."""
        return self._new_handle(self._system, size, clear=True)

    def _new_handle(self, zone: Callable[[], Zone], size: int, clear: bool = False) -> int:
        return self._made(lambda: zone().new_handle(signed(size), clear=clear))

    def NewEmptyHandle(self) -> int:
        """A handle whose master pointer is nil."""
        return self._made(lambda: self.zone().new_empty_handle())

    def NewEmptyHandleSys(self) -> int:
        """The same in the system zone."""
        return self._made(lambda: self._system().new_empty_handle())

    def _made(self, verb: Callable[[], int]) -> int:
        """A new handle or pointer, which is in A0 as well; nil where there is no room."""
        try:
            made = verb()
        except OutOfMemory:
            self._done(memFullErr)
            return 0
        self._done(noErr, A0=made)
        return made

    def DisposeHandle(self, h: int) -> int:
        """Free block and handle, locked or not. The second time for the same handle it may be fatal: docs/mac.md."""
        if not self.strip(h) and not self.profile.dispose_nil_is_error:
            return self._done(noErr)
        return self._try(lambda: self._dispose(h))

    def _dispose(self, h: int) -> None:
        if self.profile.guarded and self._is_spare(self.strip(h)):
            raise Fault(memWZErr)
        zone, handle, base, kind = self.behind(h)
        if base is not None:
            self.forget(base, base + zone.read(base).size)
        if base is None or kind == MOVABLE_TYPE:
            zone.dispose_handle(handle)
        else:
            self._dispose_wrongly(zone, handle, base)

    def _is_spare(self, handle: int) -> bool:
        """Is it one of the free master pointers of a known zone?"""
        return any(handle in zone.spare_masters() for zone in self.zones().values())

    def _dispose_wrongly(self, zone: Zone, handle: int, base: int) -> None:
        """The handle is free already, and the link in it leads to the first of a block of master pointers.

        What stands in front of that is a real header, so the whole block is freed (DoubleTrouble).
        """
        size = zone.read(base).size
        zone.release(base, size)
        zone.drop_handle(handle, base, size)

    def GetHandleSize(self, h: int) -> int:
        """Logical size; 0 for what has none."""
        return self._asked(lambda: copies.size(self, h))

    def _asked(self, question: Callable[[], int], none: int = 0, A0: int = 0) -> int:
        """The answer to a question; `none` and a result code where it cannot be answered."""
        try:
            return self._value(question(), A0)
        except HeapError as error:
            self._done(code_of(error))
            return none

    def SetHandleSize(self, h: int, newSize: int) -> int:
        """Another size: in place, over neighbours that can move away, or elsewhere; the handle stays."""
        return self._try(lambda: self._resize(h, newSize))

    def _resize(self, h: int, size: int) -> None:
        zone, handle, _ = self.find(h)
        zone.resize(handle, signed(size))

    def HandleZone(self, h: int) -> int:
        """The zone of a block; of an empty handle that of its master pointer."""
        if not self.strip(h):
            self._done(nilHandleErr if self.profile.handle_zone_of_nil_is_error else noErr)
            return 0
        return self._asked(lambda: self.find(h)[0].start)

    def RecoverHandle(self, p: int) -> int:
        """The handle of the block whose body is at p; nil where there is none. D0 is left as it was (AMS)."""
        before = self.regs.D0
        handle = self._asked(lambda: self._recovered(self.strip(p)))
        self.regs.A0, self.regs.D0 = handle, before
        return handle

    def _recovered(self, body: int) -> int:
        """Current, system, application and temporary zone are tried (Executor, but for the last)."""
        base = body - self.blocks.header
        zone = self._zone_around(base)
        if zone is None or body % 2:
            raise Fault(memWZErr)
        header = self.blocks.read(base)
        handle = zone.start + header.location
        if not self.profile.recover_checks and header.location and zone.is_aligned(handle):
            return handle
        if header.type != MOVABLE_TYPE:
            raise Fault(memWZErr)
        if not zone.is_aligned(handle) or self.blocks.pointer(handle) != body:
            raise Fault(memBCErr)
        return handle

    def ReallocateHandle(self, h: int, logicalSize: int) -> int:
        """New memory for a handle, of undefined contents; where there is none, nothing is changed."""
        return self._try(lambda: self._reallocate(h, logicalSize))

    def _reallocate(self, h: int, size: int) -> None:
        zone, handle, base = self.find(h)
        zone.wanted(signed(size))
        flags = self.blocks.flags(handle)
        if base is not None and flags & LOCK:
            if not self.profile.reallocate_locked:
                raise HandlePinned(handle, 1)
            zone.set_flags(handle, flags & ~LOCK)
        try:
            zone.reallocate(handle, signed(size), flags=flags & RESOURCE)
        except OutOfMemory:
            if base is not None:
                zone.set_flags(handle, flags)
            raise

    def EmptyHandle(self, h: int) -> int:
        """Take the block and keep the handle; memPurErr if it is locked. The purge-warning procedure is called."""
        return self._try(lambda: self._empty(h))

    def _empty(self, h: int) -> None:
        zone, handle, _ = self.find(h)
        zone.empty(handle)

    # --- flags -----------------------------------------------------------------------------------------------------------

    def HLock(self, h: int) -> int:
        """The block stays where it is. Locks do not count: one HUnlock undoes any number of them."""
        return self._try(lambda: self._mark(h, LOCK, LOCK))

    def HUnlock(self, h: int) -> int:
        """The block may move again, whoever locked it."""
        return self._try(lambda: self._mark(h, 0, LOCK))

    def HPurge(self, h: int) -> int:
        """The block may be purged, once it is not locked."""
        return self._try(lambda: self._mark(h, PURGE, PURGE))

    def HNoPurge(self, h: int) -> int:
        """The block must be kept."""
        return self._try(lambda: self._mark(h, 0, PURGE))

    def HSetRBit(self, h: int) -> int:
        """The block is a resource."""
        return self._try(lambda: self._mark(h, RESOURCE, RESOURCE))

    def HClrRBit(self, h: int) -> int:
        """The block is none."""
        return self._try(lambda: self._mark(h, 0, RESOURCE))

    def _mark(self, h: int, flags: int, mask: int) -> None:
        zone, handle, _ = self.find(h)
        zone.set_flags(handle, flags, mask)

    def HGetState(self, h: int) -> int:
        """The flags: 80 locked, 40 purgeable, 20 resource; of an error the low byte of its code, which may be taken for flags."""
        try:
            zone, handle, _ = self.find(h)
            zone.block_of(handle)
        except HeapError as error:
            return self._done(code_of(error)) & 0xFF
        return self._value(zone.flags(handle))

    def HSetState(self, h: int, flags: int) -> int:
        """All three flags at once, as HGetState told them."""
        return self._try(lambda: self._set_state(h, flags))

    def _set_state(self, h: int, flags: int) -> None:
        zone, handle, _ = self.find(h)
        kept = zone.flags(handle) & RESOURCE if self.profile.state_keeps_resource else 0
        zone.set_flags(handle, flags | kept)

    def MoveHHi(self, h: int) -> int:
        """The block as high as it goes, up to the first that cannot move: do it before a lock. memLockedErr if it is locked."""
        return self._try(lambda: self._move_hi(h), pinned=memLockedErr)

    def _move_hi(self, h: int) -> None:
        zone, handle, _ = self.find(h)
        zone.move_hi(handle)

    def HLockHi(self, h: int) -> int:
        """MoveHHi, then HLock."""
        code = self.MoveHHi(h)
        return code or self.HLock(h)

    # --- nonrelocatable blocks -------------------------------------------------------------------------------------------

    def NewPtr(self, size: int) -> int:
        """The address of a new nonrelocatable block, as low as can be; relocatable ones move out of its way. Nil if it fails."""
        return self._new_ptr(self.zone, size)

    def NewPtrClear(self, size: int) -> int:
        """The same, all zero."""
        return self._new_ptr(self.zone, size, clear=True)

    def NewPtrSys(self, size: int) -> int:
        """The same in the system zone."""
        return self._new_ptr(self._system, size)

    def NewPtrSysClear(self, size: int) -> int:
        """The same in the system zone, all zero."""
        return self._new_ptr(self._system, size, clear=True)

    def _new_ptr(self, zone: Callable[[], Zone], size: int, clear: bool = False) -> int:
        return self._made(lambda: zone().new_pointer(signed(size), clear=clear))

    def DisposePtr(self, p: int) -> int:
        """Free a nonrelocatable block."""
        return self._try(lambda: self._dispose_ptr(p))

    def _dispose_ptr(self, p: int) -> None:
        zone, base = self.find_pointer(p)
        self.forget(base, base + zone.read(base).size)
        zone.dispose_pointer(self.strip(p))

    def GetPtrSize(self, p: int) -> int:
        """Logical size; 0 for what has none."""
        return self._asked(lambda: self._ptr_size(p))

    def _ptr_size(self, p: int) -> int:
        zone, base = self.find_pointer(p)
        return zone.length_of(zone.read(base))

    def SetPtrSize(self, p: int, newSize: int) -> int:
        """Another size; the block itself never moves, so that it can be memFullErr while there is room elsewhere."""
        return self._try(lambda: self.find_pointer(p)[0].resize_pointer(self.strip(p), signed(newSize)))

    def PtrZone(self, p: int) -> int:
        """The zone of a nonrelocatable block."""
        return self._asked(lambda: self.find_pointer(p)[0].start)

    # --- how much there is -----------------------------------------------------------------------------------------------

    def FreeMem(self) -> int:
        """Free bytes in the current zone, not in one piece."""
        return self._value(self.zone().free_bytes)

    def FreeMemSys(self) -> int:
        """The same of the system zone."""
        return self._value(self._system().free_bytes)

    def MaxBlock(self) -> int:
        """The largest free block that compaction would make."""
        return self._value(self._max_block(self.zone()))

    def MaxBlockSys(self) -> int:
        """The same of the system zone."""
        return self._value(self._max_block(self._system()))

    def _max_block(self, zone: Zone) -> int:
        return self._told(zone, ladder.roomiest(zone, purging=False))

    def MaxMem(self) -> tuple[int, int]:
        """(largest free block, room to grow) after everything purgeable was purged and the zone compacted. It does not grow."""
        return self._max_mem(self.zone())

    def MaxMemSys(self) -> tuple[int, int]:
        """The same of the system zone."""
        return self._max_mem(self._system())

    def _max_mem(self, zone: Zone) -> tuple[int, int]:
        ladder.purge(zone, None)
        size = self._told(zone, ladder.compact_for(zone, None))
        grow = max(0, zone.ceiling() - zone.limit) if zone.ceiling is not None else 0
        return self._value(size, A0=grow), grow

    def CompactMem(self, cbNeeded: int) -> int:
        """Slide blocks down until cbNeeded bytes are free in one piece; the largest free block then."""
        return self._compact(self.zone(), cbNeeded)

    def CompactMemSys(self, cbNeeded: int) -> int:
        """The same in the system zone."""
        return self._compact(self._system(), cbNeeded)

    def _compact(self, zone: Zone, need: int) -> int:
        need &= ADDRESS
        return self._value(self._told(zone, ladder.compact_for(zone, need if need < maxSize else None)))

    def PurgeMem(self, cbNeeded: int) -> int:
        """Purge, in the order of addresses, until cbNeeded bytes are free side by side; memFullErr if that is not reached."""
        return self._purge(self.zone(), cbNeeded)

    def PurgeMemSys(self, cbNeeded: int) -> int:
        """The same in the system zone."""
        return self._purge(self._system(), cbNeeded)

    def _purge(self, zone: Zone, need: int) -> int:
        need &= ADDRESS
        if need >= maxSize:
            ladder.purge(zone, None)
        return self._done(noErr if ladder.purge(zone, need) else memFullErr)

    def PurgeSpace(self) -> tuple[int, int]:
        """(free bytes, largest free block) that there would be after purging everything; nothing is purged."""
        return self._purge_space(self.zone())

    def PurgeSpaceSys(self) -> tuple[int, int]:
        """The same of the system zone."""
        return self._purge_space(self._system())

    def _purge_space(self, zone: Zone) -> tuple[int, int]:
        total = sum(block.size for block in zone.records() if block.kind is FREE or block.may_go)
        contig = self._told(zone, ladder.roomiest(zone, purging=True))
        return self._value(total, A0=contig), contig

    def ReserveMem(self, cbNeeded: int) -> int:
        """Free a gap for cbNeeded bytes as low as can be; nothing is allocated."""
        return self._try(lambda: self.zone().reserve(signed(cbNeeded)))

    def ReserveMemSys(self, cbNeeded: int) -> int:
        """The same in the system zone."""
        return self._try(lambda: self._system().reserve(signed(cbNeeded)))

    def _told(self, zone: Zone, size: int) -> int:
        """The size of a free block, as the profile counts it."""
        return size if self.profile.sizes_physical else max(0, size - zone.blocks.header)

    def _system(self) -> Zone:
        return self.zone(self.low.get("SysZone"))

    # --- bytes, procedures, errors ---------------------------------------------------------------------------------------

    def BlockMove(self, src: int, dst: int, n: int) -> int:
        """Copy bytes; the ranges may overlap. No bytes, or fewer, are no error."""
        if signed(n) > 0:
            self.arena.move(self.strip(src), self.strip(dst), n)
        return self._done(noErr)

    def BlockMoveData(self, src: int, dst: int, n: int) -> int:
        """The same for what is no code: on a Mac the instruction cache is not flushed."""
        return self.BlockMove(src, dst, n)

    def SetGrowZone(self, f: Proc | int | None) -> int:
        """f(cbNeeded) is called by the current zone when nothing else helps; it tells how much it freed."""
        self.zone().header.put("gzProc", self._proc_address(f))
        return self._done(noErr)

    def GZSaveHnd(self) -> int:
        """The handle that a grow-zone function must leave alone, or nil."""
        return self.low.get("GZRootHnd")

    def MemError(self) -> int:
        """The result code of the last routine."""
        code = self.low.get("MemErr")
        return code - 0x10000 if code & 0x8000 else code

    def StripAddress(self, p: int) -> int:
        """The address without what is no part of it: the high byte, in 24-bit mode."""
        return self.strip(p & ADDRESS)

    # --- copies ----------------------------------------------------------------------------------------------------------

    def HandToHand(self, h: int) -> tuple[int, int]:
        """(code, another handle with the same bytes), unlocked, unpurgeable and no resource, in the same zone."""
        return self._copied(lambda: copies.copy(self, h), A0=h)

    def PtrToHand(self, p: int, n: int) -> tuple[int, int]:
        """(code, a new handle with the n bytes at p)."""
        return self._copied(lambda: copies.copy_from(self, p, signed(n)))

    def _copied(self, verb: Callable[[], int], A0: int = 0) -> tuple[int, int]:
        try:
            made = verb()
        except HeapError as error:
            return self._done(code_of(error), A0), 0
        return self._done(noErr, made), made

    def PtrToXHand(self, p: int, h: int, n: int) -> int:
        """Let the bytes of h be the n bytes at p."""
        return self._try(lambda: copies.splice(self, h, Splice(0, copies.size(self, h)), p, signed(n)), A0=h)

    def HandAndHand(self, a: int, b: int) -> int:
        """Append the bytes of a to those of b."""
        return self._try(lambda: copies.append(self, a, b), A0=b)

    def PtrAndHand(self, p: int, h: int, n: int) -> int:
        """Append the n bytes at p to those of h. If p is in a block that can move, it may be void when they are copied."""
        return self._try(lambda: copies.splice(self, h, Splice(copies.size(self, h), 0), p, signed(n)), A0=h)

    def Munger(self, h: int, offset: int, ptr1: int, len1: int, ptr2: int, len2: int) -> int:
        """Find the len1 bytes at ptr1 from offset on, and let the len2 bytes at ptr2 be there: where to go on, or negative.

        ptr1 nil: no search, len1 bytes are replaced, if negative all to the end. len1 0: insert. ptr2 nil: only tell where.
        """
        try:
            result = copies.munge(self, h, signed(offset), ptr1, signed(len1), ptr2, max(0, signed(len2)))
            self._done(noErr)
        except HeapError as error:
            code = self._done(code_of(error))
            result = code if code == memFullErr else NOT_FOUND
        self.regs.D0 = result
        return result

    # --- temporary memory ------------------------------------------------------------------------------------------------

    def TempNewHandle(self, size: int) -> tuple[int, int]:
        """(handle, code) of a block in temporary memory; MemError knows nothing of it."""
        try:
            return self._temporary().new_handle(signed(size)), noErr
        except OutOfMemory:
            return 0, memFullErr

    def TempFreeMem(self) -> int:
        """Free bytes of temporary memory, not in one piece."""
        return self._temporary().free_bytes

    def TempMaxMem(self) -> tuple[int, int]:
        """(largest free block of temporary memory after compaction, 0: it never grows)."""
        zone = self._temporary()
        return self._told(zone, ladder.compact_for(zone, None)), 0

    def TempTopMem(self) -> int:
        """The end of memory."""
        return self.low.get("MemTop")

    def TempHLock(self, h: int) -> int:
        """HLock for MultiFinder of System 6; in System 7 HLock will do."""
        return attempt(lambda: self._mark(h, LOCK, LOCK))

    def TempHUnlock(self, h: int) -> int:
        """HUnlock."""
        return attempt(lambda: self._mark(h, 0, LOCK))

    def TempDisposeHandle(self, h: int) -> int:
        """DisposeHandle."""
        return attempt(lambda: self._dispose(h))

    def _temporary(self) -> Zone:
        return self.zone(self.map.temporary)
