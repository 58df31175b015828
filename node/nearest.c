/* SPDX-License-Identifier: Apache-2.0 */
#include "node/nearest.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Changes of one letter that make one of the other; letters of either case are one. */
static size_t distance_of(const char *a, const char *b)
{
    size_t row[LIMIT_PLACE_CODE + 1], a_len = strlen(a), b_len = strlen(b);

    if (a_len > LIMIT_PLACE_CODE || b_len > LIMIT_PLACE_CODE)
        return SIZE_MAX;
    for (size_t j = 0; j <= b_len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t corner = row[0];

        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t least = corner + (size_t)(strncasecmp(a + i - 1, b + j - 1, 1) != 0);

            corner = row[j];
            least = row[j] + 1 < least ? row[j] + 1 : least;
            row[j] = row[j - 1] + 1 < least ? row[j - 1] + 1 : least;
        }
    }
    return row[b_len];
}

/* One letter in three may be wrong; a code that begins or ends with what was typed is near too. SIZE_MAX: not near. */
static size_t nearness_of(const char *typed, const char *code)
{
    size_t typed_len = strlen(typed), len = strlen(code), distance = distance_of(typed, code);

    if (distance <= 1 + typed_len / 3)
        return distance;
    if (typed_len >= 3 && typed_len < len && (strncasecmp(code, typed, typed_len) == 0 || strcasecmp(code + len - typed_len, typed) == 0))
        return LIMIT_PLACE_CODE + len;
    return SIZE_MAX;
}

size_t nearest_places(const struct place_row *rows, size_t count, const char *typed, char out[NEAREST_SIZE])
{
    const char *codes[NEAREST_MAX];
    size_t near[NEAREST_MAX], found = 0, used = 0;

    for (size_t i = 0; i < count; i++) {
        size_t at = found, nearness = nearness_of(typed, rows[i].code);

        while (at > 0 && nearness < near[at - 1])
            at--;
        if (nearness == SIZE_MAX || at == NEAREST_MAX)
            continue;
        found += found < NEAREST_MAX;
        for (size_t j = found - 1; j > at; j--) {
            near[j] = near[j - 1];
            codes[j] = codes[j - 1];
        }
        near[at] = nearness;
        codes[at] = rows[i].code;
    }
    out[0] = '\0';
    for (size_t i = 0; i < found; i++)
        used += (size_t)snprintf(out + used, NEAREST_SIZE - used, "%s%s", i > 0 ? ", " : "", codes[i]);
    return found;
}
