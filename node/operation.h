/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_OPERATION_H
#define NODE_OPERATION_H

#include <jansson.h>

#include "navette/store.h"
#include "navette/thing.h"

/*
 * An operation: the scans a person makes in one go. It enters the store with its first scan, in that scan's transaction, with a row for
 * each thing scanned; so after a power cut it is there, and offered again. Closing it adds the OperationClosed event and takes the rows away.
 */
#define OPERATIONS_MAX 64u /* as many as there can be clients; older ones have to be closed first */

struct verb;

struct operation {
    uint64_t id; /* 0: free */
    const struct verb *verb;
    char place[LIMIT_PLACE_CODE + 1];
    char operator_[LIMIT_CODE + 1];
    json_t *options; /* owned: what was typed with the command, as its request said */
    struct thing_key container;
    uint32_t recorded, refused;
    int64_t started_ms;
    int stored;
    int pid; /* of the command that works on it; 0: none since this daemon started */
};

/* Reads those that were left open; unknown verbs (another version) are kept in the store and not shown. list: OPERATIONS_MAX, zeroed. */
int operation_load(struct store_txn *txn, struct operation *list);
/* A free slot, or NULL. */
struct operation *operation_slot(struct operation *list);
struct operation *operation_find(struct operation *list, uint64_t id);
void operation_free(struct operation *operation); /* the slot, not the rows */

int operation_store(struct store_txn *txn, const struct operation *operation);
int operation_mark(struct store_txn *txn, const struct operation *operation, const struct thing_key *key);
int operation_has(struct store_txn *txn, const struct operation *operation, const struct thing_key *key); /* 0: yes; NAVETTE_E_NOT_FOUND */
int operation_erase(struct store_txn *txn, const struct operation *operation);                            /* all its rows */

/* Nobody works on it: its command ended without closing it, or the power went. */
int operation_is_left(const struct operation *operation);

/* Options of the request that began it; "" or 0 when absent. Borrowed. */
const char *operation_text(const struct operation *operation, const char *name);
int64_t operation_number(const struct operation *operation, const char *name);
int operation_flag(const struct operation *operation, const char *name);

#define OPERATION_ID_TEXT 17u
void operation_id_format(uint64_t id, char out[OPERATION_ID_TEXT]);
int operation_id_parse(const char *text, uint64_t *id);

#endif
