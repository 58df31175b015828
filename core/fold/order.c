/* SPDX-License-Identifier: Apache-2.0 */
#include "fold/order.h"

#include <stdlib.h>
#include <string.h>

#include "fold/explain.h"
#include "fold/keymap.h"

#define NOBODY UINT32_MAX

/* How things stand with one token: times are places in the order, from 1; 0 = not yet. */
struct mark {
    uint32_t unplaced; /* entries that offer it and are not placed */
    uint32_t offered;  /* the last placed that offers it */
    uint32_t used;     /* the last placed that has it in its explained key */
    uint32_t needed;   /* the last placed that needs it */
    uint32_t below;    /* entries that offer it and descend from the one asked about, when `asked` is that question's number */
    uint32_t asked;
};

/* Numbers of tokens of one entry: a stretch of the list. */
struct stretch {
    uint32_t at;
    uint32_t count;
};

/* An entry that is present. Nodes are sorted by (hlc, incarnation, seq): a smaller number is a smaller entry. */
struct node {
    uint32_t entry;
    uint32_t pending;  /* parents not placed */
    uint32_t children; /* first link */
    uint32_t dispatch; /* the node that alone can explain it, or NOBODY */
    uint8_t placed;
    struct stretch needs;
    struct stretch uses;
    struct stretch offers;
};

struct link {
    uint32_t child;
    uint32_t next;
};

struct building {
    const struct chronicle *chronicle;
    struct order *order;
    struct node *nodes;
    uint32_t *node_of; /* by entry, NOBODY for an absent one */
    size_t count;
    struct link *links;
    size_t link_count, link_capacity;
    uint32_t *seen; /* by entry: the node + 1 whose parents were last looked for through it */
    uint32_t *stack;
    uint32_t *visited; /* by node: the last question that came by it */
    uint32_t asked;
    struct keymap tokens;
    struct mark *marks;
    uint32_t *list; /* token numbers of all stretches */
    size_t list_count, list_capacity;
    uint32_t *plain; /* a heap: can be placed, need no explanation */
    size_t plain_count;
    uint32_t *claims; /* can be placed, need one */
    size_t claim_count;
    uint32_t lowest; /* no node below it is unplaced */
};

int order_compare(uint64_t hlc_a, const struct ref *a, uint64_t hlc_b, const struct ref *b)
{
    int order;

    if (hlc_a != hlc_b)
        return hlc_a < hlc_b ? -1 : 1;
    order = memcmp(a->incarnation, b->incarnation, INCARNATION_SIZE);
    if (order != 0)
        return order < 0 ? -1 : 1;
    return (a->seq > b->seq) - (a->seq < b->seq);
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

static int sort_nodes(struct building *building)
{
    const struct chronicle *chronicle = building->chronicle;
    struct sorting *sorting = malloc((chronicle->count + 1) * sizeof(*sorting));

    if (sorting == NULL)
        return NAVETTE_E_MEMORY;
    for (size_t i = 0; i < chronicle->count; i++) {
        const struct chronicle_entry *entry = &chronicle->entries[i];

        building->node_of[i] = NOBODY;
        if (!entry->absent)
            sorting[building->count++] = (struct sorting){entry->event.body->hlc, &entry->entry.self, (uint32_t)i};
    }
    qsort(sorting, building->count, sizeof(*sorting), compare_sorting);
    for (size_t i = 0; i < building->count; i++) {
        building->nodes[i] = (struct node){.entry = sorting[i].entry, .children = NOBODY, .dispatch = NOBODY};
        building->node_of[sorting[i].entry] = (uint32_t)i;
    }
    free(sorting);
    return 0;
}

static int add_link(struct building *building, uint32_t parent, uint32_t child)
{
    if (building->link_count == building->link_capacity) {
        size_t capacity = building->link_capacity == 0 ? 16 : building->link_capacity * 2;
        struct link *links = realloc(building->links, capacity * sizeof(*links));

        if (links == NULL)
            return NAVETTE_E_MEMORY;
        building->links = links;
        building->link_capacity = capacity;
    }
    building->links[building->link_count] = (struct link){child, building->nodes[parent].children};
    building->nodes[parent].children = (uint32_t)building->link_count++;
    building->nodes[child].pending++;
    return 0;
}

/* Parents of one node; an absent one is replaced by its own. */
static int link_parents(struct building *building, uint32_t node)
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
            if (building->node_of[parent] == NOBODY)
                building->stack[depth++] = parent;
            else
                rc = add_link(building, building->node_of[parent], node);
            if (rc != 0)
                return rc;
        }
    }
    return 0;
}

