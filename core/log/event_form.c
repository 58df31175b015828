/* SPDX-License-Identifier: Apache-2.0 */
#include "log/event_form.h"
#include "log/event_rule.h"

static const struct event_rule operation_closed[] = {
    ENUM(OperationClosed, kind, navette__operation_kind__descriptor),
    FREE(OperationClosed, recorded),
    FREE(OperationClosed, refused),
    ENUM(OperationClosed, mode, navette__reception_mode__descriptor),
    REF(OperationClosed, dispatch, 0),
    TEXT(OperationClosed, slip, LIMIT_CODE),
    AT_STOP(OperationClosed),
    PLACE(OperationClosed, peer, 0),
    THING(OperationClosed, container, CARRIERS, 0, NONE),
};

static const struct event_rule item_registered[] = {
    THING(ItemRegistered, item, ITEMS, 1, SUBJECT),
    TEXT(ItemRegistered, title, LIMIT_TITLE),
    TEXT(ItemRegistered, author, LIMIT_AUTHOR),
    TEXT(ItemRegistered, call_number, LIMIT_CODE),
    TEXT(ItemRegistered, material, LIMIT_MATERIAL),
    PLACE(ItemRegistered, home, 1),
    PLACE(ItemRegistered, at, 0),
    LIST(ItemRegistered, extra, RULE_EXTRA, "a subfield without a name, too long, or too many"),
};

static const struct event_rule item_changed[] = {
    THING(ItemChanged, item, ITEMS, 1, SUBJECT),
    TEXT(ItemChanged, title, LIMIT_TITLE),
    TEXT(ItemChanged, author, LIMIT_AUTHOR),
    TEXT(ItemChanged, call_number, LIMIT_CODE),
    TEXT(ItemChanged, material, LIMIT_MATERIAL),
    PLACE(ItemChanged, home, 1),
    LIST(ItemChanged, extra, RULE_EXTRA, "a subfield without a name, too long, or too many"),
};

static const struct event_rule item_withdrawn[] = {
    THING(ItemWithdrawn, item, ITEMS, 1, SUBJECT),
    ENUM(ItemWithdrawn, reason, navette__reason__descriptor),
};

static const struct event_rule bag_commissioned[] = {
    THING(BagCommissioned, bag, CARRIERS, 1, SUBJECT),
    TEXT(BagCommissioned, kind, LIMIT_MATERIAL),
    TEXT(BagCommissioned, size, LIMIT_CODE),
    PLACE(BagCommissioned, owner, 1),
};

static const struct event_rule pool_commissioned[] = {
    NAMED(PoolCommissioned, kind, LIMIT_CODE),
    AMOUNT(PoolCommissioned, count),
    ENUM(PoolCommissioned, reason, navette__reason__descriptor),
};

static const struct event_rule bag_retired[] = {
    THING(BagRetired, bag, CARRIERS, 1, SUBJECT),
    ENUM(BagRetired, reason, navette__reason__descriptor),
};

static const struct event_rule place_declared[] = {
    THING(PlaceDeclared, place, PLACES_ONLY, 1, SUBJECT),
    TEXT(PlaceDeclared, name, LIMIT_TITLE),
    ENUM(PlaceDeclared, kind, navette__place_kind__descriptor),
    TEXT(PlaceDeclared, isil, LIMIT_CODE),
    TEXT(PlaceDeclared, tz, LIMIT_CODE),
    LIST(PlaceDeclared, zones, RULE_ZONES, "a zone without a code, of an unknown kind, or too many"),
    TEXTS(PlaceDeclared, namespaces, LIMIT_NAMESPACE),
    PLACE(PlaceDeclared, host, 0),
};

static const struct event_rule rule_decided[] = {
    THING(RuleDecided, rule, RULES, 1, SUBJECT),
    ENUM(RuleDecided, kind, navette__rule_kind__descriptor),
    TEXT(RuleDecided, material, LIMIT_MATERIAL),
    PLACE(RuleDecided, place, 0),
    TEXT(RuleDecided, zone, LIMIT_CODE),
    FREE(RuleDecided, valid_from_ms),
    FREE(RuleDecided, valid_to_ms),
    FREE(RuleDecided, duration_s),
    PLACE(RuleDecided, to, 0),
};

