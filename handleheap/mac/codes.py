"""Result codes of the Memory Manager (multiversal's MemoryMgr.yaml), and which errors they stand for."""

from __future__ import annotations

from collections.abc import Callable

from ..errors import BlockDiscarded, HandlePinned, HeapError, OutOfMemory, StaleHandle

noErr = 0
paramErr = -50
memROZErr = -99
memFullErr = -108
nilHandleErr = -109
memAdrErr = -110
memWZErr = -111
memPurErr = -112
memAZErr = -113
memPCErr = -114
memBCErr = -115
memSCErr = -116
memLockedErr = -117

maxSize = 0x800000
"""For CompactMem and PurgeMem: everything (IM: Memory 118)."""


class Fault(HeapError):
    """A handle or pointer that is none; `code` is the result code for it."""

    def __init__(self, code: int) -> None:
        super().__init__(f"result code {code}")
        self.code = code


def code_of(error: HeapError, pinned: int = memPurErr) -> int:
    """The result code for an error, `pinned` for a locked block; what is no answer of the Memory Manager is raised again."""
    if isinstance(error, Fault):
        return error.code
    if isinstance(error, OutOfMemory):
        return memFullErr
    if isinstance(error, BlockDiscarded):
        return nilHandleErr
    if isinstance(error, HandlePinned):
        return pinned
    if isinstance(error, StaleHandle):
        return memWZErr
    raise error


def attempt(verb: Callable[[], object], pinned: int = memPurErr) -> int:
    """The result code of an attempt."""
    try:
        verb()
    except HeapError as error:
        return code_of(error, pinned)
    return noErr
