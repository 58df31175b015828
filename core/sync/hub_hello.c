/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "navette/frame.h"
#include "sync/hub_state.h"

/* Index of a superseded process id, HUB_PROCESSES when there is none. */
static size_t find_past(const struct hub_peer *peer, const uint8_t process[16])
{
    size_t kept = peer->past_count < HUB_PROCESSES ? peer->past_count : HUB_PROCESSES;

    for (size_t i = 0; i < kept; i++) {
        if (memcmp(peer->past[i], process, 16) == 0) {
            return i;
        }
    }
    return HUB_PROCESSES;
}

/* The last words of a process that another has superseded: a living one would count its connections on. */
static int is_stale(const struct hub_peer *peer, const uint8_t process[16], uint64_t connect)
{
    size_t past = find_past(peer, process);

    if (peer->has_current && memcmp(peer->current, process, 16) == 0) {
        return connect < peer->connect;
    }
    return past < HUB_PROCESSES && connect <= peer->past_connect[past];
}

/*
 * Takes note of who speaks on this key. Returns 1 when two living processes alternate on it: a process that ended cannot come back, its last
 * words can, once.
 */
static int note_process(struct hub_peer *peer, const uint8_t process[16], uint64_t connect, int64_t now_ms)
{
    int alternates = 0;

    if (peer->has_current && memcmp(peer->current, process, 16) != 0) {
        if (find_past(peer, process) < HUB_PROCESSES) {
            if (peer->returns == 0 || now_ms - peer->returns_since_ms > HUB_RETURNS_MS) {
                peer->returns = 0;
                peer->returns_since_ms = now_ms;
            }
            peer->returns++;
            alternates = peer->returns >= HUB_RETURNS_CLONE;
        }
        size_t past = find_past(peer, peer->current);
        if (past == HUB_PROCESSES) {
            past = peer->past_count++ % HUB_PROCESSES;
            memcpy(peer->past[past], peer->current, 16);
        }
        peer->past_connect[past] = peer->connect;
        peer->connect = 0;
    }
    memcpy(peer->current, process, 16);
    peer->has_current = 1;
    peer->connect = connect;
    return alternates;
}

static int hub_holds_other(const struct hub_peer *peer, const uint8_t *incarnation)
{
    return peer->has_incarnation && memcmp(peer->incarnation, incarnation, INCARNATION_SIZE) != 0;
}

