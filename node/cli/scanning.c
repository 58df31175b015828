/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli/scanning.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "node/cli/lines.h"
#include "node/cli/operators.h"
#include "node/cli/secret.h"
#include "node/cli/table.h"

/* What a run of scans came to. */
struct tally {
    unsigned recorded, refused, already;
    int exit;
};

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text != NULL ? text : "";
}

static void say_notes(const json_t *answer)
{
    size_t i;
    json_t *note;

    json_array_foreach(json_object_get(answer, "notes"), i, note)
    {
        (void)printf("       %s\n", text_of(note, "text"));
    }
}

static void say_scan(const struct arguments *arguments, const char *typed, const json_t *answer)
{
    int ok = session_is_ok(answer), already = strcmp(text_of(answer, "result"), "already-read") == 0;

    if (arguments->json) {
        session_print(answer);
        return;
    }
    if (ok && already)
        (void)printf("..   %s  %s\n", text_of(answer, "barcode"), text_of(answer, "text"));
    else if (ok)
        (void)printf("OK   %s%s%s\n", text_of(answer, "barcode"), text_of(answer, "title")[0] != '\0' ? "  " : "",
                     text_of(answer, "title"));
    else
        (void)printf("%s  %s  %s\n", arguments->language == MESSAGE_EN ? "NO " : "NON", typed + strspn(typed, " "),
                     text_of(answer, "text"));
    if (ok)
        say_notes(answer);
    else if (text_of(answer, "next")[0] != '\0')
        (void)printf("     > %s\n", text_of(answer, "next"));
    (void)fflush(stdout);
}

/* What can't even be asked: not a text, too long a line. */
static json_t *malformed(const struct arguments *arguments, const char *shown)
{
    char text[512], next[512];

    message_text(arguments->language, "malformed-line", shown, NULL, NULL, text, sizeof text);
    message_next(arguments->language, "malformed-line", shown, NULL, NULL, next, sizeof next);
    return json_pack("{s:b, s:s, s:s, s:s}", "ok", 0, "error", "malformed-line", "text", text, "next", next);
}

/* A badge among the scans: its PIN is the next line, where one is wanted. Takes the answer's reference. 0: go on, also when it was the wrong one. */
static int take_badge(struct session *session, json_t *answer, struct lines *lines)
{
    const char *needs = text_of(answer, "needs");
    json_t *opened = NULL;
    int rc = 0;

    if (needs[0] != '\0') {
        rc = secret_prove(session, lines, text_of(answer, "operator"), needs, &opened);
        if (rc == 0 && !session->arguments->json && !session_is_ok(opened))
            (void)printf("%s  %s  %s\n     > %s\n", session->arguments->language == MESSAGE_EN ? "NO " : "NON", text_of(answer, "operator"),
                         text_of(opened, "text"), text_of(opened, "next"));
    }
    if (rc == 0 && session->arguments->json)
        session_print(opened != NULL ? opened : answer);
    else if (rc == 0 && (opened == NULL || session_is_ok(opened)))
        (void)printf("OK   %s  %s\n", text_of(answer, "operator"), text_of(answer, "shown"));
    (void)fflush(stdout);
    json_decref(opened);
    json_decref(answer);
    return rc;
}

/* 0: go on. */
static int scan(struct session *session, const char *operation, const char *typed, int cut, struct lines *lines, struct tally *tally)
{
    json_t *answer = NULL, *barcode = cut ? NULL : json_string(typed);
    const char *error;
    int rc = 0;

    if (barcode == NULL) {
        answer = malformed(session->arguments, "?");
    } else {
        json_t *request = session_request(session, "scan");
        (void)json_object_set_new(request, "operation", json_string(operation));
        (void)json_object_set_new(request, "barcode", barcode);
        rc = session_ask(session, request, &answer);
    }
    if (rc != 0)
        return rc;
    if (strcmp(text_of(answer, "result"), "operator") == 0)
        return take_badge(session, answer, lines);
    (void)json_object_set_new(answer, "typed", json_string(barcode != NULL ? typed : ""));
    say_scan(session->arguments, barcode != NULL ? typed : "?", answer);
    error = text_of(answer, "error");
    if (!session_is_ok(answer))
        tally->refused++;
    else if (strcmp(text_of(answer, "result"), "already-read") == 0)
        tally->already++;
    else
        tally->recorded++;
    /* an operation that is gone, a disk that fails: no further scan can do better */
    if (strcmp(error, "store-failed") == 0 || strcmp(error, "no-such-operation") == 0 || strcmp(error, "operation-in-use") == 0)
        rc = exits_of(error);
    else if (strcmp(error, "store-full") == 0)
        tally->exit = EXIT_STORE;
    json_decref(answer);
    return rc;
}

