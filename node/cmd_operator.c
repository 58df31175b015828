/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "navette/ref.h"
#include "navette/system.h"
#include "node/commands.h"
#include "node/draft.h"
#include "node/staffing.h"

#define NEW_CODE_TRIES 8u

static struct span secret_of(const struct request *request, const char *name)
{
    return span_of_string(request_text(request, name));
}

/* The operator of the request's place that "code" names, as last decided. 0, also when *answer says that there is none. */
static int named(struct office *office, const struct request *request, struct view_operator *who, json_t **answer)
{
    const char *code = request_text(request, "code");
    struct store_txn *txn;
    int rc = lmdb_read_begin(office->store, &txn);

    if (rc != 0)
        return rc;
    rc = view_operators_find(txn, txn, request->place, code, who);
    lmdb_abort(txn);
    if (rc == NAVETTE_E_NOT_FOUND) {
        *answer = request_refuse(request, "operator-none", code, request->place, NULL);
        rc = 0;
    }
    return rc;
}

static int list_of(struct office *office, const char *place, struct view_operator **list, int *count)
{
    struct store_txn *txn;
    int rc;

    *list = calloc(VIEW_OPERATORS_MAX, sizeof **list);
    if (*list == NULL)
        return NAVETTE_E_MEMORY;
    rc = lmdb_read_begin(office->store, &txn);
    if (rc == 0) {
        *count = view_operators_list(txn, txn, place, *list, VIEW_OPERATORS_MAX);
        rc = *count < 0 ? *count : 0;
        lmdb_abort(txn);
    }
    if (rc != 0)
        free(*list);
    return rc;
}

/*
 * Who may change what concerns operators: one who leads them, proven as the place's rule wants. Where nobody leads, or where the rule wants a PIN and none who leads has one on this machine yet:
 * whoever is there, since somebody has to begin.
 */
static int may_manage(struct office *office, const struct request *request, int *may)
{
    const struct staff_told *staff = &request->staff;
    int proof = staff->rule.need > NAVETTE__OPERATOR_NEED__OPERATOR_CODE;
    struct view_operator *list;
    int count = 0, leads = 0;
    int rc;

    *may = staff->standing == STAFF_WORKS && staff->who.lead && (!proof || staff->proven);
    if (*may)
        return 0;
    rc = list_of(office, request->place, &list, &count);
    if (rc != 0)
        return rc;
    for (int i = 0; i < count; i++)
        leads += !list[i].ended && list[i].lead && (!proof || operators_has_secret(office->operators, &list[i]) == 1);
    free(list);
    *may = leads == 0;
    return 0;
}

/* 1: go on; 0: *answer says why not; or a code. */
static int check_manager(struct office *office, const struct request *request, json_t **answer)
{
    int may = 0, rc;

    if (!request_has_right(request, office, NAVETTE__RIGHT__RIGHT_RECORD, answer))
        return 0;
    rc = may_manage(office, request, &may);
    if (rc != 0)
        return rc;
    if (!may)
        *answer = request_refuse(request, "operator-not-lead", request->place, NULL, NULL);
    return may;
}

/* One decision of this place about one operator. */
static int decide(struct office *office, const struct request *request, const struct view_operator *who, json_t **answer)
{
    struct draft draft;
    Navette__Thing thing = NAVETTE__THING__INIT;

    draft_init(&draft);
    DRAFT_BODY(&draft, OPERATOR_DECIDED, operator_decided);
    thing.kind = NAVETTE__THING_KIND__THING_OPERATOR;
    thing.namespace_ = draft_text(who->place);
    thing.id = draft_text(who->code);
    draft.body.operator_decided.operator_ = &thing;
    draft.body.operator_decided.ended = who->ended;
    draft.body.operator_decided.lead = who->lead;
    draft.body.operator_decided.pin_epoch = who->pin_epoch;
    return commands_record(office, request, &draft, answer);
}

static void tell(const struct office *office, const struct request *request, const struct view_operator *who, json_t *answer)
{
    (void)json_object_set_new(answer, "operator", json_string(who->code));
    (void)json_object_set_new(answer, "place", json_string(who->place));
    (void)json_object_set_new(answer, "shown", json_string(operators_shown(office->operators, who->place, who->code)));
    if (!who->ended && request->staff.rule.need > NAVETTE__OPERATOR_NEED__OPERATOR_CODE &&
        operators_has_secret(office->operators, who) != 1)
        (void)json_object_set_new(answer, "needs", json_string(view_operators_need_name(request->staff.rule.need)));
}

/* The name is written before the event: a full disk or a bad name stops it all. */
static int show(struct office *office, const struct request *request, const struct view_operator *who, json_t **answer)
{
    char most[16];
    int rc = operators_show(office->operators, who->place, who->code, request_text(request, "name"));

    (void)snprintf(most, sizeof most, "%u", OPERATORS_SHOWN);
    if (rc == NAVETTE_E_INVALID)
        *answer = request_refuse(request, "operator-bad-name", most, NULL, NULL);
    else if (rc == NAVETTE_E_TOO_LARGE)
        *answer = request_refuse(request, "operator-too-many", NULL, NULL, NULL);
    return *answer != NULL ? 0 : rc;
}

