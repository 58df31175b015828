/* SPDX-License-Identifier: Apache-2.0 */
#include "reconcile/handover_key.h"

#include <stdio.h>
#include <string.h>

#include "navette/handover.h"

#define SLIP "slip"
#define REFERENCE "ref"
#define DEPOSIT_BAG "deposit.bag"
#define DEPOSIT_CRATE "deposit.crate"

static const char *round_id(const Navette__Thing *round)
{
    return round != NULL ? round->id : "";
}

/* Nobody says a direction where it goes without saying. */
static int direction_of(int said, int usual)
{
    return said != 0 ? said : usual;
}

#define OUT NAVETTE__HANDOVER_DIRECTION__DIRECTION_OUT
#define BACK NAVETTE__HANDOVER_DIRECTION__DIRECTION_BACK

/* Slip, round, stop and direction, as every body that has them calls them. */
#define TAKE_STOP(words, body)                                                                                                             \
    do {                                                                                                                                   \
        (words)->slip = (body)->slip;                                                                                                      \
        (words)->round = round_id((body)->round);                                                                                          \
        (words)->stop = (body)->stop;                                                                                                      \
        (words)->direction = direction_of((int)(body)->direction, OUT);                                                                    \
    } while (0)

static int names_any(const struct handover_words *words)
{
    return words->slip[0] != '\0' || (words->round[0] != '\0' && words->stop > 0) || words->dispatch.seq != 0;
}

static void take_closing(const struct event *event, const Navette__OperationClosed *closed, struct handover_words *words)
{
    if (closed->kind != NAVETTE__OPERATION_KIND__OPERATION_RECEIVE || closed->mode != NAVETTE__RECEPTION_MODE__RECEPTION_CHECKED)
        return;
    TAKE_STOP(words, closed);
    words->dispatch = event_ref(closed->dispatch, &event->self);
    if (names_any(words))
        words->role = HANDOVER_CLOSES;
}

static void take_paired(const struct event *event, const Navette__HandoverPaired *paired, struct handover_words *words)
{
    TAKE_STOP(words, paired);
    words->dispatch = event_ref(paired->with, &event->self);
    if (names_any(words))
        words->role = HANDOVER_PAIRS;
}

static void take_phoned(const struct event *event, const Navette__PhoneCounted *told, struct handover_words *words)
{
    TAKE_STOP(words, told);
    words->dispatch = event_ref(told->dispatch, &event->self);
    if (names_any(words))
        words->role = HANDOVER_PHONES;
}

static void take_collected(const Navette__Collected *collected, struct handover_words *words)
{
    words->role = HANDOVER_GIVES;
    words->slip = collected->slip;
    words->round = round_id(collected->round);
    words->stop = collected->stop;
    words->direction = BACK;
}

static void take_reception(const struct event *event, struct handover_words *words)
{
    const Navette__Event *body = event->body;
    const Navette__Ref *dispatch;

    words->role = HANDOVER_TAKES;
    switch (body->body_case) {
    case NAVETTE__EVENT__BODY_RECEIVED:
        TAKE_STOP(words, body->received);
        dispatch = body->received->dispatch;
        break;
    case NAVETTE__EVENT__BODY_SEEN_ON_RECEPTION:
        TAKE_STOP(words, body->seen_on_reception);
        dispatch = body->seen_on_reception->dispatch;
        break;
    default:
        TAKE_STOP(words, body->refused);
        dispatch = body->refused->dispatch;
        break;
    }
    words->dispatch = event_ref(dispatch, &event->self);
}

void handover_key_words(const struct event *event, struct handover_words *words)
{
    const Navette__Event *body = event->body;

    *words = (struct handover_words){.role = HANDOVER_SAYS_NOTHING, .slip = "", .round = "", .direction = OUT};
    switch (body->body_case) {
    case NAVETTE__EVENT__BODY_DISPATCHED:
        words->role = HANDOVER_GIVES;
        TAKE_STOP(words, body->dispatched);
        break;
    case NAVETTE__EVENT__BODY_COLLECTED:
        take_collected(body->collected, words);
        break;
    case NAVETTE__EVENT__BODY_TRANSIT_CANCELLED:
        words->role = HANDOVER_CANCELS;
        words->slip = body->transit_cancelled->slip;
        words->dispatch = event_ref(body->transit_cancelled->dispatch, &event->self);
        break;
    case NAVETTE__EVENT__BODY_RECEIVED:
    case NAVETTE__EVENT__BODY_SEEN_ON_RECEPTION:
    case NAVETTE__EVENT__BODY_REFUSED:
        take_reception(event, words);
        break;
    case NAVETTE__EVENT__BODY_HANDOVER_COUNTED:
        words->role = HANDOVER_COUNTS;
        TAKE_STOP(words, body->handover_counted);
        words->dispatch = event_ref(body->handover_counted->dispatch, &event->self);
        break;
    case NAVETTE__EVENT__BODY_OPERATION_CLOSED:
        take_closing(event, body->operation_closed, words);
        break;
    case NAVETTE__EVENT__BODY_HANDOVER_PAIRED:
        take_paired(event, body->handover_paired, words);
        break;
    case NAVETTE__EVENT__BODY_PHONE_COUNTED:
        take_phoned(event, body->phone_counted, words);
        break;
    default:
        break;
    }
    if (words->round[0] == '\0')
        words->stop = 0;
}

