/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IO_IMPORT_COMPOSE_H
#define IO_IMPORT_COMPOSE_H

#include <stdint.h>

/* Letters and their accents: library encodings keep them apart, people and searches have them in one. */
uint32_t import_compose_pair(uint32_t base, uint32_t mark); /* 0: no such letter */
uint32_t import_compose_base(uint32_t composed);            /* the letter without its accents; itself when it has none */
int import_compose_is_mark(uint32_t point);

#endif
