/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli/arguments.h"

#include <errno.h>
#include <popt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/cli/exits.h"

#define OPTIONS_MAX 64u
#define DEFAULT_FOLDER "/var/lib/navette-node"

static const struct spec_option *named(const char *word, size_t len)
{
    const struct spec_option *option;

    for (size_t i = 0; (option = spec_option_at(i)) != NULL; i++)
        if (strlen(spec_typed(option)) == len && strncmp(spec_typed(option), word, len) == 0)
            return option;
    return NULL;
}

/* The command is looked for before options are read, since it says which there are. */
static void find_command(int argc, char **argv, struct arguments *arguments, size_t *first, size_t *second)
{
    const char *words[2] = {NULL, NULL};
    size_t at[2] = {0, 0}, count = 0, used = 0;

    for (int i = 1; i < argc && count < 2; i++) {
        const char *word = argv[i];
        if (strncmp(word, "--", 2) == 0) {
            size_t len = strcspn(word + 2, "=");
            const struct spec_option *option = named(word + 2, len);
            if (option != NULL && option->form != SPEC_FLAG && word[2 + len] == '\0')
                i++;
            continue;
        }
        at[count] = (size_t)i;
        words[count++] = word;
    }
    arguments->spec = spec_find(words, count, &used);
    *first = at[0];
    *second = arguments->spec != NULL && used == 2 ? at[1] : 0;
}

static int fail(const struct arguments *arguments, const char *code, const char *what, const char *value, const char *wanted)
{
    char text[512], next[256];

    message_text(arguments->language, code, what, value, wanted, text, sizeof text);
    message_next(arguments->language, code, what, value, wanted, next, sizeof next);
    if (arguments->json) {
        json_t *refusal = json_pack("{s:b, s:s, s:s, s:s}", "ok", 0, "error", code, "text", text, "next", next);
        (void)json_dumpf(refusal, stdout, JSON_COMPACT);
        (void)putchar('\n');
        json_decref(refusal);
    } else {
        (void)fprintf(stderr, "navette: %s\n  > %s\n", text, next);
    }
    return EXIT_USAGE;
}

/* Of a command that has no past, or only one of its two questions: said so, not "no such option". */
static const char *refusal_of(const struct arguments *arguments, const char *typed)
{
    int is_at = strncmp(typed, "--at", 4) == 0 && (typed[4] == '\0' || typed[4] == '=');
    int is_known = strncmp(typed, "--known", 7) == 0 && (typed[7] == '\0' || typed[7] == '=');

    if (arguments->spec == NULL)
        return "usage";
    if (is_at && spec_lists(arguments->spec->options, "known"))
        return "no-at";
    return is_at || is_known ? "no-past" : "surplus";
}

static int refuse_option(const struct arguments *arguments, const char *typed)
{
    const char *code = refusal_of(arguments, typed);
    const char *name = arguments->spec != NULL ? arguments->spec->name : NULL;
    int is_past = strcmp(code, "no-past") == 0 || strcmp(code, "no-at") == 0;

    return fail(arguments, code, is_past ? name : typed, is_past ? typed : name, NULL);
}

static int put_pool(struct arguments *arguments, const char *field, const char *value)
{
    const char *sign = strrchr(value, '=');
    json_t *list = json_object_get(arguments->options, field);
    char *end = NULL;
    long count = sign != NULL ? strtol(sign + 1, &end, 10) : -1;

    if (sign == NULL || sign == value || end == sign + 1 || *end != '\0' || count < 0 || count > 1000000)
        return EXIT_USAGE;
    if (list == NULL) {
        list = json_array();
        (void)json_object_set_new(arguments->options, field, list);
    }
    (void)json_array_append_new(list, json_pack("{s:s%, s:i}", "kind", value, (size_t)(sign - value), "count", (int)count));
    return 0;
}

static int put(struct arguments *arguments, const struct spec_option *option, const char *value)
{
    json_t *list;
    char *end;
    long number;

    switch (option->form) {
    case SPEC_FLAG:
        (void)json_object_set_new(arguments->options, option->field, json_true());
        return 0;
    case SPEC_TEXT:
        return json_object_set_new(arguments->options, option->field, json_string(value)) == 0 ? 0 : EXIT_USAGE;
    case SPEC_NUMBER:
        errno = 0;
        number = strtol(value, &end, 10);
        if (errno != 0 || end == value || *end != '\0' || number < 0 || number > 1000000000)
            return EXIT_USAGE;
        (void)json_object_set_new(arguments->options, option->field, json_integer(number));
        return 0;
    case SPEC_LIST:
        list = json_object_get(arguments->options, option->field);
        if (list == NULL) {
            list = json_array();
            (void)json_object_set_new(arguments->options, option->field, list);
        }
        return json_array_append_new(list, json_string(value)) == 0 ? 0 : EXIT_USAGE;
    case SPEC_POOLS:
        return put_pool(arguments, option->field, value);
    }
    return EXIT_USAGE;
}

