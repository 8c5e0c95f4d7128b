"""Rows 77 to 85 of the conformance table: the derived vectors P1 to P9, with exact addresses and bytes.

Each has two parts: in Z24 as it is given, and in Z32, where headers are 4 bytes longer and the first block is at $10050. Blocks
of 100, 50, 30 and 20 bytes take up 108, 60, 40 and 28 bytes in Z24, and 112, 64, 44 and 32 in Z32.
"""

import pytest

from handleheap.block import Kind
from handleheap.events import Discarded, Moved, TableGrew
from handleheap.mac import maxSize, memFullErr, memPurErr, nilHandleErr, noErr

from .steps import discarded, moved, of, told
from .zones import block_of, blocks, both_fits, both_widths, field, holes, rungs, textbook

FILL = bytes(range(1, 251))


def new(tb, size):
    """A handle whose block is full of bytes that tell whether it is the same."""
    h = tb.NewHandle(size)
    assert h
    tb.write(tb.deref(h), FILL[:size])
    return h


def same(tb, h, size):
    return tb.GetHandleSize(h) == size and tb.read(tb.deref(h), min(size, 20)) == FILL[: min(size, 20)]


def where(tb, *handles):
    return [(block.base, block.size) for block in (block_of(tb, h) for h in handles)]


# --- 77, P1: compaction --------------------------------------------------------------------------------------------------


@both_fits
def test_row_77_p1_z24(fit):
    tb = textbook(24, fit=fit)
    h1, h2, h3 = new(tb, 100), new(tb, 50), new(tb, 30)
    assert (h1, h2, h3) == (0x10048, 0x10044, 0x10040)
    assert where(tb, h1, h2, h3) == [(0x1004C, 108), (0x100B8, 60), (0x100F4, 40)]
    assert tb.read(0x100F4, 8).hex() == "8200002800000040"
    assert tb.deref(h3) == 0x100FC
    assert tb.DisposeHandle(h2) == noErr
    assert tb.FreeMem() == 788
    largest, events = told(tb, lambda: tb.CompactMem(maxSize))
    assert largest == tb.regs.D0 == 788
    assert tb.peek(h3) == 0x000100C0
    assert tb.peek(h1) == 0x00010054
    assert of(Moved, events) == [Moved(h3, 0x100F4, 0x100B8, 40)]
    assert holes(tb) == [(0x100E0, 788)]
    assert field(tb, "zcbFree") == 788
    assert tb.read(0x100B8, 8).hex() == "8200002800000040"
    assert tb.read(0x100E0, 8).hex() == "0000031400000000"
    assert same(tb, h1, 100)
    assert same(tb, h3, 30)
    tb.check()


@both_fits
def test_row_77_p1_z32(fit):
    """$10050 + 112 = $100C0, + 64 = $10100, + 44 = $1012C; 932 - 220 + 64 = 776 are free behind the second dispose."""
    tb = textbook(32, fit=fit)
    h1, h2, h3 = new(tb, 100), new(tb, 50), new(tb, 30)
    assert (h1, h2, h3) == (0x1004C, 0x10048, 0x10044)
    assert where(tb, h1, h2, h3) == [(0x10050, 112), (0x100C0, 64), (0x10100, 44)]
    assert tb.read(0x10100, 12).hex() == "800000020000002c00000044"
    assert tb.DisposeHandle(h2) == noErr
    largest, events = told(tb, lambda: tb.CompactMem(maxSize))
    assert largest == field(tb, "zcbFree") == 776
    assert of(Moved, events) == [Moved(h3, 0x10100, 0x100C0, 44)]
    assert (tb.peek(h1), tb.peek(h3)) == (0x1005C, 0x100CC)
    assert holes(tb) == [(0x100EC, 776)]
    assert tb.read(0x100C0, 12).hex() == "800000020000002c00000044"
    assert tb.read(0x100EC, 12).hex() == "001a00000000030800000000"
    assert same(tb, h1, 100)
    assert same(tb, h3, 30)
    tb.check()


@pytest.mark.parametrize(("bits", "net"), [(24, 780), (32, 764)])
def test_row_77_p1_with_sizes_without_the_header(bits, net):
    tb = textbook(bits, sizes_physical=False)
    _, h2, _ = new(tb, 100), new(tb, 50), new(tb, 30)
    tb.DisposeHandle(h2)
    assert tb.CompactMem(maxSize) == net
    assert tb.MaxBlock() == net


# --- 78, P2: a lock is an island -----------------------------------------------------------------------------------------


@both_fits
@pytest.mark.parametrize(("bits", "gaps"), [(24, [(0x100B8, 60), (0x1011C, 728)]), (32, [(0x100C0, 64), (0x1012C, 712)])])
def test_row_78_p2(fit, bits, gaps):
    tb = textbook(bits, fit=fit)
    h1, h2, h3 = new(tb, 100), new(tb, 50), new(tb, 30)
    tb.DisposeHandle(h2)
    assert tb.HLock(h3) == noErr
    before = [tb.peek(h1), tb.peek(h3)]
    largest, events = told(tb, lambda: tb.CompactMem(maxSize))
    assert largest == gaps[1][1]
    assert not moved(events)
    assert holes(tb) == gaps
    assert [tb.peek(h1), tb.peek(h3)] == before
    assert same(tb, h3, 30)
    tb.check()


