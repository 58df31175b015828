/* SPDX-License-Identifier: Apache-2.0 */
#include "hub_host.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "decide.h"
#include "invariants.h"
#include "navette/fold.h"
#include "navette/log.h"
#include "rekey.h"
#include "restore.h"
#include "rotation.h"
#include "theft.h"
#include "world.h"

#define HUB_INBOX 4096u     /* beyond it frames vanish, as they do at ROUTER's high-water mark */
#define HUB_TAKEN 32        /* most frames in one transaction */
#define HUB_FULL_MS 500     /* before a round that found the disk full is tried again */
#define HUB_IDLE_MS 90000   /* three heartbeats and room */
#define HUB_FOLD_STEP 64    /* most entries in one transaction of the state */
#define HUB_CREDIT_LOW 2000 /* smaller than a batch may be: the first always goes */
#define HUB_CREDIT_HIGH 60000

static void set_run(struct world *world)
{
    struct hub_host *hub = &world->hub;

    if (hub->up && !hub->busy && !hub->run_set) {
        int64_t rest_ms = hub->rests_until_ms > world->now_ms ? hub->rests_until_ms - world->now_ms : 0;

        hub->run_set = 1;
        world_alarm(world, rest_ms + random_skewed(&world->chance, 0, 20), ALARM_HUB_RUN, 0, hub->generation, 0);
    }
}

static void set_fold(struct world *world)
{
    struct hub_host *hub = &world->hub;

    if (hub->up && !hub->fold_set) {
        hub->fold_set = 1;
        world_alarm(world, random_skewed(&world->chance, 1, world->faults.lag_ms), ALARM_HUB_FOLD, 0, hub->generation, 0);
    }
}

static void set_tick(struct world *world)
{
    struct hub_host *hub = &world->hub;
    int64_t at_ms = hub_deadline(hub->hub);
    int64_t round_ms = hub_round_deadline(hub->hub);

    /* A round that is due now is on its way. */
    at_ms = round_ms > world->now_ms && round_ms < at_ms ? round_ms : at_ms;
    if (at_ms == INT64_MAX || (hub->tick_at_ms != 0 && hub->tick_at_ms <= at_ms && hub->tick_at_ms > world->now_ms)) {
        return;
    }
    hub->tick_at_ms = at_ms > world->now_ms ? at_ms : world->now_ms + 1;
    world_alarm(world, hub->tick_at_ms - world->now_ms, ALARM_HUB_TICK, 0, hub->generation, 0);
}

void hub_host_init(struct world *world)
{
    struct hub_host *hub = &world->hub;
    uint8_t seed[crypto_sign_SEEDBYTES];

    random_bytes(&world->chance, hub->id, sizeof(hub->id));
    random_bytes(&world->chance, hub->incarnation, sizeof(hub->incarnation));
    random_bytes(&world->chance, seed, sizeof(seed));
    crypto_sign_seed_keypair(hub->sign_public, hub->sign_secret, seed);
    hub_keys_begin(&hub->keys, hub->id, hub->sign_public, hub->sign_public);
    rotation_begin_hub(world);
    hub->log = truth_add_log(&world->truth, hub->incarnation, TRUTH_HUB);
    hub->journal = disk_new();
    hub->state = disk_new();
    effects_init(&hub->effects);

    struct store_txn *txn = disk_write(hub->journal);
    const uint8_t none[INCARNATION_SIZE] = {0};
    int rc = log_start(txn, hub->incarnation, none, hub->id);
    if (rc != 0) {
        world_fail(world, "step-result", "log_start: %s", error_text(rc));
    }
    disk_commit(hub->journal, txn);
    disk_sync(hub->journal);
    restore_begin_epoch(world);
    rotation_draw(world);
}

static void clear_inbox(struct hub_host *hub, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buffer_free(&hub->inbox[i].bytes);
    }
    hub->inbox_count -= count;
    if (hub->inbox_count > 0) {
        memmove(hub->inbox, hub->inbox + count, hub->inbox_count * sizeof(*hub->inbox));
    }
}

