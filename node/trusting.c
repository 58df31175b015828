/* SPDX-License-Identifier: Apache-2.0 */
#include "node/trusting.h"

#include <stdio.h>
#include <string.h>

#include "navette/enrol.h"
#include "navette/frame.h"
#include "navette/stick_file.h"
#include "navette/system.h"
#include "navette/view_json.h"

#define ROW_NAME "hub-keys"
#define INQUIRE_MS 5000        /* the longest that an answer is waited for */
#define INQUIRE_EVERY_MS 30000 /* as often as a link whose keys fail is tried again */
#define INQUIRE_LOOK_MS 100    /* between looks for it */

static int is_row_of(const struct office *office, const struct hub_keys *keys)
{
    const struct hub_key *last = hub_keys_last(keys);

    return memcmp(keys->hub, office->identity.hub, NODE_ID_SIZE) == 0 &&
           memcmp(last->sign_key, office->identity.hub_sign_key, KEY_SIZE) == 0 &&
           memcmp(last->curve_key, office->identity.hub_curve_key, KEY_SIZE) == 0;
}

void trusting_begin(struct office *office)
{
    office->trusting.session = 0; /* another link counts its connections anew */
    if (!office->identity.enrolled || (office->hub_keys.count > 0 && is_row_of(office, &office->hub_keys)))
        return;
    hub_keys_begin(&office->hub_keys, office->identity.hub, office->identity.hub_curve_key, office->identity.hub_sign_key);
    office->trusting.enrol[0] = office->trusting.told[0] = '\0';
}

