/* SPDX-License-Identifier: Apache-2.0 */
#include "coverage.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "workload.h"

#define COVERAGE_NAME 64u

/* What no run can meet. A name that is met all the same has to be taken off: somebody has made it possible. */
static const struct {
    const char *name;
    const char *why;
    int rare; /* a run of COVERAGE_SEEDS may meet it or not: it is not asked for */
} out_of_reach[] = {
    {"frame CREDIT", "the hub gives its credit in WELCOME and never changes it", 0},
    {"frame WRAPS", "keyrings are kept outside core/: tests/system/test_keyring.py", 0},
    {"frame WRAPPED", "keyrings are kept outside core/: tests/system/test_keyring.py", 0},
    {"frame ENROL_REQUEST", "enrolment has a port of its own (io/enrol.c)", 0},
    {"frame ENROL_REPLY", "enrolment has a port of its own (io/enrol.c)", 0},
    {"custody place to none", "FOLD.md 4: nothing takes a thing out of all custody", 0},
    {"custody transit to none", "FOLD.md 4: nothing takes a thing out of all custody", 0},
    {"custody person to none", "FOLD.md 4: nothing takes a thing out of all custody", 0},
    {"custody container to none", "FOLD.md 4: nothing takes a thing out of all custody", 0},
    {"condition lost to missing", "FOLD.md 4: a count makes only what is normal missing", 0},
    {"condition withdrawn to missing", "FOLD.md 4: only being registered or commissioned ends it", 0},
    {"condition withdrawn to lost", "FOLD.md 4: only being registered or commissioned ends it", 0},
    {"order placed to none", "FOLD.md 4: nothing leads back to none", 0},
    {"order prepared to none", "FOLD.md 4: nothing leads back to none", 0},
    {"order staged to none", "FOLD.md 4: nothing leads back to none", 0},
    {"order handed-over to none", "FOLD.md 4: nothing leads back to none", 0},
    {"order cancelled to none", "FOLD.md 4: nothing leads back to none", 0},
    {"order no-show to none", "FOLD.md 4: nothing leads back to none", 0},
    {"order unmet to none", "FOLD.md 4: nothing leads back to none", 0},
    {"order handed-over to placed", "FOLD.md 4: what was handed over stays so", 0},
    {"order handed-over to prepared", "FOLD.md 4: what was handed over stays so", 0},
    {"order handed-over to staged", "FOLD.md 4: what was handed over stays so", 0},
    {"order handed-over to cancelled", "FOLD.md 4: what was handed over stays so", 0},
    {"order handed-over to no-show", "FOLD.md 4: what was handed over stays so", 0},
    {"order handed-over to unmet", "FOLD.md 4: what was handed over stays so", 0},
    {"order cancelled to placed", "FOLD.md 4: only handing it over ends it", 0},
    {"order cancelled to prepared", "FOLD.md 4: only handing it over ends it", 0},
    {"order cancelled to staged", "FOLD.md 4: only handing it over ends it", 0},
    {"order cancelled to no-show", "FOLD.md 4: only handing it over ends it", 0},
    {"order cancelled to unmet", "FOLD.md 4: only handing it over ends it", 0},
    {"order staged to prepared", "FOLD.md 4: prepared only while it waits", 0},
    {"order staged to unmet", "FOLD.md 4: unmet only before it is staged", 0},
    {"order no-show to unmet", "FOLD.md 4: unmet only from none, placed, prepared", 0},
    {"refusal round", "no carrier has a node here: tests/unit/test_admission.c", 0},
    {"refusal not-its-log", "no node here adopts what another one wrote: tests/unit/test_clone.c", 0},
    {"refusal hub", "what only the hub says no person says: tests/unit/test_admission.c", 0},
    {"link offline to streaming", "node_state.h: greeting comes first", 0},
    {"link offline to held", "node_state.h: greeting comes first", 0},
    {"link held to streaming", "node_state.h: greeting comes first", 0},
};

