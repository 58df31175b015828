/* SPDX-License-Identifier: Apache-2.0 */
#include "image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define IMAGE_PATH 1024u

static uint64_t mix(uint64_t value)
{
    value ^= value >> 33;
    value *= UINT64_C(0xff51afd7ed558ccd);
    value ^= value >> 33;
    value *= UINT64_C(0xc4ceb9fe1a85ec53);
    return value ^ value >> 33;
}

/* A sector of zeros, as beyond the end, counts as none. */
static uint64_t sector_hash(const uint8_t *bytes, size_t sector)
{
    const uint8_t *at = bytes + sector * IMAGE_SECTOR;
    uint64_t hash = mix(sector + 1);
    uint64_t any = 0;

    for (size_t i = 0; i < IMAGE_SECTOR; i += 8) {
        uint64_t word;

        memcpy(&word, at + i, sizeof word);
        any |= word;
        hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 29;
    }
    return any == 0 ? 0 : mix(hash);
}

static uint64_t size_of(const struct trace *trace, uint64_t file)
{
    uint64_t size = 2 * IMAGE_PAGE;

    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_header *header = &trace->rows[i].header;
        uint64_t end = header->kind == TRACE_WRITE ? header->offset + header->len : header->kind == TRACE_LENGTH ? header->offset : 0;

        if (header->file == file && end > size) {
            size = end;
        }
    }
    return (size + IMAGE_PAGE - 1) / IMAGE_PAGE * IMAGE_PAGE;
}

static void path_of(const struct image *image, int named, char path[IMAGE_PATH])
{
    (void)snprintf(path, IMAGE_PATH, named ? "%s/data.mdb" : "%s/new/data.mdb", image->folder);
}

/* Where the file stands is where the program had put it by then. */
static int place(struct image *image)
{
    char path[IMAGE_PATH];
    char folder[IMAGE_PATH];

    path_of(image, !image->named, path);
    (void)unlink(path);
    (void)snprintf(folder, sizeof folder, "%s/new", image->folder);
    if (!image->named && mkdir(folder, 0700) != 0 && errno != EEXIST) {
        return -1;
    }
    if (image->fd >= 0) {
        (void)close(image->fd);
    }
    path_of(image, image->named, path);
    image->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    return image->fd >= 0 ? 0 : -1;
}

int image_open(struct image *image, const struct trace *trace, const char *folder, const char *tail)
{
    memset(image, 0, sizeof *image);
    image->folder = folder;
    image->tail = tail;
    image->fd = -1;
    image->file = trace_file(trace, tail);
    image->capacity = (size_t)size_of(trace, image->file);
    image->base = calloc(1, image->capacity);
    image->drawn = calloc(1, image->capacity);
    image->touched = calloc(image->capacity / IMAGE_SECTOR, sizeof *image->touched);
    image->is_touched = calloc(1, image->capacity / IMAGE_SECTOR);
    if (image->base == NULL || image->drawn == NULL || image->touched == NULL || image->is_touched == NULL ||
        (mkdir(folder, 0700) != 0 && errno != EEXIST)) {
        return -1;
    }
    /* Made under another name, it is there under its own once it is whole. */
    for (size_t i = 0; image->file == 0 && i < trace->count; i++) {
        const struct trace_row *row = &trace->rows[i];

        if (row->header.kind == TRACE_RENAME && row->header.len >= strlen(tail) &&
            memcmp(row->bytes + row->header.len - strlen(tail), tail, strlen(tail)) == 0) {
            char from[IMAGE_PATH];

            (void)snprintf(from, sizeof from, "%s", (const char *)row->bytes);
            image->file = trace_file(trace, from);
        }
    }
    return 0;
}

void image_close(struct image *image)
{
    if (image->fd >= 0) {
        (void)close(image->fd);
    }
    free(image->base);
    free(image->drawn);
    free(image->touched);
    free(image->is_touched);
}

/* ---- what is on the disk for certain */

