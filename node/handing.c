/* SPDX-License-Identifier: Apache-2.0 */
#include "node/handing.h"

#include <stdio.h>
#include <string.h>

#include "io/json_event.h"
#include "navette/journal.h"
#include "navette/system.h"

#define NUMBER_BYTES 5u

static int direction_of(const char *text)
{
    int value = text[0] != '\0' ? json_event_enum_value(&navette__handover_direction__descriptor, text) : 0;

    return value > 0 ? value : 0;
}

void handing_typed(const struct operation *operation, struct handing *handing)
{
    const char *slip = operation_text(operation, "slip");

    memset(handing, 0, sizeof *handing);
    if (ref_parse(slip, &handing->dispatch) != 0) {
        handing->dispatch.seq = 0;
        (void)snprintf(handing->slip, sizeof handing->slip, "%s", slip);
    }
    (void)snprintf(handing->round, sizeof handing->round, "%s", operation_text(operation, "round"));
    handing->stop = (uint32_t)operation_number(operation, "stop");
    handing->direction = direction_of(operation_text(operation, "direction"));
}

int handing_names_any(const struct handing *handing)
{
    return handing->dispatch.seq != 0 || handing->slip[0] != '\0' || (handing->round[0] != '\0' && handing->stop > 0);
}

static void take_dispatch(const Navette__Dispatched *body, struct handing *handing)
{
    (void)snprintf(handing->slip, sizeof handing->slip, "%s", body->slip);
    if (body->round == NULL || handing->slip[0] != '\0')
        return;
    (void)snprintf(handing->round, sizeof handing->round, "%s", body->round->id);
    handing->stop = body->stop;
    handing->direction = (int)body->direction;
}

static void take_collected(const Navette__Collected *body, struct handing *handing)
{
    (void)snprintf(handing->slip, sizeof handing->slip, "%s", body->slip);
    if (body->round == NULL || handing->slip[0] != '\0')
        return;
    (void)snprintf(handing->round, sizeof handing->round, "%s", body->round->id);
    handing->stop = body->stop;
    handing->direction = NAVETTE__HANDOVER_DIRECTION__DIRECTION_BACK;
}

void handing_of_scan(struct store_txn *txn, const struct operation *operation, const struct whereabouts *where, struct handing *handing)
{
    struct journal_entry entry;
    struct event event;

    handing_typed(operation, handing);
    if (handing_names_any(handing) || where == NULL || where->root.custody != CUSTODY_TRANSIT)
        return;
    if (journal_find(txn, &where->root.cause, &entry) != 0 || event_decode(entry.event, &event) != 0)
        return;
    if (event.body->body_case == NAVETTE__EVENT__BODY_DISPATCHED)
        take_dispatch(event.body->dispatched, handing);
    else if (event.body->body_case == NAVETTE__EVENT__BODY_COLLECTED)
        take_collected(event.body->collected, handing);
    event_free(&event);
}

int handing_check(const struct request *request, json_t **answer)
{
    static const char *const names[] = {"stop", NULL};
    const char *slip = request_text(request, "slip");
    uint32_t stop;
    struct ref ref;

    if (!request_counts(request, names, &stop, answer) ||
        request_word(request, "direction", &navette__handover_direction__descriptor, answer) < 0)
        return 0;
    if (stop > 0 && request_text(request, "round")[0] == '\0')
        *answer = request_refuse(request, "stop-without-round", NULL, NULL, NULL);
    else if (strlen(request_text(request, "round")) > LIMIT_THING_ID)
        *answer = request_refuse(request, "too-long", "--round", "64", NULL);
    else if (strlen(slip) > LIMIT_CODE && ref_parse(slip, &ref) != 0)
        *answer = request_refuse(request, "bad-slip", slip, NULL, NULL);
    return *answer == NULL;
}

void handing_number(const char *place, char out[HANDING_SLIP_SIZE])
{
    uint8_t bytes[NUMBER_BYTES];
    char text[NUMBER_BYTES * 8u / 5u + 1u];

    system_random(bytes, sizeof bytes);
    base32_encode(bytes, sizeof bytes, text);
    (void)snprintf(out, HANDING_SLIP_SIZE, "%.*s-%s", (int)LIMIT_PLACE_CODE, place, text);
}

