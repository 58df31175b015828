/* SPDX-License-Identifier: Apache-2.0 */
#include "log/event_field.h"
#include "log/text.h"
#include "navette/adopted.h"
#include "navette/event.h"

/* What is found wrong: `text` is static, NULL while nothing is. */
struct finding {
    int code;
    const char *text;
};

static int is_text(const char *text, size_t most)
{
    struct span bytes = span_of_string(text);

    return bytes.len <= most && text_is_clean(bytes);
}

static int is_place(const char *code, int needed)
{
    struct span bytes = span_of_string(code);

    return bytes.len == 0 ? !needed : text_is_place_code(bytes);
}

static int is_amount(int64_t number)
{
    return number != 0 && number >= -INT32_MAX && number <= INT32_MAX;
}

static int is_sized(const ProtobufCBinaryData *bytes, size_t size, int needed)
{
    return bytes->len == 0 ? !needed : bytes->len == size;
}

static int is_thing(const Navette__Thing *thing, unsigned int kinds)
{
    struct thing_key key;

    return thing != NULL && thing_key_of(thing, &key) == 0 && (kinds >> thing_kind(&key) & 1u) != 0;
}

static int is_ref(const Navette__Ref *ref)
{
    return is_sized(&ref->incarnation, INCARNATION_SIZE, 0) && ref->seq > 0;
}

static int is_sealed(const Navette__Sealed *sealed)
{
    return sealed->key_id.len == KEY_ID_SIZE && sealed->nonce.len == 24 && sealed->ciphertext.len >= 16;
}

static int is_frontier(const Navette__Frontier *frontier)
{
    return frontier != NULL && frontier->incarnation.len == INCARNATION_SIZE && frontier->signature.len == SIGNATURE_SIZE;
}

static int are_pools(Navette__PoolCount *const *pools, size_t count)
{
    if (count > LIMIT_EVENT_LIST)
        return 0;
    for (size_t i = 0; i < count; i++) {
        if (span_of_string(pools[i]->kind).len == 0 || !is_text(pools[i]->kind, LIMIT_CODE))
            return 0;
    }
    return 1;
}

static int are_zones(Navette__Zone *const *zones, size_t count)
{
    if (count > LIMIT_EVENT_LIST)
        return 0;
    for (size_t i = 0; i < count; i++) {
        if (span_of_string(zones[i]->code).len == 0 || !is_text(zones[i]->code, LIMIT_CODE))
            return 0;
        if (protobuf_c_enum_descriptor_get_value(&navette__zone_kind__descriptor, (int)zones[i]->kind) == NULL)
            return 0;
    }
    return 1;
}

/* ItemRegistered's and ItemChanged's entries are two types of one shape: both are a message, then key and value. */
static int are_extra(void *const *entries, size_t count)
{
    if (count > LIMIT_EVENT_LIST)
        return 0;
    for (size_t i = 0; i < count; i++) {
        const Navette__ItemRegistered__ExtraEntry *entry = entries[i];

        if (span_of_string(entry->key).len == 0 || !is_text(entry->key, LIMIT_CODE) || !is_text(entry->value, LIMIT_TITLE))
            return 0;
    }
    return 1;
}

static int are_texts(void *const *texts, size_t count, size_t most)
{
    if (count > LIMIT_EVENT_LIST)
        return 0;
    for (size_t i = 0; i < count; i++) {
        if (span_of_string(texts[i]).len == 0 || !is_text(texts[i], most))
            return 0;
    }
    return 1;
}

static int are_places(void *const *codes, size_t count)
{
    if (count > LIMIT_NODE_PLACES)
        return 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_place(codes[i], 1))
            return 0;
    }
    return 1;
}

