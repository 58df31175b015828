/* SPDX-License-Identifier: Apache-2.0 */
#include "io/import_marc.h"

#include <stdlib.h>
#include <string.h>

#include "navette/error.h"

/* libyaz writes "TAG ind", then each subfield, then the end: with the separators of ISO 2709 itself, which no text holds. */
#define SUBFIELD "\x1f"
#define FIELD_END "\x1e"

int import_marc_open(struct import_marc *marc)
{
    memset(marc, 0, sizeof *marc);
    marc->yaz = yaz_marc_create();
    marc->text = wrbuf_alloc();
    if (marc->yaz == NULL || marc->text == NULL)
        return NAVETTE_E_MEMORY;
    yaz_marc_subfield_str(marc->yaz, SUBFIELD);
    yaz_marc_endline_str(marc->yaz, FIELD_END);
    return 0;
}

void import_marc_close(struct import_marc *marc)
{
    if (marc->yaz != NULL)
        yaz_marc_destroy(marc->yaz);
    if (marc->text != NULL)
        wrbuf_destroy(marc->text);
    free(marc->fields);
    free(marc->subfields);
    buffer_free(&marc->plain);
    memset(marc, 0, sizeof *marc);
}

static int grow(void **list, size_t *room, size_t count, size_t size)
{
    size_t more = *room == 0 ? 256 : *room * 2;
    void *bigger;

    if (count < *room)
        return 0;
    bigger = realloc(*list, more * size);
    if (bigger == NULL)
        return NAVETTE_E_MEMORY;
    *list = bigger;
    *room = more;
    return 0;
}

static int add_subfield(struct import_marc *marc, char code, const char *text, size_t len)
{
    void *list = marc->subfields;
    int rc = grow(&list, &marc->subfield_room, marc->subfield_count, sizeof *marc->subfields);

    marc->subfields = list;
    if (rc == 0)
        marc->subfields[marc->subfield_count++] = (struct import_subfield){.code = code, .text = span_of(text, len)};
    return rc;
}

/* "245 10" and what follows up to `end`: control fields have no indicators and no subfields. */
static int add_field(struct import_marc *marc, const char *line, const char *end)
{
    void *list = marc->fields;
    const char *at = memchr(line, SUBFIELD[0], (size_t)(end - line));
    int rc = grow(&list, &marc->field_room, marc->field_count, sizeof *marc->fields);

    marc->fields = list;
    if (rc != 0)
        return rc;
    if (end - line < 4)
        return 0;
    struct import_field *field = &marc->fields[marc->field_count++];
    memcpy(field->tag, line, 3);
    field->tag[3] = '\0';
    field->first = marc->subfield_count;
    if (at == NULL)
        rc = add_subfield(marc, '\0', line + 4, (size_t)(end - line) - 4);
    while (at != NULL && rc == 0) {
        const char *next = memchr(at + 1, SUBFIELD[0], (size_t)(end - at) - 1);
        const char *stop = next != NULL ? next : end;
        const char *text = memchr(at + 1, ' ', (size_t)(stop - at) - 1); /* a code in UTF-8 may have more bytes than one */
        if (text != NULL && text > at + 1)
            rc = add_subfield(marc, at[1], text + 1, (size_t)(stop - text) - 1);
        at = next;
    }
    field->count = marc->subfield_count - field->first;
    return rc;
}

/*
 * Two indicators, codes of two, directory entries of 3 + 4 + 5: MARC 21 and UNIMARC have no others, and the directory was read so. libyaz believes the leader, and
 * reads past a short subfield whose code is said to be longer (5.34).
 */
static int make_plain(struct import_marc *marc, struct span *record)
{
    static const char lengths[] = "22", map[] = "450";
    int rc;

    if (memcmp(record->data + 10, lengths, 2) == 0 && memcmp(record->data + 20, map, 3) == 0)
        return 0;
    marc->plain.len = 0;
    rc = buffer_append(&marc->plain, record->data, record->len);
    if (rc != 0)
        return rc;
    memcpy(marc->plain.data + 10, lengths, 2);
    memcpy(marc->plain.data + 20, map, 3);
    *record = buffer_span(&marc->plain);
    return 0;
}

int import_marc_read(struct import_marc *marc, struct span record)
{
    const char *line, *end, *stop;
    int rc = 0;

    marc->field_count = marc->subfield_count = 0;
    wrbuf_rewind(marc->text);
    if (record.len < sizeof marc->leader)
        return NAVETTE_E_INVALID;
    memcpy(marc->leader, record.data, sizeof marc->leader);
    rc = make_plain(marc, &record);
    if (rc != 0)
        return rc;
    if (yaz_marc_read_iso2709(marc->yaz, (const char *)record.data, (int)record.len) <= 0 ||
        yaz_marc_write_line(marc->yaz, marc->text) != 0)
        return NAVETTE_E_INVALID;
    line = wrbuf_buf(marc->text);
    stop = line + wrbuf_len(marc->text);
    /* libyaz's first line is the leader */
    end = memchr(line, '\n', (size_t)(stop - line));
    line = end != NULL ? end + 1 : stop;
    while (rc == 0 && line < stop && (end = memchr(line, FIELD_END[0], (size_t)(stop - line))) != NULL) {
        rc = line[0] == '(' ? 0 : add_field(marc, line, end); /* a remark of libyaz's own */
        line = end + 1;
    }
    return rc;
}

const struct import_subfield *import_marc_subfield(const struct import_marc *marc, const struct import_field *field, char code, unsigned n)
{
    for (size_t i = 0; i < field->count; i++) {
        const struct import_subfield *subfield = &marc->subfields[field->first + i];
        if (subfield->code == code && --n == 0)
            return subfield;
    }
    return NULL;
}
