/* SPDX-License-Identifier: Apache-2.0 */
#include "node/daemon.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>

#include "navette/system.h"
#include "node/commands.h"
#include "node/eviction.h"
#include "node/keeping.h"
#include "node/pruning.h"
#include "node/rekeying.h"
#include "node/staging.h"
#include "node/trusting.h"
#include "node/waiter.h"

#define REQUESTS_A_TURN 64u /* then the link has its turn */
#define FULL_RETRY_MS 2000  /* between looks at a full disk while deltas wait to be folded */
#define EVICT_RETRY_MS 60000
#define READERS_MS 60000 /* dead readers are looked for this often */

struct daemon {
    struct office *office;
    struct control_server *control;
    struct pollfd fds[1 + LINK_EXECUTOR_FDS + CONTROL_POLL];
    size_t link_at, control_at, count;
    int busy;         /* 1: work is left, do not wait */
    int64_t evict_ms; /* what has to go waits for room until then */
    int64_t full_ms;  /* folding waits for room until then */
    int64_t readers_ms;
};

static int serve_requests(struct daemon *daemon)
{
    uint64_t client;
    json_t *json;
    int rc = 0;

    for (unsigned i = 0; i < REQUESTS_A_TURN && rc == 0; i++) {
        struct moment moment = moment_now();
        json_t *answer = NULL;
        if (control_server_next(daemon->control, &client, &json) != 0)
            return 0;
        daemon->office->caller = control_server_caller(daemon->control, client);
        rc = commands_run(daemon->office, client, json, &moment, &answer);
        json_decref(json);
        if (answer != NULL)
            control_server_answer(daemon->control, client, answer);
    }
    daemon->busy = 1;
    return rc;
}

static int serve_waiters(struct daemon *daemon)
{
    struct moment moment = moment_now();
    uint64_t client;
    json_t *answer;
    int rc;

    while ((rc = waiter_next(daemon->office, &moment, &client, &answer)) == 0)
        control_server_answer(daemon->control, client, answer);
    if (rc == NAVETTE_E_NOT_FOUND)
        rc = keeping_recovered(daemon->office, &moment, &client, &answer);
    else
        return rc;
    if (rc == 0)
        control_server_answer(daemon->control, client, answer);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

static int serve_link(struct daemon *daemon)
{
    struct moment moment = moment_now();
    int more = 0, rc = 0;

    if (daemon->office->link != NULL)
        rc = link_executor_serve(daemon->office->link, &moment, &more);
    if (more)
        daemon->busy = 1;
    return rc != 0 ? rc : office_follow(daemon->office);
}

/* What this node's scope gives no more is taken away. Nobody is served meanwhile: it is a matter of seconds, and rare. */
static int evict(struct daemon *daemon)
{
    int64_t now_ms = system_monotonic_ms();
    int rc;

    if (!node_evicts(daemon->office->node) || daemon->evict_ms > now_ms)
        return 0;
    rc = eviction_run(daemon->office);
    if (rc != NAVETTE_E_FULL && rc != NAVETTE_E_REFUSED)
        return rc;
    daemon->evict_ms = now_ms + EVICT_RETRY_MS;
    return 0;
}

static int fold(struct daemon *daemon)
{
    int64_t now_ms = system_monotonic_ms();
    int rc;

    if (daemon->full_ms > now_ms)
        return 0;
    daemon->full_ms = 0;
    rc = office_catch_up(daemon->office);
    if (rc == NAVETTE_E_FULL) {
        daemon->full_ms = now_ms + FULL_RETRY_MS;
        return 0;
    }
    if (daemon->office->behind > 0)
        daemon->busy = 1;
    return rc;
}

static int stage(struct daemon *daemon)
{
    int busy = 0;
    int rc = staging_turn(daemon->office, &busy);

    daemon->busy |= busy;
    return rc;
}

static int look_at_readers(struct daemon *daemon)
{
    int64_t now_ms = system_monotonic_ms();

    if (now_ms < daemon->readers_ms)
        return 0;
    daemon->readers_ms = now_ms + READERS_MS;
    return lmdb_store_check(daemon->office->store);
}

static int keep_keys(struct daemon *daemon)
{
    struct moment moment = moment_now();

    return keeping_turn(daemon->office, &moment, &daemon->busy);
}

static int trust(struct daemon *daemon)
{
    struct moment moment = moment_now();

    return trusting_turn(daemon->office, &moment);
}

static int turn(struct daemon *daemon)
{
    int rc;

    daemon->busy = 0;
    control_server_serve(daemon->control, daemon->fds + daemon->control_at, daemon->count - daemon->control_at);
    rc = serve_requests(daemon);
    if (rc == 0)
        rc = serve_link(daemon);
    if (rc == 0)
        rc = trust(daemon);
    if (rc == 0)
        rc = rekeying_turn(daemon->office);
    if (rc == 0)
        rc = evict(daemon);
    if (rc == 0)
        rc = stage(daemon);
    if (rc == 0)
        rc = fold(daemon);
    if (rc == 0)
        rc = keep_keys(daemon);
    if (rc == 0)
        rc = serve_waiters(daemon);
    if (rc == 0)
        rc = look_at_readers(daemon);
    if (rc == 0 && !daemon->busy)
        rc = pruning_turn(daemon->office);
    return rc;
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int wait_ms(const struct daemon *daemon)
{
    int64_t first = sooner(daemon->readers_ms, waiter_deadline(daemon->office));
    int64_t now_ms = system_monotonic_ms();

    if (daemon->busy)
        return 0;
    if (daemon->office->link != NULL)
        first = sooner(first, link_executor_deadline(daemon->office->link));
    if (node_evicts(daemon->office->node))
        first = sooner(first, daemon->evict_ms);
    first = sooner(first, keeping_deadline(daemon->office));
    first = sooner(first, trusting_deadline(daemon->office));
    first = sooner(first, pruning_deadline(daemon->office));
    if (daemon->office->rekey_ms != 0)
        first = sooner(first, daemon->office->rekey_ms);
    if (daemon->full_ms != 0)
        first = sooner(first, daemon->full_ms);
    if (first <= now_ms)
        return 0;
    return first - now_ms > INT_MAX ? INT_MAX : (int)(first - now_ms);
}

static void gather(struct daemon *daemon, int stop_fd)
{
    daemon->fds[0] = (struct pollfd){.fd = stop_fd, .events = POLLIN};
    daemon->count = daemon->link_at = 1;
    if (daemon->office->link != NULL)
        daemon->count += link_executor_poll(daemon->office->link, daemon->fds + daemon->count);
    daemon->control_at = daemon->count;
    daemon->count += control_server_poll(daemon->control, daemon->fds + daemon->count, CONTROL_POLL);
}

int daemon_run(struct office *office, struct control_server *control, int stop_fd)
{
    struct daemon daemon = {.office = office, .control = control, .busy = 1};
    int rc = 0;

    while (rc == 0) {
        gather(&daemon, stop_fd);
        if (poll(daemon.fds, (nfds_t)daemon.count, wait_ms(&daemon)) < 0 && errno != EINTR)
            return NAVETTE_E_SYSTEM;
        if (daemon.fds[0].revents & POLLIN)
            break;
        rc = turn(&daemon);
    }
    /* what was answered goes out before the socket is closed */
    control_server_serve(control, daemon.fds + daemon.control_at, daemon.count - daemon.control_at);
    return rc;
}
