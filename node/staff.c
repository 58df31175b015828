/* SPDX-License-Identifier: Apache-2.0 */
#include "node/staff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct session {
    struct staff_desk desk;
    struct view_operator who; /* code "": free */
    Navette__OperatorNeed by;
    uint64_t boot;
    uint64_t used_ms; /* CLOCK_BOOTTIME */
};

struct staff {
    struct session sessions[STAFF_DESKS];
};

struct staff *staff_new(void)
{
    return calloc(1, sizeof(struct staff));
}

void staff_free(struct staff *staff)
{
    free(staff);
}

static struct session *find(const struct staff *staff, const struct staff_desk *desk, const char *place)
{
    for (size_t i = 0; i < STAFF_DESKS; i++) {
        const struct session *session = &staff->sessions[i];

        if (session->who.code[0] != '\0' && session->desk.caller == desk->caller && session->desk.name == desk->name &&
            strcmp(session->who.place, place) == 0)
            return (struct session *)(uintptr_t)session;
    }
    return NULL;
}

static int64_t left_ms(const struct session *session, uint32_t idle_s, const struct moment *moment)
{
    uint64_t idle_ms = (uint64_t)idle_s * 1000u, since_ms = moment->boottime_ms - session->used_ms;

    /* what was used later than now was used before this boot */
    if (session->boot != moment->boot || moment->boottime_ms < session->used_ms || since_ms >= idle_ms)
        return 0;
    return (int64_t)(idle_ms - since_ms);
}

/* What the log says of somebody now; a session whose PIN was taken back, or whose owner works there no more, is none. */
static int look_up(struct store_txn *txn, const char *place, const char *code, struct staff_told *told)
{
    int rc = view_operators_find(txn, txn, place, code, &told->who);

    if (rc == NAVETTE_E_NOT_FOUND) {
        memset(&told->who, 0, sizeof told->who);
        (void)snprintf(told->who.place, sizeof told->who.place, "%s", place);
        (void)snprintf(told->who.code, sizeof told->who.code, "%.64s", code);
        told->standing = STAFF_UNKNOWN;
        return 0;
    }
    told->standing = told->who.ended ? STAFF_ENDED : STAFF_WORKS;
    return rc;
}

int staff_read(struct staff *staff, struct store_txn *txn, const struct staff_desk *desk, const char *place, const char *typed,
               const struct moment *moment, struct staff_told *told)
{
    struct session *session = find(staff, desk, place);
    int rc = view_operators_rule(txn, txn, place, &told->rule);

    told->standing = STAFF_NOBODY;
    told->proven = told->idled = 0;
    memset(&told->who, 0, sizeof told->who);
    if (rc == 0 && session != NULL && left_ms(session, told->rule.idle_s, moment) == 0) {
        memset(session, 0, sizeof *session);
        session = NULL;
        told->idled = 1;
    }
    if (rc != 0 || (typed[0] == '\0' && session == NULL))
        return rc;
    rc = look_up(txn, place, typed[0] != '\0' ? typed : session->who.code, told);
    if (rc != 0 || session == NULL)
        return rc;
    told->proven = strcmp(session->who.code, told->who.code) == 0 && session->by >= told->rule.need && told->standing == STAFF_WORKS &&
                   session->who.pin_epoch == told->who.pin_epoch;
    return 0;
}

void staff_begin(struct staff *staff, const struct staff_desk *desk, const struct view_operator *who, Navette__OperatorNeed by,
                 const struct moment *moment)
{
    struct session *session = find(staff, desk, who->place);

    for (size_t i = 0; session == NULL && i < STAFF_DESKS; i++)
        if (staff->sessions[i].who.code[0] == '\0')
            session = &staff->sessions[i];
    if (session == NULL) {
        session = &staff->sessions[0];
        for (size_t i = 1; i < STAFF_DESKS; i++)
            if (staff->sessions[i].used_ms < session->used_ms)
                session = &staff->sessions[i];
    }
    *session = (struct session){.desk = *desk, .who = *who, .by = by, .boot = moment->boot, .used_ms = moment->boottime_ms};
}

void staff_touch(struct staff *staff, const struct staff_desk *desk, const char *place, const struct moment *moment)
{
    struct session *session = find(staff, desk, place);

    if (session != NULL)
        session->used_ms = moment->boottime_ms;
}

int staff_end(struct staff *staff, const struct staff_desk *desk, const char *place)
{
    struct session *session = find(staff, desk, place);

    if (session != NULL)
        memset(session, 0, sizeof *session);
    return session != NULL;
}

int64_t staff_left_ms(const struct staff *staff, const struct staff_desk *desk, const char *place, uint32_t idle_s,
                      const struct moment *moment)
{
    const struct session *session = find(staff, desk, place);

    return session == NULL ? 0 : left_ms(session, idle_s, moment);
}
