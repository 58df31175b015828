/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FOLD_WORD_H
#define FOLD_WORD_H

#include "navette/span.h"
#include "navette/state.h"

/* The words of a text, made of plain letters (letter.h). */
#define WORD_BYTES 40u /* longer ones are cut: nobody types so much of one, and keys stay short */

/* Reads a text word by word. */
struct word_reader {
    struct span left;
    size_t len;
    uint8_t word[WORD_BYTES];
    uint8_t next[4]; /* an ideograph that ended the word before it */
    size_t next_len;
};

struct word_reader word_reader_of(struct span text);
int word_read(struct word_reader *reader); /* 1: reader->word, len bytes; 0: no more */

/* The text as its words, one blank between two; cut at `size`, which is not 0. Returns the length; no NUL. */
size_t word_plain(struct span text, uint8_t *out, size_t size);

/* Words with where they stand, each once, sorted. */
struct word {
    size_t at; /* in letters */
    uint8_t len;
    uint8_t fields; /* bits of enum search_field */
};

struct word_list {
    struct buffer letters;
    struct word *words; /* owned */
    size_t count, capacity;
};

void word_list_init(struct word_list *list);
void word_list_free(struct word_list *list);
int word_list_add(struct word_list *list, struct span word, uint8_t fields); /* as it is; at most 255 bytes. NAVETTE_E_MEMORY */
int word_list_add_text(struct word_list *list, struct span text, uint8_t fields);
void word_list_sort(struct word_list *list); /* and merges: fields of the same word are added up */
struct span word_at(const struct word_list *list, size_t index);

#endif