static int are_lines(Navette__IlsLine *const *lines, size_t count)
{
    if (count == 0 || count > LIMIT_EVENT_LIST)
        return 0;
    for (size_t i = 0; i < count; i++) {
        const Navette__IlsLine *line = lines[i];

        if (line->event == NULL || !is_ref(line->event) || !is_thing(line->item, 1u << NAVETTE__THING_KIND__THING_ITEM))
            return 0;
        if (line->act != NAVETTE__ILS_ACT__ILS_ISSUE && line->act != NAVETTE__ILS_ACT__ILS_RETURN)
            return 0;
        if (line->back != NULL && !is_ref(line->back))
            return 0;
    }
    return 1;
}

static int are_rights(Navette__RightsAt *const *rights, size_t count)
{
    if (count > LIMIT_NODE_PLACES)
        return 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_place(rights[i]->place, 1))
            return 0;
        for (size_t k = 0; k < i; k++) {
            if (span_equal(span_of_string(rights[k]->place), span_of_string(rights[i]->place)))
                return 0;
        }
    }
    return 1;
}

static int are_key_ids(const void *body, const struct event_rule *rule)
{
    const ProtobufCBinaryData *ids = (const ProtobufCBinaryData *)(const void *)event_field_list(body, rule);
    size_t count = event_field_count(body, rule);

    if (count == 0 || count > rule->limit)
        return 0;
    for (size_t i = 0; i < count; i++) {
        if (ids[i].len != KEY_ID_SIZE)
            return 0;
    }
    return 1;
}

static int are_things(const void *body, const struct event_rule *rule, size_t *total)
{
    size_t count = event_field_count(body, rule);
    void *const *list = event_field_list(body, rule);

    if (count > LIMIT_EVENT_THINGS - *total)
        return 0;
    *total += count;
    for (size_t i = 0; i < count; i++) {
        if (!is_thing(list[i], rule->kinds))
            return 0;
    }
    return count > 0 || !rule->needed;
}

static int is_value(const void *body, const struct event_rule *rule)
{
    const Navette__Reason *value = (const Navette__Reason *)(const void *)((const uint8_t *)body + rule->offset);

    /* All enums of the schema have the size of an int. */
    return protobuf_c_enum_descriptor_get_value(rule->values, (int)*value) != NULL;
}

static int is_either(const void *body, const struct event_rule *rule)
{
    struct event_rule other = *rule;

    other.offset = rule->list;
    return event_field_count(body, rule) > 0 || event_field_count(body, &other) > 0;
}

static int obeys_message(const void *body, const struct event_rule *rule)
{
    const void *message = event_field_message(body, rule);
    const Navette__SurpriseCriteria *surprise = message;

    if (message == NULL)
        return !rule->needed && rule->kind != RULE_FRONTIER;
    switch ((enum event_rule_kind)rule->kind) {
    case RULE_THING:
        return is_thing(message, rule->kinds);
    case RULE_REF:
        return is_ref(message);
    case RULE_SEALED:
        return is_sealed(message);
    case RULE_FRONTIER:
        return is_frontier(message);
    default:
        return is_text(surprise->theme, LIMIT_CODE) && is_text(surprise->age, LIMIT_CODE);
    }
}

static int obeys_list(const void *body, const struct event_rule *rule)
{
    size_t count = event_field_count(body, rule);
    void *const *list = event_field_list(body, rule);

    switch ((enum event_rule_kind)rule->kind) {
    case RULE_TEXTS:
        return are_texts(list, count, rule->limit);
    case RULE_PLACES:
        return are_places(list, count);
    case RULE_POOLS:
        return are_pools((Navette__PoolCount *const *)list, count);
    case RULE_ZONES:
        return are_zones((Navette__Zone *const *)list, count);
    case RULE_LINES:
        return are_lines((Navette__IlsLine *const *)list, count);
    case RULE_RIGHTS:
        return are_rights((Navette__RightsAt *const *)list, count);
    default:
        return are_extra(list, count);
    }
}