void hub_host_free(struct world *world)
{
    struct hub_host *hub = &world->hub;

    clear_inbox(hub, hub->inbox_count);
    free(hub->inbox);
    effects_free(&hub->effects);
    hub_free(hub->hub);
    disk_free(hub->journal);
    disk_free(hub->state);
    disk_free(hub->backup);
    free(hub->own.entries);
}

static void check_rc(struct world *world, const char *what, int rc)
{
    if (rc != 0) {
        world_fail(world, "step-result", "hub, %s: %s", what, error_text(rc));
    }
}

/* Who may connect and who is revoked, as the synced log says. */
static void note_nodes(struct world *world)
{
    struct hub_host *hub = &world->hub;

    hub->admitted = hub->revoked = 0;
    for (size_t i = 0; i < world->host_count; i++) {
        const struct hub_node *node = hub_node_by_key(hub->hub, world->nodes[i].curve_key);
        if (node != NULL && !node->revoked) {
            hub->admitted |= UINT64_C(1) << i;
        } else if (node != NULL || theft_is_thief(world, i)) {
            hub->revoked |= UINT64_C(1) << i;
        }
    }
    workload_orders_done(world);
}

int hub_host_admits(const struct world *world, size_t node)
{
    return world->hub.up && (world->hub.admitted >> node & 1u) != 0;
}

void hub_host_start(struct world *world)
{
    struct hub_host *hub = &world->hub;
    struct hub_options options = {0};

    if (hub->up) {
        return;
    }
    memcpy(options.node, hub->id, NODE_ID_SIZE);
    memcpy(options.incarnation, hub->incarnation, INCARNATION_SIZE);
    options.credit_bytes = (uint32_t)random_skewed(&world->chance, HUB_CREDIT_LOW, HUB_CREDIT_HIGH);
    options.session_idle_ms = HUB_IDLE_MS;
    options.lineage = hub->lineage;
    options.snapshot_rows = world->snapshot_rows;
    memcpy(options.sign_key, hub->sign_public, KEY_SIZE);
    memcpy(options.root_key, hub->root, KEY_SIZE);
    hub->boot = random_u64(&world->chance);
    hub->hub = hub_new(&options);
    hub->up = 1;
    hub->tick_at_ms = 0;
    world_note(world, "hub: start");

    struct store_txn *txn = disk_read(hub->journal);
    invariants_hub_synced(world, txn);
    check_rc(world, "hub_load_nodes", hub_load_nodes(hub->hub, txn));
    disk_end(hub->journal, txn);
    rotation_started(world);
    note_nodes(world);
    hub->disowning = decide_disowns(world);
    hub_set_backup(hub->hub, hub->backup_rows, hub->backup_ms);
    invariants_hub_started(world);
    set_run(world);
    set_fold(world);
}

void hub_host_crash(struct world *world)
{
    struct hub_host *hub = &world->hub;

    world_note(world, "hub: crash");
    world->tally.crashes++;
    hub->up = hub->busy = hub->run_set = hub->fold_set = 0;
    hub->generation++;
    hub->seal_wanted = 0;
    effects_clear(&hub->effects);
    clear_inbox(hub, hub->inbox_count);
    hub_free(hub->hub);
    hub->hub = NULL;
    disk_crash(hub->journal, &world->fault_chance);
    disk_crash(hub->state, &world->fault_chance);
    network_hub_left(world);
}

/* One step, checked; what it asks for stays in `effects`. */
static int step(struct world *world, struct hub_input *input, struct effects *effects)
{
    size_t first = effects->count;
    int rc;

    input->now_ms = world->now_ms;
    rc = hub_step(world->hub.hub, input, effects);
    if (rc != 0 && rc != NAVETTE_E_FULL && rc != NAVETTE_E_STORE) {
        world_fail(world, "step-result", "hub_step, input %d: %s", (int)input->kind, error_text(rc));
    }
    invariants_hub_effects(world, effects, first);
    return rc;
}

static void close_session(struct world *world, uint64_t session)
{
    struct line *line = network_line(world, session);

    /* ROUTER cannot hang up: the peer's connection may well go on, and its next frames make a session again. */
    if (line != NULL && random_chance(&world->line_chance, 500000)) {
        line->hub_up = 0;
        if (random_chance(&world->line_chance, 500000)) {
            network_break(world, session, 1, 0);
        }
    }
}

