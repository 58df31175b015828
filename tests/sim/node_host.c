/* SPDX-License-Identifier: Apache-2.0 */
#include "node_host.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "invariants.h"
#include "machine.h"
#include "navette/fold.h"
#include "navette/log.h"
#include "person.h"
#include "prune.h"
#include "rekey.h"
#include "rotation.h"
#include "world.h"

#define NODE_ROUND 8       /* most steps in one transaction */
#define NODE_FOLD_STEP 128 /* most entries folded in one transaction */
#define NODE_EVICT_STEP 50 /* entries copied in one transaction when its scope is narrower */
#define NODE_PING_MS 15000 /* a node's own silence */
#define NODE_DEAD_MS 40000 /* two pings and room */
#define NODE_SLOW_MS 20000 /* a round of a machine that swaps */
#define NODE_FULL_MS 1000  /* before what found the disk full is tried again */
#define NODE_INBOX 64u     /* frames that wait in its socket; beyond it they vanish */
#define NODE_PULL_LOW 400
#define NODE_PULL_HIGH 20000

static void set_run(struct world *world, size_t which)
{
    struct node_host *host = &world->nodes[which];

    if (host->up && !host->busy && !host->run_set && host->job_count > 0) {
        int64_t slowest_ms = host->slow_until_ms > world->now_ms ? NODE_SLOW_MS : 10;
        int64_t rest_ms = host->rests_until_ms > world->now_ms ? host->rests_until_ms - world->now_ms : 0;

        host->run_set = 1;
        world_alarm(world, rest_ms + random_skewed(&world->chance, 0, slowest_ms), ALARM_NODE_RUN, which, host->generation, 0);
    }
}

static void set_fold(struct world *world, size_t which)
{
    struct node_host *host = &world->nodes[which];

    if (host->up && !host->fold_set) {
        host->fold_set = 1;
        world_alarm(world, random_skewed(&world->chance, 1, world->faults.lag_ms), ALARM_NODE_FOLD, which, host->generation, 0);
    }
}

static int64_t monotonic(const struct world *world, size_t which)
{
    return world->now_ms - world->nodes[which].boot_ms + 1;
}

static void set_tick(struct world *world, size_t which)
{
    struct node_host *host = &world->nodes[which];
    int64_t at_ms = node_deadline(host->node);

    if (at_ms == INT64_MAX) {
        return;
    }
    at_ms = at_ms + host->boot_ms - 1;
    at_ms = at_ms > world->now_ms ? at_ms : world->now_ms + 1;
    if (host->tick_at_ms == 0 || host->tick_at_ms > at_ms || host->tick_at_ms <= world->now_ms) {
        host->tick_at_ms = at_ms;
        world_alarm(world, at_ms - world->now_ms, ALARM_NODE_TICK, which, host->generation, 0);
    }
}

static void add_job(struct world *world, size_t which, enum job_kind kind, enum node_input_kind input, struct buffer *bytes)
{
    struct node_host *host = &world->nodes[which];
    struct job job = {.kind = kind, .input = input};

    if (bytes != NULL) {
        job.bytes = *bytes;
        buffer_init(bytes);
    }
    host->jobs = world_grow(host->jobs, host->job_count, &host->job_capacity, sizeof(*host->jobs));
    host->jobs[host->job_count++] = job;
    set_run(world, which);
}

static void drop_jobs(struct node_host *host, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buffer_free(&host->jobs[i].bytes);
    }
    host->job_count -= count;
    if (host->job_count > 0) {
        memmove(host->jobs, host->jobs + count, host->job_count * sizeof(*host->jobs));
    }
}

static void drop_frames(struct node_host *host)
{
    size_t kept = 0;

    for (size_t i = 0; i < host->job_count; i++) {
        if (host->jobs[i].kind == JOB_STEP && host->jobs[i].input == NODE_FRAME) {
            buffer_free(&host->jobs[i].bytes);
        } else {
            host->jobs[kept++] = host->jobs[i];
        }
    }
    host->job_count = kept;
}

static void check_rc(struct world *world, size_t which, const char *what, int rc)
{
    if (rc != 0) {
        world_fail(world, "step-result", "node %zu, %s: %s", which, what, error_text(rc));
    }
}

