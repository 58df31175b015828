/* SPDX-License-Identifier: Apache-2.0 */
#include "node/link_executor.h"

#include <stdlib.h>
#include <string.h>

#include "navette/hub_keys.h"
#include "navette/system.h"

#define SEAL_ROUNDS 64u /* a step may ask for another seal once one is stored; this many in a row is a bug, not work */
#define REOPEN_MS 30000 /* a refused key is tried again this often: a coordinator may have let it in since */

struct link_executor {
    struct link_executor_options options;
    struct wire_node *wire;
    struct effects effects;
    uint64_t session;
    int connected;
    enum link_trouble trouble;
    size_t turn;                /* of the hub's keys, which one is tried */
    uint8_t dialled[KEY_SIZE];  /* ... */
    int shows_before;           /* 1: of its own keys, the transport key before */
    int64_t reopen_ms;          /* 0: none due */
    Navette__Frontier frontier; /* the last one stated, and its signature */
    uint8_t signature[SIGNATURE_SIZE];
    uint8_t stated[INCARNATION_SIZE]; /* whose frontier it is */
    uint8_t fresh[SALT_SIZE];         /* for the next input */
    int64_t full_ms;                  /* the disk was full: no step before then; 0: it is not */
    int failure;                      /* of link_executor_recorded(), for the next serve to tell */
    uint64_t connections;
    struct buffer keys[LINK_EXECUTOR_KEYS]; /* frames about keys that came, the oldest first */
    size_t key_count;
};

int link_executor_open(const struct link_executor_options *options, struct link_executor **link)
{
    struct link_executor *made = calloc(1, sizeof *made);
    int rc;

    if (made == NULL)
        return NAVETTE_E_MEMORY;
    made->options = *options;
    effects_init(&made->effects);
    memcpy(made->dialled, hub_keys_dial(options->hub_keys, 0), KEY_SIZE);
    rc = wire_node_open(options->endpoint, options->keys, made->dialled, &made->wire);
    if (rc != 0) {
        link_executor_close(made);
        return rc;
    }
    *link = made;
    return 0;
}

void link_executor_close(struct link_executor *link)
{
    if (link == NULL)
        return;
    if (link->wire != NULL)
        wire_node_close(link->wire);
    effects_free(&link->effects);
    for (size_t i = 0; i < link->key_count; i++)
        buffer_free(&link->keys[i]);
    free(link);
}

int link_executor_next_keys(struct link_executor *link, struct buffer *frame)
{
    if (link->key_count == 0)
        return NAVETTE_E_NOT_FOUND;
    *frame = link->keys[0];
    memmove(&link->keys[0], &link->keys[1], --link->key_count * sizeof link->keys[0]);
    return 0;
}

void link_executor_send(struct link_executor *link, struct span frame)
{
    if (link->connected)
        (void)wire_node_send(link->wire, frame);
}

uint64_t link_executor_connections(const struct link_executor *link)
{
    return link->connections;
}

/* One too many is lost, as on the line: it is said again. */
static void take_keys(struct link_executor *link, struct effect *effect)
{
    if (link->key_count == LINK_EXECUTOR_KEYS)
        return;
    link->keys[link->key_count++] = effect->frame; /* taken */
    buffer_init(&effect->frame);
}

size_t link_executor_poll(const struct link_executor *link, struct pollfd *fds)
{
    fds[0] = (struct pollfd){.fd = wire_node_fd(link->wire), .events = POLLIN};
    fds[1] = (struct pollfd){.fd = wire_node_monitor_fd(link->wire), .events = POLLIN};
    return LINK_EXECUTOR_FDS;
}

static struct node_input input_of(struct link_executor *link, enum node_input_kind kind, const struct moment *moment, struct store_txn *txn)
{
    system_random(link->fresh, sizeof link->fresh);
    return (struct node_input){.kind = kind, .now_ms = moment->monotonic_ms, .wall_ms = moment->wall_ms, .fresh = link->fresh, .txn = txn};
}

