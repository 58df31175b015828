/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/loan_file.h"

#include <string.h>

#include "navette/error.h"

int loan_file_form_of(const char *word)
{
    if (word[0] == '\0' || strcmp(word, "koc") == 0)
        return LOAN_FILE_KOC;
    return strcmp(word, "csv") == 0 ? LOAN_FILE_CSV : -1;
}

const char *loan_file_extension(enum loan_file_form form)
{
    return form == LOAN_FILE_CSV ? "csv" : "koc";
}

static int put(struct buffer *out, const char *text)
{
    return buffer_append(out, text, strlen(text));
}

static int put_all(struct buffer *out, const char *const *texts, const char *separator, const char *end)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && texts[i] != NULL; i++) {
        if (i > 0)
            rc = put(out, separator);
        if (rc == 0)
            rc = put(out, texts[i]);
    }
    return rc == 0 ? put(out, end) : rc;
}

int loan_file_begin(enum loan_file_form form, struct buffer *out)
{
    static const char *const koc[] = {"Version=1.0", "Generator=navette", "GeneratorVersion=1", NULL};

    return form == LOAN_FILE_KOC ? put_all(out, koc, "\t", "\n") : put(out, "date;time;action;card;barcode;order;title\r\n");
}

static int is_plain(const char *text)
{
    return text[0] != '\0' && strpbrk(text, "\t\r\n") == NULL;
}

static int put_cell(struct buffer *out, const char *text, const char *behind)
{
    int rc = 0;

    if (strpbrk(text, ";\"\r\n") == NULL) {
        rc = put(out, text);
        return rc == 0 ? put(out, behind) : rc;
    }
    rc = put(out, "\"");
    for (; rc == 0 && *text != '\0'; text++)
        rc = *text == '"' ? put(out, "\"\"") : buffer_append(out, text, 1);
    if (rc == 0)
        rc = put(out, "\"");
    return rc == 0 ? put(out, behind) : rc;
}

static int put_csv(const struct loan_file_line *line, struct buffer *out)
{
    char clock[9] = "";
    const char *cells[] = {line->day,   clock,      line->is_return ? "return" : "loan", line->is_return ? "" : line->card, line->barcode,
                           line->order, line->title};
    size_t count = sizeof cells / sizeof cells[0];
    int rc = 0;

    strncat(clock, line->clock, sizeof clock - 1);
    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = put_cell(out, cells[i], i + 1 < count ? ";" : "\r\n");
    return rc;
}

int loan_file_line(enum loan_file_form form, const struct loan_file_line *line, struct buffer *out)
{
    const char *const issue[] = {line->clock, "issue", line->card, line->barcode, NULL};
    const char *const back[] = {line->clock, "return", line->barcode, NULL};
    int rc;

    if (!is_plain(line->barcode) || (!line->is_return && !is_plain(line->card)))
        return NAVETTE_E_INVALID;
    if (form == LOAN_FILE_CSV)
        return put_csv(line, out);
    rc = put(out, line->day);
    if (rc == 0)
        rc = put(out, " ");
    return rc == 0 ? put_all(out, line->is_return ? back : issue, "\t", "\n") : rc;
}
