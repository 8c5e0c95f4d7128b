# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, binding=False
"""The compiled twin of `pin.py`: an exporter of the bytes of one block."""

cimport cython
from cpython.buffer cimport PyBuffer_FillInfo
from cpython.memoryview cimport PyMemoryView_FromObject
from libc.stdint cimport int64_t

from handleheap.core.table cimport Table

from .words import GONE as _gone

cdef int64_t GONE = _gone


@cython.final
@cython.no_gc_clear  # its buffer may be released after a collector has cleared it
@cython.freelist(64)
cdef class Pin:
    cdef Table heap
    cdef int64_t index, handle

    def __getbuffer__(self, Py_buffer* buffer, int flags):
        cdef Table heap = self.heap
        if heap.cell[self.index] != self.handle or heap.word[self.index] & GONE:
            raise BufferError("the block is not there any more")
        PyBuffer_FillInfo(buffer, self, heap.memory.at(heap.base[self.index]), heap.extent[self.index], 0, flags)
        heap.pin(self.index)

    def __releasebuffer__(self, Py_buffer* buffer):
        self.heap.unpin(self.index)


cpdef exported(Table heap, int64_t index):
    cdef Pin pin = Pin.__new__(Pin)
    pin.heap, pin.index, pin.handle = heap, index, heap.cell[index]
    return PyMemoryView_FromObject(pin)
