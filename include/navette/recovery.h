/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_RECOVERY_H
#define NAVETTE_RECOVERY_H

#include "navette/error.h"
#include "navette/limits.h"
#include "navette/message.h"
#include "navette/span.h"

/*
 * The recovery key: an X25519 pair whose secret half stands on paper and on no disk. Written as people copy it: Crockford base32 of the 32 bytes, in groups of four, with a check character
 * (as a reference: ref.h), so that a digit that was read wrongly is noticed.
 */
#define RECOVERY_CODE_SIZE 80u
#define RECOVERY_FILE_MOST 65536u /* of a file that somebody says holds one */

struct recovery_key {
    uint8_t secret_key[KEY_SIZE];
    uint8_t public_key[KEY_SIZE];
};

int recovery_make(struct recovery_key *key); /* NAVETTE_E_SYSTEM. To be wiped with recovery_wipe(). */
void recovery_wipe(struct recovery_key *key);
void recovery_code(const struct recovery_key *key, char out[RECOVERY_CODE_SIZE]);
/* NAVETTE_E_INVALID: not a code, or one that was copied wrongly. */
int recovery_read_code(const char *text, struct recovery_key *key);
/* Finds the code in a text: a line that holds nothing else, or "key = CODE" (as recovery_sheet() writes it). NAVETTE_E_NOT_FOUND: there is none; NAVETTE_E_INVALID: one that was copied wrongly. */
int recovery_read_text(struct span text, struct recovery_key *key);
/* Which one it is, as both halves' owners may compare it: the first 8 hex digits of the public half's BLAKE2b-256. */
#define RECOVERY_MARK_SIZE 9u
void recovery_mark(const uint8_t public_key[KEY_SIZE], char out[RECOVERY_MARK_SIZE]);
/* The page for the director's safe, to be printed: appends it, with the secret. day: YYYY-MM-DD. NAVETTE_E_MEMORY. */
int recovery_sheet(const struct recovery_key *key, const char *day, enum message_language language, struct buffer *out);

#endif
