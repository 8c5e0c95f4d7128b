"""Every routine of the Memory Manager that no row of the conformance table touches: codes, zones, what moves and what does not.

Inside Macintosh: Memory, unless a test says otherwise.
"""

import pytest

from handleheap import mac
from handleheap.events import Discarded, RungTried
from handleheap.mac import (
    MAY_MOVE,
    NEVER_MOVE,
    TRAPS,
    Toolbox,
    maxSize,
    memAdrErr,
    memFullErr,
    memWZErr,
    nilHandleErr,
    noErr,
)

from . import steps
from .steps import (
    LOCKED,
    MEMORY,
    POISON,
    PURGEABLE,
    RESOURCE,
    block,
    discarded,
    each_width,
    everything,
    everywhere,
    exhaust,
    fill,
    free_blocks,
    get,
    header,
    lay,
    live,
    moved,
    of,
    physical,
    poison,
    put,
    refuses,
    text,
    told,
)

boot = steps.booting


def names(*words):
    return pytest.mark.parametrize("name", words)


# --- codes of what is no live handle -------------------------------------------------------------------------------------

ON_A_HANDLE = {
    "GetHandleSize": lambda tb, h: tb.GetHandleSize(h),
    "SetHandleSize": lambda tb, h: tb.SetHandleSize(h, 20),
    "HLock": lambda tb, h: tb.HLock(h),
    "HUnlock": lambda tb, h: tb.HUnlock(h),
    "HPurge": lambda tb, h: tb.HPurge(h),
    "HNoPurge": lambda tb, h: tb.HNoPurge(h),
    "HSetRBit": lambda tb, h: tb.HSetRBit(h),
    "HClrRBit": lambda tb, h: tb.HClrRBit(h),
    "HSetState": lambda tb, h: tb.HSetState(h, LOCKED),
    "MoveHHi": lambda tb, h: tb.MoveHHi(h),
    "HLockHi": lambda tb, h: tb.HLockHi(h),
    "HandToHand": lambda tb, h: tb.HandToHand(h)[0],
    "PtrToXHand": lambda tb, h: tb.PtrToXHand(tb.ApplicationZone(), h, 4),
    "PtrAndHand": lambda tb, h: tb.PtrAndHand(tb.ApplicationZone(), h, 4),
    "HandAndHand, the source": lambda tb, h: tb.HandAndHand(h, tb.friend),
    "HandAndHand, the target": lambda tb, h: tb.HandAndHand(tb.friend, h),
}
ON_WHAT_MAY_BE_EMPTY = {
    "EmptyHandle": lambda tb, h: tb.EmptyHandle(h),
    "ReallocateHandle": lambda tb, h: tb.ReallocateHandle(h, 20),
    "HandleZone": lambda tb, h: tb.HandleZone(h),
    "DisposeHandle": lambda tb, h: tb.DisposeHandle(h),
}
EVERY_CALL_ON_A_HANDLE = ON_A_HANDLE | ON_WHAT_MAY_BE_EMPTY
GIVES_ITS_ZERO = {"GetHandleSize", "HandleZone"}


class WithFriend(Toolbox):
    """A toolbox that knows a live handle, for calls that want two."""

    friend = 0


def refused(tb, name, h, code):
    """The call on `h` gives `code`, in every place where a code can be, and changes nothing."""
    before = everything(tb)
    result = refuses(tb, lambda: EVERY_CALL_ON_A_HANDLE[name](tb, h), code)
    assert result == (0 if name in GIVES_ITS_ZERO else code)
    assert everything(tb) == before


@pytest.fixture
def befriended(boot, monkeypatch):
    """boot, for a Toolbox with a live handle `friend`."""
    monkeypatch.setattr(steps, "Toolbox", WithFriend)

    def start(*args, **facts):
        tb = boot(*args, **facts)
        tb.friend = tb.NewHandle(4)
        return tb

    return start


@each_width
@names(*ON_A_HANDLE)
def test_nil_is_no_handle(befriended, bits, name):
    tb = befriended(bits)
    refused(tb, name, 0, nilHandleErr)


@each_width
@names(*ON_A_HANDLE)
def test_an_empty_handle_has_no_block_to_work_on(befriended, bits, name):
    tb = befriended(bits)
    refused(tb, name, tb.NewEmptyHandle(), nilHandleErr)


@each_width
@names(*sorted(EVERY_CALL_ON_A_HANDLE.keys() - {"DisposeHandle"}))
def test_a_disposed_handle_leads_to_a_free_block(befriended, bits, name):
    tb = befriended(bits)
    h = tb.NewHandle(40)
    tb.DisposeHandle(h)
    refused(tb, name, h, memWZErr)


@each_width
@names(*EVERY_CALL_ON_A_HANDLE)
@pytest.mark.parametrize("wrong", ["odd", "beyond memory", "at the end of memory"])
def test_an_odd_address_and_one_out_of_memory_are_no_handles(befriended, bits, name, wrong):
    tb = befriended(bits)
    h = {"odd": tb.friend + 1, "beyond memory": MEMORY + 0x1000, "at the end of memory": MEMORY}[wrong]
    refused(tb, name, h, memAdrErr)


@each_width
@pytest.mark.parametrize(("wrong", "low_byte"), [("nil", 0x93), ("empty", 0x93), ("disposed", 0x91), ("odd", 0x92)])
def test_the_state_of_no_handle_is_the_low_byte_of_the_code(boot, bits, wrong, low_byte):
    tb = boot(bits)
    well, disposed = tb.NewHandle(40), tb.NewHandle(40)
    handle = {"nil": 0, "empty": tb.NewEmptyHandle(), "disposed": disposed, "odd": well + 1}[wrong]
    tb.DisposeHandle(disposed)
    poison(tb)
    assert tb.HGetState(handle) == low_byte
    assert tb.MemError() == low_byte - 0x100


@each_width
def test_disposing_of_nil_is_no_error(boot, bits):
    """Executor and real programs, against Advanced Mac Substitute: unsettled."""
    tb = boot(bits)
    before = everything(tb)
    poison(tb)
    assert tb.DisposeHandle(0) == noErr == tb.MemError()
    assert everything(tb) == before


@each_width
def test_disposing_of_nil_is_an_error_where_the_profile_says_so(boot, bits):
    """dispose_nil_is_error."""
    tb = boot(bits, dispose_nil_is_error=True)
    assert refuses(tb, lambda: tb.DisposeHandle(0), nilHandleErr) == nilHandleErr


