/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IO_MESSAGE_COMPARE_H
#define IO_MESSAGE_COMPARE_H

#include "io/message_texts.h"

/* The section of comparisons and damage. NULL when there is none. */
const struct message_entry *message_compare_find(const char *code);

#endif
