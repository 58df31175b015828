/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Search (search.h).
 *   - words: accents, ligatures, case, elisions, order of words, the last one as a beginning, fields, call numbers
 *   - barcodes: whole, beginning, of several namespaces, bags and crates, stars and blanks around, capitals
 *   - order of the answer; limit; filters by place, material, what can be lent; containers
 *   - random titles and questions: the same set as a plain scan, short beginnings of very many words included (SEED)
 *   - limits: words in a question, matches gathered, rows looked at, each at and past it; nothing asked; words not kept
 *   - search_to_print; every store call and every allocation failing: the code, nothing leaked
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "navette/error.h"
#include "navette/search.h"
#include "tests/lib/catalogue.h"
#include "tests/lib/failing_malloc.h"
#include "tests/lib/seed.h"

static struct memstore *library(struct foldkit *kit)
{
    static const struct catalogue_row rows[] = {
        {.id = "i01", .title = "Le Petit Prince", .author = "Saint-Exupéry, Antoine de", .call_number = "R SAI", .material = "book"},
        {.id = "i02", .title = "L'œuvre au noir", .author = "Yourcenar, Marguerite", .call_number = "R YOU", .material = "book"},
        {.id = "i03", .title = "Œuvres complètes", .author = "Saint-Simon", .call_number = "R SAI 2", .material = "book", .home = "B"},
        {.id = "i04", .title = "Les petits enfants du siècle", .author = "Rochefort", .call_number = "R ROC", .material = "book"},
        {.id = "i05", .title = "Contes du petit monde", .author = "Prince, Alain", .call_number = "E/PRI", .material = "album"},
        {.id = "i06", .title = "Petit", .call_number = "SAI R", .material = "DVD", .space = "koha"},
        {.id = "i01", .title = "Une île", .material = "book", .space = "koha", .to_print = 1},
    };

    foldkit_init(kit);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        catalogue_add(kit, &rows[i]);
    foldkit_event(kit, 15, "", EV(PLACE_DECLARED), "pR", "relay");
    kit->title = "";
    foldkit_event(kit, 0, "A", EV(BAG_COMMISSIONED), "b-01", "blue");
    foldkit_event(kit, 0, "A", EV(CRATE_LOADED), "c-01 b-01", NULL);
    foldkit_event(kit, 0, "A", EV(ITEM_PACKED), "b-01 i01", NULL);
    return catalogue_play(kit);
}

/* Ids found, in order; "+" when there is more; the code when it is not 0. */
static void search(struct memstore *store, struct search_question question, char out[512])
{
    struct store_txn *txn = memstore_begin_read(store);
    struct search_answer answer;
    size_t used = 0;
    int rc;

    if (question.limit == 0)
        question.limit = 100;
    rc = search_run(txn, txn, &question, &answer);
    if (rc != 0) {
        (void)snprintf(out, 512, "%d", rc);
        memstore_abort(txn);
        return;
    }
    out[0] = '\0';
    for (size_t i = 0; i < answer.count; i++)
        used += (size_t)snprintf(out + used, 512 - used, "%s%s%s", i > 0 ? " " : "",
                                 strcmp(thing_namespace(&answer.rows[i].where.record.key), "koha") == 0 ? "k:" : "",
                                 thing_id(&answer.rows[i].where.record.key));
    (void)snprintf(out + used, 512 - used, "%s", answer.more ? "+" : "");
    search_free(&answer);
    assert_int_equal(answer.count, 0);
    memstore_abort(txn);
}

struct asked {
    struct search_question question;
    const char *found;
};

static void check_all(const struct asked *rows, size_t count)
{
    struct foldkit kit;
    struct memstore *store = library(&kit);

    for (size_t i = 0; i < count; i++) {
        char found[512];

        search(store, rows[i].question, found);
        if (strcmp(found, rows[i].found) != 0)
            fail_msg("\"%s\" (%zu): found %s, expected %s", rows[i].question.text, i, found, rows[i].found);
    }
    memstore_free(store);
    foldkit_free(&kit);
}

#define CHECK(rows) check_all(rows, sizeof(rows) / sizeof((rows)[0]))

