/* SPDX-License-Identifier: Apache-2.0 */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "navette/key_view.h"
#include "navette/recovery.h"
#include "node/commands.h"
#include "node/keeping.h"
#include "node/person.h"

/* ---- erasure */

struct erasing {
    struct office *office;
    const struct request *request;
    struct store_txn *txn;
    json_t *orders;
    size_t elsewhere; /* orders whose person can't be read here: they may be this person's */
};

static int record(struct erasing *erasing, const struct order_view *order)
{
    Navette__Event event = NAVETTE__EVENT__INIT;
    Navette__KeyErased erased = NAVETTE__KEY_ERASED__INIT;
    Navette__Thing thing = NAVETTE__THING__INIT;
    ProtobufCBinaryData keys[ORDER_KEYS_MOST];

    thing.kind = NAVETTE__THING_KIND__THING_ORDER;
    thing.namespace_ = (char *)(uintptr_t)thing_namespace(&order->key);
    thing.id = (char *)(uintptr_t)thing_id(&order->key);
    erased.subject = &thing;
    for (size_t i = 0; i < order->sealed_count; i++)
        keys[erased.n_keys++] = (ProtobufCBinaryData){KEY_ID_SIZE, (uint8_t *)(uintptr_t)order->sealed_keys[i]};
    erased.keys = keys;
    erased.reason = NAVETTE__REASON__REASON_PERSON_ASKED;
    event.place = (char *)(uintptr_t)erasing->request->place;
    event.operator_ = (char *)(uintptr_t)erasing->request->operator_;
    event.body_case = NAVETTE__EVENT__BODY_KEY_ERASED;
    event.key_erased = &erased;
    (void)json_array_append_new(erasing->orders, json_string(thing_id(&order->key)));
    return office_record(erasing->office, erasing->txn, &erasing->request->moment, &event, NULL);
}

static int erase_order(struct erasing *erasing, const char *id, json_t **answer)
{
    struct order_view order;
    struct thing_key key;
    int rc = thing_key_make(NAVETTE__THING_KIND__THING_ORDER, "", id, &key) != 0
                 ? NAVETTE_E_NOT_FOUND
                 : view_orders_read(erasing->txn, erasing->txn, &key, &order);

    if (rc == NAVETTE_E_NOT_FOUND) {
        *answer = request_refuse(erasing->request, "no-such-order", id, "orders", NULL);
        return 0;
    }
    if (rc != 0)
        return rc;
    if (!order.has_person)
        *answer = request_refuse(erasing->request, "erase-nobody", id, NULL, NULL);
    else if (order.is_erased && !keyring_has(erasing->office->keyring, order.key_id))
        *answer = request_refuse(erasing->request, "erase-already", id, NULL, NULL);
    else if (!keyring_has(erasing->office->keyring, order.key_id))
        *answer = request_refuse(erasing->request, "erase-key-elsewhere", id, NULL, NULL);
    else
        rc = record(erasing, &order);
    view_orders_free(&order);
    return rc;
}

