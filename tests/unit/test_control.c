/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control_server.c and control_client.c over a real socket; the server is driven by hand, as a daemon's loop does it.
 *
 * open: mode of the socket; a living daemon there; a stale socket; a file that is not a socket; a path too long; a group
 * requests: one; split at every byte; several in one write, answered in order, one at a time; from every place at once; one client too many
 * bad requests: malformed, not an object, a name twice, a NUL, not UTF-8; the limit of a line and one past it
 * clients: gone before the answer, in the middle of a line, while writing; answers to nobody; one that does not read holds nobody up
 * answers: as text; long ones; too long ones; memory of all together bounded
 * client: nobody there, no permission, no answer in time, daemon gone, answer that is no JSON; no descriptors left
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "navette/control.h"
#include "navette/system.h"

#define DEADLINE_MS 20000

struct fixture {
    char folder[64];
    char path[80];
    struct control_server *server;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    strcpy(fixture->folder, "/tmp/navette-test-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    snprintf(fixture->path, sizeof fixture->path, "%s/control", fixture->folder);
    assert_int_equal(control_server_open(fixture->path, &fixture->server), 0);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    control_server_close(fixture->server);
    assert_int_equal(access(fixture->path, F_OK), -1);
    assert_int_equal(rmdir(fixture->folder), 0);
    free(fixture);
    return 0;
}

/* One turn of the daemon's loop. */
static void turn(struct control_server *server, int timeout_ms)
{
    struct pollfd fds[CONTROL_POLL];
    size_t count = control_server_poll(server, fds, CONTROL_POLL);
    if (poll(fds, (nfds_t)count, timeout_ms) > 0)
        control_server_serve(server, fds, count);
}

static int next_request(struct control_server *server, uint64_t *client, json_t **request)
{
    int64_t deadline = system_monotonic_ms() + DEADLINE_MS;
    int rc;
    while ((rc = control_server_next(server, client, request)) == NAVETTE_E_NOT_FOUND && system_monotonic_ms() < deadline)
        turn(server, 100);
    return rc;
}

/* Everything that can be done now, and no request comes out of it. */
static void expect_no_request(struct control_server *server)
{
    uint64_t client;
    json_t *request;
    for (int i = 0; i < 5; i++)
        turn(server, 0);
    assert_int_equal(control_server_next(server, &client, &request), NAVETTE_E_NOT_FOUND);
}

static int dial(const struct fixture *fixture)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path, fixture->path);
    int peer = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(peer >= 0);
    assert_int_equal(connect(peer, (struct sockaddr *)&address, sizeof address), 0);
    return peer;
}

