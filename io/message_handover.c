/* SPDX-License-Identifier: Apache-2.0 */
#include "io/message_handover.h"

#include <stddef.h>
#include <string.h>

#include "io/message_view.h"

static const struct message_entry entries[] = {
    {"stop-without-round", "Un arrêt est celui d'une tournée : laquelle ?", "Ajoutez --round TOURNÉE, ou nommez le bordereau avec --slip.",
     "A stop is a stop of a round: which one?", "Add --round ROUND, or name the slip with --slip."},
    {"bad-slip", "Bordereau illisible : {1}.", "Recopiez son numéro (64 caractères au plus), ou sa référence en groupes de quatre.",
     "Unreadable slip: {1}.", "Copy its number (at most 64 characters), or its reference in groups of four."},
    {"note-to-pair", "Ce compte ne nomme aucune remise : il reste à rattacher.\n     > navette pair-handover {1} --slip BORDEREAU", "",
     "This count names no hand-over: it is to be paired.\n     > navette pair-handover {1} --slip SLIP", ""},
    {"not-your-count", "Ce compte est celui de {2}, pas de {1} : chacun ne compte que pour soi.",
     "Ce que {2} vous dit au téléphone : navette phone {2} --slip {3} ... Votre propre compte : l'autre --party.",
     "That count is {2}'s, not {1}'s: each counts for itself.",
     "What {2} says on the phone: navette phone {2} --slip {3} ... Your own count: the other --party."},
    {"note-pool-short", "Attention, il n'y en avait que {1} ici, d'après ce qui est enregistré : navette discrepancies, navette bags.", "",
     "Careful, only {1} were here, by what is recorded: navette discrepancies, navette bags.", ""},
    {"note-pool-new", "Aucun sac de ce genre n'a été compté : navette pool add {1}=N, pour que les comptes soient tenus.", "",
     "No bag of this kind has been counted in: navette pool add {1}=N, so that it is kept account of.", ""},
    {"not-a-count", "{1} n'est pas un compte de remise.", "navette handovers --unpaired montre ceux qui restent à rattacher.",
     "{1} is not a count of a hand-over.", "navette handovers --unpaired shows those that are to be paired."},
    {"count-is-named", "Le compte {1} nomme déjà sa remise.",
     "S'il se trompe : navette retract {1}, puis navette count-handover avec le bon bordereau.",
     "The count {1} names its hand-over already.", "If it is wrong: navette retract {1}, then navette count-handover with the right slip."},
    {"hub-unknown-proposal", "Aucune proposition ne répond au numéro {1}.",
     "navette-hub proposals les montre ; donnez au moins 8 signes de son numéro.", "No proposal answers to {1}.",
     "navette-hub proposals shows them; give at least 8 characters of its id."},
    {"hub-confirmed", "Échange confirmé : {1} et {2} sont réglés.", "", "Swap confirmed: {1} and {2} are settled.", ""},
    {"hub-rejected", "Proposition écartée : {1} ; elle ne sera plus faite.", "", "Proposal rejected: {1}; it will not be made again.", ""},
};

static const struct message_label words[] = {
    {"short-on-reception", "manque à la remise", "short on reception"},
    {"over-on-reception", "surplus à la remise", "over on reception"},
    {"deposit-differs", "dépôt scellé différent", "sealed deposit differs"},
    {"handover", "remise", "hand-over"},
    {"slip", "bordereau", "slip"},
    {"round", "tournée", "round"},
    {"giver", "donneur", "giver"},
    {"taker", "preneur", "taker"},
    {"gap", "écart", "gap"},
    {"short", "manque", "short"},
    {"over", "surplus", "over"},
    {"to-pair", "à rattacher", "to be paired"},
    {"figures", "caisses/sacs/documents, - : non compté", "crates/bags/documents, -: not counted"},
    {"not-seen", "pas vu", "not seen"},
    {"not-given", "pas annoncé", "not given"},
    {"seen-since", "vu depuis à", "seen since at"},
    {"seen_at", "vu à", "seen at"},
    {"proposal", "proposition", "proposal"},
    {"ground", "motif", "ground"},
    {"shortage", "manque", "short"},
    {"overage", "surplus", "over"},
    {"common", "en commun", "in common"},
    {"same-hand-over", "même remise", "same hand-over"},
    {"same-round", "même tournée", "same round"},
    {"same-carrier", "même transporteur, même jour", "same carrier, same day"},
    {"crates", "caisses", "crates"},
    {"bags", "sacs", "bags"},
    {"swap-confirmed", "échange confirmé", "swap confirmed"},
    {"swap-rejected", "échange écarté", "swap rejected"},
    {"handover-paired", "compte rattaché", "count paired"},
    {"swapped", "échangés", "swapped"},
    {"COMPTE", "COMPTE", "COUNT"},
};

const struct message_entry *message_handover_find(const char *code)
{
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++)
        if (strcmp(entries[i].code, code) == 0)
            return &entries[i];
    return message_view_find(code);
}

const struct message_label *message_handover_word(const char *word)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i].word, word) == 0)
            return &words[i];
    return message_view_word(word);
}
