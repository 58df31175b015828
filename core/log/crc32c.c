/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/frame.h"

#include "log/crc32c_table.h"

uint32_t crc32c(uint32_t crc, struct span bytes)
{
    const uint8_t *p = bytes.data;
    size_t left = bytes.len;

    crc = ~crc;
    /* Four bytes a step: table k holds what a byte does once k zero bytes have followed it. */
    for (; left >= 4; left -= 4, p += 4) {
        crc ^= (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
        crc =
            crc32c_table[3][crc & 255u] ^ crc32c_table[2][crc >> 8 & 255u] ^ crc32c_table[1][crc >> 16 & 255u] ^ crc32c_table[0][crc >> 24];
    }
    for (; left > 0; left--, p++)
        crc = crc >> 8 ^ crc32c_table[0][(crc ^ *p) & 255u];
    return ~crc;
}
