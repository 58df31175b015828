/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/frontier.h"

#include <stdlib.h>
#include <string.h>

#include "fold/horizon.h"
#include "fold/past.h"
#include "navette/fold.h"

#define MARK_KEY_SIZE (NODE_ID_SIZE + 8u)
#define MARK_ROW_SIZE (INCARNATION_SIZE + 3u * 8u)

static int node_of(const Navette__Thing *thing, uint8_t node[NODE_ID_SIZE])
{
    return hex_decode(thing->id, node, NODE_ID_SIZE);
}

/* TABLE_META: position u64 and log of the entry with which a restored hub went on. */
#define RESTORED_NAME "restored"
#define RESTORED_SIZE (8u + INCARNATION_SIZE)

static int note_restored(struct store_txn *state, const struct event *event, uint64_t position)
{
    uint8_t row[RESTORED_SIZE];

    if (event->body->incarnation_started->why != NAVETTE__VERDICT__VERDICT_HUB_RESTORED)
        return 0;
    write_u64(row, position);
    memcpy(row + 8, event->self.incarnation, INCARNATION_SIZE);
    return store_put(state, TABLE_META, span_of_string(RESTORED_NAME), span_of(row, sizeof(row)));
}

/* Is all of which the statement speaks here, before it? 1, 0 or a code. */
static int is_here(struct store_txn *journal, const Navette__Frontier *frontier, uint64_t position)
{
    struct ref last = {.seq = frontier->seq}; /* whatever its leaf */
    struct journal_entry entry;
    int rc;

    if (frontier->seq == 0)
        return 1;
    memcpy(last.incarnation, frontier->incarnation.data, INCARNATION_SIZE);
    rc = journal_find(journal, &last, &entry);
    /* Where it stands a stub says too. */
    return rc == 0 || rc == NAVETTE_E_PRUNED ? entry.position < position : rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

/*
 * What a lost part of the hub's log says of a cursor is true of the journal that was lost: of this one the node has seen what both have in common. And it comes back before the logs of
 * which it speaks: then it states nothing here. Nodes know no positions of the hub and look at hub times only (verdict.h). 1: it counts; 0; or a code.
 */
static int clip_lost(struct store_txn *state, struct store_txn *journal, const struct event *event, uint64_t position, uint64_t *cursor)
{
    struct span row;
    int lost;
    int rc = store_get(state, TABLE_META, span_of_string(RESTORED_NAME), &row);

    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 1 : rc;
    if (row.len != RESTORED_SIZE)
        return NAVETTE_E_STORE;
    lost = position > read_u64(row.data) && memcmp(row.data + 8, event->self.incarnation, INCARNATION_SIZE) != 0;
    if (lost && *cursor >= read_u64(row.data))
        *cursor = read_u64(row.data) - 1;
    return lost ? is_here(journal, event->body->frontier_noted->frontier, position) : 1;
}

int frontier_take(struct store_txn *state, struct store_txn *journal, const struct event *event, uint64_t position)
{
    uint8_t key[MARK_KEY_SIZE];
    uint8_t row[MARK_ROW_SIZE];
    const Navette__Frontier *frontier;
    uint64_t cursor;
    int rc;

    if (event->body->body_case == NAVETTE__EVENT__BODY_INCARNATION_STARTED && event->body->place[0] == '\0')
        return note_restored(state, event, position);
    if (event->body->body_case != NAVETTE__EVENT__BODY_FRONTIER_NOTED || event->body->place[0] != '\0')
        return 0;
    frontier = event->body->frontier_noted->frontier;
    if (node_of(event->body->frontier_noted->node, key) != 0)
        return 0;
    cursor = frontier->hub_cursor;
    rc = clip_lost(state, journal, event, position, &cursor);
    if (rc <= 0)
        return rc;
    write_u64(key + NODE_ID_SIZE, position);
    memcpy(row, frontier->incarnation.data, INCARNATION_SIZE);
    write_u64(row + INCARNATION_SIZE, frontier->seq);
    write_u64(row + INCARNATION_SIZE + 8, cursor);
    write_u64(row + INCARNATION_SIZE + 16, (uint64_t)frontier->hub_time_ms);
    return store_put(state, TABLE_FRONTIER, span_of(key, sizeof(key)), span_of(row, sizeof(row)));
}

int frontier_read(struct span key, struct span row, struct frontier_mark *mark)
{
    if (key.len != MARK_KEY_SIZE || row.len != MARK_ROW_SIZE)
        return NAVETTE_E_STORE;
    memcpy(mark->node, key.data, NODE_ID_SIZE);
    memcpy(mark->incarnation, row.data, INCARNATION_SIZE);
    mark->seq = read_u64(row.data + INCARNATION_SIZE);
    mark->hub_cursor = read_u64(row.data + INCARNATION_SIZE + 8);
    mark->hub_time_ms = (int64_t)read_u64(row.data + INCARNATION_SIZE + 16);
    mark->position = read_u64(key.data + NODE_ID_SIZE);
    return 0;
}

static int fulfils(const struct frontier_mark *mark, const struct frontier_need *need)
{
    if (need->incarnation != NULL && (memcmp(mark->incarnation, need->incarnation, INCARNATION_SIZE) != 0 || mark->seq < need->seq))
        return 0;
    return mark->hub_cursor >= need->hub_cursor && mark->hub_time_ms >= need->hub_time_ms;
}

int frontier_first(struct store_txn *state, const uint8_t node[NODE_ID_SIZE], const struct frontier_need *need, struct frontier_mark *mark)
{
    uint8_t key[MARK_KEY_SIZE];
    struct store_scan *scan;
    struct span found;
    struct span row;
    int rc = store_scan_open(state, TABLE_FRONTIER, &scan);

    if (rc != 0)
        return rc;
    memcpy(key, node, NODE_ID_SIZE);
    write_u64(key + NODE_ID_SIZE, need->after == UINT64_MAX ? UINT64_MAX : need->after + 1);
    rc = state->ops->scan_from(scan, span_of(key, sizeof(key)), &found, &row);
    while (rc == 0) {
        if (found.len < NODE_ID_SIZE || memcmp(found.data, node, NODE_ID_SIZE) != 0) {
            rc = NAVETTE_E_NOT_FOUND;
            break;
        }
        rc = frontier_read(found, row, mark);
        if (rc != 0 || fulfils(mark, need))
            break;
        rc = state->ops->scan_next(scan, &found, &row);
    }
    state->ops->scan_close(scan);
    return rc;
}

int frontier_last(struct store_txn *state, const uint8_t node[NODE_ID_SIZE], uint64_t known, struct frontier_mark *mark)
{
    uint8_t key[MARK_KEY_SIZE];
    struct span found;
    struct span row;
    int rc;

    memcpy(key, node, NODE_ID_SIZE);
    write_u64(key + NODE_ID_SIZE, known);
    rc = store_last(state, TABLE_FRONTIER, span_of(key, sizeof(key)), &found, &row);
    if (rc == 0 && (found.len != MARK_KEY_SIZE || memcmp(found.data, node, NODE_ID_SIZE) != 0))
        rc = NAVETTE_E_NOT_FOUND;
    if (rc == 0)
        rc = frontier_read(found, row, mark);
    return rc;
}

static int compare_places(const void *a, const void *b)
{
    return strcmp(((const struct frontier_silence *)a)->place, ((const struct frontier_silence *)b)->place);
}

/* The oldest of a place's nodes comes first. */
static int compare_heard(const void *a, const void *b)
{
    const struct frontier_silence *one = a;
    const struct frontier_silence *other = b;
    int order = compare_places(a, b);

    if (order == 0)
        order = (one->since_ms > other->since_ms) - (one->since_ms < other->since_ms);
    return order != 0 ? order : memcmp(one->node, other->node, NODE_ID_SIZE);
}

/* What was heard, one node and place at a time. */
struct hearing {
    struct frontier_silences *silences;
    size_t capacity;
};

static int hear(struct hearing *hearing, const char *place, const uint8_t node[NODE_ID_SIZE], int64_t since_ms)
{
    struct frontier_silences *heard = hearing->silences;
    struct frontier_silence *added;
    size_t len = strlen(place);

    if (len > LIMIT_PLACE_CODE)
        return NAVETTE_E_STORE;
    if (heard->count == hearing->capacity) {
        size_t capacity = hearing->capacity == 0 ? 64 : hearing->capacity * 2;
        struct frontier_silence *list = realloc(heard->list, capacity * sizeof(*list));

        if (list == NULL)
            return NAVETTE_E_MEMORY;
        heard->list = list;
        hearing->capacity = capacity;
    }
    added = &heard->list[heard->count++];
    memset(added, 0, sizeof(*added));
    memcpy(added->place, place, len);
    memcpy(added->node, node, NODE_ID_SIZE);
    added->since_ms = since_ms;
    return 0;
}

/* A place is heard of as far as its oldest node. */
static void merge(struct frontier_silences *heard)
{
    size_t kept = 0;

    if (heard->count == 0)
        return;
    qsort(heard->list, heard->count, sizeof(*heard->list), compare_heard);
    for (size_t i = 1; i < heard->count; i++) {
        if (compare_places(&heard->list[kept], &heard->list[i]) != 0)
            heard->list[++kept] = heard->list[i];
    }
    heard->count = kept + 1;
}

static int hear_node(struct store_txn *state, const Navette__Event *body, uint64_t known, const uint8_t *self, struct hearing *hearing)
{
    const Navette__Thing *thing;
    char *const *places;
    size_t count;
    uint8_t node[NODE_ID_SIZE];
    struct frontier_mark mark;
    int64_t since_ms = 0;
    int rc = 0;

    if (body->body_case == NAVETTE__EVENT__BODY_NODE_ENROLLED) {
        thing = body->node_enrolled->node;
        places = body->node_enrolled->places;
        count = body->node_enrolled->n_places;
    } else if (body->body_case == NAVETTE__EVENT__BODY_RIGHTS_GRANTED) {
        thing = body->rights_granted->node;
        places = body->rights_granted->places;
        count = body->rights_granted->n_places;
    } else {
        return 0;
    }
    if (node_of(thing, node) != 0)
        return 0;
    if (self != NULL && memcmp(self, node, NODE_ID_SIZE) == 0) {
        since_ms = INT64_MAX;
    } else {
        rc = frontier_last(state, node, known, &mark);
        since_ms = rc == 0 ? mark.hub_time_ms : 0;
    }
    rc = rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    for (size_t i = 0; i < count && rc == 0; i++)
        rc = hear(hearing, places[i], node, since_ms);
    return rc;
}

static int hear_all(struct store_txn *state, struct store_txn *journal, uint64_t known, const uint8_t *self,
                    struct frontier_silences *heard)
{
    struct past_things things = {.scan = NULL};
    struct hearing hearing = {.silences = heard};
    struct thing_record record;
    struct horizon horizon;
    int rc = horizon_open_at(&horizon, state, journal, known);

    if (rc == 0)
        rc = past_things_open(&things, &horizon, NAVETTE__THING_KIND__THING_NODE, NAVETTE__THING_KIND__THING_NODE);
    while (rc == 0 && (rc = past_things_next(&things, &record)) == 0) {
        struct event decided;

        rc = fold_decided_known(state, journal, &record.key, known, &decided);
        thing_record_free(&record);
        if (rc == 0)
            rc = hear_node(state, decided.body, known, self, &hearing);
        event_free(&decided);
        if (rc == NAVETTE_E_NOT_FOUND)
            rc = 0;
    }
    past_things_close(&things);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

int frontier_silent(struct store_txn *state, struct store_txn *journal, int64_t at_ms, uint64_t known, const uint8_t *self,
                    struct frontier_silences *silences)
{
    size_t kept = 0;
    int rc;

    memset(silences, 0, sizeof(*silences));
    rc = hear_all(state, journal, known, self, silences);
    if (rc != 0) {
        frontier_silences_free(silences);
        return rc;
    }
    merge(silences);
    silences->until_ms = INT64_MAX;
    for (size_t i = 0; i < silences->count; i++) {
        int64_t since_ms = silences->list[i].since_ms;

        if (since_ms < at_ms - FRONTIER_QUIET_MS)
            silences->list[kept++] = silences->list[i];
        else if (since_ms < INT64_MAX - FRONTIER_QUIET_MS && since_ms + FRONTIER_QUIET_MS + 1 < silences->until_ms)
            silences->until_ms = since_ms + FRONTIER_QUIET_MS + 1;
    }
    silences->count = kept;
    return 0;
}

void frontier_silences_free(struct frontier_silences *silences)
{
    free(silences->list);
    memset(silences, 0, sizeof(*silences));
}

const struct frontier_silence *frontier_silence_of(const struct frontier_silences *silences, const char *place)
{
    struct frontier_silence wanted;

    if (silences->count == 0 || strlen(place) > LIMIT_PLACE_CODE)
        return NULL;
    memset(&wanted, 0, sizeof(wanted));
    memcpy(wanted.place, place, strlen(place));
    return bsearch(&wanted, silences->list, silences->count, sizeof(*silences->list), compare_places);
}
