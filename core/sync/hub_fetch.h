/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYNC_HUB_FETCH_H
#define SYNC_HUB_FETCH_H

#include "navette/effects.h"
#include "navette/frame.h"
#include "navette/ref.h"

/*
 * A node asks for entries whose bytes it gave up (proto/WIRE.md, "Pruned entries"). A question is kept until the round it came in is stored and acknowledged; then those that wait are answered in turns, as far as what
 * all may have together lasts, and the others with the next rounds. What a node was never told, or is told no more, it does not get: that is looked at when it is answered.
 */
#define HUB_FETCH_ENTRIES                                                                                                                  \
    2048u /* a second, of one node: what a history or a few want comes at once, all that an old node gave up in minutes */
#define HUB_FETCH_ENTRIES_MOST 8192u
#define HUB_FETCH_ALL 32768u      /* a second, of all: a sixth of one processor */
#define HUB_FETCH_ALL_MOST 65536u /* ... after a silence */
#define HUB_FETCH_WEIGHT 1024u    /* so many bytes of the events count as one entry more */
#define HUB_FETCH_OVERHEAD 16u    /* of an entry in the answer, besides its bytes */
#define HUB_FETCH_STEP 4096u      /* entries looked up in one HUB_TAIL, whoever asks: some 20 ms for which acknowledgements wait */
#define HUB_FETCH_STEP_BYTES (UINT64_C(4) << 20)

/* A question that is not answered yet: of a session, owned by it. */
struct hub_question {
    uint64_t token;
    size_t count;
    struct ref entries[LIMIT_FETCH_ENTRIES];
};

struct hub;
struct hub_input;
struct hub_node;
struct hub_session;

int hub_fetch(struct hub *hub, const struct hub_input *input, struct hub_session *session, const Navette__Fetch *fetch,
              struct effects *effects);
/* Part of HUB_TAIL and HUB_TICK. hub->fetch_ms: when to call again at the latest. */
int hub_fetch_serve(struct hub *hub, const struct hub_input *input, struct effects *effects);

/* The first of `question`, which this node asks, from `from` on that fit into one answer; bytes are borrowed from the transaction. named: each says which one it is. */
struct hub_fetched {
    Navette__Fetched message;
    size_t bytes;
    Navette__FetchedEntry entries[LIMIT_FETCH_ENTRIES];
    Navette__FetchedEntry *list[LIMIT_FETCH_ENTRIES];
    Navette__Ref refs[LIMIT_FETCH_ENTRIES];
};
int hub_fetch_fill(const struct hub_node *node, const struct hub_input *input, struct hub_question *question, size_t from, int named,
                   struct hub_fetched *fetched);
void hub_fetch_read(const Navette__Fetch *fetch, struct hub_question *question);

#endif
