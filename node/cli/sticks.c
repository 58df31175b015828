/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli/sticks.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "navette/stick_file.h"
#include "navette/stick_list.h"
#include "node/cli/show.h"

#define ROUNDS_MAX 16u /* files whose answers follow one from the other */

static int ask(void *context, const json_t *request, json_t **answer)
{
    struct session *session = context;

    return control_client_ask(session->client, request, -1, answer);
}

static struct stick_port port_of(struct session *session)
{
    return (struct stick_port){ask, session, session->arguments->language == MESSAGE_EN ? "en" : "fr"};
}

static int say_failure(const struct arguments *arguments, int rc, const char *path, int writing)
{
    switch (rc) {
    case NAVETTE_E_FULL:
        return session_refuse_code(arguments, "stick-full", NULL, NULL);
    case NAVETTE_E_SYSTEM:
        return session_refuse_code(arguments, writing ? "stick-cannot-write" : "stick-cannot-read", path, strerror(errno));
    case NAVETTE_E_NOT_FOUND:
        return session_refuse_code(arguments, "stick-no-file", path, NULL);
    case NAVETTE_E_INVALID:
        return session_refuse_code(arguments, "stick-not-one", path, NULL);
    case NAVETTE_E_TRUNCATED:
        return session_refuse_code(arguments, "stick-damaged", NULL, NULL);
    case NAVETTE_E_MEMORY:
        return session_refuse_code(arguments, "no-memory", NULL, NULL);
    default:
        return session_refuse_code(arguments, "daemon-gone", arguments->folder, NULL);
    }
}

/* ---- out */

/* What else it carries, or brought. */
static void say_notes(const json_t *answer)
{
    static const char *const fields[] = {"wants_text", "back_text"};

    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (show_text(answer, fields[i])[0] != '\0')
            (void)printf("%s\n", show_text(answer, fields[i]));
}

static void say_written(const struct arguments *arguments, json_t *opened, const char *path, uint64_t bytes)
{
    const char *events = json_integer_value(json_object_get(opened, "events")) > 0 ? "stick-out" : "stick-out-nothing";
    char size[24], text[1400], next[640];

    (void)json_object_del(opened, "head");
    (void)json_object_del(opened, "stick");
    (void)json_object_set_new(opened, "path", json_string(path));
    (void)json_object_set_new(opened, "bytes", json_integer((json_int_t)bytes));
    if (arguments->json) {
        session_print(opened);
        return;
    }
    (void)snprintf(size, sizeof size, "%llu", (unsigned long long)bytes);
    message_text(arguments->language, "stick-written", path, size, NULL, text, sizeof text);
    message_next(arguments->language, events, NULL, NULL, NULL, next, sizeof next);
    (void)printf("%s\n%s\n", text, show_text(opened, "text"));
    say_notes(opened);
    (void)printf("  > %s\n", next);
}

static int run_out(struct session *session)
{
    const struct arguments *arguments = session->arguments;
    struct stick_port port = port_of(session);
    json_t *request, *opened, *refusal = NULL;
    char path[STICK_PATH_SIZE];
    uint64_t bytes;
    int rc;

    if (arguments->count != 1)
        return session_refuse_code(arguments, arguments->count == 0 ? "missing-option" : "surplus",
                                   arguments->count == 0 ? "DOSSIER" : arguments->words[1], arguments->spec->name);
    request = session_request(session, "stick-out");
    if (json_object_get(arguments->options, "all") != NULL)
        (void)json_object_set_new(request, "all", json_true());
    rc = session_ask(session, request, &opened);
    if (rc != 0)
        return rc;
    if (!session_is_ok(opened)) {
        rc = session_refuse(arguments, opened);
        json_decref(opened);
        return rc;
    }
    rc = stick_file_name(arguments->words[0], "navette-", show_text(opened, "place"), path);
    if (rc == 0)
        rc = stick_file_write(&port, opened, path, &bytes, &refusal);
    if (rc == 0)
        say_written(arguments, opened, path, bytes);
    else if (refusal != NULL)
        rc = session_refuse(arguments, refusal);
    else
        rc = say_failure(arguments, rc, path, 1);
    json_decref(refusal);
    json_decref(opened);
    return rc;
}

