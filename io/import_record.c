/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "io/import_source.h"
#include "navette/error.h"

#define TAKEN_MAX 512u /* subfields of one item field; more are told as dropped */

static int is_plain(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] >= 0x80 || text.data[i] == 0x1b)
            return 0;
    return 1;
}

/* What the record says of itself: leader 9 of MARC 21, 100 $a 26-29 of UNIMARC. */
static enum import_encoding label_of(const struct import *import)
{
    const struct import_marc *marc = &import->marc;

    if (import->profile->form == IMPORT_MARC21)
        return marc->leader[9] == 'a' ? IMPORT_CP1252 : IMPORT_MARC8; /* one that says UTF-8 and is not */
    for (size_t i = 0; i < marc->field_count; i++) {
        const struct import_subfield *subfield = import_marc_subfield(marc, &marc->fields[i], 'a', 1);
        if (strcmp(marc->fields[i].tag, "100") == 0 && subfield != NULL && subfield->text.len >= 28)
            return memcmp(subfield->text.data + 26, "50", 2) == 0 ? IMPORT_CP1252 : IMPORT_ISO5426;
    }
    return IMPORT_ISO5426;
}

static int choose_encoding(struct import *import)
{
    struct import_marc *marc = &import->marc;
    size_t count = 0;
    int mixed = 0;

    if (import->text_room < marc->subfield_count) {
        struct span *bigger = realloc(import->texts, marc->subfield_room * sizeof *bigger);
        if (bigger == NULL)
            return NAVETTE_E_MEMORY;
        import->texts = bigger;
        import->text_room = marc->subfield_room;
    }
    for (size_t i = 0; i < marc->subfield_count; i++)
        if (!is_plain(marc->subfields[i].text))
            import->texts[count++] = marc->subfields[i].text;
    import->maker.encoding =
        import_encoding_choose(&import->maker.decoder, import->texts, count,
                               1u << IMPORT_ISO5426 | 1u << IMPORT_MARC8 | 1u << IMPORT_CP1252, label_of(import), &mixed);
    import->counts.encodings[import->maker.encoding]++;
    if (mixed)
        import_source_note(import, IMPORT_MIXED_ENCODINGS, 1, "");
    return 0;
}

/* What stands between two subfields: MARC 21 has its punctuation in the texts. */
static const char *joint(const struct import *import, const struct import_field *field, char code, int first)
{
    if (first)
        return "";
    if (import->profile->form == IMPORT_MARC21)
        return " ";
    if (field->tag[0] != '2')
        return strncmp(field->tag, "70", 2) == 0 ? ", " : ". ";
    return code == 'e' ? " : " : code == 'h' ? ". " : code == 'i' ? ", " : " ; ";
}

/* Punctuation that led to what was left out. */
static void trim(char *text, int name)
{
    size_t len = strlen(text);

    while (len > 0 && (strchr(" /:;=,", text[len - 1]) != NULL))
        len--;
    /* a name's full stop, unless it is an initial's */
    if (name && len > 3 && text[len - 1] == '.' && text[len - 2] != '.' && text[len - 3] != ' ' && text[len - 3] != '.')
        len--;
    text[len] = '\0';
}

/* One alternative of a setting as "200 a e": the first field of that tag with any of these subfields. 1: found. */
static int join_field(struct import *import, const char *spec, size_t len, char *out, size_t size)
{
    const struct import_marc *marc = &import->marc;
    char codes[64], part[LIMIT_TITLE + 1];
    size_t used = 0;

    if (len < 5 || len - 3 >= sizeof codes)
        return 0;
    memcpy(codes, spec + 3, len - 3);
    codes[len - 3] = '\0';
    for (size_t i = 0; i < marc->field_count && used == 0; i++) {
        const struct import_field *field = &marc->fields[i];
        if (strncmp(field->tag, spec, 3) != 0)
            continue;
        for (size_t j = 0; j < field->count; j++) {
            const struct import_subfield *subfield = &marc->subfields[field->first + j];
            if (subfield->code <= ' ' || strchr(codes, subfield->code) == NULL)
                continue;
            import_make_text(&import->maker, subfield->text, part, sizeof part, &import->maker.cut);
            if (part[0] == '\0')
                continue;
            const char *between = joint(import, field, subfield->code, used == 0);
            size_t room = size - 1 - used, wanted = strlen(between) + strlen(part);
            if (wanted > room) {
                import->maker.cut++;
                if (strlen(between) >= room)
                    break;
                part[import_clean_cut(part, strlen(part), room - strlen(between))] = '\0';
            }
            used += (size_t)snprintf(out + used, size - used, "%s%s", between, part);
        }
    }
    return used > 0;
}

static void join(struct import *import, const char *spec, char *out, size_t size, int name)
{
    out[0] = '\0';
    while (*spec != '\0') {
        size_t len;
        spec += strspn(spec, " |");
        len = strcspn(spec, "|");
        if (len > 0 && join_field(import, spec, len, out, size)) {
            trim(out, name);
            return;
        }
        spec += len;
    }
}