static const char *const custodies[COVERAGE_CUSTODY] = {"none", "place", "transit", "person", "container"};
static const char *const conditions[COVERAGE_CONDITION] = {"normal", "missing", "lost", "withdrawn"};
static const char *const links[COVERAGE_LINK] = {"offline", "greeting", "streaming", "held"};

void coverage_history(struct coverage *coverage, const struct history *history)
{
    struct thing_record start;
    const struct thing_record *before = &start;

    thing_record_init(&start, &history->key);
    for (size_t i = 0; i < history->count; i++) {
        const struct thing_record *after = &history->steps[i].after;

        if (history->steps[i].absent) {
            continue;
        }
        coverage->custody[before->custody][after->custody]++;
        coverage->condition[before->condition][after->condition]++;
        coverage->order[before->order][after->order]++;
        before = after;
    }
}

void coverage_add(struct coverage *sum, const struct coverage *one)
{
    uint64_t *to = (uint64_t *)sum;
    const uint64_t *from = (const uint64_t *)one;

    for (size_t i = 0; i < sizeof(*sum) / sizeof(*to); i++) {
        to[i] += from[i];
    }
}

/* Causes of refusals, and the reason that has none. */
static const struct {
    int cause;
    const char *name;
} causes[COVERAGE_CAUSES] = {
    {NAVETTE__REFUSAL_CAUSE__CAUSE_ROLE, "role"},
    {NAVETTE__REFUSAL_CAUSE__CAUSE_PLACE, "place"},
    {NAVETTE__REFUSAL_CAUSE__CAUSE_ROUND, "round"},
    {NAVETTE__REFUSAL_CAUSE__CAUSE_HUB, "hub"},
    {NAVETTE__REFUSAL_CAUSE__CAUSE_NOT_ITS_EVENT, "not-its-event"},
    {NAVETTE__REFUSAL_CAUSE__CAUSE_NOT_ITS_LOG, "not-its-log"},
    {NAVETTE__REFUSAL_CAUSE__CAUSE_OPERATOR_UNKNOWN, "operator-unknown"},
    {NAVETTE__REFUSAL_CAUSE__CAUSE_OPERATOR_ENDED, "operator-ended"},
    {NAVETTE__REFUSAL_CAUSE__CAUSE_OPERATOR_MISSING, "operator-missing"},
    {-(int)NAVETTE__REASON__REASON_KEY_STOLEN, "key-stolen"},
};

static const char *const desk[ORDER_KIND_COUNT] = {"place", "enrol",  "widen",     "revoke", "rule",  "settle",  "swap",
                                                   "pair",  "stolen", "operators", "badge",  "admit", "dismiss", "replace"};

void coverage_refusal(struct coverage *coverage, int reason, int cause)
{
    for (size_t i = 0; i < COVERAGE_CAUSES; i++) {
        coverage->refusals[i] += causes[i].cause == (reason == (int)NAVETTE__REASON__REASON_KEY_STOLEN ? -reason : cause);
    }
}

struct report {
    char line[4000];
    size_t len;
    unsigned wrong;
};

static const char *excuse(const char *name, int *rare)
{
    for (size_t i = 0; i < sizeof(out_of_reach) / sizeof(out_of_reach[0]); i++) {
        if (strcmp(out_of_reach[i].name, name) == 0) {
            *rare = out_of_reach[i].rare;
            return out_of_reach[i].why;
        }
    }
    return NULL;
}

/* name: with its group before it, after a blank. */
static void one(struct report *report, const char *name, uint64_t count)
{
    int rare = 0;
    const char *why = excuse(name, &rare);

    if (!rare && (count == 0) == (why == NULL)) {
        printf("# coverage: %s: %s\n", name, count == 0 ? "never met" : "met, and said to be out of reach");
        report->wrong++;
    }
    if (count > 0) {
        report->len +=
            (size_t)snprintf(report->line + report->len, sizeof(report->line) - report->len, ", %s %" PRIu64, strchr(name, ' ') + 1, count);
    }
}