/* Nobody continues a log that another node has begun. */
static int check_parent(const struct hub_input *input, const struct log_head *child, struct link_facts *facts)
{
    struct log_head parent;
    int rc = journal_head(input->journal, child->parent, &parent);

    if (rc == 0 && memcmp(parent.node, child->node, NODE_ID_SIZE) != 0) {
        facts->known_incarnation = 1;
        facts->incarnation_of_this_node = 0;
    }
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

/* A node that looks for where its log and ours part shows its hash somewhere: ours there is the answer. seq UINT64_MAX: nothing to answer. */
static int answer_probe(const struct hub_input *input, const Navette__Hello *hello, const struct log_head *head, struct log_head *probed)
{
    *probed = *head;
    probed->seq = UINT64_MAX;
    if (hello->probe == NULL || hello->probe->seq > head->seq ||
        memcmp(hello->probe->incarnation.data, head->incarnation, INCARNATION_SIZE) != 0) {
        return 0;
    }
    probed->seq = hello->probe->seq;
    return journal_hash_at(input->journal, head->incarnation, probed->seq, probed->hash);
}

int hub_gather_facts(const struct hub_input *input, const struct hub_peer *peer, const Navette__Hello *hello, struct link_facts *facts,
                     struct log_head *head)
{
    const Navette__LogHead *claimed = hello->log;
    const uint8_t none[INCARNATION_SIZE] = {0};
    int rc = journal_head(input->journal, claimed->incarnation.data, head);

    memset(facts, 0, sizeof *facts);
    facts->known_key = 1;
    facts->answered = hello->probe != NULL;
    facts->claimed_seq = claimed->seq;
    if (claimed->seq > 0) {
        memcpy(facts->claimed_hash, claimed->hash.data, HASH_SIZE);
    }
    if (hello->durable != NULL && hello->durable->incarnation.len == INCARNATION_SIZE &&
        memcmp(hello->durable->incarnation.data, claimed->incarnation.data, INCARNATION_SIZE) == 0) {
        facts->durable_seq = hello->durable->seq;
    }
    if (rc == NAVETTE_E_NOT_FOUND) {
        memset(head, 0, sizeof *head);
        memcpy(head->incarnation, claimed->incarnation.data, INCARNATION_SIZE);
        memcpy(head->node, peer->node.node, NODE_ID_SIZE);
        if (claimed->parent.len == INCARNATION_SIZE) {
            memcpy(head->parent, claimed->parent.data, INCARNATION_SIZE);
        }
        facts->hub_has_node = hub_holds_other(peer, head->incarnation) || memcmp(head->parent, none, INCARNATION_SIZE) != 0;
        return check_parent(input, head, facts);
    }
    if (rc != 0) {
        return rc;
    }
    facts->known_incarnation = 1;
    facts->incarnation_of_this_node = memcmp(head->node, peer->node.node, NODE_ID_SIZE) == 0;
    facts->held_seq = head->seq;
    memcpy(facts->held_hash, head->hash, HASH_SIZE);
    if (facts->incarnation_of_this_node && claimed->seq <= head->seq) {
        facts->has_held_at_claimed = 1;
        rc = journal_hash_at(input->journal, head->incarnation, claimed->seq, facts->held_at_claimed);
    } else if (hello->probe != NULL && hello->probe->seq == head->seq && (head->seq == 0 || hello->probe->hash.len == HASH_SIZE)) {
        facts->has_probe = 1;
        if (head->seq > 0) {
            memcpy(facts->probe_hash, hello->probe->hash.data, HASH_SIZE);
        }
    } else if (head->seq == 0) {
        facts->has_probe = 1;
    }
    return rc;
}

/* The journal's epochs as they are told. */
static void tell_epochs(const struct hub *hub, struct hub_welcome *welcome)
{
    const struct lineage *lineage = &hub->options.lineage;

    for (size_t i = 0; i < lineage->count; i++) {
        Navette__Epoch *out = &welcome->epochs[i];

        navette__epoch__init(out);
        out->epoch = (ProtobufCBinaryData){EPOCH_SIZE, (uint8_t *)(uintptr_t)lineage->epochs[i].id};
        out->end = lineage->epochs[i].end;
        out->begun_ms = lineage->epochs[i].begun_ms;
        welcome->epoch_list[i] = out;
    }
    welcome->message.epochs = welcome->epoch_list;
    welcome->message.n_epochs = lineage->count;
}

int hub_welcome_fill(const struct hub *hub, const struct hub_input *input, const struct hub_peer *peer, const struct log_head *held,
                     struct hub_welcome *welcome)
{
    Navette__Welcome *message = &welcome->message;
    uint64_t tail;
    int rc = journal_tail(input->journal, &tail);

    navette__welcome__init(message);
    tell_epochs(hub, welcome);
    navette__log_head__init(&welcome->held);
    hub_fill_head(held, &welcome->held);
    message->held = &welcome->held;
    message->hub_cursor = tail;
    message->hub_time_ms = input->now_ms;
    message->credit_bytes = hub->options.credit_bytes;
    message->version = FRAME_VERSION;
    message->snapshot_rows = hub->options.snapshot_rows;
    message->scope = peer->node.scope;
    message->scope_epoch = peer->node.scope_epoch;
    hub_tell_scope(&peer->node, &welcome->told, welcome->places);
    message->told = &welcome->told;
    message->enrol_port = hub->enrol_port;
    message->keys_until_ms = hub->own.until_ms;
    return rc;
}

void hub_welcome_probed(const struct log_head *head, struct hub_welcome *welcome)
{
    navette__log_head__init(&welcome->probed);
    hub_fill_head(head, &welcome->probed);
    welcome->message.probed = &welcome->probed;
}

static int welcome(const struct hub *hub, const struct hub_input *input, const struct hub_peer *peer, const Navette__Hello *hello,
                   const struct log_head *head, Navette__Verdict verdict, struct effects *effects)
{
    struct hub_session *session = hub_session_find(hub, input->session);
    struct hub_welcome welcome;
    struct log_head asked;
    int rc = hub_welcome_fill(hub, input, peer, head, &welcome);

    if (rc == 0) {
        rc = answer_probe(input, hello, head, &asked);
    }
    if (rc == 0 && session != NULL && session->state == SESSION_STREAMING) {
        rc = hub_backed_up(hub, input->journal, session, &welcome.message.backed_up_seq);
        welcome.message.backed_up_ms = hub->backup_ms;
        welcome.message.backed_up_position = hub->backup_position;
        welcome.message.keys_backed_up = hub_keys_backed_up(hub, &peer->node);
    }
    if (rc != 0) {
        return rc;
    }
    if (asked.seq != UINT64_MAX) {
        hub_welcome_probed(&asked, &welcome);
    }
    welcome.message.verdict = verdict;
    if (verdict == NAVETTE__VERDICT__VERDICT_CLONE) {
        welcome.message.clone = peer->clone.alarm;
        welcome.message.elsewhere = peer->clone.chosen;
    }
    welcome.message.rekeys = 1;
    welcome.message.wraps = 1;
    welcome.message.compares = 1;
    welcome.message.fetches = 1;
    return effects_send(effects, input->session, FRAME_WELCOME, &welcome.message.base);
}

/* Drops the node's other sessions: a later connection replaces them. */
static int replace_sessions(struct hub *hub, size_t node, uint64_t keep, struct effects *effects)
{
    for (size_t i = hub->session_count; i-- > 0;) {
        if (hub->sessions[i].node == node && hub->sessions[i].id != keep) {
            struct hub_peer *peer = &hub->peers[node];
            int rc;

            peer->reconnects += memcmp(hub->sessions[i].process, peer->current, 16) == 0;
            rc = hub_session_bye(hub, hub->sessions[i].id, NAVETTE__BYE_REASON__BYE_REPLACED, effects);
            if (rc != 0) {
                return rc;
            }
        }
    }
    return 0;
}

/* Everybody hears that this node writes under a new name, and after which. NAVETTE_E_BUSY: the hub's batch is full. */
static int note_child(struct hub *hub, const struct hub_input *input, const struct log_head *head, Navette__Verdict why)
{
    const uint8_t none[INCARNATION_SIZE] = {0};
    Navette__Event body = NAVETTE__EVENT__INIT;
    Navette__IncarnationStarted started = NAVETTE__INCARNATION_STARTED__INIT;
    Navette__Thing thing = NAVETTE__THING__INIT;
    char hex[2 * NODE_ID_SIZE + 1];

    hex_encode(head->node, NODE_ID_SIZE, hex);
    thing.kind = NAVETTE__THING_KIND__THING_NODE;
    thing.id = hex;
    started.node = &thing;
    started.incarnation = (ProtobufCBinaryData){INCARNATION_SIZE, (uint8_t *)(uintptr_t)head->incarnation};
    if (memcmp(head->parent, none, INCARNATION_SIZE) != 0) {
        started.parent = (ProtobufCBinaryData){INCARNATION_SIZE, (uint8_t *)(uintptr_t)head->parent};
    }
    started.why = why;
    body.body_case = NAVETTE__EVENT__BODY_INCARNATION_STARTED;
    body.incarnation_started = &started;
    return hub_record_in(hub, input, &body);
}

/* Of those begun, only what was stored counts: a full disk is not the node's fault. */
static int count_begun(const struct hub_input *input, struct hub_peer *peer)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < peer->begun_count; i++) {
        struct log_head head;
        int rc = journal_head(input->journal, peer->begun[i], &head);

        if (rc == 0) {
            memmove(peer->begun[kept++], peer->begun[i], INCARNATION_SIZE);
        } else if (rc != NAVETTE_E_NOT_FOUND) {
            return rc;
        }
    }
    peer->begun_count = kept;
    return 0;
}

