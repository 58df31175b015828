/* SPDX-License-Identifier: Apache-2.0 */
#include "reconcile/handover.h"

#include <stdlib.h>
#include <string.h>

#include "navette/verdict.h"
#include "reconcile/handover_count.h"
#include "reconcile/handover_keep.h"
#include "reconcile/phone.h"
#include "reconcile/reconcile.h"

#define DAY_MS 86400000

const char *handover_party_name(int party)
{
    static const char *const names[HANDOVER_PARTIES] = {"giver", "carrier", "taker"};

    return party >= 0 && party < HANDOVER_PARTIES ? names[party] : "";
}

void handover_free(struct handover *handover)
{
    for (int party = 0; party < HANDOVER_PARTIES; party++)
        free(handover->parties[party].figures.pools);
    free(handover->missing);
    free(handover->extra);
    free(handover->dispatches);
    memset(handover, 0, sizeof(*handover));
}

static void set_once(char *out, size_t size, const char *text)
{
    size_t len = strlen(text);

    if (out[0] == '\0' && len < size)
        memcpy(out, text, len + 1);
}

/* From and to, as a count by this party has them: its own place, and the other side. */
static void take_ends(const Navette__HandoverCounted *counted, const char *place, struct handover *handover)
{
    int gives = counted->party == NAVETTE__HANDOVER_PARTY__PARTY_GIVER;

    if (counted->party == NAVETTE__HANDOVER_PARTY__PARTY_CARRIER)
        return;
    set_once(gives ? handover->from : handover->to, sizeof(handover->from), place);
    set_once(gives ? handover->to : handover->from, sizeof(handover->to), counted->peer);
}

/* Who gives what to whom: dispatches first, then what the others say. */
static void take_dispatch(const Navette__Event *body, struct handover *handover)
{
    int collects = body->body_case == NAVETTE__EVENT__BODY_COLLECTED;

    set_once(handover->from, sizeof(handover->from), body->place);
    set_once(handover->to, sizeof(handover->to), collects ? body->collected->to : body->dispatched->to);
    set_once(handover->carrier, sizeof(handover->carrier), collects ? body->collected->carrier : body->dispatched->carrier);
}

static void take_other(const struct handover_member *member, struct handover *handover)
{
    const Navette__Event *body = member->event.body;

    switch (body->body_case) {
    case NAVETTE__EVENT__BODY_HANDOVER_COUNTED:
        take_ends(body->handover_counted, body->place, handover);
        break;
    case NAVETTE__EVENT__BODY_PHONE_COUNTED:
        if (body->phone_counted->party == NAVETTE__HANDOVER_PARTY__PARTY_GIVER)
            set_once(handover->from, sizeof(handover->from), body->phone_counted->reporter);
        if (body->phone_counted->party == NAVETTE__HANDOVER_PARTY__PARTY_TAKER)
            set_once(handover->to, sizeof(handover->to), body->phone_counted->reporter);
        break;
    case NAVETTE__EVENT__BODY_RECEIVED:
        set_once(handover->from, sizeof(handover->from), body->received->from);
        set_once(handover->to, sizeof(handover->to), body->place);
        break;
    case NAVETTE__EVENT__BODY_REFUSED:
        set_once(handover->from, sizeof(handover->from), body->refused->from);
        set_once(handover->to, sizeof(handover->to), body->place);
        break;
    case NAVETTE__EVENT__BODY_OPERATION_CLOSED:
        set_once(handover->from, sizeof(handover->from), body->operation_closed->peer);
        set_once(handover->to, sizeof(handover->to), body->place);
        break;
    default:
        break;
    }
}

static void take_names(const struct handover_member *member, struct handover *handover)
{
    const struct handover_words *words = &member->words;

    set_once(handover->slip, sizeof(handover->slip), words->slip);
    if (words->round[0] != '\0' && (handover->round[0] == '\0' || (handover->stop == 0 && words->stop > 0))) {
        handover->round[0] = '\0';
        set_once(handover->round, sizeof(handover->round), words->round);
        handover->stop = words->stop;
        handover->direction = words->stop > 0 ? words->direction : 0;
    }
}

