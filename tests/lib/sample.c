/* SPDX-License-Identifier: Apache-2.0 */
#include "sample.h"

#include <assert.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "log/event_form.h"
#include "navette/chain.h"

static void *alloc(struct arena *arena, size_t size)
{
    void *piece = arena_alloc(arena, size);

    assert(piece != NULL);
    return memset(piece, 0, size);
}

static void *message(struct arena *arena, const ProtobufCMessageDescriptor *descriptor)
{
    ProtobufCMessage *made = alloc(arena, descriptor->sizeof_message);

    protobuf_c_message_init(descriptor, made);
    return made;
}

static char *text(struct arena *arena, const char *prefix, uint64_t number)
{
    char *made = alloc(arena, 96);

    snprintf(made, 96, "%s%04" PRIu64, prefix, number);
    return made;
}

ProtobufCBinaryData sample_bytes(struct arena *arena, uint8_t first, size_t len)
{
    ProtobufCBinaryData bytes = {.len = len, .data = alloc(arena, len)};

    for (size_t i = 0; i < len; i++)
        bytes.data[i] = (uint8_t)(first + i);
    return bytes;
}

static Navette__Thing *thing(struct arena *arena, unsigned int kinds, uint64_t number)
{
    static const char *const prefixes[] = {"",          "31",       "SAC-",     "CAISSE-", "BIB-", "regle-", "",
                                           "commande-", "creneau-", "tournee-", "",        "",     "AG-"};
    Navette__Thing *made = message(arena, &navette__thing__descriptor);
    int kind = 1;

    while ((kinds >> kind & 1u) == 0)
        kind++;
    made->kind = (Navette__ThingKind)kind;
    made->id = text(arena, prefixes[kind], number);
    if (kind == NAVETTE__THING_KIND__THING_ITEM)
        made->namespace_ = text(arena, "koha", 1);
    if (kind == NAVETTE__THING_KIND__THING_OPERATOR)
        made->namespace_ = text(arena, "BIB-", 1);
    if (kind == NAVETTE__THING_KIND__THING_NODE)
        snprintf(made->id, 96, "%032" PRIx64, number);
    return made;
}

static Navette__Ref *reference(struct arena *arena, uint64_t number)
{
    Navette__Ref *made = message(arena, &navette__ref__descriptor);

    if (number % 2 == 0)
        made->incarnation = sample_bytes(arena, 0x40, INCARNATION_SIZE);
    made->seq = number + 1;
    made->leaf = UINT64_C(0x0123456789abcdef) + number;
    return made;
}

static Navette__Frontier *frontier(struct arena *arena)
{
    Navette__Frontier *made = message(arena, &navette__frontier__descriptor);
    uint8_t bytes[FRONTIER_SIGNED_SIZE];
    struct sample_log log;

    sample_log_init(&log, 1);
    made->incarnation = (ProtobufCBinaryData){INCARNATION_SIZE, alloc(arena, INCARNATION_SIZE)};
    memcpy(made->incarnation.data, log.incarnation, INCARNATION_SIZE);
    made->seq = 42;
    made->hub_cursor = 4242;
    made->hub_time_ms = SAMPLE_TIME_MS;
    made->signature = sample_bytes(arena, 0, SIGNATURE_SIZE);
    frontier_signed_bytes(made, bytes);
    crypto_sign_detached(made->signature.data, NULL, bytes, sizeof(bytes), log.sign_secret);
    return made;
}

