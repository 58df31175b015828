/* SPDX-License-Identifier: Apache-2.0 */
#include <sodium.h>
#include <stdint.h>
#include <string.h>

/*
 * A signature that was found good is not computed again: in a simulated network everybody checks the same ones, and all run in this process. The linker puts this in front
 * of libsodium's (--wrap). What counts as the same is all of it, by BLAKE2b: key, signature and message.
 */
#define PROVEN_SLOTS 65536u
#define PROVEN_BYTES 32u

static uint8_t proven[PROVEN_SLOTS][PROVEN_BYTES];

int __real_crypto_sign_verify_detached(const unsigned char *signature, const unsigned char *message, unsigned long long length,
                                       const unsigned char *key);
int __wrap_crypto_sign_verify_detached(const unsigned char *signature, const unsigned char *message, unsigned long long length,
                                       const unsigned char *key);

int __wrap_crypto_sign_verify_detached(const unsigned char *signature, const unsigned char *message, unsigned long long length,
                                       const unsigned char *key)
{
    crypto_generichash_state state;
    uint8_t sum[PROVEN_BYTES];
    uint8_t *slot;

    crypto_generichash_init(&state, NULL, 0, sizeof(sum));
    crypto_generichash_update(&state, key, crypto_sign_PUBLICKEYBYTES);
    crypto_generichash_update(&state, signature, crypto_sign_BYTES);
    crypto_generichash_update(&state, message, length);
    crypto_generichash_final(&state, sum, sizeof(sum));
    slot = proven[(size_t)sum[0] << 8 | sum[1]];
    if (memcmp(slot, sum, sizeof(sum)) == 0)
        return 0;
    if (__real_crypto_sign_verify_detached(signature, message, length, key) != 0)
        return -1;
    memcpy(slot, sum, sizeof(sum));
    return 0;
}