static int feed(struct session *session, const char *operation, const char **words, size_t count, struct lines *lines, struct tally *tally)
{
    const char *line;
    int rc = 0, cut;

    for (size_t i = 0; i < count && rc == 0; i++)
        rc = scan(session, operation, words[i], 0, lines, tally);
    if (count > 0)
        return rc;
    if (isatty(STDIN_FILENO) && !session->arguments->json)
        (void)fprintf(stderr, "%s\n",
                      session->arguments->language == MESSAGE_EN ? "Scan the barcodes; Ctrl-D to end."
                                                                 : "Lisez les codes-barres ; Ctrl-D pour terminer.");
    while (rc == 0 && (line = lines_next(lines, &cut)) != NULL)
        rc = scan(session, operation, line, cut, lines, tally);
    return rc;
}

static void say_closed(const struct arguments *arguments, const json_t *answer, const struct tally *tally)
{
    long long unseen = json_integer_value(json_object_get(answer, "unseen"));

    if (arguments->json) {
        json_t *summary = json_copy((json_t *)(uintptr_t)answer);
        (void)json_object_set_new(summary, "summary", json_true());
        (void)json_object_set_new(summary, "already_read", json_integer((json_int_t)tally->already));
        session_print(summary);
        json_decref(summary);
        return;
    }
    (void)printf("%s - %s : %lld, %s : %lld\n", text_of(answer, "label"), session_word(arguments, "recorded-scans"),
                 json_integer_value(json_object_get(answer, "recorded")), session_word(arguments, "refused-scans"),
                 json_integer_value(json_object_get(answer, "refused")));
    if (tally->recorded > 0 && spec_lists("dispatch collect", text_of(answer, "verb")))
        (void)printf("%s : %s\n", session_word(arguments, "slip"), text_of(json_object_get(answer, "options"), "slip"));
    if (json_object_get(answer, "unseen") != NULL)
        (void)printf(arguments->language == MESSAGE_EN ? "Expected here and not seen: %lld%s\n" : "Attendus ici et non vus : %lld%s\n",
                     unseen,
                     unseen == 0 || json_is_true(json_object_get(json_object_get(answer, "options"), "complete")) ? ""
                     : arguments->language == MESSAGE_EN ? " (--complete declares them missing)"
                                                         : " (--complete les déclare manquants)");
}

static int close_operation(struct session *session, const char *operation, const struct tally *tally)
{
    json_t *answer, *request = session_request(session, "close");
    json_t *complete = json_object_get(session->arguments->options, "complete");
    int rc;

    (void)json_object_set_new(request, "operation", json_string(operation));
    if (complete != NULL)
        (void)json_object_set(request, "complete", complete);
    rc = session_ask(session, request, &answer);
    if (rc != 0)
        return rc;
    if (session_is_ok(answer))
        say_closed(session->arguments, answer, tally);
    else
        rc = session_refuse(session->arguments, answer);
    json_decref(answer);
    return rc;
}

static void say_left_open(const struct arguments *arguments, const json_t *answer)
{
    size_t i;
    json_t *row;

    if (arguments->json)
        return;
    json_array_foreach(json_object_get(answer, "left_open"), i, row)
    {
        (void)fprintf(stderr, "%s\n  > %s\n", text_of(row, "text"), text_of(row, "next"));
    }
}

/* The answer to begin or resume in hand: scans, then the end. */
static int go_on(struct session *session, const json_t *begun, const char **words, size_t count, struct lines *lines)
{
    struct tally tally = {.exit = 0};
    char operation[32];
    int rc;

    (void)snprintf(operation, sizeof operation, "%s", text_of(begun, "operation"));
    rc = feed(session, operation, words, count, lines, &tally);
    if (rc != 0)
        return rc;
    rc = close_operation(session, operation, &tally);
    if (rc != 0)
        return rc;
    return tally.exit != 0 ? tally.exit : tally.refused > 0 ? EXIT_SOME : 0;
}

/* What only concerns this program is not kept with the operation. */
static json_t *own_options(const struct arguments *arguments)
{
    json_t *options = json_copy(arguments->options);
    const struct spec_option *option;

    for (size_t i = 0; (option = spec_option_at(i)) != NULL; i++)
        if (spec_is_global(option))
            (void)json_object_del(options, option->field);
    return options;
}

