/* SPDX-License-Identifier: Apache-2.0 */
#include "io/message_lending.h"

#include <stddef.h>
#include <string.h>

static const struct message_entry entries[] = {
    {"no-such-order", "Commande inconnue ici : {1}.", "navette orders en donne la liste ; navette sync si elle vient d'un autre poste.",
     "Unknown order: {1}.", "navette orders lists them; navette sync if it comes from another node."},
    {"order-over", "La commande {1} est déjà : {2}.", "navette history {1} dit ce qui lui est arrivé.", "Order {1} is already {2}.",
     "navette history {1} tells what happened to it."},
    {"an-order", "{1} est une commande, pas un document ni un sac.", "navette orders, ou navette history {1}",
     "{1} is an order, neither an item nor a bag.", "navette orders, or navette history {1}"},
    {"no-such-pickup", "Lieu de retrait inconnu : {1}.",
     "Donnez le code d'un lieu (navette places) ; pour un fichier, écrivez « {1} = CODE » sous [places] dans un profil à vous "
     "(navette import --show-profile syracuse-reservations).",
     "Unknown pick-up place: {1}.",
     "Give a place's code (navette places); for a file, write \"{1} = CODE\" under [places] in a profile of yours (navette import "
     "--show-profile "
     "syracuse-reservations)."},
    {"too-many-items", "La commande {1} a plus de {2} documents.", "Faites-en deux commandes.", "Order {1} has more than {2} items.",
     "Make two orders of it."},
    {"bad-person", "Numéro de carte ou nom illisible, ou de plus de {1} caractères.", "Retapez-le ; il n'est montré ni gardé nulle part.",
     "A card number or name that is unreadable or longer than {1} characters.", "Type it again; it is neither shown nor kept anywhere."},
    {"note-not-in-catalogue", "{1} n'est pas encore au catalogue : la commande est prise quand même.", "",
     "{1} is not in the catalogue yet: the order is taken all the same.", ""},
    {"note-order-unknown", "La commande {1} n'est pas connue ici.", "", "Order {1} is not known here.", ""},
    {"note-order-incomplete", "Attention, documents de la commande dans un sac : {1}.", "", "Careful, items of the order in a bag: {1}.",
     ""},
    {"order-exists", "La commande {1} existe déjà.", "Choisissez un autre numéro, ou aucun : navette en donne un.",
     "Order {1} exists already.", "Choose another number, or none: navette gives one."},
    {"note-other-pickup",
     "Attention : cette commande doit être retirée à {1}, pas ici. Enregistré ; si c'est une erreur : navette retract.", "",
     "Careful: this order is to be picked up at {1}, not here. Recorded; if it is a mistake: navette retract.", ""},
    {"note-order-over", "Attention : commande {1}.", "", "Careful: order {1}.", ""},
    {"note-not-ordered", "Ce document n'est pas dans la commande {1}.", "", "This item is not in order {1}.", ""},

    /* a portal's file */
    {"orders-no-profile", "Le profil {1} n'est pas celui d'une liste de réservations.",
     "navette orders import --profile {2}, ou un profil avec [order] prefix.", "The profile {1} is not one of a list of reservations.",
     "navette orders import --profile {2}, or a profile with [order] prefix."},
    {"orders-empty", "{1} n'a aucune ligne : ce n'est pas une liste de réservations.", "Refaites l'export ; rien n'a changé.",
     "{1} has no line: it is no list of reservations.", "Export anew; nothing was changed."},
    {"orders-bad-day", "date de réservation illisible : {1} ({2})", "Attendu : jj/mm/aaaa ; corrigez la ligne et reprenez le fichier.",
     "an unreadable day of reservation: {1} ({2})", "Expected: dd/mm/yyyy; correct the line and take the file in again."},
    {"orders-no-pickup", "pas de lieu de retrait ({2})", "Remplissez la colonne « {1} » et reprenez le fichier.", "no pick-up place ({2})",
     "Fill the column \"{1}\" and take the file in again."},
    {"orders-no-id", "code-barres trop long pour en faire un numéro de commande : {1}", "Enregistrez-la à la main : navette orders add {1}",
     "a barcode too long to make an order's number from: {1}", "Record it by hand: navette orders add {1}"},

    /* loans and returns */
    {"ils-written", "{1#} {1|ligne écrite|lignes écrites} dans {2}.",
     "Donnez ce fichier au logiciel de la bibliothèque, puis effacez-le : il contient des numéros de carte. Ce qu'il refuse : navette ils "
     "refused CODE",
     "{1#} {1|line|lines} written to {2}.",
     "Give this file to the library system, then delete it: it holds card numbers. What it refuses: navette ils refused BARCODE"},
    {"ils-cannot-write", "Impossible d'écrire {1} : rien n'a été noté comme donné.",
     "Choisissez un autre dossier avec --out, ou libérez de la place, et recommencez.", "Cannot write {1}: nothing was noted as given.",
     "Choose another folder with --out, or free some space, and try again."},
    {"ils-format", "Format inconnu : {1}.", "koc pour Koha, csv pour les autres.", "Unknown format: {1}.", "koc for Koha, csv for others."},
    /* why lines wait, and what to do about them */
    {"ils-waits-no-barcode", "sans code-barres",
     "donnez-lui un code-barres dans le logiciel, ou navette ils taken une fois le prêt saisi à la main.", "no barcode",
     "give it a barcode in the library system, or navette ils taken once the loan is typed by hand."},
    {"ils-waits-no-card", "pas de carte connue",
     "navette orders add --id ID --card NUMERO, ou navette ils taken une fois le prêt saisi à la main.", "no card known",
     "navette orders add --id ID --card NUMBER, or navette ils taken once the loan is typed by hand."},
    {"ils-waits-no-order", "à remettre à la main", "remettez le prêt à la main dans le logiciel, puis navette ils taken.",
     "to be put back by hand", "put the loan back by hand in the library system, then navette ils taken."},
    {"ils-waits-key-elsewhere", "clé sur un autre poste", "faites navette ils export sur le poste où la commande a été enregistrée.",
     "key on another node", "run navette ils export on the node where the order was recorded."},
    {"ils-waits-sealed-damaged", "illisible", "saisissez le prêt à la main dans le logiciel, puis navette ils taken.", "unreadable",
     "type the loan by hand into the library system, then navette ils taken."},
    {"ils-waits-loan-not-told", "son prêt attend", "le retour part avec son prêt, ou après lui.", "its loan waits",
     "the return goes with its loan, or after it."},
    {"ils-waits-refused", "refusé par le logiciel", "corrigez dans le logiciel, puis navette ils export --refused, ou navette ils taken.",
     "refused by the system", "mend it in the library system, then navette ils export --refused, or navette ils taken."},
    {"ils-nothing-told", "Aucune ligne de {1} n'a été donnée au logiciel ces trois derniers mois.",
     "navette ils montre celles qui attendent.", "No line of {1} was given to the system these last three months.",
     "navette ils shows those that wait."},
    {"ils-nothing-waits", "Aucune ligne de {1} n'attend.", "navette ils montre celles qui attendent.", "No line of {1} waits.",
     "navette ils shows those that wait."},
};

