/* SPDX-License-Identifier: Apache-2.0 */
#include <popt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "floor.h"
#include "inside.h"
#include "navette/lmdb_store.h"
#include "navette/system.h"
#include "navette/view.h"
#include "past.h"
#include "sender.h"
#include "targets.h"

/*
 * The bench: the floor and the hub with everything on, interleaved, medians over rounds. Values depend on the machine and on who else uses it:
 * ratios within one run are what counts.
 */
#define ROUNDS_MAX 9
#define CONFIGS 9
#define VIEW_ASKS 300
#define HUB_RATE_GUESS 700000.0 /* events a second that a load is made for; a faster hub ends early */

struct bench {
    const char *hub;       /* program */
    const char *movements; /* NULL: made up */
    const char *out;
    int quick;
    const char *only;  /* "16x256": this configuration alone */
    const char *parts; /* which to run: a letter each */
    double seconds;
    double sustained_s;
    int rounds;
    size_t documents;
    size_t bags;
    size_t many; /* documents of the largest view */
    char folder[256];
    char base[300]; /* a hub's folder to be copied */
    uint8_t hub_key[KEY_SIZE];
    struct load_log *logs;
    struct load_log catalogue;
    struct mix mix;
    json_t *result;
};

static const struct {
    size_t nodes;
    size_t batch;
} CONFIG[CONFIGS] = {{1, 1}, {16, 1}, {128, 1}, {1, 64}, {16, 64}, {128, 64}, {1, 256}, {16, 256}, {128, 256}};

/* One measure of every round. */
struct series {
    double values[ROUNDS_MAX];
    int count;
};

static int compare(const void *a, const void *b)
{
    double one = *(const double *)a;
    double other = *(const double *)b;

    return one < other ? -1 : one > other;
}

static void add(struct series *series, double value)
{
    if (series->count < ROUNDS_MAX)
        series->values[series->count++] = value;
}

static double median(struct series *series)
{
    if (series->count == 0)
        return 0;
    qsort(series->values, (size_t)series->count, sizeof(double), compare);
    return series->values[series->count / 2];
}

static void say(json_t *object, const char *name, double value)
{
    json_object_set_new(object, name, json_real(value));
}

/* ---- floor and bursts */

struct measures {
    struct series floor, floor_cpu, floor_disk;
    struct series hub, hub_cpu, hub_disk, wire, p50, p99, sender_cpu;
    int ran_out;
};

static void measure_floor(struct bench *bench, const struct load *load, struct measures *measures)
{
    struct sender_options options = {.load = load, .seconds = bench->seconds, .window_bytes = LIMIT_CREDIT_BYTES};
    struct sender_result result;
    struct floor floor;
    char folder[320];
    double cpu;

    snprintf(folder, sizeof folder, "%s/floor", bench->folder);
    floor_start(folder, &floor);
    options.endpoint = floor.endpoint;
    sender_run(&options, &result);
    cpu = floor_stop(&floor);
    add(&measures->floor, (double)result.events / result.seconds);
    add(&measures->floor_cpu, cpu * 1e6 / (double)result.events);
    add(&measures->floor_disk, (double)hubside_disk(bench->folder, "floor") / (double)result.events);
    hubside_remove(folder);
}

static void measure_hub(struct bench *bench, const struct load *load, struct measures *measures)
{
    struct sender_options options = {
        .load = load, .seconds = bench->seconds, .window_bytes = LIMIT_CREDIT_BYTES, .hub_key = bench->hub_key};
    struct sender_result result;
    struct hubside hub;
    char folder[320];
    uint64_t disk;
    double cpu;

    snprintf(folder, sizeof folder, "%s/hub", bench->folder);
    hubside_copy(bench->base, folder);
    disk = hubside_disk(folder, "journal");
    hubside_start(bench->hub, folder, &hub);
    options.endpoint = hub.endpoint;
    cpu = hubside_cpu(&hub);
    sender_run(&options, &result);
    cpu = hubside_cpu(&hub) - cpu;
    hubside_stop(&hub);
    add(&measures->hub, (double)result.events / result.seconds);
    add(&measures->hub_cpu, cpu * 1e6 / (double)result.events);
    add(&measures->hub_disk, (double)(hubside_disk(folder, "journal") - disk) / (double)result.events);
    add(&measures->wire, (double)result.bytes / (double)result.events);
    add(&measures->p50, result.ack_p50_ms);
    add(&measures->p99, result.ack_p99_ms);
    add(&measures->sender_cpu, result.cpu_s * 1e6 / (double)result.events);
    measures->ran_out |= result.ran_out;
    hubside_remove(folder);
}

