"""What the heap itself promises, beyond what every heap of the shelf does and what KERNEL's calls say."""

from collections import deque
from dataclasses import replace
from hashlib import blake2b

import pytest

from handleheap.block import Kind, Move
from handleheap.errors import HandlePinned, HeapCorrupt, OutOfHandles, OutOfMemory, StaleHandle
from handleheap.events import CompactBegan, Discarded, Moved, Recorder, Reported, RungTried
from handleheap.win16 import ENHANCED, GMEM_FIXED, GMEM_MOVEABLE, GMEM_NOTIFY, REAL, STANDARD, GlobalHeap, Kernel, UnboundProc
from handleheap.win16.layout import Header16, Header32
from handleheap.win16.memorymap import needed

PROFILES = pytest.mark.parametrize("profile", [REAL, STANDARD, ENHANCED], ids=lambda profile: profile.name)


def small(profile, room=4096, **options):
    return GlobalHeap(needed(profile, room), profile=profile, **options)


def digest(heap):
    return blake2b(heap.arena.memory).hexdigest()


def shape(heap):
    """Kinds and sizes between the tables, in address order."""
    return [(block.kind.name, block.size) for block in heap.walk() if block.kind is not Kind.TABLE]


# --- where blocks go -----------------------------------------------------------------------------------------------------


@PROFILES
def test_fixed_low_movable_above_discardable_at_the_top(profile):
    heap = small(profile)
    discardable, movable, fixed = heap.alloc(100, discardable=1), heap.alloc(100), heap.alloc(100, movable=False)
    assert heap.address(fixed) < heap.address(movable) < heap.address(discardable)
    assert (shape(heap)[0][0], shape(heap)[-1][0]) == ("FIXED", "MOVABLE")


@PROFILES
def test_a_fixed_request_lifts_no_more_blocks_than_it_must(profile):
    heap = small(profile)
    low, high = heap.alloc(100), heap.alloc(100)
    before = heap.address(high)
    heap.tap = recorder = Recorder()
    heap.alloc(100, movable=False)
    moved = [event.handle for event in recorder.events if isinstance(event, Moved)]
    assert moved == [high, low]
    assert before < heap.address(low)
    heap.free(low)
    heap.free(high)
    low, gap, high = heap.alloc(100), heap.alloc(1000), heap.alloc(100)
    heap.free(gap)
    recorder.events.clear()
    heap.alloc(500, movable=False)
    assert [event.handle for event in recorder.events if isinstance(event, Moved)] == [low]


@PROFILES
def test_a_request_among_the_discardables_compacts_first(profile):
    """The hole between two discardables is not for others, as long as there is another way."""
    heap = small(profile, 1024)
    top, middle, low = (heap.alloc(100, discardable=1) for _ in range(3))
    heap.discard(middle)
    filler = heap.alloc(heap.largest - 50)
    assert heap.address(filler) < heap.address(low)
    heap.tap = recorder = Recorder()
    handle = heap.alloc(100)
    assert heap.address(filler) < heap.address(handle) < heap.address(low) < heap.address(top)
    assert [event.rung for event in recorder.events if isinstance(event, RungTried)] == ["search", "compact"]
    assert not any(isinstance(event, Discarded) for event in recorder.events)


@PROFILES
def test_a_frozen_heap_neither_compacts_nor_discards(profile):
    heap = small(profile, 1024)
    first, _, last = heap.alloc(300), heap.alloc(300), heap.alloc(300, discardable=1)
    heap.free(first)
    heap.control.put("freeze", 1)
    heap.tap = recorder = Recorder()
    with pytest.raises(OutOfMemory):
        heap.alloc(500)
    assert not heap.is_discarded(last)
    assert not any(isinstance(event, CompactBegan | Discarded) for event in recorder.events)
    heap.control.put("freeze", 0)
    heap.alloc(500)
    assert heap.is_discarded(last)


@PROFILES
def test_nothing_goes_above_the_fence(profile):
    heap = small(profile, 2048)
    top = heap.fence
    heap.reserve(1024)
    assert heap.fence == top - 1024
    discardable = heap.alloc(100, discardable=1)
    assert heap.info(discardable).end == top - 1024
    with pytest.raises(OutOfMemory):
        heap.alloc(1100)
    heap.alloc(700)
    heap.compact()
    assert all(block.end <= heap.fence for block in heap.walk() if block.handle)
    heap.reserve(0)
    heap.alloc(900)
    heap.check()


