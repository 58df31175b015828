/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/hub_state.h"

void hub_set_backup(struct hub *hub, uint64_t position, int64_t made_ms)
{
    hub->backup_position = position;
    hub->backup_ms = position > 0 ? made_ms : 0;
}

int hub_keys_backed_up(const struct hub *hub, const struct hub_node *node)
{
    return node->keys_position != 0 && node->keys_position <= hub->backup_position;
}

/* A backup's position stands still for a day: what it means for a log is looked for once a session. */
int hub_backed_up(const struct hub *hub, struct store_txn *journal, struct hub_session *session, uint64_t *seq)
{
    int rc = 0;

    *seq = 0;
    if (hub->backup_position == 0) {
        return 0;
    }
    if (session->backed.position != hub->backup_position) {
        rc = journal_seq_upto(journal, session->incarnation, hub->backup_position, &session->backed.seq);
        session->backed.position = rc == 0 ? hub->backup_position : 0;
    }
    *seq = session->backed.seq;
    return rc;
}
