/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SETTINGS_H
#define NODE_SETTINGS_H

#include "navette/config.h"

/* navette-node's options: built-in values, the file of --config, then the command line. */
struct settings {
    struct config config;
    int background; /* leaves the terminal */
    int offline;    /* works without looking for the hub */
    int rebuild;    /* the state is made anew from the journal */
};

/* 0; 1: help or version was printed, nothing is left to do; negative: said on stderr. */
int settings_read(int argc, const char **argv, struct settings *settings);
/* Leaves the terminal; log lines go to the folder's `log`. */
int settings_detach(const struct settings *settings);

#endif
