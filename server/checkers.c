/* SPDX-License-Identifier: Apache-2.0 */
#include "server/checkers.h"

#include <pthread.h>
#include <stdlib.h>

#include "navette/error.h"

/* Three places in one ring of frames, each ahead of the one before: taken out, begun to be looked at, put in. */
struct checkers {
    pthread_mutex_t lock; /* guards what follows, and `done` of each frame */
    pthread_cond_t work;
    pthread_cond_t done;
    uint64_t first;
    uint64_t begun;
    uint64_t put;
    size_t bytes;
    int stop;
    unsigned int thread_count;
    pthread_t threads[CHECKERS_THREADS_MAX];
    struct checkers_frame frames[CHECKERS_FRAMES];
};

static struct checkers_frame *checkers_at(struct checkers *checkers, uint64_t number)
{
    return &checkers->frames[number % CHECKERS_FRAMES];
}

/* Looks at the next frame that nobody has begun. With the lock held, which is let go meanwhile. */
static void checkers_look(struct checkers *checkers)
{
    struct checkers_frame *frame = checkers_at(checkers, checkers->begun++);

    (void)pthread_mutex_unlock(&checkers->lock);
    if (frame->known)
        hub_check(frame->checked, &frame->node, buffer_span(&frame->bytes));
    (void)pthread_mutex_lock(&checkers->lock);
    frame->done = 1;
    (void)pthread_cond_signal(&checkers->done);
}

static void *checkers_run(void *argument)
{
    struct checkers *checkers = argument;

    (void)pthread_setname_np(pthread_self(), "check");
    (void)pthread_mutex_lock(&checkers->lock);
    while (!checkers->stop) {
        if (checkers->begun == checkers->put)
            (void)pthread_cond_wait(&checkers->work, &checkers->lock);
        else
            checkers_look(checkers);
    }
    (void)pthread_mutex_unlock(&checkers->lock);
    return NULL;
}

int checkers_new(unsigned int threads, struct checkers **checkers)
{
    struct checkers *made = calloc(1, sizeof(*made));
    int rc = 0;

    *checkers = NULL;
    if (!made)
        return NAVETTE_E_MEMORY;
    (void)pthread_mutex_init(&made->lock, NULL);
    (void)pthread_cond_init(&made->work, NULL);
    (void)pthread_cond_init(&made->done, NULL);
    for (size_t i = 0; !rc && i < CHECKERS_FRAMES; i++) {
        made->frames[i].checked = hub_checked_new();
        rc = made->frames[i].checked ? 0 : NAVETTE_E_MEMORY;
    }
    while (!rc && made->thread_count < threads && made->thread_count < CHECKERS_THREADS_MAX) {
        if (pthread_create(&made->threads[made->thread_count], NULL, checkers_run, made))
            rc = NAVETTE_E_SYSTEM;
        else
            made->thread_count++;
    }
    if (rc) {
        checkers_free(made);
        return rc;
    }
    *checkers = made;
    return 0;
}

void checkers_free(struct checkers *checkers)
{
    if (!checkers)
        return;
    (void)pthread_mutex_lock(&checkers->lock);
    checkers->stop = 1;
    (void)pthread_cond_broadcast(&checkers->work);
    (void)pthread_mutex_unlock(&checkers->lock);
    for (unsigned int i = 0; i < checkers->thread_count; i++)
        (void)pthread_join(checkers->threads[i], NULL);
    for (size_t i = 0; i < CHECKERS_FRAMES; i++) {
        hub_checked_free(checkers->frames[i].checked);
        buffer_free(&checkers->frames[i].bytes);
    }
    (void)pthread_cond_destroy(&checkers->done);
    (void)pthread_cond_destroy(&checkers->work);
    (void)pthread_mutex_destroy(&checkers->lock);
    free(checkers);
}

struct checkers_frame *checkers_room(struct checkers *checkers)
{
    if (checkers->put - checkers->first == CHECKERS_FRAMES || checkers->bytes >= CHECKERS_BYTES)
        return NULL;
    return checkers_at(checkers, checkers->put);
}

/* A frame that comes alone is looked at by the thread that waits for it: nobody is woken for that. */
void checkers_put(struct checkers *checkers)
{
    struct checkers_frame *frame = checkers_at(checkers, checkers->put);

    checkers->bytes += frame->bytes.len;
    (void)pthread_mutex_lock(&checkers->lock);
    frame->done = 0;
    checkers->put++;
    if (checkers->put - checkers->begun > 1)
        (void)pthread_cond_signal(&checkers->work);
    (void)pthread_mutex_unlock(&checkers->lock);
}

struct checkers_frame *checkers_first(struct checkers *checkers)
{
    struct checkers_frame *frame = checkers_at(checkers, checkers->first);

    if (checkers->first == checkers->put)
        return NULL;
    (void)pthread_mutex_lock(&checkers->lock);
    while (checkers->first >= checkers->begun || !frame->done) {
        if (checkers->begun < checkers->put)
            checkers_look(checkers);
        else
            (void)pthread_cond_wait(&checkers->done, &checkers->lock);
    }
    (void)pthread_mutex_unlock(&checkers->lock);
    return frame;
}

void checkers_pop(struct checkers *checkers)
{
    checkers->bytes -= checkers_at(checkers, checkers->first)->bytes.len;
    checkers->first++;
}
