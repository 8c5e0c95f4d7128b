"""What the structures of the global heap look like in memory: construct definitions with the evidence for each field.

    REAL, STANDARD    arena header, 16 bytes, in front of its block (KRNL286: 5 words are selectors; KERNEL: segments)
    ENHANCED          arena record, 32 bytes, in Burgermaster (KRNL386)
    all               THHOOK at linear 0; Burgermaster, the heap's own control block
    protected modes   descriptors of 8 bytes (Intel), one for each selector
    REAL              handle-table entries of 4 bytes in Burgermaster

Field order and meaning are from N. K. Zykov, Undocumented Windows 3.0/3.1 (1993), offsets derived from it; the runs that
Wine and winevdm declare as well agree. [S] stated, [D] derived, [C] chosen where the sources are silent.

`.hot.struct`  the codecs below are used in loops, construct itself only when this module is imported.
`.os.evidence`  each field says where it comes from.
"""

from __future__ import annotations

from construct import Bytes, Int8ul, Int16ul, Int32ul, Padding, Struct

from ..layout import codec

PARAGRAPH = 16
GRANULE = 32

THHOOK_AT = 0x00
THHOOK_SIZE = 0x20
DESCRIPTORS_AT = 0x20
DESCRIPTOR = 8
DESCRIPTORS = 8192
"""As many as a local descriptor table has (Intel); KB-Q68644 counts handles from it [S]."""

OWNER_FREE = 0x0000
OWNER_SENTINEL = 0xFFFF
OWNER_BURGERMASTER = 0xFFFD
OWNER_TEMPORARY = 0xFFF9
"""−7 [S]: also what belongs to no task, which is so until the first one starts [C]."""

DGROUP = 0x04  # [S] "third bit"; Wine GA_DGROUP
DISCARDABLE = 0x08  # [S] "fourth bit"; Wine GA_DISCARDABLE
NOTIFY = 0x40  # [C]

Header16 = codec(
    Struct(
        "locks" / Int8ul * "lock count [S]",
        "owner" / Int16ul * "0 free, FFFF sentinel, FFFD Burgermaster, else PDB or module [S]",
        "size" / Int16ul * "paragraphs behind the header [S]; of a free block at most FFFF [C]",
        "flags" / Int8ul * "04 DGROUP, 08 discardable [S], 40 notify [C]",
        "prev" / Int16ul * "previous arena; the first points to itself [S]",
        "next" / Int16ul * "next arena; the last points to itself [S]",
        "handle" / Int16ul * "low bit set: fixed [S]",
        "lru_prev" / Int16ul * "ring of discardables [S]; chain of free blocks [C]",
        "lru_next" / Int16ul * "ring of discardables [S]; chain of free blocks [C]",
    ),
    "ArenaHeader16",
)
"""KRNL286 and the real-mode KERNEL: in front of the block, whose data begin 16 bytes on [S], offsets [D]."""

Header32 = codec(
    Struct(
        "prev" / Int32ul * "previous arena, offset in Burgermaster; the first points to itself [S]",
        "next" / Int32ul * "next arena; the last points to itself [S]",
        "base" / Int32ul * "linear address [S]",
        "size" / Int32ul * "bytes [S]",
        "handle" / Int16ul * "low bit set: fixed [S]",
        "owner" / Int16ul * "0 free, FFFF sentinel, FFFD Burgermaster, else PDB or module [S]",
        "locks" / Int8ul * "lock count [S]",
        "page_locks" / Int8ul * "page-lock count [S]",
        "flags" / Int8ul * "04 DGROUP, 08 discardable [S], 40 notify [C]",
        "selectors" / Int8ul * "number of tiles [S]",
        "lru_prev" / Int32ul * "ring of discardables [S]; chain of free blocks [C]",
        "lru_next" / Int32ul * "ring of discardables [S]; chain of free blocks [C]",
    ),
    "ArenaHeader32",
)
"""KRNL386: out of line, in Burgermaster [S]; the size 20h is asserted by winevdm's toolhelp.c, too."""

Burgermaster16 = codec(
    Struct(
        "check" / Int16ul * "not 0: intact [S]",
        "freeze" / Int16ul * "not 0: do not change or compact [S]",
        "arenas" / Int16ul * "number of arenas [S]",
        "first" / Int16ul * "first arena [S]",
        "last" / Int16ul * "last arena [S]",
        "compactions" / Int8ul * "counter, modulo 256 [S]",
        "discard_level" / Int8ul * "not 0 while blocks are being discarded [S]",
        "discarded" / Int16ul * "total discarded [S], counted in blocks [C]",
        "handle_table" / Int16ul * "offset of the first handle [S]; KERNEL only [C]",
        "free_handles" / Int16ul * "first free handle [S]; KERNEL only [C]",
        "handle_delta" / Int16ul * "handles in a table [S]; all of them at once [C]",
        "expand" / Int16ul * "procedure that expands the heap [S]; none here",
        "statistics" / Int16ul * "pointer [S]; none here",
        "lru_lock" / Int16ul * "guards the ring against the timer [S]",
        "lru_first" / Int16ul * "head of the ring [S]: the oldest [C]",
        "lru_count" / Int16ul * "blocks in the ring [S]",
        "reserve" / Int16ul * "kept for discardable code [S], paragraphs [D]",
        "fence" / Int16ul * "limit of the reserve [S], paragraphs from linear 0, 0 for none [C]",
        "free_blocks" / Int16ul * "number of free blocks [S]",
    ),
    "Burgermaster16",
)
"""KRNL286 [S], offsets [D]. The first 1Eh bytes of both are laid out as in the local heap's control block."""

