"""The memory of a heap: whose bytes it is, what it refuses, and the words of its errors."""

import array
import ctypes
import mmap
from multiprocessing import shared_memory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handleheap.arena import Arena
from handleheap.errors import ArenaBounds, HeapError


def test_fresh_memory_is_zero_and_knows_its_size():
    arena = Arena(100)
    assert arena.size == 100
    assert bytes(arena.view(0, 100)) == bytes(100)
    assert repr(Arena(12_345, name="demo")) == "Arena('demo', 12,345 bytes)"


def buffers():
    """(name, buffer, its bytes) of every kind of memory that an arena may stand on."""
    numbers = array.array("I", [0] * 16)
    words = (ctypes.c_uint32 * 16)()
    yield "bytearray", (raw := bytearray(64)), lambda: bytes(raw)
    yield "mmap", (pages := mmap.mmap(-1, 64)), lambda: bytes(pages[:])
    yield "array of integers", numbers, numbers.tobytes
    yield "ctypes array", words, lambda: bytes(words)
    yield "view of a wider format", memoryview(bytearray(64)).cast("Q"), None
    yield "view of two dimensions", memoryview(bytearray(64)).cast("B", (8, 8)), None
    yield "part of a bytearray", memoryview(bytearray(96))[16:80], None


@pytest.mark.parametrize(("memory", "content"), [pytest.param(m, c, id=name) for name, m, c in buffers()])
def test_any_writable_buffer_is_used_in_place(memory, content):
    arena = Arena(memory)
    assert arena.size == 64
    arena.poke(20, 4, 0x11223344, "big")
    read = content() if content else memoryview(memory).tobytes()
    assert read == bytes(20) + b"\x11\x22\x33\x44" + bytes(40)


def test_a_numpy_array_is_used_in_place():
    numpy = pytest.importorskip("numpy")
    matrix = numpy.zeros((4, 4), dtype=">u4")
    Arena(matrix).poke(4, 4, 7, "big")
    assert matrix[0, 1] == 7
    with pytest.raises(ValueError, match="must be contiguous"):
        Arena(matrix.T)


def test_shared_memory_is_seen_from_both_sides():
    memory = shared_memory.SharedMemory(create=True, size=64)
    try:
        arena = Arena(memory.buf[:64], name="shared")
        other = shared_memory.SharedMemory(name=memory.name)
        arena.poke(8, 2, 0xBEEF)
        seen = bytes(other.buf[8:10])
        arena.memory.release()
        other.close()
        assert seen == b"\xef\xbe"
    finally:
        memory.close()
        memory.unlink()


@pytest.mark.parametrize(
    "memory", [b"constant", memoryview(bytearray(8)).toreadonly(), mmap.mmap(-1, 8, access=mmap.ACCESS_READ)], ids=type
)
def test_a_read_only_buffer_is_refused(memory):
    with pytest.raises(ValueError, match="must be writable"):
        Arena(memory)


def test_a_buffer_with_gaps_is_refused():
    with pytest.raises(ValueError, match="must be contiguous"):
        Arena(memoryview(bytearray(64))[::2])


def test_a_negative_size_is_refused():
    with pytest.raises(ValueError, match="an arena of -1 bytes: the size cannot be negative"):
        Arena(-1)


@pytest.mark.parametrize("memory", [0, bytearray(), memoryview(bytearray()).cast("I")])
def test_an_empty_arena_holds_nothing(memory):
    arena = Arena(memory)
    assert arena.size == 0
    assert bytes(arena.view(0, 0)) == b""
    assert arena.hexdump() == "00000000"
    with pytest.raises(ArenaBounds):
        arena.view(0, 1)


def test_a_bytearray_under_an_arena_cannot_be_resized():
    memory = bytearray(32)
    arena = Arena(memory)
    with pytest.raises(BufferError):
        memory.append(0)
    with pytest.raises(BufferError):
        memory.clear()
    assert arena.size == len(memory) == 32


def test_a_view_is_no_copy():
    arena = Arena(32)
    view = arena.view(8, 4)
    arena.fill(8, 4, 0xAB)
    assert bytes(view) == b"\xab" * 4
    view[0] = 1
    assert arena.peek(8, 1) == 1


@given(st.data())
def test_moves_copy_as_if_through_a_second_buffer(data):
    size = data.draw(st.integers(0, 40))
    src, dst = data.draw(st.tuples(*[st.integers(0, 64 - size)] * 2))
    before = bytes(range(1, 65))
    arena = Arena(bytearray(before))
    arena.move(src, dst, size)
    assert bytes(arena.memory) == before[:dst] + before[src : src + size] + before[dst + size :]


def test_overlapping_moves_both_ways():
    arena = Arena(bytearray(b"abcdefgh"))
    arena.move(0, 2, 6)
    assert bytes(arena.memory) == b"ababcdef"
    arena.move(2, 0, 6)
    assert bytes(arena.memory) == b"abcdefef"


