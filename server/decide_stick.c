/* SPDX-License-Identifier: Apache-2.0 */
#include "server/decide_stick.h"

#include <stdio.h>
#include <string.h>

#include "navette/link.h"
#include "navette/system.h"
#include "server/answer.h"
#include "server/guest.h"
#include "server/own_keys.h"
#include "server/stick.h"

typedef int stick_step(struct hub *hub, const struct hub_input *input, struct stick *stick, struct span frame, struct effects *effects);

static int step_greet(struct hub *hub, const struct hub_input *input, struct stick *stick, struct span frame, struct effects *effects)
{
    return hub_stick_greet(hub, input, stick->step, stick->box.head.from, frame, effects);
}

static int step_push(struct hub *hub, const struct hub_input *input, struct stick *stick, struct span frame, struct effects *effects)
{
    return hub_stick_push(hub, input, stick->step, frame, effects);
}

/* A frontier speaks of what is here: noted when it has come, with this stick or another. */
static int step_state(struct hub *hub, const struct hub_input *input, struct stick *stick, struct span frame, struct effects *effects)
{
    (void)frame;
    return hub_stick_state(hub, input, stick->step, effects);
}

/* One step inside the transaction; the hub's own batch is sealed on the way when it is full. */
static int stick_step_in(struct executor *executor, struct store_txn *txn, struct stick *stick, stick_step *step, struct span frame)
{
    uint8_t salt[SALT_SIZE];
    struct hub_input input = {.kind = HUB_FRAME, .salt = salt, .boot = executor->boot, .journal = txn};
    int rc = NAVETTE_E_BUSY;

    for (int again = 0; rc == NAVETTE_E_BUSY && again < 2; again++) {
        rc = again ? executor_seal(executor, txn) : 0;
        if (rc)
            return rc;
        system_random(salt, sizeof(salt));
        input.now_ms = system_wall_ms();
        input.boottime_ms = system_boottime_ms();
        rc = step(executor->hub, &input, stick, frame, &executor->effects);
    }
    if (!rc)
        rc = executor_seal_recorded(executor, txn);
    return rc;
}

/* Frames, one after the other, in one transaction. *why: what stopped them, of what came before; that is kept. */
static int stick_run(struct executor *executor, struct stick *stick, stick_step *step, struct span frames, int *why)
{
    struct store_txn *txn;
    struct span frame;
    int rc = executor_begin(executor, &txn);

    *why = 0;
    if (rc)
        return rc;
    while (!rc && !*why && bundle_next_frame(&frames, &frame) == 0) {
        rc = stick_step_in(executor, txn, stick, step, frame);
        if (rc && !error_is_fatal(rc) && rc != NAVETTE_E_FULL) {
            *why = rc == NAVETTE_E_EXISTS ? 0 : rc;
            rc = 0;
        }
    }
    rc = decide_commit(executor, txn, rc);
    if (rc) {
        effects_clear(&executor->effects);
        return rc;
    }
    return executor_carry_out(executor);
}

static int stick_state(struct executor *executor, struct stick *stick)
{
    struct store_txn *txn;
    int rc = executor_begin(executor, &txn);

    if (!rc)
        rc = decide_commit(executor, txn, stick_step_in(executor, txn, stick, step_state, span_of(NULL, 0)));
    if (!rc)
        return executor_carry_out(executor);
    effects_clear(&executor->effects);
    return rc;
}

/* A hub put back from a backup may know neither a change of keys nor a log since. */
static json_t *stick_refusal(const struct executor *executor, const json_t *request, const struct stick *stick, int rc)
{
    struct hub_stick_info info = {.verdict = NAVETTE__VERDICT__VERDICT_REFUSED};

    switch (rc) {
    case NAVETTE_E_REFUSED:
        return answer_error(request, "hub-stick-revoked", stick->manifest.place, link_verdict_name(info.verdict), NULL);
    case NAVETTE_E_NOT_FOUND:
        return answer_error(request, "hub-stick-unknown", stick->manifest.place, NULL, NULL);
    case NAVETTE_E_SIGNATURE:
        return answer_error(request, executor->home->lineage.count > 1 ? "hub-stick-newer-keys" : "hub-stick-forged", stick->manifest.place,
                            NULL, NULL);
    case NAVETTE_E_VERSION:
        return answer_error(request, "stick-version", NULL, NULL, NULL);
    default:
        return answer_error(request, "stick-damaged", NULL, NULL, NULL);
    }
}

