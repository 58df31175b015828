/* SPDX-License-Identifier: Apache-2.0 */
#include "io/wire_socket.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <zmq.h>

#include "navette/error.h"
#include "navette/system.h"

#define QUEUE_FRAMES 64
#define HANDSHAKE_MS 10000
#define HEARTBEAT_MS 25000
#define HEARTBEAT_TIMEOUT_MS 120000 /* 256 KiB, packed, take a minute at 8 kbit/s, and a heartbeat waits behind them */
#define BACKLOG_CONNECTIONS 4096
#define CURVE_OVERHEAD_BYTES                                                                                                               \
    64u /* MESSAGE command: name, nonce, authenticator, flags are 33 of them; the size checked is that of the command */

int wire_signal_open(struct wire_signal *signal, void *socket)
{
    int descriptor;
    size_t len = sizeof descriptor;
    signal->armed = 0;
    signal->poll = epoll_create1(EPOLL_CLOEXEC);
    signal->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct epoll_event wanted = {.events = EPOLLIN};
    if (signal->poll >= 0 && signal->event >= 0 && zmq_getsockopt(socket, ZMQ_FD, &descriptor, &len) == 0 &&
        epoll_ctl(signal->poll, EPOLL_CTL_ADD, descriptor, &wanted) == 0 &&
        epoll_ctl(signal->poll, EPOLL_CTL_ADD, signal->event, &wanted) == 0) {
        wire_signal_check(signal, socket);
        return 0;
    }
    system_log(2, "wire", NULL, "no descriptor to wait on: %s", zmq_strerror(errno));
    wire_signal_close(signal);
    return NAVETTE_E_SYSTEM;
}

void wire_signal_close(struct wire_signal *signal)
{
    if (signal->poll >= 0)
        close(signal->poll);
    if (signal->event >= 0)
        close(signal->event);
    signal->poll = -1;
    signal->event = -1;
    signal->armed = 0;
}

void wire_signal_check(struct wire_signal *signal, void *socket)
{
    int events = 0;
    size_t len = sizeof events;
    if (signal->armed || zmq_getsockopt(socket, ZMQ_EVENTS, &events, &len) != 0 || (events & ZMQ_POLLIN) == 0)
        return;
    uint64_t one = 1;
    signal->armed = write(signal->event, &one, sizeof one) == (ssize_t)sizeof one;
}

void wire_signal_idle(struct wire_signal *signal)
{
    uint64_t count;
    if (signal->armed && read(signal->event, &count, sizeof count) == (ssize_t)sizeof count)
        signal->armed = 0;
}

int wire_socket_set(void *socket, int option, int value)
{
    if (zmq_setsockopt(socket, option, &value, sizeof value) == 0)
        return 0;
    system_log(2, "wire", NULL, "socket option %d = %d: %s", option, value, zmq_strerror(zmq_errno()));
    return NAVETTE_E_SYSTEM;
}

int wire_socket_limit(void *socket, size_t frame_bytes)
{
    static const struct {
        int option;
        int value;
    } options[] = {
        {ZMQ_SNDHWM, QUEUE_FRAMES},
        {ZMQ_RCVHWM, QUEUE_FRAMES},
        {ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS},
        {ZMQ_HEARTBEAT_IVL, HEARTBEAT_MS},
        {ZMQ_HEARTBEAT_TIMEOUT, HEARTBEAT_TIMEOUT_MS},
        {ZMQ_HEARTBEAT_TTL, HEARTBEAT_TIMEOUT_MS},
        {ZMQ_IMMEDIATE, 1},
        {ZMQ_LINGER, 0},
        {ZMQ_BACKLOG, BACKLOG_CONNECTIONS},
        {ZMQ_IPV6, 1},
    };
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
        if (wire_socket_set(socket, options[i].option, options[i].value) != 0)
            return NAVETTE_E_SYSTEM;
    int64_t largest = (int64_t)(frame_bytes + CURVE_OVERHEAD_BYTES);
    if (zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &largest, sizeof largest) == 0)
        return 0;
    system_log(2, "wire", NULL, "message size: %s", zmq_strerror(zmq_errno()));
    return NAVETTE_E_SYSTEM;
}

int wire_socket_error(const char *what, const char *endpoint)
{
    int cause = zmq_errno();
    system_log(2, "wire", NULL, "%s %s: %s", what, endpoint, zmq_strerror(cause));
    switch (cause) {
    case EADDRINUSE:
        return NAVETTE_E_BUSY;
    case EACCES:
        return NAVETTE_E_REFUSED;
    case EINVAL:
    case EPROTONOSUPPORT:
    case ENOCOMPATPROTO:
    case EADDRNOTAVAIL:
    case ENODEV:
        return NAVETTE_E_INVALID;
    default:
        return NAVETTE_E_SYSTEM;
    }
}

/* libzmq takes "99999" and "7443x" for ports. */
static const char *port_of(const char *endpoint)
{
    const char *colon = strrchr(endpoint, ':');
    if (strncmp(endpoint, "tcp://", 6) != 0 || strlen(endpoint) >= WIRE_ENDPOINT_BYTES || colon <= endpoint + 6)
        return NULL;
    const char *port = colon + 1;
    if (strcmp(port, "*") == 0)
        return port;
    size_t digits = strspn(port, "0123456789");
    return digits > 0 && digits <= 5 && port[digits] == '\0' && strtoul(port, NULL, 10) <= 65535 ? port : NULL;
}

int wire_socket_check_endpoint(const char *endpoint)
{
    if (port_of(endpoint) != NULL)
        return 0;
    system_log(2, "wire", NULL, "%s: an endpoint is tcp://ADDRESS:PORT", endpoint);
    return NAVETTE_E_INVALID;
}

int wire_socket_bind(void *socket, const char *endpoint, char bound[WIRE_ENDPOINT_BYTES])
{
    static const char mapped[] = "tcp://[::ffff:";
    int rc = wire_socket_check_endpoint(endpoint);
    if (rc != 0)
        return rc;
    size_t port = (size_t)(port_of(endpoint) - endpoint);
    strcpy(bound, endpoint);
    if (strtoul(endpoint + port, NULL, 10) == 0)
        strcpy(bound + port, "*");
    if (zmq_bind(socket, bound) != 0)
        return wire_socket_error("bind", endpoint);
    size_t size = WIRE_ENDPOINT_BYTES;
    if (zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, bound, &size) != 0)
        return wire_socket_error("name", endpoint);
    char *bracket = strchr(bound, ']');
    if (strncmp(bound, mapped, sizeof mapped - 1) == 0 && bracket != NULL && strchr(bound, '.') != NULL) {
        char *address = bound + sizeof mapped - 1;
        memmove(bracket, bracket + 1, strlen(bracket));
        memmove(bound + 6, address, strlen(address) + 1);
    }
    return 0;
}
