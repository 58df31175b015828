/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keyring.c: keys of what is sealed, in one file.
 *   - made, saved, read again; the file is 0600, its bytes those of the header's format, written here by hand too
 *   - sealed and opened; not by another subject, another key, a changed byte; not once erased: the key's bytes are nowhere in the file
 *   - a file of version 1 is read and becomes one of today; it follows the node's keys, and opens under either of two
 *   - wraps: for one reader, of one key and subject, every byte counts; taken in, ended, erased in any order
 *   - a record of an unknown type is kept; a later version, every flipped byte and every cut are refused; readable by others is refused
 *   - when a node last ran with it is in the file, once a day; keys that are held unseal nothing until they are released, and are erased all the same
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
#include <time.h>
#include <unistd.h>

#include "navette/keyring.h"
#include "navette/system.h"
#include "navette/whole.h"

static uint8_t secrets[KEYRING_SECRETS][KEYRING_SECRET_SIZE] = {{1}, {2}, {3}, {4}};
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

    assert_int_equal(keyring_open(path, secrets, 1, &keyring), 0);
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

/* The records inside, opened by hand. */
static struct buffer records_of(const struct buffer *file)
{
    struct buffer records = {.data = NULL};
    size_t head = 16 + 4 + 8 + crypto_secretbox_NONCEBYTES;

    assert_int_equal(buffer_reserve(&records, file->len), 0);
    assert_int_equal(crypto_secretbox_open_easy(records.data, file->data + head, file->len - head, file->data + 28, secrets[0]), 0);
    records.len = file->len - head - crypto_secretbox_MACBYTES;
    return records;
}

static void write_records(const struct buffer *records)
{
    struct buffer file = {.data = NULL};
    uint8_t nonce[crypto_secretbox_NONCEBYTES] = {9}, which[16];

    crypto_generichash(which, 16, secrets[0], KEYRING_SECRET_SIZE, NULL, 0);
    assert_int_equal(buffer_reserve(&file, records->len + 100), 0);
    assert_int_equal(buffer_append(&file, "navette-keyring\n\0\0\0\x02", 20), 0);
    assert_int_equal(buffer_append(&file, which, 8), 0);
    assert_int_equal(buffer_append(&file, nonce, sizeof(nonce)), 0);
    assert_int_equal(crypto_secretbox_easy(file.data + file.len, records->data, records->len, nonce, secrets[0]), 0);
    file.len += crypto_secretbox_MACBYTES + records->len;
    assert_int_equal(whole_write(path, buffer_span(&file), 1), 0);
    buffer_free(&file);
}

static void test_keyring_file_format(void **state)
{
    struct thing_key subject = order("C-1");
    struct keyring *keyring = open_keyring();
    uint8_t id[KEY_ID_SIZE], gone[KEY_ID_SIZE] = {5}, recipient[KEY_SIZE] = {6}, vault[VAULT_ID_SIZE] = {7}, hash[16];
    struct buffer file, records;
    struct stat status;

    (void)state;
    assert_int_equal(keyring_make(keyring, &subject, 0x0102, id), 0);
    assert_int_equal(keyring_set_until(keyring, id, 0x0304), 1);
    assert_int_equal(keyring_erase(keyring, gone, 0x0506), 0);
    assert_int_equal(keyring_note_offered(keyring, id, recipient), 0);
    assert_int_equal(keyring_set_vault(keyring, vault), 1);
    assert_int_equal(keyring_is_offered(keyring, id, recipient), 0);
    assert_int_equal(keyring_note_offered(keyring, id, recipient), 0);
    assert_int_equal(keyring_save(keyring), 0);
    keyring_close(keyring);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    file = read_file();
    records = records_of(&file);
    assert_memory_equal(file.data, "navette-keyring\n\0\0\0\x02", 20);
    assert_int_equal(records.len, (5 + 73) + (5 + 24) + (5 + 24) + (5 + 16) + (5 + 8));
    assert_memory_equal(records.data, "\x01\0\0\0\x49", 5);
    assert_memory_equal(records.data + 5, id, 16);
    assert_memory_equal(records.data + 5 + 48, "\0\0\0\0\0\0\x01\x02\0\0\0\0\0\0\x03\x04\0\0\x06\x07\0C-1\0", 25);
    assert_memory_equal(records.data + 78, "\x02\0\0\0\x18\x05", 6);
    assert_memory_equal(records.data + 78 + 5 + 16, "\0\0\0\0\0\0\x05\x06\x03\0\0\0\x18", 13);
    assert_memory_equal(records.data + 107 + 5, id, 16);
    crypto_generichash(hash, 16, recipient, KEY_SIZE, NULL, 0);
    assert_memory_equal(records.data + 107 + 5 + 16, hash, 8);
    assert_memory_equal(records.data + 136, "\x04\0\0\0\x10\x07", 6);
    assert_memory_equal(records.data + 157, "\x05\0\0\0\x08\0\0\0\0\0\0\x01\x02", 13);
    buffer_free(&records);
    buffer_free(&file);
}

