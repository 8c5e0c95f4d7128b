"""An image is the heap, or it is refused; and a save that fails leaves what was there."""

import builtins
import os
import subprocess
import sys
import zlib
from array import array
from random import Random

import pytest

import handleheap
from handleheap import Heap
from handleheap.check import check
from handleheap.core import image
from handleheap.core.pure import load_pure
from handleheap.errors import BlockDiscarded, HeapImageError, StaleHandle
from handleheap.replay import contents

MODES = {handleheap.engine: Heap, "pure": load_pure().Heap}


@pytest.fixture(params=list(MODES))
def make(request):
    return MODES[request.param]


def sample(make, seed=1, size=1600):
    """A small heap with blocks of each kind and holes, and handle -> contents."""
    random, heap, data = Random(seed), make(size), {}
    for key in range(12):
        handle = heap.alloc(random.randrange(100), discardable=key % 3 == 0)
        data[handle] = contents(key, heap.length(handle))
        with heap.view(handle) as view:
            view[:] = data[handle]
    gone, *freed = random.sample(list(data), 4)
    heap.set_discardable(gone, True)
    heap.discard(gone)
    for handle in freed:
        heap.free(handle)
        del data[handle]
    fixed = heap.alloc(40, movable=False)
    data[fixed] = contents(99, 40)
    with heap.view(fixed) as view:
        view[:] = data[fixed]
    return heap, data, gone, freed


def refusal(make, path):
    with pytest.raises(HeapImageError) as caught:
        make.load(path)
    assert os.fsdecode(path) in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("seed", range(8))
def test_round_trip(make, tmp_path, seed):
    heap, data, gone, freed = sample(make, seed)
    del data[gone]
    locked = next(iter(data))
    heap.lock(locked)
    view = heap.view(locked)
    heap.save(tmp_path / "image")
    assert os.listdir(tmp_path) == ["image"]
    copy = make.load(tmp_path / "image")
    check(copy)
    assert list(copy) == list(heap)
    assert [block._replace(locks=0, age=0) for block in heap.walk()] == [block._replace(age=0) for block in copy.walk()]
    assert copy.info(locked).locks == 0, "a pin is of a process, not of the bytes"
    assert copy.is_discarded(gone)
    for handle, expected in data.items():
        assert bytes(copy.view(handle)) == expected
        assert copy.length(handle) == len(expected)
    for handle in freed:
        assert handle not in copy
        with pytest.raises(StaleHandle):
            copy.free(handle)
    old = {*data, *freed, gone}
    assert not any(copy.alloc(1) in old for _ in range(20))
    check(copy)
    view.release()


def test_the_copy_continues_like_the_heap(make, tmp_path):
    heap, data, gone, _ = sample(make)
    heap.compact()
    heap.save(tmp_path / "image")
    copy = make.load(tmp_path / "image")
    with pytest.raises(BlockDiscarded):
        copy.view(gone)
    for each in (heap, copy):
        each.free(next(iter(data)))
        each.compact()
        each.alloc(200)
    assert [block[:5] for block in heap.walk()] == [block[:5] for block in copy.walk()]


def test_a_grown_heap_comes_back_in_one_piece(make, tmp_path):
    heap = make(320)
    handles = [heap.alloc(160), heap.alloc(160)]
    heap.grow(480)
    handles.append(heap.alloc(400))
    for key, handle in enumerate(handles):
        with heap.view(handle) as view:
            view[:] = contents(key, len(view))
    heap.save(tmp_path / "image")
    copy = make.load(tmp_path / "image")
    check(copy)
    assert [bytes(copy.view(handle)) for handle in handles] == [contents(key, copy.length(h)) for key, h in enumerate(handles)]


def test_empty_heaps(make, tmp_path):
    for capacity in (1, 16, 1000):
        make(capacity).save(tmp_path / "image")
        copy = make.load(tmp_path / "image")
        assert len(copy) == 0
        check(copy)
        copy.alloc(capacity)


def test_the_callers_arena(make, tmp_path):
    heap, data, *_ = sample(make)
    heap.save(tmp_path / "image")
    memory = bytearray(4096)
    copy = make.load(tmp_path / "image", arena=memory)
    assert {handle: bytes(copy.view(handle)) for handle in data if not copy.is_discarded(handle)}
    assert any(memory)
    with pytest.raises(ValueError, match="too small"):
        make.load(tmp_path / "image", arena=bytearray(100))