/* One batch under way at a time: what a desk waits for. */
static void measure_alone(struct bench *bench)
{
    struct sender_options options = {.seconds = 2, .window_bytes = 1, .hub_key = bench->hub_key};
    struct sender_result result;
    struct load load;
    struct hubside hub;
    char folder[320];
    json_t *alone = json_object();

    load_init(&load, bench->logs, 1, 1);
    mix_uniform(&bench->mix, &load, 20000, 0);
    snprintf(folder, sizeof folder, "%s/hub", bench->folder);
    hubside_copy(bench->base, folder);
    hubside_start(bench->hub, folder, &hub);
    options.load = &load;
    options.endpoint = hub.endpoint;
    sender_run(&options, &result);
    hubside_stop(&hub);
    hubside_remove(folder);
    load_free(&load);
    say(alone, "ack_p50_ms", result.ack_p50_ms);
    say(alone, "ack_p99_ms", result.ack_p99_ms);
    json_object_set_new(bench->result, "one_at_a_time", alone);
    printf("one event at a time: ack p50 %.2f ms, p99 %.2f ms\n", result.ack_p50_ms, result.ack_p99_ms);
}

static uint64_t load_events(const struct bench *bench, size_t batch, double seconds)
{
    return (uint64_t)(seconds * (batch == 1 ? 20000.0 : batch == 64 ? HUB_RATE_GUESS * 0.7 : HUB_RATE_GUESS)) + (bench->quick ? 0 : 1);
}

static void burst(struct bench *bench, size_t which, json_t *list)
{
    struct measures measures;
    struct load load;
    json_t *row = json_object();
    double floor_rate;
    double rate;

    memset(&measures, 0, sizeof measures);
    load_init(&load, bench->logs, CONFIG[which].nodes, CONFIG[which].batch);
    mix_uniform(&bench->mix, &load, load_events(bench, CONFIG[which].batch, bench->seconds), 0);
    for (int round = 0; round < bench->rounds; round++) {
        measure_floor(bench, &load, &measures);
        measure_hub(bench, &load, &measures);
    }
    load_free(&load);
    floor_rate = median(&measures.floor);
    rate = median(&measures.hub);
    json_object_set_new(row, "nodes", json_integer((json_int_t)CONFIG[which].nodes));
    json_object_set_new(row, "batch", json_integer((json_int_t)CONFIG[which].batch));
    say(row, "floor_events_s", floor_rate);
    say(row, "hub_events_s", rate);
    say(row, "ratio", rate / floor_rate);
    say(row, "ack_p50_ms", median(&measures.p50));
    say(row, "ack_p99_ms", median(&measures.p99));
    say(row, "floor_cpu_s_per_million", median(&measures.floor_cpu));
    say(row, "hub_cpu_s_per_million", median(&measures.hub_cpu));
    say(row, "sender_cpu_s_per_million", median(&measures.sender_cpu));
    say(row, "wire_bytes_per_event", median(&measures.wire));
    say(row, "journal_bytes_per_event", median(&measures.hub_disk));
    say(row, "floor_bytes_per_event", median(&measures.floor_disk));
    json_object_set_new(row, "load_ran_out", json_boolean(measures.ran_out));
    json_array_append_new(list, row);
    printf("%5zu %5zu %10.0f %10.0f %6.1f %% %8.1f %8.1f %7.2f %7.2f %7.2f %6.0f %6.0f%s\n", CONFIG[which].nodes, CONFIG[which].batch,
           floor_rate, rate, 100 * rate / floor_rate, median(&measures.p50), median(&measures.p99), median(&measures.floor_cpu),
           median(&measures.hub_cpu), median(&measures.sender_cpu), median(&measures.wire), median(&measures.hub_disk),
           measures.ran_out ? " (load ran out)" : "");
    fflush(stdout);
}

