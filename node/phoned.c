/* SPDX-License-Identifier: Apache-2.0 */
#include "node/phoned.h"

#include <string.h>

#include "navette/tz.h"
#include "node/check.h"

int phoned_check(struct office *office, const struct request *request, struct store_txn *txn, int64_t *said_ms, json_t **answer)
{
    const char *reporter = request_text(request, "reporter");
    const char *said = request_text(request, "said_at");
    char tz[LIMIT_CODE + 1];

    *said_ms = 0;
    if (reporter[0] == '\0')
        *answer = request_refuse(request, "missing-option", message_word(request->language, "LIEU"), "phone", NULL);
    else if (strlen(request_text(request, "speaker")) > LIMIT_CODE)
        *answer = request_refuse(request, "too-long", "--by", "64", NULL);
    else
        *answer = check_recorded_place(request, txn, reporter);
    if (*answer != NULL || said[0] == '\0')
        return 0;
    office_tz(office, txn, request->place, tz);
    if (tz_parse(tz, said, said_ms) != 0)
        *answer = request_refuse(request, "bad-time", said, NULL, NULL);
    else if (*said_ms > request->moment.wall_ms)
        *answer = request_refuse(request, "said-in-future", said, NULL, NULL);
    return 0;
}
