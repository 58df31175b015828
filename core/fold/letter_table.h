/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FOLD_LETTER_TABLE_H
#define FOLD_LETTER_TABLE_H

#include <stdint.h>

/*
 * Letters as search sees them (letter.h): for each character of two blocks of Unicode its plain letter; '.': no letter; a capital: several letters, in
 * letter_several. Decomposed (NFKD) without marks where Unicode decomposes, by the letter's name elsewhere (a hook, a stroke, an open o are left out).
 */
#define LETTER_FIRST 0x00c0u /* Latin-1, Extended-A, Extended-B, IPA */
#define LETTER_LAST 0x02afu
#define LETTER_MORE_FIRST 0x1e00u /* Latin Extended Additional */
#define LETTER_MORE_LAST 0x1effu

static const char letter_latin[LETTER_LAST - LETTER_FIRST + 2] =
    "aaaaaaAceeeeiiiidnooooo.ouuuuyBCaaaaaaAceeeeiiiidnooooo.ouuuuyBy" /* U+00C0 */
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiDDjjkkqlllllll" /* U+0100 */
    "lllnnnnnnnnnooooooEErrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs" /* U+0140 */
    "bbbb66occdddddeeeffggFiikkllmnnoooGGppr22ssttttuuuvyyzzzzzz.55.w" /* U+0180 */
    "....HHHIIIJJJaaiioouuuuuuuuuueaaaaAAggggkkoooozzjHHHggFwnnaaAAoo" /* U+01C0 */
    "aaaaeeeeiiiioooorrrruuuussttyyhhndKKzzaaeeooooooooyylntjLMacclts" /* U+0200 */
    "z..buveejjqqrryyaaabocddeeeeeeejggggohhhiiillllmmmnnnoEofrrrrrrr" /* U+0240 */
    "rrssjssttuuvvwyyzzzz...c.beghjklq..HHHNNOPQR..hh" /* U+0280 */;

static const char letter_latin_more[LETTER_MORE_LAST - LETTER_MORE_FIRST + 2] =
    "aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmm" /* U+1E00 */
    "mmmmnnnnnnnnoooooooopppprrrrrrrrssssssssssttttttttuuuuuuuuuuvvvv" /* U+1E40 */
    "wwwwwwwwwwxxxxyyzzzzzzhtwyasssCdaaaaaaaaaaaaaaaaaaaaaaaaeeeeeeee" /* U+1E80 */
    "eeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyySSvvyy" /* U+1EC0 */;

static const char letter_several[][4] = {"ae", "th", "ss", "ij", "oe", "hv", "oi", "dz", "lj", "nj",
                                         "ou", "db", "qp", "ts", "tc", "fn", "ls", "lz", "ll"}; /* 'A'.. */

/* Characters of other scripts that stand for another one: small letters without accents. Sorted. */
static const uint16_t letter_pairs[][2] = {
    {0x00b5, 0x03bc}, {0x0386, 0x03b1}, {0x0388, 0x03b5}, {0x0389, 0x03b7}, {0x038a, 0x03b9}, {0x038c, 0x03bf}, {0x038e, 0x03c5},
    {0x038f, 0x03c9}, {0x0390, 0x03b9}, {0x03aa, 0x03b9}, {0x03ab, 0x03c5}, {0x03ac, 0x03b1}, {0x03ad, 0x03b5}, {0x03ae, 0x03b7},
    {0x03af, 0x03b9}, {0x03b0, 0x03c5}, {0x03c2, 0x03c3}, {0x03ca, 0x03b9}, {0x03cb, 0x03c5}, {0x03cc, 0x03bf}, {0x03cd, 0x03c5},
    {0x03ce, 0x03c9}, {0x0400, 0x0435}, {0x0401, 0x0435}, {0x0403, 0x0433}, {0x0407, 0x0456}, {0x040c, 0x043a}, {0x040d, 0x0438},
    {0x040e, 0x0443}, {0x0419, 0x0438}, {0x0439, 0x0438}, {0x0450, 0x0435}, {0x0451, 0x0435}, {0x0453, 0x0433}, {0x0457, 0x0456},
    {0x045c, 0x043a}, {0x045d, 0x0438}, {0x045e, 0x0443}, {0x0490, 0x0491},
};

/* What is no part of a word, outside ASCII and the blocks above; and what is left out as if it were not there. Sorted. */
static const uint32_t letter_breaks[][2] = {
    {0x0080, 0x00a9}, {0x00ab, 0x00ac}, {0x00ae, 0x00b1}, {0x00b4, 0x00b4}, {0x00b6, 0x00b8}, {0x00bb, 0x00bf},   {0x02b0, 0x02ff},
    {0x0375, 0x0375}, {0x037e, 0x037e}, {0x0384, 0x0385}, {0x0387, 0x0387}, {0x055a, 0x055f}, {0x0589, 0x058f},   {0x05be, 0x05be},
    {0x05c0, 0x05c0}, {0x05c3, 0x05c3}, {0x05c6, 0x05c6}, {0x05f3, 0x05f4}, {0x0600, 0x060f}, {0x061b, 0x061f},   {0x066a, 0x066d},
    {0x06d4, 0x06d4}, {0x0964, 0x0965}, {0x2000, 0x200a}, {0x2010, 0x2029}, {0x202f, 0x205f}, {0x207a, 0x207e},   {0x208a, 0x208e},
    {0x20a0, 0x20cf}, {0x2100, 0x2bff}, {0x2e00, 0x2e7f}, {0x3000, 0x3004}, {0x3008, 0x3020}, {0x3030, 0x3030},   {0x303d, 0x303f},
    {0x30fb, 0x30fb}, {0xd800, 0xf8ff}, {0xfe10, 0xfe1f}, {0xfe30, 0xfe6f}, {0xffe0, 0xffff}, {0x1f000, 0x1faff}, {0xe0000, 0x10ffff},
};
static const uint32_t letter_dropped[][2] = {
    {0x00ad, 0x00ad}, {0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x05bf, 0x05bf}, {0x05c1, 0x05c2}, {0x05c4, 0x05c5},
    {0x0610, 0x061a}, {0x0640, 0x0640}, {0x064b, 0x065f}, {0x0670, 0x0670}, {0x06d6, 0x06ed}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff},
    {0x200b, 0x200f}, {0x202a, 0x202e}, {0x2060, 0x206f}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xfeff, 0xfeff},
};
/* Each of these signs is a word: nothing parts words where they are written. Sorted. */
static const uint32_t letter_ideographs[][2] = {
    {0x3005, 0x3007}, {0x3041, 0x30ff}, {0x3400, 0x9fff}, {0xf900, 0xfaff}, {0x20000, 0x3ffff},
};

#endif