static void test_search_words(void **state)
{
    static const struct asked rows[] = {
        {{.text = "petit prince"}, "i05 i01"}, /* "Contes" before "Le"; one by its author */
        {{.text = "PRINCE petit"}, "i05 i01"},
        {{.text = "le petit prince"}, "i01"},
        {{.text = "les petit prince"}, "i05 i01"}, /* nothing has "les" too: without it */
        {{.text = "the petit prince"}, "i05 i01"},
        {{.text = "un petit enfants"}, ""}, /* "petit" is no article */
        {{.text = "une petits enfants du siècle"}, "i04"},
        {{.text = "petit prince un"}, "i05 i01"},
        {{.text = "des la"}, ""}, /* nothing else to look for */
        {{.text = "les r sai", .fields = SEARCH_CALL}, ""},
        {{.text = "oeuvre"}, "i03 i02"},
        {{.text = "ŒUVRES"}, "i03"},
        {{.text = "l'oeuv"}, "i02"},
        {{.text = "l’œuv"}, "i02"},
        {{.text = "saint exupery"}, "i01"},
        {{.text = "Saint-"}, "i01 i03"},
        {{.text = "siecle"}, "i04"},
        {{.text = "ile"}, "k:i01"},
        {{.text = "petits petit"}, "i04"}, /* one word may answer two */
        {{.text = "prin"}, "i05 i01"},
        {{.text = "prin petit"}, ""}, /* only the last word is a beginning */
        {{.text = "sai prince"}, "i01"},
        {{.text = "nothing at all"}, ""},
        {{.text = "petit", .fields = SEARCH_TITLE}, "k:i06 i05 i01 i04"},
        {{.text = "prince", .fields = SEARCH_TITLE}, "i01"},
        {{.text = "prince", .fields = SEARCH_AUTHOR}, "i05"},
        {{.text = "prince", .fields = SEARCH_AUTHOR | SEARCH_TITLE}, "i05 i01"},
        {{.text = "sai", .fields = SEARCH_AUTHOR}, "i01 i03"},
        {{.text = "sai", .fields = SEARCH_CALL}, "k:i06"},
        {{.text = "r sai", .fields = SEARCH_CALL}, "i01 i03"},
        {{.text = "r s", .fields = SEARCH_CALL}, "i01 i03"},
        {{.text = "R/SAI-2", .fields = SEARCH_CALL}, "i03"},
        {{.text = "e pri", .fields = SEARCH_CALL}, "i05"},
        {{.text = "zz", .fields = SEARCH_CALL}, ""},
        {{.text = "sai", .fields = SEARCH_CALL | SEARCH_TITLE}, "i01 i03 k:i06"},
        {{.text = "i02", .fields = SEARCH_TITLE}, ""},
    };

    (void)state;
    CHECK(rows);
}

static void test_search_barcodes(void **state)
{
    static const struct asked rows[] = {
        {{.text = "i02"}, "i02"},   {{.text = " *i02*\r"}, "i02"}, {{.text = "i01"}, "i01 k:i01"}, /* both sources have it */
        {{.text = "i0"}, ""},                                                                      /* shorter than a beginning may be */
        {{.text = "I02"}, ""},      {{.text = "b-01"}, "b-01"},    {{.text = "b-0"}, "b-01"},
        {{.text = "c-01"}, "c-01"}, {{.text = "!"}, ""},
    };

    (void)state;
    CHECK(rows);
}

static void test_search_filters(void **state)
{
    static const struct asked rows[] = {
        {{.text = "petit", .material = "DVD"}, "k:i06"},
        {{.text = "petit", .material = "dvd"}, ""},
        {{.text = "petit", .place = "A"}, "k:i06 i05 i01 i04"}, /* one in a bag in a crate that is there */
        {{.text = "saint", .place = "B"}, "i03"},
        {{.text = "petit", .place = "B"}, ""},
        {{.text = "petit", .available = 1}, "k:i06 i05 i04"},
        {{.text = "i01", .available = 1}, "k:i01"},
        {{.text = "b-01", .available = 1}, ""},
        {{.text = "petit", .limit = 2}, "k:i06 i05"},
        {{.text = "petit", .limit = 4}, "k:i06 i05 i01 i04"},
        {{.text = "petit", .available = 1, .material = "album", .place = "A"}, "i05"},
    };

    (void)state;
    CHECK(rows);
}

/* ---- against a plain scan */

#define TITLES 300u
#define VOCABULARY 160u

