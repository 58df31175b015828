/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "node/cli/show.h"

static void show_said(const json_t *said)
{
    if (show_text(said, "text")[0] != '\0')
        (void)printf("%s\n", show_text(said, "text"));
    if (show_text(said, "next")[0] != '\0')
        (void)printf("  > %s\n", show_text(said, "next"));
}

void show_damage_note(const json_t *damage)
{
    show_said(damage);
}

/* Each with when it was found, and in whose log. */
static void show_rows(const struct arguments *arguments, const json_t *rows)
{
    char found[SHOW_TIME_SIZE], text[128];
    size_t i;
    json_t *row;

    if (json_array_size(rows) == 0) {
        message_text(arguments->language, "damage-none", NULL, NULL, NULL, text, sizeof text);
        (void)printf("%s\n", text);
    }
    json_array_foreach(rows, i, row)
    {
        (void)printf("%s  %.8s  ", show_time(row, "found", found), show_text(row, "log"));
        show_said(row);
    }
}

void show_compare(const struct arguments *arguments, const json_t *answer)
{
    if (strcmp(arguments->spec->name, "damage") == 0) {
        show_rows(arguments, json_object_get(answer, "rows"));
        return;
    }
    show_said(answer);
    show_said(json_object_get(answer, "damage"));
}