@each_width
def test_a_garbage_handle_is_survived(boot, bits):
    """Programs were seen to dispose of $FFFF0048."""
    tb = boot(bits)
    before = everything(tb)
    assert refuses(tb, lambda: tb.DisposeHandle(0xFFFF0048), memAdrErr) == memAdrErr
    assert everything(tb) == before


@each_width
def test_a_nil_handle_is_not_reallocated(boot, bits):
    tb = boot(bits)
    before = everything(tb)
    assert tb.ReallocateHandle(0, 20) != noErr
    assert tb.MemError() != noErr
    assert everything(tb) == before


@each_width
def test_nil_recovers_nothing(boot, bits):
    tb = boot(bits)
    assert tb.RecoverHandle(0) == 0
    assert tb.MemError() != noErr


ON_A_POINTER = {
    "DisposePtr": lambda tb, p: tb.DisposePtr(p),
    "GetPtrSize": lambda tb, p: tb.GetPtrSize(p),
    "SetPtrSize": lambda tb, p: tb.SetPtrSize(p, 8),
    "PtrZone": lambda tb, p: tb.PtrZone(p),
}


@each_width
@names(*ON_A_POINTER)
@pytest.mark.parametrize(("wrong", "code"), [("free", memWZErr), ("odd", memAdrErr), ("beyond memory", memAdrErr)])
def test_what_is_no_pointer_is_refused(boot, bits, name, wrong, code):
    tb = boot(bits)
    p, q = tb.NewPtr(40), tb.NewPtr(40)
    tb.DisposePtr(p)
    wrong = {"free": p, "odd": q + 1, "beyond memory": MEMORY + 0x1000}[wrong]
    before = everything(tb)
    result = refuses(tb, lambda: ON_A_POINTER[name](tb, wrong), code)
    assert result == (0 if name in ("GetPtrSize", "PtrZone") else code)
    assert everything(tb) == before


# --- every call sets MemErr, but those of temporary memory ----------------------------------------------------------------

SUCCEED = {
    **{name: call for name, call in EVERY_CALL_ON_A_HANDLE.items() if "," not in name},
    "HGetState": lambda tb, h: tb.HGetState(h),
    "RecoverHandle": lambda tb, h: tb.RecoverHandle(tb.deref(h)),
    "HandAndHand": lambda tb, h: tb.HandAndHand(tb.friend, h),
    "PtrToHand": lambda tb, h: tb.PtrToHand(tb.deref(h), 4),
    "NewHandle": lambda tb, h: tb.NewHandle(4),
    "NewEmptyHandle": lambda tb, h: tb.NewEmptyHandle(),
    "NewPtr": lambda tb, h: tb.NewPtr(4),
    "DisposePtr": lambda tb, h: tb.DisposePtr(tb.friendly_pointer),
    "GetPtrSize": lambda tb, h: tb.GetPtrSize(tb.friendly_pointer),
    "SetPtrSize": lambda tb, h: tb.SetPtrSize(tb.friendly_pointer, 2),
    "PtrZone": lambda tb, h: tb.PtrZone(tb.friendly_pointer),
    "MoreMasters": lambda tb, h: tb.MoreMasters(),
    "MaxMem": lambda tb, h: tb.MaxMem(),
    "PurgeMem": lambda tb, h: tb.PurgeMem(4),
    "PurgeSpace": lambda tb, h: tb.PurgeSpace(),
    "ReserveMem": lambda tb, h: tb.ReserveMem(4),
    "BlockMove": lambda tb, h: tb.BlockMove(tb.deref(h), tb.deref(h), 4),
    "SetGrowZone": lambda tb, h: tb.SetGrowZone(None),
    "SetZone": lambda tb, h: tb.SetZone(tb.ApplicationZone()),
    "GetZone": lambda tb, h: tb.GetZone(),
    "InitZone": lambda tb, h: tb.InitZone(None, 4, steps.LIMIT, steps.START),
    "InitApplZone": lambda tb, h: tb.InitApplZone(),
    "MaxApplZone": lambda tb, h: tb.MaxApplZone(),
    "SetApplLimit": lambda tb, h: tb.SetApplLimit(tb.GetApplLimit()),
}


@each_width
@names(*SUCCEED)
def test_a_success_sets_mem_err_to_0(befriended, bits, name):
    tb = befriended(bits)
    tb.friendly_pointer = tb.NewPtr(4)
    h = tb.NewHandle(4)
    poison(tb)
    SUCCEED[name](tb, h)
    assert tb.low.get("MemErr") == 0


@each_width
def test_mem_error_reads_the_code_and_leaves_it(boot, bits):
    tb = boot(bits)
    tb.HLock(0)
    assert (tb.MemError(), tb.MemError(), tb.low.get("MemErr")) == (nilHandleErr, nilHandleErr, nilHandleErr & 0xFFFF)


@each_width
def test_get_handle_size_has_its_code_in_d0_and_a_size_of_more_than_32_kb_there_too(boot, bits):
    tb = boot(bits, memory=1 << 20)
    assert tb.GetHandleSize(0) == 0
    code = tb.regs.D0
    assert code == nilHandleErr == tb.MemError()
    h = tb.NewHandle(40_000)
    assert (tb.GetHandleSize(h), tb.regs.D0) == (40_000, 40_000)


@each_width
def test_a_new_block_is_in_a0(boot, bits):
    tb = boot(bits)
    for call in (tb.NewHandle, tb.NewPtr, tb.NewHandleClear, tb.NewPtrSys):
        result = call(8)
        assert (result, noErr) == (tb.regs.A0, tb.regs.D0)


# --- memory and zones ----------------------------------------------------------------------------------------------------


@each_width
@pytest.mark.parametrize("memory", [MEMORY, 1 << 20])
def test_the_birth_map(boot, bits, memory):
    """The system zone at $1400, temporary memory from a quarter on, a kilobyte of nobody's, and the application zone."""
    tb = boot(bits, memory=memory)
    zones = tb.zones()
    assert set(zones) == {"System", "Temporary", "Application"}
    assert tb.SystemZone() == zones["System"].start == tb.low.get("SysZone") == 0x1400
    assert zones["System"].limit == zones["Temporary"].start == memory // 4
    assert zones["Temporary"].limit == memory // 2
    assert tb.ApplicationZone() == zones["Application"].start == tb.low.get("ApplZone") == memory // 2 + 0x400
    assert tb.GetZone() == tb.ApplicationZone() == tb.low.get("TheZone")
    assert tb.TopMem() == tb.low.get("MemTop") == memory
    assert tb.low.get("HeapEnd") == zones["Application"].limit < tb.GetApplLimit() < tb.low.get("CurStackBase")
    assert tb.GetApplLimit() == tb.low.get("ApplLimit") == tb.low.get("CurStackBase") - tb.low.get("DefltStack")
    assert tb.low.get("CurStackBase") <= tb.low.get("CurrentA5") <= tb.low.get("BufPtr") < memory
    assert [zone.bits for zone in zones.values()] == [bits] * 3


