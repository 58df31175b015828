/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_IO_WIRE_ZAP_H
#define NAVETTE_IO_WIRE_ZAP_H

#include <stdint.h>

#include "navette/limits.h"

/*
 * ZAP (ZeroMQ RFC 27): libzmq asks at each handshake whether a CURVE key may come in; without a handler it lets everybody in. The handler is a thread of its own that
 * answers 200 or 400 from a table in memory, never 500; should it end while it is wanted, the process exits.
 */
struct wire_zap;

/* The handler answers when this returns: sockets may be bound. NAVETTE_E_MEMORY, NAVETTE_E_SYSTEM. */
int wire_zap_open(void *context, struct wire_zap **zap);
/* Only after zmq_ctx_shutdown() of its context, which wakes the thread. NULL is a no-op. */
void wire_zap_close(struct wire_zap *zap);
/* Before zmq_ctx_shutdown(): the thread's end is now expected. NULL is a no-op. */
void wire_zap_expect_end(struct wire_zap *zap);

int wire_zap_admit(struct wire_zap *zap, const uint8_t curve_key[KEY_SIZE]); /* known already: 0. NAVETTE_E_MEMORY, NAVETTE_E_TOO_LARGE */
void wire_zap_refuse(struct wire_zap *zap, const uint8_t curve_key[KEY_SIZE]);
int wire_zap_knows(struct wire_zap *zap, const uint8_t curve_key[KEY_SIZE]);
uint64_t wire_zap_refusals(const struct wire_zap *zap);

#endif
