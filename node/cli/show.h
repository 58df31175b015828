/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CLI_SHOW_H
#define NODE_CLI_SHOW_H

#include "node/cli/session.h"

/* An answer as people read it, on stdout: tables for views, sentences for the rest. */
/* A kind of bag; bags of no kind in particular bear a word of ours. */
const char *show_kind(const struct arguments *arguments, const char *material);
/* That this node only follows its own places, when it does. */
void show_partial(const json_t *answer);
/* The same, and who is silent since when: their work may change what is shown. */
void show_silent(const struct arguments *arguments, const json_t *answer);
void show_answer(const struct arguments *arguments, const json_t *answer);

/* Parts of it, in files of their own. */
void show_views(const struct arguments *arguments, const json_t *answer);  /* stock, transit, bags, places, aside, discrepancies */
void show_past(const struct arguments *arguments, const json_t *answer);   /* history, explain */
void show_status(const struct arguments *arguments, const json_t *answer); /* status, sync */
void show_compare(const struct arguments *arguments, const json_t *answer);
void show_damage_note(const json_t *damage); /* when there is one */
void show_refused(const struct arguments *arguments, const json_t *answer);
void show_orders(const struct arguments *arguments, const json_t *answer); /* orders, picklist, ils */

void show_handover(const struct arguments *arguments, const json_t *answer); /* handovers, proposals */
void show_count(const struct arguments *arguments, const json_t *answer);    /* count open, status, sheet, close */
void show_counts(const struct arguments *arguments, const json_t *answer);   /* count list */

/* What was said on the phone, beneath the figures: it is in none of them. */
void show_phone(const struct arguments *arguments, const json_t *answer);

/* Fields of an answer, as text: "" when absent. Numbers are written into `out`. */
const char *show_text(const json_t *object, const char *name);
#define SHOW_NUMBER_SIZE 24u
const char *show_number(const json_t *object, const char *name, char out[SHOW_NUMBER_SIZE]);
/* "2020-02-20 08:00" of a time. */
#define SHOW_TIME_SIZE 17u
const char *show_time(const json_t *object, const char *name, char out[SHOW_TIME_SIZE]);
/* Where a record's custody says a thing is. */
#define SHOW_PLACE_SIZE 256u
const char *show_place(const struct arguments *arguments, const json_t *record, char out[SHOW_PLACE_SIZE]);

#endif
