/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/message_verdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "navette/view_verdict.h"

#define LINE_SIZE 512u
#define TIME_SIZE 20u
#define HOUR_MS 3600000

/* clang-format off */
static const struct {
    const char *kind;
    const char *fr;
    const char *en;
} rules[] = {
    {"received-never-dispatched", "Reçu ici sans qu'aucun envoi connu ne l'explique.", "Received here, and no dispatch that is known explains it."},
    {"two-open-transits", "Expédié alors qu'il était encore en route.", "Dispatched while it was still on the road."},
    {"two-places-at-once", "Vu à un endroit alors qu'on le savait à un autre, et aucun mouvement ne les relie.", "Seen at one place while known to be at another, and no movement links them."},
    {"dispatched-never-received", "En route depuis plus longtemps que la règle ne le permet.", "On the road for longer than the rule allows."},
    {"delivered-never-received", "Remis à une personne sans avoir été reçu au lieu de la remise.", "Delivered to a person without having been received at that place."},
    {"count-variance", "Attendu là par le récolement, qui ne l'a pas vu.", "Expected there by the count, which did not see it."},
    {"short-on-reception", "Le preneur, ou le transporteur, a compté moins que le donneur, ou n'a pas vu ce qui était annoncé : navette handovers.", "The taker, or the carrier, counted less than the giver, or did not see what was given: navette handovers."},
    {"over-on-reception", "Le preneur, ou le transporteur, a compté plus que le donneur, ou a vu ce qui n'était pas annoncé : navette handovers.", "The taker, or the carrier, counted more than the giver, or saw what was not given: navette handovers."},
    {"deposit-differs", "Ce qui a été trouvé dans un dépôt scellé n'est pas ce qui y était déclaré, ou le scellé est un autre.", "What was found in a sealed deposit is not what was declared, or the seal is another."},
    {"bag-overdue", "Sac gardé plus longtemps que la règle ne le permet.", "A bag kept for longer than the rule allows."},
    {"bag-ledger-out-of-balance", "Le compte des sacs ne tombe pas juste.", "The count of bags does not add up."},
    {"clock-suspect", "L'horloge d'un poste donne des heures qui ne peuvent pas être justes.", "A node's clock gives times that cannot be right."},
    {"phone-report-contradicted", "Ce qui a été lu au téléphone ne s'accorde pas avec ce qui est enregistré.", "What was read on the phone does not agree with what is recorded."},
};
/* clang-format on */

const char *message_verdict_rule(enum message_language language, const char *kind)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (strcmp(rules[i].kind, kind) == 0)
            return language == MESSAGE_EN ? rules[i].en : rules[i].fr;
    }
    return "";
}

int message_verdict_is_id(const char *text)
{
    size_t len = text != NULL ? strlen(text) : 0;

    return len >= VIEW_VERDICT_DIGITS && len <= 2 * DISCREPANCY_ID_SIZE && strspn(text, "0123456789abcdef") == len;
}

/* ---- lines */

struct lines {
    enum message_language language;
    json_t *list;
};

__attribute__((format(printf, 2, 3))) static void add(struct lines *lines, const char *format, ...)
{
    char text[LINE_SIZE];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    (void)json_array_append_new(lines->list, json_string(text));
}

static const char *word(const struct lines *lines, const char *name)
{
    return message_word(lines->language, name);
}

static const char *say(const struct lines *lines, const char *fr, const char *en)
{
    return lines->language == MESSAGE_EN ? en : fr;
}

static const char *field(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text != NULL ? text : "";
}

/* "2026-11-25 18:29", "-" for none. */
static const char *moment(const json_t *object, const char *name, char out[TIME_SIZE])
{
    const char *text = field(object, name);
    char *t;

    (void)snprintf(out, TIME_SIZE, "%.16s", text[0] != '\0' ? text : "-");
    t = strchr(out, 'T');
    if (t != NULL)
        *t = ' ';
    return out;
}

static void add_event(struct lines *lines, const char *label, const json_t *cause)
{
    const char *event = field(cause, "event");
    char time[TIME_SIZE];

    add(lines, "%s %s  %s  %s%s%s  (%s)", label, moment(cause, "time", time),
        event[0] != '\0' ? message_event(lines->language, event, 0) : say(lines, "pas connu ici", "not known here"), field(cause, "at"),
        field(cause, "operator")[0] != '\0' ? " " : "", field(cause, "operator"), field(cause, "ref"));
}