def test_a_loader_is_saved_by_nobody_and_given_anew(make, tmp_path):
    heap = make(1000)
    handle = heap.alloc(100, discardable=True, loader=lambda handle, view: view.__setitem__(0, 1))
    heap.discard(handle)
    heap.save(tmp_path / "image")
    with pytest.raises(BlockDiscarded):
        make.load(tmp_path / "image").touch(handle)
    copy = make.load(tmp_path / "image", loader=lambda handle, view: view.__setitem__(0, 2))
    assert copy.touch(handle) is False
    assert copy.view(handle)[0] == 2


def test_a_block_whose_loader_runs_is_not_saved_as_whole(make, tmp_path):
    """Half-loaded bytes must not come back as if they had survived."""

    def loader(handle, view):
        view[:50] = b"h" * 50
        try:
            heap.save(tmp_path / "image")
        except handleheap.errors.HeapBusy:
            return
        assert make.load(tmp_path / "image").is_discarded(handle)

    heap = make(1000)
    handle = heap.alloc(100, discardable=True, loader=loader)
    heap.discard(handle)
    heap.touch(handle)


# --- damage --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def whole(make, tmp_path):
    heap, *_ = sample(make)
    heap.save(tmp_path / "image")
    return (tmp_path / "image").read_bytes()


def test_cut_short_at_every_length(make, tmp_path, whole):
    for size in range(len(whole)):
        (tmp_path / "cut").write_bytes(whole[:size])
        refusal(make, tmp_path / "cut")
    (tmp_path / "cut").write_bytes(whole + b"\0")
    refusal(make, tmp_path / "cut")


def test_each_byte_of_the_header_counts(make, tmp_path, whole):
    for at in range(image.LAYOUT.size):
        for mask in (1, 0x80, 0xFF):
            (tmp_path / "bad").write_bytes(whole[:at] + bytes([whole[at] ^ mask]) + whole[at + 1 :])
            refusal(make, tmp_path / "bad")


def test_each_byte_of_the_rest_counts(make, tmp_path, whole):
    for at in range(image.LAYOUT.size, len(whole)):
        (tmp_path / "bad").write_bytes(whole[:at] + bytes([whole[at] ^ 1 << at % 8]) + whole[at + 1 :])
        assert "checksum" in refusal(make, tmp_path / "bad")


def test_a_later_version_and_what_is_no_image(make, tmp_path, whole):
    later = bytearray(whole)
    image.LAYOUT.put(later, 0, "version", image.VERSION + 1)
    for data, words in ((later, f"version {image.VERSION + 1}"), (b"", "no image"), (b"GIF89a" * 99, "no image")):
        (tmp_path / "other").write_bytes(data)
        assert words in refusal(make, tmp_path / "other")
    (tmp_path / "folder").mkdir()
    assert "folder" in refusal(make, tmp_path / "folder")
    assert "no image" in refusal(make, os.fsencode(tmp_path / "other")), "a path of bytes is a path"
    with pytest.raises(FileNotFoundError):
        make.load(tmp_path / "nothing")


def test_a_path_of_bytes(make, tmp_path):
    make(100).save(os.fsencode(tmp_path / "image"))
    assert os.listdir(tmp_path) == ["image"]
    assert len(make.load(os.fsencode(tmp_path / "image"))) == 0


@pytest.mark.parametrize("seed", range(6))
def test_a_checksum_alone_is_not_believed(make, tmp_path, whole, seed):
    """A file that somebody has made: the sum is right, figures are not. It is refused, or a heap that is whole."""
    random = Random(seed)
    for _ in range(100):
        forged = bytearray(whole)
        header = image.LAYOUT.unpack(whole, 0)
        tables = image.LAYOUT.size + 8 * header.cells + 40 * header.rows
        for _ in range(random.randrange(1, 4)):
            at = random.randrange(image.COVERED, tables)
            forged[at] = random.choice([0, 1, 0x7F, 0x80, 0xFF, random.randrange(256)])
        image.LAYOUT.put(forged, 0, "crc", zlib.crc32(forged[image.COVERED :]))
        if 1 << 24 < image.LAYOUT.unpack(forged, 0).capacity < image.ADDRESSES:
            continue  # an honest wish for much memory
        (tmp_path / "forged").write_bytes(forged)
        try:
            copy = make.load(tmp_path / "forged")
        except HeapImageError:
            continue
        check(copy)


STATE, GONE, FIXED, MOVABLE, DISCARDABLE = image.STATE, image.GONE, image.FIXED, image.MOVABLE, image.DISCARDABLE
GENERATION = 1 << 30
SLOT, BASE, SIZE, LENGTH, FLAGS = range(5)


