/* SPDX-License-Identifier: Apache-2.0 */
#include "server/writer.h"

#include <stdlib.h>
#include <sys/resource.h>

struct writer {
    pthread_t thread;
    int nice;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int stop;
    struct lmdb_store *state;
    struct overlay *overlay; /* under way; NULL: nothing is */
    int rc;                  /* of what was given last */
};

int writer_write(struct lmdb_store *state, struct overlay *overlay)
{
    struct store_txn *write;
    int rc = lmdb_write_begin(state, &write);

    if (rc)
        return rc;
    rc = overlay_flush(overlay, write);
    return lmdb_end(write, rc);
}

static void *writer_run(void *argument)
{
    struct writer *writer = argument;
    int rc;

    (void)pthread_setname_np(pthread_self(), "fold-write");
    (void)setpriority(PRIO_PROCESS, 0, writer->nice); /* of this thread alone */
    (void)pthread_mutex_lock(&writer->lock);
    for (;;) {
        while (!writer->overlay && !writer->stop)
            (void)pthread_cond_wait(&writer->changed, &writer->lock);
        if (!writer->overlay)
            break;
        (void)pthread_mutex_unlock(&writer->lock);
        rc = writer_write(writer->state, writer->overlay);
        (void)pthread_mutex_lock(&writer->lock);
        writer->rc = rc;
        writer->overlay = NULL;
        (void)pthread_cond_broadcast(&writer->changed);
    }
    (void)pthread_mutex_unlock(&writer->lock);
    return NULL;
}

int writer_start(int nice, struct writer **writer)
{
    struct writer *made = calloc(1, sizeof(*made));

    *writer = NULL;
    if (!made)
        return NAVETTE_E_MEMORY;
    made->nice = nice;
    (void)pthread_mutex_init(&made->lock, NULL);
    (void)pthread_cond_init(&made->changed, NULL);
    if (pthread_create(&made->thread, NULL, writer_run, made)) {
        (void)pthread_cond_destroy(&made->changed);
        (void)pthread_mutex_destroy(&made->lock);
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
    (void)pthread_mutex_lock(&writer->lock);
    writer->stop = 1;
    (void)pthread_cond_broadcast(&writer->changed);
    (void)pthread_mutex_unlock(&writer->lock);
    (void)pthread_join(writer->thread, NULL);
    (void)pthread_cond_destroy(&writer->changed);
    (void)pthread_mutex_destroy(&writer->lock);
    free(writer);
}

void writer_give(struct writer *writer, struct lmdb_store *state, struct overlay *overlay)
{
    (void)pthread_mutex_lock(&writer->lock);
    writer->state = state;
    writer->overlay = overlay;
    (void)pthread_cond_broadcast(&writer->changed);
    (void)pthread_mutex_unlock(&writer->lock);
}

int writer_wait(struct writer *writer)
{
    int rc;

    (void)pthread_mutex_lock(&writer->lock);
    while (writer->overlay)
        (void)pthread_cond_wait(&writer->changed, &writer->lock);
    rc = writer->rc;
    writer->rc = 0;
    (void)pthread_mutex_unlock(&writer->lock);
    return rc;
}

int writer_is_busy(struct writer *writer)
{
    int busy;

    (void)pthread_mutex_lock(&writer->lock);
    busy = writer->overlay != NULL;
    (void)pthread_mutex_unlock(&writer->lock);
    return busy;
}