static const struct event_rule order_placed[] = {
    THING(OrderPlaced, order, ORDERS, 1, SUBJECT),
    ENUM(OrderPlaced, channel, navette__channel__descriptor),
    THINGS(OrderPlaced, items, ITEMS, 0, NONE),
    ONE(OrderPlaced, surprise, RULE_SURPRISE, "text of at most 64 bytes expected"),
    PLACE(OrderPlaced, pickup, 0),
    THING(OrderPlaced, slot, SLOTS, 0, NONE),
    SEALED(OrderPlaced, person),
    SEALED(OrderPlaced, note),
};

static const struct event_rule order_changed[] = {
    THING(OrderChanged, order, ORDERS, 1, SUBJECT),
    THINGS(OrderChanged, items, ITEMS, 0, NONE),
    PLACE(OrderChanged, pickup, 0),
    THING(OrderChanged, slot, SLOTS, 0, NONE),
    SEALED(OrderChanged, note),
};

static const struct event_rule order_prepared[] = {
    THING(OrderPrepared, order, ORDERS, 1, SUBJECT),
    THINGS(OrderPrepared, bags, CARRIERS, 0, NONE),
    FREE(OrderPrepared, items),
};

static const struct event_rule order_staged[] = {
    THING(OrderStaged, order, ORDERS, 1, SUBJECT),
    TEXT(OrderStaged, zone, LIMIT_CODE),
};

static const struct event_rule order_handed_over[] = {
    THING(OrderHandedOver, order, ORDERS, 1, SUBJECT),
    THINGS(OrderHandedOver, bags, CARRIERS, 0, NONE),
    SEALED(OrderHandedOver, proof),
};

static const struct event_rule order_cancelled[] = {
    THING(OrderCancelled, order, ORDERS, 1, SUBJECT),
    ENUM(OrderCancelled, reason, navette__reason__descriptor),
};

static const struct event_rule order_no_show[] = {
    THING(OrderNoShow, order, ORDERS, 1, SUBJECT),
};

static const struct event_rule order_unmet[] = {
    THING(OrderUnmet, order, ORDERS, 1, SUBJECT),
    THINGS(OrderUnmet, items, ITEMS, 0, NONE),
    ENUM(OrderUnmet, reason, navette__reason__descriptor),
};

static const struct event_rule slot_opened[] = {
    THING(SlotOpened, slot, SLOTS, 1, NONE),
    DATE(SlotOpened, date, 1),
    FREE(SlotOpened, start_min),
    FREE(SlotOpened, length_min),
    FREE(SlotOpened, capacity),
};

static const struct event_rule slot_closed[] = {
    THING(SlotClosed, slot, SLOTS, 1, NONE),
    ENUM(SlotClosed, reason, navette__reason__descriptor),
};

static const struct event_rule slot_lease_granted[] = {
    THING(SlotLeaseGranted, slot, SLOTS, 1, NONE),    BYTES(SlotLeaseGranted, lease, 16u, 1),
    BYTES(SlotLeaseGranted, holder, NODE_ID_SIZE, 1), FREE(SlotLeaseGranted, places),
    FREE(SlotLeaseGranted, expires_boottime_ms),
};

static const struct event_rule slot_lease_returned[] = {
    THING(SlotLeaseReturned, slot, SLOTS, 1, NONE),
    BYTES(SlotLeaseReturned, lease, 16u, 1),
    FREE(SlotLeaseReturned, unsold),
};

static const struct event_rule slot_booked[] = {
    THING(SlotBooked, slot, SLOTS, 1, NONE),
    THING(SlotBooked, order, ORDERS, 0, NONE),
    BYTES(SlotBooked, lease, 16u, 0),
};

static const struct event_rule slot_moved[] = {
    THING(SlotMoved, order, ORDERS, 1, NONE),
    THING(SlotMoved, from, SLOTS, 1, NONE),
    THING(SlotMoved, to, SLOTS, 1, NONE),
};

static const struct event_rule slot_cancelled[] = {
    THING(SlotCancelled, slot, SLOTS, 1, NONE),
    THING(SlotCancelled, order, ORDERS, 0, NONE),
};

static const struct event_rule slot_arrived[] = {
    THING(SlotArrived, slot, SLOTS, 1, NONE),
    THING(SlotArrived, order, ORDERS, 0, NONE),
};

