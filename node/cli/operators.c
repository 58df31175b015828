/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli/operators.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "node/cli/secret.h"
#include "node/cli/show.h"
#include "node/cli/table.h"

#define TEXT_SIZE 512u

static void say(const struct arguments *arguments, const char *code, const char *a, const char *b, const char *c)
{
    char text[TEXT_SIZE];

    message_text(arguments->language, code, a, b, c, text, sizeof text);
    (void)printf("%s\n", text);
}

/* " (MC)", or nothing. */
static const char *shown_of(const json_t *answer, char out[64])
{
    const char *shown = show_text(answer, "shown");

    (void)snprintf(out, 64, shown[0] != '\0' ? " (%s)" : "%s", shown);
    return out;
}

static void say_rule(const struct arguments *arguments, const json_t *answer)
{
    char word[64], what[192], idle[24];
    const char *need = show_text(answer, "need");

    (void)snprintf(word, sizeof word, "operator-need-%s", need);
    (void)snprintf(what, sizeof what, "%s%s%s", session_word(arguments, word), strcmp(need, "none") != 0 ? ", " : "",
                   strcmp(need, "none") == 0                                 ? ""
                   : json_is_true(json_object_get(answer, "refuse_unknown")) ? session_word(arguments, "operator-refuse")
                                                                             : session_word(arguments, "operator-record"));
    (void)snprintf(idle, sizeof idle, "%lld", ((long long)json_integer_value(json_object_get(answer, "idle_s")) + 59) / 60);
    say(arguments, "operator-rule-is", show_text(answer, "place"), what, idle);
}

static void show_list(const struct arguments *arguments, const json_t *answer)
{
    const char *headings[] = {session_word(arguments, "code"), session_word(arguments, "operator-shown"), "",
                              session_word(arguments, "operator-pin"), session_word(arguments, "operator-wait")};
    struct table table;
    size_t i;
    json_t *row;

    say_rule(arguments, answer);
    table_init(&table, 5, 0, headings);
    json_array_foreach(json_object_get(answer, "rows"), i, row)
    {
        char wait[24] = "";
        const char *standing = json_is_true(json_object_get(row, "ended"))  ? session_word(arguments, "operator-gone")
                               : json_is_true(json_object_get(row, "lead")) ? session_word(arguments, "operator-lead")
                                                                            : "";
        const char *values[] = {show_text(row, "operator"), show_text(row, "shown"), standing,
                                json_is_true(json_object_get(row, "pin")) ? "x" : "", wait};
        if (json_integer_value(json_object_get(row, "wait_s")) > 0)
            (void)snprintf(wait, sizeof wait, "%lld s", (long long)json_integer_value(json_object_get(row, "wait_s")));
        table_add(&table, values);
    }
    if (i > 0)
        table_print(&table);
    table_free(&table);
}

static void show_who(const struct arguments *arguments, const json_t *answer)
{
    char shown[64];

    if (show_text(answer, "operator")[0] != '\0')
        say(arguments, "operator-open", show_text(answer, "operator"), shown_of(answer, shown), NULL);
    else
        say(arguments, "operator-nobody", NULL, NULL, NULL);
    say_rule(arguments, answer);
}

static void show(const struct arguments *arguments, const json_t *answer)
{
    const char *request = arguments->spec->request, *code = show_text(answer, "operator");
    char shown[64];

    if (arguments->json)
        session_print(answer);
    else if (strcmp(request, "operator-list") == 0)
        show_list(arguments, answer);
    else if (strcmp(request, "operator") == 0)
        show_who(arguments, answer);
    else if (strcmp(request, "operator-open") == 0)
        say(arguments, "operator-open", code, shown_of(answer, shown), NULL);
    else if (strcmp(request, "operator-close") == 0)
        say(arguments, json_is_true(json_object_get(answer, "closed")) ? "operator-closed" : "operator-nobody", NULL, NULL, NULL);
    else if (strcmp(request, "operator-pin") == 0)
        say(arguments, "operator-pin-set", code, NULL, NULL);
    else if (strcmp(request, "operator-rename") == 0)
        say(arguments, "operator-renamed", code, show_text(answer, "shown"), NULL);
    else if (strcmp(request, "operator-end") == 0)
        say(arguments, "operator-is-ended", code, NULL, NULL);
    else {
        (void)printf("OK   %s%s\n", code, shown_of(answer, shown));
        say(arguments, "operator-badge", code, NULL, NULL);
    }
}

static json_t *request_of(struct session *session, const char *command, const char *code)
{
    json_t *request = session_request(session, command);

    if (code[0] != '\0')
        (void)json_object_set_new(request, "code", json_string(code));
    return request;
}

/* A new one, twice where people see nothing of what they type. NULL: it was said why not. */
static json_t *new_secret(struct session *session, struct lines *lines, const char *code, const char *needs)
{
    int is_phrase = strcmp(needs, "passphrase") == 0;
    json_t *again, *secret = secret_read(lines, session->arguments, is_phrase ? "prompt-new-passphrase" : "prompt-new-pin", code);

    if (secret == NULL)
        (void)session_refuse_code(session->arguments, "operator-no-secret", code, NULL);
    if (secret == NULL || !isatty(STDIN_FILENO))
        return secret;
    again = secret_read(lines, session->arguments, "prompt-again", code);
    if (again == NULL || !json_equal(secret, again)) {
        (void)session_refuse_code(session->arguments, "operator-differ", NULL, NULL);
        json_decref(secret);
        secret = NULL;
    }
    json_decref(again);
    return secret;
}

