"""A zone as bytes: its header, its blocks in address order, its master pointers, and the words to read and change them.

    start                                                                   bkLim        limit
    +-------------+-----------------+-------+---------+----------+---------+---------+
    | zone header | master pointers | block |  free   |  block   |  free   | trailer |
    +-------------+-----------------+-------+---------+----------+---------+---------+
     52 bytes      nonrelocatable                                            12 bytes

Each word here leaves the zone consistent, but for those that say otherwise.

`.bytes.truth`  the arena and the notebook are all the state there is. The list of free blocks, that of master-pointer blocks
and the end of the free master pointers are caches, which `check` recomputes; procs and tap are the client's.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Callable, Iterator

from ..arena import Arena
from ..block import Block, Kind
from ..control import Control
from ..errors import HeapCorrupt, StaleHandle, UnboundProc
from ..events import TableGrew, Tap
from .blocks import LONG, WIDTHS, Header
from .freelist import FreeList
from .layout import (
    FIXED_TYPE,
    FREE_TYPE,
    GRAIN,
    LARGE_HEAP,
    MOVABLE_TYPE,
    NORMAL_HEAP,
    TRAILER,
    ZoneHeader,
)
from .notebook import Notebook
from .profile import Profile

Proc = Callable[[int], int | None]
FREE, FIXED, MOVABLE, TABLE = Kind.FREE, Kind.FIXED, Kind.MOVABLE, Kind.TABLE
MASTER = 4
"""Bytes of a master pointer."""


class State:
    """The zone that starts at `start` in an arena. Raises HeapCorrupt where there is none."""

    compacts = True
    """May blocks be moved to find room?"""
    ceiling: Callable[[], int] | None = None
    """Of the application zone: the address up to which it may grow."""
    extended: Callable[[], None] | None = None
    """Told after it has grown."""
    show_root: Callable[[int], None] | None = None
    """Told the handle that a grow-zone function must keep, and 0 after it."""
    growing = False
    """Is a grow-zone function running?"""

    def __init__(self, arena: Arena, start: int, bits: int, notebook: Notebook, profile: Profile) -> None:
        self.arena, self.memory, self.start = arena, arena.memory, start
        self.bits, self.notebook, self.profile = bits, notebook, profile
        self.blocks = WIDTHS[bits](self.memory, profile)
        self.header = Control(self.memory, ZoneHeader, start)
        self.tap: Tap | None = None
        self.procs: dict[int, Proc] = {}
        self.first = start + ZoneHeader.size
        self.index()

    # --- birth -----------------------------------------------------------------------------------------------------------

    @classmethod
    def lay(cls, arena: Arena, start: int, limit: int, bits: int, masters: int, profile: Profile) -> None:
        """Write a new zone over memory: header, a block of `masters` master pointers, one free block, trailer.

        Raises ValueError where it does not fit.
        """
        blocks = WIDTHS[bits](arena.memory, profile)
        first = start + ZoneHeader.size
        end = first + (limit - TRAILER - first) // GRAIN * GRAIN
        table = max(blocks.least, blocks.header + MASTER * masters)
        if start % 2 or start < 0 or limit > arena.size or end < first + table + blocks.least or end - first > blocks.largest:
            raise ValueError(f"no zone with {masters:,} master pointers can be laid from {start:#x} to {limit:#x}")
        ZoneHeader.pack(arena.memory, start, *(0 for _ in ZoneHeader.fields))
        header = Control(arena.memory, ZoneHeader, start)
        free = end - first - table
        header.put("bkLim", end + (TRAILER if profile.bklim_is_limit else 0))
        header.put("zcbFree", free)
        header.put("moreMast", masters)
        header.put("heapType", LARGE_HEAP if bits == 32 else NORMAL_HEAP)
        header.put("allocPtr", first + table)
        blocks.write(first, FIXED_TYPE, table, table - blocks.header - MASTER * masters, start)
        blocks.write_free(first + table, free)
        blocks.write_trailer(end)
        header.put("hFstFree", chain(arena.memory, first + blocks.header, masters, 0, profile.masters_from_top))

    # --- words -----------------------------------------------------------------------------------------------------------

    @property
    def end(self) -> int:
        """Where the blocks end and the trailer begins. Raises HeapCorrupt."""
        end = self.header.get("bkLim") - (TRAILER if self.profile.bklim_is_limit else 0)
        if not self.first < end <= self.arena.size - TRAILER or (end - self.first) % GRAIN:
            raise self.corrupt("a zone ends in memory", "bkLim", f"{end:#x}")
        return end

    @property
    def limit(self) -> int:
        """The byte after the trailer."""
        return self.end + TRAILER

    @property
    def free_bytes(self) -> int:
        """Physical sizes of all free blocks: FreeMem."""
        return self.header.get("zcbFree")

    def physical(self, n: int) -> int:
        """What a block of `n` bytes takes."""
        return max(self.blocks.least, (self.blocks.header + n + GRAIN - 1) & -GRAIN)

    def read(self, base: int) -> Header:
        """The header at `base`. Raises HeapCorrupt where the size cannot be."""
        header = self.blocks.read(base)
        size = header.size
        if size < self.blocks.least or size % GRAIN or base + size > self.end:
            raise HeapCorrupt("blocks tile the zone", f"block at {base:#x}, field size: {size:#x}")
        return header

    def length_of(self, header: Header) -> int:
        """Logical size."""
        return header.size - self.blocks.header - header.correction

    def corrupt(self, rule: str, field: str, what: str) -> HeapCorrupt:
        """The error for a field of the zone header."""
        return HeapCorrupt(rule, f"zone at {self.start:#x}, field {field}: {what}")

    def scan(self) -> Iterator[tuple[int, Header]]:
        """All blocks in address order, as they are in memory. Raises HeapCorrupt at the first that cannot be."""
        at, end = self.first, self.end
        least, read = self.blocks.least, self.blocks.read
        while at < end:
            header = read(at)
            size = header.size
            if size < least or size % GRAIN or at + size > end:
                raise HeapCorrupt("blocks tile the zone", f"block at {at:#x}, field size: {size:#x}")
            yield at, header
            at += size

    def records(self) -> Iterator[Block]:
        """The same as plain records, without zone header and trailer."""
        end = self.end
        return (self._record(base, header, end) for base, header in self.scan())

    def record(self, base: int, header: Header) -> Block:
        """A block as a plain record. Raises HeapCorrupt where it has no type, or its master pointer does not point back."""
        return self._record(base, header, self.end)

    def _record(self, base: int, header: Header, end: int) -> Block:
        kind, _, _, correction, size, location = header
        body = base + self.blocks.header
        length = size - self.blocks.header - correction
        if kind == MOVABLE_TYPE:
            master = self.start + location
            if not self.first < master < end or master % 2 or self.blocks.pointer(master) != body:
                raise HeapCorrupt("a master pointer points back", f"block at {base:#x}, field location: {location:#x}")
            flags = self.blocks.flags(master)
            return Block(base, size, MOVABLE, body, length, master, flags >> 7, flags >> 6 & 1)
        if kind == FREE_TYPE:
            return Block(base, size, FREE, body, length)
        if kind != FIXED_TYPE:
            raise HeapCorrupt("a block has a type", f"block at {base:#x}, field tag: type {kind}")
        if self.notebook.marked(base):
            return Block(base, size, TABLE, body, length, owner="master pointers")
        return Block(base, size, FIXED, body, length, body)

    def is_aligned(self, master: int) -> bool:
        """Could a master pointer be there?"""
        return self.first < master < self.end and not master % 2

    # --- caches ----------------------------------------------------------------------------------------------------------

    def index(self) -> None:
        """Recompute them from the bytes."""
        holes, self.tables = [], []
        for base, header in self.scan():
            if header.type == FREE_TYPE:
                holes.append((base, header.size))
            elif header.type == FIXED_TYPE and self.notebook.marked(base):
                self.tables.append(base)
        self.free = FreeList(holes)
        self.last_master = next(reversed(self.spare_masters()), 0)

    def spare_masters(self) -> list[int]:
        """The free master pointers, the next one first. Raises HeapCorrupt for a list that does not end."""
        found: dict[int, None] = {}
        master = self.header.get("hFstFree")
        while master:
            if not self.is_aligned(master):
                last = list(found)[-1:]
                where = f"master pointer at {last[0]:#x}" if last else f"zone at {self.start:#x}, field hFstFree"
                raise HeapCorrupt("free master pointers lie in the zone", f"{where}: {master:#x}")
            if master in found:
                raise HeapCorrupt("the list of free master pointers ends", f"master pointer at {master:#x}: it comes again")
            found[master] = None
            master = LONG.unpack_from(self.memory, master)[0]
        return list(found)

    # --- master pointers -------------------------------------------------------------------------------------------------

    def slots(self, table: int) -> range:
        """The master pointers of a block of them."""
        body = table + self.blocks.header
        return range(body, body + self.length_of(self.read(table)) // MASTER * MASTER, MASTER)

    def is_master(self, address: int) -> bool:
        """Is there a master pointer, used or free?"""
        i = bisect_right(self.tables, address) - 1
        return i >= 0 and address in self.slots(self.tables[i])

    def take_master(self) -> int:
        """The first free master pointer, which is 0 then. There must be one. Raises HeapCorrupt where the list is broken."""
        master = self.header.get("hFstFree")
        if not self.is_aligned(master):
            raise self.corrupt("free master pointers lie in the zone", "hFstFree", f"{master:#x}")
        after = LONG.unpack_from(self.memory, master)[0]
        self.header.put("hFstFree", after)
        LONG.pack_into(self.memory, master, 0)
        if not after:
            self.last_master = 0
        return master

    def give_master(self, master: int) -> None:
        """The next one to be used again."""
        before = self.header.get("hFstFree")
        LONG.pack_into(self.memory, master, before)
        self.header.put("hFstFree", master)
        if not before:
            self.last_master = master

    def add_masters(self, base: int, size: int) -> None:
        """A block is one of master pointers from now on; all of them are free."""
        self.notebook.clear(base, base + size)
        self.notebook.mark(base)
        insort(self.tables, base)
        slots = self.slots(base)
        before = self.header.get("hFstFree")
        first = chain(self.memory, slots.start, len(slots), before, self.profile.masters_from_top)
        self.header.put("hFstFree", first)
        if not before:
            self.last_master = slots[0] if self.profile.masters_from_top else slots[-1]
        if self.tap is not None:
            self.tap(TableGrew(base, size))

    def is_spare(self, master: int) -> bool:
        """Is a master pointer that holds nil free? Only the last of the list holds nil."""
        return self.last_master == master

    # --- free blocks -----------------------------------------------------------------------------------------------------

    @property
    def rover(self) -> int:
        """allocPtr, or the first block where a program has written nonsense there (HyperCard did: Executor [E])."""
        at = self.header.get("allocPtr")
        return at if self.first <= at <= self.end else self.first

    @rover.setter
    def rover(self, base: int) -> None:
        self.header.put("allocPtr", base if base < self.end else self.first)

    def find(self, need: int) -> int | None:
        """The first free block of `need` bytes, from the rover on or from the bottom; free neighbours that are passed merge."""
        if self.free_bytes < need:
            return None
        if self.profile.fit == "first":
            return self._search(need, self.first, self.end)
        rover = self.rover
        found = self._search(need, rover, self.end)
        return self._search(need, self.first, rover) if found is None else found

    def _search(self, need: int, start: int, stop: int) -> int | None:
        free = self.free
        bases, sizes = free.bases, free.sizes
        i = free.at_or_above(start)
        while i < len(bases):
            base = bases[i]
            if base >= stop:
                return None
            size = sizes[base]
            if i + 1 < len(bases) and bases[i + 1] == base + size:
                size = self.merge(base)
            if size >= need:
                return base
            i += 1
        return None

    def merge(self, base: int) -> int:
        """Make a free block one with those behind it; its size now."""
        free, size = self.free, self._whole(base)
        while (behind := base + size) in free.sizes:
            size += self._whole(behind)
            free.drop(behind)
        if size != free.sizes[base]:
            free.sizes[base] = size
            self.blocks.write_free(base, size)
            if base < self.header.get("allocPtr") < base + size:
                self.rover = base
        return size

    def coalesce(self) -> None:
        """Merge all free neighbours."""
        bases, sizes = self.free.bases, self.free.sizes
        i = 0
        while i + 1 < len(bases):
            if bases[i] + sizes[bases[i]] == bases[i + 1]:
                self.merge(bases[i])
            i += 1

    def _whole(self, base: int) -> int:
        """The size of a free block. Raises HeapCorrupt where its header has been overwritten."""
        header = self.blocks.read(base)
        if header.type != FREE_TYPE or header.size != self.free.sizes.get(base):
            field = "tag" if header.type != FREE_TYPE else "size"
            raise HeapCorrupt("a free block stays as it is", f"block at {base:#x}, field {field}: {header}")
        return header.size

    def carve(self, base: int, need: int, kind: int, location: int, length: int) -> int:
        """Take `need` bytes of the free block at `base`; what is too small to be free becomes correction. Its physical size."""
        size = self._whole(base)
        rest = size - need
        if rest < 0:
            raise HeapCorrupt("a block is carved from one that holds it", f"block at {base:#x}, field size: {size:#x}")
        if rest < self.blocks.least:
            need = size
            self.free.drop(base)
        else:
            self.blocks.write_free(base + need, rest)
            self.free.replace(base, base + need, rest)
        self.blocks.write(base, kind, need, need - self.blocks.header - length, location)
        if kind == FIXED_TYPE:
            self.notebook.unmark(base)  # of a zone in a block that has moved since
        self.header.add("zcbFree", -need)
        if kind == MOVABLE_TYPE or self.profile.pointers_move_rover or base <= self.header.get("allocPtr") < base + need:
            self.rover = base + need
        return need

    def release(self, base: int, size: int) -> None:
        """Free `size` bytes at `base`; they merge with the free blocks behind them. Raises HeapCorrupt if they are free."""
        self.free.add(base, size)
        if self.notebook.marked(base):
            self.tables.remove(base)
        self.notebook.clear(base, base + size)
        self.blocks.write_free(base, size)
        self.header.add("zcbFree", size)
        self.merge(base)
        if self.profile.free_fill:
            body = self.arena.view(base + self.blocks.header, size - self.blocks.header)
            body[:] = (self.profile.free_fill * (len(body) // 4 + 1))[: len(body)]

    def fresh(self, body: int, n: int, clear: bool) -> None:
        """New memory for a block: zeroed, filled as the profile says, or as it was."""
        if clear:
            self.arena.fill(body, n)
        elif self.profile.fresh_fill is not None:
            self.arena.fill(body, n, self.profile.fresh_fill)

    def give_back(self, base: int, header: Header, need: int, n: int) -> int:
        """Shorten a block to `need` bytes, if what is left is enough for a free one; its physical size."""
        rest = header.size - need
        size = need if rest >= self.blocks.least else header.size
        self.blocks.resize(base, size, size - self.blocks.header - n)
        if size < header.size:
            self.release(base + size, rest)
        return size

    def annex(self, base: int, header: Header, need: int, n: int) -> int:
        """Let a block grow over the free one behind it; its physical size."""
        behind = base + header.size
        room = self._whole(behind)
        rest = header.size + room - need
        if rest < 0:
            raise HeapCorrupt("a block grows over one that is large enough", f"block at {behind:#x}, field size: {room:#x}")
        if rest >= self.blocks.least:
            size = need
            self.blocks.write_free(base + size, rest)
            self.free.replace(behind, base + size, rest)
        else:
            size = header.size + room
            self.free.drop(behind)
        self.blocks.resize(base, size, size - self.blocks.header - n)
        self.header.add("zcbFree", header.size - size)
        if base < self.header.get("allocPtr") < base + size:
            self.rover = base + size
        return size

    def extend(self, limit: int) -> bool:
        """Let the zone end at `limit`; what was the trailer begins a free block. False where that is too little for one."""
        old = self.end
        end = old + (limit - TRAILER - old) // GRAIN * GRAIN
        if end - old < self.blocks.least:
            return False
        self.header.put("bkLim", end + (TRAILER if self.profile.bklim_is_limit else 0))
        self.blocks.write_trailer(end)
        self.blocks.write_free(old, end - old)
        self.free.add(old, end - old)
        self.header.add("zcbFree", end - old)
        return True

    # --- handles ---------------------------------------------------------------------------------------------------------

    def locate(self, handle: int) -> tuple[int, Header] | None:
        """(base, header) of the block of a handle of this zone, None of an empty one. Raises StaleHandle, HeapCorrupt."""
        end = self.end
        if not self.first < handle < end or handle % 2:
            raise StaleHandle(handle)
        body = self.blocks.pointer(handle)
        if not body:
            if self.is_master(handle) and not self.is_spare(handle):
                return None
            raise StaleHandle(handle)
        base = body - self.blocks.header
        if not self.first <= base <= end - self.blocks.least:
            raise StaleHandle(handle)
        header = self.blocks.read(base)
        if header.type != MOVABLE_TYPE or header.location != handle - self.start:
            raise StaleHandle(handle)
        if not self.blocks.least <= header.size <= end - base or header.size % GRAIN:
            raise HeapCorrupt("blocks tile the zone", f"block at {base:#x}, field size: {header.size:#x}")
        return base, header

    def base_of(self, handle: int) -> int | None:
        """Where the block of a handle is, None of an empty one. Raises StaleHandle."""
        found = self.locate(handle)
        return None if found is None else found[0]

    def fixed_base(self, pointer: int) -> int:
        """Where the block of a pointer is. Raises StaleHandle."""
        base = pointer - self.blocks.header
        if pointer % 2 or not self.first <= base <= self.end - self.blocks.least:
            raise StaleHandle(pointer)
        header = self.blocks.read(base)
        if header.type != FIXED_TYPE or header.location != self.start:
            raise StaleHandle(pointer)
        return base

    def call(self, field: str, argument: int) -> int:
        """Call the proc that a field of the zone header names; its result. Raises UnboundProc."""
        address = self.header.get(field)
        proc = self.procs.get(address)
        if proc is None:
            raise UnboundProc(address, f"{field} of the zone at {self.start:#x}", f"{address:#x}")
        return proc(argument) or 0


def chain(memory: memoryview, first: int, count: int, last: int, from_top: bool) -> int:
    """Link master pointers, `count` of them from `first` on, into a list that goes on with `last`; the first of the list."""
    slots = range(first, first + MASTER * count, MASTER)
    for master in slots if from_top else reversed(slots):
        LONG.pack_into(memory, master, last)
        last = master
    return last
