/* SPDX-License-Identifier: Apache-2.0 */
#include "reconcile/handover_set.h"

#include <stdlib.h>
#include <string.h>

#include "fold/absence.h"
#include "fold/correction.h"
#include "fold/order.h"
#include "navette/handover.h"

/* What is looked at: entries up to the horizon's limit, of what had happened by a moment. */
struct sight {
    const struct horizon *horizon;
    int64_t at_ms; /* INT64_MAX: all */
};

static size_t summary_key(const struct thing_key *key, uint8_t row[HANDOVER_ROW_MAX])
{
    row[0] = HANDOVER_ROW_SUMMARY;
    memcpy(row + 1, key->bytes, key->len);
    return 1u + key->len;
}

int handover_set_summary(struct store_txn *state, const struct thing_key *key, struct handover_summary *summary)
{
    uint8_t row[HANDOVER_ROW_MAX];
    struct span value;
    int rc = store_get(state, TABLE_HANDOVER, span_of(row, summary_key(key, row)), &value);

    memset(summary, 0, sizeof(*summary));
    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    if (value.len != 5)
        return NAVETTE_E_STORE;
    summary->events = read_u32(value.data);
    summary->counted = value.data[4];
    return 0;
}

int handover_set_summarise(struct store_txn *state, const struct thing_key *key, const struct handover_summary *summary)
{
    uint8_t row[HANDOVER_ROW_MAX];
    uint8_t value[5];

    write_u32(value, summary->events);
    value[4] = (uint8_t)summary->counted;
    return store_put(state, TABLE_HANDOVER, span_of(row, summary_key(key, row)), span_of(value, sizeof(value)));
}

int handover_set_is_crowded(const struct handover_summary *summary)
{
    return summary->events > HANDOVER_EVENTS_MAX;
}

static int add_key(const struct horizon *horizon, struct handover_set *set, const struct thing_key *key)
{
    struct handover_summary summary;
    uint32_t number;
    int rc;

    if (key->len == 0)
        return 0;
    rc = handover_set_summary(horizon->state, key, &summary);
    if (rc != 0 || handover_set_is_crowded(&summary))
        return rc;
    return keymap_number(&set->names, thing_key_span(key), &number);
}

/* A present entry that speaks of hand-overs. 1: event to be freed; 0: it does not; or a code. */
static int read_entry(const struct sight *sight, const struct journal_entry *entry, struct event *event, struct handover_words *words)
{
    int rc = horizon_decode(entry, event);
    int absent;

    if (rc != 0)
        return rc == NAVETTE_E_INVALID || rc == NAVETTE_E_UNKNOWN ? 0 : rc;
    handover_key_words(event, words);
    absent = words->role == HANDOVER_SAYS_NOTHING ? 1 : absence_of(sight->horizon, event, NULL);
    if (absent == 0 && sight->at_ms != INT64_MAX) {
        int64_t time_ms;

        rc = correction_time(sight->horizon, event, &time_ms, NULL);
        absent = rc != 0 ? rc : time_ms > sight->at_ms;
    }
    if (absent == 0)
        return 1;
    event_free(event);
    return absent < 0 ? absent : 0;
}

static int read_ref(const struct sight *sight, const struct ref *ref, struct journal_entry *entry, struct event *event,
                    struct handover_words *words)
{
    int rc = horizon_find(sight->horizon, ref, entry);

    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    return read_entry(sight, entry, event, words);
}

static int is_unnamed(const struct event *event, const struct handover_words *words)
{
    struct thing_key keys[HANDOVER_KEYS_MAX];
    struct ref own;

    return words->role == HANDOVER_COUNTS && handover_key_named(event, words, keys) == 1 && handover_key_is_ref(&keys[0], &own) &&
           ref_compare(&own, &event->self) == 0;
}

