/* SPDX-License-Identifier: Apache-2.0 */
#include "server/guest.h"

#include <string.h>

#include "navette/system.h"
#include "server/invitation.h"

static int guest_is_same(const struct enrol_claim *a, const struct enrol_claim *b)
{
    return memcmp(a->node, b->node, NODE_ID_SIZE) == 0 && memcmp(a->curve_key, b->curve_key, KEY_SIZE) == 0 &&
           memcmp(a->sign_key, b->sign_key, KEY_SIZE) == 0;
}

static int guest_record(struct executor *executor, struct store_txn *txn, const struct invitation *invitation)
{
    Navette__Event event = NAVETTE__EVENT__INIT;
    Navette__NodeEnrolled enrolled = NAVETTE__NODE_ENROLLED__INIT;
    Navette__Thing node = NAVETTE__THING__INIT;
    struct enrol_claim claim = invitation->claim;
    struct enrol_invitation open = invitation->open;
    char *places[HUB_NODE_PLACES];
    char id[2 * NODE_ID_SIZE + 1];

    hex_encode(open.replaces ? open.node : claim.node, NODE_ID_SIZE, id);
    node.kind = NAVETTE__THING_KIND__THING_NODE;
    node.id = id;
    enrolled.node = &node;
    enrolled.curve_key.data = claim.curve_key;
    enrolled.curve_key.len = KEY_SIZE;
    enrolled.sign_key.data = claim.sign_key;
    enrolled.sign_key.len = KEY_SIZE;
    enrolled.role = open.role;
    enrolled.scope = open.scope;
    for (size_t i = 0; i < open.place_count; i++)
        places[i] = open.places[i];
    enrolled.places = places;
    enrolled.n_places = open.place_count;
    event.body_case = NAVETTE__EVENT__BODY_NODE_ENROLLED;
    event.node_enrolled = &enrolled;
    return executor_record(executor, txn, &event, NULL);
}

/*
 * NULL: may be let in; else *reason is what the asker is told. An identity is its keys: who shows a known node's name with other keys, or a known key under another name, is somebody else. A code that was
 * used lets its node in again only while that node may come in.
 */
static const char *guest_refusal(const struct executor *executor, const struct invitation *invitation, const struct enrol_claim *claim,
                                 const char **reason)
{
    const struct hub_node *node;

    *reason = "known";
    for (size_t i = 0; (node = hub_node_at(executor->hub, i)) != NULL; i++) {
        int same_name = memcmp(node->node, claim->node, NODE_ID_SIZE) == 0;
        int same_key = memcmp(node->curve_key, claim->curve_key, KEY_SIZE) == 0;

        if (same_name != same_key || (same_name && memcmp(node->sign_key, claim->sign_key, KEY_SIZE) != 0))
            return "another node has that name or key";
        if (same_name && invitation->used && node->revoked) {
            *reason = "used";
            return "revoked since it used this code";
        }
    }
    return NULL;
}

/* Of a code that replaces a node: who holds it becomes that node, with keys that nobody has had. *reason: what the asker is told. */
static const char *guest_refuse_replacement(const struct executor *executor, const struct invitation *invitation,
                                            const struct enrol_claim *claim, const char **reason)
{
    const struct hub_node *node;

    *reason = "known";
    for (size_t i = 0; (node = hub_node_at(executor->hub, i)) != NULL; i++) {
        int replaced = memcmp(node->node, invitation->open.node, NODE_ID_SIZE) == 0;
        int same_keys = memcmp(node->curve_key, claim->curve_key, KEY_SIZE) == 0 || memcmp(node->sign_key, claim->sign_key, KEY_SIZE) == 0;

        if (!replaced && (same_keys || memcmp(node->node, claim->node, NODE_ID_SIZE) == 0))
            return "another node has that name or key";
        if (!replaced)
            continue;
        if (invitation->used && node->revoked) {
            *reason = "used";
            return "revoked since it used this code";
        }
        if (!invitation->used && (same_keys || rekey_past_has(&node->past, claim->sign_key))) {
            *reason = "keys";
            return "it shows the keys that are to be replaced";
        }
    }
    return NULL;
}

/* NAVETTE_E_FULL: not stored, the invitation stands. */
static int guest_store(struct executor *executor, struct invitation *invitation)
{
    struct store_txn *txn;
    int rc = executor_begin(executor, &txn);

    if (rc)
        return rc;
    rc = guest_record(executor, txn, invitation);
    if (!rc)
        rc = invitation_save(txn, invitation, system_wall_ms());
    if (rc)
        lmdb_abort(txn);
    else
        rc = executor_commit(executor, txn);
    return rc;
}

