/* SPDX-License-Identifier: Apache-2.0 */
#include "catalogue.h"

#include <assert.h>
#include <string.h>

#include "navette/hlc.h"
#include "navette/state.h"

static char *text(const char *given, const char *otherwise)
{
    return (char *)(uintptr_t)(given != NULL ? given : otherwise);
}

/* Both bodies have the same fields, but for `at`, which is left out. */
#define FILL(body)                                                                                                                         \
    do {                                                                                                                                   \
        (body).item = &item;                                                                                                               \
        (body).title = text(row->title, "");                                                                                               \
        (body).author = text(row->author, "");                                                                                             \
        (body).call_number = text(row->call_number, "");                                                                                   \
        (body).material = text(row->material, "");                                                                                         \
        (body).home = text(row->home, "A");                                                                                                \
        (body).n_extra = row->to_print ? 1 : 0;                                                                                            \
    } while (0)

static struct ref record(struct foldkit *kit, const struct catalogue_row *row, int change)
{
    Navette__Event event = NAVETTE__EVENT__INIT;
    Navette__Thing item = NAVETTE__THING__INIT;
    Navette__ItemRegistered registered = NAVETTE__ITEM_REGISTERED__INIT;
    Navette__ItemChanged changed = NAVETTE__ITEM_CHANGED__INIT;
    Navette__ItemRegistered__ExtraEntry added = NAVETTE__ITEM_REGISTERED__EXTRA_ENTRY__INIT, *added_list = &added;
    Navette__ItemChanged__ExtraEntry kept = NAVETTE__ITEM_CHANGED__EXTRA_ENTRY__INIT, *kept_list = &kept;
    struct buffer bytes = {.data = NULL};
    uint8_t *copy;
    int rc;

    item.kind = NAVETTE__THING_KIND__THING_ITEM;
    item.namespace_ = text(row->space, "ns");
    item.id = text(row->id, "");
    added.key = kept.key = text(LABEL_EXTRA_KEY, "");
    added.value = kept.value = text("1", "");
    registered.extra = &added_list;
    changed.extra = &kept_list;
    FILL(registered);
    FILL(changed);
    event.hlc = hlc_make(kit->now_ms, 0);
    event.place = text(row->home, "A");
    event.body_case = change ? EV(ITEM_CHANGED) : EV(ITEM_REGISTERED);
    if (change)
        event.item_changed = &changed;
    else
        event.item_registered = &registered;
    rc = event_encode(&event, &bytes);
    assert(rc == 0);
    copy = arena_alloc(kit->arena, bytes.len);
    assert(copy != NULL);
    memcpy(copy, bytes.data, bytes.len);
    kit->now_ms += 60000;
    struct ref self = foldkit_raw(kit, 0, span_of(copy, bytes.len));
    buffer_free(&bytes);
    return self;
}

struct ref catalogue_add(struct foldkit *kit, const struct catalogue_row *row)
{
    return record(kit, row, 0);
}

struct ref catalogue_change(struct foldkit *kit, const struct catalogue_row *row)
{
    return record(kit, row, 1);
}

int catalogue_begin(struct store_txn *txn)
{
    struct fold fold;
    int rc = fold_begin(&fold, txn, txn);

    if (rc == 0)
        rc = fold_keep_words(&fold);
    return rc == 0 ? fold_end(&fold) : rc;
}

static void feed(const struct foldkit *kit, struct memstore *store, size_t from, int is_new)
{
    struct store_txn *txn = memstore_begin_write(store);
    size_t order[FOLDKIT_MAX];
    int rc = is_new ? catalogue_begin(txn) : 0;

    for (size_t i = from; i < kit->count; i++)
        order[i - from] = i;
    if (rc == 0 && kit->count > from)
        rc = foldkit_feed(kit, txn, order, kit->count - from, 0, NULL);
    assert(rc == 0);
    rc = memstore_commit(txn);
    assert(rc == 0);
    rc = foldkit_check(store);
    assert(rc == 0);
}

struct memstore *catalogue_play(const struct foldkit *kit)
{
    struct memstore *store = memstore_new();

    assert(store != NULL);
    feed(kit, store, 0, 1);
    return store;
}

void catalogue_since(const struct foldkit *kit, struct memstore *store, size_t from)
{
    feed(kit, store, from, 0);
}
