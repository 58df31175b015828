/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IO_IMPORT_ENCODING_H
#define IO_IMPORT_ENCODING_H

#include <yaz/yaz-iconv.h>

#include "navette/import.h"
#include "navette/span.h"

/*
 * Which encoding texts are in is decided by what they are, not by what their label says: all valid UTF-8 is UTF-8. Else each of the old encodings is tried, and
 * the one that leaves the fewest oddities (bytes that mean nothing there, accents on nothing, a sign or a capital inside a word) is taken; where that does not
 * decide, what the file's other records were, then the label.
 */
struct import_decoder {
    yaz_iconv_t iso5426, marc8; /* owned */
    uint8_t defined[2][256];    /* of ISO 5426 and MARC-8: libyaz drops a byte that means nothing, without a word */
    uint64_t votes[IMPORT_ENCODINGS];
    struct buffer scratch;
    int failed; /* there was no memory to try one */
};

int import_encoding_open(struct import_decoder *decoder); /* NAVETTE_E_SYSTEM: libyaz lacks one; NAVETTE_E_MEMORY */
void import_encoding_close(struct import_decoder *decoder);

/* `candidates`: bits of 1 << encoding that are possible besides UTF-8. *mixed: 1 when some texts are UTF-8 and others are not; those that are stay it. */
enum import_encoding import_encoding_choose(struct import_decoder *decoder, const struct span *texts, size_t count, unsigned candidates,
                                            enum import_encoding label, int *mixed);
/*
 * Appends the text as UTF-8, letters and their accents in one. *lost: bytes that mean nothing, U+FFFD stands for each. A text that is UTF-8 is taken as
 * such whatever `encoding` says. NAVETTE_E_MEMORY.
 */
int import_encoding_decode(struct import_decoder *decoder, enum import_encoding encoding, struct span text, struct buffer *out,
                           uint64_t *lost);

/* One character of UTF-8; its length, 0 when there is no valid one. *point: its number. */
size_t import_encoding_read(const uint8_t *bytes, size_t len, uint32_t *point);
int import_encoding_append(struct buffer *out, uint32_t point);
/* Windows-1252's character of a byte, and back (0: none); what it leaves open stands for itself. */
uint32_t import_encoding_windows(uint8_t byte);
unsigned import_encoding_windows_byte(uint32_t point);

#endif
