/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli/orders.h"

#include <stdio.h>
#include <string.h>

#include "node/cli/orders_file.h"
#include "node/cli/show.h"

#define ROWS_A_REQUEST 512u

/* An import on its way. */
struct intake {
    struct session *session; /* client NULL: no node, only the file is checked */
    struct orders_file file;
    size_t placed, changed, unchanged, refused, gone;
    int dry;
};

static int is(const struct arguments *arguments, const char *name)
{
    return strcmp(arguments->spec->name, name) == 0;
}

static int is_dry(const struct arguments *arguments)
{
    return json_is_true(json_object_get(arguments->options, "dry_run"));
}

int orders_needs_no_node(const struct arguments *arguments)
{
    return is(arguments, "orders import") && is_dry(arguments);
}

static const char *no(const struct arguments *arguments)
{
    return arguments->language == MESSAGE_EN ? "NO " : "NON";
}

static void say_refusal(const struct arguments *arguments, const json_t *row, const char *what)
{
    char line[SHOW_NUMBER_SIZE];

    if (arguments->json) {
        session_print(row);
        return;
    }
    (void)printf("%s  %s %s  %s%s%s\n     > %s\n", no(arguments), session_word(arguments, "line"), show_number(row, "line", line), what,
                 what[0] != '\0' ? "  " : "", show_text(row, "text"), show_text(row, "next"));
}

static void say_notes(const struct arguments *arguments, const json_t *result)
{
    size_t i;
    json_t *note;

    (void)arguments;
    json_array_foreach(json_object_get(result, "notes"), i, note)(void) printf("     %s\n", show_text(note, "text"));
}

static void say_row(struct intake *intake, const json_t *row, json_t *result)
{
    const struct arguments *arguments = intake->session->arguments;
    const char *what = show_text(result, "result");

    (void)json_object_set(result, "title", json_object_get(row, "title"));
    (void)json_object_set(result, "file_state", json_object_get(row, "file_state"));
    (void)json_object_set(result, "barcode", json_array_get(json_object_get(row, "items"), 0));
    if (!session_is_ok(result)) {
        intake->refused++;
        say_refusal(arguments, result, show_text(result, "barcode"));
        return;
    }
    intake->placed += strcmp(what, "placed") == 0;
    intake->changed += strcmp(what, "changed") == 0;
    intake->unchanged += strcmp(what, "unchanged") == 0;
    if (arguments->json) {
        session_print(result);
    } else if (strcmp(what, "unchanged") != 0) {
        (void)printf("OK   %s  %s  > %s  %s\n", show_text(result, "id"), session_word(arguments, what), show_text(result, "pickup"),
                     show_text(row, "title"));
        say_notes(arguments, result);
    }
}

static int send(struct intake *intake, size_t from, size_t count)
{
    static const char *const passed[] = {"namespace", "anyway"};
    const struct arguments *arguments = intake->session->arguments;
    json_t *request = session_request(intake->session, "orders-add"), *rows = json_array(), *answer, *result;
    size_t i;
    int rc;

    for (i = from; i < from + count; i++)
        (void)json_array_append(rows, json_array_get(intake->file.rows, i));
    (void)json_object_set_new(request, "orders", rows);
    (void)json_object_set_new(request, "dry_run", json_boolean(intake->dry));
    for (size_t option = 0; option < sizeof passed / sizeof passed[0]; option++)
        if (json_object_get(arguments->options, passed[option]) != NULL)
            (void)json_object_set(request, passed[option], json_object_get(arguments->options, passed[option]));
    rc = session_ask(intake->session, request, &answer);
    if (rc != 0)
        return rc;
    if (session_is_ok(answer))
        json_array_foreach(json_object_get(answer, "results"), i, result)
            say_row(intake, json_array_get(intake->file.rows, from + i), result);
    else
        rc = session_refuse(arguments, answer);
    json_decref(answer);
    return rc;
}

/* Orders of earlier files that this one does not have any more: shown, a person decides. */
static int say_gone(struct intake *intake)
{
    const struct arguments *arguments = intake->session->arguments;
    json_t *request = session_request(intake->session, "orders"), *answer, *row, *ids = json_object();
    size_t i;
    int rc;

    json_array_foreach(intake->file.rows, i, row)(void) json_object_set_new(ids, show_text(row, "id"), json_true());
    (void)json_object_set_new(request, "prefix", json_string(intake->file.profile.order_prefix));
    (void)json_object_set_new(request, "state", json_string("placed"));
    (void)json_object_set_new(request, "channel", json_string("portal"));
    rc = session_ask(intake->session, request, &answer);
    if (rc == 0 && session_is_ok(answer)) {
        json_array_foreach(json_object_get(answer, "rows"), i, row)
        {
            if (json_object_get(ids, show_text(row, "id")) != NULL)
                continue;
            intake->gone++;
            (void)json_object_set_new(row, "ok", json_true());
            (void)json_object_set_new(row, "result", json_string("gone"));
            if (arguments->json)
                session_print(row);
            else
                (void)printf("?    %s  %s\n     > navette orders cancel %s\n", show_text(row, "id"),
                             session_word(arguments, "gone-from-file"), show_text(row, "id"));
        }
    }
    json_decref(answer);
    json_decref(ids);
    return rc;
}

