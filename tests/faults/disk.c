/* A disk that can be asked afterwards what it had really been made to keep, and that fails when it is told to.
 * LD_PRELOADed into a terminal, for tests.
 *
 * DISK_DIR    the folder it watches; its files' writes, lengths, names and syncs go to DISK_LOG, and so does what is
 *             written to stdout, all in the order in which they happened
 * DISK_FAIL   a file that may say "<nonce> <sync|write> <part of a name> <errno> <times>": so many times (-1: always)
 *             that call fails on such files; another nonce counts anew
 *
 * A record is: kind (1 byte), object (8), offset (8), length (4), bytes. One lock holds each call and its record
 * together, so that the log's order is the disk's.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { FDS = 4096, FOLDER = 1 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t object[FDS]; /* 0: not watched */
static char name_of[FDS][128];
static int out = -1;

static const char *dir(void) {
    const char *set = getenv("DISK_DIR");
    return set ? set : "";
}

/* The name below the folder, "" for the folder itself, 0 for others'. */
static const char *below(const char *path) {
    size_t n = strlen(dir());
    if (!n || !path || strncmp(path, dir(), n)) return 0;
    if (!path[n]) return path + n;
    if (path[n] != '/') return 0;
    const char *name = path + n + 1;
    size_t m = strlen(name);
    if (m >= 127 || (m > 4 && !strcmp(name + m - 4, "-shm"))) return 0;
    return name;
}

static void record(char kind, uint64_t id, uint64_t offset, const void *bytes, uint32_t length) {
    if (out < 0) {
        const char *path = getenv("DISK_LOG");
        if (!path) return;
        int fd = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        out = fcntl(fd, F_DUPFD_CLOEXEC, FDS - 1);
        if (out < 0) out = fd;
        else syscall(SYS_close, fd);
    }
    char head[21];
    head[0] = kind;
    memcpy(head + 1, &id, 8);
    memcpy(head + 9, &offset, 8);
    memcpy(head + 17, &length, 4);
    struct iovec both[2] = {{head, 21}, {(void *)bytes, length}};
    if (syscall(SYS_writev, out, both, 2) != (long)(21 + length)) abort();
}

/* The error this call has to fail with, or 0. */
static int fails(const char *call, const char *name) {
    static char last[32];
    static long left;
    const char *path = getenv("DISK_FAIL");
    if (!path) return 0;
    char text[256] = "", nonce[32] = "", which[16] = "", part[128] = "";
    int fd = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0), error = 0;
    long times = 0;
    if (fd < 0) return 0;
    long n = syscall(SYS_read, fd, text, sizeof text - 1);
    syscall(SYS_close, fd);
    if (n <= 0 || sscanf(text, "%31s %15s %127s %d %ld", nonce, which, part, &error, &times) != 5) return 0;
    if (strcmp(nonce, last)) {
        strcpy(last, nonce);
        left = times;
    }
    if (strcmp(which, call) || !strstr(name, part) || !left) return 0;
    if (left > 0) left--;
    return error;
}

#define REAL(type, name) ((type)dlsym(RTLD_NEXT, name))
#define HOLD pthread_mutex_lock(&lock)
#define GO pthread_mutex_unlock(&lock)

static int opened(int fd, const char *path, int flags, int existed) {
    const char *name = below(path);
    if (fd < 0 || fd >= FDS || !name) return fd;
    struct stat is;
    if (fstat(fd, &is)) return fd;
    object[fd] = S_ISDIR(is.st_mode) ? FOLDER : is.st_ino;
    strcpy(name_of[fd], name);
    if (S_ISDIR(is.st_mode)) return fd;
    if (!existed) record('C', is.st_ino, 0, name, strlen(name));
    else if (flags & O_TRUNC) record('T', is.st_ino, 0, "", 0);
    return fd;
}

static int open_any(const char *call, const char *path, int flags, mode_t mode) {
    int (*real)(const char *, int, ...) = REAL(int (*)(const char *, int, ...), call);
    if (!below(path)) return real(path, flags, mode);
    HOLD;
    int existed = !syscall(SYS_faccessat, AT_FDCWD, path, F_OK);
    int fd = opened(real(path, flags, mode), path, flags, existed), e = errno;
    GO;
    errno = e;
    return fd;
}

