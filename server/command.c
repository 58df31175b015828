/* SPDX-License-Identifier: Apache-2.0 */
#include "server/command.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "navette/control.h"
#include "navette/view_csv.h"
#include "server/answer.h"
#include "server/command_offline.h"
#include "server/command_recovery.h"
#include "server/command_stick.h"
#include "server/print.h"
#include "server/print_compare.h"
#include "server/print_count.h"
#include "server/print_handover.h"
#include "server/print_keys.h"
#include "server/print_operator.h"
#include "server/print_past.h"
#include "server/print_refused.h"
#include "server/print_rekey.h"

struct command {
    const char *words;     /* "place add" */
    const char *request;   /* "place-add" */
    const char *arguments; /* names of what follows the words; "?" at the end of one: may be left out */
    const char *options;   /* that it takes, besides those all take */
    print_function *print;
    const char *fr;
    const char *en;
};

#define COMMAND_USAGE_BYTES 512u /* words, arguments and every option of one command */

static const char SERVE_OPTIONS[] = "folder config control group listen public enrol snapshot-rows map-mib reserve-mib log tz";
static const char COMMON_OPTIONS[] = "folder config control json lang help";

static const struct command COMMANDS[] = {
    {"place add", "place-add", "code", "name kind isil tz namespaces zones host", print_place_added, "déclare un lieu, ou le redéclare",
     "declares a place, or declares it anew"},
    {"places", "places", "", "at known csv", print_places, "les lieux", "the places"},
    {"enrol", "enrol", "places", "role scope hours file", print_invitation, "un code pour inscrire un poste",
     "a code with which a node enrols"},
    {"replace", "replace", "node", "file", print_invitation,
     "remplace un poste dont les clés sont perdues ou douteuses : un code pour sa nouvelle machine",
     "replaces a node whose keys are lost or doubted: a code for its new machine"},
    {"nodes", "nodes", "", "known csv", print_nodes, "santé des postes", "health of the nodes"},
    {"revoke", "revoke", "node", "reason since", print_revoked, "retire ses droits à un poste (numéro ou lieu)",
     "revokes a node (id or place)"},
    {"rights show", "rights-show", "node?", "", print_rights_shown, "ce qu'un poste peut faire, lieu par lieu",
     "what a node may do, place by place"},
    {"rights grant", "rights-grant", "node rights", "place", print_rights_shown, "lui donne des droits de plus (dispatch, pack...)",
     "gives it more rights (dispatch, pack...)"},
    {"rights withdraw", "rights-withdraw", "node rights", "place", print_rights_shown, "lui en retire", "takes some of them"},
    {"refused", "refused", "", "node from known csv", print_refused, "ce qui est refusé ou en attente, pourquoi, et quoi faire",
     "what is refused or waits, why, and what to do"},
    {"retry", "retry", "ref?", "node all", print_retried, "reprend ce qui était refusé, avec les droits d'aujourd'hui",
     "tries what was refused again, with the rights of today"},
    {"clones", "clones", "", "", print_clones, "les postes en double : qui se sert de leurs clés",
     "nodes that were cloned: who uses their keys"},
    {"choose", "choose", "node process", "", print_chosen, "d'un poste en double, la machine qui continue (navette-hub clones)",
     "of a cloned node, the machine that goes on (navette-hub clones)"},
    {"erase order", "erase", "order", "", print_erased, "efface partout pour qui était une commande, pour toujours",
     "erases everywhere who an order was for, for good"},
    {"erase person", "erase", "card", "", print_erased, "se fait sur un poste qui a les clés : navette erase person",
     "is done at a node that has the keys: navette erase person"},
    {"erasures", "erasures", "", "", print_erasures, "ce qui a été effacé, et quels postes l'ont confirmé",
     "what was erased, and which nodes have confirmed"},
    {"rekey show", "rekey-show", "", "file", print_rekey,
     "où en est le changement des clés du concentrateur, et qui ne les connaît pas ; --file : le fichier pour un poste sans réseau",
     "how far the change of the hub's keys is, and who does not know them; --file: the file for a node without a network"},
    {"rekey", "rekey", "", "now", print_rekey, "change les clés du concentrateur, sans couper les postes (--now : elles sont volées)",
     "changes the hub's keys, without cutting nodes off (--now: they are stolen)"},
    {"recovery new", "recovery-new", "", "file", print_recovery_new,
     "fait la clé de secours de la direction : une page à imprimer (--file)",
     "makes the director's recovery key: a page to print (--file)"},
    {"recovery show", "recovery-show", "", "", print_recovery, "la clé de secours en service, et ce qui y est enfermé",
     "the recovery key in use, and what is wrapped to it"},
    {"rights", "rights", "node?", "role scope places", print_rights, "les droits, ou les change", "the rights, or changes them"},
    {"scope show", "scope-show", "node?", "", print_scopes, "ce que chaque poste suit, et où il en est",
     "what each node follows, and how far it is"},
    {"scope widen", "scope-widen", "node", "places scope", print_scopes, "un poste sert et suit aussi ces lieux, ou tout le réseau",
     "a node also serves and follows these places, or the whole network"},
    {"scope narrow", "scope-narrow", "node", "places scope", print_scopes,
     "un poste ne sert ni ne suit plus ces lieux, ou plus que les siens",
     "a node serves and follows these places no more, or only its own"},
    {"place host", "place-host", "code host?", "", print_place_hosted,
     "un lieu sans poste est servi par celui de cette bibliothèque (personne : par aucun autre que le sien)",
     "a place without a node is served by that branch's (nobody: by none but its own)"},
    {"rule add", "rule-add", "kind", "material place destination zone from to days hours", print_rule_added,
     "décide une règle : isolation, grace, late, overdue", "decides a rule: isolation, grace, late, overdue"},
    {"stock", "stock", "", "place material state kind by-home at known csv", print_stock, "le stock", "the stock"},
    {"transit", "transit", "", "kind at known csv", print_transit, "ce qui est en transit", "what is in transit"},
    {"bags", "bags", "", "at known csv", print_bags, "les sacs", "the bags"},
    {"find", "find", "thing", "namespace at known", print_thing, "où est un document, un sac", "where a document or a bag is"},
    {"history", "history", "thing", "namespace at known csv", print_past_history, "son histoire", "its history"},
    {"explain", "explain", "thing?", "namespace stock transit bags handover count place from to day material state kind at known",
     print_past_explain,
     "tout ce qui fait la situation d'un document, d'un sac, d'une commande ; une remise (bordereau), un écart (numéro) ; --stock, "
     "--transit, "
     "--bags : ce qui fait un chiffre et ses bornes ; --count : l'écart d'un récolement",
     "all that made an item's, a bag's, an order's state; a hand-over (slip), a discrepancy (id); --stock, --transit, --bags: what makes a "
     "figure and "
     "its bounds; --count: a stocktake's variance"},
    {"operators rule", "operators-rule", "place", "need idle unknown", print_operators,
     "ce qu'un lieu demande à ses agents : rien, badge, code secret, phrase",
     "what a place asks of its operators: nothing, badge, PIN, passphrase"},
    {"operators add", "operators-add", "place operator", "lead", print_operators, "déclare un agent d'un lieu, par son code",
     "declares an operator of a place, by code"},
    {"operators end", "operators-end", "place operator", "", print_operators, "un agent ne travaille plus là",
     "an operator works there no more"},
    {"operators reset", "operators-reset", "place operator", "", print_operators, "annule un code secret oublié",
     "takes back a forgotten PIN"},
    {"operators", "operators", "place?", "", print_operators, "les agents, lieu par lieu", "the operators, place by place"},
    {"conflicts", "conflicts", "", "at known csv", print_conflicts, "choses vues en deux endroits", "things that two places claim"},
    {"discrepancies", "discrepancies", "", "verdict at known csv", print_discrepancies, "les écarts, et ce qu'on en sait",
     "discrepancies, and how sure they are"},
    {"settle", "settle", "discrepancy", "reason", print_settled, "règle un écart", "settles a discrepancy"},
    {"handovers", "handovers", "", "place slip round gaps unpaired at known csv", print_handover_list,
     "les remises : les trois comptes et l'écart", "hand-overs: the three counts and the gap"},
    {"proposals", "proposals", "", "known csv", print_handover_proposals, "manque ici, surplus là : peut-être un échange",
     "short here, over there: a swap perhaps"},
    {"confirm", "confirm", "proposal", "", print_handover_confirmed, "confirme un échange, règle les deux écarts",
     "confirms a swap, settles both discrepancies"},
    {"reject", "reject", "proposal", "", print_handover_rejected, "écarte une proposition", "rejects a proposal"},
    {"counts", "counts", "", "place at known csv", print_counts, "les récolements", "the stocktakes"},
    {"count", "count", "count?", "place at known csv", print_count, "un récolement et son écart", "a stocktake and its variance"},
    {"aside", "aside", "", "from known csv", print_aside, "événements refusés ou en attente", "events refused or parked"},
    {"status", "status", "", "", print_status, "le concentrateur lui-même", "the hub itself"},
    {"verify", "verify", "", "", print_verify, "vérifie chaînes, signatures et état", "checks chains, signatures and state"},
    {"compare", "compare", "node?", "", print_compared,
     "compare maintenant ce qu'un poste a avec le concentrateur ; sans poste : le résultat pour chacun",
     "now compares what a node holds with the hub; without a node: what it came to for each"},
    {"damage", "damage", "", "forget", print_damage, "ce qui a été trouvé abîmé sur le disque du concentrateur",
     "what was found damaged on the hub's disk"},
    {"backup", "backup", "path", "verify", print_backup, "sauvegarde le journal et les clés dans ce dossier, et relit le tout",
     "backs journal and keys up into this folder, and reads it all again"},
    {"restore", "restore", "backup", "", print_restored, "remet une sauvegarde dans --folder, qui n'a pas encore de concentrateur",
     "puts a backup back into --folder, which has no hub yet"},
    {"stick in", "stick-in", "file", "out", NULL,
     "lit une clé USB venue d'un poste, et écrit la réponse à côté (un fichier, ou un dossier, ou plusieurs)",
     "reads a USB stick that comes from a node, and writes the answer beside it (a file, or a folder, or several)"},
    {"rebuild", "rebuild", "", "", print_rebuilt, "refait l'état depuis le journal", "makes the state anew from the journal"},
};

