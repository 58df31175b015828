/* SPDX-License-Identifier: Apache-2.0 */
#include "inside.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "navette/frame.h"
#include "navette/hub.h"
#include "navette/journal.h"
#include "navette/system.h"
#include "server/follower.h"
#include "server/home.h"

#define GROUP_BATCHES 64u
#define MAP_BYTES (UINT64_C(64) << 30)

static double seconds(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void step(struct hub *hub, struct hub_input *input, struct effects *effects)
{
    static const uint8_t salt[SALT_SIZE] = {1};

    input->now_ms = system_wall_ms();
    input->salt = salt;
    load_must(hub_step(hub, input, effects));
    effects_clear(effects);
}

static void greet(struct hub *hub, const struct load *load, struct store_txn *txn, struct effects *effects)
{
    for (uint32_t node = 0; node < load->nodes; node++) {
        const struct load_log *log = &load->logs[node];
        Navette__Hello hello = NAVETTE__HELLO__INIT;
        Navette__LogHead head = NAVETTE__LOG_HEAD__INIT;
        struct hub_input input = {.kind = HUB_FRAME, .session = node + 1, .curve_key = log->keys.curve_public, .journal = txn};
        struct buffer frame = {.data = NULL};
        uint8_t process[16] = {1};

        head.incarnation.data = (uint8_t *)(uintptr_t)log->incarnation;
        head.incarnation.len = INCARNATION_SIZE;
        hello.node.data = (uint8_t *)(uintptr_t)log->keys.node;
        hello.node.len = NODE_ID_SIZE;
        hello.process.data = process;
        hello.process.len = sizeof process;
        hello.connect = 1;
        hello.version = FRAME_VERSION;
        hello.log = &head;
        load_must(frame_encode(FRAME_HELLO, &hello.base, &frame));
        input.bytes = buffer_span(&frame);
        step(hub, &input, effects);
        buffer_free(&frame);
    }
}

static void ingest(struct home *home, const struct load *load, struct inside_result *result)
{
    struct hub_options options = {.credit_bytes = LIMIT_CREDIT_BYTES};
    struct effects effects;
    struct store_txn *txn;
    struct hub *hub;
    double cpu;

    memcpy(options.node, home->keys.node, NODE_ID_SIZE);
    memcpy(options.incarnation, home->incarnation, INCARNATION_SIZE);
    hub = hub_new(&options);
    effects_init(&effects);
    load_must(lmdb_write_begin(home->journal, &txn));
    load_must(hub_load_nodes(hub, txn));
    greet(hub, load, txn, &effects);
    cpu = seconds(CLOCK_THREAD_CPUTIME_ID);
    for (size_t i = 0; i < load->count; i++) {
        const struct load_batch *batch = &load->batches[i];
        struct hub_input input = {
            .kind = HUB_FRAME, .session = batch->node + 1, .curve_key = load->logs[batch->node].keys.curve_public, .journal = txn};

        input.bytes = span_of(load->frames.data + batch->at, batch->len);
        step(hub, &input, &effects);
        if (i % GROUP_BATCHES == GROUP_BATCHES - 1) {
            load_must(lmdb_commit(txn));
            load_must(lmdb_write_begin(home->journal, &txn));
            input.kind = HUB_STORED;
            input.journal = txn;
            step(hub, &input, &effects);
        }
    }
    load_must(lmdb_commit(txn));
    result->ingest_cpu = (seconds(CLOCK_THREAD_CPUTIME_ID) - cpu) * 1e6 / (double)load->events;
    effects_free(&effects);
    hub_free(hub);
}

static void fold(struct home *home, struct inside_result *result)
{
    struct lmdb_options options = {.tables = LMDB_STATE, .map_bytes = MAP_BYTES};
    char path[HOME_PATH_SIZE];
    struct lmdb_store *state;
    uint64_t moved = 1;
    uint64_t cursor;
    double cpu = seconds(CLOCK_THREAD_CPUTIME_ID);

    home_path(home, "state", path);
    options.folder = path;
    load_must(lmdb_store_open(&options, &state));
    result->fold_s = seconds(CLOCK_MONOTONIC);
    while (moved > 0) {
        load_must(follower_step(state, home->journal, UINT64_MAX, &moved, &cursor));
        result->events += moved;
    }
    result->fold_s = seconds(CLOCK_MONOTONIC) - result->fold_s;
    result->fold_cpu = (seconds(CLOCK_THREAD_CPUTIME_ID) - cpu) * 1e6 / (double)result->events;
    lmdb_store_close(state);
}

void inside_run(const char *folder, const struct load *load, struct inside_result *result)
{
    struct home_options where = {.folder = folder, .map_bytes = MAP_BYTES, .must_exist = 1};
    struct home home;

    memset(result, 0, sizeof *result);
    load_must(home_open(&where, &home));
    ingest(&home, load, result);
    fold(&home, result);
    home_close(&home);
}
