/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IO_MESSAGE_REKEY_H
#define IO_MESSAGE_REKEY_H

#include "io/message_texts.h"

/* The section of the hub's own keys. NULL when there is none. */
const struct message_entry *message_rekey_find(const char *code);

#endif