static size_t make_table(const struct arguments *arguments, struct poptOption *table)
{
    const struct spec_option *option;
    size_t count = 0;

    for (size_t i = 0; (option = spec_option_at(i)) != NULL && count + 1 < OPTIONS_MAX; i++) {
        if (!spec_is_global(option) && (arguments->spec == NULL || !spec_lists(arguments->spec->options, option->name)))
            continue;
        table[count] = (struct poptOption){.longName = spec_typed(option), .val = (int)i + 1};
        table[count].argInfo = option->form == SPEC_FLAG ? POPT_ARG_NONE : POPT_ARG_STRING;
        count++;
    }
    table[count] = (struct poptOption){.longName = NULL};
    return count;
}

static int read_options(struct arguments *arguments, poptContext context)
{
    int rc;

    while ((rc = poptGetNextOpt(context)) > 0) {
        const struct spec_option *option = spec_option_at((size_t)rc - 1);
        char *value = poptGetOptArg(context);
        int failed = put(arguments, option, value);
        if (failed != 0) {
            char what[256];
            (void)snprintf(what, sizeof what, "--%s", spec_typed(option));
            failed = fail(arguments, "bad-option", what, value != NULL ? value : "",
                          option->form == SPEC_POOLS    ? "cabas=3"
                          : option->form == SPEC_NUMBER ? "0, 1, 2..."
                                                        : "UTF-8");
            free(value);
            return failed;
        }
        free(value);
    }
    return rc < -1 ? refuse_option(arguments, poptBadOption(context, POPT_BADOPTION_NOALIAS)) : 0;
}

static void settle(struct arguments *arguments)
{
    const char *folder = arguments_text(arguments, "folder"), *socket = arguments_text(arguments, "socket");
    const char *operator_ = getenv("NAVETTE_OPERATOR"), *language = arguments_text(arguments, "lang");

    if (folder[0] == '\0' && (folder = getenv("NAVETTE_FOLDER")) == NULL)
        folder = DEFAULT_FOLDER;
    (void)snprintf(arguments->folder, sizeof arguments->folder, "%s", folder);
    if (socket[0] != '\0')
        (void)snprintf(arguments->socket, sizeof arguments->socket, "%s", socket);
    else
        (void)snprintf(arguments->socket, sizeof arguments->socket, "%.1000s/control", folder);
    if (language[0] != '\0')
        arguments->language = message_language_of(language);
    arguments->json = json_is_true(json_object_get(arguments->options, "json"));
    arguments->help = json_is_true(json_object_get(arguments->options, "help"));
    if (arguments_text(arguments, "operator")[0] == '\0' && operator_ != NULL && operator_[0] != '\0')
        (void)json_object_set_new(arguments->options, "operator", json_string(operator_));
}

static int read_words(struct arguments *arguments, poptContext context, char **argv, size_t first, size_t second)
{
    const char *word;

    arguments->words = calloc(ARGUMENTS_MAX, sizeof *arguments->words);
    if (arguments->words == NULL)
        return EXIT_STORE;
    while ((word = poptGetArg(context)) != NULL) {
        if (first != 0 && strcmp(word, argv[first]) == 0) {
            first = 0;
            continue;
        }
        if (first == 0 && second != 0 && strcmp(word, argv[second]) == 0) {
            second = 0;
            continue;
        }
        if (arguments->count >= ARGUMENTS_MAX)
            return fail(arguments, "usage", word, NULL, NULL);
        arguments->words[arguments->count++] = word;
    }
    return 0;
}

int arguments_read(int argc, char **argv, struct arguments *arguments)
{
    struct poptOption table[OPTIONS_MAX];
    size_t first, second;
    int rc;

    memset(arguments, 0, sizeof *arguments);
    arguments->language = message_language_of_environment();
    arguments->options = json_object();
    for (int i = 1; i < argc; i++) /* known before anything can go wrong */
        arguments->json |= strcmp(argv[i], "--json") == 0;
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--lang=", 7) == 0)
            arguments->language = message_language_of(argv[i] + 7);
        else if (strcmp(argv[i], "--lang") == 0 && i + 1 < argc)
            arguments->language = message_language_of(argv[i + 1]);
    }
    find_command(argc, argv, arguments, &first, &second);
    (void)make_table(arguments, table);
    poptContext context = poptGetContext("navette", argc, (const char **)argv, table, 0);
    if (arguments->options == NULL || context == NULL)
        return EXIT_STORE;
    rc = read_options(arguments, context);
    settle(arguments);
    if (rc == 0)
        rc = read_words(arguments, context, argv, first, second);
    if (rc == 0 && arguments->spec == NULL && first != 0)
        rc = fail(arguments, "usage", argv[first], NULL, NULL);
    arguments->context = context;
    return rc;
}

void arguments_free(struct arguments *arguments)
{
    json_decref(arguments->options);
    free(arguments->words);
    if (arguments->context != NULL)
        poptFreeContext(arguments->context);
    memset(arguments, 0, sizeof *arguments);
}

const char *arguments_text(const struct arguments *arguments, const char *field)
{
    const char *text = json_string_value(json_object_get(arguments->options, field));
    return text != NULL ? text : "";
}