static int figure_of(const struct handover_figures *figures, unsigned int figure, uint64_t *value)
{
    *value = figure == HANDOVER_CRATES ? figures->crates : figure == HANDOVER_BAGS ? figures->bags : figures->items;
    return (figures->counted & figure) != 0;
}

int64_t handover_gap(const struct handover *handover, int earlier, int later, unsigned int figure)
{
    uint64_t before;
    uint64_t after;
    int both = figure_of(&handover->parties[earlier].figures, figure, &before);

    both &= figure_of(&handover->parties[later].figures, figure, &after);
    return both ? (int64_t)after - (int64_t)before : 0;
}

static uint64_t pool_count(const struct handover_figures *figures, const char *kind)
{
    for (size_t i = 0; i < figures->pool_count; i++) {
        if (strcmp(figures->pools[i].kind, kind) == 0)
            return figures->pools[i].count;
    }
    return 0;
}

int64_t handover_pool_gap(const struct handover *handover, int earlier, int later, const char *kind)
{
    const struct handover_figures *before = &handover->parties[earlier].figures;
    const struct handover_figures *after = &handover->parties[later].figures;

    if (!(before->counted & after->counted & HANDOVER_POOLS))
        return 0;
    return (int64_t)pool_count(after, kind) - (int64_t)pool_count(before, kind);
}

/* sure: both have recorded it. */
struct weights {
    int is_short, is_over;
    int sure_short, sure_over;
};

static void weigh(const struct handover *handover, unsigned int figure, int64_t gap, struct weights *weights)
{
    int sure = !((handover->parties[handover->earlier].phoned | handover->parties[handover->later].phoned) & figure);

    weights->is_short |= gap < 0;
    weights->is_over |= gap > 0;
    weights->sure_short |= sure && gap < 0;
    weights->sure_over |= sure && gap > 0;
}

static void compare(struct handover *handover)
{
    const struct handover_count *parties = handover->parties;
    struct weights weights = {handover->missing_count > 0, handover->extra_count > 0, handover->missing_count > 0,
                              handover->extra_count > 0};

    handover->earlier = parties[HANDOVER_GIVER].done ? HANDOVER_GIVER : parties[HANDOVER_CARRIER].done ? HANDOVER_CARRIER : -1;
    handover->later = parties[HANDOVER_TAKER].done ? HANDOVER_TAKER : parties[HANDOVER_CARRIER].done ? HANDOVER_CARRIER : -1;
    if (handover->earlier < 0 || handover->later <= handover->earlier) {
        handover->earlier = -1;
        handover->later = -1;
        return;
    }
    for (unsigned int figure = HANDOVER_CRATES; figure <= HANDOVER_ITEMS; figure <<= 1)
        weigh(handover, figure, handover_gap(handover, handover->earlier, handover->later, figure), &weights);
    for (int side = 0; side < 2; side++) {
        const struct handover_figures *figures = &parties[side == 0 ? handover->earlier : handover->later].figures;

        for (size_t i = 0; i < figures->pool_count; i++)
            weigh(handover, HANDOVER_POOLS, handover_pool_gap(handover, handover->earlier, handover->later, figures->pools[i].kind),
                  &weights);
    }
    handover->is_short = weights.is_short;
    handover->is_over = weights.is_over;
    handover->phone_short = weights.is_short && !weights.sure_short;
    handover->phone_over = weights.is_over && !weights.sure_over;
}

