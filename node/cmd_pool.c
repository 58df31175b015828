/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "navette/pool.h"
#include "node/check.h"
#include "node/commands.h"
#include "node/reason.h"
#include "node/verb.h"

/* Untagged bags, one kind at a time: nothing is scanned, a number is typed. */
struct amount {
    char kind[LIMIT_CODE + 1];
    int64_t count;
};

/* "toile=12"; only who counts them in may take away: "toile=-3". 1, or 0 and *answer says why not. */
static int read_amount(const struct request *request, int may_take, struct amount *amount, json_t **answer)
{
    const char *text = request_text(request, "pool"), *sign = strrchr(text, '=');
    size_t len = sign != NULL ? (size_t)(sign - text) : 0;
    char *end = NULL;

    amount->count = sign != NULL ? strtoll(sign + 1, &end, 10) : 0;
    if (len == 0 || len > LIMIT_CODE || end == sign + 1 || *end != '\0' || amount->count == 0 || amount->count > INT32_MAX ||
        amount->count < (may_take ? -INT32_MAX : 0)) {
        *answer = request_refuse(request, "bad-option", message_word(request->language, "GENRE=N"), text,
                                 may_take ? "toile=12, toile=-3" : "toile=12");
        return 0;
    }
    memcpy(amount->kind, text, len);
    amount->kind[len] = '\0';
    return 1;
}

/* How many there are, by what is recorded. */
struct stock {
    int is_kept; /* an account of the kind */
    int64_t count;
};

/* Here; with persons of this place too when they are collected. */
static int read_stock(struct office *office, const struct request *request, const char *kind, int collects, struct stock *stock)
{
    struct store_txn *txn;
    struct pool_view view;
    int rc = lmdb_read_begin(office->store, &txn);

    *stock = (struct stock){0, 0};
    if (rc != 0)
        return rc;
    rc = pool_read(txn, &view);
    lmdb_abort(txn);
    if (rc != 0)
        return rc;
    for (size_t i = 0; i < view.count; i++) {
        const struct pool_row *row = &view.rows[i];

        if (strcmp(row->kind, kind) != 0)
            continue;
        stock->is_kept |= row->place[0] == '\0' && row->owned != 0;
        if (strcmp(row->place, request->place) == 0)
            stock->count += row->here + (collects ? row->with_person : 0);
    }
    pool_free(&view);
    return 0;
}

/* More than there are is recorded all the same, since it was done; and said. */
static void doubt(const struct request *request, const struct amount *amount, const struct stock *stock, json_t *answer)
{
    char here[24];
    int64_t leaves = amount->count < 0 ? -amount->count : amount->count;

    if (!json_is_true(json_object_get(answer, "ok")) || (stock->is_kept && leaves <= stock->count))
        return;
    (void)snprintf(here, sizeof here, "%lld", (long long)(stock->count > 0 ? stock->count : 0));
    (void)json_object_set_new(answer, "note",
                              !stock->is_kept ? request_note(request, "note-pool-new", amount->kind)
                                              : request_note(request, "note-pool-short", here));
}

static int run_add(struct office *office, const struct request *request, json_t **answer)
{
    struct amount amount;
    struct draft draft;
    struct stock stock = {0, 0};
    int reason, rc = 0;

    if (!request_may_record(request, office, NAVETTE__RIGHT__RIGHT_CATALOGUE, answer) || !read_amount(request, 1, &amount, answer))
        return 0;
    reason = reason_read(request, answer);
    if (reason < 0)
        return 0;
    draft_init(&draft);
    DRAFT_BODY(&draft, POOL_COMMISSIONED, pool_commissioned);
    draft.body.pool_commissioned.kind = amount.kind;
    draft.body.pool_commissioned.count = amount.count;
    draft.body.pool_commissioned.reason = (Navette__Reason)reason;
    if (amount.count < 0)
        rc = read_stock(office, request, amount.kind, 0, &stock);
    if (rc == 0)
        rc = commands_record(office, request, &draft, answer);
    if (rc == 0 && amount.count < 0)
        doubt(request, &amount, &stock, *answer);
    return rc;
}

