"""The conformance table of the Memory Manager, rows 29 to 35 and 38 to 50: resizing, finding, copying."""

from handleheap.mac import memFullErr, memWZErr, nilHandleErr, noErr

from . import steps
from .steps import block, each_width, everything, everywhere, get, lay, poison, put, refuses, text

boot = steps.booting


@everywhere
def test_row_29_a_block_grows_within_its_physical_size_and_beyond(boot, bits, fit):
    """SLM, trust A: the pointer is stable for 3 bytes. What happens for 9 is C; the default grows into free memory behind."""
    tb = boot(bits, fit)
    h = tb.NewHandle(1)
    p = tb.deref(h)
    assert tb.SetHandleSize(h, 3) == noErr
    assert (tb.deref(h), tb.GetHandleSize(h)) == (p, 3)
    put(tb, h, b"abc")
    assert tb.SetHandleSize(h, 9) == noErr
    assert tb.GetHandleSize(h) == 9
    assert get(tb, h, 3) == b"abc"
    assert tb.deref(h) == p


@everywhere
def test_row_29_a_block_that_grows_moves_where_the_profile_says_so(boot, bits, fit):
    """SLM, trust C: grows_in_place=False."""
    tb = boot(bits, fit, grows_in_place=False)
    h = tb.NewHandle(1)
    p = tb.deref(h)
    assert tb.SetHandleSize(h, 3) == noErr
    assert tb.deref(h) == p
    put(tb, h, b"abc")
    assert tb.SetHandleSize(h, 9) == noErr
    assert tb.deref(h) != p
    assert tb.GetHandleSize(h) == 9
    assert get(tb, h, 3) == b"abc"


@everywhere
def test_row_30_a_handle_is_recovered_from_its_pointer(boot, bits, fit):
    """SLM, trust A."""
    tb = boot(bits, fit)
    handles = [tb.NewHandle(n) for n in (0, 1, 40)]
    tb.HLock(handles[1])
    tb.HPurge(handles[2])
    for h in handles:
        poison(tb)
        assert tb.RecoverHandle(tb.deref(h)) == h
        assert tb.MemError() == noErr


@everywhere
def test_row_31_a_stale_pointer_recovers_nothing(boot, bits, fit):
    """Trust C: the default."""
    tb = boot(bits, fit)
    h = tb.NewHandle(16)
    p = tb.deref(h)
    tb.DisposeHandle(h)
    assert tb.RecoverHandle(p) == 0
    assert tb.MemError() == memWZErr


@everywhere
def test_row_31_a_stale_pointer_recovers_its_handle_where_the_profile_says_so(boot, bits, fit):
    """SLM, trust C: recover_checks=False."""
    tb = boot(bits, fit, recover_checks=False)
    h = tb.NewHandle(16)
    p = tb.deref(h)
    tb.DisposeHandle(h)
    assert tb.RecoverHandle(p) == h


@everywhere
def test_row_32_a_stale_pointer_does_not_recover_the_handle_of_another_block(boot, bits, fit):
    """SLM, trust B: the handle is used again, for a block elsewhere."""
    tb = boot(bits, fit)
    h = tb.NewHandle(16)
    tb.NewHandle(16)
    p = tb.deref(h)
    tb.DisposeHandle(h)
    assert tb.NewHandle(200) == h
    assert tb.deref(h) != p
    assert tb.RecoverHandle(p) == 0
    assert tb.MemError() != noErr


@everywhere
def test_row_33_a_pointer_shrinks_where_it_is(boot, bits, fit):
    """SLM, trust A."""
    tb = boot(bits, fit)
    p = tb.NewPtr(256)
    data = steps.pattern(3, 256)
    tb.write(p, data)
    poison(tb)
    assert tb.SetPtrSize(p, 128) == noErr
    assert tb.MemError() == noErr
    assert tb.GetPtrSize(p) == 128
    assert tb.read(p, 128) == data[:128]
    assert block(tb, p).size == steps.physical(tb, 128)