struct plain {
    char title[TITLES][128];
    char author[TITLES][64];
};

static void make_word(uint64_t *random, char out[16])
{
    static const char *const parts[] = {"a", "ba", "é", "ro", "mi", "œ", "te", "lu", "x", "ç"};
    size_t used = 0;

    out[0] = '\0';
    for (uint64_t i = 0; i <= seed_below(random, 3); i++)
        used += (size_t)snprintf(out + used, 16 - used, "%s", parts[seed_below(random, 10)]);
}

static void make_text(uint64_t *random, char vocabulary[VOCABULARY][16], size_t words, char *out, size_t size)
{
    static const char *const between[] = {" ", "-", "'", ", "};
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < words && used + 20 < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%s", i > 0 ? between[seed_below(random, 4)] : "",
                                 vocabulary[seed_below(random, 1 + seed_below(random, VOCABULARY))]);
}

/* Without any of the code under test: the few signs of make_word(). */
static void simplify(const char *text, char out[256])
{
    static const char *const from[] = {"é", "œ", "ç", "-", "'", ", "};
    static const char *const to[] = {"e", "oe", "c", " ", " ", " "};
    size_t used = 0;

    out[used++] = ' ';
    while (*text != '\0') {
        size_t i = 0;

        while (i < 6 && strncmp(text, from[i], strlen(from[i])) != 0)
            i++;
        used += (size_t)snprintf(out + used, 256 - used, "%s", i < 6 ? to[i] : (char[2]){*text, '\0'});
        text += i < 6 ? strlen(from[i]) : 1;
    }
    (void)snprintf(out + used, 256 - used, " ");
}

static int plain_has(const char *text, const char *question)
{
    char simple[256], asked[256], word[40];
    const char *p;

    simplify(text, simple);
    simplify(question, asked);
    p = asked + strspn(asked, " ");
    while (*p != '\0') {
        size_t len = strcspn(p, " ");
        int last = p[len] == ' ' && p[len + 1] == '\0';

        (void)snprintf(word, sizeof(word), " %.*s%s", (int)len, p, last ? "" : " ");
        if (strstr(simple, word) == NULL)
            return 0;
        p += len + 1;
    }
    return 1;
}

/* Where nothing has all words: without the only article that make_word() makes. */
static void leave_out_articles(const char *text, char out[256])
{
    char *article;

    simplify(text, out);
    while ((article = strstr(out, " a ")) != NULL)
        memmove(article, article + 2, strlen(article + 2) + 1);
    out[strlen(out) - 1] = '\0'; /* plain_has() adds its own */
}

static int plain_expects(const struct plain *plain, size_t i, const char *text, unsigned int fields)
{
    char both[256];

    (void)snprintf(both, sizeof(both), "%s %s", fields == SEARCH_AUTHOR ? "" : plain->title[i],
                   fields == SEARCH_TITLE ? "" : plain->author[i]);
    return plain_has(both, text);
}

static void compare(struct memstore *store, const struct plain *plain, const char *text, unsigned int fields)
{
    struct search_question question = {.text = text, .fields = fields, .limit = SEARCH_ROWS_MAX};
    struct store_txn *txn = memstore_begin_read(store);
    struct search_answer answer;
    uint8_t found[TITLES] = {0};
    char without[256];
    int any = 0;

    assert_int_equal(search_run(txn, txn, &question, &answer), 0);
    assert_int_equal(answer.more, 0);
    for (size_t i = 0; i < answer.count; i++)
        found[atoi(thing_id(&answer.rows[i].where.record.key) + 1)]++;
    for (size_t i = 0; i < TITLES; i++)
        any += plain_expects(plain, i, text, fields);
    leave_out_articles(text, without);
    if (any == 0 && strspn(without, " ") < strlen(without))
        text = without;
    for (size_t i = 0; i < TITLES; i++) {
        int expected = plain_expects(plain, i, text, fields);

        if (found[i] != expected)
            fail_msg("\"%s\" in \"%s\" \"%s\": found %d, expected %d", text, plain->title[i], plain->author[i], found[i], expected);
    }
    search_free(&answer);
    memstore_abort(txn);
}

