"""BlobCache: a mapping with a bound, whose values in use stay."""

import contextlib
import threading
from collections import OrderedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handleheap.cache import BlobCache
from handleheap.check import check
from handleheap.errors import HandlePinned, HeapClosed, OutOfMemory


def full(n=4, size=16, **options):
    cache = BlobCache(n * size, **options)
    for key in range(n):
        cache[key] = bytes([key]) * size
    return cache


def test_the_longest_unused_goes():
    cache = full(4)
    assert bytes(cache[0]) == bytes(16)
    cache["new"] = b"n" * 16
    assert list(cache) == [0, 2, 3, "new"]
    assert 1 not in cache
    assert cache.get(1) is None
    with pytest.raises(KeyError):
        cache[1]
    assert cache.stats() == (1, 2, 0, 1, 64, 64)
    check(cache.heap)
    assert len(cache.heap) == len(cache) == 4, "evicted handles are given back"


def test_asking_is_no_use():
    cache = full(4)
    assert 0 in cache
    assert (len(cache), list(cache)) == (4, [0, 1, 2, 3])
    cache["new"] = b""
    assert 0 not in cache


def test_a_value_in_use_stays():
    cache = full(4)
    view = cache[1]
    part = view[3:5]
    view.release()
    for key in "abcdef":
        cache[key] = bytes(16)
    assert 1 in cache
    assert bytes(part) == b"\1\1"
    for call in (cache.clear, cache.close, lambda: cache.pop(1), lambda: cache.__delitem__(1), lambda: cache.reserve(1, 5)):
        before = list(cache), cache.stats()
        with pytest.raises(HandlePinned):
            call()
        assert (list(cache), cache.stats()) == before
    with pytest.raises(HandlePinned) as caught:
        del cache[1]
    assert caught.value.__notes__ == ["the value of key 1 is in use"]
    with pytest.raises(OutOfMemory, match="1 viewed"):
        cache["x"] = bytes(64)
    part.release()
    cache["x"] = bytes(64)
    assert list(cache) == ["x"]


def test_views_are_read_only_and_no_copies():
    cache = full(2)
    with pytest.raises(TypeError):
        cache[0][0] = 1
    view = cache[0]
    with cache.reserve(0, 16) as room:
        room[0] = 77
    assert view[0] == 77


def test_numpy():
    numpy = pytest.importorskip("numpy")
    cache = BlobCache(1000)
    matrix = numpy.arange(24, dtype="<u2").reshape(4, 6)
    cache["whole"], cache["steps"], cache["empty"] = matrix, matrix[::2, ::2], matrix[:0]
    back = numpy.frombuffer(cache["whole"], "<u2").reshape(4, 6)
    assert (back == matrix).all()
    assert bytes(cache["steps"]) == matrix[::2, ::2].tobytes()
    assert bytes(cache["empty"]) == b""
    with pytest.raises(HandlePinned):
        del cache["whole"]
    del back
    del cache["whole"]


def test_the_loader_brings_what_is_missing():
    asked = []

    def loader(key):
        asked.append(key)
        if key == "none":
            raise KeyError(key)
        if key == "bad":
            raise OSError(key)
        if key == "room":
            with cache.reserve(key, 3) as view:
                view[:] = b"abc"
            return None
        return None if key == "nothing" else key.encode() * 16

    cache = BlobCache(64, loader=loader)
    assert [bytes(cache[key]) for key in "aab"] == [b"a" * 16, b"a" * 16, b"b" * 16]
    assert asked == ["a", "b"]
    assert bytes(cache["room"]) == b"abc"
    assert cache.get("none", 5) == 5
    for key, error in (("none", KeyError), ("nothing", KeyError), ("bad", OSError)):
        with pytest.raises(error):
            cache[key]
    assert cache.stats() == (1, 7, 3, 0, 35, 64)
    for key in "cdef":
        cache[key]
    assert "a" not in cache
    assert bytes(cache["a"]) == b"a" * 16
    assert asked.count("a") == 2
    assert "z" not in cache
    assert cache.pop("z", None) is None
    assert asked[-1] == "a", "neither `in` nor `pop` loads"