static const struct hub_node *stick_node(const struct executor *executor, const uint8_t id[NODE_ID_SIZE])
{
    const struct hub_node *node;

    for (size_t i = 0; (node = hub_node_at(executor->hub, i)) != NULL; i++)
        if (memcmp(node->node, id, NODE_ID_SIZE) == 0)
            return node;
    return NULL;
}

/* A node that nobody knows brings, after its greeting, what it was invited with. NAVETTE_E_NOT_FOUND: nothing of the kind that holds. */
static int stick_enrol(struct executor *executor, const struct stick *stick)
{
    const struct invitation_list *list = executor->invitations;
    struct span frames = stick->manifest.frames;
    struct enrol_claim claim;
    struct span frame;
    size_t which;

    while (bundle_next_frame(&frames, &frame) == 0)
        if (enrol_file_find(frame, list->open, list->count, system_wall_ms(), &which, &claim) == 0 &&
            memcmp(claim.node, stick->box.head.from, NODE_ID_SIZE) == 0 &&
            bundle_box_check(&stick->box, buffer_span(&stick->plain), claim.sign_key) == 0) {
            int rc = guest_by_stick(executor, which, &claim);

            return rc == NAVETTE_E_REFUSED ? NAVETTE_E_NOT_FOUND : rc;
        }
    return NAVETTE_E_NOT_FOUND;
}

/* By the keys it has, or had when it wrote: those of a machine that was replaced speak for nobody. */
static int stick_check(struct stick *stick, const struct hub_node *node)
{
    int rc = bundle_box_check(&stick->box, buffer_span(&stick->plain), node->sign_key);

    for (size_t i = 0; rc && i < node->past.count; i++) {
        rc = bundle_box_check(&stick->box, buffer_span(&stick->plain), node->past.list[i].key);
        stick->given_up = !rc;
        if (!rc)
            (node->past.list[i].replaced ? hub_stick_replaced : hub_stick_given_up)(stick->step);
    }
    return rc;
}

/* With the keys that this hub has, or had when it was written. */
static int stick_unseal(const struct executor *executor, struct stick *stick, struct span head)
{
    const struct keys *keys;
    int rc = NAVETTE_E_REFUSED;

    for (size_t turn = 0; rc == NAVETTE_E_REFUSED && (keys = own_keys_reader(executor->home, turn)) != NULL; turn++)
        rc = bundle_box_open(&stick->box, head, keys, &stick->plain, &stick->manifest);
    return rc;
}

/* It was meant for this hub: with keys that it had once. */
static int stick_is_old(const struct executor *executor, const struct stick *stick)
{
    return stick->box.head.kind == BUNDLE_TO_HUB && memcmp(stick->box.head.to, executor->home->keys.node, NODE_ID_SIZE) == 0;
}

/* Whose stick it is, and that it is. NAVETTE_E_BUSY: sealed to somebody else. */
static int stick_open(struct executor *executor, const json_t *request, struct stick *stick, struct span *frames)
{
    struct buffer bytes = {.data = NULL};
    const struct hub_node *node;
    int rc = stick_file_bytes_read(request, "head", &bytes);

    if (!rc)
        rc = stick_unseal(executor, stick, buffer_span(&bytes));
    buffer_free(&bytes);
    if (rc == NAVETTE_E_REFUSED || (!rc && stick->box.head.kind != BUNDLE_TO_HUB))
        return NAVETTE_E_BUSY;
    if (rc)
        return rc;
    *frames = stick->manifest.frames;
    node = stick_node(executor, stick->box.head.from);
    if (!node) {
        rc = stick_enrol(executor, stick);
        if (rc)
            return rc;
        node = stick_node(executor, stick->box.head.from);
    }
    if (!node)
        return NAVETTE_E_NOT_FOUND;
    rc = stick_check(stick, node);
    if (rc)
        return rc;
    memcpy(stick->curve_key, node->curve_key, KEY_SIZE);
    stick->scope = node->scope;
    if (node->place_count)
        (void)snprintf(stick->manifest.place, sizeof(stick->manifest.place), "%s", node->places[0]);
    return 0;
}

