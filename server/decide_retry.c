/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/view_json_refused.h"
#include "navette/system.h"
#include "navette/view.h"
#include "server/answer.h"
#include "server/decide_node.h"
#include "server/decide_right.h"

#define RETRY_MAX 2048u   /* admitted by one command: one event of the hub's log each, in one transaction */
#define RETRY_REFUSALS 8u /* of one event: more than the ways it can have come */
#define RETRY_TOLD 200u   /* of those that stay refused, so many are listed; all are counted */

/* One command under way. */
struct retry {
    const struct hub *hub;
    struct ref wanted;   /* seq 0: not one by its reference */
    uint64_t position;   /* 0: not one by its position */
    const uint8_t *node; /* NULL: of whatever node */
    enum message_language language;
    struct aside *list;
    struct ref *refusals; /* to be taken back */
    size_t refusal_count;
    size_t found;
    size_t parked;
    size_t admitted;
    size_t still;
    int more;
    json_t *rows;
};

static int retry_is_asked(const struct retry *retry, struct store_txn *journal, const struct aside *aside)
{
    struct log_head head;

    if (retry->wanted.seq != 0)
        return ref_compare(&aside->self, &retry->wanted) == 0;
    if (retry->position != 0)
        return aside->position == retry->position;
    return !retry->node ||
           (journal_head(journal, aside->self.incarnation, &head) == 0 && memcmp(head.node, retry->node, NODE_ID_SIZE) == 0);
}

static void retry_tell(struct retry *retry, struct store_txn *journal, const struct aside *aside, int admitted)
{
    struct journal_entry entry;
    struct event event = {.body = NULL};
    json_t *row;
    int rc = journal_find(journal, &aside->self, &entry);

    if (json_array_size(retry->rows) >= RETRY_TOLD && !admitted)
        return;
    if (!rc)
        rc = event_decode(entry.event, &event);
    row = view_json_refusal(aside, rc == 0 || rc == NAVETTE_E_UNKNOWN ? event.body->place : "", retry->language);
    event_free(&event);
    if (admitted) {
        (void)json_object_set_new(row, "what", json_string("admitted"));
        (void)json_object_del(row, "text");
        (void)json_object_del(row, "next");
    }
    (void)json_array_append_new(retry->rows, row);
}

static int retry_is_of_a_theft(struct store_txn *journal, const struct ref *refusal)
{
    struct journal_entry entry;
    struct event event = {.body = NULL};
    int stolen = 0;

    if (journal_find(journal, refusal, &entry) == 0 && event_decode(entry.event, &event) == 0)
        stolen = event.body->body_case == NAVETTE__EVENT__BODY_EVENT_REFUSED &&
                 event.body->event_refused->reason == NAVETTE__REASON__REASON_KEY_STOLEN;
    event_free(&event);
    return stolen;
}

/* What came under a stolen key is nobody's by any right of today: only who names the very event lets it in. */
static int retry_is_disowned(const struct retry *retry, struct store_txn *journal, int count)
{
    int stolen = 0;

    for (int i = 0; i < count && retry->wanted.seq == 0 && retry->position == 0; i++)
        stolen |= retry_is_of_a_theft(journal, &retry->refusals[retry->refusal_count + (size_t)i]);
    return stolen;
}

static int retry_one(struct retry *retry, struct store_txn *state, struct store_txn *journal, struct aside *aside)
{
    struct hub_refusal why;
    int count = hub_readmit(retry->hub, journal, state, &aside->self, retry->refusals + retry->refusal_count, RETRY_REFUSALS, &why);

    if (retry_is_disowned(retry, journal, count)) {
        retry->still++;
        retry_tell(retry, journal, aside, 0);
        return 0;
    }
    if (count == 0)
        return 0;
    if (count > 0) {
        retry->refusal_count += (size_t)count;
        retry->admitted++;
        retry_tell(retry, journal, aside, 1);
        return 0;
    }
    if (count != NAVETTE_E_REFUSED && count != NAVETTE_E_INVALID && count != NAVETTE_E_UNKNOWN && count != NAVETTE_E_NOT_FOUND)
        return count;
    /* Why it is so now may differ from why it was so then. */
    if (count == NAVETTE_E_REFUSED) {
        aside->cause = (int)why.cause;
        aside->right = why.cause == NAVETTE__REFUSAL_CAUSE__CAUSE_ROLE ? (int)why.right : 0;
    }
    retry->still++;
    retry_tell(retry, journal, aside, 0);
    return 0;
}