static void say(int peer, const char *text)
{
    assert_int_equal(send(peer, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* Reads a line while the server is served. Its length, or -1 when the connection ends before one is whole. */
static long hear(struct control_server *server, int peer, char *line, size_t size)
{
    size_t len = 0;
    int64_t deadline = system_monotonic_ms() + DEADLINE_MS;
    while (system_monotonic_ms() < deadline && len < size) {
        turn(server, 0);
        struct pollfd fd = {.fd = peer, .events = POLLIN};
        if (poll(&fd, 1, 20) != 1)
            continue;
        /* Only up to the end of the line: what follows is for who hears next. */
        ssize_t seen = recv(peer, line + len, size - len, MSG_PEEK);
        if (seen <= 0)
            return -1;
        char *end = memchr(line + len, '\n', (size_t)seen);
        size_t taken = end == NULL ? (size_t)seen : (size_t)(end - (line + len)) + 1;
        assert_int_equal(recv(peer, line + len, taken, 0), taken);
        len += taken;
        if (end != NULL) {
            *end = '\0';
            return (long)len - 1;
        }
    }
    fail();
    return -1;
}

static void expect_error_and_end(struct fixture *fixture, int peer, const char *error)
{
    char line[1024];
    assert_true(hear(fixture->server, peer, line, sizeof line) > 0);
    json_t *answer = json_loads(line, 0, NULL);
    assert_non_null(answer);
    assert_false(json_boolean_value(json_object_get(answer, "ok")));
    assert_string_equal(json_string_value(json_object_get(answer, "error")), error);
    assert_true(strlen(json_string_value(json_object_get(answer, "text"))) > 10);
    json_decref(answer);
    assert_int_equal(hear(fixture->server, peer, line, sizeof line), -1);
    close(peer);
}

static void test_control_server_open_mode(void **state)
{
    struct fixture *fixture = *state;
    struct stat status;
    assert_int_equal(stat(fixture->path, &status), 0);
    assert_true(S_ISSOCK(status.st_mode));
    assert_int_equal(status.st_mode & 0777, 0600);
    const struct group *own = getgrgid(getegid());
    if (own != NULL) {
        assert_int_equal(control_server_share(fixture->server, own->gr_name), 0);
        assert_int_equal(stat(fixture->path, &status), 0);
        assert_int_equal(status.st_mode & 0777, 0660);
    }
    assert_int_equal(control_server_share(fixture->server, "no-such-group-here"), NAVETTE_E_NOT_FOUND);
}

static void test_control_server_open_living_daemon(void **state)
{
    struct fixture *fixture = *state;
    struct control_server *second = NULL;
    assert_int_equal(control_server_open(fixture->path, &second), NAVETTE_E_BUSY);
    assert_null(second);
    assert_int_equal(access(fixture->path, F_OK), 0);
    turn(fixture->server, 0);
}

static void test_control_server_open_stale_socket(void **state)
{
    struct fixture *fixture = *state;
    struct control_server *server = NULL;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char path[100];
    snprintf(path, sizeof path, "%s/stale", fixture->folder);
    strcpy(address.sun_path, path);
    int left = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(left, (struct sockaddr *)&address, sizeof address), 0);
    close(left);
    assert_int_equal(control_server_open(path, &server), 0);
    control_server_close(server);
    control_server_close(NULL);
}

static void test_control_server_open_not_a_socket(void **state)
{
    struct fixture *fixture = *state;
    struct control_server *server = NULL;
    char path[100];
    snprintf(path, sizeof path, "%s/file", fixture->folder);
    int file = open(path, O_CREAT | O_WRONLY, 0600);
    assert_true(file >= 0);
    close(file);
    assert_int_equal(control_server_open(path, &server), NAVETTE_E_EXISTS);
    assert_int_equal(unlink(path), 0);
    char long_path[120];
    memset(long_path, 'x', sizeof long_path);
    long_path[108] = '\0';
    assert_int_equal(control_server_open(long_path, &server), NAVETTE_E_TOO_LARGE);
    struct control_client *client = NULL;
    assert_int_equal(control_client_open(long_path, &client), NAVETTE_E_TOO_LARGE);
    snprintf(path, sizeof path, "%s/no/control", fixture->folder);
    assert_int_equal(control_server_open(path, &server), NAVETTE_E_SYSTEM);
    assert_null(server);
}

static void test_control_server_next_one(void **state)
{
    struct fixture *fixture = *state;
    uint64_t client;
    json_t *request;
    char line[200];
    int peer = dial(fixture);
    say(peer, "{\"command\":\"status\",\"lang\":\"fr\"}\n");
    assert_int_equal(next_request(fixture->server, &client, &request), 0);
    assert_string_equal(json_string_value(json_object_get(request, "command")), "status");
    json_decref(request);
    control_server_answer(fixture->server, client, json_pack("{s:b,s:s}", "ok", 1, "name", "Médiathèque\nCentrale"));
    assert_true(hear(fixture->server, peer, line, sizeof line) > 0);
    assert_string_equal(line, "{\"ok\":true,\"name\":\"Médiathèque\\nCentrale\"}");
    close(peer);
}

/* An answer that is text already, one that the kernel does not take whole, and one to somebody who has gone. */
static void test_control_server_tell_text(void **state)
{
    struct fixture *fixture = *state;
    static const size_t sizes[] = {2, 1000, 600000};
    char *text = malloc(600001);
    char *line = malloc(600000 + 2);
    uint64_t client;
    json_t *request;
    int peer = dial(fixture);

    assert_non_null(text);
    assert_non_null(line);
    memset(text, '7', 600000);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct span answer = span_of(text, sizes[i]);

        say(peer, "{\"command\":\"stock\"}\n");
        assert_int_equal(next_request(fixture->server, &client, &request), 0);
        json_decref(request);
        control_server_tell(fixture->server, client, answer);
        control_server_tell(fixture->server, client, answer);
        assert_int_equal(hear(fixture->server, peer, line, 600000 + 2), sizes[i]);
        assert_memory_equal(line, text, sizes[i]);
    }
    close(peer);
    free(text);
    free(line);
}

static void test_control_server_next_split_at_every_byte(void **state)
{
    struct fixture *fixture = *state;
    static const char text[] = "{\"command\":\"scan\",\"code\":\"é0001\"}\n";
    uint64_t client;
    json_t *request;
    char line[200];
    int peer = dial(fixture);
    for (size_t cut = 1; cut < sizeof text - 1; cut++) {
        assert_int_equal(send(peer, text, cut, 0), cut);
        expect_no_request(fixture->server);
        assert_int_equal(send(peer, text + cut, sizeof text - 1 - cut, 0), sizeof text - 1 - cut);
        assert_int_equal(next_request(fixture->server, &client, &request), 0);
        assert_string_equal(json_string_value(json_object_get(request, "code")), "é0001");
        json_decref(request);
        control_server_answer(fixture->server, client, json_pack("{s:b}", "ok", 1));
        assert_true(hear(fixture->server, peer, line, sizeof line) > 0);
    }
    close(peer);
}

static void test_control_server_next_pipelined(void **state)
{
    struct fixture *fixture = *state;
    uint64_t client;
    uint64_t same = 0;
    json_t *request;
    char line[200];
    char expected[200];
    int peer = dial(fixture);
    say(peer, "{\"n\":0}\n{\"n\":1}\n{\"n\":2}\n");
    shutdown(peer, SHUT_WR);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(next_request(fixture->server, &client, &request), 0);
        assert_true(same == 0 || same == client);
        same = client;
        assert_int_equal(json_integer_value(json_object_get(request, "n")), i);
        json_t *other;
        uint64_t other_client;
        assert_int_equal(control_server_next(fixture->server, &other_client, &other), NAVETTE_E_NOT_FOUND);
        control_server_answer(fixture->server, client, request);
        assert_true(hear(fixture->server, peer, line, sizeof line) > 0);
        snprintf(expected, sizeof expected, "{\"n\":%d}", i);
        assert_string_equal(line, expected);
    }
    assert_int_equal(hear(fixture->server, peer, line, sizeof line), -1);
    close(peer);
}