static void *element(struct arena *arena, const struct event_rule *rule, uint64_t number)
{
    Navette__PoolCount *pool;
    Navette__Zone *zone;
    Navette__ItemRegistered__ExtraEntry *extra;
    Navette__IlsLine *line;
    Navette__RightsAt *rights;

    switch ((enum event_rule_kind)rule->kind) {
    case RULE_LINES:
        line = message(arena, &navette__ils_line__descriptor);
        line->event = reference(arena, number);
        line->item = thing(arena, 1u << NAVETTE__THING_KIND__THING_ITEM, number);
        line->act = NAVETTE__ILS_ACT__ILS_RETURN;
        line->back = reference(arena, number + 1);
        return line;
    case RULE_RIGHTS:
        rights = message(arena, &navette__rights_at__descriptor);
        rights->place = text(arena, "BIB-", number);
        rights->granted = UINT64_C(1) << NAVETTE__RIGHT__RIGHT_DISPATCH;
        rights->withdrawn = UINT64_C(1) << NAVETTE__RIGHT__RIGHT_COLLECT;
        return rights;
    case RULE_THINGS:
        return thing(arena, rule->kinds, number);
    case RULE_TEXTS:
        return text(arena, "koha", number);
    case RULE_PLACES:
        return text(arena, "BIB-", number);
    case RULE_POOLS:
        pool = message(arena, &navette__pool_count__descriptor);
        pool->kind = text(arena, "sac-papier-", number);
        pool->count = 12;
        return pool;
    case RULE_ZONES:
        zone = message(arena, &navette__zone__descriptor);
        zone->code = text(arena, "zone-", number);
        zone->kind = NAVETTE__ZONE_KIND__ZONE_ISOLATION;
        zone->capacity = 300;
        return zone;
    default:
        /* ItemRegistered's and ItemChanged's entries have one shape; the caller puts the right descriptor. */
        extra = message(arena, &navette__item_registered__extra_entry__descriptor);
        extra->key = text(arena, "995$", number);
        extra->value = text(arena, "é", number);
        return extra;
    }
}

static void *sub_message(struct arena *arena, const ProtobufCFieldDescriptor *field, const struct event_rule *rule, uint64_t number)
{
    Navette__Sealed *sealed;
    Navette__SurpriseCriteria *surprise;

    switch ((enum event_rule_kind)rule->kind) {
    case RULE_THING:
        return thing(arena, rule->kinds, number + field->id);
    case RULE_REF:
        return reference(arena, number);
    case RULE_FRONTIER:
        return frontier(arena);
    case RULE_SEALED:
        sealed = message(arena, &navette__sealed__descriptor);
        sealed->key_id = sample_bytes(arena, 1, 16);
        sealed->nonce = sample_bytes(arena, 2, 24);
        sealed->ciphertext = sample_bytes(arena, 3, 40);
        return sealed;
    default:
        surprise = message(arena, &navette__surprise_criteria__descriptor);
        surprise->theme = text(arena, "polar", number);
        surprise->age = text(arena, "adulte", number);
        surprise->count = 3;
        return surprise;
    }
}

static void set_list(struct arena *arena, uint8_t *body, const ProtobufCFieldDescriptor *field, const struct event_rule *rule,
                     uint64_t number)
{
    size_t count = 2;
    void **list = alloc(arena, count * sizeof(*list));
    ProtobufCBinaryData *ids;

    if (rule->kind == RULE_KEYS) { /* bytes themselves, not pointers to messages */
        ids = alloc(arena, count * sizeof(*ids));
        for (size_t i = 0; i < count; i++)
            ids[i] = sample_bytes(arena, (uint8_t)(0x30 + i), KEY_ID_SIZE);
        memcpy(body + field->quantifier_offset, &count, sizeof(count));
        memcpy(body + field->offset, &ids, sizeof(ids));
        return;
    }

    for (size_t i = 0; i < count; i++) {
        list[i] = element(arena, rule, number + i);
        if (rule->kind == RULE_EXTRA)
            ((ProtobufCMessage *)list[i])->descriptor = field->descriptor;
    }
    memcpy(body + field->quantifier_offset, &count, sizeof(count));
    memcpy(body + field->offset, &list, sizeof(list));
}

static void set_number(uint8_t *body, const ProtobufCFieldDescriptor *field)
{
    uint64_t wide = 7;
    uint32_t narrow = 7;
    protobuf_c_boolean flag = 1;

    if (field->type == PROTOBUF_C_TYPE_BOOL)
        memcpy(body + field->offset, &flag, sizeof(flag));
    else if (field->type == PROTOBUF_C_TYPE_UINT32)
        memcpy(body + field->offset, &narrow, sizeof(narrow));
    else
        memcpy(body + field->offset, &wide, sizeof(wide));
}

