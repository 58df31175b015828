/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DRAFT_H
#define NODE_DRAFT_H

#include "navette/ref.h"
#include "navette/thing.h"

/*
 * An event being written: the message and room for what it points to, so that making one allocates nothing. Everything it is given is
 * borrowed: keys and strings have to live until it is recorded.
 */
#define DRAFT_THINGS LIMIT_EVENT_THINGS
#define DRAFT_POOLS 16u

struct draft {
    Navette__Event event;
    Navette__Thing things[DRAFT_THINGS];
    Navette__Thing *list[DRAFT_THINGS];
    size_t count;
    Navette__Thing container, order, round;
    Navette__Ref ref, replacement;
    struct ref refs[2];
    Navette__PoolCount pool[DRAFT_POOLS];
    Navette__PoolCount *pools[DRAFT_POOLS];
    size_t pool_count;
    uint8_t count_id[16];
    union {
        Navette__OperationClosed operation_closed;
        Navette__ItemRegistered item_registered;
        Navette__ItemChanged item_changed;
        Navette__ItemWithdrawn item_withdrawn;
        Navette__BagCommissioned bag_commissioned;
        Navette__BagRetired bag_retired;
        Navette__OrderPlaced order_placed;
        Navette__OrderChanged order_changed;
        Navette__OrderPrepared order_prepared;
        Navette__OrderCancelled order_cancelled;
        Navette__PoolCommissioned pool_commissioned;
        Navette__ItemPacked item_packed;
        Navette__ItemUnpacked item_unpacked;
        Navette__BagSealed bag_sealed;
        Navette__BagOpened bag_opened;
        Navette__CrateLoaded crate_loaded;
        Navette__CrateUnloaded crate_unloaded;
        Navette__SealedDeposit sealed_deposit;
        Navette__Dispatched dispatched;
        Navette__HandoverCounted handover_counted;
        Navette__Received received;
        Navette__SeenOnReception seen_on_reception;
        Navette__Refused refused;
        Navette__TransitCancelled transit_cancelled;
        Navette__Delivered delivered;
        Navette__DeliveryFailed delivery_failed;
        Navette__Returned returned;
        Navette__Collected collected;
        Navette__Dropped dropped;
        Navette__SeenAt seen_at;
        Navette__CountOpened count_opened;
        Navette__CountLine count_line;
        Navette__CountClosed count_closed;
        Navette__DeclaredLost declared_lost;
        Navette__Found found;
        Navette__PhoneReport phone_report;
        Navette__PhoneSaid phone_said;
        Navette__PhoneCounted phone_counted;
        Navette__Retracted retracted;
        Navette__ClockCorrected clock_corrected;
        Navette__IlsExported ils_exported;
        Navette__IlsAnswered ils_answered;
        Navette__HandoverPaired handover_paired;
        Navette__OperatorDecided operator_decided;
    } body;
};

void draft_init(struct draft *draft);
/* Adds one to draft->list. */
void draft_add(struct draft *draft, const struct thing_key *key);
Navette__Thing *draft_thing(Navette__Thing *thing, const struct thing_key *key);
/* One of a kind without namespace, by its id: an order, a round. */
Navette__Thing *draft_named(Navette__Thing *thing, Navette__ThingKind kind, const char *id);
/* NULL when the id is "". */
Navette__Thing *draft_round(struct draft *draft, const char *id);
/* NULL when seq is 0. index: which of the two references. */
Navette__Ref *draft_ref(struct draft *draft, size_t index, const struct ref *ref);
/* protobuf-c's strings are char *, and never written to. */
char *draft_text(const char *text);

/* Points the event at a body: DRAFT_BODY(draft, DISPATCHED, dispatched) initialises draft->body.dispatched and sets the case. */
#define DRAFT_BODY(draft, CASE, name)                                                                                                      \
    do {                                                                                                                                   \
        navette__##name##__init(&(draft)->body.name);                                                                                      \
        (draft)->event.body_case = NAVETTE__EVENT__BODY_##CASE;                                                                            \
        (draft)->event.name = &(draft)->body.name;                                                                                         \
    } while (0)
/* The same for one with a list of things called `things`. */
#define DRAFT_THINGS_BODY(draft, CASE, name)                                                                                               \
    do {                                                                                                                                   \
        DRAFT_BODY(draft, CASE, name);                                                                                                     \
        (draft)->body.name.things = (draft)->list;                                                                                         \
        (draft)->body.name.n_things = (draft)->count;                                                                                      \
    } while (0)

#endif