int hub_keep_log(const struct hub_input *input, struct hub_peer *peer, const struct log_head *head)
{
    int rc = count_begun(input, peer);

    if (rc == 0 && peer->begun_count == HUB_INCARNATIONS) {
        return NAVETTE_E_TOO_LARGE;
    }
    if (rc == 0) {
        rc = journal_put_head(input->journal, head);
    }
    if (rc == 0) {
        memcpy(peer->begun[peer->begun_count++], head->incarnation, INCARNATION_SIZE);
    }
    return rc;
}

/* A log the hub hears of for the first time. *gone: the session is not welcomed now. */
int hub_register_log(struct hub *hub, const struct hub_input *input, uint64_t session, struct hub_peer *peer, const struct log_head *head,
                     Navette__Verdict why, int *gone, struct effects *effects)
{
    int rc = count_begun(input, peer);

    *gone = 1;
    if (rc != 0) {
        return rc;
    }
    if (peer->begun_count == HUB_INCARNATIONS) {
        effects_log(effects, EFFECT_WARNING, session, "this node has begun %u logs: no more until the hub starts again", peer->begun_count);
        return hub_session_bye(hub, session, NAVETTE__BYE_REASON__BYE_PROTOCOL, effects);
    }
    if (why != NAVETTE__VERDICT__VERDICT_UNSPECIFIED) {
        rc = note_child(hub, input, head, why);
    }
    /* It says HELLO again in a while. */
    if (rc == NAVETTE_E_BUSY) {
        return effects_add(effects, EFFECT_SEAL, 0) == NULL ? NAVETTE_E_MEMORY : 0;
    }
    rc = rc == 0 ? hub_keep_log(input, peer, head) : rc;
    *gone = rc != 0;
    return rc;
}