def test_fill():
    arena = Arena(8)
    arena.fill(2, 3, 0xCC)
    assert bytes(arena.memory) == b"\0\0\xcc\xcc\xcc\0\0\0"
    arena.fill(3, 1)
    assert arena.peek(3, 1) == 0
    arena.fill(8, 0, 0xFF)
    with pytest.raises(ValueError, match="256"):
        arena.fill(0, 4, 256)
    assert bytes(arena.memory) == b"\0\0\xcc\0\xcc\0\0\0"


@pytest.mark.parametrize(
    ("order", "signed", "raw", "value"),
    [
        ("little", False, b"\xfe\xff", 0xFFFE),
        ("big", False, b"\xfe\xff", 0xFEFF),
        ("little", True, b"\xfe\xff", -2),
        ("big", True, b"\xff\xfe", -2),
        ("little", False, b"\x01\x02\x03", 0x030201),
        ("big", False, b"\x01\x02\x03", 0x010203),
        ("big", False, b"", 0),
    ],
)
def test_peek_and_poke(order, signed, raw, value):
    arena = Arena(16)
    arena.poke(5, len(raw), value, order, signed=signed)
    assert bytes(arena.memory) == bytes(5) + raw + bytes(11 - len(raw))
    assert arena.peek(5, len(raw), order, signed=signed) == value


@given(st.integers(1, 9), st.sampled_from(["little", "big"]), st.booleans(), st.data())
def test_what_is_poked_is_peeked(width, order, signed, data):
    bits = 8 * width
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    value = data.draw(st.integers(low, high))
    arena = Arena(16)
    arena.poke(3, width, value, order, signed=signed)
    assert arena.peek(3, width, order, signed=signed) == value
    for wrong in (low - 1, high + 1):
        with pytest.raises(OverflowError):
            arena.poke(3, width, wrong, order, signed=signed)
    assert arena.peek(3, width, order, signed=signed) == value


HUGE = 10**15  # bytes that nobody has: an error must come before anything is made of that size
CALLS = {
    "view": lambda arena, address, size: arena.view(address, size),
    "fill": lambda arena, address, size: arena.fill(address, size, 1),
    "peek": lambda arena, address, size: arena.peek(address, size),
    "poke": lambda arena, address, size: arena.poke(address, size, 0),
    "move from": lambda arena, address, size: arena.move(address, 0, size),
    "move to": lambda arena, address, size: arena.move(0, address, size),
    "hexdump": lambda arena, address, size: arena.hexdump(address, size),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize(
    ("address", "size", "words"),
    [
        (96, 8, "8 bytes at 0x60 reach past the end of arena 'heap' (100 bytes)"),
        (101, 0, "0 bytes at 0x65 reach past the end of arena 'heap' (100 bytes)"),
        (-4, 4, "4 bytes at -0x4 is no range of arena 'heap' (100 bytes)"),
        (4, -1, "-1 bytes at 0x4 is no range of arena 'heap' (100 bytes)"),
        (1, HUGE, f"{HUGE} bytes at 0x1 reach past the end of arena 'heap' (100 bytes)"),
    ],
)
def test_a_bounds_error_names_address_size_and_arena(call, address, size, words):
    arena = Arena(100, name="heap")
    if call in (CALLS["move from"], CALLS["move to"]) and size not in (8, 4) and address != 101:
        words = None  # both ranges are wrong: either may be named
    with pytest.raises(ArenaBounds) as caught:
        call(arena, address, size)
    assert words is None or str(caught.value) == words
    assert (caught.value.arena, caught.value.size) == ("heap", size)
    assert words is None or caught.value.address == address
    assert bytes(arena.memory) == bytes(100)


def test_a_bounds_error_is_an_index_error_and_a_heap_error():
    assert issubclass(ArenaBounds, IndexError)
    assert issubclass(ArenaBounds, HeapError)


def test_an_address_at_the_end_is_good_for_nothing_only():
    arena = Arena(16)
    assert len(arena.view(16, 0)) == 0
    assert arena.peek(16, 0) == 0
    arena.move(16, 0, 0)


def test_hexdump_folds_equal_lines_once():
    arena = Arena(0x75)
    arena.view(0x40, 3)[:] = b"~\x7f "
    assert arena.hexdump() == "\n".join(
        [
            "00000000  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|",
            "*",
            "00000040  7e 7f 20 00 00 00 00 00  00 00 00 00 00 00 00 00  |~. .............|",
            "00000050  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|",
            "*",
            "00000070  00 00 00 00 00                                    |.....|",
            "00000075",
        ]
    )


def test_hexdump_of_a_part():
    arena = Arena(64)
    arena.view(17, 3)[:] = b"abc"
    assert arena.hexdump(17, 3).splitlines() == [
        "00000011  61 62 63                                          |abc|",
        "00000014",
    ]
    assert arena.hexdump(60).splitlines()[-1] == "00000040"
    assert arena.hexdump(64) == "00000040"
