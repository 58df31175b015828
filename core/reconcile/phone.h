/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RECONCILE_PHONE_H
#define RECONCILE_PHONE_H

#include "fold/chronicle.h"
#include "fold/order.h"
#include "navette/discrepancy.h"
#include "navette/phone.h"

/*
 * What a place said on the phone of a thing (PhoneSaid), held against what is recorded of it. It moves nothing; a pure function of the thing's history, so that no order of arrival
 * matters. s: when it was said (at the latest: typed); the last event up to s and the first one behind s, in the order of the history, that tell:
 *
 * | event | after "here" | after "delivered" | after "gone" |
 * | --- | --- | --- | --- |
 * | at that place: received, found | confirms | contradicts | confirms |
 * | returned, dropped in the box there | confirms | confirms | confirms |
 * | seen, counted, packed, opened, cancelled there: it lies there | confirms | contradicts | contradicts |
 * | dispatched, refused there | confirms | contradicts | confirms |
 * | collected there | confirms | confirms | confirms |
 * | delivered there | confirms | confirms | confirms |
 * | missed by a count, declared lost there | contradicts | - | confirms |
 * | elsewhere: returned, dropped | contradicts | confirms | confirms |
 * | elsewhere: anything else but missed or lost | contradicts | contradicts | confirms |
 *
 * The event before s confirms "here" when it lies there since; "delivered" when it was delivered there, whatever comes after; "gone" when it had left, was delivered or missed there. It
 * never contradicts: people phone because something has changed. What the same place says later takes over from then on. The last word of a place that nothing confirms or
 * contradicts *stands*: while one does, what the history of the thing shows stays provisional (verdict.h), and views show it as said.
 *
 * TABLE_PHONE: 1 || thing key -> reference of the newest one that stands, zeros when none does; 2 || place, 0 || position u64 -> nothing: a PhoneReport of that place.
 */
#define PHONE_ROW_THING 1u
#define PHONE_ROW_PLACE 2u

enum phone_standing { PHONE_STANDS = 0, PHONE_REPLACED = 1, PHONE_CONFIRMED = 2, PHONE_CONTRADICTED = 3 };

struct phone_report {
    struct ref self;
    uint8_t claim; /* Navette__PhoneClaim */
    char place[LIMIT_PLACE_CODE + 1];
    int64_t said_ms;
    uint64_t hlc;
    int standing;
    struct ref by; /* what confirms or contradicts it */
    char by_place[LIMIT_PLACE_CODE + 1];
};

struct phone_reports {
    struct phone_report *list; /* present ones, by (place, said_ms, hlc, reference) */
    size_t count;
    int any; /* absent ones too */
};

/* Of a chronicle in its order. NAVETTE_E_MEMORY; phone_reports_free(). */
int phone_of_chronicle(const struct chronicle *chronicle, const struct order *order, struct phone_reports *reports);
int phone_of_history(const struct history *history, struct phone_reports *reports);
void phone_reports_free(struct phone_reports *reports);

/* The newest that stands; NULL: none. */
const struct phone_report *phone_standing(const struct phone_reports *reports);
/* Adds the contradicted ones. NAVETTE_E_MEMORY. */
int phone_find(const struct thing_key *key, const struct phone_reports *reports, struct discrepancy_findings *findings);
/* The finding of one report that another event contradicts. */
void phone_describe(const struct thing_key *subject, const struct ref *report, const char *place, const struct ref *by,
                    const char *by_place, struct discrepancy_finding *finding);

/* Keeps what stands of a thing. Codes of store.h. */
int phone_keep(struct store_txn *state, const struct thing_key *key, const struct phone_reports *reports);
/* Notes a PhoneReport at the horizon's limit; any other event: nothing. */
int phone_note(const struct horizon *horizon, const struct event *event);

/* What stood of a thing by what the horizon shows. NAVETTE_E_NOT_FOUND: nothing; position (may be NULL): of the report. */
int phone_stands(const struct horizon *horizon, const struct thing_key *key, struct phone_report *report, uint64_t *position);

#endif
