/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SIM_ALARM_H
#define NAVETTE_SIM_ALARM_H

#include <stddef.h>
#include <stdint.h>

/* Something that is to happen. Alarms go off in the order of (time, order of setting). */

enum alarm_kind {
    ALARM_PACKET,    /* a frame arrives; value: its slot */
    ALARM_CONNECT,   /* a node tries to connect; owner: node */
    ALARM_NODE_LOST, /* a node's transport notices that its line is gone; value: session */
    ALARM_HUB_LOST,  /* the hub's transport notices; value: session */
    ALARM_HUB_START,
    ALARM_HUB_RUN,    /* the hub's main loop takes what has come */
    ALARM_HUB_SYNCED, /* its commit has reached the disk */
    ALARM_HUB_FOLD,
    ALARM_HUB_TICK,
    ALARM_NODE_START,
    ALARM_NODE_RUN,
    ALARM_NODE_SYNCED,
    ALARM_NODE_FOLD,
    ALARM_NODE_TICK,
    ALARM_WORK,   /* a person does something; owner: node */
    ALARM_DESK,   /* the network's desk does something at the hub; value: which */
    ALARM_FAULT,  /* value: enum fault_kind */
    ALARM_REPAIR, /* ... and its end; value: enum fault_kind */
    ALARM_AUDIT   /* the full invariants */
};

struct alarm {
    int64_t at_ms;
    uint64_t order;
    enum alarm_kind kind;
    size_t owner;
    uint64_t generation; /* of the process it was meant for; an older one is void */
    uint64_t value;
};

#endif
