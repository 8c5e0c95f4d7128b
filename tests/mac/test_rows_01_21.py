"""The conformance table of the Memory Manager, rows 1 to 21: blocks, purged and locked handles, states.

Sources: SLM is the test suite of systemless. Trust A: documented by Apple, or seen on System 7.5.3; B: one reading of the
documents; C: sources disagree, so the profile has a field for it.
"""

import pytest

from handleheap.block import Kind
from handleheap.mac import memFullErr, memPurErr, memWZErr, nilHandleErr, noErr

from . import steps
from .steps import (
    LOCKED,
    PURGEABLE,
    RESOURCE,
    block,
    each_width,
    everything,
    everywhere,
    get,
    header,
    live,
    poison,
    put,
    refuses,
)

boot = steps.booting


@everywhere
def test_row_01_a_pointer_has_the_size_asked_for_until_it_is_disposed(boot, bits, fit):
    """SLM, trust A."""
    tb = boot(bits, fit)
    p = tb.NewPtr(24)
    assert p
    assert tb.GetPtrSize(p) == 24
    assert block(tb, p).kind is Kind.FIXED
    assert tb.DisposePtr(p) == noErr == tb.MemError()
    assert p not in live(tb.zone())


@everywhere
def test_row_02_the_size_of_a_handle_is_not_rounded(boot, bits, fit):
    """SLM, trust A."""
    tb = boot(bits, fit)
    h = tb.NewHandle(13)
    assert tb.GetHandleSize(h) == 13
    assert tb.RecoverHandle(tb.deref(h)) == h
    assert tb.MemError() == noErr


@everywhere
def test_row_03_a_handle_grows_under_its_value_and_keeps_its_bytes(boot, bits, fit):
    """SLM, trust A."""
    tb = boot(bits, fit)
    h = tb.NewHandle(8)
    put(tb, h, b"original")
    assert tb.SetHandleSize(h, 48) == noErr
    assert tb.GetHandleSize(h) == 48
    assert get(tb, h, 8) == b"original"
    assert tb.RecoverHandle(tb.deref(h)) == h


@everywhere
def test_row_04_a_locked_block_is_not_reallocated(boot, bits, fit):
    """Executor, trust C: the default."""
    tb = boot(bits, fit)
    h = tb.NewHandle(8)
    data = put(tb, h)
    assert tb.HSetState(h, LOCKED | PURGEABLE | RESOURCE) == noErr
    before = everything(tb)
    refuses(tb, lambda: tb.ReallocateHandle(h, 17), memPurErr)
    assert everything(tb) == before
    assert (tb.HGetState(h), get(tb, h)) == (0xE0, data)


@everywhere
def test_row_04_a_locked_block_is_reallocated_where_the_profile_says_so(boot, bits, fit):
    """SLM, trust C: reallocate_locked."""
    tb = boot(bits, fit, reallocate_locked=True)
    h = tb.NewHandle(8)
    tb.HSetState(h, LOCKED | PURGEABLE | RESOURCE)
    assert tb.ReallocateHandle(h, 17) == noErr
    assert tb.deref(h)
    assert tb.GetHandleSize(h) == 17
    assert tb.HGetState(h) == RESOURCE
    assert tb.RecoverHandle(tb.deref(h)) == h


@everywhere
@pytest.mark.parametrize("reallocate_locked", [False, True])
@pytest.mark.parametrize("size", [0xFFFFFFFF, -1])
def test_row_05_a_refused_reallocation_leaves_the_handle_as_it_is(boot, bits, fit, reallocate_locked, size):
    """SLM, trust A: the size is judged before the lock."""
    tb = boot(bits, fit, reallocate_locked=reallocate_locked)
    h = tb.NewHandle(32)
    data = put(tb, h)
    tb.HSetState(h, LOCKED | PURGEABLE)
    before = everything(tb)
    refuses(tb, lambda: tb.ReallocateHandle(h, size))
    assert everything(tb) == before
    assert (tb.GetHandleSize(h), tb.HGetState(h), get(tb, h)) == (32, 0xC0, data)


@everywhere
def test_row_06_a_disposed_handle_is_not_reallocated(boot, bits, fit):
    """SLM, trust B."""
    tb = boot(bits, fit)
    h = tb.NewHandle(16)
    tb.DisposeHandle(h)
    refuses(tb, lambda: tb.ReallocateHandle(h, 16), memWZErr)