static const struct message_label labels[] = {
    /* states of orders; "staged" is one of documents too */
    {"placed", "à préparer", "to prepare"},
    {"prepared", "préparée", "prepared"},
    {"handed-over", "remise", "handed over"},
    {"cancelled", "annulée", "cancelled"},
    {"no-show", "non retirée", "not collected"},
    {"unmet", "non satisfaite", "unmet"},
    {"changed", "modifiée", "changed"},
    {"unchanged", "inchangée", "unchanged"},
    {"skipped", "laissées", "left out"},
    {"gone-from-file", "plus dans le fichier", "no longer in the file"},
    {"phone", "téléphone", "phone"},
    {"portal", "portail", "portal"},
    {"mail", "courrier", "mail"},
    {"desk", "guichet", "desk"},
    {"paper", "papier", "paper"},
    {"trial", "Essai : rien n'a été enregistré.", "Trial: nothing was recorded."},
    {"trial-file-only", "Essai sur le fichier seul : navette-node ne répond pas, rien n'a été comparé.",
     "Trial on the file alone: navette-node does not answer, nothing was compared."},
    /* headings */
    {"order", "commande", "order"},
    {"pickup", "retrait", "pick-up"},
    {"channel", "canal", "channel"},
    {"packed-of", "en sac", "packed"},
    {"person", "personne", "person"},
    {"file-lines", "lignes", "lines"},
    {"act", "ligne", "line"},
    {"age", "jours", "days"},
    {"status", "suite", "status"},
    {"not-on-shelf", "Pas en rayon", "Not on the shelf"},
    {"nothing-to-fetch", "Rien à aller chercher.", "Nothing to fetch."},
    {"not-in-catalogue", "pas au catalogue", "not in the catalogue"},
    /* loans and returns */
    {"issue", "prêt", "loan"},
    {"correction", "rectification", "correction"},
    {"ready", "à donner", "ready"},
    {"no-barcode", "sans code-barres", "no barcode"},
    {"no-card", "pas de carte connue", "no card known"},
    {"no-order", "à remettre à la main", "to be put back by hand"},
    {"key-elsewhere", "clé sur un autre poste", "key on another node"},
    {"sealed-damaged", "illisible", "unreadable"},
    {"loan-not-told", "son prêt attend", "its loan waits"},
    {"ils-refused", "refusé par le logiciel", "refused by the system"},
    {"ils-taken", "saisi", "taken"},
    {"ils-none-ready", "Aucune ligne ne peut être donnée : aucun fichier n'est écrit.", "No line can be given: no file is written."},
    {"ils-nothing", "Tout a été donné au logiciel.", "The system has been given everything."},
    {"ils-waiting", "restent en attente", "still waiting"},
    {"card-unknown", "carte inconnue", "card unknown"},
    {"item-unknown", "document inconnu", "item unknown"},
    {"blocked", "prêt bloqué", "loan blocked"},
    /* events */
    {"order-placed", "commandé", "ordered"},
    {"order-changed", "commande modifiée", "order changed"},
    {"order-prepared", "commande prête", "order ready"},
    {"order-staged", "mise de côté au retrait", "staged for pick-up"},
    {"order-handed-over", "commande remise", "order handed over"},
    {"order-cancelled", "commande annulée", "order cancelled"},
    {"order-no-show", "commande non retirée", "order not collected"},
    {"order-unmet", "commande non satisfaite", "order unmet"},
    {"ils-exported", "donné au logiciel", "given to the system"},
    {"ils-answered", "réponse du logiciel", "the system's answer"},
};

const struct message_entry *message_lending_find(const char *code)
{
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++)
        if (strcmp(entries[i].code, code) == 0)
            return &entries[i];
    return NULL;
}

const struct message_label *message_lending_word(const char *word)
{
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++)
        if (strcmp(labels[i].word, word) == 0)
            return &labels[i];
    return NULL;
}
