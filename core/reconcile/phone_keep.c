/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "reconcile/phone.h"

#define PLACE_ROW_MAX (1u + LIMIT_PLACE_CODE + 1u + 8u)

static struct span thing_row(const struct thing_key *key, uint8_t row[1 + THING_KEY_MAX])
{
    row[0] = PHONE_ROW_THING;
    memcpy(row + 1, key->bytes, key->len);
    return span_of(row, 1u + key->len);
}

int phone_keep(struct store_txn *state, const struct thing_key *key, const struct phone_reports *reports)
{
    const struct phone_report *report = phone_standing(reports);
    uint8_t row[1 + THING_KEY_MAX];
    uint8_t value[REF_SIZE] = {0};

    if (report != NULL)
        ref_encode(&report->self, value);
    return store_put(state, TABLE_PHONE, thing_row(key, row), span_of(value, sizeof(value)));
}

int phone_stands(const struct horizon *horizon, const struct thing_key *key, struct phone_report *report, uint64_t *position)
{
    const struct phone_report *found = NULL;
    struct phone_reports reports;
    struct chronicle chronicle;
    struct journal_entry entry;
    uint8_t row[1 + THING_KEY_MAX];
    struct order order;
    struct span value;
    int rc = store_get(horizon->state, TABLE_PHONE, thing_row(key, row), &value);

    if (rc == 0)
        rc = chronicle_load(horizon, key, &chronicle);
    if (rc != 0)
        return rc;
    rc = order_build(&chronicle, &order);
    if (rc == 0) {
        rc = phone_of_chronicle(&chronicle, &order, &reports);
        order_free(&order);
    }
    chronicle_free(&chronicle);
    if (rc != 0)
        return rc;
    found = phone_standing(&reports);
    if (found != NULL)
        *report = *found;
    phone_reports_free(&reports);
    if (found == NULL)
        return NAVETTE_E_NOT_FOUND;
    if (position == NULL)
        return 0;
    rc = horizon_held(horizon_find(horizon, &report->self, &entry));
    *position = entry.position;
    return rc;
}

static size_t place_prefix(const char *place, uint8_t row[PLACE_ROW_MAX])
{
    size_t len = strlen(place) + 1;

    row[0] = PHONE_ROW_PLACE;
    memcpy(row + 1, place, len);
    return 1 + len;
}

int phone_note(const struct horizon *horizon, const struct event *event)
{
    uint8_t row[PLACE_ROW_MAX];
    size_t len;

    if (event->body->body_case != NAVETTE__EVENT__BODY_PHONE_REPORT)
        return 0;
    len = place_prefix(event->body->phone_report->reporter, row);
    write_u64(row + len, horizon->limit);
    return store_put(horizon->state, TABLE_PHONE, span_of(row, len + 8), span_of("", 0));
}
