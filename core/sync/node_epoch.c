/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "sync/node_state.h"

static void read_epochs(const Navette__Welcome *welcome, struct lineage *lineage)
{
    memset(lineage, 0, sizeof *lineage);
    lineage->count = welcome->n_epochs;
    for (size_t i = 0; i < lineage->count; i++) {
        memcpy(lineage->epochs[i].id, welcome->epochs[i]->epoch.data, EPOCH_SIZE);
        lineage->epochs[i].end = welcome->epochs[i]->end;
        lineage->epochs[i].begun_ms = welcome->epochs[i]->begun_ms;
    }
}

static int is_same(const struct lineage *a, const struct lineage *b)
{
    return a->count > 0 && b->count > 0 && memcmp(lineage_last(a)->id, lineage_last(b)->id, EPOCH_SIZE) == 0;
}

/* A node of before there were epochs has read the first one, if there has been no other. */
static uint64_t common_with(const struct node *node, const struct lineage *hub)
{
    if (node->lineage.count == 0) {
        return hub->count == 1 ? node->record.cursor : 0;
    }
    return lineage_common(&node->lineage, node->record.cursor, hub);
}

/*
 * The hub goes on under another epoch: the cursor goes back to where the journal that was read and the one that is written part. What was taken in since stays; the hub
 * may have lost it, and is given it back. *moved: 1 when it is so.
 */
int node_follow(struct node *node, const Navette__Welcome *welcome, int *moved, struct effects *effects)
{
    struct lineage hub;
    uint64_t common;

    *moved = 0;
    read_epochs(welcome, &hub);
    if (hub.count == 0 || is_same(&node->lineage, &hub)) {
        return 0;
    }
    common = common_with(node, &hub);
    /* Who has read nothing yet has nothing to go back from. */
    *moved = node->lineage.count > 0 || (hub.count > 1 && node->record.cursor > 0);
    node->record.giving = node->record.giving || *moved;
    if (*moved) {
        /* Epochs of its scope are numbered by a journal that is no more. */
        node->scope.held = 0;
        node->scope.evicted = 1;
        node->scope_dirty = 1;
        effects_log(effects, EFFECT_WARNING, 0,
                    "the hub was put back from a backup: read again from %llu on (%llu had been read), and given back what it lost",
                    (unsigned long long)common, (unsigned long long)node->record.cursor);
    }
    node->record.cursor = common;
    if (node->record.take_back > 0) {
        node->record.take_back = welcome->hub_cursor;
    }
    node->lineage = hub;
    node->lineage_dirty = 1;
    node->dirty = 1;
    return 0;
}
