/* SPDX-License-Identifier: Apache-2.0 */
#include "server/command_stick.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "navette/control.h"
#include "navette/stick_file.h"
#include "navette/stick_list.h"
#include "server/alone.h"
#include "server/answer.h"
#include "server/command.h"
#include "server/print.h"

#define OWN_WORDS 2u   /* stick in */
#define ROUNDS_MAX 16u /* sticks that follow one from the other */

struct stick_reading {
    const struct options *options;
    struct control_client *client; /* of the hub that runs; NULL: */
    struct alone *alone;           /* its folder */
    struct stick_port port;
    json_t *rows;
    int folder; /* 1: one was given; what lies there on its way to others is passed over */
    int code;
};

static int stick_ask(void *context, const json_t *request, json_t **answer)
{
    struct stick_reading *reading = context;

    return reading->client ? control_client_ask(reading->client, request, -1, answer) : alone_ask(reading->alone, request, answer);
}

static int stick_say(struct stick_reading *reading, const char *code, const char *a, const char *b, int exit_code)
{
    json_t *lang = json_pack("{s:s}", "lang", reading->port.language);
    json_t *answer = answer_error(lang, code, a, b, NULL);

    json_decref(lang);
    if (a)
        (void)json_object_set_new(answer, "path", json_string(a));
    (void)json_array_append_new(reading->rows, answer);
    reading->code = exit_code;
    return exit_code;
}

static void stick_failed(struct stick_reading *reading, int rc, const char *path)
{
    switch (rc) {
    case NAVETTE_E_SYSTEM:
        (void)stick_say(reading, "stick-cannot-read", path, strerror(errno), COMMAND_FAILED);
        break;
    case NAVETTE_E_NOT_FOUND:
        (void)stick_say(reading, "stick-no-file", path, NULL, COMMAND_REFUSED);
        break;
    case NAVETTE_E_INVALID:
        (void)stick_say(reading, "stick-not-one", path, NULL, COMMAND_DAMAGED);
        break;
    case NAVETTE_E_TRUNCATED:
        (void)stick_say(reading, "stick-damaged", path, NULL, COMMAND_DAMAGED);
        break;
    case NAVETTE_E_CLOSED:
        (void)stick_say(reading, "hub-gone", NULL, NULL, COMMAND_AWAY);
        break;
    default:
        (void)stick_say(reading, "hub-failed", error_text(rc), NULL, COMMAND_FAILED);
    }
}

/* ---- the answer, beside the stick's own file */

static int stick_where(const struct stick_reading *reading, const char *path, const char *place, char out[STICK_PATH_SIZE])
{
    char copy[PATH_MAX];

    (void)snprintf(copy, sizeof(copy), "%s", path);
    return stick_file_name(options_get(reading->options, OPTION_OUT, dirname(copy)), "navette-retour-", place, out);
}

static void stick_answer(struct stick_reading *reading, const char *path, json_t *row)
{
    json_t *request =
        json_pack("{s:s, s:O, s:s}", "command", "stick-answer", "stick", json_object_get(row, "stick"), "lang", reading->port.language);
    char out[STICK_PATH_SIZE] = "";
    json_t *opened = NULL;
    json_t *refusal = NULL;
    uint64_t bytes = 0;
    int rc = request ? stick_ask(reading, request, &opened) : NAVETTE_E_MEMORY;

    json_decref(request);
    if (!rc && !json_is_true(json_object_get(opened, "ok"))) {
        refusal = json_incref(opened);
        rc = NAVETTE_E_REFUSED;
    }
    if (!rc)
        rc = stick_where(reading, path, answer_field(opened, "place"), out);
    if (!rc)
        rc = stick_file_write(&reading->port, opened, out, &bytes, &refusal);
    if (!rc) {
        (void)json_object_set_new(row, "answer", json_string(out));
        (void)json_object_set_new(row, "answer_bytes", json_integer((json_int_t)bytes));
    } else if (refusal) {
        (void)json_array_append(reading->rows, refusal);
        reading->code = COMMAND_FAILED;
    } else {
        (void)stick_say(reading, "hub-stick-answer-lost", out, rc == NAVETTE_E_SYSTEM ? strerror(errno) : error_text(rc), COMMAND_FAILED);
    }
    json_decref(refusal);
    json_decref(opened);
}

