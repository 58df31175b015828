/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SIM_DESCRIBE_H
#define NAVETTE_SIM_DESCRIBE_H

#include "navette/span.h"

/* One line about a frame, for the eyes of whoever follows a failing seed: "PUSH 12..19". */
void describe_frame(struct span bytes, char *out, size_t size);

#endif
