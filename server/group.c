/* SPDX-License-Identifier: Apache-2.0 */
#include "server/group.h"

#include "navette/log.h"
#include "navette/system.h"
#include "server/full.h"

/* One round's transaction: `write` is NULL when there was no room to begin one, and `full` stands in for it. */
struct group {
    struct store_txn *write;
    struct store_txn *read;
    struct full_txn full;
    struct store_txn *journal; /* what the step is given */
    uint64_t begun_at;         /* tail before */
};

static int group_begin(struct executor *executor, struct group *group)
{
    int rc = executor_begin(executor, &group->write);

    group->read = NULL;
    group->journal = group->write;
    group->begun_at = executor->tail;
    if (rc != NAVETTE_E_FULL)
        return rc;
    group->write = NULL;
    rc = lmdb_read_begin(executor->home->journal, &group->read);
    if (!rc)
        group->journal = full_txn_init(&group->full, group->read);
    return rc;
}

static void group_abort(struct group *group)
{
    lmdb_abort(group->write);
    lmdb_abort(group->read);
    group->write = NULL;
    group->read = NULL;
}

/* Frames that have come are looked at by others while this thread writes. */
static int group_receive(struct executor *executor)
{
    struct checkers_frame *frame;
    struct span bytes;
    size_t dropped = 0;
    int rc = 0;

    /* Who floods costs the others no more than what is dropped here. */
    while (!rc && dropped < EXECUTOR_GROUP_FRAMES && (frame = checkers_room(executor->checkers)) != NULL) {
        const struct hub_node *node;

        rc = wire_hub_receive(executor->wire, &frame->session, frame->curve_key, &bytes);
        if (rc)
            break;
        if (!hub_listens(executor->hub, frame->session, frame->curve_key, bytes, system_monotonic_ms(), &executor->effects)) {
            dropped++;
            continue;
        }
        hub_checked_keep(frame->checked, follower_room(executor->follower));
        buffer_clear(&frame->bytes);
        rc = buffer_append(&frame->bytes, bytes.data, bytes.len);
        if (rc)
            break;
        node = hub_node_by_key(executor->hub, frame->curve_key);
        frame->known = node != NULL;
        if (node)
            frame->node = *node;
        checkers_put(executor->checkers);
    }
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

/* One frame through the step. NAVETTE_E_NOT_FOUND: none waits. */
static int group_frame(struct executor *executor, struct group *group, size_t *taken)
{
    uint8_t salt[SALT_SIZE];
    struct hub_input input = {.kind = HUB_FRAME, .salt = salt, .boot = executor->boot};
    struct checkers_frame *frame;
    struct decoded *decoded;
    uint64_t first;
    int rc = group_receive(executor);

    if (rc)
        return rc;
    frame = checkers_first(executor->checkers);
    if (!frame)
        return NAVETTE_E_NOT_FOUND;
    if (*taken == 0)
        rc = group_begin(executor, group);
    ++*taken;
    if (!rc) {
        system_random(salt, sizeof(salt));
        input.session = frame->session;
        input.curve_key = frame->curve_key;
        input.bytes = buffer_span(&frame->bytes);
        input.checked = frame->known ? frame->checked : NULL;
        input.now_ms = system_wall_ms();
        input.boottime_ms = system_boottime_ms();
        input.journal = group->journal;
        rc = hub_step(executor->hub, &input, &executor->effects);
        decoded = hub_checked_take(frame->checked, &first);
        follower_give(executor->follower, first, decoded);
    }
    checkers_pop(executor->checkers);
    return rc || !group->write ? rc : executor_seal_recorded(executor, group->write);
}

/* What the round's frames add up to, before it is committed. */
static int group_round(struct executor *executor, struct group *group)
{
    uint8_t salt[SALT_SIZE];
    struct hub_input input = {
        .kind = HUB_ROUND, .now_ms = system_wall_ms(), .journal = group->journal, .salt = salt, .boot = executor->boot};

    int rc;

    if (!group->write)
        return 0;
    system_random(salt, sizeof(salt));
    input.boottime_ms = system_boottime_ms();
    rc = hub_step(executor->hub, &input, &executor->effects);
    return rc ? rc : executor_seal_recorded(executor, group->write);
}

static int group_take(struct executor *executor, struct group *group, size_t *taken)
{
    uint64_t tail = 0;
    int rc = 0;

    while (!rc && *taken < EXECUTOR_GROUP_FRAMES) {
        rc = group_frame(executor, group, taken);
        if (!rc)
            rc = journal_tail(group->journal, &tail);
        /* Without room each frame stands alone: a PUSH that fails must not take another's PONG with it. */
        if (!rc && (tail - group->begun_at >= EXECUTOR_GROUP_EVENTS || !group->write))
            break;
    }
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

/* Nothing of the round exists: its effects go, and the step says so to those who wait for an answer. */
static int group_failed(struct executor *executor, int error)
{
    effects_clear(&executor->effects);
    if (!executor->full)
        system_log(2, "group", NULL, "a round could not be stored (%s): nothing was acknowledged", error_text(error));
    executor->full = error == NAVETTE_E_FULL;
    return executor_give(executor, HUB_FAILED, 0, error);
}

int group_run(struct executor *executor, size_t *taken)
{
    struct group group = {0};
    int rc;

    *taken = 0;
    rc = group_take(executor, &group, taken);
    if (!rc && *taken == 0 && !executor->full && hub_round_deadline(executor->hub) <= system_wall_ms()) {
        rc = group_begin(executor, &group);
        if (!rc && !group.write)
            rc = NAVETTE_E_FULL; /* told once; tried again when there is room */
    } else if (*taken == 0) {
        /* What was dropped may have been told of. */
        return rc ? rc : executor_carry_out(executor);
    }
    if (!rc)
        rc = group_round(executor, &group);
    if (!rc)
        rc = group_receive(executor);
    if (!rc && group.write) {
        rc = executor_commit(executor, group.write);
        group.write = NULL;
    }
    follower_settle(executor->follower, 0); /* what is left of it is not stored */
    group_abort(&group);
    if (error_is_fatal(rc))
        return rc;
    if (rc)
        return group_failed(executor, rc);
    executor->groups++;
    rc = executor_give(executor, HUB_STORED, 0, 0);
    return rc ? rc : executor_give(executor, HUB_TAIL, 0, 0);
}
