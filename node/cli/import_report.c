/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli/import_report.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "navette/system.h"

#define TEXT_SIZE 1024u
#define PROGRESS_MS 500

void import_report_open(struct import_report *report, const struct arguments *arguments)
{
    memset(report, 0, sizeof *report);
    report->arguments = arguments;
    report->quiet = json_is_true(json_object_get(arguments->options, "quiet"));
    report->watched = isatty(STDERR_FILENO);
    report->skipped_list = json_array();
    report->repaired_list = json_array();
    report->gone_list = json_array();
    report->unmapped = json_object();
}

void import_report_close(struct import_report *report)
{
    json_decref(report->skipped_list);
    json_decref(report->repaired_list);
    json_decref(report->gone_list);
    json_decref(report->unmapped);
}

/* The progress line makes room for others. */
static void wipe(struct import_report *report)
{
    if (report->shown)
        (void)fputs("\r\033[K", stderr);
    report->shown = 0;
}

static void put_where(json_t *row, const struct import_where *where)
{
    if (where->record > 0)
        (void)json_object_set_new(row, "record", json_integer((json_int_t)where->record));
    if (where->line > 0)
        (void)json_object_set_new(row, "line", json_integer((json_int_t)where->line));
    (void)json_object_set_new(row, "offset", json_integer((json_int_t)where->offset));
}

static void where_text(const struct import_report *report, const struct import_where *where, char out[64])
{
    const struct arguments *arguments = report->arguments;

    if (where->line > 0)
        (void)snprintf(out, 64, "%s %llu", session_word(arguments, "line"), (unsigned long long)where->line);
    else
        (void)snprintf(out, 64, "%s %llu, %s %llu", session_word(arguments, "record"), (unsigned long long)where->record,
                       session_word(arguments, "byte"), (unsigned long long)where->offset);
}

static void list(json_t *rows, json_t *row)
{
    if (json_array_size(rows) < IMPORT_LISTED)
        (void)json_array_append(rows, row);
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text != NULL ? text : "";
}

/* "+    30001  Title": nothing after the last word. */
static void say_item(const char *sign, const json_t *row)
{
    const char *title = text_of(row, "title"), *home = text_of(row, "home");

    (void)printf("%s    %s%s%s", sign, text_of(row, "barcode"), title[0] != '\0' ? "  " : "", title);
    if (home[0] != '\0')
        (void)printf("  (%s)", home);
    (void)putchar('\n');
}

void import_report_item(struct import_report *report, const struct import_where *where, const char *result, const json_t *row)
{
    const char *sign = strcmp(result, "created") == 0 ? "+" : strcmp(result, "updated") == 0 ? "~" : "=";

    report->created += *sign == '+';
    report->updated += *sign == '~';
    report->unchanged += *sign == '=';
    if (report->quiet)
        return;
    wipe(report);
    if (report->arguments->json) {
        json_t *line = json_pack("{s:b, s:s}", "ok", 1, "result", result);
        put_where(line, where);
        (void)json_object_update(line, (json_t *)(uintptr_t)row);
        session_print(line);
        json_decref(line);
    } else {
        say_item(sign, row);
    }
}

static void say(struct import_report *report, const struct import_where *where, const char *sign, const char *about, const char *text,
                const char *next)
{
    char place[64];

    where_text(report, where, place);
    (void)printf("%-4s %s%s%s : %s\n", sign, place, about[0] != '\0' ? ", " : "", about, text);
    if (next[0] != '\0')
        (void)printf("     > %s\n", next);
}

