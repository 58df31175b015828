/* SPDX-License-Identifier: Apache-2.0 */
#include "reconcile/handover_keep.h"

#include <stdlib.h>
#include <string.h>

#include "reconcile/handover.h"

/* What an event speaks of: what it names, itself, and the count it pairs. */
#define TOUCHED_MAX (HANDOVER_KEYS_MAX + 2u)

struct touched {
    struct thing_key keys[TOUCHED_MAX];
    size_t count;
    size_t named;      /* the first of them, under which the event is noted */
    struct ref paired; /* a count, or the count that it pairs; seq 0: none */
};

static void touch(const struct event *event, const struct handover_words *words, struct touched *touched)
{
    touched->named = handover_key_named(event, words, touched->keys);
    touched->count = touched->named;
    touched->paired = (struct ref){.seq = 0};
    if (words->role == HANDOVER_COUNTS)
        touched->paired = event->self;
    if (handover_key_is_target(words))
        handover_key_of_ref(&event->self, &touched->keys[touched->count++]);
    if (words->role == HANDOVER_PAIRS) {
        touched->paired = event_ref(event->body->handover_paired->count, &event->self);
        handover_key_of_ref(&touched->paired, &touched->keys[touched->count++]);
    }
}

/* Only where a carrier or a taker has counted can anything be short or over; what anybody says on the phone is held against what that one counts. */
static int counts_for_others(const struct event *event, const struct handover_words *words)
{
    if (words->role == HANDOVER_COUNTS)
        return event->body->handover_counted->party != NAVETTE__HANDOVER_PARTY__PARTY_GIVER;
    if (words->role == HANDOVER_TAKES && event->body->body_case == NAVETTE__EVENT__BODY_RECEIVED)
        return event->body->received->n_pools > 0;
    return words->role == HANDOVER_CLOSES || words->role == HANDOVER_PHONES;
}

/* ---- what a hand-over shows */

static int compare_ids(const void *a, const void *b)
{
    return memcmp(((const struct discrepancy_finding *)a)->id, ((const struct discrepancy_finding *)b)->id, DISCREPANCY_ID_SIZE);
}

static int find(const struct handover_set *set, struct discrepancy_finding list[HANDOVER_FINDINGS_MAX], size_t *count)
{
    struct handover handover;
    int rc = handover_of(set, &handover);

    if (rc != 0)
        return rc;
    *count = handover_find(&handover, list);
    handover_free(&handover);
    if (*count > 1)
        qsort(list, *count, sizeof(*list), compare_ids);
    return 0;
}

int handover_keep_find(const struct horizon *horizon, const struct thing_key *key, struct discrepancy_findings *findings)
{
    struct handover_set set;
    int rc = handover_set_load(horizon, key, &set);

    memset(findings, 0, sizeof(*findings));
    if (rc != 0)
        return rc;
    if (set.count > 0 && thing_key_equal(&set.keys[set.canonical], key)) {
        findings->list = calloc(HANDOVER_FINDINGS_MAX, sizeof(*findings->list));
        rc = findings->list == NULL ? NAVETTE_E_MEMORY : find(&set, findings->list, &findings->count);
    }
    handover_set_free(&set);
    if (rc != 0)
        discrepancy_free(findings);
    return rc;
}

/* All its names know from now on that somebody has counted. */
static int spread(struct store_txn *state, const struct handover_set *set)
{
    int counted = 0;
    int rc = 0;

    for (size_t i = 0; !counted && i < set->count; i++)
        counted = counts_for_others(&set->members[i].event, &set->members[i].words);
    for (size_t i = 0; counted && rc == 0 && i < set->key_count; i++) {
        struct handover_summary summary;

        rc = handover_set_summary(state, &set->keys[i], &summary);
        if (rc != 0 || summary.events == 0 || summary.counted)
            continue;
        summary.counted = 1;
        rc = handover_set_summarise(state, &set->keys[i], &summary);
    }
    return rc;
}

/* Keeps what a hand-over shows under the one name it is kept under, and nothing under its others. done: keys that were seen to. */
static int derive(const struct horizon *horizon, const struct thing_key *key, struct keymap *done)
{
    struct discrepancy_finding list[HANDOVER_FINDINGS_MAX];
    struct discrepancy_findings none = {NULL, 0};
    struct discrepancy_findings found = {list, 0};
    struct handover_set set;
    uint32_t number;
    int rc;

    if (keymap_find(done, thing_key_span(key), &number))
        return 0;
    rc = handover_set_load(horizon, key, &set);
    if (rc != 0)
        return rc;
    if (set.count > 0)
        rc = find(&set, list, &found.count);
    if (rc == 0 && set.key_count == 0)
        rc = reconcile_keep(horizon->state, key, &none, horizon->limit);
    for (size_t i = 0; rc == 0 && i < set.key_count; i++) {
        rc = keymap_number(done, thing_key_span(&set.keys[i]), &number);
        if (rc == 0)
            rc = reconcile_keep(horizon->state, &set.keys[i], i == set.canonical ? &found : &none, horizon->limit);
    }
    if (rc == 0)
        rc = spread(horizon->state, &set);
    handover_set_free(&set);
    return rc;
}

static int derive_each(const struct horizon *horizon, const struct keymap *names, struct keymap *done)
{
    int rc = 0;

    for (uint32_t i = 0; rc == 0 && i < names->count; i++) {
        struct thing_key key;

        rc = thing_key_read(keymap_key(names, i), &key);
        if (rc == 0)
            rc = derive(horizon, &key, done);
    }
    return rc;
}

