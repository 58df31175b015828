/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_STAFF_H
#define NODE_STAFF_H

#include "navette/operators.h"
#include "node/moment.h"

/*
 * Who is at a desk. A desk is a terminal (the kernel's session of whoever asks), and what the request calls "desk" besides, for a program that asks for several. A session begins when a badge is
 * scanned, with its PIN where the place wants one; it ends when another badge is, when it is closed, when the node stops, or after the place's idle time without a scan, in CLOCK_BOOTTIME.
 *
 *            operator-open, badge scanned             every scan, every event recorded
 *   nobody ------------------------------> somebody ------------------------------> somebody
 *      ^                                       |
 *      +---------------------------------------+  operator-close, idle, ended, PIN taken back, another badge
 */
#define STAFF_DESKS 64u /* at once; then the one that was idle longest ends */

struct staff_desk {
    uint64_t caller;
    uint32_t name;
};

struct staff;
struct staff *staff_new(void);
void staff_free(struct staff *staff);

/* How somebody stands to the place that is asked of. */
enum staff_standing { STAFF_NOBODY, STAFF_WORKS, STAFF_ENDED, STAFF_UNKNOWN };

struct staff_told {
    struct view_operator_rule rule;
    struct view_operator who; /* code "": nobody */
    enum staff_standing standing;
    int proven; /* by a session as strong as the rule wants */
    int idled;  /* there was a session, and it ended for being idle */
};

/* Who asks: `typed` when one was named, else whose session it is. Codes of the store. */
struct store_txn;
int staff_read(struct staff *staff, struct store_txn *txn, const struct staff_desk *desk, const char *place, const char *typed,
               const struct moment *moment, struct staff_told *told);
void staff_begin(struct staff *staff, const struct staff_desk *desk, const struct view_operator *who, Navette__OperatorNeed by,
                 const struct moment *moment);
/* Something was done: the idle time begins anew. */
void staff_touch(struct staff *staff, const struct staff_desk *desk, const char *place, const struct moment *moment);
/* 1: there was a session. */
int staff_end(struct staff *staff, const struct staff_desk *desk, const char *place);
/* Milliseconds that a session has left; 0: there is none. */
int64_t staff_left_ms(const struct staff *staff, const struct staff_desk *desk, const char *place, uint32_t idle_s,
                      const struct moment *moment);

#endif