@everywhere
def test_row_07_an_empty_handle_gets_a_block(boot, bits, fit):
    """SLM, trust A."""
    tb = boot(bits, fit)
    h = tb.NewEmptyHandle()
    assert h
    assert tb.deref(h) == 0
    assert tb.ReallocateHandle(h, 32) == noErr
    assert tb.deref(h)
    assert tb.GetHandleSize(h) == 32


@everywhere
def test_row_08_an_emptied_handle_keeps_its_master_pointer(boot, bits, fit):
    """SLM, trust A."""
    tb = boot(bits, fit)
    h = tb.NewHandle(40)
    old = tb.deref(h)
    tb.HPurge(h)
    assert tb.EmptyHandle(h) == noErr == tb.MemError()
    assert tb.deref(h) == 0
    assert tb.RecoverHandle(old) == 0
    assert tb.MemError() != noErr
    assert {b.handle for b in tb.zone().discarded()} == {h}
    assert h not in {tb.NewHandle(4) for _ in range(3)}


@everywhere
def test_row_09_a_locked_block_is_not_emptied(boot, bits, fit):
    """SLM, trust A."""
    tb = boot(bits, fit)
    h = tb.NewHandle(8)
    put(tb, h)
    tb.HLock(h)
    before = everything(tb)
    assert refuses(tb, lambda: tb.EmptyHandle(h), memPurErr) == memPurErr
    assert everything(tb) == before


@everywhere
def test_row_10_unlocked_it_is_emptied_and_disposed_it_is_no_handle(boot, bits, fit):
    """SLM, trust B."""
    tb = boot(bits, fit)
    h = tb.NewHandle(8)
    tb.HLock(h)
    assert tb.EmptyHandle(h) == memPurErr
    tb.HUnlock(h)
    assert tb.EmptyHandle(h) == noErr
    assert tb.DisposeHandle(h) == noErr
    refuses(tb, lambda: tb.EmptyHandle(h), memWZErr)


@everywhere
def test_row_11_a_disposed_handle_is_handed_out_again(boot, bits, fit):
    """SLM, trust A."""
    tb = boot(bits, fit)
    free = tb.FreeMem()
    h = tb.NewHandle(100)
    assert tb.DisposeHandle(h) == noErr
    assert tb.FreeMem() == free
    assert h not in live(tb.zone())
    assert tb.NewHandle(60) == h


@everywhere
def test_row_12_a_copied_handle_has_the_bytes_and_no_flags(boot, bits, fit):
    """SLM, trust A."""
    tb = boot(bits, fit)
    h = tb.NewHandle(21)
    data = put(tb, h)
    tb.HSetState(h, 0xE0)
    err, copy = tb.HandToHand(h)
    assert err == noErr == tb.MemError()
    assert copy not in (0, h)
    assert get(tb, copy) == data == get(tb, h)
    assert (tb.HGetState(copy), tb.HGetState(h)) == (0, 0xE0)
    assert tb.HandleZone(copy) == tb.HandleZone(h)


@everywhere
def test_row_13_bytes_are_put_into_a_handle_and_behind_it(boot, bits, fit):
    """SLM, trust A."""
    tb = boot(bits, fit)
    p, q = steps.text(tb, b"nineteen bytes long"), steps.text(tb, b", ")
    h, tail = tb.NewHandle(3), tb.NewHandle(6)
    put(tb, tail, b"so far")
    assert tb.PtrToXHand(p, h, 19) == noErr
    assert tb.GetHandleSize(h) == 19
    assert tb.PtrAndHand(q, h, 2) == noErr
    assert tb.GetHandleSize(h) == 21
    assert tb.HandAndHand(tail, h) == noErr
    assert tb.GetHandleSize(h) == 27
    assert get(tb, h) == b"nineteen bytes long, so far"
    assert tb.RecoverHandle(tb.deref(h)) == h


@everywhere
def test_row_14_a_lock_shows_in_the_state(boot, bits, fit):
    """SLM, trust A."""
    tb = boot(bits, fit)
    h = tb.NewHandle(4)
    assert tb.HGetState(h) == 0
    assert tb.HLock(h) == noErr
    assert tb.HGetState(h) == LOCKED


@everywhere
@pytest.mark.parametrize("size", [-108, -1, 0xFFFFFFFF, 0x80000000])
def test_row_15_a_negative_size_is_refused_and_wraps_nowhere(boot, bits, fit, size):
    """SLM, trust B."""
    tb = boot(bits, fit)
    h = tb.NewHandle(4)
    before = everything(tb)
    assert refuses(tb, lambda: tb.NewPtr(size)) == 0
    assert refuses(tb, lambda: tb.NewHandle(size)) == 0
    assert live(tb.zone()) == {h}
    assert everything(tb) == before