static void set_field(struct arena *arena, uint8_t *body, const ProtobufCFieldDescriptor *field, const struct event_rule *rule,
                      uint64_t number)
{
    const char *words = NULL;
    ProtobufCBinaryData bytes;
    void *sub;
    int value;

    switch ((enum event_rule_kind)rule->kind) {
    case RULE_TEXT:
        words = text(arena, "texte-", number + field->id);
        break;
    case RULE_PLACE:
    case RULE_DESTINATION:
        words = text(arena, "RELAIS-", number + field->id);
        break;
    case RULE_DATE:
        words = "2020-04-17";
        break;
    case RULE_ENUM:
        value = rule->values->values[1].value;
        memcpy(body + field->offset, &value, sizeof(value));
        break;
    case RULE_BYTES:
        bytes = sample_bytes(arena, (uint8_t)field->id, rule->limit);
        memcpy(body + field->offset, &bytes, sizeof(bytes));
        break;
    case RULE_THING:
    case RULE_REF:
    case RULE_SEALED:
    case RULE_SURPRISE:
    case RULE_FRONTIER:
        sub = sub_message(arena, field, rule, number);
        memcpy(body + field->offset, &sub, sizeof(sub));
        break;
    case RULE_AMOUNT:
    case RULE_FREE:
        set_number(body, field);
        break;
    default:
        set_list(arena, body, field, rule, number);
        break;
    }
    if (words != NULL)
        memcpy(body + field->offset, &words, sizeof(words));
}

static const struct event_rule *rule_of(const struct event_form *form, const ProtobufCFieldDescriptor *field)
{
    for (size_t i = 0; i < form->count; i++) {
        const struct event_rule *rule = &form->rules[i];
        int is_list = field->label == PROTOBUF_C_LABEL_REPEATED;

        if (rule->kind != RULE_EITHER && (is_list ? rule->list : rule->offset) == field->offset)
            return rule;
    }
    return NULL;
}

Navette__Event *sample_event(struct arena *arena, int body_case, uint64_t number)
{
    const struct event_form *form = event_form_of(body_case);
    const ProtobufCFieldDescriptor *field;
    const ProtobufCMessageDescriptor *descriptor;
    Navette__Event *event;
    void *body;

    if (form == NULL || body_case == NAVETTE__EVENT__BODY_ADOPTED)
        return NULL;
    event = message(arena, &navette__event__descriptor);
    event->hlc = (uint64_t)(SAMPLE_TIME_MS + (int64_t)number) << 16 | 1u;
    event->place = text(arena, "BIB-", 1);
    event->operator_ = text(arena, "AG", 7);
    event->operation = UINT64_C(0xfeed);
    event->boot = UINT64_C(0xb007);
    event->boottime_ms = 60000 + number;
    event->clock = NAVETTE__CLOCK_TRUST__CLOCK_SYNCED;
    event->n_parents = 1;
    event->parents = alloc(arena, sizeof(*event->parents));
    event->parents[0] = reference(arena, number);
    field = protobuf_c_message_descriptor_get_field(&navette__event__descriptor, (unsigned int)body_case);
    descriptor = field->descriptor;
    body = message(arena, descriptor);
    for (unsigned int i = 0; i < descriptor->n_fields; i++) {
        const struct event_rule *rule = rule_of(form, &descriptor->fields[i]);

        assert(rule != NULL);
        set_field(arena, body, &descriptor->fields[i], rule, number);
    }
    event->body_case = (Navette__Event__BodyCase)body_case;
    memcpy(&event->operation_closed, &body, sizeof(body));
    return event;
}

struct span sample_pack(struct arena *arena, const Navette__Event *event)
{
    size_t size = navette__event__get_packed_size(event);
    uint8_t *bytes = alloc(arena, size + 1);

    return span_of(bytes, navette__event__pack(event, bytes));
}

void sample_log_init(struct sample_log *log, uint8_t number)
{
    uint8_t seed[32];

    memset(log, 0, sizeof(*log));
    memset(log->incarnation, 0x10 + number, sizeof(log->incarnation));
    memset(log->node, 0x80 + number, sizeof(log->node));
    memset(seed, number, sizeof(seed));
    crypto_sign_seed_keypair(log->sign_public, log->sign_secret, seed);
}