static void refold(struct world *world)
{
    struct store_txn *state = disk_write(world->hub.state);

    check_rc(world, "fold_reset", fold_reset(state));
    disk_commit(world->hub.state, state);
    set_fold(world);
}

static void carry_out(struct world *world, struct effects *effects)
{
    for (size_t i = 0; i < effects->count; i++) {
        struct effect *effect = &effects->list[i];

        switch (effect->kind) {
        case EFFECT_SEND:
            world->tally.coverage.frames[effect->frame.data[5] % FRAME_TYPE_COUNT]++;
            network_send(world, effect->session, TO_NODE, buffer_span(&effect->frame));
            break;
        case EFFECT_CLOSE:
            close_session(world, effect->session);
            break;
        case EFFECT_SEAL:
            world->hub.seal_wanted = 1;
            break;
        case EFFECT_LOG:
            world_note(world, "hub: session %" PRIu64 ": %s", effect->session, effect->text);
            break;
        case EFFECT_REFOLD:
            refold(world);
            break;
        case EFFECT_SNAPSHOT:
            catchup_answer(world, effect);
            break;
        case EFFECT_REVOKE:
        case EFFECT_STAGE:
        case EFFECT_KEYS:
        case EFFECT_EVICT:
        case EFFECT_RECONNECT:
            break;
        }
    }
    effects_clear(effects);
}

/* Steps that only read: acknowledgements, news, time. */
static void step_reading(struct world *world, enum hub_input_kind kind, uint64_t session, int error)
{
    struct hub_host *hub = &world->hub;
    struct hub_input input = {.kind = kind, .session = session, .error = error};
    struct effects effects;

    effects_init(&effects);
    input.journal = disk_read(hub->journal);
    input.state = disk_read(hub->state);
    check_rc(world, "a reading step", step(world, &input, &effects));
    disk_end(hub->state, input.state);
    disk_end(hub->journal, input.journal);
    if (!world->failed) {
        carry_out(world, &effects);
    }
    effects_free(&effects);
}

/* A hub whose journal has an epoch seals its own words before anything else is journaled. */
static int seal_recorded(struct world *world, struct store_txn *txn)
{
    return hub_recorded(world->hub.hub) && world->hub.lineage.count > 0 ? rotation_seal(world, txn) : 0;
}

static int take_orders(struct world *world, struct store_txn *txn)
{
    struct hub_host *hub = &world->hub;
    uint8_t salt[SALT_SIZE];

    if (world->choice.wanted) {
        int rc;

        random_bytes(&world->chance, salt, sizeof(salt));
        rc = twin_write(world, txn, salt);
        rc = rc == 0 ? seal_recorded(world, txn) : rc;
        if (rc != 0) {
            return rc;
        }
    }

    for (size_t i = 0; i < hub->orders_given; i++) {
        int rc;

        if (!workload_order_is_due(world, i)) {
            continue;
        }
        random_bytes(&world->chance, salt, sizeof(salt));
        rc = workload_order(world, i, txn, salt);
        if (rc == NAVETTE_E_BUSY) {
            hub->seal_wanted = 1;
            return 0;
        }
        rc = rc == 0 ? seal_recorded(world, txn) : rc;
        /* Between a revocation and the use of the code that it came with minutes pass. */
        if (rc != 0 || world->workload.orders[i].kind == ORDER_DISMISS) {
            return rc;
        }
    }
    return 0;
}

static struct hub_input writing(struct world *world, enum hub_input_kind kind, struct store_txn *txn, uint8_t salt[SALT_SIZE])
{
    random_bytes(&world->chance, salt, SALT_SIZE);
    return (struct hub_input){
        .kind = kind, .journal = txn, .salt = salt, .boot = world->hub.boot, .boottime_ms = (uint64_t)(world->now_ms - WORLD_EPOCH_MS)};
}

