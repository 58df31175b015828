/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "navette/tz.h"
#include "navette/view.h"

static int is_empty(const char *text)
{
    return text == NULL || text[0] == '\0';
}

/* Digits alone are a position: a time has hyphens. */
static int read_position(const char *text, uint64_t *position)
{
    *position = 0;
    for (const char *at = text; *at != '\0'; at++) {
        uint64_t digit = (uint64_t)*at - '0';

        if (*at < '0' || *at > '9')
            return 0;
        if (*position > (UINT64_MAX - digit) / 10)
            *position = UINT64_MAX;
        else
            *position = *position * 10 + digit;
    }
    return 1;
}

static int read_known(struct store_txn *state, struct store_txn *journal, const char *tz, const char *text, struct view_moment *moment)
{
    uint64_t cursor;
    int64_t time_ms;
    int is_time = !read_position(text, &moment->known);
    int rc = fold_cursor(state, &cursor);

    if (rc == 0 && is_time)
        rc = tz_parse(tz, text, &time_ms);
    if (rc == 0 && is_time)
        rc = journal_at(journal, time_ms, &moment->known);
    if (rc != 0)
        return rc;
    if (moment->known >= cursor) {
        moment->known = VIEW_KNOWN_ALL;
        return 0;
    }
    if (is_time)
        moment->known_ms = time_ms;
    else if (moment->known > 0)
        rc = journal_moment(journal, moment->known, &moment->known_ms);
    moment->silent_ms = moment->known_ms;
    return rc == NAVETTE_E_NOT_FOUND ? NAVETTE_E_STORE : rc;
}

int view_moment_read(struct store_txn *state, struct store_txn *journal, const char *tz, const char *at, const char *known, int64_t now_ms,
                     struct view_moment *moment, const char **wrong)
{
    int rc = 0;

    *moment = (struct view_moment){VIEW_NOW, VIEW_KNOWN_ALL, now_ms, now_ms};
    if (!is_empty(known)) {
        *wrong = known;
        rc = read_known(state, journal, tz, known, moment);
    }
    if (rc == 0 && !is_empty(at)) {
        *wrong = at;
        rc = tz_parse(tz, at, &moment->at_ms);
        if (rc == 0)
            moment->silent_ms = moment->at_ms;
    }
    return rc;
}