/* The other place: where they go, or whence they come. */
static int check_other(struct office *office, const struct request *request, const char *option, int needed, json_t **answer)
{
    const char *place = request_text(request, option);
    struct store_txn *txn;
    int rc;

    if (place[0] == '\0') {
        if (needed)
            *answer = request_refuse(request, "missing-option", "--to", "pool", NULL);
        return 0;
    }
    rc = lmdb_read_begin(office->store, &txn);
    if (rc != 0)
        return rc;
    *answer = check_destination(request, txn, place);
    lmdb_abort(txn);
    return 0;
}

#define MOVED(upper, lower)                                                                                                                \
    do {                                                                                                                                   \
        DRAFT_BODY(&draft, upper, lower);                                                                                                  \
        draft.body.lower.pools = draft.pools;                                                                                              \
        draft.body.lower.n_pools = 1;                                                                                                      \
    } while (0)

static Navette__Right right_of_move(const char *what)
{
    static const struct {
        const char *what;
        Navette__Right right;
    } rights[] = {
        {"dispatch", NAVETTE__RIGHT__RIGHT_DISPATCH}, {"collect", NAVETTE__RIGHT__RIGHT_COLLECT},
        {"receive", NAVETTE__RIGHT__RIGHT_RECEIVE},   {"deliver", NAVETTE__RIGHT__RIGHT_DELIVER},
        {"return", NAVETTE__RIGHT__RIGHT_RETURN},
    };

    for (size_t i = 0; i < sizeof rights / sizeof rights[0]; i++)
        if (strcmp(rights[i].what, what) == 0)
            return rights[i].right;
    return NAVETTE__RIGHT__RIGHT_CATALOGUE;
}

static int run_move(struct office *office, const struct request *request, json_t **answer)
{
    const char *what = request_text(request, "command") + strlen("pool-");
    int sends = strcmp(what, "dispatch") == 0 || strcmp(what, "collect") == 0;
    int leaves = sends || strcmp(what, "deliver") == 0;
    struct amount amount;
    struct draft draft;
    struct stock stock = {0, 0};
    int rc;

    if (!request_may_record(request, office, right_of_move(what), answer) || !read_amount(request, 0, &amount, answer))
        return 0;
    rc = check_other(office, request, sends ? "to" : "from", sends, answer);
    if (rc != 0 || *answer != NULL)
        return rc;
    draft_init(&draft);
    navette__pool_count__init(&draft.pool[0]);
    draft.pool[0].kind = amount.kind;
    draft.pool[0].count = (uint32_t)amount.count;
    draft.pools[0] = &draft.pool[0];
    if (strcmp(what, "dispatch") == 0) {
        MOVED(DISPATCHED, dispatched);
        draft.body.dispatched.to = draft_text(request_text(request, "to"));
        draft.body.dispatched.slip = draft_text(request_text(request, "slip"));
        draft.body.dispatched.carrier = draft_text(request_text(request, "carrier"));
    } else if (strcmp(what, "collect") == 0) {
        MOVED(COLLECTED, collected);
        draft.body.collected.to = draft_text(request_text(request, "to"));
        draft.body.collected.carrier = draft_text(request_text(request, "carrier"));
    } else if (strcmp(what, "receive") == 0) {
        MOVED(RECEIVED, received);
        draft.body.received.mode = NAVETTE__RECEPTION_MODE__RECEPTION_UNOPENED;
        draft.body.received.from = draft_text(request_text(request, "from"));
        draft.body.received.slip = draft_text(request_text(request, "slip"));
    } else if (strcmp(what, "deliver") == 0) {
        MOVED(DELIVERED, delivered);
    } else {
        MOVED(RETURNED, returned);
    }
    if (leaves)
        rc = read_stock(office, request, amount.kind, strcmp(what, "collect") == 0, &stock);
    if (rc == 0)
        rc = commands_record(office, request, &draft, answer);
    if (rc == 0 && leaves)
        doubt(request, &amount, &stock, *answer);
    return rc;
}

const struct command *cmd_pool_commands(size_t *count)
{
    static const struct command commands[] = {
        {"pool-add", run_add, 0},      {"pool-dispatch", run_move, 0}, {"pool-receive", run_move, 0},
        {"pool-deliver", run_move, 0}, {"pool-return", run_move, 0},   {"pool-collect", run_move, 0},
    };
    *count = sizeof commands / sizeof commands[0];
    return commands;
}
