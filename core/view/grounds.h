/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_GROUNDS_H
#define VIEW_GROUNDS_H

#include "fold/horizon.h"
#include "fold/keymap.h"
#include "navette/view.h"

/*
 * The events that leave things where they stand: of each history as few as, folded alone, give the same custody, condition, seal, material and home: the one that describes the
 * thing, and those from the last one on that what follows does not depend on anything before. grounds_settle() has the order built and the machine run on what is listed, and tells
 * those things whole, with what was taken back and what took it back, that do not come out the same: where clocks contradict each other, or events of two things meet.
 */
struct grounds {
    struct figure_event
        *list; /* by thing as they were asked, each in the order of its history; an event that concerns two things is there twice */
    size_t count;
    size_t capacity;
};

/* Adds those of one thing at a moment; without a history: nothing. NAVETTE_E_MEMORY, codes of the store. */
int grounds_add(const struct horizon *horizon, int64_t at_ms, const struct thing_key *key, struct grounds *grounds);
/* Adds those of a thing, and of the containers it is in. */
int grounds_add_chain(const struct horizon *horizon, int64_t at_ms, const struct thing_key *key, struct grounds *grounds);
/* Adds one event as being about `thing`. NAVETTE_E_MEMORY. */
int grounds_add_event(const struct thing_key *thing, const struct event *event, int64_t time_ms, struct grounds *grounds);
/* Adds the event that a reference points to, if it is held. */
int grounds_add_ref(const struct horizon *horizon, const struct thing_key *thing, const struct ref *ref, struct grounds *grounds);
/* Adds those of one thing that lies in a bag or crate: it shows as packed for that. */
int grounds_add_content(const struct horizon *horizon, int64_t at_ms, const struct thing_key *container, struct grounds *grounds);
/* Adds those of all that a listed event puts into a listed container, so that no container holds what has left it since. */
int grounds_close(const struct horizon *horizon, int64_t at_ms, struct grounds *grounds);
/* All of its history, with what took back what is absent. What came after the moment asked for decides the order too. */
int grounds_add_whole(const struct horizon *horizon, const struct thing_key *key, struct grounds *grounds);
/* whole: things that are told so already, and become so. See to it that what is listed, alone, puts every listed item, bag and crate where it is. NAVETTE_E_MEMORY, codes of the store. */
int grounds_settle(const struct horizon *horizon, int64_t at_ms, struct keymap *whole, struct grounds *grounds);
/* Do two records of a thing say the same of where it is and what it is? */
int grounds_is_same(const struct thing_record *a, const struct thing_record *b);
/* Adds to `corrections` the clock corrections by which events of `grounds` have their times. */
int grounds_correct(const struct horizon *horizon, const struct grounds *grounds, struct grounds *corrections);
void grounds_free(struct grounds *grounds);

#endif
