/* SPDX-License-Identifier: Apache-2.0 */
#include "rotation.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "machine.h"
#include "navette/frame.h"
#include "navette/log.h"
#include "world.h"

#define SEEDS 250000u     /* per million: the hub changes its keys */
#define LATER 500000u     /* per million restorations: with the later keys beside the journal */
#define OVERLAP_LOW 60000 /* how long the ones before are good */
#define OVERLAP_HIGH 7200000

static const struct hub_pair *port(const struct world *world)
{
    return &world->hub.pairs[world->hub.port];
}

static void go_by(struct world *world, size_t which)
{
    world->hub.port = which;
    memcpy(world->hub.sign_public, port(world)->public_key, KEY_SIZE);
    memcpy(world->hub.sign_secret, port(world)->secret_key, sizeof(world->hub.sign_secret));
}

void rotation_draw(struct world *world)
{
    random_stream(&world->key_chance, world->seed, "hub keys");
    world->hub.rotates = world->hub.lineage.count > 0 && random_chance(&world->key_chance, SEEDS);
}

void rotation_begin_hub(struct world *world)
{
    struct hub_host *hub = &world->hub;

    memcpy(hub->pairs[0].public_key, hub->sign_public, KEY_SIZE);
    memcpy(hub->pairs[0].secret_key, hub->sign_secret, sizeof(hub->pairs[0].secret_key));
    memcpy(hub->root, hub->sign_public, KEY_SIZE);
    hub->pair_count = 1;
}

void rotation_begin_node(struct world *world, size_t node)
{
    hub_keys_begin(&world->nodes[node].trust, world->hub.id, port(world)->public_key, port(world)->public_key);
}

static int is_behind(const struct world *world)
{
    const struct rekey_past *past;

    return memcmp(hub_own_keys(world->hub.hub, &past), world->hub.pairs[world->hub.signer].public_key, KEY_SIZE) != 0;
}

/* A node that counts: one that was sent away for good learns nothing more. */
static int knows_last(const struct world *world, size_t index)
{
    return hub_node_at(world->hub.hub, index)->revoked || hub_key_held_at(world->hub.hub, index) == HUB_KEY_LAST;
}

static int all_know(const struct world *world)
{
    for (size_t i = 0; hub_node_at(world->hub.hub, i) != NULL; i++) {
        if (!knows_last(world, i)) {
            return 0;
        }
    }
    return 1;
}

static int all_are_back(const struct world *world)
{
    struct store_txn *txn = disk_read(world->hub.journal);
    const struct hub_node *node;
    int back = 1;

    for (size_t i = 0; back && (node = hub_node_at(world->hub.hub, i)) != NULL; i++) {
        back = node->revoked ||
               (hub_key_held_at(world->hub.hub, i) != HUB_KEY_STRANGE && hub_node_is_back(world->hub.hub, txn, node->node) == 1);
    }
    disk_end(world->hub.journal, txn);
    return back;
}

static void fill(const struct world *world, const struct hub_pair *next, uint64_t from_seq, struct rekey *rekey)
{
    const struct hub_host *hub = &world->hub;
    uint8_t bytes[REKEY_SIGNED_SIZE];

    memset(rekey, 0, sizeof(*rekey));
    memcpy(rekey->node, hub->id, NODE_ID_SIZE);
    memcpy(rekey->curve_key, next->public_key, KEY_SIZE);
    memcpy(rekey->sign_key, next->public_key, KEY_SIZE);
    memcpy(rekey->previous, port(world)->public_key, KEY_SIZE);
    memcpy(rekey->incarnation, hub->incarnation, INCARNATION_SIZE);
    rekey->from_seq = from_seq;
    rekey_signed_bytes(rekey, bytes);
    crypto_sign_detached(rekey->signature, NULL, bytes, sizeof(bytes), port(world)->secret_key);
    crypto_sign_detached(rekey->proof, NULL, bytes, sizeof(bytes), next->secret_key);
}

