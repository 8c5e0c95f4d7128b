"""Bytes from block to block: HandToHand, HandAndHand, PtrToXHand, Munger. Handles in, results or errors out.

What is copied from is a block that may move or be purged while room is made; its handle is looked up again afterwards. A
pointer is not: if it points into a block that moves, it is void, as it was on the Mac.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from ..errors import OutOfMemory, StaleHandle
from .layout import PURGE
from .machine import Machine
from .munger import NOT_FOUND, Splice, found
from .zone import Zone


def size(machine: Machine, h: int) -> int:
    """Logical size of the block of a handle."""
    zone, handle, _ = machine.find(h)
    return zone.length_of(zone.block_of(handle)[1])


def copy(machine: Machine, h: int) -> int:
    """Another handle with the same bytes, in the same zone."""
    zone, handle, _ = machine.find(h)
    n = size(machine, handle)
    with kept(zone, handle):
        made = zone.new_handle(n)
    machine.arena.move(machine.deref(handle), machine.deref(made), n)
    return made


def copy_from(machine: Machine, p: int, n: int) -> int:
    """A handle with the `n` bytes at a pointer, in the current zone."""
    machine.view(p, max(0, n))
    made = machine.zone().new_handle(n)
    machine.arena.move(machine.strip(p), machine.deref(made), n)
    return made


def append(machine: Machine, a: int, b: int) -> None:
    """The bytes of `a` behind those of `b`."""
    zone, source, _ = machine.find(a)
    n, at = size(machine, source), size(machine, b)
    target_zone, target, _ = machine.find(b)
    with kept(zone, source):
        target_zone.resize(target, at + n)
    machine.arena.move(machine.deref(source), machine.deref(target) + at, n)


def splice(machine: Machine, h: int, where: Splice, p: int, n: int) -> None:
    """Let the `n` bytes at a pointer replace some of a block, which gets the size that it takes."""
    zone, handle, _ = machine.find(h)
    old = size(machine, handle)
    if n < 0:
        raise OutOfMemory(n, zone.free_bytes, zone.free.largest())
    machine.view(p, n)
    behind, tail = where.at + where.length, old - where.at - where.length
    if n < where.length:
        body = machine.deref(handle)
        machine.arena.move(body + behind, body + where.at + n, tail)
    zone.resize(handle, old - where.length + n)
    body = machine.deref(handle)
    if n > where.length:
        machine.arena.move(body + behind, body + where.at + n, tail)
    machine.arena.move(machine.strip(p), body + where.at, n)


def munge(machine: Machine, h: int, offset: int, ptr1: int, len1: int, ptr2: int, len2: int) -> int:
    """What Munger returns: where to go on, or NOT_FOUND."""
    zone, handle, _ = machine.find(h)
    base, header = zone.block_of(handle)
    text = bytes(machine.arena.view(base + zone.blocks.header, zone.length_of(header)))
    where = found(text, offset, machine.read(ptr1, max(0, len1)) if machine.strip(ptr1) else None, len1)
    if where is None:
        return NOT_FOUND
    if not machine.strip(ptr2):
        return where.at
    splice(machine, handle, where, ptr2, len2)
    return where.at + len2


@contextmanager
def kept(zone: Zone, handle: int) -> Iterator[None]:
    """A block that is not purged meanwhile, since its bytes are wanted."""
    purgeable = zone.flags(handle) & PURGE
    zone.blocks.set_flags(handle, zone.flags(handle) & ~PURGE)
    try:
        yield
    finally:
        with suppress(StaleHandle):  # a grow-zone function has done away with it
            if zone.base_of(handle) is not None:
                zone.blocks.set_flags(handle, zone.flags(handle) | purgeable)