static int take_frames(struct world *world, struct store_txn *txn)
{
    struct hub_host *hub = &world->hub;
    size_t count = (size_t)random_skewed(&world->chance, 1, HUB_TAKEN);
    uint8_t salt[SALT_SIZE];
    int rc = 0;

    count = count > hub->inbox_count ? hub->inbox_count : count;
    for (size_t i = 0; i < count && rc == 0 && !world->failed; i++) {
        struct hub_input input = writing(world, HUB_FRAME, txn, salt);

        input.session = hub->inbox[i].session;
        input.curve_key = network_line(world, hub->inbox[i].session)->curve_key;
        input.bytes = buffer_span(&hub->inbox[i].bytes);
        rc = step(world, &input, &hub->effects);
        rc = rc == 0 && !world->failed ? seal_recorded(world, txn) : rc;
    }
    clear_inbox(hub, count);
    if (rc == 0 && !world->failed) {
        struct hub_input input = writing(world, HUB_ROUND, txn, salt);

        rc = step(world, &input, &hub->effects);
        rc = rc == 0 && !world->failed ? seal_recorded(world, txn) : rc;
    }
    return rc;
}

static void give_up(struct world *world, struct store_txn *txn, int error)
{
    struct hub_host *hub = &world->hub;

    world_note(world, "hub: commit failed: %s", error_text(error));
    world->tally.refusals++;
    hub->rests_until_ms = world->now_ms + random_range(&world->chance, 1, HUB_FULL_MS);
    disk_end(hub->journal, txn);
    effects_clear(&hub->effects);
    txn = disk_read(hub->journal);
    check_rc(world, "hub_load_nodes", hub_load_nodes(hub->hub, txn));
    disk_end(hub->journal, txn);
    step_reading(world, HUB_FAILED, 0, error);
    set_tick(world);
    set_run(world);
}

static int is_idle(const struct world *world)
{
    const struct hub_host *hub = &world->hub;

    return hub->inbox_count == 0 && !workload_is_due(world) && !world->choice.wanted && !hub->disowning &&
           hub_round_deadline(hub->hub) > world->now_ms;
}

/* The main loop's round: what has come, one transaction; now and then one of its own for what was signed with a stolen key. */
static void run(struct world *world)
{
    struct hub_host *hub = &world->hub;
    struct store_txn *txn;
    int disowns = hub->disowning && random_chance(&world->desk_chance, 300000);
    int rc = 0;

    hub->run_set = 0;
    if (hub->busy || is_idle(world)) {
        return;
    }
    txn = disk_write(hub->journal);
    if (random_chance(&world->fault_chance, world->faults.full_hub / 2)) {
        disk_fill(hub->journal, (size_t)random_skewed(&world->fault_chance, 0, 4000));
    }
    if (hub->seal_wanted || random_chance(&world->chance, 100000)) {
        rc = rotation_seal(world, txn);
    }
    if (rc == 0) {
        rc = disowns ? decide_disown(world, txn) : take_frames(world, txn);
    }
    if (rc == 0 && !disowns) {
        rc = take_orders(world, txn);
    }
    if (rc != 0 && rc != NAVETTE_E_FULL) {
        world_fail(world, "step-result", "hub's round: %s", error_text(rc));
    }
    if (rc == 0 && (hub->full_until_ms > world->now_ms || random_chance(&world->fault_chance, world->faults.full_hub))) {
        rc = NAVETTE_E_FULL;
    }
    if (rc != 0 || world->failed) {
        give_up(world, txn, rc);
        return;
    }
    disk_commit(hub->journal, txn);
    hub->busy = 1;
    world_alarm(world, random_skewed(&world->chance, 0, world->faults.sync_ms), ALARM_HUB_SYNCED, 0, hub->generation, 0);
}

static void synced(struct world *world)
{
    struct hub_host *hub = &world->hub;
    struct store_txn *txn;

    disk_sync(hub->journal);
    hub->busy = 0;
    txn = disk_read(hub->journal);
    invariants_hub_synced(world, txn);
    disk_end(hub->journal, txn);
    note_nodes(world);
    restore_back_up(world);
    if (!world->failed) {
        carry_out(world, &hub->effects);
        step_reading(world, HUB_STORED, 0, 0);
    }
    if (!world->failed) {
        step_reading(world, HUB_TAIL, 0, 0);
    }
    rotation_turn(world);
    set_tick(world);
    if (hub->inbox_count > 0 || workload_is_due(world) || hub->disowning) {
        set_run(world);
    }
    set_fold(world);
}