static const struct event_rule item_packed[] = {
    THING(ItemPacked, container, CARRIERS, 1, CONTAINER),
    THINGS(ItemPacked, items, ITEMS, 1, SUBJECT),
    THING(ItemPacked, order, ORDERS, 0, FOR_ORDER),
};

static const struct event_rule item_unpacked[] = {
    THING(ItemUnpacked, container, CARRIERS, 1, CONTAINER),
    THINGS(ItemUnpacked, items, ITEMS, 1, SUBJECT),
};

static const struct event_rule bag_sealed[] = {
    THING(BagSealed, bag, CARRIERS, 1, SUBJECT),
    TEXT(BagSealed, seal, LIMIT_CODE),
    FREE(BagSealed, items),
};

static const struct event_rule bag_opened[] = {
    THING(BagOpened, bag, CARRIERS, 1, SUBJECT),
    TEXT(BagOpened, seal, LIMIT_CODE),
};

static const struct event_rule crate_loaded[] = {
    THING(CrateLoaded, crate, CRATES, 1, CONTAINER),
    THINGS(CrateLoaded, bags, BAGS, 1, SUBJECT),
};

static const struct event_rule crate_unloaded[] = {
    THING(CrateUnloaded, crate, CRATES, 1, CONTAINER),
    THINGS(CrateUnloaded, bags, BAGS, 1, SUBJECT),
};

static const struct event_rule sealed_deposit[] = {
    THING(SealedDeposit, container, CARRIERS, 1, SUBJECT),
    FREE(SealedDeposit, crates),
    FREE(SealedDeposit, bags),
    FREE(SealedDeposit, items),
    TEXT(SealedDeposit, seal, LIMIT_CODE),
};

static const struct event_rule dispatched[] = {
    THINGS(Dispatched, things, GOODS, 0, SUBJECT),
    DESTINATION(Dispatched, to),
    TEXT(Dispatched, carrier, LIMIT_CODE),
    THING(Dispatched, round, ROUNDS, 0, NONE),
    TEXT(Dispatched, slip, LIMIT_CODE),
    DATE(Dispatched, departed, 0),
    FREE(Dispatched, items),
    TEXT(Dispatched, seal, LIMIT_CODE),
    LIST(Dispatched, pools, RULE_POOLS, "a pool without a kind, or too many"),
    FREE(Dispatched, stop),
    ENUM(Dispatched, direction, navette__handover_direction__descriptor),
    EITHER(Dispatched, n_things, n_pools),
};

static const struct event_rule handover_counted[] = {
    AT_STOP(HandoverCounted),
    TEXT(HandoverCounted, slip, LIMIT_CODE),
    ENUM(HandoverCounted, party, navette__handover_party__descriptor),
    FREE(HandoverCounted, crates),
    FREE(HandoverCounted, bags),
    FREE(HandoverCounted, items),
    LIST(HandoverCounted, pools, RULE_POOLS, "a pool without a kind, or too many"),
    PLACE(HandoverCounted, peer, 0),
    FREE(HandoverCounted, counted),
    REF(HandoverCounted, dispatch, 0),
};

static const struct event_rule received[] = {
    THINGS(Received, things, GOODS, 0, SUBJECT),
    ENUM(Received, mode, navette__reception_mode__descriptor),
    REF(Received, dispatch, 0),
    TEXT(Received, slip, LIMIT_CODE),
    LIST(Received, pools, RULE_POOLS, "a pool without a kind, or too many"),
    PLACE(Received, from, 0),
    AT_STOP(Received),
    EITHER(Received, n_things, n_pools),
};

static const struct event_rule seen_on_reception[] = {
    THINGS(SeenOnReception, things, GOODS, 1, SUBJECT),
    REF(SeenOnReception, dispatch, 0),
    TEXT(SeenOnReception, slip, LIMIT_CODE),
    AT_STOP(SeenOnReception),
};

static const struct event_rule refused[] = {
    THINGS(Refused, things, GOODS, 1, SUBJECT),
    ENUM(Refused, reason, navette__reason__descriptor),
    REF(Refused, dispatch, 0),
    PLACE(Refused, from, 0),
    TEXT(Refused, slip, LIMIT_CODE),
    AT_STOP(Refused),
};

static const struct event_rule transit_cancelled[] = {
    THINGS(TransitCancelled, things, GOODS, 1, SUBJECT),
    ENUM(TransitCancelled, reason, navette__reason__descriptor),
    REF(TransitCancelled, dispatch, 0),
    PLACE(TransitCancelled, to, 0),
    TEXT(TransitCancelled, slip, LIMIT_CODE),
};

