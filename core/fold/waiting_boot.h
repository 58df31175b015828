/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FOLD_WAITING_BOOT_H
#define FOLD_WAITING_BOOT_H

#include "navette/fold.h"

/* Asks for all that the fold of a clock correction lacks: what was written in its boot, and the whole histories of the things of that. */
int waiting_boot_want(struct fold *fold, const struct event *correction);

#endif