static void test_search_finds_what_a_plain_scan_finds(void **state)
{
    static char vocabulary[VOCABULARY][16];
    static struct plain plain;
    uint64_t random = seed_start();
    struct foldkit kit;
    struct memstore *store;

    (void)state;
    for (size_t i = 0; i < VOCABULARY; i++)
        make_word(&random, vocabulary[i]);
    foldkit_init(&kit);
    for (size_t i = 0; i < TITLES; i++) {
        char id[16];

        (void)snprintf(id, sizeof(id), "i%zu", i);
        make_text(&random, vocabulary, 1 + seed_below(&random, 7), plain.title[i], sizeof(plain.title[i]));
        make_text(&random, vocabulary, seed_below(&random, 3), plain.author[i], sizeof(plain.author[i]));
        catalogue_add(&kit, &(struct catalogue_row){.id = id, .title = plain.title[i], .author = plain.author[i]});
    }
    store = catalogue_play(&kit);
    for (int run = 0; run < 600; run++) {
        static const unsigned int fields[] = {0, SEARCH_TITLE, SEARCH_AUTHOR, SEARCH_TITLE | SEARCH_AUTHOR};
        char text[128];

        make_text(&random, vocabulary, 1 + seed_below(&random, 4), text, sizeof(text));
        if (run % 3 == 0) /* a beginning: one letter or two of a word, which very many words have */
            (void)snprintf(text, sizeof(text), "%s%s", seed_below(&random, 2) ? vocabulary[seed_below(&random, VOCABULARY)] : "",
                           (const char *[]){" a", " b", " e", " o", " x", " mi", " te", " oe"}[seed_below(&random, 8)]);
        compare(store, &plain, text, fields[run % 4]);
    }
    compare(store, &plain, "a", 0);
    compare(store, &plain, "b", SEARCH_TITLE);
    memstore_free(store);
    foldkit_free(&kit);
}

/* ---- limits */

static void test_search_words_at_the_limit_and_past_it(void **state)
{
    struct foldkit kit;
    struct memstore *store = library(&kit);
    char text[256] = "", found[512];

    (void)state;
    for (size_t i = 0; i < SEARCH_WORDS_MAX; i++)
        strcat(text, "petit ");
    search(store, (struct search_question){.text = text}, found);
    assert_string_equal(found, "i05 i01 k:i06");
    strcat(text, "petit");
    search(store, (struct search_question){.text = text}, found);
    (void)snprintf(text, sizeof(text), "%d", NAVETTE_E_TOO_LARGE);
    assert_string_equal(found, text);
    (void)snprintf(text, sizeof(text), "%d", NAVETTE_E_INVALID);
    search(store, (struct search_question){.text = " ** "}, found);
    assert_string_equal(found, text);
    search(store, (struct search_question){.text = "?!", .fields = SEARCH_TITLE}, found);
    assert_string_equal(found, text);
    memstore_free(store);
    store = foldkit_play(&kit, NULL, 0, 0);
    (void)snprintf(text, sizeof(text), "%d", NAVETTE_E_VERSION);
    search(store, (struct search_question){.text = "petit"}, found);
    assert_string_equal(found, text);
    memstore_free(store);
    foldkit_free(&kit);
}

/* As many documents of one title as `count`; half of them have the word "pair", the others "impair". */
static struct memstore *many(struct foldkit *kit, size_t count)
{
    foldkit_init(kit);
    for (size_t i = 0; i < count; i++) {
        char id[16];

        (void)snprintf(id, sizeof(id), "i%04zu", i);
        catalogue_add(kit, &(struct catalogue_row){.id = id, .title = i % 2 == 0 ? "Tout pair" : "Tout impair", .call_number = "X"});
    }
    return catalogue_play(kit);
}

static void expect_count(struct memstore *store, struct search_question question, size_t found, int more)
{
    struct store_txn *txn = memstore_begin_read(store);
    struct search_answer answer;

    question.limit = SEARCH_ROWS_MAX;
    assert_int_equal(search_run(txn, txn, &question, &answer), 0);
    assert_int_equal(answer.found, found);
    assert_int_equal(answer.count, found);
    assert_int_equal(answer.more, more);
    search_free(&answer);
    memstore_abort(txn);
}

