/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IO_MESSAGE_STICK_H
#define IO_MESSAGE_STICK_H

#include "io/message_texts.h"

/* The section of sticks, at a node and at the hub. NULL when there is none. */
const struct message_entry *message_stick_find(const char *code);

#endif
