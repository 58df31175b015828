/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_RIGHT_H
#define NAVETTE_RIGHT_H

#include "navette/event.h"

/*
 * Who may do what: one table of events and roles. The hub judges by it what it takes in, a node what it is asked to record; both by what the hub's own log says of the node
 * (NodeEnrolled, RightsGranted). What the hub refuses is journaled and acknowledged all the same, and can be admitted later (EventAdmitted).
 */

/* What was given to a node at one of its places beyond its role, or taken from it; bit n: Navette__Right n. Withdrawn counts before granted. */
struct right_change {
    uint64_t granted;
    uint64_t withdrawn;
};

/*
 * May a node of this role record the event? here: what was changed for it at the event's place, NULL when it does not serve that. CAUSE_UNSPECIFIED: it may; else why not. A body that this version
 * does not know asks for nothing but the place. What stands inside an Adopted is to be asked by itself. Whose event a correction speaks of is not asked here.
 */
Navette__RefusalCause right_judge(Navette__Role role, const struct right_change *here, const Navette__Event *body);

/* The right that a body takes; RIGHT_UNSPECIFIED for those of the hub alone, and unknown ones. */
Navette__Right right_of_body(int body_case);

/* Where a role may record a body, when nothing was changed. */
enum right_reach {
    RIGHT_NOWHERE,
    RIGHT_AT_HOME,   /* at the places that the node serves */
    RIGHT_ON_ROUND,  /* there, for a round that the event names */
    RIGHT_EVERYWHERE /* at any place, and for the network */
};
enum right_reach right_reach_of(Navette__Role role, int body_case);

/* Has the table a row for this body? Each body of the schema has to have one. */
int right_knows(int body_case);

/* All rights that a role has, for any body. */
uint64_t right_mask_of_role(Navette__Role role);
/* Those that may be granted or withdrawn one by one; what concerns the whole network goes with the role of coordinator only. */
uint64_t right_mask_grantable(void);

/* "dispatch"; "" for a number that this version has no name for. */
const char *right_name(unsigned right);
#define RIGHT_COUNT 26u /* numbers are below this */

#endif
