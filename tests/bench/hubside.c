/* SPDX-License-Identifier: Apache-2.0 */
#include "hubside.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "navette/control.h"
#include "navette/hub.h"
#include "navette/journal.h"
#include "navette/log.h"
#include "navette/system.h"
#include "server/home.h"

#define MAP_MIB 65536u
#define GROUP_EVENTS 131072u
#define START_MS 120000

/* ---- a hub's folder, made without its process */

struct making {
    struct home home;
    struct hub *hub;
    struct store_txn *txn;
    struct load_log *catalogue;
    struct load_sealed sealed;
    uint64_t group;
    int64_t now_ms;
};

static void seal_own(struct making *making)
{
    struct batch_header header;
    int rc = log_seal_prepare(making->txn, making->home.incarnation, &header);

    if (rc == NAVETTE_E_NOT_FOUND)
        return;
    load_must(rc);
    keys_sign_batch(&making->home.keys, &header);
    load_must(log_seal_store(making->txn, &header));
}

static void record(struct making *making, Navette__Event *body)
{
    uint8_t salt[SALT_SIZE];
    int rc;

    system_random(salt, sizeof salt);
    rc = hub_record(making->hub, making->txn, body, salt, making->now_ms, NULL);
    if (rc == NAVETTE_E_BUSY) {
        seal_own(making);
        rc = hub_record(making->hub, making->txn, body, salt, making->now_ms, NULL);
    }
    load_must(rc);
}

static void declare_place(struct making *making, size_t number)
{
    Navette__Event event = NAVETTE__EVENT__INIT;
    Navette__PlaceDeclared declared = NAVETTE__PLACE_DECLARED__INIT;
    Navette__Thing thing = NAVETTE__THING__INIT;
    char code[LIMIT_PLACE_CODE + 1];
    char *names[1] = {(char *)(uintptr_t) "bib"};

    load_place(number, code);
    thing.kind = NAVETTE__THING_KIND__THING_PLACE;
    thing.id = code;
    declared.place = &thing;
    declared.name = code;
    declared.kind = NAVETTE__PLACE_KIND__PLACE_BRANCH;
    declared.namespaces = names;
    declared.n_namespaces = 1;
    event.body_case = NAVETTE__EVENT__BODY_PLACE_DECLARED;
    event.place_declared = &declared;
    record(making, &event);
}

static void enrol(struct making *making, const struct load_log *log, size_t first_place, size_t places)
{
    Navette__Event event = NAVETTE__EVENT__INIT;
    Navette__NodeEnrolled enrolled = NAVETTE__NODE_ENROLLED__INIT;
    Navette__Thing thing = NAVETTE__THING__INIT;
    char codes[LIMIT_NODE_PLACES][LIMIT_PLACE_CODE + 1];
    char *list[LIMIT_NODE_PLACES];
    char id[2 * NODE_ID_SIZE + 1];

    hex_encode(log->keys.node, NODE_ID_SIZE, id);
    thing.kind = NAVETTE__THING_KIND__THING_NODE;
    thing.id = id;
    enrolled.node = &thing;
    enrolled.curve_key.data = (uint8_t *)(uintptr_t)log->keys.curve_public;
    enrolled.sign_key.data = (uint8_t *)(uintptr_t)log->keys.sign_public;
    enrolled.curve_key.len = enrolled.sign_key.len = KEY_SIZE;
    enrolled.role = NAVETTE__ROLE__ROLE_BRANCH;
    enrolled.scope = NAVETTE__SCOPE__SCOPE_NETWORK;
    for (size_t i = 0; i < places; i++) {
        load_place(first_place + i, codes[i]);
        list[i] = codes[i];
    }
    enrolled.places = list;
    enrolled.n_places = places;
    event.body_case = NAVETTE__EVENT__BODY_NODE_ENROLLED;
    event.node_enrolled = &enrolled;
    record(making, &event);
}

static void commit(struct making *making)
{
    load_must(lmdb_commit(making->txn));
    load_must(lmdb_write_begin(making->home.journal, &making->txn));
    making->group = 0;
}