@everywhere
def test_row_34_a_pointer_to_no_bytes_gets_one(boot, bits, fit):
    """SLM, trust A."""
    tb = boot(bits, fit)
    p = tb.NewPtr(0)
    assert p
    assert tb.GetPtrSize(p) == 0
    assert tb.SetPtrSize(p, 1) == noErr
    assert tb.GetPtrSize(p) == 1


@everywhere
def test_row_35_a_pointer_does_not_grow_over_another(boot, bits, fit):
    """SLM, trust A."""
    tb = boot(bits, fit)
    p, q = tb.NewPtr(128), tb.NewPtr(16)
    assert block(tb, p).end == block(tb, q).base
    tb.write(p, steps.pattern(5, 128))
    before = everything(tb)
    assert refuses(tb, lambda: tb.SetPtrSize(p, 4096)) == memFullErr
    assert tb.GetPtrSize(p) == 128
    assert everything(tb) == before


@everywhere
def test_row_38_a_handle_tells_its_zone_even_when_it_is_empty(boot, bits, fit):
    """SLM, trust A."""
    tb = boot(bits, fit)
    h, empty = tb.NewHandle(8), tb.NewEmptyHandle()
    application = tb.GetZone()
    zone = lay(tb)
    here, gone = tb.NewHandle(8), tb.NewHandle(8)
    tb.EmptyHandle(gone)
    tb.SetZone(tb.SystemZone())
    for handle, home in ((h, application), (empty, application), (here, zone.start), (gone, zone.start)):
        poison(tb)
        assert tb.HandleZone(handle) == home
        assert tb.MemError() == noErr


@everywhere
def test_row_39_the_zone_of_nil_is_no_error(boot, bits, fit):
    """SLM, trust A: seen on System 7.5.3, against the documents."""
    tb = boot(bits, fit)
    poison(tb)
    tb.HandleZone(0)
    assert tb.MemError() == noErr


@everywhere
def test_row_39_the_zone_of_nil_is_an_error_where_the_profile_says_so(boot, bits, fit):
    """Inside Macintosh: handle_zone_of_nil_is_error."""
    tb = boot(bits, fit, handle_zone_of_nil_is_error=True)
    assert refuses(tb, lambda: tb.HandleZone(0), nilHandleErr) == 0


@everywhere
def test_row_40_a_disposed_handle_has_no_zone(boot, bits, fit):
    """SLM, trust A."""
    tb = boot(bits, fit)
    h = tb.NewHandle(8)
    tb.DisposeHandle(h)
    assert refuses(tb, lambda: tb.HandleZone(h), memWZErr) == 0


@everywhere
def test_row_41_a_pointer_tells_its_zone_and_nil_has_none(boot, bits, fit):
    """SLM, trust A."""
    tb = boot(bits, fit)
    p, q = tb.NewPtr(8), tb.NewPtrSys(8)
    assert (tb.PtrZone(p), tb.MemError()) == (tb.ApplicationZone(), noErr)
    assert (tb.PtrZone(q), tb.MemError()) == (tb.SystemZone(), noErr)
    assert refuses(tb, lambda: tb.PtrZone(0), memWZErr) == 0


@everywhere
def test_row_42_nothing_is_copied_to_nil(boot, bits, fit):
    """SLM, trust A."""
    tb = boot(bits, fit)
    p = text(tb, b"bytes")
    before = everything(tb)
    err, copy = refuses(tb, lambda: tb.HandToHand(0), nilHandleErr)
    assert (err, copy, tb.regs.A0) == (nilHandleErr, 0, 0)
    for call in (tb.PtrToXHand, tb.PtrAndHand):
        assert refuses(tb, lambda call=call: call(p, 0, 5), nilHandleErr) == nilHandleErr
        assert tb.regs.A0 == 0
    assert everything(tb) == before


