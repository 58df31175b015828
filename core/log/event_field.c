/* SPDX-License-Identifier: Apache-2.0 */
#include "log/event_field.h"

#include <string.h>

const void *event_field_body(const Navette__Event *event)
{
    /* Every member of the oneof is a pointer to a message: they share their representation. */
    return event->operation_closed;
}

static const uint8_t *field_at(const void *body, uint16_t offset)
{
    return (const uint8_t *)body + offset;
}

const char *event_field_text(const void *body, const struct event_rule *rule)
{
    const char *text;

    memcpy(&text, field_at(body, rule->offset), sizeof(text));
    return text == NULL ? "" : text;
}

size_t event_field_count(const void *body, const struct event_rule *rule)
{
    size_t count;

    memcpy(&count, field_at(body, rule->offset), sizeof(count));
    return count;
}

void *const *event_field_list(const void *body, const struct event_rule *rule)
{
    void *const *list;

    memcpy(&list, field_at(body, rule->list), sizeof(list));
    return list;
}

const void *event_field_message(const void *body, const struct event_rule *rule)
{
    const void *message;

    memcpy(&message, field_at(body, rule->offset), sizeof(message));
    return message;
}
