/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli/orders_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "node/cli/import.h"

#define DEFAULT_PROFILE "syracuse-reservations"

static long read_some(void *context, void *out, size_t len)
{
    ssize_t got;

    do
        got = read(*(const int *)context, out, len);
    while (got < 0 && errno == EINTR);
    return (long)got;
}

/* What a row says in a column that is no field of an item. */
static const char *column(const struct import_item *item, const char *spec)
{
    for (size_t i = 0; spec[0] != '\0' && i < item->extra_count; i++)
        if (import_columns_is(spec, item->extra[i].key))
            return item->extra[i].value;
    return "";
}

/* "2020-06-04" as "200604"; 0: not a day. */
static int short_day(const char *day, char out[7])
{
    static const char form[] = "0000-00-00";

    for (size_t i = 0; i < sizeof form - 1; i++)
        if (form[i] == '-' ? day[i] != '-' : day[i] < '0' || day[i] > '9')
            return 0;
    (void)snprintf(out, 7, "%.2s%.2s%.2s", day + 2, day + 5, day + 8);
    return day[10] == '\0';
}

static int skip(struct orders_file *file, uint64_t line, const char *code, const char *a, const char *b)
{
    char number[24], text[512], next[512];
    json_t *row;

    (void)snprintf(number, sizeof number, "%llu", (unsigned long long)line);
    message_text(file->arguments->language, code, a, b, number, text, sizeof text);
    message_next(file->arguments->language, code, a, b, number, next, sizeof next);
    row =
        json_pack("{s:b, s:I, s:s, s:s, s:s, s:s}", "ok", 0, "line", (json_int_t)line, "error", code, "text", text, "next", next, "row", b);
    return json_array_append_new(file->skipped, row) == 0 ? 0 : EXIT_STORE;
}

static int is_taken(const struct orders_file *file, const json_t *ids, const char *id)
{
    (void)file;
    return json_object_get(ids, id) != NULL;
}

/* The id that this row has; the same one whenever this row comes. */
static int make_id(const struct orders_file *file, const struct import_item *item, const char *day, json_t *ids,
                   char out[LIMIT_THING_ID + 1])
{
    int len = snprintf(out, LIMIT_THING_ID + 1, "%s%s%s%s", file->profile.order_prefix, item->barcode, day[0] != '\0' ? "-" : "", day);

    if (len < 0 || (size_t)len + 5 > LIMIT_THING_ID)
        return 0;
    for (unsigned n = 2; is_taken(file, ids, out) && n < 1000; n++)
        (void)snprintf(out + len, LIMIT_THING_ID + 1 - (size_t)len, "-%u", n);
    return !is_taken(file, ids, out) && json_object_set_new(ids, out, json_true()) == 0;
}

static int take(struct orders_file *file, const struct import_item *item, json_t *ids)
{
    const struct import_profile *profile = &file->profile;
    const char *label = column(item, profile->order_pickup), *code = import_profile_place(profile, label);
    const char *day = column(item, profile->order_day);
    char id[LIMIT_THING_ID + 1], compact[7] = "";
    json_t *row;

    if (day[0] != '\0' && !short_day(day, compact))
        return skip(file, item->line, "orders-bad-day", day, item->barcode);
    if (profile->order_pickup[0] != '\0' && label[0] == '\0')
        return skip(file, item->line, "orders-no-pickup", profile->order_pickup, item->barcode);
    if (!make_id(file, item, compact, ids, id))
        return skip(file, item->line, "orders-no-id", item->barcode, item->barcode);
    row = json_pack("{s:I, s:s, s:[s], s:s, s:s, s:s, s:s, s:s, s:s}", "line", (json_int_t)item->line, "id", id, "items", item->barcode,
                    "pickup", code != NULL ? code : label, "channel", "portal", "card", column(item, profile->order_card), "name",
                    column(item, profile->order_name), "title", item->title, "file_state", column(item, profile->order_state));
    return row != NULL && json_array_append_new(file->rows, row) == 0 ? 0 : EXIT_STORE;
}

/* Notes on what was mended are the catalogue's business; what was left out is ours. */
static int take_note(struct orders_file *file, const struct import_note *note)
{
    char code[64], bytes[24];

    if (note->reason >= IMPORT_MENDED)
        return 0;
    (void)snprintf(code, sizeof code, "import-%s", import_reason_word(note->reason));
    (void)snprintf(bytes, sizeof bytes, "%llu", (unsigned long long)note->bytes);
    return skip(file, note->line, code, bytes, note->detail);
}

static int read_rows(struct orders_file *file, struct import *import)
{
    const struct import_item *item;
    const struct import_note *note = NULL;
    enum import_what what = IMPORT_A_NOTE;
    json_t *ids = json_object();
    int rc = 0, failed = 0;

    while (rc == 0 && failed == 0 && what != IMPORT_THE_END) {
        rc = import_next(import, &what, &item, &note);
        if (rc == 0 && what == IMPORT_AN_ITEM)
            failed = take(file, item, ids);
        else if (rc == 0 && what == IMPORT_A_NOTE)
            failed = take_note(file, note);
    }
    json_decref(ids);
    file->lines = (size_t)import_counts(import)->records;
    if (failed != 0 || rc == NAVETTE_E_MEMORY)
        return session_refuse_code(file->arguments, "no-memory", NULL, NULL);
    if (rc == NAVETTE_E_INVALID && note != NULL)
        return strcmp(note->detail, "UTF-16") == 0
                   ? session_refuse_code(file->arguments, "import-utf-16", file->arguments->words[0], NULL)
                   : session_refuse_code(file->arguments, "import-no-column", file->profile.barcode, note->detail);
    if (rc == 0 && file->lines == 0)
        return session_refuse_code(file->arguments, "orders-empty", file->arguments->words[0], NULL);
    return rc == 0 ? 0 : session_refuse_code(file->arguments, "import-cannot-open", file->arguments->words[0], strerror(errno));
}

int orders_file_read(const struct arguments *arguments, const char *path, struct orders_file *file)
{
    const char *name = arguments_text(arguments, "profile");
    struct import *import = NULL;
    int fd, rc;

    memset(file, 0, sizeof *file);
    file->arguments = arguments;
    file->rows = json_array();
    file->skipped = json_array();
    rc = import_profile_named(arguments, name[0] != '\0' ? name : DEFAULT_PROFILE, &file->profile);
    if (rc != 0)
        return rc;
    if (file->profile.form != IMPORT_CSV || file->profile.order_prefix[0] == '\0')
        return session_refuse_code(arguments, "orders-no-profile", file->profile.name, DEFAULT_PROFILE);
    fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return session_refuse_code(arguments, "import-cannot-open", path, strerror(errno));
    rc = import_open(&file->profile, read_some, &fd, &import);
    rc = rc == 0 ? read_rows(file, import) : session_refuse_code(arguments, "no-memory", NULL, NULL);
    import_close(import);
    if (fd > STDERR_FILENO)
        (void)close(fd);
    return rc;
}

void orders_file_free(struct orders_file *file)
{
    json_decref(file->rows);
    json_decref(file->skipped);
    import_profile_free(&file->profile);
}