void node_host_init(struct world *world, size_t which)
{
    struct node_host *host = &world->nodes[which];
    uint8_t seed[crypto_sign_SEEDBYTES];

    random_bytes(&world->chance, host->id, sizeof(host->id));
    random_bytes(&world->chance, host->incarnation, sizeof(host->incarnation));
    random_bytes(&world->chance, host->curve_key, sizeof(host->curve_key));
    random_bytes(&world->chance, seed, sizeof(seed));
    crypto_sign_seed_keypair(host->sign_public, host->sign_secret, seed);
    host->self = which;
    host->log = truth_add_log(&world->truth, host->incarnation, which);
    host->disk = machine_empty_disk(world, which, host->incarnation);
    effects_init(&host->effects);
    host->boot = random_u64(&world->chance);
    host->boot_ms = world->now_ms;
    machine_draw_clock(world, which);
    rotation_begin_node(world, which);
}

void node_host_free(struct world *world, size_t which)
{
    struct node_host *host = &world->nodes[which];

    drop_jobs(host, host->job_count);
    free(host->jobs);
    effects_free(&host->effects);
    node_free(host->node);
    disk_free(host->disk);
    disk_free(host->backup);
    disk_free(host->stage);
    truth_shelf_free(&host->shelf);
    free(host->own.entries);
}

void node_host_start(struct world *world, size_t which)
{
    struct node_host *host = &world->nodes[which];
    struct node_options options = {.ping_ms = NODE_PING_MS, .dead_ms = NODE_DEAD_MS};
    struct store_txn *txn;

    if (host->up || host->retired) {
        return;
    }
    memcpy(options.node, host->id, NODE_ID_SIZE);
    memcpy(options.incarnation, host->incarnation, INCARNATION_SIZE);
    random_bytes(&world->chance, options.process, sizeof(options.process));
    memcpy(options.sign_key, host->sign_public, KEY_SIZE);
    options.hub_keys = world->hub.rotates ? &host->trust : world->snapshot_rows > 0 ? &world->hub.keys : NULL;
    options.keep_ms = prune_keep_ms(world);
    options.pull_bytes = (uint32_t)random_skewed(&world->chance, NODE_PULL_LOW, NODE_PULL_HIGH);
    host->node = node_new(&options);
    host->up = 1;
    host->link = NODE_OFFLINE;
    host->tick_at_ms = 0;
    world_note(world, "node %zu: start", which);
    txn = disk_write(host->disk);
    check_rc(world, which, "node_load", node_load(host->node, txn));
    disk_end(host->disk, txn);
    catchup_resume(world, which);
    txn = disk_read(host->disk);
    invariants_node_synced(world, which, txn);
    disk_end(host->disk, txn);
    network_want(world, which);
    set_fold(world, which);
}

void node_host_crash(struct world *world, size_t which, int reboot)
{
    struct node_host *host = &world->nodes[which];

    world_note(world, "node %zu: %s", which, reboot ? "reboot" : "crash");
    world->tally.crashes++;
    host->up = host->busy = host->run_set = host->fold_set = 0;
    host->generation++;
    host->scanned = host->asked = 0;
    effects_clear(&host->effects);
    drop_jobs(host, host->job_count);
    node_free(host->node);
    host->node = NULL;
    disk_crash(host->disk, &world->fault_chance);
    network_node_left(world, host->session);
    host->session = 0;
    if (reboot) {
        host->boot = random_u64(&world->chance);
        host->boot_ms = world->now_ms;
        machine_draw_clock(world, which);
    }
}

/* What its scope gives no more goes: another store takes the place of its own, and its process begins anew on it. */
void node_host_evict(struct world *world, size_t which)
{
    struct node_host *host = &world->nodes[which];
    struct disk *copy = disk_new();
    struct store_txn *from = disk_read(host->disk);
    uint64_t position = 0;
    int done = 0;
    int rc = 0;

    while (rc == 0 && !done) {
        struct store_txn *to = disk_write(copy);

        rc = node_evict_copy(host->node, from, to, NODE_EVICT_STEP, &position, &done);
        disk_commit(copy, to);
    }
    disk_sync(copy);
    disk_end(host->disk, from);
    check_rc(world, which, "node_evict_copy", rc);
    world_note(world, "node %zu: eviction", which);
    node_host_crash(world, which, 0);
    machine_replace(world, which, copy, host->incarnation);
    world_alarm(world, 1, ALARM_NODE_START, which, host->generation, 0);
}

