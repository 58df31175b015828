/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "navette/adopted.h"
#include "navette/event.h"
#include "sync/node_state.h"

/* The branch that the hub does not hold enters the child log, in the order in which it was written, a part of it in each step. */
#define ADOPT_AT_ONCE 256u

/* What is adopted: the entry itself, or what it had adopted before. *inside is borrowed from the entry. */
static struct adopted contents(const struct journal_entry *entry, const uint8_t salt[SALT_SIZE])
{
    struct adopted inside;

    if (adopted_read(entry->event, &inside) == 0) {
        return inside;
    }
    return (struct adopted){.original = entry->self, .salt = salt, .event = entry->event};
}

static int record(struct node *node, const struct node_input *input, const struct adopted *what, const char *place)
{
    Navette__Event body = NAVETTE__EVENT__INIT;
    Navette__Adopted adopted = NAVETTE__ADOPTED__INIT;
    Navette__Ref original;
    struct journal_entry entry;
    int rc;

    event_ref_fill(&what->original, &original);
    adopted.original = &original;
    adopted.salt = (ProtobufCBinaryData){SALT_SIZE, (uint8_t *)(uintptr_t)what->salt};
    adopted.event = (ProtobufCBinaryData){what->event.len, (uint8_t *)(uintptr_t)what->event.data};
    body.hlc = hlc_tick(&node->clock, input->wall_ms);
    body.place = (char *)(uintptr_t)place;
    body.body_case = NAVETTE__EVENT__BODY_ADOPTED;
    body.adopted = &adopted;
    rc = log_record(input->txn, node->incarnation, &body, input->fresh, 0, &entry);
    return rc != 0 ? rc : journal_adopt(input->txn, &what->original, entry.position);
}

static int adopt_one(struct node *node, const struct node_input *input, const struct ref *ref, const uint8_t salt[SALT_SIZE])
{
    struct journal_entry entry;
    struct adopted what;
    struct event event;
    uint64_t position = 0;
    int rc = journal_apart(input->txn, ref, &position);

    if (rc == 0) {
        rc = journal_read_raw(input->txn, position, &entry);
    }
    if (rc != 0) {
        return rc == NAVETTE_E_NOT_FOUND ? NAVETTE_E_STORE : rc;
    }
    what = contents(&entry, salt);
    rc = event_decode(what.event, &event);
    /* One's own event reads, or is of a later version: then its common fields do. */
    if (rc == 0 || rc == NAVETTE_E_UNKNOWN) {
        rc = record(node, input, &what, event.body->place);
    } else if (!error_is_fatal(rc)) {
        rc = NAVETTE_E_STORE;
    }
    event_free(&event);
    return rc != 0 ? rc : journal_waited(input->txn, ref);
}

int node_adopt(struct node *node, const struct node_input *input, struct effects *effects)
{
    int rc = 0;

    if (!node->record.adopting || node->sealing || input->fresh == NULL) {
        return 0;
    }
    for (unsigned count = 0; rc == 0 && count < ADOPT_AT_ONCE; count++) {
        uint8_t salt[SALT_SIZE];
        struct ref ref;

        rc = journal_waiting(input->txn, &node->adopted, &ref, salt);
        if (rc == 0) {
            rc = adopt_one(node, input, &ref, salt);
        }
        if (rc == NAVETTE_E_PRUNED) {
            effects_log(effects, EFFECT_ERROR, 0,
                        "ALARM: number %llu of an own log was given up, since the hub had it in a backup, and it has it no more: an older "
                        "backup was restored",
                        (unsigned long long)ref.seq);
            rc = journal_waited(input->txn, &ref);
        }
        if (rc == 0) {
            node->adopted = ref;
        }
    }
    if (rc == NAVETTE_E_NOT_FOUND) {
        node->record.adopting = 0;
        node->dirty = 1;
        memset(&node->adopted, 0, sizeof node->adopted);
        return node_pump(node, input, effects);
    }
    if (rc == NAVETTE_E_BUSY) {
        node->sealing = 1;
        return effects_add(effects, EFFECT_SEAL, 0) == NULL ? NAVETTE_E_MEMORY : 0;
    }
    return rc;
}
