/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/stick_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "navette/ref.h"
#include "navette/system.h"
#include "navette/whole.h"

json_t *stick_file_bytes(struct span bytes)
{
    size_t len = sodium_base64_ENCODED_LEN(bytes.len, sodium_base64_VARIANT_ORIGINAL);
    char *text = malloc(len);
    json_t *json = NULL;

    if (text != NULL)
        json = json_string(sodium_bin2base64(text, len, bytes.data, bytes.len, sodium_base64_VARIANT_ORIGINAL));
    free(text);
    return json;
}

json_t *stick_file_missing(const struct bundle_tally *tally)
{
    json_t *list = json_array();

    for (size_t i = 0; i < tally->missing_count; i++)
        (void)json_array_append_new(
            list, json_pack("{s:I, s:I}", "from", (json_int_t)tally->missing[i].first, "to", (json_int_t)tally->missing[i].last));
    return list;
}

int stick_file_bytes_read(const json_t *request, const char *field, struct buffer *out)
{
    const json_t *json = json_object_get(request, field);
    const char *text = json_string_value(json);
    size_t len = json_string_length(json);
    size_t got = 0;
    int rc;

    if (text == NULL)
        return NAVETTE_E_INVALID;
    if (len > 2 * (size_t)LIMIT_BUNDLE_PART_BYTES)
        return NAVETTE_E_TOO_LARGE;
    rc = buffer_reserve(out, len);
    if (rc != 0)
        return rc;
    if (sodium_base642bin(out->data + out->len, len, text, len, NULL, &got, NULL, sodium_base64_VARIANT_ORIGINAL) != 0)
        return NAVETTE_E_INVALID;
    out->len += got;
    return 0;
}

int stick_file_name(const char *path, const char *prefix, const char *place, char out[STICK_PATH_SIZE])
{
    struct stat status;
    char date[16] = "";
    time_t now = (time_t)(system_wall_ms() / 1000);
    struct tm day;
    int len;

    if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode)) {
        len = snprintf(out, STICK_PATH_SIZE, "%s", path);
        return len >= (int)STICK_PATH_SIZE ? NAVETTE_E_TOO_LARGE : 0;
    }
    if (localtime_r(&now, &day) != NULL)
        (void)strftime(date, sizeof date, "%Y-%m-%d", &day);
    len = snprintf(out, STICK_PATH_SIZE, "%s/%s%s-%s" STICK_SUFFIX, path, prefix, place[0] != '\0' ? place : "poste", date);
    return len >= (int)STICK_PATH_SIZE ? NAVETTE_E_TOO_LARGE : 0;
}

/* ---- writing */

static int failure(void)
{
    return errno == ENOSPC || errno == EDQUOT || errno == EFBIG ? NAVETTE_E_FULL : NAVETTE_E_SYSTEM;
}

static int write_all(int file, struct span bytes, uint64_t *written)
{
    *written += bytes.len;
    while (bytes.len > 0) {
        ssize_t done = write(file, bytes.data, bytes.len);

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return failure();
        bytes.data += done;
        bytes.len -= (size_t)done;
    }
    return 0;
}

static int write_parts(const struct stick_port *port, const json_t *opened, int file, uint64_t *written, json_t **refusal)
{
    json_t *request =
        json_pack("{s:s, s:O, s:s}", "command", "stick-part", "stick", json_object_get(opened, "stick"), "lang", port->language);
    struct buffer bytes = {.len = 0};
    int done = 0;
    int rc = request == NULL ? NAVETTE_E_MEMORY : 0;

    while (rc == 0 && !done) {
        json_t *answer = NULL;

        buffer_clear(&bytes);
        rc = port->ask(port->context, request, &answer);
        if (rc == 0 && !json_is_true(json_object_get(answer, "ok"))) {
            *refusal = json_incref(answer);
            rc = NAVETTE_E_REFUSED;
        }
        if (rc == 0)
            rc = stick_file_bytes_read(answer, "bytes", &bytes);
        done = json_is_true(json_object_get(answer, "last"));
        json_decref(answer);
        if (rc == 0)
            rc = write_all(file, buffer_span(&bytes), written);
    }
    buffer_free(&bytes);
    json_decref(request);
    return rc;
}

/* A folder that can't be synced (some sticks) is no reason to say that nothing was written. */
static int sync_folder(const char *path)
{
    char copy[PATH_MAX];
    int folder;
    int rc = 0;

    (void)snprintf(copy, sizeof copy, "%s", path);
    folder = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return failure();
    if (fsync(folder) != 0 && errno != EINVAL)
        rc = failure();
    (void)close(folder);
    return rc;
}

int stick_file_write(const struct stick_port *port, const json_t *opened, const char *path, uint64_t *bytes, json_t **refusal)
{
    struct buffer head = {.len = 0};
    uint8_t token[8];
    char token_text[2 * sizeof token + 1];
    char part[PATH_MAX];
    int file = -1;
    int saved;
    int rc = stick_file_bytes_read(opened, "head", &head);

    *bytes = 0;
    *refusal = NULL;
    system_random(token, sizeof token);
    hex_encode(token, sizeof token, token_text);
    if (rc == 0 && snprintf(part, sizeof part, "%s.%s", path, token_text) >= (int)sizeof part)
        rc = NAVETTE_E_TOO_LARGE;
    if (rc == 0) {
        whole_clear(path);
        file = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        rc = file < 0 ? failure() : write_all(file, buffer_span(&head), bytes);
    }
    if (rc == 0)
        rc = write_parts(port, opened, file, bytes, refusal);
    if (rc == 0)
        rc = write_all(file, buffer_span(&head), bytes);
    if (rc == 0 && fsync(file) != 0)
        rc = failure();
    if (file >= 0 && close(file) != 0 && rc == 0)
        rc = failure();
    if (rc == 0 && rename(part, path) != 0)
        rc = failure();
    if (rc == 0)
        rc = sync_folder(path);
    saved = errno;
    if (rc != 0 && file >= 0)
        (void)unlink(part);
    errno = saved;
    buffer_free(&head);
    return rc;
}
