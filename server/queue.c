/* SPDX-License-Identifier: Apache-2.0 */
#include "server/queue.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct queue_item {
    uint64_t client;
    json_t *body;
};

struct queue {
    pthread_mutex_t lock;
    int fd;
    size_t first;
    size_t count;
    struct queue_item items[QUEUE_LENGTH];
};

int queue_new(struct queue **queue)
{
    struct queue *made = calloc(1, sizeof(*made));

    *queue = NULL;
    if (!made)
        return NAVETTE_E_MEMORY;
    made->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (made->fd < 0) {
        free(made);
        return NAVETTE_E_SYSTEM;
    }
    (void)pthread_mutex_init(&made->lock, NULL);
    *queue = made;
    return 0;
}

void queue_free(struct queue *queue)
{
    uint64_t client;
    json_t *body;

    if (!queue)
        return;
    while (queue_take(queue, &client, &body) == 0)
        json_decref(body);
    (void)close(queue->fd);
    (void)pthread_mutex_destroy(&queue->lock);
    free(queue);
}

int queue_put(struct queue *queue, uint64_t client, json_t *body)
{
    int rc = 0;

    (void)pthread_mutex_lock(&queue->lock);
    if (queue->count == QUEUE_LENGTH) {
        rc = NAVETTE_E_BUSY;
    } else {
        struct queue_item *item = &queue->items[(queue->first + queue->count) % QUEUE_LENGTH];

        item->client = client;
        item->body = body;
        queue->count++;
        (void)eventfd_write(queue->fd, 1);
    }
    (void)pthread_mutex_unlock(&queue->lock);
    if (rc)
        json_decref(body);
    return rc;
}

int queue_take(struct queue *queue, uint64_t *client, json_t **body)
{
    int rc = NAVETTE_E_NOT_FOUND;
    eventfd_t wakes;

    (void)pthread_mutex_lock(&queue->lock);
    if (queue->count > 0) {
        *client = queue->items[queue->first].client;
        *body = queue->items[queue->first].body;
        queue->first = (queue->first + 1) % QUEUE_LENGTH;
        queue->count--;
        rc = 0;
    } else {
        (void)eventfd_read(queue->fd, &wakes);
    }
    (void)pthread_mutex_unlock(&queue->lock);
    return rc;
}

int queue_fd(const struct queue *queue)
{
    return queue->fd;
}
