/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_LINK_EXECUTOR_H
#define NODE_LINK_EXECUTOR_H

#include <poll.h>

#include "navette/lmdb_store.h"
#include "navette/node.h"
#include "navette/wire.h"
#include "node/desk.h"
#include "node/staging.h"

/*
 * Carries out what the node's step (node.h) asks for: one write transaction, step(s), commit, and only then the effects. It obeys and
 * decides nothing. Never waits: the caller polls. Time comes in a struct moment, so that a replay may drive it.
 */
struct link_executor;

struct link_executor_options {
    struct lmdb_store *store; /* borrowed, as all that follows */
    struct node *node;
    struct desk *desk;
    const struct keys *keys;
    const struct keys *
        before; /* the transport key before, for a hub that has forgotten the change; NULL or zeros: none. Looked at when the present one is refused */
    const char *endpoint;            /* of the hub */
    const struct hub_keys *hub_keys; /* its CURVE keys are tried in their order; the owner says when they changed */
    struct staging *staging;
};

/* What stands between this node and its hub, as far as the socket tells. */
enum link_trouble { LINK_NO_TROUBLE, LINK_KEY_REFUSED, LINK_WRONG_HUB };

int link_executor_open(const struct link_executor_options *options, struct link_executor **link);
void link_executor_close(struct link_executor *link); /* NULL is a no-op */

/* The two descriptors to poll; link_executor_serve() is to be called whenever one fires, and at the deadline. */
#define LINK_EXECUTOR_FDS 2u
size_t link_executor_poll(const struct link_executor *link, struct pollfd *fds);
/*
 * Takes in what came (at most LINK_EXECUTOR_FRAMES, in one transaction), steps, sends. *more (may be NULL) is 1 when frames are left: call
 * again without waiting. 0 also when the disk is full (what came will come again); else a fatal code.
 */
#define LINK_EXECUTOR_FRAMES 64u
int link_executor_serve(struct link_executor *link, const struct moment *moment, int *more);
/* To be called after a commit in which the desk recorded something. What fails here is told by the next serve: what is recorded is recorded. */
void link_executor_recorded(struct link_executor *link, const struct moment *moment);
/* The hub's key of the connection that stands, or is tried. */
const uint8_t *link_executor_dialled(const struct link_executor *link);
/* Which keys the hub has has changed: tries them from the first one, unless a connection stands. */
int link_executor_redial(struct link_executor *link);
/* Somebody asks for news now: tries to connect at once when there is no link. */
int link_executor_nudge(struct link_executor *link, const struct moment *moment);
/* Monotonic ms at which to call link_executor_serve() at the latest; INT64_MAX: no need. */
int64_t link_executor_deadline(const struct link_executor *link);

enum link_trouble link_executor_trouble(const struct link_executor *link);
#define LINK_EXECUTOR_FULL_MS 5000 /* between looks at a full disk */
/* 1: what came could not be kept for want of room; it is looked at again by itself. */
int link_executor_is_full(const struct link_executor *link);
void link_executor_traffic(const struct link_executor *link, uint64_t *received, uint64_t *sent);

/* Frames about keys (EFFECT_KEYS): the next one that came, the caller's to free. NAVETTE_E_NOT_FOUND. send: a frame to the hub, lost when no connection stands. */
#define LINK_EXECUTOR_KEYS 16u
int link_executor_next_keys(struct link_executor *link, struct buffer *frame);
void link_executor_send(struct link_executor *link, struct span frame);
/* How often it has connected: another number, another session. */
uint64_t link_executor_connections(const struct link_executor *link);

#endif