@pytest.mark.parametrize("compacts", [True, False])
def test_nothing_is_discarded_for_a_request_below_1_mb_that_cannot_be_met(compacts):
    kernel = Kernel(ENHANCED, 2 << 20)
    kernel.heap.compacts = compacts
    for _ in range(15):
        assert kernel.GlobalAlloc(GMEM_FIXED, 65_536)
    gone = [kernel.GlobalAlloc(GMEM_MOVEABLE | 0x100, 1000) for _ in range(3)]
    before = digest(kernel)
    assert kernel.GlobalDosAlloc(512) == 0
    assert digest(kernel) == before
    assert not any(kernel.heap.is_discarded(handle) for handle in gone)


@PROFILES
def test_without_sliding_nothing_is_discarded_for_what_only_sliding_could_serve(profile):
    heap = small(profile, 1024)
    heap.compacts = False
    first, _, second, _ = heap.alloc(200), heap.alloc(100), heap.alloc(200), heap.alloc(heap.largest - 250)
    third = heap.alloc(200, discardable=1)
    for handle in (first, second):
        heap.set_discardable(handle, 1)
    with pytest.raises(OutOfMemory):
        heap.alloc(400)
    assert not any(map(heap.is_discarded, (first, second, third)))
    heap.alloc(200)
    assert heap.is_discarded(first) + heap.is_discarded(second) + heap.is_discarded(third) == 1


def test_unlock_of_a_block_that_is_fixed_says_that_it_still_is():
    kernel = Kernel(ENHANCED, needed(ENHANCED, 4096))
    handle = kernel.GlobalAlloc(GMEM_MOVEABLE, 10)
    kernel.GlobalFix(handle)
    assert kernel.GlobalUnlock(handle) == 1
    kernel.GlobalUnfix(handle)
    assert kernel.GlobalUnlock(handle) == 0


@PROFILES
def test_no_size_raises(profile):
    kernel = Kernel(profile, needed(profile, 4096))
    handle = kernel.GlobalAlloc(GMEM_MOVEABLE, 10)
    assert kernel.GlobalAlloc(GMEM_FIXED, -1) == 0
    assert kernel.GlobalDosAlloc(-1) == 0
    assert kernel.GlobalReAlloc(handle, -1, GMEM_MOVEABLE) == 0


# --- resizing ------------------------------------------------------------------------------------------------------------


@PROFILES
def test_a_fixed_block_grows_in_place_or_not_at_all(profile):
    heap = small(profile)
    fixed = heap.alloc(100, movable=False)
    assert heap.resize(fixed, 300) == fixed
    address = heap.address(fixed)
    heap.alloc(100, movable=False)
    heap.alloc(100)
    with pytest.raises(OutOfMemory):
        heap.resize(fixed, 500)
    assert (heap.address(fixed), heap.length(fixed)) == (address, 304 if profile.headers_in_band else 320)


@PROFILES
def test_a_block_that_grows_is_not_its_own_victim(profile):
    heap = small(profile, 1024)
    handle, other = heap.alloc(300, discardable=1), heap.alloc(300, discardable=1)
    heap.arena.view(heap.address(handle), 300)[:] = b"x" * 300
    heap.touch(other)
    with pytest.raises(OutOfMemory):
        heap.resize(handle, 900)
    assert bytes(heap.arena.view(heap.address(handle), 300)) == b"x" * 300
    heap.check()


def test_crossing_64_kb_may_change_the_handle_and_keeps_the_bytes():
    """KB-Q77226."""
    heap = GlobalHeap(2 << 20)
    handle, neighbour = heap.alloc(60_000), heap.alloc(32)
    heap.arena.view(heap.address(handle), 60_000)[:] = b"x" * 60_000
    new = heap.resize(handle, 70_000)
    assert new != handle
    with pytest.raises(StaleHandle):
        heap.info(handle)
    assert bytes(heap.arena.view(heap.address(new), 60_000)) == b"x" * 60_000
    heap.free(neighbour)
    heap.check()


# --- selectors run out ---------------------------------------------------------------------------------------------------


def test_when_selectors_run_out_the_error_says_so():
    heap = GlobalHeap(2 << 20, profile=STANDARD)
    handles = []
    with pytest.raises(OutOfHandles, match=r"no selector .*is left") as caught:
        handles.extend(iter(lambda: heap.alloc(1), 0))
    assert 4_000 < len(handles) <= 4_096
    assert caught.value.free > 1 << 20
    heap.check()
    for handle in handles:
        heap.free(handle)
    heap.check()
    assert len(shape(heap)) == 1


