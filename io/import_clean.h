/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IO_IMPORT_CLEAN_H
#define IO_IMPORT_CLEAN_H

#include "navette/span.h"

/*
 * What catalogues carry that is no text: signs that were encoded twice (the two or three characters that UTF-8 bytes make when they are taken for
 * windows-1252 are made one again), marks of direction, sorting marks (C1), control characters.
 */
struct import_cleaned {
    uint64_t twice;    /* signs mended */
    uint64_t marks;    /* LRM, RLM, other marks of direction, byte order marks, C1 */
    uint64_t controls; /* made spaces */
    uint64_t replaced; /* bytes that mean nothing: counted by who decodes */
};

/* `text` (UTF-8) in place, from `from` to its end; spaces at both ends go, several make one. */
void import_clean(struct buffer *text, size_t from, struct import_cleaned *cleaned);
/* The most bytes, at most `most`, that end with a whole character. */
size_t import_clean_cut(const char *text, size_t len, size_t most);

#endif
