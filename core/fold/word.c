/* SPDX-License-Identifier: Apache-2.0 */
#include "fold/word.h"

#include <stdlib.h>
#include <string.h>

#include "fold/letter.h"
#include "navette/error.h"

struct word_reader word_reader_of(struct span text)
{
    return (struct word_reader){.left = text};
}

/* 0: it has no room, and is left out whole: a word is never cut inside a letter. */
static int take(struct word_reader *reader, const uint8_t *letter, size_t len)
{
    if (reader->len + len > WORD_BYTES)
        return 0;
    memcpy(reader->word + reader->len, letter, len);
    reader->len += len;
    return 1;
}

int word_read(struct word_reader *reader)
{
    int is_cut = 0;

    reader->len = 0;
    if (reader->next_len > 0) {
        (void)take(reader, reader->next, reader->next_len);
        reader->next_len = 0;
        return 1;
    }
    while (reader->left.len > 0) {
        uint8_t letter[LETTER_BYTES];
        size_t len;
        enum letter what = letter_take(&reader->left, letter, &len);

        if (what == LETTER_PART && !is_cut)
            is_cut = !take(reader, letter, len);
        if (what == LETTER_WHOLE && reader->len > 0) {
            memcpy(reader->next, letter, len);
            reader->next_len = len;
            return 1;
        }
        if (what == LETTER_WHOLE)
            (void)take(reader, letter, len);
        if (what == LETTER_WHOLE || (what == LETTER_BREAK && reader->len > 0))
            break;
    }
    return reader->len > 0;
}

size_t word_plain(struct span text, uint8_t *out, size_t size)
{
    struct word_reader reader = word_reader_of(text);
    size_t used = 0;

    while (word_read(&reader)) {
        size_t len = reader.len;

        if (used > 0 && used < size)
            out[used++] = ' ';
        if (len > size - used)
            len = size - used;
        memcpy(out + used, reader.word, len);
        used += len;
        if (used == size)
            break;
    }
    return used;
}

void word_list_init(struct word_list *list)
{
    memset(list, 0, sizeof(*list));
}

void word_list_free(struct word_list *list)
{
    buffer_free(&list->letters);
    free(list->words);
    word_list_init(list);
}

int word_list_add(struct word_list *list, struct span word, uint8_t fields)
{
    size_t at = list->letters.len;
    int rc;

    if (list->count == list->capacity) {
        size_t capacity = list->capacity == 0 ? 32 : list->capacity * 2;
        struct word *grown = realloc(list->words, capacity * sizeof(*grown));

        if (grown == NULL)
            return NAVETTE_E_MEMORY;
        list->words = grown;
        list->capacity = capacity;
    }
    rc = buffer_append(&list->letters, word.data, word.len);
    if (rc == 0)
        list->words[list->count++] = (struct word){.at = at, .len = (uint8_t)word.len, .fields = fields};
    return rc;
}

int word_list_add_text(struct word_list *list, struct span text, uint8_t fields)
{
    struct word_reader reader = word_reader_of(text);
    int rc = 0;

    while (rc == 0 && word_read(&reader))
        rc = word_list_add(list, span_of(reader.word, reader.len), fields);
    return rc;
}

struct span word_at(const struct word_list *list, size_t index)
{
    return span_of(list->letters.data + list->words[index].at, list->words[index].len);
}

/* A label has a dozen words, and a text of a thousand letters not many more than a hundred: insertion does. */
void word_list_sort(struct word_list *list)
{
    size_t kept = 0;

    for (size_t i = 0; i < list->count; i++) {
        struct word word = list->words[i];
        struct span text = word_at(list, i);
        size_t place = kept;
        int order = 1;

        while (place > 0 && (order = span_compare(text, word_at(list, place - 1))) < 0)
            place--;
        if (place > 0 && order == 0) {
            list->words[place - 1].fields |= word.fields;
            continue;
        }
        memmove(list->words + place + 1, list->words + place, (kept - place) * sizeof(word));
        list->words[place] = word;
        kept++;
    }
    list->count = kept;
}
