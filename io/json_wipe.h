/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IO_JSON_WIPE_H
#define IO_JSON_WIPE_H

/* From now on whatever memory jansson gives back in this process is wiped first: requests hold PINs, card numbers and names. To be called before the first use of jansson. */
void json_wipe_freed(void);

#endif