/*
 * A process that was never heard of, while another one's session stands: it may have started since, or have ended before that one began, and this is a late word
 * of it. Only the living answer.
 */
static int is_unheard(const struct hub *hub, size_t node, uint64_t session, const Navette__Hello *hello)
{
    const struct hub_peer *peer = &hub->peers[node];

    if (hello->probe != NULL || !peer->has_current || memcmp(peer->current, hello->process.data, 16) == 0 ||
        find_past(peer, hello->process.data) < HUB_PROCESSES) {
        return 0;
    }
    for (size_t i = 0; i < hub->session_count; i++) {
        const struct hub_session *other = &hub->sessions[i];

        if (other->node == node && other->id != session && other->state != SESSION_GREETING) {
            return 1;
        }
    }
    return 0;
}

/* Asks it to say HELLO again, and changes nothing for the session that stands. One such question at a time is remembered for a node. */
static int challenge(struct hub *hub, const struct hub_input *input, size_t node, const Navette__Hello *hello, struct effects *effects)
{
    struct link_facts facts;
    struct log_head head;
    struct hub_session *session;
    int rc;

    for (size_t i = hub->session_count; i-- > 0;) {
        if (hub->sessions[i].node == node && hub->sessions[i].state == SESSION_GREETING) {
            hub_session_drop(hub, hub->sessions[i].id);
        }
    }
    session = hub_session_find(hub, input->session);
    session = session == NULL ? hub_session_add(hub, input->session, node) : session;
    if (session == NULL) {
        return hub_session_bye(hub, input->session, NAVETTE__BYE_REASON__BYE_PROTOCOL, effects);
    }
    session->state = SESSION_GREETING;
    session->last_heard_ms = input->now_ms;
    rc = hub_gather_facts(input, &hub->peers[node], hello, &facts, &head);
    return rc != 0 ? rc : welcome(hub, input, &hub->peers[node], hello, &head, NAVETTE__VERDICT__VERDICT_PROBE, effects);
}

/* Why a new log was begun, as its node says: a first one needs no reason. */
Navette__Verdict hub_begun_for(const Navette__Hello *hello, Navette__Verdict verdict)
{
    if (verdict != NAVETTE__VERDICT__VERDICT_RESET) {
        return NAVETTE__VERDICT__VERDICT_UNSPECIFIED;
    }
    switch (hello->began) {
    case NAVETTE__VERDICT__VERDICT_NODE_RESTORED:
    case NAVETTE__VERDICT__VERDICT_FORK:
    case NAVETTE__VERDICT__VERDICT_CLONE:
        return hello->began;
    default:
        return NAVETTE__VERDICT__VERDICT_RESET;
    }
}

static int settle(struct hub *hub, const struct hub_input *input, struct hub_session *session, struct hub_peer *peer,
                  const Navette__Hello *hello, struct log_head *head, Navette__Verdict verdict, int known, int again,
                  struct effects *effects)
{
    int rc;

