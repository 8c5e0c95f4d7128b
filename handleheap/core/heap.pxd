cimport cython
from libc.stdint cimport int64_t

from handleheap.core.ladder cimport discard_block, drop, grow_block, place, refuse, release, shift, used, vacate
from handleheap.core.pin cimport exported
from handleheap.core.sweep cimport commit_moves, compact_table
from handleheap.core.table cimport Table

cdef int64_t DISCARDABLE, FIXED, GENERATION, GONE, INDEX, LAST, LOADING, LOCK, LOCKS, PINS, QUICK, SIDE, TOP, UNITS, UNUSUAL
cdef int64_t VIEW
cdef bint PURE

@cython.final
cdef class Heap(Table):
    cdef object __weakref__

    cdef _open(self)
    @cython.locals(want=int64_t, u=int64_t, i=int64_t, h=int64_t)
    cpdef alloc(self, n, bint movable=*, bint discardable=*, loader=*, on_discard=*, bint zero=*)
    @cython.locals(h=int64_t, i=int64_t, u=int64_t)
    cpdef free(self, handle)
    cdef _enter(self)
    cdef _leave(self)
    cdef bint _look(self) except -1
    cdef _looked(self, bint own)
    cdef int64_t _slot(self, handle) except -1
    cdef int64_t _unpinned(self, handle) except -1
    cdef _failed(self, int64_t i, handle)
    cdef _wanted(self, n)
    @cython.locals(i=int64_t, h=int64_t)
    cdef _alloc(self, n, bint movable, bint discardable, loader, on_discard, bint zero)
    cdef _free(self, handle)
    @cython.locals(i=int64_t, word=int64_t)
    cdef _put_off(self, handle)
    cdef _free_deferred(self)
    @cython.locals(i=int64_t, j=int64_t, word=int64_t, base=int64_t, size=int64_t)
    cdef _give_back(self, handle)
    cdef _view(self, handle)
    @cython.locals(i=int64_t)
    cdef _lock(self, handle, high)
    @cython.locals(hole=int64_t, size=int64_t)
    cdef _rise(self, int64_t i)
    cdef _unlock(self, handle)
    cdef int64_t _here(self, handle) except -1
    @cython.locals(i=int64_t)
    cdef bint _use(self, handle) except -1
    @cython.locals(j=int64_t)
    cdef _return(self, int64_t i)
