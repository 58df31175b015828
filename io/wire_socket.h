/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_IO_WIRE_SOCKET_H
#define NAVETTE_IO_WIRE_SOCKET_H

#include <stddef.h>

/* What the hub's, the node's and the enrolment sockets share: options, and a descriptor that can be trusted. */

/*
 * ZeroMQ's descriptor tells of changes, not of messages: whoever stops receiving before EAGAIN, or sends, can miss the next message for ever. This one
 * stays readable until wire_signal_idle() says that everything was received.
 */
struct wire_signal {
    int poll;  /* epoll of the two below: what poll() is given */
    int event; /* readable while armed */
    int armed;
};

int wire_signal_open(struct wire_signal *signal, void *socket); /* NAVETTE_E_SYSTEM */
void wire_signal_close(struct wire_signal *signal);
void wire_signal_check(struct wire_signal *signal,
                       void *socket);              /* after anything but a receive that found nothing: arms it when messages wait */
void wire_signal_idle(struct wire_signal *signal); /* a receive found nothing */

/* Queue lengths, message size, intervals: every TCP socket of ours. frame_bytes: the largest message taken. */
int wire_socket_limit(void *socket, size_t frame_bytes);
int wire_socket_set(void *socket, int option, int value); /* 0 or NAVETTE_E_SYSTEM, logged */
/*
 * Binds to "tcp://ADDRESS:PORT" (port 0 or *: any) and names what it got, IPv4 addresses as such. NAVETTE_E_INVALID: not of that form. NAVETTE_E_BUSY: in use.
 * NAVETTE_E_REFUSED: a port for root.
 */
#define WIRE_ENDPOINT_BYTES 256u
int wire_socket_bind(void *socket, const char *endpoint, char bound[WIRE_ENDPOINT_BYTES]);
int wire_socket_check_endpoint(const char *endpoint); /* 0 or NAVETTE_E_INVALID, logged */
/* A code of error.h for zmq_errno() after a bind or a connect, logged. */
int wire_socket_error(const char *what, const char *endpoint);

#endif
