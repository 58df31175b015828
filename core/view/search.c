/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/search.h"

#include <stdlib.h>
#include <string.h>

#include "fold/meta.h"
#include "view/search_code.h"

/* What is looked for. */
struct asked {
    struct word_list words; /* in the order typed */
    struct span code;       /* the text without blanks and stars around it */
    struct search_term *terms;
    size_t count;      /* terms open */
    struct span begun; /* the last word, when too many words begin so */
    int has_begun;
};

static struct span trim(const char *text)
{
    struct span left = span_of_string(text);

    while (left.len > 0 && strchr(" \t*", left.data[0]) != NULL) {
        left.data++;
        left.len--;
    }
    while (left.len > 0 && strchr(" \t\r*", left.data[left.len - 1]) != NULL)
        left.len--;
    return left;
}

static int read_question(const struct search_question *question, struct search_gather *gather, struct asked *asked)
{
    int rc;

    memset(asked, 0, sizeof(*asked));
    asked->code = trim(question->text);
    rc = word_list_add_text(&asked->words, asked->code, 0);
    if (rc != 0)
        return rc;
    if (asked->words.count > SEARCH_WORDS_MAX)
        return NAVETTE_E_TOO_LARGE;
    gather->plain_len = word_plain(asked->code, gather->plain, sizeof(gather->plain));
    /* Signs alone may still be a barcode. */
    return asked->words.count > 0 || (question->fields == 0 && asked->code.len > 0) ? 0 : NAVETTE_E_INVALID;
}

static int open_terms(const struct search_question *question, struct search_gather *gather, struct asked *asked)
{
    int rc = 0;

    asked->terms = calloc(asked->words.count, sizeof(*asked->terms));
    if (asked->terms == NULL)
        return NAVETTE_E_MEMORY;
    for (size_t i = 0; rc == 0 && i < asked->words.count; i++) {
        struct search_term *term = &asked->terms[asked->count];
        int is_last = i + 1 == asked->words.count;

        rc = search_term_open(term, gather->horizon.state, word_at(&asked->words, i), is_last, question->fields, &gather->budget);
        asked->count++;
        if (rc == 0 && term->is_open) {
            search_term_close(term);
            asked->count--;
            asked->begun = word_at(&asked->words, i);
            asked->has_begun = 1;
        }
    }
    return rc;
}

static int has_beginning(const char *text, struct span beginning)
{
    struct word_reader reader = word_reader_of(span_of_string(text));

    while (word_read(&reader)) {
        if (reader.len >= beginning.len && memcmp(reader.word, beginning.data, beginning.len) == 0)
            return 1;
    }
    return 0;
}

/* Has one of its words that beginning? Asked of the label, where too many words would have to be read. 1, 0 or a negative code. */
static int is_begun(const struct search_gather *gather, const struct asked *asked, const struct thing_key *key)
{
    unsigned int fields = gather->question->fields;
    struct label label;
    int rc = fold_label(gather->horizon.state, key, &label);

    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? NAVETTE_E_STORE : rc;
    return ((fields == 0 || (fields & SEARCH_TITLE)) && has_beginning(label.title, asked->begun)) ||
           ((fields == 0 || (fields & SEARCH_AUTHOR)) && has_beginning(label.author, asked->begun)) ||
           ((fields == 0 || (fields & SEARCH_CALL)) && has_beginning(label.call_number, asked->begun));
}

static int take(struct search_gather *gather, const struct asked *asked, struct span thing)
{
    struct thing_key key;
    int rc = 1;

    if (thing_key_read(thing, &key) != 0)
        return NAVETTE_E_STORE;
    if (asked->has_begun)
        rc = is_begun(gather, asked, &key);
    return rc > 0 ? search_gather_take(gather, &key, SEARCH_RANK_OTHER) : rc;
}

/* The things that all terms have: each in turn is moved to what the one before stands on, so that the rarest leads. */
static int intersect(struct search_gather *gather, struct asked *asked)
{
    uint8_t bytes[THING_KEY_MAX + 1];
    struct span at = span_of(bytes, 0);
    size_t agreed = 0;
    size_t i = 0;
    int rc = 0;

    while ((rc = search_term_seek(&asked->terms[i], at)) == 0) {
        struct span thing = asked->terms[i].thing;

        if (at.len == 0 || !span_equal(thing, at)) {
            memcpy(bytes, thing.data, thing.len);
            at.len = thing.len;
            agreed = 0;
        }
        if (++agreed == asked->count) {
            rc = take(gather, asked, at);
            if (rc != 0)
                break;
            bytes[at.len++] = 0; /* no key is the beginning of another */
            agreed = 0;
        }
        i = (i + 1) % asked->count;
    }
    return rc;
}

