/* SPDX-License-Identifier: Apache-2.0 */
#include "log/hashes.h"

#include <assert.h>
#include <string.h>

#define BLOCK 128u
#define PARAMETERS 0x01010000u /* depth and fanout 1; length of the key and of the hash below */

/* One 64-bit word of each lane. */
typedef uint64_t lanes __attribute__((vector_size(8 * HASHES_LANES)));

static const uint64_t start[8] = {
    UINT64_C(0x6a09e667f3bcc908), UINT64_C(0xbb67ae8584caa73b), UINT64_C(0x3c6ef372fe94f82b), UINT64_C(0xa54ff53a5f1d36f1),
    UINT64_C(0x510e527fade682d1), UINT64_C(0x9b05688c2b3e6c1f), UINT64_C(0x1f83d9abfb41bd6b), UINT64_C(0x5be0cd19137e2179),
};

/* One block of each lane on its way through. */
struct work {
    lanes h[8];
    lanes m[16];
    lanes taken; /* bytes, with this block */
    lanes last;  /* all ones in the lanes whose last block this is */
    lanes open;  /* all ones in the lanes that have a block here */
};

/* clang-format off */
#define TURN(x, n) (((x) >> (n)) | ((x) << (64 - (n))))
#define MIX(a, b, c, d, x, y)        \
    do {                             \
        (a) += (b) + (x);            \
        (d) = TURN((d) ^ (a), 32);   \
        (c) += (d);                  \
        (b) = TURN((b) ^ (c), 24);   \
        (a) += (b) + (y);            \
        (d) = TURN((d) ^ (a), 16);   \
        (c) += (d);                  \
        (b) = TURN((b) ^ (c), 63);   \
    } while (0)
#define ROUND(s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, sa, sb, sc, sd, se, sf) \
    do {                                                                      \
        MIX(v[0], v[4], v[8], v[12], m[s0], m[s1]);                           \
        MIX(v[1], v[5], v[9], v[13], m[s2], m[s3]);                           \
        MIX(v[2], v[6], v[10], v[14], m[s4], m[s5]);                          \
        MIX(v[3], v[7], v[11], v[15], m[s6], m[s7]);                          \
        MIX(v[0], v[5], v[10], v[15], m[s8], m[s9]);                          \
        MIX(v[1], v[6], v[11], v[12], m[sa], m[sb]);                          \
        MIX(v[2], v[7], v[8], v[13], m[sc], m[sd]);                           \
        MIX(v[3], v[4], v[9], v[14], m[se], m[sf]);                           \
    } while (0)
/* clang-format on */

