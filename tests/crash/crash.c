/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Power cuts, made from what a real hub or node wrote (record.c): `crash hub|node TRACE FOLDER`, FOLDER holding the process's keys. IMAGES (how many at least), SEED, JOBS,
 * ROW (only this row of the trace) from the environment. After each write of the trace images are drawn of what the disk may hold (image.h), opened again with the
 * program's own code and held against what had been committed and promised (reopen.h).
 */
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ledger.h"
#include "navette/system.h"
#include "reopen.h"

#define CRASH_RESUMED 200u /* of so many images one is gone on from */
#define CRASH_STALE 24u    /* draws that bring nothing new: this moment has no more */
#define CRASH_SHOWN 10u
#define CRASH_META_BYTES 256u /* LMDB's record of a commit: one small write into its first two pages */

struct crash {
    struct trace trace;
    struct reopen reopen;
    struct promise promise;
    struct ledger *ledger;
    const char *source;
    char folder[256];
    uint64_t seed;
    uint64_t wanted;
    uint64_t points;
    size_t only;
    size_t row;
    uint64_t draw;
    struct ledger_place *place;
};

static uint64_t number(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);

    return text == NULL || text[0] == '\0' ? otherwise : strtoull(text, NULL, 10);
}

static int is_commit(const struct trace_row *row)
{
    return row->header.kind == TRACE_WRITE && row->header.offset < 2 * IMAGE_PAGE && row->header.len <= CRASH_META_BYTES;
}

/* ---- opening and closing one run over the trace */

static int run_open(struct crash *crash, const char *name)
{
    static const char *const TAILS[2][2] = {{"journal", "state"}, {"store", NULL}};
    struct reopen *reopen = &crash->reopen;
    char command[1200];

    (void)snprintf(reopen->folder, sizeof reopen->folder, "%s/%s", crash->folder, name);
    (void)snprintf(command, sizeof command, "mkdir -p -m 700 '%s' && cp -p '%s'/key* '%s'", reopen->folder, crash->source, reopen->folder);
    if (system(command) != 0) {
        return -1;
    }
    memset(&crash->promise, 0, sizeof crash->promise);
    for (size_t i = 0; i < reopen->count; i++) {
        static char tails[2][32];
        struct reopen_store *store = &reopen->stores[i];

        (void)snprintf(tails[i], sizeof tails[i], "/%s/data.mdb", TAILS[reopen->is_node][i]);
        (void)snprintf(store->folder, sizeof store->folder, "%.400s/%s", reopen->folder, TAILS[reopen->is_node][i]);
        if (image_open(&store->image, &crash->trace, store->folder, tails[i]) != 0 || store->image.file == 0) {
            printf("# the trace has no %s\n", tails[i]);
            return -1;
        }
    }
    return 0;
}

static void run_close(struct crash *crash)
{
    for (size_t i = 0; i < crash->reopen.count; i++) {
        image_close(&crash->reopen.stores[i].image);
    }
}

static void run_row(struct crash *crash, const struct trace_row *row)
{
    promise_row(&crash->promise, row, crash->reopen.is_node ? crash->reopen.own : NULL);
    for (size_t i = 0; i < crash->reopen.count; i++) {
        image_row(&crash->reopen.stores[i].image, row);
    }
}

/* ---- the truth: with nothing lost */

static int learn_truth(struct crash *crash)
{
    uint64_t told = 0;
    int rc = run_open(crash, "truth");

    for (size_t row = 0; rc == 0 && row < crash->trace.count; row++) {
        run_row(crash, &crash->trace.rows[row]);
        for (size_t i = 0; i < crash->reopen.count; i++) {
            image_flush(&crash->reopen.stores[i].image);
        }
    }
    if (rc == 0) {
        rc = reopen_truth(&crash->reopen);
    }
    memset(&crash->promise, 0, sizeof crash->promise);
    for (size_t row = 0; rc == 0 && row < crash->trace.count; row++) {
        promise_row(&crash->promise, &crash->trace.rows[row], crash->reopen.is_node ? crash->reopen.own : NULL);
        if (crash->promise.told != told) {
            told = crash->promise.told;
            rc = reopen_told_true(&crash->reopen, &crash->promise);
        }
    }
    run_close(crash);
    return rc;
}

