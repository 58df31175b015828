/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_KEEPING_STATE_H
#define NODE_KEEPING_STATE_H

#include <stddef.h>
#include <stdint.h>

#include "navette/limits.h"
#include "navette/message.h"

/* What keeping.h remembers of a running node. */

/* Somebody who brought the recovery key. */
struct keeping_recovery {
    uint64_t client; /* 0: nobody */
    enum message_language language;
    uint8_t public_key[KEY_SIZE], secret_key[KEY_SIZE];
    uint8_t after[KEY_ID_SIZE];
    int64_t deadline_ms;
    size_t back, here, erased, wrong;
    int done;
};

struct keeping {
    uint64_t looked;  /* events about keys before this position were obeyed */
    uint64_t tail;    /* journal position at the last look */
    uint64_t session; /* the connection that was greeted */
    int64_t hello_ms; /* monotonic; 0: at once */
    int64_t look_ms;
    int skipped;  /* since the last look something may have changed */
    int has_ends; /* keys that are here for a time */
    /* what is offered to others, a round over all keys at a time */
    int64_t awaited_ms;           /* an answer is awaited until then; 0: none */
    int64_t retry_ms;             /* how long before what was not taken is offered again */
    int64_t retry_at_ms;          /* 0: nothing is */
    int rounding;                 /* a round is under way */
    uint8_t at[KEY_ID_SIZE];      /* keys behind this one are looked at next */
    int left;                     /* something of this round was sent and not taken */
    size_t keys;                  /* keys that were here at the last whole round */
    uint64_t round_tail;          /* journal position when this round began */
    uint64_t offered_upto;        /* what stood at this position is offered, to the network of `network` */
    uint8_t network[HASH_SIZE];   /* who may be given keys, when the last round began */
    size_t sent;                  /* wraps in the frame that an answer is awaited to */
    int64_t hub_ms, hub_heard_ms; /* the hub's clock, and when it was told, monotonic; 0: not yet */
    int64_t
        held_hub_ms; /* what the hub's clock was last heard to say before the keyring was held; 0: it is not held, or it was never heard */
    struct keeping_recovery recovery;
};

#endif
