/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/config.h"

#include <errno.h>
#include <ini.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MIB 1048576u
#define MIB_MAX 16777216u     /* 16 TiB */
#define SNAPSHOT_ROWS 100000u /* some 20 MiB: below that deltas take minutes on a thin line, and carry no more */

#define PRUNE_AFTER "0"                         /* days; never */
#define SPAN_MAX_MS (INT64_C(36500) * 86400000) /* a hundred years */

enum setting_form { SETTING_PATH, SETTING_ENDPOINT, SETTING_NAME, SETTING_MIB, SETTING_COUNT, SETTING_LEVEL, SETTING_LEND, SETTING_SPAN };

struct setting {
    const char *section;
    const char *key;
    enum setting_form form;
    size_t offset;
    size_t size;
};

#define SETTING(section, key, form, field)                                                                                                 \
    {                                                                                                                                      \
        section, key, form, offsetof(struct config, field), sizeof(((struct config *)0)->field)                                            \
    }

static const struct setting settings[] = {
    SETTING("store", "folder", SETTING_PATH, folder),
    SETTING("store", "map_mib", SETTING_MIB, map_bytes),
    SETTING("store", "reserve_mib", SETTING_MIB, reserve_bytes),
    SETTING("store", "prune_after", SETTING_SPAN, keep_ms),
    SETTING("hub", "listen", SETTING_ENDPOINT, listen),
    SETTING("hub", "public", SETTING_ENDPOINT, public_endpoint),
    SETTING("hub", "enrol", SETTING_ENDPOINT, enrol),
    SETTING("hub", "connect", SETTING_ENDPOINT, connect),
    SETTING("hub", "snapshot_rows", SETTING_COUNT, snapshot_rows),
    SETTING("control", "socket", SETTING_PATH, control),
    SETTING("control", "group", SETTING_NAME, group),
    SETTING("log", "level", SETTING_LEVEL, log_level),
    SETTING("ils", "lend", SETTING_LEND, lend_at_handover),
};

void config_defaults(struct config *config, enum config_role role)
{
    memset(config, 0, sizeof *config);
    strcpy(config->folder, role == CONFIG_HUB ? "/var/lib/navette-hub" : "/var/lib/navette-node");
    config->map_bytes = (role == CONFIG_HUB ? UINT64_C(65536) : UINT64_C(16384)) * MIB;
    config->reserve_bytes = UINT64_C(256) * MIB;
    if (role == CONFIG_NODE)
        (void)config_set(config, "store", "prune_after", PRUNE_AFTER);
    if (role == CONFIG_HUB) {
        strcpy(config->listen, "tcp://[::]:7443");
        strcpy(config->enrol, "tcp://[::]:7444");
        config->snapshot_rows = SNAPSHOT_ROWS;
    }
}

static int set_count(uint64_t *out, const char *value)
{
    char *end;
    errno = 0;
    unsigned long long count = strtoull(value, &end, 10);
    if (errno != 0 || end == value || *end != '\0' || *value == '-')
        return NAVETTE_E_INVALID;
    *out = count;
    return 0;
}

static int set_mib(uint64_t *out, const char *value)
{
    uint64_t mib = 0;
    int rc = set_count(&mib, value);
    if (rc != 0)
        return rc;
    if (mib > MIB_MAX)
        return NAVETTE_E_TOO_LARGE;
    *out = mib * MIB;
    return 0;
}

/* "90": days; "30s", "20m", "12h". */
static int set_span(int64_t *out, const char *value)
{
    static const struct {
        char unit;
        int64_t ms;
    } units[] = {{'s', 1000}, {'m', 60000}, {'h', 3600000}, {'\0', 86400000}};
    char *end;
    errno = 0;
    unsigned long long count = strtoull(value, &end, 10);
    if (errno != 0 || end == value || *value == '-' || (*end != '\0' && end[1] != '\0'))
        return NAVETTE_E_INVALID;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (units[i].unit != *end)
            continue;
        if (count > (unsigned long long)(SPAN_MAX_MS / units[i].ms))
            return NAVETTE_E_TOO_LARGE;
        *out = (int64_t)count * units[i].ms;
        return 0;
    }
    return NAVETTE_E_INVALID;
}

/* Which of the words it is. */
static int set_word(int *out, const char *value, const char *const *words, int count)
{
    for (int i = 0; i < count; i++)
        if (strcmp(value, words[i]) == 0) {
            *out = i;
            return 0;
        }
    return NAVETTE_E_INVALID;
}

