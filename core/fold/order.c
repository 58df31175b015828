/* SPDX-License-Identifier: Apache-2.0 */
#include "fold/order.h"

#include <stdlib.h>
#include <string.h>

#include "fold/explain.h"
#include "fold/order_step.h"

int order_compare(uint64_t hlc_a, const struct ref *a, uint64_t hlc_b, const struct ref *b)
{
    int order;

    if (hlc_a != hlc_b)
        return hlc_a < hlc_b ? -1 : 1;
    order = memcmp(a->incarnation, b->incarnation, INCARNATION_SIZE);
    if (order != 0)
        return order < 0 ? -1 : 1;
    if (a->seq != b->seq)
        return a->seq < b->seq ? -1 : 1;
    /* Two branches of a fork. */
    return (a->leaf > b->leaf) - (a->leaf < b->leaf);
}

struct sorting {
    uint64_t hlc;
    const struct ref *ref;
    uint32_t entry;
};

static int compare_sorting(const void *a, const void *b)
{
    const struct sorting *one = a;
    const struct sorting *other = b;

    return order_compare(one->hlc, one->ref, other->hlc, other->ref);
}

static int sort_nodes(struct order_building *building)
{
    const struct chronicle *chronicle = building->chronicle;
    struct sorting *sorting = malloc((chronicle->count + 1) * sizeof(*sorting));

    if (sorting == NULL)
        return NAVETTE_E_MEMORY;
    for (size_t i = 0; i < chronicle->count; i++) {
        const struct chronicle_entry *entry = &chronicle->entries[i];

        building->node_of[i] = ORDER_NOBODY;
        if (!entry->absent)
            sorting[building->count++] = (struct sorting){entry->event.body->hlc, &entry->entry.self, (uint32_t)i};
    }
    qsort(sorting, building->count, sizeof(*sorting), compare_sorting);
    for (size_t i = 0; i < building->count; i++) {
        building->nodes[i] = (struct order_node){.entry = sorting[i].entry, .children = ORDER_NOBODY, .dispatch = ORDER_NOBODY};
        building->node_of[sorting[i].entry] = (uint32_t)i;
    }
    free(sorting);
    return 0;
}

static int add_link(struct order_building *building, uint32_t parent, uint32_t child)
{
    if (building->link_count == building->link_capacity) {
        size_t capacity = building->link_capacity == 0 ? 16 : building->link_capacity * 2;
        struct order_link *links = realloc(building->links, capacity * sizeof(*links));

        if (links == NULL)
            return NAVETTE_E_MEMORY;
        building->links = links;
        building->link_capacity = capacity;
    }
    building->links[building->link_count] = (struct order_link){child, building->nodes[parent].children};
    building->nodes[parent].children = (uint32_t)building->link_count++;
    building->nodes[child].pending++;
    return 0;
}

/* Parents of one node; an absent one is replaced by its own. */
static int link_parents(struct order_building *building, uint32_t node)
{
    const struct chronicle *chronicle = building->chronicle;
    size_t depth = 1;

    building->stack[0] = building->nodes[node].entry;
    while (depth > 0) {
        const struct chronicle_entry *entry = &chronicle->entries[building->stack[--depth]];

        building->order->missing |= entry->missing;
        for (size_t i = 0; i < entry->parent_count; i++) {
            uint32_t parent = chronicle->parents[entry->parents + i];
            int rc = 0;

            if (building->seen[parent] == node + 1)
                continue;
            building->seen[parent] = node + 1;
            if (building->node_of[parent] == ORDER_NOBODY)
                building->stack[depth++] = parent;
            else
                rc = add_link(building, building->node_of[parent], node);
            if (rc != 0)
                return rc;
        }
    }
    return 0;
}

static int number_tokens(struct order_building *building, const struct tokens *tokens, struct order_stretch *stretch)
{
    if (building->list_count + tokens->count > building->list_capacity) {
        size_t capacity = building->list_capacity * 2 + tokens->count + 64;
        uint32_t *list = realloc(building->list, capacity * sizeof(*list));

        if (list == NULL)
            return NAVETTE_E_MEMORY;
        building->list = list;
        building->list_capacity = capacity;
    }
    *stretch = (struct order_stretch){(uint32_t)building->list_count, (uint32_t)tokens->count};
    for (size_t i = 0; i < tokens->count; i++) {
        struct span token = span_of(tokens->list[i].bytes, tokens->list[i].len);
        int rc = keymap_number(&building->tokens, token, &building->list[building->list_count]);

        if (rc != 0)
            return rc;
        building->list_count++;
    }
    return 0;
}

static int explain_node(struct order_building *building, struct order_node *node, int kind)
{
    const struct chronicle_entry *entry = &building->chronicle->entries[node->entry];
    struct concern concern = {.body = entry->event.body, .part = entry->part, .kind = kind};
    struct tokens tokens;
    int rc;

    if (entry->dispatch >= 0)
        node->dispatch = building->node_of[entry->dispatch];
    if (node->dispatch != ORDER_NOBODY)
        building->nodes[node->dispatch].is_dispatch = 1;
    explain_needs(&concern, &tokens);
    rc = number_tokens(building, &tokens, &node->needs);
    if (rc != 0)
        return rc;
    explain_uses(&concern, &tokens);
    rc = number_tokens(building, &tokens, &node->uses);
    if (rc != 0)
        return rc;
    explain_offers(&concern, &tokens);
    return number_tokens(building, &tokens, &node->offers);
}

