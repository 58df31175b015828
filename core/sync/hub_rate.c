/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "navette/frame.h"
#include "navette/ref.h"
#include "sync/hub_state.h"

#define UNPACKED_AT 12u /* of the header: what the body claims to be once unpacked */

/* What a frame may cost to look at: a decoder believes the header's claim up to LIMIT_FRAME_BYTES, and no more. */
static uint64_t cost_of(struct span bytes)
{
    uint64_t claimed = bytes.len >= FRAME_HEADER_SIZE ? read_u32(bytes.data + UNPACKED_AT) : 0;

    claimed = claimed > LIMIT_FRAME_BYTES ? LIMIT_FRAME_BYTES : claimed;
    return claimed > bytes.len ? claimed : bytes.len;
}

uint64_t hub_refilled(uint64_t left, uint64_t a_second, uint64_t most, int64_t elapsed_ms)
{
    left += a_second * (uint64_t)elapsed_ms / 1000;
    return left > most ? most : left;
}

static void refill(struct hub_rate *rate, int64_t now_ms)
{
    int64_t elapsed_ms = now_ms - rate->since_ms;

    if (!rate->begun || elapsed_ms < 0 || elapsed_ms > HUB_RATE_FORGET_MS) {
        rate->begun = 1;
        rate->frames = HUB_RATE_FRAMES_MOST;
        rate->bytes = HUB_RATE_BYTES_MOST;
        rate->faults = HUB_FAULTS_MOST;
        rate->since_ms = now_ms;
    } else if (elapsed_ms >= HUB_RATE_STEP_MS) {
        rate->frames = hub_refilled(rate->frames, HUB_RATE_FRAMES, HUB_RATE_FRAMES_MOST, elapsed_ms);
        rate->bytes = hub_refilled(rate->bytes, HUB_RATE_BYTES, HUB_RATE_BYTES_MOST, elapsed_ms);
        rate->faults = hub_refilled(rate->faults, HUB_FAULTS, HUB_FAULTS_MOST, elapsed_ms);
        rate->since_ms = now_ms;
    }
}

/* Said when it begins and when it ends: two lines, however many frames. */
static void go_deaf(struct hub_rate *rate, int64_t now_ms, uint64_t session, const char *why, struct effects *effects)
{
    rate->deaf_until_ms = now_ms + HUB_DEAF_MS;
    rate->dropped = 0;
    effects_log(effects, EFFECT_WARNING, session, "%s: not listened to for %d s", why, HUB_DEAF_MS / 1000);
}

static int is_deaf(struct hub_rate *rate, int64_t now_ms, uint64_t session, struct effects *effects)
{
    if (rate->deaf_until_ms == 0) {
        return 0;
    }
    if (now_ms < rate->deaf_until_ms && rate->deaf_until_ms - now_ms <= HUB_DEAF_MS) {
        rate->dropped++;
        return 1;
    }
    effects_log(effects, EFFECT_INFO, session, "listened to again; %llu frames were not looked at", (unsigned long long)rate->dropped + 1);
    rate->deaf_until_ms = 0;
    rate->begun = 0;
    refill(rate, now_ms);
    return 0;
}

int hub_listens(struct hub *hub, uint64_t session, const uint8_t curve_key[KEY_SIZE], struct span bytes, int64_t now_ms,
                struct effects *effects)
{
    struct hub_peer *peer = hub_peer_by_key(hub, curve_key);
    uint64_t cost = cost_of(bytes);
    struct hub_rate *rate;

    if (peer == NULL) {
        return 1;
    }
    rate = &peer->rate;
    if (is_deaf(rate, now_ms, session, effects)) {
        return 0;
    }
    refill(rate, now_ms);
    if (rate->faults == 0) {
        go_deaf(rate, now_ms, session, "too many frames that mean nothing", effects);
    } else if (rate->frames == 0 || rate->bytes < cost) {
        go_deaf(rate, now_ms, session, "more frames than any node sends", effects);
    } else {
        rate->frames--;
        rate->bytes -= cost;
        return 1;
    }
    return 0;
}

int hub_fault(struct hub_peer *peer)
{
    peer->rate.faults -= peer->rate.faults > 0;
    return peer->rate.faults >= HUB_FAULTS_MOST - HUB_FAULTS_TOLD;
}
