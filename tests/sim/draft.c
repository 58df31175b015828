/* SPDX-License-Identifier: Apache-2.0 */
#include "draft.h"

#include <string.h>

#include "navette/event.h"
#include "navette/fold.h"

void draft_init(struct draft *draft, const char *place)
{
    memset(draft, 0, sizeof(*draft));
    navette__event__init(&draft->event);
    draft->event.place = (char *)(uintptr_t)place;
    draft->event.operator_ = (char *)(uintptr_t) "op-1";
}

void draft_name(Navette__Thing *out, const struct workload_thing *thing)
{
    navette__thing__init(out);
    out->kind = (Navette__ThingKind)thing->kind;
    out->id = (char *)(uintptr_t)thing->id;
    out->namespace_ = (char *)(uintptr_t)(thing->kind == NAVETTE__THING_KIND__THING_ITEM ? "sim" : "");
}

void draft_add(struct draft *draft, const struct workload_thing *thing)
{
    if (draft->thing_count < DRAFT_THINGS) {
        draft_name(&draft->things[draft->thing_count], thing);
        draft->thing_list[draft->thing_count] = &draft->things[draft->thing_count];
        draft->thing_count++;
    }
}

static void set_ref(Navette__Ref *out, uint8_t incarnation[INCARNATION_SIZE], const struct ref *ref)
{
    navette__ref__init(out);
    memcpy(incarnation, ref->incarnation, INCARNATION_SIZE);
    out->incarnation.data = incarnation;
    out->incarnation.len = INCARNATION_SIZE;
    out->seq = ref->seq;
    out->leaf = ref->leaf;
}

void draft_set_ref(struct draft *draft, const struct ref *ref)
{
    set_ref(&draft->ref, draft->ref_incarnation, ref);
}

#define WITH_THINGS(name, Name)                                                                                                            \
    case NAVETTE__EVENT__BODY_##Name:                                                                                                      \
        navette__##name##__init(&draft->body.name);                                                                                        \
        draft->body.name.n_things = draft->thing_count;                                                                                    \
        draft->body.name.things = draft->thing_list;                                                                                       \
        draft->event.name = &draft->body.name;                                                                                             \
        break;

void draft_body_things(struct draft *draft, Navette__Event__BodyCase body, const char *other)
{
    static uint8_t session[16] = {1};
    Navette__Ref *ref = draft->ref.seq != 0 ? &draft->ref : NULL;

    draft->event.body_case = body;
    switch (body) {
        WITH_THINGS(dispatched, DISPATCHED)
        WITH_THINGS(received, RECEIVED)
        WITH_THINGS(seen_on_reception, SEEN_ON_RECEPTION)
        WITH_THINGS(refused, REFUSED)
        WITH_THINGS(transit_cancelled, TRANSIT_CANCELLED)
        WITH_THINGS(delivered, DELIVERED)
        WITH_THINGS(delivery_failed, DELIVERY_FAILED)
        WITH_THINGS(returned, RETURNED)
        WITH_THINGS(collected, COLLECTED)
        WITH_THINGS(dropped, DROPPED)
        WITH_THINGS(seen_at, SEEN_AT)
        WITH_THINGS(count_line, COUNT_LINE)
        WITH_THINGS(declared_lost, DECLARED_LOST)
        WITH_THINGS(found, FOUND)
    default:
        break;
    }
    switch (body) {
    case NAVETTE__EVENT__BODY_DISPATCHED:
        draft->body.dispatched.to = (char *)(uintptr_t)other;
        break;
    case NAVETTE__EVENT__BODY_COLLECTED:
        draft->body.collected.to = (char *)(uintptr_t)other;
        break;
    case NAVETTE__EVENT__BODY_RECEIVED:
        draft->body.received.dispatch = ref;
        draft->body.received.from = (char *)(uintptr_t)other;
        draft->body.received.mode = NAVETTE__RECEPTION_MODE__RECEPTION_UNOPENED;
        break;
    case NAVETTE__EVENT__BODY_REFUSED:
        draft->body.refused.reason = NAVETTE__REASON__REASON_DAMAGED;
        draft->body.refused.dispatch = ref;
        draft->body.refused.from = (char *)(uintptr_t)other;
        break;
    case NAVETTE__EVENT__BODY_TRANSIT_CANCELLED:
        draft->body.transit_cancelled.reason = NAVETTE__REASON__REASON_NOT_SENT;
        draft->body.transit_cancelled.to = (char *)(uintptr_t)other;
        break;
    case NAVETTE__EVENT__BODY_DELIVERY_FAILED:
        draft->body.delivery_failed.reason = NAVETTE__REASON__REASON_ABSENT;
        break;
    case NAVETTE__EVENT__BODY_DECLARED_LOST:
        draft->body.declared_lost.reason = NAVETTE__REASON__REASON_LONG_MISSING;
        break;
    case NAVETTE__EVENT__BODY_COUNT_LINE:
        draft->body.count_line.count.data = session;
        draft->body.count_line.count.len = sizeof(session);
        break;
    default:
        break;
    }
}

