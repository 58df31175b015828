/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli/perform.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "io/figure_request.h"
#include "navette/recovery.h"
#include "navette/stick_file.h"
#include "node/cli/help.h"
#include "node/cli/show.h"

#define SYNC_WAIT_S 10
#define INVITATION_LINE 4096u
#define FETCH_TURNS 12u /* three seconds: a line's round trip, and the hub's turn */
#define FETCH_PAUSE_NS 250000000
#define TEXT_SIZE 1024u

/* The next word of a space-separated list; 0 at the end. */
static int next_word(const char **list, char out[64])
{
    size_t len = strcspn(*list, " ");

    (void)snprintf(out, 64, "%.*s", (int)len, *list);
    *list += len + (len > 0 && (*list)[len] == ' ');
    return len > 0;
}

/* "SAC SCELLE": both needed. "[CODE]": none. */
static size_t needed_words(const char *arguments)
{
    size_t count = 0;

    for (const char *p = arguments; *p != '\0' && *p != '[';) {
        count++;
        p += strcspn(p, " ");
        p += *p == ' ';
    }
    return count;
}

static int put_words(const struct arguments *arguments, json_t *request)
{
    const char *fields = arguments->spec->positions;
    char field[64], usage[128];
    size_t i = 0;

    while (i < arguments->count && next_word(&fields, field))
        if (json_object_set_new(request, field, json_string(arguments->words[i++])) != 0)
            return session_refuse_code(arguments, "usage", "UTF-8", NULL);
    if (i < arguments->count)
        return session_refuse_code(arguments, "surplus", arguments->words[i], arguments->spec->name);
    if (i < needed_words(arguments->spec->arguments))
        return session_refuse_code(arguments, "missing-option", help_words(arguments, arguments->spec->arguments, usage),
                                   arguments->spec->name);
    return 0;
}

/* An invitation as a file: "hub = ENDPOINT", "code = CODE" and "grant = ..." lines; other lines are for people. A code that was typed stands. */
static int read_invitation(const struct arguments *arguments, const char *path, json_t *request)
{
    static const char *const fields[] = {"code", "hub", "grant"};
    FILE *file = fopen(path, "r");
    char line[INVITATION_LINE], value[INVITATION_LINE];

    if (file == NULL)
        return session_refuse_code(arguments, "cannot-read", path, NULL);
    while (fgets(line, sizeof line, file) != NULL)
        for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
            const char *rest = line + strspn(line, " ");
            size_t len = strlen(fields[i]);
            if (strncmp(rest, fields[i], len) != 0 || strchr(" =:", rest[len]) == NULL || json_object_get(request, fields[i]) != NULL)
                continue;
            rest += len;
            rest += strspn(rest, " =:");
            (void)snprintf(value, sizeof value, "%.*s", (int)strcspn(rest, " \r\n"), rest);
            (void)json_object_set_new(request, fields[i], json_string(value));
        }
    (void)fclose(file);
    return 0;
}

/* "keys = ...", as navette-hub wrote it. */
static int read_hub_keys(const struct arguments *arguments, json_t *request)
{
    char path[STICK_PATH_SIZE], line[INVITATION_LINE];
    FILE *file;

    (void)snprintf(path, sizeof path, "%s", arguments->count > 0 ? arguments->words[0] : "");
    file = fopen(path, "r");
    if (file == NULL)
        return session_refuse_code(arguments, "cannot-read", path, NULL);
    while (fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "keys = ", 7) == 0) {
            line[strcspn(line, "\r\n")] = '\0';
            (void)json_object_set_new(request, "keys", json_string(line + 7));
        }
    (void)fclose(file);
    return 0;
}

/* The file's text goes to the daemon over the local socket, and nowhere else. */
static int read_recovery(const struct arguments *arguments, const char *path, json_t *request)
{
    char text[RECOVERY_FILE_MOST / 8];
    FILE *file = path[0] != '\0' ? fopen(path, "r") : NULL;
    size_t len;

    if (path[0] == '\0')
        return session_refuse_code(arguments, "missing-option", "--key", "recover");
    if (file == NULL)
        return session_refuse_code(arguments, "cannot-read", path, NULL);
    len = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    text[len] = '\0';
    if (json_object_set_new(request, "key", json_string(text)) != 0)
        len = 0; /* not text: no key in it */
    sodium_memzero(text, sizeof text);
    return len == 0 ? session_refuse_code(arguments, "recover-no-key", NULL, NULL) : 0;
}

static void rename_field(json_t *request, const char *from, const char *to)
{
    json_t *value = json_object_get(request, from);

    if (value == NULL)
        return;
    (void)json_object_set(request, to, value);
    (void)json_object_del(request, from);
}