static int number_tokens(struct building *building, const struct tokens *tokens, struct stretch *stretch)
{
    if (building->list_count + tokens->count > building->list_capacity) {
        size_t capacity = building->list_capacity * 2 + tokens->count + 64;
        uint32_t *list = realloc(building->list, capacity * sizeof(*list));

        if (list == NULL)
            return NAVETTE_E_MEMORY;
        building->list = list;
        building->list_capacity = capacity;
    }
    *stretch = (struct stretch){(uint32_t)building->list_count, (uint32_t)tokens->count};
    for (size_t i = 0; i < tokens->count; i++) {
        struct span token = span_of(tokens->list[i].bytes, tokens->list[i].len);
        int rc = keymap_number(&building->tokens, token, &building->list[building->list_count]);

        if (rc != 0)
            return rc;
        building->list_count++;
    }
    return 0;
}

static int explain_node(struct building *building, struct node *node, int kind)
{
    const struct chronicle_entry *entry = &building->chronicle->entries[node->entry];
    struct concern concern = {.body = entry->event.body, .part = entry->part, .kind = kind};
    struct tokens tokens;
    int rc;

    if (entry->dispatch >= 0)
        node->dispatch = building->node_of[entry->dispatch];
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

static int prepare(struct building *building)
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
    building->order->sequence = calloc(room, sizeof(*building->order->sequence));
    building->order->explained = calloc(room, sizeof(*building->order->explained));
    if (building->nodes == NULL || building->node_of == NULL || building->seen == NULL || building->stack == NULL)
        return NAVETTE_E_MEMORY;
    if (building->plain == NULL || building->claims == NULL || building->visited == NULL)
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
        struct stretch offers = building->nodes[i].offers;

        for (uint32_t k = 0; k < offers.count; k++)
            building->marks[building->list[offers.at + k]].unplaced++;
    }
    return 0;
}

/* Does an explanation stand placed after the last placed entry with the same explained key? */
static int is_satisfied(const struct building *building, const struct node *node)
{
    uint32_t offered = 0;
    uint32_t used = 0;

    for (uint32_t i = 0; i < node->needs.count; i++) {
        const struct mark *mark = &building->marks[building->list[node->needs.at + i]];

        offered = mark->offered > offered ? mark->offered : offered;
    }
    for (uint32_t i = 0; i < node->uses.count; i++) {
        const struct mark *mark = &building->marks[building->list[node->uses.at + i]];

        used = mark->used > used ? mark->used : used;
    }
    return offered > used;
}

/* Counts, in each token's `below`, what the descendants of a node offer that are not placed. */
static void count_below(struct building *building, uint32_t number)
{
    uint32_t asked = ++building->asked;
    size_t depth = 1;

    building->stack[0] = number;
    building->visited[number] = asked;
    while (depth > 0) {
        const struct node *node = &building->nodes[building->stack[--depth]];

        for (uint32_t at = node->children; at != NOBODY; at = building->links[at].next) {
            uint32_t child = building->links[at].child;
            struct stretch offers = building->nodes[child].offers;

            if (building->visited[child] == asked)
                continue;
            building->visited[child] = asked;
            building->stack[depth++] = child;
            for (uint32_t i = 0; i < offers.count && !building->nodes[child].placed; i++) {
                struct mark *mark = &building->marks[building->list[offers.at + i]];

                mark->below = mark->asked == asked ? mark->below + 1 : 1;
                mark->asked = asked;
            }
        }
    }
}

/* Is there an explanation still to place? What descends from the node is none: it can't come before it. */
static int has_unplaced(struct building *building, uint32_t number)
{
    const struct node *node = &building->nodes[number];
    int unplaced = 0;

    for (uint32_t i = 0; i < node->needs.count; i++)
        unplaced |= building->marks[building->list[node->needs.at + i]].unplaced > 0;
    if (!unplaced)
        return 0;
    count_below(building, number);
    for (uint32_t i = 0; i < node->needs.count; i++) {
        const struct mark *mark = &building->marks[building->list[node->needs.at + i]];

        if (mark->unplaced > (mark->asked == building->asked ? mark->below : 0))
            return 1;
    }
    return 0;
}