static void flush_catalogue(struct making *making)
{
    struct load_log *log = making->catalogue;
    uint64_t masks[LIMIT_BATCH_EVENTS];
    struct batch_header header = {.first_seq = log->first_seq, .count = log->count};
    struct load_sealed *sealed = &making->sealed;

    if (log->count == 0)
        return;
    load_log_seal(log, sealed);
    memcpy(header.incarnation, log->incarnation, INCARNATION_SIZE);
    memcpy(header.salt, log->salt, SALT_SIZE);
    memcpy(header.previous, log->previous, HASH_SIZE);
    memcpy(header.head, sealed->head, HASH_SIZE);
    memcpy(header.root, sealed->root, HASH_SIZE);
    memcpy(header.signature, sealed->signature, SIGNATURE_SIZE);
    memset(masks, 0xff, sizeof masks);
    load_must(journal_append_batch(making->txn, &header, &sealed->batch, sealed->prefixes, masks, making->now_ms, NULL));
    buffer_clear(&log->events);
    making->group += header.count;
    if (making->group >= GROUP_EVENTS)
        commit(making);
}

static void take(void *context, const Navette__Event *body, struct ref *self)
{
    struct making *making = context;

    load_log_add(making->catalogue, body, self);
    if (making->catalogue->count == LIMIT_BATCH_EVENTS)
        flush_catalogue(making);
}

void hubside_make(const char *folder, struct load_log *logs, struct load_log *catalogue, struct mix *mix)
{
    static const uint8_t none[INCARNATION_SIZE];
    struct making *making = calloc(1, sizeof *making);
    struct home_options where = {.folder = folder, .map_bytes = (uint64_t)MAP_MIB << 20};
    struct hub_options options = {.credit_bytes = LIMIT_CREDIT_BYTES};
    char name[64] = "HUB";

    if (making == NULL)
        load_fail(name, NAVETTE_E_MEMORY);
    making->catalogue = catalogue;
    making->now_ms = system_wall_ms();
    load_must(home_open(&where, &making->home));
    memcpy(options.node, making->home.keys.node, NODE_ID_SIZE);
    memcpy(options.incarnation, making->home.incarnation, INCARNATION_SIZE);
    making->hub = hub_new(&options);
    load_must(lmdb_write_begin(making->home.journal, &making->txn));
    for (size_t i = 0; i < LOAD_NODES * LOAD_PLACES; i++)
        declare_place(making, i);
    for (size_t i = 0; i < LOAD_NODES; i++)
        enrol(making, &logs[i], i * LOAD_PLACES, LOAD_PLACES);
    enrol(making, catalogue, 0, LIMIT_NODE_PLACES);
    seal_own(making);
    load_must(log_start(making->txn, catalogue->incarnation, none, catalogue->keys.node));
    mix_register(mix, take, making);
    flush_catalogue(making);
    load_must(lmdb_commit(making->txn));
    hub_free(making->hub);
    home_close(&making->home);
    free(making);
}

static void command(const char *format, const char *a, const char *b)
{
    char text[2048];

    snprintf(text, sizeof text, format, a, b);
    if (system(text) != 0)
        load_fail(text, NAVETTE_E_SYSTEM);
}

void hubside_copy(const char *from, const char *to)
{
    command("cp -r --sparse=auto '%s' '%s' && sync", from, to);
}

void hubside_remove(const char *folder)
{
    command("rm -rf '%s%s'", folder, "");
}

/* ---- its process */

static double now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

json_t *hubside_ask(struct hubside *hub, json_t *request)
{
    json_t *answer = NULL;
    int rc = control_client_ask(hub->control, request, START_MS, &answer);

    json_decref(request);
    load_must(rc);
    return answer;
}

struct span hubside_ask_text(struct hubside *hub, json_t *request)
{
    struct span text;
    int rc = control_client_ask_text(hub->control, request, START_MS, &text);

    json_decref(request);
    load_must(rc);
    return text;
}

