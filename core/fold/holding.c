/* SPDX-License-Identifier: Apache-2.0 */
#include "fold/holding.h"

#include <stdlib.h>
#include <string.h>

#include "navette/error.h"

void holding_init(struct holding *holding)
{
    memset(holding, 0, sizeof(*holding));
    keymap_init(&holding->keys);
}

void holding_free(struct holding *holding)
{
    for (size_t i = 0; i < holding->keys.count && holding->records != NULL; i++)
        thing_record_free(&holding->records[i]);
    free(holding->records);
    keymap_free(&holding->keys);
    holding_init(holding);
}

struct content holding_line(const struct thing_record *record, int64_t count)
{
    struct content line;

    memset(&line, 0, sizeof(line));
    line.kind = (uint8_t)thing_kind(&record->key);
    line.registered = record->registered;
    line.packed = (uint8_t)thing_record_is_packed(record);
    memcpy(line.material, record->material, sizeof(line.material));
    memcpy(line.home, record->home, sizeof(line.home));
    line.count = count;
    return line;
}

int holding_add(struct thing_record *holder, const struct thing_record *record, int times)
{
    struct content line = holding_line(record, times);
    int rc = thing_record_add_content(holder, &line);

    for (size_t i = 0; rc == 0 && i < record->content_count; i++) {
        line = record->contents[i];
        line.count *= times;
        rc = thing_record_add_content(holder, &line);
    }
    return rc;
}

int holding_put(struct holding *holding, const struct thing_record *record)
{
    size_t known = holding->keys.count;
    struct thing_record *holder;
    uint32_t number;
    int rc;

    /* Room first: a number without its record would be freed blindly. */
    if (known == holding->capacity) {
        size_t capacity = known == 0 ? 16 : known * 2;
        struct thing_record *records = realloc(holding->records, capacity * sizeof(*records));

        if (records == NULL)
            return NAVETTE_E_MEMORY;
        holding->records = records;
        holding->capacity = capacity;
    }
    rc = keymap_number(&holding->keys, thing_key_span(&record->container), &number);
    if (rc != 0)
        return rc;
    holder = &holding->records[number];
    if (number == known)
        thing_record_init(holder, &record->container);
    if (holder->content_count == 0)
        holding->waiting++;
    return holding_add(holder, record, 1);
}

int holding_take(struct holding *holding, const struct thing_key *key, struct thing_record *held)
{
    struct thing_record *holder;
    uint32_t number;

    thing_record_init(held, key);
    if (!keymap_find(&holding->keys, thing_key_span(key), &number))
        return 0;
    holder = &holding->records[number];
    if (holder->content_count == 0)
        return 0;
    held->contents = holder->contents;
    held->content_count = holder->content_count;
    holder->contents = NULL;
    holder->content_count = 0;
    holding->waiting--;
    return 0;
}

size_t holding_left(const struct holding *holding)
{
    return holding->waiting;
}
