/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "io/view_json_refused.h"
#include "node/commands.h"
#include "node/reading.h"

#define REFUSED_SHOWN 1000u /* at once */
#define REFUSED_COUNTED 10000u

/* Without "all", this node's own: what people here can do something about. */
static int run_refused(struct office *office, const struct request *request, json_t **answer)
{
    struct refused_asked asked = {request->language, NULL, office->identity.node};
    struct aside *list = calloc(REFUSED_COUNTED, sizeof *list);
    struct reading reading;
    json_t *json = NULL;
    int count, rc = list != NULL ? reading_start(office, request, &reading, answer) : NAVETTE_E_MEMORY;

    if (rc == 0) {
        if (request_has(request, "at") && *answer == NULL)
            *answer = request_refuse(request, "no-at", "refused", NULL, NULL);
        asked.tz = reading.tz;
        if (request_flag(request, "all"))
            asked.node = NULL;
        count = view_aside(reading.txn, reading.txn, 1, reading.moment.known, list,
                           request_flag(request, "all") ? REFUSED_SHOWN : REFUSED_COUNTED);
        if (count >= 0)
            json = view_json_refused(reading.txn, list, (size_t)count, &asked);
        rc = reading_finish(office, &reading, request, count < 0 ? count : 0, json, answer);
    }
    free(list);
    return rc;
}

const struct command *cmd_refused_commands(size_t *count)
{
    static const struct command commands[] = {{"refused", run_refused, 0}};

    *count = sizeof commands / sizeof commands[0];
    return commands;
}