int decide_stick_in(struct executor *executor, const json_t *request, json_t **answer, uint64_t *position)
{
    struct stick *stick = stick_new(executor->sticks);
    struct span frames = {.len = 0};
    struct span hello;
    int why = 0;
    int rc;

    (void)position;
    if (!stick)
        return NAVETTE_E_MEMORY;
    rc = stick_open(executor, request, stick, &frames);
    if (!rc)
        rc = bundle_next_frame(&frames, &hello) ? NAVETTE_E_INVALID : 0;
    if (!rc)
        rc = stick_run(executor, stick, step_greet, hello, &why);
    if (rc == NAVETTE_E_FULL || error_is_fatal(rc)) {
        stick_end(stick);
        return rc;
    }
    if (rc || why) {
        *answer = rc == NAVETTE_E_BUSY
                      ? answer_error(request, stick_is_old(executor, stick) ? "hub-rekey-old" : "stick-not-for-us", NULL, NULL, NULL)
                      : stick_refusal(executor, request, stick, rc ? rc : why);
        stick_end(stick);
        return 0;
    }
    bundle_tally_begin(&stick->tally, &stick->manifest);
    *answer = json_pack("{s:b, s:o, s:s}", "ok", 1, "stick", json_sprintf("%016llx", (unsigned long long)stick->id), "place",
                        stick->manifest.place);
    return 0;
}

static struct stick *stick_of(struct executor *executor, const json_t *request, json_t **answer)
{
    struct stick *stick = stick_find(executor->sticks, answer_field(request, "stick"));

    if (!stick)
        *answer = answer_error(request, "stick-gone", NULL, NULL, NULL);
    return stick;
}

/* Kept until the answer; what is not a question is damage. One that was read already is passed over. */
static int stick_wants_in(struct stick *stick, const struct bundle_part *part)
{
    struct buffer frames = {.data = NULL};
    struct span left;
    struct span frame;
    size_t count;
    int rc = bundle_part_unpack(part, &frames);

    left = buffer_span(&frames);
    while (!rc && part->first > stick->wants_read && bundle_next_frame(&left, &frame) == 0) {
        rc = hub_stick_wants(frame, &count);
        if (!rc && stick->wanted + count > LIMIT_BUNDLE_WANTS)
            rc = NAVETTE_E_INVALID;
        if (!rc)
            rc = buffer_append(&stick->wants, frame.data, frame.len);
        stick->wanted += rc ? 0 : (uint32_t)count;
    }
    stick->wants_read = part->last > stick->wants_read ? part->last : stick->wants_read;
    buffer_free(&frames);
    stick->damaged += rc == NAVETTE_E_INVALID;
    return rc == NAVETTE_E_INVALID ? 0 : rc;
}

static int stick_part_in(struct executor *executor, struct stick *stick, const struct bundle_part *part)
{
    struct buffer frames = {.data = NULL};
    int why = 0;
    int rc;

    if (part->kind == BUNDLE_END) {
        stick->ended = stick->parts >= part->first;
        return 0;
    }
    stick->parts++;
    if (part->kind == BUNDLE_FETCH)
        return stick_wants_in(stick, part);
    if (part->kind != BUNDLE_PUSHES)
        return 0;
    rc = bundle_part_unpack(part, &frames);
    if (!rc)
        rc = stick_run(executor, stick, step_push, buffer_span(&frames), &why);
    buffer_free(&frames);
    stick->damaged += rc == NAVETTE_E_INVALID;
    if (rc)
        return rc == NAVETTE_E_INVALID ? 0 : rc;
    bundle_tally_part(&stick->tally, part);
    if (why == NAVETTE_E_GAP && !stick->gap)
        stick->gap = part->first;
    stick->damaged += why && why != NAVETTE_E_GAP && why != NAVETTE_E_CHAIN;
    return 0;
}

