/* SPDX-License-Identifier: Apache-2.0 */
#include "io/label_code.h"

#include <string.h>
#include <zint.h>

#include "navette/error.h"

#define QUIET_CODE128 10u /* ISO/IEC 15417, 4.3.2 */
#define QUIET_QR 4u       /* ISO/IEC 18004, 6.3.8 */
#define QR_LEVEL_M 2      /* 15 % of the symbol may be scratched */

int label_code_make(const char *text, enum label_symbol symbol, struct label_code *code)
{
    struct zint_symbol *made;
    size_t len = strlen(text);

    memset(code, 0, sizeof(*code));
    /* Readers disagree about what lies past ASCII in a Code 128. */
    for (size_t i = 0; symbol == LABEL_CODE128 && i < len; i++) {
        if ((unsigned char)text[i] > 0x7e || (unsigned char)text[i] < 0x20)
            return NAVETTE_E_INVALID;
    }
    made = ZBarcode_Create();
    if (made == NULL)
        return NAVETTE_E_MEMORY;
    made->symbology = symbol == LABEL_QR ? BARCODE_QRCODE : BARCODE_CODE128;
    made->input_mode = UNICODE_MODE;
    made->show_hrt = 0;
    if (symbol == LABEL_QR)
        made->option_1 = QR_LEVEL_M;
    /* Warnings leave a whole symbol. */
    if (ZBarcode_Encode(made, (const unsigned char *)text, (int)len) >= ZINT_ERROR || made->rows < 1 || made->width < 1) {
        ZBarcode_Delete(made);
        return NAVETTE_E_INVALID;
    }
    code->width = (unsigned int)made->width;
    code->height = (unsigned int)made->rows;
    code->quiet = symbol == LABEL_QR ? QUIET_QR : QUIET_CODE128;
    code->symbol = made;
    return 0;
}

void label_code_free(struct label_code *code)
{
    if (code->symbol != NULL)
        ZBarcode_Delete(code->symbol);
    memset(code, 0, sizeof(*code));
}

int label_code_is_dark(const struct label_code *code, unsigned int row, unsigned int column)
{
    const struct zint_symbol *symbol = code->symbol;

    return symbol->encoded_data[row][column / 8] >> (column % 8) & 1;
}