static int obeys(const Navette__Event *event, const struct event_rule *rule, size_t *total)
{
    const void *body = event_field_body(event);
    const char *text;

    switch ((enum event_rule_kind)rule->kind) {
    case RULE_TEXT:
        text = event_field_text(body, rule);
        return is_text(text, rule->limit) && (!rule->needed || span_of_string(text).len > 0);
    case RULE_PLACE:
        return is_place(event_field_text(body, rule), rule->needed);
    case RULE_DESTINATION:
        text = event_field_text(body, rule);
        return is_place(text, 1) && !span_equal(span_of_string(text), span_of_string(event->place));
    case RULE_DATE:
        text = event_field_text(body, rule);
        return (text[0] == '\0' && !rule->needed) || text_is_date(span_of_string(text));
    case RULE_ENUM:
        return is_value(body, rule);
    case RULE_BYTES:
        return is_sized((const ProtobufCBinaryData *)(const void *)((const uint8_t *)body + rule->offset), rule->limit, rule->needed);
    case RULE_THINGS:
        return are_things(body, rule, total);
    case RULE_THING:
    case RULE_REF:
    case RULE_SEALED:
    case RULE_SURPRISE:
    case RULE_FRONTIER:
        return obeys_message(body, rule);
    case RULE_TEXTS:
    case RULE_PLACES:
    case RULE_POOLS:
    case RULE_ZONES:
    case RULE_EXTRA:
    case RULE_LINES:
    case RULE_RIGHTS:
        return obeys_list(body, rule);
    case RULE_KEYS:
        return are_key_ids(body, rule);
    case RULE_ADOPTED:
        return adopted_is_sound(body);
    case RULE_EITHER:
        return is_either(body, rule);
    case RULE_AMOUNT:
        return is_amount(*(const int64_t *)(const void *)((const uint8_t *)body + rule->offset));
    case RULE_FREE:
        return 1;
    }
    return 0;
}

static const char *wrong_common(const Navette__Event *event)
{
    if (event->hlc == 0)
        return "hlc: missing";
    if (!is_place(event->place, 0))
        return "place: a place code expected";
    if (!is_text(event->operator_, LIMIT_CODE))
        return "operator: too long, not UTF-8, or a control character";
    if (protobuf_c_enum_descriptor_get_value(&navette__clock_trust__descriptor, (int)event->clock) == NULL)
        return "clock: a value this version does not know";
    if (event->n_parents > LIMIT_EVENT_PARENTS)
        return "parents: too many";
    for (size_t i = 0; i < event->n_parents; i++) {
        if (!is_ref(event->parents[i]))
            return "parents: not a reference";
    }
    return NULL;
}

static struct finding check(const Navette__Event *event)
{
    struct finding finding = {.code = NAVETTE_E_INVALID, .text = wrong_common(event)};
    const struct event_form *form;
    size_t total = 0;

    if (finding.text != NULL)
        return finding;
    form = event_form_of((int)event->body_case);
    if (form == NULL) {
        finding.code = event->base.n_unknown_fields > 0 ? NAVETTE_E_UNKNOWN : NAVETTE_E_INVALID;
        finding.text = event->base.n_unknown_fields > 0 ? "body: unknown to this version" : "body: missing";
        return finding;
    }
    if (event_field_body(event) == NULL) {
        finding.text = "body: missing";
        return finding;
    }
    for (size_t i = 0; i < form->count; i++) {
        if (!obeys(event, &form->rules[i], &total)) {
            finding.text = form->rules[i].wrong;
            return finding;
        }
    }
    if (event->body_case == NAVETTE__EVENT__BODY_OPERATOR_DECIDED &&
        !span_equal(span_of_string(event->operator_decided->operator_->namespace_), span_of_string(event->place))) {
        finding.text = "OperatorDecided.operator: of another place than the event's";
        return finding;
    }
    finding.code = 0;
    return finding;
}

int event_check(const Navette__Event *body)
{
    return check(body).code;
}

const char *event_check_text(const Navette__Event *body)
{
    const char *text = check(body).text;

    return text == NULL ? "" : text;
}