    if (link_may_stream(verdict) && !known) {
        int gone;

        rc = hub_register_log(hub, input, session->id, peer, head, hub_begun_for(hello, verdict), &gone, effects);
        if (rc != 0 || gone) {
            return rc;
        }
    }
    if (verdict == NAVETTE__VERDICT__VERDICT_PROBE) {
        session->state = SESSION_GREETING;
    } else {
        session->state = link_may_stream(verdict) ? SESSION_STREAMING : SESSION_HELD;
    }
    /* What is backed up of one log says nothing of another, on the same connection too. */
    if (memcmp(session->incarnation, head->incarnation, INCARNATION_SIZE) != 0) {
        memset(&session->backed, 0, sizeof session->backed);
    }
    memcpy(session->incarnation, head->incarnation, INCARNATION_SIZE);
    if (!again) {
        session->cursor = hello->cursor;
        session->scanned = hello->cursor;
        session->pull_due = 0;
        session->ack_due = 0;
        session->rekey_due = 0;
        memset(&session->back, 0, sizeof session->back);
        memset(&session->given, 0, sizeof session->given);
        memset(&session->backed, 0, sizeof session->backed);
    }
    peer->verdict = verdict;
    if (link_may_stream(verdict)) {
        memcpy(peer->incarnation, head->incarnation, INCARNATION_SIZE);
        peer->has_incarnation = 1;
    }
    if (session->state == SESSION_HELD || verdict == NAVETTE__VERDICT__VERDICT_HUB_RESTORED || verdict == NAVETTE__VERDICT__VERDICT_RESET) {
        effects_log(effects, EFFECT_WARNING, session->id, "%s: node at %llu, hub at %llu", link_verdict_name(verdict),
                    (unsigned long long)hello->log->seq, (unsigned long long)head->seq);
    }
    rc = welcome(hub, input, peer, hello, head, verdict, effects);
    return rc != 0 || session->state != SESSION_STREAMING ? rc : hub_announce_welcome(hub, input, session, effects);
}

