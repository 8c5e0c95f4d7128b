"""A cache of bytes in a heap: bounded, the longest unused value goes first, and a value in use stays.

    cache[key] ──> handle ──> block, discardable      alloc has no room ──> the heap discards ──> the key is forgotten
         └─ a read-only view: while it lives, or a slice or an array of it, its value neither moves nor goes

The order of use, the bound and the pins are the heap's. The cache only knows which key has which handle.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import nullcontext
from threading import RLock
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

from .core import Heap
from .errors import HandlePinned, HeapClosed

ReadableBuffer: TypeAlias = Any
"""Anything that has bytes; before Python 3.12 the standard library has no name for it."""
K = TypeVar("K", bound=Hashable)
D = TypeVar("D")
_NO: Any = object()


class CacheStats(NamedTuple):
    """How a cache has done since it was made; bytes as they are now."""

    hits: int
    misses: int
    loads: int
    evictions: int
    bytes: int
    """Of the values that are in it."""
    capacity: int


def _flat(value: ReadableBuffer) -> memoryview | bytes:
    """The bytes of anything that has some: an array of any shape, too, and one with steps."""
    source = memoryview(value)
    return source.cast("B") if source.c_contiguous and source.nbytes else source.tobytes()


class BlobCache(Generic[K]):
    """Values of bytes by key, in `capacity` bytes of memory; each value takes its length rounded up to 16.

    `loader(key)` brings what is not there: it returns the bytes, or fills what `reserve` gives it and returns None. `arena` is
    a writable buffer to live in. With `threadsafe`, each call is one step to other threads, and a loader runs in that step.

    >>> cache = BlobCache(64, loader=lambda key: key.encode() * 16)
    >>> cache["spam"] = b"eggs"
    >>> bytes(cache["spam"]), bytes(cache["x"])
    (b'eggs', b'xxxxxxxxxxxxxxxx')
    >>> with cache["spam"] as view:  # in use, so "x" must go, although it was used later
    ...     cache["more"] = bytes(48)
    >>> list(cache)
    ['spam', 'more']
    >>> cache.stats()
    CacheStats(hits=2, misses=1, loads=1, evictions=1, bytes=52, capacity=64)
    """

    __slots__ = ("_bytes", "_evictions", "_handles", "_hits", "_keys", "_loads", "_lock", "_misses", "capacity", "heap", "loader")

    def __init__(
        self,
        capacity: int,
        *,
        loader: Callable[[K], ReadableBuffer | None] | None = None,
        arena: Any = None,
        threadsafe: bool = False,
    ) -> None:
        self.heap = Heap(capacity, arena=arena, threadsafe=threadsafe)
        self.capacity = self.heap.arena.size
        self.loader = loader
        self._lock: Any = RLock() if threadsafe else nullcontext()
        self._handles: dict[K, int] | None = {}
        self._keys: dict[int, K] = {}
        self._hits = self._misses = self._loads = self._evictions = self._bytes = 0

    @property
    def _table(self) -> dict[K, int]:
        if self._handles is None:
            raise HeapClosed("the cache is closed")
        return self._handles

    def _evicted(self, handle: int, view: memoryview) -> None:
        """The heap is about to discard a value: forget its key. The free is put off by the heap until it is done."""
        self._bytes -= view.nbytes
        self._evictions += 1
        del self._table[self._keys.pop(handle)]
        self.heap.free(handle)

    def _load(self, key: K) -> int:
        self._misses += 1
        if self.loader is None:
            raise KeyError(key)
        value = self.loader(key)
        if value is not None:
            self[key] = value
        handle = self._table[key]
        self._loads += 1
        return handle

    def _forget(self, key: K, handle: int) -> None:
        length = self.heap.length(handle)
        try:
            self.heap.free(handle)
        except HandlePinned as error:
            error.add_note(f"the value of key {key!r} is in use")
            raise
        self._bytes -= length
        del self._table[key], self._keys[handle]

    # --- reading ---------------------------------------------------------------------------------------------------------

    def __getitem__(self, key: K) -> memoryview:
        """A read-only view of the value, no copy. Raises KeyError, OutOfMemory, and whatever the loader raises."""
        with self._lock:
            handle = self._table.get(key)
            if handle is None:
                handle = self._load(key)
            else:
                self._hits += 1
            return self.heap.view(handle, readonly=True)

    def get(self, key: K, default: D | None = None) -> memoryview | D | None:
        """The same, or `default` where it raises KeyError."""
        try:
            return self[key]
        except KeyError:
            return default

    def __contains__(self, key: object) -> bool:
        """Whether the value is in memory; neither loads it nor counts as use."""
        return key in self._table

    def __len__(self) -> int:
        return len(self._table)

    def __iter__(self) -> Iterator[K]:
        """The keys of all values in memory, as they are now."""
        return iter(list(self._table))

    def stats(self) -> CacheStats:
        """The counts so far. Cost: none."""
        return CacheStats(self._hits, self._misses, self._loads, self._evictions, self._bytes, self.capacity)

    # --- writing ---------------------------------------------------------------------------------------------------------

    def __setitem__(self, key: K, value: ReadableBuffer) -> None:
        """Copy `value` in. Raises what `reserve` raises; then the old value is still there."""
        data = _flat(value)
        with self._lock, self.reserve(key, len(data)) as view:
            view[:] = data

    def reserve(self, key: K, n: int) -> memoryview:
        """Room for a value of `n` bytes, as a view to be filled: what a file reads into need not be copied.

        Raises ValueError for more than the capacity, OutOfMemory where values in use leave no room, HandlePinned where the old
        value of the key is in use and has another length.

        >>> cache = BlobCache(64)
        >>> with cache.reserve("zeros", 3) as view:
        ...     view[:] = b"000"
        >>> bytes(cache["zeros"])
        b'000'
        """
        with self._lock:
            handle = self._table.get(key)
            if n > self.capacity:
                raise ValueError(f"a value of {n:,} bytes does not fit in a cache of {self.capacity:,}")
            if handle is None:
                handle = self.heap.alloc(n, discardable=True, on_discard=self._evicted)
                self._table[key], self._keys[handle] = handle, key
                self._bytes += n
            else:
                old = self.heap.length(handle)
                try:
                    self.heap.resize(handle, n)
                except HandlePinned as error:
                    error.add_note(f"the value of key {key!r} is in use")
                    raise
                self._bytes += n - old
            return self.heap.view(handle)

    def __delitem__(self, key: K) -> None:
        """Raises KeyError, and HandlePinned while the value is in use."""
        with self._lock:
            self._forget(key, self._table[key])

    def pop(self, key: K, default: D = _NO) -> bytes | D:
        """Remove a value that is in memory, and return a copy. Raises KeyError without `default`, HandlePinned."""
        with self._lock:
            handle = self._table.get(key)
            if handle is None:
                if default is _NO:
                    raise KeyError(key)
                return default
            with self.heap.view(handle) as view:
                value = bytes(view)
            self._forget(key, handle)
            return value

    def clear(self) -> None:
        """Remove all values. Raises HandlePinned, before anything is removed, while one is in use. The counts go on."""
        with self._lock:
            for key, handle in self._table.items():
                if locks := self.heap.info(handle).locks:
                    error = HandlePinned(handle, locks)
                    error.add_note(f"the value of key {key!r} is in use")
                    raise error
            for key, handle in list(self._table.items()):
                self._forget(key, handle)

    def close(self) -> None:
        """Let go of the memory. Raises HandlePinned while a value is in use. Closing twice is no error."""
        with self._lock:
            self.heap.close()
            self._handles = None
            self._keys.clear()
            self._bytes = 0

    def __enter__(self) -> BlobCache[K]:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
