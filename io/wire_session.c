/* SPDX-License-Identifier: Apache-2.0 */
#include "io/wire_session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NO_PLACE UINT32_MAX

/* A session number is serial * WIRE_SESSIONS_MAX + place, so that it finds its place without a second index. */
struct wire_sessions {
    uint64_t serial;
    uint64_t clock;
    uint32_t free_place;
    uint32_t buckets[WIRE_SESSIONS_MAX];
    uint64_t gone_count; /* so many have gone: the last stand in `gone`, in turn */
    struct {
        uint64_t session;
        uint8_t curve_key[KEY_SIZE];
    } gone[WIRE_SESSIONS_GONE];
    uint32_t held[WIRE_SESSIONS_MAX]; /* places of keys that begin alike: only where there are many is anybody counted */
    struct wire_session places[WIRE_SESSIONS_MAX];
};

struct wire_sessions *wire_session_new(void)
{
    struct wire_sessions *sessions = calloc(1, sizeof *sessions);
    if (sessions == NULL)
        return NULL;
    for (uint32_t i = 0; i < WIRE_SESSIONS_MAX; i++) {
        sessions->buckets[i] = NO_PLACE;
        sessions->places[i].next = i + 1 < WIRE_SESSIONS_MAX ? i + 1 : NO_PLACE;
    }
    return sessions;
}

void wire_session_free(struct wire_sessions *sessions)
{
    free(sessions);
}

static uint32_t *bucket_of(struct wire_sessions *sessions, uint32_t routing)
{
    /* ROUTER counts routing ids up: neighbours fall into neighbouring buckets. */
    return &sessions->buckets[routing % WIRE_SESSIONS_MAX];
}

static uint32_t *held_by(struct wire_sessions *sessions, const uint8_t curve_key[KEY_SIZE])
{
    uint32_t beginning;
    memcpy(&beginning, curve_key, sizeof beginning);
    return &sessions->held[beginning % WIRE_SESSIONS_MAX];
}

static void drop_place(struct wire_sessions *sessions, uint32_t place)
{
    uint32_t *link = bucket_of(sessions, sessions->places[place].routing);
    while (*link != place)
        link = &sessions->places[*link].next;
    *link = sessions->places[place].next;
    size_t turn = sessions->gone_count++ % WIRE_SESSIONS_GONE;
    sessions->gone[turn].session = sessions->places[place].session;
    memcpy(sessions->gone[turn].curve_key, sessions->places[place].curve_key, KEY_SIZE);
    --*held_by(sessions, sessions->places[place].curve_key);
    memset(&sessions->places[place], 0, sizeof sessions->places[place]);
    sessions->places[place].next = sessions->free_place;
    sessions->free_place = place;
}

/* Of this key's, or with NULL of all; nothing when there are fewer than `most` of them. */
static void drop_oldest(struct wire_sessions *sessions, const uint8_t *curve_key, uint32_t most)
{
    uint32_t oldest = NO_PLACE;
    uint32_t count = 0;
    for (uint32_t i = 0; i < WIRE_SESSIONS_MAX; i++) {
        const struct wire_session *place = &sessions->places[i];
        if (place->session == 0 || (curve_key != NULL && memcmp(place->curve_key, curve_key, KEY_SIZE) != 0))
            continue;
        count++;
        if (oldest == NO_PLACE || place->heard < sessions->places[oldest].heard)
            oldest = i;
    }
    if (oldest != NO_PLACE && count >= most)
        drop_place(sessions, oldest);
}

uint64_t wire_session_of(struct wire_sessions *sessions, uint32_t routing, const uint8_t curve_key[KEY_SIZE])
{
    uint32_t place = *bucket_of(sessions, routing);
    while (place != NO_PLACE && sessions->places[place].routing != routing)
        place = sessions->places[place].next;
    if (place != NO_PLACE && memcmp(sessions->places[place].curve_key, curve_key, KEY_SIZE) != 0) {
        drop_place(sessions, place);
        place = NO_PLACE;
    }
    if (place == NO_PLACE) {
        if (*held_by(sessions, curve_key) >= WIRE_SESSIONS_A_KEY)
            drop_oldest(sessions, curve_key, WIRE_SESSIONS_A_KEY);
        if (sessions->free_place == NO_PLACE)
            drop_oldest(sessions, NULL, 0);
        place = sessions->free_place;
        struct wire_session *made = &sessions->places[place];
        sessions->free_place = made->next;
        made->routing = routing;
        made->session = ++sessions->serial * WIRE_SESSIONS_MAX + place;
        memcpy(made->curve_key, curve_key, KEY_SIZE);
        ++*held_by(sessions, curve_key);
        made->next = *bucket_of(sessions, routing);
        *bucket_of(sessions, routing) = place;
    }
    sessions->places[place].heard = ++sessions->clock;
    return sessions->places[place].session;
}

void wire_session_note(struct wire_sessions *sessions, uint64_t session, const char *address)
{
    struct wire_session *place = &sessions->places[session % WIRE_SESSIONS_MAX];
    if (address != NULL && strncmp(address, "::ffff:", 7) == 0 && strchr(address, '.') != NULL)
        address += 7; /* IPv4, as IPv6 writes it */
    if (place->session == session && place->address[0] == '\0' && address != NULL)
        snprintf(place->address, sizeof place->address, "%s", address);
}

const struct wire_session *wire_session_find(struct wire_sessions *sessions, uint64_t session)
{
    const struct wire_session *place = &sessions->places[session % WIRE_SESSIONS_MAX];
    return session != 0 && place->session == session ? place : NULL;
}

int wire_session_key(const struct wire_sessions *sessions, uint64_t session, uint8_t curve_key[KEY_SIZE])
{
    const struct wire_session *place = &sessions->places[session % WIRE_SESSIONS_MAX];
    if (session == 0)
        return 0;
    if (place->session == session) {
        memcpy(curve_key, place->curve_key, KEY_SIZE);
        return 1;
    }
    for (size_t i = 0; i < WIRE_SESSIONS_GONE; i++) {
        if (sessions->gone[i].session == session) {
            memcpy(curve_key, sessions->gone[i].curve_key, KEY_SIZE);
            return 1;
        }
    }
    return 0;
}

void wire_session_forget(struct wire_sessions *sessions, uint64_t session)
{
    if (wire_session_find(sessions, session) != NULL)
        drop_place(sessions, (uint32_t)(session % WIRE_SESSIONS_MAX));
}

void wire_session_forget_all(struct wire_sessions *sessions)
{
    for (uint32_t i = 0; i < WIRE_SESSIONS_MAX; i++)
        if (sessions->places[i].session != 0)
            drop_place(sessions, i);
}
