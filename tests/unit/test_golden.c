/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/golden: one frame of each type for each version spoken, written once and read for ever.
 *   - what is encoded today equals the file byte for byte (a file that is not there yet is written when GOLDEN=write)
 *   - each file decodes and gives the same bytes again; the compressed PUSH unpacks to the plain one
 *   - earlier/: what was encoded before a field was added (moved there when the frame of today is written anew) is read as it was, and no event of it is malformed
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "navette/error.h"
#include "navette/event.h"
#include "tests/lib/sample.h"

#define FOLDER "tests/golden/v1"
#define EARLIER "tests/golden/v1/earlier"

static void path_of(char out[128], const char *name)
{
    snprintf(out, 128, "%s/%s.bin", FOLDER, name);
}

static int read_path(const char *path, struct buffer *out)
{
    uint8_t bytes[4096];
    size_t len;
    FILE *file = fopen(path, "rb");

    if (file == NULL)
        return NAVETTE_E_NOT_FOUND;
    while ((len = fread(bytes, 1, sizeof(bytes), file)) > 0)
        assert_int_equal(buffer_append(out, bytes, len), 0);
    fclose(file);
    return 0;
}

static int read_file(const char *name, struct buffer *out)
{
    char path[128];

    path_of(path, name);
    return read_path(path, out);
}

static void write_file(const char *name, struct span bytes)
{
    const char *asked = getenv("GOLDEN");
    char path[128];
    FILE *file;

    path_of(path, name);
    if (asked == NULL || strcmp(asked, "write") != 0)
        fail_msg("%s is missing: run with GOLDEN=write", path);
    file = fopen(path, "wbx");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.data, 1, bytes.len, file), bytes.len);
    assert_int_equal(fclose(file), 0);
}

static void test_golden_frames_of_today(void **state)
{
    (void)state;
    for (int type = 1; type < FRAME_TYPE_COUNT; type++) {
        if (strcmp(frame_type_name((enum frame_type)type), "?") == 0)
            continue; /* a number that has no name yet */
        struct arena *arena = arena_new(8u << 20);
        const char *name = frame_type_name((enum frame_type)type);
        struct buffer bytes = {.data = NULL};
        struct buffer file = {.data = NULL};

        assert_int_equal(frame_encode((enum frame_type)type, sample_message(arena, (enum frame_type)type), &bytes), 0);
        if (read_file(name, &file) != 0)
            write_file(name, buffer_span(&bytes));
        else if (!span_equal(buffer_span(&file), buffer_span(&bytes)))
            fail_msg("%s: what is encoded today differs; keep the file as earlier/%s-N.bin, then GOLDEN=write", name, name);
        buffer_free(&file);
        buffer_free(&bytes);
        arena_free(arena);
    }
}

static void test_golden_frames_are_read(void **state)
{
    (void)state;
    for (int type = 1; type < FRAME_TYPE_COUNT; type++) {
        if (strcmp(frame_type_name((enum frame_type)type), "?") == 0)
            continue; /* a number that has no name yet */
        struct buffer file = {.data = NULL};
        struct buffer again = {.data = NULL};
        struct frame frame;

        assert_int_equal(read_file(frame_type_name((enum frame_type)type), &file), 0);
        assert_int_equal(frame_decode(buffer_span(&file), &frame), 0);
        assert_int_equal(frame.type, type);
        assert_int_equal(frame_encode(frame.type, frame.message, &again), 0);
        assert_true(span_equal(buffer_span(&file), buffer_span(&again)));
        frame_free(&frame);
        buffer_free(&again);
        buffer_free(&file);
    }
}

/* What a compressor makes may change with its version: only that it is read stays. */
static void write_compressed(struct span plain)
{
    struct span body = span_of(plain.data + FRAME_HEADER_SIZE, plain.len - FRAME_HEADER_SIZE);
    size_t room = FRAME_HEADER_SIZE + ZSTD_compressBound(body.len);
    uint8_t *bytes = malloc(room);
    size_t len = ZSTD_compress(bytes + FRAME_HEADER_SIZE, room - FRAME_HEADER_SIZE, body.data, body.len, 3);

    assert_false(ZSTD_isError(len));
    frame_header(FRAME_PUSH, FRAME_FLAG_ZSTD, span_of(bytes + FRAME_HEADER_SIZE, len), (uint32_t)body.len, bytes);
    write_file("PUSH-zstd", span_of(bytes, FRAME_HEADER_SIZE + len));
    free(bytes);
}

static void test_golden_compressed_push(void **state)
{
    struct buffer plain = {.data = NULL};
    struct buffer packed = {.data = NULL};
    struct buffer again = {.data = NULL};
    struct frame frame;

    (void)state;
    assert_int_equal(read_file("PUSH", &plain), 0);
    if (read_file("PUSH-zstd", &packed) != 0) {
        write_compressed(buffer_span(&plain));
        assert_int_equal(read_file("PUSH-zstd", &packed), 0);
    }
    assert_true(packed.len < plain.len / 2);
    assert_int_equal(frame_decode(buffer_span(&packed), &frame), 0);
    assert_int_equal(frame_encode(frame.type, frame.message, &again), 0);
    assert_true(span_equal(buffer_span(&plain), buffer_span(&again)));
    frame_free(&frame);
    buffer_free(&again);
    buffer_free(&packed);
    buffer_free(&plain);
}

static size_t count_events(const struct frame *frame)
{
    const Navette__Batch *batch = frame->type == FRAME_PUSH ? ((const Navette__Push *)frame->message)->batch : NULL;

    for (size_t i = 0; batch != NULL && i < batch->n_events; i++) {
        struct event event;

        assert_int_equal(event_decode(span_of(batch->events[i].data, batch->events[i].len), &event), 0);
        event_free(&event);
    }
    return batch == NULL ? 0 : batch->n_events;
}

static void test_golden_earlier_frames_are_read(void **state)
{
    DIR *folder = opendir(EARLIER);
    size_t events = 0;

    (void)state;
    assert_non_null(folder);
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        struct buffer file = {.data = NULL};
        struct buffer again = {.data = NULL};
        struct frame frame;
        char path[400];

        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", EARLIER, entry->d_name);
        assert_int_equal(read_path(path, &file), 0);
        assert_int_equal(frame_decode(buffer_span(&file), &frame), 0);
        events += count_events(&frame);
        assert_int_equal(frame_encode(frame.type, frame.message, &again), 0);
        if (strstr(entry->d_name, "zstd") == NULL)
            assert_true(span_equal(buffer_span(&file), buffer_span(&again)));
        frame_free(&frame);
        buffer_free(&again);
        buffer_free(&file);
    }
    closedir(folder);
    assert_true(events > 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden_frames_of_today),
        cmocka_unit_test(test_golden_frames_are_read),
        cmocka_unit_test(test_golden_compressed_push),
        cmocka_unit_test(test_golden_earlier_frames_are_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
