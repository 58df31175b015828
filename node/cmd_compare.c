/* SPDX-License-Identifier: Apache-2.0 */
#include "io/view_json_compare.h"
#include "navette/damage.h"
#include "node/commands.h"
#include "node/compared.h"
#include "node/waiter.h"

/* {"wait": seconds}: answered when everything was compared, or at the end of the wait. */
static int run_compare(struct office *office, const struct request *request, json_t **answer)
{
    int may;

    if (!office->identity.enrolled) {
        *answer = request_refuse(request, "not-enrolled", NULL, NULL, NULL);
        return 0;
    }
    (void)node_compare_passes(office->node, &may);
    if (may)
        return waiter_compare(office, request, answer);
    *answer = compared_show(office, request, 0);
    return 0;
}

static int forget(struct office *office)
{
    struct store_txn *txn;
    int rc = lmdb_write_begin(office->store, &txn);

    if (rc != 0)
        return rc;
    rc = damage_forget(txn);
    return lmdb_end(txn, rc);
}

static int run_damage(struct office *office, const struct request *request, json_t **answer)
{
    struct compare_asked asked = {.language = request->language};
    char tz[LIMIT_CODE + 1];
    struct store_txn *txn;
    int rc = request_flag(request, "forget") ? forget(office) : 0;

    if (rc == 0)
        rc = lmdb_read_begin(office->store, &txn);
    if (rc != 0)
        return rc;
    office_tz(office, txn, request->place, tz);
    asked.tz = tz;
    *answer = json_pack("{s:b, s:o}", "ok", 1, "rows", view_json_damage(txn, &asked));
    lmdb_abort(txn);
    return 0;
}

const struct command *cmd_compare_commands(size_t *count)
{
    static const struct command commands[] = {{"compare", run_compare, 1}, {"damage", run_damage, 0}};

    *count = sizeof commands / sizeof commands[0];
    return commands;
}
