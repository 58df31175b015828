/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "navette/adopted.h"
#include "navette/event.h"
#include "sync/hub_state.h"

/*
 * A revocation that says since when the key was stolen. What the hub received from then on under it stays in the journal and is refused, event by event, by the hub's own log: portion by
 * portion, each in a transaction of its own, with a row that says how far that has come, so that a hub that ends in between goes on when it starts again.
 */

#define DISOWN_NAME "disown"
#define DISOWN_NAME_SIZE (sizeof DISOWN_NAME - 1 + NODE_ID_SIZE)
#define DISOWN_ROWS 65536u /* looked at in one portion: a fraction of a second */

struct disowned {
    uint8_t node[NODE_ID_SIZE];
    uint64_t next; /* the first position that was not looked at */
    uint64_t last;
};

static struct span row_name(const uint8_t node[NODE_ID_SIZE], uint8_t name[DISOWN_NAME_SIZE])
{
    memcpy(name, DISOWN_NAME, sizeof DISOWN_NAME - 1);
    memcpy(name + sizeof DISOWN_NAME - 1, node, NODE_ID_SIZE);
    return span_of(name, DISOWN_NAME_SIZE);
}

static int put_row(struct store_txn *journal, const struct disowned *row)
{
    uint8_t name[DISOWN_NAME_SIZE];
    uint8_t value[16];

    if (row->next > row->last) {
        return store_del(journal, TABLE_LOCAL, row_name(row->node, name));
    }
    write_u64(value, row->next);
    write_u64(value + 8, row->last);
    return store_put(journal, TABLE_LOCAL, row_name(row->node, name), span_of(value, sizeof value));
}

/* The first that is under way. NAVETTE_E_NOT_FOUND. */
static int get_row(struct store_txn *journal, struct disowned *row)
{
    struct span key;
    struct span value;
    int rc = store_first(journal, TABLE_LOCAL, span_of(DISOWN_NAME, sizeof DISOWN_NAME - 1), &key, &value);

    if (rc == 0 && (key.len != DISOWN_NAME_SIZE || memcmp(key.data, DISOWN_NAME, sizeof DISOWN_NAME - 1) != 0)) {
        rc = NAVETTE_E_NOT_FOUND;
    }
    if (rc == 0 && value.len != 16) {
        rc = NAVETTE_E_STORE;
    }
    if (rc == 0) {
        memcpy(row->node, key.data + sizeof DISOWN_NAME - 1, NODE_ID_SIZE);
        row->next = read_u64(value.data);
        row->last = read_u64(value.data + 8);
    }
    return rc;
}

int hub_disown_begin(struct store_txn *journal, const uint8_t node[NODE_ID_SIZE], int64_t since_ms)
{
    struct disowned row = {.next = 0};
    int rc = journal_tail(journal, &row.last);

    memcpy(row.node, node, NODE_ID_SIZE);
    if (rc == 0) {
        rc = journal_at(journal, since_ms - 1, &row.next);
    }
    row.next++;
    return rc != 0 || row.next > row.last ? rc : put_row(journal, &row);
}

/* What a refusal of this entry names: the original of an adopted event, unless that was held before and is left as it is. */
static int named(struct store_txn *journal, const struct journal_entry *entry, struct ref *ref)
{
    struct adopted adopted;
    uint64_t position = 0;
    int rc;

    *ref = entry->self;
    if (adopted_read(entry->event, &adopted) != 0) {
        return 0;
    }
    rc = journal_apart(journal, &adopted.original, &position);
    if (rc == 0 && position == entry->position) {
        *ref = adopted.original;
    }
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

static int refuse(struct hub *hub, const struct hub_input *input, const struct ref *ref)
{
    Navette__Event body = NAVETTE__EVENT__INIT;
    Navette__EventRefused refused = NAVETTE__EVENT_REFUSED__INIT;
    Navette__Ref target;

    event_ref_fill(ref, &target);
    refused.target = &target;
    refused.reason = NAVETTE__REASON__REASON_KEY_STOLEN;
    body.body_case = NAVETTE__EVENT__BODY_EVENT_REFUSED;
    body.event_refused = &refused;
    return hub_record_in(hub, input, &body);
}

/* NAVETTE_E_BUSY: the hub's batch is full; what was done so far stands. */
static int look_at(struct hub *hub, const struct hub_input *input, const struct disowned *row, uint64_t position, size_t *refused)
{
    struct journal_entry entry;
    struct log_head head;
    struct ref ref;
    int rc = journal_read_raw(input->journal, position, &entry);

    if (rc == 0) {
        rc = journal_head(input->journal, entry.self.incarnation, &head);
    }
    if (rc != 0) {
        return rc == NAVETTE_E_NOT_FOUND ? NAVETTE_E_STORE : rc;
    }
    if (memcmp(head.node, row->node, NODE_ID_SIZE) != 0) {
        return 0;
    }
    rc = named(input->journal, &entry, &ref);
    if (rc == 0) {
        rc = refuse(hub, input, &ref);
    }
    *refused += rc == 0;
    return rc;
}

int hub_disown(struct hub *hub, const struct hub_input *input, size_t *refused)
{
    struct disowned row;
    int rc = get_row(input->journal, &row);

    *refused = 0;
    for (unsigned i = 0; rc == 0 && i < DISOWN_ROWS && row.next <= row.last; i++) {
        rc = look_at(hub, input, &row, row.next, refused);
        row.next += rc == 0;
    }
    if (rc == NAVETTE_E_BUSY) {
        rc = 0;
    }
    return rc != 0 ? rc : put_row(input->journal, &row);
}
