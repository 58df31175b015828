/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "navette/control.h"
#include "navette/span.h"
#include "navette/system.h"

#define READ_BYTES 65536u

struct control_client {
    int socket;
    struct buffer in;
    size_t told; /* of it: the last answer, the caller's until the next question */
};

int control_client_open(const char *path, struct control_client **client)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path)
        return NAVETTE_E_TOO_LARGE;
    strcpy(address.sun_path, path);
    struct control_client *made = calloc(1, sizeof *made);
    if (made == NULL)
        return NAVETTE_E_MEMORY;
    made->socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (made->socket < 0) {
        free(made);
        return NAVETTE_E_SYSTEM;
    }
    int rc;
    do
        rc = connect(made->socket, (const struct sockaddr *)&address, sizeof address);
    while (rc != 0 && errno == EINTR);
    if (rc == 0) {
        *client = made;
        return 0;
    }
    switch (errno) {
    case ENOENT:
    case ENOTDIR:
    case ECONNREFUSED:
        rc = NAVETTE_E_NOT_FOUND;
        break;
    case EACCES:
    case EPERM:
        rc = NAVETTE_E_REFUSED;
        break;
    default:
        rc = NAVETTE_E_SYSTEM;
        break;
    }
    control_client_close(made);
    return rc;
}

void control_client_close(struct control_client *client)
{
    if (client == NULL)
        return;
    close(client->socket);
    buffer_free(&client->in);
    free(client);
}

static int wait_for(struct control_client *client, short what, int64_t deadline_ms)
{
    for (;;) {
        struct pollfd fd = {.fd = client->socket, .events = what};
        int64_t left = deadline_ms < 0 ? -1 : deadline_ms - system_monotonic_ms();
        if (deadline_ms >= 0 && left < 0)
            left = 0;
        int ready = poll(&fd, 1, (int)left);
        if (ready > 0)
            return 0;
        if (ready == 0)
            return NAVETTE_E_BUSY;
        if (errno != EINTR)
            return NAVETTE_E_SYSTEM;
    }
}

static int send_line(struct control_client *client, const json_t *request, int64_t deadline_ms)
{
    char *text = json_dumps(request, JSON_COMPACT);
    if (text == NULL)
        return NAVETTE_E_MEMORY;
    size_t len = strlen(text);
    int rc = len >= CONTROL_LINE_BYTES ? NAVETTE_E_TOO_LARGE : 0;
    text[len++] = '\n'; /* in the place of the NUL */
    size_t at = 0;
    while (rc == 0 && at < len) {
        ssize_t done = send(client->socket, text + at, len - at, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (done >= 0)
            at += (size_t)done;
        else if (errno == EAGAIN)
            rc = wait_for(client, POLLOUT, deadline_ms);
        else if (errno != EINTR)
            rc = NAVETTE_E_CLOSED;
    }
    free(text);
    return rc;
}

/* len: of the line, without its newline, at the beginning of the buffer. */
static int receive_line(struct control_client *client, int64_t deadline_ms, size_t *len)
{
    uint8_t bytes[READ_BYTES];
    size_t scanned = 0;
    for (;;) {
        const uint8_t *end = client->in.len == scanned ? NULL : memchr(client->in.data + scanned, '\n', client->in.len - scanned);
        if (end != NULL) {
            *len = (size_t)(end - client->in.data);
            return 0;
        }
        scanned = client->in.len;
        if (scanned > CONTROL_ANSWER_BYTES)
            return NAVETTE_E_TOO_LARGE;
        int rc = wait_for(client, POLLIN, deadline_ms);
        if (rc != 0)
            return rc;
        ssize_t got = recv(client->socket, bytes, sizeof bytes, MSG_DONTWAIT);
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (got <= 0)
            return NAVETTE_E_CLOSED;
        rc = buffer_append(&client->in, bytes, (size_t)got);
        if (rc != 0)
            return rc;
    }
}

int control_client_ask_text(struct control_client *client, const json_t *request, int timeout_ms, struct span *text)
{
    int64_t deadline_ms = timeout_ms < 0 ? -1 : system_monotonic_ms() + timeout_ms;
    size_t len = 0;
    int rc;
    if (client->told > 0) {
        client->in.len -= client->told;
        memmove(client->in.data, client->in.data + client->told, client->in.len);
        client->told = 0;
    }
    rc = send_line(client, request, deadline_ms);
    /* A server that closed may have said why before. */
    if (rc == 0 || rc == NAVETTE_E_CLOSED)
        rc = receive_line(client, deadline_ms, &len);
    if (rc != 0)
        return rc;
    client->told = len + 1;
    *text = span_of(client->in.data, len);
    return 0;
}

int control_client_ask(struct control_client *client, const json_t *request, int timeout_ms, json_t **answer)
{
    struct span text;
    int rc = control_client_ask_text(client, request, timeout_ms, &text);
    if (rc != 0)
        return rc;
    *answer = json_loadb((const char *)text.data, text.len, 0, NULL);
    if (json_is_object(*answer))
        return 0;
    json_decref(*answer);
    *answer = NULL;
    return NAVETTE_E_INVALID;
}