@each_width
def test_the_walk_tiles_all_of_memory(boot, bits):
    tb = boot(bits)
    tb.NewPtr(20), tb.NewHandle(30), tb.NewHandleSys(30), tb.TempNewHandle(30)
    end = 0
    for b in tb.walk():
        assert b.base == end
        end = b.end
    assert end == MEMORY
    zone = tb.zone()
    end = zone.start
    for b in zone.walk():
        assert b.base == end
        end = b.end
    assert end == zone.limit


@each_width
@pytest.mark.parametrize("memory", [0, 0x1000])
def test_a_memory_too_small_for_the_map_is_refused(bits, memory):
    with pytest.raises(ValueError, match=r"."):
        Toolbox(memory, bits=bits)


@each_width
def test_the_application_zone_can_be_moved_up(boot, bits):
    tb = boot(bits)
    assert tb.NewHandle(50)
    end = tb.low.get("HeapEnd")
    tb.SetGrowZone(lambda needed: 0)
    assert tb.SetApplBase(0x11000) == noErr == tb.MemError()
    assert tb.ApplicationZone() == tb.GetZone() == 0x11000
    fields = tb.zone().header
    assert (fields.get("gzProc"), fields.get("moreMast")) == (0, 64)
    assert live(tb.zone()) == set()
    assert tb.low.get("HeapEnd") == tb.zone().limit <= max(end, tb.GetApplLimit())
    assert tb.NewHandle(50)


@each_width
def test_the_application_zone_does_not_start_within_the_system_zone(boot, bits):
    """Executor: nothing happens, and that is no error."""
    tb = boot(bits)
    h, old = tb.NewHandle(50), tb.ApplicationZone()
    assert tb.SetApplBase(0x2000) == noErr == tb.MemError()
    assert tb.ApplicationZone() == old == tb.GetZone()
    assert tb.GetHandleSize(h) == 50


@each_width
def test_stack_space_is_what_the_heap_leaves(boot, bits):
    tb = boot(bits)
    before, end = tb.StackSpace(), tb.low.get("HeapEnd")
    assert 0 < before <= tb.low.get("CurStackBase") - end
    tb.MaxApplZone()
    assert before - tb.StackSpace() == tb.low.get("HeapEnd") - end > 0


@everywhere
def test_a_refused_handle_gives_its_master_pointer_back(boot, bits, fit):
    """Executor."""
    tb = boot(bits, fit)
    zone = lay(tb)
    first = zone.header.get("hFstFree")
    assert refuses(tb, lambda: tb.NewHandle(2000)) == 0
    assert zone.header.get("hFstFree") == first
    assert tb.NewHandle(4) == first


@each_width
@pytest.mark.parametrize("from_top", [True, False])
def test_master_pointers_are_handed_out_from_the_top_or_as_the_profile_says(boot, bits, from_top):
    """masters_from_top."""
    tb = boot(bits, masters_from_top=from_top)
    zone = lay(tb)
    first = zone.start + 52 + header(tb)
    slots = [first, first + 4, first + 8, first + 12]
    assert [tb.NewEmptyHandle() for _ in range(4)] == (slots[::-1] if from_top else slots)


# --- variants for the system zone ----------------------------------------------------------------------------------------


def soil(tb, sys):
    """Leave no free byte of a zone zero."""
    call = tb.NewPtrSys if sys else tb.NewPtr
    size = (tb.MaxBlockSys() if sys else tb.MaxBlock()) - header(tb)
    p = call(size)
    assert p
    tb.write(p, b"\xee" * size)
    tb.DisposePtr(p)


@everywhere
@names("NewHandle", "NewHandleClear", "NewHandleSys", "NewHandleSysClear")
def test_a_handle_is_made_in_its_zone_and_cleared_where_its_name_says_so(boot, bits, fit, name):
    tb = boot(bits, fit)
    sys = "Sys" in name
    soil(tb, sys)
    h = getattr(tb, name)(68)
    assert tb.MemError() == noErr
    assert tb.HandleZone(h) == (tb.SystemZone() if sys else tb.ApplicationZone())
    zone = tb.zone(tb.HandleZone(h))
    assert zone.start < tb.deref(h) < zone.limit
    assert zone.start < h < zone.limit
    assert (get(tb, h) == bytes(68)) == name.endswith("Clear")
    assert tb.HGetState(h) == 0
    assert tb.GetZone() == tb.ApplicationZone()


@everywhere
@names("NewPtr", "NewPtrClear", "NewPtrSys", "NewPtrSysClear")
def test_a_pointer_is_made_in_its_zone_and_cleared_where_its_name_says_so(boot, bits, fit, name):
    tb = boot(bits, fit)
    sys = "Sys" in name
    soil(tb, sys)
    p = getattr(tb, name)(68)
    assert tb.MemError() == noErr
    assert tb.PtrZone(p) == (tb.SystemZone() if sys else tb.ApplicationZone())
    assert tb.zone(tb.PtrZone(p)).start < p < tb.zone(tb.PtrZone(p)).limit
    assert (tb.read(p, 68) == bytes(68)) == name.endswith("Clear")


@everywhere
def test_an_empty_handle_is_made_in_its_zone(boot, bits, fit):
    tb = boot(bits, fit)
    for call, zone in ((tb.NewEmptyHandle, tb.ApplicationZone()), (tb.NewEmptyHandleSys, tb.SystemZone())):
        h = call()
        assert tb.MemError() == noErr
        assert (tb.HandleZone(h), tb.deref(h)) == (zone, 0)
        assert zone < h < tb.zone(zone).limit
        assert tb.ReallocateHandle(h, 30) == noErr
        assert zone < tb.deref(h) < tb.zone(zone).limit


