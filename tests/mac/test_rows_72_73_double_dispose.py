"""The conformance table of the Memory Manager, rows 72 and 73: one handle, disposed of twice.

A free master pointer holds the link to the next free one, so a handle disposed of once seems to lead to a block there. What
lies before that place is taken for the block's header:

    master block | header | slot 0 | slot 1 | ... | slot 63 |
                 ^ taken for the header where the link leads to slot 0: and this one is real
"""

import pytest

from handleheap.errors import HeapCorrupt
from handleheap.mac import memWZErr, noErr

from . import steps
from .steps import bytes_of, each_width, everywhere, header, live, refuses

boot = steps.booting

MASTERS = 64


def disposed_of_once(tb, number):
    """The last of `number` handles from a fresh block of 64 master pointers is disposed of once."""
    tb.InitApplZone()
    handles = [tb.NewHandle(4) for _ in range(number)]
    assert all(handles)
    h = handles.pop()
    assert tb.DisposeHandle(h) == noErr
    return h, handles


def slots(tb):
    """Where the first master-pointer block of the application zone has its slots."""
    first = tb.ApplicationZone() + 52 + header(tb)
    return range(first, first + 4 * MASTERS, 4)


@everywhere
@pytest.mark.parametrize("guarded", [False, True])
@pytest.mark.parametrize("number", [1, 2, 5, 32, 61, 62])
def test_row_72_the_second_dispose_fails_where_the_link_leads_into_the_block(boot, bits, fit, guarded, number):
    """DoubleTrouble, trust A."""
    tb = boot(bits, fit, guarded=guarded)
    h, others = disposed_of_once(tb, number)
    link = tb.peek(h)
    assert link in slots(tb)[1:]
    before = bytes_of(tb.zone(), tb)
    assert refuses(tb, lambda: tb.DisposeHandle(h), memWZErr) == memWZErr
    assert bytes_of(tb.zone(), tb) == before
    assert live(tb.zone()) == set(others)
    tb.check()
    assert tb.NewHandle(4) == h
    assert tb.NewHandle(4) == link


@everywhere
def test_row_73_the_second_dispose_frees_the_master_pointers(boot, bits, fit):
    """DoubleTrouble, trust A: the bug as it was."""
    tb = boot(bits, fit)
    h, others = disposed_of_once(tb, 63)
    assert tb.peek(h) == slots(tb)[0]
    free, first = tb.FreeMem(), tb.ApplicationZone() + 52
    assert tb.peek(first, 1) >> 6 == 1
    assert tb.DisposeHandle(h) == noErr == tb.MemError()
    assert tb.peek(first, 1) >> 6 == 0
    assert tb.FreeMem() == free + header(tb) + 4 * MASTERS
    boot.forget(tb)
    with pytest.raises(HeapCorrupt):
        tb.check()
    assert all(other in slots(tb) for other in others)


@everywhere
def test_row_73_then_the_next_pointer_lies_on_the_master_pointers(boot, bits, fit):
    """DoubleTrouble, trust A: how the bug shows. A heap that notices it on the way says so."""
    tb = boot(bits, fit)
    h, others = disposed_of_once(tb, 63)
    tb.DisposeHandle(h)
    boot.forget(tb)
    try:
        p = tb.NewPtr(4 * MASTERS)
    except HeapCorrupt:
        return
    assert p == slots(tb)[0]
    tb.write(p, b"\xff" * 4 * MASTERS)
    assert {tb.peek(other) for other in others} == {0xFFFFFFFF}


@everywhere
@pytest.mark.parametrize("number", [63, 64])
def test_row_73_a_guarded_second_dispose_fails(boot, bits, fit, number):
    """Trust A: the free list is walked first, as DoubleTrouble did; a link of nil is no exception."""
    tb = boot(bits, fit, guarded=True)
    h, others = disposed_of_once(tb, number)
    before = bytes_of(tb.zone(), tb)
    assert refuses(tb, lambda: tb.DisposeHandle(h), memWZErr) == memWZErr
    assert bytes_of(tb.zone(), tb) == before
    assert live(tb.zone()) == set(others)


@each_width
def test_row_73_it_is_1_in_64(boot, bits):
    """DoubleTrouble: with the links of a fresh block of 64, one second dispose in 64 does harm."""
    harm = []
    for number in range(1, 64):
        tb = boot(bits)
        h, _ = disposed_of_once(tb, number)
        if tb.DisposeHandle(h) == noErr:
            harm.append(number)
            boot.forget(tb)
    assert harm == [63]
