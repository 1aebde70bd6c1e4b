/* A V4L2 driver that is none, for tests: LD_PRELOADed into a process, it answers for the device FAKE_V4L2_PATH.
 *
 * It keeps the kernel's rules that matter here: a queued buffer cannot be queued again (EINVAL), frames come in the
 * order of the queue, frames lie at the buffers' start and are shorter than they are. FAKE_V4L2_MODE:
 *   mjpg   frames are the file FAKE_V4L2_JPEG      hang    no frame ever comes
 *   yuyv   knows YUYV only, all frames grey        offerr  as mjpg, but STREAMOFF fails with EIO
 *   late   every other opening, the first one too, gives EIO instead of a frame, the rest are as mjpg
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { BUFFERS = 4, SIZE = 1 << 20, WIDTH = 64, HEIGHT = 48 };

static int fake = -1, opened, head, count, queue[BUFFERS], queued[BUFFERS], format;
static long frame;

static int mode(const char *name) {
    const char *is = getenv("FAKE_V4L2_MODE");
    return is && !strcmp(is, name);
}

static int no(int error) {
    errno = error;
    return -1;
}

static int fill(int index) {
    static unsigned char bytes[SIZE];
    long used = WIDTH * HEIGHT * 2;
    memset(bytes, 0xAA, sizeof bytes);
    if (format == V4L2_PIX_FMT_YUYV) {
        for (int i = 0; i < used; i++) bytes[i] = i % 2 ? 128 : 126;
    } else {
        FILE *file = fopen(getenv("FAKE_V4L2_JPEG"), "rb");
        used = file ? (long)fread(bytes, 1, SIZE, file) : 0;
        if (file) fclose(file);
    }
    pwrite(fake, bytes, SIZE, (off_t)index * SIZE);
    return (int)used;
}

static int answer(unsigned long request, void *arg) {
    struct v4l2_buffer *buffer = arg;
    switch (request) {
    case VIDIOC_QUERYCAP: {
        struct v4l2_capability *able = arg;
        memset(able, 0, sizeof *able);
        able->device_caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
        able->capabilities = able->device_caps | V4L2_CAP_DEVICE_CAPS;
        return 0;
    }
    case VIDIOC_G_FMT:
    case VIDIOC_S_FMT: {
        struct v4l2_pix_format *pix = &((struct v4l2_format *)arg)->fmt.pix;
        format = mode("yuyv") ? V4L2_PIX_FMT_YUYV : V4L2_PIX_FMT_MJPEG;
        pix->width = WIDTH, pix->height = HEIGHT, pix->pixelformat = format;
        pix->field = V4L2_FIELD_NONE, pix->bytesperline = WIDTH * 2, pix->sizeimage = SIZE;
        pix->colorspace = V4L2_COLORSPACE_SRGB;
        return 0;
    }
    case VIDIOC_REQBUFS: {
        struct v4l2_requestbuffers *wanted = arg;
        if (wanted->count > BUFFERS) wanted->count = BUFFERS;
        return 0;
    }
    case VIDIOC_QUERYBUF:
        buffer->length = SIZE, buffer->m.offset = buffer->index * SIZE;
        return buffer->index < BUFFERS ? 0 : no(EINVAL);
    case VIDIOC_QBUF:
        if (buffer->index >= BUFFERS || queued[buffer->index]) return no(EINVAL);
        queued[buffer->index] = 1;
        queue[(head + count++) % BUFFERS] = (int)buffer->index;
        return 0;
    case VIDIOC_DQBUF:
        if (mode("late") && opened % 2) return no(EIO);
        if (!count) return no(EAGAIN);
        buffer->index = queue[head];
        head = (head + 1) % BUFFERS, count--;
        queued[buffer->index] = 0;
        buffer->bytesused = fill(buffer->index), buffer->flags = 0, buffer->sequence = frame++;
        return 0;
    case VIDIOC_STREAMON:
        return 0;
    case VIDIOC_STREAMOFF:
        return mode("offerr") ? no(EIO) : 0;
    default:
        return no(ENOTTY);
    }
}

static int open_fake(void) {
    fake = memfd_create("video", 0);
    opened++, head = count = 0;
    memset(queued, 0, sizeof queued);
    return ftruncate(fake, BUFFERS * SIZE) ? -1 : fake;
}

static int open_any(const char *name, const char *path, int flags, mode_t bits) {
    const char *ours = getenv("FAKE_V4L2_PATH");
    if (ours && !strcmp(path, ours)) return open_fake();
    int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, name);
    return real(path, flags, bits);
}

static mode_t bits_of(int flags, va_list list) {
    return flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0;
}

int open(const char *path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    mode_t bits = bits_of(flags, list);
    va_end(list);
    return open_any("open", path, flags, bits);
}

int open64(const char *path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    mode_t bits = bits_of(flags, list);
    va_end(list);
    return open_any("open64", path, flags, bits);
}

long syscall(long number, ...) {
    va_list list;
    long a[6];
    va_start(list, number);
    for (int i = 0; i < 6; i++) a[i] = va_arg(list, long);
    va_end(list);
    if (number == SYS_ioctl && fake >= 0 && a[0] == fake) return answer((unsigned long)a[1], (void *)a[2]);
    static long (*real)(long, ...);
    if (!real) real = dlsym(RTLD_NEXT, "syscall");
    return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

int poll(struct pollfd *fds, nfds_t n, int timeout) {
    if (n == 1 && fake >= 0 && fds->fd == fake) {
        if (mode("hang")) {
            usleep((useconds_t)timeout * 1000);
            return 0;
        }
        fds->revents = fds->events;
        return 1;
    }
    int (*real)(struct pollfd *, nfds_t, int) = dlsym(RTLD_NEXT, "poll");
    return real(fds, n, timeout);
}
