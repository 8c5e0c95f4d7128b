"""The heap on paper: its structures field by field, with addresses, bytes and meaning."""

from __future__ import annotations

from .globalheap import GlobalHeap
from .handles import Entries
from .layout import (
    DESCRIPTOR,
    DESCRIPTORS_AT,
    OWNER_BURGERMASTER,
    OWNER_FREE,
    OWNER_SENTINEL,
    AbsentDescriptor,
    Descriptor,
    HandleEntry,
    Header16,
    Header32,
    Thhook,
)

BODY = 32
"""So many bytes of a block are shown."""


def dump(heap: GlobalHeap) -> str:
    """THHOOK, Burgermaster, each arena with the start of its bytes, and the handles of discarded blocks."""
    memory = heap.arena.memory
    parts = [Thhook.annotate(memory, 0), heap.control.codec.annotate(memory, heap.map.burgermaster)]
    for ref, header in heap.arenas.walk(heap.list.first):
        kind = {OWNER_SENTINEL: "sentinel", OWNER_FREE: "free", OWNER_BURGERMASTER: "Burgermaster"}.get(header.owner)
        name = kind or ("movable" if header.movable else "fixed")
        layout, at = (Header16, header.base) if heap.header else (Header32, heap.map.burgermaster + ref)
        lines = [f"--- {name}: arena {ref:#x}, linear {header.base:#x} to {header.end:#x}", layout.annotate(memory, at)]
        if kind is None:
            lines.append(_handle(heap, header.handle))
            body = header.base + heap.header
            lines.append(heap.arena.hexdump(body, min(BODY, header.end - body)))
        parts.append("\n".join(lines))
    parts += [f"--- discarded or empty: handle {b.handle:#x}\n{_handle(heap, b.handle)}" for b in heap.discarded()]
    return "\n\n".join(parts) + "\n"


def _handle(heap: GlobalHeap, handle: int) -> str:
    """The descriptor or table entry of a handle."""
    memory = heap.arena.memory
    if isinstance(heap.handles, Entries):
        if handle & 1:
            return f"handle {handle:#x} is the segment"
        return HandleEntry.annotate(memory, heap.handles.start + handle - heap.handles.offset)
    at = DESCRIPTORS_AT + DESCRIPTOR * (handle >> 3)
    return (AbsentDescriptor if heap.is_discarded(handle) else Descriptor).annotate(memory, at)