@everywhere
def test_figures_of_the_system_zone(boot, bits, fit):
    tb = boot(bits, fit)
    zone = tb.zone(tb.SystemZone())
    before = tb.FreeMem(), tb.MaxBlock(), tb.PurgeSpace()
    h = tb.NewHandleSys(100)
    tb.HPurge(h)
    assert tb.FreeMemSys() == zone.header.get("zcbFree") == sum(b.size for b in free_blocks(zone))
    assert tb.MaxBlockSys() == max(b.size for b in free_blocks(zone))
    assert tb.PurgeSpaceSys()[0] == tb.FreeMemSys() + physical(tb, 100)
    assert (tb.FreeMem(), tb.MaxBlock(), tb.PurgeSpace()) == before
    total, contig = tb.PurgeSpaceSys()
    assert tb.MaxMemSys() == (contig, 0)
    assert tb.deref(h) == 0
    assert tb.FreeMemSys() == total


@everywhere
def test_the_system_zone_is_compacted_and_purged_alone(boot, bits, fit):
    tb = boot(bits, fit)
    rows = []
    for call in (tb.NewHandle, tb.NewHandleSys):
        gap, slides, goes = call(40), call(50), call(60)
        tb.DisposeHandle(gap)
        tb.HPurge(goes)
        rows.append((slides, goes))
    (mine, mine_too), (slides, goes) = rows
    untouched = steps.bytes_of(tb.zone(), tb)
    size, events = told(tb, lambda: tb.CompactMemSys(maxSize))
    assert size == max(b.size for b in free_blocks(tb.zone(tb.SystemZone())))
    assert slides in moved(events) <= {slides, goes}
    code, events = told(tb, lambda: tb.PurgeMemSys(maxSize))
    assert (code, discarded(events)) == (memFullErr, [goes])
    assert tb.ReserveMemSys(30) == noErr
    assert steps.bytes_of(tb.zone(), tb) == untouched
    assert tb.deref(mine)
    assert tb.deref(mine_too)


@everywhere
def test_a_routine_on_a_handle_works_in_the_zone_of_the_handle(boot, bits, fit):
    tb = boot(bits, fit)
    h = tb.NewHandleSys(20)
    data = put(tb, h)
    assert tb.GetZone() == tb.ApplicationZone()
    assert tb.RecoverHandle(tb.deref(h)) == h
    assert tb.SetHandleSize(h, 300) == noErr
    assert get(tb, h, 20) == data
    assert tb.SystemZone() < tb.deref(h) < tb.zone(tb.SystemZone()).limit
    err, copy = tb.HandToHand(h)
    assert (err, tb.HandleZone(copy)) == (noErr, tb.SystemZone())
    free = tb.FreeMemSys()
    assert tb.DisposeHandle(copy) == noErr
    assert tb.FreeMemSys() == free + physical(tb, 300)


@everywhere
def test_an_emptied_handle_of_a_zone_that_is_not_current_is_still_one(boot, bits, fit):
    """The zone of an empty handle is that of its master pointer."""
    tb = boot(bits, fit)
    zone = lay(tb)
    h = tb.NewHandle(20)
    tb.HPurge(h)
    assert tb.PurgeMem(maxSize) == memFullErr
    assert tb.deref(h) == 0
    tb.SetZone(tb.ApplicationZone())
    assert refuses(tb, lambda: tb.HLock(h), nilHandleErr) == nilHandleErr
    assert tb.EmptyHandle(h) == noErr
    assert tb.ReallocateHandle(h, 30) == noErr
    assert zone.start < tb.deref(h) < zone.limit
    assert tb.EmptyHandle(h) == noErr
    assert tb.DisposeHandle(h) == noErr
    assert zone.header.get("hFstFree") == h


# --- temporary memory ----------------------------------------------------------------------------------------------------


@everywhere
def test_temporary_memory_has_its_own_zone_and_codes(boot, bits, fit):
    tb = boot(bits, fit)
    zone = tb.zones()["Temporary"]
    before = steps.bytes_of(tb.zone(), tb)
    free = zone.header.get("zcbFree")
    tb.low.put("MemErr", POISON)
    assert tb.TempFreeMem() == free
    h, err = tb.TempNewHandle(100)
    assert err == noErr
    assert zone.start < h < zone.limit
    assert zone.start < tb.deref(h) < zone.limit
    assert tb.TempFreeMem() == free - physical(tb, 100) == zone.header.get("zcbFree")
    size, grow = tb.TempMaxMem()
    assert (size, grow) == (tb.TempFreeMem(), 0)
    assert tb.TempNewHandle(0x10000) == (0, memFullErr)
    assert 0 < tb.TempTopMem() <= tb.TopMem()
    assert tb.TempHLock(h) == noErr
    assert block(tb, h).locks
    assert tb.TempHUnlock(h) == noErr
    assert not block(tb, h).locks
    assert tb.TempHLock(0) == nilHandleErr
    assert tb.low.get("MemErr") == POISON
    assert tb.TempDisposeHandle(h) == noErr
    assert tb.TempFreeMem() == free
    assert tb.low.get("MemErr") == POISON
    assert steps.bytes_of(tb.zone(), tb) == before


@everywhere
def test_a_temporary_handle_is_a_real_one(boot, bits, fit):
    """Gestalt: real temporary memory handles."""
    tb = boot(bits, fit)
    h, _ = tb.TempNewHandle(30)
    data = put(tb, h)
    assert tb.HandleZone(h) == tb.zones()["Temporary"].start
    assert tb.HLock(h) == noErr
    assert tb.HGetState(h) == LOCKED
    assert tb.HUnlock(h) == noErr
    assert tb.SetHandleSize(h, 60) == noErr
    assert get(tb, h, 30) == data
    assert tb.DisposeHandle(h) == noErr
    assert tb.MemError() == noErr


@everywhere
def test_temp_max_mem_compacts(boot, bits, fit):
    tb = boot(bits, fit)
    a, b = (tb.TempNewHandle(40)[0] for _ in range(2))
    tb.TempDisposeHandle(a)
    (size, _), events = told(tb, tb.TempMaxMem)
    assert moved(events) == {b}
    assert size == tb.TempFreeMem()


# --- flags ---------------------------------------------------------------------------------------------------------------


@each_width
@pytest.mark.parametrize(
    ("on", "off", "bit"), [("HLock", "HUnlock", LOCKED), ("HPurge", "HNoPurge", PURGEABLE), ("HSetRBit", "HClrRBit", RESOURCE)]
)
def test_flags_are_single_bits_and_are_not_counted(boot, bits, on, off, bit):
    tb = boot(bits)
    h = tb.NewHandle(4)
    p = tb.deref(h)
    for others in (0, 0xE0 & ~bit):
        tb.HSetState(h, others)
        for _ in range(3):
            assert getattr(tb, on)(h) == noErr
            assert tb.HGetState(h) == others | bit
        for _ in range(2):
            assert getattr(tb, off)(h) == noErr
            assert tb.HGetState(h) == others
    assert tb.deref(h) == p