static int record(struct world *world, struct store_txn *txn, const struct rekey *rekey, int64_t until_ms)
{
    struct rekey_body body;
    uint8_t salt[SALT_SIZE];

    random_bytes(&world->key_chance, salt, sizeof(salt));
    rekey_body_fill(rekey, until_ms, &body);
    return hub_record(world->hub.hub, txn, &body.event, salt, world->now_ms, NULL);
}

static void tell_all(struct world *world, int over)
{
    struct effects effects;

    effects_init(&effects);
    if (hub_announce_all(world->hub.hub, world->now_ms, over, &effects) != 0) {
        world_fail(world, "step-result", "hub_announce_all");
    }
    hub_host_carry(world, &effects);
    effects_free(&effects);
}

int rotation_seal(struct world *world, struct store_txn *txn)
{
    struct hub_host *hub = &world->hub;
    struct batch_header header;
    uint8_t bytes[BATCH_SIGNED_SIZE];
    int rc = log_seal_prepare(txn, hub->incarnation, &header);

    hub->seal_wanted = 0;
    if (rc == NAVETTE_E_NOT_FOUND) {
        return 0;
    }
    if (rc == 0) {
        batch_signed_bytes(&header, bytes);
        crypto_sign_detached(header.signature, NULL, bytes, sizeof(bytes), hub->pairs[hub->signer].secret_key);
        rc = log_seal_store(txn, &header);
    }
    return rc;
}

/* As server/decide_rekey.c: the event is the last that the present keys sign. */
void rotation_change(struct world *world)
{
    struct hub_host *hub = &world->hub;
    struct hub_pair *next = &hub->pairs[hub->pair_count];
    uint8_t seed[crypto_sign_SEEDBYTES];
    struct store_txn *txn;
    struct log_head head;
    struct rekey rekey;
    int rc;

    if (!hub->up || hub->busy || hub->full_until_ms > world->now_ms || hub->signer != hub->port || hub->pair_count == HUB_PAIRS ||
        hub_own_gap(hub->hub) || is_behind(world) || !all_are_back(world)) {
        return;
    }
    random_bytes(&world->key_chance, seed, sizeof(seed));
    crypto_sign_seed_keypair(next->public_key, next->secret_key, seed);
    txn = disk_write(hub->journal);
    rc = rotation_seal(world, txn);
    rc = rc == 0 ? journal_head(txn, hub->incarnation, &head) : rc;
    if (rc == 0) {
        fill(world, next, head.seq + 2, &rekey);
        hub->until_ms = world->now_ms + random_skewed(&world->key_chance, OVERLAP_LOW, OVERLAP_HIGH);
        rc = record(world, txn, &rekey, hub->until_ms);
    }
    rc = rc == 0 ? rotation_seal(world, txn) : rc;
    if (rc != 0) {
        world_fail(world, "step-result", "the hub's new keys: %s", error_text(rc));
    }
    memcpy(next->incarnation, hub->incarnation, INCARNATION_SIZE);
    next->from_seq = rekey.from_seq;
    hub->signer = hub->pair_count++;
    disk_commit(hub->journal, txn);
    hub_host_took(world);
    world->tally.hub_rekeyed++;
    world_note(world, "hub: new keys, from %" PRIu64 " of its log on", rekey.from_seq);
    tell_all(world, 0);
}

void rotation_turn(struct world *world)
{
    struct hub_host *hub = &world->hub;

    if (!hub->rotates || !hub->up || hub->busy || hub->signer == hub->port || (!all_know(world) && world->now_ms < hub->until_ms)) {
        return;
    }
    tell_all(world, 1);
    go_by(world, hub->signer);
    hub_go_by(hub->hub, hub->sign_public);
    world->tally.hub_over++;
    world_note(world, "hub: goes by its new keys");
    catchup_forget(world);
    hub_host_shut(world);
}

