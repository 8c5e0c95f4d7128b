"""The layout to the byte: the zones Z24 and Z32 of the textbook, and what goes into them first."""

import pytest

from handleheap.block import Kind
from handleheap.mac import SYSTEM7, Toolbox, memFullErr, noErr

from .zones import HEADER, LIMIT, START, block_of, blocks, both_fits, both_widths, field, holes, physical, textbook

FIRST = {24: 0x1004C, 32: 0x10050}
"""Where the first block goes in Z24 and in Z32: behind a zone header of 52 bytes and four master pointers."""

OFFSETS = {  # the word at 30, maxNRel, was divided when 32-bit zones came
    "bkLim": (0, 4),
    "purgePtr": (4, 4),
    "hFstFree": (8, 4),
    "zcbFree": (12, 4),
    "gzProc": (16, 4),
    "moreMast": (20, 2),
    "flags": (22, 2),
    "cntRel": (24, 2),
    "maxRel": (26, 2),
    "cntNRel": (28, 2),
    "heapType": (30, 1),
    "maxNRel": (31, 1),
    "cntEmpty": (32, 2),
    "cntHandles": (34, 2),
    "minCBFree": (36, 4),
    "purgeProc": (40, 4),
    "sparePtr": (44, 4),
    "allocPtr": (48, 4),
}
RESERVED = [
    "flags",
    "cntRel",
    "maxRel",
    "cntNRel",
    "maxNRel",
    "cntEmpty",
    "cntHandles",
    "minCBFree",
    "purgeProc",
    "sparePtr",
    "gzProc",
]


def hexed(tb, address, size):
    return tb.read(address, size).hex()


# --- an empty zone -------------------------------------------------------------------------------------------------------


@both_widths
def test_the_zone_header_is_52_bytes_at_documented_offsets(bits):
    tb = textbook(bits)
    for name, (offset, width) in OFFSETS.items():
        assert field(tb, name) == tb.peek(START + offset, width), name
    first, *_ = tb.zone().walk()
    assert (first.base, first.size, first.kind) == (START, 52, Kind.TABLE)


@both_widths
def test_fields_are_written_where_they_are_read(bits):
    tb = textbook(bits)
    for name, (offset, width) in OFFSETS.items():
        before = tb.read(START, 52)
        value = 0x12345678 & (1 << 8 * width) - 1
        tb.zone().header.put(name, value)
        after = tb.read(START, 52)
        assert after == before[:offset] + value.to_bytes(width, "big") + before[offset + width :]
        tb.write(START, before)


@pytest.mark.parametrize(("bits", "free", "top", "heap_type"), [(24, 936, 0x10048, 0), (32, 932, 0x1004C, 1)])
def test_what_initzone_writes_into_the_header(bits, free, top, heap_type):
    tb = textbook(bits)
    assert field(tb, "bkLim") == 0x103F4
    assert field(tb, "hFstFree") == top
    assert field(tb, "zcbFree") == free == tb.FreeMem()
    assert field(tb, "moreMast") == 4
    assert [field(tb, name) for name in RESERVED] == [0] * len(RESERVED)
    assert field(tb, "heapType") == tb.peek(START + 30, 1) == heap_type
    assert field(tb, "allocPtr") in (0x10034, FIRST[bits])
    assert field(tb, "purgePtr") in (0, 0x10034, FIRST[bits])
    assert (tb.zone().start, tb.zone().limit, tb.zone().bits) == (START, LIMIT, bits)
    assert tb.low.get("TheZone") == START


def test_z24_master_pointer_block():
    tb = textbook(24)
    assert hexed(tb, 0x10034, 8) == "4000001800010000"
    assert [tb.peek(slot) for slot in (0x1003C, 0x10040, 0x10044, 0x10048)] == [0, 0x1003C, 0x10040, 0x10044]


def test_z32_master_pointer_block():
    tb = textbook(32)
    assert hexed(tb, 0x10034, 12) == "400000000000001c00010000"
    assert [tb.peek(slot) for slot in (0x10040, 0x10044, 0x10048, 0x1004C)] == [0, 0x10040, 0x10044, 0x10048]


def test_master_pointers_may_also_be_handed_out_from_the_bottom():
    tb = textbook(24, masters_from_top=False)
    assert field(tb, "hFstFree") == 0x1003C
    assert [tb.peek(slot) for slot in (0x1003C, 0x10040, 0x10044, 0x10048)] == [0x10040, 0x10044, 0x10048, 0]
    assert [tb.NewHandle(4) for _ in range(4)] == [0x1003C, 0x10040, 0x10044, 0x10048]


def test_z24_free_block_and_trailer():
    tb = textbook(24)
    assert hexed(tb, 0x1004C, 8) == "000003a800000000"
    assert hexed(tb, 0x103F4, 8) == "0000000c00000000"


