/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "io/view_json_refused.h"
#include "navette/system.h"
#include "navette/view.h"
#include "server/answer.h"
#include "server/decide_node.h"
#include "server/decide_right.h"

#define REFUSED_SHOWN 1000u /* at once; "from" goes on */

struct counting {
    struct refused_count *counts;
    size_t count;
};

static int count_read(struct store_txn *state, struct store_txn *journal, void *view)
{
    struct counting *counting = view;
    struct aside *list = calloc(REFUSED_MAX, sizeof(*list));
    int found = list ? view_aside(state, journal, 0, UINT64_MAX, list, REFUSED_MAX) : NAVETTE_E_MEMORY;

    for (int i = 0; i < found; i++) {
        struct log_head head;
        int known = journal_head(journal, list[i].self.incarnation, &head) == 0;

        for (size_t k = 0; k < counting->count; k++) {
            struct refused_count *one = &counting->counts[k];

            if (one->node && (!known || memcmp(one->node, head.node, NODE_ID_SIZE) != 0))
                continue;
            one->refused += !list[i].parked;
            one->parked += list[i].parked ? 1u : 0u;
        }
    }
    free(list);
    return found < 0 ? found : 0;
}

int report_refused_of(struct executor *executor, struct refused_count *counts, size_t count)
{
    struct counting counting = {counts, count};

    return decide_read(executor, count_read, &counting);
}

/* One question for the list. */
struct listing {
    const json_t *request;
    const char *tz;
    struct refused_asked asked;
    json_t **answer;
};

static int listing_read(struct store_txn *state, struct store_txn *journal, void *view)
{
    struct listing *listing = view;
    const char *from = answer_field(listing->request, "from");
    const char *known = answer_field(listing->request, "known");
    const char *wrong = "";
    struct view_moment moment = {VIEW_NOW, VIEW_KNOWN_ALL, 0, 0};
    struct aside *list = calloc(REFUSED_SHOWN, sizeof(*list));
    int rc = list ? 0 : NAVETTE_E_MEMORY;

    if (!rc && known)
        rc = view_moment_read(state, journal, listing->tz, NULL, known, system_wall_ms(), &moment, &wrong);
    if (rc == NAVETTE_E_INVALID)
        *listing->answer = answer_error(listing->request, "hub-bad-time", wrong, NULL, NULL);
    if (!rc)
        rc = view_aside(state, journal, from ? strtoull(from, NULL, 10) : 0, moment.known, list, REFUSED_SHOWN);
    if (rc >= 0) {
        *listing->answer = view_json_refused(journal, list, (size_t)rc, &listing->asked);
        (void)json_object_set_new(*listing->answer, "ok", json_true());
        (void)json_object_set_new(*listing->answer, "more", json_boolean(rc == (int)REFUSED_SHOWN));
        rc = 0;
    }
    free(list);
    return rc;
}

int report_refused(struct executor *executor, const json_t *request, json_t **answer, uint64_t *position)
{
    struct listing listing = {.request = request, .tz = executor->options->tz, .answer = answer};
    struct hub_node node;
    int rc = 0;

    (void)position;
    listing.asked = (struct refused_asked){answer_language(request), executor->options->tz, NULL};
    if (answer_field(request, "at")) {
        *answer = answer_error(request, "hub-no-at", "refused", NULL, NULL);
        return 0;
    }
    if (answer_field(request, "node")) {
        rc = decide_find_node(executor, request, &node, answer);
        listing.asked.node = node.node;
    }
    return rc ? rc : decide_read(executor, listing_read, &listing);
}
