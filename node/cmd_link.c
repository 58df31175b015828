/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "navette/enrol.h"
#include "navette/stick_file.h"
#include "navette/tz.h"
#include "navette/view_json.h"
#include "node/commands.h"
#include "node/rekeying.h"
#include "node/replacing.h"
#include "node/status.h"
#include "node/trusting.h"
#include "node/waiter.h"

#define ENROL_TIMEOUT_MS 5000 /* the one exchange a person waits for; everything else of the daemon waits with them */

/* claim: what the first stick has to bring to a hub that was not asked; empty: none. */
static int keep_identity(struct office *office, const struct identity *identity, struct span claim)
{
    struct store_txn *txn;
    int rc = office_write(office, &txn);

    if (rc != 0)
        return rc;
    rc = identity_store(txn, identity);
    if (rc == 0)
        rc = stick_keep_claim(txn, claim);
    rc = lmdb_end(txn, rc);
    if (rc == 0)
        office->identity = *identity;
    return rc;
}

/* A zone and namespaces of one's own may be given at any time; a place only while none is served. */
static int run_init(struct office *office, const struct request *request, json_t **answer)
{
    struct identity identity = office->identity;
    const char *place = request_text(request, "init_place"), *tz = request_text(request, "tz");
    const json_t *spaces = json_object_get(request->json, "namespaces");
    struct thing_key key;
    char served[512], text[640];
    int rc;

    identity_places_text(&identity, served, sizeof served);
    if (identity.place_count > 0 && (place[0] == '\0' || !identity_serves(&identity, place) || (tz[0] == '\0' && spaces == NULL)))
        *answer = request_refuse(request, "already-initialised", served, NULL, NULL);
    else if (identity.place_count == 0 && place[0] == '\0')
        *answer = request_refuse(request, "missing-option", "--place", "init", NULL);
    else if (thing_key_make(NAVETTE__THING_KIND__THING_PLACE, "", place, &key) != 0)
        *answer = request_refuse(request, "bad-option", "--place", place, "A-Z 0-9 - (32)");
    else if (tz[0] != '\0' && (strlen(tz) > LIMIT_CODE || tz_check(tz) != 0))
        *answer = request_refuse(request, "bad-option", "--tz", tz, "CET-1CEST,M3.5.0,M10.5.0/3");
    if (*answer != NULL)
        return 0;
    if (tz[0] != '\0')
        (void)snprintf(identity.tz, sizeof identity.tz, "%s", tz);
    rc = identity_add_place(&identity, place);
    for (size_t i = 0; i < json_array_size(spaces) && rc == 0; i++) {
        const char *name = json_string_value(json_array_get(spaces, i));
        rc = name != NULL ? identity_add_namespace(&identity, name) : 0;
    }
    if (rc == 0)
        rc = keep_identity(office, &identity, span_of(NULL, 0));
    if (rc != 0)
        return rc;
    identity_places_text(&identity, served, sizeof served);
    message_text(request->language, "initialised", served, NULL, NULL, text, sizeof text);
    *answer = json_pack("{s:b, s:o, s:s}", "ok", 1, "places", status_places(&identity), "text", text);
    return 0;
}

static json_t *enrol_refusal(const struct request *request, const char *endpoint, const char *code, int rc)
{
    switch (rc) {
    case NAVETTE_E_REFUSED:
        return request_refuse(request, "enrol-refused", NULL, NULL, NULL);
    case NAVETTE_E_AMBIGUOUS:
        return request_refuse(request, "enrol-known", NULL, NULL, NULL);
    case NAVETTE_E_CLOSED:
        return request_refuse(request, "enrol-no-answer", endpoint, NULL, NULL);
    case NAVETTE_E_SIGNATURE:
        return request_refuse(request, "enrol-not-the-hub", endpoint, NULL, NULL);
    case NAVETTE_E_BUSY:
        return request_refuse(request, "enrol-busy", NULL, NULL, NULL);
    case NAVETTE_E_INVALID:
        return request_refuse(request, "bad-option", "--hub", endpoint, "tcp://host:port");
    default:
        return request_refuse(request, "failed", error_text(rc), code, NULL);
    }
}

/* No hub answers: what its invitation's file says, and the claim that the first stick brings to it. */
static int enrol_by_file(const struct office *office, const struct request *request, const char *code, struct enrol_grant *grant,
                         struct buffer *claim)
{
    struct buffer frame = {.data = NULL};
    int rc = stick_file_bytes_read(request->json, "grant", &frame);

    if (rc == 0)
        rc = enrol_file_read(buffer_span(&frame), code, grant);
    /* A node that takes another's place is told what that one had sent: over a line. */
    if (rc == 0 && grant->replaces)
        rc = NAVETTE_E_CLOSED;
    if (rc == 0)
        rc = enrol_file_claim(&office->keys, code, claim);
    buffer_free(&frame);
    return rc;
}

