"""Where everything lies at birth, in one table.

    0         1400             M/4              M/2   M/2+400            ApplLimit      CurStackBase  A5        BufPtr    MemTop
    +---------+----------------+----------------+-----+------------------+--------------+-------------+---------+---------+
    | low     | system zone    | temporary      | un- | application zone | stack,       | globals     | jump    | note-   |
    | memory  |                | zone           | cl. | … room to grow   | downwards    | of the A5 world       | book    |
    +---------+----------------+----------------+-----+------------------+--------------+-------------+---------+---------+

Addresses in hex; M is the size of memory. Nothing lies in the 400h bytes in the middle: zones of one's own can be laid there,
in a memory of 20000h from 10000 to 10400. The order of the parts follows System 7, where temporary memory is what the Process
Manager has between the system's zone and the programs'; all sizes are chosen.
"""

from __future__ import annotations

from typing import NamedTuple

from .notebook import Notebook

LOW = 0x1400
UNCLAIMED = 0x400
LEAST = 0x8000
ENTRIES = 64
"""Entries of the jump table: so many procedures can be bound."""
ENTRY = 8
PARAMETERS = 32
"""Bytes between A5 and the jump table (the usual CurJTOffset)."""
GLOBALS = 0x400
SYSTEM_MASTERS = 32
"""Master pointers to a block in the system zone (Executor [E])."""
APPLICATION_MASTERS = 64
"""And in the application zone (IM II-28 [A])."""


class MemoryMap(NamedTuple):
    """Addresses where the parts begin; each ends where the next one begins."""

    low: int
    system: int
    temporary: int
    unclaimed: int
    application: int
    heap_end: int
    """As far as the application zone goes at birth: half of what it may have."""
    appl_limit: int
    stack_base: int
    a5: int
    buf_ptr: int
    mem_top: int

    @property
    def jump_table(self) -> int:
        return self.a5 + PARAMETERS

    def stub(self, number: int) -> int:
        """The address by which a procedure in the jump table is called."""
        return self.jump_table + ENTRY * number + 2

    def parts(self) -> list[tuple[int, str]]:
        """(address, name) of all parts."""
        return [
            (0, "low memory"),
            (self.system, "system zone"),
            (self.temporary, "temporary zone"),
            (self.unclaimed, "unclaimed"),
            (self.application, "application zone"),
            (self.appl_limit, "stack"),
            (self.stack_base, "A5 world"),
            (self.buf_ptr, "notebook"),
        ]


def survey(size: int, bits: int) -> MemoryMap:
    """The map of `size` bytes. Raises ValueError where they are too few, or more than so many bits can address.

    >>> " ".join(f"{address:X}" for address in survey(0x20000, 24))
    '0 1400 8000 10000 10400 16AF0 1D1E0 1F1E0 1F5E0 1F800 20000'
    """
    if bits not in (24, 32):
        raise ValueError(f"addresses have 24 or 32 bits, not {bits}")
    if not LEAST <= size <= 1 << bits:
        raise ValueError(f"a Mac with {bits}-bit addresses has {LEAST:,} to {1 << bits:,} bytes of memory, not {size:,}")
    quarter = size // 4 & ~15
    application = 2 * quarter + UNCLAIMED
    buf_ptr = size - Notebook.size(size) & ~15
    a5 = buf_ptr - PARAMETERS - ENTRY * ENTRIES
    stack_base = a5 - GLOBALS
    appl_limit = stack_base - (size // 16 & ~15)
    heap_end = application + ((appl_limit - application) // 2 & ~15)
    return MemoryMap(0, LOW, quarter, 2 * quarter, application, heap_end, appl_limit, stack_base, a5, buf_ptr, size)
