# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True, binding=False
"""The compiled twin of `memory.py`: memmove, memset, and records of six integers."""

cimport cython
from libc.stdint cimport int64_t
from libc.string cimport memmove, memset

from array import array

cdef extern from *:
    """
    #if defined(_MSC_VER)
    #include <intrin.h>
    #endif
    static CYTHON_INLINE int handleheap_bits(unsigned long long n) {
    #if defined(_MSC_VER)
        unsigned long at;
        return _BitScanReverse64(&at, n) ? (int)at + 1 : 0;
    #else
        return n ? 64 - __builtin_clzll(n) : 0;
    #endif
    }
    """
    int handleheap_bits(unsigned long long n) noexcept nogil


@cython.final
cdef class Memory:
    def __init__(self, arena):
        parts = getattr(arena, "parts", None) or [arena.memory]
        self.first = parts[0]
        self.border = self.first.shape[0]
        self.parts = parts[1:]
        self.starts = [self.border + sum([part.nbytes for part in parts[1:i]]) for i in range(1, len(parts))]

    cdef unsigned char* at(self, int64_t address) noexcept:
        cdef int64_t i
        cdef unsigned char[::1] part
        if address < self.border:
            return &self.first[0] + address
        for i in range(len(self.parts) - 1, -1, -1):
            if address >= <int64_t>self.starts[i]:
                part = self.parts[i]
                return &part[0] + (address - <int64_t>self.starts[i])
        return &self.first[0] + address

    cdef void move(self, int64_t src, int64_t dst, int64_t size) noexcept:
        memmove(self.at(dst), self.at(src), size)

    cdef void queue_move(self, int64_t src, int64_t dst, int64_t size) noexcept:
        """Meant to be a move: the bytes come from memory while others are moved. In order, and done after `flush`."""
        cdef unsigned char* source = self.at(src)
        cdef int64_t ahead
        cdef int at
        for ahead in range(0, min(size, 2048), 64):
            handleheap_prefetch(source + ahead)
        if self.queued == 16:
            at = 3 * self.first_queued
            self.move(self.queue[at], self.queue[at + 1], self.queue[at + 2])
            self.first_queued = (self.first_queued + 1) & 15
            self.queued -= 1
        at = 3 * ((self.first_queued + self.queued) & 15)
        self.queue[at], self.queue[at + 1], self.queue[at + 2] = src, dst, size
        self.queued += 1

    cdef void flush(self) noexcept:
        cdef int at
        while self.queued:
            at = 3 * self.first_queued
            self.move(self.queue[at], self.queue[at + 1], self.queue[at + 2])
            self.first_queued = (self.first_queued + 1) & 15
            self.queued -= 1

    cdef void fill(self, int64_t at, int64_t size, int byte) noexcept:
        memset(self.at(at), byte, size)

    cdef bint any(self, int64_t[::1] counters) noexcept:
        cdef int64_t at
        for at in range(counters.shape[0]):
            if counters[at]:
                return True
        return False

    cdef int64_t bits(self, int64_t n) noexcept:
        return handleheap_bits(n)


def zeros(count):
    return array("q", bytes(8 * count))


def enlarged(store, count):
    new = memoryview(bytearray(48 * count)).cast("q")
    if store is not None:
        new[: len(store)] = store
    return new


def columns(store):
    """The same field of all records: 48 bytes from one to the next."""
    return [store[at::6] for at in range(6)]


@cython.final
cdef class Idle:
    """Two calls that do nothing: what any call into an extension costs that takes an integer and returns one."""

    def alloc(self, int64_t n):
        return n

    def free(self, int64_t handle):
        pass