static int learn_commits(struct crash *crash, uint64_t *commits)
{
    int rc = run_open(crash, "commits");

    *commits = 0;
    for (size_t row = 0; rc == 0 && row < crash->trace.count; row++) {
        const struct trace_row *at = &crash->trace.rows[row];

        run_row(crash, at);
        for (size_t i = 0; rc == 0 && i < crash->reopen.count; i++) {
            struct reopen_store *store = &crash->reopen.stores[i];

            image_flush(&store->image);
            if (store->image.named && ((is_commit(at) && at->header.file == store->image.file) || at->header.kind == TRACE_RENAME)) {
                rc = reopen_learn(&crash->reopen, store);
                *commits += rc == 0;
            }
        }
    }
    run_close(crash);
    return rc;
}

/* ---- images */

static void loss(struct crash *crash, const char *what)
{
    if (atomic_fetch_add(&crash->ledger->losses, 1) < CRASH_SHOWN) {
        printf("# row %zu, draw %" PRIu64 ", %s: %s\n# again with: ROW=%zu SEED=%" PRIu64 "\n", crash->row, crash->draw, what,
               crash->reopen.why, crash->row, crash->seed);
        fflush(stdout);
    }
}

static uint64_t key_of(const struct crash *crash)
{
    uint64_t key = 0;

    for (size_t i = 0; i < crash->reopen.count; i++) {
        const struct image *image = &crash->reopen.stores[i].image;

        key = (key ^ image->drawn_hash ^ image->drawn_len << 40 ^ (uint64_t)image->named << 8) * UINT64_C(0x9e3779b97f4a7c15);
        key ^= key >> 31;
    }
    return key;
}

/* Opened, read, held against the truth; then the files are as before. Gives the commits that were found. */
static int look(struct crash *crash, int64_t found[2])
{
    struct reopen *reopen = &crash->reopen;
    uint64_t count = atomic_fetch_add(&crash->ledger->distinct, 1);
    int rc = 0;

    for (size_t i = 0; i < reopen->count; i++) {
        rc |= image_write(&reopen->stores[i].image);
    }
    if (rc != 0) {
        (void)snprintf(reopen->why, sizeof reopen->why, "the image can't be written");
    }
    for (size_t i = 0; rc == 0 && i < reopen->count; i++) {
        found[i] = reopen_read(reopen, &reopen->stores[i]);
        rc = found[i] < 0 ? -1 : 0;
    }
    if (rc == 0 && (count % CRASH_RESUMED == 0 || crash->only != SIZE_MAX)) {
        atomic_fetch_add(&crash->ledger->resumed, 1);
        rc = reopen_go_on(reopen);
    }
    for (size_t i = 0; i < reopen->count; i++) {
        struct image *image = &reopen->stores[i].image;

        if (!image->named) {
            (void)image_restart(image);
        } else if (image_is_changed(image)) {
            (void)image_write_whole(image);
        }
    }
    return rc;
}

/* 1 when this image was new. */
static int judge(struct crash *crash)
{
    struct reopen *reopen = &crash->reopen;
    int64_t found[2] = {0};
    uint64_t key = key_of(crash);
    uint64_t value;
    int is_new = ledger_claim(crash->ledger, key, &value);

    atomic_fetch_add(&crash->ledger->images, 1);
    atomic_store(&crash->place->draw, ++crash->draw);
    if (is_new) {
        if (look(crash, found) != 0) {
            loss(crash, "image");
        }
        ledger_put(crash->ledger, key, (uint64_t)found[0] << 32 | (uint64_t)found[1] << 1 | 1);
    } else {
        found[0] = (int64_t)(value >> 32);
        found[1] = (int64_t)(value >> 1 & 0x7fffffff);
    }
    if ((is_new || value != 0) && found[0] >= 0 && found[1] >= 0 &&
        reopen_keeps(reopen, found[0], reopen->is_node ? found[0] : found[1], &crash->promise) != 0) {
        loss(crash, "promise");
    }
    for (size_t i = 0; i < reopen->count; i++) {
        image_undo(&reopen->stores[i].image);
        (void)image_write(&reopen->stores[i].image);
    }
    return is_new;
}

