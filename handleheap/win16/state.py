"""What a global heap is made of: Windows' structures in memory, what reads them, and the few verbs that change several at once.

    thhook  control      the kernel's variables, Burgermaster
    arenas  list         headers of blocks; their list, free chain and ring
    handles              descriptors or handle table
    owners               the names behind owner words

`.bytes.truth`  all of these only read and write the arena; what they keep beside it are indices that `check` recomputes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NoReturn

from ..arena import Arena
from ..block import Move, Traits
from ..compaction import runs
from ..control import Control
from ..errors import HandlePinned, StaleHandle
from ..events import CompactBegan, CompactEnded, Discarded, Moved, Reported, Tap
from .arenas import Header, HeaderSelectors, InBand, OutOfLine, Segments
from .blocklist import BlockList, Placed
from .descriptors import Descriptors, selector
from .handles import Absent, Entries, Selectors
from .layout import (
    DESCRIPTORS,
    GRANULE,
    NOTIFY,
    OWNER_BURGERMASTER,
    OWNER_FREE,
    PARAGRAPH,
    THHOOK_AT,
    Burgermaster16,
    Burgermaster32,
    Thhook,
)
from .memorymap import survey
from .owners import Owners
from .profile import Profile

FILL = 0xCC
OVERWRITTEN = 0x00FF
"""What ValidateFreeSpaces reports (KB-Q32680 [S])."""


class State:
    """The structures of a heap of `profile` over `memory`. `begin` makes them anew; without it they are as they stand."""

    def __init__(self, memory: object, profile: Profile, tap: Tap | None) -> None:
        self.arena = memory if isinstance(memory, Arena) else Arena(memory, name=f"win16-{profile.name}")
        self.profile, self.tap = profile, tap
        self.compacts = True
        """False: nothing is moved unless somebody calls `compact`."""
        self.veto: Callable[[int, int], bool] | None = None
        """`veto(handle, owner)`: may this NOTIFY block not be discarded? Called in the middle; it may free."""
        self.asking = False
        """True while a proc is asked: then nothing may move."""
        self.map = survey(profile, self.arena.size)
        bytes_ = self.arena.memory
        self.control = Control(bytes_, Burgermaster16 if profile.headers_in_band else Burgermaster32, self.map.burgermaster)
        self.thhook = Control(bytes_, Thhook, THHOOK_AT)
        self.arenas: OutOfLine | InBand
        self.handles: Selectors | Entries
        if not profile.protected:
            self.arenas = InBand(bytes_, Segments())
            table = self.map.burgermaster + self.map.handles
            self.handles = Entries(bytes_, self.arenas, table, self.map.handles, self.map.handle_count)
        else:
            self.descriptors = Descriptors(bytes_, wide=not profile.headers_in_band)
            seltab = None
            if profile.headers_in_band:
                self.arenas = InBand(bytes_, HeaderSelectors(self.descriptors))
            else:
                self.arenas = OutOfLine(bytes_, self.map.burgermaster, self.map.records, self.map.record_count)
                seltab = self.map.burgermaster + self.map.seltab
            self.handles = Selectors(self.descriptors, self.arenas, seltab)
        self.list = BlockList(self.arenas, self.control)
        self.owners = Owners(bytes_, self.handles, self.arenas)
        self.header = profile.header
        self.traits = Traits(
            name=f"win16-{profile.name}",
            order="little",
            align=PARAGRAPH if profile.headers_in_band else GRANULE,
            grain=GRANULE,
            header=profile.header,
            min_block=GRANULE,
            max_block=min(profile.max_block + profile.header, self.arena.size),
            moves=True,
            discards=True,
            counts_locks=True,
            pins=True,
            guards=True,
            merges=True,
            handles_inside=True,
            handle_bytes=4 if not profile.protected else 16 if profile.headers_in_band else 44,
            exact_length=False,
            detects_stale=False,
        )

    def begin(self) -> None:
        """An empty heap, whatever was in memory before."""
        place = self.map
        self.arena.fill(0, self.arena.size)
        if isinstance(self.handles, Entries):
            self.handles.clear()
            self.control.put("handle_table", place.handles)
            self.control.put("handle_delta", place.handle_count)
            own = place.burgermaster >> 4
        else:
            self.descriptors.recount()
            own = selector(1)
            self.descriptors.set(1, place.burgermaster, place.burgermaster_end - place.burgermaster)
        if isinstance(self.arenas, OutOfLine):
            self.arenas.recount()
            self.thhook.put("seltab_length", DESCRIPTORS)
            self.thhook.put("seltab_offset", place.seltab)
            first, last = self.arenas.create(place.low, place.low), self.arenas.create(place.high, place.high)
            start, end = place.burgermaster, place.burgermaster_end
        else:
            first = self.arenas.create(place.low, place.low + self.header)
            last = self.arenas.create(place.high, place.high + self.header)
            start, end = place.low + self.header, place.burgermaster_end
        self.thhook.put("hGlobalHeap", own)
        self.thhook.put("pGlobalHeap", own)
        self.control.put("check", 1)
        self.list.begin(first, last)
        burgermaster = self.list.insert(first, start, end, last)
        self.arenas.dress(burgermaster, own, OWNER_BURGERMASTER, 0, 1)
        low, high, before, after = (
            (end, place.high, burgermaster, last) if self.header else (place.low, start, first, burgermaster)
        )
        self.list.add_free(before, low, high, after)
        self.clean()

    # --- words -----------------------------------------------------------------------------------------------------------

    def find(self, handle: int) -> tuple[int, Absent | None]:
        """(reference of the arena, None), or (0, what is remembered) of a handle without memory. Raises StaleHandle."""
        if not 0 < handle <= 0xFFFF:
            raise StaleHandle(handle)
        return self.handles.find(handle)

    def header_of(self, handle: int) -> Header | None:
        """The header of a block, None of a handle without memory. Raises StaleHandle."""
        ref, absent = self.find(handle)
        return None if absent is not None else self.arenas.read(ref)

    def size_of(self, header: Header) -> int:
        """Bytes that the client may use."""
        return header.end - header.base - self.header

    def tiles_of(self, header: Header) -> int:
        """Selectors that a block takes."""
        return self.handles.tiles(self.size_of(header))

    def rounded(self, n: int) -> int:
        """What `n` bytes take: 32, 64, 96 … with the header (KB-Q92942 [S]: 10 becomes 32, or 16 in standard mode)."""
        if n < 0:
            raise ValueError(f"a block of {n} bytes: the size cannot be negative")
        return max(GRANULE, (n + self.header + GRANULE - 1) & -GRANULE)

    @property
    def largest(self) -> int:
        """What the largest hole could hold, in bytes."""
        return max(0, self.list.holes.largest - self.header)

    @property
    def fence(self) -> int:
        """Above this linear address only discardable code may go."""
        told = self.control.get("fence") << self._shift
        return told or (self.map.high if self.header else self.map.burgermaster)

    def reserve(self, size: int) -> None:
        """Keep `size` bytes at the top free for code, 0 for none; what is there stays."""
        top = self.map.high if self.header else self.map.burgermaster
        self.control.put("reserve", size >> self._shift)
        self.control.put("fence", (top - size) >> self._shift if size else 0)

    @property
    def _shift(self) -> int:
        """Burgermaster tells these in paragraphs where its fields are words."""
        return 4 if self.header else 0

    # --- verbs -----------------------------------------------------------------------------------------------------------

    def evict(self, handle: int) -> None:
        """Take a block's memory, whether it is discardable or not; owner and flags stay, but for NOTIFY (SDK31 sdk33qy6)."""
        ref, _ = self.find(handle)
        header = self.arenas.read(ref)
        self.list.release(ref, header)
        self.handles.vacate(handle, self.tiles_of(header), Absent(header.owner, header.flags & ~NOTIFY))
        self.control.add("discarded", 1)
        self.clean(header.base, header.end)
        if self.tap is not None:
            self.tap(Discarded(handle, header.base, header.end - header.base))

    def carry_out(self, moves: list[Move]) -> None:
        """A compaction, told."""
        holes = self.list.holes
        if self.tap is not None:
            self.tap(CompactBegan(holes.free, holes.largest))
        self.control.add("compactions", 1)
        self.commit(moves)
        if self.tap is not None:
            self.tap(CompactEnded(len(moves), sum(move.size for move in moves), self.list.holes.largest))

    def commit(self, moves: Iterable[Move]) -> None:
        moves = list(moves)
        if not moves:
            return
        to = {move.src: move for move in moves}
        walked = [(ref, header) for ref, header in self.arenas.walk(self.list.first) if header.owner != OWNER_FREE][1:-1]
        blocks: list[Placed] = []
        moving: list[tuple[Move, int, Header]] = []
        for ref, header in walked:
            move = to.get(header.base)
            if move is None:
                blocks.append((header.base, header.end, ref, header))
                continue
            size = header.end - header.base
            if not header.movable or header.pins or (move.handle, move.size) != (header.handle, size) or move.dst % GRANULE:
                self._refuse_move(move)
            blocks.append((move.dst, move.dst + size, ref, header))
            moving.append((move, ref, header))
        if len(moving) != len(moves):
            made = {id(move) for move, _, _ in moving}
            self._refuse_move(next(move for move in moves if id(move) not in made))
        blocks.sort()
        self.list.check_arrangement([(base, end) for base, end, _, _ in blocks])
        ring = list(self.list.ring()) if self.arenas.moves_references else []
        for src, dst, size in runs(moves):
            self.arena.move(src, dst, size)
        new: dict[int, int] = {}
        for move, ref, header in moving:
            now = self.arenas.moved(ref, move.dst)
            self.handles.moved(header.handle, now, move.dst + self.header, move.size - self.header)
            if now != ref:
                new[ref] = now
        if new:
            blocks = [(base, end, new.get(ref, ref), header) for base, end, ref, header in blocks]
            ring = [new.get(ref, ref) for ref in ring]
        self.list.rearrange(blocks, ring)
        self.clean()
        if self.tap is not None:
            for move in moves:
                self.tap(Moved(*move))

    def _refuse_move(self, move: Move) -> NoReturn:
        """Say why a move cannot be made: the block is pinned, or not there, or the move is none of its own."""
        ref, absent = self.find(move.handle)
        header = self.arenas.read(ref)
        if absent is None and header.pins:
            raise HandlePinned(move.handle, header.pins)
        raise ValueError(
            f"the move of {move.size:,} bytes from {move.src:#x} to {move.dst:#x} does not fit handle {move.handle:#x}"
        )

    # --- bytes -----------------------------------------------------------------------------------------------------------

    def fresh(self, address: int, size: int, zero: bool) -> None:
        """New memory for a block: zeroed, filled as the profile says, or as it was."""
        if zero:
            self.arena.fill(address, size)
        elif self.profile.fresh_fill is not None:
            self.arena.fill(address, size, self.profile.fresh_fill)

    def clean(self, start: int = 0, end: int = 1 << 32) -> None:
        """The debug kernel fills free memory with CCh; here the holes that touch start … end."""
        if self.profile.debug:
            for base, size in self.list.holes:
                if base < end and start < base + size:
                    self.arena.fill(base + self.header, size - self.header, FILL)

    def overwritten(self) -> int | None:
        """The linear address of the first free byte that is not CCh any more, or None (ValidateFreeSpaces)."""
        for base, size in self.list.holes:
            data = bytes(self.arena.view(base + self.header, size - self.header))
            rest = data.lstrip(bytes((FILL,)))
            if rest:
                address = base + self.header + len(data) - len(rest)
                self.report(OVERWRITTEN, 0, f"free memory is overwritten at {address:#x}")
                return address
        return None

    def report(self, code: int, handle: int, text: str) -> None:
        """The debug kernel complains."""
        if self.profile.debug and self.tap is not None:
            self.tap(Reported(code, handle, text))
