/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_STICK_LIST_H
#define NAVETTE_STICK_LIST_H

#include <stddef.h>

/* The files of Navette among what was typed: a folder stands for all *.nvb in it, by name. Temporary ones that a stick pulled out left are not among them. */
struct stick_list {
    char **paths; /* owned */
    size_t count;
};
#define STICK_LIST_MAX 1024u /* files on one stick */

/* Adds a file, or a folder's. NAVETTE_E_NOT_FOUND: a folder without any, or that can't be read; NAVETTE_E_TOO_LARGE; NAVETTE_E_MEMORY. */
int stick_list_add(struct stick_list *list, const char *path);
void stick_list_free(struct stick_list *list);

#endif
