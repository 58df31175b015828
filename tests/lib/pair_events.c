/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "pair.h"

static Navette__Thing thing_of(int kind, const char *id)
{
    Navette__Thing thing = NAVETTE__THING__INIT;

    thing.kind = (Navette__ThingKind)kind;
    thing.namespace_ = (char *)(uintptr_t)(kind == NAVETTE__THING_KIND__THING_ITEM ? "t" : "");
    thing.id = (char *)(uintptr_t)id;
    return thing;
}

static int try_record(struct pair_node *node, struct store_txn *txn, struct pair *pair, const Navette__Event *body)
{
    uint8_t salt[SALT_SIZE] = {0};

    write_u64(salt, ++pair->salt);
    return log_record(txn, node->incarnation, body, salt, 0, NULL);
}

int pair_record(struct pair *pair, size_t index, Navette__Event *body)
{
    struct pair_node *node = &pair->nodes[index];
    struct event_thing things[EVENT_THINGS_MAX];
    Navette__Ref refs[EVENT_THINGS_MAX];
    Navette__Ref *parents[EVENT_THINGS_MAX];
    struct ref parent[EVENT_THINGS_MAX];
    struct store_txn *txn = memstore_begin_write(node->store);
    size_t count = event_things(body, things);
    struct fold fold;
    int rc;

    body->n_parents = 0;
    body->parents = parents;
    for (size_t i = 0; i < count; i++) {
        if (fold_parent(txn, &things[i].key, &parent[i]) != 0 || parent[i].seq == 0) {
            continue;
        }
        navette__ref__init(&refs[i]);
        refs[i].incarnation = (ProtobufCBinaryData){INCARNATION_SIZE, parent[i].incarnation};
        refs[i].seq = parent[i].seq;
        refs[i].leaf = parent[i].leaf;
        parents[body->n_parents++] = &refs[i];
    }
    body->hlc = hlc_tick(node_clock(node->node), pair->now_ms + node->clock_off_ms);
    if (node->boot != 0) {
        body->boot = node->boot;
        body->boottime_ms = (uint64_t)(pair->now_ms - node->booted_ms);
    }
    if (body->place == NULL || body->place[0] == '\0') {
        body->place = node->place;
    }
    rc = try_record(node, txn, pair, body);
    if (rc == NAVETTE_E_BUSY) {
        struct batch_header header;
        uint8_t bytes[BATCH_SIGNED_SIZE];

        assert_int_equal(log_seal_prepare(txn, node->incarnation, &header), 0);
        batch_signed_bytes(&header, bytes);
        crypto_sign_detached(header.signature, NULL, bytes, sizeof bytes, node->sign_secret);
        assert_int_equal(log_seal_store(txn, &header), 0);
        rc = try_record(node, txn, pair, body);
    }
    if (rc != 0) {
        memstore_abort(txn);
        return rc;
    }
    assert_int_equal(fold_begin(&fold, txn, txn), 0);
    while (fold_next(&fold) == 0) {
    }
    assert_int_equal(fold_end(&fold), 0);
    assert_int_equal(memstore_commit(txn), 0);
    return 0;
}

int pair_register(struct pair *pair, size_t node, const char *barcode, const char *title)
{
    Navette__Event body = NAVETTE__EVENT__INIT;
    Navette__ItemRegistered registered = NAVETTE__ITEM_REGISTERED__INIT;
    Navette__Thing item = thing_of(NAVETTE__THING_KIND__THING_ITEM, barcode);

    registered.item = &item;
    registered.title = (char *)(uintptr_t)title;
    registered.material = (char *)(uintptr_t) "book";
    registered.home = pair->nodes[node].place;
    body.body_case = NAVETTE__EVENT__BODY_ITEM_REGISTERED;
    body.item_registered = &registered;
    return pair_record(pair, node, &body);
}

int pair_commission(struct pair *pair, size_t node, const char *barcode)
{
    Navette__Event body = NAVETTE__EVENT__INIT;
    Navette__BagCommissioned commissioned = NAVETTE__BAG_COMMISSIONED__INIT;
    Navette__Thing bag = thing_of(NAVETTE__THING_KIND__THING_BAG, barcode);

    commissioned.bag = &bag;
    commissioned.kind = (char *)(uintptr_t) "cabas";
    commissioned.owner = pair->nodes[node].place;
    body.body_case = NAVETTE__EVENT__BODY_BAG_COMMISSIONED;
    body.bag_commissioned = &commissioned;
    return pair_record(pair, node, &body);
}

int pair_pack(struct pair *pair, size_t node, const char *bag, const char *barcode)
{
    Navette__Event body = NAVETTE__EVENT__INIT;
    Navette__ItemPacked packed = NAVETTE__ITEM_PACKED__INIT;
    Navette__Thing container = thing_of(NAVETTE__THING_KIND__THING_BAG, bag);
    Navette__Thing item = thing_of(NAVETTE__THING_KIND__THING_ITEM, barcode);
    Navette__Thing *items[1] = {&item};

    packed.container = &container;
    packed.items = items;
    packed.n_items = 1;
    body.body_case = NAVETTE__EVENT__BODY_ITEM_PACKED;
    body.item_packed = &packed;
    return pair_record(pair, node, &body);
}

int pair_dispatch(struct pair *pair, size_t node, int kind, const char *barcode, const char *to)
{
    Navette__Event body = NAVETTE__EVENT__INIT;
    Navette__Dispatched dispatched = NAVETTE__DISPATCHED__INIT;
    Navette__Thing thing = thing_of(kind, barcode);
    Navette__Thing *things[1] = {&thing};

    dispatched.things = things;
    dispatched.n_things = 1;
    dispatched.to = (char *)(uintptr_t)to;
    body.body_case = NAVETTE__EVENT__BODY_DISPATCHED;
    body.dispatched = &dispatched;
    return pair_record(pair, node, &body);
}

size_t pair_entries_of(struct memstore *store, Navette__Event__BodyCase body)
{
    struct store_txn *txn = memstore_begin_read(store);
    struct journal_scan scan;
    struct journal_entry entry;
    size_t count = 0;

    assert_int_equal(journal_scan_open(txn, 1, &scan), 0);
    while (journal_scan_next(&scan, &entry) == 0) {
        struct event event;

        if (event_decode(entry.event, &event) == 0) {
            count += event.body->body_case == body;
        }
        event_free(&event);
    }
    journal_scan_close(&scan);
    memstore_abort(txn);
    return count;
}

void pair_digest(struct memstore *store, uint8_t digest[HASH_SIZE])
{
    struct store_txn *txn = memstore_begin_read(store);

    assert_int_equal(fold_digest(txn, digest), 0);
    memstore_abort(txn);
}

const struct hub_keys *pair_trusted(struct pair_node *node)
{
    if (node->hub_key == NULL) {
        return NULL;
    }
    hub_keys_begin(&node->hub_keys, node->id, node->hub_key, node->hub_key);
    return &node->hub_keys;
}
