/* SPDX-License-Identifier: Apache-2.0 */
#include "fold/explain.h"

#include <string.h>

enum row {
    ROW_NONE,
    ROW_RECEPTION,    /* received, seen, refused at P <- dispatched, collected to P */
    ROW_CANCELLATION, /* cancelled at P <- dispatched, collected at P */
    ROW_DELIVERY,     /* delivered, failed at P <- received at P */
    ROW_RETURN,       /* returned, collected at P <- delivered at P */
    ROW_UNPACKING,    /* out of C <- into C */
    ROW_OPENING,      /* opened <- sealed */
    ROW_DISPATCH,     /* a bag or crate dispatched at P <- sealed at P */
    ROW_CONTENT,      /* ROW_UNPACKING in the history of C itself: by content */
    ROW_REF,          /* named by reference */
};

struct table_row {
    Navette__Event__BodyCase body;
    enum row row;
};

static const struct table_row needs[] = {
    {NAVETTE__EVENT__BODY_RECEIVED, ROW_RECEPTION},      {NAVETTE__EVENT__BODY_SEEN_ON_RECEPTION, ROW_RECEPTION},
    {NAVETTE__EVENT__BODY_REFUSED, ROW_RECEPTION},       {NAVETTE__EVENT__BODY_TRANSIT_CANCELLED, ROW_CANCELLATION},
    {NAVETTE__EVENT__BODY_DELIVERED, ROW_DELIVERY},      {NAVETTE__EVENT__BODY_DELIVERY_FAILED, ROW_DELIVERY},
    {NAVETTE__EVENT__BODY_RETURNED, ROW_RETURN},         {NAVETTE__EVENT__BODY_COLLECTED, ROW_RETURN},
    {NAVETTE__EVENT__BODY_ITEM_UNPACKED, ROW_UNPACKING}, {NAVETTE__EVENT__BODY_CRATE_UNLOADED, ROW_UNPACKING},
    {NAVETTE__EVENT__BODY_BAG_OPENED, ROW_OPENING},      {NAVETTE__EVENT__BODY_DISPATCHED, ROW_DISPATCH},
};

static const struct table_row offers[] = {
    {NAVETTE__EVENT__BODY_DISPATCHED, ROW_RECEPTION},    {NAVETTE__EVENT__BODY_COLLECTED, ROW_RECEPTION},
    {NAVETTE__EVENT__BODY_DISPATCHED, ROW_CANCELLATION}, {NAVETTE__EVENT__BODY_COLLECTED, ROW_CANCELLATION},
    {NAVETTE__EVENT__BODY_RECEIVED, ROW_DELIVERY},       {NAVETTE__EVENT__BODY_DELIVERED, ROW_RETURN},
    {NAVETTE__EVENT__BODY_ITEM_PACKED, ROW_UNPACKING},   {NAVETTE__EVENT__BODY_CRATE_LOADED, ROW_UNPACKING},
    {NAVETTE__EVENT__BODY_BAG_SEALED, ROW_OPENING},      {NAVETTE__EVENT__BODY_BAG_SEALED, ROW_DISPATCH},
};

static void add_text(struct token *token, const char *text)
{
    size_t len = strlen(text);

    if (len > LIMIT_PLACE_CODE)
        len = LIMIT_PLACE_CODE;
    token->bytes[token->len++] = (uint8_t)len;
    memcpy(token->bytes + token->len, text, len);
    token->len = (uint8_t)(token->len + len);
}

static void add_thing(struct token *token, const Navette__Thing *thing)
{
    struct thing_key key;

    if (thing == NULL || thing_key_of(thing, &key) != 0)
        return;
    memcpy(token->bytes + token->len, key.bytes, key.len);
    token->len = (uint8_t)(token->len + key.len);
}

static struct token *new_token(struct tokens *tokens, enum row row)
{
    struct token *token = &tokens->list[tokens->count++];

    token->len = 1;
    token->bytes[0] = (uint8_t)row;
    return token;
}

/* Container and contents of a packing event. */
struct packing {
    const Navette__Thing *container;
    Navette__Thing *const *contents;
    size_t count;
};

static struct packing packing_of(const Navette__Event *body)
{
    struct packing packing = {.container = NULL};

    switch (body->body_case) {
    case NAVETTE__EVENT__BODY_ITEM_PACKED:
        packing = (struct packing){body->item_packed->container, body->item_packed->items, body->item_packed->n_items};
        break;
    case NAVETTE__EVENT__BODY_ITEM_UNPACKED:
        packing = (struct packing){body->item_unpacked->container, body->item_unpacked->items, body->item_unpacked->n_items};
        break;
    case NAVETTE__EVENT__BODY_CRATE_LOADED:
        packing = (struct packing){body->crate_loaded->crate, body->crate_loaded->bags, body->crate_loaded->n_bags};
        break;
    case NAVETTE__EVENT__BODY_CRATE_UNLOADED:
        packing = (struct packing){body->crate_unloaded->crate, body->crate_unloaded->bags, body->crate_unloaded->n_bags};
        break;
    default:
        break;
    }
    return packing;
}

