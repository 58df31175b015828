/* SPDX-License-Identifier: Apache-2.0 */
#include "fold/posting.h"

#include <string.h>

#include "navette/error.h"
#include "navette/search.h"

static const uint8_t print_mark[1] = {POSTING_PRINT};

size_t posting_key(struct span word, struct span thing, uint8_t out[POSTING_KEY_MAX])
{
    memcpy(out, word.data, word.len);
    out[word.len] = 0;
    memcpy(out + word.len + 1, thing.data, thing.len);
    return word.len + 1 + thing.len;
}

int posting_read(struct span key, struct span *word, struct span *thing)
{
    const uint8_t *end = memchr(key.data, 0, key.len);

    if (end == NULL || end == key.data)
        return NAVETTE_E_STORE;
    *word = span_of(key.data, (size_t)(end - key.data));
    *thing = span_of(end + 1, key.len - word->len - 1);
    return thing->len > 0 && thing->len <= THING_KEY_MAX ? 0 : NAVETTE_E_STORE;
}

int posting_words(const struct label *label, struct word_list *words)
{
    uint8_t call[1 + LIMIT_CODE] = {POSTING_CALL};
    size_t len = word_plain(span_of_string(label->call_number), call + 1, LIMIT_CODE);
    int rc = word_list_add_text(words, span_of_string(label->title), SEARCH_TITLE);

    if (rc == 0)
        rc = word_list_add_text(words, span_of_string(label->author), SEARCH_AUTHOR);
    if (rc == 0)
        rc = word_list_add_text(words, span_of_string(label->call_number), SEARCH_CALL);
    if (rc == 0 && len > 0)
        rc = word_list_add(words, span_of(call, 1 + len), SEARCH_CALL);
    if (rc == 0 && label->to_print)
        rc = word_list_add(words, span_of(print_mark, sizeof(print_mark)), 0);
    if (rc == 0)
        word_list_sort(words);
    return rc;
}

int posting_is_printed(struct store_txn *state, const struct thing_key *key)
{
    uint8_t row[POSTING_KEY_MAX];
    size_t len = posting_key(span_of(print_mark, sizeof(print_mark)), thing_key_span(key), row);
    struct span value;
    int rc = store_get(state, TABLE_WORD, span_of(row, len), &value);

    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc == 0 ? 1 : rc;
}

static int put_row(struct store_txn *state, const struct thing_key *key, const struct word_list *words, size_t index)
{
    uint8_t row[POSTING_KEY_MAX];
    size_t len = posting_key(word_at(words, index), thing_key_span(key), row);
    uint8_t fields = words->words[index].fields;

    return store_put(state, TABLE_WORD, span_of(row, len), span_of(&fields, 1));
}

static int delete_row(struct store_txn *state, const struct thing_key *key, const struct word_list *words, size_t index)
{
    uint8_t row[POSTING_KEY_MAX];
    size_t len = posting_key(word_at(words, index), thing_key_span(key), row);
    int rc = store_del(state, TABLE_WORD, span_of(row, len));

    return rc == NAVETTE_E_NOT_FOUND ? NAVETTE_E_STORE : rc;
}

/* Both lists are sorted: what only the old one has goes, what the new one has otherwise comes. */
static int move_rows(struct store_txn *state, const struct thing_key *key, const struct word_list *before, const struct word_list *after)
{
    size_t i = 0, j = 0;
    int rc = 0;

    while (rc == 0 && (i < before->count || j < after->count)) {
        int order = i == before->count ? 1 : j == after->count ? -1 : span_compare(word_at(before, i), word_at(after, j));

        if (order < 0)
            rc = delete_row(state, key, before, i);
        else if (order > 0 || before->words[i].fields != after->words[j].fields)
            rc = put_row(state, key, after, j);
        i += order <= 0;
        j += order >= 0;
    }
    return rc;
}

int posting_settle(struct store_txn *state, const struct thing_key *key, const struct label *old, const struct label *label)
{
    static const struct label none;
    struct word_list before;
    struct word_list after;
    int printed = posting_is_printed(state, key);
    int rc = printed < 0 ? printed : 0;

    word_list_init(&before);
    word_list_init(&after);
    if (rc == 0)
        rc = posting_words(old != NULL ? old : &none, &before);
    if (rc == 0 && printed) {
        rc = word_list_add(&before, span_of(print_mark, sizeof(print_mark)), 0);
        word_list_sort(&before);
    }
    if (rc == 0)
        rc = posting_words(label, &after);
    if (rc == 0)
        rc = move_rows(state, key, &before, &after);
    word_list_free(&before);
    word_list_free(&after);
    return rc;
}

/* How many rows the labels make, each of which is there. */
static int count_expected(struct store_txn *state, const struct thing_key *key, struct span value, uint64_t *count)
{
    struct word_list words;
    struct label label;
    int rc = label_decode(value, &label);

    word_list_init(&words);
    if (rc == 0)
        rc = posting_words(&label, &words);
    for (size_t i = 0; rc == 0 && i < words.count; i++) {
        uint8_t row[POSTING_KEY_MAX];
        size_t len = posting_key(word_at(&words, i), thing_key_span(key), row);
        struct span found;

        rc = store_get(state, TABLE_WORD, span_of(row, len), &found);
        if (rc == NAVETTE_E_NOT_FOUND || (rc == 0 && (found.len != 1 || found.data[0] != words.words[i].fields)))
            rc = NAVETTE_E_CHAIN;
    }
    *count += words.count;
    word_list_free(&words);
    return rc;
}

/* The rows there are, but for those that tell what is to be printed: labels do not say that. */
static int count_found(struct store_txn *state, uint64_t *count)
{
    uint8_t first[1] = {1};
    struct store_scan *scan;
    struct span key;
    struct span value;
    int rc = store_scan_open(state, TABLE_WORD, &scan);

    if (rc != 0)
        return rc;
    rc = state->ops->scan_from(scan, span_of(first, sizeof(first)), &key, &value);
    while (rc == 0) {
        *count += key.data[0] != POSTING_PRINT;
        rc = state->ops->scan_next(scan, &key, &value);
    }
    state->ops->scan_close(scan);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

int posting_check(struct store_txn *state)
{
    uint8_t first[1] = {0};
    uint64_t expected = 0, found = 0;
    struct store_scan *scan;
    struct span key;
    struct span value;
    int rc = store_scan_open(state, TABLE_LABEL, &scan);

    if (rc != 0)
        return rc;
    rc = state->ops->scan_from(scan, span_of(first, sizeof(first)), &key, &value);
    while (rc == 0) {
        struct thing_key thing;

        rc = thing_key_read(key, &thing) != 0 ? NAVETTE_E_STORE : count_expected(state, &thing, value, &expected);
        if (rc == 0)
            rc = state->ops->scan_next(scan, &key, &value);
    }
    state->ops->scan_close(scan);
    if (rc == NAVETTE_E_NOT_FOUND)
        rc = count_found(state, &found);
    return rc == 0 && found != expected ? NAVETTE_E_CHAIN : rc;
}