int trusting_open(struct office *office)
{
    struct hub_keys keys;
    struct reader reader;
    struct store_txn *txn;
    struct span value;
    int rc = lmdb_read_begin(office->store, &txn);

    if (rc != 0)
        return rc;
    rc = store_get(txn, TABLE_LOCAL, span_of_string(ROW_NAME), &value);
    if (rc == 0) {
        reader = reader_of(value);
        reader_copy_string(&reader, office->trusting.enrol, sizeof office->trusting.enrol);
        reader_copy_string(&reader, office->trusting.told, sizeof office->trusting.told);
        rc = reader.failed ? NAVETTE_E_STORE : hub_keys_decode(reader.left, &keys);
    }
    lmdb_abort(txn);
    /* Of before an enrolment: the identity is right. */
    if (rc == 0 && is_row_of(office, &keys))
        office->hub_keys = keys;
    trusting_begin(office);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

static void end_inquiry(struct office *office)
{
    enrol_inquiry_close(office->trusting.inquiry);
    office->trusting.inquiry = NULL;
}

void trusting_close(struct office *office)
{
    end_inquiry(office);
}

static int encode(const struct office *office, const struct hub_keys *keys, struct buffer *out)
{
    int rc = buffer_append_string(out, office->trusting.enrol);

    rc = rc != 0 ? rc : buffer_append_string(out, office->trusting.told);
    return rc != 0 ? rc : hub_keys_encode(keys, out);
}

/* Keys and identity change together, or neither does. */
static int keep(struct office *office, const struct hub_keys *keys)
{
    struct identity identity = office->identity;
    struct buffer row = {.data = NULL};
    struct store_txn *txn = NULL;
    int rc = encode(office, keys, &row);

    memcpy(identity.hub_curve_key, hub_keys_last(keys)->curve_key, KEY_SIZE);
    memcpy(identity.hub_sign_key, hub_keys_last(keys)->sign_key, KEY_SIZE);
    if (rc == 0)
        rc = lmdb_write_begin(office->store, &txn);
    if (rc == 0) {
        rc = store_put(txn, TABLE_LOCAL, span_of_string(ROW_NAME), buffer_span(&row));
        if (rc == 0)
            rc = identity_store(txn, &identity);
        rc = lmdb_end(txn, rc);
    }
    buffer_free(&row);
    if (rc != 0)
        return rc;
    office->identity = identity;
    office->hub_keys = *keys;
    return 0;
}

int trusting_enrolled(struct office *office, const char *endpoint)
{
    int rc;

    if (snprintf(office->trusting.enrol, sizeof office->trusting.enrol, "%s", endpoint) >= (int)sizeof office->trusting.enrol)
        office->trusting.enrol[0] = '\0';
    rc = keep(office, &office->hub_keys);
    return rc == NAVETTE_E_FULL ? 0 : rc;
}

int trusting_take(struct office *office, const Navette__HubKeys *message, int *changed)
{
    struct hub_keys keys = office->hub_keys;
    int rival = keys.rival;
    int refused = 0;
    int moved = 0;
    int rc = 0;

    *changed = 0;
    if (!office->identity.enrolled)
        return NAVETTE_E_INVALID;
    for (size_t i = 0; i < message->n_keys; i++) {
        struct rekey rekey;

        rc = rekey_read(message->keys[i], &rekey);
        rc = rc == 0 ? hub_keys_take(&keys, &rekey) : NAVETTE_E_SIGNATURE;
        *changed |= rc == 0;
        refused = rc == NAVETTE_E_CHAIN || rc == NAVETTE_E_SIGNATURE ? rc : refused;
        if (refused == NAVETTE_E_CHAIN && !rival)
            system_log(2, "trust", NULL,
                       "ALARM: somebody who has a key of the hub names another successor of it than the one that is known: not taken");
    }
    if (message->over && keys.used != keys.count - 1) {
        keys.used = keys.count - 1;
        moved = 1;
    }
    if (*changed || moved || keys.rival != rival)
        rc = keep(office, &keys);
    else
        rc = 0;
    if (rc != 0)
        *changed = moved = 0;
    if (*changed)
        system_log(0, "trust", NULL, "the hub has new keys, named by the ones before");
    if ((*changed || moved) && office->link != NULL)
        rc = link_executor_redial(office->link);
    return rc != 0 ? rc : refused;
}

int trusting_take_frame(struct office *office, struct span bytes, int *changed)
{
    struct frame frame;
    int rc = frame_decode(bytes, &frame);

    *changed = 0;
    if (rc != 0)
        return rc == NAVETTE_E_MEMORY ? rc : NAVETTE_E_INVALID;
    rc = frame.type == FRAME_HUB_KEYS ? trusting_take(office, (const Navette__HubKeys *)frame.message, changed) : NAVETTE_E_INVALID;
    frame_free(&frame);
    return rc;
}

int trusting_told(struct office *office, const Navette__HubKeys *message)
{
    Navette__HubKeysHeld held = NAVETTE__HUB_KEYS_HELD__INIT;
    struct buffer frame = {.data = NULL};
    int changed;
    int rc = trusting_take(office, message, &changed);

    if (rc == NAVETTE_E_CHAIN || rc == NAVETTE_E_SIGNATURE)
        return 0;
    if (rc != 0)
        return rc; /* told again */
    held.sign_key = (ProtobufCBinaryData){KEY_SIZE, office->identity.hub_sign_key};
    rc = frame_encode(FRAME_HUB_KEYS_HELD, &held.base, &frame);
    if (rc == 0)
        link_executor_send(office->link, buffer_span(&frame));
    buffer_free(&frame);
    return rc;
}

/* ---- what WELCOME said */

/* The port that it names, at the host that is dialled. */
static void name_port(struct office *office, uint32_t port)
{
    const char *endpoint = office->identity.endpoint;
    const char *colon = strrchr(endpoint, ':');
    char text[sizeof office->trusting.told];

    if (port == 0 || port > 65535 || colon == NULL)
        return;
    if (snprintf(text, sizeof text, "%.*s:%u", (int)(colon - endpoint), endpoint, port) < (int)sizeof text)
        memcpy(office->trusting.told, text, sizeof text);
}

/* The time of the keys before has come, in a session that began earlier. */
static int are_over(const struct hub_keys *keys, int64_t hub_time_ms)
{
    return keys->until_ms != 0 && keys->count > 1 && !keys->list[keys->count - 2].given_up && hub_time_ms >= keys->until_ms;
}

static int look(struct office *office)
{
    struct hub_keys keys = office->hub_keys;
    uint64_t session = link_executor_connections(office->link);
    char before[sizeof office->trusting.told];
    struct node_told told;
    int changed, rc;

    if (node_told(office->node, &told) != 0 || (office->trusting.session == session && !are_over(&keys, told.hub_time_ms)))
        return 0;
    (void)snprintf(before, sizeof before, "%s", office->trusting.told);
    name_port(office, told.enrol_port);
    changed = hub_keys_heard(&keys, link_executor_dialled(office->link), told.keys_until_ms, told.hub_time_ms);
    rc = changed || strcmp(before, office->trusting.told) != 0 ? keep(office, &keys) : 0;
    if (rc == 0)
        office->trusting.session = session;
    return rc == NAVETTE_E_FULL ? 0 : rc;
}

/* ---- asking where nobody is let in */

/* Where: as it was dialled, or as the hub said, by turns; "": nowhere that is known. */
static const char *where_to_ask(const struct trusting *trusting)
{
    int told = trusting->enrol[0] == '\0' || (trusting->told[0] != '\0' && trusting->turn % 2 == 1);

    return told ? trusting->told : trusting->enrol;
}

static int begin_inquiry(struct office *office, const struct moment *moment)
{
    struct trusting *trusting = &office->trusting;
    const char *endpoint = where_to_ask(trusting);

    if (link_executor_trouble(office->link) != LINK_WRONG_HUB || endpoint[0] == '\0' || moment->monotonic_ms < trusting->inquire_ms)
        return 0;
    trusting->turn++;
    trusting->inquire_ms = moment->monotonic_ms + INQUIRE_EVERY_MS;
    trusting->until_ms = moment->monotonic_ms + INQUIRE_MS;
    return enrol_inquiry_open(endpoint, office->identity.hub_sign_key, &trusting->inquiry);
}

/* What comes may come from anybody. */
static int end_or_wait(struct office *office, const struct moment *moment)
{
    struct buffer frame = {.data = NULL};
    int changed = 0;
    int rc = enrol_inquiry_take(office->trusting.inquiry, &frame);

    if (rc == NAVETTE_E_NOT_FOUND) {
        if (moment->monotonic_ms >= office->trusting.until_ms)
            end_inquiry(office);
        return 0;
    }
    end_inquiry(office);
    if (rc == 0)
        rc = trusting_take_frame(office, buffer_span(&frame), &changed);
    buffer_free(&frame);
    if (changed) /* there may be more behind them */
        office->trusting.inquire_ms = moment->monotonic_ms;
    return error_is_fatal(rc) ? rc : 0;
}

int trusting_turn(struct office *office, const struct moment *moment)
{
    int rc;

    if (office->link == NULL || !office->identity.enrolled) {
        end_inquiry(office);
        return 0;
    }
    rc = look(office);
    if (rc == 0 && office->trusting.inquiry == NULL)
        rc = begin_inquiry(office, moment);
    if (rc == 0 && office->trusting.inquiry != NULL)
        rc = end_or_wait(office, moment);
    return error_is_fatal(rc) ? rc : 0;
}

int64_t trusting_deadline(const struct office *office)
{
    const struct trusting *trusting = &office->trusting;

    if (trusting->inquiry != NULL)
        return system_monotonic_ms() + INQUIRE_LOOK_MS;
    if (office->link == NULL || link_executor_trouble(office->link) != LINK_WRONG_HUB || where_to_ask(trusting)[0] == '\0')
        return INT64_MAX;
    return trusting->inquire_ms;
}

/* ---- what people see and do */

int trusting_run(struct office *office, const struct request *request, json_t **answer)
{
    struct buffer bytes = {.data = NULL};
    char text[640];
    int changed = 0;
    int rc;

    if (!office->identity.enrolled) {
        *answer = request_refuse(request, "not-enrolled", NULL, NULL, NULL);
        return 0;
    }
    rc = stick_file_bytes_read(request->json, "keys", &bytes);
    if (rc == 0)
        rc = trusting_take_frame(office, buffer_span(&bytes), &changed);
    buffer_free(&bytes);
    if (rc == NAVETTE_E_INVALID || rc == NAVETTE_E_SIGNATURE || rc == NAVETTE_E_CHAIN) {
        *answer = request_refuse(request, rc == NAVETTE_E_CHAIN ? "hub-keys-rival" : "hub-keys-wrong", NULL, NULL, NULL);
        return 0;
    }
    if (rc != 0)
        return rc;
    message_text(request->language, changed ? "hub-keys-taken" : "hub-keys-known", office->identity.endpoint, NULL, NULL, text,
                 sizeof text);
    *answer = json_pack("{s:b, s:b, s:s}", "ok", 1, "changed", changed, "text", text);
    return 0;
}

int trusting_is_waiting(const struct office *office)
{
    return office->hub_keys.count > 1 && !office->hub_keys.seen;
}

json_t *trusting_json(const struct office *office, const char *tz)
{
    const struct hub_keys *keys = &office->hub_keys;
    int before = keys->count > 1 && !keys->list[keys->count - 2].given_up;

    return json_pack("{s:I, s:b, s:b, s:o}", "changes", (json_int_t)(keys->count > 0 ? keys->count - 1 : 0), "waiting",
                     trusting_is_waiting(office), "rival", keys->rival, "before_until", view_json_time(before ? keys->until_ms : 0, tz));
}
