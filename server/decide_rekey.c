/* SPDX-License-Identifier: Apache-2.0 */
#include "server/decide_rekey.h"

#include <stdlib.h>
#include <string.h>

#include "navette/frame.h"
#include "navette/log.h"
#include "navette/stick_file.h"
#include "navette/system.h"
#include "navette/view_json.h"
#include "navette/whole.h"
#include "server/answer.h"
#include "server/own_keys.h"

#define FORGET_LOOK_MS 60000 /* between looks whether the keys before can go */
#define LOOK_MS 1000         /* between looks at who knows them; and what was told last gets so long to leave before the port closes */

static const char *const STAGES[] = {"settled", "announced", "over"};

/* The port tells it to who can't come in any more. */
void decide_rekey_open(struct executor *executor)
{
    const char *colon;
    int64_t until_ms;
    size_t count;
    const struct rekey *list = hub_announced(executor->hub, &count, &until_ms);

    if (!executor->port)
        return;
    enrol_port_tell(executor->port, list, count, own_keys_stage(executor->home) != OWN_KEYS_ANNOUNCED);
    colon = strrchr(enrol_port_endpoint(executor->port), ':');
    hub_set_enrol_port(executor->hub, colon ? (uint32_t)strtoul(colon + 1, NULL, 10) : 0);
}

static int tell_all(struct executor *executor, int over)
{
    int rc = hub_announce_all(executor->hub, system_wall_ms(), over, &executor->effects);

    return rc ? rc : executor_carry_out(executor);
}

/* ---- announcing */

static void fill(const struct home *home, uint64_t from_seq, struct rekey *rekey)
{
    uint8_t bytes[REKEY_SIGNED_SIZE];

    memset(rekey, 0, sizeof(*rekey));
    memcpy(rekey->node, home->keys.node, NODE_ID_SIZE);
    memcpy(rekey->curve_key, home->next.curve_public, KEY_SIZE);
    memcpy(rekey->sign_key, home->next.sign_public, KEY_SIZE);
    memcpy(rekey->previous, home->keys.sign_public, KEY_SIZE);
    memcpy(rekey->incarnation, home->incarnation, INCARNATION_SIZE);
    rekey->from_seq = from_seq;
    rekey_signed_bytes(rekey, bytes);
    keys_sign(&home->keys, bytes, sizeof(bytes), rekey->signature);
    keys_sign(&home->next, bytes, sizeof(bytes), rekey->proof);
}

static int record(struct executor *executor, struct store_txn *txn, const struct rekey *rekey, int64_t until_ms, uint64_t *position)
{
    struct rekey_body body;

    rekey_body_fill(rekey, until_ms, &body);
    return executor_record(executor, txn, &body.event, position);
}

/* The event is the last that the present keys sign: what it stands in is sealed with them in the same transaction. */
static int announce(struct executor *executor, int64_t until_ms, uint64_t *position)
{
    struct home *home = executor->home;
    int64_t now_ms = system_wall_ms();
    struct store_txn *txn;
    struct log_head head;
    struct rekey rekey;
    int rc = own_keys_make(home);

    if (!rc)
        rc = executor_begin(executor, &txn);
    if (rc)
        return rc;
    rc = journal_head(txn, home->incarnation, &head);
    if (!rc) {
        fill(home, head.seq + 2, &rekey);
        rc = record(executor, txn, &rekey, until_ms, position);
    }
    if (!rc)
        rc = own_keys_note(home, txn, &home->next, now_ms, until_ms);
    rc = decide_commit(executor, txn, rc);
    if (rc)
        return rc;
    own_keys_announced(home, now_ms, until_ms);
    system_log(0, "keys", NULL, "new keys of this hub are announced");
    decide_rekey_open(executor);
    return tell_all(executor, 0);
}

/* Said again, with an end that is now. */
static int end_overlap(struct executor *executor, uint64_t *position)
{
    struct home *home = executor->home;
    int64_t now_ms = system_wall_ms();
    struct store_txn *txn;
    int64_t until_ms;
    size_t count;
    const struct rekey *list = hub_announced(executor->hub, &count, &until_ms);
    struct rekey last;
    int rc;

    if (count == 0)
        return NAVETTE_E_INTERNAL;
    last = list[count - 1];
    rc = executor_begin(executor, &txn);
    if (rc)
        return rc;
    rc = record(executor, txn, &last, now_ms, position);
    if (!rc)
        rc = own_keys_note(home, txn, own_keys_signer(home), home->rekeyed_ms, now_ms);
    rc = decide_commit(executor, txn, rc);
    if (!rc)
        home->until_ms = now_ms;
    return rc;
}