@each_width
def test_flags_lie_where_the_width_of_the_zone_says(boot, bits):
    tb = boot(bits)
    h = tb.NewHandle(4)
    p = tb.deref(h)
    tb.HSetState(h, 0xE0)
    if bits == 24:
        assert tb.peek(h) == 0xE0 << 24 | p
    else:
        assert tb.peek(h) == p
        assert tb.peek(p - 11, 1) == 0xE0
    assert (block(tb, h).locks, block(tb, h).discardable) == (1, 1)


@each_width
def test_only_three_bits_of_a_state_are_stored(boot, bits):
    tb = boot(bits)
    h = tb.NewHandle(4)
    assert tb.HSetState(h, 0xFF) == noErr
    assert tb.HGetState(h) == 0xE0
    assert tb.HSetState(h, 0x1F) == noErr
    assert tb.HGetState(h) == 0


@each_width
def test_a_state_is_saved_and_restored_around_a_lock(boot, bits):
    tb = boot(bits)
    h = tb.NewHandle(4)
    tb.HLock(h)
    state = tb.HGetState(h)
    tb.HLock(h)
    tb.HUnlock(h)
    assert tb.HGetState(h) == 0
    tb.HSetState(h, state)
    assert tb.HGetState(h) == LOCKED


@each_width
def test_an_emptied_handle_loses_its_flags(boot, bits):
    """Executor: unsettled in 24-bit zones."""
    tb = boot(bits)
    h = tb.NewHandle(4)
    tb.HPurge(h)
    tb.HSetRBit(h)
    tb.EmptyHandle(h)
    assert tb.peek(h) == 0


def test_an_emptied_handle_keeps_its_flags_where_the_profile_says_so(boot):
    """empty_keeps_flags, in 24-bit zones."""
    tb = boot(24, empty_keeps_flags=True)
    h = tb.NewHandle(4)
    tb.HPurge(h)
    tb.HSetRBit(h)
    assert tb.EmptyHandle(h) == noErr
    assert tb.peek(h) == (PURGEABLE | RESOURCE) << 24
    assert tb.deref(h) == 0
    assert tb.GetHandleSize(h) == 0
    assert tb.MemError() == nilHandleErr
    assert tb.ReallocateHandle(h, 8) == noErr
    assert tb.DisposeHandle(h) == noErr


@everywhere
def test_a_locked_block_is_disposed_of_all_the_same(boot, bits, fit):
    tb = boot(bits, fit)
    free, h = tb.FreeMem(), tb.NewHandle(40)
    tb.HLock(h)
    assert tb.DisposeHandle(h) == noErr
    assert tb.FreeMem() == free


@everywhere
def test_an_empty_handle_is_emptied_and_disposed_of(boot, bits, fit):
    tb = boot(bits, fit)
    h = tb.NewEmptyHandle()
    assert tb.EmptyHandle(h) == noErr == tb.MemError()
    assert tb.DisposeHandle(h) == noErr
    assert tb.NewEmptyHandle() == h


@everywhere
def test_a_block_that_need_not_be_purgeable_is_emptied(boot, bits, fit):
    tb = boot(bits, fit)
    free, h = tb.FreeMem(), tb.NewHandle(40)
    code, events = told(tb, lambda: tb.EmptyHandle(h))
    assert (code, discarded(events), tb.FreeMem()) == (noErr, [h], free)


# --- resizing ------------------------------------------------------------------------------------------------------------


@everywhere
def test_a_handle_shrinks_in_place_and_gives_the_rest_back(boot, bits, fit):
    tb = boot(bits, fit)
    h, other = tb.NewHandle(200), tb.NewHandle(4)
    data, p, free = put(tb, h), tb.deref(h), tb.FreeMem()
    tb.HLock(h)
    code, events = told(tb, lambda: tb.SetHandleSize(h, 100))
    assert code == noErr
    assert moved(events) == set()
    assert (tb.deref(h), get(tb, h)) == (p, data[:100])
    assert tb.FreeMem() == free + physical(tb, 200) - physical(tb, 100)
    assert tb.GetHandleSize(other) == 4


@everywhere
@pytest.mark.parametrize("size", [-1, 0xFFFFFFFF])
def test_no_block_gets_a_negative_size(boot, bits, fit, size):
    tb = boot(bits, fit)
    h, p = tb.NewHandle(8), tb.NewPtr(8)
    before = everything(tb)
    assert tb.SetHandleSize(h, size) != noErr
    assert tb.SetPtrSize(p, size) != noErr
    assert everything(tb) == before


@everywhere
def test_a_locked_block_grows_only_where_it_is(boot, bits, fit):
    tb = boot(bits, fit)
    h, barrier = tb.NewHandle(20), tb.NewHandle(20)
    tb.HLock(h)
    tb.HLock(barrier)
    before = everything(tb)
    assert refuses(tb, lambda: tb.SetHandleSize(h, 100)) == memFullErr
    assert everything(tb) == before
    data, p = put(tb, h), tb.deref(h)
    tb.HUnlock(barrier)
    put(tb, barrier)
    code, events = told(tb, lambda: tb.SetHandleSize(h, 100))
    assert (code, moved(events)) == (noErr, {barrier})
    assert (tb.deref(h), get(tb, h, 20), tb.HGetState(h)) == (p, data, LOCKED)
    assert get(tb, barrier) == steps.pattern(barrier, 20)


@everywhere
def test_a_pointer_pushes_relocatable_blocks_out_of_its_way(boot, bits, fit):
    tb = boot(bits, fit)
    p = tb.NewPtr(20)
    h = tb.NewHandle(30)
    assert block(tb, p).end == block(tb, h).base
    tb.write(p, steps.pattern(1, 20))
    data = put(tb, h)
    code, events = told(tb, lambda: tb.SetPtrSize(p, 100))
    assert (code, moved(events)) == (noErr, {h})
    assert tb.GetPtrSize(p) == 100
    assert tb.read(p, 20) == steps.pattern(1, 20)
    assert get(tb, h) == data


@everywhere
def test_the_size_of_a_master_block_can_be_asked_for(boot, bits, fit):
    tb = boot(bits, fit)
    zone = lay(tb)
    assert tb.GetPtrSize(zone.start + 52 + header(tb)) == 16


