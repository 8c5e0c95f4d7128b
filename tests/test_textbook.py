"""The ideal handle heap: addresses, ladder, victims, and that every error leaves everything as it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handleheap.block import Block, Compaction, Kind, Move
from handleheap.check import check
from handleheap.errors import (
    BlockDiscarded,
    HandleNotLocked,
    HandlePinned,
    HeapCorrupt,
    NotDiscardable,
    OutOfMemory,
    StaleHandle,
)
from handleheap.events import (
    Allocated,
    CompactBegan,
    CompactEnded,
    Discarded,
    Freed,
    Locked,
    Marked,
    Moved,
    Recorder,
    Refused,
    Reloaded,
    Resized,
    RungTried,
    Unlocked,
)
from handleheap.textbook import LADDER, NEVER_COMPACT, Textbook, compact, discard, search


def write(heap, handle, data):
    heap.arena.view(heap.address(handle), len(data))[:] = data


def read(heap, handle):
    return bytes(heap.arena.view(heap.address(handle), heap.length(handle)))


def where(heap, *handles):
    return [heap.address(handle) for handle in handles]


def state(heap):
    return list(heap.walk()), heap.discarded(), bytes(heap.arena.memory)


def told(heap, call):
    """What the tap hears during `call`."""
    heap.tap = recorder = Recorder()
    call()
    heap.tap = None
    return recorder.events


# --- find, carve, bind ---------------------------------------------------------------------------------------------------


def test_movable_blocks_fill_from_the_bottom_fixed_ones_from_the_top():
    heap = Textbook(256)
    a, b = heap.alloc(20), heap.alloc(16)
    x, y = heap.alloc(20, movable=False), heap.alloc(0, movable=False)
    assert where(heap, a, b, x, y) == [0, 32, 224, 208]
    assert [(block.kind.name, block.base, block.size) for block in heap.walk()] == [
        ("MOVABLE", 0, 32),
        ("MOVABLE", 32, 16),
        ("FREE", 48, 160),
        ("FIXED", 208, 16),
        ("FIXED", 224, 32),
    ]
    heap.free(x)
    assert where(heap, heap.alloc(3, movable=False), heap.alloc(30, movable=False)) == [240, 176]


def test_a_fixed_block_is_aligned_where_the_arena_ends_crooked():
    heap = Textbook(107)
    assert where(heap, heap.alloc(5, movable=False), heap.alloc(5, movable=False)) == [80, 64]
    check(heap)


@pytest.mark.parametrize(("fit", "bases"), [("first", [0, 48]), ("best", [224, 0]), ("worst", [96, 288]), ("next", [288, 336])])
def test_the_fit_chooses_the_hole(fit, bases):
    heap = Textbook(400, fit=fit)
    blocks = [heap.alloc(size) for size in (80, 16, 112, 16, 48, 16)]
    for handle in blocks[::2]:
        heap.free(handle)
    assert [(b.base, b.size) for b in heap.walk() if b.kind is Kind.FREE] == [(0, 80), (96, 112), (224, 48), (288, 112)]
    assert [heap.address(heap.alloc(size)) for size in (48, 16)] == bases
    check(heap)


def test_the_largest_hole_can_be_had_and_so_can_everything():
    heap = Textbook(4096)
    whole = heap.alloc(4096)
    heap.free(whole)
    a, b = heap.alloc(100), heap.alloc(100)
    heap.lock(b)
    heap.free(a)
    largest = max(block.size for block in heap.walk() if block.kind is Kind.FREE)
    heap.alloc(largest)
    assert heap.address(b) == 112


def test_a_length_is_kept_to_the_byte_and_a_size_is_rounded():
    heap = Textbook(256, align=32)
    for n, size in ((0, 32), (1, 32), (32, 32), (33, 64)):
        block = heap.info(heap.alloc(n))
        assert (block.length, block.size, block.body) == (n, size, block.base)


@pytest.mark.parametrize("align", [1, 2, 64])
def test_alignment(align):
    heap = Textbook(1000, align=align)
    for size in (1, 3, 10):
        assert heap.address(heap.alloc(size)) % align == 0
    assert heap.address(heap.alloc(5, movable=False)) % align == 0
    check(heap)


def test_handles_are_never_used_again():
    heap = Textbook(64)
    handles = []
    for _ in range(50):
        handles.append(heap.alloc(64))
        heap.free(handles[-1])
    assert len(set(handles)) == 50
    for handle in handles:
        for call in (heap.free, heap.info, heap.lock, heap.unlock, heap.touch, heap.discard, heap.address, heap.length):
            with pytest.raises(StaleHandle, match=f"handle {handle:#x} names no block"):
                call(handle)
        with pytest.raises(StaleHandle):
            heap.resize(handle, 10)
        with pytest.raises(StaleHandle):
            heap.set_discardable(handle, 1)
        with pytest.raises(StaleHandle):
            heap.is_discarded(handle)


# --- the ladder ----------------------------------------------------------------------------------------------------------


def holes_of_two(**options):
    """[hole 64][b 64][hole 64][d 64] of 256."""
    heap = Textbook(256, **options)
    a, b, c, d = [heap.alloc(64) for _ in range(4)]
    heap.free(a), heap.free(c)
    return heap, b, d


def test_the_ladder_is_climbed_rung_by_rung():
    heap, b, d = holes_of_two()
    write(heap, b, b"bee")
    write(heap, d, b"dee")
    assert told(heap, lambda: heap.alloc(128)) == [
        RungTried("search", 128, False),
        CompactBegan(128, 64),
        Moved(b, 64, 0, 64),
        Moved(d, 192, 64, 64),
        CompactEnded(2, 128, 128),
        RungTried("compact", 128, True),
        Allocated(5, 128, 128, 128),
    ]
    assert (read(heap, b)[:3], read(heap, d)[:3]) == (b"bee", b"dee")


def test_who_never_compacts_is_refused_where_others_are_served():
    heap, b, _ = holes_of_two(ladder=NEVER_COMPACT)
    with pytest.raises(OutOfMemory):
        heap.alloc(65)
    assert heap.address(b) == 64


def test_discarding_comes_last_and_compacts_as_soon_as_the_bytes_suffice():
    heap, b, d = holes_of_two()
    heap.set_discardable(b, 1)
    heap.set_discardable(d, 1)
    assert told(heap, lambda: heap.alloc(192)) == [
        RungTried("search", 192, False),
        RungTried("compact", 192, False),  # 128 bytes are free: nothing is moved in vain
        Discarded(b, 64, 64),
        RungTried("discard", 192, True),
        Allocated(5, 0, 192, 192),
    ]
    assert (heap.is_discarded(b), heap.is_discarded(d)) == (True, False)


def test_discarding_compacts_where_it_must():
    heap = Textbook(256)
    handles = [heap.alloc(64, discardable=1) for _ in range(2)] + [heap.alloc(64) for _ in range(2)]
    heap.free(handles[2])
    events = told(heap, lambda: heap.alloc(128))
    assert [type(event) for event in events if not isinstance(event, RungTried)] == [
        Discarded, CompactBegan, Moved, Moved, CompactEnded, Allocated
    ]  # fmt: skip
    assert (where(heap, handles[1], handles[3]), heap.is_discarded(handles[0])) == ([0, 64], True)


def test_without_the_compact_rung_discarding_does_not_compact():
    heap = Textbook(256, ladder=NEVER_COMPACT)
    handles = [heap.alloc(64, discardable=flag) for flag in (1, 0, 1, 1)]
    heap.alloc(128)
    assert [heap.is_discarded(handle) for handle in handles] == [True, False, True, True]
    assert heap.address(handles[1]) == 64


def test_a_refusal_tells_what_there_is():
    heap, b, d = holes_of_two()
    heap.lock(b)
    fixed = heap.alloc(16, movable=False)
    heap.tap = recorder = Recorder()
    with pytest.raises(OutOfMemory) as caught:
        heap.alloc(200)
    assert recorder.events == [*[RungTried(rung, 208, False) for rung in ("search", "compact", "discard")], Refused(208, 112, 64)]
    assert str(caught.value) == "wanted 208 bytes: 112 free, largest free block 64, 80 pinned"
    assert heap.address(fixed) in (112 + 64, 48)
    assert heap.address(d) == 192


def test_what_can_never_be_served_disturbs_nobody():
    heap, b, d = holes_of_two()
    heap.set_discardable(d, 1)
    before = state(heap)
    for call in (lambda: heap.alloc(10**10), lambda: heap.resize(b, 10**10), lambda: heap.alloc(10**10, movable=False)):
        with pytest.raises(OutOfMemory):
            call()
        assert state(heap) == before


def test_a_ladder_of_your_own():
    def give_up(heap, need, high):
        return None

    def the_other_end(heap, need, high):
        return search(heap, need, True)

    heap = Textbook(256, ladder=(give_up, the_other_end))
    events = told(heap, lambda: heap.alloc(16))
    assert events[:2] == [RungTried("give_up", 16, False), RungTried("the_other_end", 16, True)]
    assert [rung.__name__ for rung in LADDER] == ["search", "compact", "discard"]
    assert (search, compact, discard) == LADDER
    assert (search, discard) == NEVER_COMPACT
    with pytest.raises(OutOfMemory):
        Textbook(256, ladder=()).alloc(1)


# --- who is discarded ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("victims", "gone"), [("lru", [2, 3]), ("address", [1, 2]), ("priority", [4, 2])])
def test_the_victim_order_decides(victims, gone):
    heap = Textbook(256, victims=victims)
    for flag in (1, 1, 1, 3):
        heap.alloc(64, discardable=flag)
    heap.touch(1)
    heap.touch(4)
    events = told(heap, lambda: heap.alloc(128))
    assert [event.handle for event in events if isinstance(event, Discarded)] == gone


def test_victims_of_your_own():
    heap = Textbook(256, victims=lambda blocks: [block for block in blocks if block.handle == 3])
    for _ in range(4):
        heap.alloc(64, discardable=1)
    heap.alloc(64)
    assert [block.handle for block in heap.discarded()] == [3]
    with pytest.raises(OutOfMemory):
        heap.alloc(64)


@pytest.mark.parametrize("use", ["lock", "touch"])
def test_using_a_block_makes_it_young(use):
    heap = Textbook(128)
    a, b = heap.alloc(64, discardable=1), heap.alloc(64, discardable=1)
    getattr(heap, use)(a)
    if use == "lock":
        heap.unlock(a)
    heap.alloc(64)
    assert (heap.is_discarded(a), heap.is_discarded(b)) == (False, True)


def test_locked_blocks_and_kept_ones_are_no_victims():
    heap = Textbook(192)
    a, b, _ = heap.alloc(64, discardable=1), heap.alloc(64, discardable=1), heap.alloc(64)
    heap.lock(a)
    heap.set_discardable(b, 0)
    with pytest.raises(OutOfMemory):
        heap.alloc(16)
    assert heap.discarded() == []


# --- discarding and reloading --------------------------------------------------------------------------------------------


def loader(text):
    def load(handle, memory):
        memory[: len(text)] = text

    return load


def test_a_discarded_block_keeps_its_handle_and_comes_back():
    heap = Textbook(256)
    a = heap.alloc(20, discardable=1, loader=loader(b"again"))
    other = heap.alloc(16)
    assert told(heap, lambda: heap.discard(a)) == [Discarded(a, 0, 32)]
    assert told(heap, lambda: heap.discard(a)) == []
    gone = heap.info(a)
    assert (gone.base, gone.body, gone.size, gone.length, gone.discardable) == (-1, -1, 0, 20, 1)
    assert heap.discarded() == [gone]
    assert gone not in list(heap.walk())
    heap.alloc(32)
    with pytest.raises(BlockDiscarded):
        heap.address(a)
    assert heap.length(a) == 20
    events = told(heap, lambda: heap.touch(a))
    assert events == [RungTried("search", 32, True), Reloaded(a, 48, 32, 20)]
    assert read(heap, a)[:5] == b"again"
    assert (heap.touch(a), heap.touch(other), heap.discarded()) == (True, True, [])


def test_touch_tells_whether_the_contents_survived():
    heap = Textbook(64)
    a = heap.alloc(20, discardable=1, loader=loader(b""))
    assert heap.touch(a) is True
    heap.discard(a)
    assert heap.touch(a) is False
    assert heap.touch(a) is True


def test_lock_reloads_first():
    heap = Textbook(64)
    a = heap.alloc(20, discardable=1, loader=loader(b"x"))
    heap.discard(a)
    events = told(heap, lambda: heap.lock(a))
    assert events == [RungTried("search", 32, True), Reloaded(a, 0, 32, 20), Locked(a, 1)]


def test_without_a_loader_what_is_gone_is_gone():
    heap = Textbook(64)
    a = heap.alloc(20, discardable=1)
    heap.discard(a)
    for call in (heap.touch, heap.lock, heap.address, lambda handle: heap.resize(handle, 30)):
        with pytest.raises(BlockDiscarded):
            call(a)
    assert heap.resize(a, 20) == a
    heap.free(a)
    check(heap)
    with pytest.raises(StaleHandle):
        heap.info(a)


def test_a_discarded_block_is_freed_without_memory():
    heap = Textbook(64)
    a = heap.alloc(20, discardable=1)
    heap.discard(a)
    assert told(heap, lambda: heap.free(a)) == [Freed(a, -1, 0)]


def test_a_reload_may_push_others_out_and_never_itself():
    heap = Textbook(128)
    a = heap.alloc(128, discardable=1, loader=loader(b"A"))
    b = heap.alloc(128, discardable=1, loader=loader(b"B"))
    for handle, text in ((a, b"A"), (b, b"B"), (a, b"A")):
        heap.touch(handle)
        assert read(heap, handle)[:1] == text
        assert len(heap.discarded()) == 1


def test_a_reload_without_room_leaves_it_discarded():
    heap = Textbook(128)
    a = heap.alloc(64, discardable=1, loader=loader(b""))
    heap.discard(a)
    heap.alloc(128)
    before = state(heap)
    for call in (heap.touch, heap.lock):
        with pytest.raises(OutOfMemory):
            call(a)
        assert state(heap) == before


def test_a_loader_that_raises_leaves_it_discarded():
    def fail(handle, memory):
        raise OSError("disk")

    heap = Textbook(128)
    a = heap.alloc(64, discardable=1, loader=fail)
    heap.discard(a)
    before = list(heap.walk()), heap.discarded()
    for call in (heap.touch, heap.lock):
        with pytest.raises(OSError, match="disk"):
            call(a)
        assert (list(heap.walk()), heap.discarded()) == before
        check(heap)


def test_a_loader_may_allocate_and_its_memory_stays_where_it_is():
    heap = Textbook(256)
    inner = []

    def load(handle, memory):
        address = heap.address(handle)
        memory[:] = b"1" * len(memory)
        inner.append(heap.alloc(64, discardable=1))
        heap.compact()
        heap.alloc(64)
        memory[:1] = b"2"
        assert heap.address(handle) == address

    low = heap.alloc(64)
    a = heap.alloc(64, discardable=1, loader=load)
    heap.alloc(64)
    heap.discard(a)
    heap.free(low)
    heap.touch(a)
    assert read(heap, a) == b"2" + b"1" * 63
    assert heap.info(a).locks == 0
    check(heap)


def test_a_loader_may_lock_its_own_block():
    heap = Textbook(256)
    a = heap.alloc(64, discardable=1, loader=lambda handle, memory: heap.lock(handle))
    heap.discard(a)
    heap.touch(a)
    assert heap.info(a).locks == 1
    heap.unlock(a)
    assert heap.info(a).locks == 0


def test_marking():
    heap = Textbook(128)
    a, fixed = heap.alloc(64), heap.alloc(16, movable=False)
    with pytest.raises(NotDiscardable):
        heap.discard(a)
    assert told(heap, lambda: heap.set_discardable(a, 2)) == [Marked(a, 2)]
    heap.discard(a)
    heap.set_discardable(fixed, 0)
    with pytest.raises(ValueError, match="a fixed block cannot be discardable"):
        heap.set_discardable(fixed, 1)
    with pytest.raises(ValueError, match="a fixed block cannot be discardable"):
        heap.alloc(8, movable=False, discardable=1)
    with pytest.raises(NotDiscardable):
        heap.discard(fixed)


# --- locks ---------------------------------------------------------------------------------------------------------------


def test_locks_count():
    heap = Textbook(256)
    low, a = heap.alloc(32), heap.alloc(32)
    heap.free(low)
    assert told(heap, lambda: [heap.lock(a), heap.lock(a), heap.unlock(a)]) == [Locked(a, 1), Locked(a, 2), Unlocked(a, 1)]
    assert heap.compact() == Compaction(0, 0, 192, True)
    heap.unlock(a)
    with pytest.raises(HandleNotLocked):
        heap.unlock(a)
    assert heap.compact().moves == 1
    assert heap.lock(a) == heap.address(a) == 0


def test_a_locked_block_refuses_to_be_freed_resized_discarded_and_moved():
    heap = Textbook(256)
    heap.free(heap.alloc(32))
    a = heap.alloc(32, discardable=1)
    heap.lock(a)
    heap.lock(a)
    before = state(heap)
    calls = (
        lambda: heap.free(a),
        lambda: heap.resize(a, 10),
        lambda: heap.resize(a, 100),
        lambda: heap.discard(a),
        lambda: heap.commit([Move(a, 0, 64, 32)]),
    )
    for call in calls:
        with pytest.raises(HandlePinned, match=r"is locked \(2x\)"):
            call()
        assert state(heap) == before
    assert heap.resize(a, 32) == a


# --- resize --------------------------------------------------------------------------------------------------------------


def test_resize_to_the_same_length_is_nothing():
    heap = Textbook(128)
    a = heap.alloc(20)
    assert told(heap, lambda: heap.resize(a, 20)) == []


def test_a_block_grows_by_moving_with_its_contents():
    heap = Textbook(256)
    a = heap.alloc(20)
    write(heap, a, b"contents of 20 bytes")
    assert told(heap, lambda: heap.resize(a, 40)) == [RungTried("search", 48, True), Resized(a, 0, 32, 32, 48, 40)]
    assert read(heap, a)[:20] == b"contents of 20 bytes"
    assert [(b.base, b.size) for b in heap.walk() if b.kind is Kind.FREE] == [(0, 32), (80, 176)]


def test_a_block_shrinks_in_place_where_there_is_no_hole():
    heap = Textbook(64)
    a = heap.alloc(64)
    write(heap, a, bytes(range(64)))
    assert told(heap, lambda: heap.resize(a, 20)) == [Resized(a, 0, 64, 0, 32, 20)]
    assert read(heap, a) == bytes(range(20))
    heap.resize(a, 17)
    assert heap.info(a)[:2] == (32, 32)
    check(heap)


def test_a_block_grows_into_its_slack_where_there_is_no_hole():
    heap = Textbook(64)
    a = heap.alloc(50)
    write(heap, a, b"5" * 50)
    assert told(heap, lambda: heap.resize(a, 64)) == [Resized(a, 0, 64, 0, 64, 64)]
    assert read(heap, a)[:50] == b"5" * 50


def test_a_fixed_block_stays_high_and_fixed():
    heap = Textbook(256)
    a = heap.alloc(16, movable=False)
    heap.resize(a, 32)
    assert (heap.address(a), heap.info(a).kind) == (208, Kind.FIXED)


def test_a_refused_resize_leaves_everything():
    heap = Textbook(256)
    a, b = heap.alloc(100, discardable=1), heap.alloc(100)
    write(heap, a, b"kept")
    before = state(heap)
    with pytest.raises(OutOfMemory):
        heap.resize(a, 200)
    with pytest.raises(ValueError, match="-1 bytes"):
        heap.resize(b, -1)
    assert state(heap) == before


def test_a_resized_block_is_no_victim_of_itself():
    heap = Textbook(256)
    a, b = heap.alloc(64, discardable=5), heap.alloc(64, discardable=1)
    write(heap, a, b"kept")
    heap.resize(a, 150)
    assert (heap.is_discarded(a), heap.is_discarded(b), heap.info(a).discardable) == (False, True, 5)
    assert read(heap, a)[:4] == b"kept"


def test_resize_compacts_itself_too():
    heap = Textbook(256)
    low, a, high = heap.alloc(64), heap.alloc(64), heap.alloc(32)
    heap.free(low)
    write(heap, a, b"moved twice")
    heap.resize(a, 130)
    assert read(heap, a)[:11] == b"moved twice"
    assert heap.address(high) < heap.address(a)


# --- compaction ----------------------------------------------------------------------------------------------------------


def scattered(**options):
    heap = Textbook(512, **options)
    handles = [heap.alloc(size) for size in (32, 64, 32, 96, 32, 16)]
    for handle in handles[::2]:
        heap.free(handle)
    return heap, handles[1::2]


def test_a_plan_changes_nothing_and_compact_carries_it_out():
    heap, handles = scattered()
    before = state(heap)
    plan = heap.plan()
    assert state(heap) == before
    assert plan == [Move(handles[0], 32, 0, 64), Move(handles[1], 128, 64, 96), Move(handles[2], 256, 160, 16)]
    assert heap.compact() == Compaction(176, 3, 336, True)
    assert where(heap, *handles) == [0, 64, 160]
    assert heap.plan() == []
    assert heap.compact() == Compaction(0, 0, 336, True)


def test_a_budget():
    heap, handles = scattered()
    steps = [heap.compact(max_bytes=100), heap.compact(max_moves=1), heap.compact(max_moves=5, max_bytes=0)]
    assert [(step.moves, step.bytes_moved, step.done) for step in steps] == [(1, 64, False), (1, 96, False), (1, 16, True)]
    assert where(heap, *handles) == [0, 64, 160]
    with pytest.raises(ValueError, match="a budget cannot be negative"):
        heap.compact(max_moves=-1)


def test_slide_up_and_hop():
    heap, handles = scattered(planner="slide-up")
    heap.compact()
    assert where(heap, *handles) == [336, 400, 496]
    heap, handles = scattered(planner="hop")
    heap.lock(handles[0])
    heap.compact()
    assert where(heap, *handles) == [32, 96, 0]


def test_two_finger_on_equal_blocks():
    heap = Textbook(512, planner="two-finger")
    handles = [heap.alloc(60) for _ in range(8)]
    for handle, mark in zip(handles, range(8), strict=True):
        write(heap, handle, bytes([mark]) * 60)
    for i in (0, 2, 3):
        heap.free(handles[i])
    assert heap.compact() == Compaction(3 * 64, 3, 192, True)
    assert where(heap, *(handles[i] for i in (1, 4, 5, 6, 7))) == [64, 256, 192, 128, 0]
    assert all(read(heap, handles[i]) == bytes([i]) * 60 for i in (1, 4, 5, 6, 7))
    heap.alloc(10)
    heap.free(handles[7])
    with pytest.raises(ValueError, match="blocks of one size"):
        heap.compact()


def test_a_planner_of_your_own():
    asked = []

    def lazy(blocks, *, align=1, max_bytes=None, max_moves=None):
        asked.append((len(list(blocks)), align))
        return []

    heap, _ = scattered(planner=lazy)
    assert heap.compact().done
    assert asked == [(7, 16)]


@pytest.mark.parametrize(
    ("move", "error"),
    [
        (Move(99, 32, 0, 64), StaleHandle),
        (Move(2, 0, 32, 64), ValueError),
        (Move(2, 32, 0, 48), ValueError),
        (Move(4, 32, 0, 64), ValueError),
        (Move(7, 496, 400, 16), ValueError),
    ],
)
def test_a_move_that_does_not_fit_the_heap_is_refused_and_nothing_moves(move, error):
    heap, _ = scattered()
    heap.alloc(16, movable=False)
    before = state(heap)
    with pytest.raises(error):
        heap.commit([heap.plan()[1], move])
    assert state(heap) == before


def test_commit_tells_each_move():
    heap, handles = scattered()
    assert told(heap, lambda: heap.commit(iter(heap.plan()[:2]))) == [
        Moved(handles[0], 32, 0, 64),
        Moved(handles[1], 128, 64, 96),
    ]


# --- fill, fits of your own, names, errors -------------------------------------------------------------------------------


def test_freed_vacated_and_discarded_bytes_are_filled():
    heap = Textbook(256, fill=0xCC)
    a, b, c = [heap.alloc(32, discardable=1) for _ in range(3)]
    for handle in (a, b, c):
        write(heap, handle, b"\x11" * 32)
    heap.free(a)
    assert bytes(heap.arena.view(0, 96)) == b"\xcc" * 32 + b"\x11" * 64
    heap.compact()
    assert bytes(heap.arena.view(0, 96)) == b"\x11" * 64 + b"\xcc" * 32
    heap.discard(b)
    assert bytes(heap.arena.view(0, 64)) == b"\xcc" * 32 + b"\x11" * 32
    heap.resize(c, 10)  # into the lowest hole
    assert bytes(heap.arena.view(0, 64)) == b"\x11" * 10 + b"\xcc" * 54


def test_a_fit_of_your_own():
    heap = Textbook(256, fit=lambda holes, need, rover: max((b for b, size in holes if size >= need), default=None))
    heap.free(heap.alloc(32)), heap.alloc(32)
    assert heap.address(heap.alloc(16)) == 32


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"fit": "tight"}, "no fit is called 'tight'; there are first, next, best, worst"),
        ({"planner": "up"}, "no planner is called 'up'; there are slide-down, slide-up, hop, two-finger"),
        ({"victims": "fifo"}, "no victim order is called 'fifo'; there are lru, address, priority"),
        ({"align": 0}, "an alignment is a power of two, not 0"),
        ({"align": 24}, "an alignment is a power of two, not 24"),
        ({"align": -16}, "an alignment is a power of two, not -16"),
    ],
)
def test_unknown_names_are_refused_with_the_known_ones(options, words):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the words are compared below
        Textbook(256, **options)
    assert str(caught.value) == words


def test_no_call_with_an_error_changes_the_heap():
    heap = Textbook(256)
    low, a = heap.alloc(16), heap.alloc(64)
    fixed = heap.alloc(16, movable=False)
    heap.free(low)
    before = state(heap)
    wrong = [
        (ValueError, lambda: heap.alloc(-1)),
        (ValueError, lambda: heap.alloc(1, movable=False, discardable=1)),
        (OutOfMemory, lambda: heap.alloc(257)),
        (StaleHandle, lambda: heap.free(low)),
        (StaleHandle, lambda: heap.free(0)),
        (StaleHandle, lambda: heap.free(-1)),
        (ValueError, lambda: heap.resize(a, -5)),
        (OutOfMemory, lambda: heap.resize(a, 300)),
        (HandleNotLocked, lambda: heap.unlock(a)),
        (NotDiscardable, lambda: heap.discard(a)),
        (ValueError, lambda: heap.set_discardable(fixed, 1)),
        (ValueError, lambda: heap.commit([Move(fixed, 240, 0, 16)])),
    ]
    for error, call in wrong:
        with pytest.raises(error):
            call()
        assert state(heap) == before


def test_a_heap_of_nothing():
    heap = Textbook(0)
    assert list(heap.walk()) == []
    check(heap)
    with pytest.raises(OutOfMemory):
        heap.alloc(0)
    assert heap.compact() == Compaction(0, 0, 0, True)


# --- check ---------------------------------------------------------------------------------------------------------------


def broken(break_it):
    heap, handles = scattered()
    gone = heap.alloc(16, discardable=1)
    heap.discard(gone)
    check(heap)
    break_it(heap, handles)
    return heap


BREAKS = {
    "every byte is used or free": lambda heap, handles: heap.holes.cut(0, 16),
    "the free list holds what no block owns": lambda heap, handles: (heap.holes.cut(0, 16), heap.holes.add(112, 16)),
    "the free list holds what no block owns ": lambda heap, handles: (heap.holes.cut(0, 16), heap.holes.add(40, 16)),
    "the addresses are in order": lambda heap, handles: heap.bases.reverse(),
    "the table knows each address": lambda heap, handles: heap.table.update({handles[0]: 128}),
    "the table knows each address ": lambda heap, handles: heap.table.pop(handles[0]),
    "the table knows each address  ": lambda heap, handles: heap.table.update({77: 32}),
}


@pytest.mark.parametrize("rule", BREAKS)
def test_check_finds_what_contradicts_itself(rule):
    heap = broken(BREAKS[rule])
    with pytest.raises(HeapCorrupt, match=rule.strip()):
        heap.check()


sizes = st.lists(st.integers(0, 90), min_size=1, max_size=12)


@given(sizes=sizes, align=st.sampled_from([1, 4, 16]), order=st.randoms(use_true_random=False))
def test_after_compaction_without_pins_all_that_is_free_can_be_had(sizes, align, order):
    heap = Textbook(2000 // align * align, align=align)
    handles = [heap.alloc(size) for size in sizes]
    for handle in order.sample(handles, len(handles) // 2):
        heap.free(handle)
    free = sum(block.size for block in heap.walk() if block.kind is Kind.FREE)
    heap.alloc(free)
    assert all(block.kind is not Kind.FREE for block in heap.walk())
    with pytest.raises(OutOfMemory):
        heap.alloc(0)


def test_blocks_are_plain_records():
    heap = Textbook(64)
    a = heap.alloc(5, discardable=1)
    assert heap.info(a) == Block(0, 16, Kind.MOVABLE, 0, 5, a, 0, 1, 1)
