/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/state.h"

#include <string.h>

static const char *const names[STATE_COUNT] = {
    [STATE_UNKNOWN] = "unknown",       [STATE_SHELF] = "shelf",
    [STATE_STAGED] = "staged",         [STATE_IN_CONTAINER] = "in-container",
    [STATE_IN_TRANSIT] = "in-transit", [STATE_WITH_PERSON] = "with-person",
    [STATE_ISOLATED] = "isolated",     [STATE_CLEANING] = "cleaning",
    [STATE_MISSING] = "missing",       [STATE_LOST] = "lost",
    [STATE_DAMAGED] = "damaged",       [STATE_WITHDRAWN] = "withdrawn",
    [STATE_CLEAN] = "clean",           [STATE_PACKED] = "packed",
    [STATE_AT_RELAY] = "at-relay",
};

const char *state_name(int state)
{
    return state >= 0 && state < STATE_COUNT ? names[state] : names[STATE_UNKNOWN];
}

int state_of_name(const char *name)
{
    for (int state = 0; state < STATE_COUNT; state++) {
        if (strcmp(names[state], name) == 0)
            return state;
    }
    return -1;
}

static const char *const order_names[ORDER_STATE_COUNT] = {"unknown",     "placed",    "prepared", "staged",
                                                           "handed-over", "cancelled", "no-show",  "unmet"};

const char *state_order_name(int order)
{
    return order >= 0 && order < ORDER_STATE_COUNT ? order_names[order] : order_names[ORDER_STATE_NONE];
}

int state_order_of_name(const char *name)
{
    for (int order = 0; order < ORDER_STATE_COUNT; order++) {
        if (strcmp(order_names[order], name) == 0)
            return order;
    }
    return -1;
}