@everywhere
def test_a_block_that_is_reallocated_has_the_new_size_and_its_handle(boot, bits, fit):
    tb = boot(bits, fit)
    free, h = tb.FreeMem(), tb.NewHandle(40)
    assert tb.ReallocateHandle(h, 90) == noErr == tb.MemError()
    assert tb.GetHandleSize(h) == 90
    assert tb.RecoverHandle(tb.deref(h)) == h
    assert tb.FreeMem() == free - physical(tb, 90)


@everywhere
def test_a_refused_reallocation_of_an_empty_handle_leaves_it_empty(boot, bits, fit):
    tb = boot(bits, fit)
    lay(tb)
    h = tb.NewEmptyHandle()
    assert refuses(tb, lambda: tb.ReallocateHandle(h, 2000)) == memFullErr
    assert tb.deref(h) == 0
    assert tb.ReallocateHandle(h, 20) == noErr


# --- copies --------------------------------------------------------------------------------------------------------------


@everywhere
def test_a_locked_handle_takes_bytes_when_they_fit(boot, bits, fit):
    """Executor: the handle is resized, not reallocated."""
    tb = boot(bits, fit)
    q = text(tb, b"xyz")
    h = tb.NewHandle(8)
    barrier = tb.NewHandle(4)
    tb.HLock(barrier)
    tb.HLock(h)
    p = tb.deref(h)
    assert tb.PtrToXHand(q, h, 3) == noErr
    assert (tb.deref(h), get(tb, h), tb.HGetState(h)) == (p, b"xyz", LOCKED)
    before = everything(tb)
    assert refuses(tb, lambda: tb.PtrToXHand(tb.ApplicationZone(), h, 200)) == memFullErr
    assert everything(tb) == before


@everywhere
def test_copies_without_room_are_refused(boot, bits, fit):
    tb = boot(bits, fit)
    lay(tb, masters=16)
    p = text(tb, b"p" * 100)
    h = tb.NewHandle(100)
    data = put(tb, h)
    fill(tb)
    assert refuses(tb, lambda: tb.HandToHand(h)) == (memFullErr, 0)
    a0 = tb.regs.A0
    assert a0 == h
    assert refuses(tb, lambda: tb.PtrToHand(p, 100)) == (memFullErr, 0)
    for call in (lambda: tb.PtrToXHand(p, h, 150), lambda: tb.PtrAndHand(p, h, 100), lambda: tb.HandAndHand(h, h)):
        assert refuses(tb, call) == memFullErr
    assert (tb.GetHandleSize(h), get(tb, h)) == (100, data)


@everywhere
def test_copies_of_nothing(boot, bits, fit):
    tb = boot(bits, fit)
    p = text(tb, b"?")
    h = tb.NewHandle(0)
    err, copy = tb.HandToHand(h)
    assert (err, tb.GetHandleSize(copy)) == (noErr, 0)
    err, copy = tb.PtrToHand(p, 0)
    assert (err, tb.GetHandleSize(copy)) == (noErr, 0)
    assert tb.PtrAndHand(p, h, 0) == noErr
    assert tb.HandAndHand(copy, h) == noErr
    assert tb.PtrToXHand(p, h, 0) == noErr
    assert tb.GetHandleSize(h) == 0
    assert tb.deref(h)


@everywhere
@names("HandToHand", "HandAndHand")
def test_what_is_copied_is_not_purged_to_make_room_for_it(boot, bits, fit, name):
    """The bytes arrive, or the call is refused; either way the source is what it was."""
    tb = boot(bits, fit)
    lay(tb, masters=16)
    source, target = tb.NewHandle(100), tb.NewHandle(30)
    data, old = put(tb, source), put(tb, target)
    fill(tb)
    tb.HPurge(source)
    copied = {"HandToHand": lambda: tb.HandToHand(source)[0], "HandAndHand": lambda: tb.HandAndHand(source, target)}[name]
    assert refuses(tb, copied) == memFullErr
    assert (get(tb, source), get(tb, target)) == (data, old)


# --- room: what is told, made and reserved -------------------------------------------------------------------------------


def scattered(tb):
    """A zone with gaps: -> handles kept, a purgeable one, and a purgeable one that is locked."""
    lay(tb, masters=16)
    handles = [tb.NewHandle(n) for n in (40, 20, 60, 20, 50, 30)]
    for gap in handles[0:4:2]:
        tb.DisposeHandle(gap)
    kept, goes, stays = handles[1], handles[3], handles[5]
    tb.HPurge(goes)
    tb.HPurge(stays)
    tb.HLock(stays)
    return [kept, handles[4]], goes, stays


@everywhere
def test_max_block_tells_what_a_compaction_would_make(boot, bits, fit):
    tb = boot(bits, fit)
    scattered(tb)
    before = everything(tb)
    told_before = tb.MaxBlock()
    assert everything(tb) == before
    size, events = told(tb, lambda: tb.CompactMem(maxSize))
    assert moved(events)
    assert discarded(events) == []
    assert size == told_before == tb.MaxBlock() == max(b.size for b in free_blocks(tb.zone()))


@everywhere
def test_purge_space_tells_what_a_purge_would_make(boot, bits, fit):
    tb = boot(bits, fit)
    _, goes, stays = scattered(tb)
    before = everything(tb)
    total, contig = tb.PurgeSpace()
    d0, a0 = tb.regs.D0, tb.regs.A0
    assert (d0, a0) == (total, contig)
    assert everything(tb) == before
    assert total == tb.FreeMem() + physical(tb, 20)
    size, grow = tb.MaxMem()
    assert (size, grow) == (contig, 0)
    assert tb.FreeMem() == total
    assert tb.deref(goes) == 0
    assert tb.deref(stays)
    assert contig == max(b.size for b in free_blocks(tb.zone()))


@everywhere
def test_sizes_are_told_without_a_header_where_the_profile_says_so(boot, bits, fit):
    """sizes_physical=False: unsettled."""
    answers = []
    for sizes_physical in (True, False):
        tb = boot(bits, fit, sizes_physical=sizes_physical)
        scattered(tb)
        answers.append([tb.MaxBlock(), tb.PurgeSpace()[1], tb.CompactMem(maxSize), tb.MaxMem()[0]])
        free = tb.FreeMem()
        answers[-1].append(free + (0 if sizes_physical else -header(tb)))
    assert [a - b for a, b in zip(*answers, strict=True)] == [header(tb)] * 5


