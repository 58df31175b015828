/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.c: settings from a file and the command line.
 *
 * defaults: of the hub and of a node
 * read: every key; comments, blanks; unknown section, unknown key, bad value, no section, no equals sign: each with its line; the first one counts;
 *       a line at the limit and one past it; absent file
 * set: endpoints, sizes and levels in form and out; a path at its limit and one past it
 * control_path: inside the folder unless given
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "navette/config.h"

static char path[] = "/tmp/navette-test-XXXXXX";

static int set_up(void **state)
{
    (void)state;
    strcpy(path + strlen(path) - 6, "XXXXXX");
    int file = mkstemp(path);
    if (file < 0)
        return -1;
    close(file);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return unlink(path);
}

static int read_text(struct config *config, const char *content, char text[CONFIG_TEXT_BYTES])
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(content, file) >= 0);
    fclose(file);
    return config_read(config, path, text);
}

static void test_config_defaults_each_role(void **state)
{
    (void)state;
    struct config config;
    config_defaults(&config, CONFIG_HUB);
    assert_string_equal(config.folder, "/var/lib/navette-hub");
    assert_string_equal(config.listen, "tcp://[::]:7443");
    assert_string_equal(config.enrol, "tcp://[::]:7444");
    assert_int_equal(config.map_bytes, UINT64_C(64) << 30);
    assert_int_equal(config.log_level, 0);
    assert_int_equal(config.keep_ms, 0);
    config_defaults(&config, CONFIG_NODE);
    assert_int_equal(config.keep_ms, 0);
    assert_string_equal(config.folder, "/var/lib/navette-node");
    assert_string_equal(config.listen, "");
    assert_string_equal(config.connect, "");
    assert_int_equal(config.map_bytes, UINT64_C(16) << 30);
}

static void test_config_read_every_key(void **state)
{
    (void)state;
    struct config config;
    char text[CONFIG_TEXT_BYTES];
    config_defaults(&config, CONFIG_HUB);
    assert_int_equal(
        read_text(&config,
                  "; a comment\n# another\n\n[store]\nfolder = /srv/with spaces \nmap_mib=100\nreserve_mib = 0\n[hub]\nlisten = "
                  "tcp://0.0.0.0:443\n"
                  "public = tcp://hub.example.org:443\nenrol = tcp://[::1]:444\nconnect = tcp://hub:1\n[control]\nsocket = /run/n.sock\n"
                  "group = staff\n[log]\nlevel = error",
                  text),
        0);
    assert_string_equal(text, "");
    assert_string_equal(config.folder, "/srv/with spaces");
    assert_int_equal(config.map_bytes, 100u << 20);
    assert_int_equal(config.reserve_bytes, 0);
    assert_string_equal(config.listen, "tcp://0.0.0.0:443");
    assert_string_equal(config.public_endpoint, "tcp://hub.example.org:443");
    assert_string_equal(config.enrol, "tcp://[::1]:444");
    assert_string_equal(config.connect, "tcp://hub:1");
    assert_string_equal(config.control, "/run/n.sock");
    assert_string_equal(config.group, "staff");
    assert_int_equal(config.log_level, 2);
}

