"""The notebook: what it knows of blocks of master pointers, whatever was in memory before."""

import pytest

from handleheap.block import Kind
from handleheap.mac import Toolbox, noErr
from handleheap.mac.notebook import Notebook


def owners(zone):
    return {block.base: block.owner for block in zone.walk() if block.kind is Kind.TABLE}


@pytest.mark.parametrize("bits", [24, 32])
def test_a_zone_laid_below_a_block_of_master_pointers_leaves_it_known(bits):
    tb = Toolbox(0x20000, bits)
    assert tb.InitZone(None, 4, 0x10400, 0x10000) == noErr
    zone = tb.zone()
    for size in (200, 204):
        p = tb.NewPtr(size)
        before = owners(zone)
        assert tb.MoreMasters() == noErr
        (table,) = set(owners(zone)) - set(before)
        assert table == p + size
        assert tb.InitZone(None, 1, p + size, p) == noErr
        assert tb.SetZone(zone.start) == noErr
        assert owners(zone)[table] == "master pointers"
        zone.check()


@pytest.mark.parametrize("bits", [24, 32])
def test_a_pointer_where_a_zone_once_was_is_a_pointer(bits):
    tb = Toolbox(0x20000, bits)
    application = tb.GetZone()
    p = tb.NewPtr(400)
    tb.InitZone(None, 4, p + 400, p)
    tb.SetZone(application)
    tb.DisposePtr(p)
    pointers = [tb.NewPtr(4) for _ in range(30)]
    fixed = [block.handle for block in tb.zone().walk() if block.kind is Kind.FIXED]
    assert fixed == sorted(pointers)
    tb.check()


@pytest.mark.parametrize("bits", [24, 32])
def test_a_block_of_master_pointers_where_a_zone_once_was_is_found_from_each_of_its_handles(bits):
    tb = Toolbox(0x20000, bits)
    application = tb.GetZone()
    for _ in range(63):
        tb.NewPtr(4), tb.NewHandle(4)
    p = tb.NewPtr(400)
    tb.InitZone(None, 4, p + 400, p)
    tb.SetZone(application)
    tb.DisposePtr(p)
    handles = [tb.NewEmptyHandle() for _ in range(40)]
    tb.SetZone(tb.SystemZone())
    assert {tb.HandleZone(handle) for handle in handles} == {application}
    tb.check()


def test_the_last_marked_block_before_an_address_is_found():
    notebook = Notebook(memoryview(bytearray(64)), 0)
    assert notebook.cell_before(500) is None
    for base in (0, 60, 300):
        notebook.mark(base)
    assert [notebook.cell_before(at) for at in (0, 7, 55, 56, 299, 303, 511)] == [0, 0, 0, 56, 296, 296, 296]
    notebook.clear(57, 300)
    assert [notebook.marked(base) for base in (0, 60, 300)] == [True, False, True]