static int set_level(int *out, const char *value)
{
    static const char *const levels[] = {"info", "warning", "error"};
    return set_word(out, value, levels, 3);
}

static int set_lend(int *out, const char *value)
{
    static const char *const moments[] = {"packing", "handover"};
    return set_word(out, value, moments, 2);
}

int config_set(struct config *config, const char *section, const char *key, const char *value)
{
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        const struct setting *setting = &settings[i];
        if (strcmp(setting->section, section) != 0 || strcmp(setting->key, key) != 0)
            continue;
        char *field = (char *)config + setting->offset;
        if (setting->form == SETTING_MIB)
            return set_mib((uint64_t *)(void *)field, value);
        if (setting->form == SETTING_COUNT)
            return set_count((uint64_t *)(void *)field, value);
        if (setting->form == SETTING_SPAN)
            return set_span((int64_t *)(void *)field, value);
        if (setting->form == SETTING_LEVEL)
            return set_level((int *)(void *)field, value);
        if (setting->form == SETTING_LEND)
            return set_lend((int *)(void *)field, value);
        if (strlen(value) >= setting->size)
            return NAVETTE_E_TOO_LARGE;
        /* "tcp://HOST:PORT": the rest is the resolver's to judge. */
        if (setting->form == SETTING_ENDPOINT && *value != '\0' && (strncmp(value, "tcp://", 6) != 0 || strchr(value + 6, ':') == NULL))
            return NAVETTE_E_INVALID;
        strcpy(field, value);
        return 0;
    }
    return NAVETTE_E_UNKNOWN;
}

/* What the reader and the handler share: inih gives its handler no line number. */
struct reading {
    struct config *config;
    FILE *file;
    const char *path;
    char *text;
    int line;
    int failed; /* the line that was found wrong first, 0: none */
};

static void say(struct reading *reading, const char *what, const char *section, const char *key)
{
    if (!reading->failed)
        snprintf(reading->text, CONFIG_TEXT_BYTES, "%s:%d: %s%s%s%s", reading->path, reading->line, what, section,
                 *section != '\0' ? "." : "", key);
    reading->failed = reading->failed != 0 ? reading->failed : reading->line;
}

static char *read_line(char *out, int size, void *user)
{
    struct reading *reading = user;
    if (reading->failed || fgets(out, size, reading->file) == NULL)
        return NULL;
    reading->line++;
    size_t len = strlen(out);
    /* inih would take the rest for another line. */
    if (len + 1 >= (size_t)size && out[len - 1] != '\n')
        say(reading, "the line is too long", "", "");
    return out;
}

static int take_setting(void *user, const char *section, const char *key, const char *value)
{
    struct reading *reading = user;
    if (reading->failed)
        return 0;
    int rc = config_set(reading->config, section, key, value);
    if (rc == NAVETTE_E_UNKNOWN)
        say(reading, "unknown key ", section, key);
    else if (rc != 0)
        say(reading, rc == NAVETTE_E_TOO_LARGE ? "too long or too large: " : "not a value for ", section, key);
    return rc == 0;
}

int config_read(struct config *config, const char *path, char text[CONFIG_TEXT_BYTES])
{
    struct reading reading = {.config = config, .path = path, .text = text};
    text[0] = '\0';
    reading.file = fopen(path, "re");
    if (reading.file == NULL) {
        int cause = errno;
        snprintf(text, CONFIG_TEXT_BYTES, "%s: %s", path, strerror(cause));
        return cause == ENOENT ? NAVETTE_E_NOT_FOUND : cause == EACCES ? NAVETTE_E_REFUSED : NAVETTE_E_SYSTEM;
    }
    int line = ini_parse_stream(read_line, &reading, take_setting, &reading);
    /* inih goes on behind a line that it can't read. */
    if (line != 0 && (!reading.failed || line < reading.failed))
        snprintf(text, CONFIG_TEXT_BYTES, "%s:%d: neither a [section] nor key = value", path, line);
    fclose(reading.file);
    return reading.failed || line != 0 ? NAVETTE_E_INVALID : 0;
}

int config_control_path(const struct config *config, char out[CONFIG_PATH_BYTES])
{
    int len = config->control[0] != '\0' ? snprintf(out, CONFIG_PATH_BYTES, "%s", config->control)
                                         : snprintf(out, CONFIG_PATH_BYTES, "%s/control", config->folder);
    return len < (int)CONFIG_PATH_BYTES ? 0 : NAVETTE_E_TOO_LARGE;
}
