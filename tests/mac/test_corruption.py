"""One field at a time is turned over: the check names it, and no call loops or raises anything but a HeapError.

The zone has a block of each sort: nonrelocatable, two relocatable ones, a hole, an empty handle, used and free master pointers.
"""

import re
import signal
from contextlib import contextmanager, suppress
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handleheap.errors import HeapCorrupt, HeapError
from handleheap.mac import Toolbox, maxSize, noErr

from .test_vectors import OFFSETS
from .zones import HEADER, START, block_of, both_widths, field, textbook

MASTERS = 8
SECONDS = 20


class Loops(BaseException):
    """A call has not come back."""


@contextmanager
def soon():
    """The calls inside come back within some seconds, where the system has an alarm that tells."""
    if not hasattr(signal, "SIGALRM"):
        yield
        return

    def ring(number, frame):
        raise Loops(f"no answer after {SECONDS} seconds")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


class Sample(NamedTuple):
    tb: Toolbox
    pointer: int
    short: int
    long: int
    empty: int
    hole: int
    """The address of a free block in the middle."""


def sample(bits):
    tb = textbook(bits, MASTERS)
    pointer, short, gone, long, empty = tb.NewPtr(20), tb.NewHandle(10), tb.NewHandle(30), tb.NewHandle(50), tb.NewEmptyHandle()
    hole = block_of(tb, gone).base
    tb.DisposeHandle(gone)
    tb.SetGrowZone(lambda wanted: 0)
    tb.check()
    return Sample(tb, pointer, short, long, empty, hole)


class Flip(NamedTuple):
    """The bits of `mask` in the field at `address`, and what the check then says."""

    name: str
    address: int
    mask: int
    width: int
    says: str

    def turn(self, tb):
        tb.poke(self.address, tb.peek(self.address, self.width) ^ self.mask, self.width)


FIELDS = {
    24: [
        ("tag", 0, 0xC0, 1),
        ("reserved", 0, 0x30, 1),
        ("correction", 0, 0x0F, 1),
        ("size", 1, 0xFFFFFF, 3),
        ("location", 4, 0xFFFFFFFF, 4),
    ],
    32: [
        ("tag", 0, 0xC0, 1),
        ("reserved", 0, 0x3F, 1),
        ("flags", 1, 0xFF, 1),
        ("reserved", 2, 0xFF, 1),
        ("correction", 3, 0xFF, 1),
        ("size", 4, 0xFFFFFFFF, 4),
        ("location", 8, 0xFFFFFFFF, 4),
    ],
}
"""(field, offset, mask, width) in a block header."""


def zone_header():
    for name, (offset, width) in OFFSETS.items():
        yield Flip(name, START + offset, (1 << 8 * width) - 1, width, f"^zone at {START:#x}, field {name}:")


def block_header(bits, name, base, at="block"):
    """The fields of a block header. A tag turned over makes another sort of block, whose location is then wrong."""
    for what, offset, mask, width in FIELDS[bits]:
        names = {"tag": "tag|location", "reserved": "reserved|tag or reserved|tag"}.get(what, what)
        says = rf"^{at} at {base:#x}, field ({names}):"
        yield Flip(f"{name}, {what} at {offset}", base + offset, mask, width, says)


def master_pointers(s):
    """All the bits of a master pointer, those of the address only, and those of the flags only."""
    tail = START + 52 + HEADER[s.tb.bits]
    head = field(s.tb, "hFstFree")
    assert (s.tb.peek(tail), s.tb.peek(s.empty)) == (0, 0)
    assert s.tb.peek(head) not in (0, tail)
    for name, slot in {"used": s.short, "empty": s.empty, "first free": head, "last free": tail}.items():
        for mask in (0xFFFFFFFF, 0x00FFFFFF, 0xFF000000):
            yield Flip(f"{name} master pointer, {mask:08X}", slot, mask, 4, rf"(^|; )master pointer at {slot:#x}(:|$)")


def flips(bits):
    s = sample(bits)
    head = HEADER[bits]
    yield from zone_header()
    yield from block_header(bits, "free", s.hole)
    yield from block_header(bits, "nonrelocatable", s.pointer - head)
    yield from block_header(bits, "relocatable", s.tb.deref(s.short) - head)
    yield from block_header(bits, "master pointers", START + 52)
    yield from block_header(bits, "trailer", s.tb.zone().limit - 12, "trailer")
    yield from master_pointers(s)


