/* SPDX-License-Identifier: Apache-2.0 */
#include "log/event_field.h"
#include "navette/event.h"
#include "navette/frame.h"

uint64_t scope_mask_of(const char *place)
{
    struct span code = span_of_string(place);
    uint32_t hash;

    if (code.len == 0)
        return 0;
    hash = crc32c(0, code);
    return UINT64_C(1) << (hash & 63u) | UINT64_C(1) << (hash >> 6 & 63u);
}

static int names_place(const struct event_rule *rule)
{
    return rule->kind == RULE_PLACE || rule->kind == RULE_DESTINATION;
}

/* Of a body unknown to this version no more is known than the place where it happened. */
static int reaches(const struct event_form *form, enum event_reach reach)
{
    return form != NULL && form->reach == reach;
}

/* An adopted event concerns whom it concerns. Its carrier says no more than its place when what is inside cannot be read. */
static int open_adopted(const Navette__Event *body, struct event *inside)
{
    if (body->body_case != NAVETTE__EVENT__BODY_ADOPTED)
        return 0;
    return event_decode(span_of(body->adopted->event.data, body->adopted->event.len), inside) == 0;
}

uint64_t event_scope_mask(const Navette__Event *body)
{
    struct event inside = {.body = NULL};
    const struct event_form *form = event_form_of((int)body->body_case);
    uint64_t mask;

    if (open_adopted(body, &inside)) {
        mask = event_scope_mask(inside.body);
        event_free(&inside);
        return mask;
    }
    event_free(&inside);
    if (reaches(form, REACH_ALL))
        return UINT64_MAX;
    mask = scope_mask_of(body->place);
    for (size_t i = 0; reaches(form, REACH_NAMED) && i < form->count; i++) {
        if (names_place(&form->rules[i]))
            mask |= scope_mask_of(event_field_text(event_field_body(body), &form->rules[i]));
    }
    return mask;
}

int event_concerns_place(const Navette__Event *body, const char *place)
{
    struct event inside = {.body = NULL};
    const struct event_form *form = event_form_of((int)body->body_case);
    struct span code = span_of_string(place);

    if (open_adopted(body, &inside)) {
        int concerns = event_concerns_place(inside.body, place);

        event_free(&inside);
        return concerns;
    }
    event_free(&inside);
    if (reaches(form, REACH_ALL))
        return 1;
    if (code.len == 0)
        return 0;
    if (span_equal(code, span_of_string(body->place)))
        return 1;
    for (size_t i = 0; reaches(form, REACH_NAMED) && i < form->count; i++) {
        if (names_place(&form->rules[i]) && span_equal(code, span_of_string(event_field_text(event_field_body(body), &form->rules[i]))))
            return 1;
    }
    return 0;
}
