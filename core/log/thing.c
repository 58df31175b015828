/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/thing.h"

#include <string.h>

#include "log/text.h"
#include "navette/error.h"

int thing_key_make(int kind, const char *name_space, const char *id, struct thing_key *key)
{
    struct span space = span_of_string(name_space);
    struct span name = span_of_string(id);

    key->len = 0;
    if (kind <= NAVETTE__THING_KIND__THING_UNSPECIFIED || kind > NAVETTE__THING_KIND__THING_OPERATOR)
        return NAVETTE_E_INVALID;
    if (space.len > LIMIT_NAMESPACE || name.len == 0 || name.len > LIMIT_THING_ID)
        return NAVETTE_E_INVALID;
    if (!text_is_clean(space) || !text_is_clean(name))
        return NAVETTE_E_INVALID;
    if (kind == NAVETTE__THING_KIND__THING_OPERATOR && !text_is_place_code(space))
        return NAVETTE_E_INVALID;
    if (space.len != 0 && kind != NAVETTE__THING_KIND__THING_ITEM && kind != NAVETTE__THING_KIND__THING_HANDOVER &&
        kind != NAVETTE__THING_KIND__THING_OPERATOR)
        return NAVETTE_E_INVALID;
    if (kind == NAVETTE__THING_KIND__THING_PLACE && !text_is_place_code(name))
        return NAVETTE_E_INVALID;
    key->bytes[0] = (uint8_t)kind;
    memcpy(key->bytes + 1, space.data, space.len);
    key->bytes[1 + space.len] = 0;
    memcpy(key->bytes + 2 + space.len, name.data, name.len);
    key->bytes[2 + space.len + name.len] = 0;
    key->len = (uint16_t)(3 + space.len + name.len);
    return 0;
}

int thing_key_of(const Navette__Thing *thing, struct thing_key *key)
{
    return thing_key_make((int)thing->kind, thing->namespace_, thing->id, key);
}

int thing_key_read(struct span bytes, struct thing_key *key)
{
    const uint8_t *end;
    const char *id;

    key->len = 0;
    if (bytes.len < 4 || bytes.len > THING_KEY_MAX || bytes.data[bytes.len - 1] != 0)
        return NAVETTE_E_INVALID;
    end = memchr(bytes.data + 1, 0, bytes.len - 1);
    if (end == NULL || end == bytes.data + bytes.len - 1)
        return NAVETTE_E_INVALID;
    id = (const char *)end + 1;
    /* Made again from its parts, so that what is read obeys the same rules as what is made. */
    if (strlen(id) != (size_t)(bytes.data + bytes.len - 1 - (const uint8_t *)id))
        return NAVETTE_E_INVALID;
    return thing_key_make(bytes.data[0], (const char *)bytes.data + 1, id, key);
}

struct span thing_key_span(const struct thing_key *key)
{
    return span_of(key->bytes, key->len);
}

int thing_key_equal(const struct thing_key *a, const struct thing_key *b)
{
    return span_equal(thing_key_span(a), thing_key_span(b));
}

int thing_kind(const struct thing_key *key)
{
    return key->len == 0 ? 0 : key->bytes[0];
}

const char *thing_namespace(const struct thing_key *key)
{
    return key->len == 0 ? "" : (const char *)key->bytes + 1;
}

const char *thing_id(const struct thing_key *key)
{
    return key->len == 0 ? "" : (const char *)key->bytes + 1 + strlen((const char *)key->bytes + 1) + 1;
}
