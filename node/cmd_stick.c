/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "navette/fold.h"
#include "navette/system.h"
#include "navette/tz.h"
#include "node/commands.h"
#include "node/trusting.h"

#define PART_BYTES 393216u /* frames are put together until there are so many: one more fits beside them in a part */

static json_t *id_json(const struct stick *stick)
{
    return json_sprintf("%016llx", (unsigned long long)stick->id);
}

static void number_text(uint64_t value, char out[24])
{
    (void)snprintf(out, 24, "%llu", (unsigned long long)value);
}

/* A further sentence, when there is something to say. */
static void add_note(const struct request *request, json_t *answer, const char *field, const char *code, uint64_t count, uint64_t other)
{
    char a[24], b[24], text[640];

    if (count == 0 && other == 0)
        return;
    number_text(count, a);
    number_text(other, b);
    message_text(request->language, code, a, b, NULL, text, sizeof text);
    (void)json_object_set_new(answer, field, json_string(text));
}

/* ---- out */

/* What is recorded and gathers in the open batch is sealed: a stick holds whole batches. */
static int seal_open(struct office *office)
{
    struct store_txn *txn;
    int rc = lmdb_write_begin(office->store, &txn);

    if (rc != 0)
        return rc;
    rc = desk_seal(&office->desk, txn);
    if (rc == 0)
        return lmdb_commit(txn);
    lmdb_abort(txn);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

static int greet(struct office *office, const struct request *request, struct store_txn *txn, struct stick *stick, int all,
                 struct buffer *hello)
{
    struct node_input input = {.kind = NODE_TICK, .now_ms = request->moment.monotonic_ms, .wall_ms = request->moment.wall_ms, .txn = txn};
    uint8_t signature[SIGNATURE_SIZE], bytes[FRONTIER_SIGNED_SIZE];
    Navette__Frontier frontier;
    struct span claim;
    int rc;

    if (node_frontier(office->node, txn, &frontier) == 0) {
        frontier_signed_bytes(&frontier, bytes);
        keys_sign(&office->keys, bytes, sizeof bytes, signature);
        frontier.signature = (ProtobufCBinaryData){SIGNATURE_SIZE, signature};
        input.frontier = &frontier;
    }
    rc = node_stick_greet(office->node, &input, all, &stick->plan, hello);
    if (rc != 0 || stick_claim(txn, &claim) != 0)
        return rc;
    return buffer_append(hello, claim.data, claim.len);
}

static int open_out(struct office *office, const struct request *request, struct stick *stick, struct buffer *head,
                    struct node_progress *progress)
{
    struct bundle_manifest *manifest = &stick->manifest;
    struct buffer hello = {.data = NULL};
    struct store_txn *txn;
    int rc = seal_open(office);

    if (rc == 0)
        rc = lmdb_read_begin(office->store, &txn);
    if (rc != 0)
        return rc;
    rc = greet(office, request, txn, stick, request_flag(request, "all"), &hello);
    if (rc == 0)
        rc = node_stick_wants(txn, &stick->wants, &manifest->wants);
    if (rc == 0)
        rc = node_progress(office->node, txn, progress);
    lmdb_abort(txn);
    if (rc == 0)
        rc = bundle_box_make(&stick->box, BUNDLE_TO_HUB, office->keys.node, office->identity.hub, office->identity.hub_curve_key,
                             request->moment.wall_ms);
    (void)snprintf(manifest->place, sizeof manifest->place, "%s", request->place);
    if (stick->plan.last >= stick->plan.first) {
        manifest->range_count = 1;
        memcpy(manifest->ranges[0].incarnation, stick->plan.incarnation, INCARNATION_SIZE);
        manifest->ranges[0].first = stick->plan.first;
        manifest->ranges[0].last = stick->plan.last;
    }
    manifest->frames = buffer_span(&hello);
    if (rc == 0)
        rc = bundle_box_head(&stick->box, &office->keys, manifest, head);
    manifest->frames = span_of(NULL, 0);
    buffer_free(&hello);
    stick->next = stick->plan.first;
    return rc;
}

static int run_out(struct office *office, const struct request *request, json_t **answer)
{
    struct buffer head = {.data = NULL};
    struct node_progress progress;
    struct stick *stick;
    uint64_t events;
    char count[24], text[640];
    int rc;

    if (!office->identity.enrolled) {
        *answer = request_refuse(request, "not-enrolled", NULL, NULL, NULL);
        return 0;
    }
    stick = stick_new(office);
    rc = open_out(office, request, stick, &head, &progress);
    if (rc == 0) {
        events = stick->plan.last >= stick->plan.first ? stick->plan.last - stick->plan.first + 1 : 0;
        number_text(events, count);
        message_text(request->language, events > 0 ? "stick-out" : "stick-out-nothing", count, NULL, NULL, text, sizeof text);
        *answer = json_pack("{s:b, s:o, s:o, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:s}", "ok", 1, "stick", id_json(stick), "head",
                            stick_file_bytes(buffer_span(&head)), "place", request->place, "events", (json_int_t)events, "first",
                            (json_int_t)stick->plan.first, "last", (json_int_t)stick->plan.last, "safe", (json_int_t)progress.durable,
                            "cursor", (json_int_t)progress.cursor, "wants", (json_int_t)stick->manifest.wants, "text", text);
        add_note(request, *answer, "wants_text", "stick-out-wants", stick->manifest.wants, 0);
    } else {
        stick_end(stick);
    }
    buffer_free(&head);
    return rc;
}

/* Puts batches together up to PART_BYTES. Nothing more: the part that says so. */
static int gather(struct office *office, struct stick *stick, struct bundle_part *part, struct buffer *frames)
{
    struct store_txn *txn;
    uint64_t last = 0;
    int rc = lmdb_read_begin(office->store, &txn);

    if (rc != 0)
        return rc;
    memcpy(part->incarnation, stick->plan.incarnation, INCARNATION_SIZE);
    part->kind = BUNDLE_PUSHES;
    part->first = stick->next;
    while (rc == 0 && stick->next <= stick->plan.last) {
        size_t before = frames->len;

        rc = node_stick_push(txn, stick->plan.incarnation, stick->next, frames, &last);
        if (rc == 0 && before > 0 && frames->len > PART_BYTES) {
            frames->len = before;
            break;
        }
        if (rc == 0)
            stick->next = last + 1;
    }
    part->last = stick->next - 1;
    lmdb_abort(txn);
    return rc == NAVETTE_E_NOT_FOUND ? NAVETTE_E_STORE : rc;
}

/* The next FETCH frames, up to PART_BYTES. */
static int gather_wants(struct stick *stick, struct bundle_part *part, struct buffer *frames)
{
    struct span left = span_of(stick->wants.data + stick->wants_at, stick->wants.len - stick->wants_at);
    struct span frame;
    int rc = 0;

    part->kind = BUNDLE_FETCH;
    part->first = stick->wants_out + 1;
    while (rc == 0 && frames->len < PART_BYTES && bundle_next_frame(&left, &frame) == 0) {
        rc = buffer_append(frames, frame.data, frame.len);
        stick->wants_at += frame.len;
        stick->wants_out++;
    }
    part->last = stick->wants_out;
    return rc;
}

static int run_part(struct office *office, const struct request *request, json_t **answer)
{
    struct stick *stick = stick_of(office, request, answer);
    struct buffer frames = {.data = NULL}, bytes = {.data = NULL};
    struct bundle_part part = {.kind = BUNDLE_END};
    int rc = 0;

    if (stick == NULL)
        return 0;
    if (stick->next <= stick->plan.last)
        rc = gather(office, stick, &part, &frames);
    else if (stick->wants_at < stick->wants.len)
        rc = gather_wants(stick, &part, &frames);
    else
        part.first = stick->index;
    part.content = buffer_span(&frames);
    if (rc == 0)
        rc = stick->index < LIMIT_BUNDLE_PARTS ? bundle_box_part(&stick->box, stick->index++, &part, &bytes) : NAVETTE_E_TOO_LARGE;
    if (rc == 0)
        *answer = json_pack("{s:b, s:o, s:b}", "ok", 1, "bytes", stick_file_bytes(buffer_span(&bytes)), "last", part.kind == BUNDLE_END);
    if (rc != 0 || part.kind == BUNDLE_END)
        stick_end(stick);
    buffer_free(&frames);
    buffer_free(&bytes);
    return rc;
}

/* ---- in */

/* What the steps learnt in a transaction that is thrown away is forgotten. */
static int unlearn(struct office *office, const struct request *request)
{
    struct node_input input = {.kind = NODE_FAILED, .now_ms = request->moment.monotonic_ms, .wall_ms = request->moment.wall_ms};
    struct effects effects;
    int rc = lmdb_read_begin(office->store, &input.txn);

    if (rc != 0)
        return rc;
    effects_init(&effects);
    rc = node_step(office->node, &input, &effects);
    effects_free(&effects);
    lmdb_abort(input.txn);
    return rc != 0 || office->link == NULL ? rc : office_connect(office);
}

static void log_effects(struct effects *effects)
{
    for (size_t i = 0; i < effects->count; i++)
        if (effects->list[i].kind == EFFECT_LOG)
            system_log((int)effects->list[i].level, "stick", NULL, "%s", effects->list[i].text);
    effects_free(effects);
}

/* One frame through the step, or several, in one transaction. */
typedef int frame_step(struct node *node, const struct node_input *input, struct span frame, struct node_stick_news *news,
                       struct effects *effects);

static int give(struct office *office, const struct request *request, struct span frames, frame_step *step, struct node_stick_news *news)
{
    uint8_t fresh[SALT_SIZE];
    struct node_input input = {
        .kind = NODE_TICK, .now_ms = request->moment.monotonic_ms, .wall_ms = request->moment.wall_ms, .fresh = fresh};
    struct effects effects;
    struct span frame;
    int rc = office_write(office, &input.txn);

    if (rc != 0)
        return rc;
    effects_init(&effects);
    while (rc == 0 && (rc = bundle_next_frame(&frames, &frame)) == 0) {
        system_random(fresh, sizeof fresh);
        rc = step(office->node, &input, frame, news, &effects);
    }
    /* A frame that came too early has changed nothing. */
    if (rc == NAVETTE_E_NOT_FOUND || rc == NAVETTE_E_GAP) {
        int kept = lmdb_commit(input.txn);

        office->behind = office->behind == 0 ? 1 : office->behind;
        log_effects(&effects);
        if (kept == 0)
            return rc == NAVETTE_E_GAP ? rc : 0;
        rc = kept;
    } else {
        effects_free(&effects);
        lmdb_abort(input.txn);
    }
    return unlearn(office, request) != 0 ? NAVETTE_E_STORE : rc;
}

static json_t *refuse_head(const struct request *request, const struct office *office, int rc)
{
    switch (rc) {
    case NAVETTE_E_REFUSED:
        return request_refuse(request, "stick-not-for-us", NULL, NULL, NULL);
    case NAVETTE_E_VERSION:
        return request_refuse(request, "stick-version", NULL, NULL, NULL);
    case NAVETTE_E_SIGNATURE:
        return request_refuse(request, "stick-not-the-hub", NULL, NULL, NULL);
    case NAVETTE_E_FULL:
    case NAVETTE_E_MEMORY:
    case NAVETTE_E_STORE:
        return request_failed(request, office, rc);
    default:
        return request_refuse(request, "stick-damaged", NULL, NULL, NULL);
    }
}

/* An answer is proof that the hub knows this node. */
static int forget_claim(struct office *office)
{
    struct store_txn *txn;
    struct span claim;
    int rc = lmdb_read_begin(office->store, &txn);

    if (rc != 0)
        return rc;
    rc = stick_claim(txn, &claim);
    lmdb_abort(txn);
    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    rc = lmdb_write_begin(office->store, &txn);
    if (rc != 0)
        return rc;
    rc = stick_keep_claim(txn, span_of(NULL, 0));
    return lmdb_end(txn, rc);
}

/* Where the hub's keys changed since, the answer tells how, beside its receipt; what that is worth its signatures say. */
static int learn_keys(struct office *office, struct span frames)
{
    struct span frame;

    while (bundle_next_frame(&frames, &frame) == 0) {
        int changed;
        int rc = trusting_take_frame(office, frame, &changed);

        if (error_is_fatal(rc) || rc == NAVETTE_E_FULL)
            return rc;
    }
    return 0;
}

static int check_hub(const struct office *office, const struct stick *stick)
{
    const uint8_t *key;
    int rc = NAVETTE_E_SIGNATURE;

    for (size_t turn = 0; rc == NAVETTE_E_SIGNATURE && (key = hub_keys_believed(&office->hub_keys, turn)) != NULL; turn++)
        rc = bundle_box_check(&stick->box, buffer_span(&stick->plain), key);
    return rc;
}

static int open_in(struct office *office, const struct request *request, struct stick *stick)
{
    struct buffer bytes = {.data = NULL};
    struct span frames, receipt;
    int rc = stick_file_bytes_read(request->json, "head", &bytes);

    if (rc == 0)
        rc = bundle_box_open(&stick->box, buffer_span(&bytes), &office->keys, &stick->plain, &stick->manifest);
    buffer_free(&bytes);
    if (rc == 0 && (stick->box.head.kind != BUNDLE_TO_NODE || !office->identity.enrolled))
        rc = NAVETTE_E_REFUSED;
    if (rc == 0)
        rc = learn_keys(office, stick->manifest.frames);
    if (rc == 0)
        rc = check_hub(office, stick);
    if (rc != 0)
        return rc;
    frames = stick->manifest.frames;
    rc = bundle_next_frame(&frames, &receipt);
    if (rc != 0)
        return NAVETTE_E_INVALID;
    bundle_tally_begin(&stick->tally, &stick->manifest);
    rc = give(office, request, receipt, node_stick_receipt, &stick->news);
    return rc != 0 ? rc : forget_claim(office);
}

static const char *const KINDS[] = {"taken", "old", "restored", "forked", "line", "unclear"};

static int run_in(struct office *office, const struct request *request, json_t **answer)
{
    struct stick *stick = stick_new(office);
    int rc = open_in(office, request, stick);

    if (rc != 0) {
        stick_end(stick);
        *answer = refuse_head(request, office, rc);
        return error_is_fatal(rc) && rc != NAVETTE_E_MEMORY ? rc : 0;
    }
    *answer = json_pack("{s:b, s:o, s:b}", "ok", 1, "stick", id_json(stick), "parts", stick->news.kind == NODE_STICK_TAKEN);
    return 0;
}

static int take_part(struct office *office, const struct request *request, struct stick *stick, const struct bundle_part *part)
{
    struct buffer frames = {.data = NULL};
    int rc;

    if (part->kind == BUNDLE_END) {
        stick->ended = stick->index >= part->first;
        return 0;
    }
    stick->index++;
    if (part->kind != BUNDLE_DELTAS && part->kind != BUNDLE_FETCHED)
        return 0;
    rc = bundle_part_unpack(part, &frames);
    if (rc == 0)
        rc = give(office, request, buffer_span(&frames), part->kind == BUNDLE_DELTAS ? node_stick_delta : node_stick_fetched, &stick->news);
    buffer_free(&frames);
    if (part->kind == BUNDLE_FETCHED)
        return rc;
    if (rc == NAVETTE_E_GAP) {
        stick->gap = 1;
        return 0;
    }
    if (rc == 0) {
        stick->reached = part->last > stick->reached ? part->last : stick->reached;
        bundle_tally_part(&stick->tally, part);
    }
    return rc;
}

static int run_take(struct office *office, const struct request *request, json_t **answer)
{
    struct stick *stick = stick_of(office, request, answer);
    struct buffer bytes = {.data = NULL}, plain = {.data = NULL};
    struct bundle_part part;
    int damaged;
    int rc;

    if (stick == NULL)
        return 0;
    rc = stick_file_bytes_read(request->json, "bytes", &bytes);
    if (rc == 0)
        rc = bundle_box_open_part(&stick->box, buffer_span(&bytes), &plain, &part);
    damaged = rc != 0 && !error_is_fatal(rc);
    if (rc == 0)
        rc = take_part(office, request, stick, &part);
    buffer_free(&bytes);
    buffer_free(&plain);
    if (error_is_fatal(rc) || rc == NAVETTE_E_FULL)
        return rc;
    stick->damaged += rc != 0;
    *answer = json_pack("{s:b, s:b}", "ok", 1, "damaged", damaged);
    return 0;
}

/* What came back of what had been given up goes on where it waited. */
static int refill(struct office *office)
{
    struct store_txn *txn;
    int rc = lmdb_write_begin(office->store, &txn);

    return rc != 0 ? rc : lmdb_end(txn, fold_refill(txn));
}

/* Not all of it could be read. */
static int is_cut(const struct stick *stick)
{
    return !stick->ended || stick->damaged > 0 || stick->news.answered < stick->manifest.wants;
}

static const char *text_code(const struct stick *stick)
{
    switch (stick->news.kind) {
    case NODE_STICK_OLD:
        return "stick-in-old";
    case NODE_STICK_RESTORED:
        return "stick-in-restored";
    case NODE_STICK_FORKED:
        return "stick-in-forked";
    case NODE_STICK_LINE:
        return "stick-in-line";
    case NODE_STICK_UNCLEAR:
        return "stick-in-unclear";
    default:
        return stick->gap ? "stick-in-gap" : is_cut(stick) ? "stick-in-part" : "stick-in";
    }
}

static int run_end(struct office *office, const struct request *request, json_t **answer)
{
    struct stick *stick = stick_of(office, request, answer);
    char safe[24], left[24], taken[24], text[640], next[640], made[TZ_TEXT_SIZE], tz[LIMIT_CODE + 1];
    struct node_progress progress;
    struct store_txn *txn;
    uint32_t wants = 0;
    int rc;

    if (stick == NULL)
        return 0;
    rc = stick->news.back > 0 ? refill(office) : 0;
    if (rc == 0)
        rc = lmdb_read_begin(office->store, &txn);
    if (rc != 0)
        return rc;
    rc = node_progress(office->node, txn, &progress);
    if (rc == 0)
        rc = node_stick_wants(txn, NULL, &wants); /* what is asked for still */
    office_tz(office, txn, request->place, tz);
    lmdb_abort(txn);
    if (rc != 0)
        return rc;
    if (stick->news.kind == NODE_STICK_TAKEN && !stick->ended)
        bundle_tally_end(&stick->tally);
    tz_format(tz, stick->box.head.made_ms, made);
    number_text(progress.durable, safe);
    number_text(progress.head - progress.durable, left);
    number_text(stick->news.taken, taken);
    message_text(request->language, text_code(stick), safe, left, taken, text, sizeof text);
    message_next(request->language, text_code(stick), safe, left, taken, next, sizeof next);
    *answer =
        json_pack("{s:b, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:b, s:o, s:s, s:s, s:s}", "ok", 1, "receipt",
                  KINDS[stick->news.kind], "safe", (json_int_t)progress.durable, "to_send", (json_int_t)(progress.head - progress.durable),
                  "backed_up", (json_int_t)progress.backed_up, "taken", (json_int_t)stick->news.taken, "cursor",
                  (json_int_t)progress.cursor, "came_back", (json_int_t)stick->news.back, "not_given", (json_int_t)stick->news.refused,
                  "wants", (json_int_t)wants, "whole", stick->news.kind == NODE_STICK_TAKEN && !is_cut(stick) && !stick->gap, "gap",
                  stick->gap, "missing", stick_file_missing(&stick->tally), "made", made, "text", text, "next", next);
    add_note(request, *answer, "back_text", "stick-in-back", stick->news.back, stick->news.refused);
    if (stick->news.back + stick->news.refused == 0)
        add_note(request, *answer, "wants_text", "stick-in-wants", wants, 0);
    stick_end(stick);
    /* The line, if there is one, hears of what came beside it. */
    if (office->link != NULL) {
        (void)node_ask(office->node);
        rc = link_executor_nudge(office->link, &request->moment);
    }
    return rc;
}

const struct command *cmd_stick_commands(size_t *count)
{
    static const struct command commands[] = {
        {"stick-out", run_out, 0},   {"stick-part", run_part, 0}, {"stick-in", run_in, 0},
        {"stick-take", run_take, 0}, {"stick-end", run_end, 0},
    };
    *count = sizeof commands / sizeof commands[0];
    return commands;
}
