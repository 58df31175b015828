/* SPDX-License-Identifier: Apache-2.0 */
#include "io/message_operator.h"

#include <stddef.h>
#include <string.h>

static const struct message_entry entries[] = {
    /* at the desk */
    {"operator-needed", "{1} demande qui travaille : lisez d'abord votre badge.",
     "Lisez votre badge, ou : navette operator open BADGE. Rien n'a été enregistré ; refaites ensuite la même chose.",
     "{1} asks who is working: scan your badge first.",
     "Scan your badge, or: navette operator open BADGE. Nothing was recorded; then do the same again."},
    {"operator-idle", "Rien n'a été lu depuis {2} minutes : la session est finie.",
     "Lisez de nouveau votre badge, puis refaites la même chose. Ce qui était enregistré le reste.",
     "Nothing was scanned for {2} minutes: the session has ended.",
     "Scan your badge again, then do the same again. What was recorded stays."},
    {"operator-unproven", "{1} n'a pas encore donné son code secret à ce poste.", "navette operator open {1}, ou lisez le badge.",
     "{1} has not typed a PIN or passphrase here yet.", "navette operator open {1}, or scan the badge."},
    {"operator-unknown", "Badge inconnu à {2} : {1}. Rien n'a été enregistré.",
     "Vérifiez le badge ; sinon un responsable l'ajoute : navette operator add {1}", "Badge unknown at {2}: {1}. Nothing was recorded.",
     "Check the badge; else one who leads adds it: navette operator add {1}"},
    {"operator-none", "Aucun agent {1} à {2}.", "navette operator list donne les codes.", "No operator {1} at {2}.",
     "navette operator list shows the codes."},
    {"operator-ended", "{1} ne travaille plus à {2}.", "Si c'est une erreur, un responsable le remet : navette operator add {1}",
     "{1} works at {2} no more.", "If that is a mistake, one who leads puts it back: navette operator add {1}"},
    {"operator-unknown-recorded", "Enregistré, mais personne n'a déclaré l'agent {1} ici.", "navette operator add {1}",
     "Recorded, but nobody declared operator {1} here.", "navette operator add {1}"},
    {"operator-ended-recorded", "Enregistré, mais {1} ne travaille plus ici.", "navette operator add {1}, si c'est une erreur.",
     "Recorded, but {1} works here no more.", "navette operator add {1}, if that is a mistake."},

    /* PIN or passphrase */
    {"operator-wrong", "Code secret faux pour {1}.", "Réessayez ; oublié, un responsable en donne un autre : navette operator pin {1}",
     "Wrong PIN or passphrase for {1}.", "Try again; forgotten, one who leads gives another: navette operator pin {1}"},
    {"operator-wrong-wait", "Code secret faux pour {1}. Trop d'essais : {1} attend {2}.",
     "Les autres badges ne sont pas touchés. Oublié, un responsable en donne un autre : navette operator pin {1}",
     "Wrong PIN or passphrase for {1}. Too many tries: {1} waits {2}.",
     "Other badges are not concerned. Forgotten, one who leads gives another: navette operator pin {1}"},
    {"operator-waits", "Trop d'essais faux : {1} attend encore {2}. Celui-ci n'a pas été regardé.",
     "Les autres badges ne sont pas touchés. Oublié, un responsable en donne un autre : navette operator pin {1}",
     "Too many wrong tries: {1} waits {2} more. This one was not looked at.",
     "Other badges are not concerned. Forgotten, one who leads gives another: navette operator pin {1}"},
    {"operator-pin-none", "{1} n'a pas encore de code secret sur cette machine.", "Avec un responsable : navette operator pin {1}",
     "{1} has no PIN or passphrase on this machine yet.", "With one who leads: navette operator pin {1}"},
    {"operator-no-secret", "Il manque le code secret de {1} : rien n'a été tapé.",
     "Dans un terminal : navette operator pin {1} ; sans terminal, il est lu sur l'entrée standard, seul sur une ligne.",
     "The PIN or passphrase of {1} is missing: nothing was typed.",
     "In a terminal: navette operator pin {1}; without one it is read from standard input, alone on a line."},
    {"operator-pin-reset", "Le code secret de {1} a été annulé.", "Choisissez-en un autre : navette operator pin {1}",
     "The PIN or passphrase of {1} was taken back.", "Choose another: navette operator pin {1}"},
    {"operator-pin-whose", "{1} a déjà un code secret, ou un responsable doit être là pour le premier.",
     "Donnez l'ancien, ou faites ouvrir une session à un responsable : navette operator open BADGE",
     "{1} has a PIN or passphrase already, or one who leads must be there for the first.",
     "Give the one before, or let one who leads open a session: navette operator open BADGE"},
    {"operator-no-pin-here", "{1} ne demande pas de code secret.",
     "Au concentrateur, si vous en voulez : navette-hub operators rule {1} --need pin", "{1} asks for no PIN.",
     "At the hub, if you want one: navette-hub operators rule {1} --need pin"},
    {"operator-bad-pin", "Un code secret a 4 à 8 chiffres.", "navette operator pin CODE, et tapez-en un autre.", "A PIN has 4 to 8 digits.",
     "navette operator pin CODE, and type another."},
    {"operator-bad-phrase", "Une phrase secrète a 12 à 128 caractères (octets).", "navette operator pin CODE, et tapez-en une autre.",
     "A passphrase has 12 to 128 characters (bytes).", "navette operator pin CODE, and type another."},
    {"operator-differ", "Les deux ne sont pas pareils : rien n'a changé.", "Recommencez.", "The two differ: nothing has changed.",
     "Try again."},

    /* who works here */
    {"operator-not-lead", "Seul un responsable de {1} change cela.",
     "Qu'il ouvre une session : navette operator open BADGE ; ou, au concentrateur : navette-hub operators",
     "Only one who leads at {1} changes this.",
     "Let them open a session: navette operator open BADGE; or, at the hub: navette-hub operators"},
    {"operator-exists", "{1} travaille déjà à {2}.", "Prenez un autre code, ou aucun : il en sera donné un.", "{1} works at {2} already.",
     "Take another code, or none: one will be given."},
    {"operator-bad-code", "Un code d'agent a 2 à 16 lettres sans accent, chiffres ou tirets : {1}.",
     "Sans code, il en est donné un, qui ne dit rien de la personne.",
     "An operator's code has 2 to 16 letters A-Z, digits or hyphens: {1}.",
     "Without a code one is given, which says nothing of the person."},
    {"operator-bad-name", "Un nom montré a au plus {1} octets, sans caractère de contrôle.",
     "Des initiales suffisent ; il reste sur ce poste.", "A name that is shown has at most {1} bytes and no control characters.",
     "Initials will do; it stays on this machine."},
    {"operator-too-many", "Ce poste garde déjà trop d'agents.", "Terminez ceux qui sont partis : navette operator end CODE",
     "This machine keeps too many operators.", "End those who have left: navette operator end CODE"},

    /* said by `navette operator` */
    {"operator-open", "{1} travaille ici{2}.", "", "{1} is working here{2}.", ""},
    {"operator-closed", "La session est finie.", "", "The session has ended.", ""},
    {"operator-nobody", "Personne n'a ouvert de session à ce poste.", "navette operator open BADGE", "Nobody has opened a session here.",
     "navette operator open BADGE"},
    {"operator-pin-set", "{1} a un nouveau code secret sur cette machine.", "", "{1} has a new PIN or passphrase on this machine.", ""},
    {"operator-badge", "Le badge de {1} : navette labels {1} --sheet 3x8 --out badge.pdf", "",
     "The badge of {1}: navette labels {1} --sheet 3x8 --out badge.pdf", ""},
    {"operator-renamed", "{1} est montré ainsi sur cette machine : {2}", "", "{1} is shown so on this machine: {2}", ""},
    {"operator-is-ended", "{1} ne travaille plus ici ; son nom et son code secret ne sont plus sur cette machine.", "",
     "{1} works here no more; name and PIN are gone from this machine.", ""},
    {"operator-rule-is", "À {1} : {2} ; session finie après {3} min sans lecture.", "",
     "At {1}: {2}; a session ends after {3} min without a scan.", ""},
    {"prompt-badge", "Lisez votre badge.", "", "Scan your badge.", ""},
    {"prompt-pin", "Code secret de {1} : ", "", "PIN of {1}: ", ""},
    {"prompt-passphrase", "Phrase secrète de {1} : ", "", "Passphrase of {1}: ", ""},
    {"prompt-new-pin", "Nouveau code secret de {1} (4 à 8 chiffres) : ", "", "New PIN of {1} (4 to 8 digits): ", ""},
    {"prompt-new-passphrase", "Nouvelle phrase secrète de {1} (12 caractères ou plus) : ", "",
     "New passphrase of {1} (12 characters or more): ", ""},
    {"prompt-again", "Encore une fois : ", "", "Once more: ", ""},
    {"prompt-current", "Code secret ou phrase d'avant de {1} : ", "", "PIN or passphrase before, of {1}: ", ""},

    /* why the hub refused it */
    {"refused-operator-unknown", "{2} n'enregistre que ce que font ses agents, et personne n'y a déclaré celui-ci.",
     "Déclarez-le (au poste : navette operator add ; ou navette-hub operators add {2} CODE), puis : navette-hub retry. Rien n'est perdu.",
     "{2} only records what its operators do, and nobody declared this one there.",
     "Declare it (at the node: navette operator add; or navette-hub operators add {2} CODE), then: navette-hub retry. Nothing is lost."},
    {"refused-operator-ended", "L'agent ne travaillait plus à {2}.",
     "Si c'est une erreur : navette-hub operators add {2} CODE ; ou, pour l'admettre quand même, operators rule {2} --unknown record. Puis "
     ": "
     "navette-hub retry. Rien n'est perdu.",
     "The operator worked at {2} no more.",
     "If that is a mistake: navette-hub operators add {2} CODE; or, to admit it all the same, operators rule {2} --unknown record. Then: "
     "navette-hub retry. Nothing is lost."},
    {"refused-operator-missing", "{2} veut savoir qui travaille, et cet événement ne le dit pas.",
     "Pour l'admettre quand même : navette-hub operators rule {2} --unknown record, puis navette-hub retry. Rien n'est perdu.",
     "{2} wants to know who works, and this event does not say.",
     "To admit it all the same: navette-hub operators rule {2} --unknown record, then navette-hub retry. Nothing is lost."},

    /* at the hub */
    {"hub-operator-need", "Ce que {1} demande : none, code, pin ou passphrase.",
     "navette-hub operators rule LIEU --need pin --idle 15 --unknown refuse", "What {1} asks for: none, code, pin or passphrase.",
     "navette-hub operators rule PLACE --need pin --idle 15 --unknown refuse"},
    {"hub-operator-idle", "Durée illisible : {1}.", "Des minutes, 1 à 1440, ou des secondes : 90s.", "Unreadable time: {1}.",
     "Minutes, 1 to 1440, or seconds: 90s."},
    {"hub-operator-none", "Aucun agent {1} à {2}.", "navette-hub operators {2} donne les codes.", "No operator {1} at {2}.",
     "navette-hub operators {2} shows the codes."},
    {"hub-operator-exists", "{1} travaille déjà à {2}.", "Prenez un autre code.", "{1} works at {2} already.", "Take another code."},
    {"hub-operator-code", "Un code d'agent a 2 à 16 lettres A-Z, chiffres ou tirets : {1}.",
     "Un code qui ne dit rien de la personne convient le mieux.", "An operator's code has 2 to 16 letters A-Z, digits or hyphens: {1}.",
     "A code that says nothing of the person is best."},
    {"hub-operator-reset", "Le code secret de {1} à {2} ne vaut plus, dès que le poste l'apprend.",
     "Au poste : navette operator pin {1}. D'ici là, qui tient le badge peut en choisir un : appelez.",
     "The PIN of {1} at {2} is void, as soon as the node hears of it.",
     "At the node: navette operator pin {1}. Until then whoever holds the badge may choose one: call."},
};

