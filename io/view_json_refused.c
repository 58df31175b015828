/* SPDX-License-Identifier: Apache-2.0 */
#include "io/view_json_refused.h"

#include <stdio.h>
#include <string.h>

#include "io/json_event.h"
#include "navette/message.h"
#include "navette/right.h"
#include "navette/view_json.h"

#define TEXT_SIZE 512u

static const char *const CAUSES[] = {
    "", "role", "place", "round", "hub", "other-event", "other-log", "operator-unknown", "operator-ended", "operator-missing"};
#define CAUSE_COUNT (sizeof CAUSES / sizeof CAUSES[0])

/* Causes are numbered with gaps: the row of the tables. */
static size_t cause_row(int cause)
{
    if (cause >= NAVETTE__REFUSAL_CAUSE__CAUSE_OPERATOR_UNKNOWN && cause <= NAVETTE__REFUSAL_CAUSE__CAUSE_OPERATOR_MISSING)
        return CAUSE_COUNT - 3u + (size_t)(cause - NAVETTE__REFUSAL_CAUSE__CAUSE_OPERATOR_UNKNOWN);
    return cause >= 0 && (size_t)cause < CAUSE_COUNT - 3u ? (size_t)cause : 0;
}

/* The text of message.h that tells why, and what to do. */
static const char *code_of(const struct aside *aside)
{
    static const char *const codes[CAUSE_COUNT] = {"refused-unsaid",
                                                   "refused-role",
                                                   "refused-place",
                                                   "refused-round",
                                                   "refused-hub",
                                                   "refused-other-event",
                                                   "refused-other-log",
                                                   "refused-operator-unknown",
                                                   "refused-operator-ended",
                                                   "refused-operator-missing"};

    if (aside->parked)
        return aside->parked == 2 ? "waits-older" : "parked-unknown";
    if (aside->reason == NAVETTE__REASON__REASON_MALFORMED)
        return "refused-malformed";
    if (aside->reason == NAVETTE__REASON__REASON_KEY_STOLEN)
        return "refused-key-stolen";
    return codes[cause_row(aside->cause)];
}

static void add_why(json_t *row, const struct aside *aside, const char *place, enum message_language language)
{
    char word[64], text[TEXT_SIZE], next[TEXT_SIZE];
    const char *code = code_of(aside), *right = right_name((unsigned)aside->right);

    (void)snprintf(word, sizeof word, "right-%s", right);
    message_text(language, code, message_word(language, word), place, right, text, sizeof text);
    message_next(language, code, message_word(language, word), place, right, next, sizeof next);
    (void)json_object_set_new(row, "text", json_string(text));
    (void)json_object_set_new(row, "next", json_string(next));
}

static const char *what_of(const struct aside *aside)
{
    return aside->parked == 2 ? "waits" : aside->parked ? "parked" : "refused";
}

json_t *view_json_refusal(const struct aside *aside, const char *place, enum message_language language)
{
    json_t *row = json_pack("{s:o, s:s, s:o, s:s, s:s}", "ref", view_json_ref(&aside->self), "what", what_of(aside), "reason",
                            json_event_enum(&navette__reason__descriptor, aside->reason), "cause", CAUSES[cause_row(aside->cause)], "right",
                            right_name((unsigned)aside->right));

    if (row != NULL)
        add_why(row, aside, place, language);
    return row;
}

static void add_event(json_t *row, const struct event *event, const char *tz)
{
    struct event_thing things[EVENT_THINGS_MAX];
    size_t count = event_things(event->body, things);
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++)
        (void)json_array_append_new(list, view_json_key(&things[i].key));
    (void)json_object_set_new(row, "event", json_string(event_name(event->body)));
    (void)json_object_set_new(row, "place", json_string(event->body->place));
    (void)json_object_set_new(row, "operator", json_string(event->body->operator_));
    (void)json_object_set_new(row, "time", view_json_time((int64_t)(event->body->hlc >> 16), tz));
    (void)json_object_set_new(row, "things", list);
}

/* An unknown body still says when, where and by whom it was made. */
static int read_event(struct store_txn *journal, const struct aside *aside, struct event *event, struct journal_entry *entry)
{
    int rc = journal_find(journal, &aside->self, entry);

    memset(event, 0, sizeof *event);
    if (rc == 0)
        rc = event_decode(entry->event, event);
    return rc == NAVETTE_E_UNKNOWN ? 0 : rc;
}

static json_t *row_of(struct store_txn *journal, const struct aside *aside, const struct refused_asked *asked)
{
    struct journal_entry entry;
    struct event event;
    struct log_head head;
    char id[2 * NODE_ID_SIZE + 1] = "", incarnation[2 * INCARNATION_SIZE + 1];
    int rc;

    if (journal_head(journal, aside->self.incarnation, &head) == 0)
        hex_encode(head.node, NODE_ID_SIZE, id);
    else
        memset(&head, 0, sizeof head);
    if (asked->node != NULL && memcmp(head.node, asked->node, NODE_ID_SIZE) != 0)
        return NULL;
    rc = read_event(journal, aside, &event, &entry);
    hex_encode(aside->self.incarnation, INCARNATION_SIZE, incarnation);
    json_t *row = view_json_refusal(aside, rc == 0 ? event.body->place : "", asked->language);
    if (row != NULL) {
        (void)json_object_set_new(row, "position", json_integer((json_int_t)aside->position));
        (void)json_object_set_new(row, "node", id[0] != '\0' ? json_string(id) : json_null());
        (void)json_object_set_new(row, "incarnation", json_string(incarnation));
        (void)json_object_set_new(row, "seq", json_integer((json_int_t)aside->self.seq));
        if (rc == 0)
            add_event(row, &event, asked->tz);
    }
    event_free(&event);
    return row;
}

json_t *view_json_refused(struct store_txn *journal, const struct aside *list, size_t count, const struct refused_asked *asked)
{
    json_t *rows = json_array();
    json_int_t refused = 0, parked = 0;

    for (size_t i = 0; i < count; i++) {
        json_t *row = row_of(journal, &list[i], asked);

        if (row == NULL)
            continue;
        refused += !list[i].parked;
        parked += list[i].parked == 1;
        (void)json_array_append_new(rows, row);
    }
    return json_pack("{s:o, s:I, s:I}", "rows", rows, "refused", refused, "parked", parked);
}
