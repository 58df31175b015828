/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "navette/error.h"
#include "navette/import.h"

/* The texts of an item as the control socket names them. */
static const struct {
    const char *name;
    size_t offset, size;
} texts[] = {
#define TEXT(name, field)                                                                                                                  \
    {                                                                                                                                      \
        name, offsetof(struct import_item, field), sizeof(((struct import_item *)0)->field)                                                \
    }
    TEXT("barcode", barcode),   TEXT("title", title), TEXT("author", author), TEXT("call_number", call_number),
    TEXT("material", material), TEXT("home", home),   TEXT("at_place", at),
#undef TEXT
};

json_t *import_item_json(const struct import_item *item)
{
    json_t *json = json_object(), *extra = json_object();
    int failed = json == NULL || extra == NULL;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0] && !failed; i++) {
        const char *text = (const char *)item + texts[i].offset;
        failed = text[0] != '\0' && json_object_set_new_nocheck(json, texts[i].name, json_string(text)) != 0;
    }
    for (size_t i = 0; i < item->extra_count && !failed; i++)
        failed = json_object_set_new(extra, item->extra[i].key, json_string(item->extra[i].value)) != 0;
    if (!failed && item->extra_count > 0)
        failed = json_object_set(json, "extra", extra) != 0;
    json_decref(extra);
    if (!failed)
        return json;
    json_decref(json);
    return NULL;
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct import_extra *)a)->key, ((const struct import_extra *)b)->key);
}

static int read_extra(const json_t *json, struct import_item *item)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)json, key, value)
    {
        const char *text = json_string_value(value);
        size_t len = text != NULL ? strlen(text) : 0;
        if (text == NULL || key[0] == '\0' || strlen(key) > LIMIT_CODE || len > LIMIT_TITLE || item->extra_count >= IMPORT_EXTRA ||
            item->room_used + len + 1 > sizeof item->room)
            return NAVETTE_E_INVALID;
        struct import_extra *extra = &item->extra[item->extra_count++];
        (void)snprintf(extra->key, sizeof extra->key, "%s", key);
        extra->value = item->room + item->room_used;
        memcpy(extra->value, text, len + 1);
        item->room_used += len + 1;
    }
    qsort(item->extra, item->extra_count, sizeof item->extra[0], by_key);
    return 0;
}

int import_item_read(const json_t *json, struct import_item *item, const char **wrong)
{
    const json_t *extra = json_object_get(json, "extra");

    item->extra_count = item->room_used = 0;
    item->labelled = 0;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const json_t *value = json_object_get(json, texts[i].name);
        const char *text = json_string_value(value);
        *wrong = texts[i].name;
        if (value != NULL && (text == NULL || strlen(text) >= texts[i].size))
            return NAVETTE_E_INVALID;
        memcpy((char *)item + texts[i].offset, text != NULL ? text : "", text != NULL ? strlen(text) + 1 : 1);
    }
    *wrong = "barcode, home";
    if (item->barcode[0] == '\0' || item->home[0] == '\0')
        return NAVETTE_E_INVALID;
    *wrong = "extra";
    return extra == NULL ? 0 : json_is_object(extra) ? read_extra(extra, item) : NAVETTE_E_INVALID;
}