/* The machine that was not chosen, or that was replaced, goes on as another node. */
static int become(struct office *office, const struct request *request, const char *code, const char *endpoint, int replaced,
                  json_t **answer)
{
    char served[512], text[640], events[32];
    uint64_t waiting = 0;
    int rc = office_become(office, endpoint, code, ENROL_TIMEOUT_MS, replaced, &waiting);

    if (rc == NAVETTE_E_EXISTS)
        *answer = request_refuse(request, "not-cloned", NULL, NULL, NULL);
    else if (rc != 0 && !error_is_fatal(rc) && rc != NAVETTE_E_FULL)
        *answer = enrol_refusal(request, endpoint, code, rc);
    if (rc != 0)
        return *answer != NULL ? 0 : rc;
    identity_places_text(&office->identity, served, sizeof served);
    (void)snprintf(events, sizeof events, "%llu", (unsigned long long)waiting);
    message_text(request->language, waiting > 0 ? "became" : "became-all", events, NULL, NULL, text, sizeof text);
    *answer = json_pack("{s:b, s:o, s:s, s:s, s:I}", "ok", 1, "places", status_places(&office->identity), "hub", office->identity.endpoint,
                        "text", text, "adopting", (json_int_t)waiting);
    return 0;
}

/* The hub does not let it in, and not because there are two of it: only the hub knows whether it was replaced. */
static int may_be_replaced(const struct office *office)
{
    struct node_progress progress = {.link = NODE_OFFLINE};
    struct store_txn *txn;
    int rc = lmdb_read_begin(office->store, &txn);

    if (rc != 0)
        return 0;
    rc = node_progress(office->node, txn, &progress);
    lmdb_abort(txn);
    return rc == 0 && !node_is_cloned(office->node) && (progress.link == NODE_OFFLINE || progress.link == NODE_HELD);
}

static int run_enrol(struct office *office, const struct request *request, json_t **answer)
{
    const char *code = request_text(request, "code"), *endpoint = request_text(request, "hub");
    struct identity identity = office->identity;
    uint8_t bytes[ENROL_CODE_BYTES];
    struct enrol_grant grant;
    struct buffer claim = {.data = NULL};
    char served[512], text[640];
    int by_file, rc;

    if (identity.enrolled && !request_flag(request, "again") && !request_flag(request, "anew"))
        *answer = request_refuse(request, "already-enrolled", identity.endpoint, NULL, NULL);
    else if (enrol_code_read(code, bytes) != 0)
        *answer = request_refuse(request, "bad-code", code, NULL, NULL);
    else if (endpoint[0] == '\0')
        *answer = request_refuse(request, "missing-option", "--hub", "enrol", NULL);
    if (*answer != NULL)
        return 0;
    if (request_flag(request, "anew") && !may_be_replaced(office))
        return become(office, request, code, endpoint, 0, answer);
    rc = replacing_ask(office, endpoint, code, ENROL_TIMEOUT_MS, &grant);
    if (rc == NAVETTE_E_AMBIGUOUS && request_flag(request, "anew"))
        return become(office, request, code, endpoint, 1, answer);
    if (rc == NAVETTE_E_CLOSED && request_has(request, "grant"))
        rc = enrol_by_file(office, request, code, &grant, &claim);
    if (rc != 0) {
        *answer = enrol_refusal(request, endpoint, code, rc);
        return 0;
    }
    by_file = claim.len > 0;
    if (grant.replaces) {
        rc = replacing_run(office, &grant, request->moment.wall_ms);
        identity = office->identity;
    } else {
        identity_enrol(&identity, &grant);
        rc = keep_identity(office, &identity, buffer_span(&claim));
    }
    buffer_free(&claim);
    if (rc == 0)
        rc = office_connect(office);
    if (rc == 0)
        rc = trusting_enrolled(office, endpoint);
    if (rc != 0)
        return rc;
    identity_places_text(&identity, served, sizeof served);
    message_text(request->language, by_file ? "enrolled-by-file" : "enrolled", served, NULL, NULL, text, sizeof text);
    *answer = json_pack("{s:b, s:o, s:s, s:s}", "ok", 1, "places", status_places(&identity), "hub", identity.endpoint, "text", text);
    return 0;
}

/* {"wait": seconds}: answered when the node is in step with what the hub has now, or at the end of the wait. */
static int run_sync(struct office *office, const struct request *request, json_t **answer)
{
    if (!office->identity.enrolled) {
        *answer = request_refuse(request, "not-enrolled", NULL, NULL, NULL);
        return 0;
    }
    return waiter_add(office, request, answer);
}

const struct command *cmd_link_commands(size_t *count)
{
    static const struct command commands[] = {{"init", run_init, 0},         {"enrol", run_enrol, 0},    {"rekey", rekeying_run, 0},
                                              {"hub-keys", trusting_run, 0}, {"status", status_show, 0}, {"sync", run_sync, 1}};
    *count = sizeof commands / sizeof commands[0];
    return commands;
}
