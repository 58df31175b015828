/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One library of a replay: its real store and the node's own desk and link, on the replayed clock.
 *   replay enrol FOLDER ENROL-ENDPOINT CODE           makes keys and store, enrols at the hub
 *   replay turn FOLDER PLAN PLACE LINES NOW-MS        records the plan up to that many lines, then syncs until in step
 *   replay weigh STORE COPY                           what the store's journal and all of it hold, in bytes of rows; and of a copy without free pages
 * A plan line is: ms, register|dispatch|receive, barcode, material, other place, departed; tab-separated. Line k becomes entry k of the log, so a turn
 * that was killed goes on where its store ends. The last line printed is one JSON object.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "navette/fold.h"
#include "navette/lmdb_store.h"
#include "navette/system.h"
#include "node/identity.h"
#include "node/link_executor.h"

#define MAP_BYTES (UINT64_C(8) << 30)
#define RECORD_CHUNK 2000u /* events of one transaction */
#define TURN_MS 300000     /* a turn that is not in step by then has failed */
#define PLAN_LINE 512u
#define ENROL_MS 30000
#define REPLAY_BOOT UINT64_C(0x5245504c41594544)

struct library {
    struct keys keys;
    struct identity identity;
    struct lmdb_store *store;
    struct node *node;
    struct desk desk;
};

/* The replayed wall clock; deadlines stay real. */
static struct moment moment_at(int64_t wall_ms)
{
    return (struct moment){
        .wall_ms = wall_ms, .monotonic_ms = system_monotonic_ms(), .boottime_ms = (uint64_t)wall_ms, .boot = REPLAY_BOOT, .synced = 1};
}

static int open_store(const char *folder, struct lmdb_store **store)
{
    struct lmdb_options options = {.folder = folder, .tables = LMDB_BOTH, .map_bytes = MAP_BYTES};
    int rc;
    int64_t deadline = system_monotonic_ms() + ENROL_MS;

    /* The process killed a moment ago may not have let go of its lock yet. */
    do {
        rc = lmdb_store_open(&options, store);
    } while (rc == NAVETTE_E_BUSY && system_monotonic_ms() < deadline);
    return rc;
}

static int enrol(const char *folder, const char *endpoint, const char *code)
{
    struct library library = {0};
    struct enrol_grant grant;
    struct store_txn *txn;
    char path[4096];
    int rc = open_store(folder, &library.store);

    if (rc != 0) {
        return rc;
    }
    snprintf(path, sizeof path, "%s/keys", folder);
    rc = keys_make(&library.keys);
    if (rc == 0) {
        rc = keys_save(&library.keys, path);
    }
    if (rc == 0) {
        rc = enrol_ask(endpoint, code, &library.keys, ENROL_MS, &grant);
    }
    if (rc == 0) {
        rc = lmdb_write_begin(library.store, &txn);
    }
    if (rc == 0) {
        rc = identity_begin(txn, library.keys.node, &library.identity);
        if (rc == 0) {
            identity_enrol(&library.identity, &grant);
            rc = identity_store(txn, &library.identity);
        }
        if (rc == 0) {
            rc = lmdb_commit(txn);
        } else {
            lmdb_abort(txn);
        }
    }
    lmdb_store_close(library.store);
    return rc;
}

static int open_library(const char *folder, struct library *library)
{
    struct node_options options = {.ping_ms = 5000, .dead_ms = 20000};
    struct store_txn *txn;
    char path[4096];
    int rc = open_store(folder, &library->store);

    if (rc != 0) {
        return rc;
    }
    snprintf(path, sizeof path, "%s/keys", folder);
    rc = keys_load(path, &library->keys);
    if (rc == 0) {
        rc = lmdb_write_begin(library->store, &txn);
    }
    if (rc != 0) {
        return rc;
    }
    rc = identity_load(txn, &library->identity);
    if (rc == 0) {
        memcpy(options.node, library->identity.node, NODE_ID_SIZE);
        memcpy(options.incarnation, library->identity.incarnation, INCARNATION_SIZE);
        system_random(options.process, sizeof options.process);
        library->node = node_new(&options);
        rc = library->node == NULL ? NAVETTE_E_MEMORY : node_load(library->node, txn);
    }
    lmdb_abort(txn);
    if (rc == 0) {
        library->desk.incarnation = node_incarnation(library->node);
        library->desk.keys = &library->keys;
        library->desk.clock = node_clock(library->node);
    }
    return rc;
}