int import_record_begin(struct import *import)
{
    struct import_chunk *chunk = &import->chunk;
    struct import_marc *marc = &import->marc;
    int rc = import_iso2709_next(&import->iso2709, chunk);

    if (rc != 0)
        return rc;
    import->counts.records = chunk->record;
    import_make_begin(&import->maker);
    if (chunk->reason != IMPORT_FINE)
        import_source_note(import, chunk->reason, chunk->bytes, "");
    if (chunk->record_bytes.len == 0) {
        import->counts.unread += chunk->reason != IMPORT_GARBAGE;
        return 0;
    }
    rc = import_marc_read(marc, chunk->record_bytes);
    if (rc == NAVETTE_E_INVALID) {
        import->counts.unread++;
        import_source_note(import, IMPORT_BAD_DIRECTORY, chunk->bytes, "");
        return 0;
    }
    if (rc == 0)
        rc = choose_encoding(import);
    if (rc != 0)
        return rc;
    import->maker.cleaned.controls += (uint64_t)chunk->controls;
    import->control[0] = '\0';
    /* a 001 of broken subfields holds no text */
    if (marc->field_count > 0 && marc->fields[0].count > 0 && strcmp(marc->fields[0].tag, "001") == 0)
        import_make_text(&import->maker, marc->subfields[marc->fields[0].first].text, import->control, sizeof import->control, NULL);
    import->title[0] = '\0';
    import->in_record = 1;
    import->field = 0;
    import->position = 0;
    return 0;
}

/* Title and author are made for the first item: most records of a large file may have none. */
static void describe(struct import *import)
{
    if (import->position > 1)
        return;
    join(import, import->profile->title, import->title, sizeof import->title, 0);
    join(import, import->profile->author, import->author, sizeof import->author, 1);
}

/* The first subfield of an item field that a setting names: "p", "b2", "c a b". It is no longer among what is kept as extra when taken. */
static const struct import_subfield *pick(const struct import *import, const struct import_field *field, const char *spec, uint8_t *taken)
{
    for (const char *word = spec; *word != '\0'; word += strcspn(word, " ")) {
        const struct import_subfield *found;
        word += strspn(word, " ");
        if (*word == '\0')
            break;
        found = import_marc_subfield(&import->marc, field, word[0], word[1] >= '1' && word[1] <= '9' ? (unsigned)(word[1] - '0') : 1);
        if (found == NULL || found->text.len == 0)
            continue;
        size_t index = (size_t)(found - &import->marc.subfields[field->first]);
        if (taken != NULL && index < TAKEN_MAX)
            taken[index] = 1;
        return found;
    }
    return NULL;
}

static void pick_text(struct import *import, const struct import_field *field, const char *spec, uint8_t *taken, char *out, size_t size)
{
    const struct import_subfield *found = pick(import, field, spec, taken);

    import_make_text(&import->maker, found != NULL ? found->text : span_of("", 0), out, size, &import->maker.cut);
}

static void pick_material(struct import *import, const struct import_field *field, uint8_t *taken)
{
    const char *spec = import->profile->material;
    char code[IMPORT_SOURCE + 1] = "";

    if (strncmp(spec, "leader", 6) == 0 && spec[6] >= '5' && spec[6] <= '9') {
        char letter = import->marc.leader[spec[6] - '0'];
        if (letter > ' ' && letter < 0x7f)
            code[0] = letter, code[1] = '\0';
    } else {
        pick_text(import, field, spec, taken, code, sizeof code);
    }
    import_make_material(&import->maker, code);
}

static void keep_rest(struct import *import, const struct import_field *field, const uint8_t *taken)
{
    for (size_t i = 0; i < field->count; i++) {
        const struct import_subfield *subfield = &import->marc.subfields[field->first + i];
        char key[2] = {subfield->code, '\0'};
        if (i < TAKEN_MAX && taken[i])
            continue;
        if (i < TAKEN_MAX && subfield->code > ' ' && subfield->code < 0x7f)
            import_make_extra(&import->maker, key, subfield->text);
        else if (subfield->text.len > 0)
            import->maker.dropped++;
    }
}

static int make_item(struct import *import, const struct import_field *field)
{
    const struct import_profile *profile = import->profile;
    struct import_maker *maker = &import->maker;
    struct import_item *item = &maker->item;
    uint8_t taken[TAKEN_MAX] = {0};
    char number[LIMIT_THING_ID + 1];
    const struct import_subfield *barcode;
    enum import_reason reason;

    describe(import);
    import_make_item(maker);
    item->record = import->chunk.record;
    item->offset = import->chunk.offset;
    memcpy(item->title, import->title, sizeof item->title);
    memcpy(item->author, import->author, sizeof item->author);
    barcode = pick(import, field, profile->barcode, taken);
    reason = barcode != NULL ? import_make_barcode(maker, barcode->text) : IMPORT_NO_BARCODE;
    pick_text(import, field, profile->number, NULL, number, sizeof number);
    if (reason == IMPORT_NO_BARCODE && !profile->without_barcode_skip)
        reason = import_make_id(maker, number, import->control, import->position);
    pick_text(import, field, profile->home, taken, item->library, sizeof item->library);
    pick_text(import, field, profile->at, taken, item->library_now, sizeof item->library_now);
    pick_text(import, field, profile->call_number, taken, item->call_number, sizeof item->call_number);
    pick_material(import, field, taken);
    keep_rest(import, field, taken);
    if ((reason == IMPORT_FINE || reason == IMPORT_LABELLED) && import_make_places(maker) != IMPORT_FINE)
        reason = IMPORT_NO_LIBRARY;
    import_make_done(maker);
    if (reason != IMPORT_FINE)
        import_source_note(import, reason, 1, item->barcode[0] != '\0' ? item->barcode : item->title);
    return reason == IMPORT_FINE || reason == IMPORT_LABELLED;
}

int import_record_item(struct import *import)
{
    while (import->field < import->marc.field_count) {
        const struct import_field *field = &import->marc.fields[import->field++];
        if (strcmp(field->tag, import->profile->tag) != 0)
            continue;
        import->position++;
        import->counts.items++;
        return make_item(import, field);
    }
    import->counts.without_items += import->position == 0;
    import->in_record = 0;
    import_source_mended(import);
    return 0;
}
