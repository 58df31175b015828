/* SPDX-License-Identifier: Apache-2.0 */
#include <sodium.h>
#include <string.h>

#include "io/enrol_form.h"
#include "navette/frame.h"
#include "navette/system.h"

/* The hub speaks first, and once for all: there is no question whose nonce it could answer. */
static const uint8_t UNASKED[ENROL_NONCE_SIZE];

int enrol_file_grant(const struct keys *hub, const char *main_endpoint, const struct enrol_invitation *invitation, struct buffer *frame)
{
    return enrol_form_reply(hub, main_endpoint, invitation, UNASKED, frame);
}

int enrol_file_read(struct span frame, const char *code, struct enrol_grant *grant)
{
    uint8_t secret[ENROL_CODE_BYTES];
    int rc = enrol_code_read(code, secret);

    if (rc == 0)
        rc = enrol_form_read_reply(secret, UNASKED, frame, grant);
    sodium_memzero(secret, sizeof secret);
    return rc;
}

int enrol_file_claim(const struct keys *keys, const char *code, struct buffer *frame)
{
    uint8_t secret[ENROL_CODE_BYTES];
    uint8_t nonce[ENROL_NONCE_SIZE];
    struct enrol_claim claim;
    int rc = enrol_code_read(code, secret);

    memcpy(claim.node, keys->node, NODE_ID_SIZE);
    memcpy(claim.curve_key, keys->curve_public, KEY_SIZE);
    memcpy(claim.sign_key, keys->sign_public, KEY_SIZE);
    system_random(nonce, sizeof nonce);
    if (rc == 0)
        rc = enrol_form_request(secret, &claim, nonce, frame);
    sodium_memzero(secret, sizeof secret);
    return rc;
}

int enrol_file_find(struct span bytes, const struct enrol_invitation *open, size_t count, int64_t now_ms, size_t *which,
                    struct enrol_claim *claim)
{
    uint8_t nonce[ENROL_NONCE_SIZE];
    uint8_t mac[ENROL_MAC_SIZE];
    struct frame frame;
    int rc = frame_decode(bytes, &frame);

    if (rc != 0)
        return rc == NAVETTE_E_MEMORY ? rc : NAVETTE_E_INVALID;
    rc = NAVETTE_E_INVALID;
    if (frame.type == FRAME_ENROL_REQUEST)
        rc = enrol_form_read_request((const Navette__EnrolRequest *)frame.message, claim, nonce, mac);
    if (rc == 0)
        rc = enrol_form_find(open, count, now_ms, claim, nonce, mac, which);
    frame_free(&frame);
    return rc;
}
