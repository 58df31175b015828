/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "navette/bundle.h"

void bundle_tally_begin(struct bundle_tally *tally, const struct bundle_manifest *manifest)
{
    memset(tally, 0, sizeof *tally);
    tally->manifest = manifest;
    for (size_t i = 0; i < manifest->range_count; i++) {
        tally->next[i] = manifest->ranges[i].first;
    }
}

static void miss(struct bundle_tally *tally, const struct bundle_range *range, uint64_t first, uint64_t last)
{
    struct bundle_range *missing;

    if (tally->missing_count == BUNDLE_MISSING_TOLD) {
        tally->more = 1;
        return;
    }
    missing = &tally->missing[tally->missing_count++];
    *missing = *range;
    missing->first = first;
    missing->last = last;
}

void bundle_tally_part(struct bundle_tally *tally, const struct bundle_part *part)
{
    for (size_t i = 0; i < tally->manifest->range_count; i++) {
        const struct bundle_range *range = &tally->manifest->ranges[i];

        if (memcmp(range->incarnation, part->incarnation, INCARNATION_SIZE) != 0 || part->last < tally->next[i] ||
            part->last > range->last) {
            continue;
        }
        if (part->first > tally->next[i]) {
            miss(tally, range, tally->next[i], part->first - 1);
        }
        tally->next[i] = part->last + 1;
        return;
    }
}

void bundle_tally_end(struct bundle_tally *tally)
{
    for (size_t i = 0; i < tally->manifest->range_count; i++) {
        const struct bundle_range *range = &tally->manifest->ranges[i];

        if (tally->next[i] <= range->last) {
            miss(tally, range, tally->next[i], range->last);
            tally->next[i] = range->last + 1;
        }
    }
}