void sample_sign(const struct sample_log *log, struct batch_header *header)
{
    uint8_t bytes[BATCH_SIGNED_SIZE];

    batch_signed_bytes(header, bytes);
    crypto_sign_detached(header->signature, NULL, bytes, sizeof(bytes), log->sign_secret);
}

static ProtobufCBinaryData copy(struct arena *arena, const void *data, size_t len)
{
    ProtobufCBinaryData bytes = {.len = len, .data = alloc(arena, len + 1)};

    memcpy(bytes.data, data, len);
    return bytes;
}

Navette__Batch *sample_batch(struct arena *arena, struct sample_log *log, const struct span *events, size_t count)
{
    Navette__Batch *batch = message(arena, &navette__batch__descriptor);
    struct batch_header header = {.first_seq = log->seq + 1, .count = (uint32_t)count};
    uint8_t *leaves = alloc(arena, count * HASH_SIZE);

    memcpy(header.incarnation, log->incarnation, INCARNATION_SIZE);
    memset(header.salt, (int)(log->seq + 1) & 255, SALT_SIZE);
    memcpy(header.previous, log->head, HASH_SIZE);
    batch->n_events = count;
    batch->events = alloc(arena, count * sizeof(*batch->events));
    for (size_t i = 0; i < count; i++) {
        log->seq++;
        chain_leaf(header.salt, log->incarnation, log->seq, events[i], leaves + i * HASH_SIZE);
        chain_next(log->head, leaves + i * HASH_SIZE, log->head);
        batch->events[i] = copy(arena, events[i].data, events[i].len);
    }
    memcpy(header.head, log->head, HASH_SIZE);
    chain_root(leaves, count, header.root);
    sample_sign(log, &header);
    batch->incarnation = copy(arena, header.incarnation, INCARNATION_SIZE);
    batch->first_seq = header.first_seq;
    batch->salt = copy(arena, header.salt, SALT_SIZE);
    batch->previous = copy(arena, header.previous, HASH_SIZE);
    batch->head = copy(arena, header.head, HASH_SIZE);
    batch->root = copy(arena, header.root, HASH_SIZE);
    batch->signature = copy(arena, header.signature, SIGNATURE_SIZE);
    return batch;
}

/* One batch with an event of every body of the first version. */
static Navette__Push *push(struct arena *arena)
{
    Navette__Push *made = message(arena, &navette__push__descriptor);
    struct span events[SAMPLE_GOLDEN];
    struct sample_log log;
    size_t count = 0;

    sample_log_init(&log, 1);
    for (int i = 0; i < SAMPLE_GOLDEN; i++) {
        Navette__Event *event = sample_event(arena, i, (uint64_t)i);

        if (event != NULL && i == NAVETTE__EVENT__BODY_INCARNATION_STARTED)
            event->incarnation_started->why = NAVETTE__VERDICT__VERDICT_UNSPECIFIED; /* a later field */
        if (event != NULL && i == NAVETTE__EVENT__BODY_NODE_REVOKED)
            event->node_revoked->since_ms = 0; /* likewise */
        if (event != NULL)
            events[count++] = sample_pack(arena, event);
    }
    made->batch = sample_batch(arena, &log, events, count);
    made->frontier = frontier(arena);
    return made;
}

static Navette__LogHead *head(struct arena *arena, uint64_t seq)
{
    Navette__LogHead *made = message(arena, &navette__log_head__descriptor);

    made->incarnation = sample_bytes(arena, 0x20, INCARNATION_SIZE);
    made->parent = sample_bytes(arena, 0x30, INCARNATION_SIZE);
    made->seq = seq;
    made->hash = sample_bytes(arena, 0x40, HASH_SIZE);
    return made;
}

static Navette__ScopeTold *told(struct arena *arena)
{
    Navette__ScopeTold *made = message(arena, &navette__scope_told__descriptor);

    made->scope = NAVETTE__SCOPE__SCOPE_OWN;
    made->role = NAVETTE__ROLE__ROLE_RELAY;
    made->n_places = 2;
    made->places = alloc(arena, 2 * sizeof(*made->places));
    made->places[0] = text(arena, "CCAS-", 1);
    made->places[1] = text(arena, "CCAS-", 2);
    return made;
}