/* What this node can state at the beginning of a transaction. NULL: nothing yet. Signed anew only when it says something else. */
static const Navette__Frontier *state_frontier(struct link_executor *link, struct store_txn *txn)
{
    Navette__Frontier *last = &link->frontier;
    Navette__Frontier now;
    uint8_t bytes[FRONTIER_SIGNED_SIZE];

    if (node_frontier(link->options.node, txn, &now) != 0)
        return NULL;
    if (last->signature.len == 0 || memcmp(link->stated, now.incarnation.data, INCARNATION_SIZE) != 0 || last->seq != now.seq ||
        last->hub_cursor != now.hub_cursor || last->hub_time_ms != now.hub_time_ms) {
        frontier_signed_bytes(&now, bytes);
        keys_sign(link->options.keys, bytes, sizeof bytes, link->signature);
        *last = now;
        memcpy(link->stated, now.incarnation.data, INCARNATION_SIZE);
        last->signature = (ProtobufCBinaryData){SIGNATURE_SIZE, link->signature};
    }
    return last;
}

/* With the key that stands next in the list; behind its end, the first again. */
static int reopen(struct link_executor *link)
{
    const uint8_t *key = hub_keys_dial(link->options.hub_keys, link->turn);

    if (key == NULL) {
        link->turn = 0;
        key = hub_keys_dial(link->options.hub_keys, 0);
    }
    link->connected = 0;
    link->reopen_ms = 0;
    memcpy(link->dialled, key, KEY_SIZE);
    wire_node_show(link->wire, link->shows_before ? link->options.before : link->options.keys);
    return wire_node_dial(link->wire, link->dialled);
}

/* With the keys that it has now. */
static int reopen_anew(struct link_executor *link)
{
    link->shows_before = 0;
    return reopen(link);
}

/* The hub does not know this node's keys: perhaps it does those before, which a backup of then still has. */
static int try_before(struct link_executor *link)
{
    static const uint8_t none[KEY_SIZE];
    const struct keys *before = link->options.before;

    link->shows_before = !link->shows_before && before != NULL && memcmp(before->curve_public, none, KEY_SIZE) != 0 &&
                         node_rekey_may_again(link->options.node);
    return link->shows_before ? reopen(link) : 0;
}

const uint8_t *link_executor_dialled(const struct link_executor *link)
{
    return link->dialled;
}

int link_executor_redial(struct link_executor *link)
{
    if (link->connected)
        return 0;
    link->turn = 0;
    return reopen_anew(link);
}

/* The hub has another key than the one that was tried: is there one more? */
static int try_next(struct link_executor *link, int *found)
{
    const uint8_t *tried = hub_keys_dial(link->options.hub_keys, link->turn);

    /* They have changed since: from the first one. */
    link->turn = tried != NULL && memcmp(tried, link->dialled, KEY_SIZE) == 0 ? link->turn + 1 : 0;
    *found = hub_keys_dial(link->options.hub_keys, link->turn) != NULL;
    if (!*found)
        link->turn = 0;
    return *found ? reopen(link) : 0;
}

/* What the step learnt in a transaction that was not kept has to be forgotten by it too. */
static int give_failed(struct link_executor *link, const struct moment *moment)
{
    struct store_txn *txn;
    int rc;

    effects_clear(&link->effects);
    link->full_ms = moment->monotonic_ms + LINK_EXECUTOR_FULL_MS;
    rc = lmdb_read_begin(link->options.store, &txn);
    if (rc != 0)
        return rc;
    struct node_input input = input_of(link, NODE_FAILED, moment, txn);
    rc = node_step(link->options.node, &input, &link->effects);
    lmdb_abort(txn);
    effects_clear(
        &link->effects); /* the new connection it asks for comes with the next look at the disk: at once, it would end here again, for ever */
    return rc;
}

/* Ends the transaction of some steps. Effects stay in the list only when it was committed. */
static int finish(struct link_executor *link, const struct moment *moment, struct store_txn *txn, int rc)
{
    rc = lmdb_end(txn, rc);
    if (rc == 0)
        return 0;
    if (rc != NAVETTE_E_FULL) {
        effects_clear(&link->effects);
        return rc;
    }
    system_log(1, "link", NULL, "disk full: what the hub sent is not taken in, it will come again");
    return give_failed(link, moment);
}

