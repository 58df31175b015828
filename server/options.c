/* SPDX-License-Identifier: Apache-2.0 */
#include "server/options.h"

#include <popt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct option_spec {
    const char *name;
    const char *argument; /* NULL: a flag */
    const char *fr;
    const char *en;
    const char *section; /* of the setting it gives (config.h); NULL: none */
    const char *key;
};

static const struct option_spec SPECS[OPTION_COUNT] = {
    [OPTION_FOLDER] = {"folder", "DIR", "dossier du concentrateur (/var/lib/navette-hub)", "the hub's folder (/var/lib/navette-hub)",
                       "store", "folder"},
    [OPTION_CONFIG] = {"config", "FILE", "fichier de configuration (hub.ini)", "configuration file (hub.ini)", NULL, NULL},
    [OPTION_CONTROL] = {"control", "PATH", "socket de commande (DIR/control)", "control socket (DIR/control)", "control", "socket"},
    [OPTION_GROUP] = {"group", "GROUP", "groupe qui peut s'en servir", "group that may use it", "control", "group"},
    [OPTION_LISTEN] = {"listen", "ENDPOINT", "port des postes (tcp://[::]:7443)", "port for nodes (tcp://[::]:7443)", "hub", "listen"},
    [OPTION_PUBLIC] = {"public", "ENDPOINT", "adresse à donner aux postes, si elle diffère",
                       "what nodes are told to use, when that differs", "hub", "public"},
    [OPTION_ENROL] = {"enrol", "ENDPOINT", "port d'inscription (tcp://[::]:7444)", "port for enrolment (tcp://[::]:7444)", "hub", "enrol"},
    [OPTION_SNAPSHOT_ROWS] = {"snapshot-rows", "N", "retard à partir duquel un poste reçoit un instantané (0 : jamais)",
                              "how far behind a node is given a snapshot (0: never)", "hub", "snapshot_rows"},
    [OPTION_MAP_MIB] = {"map-mib", "MIB", "taille maximale de chaque base", "largest size of each store", "store", "map_mib"},
    [OPTION_RESERVE_MIB] = {"reserve-mib", "MIB", "place gardée libre sur le disque", "kept free on the disk", "store", "reserve_mib"},
    [OPTION_LOG] = {"log", "LEVEL", "info, warning, error", "info, warning, error", "log", "level"},
    [OPTION_LANG] = {"lang", "fr|en", "langue", "language", NULL, NULL},
    [OPTION_JSON] = {"json", NULL, "réponse en JSON", "answer in JSON", NULL, NULL},
    [OPTION_NAME] = {"name", "TEXT", "nom du lieu", "the place's name", NULL, NULL},
    [OPTION_KIND] = {"kind", "KIND", "genre : branch, relay, depot, return-box, vehicle ; item, bag, crate",
                     "kind: branch, relay, depot, return-box, vehicle; item, bag, crate", NULL, NULL},
    [OPTION_ISIL] = {"isil", "CODE", "identifiant ISIL", "ISIL identifier", NULL, NULL},
    [OPTION_TZ] = {"tz", "TZ", "fuseau horaire POSIX (CET-1CEST,M3.5.0,M10.5.0/3)", "POSIX time zone (CET-1CEST,M3.5.0,M10.5.0/3)", NULL,
                   NULL},
    [OPTION_NAMESPACES] = {"namespaces", "A,B", "sources où chercher un code-barres, dans cet ordre",
                           "sources in which a barcode is looked up, in this order", NULL, NULL},
    [OPTION_ZONES] = {"zones", "CODE:KIND[:N],...", "zones du lieu : shelf, staging, isolation",
                      "zones of the place: shelf, staging, isolation", NULL, NULL},
    [OPTION_HOST] = {"host", "PLACE", "bibliothèque dont le poste sert ce lieu", "branch whose node serves this place", NULL, NULL},
    [OPTION_ROLE] = {"role", "ROLE", "branch, relay, carrier, coordinator, reader", "branch, relay, carrier, coordinator, reader", NULL,
                     NULL},
    [OPTION_SCOPE] = {"scope", "SCOPE", "network (tout) ou own (ce qui concerne ses lieux)",
                      "network (everything) or own (what concerns its places)", NULL, NULL},
    [OPTION_PLACES] = {"places", "A,B", "lieux servis", "places served", NULL, NULL},
    [OPTION_REASON] = {"reason", "REASON", "raison : un code, comme other, replaced, surplus",
                       "reason: a code, such as other, replaced, surplus", NULL, NULL},
    [OPTION_FILE] = {"file", "FILE", "écrit aussi l'invitation, ou la clé de secours, dans ce fichier",
                     "also writes the invitation, or the recovery key, to this file", NULL, NULL},
    [OPTION_PLACE] = {"place", "PLACE", "ce lieu seulement", "this place only", NULL, NULL},
    [OPTION_MATERIAL] = {"material", "TEXT", "ce type de document seulement", "this material only", NULL, NULL},
    [OPTION_STATE] = {"state", "STATE", "cet état seulement (shelf, in-transit...)", "this state only (shelf, in-transit...)", NULL, NULL},
    [OPTION_BY_HOME] = {"by-home", NULL, "une ligne par lieu d'attache", "a row for each home", NULL, NULL},
    [OPTION_ZONE] = {"zone", "ZONE", "cette zone seulement", "this zone only", NULL, NULL},
    [OPTION_FROM] = {"from", "DATE|N|PLACE", "à partir de, ou d'où", "from", NULL, NULL},
    [OPTION_TO] = {"to", "DATE|PLACE", "jusqu'à, ou vers où", "until, or to", NULL, NULL},
    [OPTION_DESTINATION] = {"destination", "PLACE", "les transits vers ce lieu seulement", "transits to this place only", NULL, NULL},
    [OPTION_DAYS] = {"days", "N", "durée en jours", "duration in days", NULL, NULL},
    [OPTION_HOURS] = {"hours", "N", "durée en heures", "duration in hours", NULL, NULL},
    [OPTION_SINCE] = {"since", "TIME", "refuse aussi ce que sa clé a signé depuis ce moment",
                      "also refuses what its key signed since this moment", NULL, NULL},
    [OPTION_AT] = {"at", "TIME", "à ce moment : AAAA-MM-JJ[THH:MM[:SS]][Z|+hh:mm]", "at this moment: YYYY-MM-DD[THH:MM[:SS]][Z|+hh:mm]",
                   NULL, NULL},
    [OPTION_KNOWN] = {"known", "TIME|N", "avec ce que le concentrateur avait reçu alors (moment, ou numéro du journal)",
                      "with what the hub had received then (moment, or journal number)", NULL, NULL},
    [OPTION_STOCK] = {"stock", NULL, "un chiffre du stock : ce qui le fait, et ses bornes",
                      "a figure of the stock: what makes it, and its bounds", NULL, NULL},
    [OPTION_NAMESPACE] = {"namespace", "NAME", "source du code-barres", "the barcode's source", NULL, NULL},
    [OPTION_CSV] = {"csv", NULL, "lignes CSV, avec un en-tête", "CSV lines, with a heading", NULL, NULL},
    [OPTION_VERDICT] = {"verdict", "VERDICT", "undecidable, provisional, proven, withdrawn, settled",
                        "undecidable, provisional, proven, withdrawn, settled", NULL, NULL},
    [OPTION_SLIP] = {"slip", "SLIP", "ce bordereau seulement", "this slip only", NULL, NULL},
    [OPTION_ROUND] = {"round", "ROUND", "cette tournée seulement", "this round only", NULL, NULL},
    [OPTION_GAPS] = {"gaps", NULL, "celles où il manque ou dépasse quelque chose", "those that are short or over", NULL, NULL},
    [OPTION_UNPAIRED] = {"unpaired", NULL, "les comptes à rattacher", "counts to be paired", NULL, NULL},
    [OPTION_VERIFY] = {"verify", NULL, "relit cette sauvegarde en entier, n'en fait pas", "reads this backup whole, makes none", NULL,
                       NULL},
    [OPTION_TRANSIT] = {"transit", NULL, "une ligne de ce qui est en route", "a line of what is on the road", NULL, NULL},
    [OPTION_BAGS] = {"bags", NULL, "une case du compte des sacs", "a cell of the bag ledger", NULL, NULL},
    [OPTION_HANDOVER] = {"handover", NULL, "une remise : ses trois comptes", "a hand-over: its three counts", NULL, NULL},
    [OPTION_STOCKTAKE] = {"count", NULL, "un récolement : son écart", "a stocktake: its variance", NULL, NULL},
    [OPTION_DAY] = {"day", "DATE", "jour du départ", "day of departure", NULL, NULL},
    [OPTION_OUT] = {"out", "FOLDER|FILE", "où écrire la réponse (sinon à côté du fichier lu)",
                    "where to write the answer (else beside the file read)", NULL, NULL},
    [OPTION_NODE] = {"node", "NODE", "de ce poste seulement (numéro ou lieu)", "of this node only (id or place)", NULL, NULL},
    [OPTION_FORGET] = {"forget", NULL, "vide la liste de ce qui est réparé", "empties the list of what is mended", NULL, NULL},
    [OPTION_NOW] = {"now", NULL, "tout de suite : les clés d'avant ne valent plus", "at once: the keys before are good no more", NULL,
                    NULL},
    [OPTION_ALL] = {"all", NULL, "tout ce qui est refusé", "all that is refused", NULL, NULL},
    [OPTION_NEED] = {"need", "NEED", "none, code, pin, passphrase", "none, code, pin, passphrase", NULL, NULL},
    [OPTION_IDLE] = {"idle", "MINUTES|Ns", "fin de session sans lecture", "a session ends after so long without a scan", NULL, NULL},
    [OPTION_UNKNOWN] = {"unknown", "refuse|record", "ce que fait un badge inconnu est refusé, ou enregistré et signalé",
                        "what an unknown badge does is refused, or recorded and told", NULL, NULL},
    [OPTION_LEAD] = {"lead", NULL, "responsable des agents du lieu", "leads the place's operators", NULL, NULL},
    [OPTION_HELP] = {"help", NULL, "cette aide", "this help", NULL, NULL},
};

