/* SPDX-License-Identifier: Apache-2.0 */
#include "log/event_field.h"
#include "navette/event.h"

/* Adds one unless it is there already: the first mention counts. */
static size_t add(struct event_thing *things, size_t count, const Navette__Thing *thing, enum event_part part)
{
    if (thing == NULL || count == EVENT_THINGS_MAX || thing_key_of(thing, &things[count].key) != 0)
        return count;
    for (size_t i = 0; i < count; i++) {
        if (thing_key_equal(&things[i].key, &things[count].key))
            return count;
    }
    things[count].part = part;
    return count + 1;
}

size_t event_things(const Navette__Event *body, struct event_thing things[EVENT_THINGS_MAX])
{
    const struct event_form *form = event_form_of((int)body->body_case);
    const void *fields = event_field_body(body);
    size_t count = 0;

    if (form == NULL || fields == NULL)
        return 0;
    for (size_t i = 0; i < form->count; i++) {
        const struct event_rule *rule = &form->rules[i];
        enum event_part part;

        if (rule->part == 0)
            continue;
        part = (enum event_part)(rule->part - 1u);
        if (rule->kind == RULE_THING) {
            count = add(things, count, event_field_message(fields, rule), part);
        } else if (rule->kind == RULE_THINGS) {
            void *const *list = event_field_list(fields, rule);

            for (size_t k = 0; k < event_field_count(fields, rule); k++)
                count = add(things, count, list[k], part);
        }
    }
    return count;
}

static int is_of(const Navette__Thing *thing, unsigned int kinds)
{
    return thing != NULL && (int)thing->kind >= 0 && thing->kind < 32 && (kinds >> thing->kind & 1u) != 0;
}

int event_names(const Navette__Event *body, unsigned int kinds)
{
    const struct event_form *form = event_form_of((int)body->body_case);
    const void *fields = event_field_body(body);

    for (size_t i = 0; form != NULL && fields != NULL && i < form->count; i++) {
        const struct event_rule *rule = &form->rules[i];
        void *const *list;

        if (rule->part == 0)
            continue;
        if (rule->kind == RULE_THING && is_of(event_field_message(fields, rule), kinds))
            return 1;
        if (rule->kind != RULE_THINGS)
            continue;
        list = event_field_list(fields, rule);
        for (size_t k = 0; k < event_field_count(fields, rule); k++) {
            if (is_of(list[k], kinds))
                return 1;
        }
    }
    return 0;
}