/* place: NULL when it is no part of the token. */
static void add_packing(struct tokens *tokens, const struct concern *concern, const char *place)
{
    struct packing packing = packing_of(concern->body);
    struct token *token;

    if (concern->part != PART_CONTAINER) {
        token = new_token(tokens, ROW_UNPACKING);
        if (place != NULL)
            add_text(token, place);
        add_thing(token, packing.container);
        return;
    }
    for (size_t i = 0; i < packing.count && tokens->count < LIMIT_EVENT_THINGS; i++) {
        token = new_token(tokens, ROW_CONTENT);
        if (place != NULL)
            add_text(token, place);
        add_thing(token, packing.contents[i]);
    }
}

/* No order is where something else has to have happened first. */
static enum row row_of(const struct concern *concern)
{
    if (concern->kind == NAVETTE__THING_KIND__THING_ORDER)
        return ROW_NONE;
    for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
        if (needs[i].body != concern->body->body_case)
            continue;
        if (needs[i].row == ROW_DISPATCH && concern->kind == NAVETTE__THING_KIND__THING_ITEM)
            return ROW_NONE;
        return needs[i].row;
    }
    return ROW_NONE;
}

static void claim(const struct concern *concern, int with_place, struct tokens *tokens)
{
    enum row row = row_of(concern);

    tokens->count = 0;
    if (row == ROW_NONE)
        return;
    if (row == ROW_UNPACKING) {
        add_packing(tokens, concern, with_place ? concern->body->place : NULL);
        return;
    }
    new_token(tokens, row);
    if (row != ROW_OPENING || with_place)
        add_text(&tokens->list[0], concern->body->place);
}

void explain_needs(const struct concern *concern, struct tokens *tokens)
{
    claim(concern, 0, tokens);
}

void explain_uses(const struct concern *concern, struct tokens *tokens)
{
    claim(concern, 1, tokens);
}

void explain_offers(const struct concern *concern, struct tokens *tokens)
{
    const Navette__Event *body = concern->body;

    tokens->count = 0;
    for (size_t i = 0; i < sizeof(offers) / sizeof(offers[0]); i++) {
        if (offers[i].body != body->body_case || concern->kind == NAVETTE__THING_KIND__THING_ORDER)
            continue;
        switch (offers[i].row) {
        case ROW_UNPACKING:
            add_packing(tokens, concern, NULL);
            break;
        case ROW_RECEPTION:
            add_text(new_token(tokens, ROW_RECEPTION),
                     body->body_case == NAVETTE__EVENT__BODY_DISPATCHED ? body->dispatched->to : body->collected->to);
            break;
        case ROW_OPENING:
            new_token(tokens, ROW_OPENING);
            break;
        default:
            add_text(new_token(tokens, offers[i].row), body->place);
            break;
        }
    }
}

int explain_is_short(const struct concern *concern)
{
    return concern->part != PART_CONTAINER;
}

struct ref explain_dispatch(const Navette__Event *body, const struct ref *self)
{
    const Navette__Ref *ref = NULL;

    switch (body->body_case) {
    case NAVETTE__EVENT__BODY_RECEIVED:
        ref = body->received->dispatch;
        break;
    case NAVETTE__EVENT__BODY_SEEN_ON_RECEPTION:
        ref = body->seen_on_reception->dispatch;
        break;
    case NAVETTE__EVENT__BODY_REFUSED:
        ref = body->refused->dispatch;
        break;
    case NAVETTE__EVENT__BODY_TRANSIT_CANCELLED:
        ref = body->transit_cancelled->dispatch;
        break;
    default:
        break;
    }
    return event_ref(ref, self);
}

/* FNV-1a; who makes two tokens collide gains a re-fold and nothing else. */
static uint64_t bit_of(const uint8_t *bytes, size_t len, uint64_t hash)
{
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ bytes[i]) * 0x100000001b3u;
    hash ^= hash >> 32;
    return (uint64_t)1 << ((hash * 0x9e3779b97f4a7c15u) >> 58);
}

uint64_t explain_bit(const struct token *token)
{
    return bit_of(token->bytes, token->len, 0xcbf29ce484222325u);
}

uint64_t explain_bit_of_ref(const struct ref *ref)
{
    uint8_t bytes[1 + REF_SIZE] = {ROW_REF};

    ref_encode(ref, bytes + 1);
    return bit_of(bytes, sizeof(bytes), 0xcbf29ce484222325u);
}