/* Is this one to be measured? `only` names one as NODESxBATCH. */
static int wanted(const struct bench *bench, size_t which)
{
    char name[32];

    snprintf(name, sizeof name, "%zux%zu", CONFIG[which].nodes, CONFIG[which].batch);
    return bench->only == NULL || strcmp(bench->only, name) == 0;
}

static void bursts(struct bench *bench)
{
    json_t *list = json_array();

    printf("burst, uniformly random documents; CPU in seconds a million events\n"
           "nodes batch    floor/s      hub/s   ratio   p50 ms   p99 ms floorCPU  hubCPU sendCPU wire B disk B\n");
    for (size_t i = 0; i < CONFIGS; i++)
        if (wanted(bench, i))
            burst(bench, i, list);
    json_object_set_new(bench->result, "burst", list);
}

/* ---- the two halves alone */

enum kind { MIX_UNIFORM, MIX_ODD, MIX_REPLAY };

static void make_load(struct bench *bench, enum kind kind, uint64_t events, struct load *load)
{
    if (kind == MIX_REPLAY)
        mix_replay(&bench->mix, load, events, bench->movements);
    else
        mix_uniform(&bench->mix, load, events, kind == MIX_ODD);
}

static void inside(struct bench *bench, const char *name, enum kind kind)
{
    struct series ingest = {.count = 0};
    struct series folded = {.count = 0};
    struct series rates = {.count = 0};
    struct load load;
    json_t *row = json_object();

    load_init(&load, bench->logs, 16, 256);
    make_load(bench, kind, bench->quick ? 500000 : 2000000, &load);
    for (int round = 0; round < bench->rounds; round++) {
        struct inside_result result;
        char folder[320];

        snprintf(folder, sizeof folder, "%s/hub", bench->folder);
        hubside_copy(bench->base, folder);
        inside_run(folder, &load, &result);
        hubside_remove(folder);
        add(&ingest, result.ingest_cpu);
        add(&folded, result.fold_cpu);
        add(&rates, (double)result.events / result.fold_s);
    }
    load_free(&load);
    say(row, "ingest_cpu_s_per_million", median(&ingest));
    say(row, "fold_cpu_s_per_million", median(&folded));
    say(row, "fold_alone_events_s", median(&rates));
    json_object_set_new(bench->result, name, row);
    printf("%-18s alone: ingest %.2f CPU s a million, fold %.2f, %.0f events/s\n", name, median(&ingest), median(&folded), median(&rates));
    fflush(stdout);
}

/* ---- sustained */

static void sustained(struct bench *bench, const char *name, enum kind kind)
{
    struct sender_options options = {
        .seconds = bench->sustained_s, .window_bytes = LIMIT_CREDIT_BYTES, .hub_key = bench->hub_key, .lag_s = 1};
    struct measures measures;
    struct series rates = {.count = 0};
    struct series lags = {.count = 0};
    struct series states = {.count = 0};
    struct series cpus = {.count = 0};
    struct series memories = {.count = 0};
    struct load load;
    json_t *row = json_object();
    double floor_rate;
    double rate;

    memset(&measures, 0, sizeof measures);
    load_init(&load, bench->logs, 16, 256);
    make_load(bench, kind, (uint64_t)(bench->sustained_s * HUB_RATE_GUESS * (kind == MIX_REPLAY ? 0.6 : 0.4)), &load);
    for (int round = 0; round < bench->rounds; round++) {
        struct sender_result result;
        struct hubside hub;
        char folder[320];
        double cpu;

        measure_floor(bench, &load, &measures);
        snprintf(folder, sizeof folder, "%s/hub", bench->folder);
        hubside_copy(bench->base, folder);
        hubside_start(bench->hub, folder, &hub);
        cpu = hubside_cpu(&hub);
        options.load = &load;
        options.endpoint = hub.endpoint;
        options.paced = &hub;
        sender_run(&options, &result);
        add(&cpus, (hubside_cpu(&hub) - cpu) * 1e6 / (double)result.events);
        add(&memories, hubside_memory(&hub));
        hubside_stop(&hub);
        add(&rates, result.paced_rate);
        add(&lags, result.lag_max_s);
        add(&states, (double)hubside_disk(folder, "state"));
        hubside_remove(folder);
    }
    load_free(&load);
    floor_rate = median(&measures.floor);
    rate = median(&rates);
    say(row, "floor_events_s", floor_rate);
    say(row, "hub_events_s", rate);
    say(row, "ratio", rate / floor_rate);
    say(row, "fold_lag_max_s", median(&lags));
    say(row, "state_bytes", median(&states));
    say(row, "hub_cpu_s_per_million", median(&cpus));
    say(row, "hub_memory_bytes", median(&memories));
    json_object_set_new(bench->result, name, row);
    printf(
        "%-18s 16 x 256: floor %.0f, hub %.0f events/s, %.1f %%, longest lag of the fold %.2f s, %.1f CPU s a million, %.0f MB of memory\n",
        name, floor_rate, rate, 100 * rate / floor_rate, median(&lags), median(&cpus), median(&memories) / 1e6);
    fflush(stdout);
}

