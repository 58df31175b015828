/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_SEARCH_CODE_H
#define VIEW_SEARCH_CODE_H

#include "view/search_gather.h"

/*
 * Documents (of every namespace), bags and crates by barcode. The code itself, if it is there, alone; else those that begin so, as typed or in capitals.
 * NAVETTE_E_BUSY: enough was found.
 */
int search_code_take(struct search_gather *gather, struct span code);

#endif
