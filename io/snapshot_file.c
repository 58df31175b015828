/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/snapshot_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "navette/error.h"
#include "navette/snapshot.h"
#include "navette/system.h"

#define PACK_LEVEL 9 /* packed once, sent to many over thin lines */

static int log_errno(const char *what)
{
    int cause = errno;

    system_log(2, "snapshot", NULL, "%s: %s", what, strerror(cause));
    return system_error(cause) == NAVETTE_E_FULL ? NAVETTE_E_FULL : NAVETTE_E_SYSTEM;
}

int snapshot_writer_open(struct snapshot_writer *writer, const char *path)
{
    memset(writer, 0, sizeof *writer);
    writer->file = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    if (writer->file < 0)
        return log_errno(path);
    writer->compressor = ZSTD_createCCtx();
    writer->sizes = calloc(LIMIT_SNAPSHOT_CHUNKS, sizeof *writer->sizes);
    return writer->compressor == NULL || writer->sizes == NULL ? NAVETTE_E_MEMORY : 0;
}

static int write_all(int file, struct span bytes)
{
    while (bytes.len > 0) {
        ssize_t done = write(file, bytes.data, bytes.len);

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return log_errno("write");
        bytes.data += done;
        bytes.len -= (size_t)done;
    }
    return 0;
}

int snapshot_writer_add(struct snapshot_writer *writer, struct span part)
{
    uint8_t hash[HASH_SIZE];
    size_t len;
    int rc;

    if (writer->count == LIMIT_SNAPSHOT_CHUNKS || part.len > LIMIT_FRAME_BYTES)
        return NAVETTE_E_TOO_LARGE;
    buffer_clear(&writer->packed);
    rc = buffer_reserve(&writer->packed, ZSTD_compressBound(part.len));
    if (rc != 0)
        return rc;
    len = ZSTD_compressCCtx(writer->compressor, writer->packed.data, writer->packed.capacity, part.data, part.len, PACK_LEVEL);
    if (ZSTD_isError(len))
        return NAVETTE_E_MEMORY;
    writer->packed.len = len;
    snapshot_name(buffer_span(&writer->packed), hash);
    rc = buffer_append(&writer->hashes, hash, sizeof hash);
    if (rc == 0)
        rc = write_all(writer->file, buffer_span(&writer->packed));
    if (rc == 0) {
        writer->sizes[writer->count++] = (uint32_t)len;
    }
    return rc;
}

int snapshot_writer_sync(struct snapshot_writer *writer)
{
    return fsync(writer->file) == 0 ? 0 : log_errno("sync");
}

void snapshot_writer_close(struct snapshot_writer *writer)
{
    if (writer->file >= 0)
        (void)close(writer->file);
    ZSTD_freeCCtx(writer->compressor);
    buffer_free(&writer->packed);
    buffer_free(&writer->hashes);
    free(writer->sizes);
    memset(writer, 0, sizeof *writer);
    writer->file = -1;
}

int snapshot_file_read(int file, uint64_t offset, size_t len, struct buffer *out)
{
    int rc;

    buffer_clear(out);
    rc = buffer_reserve(out, len);
    while (rc == 0 && out->len < len) {
        ssize_t got = pread(file, out->data + out->len, len - out->len, (off_t)(offset + out->len));

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return log_errno("read");
        if (got == 0)
            return NAVETTE_E_TRUNCATED;
        out->len += (size_t)got;
    }
    return rc;
}
