/* A disk that can be asked afterwards what it had really been made to keep, and that fails when it is told to.
 * LD_PRELOADed into a terminal, for tests.
 *
 * DISK_DIR    the folder it watches; its files' writes, lengths, names and syncs go to DISK_LOG, and so does what is
 *             written to stdout, all in the order in which they happened
 * DISK_FAIL   a file that may say "<nonce> <sync|write> <part of a name> <errno> <times>": so many times (-1: always)
 *             that call fails on such files; another nonce counts anew
 * DISK_KILL   a file that may say "<nonce> <call> <part of a name> <before|after> <n>": at the n-th such call the process
 *             kills itself, before it or after it. Calls: create, write, length, sync, rename, unlink; say (stdout);
 *             send, recv (the connection to port DISK_PORT, named "pusat")
 *
 * A record is: kind (1 byte), object (8), offset (8), length (4), bytes. One lock holds each call and its record
 * together, so that the log's order is the disk's.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
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

/* What a file of orders says, and how often it still holds: another nonce counts anew. */
struct order {
    char last[32], call[16], part[128], word[16];
    long left;
};

static int ordered(struct order *is, const char *file, const char *call, const char *name) {
    const char *path = getenv(file);
    if (!path) return 0;
    char text[256] = "", nonce[32] = "";
    int fd = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    long times = 0;
    if (fd < 0) return 0;
    long n = syscall(SYS_read, fd, text, sizeof text - 1);
    syscall(SYS_close, fd);
    if (n <= 0 || sscanf(text, "%31s %15s %127s %15s %ld", nonce, is->call, is->part, is->word, &times) != 5) return 0;
    if (strcmp(nonce, is->last)) {
        strcpy(is->last, nonce);
        is->left = times;
    }
    return !strcmp(is->call, call) && strstr(name, is->part) && is->left;
}

/* The error this call has to fail with, or 0. */
static int fails(const char *call, const char *name) {
    static struct order order;
    if (!ordered(&order, "DISK_FAIL", call, name)) return 0;
    if (order.left > 0) order.left--;
    return atoi(order.word);
}

/* One end of a call: where the process may have to die. The folder itself is called "/". */
static void point(const char *call, const char *name, const char *when) {
    static struct order order;
    if (ordered(&order, "DISK_KILL", call, *name ? name : "/") && !strcmp(order.word, when) && !--order.left)
        kill(getpid(), SIGKILL);
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
    record(existed ? 'O' : 'C', is.st_ino, 0, name, strlen(name));
    if (existed && flags & O_TRUNC) record('T', is.st_ino, 0, "", 0);
    if (!existed) point("create", name, "after");
    return fd;
}

