/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IO_MESSAGE_VIEW_H
#define IO_MESSAGE_VIEW_H

#include "io/message_texts.h"

/* What is said of views: of their moment, and of why a figure is what it is, at nodes and at the hub. NULL: not here. */
const struct message_entry *message_view_find(const char *code);
const struct message_label *message_view_word(const char *word);

#endif
