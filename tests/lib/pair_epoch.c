/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <string.h>

#include "pair.h"

void pair_begin_epoch(struct pair *pair)
{
    uint8_t id[EPOCH_SIZE];

    randombytes_buf(id, sizeof id);
    lineage_begin(&pair->lineage, 0, id, pair->now_ms);
    pair_seal_hub(pair);
    pair_restart_hub(pair);
}

/* The first word of the new log, as server/restore.c writes it. */
static void say_restored(struct pair *pair, const uint8_t *parent)
{
    Navette__Event body = NAVETTE__EVENT__INIT;
    Navette__IncarnationStarted started = NAVETTE__INCARNATION_STARTED__INIT;
    Navette__Thing thing = NAVETTE__THING__INIT;
    char hex[2 * NODE_ID_SIZE + 1];

    hex_encode(pair->hub_id, NODE_ID_SIZE, hex);
    thing.kind = NAVETTE__THING_KIND__THING_NODE;
    thing.id = hex;
    started.node = &thing;
    started.incarnation = (ProtobufCBinaryData){INCARNATION_SIZE, pair->hub_incarnation};
    started.parent = (ProtobufCBinaryData){INCARNATION_SIZE, (uint8_t *)(uintptr_t)parent};
    started.why = NAVETTE__VERDICT__VERDICT_HUB_RESTORED;
    body.body_case = NAVETTE__EVENT__BODY_INCARNATION_STARTED;
    body.incarnation_started = &started;
    pair_decide(pair, &body);
}

void pair_restore_hub(struct pair *pair, struct memstore *store, const struct lineage *then)
{
    uint8_t id[EPOCH_SIZE];
    uint8_t parent[INCARNATION_SIZE];
    struct store_txn *txn;
    uint64_t tail;

    memstore_free(pair->journal);
    memstore_free(pair->state);
    pair->journal = store;
    pair->state = memstore_new();
    txn = memstore_begin_write(store);
    assert_int_equal(journal_tail(txn, &tail), 0);
    pair->lineage = *then;
    randombytes_buf(id, sizeof id);
    lineage_begin(&pair->lineage, tail, id, pair->now_ms);
    memcpy(parent, pair->hub_incarnation, INCARNATION_SIZE);
    randombytes_buf(pair->hub_incarnation, INCARNATION_SIZE);
    assert_int_equal(log_start(txn, pair->hub_incarnation, parent, pair->hub_id), 0);
    assert_int_equal(memstore_commit(txn), 0);
    pair_restart_hub(pair);
    say_restored(pair, parent);
}