/* ---- views and restart */

/* From the question to the answer's last byte. anew: each time another question to the hub, so that no answer stands ready. */
static double ask_stock(struct hubside *hub, int anew)
{
    double all[VIEW_ASKS];

    for (size_t i = 0; i < VIEW_ASKS; i++) {
        json_t *question = json_pack("{s:s, s:i}", "command", "stock", "turn", anew ? (int)i : 0);
        double begun = sender_now();

        (void)hubside_ask_text(hub, question);
        all[i] = sender_now() - begun;
    }
    qsort(all, VIEW_ASKS, sizeof(double), compare);
    return all[VIEW_ASKS / 2];
}

static struct lmdb_store *open_store(const char *folder, const char *name, enum lmdb_tables tables)
{
    struct lmdb_options options = {.tables = tables, .map_bytes = UINT64_C(64) << 30, .read_only = 1};
    struct lmdb_store *store;
    char path[400];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    options.folder = path;
    load_must(lmdb_store_open(&options, &store));
    return store;
}

static double read_stock(const char *folder, size_t *rows)
{
    struct stock_filter filter = {.state = -1};
    struct lmdb_store *state_store = open_store(folder, "state", LMDB_STATE);
    struct lmdb_store *journal_store = open_store(folder, "journal", LMDB_JOURNAL);
    struct store_txn *state;
    struct store_txn *journal;
    double all[VIEW_ASKS];

    for (size_t i = 0; i < VIEW_ASKS; i++) {
        struct stock_view view = {.count = 0};
        double begun = sender_now();

        load_must(lmdb_read_begin(state_store, &state));
        load_must(lmdb_read_begin(journal_store, &journal));
        load_must(view_stock(state, journal, &filter, VIEW_NOW, &view));
        lmdb_abort(journal);
        lmdb_abort(state);
        all[i] = sender_now() - begun;
        *rows = view.count;
        stock_view_free(&view);
    }
    lmdb_store_close(state_store);
    lmdb_store_close(journal_store);
    qsort(all, VIEW_ASKS, sizeof(double), compare);
    return all[VIEW_ASKS / 2];
}

/* A hub that holds so many documents: its views, and how long it takes to start again. */
static void views(struct bench *bench, const char *folder, size_t documents, json_t *list)
{
    json_t *row = json_object();
    struct hubside hub;
    uint64_t cursor;
    uint64_t lag;
    size_t rows = 0;
    double restart;
    double network;
    double anew;
    double inside;

    hubside_start(bench->hub, folder, &hub);
    restart = hub.started_s;
    hubside_cursor(&hub, &cursor, &lag);
    network = ask_stock(&hub, 0);
    anew = ask_stock(&hub, 1);
    hubside_stop(&hub);
    inside = read_stock(folder, &rows);
    json_object_set_new(row, "documents", json_integer((json_int_t)documents));
    json_object_set_new(row, "events", json_integer((json_int_t)(cursor + lag)));
    json_object_set_new(row, "counters", json_integer((json_int_t)rows));
    say(row, "restart_s", restart);
    say(row, "stock_socket_us", network * 1e6);
    say(row, "stock_socket_anew_us", anew * 1e6);
    say(row, "stock_inside_us", inside * 1e6);
    say(row, "state_bytes_per_document", (double)hubside_disk(folder, "state") / (double)documents);
    json_array_append_new(list, row);
    printf(
        "%zu documents: restart %.3f s with %llu events; all %zu counters %.0f us by the socket, %.0f us when made anew, %.0f us inside\n",
        documents, restart, (unsigned long long)(cursor + lag), rows, network * 1e6, anew * 1e6, inside * 1e6);
    fflush(stdout);
}

