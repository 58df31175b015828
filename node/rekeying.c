/* SPDX-License-Identifier: Apache-2.0 */
#include "node/rekeying.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "navette/log.h"
#include "navette/system.h"
#include "navette/view_json.h"
#include "navette/whole.h"

#define KEYS "keys"
#define NEXT "keys.next"
#define BEFORE "keys.before"

/* The file, what was left of writing it, and what was read of it. */
static void drop(const struct office *office, const char *name, struct keys *keys)
{
    char path[OFFICE_PATH_SIZE];

    office_path(office->folder, name, path);
    (void)unlink(path);
    whole_clear(path);
    keys_wipe(keys);
}

/* What a backup of the hub may still know this node by; without it a hub put back from that one would have to be asked for a replacement. */
static int save_before(struct office *office)
{
    char path[OFFICE_PATH_SIZE];

    drop(office, BEFORE, &office->before_keys);
    office_path(office->folder, BEFORE, path);
    return keys_save_transport(&office->keys, path);
}

/* It is of use with the change that the store kept, and with no other. */
void rekeying_look_before(struct office *office)
{
    char path[OFFICE_PATH_SIZE];
    int safe;
    const struct rekey *kept = node_rekey_kept(office->node, &safe);

    office_path(office->folder, BEFORE, path);
    keys_wipe(&office->before_keys);
    if (kept == NULL || memcmp(kept->sign_key, office->keys.sign_public, KEY_SIZE) != 0)
        drop(office, BEFORE, &office->before_keys);
    else if (access(path, F_OK) == 0 && keys_load_transport(path, &office->before_keys) == 0 &&
             memcmp(office->before_keys.node, office->keys.node, NODE_ID_SIZE) != 0)
        keys_wipe(&office->before_keys);
}

static void note_age(struct office *office)
{
    char path[OFFICE_PATH_SIZE];

    office_path(office->folder, KEYS, path);
    office->keys_made_ms = whole_written_ms(path);
}

static int end(struct office *office)
{
    struct store_txn *txn;
    int rc = lmdb_write_begin(office->store, &txn);

    if (rc != 0)
        return rc;
    rc = lmdb_end(txn, node_rekey_end(office->node, txn));
    if (rc == 0)
        rekeying_look_before(office);
    return rc;
}

/* The row stays until the file is in its place: what a kill leaves is one of the two, and rekeying_open() tells which. */
static int change_over(struct office *office)
{
    char from[OFFICE_PATH_SIZE], to[OFFICE_PATH_SIZE];
    int rc;

    office_path(office->folder, NEXT, from);
    office_path(office->folder, KEYS, to);
    rc = office_reseal(office, &office->next_keys);
    if (rc == 0)
        rc = save_before(office);
    if (rc == NAVETTE_E_FULL)
        return rc;
    if (rc == 0)
        rc = whole_move(from, to);
    if (rc != 0)
        return rc;
    office->keys = office->next_keys;
    office->desk.keys = &office->keys;
    keys_wipe(&office->next_keys);
    note_age(office);
    rc = end(office);
    if (rc == NAVETTE_E_FULL) /* the next start ends it */
        rc = 0;
    system_log(0, "node", NULL, "this node works with its new keys");
    return rc != 0 ? rc : office_connect(office);
}

/* A full disk is no reason not to start. */
static int remember(struct office *office)
{
    struct store_txn *txn;
    int rc = lmdb_write_begin(office->store, &txn);

    if (rc == 0)
        rc = lmdb_end(txn, node_rekey_remember(txn, office->desk.keys->sign_public));
    return rc == NAVETTE_E_FULL ? 0 : rc;
}

int rekeying_open(struct office *office)
{
    char path[OFFICE_PATH_SIZE];
    const struct rekey *rekey;
    int taken, rc;

    note_age(office);
    rekey = node_rekey_pending(office->node, &taken);
    if (rekey == NULL) {
        drop(office, NEXT, &office->next_keys);
        rekeying_look_before(office);
        return remember(office);
    }
    if (memcmp(office->keys.sign_public, rekey->sign_key, KEY_SIZE) == 0) {
        rc = end(office);
        return rc == NAVETTE_E_FULL ? 0 : rc;
    }
    office_path(office->folder, NEXT, path);
    rc = keys_load(path, &office->next_keys);
    if (rc == 0 && memcmp(office->next_keys.sign_public, rekey->sign_key, KEY_SIZE) == 0) {
        office->desk.keys = &office->next_keys;
        return 0;
    }
    if (rc == NAVETTE_E_NOT_FOUND || rc == 0) {
        system_log(2, "node", NULL, "%s is gone, or of another change: put it back, or ask for this node to be replaced", path);
        rc = NAVETTE_E_INVALID;
    }
    return rc;
}

void rekeying_close(struct office *office)
{
    keys_wipe(&office->next_keys);
    keys_wipe(&office->before_keys);
}

static int make_next(struct office *office)
{
    char path[OFFICE_PATH_SIZE];
    int rc;

    drop(office, NEXT, &office->next_keys);
    rc = keys_make(&office->next_keys);
    memcpy(office->next_keys.node, office->keys.node, NODE_ID_SIZE);
    office_path(office->folder, NEXT, path);
    return rc != 0 ? rc : keys_save(&office->next_keys, path);
}

