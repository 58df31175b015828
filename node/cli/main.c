/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdio.h>

#include "io/json_wipe.h"
#include "navette/system.h"
#include "node/cli/help.h"
#include "node/cli/ils.h"
#include "node/cli/import.h"
#include "node/cli/items.h"
#include "node/cli/labelling.h"
#include "node/cli/operators.h"
#include "node/cli/orders.h"
#include "node/cli/perform.h"
#include "node/cli/proposed.h"
#include "node/cli/scanning.h"
#include "node/cli/searching.h"
#include "node/cli/sticks.h"

static int run(struct session *session)
{
    switch (session->arguments->spec->run) {
    case RUN_SCAN:
    case RUN_CONTAINER:
        return scanning_run(session);
    case RUN_ITEMS:
        return items_run(session);
    case RUN_OPERATIONS:
        return scanning_operations(session);
    case RUN_SINGLE:
        return perform_run(session);
    case RUN_PROPOSED:
        return proposed_run(session);
    case RUN_SEARCH:
        return searching_run(session);
    case RUN_ORDERS:
        return orders_run(session);
    case RUN_ILS:
        return ils_run(session);
    case RUN_STICK:
        return sticks_run(session);
    case RUN_OPERATOR:
        return operators_run(session);
    case RUN_LABELS:
    case RUN_IMPORT:
    case RUN_HELP:
        break;
    }
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    struct arguments arguments;
    struct session session;
    int rc;

    json_wipe_freed(); /* PINs, cards and names are typed here */
    system_keep_secrets();
    rc = arguments_read(argc, argv, &arguments);
    (void)signal(SIGPIPE, SIG_IGN); /* a daemon that goes away is told, not died of */
    if (rc == 0 && (arguments.help || arguments.spec == NULL)) {
        help_show(&arguments, arguments.spec);
        rc = arguments.help ? EXIT_DONE : EXIT_USAGE;
    } else if (rc == 0 && arguments.spec->run == RUN_HELP) {
        rc = help_run(&arguments);
    } else if (rc == 0 && arguments.spec->run == RUN_IMPORT) {
        rc = import_run(&arguments);
    } else if (rc == 0 && arguments.spec->run == RUN_LABELS) {
        rc = labelling_run(&arguments);
    } else if (rc == 0 && orders_needs_no_node(&arguments)) {
        rc = orders_trial(&arguments);
    } else if (rc == 0 && (rc = session_open(&session, &arguments)) == 0) {
        rc = run(&session);
        session_close(&session);
    }
    arguments_free(&arguments);
    return rc;
}
