/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli/lines.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

void lines_open(struct lines *lines, int fd)
{
    memset(lines, 0, sizeof *lines);
    lines->fd = fd;
}

static int next_byte(struct lines *lines)
{
    if (lines->at == lines->len) {
        ssize_t n;
        do
            n = lines->ended ? 0 : read(lines->fd, lines->buffer, sizeof lines->buffer);
        while (n < 0 && errno == EINTR);
        if (n <= 0) {
            lines->ended = 1;
            return -1;
        }
        lines->len = (size_t)n;
        lines->at = 0;
    }
    return (unsigned char)lines->buffer[lines->at++];
}

const char *lines_next(struct lines *lines, int *cut)
{
    size_t used = 0;
    int byte;

    *cut = 0;
    while ((byte = next_byte(lines)) >= 0) {
        if (byte == '\r' || byte == '\n' || byte == '\0') {
            if (used == 0)
                continue;
            break;
        }
        if (used + 1 < sizeof lines->line)
            lines->line[used++] = (char)byte;
        else
            *cut = 1;
    }
    lines->line[used] = '\0';
    return used > 0 ? lines->line : NULL;
}

void lines_forget(struct lines *lines)
{
    sodium_memzero(lines->line, sizeof lines->line);
    sodium_memzero(lines->buffer, lines->at);
}
