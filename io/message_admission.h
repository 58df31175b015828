/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IO_MESSAGE_ADMISSION_H
#define IO_MESSAGE_ADMISSION_H

#include "io/message_texts.h"

/* The section of rights, refused events and operators. NULL when there is none. */
const struct message_entry *message_admission_find(const char *code);
const struct message_label *message_admission_word(const char *word);

#endif
