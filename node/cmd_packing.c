/* SPDX-License-Identifier: Apache-2.0 */
#include "node/commands.h"
#include "node/container.h"
#include "node/verb.h"

static void build_pack(const struct verb_scan *scan, struct draft *draft)
{
    const char *order = operation_text(scan->operation, "order");

    draft_add(draft, scan->key);
    DRAFT_BODY(draft, ITEM_PACKED, item_packed);
    draft->body.item_packed.container = draft_thing(&draft->container, &scan->operation->container);
    draft->body.item_packed.items = draft->list;
    draft->body.item_packed.n_items = draft->count;
    if (order[0] != '\0')
        draft->body.item_packed.order = draft_named(&draft->order, NAVETTE__THING_KIND__THING_ORDER, order);
}

static void build_unpack(const struct verb_scan *scan, struct draft *draft)
{
    draft_add(draft, scan->key);
    DRAFT_BODY(draft, ITEM_UNPACKED, item_unpacked);
    draft->body.item_unpacked.container = draft_thing(&draft->container, &scan->operation->container);
    draft->body.item_unpacked.items = draft->list;
    draft->body.item_unpacked.n_items = draft->count;
}

static void build_load(const struct verb_scan *scan, struct draft *draft)
{
    draft_add(draft, scan->key);
    DRAFT_BODY(draft, CRATE_LOADED, crate_loaded);
    draft->body.crate_loaded.crate = draft_thing(&draft->container, &scan->operation->container);
    draft->body.crate_loaded.bags = draft->list;
    draft->body.crate_loaded.n_bags = draft->count;
}

static void build_unload(const struct verb_scan *scan, struct draft *draft)
{
    draft_add(draft, scan->key);
    DRAFT_BODY(draft, CRATE_UNLOADED, crate_unloaded);
    draft->body.crate_unloaded.crate = draft_thing(&draft->container, &scan->operation->container);
    draft->body.crate_unloaded.bags = draft->list;
    draft->body.crate_unloaded.n_bags = draft->count;
}

const struct verb *cmd_packing_verbs(size_t *count)
{
    static const struct verb verbs[] = {
        {"pack", "pack", NAVETTE__OPERATION_KIND__OPERATION_PACK, VERB_ITEMS, VERB_BAGS | VERB_CRATES,
         VERB_CONTAINER | VERB_HERE | VERB_ALIVE, NAVETTE__RIGHT__RIGHT_PACK, build_pack},
        {"unpack", "unpack", NAVETTE__OPERATION_KIND__OPERATION_UNPACK, VERB_ITEMS, VERB_BAGS | VERB_CRATES, VERB_CONTAINER | VERB_INSIDE,
         NAVETTE__RIGHT__RIGHT_PACK, build_unpack},
        {"load", "load", NAVETTE__OPERATION_KIND__OPERATION_PACK, VERB_BAGS, VERB_CRATES, VERB_CONTAINER | VERB_HERE | VERB_ALIVE,
         NAVETTE__RIGHT__RIGHT_PACK, build_load},
        {"unload", "unload", NAVETTE__OPERATION_KIND__OPERATION_UNPACK, VERB_BAGS, VERB_CRATES, VERB_CONTAINER | VERB_INSIDE,
         NAVETTE__RIGHT__RIGHT_PACK, build_unload},
    };
    *count = sizeof verbs / sizeof verbs[0];
    return verbs;
}

/* Finds the bag or crate a command names. Its state comes along: what it holds, its seal. */
static int take(struct office *office, const struct request *request, Navette__Right right, int may_be_sealed, struct container *container,
                json_t **answer)
{
    struct store_txn *txn;
    int rc;

    if (!request_may_record(request, office, right, answer))
        return 0;
    rc = office_write(office, &txn);
    if (rc != 0)
        return rc;
    rc = container_find(office, request, txn, VERB_BAGS | VERB_CRATES, may_be_sealed, container, answer);
    lmdb_abort(txn);
    return rc;
}

