/* SPDX-License-Identifier: Apache-2.0 */
#include "io/enrol_rate.h"

#include <stdio.h>
#include <string.h>

#define NETWORK_GROUPS 4

/* Somebody with one IPv6 line has 2^64 addresses: what counts is the line. */
static void network_of(const char *address, char out[48])
{
    (void)snprintf(out, 48, "%s", address == NULL ? "" : address);
    if (strchr(out, ':') == NULL || strchr(out, '.') != NULL)
        return;
    char *at = out;
    for (int groups = 0; groups < NETWORK_GROUPS && at != NULL; groups++) {
        at = strchr(at, ':');
        at = at == NULL ? NULL : at + 1;
    }
    if (at != NULL)
        *at = '\0';
}

static int is_old(const struct enrol_rate_count *count, int64_t now_ms)
{
    return now_ms < count->began_ms || now_ms - count->began_ms >= ENROL_RATE_MINUTE_MS;
}

/* NULL: nothing wrong came from there in this minute. */
static struct enrol_rate_count *find(struct enrol_rate *rate, const char *network, int64_t now_ms)
{
    for (size_t i = 0; i < rate->count; i++)
        if (strcmp(rate->addresses[i].address, network) == 0)
            return is_old(&rate->addresses[i], now_ms) ? NULL : &rate->addresses[i];
    return NULL;
}

static struct enrol_rate_count *place_for(struct enrol_rate *rate, const char *network)
{
    size_t oldest = 0;
    for (size_t i = 0; i < rate->count; i++) {
        if (strcmp(rate->addresses[i].address, network) == 0)
            return &rate->addresses[i];
        if (rate->addresses[i].began_ms < rate->addresses[oldest].began_ms)
            oldest = i;
    }
    return &rate->addresses[rate->count < ENROL_RATE_ADDRESSES ? rate->count++ : oldest];
}

static void begin(struct enrol_rate_count *count, const char *network, int64_t now_ms)
{
    (void)snprintf(count->address, sizeof count->address, "%s", network);
    count->began_ms = now_ms;
    count->wrong = 0;
}

int enrol_rate_is_over(struct enrol_rate *rate, const char *address, int64_t now_ms, int *first)
{
    char network[48];
    network_of(address, network);
    struct enrol_rate_count *own = find(rate, network, now_ms);
    *first = 0;
    if (own != NULL && own->wrong >= ENROL_RATE_ADDRESS) {
        *first = own->wrong == ENROL_RATE_ADDRESS;
        own->wrong += *first ? 1u : 0u;
        return 1;
    }
    if (is_old(&rate->all, now_ms) || rate->all.wrong < ENROL_RATE_ALL)
        return 0;
    *first = rate->all.wrong == ENROL_RATE_ALL;
    rate->all.wrong += *first ? 1u : 0u;
    return 1;
}

void enrol_rate_wrong(struct enrol_rate *rate, const char *address, int64_t now_ms)
{
    char network[48];
    network_of(address, network);
    struct enrol_rate_count *own = find(rate, network, now_ms);
    if (own == NULL) {
        own = place_for(rate, network);
        begin(own, network, now_ms);
    }
    own->wrong++;
    if (is_old(&rate->all, now_ms))
        begin(&rate->all, "", now_ms);
    rate->all.wrong++;
}