@everywhere
def test_row_43_nil_is_not_appended(boot, bits, fit):
    """SLM, trust A."""
    tb = boot(bits, fit)
    b = tb.NewHandle(2)
    put(tb, b, b"CD")
    assert refuses(tb, lambda: tb.HandAndHand(0, b), nilHandleErr) == nilHandleErr
    assert (tb.regs.A0, get(tb, b)) == (b, b"CD")


@everywhere
def test_row_44_bytes_become_a_handle(boot, bits, fit):
    """SLM, trust A."""
    tb = boot(bits, fit)
    p = text(tb, b"sixsix")
    err, h = tb.PtrToHand(p, 6)
    assert err == noErr == tb.MemError()
    assert get(tb, h) == b"sixsix" == tb.read(p, 6)
    assert tb.RecoverHandle(tb.deref(h)) == h
    assert tb.HGetState(h) == 0


@everywhere
def test_row_45_a_handle_takes_the_size_of_the_bytes(boot, bits, fit):
    """SLM, trust A."""
    tb = boot(bits, fit)
    p = text(tb, b"wxyz")
    h = tb.NewHandle(3)
    assert tb.PtrToXHand(p, h, 4) == noErr
    assert (tb.GetHandleSize(h), get(tb, h)) == (4, b"wxyz")
    assert tb.PtrToXHand(p, h, 1) == noErr
    assert (tb.GetHandleSize(h), get(tb, h)) == (1, b"w")


@everywhere
def test_row_46_bytes_are_appended_and_their_source_stays(boot, bits, fit):
    """SLM, trust A."""
    tb = boot(bits, fit)
    a, b, hel = tb.NewHandle(2), tb.NewHandle(2), tb.NewHandle(3)
    put(tb, a, b"AB")
    put(tb, b, b"CD")
    put(tb, hel, b"HEL")
    assert tb.HandAndHand(a, b) == noErr == tb.MemError()
    assert (get(tb, b), get(tb, a)) == (b"CDAB", b"AB")
    lo = text(tb, b"LO")
    assert tb.PtrAndHand(lo, hel, 2) == noErr == tb.MemError()
    assert (get(tb, hel), tb.read(lo, 2)) == (b"HELLO", b"LO")


@everywhere
def test_row_47_a_block_move_may_overlap(boot, bits, fit):
    """SLM, trust A."""
    tb = boot(bits, fit)
    for call in (tb.BlockMove, tb.BlockMoveData):
        p = text(tb, bytes(range(8)))
        assert call(p, p + 2, 6) == noErr
        assert tb.read(p, 8) == bytes([0, 1, 0, 1, 2, 3, 4, 5])
        tb.write(p, bytes(range(8)))
        assert call(p + 2, p, 6) == noErr
        assert tb.read(p, 8) == bytes([2, 3, 4, 5, 6, 7, 6, 7])


@everywhere
def test_row_48_a_block_move_of_less_than_nothing_does_nothing(boot, bits, fit):
    """SLM, trust B."""
    tb = boot(bits, fit)
    p = text(tb, bytes(range(8)))
    before = everything(tb)
    for call in (tb.BlockMove, tb.BlockMoveData):
        for count in (-1, -6, 0):
            assert call(p, p + 2, count) == noErr
    assert everything(tb) == before


@each_width
def test_row_49_an_address_is_stripped_in_24_bit_mode_only(boot, bits):
    """SLM, trust A."""
    tb = boot(bits)
    assert tb.StripAddress(0xAB123456) == (0x00123456 if bits == 24 else 0xAB123456)


@everywhere
def test_row_50_masters_a_handle_and_room_for_64_kb(boot, bits, fit):
    """SLM, trust B."""
    tb = boot(bits, fit, 1 << 20)
    assert tb.MoreMasters() == noErr
    assert tb.NewHandle(64)
    assert tb.ReserveMem(0x10000) == noErr == tb.MemError()
    assert max(b.size for b in steps.free_blocks(tb.zone())) >= 0x10000