/* Nothing in it says whose it is. */
static void new_code(char code[OPERATOR_CODE_MAX + 1])
{
    uint8_t random[5];
    char text[9];

    system_random(random, sizeof random);
    base32_encode(random, sizeof random, text);
    (void)snprintf(code, OPERATOR_CODE_MAX + 1, "AG-%.6s", text);
}

/* The code that was asked for, in capitals, or a new one. 0, also when *answer says that it can't be. */
static int choose_code(struct office *office, const struct request *request, struct view_operator *who, json_t **answer)
{
    const char *asked = request_text(request, "code");
    char code[OPERATOR_CODE_MAX + 1];
    struct store_txn *txn;
    int rc = lmdb_read_begin(office->store, &txn);

    if (rc != 0)
        return rc;
    if (asked[0] != '\0' && !view_operators_is_code(asked))
        *answer = request_refuse(request, "operator-bad-code", asked, NULL, NULL);
    for (unsigned i = 0; *answer == NULL && i < NEW_CODE_TRIES; i++) {
        new_code(code);
        rc = view_operators_find(txn, txn, request->place, asked[0] != '\0' ? asked : code, who);
        if (rc != 0 || asked[0] != '\0')
            break;
    }
    lmdb_abort(txn);
    if (rc == 0 && *answer == NULL && !who->ended)
        *answer = request_refuse(request, "operator-exists", who->code, request->place, NULL);
    if (rc != NAVETTE_E_NOT_FOUND)
        return rc;
    (void)snprintf(who->code, sizeof who->code, "%s", asked[0] != '\0' ? asked : code);
    return 0;
}

static int run_add(struct office *office, const struct request *request, json_t **answer)
{
    struct view_operator who = {.code = ""};
    int rc = check_manager(office, request, answer);

    if (rc <= 0)
        return rc;
    rc = choose_code(office, request, &who, answer);
    if (rc != 0 || *answer != NULL)
        return rc;
    (void)snprintf(who.place, sizeof who.place, "%s", request->place);
    who.ended = 0;
    who.lead = request_flag(request, "lead");
    system_random(&who.pin_epoch, sizeof who.pin_epoch);
    rc = show(office, request, &who, answer);
    if (rc == 0 && *answer == NULL)
        rc = decide(office, request, &who, answer);
    if (rc == 0 && json_is_true(json_object_get(*answer, "ok")))
        tell(office, request, &who, *answer);
    return rc;
}

static int run_end(struct office *office, const struct request *request, json_t **answer)
{
    struct view_operator who;
    int rc = check_manager(office, request, answer);

    if (rc <= 0)
        return rc;
    rc = named(office, request, &who, answer);
    if (rc == 0 && *answer == NULL && who.ended)
        *answer = request_refuse(request, "operator-ended", who.code, who.place, NULL);
    if (rc != 0 || *answer != NULL)
        return rc;
    who.ended = 1;
    rc = decide(office, request, &who, answer);
    /* Name and PIN go from this machine's disk at once; its sessions end by themselves. */
    if (rc == 0 && json_is_true(json_object_get(*answer, "ok"))) {
        rc = operators_forget(office->operators, who.place, who.code);
        tell(office, request, &who, *answer);
    }
    return rc;
}

static int run_rename(struct office *office, const struct request *request, json_t **answer)
{
    struct view_operator who;
    int rc = check_manager(office, request, answer);

    if (rc <= 0)
        return rc;
    rc = named(office, request, &who, answer);
    if (rc == 0 && *answer == NULL)
        rc = show(office, request, &who, answer);
    if (rc != 0 || *answer != NULL)
        return rc;
    *answer = json_pack("{s:b}", "ok", 1);
    tell(office, request, &who, *answer);
    return 0;
}

/* One's own, with the one before; anybody's, by who leads; a first one after it was taken back at the hub, by whoever holds the badge. */
static int may_set(struct office *office, const struct request *request, const struct view_operator *who, json_t **answer)
{
    struct span current = secret_of(request, "current");
    int may = 0, rc;

    if (current.len > 0) {
        struct request as = *request;

        (void)staff_end(office->staff, &request->desk, who->place);
        as.staff.proven = 0;
        rc = staffing_open(office, &as, who, current, answer);
        if (rc == 0 && json_is_true(json_object_get(*answer, "ok"))) {
            json_decref(*answer);
            *answer = NULL;
            return 1;
        }
        return rc;
    }
    if (operators_has_secret(office->operators, who) < 0)
        return 1;
    rc = may_manage(office, request, &may);
    if (rc == 0 && !may)
        *answer = request_refuse(request, "operator-pin-whose", who->code, NULL, NULL);
    return rc != 0 ? rc : may;
}