static mode_t mode_in(int flags, va_list more) {
    return flags & (O_CREAT | O_TMPFILE) ? va_arg(more, int) : 0;
}

#define OPEN(call)                                                                                                     \
    int call(const char *path, int flags, ...) {                                                                       \
        va_list more;                                                                                                  \
        va_start(more, flags);                                                                                         \
        mode_t mode = mode_in(flags, more);                                                                            \
        va_end(more);                                                                                                  \
        return open_any(#call, path, flags, mode);                                                                     \
    }
OPEN(open)
OPEN(open64)

int close(int fd) {
    HOLD;
    if (fd >= 0 && fd < FDS) object[fd] = 0;
    GO;
    return syscall(SYS_close, fd);
}

static long written(char kind, int fd, const void *bytes, size_t length, off_t offset, long done) {
    if (done > 0) record(kind, object[fd], offset, bytes, done);
    (void)length;
    return done;
}

ssize_t write(int fd, const void *bytes, size_t length) {
    int watched = fd >= 0 && fd < FDS && object[fd] > FOLDER;
    if (fd != 1 && !watched) return syscall(SYS_write, fd, bytes, length);
    HOLD;
    long done;
    if (fd == 1) {
        record('S', 0, 0, bytes, length);
        done = syscall(SYS_write, fd, bytes, length);
    } else if ((errno = fails("write", name_of[fd]))) {
        done = -1;
    } else {
        struct stat is;
        int appends = fcntl(fd, F_GETFL) & O_APPEND;
        off_t at = appends && !fstat(fd, &is) ? is.st_size : lseek(fd, 0, SEEK_CUR);
        done = written('W', fd, bytes, length, at, syscall(SYS_write, fd, bytes, length));
    }
    int e = errno;
    GO;
    errno = e;
    return done;
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
    if (fd < 0 || fd >= FDS || object[fd] <= FOLDER) return syscall(SYS_pwrite64, fd, bytes, length, offset);
    HOLD;
    long done = -1;
    if (!(errno = fails("write", name_of[fd])))
        done = written('W', fd, bytes, length, offset, syscall(SYS_pwrite64, fd, bytes, length, offset));
    int e = errno;
    GO;
    errno = e;
    return done;
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) { return pwrite64(fd, bytes, length, offset); }

ssize_t writev(int fd, const struct iovec *parts, int count) {
    /* Nobody writes watched files this way; if somebody begins to, the log must not be silent about it. */
    if (fd >= 0 && fd < FDS && (object[fd] > FOLDER || fd == 1)) return write(fd, parts[0].iov_base, parts[0].iov_len);
    return syscall(SYS_writev, fd, parts, count);
}

int ftruncate64(int fd, off64_t length) {
    if (fd < 0 || fd >= FDS || object[fd] <= FOLDER) return syscall(SYS_ftruncate, fd, length);
    HOLD;
    int done = syscall(SYS_ftruncate, fd, length), e = errno;
    if (!done) record('T', object[fd], length, "", 0);
    GO;
    errno = e;
    return done;
}

int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

static int synced(int fd, long call) {
    if (fd < 0 || fd >= FDS || !object[fd]) return syscall(call, fd);
    HOLD;
    int done = -1;
    if (!(errno = fails("sync", name_of[fd]))) done = syscall(call, fd);
    int e = errno;
    record(done ? 'X' : 'F', object[fd], 0, "", 0);
    GO;
    errno = e;
    return done;
}

int fsync(int fd) { return synced(fd, SYS_fsync); }
int fdatasync(int fd) { return synced(fd, SYS_fdatasync); }

int rename(const char *from, const char *to) {
    const char *a = below(from), *b = below(to);
    HOLD;
    int done = syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to), e = errno;
    if (!done && a && b) {
        char both[256];
        int n = snprintf(both, sizeof both, "%s\n%s", a, b);
        record('R', 0, 0, both, n);
    }
    GO;
    errno = e;
    return done;
}

int unlink(const char *path) {
    const char *name = below(path);
    HOLD;
    int done = syscall(SYS_unlinkat, AT_FDCWD, path, 0), e = errno;
    if (!done && name) record('U', 0, 0, name, strlen(name));
    GO;
    errno = e;
    return done;
}
