/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "navette/import.h"
#include "navette/thing.h"

/* protobuf-c's strings are char *, and never written to. */
static char *lend(const char *text)
{
    return (char *)(uintptr_t)text;
}

static void begin(struct import_event *made, const struct thing_key *key)
{
    navette__event__init(&made->event);
    navette__thing__init(&made->thing);
    made->thing.kind = (Navette__ThingKind)thing_kind(key);
    made->thing.namespace_ = lend(thing_namespace(key));
    made->thing.id = lend(thing_id(key));
}

void import_event_registered(struct import_event *made, const struct thing_key *key, const struct import_item *item)
{
    Navette__ItemRegistered *body = &made->registered;

    begin(made, key);
    navette__item_registered__init(body);
    body->item = &made->thing;
    body->title = lend(item->title);
    body->author = lend(item->author);
    body->call_number = lend(item->call_number);
    body->material = lend(item->material);
    body->home = lend(item->home);
    body->at = lend(strcmp(item->at, item->home) == 0 ? "" : item->at);
    for (size_t i = 0; i < item->extra_count; i++) {
        Navette__ItemRegistered__ExtraEntry *entry = made->registered_list[i] = &made->registered_extra[i];
        navette__item_registered__extra_entry__init(entry);
        entry->key = lend(item->extra[i].key);
        entry->value = item->extra[i].value;
    }
    body->extra = made->registered_list;
    body->n_extra = item->extra_count;
    made->event.body_case = NAVETTE__EVENT__BODY_ITEM_REGISTERED;
    made->event.item_registered = body;
}

void import_event_changed(struct import_event *made, const struct thing_key *key, const struct import_item *item)
{
    Navette__ItemChanged *body = &made->changed;

    begin(made, key);
    navette__item_changed__init(body);
    body->item = &made->thing;
    body->title = lend(item->title);
    body->author = lend(item->author);
    body->call_number = lend(item->call_number);
    body->material = lend(item->material);
    body->home = lend(item->home);
    for (size_t i = 0; i < item->extra_count; i++) {
        Navette__ItemChanged__ExtraEntry *entry = made->changed_list[i] = &made->changed_extra[i];
        navette__item_changed__extra_entry__init(entry);
        entry->key = lend(item->extra[i].key);
        entry->value = item->extra[i].value;
    }
    body->extra = made->changed_list;
    body->n_extra = item->extra_count;
    made->event.body_case = NAVETTE__EVENT__BODY_ITEM_CHANGED;
    made->event.item_changed = body;
}

/* Both kinds of entry are a message, then key and value. The order of a map means nothing. */
static int same_extra(void *const *entries, size_t count, const struct import_item *item)
{
    if (count != item->extra_count)
        return 0;
    for (size_t i = 0; i < count; i++) {
        const Navette__ItemRegistered__ExtraEntry *entry = entries[i];
        size_t j = 0;
        while (j < item->extra_count && strcmp(item->extra[j].key, entry->key) != 0)
            j++;
        if (j == item->extra_count || strcmp(item->extra[j].value, entry->value) != 0)
            return 0;
    }
    return 1;
}

int import_event_says(const Navette__Event *event, const struct import_item *item)
{
    const Navette__ItemRegistered *made = event->item_registered;
    const Navette__ItemChanged *changed = event->item_changed;

    if (event->body_case == NAVETTE__EVENT__BODY_ITEM_REGISTERED)
        return strcmp(made->title, item->title) == 0 && strcmp(made->author, item->author) == 0 &&
               strcmp(made->call_number, item->call_number) == 0 && strcmp(made->material, item->material) == 0 &&
               strcmp(made->home, item->home) == 0 && same_extra((void *const *)made->extra, made->n_extra, item);
    return event->body_case == NAVETTE__EVENT__BODY_ITEM_CHANGED && strcmp(changed->title, item->title) == 0 &&
           strcmp(changed->author, item->author) == 0 && strcmp(changed->call_number, item->call_number) == 0 &&
           strcmp(changed->material, item->material) == 0 && strcmp(changed->home, item->home) == 0 &&
           same_extra((void *const *)changed->extra, changed->n_extra, item);
}