/* A file of the version before: not sealed, ended by its hash. It is read, and written as one of today. */
static void test_keyring_reads_version_1(void **state)
{
    struct thing_key subject = order("C-1");
    struct buffer made = {.data = NULL}, file;
    uint8_t id[KEY_ID_SIZE] = {1}, key[KEY_SIZE] = {2}, hash[32], nonce[SEAL_NONCE_SIZE];
    struct buffer out = {.data = NULL};
    struct keyring *keyring;

    (void)state;
    assert_int_equal(buffer_append(&made, "navette-keyring\n\0\0\0\x01\x01\0\0\0\x40", 25), 0);
    assert_int_equal(buffer_append(&made, id, sizeof(id)), 0);
    assert_int_equal(buffer_append(&made, key, sizeof(key)), 0);
    assert_int_equal(buffer_append(&made, "\0\0\0\0\0\0\x01\x02\0\x06\x07\0C-1\0", 16), 0);
    crypto_generichash(hash, 32, made.data, made.len, NULL, 0);
    assert_int_equal(buffer_append(&made, "\xff\0\0\0\x20", 5), 0);
    assert_int_equal(buffer_append(&made, hash, 32), 0);
    for (size_t i = 20; i < made.len; i += 9) {
        made.data[i] ^= 1;
        assert_int_equal(whole_write(path, buffer_span(&made), 1), 0);
        assert_int_equal(keyring_open(path, secrets, 1, &keyring), NAVETTE_E_INVALID);
        made.data[i] ^= 1;
    }
    assert_int_equal(whole_write(path, buffer_span(&made), 1), 0);
    keyring = open_keyring();
    assert_int_equal(keyring_count(keyring), 1);
    assert_int_equal(keyring_seal(keyring, id, &subject, span_of("x", 1), nonce, &out), 0);
    assert_int_equal(keyring_is_foreign(keyring), 0);
    assert_int_equal(keyring_save(keyring), 0);
    keyring_close(keyring);
    file = read_file();
    assert_memory_equal(file.data + 16, "\0\0\0\x02", 4);
    assert_null(memmem(file.data, file.len, key, sizeof(key)));
    keyring = open_keyring();
    assert_int_equal(keyring_has(keyring, id), 1);
    keyring_close(keyring);
    buffer_free(&file);
    buffer_free(&made);
    buffer_free(&out);
}

/* Killed between two pairs of keys, the file opens under either; under none it is told, and left as it is. */
static void test_keyring_follows_the_nodes_keys(void **state)
{
    struct thing_key subject = order("C-1");
    struct keyring *keyring = open_keyring();
    uint8_t id[KEY_ID_SIZE], swapped[2][KEYRING_SECRET_SIZE];
    struct buffer before, after;

    (void)state;
    memcpy(swapped[0], secrets[1], KEYRING_SECRET_SIZE);
    memcpy(swapped[1], secrets[0], KEYRING_SECRET_SIZE);
    assert_int_equal(keyring_make(keyring, &subject, 1, id), 0);
    assert_int_equal(keyring_save(keyring), 0);
    keyring_close(keyring);
    before = read_file();
    assert_int_equal(keyring_open(path, swapped, 1, &keyring), NAVETTE_E_CHAIN);
    assert_null(keyring);
    assert_int_equal(keyring_open(path, swapped, 2, &keyring), 0);
    assert_int_equal(keyring_is_foreign(keyring), 1);
    assert_int_equal(keyring_has(keyring, id), 1);
    after = read_file();
    assert_true(span_equal(buffer_span(&before), buffer_span(&after)));
    assert_int_equal(keyring_save(keyring), 0);
    assert_int_equal(keyring_is_foreign(keyring), 0);
    keyring_close(keyring);
    assert_int_equal(keyring_open(path, swapped, 1, &keyring), 0);
    keyring_use(keyring, secrets[0]);
    assert_int_equal(keyring_save(keyring), 0);
    keyring_close(keyring);
    keyring = open_keyring();
    assert_int_equal(keyring_has(keyring, id), 1);
    keyring_close(keyring);
    buffer_free(&before);
    buffer_free(&after);
}

