/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/link.h"

#include <string.h>

static int same_hash(const uint8_t *a, const uint8_t *b)
{
    return memcmp(a, b, HASH_SIZE) == 0;
}

Navette__Verdict link_verdict(const struct link_facts *facts)
{
    if (!facts->known_key || (facts->known_incarnation && !facts->incarnation_of_this_node)) {
        return NAVETTE__VERDICT__VERDICT_REFUSED;
    }
    if (facts->process_is_new && facts->process_seen) {
        return NAVETTE__VERDICT__VERDICT_CLONE;
    }
    if (!facts->known_incarnation) {
        /* A hub that never heard of this log, though it acknowledged some of it, is an older copy of itself. */
        if (facts->durable_seq > 0) {
            return NAVETTE__VERDICT__VERDICT_HUB_RESTORED;
        }
        if (facts->hub_has_node) {
            return NAVETTE__VERDICT__VERDICT_RESET;
        }
        return facts->claimed_seq == 0 ? NAVETTE__VERDICT__VERDICT_IN_STEP : NAVETTE__VERDICT__VERDICT_HUB_BEHIND;
    }
    if (facts->claimed_seq < facts->held_seq) {
        if (!facts->answered) {
            return NAVETTE__VERDICT__VERDICT_PROBE;
        }
        if (facts->has_held_at_claimed && same_hash(facts->held_at_claimed, facts->claimed_hash)) {
            return NAVETTE__VERDICT__VERDICT_NODE_RESTORED;
        }
        return NAVETTE__VERDICT__VERDICT_FORK;
    }
    if (facts->claimed_seq == facts->held_seq) {
        return same_hash(facts->claimed_hash, facts->held_hash) ? NAVETTE__VERDICT__VERDICT_IN_STEP : NAVETTE__VERDICT__VERDICT_FORK;
    }
    if (!facts->has_probe) {
        return NAVETTE__VERDICT__VERDICT_PROBE;
    }
    if (!same_hash(facts->probe_hash, facts->held_hash)) {
        return NAVETTE__VERDICT__VERDICT_FORK;
    }
    if (facts->durable_seq > facts->held_seq) {
        return NAVETTE__VERDICT__VERDICT_HUB_RESTORED;
    }
    return NAVETTE__VERDICT__VERDICT_HUB_BEHIND;
}

int link_may_stream(Navette__Verdict verdict)
{
    switch (verdict) {
    case NAVETTE__VERDICT__VERDICT_IN_STEP:
    case NAVETTE__VERDICT__VERDICT_HUB_BEHIND:
    case NAVETTE__VERDICT__VERDICT_RESET:
    case NAVETTE__VERDICT__VERDICT_HUB_RESTORED:
        return 1;
    default:
        return 0;
    }
}

const char *link_verdict_name(Navette__Verdict verdict)
{
    switch (verdict) {
    case NAVETTE__VERDICT__VERDICT_IN_STEP:
        return "in-step";
    case NAVETTE__VERDICT__VERDICT_HUB_BEHIND:
        return "hub-behind";
    case NAVETTE__VERDICT__VERDICT_NODE_RESTORED:
        return "node-restored";
    case NAVETTE__VERDICT__VERDICT_FORK:
        return "fork";
    case NAVETTE__VERDICT__VERDICT_RESET:
        return "reset";
    case NAVETTE__VERDICT__VERDICT_CLONE:
        return "clone";
    case NAVETTE__VERDICT__VERDICT_HUB_RESTORED:
        return "hub-restored";
    case NAVETTE__VERDICT__VERDICT_PROBE:
        return "probe";
    case NAVETTE__VERDICT__VERDICT_REFUSED:
        return "refused";
    default:
        return "none";
    }
}
