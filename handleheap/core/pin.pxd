from libc.stdint cimport int64_t

from handleheap.core.table cimport Table

cpdef exported(Table heap, int64_t index)