def test_a_block_shrinks_as_far_as_headers_can_be_named():
    """Without a selector for the rest, a block of standard mode stays as large as it was."""
    heap = GlobalHeap(2 << 20, profile=STANDARD)
    large = heap.alloc(1000)
    with pytest.raises(OutOfHandles):
        deque(iter(lambda: heap.alloc(1), 0))
    while heap.descriptors.used.count(0):
        heap.alloc_empty()
    assert heap.resize(large, 100) == large
    assert heap.length(large) == 1008
    heap.check()


# --- moves of others -----------------------------------------------------------------------------------------------------


@PROFILES
def test_a_wrong_plan_is_refused_and_nothing_moves(profile):
    heap = small(profile)
    low, high, fixed = heap.alloc(100), heap.alloc(100), heap.alloc(100, movable=False)
    gap = heap.info(high).end + 320
    one, other = heap.info(low), heap.info(high)
    wrong = [
        [Move(low, one.base, gap + 16, one.size)],
        [Move(low, one.base, other.base, one.size)],
        [Move(low, one.base + 32, gap, one.size)],
        [Move(high, one.base, gap, one.size)],
        [Move(low, one.base, heap.arena.size, one.size)],
        [Move(low, one.base, gap, one.size), Move(low, one.base, gap + 320, one.size)],
        [Move(fixed, heap.info(fixed).base, gap, heap.info(fixed).size)],
    ]
    before = digest(heap)
    for plan in wrong:
        with pytest.raises(ValueError, match="move"):
            heap.commit(plan)
        assert digest(heap) == before
    heap.count(low, 1)
    with pytest.raises(HandlePinned):
        heap.commit([Move(low, one.base, gap, one.size)])
    heap.check()


# --- the debug kernel ----------------------------------------------------------------------------------------------------


@PROFILES
def test_the_debug_kernel_finds_who_writes_into_free_memory(profile):
    recorder = Recorder()
    kernel = Kernel(replace(profile, debug=True), needed(profile, 4096), recorder)
    handles = [kernel.GlobalAlloc(GMEM_MOVEABLE, 100) for _ in range(4)]
    kernel.GlobalFree(handles[1])
    kernel.GlobalCompact(0)
    assert kernel.ValidateFreeSpaces() == 0
    free = next(block for block in kernel.walk() if block.kind is Kind.FREE)
    assert set(kernel.arena.view(free.body, free.length)) == {0xCC}
    kernel.arena.memory[free.body + 5] = 0
    assert kernel.ValidateFreeSpaces() == free.body + 5
    assert [event.code for event in recorder.events if isinstance(event, Reported)] == [0x00FF]


def test_fresh_memory_is_filled_as_the_profile_says():
    """winevdm fills the tail of fresh blocks with FFh, because some programs depend on it."""
    heap = small(replace(ENHANCED, fresh_fill=0xFF))
    handle = heap.alloc(10)
    assert set(heap.arena.view(heap.address(handle), heap.length(handle))) == {0xFF}


# --- memory is all there is ----------------------------------------------------------------------------------------------


def corruptions(heap):
    """(what, how): one byte of each structure spoilt."""
    handle = next(block.handle for block in heap.walk() if block.kind is Kind.MOVABLE)
    ref, _ = heap.find(handle)
    base = heap.arenas.read(ref).base
    layout, at = (Header16, base) if heap.header else (Header32, heap.map.burgermaster + ref)
    for field in ("prev", "next", "handle", "lru_next"):
        which, where = (layout, at + layout.offsets[field])
        if field == "lru_next":
            free = next(iter(heap.list.free_at.values()))
            where = (heap.arenas.read(free).base if heap.header else heap.map.burgermaster + free) + layout.offsets[field]
        yield f"{which.name}.{field}", where
    yield "size", at + layout.offsets["size"]
    for field in ("check", "arenas", "free_blocks", "lru_count", "first"):
        yield f"Burgermaster.{field}", heap.control.at + heap.control.codec.offsets[field]
    if heap.profile.protected:
        yield "base of a descriptor", 0x20 + 8 * (handle >> 3) + 2
        yield "access of a descriptor", 0x20 + 8 * (handle >> 3) + 5
        yield "a descriptor of nobody", 0x20 + 8 * 4000 + 5
    else:
        yield "handle table", heap.handles.start + handle - heap.handles.offset


