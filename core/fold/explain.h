/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FOLD_EXPLAIN_H
#define FOLD_EXPLAIN_H

#include "navette/event.h"

/*
 * The explanation table of FOLD.md 3, as tokens: an event that needs an explanation names what would explain it, an event that explains names
 * what it explains, and they meet where their tokens are the same bytes. A token is the row's number and what the row compares: a place, a
 * container, or in the history of a container a content.
 */
#define TOKEN_MAX (1u + 1u + LIMIT_PLACE_CODE + THING_KEY_MAX)

struct token {
    uint8_t len;
    uint8_t bytes[TOKEN_MAX];
};

/* At most one for each thing of an event. */
struct tokens {
    size_t count;
    struct token list[LIMIT_EVENT_THINGS];
};

/* How the event at hand concerns the thing whose history is ordered. */
struct concern {
    const Navette__Event *body;
    enum event_part part;
    int kind; /* of the thing */
};

/* What can explain it: none = it needs no explanation. */
void explain_needs(const struct concern *concern, struct tokens *tokens);
/* Its explained key: it uses up the explanations placed before it for all that have a token of these in common. Empty when it needs none. */
void explain_uses(const struct concern *concern, struct tokens *tokens);
/* What it can explain. */
void explain_offers(const struct concern *concern, struct tokens *tokens);
/* Is every offer about one place or one container only, so that few are open at once? No for what is put into the thing itself. */
int explain_is_short(const struct concern *concern);

/* The `dispatch` reference it carries. seq 0: none. */
struct ref explain_dispatch(const Navette__Event *body, const struct ref *self);

/* One bit of 64, by hash. */
uint64_t explain_bit(const struct token *token);
uint64_t explain_bit_of_ref(const struct ref *ref);

#endif