static void settle_range(struct image *image, uint64_t offset, const uint8_t *bytes, size_t len)
{
    size_t first = (size_t)offset / IMAGE_SECTOR;
    size_t last = (size_t)(offset + len - 1) / IMAGE_SECTOR;

    for (size_t sector = first; sector <= last; sector++) {
        image->base_hash ^= sector_hash(image->base, sector);
    }
    memcpy(image->base + offset, bytes, len);
    for (size_t sector = first; sector <= last; sector++) {
        image->base_hash ^= sector_hash(image->base, sector);
        memcpy(image->drawn + sector * IMAGE_SECTOR, image->base + sector * IMAGE_SECTOR, IMAGE_SECTOR);
    }
    if (offset + len > image->base_len) {
        image->base_len = offset + len;
    }
    if (image->fd >= 0) {
        (void)!pwrite(image->fd, bytes, len, (off_t)offset);
    }
}

static void settle_first(struct image *image, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        settle_range(image, image->pending[i]->header.offset, image->pending[i]->bytes, (size_t)image->pending[i]->header.len);
    }
    image->pending_count -= count;
    memmove(image->pending, image->pending + count, image->pending_count * sizeof image->pending[0]);
    image->drawn_len = image->base_len;
    image->drawn_hash = image->base_hash;
}

void image_flush(struct image *image)
{
    settle_first(image, image->pending_count);
}

void image_settle(struct image *image)
{
    size_t last = image->pending_count;

    /* The flag speaks of this write alone: what was written before it waits on. */
    if (last > 0 && (image->pending[last - 1]->header.flags & TRACE_DSYNC) != 0) {
        const struct trace_row *row = image->pending[--image->pending_count];

        settle_range(image, row->header.offset, row->bytes, (size_t)row->header.len);
        image->drawn_len = image->base_len;
        image->drawn_hash = image->base_hash;
    }
}

void image_row(struct image *image, const struct trace_row *row)
{
    size_t tail = strlen(image->tail);

    if (row->header.kind == TRACE_RENAME && row->header.len >= tail &&
        memcmp(row->bytes + row->header.len - tail, image->tail, tail) == 0) {
        image->named = 1;
        (void)place(image);
        (void)image_write_whole(image);
    }
    if (row->header.file != image->file || image->file == 0) {
        return;
    }
    switch (row->header.kind) {
    case TRACE_FILE:
        image->named |= row->header.len < 13 || memcmp(row->bytes + row->header.len - 13, "/new/data.mdb", 13) != 0;
        (void)place(image);
        break;
    case TRACE_WRITE:
        if (image->pending_count == IMAGE_PENDING) {
            settle_first(image, 1);
        }
        image->pending[image->pending_count++] = row;
        break;
    case TRACE_SYNC:
        settle_first(image, image->pending_count);
        break;
    default:
        break;
    }
}

/* ---- what may be there besides */

static void touch(struct image *image, size_t sector)
{
    if (!image->is_touched[sector]) {
        image->is_touched[sector] = 1;
        image->touched[image->touched_count++] = (uint32_t)sector;
    }
}

static void add(struct image *image, uint64_t offset, const uint8_t *bytes, size_t len)
{
    if (len == 0) {
        return;
    }
    for (size_t sector = (size_t)offset / IMAGE_SECTOR; sector <= (size_t)(offset + len - 1) / IMAGE_SECTOR; sector++) {
        touch(image, sector);
    }
    memcpy(image->drawn + offset, bytes, len);
    if (offset + len > image->drawn_len) {
        image->drawn_len = offset + len;
    }
}

static void add_some(struct image *image, const struct trace_row *row, size_t grain, uint32_t per_million, struct random *chance)
{
    uint64_t offset = row->header.offset;
    uint64_t end = offset + row->header.len;

    while (offset < end) {
        uint64_t next = (offset / grain + 1) * grain;

        next = next < end ? next : end;
        if (random_chance(chance, per_million)) {
            add(image, offset, row->bytes + (offset - row->header.offset), (size_t)(next - offset));
        }
        offset = next;
    }
}

