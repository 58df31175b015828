/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Preloaded into navette-hub or navette-node (LD_PRELOAD), writes the trace of trace.h to the file that NAVETTE_RECORD names: the calls by which LMDB
 * reaches the disk, and what leaves for the network and the local socket. Nothing is changed on the way. Lives in our own source so that a system test needs no other tool.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "trace.h"

#define RECORD_FILES 64u
#define RECORD_STORE "/data.mdb"

static struct {
    pthread_mutex_t lock;
    int out; /* 0: not looked yet, -1: nobody asked for a trace */
    uint64_t files[RECORD_FILES];
    size_t count;
} record = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void *real(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

/* With the lock held. */
static int out(void)
{
    const char *path = getenv("NAVETTE_RECORD");

    if (record.out == 0) {
        record.out = path == NULL ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    }
    return record.out;
}

/* One system call a row: a child that looks at the state before its parent does writes to the same trace. */
static void put(const struct trace_header *header, const struct iovec *parts, int count)
{
    struct iovec all[1025];

    all[0] = (struct iovec){(void *)(uintptr_t)header, sizeof *header};
    memcpy(all + 1, parts, (size_t)count * sizeof *parts);
    if (out() >= 0 && syscall(SYS_writev, out(), all, (long)count + 1) < 0) {
        abort();
    }
}

static void put_bytes(enum trace_kind kind, uint64_t file, uint64_t offset, const void *bytes, size_t len)
{
    struct trace_header header = {.kind = (uint32_t)kind, .file = file, .offset = offset, .len = len};
    struct iovec part = {(void *)(uintptr_t)bytes, len};

    put(&header, &part, 1);
}

/* The inode when this is a store's file or a folder, else 0. With the lock held. */
static uint64_t store_of(int fd)
{
    char link[64];
    char path[512];
    struct stat status;
    ssize_t len;

    if (out() < 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        return 0;
    }
    for (size_t i = 0; i < record.count; i++) {
        if (record.files[i] == status.st_ino) {
            return status.st_ino;
        }
    }
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    len = readlink(link, path, sizeof path - 1);
    if (len < (ssize_t)strlen(RECORD_STORE) || record.count == RECORD_FILES ||
        memcmp(path + len - strlen(RECORD_STORE), RECORD_STORE, strlen(RECORD_STORE)) != 0) {
        return 0;
    }
    record.files[record.count++] = status.st_ino;
    put_bytes(TRACE_FILE, status.st_ino, 0, path, (size_t)len);
    return status.st_ino;
}

static void note_write(int fd, const struct iovec *parts, int count, off_t offset)
{
    struct trace_header header = {.kind = TRACE_WRITE, .offset = (uint64_t)offset};

    (void)pthread_mutex_lock(&record.lock);
    header.file = store_of(fd);
    for (int i = 0; i < count; i++) {
        header.len += parts[i].iov_len;
    }
    header.flags = (fcntl(fd, F_GETFL) & O_DSYNC) != 0 ? TRACE_DSYNC : 0;
    if (header.file != 0) {
        put(&header, parts, count);
    }
    (void)pthread_mutex_unlock(&record.lock);
}

static void note(enum trace_kind kind, int fd, off_t offset)
{
    (void)pthread_mutex_lock(&record.lock);
    uint64_t file = store_of(fd);
    if (file != 0) {
        put_bytes(kind, file, (uint64_t)offset, "", 0);
    }
    (void)pthread_mutex_unlock(&record.lock);
}

ssize_t pwrite(int fd, const void *bytes, size_t len, off_t offset)
{
    struct iovec part = {(void *)(uintptr_t)bytes, len};

    note_write(fd, &part, 1, offset);
    return syscall(SYS_pwrite64, fd, bytes, len, offset);
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset)
{
    ssize_t (*call)(int, const struct iovec *, int, off_t) = (ssize_t(*)(int, const struct iovec *, int, off_t))(uintptr_t)real("pwritev");

    note_write(fd, parts, count, offset);
    return call(fd, parts, count, offset);
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    off_t offset = lseek(fd, 0, SEEK_CUR);

    if (offset >= 0) {
        note_write(fd, parts, count, offset);
    }
    return syscall(SYS_writev, fd, parts, count);
}

int ftruncate(int fd, off_t length)
{
    note(TRACE_LENGTH, fd, length);
    return (int)syscall(SYS_ftruncate, fd, length);
}

int fdatasync(int fd)
{
    int rc = (int)syscall(SYS_fdatasync, fd);

    if (rc == 0) {
        note(TRACE_SYNC, fd, 0);
    }
    return rc;
}

int fsync(int fd)
{
    int rc = (int)syscall(SYS_fsync, fd);

    if (rc == 0) {
        note(TRACE_SYNC, fd, 0);
    }
    return rc;
}

int rename(const char *from, const char *to)
{
    char both[1024];
    int len = snprintf(both, sizeof both, "%s%c%s", from, 0, to);

    (void)pthread_mutex_lock(&record.lock);
    if (len > 0 && (size_t)len < sizeof both) {
        put_bytes(TRACE_RENAME, 0, 0, both, (size_t)len);
    }
    (void)pthread_mutex_unlock(&record.lock);
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

/* ---- what others are told */

int zmq_send(void *socket, const void *bytes, size_t len, int flags);
int zmq_send(void *socket, const void *bytes, size_t len, int flags)
{
    int (*call)(void *, const void *, size_t, int) = (int (*)(void *, const void *, size_t, int))(uintptr_t)real("zmq_send");

    if (len >= 20 && memcmp(bytes, "NVT1", 4) == 0) {
        (void)pthread_mutex_lock(&record.lock);
        put_bytes(TRACE_FRAME, 0, 0, bytes, len);
        (void)pthread_mutex_unlock(&record.lock);
    }
    return call(socket, bytes, len, flags);
}

static void note_answer(int fd, const void *bytes, size_t len)
{
    int domain = 0;
    socklen_t size = sizeof domain;

    if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0 || domain != AF_UNIX || len == 0) {
        return;
    }
    (void)pthread_mutex_lock(&record.lock);
    put_bytes(TRACE_ANSWER, (uint64_t)fd, 0, bytes, len);
    (void)pthread_mutex_unlock(&record.lock);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    ssize_t (*call)(int, const struct msghdr *, int) = (ssize_t(*)(int, const struct msghdr *, int))(uintptr_t)real("sendmsg");

    for (size_t i = 0; i < message->msg_iovlen; i++) {
        note_answer(fd, message->msg_iov[i].iov_base, message->msg_iov[i].iov_len);
    }
    return call(fd, message, flags);
}