static int find_handover(struct store_txn *txn, const struct handing *handing, struct handover *handover)
{
    struct thing_key key;

    if (handing->slip[0] != '\0' && handover_key_of_slip(handing->slip, &key) == 0)
        return handover_read(txn, txn, &key, handover);
    if (handing->dispatch.seq != 0)
        return handover_read_ref(txn, txn, &handing->dispatch, handover);
    if (handing->round[0] != '\0' && handing->stop > 0 &&
        handover_key_of_stop(handing->round, handing->stop, handing->direction, &key) == 0)
        return handover_read(txn, txn, &key, handover);
    return NAVETTE_E_NOT_FOUND;
}

/* What is recorded at a counter waits for nobody: of what was given up here (journal_stub.h) nothing is known yet. */
static int read_handover(struct store_txn *txn, const struct handing *handing, struct handover *handover)
{
    int rc = find_handover(txn, handing, handover);

    return rc == NAVETTE_E_PRUNED ? NAVETTE_E_NOT_FOUND : rc;
}

int handing_peer(struct store_txn *txn, const struct handing *handing, int party, char peer[LIMIT_PLACE_CODE + 1])
{
    struct handover handover;
    int rc = read_handover(txn, handing, &handover);

    peer[0] = '\0';
    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    (void)snprintf(peer, LIMIT_PLACE_CODE + 1, "%s", party == HANDOVER_GIVER ? handover.to : handover.from);
    handover_free(&handover);
    return 0;
}

void handing_pools(const struct request *request, struct draft *draft)
{
    const json_t *pools = json_object_get(request->json, "pools");
    size_t count = json_array_size(pools);

    for (size_t i = 0; i < count && draft->pool_count < DRAFT_POOLS; i++) {
        const json_t *row = json_array_get(pools, i);
        const char *kind = json_string_value(json_object_get(row, "kind"));
        Navette__PoolCount *pool = &draft->pool[draft->pool_count];
        navette__pool_count__init(pool);
        pool->kind = draft_text(kind != NULL ? kind : "");
        pool->count = (uint32_t)json_integer_value(json_object_get(row, "count"));
        draft->pools[draft->pool_count++] = pool;
    }
}

void handing_read(const struct request *request, struct handing *handing)
{
    const char *slip = request_text(request, "slip");
    json_t *ignored = NULL;
    int direction = request_word(request, "direction", &navette__handover_direction__descriptor, &ignored);

    json_decref(ignored);
    memset(handing, 0, sizeof *handing);
    if (ref_parse(slip, &handing->dispatch) != 0) {
        handing->dispatch.seq = 0;
        (void)snprintf(handing->slip, sizeof handing->slip, "%s", slip);
    }
    (void)snprintf(handing->round, sizeof handing->round, "%s", request_text(request, "round"));
    handing->stop = (uint32_t)request_number(request, "stop");
    handing->direction = direction > 0 ? direction : 0;
}

uint32_t handing_counted(const struct request *request)
{
    return (request_has(request, "crates") ? HANDOVER_CRATES : 0) | (request_has(request, "bags") ? HANDOVER_BAGS : 0) |
           (request_has(request, "items") ? HANDOVER_ITEMS : 0) | (request_has(request, "pools") ? HANDOVER_POOLS : 0);
}

int handing_whose(struct store_txn *txn, const struct handing *handing, int party, const char *place, char other[LIMIT_PLACE_CODE + 1])
{
    struct handover handover;
    int rc = read_handover(txn, handing, &handover);

    other[0] = '\0';
    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    if (handover.dispatch_count > 0 && strcmp(handover.from, handover.to) != 0) {
        if (party == NAVETTE__HANDOVER_PARTY__PARTY_TAKER && strcmp(place, handover.from) == 0)
            (void)snprintf(other, LIMIT_PLACE_CODE + 1, "%s", handover.to);
        if (party == NAVETTE__HANDOVER_PARTY__PARTY_GIVER && strcmp(place, handover.to) == 0)
            (void)snprintf(other, LIMIT_PLACE_CODE + 1, "%s", handover.from);
    }
    handover_free(&handover);
    return 0;
}
