cimport cython
from libc.stdint cimport int64_t

from handleheap.core.pin cimport exported
from handleheap.core.sweep cimport commit_moves, compact_table
from handleheap.core.table cimport Table

cdef int64_t FIXED, GONE, LOADING, PINS, TOP, VIEW

@cython.locals(size=int64_t, u=int64_t, i=int64_t)
cpdef int64_t place(Table table, wanted, bint high) except -1
@cython.locals(i=int64_t)
cpdef int64_t climb(Table table, int64_t size, bint high, wanted) except -1
cpdef int64_t find(Table table, int64_t size, bint high) noexcept
cpdef bint tried(Table table, rung, wanted, int64_t i) except -1
@cython.locals(i=int64_t, word=int64_t, largest=int64_t, fixed=int64_t, locked=int64_t, viewed=int64_t, pinned=int64_t)
cpdef refuse(Table table, wanted)
@cython.locals(i=int64_t)
cpdef list victims(Table table, int64_t missing, int64_t spared)
@cython.locals(i=int64_t, j=int64_t)
cpdef int64_t discard_for(Table table, int64_t size, bint high) except -1
@cython.locals(base=int64_t, size=int64_t)
cpdef bint discard_block(Table table, int64_t i) except -1
@cython.locals(j=int64_t)
cpdef vacate(Table table, int64_t i)
cpdef used(Table table, int64_t i)
@cython.locals(i=int64_t)
cpdef drop(Table table)
cpdef release(view)
@cython.locals(j=int64_t, old=int64_t)
cpdef int64_t grow_block(Table table, int64_t i, int64_t size) except -1
@cython.locals(behind=int64_t, base=int64_t, old=int64_t, j=int64_t, k=int64_t)
cpdef int64_t widen(Table table, int64_t i, int64_t size, int64_t hole) except -2
@cython.locals(old=int64_t, hole=int64_t, extra=int64_t, j=int64_t)
cpdef int64_t squeeze(Table table, int64_t i, int64_t size) except -2
cpdef shift(Table table, list moves)
cpdef bint helps(Table table, int64_t i, int64_t size, list going) except -1
