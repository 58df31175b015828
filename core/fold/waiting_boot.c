/* SPDX-License-Identifier: Apache-2.0 */
#include "fold/waiting_boot.h"

#include "fold/correction.h"
#include "fold/keymap.h"
#include "fold/trail.h"
#include "navette/journal_stub.h"

struct gathering {
    struct fold *fold;
    uint64_t boot;
    struct keymap *things;
};

/* Was it written in that boot, or may it have been? Then it is asked for, if it was given up, and its things are noted. */
static int gather_written(uint64_t position, void *context)
{
    const struct gathering *gathering = context;
    struct fold *fold = gathering->fold;
    struct journal_entry entry;
    struct stub_clock clock;
    struct event event;
    int rc = journal_read_raw(fold->journal, position, &entry);

    if (rc == NAVETTE_E_PRUNED) {
        if (journal_stub_clock(&entry, &clock) == 0 && clock.boot != gathering->boot)
            return 0;
        fold->wanted++;
        rc = journal_want(fold->journal, position);
        return rc == 0 ? trail_things(fold->state, position, gathering->things) : rc;
    }
    if (rc == 0)
        rc = horizon_decode(&entry, &event);
    if (rc != 0)
        return error_is_fatal(rc) ? rc : 0;
    rc = event.body->boot == gathering->boot ? trail_things(fold->state, position, gathering->things) : 0;
    event_free(&event);
    return rc;
}

/*
 * A clock correction changes the time of all that its machine wrote in one boot, and the histories of its things are read anew: all that they lack is asked for at once. Of what does not say under which boot it
 * was written only the bytes tell.
 */
int waiting_boot_want(struct fold *fold, const struct event *correction)
{
    struct horizon horizon = {.state = fold->state, .journal = fold->journal, .limit = fold->cursor};
    struct clock_boot boot = correction_boot(correction);
    struct keymap things;
    int rc;

    keymap_init(&things);
    rc = correction_each(&horizon, &boot, gather_written, &(struct gathering){fold, boot.boot, &things});
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
