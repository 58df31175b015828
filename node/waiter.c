/* SPDX-License-Identifier: Apache-2.0 */
#include "node/waiter.h"

#include <stdio.h>
#include <string.h>

#include "node/compared.h"
#include "node/status.h"

#define WAIT_MAX_S 86400

static int is_in_step(const struct office *office, const struct office_waiter *waiter, struct store_txn *txn, int *in_step)
{
    struct node_progress progress;
    int may;
    int rc = node_progress(office->node, txn, &progress);

    if (waiter->passes != 0) {
        *in_step = node_compare_passes(office->node, &may) >= waiter->passes;
        return rc;
    }
    *in_step = rc == 0 && progress.link == NODE_STREAMING && progress.in_step && progress.answered >= waiter->asked && office->behind == 0;
    return rc;
}

/* The status, with the verdict on top of it. */
static int make_answer(struct office *office, const struct office_waiter *waiter, const struct moment *moment, int in_step, json_t **answer)
{
    json_t *nothing = json_object();
    struct request request = {.json = nothing, .client = waiter->client, .language = waiter->language, .moment = *moment};
    int rc;

    if (office->identity.place_count > 0)
        (void)snprintf(request.place, sizeof request.place, "%s", office->identity.places[0]);
    if (waiter->passes != 0) {
        *answer = compared_show(office, &request, in_step);
        json_decref(nothing);
        return *answer == NULL ? NAVETTE_E_MEMORY : 0;
    }
    rc = status_show(office, &request, answer);
    json_decref(nothing);
    if (rc != 0 || in_step)
        return rc;
    const json_t *link = json_object_get(*answer, "link");
    json_t *note = json_object_get(*answer, "note");
    char waited[32], send[32], take[32];
    (void)snprintf(waited, sizeof waited, "%lld", (long long)((moment->monotonic_ms - waiter->started_ms) / 1000));
    (void)snprintf(send, sizeof send, "%lld", (long long)json_integer_value(json_object_get(link, "to_send")));
    (void)snprintf(take, sizeof take, "%lld", (long long)json_integer_value(json_object_get(link, "to_take")));
    json_t *refusal = json_is_object(note) ? json_incref(note) : request_refuse(&request, "not-in-step", waited, send, take);
    (void)json_object_update(*answer, refusal);
    json_decref(refusal);
    return 0;
}

static struct office_waiter *free_slot(struct office *office)
{
    for (size_t i = 0; i < OFFICE_WAITERS; i++)
        if (office->waiters[i].client == 0)
            return &office->waiters[i];
    return NULL;
}

static int add(struct office *office, const struct request *request, uint64_t passes, json_t **answer)
{
    int64_t wait_s = request_number(request, "wait");
    struct office_waiter waiter = {.client = request->client,
                                   .started_ms = request->moment.monotonic_ms,
                                   .deadline_ms = request->moment.monotonic_ms,
                                   .passes = passes,
                                   .language = request->language};
    struct office_waiter *slot = free_slot(office);
    int rc;

    if (wait_s > 0)
        waiter.deadline_ms += (wait_s < WAIT_MAX_S ? wait_s : WAIT_MAX_S) * 1000;
    waiter.asked = node_ask(office->node);
    rc = office->link != NULL ? link_executor_nudge(office->link, &request->moment) : 0;
    if (rc != 0)
        return rc;
    if (wait_s <= 0 || office->link == NULL || slot == NULL)
        return make_answer(office, &waiter, &request->moment, 0, answer);
    *slot = waiter;
    return 0;
}

int waiter_add(struct office *office, const struct request *request, json_t **answer)
{
    return add(office, request, 0, answer);
}

int waiter_compare(struct office *office, const struct request *request, json_t **answer)
{
    int may;
    uint64_t passes = node_compare_passes(office->node, &may);

    node_compare_begin(office->node);
    return add(office, request, passes + 1, answer);
}

int waiter_next(struct office *office, const struct moment *moment, uint64_t *client, json_t **answer)
{
    struct store_txn *txn = NULL;
    int rc = NAVETTE_E_NOT_FOUND;

    for (size_t i = 0; i < OFFICE_WAITERS && rc == NAVETTE_E_NOT_FOUND; i++) {
        struct office_waiter *waiter = &office->waiters[i];
        int in_step = 0, late = moment->monotonic_ms >= waiter->deadline_ms;
        if (waiter->client == 0)
            continue;
        int read = lmdb_read_begin(office->store, &txn);
        if (read == 0)
            read = is_in_step(office, waiter, txn, &in_step);
        lmdb_abort(txn);
        txn = NULL;
        if (read != 0)
            return read;
        if (!in_step && !late)
            continue;
        *client = waiter->client;
        rc = make_answer(office, waiter, moment, in_step, answer);
        waiter->client = 0;
    }
    return rc;
}

int64_t waiter_deadline(const struct office *office)
{
    int64_t first = INT64_MAX;

    for (size_t i = 0; i < OFFICE_WAITERS; i++)
        if (office->waiters[i].client != 0 && office->waiters[i].deadline_ms < first)
            first = office->waiters[i].deadline_ms;
    return first;
}