/* What a word means to one command only. */
static int adapt(const struct arguments *arguments, json_t *request)
{
    const char *name = arguments->spec->name, *file = arguments_text(arguments, "file");

    if (strcmp(name, "init") == 0)
        rename_field(request, "place", "init_place");
    else if (strcmp(name, "orders") == 0 || strcmp(name, "picklist") == 0 || strcmp(name, "ils") == 0)
        rename_field(request, "place", "of");
    else if (strcmp(name, "handovers") == 0 || strcmp(name, "count list") == 0 || strcmp(name, "stock") == 0 ||
             (strcmp(name, "explain") == 0 && figure_request_is(request)))
        rename_field(request, "place", "of");
    else if ((strcmp(name, "sync") == 0 || strcmp(name, "compare") == 0) && json_object_get(request, "wait") == NULL)
        (void)json_object_set_new(request, "wait", json_integer(SYNC_WAIT_S));
    else if (strcmp(name, "explain") == 0 && json_object_get(request, "barcode") == NULL &&
             !json_is_true(json_object_get(request, "of_count")))
        return session_refuse_code(arguments, "missing-option", "CODE", name);
    else if (strcmp(name, "recover") == 0)
        return read_recovery(arguments, arguments_text(arguments, "key"), request);
    else if (strcmp(name, "hub-keys") == 0)
        return read_hub_keys(arguments, request);
    else if (strcmp(name, "enrol") == 0 && file[0] != '\0')
        return read_invitation(arguments, file, request);
    return 0;
}

/* What the hub is asked for is there in a moment, as a rule: the same request again, a few times. */
static int ask_until_there(struct session *session, json_t *request, json_t **answer)
{
    const struct timespec pause = {.tv_nsec = FETCH_PAUSE_NS};
    const char *error = "pruned-asked";
    int rc = 0;

    for (unsigned i = 0; rc == 0 && strcmp(error, "pruned-asked") == 0 && i < FETCH_TURNS; i++) {
        if (i > 0) {
            json_decref(*answer);
            (void)nanosleep(&pause, NULL);
        }
        rc = session_ask(session, json_incref(request), answer);
        error = rc == 0 ? json_string_value(json_object_get(*answer, "error")) : "";
        error = error != NULL ? error : "";
    }
    json_decref(request);
    return rc;
}

/* A large journal is pruned in several requests, so that others are served meanwhile: one answer for all. */
static int ask_prune(struct session *session, json_t *request, json_t **answer)
{
    const struct arguments *arguments = session->arguments;
    json_int_t pruned = 0, bytes = 0, looked = 0;
    char number[32], mb[MESSAGE_NUMBER_SIZE], text[TEXT_SIZE];
    int more = 1, rc = 0;

    while (rc == 0 && more) {
        rc = session_ask(session, json_incref(request), answer);
        more = rc == 0 && json_is_true(json_object_get(*answer, "more"));
        pruned += rc == 0 ? json_integer_value(json_object_get(*answer, "pruned")) : 0;
        bytes += rc == 0 ? json_integer_value(json_object_get(*answer, "bytes")) : 0;
        looked += rc == 0 ? json_integer_value(json_object_get(*answer, "looked")) : 0;
        if (more) {
            (void)json_object_set(request, "from", json_object_get(*answer, "from"));
            json_decref(*answer);
        }
    }
    json_decref(request);
    if (rc != 0 || !session_is_ok(*answer))
        return rc;
    (void)snprintf(number, sizeof number, "%lld", (long long)pruned);
    (void)message_decimal(arguments->language, (double)bytes / 1048576.0, mb);
    const char *code = json_is_true(json_object_get(arguments->options, "dry_run")) ? "prune-dry" : "prune-done";
    message_text(arguments->language, code, number, mb, NULL, text, sizeof text);
    (void)json_object_set_new(*answer, "text", json_string(text));
    message_next(arguments->language, code, number, mb, NULL, text, sizeof text);
    (void)json_object_set_new(*answer, "next", json_string(text));
    (void)json_object_set_new(*answer, "pruned", json_integer(pruned));
    (void)json_object_set_new(*answer, "bytes", json_integer(bytes));
    (void)json_object_set_new(*answer, "looked", json_integer(looked));
    return 0;
}

int perform_run(struct session *session)
{
    const struct arguments *arguments = session->arguments;
    json_t *request = session_request(session, arguments->spec->request), *answer;
    int rc = json_object_update_missing(request, arguments->options) == 0 ? 0 : EXIT_STORE;

    if (rc == 0)
        rc = put_words(arguments, request);
    if (rc == 0)
        rc = adapt(arguments, request);
    if (rc != 0) {
        json_decref(request);
        return rc;
    }
    /* "lang" and "json" of the options are this program's own */
    (void)json_object_set_new(request, "lang", json_string(arguments->language == MESSAGE_EN ? "en" : "fr"));
    rc = strcmp(arguments->spec->name, "prune") == 0 ? ask_prune(session, request, &answer) : ask_until_there(session, request, &answer);
    if (rc != 0)
        return rc;
    if (!session_is_ok(answer) && json_object_get(answer, "link") == NULL) {
        rc = session_refuse(arguments, answer);
    } else {
        const char *error = json_string_value(json_object_get(answer, "error"));
        if (arguments->json)
            session_print(answer);
        else
            show_answer(arguments, answer);
        rc = session_is_ok(answer) ? 0 : exits_of(error != NULL ? error : "");
    }
    json_decref(answer);
    return rc;
}