static void state(const struct office *office, uint64_t from_seq, struct rekey *rekey)
{
    uint8_t bytes[REKEY_SIGNED_SIZE];

    memset(rekey, 0, sizeof *rekey);
    memcpy(rekey->node, office->keys.node, NODE_ID_SIZE);
    memcpy(rekey->curve_key, office->next_keys.curve_public, KEY_SIZE);
    memcpy(rekey->sign_key, office->next_keys.sign_public, KEY_SIZE);
    memcpy(rekey->previous, office->keys.sign_public, KEY_SIZE);
    memcpy(rekey->incarnation, node_incarnation(office->node), INCARNATION_SIZE);
    rekey->from_seq = from_seq;
    rekey_signed_bytes(rekey, bytes);
    keys_sign(&office->keys, bytes, sizeof bytes, rekey->signature);
    keys_sign(&office->next_keys, bytes, sizeof bytes, rekey->proof);
}

/* What is open is sealed with the key before, in the transaction that says that the next one signs from there on. */
static int store(struct office *office)
{
    struct log_head head;
    struct store_txn *txn;
    struct rekey rekey;
    int rc = office_write(office, &txn);

    if (rc != 0)
        return rc;
    rc = desk_seal(&office->desk, txn);
    if (rc == NAVETTE_E_NOT_FOUND)
        rc = 0;
    if (rc == 0)
        rc = journal_head(txn, node_incarnation(office->node), &head);
    if (rc == 0) {
        state(office, head.seq + 1, &rekey);
        rc = node_rekey_begin(office->node, txn, &rekey);
    }
    return lmdb_end(txn, rc);
}

/* What the step was told in a transaction that was not kept, it forgets: the store says what holds. */
static int forget(struct office *office)
{
    struct store_txn *txn;
    int rc = lmdb_read_begin(office->store, &txn);

    if (rc != 0)
        return rc;
    rc = node_rekey_load(office->node, txn);
    lmdb_abort(txn);
    drop(office, NEXT, &office->next_keys);
    return rc;
}

static json_t *refusal(const struct office *office, const struct request *request, int rc)
{
    switch (rc) {
    case NAVETTE_E_BUSY:
        return request_refuse(request, "rekey-under-way", NULL, NULL, NULL);
    case NAVETTE_E_CLOSED:
        return request_refuse(request, "rekey-offline", office->identity.endpoint, NULL, NULL);
    case NAVETTE_E_EXISTS:
        return request_refuse(request, "rekey-no-backup", office->identity.endpoint, NULL, NULL);
    case NAVETTE_E_VERSION:
        return request_refuse(request, "rekey-old-hub", office->identity.endpoint, NULL, NULL);
    default:
        return request_refuse(request, "failed", error_text(rc), NULL, NULL);
    }
}

int rekeying_run(struct office *office, const struct request *request, json_t **answer)
{
    char text[640];
    int rc;

    if (!office->identity.enrolled) {
        *answer = request_refuse(request, "not-enrolled", NULL, NULL, NULL);
        return 0;
    }
    rc = node_rekey_may(office->node);
    if (rc != 0) {
        *answer = refusal(office, request, rc);
        return 0;
    }
    rc = make_next(office);
    if (rc == 0)
        rc = store(office);
    if (rc != 0) {
        int forgot = forget(office);

        return forgot != 0 ? forgot : rc;
    }
    office->desk.keys = &office->next_keys;
    if (office->link != NULL)
        rc = link_executor_nudge(office->link, &request->moment);
    message_text(request->language, "rekey-begun", office->identity.endpoint, NULL, NULL, text, sizeof text);
    *answer = json_pack("{s:b, s:s}", "ok", 1, "text", text);
    return rc;
}

/* The secret first: a kill in between leaves a row that names nothing. */
static int forget_before(struct office *office)
{
    struct store_txn *txn;
    int rc;

    drop(office, BEFORE, &office->before_keys);
    rc = lmdb_write_begin(office->store, &txn);
    if (rc == 0)
        rc = lmdb_end(txn, node_rekey_forget(office->node, txn));
    if (rc == 0)
        system_log(0, "node", NULL, "a backup of the hub knows this node's keys: those before are erased");
    return rc;
}

/* The hub had forgotten the change: the file is in its place already. */
static int told_again(struct office *office)
{
    int rc = end(office);

    if (rc != 0)
        return rc;
    system_log(0, "node", NULL, "the hub knows this node's keys again");
    return office_connect(office);
}

int rekeying_turn(struct office *office)
{
    int taken, safe;
    const struct rekey *rekey = node_rekey_pending(office->node, &taken);
    int rc = 0;

    if (office->rekey_ms != 0 && system_monotonic_ms() < office->rekey_ms)
        return 0;
    office->rekey_ms = 0;
    if (rekey != NULL && taken)
        rc = memcmp(rekey->sign_key, office->keys.sign_public, KEY_SIZE) == 0 ? told_again(office) : change_over(office);
    else if (rekey == NULL && node_rekey_kept(office->node, &safe) != NULL && safe)
        rc = forget_before(office);
    if (rc != NAVETTE_E_FULL)
        return rc;
    office->rekey_ms = system_monotonic_ms() + LINK_EXECUTOR_FULL_MS;
    return 0;
}

int rekeying_is_due(const struct office *office, const struct moment *moment)
{
    return office->keys_made_ms != 0 && moment->wall_ms - office->keys_made_ms >= REKEYING_DUE_MS;
}

json_t *rekeying_json(const struct office *office, const struct moment *moment, const char *tz)
{
    int taken, safe;
    const struct rekey *rekey = node_rekey_pending(office->node, &taken);

    return json_pack("{s:o, s:o, s:b, s:b, s:b}", "made", view_json_time(office->keys_made_ms, tz), "due",
                     view_json_time(office->keys_made_ms == 0 ? 0 : office->keys_made_ms + REKEYING_DUE_MS, tz), "overdue",
                     rekeying_is_due(office, moment), "changing", rekey != NULL, "backed_up", node_rekey_kept(office->node, &safe) == NULL);
}
