/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CLI_SPEC_H
#define NODE_CLI_SPEC_H

#include <stddef.h>

/* What people may type: every command, every option, with their help in French and English. One table each. */

enum spec_form { SPEC_FLAG, SPEC_TEXT, SPEC_NUMBER, SPEC_LIST, SPEC_POOLS };

struct spec_option {
    const char *name;  /* as typed, without the dashes; a '?' before it marks a second meaning of the same name, two a third */
    const char *field; /* as requests say it */
    enum spec_form form;
    const char *argument;
    const char *fr, *en;
};

/* How a command is carried out. */
enum spec_run {
    RUN_SCAN,      /* an operation: things from the arguments, else from standard input */
    RUN_CONTAINER, /* the same, with a bag or crate as first argument */
    RUN_SINGLE,    /* one request */
    RUN_ITEMS,     /* catalogue rows: one from the options, else lines of standard input */
    RUN_OPERATIONS,
    RUN_PROPOSED,
    RUN_LABELS,   /* opens its own talk with the daemon: the list of sheets needs none */
    RUN_IMPORT,   /* opens its own talk with the daemon: a trial needs none */
    RUN_SEARCH,   /* a question: its words, else lines of standard input */
    RUN_ORDERS,   /* orders typed or from a portal's file */
    RUN_ILS,      /* loans and returns for a library system */
    RUN_STICK,    /* a file that is carried to the hub, or back */
    RUN_OPERATOR, /* who works here: PINs are typed, never given as arguments */
    RUN_HELP
};

struct spec {
    const char *name;    /* one word or two */
    const char *request; /* the verb or command of its requests */
    enum spec_run run;
    const char *options;   /* names, space-separated */
    const char *arguments; /* as the help shows them; a '[' makes the rest optional */
    const char *positions; /* request fields of the arguments of RUN_SINGLE, space-separated */
    const char *fr, *en;
};

const struct spec *spec_at(size_t index);               /* NULL past the end */
const struct spec_option *spec_option_at(size_t index); /* NULL past the end */
/* The command that the words begin with; *used: how many of them name it. NULL. */
const struct spec *spec_find(const char *const *words, size_t count, size_t *used);
/* Does a space-separated list hold this word? */
int spec_lists(const char *list, const char *word);
int spec_is_global(const struct spec_option *option);
const char *spec_typed(const struct spec_option *option); /* its name without the mark */

#endif