/* paired (may be seq 0): a count that may belong elsewhere now, by what pairs it. */
static int derive_all(const struct horizon *horizon, const struct thing_key *keys, size_t count, const struct ref *paired)
{
    struct keymap names;
    struct keymap done;
    uint32_t number;
    int rc = 0;

    keymap_init(&names);
    keymap_init(&done);
    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = keymap_number(&names, thing_key_span(&keys[i]), &number);
    if (rc == 0 && paired->seq != 0)
        rc = handover_set_paired(horizon, paired, &names);
    if (rc == 0)
        rc = derive_each(horizon, &names, &done);
    keymap_free(&names);
    keymap_free(&done);
    return rc;
}

/* ---- what comes */

static int note_row(struct store_txn *state, uint8_t row, struct span name, uint64_t position)
{
    uint8_t key[HANDOVER_ROW_MAX];

    key[0] = row;
    memcpy(key + 1, name.data, name.len);
    write_u64(key + 1 + name.len, position);
    return store_put(state, TABLE_HANDOVER, span_of(key, 1 + name.len + 8), span_of("", 0));
}

/* One event more names this key. The one too many makes it name nothing: what it was one with is then told anew. */
static int note_key(const struct horizon *horizon, const struct thing_key *key, int *counted)
{
    struct handover_summary summary;
    struct handover_set set = {.count = 0};
    struct ref none = {.seq = 0};
    int rc = handover_set_summary(horizon->state, key, &summary);

    if (rc != 0)
        return rc;
    *counted |= summary.counted;
    if (summary.events == HANDOVER_EVENTS_MAX)
        rc = handover_set_load(horizon, key, &set);
    if (rc == 0)
        rc = note_row(horizon->state, HANDOVER_ROW_EVENT, thing_key_span(key), horizon->limit);
    if (rc == 0) {
        summary.events++;
        rc = handover_set_summarise(horizon->state, key, &summary);
    }
    if (rc == 0 && set.key_count > 0)
        rc = derive_all(horizon, set.keys, set.key_count, &none);
    handover_set_free(&set);
    return rc;
}

/* A reference is one with what it points to, which may be called otherwise: of the event that has come all names are looked at as it is. */
static int is_counted(const struct horizon *horizon, const struct event *self, const struct thing_key *key, int *counted)
{
    struct thing_key keys[HANDOVER_KEYS_MAX];
    struct handover_summary summary;
    struct handover_words words;
    struct event event;
    struct ref ref;
    size_t count;
    int rc = handover_set_summary(horizon->state, key, &summary);

    *counted |= summary.counted;
    if (rc != 0 || *counted || !handover_key_is_ref(key, &ref) || ref_compare(&ref, &self->self) == 0)
        return rc;
    rc = horizon_event(horizon, &ref, &event, NULL);
    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    handover_key_words(&event, &words);
    count = handover_key_is_target(&words) ? handover_key_named(&event, &words, keys) : 0;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = handover_set_summary(horizon->state, &keys[i], &summary);
        *counted |= summary.counted;
    }
    event_free(&event);
    return rc;
}

int handover_keep_event(const struct horizon *horizon, const struct event *event)
{
    struct handover_words words;
    struct touched touched;
    int counted;
    int rc = 0;

    handover_key_words(event, &words);
    if (words.role == HANDOVER_SAYS_NOTHING)
        return 0;
    touch(event, &words, &touched);
    /* Counts and pairings are few, and a pairing may have come before its count. */
    counted = counts_for_others(event, &words) || words.role == HANDOVER_COUNTS || words.role == HANDOVER_PAIRS;
    for (size_t i = 0; rc == 0 && i < touched.named; i++)
        rc = note_key(horizon, &touched.keys[i], &counted);
    if (rc == 0 && words.role == HANDOVER_PAIRS) {
        uint8_t bytes[REF_SIZE];

        ref_encode(&touched.paired, bytes);
        rc = note_row(horizon->state, HANDOVER_ROW_PAIRING, span_of(bytes, sizeof(bytes)), horizon->limit);
    }
    for (size_t i = 0; rc == 0 && !counted && i < touched.count; i++)
        rc = is_counted(horizon, event, &touched.keys[i], &counted);
    return rc == 0 && counted ? derive_all(horizon, touched.keys, touched.count, &touched.paired) : rc;
}

int handover_keep_again(const struct horizon *horizon, const struct event *event)
{
    struct handover_words words;
    struct touched touched;

    handover_key_words(event, &words);
    if (words.role == HANDOVER_SAYS_NOTHING)
        return 0;
    touch(event, &words, &touched);
    return derive_all(horizon, touched.keys, touched.count, &touched.paired);
}

int handover_keep_each(struct store_txn *state, handover_keep_visit *visit, void *context)
{
    uint8_t from[HANDOVER_ROW_MAX] = {HANDOVER_ROW_EVENT};
    size_t len = 1;
    struct store_scan *scan;
    struct span key;
    struct span value;
    int rc = store_scan_open(state, TABLE_HANDOVER, &scan);

    if (rc != 0)
        return rc;
    while (rc == 0 && (rc = state->ops->scan_from(scan, span_of(from, len), &key, &value)) == 0) {
        struct thing_key name;

        if (key.data[0] != HANDOVER_ROW_EVENT)
            break;
        if (key.len < 10 || thing_key_read(span_of(key.data + 1, key.len - 9), &name) != 0) {
            rc = NAVETTE_E_STORE;
            break;
        }
        len = key.len;
        memcpy(from, key.data, len - 8);
        memset(from + len - 8, 0xff, 8);
        rc = visit(&name, context);
    }
    state->ops->scan_close(scan);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}
