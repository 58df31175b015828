/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_EFFECTS_H
#define NAVETTE_EFFECTS_H

#include "navette/error.h"
#include "navette/frame.h"
#include "navette/span.h"

/*
 * What a step asks its executor to do, in order. The executor obeys and decides nothing. Rule that everything rests on: effects are carried out
 * only after the transaction in which the step wrote has been committed; if the commit fails they are thrown away.
 */
enum effect_kind {
    EFFECT_SEND,   /* send `frame` to `session` */
    EFFECT_CLOSE,  /* forget `session` */
    EFFECT_SEAL,   /* node: seal the open batch (log.h), sign it, give NODE_SEALED */
    EFFECT_LOG,    /* one log line: level, text */
    EFFECT_REVOKE, /* hub: an admitted peer has to be dropped from ZAP's table */
    EFFECT_EVICT,  /* node: what its scope gives no more is to be taken away (node_evict_*), then the node begins anew on the new store */
    EFFECT_STAGE, /* node: `frame` is to be put into the store beside (node_stage_take(); session: its index plus 1; 0: a manifest), then NODE_STAGED given */
    EFFECT_SNAPSHOT, /* hub: `frame` is what `session` asked for of a snapshot, as hub_snapshot_asked() reads it: to be answered */
    EFFECT_KEYS, /* `frame` is a WRAPS, WRAPPED or HUB_KEYS that came: whoever keeps keys is to have it (node: keeping.h, hub: vault_desk.h). Dropped, it is said again */
    EFFECT_REFOLD,   /* the state is to be folded again from the journal */
    EFFECT_RECONNECT /* node: throw the socket away and make a new one */
};

enum effect_level { EFFECT_INFO, EFFECT_WARNING, EFFECT_ERROR };

struct effect {
    enum effect_kind kind;
    uint64_t session;
    struct buffer frame; /* owned by the list */
    enum effect_level level;
    char text[160];
};

#define EFFECTS_MAX 8192u /* two for each of LIMIT_SESSIONS: an acknowledgement and a delta */

struct effects {
    struct effect *list;
    size_t count;
    size_t capacity;
};

void effects_init(struct effects *effects);
void effects_free(struct effects *effects);
void effects_clear(struct effects *effects); /* frees frames, keeps the list */
/* Adds an empty effect, borrowed from the list until the next addition. NULL: no memory, or EFFECTS_MAX. */
struct effect *effects_add(struct effects *effects, enum effect_kind kind, uint64_t session);
/* Encodes a message as a frame to be sent. 0, NAVETTE_E_TOO_LARGE, NAVETTE_E_MEMORY. */
int effects_send(struct effects *effects, uint64_t session, enum frame_type type, const ProtobufCMessage *message);
/* EFFECT_KEYS with a copy of these bytes. 0, NAVETTE_E_MEMORY. */
int effects_keys(struct effects *effects, uint64_t session, struct span frame);
/* printf-like; 0 or NAVETTE_E_MEMORY. */
int effects_log(struct effects *effects, enum effect_level level, uint64_t session, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