static int set_secret(struct session *session, struct lines *lines, const char *code, const char *needs, json_t **answer)
{
    json_t *request, *secret = new_secret(session, lines, code, needs), *current;
    const char *error;
    int rc;

    *answer = NULL;
    if (secret == NULL)
        return EXIT_USAGE;
    request = request_of(session, "operator-pin", code);
    (void)json_object_set(request, "secret", secret);
    rc = session_ask(session, request, answer);
    error = rc == 0 ? show_text(*answer, "error") : "";
    if (rc == 0 && strcmp(error, "operator-pin-whose") == 0) {
        current = secret_read(lines, session->arguments, "prompt-current", code);
        if (current != NULL) {
            json_decref(*answer);
            request = request_of(session, "operator-pin", code);
            (void)json_object_set(request, "secret", secret);
            (void)json_object_set_new(request, "current", current);
            rc = session_ask(session, request, answer);
        }
    }
    json_decref(secret);
    return rc;
}

/* What the place asks for, so that the right thing is prompted for. */
static int needs_of(struct session *session, char needs[16])
{
    json_t *answer;
    int rc = session_ask(session, session_request(session, "operator"), &answer);

    if (rc == 0)
        (void)snprintf(needs, 16, "%s", show_text(answer, "need"));
    json_decref(answer);
    return rc;
}

/* Says an answer; 0, or the exit code of a refusal. */
static int end(struct session *session, json_t *answer)
{
    int rc = session_is_ok(answer) ? 0 : session_refuse(session->arguments, answer);

    if (rc == 0)
        show(session->arguments, answer);
    json_decref(answer);
    return rc;
}

static int run_pin(struct session *session, struct lines *lines, const char *code)
{
    char needs[16];
    json_t *answer;
    int rc = needs_of(session, needs);

    if (rc == 0 && (strcmp(needs, "none") == 0 || strcmp(needs, "code") == 0))
        rc = session_ask(session, request_of(session, "operator-pin", code), &answer);
    else if (rc == 0)
        rc = set_secret(session, lines, code, needs, &answer);
    return rc != 0 ? rc : end(session, answer);
}

/* Whoever was added types a first PIN at once. */
static int first_secret(struct session *session, struct lines *lines, const json_t *added)
{
    json_t *answer;
    int rc = set_secret(session, lines, show_text(added, "operator"), show_text(added, "needs"), &answer);

    if (rc != 0)
        return rc;
    rc = session_is_ok(answer) ? 0 : session_refuse(session->arguments, answer);
    if (rc == 0 && !session->arguments->json)
        say(session->arguments, "operator-pin-set", show_text(added, "operator"), NULL, NULL);
    json_decref(answer);
    return rc;
}

int operators_run(struct session *session)
{
    const struct arguments *arguments = session->arguments;
    const char *code = arguments->count > 0 ? arguments->words[0] : "";
    int needed = arguments->spec->arguments[0] == 'C';
    struct lines lines;
    json_t *answer, *request;
    int rc;

    lines_open(&lines, STDIN_FILENO);
    if (arguments->count > (arguments->spec->arguments[0] != '\0'))
        return session_refuse_code(arguments, "surplus", arguments->words[arguments->count - 1], arguments->spec->name);
    if (needed && code[0] == '\0')
        return session_refuse_code(arguments, "missing-option", "CODE", arguments->spec->name);
    if (strcmp(arguments->spec->request, "operator-pin") == 0)
        return run_pin(session, &lines, code);
    request = request_of(session, arguments->spec->request, code);
    (void)json_object_update_missing(request, arguments->options);
    rc = session_ask(session, request, &answer);
    if (rc == 0 && strcmp(arguments->spec->request, "operator-open") == 0 && show_text(answer, "needs")[0] != '\0') {
        char needs[16];

        (void)snprintf(needs, sizeof needs, "%s", show_text(answer, "needs"));
        json_decref(answer);
        rc = secret_prove(session, &lines, code, needs, &answer);
    }
    if (rc != 0)
        return rc;
    json_incref(answer);
    rc = end(session, answer);
    if (rc == 0 && strcmp(arguments->spec->request, "operator-add") == 0 && show_text(answer, "needs")[0] != '\0')
        rc = first_secret(session, &lines, answer);
    json_decref(answer);
    return rc;
}

int operators_asks(const json_t *refusal)
{
    return spec_lists("operator-needed operator-idle operator-unproven", show_text(refusal, "error"));
}

int operators_badge(struct session *session, struct lines *lines)
{
    const char *line;
    char code[64], needs[16], text[TEXT_SIZE];
    json_t *answer;
    int rc, cut;

    message_text(session->arguments->language, "prompt-badge", NULL, NULL, NULL, text, sizeof text);
    if (isatty(STDIN_FILENO))
        (void)fprintf(stderr, "%s\n", text);
    line = lines_next(lines, &cut);
    if (line == NULL)
        return session_refuse_code(session->arguments, "operator-nobody", NULL, NULL);
    (void)snprintf(code, sizeof code, "%.63s", line);
    rc = session_ask(session, request_of(session, "operator-open", code), &answer);
    (void)snprintf(needs, sizeof needs, "%s", rc == 0 ? show_text(answer, "needs") : "");
    if (rc == 0 && needs[0] != '\0') {
        json_decref(answer);
        rc = secret_prove(session, lines, code, needs, &answer);
    }
    if (rc == 0 && !session_is_ok(answer))
        rc = session_refuse(session->arguments, answer);
    else if (rc == 0 && !session->arguments->json)
        (void)printf("OK   %s  %s\n", code, show_text(answer, "shown"));
    json_decref(answer);
    return rc;
}
