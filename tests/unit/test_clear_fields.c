/* SPDX-License-Identifier: Apache-2.0 */
/*
 * No path of clear ids joins a title to a person: every field of every event body that could hold a name or a number is in the table below, with what it says in clear.
 *   - each field of each body is in it, and nothing else is: a field that nobody thought about fails here
 *   - from a title, over whatever two bodies both name, no person is reached: none stands in clear anywhere
 *   - the same walk finds a person where a field would say one: beside documents, beside an order, and two bodies away; not beside what nothing else names
 *   - a thing is of a kind that is known here, none of which is a person; what is sealed has a key's id, a nonce and ciphertext
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "navette.pb-c.h"

/*
 * T title, author, call number; I a document's id; B a bag's, a crate's; O an order's; S a slot's; L a slip's number; N place, node, rule, round, kind, time, seal: nobody's in particular; W a code or role of who works there;
 * X sealed, or a key's id; P a person; - a number that the system draws, counts or reckons; * by the field that holds it.
 */
struct row {
    const char *message;
    const char *fields;
};

static const struct row rows[] = {
    {"Adopted", "salt:- event:-"},
    {"BagCommissioned", "bag:B kind:N size:N owner:N"},
    {"BagOpened", "bag:B seal:N"},
    {"BagRetired", "bag:B"},
    {"BagSealed", "bag:B seal:N"},
    {"BreachNoted", "things:IB"},
    {"CallAttempted", "order:O result:X"},
    {"Cleaned", "things:IB"},
    {"ClockCorrected", "boot:- wall_minus_boot_ms:-"},
    {"CloneChosen", "node:N claimant:-"},
    {"CloneFound", "node:N"},
    {"Collected", "things:IB to:N carrier:N round:N slip:L"},
    {"CountClosed", "count:- missing:IB hub_cursor:- own_seq:-"},
    {"CountLine", "count:- things:IB zone:N"},
    {"CountOpened", "count:- zone:N material:N call_from:N call_to:N hub_cursor:- own_seq:-"},
    {"CrateLoaded", "crate:B bags:B"},
    {"CrateUnloaded", "crate:B bags:B"},
    {"DamageReported", "things:IB note:X"},
    {"DeclaredLost", "things:IB"},
    {"Delivered", "things:IB order:O proof:X"},
    {"DeliveryFailed", "things:IB order:O note:X"},
    {"DiscrepancySettled", "discrepancy:-"},
    {"Dispatched", "things:IB to:N carrier:N round:N slip:L departed:N seal:N"},
    {"Dropped", "things:IB"},
    {"Found", "things:IB"},
    {"Frontier", "incarnation:- seq:- hub_cursor:- hub_time_ms:- signature:-"},
    {"ExtraEntry", "key:N value:T"},
    {"FrontierNoted", "node:N"},
    {"HandoverCounted", "round:N slip:L peer:N"},
    {"HandoverPaired", "slip:L round:N"},
    {"IlsExported", "day:N file:N"},
    {"IlsLine", "item:I"},
    {"IncarnationStarted", "node:N incarnation:- parent:-"},
    {"IsolationStarted", "things:IB zone:N dropped_off_ms:-"},
    {"ItemChanged", "item:I title:T call_number:T material:N home:N author:T"},
    {"ItemPacked", "container:B items:I order:O"},
    {"ItemRegistered", "item:I title:T call_number:T material:N home:N at:N author:T"},
    {"ItemUnpacked", "container:B items:I"},
    {"ItemWithdrawn", "item:I"},
    {"KeyErased", "subject:O keys:X"},
    {"KeyGone", "keys:X"},
    {"LeaseGranted", "slot:S lease:- node:N"},
    {"MessageAttemptStarted", "order:O message:- content:X"},
    {"MessageFailed", "order:O message:-"},
    {"MessageSent", "order:O message:-"},
    {"NodeEnrolled", "node:N curve_key:- sign_key:- places:N"},
    {"NodeRekeyed", "node:N curve_key:- sign_key:- incarnation:- from_seq:- previous:- signature:- proof:- until_ms:-"},
    {"NodeRevoked", "node:N since_ms:-"},
    {"OperationClosed", "slip:L round:N peer:N container:B"},
    {"OperatorDecided", "operator:W pin_epoch:-"},
    {"OperatorRuleDecided", "rule:N place:N"},
    {"OrderCancelled", "order:O"},
    {"OrderChanged", "order:O items:I pickup:N slot:S note:X"},
    {"OrderHandedOver", "order:O bags:B proof:X"},
    {"OrderNoShow", "order:O"},
    {"OrderPlaced", "order:O items:I pickup:N slot:S person:X note:X"},
    {"OrderPrepared", "order:O bags:B"},
    {"OrderStaged", "order:O zone:N"},
    {"OrderUnmet", "order:O items:I"},
    {"PhoneCounted", "reporter:N speaker:W said_ms:- slip:L round:N"},
    {"PhoneReport", "reporter:N speaker:W said_ms:-"},
    {"PhoneSaid", "reporter:N things:IB speaker:W said_ms:-"},
    {"PlaceDeclared", "place:N name:N isil:N tz:N namespaces:N host:N"},
    {"PoolCommissioned", "kind:N count:-"},
    {"PoolCount", "kind:N"},
    {"Received", "things:IB slip:L from:N round:N"},
    {"RecoveryKeyChanged", "key:-"},
    {"Ref", "incarnation:- seq:- leaf:-"},
    {"Refused", "things:IB from:N slip:L round:N"},
    {"ReleasedByHand", "things:IB"},
    {"Repaired", "things:IB"},
    {"Returned", "things:IB"},
    {"RightsAt", "place:N granted:- withdrawn:-"},
    {"RightsGranted", "node:N places:N leaving:N"},
    {"RuleDecided", "rule:N material:N place:N zone:N valid_from_ms:- valid_to_ms:- duration_s:- to:N"},
    {"Sealed", "key_id:X nonce:X ciphertext:X"},
    {"SealedDeposit", "container:B seal:N"},
    {"SeenAt", "things:IB zone:N"},
    {"SeenOnReception", "things:IB slip:L round:N"},
    {"SlotArrived", "slot:S order:O"},
    {"SlotBooked", "slot:S order:O lease:-"},
    {"SlotCancelled", "slot:S order:O"},
    {"SlotClosed", "slot:S"},
    {"SlotLeaseGranted", "slot:S lease:- holder:- expires_boottime_ms:-"},
    {"SlotLeaseReturned", "slot:S lease:-"},
    {"SlotMoved", "order:O from:S to:S"},
    {"SlotOpened", "slot:S date:N"},
    {"SurpriseCriteria", "theme:N age:N"},
    {"SwapConfirmed", "shortage:- overage:-"},
    {"SwapRejected", "shortage:- overage:-"},
    {"Thing", "namespace:* id:*"},
    {"TransitCancelled", "things:IB to:N slip:L"},
    {"Zone", "code:N"},
};
#define ROWS (sizeof rows / sizeof rows[0])

