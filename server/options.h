/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_OPTIONS_H
#define NAVETTE_SERVER_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "navette/config.h"
#include "navette/error.h"
#include "navette/message.h"

/* What was typed: words and options. Those that are settings (config.h) stand over the configuration file, which stands over the built-in values. */
enum option {
    OPTION_FOLDER,
    OPTION_CONFIG,
    OPTION_CONTROL,
    OPTION_GROUP,
    OPTION_LISTEN,
    OPTION_PUBLIC,
    OPTION_ENROL,
    OPTION_SNAPSHOT_ROWS,
    OPTION_MAP_MIB,
    OPTION_RESERVE_MIB,
    OPTION_LOG,
    OPTION_LANG,
    OPTION_JSON,
    OPTION_NAME,
    OPTION_KIND,
    OPTION_ISIL,
    OPTION_TZ,
    OPTION_NAMESPACES,
    OPTION_ZONES,
    OPTION_HOST,
    OPTION_ROLE,
    OPTION_SCOPE,
    OPTION_PLACES,
    OPTION_REASON,
    OPTION_FILE,
    OPTION_PLACE,
    OPTION_MATERIAL,
    OPTION_STATE,
    OPTION_BY_HOME,
    OPTION_ZONE,
    OPTION_FROM,
    OPTION_TO,
    OPTION_DESTINATION,
    OPTION_DAYS,
    OPTION_HOURS,
    OPTION_SINCE,
    OPTION_AT,
    OPTION_KNOWN,
    OPTION_STOCK,
    OPTION_NAMESPACE,
    OPTION_CSV,
    OPTION_VERDICT,
    OPTION_SLIP,
    OPTION_ROUND,
    OPTION_GAPS,
    OPTION_UNPAIRED,
    OPTION_VERIFY,
    OPTION_TRANSIT,
    OPTION_BAGS,
    OPTION_HANDOVER,
    OPTION_STOCKTAKE,
    OPTION_DAY,
    OPTION_OUT,
    OPTION_NODE,
    OPTION_ALL,
    OPTION_NEED,
    OPTION_IDLE,
    OPTION_UNKNOWN,
    OPTION_LEAD,
    OPTION_FORGET,
    OPTION_NOW,
    OPTION_HELP,
    OPTION_COUNT
};

#define OPTIONS_WORDS_MAX 64u /* a shell's list of the files on a stick */

struct options {
    char *values[OPTION_COUNT];     /* owned; NULL: not given; "1": a flag that was */
    char *words[OPTIONS_WORDS_MAX]; /* owned */
    size_t word_count;
    enum message_language language;
    struct config config;
    char control[CONFIG_PATH_BYTES]; /* path of the local socket */
};

/*
 * NAVETTE_E_INVALID: an unknown option or a broken configuration file; it was said on stderr. NAVETTE_E_MEMORY. options_free() in any case.
 */
int options_parse(int argc, char **argv, struct options *options);
void options_free(struct options *options);

const char *options_name(enum option option);
int options_find(const char *name); /* -1: none */
/* The value, or `otherwise`. */
const char *options_get(const struct options *options, enum option option, const char *otherwise);
/* One line an option among those that `names` lists ("name kind tz"), on stdout. */
void options_help(const struct options *options, const char *names);

#endif
