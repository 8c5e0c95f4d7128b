"""Pictures in heap blocks: no copy, always where the block is now, and no way to crash the interpreter."""

import ast
from contextlib import contextmanager
from pathlib import Path

import pytest

import handleheap
from handleheap.desktop.box import Box
from handleheap.desktop.canvas import Canvas, indices
from handleheap.desktop.fonts import faces
from handleheap.desktop.heapbitmap import HeapBitmap, derived
from handleheap.desktop.strip import Lettering, pack_strip, strip_size
from handleheap.textbook import Textbook


class Pinned:
    """A Textbook heap as pictures need it."""

    def __init__(self, memory):
        self.heap = Textbook(memory)

    @contextmanager
    def pinned(self, handle):
        address = self.heap.lock(handle)
        try:
            with self.heap.arena.view(address, self.heap.length(handle)) as view:
                yield view
        finally:
            self.heap.unlock(handle)

    def peek(self, handle):
        if self.heap.is_discarded(handle):
            return None
        return self.heap.arena.view(self.heap.address(handle), self.heap.length(handle))


@pytest.fixture
def pins():
    return Pinned(4096)


def shown(bitmap):
    canvas = Canvas(bitmap.width, bitmap.height)
    assert bitmap.expose(canvas, 0, 0)
    return canvas.pixels()


def test_drawing_writes_into_the_heap(pins):
    handle = pins.heap.alloc(32 * 8)
    with HeapBitmap(pins, handle, 32, 8).locked() as canvas:
        canvas.fill(Box(2, 1, 3, 1), 17)
    with pins.peek(handle) as view:
        assert bytes(view[32:40]) == bytes([0, 0, 17, 17, 17, 0, 0, 0])


def test_a_picture_survives_that_its_block_moves(pins):
    first, handle = pins.heap.alloc(512), pins.heap.alloc(32 * 8)
    bitmap = HeapBitmap(pins, handle, 32, 8)
    with bitmap.locked() as canvas:
        canvas.disc(4, 1, 6, 21, 30)
    before, place = shown(bitmap), pins.heap.address(handle)
    pins.heap.free(first)
    pins.heap.compact()
    assert pins.heap.address(handle) != place
    pins.heap.arena.view(place, 256)[:] = b"\xcc" * 256
    assert shown(bitmap) == before


def test_its_block_is_pinned_while_it_is_drawn_on_and_not_behind(pins):
    handle = pins.heap.alloc(256)
    with HeapBitmap(pins, handle, 32, 8).locked():
        assert pins.heap.info(handle).locks == 1
    assert pins.heap.info(handle).locks == 0


def test_a_canvas_that_outlives_its_lock_is_blind(pins):
    handle = pins.heap.alloc(256)
    with HeapBitmap(pins, handle, 32, 8).locked() as canvas:
        pass
    canvas.fill(Box(0, 0, 32, 8), 99)
    with pins.peek(handle) as view:
        assert bytes(view) == bytes(256)


def test_a_block_that_is_too_small_holds_no_picture(pins):
    handle = pins.heap.alloc(255)
    with pytest.raises(ValueError, match="255 bytes hold no picture of 32 x 8"), HeapBitmap(pins, handle, 32, 8).locked():
        pass
    assert pins.heap.info(handle).locks == 0
    assert not HeapBitmap(pins, handle, 32, 8).expose(Canvas(32, 8), 0, 0)


def test_a_discarded_picture_is_not_shown(pins):
    handle = pins.heap.alloc(256, discardable=1, loader=lambda *_: None)
    pins.heap.discard(handle)
    assert not HeapBitmap(pins, handle, 32, 8).expose(Canvas(32, 8), 0, 0)


def test_danger_1_memory_cannot_be_resized_under_a_picture():
    """pygame keeps an address and lets the buffer go: the view that the lock holds is what refuses."""
    memory = bytearray(4096)
    pins = Pinned(memory)
    handle = pins.heap.alloc(256)
    with HeapBitmap(pins, handle, 32, 8).locked(), pytest.raises(BufferError):
        memory.extend(b"more")
    with pytest.raises(BufferError):
        memory.extend(b"the arena itself holds it as well")


def test_danger_1_a_surface_alone_keeps_its_memory_from_being_resized():
    """It refers to a slice that nobody releases, so that a surface that has leaked shows garbage at worst."""
    memory = bytearray(256)
    with memoryview(memory) as view:
        surface = derived(view, 16, 16)
    with pytest.raises(BufferError):
        memory.extend(b"more")
    surface.fill(7)
    assert memory == bytes([7]) * 256
    del surface
    memory.extend(b"now it may")


def test_danger_2_no_pitch_is_ever_passed():
    """pygame 2.6.1 writes through an uninitialised pointer where frombuffer gets a fourth argument."""
    root = Path(handleheap.__file__).parent.parent
    calls = [
        (path.name, len(node.args), [keyword.arg for keyword in node.keywords])
        for package in ("handleheap", "win16demo", "macdemo")
        for path in (root / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "frombuffer"
    ]
    assert calls
    assert {(args, tuple(keywords)) for _, args, keywords in calls} == {(3, ())}


@pytest.mark.parametrize("font", faces(), ids=lambda font: font.name)
def test_letters_from_a_strip_in_memory_are_those_of_the_face(font):
    memory = bytearray(pack_strip(font)) + b"rounded up"
    letters = Lettering(font, memoryview(memory))
    text = "Größe 0x12 – fi⌘ " + "".join(sorted(font.glyphs))[:60]
    for ink in (0, 1, 2, 28, 254):
        drawn, written = Canvas(640, 20), Canvas(640, 20, lettering=lambda _: letters)
        for canvas in (drawn, written):
            canvas.fill(Box(0, 0, 640, 20), 27)
        with written.within(Box(5, 1, 600, 16)), drawn.within(Box(5, 1, 600, 16)):
            assert drawn.text(3, 0, text, font, ink) == written.text(3, 0, text, font, ink)
        assert drawn.pixels() == written.pixels()


def test_letters_change_with_their_memory():
    font = faces().small
    memory = bytearray(pack_strip(font))
    letters = Lettering(font, memoryview(memory))
    canvas = Canvas(40, 14)
    letters.write(canvas.surface, 0, 0, "H", 30)
    assert 30 in indices(canvas.surface)
    memory[:] = bytes(len(memory))
    canvas = Canvas(40, 14)
    letters.write(canvas.surface, 0, 0, "H", 30)
    assert 30 not in indices(canvas.surface), "what is written comes from the block and from nowhere else"
    assert len(memory) == strip_size(font)[0] * strip_size(font)[1]