static int run_pin(struct office *office, const struct request *request, json_t **answer)
{
    Navette__OperatorNeed need = request->staff.rule.need;
    struct span secret = secret_of(request, "secret");
    struct view_operator who;
    int rc;

    if (!request_has_right(request, office, NAVETTE__RIGHT__RIGHT_RECORD, answer))
        return 0;
    rc = named(office, request, &who, answer);
    if (rc == 0 && *answer == NULL && who.ended)
        *answer = request_refuse(request, "operator-ended", who.code, who.place, NULL);
    if (rc == 0 && *answer == NULL && need <= NAVETTE__OPERATOR_NEED__OPERATOR_CODE)
        *answer = request_refuse(request, "operator-no-pin-here", who.place, NULL, NULL);
    if (rc == 0 && *answer == NULL && !operators_fits(need, secret))
        *answer = request_refuse(request, need == NAVETTE__OPERATOR_NEED__OPERATOR_PIN ? "operator-bad-pin" : "operator-bad-phrase", NULL,
                                 NULL, NULL);
    if (rc != 0 || *answer != NULL)
        return rc;
    rc = may_set(office, request, &who, answer);
    if (rc <= 0)
        return rc;
    rc = operators_set_secret(office->operators, &who, secret);
    if (rc == NAVETTE_E_TOO_LARGE) {
        *answer = request_refuse(request, "operator-too-many", NULL, NULL, NULL);
        return 0;
    }
    if (rc != 0)
        return rc;
    *answer = json_pack("{s:b}", "ok", 1);
    tell(office, request, &who, *answer);
    return 0;
}

static int run_open(struct office *office, const struct request *request, json_t **answer)
{
    struct view_operator who;
    int rc = named(office, request, &who, answer);

    return rc != 0 || *answer != NULL ? rc : staffing_open(office, request, &who, secret_of(request, "secret"), answer);
}

static int run_close(struct office *office, const struct request *request, json_t **answer)
{
    int ended = staff_end(office->staff, &request->desk, request->place);

    *answer = json_pack("{s:b, s:b}", "ok", 1, "closed", ended);
    return 0;
}

static int run_who(struct office *office, const struct request *request, json_t **answer)
{
    const struct staff_told *staff = &request->staff;
    int64_t left_ms = staff_left_ms(office->staff, &request->desk, request->place, staff->rule.idle_s, &request->moment);

    *answer = json_pack("{s:b, s:s, s:s, s:s, s:b, s:s, s:b, s:I, s:I}", "ok", 1, "place", request->place, "operator", staff->who.code,
                        "shown", operators_shown(office->operators, request->place, staff->who.code), "open", left_ms > 0, "need",
                        view_operators_need_name(staff->rule.need), "refuse_unknown", staff->rule.refuse_unknown, "idle_s",
                        (json_int_t)staff->rule.idle_s, "left_s", (json_int_t)((left_ms + 999) / 1000));
    return 0;
}

static int run_list(struct office *office, const struct request *request, json_t **answer)
{
    const struct staff_told *staff = &request->staff;
    struct view_operator *list;
    json_t *rows = json_array();
    int count = 0, rc = list_of(office, request->place, &list, &count);

    for (int i = 0; rc == 0 && i < count; i++) {
        const struct view_operator *who = &list[i];
        int64_t wait_ms = operators_wait_ms(office->operators, who->place, who->code, request->moment.boot, request->moment.boottime_ms);

        (void)json_array_append_new(rows, json_pack("{s:s, s:s, s:s, s:b, s:b, s:b, s:I}", "operator", who->code, "place", who->place,
                                                    "shown", operators_shown(office->operators, who->place, who->code), "lead", who->lead,
                                                    "ended", who->ended, "pin", operators_has_secret(office->operators, who) == 1, "wait_s",
                                                    (json_int_t)((wait_ms + 999) / 1000)));
    }
    if (rc == 0)
        free(list);
    *answer =
        json_pack("{s:b, s:s, s:s, s:b, s:I, s:o}", "ok", 1, "place", request->place, "need", view_operators_need_name(staff->rule.need),
                  "refuse_unknown", staff->rule.refuse_unknown, "idle_s", (json_int_t)staff->rule.idle_s, "rows", rows);
    return rc;
}

const struct command *cmd_operator_commands(size_t *count)
{
    static const struct command commands[] = {
        {"operator", run_who, 0},     {"operator-open", run_open, 0}, {"operator-close", run_close, 0},   {"operator-list", run_list, 0},
        {"operator-add", run_add, 0}, {"operator-end", run_end, 0},   {"operator-rename", run_rename, 0}, {"operator-pin", run_pin, 0},
    };

    *count = sizeof commands / sizeof commands[0];
    return commands;
}
