/* SPDX-License-Identifier: Apache-2.0 */
#include "io/import_profile.h"

#include <errno.h>
#include <ini.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "navette/error.h"

#define INI_NAME_MOST 48u /* inih cuts longer names without a word */

struct slot {
    const char *section, *key;
    size_t offset, size;
};

#define SLOT(section, key, field)                                                                                                          \
    {                                                                                                                                      \
        section, key, offsetof(struct import_profile, field), sizeof(((struct import_profile *)0)->field)                                  \
    }

/* Those that are texts. */
static const struct slot slots[] = {
    SLOT("profile", "about", about),
    SLOT("profile", "namespace", space),
    SLOT("profile", "home", home_default),
    SLOT("item", "tag", tag),
    SLOT("item", "barcode", barcode),
    SLOT("item", "home", home),
    SLOT("item", "at", at),
    SLOT("item", "call-number", call_number),
    SLOT("item", "material", material),
    SLOT("item", "number", number),
    SLOT("record", "title", title),
    SLOT("record", "author", author),
    SLOT("order", "prefix", order_prefix),
    SLOT("order", "day", order_day),
    SLOT("order", "pickup", order_pickup),
    SLOT("order", "state", order_state),
    SLOT("order", "card", order_card),
    SLOT("order", "name", order_name),
};
static const char *const forms[] = {"marc21", "unimarc", "csv"};

static int add_pair(struct import_pairs *pairs, const char *from, const char *to, size_t most)
{
    struct import_pair *bigger;

    if (from[0] == '\0' || strlen(from) > IMPORT_SOURCE || strlen(to) > most || pairs->count >= IMPORT_PAIRS)
        return NAVETTE_E_TOO_LARGE;
    if (to[0] == '\0')
        return NAVETTE_E_INVALID;
    if ((pairs->count & (pairs->count - 1)) == 0) {
        bigger = realloc(pairs->list, (pairs->count == 0 ? 1 : pairs->count * 2) * sizeof *pairs->list);
        if (bigger == NULL)
            return NAVETTE_E_MEMORY;
        pairs->list = bigger;
    }
    (void)snprintf(pairs->list[pairs->count].from, sizeof pairs->list->from, "%s", from);
    (void)snprintf(pairs->list[pairs->count++].to, sizeof pairs->list->to, "%s", to);
    return 0;
}

static int set_place(struct import_profile *profile, const char *from, const char *to)
{
    char code[LIMIT_PLACE_CODE + 1];

    import_place_code(to, code);
    return strcmp(code, to) != 0 ? NAVETTE_E_INVALID : add_pair(&profile->places, from, to, LIMIT_PLACE_CODE);
}

static int set_form(struct import_profile *profile, const char *value)
{
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (strcasecmp(value, forms[i]) == 0) {
            profile->form = (enum import_form)i;
            return 0;
        }
    return NAVETTE_E_INVALID;
}

int import_profile_set(struct import_profile *profile, const char *section, const char *key, const char *value)
{
    if (strcmp(section, "places") == 0)
        return set_place(profile, key, value);
    if (strcmp(section, "materials") == 0)
        return add_pair(&profile->materials, key, value, LIMIT_MATERIAL);
    if (strcmp(section, "profile") == 0 && strcmp(key, "name") == 0)
        return (size_t)snprintf(profile->name, sizeof profile->name, "%s", value) < sizeof profile->name ? 0 : NAVETTE_E_TOO_LARGE;
    if (strcmp(section, "profile") == 0 && strcmp(key, "form") == 0)
        return set_form(profile, value);
    if (strcmp(section, "profile") == 0 && strcmp(key, "without-barcode") == 0) {
        profile->without_barcode_skip = strcmp(value, "skip") == 0;
        return profile->without_barcode_skip || strcmp(value, "label") == 0 ? 0 : NAVETTE_E_INVALID;
    }
    for (size_t i = 0; i < sizeof slots / sizeof slots[0]; i++) {
        if (strcmp(section, slots[i].section) != 0 || strcmp(key, slots[i].key) != 0)
            continue;
        if (strlen(value) >= slots[i].size)
            return NAVETTE_E_TOO_LARGE;
        memcpy((char *)profile + slots[i].offset, value, strlen(value) + 1);
        return 0;
    }
    return NAVETTE_E_UNKNOWN;
}

static int by_name(const void *a, const void *b)
{
    return strcasecmp(((const struct import_pair *)a)->from, ((const struct import_pair *)b)->from);
}

static void sort(struct import_pairs *pairs)
{
    if (pairs->count > 1)
        qsort(pairs->list, pairs->count, sizeof *pairs->list, by_name);
}

int import_profile_finish(struct import_profile *profile, const char **wrong)
{
    char code[LIMIT_PLACE_CODE + 1];

    sort(&profile->places);
    sort(&profile->materials);
    import_place_code(profile->home_default, code);
    *wrong = profile->form != IMPORT_CSV && strlen(profile->tag) != 3 ? "[item] tag"
             : profile->barcode[0] == '\0'                            ? "[item] barcode"
             : strcmp(code, profile->home_default) != 0               ? "[profile] home"
                                                                      : NULL;
    return *wrong == NULL ? 0 : NAVETTE_E_INVALID;
}