static void say_sum(const struct intake *intake)
{
    const struct arguments *arguments = intake->session->arguments;
    size_t skipped = json_array_size(intake->file.skipped) + intake->refused;

    if (arguments->json) {
        json_t *sum = json_pack("{s:b, s:b, s:b, s:b, s:I, s:I, s:I, s:I, s:I, s:I}", "ok", 1, "summary", 1, "dry_run", intake->dry,
                                "compared", intake->session->client != NULL, "rows", (json_int_t)intake->file.lines, "placed",
                                (json_int_t)intake->placed, "changed", (json_int_t)intake->changed, "unchanged",
                                (json_int_t)intake->unchanged, "skipped", (json_int_t)skipped, "gone", (json_int_t)intake->gone);
        session_print(sum);
        json_decref(sum);
        return;
    }
    if (intake->dry)
        (void)printf("%s\n", session_word(arguments, intake->session->client != NULL ? "trial" : "trial-file-only"));
    (void)printf("%s : %zu   %s : %zu   %s : %zu   %s : %zu   %s : %zu   %s : %zu\n", session_word(arguments, "file-lines"),
                 intake->file.lines, session_word(arguments, "placed"), intake->placed, session_word(arguments, "changed"), intake->changed,
                 session_word(arguments, "unchanged"), intake->unchanged, session_word(arguments, "skipped"), skipped,
                 session_word(arguments, "gone-from-file"), intake->gone);
}

static int run_import(struct session *session)
{
    const struct arguments *arguments = session->arguments;
    struct intake intake = {.session = session, .dry = is_dry(arguments)};
    size_t i;
    json_t *row;
    int rc;

    if (arguments->count != 1)
        return session_refuse_code(arguments, "missing-option", session_word(arguments, "FICHIER"), arguments->spec->name);
    rc = orders_file_read(arguments, arguments->words[0], &intake.file);
    if (rc == 0)
        json_array_foreach(intake.file.skipped, i, row) say_refusal(arguments, row, "");
    for (size_t at = 0; rc == 0 && session->client != NULL && at < json_array_size(intake.file.rows); at += ROWS_A_REQUEST) {
        size_t left = json_array_size(intake.file.rows) - at;

        rc = send(&intake, at, left < ROWS_A_REQUEST ? left : ROWS_A_REQUEST);
    }
    if (rc == 0 && session->client != NULL)
        rc = say_gone(&intake);
    if (rc == 0)
        say_sum(&intake);
    i = json_array_size(intake.file.skipped) + intake.refused;
    orders_file_free(&intake.file);
    return rc != 0 ? rc : i > 0 ? EXIT_SOME : EXIT_DONE;
}

int orders_trial(const struct arguments *arguments)
{
    struct session session = {.arguments = arguments};
    int rc;

    (void)control_client_open(arguments->socket, &session.client);
    rc = run_import(&session);
    session_close(&session);
    return rc;
}

static json_t *words_of(const struct arguments *arguments, size_t from)
{
    json_t *list = json_array();

    for (size_t i = from; i < arguments->count; i++)
        (void)json_array_append_new(list, json_string(arguments->words[i]));
    return list;
}

static int run_add(struct session *session)
{
    static const char *const fields[] = {"id", "channel", "pickup", "card", "name"};
    const struct arguments *arguments = session->arguments;
    json_t *request = session_request(session, "orders-add"), *row = json_object(), *answer, *result;
    int rc;

    (void)json_object_set_new(row, "items", words_of(arguments, 0));
    (void)json_object_set_new(row, "is_new", json_true());
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (json_object_get(arguments->options, fields[i]) != NULL)
            (void)json_object_set(row, fields[i], json_object_get(arguments->options, fields[i]));
    if (json_object_get(arguments->options, "namespace") != NULL)
        (void)json_object_set(request, "namespace", json_object_get(arguments->options, "namespace"));
    (void)json_object_set_new(request, "orders", json_pack("[o]", row));
    rc = session_ask(session, request, &answer);
    if (rc != 0)
        return rc;
    result = session_is_ok(answer) ? json_array_get(json_object_get(answer, "results"), 0) : answer;
    if (!session_is_ok(result)) {
        rc = session_refuse(arguments, result);
    } else if (arguments->json) {
        session_print(result);
    } else {
        (void)printf("OK   %s  %s  > %s\n", show_text(result, "id"), session_word(arguments, show_text(result, "result")),
                     show_text(result, "pickup"));
        say_notes(arguments, result);
    }
    json_decref(answer);
    return rc;
}

static int run_prepare(struct session *session)
{
    const struct arguments *arguments = session->arguments;
    json_t *request, *answer;
    char packed[SHOW_NUMBER_SIZE], wanted[SHOW_NUMBER_SIZE];
    int rc;

    if (arguments->count == 0)
        return session_refuse_code(arguments, "missing-option", "ID", arguments->spec->name);
    request = session_request(session, "prepare");
    (void)json_object_set_new(request, "order", json_string(arguments->words[0]));
    (void)json_object_set_new(request, "bags", words_of(arguments, 1));
    rc = session_ask(session, request, &answer);
    if (rc != 0)
        return rc;
    if (!session_is_ok(answer))
        rc = session_refuse(arguments, answer);
    else if (arguments->json)
        session_print(answer);
    else {
        (void)printf("OK   %s  %s  (%s / %s)\n", show_text(answer, "order"), session_word(arguments, "prepared"),
                     show_number(answer, "packed", packed), show_number(answer, "wanted", wanted));
        say_notes(arguments, answer);
    }
    json_decref(answer);
    return rc;
}

int orders_run(struct session *session)
{
    return is(session->arguments, "orders import") ? run_import(session)
           : is(session->arguments, "orders add")  ? run_add(session)
                                                   : run_prepare(session);
}