int decide_stick_take(struct executor *executor, const json_t *request, json_t **answer, uint64_t *position)
{
    struct stick *stick = stick_of(executor, request, answer);
    struct buffer bytes = {.data = NULL};
    struct buffer plain = {.data = NULL};
    struct bundle_part part;
    int damaged;
    int rc;

    (void)position;
    if (!stick)
        return 0;
    rc = stick_file_bytes_read(request, "bytes", &bytes);
    if (!rc)
        rc = bundle_box_open_part(&stick->box, buffer_span(&bytes), &plain, &part);
    damaged = rc && !error_is_fatal(rc);
    if (!rc)
        rc = stick_part_in(executor, stick, &part);
    buffer_free(&bytes);
    buffer_free(&plain);
    if (rc && !damaged)
        return rc;
    *answer = json_pack("{s:b, s:b}", "ok", 1, "damaged", damaged);
    return 0;
}

/* ---- what came of it */

/* "1201-1400, 1601-1800": those that the hub does not have from elsewhere. */
static void stick_missing_text(const struct stick *stick, uint64_t held, char *out, size_t size)
{
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < stick->tally.missing_count; i++) {
        const struct bundle_range *range = &stick->tally.missing[i];
        int n;

        if (range->last <= held)
            continue;
        n = snprintf(out + used, size - used, "%s%llu-%llu", used ? ", " : "",
                     (unsigned long long)(range->first > held ? range->first : held + 1), (unsigned long long)range->last);
        if (n < 0 || (size_t)n >= size - used)
            break;
        used += (size_t)n;
    }
}

static const char *stick_text_code(const struct stick *stick, const struct hub_stick_info *info, const char *missing)
{
    if (info->refused)
        return "hub-stick-replaced";
    if (stick->given_up && (info->verdict == NAVETTE__VERDICT__VERDICT_FORK || stick->damaged))
        return "hub-stick-old-keys";
    if (info->verdict == NAVETTE__VERDICT__VERDICT_FORK)
        return "hub-stick-fork";
    if (missing[0])
        return "hub-stick-missing";
    if (stick->gap && info->held + 1 < stick->gap)
        return "hub-stick-gap";
    if (stick->damaged)
        return "hub-stick-bad";
    if (stick->wanted < stick->manifest.wants)
        return "hub-stick-wants";
    return info->taken ? "hub-stick-taken" : "hub-stick-again";
}

