/* SPDX-License-Identifier: Apache-2.0 */
#include "log/event_form.h"
#include "log/event_rule.h"

/* The network's own decisions, what library systems were told, entries taken over, hand-overs paired and swapped. */

static const struct event_rule node_enrolled[] = {
    THING(NodeEnrolled, node, NODES, 1, SUBJECT),        BYTES(NodeEnrolled, curve_key, KEY_SIZE, 1),
    BYTES(NodeEnrolled, sign_key, KEY_SIZE, 1),          PLACES(NodeEnrolled, places),
    ENUM(NodeEnrolled, role, navette__role__descriptor), ENUM(NodeEnrolled, scope, navette__scope__descriptor),
};

static const struct event_rule rights_granted[] = {
    THING(RightsGranted, node, NODES, 1, SUBJECT),
    PLACES(RightsGranted, places),
    ENUM(RightsGranted, role, navette__role__descriptor),
    ENUM(RightsGranted, scope, navette__scope__descriptor),
    FREE(RightsGranted, epoch),
    PLACES(RightsGranted, leaving),
    FREE(RightsGranted, taken),
    FREE(RightsGranted, complete),
    LIST(RightsGranted, at, RULE_RIGHTS, "at most 16 places, each once, expected"),
};

static const struct event_rule node_revoked[] = {
    THING(NodeRevoked, node, NODES, 1, SUBJECT),
    ENUM(NodeRevoked, reason, navette__reason__descriptor),
    FREE(NodeRevoked, since_ms),
};

static const struct event_rule node_rekeyed[] = {
    THING(NodeRekeyed, node, NODES, 1, SUBJECT),
    BYTES(NodeRekeyed, curve_key, KEY_SIZE, 1),
    BYTES(NodeRekeyed, sign_key, KEY_SIZE, 1),
    BYTES(NodeRekeyed, incarnation, INCARNATION_SIZE, 1),
    FREE(NodeRekeyed, from_seq),
    BYTES(NodeRekeyed, previous, KEY_SIZE, 1),
    BYTES(NodeRekeyed, signature, SIGNATURE_SIZE, 1),
    BYTES(NodeRekeyed, proof, SIGNATURE_SIZE, 1),
    FREE(NodeRekeyed, until_ms),
};

static const struct event_rule event_refused[] = {
    REF(EventRefused, target, 1),
    ENUM(EventRefused, reason, navette__reason__descriptor),
    FREE(EventRefused, cause),
    FREE(EventRefused, right),
};

static const struct event_rule event_admitted[] = {
    REF(EventAdmitted, refusal, 1),
};

static const struct event_rule event_parked[] = {
    REF(EventParked, target, 1),
    ENUM(EventParked, reason, navette__reason__descriptor),
};

static const struct event_rule frontier_noted[] = {
    THING(FrontierNoted, node, NODES, 1, NONE),
    ONE(FrontierNoted, frontier, RULE_FRONTIER, "a whole, signed frontier expected"),
};

static const struct event_rule discrepancy_settled[] = {
    BYTES(DiscrepancySettled, discrepancy, HASH_SIZE, 1),
    ENUM(DiscrepancySettled, reason, navette__reason__descriptor),
};

static const struct event_rule lease_granted[] = {
    THING(LeaseGranted, slot, SLOTS, 1, NONE),
    BYTES(LeaseGranted, lease, 16u, 1),
    THING(LeaseGranted, node, NODES, 1, NONE),
    FREE(LeaseGranted, places),
};

static const struct event_rule incarnation_started[] = {
    THING(IncarnationStarted, node, NODES, 1, SUBJECT),
    BYTES(IncarnationStarted, incarnation, INCARNATION_SIZE, 1),
    BYTES(IncarnationStarted, parent, INCARNATION_SIZE, 0),
    ENUM(IncarnationStarted, why, navette__verdict__descriptor),
};

static const struct event_rule ils_exported[] = {
    DATE(IlsExported, day, 1),
    TEXT(IlsExported, file, LIMIT_CODE),
    LIST(IlsExported, lines, RULE_LINES, "1 to 64 lines, each with its event, document and act, expected"),
};

static const struct event_rule ils_answered[] = {
    LIST(IlsAnswered, lines, RULE_LINES, "1 to 64 lines, each with its event, document and act, expected"),
    FREE(IlsAnswered, refused),
    ENUM(IlsAnswered, reason, navette__reason__descriptor),
};

static const struct event_rule adopted[] = {
    REF(Adopted, original, 1),
    BYTES(Adopted, salt, SALT_SIZE, 1),
    ONE(Adopted, event, RULE_ADOPTED, "the bytes of the event that it names expected"),
};

static const struct event_rule swap_confirmed[] = {
    BYTES(SwapConfirmed, shortage, HASH_SIZE, 1),
    BYTES(SwapConfirmed, overage, HASH_SIZE, 1),
};

static const struct event_rule swap_rejected[] = {
    BYTES(SwapRejected, shortage, HASH_SIZE, 1),
    BYTES(SwapRejected, overage, HASH_SIZE, 1),
};

static const struct event_rule handover_paired[] = {
    REF(HandoverPaired, count, 1),
    REF(HandoverPaired, with, 0),
    TEXT(HandoverPaired, slip, LIMIT_CODE),
    AT_STOP(HandoverPaired),
};

