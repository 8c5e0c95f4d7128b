from libc.stdint cimport int64_t

cdef extern from *:
    """
    /* The value of an exact int of up to two digits without a call; what does not fit in 62 bits is taken for the largest. */
    #if CYTHON_COMPILING_IN_CPYTHON && PY_VERSION_HEX < 0x030F0000
      #if PY_VERSION_HEX >= 0x030C0000
        #define HANDLEHEAP_DIGITS(n) ((n)->long_value.ob_digit)
        #define HANDLEHEAP_TAG(n) ((n)->long_value.lv_tag)
        #define HANDLEHEAP_ONE (1 << 3)
        #define HANDLEHEAP_TWO (2 << 3)
      #else
        #define HANDLEHEAP_DIGITS(n) ((n)->ob_digit)
        #define HANDLEHEAP_TAG(n) Py_SIZE(n)
        #define HANDLEHEAP_ONE 1
        #define HANDLEHEAP_TWO 2
      #endif
    #endif
    #if defined(__GNUC__) || defined(__clang__)
      #define handleheap_prefetch(address) __builtin_prefetch(address, 0, 2)
    #else
      #define handleheap_prefetch(address) (void)(address)
    #endif
    static long long handleheap_wide(PyObject *n) {
        int overflow = 0;
        PyObject *whole = PyNumber_Index(n);
        long long value;
        if (!whole) return -1;
        value = PyLong_AsLongLongAndOverflow(whole, &overflow);
        Py_DECREF(whole);
        return overflow ? overflow * (1LL << 62) : value;
    }
    static CYTHON_INLINE long long handleheap_integer(PyObject *n) {
    #ifdef HANDLEHEAP_ONE
        if (PyLong_CheckExact(n)) {
            PyLongObject *number = (PyLongObject *)n;
            if (HANDLEHEAP_TAG(number) == HANDLEHEAP_TWO)
                return ((long long)HANDLEHEAP_DIGITS(number)[1] << PyLong_SHIFT) | HANDLEHEAP_DIGITS(number)[0];
            if (HANDLEHEAP_TAG(number) == HANDLEHEAP_ONE) return HANDLEHEAP_DIGITS(number)[0];
        }
    #endif
        return handleheap_wide(n);
    }
    """
    int64_t handleheap_integer(n) except? -1
    void handleheap_prefetch(const void* address) noexcept nogil


cdef class Memory:
    cdef unsigned char[::1] first
    cdef int64_t border
    cdef list starts, parts
    cdef unsigned char* at(self, int64_t address) noexcept
    cdef int64_t[48] queue
    cdef int first_queued, queued
    cdef void move(self, int64_t src, int64_t dst, int64_t size) noexcept
    cdef void queue_move(self, int64_t src, int64_t dst, int64_t size) noexcept
    cdef void flush(self) noexcept
    cdef void fill(self, int64_t at, int64_t size, int byte) noexcept
    cdef bint any(self, int64_t[::1] counters) noexcept
    cdef int64_t bits(self, int64_t n) noexcept
    cdef inline int64_t integer(self, n) except? -1:
        return handleheap_integer(n)
