/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IO_MESSAGE_HANDOVER_H
#define IO_MESSAGE_HANDOVER_H

#include "io/message_texts.h"

/* What is said of hand-overs and proposals, at nodes and at the hub. NULL: not here. */
const struct message_entry *message_handover_find(const char *code);
const struct message_label *message_handover_word(const char *word);

#endif
