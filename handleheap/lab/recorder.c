/* Writes down what a program asks of malloc, one event a call, while the program runs.

       program --malloc(40)--> this shim --> glibc
                                  |
                                  v   file HANDLEHEAP_LOG, mapped MAP_SHARED, so a killed program loses nothing
       old              new              size
       0                0x55d0c2a0       40          malloc: nothing became a block
       0x55d0c2a0       0x55d0d110       640         realloc: one block became another
       0x55d0d110       0                0           free: a block became nothing
       0                0                0           the end, so far
       ~0               ~0               errno       the end: the log could not grow

   Loaded by LD_PRELOAD into the first process image only: the environment is cleaned before main runs, so that a program it
   executes runs without the shim, and a forked child stops writing.

   .log.order  The real call and its event happen under one lock: no thread can be given an address before its free is in the log.
   .log.quiet  Nothing in here allocates, and no file descriptor stays open. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct event {
    uint64_t old, new, size;
};

enum { WINDOW = 1 << 16 }; /* events mapped at a time: 1.5 MB, whole pages even where a page is 64 KB */

/* glibc's own names for its functions: finding them by dlsym would allocate */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void *__libc_valloc(size_t size);
extern void *__libc_pvalloc(size_t size);
extern void __libc_free(void *block);

static enum { ASLEEP, RECORDING, DONE } state;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static __thread int inside __attribute__((tls_model("initial-exec"))); /* a signal handler may allocate while we hold the lock */
static char path[4096];
static off_t log_size;
static struct event *window, *next;

/* Maps the next window of the log. False with errno set if there is no room: asked of the file system now, since a full disk
   would be a SIGBUS in the program later. */
static int grow(void)
{
    size_t bytes = WINDOW * sizeof(struct event);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return 0;
    int error = posix_fallocate(fd, log_size, bytes);
    void *fresh = error ? MAP_FAILED : mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, log_size);
    if (!error && fresh == MAP_FAILED)
        error = errno;
    close(fd);
    if (error) {
        errno = error;
        return 0;
    }
    if (window)
        munmap(window, bytes);
    window = next = fresh;
    log_size += bytes;
    return 1;
}

/* The first call after the environment exists: opens the log and takes the shim out of the environment. */
static void wake(void)
{
    if (!environ)
        return;
    const char *log = getenv("HANDLEHEAP_LOG");
    char *preload = getenv("LD_PRELOAD");
    state = DONE;
    if (!log || !preload || strlen(log) >= sizeof path)
        return;
    strcpy(path, log);
    unsetenv("HANDLEHEAP_LOG");
    char *others = strchr(preload, ':');
    if (others)
        memmove(preload, others + 1, strlen(others));
    else
        unsetenv("LD_PRELOAD");
    if (grow())
        state = RECORDING;
}

/* True if the caller is to record; leave() must follow. */
static int enter(void)
{
    if (state == DONE || inside)
        return 0;
    inside = 1;
    pthread_mutex_lock(&lock);
    if (state == ASLEEP) {
        int kept = errno;
        wake();
        errno = kept;
    }
    return 1;
}

static void leave(void)
{
    pthread_mutex_unlock(&lock);
    inside = 0;
}

/* Old became new. The last event of a window gives way to the bad news if there is no further window. */
static void note(const void *old, const void *new, size_t size)
{
    if (state != RECORDING || (!old && !new))
        return;
    *next++ = (struct event){(uintptr_t)old, (uintptr_t)new, size};
    if (next == window + WINDOW) {
        int kept = errno;
        struct event *last = next - 1;
        if (!grow()) {
            *last = (struct event){UINT64_MAX, UINT64_MAX, errno};
            state = DONE;
        }
        errno = kept;
    }
}

/* A child must not write into our log. Nor does it wait for the lock, which a thread that is not in the child may hold. */
static void in_child(void)
{
    state = DONE;
}

__attribute__((constructor)) static void watch_forks(void)
{
    inside++;
    pthread_atfork(NULL, NULL, in_child);
    inside--;
}

/* What the program calls. */

void *malloc(size_t size)
{
    if (!enter())
        return __libc_malloc(size);
    void *new = __libc_malloc(size);
    note(NULL, new, size);
    leave();
    return new;
}

void *calloc(size_t count, size_t size)
{
    if (!enter())
        return __libc_calloc(count, size);
    void *new = __libc_calloc(count, size);
    note(NULL, new, count * size); /* no overflow: glibc checked it, or new is NULL */
    leave();
    return new;
}

void *realloc(void *old, size_t size)
{
    if (!enter())
        return __libc_realloc(old, size);
    void *new = __libc_realloc(old, size);
    if (new || !size) /* otherwise it failed, and old is as it was */
        note(old, new, size);
    leave();
    return new;
}

void *reallocarray(void *old, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(old, bytes);
}

void free(void *old)
{
    if (!enter()) {
        __libc_free(old);
        return;
    }
    __libc_free(old);
    note(old, NULL, 0);
    leave();
}

void *memalign(size_t alignment, size_t size)
{
    if (!enter())
        return __libc_memalign(alignment, size);
    void *new = __libc_memalign(alignment, size);
    note(NULL, new, size);
    leave();
    return new;
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return memalign(alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size)
{
    if (alignment % sizeof(void *) || !alignment || (alignment & (alignment - 1)))
        return EINVAL;
    int kept = errno;
    void *new = memalign(alignment, size);
    errno = kept;
    if (!new)
        return ENOMEM;
    *result = new;
    return 0;
}

void *valloc(size_t size)
{
    if (!enter())
        return __libc_valloc(size);
    void *new = __libc_valloc(size);
    note(NULL, new, size);
    leave();
    return new;
}

void *pvalloc(size_t size)
{
    if (!enter())
        return __libc_pvalloc(size);
    void *new = __libc_pvalloc(size);
    note(NULL, new, size);
    leave();
    return new;
}
