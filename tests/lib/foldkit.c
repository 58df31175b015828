/* SPDX-License-Identifier: Apache-2.0 */
#include "foldkit.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "navette/hlc.h"
#include "navette/discrepancy.h"
#include "navette/log.h"

static void *alloc(struct foldkit *kit, size_t size)
{
    void *piece = arena_alloc(kit->arena, size);

    assert(piece != NULL);
    return memset(piece, 0, size);
}

static void *message(struct foldkit *kit, const ProtobufCMessageDescriptor *descriptor)
{
    ProtobufCMessage *made = alloc(kit, descriptor->sizeof_message);

    protobuf_c_message_init(descriptor, made);
    return made;
}

static char *text(struct foldkit *kit, const char *from, size_t len)
{
    char *made = alloc(kit, len + 1);

    memcpy(made, from, len);
    return made;
}

void foldkit_init(struct foldkit *kit)
{
    memset(kit, 0, sizeof(*kit));
    kit->arena = arena_new((size_t)64 << 20);
    assert(kit->arena != NULL);
    kit->now_ms = FOLDKIT_START_MS;
    kit->boot = 1;
}

void foldkit_free(struct foldkit *kit)
{
    arena_free(kit->arena);
}

static int kind_of(char letter)
{
    static const char letters[] = "?ibcprn";
    const char *at = strchr(letters, letter);

    assert(at != NULL && at != letters);
    return (int)(at - letters);
}

static int is_item(char letter)
{
    return letter == 'i';
}

struct thing_key foldkit_key(const char *word)
{
    struct thing_key key;
    int rc = thing_key_make(kind_of(word[0]), is_item(word[0]) ? "ns" : "", word + (word[0] == 'p'), &key);

    assert(rc == 0);
    return key;
}

struct list {
    Navette__Thing **things;
    size_t count;
};

static struct list parse(struct foldkit *kit, const char *words)
{
    struct list list = {.things = alloc(kit, LIMIT_EVENT_THINGS * 2 * sizeof(*list.things))};

    while (*words != '\0') {
        size_t len = strcspn(words, " ");
        Navette__Thing *thing = message(kit, &navette__thing__descriptor);

        thing->kind = (Navette__ThingKind)kind_of(words[0]);
        thing->id = words[0] == 'p' ? text(kit, words + 1, len - 1) : text(kit, words, len);
        if (is_item(words[0]))
            thing->namespace_ = text(kit, "ns", 2);
        list.things[list.count++] = thing;
        words += len;
        words += strspn(words, " ");
    }
    return list;
}

static Navette__Ref *make_ref(struct foldkit *kit, const struct ref *from)
{
    Navette__Ref *ref = message(kit, &navette__ref__descriptor);

    ref->incarnation.len = INCARNATION_SIZE;
    ref->incarnation.data = alloc(kit, INCARNATION_SIZE);
    memcpy(ref->incarnation.data, from->incarnation, INCARNATION_SIZE);
    ref->seq = from->seq;
    ref->leaf = from->leaf;
    return ref;
}

static struct ref put(struct foldkit *kit, unsigned int node, struct span bytes)
{
    struct journal_entry *entry = &kit->entries[kit->count++];
    uint8_t hash[HASH_SIZE];

    assert(kit->count <= FOLDKIT_MAX && node < 16);
    memset(entry, 0, sizeof(*entry));
    memset(entry->self.incarnation, (int)node + 1, INCARNATION_SIZE);
    entry->self.seq = ++kit->seq[node];
    crypto_generichash(hash, sizeof(hash), bytes.data, bytes.len, entry->self.incarnation, INCARNATION_SIZE);
    entry->self.leaf = read_u64(hash) ^ entry->self.seq;
    entry->scope_mask = UINT64_MAX;
    entry->event = bytes;
    return entry->self;
}

struct ref foldkit_raw(struct foldkit *kit, unsigned int node, struct span bytes)
{
    return put(kit, node, bytes);
}