class Draft:
    """The parts of an image, to be changed: slots 1 to 5 hold two movable blocks, a fixed, a discarded and a retired one."""

    def __init__(self):
        self.header = {"capacity": 256, "align": 16, "reserved": 0}
        handles = [i + 7 * GENERATION for i in range(5)]
        self.cells = [0, *handles[1:], 0, -6, -7 - GENERATION]
        self.rows = [
            [1, 0, 32, 20, MOVABLE],
            [2, 48, 16, 0, MOVABLE | DISCARDABLE],
            [3, 208, 48, 48, FIXED],
            [4, -1, 0, 100, GONE | DISCARDABLE],
        ]
        self.counts = {}

    def write(self, path):
        flat = array("q", [figure for row in self.rows for figure in row])
        contents = b"c" * sum(row[LENGTH] for row in self.rows if row[FLAGS] & STATE != GONE)
        counts = {"cells": len(self.cells), "rows": len(self.rows), "contents": len(contents)} | self.counts
        data = bytearray(image.LAYOUT.size)
        image.LAYOUT.pack(data, 0, version=image.VERSION, crc=0, **self.header, **counts)
        data += array("q", self.cells).tobytes() + flat.tobytes() + contents
        image.LAYOUT.put(data, 0, "crc", zlib.crc32(memoryview(data)[image.COVERED :]))
        path.write_bytes(data)


def cell(slot, value):
    return lambda draft: draft.cells.__setitem__(slot, value)


def row(at, **figures):
    def change(draft):
        for name, value in figures.items():
            draft.rows[at][globals()[name.upper()]] = value

    return change


def header(**figures):
    return lambda draft: draft.header.update(figures)


def counts(**figures):
    return lambda draft: draft.counts.update(figures)


def both(*changes):
    return lambda draft: [change(draft) for change in changes]


LIES = {
    "a flag of a free block": row(0, flags=MOVABLE | 1 << 9),
    "a lock": row(0, flags=MOVABLE | 256),
    "a side table": row(0, flags=MOVABLE | 32),
    "flags below zero": row(0, flags=MOVABLE - 256),
    "a free block": row(0, flags=1),
    "a wall": row(0, flags=6),
    "fixed and discardable": row(2, flags=FIXED | DISCARDABLE),
    "a discarded block with a base": row(3, base=64),
    "a discarded block with a size": row(3, size=16),
    "a discarded block of negative length": row(3, length=-1),
    "a discarded block of absurd length": row(3, length=(1 << 63) - 1),
    "a cell of another slot": cell(6, -7),
    "a handle of another slot": cell(1, 3 + 7 * GENERATION),
    "a handle for slot 0": cell(0, 1),
    "minus nothing": cell(6, -GENERATION),
    "the least of all integers": cell(6, -(1 << 63)),
    "a handle beyond the last": cell(6, -(6 + (1 << 62) + GENERATION)),
    "a live cell without a row": cell(6, 6),
    "a row without a live cell": cell(1, -1),
    "a row for a retired slot": cell(1, 0),
    "a row for slot 0": both(cell(0, GENERATION), row(0, slot=0)),
    "a row beyond the cells": row(0, slot=99),
    "a row below the cells": row(0, slot=-2),
    "two rows for a cell": both(cell(1, -1), row(0, slot=2)),
    "no cells": lambda draft: (draft.cells.clear(), draft.rows.clear()),
    "a crooked base": row(1, base=56),
    "a crooked size": row(0, size=40),
    "no room": row(1, size=0),
    "a length beyond the size": row(0, length=33),
    "a negative length": both(row(0, length=-1), row(2, length=49, size=64, base=192)),
    "an overlap": row(1, base=16),
    "the wrong order": lambda draft: draft.rows.insert(0, draft.rows.pop(1)),
    "a base below zero": row(0, base=-16),
    "an end beyond the capacity": row(2, base=224),
    "an end beyond all integers": row(2, base=(1 << 63) - 16, size=(1 << 63) - 16),
    "contents of others": counts(contents=67),
    "no alignment": header(align=0),
    "an alignment of 24": header(align=24),
    "an absurd alignment": header(align=1 << 63),
    "a capacity that is too small": header(capacity=240),
    "an absurd capacity": header(capacity=1 << 60),
    "a capacity beyond all integers": header(capacity=(1 << 64) - 16),
    "a reserved field": header(reserved=1),
    "absurdly many cells": counts(cells=1 << 60),
    "absurdly many rows": counts(rows=1 << 60),
    "counts that come round": counts(cells=1 << 61, rows=1 << 61),
    "absurd contents": counts(contents=1 << 60),
}