static Navette__Delta *delta(struct arena *arena)
{
    Navette__Delta *made = message(arena, &navette__delta__descriptor);

    made->from = 10;
    made->to = 12;
    made->hub_cursor = 4242;
    made->scope_epoch = 1;
    made->hub_time_ms = SAMPLE_TIME_MS;
    made->told = told(arena);
    made->back = 1;
    made->n_incarnations = 1;
    made->incarnations = alloc(arena, sizeof(*made->incarnations));
    made->incarnations[0] = sample_bytes(arena, 0x20, INCARNATION_SIZE);
    made->n_entries = 2;
    made->entries = alloc(arena, 2 * sizeof(*made->entries));
    for (size_t i = 0; i < 2; i++) {
        Navette__DeltaEntry *entry = message(arena, &navette__delta_entry__descriptor);
        struct span bytes = sample_pack(arena, sample_event(arena, NAVETTE__EVENT__BODY_RECEIVED, 5 + i));

        entry->seq = 5 + i;
        entry->leaf = UINT64_C(0x8877665544332211);
        entry->received_ms = SAMPLE_TIME_MS;
        entry->event = copy(arena, bytes.data, bytes.len);
        made->entries[i] = entry;
    }
    made->n_seals = 1;
    made->seals = alloc(arena, sizeof(*made->seals));
    made->seals[0] = message(arena, &navette__seal__descriptor);
    made->seals[0]->first_seq = 5;
    made->seals[0]->count = 2;
    made->seals[0]->salt = sample_bytes(arena, 0x70, SALT_SIZE);
    made->seals[0]->previous = sample_bytes(arena, 0x80, HASH_SIZE);
    made->seals[0]->signature = sample_bytes(arena, 0x90, SIGNATURE_SIZE);
    return made;
}

static Navette__Hello *hello(struct arena *arena)
{
    Navette__Hello *made = message(arena, &navette__hello__descriptor);

    made->version = FRAME_VERSION;
    made->node = sample_bytes(arena, 0x50, NODE_ID_SIZE);
    made->process = sample_bytes(arena, 0x60, 16);
    made->connect = 3;
    made->log = head(arena, 42);
    made->durable = head(arena, 40);
    made->probe = head(arena, 41);
    made->cursor = 4000;
    made->scope_epoch = 1;
    made->frontier = frontier(arena);
    made->epoch = sample_bytes(arena, 0x70, EPOCH_SIZE);
    made->sign_key = sample_bytes(arena, 0x80, KEY_SIZE);
    made->scopes = 1;
    made->claimant = sample_bytes(arena, 0x90, 16);
    made->boot = 0xB007;
    made->host = text(arena, "poste-", 1);
    made->hub_key = sample_bytes(arena, 0xA0, KEY_SIZE);
    return made;
}

static Navette__EnrolReply *enrol_reply(struct arena *arena)
{
    Navette__EnrolReply *made = message(arena, &navette__enrol_reply__descriptor);

    made->curve_key = sample_bytes(arena, 1, KEY_SIZE);
    made->sign_key = sample_bytes(arena, 2, KEY_SIZE);
    made->hub = sample_bytes(arena, 3, NODE_ID_SIZE);
    made->nonce = sample_bytes(arena, 4, 32);
    made->mac = sample_bytes(arena, 5, HASH_SIZE);
    made->n_places = 1;
    made->places = alloc(arena, sizeof(*made->places));
    made->places[0] = text(arena, "BIB-", 1);
    made->role = NAVETTE__ROLE__ROLE_BRANCH;
    made->scope = NAVETTE__SCOPE__SCOPE_NETWORK;
    made->endpoint = text(arena, "tcp://hub.example:", 7443);
    made->node = sample_bytes(arena, 6, NODE_ID_SIZE);
    made->parent = sample_bytes(arena, 7, INCARNATION_SIZE);
    return made;
}

