/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IO_MESSAGE_KEYS_H
#define IO_MESSAGE_KEYS_H

#include "io/message_texts.h"

/* The section of keys of what is sealed: erasure, recovery. NULL when there is none. */
const struct message_entry *message_keys_find(const char *code);
const struct message_label *message_keys_word(const char *word);

#endif