/* Splits at tabs; returns the number of fields. */
static size_t split(char *line, char *fields[], size_t max)
{
    size_t count = 0;

    line[strcspn(line, "\n")] = '\0';
    while (count < max) {
        fields[count++] = line;
        line = strchr(line, '\t');
        if (line == NULL) {
            break;
        }
        *line++ = '\0';
    }
    return count;
}

static int record_line(struct library *library, struct store_txn *txn, const char *place, char *line)
{
    char *fields[6];
    Navette__Event event = NAVETTE__EVENT__INIT;
    Navette__Thing thing = NAVETTE__THING__INIT;
    Navette__Thing *things[1] = {&thing};
    Navette__ItemRegistered registered = NAVETTE__ITEM_REGISTERED__INIT;
    Navette__Dispatched dispatched = NAVETTE__DISPATCHED__INIT;
    Navette__Received received = NAVETTE__RECEIVED__INIT;
    struct moment moment;

    if (split(line, fields, 6) != 6) {
        return NAVETTE_E_INVALID;
    }
    moment = moment_at(strtoll(fields[0], NULL, 10));
    thing.kind = NAVETTE__THING_KIND__THING_ITEM;
    thing.namespace_ = (char *)(uintptr_t) "lw";
    thing.id = fields[2];
    event.place = (char *)(uintptr_t)place;
    event.operator_ = (char *)(uintptr_t) "replay";
    if (strcmp(fields[1], "register") == 0) {
        registered.item = &thing;
        registered.material = fields[3];
        registered.home = (char *)(uintptr_t)place;
        event.body_case = NAVETTE__EVENT__BODY_ITEM_REGISTERED;
        event.item_registered = &registered;
    } else if (strcmp(fields[1], "dispatch") == 0) {
        dispatched.things = things;
        dispatched.n_things = 1;
        dispatched.to = fields[4];
        dispatched.departed = fields[5];
        event.body_case = NAVETTE__EVENT__BODY_DISPATCHED;
        event.dispatched = &dispatched;
    } else {
        received.things = things;
        received.n_things = 1;
        received.mode = NAVETTE__RECEPTION_MODE__RECEPTION_CHECKED;
        event.body_case = NAVETTE__EVENT__BODY_RECEIVED;
        event.received = &received;
    }
    int rc = desk_record(&library->desk, txn, &moment, &event, NULL);
    if (rc == NAVETTE_E_INVALID || rc == NAVETTE_E_TOO_LARGE) {
        fprintf(stderr, "replay: %s %s: %s\n", fields[1], fields[2], event_check_text(&event));
    }
    return rc;
}

static int fold_all(struct library *library)
{
    uint64_t left = 1;
    int rc = 0;

    while (rc == 0 && left > 0) {
        struct store_txn *txn;

        rc = lmdb_write_begin(library->store, &txn);
        if (rc != 0) {
            return rc;
        }
        rc = desk_fold(txn, RECORD_CHUNK * 16, &left);
        if (rc == 0) {
            rc = lmdb_commit(txn);
        } else {
            lmdb_abort(txn);
        }
    }
    return rc;
}

/* Records lines first + 1 .. last of the plan, a bounded number in each transaction; each is folded before the next, as at a desk. */
static int record(struct library *library, const char *plan, const char *place, uint64_t last, uint64_t *recorded)
{
    char line[PLAN_LINE];
    struct log_head head;
    struct store_txn *txn = NULL;
    uint64_t number = 0;
    FILE *stream = fopen(plan, "r");
    int rc = stream == NULL ? NAVETTE_E_NOT_FOUND : lmdb_write_begin(library->store, &txn);

    *recorded = 0;
    if (rc == 0) {
        rc = journal_head(txn, library->identity.incarnation, &head);
        while (rc == 0 && number < last && fgets(line, sizeof line, stream) != NULL) {
            if (++number <= head.seq) {
                continue;
            }
            rc = record_line(library, txn, place, line);
            if (rc == 0) {
                rc = desk_fold(txn, UINT64_MAX, NULL);
            }
            if (rc == 0 && ++*recorded % RECORD_CHUNK == 0) {
                rc = lmdb_commit(txn);
                txn = NULL;
                if (rc == 0) {
                    rc = lmdb_write_begin(library->store, &txn);
                }
            }
        }
    }
    if (txn != NULL && rc == 0) {
        rc = lmdb_commit(txn);
    } else if (txn != NULL) {
        lmdb_abort(txn);
    }
    if (stream != NULL) {
        fclose(stream);
    }
    return rc;
}