/* One file. *waits: something on it follows from what another may bring; *moved: something was taken. */
static void stick_file(struct stick_reading *reading, const char *path, int *waits, int *moved)
{
    json_t *found = json_array();
    json_t *row;
    size_t i;
    int rc = stick_file_read(&reading->port, path, found);

    json_array_foreach(found, i, row)
    {
        if (reading->folder && answer_field(row, "error") && strcmp(answer_field(row, "error"), "stick-not-for-us") == 0)
            continue;
        (void)json_object_set_new(row, "path", json_string(path));
        (void)json_array_append(reading->rows, row);
        *moved |= json_integer_value(json_object_get(row, "taken")) > 0;
        if (!json_is_true(json_object_get(row, "ok"))) {
            reading->code = reading->code ? reading->code : COMMAND_REFUSED;
            continue;
        }
        if (!json_is_true(json_object_get(row, "whole"))) {
            reading->code = reading->code ? reading->code : COMMAND_DAMAGED;
            *waits = 1;
        }
        stick_answer(reading, path, row);
        (void)json_object_del(row, "stick");
    }
    json_decref(found);
    if (rc)
        stick_failed(reading, rc, path);
}

static void stick_print(const struct stick_reading *reading)
{
    char bytes[24];
    char text[STICK_PATH_SIZE + 128];
    json_t *row;
    size_t i;

    if (reading->options->values[OPTION_JSON]) {
        json_array_foreach(reading->rows, i, row)
        {
            (void)json_dumpf(row, stdout, JSON_COMPACT);
            (void)fputc('\n', stdout);
        }
        return;
    }
    json_array_foreach(reading->rows, i, row)
    {
        print_refusal(json_is_true(json_object_get(row, "ok")) ? stdout : stderr, row);
        if (!answer_field(row, "answer"))
            continue;
        (void)snprintf(bytes, sizeof(bytes), "%lld", (long long)json_integer_value(json_object_get(row, "answer_bytes")));
        message_text(reading->options->language, "hub-stick-answer", answer_field(row, "answer"), bytes, NULL, text, sizeof(text));
        (void)printf("%s\n", text);
    }
}

/* Sticks come in any order: they are gone through again as long as one waits and another has brought something. */
static void stick_all(struct stick_reading *reading, const struct stick_list *list)
{
    int waits = 1;
    int moved = 1;

    for (unsigned round = 0; waits && moved && round < ROUNDS_MAX; round++) {
        waits = moved = 0;
        reading->code = COMMAND_OK;
        (void)json_array_clear(reading->rows);
        for (size_t i = 0; i < list->count; i++)
            stick_file(reading, list->paths[i], &waits, &moved);
    }
}

static int stick_connect(struct stick_reading *reading)
{
    int rc = control_client_open(reading->options->control, &reading->client);

    return rc == NAVETTE_E_NOT_FOUND ? alone_open(reading->options, &reading->alone) : rc;
}

int command_stick_run(const struct options *options)
{
    struct stick_reading reading = {.options = options, .rows = json_array()};
    struct stick_list list = {.count = 0};
    int rc = 0;

    reading.port = (struct stick_port){stick_ask, &reading, options->language == MESSAGE_EN ? "en" : "fr"};
    for (size_t i = OWN_WORDS; i < options->word_count && !rc; i++) {
        struct stat status;

        reading.folder |= stat(options->words[i], &status) == 0 && S_ISDIR(status.st_mode);
        rc = stick_list_add(&list, options->words[i]);
        if (rc)
            stick_failed(&reading, rc, options->words[i]);
    }
    if (!rc) {
        rc = stick_connect(&reading);
        if (rc)
            reading.code = command_explain(options, rc == NAVETTE_E_REFUSED ? NAVETTE_E_REFUSED : rc);
    }
    if (!rc)
        stick_all(&reading, &list);
    if (!rc && json_array_size(reading.rows) == 0)
        (void)stick_say(&reading, "stick-no-file", options->words[OWN_WORDS], NULL, COMMAND_REFUSED);
    stick_print(&reading);
    if (reading.client)
        control_client_close(reading.client);
    alone_close(reading.alone);
    stick_list_free(&list);
    json_decref(reading.rows);
    return fflush(stdout) ? COMMAND_FAILED : reading.code;
}
