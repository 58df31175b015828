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

static void heap_push(uint32_t *heap, size_t *count, uint32_t node)
{
    size_t at = (*count)++;

    while (at > 0 && heap[(at - 1) / 2] > node) {
        heap[at] = heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap[at] = node;
}

/* The smallest; there is one. */
static uint32_t heap_pop(uint32_t *heap, size_t *count)
{
    uint32_t first = heap[0];
    uint32_t last = heap[--*count];
    size_t at = 0;

    for (;;) {
        size_t child = 2 * at + 1;

        if (child >= *count)
            break;
        if (child + 1 < *count && heap[child + 1] < heap[child])
            child++;
        if (heap[child] >= last)
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = last;
    return first;
}

void order_step_ready(struct order_building *building, uint32_t number)
{
    const struct order_node *node = &building->nodes[number];

    if (node->needs.count == 0 && node->dispatch == ORDER_NOBODY)
        heap_push(building->plain, &building->plain_count, number);
    else
        heap_push(building->claims, &building->claim_count, number);
}

/* The smallest claim below `bound` that does not wait. Those that wait do so until something that explains is placed: nothing else ends it. */
static uint32_t take_claim(struct order_building *building, uint32_t bound)
{
    while (building->stirred && building->parked_count > 0)
        heap_push(building->claims, &building->claim_count, heap_pop(building->parked, &building->parked_count));
    building->stirred = 0;
    while (building->claim_count > 0 && building->claims[0] < bound) {
        uint32_t claim = heap_pop(building->claims, &building->claim_count);

        if (!waits(building, claim))
            return claim;
        heap_push(building->parked, &building->parked_count, claim);
    }
    return ORDER_NOBODY;
}

uint32_t order_step_choose(struct order_building *building)
{
    uint32_t chosen = take_claim(building, building->plain_count > 0 ? building->plain[0] : ORDER_NOBODY);

    if (chosen != ORDER_NOBODY)
        return chosen;
    if (building->plain_count > 0)
        return heap_pop(building->plain, &building->plain_count);
    if (building->parked_count > 0) {
        building->order->flags |= ORDER_FORCED;
        return heap_pop(building->parked, &building->parked_count);
    }
    building->order->flags |= ORDER_CYCLE;
    while (building->nodes[building->lowest].placed)
        building->lowest++;
    return building->lowest;
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
    building->stirred |= node->offers.count > 0 || node->is_dispatch;
    node->placed = 1;
    order->sequence[order->count++] = node->entry;
    for (uint32_t at = node->children; at != ORDER_NOBODY; at = building->links[at].next) {
        struct order_node *child = &building->nodes[building->links[at].child];

        if (--child->pending == 0 && !child->placed)
            order_step_ready(building, building->links[at].child);
    }
}
