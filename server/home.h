/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_HOME_H
#define NAVETTE_SERVER_HOME_H

#include <pthread.h>

#include "navette/keys.h"
#include "navette/lineage.h"
#include "navette/lmdb_store.h"

/*
 * The hub's folder: `keys` (one file), `journal` (the truth), `state` (derived), `control` (the socket). Opening it for the first time makes
 * the keys, the journal and the hub's own log.
 */
struct home {
    char folder[512];
    struct keys keys; /* those that the main port goes by */
    struct keys next; /* announced, or about to be (own_keys.h) */
    struct keys before;
    int has_next, has_before;
    int announced;              /* 1: `next` is, and signs */
    int64_t rekeyed_ms;         /* when the last ones were announced; 0: never */
    int64_t until_ms;           /* ... and up to when the ones before are good */
    pthread_mutex_t *keys_lock; /* owned; of `keys`, for threads that are not the main one */
    struct lmdb_store *journal;
    uint8_t incarnation[INCARNATION_SIZE]; /* of the hub's own log */
    struct lineage lineage;                /* of the journal */
    uint64_t reserve_bytes;
    uint64_t map_bytes;
};

struct home_options {
    const char *folder;
    uint64_t reserve_bytes; /* kept free on the disk, so that deletes have room */
    uint64_t map_bytes;     /* the most each store may grow to */
    int must_exist;         /* 1: never make a new hub here */
};

/*
 * NAVETTE_E_NOT_FOUND: no hub lives here (must_exist). NAVETTE_E_BUSY: a hub runs on it. NAVETTE_E_FULL, NAVETTE_E_STORE, NAVETTE_E_SYSTEM,
 * NAVETTE_E_REFUSED; NAVETTE_E_SIGNATURE: `keys` are damaged, gone, or not those of this journal; NAVETTE_E_GAP: a restoration has not ended. The cause was logged.
 */
int home_open(const struct home_options *options, struct home *home);
void home_close(struct home *home); /* zeroed: no-op */

#define HOME_PATH_SIZE 640u
/* "FOLDER/name" */
void home_path(const struct home *home, const char *name, char out[HOME_PATH_SIZE]);

/* While this file stands in the folder, a restoration into it has not ended: no hub starts there. */
#define HOME_RESTORING "restoring"

/* Names in TABLE_LOCAL. */
#define HOME_LOCAL_INCARNATION "hub-incarnation"
#define HOME_LOCAL_LINEAGE "epochs"

/* What TABLE_LOCAL keeps under `name`, exactly `len` bytes. NAVETTE_E_NOT_FOUND. */
int home_local_get(struct store_txn *journal, const char *name, void *out, size_t len);

#endif
