/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_DECIDE_ERASE_H
#define NAVETTE_SERVER_DECIDE_ERASE_H

#include "server/decide.h"

/* Keys of what is sealed (decide.h says how they are called). */
decide_function decide_erase;         /* order: its keys are erased everywhere; person: refused, the hub can't tell whose an order is */
decide_function decide_erasures;      /* what was erased, and who has confirmed */
decide_function decide_recovery_new;  /* public: 64 hex digits; the secret half stays with who asks */
decide_function decide_recovery_show; /* which one, and how many keys are wrapped to it */

#endif
