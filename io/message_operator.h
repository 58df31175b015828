/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IO_MESSAGE_OPERATOR_H
#define IO_MESSAGE_OPERATOR_H

#include "io/message_texts.h"

/* The section of operators, badges and PINs. NULL when there is none. */
const struct message_entry *message_operator_find(const char *code);
const struct message_label *message_operator_word(const char *word);

#endif
