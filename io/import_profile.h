/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IO_IMPORT_PROFILE_H
#define IO_IMPORT_PROFILE_H

#include "navette/import.h"

/* What the ready profiles say, in the words of the file. */
struct import_setting {
    const char *section, *key, *value;
};

struct import_ready {
    const char *name, *aliases; /* aliases: separated by spaces */
    const char *about;
    const struct import_setting *settings;
    size_t count;
};
/* NULL past the end. Static. */
const struct import_ready *import_profiles_at(size_t index);

/* One setting. NAVETTE_E_UNKNOWN: no such section or key. NAVETTE_E_INVALID: the value. NAVETTE_E_TOO_LARGE. NAVETTE_E_MEMORY. */
int import_profile_set(struct import_profile *profile, const char *section, const char *key, const char *value);
/* After the last setting: sorts and checks. NAVETTE_E_INVALID: *wrong (static) names what is missing. */
int import_profile_finish(struct import_profile *profile, const char **wrong);
/* What a code stands for; NULL: not in the list. Borrowed. */
const char *import_profile_look(const struct import_pairs *pairs, const char *from);

#endif