/* One short beginning and nothing else: rows of one word after the other. */
static int enumerate(struct search_gather *gather, const struct asked *asked)
{
    struct store_txn *state = gather->horizon.state;
    unsigned int fields = gather->question->fields;
    struct store_scan *scan;
    struct span key;
    struct span value;
    int rc = store_scan_open(state, TABLE_WORD, &scan);

    if (rc != 0)
        return rc;
    rc = state->ops->scan_from(scan, asked->begun, &key, &value);
    while (rc == 0) {
        struct thing_key thing;
        struct span word;
        struct span name;

        rc = posting_read(key, &word, &name);
        if (rc != 0 || word.len < asked->begun.len || memcmp(word.data, asked->begun.data, asked->begun.len) != 0)
            break;
        if (thing_key_read(name, &thing) != 0)
            rc = NAVETTE_E_STORE;
        else if (value.len == 1 && (fields == 0 || (value.data[0] & fields) != 0))
            rc = search_gather_take(gather, &thing, SEARCH_RANK_OTHER);
        if (rc == 0)
            rc = state->ops->scan_next(scan, &key, &value);
    }
    state->ops->scan_close(scan);
    return rc;
}

/* Call numbers that begin so, in their order. */
static int take_calls(struct search_gather *gather)
{
    uint8_t first[1 + LIMIT_CODE] = {POSTING_CALL};
    struct store_txn *state = gather->horizon.state;
    struct store_scan *scan;
    struct span key;
    struct span value;
    int rc;

    if (gather->plain_len > LIMIT_CODE)
        return NAVETTE_E_NOT_FOUND;
    memcpy(first + 1, gather->plain, gather->plain_len);
    rc = store_scan_open(state, TABLE_WORD, &scan);
    if (rc != 0)
        return rc;
    rc = state->ops->scan_from(scan, span_of(first, 1 + gather->plain_len), &key, &value);
    while (rc == 0) {
        struct thing_key thing;
        struct span call;
        struct span name;

        rc = posting_read(key, &call, &name);
        if (rc != 0 || call.len < 1 + gather->plain_len || memcmp(call.data, first, 1 + gather->plain_len) != 0)
            break;
        rc = thing_key_read(name, &thing) != 0 ? NAVETTE_E_STORE : search_gather_take(gather, &thing, SEARCH_RANK_OTHER);
        if (rc == 0)
            rc = state->ops->scan_next(scan, &key, &value);
    }
    state->ops->scan_close(scan);
    return rc;
}

static int take_words(const struct search_question *question, struct search_gather *gather, struct asked *asked)
{
    int rc;

    if (asked->words.count == 0)
        return 0;
    if (question->fields == SEARCH_CALL)
        return take_calls(gather);
    rc = open_terms(question, gather, asked);
    if (rc == 0)
        rc = asked->count > 0 ? intersect(gather, asked) : enumerate(gather, asked);
    return rc;
}

/* Words of titles that people add, leave out and mistake, in French and English; as word_read() makes them. */
static int is_article(struct span word)
{
    static const char *const articles[] = {"le", "la", "les", "l",  "un",  "une", "des", "du", "de",
                                           "d",  "au", "aux", "et", "the", "a",   "an",  "of", "and"};

    for (size_t i = 0; i < sizeof(articles) / sizeof(articles[0]); i++) {
        if (span_equal(word, span_of_string(articles[i])))
            return 1;
    }
    return 0;
}

/* 1: some were left out and other words remain; 0: the question stays what it is. */
static int leave_out_articles(struct word_list *words)
{
    size_t kept = 0;

    for (size_t i = 0; i < words->count; i++)
        kept += !is_article(word_at(words, i));
    if (kept == 0 || kept == words->count)
        return 0;
    kept = 0;
    for (size_t i = 0; i < words->count; i++) {
        if (!is_article(word_at(words, i)))
            words->words[kept++] = words->words[i];
    }
    words->count = kept;
    return 1;
}

