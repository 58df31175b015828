/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/view_operators.h"

#include <string.h>

#include "fold/horizon.h"
#include "navette/fold.h"
#include "reconcile/serving.h"

struct listing {
    const char *place;
    struct view_operator *list;
    size_t count;
    size_t max;
};

int view_operators_is_code(const char *code)
{
    size_t len = strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");

    return code[len] == '\0' && len >= OPERATOR_CODE_MIN && len <= OPERATOR_CODE_MAX;
}

static void copy(const Navette__OperatorDecided *body, struct view_operator *out)
{
    memset(out, 0, sizeof(*out));
    memcpy(out->place, body->operator_->namespace_, strnlen(body->operator_->namespace_, LIMIT_PLACE_CODE));
    memcpy(out->code, body->operator_->id, strnlen(body->operator_->id, LIMIT_THING_ID));
    out->ended = body->ended;
    out->lead = body->lead;
    out->pin_epoch = body->pin_epoch;
}

int view_operators_find(struct store_txn *state, struct store_txn *journal, const char *place, const char *code,
                        struct view_operator *found)
{
    struct thing_key key;
    struct event event;
    int rc;

    memset(found, 0, sizeof(*found));
    if (thing_key_make(NAVETTE__THING_KIND__THING_OPERATOR, place, code, &key) != 0)
        return NAVETTE_E_NOT_FOUND;
    rc = fold_decided(state, journal, &key, &event);
    if (rc == 0 && event.body->body_case == NAVETTE__EVENT__BODY_OPERATOR_DECIDED)
        copy(event.body->operator_decided, found);
    else if (rc == 0)
        rc = NAVETTE_E_STORE;
    event_free(&event);
    return rc;
}

static int take(void *context, const Navette__Event *body)
{
    struct listing *listing = context;

    if (body->body_case != NAVETTE__EVENT__BODY_OPERATOR_DECIDED || listing->count == listing->max)
        return 0;
    if (listing->place[0] == '\0' || strcmp(body->operator_decided->operator_->namespace_, listing->place) == 0)
        copy(body->operator_decided, &listing->list[listing->count++]);
    return 0;
}

int view_operators_list(struct store_txn *state, struct store_txn *journal, const char *place, struct view_operator *list, size_t max)
{
    struct listing listing = {.place = place, .list = list, .max = max};
    struct horizon horizon;
    int rc = horizon_open(&horizon, state, journal);

    if (rc == 0)
        rc = serving_each_decided(&horizon, NAVETTE__THING_KIND__THING_OPERATOR, take, &listing);
    return rc != 0 ? rc : (int)listing.count;
}

void view_operators_rule_id(const char *place, char id[LIMIT_THING_ID + 1])
{
    static const char prefix[] = "operators:";

    memset(id, 0, LIMIT_THING_ID + 1);
    memcpy(id, prefix, sizeof(prefix) - 1);
    memcpy(id + sizeof(prefix) - 1, place, strnlen(place, LIMIT_PLACE_CODE));
}

int view_operators_rule(struct store_txn *state, struct store_txn *journal, const char *place, struct view_operator_rule *rule)
{
    char id[LIMIT_THING_ID + 1];
    struct thing_key key;
    struct event event;
    int rc;

    *rule = (struct view_operator_rule){.need = NAVETTE__OPERATOR_NEED__OPERATOR_NONE, .idle_s = OPERATOR_IDLE_S};
    view_operators_rule_id(place, id);
    if (thing_key_make(NAVETTE__THING_KIND__THING_RULE, "", id, &key) != 0)
        return 0;
    rc = fold_decided(state, journal, &key, &event);
    /* another place's rule, under the name of this one's, says nothing of this one */
    if (rc == 0 && event.body->body_case == NAVETTE__EVENT__BODY_OPERATOR_RULE_DECIDED &&
        strcmp(event.body->operator_rule_decided->place, place) == 0) {
        const Navette__OperatorRuleDecided *body = event.body->operator_rule_decided;

        if (body->need != NAVETTE__OPERATOR_NEED__OPERATOR_UNSPECIFIED)
            rule->need = body->need;
        rule->refuse_unknown = body->refuse_unknown;
        if (body->idle_s > 0 && body->idle_s <= OPERATOR_IDLE_MAX_S)
            rule->idle_s = body->idle_s;
    }
    event_free(&event);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

const char *view_operators_need_name(Navette__OperatorNeed need)
{
    static const char *const names[] = {"none", "none", "code", "pin", "passphrase"};

    return (unsigned)need < sizeof names / sizeof names[0] ? names[need] : "none";
}