int handover_of(const struct handover_set *set, struct handover *handover)
{
    int rc;

    memset(handover, 0, sizeof(*handover));
    handover->earlier = -1;
    handover->later = -1;
    if (set->count == 0)
        return 0;
    handover->key = set->keys[set->canonical];
    handover->day = (int32_t)((int64_t)(set->members[0].event.body->hlc >> 16) / DAY_MS);
    rc = handover_count_set(set, handover);
    if (rc != 0) {
        handover_free(handover);
        return rc;
    }
    for (size_t i = 0; i < set->count; i++) {
        if (set->members[i].words.role == HANDOVER_GIVES)
            take_dispatch(set->members[i].event.body, handover);
    }
    for (size_t i = 0; i < set->count; i++) {
        take_other(&set->members[i], handover);
        take_names(&set->members[i], handover);
    }
    handover->unpaired = set->count == 1 && set->members[0].words.role == HANDOVER_COUNTS && handover->slip[0] == '\0' &&
                         handover->stop == 0 && set->members[0].words.dispatch.seq == 0;
    compare(handover);
    return 0;
}

/* ---- what is wrong with it */

static void add_tags(struct discrepancy_finding *finding, const struct handover_tag *tags, size_t count)
{
    for (size_t i = 0; i < count; i++)
        reconcile_add_event(finding, &tags[i].event);
}

static void find_kind(const struct handover *handover, int kind, struct discrepancy_finding *finding)
{
    const struct handover_count *earlier = &handover->parties[handover->earlier];
    const struct handover_count *later = &handover->parties[handover->later];

    int phoned = kind == DISCREPANCY_SHORT ? handover->phone_short : handover->phone_over;

    memset(finding, 0, sizeof(*finding));
    finding->kind = (uint8_t)kind;
    reconcile_add_event(finding, phoned && later->phoned ? &later->told : &later->by);
    reconcile_add_event(finding, phoned && earlier->phoned ? &earlier->told : &earlier->by);
    if (kind == DISCREPANCY_SHORT)
        add_tags(finding, handover->missing, handover->missing_count);
    else
        add_tags(finding, handover->extra, handover->extra_count);
    reconcile_add_place(finding, handover->later == HANDOVER_TAKER ? later->place : handover->to);
    reconcile_add_place(finding, handover->earlier == HANDOVER_GIVER ? earlier->place : handover->from);
    reconcile_add_place(finding, handover->to);
    reconcile_add_place(finding, handover->from);
    reconcile_add_place(finding, handover->carrier);
    reconcile_add_place(finding, handover->parties[HANDOVER_CARRIER].place);
    reconcile_identify(&handover->key, NULL, 0, finding);
}

size_t handover_find(const struct handover *handover, struct discrepancy_finding findings[HANDOVER_FINDINGS_MAX])
{
    size_t count = 0;

    for (int party = 0; party < HANDOVER_PARTIES; party++) {
        const struct handover_count *counted = &handover->parties[party];

        if (counted->denied)
            phone_describe(&handover->key, &counted->told, counted->told_place, &counted->by, counted->place, &findings[count++]);
    }
    if (handover->earlier >= 0 && handover->is_short)
        find_kind(handover, DISCREPANCY_SHORT, &findings[count++]);
    if (handover->earlier >= 0 && handover->is_over)
        find_kind(handover, DISCREPANCY_OVER, &findings[count++]);
    return count;
}

/* ---- reading */

static int open_moment(struct horizon *horizon, struct store_txn *state, struct store_txn *journal, const struct verdict_moment *moment)
{
    return moment == NULL ? horizon_open(horizon, state, journal) : horizon_open_at(horizon, state, journal, moment->known);
}

static int read_key(const struct horizon *horizon, const struct verdict_moment *moment, const struct thing_key *key,
                    struct handover *handover)
{
    struct handover_set set;
    int rc = handover_set_load_at(horizon, moment == NULL ? INT64_MAX : moment->at_ms, key, &set);

    if (rc != 0)
        return rc;
    rc = set.count == 0 ? NAVETTE_E_NOT_FOUND : handover_of(&set, handover);
    handover_set_free(&set);
    return rc;
}

int handover_read(struct store_txn *state, struct store_txn *journal, const struct thing_key *key, struct handover *handover)
{
    return handover_read_known(state, journal, key, NULL, handover);
}

