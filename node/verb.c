/* SPDX-License-Identifier: Apache-2.0 */
#include "node/verb.h"

#include <string.h>

const struct verb *verb_find(const char *name)
{
    static const struct verb *(*const families[])(size_t *) = {cmd_catalogue_verbs, cmd_packing_verbs,   cmd_movement_verbs,
                                                               cmd_service_verbs,   cmd_knowledge_verbs, cmd_phone_verbs};
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        size_t count;
        const struct verb *verbs = families[i](&count);
        for (size_t j = 0; j < count; j++)
            if (strcmp(verbs[j].name, name) == 0)
                return &verbs[j];
    }
    return NULL;
}
