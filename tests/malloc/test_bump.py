"""The bump allocator: every byte of it, and every word of it spoiled."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handleheap.block import Compaction, Kind, Move
from handleheap.check import check
from handleheap.errors import HeapCorrupt, HeapError, NotDiscardable, OutOfMemory, StaleHandle
from handleheap.events import Allocated, Freed, Recorder, Refused, Resized, RungTried
from handleheap.malloc.bump import Bump


def test_the_heap_at_birth_and_with_two_blocks():
    heap = Bump(128)
    assert heap.arena.hexdump(0, 16).splitlines()[0] == (
        "00000000  10 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|"
    )
    a, b = heap.alloc(5), heap.alloc(16)
    heap.arena.fill(a, 5, 0xAA)
    heap.arena.fill(b, 16, 0xBB)
    heap.free(a)
    assert heap.arena.hexdump() == "\n".join(
        [
            "00000000  50 00 00 00 00 00 00 00  01 00 00 00 00 00 00 00  |P...............|",
            "00000010  20 00 00 00 00 00 00 00  05 00 00 00 00 00 00 00  | ...............|",
            "00000020  aa aa aa aa aa 00 00 00  00 00 00 00 00 00 00 00  |................|",
            "00000030  21 00 00 00 00 00 00 00  10 00 00 00 00 00 00 00  |!...............|",
            "00000040  bb bb bb bb bb bb bb bb  bb bb bb bb bb bb bb bb  |................|",
            "00000050  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|",
            "*",
            "00000080",
        ]
    )
    assert (a, b) == (0x20, 0x40)
    assert [(block.base, block.size, block.kind.name) for block in heap.walk()] == [
        (0x00, 16, "TABLE"),
        (0x10, 32, "FREE"),
        (0x30, 32, "FIXED"),
        (0x50, 48, "FREE"),
    ]


@pytest.mark.parametrize("size", [0, 1, 15])
def test_memory_too_small_is_refused(size):
    for make in (Bump, Bump.attach):
        with pytest.raises(ValueError, match=f"a bump heap needs 16 bytes for itself, here are {size}"):
            make(bytearray(size))


def test_memory_for_nothing_but_itself():
    heap = Bump(16)
    check(heap)
    with pytest.raises(OutOfMemory, match="wanted 16 bytes: 0 free, largest free block 0"):
        heap.alloc(0)


@pytest.mark.parametrize(("n", "size"), [(0, 16), (1, 32), (16, 32), (17, 48)])
def test_sizes(n, size):
    heap = Bump(256)
    block = heap.info(heap.alloc(n))
    assert (block.size, block.length, block.body % 16) == (size, n, 0)


def test_it_starts_afresh_only_when_everything_is_freed():
    heap = Bump(128)
    a, b = heap.alloc(32), heap.alloc(32)
    heap.free(a)
    with pytest.raises(OutOfMemory, match="wanted 32 bytes: 16 free, largest free block 16"):
        heap.alloc(16)
    heap.free(b)
    assert heap.alloc(96) == 0x20
    check(heap)


def test_resize_of_the_topmost_block_is_in_place():
    heap = Bump(128)
    a = heap.alloc(16)
    heap.arena.fill(a, 16, 7)
    for n, top in ((0, 0x20), (90, 0x80), (96, 0x80), (20, 0x40)):
        assert heap.resize(a, n) == a
        assert (heap.arena.peek(0, 8), heap.length(a)) == (top, n)
        check(heap)
    with pytest.raises(OutOfMemory):
        heap.resize(a, 97)
    assert heap.length(a) == 20


def test_resize_of_another_block_copies():
    heap = Bump(256)
    a, b = heap.alloc(20), heap.alloc(1)
    heap.arena.view(a, 20)[:] = b"twenty bytes of text"
    assert heap.resize(a, 30) == a  # 32 bytes are there
    assert heap.resize(a, 3) == a
    assert heap.resize(a, 20) == a
    moved = heap.resize(a, 33)
    assert (moved, bytes(heap.arena.view(moved, 20))) == (b + 32, b"twenty bytes of text")
    assert heap.arena.peek(8, 8) == 2
    check(heap)
    with pytest.raises(StaleHandle):
        heap.length(a)


def test_what_the_tap_hears():
    heap = Bump(128, tap=(recorder := Recorder()))
    a = heap.alloc(5)
    b = heap.alloc(1)
    c = heap.resize(a, 17)
    with pytest.raises(OutOfMemory):
        heap.alloc(1)
    heap.free(c), heap.free(b)
    assert recorder.events == [
        RungTried("search", 32, True),
        Allocated(a, 0x10, 32, 5, Kind.FIXED),
        RungTried("search", 32, True),
        Allocated(b, 0x30, 32, 1, Kind.FIXED),
        RungTried("search", 48, True),
        Resized(a, 0x10, 32, 0x50, 48, 17, c),
        RungTried("search", 32, False),
        Refused(32, 0, 0),
        Freed(c, 0x50, 48),
        Freed(b, 0x30, 32),
    ]


def test_what_handles_could_do_and_addresses_cannot():
    heap = Bump(128)
    with pytest.raises(ValueError, match="bump has no discardable blocks"):
        heap.alloc(1, discardable=1)
    a = heap.alloc(1)
    assert heap.lock(a) == heap.address(a) == a
    heap.unlock(a)
    heap.unlock(a)
    with pytest.raises(NotDiscardable):
        heap.discard(a)
    assert (heap.touch(a), heap.is_discarded(a), heap.plan(), heap.discarded()) == (True, False, [], [])
    assert heap.compact(max_bytes=0) == Compaction(0, 0, 80, True)
    heap.commit([])
    with pytest.raises(ValueError, match="bump moves nothing"):
        heap.commit([Move(a, 16, 32, 32)])


steps = st.lists(st.tuples(st.sampled_from("aaafr"), st.integers(0, 120), st.integers(0, 99)), max_size=25)


def drive(heap, handles, steps):
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


@given(before=steps, after=steps)
def test_an_attached_copy_continues_identically(before, after):
    heap, handles = Bump(1003), []
    drive(heap, handles, before)
    copy = Bump.attach(bytearray(heap.arena.memory))
    again = list(handles)
    assert drive(heap, handles, after) == drive(copy, again, after)
    assert bytes(heap.arena.memory) == bytes(copy.arena.memory)
    check(heap)


# --- corruption ----------------------------------------------------------------------------------------------------------

WRONG = [0, 1, 3, 8, 15, 16, 17, 24, 31, 40, 0x1000, 0x1001, 2**40, 2**63, 2**64 - 1, 2**64 - 15, 2**64 - 32]


def damaged(size):
    """Copies with top, count, each header and each length of a used block spoiled in turn."""
    heap = Bump(size)
    handles = [heap.alloc(size) for size in (40, 20, 0, 60)]
    heap.free(handles.pop(1))
    words = {0: "top", 8: "count"}
    for block in heap.walk():
        if block.kind is not Kind.TABLE and block.base < heap.arena.peek(0, 8):
            words[block.base] = "header"
            if block.handle:
                words[block.base + 8] = "length"
    for address, what in words.items():
        right = heap.arena.peek(address, 8)
        for wrong in [*WRONG, right ^ 1, right + 16, right - 16, right + 2]:
            if wrong == right or (what == "length" and 0 <= wrong <= heap.info(address + 8).size - 16):
                continue
            memory = bytearray(heap.arena.memory)
            memory[address : address + 8] = (wrong % 2**64).to_bytes(8, "little")
            yield f"{what} at {address:#x}: {wrong:#x}", memory, handles


def unchecked(memory):
    heap = Bump.__new__(Bump)
    heap._open(memory, None)
    return heap


@pytest.mark.parametrize("size", [224, 230, 400])
def test_every_spoiled_word_is_found(size):
    count = 0
    for what, memory, _ in damaged(size):
        if not what.startswith("length"):
            with pytest.raises(HeapCorrupt):
                Bump.attach(bytearray(memory))
        with pytest.raises(HeapCorrupt):
            pytest.fail(f"not found: {what}: {check(unchecked(memory))}")
        count += 1
    assert count > 100


@pytest.mark.parametrize("size", [224, 230, 400])
def test_no_spoiled_word_brings_anything_but_errors_of_ours(size):
    for _, memory, handles in damaged(size):
        calls = [lambda heap, n=n: heap.alloc(n) for n in (0, 20, 400)]
        for h in handles:
            calls += [
                lambda heap, h=h: heap.free(h),
                lambda heap, h=h: heap.resize(h, 10),
                lambda heap, h=h: heap.resize(h, 100),
                lambda heap, h=h: heap.info(h),
            ]
        for call in calls:
            try:
                call(unchecked(bytearray(memory)))
            except HeapError as error:
                assert isinstance(error, (HeapCorrupt, StaleHandle, OutOfMemory))  # noqa: PT017 - an error is one answer of two


@given(st.lists(st.tuples(st.integers(0, 30), st.sampled_from([*WRONG, 32, 33, 48, 64, 96])), min_size=1, max_size=4), steps)
def test_a_heap_of_noise_is_no_danger(spoiled, steps):
    heap, handles = Bump(248), []
    drive(heap, handles, steps[:5])
    for at, word in spoiled:
        heap.arena.poke(8 * at, 8, word)
    try:
        drive(heap, handles, steps[5:])
        check(heap)
    except HeapError:
        pass


def test_stale_and_wild_handles():
    heap = Bump(256)
    a, b = heap.alloc(40), heap.alloc(8)
    for wrong in (0, 1, 8, 16, a + 8, a - 16, -16, 2**70, b + 32, 0x100):
        for call in (heap.info, heap.free, heap.lock, heap.unlock, heap.touch, heap.length):
            with pytest.raises(StaleHandle):
                call(wrong)
    heap.free(a)
    with pytest.raises(StaleHandle):
        heap.free(a)
