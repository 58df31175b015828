/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli/proposed.h"

#include <stdio.h>
#include <string.h>

#define CHUNK 256u

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text != NULL ? text : "";
}

/* What is done with each page of the list. */
struct walk {
    struct session *session;
    const char *request; /* NULL: only shown */
    uint64_t listed, done, refused;
    uint8_t found[ARGUMENTS_MAX]; /* of the barcodes named, those in the list */
};

static void show_row(const struct arguments *arguments, const json_t *row)
{
    static const char *const fields[] = {"call_number", "title"};

    if (arguments->json) {
        session_print(row);
        return;
    }
    (void)printf("%s", text_of(row, "barcode"));
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (text_of(row, fields[i])[0] != '\0')
            (void)printf("  %s", text_of(row, fields[i]));
    (void)printf("  (%s)\n", text_of(row, "home"));
}

static void show_result(struct walk *walk, const json_t *result)
{
    const struct arguments *arguments = walk->session->arguments;
    int ok = session_is_ok(result);

    walk->done += (uint64_t)ok;
    walk->refused += (uint64_t)!ok;
    if (arguments->json)
        session_print(result);
    else if (ok)
        (void)printf("OK   %s\n", text_of(result, "barcode"));
    else
        (void)printf("%-4s %s\n     > %s\n", session_word(arguments, "import-no"), text_of(result, "text"), text_of(result, "next"));
}

/* Barcodes of one namespace. */
static int act(struct walk *walk, const char *space, json_t *barcodes)
{
    json_t *request = session_request(walk->session, walk->request), *answer, *result;
    json_t *reason = json_object_get(walk->session->arguments->options, "reason");
    size_t i;
    int rc;

    (void)json_object_set_new(request, "namespace", json_string(space));
    (void)json_object_set(request, "barcodes", barcodes);
    if (reason != NULL)
        (void)json_object_set(request, "reason", reason);
    rc = session_ask(walk->session, request, &answer);
    if (rc != 0)
        return rc;
    if (!session_is_ok(answer))
        rc = session_refuse(walk->session->arguments, answer);
    json_array_foreach(json_object_get(answer, "results"), i, result) show_result(walk, result);
    json_decref(answer);
    return rc;
}

static int is_named(struct walk *walk, const char *barcode)
{
    const struct arguments *arguments = walk->session->arguments;
    int named = arguments->count == 0;

    for (size_t i = 0; i < arguments->count; i++)
        if (strcmp(arguments->words[i], barcode) == 0)
            named = walk->found[i] = 1;
    return named;
}

/* The rows of one page, those of a namespace together: they are sorted by it. */
static int take_page(struct walk *walk, const json_t *rows)
{
    const struct arguments *arguments = walk->session->arguments;
    json_t *barcodes = json_array(), *row;
    const char *space = "";
    size_t i;
    int rc = 0;

    json_array_foreach(rows, i, row)
    {
        if (!is_named(walk, text_of(row, "barcode")))
            continue;
        walk->listed++;
        if (walk->request == NULL) {
            show_row(arguments, row);
            continue;
        }
        if (json_array_size(barcodes) >= CHUNK || (json_array_size(barcodes) > 0 && strcmp(space, text_of(row, "namespace")) != 0)) {
            rc = act(walk, space, barcodes);
            (void)json_array_clear(barcodes);
        }
        if (rc != 0)
            break;
        space = text_of(row, "namespace");
        (void)json_array_append(barcodes, json_object_get(row, "barcode"));
    }
    if (rc == 0 && json_array_size(barcodes) > 0)
        rc = act(walk, space, barcodes);
    json_decref(barcodes);
    return rc;
}

static int walk_all(struct walk *walk)
{
    json_t *after = NULL, *space = NULL, *answer;
    int rc;

    do {
        json_t *request = session_request(walk->session, "proposed");
        if (after != NULL) {
            (void)json_object_set_new(request, "after", after);
            (void)json_object_set_new(request, "after_namespace", space);
        }
        rc = session_ask(walk->session, request, &answer);
        if (rc != 0)
            return rc;
        rc = session_is_ok(answer) ? take_page(walk, json_object_get(answer, "rows")) : session_refuse(walk->session->arguments, answer);
        after = json_incref(json_object_get(answer, "after"));
        space = json_incref(json_object_get(answer, "after_namespace"));
        json_decref(answer);
    } while (rc == 0 && after != NULL);
    return rc;
}

static void summarise(const struct walk *walk)
{
    const struct arguments *arguments = walk->session->arguments;

    if (arguments->json) {
        json_t *summary = json_pack("{s:b, s:b, s:I, s:I, s:I}", "ok", 1, "summary", 1, "listed", (json_int_t)walk->listed, "recorded",
                                    (json_int_t)walk->done, "refused", (json_int_t)walk->refused);
        session_print(summary);
        json_decref(summary);
    } else {
        (void)printf("%s : %llu\n", session_word(arguments, "proposed"), (unsigned long long)walk->listed);
    }
}

int proposed_run(struct session *session)
{
    const struct arguments *arguments = session->arguments;
    int withdraw = json_is_true(json_object_get(arguments->options, "withdraw"));
    int keep = json_is_true(json_object_get(arguments->options, "keep"));
    struct walk walk = {.session = session, .request = withdraw ? "proposed-withdraw" : keep ? "proposed-keep" : NULL};
    int rc;

    if (withdraw && keep)
        return session_refuse_code(arguments, "surplus", "--keep", arguments->spec->name);
    if (walk.request != NULL && arguments->count == 0 && !json_is_true(json_object_get(arguments->options, "all")))
        return session_refuse_code(arguments, "proposed-which", NULL, NULL);
    rc = walk_all(&walk);
    if (rc != 0)
        return rc;
    for (size_t i = 0; i < arguments->count; i++)
        if (!walk.found[i]) {
            (void)session_refuse_code(arguments, "not-proposed", arguments->words[i], NULL);
            walk.refused++;
        }
    summarise(&walk);
    return walk.refused > 0 ? EXIT_SOME : EXIT_DONE;
}
