/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node/commands.h on a real store in a folder of its own: what is told and what is stored are the same thing.
 *   - the k-th allocation failing (ours and jansson's), for every k, in a scan, a single event, catalogue rows, the end of an operation, views: the log
 *     grows exactly when the answer says so, and the same request then succeeds
 *   - the same with a link that stands open: what the link lacks memory for is not told as a scan that was not recorded
 *   - requests without a command, with an unknown one
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "navette/system.h"
#include "node/commands.h"
#include "tests/lib/failing_malloc.h"

struct bench {
    char folder[64];
    struct office *office;
};

static void open_bench(struct bench *bench)
{
    struct office_options options = {.map_bytes = 64u << 20, .reserve_bytes = 0};

    (void)snprintf(bench->folder, sizeof bench->folder, "/tmp/navette-test-XXXXXX");
    assert_non_null(mkdtemp(bench->folder));
    bench->office = calloc(1, sizeof *bench->office);
    assert_non_null(bench->office);
    options.folder = bench->folder;
    assert_int_equal(office_open(&options, bench->office), 0);
}

static void empty(const char *folder)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;

    if (dir == NULL)
        return;
    while ((entry = readdir(dir)) != NULL) {
        char path[400];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        empty(path);
        (void)remove(path);
    }
    (void)closedir(dir);
}

static void close_bench(struct bench *bench)
{
    office_close(bench->office);
    free(bench->office);
    empty(bench->folder);
    (void)rmdir(bench->folder);
}

static json_t *ask(struct bench *bench, const char *text)
{
    struct moment moment = {.wall_ms = 1587117600000, .monotonic_ms = 1000, .boottime_ms = 1000, .boot = 1};
    json_t *request = json_loads(text, 0, NULL), *answer = NULL;

    assert_non_null(request);
    assert_int_equal(commands_run(bench->office, 1, request, &moment, &answer), 0);
    json_decref(request);
    return answer;
}

static int is_ok(const json_t *answer)
{
    return json_is_true(json_object_get(answer, "ok"));
}

static void must(struct bench *bench, const char *text)
{
    json_t *answer = ask(bench, text);

    if (!is_ok(answer))
        fail_msg("%s: %s", text, json_string_value(json_object_get(answer, "text")));
    json_decref(answer);
}

static uint64_t head_of(struct bench *bench)
{
    struct store_txn *txn;
    struct log_head head;

    assert_int_equal(lmdb_read_begin(bench->office->store, &txn), 0);
    assert_int_equal(journal_head(txn, bench->office->identity.incarnation, &head), 0);
    lmdb_abort(txn);
    return head.seq;
}

static void begin(struct bench *bench, const char *verb, const char *options, char id[32])
{
    char text[256];

    (void)snprintf(text, sizeof text, "{\"command\": \"begin\", \"verb\": \"%s\", \"options\": %s, \"pid\": %d}", verb, options,
                   (int)getpid());
    json_t *answer = ask(bench, text);
    assert_true(is_ok(answer));
    (void)snprintf(id, 32, "%s", json_string_value(json_object_get(answer, "operation")));
    json_decref(answer);
}

/* Runs it with each allocation failing in turn, until none does: told = stored, each time. Answers how many allocations it took. */
static uint64_t starve(struct bench *bench, const char *request, unsigned grows)
{
    for (uint64_t k = 1; k < 5000; k++) {
        uint64_t before = head_of(bench);
        json_t *parsed = json_loads(request, 0, NULL), *answer = NULL;
        struct moment moment = {.wall_ms = 1587117600000, .monotonic_ms = 1000, .boottime_ms = 1000, .boot = 1};
        assert_non_null(parsed);
        failing_malloc_at(k);
        int rc = commands_run(bench->office, 1, parsed, &moment, &answer);
        int struck = !failing_malloc_pending();
        failing_malloc_at(0);
        uint64_t after = head_of(bench);
        /* an answer lost for want of memory for its own text is no answer; a fold that lacks memory ends nothing */
        assert_int_equal(rc, 0);
        if (after != before + (is_ok(answer) ? grows : 0))
            fail_msg("k = %llu: %s: grew by %llu, told %s", (unsigned long long)k, request, (unsigned long long)(after - before),
                     is_ok(answer) ? "ok" : "not ok");
        int done = is_ok(answer);
        json_decref(answer);
        json_decref(parsed);
        if (!struck) {
            assert_true(done);
            return k - 1;
        }
        if (done && grows > 0) /* what failed could be done without */
            return k;
    }
    fail_msg("%s never succeeds", request);
    return 0;
}

