/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_IO_WIRE_PACK_H
#define NAVETTE_IO_WIRE_PACK_H

#include "navette/span.h"

/* wire_pack() with a compressor that is kept from frame to frame. */
struct wire_packer;

struct wire_packer *wire_packer_new(void); /* NULL: no memory */
void wire_packer_free(struct wire_packer *packer);
/* The frame as it goes on the road: itself, or packed, borrowed until the next call. NAVETTE_E_INVALID, NAVETTE_E_TOO_LARGE, NAVETTE_E_MEMORY. */
int wire_packer_pack(struct wire_packer *packer, struct span frame, struct span *packed);

#endif