Burgermaster32 = codec(
    Struct(
        "check" / Int16ul * "not 0: intact [S]",
        "freeze" / Int16ul * "not 0: do not change or compact [S]",
        "arenas" / Int16ul * "number of arenas [S]",
        "first" / Int32ul * "first arena [S]",
        "last" / Int32ul * "last arena [S]",
        "compactions" / Int8ul * "counter, modulo 256 [S]",
        "discard_level" / Int8ul * "not 0 while blocks are being discarded [S]",
        "discarded" / Int32ul * "total discarded [S], counted in blocks [C]",
        "handle_table" / Int16ul * "unused in KRNL386 [S]",
        "free_handles" / Int16ul * "unused in KRNL386 [S]",
        "handle_delta" / Int16ul * "unused in KRNL386 [S]",
        "expand" / Int16ul * "unused in KRNL386 [S]",
        "statistics" / Int16ul * "unused in KRNL386 [S]",
        "lru_lock" / Int16ul * "guards the ring against the timer [S]",
        "lru_first" / Int32ul * "head of the ring [S]: the oldest [C]",
        "lru_count" / Int16ul * "blocks in the ring [S]",
        "reserve" / Int32ul * "kept for discardable code [S], bytes [D]",
        "fence" / Int32ul * "limit of the reserve [S], linear, 0 for none [C]",
        "free_blocks" / Int16ul * "number of free blocks [S]",
    ),
    "Burgermaster32",
)
"""KRNL386 [S], offsets [D]."""

Thhook = codec(
    Struct(
        "hGlobalHeap" / Int16ul * "handle of Burgermaster [S]",
        "pGlobalHeap" / Int16ul * "its selector or segment [S]",
        "first_module" / Int16ul * "head of the list of modules [S]",
        "last_module" / Int16ul * "its end [C]",
        "TopPDB" / Int16ul * "the kernel's own PDB [S]; none here",
        "HeadPDB" / Int16ul * "first PDB in the list [S]; none here",
        "unknown" / Int16ul * "between two known fields [D]",
        "first_task" / Int16ul * "head of the list of tasks [S]",
        "current_task" / Int16ul * "who is running [S]",
        "unknown_12" / Int16ul * "between two known fields [D]",
        "locked_task" / Int16ul * "who alone may run [S]; none here",
        "seltab_length" / Int16ul * "entries in the selector table (3.1) [S]",
        "seltab_offset" / Int32ul * "where it is in Burgermaster (3.1) [S]",
        Padding(4),
    ),
    "THHOOK",
)
"""The kernel's variables that debuggers know (exported in 3.1) [S]. At linear 0 [C]."""

Descriptor = codec(
    Struct(
        "limit" / Int16ul * "last offset, bits 0-15 (Intel)",
        "base" / Int16ul * "linear base, bits 0-15 (Intel)",
        "base_16" / Int8ul * "linear base, bits 16-23 (Intel)",
        "access" / Int8ul * "80 present, 60 DPL, 10 segment, 0E type, 01 accessed (Intel)",
        "limit_16" / Int8ul * "386: limit bits 16-19, 80 limit in pages (Intel); 286: 0",
        "base_24" / Int8ul * "386: linear base, bits 24-31 (Intel); 286: 0",
    ),
    "Descriptor",
)
"""A segment descriptor in memory (Intel 80286 and 80386 manuals)."""

AbsentDescriptor = codec(
    Struct(
        "owner" / Int16ul * "of the block that is discarded [C]",
        "flags" / Int16ul * "its arena flags [C]",
        "selectors" / Int8ul * "number of tiles it holds [C]",
        "access" / Int8ul * "present bit clear: the processor reads nothing else (Intel)",
        "reserved" / Int16ul,
    ),
    "AbsentDescriptor",
)
"""The descriptor of a discarded or empty handle: its other seven bytes are the kernel's to use (Intel); how, is chosen."""

HandleEntry = codec(
    Struct(
        "segment" / Int16ul * "of the data; of what is discarded, the owner",
        "flags" / Int8ul * "FF unused, 80 + arena flags: discarded, 00 in memory",
        "reserved" / Int8ul * "FF unused",
    ),
    "HandleEntry",
)
"""REAL: what a movable handle points to. Its size of 4 is commonly published [L]; the rest is chosen."""

TaskDatabase = codec(
    Struct(
        "next" / Int16ul * "next task [S]",
        Padding(0x1A),
        "hInst" / Int16ul * "DGROUP of this instance [S]",
        "hModule" / Int16ul * "its module [S]",
        Padding(0x10),
        "notify" / Int32ul * "GlobalNotify procedure, far [C]",
        Padding(0x2C),
        "hPDB" / Int16ul * "its PDB: the owner of what it allocates [S]",
        Padding(0x90),
        "name" / Bytes(8) * "name of the module [S]",
        "signature" / Int16ul * "'TD' [S]",
        Padding(4),
        "int20" / Int16ul * "CD 20, as in every PDB [S]: here begins the PDB",
        Padding(0xFE),
    ),
    "TaskDatabase",
)
"""The first 512 bytes of a task: database and PDB (Wine's TDB [S]; KB-Q105274: 512 bytes below 1 MB [S])."""

PDB_AT = 0x100
TD = 0x4454

ModuleDatabase = codec(
    Struct(
        "signature" / Int16ul * "'NE' [S]",
        "usage" / Int16ul * "instances [S]",
        Padding(2),
        "next" / Int16ul * "next module [S]",
        Padding(0x1E),
        "resident_names" / Int16ul * "offset of the length byte of the name [S]",
        Padding(0x18),
        "length" / Int8ul * "of the name [S]",
        "name" / Bytes(8),
        Padding(0x17),
    ),
    "ModuleDatabase",
)
"""What is left of an NE header in memory, as far as the heap needs it: a name for what a module owns (Wine's NE_MODULE [S])."""

NE = 0x454E
