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

/* From thing to thing of a body, by its rules. */
struct walk {
    const struct event_form *form;
    const void *fields;
    size_t rule;
    size_t item; /* of the rule's */
};

static struct walk walk_of(const Navette__Event *body)
{
    struct walk walk = {.form = event_form_of((int)body->body_case), .fields = event_field_body(body)};

    return walk;
}

/* 0: there is none any more. *thing may be NULL: one that the body leaves out. */
static int walk_next(struct walk *walk, const Navette__Thing **thing, enum event_part *part)
{
    for (; walk->form != NULL && walk->fields != NULL && walk->rule < walk->form->count; walk->rule++, walk->item = 0) {
        const struct event_rule *rule = &walk->form->rules[walk->rule];
        size_t count = rule->part == 0             ? 0
                       : rule->kind == RULE_THING  ? 1
                       : rule->kind == RULE_THINGS ? event_field_count(walk->fields, rule)
                                                   : 0;

        if (walk->item == count)
            continue;
        *thing = rule->kind == RULE_THING ? event_field_message(walk->fields, rule) : event_field_list(walk->fields, rule)[walk->item];
        *part = (enum event_part)(rule->part - 1u);
        walk->item++;
        return 1;
    }
    return 0;
}

size_t event_things(const Navette__Event *body, struct event_thing things[EVENT_THINGS_MAX])
{
    struct walk walk = walk_of(body);
    const Navette__Thing *thing;
    enum event_part part;
    size_t count = 0;

    while (walk_next(&walk, &thing, &part))
        count = add(things, count, thing, part);
    return count;
}

int event_names(const Navette__Event *body, unsigned int kinds)
{
    struct walk walk = walk_of(body);
    const Navette__Thing *thing;
    enum event_part part;

    while (walk_next(&walk, &thing, &part)) {
        if (thing != NULL && (int)thing->kind >= 0 && thing->kind < 32 && (kinds >> thing->kind & 1u) != 0)
            return 1;
    }
    return 0;
}
