/* SPDX-License-Identifier: Apache-2.0 */
#include "server/own_keys.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "navette/system.h"
#include "navette/whole.h"
#include "server/own_root.h"

#define KEYS "keys"
#define NEXT "keys.next"
#define BEFORE "keys.before"

#define ROW_NAME "hub-rekey"
#define ROW_SIZE (KEY_SIZE + INCARNATION_SIZE + 16u)
#define FROM_NAME "hub-rekey-from" /* beside it, which versions before do not write: the announced key, and the one that it follows */
#define FROM_SIZE (2u * KEY_SIZE)

struct own_keys_row {
    uint8_t sign_key[KEY_SIZE];
    uint8_t previous[KEY_SIZE]; /* zeros: not told */
    uint8_t incarnation[INCARNATION_SIZE];
    int64_t made_ms;
    int64_t until_ms;
};

static int row_get(struct store_txn *journal, struct own_keys_row *row)
{
    uint8_t bytes[ROW_SIZE];
    uint8_t from[FROM_SIZE];
    int rc = home_local_get(journal, ROW_NAME, bytes, sizeof(bytes));

    if (rc)
        return rc;
    memset(row->previous, 0, KEY_SIZE);
    if (home_local_get(journal, FROM_NAME, from, sizeof(from)) == 0 && memcmp(from, bytes, KEY_SIZE) == 0)
        memcpy(row->previous, from + KEY_SIZE, KEY_SIZE);
    memcpy(row->sign_key, bytes, KEY_SIZE);
    memcpy(row->incarnation, bytes + KEY_SIZE, INCARNATION_SIZE);
    row->made_ms = (int64_t)read_u64(bytes + KEY_SIZE + INCARNATION_SIZE);
    row->until_ms = (int64_t)read_u64(bytes + KEY_SIZE + INCARNATION_SIZE + 8);
    return 0;
}

static int row_read(const struct home *home, struct own_keys_row *row)
{
    struct store_txn *txn;
    int rc = lmdb_read_begin(home->journal, &txn);

    if (rc)
        return rc;
    rc = row_get(txn, row);
    lmdb_abort(txn);
    return rc;
}

static int drop(const struct home *home, const char *name, struct keys *keys, int *has)
{
    char path[HOME_PATH_SIZE];

    home_path(home, name, path);
    keys_wipe(keys);
    *has = 0;
    if (unlink(path) != 0 && errno != ENOENT) {
        system_log(2, "keys", NULL, "%s: %s", path, strerror(errno));
        return NAVETTE_E_SYSTEM;
    }
    return 0;
}

static int load(const struct home *home, const char *name, struct keys *keys, int *has)
{
    char path[HOME_PATH_SIZE];
    int rc;

    home_path(home, name, path);
    whole_clear(path);
    rc = keys_load(path, keys);
    *has = rc == 0;
    if (rc == 0 && memcmp(keys->node, home->keys.node, NODE_ID_SIZE) != 0) {
        system_log(2, "keys", NULL, "%s: of another hub", path);
        return NAVETTE_E_SIGNATURE;
    }
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc == NAVETTE_E_INVALID ? NAVETTE_E_SIGNATURE : rc;
}

/* Of this log everything behind the announcement is signed with keys that are not here; of another log, begun since by a restoration, nothing is. */
static int miss(const struct home *home, const struct own_keys_row *row)
{
    if (memcmp(row->incarnation, home->incarnation, INCARNATION_SIZE) != 0) {
        system_log(1, "keys", NULL, "%s: the hub had announced other keys: put them back", home->folder);
        return 0;
    }
    system_log(2, "keys", NULL, "%s/%s are older than the journal: put the ones back that the hub announced", home->folder, KEYS);
    return NAVETTE_E_SIGNATURE;
}

static int is_none(const uint8_t key[KEY_SIZE])
{
    static const uint8_t none[KEY_SIZE];

    return memcmp(key, none, KEY_SIZE) == 0;
}

static int follows(const struct keys *keys, const struct own_keys_row *row)
{
    return is_none(row->previous) || memcmp(row->previous, keys->sign_public, KEY_SIZE) == 0;
}

/* The keys beside a journal that was put back are others than those that the announcement follows: it is no word about these. */
static int are_replaced(const struct home *home, const struct own_keys_row *row, const uint8_t root[KEY_SIZE])
{
    if (!is_none(row->previous))
        return !follows(&home->keys, row);
    return !is_none(root) && memcmp(root, home->keys.sign_public, KEY_SIZE) != 0 &&
           (!home->has_next || memcmp(root, home->next.sign_public, KEY_SIZE) != 0);
}