/* Where the place wants to know who works, and scans come one a line, the first one is a badge. Takes the request's reference. */
static int begin(struct session *session, json_t *request, int by_line, struct lines *lines, json_t **answer)
{
    int rc = session_ask(session, json_incref(request), answer);

    if (rc == 0 && by_line && !session_is_ok(*answer) && operators_asks(*answer)) {
        json_decref(*answer);
        rc = operators_badge(session, lines);
        if (rc == 0)
            rc = session_ask(session, json_incref(request), answer);
    }
    json_decref(request);
    return rc;
}

int scanning_run(struct session *session)
{
    const struct arguments *arguments = session->arguments;
    json_t *request = session_request(session, "begin"), *answer, *options = own_options(arguments);
    int contained = arguments->spec->run == RUN_CONTAINER;
    struct lines lines;
    int rc;

    if (contained && arguments->count == 0) {
        json_decref(request);
        json_decref(options);
        return session_refuse_code(
            arguments, "missing-option",
            session_word(arguments,
                         strcmp(arguments->spec->name, "load") == 0 || strcmp(arguments->spec->name, "unload") == 0 ? "CAISSE" : "SAC"),
            arguments->spec->name);
    }
    if (contained)
        (void)json_object_set_new(options, "container", json_string(arguments->words[0]));
    (void)json_object_set_new(request, "verb", json_string(arguments->spec->request));
    (void)json_object_set_new(request, "options", options);
    lines_open(&lines, STDIN_FILENO);
    rc = begin(session, request, arguments->count == (size_t)contained, &lines, &answer);
    if (rc != 0)
        return rc;
    if (session_is_ok(answer)) {
        say_left_open(arguments, answer);
        rc = go_on(session, answer, arguments->words + contained, arguments->count - (size_t)contained, &lines);
    } else {
        rc = session_refuse(arguments, answer);
    }
    json_decref(answer);
    return rc;
}

static int resume(struct session *session, const char *operation)
{
    json_t *answer, *request = session_request(session, "resume");
    struct lines lines;
    int rc;

    (void)json_object_set_new(request, "operation", json_string(operation));
    rc = session_ask(session, request, &answer);
    if (rc != 0)
        return rc;
    lines_open(&lines, STDIN_FILENO);
    rc = session_is_ok(answer) ? go_on(session, answer, NULL, 0, &lines) : session_refuse(session->arguments, answer);
    json_decref(answer);
    return rc;
}

static void list(const struct arguments *arguments, const json_t *rows)
{
    const char *headings[] = {session_word(arguments, "code"),      session_word(arguments, "operation"),
                              session_word(arguments, "container"), session_word(arguments, "place"),
                              session_word(arguments, "since"),     session_word(arguments, "recorded-scans")};
    char text[512];
    struct table table;
    size_t i;
    json_t *row;

    if (json_array_size(rows) == 0) {
        message_text(arguments->language, "no-operations", NULL, NULL, NULL, text, sizeof text);
        (void)printf("%s\n", text);
        return;
    }
    table_init(&table, 6, 1u << 5, headings);
    json_array_foreach(rows, i, row)
    {
        char recorded[32], since[17];
        (void)snprintf(recorded, sizeof recorded, "%lld", json_integer_value(json_object_get(row, "recorded")));
        (void)snprintf(since, sizeof since, "%.10s %.5s", text_of(row, "started"),
                       strlen(text_of(row, "started")) > 16 ? text_of(row, "started") + 11 : "");
        const char *values[] = {text_of(row, "operation"),
                                text_of(row, "label"),
                                text_of(json_object_get(row, "container"), "id"),
                                text_of(row, "place"),
                                since,
                                recorded};
        table_add(&table, values);
    }
    table_print(&table);
    table_free(&table);
}

int scanning_operations(struct session *session)
{
    const struct arguments *arguments = session->arguments;
    const char *what = arguments->count > 0 ? arguments->words[0] : "";
    struct tally tally = {.exit = 0};
    json_t *answer;
    int rc;

    if (arguments->count == 2 && strcmp(what, "resume") == 0)
        return resume(session, arguments->words[1]);
    if (arguments->count == 2 && strcmp(what, "close") == 0)
        return close_operation(session, arguments->words[1], &tally);
    if (arguments->count != 0)
        return session_refuse_code(arguments, "usage", what, NULL);
    rc = session_ask(session, session_request(session, "operations"), &answer);
    if (rc != 0)
        return rc;
    if (!session_is_ok(answer))
        rc = session_refuse(arguments, answer);
    else if (arguments->json)
        session_print(answer);
    else
        list(arguments, json_object_get(answer, "rows"));
    json_decref(answer);
    return rc;
}