void import_report_note(struct import_report *report, const struct import_note *note)
{
    const struct arguments *arguments = report->arguments;
    const struct import_where where = {note->record, note->line, note->offset};
    int skipped = note->reason < IMPORT_MENDED;
    char code[48], text[TEXT_SIZE], next[TEXT_SIZE], count[24];
    json_t *row;

    (void)snprintf(code, sizeof code, "import-%s", import_reason_word(note->reason));
    (void)snprintf(count, sizeof count, "%llu", (unsigned long long)note->bytes);
    message_text(arguments->language, code, count, note->detail, NULL, text, sizeof text);
    message_next(arguments->language, code, count, note->detail, NULL, next, sizeof next);
    report->skipped += (uint64_t)skipped;
    report->repaired += (uint64_t)!skipped;
    report->labelled += note->reason == IMPORT_LABELLED;
    row = json_pack("{s:b, s:s, s:s, s:s, s:I}", "ok", !skipped, "reason", import_reason_word(note->reason), "text", text, "next", next,
                    skipped ? "bytes" : "count", (json_int_t)note->bytes);
    put_where(row, &where);
    if (note->detail[0] != '\0')
        (void)json_object_set_new(row, "detail", json_string(note->detail));
    list(skipped ? report->skipped_list : report->repaired_list, row);
    wipe(report);
    if (arguments->json)
        session_print(row);
    else
        say(report, &where, skipped ? session_word(arguments, "import-no") : "!", "", text, next);
    json_decref(row);
}

void import_report_refusal(struct import_report *report, const struct import_where *where, const char *barcode, const json_t *refusal)
{
    const char *error = text_of(refusal, "error"), *text = text_of(refusal, "text"), *next = text_of(refusal, "next");
    const char *place = text_of(refusal, "unknown_place");
    const char *reason = strncmp(error, "import-", 7) == 0 ? error + 7 : error;
    json_t *row = json_pack("{s:b, s:s, s:s, s:s, s:s}", "ok", 0, "reason", reason, "barcode", barcode, "text", text, "next", next);

    report->skipped++;
    put_where(row, where);
    list(report->skipped_list, row);
    wipe(report);
    if (place[0] != '\0')
        (void)json_object_set_new(report->unmapped, place, json_integer(json_integer_value(json_object_get(report->unmapped, place)) + 1));
    if (report->arguments->json)
        session_print(row);
    else if (place[0] == '\0') /* those of a library that is not known are told once, at the end */
        say(report, where, session_word(report->arguments, "import-no"), barcode, text, next);
    json_decref(row);
}

void import_report_skip(struct import_report *report, const struct import_where *where, const char *barcode, const char *code,
                        const char *b)
{
    enum message_language language = report->arguments->language;
    char text[TEXT_SIZE], next[TEXT_SIZE];
    json_t *refusal;

    message_text(language, code, barcode, b, NULL, text, sizeof text);
    message_next(language, code, barcode, b, NULL, next, sizeof next);
    refusal = json_pack("{s:s, s:s, s:s}", "error", code, "text", text, "next", next);
    import_report_refusal(report, where, barcode, refusal);
    json_decref(refusal);
}

void import_report_gone(struct import_report *report, const json_t *row)
{
    report->gone++;
    if (json_array_size(report->gone_list) < IMPORT_LISTED)
        (void)json_array_append(report->gone_list, (json_t *)(uintptr_t)row);
    wipe(report);
    if (!report->arguments->json)
        say_item("-", row);
}

void import_report_progress(struct import_report *report, const struct import_counts *counts)
{
    int64_t now_ms = report->watched ? system_monotonic_ms() : 0;
    char share[16] = "";

    if (!report->watched || now_ms - report->told_ms < PROGRESS_MS)
        return;
    report->told_ms = now_ms;
    report->shown = 1;
    if (report->size > 0)
        (void)snprintf(share, sizeof share, "%3llu %%  ", (unsigned long long)(counts->bytes * 100 / report->size));
    (void)fprintf(stderr, "\r\033[K%s%llu %s, %llu %s", share, (unsigned long long)counts->records,
                  session_word(report->arguments, "records"), (unsigned long long)counts->items, session_word(report->arguments, "items"));
    (void)fflush(stderr);
}

static json_t *libraries_json(const struct import_seen *seen)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < seen->library_count; i++)
        (void)json_array_append_new(rows, json_pack("{s:s, s:s, s:I}", "library", seen->libraries[i].source, "place",
                                                    seen->libraries[i].place, "items", (json_int_t)seen->libraries[i].items));
    return rows;
}

