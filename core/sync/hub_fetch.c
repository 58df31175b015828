/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "navette/frame.h"
#include "navette/journal_block.h"
#include "sync/hub_state.h"
#include "sync/scope.h"

/* A node asks for entries whose bytes it gave up: nothing is kept of it between two questions. What it was never told, or is told no more, it does not get. */

/* As it stands under that name and leaf; a damaged row is not given, and does no harm. */
static int look_up(const struct hub_input *input, const Navette__Ref *asked, struct journal_entry *entry)
{
    int rc = journal_row(input->journal, asked->incarnation.data, asked->seq, entry);

    return rc == NAVETTE_E_CHAIN || (rc == 0 && entry->self.leaf != asked->leaf) ? NAVETTE_E_NOT_FOUND : rc;
}

static int is_its_own(const struct hub_input *input, const struct hub_node *node, const struct journal_entry *entry)
{
    struct log_head head;
    int rc = journal_head(input->journal, entry->self.incarnation, &head);

    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    return memcmp(head.node, node->node, NODE_ID_SIZE) == 0;
}

/* 0, or a code of store.h. */
static int answer_one(const struct hub *hub, const struct hub_input *input, const struct hub_session *session, const Navette__Ref *asked,
                      Navette__FetchedEntry *out)
{
    const struct hub_node *node = &hub->peers[session->node].node;
    struct journal_entry entry;
    int rc = look_up(input, asked, &entry);
    int may;

    out->state = NAVETTE__FETCH_STATE__FETCH_NOT_HELD;
    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    may = scope_admits(node, &entry);
    if (may == 0)
        may = is_its_own(input, node, &entry);
    if (may < 0)
        return may;
    out->state = may ? NAVETTE__FETCH_STATE__FETCH_GIVEN : NAVETTE__FETCH_STATE__FETCH_NOT_FOLLOWED;
    if (may)
        out->event = (ProtobufCBinaryData){entry.event.len, (uint8_t *)(uintptr_t)entry.event.data};
    return 0;
}

int hub_fetch(struct hub *hub, const struct hub_input *input, struct hub_session *session, const Navette__Fetch *fetch,
              struct effects *effects)
{
    Navette__FetchedEntry entries[LIMIT_FETCH_ENTRIES];
    Navette__FetchedEntry *list[LIMIT_FETCH_ENTRIES];
    Navette__Fetched fetched = NAVETTE__FETCHED__INIT;
    size_t bytes = 0;

    fetched.token = fetch->token;
    fetched.entries = list;
    if (!hub_allow(&hub->peers[session->node].fetch, HUB_FETCH_ENTRIES, HUB_FETCH_ENTRIES_MOST, fetch->n_entries + 1, input->now_ms)) {
        fetched.wait_ms = 1000;
        return effects_send(effects, session->id, FRAME_FETCHED, &fetched.base);
    }
    for (size_t i = 0; i < fetch->n_entries; i++) {
        Navette__FetchedEntry *out = &entries[i];
        int rc;

        navette__fetched_entry__init(out);
        out->index = (uint32_t)i;
        rc = answer_one(hub, input, session, fetch->entries[i], out);
        if (rc != 0)
            return rc;
        bytes += out->event.len + HUB_FETCH_OVERHEAD;
        if (bytes > LIMIT_DELTA_BYTES)
            break;
        list[fetched.n_entries++] = out;
    }
    return effects_send(effects, session->id, FRAME_FETCHED, &fetched.base);
}