int decide_stick_end(struct executor *executor, const json_t *request, json_t **answer, uint64_t *position)
{
    struct stick *stick = stick_of(executor, request, answer);
    struct hub_stick_info info;
    struct store_txn *txn;
    char missing[256], count[24], held[24], text[512], next[512];
    const char *code, *which;
    int rc;

    if (!stick)
        return 0;
    rc = stick_state(executor, stick);
    if (!rc)
        rc = lmdb_read_begin(executor->home->journal, &txn);
    if (rc)
        return rc;
    rc = hub_stick_info(stick->step, txn, &info);
    lmdb_abort(txn);
    if (rc)
        return rc;
    bundle_tally_end(&stick->tally);
    stick_missing_text(stick, info.held, missing, sizeof(missing));
    code = stick_text_code(stick, &info, missing);
    (void)snprintf(count, sizeof(count), "%llu", (unsigned long long)(info.refused ? info.refused : info.taken));
    (void)snprintf(held, sizeof(held), "%llu", (unsigned long long)info.held);
    which = missing[0] && !info.refused ? missing : count;
    message_text(answer_language(request), code, stick->manifest.place, which, held, text, sizeof(text));
    message_next(answer_language(request), code, stick->manifest.place, which, held, next, sizeof(next));
    *answer = json_pack("{s:b, s:o, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:o, s:I, s:I, s:b, s:s, s:s}", "ok", 1, "stick",
                        json_sprintf("%016llx", (unsigned long long)stick->id), "place", stick->manifest.place, "verdict",
                        link_verdict_name(info.verdict), "taken", (json_int_t)info.taken, "refused", (json_int_t)info.refused, "again",
                        (json_int_t)info.again, "held", (json_int_t)info.held, "claimed", (json_int_t)info.claimed, "missing",
                        stick_file_missing(&stick->tally), "wants", (json_int_t)stick->manifest.wants, "wants_read",
                        (json_int_t)stick->wanted, "whole",
                        info.verdict != NAVETTE__VERDICT__VERDICT_FORK && info.held >= info.claimed && !stick->damaged &&
                            stick->wanted >= stick->manifest.wants,
                        "text", text, "next", next);
    system_log(info.verdict == NAVETTE__VERDICT__VERDICT_FORK ? 2 : 0, "stick", stick->manifest.place,
               "%s: %llu events taken, held up to %llu of %llu", link_verdict_name(info.verdict), (unsigned long long)info.taken,
               (unsigned long long)info.held, (unsigned long long)info.claimed);
    *position = executor->tail;
    return 0;
}

/* ---- the answer */

static int stick_receipt(struct executor *executor, struct stick *stick, struct buffer *head)
{
    struct bundle_manifest manifest = {.range_count = 0};
    struct buffer frames = {.data = NULL};
    struct hub_input input = {.kind = HUB_TICK, .now_ms = system_wall_ms()};
    struct hub_stick_info info;
    struct effects effects;
    int rc = lmdb_read_begin(executor->home->journal, &input.journal);

    if (rc)
        return rc;
    effects_init(&effects);
    rc = hub_stick_receipt(executor->hub, &input, stick->step, &effects);
    if (!rc)
        rc = hub_stick_info(stick->step, input.journal, &info);
    lmdb_abort(input.journal);
    (void)snprintf(manifest.place, sizeof(manifest.place), "%s", stick->manifest.place);
    if (!rc && stick->to > info.from) {
        manifest.range_count = 1;
        manifest.ranges[0].first = info.from + 1;
        manifest.ranges[0].last = stick->to;
    }
    for (size_t i = 0; !rc && i < effects.count; i++)
        if (effects.list[i].kind == EFFECT_SEND)
            rc = buffer_append(&frames, effects.list[i].frame.data, effects.list[i].frame.len);
    manifest.frames = buffer_span(&frames);
    manifest.wants = stick->wanted;
    if (!rc)
        rc = bundle_box_head(&stick->answer, &executor->home->keys, &manifest, head);
    effects_free(&effects);
    buffer_free(&frames);
    return rc;
}

int decide_stick_answer(struct executor *executor, const json_t *request, json_t **answer, uint64_t *position)
{
    struct stick *stick = stick_of(executor, request, answer);
    struct buffer head = {.data = NULL};
    struct follower_news news;
    int rc;

    (void)position;
    if (!stick)
        return 0;
    follower_news(executor->follower, &news);
    stick->to = stick->scope == NAVETTE__SCOPE__SCOPE_NETWORK || news.cursor > executor->tail ? executor->tail : news.cursor;
    stick->index = 0;
    rc = bundle_box_make(&stick->answer, BUNDLE_TO_NODE, executor->home->keys.node, stick->box.head.from, stick->curve_key,
                         system_wall_ms());
    if (!rc)
        rc = stick_receipt(executor, stick, &head);
    if (!rc)
        *answer = json_pack("{s:b, s:o, s:o, s:s}", "ok", 1, "stick", json_sprintf("%016llx", (unsigned long long)stick->id), "head",
                            stick_file_bytes(buffer_span(&head)), "place", stick->manifest.place);
    buffer_free(&head);
    return rc;
}

