/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_RESTORE_H
#define NAVETTE_SERVER_RESTORE_H

#include "server/backup.h"

/*
 * Makes a hub's folder from a verified backup (backup.h): its journal goes on under a new epoch (lineage.h), the hub's own log under a new incarnation, whose first event says so.
 * Open invitations are dropped: one may have been used since. While the file `restoring` stands in the folder no hub starts there (home.h); run again, it begins anew.
 * NAVETTE_E_EXISTS: a hub lives in that folder; codes of backup_verify(); NAVETTE_E_FULL, NAVETTE_E_REFUSED, NAVETTE_E_SYSTEM.
 */
int restore_run(const char *backup, const struct home_options *where, struct backup_info *info, struct backup_problem *problem);

#endif
