/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_CRASH_IMAGE_H
#define TESTS_CRASH_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "tests/crash/trace.h"
#include "tests/sim/random.h"

/*
 * What a power cut can leave of one store's file. What was synced is there. Of what was written and not synced each page, and each sector of a page, may be there or not,
 * whatever was written before or after it: a subset stands for a reordering. A sector is written whole, as disks promise, but for the write that was under way (O_DSYNC: the
 * meta page), which may also have ended after any byte. The image stands in a real file, and only what changes from one image to the next is written there.
 */
#define IMAGE_SECTOR 512u
#define IMAGE_PAGE 4096u
#define IMAGE_PENDING 4096u

struct image {
    const char *folder; /* of the store, on a file system in memory */
    const char *tail;   /* of its file's path: "/journal/data.mdb" */
    uint64_t file;      /* as the trace names it; 0: it was never made */
    int fd;
    int named;     /* 1: it stands under its own name; 0: still in the folder where it is made */
    uint8_t *base; /* what is on the disk for certain */
    uint8_t *drawn;
    size_t capacity;
    uint64_t base_len;
    uint64_t drawn_len;
    uint64_t base_hash;
    uint64_t drawn_hash;
    const struct trace_row *pending[IMAGE_PENDING]; /* written, not synced; the last may be under way */
    size_t pending_count;
    uint32_t *touched; /* sectors of `drawn` that differ from `base` */
    size_t touched_count;
    uint8_t *is_touched;
};

enum image_draw {
    IMAGE_NOTHING, /* nothing of what was not synced */
    IMAGE_ALL,
    IMAGE_PAGES,   /* some of the pages */
    IMAGE_SECTORS, /* some of the sectors */
    IMAGE_UP_TO,   /* all writes up to one, that one cut at a sector */
    IMAGE_KINDS
};

/* 0 or -1: no memory, no file. */
int image_open(struct image *image, const struct trace *trace, const char *folder, const char *tail);
void image_close(struct image *image);
/* The next row of the trace happens. A write is pending afterwards, also one that is on the disk when it returns: image_settle() then says that it has. */
void image_row(struct image *image, const struct trace_row *row);
void image_settle(struct image *image);
/* All that is pending is on the disk: nothing is lost. */
void image_flush(struct image *image);

/* Chooses an image, without writing it. image_undo() before the next. */
void image_draw(struct image *image, enum image_draw how, struct random *chance);
/* As NOTHING, with the first `bytes` of the write that is under way. */
void image_tear(struct image *image, size_t bytes);
void image_undo(struct image *image);

/* Writes what was chosen to the file; after image_undo(), what the disk had. Whole: the file may hold anything. 0 or -1. */
int image_write(struct image *image);
int image_write_whole(struct image *image);
/* The store was opened while its file was not whole yet, and has made another: that one goes. 0 or -1. */
int image_restart(struct image *image);
/* 1 when the store has written to its file since: its meta pages are not those of the image. */
int image_is_changed(const struct image *image);

#endif