#define NAMES "TIBOSLP" /* what leads from one body to another */

static unsigned bit_of(char class)
{
    const char *at = strchr(NAMES, class);

    return at == NULL ? 0 : 1u << (at - NAMES);
}

/* ":" of the field's entry; NULL: it has none. */
static const char *class_of(const struct row *table, const char *message, const char *field)
{
    for (size_t i = 0; i < ROWS; i++) {
        size_t len = strlen(field);

        if (strcmp(table[i].message, message) != 0)
            continue;
        for (const char *at = table[i].fields; (at = strstr(at, field)) != NULL; at += len)
            if ((at == table[i].fields || at[-1] == ' ') && at[len] == ':')
                return at + len;
    }
    return NULL;
}

/* Enums, flags and 32 bits hold no name, and no card's number. */
static int may_tell(const ProtobufCFieldDescriptor *field)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return 1;
    case PROTOBUF_C_TYPE_MESSAGE:
        return field->descriptor == &navette__thing__descriptor || field->descriptor == &navette__sealed__descriptor;
    default:
        return 0;
    }
}

struct walk {
    const struct row *table;
    unsigned clear; /* what one body names */
    size_t fields;
    const char *unknown_message, *unknown_field; /* NULL: every field is classified */
};

static void walk_message(struct walk *walk, const ProtobufCMessageDescriptor *message)
{
    for (unsigned i = 0; i < message->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->fields[i];
        const char *class = class_of(walk->table, message->short_name, field->name);

        if (may_tell(field)) {
            walk->fields++;
            if (class == NULL) {
                walk->unknown_message = message->short_name;
                walk->unknown_field = field->name;
            } else {
                for (class ++; *class != ' ' && *class != '\0'; class ++)
                    walk->clear |= bit_of(*class);
            }
        }
        if (field->type == PROTOBUF_C_TYPE_MESSAGE)
            walk_message(walk, (const ProtobufCMessageDescriptor *)field->descriptor);
    }
}

static unsigned bodies(const ProtobufCMessageDescriptor **list, unsigned most)
{
    const ProtobufCMessageDescriptor *event = &navette__event__descriptor;
    unsigned count = 0;

    for (unsigned i = 0; i < event->n_fields; i++)
        if (event->fields[i].type == PROTOBUF_C_TYPE_MESSAGE && event->fields[i].label != PROTOBUF_C_LABEL_REPEATED && count < most)
            list[count++] = event->fields[i].descriptor;
    return count;
}