static double fold_everything(struct bench *bench, const char *folder, double *cpu)
{
    double begun = sender_now();
    struct hubside hub;

    hubside_start(bench->hub, folder, &hub);
    hubside_wait_folded(&hub);
    begun = sender_now() - begun;
    *cpu = hubside_cpu(&hub);
    hubside_stop(&hub);
    return begun;
}

static void make_base(struct bench *bench, json_t *list)
{
    double cpu;
    double seconds;
    size_t things = bench->documents + bench->bags;

    snprintf(bench->base, sizeof bench->base, "%s/base", bench->folder);
    bench->logs = calloc(LOAD_NODES, sizeof *bench->logs);
    if (bench->logs == NULL)
        load_fail("logs", NAVETTE_E_MEMORY);
    for (uint32_t i = 0; i < LOAD_NODES; i++)
        load_log_init(&bench->logs[i], i);
    load_log_init(&bench->catalogue, LOAD_NODES);
    mix_init(&bench->mix, bench->documents, bench->bags, bench->catalogue.incarnation, 1);
    hubside_make(bench->base, bench->logs, &bench->catalogue, &bench->mix);
    hubside_key(bench->base, bench->hub_key);
    seconds = fold_everything(bench, bench->base, &cpu);
    printf("%zu documents and bags registered, folded in %.1f s (%.0f events/s, %.2f CPU s a million)\n", things, seconds,
           (double)things / seconds, cpu * 1e6 / (double)things);
    fflush(stdout);
    views(bench, bench->base, bench->documents, list);
}

/* Views of the past. Quick: a fifth of it. */
static void past(struct bench *bench)
{
    struct past_size size = {.documents = bench->documents, .bags = bench->bags, .events = 5000000, .days = 120, .asks = 40};
    char folder[320];

    if (bench->quick)
        size = (struct past_size){.documents = 200000, .bags = 10000, .events = 1000000, .days = 120, .asks = 40};
    snprintf(folder, sizeof folder, "%s/past", bench->folder);
    past_run(folder, &size, bench->result);
    hubside_remove(folder);
}

static void measure_many(struct bench *bench, json_t *list)
{
    struct load_log *logs = calloc(LOAD_NODES, sizeof *logs);
    struct load_log catalogue;
    struct mix mix;
    char folder[320];
    double cpu;

    snprintf(folder, sizeof folder, "%s/many", bench->folder);
    for (uint32_t i = 0; i < LOAD_NODES; i++)
        load_log_init(&logs[i], i);
    load_log_init(&catalogue, LOAD_NODES);
    mix_init(&mix, bench->many, bench->bags, catalogue.incarnation, 2);
    hubside_make(folder, logs, &catalogue, &mix);
    mix_free(&mix);
    (void)fold_everything(bench, folder, &cpu);
    views(bench, folder, bench->many, list);
    hubside_remove(folder);
    free(logs);
    load_log_free(&catalogue);
}

/* ---- the whole */