def test_z32_free_block_and_trailer():
    tb = textbook(32)
    assert hexed(tb, 0x10050, 12) == "001a0000000003a400000000"
    assert hexed(tb, 0x103F4, 12) == "001a00000000000c00000000"


@both_widths
def test_the_walk_tiles_the_zone(bits):
    tb = textbook(bits)
    walk = list(tb.zone().walk())
    assert [(b.base, b.size, b.kind) for b in walk] == [
        (0x10000, 52, Kind.TABLE),
        (0x10034, HEADER[bits] + 16, Kind.TABLE),
        (FIRST[bits], field(tb, "zcbFree"), Kind.FREE),
        (0x103F4, 12, Kind.TABLE),
    ]
    tb.check()


@both_widths
def test_bklim_may_be_told_as_the_limit(bits):
    """Row 23, which one implementation asserts and others contradict."""
    tb = textbook(bits, bklim_is_limit=True)
    assert field(tb, "bkLim") == LIMIT
    assert tb.zone().limit == LIMIT
    assert tb.FreeMem() == textbook(bits).FreeMem()
    assert tb.NewHandle(10)
    tb.check()


@pytest.mark.parametrize(("bits", "overhead"), [(24, 72), (32, 76)])
@pytest.mark.parametrize("limit", [LIMIT, 0x102F0])
@pytest.mark.parametrize("masters", [1, 2, 3, 4, 5, 7, 8, 16, 31, 32, 64, 100, 127])
def test_free_bytes_after_initzone(bits, overhead, limit, masters):
    """IM II-29: the zone header, the trailer, one block header, and four bytes for each master pointer are not free."""
    tb = textbook(bits, masters, limit)
    free = limit - START - (overhead + 4 * masters)
    assert tb.FreeMem() == field(tb, "zcbFree") == free
    assert holes(tb) == [(limit - 12 - free, free)]
    assert field(tb, "moreMast") == masters
    slot = START + 52 + HEADER[bits] + 4 * (masters - 1)
    for _ in range(masters):
        assert tb.NewEmptyHandle() == slot
        slot -= 4
    assert field(tb, "hFstFree") == 0
    tb.check()


@both_widths
def test_a_zone_is_as_wide_as_its_toolbox(bits):
    tb = Toolbox(0x20000, bits, SYSTEM7)
    assert tb.bits == bits
    assert {name: zone.bits for name, zone in tb.zones().items()} == dict.fromkeys(("System", "Temporary", "Application"), bits)


# --- the first block -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "header"),
    [
        (10, "8200001400000048"),
        (0, "8400000c00000048"),
        (1, "8300000c00000048"),
        (4, "8000000c00000048"),
        (5, "8300001000000048"),
    ],
)
@both_fits
def test_z24_newhandle(fit, size, header):
    tb = textbook(24, fit=fit)
    assert tb.NewHandle(size) == 0x10048
    assert tb.deref(0x10048) == 0x10054
    assert tb.peek(0x10048) == 0x00010054
    assert hexed(tb, 0x1004C, 8) == header
    assert field(tb, "hFstFree") == 0x10044
    assert tb.GetHandleSize(0x10048) == size
    assert tb.FreeMem() == 936 - physical(24, size)


@pytest.mark.parametrize(
    ("size", "header"),
    [
        (10, "80000002000000180000004c"),
        (0, "800000000000000c0000004c"),
        (1, "80000003000000100000004c"),
        (4, "80000000000000100000004c"),
        (5, "80000003000000140000004c"),
    ],
)
@both_fits
def test_z32_newhandle(fit, size, header):
    tb = textbook(32, fit=fit)
    assert tb.NewHandle(size) == 0x1004C
    assert tb.deref(0x1004C) == tb.peek(0x1004C) == 0x1005C
    assert hexed(tb, 0x10050, 12) == header
    assert field(tb, "hFstFree") == 0x10048
    assert tb.GetHandleSize(0x1004C) == size
    assert tb.FreeMem() == 932 - physical(32, size)


def test_a_block_of_no_bytes_has_an_address():
    for bits in (24, 32):
        tb = textbook(bits)
        assert tb.deref(tb.NewHandle(0)) == FIRST[bits] + HEADER[bits]


def test_z24_flags_are_in_the_master_pointer():
    tb = textbook(24)
    h = tb.NewHandle(10)
    for call, pointer in ((tb.HLock, 0x80010054), (tb.HPurge, 0xC0010054), (tb.HSetRBit, 0xE0010054)):
        assert call(h) == noErr
        assert tb.peek(h) == pointer
        assert tb.HGetState(h) == pointer >> 24
        assert tb.deref(h) == 0x10054
    assert hexed(tb, 0x1004C, 8) == "8200001400000048"
    for call, pointer in ((tb.HUnlock, 0x60010054), (tb.HNoPurge, 0x20010054), (tb.HClrRBit, 0x00010054)):
        assert call(h) == noErr
        assert tb.peek(h) == pointer