static const struct message_label labels[] = {
    {"operator-need-none", "on ne demande rien", "nothing is asked"},
    {"operator-need-code", "on lit d'abord son badge", "a badge is scanned first"},
    {"operator-need-pin", "badge et code secret", "badge and PIN"},
    {"operator-need-passphrase", "badge et phrase secrète", "badge and passphrase"},
    {"operator-refuse", "un badge inconnu est refusé", "an unknown badge is refused"},
    {"operator-record", "un badge inconnu est enregistré et signalé", "an unknown badge is recorded, and told"},
    {"operator-shown", "nom", "name"},
    {"operator-lead", "responsable", "leads"},
    {"operator-gone", "parti", "left"},
    {"operator-pin", "code secret ici", "PIN here"},
    {"operator-wait", "attend", "waits"},
    {"operator-decided", "agent", "operator"},
    {"operator-rule-decided", "règle des agents", "rule of operators"},
    {"BADGE", "BADGE", "BADGE"},
};

const struct message_entry *message_operator_find(const char *code)
{
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++)
        if (strcmp(entries[i].code, code) == 0)
            return &entries[i];
    return NULL;
}

const struct message_label *message_operator_word(const char *word)
{
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++)
        if (strcmp(labels[i].word, word) == 0)
            return &labels[i];
    return NULL;
}
