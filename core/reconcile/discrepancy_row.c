/* SPDX-License-Identifier: Apache-2.0 */
#include "reconcile/discrepancy_row.h"

#include <string.h>

#define ROW_NUMBERS 24u /* opened, changed, due */
#define ROW_HEAD (2u + ROW_NUMBERS + REF_SIZE + 1u)

struct span discrepancy_row_key(const struct thing_key *subject, const uint8_t id[DISCREPANCY_ID_SIZE], uint8_t out[DISCREPANCY_KEY_MAX])
{
    memcpy(out, subject->bytes, subject->len);
    memcpy(out + subject->len, id, DISCREPANCY_ID_SIZE);
    return span_of(out, subject->len + DISCREPANCY_ID_SIZE);
}

struct span discrepancy_row_encode(const struct discrepancy_row *row, uint8_t out[DISCREPANCY_VALUE_MAX])
{
    const struct discrepancy_finding *finding = &row->finding;
    uint8_t *at = out;

    *at++ = finding->kind;
    *at++ = row->state;
    write_u64(at, row->opened);
    write_u64(at + 8, row->changed);
    write_u64(at + 16, (uint64_t)row->due_ms);
    ref_encode(&finding->ended, at + ROW_NUMBERS);
    at += ROW_NUMBERS + REF_SIZE;
    *at++ = (uint8_t)finding->event_count;
    for (size_t i = 0; i < finding->event_count; i++, at += REF_SIZE)
        ref_encode(&finding->events[i], at);
    *at++ = (uint8_t)finding->place_count;
    for (size_t i = 0; i < finding->place_count; i++) {
        size_t len = strlen(finding->places[i]);

        *at++ = (uint8_t)len;
        memcpy(at, finding->places[i], len);
        at += len;
    }
    return span_of(out, (size_t)(at - out));
}

static int decode_places(struct span value, size_t at, struct discrepancy_finding *finding)
{
    if (at >= value.len)
        return NAVETTE_E_STORE;
    finding->place_count = value.data[at++];
    if (finding->place_count > DISCREPANCY_PLACES_MAX)
        return NAVETTE_E_STORE;
    for (size_t i = 0; i < finding->place_count; i++) {
        size_t len = at < value.len ? value.data[at++] : SIZE_MAX;

        if (len > LIMIT_PLACE_CODE || len > value.len - at)
            return NAVETTE_E_STORE;
        memcpy(finding->places[i], value.data + at, len);
        at += len;
    }
    return at == value.len ? 0 : NAVETTE_E_STORE;
}

int discrepancy_row_decode(struct span key, struct span value, struct discrepancy_row *row)
{
    struct discrepancy_finding *finding = &row->finding;

    memset(row, 0, sizeof(*row));
    if (key.len <= DISCREPANCY_ID_SIZE || value.len < ROW_HEAD)
        return NAVETTE_E_STORE;
    if (thing_key_read(span_of(key.data, key.len - DISCREPANCY_ID_SIZE), &row->subject) != 0)
        return NAVETTE_E_STORE;
    memcpy(finding->id, key.data + key.len - DISCREPANCY_ID_SIZE, DISCREPANCY_ID_SIZE);
    finding->kind = value.data[0];
    row->state = value.data[1];
    row->opened = read_u64(value.data + 2);
    row->changed = read_u64(value.data + 10);
    row->due_ms = (int64_t)read_u64(value.data + 18);
    ref_decode(value.data + 2 + ROW_NUMBERS, &finding->ended);
    finding->event_count = value.data[ROW_HEAD - 1];
    if (finding->kind == 0 || finding->kind >= DISCREPANCY_KIND_COUNT || row->state < DISCREPANCY_OPEN || row->state > DISCREPANCY_ENDED ||
        finding->event_count > DISCREPANCY_EVENTS || value.len < ROW_HEAD + finding->event_count * REF_SIZE)
        return NAVETTE_E_STORE;
    for (size_t i = 0; i < finding->event_count; i++)
        ref_decode(value.data + ROW_HEAD + i * REF_SIZE, &finding->events[i]);
    return decode_places(value, ROW_HEAD + finding->event_count * REF_SIZE, finding);
}