static int command_contains(const char *names, const char *name)
{
    size_t len = strlen(name);

    for (const char *at = names; (at = strstr(at, name)) != NULL; at += len)
        if ((at == names || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
            return 1;
    return 0;
}

/* How many of the typed words this command's own words take; 0: another command. */
static size_t command_match(const struct command *command, const struct options *options)
{
    char words[32];
    char *rest = NULL;
    size_t count = 0;

    (void)snprintf(words, sizeof(words), "%s", command->words);
    for (const char *word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        if (count == options->word_count || strcmp(options->words[count], word) != 0)
            return 0;
        count++;
    }
    return count;
}

/* What an argument is called in the reader's language: "place" is the catalogue's "<place>". */
static const char *command_argument(enum message_language language, const char *name)
{
    char word[64];
    const char *said;

    (void)snprintf(word, sizeof(word), "<%s>", name);
    said = message_word(language, word);
    return said == word ? name : said;
}

static void command_usage(const struct command *command, enum message_language language, char out[COMMAND_USAGE_BYTES])
{
    int used = snprintf(out, COMMAND_USAGE_BYTES, "%s", command->words);
    char list[COMMAND_USAGE_BYTES];
    char *rest = NULL;

    (void)snprintf(list, sizeof(list), "%s", command->arguments);
    for (char *name = strtok_r(list, " ", &rest); name && used < (int)COMMAND_USAGE_BYTES - 64; name = strtok_r(NULL, " ", &rest)) {
        size_t len = strlen(name);
        int optional = len > 0 && name[len - 1] == '?';

        if (optional)
            name[len - 1] = '\0';
        used += snprintf(out + used, COMMAND_USAGE_BYTES - (size_t)used, optional ? " [%s]" : " %s", command_argument(language, name));
    }
    (void)snprintf(list, sizeof(list), "%s", command->options);
    for (const char *name = strtok_r(list, " ", &rest); name && used < (int)COMMAND_USAGE_BYTES - 32; name = strtok_r(NULL, " ", &rest))
        used += snprintf(out + used, COMMAND_USAGE_BYTES - (size_t)used, " [--%s]", name);
}

static json_t *command_error(const struct options *options, const char *code, const char *a, const char *b)
{
    json_t *lang = json_pack("{s:s}", "lang", options->language == MESSAGE_EN ? "en" : "fr");
    json_t *answer = answer_error(lang, code, a, b, NULL);

    json_decref(lang);
    return answer;
}

static json_t *command_missing(const struct options *options, const char *name, const char *usage)
{
    return command_error(options, "hub-missing", command_argument(options->language, name), usage);
}

int command_say(const struct options *options, json_t *answer, int code)
{
    if (options->values[OPTION_JSON]) {
        (void)json_dumpf(answer, stdout, JSON_COMPACT);
        (void)fputc('\n', stdout);
    } else {
        print_refusal(stderr, answer);
    }
    json_decref(answer);
    return code;
}

static int command_is_flag(size_t option)
{
    return option == OPTION_BY_HOME || option == OPTION_STOCK || option == OPTION_GAPS || option == OPTION_UNPAIRED ||
           option == OPTION_TRANSIT || option == OPTION_BAGS || option == OPTION_HANDOVER || option == OPTION_STOCKTAKE ||
           option == OPTION_VERIFY || option == OPTION_ALL || option == OPTION_LEAD || option == OPTION_FORGET || option == OPTION_NOW;
}

/* Of a command that has no past, or only one of its two questions: said so, not "no such option". */
static json_t *command_refuse_option(const struct command *command, const struct options *options, size_t which, const char *option,
                                     const char *usage)
{
    if (which == OPTION_AT && command_contains(command->options, "known"))
        return command_error(options, "hub-no-at", command->words, NULL);
    if (which == OPTION_AT || which == OPTION_KNOWN)
        return command_error(options, "hub-no-past", command->words, option);
    return command_error(options, "hub-surplus", option, usage);
}

/* A file is named as seen from here, wherever the hub runs. */
static json_t *command_word(const char *name, const char *word)
{
    char here[CONFIG_PATH_BYTES];

    if ((strcmp(name, "path") != 0 && strcmp(name, "backup") != 0) || word[0] == '/' || !getcwd(here, sizeof(here)))
        return json_string(word);
    return json_sprintf("%s/%s", here, word);
}

/* The words after the command's own, by name. NULL and *error when one is missing or too many. */
static json_t *command_request(const struct command *command, const struct options *options, size_t own, json_t **error)
{
    json_t *request = json_pack("{s:s, s:s}", "command", command->request, "lang", options->language == MESSAGE_EN ? "en" : "fr");
    char list[64];
    char usage[COMMAND_USAGE_BYTES];
    char *rest = NULL;
    size_t next = own;

    command_usage(command, options->language, usage);
    (void)snprintf(list, sizeof(list), "%s", command->arguments);
    for (char *name = strtok_r(list, " ", &rest); name; name = strtok_r(NULL, " ", &rest)) {
        size_t len = strlen(name);
        int optional = name[len - 1] == '?';

        if (optional)
            name[len - 1] = '\0';
        if (next < options->word_count)
            (void)json_object_set_new(request, name, command_word(name, options->words[next++]));
        else if (!optional && !*error)
            *error = command_missing(options, name, usage);
    }
    if (next < options->word_count && !*error)
        *error = command_error(options, "hub-surplus", options->words[next], usage);
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const char *name = options_name((enum option)i);

        if (!options->values[i] || (command_contains(COMMON_OPTIONS, name) && !command_contains(command->options, name)))
            continue;
        if (!command_contains(command->options, name)) {
            char option[64];

            (void)snprintf(option, sizeof(option), "--%s", name);
            if (!*error)
                *error = command_refuse_option(command, options, i, option, usage);
        }
        (void)json_object_set_new(
            request, name, strcmp(options->values[i], "1") == 0 && command_is_flag(i) ? json_true() : json_string(options->values[i]));
    }
    return request;
}

/* What to type at the node, added to the answer; and the invitation's file. */
static int command_invitation(const struct options *options, json_t *answer)
{
    const char *code = json_string_value(json_object_get(answer, "code"));
    const char *enrol = json_string_value(json_object_get(answer, "enrol"));
    const char *path = options->values[OPTION_FILE];
    FILE *file;
    int bad;
    int fd;

    (void)json_object_set_new(answer, "type",
                              path ? json_sprintf("navette enrol %s --file %s", code, path)
                                   : json_sprintf("navette enrol %s --hub %s", code, enrol));
    if (path)
        (void)json_object_set_new(answer, "file", json_string(path));
    if (!path)
        return 0;
    /* Who reads it can be enrolled with it; an older file may be open to others. */
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    file = fd < 0 || fchmod(fd, 0600) ? NULL : fdopen(fd, "w");
    if (!file) {
        if (fd >= 0)
            (void)close(fd);
        return NAVETTE_E_SYSTEM;
    }
    bad = fprintf(file, "code = %s\nhub = %s\ngrant = %s\n", code, enrol, json_string_value(json_object_get(answer, "grant"))) < 0;
    bad = fclose(file) != 0 || bad;
    return bad ? NAVETTE_E_SYSTEM : 0;
}

/* Nothing in it is secret. */
static int command_announcement(const struct options *options, const json_t *answer)
{
    const char *path = options->values[OPTION_FILE];
    const char *keys = json_string_value(json_object_get(answer, "announcement"));
    FILE *file;
    int bad;

    if (!path)
        return 0;
    file = fopen(path, "w");
    if (!file)
        return NAVETTE_E_SYSTEM;
    bad = fprintf(file, "keys = %s\n", keys ? keys : "") < 0;
    return fclose(file) != 0 || bad ? NAVETTE_E_SYSTEM : 0;
}

static int command_exit_of(const char *error)
{
    static const char *const FAILED[] = {"hub-failed", "hub-full", "hub-backup-full", "hub-backup-unnoted"};
    static const char *const DAMAGED[] = {"hub-backup-missing", "hub-backup-differs", "hub-backup-manifest",
                                          "hub-backup-log",     "hub-backup-journal", "hub-backup-unreadable"};

    for (size_t i = 0; i < sizeof(FAILED) / sizeof(FAILED[0]); i++)
        if (strcmp(error, FAILED[i]) == 0)
            return COMMAND_FAILED;
    for (size_t i = 0; i < sizeof(DAMAGED) / sizeof(DAMAGED[0]); i++)
        if (strcmp(error, DAMAGED[i]) == 0)
            return COMMAND_DAMAGED;
    return COMMAND_REFUSED;
}

static int command_print(const struct command *command, const struct options *options, json_t *answer)
{
    struct print print = {.out = stdout, .language = options->language};
    int code = COMMAND_OK;

    if (command->print == print_rekey && options->values[OPTION_NOW])
        (void)json_object_set_new(answer, "now", json_true());
    if (!json_is_true(json_object_get(answer, "ok"))) {
        const char *error = json_string_value(json_object_get(answer, "error"));

        return command_say(options, answer, command_exit_of(error ? error : ""));
    }
    if ((command->print == print_invitation && command_invitation(options, answer)) ||
        (command->print == print_rekey && command_announcement(options, answer))) {
        (void)command_say(options, command_error(options, "hub-cannot-write", options->values[OPTION_FILE], NULL), COMMAND_FAILED);
        code = COMMAND_FAILED;
    }
    if (command->print == print_verify && !json_is_true(json_object_get(answer, "intact")))
        code = COMMAND_DAMAGED;
    if (options->values[OPTION_JSON]) {
        (void)json_dumpf(answer, stdout, JSON_COMPACT);
        (void)fputc('\n', stdout);
    } else if (options->values[OPTION_CSV]) {
        if (command->print == print_transit)
            print_transit_csv(stdout, answer);
        else
            view_csv(stdout, command->request, answer);
    } else {
        command->print(&print, answer);
    }
    json_decref(answer);
    return fflush(stdout) ? COMMAND_FAILED : code;
}

static int command_ask(const struct command *command, const struct options *options, const json_t *request)
{
    struct control_client *client;
    json_t *answer = NULL;
    int rc;

    if (command_local_knows(request))
        return command_print(command, options, command_local_run(options, request));
    rc = control_client_open(options->control, &client);
    if (rc == NAVETTE_E_NOT_FOUND && command_offline_knows(command->request)) {
        rc = command_offline_run(options, request, &answer);
        return rc ? command_explain(options, rc) : command_print(command, options, answer);
    }
    if (rc == NAVETTE_E_REFUSED)
        return command_say(options, command_error(options, "hub-no-permission", options->control, NULL), COMMAND_AWAY);
    if (rc)
        return command_say(options, command_error(options, "hub-no-daemon", options->control, NULL), COMMAND_AWAY);
    rc = control_client_ask(client, request, -1, &answer);
    control_client_close(client);
    if (rc)
        return command_say(options, command_error(options, "hub-gone", NULL, NULL), COMMAND_AWAY);
    return command_print(command, options, answer);
}

int command_run(const struct options *options)
{
    for (size_t i = 0; i < sizeof(COMMANDS) / sizeof(COMMANDS[0]); i++) {
        size_t own = command_match(&COMMANDS[i], options);
        json_t *error = NULL;
        json_t *request;
        int code;

        if (!own)
            continue;
        if (!COMMANDS[i].print && options->word_count > own)
            return command_stick_run(options);
        request = command_request(&COMMANDS[i], options, own, &error);
        if (error)
            code = command_say(options, error, COMMAND_USAGE);
        else if (COMMANDS[i].print == print_recovery_new)
            code = command_recovery_run(options, request);
        else
            code = command_ask(&COMMANDS[i], options, request);
        json_decref(request);
        return code;
    }
    return command_say(options, command_error(options, "hub-usage", options->word_count ? options->words[0] : "", NULL), COMMAND_USAGE);
}

int command_surplus(const struct options *options, const char *word)
{
    return command_say(options, command_error(options, "hub-surplus", word, "serve"), COMMAND_USAGE);
}

int command_explain(const struct options *options, int rc)
{
    const char *folder = options->config.folder;

    switch (rc) {
    case NAVETTE_E_NOT_FOUND:
        return command_say(options, command_error(options, "hub-not-here", folder, NULL), COMMAND_AWAY);
    case NAVETTE_E_BUSY:
        return command_say(options, command_error(options, "hub-running", folder, NULL), COMMAND_REFUSED);
    case NAVETTE_E_EXISTS:
        return command_say(options, command_error(options, "hub-port-taken", options->config.listen, options->config.enrol),
                           COMMAND_REFUSED);
    case NAVETTE_E_SIGNATURE:
        return command_say(options, command_error(options, "hub-own-keys-wrong", folder, NULL), COMMAND_REFUSED);
    case NAVETTE_E_GAP:
        return command_say(options, command_error(options, "hub-restoring", folder, NULL), COMMAND_REFUSED);
    case NAVETTE_E_INVALID:
        return command_say(options, command_error(options, "hub-bad-endpoint", options->config.listen, options->config.enrol),
                           COMMAND_REFUSED);
    case NAVETTE_E_REFUSED:
        return command_say(options, command_error(options, "hub-refused", folder, NULL), COMMAND_REFUSED);
    case NAVETTE_E_FULL:
        return command_say(options, command_error(options, "hub-full", NULL, NULL), COMMAND_FAILED);
    case NAVETTE_E_STORE:
        return command_say(options, command_error(options, "hub-store-damaged", folder, NULL), COMMAND_DAMAGED);
    default:
        return command_say(options, command_error(options, "hub-failed", error_text(rc), NULL), COMMAND_FAILED);
    }
}

void command_help(const struct options *options)
{
    int english = options->language == MESSAGE_EN;

    (void)puts(english ? "navette-hub serve [options]: the hub\nnavette-hub COMMAND: asks the hub that runs"
                       : "navette-hub serve [options] : le concentrateur\nnavette-hub COMMANDE : interroge celui qui tourne");
    options_help(options, SERVE_OPTIONS);
    (void)putchar('\n');
    for (size_t i = 0; i < sizeof(COMMANDS) / sizeof(COMMANDS[0]); i++) {
        char usage[COMMAND_USAGE_BYTES];

        command_usage(&COMMANDS[i], options->language, usage);
        (void)printf("%s\n      %s\n", usage, english ? COMMANDS[i].en : COMMANDS[i].fr);
    }
    (void)putchar('\n');
    options_help(options, "name kind isil tz namespaces zones host role scope file reason places place material state by-home at namespace "
                          "csv slip round gaps unpaired stock transit bags handover count day from to days hours since node all need idle "
                          "unknown lead verify now out json lang");
}
