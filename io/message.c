/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/message_texts.h"
#include "navette/span.h"

enum message_language message_language_of(const char *name)
{
    return name != NULL && (name[0] == 'e' || name[0] == 'E') && (name[1] == 'n' || name[1] == 'N') ? MESSAGE_EN : MESSAGE_FR;
}

enum message_language message_language_of_environment(void)
{
    static const char *const names[] = {"NAVETTE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && value[0] != '\0')
            return message_language_of(value);
    }
    return MESSAGE_FR;
}

static void append(char *out, size_t size, size_t *used, const char *text, size_t len)
{
    for (size_t i = 0; i < len && *used + 1 < size; i++)
        out[(*used)++] = text[i];
}

/* Never cuts a character: a text that does not fit ends before the one that is broken. */
static void finish(char *out, size_t used)
{
    size_t start = used;

    while (start > 0 && ((unsigned char)out[start - 1] & 0xC0u) == 0x80u)
        start--;
    if (start > 0 && start < used + 1 && ((unsigned char)out[start - 1] & 0x80u) != 0) {
        unsigned char lead = (unsigned char)out[start - 1];
        size_t need = lead >= 0xF0u ? 4 : lead >= 0xE0u ? 3 : 2;
        if (used - (start - 1) < need)
            used = start - 1;
    }
    out[used] = '\0';
}

/* Does a count want the singular? In French 0 does too. */
static int is_one(enum message_language language, long long count)
{
    return count == 1 || count == -1 || (count == 0 && language == MESSAGE_FR);
}

const char *message_number(enum message_language language, long long count, char out[MESSAGE_NUMBER_SIZE])
{
    const char *separator = language == MESSAGE_EN ? "," : "\u202f"; /* narrow, and no line is broken there */
    char digits[24];
    size_t used = 0, len;

    (void)snprintf(digits, sizeof digits, "%lld", count);
    len = strlen(digits);
    for (size_t i = 0; i < len; i++) {
        if (i > 0 && digits[i - 1] != '-' && (len - i) % 3 == 0)
            append(out, MESSAGE_NUMBER_SIZE, &used, separator, strlen(separator));
        append(out, MESSAGE_NUMBER_SIZE, &used, digits + i, 1);
    }
    out[used] = '\0';
    return out;
}

const char *message_decimal(enum message_language language, double value, char out[MESSAGE_NUMBER_SIZE])
{
    long long tenths = (long long)(value * 10.0 + (value < 0 ? -0.5 : 0.5));
    long long rest = tenths < 0 ? -(tenths % 10) : tenths % 10;
    char whole[MESSAGE_NUMBER_SIZE];

    (void)snprintf(out, MESSAGE_NUMBER_SIZE, "%s%.34s%c%lld", tenths < 0 && tenths > -10 ? "-" : "",
                   message_number(language, tenths / 10, whole), language == MESSAGE_EN ? '.' : ',', rest);
    return out;
}

/* What stands for "{1}", "{1#}" or "{1|one|many}" at p; *len: of the placeholder, 0 when it is none. Borrows the text or `number`. */
static struct span placeholder(enum message_language language, const char *p, const char *const arguments[3],
                               char number[MESSAGE_NUMBER_SIZE], size_t *len)
{
    const char *value, *end, *middle;

    *len = 0;
    if (p[0] != '{' || p[1] < '1' || p[1] > '3' || strchr("}#|", p[2]) == NULL || (end = strchr(p, '}')) == NULL)
        return span_of(NULL, 0);
    value = arguments[p[1] - '1'] != NULL ? arguments[p[1] - '1'] : "";
    middle = memchr(p + 3, '|', (size_t)(end - p) - 2);
    if (p[2] == '}' || (p[2] == '#' && p + 3 == end && value[0] == '\0')) {
        *len = (size_t)(end - p) + 1;
        return span_of_string(value);
    }
    if (p[2] == '#' && p + 3 == end) {
        *len = (size_t)(end - p) + 1;
        return span_of_string(message_number(language, strtoll(value, NULL, 10), number));
    }
    if (p[2] != '|' || middle == NULL)
        return span_of(NULL, 0);
    *len = (size_t)(end - p) + 1;
    return is_one(language, strtoll(value, NULL, 10)) ? span_of(p + 3, (size_t)(middle - p) - 3)
                                                      : span_of(middle + 1, (size_t)(end - middle) - 1);
}

static void expand(enum message_language language, const char *text, const char *const arguments[3], char *out, size_t size)
{
    size_t used = 0;

    if (size == 0)
        return;
    for (const char *p = text; *p != '\0';) {
        char number[MESSAGE_NUMBER_SIZE];
        size_t len;
        struct span value = placeholder(language, p, arguments, number, &len);

        if (len > 0)
            append(out, size, &used, (const char *)value.data, value.len);
        else
            append(out, size, &used, p, 1);
        p += len > 0 ? len : 1;
    }
    finish(out, used);
}

void message_text(enum message_language language, const char *code, const char *a, const char *b, const char *c, char *out, size_t size)
{
    const struct message_entry *entry = message_texts_find(code);
    const char *const arguments[3] = {a, b, c};
    expand(language, entry == NULL ? code : language == MESSAGE_EN ? entry->en : entry->fr, arguments, out, size);
}

void message_next(enum message_language language, const char *code, const char *a, const char *b, const char *c, char *out, size_t size)
{
    const struct message_entry *entry = message_texts_find(code);
    const char *const arguments[3] = {a, b, c};
    expand(language, entry == NULL ? "" : language == MESSAGE_EN ? entry->en_next : entry->fr_next, arguments, out, size);
}

const char *message_word(enum message_language language, const char *word)
{
    const struct message_label *label = message_words_find(word);
    if (label == NULL)
        return word;
    return language == MESSAGE_EN ? label->en : label->fr;
}

const char *message_event(enum message_language language, const char *event, int inside)
{
    int in = strcmp(event, "item-packed") == 0 || strcmp(event, "crate-loaded") == 0;
    int out = strcmp(event, "item-unpacked") == 0 || strcmp(event, "crate-unloaded") == 0;

    return message_word(language, inside && in ? "put-inside" : inside && out ? "taken-out" : event);
}

int message_event_is_awaited(const char *event)
{
    static const char *const awaited[] = {"received",        "seen-on-reception", "refused",        "transit-cancelled", "delivered",
                                          "delivery-failed", "item-unpacked",     "crate-unloaded", "bag-opened"};

    for (size_t i = 0; i < sizeof awaited / sizeof awaited[0]; i++)
        if (strcmp(event, awaited[i]) == 0)
            return 1;
    return 0;
}
