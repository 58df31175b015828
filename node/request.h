/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_REQUEST_H
#define NODE_REQUEST_H

#include <jansson.h>

#include "navette/view.h"
#include "node/office.h"

/* One request of the control socket (control.h) and the answers to it. */
struct request {
    const json_t *json; /* borrowed */
    uint64_t client;
    enum message_language language;
    struct moment moment;
    char place[LIMIT_PLACE_CODE + 1]; /* the one asked for, or the first served; "" when this node serves none */
    char operator_[LIMIT_CODE + 1];   /* the one that was named, or whose session it is */
    struct staff_desk desk;
    struct staff_told staff;
};

const char *request_text(const struct request *request, const char *name); /* "" when absent. Borrowed */
int64_t request_number(const struct request *request, const char *name);   /* 0 */
int request_flag(const struct request *request, const char *name);         /* 0 */
int request_has(const struct request *request, const char *name);

/* Answers: new references, NULL when there is no memory. Placeholders a, b, c may be NULL. */
json_t *request_refuse(const struct request *request, const char *code, const char *a, const char *b, const char *c);
/* What waits for room, of what a person asked for nothing. */
json_t *request_disk_full(const struct request *request, const struct office *office);
/* For a code of error.h: the disk is full, the store failed... */
json_t *request_failed(const struct request *request, const struct office *office, int rc);
/* Two machines have this node's keys: nothing is recorded, and what to do. */
json_t *request_cloned(const struct request *request, const struct office *office);
/* {"code", "text"} as in an answer's "notes". */
json_t *request_note(const struct request *request, const char *code, const char *a);

/* The place's code is one this node serves, and it has this right there; else *answer says why not. 1 or 0. */
int request_has_right(const struct request *request, const struct office *office, Navette__Right right, json_t **answer);
/* The same, and whoever asks may record by the place's rule of operators (staffing.h). */
int request_may_record(const struct request *request, const struct office *office, Navette__Right right, json_t **answer);

/* Reads numbers of things into `counts`, in the order of the NULL-ended `names`; absent: 0. 1, or 0 and *answer says which is out of range. */
int request_counts(const struct request *request, const char *const *names, uint32_t *counts, json_t **answer);
/* Reads an option as a word of an enum ("bleach"); empty: 0. Unknown: -1 and *answer lists the words. */
int request_word(const struct request *request, const char *name, const ProtobufCEnumDescriptor *descriptor, json_t **answer);
/* Reads "at" and "known" (view.h) in the place's zone. 0, also when one can't be read: *answer says so; or a code of the store. */
int request_moment(const struct request *request, struct store_txn *txn, const char *tz, struct view_moment *moment, json_t **answer);

#endif