static const struct event_rule clone_found[] = {
    THING(CloneFound, node, NODES, 1, NONE),
};

static const struct event_rule clone_chosen[] = {
    THING(CloneChosen, node, NODES, 1, NONE),
    BYTES(CloneChosen, claimant, 16u, 1),
};

static const struct event_rule operator_decided[] = {
    THING(OperatorDecided, operator_, OPERATORS, 1, SUBJECT),
    FREE(OperatorDecided, ended),
    FREE(OperatorDecided, lead),
    FREE(OperatorDecided, pin_epoch),
};

static const struct event_rule operator_rule_decided[] = {
    THING(OperatorRuleDecided, rule, RULES, 1, SUBJECT),
    PLACE(OperatorRuleDecided, place, 1),
    ENUM(OperatorRuleDecided, need, navette__operator_need__descriptor),
    FREE(OperatorRuleDecided, refuse_unknown),
    FREE(OperatorRuleDecided, idle_s),
};

static const struct event_rule key_erased[] = {
    THING(KeyErased, subject, ORDERS, 1, SUBJECT),
    KEY_IDS(KeyErased, keys, 16u),
    ENUM(KeyErased, reason, navette__reason__descriptor),
};

static const struct event_rule key_gone[] = {
    KEY_IDS(KeyGone, keys, 64u),
};

static const struct event_rule recovery_key_changed[] = {
    BYTES(RecoveryKeyChanged, key, KEY_SIZE, 1),
};

static const struct event_form forms[] = {
    [NAVETTE__EVENT__BODY_NODE_ENROLLED] = FORM(node_enrolled, "node-enrolled", REACH_ALL, 1),
    [NAVETTE__EVENT__BODY_RIGHTS_GRANTED] = FORM(rights_granted, "rights-granted", REACH_ALL, 1),
    [NAVETTE__EVENT__BODY_NODE_REVOKED] = FORM(node_revoked, "node-revoked", REACH_ALL, 1),
    [NAVETTE__EVENT__BODY_NODE_REKEYED] = FORM(node_rekeyed, "node-rekeyed", REACH_ALL, 1),
    [NAVETTE__EVENT__BODY_EVENT_REFUSED] = FORM(event_refused, "event-refused", REACH_ALL, 1),
    [NAVETTE__EVENT__BODY_EVENT_PARKED] = FORM(event_parked, "event-parked", REACH_ALL, 1),
    [NAVETTE__EVENT__BODY_FRONTIER_NOTED] = FORM(frontier_noted, "frontier-noted", REACH_ALL, 1),
    [NAVETTE__EVENT__BODY_DISCREPANCY_SETTLED] = FORM(discrepancy_settled, "discrepancy-settled", REACH_ALL, 1),
    [NAVETTE__EVENT__BODY_LEASE_GRANTED] = FORM(lease_granted, "lease-granted", REACH_ALL, 1),
    [NAVETTE__EVENT__BODY_INCARNATION_STARTED] = FORM(incarnation_started, "incarnation-started", REACH_ALL, 1),
    [NAVETTE__EVENT__BODY_ADOPTED] = FORM(adopted, "adopted", REACH_NAMED, 1),
    [NAVETTE__EVENT__BODY_ILS_EXPORTED] = FORM(ils_exported, "ils-exported", REACH_NAMED, 1),
    [NAVETTE__EVENT__BODY_ILS_ANSWERED] = FORM(ils_answered, "ils-answered", REACH_NAMED, 1),
    [NAVETTE__EVENT__BODY_SWAP_CONFIRMED] = FORM(swap_confirmed, "swap-confirmed", REACH_ALL, 1),
    [NAVETTE__EVENT__BODY_SWAP_REJECTED] = FORM(swap_rejected, "swap-rejected", REACH_ALL, 1),
    [NAVETTE__EVENT__BODY_EVENT_ADMITTED] = FORM(event_admitted, "event-admitted", REACH_ALL, 1),
    [NAVETTE__EVENT__BODY_OPERATOR_DECIDED] = FORM(operator_decided, "operator-decided", REACH_NAMED, 1),
    [NAVETTE__EVENT__BODY_OPERATOR_RULE_DECIDED] = FORM(operator_rule_decided, "operator-rule-decided", REACH_ALL, 1),
    [NAVETTE__EVENT__BODY_HANDOVER_PAIRED] = FORM(handover_paired, "handover-paired", REACH_ALL, 1),
    [NAVETTE__EVENT__BODY_CLONE_FOUND] = FORM(clone_found, "clone-found", REACH_ALL, 1),
    [NAVETTE__EVENT__BODY_CLONE_CHOSEN] = FORM(clone_chosen, "clone-chosen", REACH_ALL, 1),
    [NAVETTE__EVENT__BODY_KEY_ERASED] = FORM(key_erased, "key-erased", REACH_ALL, 1),
    [NAVETTE__EVENT__BODY_KEY_GONE] = FORM(key_gone, "key-gone", REACH_NAMED, 1),
    [NAVETTE__EVENT__BODY_RECOVERY_KEY_CHANGED] = FORM(recovery_key_changed, "recovery-key-changed", REACH_ALL, 1),
};

const struct event_form *event_form_network_of(int body_case)
{
    return event_form_in(forms, sizeof(forms) / sizeof(forms[0]), body_case);
}
