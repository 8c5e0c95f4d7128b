"""A view is the lock: what it and all that is derived from it hold back, and for how long."""

import gc
from array import array
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

import handleheap
from handleheap import Heap
from handleheap.check import check
from handleheap.core.pure import load_pure
from handleheap.errors import HandleNotLocked, HandlePinned, OutOfMemory

MODES = {handleheap.engine: Heap, "pure": load_pure().Heap}


@pytest.fixture(params=list(MODES))
def make(request):
    return MODES[request.param]


def filled(heap, byte, length=100, **options):
    handle = heap.alloc(length, **options)
    with heap.view(handle) as view:
        view[:] = bytes([byte]) * length
    return handle


def refused(heap, handle):
    """That nothing which would take the bytes away is done now, and that the refusals change nothing."""
    before = list(heap.walk())
    for call in (heap.free, heap.discard, lambda handle: heap.resize(handle, 1), lambda handle: heap.resize(handle, 1000)):
        with pytest.raises(HandlePinned) as caught:
            call(handle)
        assert caught.value.handle == handle
    with pytest.raises(HandlePinned):
        heap.close()
    assert list(heap.walk()) == before


def test_a_view_holds_its_block_while_all_others_move(make):
    heap = make(4000)
    handles = [filled(heap, byte) for byte in range(10)]
    view = heap.view(handles[5])
    address = heap.address(handles[5])
    for at in (0, 2, 4, 6, 8):
        heap.free(handles[at])
    assert heap.compact().moves > 0
    assert heap.address(handles[5]) == address
    assert bytes(view) == b"\5" * 100
    view[0] = 99
    view.release()
    assert heap.compact().moves == 1
    assert heap.address(handles[5]) != address
    assert bytes(heap.view(handles[5])) == b"\x63" + b"\5" * 99
    check(heap)


def derived(make, derive, *, discardable=True):
    """A heap with one block that is only held by what `derive` makes of its view."""
    heap = make(4000)
    gap, handle = heap.alloc(100), filled(heap, 7, discardable=discardable)
    heap.free(gap)
    parent = heap.view(handle)
    child = derive(parent)
    with suppress(BufferError):  # an array holds the view itself: it goes with its last reference
        parent.release()
    return heap, handle, child


DERIVED = {
    "slice": lambda view: view[10:20],
    "slice of a slice": lambda view: view[10:90][5:50:3],
    "cast": lambda view: view.cast("I"),
    "cast to a matrix": lambda view: view.cast("B", (10, 10)),
    "read-only": lambda view: view.toreadonly(),
    "memoryview": memoryview,
}


@pytest.mark.parametrize("name", list(DERIVED))
def test_what_is_derived_outlives_its_parent(make, name):
    heap, handle, child = derived(make, DERIVED[name])
    address = heap.address(handle)
    refused(heap, handle)
    assert heap.plan() == []
    assert heap.compact() == (0, 0, heap.stats().largest_free, True)
    assert heap.address(handle) == address
    assert set(child.tobytes()) == {7}
    child.release()
    assert heap.info(handle).locks == 0
    assert heap.compact().moves == 1
    heap.discard(handle)
    heap.free(handle)
    heap.close()


@pytest.mark.parametrize("dtype", ["u1", "<u2", "<f4"])
def test_numpy_arrays_outlive_their_parent(make, dtype):
    numpy = pytest.importorskip("numpy")
    heap, handle, whole = derived(make, lambda view: numpy.frombuffer(view, dtype))
    part = whole[3::2].reshape(-1, 1).T
    del whole
    gc.collect()
    refused(heap, handle)
    part[:] = 0
    del part
    gc.collect()
    assert heap.info(handle).locks == 0
    assert bytes(heap.view(handle)).count(0) > 10
    heap.free(handle)
    check(heap)


def test_an_array_over_a_read_only_view_is_read_only(make):
    numpy = pytest.importorskip("numpy")
    heap = make(1000)
    pixels = numpy.asarray(heap.view(filled(heap, 3), readonly=True))
    assert not pixels.flags.writeable
    assert int(pixels.sum()) == 300
    with pytest.raises(TypeError):
        heap.view(filled(heap, 3), readonly=True)[0] = 1


def test_a_view_in_a_cycle_goes_with_the_cycle(make):
    heap = make(1000)
    handle = heap.alloc(10)
    cycle = [heap.view(handle)]
    cycle.append(cycle)
    del cycle
    gc.collect()
    assert heap.info(handle).locks == 0
    heap.free(handle)


def test_a_copy_does_not_pin(make):
    heap = make(1000)
    handle = filled(heap, 5, 8)
    copies = bytes(heap.view(handle)), array("B", heap.view(handle)), heap.view(handle).tolist()
    heap.free(handle)
    assert {bytes(copy) for copy in copies} == {b"\5" * 8}


def test_a_view_outlives_the_name_of_its_heap(make):
    view = (lambda heap: heap.view(filled(heap, 9)))(make(1000))
    gc.collect()
    assert bytes(view) == b"\t" * 100


def test_a_resize_to_the_same_length_is_no_change(make):
    heap = make(1000)
    handle = filled(heap, 1)
    with heap.view(handle):
        assert heap.resize(handle, 100) == handle
    heap.lock(handle)
    assert heap.resize(handle, 100) == handle


def test_a_viewed_block_is_no_victim(make):
    heap = make(480)
    old, new = filled(heap, 1, 160, discardable=True), filled(heap, 2, 160, discardable=True)
    view = heap.view(old)
    heap.alloc(320)
    assert (heap.is_discarded(old), heap.is_discarded(new)) == (False, True)
    with pytest.raises(OutOfMemory, match="1 viewed"):
        heap.alloc(160)
    assert bytes(view) == b"\1" * 160


@given(st.lists(st.sampled_from(["view", "slice", "release", "lock", "unlock"]), max_size=40))
def test_locks_and_views_never_cancel_each_other(steps):
    for make in MODES.values():
        heap = make(1000)
        handle, locks, views = heap.alloc(64), 0, []
        for step in steps:
            if step == "view":
                views.append(heap.view(handle))
            elif step == "slice" and views:
                views.append(views[-1][:10])
            elif step == "release" and views:
                views.pop().release()
            elif step == "lock":
                assert heap.lock(handle) == heap.address(handle)
                locks += 1
            elif step == "unlock" and locks:
                heap.unlock(handle)
                locks -= 1
            elif step == "unlock":
                with pytest.raises(HandleNotLocked):
                    heap.unlock(handle)
            pinned = heap.info(handle).locks
            assert (pinned > 0) is (locks + len(views) > 0)
            assert pinned >= locks + (len(views) > 0)
            if pinned:
                with pytest.raises(HandlePinned):
                    heap.free(handle)
        while views:
            views.pop().release()
        assert heap.info(handle).locks == locks
        for _ in range(locks):
            heap.unlock(handle)
        heap.free(handle)