static void test_control_server_every_place_and_one_more(void **state)
{
    struct fixture *fixture = *state;
    int peers[CONTROL_CLIENTS];
    int seen[CONTROL_CLIENTS] = {0};
    uint64_t clients[CONTROL_CLIENTS];
    json_t *request;
    char line[300];
    for (unsigned i = 0; i < CONTROL_CLIENTS; i++) {
        char text[50];
        peers[i] = dial(fixture);
        snprintf(text, sizeof text, "{\"n\":%u}\n", i);
        say(peers[i], text);
        turn(fixture->server, 0);
    }
    for (unsigned i = 0; i < CONTROL_CLIENTS; i++) {
        assert_int_equal(next_request(fixture->server, &clients[i], &request), 0);
        long n = (long)json_integer_value(json_object_get(request, "n"));
        seen[n]++;
        json_decref(request);
        json_t *answer = json_pack("{s:i}", "n", (int)n);
        if (i % 2 == 0) {
            control_server_answer(fixture->server, clients[i], answer);
            assert_true(hear(fixture->server, peers[n], line, sizeof line) > 0);
            assert_int_equal(strtol(line + 5, NULL, 10), n);
        } else {
            json_decref(answer);
        }
    }
    for (unsigned i = 0; i < CONTROL_CLIENTS; i++)
        assert_int_equal(seen[i], 1);
    int more = dial(fixture);
    assert_true(hear(fixture->server, more, line, sizeof line) > 0);
    assert_non_null(strstr(line, "\"busy\""));
    assert_int_equal(hear(fixture->server, more, line, sizeof line), -1);
    close(more);
    for (unsigned i = 0; i < CONTROL_CLIENTS; i++)
        close(peers[i]);
    /* Those that wait for an answer go when it is given; the places are free again. */
    for (unsigned i = 1; i < CONTROL_CLIENTS; i += 2)
        control_server_answer(fixture->server, clients[i], json_pack("{s:b}", "ok", 1));
    for (int i = 0; i < 3; i++)
        turn(fixture->server, 0);
    struct pollfd fds[CONTROL_POLL];
    assert_int_equal(control_server_poll(fixture->server, fds, CONTROL_POLL), 1);
}

