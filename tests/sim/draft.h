/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SIM_DRAFT_H
#define NAVETTE_SIM_DRAFT_H

#include "navette/thing.h"
#include "workload.h"

/* One event being written down, with everything that it points to. */
#define DRAFT_THINGS 8u

struct draft {
    Navette__Event event;
    union {
        Navette__ItemRegistered item_registered;
        Navette__ItemChanged item_changed;
        Navette__ItemWithdrawn item_withdrawn;
        Navette__BagCommissioned bag_commissioned;
        Navette__ItemPacked item_packed;
        Navette__ItemUnpacked item_unpacked;
        Navette__CrateLoaded crate_loaded;
        Navette__CrateUnloaded crate_unloaded;
        Navette__BagSealed bag_sealed;
        Navette__BagOpened bag_opened;
        Navette__Dispatched dispatched;
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
        Navette__CountLine count_line;
        Navette__DeclaredLost declared_lost;
        Navette__Found found;
        Navette__Retracted retracted;
        Navette__ClockCorrected clock_corrected;
        Navette__OperationClosed operation_closed;
        Navette__HandoverCounted handover_counted;
        Navette__PoolCommissioned pool_commissioned;
        Navette__SealedDeposit sealed_deposit;
        Navette__CountOpened count_opened;
        Navette__CountClosed count_closed;
        Navette__PhoneReport phone_report;
        Navette__PhoneSaid phone_said;
        Navette__PhoneCounted phone_counted;
        Navette__OrderPlaced order_placed;
        Navette__OrderChanged order_changed;
        Navette__OrderPrepared order_prepared;
        Navette__OrderStaged order_staged;
        Navette__OrderHandedOver order_handed_over;
        Navette__OrderCancelled order_cancelled;
        Navette__OrderNoShow order_no_show;
        Navette__OrderUnmet order_unmet;
    } body;
    Navette__Thing things[DRAFT_THINGS];
    Navette__Thing *thing_list[DRAFT_THINGS];
    size_t thing_count;
    Navette__Thing container;
    Navette__Ref parents[DRAFT_THINGS + 1];
    Navette__Ref *parent_list[DRAFT_THINGS + 1];
    uint8_t incarnations[DRAFT_THINGS + 1][INCARNATION_SIZE];
    size_t parent_count;
    Navette__Ref ref; /* a dispatch, a target */
    uint8_t ref_incarnation[INCARNATION_SIZE];
    Navette__Thing round;
    Navette__PoolCount pool;
    Navette__PoolCount *pool_list[1];
    char title[LIMIT_TITLE + 1];
};

void draft_init(struct draft *draft, const char *place);
void draft_name(Navette__Thing *out, const struct workload_thing *thing);
void draft_add(struct draft *draft, const struct workload_thing *thing);
void draft_set_ref(struct draft *draft, const struct ref *ref);

/* Bodies that name `things`: those added so far. other: the place at the far end, where the body has one. */
void draft_body_things(struct draft *draft, Navette__Event__BodyCase body, const char *other);
void draft_body_item(struct draft *draft, Navette__Event__BodyCase body, const char *home);
void draft_body_bag(struct draft *draft, const char *owner);
void draft_body_container(struct draft *draft, Navette__Event__BodyCase body, const struct workload_thing *container);

/* The last event that `state` knows of each thing named so far. */
void draft_parents(struct draft *draft, struct store_txn *state);

#endif
