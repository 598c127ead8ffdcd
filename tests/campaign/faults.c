/* Lets a read, a write or a sync of a file below one folder fail, as a failing disk does; everything else
   goes through. Loaded with LD_PRELOAD; a process arms it for itself. Linux only. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { READS, WRITES, SYNCS, NAMES, CLASSES };
enum { NOTHING, FAIL, SHORT };

static char folder[4096];
static int armed_class = -1, how, error, stays;
static long at, counted[CLASSES], injected;

void fault_watch(const char *path) {
    snprintf(folder, sizeof folder, "%s", path);
    memset(counted, 0, sizeof counted);
}

/* The ``nth`` call of a class from now on fails with ``code``, or is cut short if that is 0; with ``sticky``
   all later ones, too. */
void fault_arm(int class, long nth, int code, int sticky) {
    armed_class = class, at = nth, how = code ? FAIL : SHORT, error = code, stays = sticky;
    injected = 0;
    memset(counted, 0, sizeof counted);
}

long fault_count(int class) { return counted[class]; }
long fault_injected(void) { return injected; }

static int below(const char *path) {
    size_t length = strlen(folder);
    return length && strncmp(path, folder, length) == 0 && path[length] == '/';
}

static int strike(int class) {
    counted[class]++;
    if (class != armed_class || counted[class] < at || (!stays && counted[class] > at)) return NOTHING;
    injected++;
    if (how == FAIL) errno = error;
    return how;
}

static int hits(int class, int fd) {
    char link[64], path[4096];
    if (!folder[0]) return NOTHING;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return NOTHING;
    path[length] = 0;
    return below(path) ? strike(class) : NOTHING;
}

#define REAL(name) \
    static __typeof__(name) *real; \
    if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)
#define TRANSFER(name, class, buffer) \
    ssize_t name(int fd, buffer, size_t size) { \
        REAL(name); \
        switch (hits(class, fd)) { \
        case FAIL: return -1; \
        case SHORT: return real(fd, data, size > 1 ? size / 2 : size); \
        default: return real(fd, data, size); \
        } \
    }
#define TRANSFER_AT(name, class, buffer, offset) \
    ssize_t name(int fd, buffer, size_t size, offset place) { \
        REAL(name); \
        switch (hits(class, fd)) { \
        case FAIL: return -1; \
        case SHORT: return real(fd, data, size > 1 ? size / 2 : size, place); \
        default: return real(fd, data, size, place); \
        } \
    }

TRANSFER(read, READS, void *data)
TRANSFER(write, WRITES, const void *data)
TRANSFER_AT(pread, READS, void *data, off_t)
TRANSFER_AT(pread64, READS, void *data, off64_t)
TRANSFER_AT(pwrite, WRITES, const void *data, off_t)
TRANSFER_AT(pwrite64, WRITES, const void *data, off64_t)

ssize_t writev(int fd, const struct iovec *parts, int number) {
    REAL(writev);
    return hits(WRITES, fd) == FAIL ? -1 : real(fd, parts, number);
}

int fsync(int fd) {
    REAL(fsync);
    return hits(SYNCS, fd) == FAIL ? -1 : real(fd);
}

int fdatasync(int fd) {
    REAL(fdatasync);
    return hits(SYNCS, fd) == FAIL ? -1 : real(fd);
}

int ftruncate(int fd, off_t size) {
    REAL(ftruncate);
    return hits(NAMES, fd) == FAIL ? -1 : real(fd, size);
}

int ftruncate64(int fd, off64_t size) {
    REAL(ftruncate64);
    return hits(NAMES, fd) == FAIL ? -1 : real(fd, size);
}

int rename(const char *from, const char *to) {
    REAL(rename);
    return below(to) && strike(NAMES) == FAIL ? -1 : real(from, to);
}

int unlink(const char *path) {
    REAL(unlink);
    return below(path) && strike(NAMES) == FAIL ? -1 : real(path);
}
