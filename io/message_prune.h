/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IO_MESSAGE_PRUNE_H
#define IO_MESSAGE_PRUNE_H

#include "io/message_texts.h"

/* The section of what a node gave up and has back from the hub. NULL when there is none. */
const struct message_entry *message_prune_find(const char *code);

#endif
