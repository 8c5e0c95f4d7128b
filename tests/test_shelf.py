"""The registry: names, fits, words."""

import pytest

from handleheap import fit, shelf
from handleheap.arena import Arena
from handleheap.events import Recorder
from handleheap.shelf import SHELF, UnknownHeap, every, make


def test_the_reference_comes_first_and_all_have_a_line():
    assert [name for name, _ in every()] == list(SHELF)
    assert next(iter(SHELF)) == "textbook"
    for _, entry in every():
        assert entry.summary
        assert "\n" not in entry.summary
        assert not entry.summary.endswith(".")


@pytest.mark.parametrize("name", SHELF)
def test_every_heap_is_made_by_its_name(name):
    recorder = Recorder()
    size = SHELF[name].needed(1000)
    heap = make(name, size, tap=recorder)
    assert heap.traits.name == name
    assert heap.tap is recorder
    assert heap.arena.size == size
    heap.alloc(1)
    assert recorder.events
    assert make(name, bytearray(size)).arena.size == size
    arena = Arena(size, name="mine")
    assert make(name, arena).arena is arena


@pytest.mark.parametrize("name", SHELF)
def test_every_fit_on_the_label_is_in_the_box(name):
    """Fits of one heap must differ: four holes, and each fit takes another."""
    places = {}
    for chosen in SHELF[name].fits:
        heap = make(name, SHELF[name].needed(1100), fit=chosen, compacts=False)
        handles = [heap.alloc(size) for size in (100, 10, 400, 10, 60, 10, 90, 10)]
        for handle in handles[::2]:
            heap.free(handle)
        places[chosen] = heap.address(heap.alloc(50))
    assert len(set(places.values())) == len(places)
    assert set(SHELF[name].fits) <= set(fit.FITS)


def test_the_usual_fit_is_first():
    for name in ("textbook", "implicit"):
        assert list(make(name, 500).walk()) == list(make(name, 500, fit="first").walk())


def test_an_unknown_heap_is_refused_with_the_known_ones():
    with pytest.raises(UnknownHeap, match="no heap is called 'tlfs'; there are textbook, implicit, bump"):
        make("tlfs", 100)
    assert issubclass(UnknownHeap, LookupError)


def test_a_fit_that_a_heap_has_not_is_refused():
    with pytest.raises(ValueError, match="no fit 'tight': implicit has the fits first, next, best, worst"):
        make("implicit", 100, fit="tight")
    with pytest.raises(ValueError, match="no fit 'first': bump has no fit to choose"):
        make("bump", 100, fit="first")


def test_memory_too_small_is_refused_in_the_heap_s_words():
    with pytest.raises(ValueError, match="at least 64 bytes"):
        make("implicit", 10)


def test_an_attached_heap_is_of_the_same_kind():
    for name, entry in shelf.every():
        if entry.attach is not None:
            heap = make(name, entry.needed(500))
            heap.alloc(20)
            copy = entry.attach(bytearray(heap.arena.memory), None)
            assert type(copy) is type(heap)
            assert list(copy.walk()) == list(heap.walk())
