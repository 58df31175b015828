/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SIM_FORGE_H
#define NAVETTE_SIM_FORGE_H

#include "navette/span.h"
#include "random.h"

/*
 * A PUSH as a broken node or a liar on the way would send it: whole as a frame, wrong as a batch. An event is altered, an event is altered and chain and root
 * are made to fit, the last event is left out, or numbers are skipped. Appends to `out`; 0 when this frame is not a PUSH.
 */
int forge_push(struct span frame, struct random *chance, struct buffer *out);

#endif
