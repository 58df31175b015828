/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link.h: the HELLO verdict.
 *   - the table of verdicts: one row for each line of the design, and each line's neighbours
 *   - every combination of small facts has a verdict, streams only when the logs are known to agree, and is decided the same way twice
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "navette/link.h"

#define A 0xa1
#define B 0xb2

struct row {
    const char *situation;
    int known_key, known_incarnation, of_this_node, has_node;
    uint64_t claimed;
    uint8_t claimed_hash;
    uint64_t held;
    uint8_t held_hash;
    uint8_t held_at_claimed; /* 0: the hub has none */
    uint8_t probe;           /* 0: none */
    uint64_t durable;
    int alternates;
    Navette__Verdict verdict;
};

static struct link_facts facts_of(const struct row *row)
{
    struct link_facts facts;

    memset(&facts, 0, sizeof facts);
    facts.known_key = row->known_key;
    facts.known_incarnation = row->known_incarnation;
    facts.incarnation_of_this_node = row->of_this_node;
    facts.hub_has_node = row->has_node;
    facts.claimed_seq = row->claimed;
    memset(facts.claimed_hash, row->claimed_hash, HASH_SIZE);
    facts.held_seq = row->held;
    memset(facts.held_hash, row->held_hash, HASH_SIZE);
    facts.has_held_at_claimed = row->held_at_claimed != 0;
    memset(facts.held_at_claimed, row->held_at_claimed, HASH_SIZE);
    facts.has_probe = row->probe != 0;
    facts.answered = row->probe != 0;
    memset(facts.probe_hash, row->probe, HASH_SIZE);
    facts.durable_seq = row->durable;
    facts.process_is_new = row->alternates;
    facts.process_seen = row->alternates;
    return facts;
}

static void test_verdict_each_situation(void **state)
{
    static const struct row rows[] = {
        {"unknown key", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, NAVETTE__VERDICT__VERDICT_REFUSED},
        {"somebody else's log", 1, 1, 0, 0, 5, A, 5, A, A, 0, 5, 0, NAVETTE__VERDICT__VERDICT_REFUSED},
        {"two processes alternate", 1, 1, 1, 0, 5, A, 5, A, A, 0, 5, 1, NAVETTE__VERDICT__VERDICT_CLONE},
        {"a refused key is not a clone", 0, 1, 1, 0, 5, A, 5, A, A, 0, 5, 1, NAVETTE__VERDICT__VERDICT_REFUSED},
        {"first log of a new node, empty", 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, NAVETTE__VERDICT__VERDICT_IN_STEP},
        {"first log, with events", 1, 0, 0, 0, 3, A, 0, 0, 0, 0, 0, 0, NAVETTE__VERDICT__VERDICT_HUB_BEHIND},
        {"new incarnation of a known node", 1, 0, 0, 1, 3, A, 0, 0, 0, 0, 0, 0, NAVETTE__VERDICT__VERDICT_RESET},
        {"log the hub acknowledged and forgot", 1, 0, 0, 1, 3, A, 0, 0, 0, 0, 2, 0, NAVETTE__VERDICT__VERDICT_HUB_RESTORED},
        {"in step", 1, 1, 1, 0, 5, A, 5, A, A, 0, 5, 0, NAVETTE__VERDICT__VERDICT_IN_STEP},
        {"same number, other log", 1, 1, 1, 0, 5, A, 5, B, B, 0, 5, 0, NAVETTE__VERDICT__VERDICT_FORK},
        {"node behind, not asked yet", 1, 1, 1, 0, 4, A, 5, B, A, 0, 4, 0, NAVETTE__VERDICT__VERDICT_PROBE},
        {"node behind, same log", 1, 1, 1, 0, 4, A, 5, B, A, A, 4, 0, NAVETTE__VERDICT__VERDICT_NODE_RESTORED},
        {"node behind, other log", 1, 1, 1, 0, 4, A, 5, B, B, A, 4, 0, NAVETTE__VERDICT__VERDICT_FORK},
        {"node behind, nothing to compare", 1, 1, 1, 0, 4, A, 5, B, 0, A, 4, 0, NAVETTE__VERDICT__VERDICT_FORK},
        {"node emptied", 1, 1, 1, 0, 0, 0x00, 5, B, 0, A, 0, 0, NAVETTE__VERDICT__VERDICT_FORK},
        {"node ahead, not asked yet", 1, 1, 1, 0, 6, A, 5, B, 0, 0, 5, 0, NAVETTE__VERDICT__VERDICT_PROBE},
        {"node ahead, same log", 1, 1, 1, 0, 6, A, 5, B, 0, B, 5, 0, NAVETTE__VERDICT__VERDICT_HUB_BEHIND},
        {"node ahead, other log", 1, 1, 1, 0, 6, A, 5, B, 0, A, 5, 0, NAVETTE__VERDICT__VERDICT_FORK},
        {"node ahead, more was acknowledged", 1, 1, 1, 0, 6, A, 5, B, 0, B, 6, 0, NAVETTE__VERDICT__VERDICT_HUB_RESTORED},
        {"node ahead, just what is held was acknowledged", 1, 1, 1, 0, 6, A, 5, B, 0, B, 5, 0, NAVETTE__VERDICT__VERDICT_HUB_BEHIND},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct link_facts facts = facts_of(&rows[i]);
        Navette__Verdict verdict = link_verdict(&facts);

        if (verdict != rows[i].verdict) {
            fail_msg("%s: %s, not %s", rows[i].situation, link_verdict_name(verdict), link_verdict_name(rows[i].verdict));
        }
    }
}

