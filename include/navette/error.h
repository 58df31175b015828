/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_ERROR_H
#define NAVETTE_ERROR_H

/*
 * Every function that can fail returns 0 or one of these negative codes, unless its header says otherwise. Codes at or below
 * NAVETTE_E_FATAL mean that the process can't go on as it is; a caller passes them up and main() ends. A peer's or a person's
 * mistake is never fatal.
 */
enum navette_error {
    NAVETTE_OK = 0,
    NAVETTE_E_NOT_FOUND = -1,  /* no such key, thing, place, file */
    NAVETTE_E_INVALID = -2,    /* an argument or a field breaks its format */
    NAVETTE_E_TOO_LARGE = -3,  /* over a named limit (limits.h) */
    NAVETTE_E_TRUNCATED = -4,  /* more bytes are needed */
    NAVETTE_E_CHECKSUM = -5,   /* CRC32C or hash differs */
    NAVETTE_E_CHAIN = -6,      /* leaf, chain hash or Merkle root differs */
    NAVETTE_E_SIGNATURE = -7,  /* signature does not verify */
    NAVETTE_E_GAP = -8,        /* a sequence number is missing before this one */
    NAVETTE_E_EXISTS = -9,     /* already there */
    NAVETTE_E_UNKNOWN = -10,   /* a type this version does not know: parked, not refused */
    NAVETTE_E_REFUSED = -11,   /* not allowed to this peer or person */
    NAVETTE_E_BUSY = -12,      /* try again later */
    NAVETTE_E_VERSION = -13,   /* a version outside those spoken here */
    NAVETTE_E_FULL = -14,      /* no room in the store or on the disk; nothing was lost, free space and try again */
    NAVETTE_E_SYSTEM = -15,    /* an operating system call failed; the cause was logged where it is known */
    NAVETTE_E_CLOSED = -16,    /* the other side has gone */
    NAVETTE_E_AMBIGUOUS = -17, /* more than one thing answers to this */
    NAVETTE_E_PRUNED = -18,    /* what was asked for was given up here: the hub has it (journal_stub.h) */

    NAVETTE_E_FATAL = -100,
    NAVETTE_E_MEMORY = -100,  /* allocation failed */
    NAVETTE_E_STORE = -101,   /* the store failed or is damaged: stop, never acknowledge */
    NAVETTE_E_INTERNAL = -102 /* our own bug, found without an assert */
};

/* A short English phrase for `code`, for logs; static, never NULL. What a person sees comes from io's message.h. */
const char *error_text(int code);

static inline int error_is_fatal(int code)
{
    return code <= NAVETTE_E_FATAL;
}

#endif
