/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IO_MESSAGE_TEXTS_H
#define IO_MESSAGE_TEXTS_H

/* The catalogue behind message.h. */
struct message_entry {
    const char *code;
    const char *fr, *fr_next;
    const char *en, *en_next;
};

struct message_label {
    const char *word;
    const char *fr, *en;
};

/* NULL when there is none. */
const struct message_entry *message_texts_find(const char *code);
const struct message_label *message_words_find(const char *word);

#endif