static inline __attribute__((always_inline)) void compress(struct work *work)
{
    const lanes *m = work->m;
    lanes v[16];

    for (int i = 0; i < 8; i++) {
        v[i] = work->h[i];
        v[i + 8] = start[i] - (lanes){0};
    }
    v[12] ^= work->taken;
    v[14] ^= work->last;
    ROUND(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    ROUND(14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3);
    ROUND(11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4);
    ROUND(7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8);
    ROUND(9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13);
    ROUND(2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9);
    ROUND(12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11);
    ROUND(13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10);
    ROUND(6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5);
    ROUND(10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0);
    ROUND(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    ROUND(14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3);
    for (int i = 0; i < 8; i++)
        work->h[i] ^= (v[i] ^ v[i + 8]) & work->open;
}

/* The same for each kind of processor: the compiler makes the most of what it may use. */
static void compress_any(struct work *work)
{
    compress(work);
}

#if defined(__x86_64__)
static __attribute__((target("avx2"))) void compress_avx2(struct work *work)
{
    compress(work);
}

static __attribute__((target("avx2,avx512f,avx512vl"))) void compress_avx512(struct work *work)
{
    compress(work);
}
#endif

typedef void compress_function(struct work *work);

static compress_function *choose(void)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512vl"))
        return compress_avx512;
    if (__builtin_cpu_supports("avx2"))
        return compress_avx2;
#endif
    return compress_any;
}

static inline uint64_t read_little(const uint8_t *at)
{
    return (uint64_t)at[0] | (uint64_t)at[1] << 8 | (uint64_t)at[2] << 16 | (uint64_t)at[3] << 24 | (uint64_t)at[4] << 32 |
           (uint64_t)at[5] << 40 | (uint64_t)at[6] << 48 | (uint64_t)at[7] << 56;
}

static void write_little(uint64_t word, uint8_t *at)
{
    for (unsigned int i = 0; i < 8; i++)
        at[i] = (uint8_t)(word >> (8 * i));
}

/* Where a lane's block stands; its last one is completed with zeros in `room`. */
static const uint8_t *block_of(struct span message, size_t at, uint8_t room[BLOCK])
{
    size_t left = message.len - at;

    if (left >= BLOCK)
        return message.data + at;
    memset(room, 0, BLOCK);
    if (left > 0)
        memcpy(room, message.data + at, left);
    return room;
}

static void take_blocks(struct work *work, const struct span *messages, size_t count, size_t at, size_t before)
{
    static const uint8_t nothing[BLOCK];
    uint8_t rooms[HASHES_LANES][BLOCK];
    const uint8_t *blocks[HASHES_LANES];

    for (size_t i = 0; i < HASHES_LANES; i++) {
        size_t len = i < count ? messages[i].len : 0;
        int open = i < count && (at == 0 || at < len);

        blocks[i] = open ? block_of(messages[i], at, rooms[i]) : nothing;
        work->open[i] = open ? UINT64_MAX : 0;
        work->last[i] = open && len - at <= BLOCK ? UINT64_MAX : 0;
        work->taken[i] = before + (len - at <= BLOCK ? len : at + BLOCK);
    }
    for (size_t k = 0; k < 16; k++)
        for (size_t i = 0; i < HASHES_LANES; i++)
            work->m[k][i] = read_little(blocks[i] + 8 * k);
}

static void run(const uint64_t h[8], size_t before, const struct span *messages, size_t count, uint8_t out[][HASH_SIZE])
{
    compress_function *chosen = choose();
    struct work work;
    size_t longest = 1;

    assert(count > 0 && count <= HASHES_LANES);
    for (size_t i = 0; i < count; i++)
        longest = messages[i].len > longest ? messages[i].len : longest;
    for (size_t i = 0; i < 8; i++)
        work.h[i] = h[i] - (lanes){0};
    for (size_t at = 0; at < longest; at += BLOCK) {
        take_blocks(&work, messages, count, at, before);
        chosen(&work);
    }
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < HASH_SIZE / 8; k++)
            write_little(work.h[k][i], out[i] + 8 * k);
}

void hashes_of(const struct span *messages, size_t count, uint8_t out[][HASH_SIZE])
{
    uint64_t h[8];

    memcpy(h, start, sizeof(h));
    h[0] ^= PARAMETERS | HASH_SIZE;
    run(h, 0, messages, count, out);
}

void hashes_key(const uint8_t key[HASH_SIZE], struct hashes_key *started)
{
    uint8_t block[BLOCK] = {0};
    struct work work;

    memcpy(block, key, HASH_SIZE);
    for (size_t i = 0; i < 8; i++)
        work.h[i] = start[i] - (lanes){0};
    work.h[0] ^= PARAMETERS | HASH_SIZE << 8 | HASH_SIZE;
    for (size_t k = 0; k < 16; k++)
        work.m[k] = read_little(block + 8 * k) - (lanes){0};
    work.taken = BLOCK - (lanes){0};
    work.last = (lanes){0};
    work.open = ~(lanes){0};
    compress_any(&work);
    for (size_t i = 0; i < 8; i++)
        started->h[i] = work.h[i][0];
}

void hashes_keyed(const struct hashes_key *started, const struct span *messages, size_t count, uint8_t out[][HASH_SIZE])
{
    run(started->h, BLOCK, messages, count, out);
}
