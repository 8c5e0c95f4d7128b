"""The list of arenas and what hangs on it: the chain of free blocks, the ring of discardable ones, an index of both.

    sentinel <-> block <-> free <-> block <-> … <-> sentinel          in address order
    sentinel <-> free <-> free <-> … <-> sentinel                     the free chain, through the LRU fields
    oldest <-> … <-> newest <-> oldest                                 the ring; its head in Burgermaster is the oldest

It carves, releases and rearranges; what belongs where is decided by the heap. Nothing is told to anybody here.

`.bytes.truth`  the index (`holes`, `free_at`, `movables`, `keepers`) is recomputed from the bytes by `check`.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator

from ..control import Control
from ..errors import HeapCorrupt, OutOfHandles
from ..fit import Holes
from .arenas import Header, InBand, OutOfLine
from .layout import DISCARDABLE, OWNER_BURGERMASTER, OWNER_FREE, OWNER_SENTINEL

Placed = tuple[int, int, int, Header]
"""(base, end, reference, header as it was before the move) of a block."""


class BlockList:
    """Blocks from `first` to `last`, two sentinels. Addresses and sizes count in-band headers; all are multiples of 32."""

    def __init__(self, arenas: OutOfLine | InBand, control: Control) -> None:
        self.arenas, self.control = arenas, control
        self.holes = Holes()
        self.free_at: dict[int, int] = {}
        self.movables: list[int] = []
        self.keepers: list[int] = []

    # --- birth and attachment --------------------------------------------------------------------------------------------

    def begin(self, first: int, last: int) -> None:
        """An empty list between two sentinels that are there."""
        for sentinel in (first, last):
            self.arenas.dress(sentinel, 0, OWNER_SENTINEL, 0, 0)
        self.control.put("first", first)
        self.control.put("last", last)
        self.first, self.last = first, last
        self.arenas.link(first, first)
        self.arenas.link(last, last)
        self.arenas.set_chain(first, first, last)
        self.arenas.set_chain(last, first, last)
        self.control.put("arenas", 2)

    def insert(self, before: int, base: int, end: int, after: int) -> int:
        """A new arena between two that are there."""
        ref = self.arenas.create(base, end)
        self.arenas.link(before, ref)
        self.arenas.link(ref, after)
        self.control.add("arenas", 1)
        return ref

    def add_free(self, before: int, base: int, end: int, after: int) -> None:
        """A free block between two arenas that are there; it merges with them if they are free."""
        self._free(self.insert(before, base, end, after), base, end, before, after)

    def index(self) -> None:
        """Read the index from the bytes."""
        self.first, self.last = self.control.get("first"), self.control.get("last")
        holes: list[tuple[int, int]] = []
        self.free_at, self.movables, self.keepers = {}, [], []
        for ref, header in self.arenas.walk(self.first):
            if header.owner == OWNER_FREE:
                self.free_at[header.base] = ref
                holes.append((header.base, header.end - header.base))
            elif header.owner not in (OWNER_SENTINEL, OWNER_BURGERMASTER):
                self._note(header.base, header.movable, header.flags)
        self.holes = Holes(holes)

    def _note(self, base: int, movable: bool, flags: int) -> None:
        if movable:
            insort(self.movables, base)
        if not flags & DISCARDABLE:
            insort(self.keepers, base)

    def _forget(self, base: int, movable: bool, flags: int) -> None:
        if movable:
            del self.movables[bisect_left(self.movables, base)]
        if not flags & DISCARDABLE:
            del self.keepers[bisect_left(self.keepers, base)]

    # --- carving and releasing -------------------------------------------------------------------------------------------

    def carve(self, hole: int, at: int, need: int) -> int:
        """A reference to `need` bytes at `at` in the hole that begins at `hole`; what is left on either side stays free.

        They are not dressed yet. Raises OutOfHandles, before anything is changed.
        """
        ref = self.free_at[hole]
        free = self.arenas.read(ref)
        below, above = at > hole, at + need < free.end
        if not self.arenas.spare(below + above):
            raise OutOfHandles(need, self.arenas.name)
        self._unchain(ref, hole)
        self.holes.cut(at, need)
        if below:
            self.arenas.end_at(ref, hole, at)
            new = self.insert(ref, at, at + need, free.next)
            self._rechain(free.lru_prev, ref, free.lru_next)
            self._free_again(ref, hole)
        else:
            new = self._made_anew(ref, hole, hole + need, free)
        if above:
            rest = self.insert(new, at + need, free.end, free.next)
            before, after = (ref, free.lru_next) if below else (free.lru_prev, free.lru_next)
            self._rechain(before, rest, after)
            self._free_again(rest, at + need)
        return new

    def _made_anew(self, ref: int, base: int, end: int, old: Header) -> int:
        """The arena that begins where a free one did, with its links."""
        ref = self.arenas.recreate(ref, base, end)
        self.arenas.link(old.prev, ref)
        self.arenas.link(ref, old.next)
        return ref

    def _free_again(self, ref: int, base: int) -> None:
        self.free_at[base] = ref
        self.control.add("free_blocks", 1)

    def dress(self, ref: int, base: int, handle: int, owner: int, flags: int, tiles: int) -> None:
        """A carved arena becomes a block."""
        self.arenas.dress(ref, handle, owner, flags, tiles)
        self._note(base, not handle & 1, flags)
        if flags & DISCARDABLE:
            self.newest(ref)

    def release(self, ref: int, header: Header) -> None:
        """A block becomes free and merges with its free neighbours."""
        self._forget(header.base, header.movable, header.flags)
        if header.flags & DISCARDABLE:
            self.leave_ring(ref)
        self._free(ref, header.base, header.end, header.prev, header.next)

    def _free(self, ref: int, base: int, end: int, before: int, after: int) -> None:
        """Make the arena a free one, merged with its neighbours."""
        self.holes.add(base, end - base)
        following, preceding = self.arenas.read(after), self.arenas.read(before)
        chain = None
        if following.owner == OWNER_FREE:
            chain = following.lru_prev, following.lru_next
            del self.free_at[following.base]
            self.arenas.destroy(after)
            self._count(-1)
            end, after = following.end, following.next
        if preceding.owner == OWNER_FREE:
            chain = preceding.lru_prev, chain[1] if chain else preceding.lru_next
            del self.free_at[preceding.base]
            self.arenas.destroy(ref)
            self._count(-1)
            base, ref, before = preceding.base, before, preceding.prev
        ref = self.arenas.recreate(ref, base, end)
        self.arenas.link(before, ref)
        self.arenas.link(ref, after)
        self._rechain(*self._chain_at(base, chain, ref))
        self._free_again(ref, base)

    def _count(self, free: int) -> None:
        self.control.add("arenas", free)
        self.control.add("free_blocks", free)

    def _chain_at(self, base: int, chain: tuple[int, int] | None, ref: int) -> tuple[int, int, int]:
        """(before, ref, after) in the free chain: that of the neighbours that went into it, or found by address."""
        if chain:
            return chain[0], ref, chain[1]
        at = bisect_left(self.holes.bases, base)
        before = self.free_at[self.holes.bases[at - 1]] if at else self.first
        after = self.free_at[self.holes.bases[at + 1]] if at + 1 < len(self.holes.bases) else self.last
        return before, ref, after

    def _rechain(self, before: int, ref: int, after: int) -> None:
        """`ref` stands between these two in the free chain."""
        self.arenas.set_chain(ref, before, after)
        self.arenas.set_chain(before, self.arenas.chain(before)[0], ref)
        self.arenas.set_chain(after, ref, self.arenas.chain(after)[1])

    def _unchain(self, ref: int, base: int) -> None:
        before, after = self.arenas.chain(ref)
        self.arenas.set_chain(before, self.arenas.chain(before)[0], after)
        self.arenas.set_chain(after, before, self.arenas.chain(after)[1])
        del self.free_at[base]
        self.control.add("free_blocks", -1)

    # --- resizing in place -----------------------------------------------------------------------------------------------

    def shrink(self, ref: int, header: Header, end: int) -> bool:
        """Cut a block off at `end`; False if there is nothing that could name the rest."""
        if not self.arenas.spare(1):
            return False
        self.add_free(ref, end, header.end, header.next)
        self.arenas.end_at(ref, header.base, end)
        return True

    def grow(self, ref: int, header: Header, end: int) -> bool:
        """Let a block reach to `end`, if what is behind it is free; otherwise False."""
        after = header.next
        free = self.arenas.read(after)
        if free.owner != OWNER_FREE or free.end < end:
            return False
        before, behind = free.lru_prev, free.lru_next
        self.holes.cut(header.end, end - header.end)
        if free.end == end:
            self._unchain(after, free.base)
            self.arenas.destroy(after)
            self.control.add("arenas", -1)
            self.arenas.link(ref, free.next)
        else:
            rest = self.arenas.recreate(after, end, free.end)
            self.arenas.link(ref, rest)
            self.arenas.link(rest, free.next)
            self._rechain(before, rest, behind)
            del self.free_at[free.base]
            self.free_at[end] = rest
        self.arenas.end_at(ref, header.base, end)
        return True

    # --- the ring of discardables ----------------------------------------------------------------------------------------

    def ring(self) -> Iterator[int]:
        """References of discardable blocks, the least recently used first."""
        ref = self.control.get("lru_first")
        for _ in range(self.control.get("lru_count")):
            yield ref
            ref = self.arenas.chain(ref)[1]

    def newest(self, ref: int) -> None:
        """Let a block that is not in the ring enter it as the most recently used."""
        count, head = self.control.get("lru_count"), self.control.get("lru_first")
        if not count:
            self.arenas.set_chain(ref, ref, ref)
            self.control.put("lru_first", ref)
        else:
            tail = self.arenas.chain(head)[0]
            self.arenas.set_chain(ref, tail, head)
            self.arenas.set_chain(tail, self.arenas.chain(tail)[0], ref)
            self.arenas.set_chain(head, ref, self.arenas.chain(head)[1])
        self.control.put("lru_count", count + 1)

    def oldest(self, ref: int) -> None:
        """The same as the least recently used."""
        self.newest(ref)
        self.control.put("lru_first", ref)

    def leave_ring(self, ref: int) -> None:
        before, after = self.arenas.chain(ref)
        self.arenas.set_chain(before, self.arenas.chain(before)[0], after)
        self.arenas.set_chain(after, before, self.arenas.chain(after)[1])
        count = self.control.get("lru_count") - 1
        self.control.put("lru_count", count)
        if self.control.get("lru_first") == ref:
            self.control.put("lru_first", after if count else 0)

    def set_flags(self, ref: int, header: Header, flags: int) -> None:
        """Other flags; a block that becomes discardable enters the ring, one that is to be kept leaves it."""
        self._forget(header.base, header.movable, header.flags)
        self._note(header.base, header.movable, flags)
        self.arenas.set_flags(ref, flags)
        if flags & ~header.flags & DISCARDABLE:
            self.newest(ref)
        elif header.flags & ~flags & DISCARDABLE:
            self.leave_ring(ref)

    def rename(self, ref: int, header: Header, handle: int, tiles: int) -> None:
        """Another handle for the same block."""
        self._forget(header.base, header.movable, header.flags)
        self._note(header.base, not handle & 1, header.flags)
        self.arenas.dress(ref, handle, header.owner, header.flags, tiles)

    # --- rearranging -----------------------------------------------------------------------------------------------------

    def check_arrangement(self, blocks: Iterable[tuple[int, int]]) -> None:
        """Raise ValueError if (base, end) in address order overlap or leave the heap, OutOfHandles if gaps lack arenas."""
        low, high = self.arenas.read(self.first).end, self.arenas.read(self.last).base
        gaps, at = 0, low
        for base, end in blocks:
            if base < at:
                raise ValueError(f"a plan moves a block to {base:#x}, where another one is or no block may be")
            gaps += base > at
            at = end
        if at > high:
            raise ValueError(f"a plan moves a block beyond the heap, which ends at {high:#x}")
        gaps += high > at
        if not self.arenas.spare(gaps - len(self.free_at)):
            raise OutOfHandles(0, self.arenas.name, self.holes.free, self.holes.largest)

    def rearrange(self, blocks: list[Placed], ring: list[int]) -> None:
        """Link anew after moves: every block in address order, but for the sentinels.

        `ring` is the ring of discardables in order, needed where references change with addresses.
        """
        arenas, spare = self.arenas, sorted(self.free_at.values(), reverse=True)
        high = arenas.read(self.last).base
        holes: list[tuple[int, int]] = []
        free: list[int] = []
        before, at = self.first, arenas.read(self.first).end
        for base, end, ref in [*(block[:3] for block in blocks), (high, high, self.last)]:
            if base > at:
                gap = arenas.recreate(spare.pop(), at, base) if spare else self._create(at, base)
                arenas.link(before, gap)
                before = gap
                holes.append((at, base - at))
                free.append(gap)
            arenas.link(before, ref)
            before, at = ref, end
        for ref in spare:
            arenas.destroy(ref)
            self.control.add("arenas", -1)
        self.control.put("free_blocks", len(free))
        chain = [self.first, self.first, *free, self.last, self.last]
        for position in range(1, len(chain) - 1):
            arenas.set_chain(chain[position], chain[position - 1], chain[position + 1])
        if arenas.moves_references and ring:
            for position, ref in enumerate(ring):
                arenas.set_chain(ref, ring[position - 1], ring[(position + 1) % len(ring)])
            self.control.put("lru_first", ring[0])
        self.holes = Holes(holes)
        self.free_at = dict(zip((base for base, _ in holes), free, strict=True))
        own = [(base, header) for base, _, _, header in blocks if header.owner != OWNER_BURGERMASTER]
        self.movables = [base for base, header in own if header.movable]
        self.keepers = [base for base, header in own if not header.flags & DISCARDABLE]

    def _create(self, base: int, end: int) -> int:
        self.control.add("arenas", 1)
        return self.arenas.create(base, end)

    # --- checking --------------------------------------------------------------------------------------------------------

    def check(self) -> None:
        """Raise HeapCorrupt where links, counts, chain, ring and index contradict each other."""
        walked = list(self.arenas.walk(self.first))
        before, at = self.first, walked[0][1].base
        for ref, header in walked:
            if header.prev != before or header.base != at:
                raise HeapCorrupt("arenas are linked both ways and tile the heap", f"arena {ref:#x}: {header}, expected {at:#x}")
            before, at = ref, header.end
        if walked[-1][0] != self.last:
            raise HeapCorrupt("the list ends at the last arena", f"{walked[-1][0]:#x}, not {self.last:#x}")
        free = [ref for ref, header in walked if header.owner == OWNER_FREE]
        ring = {ref for ref, header in walked if header.flags & DISCARDABLE}
        counts = {"arenas": len(walked), "free_blocks": len(free), "lru_count": len(ring)}
        for field, count in counts.items():
            if self.control.get(field) != count:
                raise HeapCorrupt("Burgermaster counts right", f"{field} is {self.control.get(field)}, not {count}")
        chain = [self.first, self.first, *free, self.last, self.last]
        for position in range(1, len(chain) - 1):
            linked = self.arenas.chain(chain[position])
            if linked != (chain[position - 1], chain[position + 1]):
                raise HeapCorrupt("the free chain is the free blocks in address order", f"arena {chain[position]:#x}: {linked}")
        found = list(self.ring())
        if set(found) != ring or any(self.arenas.chain(ref)[0] != found[at - 1] for at, ref in enumerate(found)):
            raise HeapCorrupt("the ring is the discardable blocks", f"{[hex(ref) for ref in found]}")
        cached = list(self.holes), self.free_at, self.movables, self.keepers
        self.index()
        if cached != (list(self.holes), self.free_at, self.movables, self.keepers):
            raise HeapCorrupt("the index says what the arenas say", f"holes {list(self.holes)[:4]}, cached {cached[0][:4]}")
        self.arenas.check(walked)
