"""Where everything lies at birth.

    ENHANCED   0 THHOOK | 20 descriptor table | 10020 blocks …                          | Burgermaster: SELTAB, arenas |
    STANDARD   0 THHOOK | 20 descriptor table | 10030 sentinel | Burgermaster | blocks …                    | sentinel |
    REAL       0 THHOOK |                       30 sentinel | Burgermaster, handle table | blocks …         | sentinel |

Sizes of tables follow from the size of the memory: they run out where the mode itself has no more, not before. Addresses in hex.
All of this is chosen: the sources say what there is, not where.
"""

from __future__ import annotations

from typing import NamedTuple

from .layout import (
    DESCRIPTOR,
    DESCRIPTORS,
    DESCRIPTORS_AT,
    GRANULE,
    THHOOK_SIZE,
    Burgermaster16,
    Burgermaster32,
    HandleEntry,
    Header16,
    Header32,
)
from .profile import Profile

REAL_HANDLES = 4096
"""The return thunks of real mode count on no more segments (ONT 2012-06-29 [S])."""


class MemoryMap(NamedTuple):
    """Linear addresses, but for those that are offsets in Burgermaster. What a profile does not have is 0."""

    size: int
    """Of all memory."""
    low: int
    """Where the first sentinel is."""
    high: int
    """Where the last sentinel is."""
    burgermaster: int
    """Where its data begin."""
    burgermaster_end: int
    seltab: int
    """Offset in Burgermaster."""
    records: int
    """Offset in Burgermaster of the arena records."""
    record_count: int
    handles: int
    """Offset in Burgermaster of the handle table."""
    handle_count: int


def needed(profile: Profile, room: int) -> int:
    """The smallest memory in which blocks have `room` bytes beside the tables, in bytes."""
    low, high = 0, 2 * room + (1 << 20)
    while low < high:
        size = (low + high) // 2
        if _room(profile, size) >= room:
            high = size
        else:
            low = size + 1
    return low


def survey(profile: Profile, size: int) -> MemoryMap:
    """The map of `size` bytes. Raises ValueError where they are too few, or more than the mode can address."""
    if size > profile.limit:
        raise ValueError(f"{profile.name} mode addresses {profile.limit:,} bytes, not {size:,}")
    if _room(profile, size) < GRANULE:
        least = needed(profile, GRANULE)
        raise ValueError(f"{profile.name} mode needs at least {least:,} bytes for its tables, here are {size:,}")
    return _map(profile, size)


def _map(profile: Profile, size: int) -> MemoryMap:
    return _in_band(profile, size) if profile.headers_in_band else _out_of_line(size)


def _room(profile: Profile, size: int) -> int:
    """Bytes for blocks, or less than 0 where not even the tables have room."""
    made = _map(profile, size)
    return made.high - made.burgermaster_end if profile.headers_in_band else made.burgermaster - made.low


def _out_of_line(size: int) -> MemoryMap:
    """A record for each granule, as long as there are more descriptors than that; half of them may be free blocks."""
    low = DESCRIPTORS_AT + DESCRIPTORS * DESCRIPTOR
    records = _up(Burgermaster32.size + 4 * DESCRIPTORS)
    count = min(2 * DESCRIPTORS, max(0, size - low - records) // (GRANULE + Header32.size)) + 3
    burgermaster = (size - records - count * Header32.size) & -GRANULE
    return MemoryMap(size, low, size, burgermaster, size, Burgermaster32.size, records, count, 0, 0)


def _in_band(profile: Profile, size: int) -> MemoryMap:
    """Sentinels are a header and nothing else; blocks begin at multiples of 32, their data 16 bytes on: odd paragraphs."""
    table = DESCRIPTORS * DESCRIPTOR if profile.protected else 0
    low = THHOOK_SIZE + table + Header16.size
    handles = Burgermaster16.size + 2 if not profile.protected else 0
    count = min(REAL_HANDLES, max(64, size // GRANULE)) if not profile.protected else 0
    burgermaster = low + 2 * Header16.size
    end = _up(burgermaster + max(Burgermaster16.size, handles + count * HandleEntry.size))
    return MemoryMap(size, low, (size - Header16.size) & -GRANULE, burgermaster, end, 0, 0, 0, handles, count)


def _up(address: int) -> int:
    return (address + GRANULE - 1) & -GRANULE