int own_keys_open(struct home *home)
{
    uint8_t root[KEY_SIZE];
    struct own_keys_row row;
    int rc = row_read(home, &row);
    int announced = rc == 0;

    if (rc && rc != NAVETTE_E_NOT_FOUND)
        return rc;
    rc = own_root_load(home->journal, root);
    if (!rc)
        rc = load(home, NEXT, &home->next, &home->has_next);
    if (!rc)
        rc = load(home, BEFORE, &home->before, &home->has_before);
    if (rc)
        return rc;
    if (announced && memcmp(row.sign_key, home->keys.sign_public, KEY_SIZE) == 0) {
        home->rekeyed_ms = row.made_ms;
        home->until_ms = row.until_ms;
        return home->has_next ? drop(home, NEXT, &home->next, &home->has_next) : 0;
    }
    /* A copy that a kill left before the present ones went: those are both still. */
    if (home->has_before && memcmp(home->before.sign_public, home->keys.sign_public, KEY_SIZE) == 0)
        rc = drop(home, BEFORE, &home->before, &home->has_before);
    if (!rc && announced && memcmp(row.incarnation, home->incarnation, INCARNATION_SIZE) != 0 && are_replaced(home, &row, root))
        return 0; /* whether these are the right ones is not known yet: own_keys_settled() */
    if (!rc && announced && home->has_next && memcmp(row.sign_key, home->next.sign_public, KEY_SIZE) == 0 && follows(&home->keys, &row)) {
        home->announced = 1;
        home->rekeyed_ms = row.made_ms;
        home->until_ms = row.until_ms;
        return 0;
    }
    if (!rc && announced)
        return miss(home, &row);
    return rc || !home->has_next ? rc : drop(home, NEXT, &home->next, &home->has_next);
}

void own_keys_close(struct home *home)
{
    keys_wipe(&home->next);
    keys_wipe(&home->before);
    home->has_next = home->has_before = home->announced = 0;
}

enum own_keys_stage own_keys_stage(const struct home *home)
{
    return home->announced ? OWN_KEYS_ANNOUNCED : home->has_before ? OWN_KEYS_OVER : OWN_KEYS_SETTLED;
}

const struct keys *own_keys_signer(const struct home *home)
{
    return own_keys_stage(home) == OWN_KEYS_ANNOUNCED ? &home->next : &home->keys;
}

const struct keys *own_keys_signer_at(struct store_txn *journal, const struct keys *keys, const struct keys *next)
{
    struct own_keys_row row;

    if (row_get(journal, &row) || memcmp(row.sign_key, next->sign_public, KEY_SIZE) != 0 || !follows(keys, &row))
        return keys;
    return next;
}

const struct keys *own_keys_reader(const struct home *home, size_t turn)
{
    if (turn == 0)
        return &home->keys;
    if (home->has_next && --turn == 0)
        return &home->next;
    return home->has_before && turn == 1 ? &home->before : NULL;
}

void own_keys_copy(const struct home *home, struct keys *out)
{
    (void)pthread_mutex_lock(home->keys_lock);
    *out = home->keys;
    (void)pthread_mutex_unlock(home->keys_lock);
}

int own_keys_make(struct home *home)
{
    char path[HOME_PATH_SIZE];
    int rc;

    if (own_keys_stage(home) == OWN_KEYS_ANNOUNCED)
        return NAVETTE_E_BUSY;
    rc = drop(home, NEXT, &home->next, &home->has_next);
    if (!rc)
        rc = keys_make(&home->next);
    if (rc)
        return rc;
    memcpy(home->next.node, home->keys.node, NODE_ID_SIZE);
    home_path(home, NEXT, path);
    rc = keys_save(&home->next, path);
    home->has_next = !rc;
    if (rc)
        keys_wipe(&home->next);
    return rc;
}

int own_keys_note(const struct home *home, struct store_txn *txn, const struct keys *announced, int64_t made_ms, int64_t until_ms)
{
    uint8_t bytes[ROW_SIZE];
    uint8_t from[FROM_SIZE];
    int rc;

    memcpy(from, announced->sign_public, KEY_SIZE);
    memcpy(from + KEY_SIZE, home->keys.sign_public, KEY_SIZE);
    memcpy(bytes, announced->sign_public, KEY_SIZE);
    memcpy(bytes + KEY_SIZE, home->incarnation, INCARNATION_SIZE);
    write_u64(bytes + KEY_SIZE + INCARNATION_SIZE, (uint64_t)made_ms);
    write_u64(bytes + KEY_SIZE + INCARNATION_SIZE + 8, (uint64_t)until_ms);
    rc = store_put(txn, TABLE_LOCAL, span_of_string(ROW_NAME), span_of(bytes, sizeof(bytes)));
    return rc ? rc : store_put(txn, TABLE_LOCAL, span_of_string(FROM_NAME), span_of(from, sizeof(from)));
}

void own_keys_announced(struct home *home, int64_t made_ms, int64_t until_ms)
{
    home->announced = 1;
    home->rekeyed_ms = made_ms;
    home->until_ms = until_ms;
}

int own_keys_change_over(struct home *home)
{
    char from[HOME_PATH_SIZE];
    char to[HOME_PATH_SIZE];
    int rc = drop(home, BEFORE, &home->before, &home->has_before);

    home_path(home, BEFORE, to);
    if (!rc)
        rc = keys_save(&home->keys, to);
    home_path(home, NEXT, from);
    home_path(home, KEYS, to);
    if (!rc)
        rc = whole_move(from, to);
    if (rc)
        return rc;
    home->before = home->keys;
    home->has_before = 1;
    (void)pthread_mutex_lock(home->keys_lock);
    home->keys = home->next;
    (void)pthread_mutex_unlock(home->keys_lock);
    keys_wipe(&home->next);
    home->has_next = home->announced = 0;
    return 0;
}

int own_keys_settled(struct home *home)
{
    return home->announced || !home->has_next ? 0 : drop(home, NEXT, &home->next, &home->has_next);
}

int own_keys_forget(struct home *home)
{
    return drop(home, BEFORE, &home->before, &home->has_before);
}
