/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "navette/control.h"
#include "navette/span.h"
#include "navette/system.h"

#define READ_BYTES 65536u
#define SEND_BYTES 1048576 /* what the kernel is asked to hold of an answer: a network's stock goes in one piece */
#define IDLE_MS 60000      /* when all places are taken, a client silent for this long makes room */

/*
 * A client's life:
 *
 *            a whole line            control_server_answer()
 *   READING ------------> ASKING ---------------------------> READING
 *      |                                                         ^ the next line may wait in its buffer already
 *      | bad line                      all written
 *      +----------------> LEAVING ------------------> closed
 */
enum client_state { CLIENT_NONE, CLIENT_READING, CLIENT_ASKING, CLIENT_LEAVING };

struct client {
    enum client_state state;
    int socket;
    int ended; /* it sends no more */
    uint64_t number;
    uint64_t caller; /* system_terminal() of who connected */
    int64_t active_ms;
    struct buffer in;
    struct buffer out;
    size_t written; /* of out */
    size_t scanned; /* of in: no newline before */
};

struct control_server {
    int socket;
    int spare; /* a descriptor to give up when there are no more: a caller that can't be accepted would be announced for ever */
    uint64_t serial;
    size_t turn;   /* whose request is looked at first: nobody starves */
    size_t queued; /* bytes of all answers under way */
    char path[sizeof((struct sockaddr_un *)0)->sun_path];
    struct client clients[CONTROL_CLIENTS];
};

static int log_errno(const char *path, const char *what)
{
    system_log(2, "control", NULL, "%s: %s: %s", path, what, strerror(errno));
    return errno == EACCES || errno == EPERM ? NAVETTE_E_REFUSED : NAVETTE_E_SYSTEM;
}

/* A socket file that nobody listens on is left from a process that was killed. */
static int remove_stale(const struct sockaddr_un *address)
{
    struct stat status;
    if (lstat(address->sun_path, &status) != 0)
        return errno == ENOENT ? 0 : log_errno(address->sun_path, "look at");
    if (!S_ISSOCK(status.st_mode)) {
        system_log(2, "control", NULL, "%s: is there and is not a socket", address->sun_path);
        return NAVETTE_E_EXISTS;
    }
    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (probe < 0)
        return log_errno(address->sun_path, "socket");
    int alive = connect(probe, (const struct sockaddr *)address, sizeof *address) == 0 || errno == EAGAIN;
    close(probe);
    if (alive) {
        system_log(2, "control", NULL, "%s: a daemon answers there already", address->sun_path);
        return NAVETTE_E_BUSY;
    }
    return unlink(address->sun_path) == 0 || errno == ENOENT ? 0 : log_errno(address->sun_path, "remove");
}

int control_server_open(const char *path, struct control_server **server)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        system_log(2, "control", NULL, "%s: a socket's path has at most %zu bytes", path, sizeof address.sun_path - 1);
        return NAVETTE_E_TOO_LARGE;
    }
    strcpy(address.sun_path, path);
    int rc = remove_stale(&address);
    if (rc != 0)
        return rc;
    struct control_server *made = calloc(1, sizeof *made);
    if (made == NULL)
        return NAVETTE_E_MEMORY;
    strcpy(made->path, path);
    made->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
    made->socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (made->socket < 0) {
        rc = log_errno(path, "socket");
        goto fail;
    }
    /* Linux gives a bound socket the mode of its descriptor: at no moment may others connect. */
    if (fchmod(made->socket, 0600) != 0 || bind(made->socket, (const struct sockaddr *)&address, sizeof address) != 0) {
        rc = log_errno(path, "bind");
        goto fail;
    }
    if (listen(made->socket, (int)CONTROL_CLIENTS) != 0) {
        rc = log_errno(path, "listen");
        unlink(path);
        goto fail;
    }
    *server = made;
    return 0;

fail:
    if (made->socket >= 0)
        close(made->socket);
    if (made->spare >= 0)
        close(made->spare);
    free(made);
    return rc;
}