static int open_any(const char *call, const char *path, int flags, mode_t mode) {
    int (*real)(const char *, int, ...) = REAL(int (*)(const char *, int, ...), call);
    if (!below(path)) return real(path, flags, mode);
    HOLD;
    int existed = !syscall(SYS_faccessat, AT_FDCWD, path, F_OK);
    if (!existed && flags & O_CREAT) point("create", below(path), "before");
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

/* A write to a watched file, at its place or at `offset` (then with `call` SYS_pwrite64). */
static long written(int fd, const void *bytes, size_t length, off_t offset, long call) {
    if ((errno = fails("write", name_of[fd]))) return -1;
    point("write", name_of[fd], "before");
    long done = syscall(call, fd, bytes, length, offset);
    if (done > 0) record('W', object[fd], offset, bytes, done);
    point("write", name_of[fd], "after");
    return done;
}

ssize_t write(int fd, const void *bytes, size_t length) {
    int watched = fd >= 0 && fd < FDS && object[fd] > FOLDER;
    if (fd != 1 && !watched) return syscall(SYS_write, fd, bytes, length);
    HOLD;
    long done;
    if (fd == 1) {
        point("say", "stdout", "before");
        record('S', 0, 0, bytes, length);
        done = syscall(SYS_write, fd, bytes, length);
        point("say", "stdout", "after");
    } else {
        struct stat is;
        int appends = fcntl(fd, F_GETFL) & O_APPEND;
        off_t at = appends && !fstat(fd, &is) ? is.st_size : lseek(fd, 0, SEEK_CUR);
        done = written(fd, bytes, length, at, SYS_write);
    }
    int e = errno;
    GO;
    errno = e;
    return done;
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
    if (fd < 0 || fd >= FDS || object[fd] <= FOLDER) return syscall(SYS_pwrite64, fd, bytes, length, offset);
    HOLD;
    long done = written(fd, bytes, length, offset, SYS_pwrite64);
    int e = errno;
    GO;
    errno = e;
    return done;
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) { return pwrite64(fd, bytes, length, offset); }

/* Whether this is the connection to PostgreSQL. */
static int wire(int fd) {
    const char *port = getenv("DISK_PORT");
    struct sockaddr_in peer = {0};
    socklen_t size = sizeof peer;
    return port && !getpeername(fd, (struct sockaddr *)&peer, &size) && peer.sin_family == AF_INET &&
           ntohs(peer.sin_port) == atoi(port);
}

#define AT_WIRE(call, fd, when)                                                                                        \
    if (wire(fd)) {                                                                                                    \
        HOLD;                                                                                                          \
        point(call, "pusat", when);                                                                                    \
        GO;                                                                                                            \
    }

ssize_t writev(int fd, const struct iovec *parts, int count) {
    /* Nobody writes watched files this way; if somebody begins to, the log must not be silent about it. */
    if (fd >= 0 && fd < FDS && (object[fd] > FOLDER || fd == 1)) return write(fd, parts[0].iov_base, parts[0].iov_len);
    AT_WIRE("send", fd, "before");
    ssize_t done = syscall(SYS_writev, fd, parts, count);
    AT_WIRE("send", fd, "after");
    return done;
}

ssize_t send(int fd, const void *bytes, size_t length, int flags) {
    AT_WIRE("send", fd, "before");
    ssize_t done = syscall(SYS_sendto, fd, bytes, length, flags, 0, 0);
    AT_WIRE("send", fd, "after");
    return done;
}

ssize_t recv(int fd, void *bytes, size_t length, int flags) {
    ssize_t done = syscall(SYS_recvfrom, fd, bytes, length, flags, 0, 0);
    int e = errno;
    if (done > 0) AT_WIRE("recv", fd, "after");
    errno = e;
    return done;
}

int ftruncate64(int fd, off64_t length) {
    if (fd < 0 || fd >= FDS || object[fd] <= FOLDER) return syscall(SYS_ftruncate, fd, length);
    HOLD;
    point("length", name_of[fd], "before");
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
    point("sync", name_of[fd], "before");
    if (!(errno = fails("sync", name_of[fd]))) done = syscall(call, fd);
    int e = errno;
    record(done ? 'X' : 'F', object[fd], 0, "", 0);
    point("sync", name_of[fd], "after");
    GO;
    errno = e;
    return done;
}

int fsync(int fd) { return synced(fd, SYS_fsync); }
int fdatasync(int fd) { return synced(fd, SYS_fdatasync); }

int rename(const char *from, const char *to) {
    const char *a = below(from), *b = below(to);
    HOLD;
    if (a && b) point("rename", b, "before");
    int done = syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to), e = errno;
    if (!done && a && b) {
        char both[256];
        int n = snprintf(both, sizeof both, "%s\n%s", a, b);
        record('R', 0, 0, both, n);
        point("rename", b, "after");
    }
    GO;
    errno = e;
    return done;
}

int unlink(const char *path) {
    const char *name = below(path);
    HOLD;
    if (name) point("unlink", name, "before");
    int done = syscall(SYS_unlinkat, AT_FDCWD, path, 0), e = errno;
    if (!done && name) {
        record('U', 0, 0, name, strlen(name));
        point("unlink", name, "after");
    }
    GO;
    errno = e;
    return done;
}
