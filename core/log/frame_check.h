/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_FRAME_CHECK_H
#define LOG_FRAME_CHECK_H

#include "navette/frame.h"

/* Field sizes that are part of the format, for an unpacked message of `type`. 0 or NAVETTE_E_INVALID. */
int frame_check(enum frame_type type, const ProtobufCMessage *message);

#endif
