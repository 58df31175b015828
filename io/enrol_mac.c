/* SPDX-License-Identifier: Apache-2.0 */
#include "io/enrol_mac.h"

#include <sodium.h>
#include <string.h>

static void begin(crypto_generichash_state *state, const uint8_t code[ENROL_CODE_BYTES], const char *word)
{
    static const char label[] = "navette enrol v1";
    uint8_t text[sizeof label - 1 + ENROL_CODE_BYTES];
    uint8_t key[crypto_generichash_KEYBYTES];
    memcpy(text, label, sizeof label - 1);
    memcpy(text + sizeof label - 1, code, ENROL_CODE_BYTES);
    crypto_generichash(key, sizeof key, text, sizeof text, NULL, 0);
    crypto_generichash_init(state, key, sizeof key, ENROL_MAC_SIZE);
    crypto_generichash_update(state, (const uint8_t *)word, strlen(word));
    sodium_memzero(text, sizeof text);
    sodium_memzero(key, sizeof key);
}

static void add_string(crypto_generichash_state *state, const char *text)
{
    uint8_t len[2];
    write_u16(len, (uint16_t)strlen(text));
    crypto_generichash_update(state, len, sizeof len);
    crypto_generichash_update(state, (const uint8_t *)text, strlen(text));
}

void enrol_mac_request(const uint8_t code[ENROL_CODE_BYTES], const struct enrol_claim *claim, const uint8_t nonce[ENROL_NONCE_SIZE],
                       uint8_t mac[ENROL_MAC_SIZE])
{
    crypto_generichash_state state;
    begin(&state, code, "request");
    crypto_generichash_update(&state, claim->node, sizeof claim->node);
    crypto_generichash_update(&state, claim->curve_key, KEY_SIZE);
    crypto_generichash_update(&state, claim->sign_key, KEY_SIZE);
    crypto_generichash_update(&state, nonce, ENROL_NONCE_SIZE);
    crypto_generichash_final(&state, mac, ENROL_MAC_SIZE);
}

void enrol_mac_reply(const uint8_t code[ENROL_CODE_BYTES], const uint8_t request_nonce[ENROL_NONCE_SIZE],
                     const uint8_t reply_nonce[ENROL_NONCE_SIZE], const struct enrol_grant *grant, uint8_t mac[ENROL_MAC_SIZE])
{
    crypto_generichash_state state;
    uint8_t rights[2] = {(uint8_t)grant->role, (uint8_t)grant->scope};
    begin(&state, code, "reply");
    crypto_generichash_update(&state, request_nonce, ENROL_NONCE_SIZE);
    crypto_generichash_update(&state, reply_nonce, ENROL_NONCE_SIZE);
    crypto_generichash_update(&state, grant->hub, sizeof grant->hub);
    crypto_generichash_update(&state, grant->hub_curve_key, KEY_SIZE);
    crypto_generichash_update(&state, grant->hub_sign_key, KEY_SIZE);
    crypto_generichash_update(&state, rights, sizeof rights);
    for (size_t i = 0; i < grant->place_count; i++)
        add_string(&state, grant->places[i]);
    add_string(&state, grant->endpoint);
    if (grant->replaces) {
        crypto_generichash_update(&state, grant->node, NODE_ID_SIZE);
        crypto_generichash_update(&state, grant->parent, INCARNATION_SIZE);
    }
    crypto_generichash_final(&state, mac, ENROL_MAC_SIZE);
}

int enrol_mac_equal(const uint8_t a[ENROL_MAC_SIZE], const uint8_t b[ENROL_MAC_SIZE])
{
    return sodium_memcmp(a, b, ENROL_MAC_SIZE) == 0;
}
