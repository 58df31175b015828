/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "navette/adopted.h"
#include "navette/event.h"
#include "sync/hub_state.h"

/*
 * Places whose rule refuses what none of their operators did. A node that knows the rule refuses it at the desk; what comes all the same is of an older program, or of one that means harm. A node that did
 * not know of the rule yet when it recorded is not judged by it: the first frontier that had seen the rule says where its log ended then.
 *
 * Who is declared is kept beside the journal, in TABLE_LOCAL, row by row: "operator:" place 0x00 code -> 1, or 0 once it has ended; written as the decisions come in. So is, "operators-heard:" incarnation -> position u64, seq u64, which rules the node of a log had seen at
 * which number of it.
 */
#define ROW_PREFIX "operator:"
#define HEARD_PREFIX "operators-heard:"
#define HEARD_BYTES (sizeof(HEARD_PREFIX) - 1u + INCARNATION_SIZE)
#define ROW_BYTES (sizeof(ROW_PREFIX) + LIMIT_PLACE_CODE + LIMIT_CODE + 1u)

static struct span row_of(const char *place, const char *code, char row[ROW_BYTES])
{
    size_t place_len = strnlen(place, LIMIT_PLACE_CODE);
    size_t code_len = strnlen(code, LIMIT_CODE);
    size_t at = sizeof(ROW_PREFIX) - 1;

    memcpy(row, ROW_PREFIX, at);
    memcpy(row + at, place, place_len);
    row[at + place_len] = '\0';
    memcpy(row + at + place_len + 1, code, code_len);
    return span_of(row, at + place_len + 1 + code_len);
}

int hub_operator_note(struct store_txn *journal, const char *place, const char *code, int ended)
{
    char row[ROW_BYTES];
    uint8_t works = ended == 0;

    return store_put(journal, TABLE_LOCAL, row_of(place, code, row), span_of(&works, 1));
}

int hub_operator_recorded(struct store_txn *journal, const Navette__Event *body)
{
    const Navette__OperatorDecided *decided = body->operator_decided;

    if (body->body_case != NAVETTE__EVENT__BODY_OPERATOR_DECIDED) {
        return 0;
    }
    return hub_operator_note(journal, decided->operator_->namespace_, decided->operator_->id, decided->ended);
}

static int note_event(struct store_txn *journal, struct span bytes)
{
    struct event event;
    int rc = event_decode(bytes, &event);

    if (rc == 0 && event.body->body_case == NAVETTE__EVENT__BODY_ADOPTED) {
        rc = note_event(journal, span_of(event.body->adopted->event.data, event.body->adopted->event.len));
    } else if (rc == 0) {
        rc = hub_operator_recorded(journal, event.body);
    }
    event_free(&event);
    return rc == NAVETTE_E_INVALID || rc == NAVETTE_E_UNKNOWN || rc == NAVETTE_E_TOO_LARGE ? 0 : rc;
}

int hub_operator_take(struct store_txn *journal, const struct hub_checked *checked)
{
    const Navette__Batch *batch = ((const Navette__Push *)checked->frame.message)->batch;
    int rc = 0;

    for (size_t i = 0; checked->operators > 0 && i < checked->header.count && rc == 0; i++) {
        if (checked->reasons[i] == 0) {
            rc = note_event(journal, span_of(batch->events[i].data, batch->events[i].len));
        }
    }
    return rc;
}

static struct hub_operator_rule *rule_of(const struct hub *hub, const char *place)
{
    for (size_t i = 0; i < hub->operator_rule_count; i++) {
        if (strcmp(hub->operator_rules[i].place, place) == 0) {
            return &hub->operator_rules[i];
        }
    }
    return NULL;
}

void hub_operator_forget(struct hub *hub)
{
    free(hub->operator_rules);
    hub->operator_rules = NULL;
    hub->operator_rule_count = 0;
    hub->operator_position = 0;
}

int hub_operator_learn(struct hub *hub, const Navette__OperatorRuleDecided *decided, uint64_t position)
{
    struct hub_operator_rule *rule = rule_of(hub, decided->place);
    size_t len = strlen(decided->place);

    if (len > LIMIT_PLACE_CODE) {
        return NAVETTE_E_INVALID;
    }
    if (rule == NULL) {
        rule = realloc(hub->operator_rules, (hub->operator_rule_count + 1) * sizeof *rule);
        if (rule == NULL) {
            return NAVETTE_E_MEMORY;
        }
        hub->operator_rules = rule;
        rule = &hub->operator_rules[hub->operator_rule_count++];
    }
    memset(rule, 0, sizeof *rule);
    memcpy(rule->place, decided->place, len);
    rule->refuses = decided->refuse_unknown && decided->need >= NAVETTE__OPERATOR_NEED__OPERATOR_CODE;
    rule->position = position;
    hub->operator_position = position > hub->operator_position ? position : hub->operator_position;
    return 0;
}

static struct span heard_row(const struct hub_session *session, uint8_t row[HEARD_BYTES])
{
    memcpy(row, HEARD_PREFIX, sizeof(HEARD_PREFIX) - 1);
    memcpy(row + sizeof(HEARD_PREFIX) - 1, session->incarnation, INCARNATION_SIZE);
    return span_of(row, HEARD_BYTES);
}