static void test_search_rows_at_the_limit_and_past_it(void **state)
{
    struct foldkit kit;
    struct memstore *store = many(&kit, SEARCH_ROWS_MAX);

    (void)state;
    expect_count(store, (struct search_question){.text = "tout"}, SEARCH_ROWS_MAX, 0);
    expect_count(store, (struct search_question){.text = "x", .fields = SEARCH_CALL}, SEARCH_ROWS_MAX, 0);
    expect_count(store, (struct search_question){.text = "i0"}, 0, 0);
    expect_count(store, (struct search_question){.text = "i00"}, 100, 0);
    expect_count(store, (struct search_question){.text = "tout pair"}, SEARCH_ROWS_MAX / 2, 0);
    expect_count(store, (struct search_question){.text = "pair impair"}, 0, 0);
    catalogue_add(&kit, &(struct catalogue_row){.id = "i9", .title = "Tout", .call_number = "X"});
    catalogue_since(&kit, store, SEARCH_ROWS_MAX);
    expect_count(store, (struct search_question){.text = "tout"}, SEARCH_ROWS_MAX, 1);
    expect_count(store, (struct search_question){.text = "x", .fields = SEARCH_CALL}, SEARCH_ROWS_MAX, 1);
    memstore_free(store);
    foldkit_free(&kit);
}

static void test_search_to_print_pages(void **state)
{
    struct foldkit kit;
    struct memstore *store;
    struct store_txn *txn;
    struct thing_key keys[4];

    (void)state;
    foldkit_init(&kit);
    for (int i = 0; i < 7; i++)
        catalogue_add(&kit,
                      &(struct catalogue_row){.id = (const char *[]){"i0", "i1", "i2", "i3", "i4", "i5", "i6"}[i], .to_print = i != 3});
    store = catalogue_play(&kit);
    txn = memstore_begin_read(store);
    assert_int_equal(search_to_print(txn, NULL, keys, 4), 4);
    assert_string_equal(thing_id(&keys[0]), "i0");
    assert_string_equal(thing_id(&keys[3]), "i4");
    assert_int_equal(search_to_print(txn, &keys[3], keys, 4), 2);
    assert_string_equal(thing_id(&keys[1]), "i6");
    assert_int_equal(search_to_print(txn, &keys[1], keys, 4), 0);
    memstore_abort(txn);
    memstore_free(store);
    store = foldkit_play(&kit, NULL, 0, 0);
    txn = memstore_begin_read(store);
    assert_int_equal(search_to_print(txn, NULL, keys, 4), NAVETTE_E_VERSION);
    memstore_abort(txn);
    memstore_free(store);
    foldkit_free(&kit);
}

static void test_search_when_something_fails(void **state)
{
    static const struct search_question questions[] = {
        {.text = "petit pri", .limit = 10},
        {.text = "i0", .limit = 10},
        {.text = "b-0", .limit = 10},
        {.text = "r s", .fields = SEARCH_CALL, .limit = 10},
        {.text = "petit", .place = "A", .available = 1, .limit = 10},
    };
    struct foldkit kit;
    struct memstore *store = library(&kit);

    (void)state;
    for (size_t q = 0; q < 2 * (sizeof(questions) / sizeof(questions[0])); q++) {
        uint64_t k = 0;
        int rc;

        do {
            struct store_txn *txn = memstore_begin_read(store);
            struct search_answer answer;
            int of_memory = (int)(q % 2), code = of_memory ? NAVETTE_E_MEMORY : NAVETTE_E_STORE;

            k++;
            if (of_memory)
                failing_malloc_at(k);
            else
                memstore_fail_at(store, k, code);
            rc = search_run(txn, txn, &questions[q / 2], &answer);
            assert_true(rc == 0 || rc == code);
            if (rc == 0)
                search_free(&answer);
            rc = of_memory ? failing_malloc_pending() : memstore_fail_pending(store);
            failing_malloc_at(0);
            memstore_fail_at(store, 0, 0);
            memstore_abort(txn);
        } while (rc == 0);
        assert_true(k > 2);
    }
    memstore_free(store);
    foldkit_free(&kit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_search_words),
        cmocka_unit_test(test_search_barcodes),
        cmocka_unit_test(test_search_filters),
        cmocka_unit_test(test_search_finds_what_a_plain_scan_finds),
        cmocka_unit_test(test_search_words_at_the_limit_and_past_it),
        cmocka_unit_test(test_search_rows_at_the_limit_and_past_it),
        cmocka_unit_test(test_search_to_print_pages),
        cmocka_unit_test(test_search_when_something_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
