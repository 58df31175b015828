/* SPDX-License-Identifier: Apache-2.0 */
#include "rekey.h"

#include <inttypes.h>
#include <sodium.h>
#include <string.h>

#include "invariants.h"
#include "machine.h"
#include "navette/event.h"
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

/* In a transaction of its own. */
static void write(struct world *world, size_t which, const char *what, int (*step)(struct node *, struct store_txn *))
{
    struct node_host *host = &world->nodes[which];
    struct store_txn *txn = disk_write(host->disk);
    int rc = step(host->node, txn);

    if (rc != 0) {
        world_fail(world, "step-result", "node %zu, %s: %s", which, what, error_text(rc));
    }
    disk_commit(host->disk, txn);
    node_host_took(world, which);
}

/* Does the hub's backup say that this is a key of the node's? Read from the events themselves. */
static int backup_knows(struct world *world, const uint8_t sign_key[KEY_SIZE])
{
    struct store_txn *txn = world->hub.backup != NULL ? disk_read(world->hub.backup) : NULL;
    int known = 0;

    for (uint64_t position = 1; txn != NULL && !known && position <= world->hub.backup_rows; position++) {
        struct journal_entry entry;
        struct event event;

        if (journal_read_raw(txn, position, &entry) == 0 && event_decode(entry.event, &event) == 0) {
            known = event.body->body_case == NAVETTE__EVENT__BODY_NODE_REKEYED &&
                    memcmp(event.body->node_rekeyed->sign_key.data, sign_key, KEY_SIZE) == 0;
            event_free(&event);
        }
    }
    if (txn != NULL) {
        disk_end(world->hub.backup, txn);
    }
    return known;
}

static void forget_before(struct world *world, size_t which)
{
    struct node_host *host = &world->nodes[which];

    if (!backup_knows(world, host->sign_public)) {
        world_fail(world, "key-forgotten-early", "node %zu gives up its key before, and no backup has the present one", which);
    }
    host->has_before = 0;
    world->tally.rekey_backed_up++;
    write(world, which, "node_rekey_forget", node_rekey_forget);
}

int rekey_is_known_before(const struct world *world, size_t which)
{
    const struct node_host *host = &world->nodes[which];
    const struct hub_node *node = host->has_before && world->hub.up ? hub_node_by_key(world->hub.hub, host->before_curve) : NULL;

    return node != NULL && !node->revoked;
}

int rekey_dials_before(const struct world *world, size_t which)
{
    const struct node_host *host = &world->nodes[which];

    return host->has_before && node_rekey_may_again(host->node) && rekey_is_known_before(world, which);
}

void rekey_connected(struct world *world, size_t which)
{
    struct node_host *host = &world->nodes[which];
    const struct line *line = network_line(world, host->session);

    if (line != NULL && host->has_before && memcmp(line->curve_key, host->before_curve, KEY_SIZE) == 0 && node_rekey_again(host->node)) {
        world->tally.rekey_again++;
        world_note(world, "node %zu: says its change again", which);
    }
}

/* The hub had forgotten the change, and has it again. */
static void told_again(struct world *world, size_t which)
{
    struct node_host *host = &world->nodes[which];

    write(world, which, "node_rekey_end", node_rekey_end);
    world_note(world, "node %zu: the hub knows its keys again", which);
    if (host->session != 0) {
        node_host_lost(world, which, host->session);
    }
}

void rekey_turn(struct world *world, size_t which)
{
    struct node_host *host = &world->nodes[which];
    const struct rekey *rekey;
    int taken, safe;

    if (!host->up || host->busy) {
        return;
    }
    rekey = node_rekey_pending(host->node, &taken);
    if (rekey == NULL && host->has_before) {
        const struct rekey *kept = node_rekey_kept(host->node, &safe);

        if (kept != NULL && safe) {
            forget_before(world, which);
            return;
        }
        host->has_before = kept != NULL;
    }
    if (rekey == NULL || !taken) {
        return;
    }
    if (!host->rekeying) {
        told_again(world, which);
        return;
    }
    if (rekey_past_add(&host->past, host->sign_public, rekey->incarnation, rekey->from_seq) != 0) {
        world_fail(world, "step-result", "node %zu: too many keys", which);
        return;
    }
    memcpy(host->before_curve, host->curve_key, KEY_SIZE);
    host->has_before = 1;
    memcpy(host->curve_key, host->next_curve, KEY_SIZE);
    memcpy(host->sign_public, host->next_public, KEY_SIZE);
    memcpy(host->sign_secret, host->next_secret, sizeof(host->sign_secret));
    host->rekeying = 0;
    write(world, which, "node_rekey_end", node_rekey_end);
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
