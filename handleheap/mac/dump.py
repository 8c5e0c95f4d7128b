"""Zones on paper: header, blocks and master pointers field by field, with addresses, bytes and meaning."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ..block import Kind
from ..control import Control
from .blocks import Header
from .layout import (
    FREE_TYPE,
    LOCK,
    MOVABLE_TYPE,
    PURGE,
    RESOURCE,
    Block24,
    Block32,
    MasterPointer,
    Trailer24,
    ZoneHeader,
)
from .state import MASTER, State

BODY = 32
"""So many bytes of a block are shown."""


def dump(low: Control, zones: Mapping[str, State]) -> str:
    """Low memory, then each zone."""
    rows = [f"{low.codec.offsets[name]:#06x}  {name:<14} {low.get(name):#x}" for name in low.codec.fields]
    parts = ["Low memory", *rows, ""]
    for name, zone in zones.items():
        parts += [f"=== {name} zone, {zone.bits}-bit, {zone.start:#x} to {zone.limit:#x}", "", dump_zone(zone)]
    return "\n".join(parts)


def dump_zone(zone: State) -> str:
    """Zone header, each block with the start of its bytes, trailer. Raises HeapCorrupt where blocks do not tile the zone."""
    layout = Block24 if zone.bits == 24 else Block32
    parts = [ZoneHeader.annotate(zone.memory, zone.start)]
    used = {block.handle for block in zone.records() if block.kind is Kind.MOVABLE}
    for base, header in zone.scan():
        lines = [f"--- {_title(zone, base, header)}", layout.annotate(zone.memory, base)]
        body, length = base + zone.blocks.header, zone.length_of(header)
        if base in zone.tables:
            lines += _masters(zone, base, used)
        elif header.type != FREE_TYPE and length:
            lines.append(zone.arena.hexdump(body, min(BODY, length)))
        parts.append("\n".join(lines))
    trailer = Trailer24 if zone.bits == 24 else Block32
    parts.append(f"--- trailer\n{trailer.annotate(zone.memory, zone.end)}")
    return "\n\n".join(parts) + "\n"


def _title(zone: State, base: int, header: Header) -> str:
    """What a block is, and what its bytes are."""
    at = f"at {base:#x}{', where the rover is' if zone.header.get('allocPtr') == base else ''}"
    if header.type == FREE_TYPE:
        return f"free block {at}: {header.size:,} bytes"
    parts = f"{zone.blocks.header} header, {zone.length_of(header):,} asked for, {header.correction} left over"
    size = f"{header.size:,} bytes = {parts}"
    if header.type == MOVABLE_TYPE:
        master = zone.start + header.location
        return f"relocatable block {at}: handle {master:#x}{_flags(zone.blocks.flags(master))}; {size}"
    return f"{'master pointers' if base in zone.tables else 'nonrelocatable block'} {at}: {size}"


def _flags(flags: int) -> str:
    names = {LOCK: "locked", PURGE: "purgeable", RESOURCE: "resource"}
    return "".join(f", {name}" for bit, name in names.items() if flags & bit)


def _masters(zone: State, table: int, used: Collection[int]) -> list[str]:
    """A block of master pointers, one a line."""
    spare = set(zone.spare_masters())
    lines = []
    for master in zone.slots(table):
        pointer = MasterPointer.get(zone.memory, master, "pointer")
        if master in used:
            what = f"to the body at {zone.blocks.pointer(master):#x}{_flags(zone.blocks.flags(master))}"
        elif master in spare:
            what = f"free, the next is {pointer:#x}" if pointer else "free, the last"
        else:
            what = "to no block" if pointer else "empty"
        lines.append(f"{master:#06x}  {bytes(zone.memory[master : master + MASTER]).hex(' ')}  {what}")
    return lines