/* Its last words were signed with keys that it knows for its own; then the row beside the journal names the present ones. */
void rotation_started(struct world *world)
{
    struct hub_host *hub = &world->hub;
    struct store_txn *txn = disk_read(hub->journal);
    const struct rekey_past *past;
    const uint8_t *key = hub_own_keys(hub->hub, &past);
    struct batch_header header;
    struct log_head head;

    if (journal_head(txn, hub->incarnation, &head) == 0 && head.seq > 0 && journal_batch(txn, hub->incarnation, head.seq, &header) == 0 &&
        header.count > 0 && !rekey_signed(&header, key, past)) {
        world_fail(world, "hub-keys-strange", "the hub would not start on its own journal");
    }
    disk_end(hub->journal, txn);
    if (!hub_own_gap(hub->hub)) {
        memcpy(hub->root, hub->pairs[hub->signer].public_key, KEY_SIZE);
    }
}

/* ---- put back */

void rotation_back_up(struct world *world)
{
    memcpy(world->hub.backup_root, world->hub.root, KEY_SIZE);
    world->hub.backup_gap = hub_own_gap(world->hub.hub);
    world->hub.backup_port = world->hub.port;
    world->hub.backup_signer = world->hub.signer;
    world->hub.backup_until_ms = world->hub.until_ms;
}

/* Has this node all of the log from the backup's end up to the word that names these keys? */
static int holds_word(const struct world *world, size_t node, const struct hub_pair *pair)
{
    size_t log = truth_find_log(&world->truth, pair->incarnation);

    for (uint64_t seq = pair->from_seq - 1; seq > 0 && log != TRUTH_LOGS; seq--) {
        if (truth_position(&world->truth.logs[log], seq) <= world->hub.backup_rows) {
            return 1;
        }
        if (!truth_shelf_has_number(world, node, log, seq)) {
            return 0;
        }
    }
    return log != TRUTH_LOGS;
}

static size_t pair_of(const struct hub_host *hub, const uint8_t key[KEY_SIZE])
{
    size_t which = 0;

    while (which < hub->pair_count && memcmp(hub->pairs[which].public_key, key, KEY_SIZE) != 0) {
        which++;
    }
    return which;
}

static int somebody_trusts(const struct world *world, const struct hub_pair *pair)
{
    for (size_t i = 0; i < world->node_count; i++) {
        if (!world->nodes[i].retired && memcmp(hub_keys_last(&world->nodes[i].trust)->sign_key, pair->public_key, KEY_SIZE) == 0) {
            return 1;
        }
    }
    return 0;
}

/* The last that somebody knows: those of the old disk, or of a later backup. */
static size_t latest(const struct world *world)
{
    size_t which = world->hub.pair_count - 1;

    while (which > world->hub.port && !somebody_trusts(world, &world->hub.pairs[which])) {
        which--;
    }
    return which;
}

/* What nobody holds is a matter of enrolling nodes anew: whoever knows keys of after the backup has to be able to say how they came. */
int rotation_may_restore(const struct world *world)
{
    const struct hub_host *hub = &world->hub;
    const uint8_t *known = hub->backup_gap ? hub->backup_root : hub->pairs[hub->backup_port].public_key;
    size_t from = hub->backup_gap ? pair_of(hub, hub->backup_root) : hub->backup_signer;

    /* Keys later still beside such a journal: the hub asks for those that it was signed with, which nodes may have given up. */
    if (hub->backup_gap && latest(world) != hub->backup_port) {
        return 0;
    }
    for (size_t i = 0; hub->rotates && i < world->host_count; i++) {
        const struct hub_key *last = hub_keys_last(&world->nodes[i].trust);

        for (size_t k = from + 1; k < hub->pair_count; k++) {
            if (memcmp(last->sign_key, known, KEY_SIZE) != 0 && !holds_word(world, i, &hub->pairs[k])) {
                return 0;
            }
        }
    }
    return 1;
}

void rotation_restore(struct world *world)
{
    go_by(world, world->hub.backup_port);
    world->hub.signer = world->hub.backup_signer; /* of what begins the new log */
    memcpy(world->hub.root, world->hub.backup_root, KEY_SIZE);
}

void rotation_began(struct world *world, const struct hub *process)
{
    if (!hub_own_gap(process)) {
        memcpy(world->hub.root, world->hub.pairs[world->hub.signer].public_key, KEY_SIZE);
    }
}