def names(bits):
    """What can be turned over. The addresses are those of the sample, which is always the same."""
    yield from OFFSETS
    for kind in ("free", "nonrelocatable", "relocatable", "master pointers", "trailer"):
        yield from (f"{kind}, {what} at {offset}" for what, offset, *_ in FIELDS[bits])
    for kind in ("used", "empty", "first free", "last free"):
        yield from (f"{kind} master pointer, {mask:08X}" for mask in (0xFFFFFFFF, 0x00FFFFFF, 0xFF000000))


@pytest.fixture(scope="module")
def catalogue():
    return {bits: {flip.name: flip for flip in flips(bits)} for bits in (24, 32)}


EVERY = pytest.mark.parametrize(("bits", "name"), [(bits, name) for bits in (24, 32) for name in names(bits)])


@both_widths
def test_the_catalogue_is_whole(catalogue, bits):
    assert list(catalogue[bits]) == list(names(bits))


@EVERY
def test_the_check_names_block_and_field(catalogue, bits, name):
    flip = catalogue[bits][name]
    s = sample(bits)
    flip.turn(s.tb)
    with soon(), pytest.raises(HeapCorrupt) as caught:
        s.tb.check()
    assert re.search(flip.says, caught.value.detail), (flip.name, flip.says, caught.value.detail)
    flip.turn(s.tb)
    s.tb.check()


def battery(s):
    """Calls of every sort, from the most to the least harmful, on blocks that may no longer be what they were."""
    tb = s.tb
    return [
        lambda: tb.NewHandle(24),
        lambda: tb.NewPtr(24),
        lambda: tb.SetHandleSize(s.short, 60),
        lambda: tb.SetHandleSize(s.long, 4),
        lambda: tb.CompactMem(maxSize),
        lambda: tb.PurgeMem(maxSize),
        lambda: tb.MoveHHi(s.short),
        lambda: tb.MoveHHi(s.long),
        lambda: tb.MaxMem(),
        lambda: tb.MaxBlock(),
        lambda: tb.PurgeSpace(),
        lambda: tb.ReserveMem(100),
        lambda: tb.MoreMasters(),
        lambda: tb.SetPtrSize(s.pointer, 60),
        lambda: tb.ReallocateHandle(s.empty, 20),
        lambda: tb.EmptyHandle(s.short),
        lambda: tb.NewHandle(5000),
        lambda: tb.GetHandleSize(s.long),
        lambda: tb.RecoverHandle(s.pointer),
        lambda: tb.HLock(s.long),
        lambda: tb.HPurge(s.short),
        lambda: tb.HGetState(s.long),
        lambda: tb.HandleZone(s.long),
        lambda: tb.PtrZone(s.pointer),
        lambda: tb.FreeMem(),
        lambda: tb.plan(),
        lambda: list(tb.walk()),
        lambda: list(tb.zone().walk()),
        lambda: tb.DisposeHandle(s.short),
        lambda: tb.DisposeHandle(s.long),
        lambda: tb.DisposeHandle(s.empty),
        lambda: tb.DisposePtr(s.pointer),
        lambda: tb.NewHandle(24),
    ]


def survive(s, calls):
    with soon():
        for call in calls:
            with suppress(HeapError):
                call()


@EVERY
def test_no_call_loops_or_crashes(catalogue, bits, name):
    flip = catalogue[bits][name]
    s = sample(bits)
    flip.turn(s.tb)
    survive(s, battery(s))


@EVERY
def test_it_can_be_dumped_or_is_reported(catalogue, bits, name):
    flip = catalogue[bits][name]
    s = sample(bits)
    flip.turn(s.tb)
    survive(s, [s.tb.dump])


@EVERY
def test_nor_does_any_call_in_another_order(catalogue, bits, name):
    flip = catalogue[bits][name]
    s = sample(bits)
    flip.turn(s.tb)
    survive(s, reversed(battery(s)))


