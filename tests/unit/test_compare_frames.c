/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Compare in a DIGEST, at its limits and one past them: spans, entries, logs, seals, and the size of each digest.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "navette/effects.h"

/* What a reader of frames says of this question. */
static int decoded(Navette__Compare *question)
{
    Navette__Digest digest = NAVETTE__DIGEST__INIT;
    struct effects effects;
    struct frame frame;
    int rc;

    digest.compare = question;
    effects_init(&effects);
    assert_int_equal(effects_send(&effects, 0, FRAME_DIGEST, &digest.base), 0);
    rc = frame_decode(buffer_span(&effects.list[0].frame), &frame);
    if (rc == 0)
        frame_free(&frame);
    effects_free(&effects);
    return rc;
}

static void test_compare_frames_at_their_limits(void **state)
{
    static uint8_t bytes[(LIMIT_COMPARE_SPANS + 1) * COMPARE_DIGEST_SIZE];
    uint64_t spans[3 * (LIMIT_COMPARE_SPANS + 1)];
    uint32_t sealed[2] = {0, 0};
    ProtobufCBinaryData log = {INCARNATION_SIZE, bytes};
    Navette__Compare question = NAVETTE__COMPARE__INIT;
    const struct {
        ProtobufCBinaryData *field;
        size_t good;
        size_t bad;
    } sizes[] = {{&log, INCARNATION_SIZE, INCARNATION_SIZE - 1},
                 {&question.root, COMPARE_DIGEST_SIZE, COMPARE_DIGEST_SIZE + 1},
                 {&question.state, HASH_SIZE, HASH_SIZE - 1},
                 {&question.digests, LIMIT_COMPARE_SPANS * COMPARE_DIGEST_SIZE, (LIMIT_COMPARE_SPANS + 1) * COMPARE_DIGEST_SIZE},
                 {&question.digests, COMPARE_DIGEST_SIZE, COMPARE_DIGEST_SIZE - 1}};

    (void)state;
    for (size_t i = 0; i <= LIMIT_COMPARE_SPANS; i++) {
        spans[3 * i] = 0;
        spans[3 * i + 1] = 1 + i;
        spans[3 * i + 2] = LIMIT_COMPARE_ENTRIES / LIMIT_COMPARE_SPANS;
    }
    question.logs = &log;
    question.n_logs = 1;
    question.spans = spans;
    question.sealed = sealed;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        *sizes[i].field = (ProtobufCBinaryData){sizes[i].bad, bytes};
        assert_int_equal(decoded(&question), NAVETTE_E_INVALID);
        *sizes[i].field = (ProtobufCBinaryData){sizes[i].good, bytes};
        assert_int_equal(decoded(&question), 0);
    }
    question.n_spans = 3 * LIMIT_COMPARE_SPANS;
    assert_int_equal(decoded(&question), 0);
    spans[2]++; /* one entry over */
    assert_int_equal(decoded(&question), NAVETTE_E_INVALID);
    for (size_t i = 0; i <= LIMIT_COMPARE_SPANS; i++)
        spans[3 * i + 2] = 1;
    question.n_spans += 3;
    assert_int_equal(decoded(&question), NAVETTE_E_INVALID);
    question.n_spans = 2;
    assert_int_equal(decoded(&question), NAVETTE_E_INVALID);
    question.n_spans = 3;
    for (size_t i = 0; i < 4; i++) {
        static const uint64_t BAD[4][3] = {{1, 1, 1}, {0, 0, 1}, {0, 1, 0}, {0, UINT64_MAX, 1}};

        memcpy(spans, BAD[i], sizeof BAD[i]);
        assert_int_equal(decoded(&question), NAVETTE_E_INVALID);
    }
    spans[1] = spans[2] = 1;
    question.n_sealed = 1;
    assert_int_equal(decoded(&question), 0);
    sealed[0] = 1;
    assert_int_equal(decoded(&question), NAVETTE_E_INVALID);
    sealed[0] = 0;
    question.n_sealed = 2;
    assert_int_equal(decoded(&question), NAVETTE_E_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compare_frames_at_their_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
