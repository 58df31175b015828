/* SPDX-License-Identifier: Apache-2.0 */
#include "io/import_make.h"

#include <stdlib.h>
#include <string.h>

#include "io/import_compose.h"
#include "io/import_profile.h"
#include "navette/error.h"

int import_make_open(struct import_maker *maker, const struct import_profile *profile)
{
    memset(maker, 0, sizeof *maker);
    maker->profile = profile;
    return import_encoding_open(&maker->decoder);
}

void import_make_close(struct import_maker *maker)
{
    import_encoding_close(&maker->decoder);
    buffer_free(&maker->text);
}

void import_make_begin(struct import_maker *maker)
{
    memset(&maker->cleaned, 0, sizeof maker->cleaned);
    maker->cut = maker->dropped = 0;
}

void import_make_item(struct import_maker *maker)
{
    struct import_item *item = &maker->item;

    item->barcode[0] = item->title[0] = item->author[0] = item->call_number[0] = item->material[0] = '\0';
    item->home[0] = item->at[0] = item->library[0] = item->library_now[0] = '\0';
    item->extra_count = item->room_used = 0;
    item->labelled = 0;
    item->record = item->offset = item->line = 0;
}

/* Decoded and cleaned, in maker->text. */
static void clean(struct import_maker *maker, struct span text)
{
    uint64_t lost = 0;

    buffer_clear(&maker->text);
    if (text.len > 0 && import_encoding_decode(&maker->decoder, maker->encoding, text, &maker->text, &lost) != 0)
        maker->failed = 1;
    maker->cleaned.replaced += lost;
    import_clean(&maker->text, 0, &maker->cleaned);
}

void import_make_text(struct import_maker *maker, struct span text, char *out, size_t size, uint64_t *cut)
{
    uint64_t uncounted = 0;
    size_t len;

    cut = cut != NULL ? cut : &uncounted;
    clean(maker, text);
    len = import_clean_cut((const char *)maker->text.data, maker->text.len, size - 1);
    *cut += len < maker->text.len;
    if (len > 0)
        memcpy(out, maker->text.data, len);
    out[len] = '\0';
}

static int has_key(const struct import_item *item, const char *key)
{
    for (size_t i = 0; i < item->extra_count; i++)
        if (strcmp(item->extra[i].key, key) == 0)
            return 1;
    return 0;
}

void import_make_extra(struct import_maker *maker, const char *key, struct span text)
{
    struct import_item *item = &maker->item;
    char named[LIMIT_CODE + 1];
    size_t len;

    clean(maker, text);
    if (maker->text.len == 0)
        return;
    /* cut so that a number fits behind */
    len = import_clean_cut(key, strlen(key), LIMIT_CODE - 4);
    (void)snprintf(named, sizeof named, "%.*s", (int)len, key);
    for (unsigned n = 2; has_key(item, named) && n < 1000; n++)
        (void)snprintf(named, sizeof named, "%.*s.%u", (int)len, key, n);
    len = import_clean_cut((const char *)maker->text.data, maker->text.len, LIMIT_TITLE);
    /* one place stays free for the label's mark */
    if (item->extra_count >= IMPORT_EXTRA - 1 || item->room_used + strlen(named) + len + 1 > sizeof item->room || has_key(item, named)) {
        maker->dropped++;
        return;
    }
    maker->dropped += len < maker->text.len;
    struct import_extra *extra = &item->extra[item->extra_count++];
    memcpy(extra->key, named, sizeof named);
    extra->value = item->room + item->room_used;
    memcpy(extra->value, maker->text.data, len);
    extra->value[len] = '\0';
    item->room_used += len + 1 + strlen(named); /* names count too */
}

/* "2,06013E+13" */
static int is_rounded(const char *text)
{
    const char *p = text;
    int point = 0;

    while ((*p >= '0' && *p <= '9') || (!point && (*p == '.' || *p == ','))) {
        point |= *p < '0';
        p++;
    }
    return point && (*p == 'E' || *p == 'e') && p[1] == '+' && p[2] >= '0' && p[2] <= '9';
}

enum import_reason import_make_barcode(struct import_maker *maker, struct span text)
{
    struct import_item *item = &maker->item;
    char *from, *end;
    int opened, closed;

    clean(maker, text);
    if (buffer_append_u8(&maker->text, 0) != 0) {
        maker->failed = 1;
        return IMPORT_NO_BARCODE;
    }
    from = (char *)maker->text.data;
    end = from + strlen(from);
    while (*from == ' ')
        from++;
    while (end > from && end[-1] == ' ')
        *--end = '\0';
    opened = *from == '*';
    closed = end > from && end[-1] == '*';
    while (*from == '*' || *from == ' ')
        from++;
    while (end > from && (end[-1] == '*' || end[-1] == ' '))
        *--end = '\0';
    if (*from == '\0')
        return IMPORT_NO_BARCODE;
    (void)snprintf(item->barcode, sizeof item->barcode, "%.*s", (int)import_clean_cut(from, strlen(from), LIMIT_THING_ID), from);
    if (strlen(from) > LIMIT_THING_ID)
        return IMPORT_BARCODE_LONG;
    if (opened != closed)
        return IMPORT_BARCODE_CUT;
    return is_rounded(from) ? IMPORT_BARCODE_ROUNDED : IMPORT_FINE;
}

