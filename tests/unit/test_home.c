/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server/home.h: the hub's folder.
 *   - home_open: a first start makes keys, journal and log; the next ones find the same; two at once: one is told
 *   - must_exist: nothing is made where there is no hub
 *   - keys that others may read are refused; a folder that can't be made
 *   - home_local_get: absent, of another length
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "navette/journal.h"
#include "server/follower.h"
#include "server/home.h"

#define MAP_BYTES 16777216u

static char folder[64];

static int folder_make(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/navette-home-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int folder_remove(void **state)
{
    char path[100];

    (void)state;
    (void)snprintf(path, sizeof(path), "%s/hub/journal", folder);
    (void)lmdb_store_remove(path);
    (void)rmdir(path);
    (void)snprintf(path, sizeof(path), "%s/hub/keys", folder);
    (void)unlink(path);
    (void)snprintf(path, sizeof(path), "%s/hub", folder);
    (void)rmdir(path);
    return rmdir(folder);
}

static struct home_options options_of(const char *where, int must_exist)
{
    return (struct home_options){.folder = where, .map_bytes = MAP_BYTES, .must_exist = must_exist};
}

static void test_home_open_first_and_again(void **state)
{
    char where[80];
    char path[HOME_PATH_SIZE];
    struct home_options options;
    struct home first;
    struct home second;
    struct log_head head;
    struct store_txn *txn;
    struct stat status;
    uint8_t small[3];

    (void)state;
    (void)snprintf(where, sizeof(where), "%s/hub", folder);
    options = options_of(where, 0);
    assert_int_equal(home_open(&options, &first), 0);
    home_path(&first, "keys", path);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(stat(where, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
    assert_int_equal(lmdb_read_begin(first.journal, &txn), 0);
    assert_int_equal(journal_head(txn, first.incarnation, &head), 0);
    assert_int_equal(head.seq, 0);
    assert_memory_equal(head.node, first.keys.node, NODE_ID_SIZE);
    assert_int_equal(home_local_get(txn, "nothing", small, sizeof(small)), NAVETTE_E_NOT_FOUND);
    assert_int_equal(home_local_get(txn, "hub-incarnation", small, sizeof(small)), NAVETTE_E_STORE);
    lmdb_abort(txn);
    assert_int_equal(home_open(&options, &second), NAVETTE_E_BUSY);
    second = first;
    home_close(&first);
    for (int must_exist = 0; must_exist < 2; must_exist++) {
        options = options_of(where, must_exist);
        assert_int_equal(home_open(&options, &first), 0);
        assert_memory_equal(first.incarnation, second.incarnation, INCARNATION_SIZE);
        assert_memory_equal(first.keys.node, second.keys.node, NODE_ID_SIZE);
        home_close(&first);
        home_close(&first);
    }
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(home_open(&options, &first), NAVETTE_E_REFUSED);
}

static void test_home_open_where_nothing_is(void **state)
{
    char where[80];
    struct home_options options;
    struct home home;
    struct stat status;

    (void)state;
    (void)snprintf(where, sizeof(where), "%s/hub", folder);
    options = options_of(where, 1);
    assert_int_equal(home_open(&options, &home), NAVETTE_E_NOT_FOUND);
    assert_int_not_equal(stat(where, &status), 0);
    (void)snprintf(where, sizeof(where), "%s/none/hub", folder);
    options = options_of(where, 0);
    assert_int_equal(home_open(&options, &home), NAVETTE_E_SYSTEM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_home_open_first_and_again, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(test_home_open_where_nothing_is, folder_make, folder_remove),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
