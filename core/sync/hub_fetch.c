/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/hub_fetch.h"

#include <stdlib.h>
#include <string.h>

#include "navette/event.h"
#include "navette/journal_block.h"
#include "sync/hub_state.h"
#include "sync/scope.h"

/* As it stands under that name and leaf; a damaged row is not given, and does no harm. 0, or a code of store.h. */
static int answer_one(const struct hub_input *input, const struct hub_node *node, const struct ref *asked, Navette__FetchedEntry *out)
{
    struct journal_entry entry;
    int rc = journal_row(input->journal, asked->incarnation, asked->seq, &entry);
    int may;

    out->state = rc == NAVETTE_E_CHAIN ? NAVETTE__FETCH_STATE__FETCH_DAMAGED : NAVETTE__FETCH_STATE__FETCH_NOT_HELD;
    if (rc != 0 || entry.self.leaf != asked->leaf)
        return rc == NAVETTE_E_NOT_FOUND || rc == NAVETTE_E_CHAIN ? 0 : rc;
    may = scope_admits(node, &entry);
    if (may == 0)
        may = hub_wrote(input->journal, node->node, entry.self.incarnation);
    if (may < 0)
        return may;
    out->state = may ? NAVETTE__FETCH_STATE__FETCH_GIVEN : NAVETTE__FETCH_STATE__FETCH_NOT_FOLLOWED;
    if (may)
        out->event = (ProtobufCBinaryData){entry.event.len, (uint8_t *)(uintptr_t)entry.event.data};
    return 0;
}

int hub_fetch_fill(const struct hub_node *node, const struct hub_input *input, struct hub_question *question, size_t from, int named,
                   struct hub_fetched *fetched)
{
    navette__fetched__init(&fetched->message);
    fetched->message.token = question->token;
    fetched->message.entries = fetched->list;
    fetched->bytes = 0;
    for (size_t i = from; i < question->count; i++) {
        size_t at = fetched->message.n_entries;
        Navette__FetchedEntry *out = &fetched->entries[at];
        int rc;

        navette__fetched_entry__init(out);
        out->index = (uint32_t)i;
        rc = answer_one(input, node, &question->entries[i], out);
        if (rc != 0)
            return rc;
        fetched->bytes += out->event.len + HUB_FETCH_OVERHEAD;
        if (fetched->bytes > LIMIT_DELTA_BYTES)
            break;
        if (named) {
            event_ref_fill(&question->entries[i], &fetched->refs[at]);
            out->entry = &fetched->refs[at];
        }
        fetched->list[fetched->message.n_entries++] = out;
    }
    return 0;
}

void hub_fetch_read(const Navette__Fetch *fetch, struct hub_question *question)
{
    question->token = fetch->token;
    question->count = fetch->n_entries;
    for (size_t i = 0; i < fetch->n_entries; i++) {
        memcpy(question->entries[i].incarnation, fetch->entries[i]->incarnation.data, INCARNATION_SIZE);
        question->entries[i].seq = fetch->entries[i]->seq;
        question->entries[i].leaf = fetch->entries[i]->leaf;
    }
}

int hub_fetch(struct hub *hub, const struct hub_input *input, struct hub_session *session, const Navette__Fetch *fetch,
              struct effects *effects)
{
    Navette__Fetched wait = NAVETTE__FETCHED__INIT;

    if (!hub_allow(&hub->peers[session->node].fetch, HUB_FETCH_ENTRIES, HUB_FETCH_ENTRIES_MOST, fetch->n_entries + 1, input->now_ms)) {
        wait.token = fetch->token;
        wait.wait_ms = 1000;
        return effects_send(effects, session->id, FRAME_FETCHED, &wait.base);
    }
    /* Said again, it keeps its turn. */
    if (session->question == NULL)
        session->question = malloc(sizeof *session->question);
    if (session->question == NULL)
        return NAVETTE_E_MEMORY;
    hub_fetch_read(fetch, session->question);
    return 0;
}

static int answer(struct hub *hub, const struct hub_input *input, struct hub_session *session, struct hub_fetched *fetched,
                  struct effects *effects)
{
    int rc = hub_fetch_fill(&hub->peers[session->node].node, input, session->question, 0, 0, fetched);
    uint64_t weight = fetched->bytes / HUB_FETCH_WEIGHT;

    if (rc == 0)
        rc = effects_send(effects, session->id, FRAME_FETCHED, &fetched->message.base);
    hub->fetch.left -= weight < hub->fetch.left ? weight : hub->fetch.left;
    free(session->question);
    session->question = NULL;
    return rc;
}

int hub_fetch_serve(struct hub *hub, const struct hub_input *input, struct effects *effects)
{
    size_t count = hub->session_count;
    size_t begun = count > 0 ? hub->fetch_turn % count : 0;
    struct hub_fetched *fetched = NULL;
    uint64_t looked = 0;
    uint64_t bytes = 0;
    int rc = 0;

    hub->fetch_ms = INT64_MAX;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        struct hub_session *session = &hub->sessions[(begun + i) % count];
        int full = looked >= HUB_FETCH_STEP || bytes >= HUB_FETCH_STEP_BYTES;

        if (session->question == NULL || session->state != SESSION_STREAMING || hub->peers[session->node].node.revoked)
            continue;
        /* It is its turn first next time. */
        if (full || !hub_allow(&hub->fetch, HUB_FETCH_ALL, HUB_FETCH_ALL_MOST, session->question->count + 1, input->now_ms)) {
            hub->fetch_turn = (begun + i) % count;
            hub->fetch_ms = full ? input->now_ms : input->now_ms + HUB_RATE_STEP_MS;
            break;
        }
        looked += session->question->count;
        if (fetched == NULL)
            fetched = malloc(sizeof *fetched);
        rc = fetched == NULL ? NAVETTE_E_MEMORY : answer(hub, input, session, fetched, effects);
        bytes += rc == 0 ? fetched->bytes : 0;
    }
    free(fetched);
    return rc;
}
