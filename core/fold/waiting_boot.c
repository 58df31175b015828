/* SPDX-License-Identifier: Apache-2.0 */
#include "fold/waiting_boot.h"

#include <string.h>

#include "fold/correction.h"
#include "fold/horizon.h"
#include "fold/keymap.h"
#include "navette/journal_stub.h"

/* The things of what stands at `position`, whatever is left of it: the state's trails name them. */
static int gather_things(struct fold *fold, uint64_t position, struct keymap *things)
{
    struct prefix_scan scan;
    struct span key;
    struct span value;
    uint8_t prefix[8];
    int rc;

    write_u64(prefix, position);
    rc = horizon_scan(fold->state, TABLE_HISTORY, span_of(prefix, sizeof(prefix)), &scan);
    if (rc != 0)
        return rc;
    while ((rc = horizon_scan_next(&scan, &key, &value)) == 0) {
        uint32_t number;

        rc = keymap_number(things, span_of(key.data + sizeof(prefix), key.len - sizeof(prefix)), &number);
        if (rc != 0)
            break;
    }
    horizon_scan_close(&scan);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

/* Was it written in that boot, or may it have been? Then it is asked for, if it was given up, and its things are noted. */
static int gather_written(struct fold *fold, uint64_t position, uint64_t boot, struct keymap *things)
{
    struct journal_entry entry;
    struct stub_clock clock;
    struct event event;
    int rc = journal_read_raw(fold->journal, position, &entry);

    if (rc == NAVETTE_E_PRUNED) {
        if (journal_stub_clock(&entry, &clock) == 0 && clock.boot != boot)
            return 0;
        fold->wanted++;
        rc = journal_want(fold->journal, position);
        return rc == 0 ? gather_things(fold, position, things) : rc;
    }
    if (rc == 0)
        rc = horizon_decode(&entry, &event);
    if (rc != 0)
        return error_is_fatal(rc) ? rc : 0;
    rc = event.body->boot == boot ? gather_things(fold, position, things) : 0;
    event_free(&event);
    return rc;
}

/* All that stands in one incarnation's runs, or apart from them (journal.h). */
static int gather_rows(struct fold *fold, enum store_table table, const struct clock_boot *boot, struct keymap *things)
{
    struct prefix_scan scan;
    struct span key;
    struct span value;
    int rc = horizon_scan(fold->journal, table, span_of(boot->incarnation, INCARNATION_SIZE), &scan);

    if (rc != 0)
        return rc;
    while ((rc = horizon_scan_next(&scan, &key, &value)) == 0) {
        uint32_t count = table == TABLE_RUN && value.len == 12 ? read_u32(value.data + 8) : 1;
        uint64_t position = value.len < 8 ? 0 : read_u64(value.data);

        for (uint32_t i = 0; rc == 0 && i < count && position + i <= fold->cursor; i++)
            rc = gather_written(fold, position + i, boot->boot, things);
        if (rc != 0)
            break;
    }
    horizon_scan_close(&scan);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

/*
 * A clock correction changes the time of all that its machine wrote in one boot, and the histories of its things are read anew: all that they lack is asked for at once. Of what does not say under which boot it
 * was written only the bytes tell.
 */
int waiting_boot_want(struct fold *fold, const struct event *correction)
{
    struct clock_boot boot = correction_boot(correction);
    struct keymap things;
    int rc;

    keymap_init(&things);
    rc = gather_rows(fold, TABLE_RUN, &boot, &things);
    if (rc == 0)
        rc = gather_rows(fold, TABLE_BRANCH, &boot, &things);
    for (uint32_t i = 0; rc == 0 && i < things.count; i++) {
        struct thing_key key;
        uint64_t wanted = 0;

        rc = thing_key_read(keymap_key(&things, i), &key);
        if (rc == 0)
            rc = fold_want(fold->state, &key, &wanted);
        fold->wanted += wanted;
    }
    keymap_free(&things);
    return rc;
}