static void test_config_read_errors_name_the_line(void **state)
{
    (void)state;
    static const struct {
        const char *content;
        const char *said;
    } cases[] = {
        {"[store]\n\nfodler = /x\n", ":3: unknown key store.fodler"},
        {"[shop]\nfolder = /x\n", ":2: unknown key shop.folder"},
        {"folder = /x\n", ":1: unknown key folder"},
        {"[hub]\nlisten = udp://x:1\nnope = 1\n", ":2: not a value for hub.listen"},
        {"[hub]\n\n; comment\nlisten tcp\n[store]\nfodler = 1\n", ":4: neither a [section] nor key = value"},
        {"[store]\nmap_mib = 12x\n", ":2: not a value for store.map_mib"},
        {"[store]\nmap_mib = 99999999\n", ":2: too long or too large: store.map_mib"},
        {"[log]\nlevel = loud\n", ":2: not a value for log.level"},
        {"[stor\n", ":1: neither a [section] nor key = value"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct config config;
        char text[CONFIG_TEXT_BYTES];
        config_defaults(&config, CONFIG_NODE);
        assert_int_equal(read_text(&config, cases[i].content, text), NAVETTE_E_INVALID);
        assert_int_equal(strncmp(text, path, strlen(path)), 0);
        assert_string_equal(text + strlen(path), cases[i].said);
    }
}

static void test_config_read_long_lines(void **state)
{
    (void)state;
    struct config config;
    char text[CONFIG_TEXT_BYTES];
    char content[400];
    config_defaults(&config, CONFIG_NODE);
    /* inih's buffer: 200 bytes with the newline and the NUL. */
    int head = snprintf(content, sizeof content, "[store]\nfolder = ");
    memset(content + head, 'd', 198 - 9);
    strcpy(content + head + 198 - 9, "\n");
    assert_int_equal(read_text(&config, content, text), 0);
    assert_int_equal(strlen(config.folder), 198 - 9);
    strcpy(content + head + 198 - 9, "d\n");
    assert_int_equal(read_text(&config, content, text), NAVETTE_E_INVALID);
    assert_string_equal(text + strlen(path), ":2: the line is too long");
}

static void test_config_read_absent(void **state)
{
    (void)state;
    struct config config;
    char text[CONFIG_TEXT_BYTES];
    config_defaults(&config, CONFIG_NODE);
    assert_int_equal(config_read(&config, "/tmp/navette-test-no/such.ini", text), NAVETTE_E_NOT_FOUND);
    assert_non_null(strstr(text, "such.ini"));
    assert_string_equal(config.folder, "/var/lib/navette-node");
}

static void test_config_set_bounds(void **state)
{
    (void)state;
    struct config config;
    char value[CONFIG_PATH_BYTES + 1];
    config_defaults(&config, CONFIG_NODE);
    memset(value, 'p', sizeof value);
    value[CONFIG_PATH_BYTES - 1] = '\0';
    assert_int_equal(config_set(&config, "store", "folder", value), 0);
    assert_string_equal(config.folder, value);
    value[CONFIG_PATH_BYTES - 1] = 'p';
    value[CONFIG_PATH_BYTES] = '\0';
    assert_int_equal(config_set(&config, "store", "folder", value), NAVETTE_E_TOO_LARGE);
    assert_int_equal(strlen(config.folder), CONFIG_PATH_BYTES - 1);
    assert_int_equal(config_set(&config, "store", "map_mib", "16777216"), 0);
    assert_int_equal(config_set(&config, "store", "map_mib", "16777217"), NAVETTE_E_TOO_LARGE);
    assert_int_equal(config_set(&config, "store", "map_mib", "99999999999999999999999"), NAVETTE_E_INVALID);
    assert_int_equal(config_set(&config, "store", "map_mib", "-1"), NAVETTE_E_INVALID);
    assert_int_equal(config_set(&config, "store", "map_mib", ""), NAVETTE_E_INVALID);
    assert_int_equal(config.map_bytes, UINT64_C(16) << 40);
    assert_int_equal(config_set(&config, "hub", "connect", "tcp://"), NAVETTE_E_INVALID);
    assert_int_equal(config_set(&config, "hub", "connect", "host:1"), NAVETTE_E_INVALID);
    assert_int_equal(config_set(&config, "hub", "connect", ""), 0);
    assert_int_equal(config_set(&config, "hub", "folder", "x"), NAVETTE_E_UNKNOWN);
}

static void test_config_control_path_default(void **state)
{
    (void)state;
    struct config config;
    char out[CONFIG_PATH_BYTES];
    config_defaults(&config, CONFIG_NODE);
    assert_int_equal(config_control_path(&config, out), 0);
    assert_string_equal(out, "/var/lib/navette-node/control");
    assert_int_equal(config_set(&config, "control", "socket", "/run/x"), 0);
    assert_int_equal(config_control_path(&config, out), 0);
    assert_string_equal(out, "/run/x");
    config.control[0] = '\0';
    memset(config.folder, 'f', CONFIG_PATH_BYTES - 1);
    assert_int_equal(config_control_path(&config, out), NAVETTE_E_TOO_LARGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_config_defaults_each_role),
        cmocka_unit_test_setup_teardown(test_config_read_every_key, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_config_read_errors_name_the_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_config_read_long_lines, set_up, tear_down),
        cmocka_unit_test(test_config_read_absent),
        cmocka_unit_test(test_config_set_bounds),
        cmocka_unit_test(test_config_control_path_default),
    };
    return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
