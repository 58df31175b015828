/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "pair.h"
/* cmocka.h wants these before it */
#include <setjmp.h>

#include <cmocka.h>

#define COPY_ENTRIES 7u /* of one transaction: several, with parts of batches */

void pair_grant(struct pair *pair, size_t index, const char *places, Navette__Scope scope)
{
    Navette__Event body = NAVETTE__EVENT__INIT;
    Navette__RightsGranted granted = NAVETTE__RIGHTS_GRANTED__INIT;
    Navette__Thing thing;
    struct scope_set wanted;
    struct hub_node next;
    char text[256];
    char id[2 * NODE_ID_SIZE + 1];
    char *list[HUB_NODE_PLACES];
    char *leaving[HUB_NODE_PLACES];
    struct hub_rights_at at;
    char *rest = NULL;
    size_t count = 0;

    snprintf(text, sizeof text, "%s", places);
    for (char *place = strtok_r(text, " ", &rest); place != NULL; place = strtok_r(NULL, " ", &rest)) {
        list[count++] = place;
    }
    assert_int_equal(scope_set_make(&wanted, scope, list, count), 0);
    assert_int_equal(hub_rights_next(hub_node_by_key(pair->hub, pair->nodes[index].curve_key), &wanted, &next), 0);
    hub_rights_of(&next, &granted, &thing, id, list, leaving, &at);
    body.body_case = NAVETTE__EVENT__BODY_RIGHTS_GRANTED;
    body.rights_granted = &granted;
    pair_decide(pair, &body);
}

void pair_evict(struct pair *pair, size_t index)
{
    struct pair_node *node = &pair->nodes[index];
    struct memstore *store = memstore_new();
    struct store_txn *from = memstore_begin_read(node->store);
    uint64_t position = 0;
    int connected = node->session != 0;
    int done = 0;

    while (!done) {
        struct store_txn *to = memstore_begin_write(store);

        assert_int_equal(node_evict_copy(node->node, from, to, COPY_ENTRIES, &position, &done), 0);
        assert_int_equal(memstore_commit(to), 0);
    }
    memstore_abort(from);
    pair_restore_node(pair, index, store);
    if (connected) {
        pair_connect(pair, index);
    }
}
