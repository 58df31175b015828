/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SNAPSHOT_FILE_H
#define NAVETTE_SNAPSHOT_FILE_H

#include <stdint.h>

#include "navette/limits.h"
#include "navette/span.h"

/*
 * The chunks of a snapshot (snapshot.h) in one file, one behind the other, each one zstd frame with its content size. Written once; what each takes and hashes to goes into the manifest.
 */
struct snapshot_writer {
    int file;
    void *compressor;
    struct buffer packed;
    struct buffer hashes; /* of the chunks written, HASH_SIZE each */
    uint32_t *sizes;
    uint32_t count;
};

/* A file that is there is written over. NAVETTE_E_FULL, NAVETTE_E_SYSTEM (logged), NAVETTE_E_MEMORY. snapshot_writer_close() in any case. */
int snapshot_writer_open(struct snapshot_writer *writer, const char *path);
/* NAVETTE_E_TOO_LARGE past LIMIT_SNAPSHOT_CHUNKS, or for a part over LIMIT_FRAME_BYTES. */
int snapshot_writer_add(struct snapshot_writer *writer, struct span part);
int snapshot_writer_sync(struct snapshot_writer *writer);
void snapshot_writer_close(struct snapshot_writer *writer);

/* Reads `len` bytes at `offset` into `out`, emptied first. NAVETTE_E_TRUNCATED: the file is shorter. NAVETTE_E_SYSTEM, NAVETTE_E_MEMORY. */
int snapshot_file_read(int file, uint64_t offset, size_t len, struct buffer *out);

#endif
