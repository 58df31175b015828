/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CLI_ARGUMENTS_H
#define NODE_CLI_ARGUMENTS_H

#include <jansson.h>

#include "navette/message.h"
#include "node/cli/spec.h"

/* A command line, taken apart. */
#define ARGUMENTS_MAX 4096u

struct arguments {
    const struct spec *spec;
    enum message_language language;
    int json, help;
    char socket[1024];
    char folder[1024];
    json_t *options;    /* owned: by request field */
    const char **words; /* owned list of borrowed words after the command */
    size_t count;
    void *context; /* popt's, which owns the words */
};

/* 0, or the exit code of a mistake that was said. */
int arguments_read(int argc, char **argv, struct arguments *arguments);
void arguments_free(struct arguments *arguments);

const char *arguments_text(const struct arguments *arguments, const char *field); /* "" */

#endif
