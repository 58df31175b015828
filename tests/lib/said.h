/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SAID_H
#define TESTS_SAID_H

#include "navette/verdict.h"
#include "pair.h"

/* What the people of a pair say, in a line each, and what the hub and the nodes make of it. Anything refused is an assert. */
#define SAID_MINUTE INT64_C(60000)
#define SAID_HOUR INT64_C(3600000)
#define SAID_DAY INT64_C(86400000)

/* A hub, and a node for each place: "A", "B", "C"; of network scope. */
struct pair *said_places(size_t count);

/* Everybody named speaks, long enough after for the hub to note it: "01". */
void said_talk(struct pair *pair, const char *who);
/* The same, twice: what they say the second time was said having seen all that the first brought. */
void said_all(struct pair *pair, const char *who);

/* A thing moved, seen or delivered at the node's place: Dispatched and Collected to `to`, the others without. kind: THING_ITEM (namespace "t"), THING_BAG... */
void said_move(struct pair *pair, size_t node, Navette__Event__BodyCase body, int kind, const char *code, const char *to);
/* The same of untagged bags of a kind. slip may be "". Received: to = from. */
void said_pool(struct pair *pair, size_t node, Navette__Event__BodyCase body, const char *kind, uint32_t count, const char *to,
               const char *slip);
/* Typed at the node: what the place says on the phone of a bag (a PhoneClaim), now; and what it counted of a slip, as its taker. */
void said_phone(struct pair *pair, size_t node, const char *reporter, int claim, const char *bag);
void said_told(struct pair *pair, size_t node, const char *reporter, const char *slip, uint32_t bags);
/* The taker's or giver's own count of a slip; a dispatch of a bag on a slip. */
void said_counted(struct pair *pair, size_t node, int party, const char *slip, uint32_t bags);
void said_given(struct pair *pair, size_t node, const char *bag, const char *to, const char *slip);
void said_commission(struct pair *pair, size_t node, const char *kind, int64_t count, Navette__Reason reason);
/* The last entry of a node. */
struct ref said_last(struct pair *pair, size_t node);
void said_retract(struct pair *pair, size_t node, const struct ref *target);

/* A correction of its present boot that is itself off by so much. */
void said_correct(struct pair *pair, size_t node, int64_t off_ms);

/* A rule of the desk, that holds from the beginning on; "" where it says nothing. */
void said_rule(struct pair *pair, const char *id, Navette__RuleKind kind, const char *material, const char *place, const char *to,
               uint64_t duration_s);
void said_declare(struct pair *pair, const char *place, Navette__PlaceKind kind);

/* The only discrepancy of this kind (0: of any) at the hub, or at a node, now; verdict 0: there is none. discrepancy_check() asserted. */
struct verdict_row said_hub(struct pair *pair, int kind);
struct verdict_row said_node(struct pair *pair, size_t node, int kind);
/* Its concerned places: "B A". Static until the next call. */
const char *said_concerned(const struct verdict_row *row);

#endif