static void test_control_server_bad_requests(void **state)
{
    struct fixture *fixture = *state;
    static const char *const bad[] = {"nonsense\n",        "\n", "{\n", "[1,2]\n", "12\n", "null\n", "{\"a\":1,\"a\":2}\n", "{\"a\":1} x\n",
                                      "{\"a\":\"\xff\"}\n"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int peer = dial(fixture);
        say(peer, bad[i]);
        expect_no_request(fixture->server);
        expect_error_and_end(fixture, peer, "bad-request");
    }
    int peer = dial(fixture);
    assert_int_equal(send(peer, "{\"a\":\0001}\n", 9, 0), 9);
    expect_no_request(fixture->server);
    expect_error_and_end(fixture, peer, "bad-request");
}

struct writer {
    int peer;
    char *text;
    size_t len;
};

static void *write_all(void *argument)
{
    struct writer *writer = argument;
    size_t at = 0;
    while (at < writer->len) {
        ssize_t done = send(writer->peer, writer->text + at, writer->len - at, MSG_NOSIGNAL);
        if (done < 0)
            break;
        at += (size_t)done;
    }
    return NULL;
}

/* A request whose line, without its newline, has `len` bytes. */
static char *long_request(size_t len)
{
    char *text = malloc(len + 2);
    assert_non_null(text);
    memset(text, 'x', len);
    memcpy(text, "{\"a\":\"", 6);
    memcpy(text + len - 2, "\"}\n", 4);
    return text;
}

static void test_control_server_line_limit(void **state)
{
    struct fixture *fixture = *state;
    uint64_t client;
    json_t *request;
    pthread_t thread;
    char line[200];
    struct writer writer = {.peer = dial(fixture), .text = long_request(CONTROL_LINE_BYTES), .len = CONTROL_LINE_BYTES + 1};
    assert_int_equal(pthread_create(&thread, NULL, write_all, &writer), 0);
    assert_int_equal(next_request(fixture->server, &client, &request), 0);
    assert_int_equal(json_string_length(json_object_get(request, "a")), CONTROL_LINE_BYTES - 8);
    control_server_answer(fixture->server, client, json_pack("{s:b}", "ok", 1));
    json_decref(request);
    assert_true(hear(fixture->server, writer.peer, line, sizeof line) > 0);
    pthread_join(thread, NULL);
    free(writer.text);

    writer.text = long_request(CONTROL_LINE_BYTES + 1);
    writer.len = CONTROL_LINE_BYTES + 2;
    assert_int_equal(pthread_create(&thread, NULL, write_all, &writer), 0);
    char answer[1024];
    assert_true(hear(fixture->server, writer.peer, answer, sizeof answer) > 0);
    assert_non_null(strstr(answer, "\"line-too-long\""));
    pthread_join(thread, NULL);
    expect_no_request(fixture->server);
    close(writer.peer);
    free(writer.text);
}