int control_server_share(struct control_server *server, const char *group)
{
    errno = 0;
    const struct group *found = getgrnam(group);
    if (found == NULL) {
        system_log(2, "control", NULL, "%s: no group %s", server->path, group);
        return NAVETTE_E_NOT_FOUND;
    }
    if (chown(server->path, (uid_t)-1, found->gr_gid) != 0 || chmod(server->path, 0660) != 0)
        return log_errno(server->path, "give to the group");
    return 0;
}

/* A request may hold a PIN. */
static void wipe(struct buffer *buffer, size_t from)
{
    if (buffer->data != NULL)
        sodium_memzero(buffer->data + from, buffer->capacity - from);
}

static void drop(struct control_server *server, struct client *client)
{
    wipe(&client->in, 0);
    close(client->socket);
    server->queued -= client->out.len;
    buffer_free(&client->in);
    buffer_free(&client->out);
    memset(client, 0, sizeof *client);
}

void control_server_close(struct control_server *server)
{
    if (server == NULL)
        return;
    for (size_t i = 0; i < CONTROL_CLIENTS; i++)
        if (server->clients[i].state != CLIENT_NONE)
            drop(server, &server->clients[i]);
    close(server->socket);
    if (server->spare >= 0)
        close(server->spare);
    unlink(server->path);
    free(server);
}

static int wants_to_write(const struct client *client)
{
    return client->written < client->out.len;
}

/* One request at a time: while it is worked on, the rest waits in the kernel and then at its sender. */
static int wants_to_read(const struct client *client)
{
    return client->state == CLIENT_READING && !client->ended && !wants_to_write(client) && client->in.len <= CONTROL_LINE_BYTES;
}

/* A client that sends no more has gone once nothing whole is left of it to answer. */
static void drop_ended(struct control_server *server)
{
    for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
        struct client *client = &server->clients[i];
        if (client->state == CLIENT_READING && client->ended && !wants_to_write(client) &&
            (client->in.len == 0 || memchr(client->in.data, '\n', client->in.len) == NULL))
            drop(server, client);
    }
}

size_t control_server_poll(struct control_server *server, struct pollfd *fds, size_t max)
{
    size_t count = 0;
    drop_ended(server);
    if (max == 0)
        return 0;
    fds[count++] = (struct pollfd){.fd = server->socket, .events = POLLIN};
    for (size_t i = 0; i < CONTROL_CLIENTS && count < max; i++) {
        const struct client *client = &server->clients[i];
        short events = (short)((wants_to_write(client) ? POLLOUT : 0) | (wants_to_read(client) ? POLLIN : 0));
        if (client->state != CLIENT_NONE && events != 0)
            fds[count++] = (struct pollfd){.fd = client->socket, .events = events};
    }
    return count;
}

/* What does not go at once waits, the rest of a line with its newline. */
static int queue_bytes(struct control_server *server, struct client *client, const void *bytes, size_t len)
{
    if (server->queued + len > CONTROL_QUEUED_BYTES || buffer_append(&client->out, bytes, len) != 0)
        return NAVETTE_E_MEMORY;
    server->queued += len;
    return 0;
}

