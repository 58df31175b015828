/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IO_MESSAGE_IMPORT_H
#define IO_MESSAGE_IMPORT_H

#include "io/message_texts.h"

/* The import's section of the catalogue: codes that begin with "import-", and words that only its report shows. NULL when there is none. */
const struct message_entry *message_import_find(const char *code);
const struct message_label *message_import_word(const char *word);

#endif