void hubside_start(const char *program, const char *folder, struct hubside *hub)
{
    char control[600];
    char map[16];
    double begun = now_s();
    json_t *answer;
    const char *endpoint;

    memset(hub, 0, sizeof *hub);
    snprintf(hub->folder, sizeof hub->folder, "%s", folder);
    snprintf(control, sizeof control, "%s/control", folder);
    snprintf(map, sizeof map, "%u", MAP_MIB);
    hub->pid = fork();
    if (hub->pid == 0) {
        setenv("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1", 1); /* as deploy/navette-hub.service has it */
        execl(program, program, "--folder", folder, "--listen", "tcp://127.0.0.1:0", "--enrol", "tcp://127.0.0.1:0", "--map-mib", map,
              "--reserve-mib", "0", "--log", "warning", (char *)NULL);
        _exit(127);
    }
    while (control_client_open(control, &hub->control) != 0) {
        if (waitpid(hub->pid, NULL, WNOHANG) != 0 || now_s() - begun > START_MS / 1000)
            load_fail(program, NAVETTE_E_CLOSED);
        poll(NULL, 0, 1);
    }
    answer = hubside_ask(hub, json_pack("{s:s}", "command", "status"));
    hub->started_s = now_s() - begun;
    endpoint = json_string_value(json_object_get(answer, "endpoint"));
    if (endpoint == NULL)
        endpoint = json_string_value(json_object_get(answer, "listen"));
    if (endpoint == NULL) {
        json_dumpf(answer, stderr, 0);
        load_fail("endpoint", NAVETTE_E_NOT_FOUND);
    }
    snprintf(hub->endpoint, sizeof hub->endpoint, "%s", endpoint);
    json_decref(answer);
}

void hubside_stop(struct hubside *hub)
{
    control_client_close(hub->control);
    hub->control = NULL;
    kill(hub->pid, SIGTERM);
    waitpid(hub->pid, NULL, 0);
}

double hubside_cpu(const struct hubside *hub)
{
    char path[64];
    char line[1024] = "";
    unsigned long user = 0;
    unsigned long kernel = 0;
    const char *at;
    FILE *stream;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)hub->pid);
    stream = fopen(path, "r");
    if (stream == NULL)
        return 0;
    at = fgets(line, sizeof line, stream) == NULL ? NULL : strrchr(line, ')');
    fclose(stream);
    if (at == NULL || sscanf(at + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &kernel) != 2)
        return 0;
    return (double)(user + kernel) / (double)sysconf(_SC_CLK_TCK);
}

double hubside_memory(const struct hubside *hub)
{
    char path[64];
    char line[256];
    double kilobytes = 0;
    FILE *stream;

    snprintf(path, sizeof path, "/proc/%d/status", (int)hub->pid);
    stream = fopen(path, "r");
    while (stream != NULL && fgets(line, sizeof line, stream) != NULL)
        if (sscanf(line, "RssAnon: %lf kB", &kilobytes) == 1)
            break;
    if (stream != NULL)
        fclose(stream);
    return kilobytes * 1024;
}

void hubside_cursor(struct hubside *hub, uint64_t *cursor, uint64_t *lag)
{
    json_t *answer = hubside_ask(hub, json_pack("{s:s, s:s}", "command", "aside", "from", "1000000000000"));

    *cursor = (uint64_t)json_integer_value(json_object_get(answer, "cursor"));
    *lag = (uint64_t)json_integer_value(json_object_get(answer, "lag"));
    json_decref(answer);
}

void hubside_wait_folded(struct hubside *hub)
{
    uint64_t cursor;
    uint64_t lag;

    do {
        poll(NULL, 0, 20);
        hubside_cursor(hub, &cursor, &lag);
    } while (lag > 0);
}

uint64_t hubside_disk(const char *folder, const char *store)
{
    char path[700];
    struct stat status;

    snprintf(path, sizeof path, "%s/%s/data.mdb", folder, store);
    return stat(path, &status) == 0 ? (uint64_t)status.st_blocks * 512u : 0;
}

void hubside_key(const char *folder, uint8_t curve_key[KEY_SIZE])
{
    char path[700];
    struct keys keys;

    snprintf(path, sizeof path, "%s/keys", folder);
    load_must(keys_load(path, &keys));
    memcpy(curve_key, keys.curve_public, KEY_SIZE);
    keys_wipe(&keys);
}
