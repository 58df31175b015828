/* SPDX-License-Identifier: Apache-2.0 */
#include "node/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <popt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "navette/message.h"

struct typed {
    char *folder, *config, *socket, *group, *log, *prune_after;
    int foreground, background, rebuild, offline, map_mib, reserve_mib, version;
};

static const char *say(const char *fr, const char *en)
{
    return message_language_of_environment() == MESSAGE_EN ? en : fr;
}

static int parse(int argc, const char **argv, struct typed *typed)
{
    /* popt breaks what is longer than a line by bytes, and loses letters with accents: each text has to fit */
    const struct poptOption options[] = {
        {"folder", 'd', POPT_ARG_STRING, &typed->folder, 0, say("dossier du poste", "the node's folder"), "DIR"},
        {"config", 'c', POPT_ARG_STRING, &typed->config, 0, say("fichier de réglages", "settings file"), "FILE"},
        {"foreground", 'f', POPT_ARG_NONE, &typed->foreground, 0,
         say("rester au premier plan (par défaut)", "stay in the foreground (default)"), NULL},
        {"background", 'b', POPT_ARG_NONE, &typed->background, 0, say("continuer en arrière-plan", "go on in the background"), NULL},
        {"socket", 0, POPT_ARG_STRING, &typed->socket, 0, say("chemin de la prise locale", "path of the local socket"), "PATH"},
        {"group", 0, POPT_ARG_STRING, &typed->group, 0, say("groupe admis à la prise locale", "group admitted to the local socket"),
         "NAME"},
        {"map-mib", 0, POPT_ARG_INT, &typed->map_mib, 0, say("taille maximale de la base, en Mio", "largest size of the store, in MiB"),
         "N"},
        {"reserve-mib", 0, POPT_ARG_INT, &typed->reserve_mib, 0,
         say("place laissée libre sur le disque, en Mio", "left free on the disk, in MiB"), "N"},
        {"prune-after", 0, POPT_ARG_STRING, &typed->prune_after, 0,
         say("laisser au concentrateur après N jours", "leave to the hub after N days"), "N"},
        {"log", 0, POPT_ARG_STRING, &typed->log, 0, say("niveau du journal", "log level"), "info|warning|error"},
        {"offline", 0, POPT_ARG_NONE, &typed->offline, 0, say("ne pas chercher le concentrateur", "do not look for the hub"), NULL},
        {"rebuild", 0, POPT_ARG_NONE, &typed->rebuild, 0, say("refaire l'état depuis le journal", "make the state anew from the journal"),
         NULL},
        {"version", 0, POPT_ARG_NONE, &typed->version, 0, say("version", "version"), NULL},
        POPT_AUTOHELP POPT_TABLEEND,
    };
    poptContext context = poptGetContext("navette-node", argc, argv, options, 0);
    int rc = poptGetNextOpt(context);

    if (rc < -1)
        (void)fprintf(stderr, "navette-node: %s: %s\n", poptBadOption(context, POPT_BADOPTION_NOALIAS), poptStrerror(rc));
    else if (poptPeekArg(context) != NULL)
        (void)fprintf(stderr, "navette-node: %s: %s\n", say("argument en trop", "unexpected argument"), poptPeekArg(context));
    rc = rc < -1 || poptPeekArg(context) != NULL ? NAVETTE_E_INVALID : 0;
    poptFreeContext(context);
    return rc;
}

static int set(struct config *config, const char *section, const char *key, const char *value)
{
    int rc = value != NULL ? config_set(config, section, key, value) : 0;

    if (rc != 0)
        (void)fprintf(stderr, "navette-node: %s: %s\n", say("valeur refusée", "value refused"), value);
    return rc;
}

static int set_mib(struct config *config, const char *key, int mib)
{
    char text[32];

    if (mib < 0)
        return 0;
    (void)snprintf(text, sizeof text, "%d", mib);
    return set(config, "store", key, text);
}

static int apply(const struct typed *typed, struct settings *settings)
{
    char text[CONFIG_TEXT_BYTES];
    int rc = 0;

    if (typed->config != NULL && (rc = config_read(&settings->config, typed->config, text)) != 0)
        (void)fprintf(stderr, "navette-node: %s: %s\n", typed->config, rc == NAVETTE_E_INVALID ? text : error_text(rc));
    if (rc == 0)
        rc = set(&settings->config, "store", "folder", typed->folder);
    if (rc == 0)
        rc = set(&settings->config, "control", "socket", typed->socket);
    if (rc == 0)
        rc = set(&settings->config, "control", "group", typed->group);
    if (rc == 0)
        rc = set(&settings->config, "log", "level", typed->log);
    if (rc == 0)
        rc = set(&settings->config, "store", "prune_after", typed->prune_after);
    if (rc == 0)
        rc = set_mib(&settings->config, "map_mib", typed->map_mib);
    if (rc == 0)
        rc = set_mib(&settings->config, "reserve_mib", typed->reserve_mib);
    settings->background = typed->background && !typed->foreground;
    settings->rebuild = typed->rebuild;
    settings->offline = typed->offline;
    return rc;
}

int settings_read(int argc, const char **argv, struct settings *settings)
{
    struct typed typed = {.map_mib = -1, .reserve_mib = -1};
    const char *folder = getenv("NAVETTE_FOLDER");
    int rc;

    memset(settings, 0, sizeof *settings);
    config_defaults(&settings->config, CONFIG_NODE);
    if (folder != NULL && folder[0] != '\0')
        (void)set(&settings->config, "store", "folder", folder);
    rc = parse(argc, argv, &typed);
    if (rc == 0 && typed.version) {
        (void)printf("navette-node 1\n");
        rc = 1;
    }
    if (rc == 0)
        rc = apply(&typed, settings);
    free(typed.folder);
    free(typed.config);
    free(typed.socket);
    free(typed.group);
    free(typed.log);
    free(typed.prune_after);
    return rc;
}

int settings_detach(const struct settings *settings)
{
    char path[CONFIG_PATH_BYTES + 8];
    int rc = 0, log, null = open("/dev/null", O_RDWR | O_CLOEXEC);

    (void)mkdir(settings->config.folder, 0700);
    (void)snprintf(path, sizeof path, "%s/log", settings->config.folder);
    log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (null < 0 || log < 0 || daemon(1, 1) != 0) {
        (void)fprintf(stderr, "navette-node: %s: %s\n", path, strerror(errno));
        rc = NAVETTE_E_SYSTEM;
    }
    if (rc == 0 && (dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 || dup2(log, STDERR_FILENO) < 0))
        rc = NAVETTE_E_SYSTEM;
    if (null >= 0)
        (void)close(null);
    if (log >= 0)
        (void)close(log);
    return rc;
}
