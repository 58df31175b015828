/* SPDX-License-Identifier: Apache-2.0 */
#include "rekey.h"

#include <inttypes.h>
#include <sodium.h>
#include <string.h>

#include "invariants.h"
#include "machine.h"
#include "navette/log.h"
#include "world.h"

#define REKEY_MOST 6 /* of one node: REKEY_PAST is not met by what nobody does */

static void sign(const struct node_host *host, struct rekey *rekey)
{
    uint8_t bytes[REKEY_SIGNED_SIZE];

    rekey_signed_bytes(rekey, bytes);
    crypto_sign_detached(rekey->signature, NULL, bytes, sizeof(bytes), host->sign_secret);
    crypto_sign_detached(rekey->proof, NULL, bytes, sizeof(bytes), host->next_secret);
}

static int state(struct world *world, size_t which, struct store_txn *txn, struct rekey *rekey)
{
    struct node_host *host = &world->nodes[which];
    struct log_head head;
    int rc = machine_seal(world, which, txn);

    if (rc == 0) {
        rc = journal_head(txn, node_incarnation(host->node), &head);
    }
    if (rc != 0) {
        return rc;
    }
    memset(rekey, 0, sizeof(*rekey));
    memcpy(rekey->node, host->id, NODE_ID_SIZE);
    memcpy(rekey->curve_key, host->next_curve, KEY_SIZE);
    memcpy(rekey->sign_key, host->next_public, KEY_SIZE);
    memcpy(rekey->previous, host->sign_public, KEY_SIZE);
    memcpy(rekey->incarnation, head.incarnation, INCARNATION_SIZE);
    rekey->from_seq = head.seq + 1;
    sign(host, rekey);
    return node_rekey_begin(host->node, txn, rekey);
}

void rekey_begin(struct world *world, size_t which)
{
    struct node_host *host = &world->nodes[which];
    uint8_t seed[crypto_sign_SEEDBYTES];
    struct store_txn *txn;
    struct rekey rekey;
    int rc;

    if (!host->up || host->busy || host->retired || host->copied || host->damaged || host->hostile || host->rekeying ||
        host->past.count >= REKEY_MOST || node_rekey_may(host->node) != 0) {
        return;
    }
    random_bytes(&world->more_chance, host->next_curve, KEY_SIZE);
    random_bytes(&world->more_chance, seed, sizeof(seed));
    crypto_sign_seed_keypair(host->next_public, host->next_secret, seed);
    txn = disk_write(host->disk);
    rc = state(world, which, txn, &rekey);
    if (rc != 0) {
        world_fail(world, "step-result", "node %zu, node_rekey_begin: %s", which, error_text(rc));
        disk_end(host->disk, txn);
        return;
    }
    host->rekeying = 1;
    disk_commit(host->disk, txn);
    node_host_took(world, which);
    world_note(world, "node %zu: new keys from %" PRIu64 " on", which, rekey.from_seq);
}

void rekey_turn(struct world *world, size_t which)
{
    struct node_host *host = &world->nodes[which];
    const struct rekey *rekey;
    struct store_txn *txn;
    int taken;

    rekey = host->rekeying && host->up && !host->busy ? node_rekey_pending(host->node, &taken) : NULL;
    if (rekey == NULL || !taken) {
        return;
    }
    if (rekey_past_add(&host->past, host->sign_public, rekey->incarnation, rekey->from_seq) != 0) {
        world_fail(world, "step-result", "node %zu: too many keys", which);
        return;
    }
    memcpy(host->curve_key, host->next_curve, KEY_SIZE);
    memcpy(host->sign_public, host->next_public, KEY_SIZE);
    memcpy(host->sign_secret, host->next_secret, sizeof(host->sign_secret));
    host->rekeying = 0;
    txn = disk_write(host->disk);
    if (node_rekey_end(host->node, txn) != 0) {
        world_fail(world, "step-result", "node %zu, node_rekey_end", which);
    }
    disk_commit(host->disk, txn);
    node_host_took(world, which);
    world->tally.rekeyed++;
    world_note(world, "node %zu: works with its new keys", which);
    if (host->session != 0) {
        node_host_lost(world, which, host->session);
    }
}

const uint8_t *rekey_keys(const struct world *world, size_t which, struct rekey_past *past)
{
    const struct node_host *host = &world->nodes[which];
    const struct rekey *rekey;
    int taken;

    *past = host->past;
    rekey = host->rekeying && host->up ? node_rekey_pending(host->node, &taken) : NULL;
    if (rekey != NULL && rekey_past_add(past, host->sign_public, rekey->incarnation, rekey->from_seq) == 0) {
        return host->next_public;
    }
    return host->sign_public;
}
