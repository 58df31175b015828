/* SPDX-License-Identifier: Apache-2.0 */
#include "fold/order_step.h"

#include <string.h>

#include "fold/explain.h"

/* Does an explanation stand placed after the last placed entry with the same explained key? */
static int is_satisfied(const struct order_building *building, const struct order_node *node)
{
    uint32_t offered = 0;
    uint32_t used = 0;

    for (uint32_t i = 0; i < node->needs.count; i++) {
        const struct order_mark *mark = &building->marks[building->list[node->needs.at + i]];

        offered = mark->offered > offered ? mark->offered : offered;
    }
    for (uint32_t i = 0; i < node->uses.count; i++) {
        const struct order_mark *mark = &building->marks[building->list[node->uses.at + i]];

        used = mark->used > used ? mark->used : used;
    }
    return offered > used;
}

/* Counts, in each token's `below`, what the descendants of a node offer that are not placed. */
static void count_below(struct order_building *building, uint32_t number)
{
    uint32_t asked = ++building->asked;
    size_t depth = 1;

    building->stack[0] = number;
    building->visited[number] = asked;
    while (depth > 0) {
        const struct order_node *node = &building->nodes[building->stack[--depth]];

        for (uint32_t at = node->children; at != ORDER_NOBODY; at = building->links[at].next) {
            uint32_t child = building->links[at].child;
            struct order_stretch offers = building->nodes[child].offers;

            if (building->visited[child] == asked)
                continue;
            building->visited[child] = asked;
            building->stack[depth++] = child;
            for (uint32_t i = 0; i < offers.count && !building->nodes[child].placed; i++) {
                struct order_mark *mark = &building->marks[building->list[offers.at + i]];

                mark->below = mark->asked == asked ? mark->below + 1 : 1;
                mark->asked = asked;
            }
        }
    }
}

/* Is there an explanation still to place? What descends from the node is none: it can't come before it. */
static int has_unplaced(struct order_building *building, uint32_t number)
{
    const struct order_node *node = &building->nodes[number];
    int unplaced = 0;

    for (uint32_t i = 0; i < node->needs.count; i++)
        unplaced |= building->marks[building->list[node->needs.at + i]].unplaced > 0;
    if (!unplaced)
        return 0;
    count_below(building, number);
    for (uint32_t i = 0; i < node->needs.count; i++) {
        const struct order_mark *mark = &building->marks[building->list[node->needs.at + i]];

        if (mark->unplaced > (mark->asked == building->asked ? mark->below : 0))
            return 1;
    }
    return 0;
}

static int waits(struct order_building *building, uint32_t number)
{
    const struct order_node *node = &building->nodes[number];

    if (node->dispatch != ORDER_NOBODY)
        return !building->nodes[node->dispatch].placed;
    return !is_satisfied(building, node) && has_unplaced(building, number);
}

static void heap_push(struct order_building *building, uint32_t node)
{
    size_t at = building->plain_count++;

    while (at > 0 && building->plain[(at - 1) / 2] > node) {
        building->plain[at] = building->plain[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    building->plain[at] = node;
}

static void heap_pop(struct order_building *building)
{
    uint32_t last = building->plain[--building->plain_count];
    size_t at = 0;

    for (;;) {
        size_t child = 2 * at + 1;

        if (child >= building->plain_count)
            break;
        if (child + 1 < building->plain_count && building->plain[child + 1] < building->plain[child])
            child++;
        if (building->plain[child] >= last)
            break;
        building->plain[at] = building->plain[child];
        at = child;
    }
    building->plain[at] = last;
}

void order_step_ready(struct order_building *building, uint32_t number)
{
    const struct order_node *node = &building->nodes[number];

    if (node->needs.count == 0 && node->dispatch == ORDER_NOBODY)
        heap_push(building, number);
    else
        building->claims[building->claim_count++] = number;
}

static void drop_claim(struct order_building *building, size_t at)
{
    building->claims[at] = building->claims[--building->claim_count];
}

uint32_t order_step_choose(struct order_building *building)
{
    uint32_t chosen = building->plain_count > 0 ? building->plain[0] : ORDER_NOBODY;
    uint32_t forced = ORDER_NOBODY;
    size_t chosen_claim = SIZE_MAX;
    size_t forced_claim = SIZE_MAX;

    for (size_t i = 0; i < building->claim_count; i++) {
        uint32_t claim = building->claims[i];

        if (claim < forced) {
            forced = claim;
            forced_claim = i;
        }
        if (claim < chosen && !waits(building, claim)) {
            chosen = claim;
            chosen_claim = i;
        }
    }
    if (chosen == ORDER_NOBODY && forced != ORDER_NOBODY) {
        building->order->flags |= ORDER_FORCED;
        chosen = forced;
        chosen_claim = forced_claim;
    }
    if (chosen == ORDER_NOBODY) {
        building->order->flags |= ORDER_CYCLE;
        while (building->nodes[building->lowest].placed)
            building->lowest++;
        return building->lowest;
    }
    if (chosen_claim == SIZE_MAX)
        heap_pop(building);
    else
        drop_claim(building, chosen_claim);
    return chosen;
}

void order_step_place(struct order_building *building, uint32_t number)
{
    struct order *order = building->order;
    struct order_node *node = &building->nodes[number];
    uint32_t time = (uint32_t)order->count + 1;
    int satisfied = node->needs.count == 0 || is_satisfied(building, node);

    if (node->dispatch != ORDER_NOBODY)
        satisfied = building->nodes[node->dispatch].placed;
    order->explained[node->entry] = (uint8_t)satisfied;
    for (uint32_t i = 0; i < node->needs.count; i++) {
        uint32_t token = building->list[node->needs.at + i];

        building->marks[token].needed = time;
        if (!satisfied && node->dispatch == ORDER_NOBODY) {
            struct span key = keymap_key(&building->tokens, token);
            struct token bytes = {.len = (uint8_t)key.len};

            memcpy(bytes.bytes, key.data, key.len);
            order->wanted |= explain_bit(&bytes);
        }
    }
    for (uint32_t i = 0; i < node->uses.count; i++)
        building->marks[building->list[node->uses.at + i]].used = time;
    for (uint32_t i = 0; i < node->offers.count; i++) {
        struct order_mark *mark = &building->marks[building->list[node->offers.at + i]];

        mark->unplaced--;
        mark->offered = time;
    }
    node->placed = 1;
    order->sequence[order->count++] = node->entry;
    for (uint32_t at = node->children; at != ORDER_NOBODY; at = building->links[at].next) {
        struct order_node *child = &building->nodes[building->links[at].child];

        if (--child->pending == 0 && !child->placed)
            order_step_ready(building, building->links[at].child);
    }
}
