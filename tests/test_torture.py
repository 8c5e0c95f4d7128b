"""The torments: that they torment, that they find what they are for, and that they do no harm to the innocent."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handleheap import shelf
from handleheap.block import Block, Kind, Move
from handleheap.errors import HeapCorrupt, HeapError, OutOfMemory
from handleheap.events import Recorder
from handleheap.protocols import Heap
from handleheap.replay import contents
from handleheap.textbook import Textbook
from handleheap.torture import FILL, Torture, scatter

from .heaps import make

HEAPS = [name for name, _ in shelf.every()]


# --- scatter: a planner that makes disorder ------------------------------------------------------------------------------

kinds = st.sampled_from([Kind.FREE, Kind.FREE, Kind.MOVABLE, Kind.MOVABLE, Kind.FIXED])
pieces = st.lists(st.tuples(kinds, st.integers(1, 4), st.sampled_from([0, 0, 0, 1])), max_size=14)


def blocks_of(pieces, tail=0):
    blocks, base = [], 0
    for number, (kind, units, locks) in enumerate(pieces, 1):
        live = kind is not Kind.FREE
        blocks.append(Block(base, 16 * units, kind, base, 16 * units, number if live else 0, locks if live else 0))
        base += 16 * units
    return [*blocks, Block(base, tail, Kind.FREE, base, tail)] if tail else blocks


@given(pieces=pieces, tail=st.integers(0, 40), seed=st.integers(0, 1000))
def test_scatter_makes_legal_moves(pieces, tail, seed):
    blocks = blocks_of(pieces, tail)
    places = {block.handle: (block.base, block.end) for block in blocks if block.handle}
    pinned = {handle: places[handle] for handle in places if not next(b for b in blocks if b.handle == handle).may_move}
    order = list(places)
    for handle, src, dst, size in scatter(blocks, 16, Random(seed)):
        assert places[handle] == (src, src + size)
        assert dst % 16 == 0
        assert 0 <= dst <= dst + size <= sum(block.size for block in blocks)
        assert all(end <= dst or start >= dst + size for h, (start, end) in places.items() if h != handle)
        places[handle] = dst, dst + size
    assert {handle: places[handle] for handle in pinned} == pinned
    assert sorted(places, key=places.get) == order


@given(pieces=pieces.filter(lambda pieces: any(kind is Kind.MOVABLE for kind, _, _ in pieces)), seed=st.integers(0, 1000))
def test_scatter_moves_something_wherever_there_is_room(pieces, seed):
    blocks = blocks_of(pieces)
    moved = {move.handle for move in scatter(blocks, 16, Random(seed))}
    section, room = [], False
    for block in [*blocks, Block(0, 0, Kind.FIXED, 0, 0)]:
        if block.may_move:
            section.append(block.handle)
        elif block.kind is Kind.FREE:
            room = True
        else:
            assert bool(moved & set(section)) is bool(room and section)
            section, room = [], False


def test_scramble_moves_every_movable_block_and_to_many_places():
    heap = Torture(Textbook(2048), seed=3)
    handles = [heap.alloc(64) for _ in range(6)]
    moved, places = dict.fromkeys(handles, 0), {handle: set() for handle in handles}
    for _ in range(60):
        before = {handle: heap.address(handle) for handle in handles}
        heap.touch(handles[0])
        for handle in handles:
            moved[handle] += heap.address(handle) != before[handle]
            places[handle].add(heap.address(handle))
    assert min(moved.values()) >= 55
    assert min(map(len, places.values())) > 10
    assert heap.scrambles == 66


def test_a_full_heap_cannot_be_scrambled_and_is_left_alone():
    heap = Torture(Textbook(128))
    a, b = heap.alloc(64), heap.alloc(64)
    before = heap.address(a), heap.address(b)
    for _ in range(5):
        heap.touch(a)
    assert (heap.address(a), heap.address(b)) == before


def test_the_seed_decides():
    def places(seed):
        heap = Torture(Textbook(4096), seed=seed)
        handles = [heap.alloc(100) for _ in range(5)]
        return [heap.address(handle) for handle in handles]

    assert places(1) == places(1)
    assert len({tuple(places(seed)) for seed in range(5)}) > 1


@pytest.mark.parametrize("call", ["alloc", "resize", "lock", "touch"])
def test_every_call_that_may_move_scrambles(call):
    heap = Torture(Textbook(1024))
    bystander, other = heap.alloc(16), heap.alloc(16)
    heap.lock(other)
    section = [block.base for block in heap.walk() if block.handle == bystander]
    heap.unlock(other)
    before = heap.scrambles
    act = {
        "alloc": lambda: heap.alloc(10),
        "resize": lambda: heap.resize(other, 20),
        "lock": lambda: heap.lock(other),
        "touch": lambda: heap.touch(other),
    }
    act[call]()
    assert heap.scrambles == before + 1
    assert [heap.address(bystander)] != section


@pytest.mark.parametrize("call", ["free", "unlock", "discard", "set_discardable"])
def test_no_other_call_moves_anything(call):
    heap = Torture(Textbook(1024))
    bystander, other = heap.alloc(16), heap.alloc(16, discardable=1)
    heap.lock(other)
    if call != "unlock":
        heap.unlock(other)
    before = heap.address(bystander)
    getattr(heap, call)(other, *[0] * (call == "set_discardable"))
    assert heap.address(bystander) == before


def test_locked_and_fixed_blocks_stay():
    heap = Torture(Textbook(1024))
    movable, locked, fixed = heap.alloc(32), heap.alloc(32), heap.alloc(32, movable=False)
    address = heap.lock(locked)
    where = heap.address(fixed)
    for _ in range(20):
        heap.touch(movable)
        assert (heap.address(locked), heap.address(fixed)) == (address, where)
    heap.unlock(locked)
    heap.touch(movable)
    heap.touch(movable)
    assert heap.address(locked) != address


def test_who_keeps_an_address_reads_garbage():
    """The mistake that works for months on a heap with room, and never under torture."""

    def client(heap):
        text = b"contents of my block"
        block = heap.alloc(len(text))
        address = heap.address(block)
        heap.arena.view(address, len(text))[:] = text
        heap.alloc(16)
        return bytes(heap.arena.view(address, len(text))) == text

    assert client(Textbook(1024))
    assert not any(client(Torture(Textbook(1024), seed=seed)) for seed in range(20))


def test_who_reads_freed_memory_reads_the_fill():
    heap = Torture(Textbook(1024))
    block = heap.alloc(32)
    address = heap.lock(block)
    heap.arena.view(address, 4)[:] = b"mine"
    heap.unlock(block)
    heap.free(block)
    assert bytes(heap.arena.view(address, 32)) == bytes([FILL]) * 32


# --- fill ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", HEAPS)
def test_every_free_byte_is_filled_after_every_call(name):
    heap, random = Torture(make(name, 2003)), Random(5)
    handles = []
    for _ in range(120):
        if handles and random.random() < 0.45:
            heap.free(handles.pop(random.randrange(len(handles))))
        else:
            try:
                handle = heap.alloc(random.randrange(120))
            except OutOfMemory:
                continue
            heap.arena.fill(heap.address(handle), heap.length(handle), 0x11)
            handles.append(handle)
        for block in heap.walk():
            if block.kind is Kind.FREE:
                assert set(heap.arena.view(block.body, block.length)) <= {FILL}
    assert handles


CALLS = {
    "alloc": lambda heap, a: heap.alloc(8),
    "free": lambda heap, a: heap.free(a),
    "resize": lambda heap, a: heap.resize(a, 70),
    "lock": lambda heap, a: heap.lock(a),
    "unlock": lambda heap, a: heap.unlock(a),
    "touch": lambda heap, a: heap.touch(a),
    "discard": lambda heap, a: heap.discard(a),
    "set_discardable": lambda heap, a: heap.set_discardable(a, 1),
    "compact": lambda heap, a: heap.compact(),
    "commit": lambda heap, a: heap.commit([]),
}


@pytest.mark.parametrize("call", CALLS)
def test_a_write_to_free_memory_is_reported_by_the_next_call_whichever_it_is(call):
    heap = Torture(Textbook(256))
    a = heap.alloc(32, discardable=1)
    heap.lock(a)
    hole = next(block for block in heap.walk() if block.kind is Kind.FREE and block.size >= 32)
    heap.arena.poke(hole.base + 5, 1, 0x41)
    with pytest.raises(HeapCorrupt) as caught:
        CALLS[call](heap, a)
    assert caught.value.rule == "nobody writes to free memory"
    assert caught.value.detail == f"0x41 at {hole.base + 5:#x}, fill is 0xcc"


@pytest.mark.parametrize("name", HEAPS)
def test_a_write_behind_the_end_of_a_block_is_reported(name):
    heap = Torture(make(name, 1024), scramble=False)
    a = heap.alloc(32)
    heap.arena.view(heap.address(a), 33 + 60)[:] = b"x" * (33 + 60)
    with pytest.raises(HeapError):
        heap.alloc(8)


def test_reading_calls_need_no_torment():
    heap = Torture(Textbook(256))
    a = heap.alloc(10)
    scrambles = heap.scrambles
    assert (heap.length(a), heap.is_discarded(a), heap.discarded()) == (10, False, [])
    assert heap.info(a) == next(block for block in heap.walk() if block.handle)
    heap.plan()
    heap.check()
    assert heap.scrambles == scrambles


# --- verify --------------------------------------------------------------------------------------------------------------


class ForgetsABlock(Textbook):
    """The third block is handed out and not marked as used."""

    def _bind(self, block):
        super()._bind(block)
        if block.handle == 3:
            self.holes.add(block.base, block.size)


def test_verify_finds_a_broken_heap_at_the_very_call():
    heap = Torture(ForgetsABlock(1024), scramble=False)
    heap.alloc(10), heap.alloc(10)
    with pytest.raises(HeapCorrupt, match="every byte is used or free") as caught:
        heap.alloc(10)
    assert "MOVABLE" in caught.value.__notes__[0]


def test_without_verify_nobody_looks():
    heap = Torture(ForgetsABlock(1024), scramble=False, verify=False)
    assert [heap.alloc(10) for _ in range(3)] == [1, 2, 3]


def test_a_heap_that_is_broken_already_is_not_accepted():
    heap = Textbook(256)
    heap.alloc(16)
    heap.holes.free += 16
    with pytest.raises(HeapCorrupt):
        Torture(heap)


# --- a heap like any other -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", HEAPS)
@pytest.mark.parametrize("seed", [0, 1])
def test_the_innocent_survive(name, seed):
    """Who uses handles and locks as he should notices nothing at all."""
    heap, random = Torture(make(name, 6007), seed=seed), Random(seed)
    data = {}
    for key in range(250):
        if data and random.random() < 0.4:
            handle = random.choice(list(data))
            assert bytes(heap.arena.view(heap.address(handle), len(data[handle]))) == data.pop(handle)
            heap.free(handle)
        else:
            size = random.randrange(200)
            try:
                handle = heap.alloc(size, movable=random.random() < 0.8)
            except OutOfMemory:
                continue
            heap.arena.view(heap.address(handle), size)[:] = data[handle] = contents(key, size)
    assert (heap.scrambles > 100) is heap.traits.moves


def test_an_error_of_the_heap_comes_through_and_the_heap_is_verified():
    heap = Torture(Textbook(128))
    a = heap.alloc(64)
    for wrong in (lambda: heap.alloc(1000), lambda: heap.resize(a, 1000), lambda: heap.unlock(a), lambda: heap.free(99)):
        with pytest.raises(HeapError):
            wrong()
    assert heap.length(a) == 64


def test_the_tap_is_not_told_of_scrambles():
    heap = Torture(Textbook(1024))
    heap.tap = recorder = Recorder()
    a = heap.alloc(16)
    heap.touch(a)
    heap.alloc(16)
    assert {type(event).__name__ for event in recorder.events} == {"RungTried", "Allocated"}
    assert heap.tap is heap.heap.tap is recorder


def test_the_tap_is_given_back_even_if_a_scramble_fails():
    class Stubborn(Textbook):
        def commit(self, moves):
            raise RuntimeError("no")

    heap = Torture(Stubborn(256, tap=Recorder()))
    with pytest.raises(RuntimeError):
        heap.alloc(16)
    assert isinstance(heap.tap, Recorder)


def test_a_loader_may_use_the_tortured_heap():
    heap = Torture(Textbook(1024))
    helpers = []

    def load(handle, memory):
        memory[:] = b"again".ljust(len(memory))
        for size in (10, 20):
            helpers.append(heap.alloc(size))
            heap.arena.fill(heap.address(helpers[-1]), size, 7)
        heap.free(helpers.pop(0))
        assert bytes(memory[:5]) == b"again"

    block = heap.alloc(40, discardable=1, loader=load)
    heap.alloc(100)
    heap.discard(block)
    address = heap.lock(block)
    assert bytes(heap.arena.view(address, 5)) == b"again"
    assert bytes(heap.arena.view(heap.address(helpers[0]), 20)) == bytes([7]) * 20
    heap.check()


def test_no_torment_at_all_changes_nothing():
    plain, wrapped = Textbook(512), Torture(Textbook(512), scramble=False, fill=None, verify=False)
    for heap in (plain, wrapped):
        a, b = heap.alloc(100), heap.alloc(100)
        heap.free(a)
        heap.compact()
        heap.commit([Move(b, 0, 112, 112)])
    assert list(plain.walk()) == list(wrapped.walk())
    assert bytes(plain.arena.memory) == bytes(wrapped.arena.memory) == bytes(512)


def test_a_tortured_heap_answers_everything_a_heap_does():
    public = {name for name in dir(Heap) if not name.startswith("_")} | {"tap"}
    heap = Torture(Textbook(64))
    assert all(hasattr(heap, name) for name in public)
    assert heap.traits == Textbook(64).traits
