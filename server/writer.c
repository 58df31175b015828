/* SPDX-License-Identifier: Apache-2.0 */
#include "server/writer.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "navette/error.h"

struct writer {
    pthread_t thread;
    int nice;
    struct stack *stack;
};

static int write_once(struct lmdb_store *state, struct overlay *const *steps, size_t count)
{
    struct store_txn *write;
    int rc = lmdb_write_begin(state, &write);

    if (rc)
        return rc;
    rc = overlay_flush(steps, count, write);
    return lmdb_end(write, rc);
}

int writer_write(struct lmdb_store *state, struct overlay *const *steps, size_t count)
{
    int rc = write_once(state, steps, count);

    return rc == NAVETTE_E_BUSY ? write_once(state, steps, count) : rc;
}

static void *writer_run(void *argument)
{
    struct writer *writer = argument;
    struct overlay *steps[STACK_WRITTEN];
    struct lmdb_store *state;
    size_t count;

    (void)pthread_setname_np(pthread_self(), "fold-write");
    (void)setpriority(PRIO_PROCESS, 0, writer->nice); /* of this thread alone */
    while ((count = stack_next(writer->stack, steps, &state)) > 0)
        stack_wrote(writer->stack, count, writer_write(state, steps, count));
    return NULL;
}

int writer_start(int nice, struct stack *stack, struct writer **writer)
{
    struct writer *made = calloc(1, sizeof(*made));

    *writer = NULL;
    if (!made)
        return NAVETTE_E_MEMORY;
    made->nice = nice;
    made->stack = stack;
    if (pthread_create(&made->thread, NULL, writer_run, made)) {
        free(made);
        return NAVETTE_E_SYSTEM;
    }
    *writer = made;
    return 0;
}

void writer_stop(struct writer *writer)
{
    if (!writer)
        return;
    stack_stop(writer->stack);
    (void)pthread_join(writer->thread, NULL);
    free(writer);
}