# --- 79, P3: nonrelocatable blocks go low --------------------------------------------------------------------------------


@both_fits
@pytest.mark.parametrize("rover", [True, False])
def test_row_79_p3_z24(fit, rover):
    tb = textbook(24, fit=fit, pointers_move_rover=rover)
    h1, h2 = new(tb, 100), new(tb, 50)
    p, events = told(tb, lambda: tb.NewPtr(20))
    assert p == tb.regs.A0 == 0x10054
    assert tb.read(0x1004C, 8).hex() == "4000001c00010000"
    assert of(Moved, events) == [Moved(h1, 0x1004C, 0x100F4, 108)]
    assert (tb.deref(h1), tb.deref(h2)) == (0x100FC, 0x100C0)
    assert holes(tb) == [(0x10068, 80), (0x10160, 660)]
    assert tb.FreeMem() == 936 - 108 - 60 - 28
    assert same(tb, h1, 100)
    assert same(tb, h2, 50)
    tb.check()


@both_fits
@pytest.mark.parametrize("rover", [True, False])
def test_row_79_p3_z32(fit, rover):
    """The pointer's 32 bytes at $10050; h1 hops to $100C0 + 64 = $10100; 112 - 32 = 80 stay free at $10070."""
    tb = textbook(32, fit=fit, pointers_move_rover=rover)
    h1, h2 = new(tb, 100), new(tb, 50)
    p, events = told(tb, lambda: tb.NewPtr(20))
    assert p == 0x1005C
    assert tb.read(0x10050, 12).hex() == "400000000000002000010000"
    assert of(Moved, events) == [Moved(h1, 0x10050, 0x10100, 112)]
    assert (tb.deref(h1), tb.deref(h2)) == (0x1010C, 0x100CC)
    assert holes(tb) == [(0x10070, 80), (0x10170, 644)]
    assert tb.FreeMem() == 932 - 112 - 64 - 32
    assert same(tb, h1, 100)
    assert same(tb, h2, 50)
    tb.check()


# --- 80, P4: purging -----------------------------------------------------------------------------------------------------

FULL = {24: 760, 32: 744}
"""What fills Z24 and Z32 behind blocks of 100 and 50 bytes: 936 - 108 - 60 - 8, and 932 - 112 - 64 - 12."""


