"""Views that pin, uncompiled. `pin.pyx` is the compiled twin.

    heap.view(h)  ──>  memoryview ──> exporter of the bytes ──> word of the block += VIEW        its end takes that back

`.core.pin`  a block has one pin for each exporter of its bytes that is alive; all that is derived from a view keeps its own.

The exporter is a ctypes array. A class with `__buffer__` (PEP 688) costs as much, and cannot be trusted with the end: when a
cycle is collected, its attributes are cleared before `__release_buffer__` runs.
"""

from __future__ import annotations

from _weakref import ref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def exported(heap: Any, index: int) -> memoryview:
    """A view of the block; it is pinned while that lives, or anything made of it."""
    from ctypes import c_ubyte

    length, guards = heap.extent[index], heap.guards
    memory = heap.arena.view(heap.base[index], length) if length else bytearray()
    exporter = (c_ubyte * length).from_buffer(memory)

    def gone(guard: object) -> None:
        del guards[id(guard)]
        heap.unpin(index)

    guard = ref(exporter, gone)
    guards[id(guard)] = guard
    heap.pin(index)
    return memoryview(exporter).cast("B")
