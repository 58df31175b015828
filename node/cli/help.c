/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli/help.h"

#include <stdio.h>
#include <string.h>

#include "node/cli/exits.h"
#include "node/cli/session.h"

static int english(const struct arguments *arguments)
{
    return arguments->language == MESSAGE_EN;
}

/* printf pads by bytes: accents would shift the column. */
static void print_padded(const char *text, int width)
{
    int characters = 0;

    for (const char *p = text; *p != '\0'; p++)
        characters += ((unsigned char)*p & 0xC0u) != 0x80u;
    (void)printf("%s%*s", text, characters < width ? width - characters : 0, "");
}

/* Placeholders are words in capitals; each is a word of the catalogue. */
const char *help_words(const struct arguments *arguments, const char *text, char out[128])
{
    size_t used = 0;

    out[0] = '\0';
    for (const char *p = text; *p != '\0' && used + 1 < 128;) {
        char word[64];
        size_t len = strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-");
        int n;
        if (len == 0 || len >= sizeof word) {
            out[used++] = *p++;
            out[used] = '\0';
            continue;
        }
        (void)snprintf(word, sizeof word, "%.*s", (int)len, p);
        n = snprintf(out + used, 128 - used, "%s", session_word(arguments, word));
        used = n < 0 || (size_t)n >= 128 - used ? 127 : used + (size_t)n;
        p += len;
    }
    return out;
}

static void show_options(const struct arguments *arguments, const struct spec *spec)
{
    const struct spec_option *option;

    for (size_t i = 0; (option = spec_option_at(i)) != NULL; i++) {
        char typed[256], argument[128];
        int shown = spec == NULL ? spec_is_global(option) : spec_lists(spec->options, option->name);
        if (!shown)
            continue;
        (void)snprintf(typed, sizeof typed, "  --%s%s%s", spec_typed(option), option->argument != NULL ? " " : "",
                       option->argument != NULL ? help_words(arguments, option->argument, argument) : "");
        print_padded(typed, 28);
        (void)printf("%s\n", english(arguments) ? option->en : option->fr);
    }
}

static void show_all(const struct arguments *arguments)
{
    const struct spec *spec;

    (void)printf("%s\n\n", english(arguments)
                               ? "navette COMMAND [options]: what moves between libraries, recorded with or without a network."
                               : "navette COMMANDE [options] : ce qui circule entre bibliothèques, avec ou sans réseau.");
    for (size_t i = 0; (spec = spec_at(i)) != NULL; i++) {
        char typed[256], words[128];
        (void)snprintf(typed, sizeof typed, "  %s %s ", spec->name, help_words(arguments, spec->arguments, words));
        print_padded(typed, 36);
        (void)printf("%s\n", english(arguments) ? spec->en : spec->fr);
    }
    (void)printf("\n%s\n", english(arguments) ? "Everywhere:" : "Partout :");
    show_options(arguments, NULL);
    (void)printf(
        "\n%s\n",
        english(arguments)
            ? "Scans come from the arguments, else from standard input, one a line; each is stored before it is answered.\n"
              "Exit codes: 0 done; 1 refused or not found; 2 mistyped; 3 navette-node does not answer; 4 some scans refused;\n"
              "5 disk full or failing, nothing recorded; 6 not in step with the hub."
            : "Les lectures viennent des arguments, sinon de l'entrée standard, une par ligne ; chacune est enregistrée avant la réponse.\n"
              "Codes de sortie : 0 fait ; 1 refusé ou introuvable ; 2 mal tapé ; 3 navette-node ne répond pas ; 4 lectures refusées ;\n"
              "5 disque plein ou en panne, rien d'enregistré ; 6 pas à jour avec le concentrateur.");
}

void help_show(const struct arguments *arguments, const struct spec *spec)
{
    char words[128];

    if (spec == NULL) {
        show_all(arguments);
        return;
    }
    (void)printf("navette %s %s\n  %s\n", spec->name, help_words(arguments, spec->arguments, words),
                 english(arguments) ? spec->en : spec->fr);
    show_options(arguments, spec);
}

/* One word a line: first words of commands, or the second words and options of one. */
static void show_words(const struct arguments *arguments)
{
    const char *command = arguments->count > 0 ? arguments->words[0] : NULL;
    const struct spec_option *option;
    const struct spec *spec;
    size_t used;

    for (size_t i = 0; (spec = spec_at(i)) != NULL; i++) {
        size_t len = strcspn(spec->name, " ");
        const char *before = i > 0 ? spec_at(i - 1)->name : "";
        int again = strncmp(spec->name, before, len) == 0 && (before[len] == ' ' || before[len] == '\0');
        if (command == NULL && !again)
            (void)printf("%.*s\n", (int)len, spec->name);
        else if (command != NULL && spec->name[len] == ' ' && strlen(command) == len && strncmp(spec->name, command, len) == 0)
            (void)printf("%s\n", spec->name + len + 1);
    }
    spec = spec_find(arguments->words, arguments->count, &used);
    for (size_t i = 0; (option = spec_option_at(i)) != NULL; i++)
        if (spec_is_global(option) || (spec != NULL && spec_lists(spec->options, option->name)))
            (void)printf("--%s\n", spec_typed(option));
}

int help_run(const struct arguments *arguments)
{
    const struct spec *spec;
    size_t used;

    if (json_is_true(json_object_get(arguments->options, "words"))) {
        show_words(arguments);
        return EXIT_DONE;
    }
    spec = spec_find(arguments->words, arguments->count, &used);
    if (spec == NULL && arguments->count > 0)
        return session_refuse_code(arguments, "usage", arguments->words[0], NULL);
    help_show(arguments, spec);
    return EXIT_DONE;
}
