/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CHECK_H
#define NODE_CHECK_H

#include "node/request.h"
#include "node/verb.h"

/* May `verb` be recorded of a thing that is known here to stand as `where` says? NULL: yes; else the refusal, with what to do. */
json_t *check_thing(const struct office *office, const struct request *request, const struct operation *operation,
                    const struct thing_key *key, const struct whereabouts *where);

/* A bag or crate that a command names: is it here, open and in use? NULL: yes. */
json_t *check_container(const struct office *office, const struct request *request, const struct whereabouts *where, int may_be_sealed);

/* A place to send to: as check_recorded_place(), and not this one. NULL: yes. */
json_t *check_destination(const struct request *request, struct store_txn *txn, const char *to);
/* A place that was declared; where none is known yet, any that could be. NULL: it may be used. */
json_t *check_place(const struct request *request, struct store_txn *txn, const char *code);
/* The same for one that is about to be recorded: "anyway" takes one that this node has not heard of yet. */
json_t *check_recorded_place(const struct request *request, struct store_txn *txn, const char *code);

/* What is worth telling of a scan that is recorded all the same: an array, or NULL when there is nothing. */
json_t *check_notes(const struct request *request, const struct operation *operation, const struct whereabouts *where);

#endif
