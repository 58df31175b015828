/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_MESSAGE_H
#define NAVETTE_MESSAGE_H

#include <stddef.h>

/*
 * What a person reads, in French and English. Each message has a stable code ("unknown-barcode", also the JSON error), a text, and a "next" that says what to do. French unless
 * the language asked for is "en". The catalogue is one table in io/message.c: code, French text, French next, English text, English next; placeholders are {1} {2} {3}; {1#} writes a count as
 * message_number() does, {1|ligne|lignes} takes the form that the count wants.
 */
enum message_language { MESSAGE_FR, MESSAGE_EN };

/* From --lang, NAVETTE_LANG, then LC_ALL / LC_MESSAGES / LANG: "en..." gives English, all else French. */
enum message_language message_language_of(const char *name);
enum message_language message_language_of_environment(void);

/* Fill out (always NUL-terminated). An unknown code gives the code itself. Unused arguments are NULL. */
void message_text(enum message_language language, const char *code, const char *a, const char *b, const char *c, char *out, size_t size);
void message_next(enum message_language language, const char *code, const char *a, const char *b, const char *c, char *out, size_t size);

/* Counts as people write them: "12 345" with narrow spaces in French, "12,345" in English; with one decimal "3,4", "3.4". Return out. */
#define MESSAGE_NUMBER_SIZE 48u
const char *message_number(enum message_language language, long long count, char out[MESSAGE_NUMBER_SIZE]);
const char *message_decimal(enum message_language language, double value, char out[MESSAGE_NUMBER_SIZE]);

/* A word or label of a table: "shelf" -> "en rayon". Unknown: itself. Static. */
const char *message_word(enum message_language language, const char *word);
/* An event as a step of a history; `inside`: of a bag's or a crate's history, which something went into or came out of. Static. */
const char *message_event(enum message_language language, const char *event, int inside);
/* Whether a person expects such an event to follow from an earlier one: a reception does; a bag's first dispatch, or what a relay collects, does not. */
int message_event_is_awaited(const char *event);

#endif
