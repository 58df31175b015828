/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "navette/ref.h"
#include "navette/system.h"

#define KEYS_FILE_BYTES 1024u
#define SIGN_SECRET_SIZE 64u

static int log_errno(const char *path, const char *what)
{
    int cause = errno;
    system_log(2, "keys", NULL, "%s: %s: %s", path, what, strerror(cause));
    return cause == ENOSPC || cause == EDQUOT ? NAVETTE_E_FULL : NAVETTE_E_SYSTEM;
}

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

static int sync_folder_of(const char *path)
{
    char copy[PATH_MAX];
    if (strlen(path) >= sizeof copy)
        return NAVETTE_E_SYSTEM;
    strcpy(copy, path);
    int folder = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return log_errno(path, "open its folder");
    int rc = fsync(folder) == 0 ? 0 : log_errno(path, "sync its folder");
    close(folder);
    return rc;
}

static int write_whole(int file, const char *text, size_t len, const char *path)
{
    while (len > 0) {
        ssize_t done = write(file, text, len);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return log_errno(path, "write");
        text += done;
        len -= (size_t)done;
    }
    return fsync(file) == 0 ? 0 : log_errno(path, "sync");
}

static int save_text(const char *text, size_t len, const char *path)
{
    char part[PATH_MAX];
    uint8_t token[8];
    char token_text[2 * sizeof token + 1];
    system_random(token, sizeof token);
    hex_encode(token, sizeof token, token_text);
    if (snprintf(part, sizeof part, "%s.%s", path, token_text) >= (int)sizeof part)
        return NAVETTE_E_INVALID;

    int file = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0)
        return log_errno(part, "create");
    int rc = write_whole(file, text, len, part);
    close(file);
    if (rc != 0)
        goto remove;
    if (renameat2(AT_FDCWD, part, AT_FDCWD, path, RENAME_NOREPLACE) != 0) {
        rc = errno == EEXIST ? NAVETTE_E_EXISTS : log_errno(path, "rename");
        goto remove;
    }
    return sync_folder_of(path);

remove:
    unlink(part);
    return rc;
}

int keys_save(const struct keys *keys, const char *path)
{
    if (access(path, F_OK) == 0)
        return NAVETTE_E_EXISTS;
    char text[KEYS_FILE_BYTES];
    size_t len = (size_t)snprintf(text, sizeof text, "navette-keys 1\n");
    len += write_hex(text + len, "node", keys->node, sizeof keys->node, NULL, 0);
    len += write_hex(text + len, "curve", keys->curve_public, KEY_SIZE, keys->curve_secret, KEY_SIZE);
    len += write_hex(text + len, "sign", keys->sign_public, KEY_SIZE, keys->sign_secret, SIGN_SECRET_SIZE);
    int rc = save_text(text, len, path);
    sodium_memzero(text, sizeof text);
    return rc;
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
static int check_pairs(const struct keys *keys)
{
    uint8_t curve[KEY_SIZE];
    uint8_t seed[crypto_sign_SEEDBYTES];
    uint8_t sign[KEY_SIZE];
    uint8_t secret[SIGN_SECRET_SIZE];
    int rc = NAVETTE_E_INVALID;
    if (crypto_scalarmult_base(curve, keys->curve_secret) != 0 || crypto_sign_ed25519_sk_to_seed(seed, keys->sign_secret) != 0 ||
        crypto_sign_seed_keypair(sign, secret, seed) != 0)
        goto wipe;
    if (memcmp(curve, keys->curve_public, KEY_SIZE) == 0 && memcmp(sign, keys->sign_public, KEY_SIZE) == 0 &&
        sodium_memcmp(secret, keys->sign_secret, SIGN_SECRET_SIZE) == 0)
        rc = 0;
wipe:
    sodium_memzero(seed, sizeof seed);
    sodium_memzero(secret, sizeof secret);
    return rc;
}

static int parse_text(char *text, struct keys *keys)
{
    static const char first[] = "navette-keys 1\n";
    if (strncmp(text, first, sizeof first - 1) != 0)
        return NAVETTE_E_INVALID;
    char *at = text + sizeof first - 1;
    if (read_hex(&at, "node", keys->node, sizeof keys->node, NULL, 0) != 0 ||
        read_hex(&at, "curve", keys->curve_public, KEY_SIZE, keys->curve_secret, KEY_SIZE) != 0 ||
        read_hex(&at, "sign", keys->sign_public, KEY_SIZE, keys->sign_secret, SIGN_SECRET_SIZE) != 0 || *at != '\0')
        return NAVETTE_E_INVALID;
    return check_pairs(keys);
}

static int read_text(const char *path, char text[KEYS_FILE_BYTES])
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        if (errno == ENOENT)
            return NAVETTE_E_NOT_FOUND;
        int denied = errno == EACCES;
        (void)log_errno(path, "open");
        return denied ? NAVETTE_E_REFUSED : NAVETTE_E_SYSTEM;
    }
    int rc = 0;
    struct stat status;
    if (fstat(file, &status) != 0) {
        rc = log_errno(path, "stat");
    } else if ((status.st_mode & 077) != 0) {
        system_log(2, "keys", NULL, "%s: readable by others (mode %03o): chmod 600 it", path, (unsigned)(status.st_mode & 0777));
        rc = NAVETTE_E_REFUSED;
    }
    size_t len = 0;
    while (rc == 0 && len < KEYS_FILE_BYTES) {
        ssize_t got = read(file, text + len, KEYS_FILE_BYTES - len);
        if (got == 0)
            break;
        if (got < 0 && errno != EINTR)
            rc = log_errno(path, "read");
        if (got > 0)
            len += (size_t)got;
    }
    close(file);
    if (rc == 0 && len == KEYS_FILE_BYTES)
        rc = NAVETTE_E_INVALID;
    text[len < KEYS_FILE_BYTES ? len : KEYS_FILE_BYTES - 1] = '\0';
    return rc;
}

int keys_load(const char *path, struct keys *keys)
{
    if (sodium_init() < 0)
        return NAVETTE_E_SYSTEM;
    (void)sodium_mlock(keys, sizeof *keys);
    char text[KEYS_FILE_BYTES];
    int rc = read_text(path, text);
    if (rc == 0)
        rc = parse_text(text, keys);
    if (rc == NAVETTE_E_INVALID)
        system_log(2, "keys", NULL, "%s: not a key file, or damaged", path);
    sodium_memzero(text, sizeof text);
    if (rc != 0)
        keys_wipe(keys);
    return rc;
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
