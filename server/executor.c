/* SPDX-License-Identifier: Apache-2.0 */
#include "server/executor.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "navette/log.h"
#include "navette/system.h"
#include "server/decide.h"
#include "server/decide_key.h"
#include "server/group.h"
#include "server/guest.h"
#include "server/own_keys.h"
#include "server/own_root.h"
#include "server/decide_rekey.h"
#include "server/report.h"
#include "server/vault_desk.h"

/* ---- the journal's one writer */

int executor_seal(struct executor *executor, struct store_txn *txn)
{
    struct batch_header header;
    int rc = log_seal_prepare(txn, executor->home->incarnation, &header);

    if (rc == NAVETTE_E_NOT_FOUND)
        return 0;
    if (!rc) {
        keys_sign_batch(own_keys_signer(executor->home), &header);
        rc = log_seal_store(txn, &header);
    }
    return rc;
}

int executor_begin(struct executor *executor, struct store_txn **txn)
{
    int rc = lmdb_write_begin(executor->home->journal, txn);

    if (!rc && executor->unsealed && executor->seal_ms <= system_monotonic_ms())
        rc = executor_seal(executor, *txn);
    if (rc) {
        lmdb_abort(*txn);
        *txn = NULL;
    }
    return rc;
}

/* Reads where the journal ends and whether the hub's own log has an open batch, from inside the transaction about to be committed. */
static int executor_look(struct executor *executor, struct store_txn *txn, uint64_t *tail, int *unsealed)
{
    struct log_head head;
    uint64_t sealed = 0;
    int rc = journal_tail(txn, tail);

    if (!rc)
        rc = journal_head(txn, executor->home->incarnation, &head);
    if (!rc)
        rc = log_sealed(txn, executor->home->incarnation, &sealed);
    *unsealed = !rc && head.seq > sealed;
    return rc;
}

int executor_commit(struct executor *executor, struct store_txn *txn)
{
    uint64_t tail = 0;
    int unsealed = 0;
    int rc = executor_look(executor, txn, &tail, &unsealed);

    if (rc) {
        lmdb_abort(txn);
        return rc;
    }
    rc = lmdb_commit(txn);
    if (rc)
        return rc;
    follower_settle(executor->follower, 1);
    if (executor->full)
        system_log(0, "executor", NULL, "there is room again: taking in what the nodes kept");
    executor->full = 0;
    if (unsealed && !executor->unsealed)
        executor->seal_ms = system_monotonic_ms() + EXECUTOR_SEAL_MS;
    executor->unsealed = unsealed;
    if (tail != executor->tail) {
        executor->tail = tail;
        follower_wake(executor->follower);
    }
    return 0;
}

int executor_seal_recorded(struct executor *executor, struct store_txn *txn)
{
    return hub_recorded(executor->hub) ? executor_seal(executor, txn) : 0;
}

int executor_record(struct executor *executor, struct store_txn *txn, Navette__Event *body, uint64_t *position)
{
    struct journal_entry entry;
    uint8_t salt[SALT_SIZE];
    int rc;

    system_random(salt, sizeof(salt));
    body->boot = executor->boot;
    body->boottime_ms = system_boottime_ms();
    body->clock = system_clock_synced() ? NAVETTE__CLOCK_TRUST__CLOCK_SYNCED : NAVETTE__CLOCK_TRUST__CLOCK_UNKNOWN;
    rc = hub_record(executor->hub, txn, body, salt, system_wall_ms(), &entry);
    if (rc == NAVETTE_E_BUSY) {
        rc = executor_seal(executor, txn);
        if (!rc)
            rc = hub_record(executor->hub, txn, body, salt, system_wall_ms(), &entry);
    }
    if (!rc && position)
        *position = entry.position;
    return rc ? rc : executor_seal_recorded(executor, txn);
}

/* ---- the step and its effects */

static int executor_step(struct executor *executor, enum hub_input_kind kind, uint64_t session, int error)
{
    struct hub_input input = {.kind = kind, .now_ms = system_wall_ms(), .session = session, .error = error, .boot = executor->boot};
    int rc = lmdb_read_begin(executor->home->journal, &input.journal);

    if (rc)
        return rc;
    if (follower_read_begin(executor->follower, &input.state))
        input.state = NULL;
    rc = hub_step(executor->hub, &input, &executor->effects);
    follower_read_end(executor->follower, input.state);
    lmdb_abort(input.journal);
    return rc;
}

