cimport cython
from libc.stdint cimport int64_t

from handleheap.core.table cimport Table

cdef int64_t BINNED, DISCARDABLE, FIXED, GONE, INDEX, PINS, QUICK

@cython.locals(i=int64_t)
cpdef list chain(Table table)
@cython.locals(i=int64_t, size=int64_t, free=int64_t, end=int64_t)
cpdef list rows(Table table)
cpdef kind_of(Table table, int64_t i)
cpdef list blocks(Table table, list of)
@cython.locals(word=int64_t, base=int64_t, size=int64_t)
cpdef block(Table table, int64_t i)
@cython.locals(i=int64_t)
cpdef list gone(Table table)
cpdef list live(Table table)
cpdef stats(Table table)
cpdef check(Table table)
cpdef _check_list(Table table, list records)
cpdef _check_bins(Table table, list records)
cpdef _check_quick(Table table, list records)