static int holds(const struct buffer *file, const uint8_t *bytes, size_t len)
{
    return memmem(file->data, file->len, bytes, len) != NULL;
}

static void test_keyring_erased_is_nowhere(void **state)
{
    struct thing_key subject = order("C-1");
    struct keyring *keyring = open_keyring();
    uint8_t recipient[KEY_SIZE], box[WRAP_BOX_SIZE], secret[KEY_SIZE], key[32];
    struct buffer before, after, records;
    struct sealing sealing;
    struct wrap_key wrapped;

    (void)state;
    assert_int_equal(crypto_box_keypair(recipient, secret), 0);
    seal(keyring, &subject, "Mme Dupont", &sealing);
    assert_int_equal(keyring_save(keyring), 0);
    before = read_file();
    records = records_of(&before);
    memcpy(key, records.data + 5 + 16, 32);
    assert_false(holds(&before, sealing.id, KEY_ID_SIZE));
    assert_false(holds(&before, key, sizeof(key)));
    buffer_free(&records);
    assert_int_equal(keyring_wrap(keyring, sealing.id, recipient, box), 0);
    assert_int_equal(keyring_note_offered(keyring, sealing.id, recipient), 0);
    assert_int_equal(keyring_erase(keyring, sealing.id, 1), 0);
    assert_int_equal(keyring_erase(keyring, sealing.id, 2), 0);
    assert_int_equal(keyring_has(keyring, sealing.id), 0);
    assert_int_equal(keyring_save(keyring), 0);
    assert_int_equal(keyring_count(keyring), 0);
    after = read_file();
    records = records_of(&after);
    assert_false(holds(&records, key, sizeof(key)));
    assert_int_equal(records.len, (5 + 24) + (5 + 8));
    assert_int_equal(unseal(keyring, &subject, &sealing, ""), NAVETTE_E_NOT_FOUND);
    /* A wrap of it that comes late is not taken in, now or after a start. */
    assert_int_equal(wrap_open(box, recipient, secret, sealing.id, &subject, &wrapped), 0);
    assert_memory_equal(wrapped.key, key, sizeof(key));
    assert_int_equal(keyring_add(keyring, &wrapped, 0), NAVETTE_E_REFUSED);
    keyring_close(keyring);
    keyring = open_keyring();
    assert_int_equal(keyring_was_erased(keyring, sealing.id), 1);
    assert_int_equal(keyring_add(keyring, &wrapped, 0), NAVETTE_E_REFUSED);
    keyring_close(keyring);
    buffer_free(&records);
    buffer_free(&sealing.text);
    buffer_free(&before);
    buffer_free(&after);
}