/* Sessions whose peer has gone, found while sending. Past its size the others are found at their next frame. */
struct executor_lost {
    uint64_t sessions[64];
    size_t count;
};

static void executor_send(struct executor *executor, const struct effect *effect, struct executor_lost *lost)
{
    int rc = executor->wire ? wire_hub_send(executor->wire, effect->session, buffer_span(&effect->frame)) : 0;

    if (rc == NAVETTE_OK || lost->count == sizeof(lost->sessions) / sizeof(lost->sessions[0]))
        return;
    for (size_t i = 0; i < lost->count; i++)
        if (lost->sessions[i] == effect->session)
            return;
    lost->sessions[lost->count++] = effect->session;
}

/* Which node a line is about: its first place, and the beginning of its id. NULL: nobody known. */
static const char *executor_who(const struct executor *executor, uint64_t session, char text[LIMIT_PLACE_CODE + 16])
{
    const struct hub_node *node = NULL;
    uint8_t key[KEY_SIZE];
    char id[9];

    if (executor->wire && wire_hub_key(executor->wire, session, key) == 0)
        node = hub_node_by_key(executor->hub, key);
    if (!node)
        return NULL;
    hex_encode(node->node, 4, id);
    (void)snprintf(text, LIMIT_PLACE_CODE + 16, "%s-%s", node->place_count ? node->places[0] : "node", id);
    return text;
}

static void executor_answer_snapshot(struct executor *executor, const struct effect *effect, struct executor_lost *lost)
{
    struct effect answer = {.kind = EFFECT_SEND, .session = effect->session};
    const struct hub_node *node = NULL;
    Navette__SnapshotChunk message;
    struct hub_snapshot_ask ask;
    uint8_t key[KEY_SIZE];
    uint32_t turn = 0;

    if (executor->wire && wire_hub_key(executor->wire, effect->session, key) == 0)
        node = hub_node_by_key(executor->hub, key);
    if (!node || !executor->snapshots || hub_snapshot_asked(buffer_span(&effect->frame), &ask) != 0)
        return;
    while (snapshot_table_answer(executor->snapshots, node, &ask, executor->tail, &turn, &message) == 0) {
        buffer_clear(&answer.frame);
        if (frame_encode(FRAME_SNAPSHOT, &message.base, &answer.frame) == 0)
            executor_send(executor, &answer, lost);
    }
    buffer_free(&answer.frame);
}

static void executor_do(struct executor *executor, const struct effect *effect, struct executor_lost *lost)
{
    char who[LIMIT_PLACE_CODE + 16];

    switch (effect->kind) {
    case EFFECT_SEND:
        executor_send(executor, effect, lost);
        break;
    case EFFECT_CLOSE:
        if (executor->wire)
            wire_hub_forget(executor->wire, effect->session);
        break;
    case EFFECT_LOG:
        system_log((int)effect->level, "hub", executor_who(executor, effect->session, who), "%s", effect->text);
        break;
    case EFFECT_REVOKE:
        executor_admit_all(executor);
        decide_rekey_open(executor); /* how its own keys changed may have come back too */
        break;
    case EFFECT_SEAL:
        executor->unsealed = 1;
        executor->seal_ms = 0;
        break;
    case EFFECT_SNAPSHOT:
        executor_answer_snapshot(executor, effect, lost);
        break;
    case EFFECT_KEYS:
        vault_desk_take(executor, effect->session, buffer_span(&effect->frame));
        break;
    case EFFECT_REFOLD:
        follower_rebuild(executor->follower);
        break;
    case EFFECT_STAGE:
    case EFFECT_EVICT:
    case EFFECT_RECONNECT:
        break;
    }
}

