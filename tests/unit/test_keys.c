/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keys.c: the key file and signatures.
 *
 * make: two are different, halves belong together
 * save, load: what was saved comes back; mode 0600; never over another file; folder absent; no file left behind by a failure
 * load: absent; readable by others; every line missing, cut or changed; longer than a key file can be; halves that do not belong together
 * sign: batches and bytes verify with the public half and with nothing else
 * wipe: nothing is left
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <ftw.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "navette/keys.h"
#include "navette/system.h"

struct fixture {
    char folder[64];
    char path[80];
    struct keys keys;
};

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    strcpy(fixture->folder, "/tmp/navette-test-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    snprintf(fixture->path, sizeof fixture->path, "%s/keys", fixture->folder);
    assert_int_equal(keys_make(&fixture->keys), 0);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    nftw(fixture->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    keys_wipe(&fixture->keys);
    free(fixture);
    return 0;
}

static int count_files(const char *folder)
{
    DIR *list = opendir(folder);
    int count = 0;
    assert_non_null(list);
    for (struct dirent *entry = readdir(list); entry != NULL; entry = readdir(list))
        count += entry->d_name[0] != '.';
    closedir(list);
    return count;
}

static size_t read_file(const char *path, char *text, size_t size)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t len = fread(text, 1, size - 1, file);
    text[len] = '\0';
    fclose(file);
    return len;
}