static const struct event_rule delivered[] = {
    THINGS(Delivered, things, GOODS, 0, SUBJECT),
    THING(Delivered, order, ORDERS, 0, FOR_ORDER),
    SEALED(Delivered, proof),
    LIST(Delivered, pools, RULE_POOLS, "a pool without a kind, or too many"),
    EITHER(Delivered, n_things, n_pools),
};

static const struct event_rule delivery_failed[] = {
    THINGS(DeliveryFailed, things, GOODS, 1, SUBJECT),
    THING(DeliveryFailed, order, ORDERS, 0, FOR_ORDER),
    ENUM(DeliveryFailed, reason, navette__reason__descriptor),
    SEALED(DeliveryFailed, note),
};

static const struct event_rule returned[] = {
    THINGS(Returned, things, GOODS, 0, SUBJECT),
    LIST(Returned, pools, RULE_POOLS, "a pool without a kind, or too many"),
    EITHER(Returned, n_things, n_pools),
};

static const struct event_rule collected[] = {
    THINGS(Collected, things, GOODS, 0, SUBJECT),
    DESTINATION(Collected, to),
    TEXT(Collected, carrier, LIMIT_CODE),
    THING(Collected, round, ROUNDS, 0, NONE),
    LIST(Collected, pools, RULE_POOLS, "a pool without a kind, or too many"),
    TEXT(Collected, slip, LIMIT_CODE),
    FREE(Collected, stop),
    EITHER(Collected, n_things, n_pools),
};

static const struct event_rule dropped[] = {
    THINGS(Dropped, things, GOODS, 1, SUBJECT),
};

static const struct event_rule isolation_started[] = {
    THINGS(IsolationStarted, things, GOODS, 1, SUBJECT),
    TEXT(IsolationStarted, zone, LIMIT_CODE),
    FREE(IsolationStarted, dropped_off_ms),
};

static const struct event_rule released_by_hand[] = {
    THINGS(ReleasedByHand, things, GOODS, 1, SUBJECT),
    ENUM(ReleasedByHand, reason, navette__reason__descriptor),
};

static const struct event_rule cleaned[] = {
    THINGS(Cleaned, things, GOODS, 1, SUBJECT),
    ENUM(Cleaned, method, navette__cleaning_method__descriptor),
};

static const struct event_rule breach_noted[] = {
    THINGS(BreachNoted, things, GOODS, 1, SUBJECT),
    ENUM(BreachNoted, reason, navette__reason__descriptor),
};

static const struct event_rule damage_reported[] = {
    THINGS(DamageReported, things, GOODS, 1, SUBJECT),
    ENUM(DamageReported, reason, navette__reason__descriptor),
    SEALED(DamageReported, note),
};

static const struct event_rule repaired[] = {
    THINGS(Repaired, things, GOODS, 1, SUBJECT),
};

static const struct event_rule seen_at[] = {
    THINGS(SeenAt, things, GOODS, 1, SUBJECT),
    TEXT(SeenAt, zone, LIMIT_CODE),
};

static const struct event_rule count_opened[] = {
    BYTES(CountOpened, count, 16u, 1),
    FREE(CountOpened, blind),
    TEXT(CountOpened, zone, LIMIT_CODE),
    TEXT(CountOpened, material, LIMIT_MATERIAL),
    TEXT(CountOpened, call_from, LIMIT_CODE),
    TEXT(CountOpened, call_to, LIMIT_CODE),
    FREE(CountOpened, hub_cursor),
    FREE(CountOpened, own_seq),
};

static const struct event_rule count_line[] = {
    BYTES(CountLine, count, 16u, 1),
    THINGS(CountLine, things, GOODS, 1, SUBJECT),
    TEXT(CountLine, zone, LIMIT_CODE),
};

static const struct event_rule count_closed[] = {
    BYTES(CountClosed, count, 16u, 1), FREE(CountClosed, blind),
    FREE(CountClosed, lines),          THINGS(CountClosed, missing, GOODS, 0, MISSING),
    FREE(CountClosed, hub_cursor),     FREE(CountClosed, own_seq),
    FREE(CountClosed, complete),
};

