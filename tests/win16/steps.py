"""What the conformance tests do again and again: profiles, block contents, memory that is full, layouts, events."""

import pytest

from handleheap.block import NOWHERE, Kind
from handleheap.events import Discarded, Moved, Recorder
from handleheap.win16 import (
    ENHANCED,
    GMEM_DISCARDABLE,
    GMEM_FIXED,
    GMEM_MOVEABLE,
    GMEM_NOCOMPACT,
    GMEM_NODISCARD,
    REAL,
    STANDARD,
    WIN32,
)

KB = 1024
PAGE = 4 * KB
SMALL = 384 * KB
HUGE = 0xFFFFFFFF
ROOM_FOR_A_TEST = 64 * KB


def profiles(*chosen):
    return pytest.mark.parametrize("profile", chosen, ids=lambda profile: profile.name)


real = profiles(REAL)
standard = profiles(STANDARD)
enhanced = profiles(ENHANCED)
protected = profiles(STANDARD, ENHANCED)
in_band = profiles(REAL, STANDARD)
sixteen_bit = profiles(REAL, STANDARD, ENHANCED)
every_profile = profiles(REAL, STANDARD, ENHANCED, WIN32)
win32 = profiles(WIN32)


# --- blocks --------------------------------------------------------------------------------------------------------------


def ask(kernel, gross):
    """The size to ask for so that the block takes up `gross` bytes of memory, its header included."""
    return gross - kernel.heap.traits.header


def where(kernel, *handles):
    return [kernel.heap.info(handle).base for handle in handles]


def end(kernel, handle):
    return kernel.heap.info(handle).end


def pattern(handle, size):
    """Contents that tell blocks and places in them apart; no byte is 0."""
    return bytes((handle * 31 + i * 7 + (i >> 8)) % 251 + 1 for i in range(size))


def put(kernel, handle, data=None):
    """Fill a block past every lock and LRU list; returns what it holds now."""
    block = kernel.heap.info(handle)
    data = pattern(handle, block.length) if data is None else data
    kernel.arena.view(block.body, len(data))[:] = data
    return data


def get(kernel, handle, size=None):
    block = kernel.heap.info(handle)
    assert block.base != NOWHERE
    return bytes(kernel.arena.view(block.body, block.length if size is None else size))


def state(kernel):
    return list(kernel.walk()), kernel.heap.discarded(), bytes(kernel.arena.memory)


def count(kernel, handle):
    return kernel.GlobalFlags(handle) & 0xFF


def gone(kernel):
    return {block.handle for block in kernel.heap.discarded()}


# --- events --------------------------------------------------------------------------------------------------------------


def told(kernel, call):
    """The result of `call`, and what the tap hears during it."""
    kernel.heap.tap = recorder = Recorder()
    try:
        return call(), recorder.events
    finally:
        kernel.heap.tap = None


def of(kind, events):
    return [event for event in events if isinstance(event, kind)]


def moved(events):
    return {event.handle for event in of(Moved, events)}


def discarded(events):
    return [event.handle for event in of(Discarded, events)]


# --- memory --------------------------------------------------------------------------------------------------------------


def holes(kernel):
    return [block for block in kernel.walk() if block.kind is Kind.FREE and block.size >= 32]


def largest(kernel):
    return max((block.size for block in holes(kernel)), default=0)


def discardable(kernel, gross=PAGE, flags=0):
    handle = kernel.GlobalAlloc(GMEM_MOVEABLE | GMEM_DISCARDABLE | flags, ask(kernel, gross))
    assert handle
    return handle


def movable(kernel, gross=PAGE, flags=0):
    handle = kernel.GlobalAlloc(GMEM_MOVEABLE | flags, ask(kernel, gross))
    assert handle
    return handle


def fixed(kernel, gross=PAGE):
    handle = kernel.GlobalAlloc(GMEM_FIXED, ask(kernel, gross))
    assert handle
    return handle


def fill(kernel):
    """Take all the memory that is left, in movable blocks that must be kept; returns their handles."""
    handles = []
    while gross := largest(kernel):
        handles.append(movable(kernel, gross, GMEM_NOCOMPACT | GMEM_NODISCARD))
    return handles


def full(kernel, flags=0, number=3):
    """Memory that is full: discardable blocks of 4 KB each, loaded in this order, and movable ones that must be kept."""
    blocks = [discardable(kernel, PAGE, flags) for _ in range(number)]
    filler = fill(kernel)
    assert not holes(kernel)
    assert sorted(where(kernel, *blocks), reverse=True) == where(kernel, *blocks)
    return blocks, filler


def stacked(kernel, *sizes, discardables=0):
    """Full memory without a gap: a fixed floor, movable blocks of these gross sizes above it, discardable ones on top.

    Returns the movable ones from the bottom up, and the discardable ones, oldest first.
    """
    blocks = [discardable(kernel) for _ in range(discardables)]
    floor = fixed(kernel, largest(kernel) - sum(sizes))
    handles = [movable(kernel, size) for size in sizes]
    edge = end(kernel, floor)
    for handle, size in zip(handles, sizes, strict=True):
        block = kernel.heap.info(handle)
        assert (block.base, block.size) == (edge, size)
        edge += size
    assert not holes(kernel)
    return handles, blocks


def clear(kernel, *handles):
    for handle in handles:
        assert kernel.GlobalFree(handle) == 0


def soil(kernel):
    """Leave no free byte zero."""
    handle = movable(kernel, min(largest(kernel), ROOM_FOR_A_TEST))
    put(kernel, handle, b"\xee" * kernel.GlobalSize(handle))
    clear(kernel, handle)
