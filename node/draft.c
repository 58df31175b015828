/* SPDX-License-Identifier: Apache-2.0 */
#include "node/draft.h"

#include <assert.h>

void draft_init(struct draft *draft)
{
    navette__event__init(&draft->event);
    draft->count = 0;
    draft->pool_count = 0;
}

char *draft_text(const char *text)
{
    return (char *)(uintptr_t)text;
}

Navette__Thing *draft_thing(Navette__Thing *thing, const struct thing_key *key)
{
    navette__thing__init(thing);
    thing->kind = (Navette__ThingKind)thing_kind(key);
    thing->namespace_ = draft_text(thing_namespace(key));
    thing->id = draft_text(thing_id(key));
    return thing;
}

Navette__Thing *draft_named(Navette__Thing *thing, Navette__ThingKind kind, const char *id)
{
    navette__thing__init(thing);
    thing->kind = kind;
    thing->id = draft_text(id);
    return thing;
}

void draft_add(struct draft *draft, const struct thing_key *key)
{
    assert(draft->count < DRAFT_THINGS);
    draft->list[draft->count] = draft_thing(&draft->things[draft->count], key);
    draft->count++;
}

Navette__Ref *draft_ref(struct draft *draft, size_t index, const struct ref *ref)
{
    Navette__Ref *message = index == 0 ? &draft->ref : &draft->replacement;

    if (ref->seq == 0)
        return NULL;
    draft->refs[index] = *ref;
    navette__ref__init(message);
    message->incarnation.data = draft->refs[index].incarnation;
    message->incarnation.len = INCARNATION_SIZE;
    message->seq = ref->seq;
    message->leaf = ref->leaf;
    return message;
}

Navette__Thing *draft_round(struct draft *draft, const char *id)
{
    return id[0] != '\0' ? draft_named(&draft->round, NAVETTE__THING_KIND__THING_ROUND, id) : NULL;
}
