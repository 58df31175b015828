/* SPDX-License-Identifier: Apache-2.0 */
#include "io/wire_zap.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "navette/error.h"
#include "navette/pace.h"
#include "navette/ref.h"
#include "navette/system.h"

#define ZAP_ENDPOINT "inproc://zeromq.zap.01"
#define ZAP_FRAMES 7u                  /* version, request id, domain, address, routing id, mechanism, credentials */
#define ZAP_FRAME_BYTES 256            /* longer than any of them can be; what is longer is refused */
#define ZAP_KEYS (4u * LIMIT_SESSIONS) /* each node's, and those that it gave up */
/*
 * Connections of one key: so many at once, then one in so long. A node makes one a minute on a bad line, a restart's backlog and two clones are far below; who opens thousands would
 * take the descriptors from the others.
 */
#define CONNECTIONS_AT_ONCE 120
#define CONNECTION_EVERY_MS 2000
#define LOG_EVERY_MS 1000 /* a flood of strangers must not fill the disk with lines */

struct zap_key {
    uint8_t bytes[KEY_SIZE];
    int64_t paid_ms; /* up to when its connections have used up their time */
};

enum verdict {
    UNKNOWN,
    TOO_MANY,
    ADMITTED,
};

struct wire_zap {
    void *socket;
    pthread_t thread;
    pthread_mutex_t lock;
    struct zap_key *keys; /* sorted by their bytes */
    size_t count;
    size_t capacity;
    atomic_int ending;
    _Atomic uint64_t refusals;
    int64_t logged_ms; /* the thread's own */
};

/* The place of a key, or the place where it would go. */
static int find(const struct wire_zap *zap, const uint8_t *key, size_t *place)
{
    size_t low = 0;
    size_t high = zap->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = memcmp(zap->keys[middle].bytes, key, KEY_SIZE);
        if (order == 0) {
            *place = middle;
            return 1;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *place = low;
    return 0;
}

int wire_zap_knows(struct wire_zap *zap, const uint8_t curve_key[KEY_SIZE])
{
    size_t place;
    pthread_mutex_lock(&zap->lock);
    int known = find(zap, curve_key, &place);
    pthread_mutex_unlock(&zap->lock);
    return known;
}

static int insert(struct wire_zap *zap, const uint8_t *key)
{
    size_t place;
    if (find(zap, key, &place))
        return 0;
    if (zap->count == ZAP_KEYS)
        return NAVETTE_E_TOO_LARGE;
    if (zap->count == zap->capacity) {
        size_t capacity = zap->capacity == 0 ? 16 : zap->capacity * 2;
        struct zap_key *grown = realloc(zap->keys, capacity * sizeof *grown);
        if (grown == NULL)
            return NAVETTE_E_MEMORY;
        zap->keys = grown;
        zap->capacity = capacity;
    }
    struct zap_key *at = zap->keys + place;
    memmove(at + 1, at, (zap->count - place) * sizeof *at);
    memcpy(at->bytes, key, KEY_SIZE);
    at->paid_ms = 0;
    zap->count++;
    return 0;
}

int wire_zap_admit(struct wire_zap *zap, const uint8_t curve_key[KEY_SIZE])
{
    pthread_mutex_lock(&zap->lock);
    int rc = insert(zap, curve_key);
    pthread_mutex_unlock(&zap->lock);
    return rc;
}

void wire_zap_refuse(struct wire_zap *zap, const uint8_t curve_key[KEY_SIZE])
{
    size_t place;
    pthread_mutex_lock(&zap->lock);
    if (find(zap, curve_key, &place)) {
        struct zap_key *at = zap->keys + place;
        zap->count--;
        memmove(at, at + 1, (zap->count - place) * sizeof *at);
    }
    pthread_mutex_unlock(&zap->lock);
}

uint64_t wire_zap_refusals(const struct wire_zap *zap)
{
    return atomic_load(&zap->refusals);
}

struct zap_frame {
    uint8_t bytes[ZAP_FRAME_BYTES];
    size_t len; /* as sent: above ZAP_FRAME_BYTES when it was cut */
};

/* Takes one whole request. Its number of frames, or -1 when the socket is at its end. */
static int take(void *socket, struct zap_frame frames[ZAP_FRAMES])
{
    int count = 0;
    int more = 1;
    while (more) {
        struct zap_frame spare;
        struct zap_frame *frame = count < (int)ZAP_FRAMES ? &frames[count] : &spare;
        int len = zmq_recv(socket, frame->bytes, sizeof frame->bytes, 0);
        if (len < 0 && zmq_errno() == EINTR)
            continue;
        if (len < 0)
            return -1;
        frame->len = (size_t)len;
        count++;
        size_t size = sizeof more;
        if (zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &size) != 0)
            return -1;
    }
    return count;
}

static int send_frame(void *socket, const void *bytes, size_t len, int flags)
{
    int rc;
    do
        rc = zmq_send(socket, bytes, len, flags);
    while (rc < 0 && zmq_errno() == EINTR);
    return rc < 0 ? -1 : 0;
}

static int is_text(const struct zap_frame *frame, const char *text)
{
    return frame->len == strlen(text) && memcmp(frame->bytes, text, frame->len) == 0;
}

