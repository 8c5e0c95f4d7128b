"""What an allocation tries, one rung after the other: where Windows looks, what it moves, whom it discards.

    search     in the area of this kind of block
    compact    slide, if that makes a hole; then anywhere
    discard    the least recently used first, until there is a hole; a proc may refuse

(PETZ prog53e0, QCWIN qcwi3fzi [S]; details chosen, see docs/win16.md.) Nothing is moved or discarded for a request that could
not be served even so.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple, NoReturn

from ..block import Block, Kind
from ..errors import OutOfHandles, OutOfMemory, StaleHandle
from ..events import Refused, RungTried
from .arenas import Header
from .ask import walk
from .layout import DISCARDABLE, NOTIFY
from .plans import roomiest, settle, spans, widen
from .state import State

FIXED = Kind.FIXED
EVERYTHING = 0xFFFFFFFF


class Request(NamedTuple):
    """What the ladder is to find room for. Sizes in bytes, counting an in-band header."""

    need: int
    kind: Kind
    discardable: bool = False
    compact: bool = True
    discard: bool = True
    below: int = 1 << 32
    """Where the block must end at the latest."""
    keep: int = 0
    """A handle that must not be discarded for it."""


def find(heap: State, request: Request) -> int:
    """The address of a hole for the request. Raises OutOfMemory after the last rung."""
    hole = climb(heap, request)
    if hole is None:
        refuse(heap, request)
    return hole


def climb(heap: State, request: Request) -> int | None:
    """The same, or None: one rung of the ladder after the other."""
    frozen = heap.control.get("freeze") or heap.asking
    compact = request.compact and heap.compacts and not frozen
    discard = request.compact and request.discard and not frozen
    need = request.need
    hole = None
    if need <= heap.traits.max_block:
        hole = search(heap, request, anywhere=not compact)
    tell_rung(heap, "search", need, hole)
    if hole is None and need <= heap.traits.max_block:
        if compact:
            hole = after_compaction(heap, request)
            tell_rung(heap, "compact", need, hole)
        if hole is None and discard:
            hole = after_discards(heap, request, compact)
            tell_rung(heap, "discard", need, hole)
    return hole


def search(heap: State, request: Request, anywhere: bool) -> int | None:
    """A hole where a request of this kind looks: in its own area, or anywhere."""
    holes, need = heap.list.holes, request.need
    fence = heap.fence
    if holes.largest < need:
        return None
    if request.discardable:
        return next((base for base in reversed(holes.bases) if min(base + holes.sizes[base], fence) - base >= need), None)
    hole = holes.first(need)
    if hole is None or hole + need > min(fence, request.below):
        return None
    if anywhere or hole <= border(heap, request.kind):
        return hole
    return None


def border(heap: State, kind: Kind) -> int:
    """The highest address at which a hole still is in this kind's area: below all movables, or not among the discardables."""
    if kind is FIXED:
        return heap.list.movables[0] if heap.list.movables else 1 << 32
    last = heap.list.keepers[-1] if heap.list.keepers else 0
    holes = heap.list.holes.bases
    above = bisect_right(holes, last)
    return holes[above] if above < len(holes) else last


def after_compaction(heap: State, request: Request) -> int | None:
    """Compact, if that makes a hole that is large enough, and take it."""
    blocks = list(walk(heap))
    if possible(heap, request, blocks, discards=False):
        if request.kind is FIXED:
            moves = widen(blocks, request.need, min(request.below, heap.fence))
        else:
            moves = settle(blocks, heap.fence)
        if moves:
            heap.carry_out(moves)
    return search(heap, request, anywhere=True)