static int waits(struct building *building, uint32_t number)
{
    const struct node *node = &building->nodes[number];

    if (node->dispatch != NOBODY)
        return !building->nodes[node->dispatch].placed;
    return !is_satisfied(building, node) && has_unplaced(building, number);
}

static void heap_push(struct building *building, uint32_t node)
{
    size_t at = building->plain_count++;

    while (at > 0 && building->plain[(at - 1) / 2] > node) {
        building->plain[at] = building->plain[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    building->plain[at] = node;
}

static void heap_pop(struct building *building)
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

static void make_ready(struct building *building, uint32_t number)
{
    const struct node *node = &building->nodes[number];

    if (node->needs.count == 0 && node->dispatch == NOBODY)
        heap_push(building, number);
    else
        building->claims[building->claim_count++] = number;
}

static void drop_claim(struct building *building, size_t at)
{
    building->claims[at] = building->claims[--building->claim_count];
}

/* The next to place: the smallest that does not wait, else the smallest whose parents are placed, else the smallest. */
static uint32_t choose(struct building *building)
{
    uint32_t chosen = building->plain_count > 0 ? building->plain[0] : NOBODY;
    uint32_t forced = NOBODY;
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
    if (chosen == NOBODY && forced != NOBODY) {
        building->order->flags |= ORDER_FORCED;
        chosen = forced;
        chosen_claim = forced_claim;
    }
    if (chosen == NOBODY) {
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

static void place(struct building *building, uint32_t number)
{
    struct order *order = building->order;
    struct node *node = &building->nodes[number];
    uint32_t time = (uint32_t)order->count + 1;
    int satisfied = node->needs.count == 0 || is_satisfied(building, node);

    if (node->dispatch != NOBODY)
        satisfied = building->nodes[node->dispatch].placed;
    order->explained[node->entry] = (uint8_t)satisfied;
    for (uint32_t i = 0; i < node->needs.count; i++) {
        uint32_t token = building->list[node->needs.at + i];

        building->marks[token].needed = time;
        if (!satisfied && node->dispatch == NOBODY) {
            struct span key = keymap_key(&building->tokens, token);
            struct token bytes = {.len = (uint8_t)key.len};

            memcpy(bytes.bytes, key.data, key.len);
            order->wanted |= explain_bit(&bytes);
        }
    }
    for (uint32_t i = 0; i < node->uses.count; i++)
        building->marks[building->list[node->uses.at + i]].used = time;
    for (uint32_t i = 0; i < node->offers.count; i++) {
        struct mark *mark = &building->marks[building->list[node->offers.at + i]];

        mark->unplaced--;
        mark->offered = time;
    }
    node->placed = 1;
    order->sequence[order->count++] = node->entry;
    for (uint32_t at = node->children; at != NOBODY; at = building->links[at].next) {
        struct node *child = &building->nodes[building->links[at].child];

        if (--child->pending == 0 && !child->placed)
            make_ready(building, building->links[at].child);
    }
}

/* What the record remembers of explanations nobody used: append.c asks it. */
static void keep_open(const struct building *building)
{
    struct order *order = building->order;

    for (size_t place_in_order = order->count; place_in_order > 0; place_in_order--) {
        uint32_t entry = order->sequence[place_in_order - 1];
        const struct node *node = &building->nodes[building->node_of[entry]];
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
static void find_chain(struct building *building)
{
    struct order *order = building->order;
    uint32_t asked = ++building->asked;

    for (size_t i = order->count; i > 0; i--) {
        uint32_t number = building->node_of[order->sequence[i - 1]];
        int leads = i == order->count;

        for (uint32_t at = building->nodes[number].children; at != NOBODY && !leads; at = building->links[at].next)
            leads = building->visited[building->links[at].child] == asked;
        if (!leads)
            return;
        building->visited[number] = asked;
    }
    order->flags |= ORDER_CHAIN;
}

static void building_free(struct building *building)
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
    keymap_free(&building->tokens);
}

int order_build(const struct chronicle *chronicle, struct order *order)
{
    struct building building = {.chronicle = chronicle, .order = order};
    int rc;

    memset(order, 0, sizeof(*order));
    rc = prepare(&building);
    if (rc != 0)
        goto done;
    for (uint32_t i = 0; i < building.count; i++) {
        if (building.nodes[i].pending == 0)
            make_ready(&building, i);
    }
    while (order->count < building.count)
        place(&building, choose(&building));
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
