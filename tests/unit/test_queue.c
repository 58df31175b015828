/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server/queue.h: objects from one thread to another.
 *   - queue_put, queue_take: order, who asked, the descriptor readable exactly while something waits
 *   - queue_put when full: refused, the reference given back; one taken makes room for one
 *   - queue_free: what is left in it is dropped (the sanitizer's build sees a leak)
 *   - two threads: everything arrives once and in order
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <poll.h>
#include <pthread.h>

#include "server/queue.h"

static int readable(const struct queue *queue)
{
    struct pollfd fd = {.fd = queue_fd(queue), .events = POLLIN};

    return poll(&fd, 1, 0) == 1;
}

static void test_queue_take_in_order(void **state)
{
    struct queue *queue;
    uint64_t client;
    json_t *body;

    (void)state;
    assert_int_equal(queue_new(&queue), 0);
    assert_int_equal(queue_take(queue, &client, &body), NAVETTE_E_NOT_FOUND);
    assert_false(readable(queue));
    for (int i = 0; i < 10; i++)
        assert_int_equal(queue_put(queue, 100 + (uint64_t)i, json_integer(i)), 0);
    for (int i = 0; i < 10; i++) {
        assert_true(readable(queue));
        assert_int_equal(queue_take(queue, &client, &body), 0);
        assert_int_equal(client, 100 + i);
        assert_int_equal(json_integer_value(body), i);
        json_decref(body);
    }
    assert_int_equal(queue_take(queue, &client, &body), NAVETTE_E_NOT_FOUND);
    assert_false(readable(queue));
    queue_free(queue);
    queue_free(NULL);
}

static void test_queue_put_full(void **state)
{
    struct queue *queue;
    uint64_t client;
    json_t *body;
    json_t *kept = json_string("kept");

    (void)state;
    assert_int_equal(queue_new(&queue), 0);
    for (size_t i = 0; i < QUEUE_LENGTH; i++)
        assert_int_equal(queue_put(queue, i, json_incref(kept)), 0);
    assert_int_equal(kept->refcount, QUEUE_LENGTH + 1);
    assert_int_equal(queue_put(queue, 9999, json_incref(kept)), NAVETTE_E_BUSY);
    assert_int_equal(kept->refcount, QUEUE_LENGTH + 1);
    assert_int_equal(queue_take(queue, &client, &body), 0);
    assert_int_equal(client, 0);
    json_decref(body);
    assert_int_equal(queue_put(queue, 7777, json_incref(kept)), 0);
    assert_int_equal(queue_put(queue, 8888, json_incref(kept)), NAVETTE_E_BUSY);
    queue_free(queue);
    assert_int_equal(kept->refcount, 1);
    json_decref(kept);
}

#define SENT 20000

static void *send_all(void *argument)
{
    struct queue *queue = argument;

    for (int i = 0; i < SENT;) {
        struct pollfd none = {.fd = -1};

        if (queue_put(queue, (uint64_t)i, json_integer(i)) == 0)
            i++;
        else
            (void)poll(&none, 1, 1);
    }
    return NULL;
}

static void test_queue_take_from_another_thread(void **state)
{
    struct queue *queue;
    pthread_t thread;
    int wanted = 0;

    (void)state;
    assert_int_equal(queue_new(&queue), 0);
    assert_int_equal(pthread_create(&thread, NULL, send_all, queue), 0);
    while (wanted < SENT) {
        struct pollfd fd = {.fd = queue_fd(queue), .events = POLLIN};
        uint64_t client;
        json_t *body;

        assert_int_equal(poll(&fd, 1, 10000), 1);
        while (queue_take(queue, &client, &body) == 0) {
            assert_int_equal(client, wanted);
            assert_int_equal(json_integer_value(body), wanted);
            json_decref(body);
            wanted++;
        }
    }
    assert_int_equal(pthread_join(thread, NULL), 0);
    queue_free(queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_queue_take_in_order),
        cmocka_unit_test(test_queue_put_full),
        cmocka_unit_test(test_queue_take_from_another_thread),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