/* Ids and slips are as long as each other; no key of ours can be malformed. */
static void make(const char *form, const char *id, struct thing_key *key)
{
    if (thing_key_make(NAVETTE__THING_KIND__THING_HANDOVER, form, id, key) != 0)
        key->len = 0;
}

int handover_key_of_slip(const char *slip, struct thing_key *key)
{
    return thing_key_make(NAVETTE__THING_KIND__THING_HANDOVER, SLIP, slip, key);
}

int handover_key_of_stop(const char *round, uint32_t stop, int direction, struct thing_key *key)
{
    char form[LIMIT_NAMESPACE];

    (void)snprintf(form, sizeof(form), "%s.%u", direction == BACK ? "back" : "out", (unsigned int)stop);
    return thing_key_make(NAVETTE__THING_KIND__THING_HANDOVER, form, round, key);
}

/* 1 and its parts: "T1/2", "T1/2/back". */
static int is_stop_name(const char *name, char round[LIMIT_THING_ID + 1], uint32_t *stop, int *direction)
{
    const char *slash = strchr(name, '/');
    size_t len = slash == NULL ? 0 : (size_t)(slash - name);
    uint32_t number = 0;

    if (len == 0 || len > LIMIT_THING_ID || slash[1] < '1' || slash[1] > '9')
        return 0;
    for (slash++; *slash >= '0' && *slash <= '9' && number < UINT32_MAX / 10 - 1; slash++)
        number = 10 * number + (uint32_t)(*slash - '0');
    if (*slash != '\0' && strcmp(slash, "/out") != 0 && strcmp(slash, "/back") != 0)
        return 0;
    memcpy(round, name, len);
    round[len] = '\0';
    *stop = number;
    *direction = strcmp(slash, "/back") == 0 ? BACK : 0;
    return 1;
}

int handover_key_of_name(const char *name, struct thing_key *key)
{
    char round[LIMIT_THING_ID + 1];
    struct ref ref;
    uint32_t stop;
    int direction;

    if (ref_parse(name, &ref) == 0) {
        handover_key_of_ref(&ref, key);
        return 0;
    }
    if (is_stop_name(name, round, &stop, &direction))
        return handover_key_of_stop(round, stop, direction, key);
    return handover_key_of_slip(name, key);
}

size_t handover_key_named(const struct event *event, const struct handover_words *words, struct thing_key keys[HANDOVER_KEYS_MAX])
{
    size_t count = 0;

    if (words->slip[0] != '\0' && handover_key_of_slip(words->slip, &keys[count]) == 0)
        count++;
    if (words->stop > 0 && handover_key_of_stop(words->round, words->stop, words->direction, &keys[count]) == 0)
        count++;
    if (count > 0)
        return count;
    if (words->dispatch.seq != 0)
        handover_key_of_ref(&words->dispatch, &keys[count++]);
    else if (words->role == HANDOVER_COUNTS)
        handover_key_of_ref(&event->self, &keys[count++]);
    return count;
}

int handover_key_is_target(const struct handover_words *words)
{
    return words->role == HANDOVER_GIVES || words->role == HANDOVER_COUNTS;
}

void handover_key_of_ref(const struct ref *ref, struct thing_key *key)
{
    uint8_t bytes[REF_SIZE];
    char id[2 * REF_SIZE + 1];

    ref_encode(ref, bytes);
    hex_encode(bytes, sizeof(bytes), id);
    make(REFERENCE, id, key);
}

int handover_key_is_ref(const struct thing_key *key, struct ref *ref)
{
    uint8_t bytes[REF_SIZE];

    if (strcmp(thing_namespace(key), REFERENCE) != 0 || hex_decode(thing_id(key), bytes, sizeof(bytes)) != 0)
        return 0;
    ref_decode(bytes, ref);
    return 1;
}

void handover_key_of_deposit(const struct thing_key *container, struct thing_key *key)
{
    make(thing_kind(container) == NAVETTE__THING_KIND__THING_CRATE ? DEPOSIT_CRATE : DEPOSIT_BAG, thing_id(container), key);
}

int handover_key_is_deposit(const struct thing_key *key, struct thing_key *container)
{
    int kind = strcmp(thing_namespace(key), DEPOSIT_CRATE) == 0 ? NAVETTE__THING_KIND__THING_CRATE
               : strcmp(thing_namespace(key), DEPOSIT_BAG) == 0 ? NAVETTE__THING_KIND__THING_BAG
                                                                : 0;

    return kind != 0 && thing_key_make(kind, "", thing_id(key), container) == 0;
}

int handover_key_is_stop(const struct thing_key *key)
{
    return strncmp(thing_namespace(key), "out.", 4) == 0 || strncmp(thing_namespace(key), "back.", 5) == 0;
}

static int rank(const struct thing_key *key)
{
    return strcmp(thing_namespace(key), SLIP) == 0 ? 0 : handover_key_is_stop(key) ? 1 : 2;
}

int handover_key_compare(const struct thing_key *a, const struct thing_key *b)
{
    int order = rank(a) - rank(b);

    return order != 0 ? order : span_compare(thing_key_span(a), thing_key_span(b));
}
