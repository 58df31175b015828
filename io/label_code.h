/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IO_LABEL_CODE_H
#define IO_LABEL_CODE_H

#include "navette/labels.h"

/* A symbol as libzint makes it: modules, dark or not. */
struct label_code {
    unsigned int width, height; /* modules; the height of a Code 128 is 1: bars are as long as there is room */
    unsigned int quiet;         /* modules that stay empty on each side: 10 for Code 128, 4 for QR */
    void *symbol;               /* owned: label_code_free() */
};

/* NAVETTE_E_INVALID: this symbol can't say it. NAVETTE_E_MEMORY. */
int label_code_make(const char *text, enum label_symbol symbol, struct label_code *code);
void label_code_free(struct label_code *code);
int label_code_is_dark(const struct label_code *code, unsigned int row, unsigned int column);

#endif
