/* SPDX-License-Identifier: Apache-2.0 */
#include "server/decide.h"

#include <string.h>

#include "navette/system.h"
#include "server/answer.h"
#include "server/decide_erase.h"
#include "server/decide_key.h"
#include "server/decide_node.h"
#include "server/decide_operator.h"
#include "server/decide_place.h"
#include "server/decide_right.h"
#include "server/decide_scope.h"
#include "server/decide_settle.h"
#include "server/decide_stick.h"
#include "server/decide_swap.h"
#include "server/decide_rekey.h"
#include "server/report.h"
#include "server/report_compare.h"

struct decide_command {
    const char *name;
    decide_function *run;
};

static const struct decide_command COMMANDS[] = {
    {"place-add", decide_place_add},
    {"rule-add", decide_rule_add},
    {"enrol", decide_enrol},
    {"replace", decide_replace},
    {"revoke", decide_revoke},
    {"rights", decide_rights},
    {"nodes", report_nodes},
    {"status", report_status},
    {"rebuild", report_rebuild},
    {BACKUP_NOTED, report_backup},
    {"settle", decide_settle},
    {"confirm", decide_swap_confirm},
    {"reject", decide_swap_reject},
    {"stick-in", decide_stick_in},
    {"stick-take", decide_stick_take},
    {"stick-end", decide_stick_end},
    {"stick-answer", decide_stick_answer},
    {"stick-part", decide_stick_part},
    {"scope-show", decide_scope_show},
    {"scope-widen", decide_scope_widen},
    {"scope-narrow", decide_scope_narrow},
    {"place-host", decide_place_host},
    {"rights-show", decide_rights_show},
    {"rights-grant", decide_rights_grant},
    {"rights-withdraw", decide_rights_withdraw},
    {"retry", decide_retry},
    {"refused", report_refused},
    {"operators", decide_operators},
    {"operators-rule", decide_operator_rule},
    {"operators-add", decide_operator_add},
    {"operators-end", decide_operator_end},
    {"operators-reset", decide_operator_reset},
    {"compare", report_compare},
    {"damage", report_damage},
    {"clones", decide_clones},
    {"choose", decide_choose},
    {"erase", decide_erase},
    {"erasures", decide_erasures},
    {"rekey", decide_rekey},
    {"rekey-show", decide_rekey_show},
    {"recovery-new", decide_recovery_new},
    {"recovery-show", decide_recovery_show},
};

static const struct decide_command *decide_find(const char *command)
{
    for (size_t i = 0; command && i < sizeof(COMMANDS) / sizeof(COMMANDS[0]); i++)
        if (strcmp(COMMANDS[i].name, command) == 0)
            return &COMMANDS[i];
    return NULL;
}

int decide_knows(const char *command)
{
    return decide_find(command) != NULL;
}

int decide_commit(struct executor *executor, struct store_txn *txn, int rc)
{
    struct store_txn *read;

    if (!rc)
        rc = executor_commit(executor, txn);
    else
        lmdb_abort(txn);
    if (!rc || error_is_fatal(rc))
        return rc;
    /* The step has learnt from what was thrown away: it learns again from what is stored. */
    if (lmdb_read_begin(executor->home->journal, &read) == 0) {
        (void)hub_load_nodes(executor->hub, read);
        lmdb_abort(read);
    }
    executor_admit_all(executor);
    return rc;
}

int decide_read(struct executor *executor, decide_reader *read, void *view)
{
    struct store_txn *state;
    struct store_txn *journal;
    int rc = follower_read_begin(executor->follower, &state);

    if (rc)
        return rc;
    rc = lmdb_read_begin(executor->home->journal, &journal);
    if (!rc) {
        rc = read(state, journal, view);
        lmdb_abort(journal);
    }
    follower_read_end(executor->follower, state);
    return rc;
}

int decide_record(struct executor *executor, Navette__Event *event, uint64_t *position)
{
    struct store_txn *txn;
    int rc = executor_begin(executor, &txn);

    return rc ? rc : decide_commit(executor, txn, executor_record(executor, txn, event, position));
}

/* Held until the fold has what was decided, so that the next question sees it; for a rebuild, as long as it takes. */
static void decide_hold(struct executor *executor, uint64_t client, json_t *answer, uint64_t position, int rebuilt)
{
    struct follower_news news;

    follower_news(executor->follower, &news);
    if (executor->held_count == EXECUTOR_HELD || (!rebuilt && (position == 0 || (news.cursor >= position && !news.rebuilding)))) {
        (void)queue_put(executor->answers, client, answer);
        return;
    }
    executor->held[executor->held_count++] =
        (struct executor_held){.client = client,
                               .position = position,
                               .until_ms = rebuilt ? INT64_MAX : system_monotonic_ms() + EXECUTOR_HELD_MS,
                               .rebuilt = rebuilt,
                               .answer = answer};
}

static int decide_one(struct executor *executor, uint64_t client, const json_t *request)
{
    const struct decide_command *command = decide_find(answer_field(request, "command"));
    json_t *answer = NULL;
    uint64_t position = 0;
    int rc;

    if (!command) {
        answer = answer_error(request, "hub-unknown-command", answer_field(request, "command"), NULL, NULL);
        return queue_put(executor->answers, client, answer);
    }
    rc = command->run(executor, request, &answer, &position);
    if (error_is_fatal(rc)) {
        json_decref(answer);
        (void)queue_put(executor->answers, client, answer_failure(request, rc, NULL));
        return rc;
    }
    if (!answer)
        answer = rc ? answer_failure(request, rc, NULL) : answer_ok();
    decide_hold(executor, client, answer, rc ? 0 : position, command->run == report_rebuild);
    return position ? executor_give(executor, HUB_TAIL, 0, 0) : 0;
}

int decide_run(struct executor *executor, size_t *done)
{
    uint64_t client;
    json_t *request;
    int rc = 0;

    while (!rc && queue_take(executor->requests, &client, &request) == 0) {
        ++*done;
        rc = decide_one(executor, client, request);
        json_decref(request);
        if (!error_is_fatal(rc))
            rc = 0;
    }
    return rc;
}