static json_t *encodings_json(const struct import_counts *counts)
{
    static const char *const names[IMPORT_ENCODINGS] = {"ascii", "utf-8", "iso-5426", "marc-8", "windows-1252"};
    json_t *object = json_object();

    for (size_t i = 0; i < IMPORT_ENCODINGS; i++)
        if (counts->encodings[i] > 0)
            (void)json_object_set_new(object, names[i], json_integer((json_int_t)counts->encodings[i]));
    return object;
}

/* As the file writes it; where it only stands there as a place of now, its code. */
static const char *source_of(const struct import_seen *seen, const char *place)
{
    for (size_t i = 0; i < seen->library_count; i++)
        if (strcmp(seen->libraries[i].place, place) == 0 && seen->libraries[i].source[0] != '\0')
            return seen->libraries[i].source;
    return place;
}

static json_t *unmapped_json(const struct import_report *report, const struct import_seen *seen)
{
    json_t *rows = json_array(), *count;
    const char *place;

    json_object_foreach(report->unmapped, place, count)(void)
        json_array_append_new(rows, json_pack("{s:s, s:s, s:O}", "place", place, "library", source_of(seen, place), "items", count));
    return rows;
}

/* Not ok: what a script has to look at before it goes on. */
static void put_withheld(const struct import_report *report, json_t *summary)
{
    enum message_language language = report->arguments->language;
    char gone[24], registered[24], text[TEXT_SIZE], next[TEXT_SIZE];

    (void)snprintf(gone, sizeof gone, "%llu", (unsigned long long)report->withheld);
    (void)snprintf(registered, sizeof registered, "%llu", (unsigned long long)report->compared_with);
    message_text(language, "import-gone-many", gone, registered, NULL, text, sizeof text);
    message_next(language, "import-gone-many", gone, registered, NULL, next, sizeof next);
    (void)json_object_set_new(summary, "ok", json_false());
    (void)json_object_set_new(summary, "error", json_string("import-gone-many"));
    (void)json_object_set_new(summary, "registered", json_integer((json_int_t)report->compared_with));
    (void)json_object_set_new(summary, "text", json_string(text));
    (void)json_object_set_new(summary, "next", json_string(next));
}

static void end_json(const struct import_report *report, const struct import_end *end)
{
    json_t *summary =
        json_pack("{s:b, s:b, s:s, s:s, s:b, s:b, s:b, s:b}", "ok", !end->interrupted, "summary", 1, "profile", end->profile, "namespace",
                  end->space, "dry_run", end->dry, "compared", end->compared, "interrupted", end->interrupted, "partial", end->partial);
    const struct {
        const char *name;
        uint64_t count;
    } numbers[] = {{"records", end->counts->records},
                   {"records_unread", end->counts->unread},
                   {"records_without_items", end->counts->without_items},
                   {"items", end->counts->items},
                   {"created", report->created},
                   {"updated", report->updated},
                   {"unchanged", report->unchanged},
                   {"skipped_count", report->skipped},
                   {"repaired_count", report->repaired},
                   {"labels_to_print", report->labelled},
                   {"gone_count", report->gone},
                   {"gone_withheld", report->withheld}};

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        (void)json_object_set_new(summary, numbers[i].name, json_integer((json_int_t)numbers[i].count));
    (void)json_object_set(summary, "skipped", report->skipped_list);
    (void)json_object_set(summary, "repaired", report->repaired_list);
    (void)json_object_set(summary, "gone", report->gone_list);
    (void)json_object_set_new(summary, "unmapped", unmapped_json(report, end->seen));
    if (report->withheld > 0)
        put_withheld(report, summary);
    (void)json_object_set_new(summary, "encodings", encodings_json(end->counts));
    (void)json_object_set_new(summary, "libraries", libraries_json(end->seen));
    session_print(summary);
    json_decref(summary);
}