def test_z32_flags_are_in_the_block_header():
    tb = textbook(32)
    h = tb.NewHandle(10)
    for call, flags in ((tb.HLock, 0x80), (tb.HPurge, 0xC0), (tb.HSetRBit, 0xE0)):
        assert call(h) == noErr
        assert hexed(tb, 0x10050, 12) == f"80{flags:02x}0002000000180000004c"
        assert tb.HGetState(h) == flags
        assert tb.peek(h) == 0x1005C
    for call, flags in ((tb.HUnlock, 0x60), (tb.HNoPurge, 0x20), (tb.HClrRBit, 0x00)):
        assert call(h) == noErr
        assert hexed(tb, 0x10050, 4) == f"80{flags:02x}0002"
        assert tb.peek(h) == 0x1005C


@pytest.mark.parametrize(("bits", "header"), [(24, "4200001400010000"), (32, "400000020000001800010000")])
@both_fits
def test_newptr_header(fit, bits, header):
    tb = textbook(bits, fit=fit)
    p = tb.NewPtr(10)
    assert p == FIRST[bits] + HEADER[bits]
    assert hexed(tb, FIRST[bits], HEADER[bits]) == header
    assert tb.GetPtrSize(p) == 10
    assert tb.PtrZone(p) == START


@pytest.mark.parametrize(("bits", "header"), [(24, "0000001400000000"), (32, "001a00000000001800000000")])
def test_a_disposed_block_looks_like_a_free_one(bits, header):
    tb = textbook(bits)
    h, _ = tb.NewHandle(10), tb.NewHandle(10)
    tb.HLock(h)
    assert tb.DisposeHandle(h) == noErr
    assert hexed(tb, FIRST[bits], HEADER[bits]) == header
    tb.check()


@both_widths
def test_disposed_master_pointers_come_back_last_in_first_out(bits):
    tb = textbook(bits)
    first, second, third = (tb.NewHandle(4) for _ in range(3))
    rest = field(tb, "hFstFree")
    tb.DisposeHandle(first)
    tb.DisposeHandle(third)
    assert (field(tb, "hFstFree"), tb.peek(third), tb.peek(first)) == (third, first, rest)
    assert [tb.NewHandle(4) for _ in range(3)] == [third, first, rest]
    assert second == first - 4


@pytest.mark.parametrize(("bits", "slots", "top"), [(24, 0x10054, 0x10060), (32, 0x1005C, 0x10068)])
@both_fits
def test_moremasters_puts_its_slots_before_the_list(fit, bits, slots, top):
    tb = textbook(bits, fit=fit)
    head, free = field(tb, "hFstFree"), tb.FreeMem()
    assert tb.MoreMasters() == noErr
    assert field(tb, "hFstFree") == top
    assert [tb.peek(slots + 4 * i) for i in range(4)] == [head, slots, slots + 4, slots + 8]
    assert tb.FreeMem() == free - HEADER[bits] - 16
    assert tb.GetPtrSize(slots) == 16
    assert [b.kind for b in tb.zone().walk()] == [Kind.TABLE, Kind.TABLE, Kind.TABLE, Kind.FREE, Kind.TABLE]


# --- sizes ---------------------------------------------------------------------------------------------------------------


@both_widths
@pytest.mark.parametrize("size", range(41))
def test_sizes_are_rounded_to_longs_and_the_correction_remembers(bits, size):
    gross = physical(bits, size)
    correction = gross - HEADER[bits] - size
    assert gross % 4 == 0
    assert gross >= 12
    for kind, tag in (("NewHandle", 0x80), ("NewPtr", 0x40)):
        tb = textbook(bits)
        answer = getattr(tb, kind)(size)
        (block, free) = blocks(tb)
        assert (block.base, block.size, block.length) == (FIRST[bits], gross, size)
        assert free.size == tb.FreeMem() == field(tb, "zcbFree")
        if bits == 24:
            assert tb.peek(block.base) == (tag | correction) << 24 | gross
        else:
            assert tb.peek(block.base) == tag << 24 | correction
            assert tb.peek(block.base + 4) == gross
        assert (tb.GetHandleSize if tag == 0x80 else tb.GetPtrSize)(answer) == size


@pytest.mark.parametrize(
    ("bits", "size", "correction"), [(24, 920, 8), (24, 917, 11), (24, 924, 4), (32, 912, 8), (32, 909, 11), (32, 916, 4)]
)
@pytest.mark.parametrize("kind", ["NewHandle", "NewPtr"])
def test_a_rest_of_less_than_12_bytes_goes_into_the_correction(kind, bits, size, correction):
    tb = textbook(bits)
    free = tb.FreeMem()
    answer = getattr(tb, kind)(size)
    (block,) = blocks(tb)
    assert (block.size, block.length) == (free, size)
    stored = tb.peek(block.base, 1) & 15 if bits == 24 else tb.peek(block.base + 3, 1)
    assert stored == correction
    assert tb.FreeMem() == 0
    assert (tb.GetHandleSize if kind == "NewHandle" else tb.GetPtrSize)(answer) == size
    tb.check()