static int retry_read(struct store_txn *state, struct store_txn *journal, void *view)
{
    struct retry *retry = view;
    int count = view_aside(state, journal, 0, UINT64_MAX, retry->list, REFUSED_MAX);
    int rc = count < 0 ? count : 0;

    for (int i = 0; !rc && i < count && !retry->more; i++) {
        if (!retry_is_asked(retry, journal, &retry->list[i]))
            continue;
        retry->found++;
        if (retry->list[i].parked)
            retry->parked++;
        else
            rc = retry_one(retry, state, journal, &retry->list[i]);
        retry->more = retry->admitted == RETRY_MAX;
    }
    retry->more |= count == (int)REFUSED_MAX;
    return rc;
}

static int retry_record(struct executor *executor, const struct retry *retry, uint64_t *position)
{
    struct store_txn *txn;
    int rc = executor_begin(executor, &txn);

    if (rc)
        return rc;
    for (size_t i = 0; !rc && i < retry->refusal_count; i++) {
        Navette__Event event = NAVETTE__EVENT__INIT;
        Navette__EventAdmitted admitted = NAVETTE__EVENT_ADMITTED__INIT;
        Navette__Ref ref = NAVETTE__REF__INIT;
        struct ref refusal = retry->refusals[i];

        ref.incarnation = (ProtobufCBinaryData){INCARNATION_SIZE, refusal.incarnation};
        ref.seq = refusal.seq;
        ref.leaf = refusal.leaf;
        admitted.refusal = &ref;
        event.body_case = NAVETTE__EVENT__BODY_EVENT_ADMITTED;
        event.event_admitted = &admitted;
        rc = executor_record(executor, txn, &event, position);
    }
    return decide_commit(executor, txn, rc);
}

/* Which are meant. The node's id is kept in *node. */
static int retry_asked(struct executor *executor, const json_t *request, struct retry *retry, struct hub_node *node, json_t **answer)
{
    const char *text = answer_field(request, "ref");
    char *end = NULL;
    int rc = 0;

    if (text) {
        retry->position = strtoull(text, &end, 10);
        if (*end != '\0' || retry->position == 0) {
            retry->position = 0;
            rc = ref_parse(text, &retry->wanted);
        }
        if (rc)
            *answer = answer_error(request, "hub-not-refused", text, NULL, NULL);
    } else if (answer_field(request, "node")) {
        rc = decide_find_node(executor, request, node, answer);
        retry->node = node->node;
    } else if (!answer_flag(request, "all")) {
        *answer = answer_error(request, "hub-retry-which", NULL, NULL, NULL);
        rc = NAVETTE_E_INVALID;
    }
    return rc;
}

static json_t *retry_answer(const json_t *request, const struct retry *retry)
{
    const char *text = answer_field(request, "ref");
    json_t *row;

    if (text && retry->found == 0)
        return answer_error(request, "hub-not-refused", text, NULL, NULL);
    if (text && retry->parked > 0)
        return answer_error(request, "hub-still-parked", NULL, NULL, NULL);
    row = json_array_get(retry->rows, 0);
    if (text && retry->still > 0)
        return json_pack("{s:b, s:s, s:O, s:O, s:O}", "ok", 0, "error", "hub-still-refused", "cause", json_object_get(row, "cause"), "text",
                         json_object_get(row, "text"), "next", json_object_get(row, "next"));
    return json_pack("{s:b, s:I, s:I, s:I, s:b, s:O}", "ok", 1, "admitted", (json_int_t)retry->admitted, "still_refused",
                     (json_int_t)retry->still, "parked", (json_int_t)retry->parked, "more", retry->more, "rows", retry->rows);
}

int decide_retry(struct executor *executor, const json_t *request, json_t **answer, uint64_t *position)
{
    struct retry retry = {.hub = executor->hub, .language = answer_language(request), .rows = json_array()};
    struct hub_node node;
    int rc = retry_asked(executor, request, &retry, &node, answer);

    if (!rc) {
        retry.list = calloc(REFUSED_MAX, sizeof(*retry.list));
        retry.refusals = calloc((size_t)RETRY_MAX * RETRY_REFUSALS, sizeof(*retry.refusals));
        rc = retry.list && retry.refusals ? decide_read(executor, retry_read, &retry) : NAVETTE_E_MEMORY;
    }
    if (!rc && retry.refusal_count > 0)
        rc = retry_record(executor, &retry, position);
    if (!rc)
        *answer = retry_answer(request, &retry);
    if (!rc && retry.admitted > 0)
        system_log(0, "hub", NULL, "%zu refused events admitted, %zu stay refused", retry.admitted, retry.still);
    free(retry.list);
    free(retry.refusals);
    json_decref(retry.rows);
    return rc;
}