static void fold(struct world *world)
{
    struct hub_host *hub = &world->hub;
    struct store_txn *state;
    struct store_txn *journal;
    struct fold folding;
    int64_t count = random_skewed(&world->chance, 1, HUB_FOLD_STEP);
    int rc;

    hub->fold_set = 0;
    if (hub->busy) {
        set_fold(world);
        return;
    }
    disk_sync(hub->state); /* of the fold before: a crash in between has lost it */
    state = disk_write(hub->state);
    journal = disk_read(hub->journal);
    rc = fold_begin(&folding, state, journal);
    while (rc == 0 && count-- > 0) {
        rc = fold_next(&folding);
    }
    if (rc == 0 || rc == NAVETTE_E_NOT_FOUND) {
        check_rc(world, "fold_end", fold_end(&folding));
    } else {
        check_rc(world, "fold", rc);
    }
    disk_end(hub->journal, journal);
    disk_commit(hub->state, state);
    if (rc == 0) {
        set_fold(world);
    }
    if (!world->failed) {
        step_reading(world, HUB_TAIL, 0, 0);
        set_tick(world);
    }
}

void hub_host_ring(struct world *world, enum alarm_kind kind, uint64_t generation)
{
    struct hub_host *hub = &world->hub;

    if (generation != hub->generation || !hub->up) {
        return;
    }
    switch (kind) {
    case ALARM_HUB_RUN:
        run(world);
        break;
    case ALARM_HUB_SYNCED:
        synced(world);
        break;
    case ALARM_HUB_FOLD:
        fold(world);
        break;
    case ALARM_HUB_TICK:
        if (hub->busy) {
            world_alarm(world, 1, ALARM_HUB_TICK, 0, hub->generation, 0);
        } else if (hub->tick_at_ms <= world->now_ms) {
            hub->tick_at_ms = 0;
            step_reading(world, HUB_TICK, 0, 0);
            rotation_turn(world);
            if (hub_round_deadline(hub->hub) <= world->now_ms) {
                set_run(world);
            }
            set_tick(world);
        }
        break;
    default:
        break;
    }
}

void hub_host_receive(struct world *world, uint64_t session, size_t node, struct buffer *frame)
{
    struct hub_host *hub = &world->hub;

    if (!hub_host_admits(world, node) && !rekey_is_known_before(world, node) && (hub->revoked >> node & 1u) == 0) {
        return;
    }
    if (hub->inbox_count >= HUB_INBOX) {
        world->tally.lost++;
        return;
    }
    hub->inbox = world_grow(hub->inbox, hub->inbox_count, &hub->inbox_capacity, sizeof(*hub->inbox));
    hub->inbox[hub->inbox_count++] = (struct hub_frame){session, node, *frame};
    buffer_init(frame);
    set_run(world);
}

void hub_host_lost(struct world *world, uint64_t session)
{
    struct line *line = network_line(world, session);

    if (!world->hub.up || world->hub.busy || line == NULL || !line->hub_up) {
        return;
    }
    line->hub_up = 0;
    step_reading(world, HUB_CLOSED, session, 0);
    set_tick(world);
}

void hub_host_carry(struct world *world, struct effects *effects)
{
    carry_out(world, effects);
}

void hub_host_shut(struct world *world)
{
    clear_inbox(&world->hub, world->hub.inbox_count);
    network_hub_left(world);
}

void hub_host_look(struct world *world)
{
    set_run(world);
}

void hub_host_order(struct world *world)
{
    if (world->hub.orders_given < workload_order_count(world)) {
        world->hub.orders_given++;
    }
    set_run(world);
}

void hub_host_took(struct world *world)
{
    struct hub_host *hub = &world->hub;
    struct store_txn *txn;

    disk_sync(hub->journal);
    txn = disk_read(hub->journal);
    invariants_hub_synced(world, txn);
    disk_end(hub->journal, txn);
    note_nodes(world);
    if (!world->failed) {
        step_reading(world, HUB_TAIL, 0, 0);
        set_tick(world);
        set_fold(world);
    }
}