/* What is reached from a title when two bodies that name the same are joined. */
static unsigned reach(const struct row *table)
{
    const ProtobufCMessageDescriptor *list[256];
    unsigned count = bodies(list, 256);
    unsigned reached = bit_of('T'), before;

    do {
        before = reached;
        for (unsigned i = 0; i < count; i++) {
            struct walk walk = {.table = table};

            walk_message(&walk, list[i]);
            if ((walk.clear & reached) != 0)
                reached |= walk.clear;
        }
    } while (reached != before);
    return reached;
}

static void test_clear_fields_are_all_known(void **state)
{
    const ProtobufCMessageDescriptor *list[256];
    unsigned count = bodies(list, 256);
    struct walk walk = {.table = rows};

    (void)state;
    assert_true(count > 70 && count < 256);
    for (unsigned i = 0; i < count; i++)
        walk_message(&walk, list[i]);
    if (walk.unknown_field != NULL)
        fail_msg("%s.%s: what does it say in clear? Add it to the table", walk.unknown_message, walk.unknown_field);
    assert_true(walk.fields > 250);
}

/* A message of the table, among the bodies or inside one. NULL: none. */
static const ProtobufCMessageDescriptor *find(const ProtobufCMessageDescriptor *in, const char *name)
{
    const ProtobufCMessageDescriptor *found = strcmp(in->short_name, name) == 0 ? in : NULL;

    for (unsigned i = 0; found == NULL && i < in->n_fields; i++)
        if (in->fields[i].type == PROTOBUF_C_TYPE_MESSAGE)
            found = find(in->fields[i].descriptor, name);
    return found;
}

static void test_clear_fields_none_is_left_over(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        const ProtobufCMessageDescriptor *message = find(&navette__event__descriptor, rows[i].message);
        char name[64];

        assert_non_null(message);
        for (const char *at = rows[i].fields; *at != '\0';) {
            size_t len = strcspn(at, ":");

            assert_true(len < sizeof name);
            memcpy(name, at, len);
            name[len] = '\0';
            if (protobuf_c_message_descriptor_get_field_by_name(message, name) == NULL)
                fail_msg("%s.%s is no field", rows[i].message, name);
            at += strcspn(at, " ");
            at += *at == ' ';
        }
    }
}

static void test_clear_fields_no_person_from_a_title(void **state)
{
    (void)state;
    assert_true((reach(rows) & bit_of('O')) != 0);
    assert_int_equal(reach(rows) & bit_of('P'), 0);
}

/* As if this message had these fields. */
static unsigned reach_with(const char *message, const char *fields)
{
    struct row table[ROWS];

    memcpy(table, rows, sizeof table);
    for (size_t i = 0; i < ROWS; i++)
        if (strcmp(table[i].message, message) == 0)
            table[i].fields = fields;
    return reach(table) & bit_of('P');
}

static void test_clear_fields_finds_a_person(void **state)
{
    (void)state;
    assert_true(reach_with("PhoneSaid", "reporter:N things:IB speaker:P said_ms:-") != 0);
    assert_true(reach_with("OrderNoShow", "order:OP") != 0);
    assert_true(reach_with("SlotArrived", "slot:SP order:N") != 0);
    assert_true(reach_with("RecoveryKeyChanged", "key:P") == 0);
}

static void test_clear_fields_kinds_of_things(void **state)
{
    static const char *const kinds[] = {"UNSPECIFIED", "ITEM", "BAG",   "CRATE",    "PLACE", "RULE",    "NODE",
                                        "ORDER",       "SLOT", "ROUND", "HANDOVER", "POOL",  "OPERATOR"};
    const ProtobufCEnumDescriptor *kind = &navette__thing_kind__descriptor;
    const ProtobufCMessageDescriptor *sealed = &navette__sealed__descriptor;

    (void)state;
    assert_int_equal(kind->n_values, sizeof kinds / sizeof kinds[0]);
    for (unsigned i = 0; i < kind->n_values; i++)
        assert_string_equal(kind->values[i].name + strlen("THING_"), kinds[kind->values[i].value]);
    assert_int_equal(sealed->n_fields, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clear_fields_are_all_known),          cmocka_unit_test(test_clear_fields_none_is_left_over),
        cmocka_unit_test(test_clear_fields_no_person_from_a_title), cmocka_unit_test(test_clear_fields_finds_a_person),
        cmocka_unit_test(test_clear_fields_kinds_of_things),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
