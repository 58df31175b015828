/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_VIEWS_ASK_H
#define NAVETTE_SERVER_VIEWS_ASK_H

#include "navette/view.h"
#include "server/views.h"

/* One question under way. */
struct views_ask {
    const struct views *views;
    const json_t *request;
    struct store_txn *state;
    struct store_txn *journal;
    struct view_moment moment;
    uint64_t cursor;  /* of the state */
    uint64_t tail;    /* of the journal */
    int64_t until_ms; /* from then on somebody else is silent */
    json_t *error;    /* set when the question itself is wrong */
};

/* Notes what is wrong with the question, in a person's words (message.h), and gives rc back. a, b may be NULL. */
int views_refuse(struct views_ask *ask, int rc, const char *code, const char *a, const char *b);

/*
 * What does not agree, and how sure that is. Each fills *answer with a new reference and returns 0; else a code, with ask->error set when the question is wrong.
 */
int views_verdict_list(struct views_ask *ask, const struct thing_key *subject, int verdict,
                       json_t **list);                                         /* subject NULL: of all things */
int views_verdict_one(struct views_ask *ask, const char *id, json_t **answer); /* by the digits its id begins with */
int views_verdict_discrepancies(struct views_ask *ask, json_t **answer);
int views_verdict_handovers(struct views_ask *ask, json_t **answer);
int views_verdict_proposals(struct views_ask *ask, json_t **answer);

/* Who is silent at the moment asked for, on this hub's clock. frontier_silences_free(). */
int views_silent(struct views_ask *ask, struct frontier_silences *silences);

/* What makes something that is not one thing's history; likewise. */
int views_explain_figure(struct views_ask *ask, json_t **answer);
int views_explain_handover(struct views_ask *ask, const char *name, json_t **answer);
int views_explain_count(struct views_ask *ask, const char *text, json_t **answer); /* text NULL: the open one, else the last */
int views_explain_other(struct views_ask *ask, const char *name, json_t **answer); /* no thing is called so: a hand-over, a discrepancy */

/* Stocktakes; likewise. */
struct count_session;
int views_counts(struct views_ask *ask, json_t **answer);
int views_count(struct views_ask *ask, json_t **answer);
int views_count_find(struct views_ask *ask, const char *text, struct count_session *session); /* text NULL: the open one, else the last */

#endif