static void test_control_server_client_vanishes(void **state)
{
    struct fixture *fixture = *state;
    struct pollfd fds[CONTROL_POLL];
    uint64_t client;
    json_t *request;
    int peer = dial(fixture);
    say(peer, "{\"half\":");
    turn(fixture->server, 0);
    turn(fixture->server, 0);
    close(peer);
    expect_no_request(fixture->server);
    assert_int_equal(control_server_poll(fixture->server, fds, CONTROL_POLL), 1);

    peer = dial(fixture);
    say(peer, "{\"whole\":1}\n");
    assert_int_equal(next_request(fixture->server, &client, &request), 0);
    json_decref(request);
    close(peer);
    control_server_answer(fixture->server, client, json_pack("{s:b}", "ok", 1));
    assert_int_equal(control_server_poll(fixture->server, fds, CONTROL_POLL), 1);
    /* Answered once already, never there, zero. */
    control_server_answer(fixture->server, client, json_pack("{s:b}", "ok", 1));
    control_server_answer(fixture->server, UINT64_MAX, json_pack("{s:b}", "ok", 1));
    control_server_answer(fixture->server, 0, json_pack("{s:b}", "ok", 1));

    /* It asks, does not read, and goes while its answer is half written. */
    peer = dial(fixture);
    say(peer, "{\"whole\":1}\n");
    assert_int_equal(next_request(fixture->server, &client, &request), 0);
    json_decref(request);
    char *big = long_request(8u << 20);
    control_server_answer(fixture->server, client, json_loads(big, JSON_DISABLE_EOF_CHECK, NULL));
    free(big);
    assert_int_equal(control_server_poll(fixture->server, fds, CONTROL_POLL), 2);
    close(peer);
    turn(fixture->server, 1000);
    assert_int_equal(control_server_poll(fixture->server, fds, CONTROL_POLL), 1);
}

static void test_control_server_slow_reader_holds_nobody_up(void **state)
{
    struct fixture *fixture = *state;
    uint64_t client;
    json_t *request;
    char line[200];
    int slow = dial(fixture);
    say(slow, "{\"slow\":1}\n");
    assert_int_equal(next_request(fixture->server, &client, &request), 0);
    json_decref(request);
    char *big = long_request(8u << 20);
    control_server_answer(fixture->server, client, json_loads(big, JSON_DISABLE_EOF_CHECK, NULL));
    free(big);
    say(slow, "{\"slow\":2}\n");
    int64_t before = system_monotonic_ms();
    for (int i = 0; i < 50; i++) {
        int quick = dial(fixture);
        say(quick, "{\"quick\":1}\n");
        assert_int_equal(next_request(fixture->server, &client, &request), 0);
        assert_non_null(json_object_get(request, "quick"));
        json_decref(request);
        control_server_answer(fixture->server, client, json_pack("{s:b}", "ok", 1));
        assert_true(hear(fixture->server, quick, line, sizeof line) > 0);
        close(quick);
    }
    assert_true(system_monotonic_ms() - before < DEADLINE_MS);
    /* It reads at last: all of it comes, then its next request is looked at. */
    size_t total = 0;
    char *rest = malloc(1u << 20);
    assert_non_null(rest);
    while (total < (8u << 20) + 1) {
        turn(fixture->server, 0);
        ssize_t got = recv(slow, rest, 1u << 20, MSG_DONTWAIT);
        assert_true(got > 0 || (got < 0 && errno == EAGAIN));
        total += got > 0 ? (size_t)got : 0;
    }
    assert_int_equal(total, (8u << 20) + 1);
    free(rest);
    assert_int_equal(next_request(fixture->server, &client, &request), 0);
    assert_int_equal(json_integer_value(json_object_get(request, "slow")), 2);
    json_decref(request);
    control_server_answer(fixture->server, client, json_pack("{s:b}", "ok", 1));
    close(slow);
}