static int read_options(int argc, char **argv, struct bench *bench)
{
    char *hub = NULL;
    char *movements = NULL;
    char *out = NULL;
    char *only = NULL;
    char *parts = NULL;
    int seconds = 0;
    int rounds = 0;
    int documents = 0;
    struct poptOption table[] = {{"hub", 0, POPT_ARG_STRING, &hub, 0, "navette-hub", "PROGRAM"},
                                 {"movements", 0, POPT_ARG_STRING, &movements, 0, "movements-*.csv.gz", "FILE"},
                                 {"out", 0, POPT_ARG_STRING, &out, 0, "results as JSON", "FILE"},
                                 {"only", 0, POPT_ARG_STRING, &only, 0, "one configuration, as 16x256", "NxB"},
                                 {"parts", 0, POPT_ARG_STRING, &parts, 0,
                                  "abiuor: alone, bursts, inside, uniform, odd, replay; m: many documents; p: the past", "LETTERS"},
                                 {"seconds", 0, POPT_ARG_INT, &seconds, 0, "of each burst", "N"},
                                 {"rounds", 0, POPT_ARG_INT, &rounds, 0, "of which the median is taken", "N"},
                                 {"documents", 0, POPT_ARG_INT, &documents, 0, "registered before anything is measured", "N"},
                                 {"quick", 0, POPT_ARG_NONE, &bench->quick, 0, "a short form of it", NULL},
                                 POPT_AUTOHELP POPT_TABLEEND};
    poptContext context = poptGetContext("bench", argc, (const char **)(uintptr_t)argv, table, 0);
    int rc = poptGetNextOpt(context);

    poptFreeContext(context);
    bench->hub = hub;
    bench->movements = movements != NULL && movements[0] != '\0' ? movements : NULL;
    bench->out = out;
    bench->only = only;
    bench->parts = parts != NULL ? parts : bench->quick ? "abiuorp" : "abiuormp";
    bench->seconds = seconds > 0 ? seconds : bench->quick ? 3 : 20;
    bench->sustained_s = bench->quick ? 6 : 24;
    bench->rounds = rounds > 0 ? (rounds > ROUNDS_MAX ? ROUNDS_MAX : rounds) : bench->quick ? 1 : 3;
    bench->documents = documents > 0 ? (size_t)documents : 1000000;
    bench->bags = bench->documents / 20;
    bench->many = 10000000;
    return rc != -1 || hub == NULL;
}

int main(int argc, char **argv)
{
    struct bench bench = {.quick = 0};
    json_t *list = json_array();

    if (read_options(argc, argv, &bench)) {
        fprintf(stderr, "bench --hub PROGRAM [--movements FILE] [--out FILE] [--quick] [--only NxB]\n");
        return 2;
    }
    snprintf(bench.folder, sizeof bench.folder, "%s/navette-bench-XXXXXX", getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
    if (mkdtemp(bench.folder) == NULL)
        load_fail(bench.folder, NAVETTE_E_SYSTEM);
    bench.result = json_object();
    system_log_threshold(1);
    make_base(&bench, list);
    if (strchr(bench.parts, 'a'))
        measure_alone(&bench);
    if (strchr(bench.parts, 'b'))
        bursts(&bench);
    if (strchr(bench.parts, 'i')) {
        inside(&bench, "inside_uniform", MIX_UNIFORM);
        inside(&bench, "inside_odd", MIX_ODD);
        inside(&bench, "inside_replay", MIX_REPLAY);
    }
    if (strchr(bench.parts, 'u'))
        sustained(&bench, "sustained_uniform", MIX_UNIFORM);
    if (strchr(bench.parts, 'o'))
        sustained(&bench, "sustained_odd", MIX_ODD);
    if (strchr(bench.parts, 'r'))
        sustained(&bench, "sustained_replay", MIX_REPLAY);
    if (strchr(bench.parts, 'm'))
        measure_many(&bench, list);
    if (strchr(bench.parts, 'p'))
        past(&bench);
    json_object_set_new(bench.result, "views", list);
    json_object_set_new(bench.result, "seconds", json_real(bench.seconds));
    json_object_set_new(bench.result, "rounds", json_integer(bench.rounds));
    targets_add(bench.result);
    json_object_set_new(bench.result, "real_movements", json_boolean(bench.movements != NULL));
    if (bench.out != NULL && json_dump_file(bench.result, bench.out, JSON_INDENT(1) | JSON_REAL_PRECISION(6)) != 0)
        load_fail(bench.out, NAVETTE_E_SYSTEM);
    json_decref(bench.result);
    hubside_remove(bench.folder);
    mix_free(&bench.mix);
    return 0;
}