const char *import_profile_look(const struct import_pairs *pairs, const char *from)
{
    struct import_pair wanted;
    const struct import_pair *found;

    if (pairs->count == 0 || strlen(from) > IMPORT_SOURCE)
        return NULL;
    (void)snprintf(wanted.from, sizeof wanted.from, "%s", from);
    found = bsearch(&wanted, pairs->list, pairs->count, sizeof *pairs->list, by_name);
    return found != NULL ? found->to : NULL;
}

const char *import_profile_place(const struct import_profile *profile, const char *label)
{
    return import_profile_look(&profile->places, label);
}

int import_profile_at(size_t index, struct import_profile *profile)
{
    const struct import_ready *ready = import_profiles_at(index);
    const char *wrong;
    int rc = 0;

    memset(profile, 0, sizeof *profile);
    if (ready == NULL)
        return NAVETTE_E_NOT_FOUND;
    (void)snprintf(profile->name, sizeof profile->name, "%s", ready->name);
    (void)snprintf(profile->about, sizeof profile->about, "%s", ready->about);
    for (size_t i = 0; i < ready->count && rc == 0; i++)
        rc = import_profile_set(profile, ready->settings[i].section, ready->settings[i].key, ready->settings[i].value);
    return rc != 0 ? rc : import_profile_finish(profile, &wrong);
}

static int is_called(const struct import_ready *ready, const char *name)
{
    const char *word = ready->aliases;
    size_t len = strlen(name);

    if (strcasecmp(ready->name, name) == 0)
        return 1;
    for (; *word != '\0'; word += strspn(word, " ")) {
        size_t size = strcspn(word, " ");
        if (size == len && strncasecmp(word, name, len) == 0)
            return 1;
        word += size;
    }
    return 0;
}

int import_profile_find(const char *name, struct import_profile *profile)
{
    const struct import_ready *ready;

    memset(profile, 0, sizeof *profile);
    for (size_t i = 0; (ready = import_profiles_at(i)) != NULL; i++)
        if (is_called(ready, name))
            return import_profile_at(i, profile);
    return NAVETTE_E_NOT_FOUND;
}

struct reading {
    struct import_profile *profile;
    const char *path;
    char *text;
    int rc;
};

/* inih says 1 for a line that was taken. */
static int take_line(void *context, const char *section, const char *key, const char *value)
{
    struct reading *reading = context;
    int rc = strlen(key) >= INI_NAME_MOST ? NAVETTE_E_TOO_LARGE : import_profile_set(reading->profile, section, key, value);

    if (rc != 0 && reading->rc == 0) {
        reading->rc = rc == NAVETTE_E_MEMORY ? rc : NAVETTE_E_INVALID;
        (void)snprintf(reading->text, IMPORT_TEXT, "[%.30s] %.60s = %.80s", section, key, value);
    }
    return rc == 0;
}

int import_profile_read(const char *path, struct import_profile *profile, char text[IMPORT_TEXT])
{
    struct reading reading = {.profile = profile, .path = path, .text = text};
    const char *wrong;
    FILE *file = fopen(path, "r");
    int line, rc;

    memset(profile, 0, sizeof *profile);
    text[0] = '\0';
    if (file == NULL)
        return errno == ENOENT ? NAVETTE_E_NOT_FOUND : NAVETTE_E_REFUSED;
    const char *slash = strrchr(path, '/');
    (void)snprintf(profile->name, sizeof profile->name, "%.60s", slash != NULL ? slash + 1 : path);
    line = ini_parse_file(file, take_line, &reading);
    (void)fclose(file);
    if (reading.rc == NAVETTE_E_MEMORY)
        return reading.rc;
    if (line != 0) {
        char at[IMPORT_TEXT];
        (void)snprintf(at, sizeof at, "%d: %.200s", line, text);
        (void)snprintf(text, IMPORT_TEXT, "%s", at);
        return NAVETTE_E_INVALID;
    }
    rc = import_profile_finish(profile, &wrong);
    if (rc != 0)
        (void)snprintf(text, IMPORT_TEXT, "%s", wrong);
    return rc;
}

static void print_pairs(const char *section, const struct import_pairs *pairs, FILE *out)
{
    (void)fprintf(out, "\n[%s]\n", section);
    for (size_t i = 0; i < pairs->count; i++)
        (void)fprintf(out, "%s = %s\n", pairs->list[i].from, pairs->list[i].to);
}

void import_profile_print(const struct import_profile *profile, FILE *out)
{
    const char *section = "profile";

    (void)fprintf(out, "[profile]\nname = %s\nform = %s\nwithout-barcode = %s\n", profile->name, forms[profile->form],
                  profile->without_barcode_skip ? "skip" : "label");
    for (size_t i = 0; i < sizeof slots / sizeof slots[0]; i++) {
        const char *value = (const char *)profile + slots[i].offset;
        if (strcmp(section, slots[i].section) != 0)
            (void)fprintf(out, "\n[%s]\n", section = slots[i].section);
        (void)fprintf(out, "%s%s =%s%s\n", value[0] == '\0' ? "; " : "", slots[i].key, value[0] == '\0' ? "" : " ", value);
    }
    print_pairs("places", &profile->places, out);
    print_pairs("materials", &profile->materials, out);
}

void import_profile_free(struct import_profile *profile)
{
    free(profile->places.list);
    free(profile->materials.list);
    profile->places = profile->materials = (struct import_pairs){0};
}