static int is_synced(struct library *library, uint64_t question, int *synced)
{
    struct node_progress progress;
    struct store_txn *txn;
    int rc = lmdb_read_begin(library->store, &txn);

    if (rc == 0) {
        rc = node_progress(library->node, txn, &progress);
        lmdb_abort(txn);
    }
    *synced = rc == 0 && progress.in_step && progress.answered >= question;
    return rc;
}

/* Everything sent and durable at the hub, and everything the hub had for this node taken in and folded. */
static int sync_turn(struct library *library, int64_t now_ms, uint64_t *wire_bytes)
{
    struct hub_keys hub_keys;
    struct link_executor_options options = {.store = library->store,
                                            .node = library->node,
                                            .desk = &library->desk,
                                            .keys = &library->keys,
                                            .endpoint = library->identity.endpoint,
                                            .hub_keys = &hub_keys};
    struct link_executor *link;
    int64_t give_up = system_monotonic_ms() + TURN_MS;
    uint64_t question = node_ask(library->node);
    uint64_t received;
    uint64_t sent;
    int synced = 0;
    int rc;

    hub_keys_begin(&hub_keys, library->identity.hub, library->identity.hub_curve_key, library->identity.hub_sign_key);
    rc = link_executor_open(&options, &link);

    if (rc != 0) {
        return rc;
    }
    while (rc == 0 && !synced) {
        struct pollfd fds[LINK_EXECUTOR_FDS];
        struct moment moment = moment_at(now_ms);
        int64_t wait = link_executor_deadline(link) - moment.monotonic_ms;
        int more = 0;

        if (moment.monotonic_ms > give_up) {
            rc = NAVETTE_E_BUSY;
            break;
        }
        poll(fds, (nfds_t)link_executor_poll(link, fds), wait < 0 ? 0 : wait > 1000 ? 1000 : (int)wait);
        do {
            moment = moment_at(now_ms);
            rc = link_executor_serve(link, &moment, &more);
        } while (rc == 0 && more);
        if (rc == 0) {
            rc = is_synced(library, question, &synced);
        }
    }
    link_executor_traffic(link, &received, &sent);
    *wire_bytes = received + sent;
    link_executor_close(link);
    return rc != 0 ? rc : fold_all(library);
}

static int turn(const char *folder, const char *plan, const char *place, uint64_t lines, int64_t now_ms)
{
    struct library library = {0};
    struct node_progress progress = {0};
    struct store_txn *txn;
    uint8_t digest[HASH_SIZE] = {0};
    char hex[2 * HASH_SIZE + 1];
    uint64_t recorded = 0;
    uint64_t wire_bytes = 0;
    int rc = open_library(folder, &library);

    if (rc == 0) {
        rc = record(&library, plan, place, lines, &recorded);
    }
    if (rc == 0) {
        rc = sync_turn(&library, now_ms, &wire_bytes);
    }
    if (rc == 0) {
        rc = lmdb_read_begin(library.store, &txn);
        if (rc == 0) {
            rc = node_progress(library.node, txn, &progress);
            if (rc == 0) {
                rc = fold_digest(txn, digest);
            }
            lmdb_abort(txn);
        }
    }
    node_free(library.node);
    lmdb_store_close(library.store);
    if (rc == 0) {
        hex_encode(digest, HASH_SIZE, hex);
        printf("{\"recorded\": %llu, \"head\": %llu, \"durable\": %llu, \"cursor\": %llu, \"wire_bytes\": %llu, \"digest\": \"%s\"}\n",
               (unsigned long long)recorded, (unsigned long long)progress.head, (unsigned long long)progress.durable,
               (unsigned long long)progress.cursor, (unsigned long long)wire_bytes, hex);
    }
    return rc;
}

