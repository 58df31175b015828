/* SPDX-License-Identifier: Apache-2.0 */
#include "io/message_view.h"

#include <stddef.h>
#include <string.h>

static const struct message_entry entries[] = {
    /* the moment of a view */
    {"no-past", "{1} parle de maintenant : {2} n'y a pas de sens.",
     "Sans {2}. Le passé se demande à stock, transit, bags, find, history, explain, conflicts, discrepancies, handovers, proposals, "
     "orders, "
     "count status, places.",
     "{1} tells of now: {2} has no meaning there.",
     "Leave {2} out. The past is asked of stock, transit, bags, find, history, explain, conflicts, discrepancies, handovers, orders, count "
     "status, places; proposals and aside take --known."},
    {"no-at", "{1} dit ce qui était connu : cela n'a pas d'autre moment.", "Demandez avec --known, pas --at.",
     "{1} tells what was known, which has no other moment.", "Ask with --known, not --at."},
    {"hub-no-past", "{1} parle de maintenant : {2} n'y a pas de sens.",
     "Sans {2}. Le passé se demande à stock, transit, bags, find, history, explain, conflicts, discrepancies, handovers, proposals, "
     "counts, "
     "count, places ; nodes et aside prennent --known.",
     "{1} tells of now: {2} has no meaning there.",
     "Leave {2} out. The past is asked of stock, transit, bags, find, history, explain, conflicts, discrepancies, handovers, counts, "
     "count, places; nodes, proposals and aside take --known."},
    {"hub-no-at", "{1} dit ce que le concentrateur savait : cela n'a pas d'autre moment.", "Demandez avec --known, pas --at.",
     "{1} tells what the hub knew, which has no other moment.", "Ask with --known, not --at."},
    {"count-is-blind", "Ce récolement est aveugle et encore ouvert : ce qui est attendu ne se montre pas.", "Clos, il s'expliquera.",
     "This stocktake is blind and still open: what is expected is not shown.", "Once it is closed it can be explained."},
    {"hub-an-order", "{1} est une commande.", "navette-hub explain {1} en dit l'histoire.", "{1} is an order.",
     "navette-hub explain {1} tells its history."},
    {"hub-no-such-count", "Pas de récolement {1}.", "navette-hub counts donne leurs numéros ; tapez-en au moins 4 caractères.",
     "No stocktake {1}.", "navette-hub counts lists their numbers; type at least 4 characters of one."},
};

static const struct message_label labels[] = {
    {"lag_s", "retard (s)", "lag (s)"},
    {"version", "version", "version"},
};

const struct message_entry *message_view_find(const char *code)
{
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++)
        if (strcmp(entries[i].code, code) == 0)
            return &entries[i];
    return NULL;
}

const struct message_label *message_view_word(const char *word)
{
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++)
        if (strcmp(labels[i].word, word) == 0)
            return &labels[i];
    return NULL;
}