const char *options_name(enum option option)
{
    return SPECS[option].name;
}

int options_find(const char *name)
{
    for (int i = 0; i < OPTION_COUNT; i++)
        if (strcmp(SPECS[i].name, name) == 0)
            return i;
    return -1;
}

const char *options_get(const struct options *options, enum option option, const char *otherwise)
{
    return options->values[option] ? options->values[option] : otherwise;
}

static void options_refuse(const struct options *options, const char *code, const char *a, const char *b)
{
    char text[512];
    char next[512];

    message_text(options->language, code, a, b, NULL, text, sizeof(text));
    message_next(options->language, code, a, b, NULL, next, sizeof(next));
    (void)fprintf(stderr, "%s\n-> %s\n", text, next);
}

static int options_typed(int argc, char **argv, struct options *options)
{
    struct poptOption table[OPTION_COUNT + 1];
    poptContext context;
    const char *word;
    int option;
    int rc = 0;

    memset(table, 0, sizeof(table));
    for (int i = 0; i < OPTION_COUNT; i++) {
        table[i].longName = SPECS[i].name;
        table[i].argInfo = SPECS[i].argument ? POPT_ARG_STRING : POPT_ARG_NONE;
        table[i].val = i + 1;
    }
    context = poptGetContext("navette-hub", argc, (const char **)(uintptr_t)argv, table, 0);
    if (!context)
        return NAVETTE_E_MEMORY;
    while ((option = poptGetNextOpt(context)) > 0) {
        free(options->values[option - 1]);
        options->values[option - 1] = SPECS[option - 1].argument ? poptGetOptArg(context) : strdup("1");
    }
    if (option < -1) {
        options_refuse(options, "hub-usage", poptBadOption(context, POPT_BADOPTION_NOALIAS), NULL);
        rc = NAVETTE_E_INVALID;
    }
    while (!rc && (word = poptGetArg(context)) != NULL) {
        if (options->word_count == OPTIONS_WORDS_MAX) {
            options_refuse(options, "hub-usage", word, NULL);
            rc = NAVETTE_E_INVALID;
            break;
        }
        options->words[options->word_count++] = strdup(word);
    }
    (void)poptFreeContext(context);
    return rc;
}

