/* SPDX-License-Identifier: Apache-2.0 */
#include "node/rights.h"

#include <stdio.h>
#include <string.h>

#include "navette/fold.h"

static void take(const Navette__Event *body, struct rights *rights)
{
    const Navette__RightsGranted *granted = body->rights_granted;

    if (body->body_case == NAVETTE__EVENT__BODY_NODE_ENROLLED)
        rights->role = body->node_enrolled->role;
    if (body->body_case != NAVETTE__EVENT__BODY_RIGHTS_GRANTED)
        return;
    rights->role = granted->role;
    for (size_t i = 0; i < granted->n_at && i < LIMIT_NODE_PLACES; i++) {
        (void)snprintf(rights->at[i].place, sizeof rights->at[i].place, "%s", granted->at[i]->place);
        rights->at[i].change = (struct right_change){granted->at[i]->granted, granted->at[i]->withdrawn};
        rights->count = i + 1;
    }
}

int rights_load(struct store_txn *txn, const struct identity *identity, struct rights *rights)
{
    char id[2 * NODE_ID_SIZE + 1];
    struct thing_key key;
    struct event decided;
    int rc;

    memset(rights, 0, sizeof *rights);
    rights->role = (Navette__Role)identity->role;
    if (!identity->enrolled || rights->role == NAVETTE__ROLE__ROLE_UNSPECIFIED)
        rights->role = NAVETTE__ROLE__ROLE_BRANCH;
    hex_encode(identity->node, NODE_ID_SIZE, id);
    if (!identity->enrolled || thing_key_make(NAVETTE__THING_KIND__THING_NODE, "", id, &key) != 0)
        return 0;
    rc = fold_decided(txn, txn, &key, &decided);
    if (rc == 0)
        take(decided.body, rights);
    event_free(&decided);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

int rights_allow(const struct rights *rights, const char *place, Navette__Right right)
{
    uint64_t wanted = UINT64_C(1) << right, may = right_mask_of_role(rights->role);

    for (size_t i = 0; i < rights->count; i++)
        if (strcmp(rights->at[i].place, place) == 0)
            may = (may | (rights->at[i].change.granted & right_mask_grantable())) & ~rights->at[i].change.withdrawn;
    return (may & wanted) != 0;
}