/* The write that is under way ends after each of its bytes; of what else waits, some is there. */
static uint64_t tear(struct crash *crash, struct image *torn, struct random *chance)
{
    size_t len = (size_t)torn->pending[torn->pending_count - 1]->header.len;
    uint64_t fresh = 0;

    for (size_t bytes = 1; bytes < len; bytes++) {
        for (size_t i = 0; i < crash->reopen.count; i++) {
            struct image *image = &crash->reopen.stores[i].image;

            if (image == torn) {
                image_tear(image, bytes);
            } else {
                image_draw(image, (enum image_draw)random_below(chance, IMAGE_KINDS), chance);
            }
        }
        atomic_fetch_add(&crash->ledger->torn, 1);
        fresh += (uint64_t)judge(crash);
    }
    return fresh;
}

static uint64_t draw(struct crash *crash, uint64_t quota)
{
    struct random chance;
    uint64_t fresh = 0;
    unsigned stale = 0;

    random_seed(&chance, crash->seed * UINT64_C(1000003) + crash->row);
    for (unsigned turn = 0; turn < 2 || (fresh < quota && stale < CRASH_STALE); turn++) {
        for (size_t i = 0; i < crash->reopen.count; i++) {
            image_draw(&crash->reopen.stores[i].image,
                       turn < 2 ? (enum image_draw)turn : (enum image_draw)random_below(&chance, IMAGE_KINDS), &chance);
        }
        int is_new = judge(crash);
        stale = is_new ? 0 : stale + 1;
        fresh += (uint64_t)is_new;
        for (size_t i = 0; turn == 1 && i < crash->reopen.count; i++) {
            struct image *image = &crash->reopen.stores[i].image;

            if (image->pending_count > 0 && is_commit(image->pending[image->pending_count - 1]) &&
                image->pending[image->pending_count - 1] == &crash->trace.rows[crash->row]) {
                fresh += tear(crash, image, &chance);
            }
        }
    }
    return fresh;
}

static int is_point(const struct crash *crash, const struct trace_row *row)
{
    for (size_t i = 0; i < crash->reopen.count; i++) {
        if (row->header.kind == TRACE_WRITE && row->header.file == crash->reopen.stores[i].image.file) {
            return 1;
        }
    }
    return 0;
}

/* Points `first` to `last` of the trace. */
static int work(struct crash *crash, unsigned worker, uint64_t first, uint64_t last)
{
    /* A little more than its share: the last moments of a range may have no more to give. */
    uint64_t wanted = (crash->wanted + crash->wanted / 50) * (last - first) / crash->points + CRASH_STALE;
    uint64_t fresh = 0;
    uint64_t point = 0;
    char name[32];

    (void)snprintf(name, sizeof name, "worker%u", worker);
    crash->place = &crash->ledger->places[worker];
    if (run_open(crash, name) != 0) {
        return 1;
    }
    for (size_t row = 0; row < crash->trace.count && point < last; row++) {
        const struct trace_row *at = &crash->trace.rows[row];

        run_row(crash, at);
        if (is_point(crash, at)) {
            crash->row = row;
            crash->draw = 0;
            atomic_store(&crash->place->row, row);
            if (point >= first && (crash->only == SIZE_MAX || crash->only == row)) {
                uint64_t quota = crash->only == row ? crash->wanted
                                 : wanted > fresh   ? (wanted - fresh + last - point - 1) / (last - point)
                                                    : 0;

                fresh += draw(crash, quota);
            }
            point++;
        }
        for (size_t i = 0; i < crash->reopen.count; i++) {
            image_settle(&crash->reopen.stores[i].image);
        }
    }
    run_close(crash);
    return 0;
}

static void work_all(struct crash *crash, unsigned jobs)
{
    pid_t children[LEDGER_WORKERS];

    for (unsigned i = 0; i < jobs; i++) {
        fflush(stdout);
        children[i] = fork();
        if (children[i] == 0) {
            int rc = work(crash, i, crash->points * i / jobs, crash->points * (i + 1) / jobs);

            fflush(stdout);
            _exit(rc);
        }
    }
    for (unsigned i = 0; i < jobs; i++) {
        int status = 0;

        if (children[i] < 0 || waitpid(children[i], &status, 0) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
            crash->row = (size_t)atomic_load(&crash->ledger->places[i].row);
            crash->draw = atomic_load(&crash->ledger->places[i].draw);
            (void)snprintf(crash->reopen.why, sizeof crash->reopen.why, "the process died of it (status %d)", status);
            loss(crash, "image");
        }
    }
}

/* ---- */