static enum verdict judge(struct wire_zap *zap, const uint8_t key[KEY_SIZE])
{
    enum verdict verdict = UNKNOWN;
    int64_t now_ms = system_monotonic_ms();
    size_t place;
    pthread_mutex_lock(&zap->lock);
    if (find(zap, key, &place)) {
        struct zap_key *known = &zap->keys[place];
        int64_t from_ms = pace_from_ms(known->paid_ms, now_ms, CONNECTIONS_AT_ONCE, CONNECTION_EVERY_MS);
        verdict = from_ms > now_ms ? TOO_MANY : ADMITTED;
        if (verdict == ADMITTED)
            known->paid_ms = pace_pay(known->paid_ms, now_ms, CONNECTIONS_AT_ONCE, CONNECTION_EVERY_MS);
    }
    pthread_mutex_unlock(&zap->lock);
    return verdict;
}

static void tell(struct wire_zap *zap, enum verdict verdict, const char *user, const char *peer)
{
    uint64_t refusals = atomic_fetch_add(&zap->refusals, 1) + 1;
    int64_t now = system_monotonic_ms();
    if (zap->logged_ms != 0 && now - zap->logged_ms < LOG_EVERY_MS)
        return;
    zap->logged_ms = now;
    system_log(1, "wire", peer, "%s %s refused (%llu refusals since the start)",
               verdict == TOO_MANY ? "one more connection of the key" : "unknown key", user, (unsigned long long)refusals);
}

static int answer(struct wire_zap *zap, const struct zap_frame frames[ZAP_FRAMES], int count)
{
    /* A peer that is told 400 never tries again (libzmq); 300 ends this connection only. */
    static const struct {
        const char *status;
        const char *text;
    } ANSWERS[] = {[UNKNOWN] = {"400", "unknown key"}, [TOO_MANY] = {"300", "too many connections"}, [ADMITTED] = {"200", "OK"}};
    enum verdict verdict = UNKNOWN;
    char user[2 * KEY_SIZE + 1] = "";
    const struct zap_frame *address = &frames[3];
    const struct zap_frame *key = &frames[6];
    if (count == (int)ZAP_FRAMES && is_text(&frames[0], "1.0") && is_text(&frames[5], "CURVE") && key->len == KEY_SIZE) {
        hex_encode(key->bytes, KEY_SIZE, user);
        verdict = judge(zap, key->bytes);
    }
    if (verdict != ADMITTED) {
        char peer[64];
        snprintf(peer, sizeof peer, "%.*s", count > 3 && address->len < sizeof peer ? (int)address->len : 0, (const char *)address->bytes);
        tell(zap, verdict, user, peer);
    }
    size_t id_len = count > 1 && frames[1].len <= ZAP_FRAME_BYTES ? frames[1].len : 0;
    if (send_frame(zap->socket, "1.0", 3, ZMQ_SNDMORE) != 0 || send_frame(zap->socket, frames[1].bytes, id_len, ZMQ_SNDMORE) != 0 ||
        send_frame(zap->socket, ANSWERS[verdict].status, 3, ZMQ_SNDMORE) != 0 ||
        send_frame(zap->socket, ANSWERS[verdict].text, strlen(ANSWERS[verdict].text), ZMQ_SNDMORE) != 0 ||
        send_frame(zap->socket, user, verdict == ADMITTED ? 2 * KEY_SIZE : 0, ZMQ_SNDMORE) != 0)
        return -1;
    return send_frame(zap->socket, "", 0, 0);
}

static void *run(void *argument)
{
    struct wire_zap *zap = argument;
    struct zap_frame frames[ZAP_FRAMES];
    for (;;) {
        memset(frames, 0, sizeof frames);
        int count = take(zap->socket, frames);
        if (count < 0 || answer(zap, frames, count) != 0)
            break;
    }
    int cause = zmq_errno();
    zmq_close(zap->socket);
    /* Without this thread libzmq admits anybody: better no hub than an open one. */
    if (!atomic_load(&zap->ending)) {
        system_log(2, "wire", NULL, "the guard of the keys ended (%s): the process ends too", zmq_strerror(cause));
        abort();
    }
    return NULL;
}

int wire_zap_open(void *context, struct wire_zap **zap)
{
    struct wire_zap *made = calloc(1, sizeof *made);
    if (made == NULL)
        return NAVETTE_E_MEMORY;
    pthread_mutex_init(&made->lock, NULL);
    int rc = NAVETTE_E_SYSTEM;
    int linger = 0;
    made->socket = zmq_socket(context, ZMQ_REP);
    if (made->socket == NULL || zmq_setsockopt(made->socket, ZMQ_LINGER, &linger, sizeof linger) != 0 ||
        zmq_bind(made->socket, ZAP_ENDPOINT) != 0) {
        system_log(2, "wire", NULL, "%s: %s", ZAP_ENDPOINT, zmq_strerror(zmq_errno()));
        goto fail;
    }
    /* Signals are for the main thread. */
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&made->thread, NULL, run, made);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed != 0) {
        system_log(2, "wire", NULL, "no thread: %s", strerror(failed));
        goto fail;
    }
    *zap = made;
    return 0;

fail:
    if (made->socket != NULL)
        zmq_close(made->socket);
    pthread_mutex_destroy(&made->lock);
    free(made);
    return rc;
}

void wire_zap_expect_end(struct wire_zap *zap)
{
    if (zap != NULL)
        atomic_store(&zap->ending, 1);
}

void wire_zap_close(struct wire_zap *zap)
{
    if (zap == NULL)
        return;
    pthread_join(zap->thread, NULL);
    pthread_mutex_destroy(&zap->lock);
    free(zap->keys);
    free(zap);
}
