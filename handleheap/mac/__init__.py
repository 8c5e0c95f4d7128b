"""The classic Mac OS: the Memory Manager of System 6 and 7, faithful to the byte, under its own names."""

from __future__ import annotations

from ..errors import UnboundProc
from .codes import (
    maxSize,
    memAdrErr,
    memAZErr,
    memBCErr,
    memFullErr,
    memLockedErr,
    memPCErr,
    memPurErr,
    memROZErr,
    memSCErr,
    memWZErr,
    nilHandleErr,
    noErr,
    paramErr,
)
from .heap import MacHeap
from .profile import SYSTEM7, Profile
from .toolbox import Toolbox
from .traps import MAY_MOVE, NEVER_MOVE, TRAPS
from .zone import Zone

__all__ = [
    "MAY_MOVE",
    "NEVER_MOVE",
    "SYSTEM7",
    "TRAPS",
    "MacHeap",
    "Profile",
    "Toolbox",
    "UnboundProc",
    "Zone",
    "maxSize",
    "memAZErr",
    "memAdrErr",
    "memBCErr",
    "memFullErr",
    "memLockedErr",
    "memPCErr",
    "memPurErr",
    "memROZErr",
    "memSCErr",
    "memWZErr",
    "nilHandleErr",
    "noErr",
    "paramErr",
]