/* staged, error: of NODE_STAGED. */
static int give_staged(struct link_executor *link, enum node_input_kind kind, const struct moment *moment, uint32_t staged, int error)
{
    struct store_txn *txn;
    int rc = lmdb_write_begin(link->options.store, &txn);

    if (rc == NAVETTE_E_FULL) { /* the step can't be told: a new connection, or what is beside next, tells it where things stand */
        link->full_ms = moment->monotonic_ms + LINK_EXECUTOR_FULL_MS;
        return 0;
    }
    if (rc != 0)
        return rc;
    struct node_input input = input_of(link, kind, moment, txn);
    input.error = error;
    input.staged = staged;
    input.frontier = state_frontier(link, txn);
    return finish(link, moment, txn, node_step(link->options.node, &input, &link->effects));
}

static int give(struct link_executor *link, enum node_input_kind kind, const struct moment *moment)
{
    return give_staged(link, kind, moment, 0, 0);
}

static int stage(struct link_executor *link, const struct effect *effect, const struct moment *moment)
{
    uint32_t next = 0;
    int failed = staging_take(link->options.staging, effect, &next);

    if (failed == NAVETTE_E_MEMORY)
        return failed;
    if (failed == NAVETTE_E_CLOSED)
        node_stage_drop(link->options.node, 0);
    return give_staged(link, NODE_STAGED, moment, next, failed);
}

static int seal(struct link_executor *link, const struct moment *moment)
{
    struct store_txn *txn;
    int rc = lmdb_write_begin(link->options.store, &txn);

    if (rc == NAVETTE_E_FULL)
        return 0;
    if (rc != 0)
        return rc;
    rc = desk_seal(link->options.desk, txn);
    if (rc == NAVETTE_E_NOT_FOUND) { /* sealed since by a full batch: the step only has to look again */
        lmdb_abort(txn);
        return give(link, NODE_SEALED, moment);
    }
    rc = finish(link, moment, txn, rc);
    return rc != 0 ? rc : give(link, NODE_SEALED, moment);
}

/* One list of effects; what they lead to is left in link->effects for the next round. */
static int carry_out_list(struct link_executor *link, struct effects *list, const struct moment *moment, int *sealed)
{
    int rc = 0;

    for (size_t i = 0; i < list->count && rc == 0; i++) {
        struct effect *effect = &list->list[i];
        switch (effect->kind) {
        case EFFECT_SEND:
            if (link->connected) /* a frame that does not leave is noticed by its silence and sent again */
                (void)wire_node_send(link->wire, buffer_span(&effect->frame));
            break;
        case EFFECT_LOG:
            system_log((int)effect->level, "link", NULL, "%s", effect->text);
            break;
        case EFFECT_KEYS:
            take_keys(link, effect);
            break;
        case EFFECT_SEAL:
            *sealed = 1;
            break;
        case EFFECT_STAGE:
            rc = stage(link, effect, moment);
            break;
        case EFFECT_EVICT: /* the daemon's turn: node_evicts() says so until it is done */
            break;
        case EFFECT_CLOSE:
        case EFFECT_RECONNECT:
            rc = reopen_anew(link);
            break;
        default:
            break;
        }
    }
    return rc;
}

static int carry_out(struct link_executor *link, const struct moment *moment)
{
    int rc = 0;

    for (unsigned round = 0; link->effects.count > 0 && rc == 0; round++) {
        struct effects list = link->effects;
        int sealed = 0;

        if (round >= SEAL_ROUNDS) {
            effects_clear(&link->effects);
            return 0;
        }
        effects_init(&link->effects);
        rc = carry_out_list(link, &list, moment, &sealed);
        effects_free(&list);
        if (rc == 0 && sealed)
            rc = seal(link, moment);
    }
    return rc;
}

static int connected(struct link_executor *link, const struct moment *moment)
{
    link->connected = 1;
    link->connections++;
    link->turn = 0;
    link->trouble = LINK_NO_TROUBLE;
    if (link->shows_before && node_rekey_again(link->options.node))
        system_log(1, "link", NULL, "the hub knows the keys before alone: it is told of the change again");
    return give(link, NODE_CONNECTED, moment);
}