static const char *counted(const struct import_report *report, uint64_t count, char number[MESSAGE_NUMBER_SIZE])
{
    return message_number(report->arguments->language, (long long)count, number);
}

static void say_number(const struct import_report *report, const char *word, uint64_t count)
{
    char number[MESSAGE_NUMBER_SIZE];

    (void)printf("%s : %s\n", session_word(report->arguments, word), counted(report, count, number));
}

static void say_code(const struct import_report *report, const char *code, uint64_t count, const char *b)
{
    char text[TEXT_SIZE], next[TEXT_SIZE], number[24];

    (void)snprintf(number, sizeof number, "%llu", (unsigned long long)count);
    message_text(report->arguments->language, code, number, b, NULL, text, sizeof text);
    message_next(report->arguments->language, code, number, b, NULL, next, sizeof next);
    (void)printf("%s\n%s%s%s", text, next[0] != '\0' ? "  > " : "", next, next[0] != '\0' ? "\n" : "");
}

static void say_unmapped(const struct import_report *report, const struct import_seen *seen)
{
    enum message_language language = report->arguments->language;
    char text[TEXT_SIZE], next[TEXT_SIZE], number[24];
    const char *place;
    json_t *count;

    json_object_foreach(report->unmapped, place, count)
    {
        (void)snprintf(number, sizeof number, "%lld", (long long)json_integer_value(count));
        message_text(language, "import-unmapped", place, source_of(seen, place), number, text, sizeof text);
        message_next(language, "import-unmapped", place, source_of(seen, place), number, next, sizeof next);
        (void)printf("%-4s %s\n     > %s\n", session_word(report->arguments, "import-no"), text, next);
    }
}

static void end_text(const struct import_report *report, const struct import_end *end)
{
    const struct arguments *arguments = report->arguments;
    char numbers[4][MESSAGE_NUMBER_SIZE];

    if (end->dry)
        for (size_t i = 0; i < end->seen->library_count; i++) {
            const struct import_library *library = &end->seen->libraries[i];
            (void)printf("%s > %s : %s\n", library->source[0] != '\0' ? library->source : "-", library->place,
                         counted(report, library->items, numbers[0]));
        }
    say_unmapped(report, end->seen);
    say_number(report, "import-records", end->counts->records);
    say_number(report, "import-items", end->counts->items);
    (void)printf("%s : %s (+), %s : %s (~), %s : %s (=), %s : %s\n", session_word(arguments, "import-created"),
                 counted(report, report->created, numbers[0]), session_word(arguments, "import-updated"),
                 counted(report, report->updated, numbers[1]), session_word(arguments, "import-unchanged"),
                 counted(report, report->unchanged, numbers[2]), session_word(arguments, "import-skipped"),
                 counted(report, report->skipped, numbers[3]));
    if (end->counts->items == 0)
        say_code(report, "import-nothing", end->counts->records, end->profile);
    if (report->repaired > 0)
        say_number(report, "import-repaired", report->repaired);
    if (report->labelled > 0)
        say_code(report, "import-labels", report->labelled, NULL);
    if (report->gone > 0)
        say_code(report, end->dry ? "import-gone-dry" : "import-gone", report->gone, NULL);
    if (report->withheld > 0) {
        char registered[24];
        (void)snprintf(registered, sizeof registered, "%llu", (unsigned long long)report->compared_with);
        say_code(report, "import-gone-many", report->withheld, registered);
    }
    if (report->gone + report->withheld > 0 && end->counts->unread > 0)
        say_code(report, "import-gone-unread", end->counts->unread, NULL);
    if (end->compared && !end->scanned)
        say_code(report, "import-not-scanned", 0, end->space);
    if (end->dry)
        say_code(report, end->compared ? "import-dry-compared" : "import-dry", 0, NULL);
    if (end->interrupted)
        say_code(report, "import-interrupted", 0, NULL);
}

void import_report_end(struct import_report *report, const struct import_end *end)
{
    wipe(report);
    if (report->arguments->json)
        end_json(report, end);
    else
        end_text(report, end);
    (void)fflush(stdout);
}
