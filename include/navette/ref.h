/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_REF_H
#define NAVETTE_REF_H

#include <stddef.h>
#include <stdint.h>

#include "navette/limits.h"

/* The name of one log entry. leaf: the first 8 bytes of its leaf hash, big-endian: two branches of a fork own the same (incarnation, seq). */
struct ref {
    uint8_t incarnation[INCARNATION_SIZE];
    uint64_t seq; /* from 1; 0 = no reference */
    uint64_t leaf;
};

#define REF_SIZE 32u

/* Sorts by incarnation, seq, leaf: -1, 0, 1. */
int ref_compare(const struct ref *a, const struct ref *b);

/* 32 bytes: incarnation, seq, leaf, big-endian: keeps the order of ref_compare() under memcmp. */
void ref_encode(const struct ref *ref, uint8_t out[REF_SIZE]);
void ref_decode(const uint8_t in[REF_SIZE], struct ref *ref);

/*
 * As people and slips write it: "XXXX-...", Crockford base32 (no I, L, O, U) of the 32 bytes, in groups of four, with a final check
 * character (mod 37). Parsing takes lower case, o for 0, i and l for 1, and any hyphens; anything else or a wrong check is NAVETTE_E_INVALID.
 */
#define REF_TEXT_SIZE 80u
void ref_format(const struct ref *ref, char out[REF_TEXT_SIZE]);
int ref_parse(const char *text, struct ref *ref);

/* Crockford base32 without check or hyphens. out: at least (len * 8 + 4) / 5 + 1 bytes. */
void base32_encode(const uint8_t *data, size_t len, char *out);
/* Exactly `len` bytes must come out. Hyphens and spaces are skipped, case is ignored. */
int base32_decode(const char *text, uint8_t *out, size_t len);

/* Lower-case hexadecimal; out: 2 * len + 1 bytes. */
void hex_encode(const uint8_t *data, size_t len, char *out);
int hex_decode(const char *text, uint8_t *out, size_t len); /* exactly len bytes, or NAVETTE_E_INVALID */

#endif
