/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "navette/stick_file.h"

#define WINDOW_BYTES 1048576u /* a part and its prefix, a head: both are smaller */

/* A file seen through a window: whatever its size, so much of it is in memory. */
struct view {
    int file;
    uint64_t at; /* of the window */
    size_t len;
    uint8_t *bytes;
};

struct found {
    size_t count;
    uint8_t ids[LIMIT_BUNDLES][BUNDLE_ID_SIZE];
    uint64_t at[LIMIT_BUNDLES];
    int damaged; /* 1: something began like a head and was none */
    int more;    /* 1: more of them than are read */
};

static int fill(struct view *view, uint64_t at)
{
    view->at = at;
    view->len = 0;
    while (view->len < WINDOW_BYTES) {
        ssize_t got = pread(view->file, view->bytes + view->len, WINDOW_BYTES - view->len, (off_t)(at + view->len));

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return NAVETTE_E_SYSTEM;
        if (got == 0)
            break;
        view->len += (size_t)got;
    }
    return 0;
}

/* At least `want` bytes from `at` on, or as many as there are. */
static int look(struct view *view, uint64_t at, size_t want, struct span *bytes)
{
    int rc = 0;

    if (at < view->at || at + want > view->at + view->len)
        rc = fill(view, at);
    *bytes = at - view->at < view->len ? span_of(view->bytes + (at - view->at), view->len - (size_t)(at - view->at)) : span_of(NULL, 0);
    return rc;
}

/* The next place from `at` on where these four bytes stand. NAVETTE_E_NOT_FOUND: nowhere. */
static int seek(struct view *view, const char *magic, uint64_t *at)
{
    for (;;) {
        struct span bytes;
        const uint8_t *hit;
        int rc = look(view, *at, 4, &bytes);

        if (rc != 0 || bytes.len < 4)
            return rc != 0 ? rc : NAVETTE_E_NOT_FOUND;
        hit = memmem(bytes.data, bytes.len, magic, 4);
        if (hit != NULL) {
            *at += (uint64_t)(hit - bytes.data);
            return 0;
        }
        *at += bytes.len - 3;
    }
}

