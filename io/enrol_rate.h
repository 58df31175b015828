/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_IO_ENROL_RATE_H
#define NAVETTE_IO_ENROL_RATE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Wrong tries at the enrolment port. A code has 80 bits and lives a day: ten wrong tries a minute make guessing hopeless and a flood cheap. They are counted for each address, so
 * that one who floods does not keep the others out, and for all together, so that many do not either wear the hub out. IPv6: an address is the network of 64 bits it is in.
 */
#define ENROL_RATE_ADDRESS 10u    /* wrong tries of one address in a minute; the next are not looked at */
#define ENROL_RATE_ALL 200u       /* ... of all: twenty addresses at their limit; then nobody's are until the minute is over */
#define ENROL_RATE_ADDRESSES 256u /* remembered: more than can be at fault before ENROL_RATE_ALL is reached */
#define ENROL_RATE_MINUTE_MS 60000

struct enrol_rate_count {
    char address[48];
    int64_t began_ms;
    unsigned wrong;
};

struct enrol_rate {
    struct enrol_rate_count all;
    struct enrol_rate_count addresses[ENROL_RATE_ADDRESSES];
    size_t count;
};

/* Is this one not to be looked at? Counts it. `first`: 1 for the first such since the minute began: worth a line in the log. */
int enrol_rate_is_over(struct enrol_rate *rate, const char *address, int64_t now_ms, int *first);
/* It was looked at, and was wrong. address may be NULL: not known. */
void enrol_rate_wrong(struct enrol_rate *rate, const char *address, int64_t now_ms);

#endif
