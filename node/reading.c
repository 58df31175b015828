/* SPDX-License-Identifier: Apache-2.0 */
#include "node/reading.h"

#include <stdio.h>

#include "navette/view_json.h"

int reading_start(struct office *office, const struct request *request, struct reading *reading, json_t **answer)
{
    int rc = lmdb_read_begin(office->store, &reading->txn);

    if (rc != 0)
        return rc;
    office_tz(office, reading->txn, request->place, reading->tz);
    rc = request_moment(request, reading->txn, reading->tz, &reading->moment, answer);
    if (rc != 0)
        lmdb_abort(reading->txn);
    return rc;
}

/* A node that follows its own places says so: its figures are not the network's. */
static void say_partial(const struct office *office, const struct request *request, json_t *view)
{
    char places[512];

    if (!office_is_partial(office))
        return;
    identity_places_text(&office->identity, places, sizeof places);
    (void)json_object_set_new(view, "partial", request_note(request, "partial", places));
}

/* What came to be of its scope is not all here: its figures are short of it. */
static void say_completing(const struct office *office, const struct request *request, json_t *view)
{
    struct node_following following;
    char of[24], here[24];

    if (node_follows(office->node, &following) != 0 || following.back_end == 0)
        return;
    (void)snprintf(here, sizeof here, "%llu", (unsigned long long)following.back_cursor);
    (void)snprintf(of, sizeof of, "%llu", (unsigned long long)following.back_end);
    (void)json_object_set_new(view, "completing", request_refuse(request, "completing", here, of, NULL));
}

int reading_finish(const struct office *office, struct reading *reading, const struct request *request, int rc, json_t *view,
                   json_t **answer)
{
    uint64_t known = reading->moment.known;

    if (rc == 0 && known == VIEW_KNOWN_ALL)
        rc = fold_cursor(reading->txn, &known);
    lmdb_abort(reading->txn);
    if (rc != 0 || *answer != NULL) {
        json_decref(view);
        return rc;
    }
    if (view == NULL)
        return NAVETTE_E_MEMORY;
    (void)json_object_set_new(view, "ok", json_true());
    say_partial(office, request, view);
    say_completing(office, request, view);
    (void)json_object_set_new(view, "as_of", view_json_time(reading->moment.silent_ms, reading->tz));
    (void)json_object_set_new(view, "known", json_integer((json_int_t)known));
    *answer = view;
    return 0;
}

int reading_silent(const struct office *office, const struct reading *reading, struct frontier_silences *silences)
{
    return frontier_silent(reading->txn, reading->txn, reading->moment.silent_ms, reading->moment.known, office->identity.node, silences);
}
