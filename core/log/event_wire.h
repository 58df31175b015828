/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_EVENT_WIRE_H
#define LOG_EVENT_WIRE_H

#include <protobuf-c/protobuf-c.h>

#include "navette/span.h"

/*
 * Reads the raw bytes of a message beside its descriptor, and refuses what two readers of protobuf could take differently: a string with
 * a NUL inside (C cuts it there), a field that is not repeated given twice, two bodies in one oneof, a number wider than its field,
 * a field of another wire type than its own. Unknown fields are let through: a later version may have added them. 0 or NAVETTE_E_INVALID.
 */
int event_wire_check(const ProtobufCMessageDescriptor *descriptor, struct span bytes);

#endif