static void add_nodes(struct lines *lines, const json_t *answer)
{
    const json_t *list = json_object_get(answer, "concerned_nodes");
    const json_t *node;
    size_t index;

    json_array_foreach(list, index, node)
    {
        char time[TIME_SIZE];

        if (json_is_string(json_object_get(node, "passed")))
            add(lines, "  %s  %s %s", field(node, "place"), say(lines, "a tout dit le", "had told all by"), moment(node, "passed", time));
        else if (json_is_string(json_object_get(node, "since")))
            add(lines, "  %s  %s %s", field(node, "place"), say(lines, "attendu : plus rien depuis le", "waited for: nothing since"),
                moment(node, "since", time));
        else
            add(lines, "  %s  %s", field(node, "place"), say(lines, "attendu : jamais entendu", "waited for: never heard"));
    }
    if (json_array_size(list) == 0)
        add(lines, "  %s", say(lines, "personne à attendre", "nobody to wait for"));
}

static void add_grace(struct lines *lines, const json_t *answer)
{
    const json_t *grace = json_object_get(answer, "grace");
    long long hours = json_integer_value(json_object_get(grace, "ms")) / HOUR_MS;
    const char *rule = field(grace, "rule");
    const char *place = field(grace, "place");

    if (rule[0] == '\0')
        add(lines, say(lines, "Délai : %lld h, aucune règle n'en dit autrement.", "Grace: %lld h, no rule says otherwise."), hours);
    else
        add(lines, say(lines, "Délai : %lld h, règle %s (%s).", "Grace: %lld h, rule %s (%s)."), hours, rule,
            place[0] != '\0' ? place : say(lines, "tout le réseau", "the whole network"));
}

static void add_outcome(struct lines *lines, const json_t *answer)
{
    const char *verdict = field(answer, "verdict");
    char time[TIME_SIZE];

    add(lines, "%s", word(lines, verdict));
    if (json_is_string(json_object_get(answer, "phone")))
        add(lines,
            say(lines, "  tant que %s ne l'a dit qu'au téléphone : un passage de code-barres ou un compte le confirmera",
                "  as long as %s has only said so on the phone: a scan or a count will confirm it"),
            field(answer, "phone_place"));
    if (json_is_string(json_object_get(answer, "proven")) && strcmp(verdict, "provisional") == 0)
        add(lines, "  %s %s", say(lines, "avéré si rien ne vient d'ici le", "proven if nothing comes by"), moment(answer, "proven", time));
    else if (json_is_string(json_object_get(answer, "proven")) && strcmp(verdict, "proven") == 0)
        add(lines, "  %s %s", say(lines, "depuis le", "since"), moment(answer, "proven", time));
    if (json_is_object(json_object_get(answer, "closed")))
        add_event(lines, say(lines, "  clos par", "  closed by"), json_object_get(answer, "closed"));
    if (json_is_true(json_object_get(answer, "wrongly_proven")))
        add(lines, "  %s", say(lines, "avait été avéré à tort", "had been proven wrongly"));
    if (field(answer, "reason")[0] != '\0')
        add(lines, "  %s", field(answer, "reason"));
}

json_t *message_verdict(enum message_language language, const json_t *answer)
{
    struct lines lines = {language, json_array()};
    const char *kind = field(answer, "kind");
    const json_t *cause;
    char time[TIME_SIZE];
    size_t index;

    if (lines.list == NULL)
        return NULL;
    add(&lines, "%s  %s  (%.12s)", word(&lines, kind), field(answer, "code"), field(answer, "discrepancy"));
    if (message_verdict_rule(language, kind)[0] != '\0')
        add(&lines, "%s", message_verdict_rule(language, kind));
    json_array_foreach(json_object_get(answer, "shown_by"), index, cause) add_event(&lines, index == 0 ? "->" : "  ", cause);
    if (json_is_string(json_object_get(answer, "term")))
        add(&lines, "%s %s", say(&lines, "Délai passé le", "Past its term on"), moment(answer, "term", time));
    add(&lines, "%s %s, %s %lld", say(&lines, "Ouvert le", "Open since"), moment(answer, "opened", time), say(&lines, "journal", "journal"),
        (long long)json_integer_value(json_object_get(answer, "position")));
    add(&lines, "%s", say(&lines, "Postes qui peuvent encore l'expliquer :", "Nodes that may still explain it:"));
    add_nodes(&lines, answer);
    add_grace(&lines, answer);
    add_outcome(&lines, answer);
    return lines.list;
}
