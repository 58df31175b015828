/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_VIEW_CSV_H
#define NAVETTE_VIEW_CSV_H

#include <jansson.h>
#include <stdio.h>

/*
 * The rows of a view's answer (view_json.h) as CSV, RFC 4180: a heading of JSON names, commas, CR LF, no words of a language. Flags are 1 or 0, a null is empty, a list is one field
 * with spaces, a field of an object inside is "object.field".
 */
void view_csv(FILE *out, const char *view, const json_t *answer); /* "stock", "transit"...: the views that view_csv_knows() */
int view_csv_knows(const char *view);
/* One field of text: quoted where needed, a quote doubled. */
void view_csv_text(FILE *out, const char *text);

#endif