static void test_control_server_answer_too_long(void **state)
{
    struct fixture *fixture = *state;
    uint64_t client;
    json_t *request;
    char line[400];
    int peer = dial(fixture);
    say(peer, "{\"all\":1}\n");
    assert_int_equal(next_request(fixture->server, &client, &request), 0);
    json_decref(request);
    char *big = long_request(CONTROL_ANSWER_BYTES);
    control_server_answer(fixture->server, client, json_pack("{s:o}", "a", json_stringn_nocheck(big + 6, CONTROL_ANSWER_BYTES - 8)));
    free(big);
    assert_true(hear(fixture->server, peer, line, sizeof line) > 0);
    assert_non_null(strstr(line, "\"answer-too-long\""));
    close(peer);
}

static void test_control_server_memory_is_bounded(void **state)
{
    struct fixture *fixture = *state;
    uint64_t client;
    json_t *request;
    int peers[5];
    char *big = long_request(60u << 20);
    /* Nobody reads: 4 answers of 60 MiB fit in 256, the others end their connections. */
    for (size_t i = 0; i < 5; i++) {
        peers[i] = dial(fixture);
        say(peers[i], "{\"all\":1}\n");
        assert_int_equal(next_request(fixture->server, &client, &request), 0);
        json_decref(request);
        control_server_tell(fixture->server, client, span_of(big, 60u << 20));
        struct pollfd fds[CONTROL_POLL];
        assert_int_equal(control_server_poll(fixture->server, fds, CONTROL_POLL), 1 + (i < 4 ? i + 1 : 4));
    }
    free(big);
    for (size_t i = 0; i < 5; i++)
        close(peers[i]);
    for (int i = 0; i < 3; i++)
        turn(fixture->server, 0);
    struct pollfd fds[CONTROL_POLL];
    assert_int_equal(control_server_poll(fixture->server, fds, CONTROL_POLL), 1);
}

/* -- the client's side: the server runs on a thread and echoes */

struct daemon {
    struct control_server *server;
    int stop[2];
    pthread_t thread;
};

static void *serve(void *argument)
{
    struct daemon *daemon = argument;
    for (;;) {
        struct pollfd fds[CONTROL_POLL + 1];
        size_t count = control_server_poll(daemon->server, fds, CONTROL_POLL);
        fds[count] = (struct pollfd){.fd = daemon->stop[0], .events = POLLIN};
        poll(fds, (nfds_t)count + 1, -1);
        if (fds[count].revents != 0)
            return NULL;
        control_server_serve(daemon->server, fds, count);
        uint64_t client;
        json_t *request;
        while (control_server_next(daemon->server, &client, &request) == 0) {
            if (json_object_get(request, "silent") != NULL)
                json_decref(request);
            else
                control_server_answer(daemon->server, client, request);
        }
    }
}

static void start(struct daemon *daemon, struct control_server *server)
{
    daemon->server = server;
    assert_int_equal(pipe(daemon->stop), 0);
    assert_int_equal(pthread_create(&daemon->thread, NULL, serve, daemon), 0);
}

static void stop(struct daemon *daemon)
{
    assert_int_equal(write(daemon->stop[1], "x", 1), 1);
    pthread_join(daemon->thread, NULL);
    close(daemon->stop[0]);
    close(daemon->stop[1]);
}

static void test_control_client_ask_and_answer(void **state)
{
    struct fixture *fixture = *state;
    struct daemon daemon;
    struct control_client *client = NULL;
    json_t *answer = NULL;
    start(&daemon, fixture->server);
    assert_int_equal(control_client_open(fixture->path, &client), 0);
    for (size_t len = 8; len < CONTROL_LINE_BYTES; len = len * 7 + 1) {
        char *text = long_request(len);
        json_t *request = json_loads(text, 0, NULL);
        assert_int_equal(control_client_ask(client, request, DEADLINE_MS, &answer), 0);
        assert_true(json_equal(request, answer));
        json_decref(request);
        json_decref(answer);
        free(text);
    }
    char *text = long_request(CONTROL_LINE_BYTES + 1);
    json_t *request = json_loads(text, 0, NULL);
    assert_int_equal(control_client_ask(client, request, DEADLINE_MS, &answer), NAVETTE_E_TOO_LARGE);
    json_decref(request);
    free(text);
    control_client_close(client);
    control_client_close(NULL);
    stop(&daemon);
}