/* All orders of the person with this card: only who holds their keys can tell. */
static int erase_person(struct erasing *erasing, const char *card, json_t **answer)
{
    struct thing_key key = {.len = 0};
    int rc;

    while ((rc = view_orders_next(erasing->txn, ~0u, &key)) == 0) {
        struct order_view order;
        struct person person;
        int found;

        rc = view_orders_read(erasing->txn, erasing->txn, &key, &order);
        if (rc != 0)
            return rc == NAVETTE_E_NOT_FOUND ? NAVETTE_E_STORE : rc;
        found = person_open(erasing->office->keyring, &order, &person);
        if (found == 0 && strcmp(person.card, card) == 0)
            rc = record(erasing, &order);
        erasing->elsewhere += found == NAVETTE_E_NOT_FOUND && order.has_person && !order.is_erased;
        person_wipe(&person);
        view_orders_free(&order);
        if (rc != 0)
            return rc;
    }
    if (json_array_size(erasing->orders) == 0)
        *answer = request_refuse(erasing->request, "erase-no-order", NULL, NULL, NULL);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

static json_t *tell(struct erasing *erasing)
{
    size_t count = json_array_size(erasing->orders);
    char number[24], text[640];
    json_t *notes = json_array(), *answer;

    (void)snprintf(number, sizeof number, "%zu", count);
    message_text(erasing->request->language, count == 1 ? "erased-order" : "erased-orders",
                 count == 1 ? json_string_value(json_array_get(erasing->orders, 0)) : number, NULL, NULL, text, sizeof text);
    if (erasing->elsewhere > 0 && !request_has(erasing->request, "order")) {
        (void)snprintf(number, sizeof number, "%zu", erasing->elsewhere);
        (void)json_array_append_new(notes, request_note(erasing->request, "note-erase-elsewhere", number));
    }
    answer = json_pack("{s:b, s:s, s:O, s:o}", "ok", 1, "text", text, "orders", erasing->orders, "notes", notes);
    return answer;
}

static int run_erase(struct office *office, const struct request *request, json_t **answer)
{
    struct erasing erasing = {.office = office, .request = request};
    int rc;

    if (!request_may_record(request, office, NAVETTE__RIGHT__RIGHT_ORDER, answer))
        return 0;
    if (request_text(request, "order")[0] == '\0' && request_text(request, "card")[0] == '\0') {
        *answer = request_refuse(request, "malformed-request", "order, card", NULL, NULL);
        return 0;
    }
    /* Whose card it is cannot be read. */
    if (request_text(request, "order")[0] == '\0' && keyring_is_held(office->keyring)) {
        *answer = request_refuse(request, "keyring-old", NULL, NULL, NULL);
        return 0;
    }
    rc = office_write(office, &erasing.txn);
    if (rc != 0)
        return rc;
    erasing.orders = json_array();
    if (request_text(request, "order")[0] != '\0')
        rc = erase_order(&erasing, request_text(request, "order"), answer);
    else
        rc = erase_person(&erasing, request_text(request, "card"), answer);
    if (rc == 0 && *answer == NULL)
        rc = office_keep(office, erasing.txn, &request->moment);
    else
        lmdb_abort(erasing.txn);
    /* Recorded: whatever comes now, it is obeyed with the next turn. It is told once it is done here. */
    if (rc == 0 && *answer == NULL) {
        rc = keeping_obey(office, &request->moment);
        if (rc == 0)
            *answer = tell(&erasing);
    }
    json_decref(erasing.orders);
    return rc;
}

/* ---- recovery */

static int is_current(struct office *office, const struct request *request, const struct recovery_key *key, int *current)
{
    struct key_network network;
    struct store_txn *txn;
    int rc = lmdb_read_begin(office->store, &txn);

    if (rc != 0)
        return rc;
    rc = key_view_network(txn, txn, request->moment.wall_ms, &network);
    lmdb_abort(txn);
    if (rc != 0)
        return rc;
    *current = !network.has_recovery ? -1 : memcmp(network.recovery, key->public_key, KEY_SIZE) == 0;
    key_network_free(&network);
    return 0;
}

static int run_recover(struct office *office, const struct request *request, json_t **answer)
{
    struct keeping_recovery *recovery = &office->keeping.recovery;
    const char *text = request_text(request, "key");
    struct recovery_key key;
    int current = 0, found = recovery_read_text(span_of_string(text), &key), rc = 0;
    char mark[RECOVERY_MARK_SIZE];

    recovery_mark(key.public_key, mark);
    if (found != 0)
        *answer = request_refuse(request, found == NAVETTE_E_NOT_FOUND ? "recover-no-key" : "recover-bad-key", NULL, NULL, NULL);
    else if (office->link == NULL || !node_may_wrap(office->node))
        *answer = request_refuse(request, "recover-offline", office->identity.endpoint, NULL, NULL);
    else if (recovery->client != 0)
        *answer = request_refuse(request, "recover-under-way", NULL, NULL, NULL);
    else
        rc = is_current(office, request, &key, &current);
    if (rc == 0 && *answer == NULL && current != 1)
        *answer = request_refuse(request, current < 0 ? "recover-none" : "recover-other-key", mark, NULL, NULL);
    if (rc == 0 && *answer == NULL) {
        *recovery = (struct keeping_recovery){.client = request->client, .language = request->language};
        memcpy(recovery->public_key, key.public_key, KEY_SIZE);
        memcpy(recovery->secret_key, key.secret_key, KEY_SIZE);
        keeping_ask_recovery(office, &request->moment);
    }
    recovery_wipe(&key);
    return rc;
}

const struct command *cmd_keys_commands(size_t *count)
{
    static const struct command commands[] = {{"erase", run_erase, 0}, {"recover", run_recover, 1}};

    *count = sizeof commands / sizeof commands[0];
    return commands;
}