/* Wrapped, taken in, its time over; its time is not an erasure. */
static void test_keyring_takes_in_wraps(void **state)
{
    struct thing_key subject = order("C-1"), other = order("C-2");
    uint8_t recipient[KEY_SIZE], box[WRAP_BOX_SIZE], secret[KEY_SIZE];
    struct keyring *keyring = open_keyring();
    struct keyring_entry entry;
    struct sealing sealing;
    struct wrap_key key;

    (void)state;
    assert_int_equal(crypto_box_keypair(recipient, secret), 0);
    seal(keyring, &subject, "Mme Dupont", &sealing);
    assert_int_equal(keyring_wrap(keyring, sealing.id, recipient, box), 0);
    keyring_close(keyring);
    keyring = open_keyring();
    assert_int_equal(wrap_open(box, recipient, secret, sealing.id, &other, &key), NAVETTE_E_INVALID);
    assert_int_equal(wrap_open(box, secret, recipient, sealing.id, &subject, &key), NAVETTE_E_INVALID);
    for (size_t i = 0; i < WRAP_BOX_SIZE; i++) {
        box[i] ^= 1;
        assert_int_equal(wrap_open(box, recipient, secret, sealing.id, &subject, &key), NAVETTE_E_INVALID);
        box[i] ^= 1;
    }
    assert_int_equal(wrap_open(box, recipient, secret, sealing.id, &subject, &key), 0);
    assert_int_equal(keyring_add(keyring, &key, 99), 0);
    assert_int_equal(keyring_add(keyring, &key, 99), NAVETTE_E_EXISTS);
    assert_int_equal(keyring_save(keyring), 0);
    assert_int_equal(unseal(keyring, &subject, &sealing, "Mme Dupont"), 0);
    assert_int_equal(keyring_at(keyring, 0, &entry), 0);
    assert_true(entry.by_wrap && entry.until_ms == 99 && entry.made_ms == 1234 && entry.here);
    assert_int_equal(keyring_at(keyring, 1, &entry), NAVETTE_E_NOT_FOUND);
    assert_int_equal(keyring_end(keyring, sealing.id), 0);
    assert_int_equal(keyring_end(keyring, sealing.id), NAVETTE_E_NOT_FOUND);
    assert_int_equal(keyring_save(keyring), 0);
    assert_int_equal(keyring_add(keyring, &key, 0), 0);
    keyring_close(keyring);
    buffer_free(&sealing.text);
}

/* Whatever comes first, an erased key is not here afterwards, and what else came is. */
static void test_keyring_any_order(void **state)
{
    unsigned seed = (unsigned)time(NULL);

    (void)state;
    print_message("seed %u\n", seed);
    for (unsigned round = 0; round < 20; round++) {
        struct keyring *keyring = open_keyring();
        struct wrap_key keys[4];
        unsigned steps[12], erased = 0;

        for (unsigned i = 0; i < 4; i++) {
            memset(&keys[i], 0, sizeof(keys[i]));
            keys[i].id[0] = (uint8_t)(i + 1);
            keys[i].subject = order("C-1");
        }
        for (unsigned i = 0; i < 12; i++)
            steps[i] = i;
        for (unsigned i = 11; i > 0; i--) {
            unsigned k = (unsigned)rand_r(&seed) % (i + 1), kept = steps[i];

            steps[i] = steps[k];
            steps[k] = kept;
        }
        for (unsigned i = 0; i < 12; i++) { /* 0 to 7: each key comes twice; 8, 9: the first two are erased; 10, 11: the file is written */
            unsigned what = steps[i];
            int rc;

            if (what < 8) {
                rc = keyring_add(keyring, &keys[what / 2], 0);
                assert_true(rc == 0 || rc == NAVETTE_E_EXISTS || (rc == NAVETTE_E_REFUSED && (erased >> what / 2 & 1u)));
            } else if (what < 10) {
                assert_int_equal(keyring_erase(keyring, keys[what - 8].id, 1), 0);
                erased |= 1u << (what - 8);
            } else {
                assert_int_equal(keyring_save(keyring), 0);
                keyring_close(keyring);
                keyring = open_keyring();
            }
        }
        assert_int_equal(keyring_save(keyring), 0);
        assert_int_equal(keyring_count(keyring), 2);
        for (unsigned i = 0; i < 4; i++)
            assert_int_equal(keyring_has(keyring, keys[i].id), i >= 2);
        keyring_close(keyring);
        unlink(path);
    }
}

