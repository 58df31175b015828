/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bundle.c, bundle_tally.c, bundle_box.c, stick_file_read.c: a stick's file, written, damaged, read.
 *   - whole: every part comes back, packed or not; the manifest is the writer's
 *   - cut at every byte: all parts before the cut come back, the others are named
 *   - a bit flipped at every byte: no part is lost but the one that it hit, which is named; a damaged head has its copy at the end
 *   - bytes taken out or put in at every 7th place: the parts that are whole come back
 *   - two files one behind the other, the first cut or not
 *   - sealed to somebody else, signed by somebody else, of a later version, empty, none at all
 *   - limits of manifest, part, ranges: at them and one past
 *   - the golden file of version 1
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#include "navette/bundle_box.h"
#include "navette/frame.h"
#include "navette/stick_file.h"

#define PARTS 5u

static struct keys hub, node;

/* What a daemon knows of a stick that is being read. */
struct reading {
    struct bundle_box box;
    struct bundle_manifest manifest;
    struct buffer plain;
    struct bundle_tally tally;
    unsigned whole;
    unsigned refused; /* heads */
    int refused_rc;
    int ended;
};

static int answer(struct reading *reading, const char *command, const json_t *request)
{
    struct buffer bytes = {.data = NULL}, plain = {.data = NULL};
    struct bundle_part part;
    int rc;

    if (strcmp(command, "stick-in") == 0) {
        assert_int_equal(stick_file_bytes_read(request, "head", &bytes), 0);
        rc = bundle_box_open(&reading->box, buffer_span(&bytes), &hub, &reading->plain, &reading->manifest);
        if (rc == 0)
            rc = bundle_box_check(&reading->box, buffer_span(&reading->plain), node.sign_public);
        if (rc == 0)
            bundle_tally_begin(&reading->tally, &reading->manifest);
    } else {
        assert_int_equal(stick_file_bytes_read(request, "bytes", &bytes), 0);
        rc = bundle_box_open_part(&reading->box, buffer_span(&bytes), &plain, &part);
        if (rc == 0 && part.kind == BUNDLE_PUSHES) {
            struct buffer content = {.data = NULL};

            assert_int_equal(bundle_part_unpack(&part, &content), 0);
            assert_int_equal(content.len, part.last * 40);
            buffer_free(&content);
            reading->whole++;
            bundle_tally_part(&reading->tally, &part);
        }
        reading->ended |= rc == 0 && part.kind == BUNDLE_END;
    }
    buffer_free(&bytes);
    buffer_free(&plain);
    return rc;
}

static int ask(void *context, const json_t *request, json_t **out)
{
    struct reading *reading = context;
    const char *command = json_string_value(json_object_get(request, "command"));
    int rc;

    if (strcmp(command, "stick-end") == 0) {
        bundle_tally_end(&reading->tally);
        *out = json_pack("{s:b}", "ok", 1);
        return 0;
    }
    rc = answer(reading, command, request);
    if (strcmp(command, "stick-in") == 0 && rc != 0) {
        reading->refused++;
        reading->refused_rc = rc;
        *out = json_pack("{s:b}", "ok", 0);
        return 0;
    }
    *out = json_pack("{s:b, s:s, s:b}", "ok", 1, "stick", "1", "damaged", rc != 0);
    return 0;
}

/* Parts of numbers 10 to 19, 20 to 29...: the first can't be packed, the others can. */
static void write_stick(struct buffer *out, size_t starts[PARTS + 1])
{
    struct bundle_manifest manifest = {.place = "CCAS-NORD", .range_count = 1, .ranges = {{.first = 10, .last = 10 * PARTS + 9}}};
    struct buffer content = {.data = NULL};
    struct bundle_box box;

    manifest.frames = span_of("frames", 6);
    assert_int_equal(bundle_box_make(&box, BUNDLE_TO_HUB, node.node, hub.node, hub.curve_public, 1700000000000), 0);
    assert_int_equal(bundle_box_head(&box, &node, &manifest, out), 0);
    for (uint32_t i = 0; i < PARTS; i++) {
        struct bundle_part part = {.kind = BUNDLE_PUSHES, .first = 10 * (i + 1), .last = 10 * (i + 1) + 9};

        buffer_clear(&content);
        assert_int_equal(buffer_reserve(&content, part.last * 40), 0);
        memset(content.data, 'x', part.last * 40);
        if (i == 0)
            randombytes_buf(content.data, part.last * 40);
        content.len = part.last * 40;
        part.content = buffer_span(&content);
        starts[i] = out->len;
        assert_int_equal(bundle_box_part(&box, i, &part, out), 0);
    }
    starts[PARTS] = out->len;
    assert_int_equal(bundle_box_part(&box, PARTS, &(struct bundle_part){.kind = BUNDLE_END, .first = PARTS}, out), 0);
    assert_int_equal(bundle_box_head(&box, &node, &manifest, out), 0);
    buffer_free(&content);
}