@everywhere
def test_a_request_larger_than_its_zone_climbs_the_whole_ladder(boot, bits, fit):
    """Each step is told. Only `foresight` refuses before it."""
    tb = boot(bits, fit)
    _, goes, _ = scattered(tb)
    calls = []
    tb.SetGrowZone(lambda needed: calls.append(needed) or 0)
    h, events = told(tb, lambda: tb.NewHandle(2000))
    assert (h, calls, tb.deref(goes)) == (0, [physical(tb, 2000)], 0)
    rungs = [(event.rung, event.found) for event in of(RungTried, events)]
    assert list(dict.fromkeys(rungs)) == [(rung, False) for rung in ("search", "compact", "purge", "grow-zone")]


# --- fillings ------------------------------------------------------------------------------------------------------------


@everywhere
def test_freed_memory_is_filled_where_the_profile_says_so(boot, bits, fit):
    """free_fill, as a debugger's extension did with $50FFC001."""
    tb = boot(bits, fit, free_fill=bytes.fromhex("50FFC001"))
    h, barrier = tb.NewHandle(40), tb.NewHandle(4)
    p = tb.deref(h)
    put(tb, h)
    tb.DisposeHandle(h)
    assert tb.read(p, 40) == bytes.fromhex("50FFC001") * 10
    assert tb.deref(barrier)


@pytest.mark.parametrize(("least", "size"), [(12, 12), (16, 16)])
def test_the_least_block_of_a_32_bit_zone_is_as_the_profile_says(boot, least, size):
    """min_block_32: unsettled."""
    tb = boot(32, min_block_32=least)
    h = tb.NewHandle(0)
    tb.NewHandle(4)
    assert block(tb, h).size == size


# --- what may move -------------------------------------------------------------------------------------------------------

ROUTINES = {name for name in dir(Toolbox) if name[0].isupper() and callable(getattr(Toolbox, name))}


def test_every_routine_is_known_to_move_or_not_to():
    assert MAY_MOVE.isdisjoint(NEVER_MOVE)
    assert MAY_MOVE | NEVER_MOVE == ROUTINES
    assert isinstance(MAY_MOVE, frozenset)
    assert isinstance(NEVER_MOVE, frozenset)


def test_every_routine_of_the_documents_is_there():
    assert set(MOVES) | set(STAYS) == ROUTINES


def crowded(tb):
    """In each zone: a block at the bottom, a gap, a block that could slide into it, and one that could be purged."""
    rows = {}
    for name, call in (
        ("System", tb.NewHandleSys),
        ("Application", tb.NewHandle),
        ("Temporary", lambda n: tb.TempNewHandle(n)[0]),
    ):
        low, gap, slides, goes = (call(n) for n in (40, 48, 56, 64))
        tb.DisposeHandle(gap)
        tb.HPurge(goes)
        rows[name] = low, slides, goes
    return rows


def low(tb):
    return tb.crowd["Application"][0]


def pushing_pointer(tb):
    """A pointer with relocatable blocks right above it."""
    tb.InitApplZone()
    p = tb.NewPtr(20)
    assert tb.NewHandle(30)
    return p


MOVES = {
    "NewHandle": lambda tb: tb.NewHandle(20),
    "NewHandleClear": lambda tb: tb.NewHandleClear(20),
    "NewHandleSys": lambda tb: tb.NewHandleSys(20),
    "NewHandleSysClear": lambda tb: tb.NewHandleSysClear(20),
    "NewEmptyHandle": lambda tb: (exhaust(tb), tb.NewEmptyHandle()),
    "NewEmptyHandleSys": lambda tb: (exhaust(tb, tb.NewEmptyHandleSys), tb.NewEmptyHandleSys()),
    "NewPtr": lambda tb: tb.NewPtr(20),
    "NewPtrClear": lambda tb: tb.NewPtrClear(20),
    "NewPtrSys": lambda tb: tb.NewPtrSys(20),
    "NewPtrSysClear": lambda tb: tb.NewPtrSysClear(20),
    "MoreMasters": lambda tb: tb.MoreMasters(),
    "SetHandleSize": lambda tb: tb.SetHandleSize(low(tb), 200),
    "SetPtrSize": lambda tb: tb.SetPtrSize(pushing_pointer(tb), 200),
    "ReallocateHandle": lambda tb: tb.ReallocateHandle(low(tb), 200),
    "ReserveMem": lambda tb: tb.ReserveMem(200),
    "ReserveMemSys": lambda tb: tb.ReserveMemSys(200),
    "CompactMem": lambda tb: tb.CompactMem(maxSize),
    "CompactMemSys": lambda tb: tb.CompactMemSys(maxSize),
    "PurgeMem": lambda tb: tb.PurgeMem(maxSize),
    "PurgeMemSys": lambda tb: tb.PurgeMemSys(maxSize),
    "MaxMem": lambda tb: tb.MaxMem(),
    "MaxMemSys": lambda tb: tb.MaxMemSys(),
    "MoveHHi": lambda tb: tb.MoveHHi(low(tb)),
    "HLockHi": lambda tb: tb.HLockHi(low(tb)),
    "HandToHand": lambda tb: tb.HandToHand(low(tb)),
    "PtrToHand": lambda tb: tb.PtrToHand(tb.deref(low(tb)), 20),
    "PtrToXHand": lambda tb: tb.PtrToXHand(tb.SystemZone(), low(tb), 200),
    "HandAndHand": lambda tb: tb.HandAndHand(low(tb), tb.crowd["Application"][1]),
    "PtrAndHand": lambda tb: tb.PtrAndHand(tb.SystemZone(), low(tb), 200),
    "Munger": lambda tb: tb.Munger(low(tb), 0, 0, 0, tb.SystemZone(), 200),
    "TempNewHandle": lambda tb: tb.TempNewHandle(20),
    "TempMaxMem": lambda tb: tb.TempMaxMem(),
}