@both_fits
@pytest.mark.parametrize(
    ("bits", "slot", "data", "header"),
    [(24, 0x1003C, 0x10054, "8a00006c0000003c"), (32, 0x10040, 0x1005C, "8000000a0000007000000040")],
)
def test_row_80_p4(fit, bits, slot, data, header):
    """In both zones the block is 8 bytes larger than it need be, so they are added to 2 of the rounding."""
    tb = textbook(bits, fit=fit)
    h1 = new(tb, 100)
    tb.HPurge(h1)
    h2, h3 = new(tb, 50), new(tb, 200)
    assert tb.SetHandleSize(h3, FULL[bits]) == noErr
    assert tb.FreeMem() == 0
    h4, events = told(tb, lambda: tb.NewHandle(90))
    assert h4 == slot
    assert tb.peek(h1) == 0
    assert tb.deref(h4) == data
    assert tb.read(data - len(header) // 2, len(header) // 2).hex() == header
    assert tb.GetHandleSize(h4) == 90
    assert field(tb, "zcbFree") == 0
    assert discarded(events) == [h1]
    assert not moved(events)
    assert rungs(events) == [("search", False), ("compact", False), ("purge", True)]
    assert same(tb, h2, 50)
    assert tb.GetHandleSize(h1) == 0
    assert tb.MemError() == nilHandleErr
    tb.check()


# --- 81, P5: master pointers run out -------------------------------------------------------------------------------------


@both_fits
@pytest.mark.parametrize("rover", [True, False])
def test_row_81_p5_z24(fit, rover):
    tb = textbook(24, fit=fit, pointers_move_rover=rover)
    handles = [new(tb, 20) for _ in range(4)]
    assert [tb.deref(h) for h in handles] == [0x10054, 0x10070, 0x1008C, 0x100A8]
    assert field(tb, "hFstFree") == 0
    h5, events = told(tb, lambda: tb.NewHandle(20))
    assert h5 == 0x10060
    assert tb.read(0x1004C, 8).hex() == "4400001c00010000"
    assert [tb.deref(h) for h in handles] == [0x100C4, 0x10070, 0x1008C, 0x100A8]
    assert tb.deref(h5) == 0x100E0
    assert tb.read(0x100D8, 8).hex() == "8000001c00000060"
    assert field(tb, "hFstFree") == 0x1005C
    assert field(tb, "zcbFree") == 768
    assert of(Moved, events) == [Moved(handles[0], 0x1004C, 0x100BC, 28)]
    assert len(of(TableGrew, events)) == 1
    assert all(same(tb, h, 20) for h in handles)
    tb.check()


@both_fits
@pytest.mark.parametrize("rover", [True, False])
def test_row_81_p5_z32(fit, rover):
    """Five blocks of 32 bytes; the master block needs 28 and gets 32, 4 of them correction. Its slots are at $1005C to $10068."""
    tb = textbook(32, fit=fit, pointers_move_rover=rover)
    handles = [new(tb, 20) for _ in range(4)]
    assert [tb.deref(h) for h in handles] == [0x1005C, 0x1007C, 0x1009C, 0x100BC]
    h5, events = told(tb, lambda: tb.NewHandle(20))
    assert h5 == 0x10068
    assert tb.read(0x10050, 12).hex() == "400000040000002000010000"
    assert [tb.deref(h) for h in handles] == [0x100DC, 0x1007C, 0x1009C, 0x100BC]
    assert tb.deref(h5) == 0x100FC
    assert tb.read(0x100F0, 12).hex() == "800000000000002000000068"
    assert field(tb, "hFstFree") == 0x10064
    assert field(tb, "zcbFree") == 740
    assert of(Moved, events) == [Moved(handles[0], 0x10050, 0x100D0, 32)]
    assert len(of(TableGrew, events)) == 1
    assert all(same(tb, h, 20) for h in handles)
    tb.check()


@both_widths
def test_row_81_p5_the_new_master_block_is_a_table_in_the_walk(bits):
    tb = textbook(bits)
    for _ in range(5):
        new(tb, 20)
    kinds = [block.kind for block in tb.zone().walk()]
    assert kinds == [Kind.TABLE] * 3 + [Kind.MOVABLE] * 5 + [Kind.FREE, Kind.TABLE]


# --- 82 to 85 ------------------------------------------------------------------------------------------------------------


@both_fits
@pytest.mark.parametrize(
    ("bits", "data", "header"), [(24, 0x10054, "800000d000000048"), (32, 0x1005C, "80000000000000d40000004c")]
)
def test_row_82_p6_the_last_block_grows_in_place(fit, bits, data, header):
    tb = textbook(bits, fit=fit)
    h = new(tb, 100)
    code, events = told(tb, lambda: tb.SetHandleSize(h, 200))
    assert code == noErr
    assert tb.deref(h) == data
    assert not moved(events)
    assert tb.read(data - len(header) // 2, len(header) // 2).hex() == header
    assert same(tb, h, 200)
    tb.check()


def test_row_83_p7_z24_four_bytes_fit_into_a_block_of_none():
    tb = textbook(24)
    h, _ = tb.NewHandle(0), new(tb, 10)
    assert tb.SetHandleSize(h, 4) == noErr
    assert tb.deref(h) == 0x10054
    assert tb.read(0x1004C, 8).hex() == "8000000c00000048"
    assert tb.GetHandleSize(h) == 4


def test_row_83_p7_z32_four_bytes_come_out_of_the_free_block_behind():
    """12 bytes are a header alone here, so the block grows to 16; it stays where it is."""
    tb = textbook(32)
    h = tb.NewHandle(0)
    assert tb.SetHandleSize(h, 4) == noErr
    assert tb.deref(h) == 0x1005C
    assert tb.read(0x10050, 12).hex() == "80000000000000100000004c"
    assert holes(tb) == [(0x10060, 916)]


def test_row_83_p7_z32_with_blocks_of_16_bytes_at_least():
    tb = textbook(32, min_block_32=16)
    h, _ = tb.NewHandle(0), new(tb, 10)
    assert tb.SetHandleSize(h, 4) == noErr
    assert tb.deref(h) == 0x1005C
    assert tb.read(0x10050, 12).hex() == "80000000000000100000004c"


@both_fits
@both_widths
def test_row_84_p8(fit, bits):
    tb = textbook(bits, fit=fit)
    h1 = new(tb, 100)
    tb.HPurge(h1)
    h2, h3 = new(tb, 50), new(tb, 200)
    tb.SetHandleSize(h3, FULL[bits])
    tb.HLock(h1)
    head, walk, pointer = field(tb, "hFstFree"), blocks(tb), tb.peek(h1)
    h4, events = told(tb, lambda: tb.NewHandle(90))
    assert h4 == tb.regs.A0 == 0
    assert tb.MemError() == tb.regs.D0 == memFullErr == -108
    assert tb.low.get("MemErr") == 0x10000 - 108
    assert not of(Moved, events)
    assert not of(Discarded, events)
    assert field(tb, "hFstFree") == head != 0
    assert blocks(tb) == walk
    assert tb.peek(h1) == pointer
    assert same(tb, h1, 100)
    assert same(tb, h2, 50)
    tb.check()


@both_fits
@both_widths
def test_row_85_p9(fit, bits):
    tb = textbook(bits, fit=fit)
    h = new(tb, 8)
    tb.HLock(h)
    assert tb.EmptyHandle(h) == tb.MemError() == memPurErr == -112
    assert same(tb, h, 8)
    tb.HUnlock(h)
    assert tb.EmptyHandle(h) == noErr
    assert tb.peek(h) == 0
    assert tb.HLock(h) == tb.MemError() == nilHandleErr == -109
    assert tb.FreeMem() == textbook(bits).FreeMem()
    tb.check()