static int prepare(struct crash *crash, char **argv)
{
    const char *memory = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    struct reopen *reopen = &crash->reopen;

    reopen->is_node = strcmp(argv[1], "node") == 0;
    reopen->count = reopen->is_node ? 1 : 2;
    reopen->stores[0].tables = reopen->is_node ? LMDB_BOTH : LMDB_JOURNAL;
    reopen->stores[1].tables = LMDB_STATE;
    reopen->journal = &reopen->stores[0];
    reopen->state = &reopen->stores[reopen->count - 1];
    for (size_t i = 0; i < reopen->count; i++) {
        reopen->stores[i].commits = calloc(REOPEN_COMMITS, sizeof *reopen->stores[i].commits);
        if (reopen->stores[i].commits == NULL) {
            return -1;
        }
    }
    crash->source = argv[3];
    crash->seed = number("SEED", 1);
    crash->wanted = number("IMAGES", 10000);
    crash->only = (size_t)number("ROW", SIZE_MAX);
    crash->ledger = ledger_new(crash->wanted * 2 + 1000000);
    (void)snprintf(crash->folder, sizeof crash->folder, "%s/navette-crash-XXXXXX", memory);
    if (crash->ledger == NULL || mkdtemp(crash->folder) == NULL) {
        return -1;
    }
    return trace_load(argv[2], &crash->trace);
}

static int run(struct crash *crash, const char *who)
{
    const struct ledger *ledger = crash->ledger;
    unsigned jobs = (unsigned)number("JOBS", (uint64_t)sysconf(_SC_NPROCESSORS_ONLN));
    uint64_t commits = 0;
    int rc = learn_truth(crash);
    uint64_t told = crash->promise.told;

    if (rc == 0) {
        rc = learn_commits(crash, &commits);
    }
    for (size_t i = 0; rc == 0 && i < crash->trace.count; i++) {
        crash->points += (uint64_t)is_point(crash, &crash->trace.rows[i]);
    }
    printf("%s 1 - %s: with nothing lost every commit is right: chains, signatures, heads, entries, the state the fold of its journal\n",
           rc == 0 ? "ok" : "not ok", who);
    printf("# %s: %" PRIu64 " writes, %" PRIu64 " commits, %" PRIu64 " journal entries, %" PRIu64 " promises\n", who, crash->points,
           commits, crash->reopen.tail, told);
    if (rc != 0) {
        printf("# %s\n1..1\n", crash->reopen.why);
        return 1;
    }
    jobs = jobs < 1 ? 1 : jobs > LEDGER_WORKERS ? LEDGER_WORKERS : jobs;
    work_all(crash, crash->only != SIZE_MAX ? 1 : jobs);
    rc = atomic_load(&ledger->losses) != 0;
    printf("%s 2 - %s: after any power cut all that was promised is there, and nothing else than was committed (SEED=%" PRIu64 ")\n",
           rc == 0 ? "ok" : "not ok", who, crash->seed);
    printf("%s 3 - %s: as many images as were asked for\n1..3\n",
           atomic_load(&ledger->distinct) >= crash->wanted || crash->only != SIZE_MAX ? "ok" : "not ok", who);
    printf("# %s: %" PRIu64 " writes recorded, %" PRIuFAST64 " images (%" PRIuFAST64 " torn at a byte), %" PRIuFAST64
           " distinct and opened again, %" PRIuFAST64 " gone on from, losses %" PRIuFAST64 "\n",
           who, crash->points, atomic_load(&ledger->images), atomic_load(&ledger->torn), atomic_load(&ledger->distinct),
           atomic_load(&ledger->resumed), atomic_load(&ledger->losses));
    return rc;
}

int main(int argc, char **argv)
{
    static struct crash crash;
    char command[400];
    int rc = 1;

    if (argc != 4 || (strcmp(argv[1], "hub") != 0 && strcmp(argv[1], "node") != 0) || sodium_init() < 0) {
        puts("usage: crash hub|node TRACE FOLDER; IMAGES, SEED, JOBS, ROW in the environment");
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    system_log_threshold(3);
    if (prepare(&crash, argv) == 0) {
        rc = run(&crash, argv[1]);
    }
    (void)snprintf(command, sizeof command, "rm -rf '%s'", crash.folder);
    if (crash.folder[0] != '\0' && system(command) != 0) {
        rc = 1;
    }
    return rc;
}
