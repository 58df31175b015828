/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "navette/count.h"
#include "navette/view_json.h"
#include "server/answer.h"
#include "server/views_ask.h"

#define VIEWS_COUNTS_MAX 1000u /* sessions shown: the last opened come first */

int views_counts(struct views_ask *ask, json_t **answer)
{
    struct count_session *list = calloc(VIEWS_COUNTS_MAX, sizeof(*list));
    int count = list ? count_list_known(ask->state, ask->journal, ask->moment.at_ms, ask->moment.known, answer_field(ask->request, "place"),
                                        list, VIEWS_COUNTS_MAX)
                     : NAVETTE_E_MEMORY;

    if (count >= 0)
        *answer = view_json_counts(list, (size_t)count, ask->views->tz);
    free(list);
    return count < 0 ? count : 0;
}

int views_count_find(struct views_ask *ask, const char *text, struct count_session *session)
{
    int rc = count_find(ask->state, ask->journal, ask->moment.at_ms, ask->moment.known, answer_field(ask->request, "place"), text, session);

    if (rc == NAVETTE_E_NOT_FOUND || rc == NAVETTE_E_AMBIGUOUS)
        return views_refuse(ask, rc, "hub-no-such-count", text ? text : "", NULL);
    return rc;
}

/* Who counts blind is not told what is expected, before it is done: here neither. */
int views_count(struct views_ask *ask, json_t **answer)
{
    struct count_session session;
    struct count_view view;
    int rc = views_count_find(ask, answer_field(ask->request, "count"), &session);

    if (!rc)
        rc = count_read_known(ask->state, ask->journal, ask->moment.at_ms, ask->moment.known, session.id, 0, &view);
    if (rc)
        return rc;
    *answer = view_json_count(&view, session.blind && session.is_open, ask->views->tz);
    count_free(&view);
    return *answer ? 0 : NAVETTE_E_MEMORY;
}
