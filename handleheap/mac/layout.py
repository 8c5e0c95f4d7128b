"""What the structures of a Mac zone look like in memory: construct definitions with the evidence for each field.

    zone            header of 52 bytes, then blocks, then the trailer, a free block of 12 bytes
    block, 24-bit   8 bytes in front of its body      type, correction and physical size in one long; location
    block, 32-bit   12 bytes                          type, flags, 0, correction; physical size; location
    master pointer  4 bytes                           24-bit: flags in the high byte, address below; 32-bit: the address

All integers are big-endian. Evidence: [A] documented by Apple, [E] stated or tested by another implementation, [D] derived,
[M] generally said and not verified, [C] chosen; docs/mac.md names the sources.

`.hot.struct`  the codecs below are used in loops, construct itself only when this module is imported.
`.os.evidence`  each field says where it comes from.
"""

from __future__ import annotations

from construct import Bytes, Int8ub, Int16ub, Int32ub, Padding, Struct

from ..layout import codec

FREE_TYPE, FIXED_TYPE, MOVABLE_TYPE = 0, 1, 2
"""Block types in bits 7-6 of the first byte: free, nonrelocatable, relocatable [A]."""

LOCK, PURGE, RESOURCE = 0x80, 0x40, 0x20
"""Flags of a relocatable block [A]."""
FLAGS = LOCK | PURGE | RESOURCE

NORMAL_HEAP, LARGE_HEAP = 0, 1
"""`heapType`: bit 0 says that the zone is 32-bit (Universal Interfaces [A])."""

FREE_FLAGS = 0x1A
"""The flags byte of a free block in a 32-bit zone (Executor, "testing shows" [E])."""

GRAIN = 4
"""Physical sizes are multiples of this [E]."""
LEAST = 12
"""And never smaller [E]."""
TRAILER = 12

ZoneHeader = codec(
    Struct(
        "bkLim" / Int32ub * "address of the trailer block [A]",
        "purgePtr" / Int32ub * "where the next purge begins; nil: at the bottom [M]",
        "hFstFree" / Int32ub * "first free master pointer [A]",
        "zcbFree" / Int32ub * "physical sizes of all free blocks [A]",
        "gzProc" / Int32ub * "grow-zone function or nil [A]",
        "moreMast" / Int16ub * "master pointers to a block of them [A]",
        "flags" / Int16ub * "internal [A]; 0 [C]",
        "cntRel" / Int16ub * "reserved [A]; 0 [C]",
        "maxRel" / Int16ub * "reserved [A]; 0 [C]",
        "cntNRel" / Int16ub * "reserved [A]; 0 [C]",
        "heapType" / Int8ub * "bit 0: a 32-bit zone; the high byte of maxNRel before [A]",
        "maxNRel" / Int8ub * "reserved [A]; 0 [C]",
        "cntEmpty" / Int16ub * "reserved [A]; 0 [C]",
        "cntHandles" / Int16ub * "reserved [A]; 0 [C]",
        "minCBFree" / Int32ub * "reserved [A]; 0 [C]",
        "purgeProc" / Int32ub * "purge-warning procedure or nil [A]",
        "sparePtr" / Int32ub * "internal [A]; nil [E]",
        "allocPtr" / Int32ub * "the rover: where the next search starts [A]",
    ),
    "ZoneHeader",
)
"""The zone record up to heapData, where the first block is. Field order [A], offsets [E]."""

RESERVED = ("flags", "cntRel", "maxRel", "cntNRel", "maxNRel", "cntEmpty", "cntHandles", "minCBFree", "sparePtr")

Block24 = codec(
    Struct(
        "tag_size" / Int32ub * "bits 31-30 type, 27-24 correction, 23-0 physical size [A]",
        "location" / Int32ub * "relocatable: master pointer - zone; nonrelocatable: zone [A]; free: 0 [C]",
    ),
    "Block24",
)

Block32 = codec(
    Struct(
        "tag" / Int8ub * "bits 7-6 type [E]",
        "flags" / Int8ub * "80 locked, 40 purgeable, 20 resource; free: 1A [E]",
        "reserved" / Int8ub * "0 [E]",
        "correction" / Int8ub * "bytes behind the body [E]",
        "size" / Int32ub * "physical size [E]",
        "location" / Int32ub * "relocatable: master pointer - zone; nonrelocatable: zone; free: 0 [E]",
    ),
    "Block32",
)

MasterPointer = codec(
    Struct("pointer" / Int32ub * "address of the body, or of the next free master pointer; 24-bit: flags on top [A]"),
    "MasterPointer",
)

Trailer24 = codec(
    Struct(
        "tag_size" / Int32ub * "a free block of 12 bytes [E]",
        "location" / Int32ub * "0 [C]",
        "rest" / Bytes(4) * "0 [C]",
    ),
    "Trailer24",
)
"""In a 32-bit zone the trailer is the header of a free block, and nothing else."""

_LOW = [
    (0x108, "MemTop", Int32ub, "end of memory [E]"),
    (0x10C, "BufPtr", Int32ub, "above it are those who came first: here the notebook [E], [C]"),
    (0x114, "HeapEnd", Int32ub, "end of the application zone [E]"),
    (0x118, "TheZone", Int32ub, "the current zone [E]"),
    (0x130, "ApplLimit", Int32ub, "as far as the application zone may grow [E]"),
    (0x220, "MemErr", Int16ub, "result of the last call [E]"),
    (0x2A6, "SysZone", Int32ub, "the system zone [E]"),
    (0x2AA, "ApplZone", Int32ub, "the application zone [E]"),
    (0x31A, "Lo3Bytes", Int32ub, "which bits of an address count [E]; 32-bit: all of them [C]"),
    (0x31E, "MinStack", Int32ub, "least stack [E]"),
    (0x322, "DefltStack", Int32ub, "usual stack [E]"),
    (0x328, "GZRootHnd", Int32ub, "the handle that a grow-zone function must keep [E]"),
    (0x330, "GZMoveHnd", Int32ub, "a handle that is being moved [E]; not used"),
    (0x33C, "IAZNotify", Int32ub, "called when the application zone is made anew [E]; not used"),
    (0x904, "CurrentA5", Int32ub, "the boundary between the globals and the jump table [E]"),
    (0x908, "CurStackBase", Int32ub, "where the stack begins, downwards [E]"),
    (0x934, "CurJTOffset", Int16ub, "from A5 to the jump table [M]"),
]


def _low_memory() -> Struct:
    """The globals at their addresses, with padding between them."""
    fields, at = [], 0
    for address, name, kind, docs in _LOW:
        if address > at:
            fields.append(Padding(address - at))
        fields.append(name / kind * docs)
        at = address + kind.sizeof()
    return Struct(*fields)


LowMemory = codec(_low_memory(), "LowMemory")
"""Addresses: multiversal's MemoryMgr.yaml [E]."""