static void add_up_to(struct image *image, struct random *chance)
{
    size_t last = (size_t)random_below(chance, image->pending_count);
    const struct trace_row *row = image->pending[last];
    uint64_t sectors = row->header.len / IMAGE_SECTOR;

    for (size_t i = 0; i < last; i++) {
        add(image, image->pending[i]->header.offset, image->pending[i]->bytes, (size_t)image->pending[i]->header.len);
    }
    add(image, row->header.offset, row->bytes, (size_t)random_below(chance, sectors + 1) * IMAGE_SECTOR);
}

static void finish(struct image *image)
{
    image->drawn_hash = image->base_hash;
    for (size_t i = 0; i < image->touched_count; i++) {
        image->drawn_hash ^= sector_hash(image->base, image->touched[i]) ^ sector_hash(image->drawn, image->touched[i]);
    }
}

void image_draw(struct image *image, enum image_draw how, struct random *chance)
{
    uint32_t share = image->pending_count > 0 ? (uint32_t)random_range(chance, 50000, 950000) : 0;

    if (how == IMAGE_UP_TO && image->pending_count > 0) {
        add_up_to(image, chance);
    } else if (how != IMAGE_NOTHING) {
        for (size_t i = 0; i < image->pending_count; i++) {
            add_some(image, image->pending[i], how == IMAGE_SECTORS ? IMAGE_SECTOR : IMAGE_PAGE, how == IMAGE_ALL ? 1000000 : share,
                     chance);
        }
    }
    finish(image);
}

void image_tear(struct image *image, size_t bytes)
{
    const struct trace_row *row = image->pending[image->pending_count - 1];

    add(image, row->header.offset, row->bytes, bytes);
    finish(image);
}

void image_undo(struct image *image)
{
    for (size_t i = 0; i < image->touched_count; i++) {
        size_t at = (size_t)image->touched[i] * IMAGE_SECTOR;

        memcpy(image->drawn + at, image->base + at, IMAGE_SECTOR);
    }
    image->drawn_len = image->base_len;
    image->drawn_hash = image->base_hash;
}

/* ---- the file */

static int set_length(struct image *image)
{
    return ftruncate(image->fd, (off_t)image->drawn_len);
}

static int write_sector(struct image *image, size_t sector)
{
    uint64_t at = (uint64_t)sector * IMAGE_SECTOR;
    size_t len = at >= image->drawn_len ? 0 : image->drawn_len - at < IMAGE_SECTOR ? (size_t)(image->drawn_len - at) : IMAGE_SECTOR;

    return pwrite(image->fd, image->drawn + at, len, (off_t)at) == (ssize_t)len ? 0 : -1;
}

int image_write(struct image *image)
{
    int rc = 0;

    if (image->fd < 0) {
        return 0;
    }
    for (size_t i = 0; rc == 0 && i < image->touched_count; i++) {
        rc = write_sector(image, image->touched[i]);
    }
    if (image->drawn_hash == image->base_hash && image->drawn_len == image->base_len) {
        for (size_t i = 0; i < image->touched_count; i++) {
            image->is_touched[image->touched[i]] = 0;
        }
        image->touched_count = 0;
    }
    return rc != 0 ? rc : set_length(image);
}

int image_write_whole(struct image *image)
{
    if (image->fd < 0) {
        return 0;
    }
    if (ftruncate(image->fd, 0) != 0 || pwrite(image->fd, image->drawn, (size_t)image->drawn_len, 0) != (ssize_t)image->drawn_len) {
        return -1;
    }
    return 0;
}

int image_restart(struct image *image)
{
    return place(image) == 0 ? image_write_whole(image) : -1;
}

int image_is_changed(const struct image *image)
{
    uint8_t meta[2 * IMAGE_PAGE] = {0};
    size_t len = image->drawn_len < sizeof meta ? (size_t)image->drawn_len : sizeof meta;
    struct stat status;

    if (image->fd < 0) {
        return 0;
    }
    return fstat(image->fd, &status) != 0 || (uint64_t)status.st_size != image->drawn_len ||
           pread(image->fd, meta, sizeof meta, 0) != (ssize_t)len || memcmp(meta, image->drawn, len) != 0;
}
