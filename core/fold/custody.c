/* SPDX-License-Identifier: Apache-2.0 */
#include "fold/custody.h"

#include <string.h>

#include "fold/reservation.h"

/*
 * custody:   none ──registered──> place <──received, returned, dropped, found, seen── transit
 *                                 │  ^                                                  ^
 *                packed, loaded   │  │ unpacked, unloaded          dispatched, collected │
 *                                 v  │                                                  │
 *                               container              person <──delivered── (anywhere) ┘
 *
 * condition: normal ──count──> missing ──declared──> lost; any move: normal again; withdrawn: until registered again
 *
 * Any custody may follow any other: what contradicts the one before is a conflict, never an error.
 */

#define DAY_MS 86400000

/* Strings of an event are within the record's sizes: event_check() saw to it. A longer one would be our own bug, and is cut. */
static void copy(char *to, size_t size, const char *from)
{
    size_t len = strlen(from);

    if (len >= size)
        len = size - 1;
    memcpy(to, from, len);
    memset(to + len, 0, size - len);
}

#define COPY(to, from) copy(to, sizeof(to), from)

/* One event on its way into one record. */
struct step {
    const struct event *event;
    const char *place;
    int64_t time_ms;
    struct thing_record *record;
};

static int is_at(const struct step *step)
{
    return step->record->custody == CUSTODY_PLACE && strcmp(step->record->place, step->place) == 0;
}

static void see(struct thing_record *record)
{
    if (record->condition == CONDITION_MISSING || record->condition == CONDITION_LOST)
        record->condition = CONDITION_NORMAL;
}

static void move(const struct step *step, enum custody_kind custody, int conflict)
{
    struct thing_record *record = step->record;

    record->custody = (uint8_t)custody;
    record->conflict = (uint8_t)conflict;
    memset(record->place, 0, sizeof(record->place));
    memset(record->to, 0, sizeof(record->to));
    memset(&record->container, 0, sizeof(record->container));
    record->since_ms = step->time_ms;
    record->cause = step->event->self;
    record->day = 0;
    see(record);
}

static void move_to_place(const struct step *step, const char *place, int conflict)
{
    move(step, CUSTODY_PLACE, conflict);
    COPY(step->record->place, place);
}

static void move_to_transit(const struct step *step, const char *to, int32_t day, int conflict)
{
    move(step, CUSTODY_TRANSIT, conflict);
    COPY(step->record->place, step->place);
    COPY(step->record->to, to);
    step->record->day = day;
}

/* Can the thing not have come here from where it was? container: the one it comes out of, or NULL. */
static int contradicts(const struct step *step, const struct thing_key *container)
{
    const struct thing_record *record = step->record;

    switch (record->custody) {
    case CUSTODY_PLACE:
        return strcmp(record->place, step->place) != 0;
    case CUSTODY_TRANSIT:
        return strcmp(record->to, step->place) != 0;
    case CUSTODY_CONTAINER:
        return container == NULL || !thing_key_equal(&record->container, container);
    default:
        return 0;
    }
}

static void enter(const struct step *step, const char *material, const char *home, const char *at)
{
    struct thing_record *record = step->record;

    record->registered = 1;
    COPY(record->material, material);
    COPY(record->home, home);
    if (at == NULL)
        return;
    if (record->condition == CONDITION_WITHDRAWN)
        record->condition = CONDITION_NORMAL;
    if (record->custody == CUSTODY_NONE)
        move_to_place(step, at, 0);
}

static void put_inside(const struct step *step, const Navette__Thing *container)
{
    struct thing_key key;
    int already;
    int conflict;

    /* A container is larger than what it holds: event_check() saw to it. */
    if (container == NULL || thing_key_of(container, &key) != 0 || thing_kind(&key) <= thing_kind(&step->record->key))
        return;
    already = step->record->custody == CUSTODY_CONTAINER && thing_key_equal(&step->record->container, &key);
    conflict = !already && contradicts(step, NULL);
    move(step, CUSTODY_CONTAINER, conflict);
    step->record->container = key;
}

static void take_out(const struct step *step, const Navette__Thing *container)
{
    struct thing_key key;
    int known = container != NULL && thing_key_of(container, &key) == 0;

    move_to_place(step, step->place, contradicts(step, known ? &key : NULL));
}

/* A container is handled: it is where the hands are, unless it is inside another one. */
static void handle(const struct step *step)
{
    struct thing_record *record = step->record;

    see(record);
    if (record->custody == CUSTODY_CONTAINER)
        return;
    if (is_at(step))
        record->conflict = 0;
    else
        move_to_place(step, step->place, contradicts(step, NULL));
}

static void set_seal(struct thing_record *record, int sealed, const char *seal)
{
    record->sealed = (uint8_t)sealed;
    COPY(record->seal, seal);
}

/* Seen here by somebody: news only when it was thought to be elsewhere. */
static void see_here(const struct step *step)
{
    if (step->record->custody == CUSTODY_CONTAINER || is_at(step))
        see(step->record);
    else
        move_to_place(step, step->place, contradicts(step, NULL));
}