/* The messages without a message of their own inside: bytes of the size that the format asks for, 7 for numbers. */
static ProtobufCMessage *plain(struct arena *arena, const ProtobufCMessageDescriptor *descriptor)
{
    uint8_t *made = message(arena, descriptor);

    for (unsigned int i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        ProtobufCBinaryData bytes;
        void *sub;
        int value;

        if (field->label == PROTOBUF_C_LABEL_REPEATED)
            continue;
        if (field->type == PROTOBUF_C_TYPE_BYTES) {
            int is_id = strcmp(field->name, "node") == 0 || strcmp(field->name, "incarnation") == 0 || strcmp(field->name, "epoch") == 0;
            size_t size = is_id ? 16 : strcmp(field->name, "signature") == 0 || strcmp(field->name, "proof") == 0 ? 64 : 32;

            bytes = sample_bytes(arena, (uint8_t)field->id, size);
            memcpy(made + field->offset, &bytes, sizeof(bytes));
        } else if (field->type == PROTOBUF_C_TYPE_ENUM) {
            value = 1;
            memcpy(made + field->offset, &value, sizeof(value));
        } else if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
            sub = field->descriptor == &navette__log_head__descriptor ? (void *)head(arena, 42) : (void *)frontier(arena);
            memcpy(made + field->offset, &sub, sizeof(sub));
        } else {
            set_number(made, field);
        }
    }
    return (ProtobufCMessage *)(void *)made;
}

static Navette__Welcome *welcome(struct arena *arena)
{
    Navette__Welcome *made = (Navette__Welcome *)plain(arena, &navette__welcome__descriptor);

    made->probed = NULL;
    made->told = told(arena);
    made->n_epochs = 2;
    made->epochs = alloc(arena, 2 * sizeof(*made->epochs));
    for (size_t i = 0; i < 2; i++) {
        made->epochs[i] = message(arena, &navette__epoch__descriptor);
        made->epochs[i]->epoch = sample_bytes(arena, (uint8_t)(0x70 + i), EPOCH_SIZE);
        made->epochs[i]->end = i == 0 ? 4000 : 0;
        made->epochs[i]->begun_ms = SAMPLE_TIME_MS;
    }
    return made;
}

static Navette__Digest *digest(struct arena *arena)
{
    Navette__Digest *made = (Navette__Digest *)plain(arena, &navette__digest__descriptor);

    made->n_logs = 2;
    made->logs = alloc(arena, 2 * sizeof(*made->logs));
    made->logs[0] = head(arena, 42);
    made->logs[1] = head(arena, 43);
    made->compare = sample_compare(arena);
    return made;
}

ProtobufCMessage *sample_message(struct arena *arena, enum frame_type type)
{
    static const ProtobufCMessageDescriptor *const descriptors[FRAME_TYPE_COUNT] = {
        [FRAME_WELCOME] = &navette__welcome__descriptor,
        [FRAME_ACK] = &navette__ack__descriptor,
        [FRAME_NACK] = &navette__nack__descriptor,
        [FRAME_CREDIT] = &navette__credit__descriptor,
        [FRAME_PULL] = &navette__pull__descriptor,
        [FRAME_SNAPSHOT] = &navette__snapshot_chunk__descriptor,
        [FRAME_DIGEST] = &navette__digest__descriptor,
        [FRAME_PING] = &navette__ping__descriptor,
        [FRAME_PONG] = &navette__pong__descriptor,
        [FRAME_REKEY] = &navette__rekey__descriptor,
        [FRAME_BYE] = &navette__bye__descriptor,
        [FRAME_ENROL_REQUEST] = &navette__enrol_request__descriptor,
        [FRAME_HUB_KEYS_HELD] = &navette__hub_keys_held__descriptor,
    };

    switch (type) {
    case FRAME_HELLO:
        return &hello(arena)->base;
    case FRAME_PUSH:
        return &push(arena)->base;
    case FRAME_DELTA:
        return &delta(arena)->base;
    case FRAME_ENROL_REPLY:
        return &enrol_reply(arena)->base;
    case FRAME_WELCOME:
        return &welcome(arena)->base;
    case FRAME_DIGEST:
        return &digest(arena)->base;
    case FRAME_WRAPS:
    case FRAME_WRAPPED:
    case FRAME_HUB_KEYS:
    case FRAME_FETCH:
    case FRAME_FETCHED:
        return sample_listed(arena, type);
    default:
        return plain(arena, descriptors[type]);
    }
}
