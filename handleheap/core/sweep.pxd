cimport cython
from libc.stdint cimport int64_t

from handleheap.core.table cimport Table

cdef int64_t BINNED, FIXED, QUICK, SHALLOW, TOP, UNITS

cpdef tuple compact_table(Table table, int64_t max_bytes, int64_t max_moves)

@cython.locals(left=int64_t, u=int64_t, i=int64_t, before=int64_t, gap=int64_t)
cpdef begin(Table table)

@cython.locals(i=int64_t, moves=int64_t, moved=int64_t, gap=int64_t, gap_at=int64_t, src=int64_t, dst=int64_t, nth=int64_t,
               hole=int64_t, at=int64_t, before=int64_t, behind=int64_t, beyond=int64_t, size=int64_t, w=int64_t, mask=int64_t,
               shift=int64_t, spare=int64_t, limited=bint, whole=bint, over=bint, cut=bint, gaps=list, fits=dict,
               cell=int64_t[:], word=int64_t[:], extent=int64_t[:], base=int64_t[:], prev=int64_t[:], behind_of=int64_t[:])
cpdef tuple sweep(Table table, int64_t max_bytes, int64_t max_moves, list log)

cpdef int64_t carry(Table table, int64_t src, int64_t dst, int64_t end) noexcept

cpdef settle(Table table, int64_t gap, int64_t before, int64_t start, int64_t end)

@cython.locals(at=int64_t, hole=int64_t)
cpdef int64_t lowest_gap(Table table, list gaps, dict fits, int64_t size) except -2

@cython.locals(i=int64_t, end=int64_t, base=int64_t)
cpdef relink(Table table)

@cython.locals(handle=int64_t, src=int64_t, dst=int64_t, size=int64_t)
cpdef commit_moves(Table table, moves)