static void end(struct report *report, const char *group)
{
    printf("# %s: %s\n", group, report->len > 2 ? report->line + 2 : "none");
    report->len = 0;
    report->line[0] = '\0';
}

static void edges(struct report *report, const char *group, const uint64_t *counts, size_t size, const char *const *names)
{
    char name[COVERAGE_NAME];

    for (size_t from = 0; from < size; from++) {
        for (size_t to = 0; to < size; to++) {
            if (from != to) {
                snprintf(name, sizeof(name), "%s %s to %s", group, names[from], names[to]);
                one(report, name, counts[from * size + to]);
            }
        }
    }
    end(report, group);
}

static void findings(struct report *report, const struct coverage *coverage)
{
    char name[COVERAGE_NAME];

    for (int kind = 1; kind < DISCREPANCY_KIND_COUNT; kind++) {
        for (int verdict = 1; verdict < VERDICT_NAME_COUNT; verdict++) {
            snprintf(name, sizeof(name), "finding %s %s", discrepancy_name(kind), verdict_name(verdict));
            one(report, name, coverage->findings[kind][verdict]);
        }
        end(report, "finding");
    }
}

unsigned coverage_print(const struct coverage *coverage)
{
    const char *orders[ORDER_STATE_COUNT];
    struct report report = {.len = 0};
    char name[COVERAGE_NAME];

    for (int i = 0; i < (int)ORDER_STATE_COUNT; i++) {
        orders[i] = i == 0 ? "none" : state_order_name(i);
    }
    for (int verdict = 1; verdict < (int)COVERAGE_HELLO; verdict++) {
        if (protobuf_c_enum_descriptor_get_value(&navette__verdict__descriptor, verdict) != NULL) {
            snprintf(name, sizeof(name), "hello %s", link_verdict_name((Navette__Verdict)verdict));
            one(&report, name, coverage->hello[verdict]);
        }
    }
    end(&report, "hello");
    findings(&report, coverage);
    edges(&report, "custody", &coverage->custody[0][0], COVERAGE_CUSTODY, custodies);
    edges(&report, "condition", &coverage->condition[0][0], COVERAGE_CONDITION, conditions);
    edges(&report, "order", &coverage->order[0][0], ORDER_STATE_COUNT, orders);
    edges(&report, "link", &coverage->link[0][0], COVERAGE_LINK, links);
    for (int type = 1; type < (int)FRAME_TYPE_COUNT; type++) {
        if (strcmp(frame_type_name((enum frame_type)type), "?") == 0) {
            continue; /* a number that has no name yet */
        }
        snprintf(name, sizeof(name), "frame %s", frame_type_name((enum frame_type)type));
        one(&report, name, coverage->frames[type]);
    }
    end(&report, "frame");
    for (int kind = 0; kind < (int)FAULT_KIND_COUNT; kind++) {
        snprintf(name, sizeof(name), "fault %s", fault_name((enum fault_kind)kind));
        one(&report, name, coverage->faults[kind]);
    }
    end(&report, "fault");
    for (size_t i = 0; i < COVERAGE_CAUSES; i++) {
        snprintf(name, sizeof(name), "refusal %s", causes[i].name);
        one(&report, name, coverage->refusals[i]);
    }
    one(&report, "refusal taken back", coverage->admitted);
    end(&report, "refusal");
    for (int kind = 0; kind < (int)ORDER_KIND_COUNT; kind++) {
        snprintf(name, sizeof(name), "desk %s", desk[kind]);
        one(&report, name, coverage->desk[kind]);
    }
    end(&report, "desk");
    one(&report, "snapshot taken", coverage->caught_up);
    one(&report, "snapshot resumed", coverage->resumed);
    end(&report, "snapshot");
    return report.wrong;
}