static int read_stick(struct span bytes, struct reading *reading)
{
    struct stick_port port = {ask, reading, "en"};
    char path[] = "/tmp/test_bundle_XXXXXX";
    json_t *rows = json_array();
    int file = mkstemp(path);
    int rc;

    memset(reading, 0, sizeof *reading);
    assert_true(file >= 0);
    assert_int_equal(write(file, bytes.data, bytes.len), (ssize_t)bytes.len);
    close(file);
    rc = stick_file_read(&port, path, rows);
    unlink(path);
    json_decref(rows);
    buffer_free(&reading->plain);
    return rc;
}

static int setup(void **state)
{
    (void)state;
    return keys_make(&hub) != 0 || keys_make(&node) != 0;
}

static void test_whole(void **state)
{
    struct buffer file = {.data = NULL};
    struct reading reading;
    size_t starts[PARTS + 1];

    (void)state;
    write_stick(&file, starts);
    assert_int_equal(read_stick(buffer_span(&file), &reading), 0);
    assert_int_equal(reading.whole, PARTS);
    assert_int_equal(reading.tally.missing_count, 0);
    assert_true(reading.ended);
    assert_string_equal(reading.manifest.place, "CCAS-NORD");
    /* What can be packed is. */
    assert_true(starts[2] - starts[1] < 400);
    buffer_free(&file);
}

static void test_cut_at_every_byte(void **state)
{
    struct buffer file = {.data = NULL};
    struct reading reading;
    size_t starts[PARTS + 1];

    (void)state;
    write_stick(&file, starts);
    for (size_t len = 0; len < file.len; len++) {
        unsigned before = 0;
        int rc = read_stick(span_of(file.data, len), &reading);

        while (before < PARTS && starts[before + 1] <= len)
            before++;
        if (len < starts[0]) {
            assert_true(rc == NAVETTE_E_TRUNCATED || rc == NAVETTE_E_INVALID);
            continue;
        }
        assert_int_equal(rc, 0);
        assert_int_equal(reading.whole, before);
        assert_int_equal(reading.tally.missing_count, before < PARTS);
        if (before < PARTS) {
            assert_int_equal(reading.tally.missing[0].first, 10 * (before + 1));
            assert_int_equal(reading.tally.missing[0].last, 10 * PARTS + 9);
        }
    }
    buffer_free(&file);
}

static void test_a_flip_at_every_byte(void **state)
{
    struct buffer file = {.data = NULL};
    struct reading reading;
    size_t starts[PARTS + 1];

    (void)state;
    write_stick(&file, starts);
    for (size_t at = 0; at < file.len; at++) {
        unsigned hit = PARTS;

        for (unsigned i = 0; i < PARTS; i++)
            if (at >= starts[i] && at < starts[i + 1])
                hit = i;
        file.data[at] ^= (uint8_t)(1u << (at % 8));
        assert_int_equal(read_stick(buffer_span(&file), &reading), 0);
        file.data[at] ^= (uint8_t)(1u << (at % 8));
        assert_int_equal(reading.whole, hit < PARTS ? PARTS - 1 : PARTS);
        assert_int_equal(reading.tally.missing_count, hit < PARTS);
        if (hit < PARTS) {
            assert_int_equal(reading.tally.missing[0].first, 10 * (hit + 1));
            assert_int_equal(reading.tally.missing[0].last, 10 * (hit + 1) + 9);
        }
    }
    buffer_free(&file);
}

