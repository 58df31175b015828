/* SPDX-License-Identifier: Apache-2.0 */
#include "node/staffing.h"

#include <stdio.h>
#include <string.h>

#include "navette/frame.h"
#include "navette/system.h"
#include "node/resolve.h"

int staffing_read(struct office *office, struct request *request)
{
    const char *typed = request_text(request, "operator");
    struct store_txn *txn;
    int rc;

    request->staff.standing = STAFF_NOBODY;
    request->desk = (struct staff_desk){office->caller, crc32c(0, span_of_string(request_text(request, "desk")))};
    rc = lmdb_read_begin(office->store, &txn);
    if (rc != 0)
        return rc;
    /* A badge that was scanned after the command began counts before what was typed with it. */
    if (typed[0] != '\0' && strcmp(request_text(request, "command"), "scan") == 0)
        rc = staff_read(office->staff, txn, &request->desk, request->place, "", &request->moment, &request->staff);
    if (rc == 0 && request->staff.standing == STAFF_NOBODY)
        rc = staff_read(office->staff, txn, &request->desk, request->place, typed, &request->moment, &request->staff);
    lmdb_abort(txn);
    (void)snprintf(request->operator_, sizeof request->operator_, "%s", request->staff.who.code);
    return rc;
}

static int minutes(uint32_t seconds)
{
    return (int)((seconds + 59u) / 60u);
}

int staffing_allows(const struct request *request, const struct office *office, json_t **answer)
{
    const struct staff_told *staff = &request->staff;
    const char *code = staff->who.code;
    char idle[16];

    (void)snprintf(idle, sizeof idle, "%d", minutes(staff->rule.idle_s));
    if (staff->rule.need <= NAVETTE__OPERATOR_NEED__OPERATOR_NONE)
        ;
    else if (staff->standing == STAFF_NOBODY)
        *answer = request_refuse(request, staff->idled ? "operator-idle" : "operator-needed", request->place, idle, NULL);
    else if (staff->standing == STAFF_UNKNOWN && staff->rule.refuse_unknown)
        *answer = request_refuse(request, "operator-unknown", code, request->place, NULL);
    else if (staff->standing == STAFF_ENDED && staff->rule.refuse_unknown)
        *answer = request_refuse(request, "operator-ended", code, request->place, NULL);
    else if (staff->standing == STAFF_WORKS && staff->rule.need > NAVETTE__OPERATOR_NEED__OPERATOR_CODE && !staff->proven)
        *answer = request_refuse(request, "operator-unproven", code, request->place, idle);
    if (*answer != NULL)
        return 0;
    staff_touch(office->staff, &request->desk, request->place, &request->moment);
    return 1;
}

json_t *staffing_note(const struct request *request)
{
    const struct staff_told *staff = &request->staff;

    if (staff->rule.need <= NAVETTE__OPERATOR_NEED__OPERATOR_NONE)
        return NULL;
    if (staff->standing == STAFF_UNKNOWN)
        return request_note(request, "operator-unknown-recorded", staff->who.code);
    return staff->standing == STAFF_ENDED ? request_note(request, "operator-ended-recorded", staff->who.code) : NULL;
}

static json_t *opened(const struct office *office, const struct view_operator *who, int open)
{
    return json_pack("{s:b, s:s, s:s, s:s, s:s, s:b}", "ok", 1, "result", "operator", "operator", who->code, "shown",
                     operators_shown(office->operators, who->place, who->code), "place", who->place, "open", open);
}

/* Seconds, or minutes when there are many, rounded up. */
static json_t *refuse_wait(const struct request *request, const char *code, const char *who, int64_t wait_ms)
{
    int64_t seconds = (wait_ms + 999) / 1000;
    char text[48];

    if (seconds < 120)
        (void)snprintf(text, sizeof text, "%lld s", (long long)seconds);
    else
        (void)snprintf(text, sizeof text, "%lld min", (long long)((seconds + 59) / 60));
    json_t *answer = request_refuse(request, code, who, text, NULL);
    if (answer != NULL)
        (void)json_object_set_new(answer, "wait_s", json_integer((json_int_t)seconds));
    return answer;
}

