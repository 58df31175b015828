/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FOLD_LETTER_H
#define FOLD_LETTER_H

#include "navette/span.h"

/*
 * One character as search sees it, whatever the language: small, without accents, ligatures taken apart (œ is oe, ß is ss), digits of any script as 0 to 9. Decomposed
 * accents and invisible marks (right-to-left, soft hyphen) are left out. Apostrophes, hyphens and all other signs part words. No locale is asked.
 */
enum letter {
    LETTER_BREAK,   /* no part of a word */
    LETTER_DROPPED, /* as if it were not there */
    LETTER_PART,    /* of a word */
    LETTER_WHOLE    /* a word by itself: an ideograph */
};

#define LETTER_BYTES 4u /* the most that one character becomes; never more than it had */

/* Takes the first character off *text, which is not empty, and gives its plain form. Bytes that are no UTF-8 are breaks. */
enum letter letter_take(struct span *text, uint8_t out[LETTER_BYTES], size_t *len);

#endif
