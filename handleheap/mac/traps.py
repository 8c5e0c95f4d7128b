"""The routines by their trap words, and which of them may move or purge blocks.

Trap words: multiversal's MemoryMgr.yaml and OSUtil.yaml. Bit 10 means the system zone, bit 9 clears the block. What has no
trap is glue or a global in low memory. Which may move: Inside Macintosh: Memory, routine by routine, and More Macintosh Toolbox.
"""

from __future__ import annotations

from types import MappingProxyType

OS_DISPATCH = 0xA88F

TRAPS = MappingProxyType(
    {
        "InitZone": 0xA019,
        "GetZone": 0xA11A,
        "SetZone": 0xA01B,
        "InitApplZone": 0xA02C,
        "SetApplBase": 0xA057,
        "MaxApplZone": 0xA063,
        "SetApplLimit": 0xA02D,
        "MoreMasters": 0xA036,
        "StackSpace": 0xA065,
        "NewHandle": 0xA122,
        "NewHandleClear": 0xA322,
        "NewHandleSys": 0xA522,
        "NewHandleSysClear": 0xA722,
        "NewEmptyHandle": 0xA166,
        "NewEmptyHandleSys": 0xA566,
        "DisposeHandle": 0xA023,
        "GetHandleSize": 0xA025,
        "SetHandleSize": 0xA024,
        "HandleZone": 0xA126,
        "RecoverHandle": 0xA128,
        "ReallocateHandle": 0xA027,
        "EmptyHandle": 0xA02B,
        "HLock": 0xA029,
        "HUnlock": 0xA02A,
        "HPurge": 0xA049,
        "HNoPurge": 0xA04A,
        "HSetRBit": 0xA067,
        "HClrRBit": 0xA068,
        "HGetState": 0xA069,
        "HSetState": 0xA06A,
        "MoveHHi": 0xA064,
        "NewPtr": 0xA11E,
        "NewPtrClear": 0xA31E,
        "NewPtrSys": 0xA51E,
        "NewPtrSysClear": 0xA71E,
        "DisposePtr": 0xA01F,
        "GetPtrSize": 0xA021,
        "SetPtrSize": 0xA020,
        "PtrZone": 0xA148,
        "FreeMem": 0xA01C,
        "FreeMemSys": 0xA41C,
        "MaxBlock": 0xA061,
        "MaxBlockSys": 0xA461,
        "MaxMem": 0xA11D,
        "MaxMemSys": 0xA51D,
        "CompactMem": 0xA04C,
        "CompactMemSys": 0xA44C,
        "PurgeMem": 0xA04D,
        "PurgeMemSys": 0xA44D,
        "PurgeSpace": 0xA062,
        "PurgeSpaceSys": 0xA462,
        "ReserveMem": 0xA040,
        "ReserveMemSys": 0xA440,
        "BlockMove": 0xA02E,
        "BlockMoveData": 0xA22E,
        "SetGrowZone": 0xA04B,
        "StripAddress": 0xA055,
        "HandToHand": 0xA9E1,
        "PtrToHand": 0xA9E3,
        "PtrToXHand": 0xA9E2,
        "HandAndHand": 0xA9E4,
        "PtrAndHand": 0xA9EF,
        "Munger": 0xA9E0,
        "TempNewHandle": OS_DISPATCH,
        "TempFreeMem": OS_DISPATCH,
        "TempMaxMem": OS_DISPATCH,
        "TempTopMem": OS_DISPATCH,
        "TempHLock": OS_DISPATCH,
        "TempHUnlock": OS_DISPATCH,
        "TempDisposeHandle": OS_DISPATCH,
    }
)

_ALLOCATING = "NewHandle NewHandleClear NewHandleSys NewHandleSysClear NewEmptyHandle NewEmptyHandleSys"
_ALLOCATING += " NewPtr NewPtrClear NewPtrSys NewPtrSysClear MoreMasters TempNewHandle"
_RESIZING = "SetHandleSize SetPtrSize ReallocateHandle HandToHand PtrToHand PtrToXHand HandAndHand PtrAndHand Munger"
_MAKING_ROOM = (
    "ReserveMem ReserveMemSys CompactMem CompactMemSys PurgeMem PurgeMemSys MaxMem MaxMemSys TempMaxMem MoveHHi HLockHi"
)

MAY_MOVE = frozenset(f"{_ALLOCATING} {_RESIZING} {_MAKING_ROOM}".split())
"""After one of these every dereferenced handle is void, unless it is locked."""

_ZONES = "InitZone GetZone SetZone SystemZone ApplicationZone InitApplZone SetApplBase MaxApplZone SetApplLimit GetApplLimit"
_ZONES += " StackSpace TopMem SetGrowZone GZSaveHnd MemError StripAddress"
_FLAGS = "HLock HUnlock HPurge HNoPurge HSetRBit HClrRBit HGetState HSetState TempHLock TempHUnlock"
_FREEING = "DisposeHandle DisposePtr EmptyHandle TempDisposeHandle"
_ASKING = (
    "GetHandleSize GetPtrSize HandleZone PtrZone RecoverHandle FreeMem FreeMemSys MaxBlock MaxBlockSys PurgeSpace PurgeSpaceSys"
)
_ASKING += " TempFreeMem TempTopMem BlockMove BlockMoveData"

NEVER_MOVE = frozenset(f"{_ZONES} {_FLAGS} {_FREEING} {_ASKING}".split())
"""These leave every block where it is. (EmptyHandle takes one block away, its own.)"""