/* What was learnt from a transaction that failed is forgotten again. */
static int guest_forget(struct executor *executor)
{
    struct store_txn *txn;
    int rc = lmdb_read_begin(executor->home->journal, &txn);

    if (rc)
        return rc;
    rc = hub_load_nodes(executor->hub, txn);
    lmdb_abort(txn);
    executor_admit_all(executor);
    return rc;
}

/* The log that the replaced node wrote last: the one that no other of its logs goes on from. */
static int guest_last_log(struct executor *executor, struct enrol_invitation *open)
{
    struct store_txn *txn;
    int rc = lmdb_read_begin(executor->home->journal, &txn);

    if (rc)
        return rc;
    rc = hub_last_log(txn, open->node, open->parent);
    lmdb_abort(txn);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

static int guest_answer(struct executor *executor, struct invitation *invitation, const struct enrol_claim *claim)
{
    const char *reason;
    const char *refusal = invitation->open.replaces ? guest_refuse_replacement(executor, invitation, claim, &reason)
                                                    : guest_refusal(executor, invitation, claim, &reason);
    char id[2 * NODE_ID_SIZE + 1];
    int rc;

    hex_encode(claim->node, NODE_ID_SIZE, id);
    if (refusal) {
        system_log(1, "guest", id, "not enrolled: %s", refusal);
        (void)enrol_port_decline(executor->port, reason);
        return 0;
    }
    if (invitation->used && !guest_is_same(&invitation->claim, claim)) {
        system_log(1, "guest", id, "code already used by another node");
        (void)enrol_port_decline(executor->port, "used");
        return 0;
    }
    if (!invitation->used && invitation->open.expires_ms <= system_wall_ms()) {
        system_log(1, "guest", id, "code expired");
        (void)enrol_port_decline(executor->port, "expired");
        return 0;
    }
    if (!invitation->used) {
        invitation->used = 1;
        invitation->claim = *claim;
        rc = guest_store(executor, invitation);
        if (error_is_fatal(rc))
            return rc;
        if (rc) {
            system_log(2, "guest", id, "the enrolment could not be stored: %s", error_text(rc));
            (void)enrol_port_decline(executor->port, rc == NAVETTE_E_FULL ? "full" : "refused");
            return guest_forget(executor);
        }
        system_log(0, "guest", id, "enrolled for %s", invitation->open.place_count ? invitation->open.places[0] : "no place");
    }
    (void)wire_hub_admit(executor->wire, claim->curve_key);
    rc = invitation->open.replaces ? guest_last_log(executor, &invitation->open) : 0;
    if (rc)
        return rc;
    (void)enrol_port_answer(executor->port, &executor->home->keys, executor->endpoint, &invitation->open);
    return executor_give(executor, HUB_TAIL, 0, 0);
}

int guest_load(struct executor *executor)
{
    struct store_txn *txn;
    int rc = lmdb_read_begin(executor->home->journal, &txn);

    if (rc)
        return rc;
    rc = invitation_load(txn, executor->invitations);
    lmdb_abort(txn);
    return rc;
}

int guest_by_stick(struct executor *executor, size_t which, const struct enrol_claim *claim)
{
    struct invitation *invitation = &executor->invitations->invitations[which];
    char id[2 * NODE_ID_SIZE + 1];
    const char *reason;
    int rc;

    hex_encode(claim->node, NODE_ID_SIZE, id);
    if (invitation->used || guest_refusal(executor, invitation, claim, &reason)) {
        system_log(1, "guest", id, "not enrolled by stick: the code was used, or the name or key is another node's");
        return NAVETTE_E_REFUSED;
    }
    invitation->used = 1;
    invitation->claim = *claim;
    rc = guest_store(executor, invitation);
    if (rc)
        return error_is_fatal(rc) || guest_forget(executor) ? rc : NAVETTE_E_FULL;
    system_log(0, "guest", id, "enrolled by stick for %s", invitation->open.place_count ? invitation->open.places[0] : "no place");
    executor_admit_all(executor);
    return guest_load(executor);
}

int guest_run(struct executor *executor, size_t *taken)
{
    struct invitation_list *list = executor->invitations;
    struct enrol_claim claim;
    size_t which;
    int rc = enrol_port_take(executor->port, list->open, list->count, system_wall_ms(), &which, &claim);

    *taken = rc != NAVETTE_E_NOT_FOUND;
    if (rc)
        return error_is_fatal(rc) ? rc : 0;
    rc = guest_answer(executor, &list->invitations[which], &claim);
    return rc ? rc : guest_load(executor);
}
