/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/ref.h"

#include <string.h>

#include "navette/error.h"
#include "navette/span.h"

#define REF_DIGITS 52u /* base32 digits of 32 bytes */

/* Crockford's alphabet; the last five stand only for a check. */
static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ*~$=U";

int ref_compare(const struct ref *a, const struct ref *b)
{
    int order = memcmp(a->incarnation, b->incarnation, INCARNATION_SIZE);

    if (order != 0)
        return order < 0 ? -1 : 1;
    if (a->seq != b->seq)
        return a->seq < b->seq ? -1 : 1;
    return (a->leaf > b->leaf) - (a->leaf < b->leaf);
}

void ref_encode(const struct ref *ref, uint8_t out[REF_SIZE])
{
    memcpy(out, ref->incarnation, INCARNATION_SIZE);
    write_u64(out + INCARNATION_SIZE, ref->seq);
    write_u64(out + INCARNATION_SIZE + 8, ref->leaf);
}

void ref_decode(const uint8_t in[REF_SIZE], struct ref *ref)
{
    memcpy(ref->incarnation, in, INCARNATION_SIZE);
    ref->seq = read_u64(in + INCARNATION_SIZE);
    ref->leaf = read_u64(in + INCARNATION_SIZE + 8);
}

/* Value of a digit as people type it, -1 for anything else. */
static int digit_value(char c)
{
    const char *found;

    if (c >= 'a' && c <= 'z')
        c = (char)(c - 'a' + 'A');
    if (c == 'O')
        c = '0';
    if (c == 'I' || c == 'L')
        c = '1';
    found = c == '\0' ? NULL : strchr(digits, c);
    return found == NULL ? -1 : (int)(found - digits);
}

static unsigned int check_value(const uint8_t bytes[REF_SIZE])
{
    unsigned int rest = 0;

    for (size_t i = 0; i < REF_SIZE; i++)
        rest = (rest * 256u + bytes[i]) % 37u;
    return rest;
}

void ref_format(const struct ref *ref, char out[REF_TEXT_SIZE])
{
    uint8_t bytes[REF_SIZE];
    char plain[REF_DIGITS + 1];
    size_t len = 0;

    ref_encode(ref, bytes);
    base32_encode(bytes, sizeof(bytes), plain);
    for (size_t i = 0; i < REF_DIGITS; i++) {
        out[len++] = plain[i];
        if (i % 4 == 3)
            out[len++] = '-';
    }
    out[len++] = digits[check_value(bytes)];
    out[len] = '\0';
}

int ref_parse(const char *text, struct ref *ref)
{
    char plain[REF_DIGITS + 1];
    uint8_t bytes[REF_SIZE];
    int check = -1;
    size_t len = 0;
    int rc;

    for (; *text != '\0'; text++) {
        if (*text == '-')
            continue;
        if (check >= 0 || *text == ' ')
            return NAVETTE_E_INVALID;
        if (len == REF_DIGITS) {
            check = digit_value(*text);
            if (check < 0)
                return NAVETTE_E_INVALID;
        } else {
            plain[len++] = *text;
        }
    }
    plain[len] = '\0';
    rc = check < 0 ? NAVETTE_E_INVALID : base32_decode(plain, bytes, sizeof(bytes));
    if (rc != 0)
        return rc;
    if ((unsigned int)check != check_value(bytes))
        return NAVETTE_E_INVALID;
    ref_decode(bytes, ref);
    return 0;
}

void base32_encode(const uint8_t *data, size_t len, char *out)
{
    unsigned int held = 0;
    unsigned int bits = 0;

    for (size_t i = 0; i < len; i++) {
        held = (held << 8 | data[i]) & 0xffffu;
        bits += 8;
        for (; bits >= 5; bits -= 5)
            *out++ = digits[held >> (bits - 5) & 31u];
    }
    if (bits > 0)
        *out++ = digits[held << (5 - bits) & 31u];
    *out = '\0';
}

int base32_decode(const char *text, uint8_t *out, size_t len)
{
    size_t expected = (len * 8 + 4) / 5;
    unsigned int held = 0;
    unsigned int bits = 0;
    size_t count = 0;
    size_t made = 0;

    for (; *text != '\0'; text++) {
        int value;

        if (*text == '-' || *text == ' ')
            continue;
        value = digit_value(*text);
        if (value < 0 || value > 31 || count == expected)
            return NAVETTE_E_INVALID;
        count++;
        held = (held << 5 | (unsigned int)value) & 0xfffu;
        bits += 5;
        if (bits >= 8 && made < len) {
            bits -= 8;
            out[made++] = (uint8_t)(held >> bits);
        }
    }
    /* Left-over bits are padding: only zeros, so that each value has one text. */
    if (count != expected || (held & ((1u << bits) - 1u)) != 0)
        return NAVETTE_E_INVALID;
    return 0;
}

void hex_encode(const uint8_t *data, size_t len, char *out)
{
    static const char hex[] = "0123456789abcdef";

    for (size_t i = 0; i < len; i++) {
        *out++ = hex[data[i] >> 4];
        *out++ = hex[data[i] & 15];
    }
    *out = '\0';
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

int hex_decode(const char *text, uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        int high = hex_value(text[0]);
        int low = high < 0 ? -1 : hex_value(text[1]);

        if (low < 0)
            return NAVETTE_E_INVALID;
        out[i] = (uint8_t)(high << 4 | low);
        text += 2;
    }
    return *text == '\0' ? 0 : NAVETTE_E_INVALID;
}