def test_a_loader_may_use_the_cache():
    cache = BlobCache(1000, loader=lambda n: b"x" if n == 0 else bytes(cache[n - 1]) * 2)
    assert len(cache[6]) == 64
    assert cache.stats().loads == 7


def test_too_large():
    cache = full(4, loader=lambda key: bytes(65))
    for call in (lambda: cache.__setitem__("x", bytes(65)), lambda: cache["x"], lambda: cache.__setitem__(0, bytes(65))):
        with pytest.raises(ValueError, match="65 bytes does not fit in a cache of 64"):
            call()
    assert list(cache) == [0, 1, 2, 3]
    with pytest.raises(ValueError, match="negative"):
        cache.reserve("x", -1)
    with pytest.raises(TypeError):
        cache["x"] = "text"
    with pytest.raises(TypeError):
        cache[[]] = b""
    assert len(cache.heap) == 4


def test_replace_pop_delete_clear():
    cache = full(4)
    cache[0] = b"short"
    cache[1] = cache[1]  # its own bytes
    assert (bytes(cache[0]), bytes(cache[1])) == (b"short", b"\1" * 16)
    assert cache.pop(0) == b"short"
    with pytest.raises(KeyError):
        cache.pop(0)
    del cache[1]
    with pytest.raises(KeyError):
        del cache[1]
    assert cache.stats().bytes == 32
    cache.clear()
    assert (len(cache), cache.stats().bytes, len(cache.heap)) == (0, 0, 0)
    cache["all"] = bytes(64)


def test_close():
    with full(2) as cache:
        pass
    cache.close()
    for call in (lambda: cache[0], lambda: cache.get(0), lambda: cache.__setitem__(0, b""), lambda: len(cache), cache.clear):
        with pytest.raises(HeapClosed):
            call()


def test_the_callers_memory():
    memory = bytearray(64)
    with BlobCache(64, arena=memory) as cache:
        cache["x"] = b"hello"
        assert b"hello" in memory
    memory.append(0)  # nothing holds it any more


@given(
    st.lists(
        st.tuples(st.sampled_from(["set", "get", "in", "pop", "hold", "drop"]), st.integers(0, 9), st.integers(0, 70)),
        max_size=60,
    )
)
def test_it_is_an_ordered_dictionary_with_a_bound(steps):
    """Against a model: an OrderedDict that forgets the longest unused value that nobody holds, until all fits."""
    cache, model, held, capacity = BlobCache(160), OrderedDict(), {}, 160

    def room(n):
        return max(16, (n + 15) & -16)

    for verb, key, n in steps:
        if verb == "set" and key not in held:
            data = bytes([key]) * n
            if sum(room(len(model[key])) for key in held) == 0:  # with nothing held, no room is out of reach
                cache[key] = data
                model.pop(key, None)
                while sum(map(room, map(len, model.values()))) + room(n) > capacity:
                    model.popitem(last=False)
                model[key] = data
            else:
                with contextlib.suppress(OutOfMemory):
                    cache[key] = data
                model = OrderedDict(
                    (k, data if k == key else model[k]) for k in [*model, key] if k in cache and (k in model or k == key)
                )
        elif verb in ("get", "hold"):
            view = cache.get(key)
            assert (view is None) is (key not in model)
            if view is not None:
                assert bytes(view) == model[key]
                model.move_to_end(key)
                if verb == "hold":
                    held[key] = view
        elif verb == "in":
            assert (key in cache) is (key in model)
        elif verb == "pop" and key not in held:
            assert cache.pop(key, None) == model.pop(key, None)
        elif verb == "drop":
            held.pop(key, None)
        view = None
        assert set(cache) == set(model)
        assert cache.stats().bytes == sum(map(len, model.values())) <= capacity
        assert all(bytes(view) == model[key] for key, view in held.items())
        check(cache.heap)


def test_threads():
    cache, errors = BlobCache(2_000, loader=lambda key: bytes([key]) * 100, threadsafe=True), []

    def work(seed):
        try:
            for at in range(2000):
                key = (at * seed + at // 7) % 40
                with cache[key] as view:
                    assert bytes(view) == bytes([key]) * 100
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in (1, 3, 7, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    stats = cache.stats()
    assert stats.hits + stats.misses == 8000
    assert stats.misses == stats.loads == stats.evictions + len(cache)
    check(cache.heap)
