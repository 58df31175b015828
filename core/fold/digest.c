/* SPDX-License-Identifier: Apache-2.0 */
#include "fold/digest.h"

/* Big-endian numbers of 256 bits, 64 at a time. */
static void add(uint8_t digest[HASH_SIZE], const uint8_t term[HASH_SIZE])
{
    uint64_t carry = 0;

    for (size_t i = HASH_SIZE; i > 0; i -= 8) {
        uint64_t more = read_u64(term + i - 8);
        uint64_t sum = read_u64(digest + i - 8) + more;
        uint64_t whole = sum + carry;

        carry = (uint64_t)(sum < more) | (uint64_t)(whole < sum);
        write_u64(digest + i - 8, whole);
    }
}

static void subtract(uint8_t digest[HASH_SIZE], const uint8_t term[HASH_SIZE])
{
    uint64_t borrow = 0;

    for (size_t i = HASH_SIZE; i > 0; i -= 8) {
        uint64_t from = read_u64(digest + i - 8);
        uint64_t less = read_u64(term + i - 8);
        uint64_t left = from - less;

        write_u64(digest + i - 8, left - borrow);
        borrow = (uint64_t)(from < less) | (uint64_t)(left < borrow);
    }
}

int digest_note(struct digest_terms *terms, uint8_t digest[HASH_SIZE], int minus, enum digest_kind kind, struct span key, struct span bytes)
{
    uint8_t tag = (uint8_t)kind;
    int rc = buffer_append(&terms->bytes, &tag, 1);

    if (rc == 0)
        rc = buffer_append(&terms->bytes, key.data, key.len);
    if (rc == 0)
        rc = buffer_append(&terms->bytes, bytes.data, bytes.len);
    if (rc != 0)
        return rc;
    terms->minus[terms->count] = minus;
    terms->ends[terms->count++] = terms->bytes.len;
    if (terms->count == HASHES_LANES)
        digest_settle(terms, digest);
    return 0;
}

void digest_settle(struct digest_terms *terms, uint8_t digest[HASH_SIZE])
{
    struct span messages[HASHES_LANES];
    uint8_t out[HASHES_LANES][HASH_SIZE];
    size_t from = 0;

    if (terms->count == 0)
        return;
    for (size_t i = 0; i < terms->count; i++) {
        messages[i] = span_of(terms->bytes.data + from, terms->ends[i] - from);
        from = terms->ends[i];
    }
    hashes_of(messages, terms->count, out);
    for (size_t i = 0; i < terms->count; i++)
        (terms->minus[i] ? subtract : add)(digest, out[i]);
    terms->count = 0;
    buffer_clear(&terms->bytes);
}

void digest_terms_free(struct digest_terms *terms)
{
    buffer_free(&terms->bytes);
    terms->count = 0;
}