static void add_parents(struct foldkit *kit, Navette__Event *event, const struct list *list)
{
    event->parents = alloc(kit, LIMIT_EVENT_PARENTS * sizeof(*event->parents));
    for (size_t i = 0; i < kit->parent_count; i++)
        event->parents[event->n_parents++] = make_ref(kit, &kit->parents[i]);
    for (size_t i = 0; kit->with_parents && i < list->count; i++) {
        struct thing_key key;

        assert(thing_key_of(list->things[i], &key) == 0);
        for (size_t k = 0; k < kit->seen_count; k++) {
            if (thing_key_equal(&kit->seen[k], &key))
                event->parents[event->n_parents++] = make_ref(kit, &kit->last[k]);
        }
    }
}

static void remember(struct foldkit *kit, const struct list *list, struct ref self)
{
    for (size_t i = 0; i < list->count; i++) {
        struct thing_key key;
        size_t k = 0;

        assert(thing_key_of(list->things[i], &key) == 0);
        while (k < kit->seen_count && !thing_key_equal(&kit->seen[k], &key))
            k++;
        if (k == kit->seen_count && kit->seen_count == 64)
            continue;
        kit->seen_count += k == kit->seen_count;
        kit->seen[k] = key;
        kit->last[k] = self;
    }
}

static struct ref finish(struct foldkit *kit, unsigned int node, Navette__Event *event, const struct list *list)
{
    struct buffer bytes = {.data = NULL};
    struct ref self;
    uint8_t *kept;

    event->hlc = kit->hlc != 0 ? kit->hlc : hlc_make(kit->now_ms, 0);
    event->boot = kit->boot;
    event->boottime_ms = (uint64_t)(kit->now_ms - FOLDKIT_START_MS) + 1000;
    add_parents(kit, event, list);
    assert(event_encode(event, &bytes) == 0);
    kept = alloc(kit, bytes.len);
    memcpy(kept, bytes.data, bytes.len);
    self = put(kit, node, span_of(kept, bytes.len));
    buffer_free(&bytes);
    remember(kit, list, self);
    kit->now_ms += 60000;
    memset(&kit->dispatch, 0, sizeof(kit->dispatch));
    kit->parent_count = 0;
    kit->hlc = 0;
    kit->departed = NULL;
    kit->title = NULL;
    return self;
}