/* ---- in */

/* Of a folder: what is on its way to others is none of ours. */
static int is_passing(const json_t *row)
{
    return !session_is_ok(row) && strcmp(show_text(row, "error"), "stick-not-for-us") == 0;
}

static int is_waiting(const json_t *row)
{
    return session_is_ok(row) && json_is_true(json_object_get(row, "gap"));
}

/* All files once. *waits: one follows from another that may come after it; *moved: something was taken in. */
static int read_all(struct session *session, const struct stick_list *list, int folder, json_t *rows, int *waits, int *moved)
{
    struct stick_port port = port_of(session);
    int code = 0;

    *waits = *moved = 0;
    for (size_t i = 0; i < list->count; i++) {
        json_t *found = json_array(), *row;
        size_t at;
        int rc = stick_file_read(&port, list->paths[i], found);

        json_array_foreach(found, at, row)
        {
            *waits |= is_waiting(row);
            *moved |= json_integer_value(json_object_get(row, "taken")) > 0;
            if (folder && is_passing(row))
                continue;
            (void)json_object_set_new(row, "path", json_string(list->paths[i]));
            (void)json_array_append(rows, row);
        }
        json_decref(found);
        if (rc != 0)
            code = say_failure(session->arguments, rc, list->paths[i], 0);
    }
    return code;
}

/* A disk that is full or fails comes before what some of the files are. */
static int say_rows(const struct arguments *arguments, const json_t *rows)
{
    json_t *row;
    size_t i;
    int some = 0;
    int failed = 0;

    json_array_foreach(rows, i, row)
    {
        failed |= !session_is_ok(row) && exits_of(show_text(row, "error")) == EXIT_STORE;
        some |= !session_is_ok(row) || !json_is_true(json_object_get(row, "whole"));
        if (arguments->json)
            session_print(row);
        else if (!session_is_ok(row))
            (void)session_refuse(arguments, row);
        else {
            (void)printf("%s\n", show_text(row, "text"));
            say_notes(row);
            if (show_text(row, "next")[0] != '\0')
                (void)printf("  > %s\n", show_text(row, "next"));
        }
    }
    return failed ? EXIT_STORE : some ? EXIT_SOME : EXIT_DONE;
}

static int run_in(struct session *session)
{
    const struct arguments *arguments = session->arguments;
    struct stick_list list = {.count = 0};
    json_t *rows = json_array();
    int folder = 0, waits = 1, moved = 1, rc = 0;

    if (arguments->count == 0)
        rc = session_refuse_code(arguments, "missing-option", "DOSSIER", arguments->spec->name);
    for (size_t i = 0; i < arguments->count && rc == 0; i++) {
        struct stat status;

        folder |= stat(arguments->words[i], &status) == 0 && S_ISDIR(status.st_mode);
        rc = stick_list_add(&list, arguments->words[i]);
        if (rc != 0)
            rc = say_failure(arguments, rc, arguments->words[i], 0);
    }
    for (unsigned round = 0; rc == 0 && waits && moved && round < ROUNDS_MAX; round++) {
        (void)json_array_clear(rows);
        rc = read_all(session, &list, folder, rows, &waits, &moved);
    }
    if (rc == 0 && json_array_size(rows) == 0)
        rc = session_refuse_code(arguments, "stick-no-file", arguments->words[0], NULL);
    else if (rc == 0 || json_array_size(rows) > 0) {
        int said = say_rows(arguments, rows);

        rc = rc != 0 ? rc : said;
    }
    json_decref(rows);
    stick_list_free(&list);
    return rc;
}

int sticks_run(struct session *session)
{
    return strcmp(session->arguments->spec->name, "stick out") == 0 ? run_out(session) : run_in(session);
}
