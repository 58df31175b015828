/* SPDX-License-Identifier: Apache-2.0 */
#include "reconcile/ledger.h"

#include <string.h>

#include "fold/absence.h"
#include "reconcile/reconcile.h"

#define ROW_EVENT 1u
#define ROW_SUM 2u
#define ROW_NAMED 3u
#define PAIR '\x1f' /* between the places of a leg without a slip: no slip holds a control character */
#define LEG_POOL 5u

struct key {
    uint8_t bytes[LEDGER_KEY_MAX];
    size_t len;
};

static void add_text(struct key *key, const char *text)
{
    size_t len = strlen(text) + 1;

    memcpy(key->bytes + key->len, text, len);
    key->len += len;
}

static void make(struct key *key, const char *kind, char what, const char *name, char end, const char *place)
{
    key->bytes[0] = ROW_SUM;
    key->len = 1;
    add_text(key, kind);
    key->bytes[key->len++] = (uint8_t)what;
    add_text(key, name);
    if (end != '\0')
        key->bytes[key->len++] = (uint8_t)end;
    if (place != NULL)
        add_text(key, place);
}

static int sum_of(struct store_txn *state, const struct key *key, int64_t *sum)
{
    struct span value;
    int rc = store_get(state, TABLE_POOL, span_of(key->bytes, key->len), &value);

    *sum = 0;
    if (rc == 0 && value.len != 8)
        rc = NAVETTE_E_STORE;
    if (rc == 0)
        *sum = (int64_t)read_u64(value.data);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

static int read_sum(struct store_txn *state, const char *kind, char what, const char *name, char end, int64_t *sum)
{
    struct key key;

    make(&key, kind, what, name, end, NULL);
    return sum_of(state, &key, sum);
}

static int add(struct store_txn *state, const char *kind, char what, const char *name, char end, const char *place, int64_t difference)
{
    uint8_t bytes[8];
    struct key key;
    int64_t sum;
    int rc;

    make(&key, kind, what, name, end, place);
    rc = sum_of(state, &key, &sum);
    if (rc != 0 || difference == 0)
        return rc;
    sum = (int64_t)((uint64_t)sum + (uint64_t)difference);
    if (sum == 0)
        return store_del(state, TABLE_POOL, span_of(key.bytes, key.len));
    write_u64(bytes, (uint64_t)sum);
    return store_put(state, TABLE_POOL, span_of(key.bytes, key.len), span_of(bytes, sizeof(bytes)));
}

/* ---- which events */

/* The rows of the events of one place or end begin so. */
static void make_named(struct key *key, const char *kind, char what, const char *name, char end)
{
    make(key, kind, what, name, end, NULL);
    key->bytes[0] = ROW_NAMED;
}

static int note_event(const struct horizon *horizon, const struct event *event, int64_t sign, const struct key *prefix)
{
    uint8_t bytes[LEDGER_EVENT_MAX];
    struct span row;
    int rc;

    memcpy(bytes, prefix->bytes, prefix->len);
    write_u64(bytes + prefix->len, event->body->hlc);
    ref_encode(&event->self, bytes + prefix->len + 8);
    row = span_of(bytes, prefix->len + 8 + REF_SIZE);
    if (sign > 0)
        return store_put(horizon->state, TABLE_POOL, row, span_of("", 0));
    /* one event may name a kind twice */
    rc = store_del(horizon->state, TABLE_POOL, row);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

/* The last ones, at most `most`. */
static int add_events(const struct horizon *horizon, const struct key *prefix, size_t most, struct discrepancy_finding *finding)
{
    uint8_t bytes[LEDGER_EVENT_MAX];
    struct store_scan *scan;
    struct span found;
    struct span value;
    size_t count = 0;
    int rc = store_scan_open(horizon->state, TABLE_POOL, &scan);

    if (rc != 0)
        return rc;
    memcpy(bytes, prefix->bytes, prefix->len);
    memset(bytes + prefix->len, 0xff, 8 + REF_SIZE);
    rc = horizon->state->ops->scan_upto(scan, span_of(bytes, prefix->len + 8 + REF_SIZE), &found, &value);
    while (rc == 0 && count < most && found.len == prefix->len + 8 + REF_SIZE && memcmp(found.data, prefix->bytes, prefix->len) == 0) {
        struct ref ref;

        ref_decode(found.data + prefix->len + 8, &ref);
        reconcile_add_event(finding, &ref);
        count++;
        rc = horizon->state->ops->scan_prev(scan, &found, &value);
    }
    horizon->state->ops->scan_close(scan);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

static int add_named(const struct horizon *horizon, const char *kind, char what, const char *name, char end, size_t most,
                     struct discrepancy_finding *finding)
{
    struct key prefix;

    make_named(&prefix, kind, what, name, end);
    return add_events(horizon, &prefix, most, finding);
}

/* ---- what is found */

static int subject_of(const char *kind, struct thing_key *subject)
{
    return thing_key_make(NAVETTE__THING_KIND__THING_POOL, "", kind, subject) == 0 ? 0 : NAVETTE_E_STORE;
}

/* into: findings afresh, instead of what is kept. */
static int keep(const struct horizon *horizon, const char *kind, char what, const char *name, int is_found,
                struct discrepancy_finding *finding, struct discrepancy_findings *into)
{
    uint8_t leg[2 + LIMIT_CODE + 2 * (LIMIT_PLACE_CODE + 1)];
    struct thing_key subject;
    size_t len = strlen(name);
    int rc = subject_of(kind, &subject);

    if (rc != 0)
        return rc;
    finding->kind = DISCREPANCY_LEDGER;
    leg[0] = LEG_POOL;
    leg[1] = (uint8_t)what;
    memcpy(leg + 2, name, len);
    reconcile_identify(&subject, leg, 2 + len, finding);
    if (into != NULL)
        return is_found ? reconcile_gather(into, finding) : 0;
    return reconcile_replace(horizon->state, &subject, finding->id, is_found ? finding : NULL, horizon->limit);
}

/* It has given, and let be collected, no more than it had and its persons kept. */
static int look_at_place(const struct horizon *horizon, const char *kind, const char *place, int kept, struct discrepancy_findings *into)
{
    struct discrepancy_finding finding;
    int64_t stock, held, collected;
    int is_found;
    int rc = read_sum(horizon->state, kind, 'S', place, '\0', &stock);

    if (rc == 0)
        rc = read_sum(horizon->state, kind, 'H', place, '\0', &held);
    if (rc == 0)
        rc = read_sum(horizon->state, kind, 'K', place, '\0', &collected);
    if (rc != 0)
        return rc;
    memset(&finding, 0, sizeof(finding));
    reconcile_add_place(&finding, place);
    is_found = kept && (stock < 0 || stock + (held > 0 ? held : 0) < collected);
    if (is_found)
        rc = add_named(horizon, kind, 'S', place, '\0', DISCREPANCY_EVENTS, &finding);
    return rc == 0 ? keep(horizon, kind, 'S', place, is_found, &finding, into) : rc;
}

/* The ends that events of the leg name. */
static int add_ends(const struct horizon *horizon, const char *kind, const char *name, struct discrepancy_finding *finding)
{
    struct prefix_scan scan;
    struct span found;
    struct span value;
    struct key key;
    int rc;

    make(&key, kind, 'L', name, 'p', NULL);
    rc = horizon_scan(horizon->state, TABLE_POOL, span_of(key.bytes, key.len), &scan);
    if (rc != 0)
        return rc;
    while ((rc = horizon_scan_next(&scan, &found, &value)) == 0)
        reconcile_add_place(finding, (const char *)found.data + key.len);
    horizon_scan_close(&scan);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

static int look_at_leg(const struct horizon *horizon, const char *kind, const char *name, int kept, struct discrepancy_findings *into)
{
    int is_pair = strchr(name, PAIR) != NULL;
    struct discrepancy_finding finding;
    int64_t sent, received;
    int is_found;
    int rc = read_sum(horizon->state, kind, 'L', name, 's', &sent);

    if (rc == 0)
        rc = read_sum(horizon->state, kind, 'L', name, 'r', &received);
    memset(&finding, 0, sizeof(finding));
    if (rc == 0)
        rc = add_ends(horizon, kind, name, &finding);
    if (rc != 0)
        return rc;
    /* who did not say from whom it came tells nothing about a pair */
    is_found = kept && received > 0 && (is_pair ? name[0] != PAIR && received > sent : received != sent);
    if (is_found)
        rc = add_named(horizon, kind, 'L', name, 'r', DISCREPANCY_EVENTS / 2, &finding);
    if (is_found && rc == 0)
        rc = add_named(horizon, kind, 'L', name, 's', DISCREPANCY_EVENTS / 2, &finding);
    return rc == 0 ? keep(horizon, kind, 'L', name, is_found, &finding, into) : rc;
}

static int is_kept(const struct horizon *horizon, const char *kind, int *kept)
{
    int64_t count;
    int rc = read_sum(horizon->state, kind, 'C', "", '\0', &count);

    *kept = count > 0;
    return rc;
}

/* ---- what an event moves */

struct moving {
    const struct horizon *horizon;
    const struct event *event;
    const char *place;
    int64_t sign;
};

static int look_at(const struct moving *moving, const char *kind, const char *leg)
{
    int kept;
    int rc = is_kept(moving->horizon, kind, &kept);

    if (rc == 0)
        rc = look_at_place(moving->horizon, kind, moving->place, kept, NULL);
    return rc == 0 && leg != NULL ? look_at_leg(moving->horizon, kind, leg, kept, NULL) : rc;
}

static void name_leg(const char *slip, const char *from, const char *to, char name[LIMIT_CODE + 2 * (LIMIT_PLACE_CODE + 1)])
{
    size_t from_len = strlen(from);

    if (slip[0] != '\0') {
        memcpy(name, slip, strlen(slip) + 1);
        return;
    }
    memcpy(name, from, from_len);
    name[from_len] = PAIR;
    memcpy(name + from_len + 1, to, strlen(to) + 1);
}

static int move_leg(const struct moving *moving, const Navette__PoolCount *pool, char end, const char *slip, const char *from,
                    const char *to)
{
    struct store_txn *state = moving->horizon->state;
    char name[LIMIT_CODE + 2 * (LIMIT_PLACE_CODE + 1)];
    struct key prefix;
    int rc;

    name_leg(slip, from, to, name);
    make_named(&prefix, pool->kind, 'L', name, end);
    rc = note_event(moving->horizon, moving->event, moving->sign, &prefix);
    if (rc == 0)
        rc = add(state, pool->kind, 'L', name, end, NULL, moving->sign * (int64_t)pool->count);
    if (rc == 0 && from[0] != '\0')
        rc = add(state, pool->kind, 'L', name, 'p', from, moving->sign);
    if (rc == 0)
        rc = add(state, pool->kind, 'L', name, 'p', to, moving->sign);
    return rc == 0 ? look_at(moving, pool->kind, name) : rc;
}

static int move_pool(const struct moving *moving, const Navette__Event *body, const Navette__PoolCount *pool)
{
    struct store_txn *state = moving->horizon->state;
    int64_t count = moving->sign * (int64_t)pool->count;
    const char *kind = pool->kind;
    struct key prefix;
    int rc = 0;

    make_named(&prefix, kind, 'S', moving->place, '\0');
    if (body->body_case == NAVETTE__EVENT__BODY_DISPATCHED || body->body_case == NAVETTE__EVENT__BODY_COLLECTED ||
        body->body_case == NAVETTE__EVENT__BODY_DELIVERED)
        rc = note_event(moving->horizon, moving->event, moving->sign, &prefix);
    if (rc != 0)
        return rc;
    switch (body->body_case) {
    case NAVETTE__EVENT__BODY_DISPATCHED:
        rc = add(state, kind, 'S', moving->place, '\0', NULL, -count);
        return rc == 0 ? move_leg(moving, pool, 's', body->dispatched->slip, moving->place, body->dispatched->to) : rc;
    case NAVETTE__EVENT__BODY_COLLECTED:
        rc = add(state, kind, 'K', moving->place, '\0', NULL, count);
        return rc == 0 ? move_leg(moving, pool, 's', "", moving->place, body->collected->to) : rc;
    case NAVETTE__EVENT__BODY_RECEIVED:
        rc = add(state, kind, 'S', moving->place, '\0', NULL, count);
        return rc == 0 ? move_leg(moving, pool, 'r', body->received->slip, body->received->from, moving->place) : rc;
    case NAVETTE__EVENT__BODY_DELIVERED:
        count = -count;
        break;
    default: /* returned */
        break;
    }
    rc = add(state, kind, 'S', moving->place, '\0', NULL, count);
    if (rc == 0)
        rc = add(state, kind, 'H', moving->place, '\0', NULL, -count);
    return rc == 0 ? look_at(moving, kind, NULL) : rc;
}

struct looking {
    const struct horizon *horizon;
    const char *kind;
    int kept;
    struct discrepancy_findings *into;
};

static int look_again(const struct ledger_cell *cell, void *context)
{
    const struct looking *looking = context;

    if (strcmp(cell->kind, looking->kind) != 0)
        return 0;
    if (cell->what == 'S' || cell->what == 'K')
        return look_at_place(looking->horizon, cell->kind, cell->name, looking->kept, looking->into);
    return cell->what == 'L' && cell->end == 'r' ? look_at_leg(looking->horizon, cell->kind, cell->name, looking->kept, looking->into) : 0;
}

/* The first commissioning of a kind begins its ledger, and taking it back ends it: all that was said of it is looked at. */
static int move_owned(const struct moving *moving, const Navette__PoolCommissioned *made)
{
    struct looking looking = {.horizon = moving->horizon, .kind = made->kind};
    struct store_txn *state = moving->horizon->state;
    int64_t count = moving->sign * made->count;
    struct key prefix;
    int is_loss = made->count < 0 && made->reason == NAVETTE__REASON__REASON_LONG_MISSING;
    int before;
    int rc = is_kept(moving->horizon, made->kind, &before);

    make_named(&prefix, made->kind, 'S', moving->place, '\0');
    if (rc == 0 && made->count < 0)
        rc = note_event(moving->horizon, moving->event, moving->sign, &prefix);
    if (rc == 0)
        rc = add(state, made->kind, 'S', moving->place, '\0', NULL, count);
    if (rc == 0)
        rc = is_loss ? add(state, made->kind, 'X', "", '\0', NULL, -count) : add(state, made->kind, 'O', "", '\0', NULL, count);
    if (rc == 0)
        rc = add(state, made->kind, 'C', "", '\0', NULL, moving->sign);
    if (rc == 0)
        rc = is_kept(moving->horizon, made->kind, &looking.kept);
    if (rc == 0 && looking.kept != before)
        rc = ledger_each(state, look_again, &looking);
    /* its own place by itself: a sum that has come to nothing has no row */
    return rc == 0 ? look_at(moving, made->kind, NULL) : rc;
}

#define POOLS_OF(lower)                                                                                                                    \
    do {                                                                                                                                   \
        *pools = body->lower->pools;                                                                                                       \
        return body->lower->n_pools;                                                                                                       \
    } while (0)

static size_t pools_of(const Navette__Event *body, Navette__PoolCount ***pools)
{
    switch (body->body_case) {
    case NAVETTE__EVENT__BODY_DISPATCHED:
        POOLS_OF(dispatched);
    case NAVETTE__EVENT__BODY_COLLECTED:
        POOLS_OF(collected);
    case NAVETTE__EVENT__BODY_RECEIVED:
        POOLS_OF(received);
    case NAVETTE__EVENT__BODY_DELIVERED:
        POOLS_OF(delivered);
    case NAVETTE__EVENT__BODY_RETURNED:
        POOLS_OF(returned);
    default:
        return 0;
    }
}

static int move(const struct horizon *horizon, const struct event *event, int64_t sign)
{
    const Navette__Event *body = event->body;
    struct moving moving = {.horizon = horizon, .event = event, .place = body->place, .sign = sign};
    Navette__PoolCount **pools;
    size_t count = pools_of(body, &pools);
    int rc = 0;

    if (body->body_case == NAVETTE__EVENT__BODY_POOL_COMMISSIONED)
        return move_owned(&moving, body->pool_commissioned);
    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = move_pool(&moving, body, pools[i]);
    return rc;
}

static int has_pools(const Navette__Event *body)
{
    Navette__PoolCount **pools;

    return body->body_case == NAVETTE__EVENT__BODY_POOL_COMMISSIONED || pools_of(body, &pools) > 0;
}

/* Counts it, or takes it out, when that is not as the row says. */
static int settle(const struct horizon *horizon, const struct event *event, uint64_t position)
{
    uint8_t key[9] = {ROW_EVENT};
    uint8_t counted;
    struct span value;
    int was = 0;
    int absent = absence_of(horizon, event, NULL);
    int rc;

    if (absent < 0)
        return absent;
    write_u64(key + 1, position);
    rc = store_get(horizon->state, TABLE_POOL, span_of(key, sizeof(key)), &value);
    if (rc == 0 && value.len != 1)
        return NAVETTE_E_STORE;
    if (rc == 0)
        was = value.data[0];
    if (rc != 0 && rc != NAVETTE_E_NOT_FOUND)
        return rc;
    counted = (uint8_t)!absent;
    if (rc == 0 && was == counted)
        return 0;
    rc = store_put(horizon->state, TABLE_POOL, span_of(key, sizeof(key)), span_of(&counted, 1));
    if (rc != 0 || was == counted)
        return rc;
    return move(horizon, event, counted ? 1 : -1);
}

int ledger_take(const struct horizon *horizon, const struct event *event)
{
    return has_pools(event->body) ? settle(horizon, event, horizon->limit) : 0;
}

int ledger_again(const struct horizon *horizon, const struct event *event)
{
    struct journal_entry entry;
    int rc;

    if (!has_pools(event->body))
        return 0;
    rc = horizon_held(horizon_find(horizon, &event->self, &entry));
    return rc == 0 ? settle(horizon, event, entry.position) : rc;
}

int ledger_find(const struct horizon *horizon, const char *kind, struct discrepancy_findings *findings)
{
    struct looking looking = {.horizon = horizon, .kind = kind, .into = findings};
    int rc = is_kept(horizon, kind, &looking.kept);

    memset(findings, 0, sizeof(*findings));
    if (rc == 0)
        rc = ledger_each(horizon->state, look_again, &looking);
    reconcile_finish(findings);
    if (rc != 0)
        discrepancy_free(findings);
    return rc;
}