static const struct event_rule declared_lost[] = {
    THINGS(DeclaredLost, things, GOODS, 1, SUBJECT),
    ENUM(DeclaredLost, reason, navette__reason__descriptor),
};

static const struct event_rule found[] = {
    THINGS(Found, things, GOODS, 1, SUBJECT),
};

static const struct event_rule phone_report[] = {
    PLACE(PhoneReport, reporter, 1), FREE(PhoneReport, bags), FREE(PhoneReport, items),
    FREE(PhoneReport, returned),     FREE(PhoneReport, said), TEXT(PhoneReport, speaker, LIMIT_CODE),
    FREE(PhoneReport, said_ms),
};

static const struct event_rule phone_said[] = {
    PLACE(PhoneSaid, reporter, 1),
    ENUM(PhoneSaid, claim, navette__phone_claim__descriptor),
    THINGS(PhoneSaid, things, GOODS, 1, SUBJECT),
    TEXT(PhoneSaid, speaker, LIMIT_CODE),
    FREE(PhoneSaid, said_ms),
};

static const struct event_rule phone_counted[] = {
    PLACE(PhoneCounted, reporter, 1),
    TEXT(PhoneCounted, speaker, LIMIT_CODE),
    FREE(PhoneCounted, said_ms),
    AT_STOP(PhoneCounted),
    TEXT(PhoneCounted, slip, LIMIT_CODE),
    REF(PhoneCounted, dispatch, 0),
    ENUM(PhoneCounted, party, navette__handover_party__descriptor),
    FREE(PhoneCounted, crates),
    FREE(PhoneCounted, bags),
    FREE(PhoneCounted, items),
    LIST(PhoneCounted, pools, RULE_POOLS, "a pool without a kind, or too many"),
    FREE(PhoneCounted, counted),
};

static const struct event_rule retracted[] = {
    REF(Retracted, target, 1),
    ENUM(Retracted, reason, navette__reason__descriptor),
    REF(Retracted, replacement, 0),
};

static const struct event_rule clock_corrected[] = {
    FREE(ClockCorrected, boot),
    FREE(ClockCorrected, wall_minus_boot_ms),
};

static const struct event_rule message_attempt_started[] = {
    THING(MessageAttemptStarted, order, ORDERS, 1, NONE),
    BYTES(MessageAttemptStarted, message, 16u, 1),
    SEALED(MessageAttemptStarted, content),
};

static const struct event_rule message_sent[] = {
    THING(MessageSent, order, ORDERS, 1, NONE),
    BYTES(MessageSent, message, 16u, 1),
};

static const struct event_rule message_failed[] = {
    THING(MessageFailed, order, ORDERS, 1, NONE),
    BYTES(MessageFailed, message, 16u, 1),
    ENUM(MessageFailed, reason, navette__reason__descriptor),
};

static const struct event_rule call_attempted[] = {
    THING(CallAttempted, order, ORDERS, 1, NONE),
    SEALED(CallAttempted, result),
};

