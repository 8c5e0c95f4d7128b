"""Every rule of the Memory Manager that no source settles, by name, with the value we recommend.

A profile is frozen; `dataclasses.replace(SYSTEM7, fit="first")` makes another.

`.os.evidence`  each field names its sources, as in docs/mac.md; [C] chosen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Profile:
    """The rules of one Memory Manager. Sizes in bytes."""

    name: str = "system7"
    fit: str = "rover"
    """Where the search for a relocatable block starts: at allocPtr (Executor), or at the bottom (Inside Macintosh, AMS)."""
    pointers_move_rover: bool = True
    """A nonrelocatable block moves allocPtr, too (Executor)."""
    purge_rotates: bool = True
    """A purge starts where the last one stopped (said of purgePtr); otherwise at the bottom (Executor)."""
    sizes_physical: bool = True
    """CompactMem, MaxBlock, MaxMem and PurgeSpace count the header of the block that they tell of [C]; Executor mixes both."""
    state_keeps_resource: bool = False
    """HSetState leaves a resource bit that is set (systemless); otherwise it sets all three (Executor)."""
    reallocate_locked: bool = False
    """ReallocateHandle of a locked block unlocks it and succeeds (systemless); otherwise memPurErr (Executor)."""
    dispose_nil_is_error: bool = False
    """DisposeHandle(nil) is nilHandleErr (AMS); otherwise noErr (Executor, since programs do it)."""
    empty_keeps_flags: bool = False
    """In a 24-bit zone an empty handle keeps its flags; otherwise they are cleared (Executor)."""
    min_block_32: int = 12
    """Least physical size in 32-bit zones: 12 (Executor), perhaps 16."""
    hhi_hops: bool = False
    """MoveHHi passes blocks that cannot move, to the highest room there is; otherwise it stops below the first (IM)."""
    masters_from_top: bool = True
    """Of a new block of master pointers the highest is handed out first (Executor)."""
    bklim_is_limit: bool = False
    """bkLim tells the limit given to InitZone (systemless); otherwise the trailer, 12 bytes below (IM, Executor, AMS)."""
    grows_in_place: bool = True
    """SetHandleSize uses the memory behind the block (Executor); otherwise a block that grows moves (systemless)."""
    recover_checks: bool = True
    """RecoverHandle makes sure that the master pointer points back (Executor); otherwise a stale pointer gives a stale handle."""
    handle_zone_of_nil_is_error: bool = False
    """HandleZone(nil) is nilHandleErr, as documented; otherwise noErr, as observed on System 7.5.3."""
    foresight: bool = False
    """Nothing is moved or purged for a request that could not be served even so [C]; otherwise all is tried (Executor)."""
    guarded: bool = False
    """DisposeHandle looks through the free master pointers first (DoubleTrouble); otherwise a second dispose may be fatal."""
    scramble: bool = False
    """Heap scramble, as in MacsBug: every block that can move does, before each call that may move blocks."""
    fresh_fill: int | None = None
    """A byte for new memory that is not to be cleared (A5h in systemless, 75h in AMS), None for as it is."""
    free_fill: bytes | None = None
    """Four bytes for freed memory (50FFC001h in Apple's Xap), None for as it is."""

    def __post_init__(self) -> None:
        if self.fit not in ("rover", "first"):
            raise ValueError(f"no fit {self.fit!r}: there are rover and first")
        if self.min_block_32 not in (12, 16):
            raise ValueError(f"min_block_32 is 12 or 16, not {self.min_block_32}")
        if self.free_fill is not None and len(self.free_fill) != 4:
            raise ValueError(f"free_fill is four bytes, not {len(self.free_fill)}")


SYSTEM7 = Profile()


FITS = {"next": "rover", "first": "first"}
"""The field's names of our fits: a rover is next fit."""


def prudent(fit: str | None = None) -> Profile:
    """The profile of heaps that are embedded or compared: nothing is moved or purged in vain."""
    return replace(SYSTEM7, fit=FITS[fit or "next"], foresight=True)
