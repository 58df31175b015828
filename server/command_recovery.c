/* SPDX-License-Identifier: Apache-2.0 */
#include "server/command_recovery.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "navette/control.h"
#include "navette/recovery.h"
#include "navette/ref.h"
#include "navette/system.h"
#include "navette/tz.h"
#include "server/answer.h"
#include "server/command.h"
#include "server/print_keys.h"

static int recovery_say(const struct options *options, const json_t *request, const char *code, const char *a, int exit_code)
{
    return command_say(options, answer_error(request, code, a, NULL, NULL), exit_code);
}

static int recovery_write(const struct options *options, const struct recovery_key *key, struct buffer *sheet)
{
    struct civil civil;
    char day[16];

    if (tz_local(options_get(options, OPTION_TZ, ""), system_wall_ms(), &civil))
        tz_civil_of_days(0, &civil);
    (void)snprintf(day, sizeof(day), "%04u-%02u-%02u", (unsigned)civil.year % 10000u, (unsigned)civil.month % 100u,
                   (unsigned)civil.day % 100u);
    return recovery_sheet(key, day, options->language, sheet);
}

/* On the disk before the hub hears of the key: a key that nobody has would lock everything away. */
static int recovery_keep(const char *path, const struct buffer *sheet)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    size_t done = 0;

    if (fd < 0)
        return NAVETTE_E_SYSTEM;
    while (done < sheet->len) {
        ssize_t written = write(fd, sheet->data + done, sheet->len - done);

        if (written <= 0)
            break;
        done += (size_t)written;
    }
    if (done < sheet->len || fsync(fd)) {
        (void)close(fd);
        (void)unlink(path);
        return NAVETTE_E_SYSTEM;
    }
    return close(fd) ? NAVETTE_E_SYSTEM : 0;
}

static int recovery_ask(const struct options *options, const json_t *request, json_t **answer)
{
    struct control_client *client;
    int rc = control_client_open(options->control, &client);

    if (rc)
        return recovery_say(options, request, rc == NAVETTE_E_REFUSED ? "hub-no-permission" : "hub-no-daemon", options->control,
                            COMMAND_AWAY);
    rc = control_client_ask(client, request, -1, answer);
    control_client_close(client);
    return rc ? recovery_say(options, request, "hub-gone", NULL, COMMAND_AWAY) : 0;
}

static int recovery_tell(const struct options *options, const json_t *request, const struct recovery_key *key, const struct buffer *sheet,
                         json_t *answer)
{
    const char *path = options->values[OPTION_FILE];
    struct print print = {.out = stdout, .language = options->language};
    char code[RECOVERY_CODE_SIZE];

    recovery_code(key, code);
    if (options->values[OPTION_JSON]) {
        if (!path)
            (void)json_object_set_new(answer, "key", json_string(code));
        (void)json_dumpf(answer, stdout, JSON_COMPACT);
        (void)fputc('\n', stdout);
    } else {
        if (!path)
            (void)fwrite(sheet->data, 1, sheet->len, stdout);
        print_recovery_new(&print, answer);
    }
    (void)request;
    sodium_memzero(code, sizeof(code));
    return fflush(stdout) ? COMMAND_FAILED : COMMAND_OK;
}

int command_recovery_run(const struct options *options, json_t *request)
{
    const char *path = options->values[OPTION_FILE];
    struct buffer sheet = {.data = NULL};
    struct recovery_key key;
    char public_key[2 * KEY_SIZE + 1];
    json_t *answer = NULL;
    int code;

    if (recovery_make(&key) || recovery_write(options, &key, &sheet))
        return recovery_say(options, request, "hub-failed", "sodium", COMMAND_FAILED);
    hex_encode(key.public_key, KEY_SIZE, public_key);
    (void)json_object_set_new(request, "public", json_string(public_key));
    if (path && recovery_keep(path, &sheet))
        code = recovery_say(options, request, "hub-recovery-file", path, COMMAND_FAILED);
    else
        code = recovery_ask(options, request, &answer);
    if (answer && json_is_true(json_object_get(answer, "ok")))
        code = recovery_tell(options, request, &key, &sheet, answer);
    else if (answer)
        code = command_say(options, json_incref(answer), COMMAND_REFUSED);
    if (path && code != COMMAND_OK && answer)
        (void)unlink(path);
    json_decref(answer);
    sodium_memzero(sheet.data, sheet.capacity);
    buffer_free(&sheet);
    recovery_wipe(&key);
    return code;
}
