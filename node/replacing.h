/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_REPLACING_H
#define NODE_REPLACING_H

#include "navette/enrol.h"
#include "node/office.h"

/*
 * This machine becomes the successor of a node whose keys were lost or are doubted. The new keys stand beside the present ones before the store says that they are in force, and then take their
 * place: killed anywhere in between, the next start goes on.
 */

/* In office_open(), once the store is open: loads the keys, makes them for a new node, finishes a replacement. Keys that are gone from a store that has a node are made anew under its name. */
int replacing_open_keys(struct office *office);
/* Asks with the present keys; with others when the code says that those are to be replaced. `timeout_ms` and codes as enrol_ask(). */
int replacing_ask(struct office *office, const char *endpoint, const char *code, int timeout_ms, struct enrol_grant *grant);
/* What was granted, in force: identity, log and keys. grant->replaces must be 1. */
int replacing_run(struct office *office, const struct enrol_grant *grant, int64_t wall_ms);

#endif
