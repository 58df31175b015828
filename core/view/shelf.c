/* SPDX-License-Identifier: Apache-2.0 */
#include "view/shelf.h"

#include <stddef.h>
#include <string.h>

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The plain letters of U+00C0 to U+00FF, two bytes of UTF-8 that begin with 0xC3. */
static const char plain[] = "AAAAAAACEEEEIIIIDNOOOOO*OUUUUYPSAAAAAAACEEEEIIIIDNOOOOO/OUUUUYPY";

/* The next letter as it counts; *text moves behind it. */
static unsigned char letter(const char **text)
{
    unsigned char c = (unsigned char)*(*text)++;
    unsigned char next = (unsigned char)**text;

    if (c == 0xc3 && next >= 0x80 && next <= 0xbf) {
        (*text)++;
        return (unsigned char)plain[next - 0x80];
    }
    return c >= 'a' && c <= 'z' ? (unsigned char)(c - 'a' + 'A') : c;
}

static size_t digits(const char *text)
{
    size_t len = 0;

    while (is_digit(text[len]))
        len++;
    return len;
}

static int sign(int order)
{
    return order < 0 ? -1 : order > 0;
}

/* Numbers of any length, then their decimals. Both move behind what was read. */
static int compare_numbers(const char **a, const char **b)
{
    size_t left, right;
    int order;

    while (**a == '0' && is_digit((*a)[1]))
        (*a)++;
    while (**b == '0' && is_digit((*b)[1]))
        (*b)++;
    left = digits(*a);
    right = digits(*b);
    order = left != right ? (left < right ? -1 : 1) : sign(strncmp(*a, *b, left));
    *a += left;
    *b += right;
    if (order != 0 || **a != '.' || **b != '.' || !is_digit((*a)[1]) || !is_digit((*b)[1]))
        return order;
    (*a)++;
    (*b)++;
    while (is_digit(**a) && is_digit(**b) && **a == **b) {
        (*a)++;
        (*b)++;
    }
    if (is_digit(**a) && is_digit(**b))
        return **a < **b ? -1 : 1;
    return is_digit(**a) ? 1 : is_digit(**b) ? -1 : 0;
}

static void skip_spaces(const char **text)
{
    while (**text == ' ')
        (*text)++;
}

int shelf_compare(const char *a, const char *b)
{
    skip_spaces(&a);
    skip_spaces(&b);
    while (*a != '\0' && *b != '\0') {
        int order;

        if (*a == ' ' || *b == ' ') {
            if (*a != ' ' || *b != ' ')
                return *a == ' ' ? -1 : 1;
            skip_spaces(&a);
            skip_spaces(&b);
            continue;
        }
        if (is_digit(*a) != is_digit(*b))
            return is_digit(*a) ? -1 : 1;
        order = is_digit(*a) ? compare_numbers(&a, &b) : (int)letter(&a) - (int)letter(&b);
        if (order != 0)
            return sign(order);
    }
    return *a != '\0' ? 1 : *b != '\0' ? -1 : 0;
}