void rotation_put_later(struct world *world)
{
    struct hub_host *hub = &world->hub;
    size_t which = latest(world);

    world->truth.logs[hub->log].begun_before = hub->backup_signer + 1 < hub->pair_count;
    if (hub->rotates && which > hub->backup_signer && random_chance(&world->key_chance, LATER)) {
        world->tally.hub_later++;
        world_note(world, "hub: later keys are put beside its journal");
        go_by(world, which);
        hub->signer = which;
        return;
    }
    hub->signer = hub->backup_signer;
    hub->until_ms = hub->backup_until_ms;
}

static int is_shut_out(const struct world *world, size_t node)
{
    const uint8_t *key;

    for (size_t turn = 0; (key = hub_keys_dial(&world->nodes[node].trust, turn)) != NULL; turn++) {
        if (memcmp(key, port(world)->public_key, KEY_SIZE) == 0) {
            return 0;
        }
    }
    return 1;
}

/* Nobody has its machine any more, or who has it does not listen: such a node waits for the end of the overlap. */
static int learns_no_more(const struct world *world, const uint8_t id[NODE_ID_SIZE])
{
    for (size_t i = 0; i < world->host_count; i++) {
        const struct node_host *host = &world->nodes[i];

        if (memcmp(host->id, id, NODE_ID_SIZE) == 0 && !host->retired && !host->hostile) {
            return 0;
        }
    }
    return 1;
}

/* Strange keys mean that the hub was put back: it refuses to end anything before the later ones are beside it. */
static int waits_in_vain(const struct world *world)
{
    int waits = 0;

    for (size_t i = 0; hub_node_at(world->hub.hub, i) != NULL; i++) {
        if (knows_last(world, i)) {
            continue;
        }
        if (hub_key_held_at(world->hub.hub, i) == HUB_KEY_STRANGE || !learns_no_more(world, hub_node_at(world->hub.hub, i)->node)) {
            return 0;
        }
        waits = 1;
    }
    return waits;
}

/* As `navette-hub rekey --now`, of which the hub tells whoever looks at the nodes that it waits for: said again, with an end that is now. The overlap may be longer than a healed network has to rest. */
static void end_overlap(struct world *world)
{
    struct hub_host *hub = &world->hub;
    struct store_txn *txn;
    int64_t until_ms;
    size_t count;
    const struct rekey *list = hub_announced(hub->hub, &count, &until_ms);
    struct rekey last;
    int rc;

    if (hub->busy || count == 0 || is_behind(world) || hub_own_gap(hub->hub) || !waits_in_vain(world)) {
        return;
    }
    last = list[count - 1];
    txn = disk_write(hub->journal);
    rc = rotation_seal(world, txn);
    rc = rc == 0 ? record(world, txn, &last, world->now_ms) : rc;
    rc = rc == 0 ? rotation_seal(world, txn) : rc;
    if (rc != 0) {
        world_fail(world, "step-result", "an overlap that ends: %s", error_text(rc));
    }
    disk_commit(hub->journal, txn);
    hub->until_ms = world->now_ms;
    world->tally.hub_ended++;
    world_note(world, "hub: those that do not know its new keys are not waited for");
    hub_host_took(world);
}

void rotation_settle(struct world *world)
{
    struct hub_host *hub = &world->hub;
    size_t which = latest(world);
    int must = 0;

    if (hub->rotates && hub->up && hub->signer != hub->port && world->now_ms < hub->until_ms) {
        end_overlap(world);
    }
    if (!hub->rotates || !hub->up || hub->busy || hub->signer != hub->port || which == hub->port) {
        return;
    }
    must = is_behind(world);
    for (size_t i = 0; i < world->node_count; i++) {
        must |= !world->nodes[i].retired && is_shut_out(world, i);
    }
    if (!must) {
        return;
    }
    world_note(world, "hub: the later keys are put back");
    hub_host_crash(world);
    go_by(world, which);
    hub->signer = which;
    hub_host_start(world);
}

/* ---- at a node */

