/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_EVENT_RULE_H
#define LOG_EVENT_RULE_H

#include "log/event_form.h"

/* How the rules of event_form.c are written: one word a field, with what to say when it is broken. */
#define KIND(name) (1u << NAVETTE__THING_KIND__THING_##name)
#define ITEMS KIND(ITEM)
#define BAGS KIND(BAG)
#define CRATES KIND(CRATE)
#define CARRIERS (KIND(BAG) | KIND(CRATE))
#define GOODS (KIND(ITEM) | KIND(BAG) | KIND(CRATE))
#define PLACES_ONLY KIND(PLACE)
#define RULES KIND(RULE)
#define NODES KIND(NODE)
#define ORDERS KIND(ORDER)
#define SLOTS KIND(SLOT)
#define ROUNDS KIND(ROUND)
#define OPERATORS KIND(OPERATOR)

#define NONE 0u
#define SUBJECT (1u + PART_SUBJECT)
#define CONTAINER (1u + PART_CONTAINER)
#define MISSING (1u + PART_MISSING)
#define FOR_ORDER (1u + PART_ORDER)

/* clang-format off */
#define AT(body, field) (uint16_t)offsetof(Navette__##body, field)
#define SAY(body, field, text) .wrong = #body "." #field ": " text, .offset = AT(body, field)
#define SAY_LIST(body, field, text) .wrong = #body "." #field ": " text, .offset = AT(body, n_##field), .list = AT(body, field)

#define FORM(body, text, wide, now) \
    { \
        .name = text, .rules = body, .count = sizeof(body) / sizeof((body)[0]), .reach = wide, .folded = now \
    }

#define TEXT(body, field, most) {SAY(body, field, "too long, not UTF-8, or a control character"), .kind = RULE_TEXT, .limit = most}
#define PLACE(body, field, need) {SAY(body, field, "a place code expected"), .kind = RULE_PLACE, .needed = need}
#define DESTINATION(body, field) {SAY(body, field, "the code of another place expected"), .kind = RULE_DESTINATION, .needed = 1}
#define DATE(body, field, need) {SAY(body, field, "a day as YYYY-MM-DD expected"), .kind = RULE_DATE, .needed = need}
#define ENUM(body, field, from) {SAY(body, field, "a value this version does not know"), .kind = RULE_ENUM, .values = &from}
#define BYTES(body, field, size, need) {SAY(body, field, #size " bytes expected"), .kind = RULE_BYTES, .limit = size, .needed = need}
#define THING(body, field, of, need, as) \
    {SAY(body, field, "a thing of the right kind, with an id, expected"), .kind = RULE_THING, .kinds = of, .needed = need, .part = as}
#define THINGS(body, field, of, need, as) \
    {SAY_LIST(body, field, "1 to 64 things of the right kind expected"), .kind = RULE_THINGS, .kinds = of, .needed = need, .part = as}
#define TEXTS(body, field, most) {SAY_LIST(body, field, "names expected, at most 64"), .kind = RULE_TEXTS, .limit = most}
#define PLACES(body, field) {SAY_LIST(body, field, "at most 16 place codes expected"), .kind = RULE_PLACES}
#define REF(body, field, need) {SAY(body, field, "a reference expected"), .kind = RULE_REF, .needed = need}
#define SEALED(body, field) {SAY(body, field, "not a sealed field"), .kind = RULE_SEALED}
#define LIST(body, field, how, text) {SAY_LIST(body, field, text), .kind = how}
#define KEY_IDS(body, field, most) {SAY_LIST(body, field, "1 to " #most " key ids of 16 bytes expected"), .kind = RULE_KEYS, .limit = most}
#define ONE(body, field, how, text) {SAY(body, field, text), .kind = how}
#define EITHER(body, one, other) \
    {.wrong = #body ": at least one thing or pool expected", .offset = AT(body, one), .list = AT(body, other), .kind = RULE_EITHER}
#define AMOUNT(body, field) {SAY(body, field, "a number of -2147483647 to 2147483647, not 0, expected"), .kind = RULE_AMOUNT}
#define NAMED(body, field, most) {SAY(body, field, "1 to " #most " bytes of text expected"), .kind = RULE_TEXT, .limit = most, .needed = 1}
#define AT_STOP(body) \
    THING(body, round, ROUNDS, 0, NONE), FREE(body, stop), ENUM(body, direction, navette__handover_direction__descriptor)
#define FREE(body, field) {SAY(body, field, ""), .kind = RULE_FREE}
/* clang-format on */

#endif