static void test_commands_run_kth_allocation_fails(void **state)
{
    static const char *const views[] = {"stock", "transit", "bags", "places", "aside", "status", "operations", "check"};
    char id[32], text[256];
    struct bench bench;

    (void)state;
    json_set_alloc_funcs(malloc, free);
    open_bench(&bench);
    must(&bench, "{\"command\": \"init\", \"init_place\": \"BIB-A\"}");
    uint64_t rows = 0;
    for (int i = 0; i < 5; i++) {
        (void)snprintf(text, sizeof text,
                       "{\"command\": \"item-add\", \"items\": [{\"barcode\": \"%d\", \"title\": \"T\"}, {\"barcode\": \"%d\"}]}", i,
                       i + 100);
        rows += starve(&bench, text, 2);
    }
    assert_true(rows > 20);
    begin(&bench, "bag-add", "{}", id);
    (void)snprintf(text, sizeof text, "{\"command\": \"scan\", \"operation\": \"%s\", \"barcode\": \"SAC-1\", \"pid\": %d}", id,
                   (int)getpid());
    assert_true(starve(&bench, text, 1) > 10);
    (void)snprintf(text, sizeof text, "{\"command\": \"close\", \"operation\": \"%s\", \"pid\": %d}", id, (int)getpid());
    assert_true(starve(&bench, text, 1) > 3);
    assert_true(starve(&bench, "{\"command\": \"seal\", \"container\": \"SAC-1\", \"seal\": \"0412\"}", 1) > 10);
    begin(&bench, "seen", "{}", id);
    for (int i = 0; i < 5; i++) {
        (void)snprintf(text, sizeof text, "{\"command\": \"scan\", \"operation\": \"%s\", \"barcode\": \"%d\", \"pid\": %d}", id, i,
                       (int)getpid());
        (void)starve(&bench, text, 1);
    }
    const struct operation *open = &bench.office->operations[0];
    assert_int_equal(open->recorded, 5);
    (void)starve(&bench, "{\"command\": \"find\", \"barcode\": \"SAC-1\"}", 0);
    (void)starve(&bench, "{\"command\": \"explain\", \"barcode\": \"1\"}", 0);
    for (size_t i = 0; i < sizeof views / sizeof views[0]; i++) {
        (void)snprintf(text, sizeof text, "{\"command\": \"%s\"}", views[i]);
        (void)starve(&bench, text, 0);
    }
    close_bench(&bench);
}

static void test_commands_run_unknown(void **state)
{
    struct bench bench;

    (void)state;
    open_bench(&bench);
    json_t *answer = ask(&bench, "{}");
    assert_string_equal(json_string_value(json_object_get(answer, "error")), "malformed-request");
    json_decref(answer);
    answer = ask(&bench, "{\"command\": \"fly\", \"lang\": \"en\"}");
    assert_string_equal(json_string_value(json_object_get(answer, "error")), "unknown-command");
    assert_string_equal(json_string_value(json_object_get(answer, "text")), "navette-node does not know the command fly.");
    json_decref(answer);
    close_bench(&bench);
}

static void test_commands_run_link_without_memory(void **state)
{
    char text[256];
    struct bench bench;

    (void)state;
    open_bench(&bench);
    must(&bench, "{\"command\": \"init\", \"init_place\": \"BIB-A\"}");
    bench.office->identity.enrolled = 1;
    (void)snprintf(bench.office->identity.endpoint, sizeof bench.office->identity.endpoint, "tcp://127.0.0.1:9");
    memset(bench.office->identity.hub_curve_key, 0x11, KEY_SIZE);
    assert_int_equal(office_connect(bench.office), 0);
    for (uint64_t k = 1, struck = 1; struck; k++) {
        (void)snprintf(text, sizeof text, "{\"command\": \"item-add\", \"items\": [{\"barcode\": \"%d\", \"title\": \"T\"}]}", (int)k);
        json_t *request = json_loads(text, 0, NULL), *answer = NULL;
        struct moment moment = {.wall_ms = 1587117600000, .monotonic_ms = 1000, .boottime_ms = 1000, .boot = 1};
        uint64_t before = head_of(&bench);
        failing_malloc_at(k);
        assert_int_equal(commands_run(bench.office, 1, request, &moment, &answer), 0);
        struck = !failing_malloc_pending();
        failing_malloc_at(0);
        assert_int_equal(head_of(&bench) - before, is_ok(answer));
        json_decref(answer);
        json_decref(request);
    }
    close_bench(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_commands_run_unknown),
        cmocka_unit_test(test_commands_run_kth_allocation_fails),
        cmocka_unit_test(test_commands_run_link_without_memory),
    };
    system_log_threshold(3);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
