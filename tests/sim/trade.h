/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SIM_TRADE_H
#define NAVETTE_SIM_TRADE_H

struct desk;

/*
 * What passes between places by paper and by number: hand-overs on slips with their three counts, bags without a tag, sealed deposits, stocktakes, what a relay says on
 * the telephone. People miscount. 0 with the draft's event filled in, or NAVETTE_E_NOT_FOUND: there is nothing of the kind to do here.
 */
int trade_draw(struct desk *desk);

#endif