static void test_bytes_taken_out_or_put_in(void **state)
{
    struct buffer file = {.data = NULL}, other = {.data = NULL};
    struct reading reading;
    size_t starts[PARTS + 1];

    (void)state;
    write_stick(&file, starts);
    for (size_t at = 0; at < file.len; at += 7) {
        for (unsigned more = 0; more < 2; more++) {
            buffer_clear(&other);
            assert_int_equal(buffer_append(&other, file.data, at), 0);
            assert_int_equal(more ? buffer_append(&other, "???", 3) : 0, 0);
            assert_int_equal(buffer_append(&other, file.data + at + !more, file.len - at - !more), 0);
            assert_int_equal(read_stick(buffer_span(&other), &reading), 0);
            assert_true(reading.whole >= PARTS - 1);
            assert_int_equal(reading.whole == PARTS, reading.tally.missing_count == 0);
        }
    }
    buffer_free(&other);
    buffer_free(&file);
}

static void test_two_files_in_one(void **state)
{
    struct buffer file = {.data = NULL};
    struct reading reading;
    size_t starts[PARTS + 1], second[PARTS + 1], first_len;

    (void)state;
    write_stick(&file, starts);
    first_len = file.len;
    write_stick(&file, second);
    assert_int_equal(read_stick(buffer_span(&file), &reading), 0);
    assert_int_equal(reading.whole, 2 * PARTS);
    /* The first was cut in its second part: its first, and all of the other. */
    memmove(file.data + starts[1] + 30, file.data + first_len, file.len - first_len);
    assert_int_equal(read_stick(span_of(file.data, starts[1] + 30 + file.len - first_len), &reading), 0);
    assert_int_equal(reading.whole, 1 + PARTS);
    buffer_free(&file);
}

static void test_not_for_us(void **state)
{
    struct buffer file = {.data = NULL};
    struct reading reading;
    struct keys kept;
    size_t starts[PARTS + 1], len;
    struct bundle_head head;

    (void)state;
    write_stick(&file, starts);
    kept = hub;
    assert_int_equal(keys_make(&hub), 0);
    assert_int_equal(read_stick(buffer_span(&file), &reading), 0);
    assert_int_equal(reading.refused_rc, NAVETTE_E_REFUSED);
    assert_int_equal(reading.whole, 0);
    /* Its name, but not its key. */
    memcpy(hub.node, kept.node, NODE_ID_SIZE);
    assert_int_equal(read_stick(buffer_span(&file), &reading), 0);
    assert_int_equal(reading.refused_rc, NAVETTE_E_REFUSED);
    hub = kept;
    kept = node;
    assert_int_equal(keys_make(&node), 0);
    assert_int_equal(read_stick(buffer_span(&file), &reading), 0);
    assert_int_equal(reading.refused_rc, NAVETTE_E_SIGNATURE);
    assert_int_equal(reading.whole, 0);
    node = kept;
    /* A later version, both heads. */
    assert_int_equal(bundle_head_decode(buffer_span(&file), &head, &len), 0);
    for (unsigned i = 0; i < 2; i++) {
        uint8_t *at = i == 0 ? file.data : file.data + file.len - len;

        at[4] = BUNDLE_VERSION + 1;
        write_u32(at + len - 4, crc32c(0, span_of(at, len - 4)));
    }
    assert_int_equal(read_stick(buffer_span(&file), &reading), 0);
    assert_int_equal(reading.refused_rc, NAVETTE_E_VERSION);
    assert_int_equal(reading.refused, 1);
    assert_int_equal(read_stick(span_of(NULL, 0), &reading), NAVETTE_E_INVALID);
    assert_int_equal(read_stick(span_of("none of ours", 12), &reading), NAVETTE_E_INVALID);
    buffer_free(&file);
}

