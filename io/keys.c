/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/keys.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "navette/ref.h"
#include "navette/system.h"
#include "navette/whole.h"

#define KEYS_FILE_BYTES 1024u
#define SIGN_SECRET_SIZE 64u

int keys_make(struct keys *keys)
{
    if (sodium_init() < 0) {
        system_log(2, "keys", NULL, "libsodium can't start");
        return NAVETTE_E_SYSTEM;
    }
    /* Locking may be forbidden by RLIMIT_MEMLOCK: the keys still work. */
    (void)sodium_mlock(keys, sizeof *keys);
    system_new_id(keys->node);
    if (crypto_box_keypair(keys->curve_public, keys->curve_secret) != 0 || crypto_sign_keypair(keys->sign_public, keys->sign_secret) != 0)
        return NAVETTE_E_SYSTEM;
    return 0;
}

void keys_wipe(struct keys *keys)
{
    if (keys == NULL)
        return;
    (void)sodium_munlock(keys, sizeof *keys);
    sodium_memzero(keys, sizeof *keys);
}

static size_t write_hex(char *out, const char *word, const uint8_t *first, size_t first_len, const uint8_t *second, size_t second_len)
{
    size_t len = strlen(word);
    memcpy(out, word, len);
    out[len++] = ' ';
    hex_encode(first, first_len, out + len);
    len += 2 * first_len;
    if (second != NULL) {
        out[len++] = ' ';
        hex_encode(second, second_len, out + len);
        len += 2 * second_len;
    }
    out[len++] = '\n';
    return len;
}

static int save(const struct keys *keys, const char *path, int signs)
{
    if (access(path, F_OK) == 0)
        return NAVETTE_E_EXISTS;
    char text[KEYS_FILE_BYTES];
    size_t len = (size_t)snprintf(text, sizeof text, "navette-keys 1\n");
    len += write_hex(text + len, "node", keys->node, sizeof keys->node, NULL, 0);
    len += write_hex(text + len, "curve", keys->curve_public, KEY_SIZE, keys->curve_secret, KEY_SIZE);
    if (signs)
        len += write_hex(text + len, "sign", keys->sign_public, KEY_SIZE, keys->sign_secret, SIGN_SECRET_SIZE);
    int rc = whole_write(path, span_of(text, len), 0);
    sodium_memzero(text, sizeof text);
    return rc;
}

int keys_save(const struct keys *keys, const char *path)
{
    return save(keys, path, 1);
}

int keys_save_transport(const struct keys *keys, const char *path)
{
    return save(keys, path, 0);
}

/* Reads "WORD HEX[ HEX]\n" at *at and moves behind it. */
static int read_hex(char **at, const char *word, uint8_t *first, size_t first_len, uint8_t *second, size_t second_len)
{
    char *end = strchr(*at, '\n');
    size_t word_len = strlen(word);
    if (end == NULL || strncmp(*at, word, word_len) != 0 || (*at)[word_len] != ' ')
        return NAVETTE_E_INVALID;
    *end = '\0';
    char *hex = *at + word_len + 1;
    if (second != NULL) {
        char *space = strchr(hex, ' ');
        if (space == NULL)
            return NAVETTE_E_INVALID;
        *space = '\0';
        if (hex_decode(space + 1, second, second_len) != 0)
            return NAVETTE_E_INVALID;
    }
    *at = end + 1;
    return hex_decode(hex, first, first_len) == 0 ? 0 : NAVETTE_E_INVALID;
}

/* A public half that does not belong to its secret would be found only at the first handshake or the first refused batch. */
static int check_transport(const struct keys *keys)
{
    uint8_t curve[KEY_SIZE];
    if (crypto_scalarmult_base(curve, keys->curve_secret) != 0 || memcmp(curve, keys->curve_public, KEY_SIZE) != 0)
        return NAVETTE_E_INVALID;
    return 0;
}

static int check_pairs(const struct keys *keys)
{
    uint8_t seed[crypto_sign_SEEDBYTES];
    uint8_t sign[KEY_SIZE];
    uint8_t secret[SIGN_SECRET_SIZE];
    int rc = NAVETTE_E_INVALID;
    if (check_transport(keys) != 0 || crypto_sign_ed25519_sk_to_seed(seed, keys->sign_secret) != 0 ||
        crypto_sign_seed_keypair(sign, secret, seed) != 0)
        goto wipe;
    if (memcmp(sign, keys->sign_public, KEY_SIZE) == 0 && sodium_memcmp(secret, keys->sign_secret, SIGN_SECRET_SIZE) == 0)
        rc = 0;
wipe:
    sodium_memzero(seed, sizeof seed);
    sodium_memzero(secret, sizeof secret);
    return rc;
}

static int parse_text(char *text, struct keys *keys, int signs)
{
    static const char first[] = "navette-keys 1\n";
    if (strncmp(text, first, sizeof first - 1) != 0)
        return NAVETTE_E_INVALID;
    char *at = text + sizeof first - 1;
    if (read_hex(&at, "node", keys->node, sizeof keys->node, NULL, 0) != 0 ||
        read_hex(&at, "curve", keys->curve_public, KEY_SIZE, keys->curve_secret, KEY_SIZE) != 0 ||
        (signs && read_hex(&at, "sign", keys->sign_public, KEY_SIZE, keys->sign_secret, SIGN_SECRET_SIZE) != 0) || *at != '\0')
        return NAVETTE_E_INVALID;
    return signs ? check_pairs(keys) : check_transport(keys);
}

static int load(const char *path, struct keys *keys, int signs)
{
    if (sodium_init() < 0)
        return NAVETTE_E_SYSTEM;
    memset(keys, 0, sizeof *keys);
    (void)sodium_mlock(keys, sizeof *keys);
    struct buffer bytes = {.data = NULL};
    int rc = whole_read(path, KEYS_FILE_BYTES - 1, 1, &bytes);
    if (rc == NAVETTE_E_TOO_LARGE)
        rc = NAVETTE_E_INVALID;
    if (rc == 0)
        rc = buffer_append_u8(&bytes, 0);
    if (rc == 0)
        rc = parse_text((char *)bytes.data, keys, signs);
    if (rc == NAVETTE_E_INVALID)
        system_log(2, "keys", NULL, "%s: not a key file, or damaged", path);
    if (bytes.data != NULL)
        sodium_memzero(bytes.data, bytes.capacity);
    buffer_free(&bytes);
    if (rc != 0)
        keys_wipe(keys);
    return rc;
}

int keys_load(const char *path, struct keys *keys)
{
    return load(path, keys, 1);
}

int keys_load_transport(const char *path, struct keys *keys)
{
    return load(path, keys, 0);
}

void keys_sign(const struct keys *keys, const void *data, size_t len, uint8_t signature[SIGNATURE_SIZE])
{
    crypto_sign_detached(signature, NULL, data, len, keys->sign_secret);
}

void keys_sign_batch(const struct keys *keys, struct batch_header *header)
{
    uint8_t bytes[BATCH_SIGNED_SIZE];
    batch_signed_bytes(header, bytes);
    keys_sign(keys, bytes, sizeof bytes, header->signature);
}
