/* SPDX-License-Identifier: Apache-2.0 */
#include "server/ready.h"

#include <stdlib.h>
#include <string.h>

#include "navette/error.h"

struct ready_answer {
    char *question; /* NULL: free */
    char *text;
    size_t len;
    struct ready_stamp stamp;
    uint64_t asked; /* turn */
};

struct ready {
    uint64_t turn;
    struct ready_answer answers[READY_ANSWERS];
};

struct ready *ready_new(void)
{
    return calloc(1, sizeof(struct ready));
}

static void ready_drop(struct ready_answer *answer)
{
    free(answer->question);
    free(answer->text);
    memset(answer, 0, sizeof(*answer));
}

void ready_free(struct ready *ready)
{
    if (!ready)
        return;
    for (size_t i = 0; i < READY_ANSWERS; i++)
        ready_drop(&ready->answers[i]);
    free(ready);
}

/* The one kept for a question, else the one to be given up for it. */
static struct ready_answer *ready_place(struct ready *ready, const char *question)
{
    struct ready_answer *oldest = &ready->answers[0];

    for (size_t i = 0; i < READY_ANSWERS; i++) {
        struct ready_answer *answer = &ready->answers[i];

        if (answer->question && strcmp(answer->question, question) == 0)
            return answer;
        if (answer->asked < oldest->asked)
            oldest = answer;
    }
    return oldest;
}

/* A clock that was put back asks anew: what was silent then may not be now. */
static int ready_stands(const struct ready_stamp *kept, const struct ready_stamp *now)
{
    return kept->cursor == now->cursor && kept->tail == now->tail && kept->now_ms <= now->now_ms && now->now_ms < kept->until_ms;
}

int ready_find(struct ready *ready, const char *question, const struct ready_stamp *stamp, struct span *text)
{
    struct ready_answer *answer = ready_place(ready, question);

    if (!answer->question || strcmp(answer->question, question) != 0 || !ready_stands(&answer->stamp, stamp))
        return NAVETTE_E_NOT_FOUND;
    answer->asked = ++ready->turn;
    *text = span_of(answer->text, answer->len);
    return 0;
}

int ready_keep(struct ready *ready, const char *question, const struct ready_stamp *stamp, char *answer)
{
    struct ready_answer *place = ready_place(ready, question);
    size_t len = strlen(answer);
    size_t size = strlen(question) + 1;
    char *copy = len > READY_ANSWER_BYTES ? NULL : malloc(size);

    if (!copy) {
        free(answer);
        return len > READY_ANSWER_BYTES ? NAVETTE_E_TOO_LARGE : NAVETTE_E_MEMORY;
    }
    memcpy(copy, question, size);
    ready_drop(place);
    *place = (struct ready_answer){.question = copy, .text = answer, .len = len, .stamp = *stamp, .asked = ++ready->turn};
    return 0;
}
