"""KERNEL: the memory calls of Windows 3.x under their own names, with their own flags and results.

    GlobalAlloc … GlobalCompact      handles in, handles out; 0 is failure, never an exception
    GlobalLock -> FarPtr             selector:offset; view, read and write go through the descriptor
    task("APP")                      who is running owns what is allocated

Contracts: docs/win16.md has a line for each call with its sources (SDK 3.0 and 3.1, Knowledge Base, Open Watcom's win16.mh).
What the sources leave open is a field of the `Profile`.

`.addr.short`  in real mode a far pointer is an address and lives until its block moves; in protected mode, as long as its block.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from ..arena import Arena
from ..block import Block, Move
from ..control import Control
from ..errors import OutOfMemory, StaleHandle, UnboundProc
from ..events import Tap
from .descriptors import ABSENT, ARENA, TILE, selector
from .dump import dump
from .farptr import FarPtr, GeneralProtectionFault
from .flags import (
    GMEM_DDESHARE,
    GMEM_DISCARDABLE,
    GMEM_DISCARDED,
    GMEM_MODIFY,
    GMEM_MOVEABLE,
    GMEM_NOCOMPACT,
    GMEM_NODISCARD,
    GMEM_NOTIFY,
    GMEM_ZEROINIT,
)
from .globalheap import GlobalHeap
from .ladder import compact_for
from .layout import DESCRIPTORS, DGROUP, DISCARDABLE, NOTIFY, OWNER_TEMPORARY, TaskDatabase
from .plans import roomiest
from .profile import ENHANCED, Profile
from .tasks import CONVENTIONAL, Task, databases, start

Proc = Callable[[int], int]
OWN_DS = 0xFFFF
STUBS = {True: selector(2), False: 0xF000}
"""Where the stubs of callbacks are, in protected and in real mode [C]: addresses without memory."""
STUB = 4
PAGE = 4096


@dataclass
class Registers:
    """What some programs read besides the result: the registers after a call, as recorded from Windows 3.1 by winevdm [S]."""

    AX: int = 0
    CX: int = 0
    DX: int = 0
    ES: int = 0


class Kernel:
    """The kernel of a `profile` over `memory`: a size in bytes, a writable buffer, or None for the profile's usual size.

    >>> kernel = Kernel()
    >>> handle = kernel.GlobalAlloc(GMEM_MOVEABLE, 10)
    >>> kernel.GlobalSize(handle)               # rounded up, and all of it may be used
    32
    >>> pointer = kernel.GlobalLock(handle)
    >>> kernel.write(pointer, b"hello")
    >>> kernel.GlobalFlags(handle)              # enhanced mode does not count this lock …
    0
    >>> below = kernel.GlobalAlloc(GMEM_MOVEABLE, 10)
    >>> kernel.GlobalFree(handle), kernel.GlobalCompact(0) > 0
    (0, True)
    """

    def __init__(self, profile: Profile = ENHANCED, memory: object = None, tap: Tap | None = None) -> None:
        self._serve(GlobalHeap(profile.memory if memory is None else memory, profile=profile, tap=tap), {})

    @classmethod
    def attach(
        cls,
        memory: object,
        profile: Profile = ENHANCED,
        procs: Mapping[int, Proc] | None = None,
        files: Mapping[str, bytes] | None = None,
        tap: Tap | None = None,
    ) -> Kernel:
        """A kernel that continues where the bytes of `memory` stand. Raises HeapCorrupt.

        `procs` are the functions behind far addresses of callbacks, as in `Kernel.procs`.
        """
        if files:
            raise NotImplementedError("LoadModule: there is no loader for NE files yet")
        kernel = cls.__new__(cls)
        kernel._serve(GlobalHeap.attach(memory, profile=profile, tap=tap), dict(procs or {}))
        return kernel

    def _serve(self, heap: GlobalHeap, procs: dict[int, Proc]) -> None:
        self.heap, self.procs, self.profile = heap, procs, heap.profile
        self.regs = Registers()
        self.AHSHIFT = 3 if heap.profile.protected else 12
        """Shift by this to step from tile to tile of a huge block (ONT 2017-11-13)."""
        self.AHINCR = 1 << self.AHSHIFT
        heap.veto = self._keeps

    # --- the heap, as every heap shows itself ----------------------------------------------------------------------------

    @property
    def arena(self) -> Arena:
        return self.heap.arena

    @property
    def tap(self) -> Tap | None:
        return self.heap.tap

    @tap.setter
    def tap(self, tap: Tap | None) -> None:
        self.heap.tap = tap

    def walk(self) -> Iterator[Block]:
        return self.heap.walk()

    def check(self) -> None:
        self.heap.check()

    def plan(self) -> list[Move]:
        return self.heap.plan()

    def dump(self) -> str:
        """THHOOK, Burgermaster and all arenas, field by field, with the descriptors or handle-table entries of the blocks."""
        return dump(self.heap)

    # --- far pointers ----------------------------------------------------------------------------------------------------

    def view(self, far: int, n: int) -> memoryview:
        """The `n` bytes at a far pointer, not a copy. Raises GeneralProtectionFault, in real mode ArenaBounds."""
        return self.arena.view(self._linear(FarPtr(far), n), n)

    def read(self, far: int, n: int) -> bytes:
        """A copy of the `n` bytes at a far pointer. Raises as `view`."""
        return bytes(self.view(far, n))

    def write(self, far: int, data: bytes) -> None:
        """Put `data` at a far pointer. Raises as `view`; then nothing is written."""
        self.view(far, len(data))[:] = data

    def huge(self, far: int, n: int) -> FarPtr:
        """The pointer `n` bytes on, over as many tiles as it takes."""
        far = FarPtr(far)
        tiles, offset = divmod(far.offset + n, TILE)
        return FarPtr.of(far.selector + tiles * self.AHINCR, offset)

    def base(self, selector: int) -> int:
        """The linear address behind a selector or segment."""
        return self._linear(FarPtr.of(selector), 0)

    def limit(self, selector: int) -> int:
        """The last offset that may be used; in real mode that is FFFFh for every segment."""
        self._linear(FarPtr.of(selector), 0)
        return self.heap.descriptors.limit(selector >> 3) if self.profile.protected else 0xFFFF

    def _linear(self, far: FarPtr, n: int) -> int:
        if not self.profile.protected:
            return (far.selector << 4) + far.offset
        index, table = far.selector >> 3, self.heap.descriptors
        if not far.selector & ~3:
            raise GeneralProtectionFault(far, "is NULL")
        access = table.access(index) if far.selector & 4 and index < DESCRIPTORS else 0
        if not access or access == ARENA:
            raise GeneralProtectionFault(far, "names no segment of an application")
        if access == ABSENT:
            raise GeneralProtectionFault(far, "is not present: its block is discarded")
        if n and far.offset + n - 1 > table.limit(index):
            raise GeneralProtectionFault(far, f"ends at {table.limit(index):04X}, {n:,} bytes are wanted")
        return table.base(index) + far.offset

    # --- tasks -----------------------------------------------------------------------------------------------------------

    def task(self, name: str, dgroup: int = 0x1000) -> Task:
        """Start a program with a data segment of `dgroup` bytes; `with` makes it the current one. Raises OutOfMemory."""
        return start(self.heap, name, dgroup)

    def running(self) -> list[Task]:
        """All tasks, the latest first."""
        return [Task(self.heap, database) for database in databases(self.heap)]

    @property
    def current(self) -> Task | None:
        """Who is running."""
        database = self.heap.thhook.get("current_task")
        return Task(self.heap, database) if database else None

    # --- KERNEL: allocating ----------------------------------------------------------------------------------------------

    def GlobalAlloc(self, flags: int, n: int) -> int:
        """A handle of `n` bytes, or 0. No bytes and GMEM_MOVEABLE: a handle as of a discarded block (KB-Q61777)."""
        handle = self._alloc(flags, n & 0xFFFFFFFF)
        self._registers(AX=handle, CX=handle)
        return handle

    def _alloc(self, flags: int, n: int) -> int:
        movable = bool(flags & GMEM_MOVEABLE)
        owner = self._owner(flags)
        marks = NOTIFY if flags & GMEM_NOTIFY else 0
        discardable = int(movable and bool(flags & GMEM_DISCARDABLE))
        try:
            if not n and movable:
                return self.heap.alloc_empty(owner=owner, flags=marks | (DISCARDABLE if discardable else 0))
            if not n and not self.profile.fixed_of_zero_bytes:
                return 0
            return self.heap.alloc(
                n,
                movable=movable,
                discardable=discardable,
                owner=owner,
                flags=marks,
                zero=bool(flags & GMEM_ZEROINIT),
                compact=not flags & GMEM_NOCOMPACT,
                discard=not flags & GMEM_NODISCARD,
            )
        except OutOfMemory:
            return 0

    def GlobalReAlloc(self, h: int, n: int, flags: int) -> int:
        """Another size, other attributes, or no bytes at all; the handle from now on, or 0, and then all is as it was.

        In the order of QCWIN qcwi8smm: GMEM_MODIFY ignores `n`; 0 bytes and GMEM_MOVEABLE discard; a discarded block comes back.
        """
        handle = self._handle(h)
        new = 0 if handle is None else self._realloc(handle, n & 0xFFFFFFFF, flags)
        self._registers(AX=new, CX=new)
        return new

    def _realloc(self, handle: int, n: int, flags: int) -> int:
        heap = self.heap
        try:
            if flags & GMEM_MODIFY:
                return self._modify(handle, flags)
            if not n:
                return self._to_nothing(handle, flags)
            zero = bool(flags & GMEM_ZEROINIT)
            compact, discard = not flags & GMEM_NOCOMPACT, not flags & GMEM_NODISCARD
            header = heap.header_of(handle)
            if header is None:
                return heap.revive(handle, n, zero=zero, notify=bool(flags & GMEM_NOTIFY), compact=compact, discard=discard)
            may_move = bool(flags & GMEM_MOVEABLE) or (header.movable and not header.pins)
            return heap.reallocate(handle, n, may_move=may_move, zero=zero, compact=compact, discard=discard)
        except (OutOfMemory, StaleHandle):  # stale where a GlobalNotify procedure has freed it
            return 0

    def _modify(self, handle: int, flags: int) -> int:
        if flags & GMEM_MOVEABLE:
            handle = self.heap.make_movable(handle)
        movable = not handle & 1
        marks = DISCARDABLE if movable and flags & GMEM_DISCARDABLE else 0
        mask = DISCARDABLE
        if flags & GMEM_NOTIFY:
            marks, mask = marks | NOTIFY, mask | NOTIFY
        self.heap.set_flags(handle, marks, mask)
        if flags & GMEM_DDESHARE:
            self.heap.set_owner(handle, self._owner(flags))
        return handle

    def _to_nothing(self, handle: int, flags: int) -> int:
        """GlobalReAlloc to 0 bytes."""
        heap = self.heap
        header = heap.header_of(handle)
        if header is not None and header.pins:
            return 0
        if flags & GMEM_MOVEABLE:
            if header is None:
                return handle
            if not header.movable or not (header.flags & DISCARDABLE or self.profile.discards_any):
                return 0
            heap.evict(handle)
            return handle
        if self.profile.realloc_to_zero_frees or header is None:
            heap.release(handle)
            return 0
        return heap.reallocate(handle, 1, may_move=False)

    def GlobalFree(self, h: int) -> int:
        """0, or `h` if it could not be freed. Freeing 0 is no error."""
        handle = self._handle(h) if h else None
        header = None if handle is None else self.heap.header_of(handle)
        refused = header is not None and header.pins and self.profile.free_needs_unlocked
        result = h if handle is None or refused else 0
        if handle is not None and not refused:
            self.heap.release(handle)
        self._registers(AX=result)
        return result

    def GlobalDiscard(self, h: int) -> int:
        """The macro: GlobalReAlloc(h, 0, GMEM_MOVEABLE)."""
        return self.GlobalReAlloc(h, 0, GMEM_MOVEABLE)

    def GlobalFreeAll(self, pdb: int) -> None:
        """Free all blocks of a task, 0 for the current one; what it shares belongs to its module (UNDOC)."""
        current = self.current
        if pdb or current:
            owned = pdb or (current.pdb if current else 0)
            keep = {task.database & ~1 for task in self.running()} | {task.dgroup & ~1 for task in self.running()}
            for block in [*self.walk(), *self.heap.discarded()]:
                if block.handle and block.handle & ~1 not in keep and self.heap.words(block.handle)[0] == owned:
                    self.heap.release(block.handle)
        self._registers()

    # --- KERNEL: locking -------------------------------------------------------------------------------------------------

    def GlobalLock(self, h: int) -> FarPtr:
        """The address of a block, or NULL if it has no bytes. What is counted depends on the mode (KB-Q61285)."""
        handle = self._handle(h)
        if handle is None or self.heap.is_discarded(handle):
            self._registers()
            return FarPtr(0)
        self.heap.touch(handle)
        if self._counts(handle):
            self.heap.count(handle, 1)
        found = self.heap.handles.selector(handle)
        self._registers(CX=found, DX=found)
        return FarPtr.of(found)

    def GlobalUnlock(self, h: int) -> int:
        """0 if nothing locks the block any more. Not a way to count: see `Profile.unlock_of_fixed` and KB-Q49838."""
        handle = self._handle(h)
        result = 0
        if handle is not None and not self.heap.is_discarded(handle):
            if self._counts(handle):
                result = self.heap.count(handle, -1)
            else:
                result = self.profile.unlock_of_fixed if handle & 1 else self.heap.locks(handle)
        self._registers(AX=result, DX=h)
        return result

    def _counts(self, handle: int) -> bool:
        """Whether GlobalLock counts: discardable blocks and DGROUPs in every mode, all others in some."""
        flags = self.heap.words(handle)[1]
        every = self.profile.counts_all_locks and (not handle & 1 or not self.profile.protected)
        return every or bool(flags & (DISCARDABLE | DGROUP))

    def GlobalFix(self, h: int) -> None:
        """Pin a block at its linear address, in every mode; GlobalReAlloc may still move it."""
        self._count(h, 1)
        self._registers()

    def GlobalUnfix(self, h: int) -> None:
        """Undo one GlobalFix. The count that is left is in CX."""
        self._registers(CX=self._count(h, -1))

    def LockSegment(self, segment: int) -> int:
        """Pin a data segment, FFFFh for the current task's own; its selector, or 0."""
        handle = self._handle(segment)
        found = 0
        if handle is not None and not self.heap.is_discarded(handle):
            self.heap.count(handle, 1)
            found = self.heap.handles.selector(handle)
        self._registers(AX=found)
        return found

    def UnlockSegment(self, segment: int) -> None:
        """Undo one LockSegment. The count that is left is in CX (WINE)."""
        self._registers(CX=self._count(segment, -1))

    def GlobalWire(self, h: int) -> FarPtr:
        """Move a block as low as it can be and pin it there; GlobalUnWire undoes it (QCWIN qcwi8yr2, ONT 2005-11-08)."""
        handle = self._handle(h)
        found = 0
        if handle is not None and not self.heap.is_discarded(handle):
            self.heap.wire(handle)
            self.heap.count(handle, 1)
            found = self.heap.handles.selector(handle)
        self._registers(DX=found)
        return FarPtr.of(found)

    def GlobalUnWire(self, h: int) -> int:
        """Nonzero if nothing locks the block any more: the opposite of GlobalUnlock."""
        result = int(self._handle(h) is not None and not self._count(h, -1))
        self._registers(AX=result)
        return result

    def GlobalPageLock(self, selector: int) -> int:
        """Page-lock a block, which pins it as well; the new count, or 0 for failure (SDK31 sdk33twu)."""
        count = self._count(selector, 1, pages=True)
        self._registers(AX=count)
        return count

    def GlobalPageUnlock(self, selector: int) -> int:
        """Undo one GlobalPageLock; the new count."""
        count = self._count(selector, -1, pages=True)
        self._registers(AX=count)
        return count

    def _count(self, word: int, change: int, *, pages: bool = False) -> int:
        handle = self._handle(word)
        return 0 if handle is None else self.heap.count(handle, change, pages=pages)

    # --- KERNEL: asking --------------------------------------------------------------------------------------------------

    def GlobalSize(self, h: int) -> int:
        """All bytes that may be used; 0 of a bad handle and of a discarded block. CX has the paragraphs."""
        handle = self._handle(h)
        size = 0 if handle is None else self.heap.length(handle)
        self._registers(AX=size & 0xFFFF, CX=size >> 4 & 0xFFFF, DX=size >> 16)
        return size

    def GlobalHandle(self, word: int) -> int:
        """Handle in the low word, selector in the high one, for a handle or any selector of a block; 0 if it is none."""
        try:
            handle = self.heap.handles.of_word(word)
            found = 0 if self.heap.is_discarded(handle) else self.heap.handles.selector(handle)
        except StaleHandle:
            handle = found = 0
        self._registers(AX=handle, DX=found, ES=self.regs.ES)
        return found << 16 | handle

    def GlobalHandleNoRIP(self, word: int) -> int:
        """GlobalHandle; the debug kernel does not complain about bad words."""
        return self.GlobalHandle(word)

    def GlobalFlags(self, h: int) -> int:
        """Lock count in the low byte, GMEM_DISCARDABLE, GMEM_DISCARDED. DX has the selector."""
        handle = self._handle(h)
        if handle is None:
            self._registers(AX=self.profile.invalid_flags)
            return self.profile.invalid_flags
        discardable = GMEM_DISCARDABLE if self.heap.words(handle)[1] & DISCARDABLE else 0
        if self.heap.is_discarded(handle):
            flags = GMEM_DISCARDED | (discardable if self.profile.discarded_keeps_discardable else 0)
            found = 0
        else:
            flags, found = self.heap.locks(handle) | discardable, self.heap.handles.selector(handle)
        self._registers(AX=flags, DX=found)
        return flags

    def GetFreeSpace(self, flags: int = 0) -> int:
        """Free bytes, not in one piece (KB-Q84778)."""
        holes = self.heap.list.holes
        return self._dword(holes.free - len(holes) * self.heap.header)

    def GetFreeMemInfo(self) -> int:
        """All pages in the low word, free ones in the high word (WINE)."""
        return self._dword(min(self.arena.size // PAGE, 0xFFFF) | min(self.GetFreeSpace() // PAGE, 0xFFFF) << 16)

    def GlobalMasterHandle(self) -> int:
        """Burgermaster: selector in the high word, handle in the low one (UNDOC)."""
        return self._dword(self.heap.thhook.get("pGlobalHeap") << 16 | self.heap.thhook.get("hGlobalHeap"))

    def FarGetOwner(self, h: int) -> int:
        """The owner word of a block: a PDB or a module; 0 of a bad handle."""
        handle = self._handle(h)
        owner = 0 if handle is None else self.heap.words(handle)[0]
        self._registers(AX=owner)
        return owner

    def FarSetOwner(self, h: int, owner: int) -> None:
        """Give a block to another owner."""
        handle = self._handle(h)
        if handle is not None:
            self.heap.set_owner(handle, owner)
        self._registers()

    # --- KERNEL: compacting and discarding -------------------------------------------------------------------------------

    def GlobalCompact(self, wanted: int) -> int:
        """Slide, then discard until `wanted` bytes are in one piece; the largest free block (SDK31 sdk39z1o).

        0 discards nothing and tells what there would be without discardables; FFFFFFFFh discards all.
        """
        largest = compact_for(self.heap, wanted & 0xFFFFFFFF)
        most = self.profile.compact_says_at_most
        result = largest if most is None else min(largest, most)
        return self._dword(result)

    def GlobalLRUOldest(self, h: int) -> int:
        """Let a discardable block be the next to go; its handle, or 0."""
        return self._age(h, oldest=True)

    def GlobalLRUNewest(self, h: int) -> int:
        """Let a discardable block be the last to go; its handle, or 0."""
        return self._age(h, oldest=False)

    def _age(self, h: int, *, oldest: bool) -> int:
        handle = self._handle(h)
        if handle is not None:
            self.heap.age(handle, oldest=oldest)
        self._registers(AX=handle or 0)
        return handle or 0

    def GlobalNotify(self, proc: Proc | int) -> None:
        """The current task's procedure: proc(handle) is asked before a GMEM_NOTIFY block goes; 0 keeps it (SDK31 sdk33qy6).

        It must not allocate: what it asks for is only searched for. Raises ValueError if no task is running.
        """
        current = self.current
        if current is None:
            raise ValueError("GlobalNotify: the procedure belongs to a task, and none is running")
        current.fields.put("notify", self.stub(proc) if callable(proc) else proc)
        self._registers()

    def stub(self, proc: Proc) -> FarPtr:
        """A far address for a function, as memory can hold it. The same function has one address."""
        for address, known in self.procs.items():
            if known == proc:
                return FarPtr(address)
        first = STUBS[self.profile.protected] << 16
        address = max(self.procs, default=first) + STUB
        self.procs[address] = proc
        return FarPtr(address)

    def _keeps(self, handle: int, owner: int) -> bool:
        """Does the owner's GlobalNotify procedure want to keep the block? Only tasks have one."""
        at = self.heap.owners.task_at(owner)
        if at is None:
            return False
        task = Control(self.arena.memory, TaskDatabase, at)
        address = task.get("notify")
        if not address:
            return False
        if address not in self.procs:
            whose = f"GlobalNotify procedure of {self.heap.owners.name(owner)}"
            raise UnboundProc(address, whose, repr(FarPtr(address)))
        return not self.procs[address](handle)

    def SetSwapAreaSize(self, paragraphs: int) -> int:
        """The code reserve of real mode: size set in the low word, the most there could be in the high word; 0 asks only.

        In protected mode it has no effect [L].
        """
        if paragraphs and not self.profile.protected:
            self.heap.reserve(paragraphs << 4)
        size = self.heap.control.get("reserve")
        return self._dword(min(size, 0xFFFF) | min(roomiest(self.walk()) >> 4, 0xFFFF) << 16)

    # --- KERNEL: conventional memory -------------------------------------------------------------------------------------

    def GlobalDosAlloc(self, n: int) -> int:
        """A fixed block below 1 MB: its paragraph in the high word, its selector in the low one; 0 (KB-Q95545)."""
        try:
            handle = self.heap.alloc(n & 0xFFFFFFFF, movable=False, owner=self._owner(0), below=CONVENTIONAL)
        except OutOfMemory:
            return self._dword(0)
        if not self.profile.headers_in_band:
            self.heap.count(handle, 1, pages=True)
        return self._dword(self.heap.address(handle) >> 4 << 16 | handle)

    def GlobalDosFree(self, selector: int) -> int:
        """0, or the selector if it could not be freed."""
        handle = self._handle(selector)
        found = handle is not None and handle & 1 and self.heap.address(handle) < CONVENTIONAL
        if handle is not None and found:
            self.heap.release(handle)
        result = 0 if found else selector
        self._registers(AX=result)
        return result

    def ValidateFreeSpaces(self) -> int:
        """The debug kernel: the linear address of the first free byte that is not CCh, reported as 00FFh; 0 (KB-Q32680)."""
        return self._dword((self.heap.overwritten() or 0) if self.profile.debug else 0)

    # --- words -----------------------------------------------------------------------------------------------------------

    def _handle(self, word: int) -> int | None:
        """The handle that a program means by a handle or a selector, FFFFh by its own data segment; None if it is none."""
        if word & 0xFFFF == OWN_DS and (current := self.current) is not None:
            return current.dgroup
        try:
            self.heap.handles.find(word)
        except StaleHandle:
            try:
                handle = self.heap.handles.of_word(word)
                return handle if self.heap.handles.selector(handle) == word else None
            except StaleHandle:
                return None
        return word

    def _owner(self, flags: int) -> int:
        """Who owns what is allocated now: the current task, or its module if the block is shared (KB-Q74040)."""
        current = self.current
        if current is None:
            return OWNER_TEMPORARY
        return current.module if flags & GMEM_DDESHARE else current.pdb

    def _dword(self, value: int) -> int:
        """A result of 32 bits, which is in DX:AX."""
        self._registers(AX=value & 0xFFFF, DX=value >> 16)
        return value

    def _registers(self, AX: int = 0, CX: int = 0, DX: int = 0, ES: int = 0) -> None:
        self.regs = Registers(AX, CX, DX, ES)