static void test_keyring_keeps_what_it_does_not_know(void **state)
{
    static const uint8_t record[] = {9, 0, 0, 0, 3, 'a', 'b', 'c'};
    struct thing_key subject = order("C-1");
    struct keyring *keyring = open_keyring();
    struct buffer file, records;
    uint8_t id[KEY_ID_SIZE];
    size_t len;

    (void)state;
    assert_int_equal(keyring_make(keyring, &subject, 1, id), 0);
    assert_int_equal(keyring_save(keyring), 0);
    keyring_close(keyring);
    file = read_file();
    records = records_of(&file);
    assert_int_equal(buffer_append(&records, record, sizeof(record)), 0);
    write_records(&records);
    len = records.len;
    buffer_free(&file);
    buffer_free(&records);

    keyring = open_keyring();
    assert_int_equal(keyring_make(keyring, &subject, 2, id), 0);
    assert_int_equal(keyring_save(keyring), 0);
    keyring_close(keyring);
    file = read_file();
    records = records_of(&file);
    assert_true(holds(&records, record, sizeof(record)));
    assert_int_equal(records.len, len + 5 + 73);
    buffer_free(&file);
    buffer_free(&records);
}

static int opens(const uint8_t *bytes, size_t len)
{
    struct keyring *keyring;
    int rc;

    assert_int_equal(whole_write(path, span_of(bytes, len), 1), 0);
    rc = keyring_open(path, secrets, 1, &keyring);
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
        assert_int_equal(opens(file.data, file.len), i >= 16 && i < 20   ? NAVETTE_E_VERSION
                                                     : i >= 20 && i < 28 ? NAVETTE_E_CHAIN
                                                                         : NAVETTE_E_INVALID);
        file.data[i] ^= 1;
    }
    for (size_t len = 0; len < file.len; len++)
        assert_int_equal(opens(file.data, len), NAVETTE_E_INVALID);
    assert_int_equal(opens(file.data, file.len), 0);
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(keyring_open(path, secrets, 1, &keyring), NAVETTE_E_REFUSED);
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
    assert_int_equal(keyring_erase(keyring, id, 1), 0);
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

static void test_keyring_alive_and_held(void **state)
{
    const int64_t day_ms = KEYRING_ALIVE_MS, then_ms = 1000 * KEYRING_ALIVE_MS;
    struct thing_key subject = order("C-1");
    struct keyring *keyring = open_keyring();
    struct sealing old, gone, fresh;

    (void)state;
    assert_int_equal(keyring_alive_ms(keyring), 0);
    seal(keyring, &subject, "Dupont", &old);
    assert_int_equal(keyring_alive_ms(keyring), 1234); /* the first */
    assert_int_equal(keyring_note_alive(keyring, then_ms), 1);
    seal(keyring, &subject, "Durand", &gone);
    assert_int_equal(keyring_alive_ms(keyring), then_ms); /* no other */
    assert_int_equal(keyring_note_alive(keyring, then_ms + day_ms - 1), 0);
    assert_int_equal(keyring_save(keyring), 0);
    keyring_close(keyring);
    keyring = open_keyring();
    assert_int_equal(keyring_alive_ms(keyring), then_ms);
    assert_int_equal(keyring_note_alive(keyring, then_ms + day_ms), 1);
    assert_int_equal(keyring_note_alive(keyring, then_ms), 1); /* a clock that was a day ahead */
    assert_false(keyring_is_held(keyring));
    keyring_hold(keyring);
    assert_true(keyring_is_held(keyring));
    assert_int_equal(unseal(keyring, &subject, &old, ""), NAVETTE_E_NOT_FOUND);
    seal(keyring, &subject, "Petit", &fresh);
    assert_int_equal(unseal(keyring, &subject, &fresh, "Petit"), 0);
    assert_int_equal(keyring_erase(keyring, gone.id, 1), 0);
    assert_int_equal(keyring_save(keyring), 0);
    assert_int_equal(unseal(keyring, &subject, &old, ""), NAVETTE_E_NOT_FOUND);
    keyring_release(keyring);
    assert_int_equal(unseal(keyring, &subject, &old, "Dupont"), 0);
    assert_int_equal(unseal(keyring, &subject, &gone, ""), NAVETTE_E_NOT_FOUND);
    keyring_close(keyring);
    buffer_free(&old.text);
    buffer_free(&gone.text);
    buffer_free(&fresh.text);
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
        TEST(test_keyring_seal_limits),           TEST(test_keyring_alive_and_held),
        TEST(test_keyring_reads_version_1),       TEST(test_keyring_follows_the_nodes_keys),
        TEST(test_keyring_takes_in_wraps),        TEST(test_keyring_any_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
