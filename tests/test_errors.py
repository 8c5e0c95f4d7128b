"""Words, figures and families of the errors."""

import pickle

import pytest

from handleheap import errors, shelf
from handleheap.errors import (
    ArenaBounds,
    BlockDiscarded,
    HandleNotLocked,
    HandlePinned,
    HeapCorrupt,
    HeapError,
    NotDiscardable,
    OutOfMemory,
    RecordError,
    StaleHandle,
    TraceError,
)

ALL = [value for value in vars(errors).values() if isinstance(value, type)]


def test_every_error_is_a_heap_error():
    assert all(issubclass(error, HeapError) for error in ALL)
    assert issubclass(shelf.UnknownHeap, HeapError)
    assert not issubclass(HeapError, (ValueError, LookupError, MemoryError))


@pytest.mark.parametrize(
    ("error", "builtin"),
    [(ArenaBounds, IndexError), (OutOfMemory, MemoryError), (StaleHandle, LookupError), (TraceError, ValueError)],
)
def test_errors_are_what_python_would_call_them(error, builtin):
    assert issubclass(error, builtin)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OutOfMemory(10_000, 5_000, 2_500), "wanted 10,000 bytes: 5,000 free, largest free block 2,500"),
        (OutOfMemory(96, 128, 64, 1_024), "wanted 96 bytes: 128 free, largest free block 64, 1,024 pinned"),
        (StaleHandle(0x1F), "handle 0x1f names no block of this heap"),
        (HandlePinned(3, 2), "handle 0x3 is locked (2x)"),
        (HandleNotLocked(3), "handle 0x3 is not locked"),
        (NotDiscardable(3), "handle 0x3 is not discardable"),
        (BlockDiscarded(3), "the block of handle 0x3 is discarded"),
        (HeapCorrupt("blocks tile the arena", "block at 0x10"), "blocks tile the arena: block at 0x10"),
        (TraceError("a.rep", 7, "expected a size"), "a.rep:7: expected a size"),
        (TraceError("a.rep", None, "is empty"), "a.rep: is empty"),
        (RecordError("no compiler"), "no compiler"),
    ],
)
def test_the_words(error, words):
    assert str(error) == words


def test_the_figures_are_there_for_programs():
    error = OutOfMemory(96, 128, 64, 32)
    assert (error.wanted, error.free, error.largest_free, error.pinned) == (96, 128, 64, 32)
    assert StaleHandle(7).handle == HandleNotLocked(7).handle == NotDiscardable(7).handle == BlockDiscarded(7).handle == 7
    assert (HandlePinned(7, 2).handle, HandlePinned(7, 2).locks) == (7, 2)
    assert (HeapCorrupt("rule", "detail").rule, HeapCorrupt("rule", "detail").detail) == ("rule", "detail")
    assert (TraceError("f", 3, "p").file, TraceError("f", 3, "p").line) == ("f", 3)


@pytest.mark.parametrize(
    "error",
    [
        ArenaBounds("heap", 96, 8, 100),
        OutOfMemory(96, 128, 64, 32),
        StaleHandle(3),
        HandlePinned(3, 2),
        HandleNotLocked(3),
        NotDiscardable(3),
        BlockDiscarded(3),
        HeapCorrupt("rule", "detail"),
        TraceError("f", 3, "p"),
        RecordError("why"),
        shelf.UnknownHeap("x"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_crosses_a_process_border(error):
    """The lab runs heaps in worker processes; an error that cannot be unpickled hangs the pool or hides the cause."""
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert vars(again) == vars(error)
