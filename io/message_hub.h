/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IO_MESSAGE_HUB_H
#define IO_MESSAGE_HUB_H

#include "io/message_texts.h"

/* The hub's section of the catalogue: codes that begin with "hub-". NULL when there is none. */
const struct message_entry *message_hub_find(const char *code);
/* Headings and words that only the hub's commands show. */
const struct message_label *message_hub_word(const char *word);

#endif