void draft_body_item(struct draft *draft, Navette__Event__BodyCase body, const char *home)
{
    draft->event.body_case = body;
    if (body == NAVETTE__EVENT__BODY_ITEM_REGISTERED) {
        Navette__ItemRegistered *out = &draft->body.item_registered;
        navette__item_registered__init(out);
        out->item = &draft->things[0];
        out->title = draft->title;
        out->material = (char *)(uintptr_t) "book";
        out->home = (char *)(uintptr_t)home;
        draft->event.item_registered = out;
    } else if (body == NAVETTE__EVENT__BODY_ITEM_CHANGED) {
        Navette__ItemChanged *out = &draft->body.item_changed;
        navette__item_changed__init(out);
        out->item = &draft->things[0];
        out->title = draft->title;
        out->material = (char *)(uintptr_t) "dvd";
        out->home = (char *)(uintptr_t)home;
        draft->event.item_changed = out;
    } else {
        Navette__ItemWithdrawn *out = &draft->body.item_withdrawn;
        navette__item_withdrawn__init(out);
        out->item = &draft->things[0];
        out->reason = NAVETTE__REASON__REASON_WORN;
        draft->event.item_withdrawn = out;
    }
}

void draft_body_bag(struct draft *draft, const char *owner)
{
    Navette__BagCommissioned *out = &draft->body.bag_commissioned;

    navette__bag_commissioned__init(out);
    out->bag = &draft->things[0];
    out->kind = (char *)(uintptr_t) "canvas";
    out->size = (char *)(uintptr_t) "M";
    out->owner = (char *)(uintptr_t)owner;
    draft->event.body_case = NAVETTE__EVENT__BODY_BAG_COMMISSIONED;
    draft->event.bag_commissioned = out;
}

void draft_body_container(struct draft *draft, Navette__Event__BodyCase body, const struct workload_thing *container)
{
    draft_name(&draft->container, container);
    draft->event.body_case = body;
#define WITH_CONTENT(name, Name, box, list)                                                                                                \
    case NAVETTE__EVENT__BODY_##Name:                                                                                                      \
        navette__##name##__init(&draft->body.name);                                                                                        \
        draft->body.name.box = &draft->container;                                                                                          \
        draft->body.name.n_##list = draft->thing_count;                                                                                    \
        draft->body.name.list = draft->thing_list;                                                                                         \
        draft->event.name = &draft->body.name;                                                                                             \
        break;
    switch (body) {
        WITH_CONTENT(item_packed, ITEM_PACKED, container, items)
        WITH_CONTENT(item_unpacked, ITEM_UNPACKED, container, items)
        WITH_CONTENT(crate_loaded, CRATE_LOADED, crate, bags)
        WITH_CONTENT(crate_unloaded, CRATE_UNLOADED, crate, bags)
    case NAVETTE__EVENT__BODY_BAG_SEALED:
        navette__bag_sealed__init(&draft->body.bag_sealed);
        draft->body.bag_sealed.bag = &draft->container;
        draft->body.bag_sealed.seal = (char *)(uintptr_t) "0412";
        draft->event.bag_sealed = &draft->body.bag_sealed;
        break;
    case NAVETTE__EVENT__BODY_BAG_OPENED:
        navette__bag_opened__init(&draft->body.bag_opened);
        draft->body.bag_opened.bag = &draft->container;
        draft->body.bag_opened.seal = (char *)(uintptr_t) "0412";
        draft->event.bag_opened = &draft->body.bag_opened;
        break;
    default:
        break;
    }
}

void draft_parents(struct draft *draft, struct store_txn *state)
{
    struct event_thing things[EVENT_THINGS_MAX];
    size_t count = event_things(&draft->event, things);

    for (size_t i = 0; i < count && draft->parent_count <= DRAFT_THINGS; i++) {
        struct ref parent;
        size_t at = draft->parent_count;

        if (fold_parent(state, &things[i].key, &parent) != 0 || parent.seq == 0) {
            continue;
        }
        set_ref(&draft->parents[at], draft->incarnations[at], &parent);
        draft->parent_list[at] = &draft->parents[at];
        draft->parent_count++;
    }
    draft->event.n_parents = draft->parent_count;
    draft->event.parents = draft->parent_list;
}