/* ---- going over */

/* 1: every node that is not revoked knows the last ones. */
static int all_know(const struct executor *executor)
{
    const struct hub_node *node;

    for (size_t i = 0; (node = hub_node_at(executor->hub, i)) != NULL; i++)
        if (!node->revoked && hub_key_held_at(executor->hub, i) != HUB_KEY_LAST)
            return 0;
    return 1;
}

/* The files first: killed behind them, the next start opens the port with the new ones. */
static int go_over(struct executor *executor)
{
    int rc = own_keys_change_over(executor->home);

    if (rc == NAVETTE_E_FULL)
        return 0;
    if (rc)
        return rc;
    hub_go_by(executor->hub, executor->home->keys.sign_public);
    rc = wire_hub_rekey(executor->wire, &executor->home->keys);
    if (rc)
        return NAVETTE_E_SYSTEM;
    executor_admit_all(executor);
    if (executor->snapshots)
        snapshot_table_resign(executor->snapshots);
    decide_rekey_open(executor);
    system_log(0, "keys", NULL, "this hub goes by its new keys");
    return 0;
}

/* Where backups are made, one that has the new keys comes first: no disk that dies takes them along. */
static int waits_for_backup(const struct executor *executor)
{
    return executor->backup.position != 0 && executor->backup.made_ms < executor->home->rekeyed_ms;
}

/* The keys that the hub's logs tell of last are not here: it was put back from a backup of before. */
static int is_behind(const struct executor *executor)
{
    const struct rekey_past *past;

    return memcmp(hub_own_keys(executor->hub, &past), own_keys_signer(executor->home)->sign_public, KEY_SIZE) != 0;
}

static int announced_time(struct executor *executor, int64_t now_ms)
{
    /* No word leads from the present keys to the next ones, or to later ones than these: who put keys back has others to put. */
    if (is_behind(executor) || hub_own_gap(executor->hub)) {
        executor->rekey_told_ms = 0;
        return 0;
    }
    if (executor->rekey_told_ms) {
        executor->rekey_told_ms = 0;
        return go_over(executor);
    }
    if ((!all_know(executor) || waits_for_backup(executor)) && system_wall_ms() < executor->home->until_ms)
        return 0;
    executor->rekey_told_ms = now_ms;
    return tell_all(executor, 1);
}

int decide_rekey_time(struct executor *executor, int64_t now_ms)
{
    struct home *home = executor->home;
    int rc = 0;

    if (!executor->wire || now_ms < decide_rekey_deadline(executor))
        return 0;
    executor->rekey_ms = now_ms + (own_keys_stage(home) == OWN_KEYS_ANNOUNCED ? LOOK_MS : FORGET_LOOK_MS);
    if (own_keys_stage(home) == OWN_KEYS_ANNOUNCED)
        rc = announced_time(executor, now_ms);
    else if (all_know(executor) && system_wall_ms() >= home->rekeyed_ms + OWN_KEYS_OVERLAP_MS)
        (void)own_keys_forget(home);
    return rc;
}

int64_t decide_rekey_deadline(const struct executor *executor)
{
    return own_keys_stage(executor->home) == OWN_KEYS_SETTLED ? INT64_MAX : executor->rekey_ms;
}

/* ---- what people see and do */

static json_t *waiting_list(const struct executor *executor, enum hub_key_held which)
{
    const struct hub_node *node;
    json_t *list = json_array();

    for (size_t i = 0; (node = hub_node_at(executor->hub, i)) != NULL; i++) {
        enum hub_key_held held = hub_key_held_at(executor->hub, i);
        struct hub_session_info info = {.last_heard_ms = 0};
        char id[9];

        if (node->revoked || (which == HUB_KEY_STRANGE ? held != HUB_KEY_STRANGE : held == HUB_KEY_LAST || held == HUB_KEY_STRANGE))
            continue;
        (void)hub_session_at(executor->hub, i, &info);
        hex_encode(node->node, 4, id);
        (void)json_array_append_new(list, json_pack("{s:s, s:s, s:o, s:b}", "place", node->place_count ? node->places[0] : "", "node", id,
                                                    "heard", view_json_time(info.last_heard_ms, executor->options->tz), "follows",
                                                    held != HUB_KEY_UNTOLD));
    }
    return list;
}