static void carry_out(struct world *world, size_t which)
{
    struct node_host *host = &world->nodes[which];
    int evicts = 0;

    for (size_t i = 0; i < host->effects.count; i++) {
        struct effect *effect = &host->effects.list[i];

        switch (effect->kind) {
        case EFFECT_SEND:
            world->tally.coverage.frames[effect->frame.data[5] % FRAME_TYPE_COUNT]++;
            network_send(world, host->session, TO_HUB, buffer_span(&effect->frame));
            break;
        case EFFECT_SEAL:
            add_job(world, which, JOB_SEAL, NODE_TICK, NULL);
            break;
        case EFFECT_LOG:
            world_note(world, "node %zu: %s", which, effect->text);
            break;
        case EFFECT_CLOSE:
        case EFFECT_RECONNECT:
            network_node_left(world, host->session);
            host->session = 0;
            drop_frames(host); /* a socket that is thrown away takes what it had received with it */
            network_want(world, which);
            break;
        case EFFECT_EVICT:
            evicts = 1;
            break;
        case EFFECT_STAGE:
            catchup_stage(world, which, effect);
            break;
        case EFFECT_KEYS:
            rotation_told(world, which, effect);
            break;
        case EFFECT_REFOLD:
        case EFFECT_REVOKE:
        case EFFECT_SNAPSHOT:
            break;
        }
    }
    effects_clear(&host->effects);
    if (evicts) {
        node_host_evict(world, which);
    }
}

static int scan(struct world *world, size_t which, struct store_txn *txn)
{
    struct node_host *host = &world->nodes[which];
    struct journal_entry entry;
    uint8_t salt[SALT_SIZE];
    int rc;

    random_bytes(&world->chance, salt, sizeof(salt));
    if (node_is_cloned(host->node)) {
        world->tally.unrecorded++;
        return NAVETTE_E_NOT_FOUND;
    }
    rc = person_record(world, which, txn, salt, &entry);
    if (rc == NAVETTE_E_BUSY) {
        rc = machine_seal(world, which, txn);
        if (rc == 0) {
            rc = person_record(world, which, txn, salt, &entry);
        }
    }
    if (rc == 0) {
        host->scanned = entry.self.seq;
    }
    return rc;
}

static int step(struct world *world, size_t which, struct store_txn *txn, enum node_input_kind kind, struct span bytes)
{
    struct node_host *host = &world->nodes[which];
    struct node_input input = {.kind = kind, .bytes = bytes, .txn = txn, .staged = host->staged};
    Navette__Frontier frontier;
    uint8_t signature[SIGNATURE_SIZE];
    uint8_t fresh[SALT_SIZE];
    struct node_progress progress;
    int rc;

    random_bytes(&world->chance, fresh, sizeof(fresh));
    input.fresh = fresh;
    input.error = kind == NODE_STAGED ? host->stage_error : 0;
    if ((kind != NODE_FRAME || random_chance(&world->chance, 150000)) && machine_states(world, which, &frontier, signature)) {
        input.frontier = &frontier;
    }
    input.now_ms = monotonic(world, which);
    input.wall_ms = machine_wall(world, which);
    if (kind == NODE_CONNECTED) {
        rekey_connected(world, which);
    }
    rc = node_step(host->node, &input, &host->effects);
    if (rc == 0 && node_progress(host->node, txn, &progress) == 0 && progress.link != host->link) {
        world->tally.coverage.link[host->link][progress.link]++;
        host->link = progress.link;
    }
    return rc;
}