/* The bag that was just sealed makes its order ready. */
static int prepare(struct office *office, const struct request *request, const struct container *bag, json_t *sealed)
{
    struct request own = *request;
    json_t *json = json_pack("{s:s, s:[s]}", "order", request_text(request, "order"), "bags", thing_id(&bag->key)), *answer = NULL;
    int rc;

    own.json = json;
    rc = json != NULL ? cmd_orders_prepare(office, &own, &answer) : NAVETTE_E_MEMORY;
    if (rc == 0)
        (void)json_object_set(sealed, "prepared", answer);
    json_decref(answer);
    json_decref(json);
    return rc;
}

static int run_seal(struct office *office, const struct request *request, json_t **answer)
{
    struct container bag = {.known = 0};
    struct draft draft;
    int rc;

    if (request_text(request, "seal")[0] == '\0') {
        *answer = request_refuse(request, "missing-option", "SEAL", "seal", NULL);
        return 0;
    }
    rc = request_has(request, "order") ? cmd_orders_find(office, request, answer) : 0;
    if (rc == 0 && *answer == NULL)
        rc = take(office, request, NAVETTE__RIGHT__RIGHT_PACK, 0, &bag, answer);
    if (rc == 0 && *answer == NULL) {
        draft_init(&draft);
        DRAFT_BODY(&draft, BAG_SEALED, bag_sealed);
        draft.body.bag_sealed.bag = draft_thing(&draft.container, &bag.key);
        draft.body.bag_sealed.seal = draft_text(request_text(request, "seal"));
        draft.body.bag_sealed.items = (uint32_t)thing_record_items(&bag.where.record);
        rc = commands_record(office, request, &draft, answer);
        if (rc == 0 && request_has(request, "order") && json_is_true(json_object_get(*answer, "ok")))
            rc = prepare(office, request, &bag, *answer);
    }
    container_free(&bag);
    return rc;
}

static int run_open(struct office *office, const struct request *request, json_t **answer)
{
    struct container bag = {.known = 0};
    struct draft draft;
    int rc = take(office, request, NAVETTE__RIGHT__RIGHT_OPEN, 1, &bag, answer);

    if (rc == 0 && *answer == NULL && !bag.where.record.sealed && !office_is_partial(office))
        *answer = request_refuse(request, "bag-not-sealed", thing_id(&bag.key), NULL, NULL);
    if (rc == 0 && *answer == NULL) {
        draft_init(&draft);
        DRAFT_BODY(&draft, BAG_OPENED, bag_opened);
        draft.body.bag_opened.bag = draft_thing(&draft.container, &bag.key);
        draft.body.bag_opened.seal = draft_text(request_text(request, "seal"));
        rc = commands_record(office, request, &draft, answer);
    }
    container_free(&bag);
    return rc;
}

static int run_deposit(struct office *office, const struct request *request, json_t **answer)
{
    static const char *const names[] = {"crates", "bags", "items", NULL};
    struct container bag = {.known = 0};
    struct draft draft;
    uint32_t counts[3];
    int rc = !request_counts(request, names, counts, answer) ? 0 : take(office, request, NAVETTE__RIGHT__RIGHT_DEPOSIT, 1, &bag, answer);

    if (rc == 0 && *answer == NULL) {
        draft_init(&draft);
        DRAFT_BODY(&draft, SEALED_DEPOSIT, sealed_deposit);
        draft.body.sealed_deposit.container = draft_thing(&draft.container, &bag.key);
        draft.body.sealed_deposit.crates = counts[0];
        draft.body.sealed_deposit.bags = counts[1];
        draft.body.sealed_deposit.items = counts[2];
        draft.body.sealed_deposit.seal = draft_text(request_text(request, "seal"));
        rc = commands_record(office, request, &draft, answer);
    }
    container_free(&bag);
    return rc;
}

const struct command *cmd_packing_commands(size_t *count)
{
    static const struct command commands[] = {{"seal", run_seal, 0}, {"open", run_open, 0}, {"deposit", run_deposit, 0}};
    *count = sizeof commands / sizeof commands[0];
    return commands;
}