@PROFILES
def test_a_spoilt_byte_is_found(profile):
    heap = small(profile)
    for discardable in (0, 1, 0):
        heap.alloc(100, discardable=discardable)
    found = list(corruptions(heap))
    assert len(found) >= 11
    for what, at in found:
        memory = bytearray(heap.arena.memory)
        memory[at] ^= memory[at] if what == "Burgermaster.check" else 0x10
        with pytest.raises(HeapCorrupt):
            pytest.fail(f"{what} at {at:#x}: {GlobalHeap.attach(memory, profile=profile)}")
    GlobalHeap.attach(bytearray(heap.arena.memory), profile=profile).check()


@PROFILES
@pytest.mark.parametrize("junk", [b"\0", b"\xff", b"junk"])
def test_junk_is_no_heap(profile, junk):
    size = needed(profile, 4096)
    with pytest.raises(HeapCorrupt):
        GlobalHeap.attach(bytearray((junk * size)[:size]), profile=profile)


@PROFILES
def test_memory_of_another_mode_is_refused(profile):
    others = {REAL: STANDARD, STANDARD: ENHANCED, ENHANCED: STANDARD}
    with pytest.raises(HeapCorrupt):
        GlobalHeap.attach(bytearray(small(profile, 200_000).arena.memory), profile=others[profile])


@PROFILES
def test_too_little_and_too_much_memory(profile):
    with pytest.raises(ValueError, match="needs at least"):
        GlobalHeap(needed(profile, 32) - 1, profile=profile)
    heap = GlobalHeap(needed(profile, 32), profile=profile)
    heap.alloc(1)
    heap.check()


@pytest.mark.parametrize(("profile", "limit"), [(REAL, 1 << 20), (STANDARD, 16 << 20)])
def test_a_mode_addresses_so_much(profile, limit):
    GlobalHeap(limit, profile=profile).check()
    with pytest.raises(ValueError, match="addresses"):
        GlobalHeap(limit + 1, profile=profile)


def test_a_callback_that_nobody_bound_raises_and_leaves_a_sound_heap():
    kernel = Kernel(ENHANCED, needed(ENHANCED, 8192))
    with kernel.task("APP", 64):
        kernel.GlobalNotify(lambda handle: 0)
        kernel.heap.alloc(2000, discardable=1, owner=kernel.current.pdb, flags=0x40)
        copy = Kernel.attach(bytearray(kernel.arena.memory))
        with pytest.raises(UnboundProc, match=r"GlobalNotify procedure of APP at 0017:0004"):
            copy.GlobalAlloc(GMEM_MOVEABLE, 6000)
        copy.check()
        bound = Kernel.attach(bytearray(kernel.arena.memory), procs=kernel.procs)
        assert bound.GlobalAlloc(GMEM_MOVEABLE, 6000) == 0
        assert digest(bound) == digest(kernel)


def test_a_procedure_may_free_and_must_not_move():
    kernel = Kernel(ENHANCED, needed(ENHANCED, 8192))
    asked = []
    with kernel.task("APP", 64):
        spare = kernel.GlobalAlloc(GMEM_MOVEABLE, 1000)
        block = kernel.GlobalAlloc(GMEM_MOVEABLE | 0x100 | GMEM_NOTIFY, 1000)

        def proc(handle):
            asked.append(handle)
            assert kernel.GlobalFree(spare) == 0
            assert kernel.GlobalAlloc(GMEM_FIXED, 100_000) == 0
            kernel.GlobalFree(handle)
            return 1

        kernel.GlobalNotify(proc)
        assert kernel.GlobalAlloc(GMEM_MOVEABLE, 6200)
        assert asked == [block]
    kernel.check()


def test_a_procedure_may_free_the_block_that_is_to_grow():
    kernel = Kernel(ENHANCED, needed(ENHANCED, 8192))
    with kernel.task("APP", 64):
        grows = kernel.GlobalAlloc(GMEM_MOVEABLE, 1000)
        kernel.GlobalAlloc(GMEM_FIXED, 100)
        assert kernel.GlobalAlloc(GMEM_MOVEABLE | 0x100 | GMEM_NOTIFY, 3000)
        kernel.GlobalNotify(lambda handle: kernel.GlobalFree(grows) + 1)
        assert kernel.GlobalReAlloc(grows, 5000, 0) == 0
        assert kernel.GlobalSize(grows) == 0
    kernel.check()


def test_files_are_for_a_loader_that_is_not_there_yet():
    kernel = Kernel(ENHANCED, needed(ENHANCED, 4096))
    with pytest.raises(NotImplementedError, match="LoadModule"):
        Kernel.attach(bytearray(kernel.arena.memory), files={"APP": b"NE"})