/* Steps may share a transaction; a scan, a seal and a fold have their own. */
static int do_jobs(struct world *world, size_t which, struct store_txn *txn, size_t *done)
{
    struct node_host *host = &world->nodes[which];
    size_t most = (size_t)random_skewed(&world->chance, 1, NODE_ROUND);
    int more = 0;
    int rc = 0;

    *done = 1;
    switch (host->jobs[0].kind) {
    case JOB_SCAN:
        rc = scan(world, which, txn);
        /* Later own events have come back from the hub: the log can't go on, and the person is told so until it has another. */
        world->tally.unrecorded += rc == NAVETTE_E_EXISTS;
        return rc == NAVETTE_E_NOT_FOUND || rc == NAVETTE_E_EXISTS ? 0 : rc; /* nothing to do for this person */
    case JOB_SEAL:
        return machine_seal(world, which, txn);
    case JOB_FOLD:
        rc = prune_fold(world, which, txn, random_skewed(&world->chance, 1, NODE_FOLD_STEP), &more);
        if (rc == 0 && more) {
            set_fold(world, which);
        }
        return rc != 0 || more ? rc : prune_pass(world, which, txn);
    case JOB_STEP:
        break;
    }
    for (*done = 0; rc == 0 && *done < host->job_count && *done < most && host->jobs[*done].kind == JOB_STEP; ++*done) {
        if (host->jobs[*done].input == NODE_FRAME) {
            invariants_node_frame(world, which, buffer_span(&host->jobs[*done].bytes));
        }
        rc = step(world, which, txn, host->jobs[*done].input, buffer_span(&host->jobs[*done].bytes));
    }
    return rc;
}

/* The disk was full: nothing of the transaction exists, and the step has to know. The person was told so, and asks again or does not. */
static void give_up(struct world *world, size_t which, struct store_txn *txn, int steps)
{
    struct node_host *host = &world->nodes[which];

    world_note(world, "node %zu: commit failed", which);
    world->tally.refusals++;
    disk_end(host->disk, txn);
    effects_clear(&host->effects);
    host->scanned = 0;
    if (steps) {
        txn = disk_write(host->disk);
        check_rc(world, which, "NODE_FAILED", step(world, which, txn, NODE_FAILED, (struct span){0}));
        disk_commit(host->disk, txn);
        host->busy = 1;
        world_alarm(world, 0, ALARM_NODE_SYNCED, which, host->generation, 0);
        return;
    }
    set_tick(world, which);
    set_run(world, which);
}

/* A damaged store was noticed: the process says so and ends. */
static void halt(struct world *world, size_t which, struct store_txn *txn, int rc)
{
    world_note(world, "node %zu: its store is damaged: %s", which, error_text(rc));
    world->tally.flips_seen++;
    disk_end(world->nodes[which].disk, txn);
    node_host_crash(world, which, 0);
    world->nodes[which].retired = 1;
}

static void run(struct world *world, size_t which)
{
    struct node_host *host = &world->nodes[which];
    struct store_txn *txn;
    size_t done;
    enum job_kind kind;
    int rc;

    host->run_set = 0;
    if (host->busy || host->job_count == 0) {
        return;
    }
    kind = host->jobs[0].kind;
    txn = disk_write(host->disk);
    if (random_chance(&world->fault_chance, world->faults.full_node / 2)) {
        disk_fill(host->disk, (size_t)random_skewed(&world->fault_chance, 0, 2000));
    }
    rc = do_jobs(world, which, txn, &done);
    drop_jobs(host, done);
    if (rc != 0 && rc != NAVETTE_E_FULL && host->damaged) {
        halt(world, which, txn, rc);
        return;
    }
    if (rc != 0 && rc != NAVETTE_E_FULL) {
        check_rc(world, which, kind == JOB_STEP ? "node_step" : kind == JOB_SCAN ? "log_record" : kind == JOB_SEAL ? "seal" : "fold", rc);
    }
    if (rc == 0 && (host->full_until_ms > world->now_ms || random_chance(&world->fault_chance, world->faults.full_node))) {
        rc = NAVETTE_E_FULL;
    }
    if (rc != 0 || world->failed) {
        host->rests_until_ms = world->now_ms + random_range(&world->chance, 1, NODE_FULL_MS);
        if (kind == JOB_SEAL || kind == JOB_FOLD) {
            add_job(world, which, kind, NODE_TICK, NULL);
        }
        give_up(world, which, txn, kind == JOB_STEP);
        return;
    }
    disk_commit(host->disk, txn);
    host->busy = 1;
    world_alarm(world, random_skewed(&world->chance, 0, world->faults.sync_ms), ALARM_NODE_SYNCED, which, host->generation, 0);
    if (kind == JOB_SEAL) {
        add_job(world, which, JOB_STEP, NODE_SEALED, NULL);
    }
}