/* Straight from where it stands, as far as the socket takes it. */
static size_t send_now(const struct client *client, const char *text, size_t len)
{
    struct iovec parts[2] = {{(void *)(uintptr_t)text, len}, {(void *)(uintptr_t) "\n", 1}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    ssize_t done;

    if (client->out.len > 0)
        return 0;
    do
        done = sendmsg(client->socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (done < 0 && errno == EINTR);
    return done < 0 ? 0 : (size_t)done;
}

/* Without the memory, or the room, for its answer a client is better told by a closed connection than by silence. */
static void queue_text(struct control_server *server, struct client *client, const char *text, size_t len)
{
    static const char too_long[] =
        "{\"ok\":false,\"error\":\"answer-too-long\",\"text\":\"Réponse trop longue. / The answer is too long.\","
        "\"next\":\"Précisez la demande. / Narrow the question.\"}";
    size_t sent;
    int rc = 0;

    if (len >= CONTROL_ANSWER_BYTES) {
        text = too_long;
        len = sizeof too_long - 1;
    }
    sent = send_now(client, text, len);
    if (sent < len)
        rc = queue_bytes(server, client, text + sent, len - sent);
    if (rc == 0 && sent <= len)
        rc = queue_bytes(server, client, "\n", 1);
    if (rc != 0)
        drop(server, client);
    else if (sent > 0)
        client->active_ms = system_monotonic_ms();
}

static void queue_line(struct control_server *server, struct client *client, const json_t *answer)
{
    char *text = json_dumps(answer, JSON_COMPACT);

    if (text == NULL)
        drop(server, client);
    else
        queue_text(server, client, text, strlen(text));
    free(text);
}

static void write_some(struct control_server *server, struct client *client)
{
    while (wants_to_write(client)) {
        ssize_t done =
            send(client->socket, client->out.data + client->written, client->out.len - client->written, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0) {
            if (errno != EAGAIN)
                drop(server, client);
            return;
        }
        client->written += (size_t)done;
        client->active_ms = system_monotonic_ms();
    }
    server->queued -= client->out.len;
    buffer_free(&client->out);
    client->written = 0;
    if (client->state == CLIENT_LEAVING)
        drop(server, client);
}

static void send_off(struct control_server *server, struct client *client, const char *error, const char *text)
{
    json_t *answer = json_pack("{s:b, s:s, s:s}", "ok", 0, "error", error, "text", text);
    client->state = CLIENT_LEAVING;
    queue_line(server, client, answer);
    json_decref(answer);
    if (client->state != CLIENT_NONE)
        write_some(server, client);
}

/* As buffer_append(), but what is moved leaves nothing behind. */
static int take_in(struct buffer *in, const uint8_t *bytes, size_t len)
{
    struct buffer grown = {.data = NULL};

    if (in->capacity - in->len >= len)
        return buffer_append(in, bytes, len);
    if (buffer_reserve(&grown, (in->len + len) * 2) != 0)
        return NAVETTE_E_MEMORY;
    (void)buffer_append(&grown, in->data, in->len);
    (void)buffer_append(&grown, bytes, len);
    wipe(in, 0);
    buffer_free(in);
    *in = grown;
    return 0;
}

static void read_some(struct control_server *server, struct client *client)
{
    uint8_t bytes[READ_BYTES];
    ssize_t got;
    int rc = 0;
    do
        got = recv(client->socket, bytes, sizeof bytes, MSG_DONTWAIT);
    while (got < 0 && errno == EINTR);
    if (got < 0 && errno == EAGAIN)
        return;
    if (got > 0) {
        rc = take_in(&client->in, bytes, (size_t)got);
        sodium_memzero(bytes, (size_t)got);
    }
    if (got < 0 || rc != 0) {
        drop(server, client);
        return;
    }
    client->ended = got == 0;
    client->active_ms = system_monotonic_ms();
    if (client->in.len > CONTROL_LINE_BYTES && memchr(client->in.data, '\n', CONTROL_LINE_BYTES + 1) == NULL)
        send_off(server, client, "line-too-long", "Demande trop longue (1 Mio au plus). / A request has at most 1 MiB.");
}

static struct client *free_place(struct control_server *server, int64_t now_ms)
{
    struct client *oldest = &server->clients[0];
    for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
        if (server->clients[i].state == CLIENT_NONE)
            return &server->clients[i];
        if (server->clients[i].active_ms < oldest->active_ms)
            oldest = &server->clients[i];
    }
    if (oldest->state == CLIENT_ASKING || now_ms - oldest->active_ms < IDLE_MS)
        return NULL;
    drop(server, oldest);
    return oldest;
}

static uint64_t caller_of(int socket)
{
    struct ucred who = {.pid = 0};
    socklen_t len = sizeof who;

    return getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0 ? system_terminal(who.pid) : 0;
}

static void accept_some(struct control_server *server)
{
    for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
        int socket = accept4(server->socket, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (socket < 0 && errno == EINTR)
            continue;
        if (socket < 0 && (errno == EMFILE || errno == ENFILE) && server->spare >= 0) {
            system_log(1, "control", NULL, "no descriptor left: a command was sent away");
            close(server->spare);
            socket = accept4(server->socket, NULL, NULL, SOCK_CLOEXEC);
            if (socket >= 0)
                close(socket);
            server->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
            continue;
        }
        if (socket < 0)
            return;
        int64_t now_ms = system_monotonic_ms();
        int send_bytes = SEND_BYTES;
        (void)setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &send_bytes, sizeof send_bytes);
        struct client *client = free_place(server, now_ms);
        if (client == NULL) {
            static const char busy[] =
                "{\"ok\":false,\"error\":\"busy\",\"text\":\"Trop de commandes en même temps. / Too many commands at once.\"}\n";
            (void)!send(socket, busy, sizeof busy - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
            close(socket);
            continue;
        }
        client->state = CLIENT_READING;
        client->socket = socket;
        client->active_ms = now_ms;
        client->caller = caller_of(socket);
        client->number = ++server->serial * CONTROL_CLIENTS + (uint64_t)(client - server->clients);
    }
}

static struct client *client_of_socket(struct control_server *server, int socket)
{
    for (size_t i = 0; i < CONTROL_CLIENTS; i++)
        if (server->clients[i].state != CLIENT_NONE && server->clients[i].socket == socket)
            return &server->clients[i];
    return NULL;
}

void control_server_serve(struct control_server *server, const struct pollfd *fds, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct client *client = client_of_socket(server, fds[i].fd);
        if (client == NULL || fds[i].revents == 0)
            continue;
        if (wants_to_write(client))
            write_some(server, client);
        else if (wants_to_read(client))
            read_some(server, client);
    }
    for (size_t i = 0; i < count; i++)
        if (fds[i].fd == server->socket && fds[i].revents != 0)
            accept_some(server);
}

