/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_VIEW_JSON_H
#define NAVETTE_VIEW_JSON_H

#include <jansson.h>
#include <stdio.h>

#include "navette/count.h"
#include "navette/event.h"
#include "navette/match.h"
#include "navette/pool.h"
#include "navette/verdict.h"
#include "navette/view.h"

/*
 * Views as JSON, for the control sockets of node and hub. One shape everywhere: names in lower case with underscores, words ("in-transit") as
 * state_name() gives them, days "YYYY-MM-DD", times ISO 8601 in the zone `tz` (a POSIX TZ string; NULL or "": UTC). Every function gives a
 * new reference, or NULL when there is no memory; nothing of what is passed in is kept.
 */
json_t *view_json_day(int32_t day);                 /* null for 0 */
json_t *view_json_time(int64_t ms, const char *tz); /* null for 0 and for times out of range */
json_t *view_json_ref(const struct ref *ref);       /* its text form (ref.h); null for none */
json_t *view_json_key(const struct thing_key *key); /* {"kind", "namespace", "id"}; null for none */
const char *view_json_kind(int kind);               /* "item", "bag"...; "unknown". Static */
const char *view_json_custody(int custody);         /* "none", "place", "transit", "person", "container" */
const char *view_json_condition(int condition);     /* "normal", "missing", "lost", "withdrawn" */

json_t *view_json_stock(
    const struct stock_view *view); /* {"rows": [{place, kind, state, material, home?, to?, day?, count, low, high, range?}], "total"} */
/*
 * {"explains": "figure", "rows": [{kind, namespace, id, place, state, material, time, event, at, operator, ref, to?, day?, container?, container_event?, may_have_moved, events}],
 * "total", "low", "high", "others": [likewise: what may have come], "other_total", "context": [event: what else these events touch], "rules": [event], "silent": [{place, node,
 * since, noted: event}], "quiet_ms"}, an event being {thing?, time, event, at, operator, ref}.
 */
json_t *view_json_figure(const struct figure_view *view, const char *tz);
struct view_handover;
struct view_variance;
/* view_explain.h: as handovers with one row, and {"explains": "handover", "events": [{party, time, event, at, operator, ref}], "compared": [earlier, later]?} */
json_t *view_json_handover_explain(const struct view_handover *view, const char *tz);
/* view_explain.h: as count, its first rows with "events", and {"explains": "count", "events": the session's own} */
json_t *view_json_variance(const struct view_variance *view, const char *tz);
json_t *view_json_transit(
    const struct transit_view *view); /* {"rows": [{day, material, from, to, count, low, high, range?, by_phone?}], "total"} */
/*
 * Adds to an answer of now what was said on the phone, when anything stands (phone.h): "phone": {"places": [{place, speaker, said, age_s, ref, bags?, items?, returned?}], "things":
 * [{place, speaker, said, age_s, ref, thing, code, claim}]}. 0 or a code of the store.
 */
struct view_json_phone_ask {
    const struct view_moment *moment;
    const char *place;             /* NULL: all */
    const struct thing_key *thing; /* this one alone; NULL: all */
    const char *tz;
};
int view_json_phone(json_t *answer, struct store_txn *state, struct store_txn *journal, const struct view_json_phone_ask *ask);
/*
 * Adds to a stock or transit answer who is silent, "silent": [{place, node, since}], and what they may have moved, "possible": [{material, home?, count}].
 * since is null when a place was never heard.
 */
void view_json_silences(json_t *answer, const struct frontier_silences *silences,
                        const char *tz); /* "silent" alone: of a view without figures */
void view_json_silent(json_t *answer, const struct frontier_silences *silences, const struct view_pool *pools, size_t pool_count,
                      const char *tz);
json_t *view_json_bags(const struct bag_view *view); /* {"rows": [{place, material, clean, ... owned}], "network": {...}} */
/* [{kind, place, here, with_person}], of the network ("" as place) also in_transit, lost, owned. */
json_t *view_json_pools(const struct pool_view *view);
/* {"kind", "id", "state", "place", "container", "root", "since", "title", ...} */
json_t *view_json_thing(const struct whereabouts *whereabouts, const char *tz);
/* {"rows": [{time, event, place, operator, after}]}, in the order of the fold; absent ones carry "absent": true. */
json_t *view_json_history(const struct history *history, const char *tz);
/* And "conflict": {stands, events: [what gave the custody before, what contradicts it]}; of an order "state", "state_by". As history, with all that decided: reference, sequence, parents, explanation, conflict, what made it absent, clock, every field of the event. */
json_t *view_json_explain(const struct history *history, const char *tz);
json_t *view_json_places(const struct place_row *rows, size_t count);
/* {"total", "rows": [key...]} */
json_t *view_json_conflicts(const struct thing_key *keys, size_t count, size_t total);
/*
 * {"rows": [{discrepancy, kind, thing, code, verdict, concerned, opened, proven, events, waits: [{place, node, since}], waiting, since, wait_count,
 * phone?, phone_place?, wrongly_proven?, closed_by?, reason?}], "totals": {verdict: count}, "wrongly_proven"}
 */
json_t *view_json_discrepancies(const struct verdict_view *view, const char *tz);
/*
 * {count, place, operator, zone, material, call_from, call_to, blind, open, complete, opened, closed, lines, saw_opening: {hub_cursor, own_seq}, saw_closing, hidden,
 * rows: [{what, thing, code, call_number, title, state, place, to, seen, listed}], expected, seen, missing, unexpected, outside, explained, added}. hide: rows are
 * empty and no figure tells what is expected.
 */
json_t *view_json_count(const struct count_view *view, int hide, const char *tz);
json_t *view_json_counts(const struct count_session *list, size_t count, const char *tz); /* {"rows": [the session's own fields]} */
/*
 * One of them and why: the same fields, and {term, opened_by, shown_by: [cause], concerned_nodes: [{place, node, passed, since}], grace: {ms, rule, place},
 * closed: cause}, a cause being {time, event, at, operator, ref}. What its kind means is not said again: message_verdict.h has it in words.
 */
struct view_verdict;
json_t *view_json_verdict(const struct view_verdict *view, const char *tz);
/*
 * {"rows": [{handover, slip, round, stop, direction, carrier, from, to, day, counts: {giver, carrier, taker: {counted, crates, bags, items, pools: [{kind, count}], scans,
 * place, time, by, text, by_phone?, denied?, told?, said?}}, gaps: [{between: [earlier, later], crates, bags, items, pools}], missing: [key], extra: [key], short, over, unpaired}], "total"}. A party that
 * said nothing and a figure that was not counted are null; gaps are later less earlier.
 */
json_t *view_json_handovers(const struct handover_view *view, const char *tz);
/* The same answer, its figures a row each. */
void view_json_handovers_csv(FILE *out, const json_t *answer);
/* How people call a hand-over: its slip, "ROUND/STOP/out", or a reference; of a deposit, its container. */
json_t *view_json_handover_name(const struct thing_key *key);
/* {"rows": [{proposal, ground, shortage, overage: {discrepancy, handover, from, to, verdict}, common: [key], crates, bags, items}]} */
json_t *view_json_proposals(const struct match_view *view);
json_t *view_json_aside(const struct aside *list, size_t count);
/* "" when it is not refused. */
const char *view_json_lost(enum want_refusal why);

#endif