int executor_carry_out(struct executor *executor)
{
    struct executor_lost lost = {.count = 0};
    int rc = 0;

    for (size_t i = 0; i < executor->effects.count; i++)
        executor_do(executor, &executor->effects.list[i], &lost);
    effects_clear(&executor->effects);
    for (size_t i = 0; !rc && i < lost.count; i++) {
        wire_hub_forget(executor->wire, lost.sessions[i]);
        rc = executor_give(executor, HUB_CLOSED, lost.sessions[i], 0);
    }
    return rc;
}

int executor_give(struct executor *executor, enum hub_input_kind kind, uint64_t session, int error)
{
    int rc = executor_step(executor, kind, session, error);

    return rc ? rc : executor_carry_out(executor);
}

static void executor_admit(struct executor *executor, const uint8_t *curve_key, int may)
{
    if (may)
        (void)wire_hub_admit(executor->wire, curve_key);
    else
        wire_hub_refuse(executor->wire, curve_key);
}

void executor_admit_all(struct executor *executor)
{
    const struct hub_node *node;

    for (size_t i = 0; executor->wire && (node = hub_node_at(executor->hub, i)) != NULL; i++) {
        executor_admit(executor, node->curve_key, !node->revoked);
        /* Who shows a key that it gave up is let in to be told so. */
        for (size_t door = 0; door < node->door_count; door++)
            executor_admit(executor, node->doors[door].curve_key, !node->revoked);
    }
}

/* ---- the loop */

static void executor_release(struct executor *executor, int64_t now_ms)
{
    struct follower_news news;
    size_t kept = 0;

    follower_news(executor->follower, &news);

    for (size_t i = 0; i < executor->held_count; i++) {
        struct executor_held *held = &executor->held[i];

        if ((held->position > news.cursor || news.rebuilding) && held->until_ms > now_ms) {
            executor->held[kept++] = *held;
            continue;
        }
        if (held->rebuilt)
            report_rebuilt(executor, held->answer);
        (void)queue_put(executor->answers, held->client, held->answer);
    }
    executor->held_count = kept;
}

/* The fold moved, or failed. */
int executor_settle(struct executor *executor)
{
    struct follower_news news;
    int rc;

    follower_clear(executor->follower);
    follower_news(executor->follower, &news);
    if (news.failed)
        return news.failed;
    executor_release(executor, system_monotonic_ms());
    rc = vault_desk_settle(executor);
    return rc ? rc : executor_give(executor, HUB_TAIL, 0, 0);
}

/* Seals the open batch when nothing else has come to share its flush. */
static int executor_seal_alone(struct executor *executor, int64_t now_ms)
{
    struct store_txn *txn;
    int rc;

    rc = executor_begin(executor, &txn);
    executor->seal_ms = now_ms + EXECUTOR_SEAL_MS;
    if (!rc)
        rc = executor_commit(executor, txn);
    return error_is_fatal(rc) ? rc : 0;
}

static int executor_time(struct executor *executor)
{
    int64_t now_ms = system_monotonic_ms();
    int rc = 0;

    if (hub_deadline(executor->hub) <= system_wall_ms())
        rc = executor_give(executor, HUB_TICK, 0, 0);
    if (!rc && executor->unsealed && executor->seal_ms <= now_ms)
        rc = executor_seal_alone(executor, now_ms);
    if (!rc && executor->readers_ms <= now_ms) {
        executor->readers_ms = now_ms + EXECUTOR_READERS_MS;
        rc = lmdb_store_check(executor->home->journal);
        if (!rc)
            rc = follower_check_readers(executor->follower);
    }
    if (!rc && executor->disowning)
        rc = decide_disown(executor);
    if (!rc)
        rc = vault_desk_time(executor, now_ms);
    if (!rc)
        rc = decide_rekey_time(executor, now_ms);
    if (!rc && executor->held_count > 0)
        executor_release(executor, now_ms);
    return rc;
}