/* The pairing of a count that counts: the last present one in its order. 1 and where it stands, 0, or a code. */
static int find_pairing(const struct sight *sight, const struct ref *count, uint64_t *position)
{
    uint8_t prefix[1 + REF_SIZE] = {HANDOVER_ROW_PAIRING};
    struct prefix_scan scan;
    struct ref last_ref = {.seq = 0};
    uint64_t last_hlc = 0;
    struct span key;
    struct span value;
    int found = 0;
    int rc;

    ref_encode(count, prefix + 1);
    rc = horizon_scan(sight->horizon->state, TABLE_HANDOVER, span_of(prefix, sizeof(prefix)), &scan);
    if (rc != 0)
        return rc;
    while ((rc = horizon_scan_next(&scan, &key, &value)) == 0) {
        struct journal_entry entry;
        struct handover_words words;
        struct event event;
        uint64_t at = key.len == sizeof(prefix) + 8 ? read_u64(key.data + sizeof(prefix)) : 0;

        if (at > sight->horizon->limit)
            continue;
        rc = horizon_held(journal_read(sight->horizon->journal, at, &entry));
        if (rc == 0)
            rc = read_entry(sight, &entry, &event, &words);
        if (rc < 0)
            break;
        if (rc == 0)
            continue;
        if (!found || order_compare(event.body->hlc, &event.self, last_hlc, &last_ref) > 0) {
            last_hlc = event.body->hlc;
            last_ref = event.self;
            *position = at;
            found = 1;
        }
        event_free(&event);
    }
    horizon_scan_close(&scan);
    return rc < 0 && rc != NAVETTE_E_NOT_FOUND ? rc : found;
}

