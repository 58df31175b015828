/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/right.h"

#include <stddef.h>

#define ROLES 6u

/* One row a body: the right that it takes, then where branch, relay, carrier, coordinator and reader have it. */
struct row {
    uint8_t known;
    uint8_t right;
    uint8_t reach[ROLES];
};

#define NO RIGHT_NOWHERE
#define HOME RIGHT_AT_HOME
#define ROUND RIGHT_ON_ROUND
#define ALL RIGHT_EVERYWHERE
#define ROW(body, need, branch, relay, carrier, coordinator, reader)                                                                       \
    [NAVETTE__EVENT__BODY_##body] = {1, NAVETTE__RIGHT__RIGHT_##need, {NO, branch, relay, carrier, coordinator, reader}}
#define HUB(body) [NAVETTE__EVENT__BODY_##body] = {1, NAVETTE__RIGHT__RIGHT_UNSPECIFIED, {NO, NO, NO, NO, NO, NO}}

/* clang-format off */
static const struct row rows[] = {
    /*                                            branch relay  carrier coord. reader */
    ROW(OPERATION_CLOSED,        RECORD,          HOME,  HOME,  HOME,   HOME,  NO),
    ROW(OPERATOR_DECIDED,        RECORD,          HOME,  HOME,  HOME,   HOME,  NO),
    ROW(ADOPTED,                 RECORD,          HOME,  HOME,  HOME,   HOME,  NO),

    ROW(ITEM_REGISTERED,         CATALOGUE,       HOME,  NO,    NO,     HOME,  NO),
    ROW(ITEM_CHANGED,            CATALOGUE,       HOME,  NO,    NO,     HOME,  NO),
    ROW(ITEM_WITHDRAWN,          CATALOGUE,       HOME,  NO,    NO,     HOME,  NO),
    ROW(BAG_COMMISSIONED,        CATALOGUE,       HOME,  NO,    NO,     HOME,  NO),
    ROW(BAG_RETIRED,             CATALOGUE,       HOME,  NO,    NO,     HOME,  NO),
    ROW(POOL_COMMISSIONED,       CATALOGUE,       HOME,  NO,    NO,     HOME,  NO),

    ROW(ORDER_PLACED,            ORDER,           HOME,  NO,    NO,     HOME,  NO),
    ROW(ORDER_CHANGED,           ORDER,           HOME,  NO,    NO,     HOME,  NO),
    ROW(ORDER_PREPARED,          ORDER,           HOME,  NO,    NO,     HOME,  NO),
    ROW(ORDER_STAGED,            ORDER,           HOME,  NO,    NO,     HOME,  NO),
    ROW(ORDER_HANDED_OVER,       ORDER,           HOME,  NO,    NO,     HOME,  NO),
    ROW(ORDER_CANCELLED,         ORDER,           HOME,  NO,    NO,     HOME,  NO),
    ROW(ORDER_NO_SHOW,           ORDER,           HOME,  NO,    NO,     HOME,  NO),
    ROW(ORDER_UNMET,             ORDER,           HOME,  NO,    NO,     HOME,  NO),

    ROW(SLOT_OPENED,             SLOT,            HOME,  NO,    NO,     HOME,  NO),
    ROW(SLOT_CLOSED,             SLOT,            HOME,  NO,    NO,     HOME,  NO),
    ROW(SLOT_LEASE_GRANTED,      SLOT,            HOME,  NO,    NO,     HOME,  NO),
    ROW(SLOT_LEASE_RETURNED,     SLOT,            HOME,  NO,    NO,     HOME,  NO),
    ROW(SLOT_BOOKED,             SLOT,            HOME,  NO,    NO,     HOME,  NO),
    ROW(SLOT_MOVED,              SLOT,            HOME,  NO,    NO,     HOME,  NO),
    ROW(SLOT_CANCELLED,          SLOT,            HOME,  NO,    NO,     HOME,  NO),
    ROW(SLOT_ARRIVED,            SLOT,            HOME,  NO,    NO,     HOME,  NO),

    ROW(ITEM_PACKED,             PACK,            HOME,  NO,    NO,     HOME,  NO),
    ROW(ITEM_UNPACKED,           PACK,            HOME,  NO,    NO,     HOME,  NO),
    ROW(BAG_SEALED,              PACK,            HOME,  NO,    NO,     HOME,  NO),
    ROW(CRATE_LOADED,            PACK,            HOME,  NO,    NO,     HOME,  NO),
    ROW(CRATE_UNLOADED,          PACK,            HOME,  NO,    NO,     HOME,  NO),
    ROW(BAG_OPENED,              OPEN,            HOME,  HOME,  NO,     HOME,  NO),
    ROW(SEALED_DEPOSIT,          DEPOSIT,         HOME,  HOME,  NO,     HOME,  NO),

    ROW(DISPATCHED,              DISPATCH,        HOME,  NO,    ROUND,  HOME,  NO),
    ROW(TRANSIT_CANCELLED,       CANCEL,          HOME,  HOME,  NO,     HOME,  NO),
    ROW(HANDOVER_COUNTED,        HANDOVER,        HOME,  HOME,  ROUND,  HOME,  NO),
    ROW(HANDOVER_PAIRED,         HANDOVER,        HOME,  HOME,  NO,     ALL,   NO),
    ROW(RECEIVED,                RECEIVE,         HOME,  HOME,  ROUND,  HOME,  NO),
    ROW(SEEN_ON_RECEPTION,       RECEIVE,         HOME,  HOME,  ROUND,  HOME,  NO),
    ROW(REFUSED,                 RECEIVE,         HOME,  HOME,  ROUND,  HOME,  NO),

    ROW(DELIVERED,               DELIVER,         HOME,  HOME,  HOME,   HOME,  NO),
    ROW(DELIVERY_FAILED,         DELIVER,         HOME,  HOME,  HOME,   HOME,  NO),
    ROW(RETURNED,                RETURN,          HOME,  HOME,  NO,     HOME,  NO),
    ROW(DROPPED,                 RETURN,          HOME,  HOME,  NO,     HOME,  NO),
    ROW(COLLECTED,               COLLECT,         HOME,  HOME,  ROUND,  HOME,  NO),

    ROW(ISOLATION_STARTED,       ISOLATE,         HOME,  NO,    NO,     HOME,  NO),
    ROW(RELEASED_BY_HAND,        ISOLATE,         HOME,  NO,    NO,     HOME,  NO),
    ROW(CLEANED,                 ISOLATE,         HOME,  NO,    NO,     HOME,  NO),
    ROW(BREACH_NOTED,            ISOLATE,         HOME,  NO,    NO,     HOME,  NO),
    ROW(DAMAGE_REPORTED,         ISOLATE,         HOME,  NO,    NO,     HOME,  NO),
    ROW(REPAIRED,                ISOLATE,         HOME,  NO,    NO,     HOME,  NO),

    ROW(SEEN_AT,                 SEE,             HOME,  HOME,  HOME,   HOME,  NO),
    ROW(FOUND,                   SEE,             HOME,  HOME,  NO,     HOME,  NO),
    ROW(COUNT_OPENED,            COUNT,           HOME,  HOME,  NO,     HOME,  NO),
    ROW(COUNT_LINE,              COUNT,           HOME,  HOME,  NO,     HOME,  NO),
    ROW(COUNT_CLOSED,            COUNT,           HOME,  HOME,  NO,     HOME,  NO),
    ROW(DECLARED_LOST,           LOSE,            HOME,  NO,    NO,     HOME,  NO),
    ROW(PHONE_REPORT,            PHONE,           HOME,  HOME,  NO,     HOME,  NO),
    ROW(PHONE_SAID,              PHONE,           HOME,  HOME,  NO,     HOME,  NO),
    ROW(PHONE_COUNTED,           PHONE,           HOME,  HOME,  NO,     HOME,  NO),

    ROW(RETRACTED,               CORRECT,         HOME,  HOME,  HOME,   ALL,   NO),
    ROW(CLOCK_CORRECTED,         CORRECT,         HOME,  HOME,  HOME,   HOME,  NO),

    ROW(MESSAGE_ATTEMPT_STARTED, MESSAGE,         HOME,  NO,    NO,     HOME,  NO),
    ROW(MESSAGE_SENT,            MESSAGE,         HOME,  NO,    NO,     HOME,  NO),
    ROW(MESSAGE_FAILED,          MESSAGE,         HOME,  NO,    NO,     HOME,  NO),
    ROW(CALL_ATTEMPTED,          MESSAGE,         HOME,  NO,    NO,     HOME,  NO),
    ROW(ILS_EXPORTED,            ILS,             HOME,  NO,    NO,     HOME,  NO),
    ROW(ILS_ANSWERED,            ILS,             HOME,  NO,    NO,     HOME,  NO),

    ROW(KEY_ERASED,              ORDER,           HOME,  NO,    NO,     ALL,   NO),
    ROW(KEY_GONE,                RECORD,          HOME,  HOME,  HOME,   HOME,  NO),

    ROW(DISCREPANCY_SETTLED,     SETTLE,          NO,    NO,    NO,     ALL,   NO),
    ROW(SWAP_CONFIRMED,          SETTLE,          NO,    NO,    NO,     ALL,   NO),
    ROW(SWAP_REJECTED,           SETTLE,          NO,    NO,    NO,     ALL,   NO),
    ROW(PLACE_DECLARED,          PLACE,           NO,    NO,    NO,     ALL,   NO),
    ROW(RULE_DECIDED,            RULE,            NO,    NO,    NO,     ALL,   NO),
    ROW(OPERATOR_RULE_DECIDED,   RULE,            NO,    NO,    NO,     ALL,   NO),

    HUB(NODE_ENROLLED),
    HUB(RIGHTS_GRANTED),
    HUB(NODE_REVOKED),
    HUB(NODE_REKEYED),
    HUB(CLONE_FOUND),
    HUB(CLONE_CHOSEN),
    HUB(EVENT_REFUSED),
    HUB(EVENT_PARKED),
    HUB(EVENT_ADMITTED),
    HUB(FRONTIER_NOTED),
    HUB(LEASE_GRANTED),
    HUB(INCARNATION_STARTED),
    HUB(RECOVERY_KEY_CHANGED),
};
/* clang-format on */

static const char *const names[RIGHT_COUNT] = {
    "",       "record",  "catalogue", "order", "slot",  "pack", "open",  "deposit", "dispatch", "cancel", "handover", "receive", "deliver",
    "return", "collect", "isolate",   "see",   "count", "lose", "phone", "correct", "message",  "ils",    "settle",   "place",   "rule",
};

static const struct row *row_of(int body_case)
{
    return body_case < 0 || (size_t)body_case >= sizeof(rows) / sizeof(rows[0]) || !rows[body_case].known ? NULL : &rows[body_case];
}

static uint64_t bit(unsigned right)
{
    return right == 0 ? 0 : UINT64_C(1) << right;
}

/* Those that can move something on a round have a field for it; what has none concerns no round. */
static int names_round(const Navette__Event *body)
{
    switch (body->body_case) {
    case NAVETTE__EVENT__BODY_DISPATCHED:
        return body->dispatched->round != NULL;
    case NAVETTE__EVENT__BODY_HANDOVER_COUNTED:
        return body->handover_counted->round != NULL;
    case NAVETTE__EVENT__BODY_RECEIVED:
        return body->received->round != NULL;
    case NAVETTE__EVENT__BODY_SEEN_ON_RECEPTION:
        return body->seen_on_reception->round != NULL;
    case NAVETTE__EVENT__BODY_REFUSED:
        return body->refused->round != NULL;
    case NAVETTE__EVENT__BODY_COLLECTED:
        return body->collected->round != NULL;
    default:
        return 0;
    }
}

Navette__RefusalCause right_judge(Navette__Role role, const struct right_change *here, const Navette__Event *body)
{
    const struct row *row = row_of((int)body->body_case);
    enum right_reach reach = right_reach_of(role, (int)body->body_case);

    if (row != NULL && row->right == NAVETTE__RIGHT__RIGHT_UNSPECIFIED)
        return NAVETTE__REFUSAL_CAUSE__CAUSE_HUB;
    if (reach == RIGHT_EVERYWHERE)
        return NAVETTE__REFUSAL_CAUSE__CAUSE_UNSPECIFIED;
    if (here == NULL)
        return NAVETTE__REFUSAL_CAUSE__CAUSE_PLACE;
    if (row != NULL && (here->withdrawn & bit(row->right)) != 0)
        return NAVETTE__REFUSAL_CAUSE__CAUSE_ROLE;
    if (row != NULL && (here->granted & right_mask_grantable() & bit(row->right)) != 0)
        return NAVETTE__REFUSAL_CAUSE__CAUSE_UNSPECIFIED;
    if (reach == RIGHT_NOWHERE)
        return NAVETTE__REFUSAL_CAUSE__CAUSE_ROLE;
    return reach == RIGHT_ON_ROUND && !names_round(body) ? NAVETTE__REFUSAL_CAUSE__CAUSE_ROUND : NAVETTE__REFUSAL_CAUSE__CAUSE_UNSPECIFIED;
}

Navette__Right right_of_body(int body_case)
{
    const struct row *row = row_of(body_case);

    return row == NULL ? NAVETTE__RIGHT__RIGHT_UNSPECIFIED : (Navette__Right)row->right;
}

enum right_reach right_reach_of(Navette__Role role, int body_case)
{
    const struct row *row = row_of(body_case);

    /* Of a role that a later version has this one knows nothing: it may nothing. */
    if ((unsigned)role >= ROLES)
        return RIGHT_NOWHERE;
    /* What is not known yet waits; who records nothing at all doesn't record this either. */
    if (row == NULL)
        return role == NAVETTE__ROLE__ROLE_UNSPECIFIED || role == NAVETTE__ROLE__ROLE_READER ? RIGHT_NOWHERE : RIGHT_AT_HOME;
    return (enum right_reach)row->reach[role];
}

int right_knows(int body_case)
{
    return row_of(body_case) != NULL;
}

uint64_t right_mask_of_role(Navette__Role role)
{
    uint64_t mask = 0;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].known && right_reach_of(role, (int)i) != RIGHT_NOWHERE)
            mask |= bit(rows[i].right);
    }
    return mask;
}

uint64_t right_mask_grantable(void)
{
    const uint64_t network = bit(NAVETTE__RIGHT__RIGHT_SETTLE) | bit(NAVETTE__RIGHT__RIGHT_PLACE) | bit(NAVETTE__RIGHT__RIGHT_RULE);

    return ((UINT64_C(1) << RIGHT_COUNT) - 2) & ~network;
}

const char *right_name(unsigned right)
{
    return right < RIGHT_COUNT ? names[right] : "";
}