static int agrees(const struct row *row)
{
    if (!row->known_incarnation) {
        return 1;
    }
    if (row->claimed == row->held) {
        return row->claimed_hash == row->held_hash;
    }
    return row->claimed > row->held && row->probe == row->held_hash;
}

static void test_verdict_streams_only_on_agreement(void **state)
{
    size_t streams = 0;

    (void)state;
    for (unsigned bits = 0; bits < 1u << 10; bits++) {
        for (uint64_t claimed = 0; claimed < 4; claimed++) {
            for (uint64_t held = 0; held < 4; held++) {
                struct row row = {"",
                                  (int)(bits & 1),
                                  (int)(bits >> 1 & 1),
                                  (int)(bits >> 2 & 1),
                                  (int)(bits >> 3 & 1),
                                  claimed,
                                  bits >> 4 & 1 ? A : B,
                                  held,
                                  bits >> 5 & 1 ? A : B,
                                  bits >> 6 & 1 ? A : B,
                                  0,
                                  bits >> 8 & 1 ? 3 : 0,
                                  (int)(bits >> 9 & 1),
                                  NAVETTE__VERDICT__VERDICT_UNSPECIFIED};
                struct link_facts facts;
                Navette__Verdict verdict;

                row.probe = bits >> 7 & 1 ? A : B;
                facts = facts_of(&row);
                verdict = link_verdict(&facts);
                assert_int_not_equal(verdict, NAVETTE__VERDICT__VERDICT_UNSPECIFIED);
                assert_int_equal(verdict, link_verdict(&facts));
                if (link_may_stream(verdict)) {
                    streams++;
                    assert_true(row.known_key);
                    assert_false(row.alternates);
                    assert_true(!row.known_incarnation || row.of_this_node);
                    assert_true(agrees(&row));
                }
            }
        }
    }
    assert_true(streams > 100);
}

static void test_names_are_distinct(void **state)
{
    (void)state;
    for (int a = 0; a <= NAVETTE__VERDICT__VERDICT_REFUSED; a++) {
        for (int b = 0; b < a; b++) {
            assert_string_not_equal(link_verdict_name((Navette__Verdict)a), link_verdict_name((Navette__Verdict)b));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verdict_each_situation),
        cmocka_unit_test(test_verdict_streams_only_on_agreement),
        cmocka_unit_test(test_names_are_distinct),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
