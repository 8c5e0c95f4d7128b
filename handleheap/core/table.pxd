cimport cython
from libc.stdint cimport int64_t

from handleheap.core.memory cimport Memory

cdef int64_t BINNED, FIXED, GENERATION, INDEX, LAST, LOCKS, QUICK, SHALLOW, TOP, VIEW

cdef class Table:
    cdef readonly object arena
    cdef readonly Memory memory
    cdef readonly list parts
    cdef object store
    cdef readonly int64_t[:] cell, word, extent, base, prev, next
    cdef readonly int64_t[::1] heads, bins, flat
    cdef readonly int64_t mask, shift, capacity
    cdef public int64_t slots, top, spare, nfree, binned, low, lowest, gate, open
    cdef readonly list gaps
    cdef readonly object lru
    cdef int64_t clock
    cdef readonly dict guards, loaders, savers
    cdef list deferred, dropped
    cdef set broken
    cdef public object listener
    cdef object mutex
    cdef int filler
    cdef bint busy, closed, loose, telling, threadsafe
    cdef public bint compacts

    cpdef adopt(self, arena)
    cpdef clear(self)
    cdef forget(self)
    cdef forget_free(self)

    cpdef enlarge(self, int64_t count)
    @cython.locals(i=int64_t)
    cdef int64_t slot(self) except -1
    cpdef reserve(self, int64_t count)
    cpdef void recycle(self, int64_t i) noexcept
    @cython.locals(h=int64_t, i=int64_t)
    cdef int64_t index(self, handle) except -1
    @cython.locals(h=int64_t)
    cdef int64_t bind(self, int64_t i, int64_t n, int64_t flags) noexcept
    @cython.locals(h=int64_t)
    cdef void unbind(self, int64_t i) noexcept

    cdef int64_t rounded(self, int64_t n) noexcept
    cpdef int64_t size(self, int64_t i) noexcept
    @cython.locals(units=int64_t)
    cpdef int64_t units(self, int64_t size) noexcept
    cdef int64_t locks(self, int64_t i) noexcept
    cdef int64_t views(self, int64_t i) noexcept
    cpdef bint is_free(self, int64_t i) noexcept

    @cython.locals(behind=int64_t)
    cdef void link(self, int64_t i, int64_t after) noexcept
    @cython.locals(before=int64_t, behind=int64_t)
    cpdef void unlink(self, int64_t i) noexcept
    @cython.locals(before=int64_t)
    cdef void substitute(self, int64_t old, int64_t new) noexcept
    cdef void lower(self, int64_t i) noexcept
    @cython.locals(i=int64_t)
    cpdef append(self, int64_t base, int64_t size)
    @cython.locals(i=int64_t)
    cpdef wall(self, int64_t base)

    @cython.locals(units=int64_t, level=int64_t)
    cdef int64_t bin_of(self, int64_t size) noexcept
    cdef int64_t ahead(self, int64_t i) noexcept
    cdef int64_t behind(self, int64_t i) noexcept
    @cython.locals(b=int64_t, head=int64_t)
    cdef void bin(self, int64_t i) noexcept
    @cython.locals(b=int64_t, before=int64_t, behind=int64_t)
    cpdef void unbin(self, int64_t i) noexcept
    cdef void rebin(self, int64_t i, int64_t size) noexcept
    @cython.locals(rest=int64_t)
    cdef void trim(self, int64_t i, int64_t size) noexcept
    @cython.locals(level=int64_t, row=int64_t)
    cdef int64_t first_from(self, int64_t b) noexcept
    @cython.locals(units=int64_t, b=int64_t)
    cdef int64_t search(self, int64_t size) noexcept
    @cython.locals(b=int64_t, i=int64_t)
    cdef int64_t search_all(self, int64_t size) noexcept
    @cython.locals(i=int64_t, left=int64_t)
    cdef int64_t search_high(self, int64_t size) noexcept
    @cython.locals(i=int64_t, level=int64_t, row=int64_t, largest=int64_t)
    cdef int64_t largest(self) noexcept

    @cython.locals(rest=int64_t, taken=int64_t, others=bint)
    cdef int64_t carve(self, int64_t i, int64_t size, bint high) except -1
    @cython.locals(size=int64_t, before=int64_t, behind=int64_t)
    cdef int64_t merge(self, int64_t i) noexcept
    @cython.locals(u=int64_t)
    cdef void push(self, int64_t i) noexcept
    @cython.locals(i=int64_t)
    cdef int64_t pop(self, int64_t u) noexcept
    cpdef bint pending(self) noexcept
    cdef bint any_quick(self) noexcept
    @cython.locals(i=int64_t, u=int64_t, behind=int64_t)
    cpdef drain(self)

    cdef void pin(self, int64_t i) noexcept
    cdef unpin(self, int64_t i)
    cdef let_go(self, int64_t i)