static int read_heard(struct store_txn *journal, struct hub_session *session)
{
    uint8_t row[HEARD_BYTES];
    struct span value;
    int rc = store_get(journal, TABLE_LOCAL, heard_row(session, row), &value);

    if (rc == 0 && value.len == 16) {
        session->rules.position = read_u64(value.data);
        session->rules.seq = read_u64(value.data + 8);
    }
    session->rules.read = 1;
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

int hub_operator_heard(const struct hub *hub, struct store_txn *journal, struct hub_session *session, const Navette__Frontier *frontier)
{
    uint8_t row[HEARD_BYTES];
    uint8_t value[16];
    int rc = 0;

    if (hub->operator_position == 0 || frontier == NULL ||
        memcmp(frontier->incarnation.data, session->incarnation, INCARNATION_SIZE) != 0) {
        return 0;
    }
    if (!session->rules.read) {
        rc = read_heard(journal, session);
    }
    if (rc != 0 || hub->operator_position <= session->rules.position || frontier->hub_cursor < hub->operator_position) {
        return rc;
    }
    session->rules.position = hub->operator_position;
    session->rules.seq = frontier->seq;
    write_u64(value, session->rules.position);
    write_u64(value + 8, session->rules.seq);
    return store_put(journal, TABLE_LOCAL, heard_row(session, row), span_of(value, sizeof value));
}

/* What the place's rule makes of one event; CAUSE_UNSPECIFIED in *cause: nothing. The network's own desk, and who is declared, has no operator to name. */
static int judge(struct store_txn *journal, const struct hub_operator_rule *rule, const Navette__Event *body, Navette__RefusalCause *cause)
{
    char row[ROW_BYTES];
    struct span works;
    int rc;

    *cause = NAVETTE__REFUSAL_CAUSE__CAUSE_UNSPECIFIED;
    if (rule == NULL || !rule->refuses || body->body_case == NAVETTE__EVENT__BODY_OPERATOR_DECIDED ||
        body->body_case == NAVETTE__EVENT__BODY_ADOPTED || body->body_case == NAVETTE__EVENT__BODY_OPERATION_CLOSED) {
        return 0;
    }
    if (body->operator_[0] == '\0') {
        *cause = NAVETTE__REFUSAL_CAUSE__CAUSE_OPERATOR_MISSING;
        return 0;
    }
    rc = store_get(journal, TABLE_LOCAL, row_of(body->place, body->operator_, row), &works);
    if (rc == NAVETTE_E_NOT_FOUND) {
        *cause = NAVETTE__REFUSAL_CAUSE__CAUSE_OPERATOR_UNKNOWN;
        return 0;
    }
    if (rc == 0 && (works.len != 1 || works.data[0] == 0)) {
        *cause = NAVETTE__REFUSAL_CAUSE__CAUSE_OPERATOR_ENDED;
    }
    return rc;
}

int hub_operator_judge(const struct hub *hub, struct store_txn *journal, const Navette__Event *body, Navette__RefusalCause *cause)
{
    return judge(journal, rule_of(hub, body->place), body, cause);
}

/* Whether an event of the session's log is to be asked at all: its node knew the rule of `place` when it recorded it. */
static const struct hub_operator_rule *rule_for(const struct hub *hub, const struct hub_session *session, const char *place, uint64_t seq)
{
    const struct hub_operator_rule *rule = rule_of(hub, place);

    return rule != NULL && rule->refuses && rule->position <= session->rules.position && seq > session->rules.seq ? rule : NULL;
}

static int check_event(const struct hub *hub, struct store_txn *journal, const struct hub_session *session, struct hub_checked *checked,
                       struct span bytes, size_t i)
{
    Navette__RefusalCause cause = NAVETTE__REFUSAL_CAUSE__CAUSE_UNSPECIFIED;
    struct event event;
    int rc = event_decode(bytes, &event);

    if (rc == 0) {
        rc = judge(journal, rule_for(hub, session, event.body->place, checked->header.first_seq + i), event.body, &cause);
    }
    /* Who is declared and who then works may stand in one batch. */
    if (rc == 0 && checked->operators > 0 && cause == NAVETTE__REFUSAL_CAUSE__CAUSE_UNSPECIFIED) {
        rc = note_event(journal, bytes);
    }
    event_free(&event);
    if (rc != 0) {
        return rc == NAVETTE_E_UNKNOWN || rc == NAVETTE_E_INVALID ? 0 : rc;
    }
    if (cause != NAVETTE__REFUSAL_CAUSE__CAUSE_UNSPECIFIED) {
        checked->reasons[i] = NAVETTE__REASON__REASON_NO_RIGHT;
        checked->causes[i] = (uint8_t)cause;
        checked->refused++;
    }
    return 0;
}

int hub_operator_check(const struct hub *hub, struct store_txn *journal, const struct hub_session *session, struct hub_checked *checked)
{
    const Navette__Batch *batch = ((const Navette__Push *)checked->frame.message)->batch;
    const struct hub_node *node = &checked->node;
    int any = 0;
    int rc = 0;

    if (memcmp(session->incarnation, checked->header.incarnation, INCARNATION_SIZE) != 0) {
        return 0;
    }
    for (size_t i = 0; session->rules.position > 0 && i < node->place_count; i++) {
        any |= rule_for(hub, session, node->places[i], checked->header.first_seq + checked->header.count) != NULL;
    }
    for (size_t i = 0; any && i < checked->header.count && rc == 0; i++) {
        if (checked->reasons[i] == 0) {
            rc = check_event(hub, journal, session, checked, span_of(batch->events[i].data, batch->events[i].len), i);
        }
    }
    return rc;
}