static void synced(struct world *world, size_t which)
{
    struct node_host *host = &world->nodes[which];
    struct store_txn *txn;

    disk_sync(host->disk);
    host->busy = 0;
    txn = disk_read(host->disk);
    invariants_node_synced(world, which, txn);
    disk_end(host->disk, txn);
    if (world->failed) {
        return;
    }
    if (host->scanned != 0) {
        host->told = host->scanned;
        world->tally.events++;
        host->scanned = 0;
        add_job(world, which, JOB_STEP, NODE_RECORDED, NULL);
        set_fold(world, which);
    }
    invariants_node_effects(world, which, &host->effects);
    carry_out(world, which);
    if (!host->up) {
        return;
    }
    rekey_turn(world, which);
    rotation_look(world, which);
    catchup_turn(world, which);
    if (!host->up) {
        return;
    }
    if (host->shelf.position != host->shelf.folded || prune_may_resume(world, which)) {
        host->shelf.folded = host->shelf.position;
        set_fold(world, which);
    }
    set_tick(world, which);
    set_run(world, which);
}

void node_host_ring(struct world *world, size_t which, enum alarm_kind kind, uint64_t generation)
{
    struct node_host *host = &world->nodes[which];

    if (kind == ALARM_NODE_START) {
        node_host_start(world, which);
        return;
    }
    if (generation != host->generation || !host->up) {
        return;
    }
    switch (kind) {
    case ALARM_NODE_RUN:
        run(world, which);
        break;
    case ALARM_NODE_SYNCED:
        synced(world, which);
        break;
    case ALARM_NODE_FOLD:
        host->fold_set = 0;
        add_job(world, which, JOB_FOLD, NODE_TICK, NULL);
        break;
    case ALARM_NODE_TICK:
        if (host->tick_at_ms <= world->now_ms) {
            host->tick_at_ms = 0;
            add_job(world, which, JOB_STEP, NODE_TICK, NULL);
        }
        break;
    default:
        break;
    }
}

void node_host_connected(struct world *world, size_t which, uint64_t session)
{
    world->nodes[which].session = session;
    add_job(world, which, JOB_STEP, NODE_CONNECTED, NULL);
}

void node_host_lost(struct world *world, size_t which, uint64_t session)
{
    struct node_host *host = &world->nodes[which];

    if (!host->up || host->session != session) {
        return;
    }
    network_node_left(world, session);
    host->session = 0;
    add_job(world, which, JOB_STEP, NODE_LOST, NULL);
    network_want(world, which);
}

void node_host_receive(struct world *world, size_t which, uint64_t session, struct buffer *frame)
{
    struct node_host *host = &world->nodes[which];

    if (host->session != session) {
        return;
    }
    if (host->job_count >= NODE_INBOX) {
        world->tally.lost++;
        return;
    }
    add_job(world, which, JOB_STEP, NODE_FRAME, frame);
}

void node_host_scan(struct world *world, size_t which)
{
    if (world->nodes[which].up) {
        add_job(world, which, JOB_SCAN, NODE_TICK, NULL);
    }
}

void node_host_staged(struct world *world, size_t which, uint32_t next, int error)
{
    world->nodes[which].staged = next;
    world->nodes[which].stage_error = error;
    add_job(world, which, JOB_STEP, NODE_STAGED, NULL);
}

void node_host_ask(struct world *world, size_t which)
{
    struct node_host *host = &world->nodes[which];

    if (host->up) {
        host->asked = node_ask(host->node);
        host->asked_rows = world->truth.row_count;
        add_job(world, which, JOB_STEP, NODE_TICK, NULL);
    }
}

void node_host_took(struct world *world, size_t which)
{
    struct node_host *host = &world->nodes[which];
    struct store_txn *txn;

    disk_sync(host->disk);
    txn = disk_read(host->disk);
    invariants_node_synced(world, which, txn);
    disk_end(host->disk, txn);
    if (host->shelf.position != host->shelf.folded) {
        host->shelf.folded = host->shelf.position;
        set_fold(world, which);
    }
    set_tick(world, which);
    set_run(world, which);
}
