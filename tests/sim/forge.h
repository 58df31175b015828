/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SIM_FORGE_H
#define NAVETTE_SIM_FORGE_H

#include "navette/limits.h"
#include "navette/span.h"
#include "navette/store.h"
#include "random.h"

/*
 * A PUSH as a broken node or a liar on the way would send it: whole as a frame, wrong as a batch. An event is altered, an event is altered and chain and root
 * are made to fit, the last event is left out, or numbers are skipped. Appends to `out`; 0 when this frame is not a PUSH.
 */
int forge_push(struct span frame, struct random *chance, struct buffer *out);

/*
 * Another's HELLO, said in the name of `node`: 1; 0 when it is none, or of a log that the hub does not know yet: until then its name was on no line but its
 * own, under CURVE, and nobody guesses 16 random bytes.
 */
int forge_greeting(struct span heard, const uint8_t node[NODE_ID_SIZE], struct store_txn *journal, struct buffer *out);

/* What a peer with a valid key may say: what somebody said before, as it is, cut, or with bits turned and a header that fits; or what nobody ever said. */
void forge_anything(struct span heard, struct random *chance, struct buffer *out);

#endif
