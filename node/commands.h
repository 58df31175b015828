/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_COMMANDS_H
#define NODE_COMMANDS_H

#include "node/request.h"

/*
 * The commands of the control socket: one row each in its family's file. A handler sets *answer, or leaves it NULL and answers later (sync).
 * It returns 0, or a code of error.h that commands_run() turns into an answer; the fatal ones end the daemon after that.
 */
struct command {
    const char *name;
    int (*run)(struct office *office, const struct request *request, json_t **answer);
    int later; /* 1: may be answered later */
};

const struct command *cmd_catalogue_commands(size_t *count);
const struct command *cmd_import_commands(size_t *count);
const struct command *cmd_proposal_commands(size_t *count);
const struct command *cmd_packing_commands(size_t *count);
const struct command *cmd_handover_commands(size_t *count);
const struct command *cmd_phone_commands(size_t *count);
const struct command *cmd_correction_commands(size_t *count);
const struct command *cmd_views_commands(size_t *count);
const struct command *cmd_search_commands(size_t *count);
const struct command *cmd_labels_commands(size_t *count);
const struct command *cmd_link_commands(size_t *count);
const struct command *cmd_operation_commands(size_t *count);
const struct command *cmd_count_commands(size_t *count);
const struct command *cmd_pool_commands(size_t *count);
const struct command *cmd_refused_commands(size_t *count);
const struct command *cmd_operator_commands(size_t *count);
const struct command *cmd_keys_commands(size_t *count);
const struct command *cmd_compare_commands(size_t *count);
const struct command *cmd_prune_commands(size_t *count);

/* The id, in hex, of the stocktaking that stands open at a place; "" when there is none. */
int cmd_count_open_session(struct store_txn *txn, const char *place, char id[33]);
const struct command *cmd_orders_commands(size_t *count);
const struct command *cmd_ils_commands(size_t *count);
const struct command *cmd_stick_commands(size_t *count);

/* Runs one request. *answer is the caller's, NULL when it comes later. 0 or a fatal code. */
int commands_run(struct office *office, uint64_t client, const json_t *json, const struct moment *moment, json_t **answer);

/*
 * Says that the request's "order" is ready, in its "bags" or in those that hold what was packed for it. cmd_orders_find(): is there such an order? Else *answer says so.
 */
int cmd_orders_prepare(struct office *office, const struct request *request, json_t **answer);
int cmd_orders_find(struct office *office, const struct request *request, json_t **answer);

struct draft;
/*
 * For commands that record one event outside any operation: place and operator are the request's. On success *answer is {"ok", "event", "seq",
 * "ref"}; an event that breaks its format is answered too.
 */
int commands_record(struct office *office, const struct request *request, struct draft *draft, json_t **answer);

/* A printed reference, or just the number of one of this node's own events. The entry is borrowed from the transaction. *answer says why not. */
int commands_find_entry(const struct office *office, const struct request *request, struct store_txn *txn, const char *text,
                        struct journal_entry *entry, json_t **answer);
/* Its reference alone, which stands here too where its bytes were given up. */
int commands_find_ref(const struct office *office, const struct request *request, struct store_txn *txn, const char *text, struct ref *self,
                      json_t **answer);

/* The event's name, number and reference, put into an answer. */
void commands_show_entry(json_t *answer, const char *event, const struct journal_entry *entry);

#endif
