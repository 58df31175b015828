/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <string.h>

#include "pair.h"

size_t pair_copy(struct pair *pair, size_t from)
{
    struct pair_node *copy = &pair->nodes[pair->node_count];
    const struct pair_node *node = &pair->nodes[from];

    assert_true(pair->node_count < PAIR_NODES);
    memcpy(copy->id, node->id, NODE_ID_SIZE);
    memcpy(copy->first, node->first, INCARNATION_SIZE);
    memcpy(copy->curve_key, node->curve_key, KEY_SIZE);
    memcpy(copy->sign_public, node->sign_public, KEY_SIZE);
    memcpy(copy->sign_secret, node->sign_secret, sizeof copy->sign_secret);
    memcpy(copy->place, node->place, sizeof copy->place);
    copy->store = memstore_new();
    pair_restore_node(pair, pair->node_count, memstore_clone(node->store));
    return pair->node_count++;
}

void pair_choose(struct pair *pair, size_t index)
{
    struct node_progress progress = pair_progress(pair, index);
    Navette__Event body = NAVETTE__EVENT__INIT;
    Navette__CloneChosen chosen = NAVETTE__CLONE_CHOSEN__INIT;
    Navette__Thing thing = NAVETTE__THING__INIT;
    char hex[2 * NODE_ID_SIZE + 1];

    hex_encode(pair->nodes[index].id, NODE_ID_SIZE, hex);
    thing.kind = NAVETTE__THING_KIND__THING_NODE;
    thing.id = hex;
    chosen.node = &thing;
    chosen.claimant = (ProtobufCBinaryData){sizeof progress.claimant, progress.claimant};
    body.body_case = NAVETTE__EVENT__BODY_CLONE_CHOSEN;
    body.clone_chosen = &chosen;
    pair_decide(pair, &body);
}

uint64_t pair_become(struct pair *pair, size_t index)
{
    struct pair_node *node = &pair->nodes[index];
    struct store_txn *txn;
    uint8_t id[NODE_ID_SIZE];
    uint8_t first[INCARNATION_SIZE];
    uint64_t waiting = 0;

    randombytes_buf(id, sizeof id);
    randombytes_buf(first, sizeof first);
    txn = memstore_begin_write(node->store);
    assert_int_equal(node_become(node->node, txn, id, first, &waiting), 0);
    assert_int_equal(memstore_commit(txn), 0);
    memcpy(node->id, id, sizeof id);
    memcpy(node->first, first, sizeof first);
    randombytes_buf(node->curve_key, KEY_SIZE);
    crypto_sign_keypair(node->sign_public, node->sign_secret);
    pair_enrol_again(pair, node, NAVETTE__ROLE__ROLE_BRANCH, NAVETTE__SCOPE__SCOPE_NETWORK);
    pair_restart_node(pair, index);
    return waiting;
}
