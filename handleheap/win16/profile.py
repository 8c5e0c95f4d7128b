"""Which Windows it is: every rule that differs between modes and versions, and every one that no source settles, by name.

    REAL       Windows 3.0 real mode      KERNEL     headers in band, handle table, every lock counts and pins
    STANDARD   Windows 3.1 standard mode  KRNL286    headers in band, two descriptors a block
    ENHANCED   Windows 3.1 enhanced mode  KRNL386    headers in Burgermaster, blocks without a header
    WIN32      ENHANCED with the rules that Wine's tests of Win32 ask for: no Windows that ever was, but good to compare

A profile is frozen; `dataclasses.replace(ENHANCED, debug=True)` makes another.

`.os.evidence`  each field names its source, as in docs/win16.md; [S] stated, [D] derived, [L] commonly published, [C] chosen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Profile:
    """The rules of one Windows. Sizes in bytes."""

    name: str
    kernel: str
    """File name of the kernel that works so [S]."""
    protected: bool
    """Selectors and descriptors; otherwise segments (ONT 2017-11-13 [S])."""
    headers_in_band: bool
    """Arena headers of 16 bytes in front of the blocks; otherwise 32 bytes in Burgermaster (UNDOC [S])."""
    memory: int
    """The default for `Kernel`: conventional memory, or a usual machine of its time [C]."""
    limit: int
    """The most memory that can be addressed: 20, 24 or 32 bits (Intel)."""
    max_block: int
    """GlobalAlloc refuses more: KB-Q74941 enhanced, KB-Q76686 standard [S]; real: what 16 bits of paragraphs hold [D]."""
    counts_all_locks: bool
    """GlobalLock counts for every movable block; otherwise only for discardable ones and DGROUPs (KB-Q61285 [S])."""
    compact_says_at_most: int | None = None
    """GlobalCompact never returns more (KB-Q84778 [S], standard mode: 1 MB)."""
    sticky_255: bool = True
    """A lock count that has reached 255 never falls again (ONT 2024-06-04 [S]); Win32 counts down from it."""
    discards_any: bool = False
    """GlobalDiscard works on blocks that are not discardable, too; 16-bit Windows refuses (QCWIN qcwi8smm [S])."""
    invalid_flags: int = 0
    """GlobalFlags of a bad handle: 0 in Wine [S], GMEM_INVALID_HANDLE in Win32."""
    discarded_keeps_discardable: bool = True
    """GlobalFlags of a discardable block that is gone: 4100h, as in Win32's tests; otherwise 4000h. Open [C]."""
    realloc_to_zero_frees: bool = True
    """GlobalReAlloc(h, 0, 0) frees an unlocked block and returns 0; otherwise it shrinks to a granule, as Wine. Open [C]."""
    unlock_of_fixed: int = 1
    """What GlobalUnlock returns for a fixed block: the manual of 3.1 says nonzero, other texts 0. Open [C]."""
    fixed_of_zero_bytes: bool = False
    """GlobalAlloc of a fixed block of no bytes: 0, as LocalAlloc says (WINE [S]); Win32 gives a block. Open [C]."""
    free_needs_unlocked: bool = False
    """GlobalFree refuses a locked block, as is documented; the retail kernel freed it [L]."""
    debug: bool = False
    """The debug kernel: free memory is filled with CCh, bad counts are reported (KB-Q32680, Q49838 [S])."""
    fresh_fill: int | None = None
    """A byte for new memory that is not to be zeroed, None for as it is: winevdm uses FFh, since programs count on it [S]."""

    @property
    def header(self) -> int:
        """Bytes in front of a block's data."""
        return 16 if self.headers_in_band else 0


REAL = Profile(
    name="real",
    kernel="KERNEL.EXE",
    protected=False,
    headers_in_band=True,
    memory=640 << 10,
    limit=MEGABYTE,
    max_block=MEGABYTE - 16,
    counts_all_locks=True,
)
STANDARD = Profile(
    name="standard",
    kernel="KRNL286.EXE",
    protected=True,
    headers_in_band=True,
    memory=4 * MEGABYTE,
    limit=16 * MEGABYTE,
    max_block=MEGABYTE - 16,
    counts_all_locks=False,
    compact_says_at_most=MEGABYTE,
)
ENHANCED = Profile(
    name="enhanced",
    kernel="KRNL386.EXE",
    protected=True,
    headers_in_band=False,
    memory=16 * MEGABYTE,
    limit=1 << 32,
    max_block=16 * MEGABYTE - (64 << 10),
    counts_all_locks=False,
)
WIN32 = replace(
    ENHANCED,
    name="win32",
    kernel="Win32 rules on KRNL386.EXE",
    counts_all_locks=True,
    sticky_255=False,
    discards_any=True,
    fixed_of_zero_bytes=True,
    invalid_flags=0x8000,
)
PROFILES = {profile.name: profile for profile in (REAL, STANDARD, ENHANCED, WIN32)}