ARGUMENTS = {
    "NewHandle": lambda s: (500,),
    "NewPtr": lambda s: (500,),
    "SetHandleSize": lambda s: (s.short, 300),
    "CompactMem": lambda s: (maxSize,),
    "PurgeMem": lambda s: (maxSize,),
    "MoveHHi": lambda s: (s.short,),
    "DisposeHandle": lambda s: (s.short,),
    "MaxMem": lambda s: (),
}


@pytest.mark.parametrize("call", ARGUMENTS)
@both_widths
def test_what_a_call_finds_corrupt_it_does_not_make_worse(call, bits):
    """A block's size turned over: the bytes of the others are there still, whatever was called."""
    s = sample(bits)
    tb = s.tb
    data = tb.deref(s.long)
    tb.write(data, b"x" * 50)
    base = tb.deref(s.short) - HEADER[bits]
    tb.poke(base + 3 if bits == 24 else base + 7, 0xFF, 1)
    survive(s, [lambda: getattr(tb, call)(*ARGUMENTS[call](s))])
    assert tb.read(data, 50) == b"x" * 50
    with pytest.raises(HeapCorrupt):
        tb.check()


@both_widths
def test_a_rover_of_rubbish_is_reported_and_does_no_harm(bits):
    """HyperCard writes -8 into allocPtr."""
    s = sample(bits)
    s.tb.zone().header.put("allocPtr", 0xFFFFFFF8)
    with pytest.raises(HeapCorrupt, match="allocPtr"):
        s.tb.check()
    for size in (10, 100):
        assert s.tb.NewHandle(size)
        assert s.tb.MemError() == noErr
    s.tb.check()


@both_widths
def test_a_ring_of_free_master_pointers_is_found(bits):
    s = sample(bits)
    head = field(s.tb, "hFstFree")
    s.tb.poke(START + 52 + HEADER[bits], head)
    with soon(), pytest.raises(HeapCorrupt, match="master pointer at"):
        s.tb.check()
    survive(s, battery(s))


@both_widths
def test_a_master_pointer_in_use_that_is_in_the_free_list_is_found(bits):
    s = sample(bits)
    s.tb.zone().header.put("hFstFree", s.short)
    with pytest.raises(HeapCorrupt):
        s.tb.check()
    survive(s, battery(s))


@both_widths
def test_two_handles_of_one_block_are_found(bits):
    s = sample(bits)
    s.tb.poke(s.long, s.tb.peek(s.short))
    with pytest.raises(HeapCorrupt):
        s.tb.check()
    survive(s, battery(s))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from([24, 32]),
    st.lists(st.tuples(st.integers(START, START + 0x1A0), st.integers(0, 255)), min_size=1, max_size=6),
    st.randoms(use_true_random=False),
)
def test_whatever_is_written_into_a_zone_no_call_loops_or_crashes(bits, bytes_written, random):
    s = sample(bits)
    for address, value in bytes_written:
        s.tb.poke(address, value, 1)
    calls = battery(s)
    random.shuffle(calls)
    survive(s, calls)


PLAUSIBLE = [0, 12, 16, 24, 0x10000, 0x10034, 0x1003C, 0x10048, 0x1004C, 0x10060, 0x10400, 0x40000018, 0x80000018]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from([24, 32]),
    st.lists(st.tuples(st.integers(0, 0x60), st.sampled_from(PLAUSIBLE)), max_size=3),
    st.randoms(use_true_random=False),
)
def test_plausible_rubbish_is_survived_too(bits, longs, random):
    s = sample(bits)
    for offset, value in longs:
        s.tb.poke(START + 4 * offset, value)
    calls = battery(s)
    random.shuffle(calls)
    survive(s, calls)


@both_widths
def test_what_is_free_already_is_not_freed_once_more(bits):
    """Two blocks that overlap, since a size was written over: the second disposal says so, and the calls after it live on."""
    s = sample(bits)
    tb, base = s.tb, block_of(s.tb, s.short).base
    hole = next(block for block in tb.zone().walk() if block.base == s.hole)
    at, width = {24: (base + 1, 3), 32: (base + 4, 4)}[bits]
    tb.poke(at, hole.end - base, width)
    with pytest.raises(HeapCorrupt, match=f"a byte is free once: block at {base:#x}, field size"):
        tb.DisposeHandle(s.short)
    survive(s, battery(s))
