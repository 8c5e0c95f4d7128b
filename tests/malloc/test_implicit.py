"""The implicit list: every byte of it, and every word of it spoiled."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handleheap.arena import Arena
from handleheap.block import Kind
from handleheap.check import check
from handleheap.errors import HeapCorrupt, HeapError, OutOfMemory, StaleHandle
from handleheap.events import Allocated, Freed, Recorder, Refused, Resized, RungTried
from handleheap.malloc.implicit import FITS, MIN_BLOCK, ROVER, START, Implicit


def blocks(heap):
    """(base, size, used) of all blocks between prologue and epilogue."""
    return [(b.base, b.size, bool(b.handle)) for b in heap.walk() if b.kind is not Kind.TABLE]


def test_the_heap_at_birth():
    heap = Implicit(128)
    assert heap.arena.hexdump() == "\n".join(
        [
            "00000000  49 4d 50 48 45 41 50 31  18 00 00 00 00 00 00 00  |IMPHEAP1........|",
            "00000010  00 00 00 00 00 00 00 00  60 00 00 00 00 00 00 00  |........`.......|",
            "00000020  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|",
            "*",
            "00000070  60 00 00 00 00 00 00 00  01 00 00 00 00 00 00 00  |`...............|",
            "00000080",
        ]
    )
    assert blocks(heap) == [(0x18, 96, False)]
    check(heap)


def test_two_blocks_to_the_byte():
    heap = Implicit(bytearray(128))
    a, b = heap.alloc(5), heap.alloc(16)
    heap.arena.fill(a, 16, 0xAA)
    heap.arena.fill(b, 16, 0xBB)
    assert heap.arena.hexdump() == "\n".join(
        [
            "00000000  49 4d 50 48 45 41 50 31  58 00 00 00 00 00 00 00  |IMPHEAP1X.......|",
            "00000010  00 00 00 00 00 00 00 00  21 00 00 00 00 00 00 00  |........!.......|",
            "00000020  aa aa aa aa aa aa aa aa  aa aa aa aa aa aa aa aa  |................|",
            "00000030  21 00 00 00 00 00 00 00  21 00 00 00 00 00 00 00  |!.......!.......|",
            "00000040  bb bb bb bb bb bb bb bb  bb bb bb bb bb bb bb bb  |................|",
            "00000050  21 00 00 00 00 00 00 00  20 00 00 00 00 00 00 00  |!....... .......|",
            "00000060  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|",
            "00000070  20 00 00 00 00 00 00 00  01 00 00 00 00 00 00 00  | ...............|",
            "00000080",
        ]
    )
    assert (a, b) == (0x20, 0x40)


@pytest.mark.parametrize("size", [0, 1, 24, 32, 63])
def test_memory_too_small_for_one_block_is_refused(size):
    for make in (Implicit, Implicit.attach):
        with pytest.raises(ValueError, match=f"an implicit list needs at least 64 bytes, here are {size}"):
            make(bytearray(size))


@pytest.mark.parametrize(("size", "end"), [(64, 0x38), (79, 0x38), (80, 0x48)])
def test_what_is_left_behind_the_last_block_belongs_to_the_epilogue(size, end):
    heap = Implicit(size)
    last = list(heap.walk())[-1]
    assert (last.base, last.end, last.kind) == (end, size, Kind.TABLE)
    assert heap.traits.max_block == end - START
    check(heap)
    heap.alloc(end - START - 16)
    check(heap)


def test_an_unknown_fit_is_refused():
    with pytest.raises(ValueError, match="no fit is called 'tight'; there are first, next, best, worst"):
        Implicit(256, fit="tight")


@pytest.mark.parametrize(("n", "size"), [(0, 32), (1, 32), (16, 32), (17, 48), (32, 48), (33, 64)])
def test_sizes(n, size):
    heap = Implicit(512)
    block = heap.info(heap.alloc(n))
    assert (block.size, block.length, block.body % 16) == (size, size - 16, 0)


# --- coalescing: the four cases ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("freed_before", "expected"),
    [
        ([], [(0x18, 32, True), (0x38, 48, False), (0x68, 64, True), (0xA8, 80, True)]),
        ([0], [(0x18, 80, False), (0x68, 64, True), (0xA8, 80, True)]),
        ([2], [(0x18, 32, True), (0x38, 112, False), (0xA8, 80, True)]),
        ([0, 2], [(0x18, 144, False), (0xA8, 80, True)]),
    ],
)
def test_a_freed_block_merges_with_its_free_neighbours(freed_before, expected):
    heap = Implicit(256)
    handles = [heap.alloc(size) for size in (16, 32, 48, 64)]
    assert blocks(heap) == [(0x18, 32, True), (0x38, 48, True), (0x68, 64, True), (0xA8, 80, True)]
    for i in freed_before:
        heap.free(handles[i])
    heap.free(handles[1])
    assert blocks(heap) == expected
    for base, size, used in expected:
        assert heap.arena.peek(base, 8) == heap.arena.peek(base + size - 8, 8) == size | used


def test_everything_freed_is_one_block_again():
    heap = Implicit(512)
    handles = [heap.alloc(10 * i) for i in range(6)]
    for i in (3, 0, 5, 1, 4, 2):
        heap.free(handles[i])
    assert blocks(heap) == [(START, heap.traits.max_block, False)]


# --- splitting -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "expected"),
    [
        (80, [(96, True)]),
        (65, [(96, True)]),
        (64, [(96, True)]),  # 16 bytes left are no block
        (49, [(96, True)]),
        (48, [(64, True), (32, False)]),
        (0, [(32, True), (64, False)]),
    ],
)
def test_what_is_left_is_split_off_if_it_can_be_a_block(n, expected):
    heap = Implicit(128)
    heap.alloc(n)
    assert [(size, used) for _, size, used in blocks(heap)] == expected
    check(heap)


# --- fits and rover ------------------------------------------------------------------------------------------------------


def with_holes(fit):
    """Holes of 64 at 0x18, 112 at 0x78, 64 at 0x108 and 128 behind 0x168; used blocks of 32 between."""
    heap = Implicit(0x18 + 96 + 144 + 96 + 128 + 8, fit=fit)
    handles = [heap.alloc(n) for n in (48, 16, 96, 16, 48, 16)]
    for handle in handles[::2]:
        heap.free(handle)
    assert [(base, size) for base, size, used in blocks(heap) if not used] == [(24, 64), (120, 112), (264, 64), (360, 128)]
    return heap


@pytest.mark.parametrize(
    ("fit", "bases"),
    [("first", [24, 56, 120]), ("next", [360, 392, 424]), ("best", [24, 56, 264]), ("worst", [360, 120, 392])],
)
def test_the_fits(fit, bases):
    heap = with_holes(fit)
    assert [heap.alloc(16) - 8 for _ in range(3)] == bases
    check(heap)


def test_the_rover_goes_on_and_comes_round():
    heap = with_holes("next")
    assert [heap.alloc(96) - 8 for _ in range(2)] == [360, 120]
    assert heap.arena.peek(ROVER, 8) == 120 + 112
    assert [heap.alloc(40) - 8 for _ in range(2)] == [264, 24]
    assert heap.arena.peek(ROVER, 8) == 24 + 64


def test_a_rover_in_a_merged_block_goes_back_to_its_start():
    heap = Implicit(512, fit="next")
    handles = [heap.alloc(16) for _ in range(4)]
    assert heap.arena.peek(ROVER, 8) == 0x98
    heap.free(handles[3])
    assert heap.arena.peek(ROVER, 8) == 0x78
    heap.free(handles[1]), heap.free(handles[2])
    assert heap.arena.peek(ROVER, 8) == 0x38
    assert heap.alloc(16) - 8 == 0x38
    check(heap)


def test_the_rover_may_stand_at_the_end():
    heap = Implicit(128, fit="next")
    whole = heap.alloc(80)
    assert heap.arena.peek(ROVER, 8) == 0x78
    check(heap)
    with pytest.raises(OutOfMemory):
        heap.alloc(1)
    heap.free(whole)
    assert heap.alloc(1) == 0x20


# --- resize --------------------------------------------------------------------------------------------------------------


def test_resize_in_place_with_the_free_block_behind():
    heap = Implicit(256)
    a, b = heap.alloc(16), heap.alloc(48)
    heap.arena.fill(a, 16, 7)
    heap.free(b)
    assert heap.resize(a, 32) == a
    assert bytes(heap.arena.view(a, 16)) == bytes([7]) * 16
    assert blocks(heap) == [(0x18, 48, True), (0x48, 176, False)]
    assert heap.resize(a, 208) == a
    assert blocks(heap) == [(0x18, 224, True)]
    assert heap.resize(a, 0) == a
    assert blocks(heap) == [(0x18, 32, True), (0x38, 192, False)]


def test_resize_moves_where_the_neighbour_is_in_use():
    heap = Implicit(256)
    a, b = heap.alloc(16), heap.alloc(16)
    heap.arena.view(a, 16)[:] = b"sixteen bytes...".ljust(16)
    moved = heap.resize(a, 17)
    assert moved != a
    assert bytes(heap.arena.view(moved, 16)) == b"sixteen bytes..."
    assert blocks(heap)[:2] == [(0x18, 32, False), (0x38, 32, True)]
    with pytest.raises(StaleHandle):
        heap.info(a)
    assert heap.resize(b, 17) != b


def test_a_refused_resize_changes_nothing():
    heap = Implicit(256)
    a = heap.alloc(64)
    heap.alloc(64)
    before = bytes(heap.arena.memory)
    for n, error in ((200, OutOfMemory), (10**10, OutOfMemory), (-1, ValueError)):
        with pytest.raises(error):
            heap.resize(a, n)
    assert bytes(heap.arena.memory) == before


def test_what_the_tap_hears():
    heap = Implicit(256, tap=(recorder := Recorder()))
    a = heap.alloc(5)
    b = heap.alloc(16)
    c = heap.resize(a, 30)
    heap.free(c)
    with pytest.raises(OutOfMemory) as caught:
        heap.alloc(300)
    assert recorder.events == [
        RungTried("search", 32, True),
        Allocated(a, 0x18, 32, 16, Kind.FIXED),
        RungTried("search", 32, True),
        Allocated(b, 0x38, 32, 16, Kind.FIXED),
        RungTried("search", 48, True),
        Resized(a, 0x18, 32, 0x58, 48, 32, c),
        Freed(c, 0x58, 48),
        RungTried("search", 320, False),
        Refused(320, 192, 160),
    ]
    assert (caught.value.wanted, caught.value.free, caught.value.largest_free) == (320, 192, 160)


def test_nothing_is_discardable():
    heap = Implicit(256)
    with pytest.raises(ValueError, match="implicit has no discardable blocks"):
        heap.alloc(8, discardable=1)
    a = heap.alloc(8)
    with pytest.raises(ValueError, match="implicit has no discardable blocks"):
        heap.set_discardable(a, 1)
    heap.set_discardable(a, 0)


# --- the bytes are the heap ----------------------------------------------------------------------------------------------

steps = st.lists(st.tuples(st.sampled_from("aaafr"), st.integers(0, 150), st.integers(0, 99)), max_size=30)


def drive(heap, handles, steps):
    """What the heap answers to the steps; the choice of a handle depends on nothing but the answers."""
    answers = []
    for verb, size, pick in steps:
        try:
            if verb == "a" or not handles:
                handles.append(heap.alloc(size))
            elif verb == "f":
                heap.free(handles.pop(pick % len(handles)))
            else:
                handles[pick % len(handles)] = heap.resize(handles[pick % len(handles)], size)
        except OutOfMemory as error:
            answers.append(str(error))
        answers.append(tuple(handles))
    return answers


@pytest.mark.parametrize("fit", FITS)
@given(before=steps, after=steps)
def test_an_attached_copy_continues_identically(fit, before, after):
    heap, handles = Implicit(1003, fit=fit), []
    drive(heap, handles, before)
    copy = Implicit.attach(bytearray(heap.arena.memory), fit=fit)
    again = list(handles)
    assert drive(heap, handles, after) == drive(copy, again, after)
    assert bytes(heap.arena.memory) == bytes(copy.arena.memory)
    check(heap)


def test_attach_refuses_what_is_no_heap():
    for wrong in (bytearray(256), bytearray(Implicit(256).arena.memory) + bytearray(16)):
        with pytest.raises(HeapCorrupt, match="prologue and epilogue stand"):
            Implicit.attach(wrong)


def test_attach_takes_an_arena():
    arena = Arena(256, name="mine")
    a = Implicit(arena).alloc(8)
    assert Implicit.attach(arena).info(a).size == 32


# --- corruption ----------------------------------------------------------------------------------------------------------

WRONG = [0, 1, 2, 8, 15, 16, 17, 24, 31, 40, 0x1000, 0x1001, 2**40, 2**63, 2**64 - 1, 2**64 - 32, 2**64 - 15]


def damaged():
    """(what, heap, handles) with each word of the heap's own spoiled in turn, in each way that is no legal value."""
    pattern = [40, 20, 60, 30, 20]
    heap = Implicit(512)
    handles = [heap.alloc(size) for size in pattern]
    heap.free(handles.pop(3)), heap.free(handles.pop(1))
    words = {0: "magic", ROVER: "rover", heap.traits.max_block + START: "epilogue"}
    for base, size, used in blocks(heap):
        words |= {base: f"header of {'used' if used else 'free'}", base + size - 8: f"footer of {'used' if used else 'free'}"}
    for address, what in words.items():
        right = heap.arena.peek(address, 8)
        for wrong in [*WRONG, right ^ 1, right + 16, right - 16, right + 2]:
            if wrong == right or (what == "rover" and wrong in starts(heap)):
                continue
            memory = bytearray(heap.arena.memory)
            memory[address : address + 8] = (wrong % 2**64).to_bytes(8, "little")
            yield f"{what} at {address:#x}: {wrong:#x}", memory, handles