int handover_set_paired(const struct horizon *horizon, const struct ref *count, struct keymap *names)
{
    uint8_t prefix[1 + REF_SIZE] = {HANDOVER_ROW_PAIRING};
    struct prefix_scan scan;
    struct span key;
    struct span value;
    int rc;

    ref_encode(count, prefix + 1);
    rc = horizon_scan(horizon->state, TABLE_HANDOVER, span_of(prefix, sizeof(prefix)), &scan);
    while (rc == 0 && (rc = horizon_scan_next(&scan, &key, &value)) == 0) {
        struct thing_key keys[HANDOVER_KEYS_MAX];
        struct handover_words words;
        struct journal_entry entry;
        struct event event;
        uint32_t number;
        size_t named;

        rc = key.len == sizeof(prefix) + 8 ? 0 : NAVETTE_E_STORE;
        if (rc == 0)
            rc = horizon_held(journal_read(horizon->journal, read_u64(key.data + sizeof(prefix)), &entry));
        if (rc == 0)
            rc = horizon_held(horizon_decode(&entry, &event));
        if (rc != 0)
            break;
        handover_key_words(&event, &words);
        named = handover_key_named(&event, &words, keys);
        for (size_t i = 0; rc == 0 && i < named; i++)
            rc = keymap_number(names, thing_key_span(&keys[i]), &number);
        event_free(&event);
    }
    horizon_scan_close(&scan);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

/* Does this pairing say where its count belongs? The count has to be there, name nothing itself, and have no later one. */
static int is_pairing(const struct sight *sight, const struct event *event, uint64_t position)
{
    struct ref count = event_ref(event->body->handover_paired->count, &event->self);
    struct handover_words words;
    struct journal_entry entry;
    struct event counted;
    uint64_t last = 0;
    int rc = read_ref(sight, &count, &entry, &counted, &words);

    if (rc <= 0)
        return rc;
    rc = is_unnamed(&counted, &words);
    event_free(&counted);
    if (rc > 0)
        rc = find_pairing(sight, &count, &last);
    return rc > 0 ? last == position : rc;
}

/* The names that one member gives the hand-over. */
static int add_names(const struct horizon *horizon, struct handover_set *set, const struct handover_member *member)
{
    struct thing_key keys[HANDOVER_KEYS_MAX + 1];
    size_t count = handover_key_named(&member->event, &member->words, keys);
    struct ref other;
    int rc = 0;

    if (handover_key_is_target(&member->words))
        handover_key_of_ref(&member->event.self, &keys[count++]);
    if (member->words.role == HANDOVER_PAIRS) {
        other = event_ref(member->event.body->handover_paired->count, &member->event.self);
        handover_key_of_ref(&other, &keys[count++]);
    }
    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = add_key(horizon, set, &keys[i]);
    return rc;
}

static int add_member(struct handover_set *set, const struct event *event, const struct handover_words *words)
{
    if (set->count == set->capacity) {
        size_t capacity = set->capacity == 0 ? 16 : set->capacity * 2;
        struct handover_member *members = realloc(set->members, capacity * sizeof(*members));

        if (members == NULL)
            return NAVETTE_E_MEMORY;
        set->members = members;
        set->capacity = capacity;
    }
    set->members[set->count++] = (struct handover_member){.event = *event, .words = *words};
    return 0;
}

static int take_entry(const struct sight *sight, struct handover_set *set, const struct journal_entry *entry)
{
    struct handover_words words;
    struct event event;
    uint8_t bytes[8];
    uint32_t number;
    size_t seen = set->positions.count;
    uint64_t pairing;
    int rc;

    write_u64(bytes, entry->position);
    rc = keymap_number(&set->positions, span_of(bytes, sizeof(bytes)), &number);
    if (rc != 0 || number < seen)
        return rc;
    rc = read_entry(sight, entry, &event, &words);
    if (rc <= 0)
        return rc;
    rc = words.role == HANDOVER_PAIRS ? is_pairing(sight, &event, entry->position) : 1;
    if (rc > 0)
        rc = add_member(set, &event, &words) == 0 ? 1 : NAVETTE_E_MEMORY;
    if (rc <= 0) {
        event_free(&event);
        return rc;
    }
    rc = add_names(sight->horizon, set, &set->members[set->count - 1]);
    if (rc == 0 && is_unnamed(&event, &words)) {
        struct journal_entry paired;

        rc = find_pairing(sight, &event.self, &pairing);
        if (rc > 0)
            rc = horizon_held(journal_read(sight->horizon->journal, pairing, &paired));
        else
            return rc;
        return rc == 0 ? take_entry(sight, set, &paired) : rc;
    }
    return rc;
}

static int take_position(const struct sight *sight, struct handover_set *set, uint64_t position)
{
    struct journal_entry entry;
    int rc = horizon_held(journal_read(sight->horizon->journal, position, &entry));

    return rc == 0 ? take_entry(sight, set, &entry) : rc;
}

/* What a reference points to. */
static int take_target(const struct sight *sight, struct handover_set *set, const struct ref *ref)
{
    struct journal_entry entry;
    struct handover_words words;
    struct event event;
    int rc = read_ref(sight, ref, &entry, &event, &words);

    if (rc <= 0)
        return rc;
    event_free(&event);
    return handover_key_is_target(&words) ? take_entry(sight, set, &entry) : 0;
}

/* All that names one key, and what it points to. */
static int take_key(const struct sight *sight, struct handover_set *set, const struct thing_key *key)
{
    uint8_t prefix[HANDOVER_ROW_MAX] = {HANDOVER_ROW_EVENT};
    struct prefix_scan scan;
    struct span found;
    struct span value;
    struct ref ref;
    int rc;

    memcpy(prefix + 1, key->bytes, key->len);
    rc = horizon_scan(sight->horizon->state, TABLE_HANDOVER, span_of(prefix, 1u + key->len), &scan);
    while (rc == 0 && (rc = horizon_scan_next(&scan, &found, &value)) == 0) {
        uint64_t position = found.len == 1u + key->len + 8u ? read_u64(found.data + 1 + key->len) : 0;

        if (position <= sight->horizon->limit)
            rc = take_position(sight, set, position);
    }
    horizon_scan_close(&scan);
    if (rc != NAVETTE_E_NOT_FOUND || !handover_key_is_ref(key, &ref))
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    return take_target(sight, set, &ref);
}

static int compare_members(const void *a, const void *b)
{
    const struct handover_member *one = a;
    const struct handover_member *other = b;

    return order_compare(one->event.body->hlc, &one->event.self, other->event.body->hlc, &other->event.self);
}

static int copy_keys(struct handover_set *set)
{
    set->key_count = set->names.count;
    set->keys = calloc(set->key_count == 0 ? 1 : set->key_count, sizeof(*set->keys));
    if (set->keys == NULL)
        return NAVETTE_E_MEMORY;
    for (size_t i = 0; i < set->key_count; i++) {
        struct span bytes = keymap_key(&set->names, (uint32_t)i);

        set->keys[i].len = (uint16_t)bytes.len;
        memcpy(set->keys[i].bytes, bytes.data, bytes.len);
    }
    return 0;
}

static size_t index_of(const struct handover_set *set, const struct thing_key *key)
{
    uint32_t number;

    return keymap_find(&set->names, thing_key_span(key), &number) ? number : SIZE_MAX;
}

/* The member that pairs this count, or the one a reference points to. */
static const struct handover_member *member_of(const struct handover_set *set, const struct ref *ref, int pairs)
{
    for (size_t i = 0; i < set->count; i++) {
        const struct handover_member *member = &set->members[i];
        struct ref self = member->event.self;

        if (pairs ? member->words.role != HANDOVER_PAIRS : !handover_key_is_target(&member->words))
            continue;
        if (pairs)
            self = event_ref(member->event.body->handover_paired->count, &member->event.self);
        if (ref_compare(&self, ref) == 0)
            return member;
    }
    return NULL;
}

/* Which of the names it counts for: a slip before a stop; a reference stands for what it points to, at most LIMIT_RETRACTION_DEPTH times. */
static size_t part_of(const struct handover_set *set, const struct handover_member *member)
{
    struct thing_key keys[HANDOVER_KEYS_MAX];
    size_t part = SIZE_MAX;

    for (unsigned int depth = 0; member != NULL && depth < LIMIT_RETRACTION_DEPTH; depth++) {
        size_t count = handover_key_named(&member->event, &member->words, keys);
        const struct handover_member *next = NULL;
        struct ref ref;
        size_t at = SIZE_MAX;

        if (count == 0)
            handover_key_of_ref(&member->event.self, &keys[count++]);
        for (size_t i = 0; at == SIZE_MAX && i < count; i++)
            at = index_of(set, &keys[i]);
        part = at;
        if (handover_key_is_ref(&keys[0], &ref))
            next = is_unnamed(&member->event, &member->words) ? member_of(set, &member->event.self, 1) : member_of(set, &ref, 0);
        member = next != member ? next : NULL;
    }
    return part;
}

/* Of the names that events give it, which have rows; the one it was asked by when there is none. */
static void choose_name(struct handover_set *set)
{
    int found = 0;

    for (size_t i = 0; i < set->count; i++) {
        struct thing_key keys[HANDOVER_KEYS_MAX];
        size_t count = handover_key_named(&set->members[i].event, &set->members[i].words, keys);

        for (size_t k = 0; k < count; k++) {
            size_t at = index_of(set, &keys[k]);

            if (at == SIZE_MAX || (found && handover_key_compare(&keys[k], &set->keys[set->canonical]) >= 0))
                continue;
            set->canonical = at;
            found = 1;
        }
    }
}

/* What only a crowded name called here counts for nothing. */
static void place_members(struct handover_set *set)
{
    size_t kept = 0;

    qsort(set->members, set->count, sizeof(*set->members), compare_members);
    for (size_t i = 0; i < set->count; i++)
        set->members[i].part = part_of(set, &set->members[i]);
    for (size_t i = 0; i < set->count; i++) {
        if (set->members[i].part == SIZE_MAX)
            event_free(&set->members[i].event);
        else
            set->members[kept++] = set->members[i];
    }
    set->count = kept;
    choose_name(set);
}

int handover_set_load(const struct horizon *horizon, const struct thing_key *key, struct handover_set *set)
{
    return handover_set_load_at(horizon, INT64_MAX, key, set);
}

int handover_set_load_at(const struct horizon *horizon, int64_t at_ms, const struct thing_key *key, struct handover_set *set)
{
    struct sight sight = {horizon, at_ms};
    int rc;

    memset(set, 0, sizeof(*set));
    keymap_init(&set->names);
    keymap_init(&set->positions);
    rc = add_key(horizon, set, key);
    for (uint32_t i = 0; rc == 0 && i < set->names.count; i++) {
        struct span bytes = keymap_key(&set->names, i);
        struct thing_key name = {.len = (uint16_t)bytes.len};

        memcpy(name.bytes, bytes.data, bytes.len);
        rc = take_key(&sight, set, &name);
    }
    if (rc == 0)
        rc = copy_keys(set);
    if (rc == 0 && set->count > 0)
        place_members(set);
    if (rc != 0)
        handover_set_free(set);
    return rc;
}

void handover_set_free(struct handover_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        event_free(&set->members[i].event);
    free(set->members);
    free(set->keys);
    keymap_free(&set->names);
    keymap_free(&set->positions);
    memset(set, 0, sizeof(*set));
}
