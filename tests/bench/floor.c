/* SPDX-License-Identifier: Apache-2.0 */
#include "floor.h"

#include <errno.h>
#include <lmdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

#include "load.h"
#include "navette.pb-c.h"

#define FLOOR_EVENTS 16384u
#define FLOOR_MESSAGES 1024u
#define FLOOR_MAP (UINT64_C(64) << 30)
#define ENTRY_HEAD 40u /* incarnation, seq, leaf, received */
#define ROUTING_MAX 8u

/* Memory that an event is unpacked into, and the next one again. */
struct bump {
    size_t used;
    _Alignas(16) uint8_t bytes[65536];
};

/* Who waits for an answer after the commit. */
struct waiting {
    uint8_t routing[ROUTING_MAX];
    size_t routing_len;
    uint64_t last_seq;
};

struct loop {
    void *socket;
    MDB_env *env;
    MDB_dbi entries;
    MDB_dbi marks;
    uint64_t position;
    struct bump *bump;
    ProtobufCAllocator allocator;
    struct waiting waiting[FLOOR_MESSAGES];
    size_t waiting_count;
    uint8_t value[ENTRY_HEAD + LIMIT_EVENT_BYTES];
};

static volatile sig_atomic_t stopping;

static void stop(int number)
{
    (void)number;
    stopping = 1;
}

static void *bump_alloc(void *data, size_t size)
{
    struct bump *bump = data;
    size_t need = (size + 15) & ~(size_t)15;
    void *piece = bump->bytes + bump->used;

    if (need > sizeof bump->bytes - bump->used)
        return NULL;
    bump->used += need;
    return piece;
}

static void bump_free(void *data, void *piece)
{
    (void)data;
    (void)piece;
}

static void check(int rc, const char *what)
{
    if (rc != 0) {
        fprintf(stderr, "bench: floor: %s: %s\n", what, mdb_strerror(rc));
        _exit(1);
    }
}

static void append_events(struct loop *loop, MDB_cursor *cursor, const uint8_t *header, uint32_t count, const uint8_t *at)
{
    uint64_t seq = read_u64(header + 16);
    uint8_t key[8];

    for (uint32_t i = 0; i < count; i++, seq++) {
        size_t len = read_u32(at);
        MDB_val name = {sizeof key, key};
        MDB_val value = {ENTRY_HEAD + len, NULL};
        uint8_t *room;

        loop->bump->used = 0;
        if (navette__event__unpack(&loop->allocator, len, at + 4) == NULL)
            check(EINVAL, "unpack");
        write_u64(key, ++loop->position);
        check(mdb_cursor_put(cursor, &name, &value, MDB_APPEND | MDB_RESERVE), "append");
        room = value.mv_data;
        memcpy(room, header, 16);
        write_u64(room + 16, seq);
        memset(room + 24, 0, 16);
        memcpy(room + ENTRY_HEAD, at + 4, len);
        at += 4 + len;
    }
}

static uint32_t take(struct loop *loop, MDB_txn *txn, MDB_cursor *cursor, zmq_msg_t parts[3])
{
    const uint8_t *header = zmq_msg_data(&parts[1]);
    uint64_t first = read_u64(header + 16);
    uint32_t count = read_u32(header + 24);
    uint8_t mark[8] = {0};
    MDB_val name = {16, (void *)(uintptr_t)header};
    MDB_val value;
    struct waiting *waiting = loop->waiting;
    int rc = mdb_get(txn, loop->marks, &name, &value);

    if (rc == 0)
        memcpy(mark, value.mv_data, sizeof mark);
    if (read_u64(mark) + 1 != first)
        check(EINVAL, "gap");
    append_events(loop, cursor, header, count, zmq_msg_data(&parts[2]));
    write_u64(mark, first + count - 1);
    value = (MDB_val){sizeof mark, mark};
    check(mdb_put(txn, loop->marks, &name, &value, 0), "mark");
    while (waiting < loop->waiting + loop->waiting_count && memcmp(waiting->routing, zmq_msg_data(&parts[0]), waiting->routing_len) != 0)
        waiting++;
    waiting->routing_len = zmq_msg_size(&parts[0]);
    memcpy(waiting->routing, zmq_msg_data(&parts[0]), waiting->routing_len);
    waiting->last_seq = first + count - 1;
    if (waiting == loop->waiting + loop->waiting_count)
        loop->waiting_count++;
    return count;
}