/* Late words of a log that this session has gone on from: to stream that one again would take the node's later cursor for its own. */
static int is_outgrown(const struct hub_input *input, const struct hub_session *session, const uint8_t *claimed)
{
    struct log_head head;
    int rc = journal_head(input->journal, session->incarnation, &head);

    for (unsigned i = 0; rc == 0 && i < HUB_INCARNATIONS; i++) {
        if (memcmp(head.parent, claimed, INCARNATION_SIZE) == 0) {
            return 1;
        }
        rc = journal_head(input->journal, head.parent, &head);
    }
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

/* Whoever is held has no session: its words change nothing for another that has one. */
static int hold(struct hub *hub, const struct hub_input *input, struct hub_peer *peer, const Navette__Hello *hello, struct effects *effects)
{
    struct link_facts facts;
    struct log_head head;
    int rc = hub_gather_facts(input, peer, hello, &facts, &head);

    if (rc != 0) {
        return rc;
    }
    facts.process_is_new = facts.process_seen = 1;
    if (link_verdict(&facts) != NAVETTE__VERDICT__VERDICT_CLONE) {
        return hub_session_bye(hub, input->session, NAVETTE__BYE_REASON__BYE_PROTOCOL, effects);
    }
    hub_session_drop(hub, input->session);
    if (!peer->clone.chosen) {
        peer->verdict = NAVETTE__VERDICT__VERDICT_CLONE;
    }
    return welcome(hub, input, peer, hello, &head, NAVETTE__VERDICT__VERDICT_CLONE, effects);
}

/* 1: two living processes alternate on this key, and that is told from now on. */
static int find_clone(struct hub *hub, const struct hub_input *input, struct hub_peer *peer, const Navette__Hello *hello,
                      struct effects *effects)
{
    int rc;

    if (!note_process(peer, hello->process.data, hello->connect, input->now_ms)) {
        return 0;
    }
    rc = hub_clone_found(hub, input, peer, effects);
    if (rc == NAVETTE_E_BUSY) {
        rc = effects_add(effects, EFFECT_SEAL, 0) == NULL ? NAVETTE_E_MEMORY : 0;
    }
    return rc != 0 ? rc : peer->clone.alarm != 0 && hub_clone_holds(peer, input, hello);
}

int hub_is_of_this_epoch(const struct hub *hub, const Navette__Hello *hello)
{
    const struct lineage *lineage = &hub->options.lineage;

    if (lineage->count < 2) {
        return 1;
    }
    return hello->epoch.len == EPOCH_SIZE && memcmp(hello->epoch.data, lineage_last(lineage)->id, EPOCH_SIZE) == 0;
}

int hub_hello(struct hub *hub, const struct hub_input *input, size_t node, const Navette__Hello *hello, struct effects *effects)
{
    struct hub_peer *peer = &hub->peers[node];
    struct hub_session *session = hub_session_find(hub, input->session);
    struct link_facts facts;
    struct log_head head;
    Navette__Verdict verdict;
    int same_process = peer->has_current && memcmp(peer->current, hello->process.data, 16) == 0;
    int again = session != NULL && same_process && hello->connect == session->connect && session->state == SESSION_STREAMING;
    int held;
    int rc;

    if (memcmp(hello->node.data, peer->node.node, NODE_ID_SIZE) != 0) {
        if (hub_fault(peer)) {
            effects_log(effects, EFFECT_WARNING, input->session, "it says to be another node: sent away");
        }
        return hub_session_bye(hub, input->session, NAVETTE__BYE_REASON__BYE_PROTOCOL, effects);
    }
    if (hello->sign_key.len == KEY_SIZE && rekey_past_has(&peer->node.past, hello->sign_key.data)) {
        if (hub_fault(peer)) {
            effects_log(effects, EFFECT_WARNING, input->session,
                        "it signs with a key that it has given up: put back from a backup? Sent away");
        }
        rc = hub_clone_parted(peer, input, hello);
        return rc != 0 ? rc : hub_session_bye(hub, input->session, NAVETTE__BYE_REASON__BYE_OLD_KEY, effects);
    }
    held = hub_clone_holds(peer, input, hello);
    if (held != 0) {
        return held < 0 ? held : hold(hub, input, peer, hello, effects);
    }
    /* Words of a connection that its own process, or a later one, has replaced since. */
    if (is_stale(peer, hello->process.data, hello->connect)) {
        return hub_session_bye(hub, input->session, NAVETTE__BYE_REASON__BYE_REPLACED, effects);
    }
    rc = again ? is_outgrown(input, session, hello->log->incarnation.data) : 0;
    if (rc != 0) {
        return rc > 0 ? 0 : rc;
    }
    if (is_unheard(hub, node, input->session, hello)) {
        return challenge(hub, input, node, hello, effects);
    }
    held = again ? 0 : find_clone(hub, input, peer, hello, effects);
    if (held < 0) {
        return held;
    }
    rc = replace_sessions(hub, node, held ? 0 : input->session, effects);
    if (rc == 0 && held) {
        return hold(hub, input, peer, hello, effects);
    }
    if (rc != 0) {
        return rc;
    }
    session = hub_session_find(hub, input->session);
    if (session == NULL) {
        session = hub_session_add(hub, input->session, node);
        if (session == NULL) {
            return hub_session_bye(hub, input->session, NAVETTE__BYE_REASON__BYE_PROTOCOL, effects);
        }
    }
    memcpy(session->process, hello->process.data, 16);
    session->connect = hello->connect;
    peer->version = hello->version;
    peer->scopes = hello->scopes;
    peer->compares = hello->compares;
    session->last_heard_ms = input->now_ms;
    rc = hub_gather_facts(input, peer, hello, &facts, &head);
    if (rc == 0) {
        rc = hub_announce_held(hub, input, peer, hello->hub_key, effects);
    }
    if (rc != 0) {
        return rc;
    }
    facts.answered |= again;
    verdict = link_verdict(&facts);
    /* The same HELLO again, late: the log has gone on since it was sent. */
    if (again && verdict == NAVETTE__VERDICT__VERDICT_NODE_RESTORED) {
        verdict = NAVETTE__VERDICT__VERDICT_HUB_BEHIND;
    }
    rc = settle(hub, input, session, peer, hello, &head, verdict, facts.known_incarnation, again, effects);
    /* It may be gone by now. */
    session = hub_session_find(hub, input->session);
    if (rc != 0 || session == NULL) {
        return rc;
    }
    rc = hub_note_begun(input->journal, &peer->node, session);
    /* What a node says of another epoch's positions is true of that one. */
    if (rc == 0 && hub_is_of_this_epoch(hub, hello))
        hub_frontier_offer(session, hello->frontier);
    return rc;
}