def starts(heap):
    return {block.base for block in heap.walk()}


def unchecked(memory, fit):
    """A heap over spoiled bytes: what a program has whose heap was spoiled while it ran."""
    heap = Implicit.__new__(Implicit)
    heap._open(memory, fit, None)
    return heap


def test_every_spoiled_word_is_found():
    count = 0
    for what, memory, _ in damaged():
        with pytest.raises(HeapCorrupt):
            pytest.fail(f"not found: {what}: {check(unchecked(memory, 'first'))}")
        with pytest.raises(HeapCorrupt):
            Implicit.attach(memory)
        count += 1
    assert count > 200


@pytest.mark.parametrize("fit", FITS)
def test_no_spoiled_word_brings_anything_but_errors_of_ours(fit):
    """Who goes on without a check gets an error or an answer: never another exception, never a loop without end."""
    for _, memory, handles in damaged():
        calls = [lambda heap, n=n: heap.alloc(n) for n in (0, 20, 100, 400)]
        for h in handles:
            calls += [
                lambda heap, h=h: heap.free(h),
                lambda heap, h=h: heap.resize(h, 10),
                lambda heap, h=h: heap.resize(h, 70),
                lambda heap, h=h: heap.resize(h, 200),
                lambda heap, h=h: heap.info(h),
            ]
        for call in calls:
            try:
                call(unchecked(bytearray(memory), fit))
            except HeapError as error:
                assert isinstance(error, (HeapCorrupt, StaleHandle, OutOfMemory))  # noqa: PT017 - an error is one answer of two


@settings(max_examples=300)
@given(data=st.data(), steps=steps)
def test_a_heap_of_noise_is_no_danger(data, steps):
    memory = bytearray(Implicit(256).arena.memory)
    for _ in range(data.draw(st.integers(1, 3))):
        at = 8 * data.draw(st.integers(1, 30))
        memory[at : at + 8] = data.draw(st.sampled_from([*WRONG, 32, 33, 48, 64, 96])).to_bytes(8, "little")
    heap, handles = unchecked(memory, data.draw(st.sampled_from(list(FITS)))), []
    try:
        drive(heap, handles, steps)
        check(heap)
    except HeapError:
        pass


def test_stale_and_wild_handles():
    heap = Implicit(256)
    a = heap.alloc(40)
    heap.arena.fill(a, 40, 0xFF)
    for wrong in (0, 1, 8, a + 8, a + 16, a - 16, -16, 2**70, 0x18, 0xF8, 0x100):
        for call in (heap.info, heap.free, heap.lock, heap.unlock, heap.touch, heap.length, heap.address):
            with pytest.raises(StaleHandle):
                call(wrong)
    heap.free(a)
    with pytest.raises(StaleHandle):
        heap.free(a)
    assert MIN_BLOCK == 32