int handover_read_known(struct store_txn *state, struct store_txn *journal, const struct thing_key *key,
                        const struct verdict_moment *moment, struct handover *handover)
{
    struct horizon horizon;
    int rc = open_moment(&horizon, state, journal, moment);

    return rc == 0 ? read_key(&horizon, moment, key, handover) : rc;
}

int handover_read_ref(struct store_txn *state, struct store_txn *journal, const struct ref *event, struct handover *handover)
{
    struct thing_key key;

    handover_key_of_ref(event, &key);
    return handover_read(state, journal, &key, handover);
}

struct listing {
    const struct horizon *horizon;
    const struct handover_filter *filter;
    struct handover_view *view;
};

static int is_at(const struct handover *handover, const char *place)
{
    int found = strcmp(handover->from, place) == 0 || strcmp(handover->to, place) == 0;

    for (int party = 0; party < HANDOVER_PARTIES; party++)
        found |= strcmp(handover->parties[party].place, place) == 0;
    return found;
}

static int is_wanted(const struct handover_filter *filter, const struct handover *handover)
{
    if (filter->round != NULL && strcmp(handover->round, filter->round) != 0)
        return 0;
    if (filter->place != NULL && !is_at(handover, filter->place))
        return 0;
    if (filter->gaps && !handover->is_short && !handover->is_over)
        return 0;
    return !filter->unpaired || handover->unpaired;
}

/* Takes the hand-over, or frees it. */
static int list_row(struct listing *listing, struct handover *handover)
{
    struct handover_view *view = listing->view;
    struct handover *rows;

    if (!is_wanted(listing->filter, handover) || view->total++ >= listing->filter->max) {
        handover_free(handover);
        return 0;
    }
    rows = realloc(view->rows, (view->count + 1) * sizeof(*rows));
    if (rows == NULL) {
        handover_free(handover);
        return NAVETTE_E_MEMORY;
    }
    view->rows = rows;
    rows[view->count++] = *handover;
    return 0;
}

/* Each once, under the name it is kept under. */
static int list_key(const struct thing_key *key, void *context)
{
    struct listing *listing = context;
    struct thing_key container;
    struct handover handover;
    int rc;

    if (handover_key_is_deposit(key, &container))
        return 0;
    rc = read_key(listing->horizon, listing->filter->moment, key, &handover);
    listing->view->pruned += rc == NAVETTE_E_PRUNED;
    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND || rc == NAVETTE_E_PRUNED ? 0 : rc;
    if (thing_key_equal(&handover.key, key))
        return list_row(listing, &handover);
    handover_free(&handover);
    return 0;
}

static int list_slip(struct listing *listing, const char *slip)
{
    struct handover handover;
    struct thing_key key;
    int rc = handover_key_of_slip(slip, &key);

    if (rc == 0)
        rc = read_key(listing->horizon, listing->filter->moment, &key, &handover);
    if (rc == NAVETTE_E_NOT_FOUND || rc == NAVETTE_E_INVALID)
        return 0;
    return rc == 0 ? list_row(listing, &handover) : rc;
}

int handover_list(struct store_txn *state, struct store_txn *journal, const struct handover_filter *filter, struct handover_view *view)
{
    struct horizon horizon;
    struct listing listing = {.horizon = &horizon, .filter = filter, .view = view};
    int rc = open_moment(&horizon, state, journal, filter->moment);

    memset(view, 0, sizeof(*view));
    if (rc == 0)
        rc = filter->slip != NULL ? list_slip(&listing, filter->slip) : handover_keep_each(state, list_key, &listing);
    if (rc != 0)
        handover_view_free(view);
    return rc;
}

void handover_view_free(struct handover_view *view)
{
    for (size_t i = 0; i < view->count; i++)
        handover_free(&view->rows[i]);
    free(view->rows);
    view->rows = NULL;
    view->count = 0;
}
