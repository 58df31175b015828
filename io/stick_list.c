/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/stick_list.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "navette/error.h"
#include "navette/stick_file.h"

static int add(struct stick_list *list, const char *path)
{
    char **paths;

    if (list->count == STICK_LIST_MAX)
        return NAVETTE_E_TOO_LARGE;
    paths = realloc(list->paths, (list->count + 1) * sizeof *paths);
    if (paths == NULL)
        return NAVETTE_E_MEMORY;
    list->paths = paths;
    paths[list->count] = strdup(path);
    if (paths[list->count] == NULL)
        return NAVETTE_E_MEMORY;
    list->count++;
    return 0;
}

static int is_ours(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name), suffix = strlen(STICK_SUFFIX);

    return len > suffix && strcmp(entry->d_name + len - suffix, STICK_SUFFIX) == 0;
}

int stick_list_add(struct stick_list *list, const char *path)
{
    struct dirent **entries;
    struct stat status;
    int count, rc = 0;

    if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode))
        return add(list, path);
    count = scandir(path, &entries, is_ours, alphasort);
    if (count < 0)
        return NAVETTE_E_NOT_FOUND;
    for (int i = 0; i < count; i++) {
        char file[STICK_PATH_SIZE];

        if (rc == 0)
            rc = snprintf(file, sizeof file, "%s/%s", path, entries[i]->d_name) >= (int)sizeof file ? NAVETTE_E_TOO_LARGE : add(list, file);
        free(entries[i]);
    }
    free(entries);
    return rc != 0 ? rc : count == 0 ? NAVETTE_E_NOT_FOUND : 0;
}

void stick_list_free(struct stick_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->paths[i]);
    free(list->paths);
    memset(list, 0, sizeof *list);
}
