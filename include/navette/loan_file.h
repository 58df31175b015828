/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_LOAN_FILE_H
#define NAVETTE_LOAN_FILE_H

#include "navette/span.h"

/*
 * Files of loans and returns, as library systems read them.
 *
 * koc: Koha's offline circulation file (offline_circ/process_koc.pl, Koha wiki "Koha offline circulation file format", version 1.0). Fields separated by tabs, lines by LF:
 *   Version=1.0  Generator=navette  GeneratorVersion=1
 *   YYYY-MM-DD HH:MM:SS mmm  issue   CARD  BARCODE
 *   YYYY-MM-DD HH:MM:SS mmm  return  BARCODE
 *
 * csv: UTF-8, ';', CRLF, a header; a field that holds ';', '"' or a line break stands in quotes, '"' doubled:
 *   date;time;action;card;barcode;order;title       YYYY-MM-DD;HH:MM:SS;loan or return; card is empty for a return
 *
 * Times are local to the place. Lines say what has happened: neither file asks whether it may.
 */
enum loan_file_form { LOAN_FILE_KOC, LOAN_FILE_CSV };

struct loan_file_line {
    const char *day;   /* YYYY-MM-DD */
    const char *clock; /* HH:MM:SS mmm */
    int is_return;
    const char *card, *barcode, *order, *title; /* "" when there is none */
};

int loan_file_form_of(const char *word); /* "koc", "csv", "" is koc; -1 */
const char *loan_file_extension(enum loan_file_form form);

/* Each appends. NAVETTE_E_MEMORY. NAVETTE_E_INVALID: a card or barcode that is empty where it has to be there, or holds what the form can't (tab, line break). */
int loan_file_begin(enum loan_file_form form, struct buffer *out);
int loan_file_line(enum loan_file_form form, const struct loan_file_line *line, struct buffer *out);

#endif
