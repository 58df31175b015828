/* SPDX-License-Identifier: Apache-2.0 */
#include "view/search_term.h"

#include <string.h>

#include "navette/error.h"

static int spend(unsigned int *budget)
{
    if (*budget == 0)
        return NAVETTE_E_BUSY;
    --*budget;
    return 0;
}

static int add_row(struct search_term *term, struct span word)
{
    struct search_term_row *row = &term->rows[term->count];

    memset(row, 0, sizeof(*row));
    row->word_len = word.len;
    memcpy(row->word, word.data, word.len);
    term->count++;
    return store_scan_open(term->state, TABLE_WORD, &row->scan);
}

/* From word to word: the rows of one are passed over at once. */
static int find_words(struct search_term *term, struct store_scan *scan, struct span prefix)
{
    uint8_t key[WORD_BYTES + 1];
    size_t len = prefix.len;
    int rc = 0;

    memcpy(key, prefix.data, prefix.len);
    while (rc == 0 && (rc = spend(term->budget)) == 0) {
        struct span found;
        struct span value;
        struct span word;
        struct span thing;

        rc = term->state->ops->scan_from(scan, span_of(key, len), &found, &value);
        if (rc == 0)
            rc = posting_read(found, &word, &thing);
        if (rc != 0 || word.len < prefix.len || memcmp(word.data, prefix.data, prefix.len) != 0)
            break;
        if (word.len > WORD_BYTES)
            return NAVETTE_E_STORE;
        if (term->count == SEARCH_TERM_WORDS) {
            term->is_open = 1;
            break;
        }
        memcpy(key, word.data, word.len);
        key[word.len] = 1; /* after the 0x00 of the word's own rows, before any longer word */
        len = word.len + 1;
        rc = add_row(term, word);
    }
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

int search_term_open(struct search_term *term, struct store_txn *state, struct span word, int is_prefix, unsigned int fields,
                     unsigned int *budget)
{
    struct store_scan *scan;
    int rc;

    term->state = state;
    term->count = 0;
    term->fields = fields;
    term->budget = budget;
    term->is_open = 0;
    term->thing = span_of(NULL, 0);
    if (!is_prefix)
        return add_row(term, word);
    rc = store_scan_open(state, TABLE_WORD, &scan);
    if (rc != 0)
        return rc;
    rc = find_words(term, scan, word);
    state->ops->scan_close(scan);
    return rc;
}

/* A row that has come to the end of its word is taken out; *gone says so. */
static int seek_row(struct search_term *term, struct search_term_row *row, struct span thing, int *gone)
{
    uint8_t key[POSTING_KEY_MAX];
    size_t len = posting_key(span_of(row->word, row->word_len), thing, key);
    struct span found;
    struct span value;
    int rc = spend(term->budget);

    *gone = 0;
    if (rc == 0)
        rc = term->state->ops->scan_from(row->scan, span_of(key, len), &found, &value);
    while (rc == 0) {
        if (found.len <= row->word_len + 1 || memcmp(found.data, key, row->word_len + 1) != 0) {
            rc = NAVETTE_E_NOT_FOUND;
            break;
        }
        if (value.len == 1 && (term->fields == 0 || (value.data[0] & term->fields) != 0)) {
            row->thing = span_of(found.data + row->word_len + 1, found.len - row->word_len - 1);
            return row->thing.len <= THING_KEY_MAX ? 0 : NAVETTE_E_STORE;
        }
        rc = spend(term->budget);
        if (rc == 0)
            rc = term->state->ops->scan_next(row->scan, &found, &value);
    }
    *gone = rc == NAVETTE_E_NOT_FOUND;
    return *gone ? 0 : rc;
}

int search_term_seek(struct search_term *term, struct span thing)
{
    size_t i = 0;

    while (i < term->count) {
        struct search_term_row *row = &term->rows[i];
        int gone = 0;

        if (row->thing.len == 0 || span_compare(row->thing, thing) < 0) {
            int rc = seek_row(term, row, thing, &gone);

            if (rc != 0)
                return rc;
        }
        if (gone) {
            term->state->ops->scan_close(row->scan);
            *row = term->rows[--term->count];
            continue;
        }
        i++;
    }
    if (term->count == 0)
        return NAVETTE_E_NOT_FOUND;
    term->thing = term->rows[0].thing;
    for (i = 1; i < term->count; i++) {
        if (span_compare(term->rows[i].thing, term->thing) < 0)
            term->thing = term->rows[i].thing;
    }
    return 0;
}

void search_term_close(struct search_term *term)
{
    for (size_t i = 0; i < term->count; i++)
        term->state->ops->scan_close(term->rows[i].scan);
    term->count = 0;
}