static void write_file(const char *path, const char *text, size_t len)
{
    unlink(path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    fclose(file);
    assert_int_equal(chmod(path, 0600), 0);
}

static void test_keys_make_differ(void **state)
{
    struct fixture *fixture = *state;
    struct keys other;
    uint8_t public[KEY_SIZE];
    assert_int_equal(keys_make(&other), 0);
    assert_memory_not_equal(other.node, fixture->keys.node, NODE_ID_SIZE);
    assert_memory_not_equal(other.curve_secret, fixture->keys.curve_secret, KEY_SIZE);
    assert_memory_not_equal(other.sign_secret, fixture->keys.sign_secret, 64);
    assert_int_equal(crypto_scalarmult_base(public, other.curve_secret), 0);
    assert_memory_equal(public, other.curve_public, KEY_SIZE);
    assert_memory_equal(other.sign_secret + 32, other.sign_public, KEY_SIZE);
    keys_wipe(&other);
    static const struct keys nothing;
    assert_memory_equal(&other, &nothing, sizeof other);
}

static void test_keys_save_and_load(void **state)
{
    struct fixture *fixture = *state;
    struct keys loaded;
    struct stat status;
    assert_int_equal(keys_save(&fixture->keys, fixture->path), 0);
    assert_int_equal(stat(fixture->path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(count_files(fixture->folder), 1);
    assert_int_equal(keys_load(fixture->path, &loaded), 0);
    assert_memory_equal(&loaded, &fixture->keys, sizeof loaded);
    keys_wipe(&loaded);
    keys_wipe(NULL);
}

static void test_keys_save_never_overwrites(void **state)
{
    struct fixture *fixture = *state;
    struct keys other;
    struct keys loaded;
    assert_int_equal(keys_save(&fixture->keys, fixture->path), 0);
    assert_int_equal(keys_make(&other), 0);
    assert_int_equal(keys_save(&other, fixture->path), NAVETTE_E_EXISTS);
    assert_int_equal(count_files(fixture->folder), 1);
    assert_int_equal(keys_load(fixture->path, &loaded), 0);
    assert_memory_equal(&loaded, &fixture->keys, sizeof loaded);
    /* A dangling link is not there for access(), and must not be written through either. */
    char link_path[100];
    char target[100];
    snprintf(link_path, sizeof link_path, "%s/link", fixture->folder);
    snprintf(target, sizeof target, "%s/target", fixture->folder);
    assert_int_equal(symlink(target, link_path), 0);
    assert_int_equal(keys_save(&other, link_path), NAVETTE_E_EXISTS);
    assert_int_equal(access(target, F_OK), -1);
    keys_wipe(&other);
    keys_wipe(&loaded);
}

static void test_keys_save_folder_absent(void **state)
{
    struct fixture *fixture = *state;
    char path[100];
    snprintf(path, sizeof path, "%s/no/keys", fixture->folder);
    assert_int_equal(keys_save(&fixture->keys, path), NAVETTE_E_SYSTEM);
    assert_int_equal(count_files(fixture->folder), 0);
}

static void test_keys_load_absent(void **state)
{
    struct fixture *fixture = *state;
    struct keys loaded;
    assert_int_equal(keys_load(fixture->path, &loaded), NAVETTE_E_NOT_FOUND);
}

static void test_keys_load_readable_by_others(void **state)
{
    struct fixture *fixture = *state;
    static const mode_t modes[] = {0640, 0604, 0660, 0644, 0601};
    static const struct keys nothing;
    struct keys loaded;
    assert_int_equal(keys_save(&fixture->keys, fixture->path), 0);
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        assert_int_equal(chmod(fixture->path, modes[i]), 0);
        assert_int_equal(keys_load(fixture->path, &loaded), NAVETTE_E_REFUSED);
        assert_memory_equal(&loaded, &nothing, sizeof loaded);
    }
    assert_int_equal(chmod(fixture->path, 0400), 0);
    assert_int_equal(keys_load(fixture->path, &loaded), 0);
    keys_wipe(&loaded);
}

static void test_keys_load_damaged(void **state)
{
    struct fixture *fixture = *state;
    char text[2048];
    char changed[2048];
    struct keys loaded;
    assert_int_equal(keys_save(&fixture->keys, fixture->path), 0);
    size_t len = read_file(fixture->path, text, sizeof text);
    assert_int_equal(len, 15 + 5 + 33 + 6 + 64 + 1 + 65 + 5 + 64 + 1 + 129);
    /* Cut at every byte. */
    for (size_t i = 0; i < len; i++) {
        write_file(fixture->path, text, i);
        assert_int_equal(keys_load(fixture->path, &loaded), NAVETTE_E_INVALID);
    }
    /* Any byte of it changed: the node's id is the only one that nothing vouches for. */
    for (size_t i = 0; i < len; i++) {
        if (i >= 20 && i < 52)
            continue;
        memcpy(changed, text, len);
        changed[i] = changed[i] == '0' ? '1' : '0';
        write_file(fixture->path, changed, len);
        int rc = keys_load(fixture->path, &loaded);
        /* X25519 ignores a few bits of a secret. */
        if (rc == 0)
            assert_memory_equal(loaded.curve_public, fixture->keys.curve_public, KEY_SIZE);
        else
            assert_int_equal(rc, NAVETTE_E_INVALID);
    }
    memcpy(changed, text, len);
    memset(changed + len, ' ', sizeof changed - len);
    write_file(fixture->path, changed, len + 1);
    assert_int_equal(keys_load(fixture->path, &loaded), NAVETTE_E_INVALID);
    write_file(fixture->path, changed, sizeof changed);
    assert_int_equal(keys_load(fixture->path, &loaded), NAVETTE_E_INVALID);
    write_file(fixture->path, "", 0);
    assert_int_equal(keys_load(fixture->path, &loaded), NAVETTE_E_INVALID);
}

static void test_keys_sign_verifies(void **state)
{
    struct fixture *fixture = *state;
    struct keys other;
    struct batch_header header = {.first_seq = 5, .count = 3};
    uint8_t bytes[BATCH_SIGNED_SIZE];
    assert_int_equal(keys_make(&other), 0);
    keys_sign_batch(&fixture->keys, &header);
    batch_signed_bytes(&header, bytes);
    assert_int_equal(crypto_sign_verify_detached(header.signature, bytes, sizeof bytes, fixture->keys.sign_public), 0);
    assert_int_not_equal(crypto_sign_verify_detached(header.signature, bytes, sizeof bytes, other.sign_public), 0);
    header.count = 4;
    batch_signed_bytes(&header, bytes);
    assert_int_not_equal(crypto_sign_verify_detached(header.signature, bytes, sizeof bytes, fixture->keys.sign_public), 0);
    uint8_t signature[SIGNATURE_SIZE];
    keys_sign(&fixture->keys, "", 0, signature);
    assert_int_equal(crypto_sign_verify_detached(signature, (const uint8_t *)"", 0, fixture->keys.sign_public), 0);
    keys_wipe(&other);
}

int main(void)
{
    system_log_threshold(3);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_keys_make_differ, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_keys_save_and_load, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_keys_save_never_overwrites, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_keys_save_folder_absent, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_keys_load_absent, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_keys_load_readable_by_others, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_keys_load_damaged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_keys_sign_verifies, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}