def test_the_draft_is_an_image(make, tmp_path):
    draft = Draft()
    draft.cells[3] = 3 + image.LAST  # the last handle of its slot
    draft.write(tmp_path / "draft")
    heap = make.load(tmp_path / "draft")
    check(heap)
    assert [(heap.length(handle), heap.is_discarded(handle)) for handle in heap] == [(20, 0), (0, 0), (48, 0), (100, 1)]
    assert list(heap) == [draft.cells[slot] for slot in (1, 2, 3, 4)]
    for handle in list(heap):
        heap.free(handle)
    check(heap)
    assert not {heap.alloc(16) & image.INDEX for _ in range(16)} & {3, 5}, "nobody gets a slot that has had its last handle"


@pytest.mark.parametrize("lie", LIES)
def test_a_right_checksum_does_not_make_it_true(make, tmp_path, lie):
    draft = Draft()
    LIES[lie](draft)
    draft.write(tmp_path / "lie")
    refusal(make, tmp_path / "lie")


def test_a_capacity_that_cannot_be_had(make, tmp_path):
    draft = Draft()
    draft.header["capacity"] = 1 << 50
    draft.write(tmp_path / "large")
    refusal(make, tmp_path / "large")
    with pytest.raises(ValueError, match="too small"):
        make.load(tmp_path / "large", arena=bytearray(100))


# --- a save that fails ---------------------------------------------------------------------------------------------------


class Disk:
    """Counts the steps of a save, and fails at one of them."""

    def __init__(self, monkeypatch, fail_at):
        self.steps, self.fail_at = 0, fail_at
        for module, name in ((builtins, "open"), (os, "open"), (os, "fsync"), (os, "replace")):
            monkeypatch.setattr(module, name, self.wrapped(getattr(module, name), f"{module.__name__}.{name}"))

    def step(self, name):
        self.steps += 1
        if self.steps == self.fail_at:
            raise OSError(28, f"No space left on device ({name})")

    def wrapped(self, call, name):
        def counted(*arguments, **options):
            self.step(name)
            result = call(*arguments, **options)
            return File(self, result) if name == "builtins.open" else result

        return counted


class File:
    """A file whose writes count."""

    def __init__(self, disk, file):
        self.disk, self.file = disk, file

    def write(self, data):
        half = bytes(data)[: len(data) // 2]
        self.file.write(half)
        self.disk.step("write")
        self.file.write(bytes(data)[len(half) :])

    def flush(self):
        self.disk.step("flush")
        self.file.flush()

    def fileno(self):
        return self.file.fileno()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.file.close()


def test_a_save_that_fails_at_any_step_leaves_a_whole_file(make, tmp_path):
    path = tmp_path / "image"
    old, *_ = sample(make, 1)
    new, *_ = sample(make, 2)
    before, after = ([block[:6] for block in heap.walk()] for heap in (old, new))
    failures = 0
    for fail_at in range(1, 100):
        old.save(path)
        with pytest.MonkeyPatch.context() as patch:
            disk = Disk(patch, fail_at)
            try:
                new.save(path)
            except OSError:
                failures += 1
        assert os.listdir(tmp_path) == ["image"]
        found = [block[:6] for block in make.load(path).walk()]
        assert found in (before, after)
        check(new)
        assert new.alloc(0)  # and it is no longer in the middle of a call
        if disk.steps < fail_at:
            break
        new, *_ = sample(make, 2)
    assert failures > 5
    assert found == after


DEATH = """
import builtins, os, sys
from handleheap import Heap
path, left, opened = sys.argv[1], int(sys.argv[2]), open

class File:
    def __init__(self, file):
        self.file = file
    def write(self, data):
        half = len(data) // 2
        self.file.write(data[:half]), step(), self.file.write(data[half:]), self.file.flush(), step()
    def __getattr__(self, name):
        return getattr(self.file, name)
    def __enter__(self):
        return self
    def __exit__(self, *exception):
        self.file.close(), step()

def step():
    global left
    left -= 1
    if not left:
        os._exit(9)

def then(call):
    return lambda *arguments: (call(*arguments), step())[0]

heap = Heap(400)
for n in (100, 0, 50):
    heap.alloc(n)
builtins.open = lambda *arguments: File(opened(*arguments))
os.fsync, os.replace = then(os.fsync), then(os.replace)
heap.save(path)
"""


def test_a_process_that_dies_at_any_step_leaves_a_whole_file(tmp_path):
    path = tmp_path / "image"
    old, *_ = sample(Heap)
    found, deaths = [], 0
    while True:
        old.save(path)
        child = subprocess.run([sys.executable, "-c", DEATH, path, str(deaths + 1)], check=False, timeout=60)
        found.append(len(Heap.load(path)))
        if child.returncode != 9:
            break
        deaths += 1
    assert child.returncode == 0
    assert deaths > 12, "header, cells, rows and three contents, each half and whole; close, sync, replace, sync"
    assert len(old) != 3
    assert found == [len(old)] * (deaths - 2) + [3] * 3, "new from the rename on"
