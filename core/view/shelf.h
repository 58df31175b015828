/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_SHELF_H
#define VIEW_SHELF_H

/*
 * The order of books on a shelf, by call number: word by word, numbers by value ("BD SPI 9" before "BD SPI 18", "523 MAR" before "796.42 PUL"), decimals digit by digit
 * ("796.42" before "796.5"), numbers before words, small letters as capitals, accented Latin letters as plain ones; nothing before something. Returns -1, 0, 1.
 */
int shelf_compare(const char *a, const char *b);

#endif