static int take_events(struct link_executor *link, const struct moment *moment)
{
    enum wire_event event;
    int other = 0;
    int rc = 0;

    while (rc == 0 && (event = wire_node_event(link->wire)) != WIRE_NOTHING) {
        switch (event) {
        case WIRE_CONNECTED:
            rc = connected(link, moment);
            break;
        case WIRE_LOST:
            link->connected = 0;
            rc = give(link, NODE_LOST, moment);
            /* The socket comes back by itself, to the key that it knows. */
            if (rc == 0 && memcmp(hub_keys_dial(link->options.hub_keys, 0), link->dialled, KEY_SIZE) != 0)
                rc = link_executor_redial(link);
            break;
        case WIRE_REFUSED:
        case WIRE_HUB_KEY:
            link->trouble = event == WIRE_REFUSED ? LINK_KEY_REFUSED : LINK_WRONG_HUB;
            link->reopen_ms = moment->monotonic_ms + REOPEN_MS;
            if (link->connected)
                rc = give(link, NODE_LOST, moment);
            link->connected = 0;
            if (rc == 0)
                rc = event == WIRE_HUB_KEY ? try_next(link, &other) : try_before(link);
            break;
        default:
            break;
        }
        if (rc == 0)
            rc = carry_out(link, moment);
    }
    return rc;
}

static int take_frames(struct link_executor *link, const struct moment *moment, int *more)
{
    struct store_txn *txn = NULL;
    struct span bytes;
    unsigned count = 0;
    int rc = 0;

    while (rc == 0 && count < LINK_EXECUTOR_FRAMES && wire_node_receive(link->wire, &bytes) == 0) {
        if (txn == NULL && (rc = lmdb_write_begin(link->options.store, &txn)) != 0)
            break;
        struct node_input input = input_of(link, NODE_FRAME, moment, txn);
        input.bytes = bytes;
        input.frontier = state_frontier(link, txn);
        rc = node_step(link->options.node, &input, &link->effects);
        count++;
    }
    *more = count == LINK_EXECUTOR_FRAMES;
    if (txn != NULL)
        rc = finish(link, moment, txn, rc);
    if (rc == NAVETTE_E_FULL)
        rc = 0;
    return rc != 0 ? rc : carry_out(link, moment);
}

static int is_due(int64_t when_ms, const struct moment *moment)
{
    return when_ms != 0 && moment->monotonic_ms >= when_ms;
}

int link_executor_serve(struct link_executor *link, const struct moment *moment, int *more)
{
    int left = 0;
    int rc = link->failure != 0 ? link->failure : take_events(link, moment);

    if (rc == 0)
        rc = take_frames(link, moment, &left);
    if (rc == 0 && is_due(link->reopen_ms, moment))
        rc = reopen_anew(link);
    if (rc == 0 && is_due(link->full_ms, moment)) {
        link->full_ms = 0;
        rc = reopen_anew(link);
    }
    if (rc == 0 && link->full_ms == 0 && node_deadline(link->options.node) <= moment->monotonic_ms) {
        rc = give(link, NODE_TICK, moment);
        if (rc == 0)
            rc = carry_out(link, moment);
    }
    if (more != NULL)
        *more = left;
    return rc;
}

void link_executor_recorded(struct link_executor *link, const struct moment *moment)
{
    int rc = give(link, NODE_RECORDED, moment);

    link->failure = rc != 0 ? rc : carry_out(link, moment);
}

int link_executor_nudge(struct link_executor *link, const struct moment *moment)
{
    int rc;

    if (!link->connected)
        return reopen_anew(link);
    rc = give(link, NODE_TICK, moment);
    return rc != 0 ? rc : carry_out(link, moment);
}

int64_t link_executor_deadline(const struct link_executor *link)
{
    int64_t deadline = node_deadline(link->options.node);
    if (link->failure != 0)
        return 0;
    if (link->full_ms != 0)
        return link->full_ms;
    return link->reopen_ms != 0 && link->reopen_ms < deadline ? link->reopen_ms : deadline;
}

int link_executor_is_full(const struct link_executor *link)
{
    return link->full_ms != 0;
}

enum link_trouble link_executor_trouble(const struct link_executor *link)
{
    return link->trouble;
}

void link_executor_traffic(const struct link_executor *link, uint64_t *received, uint64_t *sent)
{
    wire_node_traffic(link->wire, received, sent);
}