static int32_t day_of(const struct step *step, const char *departed)
{
    int64_t day = step->time_ms / DAY_MS - (step->time_ms % DAY_MS < 0);
    int32_t written;

    if (departed != NULL && custody_day(departed, &written) == 0)
        return written;
    return (int32_t)day;
}

static void refuse(const struct step *step)
{
    char origin[LIMIT_PLACE_CODE + 1];

    if (step->record->custody != CUSTODY_TRANSIT)
        return;
    memcpy(origin, step->record->place, sizeof(origin));
    move_to_transit(step, origin, step->record->day, 0);
}

static void apply_catalogue(const struct step *step)
{
    const Navette__Event *body = step->event->body;

    switch (body->body_case) {
    case NAVETTE__EVENT__BODY_ITEM_REGISTERED: {
        const Navette__ItemRegistered *item = body->item_registered;

        enter(step, item->material, item->home, item->at[0] != '\0' ? item->at : item->home);
        break;
    }
    case NAVETTE__EVENT__BODY_ITEM_CHANGED:
        enter(step, body->item_changed->material, body->item_changed->home, NULL);
        break;
    case NAVETTE__EVENT__BODY_BAG_COMMISSIONED:
        enter(step, body->bag_commissioned->kind, body->bag_commissioned->owner, step->place);
        break;
    default:
        step->record->condition = CONDITION_WITHDRAWN;
        break;
    }
}

static void apply_packing(const struct step *step, enum event_part part)
{
    const Navette__Event *body = step->event->body;

    if (part == PART_CONTAINER) {
        handle(step);
        return;
    }
    switch (body->body_case) {
    case NAVETTE__EVENT__BODY_ITEM_PACKED:
        put_inside(step, body->item_packed->container);
        break;
    case NAVETTE__EVENT__BODY_CRATE_LOADED:
        put_inside(step, body->crate_loaded->crate);
        break;
    case NAVETTE__EVENT__BODY_ITEM_UNPACKED:
        take_out(step, body->item_unpacked->container);
        break;
    case NAVETTE__EVENT__BODY_CRATE_UNLOADED:
        take_out(step, body->crate_unloaded->crate);
        break;
    case NAVETTE__EVENT__BODY_BAG_SEALED:
        handle(step);
        set_seal(step->record, 1, body->bag_sealed->seal);
        break;
    case NAVETTE__EVENT__BODY_BAG_OPENED:
        handle(step);
        set_seal(step->record, 0, "");
        break;
    default:
        handle(step);
        set_seal(step->record, body->sealed_deposit->seal[0] != '\0', body->sealed_deposit->seal);
        break;
    }
}

static void apply_movement(const struct step *step)
{
    const Navette__Event *body = step->event->body;
    struct thing_record *record = step->record;

    switch (body->body_case) {
    case NAVETTE__EVENT__BODY_DISPATCHED:
        move_to_transit(step, body->dispatched->to, day_of(step, body->dispatched->departed), contradicts(step, NULL));
        break;
    case NAVETTE__EVENT__BODY_COLLECTED:
        move_to_transit(step, body->collected->to, day_of(step, NULL), contradicts(step, NULL));
        break;
    case NAVETTE__EVENT__BODY_SEEN_ON_RECEPTION:
        if (record->custody == CUSTODY_CONTAINER)
            see(record);
        else
            move_to_place(step, step->place, 0);
        break;
    case NAVETTE__EVENT__BODY_REFUSED:
        refuse(step);
        break;
    case NAVETTE__EVENT__BODY_TRANSIT_CANCELLED:
        if (record->custody == CUSTODY_TRANSIT && strcmp(record->place, step->place) == 0)
            move_to_place(step, step->place, 0);
        break;
    case NAVETTE__EVENT__BODY_DELIVERED: {
        int conflict = contradicts(step, NULL);

        move(step, CUSTODY_PERSON, conflict);
        COPY(record->place, step->place);
        break;
    }
    default: /* received, returned, dropped, found: a movement links the custodies, heard of or not */
        move_to_place(step, step->place, 0);
        break;
    }
}