static int options_settings(struct options *options)
{
    char text[CONFIG_TEXT_BYTES];
    int rc;

    config_defaults(&options->config, CONFIG_HUB);
    if (options->values[OPTION_CONFIG]) {
        rc = config_read(&options->config, options->values[OPTION_CONFIG], text);
        if (rc) {
            (void)fprintf(stderr, "navette-hub: %s\n", text);
            return NAVETTE_E_INVALID;
        }
    }
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (!options->values[i] || !SPECS[i].section)
            continue;
        rc = config_set(&options->config, SPECS[i].section, SPECS[i].key, options->values[i]);
        if (rc) {
            options_refuse(options, "hub-bad-option", SPECS[i].name, options->values[i]);
            return NAVETTE_E_INVALID;
        }
    }
    return config_control_path(&options->config, options->control);
}

int options_parse(int argc, char **argv, struct options *options)
{
    const char *language;
    int rc;

    memset(options, 0, sizeof(*options));
    options->language = message_language_of_environment();
    rc = options_typed(argc, argv, options);
    language = options->values[OPTION_LANG];
    options->language = language ? message_language_of(language) : message_language_of_environment();
    return rc ? rc : options_settings(options);
}

void options_free(struct options *options)
{
    for (size_t i = 0; i < OPTION_COUNT; i++)
        free(options->values[i]);
    for (size_t i = 0; i < options->word_count; i++)
        free(options->words[i]);
    memset(options, 0, sizeof(*options));
}

void options_help(const struct options *options, const char *names)
{
    char list[512];
    char *rest = NULL;

    (void)snprintf(list, sizeof(list), "%s", names);
    for (const char *name = strtok_r(list, " ", &rest); name; name = strtok_r(NULL, " ", &rest)) {
        int option = options_find(name);
        char left[40];

        if (option < 0)
            continue;
        (void)snprintf(left, sizeof(left), "--%s %s", name, SPECS[option].argument ? SPECS[option].argument : "");
        (void)printf("  %-30s %s\n", left, options->language == MESSAGE_EN ? SPECS[option].en : SPECS[option].fr);
    }
}
