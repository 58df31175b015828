/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "fold/trail.h"
#include "navette/fold.h"
#include "reconcile/stated.h"

#define OWN_LOOK_BACK 64u /* entries of one history looked at, newest first: further back the last event known has long followed ours */

int fold_own(struct store_txn *state, struct store_txn *journal, const struct thing_key *key, const uint8_t incarnation[INCARNATION_SIZE],
             struct ref *own)
{
    uint64_t position;
    int rc = trail_newest(state, key, &position);

    memset(own, 0, sizeof(*own));
    for (unsigned int i = 0; rc == 0 && position != 0 && i < OWN_LOOK_BACK; i++) {
        struct journal_entry entry;

        rc = journal_read(journal, position, &entry);
        if (rc != 0 && rc != NAVETTE_E_PRUNED)
            return rc == NAVETTE_E_NOT_FOUND ? NAVETTE_E_STORE : rc;
        if (memcmp(entry.self.incarnation, incarnation, INCARNATION_SIZE) == 0) {
            *own = entry.self;
            return 0;
        }
        rc = trail_before(state, key, &position);
    }
    return rc;
}

static int add_logs(const struct journal_entry *entry, struct buffer *logs)
{
    const Navette__IncarnationStarted *started;
    struct event event;
    int rc = event_decode(entry->event, &event);

    if (rc == 0 && event.body->body_case == NAVETTE__EVENT__BODY_INCARNATION_STARTED) {
        started = event.body->incarnation_started;
        rc = buffer_append(logs, started->incarnation.data, started->incarnation.len);
        if (rc == 0 && started->parent.len > 0)
            rc = buffer_append(logs, started->parent.data, started->parent.len);
    }
    event_free(&event);
    return rc == NAVETTE_E_MEMORY ? rc : 0;
}

/* By what each node stated of its logs. */
static int add_stated(struct store_txn *state, const uint8_t node[NODE_ID_SIZE], struct buffer *logs)
{
    uint8_t log[STATED_LOG_SIZE];
    const uint8_t *after = NULL;
    int rc;

    while ((rc = stated_next(state, NULL, after, log)) == 0) {
        if (memcmp(log + INCARNATION_SIZE, node, NODE_ID_SIZE) == 0)
            rc = buffer_append(logs, log, INCARNATION_SIZE);
        if (rc != 0)
            break;
        after = log;
    }
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

int fold_own_logs(struct store_txn *state, struct store_txn *journal, const uint8_t node[NODE_ID_SIZE], struct buffer *logs)
{
    char id[2 * NODE_ID_SIZE + 1];
    struct thing_key key;
    uint64_t position;
    int rc;

    hex_encode(node, NODE_ID_SIZE, id);
    rc = thing_key_make(NAVETTE__THING_KIND__THING_NODE, "", id, &key);
    if (rc == 0)
        rc = trail_newest(state, &key, &position);
    while (rc == 0 && position != 0) {
        struct journal_entry entry;

        rc = journal_read(journal, position, &entry);
        if (rc == 0)
            rc = add_logs(&entry, logs);
        else if (rc == NAVETTE_E_NOT_FOUND)
            rc = NAVETTE_E_STORE;
        if (rc == 0)
            rc = trail_before(state, &key, &position);
    }
    return rc == 0 ? add_stated(state, node, logs) : rc;
}