static const struct event_form forms[] = {
    [NAVETTE__EVENT__BODY_OPERATION_CLOSED] = FORM(operation_closed, "operation-closed", REACH_NAMED, 1),
    [NAVETTE__EVENT__BODY_ITEM_REGISTERED] = FORM(item_registered, "item-registered", REACH_NAMED, 1),
    [NAVETTE__EVENT__BODY_ITEM_CHANGED] = FORM(item_changed, "item-changed", REACH_NAMED, 1),
    [NAVETTE__EVENT__BODY_ITEM_WITHDRAWN] = FORM(item_withdrawn, "item-withdrawn", REACH_NAMED, 1),
    [NAVETTE__EVENT__BODY_BAG_COMMISSIONED] = FORM(bag_commissioned, "bag-commissioned", REACH_ALL, 1),
    [NAVETTE__EVENT__BODY_BAG_RETIRED] = FORM(bag_retired, "bag-retired", REACH_ALL, 1),
    [NAVETTE__EVENT__BODY_PLACE_DECLARED] = FORM(place_declared, "place-declared", REACH_ALL, 1),
    [NAVETTE__EVENT__BODY_RULE_DECIDED] = FORM(rule_decided, "rule-decided", REACH_ALL, 1),
    [NAVETTE__EVENT__BODY_ORDER_PLACED] = FORM(order_placed, "order-placed", REACH_INSIDE, 1),
    [NAVETTE__EVENT__BODY_ORDER_CHANGED] = FORM(order_changed, "order-changed", REACH_INSIDE, 1),
    [NAVETTE__EVENT__BODY_ORDER_PREPARED] = FORM(order_prepared, "order-prepared", REACH_NAMED, 1),
    [NAVETTE__EVENT__BODY_ORDER_STAGED] = FORM(order_staged, "order-staged", REACH_NAMED, 1),
    [NAVETTE__EVENT__BODY_ORDER_HANDED_OVER] = FORM(order_handed_over, "order-handed-over", REACH_NAMED, 1),
    [NAVETTE__EVENT__BODY_ORDER_CANCELLED] = FORM(order_cancelled, "order-cancelled", REACH_NAMED, 1),
    [NAVETTE__EVENT__BODY_ORDER_NO_SHOW] = FORM(order_no_show, "order-no-show", REACH_NAMED, 1),
    [NAVETTE__EVENT__BODY_ORDER_UNMET] = FORM(order_unmet, "order-unmet", REACH_INSIDE, 1),
    [NAVETTE__EVENT__BODY_SLOT_OPENED] = FORM(slot_opened, "slot-opened", REACH_NAMED, 0),
    [NAVETTE__EVENT__BODY_SLOT_CLOSED] = FORM(slot_closed, "slot-closed", REACH_NAMED, 0),
    [NAVETTE__EVENT__BODY_SLOT_LEASE_GRANTED] = FORM(slot_lease_granted, "slot-lease-granted", REACH_NAMED, 0),
    [NAVETTE__EVENT__BODY_SLOT_LEASE_RETURNED] = FORM(slot_lease_returned, "slot-lease-returned", REACH_NAMED, 0),
    [NAVETTE__EVENT__BODY_SLOT_BOOKED] = FORM(slot_booked, "slot-booked", REACH_NAMED, 0),
    [NAVETTE__EVENT__BODY_SLOT_MOVED] = FORM(slot_moved, "slot-moved", REACH_NAMED, 0),
    [NAVETTE__EVENT__BODY_SLOT_CANCELLED] = FORM(slot_cancelled, "slot-cancelled", REACH_NAMED, 0),
    [NAVETTE__EVENT__BODY_SLOT_ARRIVED] = FORM(slot_arrived, "slot-arrived", REACH_NAMED, 0),
    [NAVETTE__EVENT__BODY_ITEM_PACKED] = FORM(item_packed, "item-packed", REACH_INSIDE, 1),
    [NAVETTE__EVENT__BODY_ITEM_UNPACKED] = FORM(item_unpacked, "item-unpacked", REACH_INSIDE, 1),
    [NAVETTE__EVENT__BODY_BAG_SEALED] = FORM(bag_sealed, "bag-sealed", REACH_INSIDE, 1),
    [NAVETTE__EVENT__BODY_BAG_OPENED] = FORM(bag_opened, "bag-opened", REACH_INSIDE, 1),
    [NAVETTE__EVENT__BODY_CRATE_LOADED] = FORM(crate_loaded, "crate-loaded", REACH_INSIDE, 1),
    [NAVETTE__EVENT__BODY_CRATE_UNLOADED] = FORM(crate_unloaded, "crate-unloaded", REACH_INSIDE, 1),
    [NAVETTE__EVENT__BODY_SEALED_DEPOSIT] = FORM(sealed_deposit, "sealed-deposit", REACH_INSIDE, 1),
    [NAVETTE__EVENT__BODY_DISPATCHED] = FORM(dispatched, "dispatched", REACH_NAMED, 1),
    [NAVETTE__EVENT__BODY_HANDOVER_COUNTED] = FORM(handover_counted, "handover-counted", REACH_NAMED, 1),
    [NAVETTE__EVENT__BODY_RECEIVED] = FORM(received, "received", REACH_NAMED, 1),
    [NAVETTE__EVENT__BODY_SEEN_ON_RECEPTION] = FORM(seen_on_reception, "seen-on-reception", REACH_NAMED, 1),
    [NAVETTE__EVENT__BODY_REFUSED] = FORM(refused, "refused", REACH_NAMED, 1),
    [NAVETTE__EVENT__BODY_TRANSIT_CANCELLED] = FORM(transit_cancelled, "transit-cancelled", REACH_NAMED, 1),
    [NAVETTE__EVENT__BODY_DELIVERED] = FORM(delivered, "delivered", REACH_NAMED, 1),
    [NAVETTE__EVENT__BODY_DELIVERY_FAILED] = FORM(delivery_failed, "delivery-failed", REACH_NAMED, 1),
    [NAVETTE__EVENT__BODY_RETURNED] = FORM(returned, "returned", REACH_NAMED, 1),
    [NAVETTE__EVENT__BODY_COLLECTED] = FORM(collected, "collected", REACH_NAMED, 1),
    [NAVETTE__EVENT__BODY_DROPPED] = FORM(dropped, "dropped", REACH_NAMED, 1),
    [NAVETTE__EVENT__BODY_ISOLATION_STARTED] = FORM(isolation_started, "isolation-started", REACH_NAMED, 0),
    [NAVETTE__EVENT__BODY_RELEASED_BY_HAND] = FORM(released_by_hand, "released-by-hand", REACH_NAMED, 0),
    [NAVETTE__EVENT__BODY_CLEANED] = FORM(cleaned, "cleaned", REACH_NAMED, 0),
    [NAVETTE__EVENT__BODY_BREACH_NOTED] = FORM(breach_noted, "breach-noted", REACH_NAMED, 0),
    [NAVETTE__EVENT__BODY_DAMAGE_REPORTED] = FORM(damage_reported, "damage-reported", REACH_NAMED, 0),
    [NAVETTE__EVENT__BODY_REPAIRED] = FORM(repaired, "repaired", REACH_NAMED, 0),
    [NAVETTE__EVENT__BODY_SEEN_AT] = FORM(seen_at, "seen-at", REACH_NAMED, 1),
    [NAVETTE__EVENT__BODY_COUNT_LINE] = FORM(count_line, "count-line", REACH_NAMED, 1),
    [NAVETTE__EVENT__BODY_COUNT_CLOSED] = FORM(count_closed, "count-closed", REACH_NAMED, 1),
    [NAVETTE__EVENT__BODY_DECLARED_LOST] = FORM(declared_lost, "declared-lost", REACH_NAMED, 1),
    [NAVETTE__EVENT__BODY_FOUND] = FORM(found, "found", REACH_NAMED, 1),
    [NAVETTE__EVENT__BODY_PHONE_REPORT] = FORM(phone_report, "phone-report", REACH_NAMED, 1),
    [NAVETTE__EVENT__BODY_PHONE_SAID] = FORM(phone_said, "phone-said", REACH_NAMED, 1),
    [NAVETTE__EVENT__BODY_PHONE_COUNTED] = FORM(phone_counted, "phone-counted", REACH_NAMED, 1),
    [NAVETTE__EVENT__BODY_RETRACTED] = FORM(retracted, "retracted", REACH_ALL, 1),
    [NAVETTE__EVENT__BODY_CLOCK_CORRECTED] = FORM(clock_corrected, "clock-corrected", REACH_ALL, 1),
    [NAVETTE__EVENT__BODY_MESSAGE_ATTEMPT_STARTED] = FORM(message_attempt_started, "message-attempt-started", REACH_NAMED, 0),
    [NAVETTE__EVENT__BODY_MESSAGE_SENT] = FORM(message_sent, "message-sent", REACH_NAMED, 0),
    [NAVETTE__EVENT__BODY_MESSAGE_FAILED] = FORM(message_failed, "message-failed", REACH_NAMED, 0),
    [NAVETTE__EVENT__BODY_CALL_ATTEMPTED] = FORM(call_attempted, "call-attempted", REACH_NAMED, 0),
    [NAVETTE__EVENT__BODY_COUNT_OPENED] = FORM(count_opened, "count-opened", REACH_NAMED, 1),
    [NAVETTE__EVENT__BODY_POOL_COMMISSIONED] = FORM(pool_commissioned, "pool-commissioned", REACH_NAMED, 1),
};

const struct event_form *event_form_in(const struct event_form *list, size_t count, int body_case)
{
    return body_case < 0 || (size_t)body_case >= count || list[body_case].name == NULL ? NULL : &list[body_case];
}

const struct event_form *event_form_of(int body_case)
{
    const struct event_form *form = event_form_in(forms, sizeof(forms) / sizeof(forms[0]), body_case);

    return form != NULL ? form : event_form_network_of(body_case);
}
