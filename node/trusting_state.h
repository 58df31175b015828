/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_TRUSTING_STATE_H
#define NODE_TRUSTING_STATE_H

#include <stdint.h>

/* What trusting.h remembers of a running node. */
struct trusting {
    char enrol[128];               /* the hub's enrolment port, as it was dialled; "": it was not */
    char told[128];                /* ... and as the hub last said, at the host of its main port; "": it never did */
    unsigned turn;                 /* which of the two is asked next */
    uint64_t session;              /* the connection whose WELCOME was looked at */
    struct enrol_inquiry *inquiry; /* NULL: none is under way */
    int64_t inquire_ms;            /* monotonic: none before then */
    int64_t until_ms;              /* ... and the one that is under way ends then */
};

#endif