/* What a node takes from a file: every change there was. */
static json_t *announcement(const struct executor *executor)
{
    Navette__HubKeys message = NAVETTE__HUB_KEYS__INIT;
    Navette__Rekey keys[REKEY_PAST];
    Navette__Rekey *list[REKEY_PAST];
    struct buffer frame = {.data = NULL};
    json_t *json = NULL;
    int64_t until_ms;
    size_t count;
    const struct rekey *said = hub_announced(executor->hub, &count, &until_ms);
    size_t from = count > LIMIT_HUB_KEYS ? count - LIMIT_HUB_KEYS : 0;

    for (size_t i = from; i < count; i++) {
        list[message.n_keys] = &keys[message.n_keys];
        rekey_fill(&said[i], list[message.n_keys++]);
    }
    message.keys = list;
    message.over = own_keys_stage(executor->home) != OWN_KEYS_ANNOUNCED;
    if (count > 0 && frame_encode(FRAME_HUB_KEYS, &message.base, &frame) == 0)
        json = stick_file_bytes(buffer_span(&frame));
    buffer_free(&frame);
    return json ? json : json_null();
}

/* Some node knows keys of this hub that are not here: others beside those would be a second successor of the same ones, which every node refuses. */
static int is_strange(const struct executor *executor)
{
    const struct hub_node *node;

    for (size_t i = 0; (node = hub_node_at(executor->hub, i)) != NULL; i++)
        if (!node->revoked && hub_key_held_at(executor->hub, i) == HUB_KEY_STRANGE)
            return 1;
    return 0;
}

json_t *decide_rekey_json(const struct executor *executor)
{
    const struct home *home = executor->home;
    const char *tz = executor->options->tz;
    enum own_keys_stage stage = own_keys_stage(home);
    char path[HOME_PATH_SIZE];
    int64_t made_ms;

    home_path(home, "keys", path);
    made_ms = home->rekeyed_ms ? home->rekeyed_ms : whole_written_ms(path);
    return json_pack("{s:o, s:o, s:b, s:s, s:b, s:b, s:b, s:o, s:o, s:o, s:o, s:o}", "made", view_json_time(made_ms, tz), "due",
                     view_json_time(made_ms ? made_ms + OWN_KEYS_DUE_MS : 0, tz), "overdue",
                     made_ms != 0 && system_wall_ms() - made_ms >= OWN_KEYS_DUE_MS, "stage", STAGES[stage], "behind", is_behind(executor),
                     "ahead", hub_own_gap(executor->hub), "backup_due", stage == OWN_KEYS_ANNOUNCED && waits_for_backup(executor),
                     "announced", view_json_time(home->rekeyed_ms, tz), "until", view_json_time(home->until_ms, tz), "waiting",
                     stage == OWN_KEYS_SETTLED ? json_array() : waiting_list(executor, HUB_KEY_EARLIER), "strange",
                     waiting_list(executor, HUB_KEY_STRANGE), "announcement", announcement(executor));
}

int decide_rekey_show(struct executor *executor, const json_t *request, json_t **answer, uint64_t *position)
{
    (void)request;
    (void)position;
    *answer = decide_rekey_json(executor);
    (void)json_object_set_new(*answer, "ok", json_true());
    (void)json_object_set_new(*answer, "folder", json_string(executor->home->folder));
    return 0;
}

int decide_rekey(struct executor *executor, const json_t *request, json_t **answer, uint64_t *position)
{
    struct home *home = executor->home;
    enum own_keys_stage stage = own_keys_stage(home);
    int now = json_is_true(json_object_get(request, "now"));
    int64_t now_ms = system_wall_ms();
    int64_t until_ms;
    size_t count;
    int rc = 0;

    (void)hub_announced(executor->hub, &count, &until_ms);
    if (is_behind(executor) || is_strange(executor))
        *answer = answer_error(request, "hub-rekey-behind", home->folder, NULL, NULL);
    else if (stage != OWN_KEYS_SETTLED && now_ms < home->until_ms && !now)
        *answer = answer_error(request, "hub-rekey-under-way", NULL, NULL, NULL);
    else if (count == REKEY_PAST && stage != OWN_KEYS_ANNOUNCED)
        *answer = answer_error(request, "hub-rekey-many", NULL, NULL, NULL);
    if (*answer)
        return NAVETTE_E_REFUSED;
    /* Once it has gone over, the keys that were stolen are the present ones: others are made. */
    if (now && stage == OWN_KEYS_ANNOUNCED && now_ms < home->until_ms)
        rc = end_overlap(executor, position);
    else if (stage != OWN_KEYS_ANNOUNCED)
        rc = announce(executor, now ? now_ms : now_ms + OWN_KEYS_OVERLAP_MS, position);
    executor->rekey_ms = 0;
    return rc ? rc : decide_rekey_show(executor, request, answer, position);
}
