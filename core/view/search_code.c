/* SPDX-License-Identifier: Apache-2.0 */
#include "view/search_code.h"

#include <string.h>

#include "fold/letter.h"

#define NAMESPACES_MAX 256u /* import sources of one network: far more than there are */

struct reading {
    struct search_gather *gather;
    struct store_scan *scan;
    struct span code;
    int is_prefix;
    size_t found;
};

static int move(struct reading *reading, struct span from, struct thing_key *key)
{
    struct span found;
    struct span value;
    int rc;

    if (reading->gather->budget == 0) {
        reading->gather->stopped = 1;
        return NAVETTE_E_BUSY;
    }
    reading->gather->budget--;
    rc = reading->gather->horizon.state->ops->scan_from(reading->scan, from, &found, &value);
    if (rc == 0 && thing_key_read(found, key) != 0)
        rc = NAVETTE_E_STORE;
    return rc;
}

/* Behind a key: none is the beginning of another. */
static struct span after(const struct thing_key *key, uint8_t out[THING_KEY_MAX + 1])
{
    memcpy(out, key->bytes, key->len);
    out[key->len] = 0;
    return span_of(out, key->len + 1u);
}

static int is_asked(const struct reading *reading, const struct thing_key *key)
{
    struct span id = span_of_string(thing_id(key));

    if (id.len < reading->code.len || memcmp(id.data, reading->code.data, reading->code.len) != 0)
        return 0;
    return reading->is_prefix || id.len == reading->code.len;
}

/* One kind in one namespace: `row` holds its bytes up to where the id begins, and has room for the code and one more. */
static int take_from(struct reading *reading, uint8_t *row, size_t len)
{
    uint8_t next[THING_KEY_MAX + 1];
    struct thing_key key;
    int rc;

    memcpy(row + len, reading->code.data, reading->code.len);
    rc = move(reading, span_of(row, len + reading->code.len), &key);
    while (rc == 0 && key.len > len && memcmp(key.bytes, row, len) == 0 && is_asked(reading, &key)) {
        rc = search_gather_take(reading->gather, &key, reading->is_prefix ? SEARCH_RANK_CODE_PREFIX : SEARCH_RANK_CODE);
        reading->found += rc == 0;
        if (rc == 0)
            rc = move(reading, after(&key, next), &key);
    }
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

/* From namespace to namespace: the ids of one are passed over at once. */
static int take_items(struct reading *reading)
{
    uint8_t row[THING_KEY_MAX + 1] = {NAVETTE__THING_KIND__THING_ITEM};
    uint8_t next[THING_KEY_MAX + 1] = {NAVETTE__THING_KIND__THING_ITEM};
    struct thing_key key;
    size_t len = 1;
    int rc = 0;

    for (unsigned int i = 0; rc == 0 && i < NAMESPACES_MAX; i++) {
        rc = move(reading, span_of(next, len), &key);
        if (rc != 0 || thing_kind(&key) != NAVETTE__THING_KIND__THING_ITEM)
            break;
        len = strlen(thing_namespace(&key)) + 2;
        memcpy(row, key.bytes, len);
        memcpy(next, key.bytes, len);
        rc = take_from(reading, row, len);
        next[len - 1] = 1; /* behind all of its ids, which come after 0x00 */
    }
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

static int take_all(struct search_gather *gather, struct span code, int is_prefix, size_t *found)
{
    static const uint8_t carriers[] = {NAVETTE__THING_KIND__THING_BAG, NAVETTE__THING_KIND__THING_CRATE};
    struct reading reading = {.gather = gather, .code = code, .is_prefix = is_prefix};
    int rc = store_scan_open(gather->horizon.state, TABLE_THING, &reading.scan);

    if (rc != 0)
        return rc;
    rc = take_items(&reading);
    for (size_t i = 0; rc == 0 && i < sizeof(carriers); i++) {
        uint8_t row[THING_KEY_MAX + 1] = {carriers[i], 0};

        rc = take_from(&reading, row, 2);
    }
    gather->horizon.state->ops->scan_close(reading.scan);
    *found += reading.found;
    return rc;
}

int search_code_take(struct search_gather *gather, struct span code)
{
    uint8_t capitals[LIMIT_THING_ID];
    size_t found = 0;
    int rc;

    if (code.len == 0 || code.len > LIMIT_THING_ID)
        return 0;
    for (size_t i = 0; i < code.len; i++)
        capitals[i] = (uint8_t)(code.data[i] >= 'a' && code.data[i] <= 'z' ? code.data[i] - 'a' + 'A' : code.data[i]);
    for (int is_prefix = 0; is_prefix <= (code.len >= SEARCH_PREFIX_MIN); is_prefix++) {
        rc = take_all(gather, code, is_prefix, &found);
        if (rc == 0 && found == 0 && memcmp(capitals, code.data, code.len) != 0)
            rc = take_all(gather, span_of(capitals, code.len), is_prefix, &found);
        if (rc != 0 || found > 0)
            return rc;
    }
    return 0;
}
