/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_PAST_H
#define BENCH_PAST_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Views of the past over a history of months: documents and bags of 300 places move day and night, some places go unheard for hours or days and tell all of it
 * at once, some clocks are off. Asked in this process, each distance many times: median and 99th of a hundred.
 */
struct past_size {
    size_t documents;
    size_t bags;
    uint64_t events; /* registrations too */
    int days;
    size_t asks; /* of each view at each distance */
};

/* folder: to be made, and left behind. Adds "past" to result. */
void past_run(const char *folder, const struct past_size *size, json_t *result);

#endif