void custody_apply(const struct event *event, enum event_part part, int64_t time_ms, struct thing_record *record)
{
    struct step step = {.event = event, .place = event->body->place, .time_ms = time_ms, .record = record};

    if (thing_kind(&record->key) == NAVETTE__THING_KIND__THING_ORDER) {
        reservation_apply(event, record);
        return;
    }
    switch (event->body->body_case) {
    case NAVETTE__EVENT__BODY_ITEM_REGISTERED:
    case NAVETTE__EVENT__BODY_ITEM_CHANGED:
    case NAVETTE__EVENT__BODY_ITEM_WITHDRAWN:
    case NAVETTE__EVENT__BODY_BAG_COMMISSIONED:
    case NAVETTE__EVENT__BODY_BAG_RETIRED:
        apply_catalogue(&step);
        break;
    case NAVETTE__EVENT__BODY_ITEM_PACKED:
    case NAVETTE__EVENT__BODY_ITEM_UNPACKED:
    case NAVETTE__EVENT__BODY_CRATE_LOADED:
    case NAVETTE__EVENT__BODY_CRATE_UNLOADED:
    case NAVETTE__EVENT__BODY_BAG_SEALED:
    case NAVETTE__EVENT__BODY_BAG_OPENED:
    case NAVETTE__EVENT__BODY_SEALED_DEPOSIT:
        apply_packing(&step, part);
        break;
    case NAVETTE__EVENT__BODY_DISPATCHED:
    case NAVETTE__EVENT__BODY_COLLECTED:
    case NAVETTE__EVENT__BODY_RECEIVED:
    case NAVETTE__EVENT__BODY_RETURNED:
    case NAVETTE__EVENT__BODY_DROPPED:
    case NAVETTE__EVENT__BODY_FOUND:
    case NAVETTE__EVENT__BODY_SEEN_ON_RECEPTION:
    case NAVETTE__EVENT__BODY_REFUSED:
    case NAVETTE__EVENT__BODY_TRANSIT_CANCELLED:
    case NAVETTE__EVENT__BODY_DELIVERED:
        apply_movement(&step);
        break;
    case NAVETTE__EVENT__BODY_SEEN_AT:
    case NAVETTE__EVENT__BODY_COUNT_LINE:
        see_here(&step);
        break;
    case NAVETTE__EVENT__BODY_COUNT_CLOSED:
        if (record->condition == CONDITION_NORMAL)
            record->condition = CONDITION_MISSING;
        break;
    case NAVETTE__EVENT__BODY_DECLARED_LOST:
        if (record->condition == CONDITION_NORMAL || record->condition == CONDITION_MISSING)
            record->condition = CONDITION_LOST;
        break;
    case NAVETTE__EVENT__BODY_PLACE_DECLARED:
    case NAVETTE__EVENT__BODY_RULE_DECIDED:
    case NAVETTE__EVENT__BODY_NODE_ENROLLED:
    case NAVETTE__EVENT__BODY_RIGHTS_GRANTED:
    case NAVETTE__EVENT__BODY_NODE_REVOKED:
    case NAVETTE__EVENT__BODY_OPERATOR_DECIDED:
    case NAVETTE__EVENT__BODY_OPERATOR_RULE_DECIDED:
        record->cause = event->self;
        break;
    default:
        break;
    }
}

static int is_to_print(Navette__ItemRegistered__ExtraEntry *const *extra, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(extra[i]->key, LABEL_EXTRA_KEY) == 0)
            return 1;
    }
    return 0;
}

int custody_label(const Navette__Event *body, struct label *label)
{
    const char *title = "";
    const char *author = "";
    const char *call_number = "";
    const char *size = "";
    int to_print = 0;

    switch (body->body_case) {
    case NAVETTE__EVENT__BODY_ITEM_REGISTERED:
        title = body->item_registered->title;
        author = body->item_registered->author;
        call_number = body->item_registered->call_number;
        to_print = is_to_print(body->item_registered->extra, body->item_registered->n_extra);
        break;
    case NAVETTE__EVENT__BODY_ITEM_CHANGED:
        title = body->item_changed->title;
        author = body->item_changed->author;
        call_number = body->item_changed->call_number;
        /* both bodies have entries of one shape: event_form.c */
        to_print = is_to_print((Navette__ItemRegistered__ExtraEntry **)(void *)body->item_changed->extra, body->item_changed->n_extra);
        break;
    case NAVETTE__EVENT__BODY_BAG_COMMISSIONED:
        size = body->bag_commissioned->size;
        break;
    default:
        return 0;
    }
    COPY(label->title, title);
    COPY(label->author, author);
    COPY(label->call_number, call_number);
    COPY(label->size, size);
    label->to_print = to_print;
    return 1;
}

static int number(const char *digits, int count, int *value)
{
    *value = 0;
    for (int i = 0; i < count; i++) {
        if (digits[i] < '0' || digits[i] > '9')
            return NAVETTE_E_INVALID;
        *value = *value * 10 + (digits[i] - '0');
    }
    return 0;
}

int custody_day(const char *date, int32_t *day)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year, month, day_of_month, leap, days;

    if (strlen(date) != 10 || date[4] != '-' || date[7] != '-')
        return NAVETTE_E_INVALID;
    if (number(date, 4, &year) != 0 || number(date + 5, 2, &month) != 0 || number(date + 8, 2, &day_of_month) != 0)
        return NAVETTE_E_INVALID;
    leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (year < 1 || month < 1 || month > 12 || day_of_month < 1)
        return NAVETTE_E_INVALID;
    if (day_of_month > lengths[month - 1] + (month == 2 && leap))
        return NAVETTE_E_INVALID;
    year--;
    days = year * 365 + year / 4 - year / 100 + year / 400; /* whole years since 0001-01-01 */
    for (int i = 1; i < month; i++)
        days += lengths[i - 1] + (i == 2 && leap);
    *day = days + day_of_month - 1 - 719162; /* 0001-01-01 to 1970-01-01 */
    return 0;
}