@pytest.mark.parametrize(("bits", "size"), [(24, 916), (32, 908)])
def test_a_rest_of_12_bytes_is_a_free_block(bits, size):
    tb = textbook(bits)
    assert tb.NewHandle(size)
    assert holes(tb) == [(0x103E8, 12)]


@pytest.mark.parametrize(("size", "gross", "correction"), [(0, 16, 4), (1, 16, 3), (4, 16, 0), (5, 20, 3)])
def test_32_bit_blocks_may_be_16_bytes_at_least(size, gross, correction):
    tb = textbook(32, min_block_32=16)
    tb.NewHandle(size)
    assert hexed(tb, 0x10050, 8) == f"800000{correction:02x}{gross:08x}"


def test_with_blocks_of_16_bytes_at_least_the_largest_correction_is_15():
    tb = textbook(32, min_block_32=16)
    assert tb.NewHandle(905)
    assert hexed(tb, 0x10050, 8) == "8000000f000003a4"
    assert tb.FreeMem() == 0


@both_widths
@both_fits
def test_the_whole_zone_is_one_block(fit, bits):
    for kind in ("NewHandle", "NewPtr"):
        tb = textbook(bits, fit=fit)
        free = tb.FreeMem()
        assert getattr(tb, kind)(free - HEADER[bits] + 1) == 0
        assert tb.MemError() == tb.regs.D0 == memFullErr
        assert tb.FreeMem() == free
        assert getattr(tb, kind)(free - HEADER[bits]) != 0
        assert tb.MemError() == noErr
        assert tb.FreeMem() == 0
        tb.check()


@both_widths
def test_the_register_a0_has_the_handle_and_d0_the_code(bits):
    tb = textbook(bits)
    h = tb.NewHandle(10)
    assert h == tb.regs.A0
    assert tb.MemError() == tb.regs.D0 == noErr
    assert block_of(tb, h).base == FIRST[bits]


@pytest.mark.parametrize("bits", [24, 32])
@pytest.mark.parametrize("kind", ["NewHandle", "NewPtr"])
def test_a_block_of_no_bytes_at_the_very_end_is_a_block(kind, bits):
    """In a 32-bit zone its address is that of the trailer."""
    tb = textbook(bits)
    assert tb.HLock(tb.NewHandle(tb.FreeMem() - HEADER[bits] - 12)) == noErr
    answer = getattr(tb, kind)(0)
    block = block_of(tb, answer)
    assert (block.base, block.size, tb.FreeMem()) == (0x103E8, 12, 0)
    if kind == "NewHandle":
        for call in (tb.HLock, tb.HUnlock, tb.MoveHHi, tb.HPurge, tb.HNoPurge):
            assert call(answer) == noErr
        assert tb.HandleZone(answer) == START
        assert tb.RecoverHandle(tb.deref(answer)) == answer
        assert tb.GetHandleSize(answer) == 0
        assert tb.MemError() == noErr
        assert tb.DisposeHandle(answer) == noErr
    else:
        assert tb.PtrZone(answer) == START
        assert tb.GetPtrSize(answer) == 0
        assert tb.MemError() == noErr
        assert tb.DisposePtr(answer) == noErr
    assert holes(tb) == [(0x103E8, 12)]
    tb.check()


@both_widths
def test_the_largest_correction_is_that_of_an_empty_block_before_a_rest_that_is_too_small(bits):
    """Least size 12: in a 24-bit zone 4 are left over of it, in a 32-bit zone none; and 8 are no block."""
    tb = textbook(bits)
    handle = tb.NewHandle(HEADER[24] - HEADER[bits] + 9)
    tb.NewHandle(100)
    assert tb.SetHandleSize(handle, 0) == noErr
    block = block_of(tb, handle)
    assert (block.size, block.length) == (20, 0)
    assert block.size - HEADER[bits] == {24: 12, 32: 8}[bits]
    tb.check()


@both_widths
def test_new_bytes_within_the_physical_size_are_filled_like_others(bits):
    tb = textbook(bits, fresh_fill=0xA5)
    handle, pointer = tb.NewHandle(1), tb.NewPtr(1)
    tb.write(tb.deref(handle), b"x")
    tb.write(pointer, b"x")
    assert (tb.SetHandleSize(handle, 3), tb.SetPtrSize(pointer, 3)) == (noErr, noErr)
    assert tb.read(tb.deref(handle), 3) == tb.read(pointer, 3) == b"x\xa5\xa5"