/* Every head is looked for by itself: one that is whole is found wherever damage has moved it. */
static int find_heads(struct view *view, struct found *found)
{
    uint64_t at = 0;
    int rc;

    while ((rc = seek(view, "NVBH", &at)) == 0) {
        struct bundle_head head;
        struct span bytes;
        size_t len;
        size_t known = 0;

        rc = look(view, at, BUNDLE_HEAD_SIZE + LIMIT_BUNDLE_MANIFEST + 4, &bytes);
        if (rc != 0)
            return rc;
        rc = bundle_head_decode(bytes, &head, &len);
        if (rc != 0 && rc != NAVETTE_E_VERSION) {
            found->damaged = 1;
            at++;
            continue;
        }
        while (known < found->count && memcmp(found->ids[known], head.id, BUNDLE_ID_SIZE) != 0)
            known++;
        if (known == found->count && found->count < LIMIT_BUNDLES) {
            memcpy(found->ids[known], head.id, BUNDLE_ID_SIZE);
            found->at[found->count++] = at;
        } else if (known == found->count) {
            found->more = 1;
        }
        at += len;
    }
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

/* One request with bytes of the file in it. */
static int tell(const struct stick_port *port, const char *command, const char *field, struct span bytes, json_t *stick, json_t **answer)
{
    json_t *request = json_pack("{s:s, s:o, s:s}", "command", command, field, stick_file_bytes(bytes), "lang", port->language);
    int rc;

    *answer = NULL;
    if (request == NULL)
        return NAVETTE_E_MEMORY;
    if (stick != NULL)
        (void)json_object_set(request, "stick", stick);
    rc = port->ask(port->context, request, answer);
    json_decref(request);
    return rc;
}

static int is_ok(const json_t *answer)
{
    return json_is_true(json_object_get(answer, "ok"));
}

/* All parts of one bundle, in the order of the file. What the daemon finds damaged is searched for the next one's beginning. */
static int give_parts(const struct stick_port *port, struct view *view, const uint8_t id[BUNDLE_ID_SIZE], json_t *stick, json_t **refusal)
{
    uint64_t at = 0;
    int rc;

    while ((rc = seek(view, "NVBP", &at)) == 0) {
        struct bundle_prefix prefix;
        struct span bytes;
        json_t *answer;
        size_t len;

        rc = look(view, at, BUNDLE_PREFIX_SIZE + LIMIT_BUNDLE_PART_BYTES, &bytes);
        if (rc != 0)
            return rc;
        if (bundle_prefix_decode(bytes, &prefix) != 0 || memcmp(prefix.id, id, sizeof prefix.id) != 0 ||
            bytes.len < BUNDLE_PREFIX_SIZE + (size_t)prefix.len) {
            at++;
            continue;
        }
        len = BUNDLE_PREFIX_SIZE + (size_t)prefix.len;
        rc = tell(port, "stick-take", "bytes", span_of(bytes.data, len), stick, &answer);
        if (rc != 0)
            return rc;
        if (!is_ok(answer)) {
            *refusal = answer;
            return 0;
        }
        at += json_is_true(json_object_get(answer, "damaged")) ? 1 : len;
        json_decref(answer);
    }
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

static int give_bundle(const struct stick_port *port, struct view *view, const struct found *found, size_t which, json_t *rows)
{
    json_t *opened, *ended = NULL, *refusal = NULL, *request;
    struct bundle_head head;
    struct span bytes;
    size_t len;
    int rc = look(view, found->at[which], BUNDLE_HEAD_SIZE + LIMIT_BUNDLE_MANIFEST + 4, &bytes);

    if (rc != 0)
        return rc;
    rc = bundle_head_decode(bytes, &head, &len);
    if (rc != 0 && rc != NAVETTE_E_VERSION)
        return NAVETTE_E_SYSTEM; /* it was whole a moment ago */
    rc = tell(port, "stick-in", "head", span_of(bytes.data, len), NULL, &opened);
    if (rc != 0)
        return rc;
    if (!is_ok(opened)) {
        (void)json_array_append_new(rows, opened);
        return 0;
    }
    if (!json_is_false(json_object_get(opened, "parts")))
        rc = give_parts(port, view, found->ids[which], json_object_get(opened, "stick"), &refusal);
    if (rc == 0 && refusal == NULL) {
        request = json_pack("{s:s, s:O, s:s}", "command", "stick-end", "stick", json_object_get(opened, "stick"), "lang", port->language);
        rc = request == NULL ? NAVETTE_E_MEMORY : port->ask(port->context, request, &ended);
        json_decref(request);
    }
    if (rc == 0)
        (void)json_array_append_new(rows, refusal != NULL ? refusal : ended);
    json_decref(opened);
    return rc;
}

int stick_file_read(const struct stick_port *port, const char *path, json_t *rows)
{
    struct found found = {.count = 0};
    struct view view = {.file = open(path, O_RDONLY | O_CLOEXEC)};
    int rc;

    if (view.file < 0)
        return errno == ENOENT ? NAVETTE_E_NOT_FOUND : NAVETTE_E_SYSTEM;
    view.bytes = malloc(WINDOW_BYTES);
    rc = view.bytes == NULL ? NAVETTE_E_MEMORY : find_heads(&view, &found);
    for (size_t i = 0; i < found.count && rc == 0; i++)
        rc = give_bundle(port, &view, &found, i, rows);
    if (rc == 0 && found.count == 0)
        rc = found.damaged ? NAVETTE_E_TRUNCATED : NAVETTE_E_INVALID;
    free(view.bytes);
    (void)close(view.file);
    return rc;
}