/* One message of three parts. 0: none waits. */
static int receive(struct loop *loop, zmq_msg_t parts[3], int flags)
{
    for (size_t i = 0; i < 3; i++)
        if (zmq_msg_recv(&parts[i], loop->socket, i == 0 ? flags : 0) < 0)
            return 0;
    return 1;
}

static void serve_round(struct loop *loop, zmq_msg_t parts[3])
{
    MDB_cursor *cursor;
    MDB_txn *txn;
    uint32_t events = 0;

    check(mdb_txn_begin(loop->env, NULL, 0, &txn), "begin");
    check(mdb_cursor_open(txn, loop->entries, &cursor), "cursor");
    loop->waiting_count = 0;
    do
        events += take(loop, txn, cursor, parts);
    while (events < FLOOR_EVENTS && loop->waiting_count < FLOOR_MESSAGES && receive(loop, parts, ZMQ_DONTWAIT));
    mdb_cursor_close(cursor);
    check(mdb_txn_commit(txn), "commit");
    for (size_t i = 0; i < loop->waiting_count; i++) {
        uint8_t answer[8];

        write_u64(answer, loop->waiting[i].last_seq);
        zmq_send(loop->socket, loop->waiting[i].routing, loop->waiting[i].routing_len, ZMQ_SNDMORE);
        zmq_send(loop->socket, answer, sizeof answer, 0);
    }
}

static void run(const char *folder, int report)
{
    struct loop *loop = calloc(1, sizeof *loop);
    void *context = zmq_ctx_new();
    char endpoint[64] = "";
    size_t len = sizeof endpoint;
    zmq_msg_t parts[3];
    MDB_txn *txn;
    int none = 0;
    int half_second = 500;

    loop->bump = malloc(sizeof *loop->bump);
    loop->allocator = (ProtobufCAllocator){bump_alloc, bump_free, loop->bump};
    check(mdb_env_create(&loop->env), "create");
    check(mdb_env_set_maxdbs(loop->env, 2), "tables");
    check(mdb_env_set_mapsize(loop->env, FLOOR_MAP), "map");
    check(mdb_env_open(loop->env, folder, 0, 0600), "open");
    check(mdb_txn_begin(loop->env, NULL, 0, &txn), "begin");
    check(mdb_dbi_open(txn, "entry", MDB_CREATE, &loop->entries), "table");
    check(mdb_dbi_open(txn, "head", MDB_CREATE, &loop->marks), "table");
    check(mdb_txn_commit(txn), "commit");
    loop->socket = zmq_socket(context, ZMQ_ROUTER);
    zmq_setsockopt(loop->socket, ZMQ_LINGER, &none, sizeof none);
    zmq_setsockopt(loop->socket, ZMQ_RCVTIMEO, &half_second, sizeof half_second);
    if (zmq_bind(loop->socket, "tcp://127.0.0.1:*") != 0 || zmq_getsockopt(loop->socket, ZMQ_LAST_ENDPOINT, endpoint, &len) != 0 ||
        write(report, endpoint, sizeof endpoint) != (ssize_t)sizeof endpoint)
        check(errno, "bind");
    for (size_t i = 0; i < 3; i++)
        zmq_msg_init(&parts[i]);
    while (!stopping)
        if (receive(loop, parts, 0))
            serve_round(loop, parts);
    _exit(0);
}

void floor_start(const char *folder, struct floor *floor)
{
    int ends[2];

    if (mkdir(folder, 0700) != 0 || pipe(ends) != 0)
        load_fail(folder, NAVETTE_E_SYSTEM);
    floor->pid = fork();
    if (floor->pid == 0) {
        struct sigaction action = {.sa_handler = stop};

        sigaction(SIGTERM, &action, NULL);
        run(folder, ends[1]);
    }
    close(ends[1]);
    if (floor->pid < 0 || read(ends[0], floor->endpoint, sizeof floor->endpoint) != (ssize_t)sizeof floor->endpoint)
        load_fail("floor", NAVETTE_E_SYSTEM);
    close(ends[0]);
}

double floor_stop(struct floor *floor)
{
    struct rusage usage;

    kill(floor->pid, SIGTERM);
    if (wait4(floor->pid, NULL, 0, &usage) != floor->pid)
        return 0;
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}