/* What a label's Code 128 and a keyboard have. */
static void put_id(char *out, const char *text)
{
    for (; *text != '\0'; text++)
        *out++ = (*text >= '0' && *text <= '9') || (*text >= 'A' && *text <= 'Z') || (*text >= 'a' && *text <= 'z') || *text == '.' ? *text
                                                                                                                                    : '-';
    *out = '\0';
}

enum import_reason import_make_id(struct import_maker *maker, const char *number, const char *record, unsigned position)
{
    struct import_item *item = &maker->item;
    const char *from = number[0] != '\0' ? number : record;
    uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a, for numbers that don't fit */
    char id[LIMIT_THING_ID + 1];

    if (from[0] == '\0')
        return IMPORT_NO_NUMBER;
    for (const char *p = from; *p != '\0'; p++)
        hash = (hash ^ (uint8_t)*p) * UINT64_C(1099511628211);
    if (strlen(from) < LIMIT_THING_ID - 20)
        put_id(id, from);
    else
        (void)snprintf(id, sizeof id, "h%016llx", (unsigned long long)hash);
    if (number[0] != '\0')
        (void)snprintf(item->barcode, sizeof item->barcode, "NAV-i%.50s", id);
    else
        (void)snprintf(item->barcode, sizeof item->barcode, "NAV-%.45s-%u", id, position);
    item->labelled = 1;
    return IMPORT_LABELLED;
}

static void place_of(struct import_maker *maker, int which, const char *from, char out[LIMIT_PLACE_CODE + 1])
{
    if (from[0] != '\0' && strcmp(maker->last_from[which], from) != 0) {
        const char *mapped = import_profile_look(&maker->profile->places, from);
        memcpy(maker->last_from[which], from, strlen(from) + 1);
        if (mapped != NULL)
            (void)snprintf(maker->last_to[which], LIMIT_PLACE_CODE + 1, "%s", mapped);
        else
            import_place_code(from, maker->last_to[which]);
    }
    (void)snprintf(out, LIMIT_PLACE_CODE + 1, "%s", from[0] != '\0' ? maker->last_to[which] : "");
}

enum import_reason import_make_places(struct import_maker *maker)
{
    struct import_item *item = &maker->item;

    place_of(maker, 0, item->library, item->home);
    place_of(maker, 1, item->library_now, item->at);
    if (item->home[0] == '\0')
        (void)snprintf(item->home, sizeof item->home, "%s", maker->profile->home_default);
    if (strcmp(item->at, item->home) == 0)
        item->at[0] = '\0';
    return item->home[0] != '\0' ? IMPORT_FINE : IMPORT_NO_LIBRARY;
}

void import_make_material(struct import_maker *maker, const char *code)
{
    const char *mapped = import_profile_look(&maker->profile->materials, code);
    size_t len;

    mapped = mapped != NULL ? mapped : code;
    len = import_clean_cut(mapped, strlen(mapped), LIMIT_MATERIAL);
    maker->cut += len < strlen(mapped);
    memcpy(maker->item.material, mapped, len);
    maker->item.material[len] = '\0';
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct import_extra *)a)->key, ((const struct import_extra *)b)->key);
}

void import_make_done(struct import_maker *maker)
{
    static char one[] = "1";
    struct import_item *item = &maker->item;

    if (item->labelled) {
        memcpy(item->extra[item->extra_count].key, IMPORT_LABEL_KEY, sizeof IMPORT_LABEL_KEY);
        item->extra[item->extra_count++].value = one;
    }
    qsort(item->extra, item->extra_count, sizeof item->extra[0], by_key);
}

void import_place_code(const char *text, char out[LIMIT_PLACE_CODE + 1])
{
    static const struct {
        uint32_t point;
        const char *letters;
    } others[] = {{0x152, "OE"}, {0x153, "OE"}, {0xc6, "AE"}, {0xe6, "AE"}, {0xdf, "SS"},
                  {0xd8, "O"},   {0xf8, "O"},   {0x141, "L"}, {0x142, "L"}};
    size_t used = 0, len = strlen(text), size;
    uint32_t point;

    for (size_t at = 0; at < len && used < LIMIT_PLACE_CODE; at += size) {
        char letter[2] = "-";
        const char *put = letter;
        size = import_encoding_read((const uint8_t *)text + at, len - at, &point);
        if (size == 0) {
            size = 1;
            point = '-';
        }
        point = import_compose_base(point);
        for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
            if (others[i].point == point)
                put = others[i].letters;
        if (point >= 'a' && point <= 'z')
            letter[0] = (char)(point - 'a' + 'A');
        else if ((point >= 'A' && point <= 'Z') || (point >= '0' && point <= '9') || point == '_')
            letter[0] = (char)point;
        for (; *put != '\0' && used < LIMIT_PLACE_CODE; put++)
            if (*put != '-' || (used > 0 && out[used - 1] != '-'))
                out[used++] = *put;
    }
    while (used > 0 && out[used - 1] == '-')
        used--;
    out[used] = '\0';
}