@everywhere
def test_row_16_a_pointer_never_reaches_into_the_stack(boot, bits, fit):
    """SLM, trust B."""
    tb = boot(bits, fit)
    limit, base = tb.GetApplLimit(), tb.low.get("CurStackBase")
    data = steps.pattern(1, base - limit)
    assert data
    tb.write(limit, data)
    zone = tb.ApplicationZone()
    for size in (base - zone, limit - zone, 2 * base):
        assert refuses(tb, lambda size=size: tb.NewPtr(size)) == 0
        assert tb.read(limit, base - limit) == data
    assert tb.zone(zone).limit <= limit


@everywhere
def test_row_17_new_memory_is_filled_where_the_profile_says_so(boot, bits, fit):
    """SLM, trust A: fresh_fill; a cleared block is zero all the same."""
    tb = boot(bits, fit, fresh_fill=0xA5)
    p = tb.NewPtr(0x1235)
    assert tb.read(p, 0x1235) == b"\xa5" * 0x1235
    tb.DisposePtr(p)
    p = tb.NewPtrClear(0x0FFF)
    assert tb.read(p, 0x0FFF) == bytes(0x0FFF)
    h = tb.NewHandle(0x35)
    assert get(tb, h) == b"\xa5" * 0x35


@everywhere
def test_row_17_a_cleared_block_is_zero_where_others_were_before(boot, bits, fit):
    """SLM, trust A."""
    tb = boot(bits, fit)
    p = tb.NewPtr(0x1235)
    tb.write(p, b"\xee" * 0x1235)
    tb.DisposePtr(p)
    p = tb.NewPtrClear(0x0FFF)
    assert tb.GetPtrSize(p) == 0x0FFF
    assert tb.read(p, 0x0FFF) == bytes(0x0FFF)


@everywhere
def test_row_18_a_success_sets_mem_err_to_0(boot, bits, fit):
    """SLM, trust A."""
    tb = boot(bits, fit)
    poison(tb)
    assert tb.MemError() != noErr
    h = tb.NewHandleClear(68)
    assert (tb.regs.D0, tb.low.get("MemErr")) == (0, 0)
    assert get(tb, h, 68) == bytes(68)


@everywhere
def test_row_19_a_state_is_stored_whole(boot, bits, fit):
    """Executor, trust C: the default."""
    tb = boot(bits, fit)
    h = tb.NewHandle(4)
    for call in (tb.HSetRBit, tb.HLock, tb.HPurge):
        assert call(h) == noErr
    assert tb.HGetState(h) == 0xE0
    assert tb.HSetState(h, 0) == noErr
    assert tb.HGetState(h) == 0


@everywhere
def test_row_19_a_state_keeps_the_resource_bit_where_the_profile_says_so(boot, bits, fit):
    """SLM, trust C: state_keeps_resource."""
    tb = boot(bits, fit, state_keeps_resource=True)
    h = tb.NewHandle(4)
    for call in (tb.HSetRBit, tb.HLock, tb.HPurge):
        call(h)
    assert tb.HSetState(h, 0) == noErr
    assert tb.HGetState(h) == RESOURCE


@everywhere
def test_row_20_the_resource_bit_is_set_and_cleared(boot, bits, fit):
    """SLM, trust A."""
    tb = boot(bits, fit)
    h = tb.NewHandle(4)
    assert tb.HGetState(h) == 0
    assert tb.HSetRBit(h) == noErr
    assert tb.HGetState(h) == RESOURCE
    assert tb.HClrRBit(h) == noErr
    assert tb.HGetState(h) == 0


@everywhere
def test_row_21_nil_has_no_resource_bit(boot, bits, fit):
    """SLM, trust A."""
    tb = boot(bits, fit)
    for call in (tb.HSetRBit, tb.HClrRBit):
        assert refuses(tb, lambda call=call: call(0), nilHandleErr) == nilHandleErr


@each_width
def test_row_15_a_size_beyond_what_a_zone_can_hold_is_refused(boot, bits):
    """SLM, trust B: the largest signed long does not wrap when the header is added."""
    tb = boot(bits)
    for size in (0x7FFFFFFF, 0x7FFFFFFF - header(tb), 0x800000):
        assert refuses(tb, lambda size=size: tb.NewPtr(size), memFullErr) == 0
        assert refuses(tb, lambda size=size: tb.NewHandle(size), memFullErr) == 0
