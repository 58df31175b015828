/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_CONFIG_H
#define NAVETTE_CONFIG_H

#include <stdint.h>

#include "navette/error.h"

/*
 * Settings of a daemon: built-in values, then a file (hub.ini or node.ini: sections in brackets, "key = value", comments begin with ; or #), then the command line, each
 * over the one before. What a daemon does not use may be absent from its file; a section or key that nobody knows, or a value out of form, is an error with its line.
 *
 *   [store]   folder      where everything is kept                        map_mib       the most one store may grow to
 *             reserve_mib left free on the disk                       prune_after   days after which a movement may be left to the hub and its backup; 0: never. With s, m, h
 *                                                                                   behind it: seconds, minutes, hours (node)
 *   [hub]     listen      main port, tcp://ADDRESS:PORT (hub)             public        how nodes reach it, when that differs (hub)
 *             enrol       enrolment port (hub), or where to ask (node)    connect       the hub's main port (node)
 *             snapshot_rows   a node that is behind by more positions than this, and by half of all, is given a snapshot; 0: never (hub)
 *   [control] socket      path of the local socket                        group         whose members may use it
 *   [log]     level       info, warning or error
 *   [ils]     lend        packing: a document is lent to the person once it is packed for the order; handover: once that is handed over (node)
 */
#define CONFIG_PATH_BYTES 1024u
#define CONFIG_ENDPOINT_BYTES 128u
#define CONFIG_NAME_BYTES 64u

struct config {
    char folder[CONFIG_PATH_BYTES];
    uint64_t map_bytes;
    uint64_t reserve_bytes;
    char listen[CONFIG_ENDPOINT_BYTES];
    char public_endpoint[CONFIG_ENDPOINT_BYTES];
    char enrol[CONFIG_ENDPOINT_BYTES];
    char connect[CONFIG_ENDPOINT_BYTES];
    char control[CONFIG_PATH_BYTES]; /* empty: "control" inside the folder, see config_control_path() */
    char group[CONFIG_NAME_BYTES];
    uint64_t snapshot_rows;
    int64_t keep_ms;      /* what is older than this may be pruned at a node; 0: nothing is */
    int lend_at_handover; /* loans.h: 0 at packing, 1 at the hand-over */
    int log_level;        /* as system_log_threshold() takes it */
};

enum config_role { CONFIG_HUB, CONFIG_NODE };

/* Built-in values: folder /var/lib/navette-hub or -node, ports 7443 (main) and 7444 (enrolment) on every address, 64 GiB and 16 GiB of map, 256 MiB reserve, pruning after 90 days, a snapshot from 100,000 positions on. */
void config_defaults(struct config *config, enum config_role role);

/*
 * NAVETTE_E_NOT_FOUND: no such file. NAVETTE_E_REFUSED: not readable. NAVETTE_E_INVALID: *text says what is wrong and in which line ("hub.ini:7: unknown key ...");
 * other lines may have been taken.
 */
#define CONFIG_TEXT_BYTES 256u
int config_read(struct config *config, const char *path, char text[CONFIG_TEXT_BYTES]);

/* One setting, by "section.key", as the command line gives it. NAVETTE_E_UNKNOWN: no such key. NAVETTE_E_INVALID, NAVETTE_E_TOO_LARGE: the value. */
int config_set(struct config *config, const char *section, const char *key, const char *value);

/* Path of the local socket into out. NAVETTE_E_TOO_LARGE. */
int config_control_path(const struct config *config, char out[CONFIG_PATH_BYTES]);

#endif