/* The bodies that have `things`. */
#define THINGS(lower)                                                                                                                      \
    do {                                                                                                                                   \
        event->lower = message(kit, &navette__##lower##__descriptor);                                                                      \
        event->lower->n_things = list.count;                                                                                               \
        event->lower->things = list.things;                                                                                                \
    } while (0)
#define NEW(lower) event->lower = message(kit, &navette__##lower##__descriptor)

static void fill_catalogue(struct foldkit *kit, Navette__Event *event, struct list list, char *extra, char *home)
{
    char *title = kit->title == NULL ? event->place : text(kit, kit->title, strlen(kit->title));
    char *author = kit->author == NULL ? title + strlen(title) : text(kit, kit->author, strlen(kit->author));
    char *at = strchr(extra, ':');

    if (at != NULL)
        *at++ = '\0';
    switch (event->body_case) {
    case EV(ITEM_REGISTERED):
        NEW(item_registered);
        event->item_registered->item = list.things[0];
        event->item_registered->material = extra;
        event->item_registered->home = home;
        event->item_registered->title = title;
        event->item_registered->author = author;
        if (at != NULL)
            event->item_registered->at = at;
        break;
    case EV(ITEM_CHANGED):
        NEW(item_changed);
        event->item_changed->item = list.things[0];
        event->item_changed->material = extra;
        event->item_changed->home = home;
        event->item_changed->title = title;
        event->item_changed->author = author;
        break;
    case EV(ITEM_WITHDRAWN):
        NEW(item_withdrawn);
        event->item_withdrawn->item = list.things[0];
        break;
    case EV(BAG_COMMISSIONED):
        NEW(bag_commissioned);
        event->bag_commissioned->bag = list.things[0];
        event->bag_commissioned->kind = extra;
        event->bag_commissioned->owner = home;
        event->bag_commissioned->size = title;
        break;
    case EV(BAG_RETIRED):
        NEW(bag_retired);
        event->bag_retired->bag = list.things[0];
        break;
    case EV(PLACE_DECLARED):
        NEW(place_declared);
        event->place_declared->place = list.things[0];
        event->place_declared->kind = strcmp(extra, "relay") == 0 ? NAVETTE__PLACE_KIND__PLACE_RELAY : NAVETTE__PLACE_KIND__PLACE_BRANCH;
        break;
    case EV(RULE_DECIDED):
        NEW(rule_decided);
        event->rule_decided->rule = list.things[0];
        event->rule_decided->kind = NAVETTE__RULE_KIND__RULE_GRACE;
        break;
    case EV(NODE_ENROLLED):
        NEW(node_enrolled);
        event->node_enrolled->node = list.things[0];
        event->node_enrolled->curve_key.data = event->node_enrolled->sign_key.data = alloc(kit, KEY_SIZE);
        event->node_enrolled->curve_key.len = event->node_enrolled->sign_key.len = KEY_SIZE;
        break;
    case EV(NODE_REVOKED):
        NEW(node_revoked);
        event->node_revoked->node = list.things[0];
        break;
    default:
        NEW(incarnation_started);
        event->incarnation_started->node = list.things[0];
        event->incarnation_started->incarnation.data = alloc(kit, INCARNATION_SIZE);
        event->incarnation_started->incarnation.len = INCARNATION_SIZE;
        break;
    }
}

static void fill_packing(struct foldkit *kit, Navette__Event *event, struct list list, char *extra)
{
    switch (event->body_case) {
    case EV(ITEM_PACKED):
        NEW(item_packed);
        event->item_packed->container = list.things[0];
        event->item_packed->n_items = list.count - 1;
        event->item_packed->items = list.things + 1;
        break;
    case EV(ITEM_UNPACKED):
        NEW(item_unpacked);
        event->item_unpacked->container = list.things[0];
        event->item_unpacked->n_items = list.count - 1;
        event->item_unpacked->items = list.things + 1;
        break;
    case EV(CRATE_LOADED):
        NEW(crate_loaded);
        event->crate_loaded->crate = list.things[0];
        event->crate_loaded->n_bags = list.count - 1;
        event->crate_loaded->bags = list.things + 1;
        break;
    case EV(CRATE_UNLOADED):
        NEW(crate_unloaded);
        event->crate_unloaded->crate = list.things[0];
        event->crate_unloaded->n_bags = list.count - 1;
        event->crate_unloaded->bags = list.things + 1;
        break;
    case EV(BAG_SEALED):
        NEW(bag_sealed);
        event->bag_sealed->bag = list.things[0];
        event->bag_sealed->seal = extra;
        break;
    case EV(BAG_OPENED):
        NEW(bag_opened);
        event->bag_opened->bag = list.things[0];
        break;
    default:
        NEW(sealed_deposit);
        event->sealed_deposit->container = list.things[0];
        event->sealed_deposit->seal = extra;
        break;
    }
}

static void fill_movement(struct foldkit *kit, Navette__Event *event, struct list list, char *extra)
{
    Navette__Ref *dispatch = kit->dispatch.seq == 0 ? NULL : make_ref(kit, &kit->dispatch);

    switch (event->body_case) {
    case EV(DISPATCHED):
        THINGS(dispatched);
        event->dispatched->to = extra;
        if (kit->departed != NULL)
            event->dispatched->departed = text(kit, kit->departed, strlen(kit->departed));
        break;
    case EV(COLLECTED):
        THINGS(collected);
        event->collected->to = extra;
        break;
    case EV(RECEIVED):
        THINGS(received);
        event->received->dispatch = dispatch;
        break;
    case EV(SEEN_ON_RECEPTION):
        THINGS(seen_on_reception);
        event->seen_on_reception->dispatch = dispatch;
        break;
    case EV(REFUSED):
        THINGS(refused);
        event->refused->dispatch = dispatch;
        break;
    case EV(TRANSIT_CANCELLED):
        THINGS(transit_cancelled);
        event->transit_cancelled->dispatch = dispatch;
        break;
    case EV(DELIVERED):
        THINGS(delivered);
        break;
    case EV(DELIVERY_FAILED):
        THINGS(delivery_failed);
        break;
    case EV(RETURNED):
        THINGS(returned);
        break;
    default:
        THINGS(dropped);
        break;
    }
}

static void fill_knowledge(struct foldkit *kit, Navette__Event *event, struct list list)
{
    switch (event->body_case) {
    case EV(SEEN_AT):
        THINGS(seen_at);
        break;
    case EV(COUNT_LINE):
        THINGS(count_line);
        event->count_line->count.data = alloc(kit, 16);
        event->count_line->count.len = 16;
        break;
    case EV(COUNT_CLOSED):
        NEW(count_closed);
        event->count_closed->count.data = alloc(kit, 16);
        event->count_closed->count.len = 16;
        event->count_closed->n_missing = list.count;
        event->count_closed->missing = list.things;
        break;
    case EV(DECLARED_LOST):
        THINGS(declared_lost);
        break;
    default:
        THINGS(found);
        break;
    }
}

struct ref foldkit_event(struct foldkit *kit, unsigned int node, const char *place, Navette__Event__BodyCase body, const char *things,
                         const char *extra)
{
    Navette__Event *event = message(kit, &navette__event__descriptor);
    struct list list = parse(kit, things);
    char *word = text(kit, extra == NULL ? "" : extra, extra == NULL ? 0 : strlen(extra));
    char *home = text(kit, place[0] == '\0' ? "HUB" : place, place[0] == '\0' ? 3 : strlen(place));

    event->place = text(kit, place, strlen(place));
    event->body_case = body;
    if (body < EV(ITEM_PACKED) || body > EV(FOUND))
        fill_catalogue(kit, event, list, word, home);
    else if (body < EV(DISPATCHED))
        fill_packing(kit, event, list, word);
    else if (body < EV(SEEN_AT))
        fill_movement(kit, event, list, word);
    else
        fill_knowledge(kit, event, list);
    return finish(kit, node, event, &list);
}

struct ref foldkit_retract(struct foldkit *kit, unsigned int node, const char *place, struct ref target)
{
    Navette__Event *event = message(kit, &navette__event__descriptor);
    struct list none = {.count = 0};

    event->place = text(kit, place, strlen(place));
    event->body_case = EV(RETRACTED);
    NEW(retracted);
    event->retracted->target = make_ref(kit, &target);
    event->retracted->reason = NAVETTE__REASON__REASON_DID_NOT_OCCUR;
    return finish(kit, node, event, &none);
}

struct ref foldkit_refuse(struct foldkit *kit, struct ref target)
{
    Navette__Event *event = message(kit, &navette__event__descriptor);
    struct list none = {.count = 0};

    event->body_case = EV(EVENT_REFUSED);
    NEW(event_refused);
    event->event_refused->target = make_ref(kit, &target);
    event->event_refused->reason = NAVETTE__REASON__REASON_NO_RIGHT;
    return finish(kit, 15, event, &none);
}

struct ref foldkit_correct(struct foldkit *kit, unsigned int node, uint64_t boot, int64_t wall_minus_boot_ms)
{
    Navette__Event *event = message(kit, &navette__event__descriptor);
    struct list none = {.count = 0};

    event->place = text(kit, "A", 1);
    event->body_case = EV(CLOCK_CORRECTED);
    NEW(clock_corrected);
    event->clock_corrected->boot = boot;
    event->clock_corrected->wall_minus_boot_ms = wall_minus_boot_ms;
    return finish(kit, node, event, &none);
}

void foldkit_decode(const struct foldkit *kit, size_t entry, struct event *event)
{
    int rc = event_decode(kit->entries[entry].event, event);

    assert(rc == 0);
    event->self = kit->entries[entry].self;
}

/* Says of every record that its order is no plain one: the next event of each reads its history. */
static int forget_tails(struct store_txn *txn)
{
    struct thing_key keys[FOLDKIT_MAX];
    struct store_scan *scan;
    struct span key;
    struct span value;
    size_t count = 0;
    int rc = store_scan_open(txn, TABLE_THING, &scan);

    if (rc != 0)
        return rc;
    rc = txn->ops->scan_from(scan, span_of("", 1), &key, &value);
    while (rc == 0 && count < FOLDKIT_MAX) {
        assert(thing_key_read(key, &keys[count++]) == 0);
        rc = txn->ops->scan_next(scan, &key, &value);
    }
    txn->ops->scan_close(scan);
    for (size_t i = 0; i < count; i++) {
        struct buffer bytes = {.data = NULL};
        struct thing_record record;

        assert(fold_read(txn, &keys[i], &record) == 0);
        record.order_flags |= ORDER_CYCLE;
        assert(thing_record_encode(&record, &bytes) == 0);
        assert(store_put(txn, TABLE_THING, thing_key_span(&keys[i]), buffer_span(&bytes)) == 0);
        buffer_free(&bytes);
        thing_record_free(&record);
    }
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

int foldkit_feed(const struct foldkit *kit, struct store_txn *txn, const size_t *order, size_t count, int read_again, struct fold *fold)
{
    struct fold own;
    int rc;

    if (fold == NULL)
        fold = &own;
    rc = fold_begin(fold, txn, txn);
    if (order == NULL && count == 0)
        count = kit->count;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        struct journal_entry entry = kit->entries[order == NULL ? i : order[i]];

        rc = journal_append(txn, &entry);
        if (rc == NAVETTE_E_EXISTS) {
            rc = 0;
            continue;
        }
        if (rc == 0 && read_again)
            rc = forget_tails(txn);
        if (rc == 0)
            rc = fold_next(fold);
    }
    if (rc == 0)
        return fold_end(fold);
    fold_abandon(fold);
    return rc;
}

struct memstore *foldkit_play(const struct foldkit *kit, const size_t *order, size_t count, int read_again)
{
    struct memstore *store = memstore_new();
    struct store_txn *txn;
    int rc;

    assert(store != NULL);
    txn = memstore_begin_write(store);
    assert(txn != NULL);
    rc = foldkit_feed(kit, txn, order, count, read_again, NULL);
    if (rc != 0)
        fprintf(stderr, "foldkit_play: %d\n", rc);
    assert(rc == 0);
    rc = memstore_commit(txn);
    assert(rc == 0);
    return store;
}

struct thing_record foldkit_record(struct memstore *store, const char *word)
{
    struct thing_key key = foldkit_key(word);
    struct store_txn *txn = memstore_begin_read(store);
    struct thing_record record;
    int rc = fold_read(txn, &key, &record);

    assert(rc == 0);
    memstore_abort(txn);
    return record;
}

int foldkit_has(struct memstore *store, const char *word)
{
    struct thing_key key = foldkit_key(word);
    struct store_txn *txn = memstore_begin_read(store);
    struct thing_record record;
    int rc = fold_read(txn, &key, &record);

    memstore_abort(txn);
    thing_record_free(&record);
    assert(rc == 0 || rc == NAVETTE_E_NOT_FOUND);
    return rc == 0;
}

void foldkit_digest(struct memstore *store, uint8_t digest[HASH_SIZE])
{
    struct store_txn *txn = memstore_begin_read(store);
    int rc = fold_digest(txn, digest);

    assert(rc == 0);
    memstore_abort(txn);
}

int64_t foldkit_count(struct memstore *store, int kind, int state, const char *place)
{
    struct store_txn *txn = memstore_begin_read(store);
    struct store_scan *scan;
    struct span key;
    struct span value;
    int64_t total = 0;
    int rc = store_scan_open(txn, TABLE_COUNTER, &scan);

    assert(rc == 0);
    rc = txn->ops->scan_from(scan, span_of("", 1), &key, &value);
    while (rc == 0) {
        struct cell cell;

        assert(cell_decode(key, &cell) == 0);
        if ((kind == 0 || cell.kind == kind) && cell.state == state && (strcmp(place, "*") == 0 || strcmp(cell.place, place) == 0))
            total += (int64_t)read_u64(value.data);
        rc = txn->ops->scan_next(scan, &key, &value);
    }
    assert(rc == NAVETTE_E_NOT_FOUND);
    txn->ops->scan_close(scan);
    memstore_abort(txn);
    return total;
}

int foldkit_check(struct memstore *store)
{
    struct store_txn *txn = memstore_begin_read(store);
    int rc = fold_check(txn);

    if (rc == 0)
        rc = discrepancy_check(txn, txn);
    memstore_abort(txn);
    return rc;
}