def after_discards(heap: State, request: Request, compact: bool) -> int | None:
    """Discard, the least recently used first, until there is a hole; compact as soon as that makes one."""
    if not heap.control.get("lru_count"):
        return None
    blocks = walk(heap) if compact else held(walk(heap))
    if not possible(heap, request, blocks, discards=True):
        return None
    heap.control.put("discard_level", 1)
    try:
        for handle in [heap.arenas.read(ref).handle for ref in heap.list.ring()]:
            if handle == request.keep or candidate(heap, handle) is None:
                continue
            if goes(heap, handle):
                heap.evict(handle)
            hole = search(heap, request, anywhere=not compact)
            if hole is None and compact and heap.list.holes.free >= request.need:
                hole = after_compaction(heap, request)
            if hole is not None:
                return hole
    finally:
        heap.control.put("discard_level", 0)
    return None


def held(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks as they are to who may not slide them: what must be kept stays where it is."""
    return (b if b.kind is Kind.FREE or b.discardable else b._replace(locks=1) for b in blocks)


def possible(heap: State, request: Request, blocks: Iterable[Block], *, discards: bool) -> bool:
    """Would there be a hole between two pins if everything slid together, and if what may go went?"""
    for span in spans(blocks):
        stay = [b for b in span.blocks if not (discards and b.discardable and b.handle != request.keep)]
        above = max(span.start, heap.fence)
        wasted = max(0, span.end - above) - sum(max(0, b.end - max(b.base, above)) for b in stay)
        room = span.end - span.start - sum(b.size for b in stay) - wasted
        if room >= request.need and span.start + request.need <= request.below:
            return True
    return False


def goes(heap: State, handle: int) -> bool:
    """May this block be discarded now? Its owner's proc is asked where it wished to be, and may free it in the meantime."""
    header = candidate(heap, handle)
    if header is None or heap.veto is None or not header.flags & NOTIFY:
        return header is not None
    heap.asking = True
    try:
        vetoed = heap.veto(handle, header.owner)
    finally:
        heap.asking = False
    return not vetoed and candidate(heap, handle) is not None


def candidate(heap: State, handle: int) -> Header | None:
    """The header of a block that could be discarded: it is there, discardable, and nothing pins it."""
    try:
        ref, absent = heap.find(handle)
    except StaleHandle:
        return None
    header = heap.arenas.read(ref) if absent is None else None
    return header if header and header.flags & DISCARDABLE and not header.pins else None


def tell_rung(heap: State, rung: str, need: int, hole: int | None) -> None:
    """Tell the tap of a rung, and whether it served."""
    if heap.tap is not None:
        heap.tap(RungTried(rung, need, hole is not None))


def refuse(heap: State, request: Request, what: str = "") -> NoReturn:
    """Tell the tap that the ladder ends here, and raise OutOfMemory; OutOfHandles where `what` is lacking."""
    holes = heap.list.holes
    if heap.tap is not None:
        heap.tap(Refused(request.need, holes.free, holes.largest))
    if what:
        raise OutOfHandles(request.need, what, holes.free, holes.largest)
    raise OutOfMemory(request.need, holes.free, holes.largest)


def compact_for(heap: State, wanted: int) -> int:
    """GlobalCompact: slide, then discard until `wanted` bytes are in one piece; 0 discards nothing, FFFFFFFFh everything.

    Returns the largest free block in bytes; for 0 the largest that there would be without discardables (SDK31 sdk39z1o).
    """
    blocks = list(walk(heap))
    if not heap.control.get("freeze"):
        slide(heap, blocks)
        everything = wanted == EVERYTHING
        victims = [heap.arenas.read(ref).handle for ref in heap.list.ring()] if wanted else []
        for handle in victims:
            if heap.largest >= wanted and not everything:
                break
            if goes(heap, handle):
                heap.evict(handle)
                if heap.largest < wanted <= heap.list.holes.free:
                    slide(heap, walk(heap))
        if everything:
            slide(heap, walk(heap))
    return heap.largest if wanted else max(0, roomiest(blocks) - heap.header)


def slide(heap: State, blocks: Iterable[Block]) -> None:
    """Compact, if there is anything to move."""
    moves = settle(blocks, heap.fence)
    if moves:
        heap.carry_out(moves)