STAYS = {
    "GetZone": lambda tb: tb.GetZone(),
    "SetZone": lambda tb: tb.SetZone(tb.SystemZone()),
    "SystemZone": lambda tb: tb.SystemZone(),
    "ApplicationZone": lambda tb: tb.ApplicationZone(),
    "InitZone": lambda tb: tb.InitZone(None, 4, steps.LIMIT, steps.START),
    "InitApplZone": lambda tb: tb.InitApplZone(),
    "SetApplBase": lambda tb: tb.SetApplBase(0x11000),
    "MaxApplZone": lambda tb: tb.MaxApplZone(),
    "SetApplLimit": lambda tb: tb.SetApplLimit(tb.GetApplLimit()),
    "GetApplLimit": lambda tb: tb.GetApplLimit(),
    "StackSpace": lambda tb: tb.StackSpace(),
    "TopMem": lambda tb: tb.TopMem(),
    "DisposeHandle": lambda tb: tb.DisposeHandle(low(tb)),
    "GetHandleSize": lambda tb: tb.GetHandleSize(low(tb)),
    "HandleZone": lambda tb: tb.HandleZone(low(tb)),
    "RecoverHandle": lambda tb: tb.RecoverHandle(tb.deref(low(tb))),
    "EmptyHandle": lambda tb: tb.EmptyHandle(low(tb)),
    "HLock": lambda tb: tb.HLock(low(tb)),
    "HUnlock": lambda tb: tb.HUnlock(low(tb)),
    "HPurge": lambda tb: tb.HPurge(low(tb)),
    "HNoPurge": lambda tb: tb.HNoPurge(low(tb)),
    "HSetRBit": lambda tb: tb.HSetRBit(low(tb)),
    "HClrRBit": lambda tb: tb.HClrRBit(low(tb)),
    "HGetState": lambda tb: tb.HGetState(low(tb)),
    "HSetState": lambda tb: tb.HSetState(low(tb), 0xE0),
    "DisposePtr": lambda tb: tb.DisposePtr(tb.pointer),
    "GetPtrSize": lambda tb: tb.GetPtrSize(tb.pointer),
    "PtrZone": lambda tb: tb.PtrZone(tb.pointer),
    "FreeMem": lambda tb: tb.FreeMem(),
    "FreeMemSys": lambda tb: tb.FreeMemSys(),
    "MaxBlock": lambda tb: tb.MaxBlock(),
    "MaxBlockSys": lambda tb: tb.MaxBlockSys(),
    "PurgeSpace": lambda tb: tb.PurgeSpace(),
    "PurgeSpaceSys": lambda tb: tb.PurgeSpaceSys(),
    "BlockMove": lambda tb: tb.BlockMove(tb.pointer, tb.deref(low(tb)), 20),
    "BlockMoveData": lambda tb: tb.BlockMoveData(tb.pointer, tb.deref(low(tb)), 20),
    "StripAddress": lambda tb: tb.StripAddress(tb.pointer),
    "SetGrowZone": lambda tb: tb.SetGrowZone(None),
    "GZSaveHnd": lambda tb: tb.GZSaveHnd(),
    "MemError": lambda tb: tb.MemError(),
    "TempFreeMem": lambda tb: tb.TempFreeMem(),
    "TempTopMem": lambda tb: tb.TempTopMem(),
    "TempHLock": lambda tb: tb.TempHLock(tb.crowd["Temporary"][0]),
    "TempHUnlock": lambda tb: tb.TempHUnlock(tb.crowd["Temporary"][0]),
    "TempDisposeHandle": lambda tb: tb.TempDisposeHandle(tb.crowd["Temporary"][0]),
}
LOSES_THE_ZONE = {"InitApplZone", "SetApplBase"}


class Crowded(Toolbox):
    """A toolbox that knows what `crowded` put into it."""

    crowd = None
    pointer = 0


@pytest.fixture
def crowding(boot, monkeypatch):
    """boot, for a Toolbox that is crowded, with the heap scramble on or off."""
    monkeypatch.setattr(steps, "Toolbox", Crowded)

    def start(bits, fit="rover", **facts):
        tb = boot(bits, fit, **facts)
        tb.pointer = tb.NewPtr(20)
        tb.crowd = crowded(tb)
        return tb

    return start


@each_width
@pytest.mark.parametrize("name", sorted(NEVER_MOVE))
def test_a_routine_that_never_moves_never_moves(crowding, bits, name):
    assert name in STAYS, f"no test knows {name}"
    tb = crowding(bits, scramble=True)
    places = {h: tb.deref(h) for row in tb.crowd.values() for h in row}
    _, events = told(tb, lambda: STAYS[name](tb))
    assert moved(events) == set()
    gone = [low(tb)] if name == "EmptyHandle" else []
    assert [event.handle for event in of(Discarded, events)] == gone
    if name in LOSES_THE_ZONE:
        places = {h: p for h, p in places.items() if h not in tb.crowd["Application"]}
    given_up = {"DisposeHandle": low(tb), "EmptyHandle": low(tb), "TempDisposeHandle": tb.crowd["Temporary"][0]}.get(name)
    assert {h: tb.deref(h) for h in places if h != given_up} == {h: p for h, p in places.items() if h != given_up}


@each_width
@pytest.mark.parametrize("name", sorted(MAY_MOVE))
def test_a_routine_that_may_move_does_move_in_a_scrambled_heap(crowding, bits, name):
    assert name in MOVES, f"no test knows {name}"
    tb = crowding(bits, scramble=True)
    _, events = told(tb, lambda: MOVES[name](tb))
    assert moved(events) or discarded(events)


# --- trap words ----------------------------------------------------------------------------------------------------------

WORDS = {
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
    "ReserveMem": 0xA040,
    "ReserveMemSys": 0xA440,
    "BlockMove": 0xA02E,
    "BlockMoveData": 0xA22E,
    "SetGrowZone": 0xA04B,
    "HandToHand": 0xA9E1,
    "PtrToHand": 0xA9E3,
    "PtrToXHand": 0xA9E2,
    "HandAndHand": 0xA9E4,
    "PtrAndHand": 0xA9EF,
    "Munger": 0xA9E0,
}


def test_trap_words():
    """The definitions of Multiversal; those of PurgeSpace differ between sources and are not asserted."""
    assert {name: TRAPS[name] for name in WORDS} == WORDS
    assert set(TRAPS) <= ROUTINES
    assert {TRAPS[name] for name in ROUTINES if name.startswith("Temp")} == {0xA88F}


CODES = {
    "noErr": 0,
    "paramErr": -50,
    "memROZErr": -99,
    "memFullErr": -108,
    "nilHandleErr": -109,
    "memAdrErr": -110,
    "memWZErr": -111,
    "memPurErr": -112,
    "memAZErr": -113,
    "memPCErr": -114,
    "memBCErr": -115,
    "memSCErr": -116,
    "memLockedErr": -117,
}


def test_result_codes():
    assert {name: getattr(mac, name) for name in CODES} == CODES
    assert maxSize == 0x800000
