/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli/exits.h"

#include <stddef.h>
#include <string.h>

int exits_of(const char *error)
{
    static const struct {
        const char *error;
        int code;
    } table[] = {
        {"usage", EXIT_USAGE},
        {"surplus", EXIT_USAGE},
        {"missing-option", EXIT_USAGE},
        {"bad-option", EXIT_USAGE},
        {"bad-time", EXIT_USAGE},
        {"bad-code", EXIT_USAGE},
        {"bad-reference", EXIT_USAGE},
        {"import-which-profile", EXIT_USAGE},
        {"import-no-profile", EXIT_USAGE},
        {"proposed-which", EXIT_USAGE},
        {"no-daemon", EXIT_NO_DAEMON},
        {"no-permission", EXIT_NO_DAEMON},
        {"daemon-gone", EXIT_NO_DAEMON},
        {"store-full", EXIT_STORE},
        {"disk-full", EXIT_STORE},
        {"store-failed", EXIT_STORE},
        {"no-memory", EXIT_STORE},
        {"hub-away", EXIT_NOT_IN_STEP},
        {"not-in-step", EXIT_NOT_IN_STEP},
        {"held", EXIT_NOT_IN_STEP},
        {"ils-format", EXIT_USAGE},
        {"no-such-sheet", EXIT_USAGE},
        {"bad-sheet", EXIT_USAGE},
        {"bad-series", EXIT_USAGE},
        {"stick-full", EXIT_STORE},
        {"stick-cannot-write", EXIT_STORE},
        {"stick-cannot-read", EXIT_STORE},
    };

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (strcmp(table[i].error, error) == 0)
            return table[i].code;
    return EXIT_REFUSED;
}