static int executor_timeout(const struct executor *executor)
{
    int64_t now_ms = system_monotonic_ms();
    int64_t wait_ms = executor->readers_ms - now_ms;
    int64_t deadline = hub_deadline(executor->hub);

    if (!executor->full && hub_round_deadline(executor->hub) < deadline)
        deadline = hub_round_deadline(executor->hub);
    if (executor->disowning && !executor->full)
        return 0;
    if (deadline != INT64_MAX && deadline - system_wall_ms() < wait_ms)
        wait_ms = deadline - system_wall_ms();
    if (vault_desk_deadline(executor) - now_ms < wait_ms)
        wait_ms = vault_desk_deadline(executor) - now_ms;
    if (decide_rekey_deadline(executor) - now_ms < wait_ms)
        wait_ms = decide_rekey_deadline(executor) - now_ms;
    if (executor->unsealed && executor->seal_ms - now_ms < wait_ms)
        wait_ms = executor->seal_ms - now_ms;
    for (size_t i = 0; i < executor->held_count; i++)
        if (executor->held[i].until_ms - now_ms < wait_ms)
            wait_ms = executor->held[i].until_ms - now_ms;
    return wait_ms < 0 ? 0 : wait_ms > EXECUTOR_READERS_MS ? (int)EXECUTOR_READERS_MS : (int)wait_ms;
}

int executor_run(struct executor *executor, int stop_fd)
{
    struct pollfd fds[] = {{.fd = stop_fd, .events = POLLIN},
                           {.fd = wire_hub_fd(executor->wire), .events = POLLIN},
                           {.fd = enrol_port_fd(executor->port), .events = POLLIN},
                           {.fd = queue_fd(executor->requests), .events = POLLIN},
                           {.fd = follower_fd(executor->follower), .events = POLLIN}};
    size_t frames = 1;
    size_t others = 0;
    int rc = 0;

    while (!rc) {
        fds[1].fd = wire_hub_fd(executor->wire); /* another one since the hub's own keys changed */
        /* ZeroMQ's descriptors fire on a change only, and sending may swallow one: wait only after a round that found nothing. */
        if (poll(fds, sizeof(fds) / sizeof(fds[0]), frames + others > 0 ? 0 : executor_timeout(executor)) < 0)
            continue;
        if (fds[0].revents)
            return 0;
        rc = group_run(executor, &frames);
        if (!rc)
            rc = guest_run(executor, &others);
        if (!rc && fds[3].revents)
            rc = decide_run(executor, &others);
        if (!rc && fds[4].revents)
            rc = executor_settle(executor);
        if (!rc)
            rc = executor_time(executor);
    }
    system_log(2, "executor", NULL, "stopping: %s", error_text(rc));
    return rc;
}

/* ---- open, close */

/* Where people are told to enrol: the port as bound, at the public endpoint's host; without one, a name in place of "every address". */
static void executor_announce(const struct executor *executor, const char *bound, char out[128])
{
    static const char *const EVERY[] = {"tcp://0.0.0.0:", "tcp://[::]:", "tcp://*:"};
    const char *public_endpoint = executor->options->public_endpoint;
    const char *port = strrchr(bound, ':');
    const char *end = strrchr(public_endpoint, ':');
    char name[65] = "localhost";

    (void)snprintf(out, 128, "%s", bound);
    if (public_endpoint[0] && end && port) {
        (void)snprintf(out, 128, "%.*s%s", (int)(end - public_endpoint), public_endpoint, port);
        return;
    }
    for (size_t i = 0; port && i < sizeof(EVERY) / sizeof(EVERY[0]); i++) {
        if (strncmp(bound, EVERY[i], strlen(EVERY[i])) == 0) {
            (void)gethostname(name, sizeof(name) - 1);
            (void)snprintf(out, 128, "tcp://%s%s", name, port);
        }
    }
}

