/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_OPERATORS_H
#define NAVETTE_OPERATORS_H

#include "navette/error.h"
#include "navette/limits.h"
#include "navette/span.h"
#include "navette/view_operators.h"

/*
 * What one machine keeps of operators and no log may: the name or initials that each chose to be shown, what a PIN or passphrase is checked with (argon2id of
 * libsodium, salt inside), how often it was typed wrong. One file, mode 0600, written whole at each change, so that what is taken out is gone from it; JSON:
 * {"operators": [{"place", "code", "shown", "epoch", "hash", "wrong", "wait_boot", "wait_until_ms"}]}. It is no part of any log, delta, stick or backup of the hub.
 *
 * A wrong one is counted on the disk before it is looked at. After OPERATORS_FREE wrong ones in a row that code waits, on this machine: OPERATORS_WAIT_MS, then twice as long after each
 * further one, at most OPERATORS_WAIT_MOST_MS. Other codes don't wait, so that nobody can shut a desk by typing. The wait is counted in CLOCK_BOOTTIME: a clock that is set
 * changes nothing; after a restart of the machine it begins anew.
 */
#define OPERATORS_MAX 1024u /* of all places that this machine serves */
#define OPERATORS_SHOWN 48u /* a name on a screen, in bytes */
#define OPERATORS_FREE 5u   /* people mistype twice, not five times in a row */
#define OPERATORS_WAIT_MS 30000
#define OPERATORS_WAIT_MOST_MS 900000 /* 10,000 PINs of four digits take a hundred days */
#define OPERATORS_PIN_MIN 4u
#define OPERATORS_PIN_MAX 8u
#define OPERATORS_PHRASE_MIN 12u /* bytes */
#define OPERATORS_PHRASE_MAX 128u
/* argon2id: 3 passes over 16 MiB. 76 ms of processor here, a quarter of a second on a PC of 2008; less memory than an old Raspberry Pi has free. */
#define OPERATORS_MEMORY_BYTES 16777216u
#define OPERATORS_PASSES 3u

struct operators;

/* NAVETTE_E_REFUSED: others can read it. NAVETTE_E_INVALID: damaged, logged. Absent: empty. */
int operators_open(const char *path, struct operators **operators);
void operators_close(struct operators *operators); /* wipes what it held; NULL: no-op */

/* The name that is shown; "" when none was given here. Borrowed until the next change. */
const char *operators_shown(const struct operators *operators, const char *place, const char *code);
/* "" takes it away. NAVETTE_E_INVALID: too long, not UTF-8, control characters; NAVETTE_E_FULL, NAVETTE_E_TOO_LARGE (OPERATORS_MAX), NAVETTE_E_MEMORY, NAVETTE_E_SYSTEM. */
int operators_show(struct operators *operators, const char *place, const char *code, const char *shown);
/* All that is kept of one goes. */
int operators_forget(struct operators *operators, const char *place, const char *code);

/* Of places for which `serves` answers 0 nothing is kept any more; in the file, where it cannot be written now, until the next change. */
int operators_keep_places(struct operators *operators, int (*serves)(const void *context, const char *place), const void *context);

/* Does `secret` fit the need: 4 to 8 digits, or 12 to 128 bytes of UTF-8? */
int operators_fits(Navette__OperatorNeed need, struct span secret);
/* From now on this one counts, in this epoch (view_operators.h). Codes as for operators_show(). */
int operators_set_secret(struct operators *operators, const struct view_operator *who, struct span secret);
/* 1: there is one of this epoch; 0: none; -1: there was one, and it was taken back since. */
int operators_has_secret(const struct operators *operators, const struct view_operator *who);

/* Milliseconds for which this code still waits; 0: it may try. */
int64_t operators_wait_ms(const struct operators *operators, const char *place, const char *code, uint64_t boot, uint64_t boottime_ms);
/*
 * 0: it is the right one, and the count of wrong ones begins anew. NAVETTE_E_SIGNATURE: wrong. NAVETTE_E_BUSY: it waits, nothing was looked at. NAVETTE_E_NOT_FOUND: there is none of this
 * epoch. NAVETTE_E_MEMORY; NAVETTE_E_FULL, NAVETTE_E_SYSTEM: a try that could not be counted is not made.
 */
int operators_try(struct operators *operators, const struct view_operator *who, struct span secret, uint64_t boot, uint64_t boottime_ms);

#endif