static int try_secret(struct office *office, const struct request *request, const struct view_operator *who, struct span secret,
                      json_t **answer)
{
    const struct moment *moment = &request->moment;
    int rc = operators_try(office->operators, who, secret, moment->boot, moment->boottime_ms);
    int64_t wait_ms = operators_wait_ms(office->operators, who->place, who->code, moment->boot, moment->boottime_ms);

    if (rc == NAVETTE_E_NOT_FOUND)
        *answer = request_refuse(request, operators_has_secret(office->operators, who) < 0 ? "operator-pin-reset" : "operator-pin-none",
                                 who->code, NULL, NULL);
    else if (rc == NAVETTE_E_SIGNATURE)
        *answer = wait_ms > 0 ? refuse_wait(request, "operator-wrong-wait", who->code, wait_ms)
                              : request_refuse(request, "operator-wrong", who->code, NULL, NULL);
    else if (rc == NAVETTE_E_BUSY)
        *answer = refuse_wait(request, "operator-waits", who->code, wait_ms);
    else if (rc == NAVETTE_E_SYSTEM)
        *answer = request_refuse(request, "failed", error_text(rc), NULL, NULL);
    if (rc == NAVETTE_E_SIGNATURE || rc == NAVETTE_E_BUSY)
        system_log(1, "node", NULL, "operator %s at %s: %s", who->code, who->place,
                   rc == NAVETTE_E_BUSY ? "waits" : "wrong PIN or passphrase");
    return rc == 0 || *answer != NULL ? 0 : rc;
}

int staffing_open(struct office *office, const struct request *request, const struct view_operator *who, struct span secret,
                  json_t **answer)
{
    Navette__OperatorNeed need = request->staff.rule.need;
    int wants = need > NAVETTE__OPERATOR_NEED__OPERATOR_CODE;
    int rc = 0;

    if (who->ended) {
        *answer = request_refuse(request, "operator-ended", who->code, who->place, NULL);
        return 0;
    }
    /* Whoever was here is not the one whose badge this is: nothing more is recorded in that name. */
    if (strcmp(request->staff.who.code, who->code) != 0 || secret.len > 0 || !request->staff.proven)
        (void)staff_end(office->staff, &request->desk, who->place);
    else
        wants = 0;
    if (wants && secret.len == 0) {
        json_t *told = operators_has_secret(office->operators, who) == 1 ? opened(office, who, 0) : NULL;

        if (told != NULL)
            (void)json_object_set_new(told, "needs", json_string(view_operators_need_name(need)));
        *answer =
            told != NULL
                ? told
                : request_refuse(request, operators_has_secret(office->operators, who) < 0 ? "operator-pin-reset" : "operator-pin-none",
                                 who->code, NULL, NULL);
        return 0;
    }
    if (wants)
        rc = try_secret(office, request, who, secret, answer);
    if (rc != 0 || *answer != NULL)
        return rc;
    staff_begin(office->staff, &request->desk, who, wants || request->staff.proven ? need : NAVETTE__OPERATOR_NEED__OPERATOR_CODE,
                &request->moment);
    *answer = opened(office, who, 1);
    return 0;
}

int staffing_badge(struct office *office, const struct request *request, const char *scanned, json_t **answer)
{
    char code[LIMIT_THING_ID + 1];
    struct view_operator who;
    struct store_txn *txn;
    int rc;

    if (resolve_clean(scanned, code) != 0 || !view_operators_is_code(code))
        return 0;
    rc = lmdb_read_begin(office->store, &txn);
    if (rc != 0)
        return rc;
    rc = view_operators_find(txn, txn, request->place, code, &who);
    lmdb_abort(txn);
    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    return staffing_open(office, request, &who, span_of(NULL, 0), answer);
}
