/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keyring.c: keys of what is sealed, in one file.
 *   - made, saved, read again; the file is 0600, its bytes those of the header's format, written here by hand too
 *   - sealed and opened; not by another subject, another key, a changed byte; not once erased: the key's bytes are nowhere in the file
 *   - a record of an unknown type is kept; a later version, every flipped byte and every cut are refused; readable by others is refused
 *   - a save that fails leaves file and keyring as before; limits: 4096 bytes and one more
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "navette/keyring.h"
#include "navette/system.h"
#include "navette/whole.h"

static char folder[64];
static char path[96];

static int set_up(void **state)
{
    (void)state;
    system_log_threshold(3);
    strcpy(folder, "/tmp/navette-keyring-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/keyring", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static struct thing_key order(const char *id)
{
    struct thing_key key;

    assert_int_equal(thing_key_make(NAVETTE__THING_KIND__THING_ORDER, "", id, &key), 0);
    return key;
}

static struct buffer read_file(void)
{
    struct buffer bytes = {.data = NULL};

    assert_int_equal(whole_read(path, 1u << 20, 1, &bytes), 0);
    return bytes;
}

static struct keyring *open_keyring(void)
{
    struct keyring *keyring;

    assert_int_equal(keyring_open(path, &keyring), 0);
    return keyring;
}

struct sealing {
    uint8_t id[KEY_ID_SIZE], nonce[SEAL_NONCE_SIZE];
    struct buffer text;
    Navette__Sealed message;
};

static void seal(struct keyring *keyring, const struct thing_key *subject, const char *text, struct sealing *sealing)
{
    memset(sealing, 0, sizeof(*sealing));
    assert_int_equal(keyring_make(keyring, subject, 1234, sealing->id), 0);
    assert_int_equal(keyring_seal(keyring, sealing->id, subject, span_of_string(text), sealing->nonce, &sealing->text), 0);
    navette__sealed__init(&sealing->message);
    sealing->message.key_id = (ProtobufCBinaryData){KEY_ID_SIZE, sealing->id};
    sealing->message.nonce = (ProtobufCBinaryData){SEAL_NONCE_SIZE, sealing->nonce};
    sealing->message.ciphertext = (ProtobufCBinaryData){sealing->text.len, sealing->text.data};
}

static int unseal(const struct keyring *keyring, const struct thing_key *subject, const struct sealing *sealing, const char *text)
{
    struct buffer out = {.data = NULL};
    int rc = keyring_unseal(keyring, subject, &sealing->message, &out);

    if (rc == 0)
        assert_true(span_equal(buffer_span(&out), span_of_string(text)));
    else
        assert_int_equal(out.len, 0);
    buffer_free(&out);
    return rc;
}

static void test_keyring_seals_for_one_subject(void **state)
{
    struct thing_key mine = order("C-1"), other = order("C-2");
    struct sealing first, second;
    struct keyring *keyring = open_keyring();

    (void)state;
    assert_int_equal(access(path, F_OK), -1);
    seal(keyring, &mine, "20099887766554", &first);
    seal(keyring, &other, "20099887766554", &second);
    assert_int_equal(first.text.len, 14 + 16);
    assert_int_equal(keyring_save(keyring), 0);
    keyring_close(keyring);

    keyring = open_keyring();
    assert_int_equal(keyring_count(keyring), 2);
    assert_int_equal(unseal(keyring, &mine, &first, "20099887766554"), 0);
    assert_int_equal(unseal(keyring, &other, &second, "20099887766554"), 0);
    assert_int_equal(unseal(keyring, &other, &first, ""), NAVETTE_E_INVALID);
    first.message.key_id.data = second.id;
    assert_int_equal(unseal(keyring, &mine, &first, ""), NAVETTE_E_INVALID);
    first.message.key_id.data = first.id;
    for (size_t i = 0; i < first.text.len; i++) {
        first.text.data[i] ^= 1;
        assert_int_equal(unseal(keyring, &mine, &first, ""), NAVETTE_E_INVALID);
        first.text.data[i] ^= 1;
    }
    first.message.ciphertext.len = 15;
    assert_int_equal(unseal(keyring, &mine, &first, ""), NAVETTE_E_INVALID);
    keyring_close(keyring);
    buffer_free(&first.text);
    buffer_free(&second.text);
}

static void test_keyring_file_format(void **state)
{
    struct thing_key subject = order("C-1");
    struct keyring *keyring = open_keyring();
    uint8_t id[KEY_ID_SIZE], hash[32];
    struct buffer file;
    struct stat status;

    (void)state;
    assert_int_equal(keyring_make(keyring, &subject, 0x0102, id), 0);
    assert_int_equal(keyring_save(keyring), 0);
    keyring_close(keyring);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    file = read_file();
    assert_int_equal(file.len, 16 + 4 + 5 + 16 + 32 + 8 + 2 + 6 + 5 + 32);
    assert_memory_equal(file.data, "navette-keyring\n\0\0\0\x01\x01\0\0\0\x40", 25);
    assert_memory_equal(file.data + 25, id, 16);
    assert_memory_equal(file.data + 25 + 48, "\0\0\0\0\0\0\x01\x02\0\x06\x07\0C-1\0", 16);
    assert_memory_equal(file.data + 89, "\xff\0\0\0\x20", 5);
    crypto_generichash(hash, 32, file.data, 89, NULL, 0);
    assert_memory_equal(file.data + 94, hash, 32);
    buffer_free(&file);
}

static int holds(const struct buffer *file, const uint8_t *bytes, size_t len)
{
    return memmem(file->data, file->len, bytes, len) != NULL;
}

static void test_keyring_erased_is_nowhere(void **state)
{
    struct thing_key subject = order("C-1");
    struct keyring *keyring = open_keyring();
    struct sealing sealing;
    struct buffer before, after;
    uint8_t key[32];

    (void)state;
    seal(keyring, &subject, "Mme Dupont", &sealing);
    assert_int_equal(keyring_save(keyring), 0);
    before = read_file();
    memcpy(key, before.data + 25 + 16, 32);
    assert_true(holds(&before, sealing.id, KEY_ID_SIZE));
    assert_int_equal(keyring_erase(keyring, sealing.id), 0);
    assert_int_equal(keyring_erase(keyring, sealing.id), NAVETTE_E_NOT_FOUND);
    assert_int_equal(keyring_has(keyring, sealing.id), 0);
    assert_int_equal(keyring_save(keyring), 0);
    assert_int_equal(keyring_count(keyring), 0);
    after = read_file();
    assert_false(holds(&after, sealing.id, KEY_ID_SIZE));
    assert_false(holds(&after, key, sizeof(key)));
    assert_int_equal(unseal(keyring, &subject, &sealing, ""), NAVETTE_E_NOT_FOUND);
    keyring_close(keyring);
    buffer_free(&sealing.text);
    buffer_free(&before);
    buffer_free(&after);
}

/* Puts a record of another type before the end. */
static void test_keyring_keeps_what_it_does_not_know(void **state)
{
    static const uint8_t record[] = {2, 0, 0, 0, 3, 'a', 'b', 'c'};
    struct thing_key subject = order("C-1");
    struct keyring *keyring = open_keyring();
    struct buffer file, made = {.data = NULL};
    uint8_t id[KEY_ID_SIZE], hash[32];

    (void)state;
    assert_int_equal(keyring_make(keyring, &subject, 1, id), 0);
    assert_int_equal(keyring_save(keyring), 0);
    keyring_close(keyring);
    file = read_file();
    assert_int_equal(buffer_append(&made, file.data, file.len - 37), 0);
    assert_int_equal(buffer_append(&made, record, sizeof(record)), 0);
    crypto_generichash(hash, 32, made.data, made.len, NULL, 0);
    assert_int_equal(buffer_append(&made, "\xff\0\0\0\x20", 5), 0);
    assert_int_equal(buffer_append(&made, hash, 32), 0);
    assert_int_equal(whole_write(path, buffer_span(&made), 1), 0);
    buffer_free(&file);

    keyring = open_keyring();
    assert_int_equal(keyring_make(keyring, &subject, 2, id), 0);
    assert_int_equal(keyring_save(keyring), 0);
    keyring_close(keyring);
    file = read_file();
    assert_true(holds(&file, record, sizeof(record)));
    assert_int_equal(file.len, made.len + 5 + 64);
    buffer_free(&file);
    buffer_free(&made);
}

static int opens(const uint8_t *bytes, size_t len)
{
    struct keyring *keyring;
    int rc;

    assert_int_equal(whole_write(path, span_of(bytes, len), 1), 0);
    rc = keyring_open(path, &keyring);
    if (rc != 0)
        assert_null(keyring);
    keyring_close(keyring);
    return rc;
}

static void test_keyring_refuses_damage(void **state)
{
    struct thing_key subject = order("C-1");
    struct keyring *keyring = open_keyring();
    uint8_t id[KEY_ID_SIZE];
    struct buffer file;

    (void)state;
    assert_int_equal(keyring_make(keyring, &subject, 1, id), 0);
    assert_int_equal(keyring_save(keyring), 0);
    keyring_close(keyring);
    file = read_file();
    assert_int_equal(opens(file.data, file.len), 0);
    for (size_t i = 0; i < file.len; i++) {
        file.data[i] ^= 1;
        assert_int_equal(opens(file.data, file.len), i >= 16 && i < 20 ? NAVETTE_E_VERSION : NAVETTE_E_INVALID);
        file.data[i] ^= 1;
    }
    for (size_t len = 0; len < file.len; len++)
        assert_int_equal(opens(file.data, len), NAVETTE_E_INVALID);
    assert_int_equal(opens(file.data, file.len), 0);
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(keyring_open(path, &keyring), NAVETTE_E_REFUSED);
    assert_null(keyring);
    buffer_free(&file);
}

static void test_keyring_failed_save_changes_nothing(void **state)
{
    struct thing_key subject = order("C-1");
    struct keyring *keyring = open_keyring();
    uint8_t id[KEY_ID_SIZE], other[KEY_ID_SIZE];
    char away[80];

    (void)state;
    assert_int_equal(keyring_make(keyring, &subject, 1, id), 0);
    assert_int_equal(keyring_save(keyring), 0);
    snprintf(away, sizeof(away), "%s-away", folder);
    assert_int_equal(rename(folder, away), 0);
    assert_int_equal(keyring_make(keyring, &subject, 1, other), 0);
    assert_int_equal(keyring_erase(keyring, id), 0);
    assert_int_equal(keyring_save(keyring), NAVETTE_E_SYSTEM);
    assert_int_equal(keyring_has(keyring, id), 1);
    assert_int_equal(keyring_has(keyring, other), 0);
    assert_int_equal(rename(away, folder), 0);
    keyring_close(keyring);
    keyring = open_keyring();
    assert_int_equal(keyring_has(keyring, id), 1);
    assert_int_equal(keyring_count(keyring), 1);
    keyring_close(keyring);
}

static void test_keyring_seal_limits(void **state)
{
    static char text[SEALED_TEXT_MAX + 1];
    struct thing_key subject = order("C-1");
    struct keyring *keyring = open_keyring();
    uint8_t id[KEY_ID_SIZE], nonce[SEAL_NONCE_SIZE];
    struct buffer out = {.data = NULL};

    (void)state;
    memset(id, 7, sizeof(id));
    assert_int_equal(keyring_seal(keyring, id, &subject, span_of(text, 1), nonce, &out), NAVETTE_E_NOT_FOUND);
    assert_int_equal(keyring_make(keyring, &subject, 1, id), 0);
    assert_int_equal(keyring_seal(keyring, id, &subject, span_of(text, SEALED_TEXT_MAX), nonce, &out), 0);
    assert_int_equal(keyring_seal(keyring, id, &subject, span_of(text, SEALED_TEXT_MAX + 1), nonce, &out), NAVETTE_E_TOO_LARGE);
    for (int i = 0; i < 300; i++)
        assert_int_equal(keyring_make(keyring, &subject, i, id), 0);
    assert_int_equal(keyring_save(keyring), 0);
    keyring_close(keyring);
    keyring = open_keyring();
    assert_int_equal(keyring_count(keyring), 301);
    keyring_close(keyring);
    buffer_free(&out);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    static const struct CMUnitTest tests[] = {
        TEST(test_keyring_seals_for_one_subject), TEST(test_keyring_file_format),
        TEST(test_keyring_erased_is_nowhere),     TEST(test_keyring_keeps_what_it_does_not_know),
        TEST(test_keyring_refuses_damage),        TEST(test_keyring_failed_save_changes_nothing),
        TEST(test_keyring_seal_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
