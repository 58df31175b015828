/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "node/cli/show.h"

/* One event on a line, its reference under it, then why and what to do. */
static void show_row(const struct arguments *arguments, const json_t *row)
{
    const json_t *things = json_object_get(row, "things");
    char time[SHOW_TIME_SIZE];

    (void)printf("%s  %s  %s  %s  %s", show_time(row, "time", time), show_text(row, "place"),
                 session_word(arguments, show_text(row, "event")), show_text(json_array_get(things, 0), "id"),
                 session_word(arguments, show_text(row, "what")));
    if (json_array_size(things) > 1)
        (void)printf("  (+%zu)", json_array_size(things) - 1);
    if (show_text(row, "operator")[0] != '\0')
        (void)printf("  %s", show_text(row, "operator"));
    (void)printf("\n  %s\n  %s\n  > %s\n", show_text(row, "ref"), show_text(row, "text"), show_text(row, "next"));
}

void show_refused(const struct arguments *arguments, const json_t *answer)
{
    char text[128];
    size_t i;
    json_t *row;

    if (json_array_size(json_object_get(answer, "rows")) == 0) {
        message_text(arguments->language, "nothing-to-show", NULL, NULL, NULL, text, sizeof text);
        (void)printf("%s\n", text);
        return;
    }
    json_array_foreach(json_object_get(answer, "rows"), i, row)
    {
        show_row(arguments, row);
    }
}