static void close_terms(struct asked *asked)
{
    for (size_t i = 0; i < asked->count; i++)
        search_term_close(&asked->terms[i]);
    free(asked->terms);
    asked->terms = NULL;
    asked->count = 0;
    asked->has_begun = 0;
}

/* An article alone makes no question fail: where nothing has all words, they are looked for without. */
static int take_without_articles(const struct search_question *question, struct search_gather *gather, struct asked *asked)
{
    if (question->fields == SEARCH_CALL || !leave_out_articles(&asked->words))
        return 0;
    close_terms(asked);
    gather->without_articles = 1;
    return take_words(question, gather, asked);
}

static int gather_all(const struct search_question *question, struct search_gather *gather)
{
    struct asked asked;
    int rc = read_question(question, gather, &asked);

    if (rc == 0 && question->fields == 0)
        rc = search_code_take(gather, asked.code);
    if (rc == 0 && (gather->count == 0 || gather->matches[0].rank != SEARCH_RANK_CODE))
        rc = take_words(question, gather, &asked);
    if ((rc == 0 || rc == NAVETTE_E_NOT_FOUND) && gather->count == 0)
        rc = take_without_articles(question, gather, &asked);
    close_terms(&asked);
    word_list_free(&asked.words);
    if (rc == NAVETTE_E_BUSY)
        gather->stopped = 1;
    return rc == NAVETTE_E_NOT_FOUND || rc == NAVETTE_E_BUSY ? 0 : rc;
}

static int keeps_words(struct store_txn *state)
{
    uint64_t words;
    uint64_t cursor;
    int rc = meta_get(state, META_WORDS, &words);

    if (rc == 0)
        rc = meta_get(state, META_CURSOR, &cursor);
    return rc == 0 && words == 0 && cursor != 0 ? NAVETTE_E_VERSION : rc;
}

int search_run(struct store_txn *state, struct store_txn *journal, const struct search_question *question, struct search_answer *answer)
{
    struct search_gather gather;
    size_t count;
    int rc = keeps_words(state);

    memset(answer, 0, sizeof(*answer));
    if (rc != 0)
        return rc;
    rc = search_gather_open(&gather, state, journal, question);
    if (rc == 0)
        rc = gather_all(question, &gather);
    if (rc == 0)
        search_gather_sort(&gather);
    count = rc == 0 && gather.count > question->limit ? question->limit : gather.count;
    if (rc == 0 && count > 0 && (answer->rows = calloc(count, sizeof(*answer->rows))) == NULL)
        rc = NAVETTE_E_MEMORY;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = search_gather_row(&gather, &gather.matches[i].key, &answer->rows[i], NULL);
        answer->count += rc == 0;
    }
    answer->found = gather.count;
    answer->more = gather.stopped;
    answer->without_articles = gather.without_articles && gather.count > 0;
    search_gather_close(&gather);
    if (rc != 0)
        search_free(answer);
    return rc;
}

void search_free(struct search_answer *answer)
{
    for (size_t i = 0; i < answer->count; i++)
        whereabouts_free(&answer->rows[i].where);
    free(answer->rows);
    memset(answer, 0, sizeof(*answer));
}

int search_to_print(struct store_txn *state, const struct thing_key *after, struct thing_key *keys, size_t max)
{
    uint8_t row[POSTING_KEY_MAX];
    uint8_t mark[1] = {POSTING_PRINT};
    size_t len = posting_key(span_of(mark, 1), after != NULL ? thing_key_span(after) : span_of(mark, 0), row);
    struct store_scan *scan;
    struct span key;
    struct span value;
    size_t count = 0;
    int rc = keeps_words(state);

    if (rc == 0)
        rc = store_scan_open(state, TABLE_WORD, &scan);
    if (rc != 0)
        return rc;
    if (after != NULL)
        row[len++] = 0;
    rc = state->ops->scan_from(scan, span_of(row, len), &key, &value);
    while (rc == 0 && count < max && key.len > 2 && key.data[0] == POSTING_PRINT) {
        rc = thing_key_read(span_of(key.data + 2, key.len - 2), &keys[count]) != 0 ? NAVETTE_E_STORE : 0;
        count += rc == 0;
        if (rc == 0 && count < max)
            rc = state->ops->scan_next(scan, &key, &value);
    }
    state->ops->scan_close(scan);
    return rc == 0 || rc == NAVETTE_E_NOT_FOUND ? (int)count : rc;
}
