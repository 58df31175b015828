/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IO_MESSAGE_LENDING_H
#define IO_MESSAGE_LENDING_H

#include "io/message_texts.h"

/* The section of orders, pick lists, and loans and returns for a library system. NULL when there is none. */
const struct message_entry *message_lending_find(const char *code);
const struct message_label *message_lending_word(const char *word);

#endif