/* The first line of its buffer, parsed and taken out. NULL: none yet, or it was a bad one. */
static json_t *take_line(struct control_server *server, struct client *client)
{
    if (client->in.len == client->scanned)
        return NULL;
    uint8_t *end = memchr(client->in.data + client->scanned, '\n', client->in.len - client->scanned);
    if (end == NULL) {
        client->scanned = client->in.len;
        return NULL;
    }
    size_t len = (size_t)(end - client->in.data);
    json_error_t error;
    json_t *request = json_loadb((const char *)client->in.data, len, JSON_REJECT_DUPLICATES, &error);
    client->in.len -= len + 1;
    client->scanned = 0;
    memmove(client->in.data, end + 1, client->in.len);
    wipe(&client->in, client->in.len);
    if (json_is_object(request))
        return request;
    json_decref(request);
    send_off(server, client, "bad-request", "Demande illisible : un objet JSON par ligne. / Unreadable request: one JSON object a line.");
    return NULL;
}

int control_server_next(struct control_server *server, uint64_t *client, json_t **request)
{
    for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
        struct client *asker = &server->clients[(server->turn + i) % CONTROL_CLIENTS];
        if (asker->state != CLIENT_READING || wants_to_write(asker))
            continue;
        *request = take_line(server, asker);
        if (*request == NULL)
            continue;
        asker->state = CLIENT_ASKING;
        *client = asker->number;
        server->turn = (server->turn + i + 1) % CONTROL_CLIENTS;
        return 0;
    }
    return NAVETTE_E_NOT_FOUND;
}

uint64_t control_server_caller(const struct control_server *server, uint64_t client)
{
    const struct client *asker = &server->clients[client % CONTROL_CLIENTS];

    return asker->number == client ? asker->caller : 0;
}

void control_server_answer(struct control_server *server, uint64_t client, json_t *answer)
{
    struct client *asker = &server->clients[client % CONTROL_CLIENTS];
    if (asker->number == client && asker->state == CLIENT_ASKING) {
        asker->state = CLIENT_READING;
        queue_line(server, asker, answer);
        if (asker->state != CLIENT_NONE)
            write_some(server, asker);
    }
    json_decref(answer);
}

void control_server_tell(struct control_server *server, uint64_t client, struct span text)
{
    struct client *asker = &server->clients[client % CONTROL_CLIENTS];
    if (asker->number != client || asker->state != CLIENT_ASKING)
        return;
    asker->state = CLIENT_READING;
    queue_text(server, asker, (const char *)text.data, text.len);
    if (asker->state != CLIENT_NONE)
        write_some(server, asker);
}
