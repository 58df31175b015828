/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CLI_LINES_H
#define NODE_CLI_LINES_H

#include <stddef.h>

/*
 * Lines from a scanner, which is a keyboard: each ends with CR, LF or both, and is taken as soon as its end has come. Empty ones are left
 * out. What is longer than LINES_MAX is given cut and marked.
 */
#define LINES_MAX 4096u

struct lines {
    int fd;
    char buffer[LINES_MAX];
    size_t len, at;
    char line[LINES_MAX];
    int ended;
};

void lines_open(struct lines *lines, int fd);
/* NULL at the end of the input. Valid until the next call. *cut: 1 when the line was too long. */
const char *lines_next(struct lines *lines, int *cut);

/* What was handed out, and read before it, is wiped: it was a PIN. */
void lines_forget(struct lines *lines);

#endif
