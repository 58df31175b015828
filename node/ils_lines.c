/* SPDX-License-Identifier: Apache-2.0 */
#include "node/ils_lines.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "navette/tz.h"

#define LABEL_PREFIX "NAV-" /* ids that were made here for documents without barcode */

const char *ils_lines_word(enum ils_ready ready)
{
    static const char *const words[ILS_READY_COUNT] = {"ready",         "no-barcode",     "no-card",       "no-order",
                                                       "key-elsewhere", "sealed-damaged", "loan-not-told", "refused"};

    return words[ready];
}

static int read_card(const struct office *office, struct store_txn *txn, struct ils_line *line)
{
    struct order_view order;
    struct person person;
    int rc;

    if (line->line.order.len == 0) {
        line->ready = ILS_NO_ORDER;
        return 0;
    }
    rc = view_orders_read(txn, txn, &line->line.order, &order);
    if (rc != 0) {
        line->ready = ILS_NO_CARD;
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    }
    rc = person_open(office->keyring, &order, &person);
    if (rc == 0 && person.card[0] == '\0')
        line->ready = ILS_NO_CARD;
    else if (rc == 0)
        memcpy(line->card, person.card, sizeof line->card);
    else if (rc == NAVETTE_E_NOT_FOUND)
        line->ready = order.has_person ? ILS_KEY_AWAY : ILS_NO_CARD;
    else if (rc == NAVETTE_E_INVALID)
        line->ready = ILS_KEY_DAMAGED;
    view_orders_free(&order);
    person_wipe(&person);
    return rc == NAVETTE_E_NOT_FOUND || rc == NAVETTE_E_INVALID ? 0 : rc;
}

static int same_loan(const struct loan_line *a, const struct loan_line *b)
{
    return ref_compare(&a->event, &b->event) == 0 && thing_key_equal(&a->item, &b->item);
}

/* A return is told with or behind its loan, never without. */
static int loan_waits(const struct ils_list *list, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (list->lines[i].line.act == NAVETTE__ILS_ACT__ILS_ISSUE && same_loan(&list->lines[i].line, &list->lines[at].line))
            return list->lines[i].ready != ILS_READY;
    return 0;
}

static int judge(const struct office *office, struct store_txn *txn, struct ils_list *list, size_t at, int refused_too)
{
    struct ils_line *line = &list->lines[at];

    if (strncmp(thing_id(&line->line.item), LABEL_PREFIX, strlen(LABEL_PREFIX)) == 0)
        line->ready = ILS_NO_BARCODE;
    else if (line->line.refused && !refused_too)
        line->ready = ILS_WAS_REFUSED;
    else if (line->line.act == NAVETTE__ILS_ACT__ILS_ISSUE)
        return read_card(office, txn, line);
    else if (loan_waits(list, at))
        line->ready = ILS_LOAN_WAITS;
    return 0;
}

static void set_day(const char *tz, struct ils_line *line)
{
    struct civil civil;

    if (tz_local(tz, line->line.time_ms, &civil) != 0)
        tz_civil_of_days(0, &civil);
    (void)snprintf(line->day, sizeof line->day, "%04u-%02u-%02u", (unsigned)civil.year % 10000u, (unsigned)civil.month % 100u,
                   (unsigned)civil.day % 100u);
    (void)snprintf(line->time, sizeof line->time, "%02u:%02u:%02u %03u", (unsigned)civil.hour % 100u, (unsigned)civil.minute % 100u,
                   (unsigned)civil.second % 100u, (unsigned)civil.millisecond % 1000u);
}

int ils_lines_read(const struct office *office, struct store_txn *txn, const struct ils_query *query, struct ils_list *list)
{
    struct loan_options options = {.moment = office->lend_at, .day = query->day, .since = query->since, .place = query->place};
    char tz[LIMIT_CODE + 1];
    struct loan_view view;
    int rc = view_loans(txn, txn, &options, &view);

    memset(list, 0, sizeof *list);
    if (rc != 0)
        return rc;
    list->lines = calloc(view.count + 1, sizeof *list->lines);
    rc = list->lines == NULL ? NAVETTE_E_MEMORY : 0;
    office_tz(office, txn, query->place, tz);
    for (size_t i = 0; rc == 0 && i < view.count; i++) {
        struct ils_line *line = &list->lines[list->count];

        line->line = view.lines[i];
        set_day(tz, line);
        if (query->day != NULL && strcmp(line->day, query->day) != 0) {
            memset(line, 0, sizeof *line);
            continue;
        }
        rc = judge(office, txn, list, list->count++, query->refused_too);
    }
    view_loans_free(&view);
    if (rc != 0)
        ils_lines_free(list);
    return rc;
}

void ils_lines_free(struct ils_list *list)
{
    if (list->lines != NULL)
        sodium_memzero(list->lines, list->count * sizeof *list->lines);
    free(list->lines);
    memset(list, 0, sizeof *list);
}