static void test_control_client_no_answer(void **state)
{
    struct fixture *fixture = *state;
    struct daemon daemon;
    struct control_client *client = NULL;
    json_t *answer = NULL;
    json_t *silent = json_pack("{s:b}", "silent", 1);
    start(&daemon, fixture->server);
    assert_int_equal(control_client_open(fixture->path, &client), 0);
    assert_int_equal(control_client_ask(client, silent, 50, &answer), NAVETTE_E_BUSY);
    assert_null(answer);
    control_client_close(client);
    assert_int_equal(control_client_open(fixture->path, &client), 0);
    stop(&daemon);
    control_server_close(fixture->server);
    fixture->server = NULL;
    assert_int_equal(control_client_ask(client, silent, -1, &answer), NAVETTE_E_CLOSED);
    assert_null(answer);
    control_client_close(client);
    assert_int_equal(control_client_open(fixture->path, &client), NAVETTE_E_NOT_FOUND);
    json_decref(silent);
}

static void test_control_client_answer_is_no_json(void **state)
{
    struct fixture *fixture = *state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct control_client *client = NULL;
    json_t *answer = NULL;
    char line[100];
    snprintf(address.sun_path, sizeof address.sun_path, "%s/other", fixture->folder);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(control_client_open(address.sun_path, &client), NAVETTE_E_NOT_FOUND);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(control_client_open(address.sun_path, &client), 0);
    int peer = accept(listener, NULL, NULL);
    say(peer, "220 mail.example.org ESMTP\n[1]\n");
    json_t *request = json_object();
    assert_int_equal(control_client_ask(client, request, DEADLINE_MS, &answer), NAVETTE_E_INVALID);
    assert_int_equal(control_client_ask(client, request, DEADLINE_MS, &answer), NAVETTE_E_INVALID);
    assert_null(answer);
    assert_int_equal(recv(peer, line, sizeof line, 0), 6);
    json_decref(request);
    close(peer);
    close(listener);
    unlink(address.sun_path);
    control_client_close(client);
}

static void test_control_server_no_descriptor_left(void **state)
{
    struct fixture *fixture = *state;
    struct rlimit before;
    struct rlimit few;
    char line[100];
    int peer = dial(fixture);
    int held[64];
    int count = 0;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    few = before;
    few.rlim_cur = 64;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    while (count < 64 && (held[count] = dup(peer)) >= 0)
        count++;
    /* The caller can't be let in; it is sent away, and is not announced for ever. */
    struct pollfd fds[CONTROL_POLL];
    turn(fixture->server, 1000);
    size_t polled = control_server_poll(fixture->server, fds, CONTROL_POLL);
    assert_int_equal(polled, 1);
    assert_int_equal(poll(fds, 1, 0), 0);
    while (count > 0)
        close(held[--count]);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(recv(peer, line, sizeof line, 0), 0);
    close(peer);
    peer = dial(fixture);
    say(peer, "{\"a\":1}\n");
    uint64_t client;
    json_t *request;
    assert_int_equal(next_request(fixture->server, &client, &request), 0);
    json_decref(request);
    close(peer);
}

int main(void)
{
    system_log_threshold(3);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_control_server_open_mode, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_control_server_open_living_daemon, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_control_server_open_stale_socket, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_control_server_open_not_a_socket, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_control_server_next_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_control_server_tell_text, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_control_server_next_split_at_every_byte, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_control_server_next_pipelined, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_control_server_every_place_and_one_more, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_control_server_bad_requests, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_control_server_line_limit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_control_server_client_vanishes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_control_server_slow_reader_holds_nobody_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_control_server_answer_too_long, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_control_server_memory_is_bounded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_control_client_ask_and_answer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_control_client_no_answer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_control_client_answer_is_no_json, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_control_server_no_descriptor_left, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("control", tests, NULL, NULL);
}
