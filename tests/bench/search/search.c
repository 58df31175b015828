/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast search answers, and what its index costs. usage: search [titles] [seed] [out.json] [folder]
 *
 * Made-up titles whose words are as frequent as words are (Zipf), folded into a store on disk twice, in transactions of as many as a request carries, without and with the words
 * kept; then questions of several kinds, each with words drawn as titles are. JSON on standard output and in out.json.
 */
#include <math.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "navette/hlc.h"
#include "navette/lmdb_store.h"
#include "navette/search.h"

#define WORDS 60000u
#define BATCH 256u /* as the importer sends */
#define QUESTIONS 400u

static char words[WORDS][20];
static double cumulated[WORDS];

static uint64_t next(uint64_t *random)
{
    uint64_t z = (*random += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static size_t below(uint64_t *random, size_t count)
{
    return (size_t)(next(random) % count);
}

static void must(int rc)
{
    if (rc == 0)
        return;
    (void)fprintf(stderr, "search: %s\n", error_text(rc));
    exit(1);
}

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void make_words(uint64_t *random)
{
    static const char *const usual[] = {"le", "la", "de",  "les", "des",      "du",    "et",  "l'",
                                        "d'", "un", "une", "en",  "histoire", "petit", "vie", "monde"};
    static const char *const parts[] = {"ba",  "ro", "mi",  "té", "lu", "san", "cor", "vi",
                                        "pré", "no", "gal", "er", "in", "ou",  "ché", "dra"};
    double total = 0.0;

    for (size_t i = 0; i < WORDS; i++) {
        size_t used = 0;

        for (size_t k = 0; i >= 16 && k < 2 + below(random, 3); k++)
            used += (size_t)snprintf(words[i] + used, sizeof(words[i]) - used, "%s", parts[below(random, 16)]);
        if (i < 16)
            (void)snprintf(words[i], sizeof(words[i]), "%s", usual[i]);
        cumulated[i] = total += 1.0 / (double)(i + 2);
    }
}

/* The i-th word comes as often as 1 / i says. */
static const char *draw(uint64_t *random)
{
    double at = (double)(next(random) >> 11) / 9007199254740992.0 * cumulated[WORDS - 1];
    size_t low = 0, high = WORDS - 1;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (cumulated[middle] < at)
            low = middle + 1;
        else
            high = middle;
    }
    return words[low];
}

static void make_text(uint64_t *random, size_t count, char *out, size_t size)
{
    size_t used = 0;

    for (size_t i = 0; i < count; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%s", i > 0 ? " " : "", draw(random));
}

static void append(struct store_txn *txn, uint64_t *random, uint64_t number)
{
    Navette__Event event = NAVETTE__EVENT__INIT;
    Navette__Thing item = NAVETTE__THING__INIT;
    Navette__ItemRegistered body = NAVETTE__ITEM_REGISTERED__INIT;
    struct buffer bytes = {.data = NULL};
    struct journal_entry entry = {.scope_mask = UINT64_MAX};
    char id[32], title[256], author[64], call[32];
    uint8_t hash[HASH_SIZE];

    (void)snprintf(id, sizeof(id), "%014llu", 20601000000000ULL + number * 7);
    make_text(random, 2 + below(random, 8), title, sizeof(title));
    (void)snprintf(author, sizeof(author), "%s, %s", words[16 + below(random, 20000)], words[16 + below(random, 2000)]);
    (void)snprintf(call, sizeof(call), "R %.3s", words[16 + below(random, 20000)]);
    item.kind = NAVETTE__THING_KIND__THING_ITEM;
    item.namespace_ = "bib";
    item.id = id;
    body.item = &item;
    body.title = title;
    body.author = author;
    body.call_number = call;
    body.material = "roman";
    body.home = "BIB-CENTRE";
    event.hlc = hlc_make(INT64_C(1587117600000) + (int64_t)number, 0);
    event.place = "BIB-CENTRE";
    event.body_case = NAVETTE__EVENT__BODY_ITEM_REGISTERED;
    event.item_registered = &body;
    must(event_encode(&event, &bytes));
    memset(entry.self.incarnation, 1, INCARNATION_SIZE);
    entry.self.seq = number + 1;
    crypto_generichash(hash, sizeof(hash), bytes.data, bytes.len, NULL, 0);
    entry.self.leaf = read_u64(hash);
    entry.event = buffer_span(&bytes);
    must(journal_append(txn, &entry));
    buffer_free(&bytes);
}

/* Returns seconds; *used: bytes of the store afterwards. */
static double import(struct lmdb_store *store, size_t titles, uint64_t seed, int keep, uint64_t *used)
{
    struct lmdb_usage usage;
    uint64_t random = seed;
    double from = seconds();

    for (size_t done = 0; done < titles;) {
        struct store_txn *txn;
        struct fold fold;

        must(lmdb_write_begin(store, &txn));
        must(fold_begin(&fold, txn, txn));
        if (keep)
            must(fold_keep_words(&fold));
        for (size_t i = 0; i < BATCH && done < titles; i++, done++) {
            append(txn, &random, done);
            must(fold_next(&fold));
        }
        must(fold_end(&fold));
        must(lmdb_commit(txn));
    }
    must(lmdb_store_usage(store, &usage));
    *used = usage.used_bytes;
    return seconds() - from;
}

static struct lmdb_store *open_store(const char *folder, const char *name)
{
    static char path[512];
    struct lmdb_options options = {.folder = path, .tables = LMDB_BOTH, .map_bytes = UINT64_C(16) << 30};
    struct lmdb_store *store;

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    must(lmdb_store_open(&options, &store));
    return store;
}

struct kind {
    const char *name;
    unsigned int fields;
    size_t words;     /* drawn as titles are */
    const char *text; /* asked as it is instead */
    size_t cut;       /* bytes of the last word that are kept; 0: all */
    const char *place;
};

static int by_size(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;

    return left < right ? -1 : left > right;
}

static void ask(struct lmdb_store *store, const struct kind *kind, size_t titles, uint64_t *random, FILE *out, int last)
{
    static double times[QUESTIONS];
    size_t found = 0, more = 0;

    for (size_t i = 0; i < QUESTIONS; i++) {
        char text[256];
        struct search_question question = {.text = text, .fields = kind->fields, .limit = 20, .place = kind->place};
        struct search_answer answer;
        struct store_txn *txn;

        if (kind->text != NULL)
            (void)snprintf(text, sizeof(text), "%s", kind->text);
        else if (kind->words == 0)
            (void)snprintf(text, sizeof(text), "%014llu", 20601000000000ULL + below(random, titles) * 7);
        else
            make_text(random, kind->words, text, sizeof(text));
        if (kind->cut > 0 && kind->words <= 1)
            text[kind->cut] = '\0';
        times[i] = seconds();
        must(lmdb_read_begin(store, &txn));
        must(search_run(txn, txn, &question, &answer));
        found += answer.found;
        more += (size_t)answer.more;
        search_free(&answer);
        lmdb_abort(txn);
        times[i] = (seconds() - times[i]) * 1000.0;
    }
    qsort(times, QUESTIONS, sizeof(times[0]), by_size);
    (void)fprintf(out,
                  "    {\"kind\": \"%s\", \"p50_ms\": %.3f, \"p99_ms\": %.3f, \"max_ms\": %.3f, \"found\": %.1f, \"stopped\": %.2f}%s\n",
                  kind->name, times[QUESTIONS / 2], times[QUESTIONS * 99 / 100], times[QUESTIONS - 1], (double)found / QUESTIONS,
                  (double)more / QUESTIONS, last ? "" : ",");
}

static void report(FILE *out, struct lmdb_store *store, size_t titles, const double cost[2], const uint64_t used[2], uint64_t seed)
{
    static const struct kind kinds[] = {
        {"barcode", 0, 0, NULL, 0, NULL},
        {"beginning of a barcode", 0, 0, NULL, 10, NULL},
        {"one word", 0, 1, NULL, 0, NULL},
        {"two words", 0, 2, NULL, 0, NULL},
        {"three words", SEARCH_TITLE, 3, NULL, 0, NULL},
        {"one letter", 0, 0, "l", 0, NULL},
        {"stop words: le de la", 0, 0, "le de la", 0, NULL},
        {"stop words and a letter: le de p", 0, 0, "le de p", 0, NULL},
        {"call number: r s", SEARCH_CALL, 0, "r s", 0, NULL},
        {"nothing", 0, 0, "zzzz de la", 0, NULL},
        {"a common word at a place that has none", 0, 0, "de", 0, "BIB-NORD"},
    };
    uint64_t random = seed + 1;

    (void)fprintf(out, "{\"titles\": %zu, \"batch\": %u, \"questions\": %u,\n", titles, BATCH, QUESTIONS);
    (void)fprintf(out, "  \"import_s\": {\"without\": %.2f, \"with\": %.2f},\n", cost[0], cost[1]);
    (void)fprintf(out, "  \"bytes_per_title\": {\"without\": %.0f, \"with\": %.0f, \"index\": %.0f},\n", (double)used[0] / (double)titles,
                  (double)used[1] / (double)titles, (double)(used[1] - used[0]) / (double)titles);
    (void)fprintf(out, "  \"kinds\": [\n");
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        ask(store, &kinds[i], titles, &random, out, i + 1 == sizeof(kinds) / sizeof(kinds[0]));
    (void)fprintf(out, "  ]}\n");
}

static void remove_store(const char *folder, const char *name)
{
    static const char *const files[] = {"data.mdb", "lock.mdb", "lock", ""};
    char path[600];

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s/%s", folder, name, files[i]);
        if (files[i][0] != '\0')
            (void)unlink(path);
        else
            (void)rmdir(path);
    }
}

int main(int argc, char **argv)
{
    size_t titles = argc > 1 ? strtoul(argv[1], NULL, 10) : 500000;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    FILE *out = argc > 3 ? fopen(argv[3], "w") : stdout;
    char folder[] = "./navette-search-XXXXXX";
    static const char *const names[] = {"without", "with"};
    struct lmdb_store *stores[2];
    uint64_t used[2], random = seed;
    double cost[2];

    if (sodium_init() < 0 || titles == 0 || out == NULL || mkdtemp(folder) == NULL) {
        (void)fprintf(stderr, "usage: search [titles] [seed] [out.json]\n");
        return 2;
    }
    make_words(&random);
    for (int keep = 0; keep < 2; keep++) {
        stores[keep] = open_store(folder, names[keep]);
        cost[keep] = import(stores[keep], titles, seed, keep, &used[keep]);
    }
    report(out, stores[1], titles, cost, used, seed);
    for (int keep = 0; keep < 2; keep++) {
        lmdb_store_close(stores[keep]);
        remove_store(folder, names[keep]);
    }
    (void)rmdir(folder);
    return out == stdout || fclose(out) == 0 ? 0 : 1;
}