/* The next DELTA as a part. NAVETTE_E_NOT_FOUND: nothing more. */
static int stick_delta(struct executor *executor, struct stick *stick, struct bundle_part *part, struct effects *effects)
{
    struct hub_input input = {.kind = HUB_TAIL, .now_ms = system_wall_ms()};
    struct hub_stick_info info;
    int rc = lmdb_read_begin(executor->home->journal, &input.journal);

    if (rc)
        return rc;
    if (follower_read_begin(executor->follower, &input.state))
        input.state = NULL;
    rc = hub_stick_info(stick->step, input.journal, &info);
    part->kind = BUNDLE_DELTAS;
    part->first = (stick->index ? stick->told : info.from) + 1;
    if (!rc)
        rc = hub_stick_delta(executor->hub, &input, stick->step, stick->to, &part->last, effects);
    stick->told = part->last;
    follower_read_end(executor->follower, input.state);
    lmdb_abort(input.journal);
    return rc;
}

/* The next FETCHED as a part. NAVETTE_E_NOT_FOUND: nothing more was asked for. */
static int stick_fetched(struct executor *executor, struct stick *stick, struct bundle_part *part, struct effects *effects)
{
    struct hub_input input = {.kind = HUB_TAIL, .now_ms = system_wall_ms()};
    struct span left = span_of(stick->wants.data + stick->fetch_at, stick->wants.len - stick->fetch_at);
    size_t from = stick->fetch_next;
    struct span frame;
    int rc = lmdb_read_begin(executor->home->journal, &input.journal);

    if (rc)
        return rc;
    rc = NAVETTE_E_NOT_FOUND;
    while (rc == NAVETTE_E_NOT_FOUND && bundle_next_frame(&left, &frame) == 0) {
        rc = hub_stick_fetch(executor->hub, &input, stick->step, frame, &stick->fetch_next, effects);
        if (rc == NAVETTE_E_NOT_FOUND) {
            stick->fetch_at += frame.len;
            stick->fetch_next = from = 0;
        }
    }
    lmdb_abort(input.journal);
    *part = (struct bundle_part){.kind = BUNDLE_FETCHED, .first = stick->fetched + 1};
    stick->fetched += rc ? 0 : (uint32_t)(stick->fetch_next - from);
    part->last = stick->fetched;
    return rc;
}

int decide_stick_part(struct executor *executor, const json_t *request, json_t **answer, uint64_t *position)
{
    struct stick *stick = stick_of(executor, request, answer);
    struct bundle_part part = {.kind = BUNDLE_END};
    struct buffer bytes = {.data = NULL};
    struct effects effects;
    int rc = NAVETTE_E_NOT_FOUND;

    (void)position;
    if (!stick)
        return 0;
    effects_init(&effects);
    if (stick->index < LIMIT_BUNDLE_PARTS - 1 && stick->bytes < STICK_ANSWER_BYTES)
        rc = stick_delta(executor, stick, &part, &effects);
    if (rc == NAVETTE_E_NOT_FOUND && stick->index < LIMIT_BUNDLE_PARTS - 1 && stick->bytes < STICK_ANSWER_BYTES)
        rc = stick_fetched(executor, stick, &part, &effects);
    if (rc == NAVETTE_E_NOT_FOUND) {
        part = (struct bundle_part){.kind = BUNDLE_END, .first = stick->index};
        rc = 0;
    } else if (!rc) {
        part.content = buffer_span(&effects.list[0].frame);
    }
    if (!rc)
        rc = bundle_box_part(&stick->answer, stick->index++, &part, &bytes);
    stick->bytes += bytes.len;
    if (!rc)
        *answer = json_pack("{s:b, s:o, s:b}", "ok", 1, "bytes", stick_file_bytes(buffer_span(&bytes)), "last", part.kind == BUNDLE_END);
    if (rc || part.kind == BUNDLE_END)
        stick_end(stick);
    effects_free(&effects);
    buffer_free(&bytes);
    return rc;
}