struct weight {
    uint64_t entries; /* of the journal */
    uint64_t own;
    uint64_t stubs;
    uint64_t journal; /* bytes of its rows, keys and values */
    uint64_t rows;    /* ... of all tables */
};

static int weigh_table(struct store_txn *txn, enum store_table table, uint64_t *bytes)
{
    const uint8_t begin = 0;
    struct store_scan *scan;
    struct span key;
    struct span value;
    int rc = store_scan_open(txn, table, &scan);

    *bytes = 0;
    if (rc != 0) {
        return rc;
    }
    for (rc = txn->ops->scan_from(scan, span_of(&begin, 1), &key, &value); rc == 0; rc = txn->ops->scan_next(scan, &key, &value)) {
        *bytes += key.len + value.len;
    }
    txn->ops->scan_close(scan);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

static int weigh_rows(struct store_txn *txn, struct weight *weight)
{
    struct journal_scan scan;
    struct journal_entry entry;
    struct log_head head;
    int rc = 0;

    for (int table = 0; rc == 0 && table < TABLE_COUNT; table++) {
        uint64_t bytes;

        rc = weigh_table(txn, (enum store_table)table, &bytes);
        weight->rows += bytes;
        if (table == TABLE_ENTRY) {
            weight->journal = bytes;
        }
    }
    if (rc == 0) {
        rc = journal_scan_open(txn, 1, &scan);
    }
    while (rc == 0 && ((rc = journal_scan_next(&scan, &entry)) == 0 || rc == NAVETTE_E_PRUNED)) {
        weight->entries++;
        weight->stubs += rc == NAVETTE_E_PRUNED;
        weight->own += journal_head(txn, entry.self.incarnation, &head) == 0;
        rc = 0;
    }
    journal_scan_close(&scan);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

static int weigh(const char *folder, const char *copy)
{
    struct weight weight = {.entries = 0};
    struct lmdb_store *store;
    struct store_txn *txn;
    char path[4096];
    int rc = open_store(folder, &store);

    if (rc != 0) {
        return rc;
    }
    rc = lmdb_read_begin(store, &txn);
    if (rc == 0) {
        rc = weigh_rows(txn, &weight);
        lmdb_abort(txn);
    }
    /* As small as the file could be: what was given up leaves free pages, which only what comes next fills. */
    if (rc == 0 && snprintf(path, sizeof path, "%s/data.mdb", copy) >= (int)sizeof path) {
        rc = NAVETTE_E_TOO_LARGE;
    }
    if (rc == 0) {
        rc = lmdb_store_copy(store, path);
    }
    lmdb_store_close(store);
    if (rc == 0) {
        printf("{\"entries\": %llu, \"own\": %llu, \"stubs\": %llu, \"journal_bytes\": %llu, \"row_bytes\": %llu}\n",
               (unsigned long long)weight.entries, (unsigned long long)weight.own, (unsigned long long)weight.stubs,
               (unsigned long long)weight.journal, (unsigned long long)weight.rows);
    }
    return rc;
}

int main(int argc, char **argv)
{
    int rc;

    system_log_threshold(1);
    if (argc == 5 && strcmp(argv[1], "enrol") == 0) {
        rc = enrol(argv[2], argv[3], argv[4]);
    } else if (argc == 7 && strcmp(argv[1], "turn") == 0) {
        rc = turn(argv[2], argv[3], argv[4], strtoull(argv[5], NULL, 10), strtoll(argv[6], NULL, 10));
    } else if (argc == 4 && strcmp(argv[1], "weigh") == 0) {
        rc = weigh(argv[2], argv[3]);
    } else {
        fprintf(stderr,
                "usage: replay enrol FOLDER ENDPOINT CODE | replay turn FOLDER PLAN PLACE LINES NOW-MS | replay weigh STORE COPY\n");
        return 2;
    }
    if (rc != 0) {
        fprintf(stderr, "replay: %s\n", error_text(rc));
    }
    return rc == 0 ? 0 : 1;
}