static int prepare(struct order_building *building)
{
    size_t room = building->chronicle->count + 1;
    int kind = thing_kind(&building->chronicle->key);
    int rc;

    building->nodes = calloc(room, sizeof(*building->nodes));
    building->node_of = calloc(room, sizeof(*building->node_of));
    building->seen = calloc(room, sizeof(*building->seen));
    building->stack = calloc(room, sizeof(*building->stack));
    building->visited = calloc(room, sizeof(*building->visited));
    building->plain = calloc(room, sizeof(*building->plain));
    building->claims = calloc(room, sizeof(*building->claims));
    building->parked = calloc(room, sizeof(*building->parked));
    building->order->sequence = calloc(room, sizeof(*building->order->sequence));
    building->order->explained = calloc(room, sizeof(*building->order->explained));
    if (building->nodes == NULL || building->node_of == NULL || building->seen == NULL || building->stack == NULL)
        return NAVETTE_E_MEMORY;
    if (building->plain == NULL || building->claims == NULL || building->parked == NULL || building->visited == NULL)
        return NAVETTE_E_MEMORY;
    if (building->order->sequence == NULL || building->order->explained == NULL)
        return NAVETTE_E_MEMORY;
    rc = sort_nodes(building);
    for (uint32_t i = 0; rc == 0 && i < building->count; i++) {
        rc = link_parents(building, i);
        if (rc == 0)
            rc = explain_node(building, &building->nodes[i], kind);
    }
    if (rc != 0)
        return rc;
    building->marks = calloc(building->tokens.count + 1, sizeof(*building->marks));
    if (building->marks == NULL)
        return NAVETTE_E_MEMORY;
    for (uint32_t i = 0; i < building->count; i++) {
        struct order_stretch offers = building->nodes[i].offers;

        for (uint32_t k = 0; k < offers.count; k++)
            building->marks[building->list[offers.at + k]].unplaced++;
    }
    return 0;
}

/* What the record remembers of explanations nobody used: append.c asks it. */
static void keep_open(const struct order_building *building)
{
    struct order *order = building->order;

    for (size_t place_in_order = order->count; place_in_order > 0; place_in_order--) {
        uint32_t entry = order->sequence[place_in_order - 1];
        const struct order_node *node = &building->nodes[building->node_of[entry]];
        struct concern concern = {.part = building->chronicle->entries[entry].part};

        if (!explain_is_short(&concern))
            continue;
        for (uint32_t i = 0; i < node->offers.count; i++) {
            uint32_t token = building->list[node->offers.at + i];
            struct span key = keymap_key(&building->tokens, token);

            if (building->marks[token].offered != place_in_order || building->marks[token].needed >= place_in_order)
                continue;
            if (order->open_len + 1u + key.len > RECORD_OPEN_MAX)
                return;
            memmove(order->open + 1 + key.len, order->open, order->open_len);
            order->open[0] = (uint8_t)key.len;
            memcpy(order->open + 1, key.data, key.len);
            order->open_len = (uint8_t)(order->open_len + 1u + key.len);
        }
    }
}

/* Does the last one descend from all others? Each that does not is found from behind: none of its children leads there. */
static void find_chain(struct order_building *building)
{
    struct order *order = building->order;
    uint32_t asked = ++building->asked;

    for (size_t i = order->count; i > 0; i--) {
        uint32_t number = building->node_of[order->sequence[i - 1]];
        int leads = i == order->count;

        for (uint32_t at = building->nodes[number].children; at != ORDER_NOBODY && !leads; at = building->links[at].next)
            leads = building->visited[building->links[at].child] == asked;
        if (!leads)
            return;
        building->visited[number] = asked;
    }
    order->flags |= ORDER_CHAIN;
}

static void building_free(struct order_building *building)
{
    free(building->nodes);
    free(building->node_of);
    free(building->links);
    free(building->seen);
    free(building->stack);
    free(building->visited);
    free(building->marks);
    free(building->list);
    free(building->plain);
    free(building->claims);
    free(building->parked);
    keymap_free(&building->tokens);
}

int order_build(const struct chronicle *chronicle, struct order *order)
{
    struct order_building building = {.chronicle = chronicle, .order = order};
    int rc;

    memset(order, 0, sizeof(*order));
    rc = prepare(&building);
    if (rc != 0)
        goto done;
    for (uint32_t i = 0; i < building.count; i++) {
        if (building.nodes[i].pending == 0)
            order_step_ready(&building, i);
    }
    while (order->count < building.count)
        order_step_place(&building, order_step_choose(&building));
    keep_open(&building);
    find_chain(&building);

done:
    building_free(&building);
    if (rc != 0)
        order_free(order);
    return rc;
}

void order_free(struct order *order)
{
    free(order->sequence);
    free(order->explained);
    order->sequence = NULL;
    order->explained = NULL;
    order->count = 0;
}