static void take(struct world *world, size_t node, const Navette__HubKeys *message)
{
    struct node_host *host = &world->nodes[node];

    for (size_t i = 0; i < message->n_keys; i++) {
        struct rekey rekey;

        if (rekey_read(message->keys[i], &rekey) == 0) {
            (void)hub_keys_take(&host->trust, &rekey);
        }
    }
    if (host->trust.rival) {
        world_fail(world, "hub-rival", "node %zu was told of two successors of one key", node);
    }
}

static void ask(struct world *world, size_t node)
{
    struct node_host *host = &world->nodes[node];
    Navette__HubKeys message;
    Navette__Rekey keys[LIMIT_HUB_KEYS];
    Navette__Rekey *list[LIMIT_HUB_KEYS];

    hub_keys_message(world->hub.hub, hub_keys_last(&host->trust)->sign_key, keys, list, &message);
    take(world, node, &message);
}

int rotation_dialled(struct world *world, size_t node)
{
    if (!world->hub.rotates || !is_shut_out(world, node)) {
        return 1;
    }
    if (world->hub.up) {
        ask(world, node);
    }
    return 0;
}

void rotation_by_stick(struct world *world, size_t node)
{
    if (world->hub.rotates && world->hub.up) {
        ask(world, node);
    }
}

void rotation_told(struct world *world, size_t node, const struct effect *effect)
{
    struct node_host *host = &world->nodes[node];
    Navette__HubKeysHeld held = NAVETTE__HUB_KEYS_HELD__INIT;
    struct buffer answer = {0};
    struct frame frame;

    if (!world->hub.rotates || frame_decode(buffer_span(&effect->frame), &frame) != 0) {
        return;
    }
    if (frame.type == FRAME_HUB_KEYS) {
        take(world, node, (const Navette__HubKeys *)frame.message);
        held.sign_key = (ProtobufCBinaryData){KEY_SIZE, (uint8_t *)(uintptr_t)hub_keys_last(&host->trust)->sign_key};
        if (frame_encode(FRAME_HUB_KEYS_HELD, &held.base, &answer) == 0) {
            world->tally.coverage.frames[FRAME_HUB_KEYS_HELD]++;
            network_send(world, host->session, TO_HUB, buffer_span(&answer));
        }
    }
    buffer_free(&answer);
    frame_free(&frame);
}

void rotation_look(struct world *world, size_t node)
{
    struct node_host *host = &world->nodes[node];
    const struct line *line = network_line(world, host->session);
    struct node_told told;

    if (world->hub.rotates && line != NULL && node_told(host->node, &told) == 0) {
        (void)hub_keys_heard(&host->trust, world->hub.pairs[line->hub_pair].public_key, told.keys_until_ms, told.hub_time_ms);
    }
}

/* ---- what is looked at */

const uint8_t *rotation_all(const struct world *world, struct rekey_past *past)
{
    const struct hub_host *hub = &world->hub;

    for (size_t i = 1; i < hub->pair_count; i++) {
        (void)rekey_past_add(past, hub->pairs[i - 1].public_key, hub->pairs[i].incarnation, hub->pairs[i].from_seq);
    }
    return hub->pairs[hub->pair_count - 1].public_key;
}

int rotation_at_rest(const struct world *world, char *why, size_t size)
{
    const struct hub_host *hub = &world->hub;

    if (!hub->rotates) {
        return 1;
    }
    if (hub->signer != hub->port || hub_own_gap(hub->hub) || is_behind(world)) {
        snprintf(why, size, "the hub's keys: %s",
                 hub->signer != hub->port ? "announced"
                 : hub_own_gap(hub->hub)  ? "later than the journal"
                                          : "behind");
        return 0;
    }
    for (size_t i = 0; i < world->node_count; i++) {
        const struct node_host *host = &world->nodes[i];

        if (host->session != 0 && !host->retired && hub_host_admits(world, i) &&
            memcmp(hub_keys_last(&host->trust)->sign_key, hub->pairs[hub->signer].public_key, KEY_SIZE) != 0) {
            snprintf(why, size, "node %zu does not know the hub's keys", i);
            return 0;
        }
    }
    return 1;
}