static void test_limits(void **state)
{
    static uint8_t bytes[LIMIT_BUNDLE_PART_BYTES + 1];
    struct bundle_part part = {.kind = BUNDLE_PUSHES};
    struct bundle_head head = {.version = BUNDLE_VERSION};
    struct bundle_manifest manifest = {.range_count = LIMIT_BUNDLE_RANGES}, read;
    struct buffer out = {.data = NULL};
    struct bundle_prefix prefix = {.len = LIMIT_BUNDLE_PART_BYTES};
    uint8_t encoded[BUNDLE_PREFIX_SIZE];

    (void)state;
    part.content = span_of(bytes, LIMIT_BUNDLE_PART_BYTES - BUNDLE_PART_HEAD - BUNDLE_TAG);
    assert_int_equal(bundle_part_encode(&part, &out), 0);
    part.content.len++;
    assert_int_equal(bundle_part_encode(&part, &out), NAVETTE_E_TOO_LARGE);
    part.content.len = 1;
    part.unpacked_len = LIMIT_BUNDLE_PART_BYTES + 1;
    assert_int_equal(bundle_part_encode(&part, &out), NAVETTE_E_TOO_LARGE);
    head.manifest = span_of(bytes, LIMIT_BUNDLE_MANIFEST);
    assert_int_equal(bundle_head_encode(&head, &out), 0);
    head.manifest.len++;
    assert_int_equal(bundle_head_encode(&head, &out), NAVETTE_E_TOO_LARGE);
    bundle_prefix_encode(&prefix, encoded);
    assert_int_equal(bundle_prefix_decode(span_of(encoded, sizeof encoded), &prefix), 0);
    prefix.len++;
    bundle_prefix_encode(&prefix, encoded);
    assert_int_equal(bundle_prefix_decode(span_of(encoded, sizeof encoded), &prefix), NAVETTE_E_NOT_FOUND);
    buffer_clear(&out);
    assert_int_equal(bundle_manifest_encode(&manifest, &out), 0);
    assert_int_equal(bundle_manifest_decode(buffer_span(&out), &read), 0);
    assert_int_equal(read.range_count, LIMIT_BUNDLE_RANGES);
    write_u16(out.data + 2, LIMIT_BUNDLE_RANGES + 1);
    assert_int_equal(bundle_manifest_decode(buffer_span(&out), &read), NAVETTE_E_INVALID);
    /* What a part unpacks to is what it says, at most. */
    part = (struct bundle_part){.kind = BUNDLE_PUSHES, .unpacked_len = 10, .content = span_of(bytes, 9)};
    assert_int_equal(bundle_part_unpack(&part, &out), NAVETTE_E_INVALID);
    buffer_free(&out);
}

/* tests/golden/v1/stick.nvb keys from a seed of 0 to 31: read for ever. GOLDEN=write makes it, once. */
static void test_golden(void **state)
{
    static const char PATH[] = "tests/golden/v1/stick.nvb";
    struct buffer file = {.data = NULL};
    struct reading reading;
    struct keys kept_hub = hub, kept_node = node;
    size_t starts[PARTS + 1];
    uint8_t bytes[16384];
    FILE *in;

    (void)state;
    for (uint8_t i = 0; i < KEY_SIZE; i++)
        bytes[i] = i;
    memset(hub.node, 1, NODE_ID_SIZE);
    memset(node.node, 2, NODE_ID_SIZE);
    assert_int_equal(crypto_box_seed_keypair(hub.curve_public, hub.curve_secret, bytes), 0);
    assert_int_equal(crypto_sign_seed_keypair(node.sign_public, node.sign_secret, bytes), 0);
    if (getenv("GOLDEN") != NULL && access(PATH, F_OK) != 0) {
        write_stick(&file, starts);
        in = fopen(PATH, "w");
        assert_non_null(in);
        assert_int_equal(fwrite(file.data, 1, file.len, in), file.len);
        fclose(in);
        buffer_free(&file);
    }
    in = fopen(PATH, "r");
    assert_non_null(in);
    file.len = fread(bytes, 1, sizeof bytes, in);
    fclose(in);
    assert_int_equal(read_stick(span_of(bytes, file.len), &reading), 0);
    assert_int_equal(reading.whole, PARTS);
    assert_int_equal(reading.manifest.ranges[0].last, 10 * PARTS + 9);
    assert_int_equal(reading.box.head.made_ms, 1700000000000);
    hub = kept_hub;
    node = kept_node;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_cut_at_every_byte),
        cmocka_unit_test(test_a_flip_at_every_byte),
        cmocka_unit_test(test_bytes_taken_out_or_put_in),
        cmocka_unit_test(test_two_files_in_one),
        cmocka_unit_test(test_not_for_us),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_golden),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