static int executor_load(struct executor *executor)
{
    struct hub_options options = {.credit_bytes = LIMIT_CREDIT_BYTES,
                                  .session_idle_ms = executor->options->session_idle_ms,
                                  .snapshot_rows = executor->options->snapshot_rows};
    struct store_txn *txn;
    int rc;

    memcpy(options.node, executor->home->keys.node, NODE_ID_SIZE);
    memcpy(options.incarnation, executor->home->incarnation, INCARNATION_SIZE);
    memcpy(options.sign_key, executor->home->keys.sign_public, KEY_SIZE);
    options.lineage = executor->home->lineage;
    rc = own_root_load(executor->home->journal, options.root_key);
    if (rc)
        return rc;
    executor->hub_options = options;
    executor->hub = hub_new(&options);
    executor->invitations = calloc(1, sizeof(*executor->invitations));
    executor->sticks = stick_table_new();
    if (!executor->hub || !executor->invitations || !executor->sticks)
        return NAVETTE_E_MEMORY;
    rc = checkers_new(EXECUTOR_CHECKERS, &executor->checkers);
    if (rc)
        return rc;
    rc = lmdb_read_begin(executor->home->journal, &txn);
    if (rc)
        return rc;
    rc = hub_load_nodes(executor->hub, txn);
    if (!rc)
        rc = executor_look(executor, txn, &executor->tail, &executor->unsealed);
    if (!rc)
        rc = backup_note_read(txn, &executor->backup);
    if (!rc)
        rc = own_root_check(executor->home, executor->hub, txn);
    if (rc)
        executor->unsealed = 0; /* nothing is signed on the way out */
    lmdb_abort(txn);
    if (!rc)
        rc = own_root_settle(executor->home, executor->hub);
    if (!rc && !hub_own_gap(executor->hub))
        rc = own_keys_settled(executor->home);
    hub_set_backup(executor->hub, executor->backup.position, executor->backup.made_ms);
    return rc ? rc : guest_load(executor);
}

int executor_open_alone(struct executor *executor)
{
    int rc;

    effects_init(&executor->effects);
    executor->boot = system_boot();
    executor->disowning = 1; /* for one that was begun before this start */
    executor->started_ms = system_wall_ms();
    executor->readers_ms = system_monotonic_ms() + EXECUTOR_READERS_MS;
    rc = executor_load(executor);
    if (!rc)
        rc = vault_desk_open(executor);
    if (rc)
        executor_close(executor);
    return rc;
}

int executor_open(struct executor *executor)
{
    struct wire_options wire = {.endpoint = executor->options->listen, .keys = &executor->home->keys};
    int rc = executor_open_alone(executor);

    if (rc)
        return rc;
    if (executor->options->snapshot_rows > 0)
        rc = snapshot_table_open(&(struct snapshot_options){executor->home, executor->follower, &executor->hub_options},
                                 &executor->snapshots);
    if (!rc)
        rc = wire_hub_open(&wire, &executor->wire);
    if (!rc)
        rc = enrol_port_open(executor->options->enrol, &executor->port);
    if (rc == NAVETTE_E_BUSY)
        rc = NAVETTE_E_EXISTS;
    if (rc) {
        executor_close(executor);
        return rc;
    }
    executor_admit_all(executor);
    decide_rekey_open(executor);
    /* "Every address" is told as it is: the node puts the host there that it dialled. */
    (void)snprintf(executor->endpoint, sizeof(executor->endpoint), "%s",
                   executor->options->public_endpoint[0] ? executor->options->public_endpoint : wire_hub_endpoint(executor->wire));
    executor_announce(executor, enrol_port_endpoint(executor->port), executor->enrol_endpoint);
    system_log(0, "executor", NULL, "listening on %s, enrolment on %s", wire_hub_endpoint(executor->wire),
               enrol_port_endpoint(executor->port));
    return 0;
}

void executor_close(struct executor *executor)
{
    struct store_txn *txn;

    snapshot_table_close(executor->snapshots);
    executor->snapshots = NULL;
    executor->seal_ms = 0;
    if (executor->hub && executor->unsealed && executor_begin(executor, &txn) == 0)
        (void)executor_commit(executor, txn);
    for (size_t i = 0; i < executor->held_count; i++)
        (void)queue_put(executor->answers, executor->held[i].client, executor->held[i].answer);
    executor->held_count = 0;
    if (executor->port)
        enrol_port_close(executor->port);
    if (executor->wire)
        wire_hub_close(executor->wire);
    vault_desk_close(executor);
    checkers_free(executor->checkers);
    hub_free(executor->hub);
    free(executor->invitations);
    stick_table_free(executor->sticks);
    executor->sticks = NULL;
    executor->port = NULL;
    executor->wire = NULL;
    executor->hub = NULL;
    executor->checkers = NULL;
    executor->invitations = NULL;
    effects_free(&executor->effects);
}
